//! What the file of a library says of itself: whether it is what the headers and cargo promise.

use std::{fs, path::Path};

use crate::{plan::Library, target::Target};

/// Refuses a library for another processor, or of another release than its headers. A file that
/// does not tell is left to the linker.
pub(crate) fn check(library: &Library, target: &Target) -> Result<(), String> {
    let Some(dir) = &library.lib_dir else {
        return Ok(());
    };
    let suffix = match (library.link_static, target.is_apple()) {
        (true, _) => "a",
        (false, true) => "dylib",
        (false, false) => "so",
    };
    let file = dir.join(format!("lib{}.{suffix}", library.name));
    match fs::read(&file) {
        Ok(bytes) => compare(&file, &bytes, library, target),
        Err(_) => Ok(()),
    }
}

fn compare(file: &Path, bytes: &[u8], library: &Library, target: &Target) -> Result<(), String> {
    if let (Some(found), Some(wanted)) = (machine(bytes), machine_of(&target.arch))
        && found != wanted
    {
        return Err(format!(
            "{} is for another processor than {} (ELF machine {found}, not {wanted}); a build for \
             another system needs that system's library, or the feature `vendored`",
            file.display(),
            target.triple
        ));
    }
    match version(bytes) {
        Some(found) if found != library.version => Err(format!(
            "{} is libarchive {found}, but the headers in {} are of {}: two versions are installed; \
             name the directories of one with ARCHIVE_SYS_LIB_DIR and ARCHIVE_SYS_INCLUDE_DIR",
            file.display(),
            library
                .include
                .as_deref()
                .unwrap_or(Path::new("use"))
                .display(),
            library.version
        )),
        _ => Ok(()),
    }
}

/// `3.6.2` from the text that `archive_version_string` returns.
fn version(bytes: &[u8]) -> Option<String> {
    const BEFORE: &[u8] = b"libarchive ";
    let mut rest = bytes;
    while let Some(at) = rest.windows(BEFORE.len()).position(|w| w == BEFORE) {
        rest = &rest[at + BEFORE.len()..];
        let is_version = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
        let text: Vec<u8> = rest
            .iter()
            .take(20)
            .take_while(is_version)
            .copied()
            .collect();
        if text.iter().filter(|byte| **byte == b'.').count() == 2 {
            return String::from_utf8(text).ok();
        }
    }
    None
}

/// `e_machine` of an ELF file, or of the first object in an archive.
fn machine(bytes: &[u8]) -> Option<u16> {
    const MAGIC: &[u8] = b"\x7fELF";
    let at = if bytes.starts_with(b"!<arch>") {
        bytes.windows(MAGIC.len()).position(|w| w == MAGIC)?
    } else {
        bytes.starts_with(MAGIC).then_some(0)?
    };
    let field = [*bytes.get(at + 18)?, *bytes.get(at + 19)?];
    Some(match bytes.get(at + 5)? {
        2 => u16::from_be_bytes(field),
        _ => u16::from_le_bytes(field),
    })
}

/// The same for what cargo calls an architecture; `None` for those that are not known here.
fn machine_of(arch: &str) -> Option<u16> {
    Some(match arch {
        "x86" => 3,
        "mips" | "mips64" => 8,
        "powerpc" => 20,
        "powerpc64" => 21,
        "s390x" => 22,
        "arm" => 40,
        "x86_64" => 62,
        "aarch64" => 183,
        "riscv32" | "riscv64" => 243,
        "loongarch64" => 258,
        _ => return None,
    })
}
