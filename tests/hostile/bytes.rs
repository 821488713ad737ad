//! Archives byte by byte: what no library would write.

use anyarchive::{Extractor, Limit, Limits, Refusal, Restore};
use anyarchive_test_support::{
    crc32,
    samples::{Item, Spec},
    tar::{Member, Tar},
};

use crate::case::{Case, Expect};

/// What archives are, and what makes the cases.
type Group = (&'static str, fn() -> Vec<Case>);

pub(crate) const GROUPS: &[Group] = &[
    ("tar bytes", tar),
    ("zip bytes", zip),
    ("cpio bytes", cpio),
    ("mtree bytes", mtree),
    ("filters", filters),
];

fn refused<const N: usize>(reasons: [Refusal; N], names: &[&'static str]) -> Expect {
    Expect::Refused(reasons.into(), names.into())
}

fn tar() -> Vec<Case> {
    use Refusal::*;
    let file = |name: &str| Member::new(b'0', name).name.to_vec();
    let attribute = |key: &str, value: &[u8]| {
        let tar = Tar::new().pax(&[(key, value)]).file("f", b"x");
        tar.file("ok", b"").end()
    };
    let long_name = |kind: u8, value: &str| {
        let tar = Tar::new().member(&Member::new(kind, "././@LongLink"), value.as_bytes());
        tar.member(&Member::new(b'2', "f").link("x"), b"").end()
    };
    vec![
        Case::new(
            "path above in pax attributes",
            attribute("path", b"../outside/secret"),
            refused([ParentComponent], &["ok"]),
        ),
        Case::new(
            "NUL in pax attributes",
            attribute("path", b"../outside/secret\0x"),
            refused([ParentComponent], &["ok"]),
        ),
        Case::new(
            "absolute path in pax attributes",
            attribute("path", b"//tmp/anyarchive-canary"),
            refused([AbsolutePath], &["ok"]),
        ),
        Case::new(
            "empty path in pax attributes",
            attribute("path", b""),
            Expect::Among(vec![]),
        ),
        Case::new(
            "path above in a long name",
            long_name(b'L', "../outside/new\0"),
            refused([ParentComponent], &[]),
        ),
        Case::new(
            "target outside in a long name",
            long_name(b'K', "../outside/secret\0"),
            refused([OutsideSymlink], &[]),
        ),
        Case::new(
            "hard link with data",
            Tar::new()
                .member(&Member::new(b'2', "s").link("../outside/secret"), b"")
                .member(&Member::new(b'1', "s").link("../outside/secret"), b"evil")
                .end(),
            refused([OutsideSymlink, UnsafeHardLink], &[]),
        ),
        Case::new(
            "hard link to itself",
            Tar::new()
                .member(&Member::new(b'1', "h").link("h"), b"")
                .end(),
            Expect::Fails,
        ),
        Case::new(
            "links to each other",
            Tar::new()
                .member(&Member::new(b'2', "a").link("b"), b"")
                .member(&Member::new(b'2', "b").link("a"), b"")
                .file("a/new", b"x")
                .end(),
            refused([SymlinkInPath], &["a", "b"]),
        ),
        Case::new(
            "links without targets",
            Tar::new()
                .member(&Member::new(b'2', "a"), b"")
                .member(&Member::new(b'1', "b"), b"")
                .end(),
            refused([NoTarget, UnsafeHardLink], &[]),
        ),
        Case::new(
            "device with data",
            Tar::new().member(&Member::new(b'3', "dev"), b"data").end(),
            refused([Device], &[]),
        ),
        Case::new(
            "unknown type",
            Tar::new()
                .file("ok", b"")
                .member(&Member::new(b'?', "odd").mode(0o6777), b"data")
                .end(),
            refused([], &["odd", "ok"]),
        ),
        Case::new(
            "file capabilities",
            attribute(
                "SCHILY.xattr.security.capability",
                b"\x01\0\0\x02\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0",
            ),
            refused([], &["f", "ok"]),
        )
        .settings(|| Extractor::new().restore(Restore::all())),
        Case::new(
            "claims more than there is",
            Tar::new()
                .member(&Member::new(b'0', "f").claim(1 << 60), b"x")
                .end(),
            Expect::Fails,
        ),
        Case::new(
            "claims a little more than there is",
            Tar::new()
                .member(&Member::new(b'0', "f").claim(1 << 20), b"x")
                .end(),
            Expect::Fails,
        ),
        Case::new(
            "attributes of a gigabyte",
            Tar::new()
                .member(&Member::new(b'x', "pax").claim(1 << 30), b"")
                .file("f", b"")
                .end(),
            Expect::Fails,
        ),
        Case::new(
            "hole of an exbibyte",
            attribute("GNU.sparse.size", b"1152921504606846976"),
            Expect::Fails,
        ),
        Case::new(
            "sparse map that overlaps",
            Tar::new()
                .pax(&[
                    ("GNU.sparse.size", b"100"),
                    ("GNU.sparse.numblocks", b"2"),
                    ("GNU.sparse.map", b"0,1,0,1"),
                ])
                .file("f", b"xy")
                .end(),
            Expect::Fails,
        ),
        Case::new("nothing but a name", file("../outside"), Expect::Fails),
    ]
}

/// A ZIP archive of one stored entry: its name, the attributes that Unix gives it, its data, and the
/// sizes that its headers claim.
fn stored(name: &[u8], mode: u32, data: &[u8], claim: Option<u32>) -> Vec<u8> {
    let size = claim.unwrap_or(data.len() as u32);
    let mut common = b"\x14\0\0\0\0\0\0\0\0\0".to_vec();
    common.extend(crc32(data).to_le_bytes());
    common.extend(size.to_le_bytes());
    common.extend(size.to_le_bytes());
    common.extend((name.len() as u16).to_le_bytes());
    common.extend([0, 0]);
    let mut zip = [b"PK\x03\x04", &*common, name, data].concat();
    let start = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\x03");
    zip.extend(common);
    // Comment, disk, and attributes of the file.
    zip.extend([0; 6]);
    zip.extend((mode << 16).to_le_bytes());
    zip.extend([0; 4]);
    zip.extend(name);
    let len = zip.len() as u32 - start;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(len.to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn zip() -> Vec<Case> {
    use Refusal::*;
    let mut other_name = stored(b"innocent/file/name", 0o100_644, b"evil", None);
    let local = 30..48;
    other_name[local].copy_from_slice(b"../outside/secret1");
    let mut longer = stored(b"f", 0o100_644, b"evil", None);
    let end = longer.len() - 22;
    longer[end + 10] = 200;
    vec![
        Case::new(
            "path above",
            stored(b"../outside/secret", 0o100_644, b"evil", None),
            refused([ParentComponent], &[]),
        ),
        Case::new(
            "NUL in a name",
            stored(b"ok\0/../../outside/new", 0o100_644, b"evil", None),
            refused([], &["ok"]),
        ),
        Case::new(
            "symlink out",
            stored(b"link", 0o120_777, b"../outside/secret", None),
            refused([OutsideSymlink], &[]),
        ),
        Case::new(
            "symlink with a NUL",
            stored(b"link", 0o120_777, b"/etc\0", None),
            refused([AbsoluteSymlink], &[]),
        ),
        Case::new(
            "device by mode",
            stored(b"device", 0o020_666, b"", None),
            refused([Device], &[]),
        ),
        Case::new(
            "pipe by mode",
            stored(b"pipe", 0o010_666, b"", None),
            refused([], &["pipe"]),
        ),
        Case::new(
            "setuid by mode",
            stored(b"f", 0o106_755, b"x", None),
            refused([], &["f"]),
        ),
        Case::new(
            "another name in the local header",
            other_name,
            Expect::Among(vec![ParentComponent]),
        ),
        Case::new(
            "claims more than there is",
            stored(b"f", 0o100_644, b"evil", Some(1 << 30)),
            Expect::Fails,
        ),
        Case::new("more entries than there are", longer, refused([], &["f"])),
        Case::new(
            "bomb of one file",
            bomb("zip", &[]),
            Expect::Ended(Limit::Ratio),
        )
        .settings(|| Extractor::new().limits(Limits::new().ratio(500))),
    ]
}

/// An archive of 65 MiB of zeros, which is more than any archive may have at any ratio.
fn bomb(format: &str, filters: &[&str]) -> Vec<u8> {
    let mut spec = Spec::new(format);
    for filter in filters {
        spec = spec.filter(*filter);
    }
    spec.to_vec([Item::file("zeros", vec![0; 65 << 20])])
        .unwrap()
}

/// An entry of a `newc` archive whose name can be anything.
fn newc(name: &[u8], mode: u32, name_size: usize, data: &[u8]) -> Vec<u8> {
    let fields = [
        1,
        mode,
        0,
        0,
        1,
        0,
        data.len() as u32,
        0,
        0,
        0,
        0,
        name_size as u32,
        0,
    ];
    let mut entry = b"070701".to_vec();
    for field in fields {
        entry.extend(format!("{field:08x}").bytes());
    }
    entry.extend(name);
    entry.resize(entry.len().next_multiple_of(4), 0);
    entry.extend(data);
    entry.resize(entry.len().next_multiple_of(4), 0);
    entry
}

fn cpio() -> Vec<Case> {
    use Refusal::*;
    let one = |name: &[u8], mode: u32, data: &[u8]| {
        let entry = newc(name, mode, name.len(), data);
        [entry, newc(b"TRAILER!!!\0", 0, 11, b"")].concat()
    };
    vec![
        Case::new(
            "NUL in a name",
            one(b"ok\0/../../outside/new\0", 0o100_644, b"x"),
            refused([], &["ok"]),
        ),
        Case::new(
            "path above behind a NUL",
            one(b"../outside/secret\0ok\0", 0o100_644, b"x"),
            refused([ParentComponent], &[]),
        ),
        Case::new(
            "empty name",
            one(b"\0", 0o100_644, b"x"),
            refused([EmptyPath], &[]),
        ),
        Case::new(
            "symlink out",
            one(b"link\0", 0o120_777, b"../outside"),
            refused([OutsideSymlink], &[]),
        ),
        Case::new(
            "device with data",
            one(b"device\0", 0o060_666, b"data"),
            refused([Device], &[]),
        ),
        Case::new(
            "name of a gigabyte",
            newc(b"x\0", 0o100_644, 1 << 30, b""),
            Expect::Fails,
        ),
        Case::new(
            "symlink of a gigabyte",
            {
                let mut archive = one(b"link\0", 0o120_777, b"x");
                archive[54..62].copy_from_slice(b"40000000");
                archive
            },
            Expect::Fails,
        ),
    ]
}

fn mtree() -> Vec<Case> {
    use Refusal::*;
    let text = |lines: &str| format!("#mtree\n{lines}\n").into_bytes();
    vec![
        Case::new(
            "content of a local file",
            text("./stolen type=file mode=0644 size=5 contents=/etc/passwd"),
            Expect::Fails,
        ),
        Case::new(
            "content of a file beside it",
            text("./stolen type=file mode=0644 size=6 contents=../outside/secret"),
            Expect::Fails,
        ),
        Case::new(
            "optional file",
            text("./etc/passwd type=file mode=0644 optional"),
            refused([], &["etc"]),
        ),
        Case::new(
            "up by dots",
            text("outside type=dir\n..\n..\nnew type=file size=0"),
            refused([], &["new", "outside"]),
        ),
        Case::new(
            "defaults for all",
            text("/set type=file mode=06777 uid=0 gid=0\n./f size=0\n./../g size=0"),
            refused([ParentComponent], &["f"]),
        ),
        Case::new(
            "device by default",
            text("/set type=char device=native,1,3\n./null mode=0666"),
            refused([Device], &[]),
        ),
    ]
}

fn filters() -> Vec<Case> {
    let limited = || Extractor::new().limits(Limits::new().ratio(200));
    let bombs = ["gzip", "bzip2", "xz", "zstd", "lzma", "lz4", "compress"].map(|filter| {
        let archive = bomb("ustar", &[filter]);
        Case::new(
            format!("bomb in {filter}"),
            archive,
            Expect::Ended(Limit::Ratio),
        )
        .settings(limited)
    });
    let nested = ["gzip", "xz", "zstd"].map(|filter| {
        let mut spec = Spec::new("ustar");
        for _ in 0..9 {
            spec = spec.filter(filter);
        }
        let archive = spec.to_vec([Item::file("f", "x")]).unwrap();
        Case::new(
            format!("nine times in {filter}"),
            archive,
            Expect::Ended(Limit::Filters),
        )
    });
    let magic: [(&str, &[u8]); 4] = [
        ("lrzip", b"LRZI\0\x06\0\0\0\0\0\0\0\0\0\0"),
        ("grzip", b"GRZipII\0\x02\x04:)"),
        (
            "lzop",
            b"\x89LZO\0\r\n\x1a\n\x10\x30\x20\xa0\x09\x40\x01\x05\0\0\0\x01",
        ),
        ("rpm", b"\xed\xab\xee\xdb\x03\0\0\0"),
    ];
    let programs = magic.map(|(name, magic)| {
        let archive = [magic, &[0x55; 4000]].concat();
        Case::new(format!("program for {name}"), archive, Expect::Fails)
    });
    let above = [
        "gzip",
        "bzip2",
        "xz",
        "zstd",
        "lzma",
        "lz4",
        "compress",
        "uuencode",
        "b64encode",
    ]
    .map(|filter| {
        let items = [Item::file("../outside/secret", "x"), Item::file("ok", "")];
        let archive = Spec::new("pax").filter(filter).to_vec(items).unwrap();
        let refused = refused([Refusal::ParentComponent], &["ok"]);
        Case::new(format!("path above in {filter}"), archive, refused)
    });
    let cases = bombs.into_iter().chain(nested);
    cases.chain(programs).chain(above).collect()
}
