// error[E0499]
//! A block is gone when the walk goes on.

use anyarchive::ReadDisk;

fn main() {
    let mut disk = ReadDisk::builder().open(".").unwrap();
    let mut entry = disk.next_entry().unwrap().unwrap();
    let block = entry.next_block().unwrap();
    disk.next_entry().unwrap(); //~
    println!("{block:?}");
}
