//! The linkage record says what this program has in it.

mod common;

use std::{collections::BTreeSet, fs};

use archive_sys::{self as sys, LINKAGE, LinkedLibrary};
use common::text;
use serde_json::Value;

fn record() -> Value {
    serde_json::from_str(LINKAGE).expect("JSON")
}

/// The bill of materials, found as dependents find it.
fn sbom() -> Value {
    let report = fs::read_to_string(concat!(env!("OUT_DIR"), "/link-report.txt")).expect("report");
    let path = report
        .lines()
        .find_map(|line| line.strip_prefix("DEP_ARCHIVE_SBOM="))
        .expect("the key");
    serde_json::from_str(&fs::read_to_string(path).expect(path)).expect("JSON")
}

/// `pkg:type/name@version`, all of it in the characters that a package URL may have.
fn assert_purl(purl: &str) {
    let rest = purl.strip_prefix("pkg:").expect(purl);
    let (kind, name) = rest.split_once('/').expect(purl);
    assert!(["cargo", "generic", "github"].contains(&kind), "{purl}");
    let (name, version) = match name.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    };
    let segments = if kind == "github" { 2 } else { 1 };
    assert_eq!(name.split('/').count(), segments, "{purl}");
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || ".-_~%".contains(c);
    for part in name.split('/').chain(version) {
        assert!(!part.is_empty() && part.chars().all(is_allowed), "{purl}");
    }
}

