//! Amounts on the command line: counts, sizes and times, each of which can be `none`.

use std::time::Duration;

/// What a limit is set to; nothing is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound<T>(pub(crate) Option<T>);

/// A number of things.
pub(super) fn count(text: &str) -> Result<Bound<u64>, String> {
    bound(text, |text| {
        text.parse()
            .map_err(|_| "it is a number, or 'none'".to_owned())
    })
}

/// The same, for what is counted in memory.
pub(super) fn small_count(text: &str) -> Result<Bound<usize>, String> {
    bound(text, |text| {
        text.parse()
            .map_err(|_| "it is a number, or 'none'".to_owned())
    })
}

/// A number of bytes: `1500`, `64K` or `64KiB` (of 1,024), `64kB` (of 1,000), up to `T`.
pub(super) fn size(text: &str) -> Result<Bound<u64>, String> {
    let wrong = || "it is a number of bytes such as 1500, 64K, 2MiB, 10GB, or 'none'".to_owned();
    bound(text, |text| {
        let (number, unit) = split(text);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let unit = unit.to_ascii_lowercase();
        let (base, prefix): (u64, _) = match unit.strip_suffix('b') {
            None => (1024, unit.as_str()),
            Some(unit) => match unit.strip_suffix('i') {
                Some("") => return Err(wrong()),
                Some(prefix) => (1024, prefix),
                None => (1000, unit),
            },
        };
        let power = match prefix {
            "" => 0,
            "k" => 1,
            "m" => 2,
            "g" => 3,
            "t" => 4,
            _ => return Err(wrong()),
        };
        let bytes = number.checked_mul(base.pow(power));
        bytes.ok_or_else(|| "it is too large".to_owned())
    })
}

/// A time: `90` or `90s`, `500ms`, `15m`, `2h`.
pub(super) fn time(text: &str) -> Result<Bound<Duration>, String> {
    let wrong = || "it is a time such as 90, 500ms, 15m, 2h, or 'none'".to_owned();
    bound(text, |text| {
        let (number, unit) = split(text);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let seconds = match unit {
            "ms" => return Ok(Duration::from_millis(number)),
            "" | "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(wrong()),
        };
        let seconds = number.checked_mul(seconds);
        seconds
            .map(Duration::from_secs)
            .ok_or_else(|| "it is too large".to_owned())
    })
}

fn bound<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Bound<T>, String> {
    if text == "none" {
        return Ok(Bound(None));
    }
    parse(text).map(|value| Bound(Some(value)))
}

/// Digits, and what is behind them.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_of_both_kinds() {
        for (text, bytes) in [
            ("0", 0),
            ("1500", 1500),
            ("7b", 7),
            ("64k", 64 << 10),
            ("64KiB", 64 << 10),
            ("64kB", 64_000),
            ("2M", 2 << 20),
            ("3GiB", 3 << 30),
            ("10GB", 10_000_000_000),
            ("1T", 1 << 40),
        ] {
            assert_eq!(size(text), Ok(Bound(Some(bytes))), "{text}");
        }
        assert_eq!(size("none"), Ok(Bound(None)));
        for text in [
            "",
            "k",
            "-1",
            "1.5G",
            "1ib",
            "1 M",
            "1X",
            "NONE",
            "99999999999999999999",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(size("18446744073709551615"), Ok(Bound(Some(u64::MAX))));
        assert!(size("16777216T").is_err());
    }

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in [
            ("90", 90_000),
            ("90s", 90_000),
            ("500ms", 500),
            ("15m", 900_000),
            ("2h", 7_200_000),
        ] {
            let expected = Bound(Some(Duration::from_millis(milliseconds)));
            assert_eq!(time(text), Ok(expected), "{text}");
        }
        assert_eq!(time("none"), Ok(Bound(None)));
        for text in ["", "s", "1d", "-1s", "18446744073709551615h"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
