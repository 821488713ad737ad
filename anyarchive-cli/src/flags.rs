//! The command line: the one table of commands and flags, and their help.

mod amount;
mod extract;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::extract::{Extract, Limits, flag_of};
use self::{amount::Bound, extract::EXTRACT_HELP};
use crate::exit::Exit;

const AFTER_HELP: &str = "\
Formats: 7zip, ar, cab, cpio, iso9660, lha, mtree, rar, rar5, tar, warc, xar (where the library
has it), zip; inside bzip2, compress, gzip, lz4, lzip, lzma, lzop, rpm, uu, xz or zstd, those that
the library has. They are found out from the content, never from the name.

Exit codes:
  0  all is well (also when the reader of the output closes it early, as `head` does)
  1  a problem with the archive, a file or the disk, or an entry that was refused; each problem is
     one line on standard error. Warnings about metadata alone do not count, except in `test`
  2  wrong usage

Environment:
  ANYARCHIVE_PASSWORD  password for encrypted entries, unless --password-file gives one

Examples:
  anyarchive list -l backup.tar.zst
  anyarchive extract photos.zip -C photos
  anyarchive extract photos.zip 2025 '*.txt' --exclude '*-draft*'
  anyarchive convert photos.zip photos.tar.zst
  anyarchive cat package.deb debian-binary
  curl -L https://example.org/src.tar.gz | anyarchive extract -
  anyarchive create site.tar.zst site --exclude '*.tmp'
  anyarchive list --json disk.iso | jq -r 'select(.size > 1000000).path'";

const NAMES_HELP: &str = "\
Names are shown with escapes (\\n, \\x1b, \\u{202e}, and \\\\ for a backslash) when standard output \
is a terminal, so that no name can control it. In a pipe or a file they stand byte for byte as in \
the archive, one per line: a name with a line end in it takes two lines. --json loses nothing.";

const JSON_HELP: &str = "\
With --json each line is an object:
  path, linkname, uname, gname  strings; when one is not UTF-8, it has U+FFFD in place of what is
                     not, and path_bytes, linkname_bytes, ... has all bytes in base64
  type               file, directory, symlink, hardlink, char-device, block-device, fifo, socket
                     or unknown
  size               bytes, or null when the archive does not tell it before the data
  mode               permission bits as a number (420 is 0o644)
  uid, gid           numbers
  mtime              {\"seconds\", \"nanoseconds\"} since 1970-01-01 UTC, or null
  linkname           target of a symbolic or hard link, or null
  device             [major, minor], for devices only
  encrypted          whether the data is encrypted
  warning            what may be lost of the metadata, only when something may be";

/// List, extract, show, test, create and convert archives of nearly every format
#[derive(Debug, Parser)]
#[command(name = "anyarchive", version = crate::cmd::version(), after_help = AFTER_HELP)]
#[command(max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: Global,
}

