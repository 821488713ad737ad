//! Everything that cargo and dependents are told, and the link report.

use std::{fmt::Write as _, fs, path::PathBuf};

use crate::{
    config::Config,
    env::Env,
    linkage,
    linkage::known,
    plan::{Library, Plan, Route},
    time,
};

/// Functions that appeared after the oldest supported release: the cfg and that release.
const SINCE: &[(&str, [u32; 3])] = &[
    ("archive_since_3_7_3", [3, 7, 3]),
    ("archive_since_3_7_5", [3, 7, 5]),
    ("archive_since_3_8_0", [3, 8, 0]),
];

/// The library as it will be linked.
#[derive(Debug)]
pub(crate) struct Linked {
    /// `static`, `dylib`, `dlopen` or `none`.
    pub(crate) kind: &'static str,
    /// `vendored-cc`, `vendored-cmake`, `pkg-config`, `vcpkg`, `explicit`, `run-time` or `none`.
    pub(crate) origin: &'static str,
    pub(crate) version: String,
    pub(crate) root: Option<PathBuf>,
    pub(crate) include: Option<PathBuf>,
    pub(crate) lib_dir: Option<PathBuf>,
    /// Directories that the linker does not search by itself.
    pub(crate) search: Vec<PathBuf>,
    /// Libraries in link order, as `kind=name`.
    pub(crate) libs: Vec<String>,
    pub(crate) codecs: Vec<&'static str>,
    /// `rust`, `openssl`, `cng`, `commoncrypto`, `none`, or `unknown` for a library that was there.
    pub(crate) crypto: &'static str,
    /// Macros that C code of dependents must define.
    pub(crate) defines: Vec<String>,
    /// Files and directories whose change asks for a new build.
    pub(crate) inputs: Vec<PathBuf>,
    /// Variables whose change asks for a new build, beside ours.
    pub(crate) variables: Vec<String>,
    /// Rust code that the C code calls.
    pub(crate) cfgs: Vec<&'static str>,
    /// What the linkage record names.
    pub(crate) libraries: Vec<linkage::library::Library>,
    /// What a reader of the report should know.
    pub(crate) notes: Vec<&'static str>,
}

