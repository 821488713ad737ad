//! The formats that can be written.

use std::{convert::Infallible, ffi::OsStr, fmt, path::Path};

use super::{WriteFilter, rules::Rules};
use crate::{
    Error, ErrorKind, Format, Result,
    ffi::{Status, write::NewWriter},
    version_number, version_string,
};

/// An archive format in the variant that is written.
///
/// A [`Format`] that can be written at all becomes the variant that keeps most: `Tar` becomes
/// [`Pax`](Self::Pax), `Cpio` [`CpioNewc`](Self::CpioNewc), `Ar` [`ArSvr4`](Self::ArSvr4) and
/// `Mtree` [`Mtree`](Self::Mtree).
///
/// # Examples
///
/// ```
/// use anyarchive::{Format, WriteFormat};
///
/// assert_eq!(WriteFormat::try_from(Format::Tar)?, WriteFormat::Pax);
/// assert!(WriteFormat::try_from(Format::Rar).is_err());
/// assert_eq!(WriteFormat::Pax.format(), Some(Format::Tar));
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[doc(alias = "archive_write_set_format")]
#[doc(alias = "archive_write_set_format_by_name")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteFormat {
    /// `ar` as BSD writes it.
    #[doc(alias = "archive_write_set_format_ar_bsd")]
    ArBsd,
    /// `ar` as of System V and GNU. Names above 15 bytes must be in an entry `//` before.
    #[doc(alias = "archive_write_set_format_ar_svr4")]
    ArSvr4,
    /// The binary `cpio` of version 7 Unix: 16-bit owners and inodes.
    #[doc(alias = "archive_write_set_format_cpio_bin")]
    CpioBin,
    /// The `cpio` of System V release 4, as of RPM packages and initial ramdisks.
    #[doc(alias = "archive_write_set_format_cpio_newc")]
    CpioNewc,
    /// The `cpio` of POSIX.1: octal, 18-bit owners.
    #[doc(alias = "archive_write_set_format_cpio")]
    #[doc(alias = "archive_write_set_format_cpio_odc")]
    CpioOdc,
    /// The binary `cpio` of PWB Unix: no symbolic links.
    #[doc(alias = "archive_write_set_format_cpio_pwb")]
    CpioPwb,
    /// `tar` as GNU writes it.
    #[doc(alias = "archive_write_set_format_gnutar")]
    GnuTar,
    /// An ISO 9660 image with Rock Ridge and Joliet.
    #[doc(alias = "archive_write_set_format_iso9660")]
    Iso9660,
    /// A `mtree` description: metadata, sizes and, by options, digests, but no data.
    #[doc(alias = "archive_write_set_format_mtree")]
    Mtree,
    /// The older `mtree`, with indented directories.
    #[doc(alias = "archive_write_set_format_mtree_classic")]
    MtreeClassic,
    /// `tar` with pax extensions wherever they say more: the `tar` that keeps most.
    #[doc(alias = "archive_write_set_format_pax")]
    Pax,
    /// `tar` with pax extensions only where an entry would be lost or wrong without: times are cut
    /// to seconds.
    #[doc(alias = "archive_write_set_format_pax_restricted")]
    PaxRestricted,
    /// One entry and nothing but its data: for a single compressed file.
    #[doc(alias = "archive_write_set_format_raw")]
    Raw,
    /// 7-Zip.
    #[doc(alias = "archive_write_set_format_7zip")]
    SevenZip,
    /// A shell script that unpacks itself; text files only.
    #[doc(alias = "archive_write_set_format_shar")]
    Shar,
    /// A shell script that unpacks itself with `uudecode`.
    #[doc(alias = "archive_write_set_format_shar_dump")]
    SharDump,
    /// `tar` of POSIX.1-1988: names up to 255 bytes, files up to 8 GiB.
    #[doc(alias = "archive_write_set_format_ustar")]
    Ustar,
    /// `tar` of version 7 Unix: names up to 99 bytes, no names of owners, no devices.
    #[doc(alias = "archive_write_set_format_v7tar")]
    V7Tar,
    /// Web archive: regular files, as resources.
    #[doc(alias = "archive_write_set_format_warc")]
    Warc,
    /// `xar`, as of macOS packages.
    #[doc(alias = "archive_write_set_format_xar")]
    Xar,
    /// ZIP.
    #[doc(alias = "archive_write_set_format_zip")]
    Zip,
}

/// What the library calls a format, and what belongs to it.
struct Row {
    format: WriteFormat,
    /// Its name here and on command lines.
    name: &'static str,
    /// Its module name in options.
    module: &'static str,
    read_as: Option<Format>,
    set: fn(&mut NewWriter) -> Result<Status>,
}

macro_rules! table {
    ($($format:ident $name:literal $module:literal $read_as:expr, $set:ident;)*) => {
        const TABLE: &[Row] = &[$(Row {
            format: WriteFormat::$format,
            name: $name,
            module: $module,
            read_as: $read_as,
            set: NewWriter::$set,
        }),*];
    };
}

