//! What Suricata calls when it loads the plugin.
use crate::{
    ffi::{
        APP_LAYER_EVENT_TYPE_TRANSACTION, APP_LAYER_PARSER_OPT_ACCEPT_GAPS, AppLayerParser,
        AppLayerRegisterParser, AppLayerRegisterProtocolDetection, GetProgramVersion, ParseFn, SCLogMessage,
        STREAM_TOCLIENT, STREAM_TOSERVER, StringToAppProto, TCP, UDP,
    },
    keywords, log,
    probe::{DEPTH, WANTED, Wanted, probe},
    protocols::{is_known, marks, ours},
    settings, state,
};
use core::ffi::{CStr, c_char, c_int, c_void};
use fieldtap::protocol::{Carrier, Protocol};
use std::{ffi::CString, sync::OnceLock};
use suricata_sys::sys::{
    AppProto, ProbingParserFPtr, SC_API_VERSION, SC_PACKAGE_VERSION, SCAppLayerParserConfParserEnabled,
    SCAppLayerParserRegisterLogger, SCAppLayerParserRegisterParserAcceptableDataDirection,
    SCAppLayerParserSetStreamDepth, SCAppLayerPlugin, SCAppLayerProtoDetectConfProtoDetectionEnabledDefault,
    SCAppLayerProtoDetectPMRegisterPatternCSwPP, SCAppLayerProtoDetectPPRegister, SCOutputJsonLogDirection,
    SCPlugin, SCPluginRegisterAppLayer,
};

/// Something went wrong.
pub(crate) const LOG_ERROR: c_int = 1;
/// Something may be wrong.
pub(crate) const LOG_WARNING: c_int = 2;

/// Says something in Suricata's log.
pub(crate) fn say(level: c_int, text: &str) {
    let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
    let (file, module) = (c"fieldtap".as_ptr(), c"fieldtap".as_ptr());
    // SAFETY: All texts end with a null and last for the call.
    unsafe { SCLogMessage(level, file, 0, c"fieldtap".as_ptr(), module, text.as_ptr()) };
}

/// One of our protocols, as Suricata knows it.
struct Known {
    index: usize,
    protocol: &'static Protocol,
    name: &'static CStr,
}

static KNOWN: OnceLock<Vec<Known>> = OnceLock::new();

fn number(known: &Known) -> AppProto {
    // SAFETY: The name lasts for ever.
    unsafe { StringToAppProto(known.name.as_ptr()) }
}

/// What Suricata calls our protocols.
pub(crate) fn alprotos() -> impl Iterator<Item = AppProto> {
    KNOWN.get().into_iter().flatten().map(number)
}

type Alloc = extern "C" fn(*mut c_void, AppProto) -> *mut c_void;

/// Suricata does not say which protocol a state is for, so each has a function of its own.
macro_rules! allocs {
    ($($index:literal)*) => { [$(state::alloc::<$index>),*] };
}
const ALLOC: [Alloc; 64] = allocs![
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
];

/// The plugin, as Suricata asks for it. It loads no plugin whose `version` is not its own.
#[unsafe(no_mangle)]
pub extern "C" fn SCPluginRegister() -> *const SCPlugin {
    let plugin = SCPlugin {
        version: SC_API_VERSION,
        suricata_version: SC_PACKAGE_VERSION.as_ptr().cast(),
        name: c"fieldtap".as_ptr(),
        plugin_version: concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast(),
        license: c"GPL-2.0-only".as_ptr(),
        author: c"The fieldtap developers".as_ptr(),
        Init: Some(init),
    };
    Box::into_raw(Box::new(plugin))
}

