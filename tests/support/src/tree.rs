//! A directory tree that is the same each time.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

/// Small files per directory.
const PER_DIRECTORY: usize = 100;

/// Makes a tree of `files` small text files below `dir`, which is created, and beside them an empty
/// file, an empty directory, three big files of some MiB, and symbolic and hard links: one each for
/// every hundred files, and at least one. Modes and times (with nanoseconds) vary; the same `files`
/// and `seed` give the same tree.
///
/// # Errors
///
/// When something cannot be written, or is there already.
pub fn make_tree(dir: impl AsRef<Path>, files: usize, seed: u64) -> io::Result<()> {
    let dir = dir.as_ref();
    let mut random = Random(seed);
    fs::create_dir_all(dir)?;
    for index in 0..files {
        let group = index / PER_DIRECTORY;
        let parent = dir
            .join(format!("group-{:02}", group / 10))
            .join(format!("set-{group:04}"));
        if index % PER_DIRECTORY == 0 {
            fs::create_dir_all(&parent)?;
        }
        let file = parent.join(format!("file-{index:06}.txt"));
        fs::write(&file, random.text())?;
        fs::set_permissions(&file, fs::Permissions::from_mode(random.mode()))?;
        if index % PER_DIRECTORY == 0 {
            let name = format!("../set-{group:04}/file-{index:06}.txt");
            symlink(name, parent.join("a-symlink"))?;
            fs::hard_link(&file, parent.join("z-hardlink.txt"))?;
        }
    }
    let big = dir.join("big");
    fs::create_dir(&big)?;
    fs::write(big.join("text.txt"), random.text().repeat(4_000))?;
    fs::write(big.join("noise.bin"), random.bytes(3 << 20))?;
    fs::write(big.join("zeros.bin"), vec![0; 2 << 20])?;
    fs::create_dir(dir.join("empty directory"))?;
    fs::write(dir.join("empty file"), "")?;
    fs::write(dir.join("grüße-файл-文件.txt"), "a name outside ASCII\n")?;
    set_times(dir, &mut random)
}

/// Directories after what they hold: making a file changes the time of its directory.
fn set_times(dir: &Path, random: &mut Random) -> io::Result<()> {
    let mut names: Vec<_> = fs::read_dir(dir)?.collect::<io::Result<_>>()?;
    names.sort_by_key(fs::DirEntry::file_name);
    for entry in names {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            set_times(&path, random)?;
        }
        let time = Timespec {
            tv_sec: 1_500_000_000 + (random.next() % 100_000_000) as i64,
            tv_nsec: (random.next() % 1_000_000_000) as i64,
        };
        let times = Timestamps {
            last_access: time,
            last_modification: time,
        };
        utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

/// The generator "splitmix64": small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// One to forty lines.
    fn text(&mut self) -> String {
        const WORDS: &[&str] = &[
            "archive", "entry", "block", "header", "path", "mode", "link",
        ];
        let lines = 1 + self.next() % 40;
        let mut text = String::new();
        for line in 0..lines {
            let word = WORDS[(self.next() % WORDS.len() as u64) as usize];
            text.push_str(&format!("{line} {word} {}\n", self.next() % 10_000));
        }
        text
    }

    fn mode(&mut self) -> u32 {
        [0o644, 0o644, 0o755, 0o600, 0o444][(self.next() % 5) as usize]
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}
