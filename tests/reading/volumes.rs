//! Archives that are split over several files.

use std::{
    fs,
    io::{self, Cursor},
    path::{Path, PathBuf},
};

use anyarchive::{Error, ErrorKind, FileType, Reader};
use anyarchive_test_support::{
    is_older_than, reference_archives,
    samples::{Item, Spec},
};

/// Names and data of all entries.
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn read(mut reader: Reader<'_>) -> Result<Entries, Error> {
    let mut entries = Entries::new();
    while let Some(mut entry) = reader.next_entry()? {
        let data = entry.read_to_vec()?;
        if let (FileType::File, Some(size)) = (entry.file_type(), entry.size()) {
            assert_eq!(data.len() as u64, size);
        }
        entries.push((entry.path_bytes().to_vec(), data));
    }
    Ok(entries)
}

fn reference(name: &str) -> PathBuf {
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let found = archives.into_iter().find(|path| path.ends_with(name));
    found.unwrap_or_else(|| panic!("no {name}"))
}

/// The entries and bytes of data that upstream's tests expect of its volumes; libarchive compares
/// the checksums.
#[test]
fn reference_volumes_of_rar_are_read_from_any_of_them() {
    for (first, volumes, entries, bytes) in [
        (
            "test_rar_multivolume_multiple_files.part1.rar",
            6,
            2,
            40_222,
        ),
        ("test_rar_multivolume_single_file.part1.rar", 3, 1, 20_111),
        (
            "test_rar_multivolume_uncompressed_files.part01.rar",
            10,
            16,
            120_666,
        ),
        (
            "test_read_format_rar5_multiarchive.part01.rar",
            8,
            2,
            510_280,
        ),
        (
            "test_read_format_rar5_multiarchive_solid.part01.rar",
            4,
            9,
            117_398,
        ),
        (
            "test_read_format_rar_multivolume.part0001.rar",
            4,
            7,
            241_688_220,
        ),
    ] {
        let is_hard = first.contains("uncompressed") || first.contains("part0001");
        if is_hard && is_older_than(3_008_009, "joins some volumes of RAR 4 wrongly") {
            continue;
        }
        let reader = Reader::builder().open_volumes(reference(first)).unwrap();
        let names = reader.volumes().to_vec();
        assert_eq!(names.len(), volumes, "{first}");
        let all = read(reader).unwrap_or_else(|error| panic!("{error}"));
        let sum: usize = all.iter().map(|(_, data)| data.len()).sum();
        assert_eq!((all.len(), sum), (entries, bytes), "{first}");
        let last = names.last().unwrap();
        let again = read(Reader::builder().open_volumes(last).unwrap()).unwrap();
        assert!(again == all, "{first}");
    }
}

#[test]
fn a_missing_last_volume_is_told_with_the_last_that_is_there() {
    if is_older_than(
        3_008_009,
        "tells a wrong checksum where a volume is missing",
    ) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for n in 1..=3 {
        let name = format!("test_read_format_rar_multivolume.part000{n}.rar");
        fs::copy(reference(&name), dir.path().join(name)).unwrap();
    }
    let first = dir
        .path()
        .join("test_read_format_rar_multivolume.part0001.rar");
    let error = Reader::builder()
        .open_volumes(&first)
        .and_then(read)
        .unwrap_err();
    assert_eq!(error.archive(), Some(first.as_path()), "{error}");
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
    assert!(error.to_string().contains("part0003.rar"), "{error}");
}

