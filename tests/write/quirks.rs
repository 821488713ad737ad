//! One test for each defect that `tests/round_trip` found: what C loses, damages or gives to others
//! without a word.

use anyarchive::{
    AclEntry, AclKind, AclPermissions, AclTag, Compression, EntryBuf, ErrorKind, FileType,
    MetadataFields, Reader, Result, Timestamp, WriteFormat, Writer,
};
use anyarchive_test_support::is_older_than;

use crate::{
    refusals::attempt,
    world::{containers, formats, plain, read, seconds},
};

/// The entry of this path, as it is read.
fn reread(archive: &[u8], path: &[u8]) -> EntryBuf {
    let mut reader = Reader::from_bytes(archive).unwrap();
    while let Some(entry) = reader.next_entry().unwrap() {
        let found = entry.path_bytes();
        if found.strip_prefix(b"./").unwrap_or(found) == path {
            return (*entry).to_owned();
        }
    }
    panic!("lost: {}", String::from_utf8_lossy(path));
}

/// Writes one entry without data, and reads it again.
fn through(format: WriteFormat, entry: &EntryBuf) -> EntryBuf {
    let mut writer = plain(format).to_vec().unwrap();
    writer.append_entry(entry).unwrap();
    reread(&writer.finish().unwrap(), entry.path_bytes())
}

fn file(path: impl AsRef<[u8]>) -> EntryBuf {
    let mut entry = EntryBuf::file("x", 0).unwrap();
    entry.set_path_bytes(path.as_ref()).unwrap();
    entry.set_mtime(seconds(1_600_000_000)).unwrap();
    entry
}

fn pax() -> [WriteFormat; 2] {
    [WriteFormat::Pax, WriteFormat::PaxRestricted]
}

/// C leaves out what LZMA data begins with when there is none, and readers find the archive damaged.
#[test]
fn empty_files_of_a_zip_with_lzma_can_be_read() {
    let settings = plain(WriteFormat::Zip).compression(Compression::Lzma);
    let Ok(mut writer) = settings.to_vec() else {
        assert!(is_older_than(3_008_000, "writes no LZMA into ZIP"));
        return;
    };
    let text = b"text text text text text text ".repeat(50);
    writer.append_bytes("known", b"").unwrap();
    writer.append_bytes("full", &text).unwrap();
    let unknown = |path| {
        let mut entry = file(path);
        entry.set_size(None).unwrap();
        entry
    };
    writer.append(unknown("finished"), &b""[..]).unwrap();
    writer.append(unknown("streamed"), &text[..]).unwrap();
    // Neither written to nor finished.
    drop(writer.start_entry(unknown("dropped")).unwrap());
    assert!(writer.append_bytes("last", b"").is_err());
    writer.append_bytes("last", b"").unwrap();
    let zip = writer.finish().unwrap();
    assert!(zip.len() < 2 * text.len(), "{} bytes", zip.len());
    let found: Vec<_> = read(&zip)
        .unwrap()
        .into_iter()
        .map(|seen| (seen.path, seen.data.len()))
        .collect();
    let len = text.len();
    let expected = [
        ("known", 0),
        ("full", len),
        ("finished", 0),
        ("streamed", len),
        ("dropped", 0),
        ("last", 0),
    ];
    assert_eq!(found, expected.map(|(path, len)| (path.to_owned(), len)));
}

/// C gives the archive up, at once or in the end, for a part of a path that no file system takes.
#[test]
fn long_parts_of_paths_are_kept_or_refused() {
    for format in containers().into_iter().chain([WriteFormat::Mtree]) {
        for len in [254, 255, 256, 300] {
            let path = format!("dir/{}", "n".repeat(len));
            let mut writer = plain(format).to_vec().unwrap();
            let result = writer.append_entry(file(&path));
            writer.append_entry(file("after")).unwrap();
            let archive = writer.finish().unwrap();
            match result {
                Ok(()) => drop(reread(&archive, path.as_bytes())),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error:#}");
                }
            }
            assert!(!read(&archive).unwrap().is_empty(), "{format}");
        }
    }
}

