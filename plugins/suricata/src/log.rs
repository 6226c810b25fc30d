//! Transactions to EVE.
use crate::{header::retold, state::Transaction};
use core::ffi::{c_char, c_void};
use suricata_sys::jsonbuilder::{
    SCJbGetMark, SCJbLen, SCJbOpenObject, SCJbPtr, SCJbRestoreMark, SCJbSetFormatted, SCJsonBuilder,
    SCJsonBuilderMark,
};

/// The name of our events among the types of an EVE output.
pub(crate) const EVENTS: &str = "fieldtap";

/// Writes a transaction into an event that Suricata has begun: its own, or an alert. Returns whether there is one.
///
/// # Safety
///
/// `transaction` is one of ours, `builder` one of Suricata's.
pub(crate) unsafe extern "C" fn log(transaction: *const c_void, builder: *mut c_void) -> bool {
    let builder = builder.cast::<SCJsonBuilder>();
    // SAFETY: Promised by the caller; nobody changes it meanwhile, since the flow is locked.
    let Some(transaction) = (unsafe { transaction.cast::<Transaction>().as_ref() }) else { return false };
    let Some(line) = &transaction.line else { return false };
    // SAFETY: The two speak of the same octets, which nobody changes before the next call that is given the builder.
    let head = unsafe { core::slice::from_raw_parts(SCJbPtr(builder), SCJbLen(builder)) };
    let Ok(head) = core::str::from_utf8(head) else { return false };
    let members = match retold(head, line.protocol, line.event, line.swap) {
        Some((at, mut told)) => {
            told.push(',');
            told.push_str(&line.members);
            told.push('\0');
            let mut mark = SCJsonBuilderMark { position: 0, state_index: 0, state: 0 };
            // SAFETY: The builder is Suricata's; the mark is its own, but for a place before it, where a member ends. It is
            // gone back to only from within something that was opened since.
            unsafe {
                SCJbGetMark(builder, &mut mark);
                mark.position = at as u64;
                SCJbOpenObject(builder, c"".as_ptr());
                SCJbRestoreMark(builder, &mut mark);
            }
            told
        }
        // An alert has the name of the protocol already.
        None => format!("{}\0", line.without_protocol()),
    };
    // SAFETY: The text ends with a null, and holds no other: JSON escapes them.
    unsafe { SCJbSetFormatted(builder, members.as_ptr().cast::<c_char>()) }
}
