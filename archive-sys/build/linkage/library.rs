//! One library of the record.

use super::json::Json;

/// A native library that comes with the program, or that the program needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Library {
    pub(crate) name: String,
    /// `None` when only run time can tell.
    pub(crate) version: Option<String>,
    pub(crate) purl: String,
    pub(crate) cpe: Option<String>,
    /// As an SPDX expression.
    pub(crate) license: Option<&'static str>,
    /// `static`, `dylib` or `dlopen`.
    pub(crate) link: &'static str,
    /// Names that the loader looks for, the preferred one first.
    pub(crate) sonames: Vec<String>,
    /// `cc`, or the crate that compiles it; `None` for a library that was there.
    pub(crate) builder: Option<&'static str>,
    /// The library whose source carries this one.
    pub(crate) part_of: Option<&'static str>,
    pub(crate) source: Source,
}

/// What identifies the source that was compiled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Source {
    /// sha256 of the release file of upstream.
    pub(crate) tarball_sha256: Option<String>,
    /// sha256 of the list of digests of the files; see `vendor/README.md`.
    pub(crate) tree_digest: Option<String>,
}

impl Library {
    /// One of which nothing is known but its name.
    pub(crate) fn named(name: &str, link: &'static str) -> Self {
        Self {
            name: name.into(),
            purl: format!("pkg:generic/{}", percent_encoded(name)),
            link,
            ..Self::default()
        }
    }

    /// Its fields, without those that are not known.
    pub(super) fn json(&self) -> Json {
        let mut fields = vec![("name", Json::text(&self.name))];
        let mut add = |key, value: Option<&str>| {
            fields.extend(value.map(|value| (key, Json::text(value))));
        };
        add("version", self.version.as_deref());
        add("purl", Some(&self.purl));
        add("cpe", self.cpe.as_deref());
        add("license", self.license);
        add("link", Some(self.link));
        add("builder", self.builder);
        add("part_of", self.part_of);
        add("tarball_sha256", self.source.tarball_sha256.as_deref());
        add("tree_digest", self.source.tree_digest.as_deref());
        if !self.sonames.is_empty() {
            fields.push(("sonames", Json::texts(&self.sonames)));
        }
        Json::Map(fields)
    }

    /// As a literal of `archive_sys::LinkedLibrary`.
    pub(super) fn rust(&self) -> String {
        // Strings print as Rust literals.
        format!(
            "LinkedLibrary {{ name: {:?}, version: {:?}, purl: {:?}, cpe: {:?}, license: {:?}, \
             link: {:?}, sonames: &{:?}, builder: {:?}, part_of: {:?}, tarball_sha256: {:?}, \
             tree_digest: {:?} }}",
            self.name,
            self.version,
            self.purl,
            self.cpe,
            self.license,
            self.link,
            self.sonames,
            self.builder,
            self.part_of,
            self.source.tarball_sha256,
            self.source.tree_digest,
        )
    }
}

/// A part of a package URL.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}
