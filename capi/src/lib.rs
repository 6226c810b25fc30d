//! C ABI of fieldtap: what `fieldtap.h` declares.
//!
//! - A handle is made by a `…_new` and taken back by its `…_free`, which is given the address of the pointer and sets it to
//!   null: a handle that was freed is a null pointer, and a null pointer gives [`FIELDTAP_ERROR_NULL`].
//! - Handles share nothing. Each may be used from any thread, by one at a time: who comes while another is inside, or calls
//!   from within a callback of the same handle, gets [`FIELDTAP_ERROR_BUSY`].
//! - No panic crosses the boundary: it gives [`FIELDTAP_ERROR_PANIC`], and so does whatever is asked of the handle later.
//! - Rows come by callback, on the thread that calls. A row, and all that it points to, lasts until the callback returns.
//!   Nothing is allocated for a row, and no field is copied.
//! - Names and descriptions of tables, columns, protocols and codes last as long as the library is loaded.

mod config;
mod engine;
mod handle;
mod row;
mod session;
mod status;
mod tables;

pub use config::*;
pub use engine::*;
pub use row::*;
pub use session::*;
pub use status::*;
pub use tables::*;

/// Version of this ABI. What was built against one works with a library of the same number; functions, kinds of values,
/// settings, tables and columns may be added to it. See `fieldtap_abi_version`.
pub const FIELDTAP_ABI_VERSION: u32 = 1;

/// The version of the ABI that the library has. A program compares it with `FIELDTAP_ABI_VERSION` of its header.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_abi_version() -> u32 {
    FIELDTAP_ABI_VERSION
}

/// The version of the library, ended by a null.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_version() -> *const core::ffi::c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
