//! Extraction.

use std::{
    ffi::{CString, c_char, c_void},
    ptr,
};

use anyarchive::{Existing, Extractor, Flow, Limits, Outcome, Progress, Report};

use crate::{
    callback::{User, anyarchive_drop_fn},
    error::{Fault, anyarchive_error},
    handle::{Handle, Kind},
    panic::contain,
    reader::{self, anyarchive_reader},
    status::{anyarchive_status, anyarchive_status as Status},
    text::{self, c_text},
};

/// Extracts archives, with settings that are secure from the start; can be used again.
#[derive(Debug)]
pub struct anyarchive_extractor {
    // C sees the pointer alone, which is that of a `Handle`.
    _opaque: (),
}

pub(crate) struct Settings {
    extractor: Extractor,
    pub(crate) limits: Limits,
    report: Report,
    /// The item that C looked at last, and its texts.
    item: Option<(usize, CString, CString)>,
}

impl Settings {
    pub(crate) fn change(&mut self, change: impl FnOnce(Extractor) -> Extractor) {
        self.extractor = change(std::mem::take(&mut self.extractor));
    }

    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits.clone();
        self.change(|extractor| extractor.limits(limits));
    }
}

impl Kind for Settings {
    const KIND: u32 = 0xe874_ac70;
}

pub(crate) fn handle(extractor: *const anyarchive_extractor) -> *const Handle<Settings> {
    extractor.cast::<Handle<Settings>>()
}

/// What happens when something has the name of an entry.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum anyarchive_existing {
    /// It is replaced; never written into.
    Overwrite = 0,
    /// It stays, and the entry is skipped.
    Keep = 1,
    /// It stays, and the entry fails.
    Error = 2,
}

/// What an item of the report tells of an entry.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum anyarchive_outcome {
    /// Not extracted: it would not be safe.
    Refused = 1,
    /// Not extracted: it could not be read or written. Nothing of it is left.
    Failed = 2,
    /// Not extracted: the settings say so, or it is no file.
    Skipped = 3,
    /// Extracted, but not all as the archive says.
    Warned = 4,
}

/// How far an extraction has come.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct anyarchive_progress {
    /// Size of this struct: later versions add fields behind the last.
    pub struct_size: usize,
    /// Bytes that the source has given.
    pub bytes_read: u64,
    /// Length of the archive in bytes, 0 when the source cannot tell.
    pub total_bytes: u64,
    /// Bytes of data written.
    pub bytes_written: u64,
    /// Entries come to, this one included.
    pub entries: u64,
    /// Path of the entry. Lives during the call.
    pub path: *const c_char,
}

/// Called at each entry and within long ones. Writes to `*go_on` whether to go on (1) or to stop (0),
/// and returns 0; anything else stops too.
pub type anyarchive_progress_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        progress: *const anyarchive_progress,
        go_on: *mut i32,
    ) -> i32,
>;

/// What C gave to be told of progress.
struct Callback {
    function: anyarchive_progress_fn,
    user: User,
}

impl Callback {
    fn call(&self, progress: &Progress<'_>) -> Flow {
        let path = c_text(progress.path_bytes());
        let progress = anyarchive_progress {
            struct_size: size_of::<anyarchive_progress>(),
            bytes_read: progress.bytes_read(),
            total_bytes: progress.total_bytes().unwrap_or(0),
            bytes_written: progress.bytes_written(),
            entries: progress.entries(),
            path: path.as_ptr(),
        };
        let mut go_on = -1;
        let Some(function) = self.function else {
            return Flow::Stop;
        };
        // SAFETY: what C gave together; both places live during the call.
        let code = unsafe { function(self.user.data(), &raw const progress, &raw mut go_on) };
        if code == 0 && go_on == 1 {
            Flow::Continue
        } else {
            Flow::Stop
        }
    }
}

/// Makes an extractor with default settings: nothing outside the destination, no devices, no
/// privileges. NULL when memory runs out.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_extractor_new() -> *mut anyarchive_extractor {
    let new = || Settings {
        extractor: Extractor::new(),
        limits: Limits::new(),
        report: Report::default(),
        item: None,
    };
    contain(|| Handle::into_raw(new())).map_or(ptr::null_mut(), |handle| handle.cast())
}

/// Changes a setting.
///
/// # Safety
///
/// `extractor` is NULL or was not freed yet.
unsafe fn change(
    extractor: *mut anyarchive_extractor,
    change: impl FnOnce(Extractor) -> Extractor,
) -> Status {
    let body = |settings: &mut Settings| {
        settings.change(change);
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// Drops this many components from the front of every path.
///
/// # Safety
///
/// `extractor` is NULL or was not freed yet; so for all functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_strip_components(
    extractor: *mut anyarchive_extractor,
    count: usize,
) -> anyarchive_status {
    // SAFETY: the caller's promise.
    unsafe { change(extractor, |extractor| extractor.strip_components(count)) }
}

/// How many threads write files: 1, for the caller's alone, to 256; as many as are useful unless set.
/// Callbacks run on one thread at a time.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_threads(
    extractor: *mut anyarchive_extractor,
    count: usize,
) -> anyarchive_status {
    // SAFETY: the caller's promise.
    unsafe { change(extractor, |extractor| extractor.threads(count)) }
}

/// Whether each file gets its name only when it is whole.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_atomic(
    extractor: *mut anyarchive_extractor,
    atomic: bool,
) -> anyarchive_status {
    // SAFETY: the caller's promise.
    unsafe { change(extractor, |extractor| extractor.atomic(atomic)) }
}

