//! How libarchive got into the program, and what came with it.

use std::{fmt::Write as _, path::PathBuf};

pub use archive_sys::LinkedLibrary;

/// Which libarchive a program has, and how; from [`linkage`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Linkage {
    /// `static`, `dylib` or `dlopen`; `none` in documentation builds.
    pub kind: &'static str,
    /// Where the library is from: `vendored-cc`, `vendored-cmake`, `pkg-config`, `vcpkg`,
    /// `explicit`, `run-time`, or `none`.
    pub origin: &'static str,
    /// Version at build time, such as `3.8.9`; `None` when only run time can tell.
    pub built_version: Option<&'static str>,
    /// Version in use, which is another when a shared library was exchanged; `None` when it is
    /// loaded at run time and there is none.
    pub loaded_version: Option<String>,
    /// The file with its code: the shared library, or the program itself when it is linked
    /// statically. `None` where the system does not tell, and when there is no library.
    pub loaded_path: Option<PathBuf>,
    /// Codecs of a vendored build, by the names of the features; empty for others, which tell
    /// nobody.
    pub codecs: Vec<&'static str>,
    /// Cryptography of a vendored build: `rust`, `openssl`, `cng`, `commoncrypto` or `none`;
    /// `unknown` for others.
    pub crypto: &'static str,
    /// What made the build choose this library.
    pub reason: &'static str,
    /// The native libraries that the program has or needs, libarchive first. Rust crates are not
    /// among them: `cargo tree` and `cargo auditable` tell those.
    pub libraries: &'static [LinkedLibrary],
}

/// Which libarchive this is, how it is linked, and what came with it.
///
/// With the feature `dlopen` this loads the library, if that has not been done.
///
/// # Examples
///
/// ```
/// let linkage = anyarchive::linkage();
/// println!("libarchive {:?}, {} ({})", linkage.loaded_version, linkage.kind, linkage.origin);
/// for library in linkage.libraries {
///     println!("{} {}", library.purl, library.license.unwrap_or("unknown licence"));
/// }
/// ```
#[must_use]
pub fn linkage() -> Linkage {
    let info = archive_sys::link_info();
    let loaded = archive_sys::load().is_ok();
    let number = crate::version_number();
    Linkage {
        kind: info.kind,
        origin: info.origin,
        built_version: info.libraries.first().and_then(|library| library.version),
        loaded_version: loaded.then(|| {
            let (major, minor, patch) = (number / 1_000_000, number / 1000 % 1000, number % 1000);
            format!("{major}.{minor}.{patch}")
        }),
        loaded_path: loaded.then(archive_sys::loaded_path).flatten(),
        codecs: info
            .codecs
            .split(',')
            .filter(|codec| !codec.is_empty())
            .collect(),
        crypto: info.crypto,
        reason: info.reason,
        libraries: info.libraries,
    }
}

impl Linkage {
    /// The record that the build made, as JSON on one line, with `version` and `path` in use
    /// under `loaded`.
    ///
    /// [`archive_sys::LINKAGE`] tells the other fields. A path that is not UTF-8 has U+FFFD in
    /// place of what is not.
    ///
    /// # Examples
    ///
    /// ```
    /// println!("{}", anyarchive::linkage().to_json());
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let path = self.loaded_path.as_ref().map(|path| path.to_string_lossy());
        let mut loaded = Vec::new();
        for (key, value) in [
            ("version", self.loaded_version.as_deref()),
            ("path", path.as_deref()),
        ] {
            loaded.extend(value.map(|value| format!("\"{key}\":{}", quoted(value))));
        }
        let record = archive_sys::LINKAGE;
        let open = record.strip_suffix('}').unwrap_or(record);
        format!("{open},\"loaded\":{{{}}}}}", loaded.join(","))
    }
}

/// A string in JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // a String takes everything
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        assert_eq!(quoted("a\"b\\c\n\x1f ü"), r#""a\"b\\c\u000a\u001f ü""#);
    }

    #[test]
    fn what_is_loaded_is_at_the_end() {
        let mut linkage = linkage();
        linkage.loaded_version = None;
        linkage.loaded_path = None;
        let record = &archive_sys::LINKAGE[..archive_sys::LINKAGE.len() - 1];
        assert_eq!(linkage.to_json(), format!("{record},\"loaded\":{{}}}}"));
        linkage.loaded_version = Some("3.8.9".into());
        linkage.loaded_path = Some("C:\\a.dll".into());
        let loaded = r#"{"version":"3.8.9","path":"C:\\a.dll"}"#;
        assert_eq!(linkage.to_json(), format!("{record},\"loaded\":{loaded}}}"));
    }
}
