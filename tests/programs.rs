//! Nothing in an archive starts a program: where libarchive would run one, the input is refused.

use std::{
    fs,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use anyarchive::{ErrorKind, Filter, Reader};
use anyarchive_test_support::{
    child_job, is_older_than, reference_archives, run_as_child,
    samples::{self, Item, Spec},
    set_traps,
};

/// First bytes that make libarchive choose a program.
const MAGIC: &[(Filter, &[u8])] = &[
    (Filter::Lrzip, b"LRZI\0\x06\0\0\0\0\0\0\0\0\0\0"),
    (Filter::Grzip, b"GRZipII\0\x02\x04:)"),
    (
        Filter::Lzop,
        b"\x89LZO\0\r\n\x1a\n\x10\x30\x20\xa0\x09\x40\x01\x05\0\0\0\x01",
    ),
];

#[test]
fn no_program_is_started() {
    const NAME: &str = "no_program_is_started";
    if let Some(canary) = child_job() {
        return read_everything(Path::new(&canary));
    }
    let dir = tempfile::tempdir().unwrap();
    let canary = dir.path().join("canary");
    set_traps(dir.path(), &canary).unwrap();
    let environment = [("PATH", dir.path().to_str().unwrap())];
    let canary = canary.to_str().unwrap();
    let finished = run_as_child(NAME, canary, &environment, Duration::from_secs(60)).unwrap();
    assert_eq!(finished.problem(), None);
    assert!(finished.stdout.contains("all read"), "{finished:?}");
}

fn read_everything(canary: &Path) {
    // The trap works: this is what a program that was started would leave behind.
    let status = std::process::Command::new("lrzip").status().unwrap();
    assert!(status.success() && canary.exists());
    fs::remove_file(canary).unwrap();

    for (filter, magic) in MAGIC {
        let archive = [magic, &[0x55; 2000][..]].concat();
        let error = read(&archive).unwrap_err();
        let error = error.downcast::<anyarchive::Error>().unwrap();
        if Filter::builtin().unwrap().contains(filter) {
            assert_ne!(error.kind(), ErrorKind::Io, "{filter}: {error:?}");
        } else {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{filter}: {error:?}");
            assert!(error.message().contains(filter.name()), "{error}");
        }
        assert!(
            !canary.exists(),
            "{filter}: {:?}",
            fs::read_to_string(canary)
        );
        // Nor when it is asked for by name, unless the library decodes it by itself.
        let asked = Reader::builder().filter(*filter).from_bytes(archive);
        assert!(asked.is_err(), "{filter}");
    }
    let built_in = |name: &str| Filter::builtin().unwrap().iter().any(|f| f.name() == name);
    for name in samples::filters() {
        let archive = Spec::new("ustar")
            .filter(name)
            .to_vec([Item::file("a", "text")]);
        let result = read(&archive.unwrap());
        assert!(result.is_ok() || !built_in(name), "{name}: {result:?}");
    }
    if !is_older_than(
        3_008_009,
        "is overrun by reference archives that came later",
    ) {
        let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
        for archive in archives.iter().filter(|path| is_filtered(path)) {
            // Whatever comes out: that is compared elsewhere.
            let _ = read(&fs::read(archive).unwrap());
        }
    }
    assert!(!canary.exists(), "{:?}", fs::read_to_string(canary));
    println!("all read");
}

fn is_filtered(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains("filter") || name.contains("compat") || name.contains("rpm")
}

fn read(archive: &[u8]) -> io::Result<()> {
    let mut reader = Reader::from_bytes(archive)?;
    while let Some(mut entry) = reader.next_entry()? {
        io::copy(&mut (&mut entry).take(1 << 20), &mut io::sink())?;
    }
    Ok(())
}
