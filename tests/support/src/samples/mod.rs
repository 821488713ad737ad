//! Writes archives for tests, in every format and filter that the linked library writes.
//!
//! ```
//! use anyarchive_test_support::samples::{Item, Spec};
//!
//! let archive = Spec::new("zip")
//!     .option("zip:encryption=aes256")
//!     .password("secret")
//!     .to_vec([Item::file("a.txt", "text"), Item::directory("d")])?;
//! assert!(archive.starts_with(b"PK"));
//! # Ok::<(), anyarchive_test_support::samples::WriteError>(())
//! ```

mod item;
mod raw;
mod walk;

use std::{
    error, fmt,
    fs::File,
    io::{self, Read as _, Seek as _},
    os::fd::AsFd,
    path::Path,
};

pub use item::{Content, Item};

/// Every format that libarchive writes, one name each.
pub const FORMATS: &[&str] = &[
    "7zip",
    "arbsd",
    "arsvr4",
    "bin",
    "gnutar",
    "iso9660",
    "mtree",
    "mtree-classic",
    "newc",
    "odc",
    "pax",
    "paxr",
    "pwb",
    "raw",
    "shar",
    "shardump",
    "ustar",
    "v7tar",
    "warc",
    "xar",
    "zip",
];

/// Every filter that libarchive writes without starting a program, if it was built with its library.
pub const FILTERS: &[&str] = &[
    "b64encode",
    "bzip2",
    "compress",
    "gzip",
    "lz4",
    "lzip",
    "lzma",
    "lzop",
    "uuencode",
    "xz",
    "zstd",
];

/// Those of [`FORMATS`] that the linked library writes.
#[must_use]
pub fn formats() -> Vec<&'static str> {
    let writes = |name: &&str| raw::Writer::new(&Spec::new(*name)).is_ok();
    FORMATS.iter().copied().filter(writes).collect()
}

/// Those of [`FILTERS`] that the linked library writes by itself.
#[must_use]
pub fn filters() -> Vec<&'static str> {
    let writes = |name: &&str| raw::Writer::new(&Spec::new("raw").filter(*name)).is_ok();
    FILTERS.iter().copied().filter(writes).collect()
}

/// How an archive is to be written.
#[derive(Clone, Debug)]
pub struct Spec {
    format: String,
    filters: Vec<String>,
    options: Vec<String>,
    password: Option<String>,
}

impl Spec {
    /// An archive of a format by the name that libarchive gives it; see [`FORMATS`].
    pub fn new(format: impl Into<String>) -> Self {
        Self {
            format: format.into(),
            filters: Vec::new(),
            options: Vec::new(),
            password: None,
        }
    }

    /// Puts a filter around everything so far; see [`FILTERS`].
    #[must_use]
    pub fn filter(mut self, name: impl Into<String>) -> Self {
        self.filters.push(name.into());
        self
    }

    /// Sets options as text, such as `zip:compression=store`; see `archive_write_set_options(3)`.
    #[must_use]
    pub fn option(mut self, text: impl Into<String>) -> Self {
        self.options.push(text.into());
        self
    }

    /// Sets the password; what is encrypted with it is said by an option.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Writes an archive of these entries into memory.
    ///
    /// # Errors
    ///
    /// When the library refuses the format, the filter, an option or an entry, or remarks anything:
    /// a sample is right or it is not there.
    pub fn to_vec(&self, items: impl IntoIterator<Item = Item>) -> Result<Vec<u8>, WriteError> {
        let mut file = tempfile::tempfile()?;
        self.write(&file, items.into_iter().map(Ok))?;
        file.rewind()?;
        let mut archive = Vec::new();
        file.read_to_end(&mut archive)?;
        Ok(archive)
    }

    /// Writes an archive of everything below `dir` into the file `archive`, in the order of names.
    /// Hard links are stored as the format can: as links, or as copies.
    ///
    /// # Errors
    ///
    /// As for [`to_vec`](Self::to_vec), and when a file cannot be read or written.
    pub fn write_tree(
        &self,
        dir: impl AsRef<Path>,
        archive: impl AsRef<Path>,
    ) -> Result<(), WriteError> {
        let links = walk::HardLinks::of_format(&self.format);
        let paths = walk::paths(dir.as_ref())?;
        let items = walk::items(dir.as_ref(), &paths, links)?;
        self.write(&File::create(archive)?, items)
    }

    fn write(
        &self,
        file: &File,
        items: impl Iterator<Item = io::Result<Item>>,
    ) -> Result<(), WriteError> {
        let mut writer = raw::Writer::new(self)?;
        writer.open(file.as_fd())?;
        for item in items {
            writer.write(&item?)?;
        }
        writer.close()
    }
}

/// Why a sample could not be written.
#[derive(Debug)]
pub struct WriteError {
    op: &'static str,
    code: i32,
    message: String,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}: {}", self.op, self.code, self.message)
    }
}

