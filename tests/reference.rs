//! Every reference archive of upstream, read by the safe crate and by a plain loop over the raw
//! bindings: the same entries, fields, data and failures, without a crash or a hang.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use anyarchive::Reader;
use anyarchive_test_support::{
    child_job, is_older_than,
    listing::{Class, DataBy, Listing, raw_bytes, raw_file, raw_headers, raw_stream, safe},
    reference_archives, run_as_child,
};

/// How long one archive may take, read in all ways.
const LIMIT: Duration = Duration::from_secs(10);

/// Starts the one line that a child prints for its parent.
const RESULT: &str = "RESULT ";

/// What is said about one archive.
struct Line {
    class: Class,
    entries: usize,
    /// The first failure, or the first remark.
    text: String,
}

#[test]
fn reference_archives_read_as_the_raw_loop_reads_them() {
    if let Some(archive) = child_job() {
        return read_one(Path::new(&archive));
    }
    if is_older_than(3_008_009, "crashes or hangs on archives that came later") {
        return;
    }
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (mut lines, mut problems) = (BTreeMap::new(), Vec::new());
    thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            while let Some(archive) = archives.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((archive, read_in_child(archive)));
            }
            done
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for (archive, result) in workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
        {
            let name = archive.file_name().unwrap().to_string_lossy().into_owned();
            match result {
                Ok(line) => drop(lines.insert(name, line)),
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
    });
    let report = report(&lines, &problems);
    println!("{report}");
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    fs::write(target.with_file_name("reference-report.txt"), &report).unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(lines.len(), archives.len());
}

fn read_in_child(archive: &Path) -> Result<Line, String> {
    const NAME: &str = "reference_archives_read_as_the_raw_loop_reads_them";
    let path = archive.to_str().ok_or("its path is not UTF-8")?;
    let finished = run_as_child(NAME, path, &[], LIMIT).map_err(|error| error.to_string())?;
    if let Some(problem) = finished.problem() {
        return Err(problem);
    }
    let line = finished
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix(RESULT));
    let mut words = line.ok_or("no result")?.splitn(3, ' ');
    let class = words.next().ok_or("no class")?;
    let class = [Class::Whole, Class::Warn, Class::Failed, Class::Fatal]
        .into_iter()
        .find(|known| known.to_string() == class);
    Ok(Line {
        class: class.ok_or("no such class")?,
        entries: words
            .next()
            .and_then(|count| count.parse().ok())
            .ok_or("no number")?,
        text: words.next().unwrap_or_default().to_owned(),
    })
}

/// Reads an archive in every way and panics when two of them differ.
fn read_one(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let open = || Reader::open(path);
    let raw = raw_file(path, &[]);
    compare("Reader::open, blocks", &raw, &safe(open(), DataBy::Blocks));
    compare(
        "Reader::open, Read",
        &raw,
        &safe(open(), DataBy::Read(8000)),
    );
    let headers = safe(open(), DataBy::Skipping);
    compare("Reader::open, headers", &raw_headers(path), &headers);
    let memory = || Reader::from_bytes(bytes.as_slice());
    let from_bytes = raw_bytes(&bytes, &[]);
    compare(
        "Reader::from_bytes, blocks",
        &from_bytes,
        &safe(memory(), DataBy::Blocks),
    );
    let stream = || Reader::from_reader(bytes.as_slice());
    let from_stream = raw_stream(&bytes, &[]);
    compare(
        "Reader::from_reader, blocks",
        &from_stream,
        &safe(stream(), DataBy::Blocks),
    );
    let first = raw.failures().next().map(|failure| failure.text.as_str());
    let text = first.or(raw.remarks().next()).unwrap_or_default();
    let (class, entries, text) = (raw.class(), raw.entries(), text.replace('\n', " "));
    println!("\n{RESULT}{class} {entries} {text}");
}

fn compare(how: &str, raw: &Listing, safe: &Listing) {
    let differences = raw.differences(safe);
    assert!(
        differences.is_empty(),
        "{how} (raw / safe):\n{}",
        differences.join("\n")
    );
    assert_eq!(raw.class(), safe.class(), "{how}");
}

fn report(lines: &BTreeMap<String, Line>, problems: &[String]) -> String {
    let mut text = format!("{} reference archives\n", lines.len() + problems.len());
    for class in [Class::Whole, Class::Warn, Class::Failed, Class::Fatal] {
        let count = lines.values().filter(|line| line.class == class).count();
        writeln!(text, "{count:5} {class}").unwrap();
    }
    writeln!(text, "{:5} differ, crash or hang", problems.len()).unwrap();
    for (name, line) in lines {
        let Line {
            class,
            entries,
            text: why,
        } = line;
        writeln!(text, "{class:6} {entries:5} {name}  {why}").unwrap();
    }
    for problem in problems {
        writeln!(text, "PROBLEM {problem}").unwrap();
    }
    text
}
