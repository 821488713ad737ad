//! What is allowed, and what happens to what is there.

use bitflags::bitflags;

use super::{Limits, Ownership, Permissions, Restore};

/// What happens when something has the name of an entry.
///
/// A directory that is there is used for an entry that is a directory, whatever is set here; only
/// [`Overwrite`](Self::Overwrite) gives it the mode and time of the entry. A directory is never
/// removed with what is in it.
///
/// # Examples
///
/// ```
/// use anyarchive::{Existing, Extractor, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut extractor = Extractor::new().existing(Existing::Error);
/// assert!(extractor.extract(&mut Reader::from_bytes(archive)?, out)?.is_clean());
/// assert!(!extractor.extract(&mut Reader::from_bytes(archive)?, out)?.is_clean());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Existing {
    /// The entry takes its place. What is there is never written into, so hard links to it elsewhere
    /// keep their content, and a file or symbolic link is exchanged for a new file only when that is
    /// whole: an entry that turns out to be damaged costs nothing. Before an entry of another kind
    /// it is removed (an empty directory too). Of two entries with one name the last stays.
    #[default]
    Overwrite,
    /// It stays, and the entry is [skipped](crate::Skip::Exists).
    Keep,
    /// It stays, and the entry is [skipped](crate::Skip::Newer), unless its time of modification is
    /// before that of the entry: then as [`Overwrite`](Self::Overwrite). An entry without a time
    /// counts as older.
    KeepNewer,
    /// It stays, and the entry gets another name with a [remark](crate::Outcome::Warned): `.1` or
    /// the next free number behind its own. Hard links to the entry follow it there. A directory
    /// whose name something else has [fails](crate::Outcome::Failed).
    Rename,
    /// It stays, and the entry [fails](crate::Outcome::Failed).
    Error,
}

/// What happens to symbolic links. Whatever is chosen, none is ever followed in order to write.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, Symlinks};
///
/// // For a web server's upload directory.
/// let extractor = Extractor::new().symlinks(Symlinks::Refuse);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symlinks {
    /// Those that stay inside are made, the others refused: relative, every `..` in front, and no
    /// more of these than the link is deep.
    #[default]
    Inside,
    /// All are made as they are. Who follows them later can be led anywhere.
    Allow,
    /// None is made; each is [skipped](crate::Skip::Symlink).
    Skip,
    /// None is made; each is [refused](crate::Refusal::Symlink).
    Refuse,
}

/// What happens to hard links.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, HardLinks};
///
/// let extractor = Extractor::new().hard_links(HardLinks::Skip);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HardLinks {
    /// Those to regular files inside are made (or copied, with a remark, where the file system has
    /// no hard links), the others refused.
    #[default]
    Inside,
    /// None is made; each is [skipped](crate::Skip::HardLink).
    Skip,
    /// None is made; each is [refused](crate::Refusal::HardLink).
    Refuse,
}

/// What happens to entries with absolute paths.
///
/// # Examples
///
/// ```
/// use anyarchive::{AbsolutePaths, Extractor};
///
/// // /etc/motd becomes etc/motd
/// let extractor = Extractor::new().absolute_paths(AbsolutePaths::MakeRelative);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AbsolutePaths {
    /// They are [refused](crate::Refusal::AbsolutePath).
    #[default]
    Refuse,
    /// They are extracted without the slashes in front, with a remark; so are what hard links link
    /// to. Targets of symbolic links stay as they are.
    MakeRelative,
}

/// What names are good ones.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, PathRules};
///
/// // For a directory that Windows users see too.
/// let extractor = Extractor::new().path_rules(PathRules::Portable);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathRules {
    /// Whatever this system takes. On Unix `C:\x` is one name, like any other.
    #[default]
    Native,
    /// Only what is the same name on Windows: [refused](crate::Refusal::NotPortable) are drive
    /// letters, backslashes and with them UNC paths, `:` and other characters that Windows forbids,
    /// names of devices such as `NUL` or `com1.txt`, and names that end in a dot or space.
    Portable,
}

/// What happens to names that come twice, exactly or nearly.
///
/// All but [`Allow`](Self::Allow) remember every name: some 32 bytes for each entry.
///
/// # Examples
///
/// ```
/// use anyarchive::{Duplicates, Extractor};
///
/// let extractor = Extractor::new().duplicates(Duplicates::RefuseTwins);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Duplicates {
    /// The later entry finds the name taken, and [`Existing`] decides. Names that differ in case are
    /// what the file system makes of them.
    #[default]
    Allow,
    /// An entry whose path an earlier one had is [refused](crate::Refusal::Duplicate), unless both
    /// are directories.
    Refuse,
    /// So is one whose path differs from an earlier one in nothing but case, or in how Unicode
    /// characters are composed: [`Refusal::Twin`](crate::Refusal::Twin). Directories on the way
    /// count.
    RefuseTwins,
}

bitflags! {
    /// What is dangerous and only done when asked for by name.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Allow, Extractor};
    ///
    /// // A system's backup, restored by root.
    /// let extractor = Extractor::new()
    ///     .allow(Allow::DEVICES | Allow::FIFOS | Allow::SETUID | Allow::SETGID | Allow::STICKY);
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Allow: u32 {
        /// Named pipes. Who opens one to read waits until somebody writes.
        const FIFOS = 1;
        /// Sockets, dead ones as far as archives go.
        const SOCKETS = 1 << 1;
        /// Character and block devices. As a rule only root can make them.
        const DEVICES = 1 << 2;
        /// The setuid bit of files: they run as their owner. Dropped all the same when the owner
        /// was to be restored and could not be.
        const SETUID = 1 << 3;
        /// The setgid bit of files and directories. Dropped as [`SETUID`](Self::SETUID) is.
        const SETGID = 1 << 4;
        /// The sticky bit.
        const STICKY = 1 << 5;
        /// Extended attributes in the namespace `trusted.`, with [`Restore::XATTRS`]. Those in
        /// `security.`, capabilities among them, are never set.
        const TRUSTED_XATTRS = 1 << 6;
    }
}

/// The settings that decide about an entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    pub(super) strip_components: usize,
    pub(super) existing: Existing,
    pub(super) symlinks: Symlinks,
    pub(super) hard_links: HardLinks,
    pub(super) absolute_paths: AbsolutePaths,
    pub(super) path_rules: PathRules,
    pub(super) duplicates: Duplicates,
    pub(super) allow: Allow,
    pub(super) permissions: Permissions,
    pub(super) ownership: Ownership,
    pub(super) restore: Restore,
    pub(super) atomic: bool,
    pub(super) dry_run: bool,
    pub(super) limits: Limits,
}
