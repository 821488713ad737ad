//! The linkage record that the build script writes, for made-up builds.

// The build script uses what a test does not.
#![allow(dead_code)]

#[path = "../build/config.rs"]
mod config;
#[path = "../build/emit.rs"]
mod emit;
#[path = "../build/env.rs"]
mod env;
#[path = "../src/loading/names.rs"]
mod library_names;
#[path = "../build/linkage/mod.rs"]
mod linkage;
#[path = "../build/plan.rs"]
mod plan;
#[path = "../build/target.rs"]
mod target;
#[path = "../build/time.rs"]
mod time;

use std::{fs, path::Path};

use config::Config;
use emit::Linked;
use env::Env;
use linkage::{
    Record,
    json::Json,
    known::{self, Known},
    library::{Library, Source},
};
use plan::{Builder, Kind, Plan, Route, Vendored};
use serde_json::Value;

fn config(place: &str, os: &str) -> Config {
    let manifest = format!("{place}/crate");
    let variables = [
        ("CARGO_MANIFEST_DIR", manifest.as_str()),
        ("OUT_DIR", place),
        ("CARGO_PKG_VERSION", "1.2.3"),
        ("TARGET", "some-target"),
        ("CARGO_CFG_TARGET_OS", os),
    ];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    Config::read(&Env::new(variables)).expect("a configuration")
}

const BY_CC: Vendored = Vendored {
    builder: Builder::Cc,
    kind: Kind::Static,
};

fn plan(route: Route) -> Plan {
    Plan {
        route,
        reason: "because of \"it\"".into(),
        steps: vec!["looked at /some/where".into()],
    }
}

fn read(json: &Json) -> Value {
    serde_json::from_str(&json.to_string()).expect("JSON")
}

#[test]
fn any_text_survives_json() {
    let all: String = ('\0'..='\u{ff}')
        .chain("\u{2028}\u{fffd}日本😀".chars())
        .collect();
    let json = Json::Map(vec![
        ("key", Json::text(&all)),
        ("list", Json::texts(["", "\\\"", "\r\n"])),
        ("none", Json::List(Vec::new())),
        ("number", Json::Number(u32::MAX)),
    ]);
    let value = read(&json);
    assert_eq!(value["key"], all);
    assert_eq!(value["list"], serde_json::json!(["", "\\\"", "\r\n"]));
    assert_eq!(value["none"], serde_json::json!([]));
    assert_eq!(value["number"], u32::MAX);
    assert!(!json.to_string().contains(['\n', '\r', '\0']));
}

fn codec(known: &Known, header: &str, text: &str, compiled: bool) -> Library {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join(header);
    fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
    fs::write(&file, text).expect("a file");
    let include = [dir.path().join("not-there"), dir.path().to_owned()];
    known::codec(known, "some-sys", compiled, &include)
}

