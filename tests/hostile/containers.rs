//! The formats that the same entries are put in.

use anyarchive_test_support::samples::{Content, Item, Spec};

/// A format, and how entries get in.
pub(crate) struct Container {
    pub(crate) name: &'static str,
    /// Each file is there once, its directories too, and the reader chooses the order.
    pub(crate) is_tree: bool,
    pub(crate) has_hard_links: bool,
    write: fn(&'static str, Vec<Item>) -> Option<Vec<u8>>,
}

impl Container {
    /// An archive of these entries, if the format has a place for what they are.
    pub(crate) fn write(&self, items: Vec<Item>) -> Option<Vec<u8>> {
        (self.write)(self.name, items)
    }
}

pub(crate) const ALL: &[Container] = &[
    by_library("ustar", true),
    by_library("pax", true),
    by_library("gnutar", true),
    by_library("zip", false),
    by_library("7zip", false),
    by_library("newc", false),
    by_library("odc", false),
    Container {
        name: "iso9660",
        is_tree: true,
        has_hard_links: false,
        write: iso9660,
    },
    Container {
        name: "mtree",
        is_tree: false,
        has_hard_links: false,
        write: mtree,
    },
];

const fn by_library(name: &'static str, has_hard_links: bool) -> Container {
    Container {
        name,
        is_tree: false,
        has_hard_links,
        write: |name, items| Spec::new(name).to_vec(items).ok(),
    }
}

/// The library makes paths good before it writes them: what is bad gets a name of the same length,
/// and is put back into the image.
fn iso9660(name: &'static str, items: Vec<Item>) -> Option<Vec<u8>> {
    let mut stand_ins = Vec::new();
    let items: Vec<_> = items
        .into_iter()
        .map(|item| {
            let path = item.path();
            let parts: Vec<_> = if path.starts_with(b"/") {
                vec![path]
            } else {
                path.split(|byte| *byte == b'/').collect()
            };
            let parts = parts.into_iter().map(|part| stand_in(part, &mut stand_ins));
            let path = parts.collect::<Vec<_>>().join(&b'/');
            item.with_path(path)
        })
        .collect();
    let mut image = Spec::new(name)
        .option("iso9660:!joliet")
        .to_vec(items)
        .ok()?;
    for (good, bad) in stand_ins {
        image = replace(&image, &good, &bad);
    }
    Some(image)
}

/// A good name as long as a bad one, the same each time.
fn stand_in(part: &[u8], stand_ins: &mut Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    let is_bad = part == b".." || part.iter().any(|byte| b"/\\:".contains(byte));
    if !is_bad {
        return part.to_vec();
    }
    if let Some((good, _)) = stand_ins.iter().find(|(_, bad)| bad == part) {
        return good.clone();
    }
    let mut good = format!("q{:03}", stand_ins.len()).into_bytes();
    good.resize(part.len(), b'q');
    if part == b".." {
        good = b"Qq".to_vec();
    }
    stand_ins.push((good.clone(), part.to_vec()));
    good
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = if let Some(tail) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            tail
        } else {
            out.push(byte);
            tail
        };
    }
    out
}

/// Lines of text: files are empty.
fn mtree(_: &'static str, items: Vec<Item>) -> Option<Vec<u8>> {
    let mut text = b"#mtree\n".to_vec();
    for item in items {
        let kind = match item.content() {
            Content::File(data) if data.is_empty() => "file size=0",
            Content::Directory => "dir",
            Content::Symlink(_) => "link",
            Content::CharDevice(..) => "char device=native,1,3",
            Content::BlockDevice(..) => "block device=native,8,0",
            Content::Fifo => "fifo",
            _ => return None,
        };
        // A name without a slash is one in the last directory.
        if !item.path().contains(&b'/') {
            text.extend(b"./");
        }
        text.extend(escape(item.path()));
        text.extend(
            format!(
                " type={kind} mode={:04o} uid=12345 gid=12345",
                item.permissions()
            )
            .bytes(),
        );
        if let Content::Symlink(target) = item.content() {
            text.extend(b" link=");
            text.extend(escape(target));
        }
        text.push(b'\n');
    }
    Some(text)
}

/// Everything but letters and numbers as numbers, which hides it from a look; a slash in front would
/// make the line a command.
fn escape(bytes: &[u8]) -> Vec<u8> {
    let escaped = bytes.iter().enumerate().flat_map(|(at, &byte)| {
        if byte.is_ascii_alphanumeric() || byte == b'/' && at > 0 {
            vec![byte]
        } else {
            format!("\\{byte:03o}").into_bytes()
        }
    });
    escaped.collect()
}
