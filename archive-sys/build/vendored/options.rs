//! What is compiled in: the same for every builder.

use std::{env, path::PathBuf};

use crate::{
    config::Config,
    linkage::{
        known::{self, Known},
        library::Library,
    },
};

/// Options as macros, include directories and libraries.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) defines: Vec<(&'static str, Option<&'static str>)>,
    pub(crate) includes: Vec<PathBuf>,
    /// Libraries of the system.
    pub(crate) system_libs: Vec<&'static str>,
    pub(crate) codecs: Vec<&'static str>,
    pub(crate) crypto: &'static str,
    /// Rust modules that the C code calls.
    pub(crate) cfgs: Vec<&'static str>,
    /// Codecs in C, for the linkage record.
    pub(crate) libraries: Vec<Library>,
}

/// A codec of another `-sys` crate: its `links` key, macros, name.
struct Codec {
    links: &'static str,
    defines: &'static [&'static str],
    name: &'static str,
    /// The crate that compiles it.
    package: &'static str,
    known: Known,
}

const ZLIB: Codec = Codec {
    links: "Z",
    defines: &["HAVE_LIBZ", "HAVE_ZLIB_H"],
    name: "zlib",
    package: "libz-sys",
    known: known::ZLIB,
};
const BZIP2: Codec = Codec {
    links: "BZIP2",
    defines: &["HAVE_LIBBZ2", "HAVE_BZLIB_H"],
    name: "bzip2",
    package: "bzip2-sys",
    known: known::BZIP2,
};
const XZ: Codec = Codec {
    links: "LZMA",
    defines: &["HAVE_LIBLZMA", "HAVE_LZMA_H"],
    name: "xz",
    package: "liblzma-sys",
    known: known::XZ,
};
const ZSTD: Codec = Codec {
    links: "ZSTD",
    defines: &[
        "HAVE_LIBZSTD",
        "HAVE_ZSTD_H",
        // Asked by 3.6 for the writer.
        "HAVE_LIBZSTD_COMPRESSOR",
        "HAVE_ZSTD_compressStream",
        "HAVE_ZSTD_minCLevel",
    ],
    name: "zstd",
    package: "zstd-sys",
    known: known::ZSTD,
};
const LZ4: Codec = Codec {
    links: "LZ4",
    defines: &["HAVE_LIBLZ4", "HAVE_LZ4_H", "HAVE_LZ4HC_H"],
    name: "lz4",
    package: "lz4-sys",
    known: known::LZ4,
};

/// Macros that select libarchive's nettle back end, whose headers `shim/nettle` replaces.
const CRYPTO_RUST: &[&str] = &[
    "HAVE_LIBNETTLE",
    "HAVE_NETTLE_AES_H",
    "HAVE_NETTLE_HMAC_H",
    "HAVE_NETTLE_PBKDF2_H",
    "HAVE_NETTLE_VERSION_H",
    "ARCHIVE_CRYPTO_MD5_NETTLE",
    "ARCHIVE_CRYPTO_RMD160_NETTLE",
    "ARCHIVE_CRYPTO_SHA1_NETTLE",
    "ARCHIVE_CRYPTO_SHA256_NETTLE",
    "ARCHIVE_CRYPTO_SHA384_NETTLE",
    "ARCHIVE_CRYPTO_SHA512_NETTLE",
];

pub(crate) fn of(config: &Config) -> Options {
    let features = config.features;
    let target = &config.target;
    let shim = config.manifest_dir.join("shim");
    let mut options = Options {
        crypto: "none",
        ..Options::default()
    };
    if features.zlib_rs {
        options.includes.push(shim.join("zlib"));
        options.define(ZLIB.defines);
        options.codecs.push("zlib-rs");
        options.cfgs.push("archive_zlib_rs");
    } else if features.zlib {
        options.add(&ZLIB);
    }
    for (on, codec) in [
        (features.bzip2, &BZIP2),
        (features.xz, &XZ),
        (features.zstd, &ZSTD),
        (features.lz4, &LZ4),
    ] {
        if on {
            options.add(codec);
        }
    }
    if features.xz_threads {
        options.define(&["HAVE_LZMA_STREAM_ENCODER_MT"]);
        options.codecs.push("xz-threads");
    }
    if features.zstd_threads {
        // The codec itself was built with threads; libarchive asks it at run time.
        options.codecs.push("zstd-threads");
    }
    if target.is_windows() {
        options.crypto = "cng";
        options.system_libs.push("bcrypt");
        options.define(&["LIBARCHIVE_STATIC"]);
    } else if target.is_apple() {
        options.crypto = "commoncrypto";
    }
    if !target.has_system_crypto() && features.crypto_rust {
        options.crypto = "rust";
        options.includes.push(shim.join("nettle"));
        options.define(CRYPTO_RUST);
        options.cfgs.push("archive_crypto_rust");
    }
    if !target.is_windows() {
        options.define(&["ARCHIVE_SYS_RANDOM"]);
        options.cfgs.push("archive_random");
    }
    if target.is_apple() {
        options.system_libs.push("iconv");
    }
    if target.is_apple() || target.os == "linux" {
        options.define(&["ARCHIVE_SYS_ICONV"]);
    }
    options.cfgs.push("archive_vendored");
    options
}

impl Options {
    fn define(&mut self, names: &[&'static str]) {
        self.defines
            .extend(names.iter().map(|name| (*name, Some("1"))));
    }

    fn add(&mut self, codec: &Codec) {
        self.define(codec.defines);
        self.codecs.push(codec.name);
        // Lists with `,` (libz-sys) or `;` (zstd-sys); absent when the compiler finds the header.
        let include = env::var(format!("DEP_{}_INCLUDE", codec.links)).unwrap_or_default();
        let paths = include.split([',', ';']).filter(|path| !path.is_empty());
        let paths: Vec<PathBuf> = paths.map(PathBuf::from).collect();
        // These crates tell a root only when they compile.
        let compiled = env::var_os(format!("DEP_{}_ROOT", codec.links)).is_some();
        self.libraries
            .push(known::codec(&codec.known, codec.package, compiled, &paths));
        self.includes.extend(paths);
    }
}
