//! What the libarchive in use can really do.

use std::{fmt, sync::OnceLock};

use crate::{
    Compression, Filter, Format, Password, Result, WriteFilter, WriteFormat, Writer, ZipEncryption,
    ffi::{Status, read::NewReader, version},
};

/// What the libarchive in use can really do; from [`capabilities`].
///
/// Releases and builds differ: a codec may be missing, a format may want a library that was not there.
/// What is listed here was tried, on handles that are thrown away.
///
/// `Display` is a table for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Version of libarchive, as `major * 1_000_000 + minor * 1_000 + patch`.
    pub version: u32,
    /// What libarchive says of itself and of the libraries in it.
    pub details: &'static str,
    /// Formats that can be read.
    pub read_formats: Vec<Format>,
    /// Filters that can be read without starting a program.
    pub read_filters: Vec<Filter>,
    /// Formats that can be written.
    pub write_formats: Vec<WriteFormat>,
    /// Filters that can be written without starting a program.
    pub write_filters: Vec<WriteFilter>,
    /// Filters that can be written on several threads.
    pub threaded_filters: Vec<WriteFilter>,
    /// Compressions inside formats that have their own.
    pub compressions: Vec<(WriteFormat, Compression)>,
    /// Encryptions of ZIP archives, for writing and reading.
    pub zip_encryptions: Vec<ZipEncryption>,
    /// Libraries that libarchive can use, as far as the release tells.
    pub libraries: Vec<LibraryVersion>,
}

/// A library that libarchive can use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LibraryVersion {
    /// Its name: `zlib`, `zstd`, …
    pub name: &'static str,
    /// Its version, in its own words; `None` when this libarchive was built without it.
    pub version: Option<String>,
}

/// What the libarchive in use can really do, found out once per process.
///
/// # Errors
///
/// [`OutOfMemory`](crate::ErrorKind::OutOfMemory), and [`Unsupported`](crate::ErrorKind::Unsupported)
/// when libarchive is loaded at run time and there is none.
///
/// # Examples
///
/// ```
/// use anyarchive::{Format, WriteFormat, capabilities};
///
/// let can = capabilities()?;
/// assert!(can.read_formats.contains(&Format::Tar));
/// assert!(can.write_formats.contains(&WriteFormat::Pax));
/// if can.zip_encryptions.is_empty() {
///     println!("no encryption here");
/// }
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[doc(alias = "archive_version_details")]
#[doc(alias = "archive_zlib_version")]
#[doc(alias = "archive_bzlib_version")]
#[doc(alias = "archive_liblzma_version")]
#[doc(alias = "archive_liblz4_version")]
#[doc(alias = "archive_libzstd_version")]
#[doc(alias = "archive_liblzo2_version")]
#[doc(alias = "archive_libxml2_version")]
#[doc(alias = "archive_libexpat_version")]
#[doc(alias = "archive_libbsdxml_version")]
#[doc(alias = "archive_libiconv_version")]
#[doc(alias = "archive_libpcre_version")]
#[doc(alias = "archive_libpcre2_version")]
#[doc(alias = "archive_libacl_version")]
#[doc(alias = "archive_libattr_version")]
#[doc(alias = "archive_librichacl_version")]
#[doc(alias = "archive_libmd_version")]
#[doc(alias = "archive_openssl_version")]
#[doc(alias = "archive_mbedtls_version")]
#[doc(alias = "archive_nettle_version")]
#[doc(alias = "archive_commoncrypto_version")]
#[doc(alias = "archive_cng_version")]
#[doc(alias = "archive_wincrypt_version")]
pub fn capabilities() -> Result<&'static Capabilities> {
    static CAPABILITIES: OnceLock<Capabilities> = OnceLock::new();
    if let Some(capabilities) = CAPABILITIES.get() {
        return Ok(capabilities);
    }
    let found = Capabilities::find()?;
    Ok(CAPABILITIES.get_or_init(|| found))
}

