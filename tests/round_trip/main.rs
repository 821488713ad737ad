//! Any entries through any format and back: each one is refused before its first byte, or comes back as
//! it was, but for what the format says that it loses.
//!
//! `PROPTEST_CASES=5000 cargo test --test round_trip` tries more.

mod compare;
mod entries;

use anyarchive::{
    Compression, ErrorKind, FileType, Format, ReadOption, Reader, WriteFilter, WriteFormat, Writer,
    WriterBuilder,
};
use anyarchive_test_support::is_older_than;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{TestCaseError, TestRunner},
};

use crate::{
    compare::{Found, is_sorted, is_tree, path, same},
    entries::{Item, items},
};

/// Writes the items and tells which of them the archive has.
fn write(settings: &WriterBuilder, items: &[Item]) -> Result<(Vec<Item>, Vec<u8>), TestCaseError> {
    let mut writer = settings.clone().spool_unknown_sizes().to_vec().unwrap();
    let mut taken = Vec::new();
    for item in items {
        let remarks = writer.warnings().len();
        let data = match item.entry.hardlink_bytes() {
            Some(_) => &[][..],
            None => &item.data[..],
        };
        match writer.append(&item.entry, data) {
            Ok(()) => taken.push(Item {
                told: writer.warnings().len() > remarks,
                ..item.clone()
            }),
            Err(error) => {
                let kinds = [ErrorKind::Unsupported, ErrorKind::InvalidInput];
                prop_assert!(kinds.contains(&error.kind()), "{error:#}");
                prop_assert!(error.is_recoverable(), "{error:#}");
            }
        }
    }
    match writer.finish() {
        Ok(archive) => Ok((taken, archive)),
        Err(error) => Err(TestCaseError::fail(format!("{error:#}"))),
    }
}

/// The same bytes can be an archive of another format.
fn read(format: WriteFormat, archive: &[u8], mac_metadata: bool) -> anyarchive::Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut settings = Reader::builder();
    let format = format.format();
    if let Some(format) = format {
        settings = settings.format(format);
    }
    if matches!(format, Some(Format::Tar | Format::Zip)) {
        settings = settings.set(ReadOption::MacMetadata(mac_metadata));
    }
    let mut reader = settings.from_bytes(archive)?;
    while let Some(mut entry) = reader.next_entry()? {
        let is_file = entry.file_type() == FileType::File && entry.hardlink_bytes().is_none();
        let data = if is_file {
            entry.read_to_vec()?
        } else {
            Vec::new()
        };
        found.push(Found {
            entry: (*entry).to_owned(),
            data,
        });
    }
    Ok(found)
}

/// Takes one that is what was written out of those that were found.
fn find(format: WriteFormat, item: &Item, found: &mut Vec<Found>) -> Result<(), TestCaseError> {
    let mut outcome = Err(TestCaseError::fail(format!(
        "lost: {item:?} among {found:?}"
    )));
    for at in 0..found.len() {
        if path(format, &found[at].entry) == path(format, &item.entry) {
            outcome = same(format, item, &found[at]);
            if outcome.is_ok() {
                found.swap_remove(at);
                break;
            }
        }
    }
    outcome
}

fn try_out(
    format: WriteFormat,
    settings: &WriterBuilder,
    items: &[Item],
) -> Result<(), TestCaseError> {
    let (taken, archive) = write(settings, items)?;
    if taken.is_empty() {
        return Ok(());
    }
    let has_mac_metadata = taken.iter().any(|item| item.entry.mac_metadata().is_some());
    let found = read(format, &archive, has_mac_metadata);
    let mut found = found.map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    if is_sorted(format) {
        for (at, item) in taken.iter().enumerate() {
            let path = path(format, &item.entry);
            let is_same = |later: &Item| later.told && compare::path(format, &later.entry) == path;
            if is_tree(format) && taken[at + 1..].iter().any(is_same) {
                // The writer told that another takes its place.
                continue;
            }
            find(format, item, &mut found)?;
        }
        // Directories above the entries come with them.
        found.retain(|found| found.entry.file_type() != FileType::Directory);
        prop_assert!(found.is_empty(), "from nowhere: {found:?}");
    } else {
        prop_assert_eq!(taken.len(), found.len());
        for (item, found) in taken.iter().zip(&found) {
            same(format, item, found)?;
        }
    }
    Ok(())
}

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

fn run(format: WriteFormat, settings: impl Strategy<Value = WriterBuilder>) {
    if !format.is_available().unwrap() {
        return;
    }
    let defects = "gives four bytes too many of files in WARC, and cuts numbers in xar";
    if matches!(format, WriteFormat::Warc | WriteFormat::Xar) && is_older_than(3_008_009, defects) {
        return;
    }
    let outcome = runner().run(&(settings, items()), |(settings, items)| {
        try_out(format, &settings, &items)
    });
    if let Err(error) = outcome {
        panic!("{format}: {error}");
    }
}

/// A test for each format, with what its entries are compressed by.
macro_rules! formats {
    ($($name:ident $format:ident $compressions:expr;)*) => {
        $(#[test]
        fn $name() {
            let plain = Writer::builder(WriteFormat::$format);
            let methods: &[Compression] = $compressions;
            let compressions = methods.iter().map(|&method| plain.clone().compression(method));
            // Libraries differ in what they compress with.
            let mut settings: Vec<_> = compressions.filter(|it| it.to_vec().is_ok()).collect();
            settings.push(plain);
            let by_threads = (select(settings), 1_u32..4)
                .prop_map(|(settings, threads)| settings.threads(threads));
            run(WriteFormat::$format, by_threads);
        })*
    };
}

use Compression as C;

formats! {
    ar_bsd ArBsd &[];
    ar_svr4 ArSvr4 &[];
    cpio_bin CpioBin &[];
    cpio_newc CpioNewc &[];
    cpio_odc CpioOdc &[];
    cpio_pwb CpioPwb &[];
    gnutar GnuTar &[];
    iso9660 Iso9660 &[];
    mtree Mtree &[];
    mtree_classic MtreeClassic &[];
    pax Pax &[];
    pax_restricted PaxRestricted &[];
    seven_zip SevenZip &[C::Store, C::Deflate, C::Bzip2, C::Lzma, C::Lzma2, C::Ppmd, C::Zstd];
    ustar Ustar &[];
    v7tar V7Tar &[];
    warc Warc &[];
    xar Xar &[];
    zip Zip &[C::Store, C::Deflate, C::Bzip2, C::Lzma, C::Xz, C::Zstd];
}

#[test]
fn filters() {
    let formats = [WriteFormat::Pax, WriteFormat::GnuTar, WriteFormat::CpioNewc];
    let filters = || select(WriteFilter::builtin().unwrap());
    let strategy = (
        select(formats.to_vec()),
        filters(),
        prop::option::weighted(0.3, filters()),
        items(),
    );
    runner()
        .run(&strategy, |(format, inner, outer, items)| {
            let mut settings = Writer::builder(format).filter(inner);
            if let Some(outer) = outer {
                settings = settings.filter(outer);
            }
            try_out(format, &settings, &items)
        })
        .unwrap();
}
