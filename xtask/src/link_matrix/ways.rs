//! The ways of linking.

/// A way of linking.
pub(super) struct Way {
    pub(super) name: &'static str,
    /// Features of `anyarchive`, all others off.
    pub(super) features: &'static str,
    pub(super) settings: &'static [(&'static str, &'static str)],
    pub(super) source: Source,
    /// What `archive_sys::link_info()` has to say.
    pub(super) kind: &'static str,
    /// Programs that it needs, and the Debian package of each.
    pub(super) needs: &'static [(&'static str, &'static str)],
}

/// Where the library of a way comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    /// The verified source, whose release can be chosen.
    Vendored,
    /// The system; for another release than the machine's, one that is installed aside.
    System,
    /// The directories of the system's library, named by variables.
    Explicit,
    /// The system's shared library, by its path.
    SystemFile,
    /// The shared library that an earlier way made, by its path.
    SharedByCc,
}

macro_rules! rust {
    ($more:literal) => {
        concat!($more, "bzip2,crypto-rust,lz4,xz,zlib-rs,zstd")
    };
}

/// In C alone, which a shared library needs.
macro_rules! in_c {
    ($more:literal) => {
        concat!($more, "bzip2,lz4,openssl,xz,zlib,zstd")
    };
}

pub(super) const SHARED_BY_CC: &str = "vendored, cc, shared";

const PKG_CONFIG: (&str, &str) = ("pkg-config", "pkg-config");
const CMAKE: (&str, &str) = ("cmake", "cmake");

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "vendored, cc, static",
        features: rust!("vendored,"),
        settings: &[],
        source: Source::Vendored,
        kind: "static",
        needs: &[],
    },
    Way {
        name: SHARED_BY_CC,
        features: in_c!("vendored,dylib,"),
        settings: &[],
        source: Source::Vendored,
        kind: "dylib",
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "vendored, cmake, static",
        features: in_c!("cmake,"),
        settings: &[],
        source: Source::Vendored,
        kind: "static",
        needs: &[CMAKE, PKG_CONFIG],
    },
    Way {
        name: "vendored, cmake, shared",
        features: in_c!("cmake,"),
        // The features of the way before, so that cmake need not look at the system again.
        settings: &[("ARCHIVE_SYS_STATIC", "0")],
        source: Source::Vendored,
        kind: "dylib",
        needs: &[CMAKE, PKG_CONFIG],
    },
    Way {
        name: "vendored, bindgen",
        features: rust!("vendored,bindgen,"),
        settings: &[],
        source: Source::Vendored,
        kind: "static",
        needs: &[],
    },
    Way {
        name: "system, shared",
        features: rust!(""),
        settings: &[("ARCHIVE_SYS_SYSTEM", "1")],
        source: Source::System,
        kind: "dylib",
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "system, static",
        features: rust!(""),
        settings: &[("ARCHIVE_SYS_SYSTEM", "1"), ("ARCHIVE_SYS_STATIC", "1")],
        source: Source::System,
        kind: "static",
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "named directories",
        features: rust!(""),
        settings: &[],
        source: Source::Explicit,
        kind: "dylib",
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "dlopen, system",
        features: "dlopen",
        settings: &[],
        source: Source::SystemFile,
        kind: "dlopen",
        needs: &[],
    },
    Way {
        name: "dlopen, vendored",
        features: "dlopen",
        settings: &[],
        source: Source::SharedByCc,
        kind: "dlopen",
        needs: &[],
    },
];
