//! The flags of `extract`, and the limits, which `convert` has too.

use std::{path::PathBuf, time::Duration};

use anyarchive::Extractor;
use clap::{Args, ValueEnum};

use super::{
    Archive, Selection,
    amount::{self, Bound},
};

/// Over the flags for limits.
pub(super) const LIMITS: &str = "Limits (each can be 'none')";

/// Text below `anyarchive extract --help`.
pub(super) const EXTRACT_HELP: &str = "\
Sizes are bytes, with K, M, G or T (or KiB, ...) of 1,024 or kB, MB, GB, TB of 1,000. An entry
that is longer, deeper or has a longer path than its limit is refused, and the others follow; every
other limit ends the extraction: the file that was being written is removed, what is there before it
stays, and the exit code is 1. Sizes that an archive only declares count as well.

Symbolic links are never followed to write below them, whatever --symlinks says, and nothing is
written into a file that is there already: a new one takes its place.

Examples:
  anyarchive extract upload.zip -C in --max-bytes 1G --max-entries 10000 --timeout 60s
  anyarchive extract backup.tar.zst -C / --ownership numeric --permissions exact \\
      --allow setuid,setgid,sticky,devices,fifos --restore all
  anyarchive extract release.tar.gz --strip-components 1 --existing rename";

#[derive(Args, Debug)]
pub(crate) struct Extract {
    #[command(flatten)]
    pub(crate) archive: Archive,

    #[command(flatten)]
    pub(crate) selection: Selection,

    /// Extract into DIR, which is made when it is missing
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// Show no progress bar and say nothing of skipped entries
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Change nothing on disk; tell what would be told, and give the exit code that would be. What
    /// only the system knows when it is asked, such as missing permissions, is not foreseen
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Drop the first N components of every path; entries with no more than those are skipped
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) strip_components: usize,

    /// Keep N processors busy; with 1 there is one thread. As many as there are, 8 at most, without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,

    #[command(flatten)]
    pub(crate) policies: Policies,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// What is extracted, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Policies")]
pub(crate) struct Policies {
    /// What to do when there is something by the name of an entry
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) existing: Existing,

    /// Write each file under a temporary name and give it its own only when it is whole, so that
    /// nobody ever sees half a file. Without it that is done only for files that replace others
    #[arg(long)]
    pub(crate) atomic: bool,

    /// What to do with paths that come twice in the archive
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) duplicates: Duplicates,

    /// Which symbolic links to make
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    pub(crate) symlinks: Symlinks,

    /// Which hard links to make
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    pub(crate) hard_links: HardLinks,

    /// What to do with absolute paths
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) absolute_paths: AbsolutePaths,

    /// Which names are good ones
    #[arg(long, value_enum, value_name = "RULES", default_value_t)]
    pub(crate) path_rules: PathRules,

    /// Do these dangerous things all the same, with commas between. Without it devices, named pipes
    /// and sockets are refused, and the other bits and attributes dropped
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) allow: Vec<Allow>,

    /// Whose the files are
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t)]
    pub(crate) ownership: Ownership,

    /// What permissions files and directories get
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    pub(crate) permissions: Permissions,

    /// Restore this metadata, with commas between; what cannot be is told as a warning
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        value_delimiter = ',',
        default_value = "mtime"
    )]
    pub(crate) restore: Vec<Restore>,
}

/// What the archive may cost.
#[derive(Args, Debug)]
#[command(next_help_heading = LIMITS)]
pub(crate) struct Limits {
    /// Bytes of all files together, holes included
    #[arg(long, value_name = "SIZE", default_value = "64GiB", value_parser = amount::size)]
    pub(crate) max_bytes: Bound<u64>,

    /// Bytes of one file, holes included
    #[arg(long, value_name = "SIZE", default_value = "16GiB", value_parser = amount::size)]
    pub(crate) max_file_bytes: Bound<u64>,

    /// Entries in the archive, refused and skipped ones included
    #[arg(long, value_name = "N", default_value = "1000000", value_parser = amount::count)]
    pub(crate) max_entries: Bound<u64>,

    /// How many times as many bytes may come out as were read, once 64 MiB came out
    #[arg(long, value_name = "N", default_value = "1000", value_parser = amount::count)]
    pub(crate) max_ratio: Bound<u64>,

