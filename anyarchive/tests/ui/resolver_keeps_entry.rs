// error[E0382]
//! An entry moves into the resolver: C can keep it.

use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};

fn main() {
    let mut resolver = LinkResolver::new(LinkStrategy::NewCpio).unwrap();
    let entry = EntryBuf::file("a", 0).unwrap();
    let _ = resolver.push(entry);
    println!("{entry:?}"); //~
}
