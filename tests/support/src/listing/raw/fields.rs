//! Every getter of an entry, as C has it.

use std::{
    collections::HashSet,
    ffi::{c_char, c_int, c_long, c_uint},
    ptr,
};

use archive_sys::*;

use super::{
    super::{Field, shown, shown_option},
    blob, bytes,
};

/// The current entry of a handle that nothing else uses meanwhile.
type Raw = *mut archive_entry;

/// All that the safe crate offers, in its order; `entry` is the current one.
pub(super) fn fields(entry: Raw) -> Vec<Field> {
    let path = name(entry, archive_entry_pathname, archive_entry_pathname_utf8);
    let mode = get(entry, archive_entry_filetype);
    let (dev, rdev) = devices(entry, mode);
    let uid_is_set = told(
        available::archive_entry_uid_is_set(),
        archive_entry_uid_is_set,
    );
    let gid_is_set = told(
        available::archive_entry_gid_is_set(),
        archive_entry_gid_is_set,
    );
    let flag = |value: c_int| (value != 0).to_string();
    let hard_link = text(entry, archive_entry_hardlink, archive_entry_hardlink_utf8);
    let symlink = text(entry, archive_entry_symlink, archive_entry_symlink_utf8);
    // Where C has put the one in place of the other, the safe crate gives it once.
    let symlink = if symlink == hard_link {
        shown_option(None)
    } else {
        symlink
    };
    let mut fields = vec![
        ("path", shown(&path.unwrap_or_default())),
        ("hard link", hard_link),
        ("symbolic link", symlink),
        (
            "user name",
            text(entry, archive_entry_uname, archive_entry_uname_utf8),
        ),
        (
            "group name",
            text(entry, archive_entry_gname, archive_entry_gname_utf8),
        ),
        ("type", kind(mode).into()),
        (
            "mode",
            format!("{:o}", get(entry, archive_entry_perm) & 0o7777),
        ),
        ("size", size(entry)),
        ("uid", owner(entry, uid_is_set, archive_entry_uid)),
        ("gid", owner(entry, gid_is_set, archive_entry_gid)),
        ("links", get(entry, archive_entry_nlink).to_string()),
        ("inode", inode(entry)),
        ("device", dev),
        ("device itself", rdev),
    ];
    fields.extend(times(entry));
    fields.extend([
        (
            "encrypted",
            flag(get(entry, archive_entry_is_data_encrypted)),
        ),
        (
            "metadata encrypted",
            flag(get(entry, archive_entry_is_metadata_encrypted)),
        ),
        ("flags", flags(entry)),
        ("macOS metadata", mac_metadata(entry)),
        ("sparse map", sparse_map(entry)),
    ]);
    fields.extend(xattrs(entry));
    fields.extend(acl(entry));
    fields.extend(digests(entry));
    fields
}

/// Whether the safe crate asks C for data: not for a directory that says it has none.
pub(super) fn has_data(entry: Raw) -> bool {
    get(entry, archive_entry_filetype) != AE_IFDIR || get(entry, archive_entry_size) > 0
}

/// How long the data has to be for the safe crate, if it says so.
pub(super) fn expected_size(archive: *mut archive, entry: Raw) -> Option<u64> {
    let link = name(entry, archive_entry_hardlink, archive_entry_hardlink_utf8);
    // SAFETY: a live read handle.
    let format = unsafe { archive_format(archive) } & ARCHIVE_FORMAT_BASE_MASK;
    let is_file = get(entry, archive_entry_filetype) == AE_IFREG && link.is_none();
    let is_set = get(entry, archive_entry_size_is_set) != 0;
    let size = u64::try_from(get(entry, archive_entry_size)).ok();
    size.filter(|_| is_file && is_set && format != ARCHIVE_FORMAT_MTREE)
}

/// Whether data can go on behind its last block. A directory of a tar can say a length, of data that is
/// not there.
pub(super) fn ends_in_hole(entry: Raw) -> bool {
    get(entry, archive_entry_filetype) != AE_IFDIR
}

