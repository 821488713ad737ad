//! Memory does not follow the number of files.

use std::{fs, path::Path, time::Duration};

use anyarchive::Reader;
use anyarchive_test_support::{
    child_job, run_as_child,
    samples::{Item, Spec},
};

#[test]
fn many_files_need_no_more_memory_than_few() {
    const NAME: &str = "memory::many_files_need_no_more_memory_than_few";
    if let Some(archive) = child_job() {
        let directory = Path::new(&archive).with_extension("extracted");
        let report = Reader::open(&archive).unwrap().extract(directory).unwrap();
        assert!(report.is_clean());
        return println!("peak {} KiB", peak());
    }
    let directory = tempfile::tempdir().unwrap();
    let specs = [
        Spec::new("ustar"),
        Spec::new("zip"),
        // The window of what decodes its header would be filled by some hundred thousand files only.
        Spec::new("7zip").option("7zip:compression=store"),
        Spec::new("pax").filter("zstd"),
    ];
    for spec in specs {
        let peak = |files: usize| {
            let archive = directory.path().join(files.to_string());
            let items =
                (0..files).map(|number| Item::file(format!("d{}/f{number}", number % 7), ""));
            fs::write(&archive, spec.to_vec(items).unwrap()).unwrap();
            let job = archive.to_str().unwrap();
            let finished = run_as_child(NAME, job, &[], Duration::from_secs(120)).unwrap();
            assert_eq!(finished.problem(), None);
            fs::remove_dir_all(archive.with_extension("extracted")).unwrap();
            let told = finished.stdout.split_once("peak ").unwrap().1;
            told.split_once(' ').unwrap().0.parse::<usize>().unwrap()
        };
        // Few are more than fill the window of the decoder, and one slice of a directory.
        let (few, many) = (peak(8_000), peak(40_000));
        println!("{few} and {many} KiB, {spec:?}");
        assert!(many * 10 <= few * 11, "{few} and {many} KiB, {spec:?}");
    }
}

/// The most memory that this process had, in KiB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().strip_suffix("kB").unwrap();
    number.trim().parse().unwrap()
}