extern "C" fn init() {
    // SAFETY: Suricata's version is a text that lasts for ever.
    let version = unsafe { CStr::from_ptr(GetProgramVersion()) }.to_string_lossy();
    if !is_known(&version) {
        let built = CStr::from_bytes_with_nul(SC_PACKAGE_VERSION).unwrap_or_default().to_string_lossy();
        say(
            LOG_ERROR,
            &format!(
                "the plugin is for Suricata 8.0 (built for {built}) and does nothing in this one, {version}"
            ),
        );
        return;
    }
    let known = ours().take(ALLOC.len()).enumerate().map(|(index, protocol)| {
        let name: &CStr = Box::leak(CString::new(protocol.name).unwrap_or_default().into_boxed_c_str());
        Known { index, protocol, name }
    });
    let left = ours().count().saturating_sub(ALLOC.len());
    if left > 0 {
        say(LOG_WARNING, &format!("{left} protocols are left out: there is room for {}", ALLOC.len()));
    }
    let mut is_first = true;
    for one in KNOWN.get_or_init(|| known.collect()) {
        let first = core::mem::take(&mut is_first);
        let plugin = SCAppLayerPlugin {
            name: one.name.as_ptr(),
            Register: first.then_some(register as unsafe extern "C" fn()),
            KeywordsRegister: first.then_some(keywords::register as unsafe extern "C" fn()),
            logname: c"JsonFieldtapLog".as_ptr(),
            confname: c"eve-log.fieldtap".as_ptr(),
            dir: SCOutputJsonLogDirection::LOG_DIR_FLOW as u8,
            Logger: Some(log::log),
        };
        // SAFETY: What it points to lasts for ever.
        if unsafe { SCPluginRegisterAppLayer(Box::into_raw(Box::new(plugin))) } != 0 {
            say(LOG_ERROR, &format!("{} cannot be registered", one.protocol.name));
        }
    }
}

/// Registers detection and parsers.
unsafe extern "C" fn register() {
    let mut all = [Wanted::default(), Wanted::default()];
    for known in KNOWN.get().into_iter().flatten() {
        for (wanted, tcp) in all.iter_mut().zip([true, false]) {
            if known.protocol.over(tcp)
                && let Some(number) = register_parser(known, tcp)
            {
                wanted.push(known.protocol, number);
            }
        }
    }
    let [over_tcp, over_udp] = &all;
    // SAFETY: The functions and the texts last for ever.
    unsafe {
        for (protocol, number) in over_tcp.iter() {
            look_for(protocol, number);
        }
        if let Some((_, number)) = over_udp.iter().next() {
            probe_at(UDP, ANY_PORT, number, Some(probe::<false>));
        }
    }
    // Suricata registers parsers once.
    let _ = WANTED.set(all);
}

/// Where Suricata's list of ports says that a probe is for all.
const ANY_PORT: &CStr = c"0";

/// Has Suricata ask a probe about flows with this port. It may answer with any protocol: one answer is the best of all, so
/// that the order of registration does not matter.
///
/// # Safety
///
/// The probe may be called as Suricata does.
unsafe fn probe_at(transport: u8, port: &CStr, number: AppProto, probe: ProbingParserFPtr) {
    // SAFETY: Suricata copies the text; the rest is promised by the caller.
    unsafe {
        SCAppLayerProtoDetectPPRegister(
            transport,
            port.as_ptr(),
            number,
            1,
            DEPTH,
            STREAM_TOSERVER,
            probe,
            probe,
        )
    }
}

/// Has Suricata look for a protocol over TCP: on its own ports always, on all others where the first octet may begin a
/// message. A probe for all ports would be simpler, but Suricata 8.0.7 takes port 0 for that of its WebSocket parser, and
/// asks neither.
///
/// # Safety
///
/// None but that it is called when Suricata registers parsers.
unsafe fn look_for(protocol: &'static Protocol, number: AppProto) {
    let ports = protocol.carriers.iter().flat_map(|carrier| match carrier {
        Carrier::Tcp(ports) => *ports,
        _ => &[],
    });
    for port in ports {
        let port = CString::new(port.to_string()).unwrap_or_default();
        // SAFETY: The probe is made for this.
        unsafe { probe_at(TCP, &port, number, Some(probe::<true>)) };
    }
    let (place, octets) = marks(protocol);
    for octet in octets {
        let pattern = CString::new(format!("|{octet:02x}|")).unwrap_or_default();
        for direction in [STREAM_TOSERVER, STREAM_TOCLIENT] {
            // SAFETY: Suricata copies the text; the probe is made for this.
            let done = unsafe {
                SCAppLayerProtoDetectPMRegisterPatternCSwPP(
                    TCP,
                    number,
                    pattern.as_ptr(),
                    place + 1,
                    place,
                    direction,
                    Some(probe::<true>),
                    1,
                    DEPTH,
                )
            };
            if done < 0 {
                say(LOG_WARNING, &format!("{} is looked for on its own ports only", protocol.name));
                return;
            }
        }
    }
}

