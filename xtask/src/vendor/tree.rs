//! The wanted part of a source release, held in memory.
//!
//! Nothing reaches the disk before its digest was compared with the lock.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

/// No file of any release comes near this; it bounds what a hostile tarball can cost.
const MAX_FILE_BYTES: u64 = 64 << 20;
const MAX_TREE_BYTES: u64 = 512 << 20;
/// `xz -9` needs 65 MiB to decode.
const MAX_XZ_MEMORY_KIB: u32 = 256 << 10;

/// The parts of a release we use; each has its own digest in the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// `COPYING`, `libarchive/*.c`, `libarchive/*.h`: what is compiled.
    Source,
    /// `contrib/android/include/*.h`: what Android builds include on top.
    Android,
    /// `CMakeLists.txt` of every directory, and `build/`: what builds by cmake need on top.
    Cmake,
    /// `libarchive/test/*.uu`: upstream's reference archives.
    Tests,
}

/// Directories with a `CMakeLists.txt`, as their `test` has.
const CMAKE_DIRECTORIES: [&str; 5] = ["cat", "cpio", "libarchive", "tar", "unzip"];

impl Part {
    /// The part that the release's file `path` belongs to, if we use it.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let plain_name = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
        };
        let parts: Vec<&str> = path.split('/').collect();
        let part = match parts.as_slice() {
            ["COPYING"] => Self::Source,
            ["libarchive", name] if name.ends_with(".c") || name.ends_with(".h") => Self::Source,
            ["contrib", "android", "include", name] if name.ends_with(".h") => Self::Android,
            ["CMakeLists.txt"] | ["build", "version"] | ["build", "cmake" | "pkgconfig", _] => {
                Self::Cmake
            }
            [directory, "CMakeLists.txt"] | [directory, "test", "CMakeLists.txt"]
                if CMAKE_DIRECTORIES.contains(directory) =>
            {
                Self::Cmake
            }
            ["libarchive", "test", name] if name.ends_with(".uu") => Self::Tests,
            _ => return None,
        };
        parts
            .last()
            .is_some_and(|name| plain_name(name))
            .then_some(part)
    }
}

