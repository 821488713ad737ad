//! Handles: alive or not, in use or not.

use std::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
};

use crate::{
    error::{Fault, anyarchive_error},
    panic::contain,
    status::anyarchive_status as Status,
};

/// Nobody uses it.
const IDLE: u8 = 0;
/// A call is running.
const BUSY: u8 = 1;
/// A call is running, and it is to be freed when that has ended.
const DOOMED: u8 = 2;

/// What a handle is of: a pointer of another kind is noticed before it does harm.
pub(crate) trait Kind {
    const KIND: u32;
}

/// Something that calls on it change, behind a pointer that C has.
///
/// The state is looked at before anything else, through a shared reference: a call on a handle from
/// its own callback, or from a second thread, must not even form a second `&mut` to the value.
#[repr(C)] // `kind` is at the same place in all of them
pub(crate) struct Handle<T> {
    kind: AtomicU32,
    state: AtomicU8,
    value: UnsafeCell<Slot<T>>,
}

struct Slot<T> {
    value: T,
    /// Of the last call that failed.
    error: Option<Box<anyarchive_error>>,
    /// A panic went through it.
    poisoned: bool,
}

impl<T: Kind> Handle<T> {
    pub(crate) fn into_raw(value: T) -> *mut Self {
        Box::into_raw(Box::new(Self {
            kind: AtomicU32::new(T::KIND),
            state: AtomicU8::new(IDLE),
            value: UnsafeCell::new(Slot {
                value,
                error: None,
                poisoned: false,
            }),
        }))
    }

    /// The handle, if it is one of this kind.
    ///
    /// # Safety
    ///
    /// NULL, or a handle of any kind that lives for `'a`.
    unsafe fn look<'a>(handle: *const Self) -> Option<&'a Self> {
        // SAFETY: the caller's promise; a shared reference, and `value` is in an UnsafeCell.
        let this = unsafe { handle.as_ref() }?;
        (this.kind.load(Ordering::Relaxed) == T::KIND).then_some(this)
    }

    /// Runs `body` on the value; the failure stays with the handle, and its status is the answer.
    ///
    /// # Safety
    ///
    /// `handle` is NULL, or was made by `into_raw` and not freed by a call that has ended.
    pub(crate) unsafe fn call(
        handle: *const Self,
        body: impl FnOnce(&mut T) -> Result<Status, Fault>,
    ) -> Status {
        // SAFETY: the caller's promise.
        let Some(this) = (unsafe { Self::look(handle) }) else {
            return Status::InvalidInput;
        };
        let took = this
            .state
            .compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed);
        if took.is_err() {
            return Status::Busy;
        }
        // SAFETY: whoever finds IDLE has the value for itself until it is IDLE again.
        let slot = unsafe { &mut *this.value.get() };
        let status = slot.run(body);
        let left = this
            .state
            .compare_exchange(BUSY, IDLE, Ordering::Release, Ordering::Relaxed);
        if left.is_err() {
            // SAFETY: DOOMED: a callback of this call freed it, so nobody else may use it.
            unsafe { Self::destroy(handle.cast_mut()) };
        }
        status
    }

    /// Frees it: now, or when the call that is running has ended.
    ///
    /// # Safety
    ///
    /// As for [`call`](Self::call), and nobody uses the handle afterwards.
    pub(crate) unsafe fn free(handle: *mut Self) {
        // SAFETY: the caller's promise.
        let Some(this) = (unsafe { Self::look(handle) }) else {
            return;
        };
        let doomed =
            this.state
                .compare_exchange(BUSY, DOOMED, Ordering::Relaxed, Ordering::Acquire);
        if doomed == Err(IDLE) {
            // SAFETY: no call is running, and none will.
            unsafe { Self::destroy(handle) };
        }
    }

    /// # Safety
    ///
    /// Made by `into_raw`; nobody uses it any more.
    unsafe fn destroy(handle: *mut Self) {
        // SAFETY: the caller's promise.
        let this = unsafe { Box::from_raw(handle) };
        this.kind.store(0, Ordering::Relaxed);
        // A panic of a source that is dropped stays here: there is nobody to tell.
        let _ = contain(|| drop(this));
    }

    /// The error of the last call that failed, which stays with the handle; NULL when none did, or
    /// when the handle is in use.
    ///
    /// # Safety
    ///
    /// As for [`call`](Self::call).
    pub(crate) unsafe fn error(handle: *const Self) -> *const anyarchive_error {
        // SAFETY: the caller's promise.
        let error = unsafe {
            Self::with_slot(handle, |slot| slot.error.as_deref().map(std::ptr::from_ref))
        };
        error.flatten().unwrap_or(std::ptr::null())
    }

    /// The same error, which belongs to the caller from now on.
    ///
    /// # Safety
    ///
    /// As for [`call`](Self::call).
    pub(crate) unsafe fn take_error(handle: *const Self) -> *mut anyarchive_error {
        // SAFETY: the caller's promise.
        let error = unsafe { Self::with_slot(handle, |slot| slot.error.take().map(Box::into_raw)) };
        error.flatten().unwrap_or(std::ptr::null_mut())
    }

    /// Reads the value without a failure of its own; `None` when the handle is NULL or in use.
    ///
    /// # Safety
    ///
    /// As for [`call`](Self::call).
    pub(crate) unsafe fn peek<R>(handle: *const Self, get: impl FnOnce(&mut T) -> R) -> Option<R> {
        // SAFETY: the caller's promise.
        unsafe { Self::with_slot(handle, |slot| get(&mut slot.value)) }
    }

    /// # Safety
    ///
    /// As for [`call`](Self::call). `get` runs no callbacks of C.
    unsafe fn with_slot<R>(handle: *const Self, get: impl FnOnce(&mut Slot<T>) -> R) -> Option<R> {
        // SAFETY: the caller's promise.
        let this = unsafe { Self::look(handle) }?;
        this.state
            .compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // SAFETY: as in `call`.
        let slot = unsafe { &mut *this.value.get() };
        let result = contain(|| get(slot)).ok();
        this.state.store(IDLE, Ordering::Release);
        result
    }
}

impl<T> Slot<T> {
    fn run(&mut self, body: impl FnOnce(&mut T) -> Result<Status, Fault>) -> Status {
        let value = &mut self.value;
        let result = if self.poisoned {
            Err(Fault::Own(
                Status::Poisoned,
                "the library panicked in an earlier call on this handle".into(),
            ))
        } else {
            contain(|| body(value)).unwrap_or_else(|panic| {
                self.poisoned = true;
                Err(Fault::panic(&panic))
            })
        };
        match result {
            Ok(status) => status,
            Err(fault) => {
                self.error = Some(Box::new(fault.to_c()));
                fault.status()
            }
        }
    }
}
