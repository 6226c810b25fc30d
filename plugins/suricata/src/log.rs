//! Transactions to EVE.
use crate::{
    header::{Head, retell},
    state::Transaction,
};
use core::{
    cell::RefCell,
    ffi::{c_char, c_void},
};
use suricata_sys::jsonbuilder::{
    SCJbGetMark, SCJbLen, SCJbOpenObject, SCJbPtr, SCJbRestoreMark, SCJbSetFormatted, SCJsonBuilder,
    SCJsonBuilderMark,
};

/// The name of our events among the types of an EVE output.
pub(crate) const EVENTS: &str = "fieldtap";

thread_local! {
    /// What stands in place of the head of an event.
    static RETOLD: RefCell<Vec<u8>> = RefCell::default();
}

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
    RETOLD.with_borrow_mut(|retold| {
        retold.clear();
        let members = match retell(head, line.protocol, line.event, line.swap, retold) {
            Head::Right => line.members(),
            // An alert has the name of the protocol already.
            Head::Theirs => line.without_protocol(),
            Head::Cut(at) => {
                retold.push(0);
                let mut mark = SCJsonBuilderMark { position: 0, state_index: 0, state: 0 };
                // SAFETY: The builder is Suricata's; the mark is its own, but for a place before it, where a member ends. It
                // is gone back to only from within something that was opened since. The text ends with a null.
                unsafe {
                    SCJbGetMark(builder, &mut mark);
                    mark.position = at as u64;
                    SCJbOpenObject(builder, c"".as_ptr());
                    SCJbRestoreMark(builder, &mut mark);
                    SCJbSetFormatted(builder, retold.as_ptr().cast::<c_char>());
                }
                line.members()
            }
        };
        // SAFETY: The text ends with a null, and holds no other: JSON escapes them.
        unsafe { SCJbSetFormatted(builder, members.as_ptr()) }
    })
}
