//! Entries and totals as JSON.

use std::fmt::Write as _;

use anyarchive::{EntryRef, FileType};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{exit::Failure, output::is_deceptive};

/// A string of the archive under `KEY`, and its bytes in base64 under `KEY_bytes` when it is not
/// UTF-8.
struct Text<'a>(&'a [u8]);

/// What `list --json` tells of an entry. The order of fields is the order in the output.
pub(crate) struct EntryLine<'a> {
    pub(crate) entry: &'a EntryRef,
    pub(crate) warning: Option<&'a str>,
}

impl Serialize for EntryLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = self.entry;
        let link = entry.hardlink_bytes().or_else(|| entry.symlink_bytes());
        let mut map = serializer.serialize_map(None)?;
        Text(entry.path_bytes()).put(&mut map, "path", "path_bytes")?;
        map.serialize_entry("type", type_name(entry))?;
        map.serialize_entry("size", &entry.size())?;
        map.serialize_entry("mode", &entry.mode())?;
        map.serialize_entry("uid", &entry.uid())?;
        map.serialize_entry("gid", &entry.gid())?;
        put_option(&mut map, entry.uname_bytes(), "uname", "uname_bytes")?;
        put_option(&mut map, entry.gname_bytes(), "gname", "gname_bytes")?;
        map.serialize_entry("mtime", &entry.mtime().map(Time))?;
        put_option(&mut map, link, "linkname", "linkname_bytes")?;
        if let Some((major, minor)) = entry.rdev() {
            map.serialize_entry("device", &[major, minor])?;
        }
        map.serialize_entry("encrypted", &entry.is_encrypted())?;
        if let Some(warning) = self.warning {
            map.serialize_entry("warning", warning)?;
        }
        map.end()
    }
}

/// A time that keeps its nanoseconds and any year.
struct Time(anyarchive::Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("seconds", &self.0.seconds)?;
        map.serialize_entry("nanoseconds", &self.0.nanoseconds)?;
        map.end()
    }
}

impl Text<'_> {
    fn put<M: SerializeMap>(
        &self,
        map: &mut M,
        key: &'static str,
        bytes_key: &'static str,
    ) -> Result<(), M::Error> {
        map.serialize_entry(key, &String::from_utf8_lossy(self.0))?;
        if std::str::from_utf8(self.0).is_err() {
            map.serialize_entry(bytes_key, &BASE64.encode(self.0))?;
        }
        Ok(())
    }
}

fn put_option<M: SerializeMap>(
    map: &mut M,
    text: Option<&[u8]>,
    key: &'static str,
    bytes_key: &'static str,
) -> Result<(), M::Error> {
    match text {
        Some(text) => Text(text).put(map, key, bytes_key),
        None => map.serialize_entry(key, &None::<&str>),
    }
}

/// What an entry is, in a word. A hard link is told as one whatever its target is.
pub(crate) fn type_name(entry: &EntryRef) -> &'static str {
    if entry.hardlink_bytes().is_some() {
        return "hardlink";
    }
    match entry.file_type() {
        FileType::File => "file",
        FileType::Directory => "directory",
        FileType::Symlink => "symlink",
        FileType::CharDevice => "char-device",
        FileType::BlockDevice => "block-device",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
        _ => "unknown",
    }
}

/// One line of JSON. What could confuse a terminal is written as `\uXXXX`, which reads back as the
/// same.
pub(crate) fn line(value: &impl Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string(value).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(harmless(&json))
}

/// JSON in which what could confuse a terminal is written as `\uXXXX`.
pub(crate) fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Outside strings JSON is plain ASCII, so each of these is inside one.
        if c == '\x7f' || is_deceptive(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}"); // a String takes everything
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_string_reads_back_and_shows_safely() {
        let text = "\x1b[0m\n\x7f\u{9b}\u{202e}\u{e0041}\"\\ ü 日";
        let json = line(&text).unwrap();
        assert!(!json.chars().any(|c| c.is_control() || is_deceptive(c)));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