/// Registers one protocol over TCP or UDP. None if it is disabled.
fn register_parser(known: &Known, tcp: bool) -> Option<AppProto> {
    let (transport, word) = if tcp { (TCP, c"tcp") } else { (UDP, c"udp") };
    let [to_server, to_client]: [ParseFn; 2] = match tcp {
        true => [state::parse::<true, true>, state::parse::<true, false>],
        false => [state::parse::<false, true>, state::parse::<false, false>],
    };
    let parser = AppLayerParser {
        name: known.name.as_ptr(),
        default_port: core::ptr::null(),
        ip_proto: transport,
        probe_ts: None,
        probe_tc: None,
        min_depth: 0,
        max_depth: 0,
        state_alloc: *ALLOC.get(known.index)?,
        state_free: state::free,
        parse_ts: to_server,
        parse_tc: to_client,
        get_tx_count: state::count,
        get_tx: state::get,
        tx_free: state::free_transaction,
        complete_ts: 1,
        complete_tc: 1,
        get_progress: state::progress,
        get_event_info: Some(event_info),
        get_event_info_by_id: Some(event_info_by_id),
        local_storage_alloc: None,
        local_storage_free: None,
        get_tx_files: None,
        get_tx_iterator: Some(state::iterate),
        get_state_data: state::state_data,
        get_tx_data: state::transaction_data,
        apply_tx_config: None,
        flags: APP_LAYER_PARSER_OPT_ACCEPT_GAPS,
        get_frame_id_by_name: None,
        get_frame_name_by_id: None,
        get_state_id_by_name: None,
        get_state_name_by_id: None,
    };
    let (transport_name, name) = (word.as_ptr(), known.name.as_ptr());
    // SAFETY: Suricata copies the parser; the names last for ever.
    unsafe {
        if SCAppLayerProtoDetectConfProtoDetectionEnabledDefault(transport_name, name, true) == 0 {
            return None;
        }
        let number = AppLayerRegisterProtocolDetection(&parser, 1);
        if SCAppLayerParserConfParserEnabled(transport_name, name) != 0 {
            AppLayerRegisterParser(&parser, number);
            SCAppLayerParserRegisterLogger(transport, number);
            let both = STREAM_TOSERVER | STREAM_TOCLIENT;
            SCAppLayerParserRegisterParserAcceptableDataDirection(transport, number, both);
            // Connections of plants last for months.
            SCAppLayerParserSetStreamDepth(transport, number, 0);
        }
        Some(number)
    }
}

fn event_names() -> &'static [(u8, CString)] {
    static NAMES: OnceLock<Vec<(u8, CString)>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let named = |(code, name): &(u64, &str)| Some((u8::try_from(*code).ok()?, CString::new(*name).ok()?));
        state::EVENTS.iter().filter_map(named).collect()
    })
}

/// The number of an event.
///
/// # Safety
///
/// All come from Suricata.
unsafe extern "C" fn event_info(name: *const c_char, id: *mut u8, kind: *mut c_int) -> c_int {
    if name.is_null() {
        return -1;
    }
    // SAFETY: Promised by the caller.
    let name = unsafe { CStr::from_ptr(name) };
    match event_names().iter().find(|(_, known)| known.as_c_str() == name) {
        // SAFETY: Promised by the caller.
        Some((code, _)) => unsafe {
            settings::events_are_ruled();
            id.write(*code);
            kind.write(APP_LAYER_EVENT_TYPE_TRANSACTION);
            0
        },
        None => -1,
    }
}

/// The name of an event.
///
/// # Safety
///
/// All come from Suricata.
unsafe extern "C" fn event_info_by_id(id: u8, name: *mut *const c_char, kind: *mut c_int) -> c_int {
    match event_names().iter().find(|(code, _)| *code == id) {
        // SAFETY: Promised by the caller; the name lasts for ever.
        Some((_, known)) => unsafe {
            name.write(known.as_ptr());
            kind.write(APP_LAYER_EVENT_TYPE_TRANSACTION);
            0
        },
        None => -1,
    }
}
