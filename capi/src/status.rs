//! What a call comes to, and the message of the last error.
use core::{
    cell::RefCell,
    ffi::{CStr, c_char},
};
use std::ffi::CString;

/// What a call has come to: 0 or above if it was done, below 0 if it was not. `fieldtap_error_message` tells more.
pub type Status = i32;

/// It was done; more is wanted.
pub const FIELDTAP_OK: i32 = 0;
/// It was done; the callback wants no more of this conversation. Of an engine: it leaves that conversation by itself.
pub const FIELDTAP_LEAVE: i32 = 1;
/// It was done; the callback wants no more at all. Further calls do nothing.
pub const FIELDTAP_STOP: i32 = 2;
/// A pointer that may not be null is null.
pub const FIELDTAP_ERROR_NULL: i32 = -1;
/// The handle is in use: by another thread, or by the call from whose callback it was used again.
pub const FIELDTAP_ERROR_BUSY: i32 = -2;
/// There is none of this name.
pub const FIELDTAP_ERROR_NAME: i32 = -3;
/// A value is not one that fits here.
pub const FIELDTAP_ERROR_VALUE: i32 = -4;
/// There is none of this index.
pub const FIELDTAP_ERROR_INDEX: i32 = -5;
/// The library has failed within. The handle can only be freed.
pub const FIELDTAP_ERROR_PANIC: i32 = -6;

/// Why something is not done.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) Status, pub(crate) String);

impl Problem {
    pub(crate) fn null(what: &str) -> Self {
        Self(FIELDTAP_ERROR_NULL, format!("{what} is null"))
    }
    pub(crate) fn too_long(what: &str) -> Self {
        Self(FIELDTAP_ERROR_VALUE, format!("{what}: more than memory can hold"))
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Keeps the message of a problem, and gives its status.
pub(crate) fn fail(Problem(status, message): Problem) -> Status {
    let message = CString::new(message.replace('\0', "\\0")).unwrap_or_default();
    LAST.with(|last| last.replace(message));
    status
}

/// The status of what was done or not.
pub(crate) fn status(done: Result<Status, Problem>) -> Status {
    done.unwrap_or_else(fail)
}

/// What the last call on this thread that was not done says of it, ended by a null; empty if there was none. It lasts until
/// the next call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_error_message() -> *const c_char {
    LAST.with(|last| last.borrow().as_ptr())
}

/// The text that a pointer of the caller points to.
///
/// # Safety
///
/// `text` is null, or points to octets that end with a null and stay as they are for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<&'a str, Problem> {
    if text.is_null() {
        return Err(Problem::null(what));
    }
    // SAFETY: It is not null; the rest is promised by the caller.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Problem(FIELDTAP_ERROR_VALUE, format!("{what} is not UTF-8")))
}

/// The octets that a pointer of the caller points to.
///
/// # Safety
///
/// `octets` points to `length` octets that stay as they are for `'a`; it may be null if there are none.
pub(crate) unsafe fn octets<'a>(octets: *const u8, length: usize) -> Result<&'a [u8], Problem> {
    match (octets.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Problem::null("octets")),
        // No memory holds as many, and no slice may have more.
        (_, length) if length > isize::MAX as usize => Err(Problem::too_long("octets")),
        // SAFETY: It is not null; the rest is promised by the caller.
        _ => Ok(unsafe { core::slice::from_raw_parts(octets, length) }),
    }
}

/// What a pointer of the caller points to.
///
/// # Safety
///
/// `pointer` is null, or points to a `T` that stays as it is for `'a`.
pub(crate) unsafe fn given<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Problem> {
    // SAFETY: Promised by the caller.
    unsafe { pointer.as_ref() }.ok_or_else(|| Problem::null(what))
}

/// Writes where a pointer of the caller points to.
///
/// # Safety
///
/// `to` is null, or points to room for a `T`.
pub(crate) unsafe fn put<T>(to: *mut T, value: T) -> Result<(), Problem> {
    if to.is_null() {
        return Err(Problem::null("what is to be written"));
    }
    // SAFETY: It is not null; the rest is promised by the caller.
    unsafe { to.write(value) };
    Ok(())
}