/// C cannot complete an image when two directories that it has to move have one name, or when it would
/// have to move one twice.
#[test]
fn iso9660_refuses_directories_that_are_too_deep_for_it() {
    if !WriteFormat::Iso9660.is_available().unwrap() {
        return;
    }
    let depth = |count: usize, name: &str| format!("d/{name}{}", "/d".repeat(count));
    for (paths, is_taken) in [
        (vec![depth(5, "a"), depth(5, "b")], true),
        (vec![depth(10, "a")], true),
        (vec![depth(11, "a")], true),
        (vec![depth(12, "a")], false),
        (vec![depth(9, "a"), depth(9, "b")], false),
        (vec![format!("a/b/c/d/e/f/g/{}/x", "n".repeat(100))], true),
        (vec![format!("a/b/c/d/e/f/g/{}/x", "n".repeat(101))], false),
    ] {
        let mut writer = plain(WriteFormat::Iso9660).to_vec().unwrap();
        let (last, before) = paths.split_last().unwrap();
        let mut kept = before.to_vec();
        for path in before {
            writer.append_entry(file(format!("{path}/file"))).unwrap();
        }
        match writer.append_entry(file(format!("{last}/file"))) {
            Ok(()) => {
                assert!(is_taken, "{last}");
                kept.push(last.clone());
            }
            Err(error) => {
                assert!(!is_taken, "{last}: {error:#}");
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:#}");
            }
        }
        let archive = writer.finish().unwrap();
        for path in kept {
            reread(&archive, format!("{path}/file").as_bytes());
        }
    }
}

/// C takes the `.` at the end of a path for its name in Joliet, and then finds another length than ours.
#[test]
fn iso9660_is_complete_with_a_path_that_ends_in_a_dot() {
    if !WriteFormat::Iso9660.is_available().unwrap() {
        return;
    }
    for len in [0, 10, 79, 80, 81] {
        for end in ["/.", "/./", "/.//."] {
            let name = "日".repeat(len);
            let mut writer = plain(WriteFormat::Iso9660).to_vec().unwrap();
            let mut directory = EntryBuf::directory("x").unwrap();
            directory.set_path(format!("{name}{end}")).unwrap();
            let result = writer.append_entry(&directory);
            writer.append_entry(file("other")).unwrap();
            let archive = writer.finish().unwrap();
            reread(&archive, b"other");
            if result.is_ok() && len > 0 {
                reread(&archive, name.as_bytes());
            }
        }
    }
}

/// C cuts a name within a pair of UTF-16, counts three bytes for the half, and says so at the end, of the
/// archive as a whole.
#[test]
fn iso9660_is_complete_with_a_name_that_is_cut_within_a_letter() {
    if !WriteFormat::Iso9660.is_available().unwrap() {
        return;
    }
    let mut outcomes = [0; 2];
    for three in 20..50 {
        let name = "ä".repeat(102 - three) + &"日".repeat(three) + "\u{1f600}.txt";
        let settings = plain(WriteFormat::Iso9660).options("iso9660:joliet=long");
        let mut writer = settings.to_vec().unwrap();
        let result = writer.append_entry(file(&name));
        outcomes[usize::from(result.is_ok())] += 1;
        writer.append_entry(file("other")).unwrap();
        let archive = writer.finish().unwrap();
        reread(&archive, b"other");
    }
    assert!(!outcomes.contains(&0), "{outcomes:?}");
}

/// Where C parts a path for two fields, readers lose a `/` of two.
#[test]
fn two_slashes_are_kept_told_or_refused() {
    for format in containers() {
        let long = |before: &str| format!("{before}//{}/{}", "a".repeat(95), "b".repeat(4));
        for (path, is_split) in [
            ("//name".to_owned(), false),
            ("a//name".to_owned(), false),
            (long(""), true),
            (long("a"), true),
            (long("ä"), true),
            (format!("a//{}", "b".repeat(99)), false),
        ] {
            let is_tree = matches!(format, WriteFormat::Iso9660 | WriteFormat::Xar);
            let mut writer = plain(format).to_vec().unwrap();
            if writer.append_entry(file(&path)).is_ok() {
                let is_told = !writer.warnings().is_empty();
                let has_two_fields =
                    format == WriteFormat::Ustar || path.is_ascii() && pax().contains(&format);
                assert_eq!(is_told, is_split && has_two_fields, "{format}, {path}");
                let seen = match is_told || is_tree {
                    true if is_tree => path.replace("//", "/").trim_matches('/').to_owned(),
                    true => path.replace("//", "/"),
                    false => path.clone(),
                };
                reread(&writer.finish().unwrap(), seen.as_bytes());
            }
            let link = EntryBuf::symlink("link", &path).unwrap();
            let mut writer = plain(format).to_vec().unwrap();
            if writer.append_entry(&link).is_ok() {
                let found = reread(&writer.finish().unwrap(), b"link");
                assert_eq!(found.symlink_bytes(), Some(path.as_bytes()), "{format}");
            }
        }
    }
}

