// error[E0505]
//! C keeps a pointer to the matcher that it asks.

use anyarchive::{Matcher, ReadDisk};

fn main() {
    let mut matcher = Matcher::new().unwrap();
    let mut disk = ReadDisk::builder().matcher(&mut matcher).open(".").unwrap();
    drop(matcher); //~
    disk.next_entry().unwrap();
}
