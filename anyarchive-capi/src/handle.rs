//! Handles: alive or not, in use or not.

use std::{
    cell::UnsafeCell,
    mem::ManuallyDrop,
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
    value: UnsafeCell<ManuallyDrop<Slot<T>>>,
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
            value: UnsafeCell::new(ManuallyDrop::new(Slot {
                value,
                error: None,
                poisoned: false,
            })),
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
        // SAFETY: this call made it BUSY, and is done with it.
        unsafe { Self::leave(handle) };
        status
    }

    /// Ends a call: frees what was freed meanwhile.
    ///
    /// # Safety
    ///
    /// The caller made the handle BUSY, and uses it no more.
    unsafe fn leave(handle: *const Self) {
        // SAFETY: it lives: whoever frees a handle that is BUSY leaves that to here.
        let state = unsafe { &(*handle).state };
        let left = state.compare_exchange(BUSY, IDLE, Ordering::Release, Ordering::Acquire);
        if left.is_err() {
            // SAFETY: DOOMED: it was freed, so nobody else may use it.
            unsafe { Self::destroy(handle.cast_mut()) };
        }
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
        let this = unsafe { &*handle };
        // What is dropped can call back, and that may name this handle: it is none any more.
        this.kind.store(0, Ordering::Relaxed);
        // SAFETY: nobody else uses it.
        let value = unsafe { &mut *this.value.get() };
        // SAFETY: taken once, here.
        let slot = unsafe { ManuallyDrop::take(value) };
        // A panic of a source that is dropped stays here: there is nobody to tell.
        let _ = contain(|| drop(slot));
        // SAFETY: made by Box::into_raw; the value is out of it.
        drop(unsafe { Box::from_raw(handle) });
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
    /// As for [`call`](Self::call).
    unsafe fn with_slot<R>(handle: *const Self, get: impl FnOnce(&mut Slot<T>) -> R) -> Option<R> {
        // SAFETY: the caller's promise.
        let this = unsafe { Self::look(handle) }?;
        this.state
            .compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // SAFETY: as in `call`.
        let slot = unsafe { &mut *this.value.get() };
        let result = contain(|| get(slot)).ok();
        // SAFETY: this call made it BUSY, and is done with it.
        unsafe { Self::leave(handle) };
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

#[cfg(test)]
mod tests {
    use std::{panic, sync::Arc};

    use super::*;

    struct Thing(Arc<()>);

    impl Kind for Thing {
        const KIND: u32 = 1;
    }

    struct Other;

    impl Kind for Other {
        const KIND: u32 = 2;
    }

    struct Bomb;

    impl Kind for Bomb {
        const KIND: u32 = 3;
    }

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    fn call(
        handle: *const Handle<Thing>,
        body: impl FnOnce(&mut Thing) -> Result<Status, Fault>,
    ) -> Status {
        // SAFETY: the tests free a handle last, or in a call.
        unsafe { Handle::call(handle, body) }
    }

    fn free<T: Kind>(handle: *mut Handle<T>) {
        // SAFETY: the tests do not use it afterwards.
        unsafe { Handle::free(handle) };
    }

    #[test]
    fn a_panic_is_a_status_and_poisons_the_handle() {
        let alive = Arc::new(());
        let handle = Handle::into_raw(Thing(Arc::clone(&alive)));
        for payload in ["text", ""] {
            let handle = Handle::into_raw(Thing(Arc::clone(&alive)));
            let status = call(handle, |_| panic::resume_unwind(Box::new(payload)));
            assert_eq!(status, Status::Panic);
            assert_eq!(call(handle, |_| Ok(Status::Ok)), Status::Poisoned);
            free(handle);
        }
        // A payload that panics when it is dropped.
        let status = call(handle, |_| panic::resume_unwind(Box::new(Bomb)));
        assert_eq!(status, Status::Panic);
        free(handle);
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn a_panic_in_drop_stays_inside() {
        free(Handle::into_raw(Bomb));
    }

    #[test]
    fn a_handle_that_is_freed_in_its_own_call_dies_at_the_end_of_it() {
        let alive = Arc::new(());
        let handle = Handle::into_raw(Thing(Arc::clone(&alive)));
        let status = call(handle, |thing| {
            free(handle);
            free(handle);
            assert_eq!(call(handle, |_| Ok(Status::Ok)), Status::Busy);
            assert_eq!(Arc::strong_count(&thing.0), 2);
            Ok(Status::Eof)
        });
        assert_eq!(status, Status::Eof);
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn a_handle_that_is_freed_while_it_is_looked_at_dies_too() {
        let alive = Arc::new(());
        let handle = Handle::into_raw(Thing(Arc::clone(&alive)));
        // SAFETY: freed inside, and not used afterwards.
        let seen = unsafe { Handle::peek(handle, |_| free(handle)) };
        assert_eq!(seen, Some(()));
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn a_handle_of_another_kind_is_none() {
        let other = Handle::into_raw(Other);
        assert_eq!(call(other.cast(), |_| Ok(Status::Ok)), Status::InvalidInput);
        free(other.cast::<Handle<Thing>>());
        free(other);
    }
}
