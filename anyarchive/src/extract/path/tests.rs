use super::*;

const MAX_PATH: usize = 4096;
const MAX_DEPTH: usize = 256;

fn place(raw: &[u8], strip: usize) -> Result<Place, Refusal> {
    let policy = Policy {
        strip_components: strip,
        ..Policy::default()
    };
    super::place(raw, &policy)
}

fn below(raw: &str, strip: usize) -> String {
    match place(raw.as_bytes(), strip) {
        Ok(Place::Below(path)) => String::from_utf8(path.0).unwrap(),
        other => panic!("{raw}: {other:?}"),
    }
}

#[test]
fn paths_are_cleaned() {
    for (raw, expected) in [
        ("a", "a"),
        ("./a", "a"),
        ("a/", "a"),
        ("a//b/./c/", "a/b/c"),
        ("...", "..."),
        ("..a/b..", "..a/b.."),
        (" ", " "),
        ("a\\..\\b", "a\\..\\b"),
        ("C:/x", "C:/x"),
        ("-rf", "-rf"),
    ] {
        assert_eq!(below(raw, 0), expected);
    }
    assert_eq!(
        place(b"\xff\xfe", 0).unwrap(),
        Place::Below(RelPath(b"\xff\xfe".to_vec()))
    );
}

#[test]
fn unsafe_paths_are_refused() {
    for (raw, reason) in [
        (&b""[..], Refusal::EmptyPath),
        (b"/", Refusal::AbsolutePath),
        (b"/etc/passwd", Refusal::AbsolutePath),
        (b"//etc/passwd", Refusal::AbsolutePath),
        (b"..", Refusal::ParentComponent),
        (b"../a", Refusal::ParentComponent),
        (b"a/..", Refusal::ParentComponent),
        (b"a/../b", Refusal::ParentComponent),
        (b"./../b", Refusal::ParentComponent),
        (b"a/b/../../../c", Refusal::ParentComponent),
        (b"a\0b", Refusal::NulByte),
        (b"a/\0", Refusal::NulByte),
    ] {
        for strip in [0, 1, 5] {
            assert_eq!(place(raw, strip), Err(reason), "{raw:?}");
        }
    }
}

#[test]
fn limits_are_exact() {
    let longest = "n".repeat(MAX_NAME);
    assert_eq!(below(&longest, 0), longest);
    let name = format!("a/{longest}n/b");
    assert_eq!(place(name.as_bytes(), 0), Err(Refusal::NameTooLong));

    // 4,096 bytes: 16 components of 255 and their slashes, less the last slash, plus one.
    let long = [longest.as_str(); 16].join("/");
    assert_eq!(long.len(), MAX_PATH - 1);
    assert_eq!(below(&long, 0).len(), MAX_PATH - 1);
    assert_eq!(
        place(format!("{long}/x").as_bytes(), 0),
        Err(Refusal::PathTooLong(MAX_PATH))
    );
    assert_eq!(below(&format!("{long}/x"), 1).len(), MAX_PATH - 255);

    let deep = ["d"; MAX_DEPTH].join("/");
    assert_eq!(below(&deep, 0), deep);
    let deeper = format!("d/{deep}");
    assert_eq!(
        place(deeper.as_bytes(), 0),
        Err(Refusal::TooDeep(MAX_DEPTH))
    );
    assert_eq!(below(&deeper, 1), deep);
}

#[test]
fn stripping_leaves_the_rest_or_nothing() {
    assert_eq!(below("top/a/b", 1), "a/b");
    assert_eq!(below("./top//a/b", 2), "b");
    assert_eq!(place(b"top/", 1), Ok(Place::Stripped));
    assert_eq!(place(b"top/a", 7), Ok(Place::Stripped));
    assert_eq!(place(b"./", 0), Ok(Place::Destination));
    assert_eq!(place(b".", 3), Ok(Place::Destination));
    assert_eq!(place(b"a", usize::MAX), Ok(Place::Stripped));
}

#[test]
fn parts_of_a_path() {
    let Ok(Place::Below(path)) = place(b"a/b/c", 0) else {
        panic!("a clean path");
    };
    assert_eq!(
        (path.parent(), path.name(), path.depth()),
        (&b"a/b"[..], &b"c"[..], 2)
    );
    let Ok(Place::Below(path)) = place(b"c", 0) else {
        panic!("a clean path");
    };
    assert_eq!(
        (path.parent(), path.name(), path.depth()),
        (&b""[..], &b"c"[..], 0)
    );
}

