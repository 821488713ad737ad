//! Names from an archive, made safe: judged as text, before anything touches the disk.

use super::{AbsolutePaths, PathRules, Refusal, policy::Policy};

/// Longest component of a path in bytes: the limit of all common file systems.
const MAX_NAME: usize = 255;

/// A path below the destination: at least one component, none of them empty, `.` or `..`, no NUL,
/// within the limits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RelPath(Vec<u8>);

impl RelPath {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The directory it is in; empty for the destination itself.
    pub(super) fn parent(&self) -> &[u8] {
        split(&self.0).0
    }

    /// The last component.
    pub(super) fn name(&self) -> &[u8] {
        split(&self.0).1
    }

    /// The same with something behind the last component, which can make that too long.
    pub(super) fn with_suffix(&self, suffix: &str) -> Self {
        Self([&self.0, suffix.as_bytes()].concat())
    }

    /// How many directories of the destination are above it.
    pub(super) fn depth(&self) -> usize {
        self.0.iter().filter(|&&byte| byte == b'/').count()
    }
}

/// Directory and name of a clean path.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}

/// Where a path of an archive leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Below(RelPath),
    /// To the destination itself: `.` or `./`.
    Destination,
    /// Nowhere: all its components were stripped.
    Stripped,
}

/// Judges a path and drops `.`, empty components and those that the policy strips.
///
/// Nothing is repaired but what the policy says: a path that leaves the destination is refused as a
/// whole, also when the part that leads out would be stripped.
pub(super) fn place(raw: &[u8], policy: &Policy) -> Result<Place, Refusal> {
    match (raw.first(), policy.absolute_paths) {
        (None, _) => return Err(Refusal::EmptyPath),
        (Some(b'/'), AbsolutePaths::Refuse) => return Err(Refusal::AbsolutePath),
        _ => {}
    }
    if raw.contains(&0) {
        return Err(Refusal::NulByte);
    }
    let (strip, limits) = (policy.strip_components, &policy.limits);
    let (mut components, mut kept) = (0_usize, 0);
    let mut path = Vec::new();
    for component in raw.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => continue,
            b".." => return Err(Refusal::ParentComponent),
            _ if component.len() > MAX_NAME => return Err(Refusal::NameTooLong),
            _ => components += 1,
        }
        check_name(component, policy)?;
        if components <= strip {
            continue;
        }
        kept += 1;
        if let Some(limit) = limits.depth.filter(|&limit| kept > limit) {
            return Err(Refusal::TooDeep(limit));
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(component);
        check_length(path.len(), policy)?;
    }
    Ok(match components {
        0 => Place::Destination,
        _ if path.is_empty() => Place::Stripped,
        _ => Place::Below(RelPath(path)),
    })
}

/// Judges the target of a symbolic link, wherever it may lead.
pub(super) fn judge_any_symlink(target: &[u8], policy: &Policy) -> Result<(), Refusal> {
    if target.is_empty() {
        return Err(Refusal::NoTarget);
    }
    if target.contains(&0) {
        return Err(Refusal::NulByte);
    }
    check_length(target.len(), policy)?;
    let names = target.split(|&byte| byte == b'/');
    for name in names.filter(|name| !matches!(*name, b"" | b"." | b"..")) {
        check_name(name, policy)?;
    }
    Ok(())
}

/// Judges the target of a symbolic link with `depth` directories of the destination above it.
///
/// The rule: relative, and every `..` before the first name. Then following the link stays inside,
/// as far as only links that passed this rule are on the way: the `..` start at the link's own
/// directory, which is a real one `depth` levels deep because parents are never symbolic links, and
/// what follows only goes down, through directories or through links to which the same applies. A
/// `..` behind a name has no such bound: where it leads depends on where that name leads.
pub(super) fn judge_symlink(target: &[u8], depth: usize) -> Result<(), Refusal> {
    if target.first() == Some(&b'/') {
        return Err(Refusal::AbsoluteSymlink);
    }
    let (mut up, mut went_down) = (0, false);
    for component in target.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." if went_down => return Err(Refusal::WindingSymlink),
            b".." => up += 1,
            _ => went_down = true,
        }
    }
    if up > depth {
        return Err(Refusal::OutsideSymlink);
    }
    Ok(())
}

fn check_length(len: usize, policy: &Policy) -> Result<(), Refusal> {
    match policy.limits.path_bytes {
        Some(limit) if len > limit => Err(Refusal::PathTooLong(limit)),
        _ => Ok(()),
    }
}

fn check_name(name: &[u8], policy: &Policy) -> Result<(), Refusal> {
    match policy.path_rules {
        PathRules::Portable if !is_portable(name) => Err(Refusal::NotPortable),
        _ => Ok(()),
    }
}

/// Whether a name is the same on Windows, where some characters and endings are not taken and some
/// names are devices, whatever follows behind a dot.
fn is_portable(name: &[u8]) -> bool {
    const DEVICES: &[&str] = &["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];
    const NUMBERED: &[&str] = &["COM", "LPT"];
    let Ok(name) = std::str::from_utf8(name) else {
        return false;
    };
    if name.contains(|c: char| c < ' ' || r#"<>:"|?*\"#.contains(c)) || name.ends_with(['.', ' ']) {
        return false;
    }
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ').to_uppercase();
    let is_numbered = NUMBERED.iter().any(|prefix| {
        let number = stem.strip_prefix(prefix).map(|rest| rest.chars());
        number.is_some_and(|mut rest| {
            matches!(
                (rest.next(), rest.next()),
                (Some('0'..='9' | '¹' | '²' | '³'), None)
            )
        })
    });
    !is_numbered && !DEVICES.contains(&&*stem)
}

#[cfg(test)]
mod tests {
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
            "a", "a.b", ".a", "..a", "a b", " a", "com", "com10", "comx", "console", "nul-a",
            "aux_", "lpt", "ü", "文件", "a'b", "{}", "COM₁",
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
}