#[test]
fn versions_come_from_the_headers() {
    let found = |known, header, text| {
        let library = codec(known, header, text, true);
        (library.name, library.version, library.purl)
    };
    let of = |name: &str, version: &str, purl: &str| {
        (name.to_owned(), Some(version.to_owned()), purl.to_owned())
    };
    assert_eq!(
        found(&known::ZLIB, "zlib.h", "#define ZLIB_VERSION \"1.3.2\"\n"),
        of("zlib", "1.3.2", "pkg:github/madler/zlib@v1.3.2")
    );
    let zlib_ng = "#define ZLIBNG_VERSION \"2.3.3\"\n#define ZLIB_VERSION \"1.3.1.zlib-ng\"\n";
    assert_eq!(
        found(&known::ZLIB, "zlib.h", zlib_ng),
        of("zlib-ng", "2.3.3", "pkg:github/zlib-ng/zlib-ng@2.3.3")
    );
    let bzip2 = "   bzip2/libbzip2 version 1.0.8 of 13 July 2019\n";
    assert_eq!(
        found(&known::BZIP2, "bzlib.h", bzip2),
        of("bzip2", "1.0.8", "pkg:generic/bzip2@1.0.8")
    );
    let xz = "#define LZMA_VERSION_MAJOR 5\n#define LZMA_VERSION_MINOR 8\n\
              #define LZMA_VERSION_PATCH 4\n";
    assert_eq!(
        found(&known::XZ, "lzma/version.h", xz),
        of("xz", "5.8.4", "pkg:github/tukaani-project/xz@v5.8.4")
    );
    let zstd = "#define ZSTD_VERSION_NUMBER  (ZSTD_VERSION_MAJOR *100)\n\
                #define ZSTD_VERSION_MAJOR    1\n#define ZSTD_VERSION_MINOR    5\n\
                #define ZSTD_VERSION_RELEASE  7\n";
    assert_eq!(
        found(&known::ZSTD, "zstd.h", zstd),
        of("zstd", "1.5.7", "pkg:github/facebook/zstd@v1.5.7")
    );
    let lz4 = "#define LZ4_VERSION_MAJOR    1    /* for breaking */\n\
               #define LZ4_VERSION_MINOR   10    /* for new */\n\
               #define LZ4_VERSION_RELEASE  0    /* for tweaks */\n";
    assert_eq!(
        found(&known::LZ4, "lz4.h", lz4),
        of("lz4", "1.10.0", "pkg:github/lz4/lz4@v1.10.0")
    );
}

/// A wrong version would be worse than none.
#[test]
fn what_is_not_found_is_not_made_up() {
    for text in [
        "",
        "#define LZ4_VERSION_MAJOR 1\n",
        "#define LZ4_VERSION_MAJOR x\n",
    ] {
        let library = codec(&known::LZ4, "lz4.h", text, true);
        assert_eq!(library.version, None);
        assert_eq!(library.cpe, None);
        assert_eq!(library.purl, "pkg:generic/lz4");
    }
    let odd = codec(
        &known::ZLIB,
        "zlib.h",
        "#define ZLIB_VERSION \"1.3:*/ @\"\n",
        true,
    );
    assert_eq!(odd.cpe, None);
    assert_eq!(odd.purl, "pkg:github/madler/zlib@v1.3%3A%2A%2F");
}

/// Of a library that was there nobody knows what was patched, or who built it.
#[test]
fn a_codec_that_was_found_is_no_release() {
    let text = "#define ZLIB_VERSION \"1.3.2\"\n";
    let library = codec(&known::ZLIB, "zlib.h", text, false);
    assert_eq!(library.link, "dylib");
    assert_eq!(library.builder, None);
    assert_eq!(library.purl, "pkg:generic/zlib@1.3.2");
    assert_eq!(
        library.cpe.as_deref(),
        Some("cpe:2.3:a:zlib:zlib:1.3.2:*:*:*:*:*:*:*")
    );
}

fn vendored(place: &str) -> Record {
    let source = Source {
        tarball_sha256: Some("ab".repeat(32)),
        tree_digest: Some("cd".repeat(32)),
    };
    let linked = Linked {
        kind: "static",
        origin: "vendored-cc",
        libs: vec!["static=archive".into(), "dylib=iconv".into()],
        include: Some(Path::new(place).join("include")),
        libraries: known::vendored("3.8.9", "cc", "static", &source, true),
        ..Linked::nothing()
    };
    Record::new(
        &config(place, "linux"),
        &plan(Route::Vendored(BY_CC)),
        &linked,
    )
}

#[test]
fn the_place_of_the_build_does_not_matter() {
    let records = ["/one", "/another/place"].map(vendored);
    assert_eq!(records[0].json(), records[1].json());
    assert_eq!(records[0].sbom(), records[1].sbom());
    assert_eq!(records[0].dlopen(), None);
}

