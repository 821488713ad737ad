//! The system's library, by pkg-config.

use std::path::{Path, PathBuf};

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
    let variable = |name| {
        let dir = ::pkg_config::get_variable("libarchive", name).ok()?;
        (!dir.is_empty()).then(|| PathBuf::from(dir))
    };
    let lib_dir = variable("libdir");
    let mut search = found.link_paths;
    let mut private = Vec::new();
    if link_static {
        // pkg-config leaves system directories out, and rustc looks for libarchive.a in none of
        // its own.
        let dir = lib_dir
            .as_deref()
            .ok_or("pkg-config knows no libdir of libarchive")?;
        require_static(dir)?;
        if !search.iter().any(|known| known == dir) {
            search.push(dir.to_owned());
        }
        // The crate names each library twice.
        for name in found.libs {
            if name != "archive" && !private.contains(&name) {
                private.push(name);
            }
        }
        super::private::require(&private, &search)?;
    }
    let include = found.include_paths.into_iter().next();
    Ok(Library {
        origin: "pkg-config",
        name: "archive",
        version: found.version,
        include: include.or_else(|| variable("includedir")),
        lib_dir,
        search,
        link_static,
        private,
    })
}

fn require_static(dir: &Path) -> Result<(), String> {
    if dir.join("libarchive.a").is_file() {
        return Ok(());
    }
    let dir = dir.display();
    Err(format!(
        "static linking is asked for, but {dir} has no libarchive.a"
    ))
}
