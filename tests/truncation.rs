//! Archives cut at every length: the safe crate tells of it whenever libarchive does, delivers the
//! same before, and never hangs.

use std::{collections::BTreeMap, time::Duration};

use anyarchive::Reader;
use anyarchive_test_support::{
    child_job,
    listing::{Class, DataBy, Listing, raw_bytes, raw_stream, safe},
    run_as_child,
    samples::{Item, Spec},
};

/// How long all lengths of one archive may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Longest archive that is cut at every byte; longer ones are cut at as many places.
const MAX_CUTS: usize = 1500;

/// Every way to write a small archive that the linked library has, and that can be read again.
fn specs() -> Vec<(String, Spec)> {
    let formats = [
        "ustar", "pax", "gnutar", "newc", "odc", "bin", "zip", "7zip", "iso9660",
    ];
    let filters = anyarchive_test_support::samples::filters();
    let mut specs: Vec<_> = formats
        .map(|name| (name.to_owned(), Spec::new(name)))
        .into();
    for name in filters {
        specs.push((format!("ustar-{name}"), Spec::new("ustar").filter(name)));
    }
    for method in ["store", "bzip2", "lzma", "xz", "zstd"] {
        let spec = Spec::new("zip").option(format!("zip:compression={method}"));
        // Not every release writes each of these.
        if spec.to_vec([]).is_ok() {
            specs.push((format!("zip-{method}"), spec));
        }
    }
    for (name, options) in [
        ("zip-aes256", "encryption=aes256"),
        ("zip-crypt", "encryption=zipcrypt"),
    ] {
        let spec = Spec::new("zip").option(format!("zip:{options}"));
        specs.push((name.to_owned(), spec.password("secret")));
    }
    specs
}

#[test]
fn cut_archives_are_told_as_libarchive_tells_them() {
    const NAME: &str = "cut_archives_are_told_as_libarchive_tells_them";
    let mut specs: BTreeMap<_, _> = specs().into_iter().collect();
    if let Some(name) = child_job() {
        return cut_everywhere(&name, &specs.remove(&name).expect("a name from below"));
    }
    assert!(specs.len() > 12, "{:?}", specs.keys());
    for name in specs.keys() {
        let finished = run_as_child(NAME, name, &[], LIMIT).unwrap();
        assert_eq!(finished.problem(), None, "{name}");
        for line in finished
            .stdout
            .lines()
            .filter(|line| line.starts_with("cut "))
        {
            println!("{line}");
        }
    }
}

fn cut_everywhere(name: &str, spec: &Spec) {
    let archive = spec
        .to_vec([
            Item::file("a.txt", "the first file\n"),
            Item::symlink("link", "a.txt"),
            Item::file("zweite-größe.txt", "the second file\n".repeat(9)),
        ])
        .unwrap();
    let passwords: &[&str] = if name.contains("crypt") || name.contains("aes") {
        &["secret"]
    } else {
        &[]
    };
    let whole = compare(&archive, passwords);
    assert_eq!(whole.class(), Class::Whole);
    assert!(whole.entries() >= 3);
    // Odd, so that it falls on every place within the blocks of a format.
    let step = match name {
        // To derive a key takes long, on purpose.
        "zip-aes256" => 11,
        _ => archive.len().div_ceil(MAX_CUTS) | 1,
    };
    let (mut cuts, mut untold) = (0, 0);
    for length in (0..archive.len()).step_by(step) {
        let cut = &archive[..length];
        if name == "ustar-gzip" {
            // Decoded by the safe crate, which gives what comes before the cut, and tells of every
            // one of them but that of all bytes.
            let listing = safe(Reader::from_bytes(cut), DataBy::Blocks);
            assert!(listing.entries() <= whole.entries(), "{length}");
            assert!(length == 0 || listing.class() == Class::Fatal, "{length}");
            cuts += 1;
            continue;
        }
        let listing = compare(cut, passwords);
        assert!(listing.entries() <= whole.entries(), "{length}");
        let less = listing.entries() < whole.entries();
        cuts += 1;
        untold += usize::from(less && listing.class() == Class::Whole);
    }
    println!("\ncut {name}: {cuts} lengths, {untold} lose entries without a word from libarchive");
}

/// Reads in two ways and panics when the safe crate differs from the raw loop.
fn compare(bytes: &[u8], passwords: &[&str]) -> Listing {
    let mut builder = Reader::builder();
    for password in passwords {
        builder = builder.password(anyarchive::Password::new(*password).unwrap());
    }
    let raw = raw_bytes(bytes, passwords);
    let check = |how: &str, raw: &Listing, safe: Listing| {
        let differences = raw.differences(&safe);
        assert!(
            differences.is_empty(),
            "{} bytes, {how}: {differences:#?}",
            bytes.len()
        );
    };
    check(
        "by blocks",
        &raw,
        safe(builder.from_bytes(bytes), DataBy::Blocks),
    );
    let by_read = safe(builder.from_bytes(bytes), DataBy::Read(7));
    check(
        "by Read",
        &raw.clone().without_failed_data(),
        by_read.without_failed_data(),
    );
    let stream = raw_stream(bytes, passwords);
    check(
        "as a stream",
        &stream,
        safe(builder.from_reader(bytes), DataBy::Blocks),
    );
    raw
}