#[test]
fn vendored_names_parts_and_libraries_of_the_system() {
    let record = vendored("/out");
    let json = read(&record.json());
    assert_eq!(json["reason"], "because of \"it\"");
    let libraries = json["libraries"].as_array().expect("a list");
    let names: Vec<&str> = libraries
        .iter()
        .filter_map(|library| library["name"].as_str())
        .collect();
    assert_eq!(names, ["libarchive", "blake2", "ppmd", "xxhash", "iconv"]);
    assert_eq!(libraries[0]["tarball_sha256"], "ab".repeat(32));
    assert_eq!(
        libraries[4],
        serde_json::json!({
            "name": "iconv", "purl": "pkg:generic/iconv", "link": "dylib",
        })
    );

    let sbom = read(&record.sbom());
    assert_eq!(
        sbom["components"][0]["hashes"][0]["content"],
        "ab".repeat(32)
    );
    assert_eq!(
        sbom["dependencies"][0]["dependsOn"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        sbom["dependencies"][1]["dependsOn"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}

#[test]
fn libraries_of_a_static_one_have_the_names_of_the_linker() {
    let linked = Linked {
        libs: [
            "static=archive",
            "dylib:+verbatim=libbz2.so",
            "dylib=z",
            "static=iberty",
        ]
        .map(String::from)
        .into(),
        libraries: vec![known::system("3.7.4", "static", Vec::new())],
        ..Linked::nothing()
    };
    let config = config("/out", "linux");
    let record = read(&Record::new(&config, &plan(Route::Docs), &linked).json());
    let libraries = record["libraries"].as_array().expect("a list");
    let found: Vec<_> = libraries
        .iter()
        .map(|library| [&library["name"], &library["link"], &library["purl"]])
        .map(|fields| fields.map(|field| field.as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            ["libarchive", "static", "pkg:generic/libarchive@3.7.4"],
            ["bz2", "dylib", "pkg:generic/bz2"],
            ["z", "dylib", "pkg:generic/z"],
            ["iberty", "static", "pkg:generic/iberty"],
        ]
    );
}

/// Somebody's own source tree is not the release whose version it has.
#[test]
fn an_unverified_source_is_no_release() {
    let libraries = known::vendored("3.8.9", "cc", "static", &Source::default(), false);
    assert_eq!(libraries[0].purl, "pkg:generic/libarchive@3.8.9");
    assert!(libraries.iter().all(|library| library.name != "xxhash"));
}

#[test]
fn dlopen_names_what_the_loader_is_asked_for() {
    let config = config("/out", "linux");
    let linked = Linked::dlopen(&config);
    let record = Record::new(&config, &plan(Route::Dlopen), &linked);
    let json = read(&record.json());
    assert_eq!(json.get("version"), None);
    assert_eq!(json["libraries"][0]["sonames"][0], "libarchive.so.13");
    let note = read(&record.dlopen().expect("a note"));
    assert_eq!(note.as_array().map(Vec::len), Some(1));
    assert_eq!(note[0]["soname"], json["libraries"][0]["sonames"]);
    let priority = note[0]["priority"].as_str().expect("text");
    assert!(["required", "recommended", "suggested"].contains(&priority));
    assert!(note[0]["feature"].is_string() && note[0]["description"].is_string());

    let windows = Linked::dlopen(&self::config("/out", "windows"));
    assert_eq!(windows.libraries[0].sonames[0], "archive.dll");
}

#[cfg(unix)]
#[test]
fn soname_is_the_link_with_one_number() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().expect("a directory");
    let soname = || linkage::soname(dir.path(), "libarchive");
    assert_eq!(soname(), None);
    fs::write(dir.path().join("libarchive.so.13.7.4"), "").expect("a file");
    fs::write(dir.path().join("libarchive.so.12"), "").expect("a file");
    symlink("libarchive.so.13.7.4", dir.path().join("libarchive.so")).expect("a link");
    assert_eq!(soname(), None);
    symlink("libarchive.so.13.7.4", dir.path().join("libarchive.so.13")).expect("a link");
    assert_eq!(soname().as_deref(), Some("libarchive.so.13"));
}

#[test]
fn no_library_no_record() {
    let record = Record::new(
        &config("/out", "linux"),
        &plan(Route::Docs),
        &Linked::nothing(),
    );
    assert_eq!(read(&record.json())["libraries"], serde_json::json!([]));
    let sbom = read(&record.sbom());
    assert_eq!(sbom["dependencies"].as_array().map(Vec::len), Some(1));
}
