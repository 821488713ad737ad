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
mod tests;
