// error[E0277]
//! C counts what matched, without a lock.

use anyarchive::Matcher;

fn main() {
    let matcher = Matcher::new().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| matcher.unmatched_inclusions().count()); //~
    });
}
