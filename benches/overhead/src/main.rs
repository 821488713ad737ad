//! The overhead of the safe layer against the same loop in C, in instructions; see
//! `benches/README.md`.
//!
//! Both programs are linked with the same library, built once. What a program runs before the first
//! entry (the start of the process, of Rust's runtime, the registration of formats) is measured with
//! an archive without entries and taken off.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufWriter, Read, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;

/// Count the instructions of reading archives by C and by anyarchive, under callgrind
#[derive(Debug, Parser)]
struct Args {
    /// Entries of the archive that is listed
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    entries: u64,

    /// Data of the archive that is read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    mib: u64,

    /// Bytes that both read from the archive at once
    #[arg(long, value_name = "BYTES", default_value_t = 64 * 1024)]
    block: u64,
}

/// What is measured: the loop, the archive, and the most that ours may take more than C, in percent.
/// Without compression nobody touches data that is lent, so there calls are compared with nothing.
const TASKS: [(&str, Input, &str, Option<f64>); 5] = [
    (
        "list",
        Input::Entries,
        "names and sizes of entries",
        Some(10.0),
    ),
    ("blocks", Input::Data, "data in lent blocks, tar", None),
    (
        "read",
        Input::Data,
        "data copied to a buffer, tar",
        Some(1.0),
    ),
    (
        "blocks",
        Input::Gzip,
        "data in lent blocks, tar.gz",
        Some(1.0),
    ),
    (
        "read",
        Input::Gzip,
        "data copied to a buffer, tar.gz",
        Some(1.0),
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Entries,
    Data,
    Gzip,
}

/// Who runs the loop.
#[derive(Clone, Copy, Debug)]
enum Who<'a> {
    C { locale: &'a str },
    Ours,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let programs = std::env::current_exe()?;
    let programs = programs.parent().context("the directory of the programs")?;
    let target = programs.parent().context("target")?;
    // They belong to this package, but cargo builds only what it runs.
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--bins", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if !status.success() {
        bail!("cargo build: {status}");
    }
    let directory = tempfile::tempdir()?;
    let bench = Bench {
        programs: programs.to_path_buf(),
        callgrind: target.join("callgrind"),
        block: args.block,
    };
    fs::create_dir_all(&bench.callgrind)?;
    let nothing = directory.path().join("nothing.tar");
    tar::Builder::new(File::create(&nothing)?).finish()?;

    let mut report = format!(
        "`cargo run --release --manifest-path benches/Cargo.toml -p overhead`: instructions counted \
         by callgrind; {} entries, {} MiB of data, {} KiB read at once by both. *C* runs in the \
         \"C\" locale, where it cannot convert names, as a program without `setlocale` does; *C, \
         UTF-8* has called `setlocale` once. What runs before the first entry is taken off.\n\n\
         | | C | C, UTF-8 | anyarchive | more than C | more than C, UTF-8 | goal |\n\
         | --- | --: | --: | --: | --: | --: | --- |\n",
        args.entries,
        args.mib,
        args.block >> 10,
    );
    let whos = [
        Who::C { locale: "C" },
        Who::C { locale: "C.UTF-8" },
        Who::Ours,
    ];
    for (task, input, title, goal) in TASKS {
        let archive = directory.path().join("archive");
        make(&archive, input, &args)?;
        let mut counts = [0; 3];
        let mut sums = Vec::new();
        for (who, count) in whos.into_iter().zip(&mut counts) {
            let (instructions, sum) = bench.count(who, task, &archive, title)?;
            let (before, _) = bench.count(who, task, &nothing, "nothing")?;
            *count = instructions.saturating_sub(before);
            sums.push(sum);
        }
        if sums.iter().any(|sum| *sum != sums[0]) {
            bail!("{title}: the loops read different things: {sums:?}");
        }
        let more = |base: u64| (counts[2] as f64 / base as f64 - 1.0) * 100.0;
        let verdict = match goal {
            Some(goal) if more(counts[1]) < goal => format!("below {goal} %"),
            Some(goal) => format!("**not below {goal} %**"),
            None => {
                let blocks = (args.mib << 20).div_ceil(args.block);
                let each = counts[2].saturating_sub(counts[1]) / blocks;
                format!("{each} more for each block, whatever is in it")
            }
        };
        let line = format!(
            "| {title} | {} | {} | {} | {:+.2} % | {:+.2} % | {verdict} |",
            counts[0],
            counts[1],
            counts[2],
            more(counts[0]),
            more(counts[1]),
        );
        eprintln!("{line}");
        let _ = writeln!(report, "{line}");
    }
    let path = target.join("overhead.md");
    fs::write(&path, &report)?;
    println!("{report}");
    eprintln!(
        "wrote {}; profiles are in {}",
        path.display(),
        bench.callgrind.display()
    );
    Ok(())
}

struct Bench {
    programs: PathBuf,
    callgrind: PathBuf,
    block: u64,
}

impl Bench {
    /// Instructions of one run, and what the loop printed.
    fn count(
        &self,
        who: Who<'_>,
        task: &str,
        archive: &Path,
        title: &str,
    ) -> Result<(u64, String)> {
        let name = match who {
            Who::C { locale } => format!("c-{locale}"),
            Who::Ours => "ours".into(),
        };
        let profile = self
            .callgrind
            .join(format!("{name}-{task}-{title}.out").replace(' ', "-"));
        let mut command = Command::new("valgrind");
        command.arg("--tool=callgrind");
        command.arg(format!("--callgrind-out-file={}", profile.display()));
        match who {
            Who::C { locale } => command
                .arg(self.programs.join("c-loop"))
                .args([task, locale]),
            Who::Ours => command.arg(self.programs.join("safe-loop")).arg(task),
        };
        command.arg(self.block.to_string()).arg(archive);
        let output = command
            .output()
            .context("run valgrind (package valgrind)")?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("{name} {task}: {}: {said}", output.status);
        }
        let collected = said
            .lines()
            .find_map(|line| line.split_once("Collected : "));
        let (_, count) = collected.context("valgrind tells no count")?;
        let sum = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((count.trim().parse()?, sum))
    }
}

fn make(path: &Path, input: Input, args: &Args) -> Result<()> {
    match input {
        Input::Entries => {
            let mut builder = tar::Builder::new(BufWriter::new(File::create(path)?));
            for index in 0..args.entries {
                let name = format!("directory-{:03}/entry-{index:06}.txt", index / 1000);
                builder.append_data(&mut header(0), name, io::empty())?;
            }
            builder.into_inner()?.flush()?;
        }
        Input::Data => data(BufWriter::new(File::create(path)?), args.mib << 20)?.flush()?,
        Input::Gzip => {
            let output = BufWriter::new(File::create(path)?);
            let encoder = flate2::write::GzEncoder::new(output, flate2::Compression::fast());
            data(encoder, args.mib << 20)?.finish()?.flush()?;
        }
    }
    Ok(())
}

/// Four files of equal length.
fn data<W: io::Write>(output: W, len: u64) -> Result<W> {
    let mut builder = tar::Builder::new(output);
    for index in 0..4 {
        let text = Text { state: index }.take(len / 4);
        builder.append_data(&mut header(len / 4), format!("file-{index}"), text)?;
    }
    Ok(builder.into_inner()?)
}

fn header(len: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_size(len);
    header.set_mode(0o644);
    header.set_mtime(1_600_000_000);
    header
}

/// Letters without end, of which deflate makes about half.
struct Text {
    state: u64,
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            self.state = self
                .state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = b"  eeettaoinsrhld"[(self.state >> 60) as usize];
        }
        Ok(buffer.len())
    }
}