impl Capabilities {
    fn find() -> Result<Self> {
        let mut read_formats = Vec::new();
        for format in Format::all() {
            // A handle each: 16 slots are all that one has.
            let answer = NewReader::new()?.support_format_by_code(format.code());
            if matches!(answer, Ok(Status::Ok)) {
                read_formats.push(format);
            }
        }
        let mut write_formats = Vec::new();
        for format in WriteFormat::all() {
            if format.is_available()? {
                write_formats.push(format);
            }
        }
        let write_filters = WriteFilter::builtin()?;
        let mut threaded_filters = Vec::new();
        for filter in &write_filters {
            if filter.is_threaded()? {
                threaded_filters.push(*filter);
            }
        }
        let password = Password::new("a password")?;
        let zip = || Writer::builder(WriteFormat::Zip);
        Ok(Self {
            version: crate::version_number(),
            details: version::details(),
            read_formats,
            read_filters: Filter::builtin()?,
            threaded_filters,
            write_filters,
            compressions: compressions(&write_formats),
            write_formats,
            zip_encryptions: ZIP_ENCRYPTIONS
                .iter()
                .copied()
                .filter(|encryption| zip().encrypt(*encryption, &password).to_vec().is_ok())
                .collect(),
            libraries: version::libraries()
                .into_iter()
                .map(|(name, version)| LibraryVersion { name, version })
                .collect(),
        })
    }
}

const ZIP_ENCRYPTIONS: &[ZipEncryption] = &[
    ZipEncryption::Aes256,
    ZipEncryption::Aes128,
    ZipEncryption::Traditional,
];

const COMPRESSIONS: &[Compression] = &[
    Compression::Store,
    Compression::Deflate,
    Compression::Bzip2,
    Compression::Lzma,
    Compression::Lzma2,
    Compression::Ppmd,
    Compression::Xz,
    Compression::Zstd,
];

fn compressions(formats: &[WriteFormat]) -> Vec<(WriteFormat, Compression)> {
    let own = [WriteFormat::Zip, WriteFormat::SevenZip, WriteFormat::Xar];
    let pairs = own
        .iter()
        .filter(|format| formats.contains(format))
        .flat_map(|format| {
            COMPRESSIONS
                .iter()
                .map(|compression| (*format, *compression))
        });
    pairs
        .filter(|&(format, compression)| {
            let writer = Writer::builder(format).compression(compression);
            writer.to_vec().is_ok()
        })
        .collect()
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |key: &str, values: &mut dyn Iterator<Item = String>| {
            let values: Vec<_> = values.collect();
            let values = match values.is_empty() {
                true => "none".to_owned(),
                false => values.join(", "),
            };
            writeln!(f, "{key:<16}{values}")
        };
        row("library", &mut std::iter::once(crate::version_string()))?;
        row(
            "read",
            &mut self.read_formats.iter().map(ToString::to_string),
        )?;
        row(
            "  inside",
            &mut self.read_filters.iter().map(ToString::to_string),
        )?;
        row(
            "write",
            &mut self.write_formats.iter().map(ToString::to_string),
        )?;
        row(
            "  inside",
            &mut self.write_filters.iter().map(ToString::to_string),
        )?;
        row(
            "  on threads",
            &mut self.threaded_filters.iter().map(ToString::to_string),
        )?;
        let mut formats: Vec<_> = self
            .compressions
            .iter()
            .map(|(format, _)| *format)
            .collect();
        formats.dedup();
        for format in formats {
            let own = self.compressions.iter().filter(|pair| pair.0 == format);
            row(
                &format!("  {format} by"),
                &mut own.map(|(_, compression)| compression.to_string()),
            )?;
        }
        row(
            "zip encryption",
            &mut self.zip_encryptions.iter().map(ToString::to_string),
        )?;
        row(
            "libraries",
            &mut self.libraries.iter().filter_map(|library| {
                let version = library.version.as_ref()?;
                Some(format!("{} {version}", library.name))
            }),
        )
    }
}