table! {
    ArBsd "ar-bsd" "ar" Some(Format::Ar), set_format_ar_bsd;
    ArSvr4 "ar-svr4" "ar" Some(Format::Ar), set_format_ar_svr4;
    CpioBin "cpio-bin" "cpio" Some(Format::Cpio), set_format_cpio_bin;
    CpioNewc "cpio-newc" "cpio" Some(Format::Cpio), set_format_cpio_newc;
    CpioOdc "cpio-odc" "cpio" Some(Format::Cpio), set_format_cpio_odc;
    CpioPwb "cpio-pwb" "cpio" Some(Format::Cpio), set_format_cpio_pwb;
    GnuTar "gnutar" "gnutar" Some(Format::Tar), set_format_gnutar;
    Iso9660 "iso9660" "iso9660" Some(Format::Iso9660), set_format_iso9660;
    Mtree "mtree" "mtree" Some(Format::Mtree), set_format_mtree;
    MtreeClassic "mtree-classic" "mtree" Some(Format::Mtree), set_format_mtree_classic;
    Pax "pax" "pax" Some(Format::Tar), set_format_pax;
    PaxRestricted "pax-restricted" "pax" Some(Format::Tar), set_format_pax_restricted;
    Raw "raw" "raw" None, set_format_raw;
    SevenZip "7zip" "7zip" Some(Format::SevenZip), set_format_7zip;
    Shar "shar" "shar" None, set_format_shar;
    SharDump "shar-dump" "shar" None, set_format_shar_dump;
    Ustar "ustar" "ustar" Some(Format::Tar), set_format_ustar;
    V7Tar "v7tar" "tar (non-POSIX)" Some(Format::Tar), set_format_v7tar;
    Warc "warc" "WARC/1.0" Some(Format::Warc), set_format_warc;
    Xar "xar" "xar" Some(Format::Xar), set_format_xar;
    Zip "zip" "zip" Some(Format::Zip), set_format_zip;
}

/// What the end of a file name says about the archive; the first that fits counts.
const EXTENSIONS: &[(&str, WriteFormat, &[WriteFilter])] = &[
    (".tar", WriteFormat::Pax, &[]),
    (".tgz", WriteFormat::Pax, &[WriteFilter::Gzip]),
    (".taz", WriteFormat::Pax, &[WriteFilter::Gzip]),
    (".tbz", WriteFormat::Pax, &[WriteFilter::Bzip2]),
    (".tbz2", WriteFormat::Pax, &[WriteFilter::Bzip2]),
    (".tb2", WriteFormat::Pax, &[WriteFilter::Bzip2]),
    (".txz", WriteFormat::Pax, &[WriteFilter::Xz]),
    (".tzst", WriteFormat::Pax, &[WriteFilter::Zstd]),
    (".tlz", WriteFormat::Pax, &[WriteFilter::Lzma]),
    (".tlz4", WriteFormat::Pax, &[WriteFilter::Lz4]),
    (".tzo", WriteFormat::Pax, &[WriteFilter::Lzop]),
    (".taZ", WriteFormat::Pax, &[WriteFilter::Compress]),
    (".zip", WriteFormat::Zip, &[]),
    (".jar", WriteFormat::Zip, &[]),
    (".7z", WriteFormat::SevenZip, &[]),
    (".cpio", WriteFormat::CpioNewc, &[]),
    (".iso", WriteFormat::Iso9660, &[]),
    (".a", WriteFormat::ArSvr4, &[]),
    (".ar", WriteFormat::ArSvr4, &[]),
    (".xar", WriteFormat::Xar, &[]),
    (".mtree", WriteFormat::Mtree, &[]),
    (".shar", WriteFormat::Shar, &[]),
    (".warc", WriteFormat::Warc, &[]),
];

