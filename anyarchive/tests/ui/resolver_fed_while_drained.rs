// error[E0499]
//! C walks through its table with one cursor.

use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};

fn main() {
    let mut resolver = LinkResolver::new(LinkStrategy::NewCpio).unwrap();
    let mut rest = resolver.drain();
    let _ = resolver.push(EntryBuf::file("a", 0).unwrap()); //~
    println!("{:?}", rest.next());
}