/// What is known about the archive after reading.
pub(super) fn summary(archive: *mut archive) -> Vec<Field> {
    // SAFETY: a live read handle, here and below.
    let format = unsafe { archive_format(archive) };
    // SAFETY: as above.
    let format_name = unsafe { archive_format_name(archive) };
    // SAFETY: NULL or a terminated string, copied at once.
    let format_name = unsafe { bytes(format_name) };
    let format_name = format_name.map(|name| String::from_utf8_lossy(&name).into_owned());
    let mut filters = Vec::new();
    // SAFETY: as above.
    for index in 0..unsafe { archive_filter_count(archive) } {
        // SAFETY: as above.
        let name = unsafe { archive_filter_name(archive, index) };
        // SAFETY: NULL or a terminated string, copied at once.
        let name = unsafe { bytes(name) }.unwrap_or_default();
        let name = String::from_utf8_lossy(&name).into_owned();
        // C calls one of them "compress (.Z)".
        filters.push(name.trim_end_matches(" (.Z)").to_owned());
    }
    // The last one is the source of the bytes.
    filters.pop();
    // SAFETY: as above.
    let encrypted = unsafe { archive_read_has_encrypted_entries(archive) };
    let encrypted = match encrypted {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    vec![
        ("format", format!("{:?}", format_family(format))),
        ("format name", format!("{format_name:?}")),
        ("filters", filters.join(" ")),
        ("encrypted", format!("{encrypted:?}")),
    ]
}

fn format_family(code: c_int) -> Option<&'static str> {
    Some(match code & ARCHIVE_FORMAT_BASE_MASK {
        ARCHIVE_FORMAT_7ZIP => "7zip",
        ARCHIVE_FORMAT_AR => "ar",
        ARCHIVE_FORMAT_CAB => "cab",
        ARCHIVE_FORMAT_CPIO => "cpio",
        ARCHIVE_FORMAT_EMPTY => "empty",
        ARCHIVE_FORMAT_ISO9660 => "iso9660",
        ARCHIVE_FORMAT_LHA => "lha",
        ARCHIVE_FORMAT_MTREE => "mtree",
        ARCHIVE_FORMAT_RAR => "rar",
        ARCHIVE_FORMAT_RAR_V5 => "rar5",
        ARCHIVE_FORMAT_TAR => "tar",
        ARCHIVE_FORMAT_WARC => "warc",
        ARCHIVE_FORMAT_XAR => "xar",
        ARCHIVE_FORMAT_ZIP => "zip",
        _ => return None,
    })
}

fn get<T>(entry: Raw, getter: unsafe extern "C" fn(Raw) -> T) -> T {
    // SAFETY: the current entry of a live handle; getters take nothing else.
    unsafe { getter(entry) }
}

type Text = unsafe extern "C" fn(Raw) -> *const c_char;
type IsSet = unsafe extern "C" fn(Raw) -> c_int;
type Seconds = unsafe extern "C" fn(Raw) -> time_t;
type Nanoseconds = unsafe extern "C" fn(Raw) -> c_long;

/// In the encoding of the locale, which is UTF-8, or else as it is stored.
fn name(entry: Raw, local: Text, utf8: Text) -> Option<Vec<u8>> {
    [local, utf8].into_iter().find_map(|getter| {
        // C exits the process when a conversion fails and this is still ENOMEM.
        errno::set_errno(errno::Errno(0));
        let text = get(entry, getter);
        // SAFETY: NULL or a terminated string, copied at once.
        unsafe { bytes(text) }
    })
}

fn text(entry: Raw, local: Text, utf8: Text) -> String {
    shown_option(name(entry, local, utf8).as_deref())
}

fn size(entry: Raw) -> String {
    let is_set = get(entry, archive_entry_size_is_set) != 0;
    let size = is_set.then(|| get(entry, archive_entry_size));
    format!("{:?}", size.and_then(|size| u64::try_from(size).ok()))
}

/// A getter that later releases have; older ones cannot tell that something is not there.
fn told(available: bool, getter: IsSet) -> Option<IsSet> {
    available.then_some(getter)
}

/// Number of a user or group.
fn owner(
    entry: Raw,
    is_set: Option<IsSet>,
    getter: unsafe extern "C" fn(Raw) -> la_int64_t,
) -> String {
    let is_set = is_set.is_none_or(|is_set| get(entry, is_set) != 0);
    let number = is_set.then(|| get(entry, getter));
    format!("{:?}", number.and_then(|number| u64::try_from(number).ok()))
}