/// What happens when something has the name of an entry: one of `anyarchive_existing`.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_existing(
    extractor: *mut anyarchive_extractor,
    existing: i32,
) -> anyarchive_status {
    const KINDS: [(anyarchive_existing, Existing); 3] = [
        (anyarchive_existing::Overwrite, Existing::Overwrite),
        (anyarchive_existing::Keep, Existing::Keep),
        (anyarchive_existing::Error, Existing::Error),
    ];
    let body = |settings: &mut Settings| {
        let known = KINDS.iter().find(|(number, _)| *number as i32 == existing);
        let (_, existing) =
            known.ok_or_else(|| Fault::invalid(format!("no anyarchive_existing is {existing}")))?;
        settings.change(|extractor| extractor.existing(*existing));
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// Has a function called at each entry and within long ones; it can stop the extraction. `drop` is
/// called once with `user`: with the extractor, when another function takes its place, or when this
/// fails.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`; the function may be called with `user` until `drop`
/// is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_on_progress(
    extractor: *mut anyarchive_extractor,
    function: anyarchive_progress_fn,
    user: *mut c_void,
    drop: anyarchive_drop_fn,
) -> anyarchive_status {
    // Made first: whatever comes, it drops `user`.
    let callback = Callback {
        function,
        user: User::new(user, drop),
    };
    let body = |settings: &mut Settings| {
        if callback.function.is_none() {
            return Err(Fault::null("the function"));
        }
        settings.change(|extractor| extractor.on_progress(move |progress| callback.call(progress)));
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// Extracts the entries that the reader has not come to yet into `destination` (bytes on Unix, UTF-8 on
/// Windows), which is made if it is missing. What is wrong with one entry is an item of the report, and
/// the next one follows; only what ends the extraction is an error. The entry that the reader lent is
/// over.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`; `reader` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_run(
    extractor: *mut anyarchive_extractor,
    reader: *mut anyarchive_reader,
    destination: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let destination = unsafe { text::path(destination, "the destination") }?;
        settings.item = None;
        settings.report = Report::default();
        let mut result = Err(Fault::invalid("the reader is none"));
        let extract = |open: &mut reader::Open| {
            open.end_entry();
            result = settings
                .extractor
                .extract(&mut open.reader, destination)
                .map(drop)
                .map_err(Fault::from);
            settings.report = settings.extractor.report().clone();
            Ok(Status::Ok)
        };
        // SAFETY: the caller's promise.
        match unsafe { Handle::call(reader::handle(reader), extract) } {
            Status::Ok => result.map(|()| Status::Ok),
            Status::Busy => Err(Fault::Own(Status::Busy, "the reader is in use".into())),
            Status::InvalidInput => Err(Fault::invalid("the reader is none")),
            status => Err(Fault::Own(status, "the reader is of no more use".into())),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// Entries that the last extraction put on disk.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_entries(
    extractor: *const anyarchive_extractor,
) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { Handle::peek(handle(extractor), |settings| settings.report.entries()) }.unwrap_or(0)
}

/// Bytes of data that the last extraction wrote.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_bytes(extractor: *const anyarchive_extractor) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { Handle::peek(handle(extractor), |settings| settings.report.bytes()) }.unwrap_or(0)
}

/// Number of items of the report: entries, or properties of entries, that are not on disk as the archive
/// has them.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_item_count(
    extractor: *const anyarchive_extractor,
) -> usize {
    let count = |settings: &mut Settings| settings.report.items().len();
    // SAFETY: the caller's promise.
    unsafe { Handle::peek(handle(extractor), count) }.unwrap_or(0)
}

/// An item of the report: what became of the entry, its path, and the reason as UTF-8. Texts live until
/// the next call of this function; the places can be NULL.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_item(
    extractor: *mut anyarchive_extractor,
    index: usize,
    outcome: *mut i32,
    path: *mut *const c_char,
    reason: *mut *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        let item = settings.report.items().get(index);
        let item = item.ok_or_else(|| Fault::invalid(format!("the report has no item {index}")))?;
        let kind = match item.outcome() {
            Outcome::Refused(_) => anyarchive_outcome::Refused,
            Outcome::Failed(_) => anyarchive_outcome::Failed,
            Outcome::Skipped(_) => anyarchive_outcome::Skipped,
            _ => anyarchive_outcome::Warned,
        };
        let why = match item.outcome() {
            Outcome::Refused(reason) => reason.to_string(),
            Outcome::Failed(error) => match error.remark() {
                Some(remark) => format!("{}; {remark}", error.message()),
                None => error.message().to_owned(),
            },
            Outcome::Skipped(reason) => reason.to_string(),
            Outcome::Warned(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let texts = (index, c_text(item.path_bytes()), c_text(why));
        let (_, item_path, item_reason) = settings.item.insert(texts);
        // SAFETY: the caller's promise.
        if let Ok(place) = unsafe { text::out(outcome, "") } {
            place.set(kind as i32);
        }
        // SAFETY: the caller's promise.
        if let Ok(place) = unsafe { text::out(path, "") } {
            place.set(item_path.as_ptr());
        }
        // SAFETY: the caller's promise.
        if let Ok(place) = unsafe { text::out(reason, "") } {
            place.set(item_reason.as_ptr());
        }
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// The error of the last call that failed, or NULL. Lives until the next call on the extractor.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_error(
    extractor: *const anyarchive_extractor,
) -> *const anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::error(handle(extractor)) }
}

/// The same error, to be freed by the caller; NULL when it was taken before.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_take_error(
    extractor: *mut anyarchive_extractor,
) -> *mut anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::take_error(handle(extractor)) }
}

/// Frees an extractor; NULL is allowed. Inside a callback of it, when the call that is running has
/// ended.
///
/// # Safety
///
/// As for `anyarchive_extractor_strip_components`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_free(extractor: *mut anyarchive_extractor) {
    // SAFETY: the caller's promise.
    unsafe { Handle::free(extractor.cast::<Handle<Settings>>()) };
}
