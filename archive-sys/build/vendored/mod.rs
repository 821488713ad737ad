//! Building libarchive from source.

mod cc;
mod cc_sources;
#[cfg(feature = "cmake")]
mod cmake;
pub(crate) mod exports;
mod options;
mod shared;
mod source;
mod time_bits;

use std::{fs, path::PathBuf, process::Command};

use crate::{
    config::Config,
    emit::Linked,
    linkage::known,
    plan::{Builder, Kind, SHARED_LIBRARY, Vendored},
};
use source::Source;

/// Builds the source as planned.
pub(crate) fn build(config: &Config, plan: Vendored) -> Result<Linked, String> {
    if plan.kind == Kind::Shared {
        shared::check(&config.target)?;
    }
    let source = source::find(config, plan.builder)?;
    let options = options::of(config, plan.kind)?;
    let include = config.out_dir.join("include");
    fs::create_dir_all(&include).map_err(|error| format!("{}: {error}", include.display()))?;
    for name in ["archive.h", "archive_entry.h"] {
        let from = source.libarchive.join(name);
        fs::copy(&from, include.join(name))
            .map_err(|error| format!("{}: {error}", from.display()))?;
    }

    // Each kind in its own directory, so that the linker never finds one left from a build before.
    let lib_dir = config.out_dir.join(match plan.kind {
        Kind::Static => "static",
        Kind::Shared => "shared",
    });
    let objects = match plan.kind {
        Kind::Static => lib_dir.clone(),
        Kind::Shared => config.out_dir.join("objects"),
    };
    for dir in [&lib_dir, &objects] {
        fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    }
    match plan.builder {
        Builder::Cc => cc::compile(config, &source, &options, plan.kind, &objects)?,
        #[cfg(feature = "cmake")]
        Builder::Cmake => cmake::compile(config, &source, &options, plan.kind, &objects)?,
        #[cfg(not(feature = "cmake"))]
        Builder::Cmake => return Err("the feature `cmake` of archive-sys is off".into()),
    }
    let (builder, origin) = match plan.builder {
        Builder::Cc => ("cc", "vendored-cc"),
        Builder::Cmake => ("cmake", "vendored-cmake"),
    };
    let (kind, name) = match plan.kind {
        Kind::Static => ("static", "archive"),
        Kind::Shared => {
            shared::link(config, &source, &options, &objects, &lib_dir)?;
            ("dylib", SHARED_LIBRARY)
        }
    };
    let mut libs = vec![format!("{kind}={name}")];
    if plan.kind == Kind::Static {
        libs.extend(options.system_libs.iter().map(|lib| format!("dylib={lib}")));
    }
    let mut libraries = known::vendored(
        &source.version,
        builder,
        kind,
        &source.digests,
        config.features.lz4,
    );
    if plan.kind == Kind::Shared
        && let Some(libarchive) = libraries.first_mut()
    {
        libarchive.sonames.push(shared::SONAME.into());
    }
    libraries.extend(options.libraries);
    Ok(Linked {
        kind,
        origin,
        root: Some(config.out_dir.clone()),
        include: Some(include),
        lib_dir: Some(lib_dir.clone()),
        search: vec![lib_dir],
        libs,
        crypto: options.crypto,
        defines: options.exported_defines,
        inputs: inputs(config, &source, plan.builder)?,
        variables: cc::variables(&config.target),
        version: source.version,
        codecs: options.codecs,
        cfgs: options.cfgs,
        libraries,
        notes: options.notes,
    })
}

/// What asks for a new build when it changes.
fn inputs(config: &Config, source: &Source, builder: Builder) -> Result<Vec<PathBuf>, String> {
    let source = match builder {
        Builder::Cc => [source.libarchive.clone(), source::config_dir(config)?],
        Builder::Cmake => ["libarchive", "CMakeLists.txt"].map(|path| source.root.join(path)),
    };
    let ours = ["shim", "src/bindings.rs"].map(|path| config.manifest_dir.join(path));
    Ok(source.into_iter().chain(ours).collect())
}

/// Runs a tool; its messages are shown when it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed ({}):\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}