    /// Components of a path
    #[arg(long, value_name = "N", default_value = "256", value_parser = amount::small_count)]
    pub(crate) max_depth: Bound<usize>,

    /// Bytes of a path, and of the target of a symbolic link
    #[arg(long, value_name = "N", default_value = "4096", value_parser = amount::small_count)]
    pub(crate) max_path_bytes: Bound<usize>,

    /// Compressions and encodings around the archive: .tar.gz has one
    #[arg(long, value_name = "N", default_value = "8", value_parser = amount::small_count)]
    pub(crate) max_filters: Bound<usize>,

    /// Time that it may take: seconds, or with a unit as in 500ms, 15m, 2h. A source that never
    /// answers is not interrupted
    #[arg(long, value_name = "TIME", default_value = "none", value_parser = amount::time)]
    pub(crate) timeout: Bound<Duration>,
}

impl From<&Limits> for anyarchive::Limits {
    fn from(flags: &Limits) -> Self {
        Self::none()
            .total_bytes(flags.max_bytes.0)
            .file_bytes(flags.max_file_bytes.0)
            .entries(flags.max_entries.0)
            .ratio(flags.max_ratio.0)
            .depth(flags.max_depth.0)
            .path_bytes(flags.max_path_bytes.0)
            .filters(flags.max_filters.0)
            .time(flags.timeout.0)
    }
}

/// The flag that sets a limit.
pub(crate) fn flag_of(limit: anyarchive::Limit) -> &'static str {
    use anyarchive::Limit;
    match limit {
        Limit::TotalBytes => "--max-bytes",
        Limit::FileBytes => "--max-file-bytes",
        Limit::Entries => "--max-entries",
        Limit::Ratio => "--max-ratio",
        Limit::Depth => "--max-depth",
        Limit::PathBytes => "--max-path-bytes",
        Limit::Filters => "--max-filters",
        Limit::Time => "--timeout",
        Limit::DecoderMemory => "--max-memory",
        _ => "its flag",
    }
}

impl Extract {
    /// The extractor that the flags ask for.
    pub(crate) fn extractor(&self) -> Extractor {
        let flags = &self.policies;
        let allow = flags.allow.iter();
        let restore = flags.restore.iter();
        let extractor = Extractor::new()
            .dry_run(self.dry_run)
            .strip_components(self.strip_components)
            .existing(flags.existing.into())
            .atomic(flags.atomic)
            .duplicates(flags.duplicates.into())
            .symlinks(flags.symlinks.into())
            .hard_links(flags.hard_links.into())
            .absolute_paths(flags.absolute_paths.into())
            .path_rules(flags.path_rules.into())
            .allow(allow.map(|what| anyarchive::Allow::from(*what)).collect())
            .ownership(flags.ownership.into())
            .permissions(flags.permissions.into())
            .restore(
                restore
                    .map(|what| anyarchive::Restore::from(*what))
                    .collect(),
            )
            .limits((&self.limits).into());
        match self.threads {
            Some(threads) => extractor.threads(threads.into()),
            None => extractor,
        }
    }
}

/// The values of a flag, each with the library's value and a line of help.
macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($(#[$help:meta])* $value:ident = $library:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name {
            $($(#[$help])* $value,)*
        }

        impl From<$name> for anyarchive::$name {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$value => $library,)*
                }
            }
        }
    };
}

values! {
    /// [`anyarchive::Existing`] on the command line.
    Existing {
        /// Replace it; directories are used as they are, and never removed with what is in them
        #[default]
        Overwrite = Self::Overwrite,
        /// Keep it and skip the entry
        Keep = Self::Keep,
        /// Replace it if it is older than the entry, else skip the entry
        KeepNewer = Self::KeepNewer,
        /// Keep it and give the entry another name: .1 or the next free number behind its own
        Rename = Self::Rename,
        /// Keep it and count the entry as a problem
        Error = Self::Error,
    }
}

values! {
    /// [`anyarchive::Duplicates`] on the command line.
    Duplicates {
        /// Go by --existing, as for any name that is taken
        #[default]
        Allow = Self::Allow,
        /// Refuse the later entry, unless both are directories
        Refuse = Self::Refuse,
        /// So too when paths differ only in case, or in how Unicode characters are composed
        RefuseTwins = Self::RefuseTwins,
    }
}