/// The used files of a release by path inside the release, in C-locale order.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// Reads a release tarball: `.tar.xz`, `.tar.gz` or plain `.tar`.
    pub(crate) fn from_tarball(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"\xfd7zXZ\0") {
            Self::from_tar(lzma_rust2::XzReader::new_mem_limit(
                bytes,
                true,
                MAX_XZ_MEMORY_KIB,
            ))
        } else if bytes.starts_with(b"\x1f\x8b") {
            Self::from_tar(flate2::read::MultiGzDecoder::new(bytes))
        } else {
            Self::from_tar(bytes)
        }
    }

    fn from_tar(reader: impl Read) -> Result<Self> {
        let mut tree = Self::default();
        let mut total = 0;
        let mut top_directory: Option<String> = None;
        let mut archive = tar::Archive::new(reader);
        for entry in archive.entries().context("not a tar archive")? {
            let mut entry = entry.context("damaged tar archive")?;
            let path = entry.path_bytes().into_owned();
            // Everything lies in one directory; a member elsewhere cannot be ours.
            let Some((top, path)) = split_member(&path) else {
                continue;
            };
            if Part::of(path).is_none() || !entry.header().entry_type().is_file() {
                continue;
            }
            if top_directory.get_or_insert_with(|| top.to_owned()) != top {
                bail!("two top directories in one tarball: {top_directory:?} and {top:?}");
            }
            ensure!(
                entry.size() <= MAX_FILE_BYTES,
                "{path} claims {} bytes",
                entry.size()
            );
            total += entry.size();
            ensure!(
                total <= MAX_TREE_BYTES,
                "more than {MAX_TREE_BYTES} bytes of source"
            );
            let mut bytes = Vec::new();
            entry
                .read_to_end(&mut bytes)
                .with_context(|| format!("{path} cannot be read"))?;
            tree.insert(path, bytes)?;
        }
        Ok(tree)
    }

    /// Reads an unpacked release.
    pub(crate) fn from_directory(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let fixed = [
            "",
            "build",
            "build/cmake",
            "build/pkgconfig",
            "contrib/android/include",
        ];
        let fixed = fixed.map(str::to_owned).into_iter();
        let others = CMAKE_DIRECTORIES
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("{name}/test")]);
        for directory in fixed.chain(others) {
            let listing = match fs::read_dir(root.join(&directory)) {
                Ok(listing) => listing,
                // A tree without one of the parts has that part's digest wrong.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e).with_context(|| format!("cannot list {directory}")),
            };
            for item in listing {
                let item = item?;
                let Some(name) = item.file_name().to_str().map(str::to_owned) else {
                    continue;
                };
                let path = if directory.is_empty() {
                    name
                } else {
                    format!("{directory}/{name}")
                };
                if Part::of(&path).is_some() && item.file_type()?.is_file() {
                    let bytes =
                        fs::read(item.path()).with_context(|| format!("cannot read {path}"))?;
                    tree.insert(&path, bytes)?;
                }
            }
        }
        Ok(tree)
    }

    pub(crate) fn insert(&mut self, path: &str, bytes: Vec<u8>) -> Result<()> {
        ensure!(
            self.files.insert(path.to_owned(), bytes).is_none(),
            "{path} is there twice"
        );
        Ok(())
    }

    /// The files of one part, in C-locale order.
    pub(crate) fn part(&self, part: Part) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .filter(move |(path, _)| Part::of(path) == Some(part))
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The digest the lock records: sha256 over the lines `sha256sum` prints
    /// for the files of the part in C-locale order.
    pub(crate) fn digest(&self, part: Part) -> String {
        let mut lines = Sha256::new();
        for (path, bytes) in self.part(part) {
            lines.update(format!("{}  {path}\n", sha256_hex(bytes)));
        }
        hex(&lines.finalize())
    }
}