impl WriteFormat {
    /// All formats, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.format)
    }

    /// Whether the linked library can write this format; `xar` wants an XML library, and `iso9660`
    /// libarchive 3.8.9, since older ones overrun their memory.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory), and [`Unsupported`](ErrorKind::Unsupported) when
    /// there is no library.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::WriteFormat;
    ///
    /// assert!(WriteFormat::Zip.is_available()?);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn is_available(self) -> Result<bool> {
        let mut new = NewWriter::new()?;
        Ok(self.is_sound() && matches!((self.row().set)(&mut new), Ok(Status::Ok)))
    }

    /// The name of the variant: `pax`, `cpio-newc`, `7zip`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The family that a reader detects; `None` for [`Shar`](Self::Shar) and its like, which nobody
    /// reads, and for [`Raw`](Self::Raw).
    #[must_use]
    pub fn format(self) -> Option<Format> {
        self.row().read_as
    }

    /// The format and the filters that a file name asks for: `a.tar.zst`, `b.cpio.gz`, `c.zip`.
    /// `None` when its end says nothing; case does not count.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{WriteFilter, WriteFormat};
    ///
    /// let guess = WriteFormat::from_path("site.tar.zst");
    /// assert_eq!(guess, Some((WriteFormat::Pax, vec![WriteFilter::Zstd])));
    /// assert_eq!(WriteFormat::from_path("notes.txt"), None);
    /// ```
    #[doc(alias = "archive_write_set_format_filter_by_ext")]
    #[doc(alias = "archive_write_set_format_filter_by_ext_def")]
    #[must_use]
    pub fn from_path(path: impl AsRef<Path>) -> Option<(Self, Vec<WriteFilter>)> {
        let name = path.as_ref().file_name().and_then(OsStr::to_str)?;
        if let Some(guess) = Self::from_extension(name) {
            return Some(guess);
        }
        let filter = WriteFilter::from_extension(name)?;
        let (inner, _) = name.rsplit_once('.')?;
        let (format, mut filters) = Self::from_extension(inner)?;
        // The one named first is next to the format.
        filters.push(filter);
        Some((format, filters))
    }

    fn from_extension(name: &str) -> Option<(Self, Vec<WriteFilter>)> {
        let row = EXTENSIONS.iter().find(|(extension, ..)| {
            let at = name.len().checked_sub(extension.len());
            // ".taZ" and ".taz" differ; everything else is the same in capitals.
            at.is_some_and(|at| at > 0 && name.get(at..) == Some(extension))
        });
        let row = row.or_else(|| {
            let name = name.to_ascii_lowercase();
            EXTENSIONS
                .iter()
                .find(|(extension, ..)| name.len() > extension.len() && name.ends_with(extension))
        });
        row.map(|(_, format, filters)| (*format, filters.to_vec()))
    }

    /// What this format can hold.
    pub(super) fn rules(self) -> &'static Rules {
        Rules::of(self)
    }

    /// The name of the module that takes the format's options.
    pub(super) fn module(self) -> &'static str {
        self.row().module
    }

    /// Registers the format.
    pub(super) fn set(self, new: &mut NewWriter) -> Result<()> {
        let unsupported = || {
            Error::new(
                ErrorKind::Unsupported,
                format!("the linked libarchive cannot write {self}"),
            )
        };
        if !self.is_sound() {
            let version = version_string();
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{version} overruns its memory when it writes {self}; 3.8.9 does not"),
            ));
        }
        match (self.row().set)(new) {
            Ok(Status::Ok) => Ok(()),
            Ok(_) => Err(unsupported()),
            Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(error),
            // What C says is at most that it was built without something.
            Err(_) => Err(unsupported()),
        }
    }

    /// Whether the linked library keeps to its memory: before, long names and targets of links overran
    /// it in ISO 9660.
    fn is_sound(self) -> bool {
        self != Self::Iso9660 || version_number() >= 3_008_009
    }

    fn row(self) -> &'static Row {
        let position = TABLE.iter().position(|row| row.format == self);
        &TABLE[position.expect("every format has a row")]
    }
}

impl fmt::Display for WriteFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl TryFrom<Format> for WriteFormat {
    type Error = Error;

    fn try_from(format: Format) -> Result<Self> {
        Ok(match format {
            Format::Ar => Self::ArSvr4,
            Format::Cpio => Self::CpioNewc,
            Format::Iso9660 => Self::Iso9660,
            Format::Mtree => Self::Mtree,
            Format::SevenZip => Self::SevenZip,
            Format::Tar => Self::Pax,
            Format::Warc => Self::Warc,
            Format::Xar => Self::Xar,
            Format::Zip => Self::Zip,
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("libarchive reads {format} but does not write it"),
                ));
            }
        })
    }
}

/// So that a [`WriteFormat`] can stand wherever a [`Format`] can be tried.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_format_and_filters() {
        let guess = |name| WriteFormat::from_path(name);
        assert_eq!(guess("a.zip"), Some((WriteFormat::Zip, vec![])));
        assert_eq!(
            guess("dir.zip/A.TGZ"),
            Some((WriteFormat::Pax, vec![WriteFilter::Gzip]))
        );
        assert_eq!(
            guess("a.taZ"),
            Some((WriteFormat::Pax, vec![WriteFilter::Compress]))
        );
        assert_eq!(
            guess("a.tar.Z"),
            Some((WriteFormat::Pax, vec![WriteFilter::Compress]))
        );
        assert_eq!(
            guess("a.CPIO.xz"),
            Some((WriteFormat::CpioNewc, vec![WriteFilter::Xz]))
        );
        let two = vec![WriteFilter::Gzip, WriteFilter::Uuencode];
        assert_eq!(guess("a.tgz.uu"), Some((WriteFormat::Pax, two)));
        for nothing in ["a.gz", "a.rar", ".zip", "zip", "a", "tar.gz", "..", ""] {
            assert_eq!(guess(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_family_that_can_be_written_leads_to_a_variant_of_it() {
        for format in Format::all() {
            if let Ok(variant) = WriteFormat::try_from(format) {
                assert_eq!(variant.format(), Some(format));
            }
        }
    }
}