impl error::Error for WriteError {}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self {
            op: "the file system",
            code: error.raw_os_error().unwrap_or(-1),
            message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, fs};

    use anyarchive::Reader;

    use super::*;

    /// What every format takes: some hold only files, or only one.
    fn one_file() -> [Item; 1] {
        [Item::file("file", "some text\n")]
    }

    #[test]
    fn every_format_but_optional_ones_is_written() {
        let formats = formats();
        for name in FORMATS {
            if *name == "xar" && !formats.contains(name) {
                continue;
            }
            let archive = Spec::new(*name).to_vec(one_file());
            assert!(!archive.expect(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn every_filter_that_is_there_is_written() {
        let filters = filters();
        for name in ["b64encode", "compress", "uuencode"] {
            assert!(filters.contains(&name), "{name} needs no library");
        }
        for name in filters {
            let spec = Spec::new("ustar").filter(name);
            assert!(!spec.to_vec(one_file()).expect(name).is_empty(), "{name}");
        }
    }

    /// Every file of a tree comes back with its data, under each of its names.
    #[test]
    fn trees_are_complete_in_every_format() {
        let dir = tempfile::tempdir().unwrap();
        let (tree, path) = (dir.path().join("tree"), dir.path().join("archive"));
        crate::make_tree(&tree, 130, 1).unwrap();
        let paths = walk::paths(&tree).unwrap();
        for format in [
            "7zip", "bin", "gnutar", "iso9660", "newc", "odc", "pax", "paxr", "ustar", "v7tar",
            "zip",
        ] {
            Spec::new(format).write_tree(&tree, &path).unwrap();
            let mut reader = Reader::open(&path).unwrap();
            let (mut data, mut links) = (HashMap::new(), Vec::new());
            while let Some(mut entry) = reader.next_entry().unwrap() {
                let name = entry.path().components().as_path().to_path_buf();
                let content = entry.read_to_vec().unwrap();
                if let Some(target) = entry.hardlink() {
                    links.push((name.clone(), target.into_owned(), content.len()));
                }
                data.insert(name, content);
            }
            for (name, target, len) in links {
                let (from, to) = if len == 0 {
                    (target, name)
                } else {
                    (name, target)
                };
                data.insert(to, data[&from].clone());
            }
            for name in &paths {
                let file = tree.join(name);
                let read = data
                    .get(name)
                    .unwrap_or_else(|| panic!("{format}: {name:?}"));
                if file.is_file() && !file.is_symlink() {
                    assert!(*read == fs::read(file).unwrap(), "{format}: {name:?}");
                }
            }
        }
    }

    #[test]
    fn every_kind_of_item_is_written() {
        let items = [
            Item::file("file", "data")
                .mode(0o4750)
                .mtime(-1, 5)
                .owner(1000, 2000),
            Item::directory("dir").mode(0o1777),
            Item::symlink("symlink", "file"),
            Item::hard_link("hard link", "file"),
            Item::new("char", Content::CharDevice(1, 3)),
            Item::new("block", Content::BlockDevice(8, 1)),
            Item::new("fifo", Content::Fifo),
        ];
        let archive = Spec::new("pax").to_vec(items).unwrap();
        let mut reader = Reader::from_bytes(archive).unwrap();
        let mut found = String::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            let (path, kind) = (entry.path(), entry.file_type().letter());
            let (mode, uid, rdev) = (entry.mode(), entry.uid().unwrap(), entry.rdev());
            let time = entry.mtime().map(|time| (time.seconds, time.nanoseconds));
            let link = entry
                .hardlink_bytes()
                .or(entry.symlink_bytes())
                .unwrap_or_default();
            let link = link.escape_ascii();
            found += &format!("{kind} {mode:o} {uid} {path:?} {link} {rdev:?} {time:?}\n");
        }
        let usual = "Some((1600000000, 0))";
        let expected = [
            "- 4750 1000 \"file\"  None Some((-1, 5))".to_owned(),
            format!("d 1777 0 \"dir/\"  None {usual}"),
            format!("l 777 0 \"symlink\" file None {usual}"),
            // The archive does not say what the target is.
            format!("? 644 0 \"hard link\" file None {usual}"),
            format!("c 644 0 \"char\"  Some((1, 3)) {usual}"),
            format!("b 644 0 \"block\"  Some((8, 1)) {usual}"),
            format!("p 644 0 \"fifo\"  None {usual}"),
        ];
        assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_crashes_writers_is_refused() {
        let spec = Spec::new("pax");
        assert!(spec.to_vec([Item::file("", "")]).is_err());
        assert!(spec.to_vec([Item::file("a\0b", "")]).is_err());
        assert!(spec.to_vec([Item::symlink("a", "")]).is_err());
    }

    #[test]
    fn a_filter_that_needs_a_program_is_refused() {
        let error = Spec::new("ustar").filter("grzip").to_vec(one_file());
        assert_eq!(error.unwrap_err().op, "archive_write_add_filter_by_name");
    }
}
