// error[E0277]
//! A writer is for one thread at a time.

use anyarchive::{Format, Writer};

fn main() {
    let writer = Writer::builder(Format::Tar).to_vec().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| writer.bytes_written()); //~
    });
}