#[test]
fn symlinks_stay_inside() {
    for (target, depth) in [
        ("a", 0),
        (".", 0),
        ("a/b/c", 0),
        ("./a", 0),
        ("..", 1),
        ("../a", 1),
        ("./.././../x", 2),
        ("..//..", 2),
        ("...", 0),
        ("..a", 0),
        ("a/..b", 0),
    ] {
        assert_eq!(judge_symlink(target.as_bytes(), depth), Ok(()), "{target}");
    }
    for (target, depth, reason) in [
        ("/", 5, Refusal::AbsoluteSymlink),
        ("/etc/passwd", 5, Refusal::AbsoluteSymlink),
        ("..", 0, Refusal::OutsideSymlink),
        ("../..", 1, Refusal::OutsideSymlink),
        ("./../x", 0, Refusal::OutsideSymlink),
        ("../../../../etc/passwd", 3, Refusal::OutsideSymlink),
        ("a/..", 3, Refusal::WindingSymlink),
        ("../a/../b", 3, Refusal::WindingSymlink),
        ("d/../../x", 1, Refusal::WindingSymlink),
        ("a/./..", 3, Refusal::WindingSymlink),
    ] {
        assert_eq!(
            judge_symlink(target.as_bytes(), depth),
            Err(reason),
            "{target}"
        );
    }
}

#[test]
fn targets_are_judged_wherever_they_lead() {
    let policy = Policy::default();
    for (target, expected) in [
        (&b""[..], Err(Refusal::NoTarget)),
        (b"a\0b", Err(Refusal::NulByte)),
        (&[b'a'; MAX_PATH + 1], Err(Refusal::PathTooLong(MAX_PATH))),
        (&[b'a'; MAX_PATH], Ok(())),
        (b"/../etc", Ok(())),
        (b"\\x", Ok(())),
    ] {
        assert_eq!(judge_any_symlink(target, &policy), expected, "{target:?}");
    }
    let portable = Policy {
        path_rules: PathRules::Portable,
        ..policy
    };
    for (target, expected) in [
        (&b"../a/./b"[..], Ok(())),
        (b"..\\a", Err(Refusal::NotPortable)),
        (b"../C:/x", Err(Refusal::NotPortable)),
    ] {
        assert_eq!(judge_any_symlink(target, &portable), expected, "{target:?}");
    }
}

#[test]
fn absolute_paths_are_made_relative_when_asked_for() {
    let policy = Policy {
        absolute_paths: AbsolutePaths::MakeRelative,
        ..Policy::default()
    };
    for (raw, expected) in [
        ("/etc/passwd", "etc/passwd"),
        ("///a", "a"),
        ("/./a/", "a"),
        ("a", "a"),
    ] {
        let path = RelPath(expected.as_bytes().to_vec());
        assert_eq!(
            super::place(raw.as_bytes(), &policy),
            Ok(Place::Below(path))
        );
    }
    let parent = super::place(b"/../etc", &policy);
    assert_eq!(parent, Err(Refusal::ParentComponent));
    assert_eq!(super::place(b"/", &policy), Ok(Place::Destination));
}

#[test]
fn portable_names_are_the_same_on_windows() {
    for name in [
        "a", "a.b", ".a", "..a", "a b", " a", "com", "com10", "comx", "console", "nul-a", "aux_",
        "lpt", "ü", "文件", "a'b", "{}", "COM₁",
    ] {
        assert!(is_portable(name.as_bytes()), "{name}");
    }
    for name in [
        "C:",
        "c:x",
        "C:\\x",
        "\\\\host\\share",
        "\\\\?\\C:\\x",
        "a\\b",
        "..\\x",
        "a:stream",
        "a*",
        "a?",
        "a<",
        "a>",
        "a|b",
        "a\"b",
        "a\nb",
        "\u{1f}",
        "a.",
        "a ",
        "...",
        ". ",
        "nul",
        "NUL",
        "Nul.txt",
        "con.tar.gz",
        "aux ",
        "aux .txt",
        "prn.",
        "com1",
        "COM9.x",
        "lpt0",
        "LPT¹",
        "com³.txt",
        "conin$",
        "CONOUT$.a",
        "clock$",
    ] {
        assert!(!is_portable(name.as_bytes()), "{name}");
    }
    assert!(!is_portable(b"\xff"));
}
