// error[E0502]
//! A pattern that is lent is gone when the matcher changes.

use anyarchive::Matcher;

fn main() {
    let mut matcher = Matcher::new().unwrap();
    let pattern = matcher.unmatched_inclusions().next();
    matcher.include_pattern("a").unwrap(); //~
    println!("{pattern:?}");
}
