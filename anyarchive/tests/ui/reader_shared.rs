// error[E0277]
//! A reader is for one thread at a time.

use anyarchive::Reader;

fn main() {
    let reader = Reader::from_bytes("").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| reader.format_name()); //~
    });
}
