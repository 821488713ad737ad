//! Which metadata a format keeps.

use std::fmt;

use bitflags::bitflags;

use super::{WriteFormat, quirks};
use crate::{DigestKind, EntryRef};

bitflags! {
    /// Kinds of metadata that some formats keep and others do not.
    ///
    /// `Display` lists them in words.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{MetadataFields, WriteFormat};
    ///
    /// let lost = WriteFormat::Pax.keeps() - WriteFormat::Zip.keeps();
    /// assert!(lost.contains(MetadataFields::XATTRS));
    /// assert_eq!(MetadataFields::XATTRS.to_string(), "extended attributes");
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct MetadataFields: u32 {
        /// Permission bits.
        const MODE = 1;
        /// Time of the last change of the data, in seconds.
        const MTIME = 1 << 1;
        /// What times have below a second, as finely as the entry has it.
        const SUBSECONDS = 1 << 2;
        /// Time of the last access.
        const ATIME = 1 << 3;
        /// Time of the last change of the metadata.
        const CTIME = 1 << 4;
        /// Time of creation.
        const BIRTHTIME = 1 << 5;
        /// Numbers of the owner and group.
        const OWNER_IDS = 1 << 6;
        /// Names of the owner and group.
        const OWNER_NAMES = 1 << 7;
        /// Extended attributes.
        const XATTRS = 1 << 8;
        /// Access control lists of POSIX.1e.
        const POSIX_ACL = 1 << 9;
        /// Access control lists of NFSv4.
        const NFS4_ACL = 1 << 10;
        /// Flags such as `nodump`.
        const FILE_FLAGS = 1 << 11;
        /// Where the holes of a sparse file are; the data is there all the same.
        const SPARSE_MAP = 1 << 12;
        /// Checksums that the entry itself has.
        const DIGESTS = 1 << 13;
        /// The metadata of macOS, as one piece.
        const MAC_METADATA = 1 << 14;
        /// That two names are one file; the data is there all the same.
        const HARD_LINK = 1 << 15;
    }
}

impl MetadataFields {
    /// What is set in an entry, without a value that says nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, MetadataFields};
    ///
    /// let mut entry = EntryBuf::file("a", 1)?;
    /// entry.set_xattr("user.comment", "read me")?;
    /// assert!(MetadataFields::of(&entry).contains(MetadataFields::XATTRS));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn of(entry: &EntryRef) -> Self {
        let times = [
            (Self::MTIME, entry.mtime()),
            (Self::ATIME, entry.atime()),
            (Self::CTIME, entry.ctime()),
            (Self::BIRTHTIME, entry.birthtime()),
        ];
        let acl = entry.acl();
        let named = |name: Option<&[u8]>| name.is_some_and(|name| !name.is_empty());
        let mut fields = Self::empty();
        for (field, time) in times {
            fields.set(field, time.is_some());
        }
        let fine = times.iter().filter_map(|(_, time)| *time);
        fields.set(
            Self::SUBSECONDS,
            fine.into_iter().any(|time| time.nanoseconds != 0),
        );
        fields.set(Self::MODE, entry.mode_is_set());
        fields.set(
            Self::OWNER_IDS,
            entry.uid().is_some() || entry.gid().is_some(),
        );
        fields.set(
            Self::OWNER_NAMES,
            named(entry.uname_bytes()) || named(entry.gname_bytes()),
        );
        fields.set(Self::XATTRS, !entry.xattrs().is_empty());
        fields.set(Self::NFS4_ACL, acl.iter().any(|line| line.kind.is_nfs4()));
        fields.set(Self::POSIX_ACL, acl.iter().any(|line| !line.kind.is_nfs4()));
        fields.set(Self::FILE_FLAGS, entry.fflags() != (0, 0));
        fields.set(Self::SPARSE_MAP, !entry.sparse_map().is_empty());
        let digests = DigestKind::ALL.into_iter();
        fields.set(
            Self::DIGESTS,
            digests.into_iter().any(|kind| entry.digest(kind).is_some()),
        );
        fields.set(Self::MAC_METADATA, entry.mac_metadata().is_some());
        fields.set(Self::HARD_LINK, entry.hardlink_bytes().is_some());
        fields
    }
}

/// Names in words, joined by commas.
impl fmt::Display for MetadataFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for field in *self {
            if !std::mem::take(&mut first) {
                f.write_str(", ")?;
            }
            f.write_str(match field {
                Self::MODE => "mode",
                Self::MTIME => "time of change",
                Self::SUBSECONDS => "fractions of seconds",
                Self::ATIME => "time of access",
                Self::CTIME => "time of status change",
                Self::BIRTHTIME => "time of creation",
                Self::OWNER_IDS => "numbers of owners",
                Self::OWNER_NAMES => "names of owners",
                Self::XATTRS => "extended attributes",
                Self::POSIX_ACL => "POSIX access control lists",
                Self::NFS4_ACL => "NFSv4 access control lists",
                Self::FILE_FLAGS => "file flags",
                Self::SPARSE_MAP => "holes",
                Self::DIGESTS => "digests",
                Self::MAC_METADATA => "macOS metadata",
                Self::HARD_LINK => "hard links",
                _ => "others",
            })?;
        }
        Ok(())
    }
}

impl WriteFormat {
    /// The metadata that this format keeps of an entry it takes; `docs/formats.md` has the table, with
    /// what it refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{MetadataFields, WriteFormat};
    ///
    /// assert!(WriteFormat::Pax.keeps().contains(MetadataFields::POSIX_ACL));
    /// assert!(!WriteFormat::Ustar.keeps().contains(MetadataFields::SUBSECONDS));
    /// ```
    #[must_use]
    pub fn keeps(self) -> MetadataFields {
        self.rules().keeps
    }

    /// What is set in this entry and would be lost in this format. Of some fields that a format
    /// [keeps](Self::keeps) it loses some values: a time of creation after that of the last change, for
    /// one.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, MetadataFields, WriteFormat};
    ///
    /// let mut entry = EntryBuf::file("a", 1)?;
    /// entry.set_xattr("user.comment", "read me")?;
    /// assert_eq!(WriteFormat::Zip.loses(&entry), MetadataFields::XATTRS);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn loses(self, entry: &EntryRef) -> MetadataFields {
        let mut lost = MetadataFields::of(entry) - self.keeps();
        let times = [
            (MetadataFields::MTIME, entry.mtime()),
            (MetadataFields::ATIME, entry.atime()),
            (MetadataFields::CTIME, entry.ctime()),
            (MetadataFields::BIRTHTIME, entry.birthtime()),
        ];
        // Of a time that is lost altogether nobody misses the fraction.
        let step = self.rules().time_step;
        let cut = times.into_iter().any(|(field, time)| {
            self.keeps().contains(field) && time.is_some_and(|time| time.nanoseconds % step != 0)
        });
        lost.set(MetadataFields::SUBSECONDS, cut);
        lost | quirks::lost(self, entry)
    }
}
