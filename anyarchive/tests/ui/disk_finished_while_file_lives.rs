// error[E0505]
//! The file is closed with all others.

use anyarchive::{EntryBuf, WriteDisk, WriteDiskFlags};

fn main() {
    let mut disk = WriteDisk::new(WriteDiskFlags::empty()).unwrap();
    let file = disk.start_entry(&EntryBuf::file("a", 1).unwrap()).unwrap();
    disk.finish().unwrap(); //~
    println!("{file:?}");
}
