//! Ctrl-C, and what else asks the command to end.
use crate::INTERRUPTED;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::sync::{Arc, atomic::AtomicBool};

/// The first signal sets this, which is looked at now and then; the second ends the process.
pub(crate) fn set(flag: &Arc<AtomicBool>) {
    for signal in [SIGINT, SIGTERM] {
        // Where a signal cannot be heard it ends the process at once, as without this.
        let second = flag::register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(flag));
        let _ = second.and_then(|_| flag::register(signal, Arc::clone(flag)));
    }
}
