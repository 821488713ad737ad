//! Times of old ZIP archives are what a clock on the wall showed: they are read as the C library of
//! the system reads them, in whatever time zone.

use std::time::Duration;

use anyarchive::Reader;
use anyarchive_test_support::{child_job, run_as_child};

/// Rules that need no files: none, half hours, and a change in the north and in the south.
const ZONES: &[&str] = &[
    "UTC0",
    "<+0545>-5:45",
    "EST5EDT,M3.2.0,M11.1.0",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
];

#[test]
fn times_are_those_of_the_c_library() {
    const NAME: &str = "local_times::times_are_those_of_the_c_library";
    if child_job().is_some() {
        return compare();
    }
    for zone in ZONES {
        let environment = [("TZ", *zone)];
        let finished = run_as_child(NAME, zone, &environment, Duration::from_secs(60)).unwrap();
        assert_eq!(finished.problem(), None, "{zone}");
    }
}

fn compare() {
    // Every 61 hours of 40 years, and fields beyond their ranges, of which there is no such time.
    let usual = (0..5750_u32).map(|number| 1_000_000_000 + i64::from(number) * 61 * 3600);
    let mut times: Vec<u32> = usual.map(dos_time).collect();
    times.extend((0..2000_u32).map(|number| number.wrapping_mul(2_654_435_761)));
    let archive = zip(&times);
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut odd = 0;
    for time in &times {
        let entry = reader.next_entry().unwrap().expect("an entry for each");
        let told = entry.mtime().expect("a time").seconds;
        let expected = by_system(*time);
        // An hour that comes twice, or never, is either of two.
        assert!((told - expected).abs() <= 3600, "{time:#x}");
        odd += usize::from(told != expected);
    }
    assert!(odd * 200 < times.len(), "{odd} times differ");
}

fn dos_time(seconds: i64) -> u32 {
    let days = seconds / 86400;
    let (year, day_of_year) = (days / 365, days % 365);
    let (month, day) = (1 + day_of_year / 31, 1 + day_of_year % 28);
    let date = (year - 10) << 9 | month << 5 | day;
    let time = (seconds / 3600 % 24) << 11 | (seconds / 60 % 60) << 5;
    u32::try_from(date << 16 | time).unwrap()
}

fn by_system(dos: u32) -> i64 {
    let bits = |at: u32, count: u32| (dos >> at & ((1 << count) - 1)) as libc::c_int;
    // SAFETY: a structure of numbers and a pointer, which zeros are good for.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    tm.tm_year = bits(25, 7) + 80;
    tm.tm_mon = bits(21, 4) - 1;
    tm.tm_mday = bits(16, 5);
    tm.tm_hour = bits(11, 5);
    tm.tm_min = bits(5, 6);
    tm.tm_sec = bits(0, 5) * 2;
    tm.tm_isdst = -1;
    // SAFETY: reads and writes the structure.
    unsafe { libc::mktime(&raw mut tm) }
}

/// Empty entries, each with a time and nothing that tells it better.
fn zip(times: &[u32]) -> Vec<u8> {
    let (mut entries, mut directory) = (Vec::new(), Vec::new());
    for time in times {
        let start = u32::try_from(entries.len()).unwrap();
        let mut common = b"\x14\0\0\0\0\0".to_vec();
        common.extend(time.to_le_bytes());
        common.extend([0; 12]);
        common.extend([1, 0, 0, 0]);
        entries.extend(b"PK\x03\x04");
        entries.extend(&common);
        entries.push(b'f');
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(common);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.push(b'f');
    }
    let count = u16::try_from(times.len()).unwrap().to_le_bytes();
    let (start, len) = (entries.len() as u32, directory.len() as u32);
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend([count, count].concat());
    end.extend(len.to_le_bytes());
    end.extend(start.to_le_bytes());
    end.extend([0, 0]);
    [entries, directory, end].concat()
}