/// C takes the path for an address then, and writes no `file://` before it.
#[test]
fn paths_with_an_address_in_them_are_kept_or_refused() {
    for format in containers() {
        let path = "dir/http://name";
        if let Ok(archive) = attempt(format, |entry| {
            entry.set_path(path).unwrap();
        }) {
            let found = read(&archive).unwrap();
            let is_there = found
                .iter()
                .any(|seen| seen.path.replace("//", "/") == "dir/http:/name");
            assert!(is_there, "{format}: {found:?}");
        }
    }
}

/// C writes directories into comments there, and what follows on a line end would be an entry of its own.
#[test]
fn directories_that_end_a_comment_are_kept_or_refused() {
    for format in [WriteFormat::Mtree, WriteFormat::MtreeClassic] {
        for dir in ["a\nb", "a\rb", "a\\", "a b", "a#b"] {
            let path = format!("{dir}/name");
            let mut writer = plain(format).to_vec().unwrap();
            match writer.append_entry(file(&path)) {
                Ok(()) => drop(reread(&writer.finish().unwrap(), path.as_bytes())),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:#}");
                    assert_eq!(format, WriteFormat::MtreeClassic, "{dir}");
                }
            }
        }
    }
}

/// C writes the owner that most have once, and entries without one get it, too.
#[test]
fn no_entry_of_mtree_gets_the_owner_of_another() {
    for format in [WriteFormat::Mtree, WriteFormat::MtreeClassic] {
        let mut writer = plain(format).to_vec().unwrap();
        for path in ["a", "b", "c"] {
            let mut entry = file(path);
            entry
                .set_uname("alice")
                .unwrap()
                .set_gname("staff")
                .unwrap();
            writer.append_entry(&entry).unwrap();
        }
        writer.append_entry(file("nobodys")).unwrap();
        let found = reread(&writer.finish().unwrap(), b"nobodys");
        let names = (found.uname_bytes(), found.gname_bytes());
        assert_eq!(names, (None, None), "{format}");
    }
}

/// The writer quotes such names, and the reader does not take that back.
#[test]
fn names_of_owners_that_mtree_changes_are_told() {
    for name in ["alice", "two words", "josé", "a#b", "a=b"] {
        let mut entry = file("name");
        entry.set_uname(name).unwrap();
        let found = through(WriteFormat::Mtree, &entry);
        let is_kept = found.uname_bytes() == Some(name.as_bytes());
        let lost = WriteFormat::Mtree.loses(&entry);
        assert_eq!(
            !is_kept,
            lost.contains(MetadataFields::OWNER_NAMES),
            "{name}"
        );
    }
}

fn user(name: &str) -> AclEntry {
    AclEntry::new(AclKind::Access, AclTag::User, AclPermissions::READ)
        .with_id(77)
        .with_name(name)
}

