// error[E0505]
//! An entry of a walk by C is in memory of the walk.

use anyarchive::ReadDisk;

fn main() {
    let mut disk = ReadDisk::builder().open(".").unwrap();
    let entry = disk.next_entry().unwrap();
    drop(disk); //~
    println!("{entry:?}");
}
