//! The library of a vcpkg tree, for MSVC targets. Not tried on Windows: written from the
//! documentation of vcpkg and its crate, and run against a tree of empty files.

use std::env;

use super::header;
use crate::plan::{Kind, Library};

/// Libraries of Windows that libarchive and the libraries it gets from vcpkg call; vcpkg does not
/// tell them.
const SYSTEM: &[&str] = &["advapi32", "bcrypt", "crypt32", "user32", "ws2_32"];

pub(super) fn find(kind: Option<Kind>) -> Result<Library, String> {
    let mut config = ::vcpkg::Config::new();
    // emit.rs tells cargo, and programs find their DLLs by PATH.
    config.cargo_metadata(false).copy_dlls(false);
    // Which of its triplets counts is a matter of all crates that use vcpkg.
    if kind == Some(Kind::Shared) && env::var_os("VCPKGRS_DYNAMIC").is_none() {
        return Err("set VCPKGRS_DYNAMIC=1 for shared libraries of vcpkg".into());
    }
    let found = config
        .find_package("libarchive")
        .map_err(|error| error.to_string())?;
    if kind == Some(Kind::Static) && !found.is_static {
        return Err(format!(
            "static linking is asked for, but the triplet {} has DLLs",
            found.vcpkg_triplet
        ));
    }
    let include = found.include_paths.into_iter().next();
    let include = include.ok_or("vcpkg knows no include directory of libarchive")?;
    let mut private = Vec::new();
    if found.is_static {
        let others = found.found_names.into_iter();
        private.extend(others.filter(|name| name != "archive"));
        private.extend(SYSTEM.iter().map(|name| (*name).to_owned()));
    }
    Ok(Library {
        origin: "vcpkg",
        name: "archive",
        version: header::version_of(&include)?,
        include: Some(include),
        lib_dir: found.link_paths.first().cloned(),
        search: found.link_paths,
        link_static: found.is_static,
        private,
    })
}
