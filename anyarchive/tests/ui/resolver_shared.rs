// error[E0277]
//! C moves entries about in a resolver, without a lock.

use anyarchive::{LinkResolver, LinkStrategy};

fn main() {
    let resolver = LinkResolver::new(LinkStrategy::NewCpio).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| println!("{resolver:?}")); //~
    });
}
