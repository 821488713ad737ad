//! The linkage note is in what is built, whatever the profile: read back from real programs.

#![cfg(target_os = "linux")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use object::{
    Object as _, ObjectSection as _, SectionFlags, SectionKind,
    elf::{SHF_ALLOC, SHF_WRITE},
};
use serde_json::Value;

const LINKAGE: (&str, u32) = ("anyarchive", 0x6172_6368);
const DLOPEN: (&str, u32) = ("FDO", 0x407c_0c0a);

/// The text of the one note in `section`, which must be loaded with the program.
fn note(file: &Path, section: &str, (owner, kind): (&str, u32)) -> Option<String> {
    let bytes = fs::read(file).expect("a built file");
    let object = object::File::parse(&*bytes).expect("an ELF file");
    let section = object.section_by_name(section)?;
    assert_eq!(section.kind(), SectionKind::Note);
    assert_eq!(section.align(), 4);
    let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
        panic!("{:?}", section.flags());
    };
    // The compiler may add that the linker must retain it.
    assert!(sh_flags.contains(SHF_ALLOC), "{sh_flags:x?} is not loaded");
    assert!(!sh_flags.contains(SHF_WRITE), "{sh_flags:x?} can change");

    let data = section.data().expect("its bytes");
    let number = |at: usize| u32::from_ne_bytes(data[at..at + 4].try_into().expect("four bytes"));
    let size = |at| usize::try_from(number(at)).expect("a size");
    assert_eq!(number(8), kind);
    let name = &data[12..12 + size(0)];
    assert_eq!(name, [owner.as_bytes(), &[0]].concat());
    let begin = 12 + size(0).next_multiple_of(4);
    let (text, nul) = data[begin..begin + size(4)].split_at(size(4) - 1);
    assert_eq!(nul, [0]);
    assert_eq!(data.len(), begin + size(4).next_multiple_of(4), "one note");
    Some(String::from_utf8(text.to_vec()).expect("UTF-8"))
}

fn linkage(file: &Path) -> Option<String> {
    note(file, ".note.anyarchive", LINKAGE)
}

fn dlopen(file: &Path) -> Option<String> {
    note(file, ".note.dlopen", DLOPEN)
}

#[test]
fn this_program_carries_its_record() {
    let program = env::current_exe().expect("its path");
    let expected = (!cfg!(feature = "no-linkage-note")).then(|| archive_sys::LINKAGE.to_owned());
    assert_eq!(linkage(&program), expected);
    let is_dlopen = archive_sys::link_info().kind == "dlopen";
    assert_eq!(dlopen(&program).is_some(), is_dlopen && expected.is_some());
}

/// A program and a shared library that name this crate and use nothing of it. One directory for
/// all builds, kept between runs, so that little is compiled again.
struct Downstream(PathBuf);

impl Downstream {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("notes");
        let write = |name: &str, text: &str| {
            let file = root.join(name);
            let is_same = fs::read_to_string(&file).is_ok_and(|found| found == text);
            if !is_same {
                fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
                fs::write(file, text).expect("a file");
            }
        };
        let this = env!("CARGO_MANIFEST_DIR");
        write(
            "Cargo.toml",
            &format!(
                r#"
[package]
name = "downstream"
edition = "2024"

[lib]
name = "plugin"
crate-type = ["cdylib"]

[features]
dlopen = ["archive-sys/dlopen"]
silent = ["archive-sys/no-linkage-note"]

[dependencies]
archive-sys = {{ path = {this:?}, default-features = false }}

[profile.dev]
debug = false

[profile.release]
lto = "thin"

[profile.small]
inherits = "release"
lto = "fat"
opt-level = "z"
codegen-units = 1
panic = "abort"
strip = "symbols"

[workspace]
"#
            ),
        );
        write("src/lib.rs", "use archive_sys as _;\n");
        write("src/main.rs", "use archive_sys as _;\n\nfn main() {}\n");
        // The versions that are here already, so that no network is needed.
        if let Ok(lock) = fs::read_to_string(Path::new(this).join("../Cargo.lock")) {
            write("Cargo.lock", &lock);
        }
        Self(root)
    }

    /// Builds and answers the program and the shared library.
    fn build(&self, profile: &str, features: &str, variables: &[(&str, &str)]) -> [PathBuf; 2] {
        let target = self.0.join("target");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(&self.0)
            .args(["build", "--quiet", "--offline", "--profile", profile])
            .args(["--features", features, "--target-dir"])
            .arg(&target)
            .env_remove("CARGO_BUILD_TARGET");
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("ARCHIVE_SYS_") {
                cargo.env_remove(name);
            }
        }
        let output = cargo
            .envs(variables.iter().copied())
            .output()
            .expect("cargo");
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{profile} {features}: {messages}");
        let directory = target.join(if profile == "dev" { "debug" } else { profile });
        ["downstream", "libplugin.so"].map(|file| directory.join(file))
    }
}

fn record(text: Option<String>) -> Value {
    let record: Value = serde_json::from_str(&text.expect("a note")).expect("JSON");
    assert_eq!(record["format"], 1);
    assert_eq!(record["package"], "archive-sys");
    assert_eq!(record["libraries"][0]["name"], "libarchive");
    record
}

/// One test, because the builds share a directory.
#[test]
fn notes_survive_every_profile() {
    let downstream = Downstream::new();
    // Builds nothing in C, and has both notes.
    for profile in ["dev", "release", "small"] {
        for file in downstream.build(profile, "dlopen", &[]) {
            let record = record(linkage(&file));
            assert_eq!(record["kind"], "dlopen", "{}", file.display());
            let dlopen: Value =
                serde_json::from_str(&dlopen(&file).expect("a note")).expect("JSON");
            assert_eq!(dlopen[0]["soname"], record["libraries"][0]["sonames"]);
        }
    }
    for file in downstream.build("dev", "dlopen,silent", &[]) {
        assert_eq!(linkage(&file), None);
        assert_eq!(dlopen(&file), None);
    }

    // Linked with the library that this test is linked with, which needs no C compiler.
    if archive_sys::link_info().kind != "static" {
        return;
    }
    let report = fs::read_to_string(concat!(env!("OUT_DIR"), "/link-report.txt")).expect("report");
    let value = |key: &str| {
        let mut lines = report.lines();
        lines
            .find_map(|line| line.strip_prefix(key))
            .expect("a line")
    };
    let variables = [
        ("ARCHIVE_SYS_LIB_DIR", value("DEP_ARCHIVE_LIBDIR=")),
        ("ARCHIVE_SYS_INCLUDE_DIR", value("DEP_ARCHIVE_INCLUDE=")),
        ("ARCHIVE_SYS_STATIC", "1"),
    ];
    for file in downstream.build("small", "", &variables) {
        let record = record(linkage(&file));
        assert_eq!(record["origin"], "explicit");
        assert_eq!(record["version"], archive_sys::link_info().version);
        assert_eq!(dlopen(&file), None);
    }
}
