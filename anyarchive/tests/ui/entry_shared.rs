// error[E0277]
//! Getters write caches in the entry: two threads cannot call them at once.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| entry.path_bytes().len()); //~
        scope.spawn(|| entry.path_bytes().len());
    });
}
