//! What stands behind a pointer that C holds.
use crate::status::{FIELDTAP_ERROR_BUSY, FIELDTAP_ERROR_PANIC, Problem, Status, status};
use core::{
    cell::UnsafeCell,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU8, Ordering},
};
use std::panic::catch_unwind;

const FREE: u8 = 0;
const INSIDE: u8 = 1;
const BROKEN: u8 = 2;

/// Something that one call at a time may be inside of.
#[derive(Debug)]
pub(crate) struct Handle<T> {
    state: AtomicU8,
    inner: UnsafeCell<T>,
}

impl<T> Handle<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { state: AtomicU8::new(FREE), inner: UnsafeCell::new(inner) }
    }

    /// Whether a call is inside.
    pub(crate) fn is_inside(&self) -> bool {
        self.state.load(Ordering::Acquire) == INSIDE
    }

    /// Does something with what is inside.
    pub(crate) fn enter(
        &self,
        act: impl FnOnce(&mut T) -> Result<Status, Problem>,
    ) -> Result<Status, Problem> {
        match self.state.compare_exchange(FREE, INSIDE, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {}
            Err(BROKEN) => {
                return Err(Problem(
                    FIELDTAP_ERROR_PANIC,
                    "the library has failed within this handle".into(),
                ));
            }
            Err(_) => return Err(Problem(FIELDTAP_ERROR_BUSY, "the handle is in use".into())),
        }
        // SAFETY: The state was free, and is not until we leave: nobody else is inside, and nobody comes.
        let inner = unsafe { &mut *self.inner.get() };
        let done = catch_unwind(AssertUnwindSafe(|| act(inner)));
        self.state.store(if done.is_ok() { FREE } else { BROKEN }, Ordering::Release);
        done.unwrap_or_else(|panic| Err(panicked(&*panic)))
    }
}

fn panicked(panic: &(dyn core::any::Any + Send)) -> Problem {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
    Problem(FIELDTAP_ERROR_PANIC, format!("the library has failed within: {said}"))
}

/// Does something that belongs to no handle.
pub(crate) fn guarded(act: impl FnOnce() -> Result<Status, Problem>) -> Status {
    status(catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| Err(panicked(&*panic))))
}

/// Hands something over to C.
///
/// # Safety
///
/// `to` is null, or points to room for a pointer.
pub(crate) unsafe fn hand_over<H>(to: *mut *mut H, handle: H) -> Result<Status, Problem> {
    // SAFETY: Promised by the caller.
    unsafe { crate::status::put(to, Box::into_raw(Box::new(handle)))? };
    Ok(crate::status::FIELDTAP_OK)
}

/// What holds a [`Handle`].
pub(crate) trait Holds {
    /// Whether a call is inside.
    fn is_inside(&self) -> bool;
}

/// Takes back what was handed over, and sets the pointer to null. Null pointers are left as they are, and so is what a call is
/// inside of, as within its callback: that would go on with what is no more.
///
/// # Safety
///
/// `handle` is null, or points to a pointer that is null or was handed over and not taken back, and that nobody uses.
pub(crate) unsafe fn take_back<H: Holds>(handle: *mut *mut H) {
    // SAFETY: Promised by the caller.
    let Some(handle) = (unsafe { handle.as_mut() }) else { return };
    // SAFETY: It is null, or was handed over and not taken back.
    if unsafe { handle.as_ref() }.is_some_and(H::is_inside) {
        status(Err(Problem(FIELDTAP_ERROR_BUSY, "the handle is in use, and is not freed".into())));
        return;
    }
    let pointer = core::mem::replace(handle, core::ptr::null_mut());
    if !pointer.is_null() {
        // SAFETY: It was made by `hand_over`, and is taken back once: the caller's pointer is null from now on.
        let owned = unsafe { Box::from_raw(pointer) };
        // What fails while it is dropped must not cross the boundary either.
        guarded(|| {
            drop(owned);
            Ok(crate::status::FIELDTAP_OK)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::FIELDTAP_OK;

    #[test]
    fn one_call_at_a_time_is_inside() {
        let handle = Handle::new(0);
        let again = handle.enter(|_| handle.enter(|_| Ok(FIELDTAP_OK)));
        assert_eq!(again.unwrap_err().0, FIELDTAP_ERROR_BUSY);
        assert_eq!(handle.enter(|_| Ok(FIELDTAP_OK)).unwrap(), FIELDTAP_OK);
    }

    struct Held(Handle<u8>);

    impl Holds for Held {
        fn is_inside(&self) -> bool {
            self.0.is_inside()
        }
    }

    #[test]
    fn what_a_call_is_inside_of_is_not_freed() {
        let mut pointer = Box::into_raw(Box::new(Held(Handle::new(7))));
        let made = pointer;
        // SAFETY: It was made just now, and is taken back at the end.
        let held = unsafe { &*pointer };
        let done = held.0.enter(|inner| {
            // SAFETY: As of `hand_over`.
            unsafe { take_back(&raw mut pointer) };
            assert_eq!((pointer, *inner), (made, 7));
            Ok(FIELDTAP_OK)
        });
        assert_eq!(done.unwrap(), FIELDTAP_OK);
        // SAFETY: As of `hand_over`; nobody is inside.
        unsafe { take_back(&raw mut pointer) };
        assert!(pointer.is_null());
    }

    #[test]
    fn a_panic_is_told_and_breaks_the_handle() {
        let handle = Handle::new(0);
        let failed = handle.enter(|_| panic!("on purpose")).unwrap_err();
        assert_eq!(failed.0, FIELDTAP_ERROR_PANIC);
        assert!(failed.1.contains("on purpose"));
        assert_eq!(handle.enter(|_| Ok(FIELDTAP_OK)).unwrap_err().0, FIELDTAP_ERROR_PANIC);
    }
}
