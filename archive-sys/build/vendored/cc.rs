//! The builder that needs a C compiler alone.

use std::path::{Path, PathBuf};

use super::{cc_sources, options::Options, source, source::Source};
use crate::{config::Config, plan::Kind, target::Target};

/// Compiles `libarchive.a` into `out`, fit for that kind of library.
pub(crate) fn compile(
    config: &Config,
    source: &Source,
    options: &Options,
    kind: Kind,
    out: &Path,
) -> Result<(), String> {
    require_compiler()?;
    let target = &config.target;
    let mut build = cc::Build::new();
    build
        .files(files(config, source)?)
        .include(source::config_dir(config)?)
        .include(&source.libarchive)
        .includes(&options.includes)
        .out_dir(out)
        .define("HAVE_CONFIG_H", "1")
        .define("ARCHIVE_BLAKE2", "1")
        // emit.rs tells cargo.
        .cargo_metadata(false)
        .warnings(false);
    if target.os == "android" {
        build.include(source.root.join("contrib/android/include"));
    }
    for (name, value) in &options.defines {
        build.define(name, *value);
    }
    if config.opt_level == "0" {
        // Decoders at -O0 are unusable, and nobody steps through them.
        build.opt_level(2);
    }
    if kind == Kind::Shared {
        // Makes the public functions visible again.
        build
            .define("__LIBARCHIVE_ENABLE_VISIBILITY", "1")
            .pic(true);
    }
    if !target.is_msvc() {
        build
            // Without libarchive's own visibility macro this hides everything, so that a shared
            // library that links us exports nothing of it.
            .flag_if_supported("-fvisibility=hidden")
            .flag_if_supported("-ffunction-sections")
            .flag_if_supported("-fdata-sections")
            // A function that the headers do not declare is a mistake in config.h.
            .flag_if_supported("-Werror=implicit-function-declaration")
            // The same objects wherever they are built.
            .flag_if_supported(format!(
                "-ffile-prefix-map={}=libarchive",
                source.root.display()
            ))
            .flag_if_supported(format!(
                "-ffile-prefix-map={}=out",
                config.out_dir.display()
            ));
    }
    if target.is_elf() {
        build
            .file(config.manifest_dir.join("shim/hidden.c"))
            .define("ARCHIVE_SYS_HIDDEN", "1");
    }
    build
        .try_compile("archive")
        .map_err(|error| format!("the C compiler failed on the vendored source: {error}"))
}

/// The C files, ours in the place of those that are to be otherwise.
fn files(config: &Config, source: &Source) -> Result<Vec<PathBuf>, String> {
    let mut files = cc_sources::list(&source.libarchive, &config.target)?;
    if config.target.is_glibc() && !config.target.has_two_times() {
        let theirs = source.libarchive.join("archive_time.c");
        let time = files.iter_mut().filter(|file| **file == theirs);
        time.for_each(|file| *file = config.manifest_dir.join("shim/local_time.c"));
    }
    Ok(files)
}

/// Says what is missing before the `cc` crate asks a compiler that is not there for its flags.
pub(super) fn require_compiler() -> Result<(), String> {
    let compiler = cc::Build::new()
        .cargo_metadata(false)
        .cargo_warnings(false)
        .try_get_compiler()
        .map_err(|error| format!("{error}. {HOW_TO_GET}"))?;
    let starts = compiler.to_command().arg("--version").output();
    starts.map(|_| ()).map_err(|error| {
        format!(
            "the C compiler `{}` cannot be started: {error}. {HOW_TO_GET}",
            compiler.path().display()
        )
    })
}

const HOW_TO_GET: &str = "Install one, or name another with CC\n\
    (Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora, RHEL: dnf install gcc; Alpine: apk add \
    gcc musl-dev;\nArch: pacman -S gcc; macOS: xcode-select --install; Windows: the C++ build tools of \
    Visual Studio)";

/// Variables that choose the compiler and its flags, most particular first.
pub(crate) fn variables(target: &Target) -> Vec<String> {
    let triple = &target.triple;
    let underscores = triple.replace('-', "_");
    let kind = if target.is_host { "HOST" } else { "TARGET" };
    ["CC", "CFLAGS", "AR", "ARFLAGS", "RANLIB"]
        .iter()
        .flat_map(|name| {
            [
                format!("{name}_{triple}"),
                format!("{name}_{underscores}"),
                format!("{kind}_{name}"),
                (*name).to_owned(),
            ]
        })
        .collect()
}