impl Linked {
    pub(crate) fn nothing() -> Self {
        Self {
            kind: "none",
            origin: "none",
            version: "0.0.0".into(),
            root: None,
            include: None,
            lib_dir: None,
            search: Vec::new(),
            libs: Vec::new(),
            codecs: Vec::new(),
            crypto: "none",
            defines: Vec::new(),
            inputs: Vec::new(),
            variables: Vec::new(),
            cfgs: vec!["archive_docs"],
            libraries: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn dlopen(config: &Config) -> Self {
        Self {
            kind: "dlopen",
            origin: "run-time",
            crypto: "unknown",
            cfgs: vec!["archive_dlopen"],
            libraries: vec![known::dlopen(&config.target)],
            ..Self::nothing()
        }
    }

    pub(crate) fn library(config: &Config, library: &Library) -> Result<Self, String> {
        let kind = if library.link_static {
            "static"
        } else {
            "dylib"
        };
        let mut libs = vec![format!("{kind}={}", library.name)];
        libs.extend(library.private.iter().map(|name| private(library, name)));
        let soname = library.lib_dir.as_deref().filter(|_| !library.link_static);
        let soname = soname.and_then(|dir| linkage::soname(dir, "libarchive"));
        let sonames = soname.into_iter().collect();
        let mut defines = Vec::new();
        if library.link_static && config.target.is_windows() {
            defines.push("LIBARCHIVE_STATIC".into());
        }
        let mut cfgs = Vec::new();
        if config.target.has_two_times() {
            let dir = library.lib_dir.as_deref().ok_or(
                "whether time_t of the library has 32 or 64 bits is seen in its file, whose \
                 directory is not known; set ARCHIVE_SYS_LIB_DIR and ARCHIVE_SYS_INCLUDE_DIR",
            )?;
            let bits = time::of_library(dir, library.link_static)?;
            cfgs.push(time::cfg(bits));
            if bits == 64 {
                defines = time::exported();
            }
        }
        Ok(Self {
            kind,
            origin: library.origin,
            version: library.version.clone(),
            root: library
                .include
                .as_deref()
                .and_then(|include| Some(include.parent()?.to_path_buf())),
            include: library.include.clone(),
            lib_dir: library.lib_dir.clone(),
            search: library.search.clone(),
            libs,
            // Asked at run time; the headers do not tell.
            crypto: "unknown",
            defines,
            cfgs,
            libraries: vec![known::system(&library.version, kind, sonames)],
            ..Self::nothing()
        })
    }
}

/// A library that the system's static one needs, as `kind=name`.
fn private(library: &Library, name: &str) -> String {
    let file = format!("lib{name}.so");
    let here = |dir: &PathBuf| dir.join(&file).is_file();
    if library.lib_dir.iter().chain(&library.search).any(here) {
        // By file name, since `-l` would take a static library that a codec crate of the same
        // graph has built, perhaps with less in it.
        format!("dylib:+verbatim={file}")
    } else {
        format!("dylib={name}")
    }
}

/// Tells cargo what to link and dependents what it is, and writes `link-report.txt`.
pub(crate) fn linked(config: &Config, plan: &Plan, linked: &Linked) -> Result<(), String> {
    for (cfg, _) in SINCE {
        println!("cargo::rustc-check-cfg=cfg({cfg})");
    }
    println!("cargo::rustc-check-cfg=cfg(archive_bindgen)");
    println!("cargo::rustc-check-cfg=cfg(archive_docs)");
    println!("cargo::rustc-check-cfg=cfg(archive_dlopen)");
    println!("cargo::rustc-check-cfg=cfg(archive_vendored)");
    println!("cargo::rustc-check-cfg=cfg(archive_crypto_rust)");
    println!("cargo::rustc-check-cfg=cfg(archive_zlib_rs)");
    println!("cargo::rustc-check-cfg=cfg(archive_openssl)");
    println!("cargo::rustc-check-cfg=cfg(archive_random)");
    println!("cargo::rustc-check-cfg=cfg(archive_time32)");
    println!("cargo::rustc-check-cfg=cfg(archive_time64)");
    println!("cargo::rustc-check-cfg=cfg(archive_note_elf)");
    println!("cargo::rustc-check-cfg=cfg(archive_note_macho)");

    let cfgs = if plan.route == Route::Docs {
        SINCE.iter().map(|(cfg, _)| *cfg).collect()
    } else {
        since(&linked.version)
    };
    for cfg in cfgs.iter().chain(&linked.cfgs) {
        println!("cargo::rustc-cfg={cfg}");
    }
    if let Some(format) = note_format(config, plan) {
        println!("cargo::rustc-cfg=archive_note_{format}");
    }
    for dir in &linked.search {
        println!("cargo::rustc-link-search=native={}", dir.display());
    }
    for lib in &linked.libs {
        println!("cargo::rustc-link-lib={lib}");
    }
    for input in &linked.inputs {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    println!("cargo::rerun-if-changed=build");
    for name in &linked.variables {
        println!("cargo::rerun-if-env-changed={name}");
    }

    let path = |path: &Option<PathBuf>| {
        path.as_ref()
            .map(|path| path.display().to_string())
            .unwrap_or_default()
    };
    let record = linkage::Record::new(config, plan, linked);
    let sbom = linkage::write(&config.out_dir, &record)?;
    let metadata = [
        ("ROOT", path(&linked.root)),
        ("INCLUDE", path(&linked.include)),
        ("LIBDIR", path(&linked.lib_dir)),
        ("VERSION", linked.version.clone()),
        ("VERSION_NUMBER", number(&linked.version).to_string()),
        ("KIND", linked.kind.into()),
        ("ORIGIN", linked.origin.into()),
        ("CODECS", linked.codecs.join(",")),
        ("CRYPTO", linked.crypto.into()),
        ("CFGS", cfgs.join(",")),
        ("DEFINES", linked.defines.join(",")),
        ("SBOM", sbom.display().to_string()),
    ];
    let mut report = format!(
        "archive-sys linked libarchive {} ({}, {})\nreason: {}\ntarget: {}{}\n",
        linked.version,
        linked.origin,
        linked.kind,
        plan.reason,
        config.target.triple,
        if config.target.is_host {
            ""
        } else {
            " (cross build)"
        },
    );
    for step in &plan.steps {
        let _ = writeln!(report, "looked at: {step}");
    }
    for note in &linked.notes {
        let _ = writeln!(report, "note: {note}");
    }
    for lib in &linked.libs {
        let _ = writeln!(report, "linked: {lib}");
    }
    for (key, value) in &metadata {
        println!("cargo::metadata={key}={value}");
        let _ = writeln!(report, "DEP_ARCHIVE_{key}={value}");
    }
    for (key, value) in [
        ("KIND", linked.kind),
        ("ORIGIN", linked.origin),
        ("VERSION", &linked.version),
        ("CODECS", &linked.codecs.join(",")),
        ("CRYPTO", linked.crypto),
        ("REASON", &plan.reason),
    ] {
        println!("cargo::rustc-env=ARCHIVE_SYS_LINKED_{key}={value}");
    }
    let file = config.out_dir.join("link-report.txt");
    fs::write(&file, report).map_err(|error| format!("{}: {error}", file.display()))
}

/// The kind of section that the linkage note goes into, if it is wanted.
fn note_format(config: &Config, plan: &Plan) -> Option<&'static str> {
    let wanted = config.features.linkage_note && plan.route != Route::Docs;
    config.target.object_format().filter(|_| wanted)
}

/// Every variable that was asked for.
pub(crate) fn watched(env: &Env) {
    for name in env.watched() {
        println!("cargo::rerun-if-env-changed={name}");
    }
}

/// The cfgs of functions that a version has.
pub(crate) fn since(version: &str) -> Vec<&'static str> {
    SINCE
        .iter()
        .filter(|(_, [major, minor, patch])| {
            number(version) >= major * 1_000_000 + minor * 1000 + patch
        })
        .map(|(cfg, _)| *cfg)
        .collect()
}

/// `3.8.9` as 3008009.
fn number(version: &str) -> u32 {
    let mut parts = version
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    next() * 1_000_000 + next() * 1000 + next()
}
