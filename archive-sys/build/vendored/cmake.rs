//! The builder that lets upstream's own configuration look at the system; codecs and cryptography
//! are what the features say all the same.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{options::Options, run, source::Source};
use crate::{config::Config, plan::Kind};

/// What upstream would look for: each comes from the features, or not at all.
const OFF: &[&str] = &[
    "ENABLE_ACL",
    "ENABLE_BZip2",
    "ENABLE_CAT",
    "ENABLE_CPIO",
    "ENABLE_EXPAT",
    // Found on the host even when another system is built for.
    "ENABLE_ICONV",
    "ENABLE_INSTALL",
    "ENABLE_LIBB2",
    "ENABLE_LIBGCC",
    "ENABLE_LIBXML2",
    "ENABLE_LZ4",
    "ENABLE_LZMA",
    "ENABLE_LZO",
    "ENABLE_MBEDTLS",
    "ENABLE_NETTLE",
    "ENABLE_OPENSSL",
    "ENABLE_PCRE2POSIX",
    "ENABLE_PCREPOSIX",
    "ENABLE_TAR",
    "ENABLE_TEST",
    "ENABLE_UNZIP",
    // Its functions are in every libc that has them, and nobody would link it.
    "HAVE_LIBATTR",
    // Its warnings are not ours to fix.
    "ENABLE_WERROR",
    "ENABLE_WIN32_XMLLITE",
    "ENABLE_ZLIB",
    "ENABLE_ZSTD",
];

/// Builds `libarchive.a` into `out`, fit for that kind of library.
pub(crate) fn compile(
    config: &Config,
    source: &Source,
    options: &Options,
    kind: Kind,
    out: &Path,
) -> Result<(), String> {
    let target = &config.target;
    let mut build = ::cmake::Config::new(&source.root);
    build
        .out_dir(config.out_dir.join("cmake"))
        // The shared library is linked by us, whatever built the static one.
        .build_target("archive_static")
        .define("BUILD_SHARED_LIBS", "OFF")
        // Configuration stops where it finds no regular expressions, which only the tools use.
        .define("POSIX_REGEX_LIB", "NONE")
        // Older releases ask for less than cmake 4 grants.
        .define("CMAKE_POLICY_VERSION_MINIMUM", "3.5")
        .pic(true);
    for option in OFF {
        build.define(option, "OFF");
    }
    if config.opt_level == "0" {
        build.profile("Release");
    }
    for include in &options.includes {
        build.cflag(format!("-I{}", include.display()));
    }
    // What configuration did not find becomes a comment of its config.h, so these stay.
    for (name, value) in &options.defines {
        build.cflag(format!("-D{name}={}", value.unwrap_or("1")));
    }
    let iconv = |(name, _): &(&str, _)| *name == "ARCHIVE_SYS_ICONV";
    if options.defines.iter().any(iconv) {
        // As our config.h says it.
        build.cflag("-DHAVE_ICONV=1 -DHAVE_ICONV_H=1");
    }
    if target.is_windows() {
        build.cflag("-DLIBARCHIVE_STATIC");
    } else {
        build.cflag("-Darchive_random=archive_sys_random");
        if kind == Kind::Static {
            // Nothing of it is exported from a shared library that links us.
            build.cflag("-U__LIBARCHIVE_ENABLE_VISIBILITY");
        }
    }
    // The crate has no other way to report a failure than to panic.
    let built = build.build().join("build/libarchive");
    let name = if target.is_msvc() {
        "archive_static.lib"
    } else {
        "libarchive.a"
    };
    let to = out.join(if target.is_msvc() {
        "archive.lib"
    } else {
        name
    });
    let from = find(&built, name).ok_or_else(|| {
        format!(
            "cmake succeeded, but there is no {name} in {}",
            built.display()
        )
    })?;
    fs::copy(&from, &to).map_err(|error| format!("{}: {error}", from.display()))?;
    if target.is_windows() {
        return Ok(());
    }
    drop_random(&to)
}

/// Below a directory per configuration, for some generators.
fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    ["", "Release", "RelWithDebInfo", "MinSizeRel", "Debug"]
        .map(|configuration| dir.join(configuration).join(name))
        .into_iter()
        .find(|path| path.is_file())
}

/// Takes libarchive's own generator out: its name is that of ours now.
fn drop_random(archive: &Path) -> Result<(), String> {
    let mut archiver = cc::Build::new()
        .cargo_metadata(false)
        .try_get_archiver()
        .map_err(|error| format!("no ar: {error}"))?;
    run(archiver.arg("d").arg(archive).arg("archive_random.c.o"))
}
