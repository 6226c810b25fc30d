//! What is set in `suricata.yaml`.
use crate::log::EVENTS;
use core::ffi::{CStr, c_char};
use fieldtap::{
    Config, Limits,
    common::facts::{FactTable, Facts, Position},
};
use std::{
    ffi::CString,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use suricata_sys::sys::{SCConfGet, SCConfGetBool, SCConfGetNode};

/// A rule looks at the events of the app-layer.
static EVENTS_ARE_RULED: AtomicBool = AtomicBool::new(false);

/// Notes that a rule looks at the events of the app-layer.
pub(crate) fn events_are_ruled() {
    EVENTS_ARE_RULED.store(true, Ordering::Relaxed);
}

fn text(name: &str) -> Option<String> {
    let name = CString::new(name).ok()?;
    let mut value: *const c_char = core::ptr::null();
    // SAFETY: Both are valid for the call; what it finds belongs to Suricata and is copied at once.
    unsafe {
        if SCConfGet(name.as_ptr(), &mut value) != 1 || value.is_null() {
            return None;
        }
        Some(CStr::from_ptr(value).to_string_lossy().into_owned())
    }
}

fn truth(name: &str) -> Option<bool> {
    let name = CString::new(name).ok()?;
    let mut value = 0;
    // SAFETY: Both are valid for the call.
    (unsafe { SCConfGetBool(name.as_ptr(), &mut value) } == 1).then_some(value != 0)
}

fn is_there(name: &str) -> bool {
    // SAFETY: The name is valid for the call.
    CString::new(name).is_ok_and(|name| unsafe { !SCConfGetNode(name.as_ptr()).is_null() })
}

/// Whether an EVE output has events of this type that meet a condition, which is given the name of their settings.
fn is_logged(kind: &str, holds: impl Fn(&str) -> bool) -> bool {
    let outputs = (0..).map(|index| format!("outputs.{index}")).take_while(|output| is_there(output));
    let mut eves = outputs.map(|output| format!("{output}.eve-log"));
    let is_enabled = |name: &str| truth(&format!("{name}.enabled"));
    eves.any(|eve| {
        let mut types = (0..).map(|index| format!("{eve}.types.{index}")).take_while(|one| is_there(one));
        is_enabled(&eve) == Some(true)
            && types.any(|one| {
                let of = format!("{one}.{kind}");
                let is_plain = text(&one).as_deref() == Some(kind);
                (is_plain || is_there(&of)) && is_enabled(&of) != Some(false) && holds(&of)
            })
    })
}

/// What conversations tell one another, of all flows.
#[derive(Debug)]
struct Shared(Mutex<FactTable>);

impl Facts for Shared {
    fn reached(&self, _: Position) {}
    fn at(&self, _: Position, act: &mut dyn FnMut(&mut FactTable)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The settings, read once when the first flow begins.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Settings of each session.
    pub(crate) config: Config,
    /// Whether events are logged.
    pub(crate) logged: bool,
    /// Whether Suricata's own log of anomalies has those of the app-layer.
    anomalies: bool,
    /// The tables that are wanted; `None` is all.
    tables: Option<Vec<String>>,
}

impl Settings {
    /// The settings in force.
    pub(crate) fn get() -> &'static Self {
        static SETTINGS: OnceLock<Settings> = OnceLock::new();
        SETTINGS.get_or_init(|| {
            let tables = text("fieldtap.tables").map(|names| {
                names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
            });
            // Those of an engine are for all conversations; each session is given what one conversation may need.
            let limits = Limits { points: 16_384, identities: 1024, publishers: 256, ..Limits::default() };
            let every_message = truth("fieldtap.every-message").unwrap_or(false);
            let facts: Arc<dyn Facts> = Arc::new(Shared(Mutex::new(FactTable::new(&limits))));
            let config = Config { limits, every_message, facts: Some(facts), ..Config::default() };
            let logged = is_logged(EVENTS, |_| true);
            // Where it has a list of types, those that the list does not have are off.
            let anomalies = is_logged("anomaly", |of| {
                !is_there(&format!("{of}.types")) || truth(&format!("{of}.types.applayer")) == Some(true)
            });
            Self { config, logged, anomalies, tables }
        })
    }
    /// Whether anomalies are wanted as events of the app-layer.
    pub(crate) fn anomalies(&self) -> bool {
        self.logged || self.anomalies || EVENTS_ARE_RULED.load(Ordering::Relaxed)
    }
    /// Whether events of this table are wanted.
    pub(crate) fn wants(&self, table: &str) -> bool {
        self.tables.as_ref().is_none_or(|tables| tables.iter().any(|name| name == table))
    }
}
