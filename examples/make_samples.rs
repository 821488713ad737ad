//! Makes a small directory tree and archives of it in several formats, to try things on.
//!
//! `cargo run --example make_samples -- DIR` creates `DIR/tree` and `DIR/sample.*`; the password of
//! `DIR/sample-aes256.zip` is "anyarchive".

use std::{
    env,
    error::Error,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyarchive_test_support::samples::Spec;

/// File name, format, filter.
const SAMPLES: &[(&str, &str, Option<&str>)] = &[
    ("sample.tar", "pax", None),
    ("sample.tar.gz", "pax", Some("gzip")),
    ("sample.tar.bz2", "pax", Some("bzip2")),
    ("sample.tar.xz", "pax", Some("xz")),
    ("sample.tar.zst", "pax", Some("zstd")),
    ("sample.tar.lz4", "pax", Some("lz4")),
    ("sample.zip", "zip", None),
    ("sample.7z", "7zip", None),
    ("sample.cpio", "newc", None),
    ("sample.iso", "iso9660", None),
];

fn main() -> ExitCode {
    let Some(dir) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: make_samples DIR");
        return ExitCode::from(2);
    };
    match make(&dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make_samples: {}: {error}", dir.display());
            ExitCode::FAILURE
        }
    }
}

fn make(dir: &Path) -> Result<(), Box<dyn Error>> {
    let tree = dir.join("tree");
    make_tree(&tree)?;
    println!("{}", tree.display());
    for &(name, format, filter) in SAMPLES {
        let mut spec = Spec::new(format);
        if format == "iso9660" {
            // As they are: by default modes and owners are made what suits a medium.
            spec = spec.option("iso9660:rockridge=strict");
        }
        if let Some(filter) = filter {
            spec = spec.filter(filter);
        }
        write(&spec, &tree, &dir.join(name))?;
    }
    let encrypted = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("anyarchive");
    write(&encrypted, &tree, &dir.join("sample-aes256.zip"))
}

fn write(spec: &Spec, tree: &Path, archive: &Path) -> Result<(), Box<dyn Error>> {
    spec.write_tree(tree, archive)
        .map_err(|error| format!("{}: {error}", archive.display()))?;
    println!(
        "{} {} bytes",
        archive.display(),
        fs::metadata(archive)?.len()
    );
    Ok(())
}

/// One of each kind: text, empty, nested, executable, big, a name outside ASCII, and links.
fn make_tree(tree: &Path) -> std::io::Result<()> {
    fs::create_dir_all(tree.join("docs/nested/deep"))?;
    fs::create_dir(tree.join("empty-directory"))?;
    fs::write(tree.join("hello.txt"), "hello\n")?;
    fs::write(tree.join("empty.txt"), "")?;
    fs::write(
        tree.join("docs/nested/deep/note.md"),
        "# A note\n\nDeep down.\n",
    )?;
    fs::write(tree.join("docs/grüße.txt"), "viele Grüße\n")?;
    fs::write(tree.join("run.sh"), "#!/bin/sh\necho run\n")?;
    fs::set_permissions(tree.join("run.sh"), fs::Permissions::from_mode(0o755))?;
    let lines: String = (0..100_000).map(|line| format!("line {line}\n")).collect();
    fs::write(tree.join("docs/large.txt"), lines)?;
    symlink("../hello.txt", tree.join("docs/hello-symlink.txt"))?;
    fs::hard_link(tree.join("hello.txt"), tree.join("docs/hello-hardlink.txt"))
}
