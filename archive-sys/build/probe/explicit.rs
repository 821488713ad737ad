//! Directories that variables name.

use std::path::{Path, PathBuf};

use super::header;
use crate::plan::{Kind, Library};

pub(super) fn find(
    lib_dir: PathBuf,
    include_dir: Option<PathBuf>,
    kind: Option<Kind>,
    libs: Vec<String>,
) -> Result<Library, String> {
    if !lib_dir.is_dir() {
        return Err(format!(
            "ARCHIVE_SYS_LIB_DIR={} is no directory",
            lib_dir.display()
        ));
    }
    let include = include_dir.ok_or(
        "ARCHIVE_SYS_LIB_DIR is set but ARCHIVE_SYS_INCLUDE_DIR is not: archive.h there tells the \
         version",
    )?;
    let version = header::version_of(&include)?;
    let has = |names: &[&str]| names.iter().any(|name| lib_dir.join(name).is_file());
    let has_static = has(&["libarchive.a", "archive_static.lib"]);
    let has_shared = has(&[
        "libarchive.so",
        "libarchive.dylib",
        "libarchive.dll.a",
        "archive.lib",
    ]);
    let link_static = match kind {
        Some(Kind::Static) if !has_static => return Err(missing("static", &lib_dir)),
        Some(Kind::Shared) if !has_shared => return Err(missing("shared", &lib_dir)),
        Some(kind) => kind == Kind::Static,
        None if has_shared => false,
        None if has_static => true,
        None => return Err(missing("static or shared", &lib_dir)),
    };
    let name = if link_static && lib_dir.join("archive_static.lib").is_file() {
        "archive_static"
    } else {
        "archive"
    };
    Ok(Library {
        origin: "explicit",
        name,
        version,
        include: Some(include),
        search: vec![lib_dir.clone()],
        lib_dir: Some(lib_dir),
        link_static,
        private: if link_static { libs } else { Vec::new() },
    })
}

fn missing(kind: &str, dir: &Path) -> String {
    format!(
        "ARCHIVE_SYS_LIB_DIR={} has no {kind} libarchive",
        dir.display()
    )
}
