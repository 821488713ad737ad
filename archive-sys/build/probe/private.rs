//! Libraries that a static libarchive needs: their absence is told here, where it can be helped,
//! rather than by the linker of the program.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Libraries, and the packages of Debian that have what the linker looks for.
const PACKAGES: &[(&str, &str)] = &[
    ("acl", "libacl1-dev"),
    ("b2", "libb2-dev"),
    ("bz2", "libbz2-dev"),
    ("crypto", "libssl-dev"),
    ("expat", "libexpat1-dev"),
    ("lz4", "liblz4-dev"),
    ("lzma", "liblzma-dev"),
    ("lzo2", "liblzo2-dev"),
    ("nettle", "nettle-dev"),
    ("pcre2-posix", "libpcre2-dev"),
    ("xml2", "libxml2-dev"),
    ("z", "zlib1g-dev"),
    ("zstd", "libzstd-dev"),
];

/// An error that names those of `libs` that the linker would not find.
pub(super) fn require(libs: &[String], search: &[PathBuf]) -> Result<(), String> {
    let missing: Vec<&str> = libs
        .iter()
        .map(String::as_str)
        .filter(|name| !is_in(name, search) && !compiler_finds(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = PACKAGES
        .iter()
        .filter(|(name, _)| missing.contains(name))
        .map(|(_, package)| *package)
        .collect();
    Err(format!(
        "the static libarchive needs libraries that are not installed: {}\n(Debian, Ubuntu: \
         apt-get install {}). Install them, or link the shared library (ARCHIVE_SYS_STATIC=0)",
        missing.join(", "),
        packages.join(" ")
    ))
}

fn is_in(name: &str, search: &[PathBuf]) -> bool {
    let exists = |dir: &Path, suffix| dir.join(format!("lib{name}{suffix}")).exists();
    search.iter().any(|dir| {
        [".so", ".a", ".dylib", ".tbd"]
            .iter()
            .any(|suffix| exists(dir, suffix))
    })
}

/// Whether the C compiler, which links, has it in a directory of its own; `true` when there is no
/// compiler to ask.
fn compiler_finds(name: &str) -> bool {
    let compiler = cc::Build::new().cargo_metadata(false).try_get_compiler();
    let Ok(compiler) = compiler else {
        return true;
    };
    [".so", ".a", ".dylib", ".tbd"].iter().any(|suffix| {
        let file = format!("lib{name}{suffix}");
        let mut command: Command = compiler.to_command();
        let output = command.arg(format!("-print-file-name={file}")).output();
        match output {
            // Compilers repeat the name when they find no file.
            Ok(output) => String::from_utf8_lossy(&output.stdout).trim() != file,
            Err(_) => true,
        }
    })
}
