//! The long form of a listing, like `tar tv`.

use anyarchive::{EntryRef, Timestamp};

use crate::{exit::Failure, output::Output};

/// Writes long lines; owner and size get wider as needed, so that most of them line up.
pub(crate) struct LongList {
    width: usize,
}

impl LongList {
    pub(crate) fn new() -> Self {
        Self { width: 18 }
    }

    pub(crate) fn write(&mut self, out: &mut Output, entry: &EntryRef) -> Result<(), Failure> {
        let owner = owner(entry);
        let owner = out.shown(&owner);
        let size = size(entry);
        self.width = self.width.max(owner.len() + 1 + size.len());
        let gap = self.width - owner.len() - size.len();
        out.text(&mode_letters(entry))?;
        out.text(" ")?;
        out.bytes(&owner)?;
        let time = entry.mtime().map_or_else(|| "-".to_owned(), utc);
        out.text(&format!("{:gap$}{size} {time:>20} ", ""))?;
        out.name(entry.path_bytes())?;
        if let Some(target) = entry.hardlink_bytes() {
            out.text(" link to ")?;
            out.name(target)?;
        } else if let Some(target) = entry.symlink_bytes() {
            out.text(" -> ")?;
            out.name(target)?;
        }
        out.end_line()
    }
}

/// `uname/gname`, with numbers where there are no names.
fn owner(entry: &EntryRef) -> Vec<u8> {
    let or_number = |name: Option<&[u8]>, id: Option<u64>| match (name, id) {
        (Some(name), _) if !name.is_empty() => name.to_vec(),
        (_, Some(id)) => id.to_string().into_bytes(),
        (_, None) => b"?".to_vec(),
    };
    let mut owner = or_number(entry.uname_bytes(), entry.uid());
    owner.push(b'/');
    owner.extend(or_number(entry.gname_bytes(), entry.gid()));
    owner
}

/// Bytes, `major,minor` of a device, or `?` when the archive does not say.
fn size(entry: &EntryRef) -> String {
    match (entry.rdev(), entry.size()) {
        (Some((major, minor)), _) => format!("{major},{minor}"),
        (None, Some(size)) => size.to_string(),
        (None, None) => "?".to_owned(),
    }
}

fn mode_letters(entry: &EntryRef) -> String {
    let first = match entry.hardlink_bytes() {
        Some(_) => 'h',
        None => entry.file_type().letter(),
    };
    letters(first, entry.mode())
}

/// `rwx` three times, with `s` and `t` where `ls -l` puts them.
fn letters(first: char, mode: u32) -> String {
    let mut out = String::with_capacity(10);
    out.push(first);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// ISO 8601 in UTC, in whole seconds; `@SECONDS` for years with more than four digits.
fn utc(time: Timestamp) -> String {
    match jiff::Timestamp::from_second(time.seconds) {
        Ok(stamp) => stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => format!("@{}", time.seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_like_those_of_ls() {
        assert_eq!(letters('-', 0o644), "-rw-r--r--");
        assert_eq!(letters('d', 0o1777), "drwxrwxrwt");
        assert_eq!(letters('-', 0o6750), "-rwsr-s---");
        assert_eq!(letters('-', 0o7000), "---S--S--T");
    }

    #[test]
    fn times_are_utc_and_never_lost() {
        let at = |seconds| {
            utc(Timestamp {
                seconds,
                nanoseconds: 999_999_999,
            })
        };
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(-1), "1969-12-31T23:59:59Z");
        assert_eq!(at(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(at(i64::MAX), "@9223372036854775807");
        assert_eq!(at(i64::MIN), "@-9223372036854775808");
    }
}