/// Splits `TOP/REST` and refuses everything that is not plain names.
fn split_member(path: &[u8]) -> Option<(&str, &str)> {
    let path = str::from_utf8(path).ok()?;
    let plain = Path::new(path)
        .components()
        .all(|c| matches!(c, Component::Normal(_)));
    path.split_once('/')
        .filter(|(top, rest)| plain && !top.is_empty() && !rest.is_empty())
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tarball(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            // `set_path` refuses the hostile names that the tests are about.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.files.keys().map(String::as_str).collect()
    }

    #[test]
    fn only_the_wanted_files_are_taken() {
        let bytes = tarball(&[
            ("r-1/COPYING", b"c"),
            ("r-1/README", b"no"),
            ("r-1/libarchive/archive.h", b"h"),
            ("r-1/libarchive/archive.3", b"no"),
            ("r-1/libarchive/sub/archive.h", b"no"),
            ("r-1/libarchive/test/a.tar.uu", b"u"),
            ("r-1/libarchive/test/test.h", b"no"),
            ("r-1/contrib/android/include/a.h", b"a"),
            ("r-1/tar/bsdtar.c", b"no"),
            ("r-1/tar/test/CMakeLists.txt", b"m"),
            ("r-1/build/version", b"v"),
            ("r-1/build/cmake/a.cmake", b"k"),
            ("r-1/build/autogen.sh", b"no"),
            ("r-1/examples/CMakeLists.txt", b"no"),
        ]);
        let tree = Tree::from_tarball(&bytes).unwrap();
        assert_eq!(
            paths(&tree),
            [
                "COPYING",
                "build/cmake/a.cmake",
                "build/version",
                "contrib/android/include/a.h",
                "libarchive/archive.h",
                "libarchive/test/a.tar.uu",
                "tar/test/CMakeLists.txt"
            ]
        );
    }

    #[test]
    fn names_that_leave_the_directory_are_never_taken() {
        let bytes = tarball(&[
            ("/COPYING", b"x"),
            ("../COPYING", b"x"),
            ("r-1/../COPYING", b"x"),
            ("./COPYING", b"x"),
            ("r-1/libarchive/../../x.c", b"x"),
            ("r-1/libarchive/..\\x.c", b"x"),
            ("r-1/libarchive/c:x.c", b"x"),
        ]);
        assert_eq!(
            paths(&Tree::from_tarball(&bytes).unwrap()),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn links_are_not_files() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder
            .append_link(&mut header, "r-1/libarchive/a.c", "/etc/passwd")
            .unwrap();
        let tree = Tree::from_tarball(&builder.into_inner().unwrap()).unwrap();
        assert_eq!(paths(&tree), Vec::<&str>::new());
    }

    #[test]
    fn a_file_given_twice_is_refused() {
        let bytes = tarball(&[("r-1/COPYING", b"a"), ("r-1/COPYING", b"b")]);
        let message = Tree::from_tarball(&bytes).unwrap_err().to_string();
        assert!(message.contains("COPYING"), "{message}");
    }

    #[test]
    fn a_second_top_directory_is_refused() {
        let bytes = tarball(&[("r-1/COPYING", b"a"), ("r-2/libarchive/a.c", b"b")]);
        assert!(Tree::from_tarball(&bytes).is_err());
    }

    #[test]
    fn a_cut_tarball_is_an_error() {
        let mut bytes = tarball(&[("r-1/COPYING", &[7; 2000])]);
        bytes.truncate(1500);
        assert!(Tree::from_tarball(&bytes).is_err());
    }

    #[test]
    fn the_digest_is_the_one_of_the_sha256sum_lines() {
        let mut tree = Tree::default();
        tree.insert("libarchive/b.h", b"".to_vec()).unwrap();
        tree.insert("libarchive/a.c", b"abc".to_vec()).unwrap();
        tree.insert("COPYING", b"x\n".to_vec()).unwrap();
        tree.insert("libarchive/test/t.uu", b"not part of it".to_vec())
            .unwrap();
        let lines = format!(
            "{}  COPYING\n{}  libarchive/a.c\n{}  libarchive/b.h\n",
            sha256_hex(b"x\n"),
            // FIPS 180-2 test vectors for "abc" and the empty message.
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        );
        assert_eq!(tree.digest(Part::Source), sha256_hex(lines.as_bytes()));
    }

    #[test]
    fn a_directory_gives_the_same_tree_as_a_tarball() {
        let members: &[(&str, &[u8])] = &[
            ("r/COPYING", b"c"),
            ("r/libarchive/a.c", b"int x;"),
            ("r/libarchive/test/t.uu", b"begin"),
            ("r/contrib/android/include/w.h", b"w"),
            ("r/CMakeLists.txt", b"m"),
            ("r/build/version", b"v"),
            ("r/build/cmake/a.cmake", b"k"),
            ("r/libarchive/CMakeLists.txt", b"l"),
            ("r/unzip/test/CMakeLists.txt", b"u"),
            ("r/libarchive/Makefile", b"no"),
        ];
        let directory = tempfile::tempdir().unwrap();
        for (path, bytes) in members {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let from_directory = Tree::from_directory(&directory.path().join("r")).unwrap();
        let from_tarball = Tree::from_tarball(&tarball(members)).unwrap();
        assert_eq!(from_directory.files, from_tarball.files);
    }

    #[test]
    fn gzip_and_xz_tarballs_are_recognised() {
        use std::io::Write as _;
        let plain = tarball(&[("r-1/COPYING", b"c")]);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&plain).unwrap();
        let tree = Tree::from_tarball(&gz.finish().unwrap()).unwrap();
        assert_eq!(paths(&tree), ["COPYING"]);
        let mut xz =
            lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        xz.write_all(&plain).unwrap();
        let tree = Tree::from_tarball(&xz.finish().unwrap()).unwrap();
        assert_eq!(paths(&tree), ["COPYING"]);
    }
}
