//! Lists and blobs of `struct archive_entry`: extended attributes, sparse map, digests, ACL.
//!
//! C walks each list with a cursor inside the entry, and some calls on the list free what the
//! cursor points to. So a walk is one function here: count, reset, exactly that many steps, all
//! copied.

use std::{
    ffi::{CStr, c_int, c_void},
    ops::Range,
    ptr,
};

use archive_sys as sys;

use super::{Status, cstr, entry::EntryRef, entry_buf::EntryBuf, locale::Utf8Locale};

/// Name and value of each extended attribute, in the order of the archive.
pub(crate) fn xattrs(entry: &EntryRef) -> Vec<(Vec<u8>, Vec<u8>)> {
    let raw = entry.as_ptr();
    // SAFETY: I7; puts the cursor at the head of the list and counts it.
    let count = unsafe { sys::archive_entry_xattr_reset(raw) };
    let mut list = Vec::new();
    for _ in 0..count {
        let (mut name, mut value, mut len) = (ptr::null(), ptr::null::<c_void>(), 0_usize);
        // SAFETY: I7; the cursor was reset above and no call in between changed the list; all
        // three out-pointers are valid.
        let code = unsafe {
            sys::archive_entry_xattr_next(raw, &raw mut name, &raw mut value, &raw mut len)
        };
        if code != sys::ARCHIVE_OK {
            break;
        }
        // SAFETY: C's own strings and blobs, copied at once (I4).
        let name = unsafe { cstr::bytes(name) }.unwrap_or_default();
        // SAFETY: as above.
        let value = unsafe { cstr::slice(value, len) };
        list.push((name.to_vec(), value.to_vec()));
    }
    // C puts each new attribute in front.
    list.reverse();
    list
}

/// `archive_entry_xattr_clear`
pub(crate) fn xattr_clear(entry: &mut EntryBuf) {
    // SAFETY: I8; no walk is under way, as each is one function here.
    unsafe { sys::archive_entry_xattr_clear(entry.as_mut_ptr()) };
}

/// `archive_entry_xattr_add_entry`: puts an attribute in front, whether or not the name is there.
pub(crate) fn xattr_add_entry(entry: &mut EntryBuf, name: &CStr, value: &[u8]) {
    let (data, len) = (value.as_ptr().cast::<c_void>(), value.len());
    // SAFETY: I8, I5; `data` is not NULL and has `len` bytes, which C copies.
    unsafe { sys::archive_entry_xattr_add_entry(entry.as_mut_ptr(), name.as_ptr(), data, len) };
}

/// Ranges of bytes that hold data; empty when the whole file does.
pub(crate) fn sparse(entry: &EntryRef) -> Vec<Range<u64>> {
    let raw = entry.as_ptr();
    // SAFETY: I7. Counting first: it drops a list that says nothing, and `reset` counts anew.
    unsafe { sys::archive_entry_sparse_count(raw) };
    // SAFETY: I7; puts the cursor at the head of what is left.
    let count = unsafe { sys::archive_entry_sparse_reset(raw) };
    let mut list = Vec::new();
    for _ in 0..count {
        let (mut offset, mut len) = (0_i64, 0_i64);
        // SAFETY: I7; the cursor was reset above and nothing changed the list since.
        let code = unsafe { sys::archive_entry_sparse_next(raw, &raw mut offset, &raw mut len) };
        if code != sys::ARCHIVE_OK {
            break;
        }
        if let (Ok(offset), Ok(len)) = (u64::try_from(offset), u64::try_from(len)) {
            list.push(offset..offset.saturating_add(len));
        }
    }
    list
}

/// `archive_entry_sparse_clear`
pub(crate) fn sparse_clear(entry: &mut EntryBuf) {
    // SAFETY: I8; no walk is under way, as each is one function here.
    unsafe { sys::archive_entry_sparse_clear(entry.as_mut_ptr()) };
}

/// `archive_entry_sparse_add_entry`, which drops without a word what does not fit behind the last
/// range and into the size: the caller has checked that.
pub(crate) fn sparse_add_entry(entry: &mut EntryBuf, offset: i64, len: i64) {
    // SAFETY: I8.
    unsafe { sys::archive_entry_sparse_add_entry(entry.as_mut_ptr(), offset, len) };
}

/// One line of an access control list, as C gives it.
#[derive(Clone, Debug)]
pub(crate) struct AclLine {
    pub(crate) kind: c_int,
    pub(crate) permset: c_int,
    pub(crate) tag: c_int,
    pub(crate) qualifier: c_int,
    pub(crate) name: Option<Vec<u8>>,
}

