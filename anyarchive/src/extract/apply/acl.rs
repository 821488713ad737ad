//! POSIX.1e access control lists, as Linux takes them.

use crate::{AclEntry, AclKind, AclPermissions, AclTag};

/// Version of the encoding.
const VERSION: u32 = 2;
/// Number of lines that are about nobody in particular.
const NO_ID: u32 = u32::MAX;

/// Whom a line with a name or number is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    User,
    Group,
}

/// The lines of one kind as the value of an extended attribute; `None` when there are none.
///
/// # Errors
///
/// Why the list cannot be restored as it is. A part of it could give more than the whole.
pub(super) fn encode(
    lines: &[AclEntry],
    kind: AclKind,
    mut number: impl FnMut(Who, &AclEntry) -> Option<u32>,
) -> Result<Option<Vec<u8>>, String> {
    let mut encoded = Vec::new();
    for line in lines.iter().filter(|line| line.kind == kind) {
        let mut find = |who| {
            number(who, line).filter(|id| *id != NO_ID).ok_or_else(|| {
                let name = String::from_utf8_lossy(line.name.as_deref().unwrap_or_default());
                format!("it is about '{name}', whom this system does not know")
            })
        };
        let (tag, id) = match line.tag {
            AclTag::UserObj => (0x01, NO_ID),
            AclTag::User => (0x02, find(Who::User)?),
            AclTag::GroupObj => (0x04, NO_ID),
            AclTag::Group => (0x08, find(Who::Group)?),
            AclTag::Mask => (0x10, NO_ID),
            AclTag::Other => (0x20, NO_ID),
            _ => return Err("it has a line of a kind that is not known".into()),
        };
        encoded.push((tag, id, permissions(line.permissions)));
    }
    if encoded.is_empty() {
        return Ok(None);
    }
    // The kernel wants them in this order.
    encoded.sort_unstable();
    let mut value = VERSION.to_le_bytes().to_vec();
    for (tag, id, permissions) in encoded {
        value.extend(u16::to_le_bytes(tag));
        value.extend(u16::to_le_bytes(permissions));
        value.extend(u32::to_le_bytes(id));
    }
    Ok(Some(value))
}

fn permissions(permissions: AclPermissions) -> u16 {
    [
        (AclPermissions::READ, 4),
        (AclPermissions::WRITE, 2),
        (AclPermissions::EXECUTE, 1),
    ]
    .into_iter()
    .filter(|(flag, _)| permissions.contains(*flag))
    .map(|(_, bit)| bit)
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tag: AclTag, permissions: AclPermissions, id: Option<u32>) -> AclEntry {
        AclEntry {
            kind: AclKind::Access,
            tag,
            permissions,
            id,
            name: Some(b"somebody".to_vec()),
        }
    }

    #[test]
    fn lists_are_encoded_in_the_order_of_the_kernel() {
        use AclPermissions as P;
        let lines = [
            line(AclTag::Other, P::empty(), None),
            line(AclTag::User, P::READ | P::EXECUTE, Some(1000)),
            line(AclTag::Mask, P::READ | P::WRITE | P::EXECUTE, None),
            line(AclTag::UserObj, P::READ | P::WRITE, None),
            line(AclTag::GroupObj, P::READ, None),
        ];
        let value = encode(&lines, AclKind::Access, |_, line| line.id);
        #[rustfmt::skip]
        let expected = [
            2, 0, 0, 0,
            1, 0, 6, 0, 255, 255, 255, 255,
            2, 0, 5, 0, 232, 3, 0, 0,
            4, 0, 4, 0, 255, 255, 255, 255,
            16, 0, 7, 0, 255, 255, 255, 255,
            32, 0, 0, 0, 255, 255, 255, 255,
        ];
        assert_eq!(value, Ok(Some(expected.to_vec())));
        assert_eq!(encode(&lines, AclKind::Default, |_, _| None), Ok(None));
    }

    #[test]
    fn a_list_about_a_stranger_is_not_set_in_part() {
        let lines = [line(AclTag::Group, AclPermissions::READ, None)];
        let error = encode(&lines, AclKind::Access, |who, _| {
            assert_eq!(who, Who::Group);
            None
        });
        assert!(error.unwrap_err().contains("'somebody'"));
    }
}