fn inode(entry: Raw) -> String {
    let is_set = get(entry, archive_entry_ino_is_set) != 0;
    let inode = is_set.then(|| get(entry, archive_entry_ino64).cast_unsigned());
    format!("{inode:?}")
}

/// The device that held the file, and the one that it is.
fn devices(entry: Raw, mode: c_uint) -> (String, String) {
    let dev = (get(entry, archive_entry_dev_is_set) != 0).then(|| {
        let major = get(entry, archive_entry_devmajor);
        (major, get(entry, archive_entry_devminor))
    });
    let is_set = told(
        available::archive_entry_rdev_is_set(),
        archive_entry_rdev_is_set,
    );
    let is_device =
        matches!(mode, AE_IFCHR | AE_IFBLK) && is_set.is_none_or(|is_set| get(entry, is_set) != 0);
    let rdev = is_device.then(|| {
        let major = get(entry, archive_entry_rdevmajor);
        (major, get(entry, archive_entry_rdevminor))
    });
    (format!("{dev:?}"), format!("{rdev:?}"))
}

fn times(entry: Raw) -> [Field; 4] {
    let time = |is_set: IsSet, seconds: Seconds, nanoseconds: Nanoseconds| {
        let time =
            (get(entry, is_set) != 0).then(|| (get(entry, seconds), get(entry, nanoseconds)));
        format!("{time:?}")
    };
    [
        (
            "mtime",
            time(
                archive_entry_mtime_is_set,
                archive_entry_mtime,
                archive_entry_mtime_nsec,
            ),
        ),
        (
            "atime",
            time(
                archive_entry_atime_is_set,
                archive_entry_atime,
                archive_entry_atime_nsec,
            ),
        ),
        (
            "ctime",
            time(
                archive_entry_ctime_is_set,
                archive_entry_ctime,
                archive_entry_ctime_nsec,
            ),
        ),
        (
            "birth time",
            time(
                archive_entry_birthtime_is_set,
                archive_entry_birthtime,
                archive_entry_birthtime_nsec,
            ),
        ),
    ]
}

fn kind(mode: u32) -> &'static str {
    match mode {
        AE_IFREG => "-",
        AE_IFDIR => "d",
        AE_IFLNK => "l",
        AE_IFCHR => "c",
        AE_IFBLK => "b",
        AE_IFIFO => "p",
        AE_IFSOCK => "s",
        _ => "?",
    }
}

fn flags(entry: Raw) -> String {
    errno::set_errno(errno::Errno(0));
    let text = get(entry, archive_entry_fflags_text);
    // SAFETY: NULL or a terminated string, copied at once.
    let text = unsafe { bytes(text) };
    format!(
        "{:?}",
        text.map(|text| String::from_utf8_lossy(&text).into_owned())
    )
}

fn mac_metadata(entry: Raw) -> String {
    let mut len = 0;
    // SAFETY: the current entry; a valid out-pointer.
    let data = unsafe { archive_entry_mac_metadata(entry, &raw mut len) };
    // SAFETY: NULL or a blob of that length inside the entry.
    shown_option(unsafe { blob(data, len) }.as_deref())
}

fn sparse_map(entry: Raw) -> String {
    get(entry, archive_entry_sparse_count);
    let mut map = Vec::new();
    for _ in 0..get(entry, archive_entry_sparse_reset) {
        let (mut offset, mut len) = (0, 0);
        // SAFETY: the current entry, its list just reset; valid out-pointers.
        unsafe { archive_entry_sparse_next(entry, &raw mut offset, &raw mut len) };
        map.push(offset..offset.saturating_add(len));
    }
    format!("{map:?}")
}

fn xattrs(entry: Raw) -> Vec<Field> {
    let mut list = Vec::new();
    for _ in 0..get(entry, archive_entry_xattr_reset) {
        let (mut name, mut value, mut len) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the current entry, its list just reset; valid out-pointers.
        unsafe {
            archive_entry_xattr_next(entry, &raw mut name, &raw mut value, &raw mut len);
        }
        // SAFETY: a terminated string, copied at once.
        let name = unsafe { bytes(name) }.unwrap_or_default();
        // SAFETY: NULL or a blob of that length inside the entry.
        let value = unsafe { blob(value, len) }.unwrap_or_default();
        list.push(("xattr", format!("{}={}", shown(&name), shown(&value))));
    }
    // Each one is put in front of those before.
    list.reverse();
    // Some are there in two notations.
    let mut seen = HashSet::new();
    list.retain(|(_, xattr)| seen.insert(xattr.clone()));
    list
}

