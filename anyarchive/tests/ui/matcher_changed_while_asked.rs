// error[E0499]
//! A walk has its matcher alone.

use anyarchive::{Matcher, ReadDisk};

fn main() {
    let mut matcher = Matcher::new().unwrap();
    let mut disk = ReadDisk::builder().matcher(&mut matcher).open(".").unwrap();
    matcher.exclude_pattern("*.o").unwrap(); //~
    disk.next_entry().unwrap();
}
