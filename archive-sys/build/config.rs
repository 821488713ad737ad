//! All settings, read once.

use std::path::PathBuf;

use crate::{env::Env, target::Target};

/// What features and variables ask for.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) target: Target,
    /// This crate's directory.
    pub(crate) manifest_dir: PathBuf,
    pub(crate) out_dir: PathBuf,
    pub(crate) opt_level: String,
    /// Version of this crate.
    pub(crate) package_version: String,
    /// `ARCHIVE_SYS_SYSTEM`
    pub(crate) system: Option<bool>,
    /// `ARCHIVE_SYS_VENDORED`
    pub(crate) vendored: Option<bool>,
    /// `ARCHIVE_SYS_DLOPEN`
    pub(crate) dlopen: Option<bool>,
    /// `ARCHIVE_SYS_STATIC`
    pub(crate) link_static: Option<bool>,
    /// `ARCHIVE_SYS_CMAKE`
    pub(crate) cmake: Option<bool>,
    /// `ARCHIVE_SYS_BINDGEN`
    pub(crate) bindgen: Option<bool>,
    /// `ARCHIVE_SYS_LIB_DIR`
    pub(crate) lib_dir: Option<PathBuf>,
    /// `ARCHIVE_SYS_INCLUDE_DIR`
    pub(crate) include_dir: Option<PathBuf>,
    /// `ARCHIVE_SYS_LIBS`, with commas
    pub(crate) libs: Vec<String>,
    /// `ARCHIVE_SYS_SOURCE_DIR`
    pub(crate) source_dir: Option<PathBuf>,
    /// `ARCHIVE_SYS_RELEASE`
    pub(crate) release: Option<String>,
    pub(crate) features: Features,
    pub(crate) docs_rs: bool,
}

/// The features of this crate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Features {
    pub(crate) vendored: bool,
    pub(crate) dlopen: bool,
    pub(crate) link_static: bool,
    pub(crate) dylib: bool,
    pub(crate) cmake: bool,
    pub(crate) bindgen: bool,
    pub(crate) bzip2: bool,
    pub(crate) crypto_rust: bool,
    pub(crate) linkage_note: bool,
    pub(crate) lz4: bool,
    pub(crate) openssl: bool,
    pub(crate) xz: bool,
    pub(crate) xz_threads: bool,
    pub(crate) zlib: bool,
    pub(crate) zlib_rs: bool,
    pub(crate) zstd: bool,
    pub(crate) zstd_threads: bool,
}

impl Config {
    pub(crate) fn read(env: &Env) -> Result<Self, String> {
        let dir = |name| {
            env.cargo(name)
                .map(PathBuf::from)
                .ok_or_else(|| format!("{name} is not set: this is a build script of cargo"))
        };
        let libs = env.text("LIBS").unwrap_or_default();
        Ok(Self {
            target: Target::read(env),
            manifest_dir: dir("CARGO_MANIFEST_DIR")?,
            out_dir: dir("OUT_DIR")?,
            opt_level: env.cargo("OPT_LEVEL").unwrap_or_default(),
            package_version: env.cargo("CARGO_PKG_VERSION").unwrap_or_default(),
            system: env.switch("SYSTEM")?,
            vendored: env.switch("VENDORED")?,
            dlopen: env.switch("DLOPEN")?,
            link_static: env.switch("STATIC")?,
            cmake: env.switch("CMAKE")?,
            bindgen: env.switch("BINDGEN")?,
            lib_dir: env.dir("LIB_DIR")?,
            include_dir: env.dir("INCLUDE_DIR")?,
            libs: libs
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect(),
            source_dir: env.dir("SOURCE_DIR")?,
            release: env.text("RELEASE"),
            features: Features {
                vendored: env.feature("vendored"),
                dlopen: env.feature("dlopen"),
                link_static: env.feature("static"),
                dylib: env.feature("dylib"),
                cmake: env.feature("cmake"),
                bindgen: env.feature("bindgen"),
                bzip2: env.feature("bzip2"),
                crypto_rust: env.feature("crypto-rust"),
                linkage_note: !env.feature("no-linkage-note"),
                lz4: env.feature("lz4"),
                openssl: env.feature("openssl"),
                xz: env.feature("xz"),
                xz_threads: env.feature("xz-threads"),
                zlib: env.feature("zlib"),
                zlib_rs: env.feature("zlib-rs"),
                zstd: env.feature("zstd"),
                zstd_threads: env.feature("zstd-threads"),
            },
            docs_rs: env.cargo("DOCS_RS").is_some(),
        })
    }
}
