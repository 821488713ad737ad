//! Libraries, header and pkg-config file, as cargo-c installs them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::cmd;
use crate::repo::Repo;

/// The part of the version in the name that programs are linked to: while the first number is 0, the
/// second one tells what is incompatible.
pub(super) fn soname_version(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        (None, _) => version.to_owned(),
    }
}

/// Runs the command.
pub(super) fn run(repo: &Repo, prefix: &Path, debug: bool, private_static: bool) -> Result<()> {
    ensure!(cfg!(unix), "on Windows use cargo-c: cargo cinstall");
    let version = env!("CARGO_PKG_VERSION");
    let prefix = std::path::absolute(prefix)?;
    let lib = prefix.join("lib");
    let include = prefix.join("include/anyarchive");
    let pkgconfig = lib.join("pkgconfig");
    for directory in [&lib, &include, &pkgconfig] {
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    }
    let soname = format!("libanyarchive.so.{}", soname_version(version));
    let shared = build(
        repo,
        "cdylib",
        debug,
        &[format!("-Clink-arg=-Wl,-soname,{soname}")],
    )?;
    let archive = build(repo, "staticlib", debug, &[])?;

    let full = format!("libanyarchive.so.{version}");
    copy(&shared, &lib.join(&full))?;
    for name in [soname.as_str(), "libanyarchive.so"] {
        link(&full, &lib.join(name))?;
    }
    let installed = lib.join("libanyarchive.a");
    if private_static {
        hide(&archive, &installed)?;
    } else {
        copy(&archive, &installed)?;
    }
    let headers = repo.root().join("anyarchive-capi/include");
    for header in fs::read_dir(&headers).with_context(|| headers.display().to_string())? {
        let header = header?;
        copy(&header.path(), &include.join(header.file_name()))?;
    }
    let file = pkgconfig.join("anyarchive.pc");
    fs::write(&file, pkg_config(&prefix, version)).with_context(|| file.display().to_string())?;
    println!("installed anyarchive {version} below {}", prefix.display());
    Ok(())
}

/// Builds one kind of library, and tells where it is.
fn build(repo: &Repo, kind: &str, debug: bool, flags: &[String]) -> Result<PathBuf> {
    let target = repo.root().join("target/capi");
    let mut cargo = cmd::cargo();
    cargo
        .current_dir(repo.root())
        .env("CARGO_TARGET_DIR", &target)
        .args(["rustc", "--quiet", "--package", "anyarchive-capi", "--lib"])
        .args(["--crate-type", kind]);
    if !debug {
        cargo.arg("--release");
    }
    cargo.arg("--").args(flags);
    cmd::run(cmd::without_settings(&mut cargo))?;
    let file = match kind {
        "cdylib" => "libanyarchive_capi.so",
        _ => "libanyarchive_capi.a",
    };
    Ok(target
        .join(if debug { "debug" } else { "release" })
        .join(file))
}

/// Makes one object of a static library, whose only global names are those of the header: nothing of it
/// is taken for somebody else's libarchive then.
fn hide(archive: &Path, to: &Path) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let object = directory.path().join("anyarchive.o");
    let mut ld = Command::new("ld");
    ld.args(["-r", "--whole-archive"]).arg(archive);
    cmd::run(ld.arg("-o").arg(&object)).context("ld is of binutils: apt-get install binutils")?;
    let mut objcopy = Command::new("objcopy");
    objcopy.args(["--wildcard", "--keep-global-symbol=anyarchive_*"]);
    // Bitcode of Rust's own libraries, at which plugins of LLVM in ar and nm choke.
    objcopy.args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    cmd::run(objcopy.arg(&object))?;
    match fs::remove_file(to) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| to.display().to_string());
        }
        _ => {}
    }
    let mut ar = Command::new("ar");
    cmd::run(ar.arg("rcs").arg(to).arg(&object))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// A symbolic link in the place of whatever was there.
fn link(target: &str, path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| path.display().to_string());
        }
        _ => {}
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, path).with_context(|| path.display().to_string())?;
    #[cfg(not(unix))]
    let _ = target;
    Ok(())
}

/// The file that tells compilers where things are; it can be moved with what it tells of.
fn pkg_config(prefix: &Path, version: &str) -> String {
    format!(
        "prefix={}\n\
         libdir=${{prefix}}/lib\n\
         includedir=${{prefix}}/include\n\n\
         Name: anyarchive\n\
         Description: reads and unpacks nearly every archive format\n\
         Version: {version}\n\
         Libs: -L${{libdir}} -lanyarchive\n\
         Libs.private: -lm -lpthread -ldl -lc -lgcc_s\n\
         Cflags: -I${{includedir}}/anyarchive\n",
        prefix.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_changes_with_what_is_incompatible() {
        assert_eq!(soname_version("0.1.7"), "0.1");
        assert_eq!(soname_version("1.2.3"), "1");
    }

    #[test]
    fn the_pkg_config_file_can_be_read() {
        let text = pkg_config(Path::new("/opt/any archive"), "1.2.3");
        assert!(text.starts_with("prefix=/opt/any archive\nlibdir=${prefix}/lib\n"));
        assert!(text.contains("\nVersion: 1.2.3\n"));
    }
}
