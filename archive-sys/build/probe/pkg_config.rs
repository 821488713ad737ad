//! The system's library, by pkg-config.

use std::path::Path;

use crate::plan::{Library, OLDEST};

pub(super) fn find(link_static: bool) -> Result<Library, String> {
    // pkg-config itself refuses cross builds that are not set up for it.
    let found = ::pkg_config::Config::new()
        .atleast_version(OLDEST)
        .cargo_metadata(false)
        .env_metadata(true)
        .statik(link_static)
        .probe("libarchive")
        .map_err(|error| error.to_string())?;
    let variable = |name| ::pkg_config::get_variable("libarchive", name).ok();
    let mut search = found.link_paths;
    let mut private = Vec::new();
    if link_static {
        // pkg-config leaves system directories out, and rustc looks for libarchive.a in none of
        // its own.
        let dir = variable("libdir").ok_or("pkg-config knows no libdir of libarchive")?;
        if !Path::new(&dir).join("libarchive.a").is_file() {
            return Err(format!(
                "ARCHIVE_SYS_STATIC=1, but {dir} has no libarchive.a"
            ));
        }
        search.push(dir.into());
        // The crate names each library twice.
        for name in found.libs {
            if name != "archive" && !private.contains(&name) {
                private.push(name);
            }
        }
    }
    let include = found.include_paths.into_iter().next();
    Ok(Library {
        origin: "pkg-config",
        version: found.version,
        include: include.or_else(|| variable("includedir").map(Into::into)),
        search,
        link_static,
        private,
    })
}
