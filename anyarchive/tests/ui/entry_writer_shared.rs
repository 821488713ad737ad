// error[E0277]
//! So is the entry that it writes.

use anyarchive::{EntryBuf, Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let entry = writer.start_entry(EntryBuf::file("a", 0).unwrap()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| println!("{entry:?}")); //~
    });
}
