//! Which libarchive it shall be: a decision without side effects but for the probe it is given.

use std::path::PathBuf;

use crate::config::Config;

/// The oldest release that the bindings fit.
pub(crate) const OLDEST: &str = "3.6.2";

/// Name of the shared library that we build: not `archive`, so that the loader can never take the
/// system's for ours.
pub(crate) const SHARED_LIBRARY: &str = "anyarchive-archive";

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
    Vendored(Vendored),
}

/// How the source is built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Vendored {
    pub(crate) builder: Builder,
    pub(crate) kind: Kind,
}

/// Who compiles the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Builder {
    Cc,
    Cmake,
}

/// What is linked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Static,
    Shared,
}

/// A library that is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Library {
    /// Who found it: `pkg-config`, `vcpkg` or `explicit`.
    pub(crate) origin: &'static str,
    /// What the linker calls it.
    pub(crate) name: &'static str,
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

    /// Asks vcpkg, for an MSVC target.
    fn vcpkg(&mut self, kind: Option<Kind>) -> Result<Library, String>;

    /// The library in named directories; a static one needs `libs`.
    fn explicit(
        &mut self,
        lib_dir: PathBuf,
        include_dir: Option<PathBuf>,
        kind: Option<Kind>,
        libs: Vec<String>,
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
        refuse_dlopen(config)?;
        return plan(Route::Dlopen, "ARCHIVE_SYS_DLOPEN=1", steps);
    }
    // A wish for one kind of linking is no wish to load.
    if let Some(feature) = dlopen_feature(config)? {
        refuse_dlopen(config)?;
        return plan(Route::Dlopen, feature, steps);
    }
    let kind = kind(config)?;
    let vendored = |reason, steps| plan(Route::Vendored(vendored(config, kind)), reason, steps);
    if config.vendored == Some(true) {
        return vendored("ARCHIVE_SYS_VENDORED=1", steps);
    }
    if config.cmake == Some(true) {
        return vendored("ARCHIVE_SYS_CMAKE=1", steps);
    }
    if let Some(lib_dir) = config.lib_dir.clone() {
        let include = config.include_dir.clone();
        let library = probe.explicit(lib_dir, include, kind, config.libs.clone())?;
        steps.push(format!("ARCHIVE_SYS_LIB_DIR: found {}", library.version));
        if parts(&library.version) < parts(OLDEST) {
            return Err(format!(
                "the headers in ARCHIVE_SYS_INCLUDE_DIR are of libarchive {}; {OLDEST} is the oldest \
                 that works",
                library.version
            ));
        }
        return plan(Route::Library(library), "ARCHIVE_SYS_LIB_DIR", steps);
    }
    let forced = config.system == Some(true);
    if config.source_dir.is_some() && !forced {
        return vendored("ARCHIVE_SYS_SOURCE_DIR", steps);
    }
    if config.features.vendored && config.vendored.is_none() && !forced {
        return vendored("feature `vendored`", steps);
    }
    if config.system == Some(false) {
        return Err(
            "ARCHIVE_SYS_SYSTEM=0 forbids the system's libarchive, and neither the feature \
             `vendored` nor ARCHIVE_SYS_VENDORED=1 asks for another"
                .into(),
        );
    }
    let mut answers = String::new();
    let mut askers = vec!["pkg-config"];
    if config.target.is_msvc() {
        askers.insert(0, "vcpkg");
    }
    for asker in askers {
        let answer = match asker {
            "vcpkg" => probe.vcpkg(kind),
            _ => probe.pkg_config(kind == Some(Kind::Static)),
        };
        match answer {
            Ok(library) => {
                steps.push(format!("{asker}: found {}", library.version));
                let reason = if forced {
                    format!("ARCHIVE_SYS_SYSTEM=1, found by {asker}")
                } else {
                    format!("found by {asker}, and the feature `vendored` is off")
                };
                return plan(Route::Library(library), &reason, steps);
            }
            Err(answer) => {
                let answer = answer.trim().replace('\n', "\n    ");
                answers += &format!("\n  {asker}: {answer}");
                steps.push(format!("{asker}: nothing"));
            }
        }
    }
    Err(format!(
        "libarchive {OLDEST} or newer was not found on this system.{answers}"
    ))
}

