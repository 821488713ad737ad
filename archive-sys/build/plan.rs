//! Which libarchive it shall be: a decision without side effects but for the probe it is given.

use std::path::PathBuf;

use crate::config::Config;

/// The oldest release that the bindings fit.
pub(crate) const OLDEST: &str = "3.6.2";

/// A decision, with what led to it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) route: Route,
    /// Why this one, in a line.
    pub(crate) reason: String,
    /// What was looked at, in order.
    pub(crate) steps: Vec<String>,
}

/// Where the library comes from.
#[derive(Debug, PartialEq)]
pub(crate) enum Route {
    /// Documentation only; nothing is linked.
    Docs,
    /// A library that is there.
    Library(Library),
    /// Nothing is linked; the library is loaded at run time.
    Dlopen,
    /// The source that comes with the package, or that a variable names.
    Vendored,
}

/// A library that is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Library {
    /// Who found it: `pkg-config` or `explicit`.
    pub(crate) origin: &'static str,
    pub(crate) version: String,
    pub(crate) include: Option<PathBuf>,
    pub(crate) lib_dir: Option<PathBuf>,
    /// Directories that the linker does not search by itself.
    pub(crate) search: Vec<PathBuf>,
    pub(crate) link_static: bool,
    /// Libraries that a static one needs.
    pub(crate) private: Vec<String>,
}

/// What a plan may ask of the machine.
pub(crate) trait Probe {
    /// Asks pkg-config; the error says what it answered.
    fn pkg_config(&mut self, link_static: bool) -> Result<Library, String>;

    /// The library in named directories.
    fn explicit(
        &mut self,
        lib_dir: PathBuf,
        include_dir: Option<PathBuf>,
        link_static: Option<bool>,
    ) -> Result<Library, String>;
}

/// Chooses. Variables beat features, because a feature cannot be switched off downstream.
pub(crate) fn decide(config: &Config, probe: &mut dyn Probe) -> Result<Plan, String> {
    let mut steps = Vec::new();
    let plan = |route, reason: &str, steps| {
        Ok(Plan {
            route,
            reason: reason.into(),
            steps,
        })
    };
    if config.docs_rs {
        return plan(Route::Docs, "DOCS_RS is set: nothing is linked", steps);
    }
    refuse_contradictions(config)?;

    if config.dlopen == Some(true) {
        return plan(Route::Dlopen, "ARCHIVE_SYS_DLOPEN=1", steps);
    }
    if config.vendored == Some(true) {
        return plan(Route::Vendored, "ARCHIVE_SYS_VENDORED=1", steps);
    }
    if let Some(lib_dir) = config.lib_dir.clone() {
        let include = config.include_dir.clone();
        let library = probe.explicit(lib_dir, include, config.link_static)?;
        steps.push(format!("ARCHIVE_SYS_LIB_DIR: found {}", library.version));
        return plan(Route::Library(library), "ARCHIVE_SYS_LIB_DIR", steps);
    }
    if config.source_dir.is_some() && config.system != Some(true) {
        return plan(Route::Vendored, "ARCHIVE_SYS_SOURCE_DIR", steps);
    }
    let forced = config.system == Some(true);
    if config.features.dlopen && config.dlopen.is_none() && !forced {
        return plan(Route::Dlopen, "feature `dlopen`", steps);
    }
    if config.features.vendored && config.vendored.is_none() && !forced {
        return plan(Route::Vendored, "feature `vendored`", steps);
    }
    if config.system == Some(false) {
        return Err(
            "ARCHIVE_SYS_SYSTEM=0 forbids the system's libarchive, and neither the feature \
             `vendored` nor ARCHIVE_SYS_VENDORED=1 asks for another"
                .into(),
        );
    }
    match probe.pkg_config(config.link_static == Some(true)) {
        Ok(library) => {
            steps.push(format!("pkg-config: found {}", library.version));
            let reason = if forced {
                "ARCHIVE_SYS_SYSTEM=1, found by pkg-config"
            } else {
                "found by pkg-config, and the feature `vendored` is off"
            };
            plan(Route::Library(library), reason, steps)
        }
        Err(answer) => Err(format!(
            "libarchive {OLDEST} or newer was not found on this system.\n  pkg-config: {}",
            answer.trim().replace('\n', "\n    ")
        )),
    }
}

fn refuse_contradictions(config: &Config) -> Result<(), String> {
    let both = |a: &str, b: &str| Err(format!("{a} and {b} contradict each other; unset one"));
    let system = "ARCHIVE_SYS_SYSTEM=1";
    if config.system == Some(true) && config.vendored == Some(true) {
        return both(system, "ARCHIVE_SYS_VENDORED=1");
    }
    if config.system == Some(true) && config.source_dir.is_some() {
        return both(system, "ARCHIVE_SYS_SOURCE_DIR");
    }
    if config.dlopen == Some(true) {
        if !config.features.dlopen {
            return Err("ARCHIVE_SYS_DLOPEN=1 needs the feature `dlopen` of archive-sys".into());
        }
        let dlopen = "ARCHIVE_SYS_DLOPEN=1";
        if config.system == Some(true) {
            return both(dlopen, system);
        }
        if config.vendored == Some(true) {
            return both(dlopen, "ARCHIVE_SYS_VENDORED=1");
        }
        if config.lib_dir.is_some() {
            return both(dlopen, "ARCHIVE_SYS_LIB_DIR");
        }
        if config.source_dir.is_some() {
            return both(dlopen, "ARCHIVE_SYS_SOURCE_DIR");
        }
    }
    if config.lib_dir.is_some() && config.vendored == Some(true) {
        return both("ARCHIVE_SYS_LIB_DIR", "ARCHIVE_SYS_VENDORED=1");
    }
    if config.lib_dir.is_some() && config.source_dir.is_some() {
        return both("ARCHIVE_SYS_LIB_DIR", "ARCHIVE_SYS_SOURCE_DIR");
    }
    if config.include_dir.is_some() && config.lib_dir.is_none() {
        return Err("ARCHIVE_SYS_INCLUDE_DIR goes with ARCHIVE_SYS_LIB_DIR; set both".into());
    }
    if config.source_dir.is_some() && config.release.is_some() {
        return both("ARCHIVE_SYS_SOURCE_DIR", "ARCHIVE_SYS_RELEASE");
    }
    Ok(())
}