/// What every command takes.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Read the password for encrypted entries from FILE (without the line end). Without it,
    /// ANYARCHIVE_PASSWORD is used; without that, you are asked on the terminal when an entry
    /// needs it
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) password_file: Option<PathBuf>,

    /// Refuse archives whose compression takes a larger window than SIZE to decode, or 'none'
    #[arg(long, value_name = "SIZE", global = true, default_value = "1GiB", value_parser = amount::size,
        help_heading = extract::LIMITS)]
    pub(crate) max_memory: Bound<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the entries of an archive
    #[command(after_help = NAMES_HELP, after_long_help = format!("{NAMES_HELP}\n\n{JSON_HELP}"))]
    List(List),
    /// Extract an archive into a directory
    ///
    /// Nothing outside the directory is touched, whatever the archive says: entries with absolute
    /// paths, `..`, or links that lead out are refused, and so are devices, named pipes and
    /// sockets; setuid and setgid bits are dropped. Each refused or failed entry is told on
    /// standard error, the others are extracted, and the exit code is 1.
    #[command(after_long_help = EXTRACT_HELP)]
    Extract(Box<Extract>),
    /// Create an archive of files and directories
    ///
    /// Directories are taken with all that is below, in the order of names, with owners, times,
    /// extended attributes, access lists, holes and hard links, as far as the format holds them.
    /// Paths in the archive are those given, without a leading `/` and without what is before a
    /// `..`. What cannot be read or held by the format is told on standard error, the rest is
    /// archived, and the exit code is 1. The archive appears under its name only when it is
    /// complete, and never takes itself or the one that it replaces.
    Create(Create),
    /// Write an archive again, in another format or with other compression
    ///
    /// All metadata is kept that the new format has; what it does not have is told at the end.
    /// Entries that it cannot hold, or that cannot be read, are left out and told, each on standard
    /// error, and the exit code is 1. The new archive appears under its name only when it is
    /// complete, and replaces a file of that name, which can be the old archive.
    /// --password-file and ANYARCHIVE_PASSWORD open the old one; the new one is encrypted with
    /// --encrypt alone.
    Convert(Convert),
    /// Write the data of one entry to standard output
    ///
    /// The first entry of that name is taken, when there are several; a leading `./` and a
    /// trailing `/` do not matter. Directories and links have no data: that is an error. Data that
    /// turns out to be damaged has been written up to there, and the exit code is 1.
    Cat(Cat),
    /// Show format, compression, totals, and the library in use
    ///
    /// Reads the headers of all entries. `content` is the sum of the sizes of files that the
    /// archive declares; hard links do not count. With --json it is one object on one line.
    Info(Info),
    /// Read every byte of every entry and verify the checksums
    ///
    /// Each damaged entry is told on standard error, and testing goes on behind it where the
    /// format allows it. The closing line on standard output has the counts; it is there whenever
    /// the archive could be opened. Warnings about metadata count as problems here.
    Test(Test),
}

/// The archive, as every command takes it.
#[derive(Args, Debug)]
pub(crate) struct Archive {
    /// Path of the archive; `-` is standard input
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,
}

/// Which entries, as `list` and `extract` take it.
#[derive(Args, Debug)]
pub(crate) struct Selection {
    /// Only these entries, and what is below them; `*` stands for any characters, slashes too, `?` for
    /// one. It is an error when there is none of the name
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,

    /// Leave out what fits PATTERN, with all below; `*` stands for any characters, and the pattern
    /// may begin at each component of a path, or with `^` at the first only
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<OsString>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Show mode, owner, size, time of last change (UTC), name and link target
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) long: bool,

    /// Print one JSON object per entry and line; see --help for its fields
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) archive: Archive,

    #[command(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// Path of the new archive; its end tells format and compression (.tar.zst, .zip, .7z, ...)
    /// unless --format does; `-` is standard output
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,

    /// Files and directories to archive
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Where relative PATHs begin; DIR is no part of the paths in the archive
    #[arg(short = 'C', long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) new: NewArchive,

    /// Leave out what fits PATTERN, with all below; `*` stands for any characters, and the pattern
    /// may begin at each component of a path, or with `^` at the first only
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<OsString>,

    /// Encrypt the data of a ZIP archive with the password of --password-file or
    /// ANYARCHIVE_PASSWORD, or one that is asked for
    #[arg(long, value_enum, value_name = "METHOD", num_args = 0..=1, default_missing_value = "aes256", require_equals = true)]
    pub(crate) encrypt: Option<Encryption>,

    /// Leave out times, owners and inode numbers, so that the same files give the same bytes
    #[arg(long)]
    pub(crate) reproducible: bool,

    /// Enter no directory that is on another file system than its PATH
    #[arg(long)]
    pub(crate) one_file_system: bool,

    /// Archive what symbolic links lead to instead of the links
    #[arg(short = 'L', long)]
    pub(crate) follow_symlinks: bool,

    /// Show no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Convert {
    /// Path of the old archive; `-` is standard input
    #[arg(value_name = "FROM")]
    pub(crate) archive: PathBuf,

    /// Path of the new archive; its end tells format and compression (.tar.zst, .zip, .7z, ...)
    /// unless --format does; `-` is standard output
    #[arg(value_name = "TO")]
    pub(crate) to: PathBuf,

    #[command(flatten)]
    pub(crate) new: NewArchive,

    /// Encrypt the data of a ZIP archive with the password of --new-password-file, or else the one
    /// that opens the old archive, or one that is asked for
    #[arg(long, value_enum, value_name = "METHOD", num_args = 0..=1, default_missing_value = "aes256", require_equals = true)]
    pub(crate) encrypt: Option<Encryption>,

    /// Read the password for --encrypt from FILE (without the line end)
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    pub(crate) new_password_file: Option<PathBuf>,

    /// Where the format has no hard links, write every further name of a file with the data once
    /// more; until the end, the data of all files waits in a temporary file
    #[arg(long)]
    pub(crate) copy_hard_links: bool,

    /// Show no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// How a new archive is to be, as every command takes it that writes one.
