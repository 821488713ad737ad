//! Limits of extraction, and how to stop it.

use std::{ptr, time::Duration};

use anyarchive::{CancelToken, Limits};

use crate::{
    error::Fault,
    extract::{Settings, anyarchive_extractor, handle},
    handle::Handle,
    panic::contain,
    status::{anyarchive_status, anyarchive_status as Status},
};

/// What can be limited. What is above a limit ends the extraction with `ANYARCHIVE_STATUS_REFUSED`, or
/// is an item of the report when one entry is concerned.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum anyarchive_limit {
    /// Entries in the archive.
    Entries = 1,
    /// Bytes written in all.
    TotalBytes = 2,
    /// Bytes of one file.
    FileBytes = 3,
    /// Bytes written for each byte read.
    Ratio = 4,
    /// Bytes of a path.
    PathBytes = 5,
    /// Components of a path.
    Depth = 6,
    /// Filters around the archive.
    Filters = 7,
    /// Milliseconds of an extraction.
    TimeMs = 8,
}

/// No limit.
pub const ANYARCHIVE_UNLIMITED: u64 = 0xffff_ffff_ffff_ffff;

type Setter = fn(Limits, Option<u64>) -> Limits;

/// A number that is too large for a size is no limit here.
fn size(value: Option<u64>) -> Option<usize> {
    value.and_then(|value| usize::try_from(value).ok())
}

const SETTERS: [(anyarchive_limit, Setter); 8] = [
    (anyarchive_limit::Entries, |limits, value| {
        limits.entries(value)
    }),
    (anyarchive_limit::TotalBytes, |limits, value| {
        limits.total_bytes(value)
    }),
    (anyarchive_limit::FileBytes, |limits, value| {
        limits.file_bytes(value)
    }),
    (anyarchive_limit::Ratio, |limits, value| limits.ratio(value)),
    (anyarchive_limit::PathBytes, |limits, value| {
        limits.path_bytes(size(value))
    }),
    (anyarchive_limit::Depth, |limits, value| {
        limits.depth(size(value))
    }),
    (anyarchive_limit::Filters, |limits, value| {
        limits.filters(size(value))
    }),
    (anyarchive_limit::TimeMs, |limits, value| {
        limits.time(value.map(Duration::from_millis))
    }),
];

/// Sets one limit: one of `anyarchive_limit`, and its number or `ANYARCHIVE_UNLIMITED`.
///
/// # Safety
///
/// `extractor` is NULL or was not freed yet; so for all functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_limit(
    extractor: *mut anyarchive_extractor,
    limit: i32,
    value: u64,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        let known = SETTERS.iter().find(|(number, _)| *number as i32 == limit);
        let (_, set) =
            known.ok_or_else(|| Fault::invalid(format!("no anyarchive_limit is {limit}")))?;
        let value = (value != ANYARCHIVE_UNLIMITED).then_some(value);
        settings.set_limits(set(settings.limits.clone(), value));
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// Sets all limits to strict ones, for a service that unpacks what strangers send.
///
/// # Safety
///
/// As for `anyarchive_extractor_limit`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_limits_for_server(
    extractor: *mut anyarchive_extractor,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        settings.set_limits(Limits::server());
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}

/// Stops extractions from any thread; the one kind of object that several threads may use at a time.
#[derive(Debug)]
pub struct anyarchive_cancel_token(CancelToken);

/// Makes a token that is not cancelled. NULL when memory runs out.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_cancel_token_new() -> *mut anyarchive_cancel_token {
    let new = || Box::into_raw(Box::new(anyarchive_cancel_token(CancelToken::new())));
    contain(new).unwrap_or(ptr::null_mut())
}

/// Stops, for good, the extractions that have this token: they end with `ANYARCHIVE_STATUS_CANCELLED`.
///
/// # Safety
///
/// `token` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_cancel_token_cancel(token: *const anyarchive_cancel_token) {
    // SAFETY: the caller's promise.
    if let Some(token) = unsafe { token.as_ref() } {
        token.0.cancel();
    }
}

/// Whether it was cancelled.
///
/// # Safety
///
/// As for `anyarchive_cancel_token_cancel`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_cancel_token_is_cancelled(
    token: *const anyarchive_cancel_token,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { token.as_ref() }.is_some_and(|token| token.0.is_cancelled())
}

/// Frees a token; NULL is allowed. Extractors that have it keep what they need.
///
/// # Safety
///
/// As for `anyarchive_cancel_token_cancel`, and no thread uses the token afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_cancel_token_free(token: *mut anyarchive_cancel_token) {
    if !token.is_null() {
        // SAFETY: not NULL, and made by Box::into_raw; the rest is the caller's promise.
        drop(unsafe { Box::from_raw(token) });
    }
}

/// Has a token stop the extractions of this extractor.
///
/// # Safety
///
/// As for `anyarchive_extractor_limit` and `anyarchive_cancel_token_cancel`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_extractor_cancel_token(
    extractor: *mut anyarchive_extractor,
    token: *const anyarchive_cancel_token,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let token = unsafe { token.as_ref() }.ok_or_else(|| Fault::null("the token"))?;
        settings.change(|extractor| extractor.cancel_token(&token.0));
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(extractor), body) }
}
