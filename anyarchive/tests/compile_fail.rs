//! Misuse that the compiler refuses, for the reason that it should.
//!
//! Each file in `ui` has its error in the first line, and `//~` at each line where it is; the whole text
//! would change with the compiler. What needs a feature is in the directory of its name.
//! They are compiled against the library that was built for this test, so nothing is built twice.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

#[test]
fn misuse_does_not_compile() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut dirs = vec![ui.clone()];
    if cfg!(feature = "raw") {
        dirs.push(ui.join("raw"));
    }
    if cfg!(feature = "futures") {
        dirs.push(ui.join("futures"));
    }
    // Several builds can lie there, with other features or of another compiler.
    let mut failures = String::new();
    let library = libraries().into_iter().find(|library| {
        dirs.iter().all(|dir| {
            let output = compile(&dir.join("right.rs"), library);
            failures.push_str(&String::from_utf8_lossy(&output.stderr));
            output.status.success()
        })
    });
    let library = library.unwrap_or_else(|| panic!("right.rs does not compile:\n{failures}"));
    let mut cases = 0;
    for dir in &dirs {
        for case in fs::read_dir(dir).unwrap() {
            let case = case.unwrap().path();
            if case.is_file() && !case.ends_with("right.rs") {
                check(&case, &library);
                cases += 1;
            }
        }
    }
    assert!(cases > 40, "only {cases} in {}", ui.display());
}

fn check(case: &Path, library: &Path) {
    let name = case.display();
    let text = fs::read_to_string(case).unwrap();
    let expected = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("// "));
    let expected = expected.expect("an error in the first line");
    let marked = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| line.contains("//~"));
    let marked: Vec<usize> = marked.map(|(_, number)| number).collect();
    let output = compile(case, library);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{name} compiles");
    let errors = stderr.lines().filter(|line| line.contains(": error"));
    let mut lines: Vec<usize> = Vec::new();
    for error in errors {
        assert!(
            error.contains(&format!(": {expected}")),
            "{name}: not {expected}:\n{stderr}"
        );
        // `path:line:column: error[code]: text`; the last one, which counts them, has no place.
        let place = error.strip_prefix(&format!("{name}:")).unwrap_or_default();
        lines.push(place.split(':').next().unwrap().parse().unwrap());
    }
    lines.dedup();
    assert_eq!(
        lines, marked,
        "{name}: not at the lines with `//~`:\n{stderr}"
    );
}

/// The libraries of this crate beside this program, the newest first.
fn libraries() -> Vec<PathBuf> {
    let program = env::current_exe().unwrap();
    let files = fs::read_dir(program.parent().unwrap()).unwrap();
    let mut libraries: Vec<(SystemTime, PathBuf)> = files
        .map(|file| file.unwrap())
        .filter(|file| {
            let name = file.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libanyarchive-") && name.ends_with(".rlib")
        })
        .map(|file| (file.metadata().unwrap().modified().unwrap(), file.path()))
        .collect();
    libraries.sort();
    libraries.into_iter().rev().map(|(_, path)| path).collect()
}

/// Compiles as far as errors go, one line for each.
fn compile(file: &Path, library: &Path) -> Output {
    // Cargo's own directory first: with several toolchains, that is the one in use.
    let beside_cargo = env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc"));
    let rustc = beside_cargo.filter(|rustc| rustc.exists());
    Command::new(rustc.unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=bin", "--emit=metadata"])
        .args(["--error-format=short", "--cap-lints=allow"])
        .arg(format!("--out-dir={}", env!("CARGO_TARGET_TMPDIR")))
        .arg(format!("--extern=anyarchive={}", library.display()))
        .arg("-L")
        .arg(library.parent().unwrap())
        .arg(file)
        .output()
        .expect("rustc")
}
