//! The system that is built for, from what cargo says of it; `cfg!` here would be the host.

use crate::env::Env;

/// The target.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) triple: String,
    /// `x86_64`, `aarch64`
    pub(crate) arch: String,
    pub(crate) os: String,
    pub(crate) env: String,
    pub(crate) vendor: String,
    /// `32`, `64`
    pub(crate) pointer_width: String,
    pub(crate) is_host: bool,
}

impl Target {
    pub(crate) fn read(env: &Env) -> Self {
        let get = |name| env.cargo(name).unwrap_or_default();
        Self {
            is_host: get("TARGET") == get("HOST"),
            triple: get("TARGET"),
            arch: get("CARGO_CFG_TARGET_ARCH"),
            os: get("CARGO_CFG_TARGET_OS"),
            env: get("CARGO_CFG_TARGET_ENV"),
            vendor: get("CARGO_CFG_TARGET_VENDOR"),
            pointer_width: get("CARGO_CFG_TARGET_POINTER_WIDTH"),
        }
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.os == "windows"
    }

    /// `elf`, `macho`, or `None` for formats that have no place for a note.
    pub(crate) fn object_format(&self) -> Option<&'static str> {
        match self.os.as_str() {
            _ if self.is_apple() => Some("macho"),
            "android" | "dragonfly" | "freebsd" | "fuchsia" | "haiku" | "hurd" | "illumos"
            | "linux" | "netbsd" | "openbsd" | "solaris" => Some("elf"),
            _ => None,
        }
    }

    pub(crate) fn is_msvc(&self) -> bool {
        self.env == "msvc"
    }

    pub(crate) fn is_apple(&self) -> bool {
        self.vendor == "apple"
    }

    /// Whether its C library is that of GNU.
    pub(crate) fn is_glibc(&self) -> bool {
        self.os == "linux" && self.env.starts_with("gnu")
    }

    /// Whether `time_t` has 32 or 64 bits depending on how a library was compiled.
    pub(crate) fn has_two_times(&self) -> bool {
        self.os == "linux" && self.pointer_width == "32"
    }

    /// Whether objects have symbols of graded visibility.
    pub(crate) fn is_elf(&self) -> bool {
        !self.is_windows() && !self.is_apple() && self.os != "wasi"
    }

    /// Whether the system has the digests and ciphers that libarchive wants.
    pub(crate) fn has_system_crypto(&self) -> bool {
        self.is_windows() || self.is_apple()
    }
}
