//! Options of formats, typed and as text.

use std::ffi::CString;

use crate::{
    Error, ErrorKind, Result,
    ffi::{Status, read::NewReader},
};

/// An option of the formats, for [`ReaderBuilder::set`](super::ReaderBuilder::set). Opening fails
/// when no enabled format has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadOption {
    /// Names that do not say their charset are in this one, such as `CP932` or `KOI8-R`: in tar,
    /// ZIP, cpio, LHA, RAR and cabinets.
    NameCharset(String),
    /// ZIP: deliver data whose CRC-32 is wrong. Off unless set.
    ZipIgnoreCrc32(bool),
    /// tar: go on behind the end-of-archive mark, as `cat a.tar b.tar` makes archives. Off unless
    /// set.
    TarConcatenated(bool),
    /// tar and ZIP: take the files `._name` that macOS adds for metadata of the file they precede.
    /// On where libarchive runs on macOS, else off.
    MacMetadata(bool),
    /// tar, ZIP and cpio: read names as libarchive 2 wrote them. Off unless set.
    Libarchive2Names(bool),
    /// ISO 9660: use the Joliet names. On unless set.
    IsoJoliet(bool),
    /// ISO 9660: use the Rock Ridge names, modes and links. On unless set.
    IsoRockRidge(bool),
    /// cpio: binary archives are of PWB UNIX. Off unless set.
    CpioPwb(bool),
}

impl ReadOption {
    /// Module, if only one has it, key, and value; none is "off".
    fn parts(&self) -> (Option<&'static str>, &'static str, Option<&str>) {
        let switch = |on: bool| on.then_some("1");
        match self {
            Self::NameCharset(charset) => (None, "hdrcharset", Some(charset)),
            Self::ZipIgnoreCrc32(on) => (Some("zip"), "ignorecrc32", switch(*on)),
            Self::TarConcatenated(on) => (Some("tar"), "read_concatenated_archives", switch(*on)),
            Self::MacMetadata(on) => (None, "mac-ext", switch(*on)),
            Self::Libarchive2Names(on) => (None, "compat-2x", switch(*on)),
            Self::IsoJoliet(on) => (Some("iso9660"), "joliet", switch(*on)),
            Self::IsoRockRidge(on) => (Some("iso9660"), "rockridge", switch(*on)),
            Self::CpioPwb(on) => (Some("cpio"), "pwb", switch(*on)),
        }
    }
}

/// An option as it was given to the builder.
#[derive(Clone, Debug)]
pub(super) enum Setting {
    Typed(ReadOption),
    One {
        module: String,
        key: String,
        value: String,
    },
    Text(String),
}

impl Setting {
    pub(super) fn apply(&self, new: &mut NewReader) -> Result<Status> {
        match self {
            Self::Typed(option) => {
                let (module, key, value) = option.parts();
                let module = module.map(c_text).transpose()?;
                let value = value.map(c_text).transpose()?;
                new.set_option(module.as_deref(), &c_text(key)?, value.as_deref())
            }
            Self::One { module, key, value } => {
                refuse_checkfs(key)?;
                new.set_option(Some(&c_text(module)?), &c_text(key)?, Some(&c_text(value)?))
            }
            Self::Text(text) => {
                for option in text.split(',') {
                    let key = option.split('=').next().unwrap_or_default();
                    // "!key" switches off.
                    if !key.starts_with('!') {
                        refuse_checkfs(key.rsplit(':').next().unwrap_or_default())?;
                    }
                }
                new.set_options(&c_text(text)?)
            }
        }
    }
}

/// With it libarchive opens files of the disk that the archive names, as it reads.
fn refuse_checkfs(key: &str) -> Result<()> {
    if key.trim() == "checkfs" {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "the option checkfs lets an archive open files by name, so it is never passed on",
        ));
    }
    Ok(())
}

fn c_text(text: &str) -> Result<CString> {
    CString::new(text)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "an option has a NUL character"))
}