#[derive(Args, Debug)]
pub(crate) struct NewArchive {
    /// Format: 7zip, ar, cpio, iso9660, mtree, shar, tar, warc, xar, zip, or a variant such as
    /// gnutar, ustar or cpio-odc; `anyarchive info --capabilities` lists all
    #[arg(long, value_name = "NAME")]
    pub(crate) format: Option<String>,

    /// Compression or encoding: bzip2, compress, gzip, lz4, lzip, lzma, uuencode, xz, zstd, or
    /// `none`; given again, it goes around the ones before
    #[arg(long, value_name = "NAME")]
    pub(crate) filter: Vec<String>,

    /// How much to compress: 0 to 9 for most, up to 22 for zstd
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) level: Option<i32>,

    /// Keep N processors busy, 0 for as many as there are and 8 at most; what cannot be done in parts
    /// is done by one. The bytes of the archive are the same for every N but 1
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: u32,

    /// Set an option of the format or filter, such as `zip:compression=store`; see
    /// archive_write_set_options(3)
    #[arg(long, value_name = "OPTION")]
    pub(crate) option: Vec<String>,
}

/// [`anyarchive::ZipEncryption`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Encryption {
    /// AES with 256 bits
    Aes256,
    /// AES with 128 bits
    Aes128,
    /// The first ZIP's, which is broken
    Traditional,
}

impl From<Encryption> for anyarchive::ZipEncryption {
    fn from(encryption: Encryption) -> Self {
        match encryption {
            Encryption::Aes256 => Self::Aes256,
            Encryption::Aes128 => Self::Aes128,
            Encryption::Traditional => Self::Traditional,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Cat {
    #[command(flatten)]
    pub(crate) archive: Archive,

    /// Name of the entry, as `anyarchive list` prints it into a pipe
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: OsString,
}

#[derive(Args, Debug)]
pub(crate) struct Info {
    /// Print a JSON object instead
    #[arg(long)]
    pub(crate) json: bool,

    /// Show the native libraries in this program, with version, licence and package URL, and no
    /// archive
    #[arg(long, conflicts_with = "archive")]
    pub(crate) linkage: bool,

    /// Show what the library in use can read and write, and no archive
    #[arg(long, conflicts_with_all = ["archive", "linkage"])]
    pub(crate) capabilities: bool,

    /// Path of the archive; `-` is standard input
    #[arg(value_name = "ARCHIVE", required_unless_present_any = ["linkage", "capabilities"])]
    pub(crate) archive: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Show no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) archive: Archive,
}

impl Command {
    /// The archive that the command is about, if it is about one.
    pub(crate) fn archive(&self) -> Option<&Path> {
        let archive = match self {
            Self::List(args) => &args.archive,
            Self::Extract(args) => &args.archive,
            Self::Convert(args) => return Some(&args.archive),
            Self::Cat(args) => &args.archive,
            Self::Info(args) => return args.archive.as_deref(),
            Self::Create(args) => return Some(&args.archive),
            Self::Test(args) => &args.archive,
        };
        Some(&archive.archive)
    }

    /// Whether the archive is written, not read.
    pub(crate) fn is_writing(&self) -> bool {
        matches!(self, Self::Create(_))
    }

    /// Whether warnings count as problems.
    pub(crate) fn is_strict(&self) -> bool {
        matches!(self, Self::Test(_))
    }
}

/// Prints help, version or what is wrong with the command line.
pub(crate) fn show(error: &clap::Error) -> Exit {
    let printed = error.print().and_then(|()| io::stdout().flush());
    match (error.use_stderr(), printed) {
        (true, _) => Exit::Usage,
        (false, Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Exit::Problem,
        (false, _) => Exit::Ok,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_table_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
