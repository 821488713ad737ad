//! How often the system is asked for each small file.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use anyarchive::Reader;
use anyarchive_test_support::samples::{Item, Spec};

const NAME: &str = "system_calls::five_calls_make_a_small_file";
/// Tells the test that it is counted, and the archive.
const ARCHIVE: &str = "ANYARCHIVE_COUNTED_ARCHIVE";

const FEW: usize = 200;
const MANY: usize = 2200;

#[test]
fn five_calls_make_a_small_file() {
    if let Some(archive) = env::var_os(ARCHIVE) {
        let directory = Path::new(&archive).with_extension("extracted");
        let report = Reader::open(&archive).unwrap().extract(&directory).unwrap();
        assert!(report.is_clean());
        return;
    }
    if anyarchive::linkage().origin != "vendored-cc" {
        return println!(
            "not tested: only the library that is built here reads local times itself"
        );
    }
    let works = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        return eprintln!("skipped: strace is not there, or may not look at other programs");
    }
    for spec in [
        Spec::new("pax"),
        Spec::new("pax").filter("gzip"),
        Spec::new("pax").filter("zstd"),
        Spec::new("zip"),
        Spec::new("7zip"),
        Spec::new("newc"),
    ] {
        let ([few, few_needed], [many, many_needed]) = (calls(&spec, FEW), calls(&spec, MANY));
        let per_file = |few, many| (many as f64 - few as f64) / (MANY - FEW) as f64;
        let (all, needed) = (per_file(few, many), per_file(few_needed, many_needed));
        println!("{all:.2} calls for each file, {needed:.2} of them needed, {spec:?}");
        assert!(needed >= 4.0, "not all was counted: {needed}, {spec:?}");
        assert!(all <= 5.0, "{all}, {spec:?}");
    }
}

/// Calls in all to extract so many files with default settings, and those among them that no file can
/// be without: it is opened, written, gets its time and is closed. The others vary: threads wait for
/// each other more or less often.
fn calls(spec: &Spec, files: usize) -> [usize; 2] {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("archive");
    let items = (0..files).map(|number| {
        let data = format!("{number} ").repeat(number % 800);
        Item::file(format!("d{}/f{number}", number / 100), data + ".")
    });
    fs::write(&archive, spec.to_vec(items).unwrap()).unwrap();
    let table = directory.path().join("table");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-c", "-U", "calls,name"])
        // Without optimisation, `std` makes sure of each file descriptor that it closes.
        .args(["-e", "trace=!fcntl", "-o"])
        .arg(&table)
        .arg(env::current_exe().unwrap())
        .args(["--exact", NAME, "--test-threads=1"])
        .env(ARCHIVE, &archive)
        .env_remove("TZ")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let table = fs::read_to_string(&table).unwrap();
    let count = |wanted: &str| {
        let count = table.lines().find_map(|line| {
            let number = line.trim().strip_suffix(wanted)?;
            number.trim().parse::<usize>().ok()
        });
        count.unwrap_or_else(|| panic!("no {wanted}: {table}"))
    };
    let needed = ["openat", "pwrite64", "utimensat", "close"].map(count);
    [count("total"), needed.iter().sum()]
}
