//! Links a shared library from `libarchive.a`, with the C codecs inside.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{exports, options::Options, run, source::Source};
use crate::{config::Config, emit, plan::SHARED_LIBRARY, target::Target};

/// Interface version that libarchive has had since 3.0.
pub(crate) const SONAME: &str = "libanyarchive-archive.so.13";

/// Whether there can be a shared library for the target.
pub(crate) fn check(target: &Target) -> Result<(), String> {
    if target.is_windows() || target.is_apple() || target.os == "wasi" {
        return Err(format!(
            "a shared library from source is made for ELF systems only, not for {}; link \
             statically (ARCHIVE_SYS_STATIC=1), or use the system's library (ARCHIVE_SYS_SYSTEM=1)",
            target.triple
        ));
    }
    Ok(())
}

/// Makes the library in `lib_dir` from `libarchive.a` in `objects`.
pub(crate) fn link(
    config: &Config,
    source: &Source,
    options: &Options,
    objects: &Path,
    lib_dir: &Path,
) -> Result<(), String> {
    let script = objects.join("exports.map");
    write_script(config, source, &script)?;
    let support = compile_support(config, objects)?;
    let library = lib_dir.join(SONAME);

    let mut compiler = cc::Build::new();
    compiler.cargo_metadata(false).pic(true).warnings(false);
    let mut command = compiler
        .try_get_compiler()
        .map_err(|error| format!("no C compiler to link with: {error}"))?
        .to_command();
    command.args(["-shared", "-pthread", "-o"]).arg(&library);
    command.arg(format!("-Wl,-soname,{SONAME}"));
    command.arg("-Wl,--whole-archive");
    command.arg(objects.join("libarchive.a")).arg(support);
    command.arg("-Wl,--no-whole-archive");
    for archive in &options.archives {
        command.arg(static_library(archive.links, archive.name)?);
    }
    if options.crypto == "openssl" {
        let dirs = openssl_dirs().into_iter();
        command.args(dirs.map(|dir| format!("-L{}", dir.display())));
        command.arg("-lcrypto");
    }
    command.args(options.system_libs.iter().map(|lib| format!("-l{lib}")));
    command.arg(format!("-Wl,--version-script={}", script.display()));
    command.args([
        // Whatever is missing is found now, not at run time.
        "-Wl,-z,defs",
        "-Wl,-z,now",
        "-Wl,--as-needed",
        "-Wl,--gc-sections",
        // Its own calls never reach another libarchive of the same process.
        "-Wl,-Bsymbolic-functions",
    ]);
    run(&mut command)?;
    // The name that -l looks for.
    let link = lib_dir.join(format!("lib{SHARED_LIBRARY}.so"));
    let _ = fs::remove_file(&link);
    symlink(SONAME, &link).map_err(|error| format!("{}: {error}", link.display()))
}

#[cfg(unix)]
fn symlink(to: &str, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

/// A build on Windows for an ELF system.
#[cfg(not(unix))]
fn symlink(to: &str, link: &Path) -> std::io::Result<()> {
    fs::copy(link.with_file_name(to), link).map(|_| ())
}

fn write_script(config: &Config, source: &Source, script: &Path) -> Result<(), String> {
    let bindings = config.manifest_dir.join("src/bindings.rs");
    let text = fs::read_to_string(&bindings)
        .map_err(|error| format!("{}: {error}", bindings.display()))?;
    let names = exports::public(&text, &emit::since(&source.version));
    fs::write(script, exports::version_script(&names))
        .map_err(|error| format!("{}: {error}", script.display()))
}

/// What Rust code does in a static library.
fn compile_support(config: &Config, objects: &Path) -> Result<PathBuf, String> {
    let dir = config.manifest_dir.join("shim/shared");
    cc::Build::new()
        .files(["bzip2.c", "random.c"].map(|name| dir.join(name)))
        .out_dir(objects)
        .pic(true)
        .cargo_metadata(false)
        .flag_if_supported("-Werror=implicit-function-declaration")
        .try_compile("archive_support")
        .map_err(|error| format!("the C compiler failed on {}: {error}", dir.display()))?;
    Ok(objects.join("libarchive_support.a"))
}

/// The static library of a crate, below its root.
fn static_library(links: &str, name: &str) -> Result<PathBuf, String> {
    let root = PathBuf::from(env::var(format!("DEP_{links}_ROOT")).unwrap_or_default());
    let file = format!("lib{name}.a");
    ["", "lib", "lib64"]
        .map(|dir| root.join(dir).join(&file))
        .into_iter()
        .find(|path| path.is_absolute() && path.is_file())
        .ok_or_else(|| {
            format!(
                "a shared library needs {file} inside, but its crate built none (DEP_{links}_ROOT \
                 is `{}`); make it build its own copy, or link statically",
                root.display()
            )
        })
}

/// Where the linker may find libcrypto, beside its own places.
fn openssl_dirs() -> Vec<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    let include = variable("DEP_OPENSSL_INCLUDE");
    let prefixes = [
        variable("DEP_OPENSSL_ROOT"),
        include.and_then(|include| Some(include.parent()?.to_owned())),
    ];
    variable("OPENSSL_LIB_DIR")
        .into_iter()
        .chain(
            prefixes
                .into_iter()
                .flatten()
                .flat_map(|prefix| [prefix.join("lib"), prefix.join("lib64")]),
        )
        .filter(|dir| dir.is_dir())
        .collect()
}
