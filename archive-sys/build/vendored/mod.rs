//! Building libarchive from source.

mod cc;
mod cc_sources;
mod options;
mod source;

use std::fs;

use crate::{config::Config, emit::Linked, linkage::known};

/// Builds the source with the C compiler alone.
pub(crate) fn build(config: &Config) -> Result<Linked, String> {
    let source = source::find(config)?;
    let options = options::of(config);
    cc::compile(config, &source, &options)?;

    let include = config.out_dir.join("include");
    let copy = |name: &str| {
        let from = source.libarchive.join(name);
        fs::copy(&from, include.join(name)).map_err(|error| format!("{}: {error}", from.display()))
    };
    fs::create_dir_all(&include).map_err(|error| format!("{}: {error}", include.display()))?;
    copy("archive.h")?;
    copy("archive_entry.h")?;

    let mut libs = vec!["static=archive".to_owned()];
    libs.extend(options.system_libs.iter().map(|lib| format!("dylib={lib}")));
    let lz4 = config.features.lz4;
    let mut libraries = known::vendored(&source.version, "cc", "static", &source.digests, lz4);
    libraries.extend(options.libraries);
    Ok(Linked {
        kind: "static",
        origin: "vendored-cc",
        version: source.version,
        root: Some(config.out_dir.clone()),
        include: Some(include),
        lib_dir: Some(config.out_dir.clone()),
        search: vec![config.out_dir.clone()],
        libs,
        codecs: options.codecs,
        crypto: options.crypto,
        defines: if config.target.is_windows() {
            vec!["LIBARCHIVE_STATIC"]
        } else {
            Vec::new()
        },
        inputs: vec![
            source.libarchive,
            source::config_dir(config)?,
            config.manifest_dir.join("shim"),
        ],
        variables: cc::variables(&config.target),
        cfgs: options.cfgs,
        libraries,
    })
}
