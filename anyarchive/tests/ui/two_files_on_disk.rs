// error[E0499]
//! C has one file open at a time, and would close the first.

use anyarchive::{EntryBuf, WriteDisk, WriteDiskFlags};

fn main() {
    let mut disk = WriteDisk::new(WriteDiskFlags::empty()).unwrap();
    let first = disk.start_entry(&EntryBuf::file("a", 1).unwrap()).unwrap();
    let second = disk.start_entry(&EntryBuf::file("b", 1).unwrap()).unwrap(); //~
    println!("{first:?} {second:?}");
}
