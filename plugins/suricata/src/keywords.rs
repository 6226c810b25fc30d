//! Keywords of rules.
use crate::{
    ffi::{STREAM_TOCLIENT, STREAM_TOSERVER},
    plugin::{LOG_ERROR, alprotos, say},
    rules::{KEYWORDS, Rule, Rules, parse},
    state::Transaction,
};
use core::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
    sync::atomic::{AtomicU64, Ordering},
};
use std::{
    collections::HashMap,
    ffi::CString,
    rc::Rc,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use suricata_sys::sys::{
    DetectEngineCtx, DetectEngineThreadCtx, Flow, SCDetectHelperBufferRegister,
    SCDetectHelperKeywordRegister, SCSigMatchAppendSMToList, SCSigTableAppLiteElmt, SigMatchCtx, Signature,
};

/// The list of conditions on our transactions, and what Suricata calls each keyword.
static REGISTERED: OnceLock<(c_int, Vec<u16>)> = OnceLock::new();

/// The rules that Suricata holds, by its own address of each: all keywords of one are one condition, that one thing in the
/// message has to meet.
static OPEN: Mutex<Option<HashMap<usize, Arc<Rule>>>> = Mutex::new(None);

/// Counts the changes of [`OPEN`]. Rules may be loaded anew at any time.
static CHANGES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The rules after so many changes.
    static KNOWN: RefCell<(u64, Rc<Rules>)> = RefCell::default();
}

fn open<R>(act: impl FnOnce(&mut HashMap<usize, Arc<Rule>>) -> R) -> R {
    act(OPEN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// The rules that Suricata holds now.
pub(crate) fn rules() -> Rc<Rules> {
    KNOWN.with_borrow_mut(|(known, rules)| {
        let changes = CHANGES.load(Ordering::Acquire);
        if *known != changes {
            *rules = Rc::new(Rules::new(open(|rules| rules.values().cloned().collect())));
            *known = changes;
        }
        Rc::clone(rules)
    })
}

/// Registers the keywords.
pub(crate) unsafe extern "C" fn register() {
    const SETUP: [unsafe extern "C" fn(*mut DetectEngineCtx, *mut Signature, *const c_char) -> c_int;
        KEYWORDS.len()] =
        [setup::<0>, setup::<1>, setup::<2>, setup::<3>, setup::<4>, setup::<5>, setup::<6>];
    let mut list = 0;
    for number in alprotos() {
        // SAFETY: The name lasts for ever.
        list = unsafe {
            SCDetectHelperBufferRegister(c"fieldtap".as_ptr(), number, STREAM_TOSERVER | STREAM_TOCLIENT)
        };
    }
    let keyword = |((_, name, about), setup)| {
        let text = |text: &str| CString::new(text).unwrap_or_default().into_raw().cast_const();
        let element = SCSigTableAppLiteElmt {
            name: text(name),
            desc: text(about),
            url: c"".as_ptr(),
            flags: 0,
            Setup: Some(setup),
            Free: Some(free),
            AppLayerTxMatch: Some(matches),
        };
        // SAFETY: Suricata copies the element; what it points to lasts for ever.
        unsafe { SCDetectHelperKeywordRegister(&element) }
    };
    let keywords = KEYWORDS.into_iter().zip(SETUP).map(keyword).collect();
    // Suricata registers keywords once.
    let _ = REGISTERED.set((list, keywords));
}

/// Reads one keyword of a rule. Returns -1 where it makes no sense, and says why.
unsafe extern "C" fn setup<const PLACE: usize>(
    engine: *mut DetectEngineCtx,
    signature: *mut Signature,
    text: *const c_char,
) -> c_int {
    let (key, name, _) = KEYWORDS[PLACE];
    // SAFETY: Suricata lends the text, which may be missing, for the time of the call.
    let text = if text.is_null() { c"" } else { unsafe { CStr::from_ptr(text) } };
    let asked = parse(key, &text.to_string_lossy());
    let read = asked.and_then(|choice| match open(|rules| rules.get(&signature.addr()).cloned()) {
        Some(rule) => rule.add(key, choice).map(|()| None),
        None => {
            let rule = Rule::default();
            rule.add(key, choice).map(|()| Some(Arc::new(rule)))
        }
    });
    let rule = match read {
        Ok(None) => {
            // What it looks at may be another kind of thing now.
            CHANGES.fetch_add(1, Ordering::Release);
            return 0;
        }
        Ok(Some(rule)) => rule,
        Err(why) => {
            say(LOG_ERROR, &format!("{name}: {why}"));
            return -1;
        }
    };
    let Some((list, keywords)) = REGISTERED.get() else { return -1 };
    let Some(keyword) = keywords.get(PLACE) else { return -1 };
    let context = Arc::into_raw(Arc::clone(&rule)).cast_mut();
    // SAFETY: Both are Suricata's; the context is freed by `free`, or here.
    let added = unsafe {
        SCSigMatchAppendSMToList(engine, signature, *keyword, context.cast::<SigMatchCtx>(), *list)
    };
    if added.is_null() {
        // SAFETY: Nobody has taken it.
        drop(unsafe { Arc::from_raw(context.cast_const()) });
        return -1;
    }
    open(|rules| rules.insert(signature.addr(), rule));
    CHANGES.fetch_add(1, Ordering::Release);
    0
}

/// Whether a transaction meets the conditions of a rule.
unsafe extern "C" fn matches(
    _: *mut DetectEngineThreadCtx,
    _: *mut Flow,
    _: u8,
    _: *mut c_void,
    transaction: *mut c_void,
    _: *const Signature,
    context: *const SigMatchCtx,
) -> c_int {
    // SAFETY: Suricata gives a transaction of ours, and what `setup` has made.
    let (transaction, rule) = unsafe { (&*transaction.cast::<Transaction>(), &*context.cast::<Rule>()) };
    rule.matches(&transaction.subjects).into()
}

/// Frees what `setup` has made.
unsafe extern "C" fn free(_: *mut DetectEngineCtx, context: *mut c_void) {
    // SAFETY: It came from `setup`, and the rule that had it is gone.
    let rule = unsafe { Arc::from_raw(context.cast::<Rule>().cast_const()) };
    open(|rules| rules.retain(|_, one| !Arc::ptr_eq(one, &rule)));
    CHANGES.fetch_add(1, Ordering::Release);
}
