//! What an archive can want, whatever its format is.

use std::{fs, os::unix::fs::symlink, path::Path};

use anyarchive::{
    Allow, Duplicates, Extractor, Limit, Limits, Ownership, PathRules, Permissions,
    Refusal::{self, *},
    Restore,
};
use anyarchive_test_support::samples::{Content, Item};

use crate::{
    case::{Case, Expect},
    containers::Container,
};

/// One attack: the entries, and what is to become of them.
struct Class {
    name: &'static str,
    items: fn() -> Vec<Item>,
    settings: fn() -> Extractor,
    prepare: fn(&Path),
    expect: Expect,
    /// It is nothing without the order of its entries, or without entries that come twice.
    in_order: bool,
    /// Formats where it becomes something else.
    otherwise: Vec<(&'static str, Expect)>,
}

/// Entries that are refused, for these reasons, and the names that are left in the destination.
fn refused<const N: usize>(
    name: &'static str,
    reasons: [Refusal; N],
    names: &[&'static str],
    items: fn() -> Vec<Item>,
) -> Class {
    Class {
        name,
        items,
        settings: Extractor::new,
        prepare: |_| {},
        expect: Expect::Refused(reasons.into(), names.into()),
        in_order: false,
        otherwise: Vec::new(),
    }
}

impl Class {
    fn settings(self, settings: fn() -> Extractor) -> Self {
        Self { settings, ..self }
    }

    fn prepare(self, prepare: fn(&Path)) -> Self {
        Self { prepare, ..self }
    }

    fn in_order(self) -> Self {
        Self {
            in_order: true,
            ..self
        }
    }

    fn in_format<const N: usize>(
        mut self,
        format: &'static str,
        reasons: [Refusal; N],
        names: &[&'static str],
    ) -> Self {
        let expect = Expect::Refused(reasons.into(), names.into());
        self.otherwise.push((format, expect));
        self
    }

    /// What is to become of it in a format.
    fn expect_in(self, container: &Container) -> Expect {
        let otherwise = self.otherwise.into_iter();
        let mut otherwise = otherwise.filter(|(format, _)| *format == container.name);
        match (otherwise.next(), self.expect) {
            (Some((_, expect)), _) => expect,
            (None, Expect::Refused(reasons, _)) if container.is_tree => Expect::Among(reasons),
            (None, expect) => expect,
        }
    }
}

/// All attacks that a format has a place for.
pub(crate) fn cases(container: &Container) -> Vec<Case> {
    let cases = classes(container).into_iter().filter_map(|class| {
        if class.in_order && container.is_tree {
            return None;
        }
        let archive = container.write((class.items)())?;
        Some(Case {
            name: format!("{} in {}", class.name, container.name),
            archive,
            settings: class.settings,
            prepare: class.prepare,
            expect: class.expect_in(container),
        })
    });
    cases.collect()
}

fn portable() -> Extractor {
    Extractor::new().path_rules(PathRules::Portable)
}

/// All metadata, as far as it is not dangerous.
fn everything() -> Extractor {
    Extractor::new()
        .permissions(Permissions::Exact)
        .restore(Restore::all())
}

fn classes(container: &Container) -> Vec<Class> {
    let mut classes = paths();
    classes.extend(windows());
    classes.extend(symbolic_links());
    if container.has_hard_links {
        classes.extend(hard_links());
    }
    classes.extend(metadata());
    classes.extend(names());
    classes.extend(limits());
    classes
}

fn paths() -> Vec<Class> {
    vec![
        refused("file above", [ParentComponent; 3], &["ok"], || {
            vec![
                Item::file("../outside/secret", ""),
                Item::file("../outside/new", ""),
                Item::file("ok", ""),
                Item::file("a/../../outside/dir/inner", ""),
            ]
        }),
        refused("directory above", [ParentComponent; 2], &[""; 0], || {
            vec![
                Item::directory("../outside/dir").mode(0o777).mtime(5, 0),
                Item::directory("../outside/new"),
            ]
        }),
        refused("link above", [ParentComponent], &[""; 0], || {
            vec![Item::symlink("../outside/new", "secret")]
        }),
        refused("up and down again", [ParentComponent; 2], &[""; 0], || {
            vec![
                Item::file("a/b/../../../outside/secret", ""),
                Item::file("a/../b", ""),
            ]
        }),
        refused("absolute file", [AbsolutePath; 2], &["ok"], || {
            vec![
                Item::file("/tmp/anyarchive-canary", ""),
                Item::file("/etc/anyarchive-canary/new", ""),
                Item::file("ok", ""),
            ]
        }),
        refused("absolute directory", [AbsolutePath], &[""; 0], || {
            vec![Item::directory("/tmp/anyarchive-canary").mode(0o777)]
        }),
        refused("absolute link", [AbsolutePath], &[""; 0], || {
            vec![Item::symlink("/tmp/anyarchive-canary", "x")]
        }),
        refused("long name", [NameTooLong], &["ok"], || {
            vec![Item::file("n".repeat(256), ""), Item::file("ok", "")]
        }),
        refused("long path", [PathTooLong(64)], &["ok"], || {
            vec![
                Item::file("wide/".repeat(16) + "x", ""),
                Item::file("ok", ""),
            ]
        })
        .settings(|| Extractor::new().limits(Limits::new().path_bytes(64))),
        refused("deep path", [TooDeep(6)], &["ok"], || {
            vec![Item::file("d/d/d/d/d/d/x", ""), Item::file("ok", "")]
        })
        .settings(|| Extractor::new().limits(Limits::new().depth(6))),
    ]
}

fn windows() -> Vec<Class> {
    vec![
        refused("drive letter", [NotPortable; 2], &["ok"], || {
            vec![
                Item::file("C:/Windows/new", ""),
                Item::file("C:new.txt", ""),
                Item::file("ok", ""),
            ]
        })
        .settings(portable),
        refused("backslashes", [NotPortable; 2], &["ok"], || {
            vec![
                Item::file("..\\..\\outside\\secret", ""),
                Item::file("a\\b.txt", ""),
                Item::file("ok", ""),
            ]
        })
        .in_format("zip", [ParentComponent], &["a", "ok"])
        .settings(portable),
        refused("network path", [NotPortable; 2], &[""; 0], || {
            vec![
                Item::file("\\\\server\\share\\new", ""),
                Item::file("\\\\?\\C:\\new", ""),
            ]
        })
        .in_format("zip", [AbsolutePath; 2], &[])
        .settings(portable),
        refused("device name", [NotPortable; 3], &["ok"], || {
            vec![
                Item::file("NUL", ""),
                Item::file("dir/con.txt", ""),
                Item::file("COM1", ""),
                Item::file("ok", ""),
            ]
        })
        .settings(portable),
        refused("dot or space at the end", [NotPortable; 2], &["ok"], || {
            vec![
                Item::file("dotted.", ""),
                Item::file("spaced ", ""),
                Item::file("ok", ""),
            ]
        })
        .settings(portable),
        refused("stream of a file", [NotPortable], &["file"], || {
            vec![Item::file("file", ""), Item::file("file:stream", "")]
        })
        .settings(portable),
    ]
}

fn symbolic_links() -> Vec<Class> {
    vec![
        refused("symlink out", [OutsideSymlink; 3], &[""; 0], || {
            vec![
                Item::symlink("l1", "../outside"),
                Item::symlink("l2", ".."),
                Item::symlink("l3", "./../outside/secret"),
            ]
        }),
        refused("absolute symlink", [AbsoluteSymlink; 2], &[""; 0], || {
            vec![Item::symlink("l1", "/etc/passwd"), Item::symlink("l2", "/")]
        }),
        refused("winding symlink", [WindingSymlink], &["a"], || {
            vec![Item::symlink("l", "a/../../outside"), Item::file("a", "")]
        }),
        refused(
            "through its own symlink",
            [OutsideSymlink],
            &["out"],
            || {
                vec![
                    Item::symlink("out", "../outside"),
                    Item::file("out/new", ""),
                ]
            },
        ),
        refused(
            "through a symlink",
            [SymlinkInPath; 2],
            &["link", "real"],
            || {
                vec![
                    Item::directory("real"),
                    Item::symlink("link", "real"),
                    Item::file("link/new", ""),
                    Item::directory("link/directory"),
                ]
            },
        ),
        refused(
            "through a symlink that was there",
            [SymlinkInPath; 3],
            &["out"],
            || {
                vec![
                    Item::file("out/secret", ""),
                    Item::file("out/new", ""),
                    Item::directory("out/dir/new"),
                ]
            },
        )
        .in_order()
        .prepare(|top| symlink("../outside", top.join("d/out")).unwrap()),
        refused("chain of symlinks", [SymlinkInPath; 2], &["a", "b"], || {
            vec![
                Item::symlink("a", "."),
                Item::symlink("b", "a"),
                Item::symlink("b/up", ".."),
                Item::file("b/a/b/new", ""),
            ]
        }),
        refused(
            "directory that becomes a symlink",
            [SymlinkInPath],
            &["d", "in"],
            || {
                vec![
                    Item::directory("in"),
                    Item::directory("d"),
                    Item::symlink("d", "in"),
                    Item::file("d/new", ""),
                ]
            },
        ),
        refused("file over a symlink", [], &["link"], || {
            vec![Item::file("link", "")]
        })
        .prepare(|top| symlink("../outside/secret", top.join("d/link")).unwrap()),
        refused("directory over a symlink", [], &["link"], || {
            vec![
                Item::directory("link").mode(0o777).mtime(5, 0),
                Item::file("link/secret", ""),
            ]
        })
        .in_order()
        .in_format("7zip", [SymlinkInPath], &["link"])
        .prepare(|top| symlink("../outside", top.join("d/link")).unwrap()),
        refused("file over a shared inode", [], &["shared"], || {
            vec![Item::file("shared", "").mode(0o777)]
        })
        .prepare(|top| {
            // Outside a snapshot would tell that a name is lost, which is right.
            fs::create_dir(top.join("other")).unwrap();
            fs::write(top.join("other/file"), "other").unwrap();
            fs::hard_link(top.join("other/file"), top.join("d/shared")).unwrap();
        }),
    ]
}

fn hard_links() -> Vec<Class> {
    vec![
        refused("hard link out", [UnsafeHardLink; 3], &[""; 0], || {
            vec![
                Item::hard_link("h1", "../outside/secret"),
                Item::hard_link("h2", "/etc/passwd"),
                Item::hard_link("h3", "a/../../outside/secret"),
            ]
        }),
        refused("hard link above", [ParentComponent], &["a"], || {
            vec![Item::file("a", ""), Item::hard_link("../outside/new", "a")]
        }),
        refused(
            "hard link to a symlink",
            [HardLinkToSpecial],
            &["there"],
            || vec![Item::hard_link("h", "there")],
        )
        .prepare(|top| symlink("../outside/secret", top.join("d/there")).unwrap()),
        refused(
            "hard link through a symlink",
            [UnsafeHardLink],
            &["out"],
            || vec![Item::hard_link("h", "out/secret")],
        )
        .prepare(|top| symlink("../outside", top.join("d/out")).unwrap()),
    ]
}

fn metadata() -> Vec<Class> {
    vec![
        refused("character device", [Device], &[""; 0], || {
            vec![Item::new("null", Content::CharDevice(1, 3))]
        }),
        refused("block device", [Device], &[""; 0], || {
            vec![Item::new("disk", Content::BlockDevice(8, 0))]
        }),
        refused("named pipe", [Fifo], &[""; 0], || {
            vec![Item::new("pipe", Content::Fifo)]
        }),
        refused("socket", [Socket], &[""; 0], || {
            vec![Item::new("socket", Content::Socket)]
        }),
        refused("setuid", [], &["d", "f"], || {
            vec![
                Item::file("f", "").mode(0o7755),
                Item::directory("d").mode(0o3777),
            ]
        })
        .settings(everything),
        refused("owner", [], &["d", "f"], || {
            vec![
                Item::file("f", "").owner(12345, 12345),
                Item::directory("d").owner_names("daemon", "daemon"),
            ]
        })
        .settings(|| everything().ownership(Ownership::Ignore)),
        refused("no permissions", [], &["d", "f"], || {
            vec![
                Item::directory("d").mode(0),
                Item::file("d/f", "").mode(0),
                Item::file("f", "").mode(0),
            ]
        }),
        refused(
            "special files but pipes",
            [Device, Socket],
            &["pipe"],
            || {
                vec![
                    Item::new("null", Content::CharDevice(1, 3)),
                    Item::new("socket", Content::Socket),
                    Item::file("pipe", ""),
                ]
            },
        )
        .settings(|| Extractor::new().allow(Allow::FIFOS)),
    ]
}

fn names() -> Vec<Class> {
    vec![
        refused(
            "names that differ by case",
            [Twin; 2],
            &["Name", "other"],
            || {
                vec![
                    Item::file("Name", ""),
                    Item::file("name", ""),
                    Item::file("other/x", ""),
                    Item::file("OTHER/y", ""),
                ]
            },
        )
        .settings(|| Extractor::new().duplicates(Duplicates::RefuseTwins)),
        refused(
            "symlink and directory that differ by case",
            [Twin],
            &["link"],
            || vec![Item::symlink("link", "."), Item::file("LINK/new", "")],
        )
        .in_order()
        .settings(|| Extractor::new().duplicates(Duplicates::RefuseTwins)),
        refused("names that come twice", [Duplicate], &["a"], || {
            vec![Item::file("a", ""), Item::file("a", "")]
        })
        .in_order()
        .in_format("mtree", [], &["a"])
        .settings(|| Extractor::new().duplicates(Duplicates::Refuse)),
        refused("escape sequences", [], &["\u{1b}[2Jname\r\n"], || {
            vec![Item::file("\u{1b}[2Jname\r\n", "")]
        }),
        refused("the destination itself", [EmptyPath; 2], &["ok"], || {
            vec![
                Item::file(".", ""),
                Item::symlink(".", "ok"),
                Item::file("ok", ""),
            ]
        })
        .in_order()
        .in_format("mtree", [EmptyPath], &["ok"]),
        refused(
            "file in the place of a full directory",
            [DirectoryInTheWay],
            &["full"],
            || vec![Item::file("full/file", ""), Item::file("full", "")],
        )
        .in_order(),
    ]
}

fn limits() -> Vec<Class> {
    let ended = |name, limit, settings, items| Class {
        name,
        items,
        settings,
        prepare: |_| {},
        expect: Expect::Ended(limit),
        in_order: false,
        otherwise: Vec::new(),
    };
    vec![
        ended(
            "many entries",
            Limit::Entries,
            || Extractor::new().limits(Limits::new().entries(50)),
            || {
                (0..51)
                    .map(|number| Item::file(format!("f{number}"), ""))
                    .collect()
            },
        ),
        ended(
            "many bytes",
            Limit::TotalBytes,
            || Extractor::new().limits(Limits::new().total_bytes(1 << 20)),
            || {
                (0..20)
                    .map(|number| Item::file(format!("f{number}"), vec![1; 100_000]))
                    .collect()
            },
        ),
        refused("long file", [FileTooLong(1000)], &["ok"], || {
            vec![Item::file("long", vec![1; 1001]), Item::file("ok", "")]
        })
        .settings(|| Extractor::new().limits(Limits::new().file_bytes(1000))),
    ]
}
