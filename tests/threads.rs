//! Readers move between threads; what cannot be shared is told by the compiler.

use std::{sync::mpsc, thread};

use anyarchive::{
    AclEntry, Block, CancelToken, Capabilities, Convert, ConvertIssue, ConvertReport, Decoder,
    Entry, EntryBuf, EntryRef, EntryWriter, Error, Filter, Format, Limits, LinkResolver, Matcher,
    MetadataFields, Password, PasswordRequest, ReadDisk, ReadDiskBuilder, ReadDiskEntry,
    ReadReport, Reader, ReaderBuilder, Timestamp, WriteDisk, WriteDiskFile, WriteFormat, Writer,
    WriterBuilder, Xattr,
};
use anyarchive_test_support::samples::{Item, Spec};
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(Reader<'static>: Send);
assert_not_impl_any!(Reader<'static>: Sync);
// An entry moves together with the loan of its reader: it can be the source of another reader.
assert_impl_all!(Entry<'static>: Send);
assert_not_impl_any!(Entry<'static>: Sync);
assert_not_impl_any!(EntryRef: Send, Sync);
assert_impl_all!(EntryBuf: Send, Clone);
assert_not_impl_any!(EntryBuf: Sync);
assert_impl_all!(ReaderBuilder: Send, Sync, Clone);
assert_impl_all!(Error: Send, Sync);
assert_impl_all!(Password: Send, Sync);
assert_impl_all!(Block<'static>: Send, Sync, Copy);
assert_impl_all!(Timestamp: Send, Sync, Copy);
assert_impl_all!(Format: Send, Sync, Copy);
assert_impl_all!(Filter: Send, Sync, Copy);
assert_impl_all!(Decoder<'static>: Send);
assert_not_impl_any!(Decoder<'static>: Sync);
assert_impl_all!(WriterBuilder: Send, Sync, Clone);
assert_impl_all!(Writer<Vec<u8>>: Send);
assert_not_impl_any!(Writer<Vec<u8>>: Sync, Clone);
assert_not_impl_any!(EntryWriter<'static>: Sync, Clone);
assert_impl_all!(Matcher: Send);
assert_not_impl_any!(Matcher: Sync, Clone);
assert_impl_all!(LinkResolver: Send);
assert_not_impl_any!(LinkResolver: Sync, Clone);
assert_impl_all!(ReadDisk<'static>: Send);
assert_not_impl_any!(ReadDisk<'static>: Sync, Clone);
assert_not_impl_any!(ReadDiskEntry<'static>: Sync, Clone);
assert_impl_all!(ReadDiskBuilder<'static>: Send);
assert_impl_all!(WriteDisk: Send);
assert_not_impl_any!(WriteDisk: Sync, Clone);
assert_not_impl_any!(WriteDiskFile<'static>: Sync, Clone);
assert_not_impl_any!(Convert<'static, 'static, Vec<u8>>: Sync, Clone);
assert_impl_all!(ConvertReport: Send, Sync);
assert_impl_all!(ConvertIssue: Send, Sync);
assert_impl_all!(CancelToken: Send, Sync, Clone);
assert_impl_all!(Limits: Send, Sync, Clone);
assert_impl_all!(ReadReport: Send, Sync, Clone);
assert_impl_all!(Capabilities: Send, Sync);
assert_impl_all!(WriteFormat: Send, Sync, Copy);
assert_impl_all!(MetadataFields: Send, Sync, Copy);
assert_impl_all!(AclEntry: Send, Sync, Clone);
assert_impl_all!(Xattr: Send, Sync, Clone);
assert_impl_all!(PasswordRequest<'static>: Send, Sync);

#[cfg(unix)]
assert_impl_all!(anyarchive::Walk: Send);
#[cfg(unix)]
assert_not_impl_any!(anyarchive::Walk: Sync);
#[cfg(unix)]
assert_impl_all!(anyarchive::DiskEntry: Send);
#[cfg(unix)]
assert_not_impl_any!(anyarchive::DiskEntry: Sync);

const ENTRIES: usize = 40;

fn archive(spec: &Spec) -> Vec<u8> {
    let item = |n: usize| Item::file(format!("größe-{n}"), format!("data {n} ").repeat(500));
    spec.to_vec((0..ENTRIES).map(item)).unwrap()
}

fn specs() -> [Spec; 4] {
    [
        Spec::new("pax").filter("zstd"),
        Spec::new("pax").filter("xz"),
        Spec::new("zip"),
        Spec::new("7zip"),
    ]
}

/// Reads one entry and checks that it is the one with this number.
fn step(reader: &mut Reader<'_>, number: usize) {
    let mut entry = reader.next_entry().unwrap().expect("an entry");
    assert_eq!(entry.path_bytes(), format!("größe-{number}").as_bytes());
    let expected = format!("data {number} ").repeat(500);
    assert_eq!(entry.read_to_vec().unwrap(), expected.as_bytes());
}

#[test]
fn a_reader_moves_between_threads_after_each_entry() {
    for spec in specs() {
        let mut reader = Reader::from_bytes(archive(&spec)).unwrap();
        for number in 0..ENTRIES {
            reader = thread::spawn(move || {
                step(&mut reader, number);
                reader
            })
            .join()
            .unwrap();
        }
        assert!(reader.next_entry().unwrap().is_none());
    }
}

#[test]
fn an_entry_moves_to_another_thread_in_the_middle_of_its_data() {
    let archive = archive(&specs()[0]);
    let mut reader = Reader::from_bytes(archive.as_slice()).unwrap();
    let mut entry = reader.next_entry().unwrap().expect("an entry");
    let mut start = [0; 10];
    std::io::Read::read_exact(&mut entry, &mut start).unwrap();
    let rest = thread::scope(|scope| scope.spawn(move || entry.read_to_vec().unwrap()).join());
    let data = [&start[..], &rest.unwrap()].concat();
    assert_eq!(data, "data 0 ".repeat(500).as_bytes());
    step(&mut reader, 1);
}

#[test]
fn many_readers_run_at_once() {
    let archives = specs().map(|spec| archive(&spec));
    thread::scope(|scope| {
        for archive in archives.iter().cycle().take(16) {
            scope.spawn(move || {
                let mut reader = Reader::from_bytes(archive.as_slice()).unwrap();
                for number in 0..ENTRIES {
                    step(&mut reader, number);
                }
                assert!(reader.next_entry().unwrap().is_none());
            });
        }
    });
}

/// Readers made on one thread, used on another and dropped on a third, in another order than they
/// were made in: the locale of each thread is its own and stays as it was.
#[test]
fn readers_are_dropped_on_other_threads() {
    let (sender, receiver) = mpsc::channel();
    let dropper = thread::spawn(move || {
        let mut readers: Vec<Reader<'_>> = receiver.iter().collect();
        while readers.len() > 1 {
            drop(readers.swap_remove(readers.len() / 2));
        }
        step(&mut readers[0], 1);
    });
    for spec in specs() {
        let mut reader = Reader::from_bytes(archive(&spec)).unwrap();
        step(&mut reader, 0);
        sender.send(reader).unwrap();
    }
    drop(sender);
    dropper.join().unwrap();
}