/// Lists are text in the archive: such a name would be other lines of it.
#[test]
fn no_name_in_an_access_control_list_gives_rights_to_others() {
    for format in pax() {
        for (name, is_taken) in [
            ("alice", true),
            ("77", true),
            ("78", false),
            ("077", false),
            ("99999999999999999999", false),
            ("a,user:root:rwx", false),
            ("a\nuser:root:rwx", false),
            ("a:rwx", false),
            ("a b", false),
            ("a#", false),
        ] {
            let mut entry = file("name");
            entry.set_acl(&[user(name)]).unwrap();
            let mut writer = plain(format).to_vec().unwrap();
            let result = writer.append_entry(&entry);
            assert_eq!(result.is_ok(), is_taken, "{format}, {name}: {result:?}");
            match result {
                Ok(()) => {
                    let found = reread(&writer.finish().unwrap(), b"name").acl();
                    let users = found.iter().filter(|line| line.tag == AclTag::User);
                    let ids: Vec<_> = users.map(|line| line.id).collect();
                    assert_eq!(ids, [Some(77)], "{format}, {name}");
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:#}"),
            }
        }
    }
}

/// Readers take the mode from a list, which has no bits but permissions.
#[test]
fn a_mode_that_a_list_hides_is_told() {
    for format in pax() {
        for mode in [0o644, 0o4755, 0o1777] {
            let mut entry = file("name");
            entry.set_mode(mode).unwrap();
            assert!(!format.loses(&entry).contains(MetadataFields::MODE));
            entry.set_acl(&[user("alice")]).unwrap();
            let lost = format.loses(&entry).contains(MetadataFields::MODE);
            if lost && is_older_than(3_008_009, "keeps more of the mode") {
                continue;
            }
            let is_kept = through(format, &entry).mode() == mode;
            assert_eq!(!is_kept, lost, "{format}, {mode:o}");
        }
    }
}

/// C writes the name a second time then, cut.
#[test]
fn long_names_of_sparse_files_stay_whole() {
    for format in pax() {
        for (name, len) in [
            (&b"text"[..], 80),
            (b"text", 150),
            (b"\xe9", 80),
            (b"\xe9", 150),
        ] {
            let path = [name, &b"x".repeat(len)].concat();
            let mut entry = file(&path);
            entry.set_size(16_384).unwrap();
            entry.set_sparse_map(&[4096..8192, 12_288..16_384]).unwrap();
            let data = [vec![0; 4096], vec![b'x'; 4096]].concat().repeat(2);
            let mut writer = plain(format).to_vec().unwrap();
            writer.append(&entry, &data[..]).unwrap();
            let archive = writer.finish().unwrap();
            let is_kept = reread(&archive, &path).sparse_map() == entry.sparse_map();
            let lost = format.loses(&entry).contains(MetadataFields::SPARSE_MAP);
            assert_eq!(!is_kept, lost, "{format}, {len}");
            assert!(read(&archive).unwrap()[0].data == data, "{format}, {len}");
        }
    }
}

type SetTime = fn(&mut EntryBuf, Timestamp) -> Result<&mut EntryBuf>;

/// C takes the beginning of 1970 for a time that is not set, and one of creation after the last change
/// for wrong.
#[test]
fn times_that_are_not_kept_are_told() {
    let fields: [(MetadataFields, SetTime); 3] = [
        (MetadataFields::ATIME, |entry, time| entry.set_atime(time)),
        (MetadataFields::CTIME, |entry, time| entry.set_ctime(time)),
        (MetadataFields::BIRTHTIME, |entry, time| {
            entry.set_birthtime(time)
        }),
    ];
    for format in [WriteFormat::Pax, WriteFormat::Iso9660] {
        if !format.is_available().unwrap() {
            continue;
        }
        for (field, set) in fields {
            for time in [0, 1, 1_599_999_999, 1_600_000_000, 1_600_000_001] {
                let mut entry = file("name");
                set(&mut entry, seconds(time)).unwrap();
                let found = through(format, &entry);
                let times = |entry: &EntryBuf| [entry.atime(), entry.ctime(), entry.birthtime()];
                let is_kept = times(&entry)
                    .into_iter()
                    .zip(times(&found))
                    .all(|(written, found)| written.is_none() || written == found);
                let lost = format.loses(&entry).contains(field);
                assert_eq!(!is_kept, lost, "{format}, {field}, {time}");
            }
        }
    }
}

/// C writes each attribute twice, and quotes the name in one of both.
#[test]
fn attributes_that_are_read_twice_are_told() {
    for format in pax() {
        for (name, is_told) in [
            ("user.plain", false),
            ("user.a b", true),
            ("user.%41", true),
        ] {
            let mut entry = file("name");
            entry.set_xattr(name, b"value").unwrap();
            let mut writer = plain(format).to_vec().unwrap();
            writer.append_entry(&entry).unwrap();
            assert_eq!(!writer.warnings().is_empty(), is_told, "{format}, {name}");
            let found = reread(&writer.finish().unwrap(), b"name").xattrs();
            let mut names = found.iter().map(|xattr| &xattr.name[..]);
            assert!(names.any(|found| found == name.as_bytes()), "{format}");
            assert_eq!(found.len() > 1, is_told, "{format}, {name}");
        }
    }
}

fn cpio() -> impl Iterator<Item = WriteFormat> {
    use WriteFormat::{CpioBin, CpioNewc, CpioOdc, CpioPwb};
    [CpioBin, CpioNewc, CpioOdc, CpioPwb].into_iter()
}

/// The data comes with one of the names; a link before all others has none.
#[test]
fn cpio_refuses_a_link_to_what_is_not_there() {
    for format in cpio() {
        let mut link = EntryBuf::hardlink("link", "file").unwrap();
        link.set_ino(7).unwrap().set_nlink(2);
        let mut writer = plain(format).to_vec().unwrap();
        let error = writer.append_entry(&link).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error:#}");
        assert!(error.is_recoverable(), "{format}");
    }
}

/// Readers forget a file when it has as many names as its link count says.
#[test]
fn cpio_refuses_more_names_than_the_link_count() {
    for format in cpio() {
        let mut writer = plain(format).to_vec().unwrap();
        let mut first = EntryBuf::file("file", 4).unwrap();
        first.set_ino(7).unwrap().set_nlink(2);
        writer.append(&first, &b"data"[..]).unwrap();
        let link = |path| {
            let mut entry = EntryBuf::hardlink(path, "file").unwrap();
            entry.set_ino(7).unwrap().set_nlink(2);
            entry
        };
        writer.append_entry(link("second")).unwrap();
        let error = writer.append_entry(link("third")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error:#}");
        let archive = writer.finish().unwrap();
        let second = reread(&archive, b"second");
        assert_eq!(second.hardlink_bytes(), Some(&b"file"[..]), "{format}");
    }
}

fn trees() -> impl Iterator<Item = WriteFormat> {
    use WriteFormat::{Iso9660, Mtree, MtreeClassic, Xar};
    let defect = "cuts numbers in xar";
    formats()
        .into_iter()
        .filter(|format| matches!(format, Iso9660 | Mtree | MtreeClassic | Xar))
        .filter(move |&format| format != Xar || !is_older_than(3_008_009, defect))
}

/// C drops one of them, or all that is below.
#[test]
fn a_path_is_a_directory_or_something_else() {
    for format in trees() {
        for paths in [["dir", "dir/file"], ["dir/file", "dir"]] {
            let mut writer = plain(format).to_vec().unwrap();
            writer.append_entry(file(paths[0])).unwrap();
            let error = writer.append_entry(file(paths[1])).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error:#}");
            assert!(error.is_recoverable(), "{format}");
            writer.append_entry(file("other/file")).unwrap();
            let archive = writer.finish().unwrap();
            reread(&archive, paths[0].as_bytes());
            reread(&archive, b"other/file");
        }
    }
}

/// What is refused leaves nothing behind that a later entry could run into.
#[test]
fn a_refused_entry_takes_no_path() {
    for format in trees() {
        let mut writer: Writer<Vec<u8>> = plain(format).to_vec().unwrap();
        let link = EntryBuf::hardlink("name", "nowhere").unwrap();
        if writer.append_entry(&link).is_ok() {
            continue;
        }
        let mut directory = EntryBuf::directory("name").unwrap();
        directory.set_mtime(seconds(1)).unwrap();
        writer.append_entry(&directory).unwrap();
        assert!(writer.warnings().is_empty(), "{format}");
        let found = reread(&writer.finish().unwrap(), b"name");
        assert_eq!(found.file_type(), FileType::Directory, "{format}");
    }
}

/// There is one entry of a path in a tree, the last.
#[test]
fn an_entry_that_takes_the_place_of_another_is_told() {
    for format in trees() {
        let mut writer = plain(format).to_vec().unwrap();
        for size in [1, 2] {
            let mut entry = file("./name");
            entry.set_size(size).unwrap();
            let data = &b"xy"[..size as usize];
            writer.append(&entry, data).unwrap();
            assert_eq!(writer.warnings().len(), size as usize - 1, "{format}");
        }
        let found = reread(&writer.finish().unwrap(), b"name");
        assert_eq!(found.size(), Some(2), "{format}");
    }
}
