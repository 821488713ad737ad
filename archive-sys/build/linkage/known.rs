//! What is known of the libraries that can be compiled in.

use std::{fs, path::PathBuf};

use super::library::{Library, Source, percent_encoded};
use crate::{library_names, target::Target};

/// A library with a source of its own.
#[derive(Debug)]
pub(crate) struct Known {
    name: &'static str,
    /// The repository on GitHub, with what the names of its releases begin with.
    github: Option<(&'static str, &'static str)>,
    /// Vendor and product in the National Vulnerability Database, which need not be those of the
    /// repository.
    cpe: Option<&'static str>,
    license: &'static str,
    /// The header that tells the version, and how; libarchive's is read before it gets here.
    header: Option<(&'static str, Version)>,
}

#[derive(Debug)]
enum Version {
    /// What follows this text, up to a space or a quotation mark.
    After(&'static str),
    /// Macros for major, minor and patch.
    Macros([&'static str; 3]),
}

const LIBARCHIVE: Known = Known {
    name: "libarchive",
    github: Some(("libarchive/libarchive", "v")),
    cpe: Some("libarchive:libarchive"),
    license: "BSD-2-Clause AND BSD-3-Clause",
    header: None,
};
pub(crate) const ZLIB: Known = Known {
    name: "zlib",
    github: Some(("madler/zlib", "v")),
    cpe: Some("zlib:zlib"),
    license: "Zlib",
    header: Some(("zlib.h", Version::After("#define ZLIB_VERSION \""))),
};
/// What libz-sys compiles instead, when another crate asks for it.
const ZLIB_NG: Known = Known {
    name: "zlib-ng",
    github: Some(("zlib-ng/zlib-ng", "")),
    cpe: None,
    license: "Zlib",
    header: Some(("zlib.h", Version::After("#define ZLIBNG_VERSION \""))),
};
pub(crate) const BZIP2: Known = Known {
    name: "bzip2",
    github: None,
    cpe: Some("bzip:bzip2"),
    license: "bzip2-1.0.6",
    header: Some(("bzlib.h", Version::After("libbzip2 version "))),
};
pub(crate) const XZ: Known = Known {
    name: "xz",
    github: Some(("tukaani-project/xz", "v")),
    cpe: Some("tukaani:xz"),
    // Of liblzma alone.
    license: "0BSD",
    header: Some((
        "lzma/version.h",
        Version::Macros([
            "LZMA_VERSION_MAJOR",
            "LZMA_VERSION_MINOR",
            "LZMA_VERSION_PATCH",
        ]),
    )),
};
pub(crate) const ZSTD: Known = Known {
    name: "zstd",
    github: Some(("facebook/zstd", "v")),
    cpe: Some("facebook:zstandard"),
    license: "BSD-3-Clause OR GPL-2.0-only",
    header: Some((
        "zstd.h",
        Version::Macros([
            "ZSTD_VERSION_MAJOR",
            "ZSTD_VERSION_MINOR",
            "ZSTD_VERSION_RELEASE",
        ]),
    )),
};
pub(crate) const LZ4: Known = Known {
    name: "lz4",
    github: Some(("lz4/lz4", "v")),
    cpe: Some("lz4_project:lz4"),
    license: "BSD-2-Clause",
    header: Some((
        "lz4.h",
        Version::Macros([
            "LZ4_VERSION_MAJOR",
            "LZ4_VERSION_MINOR",
            "LZ4_VERSION_RELEASE",
        ]),
    )),
};

pub(crate) const OPENSSL: Known = Known {
    name: "openssl",
    github: Some(("openssl/openssl", "openssl-")),
    cpe: Some("openssl:openssl"),
    license: "Apache-2.0",
    header: Some((
        "openssl/opensslv.h",
        Version::After("define OPENSSL_VERSION_STR \""),
    )),
};

/// A library that the crate `builder` compiled, or found.
pub(crate) fn codec(
    known: &Known,
    builder: &'static str,
    compiled: bool,
    include: &[PathBuf],
) -> Library {
    let found = |known: &Known| {
        let (name, version) = known.header.as_ref()?;
        let headers = include.iter().map(|dir| dir.join(name));
        headers
            .filter_map(|path| fs::read_to_string(path).ok())
            .find_map(|text| version.of(&text))
    };
    let zlib_ng = (known.name == ZLIB.name).then(|| found(&ZLIB_NG)).flatten();
    let (known, version) = match zlib_ng {
        Some(version) => (&ZLIB_NG, Some(version)),
        None => (known, found(known)),
    };
    if compiled {
        Library {
            builder: Some(builder),
            ..known.library(version, true, "static")
        }
    } else {
        known.library(version, false, "dylib")
    }
}

/// libarchive and what its source carries of others, compiled by `builder`. `source` is empty for
/// a source that nobody verified.
pub(crate) fn vendored(
    version: &str,
    builder: &'static str,
    link: &'static str,
    source: &Source,
    lz4: bool,
) -> Vec<Library> {
    let is_release = source.tree_digest.is_some();
    let mut libraries = vec![Library {
        builder: Some(builder),
        source: source.clone(),
        ..LIBARCHIVE.library(Some(version.into()), is_release, link)
    }];
    let parts = [
        (
            "blake2",
            "CC0-1.0 OR OpenSSL OR Apache-2.0",
            // cc.rs defines ARCHIVE_BLAKE2.
            true,
        ),
        ("ppmd", "LicenseRef-public-domain", true),
        ("xxhash", "BSD-2-Clause", lz4),
    ];
    for (name, license, present) in parts {
        if present {
            libraries.push(Library {
                license: Some(license),
                builder: Some(builder),
                part_of: Some(LIBARCHIVE.name),
                ..Library::named(name, link)
            });
        }
    }
    libraries
}

/// A libarchive that was there: distributions patch theirs, so it is no release of upstream.
pub(crate) fn system(version: &str, link: &'static str, sonames: Vec<String>) -> Library {
    Library {
        sonames,
        ..LIBARCHIVE.library(Some(version.into()), false, link)
    }
}

/// A libarchive that is looked for at run time.
pub(crate) fn dlopen(target: &Target) -> Library {
    let sonames = if target.is_windows() {
        library_names::WINDOWS
    } else if target.is_apple() {
        library_names::APPLE
    } else {
        library_names::ELF
    };
    Library {
        sonames: sonames.iter().map(|name| (*name).into()).collect(),
        license: Some(LIBARCHIVE.license),
        ..Library::named(LIBARCHIVE.name, "dlopen")
    }
}

impl Known {
    fn library(&self, version: Option<String>, is_release: bool, link: &'static str) -> Library {
        let purl = match (&version, self.github) {
            (Some(version), Some((repository, tag))) if is_release => {
                let version = percent_encoded(version);
                format!("pkg:github/{repository}@{tag}{version}")
            }
            (Some(version), _) => {
                let version = percent_encoded(version);
                format!("pkg:generic/{}@{version}", self.name)
            }
            (None, _) => format!("pkg:generic/{}", self.name),
        };
        // Other characters would need to be escaped.
        let is_plain = |version: &&String| version.chars().all(|c| c.is_ascii_digit() || c == '.');
        let cpe = self.cpe.zip(version.as_ref().filter(is_plain));
        Library {
            name: self.name.into(),
            cpe: cpe.map(|(name, version)| format!("cpe:2.3:a:{name}:{version}:*:*:*:*:*:*:*")),
            version,
            purl,
            license: Some(self.license),
            link,
            ..Library::default()
        }
    }
}

impl Version {
    /// The version in the text of a header. Nothing has to run, so it works in cross builds.
    fn of(&self, header: &str) -> Option<String> {
        match self {
            Self::After(text) => {
                let rest = &header[header.find(text)? + text.len()..];
                let end = rest.find(|c: char| c == '"' || c.is_whitespace())?;
                let version = &rest[..end];
                version
                    .starts_with(|c: char| c.is_ascii_digit())
                    .then(|| version.to_owned())
            }
            Self::Macros(names) => {
                let numbers: Option<Vec<String>> =
                    names.iter().map(|name| macro_of(header, name)).collect();
                numbers.map(|numbers| numbers.join("."))
            }
        }
    }
}

/// The number that a macro stands for.
fn macro_of(header: &str, name: &str) -> Option<String> {
    header.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let found = words.next()? == "#define" && words.next()? == name;
        let number: u32 = found.then(|| words.next()?.parse().ok()).flatten()?;
        Some(number.to_string())
    })
}
