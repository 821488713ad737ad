//! The linkage record: which native libraries a program gets with this crate.
//!
//! Auditing tools see crates, and they see shared libraries; C code that a crate compiles they do
//! not see. So the record goes into the program, as constants and as a note, and into a bill of
//! materials. It depends on nothing but what is built: it has no paths, no times, no host.

pub(crate) mod json;
pub(crate) mod known;
pub(crate) mod library;
mod sbom;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    config::Config,
    emit::Linked,
    plan::{Plan, SHARED_LIBRARY},
};
use json::Json;
use library::Library;

/// Grows when a field changes its meaning or goes away; new ones may come without.
const FORMAT: u32 = 1;

/// Everything that the record tells.
#[derive(Debug)]
pub(crate) struct Record {
    package_version: String,
    target: String,
    kind: &'static str,
    origin: &'static str,
    /// `None` when only run time can tell.
    version: Option<String>,
    reason: String,
    codecs: Vec<&'static str>,
    crypto: &'static str,
    /// libarchive first, then what it carries and needs.
    libraries: Vec<Library>,
}

impl Record {
    pub(crate) fn new(config: &Config, plan: &Plan, linked: &Linked) -> Self {
        let mut libraries = linked.libraries.clone();
        libraries.extend(linked.libs.iter().filter_map(|lib| of_the_system(lib)));
        Self {
            package_version: config.package_version.clone(),
            target: config.target.triple.clone(),
            kind: linked.kind,
            origin: linked.origin,
            version: libraries
                .first()
                .and_then(|library| library.version.clone()),
            reason: plan.reason.clone(),
            codecs: linked.codecs.clone(),
            crypto: linked.crypto,
            libraries,
        }
    }

    pub(crate) fn json(&self) -> Json {
        let mut fields = vec![
            ("format", Json::Number(FORMAT)),
            ("package", Json::text("archive-sys")),
            ("package_version", Json::text(&self.package_version)),
            ("target", Json::text(&self.target)),
            ("kind", Json::text(self.kind)),
            ("origin", Json::text(self.origin)),
        ];
        if let Some(version) = &self.version {
            fields.push(("version", Json::text(version)));
        }
        fields.extend([
            ("reason", Json::text(&self.reason)),
            ("codecs", Json::texts(self.codecs.iter().copied())),
            ("crypto", Json::text(self.crypto)),
            (
                "libraries",
                Json::List(self.libraries.iter().map(Library::json).collect()),
            ),
        ]);
        Json::Map(fields)
    }

    pub(crate) fn sbom(&self) -> Json {
        sbom::json(self)
    }

    /// The content of `.note.dlopen`, whose format systemd defines: what packagers should see.
    pub(crate) fn dlopen(&self) -> Option<Json> {
        let library = self.libraries.first().filter(|_| self.kind == "dlopen")?;
        Some(Json::List(vec![Json::Map(vec![
            ("feature", Json::text("archives")),
            ("description", Json::text("Reading and writing archives")),
            // Without it nothing crashes; the program gets an error that says what is missing.
            ("priority", Json::text("recommended")),
            ("soname", Json::texts(&library.sonames)),
        ])]))
    }

    fn rust(&self) -> String {
        let libraries: Vec<String> = self.libraries.iter().map(Library::rust).collect();
        format!("&[{}]", libraries.join(", "))
    }
}

/// What the linker gets beside libarchive, as `kind=name` or `kind:modifiers=name`.
fn of_the_system(lib: &str) -> Option<Library> {
    let (kind, name) = lib.split_once('=')?;
    let link = match kind.split(':').next()? {
        "static" => "static",
        _ => "dylib",
    };
    // Given by file name, when the linker could take another one for it.
    let name = name.strip_suffix(".so").unwrap_or(name);
    let name = match name.strip_prefix("lib") {
        Some(stem) if kind.contains("+verbatim") => stem,
        _ => name,
    };
    let is_libarchive = ["archive", "archive_static", SHARED_LIBRARY].contains(&name);
    (!is_libarchive).then(|| Library::named(name, link))
}

/// Writes the record into the output directory, and answers where the bill of materials is.
pub(crate) fn write(out_dir: &Path, record: &Record) -> Result<PathBuf, String> {
    let write = |name: &str, text: String| {
        let file = out_dir.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok::<_, String>(file)
    };
    write("linkage.json", record.json().to_string())?;
    write("linkage.rs", record.rust())?;
    if let Some(dlopen) = record.dlopen() {
        write("dlopen.json", dlopen.to_string())?;
    }
    write("linkage.cdx.json", record.sbom().to_string())
}

/// The name that programs will ask the loader for: of the links to a shared library, the one with
/// a single number.
pub(crate) fn soname(lib_dir: &Path, name: &str) -> Option<String> {
    let library = fs::canonicalize(lib_dir.join(format!("{name}.so"))).ok()?;
    let mut names: Vec<String> = fs::read_dir(lib_dir)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|file| {
            let number = file
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(".so."));
            number.is_some_and(|number| number.parse::<u32>().is_ok())
        })
        .filter(|file| fs::canonicalize(lib_dir.join(file)).is_ok_and(|path| path == library))
        .collect();
    names.sort();
    names.pop()
}
