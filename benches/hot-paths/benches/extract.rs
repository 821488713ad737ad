//! Extraction of small and of large files: `cargo bench -p hot-paths --bench extract`.
//!
//! Below `TMPDIR`; on a disk this is a bench of the disk.

use anyarchive::{Extractor, Reader};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hot_paths::tar_of;

fn extract(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("extract");
    group.sample_size(10);
    for (name, files, len) in [
        ("1000 files of 8 KiB", 1000, 8 << 10),
        ("2 files of 32 MiB", 2, 32 << 20),
    ] {
        let archive = tar_of(files, len);
        group.throughput(Throughput::Bytes(files * len));
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                || tempfile::tempdir().expect("a directory"),
                |directory| {
                    let mut reader = Reader::from_bytes(&archive).expect("a tar");
                    let report = Extractor::new().extract(&mut reader, directory.path());
                    assert!(report.expect("extraction").is_clean());
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, extract);
criterion_main!(benches);
