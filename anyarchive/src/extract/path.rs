//! Names from an archive, made safe: judged as text, before anything touches the disk.

use super::Refusal;

/// Longest component of a path in bytes: the limit of all common file systems.
const MAX_NAME: usize = 255;
/// Longest path, and longest target of a symbolic link, in bytes.
const MAX_PATH: usize = 4096;
/// Most components of a path.
const MAX_DEPTH: usize = 256;

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

/// Judges a path and drops `.`, empty components and the first `strip` ones.
///
/// Nothing is repaired: a path that leaves the destination is refused as a whole, also when the
/// part that leads out would be stripped.
pub(super) fn place(raw: &[u8], strip: usize) -> Result<Place, Refusal> {
    match raw.first() {
        None => return Err(Refusal::EmptyPath),
        Some(b'/') => return Err(Refusal::AbsolutePath),
        Some(_) => {}
    }
    if raw.contains(&0) {
        return Err(Refusal::NulByte);
    }
    let mut components = 0;
    let mut path = Vec::with_capacity(raw.len().min(MAX_PATH));
    for component in raw.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => continue,
            b".." => return Err(Refusal::ParentComponent),
            _ if component.len() > MAX_NAME => return Err(Refusal::NameTooLong),
            _ => components += 1,
        }
        if components <= strip {
            continue;
        }
        if components - strip > MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(component);
        if path.len() > MAX_PATH {
            return Err(Refusal::PathTooLong);
        }
    }
    Ok(match components {
        0 => Place::Destination,
        _ if path.is_empty() => Place::Stripped,
        _ => Place::Below(RelPath(path)),
    })
}

/// Judges the target of a symbolic link with `depth` directories of the destination above it.
///
/// The rule: relative, and every `..` before the first name. Then following the link stays inside,
/// as far as only links that passed this rule are on the way: the `..` start at the link's own
/// directory, which is a real one `depth` levels deep because parents are never symbolic links, and
/// what follows only goes down, through directories or through links to which the same applies. A
/// `..` behind a name has no such bound: where it leads depends on where that name leads.
pub(super) fn judge_symlink(target: &[u8], depth: usize) -> Result<(), Refusal> {
    match target.first() {
        None => return Err(Refusal::NoTarget),
        Some(b'/') => return Err(Refusal::AbsoluteSymlink),
        Some(_) => {}
    }
    if target.contains(&0) {
        return Err(Refusal::NulByte);
    }
    if target.len() > MAX_PATH {
        return Err(Refusal::PathTooLong);
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

#[cfg(test)]
mod tests {
    use super::*;

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
            Err(Refusal::PathTooLong)
        );
        assert_eq!(below(&format!("{long}/x"), 1).len(), MAX_PATH - 255);

        let deep = ["d"; MAX_DEPTH].join("/");
        assert_eq!(below(&deep, 0), deep);
        let deeper = format!("d/{deep}");
        assert_eq!(place(deeper.as_bytes(), 0), Err(Refusal::TooDeep));
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
            ("", 0, Refusal::NoTarget),
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
            ("a\0b", 0, Refusal::NulByte),
        ] {
            assert_eq!(
                judge_symlink(target.as_bytes(), depth),
                Err(reason),
                "{target}"
            );
        }
        assert_eq!(
            judge_symlink(&[b'a'; MAX_PATH + 1], 0),
            Err(Refusal::PathTooLong)
        );
    }
}
