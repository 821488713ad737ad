//! The record as a CycloneDX bill of materials, to be merged into that of a program.

use super::{Record, json::Json, library::Library};

/// The oldest version that has all fields used here, for the sake of readers.
const SPEC: &str = "1.5";

pub(super) fn json(record: &Record) -> Json {
    let crate_purl = format!("pkg:cargo/archive-sys@{}", record.package_version);
    let refs: Vec<&str> = record.libraries.iter().map(|l| l.purl.as_str()).collect();
    let mut dependencies = vec![dependency(&crate_purl, refs.first())];
    if let Some((libarchive, rest)) = refs.split_first() {
        dependencies.push(dependency(libarchive, rest));
    }
    Json::Map(vec![
        ("bomFormat", Json::text("CycloneDX")),
        ("specVersion", Json::text(SPEC)),
        ("version", Json::Number(1)),
        (
            "metadata",
            Json::Map(vec![(
                "component",
                Json::Map(vec![
                    ("type", Json::text("library")),
                    ("bom-ref", Json::text(&crate_purl)),
                    ("name", Json::text("archive-sys")),
                    ("version", Json::text(&record.package_version)),
                    ("purl", Json::text(&crate_purl)),
                ]),
            )]),
        ),
        (
            "components",
            Json::List(record.libraries.iter().map(component).collect()),
        ),
        ("dependencies", Json::List(dependencies)),
    ])
}

fn dependency<'a>(from: &str, to: impl IntoIterator<Item = &'a &'a str>) -> Json {
    Json::Map(vec![
        ("ref", Json::text(from)),
        ("dependsOn", Json::texts(to.into_iter().copied())),
    ])
}

fn component(library: &Library) -> Json {
    let mut fields = vec![
        ("type", Json::text("library")),
        ("bom-ref", Json::text(&library.purl)),
        ("name", Json::text(&library.name)),
    ];
    if let Some(version) = &library.version {
        fields.push(("version", Json::text(version)));
    }
    if let Some(sha256) = &library.source.tarball_sha256 {
        let hash = vec![
            ("alg", Json::text("SHA-256")),
            ("content", Json::text(sha256)),
        ];
        fields.push(("hashes", Json::List(vec![Json::Map(hash)])));
    }
    if let Some(license) = library.license {
        let license = Json::Map(vec![("expression", Json::text(license))]);
        fields.push(("licenses", Json::List(vec![license])));
    }
    if let Some(cpe) = &library.cpe {
        fields.push(("cpe", Json::text(cpe)));
    }
    fields.push(("purl", Json::text(&library.purl)));
    let mut properties = Vec::new();
    let mut property = |name: &str, value: &str| {
        properties.push(Json::Map(vec![
            ("name", Json::text(format!("anyarchive:{name}"))),
            ("value", Json::text(value)),
        ]));
    };
    property("link", library.link);
    for (name, value) in [
        ("builder", library.builder),
        ("part_of", library.part_of),
        ("tree_digest", library.source.tree_digest.as_deref()),
    ] {
        if let Some(value) = value {
            property(name, value);
        }
    }
    for soname in &library.sonames {
        property("soname", soname);
    }
    fields.push(("properties", Json::List(properties)));
    Json::Map(fields)
}
