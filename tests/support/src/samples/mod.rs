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