#[test]
fn record_is_link_info() {
    let (record, info) = (record(), sys::link_info());
    assert_eq!(record["format"], 1);
    assert_eq!(record["package"], "archive-sys");
    assert_eq!(record["package_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(record["kind"], info.kind);
    assert_eq!(record["origin"], info.origin);
    assert_eq!(record["reason"], info.reason);
    assert_eq!(record["crypto"], info.crypto);
    let codecs = record["codecs"].as_array().expect("a list");
    let codecs: Vec<&str> = codecs.iter().filter_map(Value::as_str).collect();
    assert_eq!(codecs.join(","), info.codecs);

    let libraries = record["libraries"].as_array().expect("a list");
    assert_eq!(libraries.len(), info.libraries.len());
    for (json, library) in libraries.iter().zip(info.libraries) {
        assert_same(json, library);
    }
    let libarchive = &info.libraries[0];
    assert_eq!(libarchive.name, "libarchive");
    if info.kind == "dlopen" {
        assert_eq!(libarchive.version, None);
        assert!(!libarchive.sonames.is_empty());
    } else {
        assert_eq!(libarchive.version, Some(info.version));
        assert_eq!(record["version"], info.version);
    }
}

fn assert_same(json: &Value, library: &LinkedLibrary) {
    let field = |key: &str| json.get(key).map(|value| value.as_str().expect("text"));
    assert_eq!(field("name"), Some(library.name));
    assert_eq!(field("version"), library.version);
    assert_eq!(field("purl"), Some(library.purl));
    assert_eq!(field("cpe"), library.cpe);
    assert_eq!(field("license"), library.license);
    assert_eq!(field("link"), Some(library.link));
    assert_eq!(field("builder"), library.builder);
    assert_eq!(field("part_of"), library.part_of);
    assert_eq!(field("tarball_sha256"), library.tarball_sha256);
    assert_eq!(field("tree_digest"), library.tree_digest);
    let sonames: Vec<&str> = json
        .get("sonames")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(sonames, library.sonames);
    assert_purl(library.purl);
    if let Some(version) = library.version {
        assert!(library.purl.ends_with(version), "{}", library.purl);
    }
}

/// libarchive names the codecs that it was compiled with, and their versions; zlib-rs, which is a
/// crate, is not in the record.
#[test]
fn versions_are_those_that_the_library_tells() {
    let info = sys::link_info();
    if !info.origin.starts_with("vendored") {
        return; // What a library that was there has inside is not known.
    }
    // SAFETY: answers a constant string.
    let details = text(unsafe { sys::archive_version_details() }).expect("never NULL");
    let named: BTreeSet<String> = details
        .split_whitespace()
        .filter_map(|word| {
            let (name, version) = word.split_once('/')?;
            let name = match name {
                // Rust's takes this crate's place, but a shared library of C code alone has C's.
                "zlib" if info.codecs.contains("zlib-rs") => return None,
                "zlib" => "zlib",
                "liblzma" => "xz",
                "bz2lib" => "bzip2",
                "liblz4" => "lz4",
                "libzstd" => "zstd",
                _ => return None,
            };
            Some(format!("{name} {version}"))
        })
        .collect();
    let recorded: BTreeSet<String> = info
        .libraries
        .iter()
        .filter(|library| library.builder.is_some_and(|name| name.ends_with("-sys")))
        .map(|library| format!("{} {}", library.name, library.version.unwrap_or("?")))
        .collect();
    assert_eq!(recorded, named, "{details}");
}

#[test]
fn vendored_source_is_identified() {
    let info = sys::link_info();
    if !info.origin.starts_with("vendored") {
        return;
    }
    let libarchive = &info.libraries[0];
    let version = info.version;
    let Some(digest) = libarchive.tree_digest else {
        // Built with ARCHIVE_SYS_SOURCE_DIR.
        assert_eq!(libarchive.purl, format!("pkg:generic/libarchive@{version}"));
        return;
    };
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../vendor/lock.toml");
    if let Ok(lock) = fs::read_to_string(lock) {
        assert!(lock.contains(&format!("tree_digest = \"{digest}\"")));
    }
    assert_eq!(
        libarchive.purl,
        format!("pkg:github/libarchive/libarchive@v{version}")
    );
    assert_eq!(libarchive.link, info.kind);
    let parts: Vec<&str> = info
        .libraries
        .iter()
        .filter(|library| library.part_of == Some("libarchive"))
        .map(|library| library.name)
        .collect();
    assert!(parts.starts_with(&["blake2", "ppmd"]), "{parts:?}");
}

/// Else the same build would differ from machine to machine.
#[test]
fn nothing_tells_where_it_was_built() {
    for text in [LINKAGE, &sbom().to_string()] {
        for place in [env!("OUT_DIR"), env!("CARGO_MANIFEST_DIR")] {
            assert!(!text.contains(place), "{place} in {text}");
        }
        assert!(!text.contains("\"/"), "a path in {text}");
    }
}

/// What the schema of CycloneDX 1.5 demands of these fields.
#[test]
fn bill_of_materials_is_cyclonedx() {
    let sbom = sbom();
    assert_eq!(sbom["bomFormat"], "CycloneDX");
    assert_eq!(sbom["specVersion"], "1.5");
    assert_eq!(sbom["version"], 1);
    let main = &sbom["metadata"]["component"];
    let components = sbom["components"].as_array().expect("a list");
    let mut refs = BTreeSet::new();
    for component in components.iter().chain([main]) {
        let text = |key: &str| component[key].as_str().expect(key);
        assert_eq!(text("type"), "library");
        assert!(!text("name").is_empty());
        assert_purl(text("purl"));
        assert!(refs.insert(text("bom-ref")), "{component}");
        for hash in component["hashes"].as_array().into_iter().flatten() {
            assert_eq!(hash["alg"], "SHA-256");
            let content = hash["content"].as_str().expect("text");
            let is_hex = content.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hex && content.len() == 64, "{content}");
        }
        for license in component["licenses"].as_array().into_iter().flatten() {
            assert!(license["expression"].is_string(), "{component}");
        }
        for property in component["properties"].as_array().into_iter().flatten() {
            assert!(property["name"].is_string() && property["value"].is_string());
        }
        if let Some(cpe) = component.get("cpe") {
            let cpe = cpe.as_str().expect("text");
            assert!(cpe.starts_with("cpe:2.3:a:"), "{cpe}");
            assert_eq!(cpe.split(':').count(), 13, "{cpe}");
        }
    }
    assert_eq!(components.len(), sys::link_info().libraries.len());
    for dependency in sbom["dependencies"].as_array().expect("a list") {
        assert!(refs.contains(dependency["ref"].as_str().expect("text")));
        for on in dependency["dependsOn"].as_array().expect("a list") {
            assert!(refs.contains(on.as_str().expect("text")), "{on}");
        }
    }
}
