//! The trees that archives are made of: the same bytes on every machine.

use std::{
    fs::{self, File, FileTimes, OpenOptions, Permissions},
    io::{BufWriter, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// Name of the one directory at the top of every archive.
pub(crate) const TOP: &str = "corpus";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Corpus {
    /// Many small text files.
    Small { files: u32 },
    /// Four large files; the last is incompressible.
    Large { mib: u32 },
    /// Many entries without data.
    Empty { entries: u32 },
}

impl Corpus {
    /// What it is called in file names.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Small { files } => format!("small-{files}"),
            Self::Large { mib } => format!("large-{mib}"),
            Self::Empty { entries } => format!("empty-{entries}"),
        }
    }

    /// What it is called for people.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Small { files } => format!("{files} small text files"),
            Self::Large { mib } => format!("4 files of {mib} MiB"),
            Self::Empty { entries } => format!("{entries} empty files"),
        }
    }

    /// About how many bytes the tree takes, for the check of free space.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            // Half a page is lost at the end of each file.
            Self::Small { files } => u64::from(files) * (MEAN_SMALL + 4096),
            Self::Large { mib } => u64::from(mib) << 22,
            // An inode and a name.
            Self::Empty { entries } => u64::from(entries) * 1200,
        }
    }

    /// Makes the tree `parent/corpus`.
    pub(crate) fn make(self, parent: &Path) -> Result<()> {
        let top = parent.join(TOP);
        fs::create_dir(&top).with_context(|| format!("create {}", top.display()))?;
        match self {
            Self::Small { files } => small(&top, files),
            Self::Large { mib } => large(&top, u64::from(mib) << 20),
            Self::Empty { entries } => empty(&top, entries),
        }
    }
}

const MEAN_SMALL: u64 = 9_500;

/// 300 bytes to 37 kB each, most of them short; 50 in a directory.
fn small(top: &Path, files: u32) -> Result<()> {
    let text = Text::new();
    let mut random = Random(1);
    let mut data = Vec::new();
    for index in 0..files {
        let directory = top.join(format!("part-{:03}/{:02}", index / 500, index / 50 % 10));
        if index % 50 == 0 {
            fs::create_dir_all(&directory)?;
        }
        let draw = random.unit();
        let len = 300 + (draw * draw * draw * 4.0 * (MEAN_SMALL - 300) as f64) as usize;
        data.clear();
        text.fill(&mut random, len, &mut data);
        let mode = match index {
            _ if index % 10 == 3 => 0o755,
            _ if index % 17 == 5 => 0o600,
            _ if index % 29 == 7 => 0o640,
            _ => 0o644,
        };
        let mut file = create(&directory.join(format!("file-{index:05}.txt")), mode)?;
        file.write_all(&data)?;
        set_time(&file, index)?;
    }
    Ok(())
}

/// Text, lines of a log, numbers that change slowly, and noise.
fn large(top: &Path, len: u64) -> Result<()> {
    let text = Text::new();
    for (index, name) in ["text.txt", "events.log", "samples.bin", "noise.bin"]
        .into_iter()
        .enumerate()
    {
        let mut random = Random(index as u64 + 2);
        let file = create(&top.join(name), 0o644)?;
        let mut output = BufWriter::with_capacity(1 << 20, &file);
        let mut block = Vec::new();
        let mut rest = len;
        let (mut line, mut sample) = (0_u64, 0_u64);
        while rest > 0 {
            block.clear();
            match name {
                "text.txt" => text.fill(&mut random, 1 << 16, &mut block),
                "events.log" => {
                    while block.len() < 1 << 16 {
                        line += random.below(900);
                        let (level, task) = (random.below(5), random.below(4000));
                        let word = text.word(&mut random);
                        writeln!(
                            block,
                            "{:010}.{:03} level={level} task={task:04} event={word} took={}us",
                            1_700_000_000 + line / 1000,
                            line % 1000,
                            random.below(250_000),
                        )?;
                    }
                }
                "samples.bin" => {
                    while block.len() < 1 << 16 {
                        sample = sample.wrapping_add(random.below(512)).wrapping_sub(255);
                        block.extend_from_slice(&sample.to_le_bytes());
                    }
                }
                _ => {
                    while block.len() < 1 << 16 {
                        block.extend_from_slice(&random.next().to_le_bytes());
                    }
                }
            }
            let part = rest.min(block.len() as u64);
            output.write_all(&block[..part as usize])?;
            rest -= part;
        }
        output.flush()?;
        drop(output);
        set_time(&file, index as u32)?;
    }
    Ok(())
}

/// A thousand to a directory.
fn empty(top: &Path, entries: u32) -> Result<()> {
    for index in 0..entries {
        let directory = top.join(format!("part-{:04}", index / 1000));
        if index % 1000 == 0 {
            fs::create_dir(&directory)?;
        }
        let file = create(&directory.join(format!("empty-{index:07}")), 0o644)?;
        set_time(&file, index)?;
    }
    Ok(())
}

fn create(path: &Path, mode: u32) -> Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .with_context(|| format!("create {}", path.display()))?;
    // Whatever the umask is.
    file.set_permissions(Permissions::from_mode(mode))?;
    Ok(file)
}

/// Whole even seconds: zip keeps no more in its oldest field.
fn set_time(file: &File, index: u32) -> Result<()> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + 2 * u64::from(index));
    Ok(file.set_times(FileTimes::new().set_modified(time).set_accessed(time))?)
}

/// Words as they follow each other in prose: few of them often, phrases again and again. Deflate
/// makes about a third of it.
struct Text {
    words: Vec<String>,
    phrases: Vec<String>,
}

impl Text {
    fn new() -> Self {
        const SYLLABLES: [&str; 24] = [
            "a", "ba", "ce", "di", "en", "fo", "ga", "hi", "is", "jo", "ka", "lu", "me", "no",
            "or", "pa", "que", "ri", "st", "ta", "un", "ve", "wi", "ze",
        ];
        let mut random = Random(0);
        let words = (0..8192)
            .map(|_| {
                (0..=random.below(4))
                    .map(|_| SYLLABLES[random.below(24) as usize])
                    .collect()
            })
            .collect();
        let mut text = Self {
            words,
            phrases: Vec::new(),
        };
        text.phrases = (0..2048)
            .map(|_| {
                let words: Vec<&str> = (0..3 + random.below(5))
                    .map(|_| text.word(&mut random))
                    .collect();
                words.join(" ")
            })
            .collect();
        text
    }

    fn word(&self, random: &mut Random) -> &str {
        let draw = random.unit();
        &self.words[(draw * draw * draw * self.words.len() as f64) as usize]
    }

    /// Adds text until `data` has exactly `len` bytes.
    fn fill(&self, random: &mut Random, len: usize, data: &mut Vec<u8>) {
        while data.len() < len {
            let piece = match random.below(3) {
                0 => &self.phrases[random.below(self.phrases.len() as u64) as usize],
                _ => self.word(random),
            };
            data.extend_from_slice(piece.as_bytes());
            data.push(if random.below(12) == 0 { b'\n' } else { b' ' });
        }
        data.truncate(len);
    }
}

/// SplitMix64: a crate's generator may change with its version, and the corpora with it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From 0 up to, not including, 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
