//! Headers and data, without a file system: `cargo bench -p hot-paths --bench read`.

use std::{hint::black_box, io::Read as _};

use anyarchive::Reader;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hot_paths::tar_of;

const ENTRIES: u64 = 10_000;
const DATA: u64 = 32 << 20;

fn headers(criterion: &mut Criterion) {
    let archive = tar_of(ENTRIES, 0);
    let mut group = criterion.benchmark_group("headers");
    group.throughput(Throughput::Elements(ENTRIES));
    group.bench_function("next_entry", |bencher| {
        bencher.iter(|| {
            let mut reader = Reader::from_bytes(&archive).expect("a tar");
            while let Some(entry) = reader.next_entry().expect("an entry") {
                black_box(&entry);
            }
        });
    });
    group.bench_function("list", |bencher| {
        bencher.iter(|| {
            let mut reader = Reader::from_bytes(&archive).expect("a tar");
            while let Some(entry) = reader.next_entry().expect("an entry") {
                black_box((entry.path_bytes(), entry.size(), entry.mtime()));
            }
        });
    });
    group.finish();
}

fn data(criterion: &mut Criterion) {
    let archive = tar_of(4, DATA / 4);
    let mut group = criterion.benchmark_group("data");
    group.throughput(Throughput::Bytes(DATA));
    for (name, stream) in [("blocks, memory", false), ("blocks, stream", true)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut reader = match stream {
                    true => Reader::from_reader(&archive[..]),
                    false => Reader::from_bytes(&archive),
                }
                .expect("a tar");
                while let Some(mut entry) = reader.next_entry().expect("an entry") {
                    while let Some(block) = entry.next_block().expect("a block") {
                        black_box(block.data());
                    }
                }
            });
        });
    }
    group.bench_function("read, stream", |bencher| {
        let mut buffer = vec![0; 64 << 10];
        bencher.iter(|| {
            let mut reader = Reader::from_reader(&archive[..]).expect("a tar");
            while let Some(mut entry) = reader.next_entry().expect("an entry") {
                while entry.read(&mut buffer).expect("data") > 0 {
                    black_box(&buffer);
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, headers, data);
criterion_main!(benches);
