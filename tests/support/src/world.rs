//! A destination with something outside that must stay as it is.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    thread,
};

use crate::samples::{Item, Spec};
use anyarchive::{Extractor, Item as Told, Outcome, Reader, Refusal, Report};
use rustix::fs::Mode;
use tempfile::TempDir;

/// The destination `d` beside the directory `outside`. When it is dropped, everything but the
/// destination is compared with what was there before.
#[derive(Debug)]
pub struct World {
    top: TempDir,
    before: Vec<String>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// One with an empty destination.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// One that `prepare` changes first; it gets the directory that holds destination and outside.
    pub fn with(prepare: impl FnOnce(&Path)) -> Self {
        usual_umask();
        let top = tempfile::tempdir().unwrap();
        let outside = top.path().join("outside");
        fs::create_dir_all(outside.join("dir")).unwrap();
        fs::create_dir(outside.join("empty")).unwrap();
        fs::write(outside.join("secret"), "secret").unwrap();
        fs::write(outside.join("dir/inner"), "inner").unwrap();
        symlink("secret", outside.join("link")).unwrap();
        fs::create_dir(top.path().join("d")).unwrap();
        prepare(top.path());
        let before = snapshot(top.path());
        Self { top, before }
    }

    /// The directory that holds both.
    #[must_use]
    pub fn top(&self) -> &Path {
        self.top.path()
    }

    /// The directory outside.
    #[must_use]
    pub fn outside(&self) -> PathBuf {
        self.top().join("outside")
    }

    /// The destination, or what is in it.
    pub fn d(&self, path: impl AsRef<Path>) -> PathBuf {
        self.top().join("d").join(path)
    }

    /// Extracts a tar archive of these entries.
    pub fn extract(&self, items: impl IntoIterator<Item = Item>) -> Report {
        self.extract_from("pax", items)
    }

    /// Extracts an archive of these entries in a format of [`samples`](crate::samples).
    pub fn extract_from(&self, format: &str, items: impl IntoIterator<Item = Item>) -> Report {
        self.extract_with(&mut Extractor::new(), format, items)
    }

    /// Extracts with settings.
    pub fn extract_with(
        &self,
        extractor: &mut Extractor,
        format: &str,
        items: impl IntoIterator<Item = Item>,
    ) -> Report {
        let archive = Spec::new(format).to_vec(items).unwrap();
        // Before each extraction, a dry run of the same: it foresees all of it and changes nothing.
        let before = tree(&self.d(""));
        *extractor = std::mem::take(extractor).dry_run(true);
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let foreseen = extractor.extract(&mut reader, self.d("")).unwrap();
        assert_eq!(tree(&self.d("")), before, "the dry run changed something");
        *extractor = std::mem::take(extractor).dry_run(false);
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let report = extractor.extract(&mut reader, self.d("")).unwrap();
        assert_eq!(told(&foreseen), told(&report));
        report
    }

    /// The content of a regular file in the destination.
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.d(path);
        assert!(
            fs::symlink_metadata(&path).unwrap().is_file(),
            "{path:?} is no regular file"
        );
        fs::read_to_string(path).unwrap()
    }

    /// The metadata of something in the destination, which may be a symbolic link.
    pub fn metadata(&self, path: impl AsRef<Path>) -> fs::Metadata {
        fs::symlink_metadata(self.d(path)).unwrap()
    }

    /// Its permissions and the bits above.
    pub fn mode(&self, path: impl AsRef<Path>) -> u32 {
        self.metadata(path).mode() & 0o7777
    }

    /// Names in the destination.
    pub fn names(&self) -> Vec<String> {
        names(&self.d(""))
    }
}

/// What the modes are meant for that tests expect, whatever the umask of who runs them is. It is the
/// same for all tests of this program.
pub fn usual_umask() {
    rustix::process::umask(Mode::from_bits_retain(0o022));
}

impl Drop for World {
    fn drop(&mut self) {
        if !thread::panicking() {
            assert_eq!(
                snapshot(self.top()),
                self.before,
                "something outside changed"
            );
        }
        unlock(&self.d(""));
    }
}

/// So that the directory can be removed by others than root.
pub fn unlock(dir: &Path) {
    let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unlock(&entry.path());
        }
    }
}

/// Names in a directory, sorted.
pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What a report tells.
#[must_use]
pub fn told(report: &Report) -> (u64, u64, Vec<String>) {
    let items = report.items().iter().map(ToString::to_string);
    (report.entries(), report.bytes(), items.collect())
}

/// All that can be seen of everything in `d`. The time of the last change of an inode tells also what
/// leaves no other trace, such as a link that was made and removed.
#[must_use]
pub fn tree(top: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![top.to_path_buf()];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            open.extend(names(&path).into_iter().map(|name| path.join(name)));
        }
        lines.push(format!(
            "{path:?} {} {:o} {}.{}",
            metadata.ino(),
            metadata.mode(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ));
    }
    lines
}

/// All that can be seen of everything in a directory but what is in `d`. The time of the last change
/// of an inode tells also what leaves no other trace, such as a link that was made and removed.
fn snapshot(top: &Path) -> Vec<String> {
    let mut lines = vec![format!("{:?}", names(top))];
    let mut open = vec![top.join("outside")];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let content = if metadata.is_dir() {
            open.extend(names(&path).into_iter().map(|name| path.join(name)));
            names(&path).join(" ")
        } else if metadata.is_symlink() {
            fs::read_link(&path).unwrap().display().to_string()
        } else {
            fs::read_to_string(&path).unwrap()
        };
        lines.push(format!(
            "{path:?} {:o} {}:{} links {} modified {}.{} changed {}.{} {content}",
            metadata.mode(),
            metadata.uid(),
            metadata.gid(),
            metadata.nlink(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ));
    }
    lines
}

/// What was refused, in order.
pub fn refusals(report: &Report) -> Vec<(String, Refusal)> {
    report
        .refused()
        .map(|item| match item.outcome() {
            Outcome::Refused(reason) => (path_of(item), *reason),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn path_of(item: &Told) -> String {
    String::from_utf8_lossy(item.path_bytes()).into_owned()
}

/// The one item of a report, as text.
pub fn only_item(report: &Report) -> String {
    let items: Vec<_> = report.items().iter().map(ToString::to_string).collect();
    assert_eq!(items.len(), 1, "{items:?}");
    items.into_iter().next().unwrap()
}

/// Nothing was left out, and there is nothing to remark.
pub fn is_silent(report: &Report) {
    let items: Vec<_> = report.items().iter().map(ToString::to_string).collect();
    assert_eq!(items, Vec::<String>::new());
}