fn acl(entry: Raw) -> Vec<Field> {
    let posix = ARCHIVE_ENTRY_ACL_TYPE_POSIX1E;
    let wanted = match get(entry, archive_entry_acl_types) {
        0 => return Vec::new(),
        types if types & posix != 0 => types & posix,
        _ => ARCHIVE_ENTRY_ACL_TYPE_NFS4,
    };
    let mut list = Vec::new();
    // SAFETY: the current entry.
    for _ in 0..unsafe { archive_entry_acl_reset(entry, wanted) } {
        let (mut kind, mut permissions, mut tag, mut id) = (0, 0, 0, 0);
        let mut name = ptr::null();
        errno::set_errno(errno::Errno(0));
        // SAFETY: the current entry, its list just reset; valid out-pointers.
        unsafe {
            archive_entry_acl_next(
                entry,
                wanted,
                &raw mut kind,
                &raw mut permissions,
                &raw mut tag,
                &raw mut id,
                &raw mut name,
            );
        }
        // SAFETY: NULL or a terminated string, copied at once.
        let name = unsafe { bytes(name) }.filter(|name| !name.is_empty());
        let (kind, tag) = (acl_kind(kind), acl_tag(tag));
        let (id, name) = (u32::try_from(id).ok(), shown_option(name.as_deref()));
        list.push(("acl", format!("{kind} {tag} {permissions:x} {id:?} {name}")));
    }
    list
}

fn acl_kind(code: c_int) -> &'static str {
    match code {
        ARCHIVE_ENTRY_ACL_TYPE_ACCESS => "Access",
        ARCHIVE_ENTRY_ACL_TYPE_DEFAULT => "Default",
        ARCHIVE_ENTRY_ACL_TYPE_ALLOW => "Allow",
        ARCHIVE_ENTRY_ACL_TYPE_DENY => "Deny",
        ARCHIVE_ENTRY_ACL_TYPE_AUDIT => "Audit",
        _ => "Alarm",
    }
}

fn acl_tag(code: c_int) -> &'static str {
    match code {
        ARCHIVE_ENTRY_ACL_USER => "User",
        ARCHIVE_ENTRY_ACL_USER_OBJ => "UserObj",
        ARCHIVE_ENTRY_ACL_GROUP => "Group",
        ARCHIVE_ENTRY_ACL_GROUP_OBJ => "GroupObj",
        ARCHIVE_ENTRY_ACL_MASK => "Mask",
        ARCHIVE_ENTRY_ACL_OTHER => "Other",
        _ => "Everyone",
    }
}

fn digests(entry: Raw) -> Vec<Field> {
    let mut found = Vec::new();
    for (name, code, len) in [
        ("Md5", ARCHIVE_ENTRY_DIGEST_MD5, 16),
        ("Rmd160", ARCHIVE_ENTRY_DIGEST_RMD160, 20),
        ("Sha1", ARCHIVE_ENTRY_DIGEST_SHA1, 20),
        ("Sha256", ARCHIVE_ENTRY_DIGEST_SHA256, 32),
        ("Sha384", ARCHIVE_ENTRY_DIGEST_SHA384, 48),
        ("Sha512", ARCHIVE_ENTRY_DIGEST_SHA512, 64),
    ] {
        // SAFETY: the current entry; unknown kinds give NULL.
        let digest = unsafe { archive_entry_digest(entry, code) };
        // SAFETY: NULL or an array inside the entry, of the length that belongs to the kind.
        let digest = unsafe { blob(digest.cast(), len) };
        // Zeros stand for a digest that the archive does not have.
        let digest = digest.filter(|digest| digest.iter().any(|&byte| byte != 0));
        if let Some(digest) = digest {
            found.push(("digest", format!("{name} {}", shown(&digest))));
        }
    }
    found
}
