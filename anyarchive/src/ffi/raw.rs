//! The way from the types of this crate to the C functions: feature `raw`.
//!
//! Nearly everything that libarchive can do is reachable without it. What is not, `docs/coverage.md`
//! names; and C code of your own may want an entry that Rust has made. Then these traits give the
//! pointer behind a value, and [`sys`] the C functions.
//!
//! # Whose it is
//!
//! | call | who owns it then | what you may do |
//! | --- | --- | --- |
//! | [`AsRaw::as_ptr`] | the value, as before | look, while the value lives |
//! | [`IntoRaw::into_raw`] | you | everything; free it, or give it back |
//! | [`IntoRaw::from_raw`] | the value that you get | nothing more with the pointer |
//!
//! The pointer of a [`Reader`] or [`Writer`] can be looked at but not taken: callbacks into Rust are
//! tied to it. A handle that C has made cannot become one of them for the same reason.
//!
//! # Before any call
//!
//! - A value that exists has loaded the library, also with the feature `dlopen`. Without one,
//!   [`sys::load`] comes first.
//! - A function newer than 3.6.2 may be missing in the library that is linked, and must not be called
//!   then: `sys::available::archive_entry_set_digest()` and the like tell.
//! - libarchive converts names by the locale of the thread, and ends the process when `errno` says
//!   `ENOMEM` before a conversion that fails. The getters of [`EntryRef`] see to both.

use archive_sys::{archive, archive_entry};

pub use archive_sys as sys;

use super::entry_buf::EntryBuf;
use crate::{EntryRef, Reader, Writer};

/// Values that stand on a C object.
///
/// Nobody else can implement it.
pub trait AsRaw: private::Sealed {
    /// What the pointer points to.
    type Raw;

    /// The C object behind this value, which goes on owning it. It is never NULL.
    ///
    /// Nothing can go wrong before the pointer is given to C. Whoever does that promises, beside what
    /// the C function asks for:
    ///
    /// - The value is alive. It may have been moved. An [`EntryRef`] that a reader lends is gone with
    ///   the next header, and the pointer of a [`Reader`] when the reader is lent to an extraction.
    /// - No other call on the object runs at the same time, in no thread. Getters write, too.
    /// - The function only looks: it neither frees nor closes the object, reads or writes nothing of an
    ///   archive, changes no setting, replaces no callback. This crate keeps account of all of that.
    /// - What C lends is not used after the next call on the object.
    ///
    /// An entry that is to be changed is yours first, by [`into_raw`](IntoRaw::into_raw).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = &include_bytes!("../../tests/data/hello.cpio")[..];
    /// use anyarchive::{Reader, raw::{AsRaw, sys}};
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// let entry = reader.next_entry()?.expect("an entry");
    /// // SAFETY: a getter, of an entry that `entry` keeps alive.
    /// let dev_is_set = unsafe { sys::archive_entry_dev_is_set(entry.as_ptr()) };
    /// assert_ne!(dev_is_set, 0);
    ///
    /// // SAFETY: it reads one field.
    /// let headers = unsafe { sys::archive_file_count(reader.as_ptr()) };
    /// assert_eq!(headers, 1);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    fn as_ptr(&self) -> *mut Self::Raw;
}

/// Values that can be taken apart into the C object and made of one.
pub trait IntoRaw: AsRaw + Sized {
    /// Gives the C object away. It leaks unless it is freed by its C function, or given back by
    /// [`from_raw`](Self::from_raw).
    ///
    /// # Examples
    ///
    /// An entry is changed by a function that has no other way, and given back:
    ///
    /// ```
    /// use anyarchive::{EntryBuf, raw::{IntoRaw, sys}};
    ///
    /// let entry = EntryBuf::file("hello.txt", 6)?.into_raw();
    /// // SAFETY: nobody else has this entry.
    /// unsafe { sys::archive_entry_set_ino(entry, 42) };
    /// // SAFETY: as it came from `into_raw`; it is not used any more.
    /// let entry = unsafe { EntryBuf::from_raw(entry) }.expect("not NULL");
    /// assert_eq!(entry.ino(), Some(42));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use = "the object leaks unless somebody frees it"]
    fn into_raw(self) -> *mut Self::Raw;

    /// Takes a C object over, to free it in the end; `None` for NULL.
    ///
    /// # Safety
    ///
    /// - The pointer is NULL, or came from [`into_raw`](Self::into_raw) or from the C function that makes
    ///   such objects. For an [`EntryBuf`] these are `archive_entry_new`, and `archive_entry_clone` of an
    ///   entry that meets the same: not `archive_entry_new2`, whose entry keeps a pointer to a handle.
    /// - Nobody else owns it: it is neither lent by a handle nor waiting in a link resolver.
    /// - Nobody uses the pointer after this, or anything that C has lent of it.
    /// - The object comes from the libarchive that this crate is linked to.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, raw::{IntoRaw, sys}};
    ///
    /// # sys::load().expect("a library");
    /// // SAFETY: no arguments.
    /// let new = unsafe { sys::archive_entry_new() };
    /// // SAFETY: it is new, or NULL when memory ran out.
    /// let mut entry = unsafe { EntryBuf::from_raw(new) }.expect("memory");
    /// entry.set_path("made-by-c.txt")?;
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    unsafe fn from_raw(raw: *mut Self::Raw) -> Option<Self>;
}

mod private {
    /// Keeps the traits to this crate, so that they can grow.
    #[allow(missing_debug_implementations)]
    pub trait Sealed {}
}

impl private::Sealed for EntryRef {}

impl AsRaw for EntryRef {
    type Raw = archive_entry;

    fn as_ptr(&self) -> *mut archive_entry {
        self.as_ptr()
    }
}

impl private::Sealed for EntryBuf {}

impl AsRaw for EntryBuf {
    type Raw = archive_entry;

    fn as_ptr(&self) -> *mut archive_entry {
        (**self).as_ptr()
    }
}

impl IntoRaw for EntryBuf {
    fn into_raw(self) -> *mut archive_entry {
        self.into_raw()
    }

    unsafe fn from_raw(raw: *mut archive_entry) -> Option<Self> {
        // SAFETY: the caller's promise is I8.
        unsafe { Self::from_raw(raw) }
    }
}

impl private::Sealed for Reader<'_> {}

impl AsRaw for Reader<'_> {
    type Raw = archive;

    fn as_ptr(&self) -> *mut archive {
        self.handle().as_ptr()
    }
}

impl<S> private::Sealed for Writer<S> {}

impl<S> AsRaw for Writer<S> {
    type Raw = archive;

    fn as_ptr(&self) -> *mut archive {
        self.handle().as_ptr()
    }
}
