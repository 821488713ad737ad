// error[E0277]
//! Getters write caches in the entry: two threads cannot call them at once.

use anyarchive::EntryBuf;

fn main() {
    let entry = EntryBuf::file("a", 0).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| entry.path_bytes().len()); //~
    });
}