/// The numbers of a version, to compare.
pub(crate) fn parts(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

/// Loading needs signatures that hold for any library that may be there.
fn refuse_dlopen(config: &Config) -> Result<(), String> {
    if config.target.has_two_times() {
        return Err(format!(
            "on {} time_t has 32 or 64 bits depending on how a library was compiled, so none can be \
             chosen at run time; link it (ARCHIVE_SYS_DLOPEN=0)",
            config.target.triple
        ));
    }
    Ok(())
}

/// The reason, if the feature `dlopen` counts.
fn dlopen_feature(config: &Config) -> Result<Option<&'static str>, String> {
    let overruled = config.dlopen == Some(false)
        || config.vendored == Some(true)
        || config.cmake == Some(true)
        || config.lib_dir.is_some()
        || config.source_dir.is_some()
        || config.system == Some(true)
        || config.link_static == Some(true);
    if !config.features.dlopen || overruled {
        return Ok(None);
    }
    let features = [
        (config.features.link_static, "static"),
        (config.features.dylib, "dylib"),
    ];
    // ARCHIVE_SYS_STATIC=0 takes `static` away, and `dylib` says the same as the variable.
    match features
        .iter()
        .find(|(on, _)| *on && config.link_static.is_none())
    {
        Some((_, other)) => Err(format!(
            "the features `dlopen` and `{other}` contradict each other; decide with \
             ARCHIVE_SYS_DLOPEN=1 or ARCHIVE_SYS_DLOPEN=0"
        )),
        None => Ok(Some("feature `dlopen`")),
    }
}

/// The wish for static or shared linking, if there is one.
fn kind(config: &Config) -> Result<Option<Kind>, String> {
    match (
        config.link_static,
        config.features.link_static,
        config.features.dylib,
    ) {
        (Some(true), ..) => Ok(Some(Kind::Static)),
        (Some(false), ..) => Ok(Some(Kind::Shared)),
        (None, true, true) => Err("the features `static` and `dylib` contradict each other; \
             decide with ARCHIVE_SYS_STATIC=1 or ARCHIVE_SYS_STATIC=0"
            .into()),
        (None, true, false) => Ok(Some(Kind::Static)),
        (None, false, true) => Ok(Some(Kind::Shared)),
        (None, false, false) => Ok(None),
    }
}

fn vendored(config: &Config, kind: Option<Kind>) -> Vendored {
    Vendored {
        builder: if config.cmake.unwrap_or(config.features.cmake) {
            Builder::Cmake
        } else {
            Builder::Cc
        },
        kind: kind.unwrap_or(Kind::Static),
    }
}

/// Wishes of variables that cannot both be met.
fn refuse_contradictions(config: &Config) -> Result<(), String> {
    let on = |switch: Option<bool>| switch == Some(true);
    let dlopen = (on(config.dlopen), "ARCHIVE_SYS_DLOPEN=1");
    let system = (on(config.system), "ARCHIVE_SYS_SYSTEM=1");
    let vendored = (on(config.vendored), "ARCHIVE_SYS_VENDORED=1");
    let no_vendored = (config.vendored == Some(false), "ARCHIVE_SYS_VENDORED=0");
    let cmake = (on(config.cmake), "ARCHIVE_SYS_CMAKE=1");
    let link_static = (on(config.link_static), "ARCHIVE_SYS_STATIC=1");
    let lib_dir = (config.lib_dir.is_some(), "ARCHIVE_SYS_LIB_DIR");
    let source_dir = (config.source_dir.is_some(), "ARCHIVE_SYS_SOURCE_DIR");
    let release = (config.release.is_some(), "ARCHIVE_SYS_RELEASE");
    for (first, second) in [
        (dlopen, system),
        (dlopen, vendored),
        (dlopen, cmake),
        (dlopen, link_static),
        (dlopen, lib_dir),
        (dlopen, source_dir),
        (system, vendored),
        (system, cmake),
        (system, source_dir),
        (lib_dir, vendored),
        (lib_dir, cmake),
        (lib_dir, source_dir),
        (no_vendored, cmake),
        (no_vendored, source_dir),
        (source_dir, release),
        (system, release),
        (lib_dir, release),
        (dlopen, release),
    ] {
        if first.0 && second.0 {
            return Err(format!(
                "{} and {} contradict each other; unset one",
                first.1, second.1
            ));
        }
    }
    for (needed, there, feature) in [
        (dlopen, config.features.dlopen, "dlopen"),
        (cmake, config.features.cmake, "cmake"),
        (
            (on(config.bindgen), "ARCHIVE_SYS_BINDGEN=1"),
            config.features.bindgen,
            "bindgen",
        ),
    ] {
        if needed.0 && !there {
            return Err(format!(
                "{} needs the feature `{feature}` of archive-sys",
                needed.1
            ));
        }
    }
    if config.include_dir.is_some() && config.lib_dir.is_none() {
        return Err("ARCHIVE_SYS_INCLUDE_DIR goes with ARCHIVE_SYS_LIB_DIR; set both".into());
    }
    if !config.libs.is_empty() && config.lib_dir.is_none() {
        return Err("ARCHIVE_SYS_LIBS goes with ARCHIVE_SYS_LIB_DIR; set both".into());
    }
    Ok(())
}