values! {
    /// [`anyarchive::Symlinks`] on the command line.
    Symlinks {
        /// Those that stay inside the directory; the others are refused
        #[default]
        Inside = Self::Inside,
        /// All as they are: who follows them later can be led anywhere
        Allow = Self::Allow,
        /// None; each is skipped
        Skip = Self::Skip,
        /// None; each is refused
        Refuse = Self::Refuse,
    }
}

values! {
    /// [`anyarchive::HardLinks`] on the command line.
    HardLinks {
        /// Those to regular files inside the directory; the others are refused
        #[default]
        Inside = Self::Inside,
        /// None; each is skipped
        Skip = Self::Skip,
        /// None; each is refused
        Refuse = Self::Refuse,
    }
}

values! {
    /// [`anyarchive::AbsolutePaths`] on the command line.
    AbsolutePaths {
        /// Refuse them
        #[default]
        Refuse = Self::Refuse,
        /// Extract them below the directory, without the slashes in front
        Relative = Self::MakeRelative,
    }
}

values! {
    /// [`anyarchive::PathRules`] on the command line.
    PathRules {
        /// Those that this system takes
        #[default]
        Native = Self::Native,
        /// Those that are the same name on Windows; the others are refused
        Portable = Self::Portable,
    }
}

values! {
    /// [`anyarchive::Ownership`] on the command line.
    Ownership {
        /// Yours, whoever you are
        #[default]
        Ignore = Self::Ignore,
        /// The user's and group's with the numbers of the archive
        Numeric = Self::Numeric,
        /// The user's and group's with the names of the archive, or else its numbers
        Names = Self::Names,
    }
}

values! {
    /// [`anyarchive::Permissions`] on the command line.
    Permissions {
        /// Those of the archive, less the umask
        #[default]
        Umask = Self::Umask,
        /// Those of the archive, whatever the umask
        Exact = Self::Exact,
        /// Those of any new file or directory
        Ignore = Self::Ignore,
    }
}

/// [`anyarchive::Allow`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allow {
    /// Named pipes
    Fifos,
    /// Sockets
    Sockets,
    /// Character and block devices
    Devices,
    /// The setuid bit: programs that run as their owner
    Setuid,
    /// The setgid bit
    Setgid,
    /// The sticky bit
    Sticky,
    /// Extended attributes named trusted.*, with --restore xattrs
    TrustedXattrs,
}

impl From<Allow> for anyarchive::Allow {
    fn from(allow: Allow) -> Self {
        match allow {
            Allow::Fifos => Self::FIFOS,
            Allow::Sockets => Self::SOCKETS,
            Allow::Devices => Self::DEVICES,
            Allow::Setuid => Self::SETUID,
            Allow::Setgid => Self::SETGID,
            Allow::Sticky => Self::STICKY,
            Allow::TrustedXattrs => Self::TRUSTED_XATTRS,
        }
    }
}

/// [`anyarchive::Restore`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Restore {
    /// Nothing
    None,
    /// Times of modification
    Mtime,
    /// Times of the last access
    Atime,
    /// Extended attributes named user.*; Linux only
    Xattrs,
    /// POSIX.1e access control lists; Linux only
    Acls,
    /// File flags, such as nodump or immutable; Linux only
    Flags,
    /// All of these
    All,
}

impl From<Restore> for anyarchive::Restore {
    fn from(restore: Restore) -> Self {
        match restore {
            Restore::None => Self::empty(),
            Restore::Mtime => Self::MTIME,
            Restore::Atime => Self::ATIME,
            Restore::Xattrs => Self::XATTRS,
            Restore::Acls => Self::ACLS,
            Restore::Flags => Self::FILE_FLAGS,
            Restore::All => Self::all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::flags::{Cli, Command};

    #[test]
    fn the_numbers_in_the_help_are_those_of_the_library() {
        let matches = Cli::command().get_matches_from(["anyarchive", "extract", "a.tar"]);
        let cli = Cli::from_arg_matches(&matches).unwrap();
        let Command::Extract(flags) = cli.command else {
            panic!("{cli:?}");
        };
        assert_eq!(
            anyarchive::Limits::from(&flags.limits),
            anyarchive::Limits::new()
        );
        // And so is every other default.
        assert_eq!(
            format!("{:?}", flags.extractor()),
            format!("{:?}", Extractor::new())
        );
    }
}
