//! What is compiled in: the same for every builder.

use std::{env, path::PathBuf};

use crate::{
    config::Config,
    linkage::{
        known::{self, Known},
        library::Library,
    },
    plan::Kind,
    time,
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
    /// Libraries of other crates, for the linkage record.
    pub(crate) libraries: Vec<Library>,
    /// Codecs of C code, to be linked into a shared library.
    pub(crate) archives: Vec<Archive>,
    /// What a reader of the report should know.
    pub(crate) notes: Vec<&'static str>,
    /// Macros that C code of dependents must define.
    pub(crate) exported_defines: Vec<String>,
}

/// A static library that another crate built.
#[derive(Debug)]
pub(crate) struct Archive {
    /// `links` key of that crate.
    pub(crate) links: &'static str,
    /// Name of the library.
    pub(crate) name: &'static str,
}

/// A codec of another `-sys` crate: its `links` key, library, macros, name.
struct Codec {
    links: &'static str,
    library: &'static str,
    defines: &'static [&'static str],
    name: &'static str,
    /// The crate that compiles it.
    package: &'static str,
    known: Known,
}

const ZLIB: Codec = Codec {
    links: "Z",
    library: "z",
    defines: &["HAVE_LIBZ", "HAVE_ZLIB_H"],
    name: "zlib",
    package: "libz-sys",
    known: known::ZLIB,
};
const BZIP2: Codec = Codec {
    links: "BZIP2",
    library: "bz2",
    defines: &["HAVE_LIBBZ2", "HAVE_BZLIB_H"],
    name: "bzip2",
    package: "bzip2-sys",
    known: known::BZIP2,
};
const XZ: Codec = Codec {
    links: "LZMA",
    library: "lzma",
    defines: &["HAVE_LIBLZMA", "HAVE_LZMA_H"],
    name: "xz",
    package: "liblzma-sys",
    known: known::XZ,
};
const ZSTD: Codec = Codec {
    links: "ZSTD",
    library: "zstd",
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
    library: "lz4",
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

const CRYPTO_OPENSSL: &[&str] = &[
    "HAVE_LIBCRYPTO",
    "HAVE_OPENSSL_EVP_H",
    "HAVE_OPENSSL_OPENSSLV_H",
    "HAVE_PKCS5_PBKDF2_HMAC_SHA1",
    "ARCHIVE_CRYPTO_MD5_OPENSSL",
    "ARCHIVE_CRYPTO_RMD160_OPENSSL",
    "ARCHIVE_CRYPTO_SHA1_OPENSSL",
    "ARCHIVE_CRYPTO_SHA256_OPENSSL",
    "ARCHIVE_CRYPTO_SHA384_OPENSSL",
    "ARCHIVE_CRYPTO_SHA512_OPENSSL",
];

/// What the features ask for, as far as a library of that kind can have it: a shared one holds C
/// code alone.
pub(crate) fn of(config: &Config, kind: Kind) -> Result<Options, String> {
    let features = config.features;
    let target = &config.target;
    let shim = config.manifest_dir.join("shim");
    let mut options = Options {
        crypto: "none",
        ..Options::default()
    };
    let rust = kind == Kind::Static;
    if features.zlib_rs && rust {
        options.includes.push(shim.join("zlib"));
        options.define(ZLIB.defines);
        options.codecs.push("zlib-rs");
        options.cfgs.push("archive_zlib_rs");
    } else if features.zlib {
        options.add(&ZLIB);
    } else if features.zlib_rs {
        return Err(
            "a shared library cannot contain the deflate in Rust of the feature `zlib-rs`; turn \
             on the feature `zlib` as well, which is in C, or link statically"
                .into(),
        );
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
    if target.has_system_crypto() {
        // Chosen above.
    } else if features.openssl {
        options.crypto = "openssl";
        options.library("OPENSSL", &known::OPENSSL, "openssl-sys");
        options.define(CRYPTO_OPENSSL);
        options.cfgs.push("archive_openssl");
    } else if features.crypto_rust && rust {
        options.crypto = "rust";
        options.includes.push(shim.join("nettle"));
        options.define(CRYPTO_RUST);
        options.cfgs.push("archive_crypto_rust");
    } else if features.crypto_rust {
        options.notes.push(
            "no cryptography: a shared library cannot contain that of the feature `crypto-rust`; \
             the feature `openssl` works there",
        );
    }
    if target.is_windows() {
        options.exported_defines.push("LIBARCHIVE_STATIC".into());
    }
    if target.has_two_times() {
        let wide = time::WIDE.iter();
        let bits = super::time_bits::of_compiler(config)?;
        options
            .defines
            .extend(wide.clone().map(|(name, value)| (*name, Some(*value))));
        options.defines.push((
            "ARCHIVE_SYS_TIME_BITS",
            Some(if bits == 64 { "64" } else { "32" }),
        ));
        options.exported_defines = time::exported();
        options.cfgs.push(time::cfg(bits));
    }
    if !target.is_windows() {
        options.define(&["ARCHIVE_SYS_RANDOM"]);
        if rust {
            options.cfgs.push("archive_random");
        }
    }
    if target.is_apple() {
        options.system_libs.push("iconv");
    }
    if target.is_apple() || target.os == "linux" {
        options.define(&["ARCHIVE_SYS_ICONV"]);
    }
    if rust {
        options.cfgs.push("archive_vendored");
    }
    Ok(options)
}

impl Options {
    fn define(&mut self, names: &[&'static str]) {
        self.defines
            .extend(names.iter().map(|name| (*name, Some("1"))));
    }

    fn add(&mut self, codec: &Codec) {
        self.define(codec.defines);
        self.codecs.push(codec.name);
        self.archives.push(Archive {
            links: codec.links,
            name: codec.library,
        });
        self.library(codec.links, &codec.known, codec.package);
    }

    /// Includes the headers of a library of another crate, and records it.
    fn library(&mut self, links: &str, known: &Known, package: &'static str) {
        // Lists with `,` (libz-sys) or `;` (zstd-sys); absent when the compiler finds the header.
        let include = env::var(format!("DEP_{links}_INCLUDE")).unwrap_or_default();
        let paths = include.split([',', ';']).filter(|path| !path.is_empty());
        let paths: Vec<PathBuf> = paths.map(PathBuf::from).collect();
        // These crates tell a root only when they compile.
        let compiled = env::var_os(format!("DEP_{links}_ROOT")).is_some();
        self.libraries
            .push(known::codec(known, package, compiled, &paths));
        self.includes.extend(paths);
    }
}