/// `archive_entry_acl_types`: which kinds of lists there are.
pub(crate) fn acl_types(entry: &EntryRef) -> c_int {
    // SAFETY: I7; reads a field.
    unsafe { sys::archive_entry_acl_types(entry.as_ptr()) }
}

/// The lines of the lists whose kinds are in `wanted`.
pub(crate) fn acl(entry: &EntryRef, wanted: c_int) -> Vec<AclLine> {
    let raw = entry.as_ptr();
    let _locale = Utf8Locale::enter();
    // SAFETY: I7; puts the cursor at the head, and counts.
    let count = unsafe { sys::archive_entry_acl_reset(raw, wanted) };
    let mut list = Vec::new();
    for _ in 0..count {
        let (mut kind, mut permset, mut tag, mut qualifier) = (0, 0, 0, 0);
        let mut name = ptr::null();
        // A stale ENOMEM would make C exit the process when a name cannot be converted.
        errno::set_errno(errno::Errno(0));
        // SAFETY: I7; the cursor was reset above, and all out-pointers are valid.
        let code = unsafe {
            sys::archive_entry_acl_next(
                raw,
                wanted,
                &raw mut kind,
                &raw mut permset,
                &raw mut tag,
                &raw mut qualifier,
                &raw mut name,
            )
        };
        if code != sys::ARCHIVE_OK && code != sys::ARCHIVE_WARN {
            break;
        }
        // SAFETY: NULL or C's own string, copied at once (I4).
        let name = unsafe { cstr::bytes(name) };
        list.push(AclLine {
            kind,
            permset,
            tag,
            qualifier,
            name: name.filter(|name| !name.is_empty()).map(<[u8]>::to_vec),
        });
    }
    list
}

/// `archive_entry_acl_clear`
pub(crate) fn acl_clear(entry: &mut EntryBuf) {
    // SAFETY: I8; no walk is under way, as each is one function here.
    unsafe { sys::archive_entry_acl_clear(entry.as_mut_ptr()) };
}

/// `archive_entry_acl_add_entry`: a line that C refuses gives `Failed`, without a text.
pub(crate) fn acl_add_entry(
    entry: &mut EntryBuf,
    (kind, permset, tag, id): (c_int, c_int, c_int, c_int),
    name: Option<&CStr>,
) -> Status {
    let name = name.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: I8, I5; the name may be NULL, and wrong numbers are refused.
    let code = unsafe {
        sys::archive_entry_acl_add_entry(entry.as_mut_ptr(), kind, permset, tag, id, name)
    };
    Status::from_code(code)
}

/// `archive_entry_digest`: the bytes of one digest; all zero when the archive has none.
pub(crate) fn digest(entry: &EntryRef, kind: c_int, len: usize) -> Option<Vec<u8>> {
    // SAFETY: I7; any kind is allowed, unknown ones give NULL.
    let digest = unsafe { sys::archive_entry_digest(entry.as_ptr(), kind) };
    // SAFETY: an array inside the entry of the length that belongs to the kind (I4).
    let digest = unsafe { cstr::slice(digest.cast::<c_void>(), len) };
    digest
        .iter()
        .any(|&byte| byte != 0)
        .then(|| digest.to_vec())
}

/// `archive_entry_set_digest`; `None` when the linked release, older than 3.8.0, lacks it.
pub(crate) fn set_digest(entry: &mut EntryBuf, kind: c_int, digest: &[u8]) -> Option<Status> {
    sys::available::archive_entry_set_digest().then(|| {
        let data = digest.as_ptr();
        // SAFETY: I8; `DigestKind` made sure that there are as many bytes as C copies.
        let code = unsafe { sys::archive_entry_set_digest(entry.as_mut_ptr(), kind, data) };
        Status::from_code(code)
    })
}

/// `archive_entry_mac_metadata`: an AppleDouble blob.
pub(crate) fn mac_metadata(entry: &EntryRef) -> Option<&[u8]> {
    let mut len = 0;
    // SAFETY: I7; the out-pointer is valid.
    let data = unsafe { sys::archive_entry_mac_metadata(entry.as_ptr(), &raw mut len) };
    // SAFETY: a blob of the entry, lent until it changes (I4).
    (!data.is_null()).then(|| unsafe { cstr::slice(data, len) })
}

/// `archive_entry_copy_mac_metadata`; an empty blob takes it away.
pub(crate) fn copy_mac_metadata(entry: &mut EntryBuf, data: &[u8]) {
    let (data, len) = (data.as_ptr().cast::<c_void>(), data.len());
    // SAFETY: I8; `data` has `len` bytes, which C copies.
    unsafe { sys::archive_entry_copy_mac_metadata(entry.as_mut_ptr(), data, len) };
}
