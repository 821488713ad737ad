//! The C objects behind entries, readers and writers: who owns them, and that they are the same.

use std::{ffi::CStr, io};

use anyarchive::{
    EntryBuf, EntryRef, FileType, Filter, Reader, WriteFormat, Writer,
    raw::{AsRaw, IntoRaw, sys},
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(EntryRef: AsRaw<Raw = sys::archive_entry>);
assert_impl_all!(EntryBuf: IntoRaw<Raw = sys::archive_entry>);
assert_impl_all!(Reader<'static>: AsRaw<Raw = sys::archive>);
assert_impl_all!(Writer<io::Sink>: AsRaw<Raw = sys::archive>);
// Callbacks are tied to their handles.
assert_not_impl_any!(Reader<'static>: IntoRaw);
assert_not_impl_any!(Writer<io::Sink>: IntoRaw);

fn path(entry: &impl AsRaw<Raw = sys::archive_entry>) -> Vec<u8> {
    // SAFETY: a getter, of an entry that the caller keeps alive.
    let path = unsafe { sys::archive_entry_pathname(entry.as_ptr()) };
    assert!(!path.is_null());
    // SAFETY: text of the entry, which does not change meanwhile.
    unsafe { CStr::from_ptr(path) }.to_bytes().to_vec()
}

fn archive() -> Vec<u8> {
    let mut writer = Writer::builder(WriteFormat::Pax)
        .filter(Filter::Gzip)
        .to_writer(Vec::new())
        .unwrap();
    writer.append_bytes("one", b"1").unwrap();
    writer.append_bytes("two", b"22").unwrap();
    writer.finish().unwrap()
}

#[test]
fn an_entry_goes_to_c_and_comes_back_as_the_same() {
    let mut entry = EntryBuf::file("way", 3).unwrap();
    entry.set_uname("somebody").unwrap();
    let address = entry.as_ptr();
    let raw = entry.into_raw();
    assert_eq!(raw, address);
    // SAFETY: nobody else has the entry.
    unsafe { sys::archive_entry_set_mtime(raw, 7, 8) };
    // SAFETY: as above.
    unsafe { sys::archive_entry_set_ino(raw, 99) };
    // SAFETY: it came from `into_raw` and is used no more.
    let entry = unsafe { EntryBuf::from_raw(raw) }.unwrap();
    assert_eq!(entry.as_ptr(), address);
    assert_eq!(entry.path_bytes(), b"way");
    assert_eq!(entry.uname_bytes(), Some(&b"somebody"[..]));
    assert_eq!(entry.ino(), Some(99));
    let mtime = entry.mtime().unwrap();
    assert_eq!((mtime.seconds, mtime.nanoseconds), (7, 8));
}

#[test]
fn null_is_no_entry() {
    // SAFETY: NULL is allowed.
    assert!(unsafe { EntryBuf::from_raw(std::ptr::null_mut()) }.is_none());
}

#[test]
fn an_entry_that_c_made_is_written_like_any_other() {
    // SAFETY: no arguments.
    let raw = unsafe { sys::archive_entry_new() };
    assert!(!raw.is_null());
    // Nothing is set but the path, and that in the form that has no bytes.
    // SAFETY: the entry is new, and nobody else has it.
    unsafe { sys::archive_entry_set_pathname_utf8(raw, c"größe".as_ptr()) };
    // SAFETY: as above; it is used no more.
    let mut entry = unsafe { EntryBuf::from_raw(raw) }.unwrap();
    entry
        .set_file_type(FileType::File)
        .unwrap()
        .set_size(0)
        .unwrap();
    for format in [
        WriteFormat::Pax,
        WriteFormat::Zip,
        WriteFormat::SevenZip,
        WriteFormat::CpioNewc,
    ] {
        let mut writer = Writer::builder(format).to_writer(Vec::new()).unwrap();
        writer.append_entry(&entry).unwrap();
        let bytes = writer.finish().unwrap();
        let mut reader = Reader::from_bytes(bytes).unwrap();
        let read = reader.next_entry().unwrap().unwrap();
        assert_eq!(read.path_bytes(), "größe".as_bytes(), "{format:?}");
    }
}

#[test]
fn what_a_reader_lends_is_seen_by_c() {
    let mut reader = Reader::from_bytes(archive()).unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(path(&*entry), b"one");
    // A copy is another object, and stays when the reader is gone.
    let copy = entry.to_owned();
    assert_ne!(copy.as_ptr(), entry.as_ptr());
    drop(reader);
    assert_eq!(path(&copy), b"one");
}

#[test]
fn a_reader_and_its_handle_tell_the_same_after_a_move() {
    let mut reader = Reader::from_bytes(archive()).unwrap();
    let handle = reader.as_ptr();
    reader.next_entry().unwrap().unwrap();
    let mut reader = Box::new(reader);
    assert_eq!(reader.as_ptr(), handle);
    // SAFETY: it reads one field of a handle that lives.
    assert_eq!(unsafe { sys::archive_file_count(handle) }, 1);
    // SAFETY: as above.
    let format = unsafe { sys::archive_format(handle) };
    assert_eq!(
        format & sys::ARCHIVE_FORMAT_BASE_MASK,
        sys::ARCHIVE_FORMAT_TAR
    );
    // Looking disturbs nothing.
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.path_bytes(), b"two");
    assert_eq!(entry.read_to_vec().unwrap(), b"22");
}

#[test]
fn a_writer_shows_its_handle_and_goes_on() {
    let mut writer = Writer::builder(WriteFormat::Zip)
        .to_writer(Vec::new())
        .unwrap();
    writer.append_bytes("one", b"1").unwrap();
    // SAFETY: it reads one field of a handle that lives.
    let block = unsafe { sys::archive_write_get_bytes_per_block(writer.as_ptr()) };
    assert!(block >= 0);
    // SAFETY: as above.
    assert_eq!(unsafe { sys::archive_file_count(writer.as_ptr()) }, 1);
    writer.append_bytes("two", b"2").unwrap();
    let bytes = writer.finish().unwrap();
    let mut reader = Reader::from_bytes(bytes).unwrap();
    let mut names = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        names.push(entry.path_bytes().to_vec());
    }
    assert_eq!(names, [b"one", b"two"]);
}
