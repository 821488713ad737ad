//! Feature `serde`.

use std::{ffi::CString, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    EntryBuf, EntryRef, FileType,
    metadata::{Metadata, Text},
    owned::{blob, full_text},
    set,
};
use crate::error::Result;

/// Text where the bytes are UTF-8, in formats for people; else bytes.
impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::deserialize(deserializer).map(Self)
    }
}

/// Bytes that are text as a rule.
pub(super) mod bytes {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) if to.is_human_readable() => to.serialize_str(text),
            _ => to.serialize_bytes(bytes),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        if from.is_human_readable() {
            from.deserialize_any(TextOrBytes)
        } else {
            from.deserialize_byte_buf(TextOrBytes)
        }
    }
}

/// [`bytes`] that need not be there.
pub(super) mod some_bytes {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        bytes
            .as_ref()
            .map(|bytes| Text(bytes.clone()))
            .serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Text>::deserialize(from)?.map(|text| text.0))
    }
}

struct TextOrBytes;

impl<'de> de::Visitor<'de> for TextOrBytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.as_bytes().to_vec())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

/// All metadata, as a map. Names and values of bytes are text where they are UTF-8, else numbers.
///
/// # Examples
///
/// ```
/// use anyarchive::EntryBuf;
///
/// let entry = EntryBuf::symlink("latest", "v2")?;
/// let json = serde_json::to_value(&*entry)?;
/// assert_eq!((&json["path"], &json["symlink"]), (&"latest".into(), &"v2".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for EntryRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Metadata::of(self).serialize(serializer)
    }
}

/// As for [`EntryRef`].
impl Serialize for EntryBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// What [`EntryRef`] serialises. Values that the setters refuse are errors.
///
/// # Examples
///
/// ```
/// use anyarchive::EntryBuf;
///
/// let json = r#"{ "path": "hello.txt", "file_type": "file", "mode": 420, "size": 6 }"#;
/// let entry: EntryBuf = serde_json::from_str(json)?;
/// assert_eq!((entry.path_bytes(), entry.mode()), (&b"hello.txt"[..], 0o644));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'de> Deserialize<'de> for EntryBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let metadata = Metadata::deserialize(deserializer)?;
        apply(metadata).map_err(|error| de::Error::custom(format_args!("{error}")))
    }
}

fn apply(from: Metadata) -> Result<EntryBuf> {
    let mut entry = EntryBuf::empty()?;
    // An entry of a reader can be without path.
    if !from.path.0.is_empty() {
        entry.set_path_bytes(&from.path.0)?;
    }
    if let Some(target) = &from.symlink {
        entry.set_symlink_bytes(&target.0)?;
    }
    if let Some(target) = &from.hardlink {
        entry.set_hardlink_bytes(&target.0)?;
    }
    if from.hardlink.is_some() && from.file_type == FileType::Symlink {
        // A further name of a symbolic link, as cpio has it.
        set::set_filetype(&mut entry, FileType::Symlink.code());
    } else {
        entry.set_file_type(from.file_type)?;
    }
    if let Some(mode) = from.mode {
        entry.set_mode(mode)?;
    }
    entry
        .set_size(from.size)?
        .set_symlink_type(from.symlink_type)
        .set_mtime(from.mtime)?
        .set_atime(from.atime)?
        .set_ctime(from.ctime)?
        .set_birthtime(from.birthtime)?
        .set_nlink(from.nlink)
        .set_encrypted(from.encrypted)
        .set_metadata_encrypted(from.metadata_encrypted)
        .set_acl(&from.acl)?;
    let ranges: Vec<_> = from
        .sparse_map
        .iter()
        .map(|&(start, end)| start..end)
        .collect();
    entry.set_sparse_map(&ranges)?;
    if let Some(uid) = from.uid {
        entry.set_uid(uid)?;
    }
    if let Some(gid) = from.gid {
        entry.set_gid(gid)?;
    }
    entry.set_uname(from.uname.unwrap_or_default().0)?;
    entry.set_gname(from.gname.unwrap_or_default().0)?;
    if let Some((major, minor)) = from.dev {
        entry.set_dev(major, minor)?;
    }
    if let Some((major, minor)) = from.rdev {
        entry.set_rdev(major, minor)?;
    }
    if let Some(ino) = from.ino {
        entry.set_ino(ino)?;
    }
    if let Some(flags) = &from.fflags {
        // Flags of another system are kept as text, as they are in archives.
        let flags: CString = full_text("text of file flags", flags.as_bytes())?;
        set::copy_fflags_text(&mut entry, &flags);
    }
    for xattr in &from.xattrs {
        full_text("name of an extended attribute", &xattr.name)?;
        blob("value of an extended attribute", &xattr.value)?;
    }
    entry.replace_xattrs(&from.xattrs);
    for (kind, digest) in &from.digests {
        entry.set_digest(*kind, digest)?;
    }
    entry.set_mac_metadata(from.mac_metadata.unwrap_or_default())?;
    Ok(entry)
}