fn items() -> [Item; 3] {
    let mut state = 1_u32;
    let noise = (0..50_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    [
        Item::file("first.txt", "the first file\n"),
        Item::file("noise.bin", noise.collect::<Vec<_>>()),
        Item::file("last.txt", "the last file\n"),
    ]
}

/// Cuts bytes into pieces of many lengths, one of them empty.
fn pieces(bytes: &[u8], len: usize) -> Vec<Vec<u8>> {
    let mut pieces: Vec<_> = bytes.chunks(len).map(<[u8]>::to_vec).collect();
    pieces.insert(pieces.len() / 2, Vec::new());
    pieces
}

#[test]
fn any_archive_can_be_cut_anywhere() {
    for format in ["pax", "newc", "zip", "7zip", "iso9660"] {
        let archive = Spec::new(format).to_vec(items()).unwrap();
        let whole = read(Reader::from_bytes(&archive).unwrap()).unwrap();
        for len in [777, 4096, 60_000, archive.len()] {
            let pieces = pieces(&archive, len);
            let names = (0..pieces.len()).map(|n| n.to_string());
            let reader = Reader::builder()
                .from_volumes(names, |name| {
                    let index: usize = name.to_str().unwrap().parse().unwrap();
                    Ok(Cursor::new(pieces[index].as_slice()))
                })
                .unwrap();
            assert_eq!(reader.total_bytes(), Some(archive.len() as u64));
            assert!(read(reader).unwrap() == whole, "{format} by {len}");
        }
    }
}

#[test]
fn numbered_files_are_found_beside_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let archive = Spec::new("7zip").to_vec(items()).unwrap();
    for (n, piece) in archive.chunks(20_000).enumerate() {
        fs::write(dir.path().join(format!("a.7z.{:03}", n + 1)), piece).unwrap();
    }
    let all = read(
        Reader::builder()
            .open_volumes(dir.path().join("a.7z.002"))
            .unwrap(),
    )
    .unwrap();
    assert_eq!(all.len(), 3);

    fs::remove_file(dir.path().join("a.7z.002")).unwrap();
    let error = Reader::builder()
        .open_volumes(dir.path().join("a.7z.001"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(error.archive(), Some(dir.path().join("a.7z.002").as_path()));
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn a_zip_of_volumes_gives_all_its_data() {
    let whole = Spec::new("zip").to_vec(items()).unwrap();
    // As a program splits it: a mark first, and the archive's own name last.
    let mut archive = b"PK\x07\x08".to_vec();
    archive.extend_from_slice(&whole);
    let (head, tail) = archive.split_at(9_000);
    let open = |name: &Path| match name.to_str() {
        Some("a.z01") => Ok(Cursor::new(head)),
        Some("a.zip") => Ok(Cursor::new(tail)),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let reader = Reader::builder().open_volumes_with("a.zip", open).unwrap();
    let names: Vec<_> = reader
        .volumes()
        .iter()
        .map(|path| path.to_str().unwrap())
        .collect();
    assert_eq!(names, ["a.z01", "a.zip"]);
    let all = read(reader).unwrap();
    assert!(all == read(Reader::from_bytes(&whole).unwrap()).unwrap());
}

#[test]
fn a_volume_that_fails_is_named_and_its_error_is_whole() {
    let archive = Spec::new("ustar").to_vec(items()).unwrap();
    let (head, tail) = archive.split_at(30_000);
    let mut opened = 0;
    let reader = Reader::builder().from_volumes(["one", "two"], move |name| {
        if name.ends_with("one") {
            return Ok(Cursor::new(head));
        }
        opened += 1;
        match opened {
            1 => Ok(Cursor::new(tail)),
            _ => Err(io::Error::from_raw_os_error(libc::EIO)),
        }
    });
    let error = reader.and_then(read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("two"), "{error}");
    let source = std::error::Error::source(&error).unwrap();
    let inner = source
        .downcast_ref::<io::Error>()
        .unwrap()
        .get_ref()
        .unwrap();
    let os = std::error::Error::source(inner).unwrap();
    let os = os.downcast_ref::<io::Error>().unwrap();
    assert_eq!(os.raw_os_error(), Some(libc::EIO));
}

#[test]
fn a_volume_that_shrinks_is_an_error() {
    let archive = Spec::new("ustar").to_vec(items()).unwrap();
    let mut opened = 0;
    let reader = Reader::builder().from_volumes(["one", "two"], |_| {
        opened += 1;
        // The third time it is read.
        let len = if opened == 3 { 1000 } else { 30_000 };
        Ok(Cursor::new(&archive[..len]))
    });
    let error = reader.and_then(read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("shorter"), "{error}");
}

#[test]
fn one_file_without_others_is_opened_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    fs::write(&path, Spec::new("zip").to_vec(items()).unwrap()).unwrap();
    let reader = Reader::builder().open_volumes(&path).unwrap();
    assert!(reader.volumes().is_empty());
    assert_eq!(reader.archive_path(), Some(path.as_path()));
    assert_eq!(read(reader).unwrap().len(), 3);
    let error = Reader::builder().open_volumes(dir.path().join("b.zip"));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Io);
}
