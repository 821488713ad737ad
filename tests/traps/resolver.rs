//! Hard links among new entries.

use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};

pub(crate) const STRATEGIES: [LinkStrategy; 4] = [
    LinkStrategy::Tar,
    LinkStrategy::Mtree,
    LinkStrategy::OldCpio,
    LinkStrategy::NewCpio,
];

fn name_of_inode(name: &str, ino: u64, nlink: u32) -> EntryBuf {
    let mut entry = EntryBuf::file(name, 10).unwrap();
    entry.set_sparse_map(&[0..1, 2..3]).unwrap();
    entry
        .set_dev(8, 1)
        .unwrap()
        .set_ino(ino)
        .unwrap()
        .set_nlink(nlink);
    entry
}

/// Contract 6.1: freeing a resolver with an entry that waits frees that twice, up to 3.8.7.
#[test]
fn resolvers_die_with_entries_that_wait() {
    for strategy in STRATEGIES {
        for (names, drained) in [(1, 0), (3, 0), (3, 1), (40, 7), (40, 40)] {
            let mut resolver = LinkResolver::new(strategy).unwrap();
            for n in 0..names {
                let _ = resolver.push(name_of_inode("first", n, 3));
                let _ = resolver.push(name_of_inode("second", n, 3));
            }
            let got = resolver.drain().take(drained).count() as u64;
            let waiting = if strategy == LinkStrategy::NewCpio {
                names
            } else {
                0
            };
            assert_eq!(got, waiting.min(drained as u64), "{strategy:?}");
            let _ = resolver.incomplete().next();
        }
    }
}

/// Contract 2: entries move into the resolver and out again; none is lost, none comes twice.
#[test]
fn each_entry_comes_back_once() {
    for strategy in STRATEGIES {
        let mut resolver = LinkResolver::new(strategy).unwrap();
        let mut back = Vec::new();
        let mut given = Vec::new();
        for n in 0..3000_u64 {
            let name = format!("{n}");
            given.push(name.clone());
            let (first, second) = resolver.push(name_of_inode(&name, n % 1500, 2 + (n % 3) as u32));
            back.extend(first);
            back.extend(second);
        }
        back.extend(resolver.drain());
        let mut names: Vec<String> = back
            .iter()
            .map(|entry| entry.path().to_string_lossy().into_owned())
            .collect();
        names.sort_by_key(|name| name.parse::<u64>().unwrap());
        assert_eq!(names, given, "{strategy:?}");
        let links = back.iter().filter(|entry| entry.hardlink_bytes().is_some());
        let expected = if strategy == LinkStrategy::OldCpio {
            0
        } else {
            1500
        };
        assert_eq!(links.count(), expected, "{strategy:?}");
    }
}

/// Contract 6.3: with the strategy of tar, a further name has lost its size; a map of data that does not
/// come would be left.
#[test]
fn a_resolved_link_has_no_data() {
    let mut resolver = LinkResolver::new(LinkStrategy::Tar).unwrap();
    let (first, _) = resolver.push(name_of_inode("größe", 1, 2));
    assert_eq!(first.unwrap().sparse_map().len(), 2);
    let (link, none) = resolver.push(name_of_inode("second", 1, 2));
    let link = link.unwrap();
    assert!(none.is_none());
    assert_eq!(link.hardlink_bytes(), Some("größe".as_bytes()));
    assert_eq!((link.size(), link.sparse_map()), (None, vec![]));
}

/// Contract 6.3: from 3.7.5 on, the path of the first name would take the place of the target of a
/// symbolic link with several names.
#[test]
fn the_resolver_keeps_targets_of_symbolic_links() {
    for strategy in STRATEGIES {
        let mut resolver = LinkResolver::new(strategy).unwrap();
        for name in ["a", "b"] {
            let mut entry = EntryBuf::symlink(name, "target").unwrap();
            entry
                .set_dev(8, 1)
                .unwrap()
                .set_ino(1)
                .unwrap()
                .set_nlink(2);
            let (entry, none) = resolver.push(entry);
            assert_eq!(entry.unwrap().symlink_bytes(), Some(&b"target"[..]));
            assert!(none.is_none());
        }
    }
}
