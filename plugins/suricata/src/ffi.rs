//! What Suricata 8 exports and `suricata-sys` 8.0.7 does not declare, with the layouts of its line 8: `app-layer-register.h`,
//! `app-layer-parser.h`, `flow.h` and the C header that it makes of its `applayer.rs`.
use core::ffi::{c_char, c_int, c_void};
use suricata_sys::sys::{AppLayerParserState, AppProto, Flow, ProbingParserFPtr};

/// Number of TCP in the header of IP.
pub(crate) const TCP: u8 = 6;
/// Number of UDP.
pub(crate) const UDP: u8 = 17;

/// Toward the server, in the flags of a stream.
pub(crate) const STREAM_TOSERVER: u8 = 0x04;
/// Toward the client.
pub(crate) const STREAM_TOCLIENT: u8 = 0x08;

/// No more octets come in this direction.
pub(crate) const STREAM_EOF: u8 = 0x02;
/// The connection was picked up in its middle.
pub(crate) const STREAM_MIDSTREAM: u8 = 0x40;

/// Not known yet.
pub(crate) const ALPROTO_UNKNOWN: AppProto = 0;
/// None of those that were asked for.
pub(crate) const ALPROTO_FAILED: AppProto = 1;

/// No more octets toward the server.
pub(crate) const APP_LAYER_PARSER_EOF_TS: u16 = 1 << 5;
/// No more octets toward the client.
pub(crate) const APP_LAYER_PARSER_EOF_TC: u16 = 1 << 6;
/// The parser is told of gaps.
pub(crate) const APP_LAYER_PARSER_OPT_ACCEPT_GAPS: u32 = 1;

/// Rules for the direction toward the server do not look at this transaction.
const APP_LAYER_TX_SKIP_INSPECT_TS: u8 = 1;
/// Rules for the direction toward the client do not.
const APP_LAYER_TX_SKIP_INSPECT_TC: u8 = 2;

/// The event is of a transaction.
pub(crate) const APP_LAYER_EVENT_TYPE_TRANSACTION: c_int = 1;

/// Packets of the server were seen.
pub(crate) const FLOW_TO_SRC_SEEN: u32 = 1;
/// Packets of the client were seen.
pub(crate) const FLOW_TO_DST_SEEN: u32 = 1 << 1;

/// The flow has IPv4 addresses.
pub(crate) const FLOW_IPV4: u32 = 1 << 20;
/// The flow has IPv6 addresses.
pub(crate) const FLOW_IPV6: u32 = 1 << 21;

/// The direction was turned round after the flow began; its head was not.
pub(crate) const FLOW_DIR_REVERSED: u32 = 1 << 26;

/// Octets of one direction, or a gap.
#[repr(C)]
pub(crate) struct StreamSlice {
    /// The first octet; null is a gap.
    pub(crate) input: *const u8,
    /// How many.
    pub(crate) input_len: u32,
    pub(crate) flags: u8,
    offset: u64,
}

/// How a parser got on.
#[repr(C)]
pub(crate) struct AppLayerResult {
    status: i32,
    consumed: u32,
    needed: u32,
}

impl AppLayerResult {
    /// All octets were taken.
    pub(crate) const OK: Self = Self { status: 0, consumed: 0, needed: 0 };
}

/// What Suricata keeps of each transaction.
#[repr(C)]
pub(crate) struct AppLayerTxData {
    log_flags: u8,
    updated_tc: bool,
    updated_ts: bool,
    flags: u8,
    logged: u32,
    files_opened: u32,
    files_logged: u32,
    files_stored: u32,
    file_flags: u16,
    file_tx: u8,
    guessed_applayer_logged: u8,
    detect_progress_ts: u8,
    detect_progress_tc: u8,
    de_state: *mut c_void,
    events: *mut c_void,
    txbits: *mut c_void,
}

impl AppLayerTxData {
    /// Of a transaction that rules of one direction look at.
    pub(crate) fn new(to_server: bool) -> Self {
        Self {
            log_flags: 0,
            updated_tc: !to_server,
            updated_ts: to_server,
            flags: if to_server { APP_LAYER_TX_SKIP_INSPECT_TC } else { APP_LAYER_TX_SKIP_INSPECT_TS },
            logged: 0,
            files_opened: 0,
            files_logged: 0,
            files_stored: 0,
            file_flags: 0,
            file_tx: 0,
            guessed_applayer_logged: 0,
            detect_progress_ts: 0,
            detect_progress_tc: 0,
            de_state: core::ptr::null_mut(),
            events: core::ptr::null_mut(),
            txbits: core::ptr::null_mut(),
        }
    }
    /// Sets an event.
    pub(crate) fn set_event(&mut self, event: u8) {
        // SAFETY: `events` is null or what this function made of it.
        unsafe { AppLayerDecoderEventsSetEventRaw(&mut self.events, event) }
    }
}

impl Drop for AppLayerTxData {
    fn drop(&mut self) {
        // SAFETY: It is laid out as Suricata's own, and nobody uses it any more.
        unsafe { SCAppLayerTxDataCleanup(self) }
    }
}

/// What Suricata keeps of each state.
#[repr(C)]
#[derive(Default)]
pub(crate) struct AppLayerStateData {
    file_flags: u16,
}

/// One step through the transactions.
#[repr(C)]
pub(crate) struct AppLayerGetTxIterTuple {
    pub(crate) tx_ptr: *mut c_void,
    pub(crate) tx_id: u64,
    pub(crate) has_next: bool,
}

pub(crate) type ParseFn = unsafe extern "C" fn(
    *mut Flow,
    *mut c_void,
    *mut AppLayerParserState,
    StreamSlice,
    *mut c_void,
) -> AppLayerResult;

/// What a parser is registered with: `AppLayerParser` of `app-layer-register.h`.
#[repr(C)]
pub(crate) struct AppLayerParser {
    pub(crate) name: *const c_char,
    pub(crate) default_port: *const c_char,
    pub(crate) ip_proto: u8,
    pub(crate) probe_ts: ProbingParserFPtr,
    pub(crate) probe_tc: ProbingParserFPtr,
    pub(crate) min_depth: u16,
    pub(crate) max_depth: u16,
    pub(crate) state_alloc: extern "C" fn(*mut c_void, AppProto) -> *mut c_void,
    pub(crate) state_free: unsafe extern "C" fn(*mut c_void),
    pub(crate) parse_ts: ParseFn,
    pub(crate) parse_tc: ParseFn,
    pub(crate) get_tx_count: unsafe extern "C" fn(*mut c_void) -> u64,
    pub(crate) get_tx: unsafe extern "C" fn(*mut c_void, u64) -> *mut c_void,
    pub(crate) tx_free: unsafe extern "C" fn(*mut c_void, u64),
    pub(crate) complete_ts: c_int,
    pub(crate) complete_tc: c_int,
    pub(crate) get_progress: unsafe extern "C" fn(*mut c_void, u8) -> c_int,
    pub(crate) get_event_info: Option<unsafe extern "C" fn(*const c_char, *mut u8, *mut c_int) -> c_int>,
    pub(crate) get_event_info_by_id:
        Option<unsafe extern "C" fn(u8, *mut *const c_char, *mut c_int) -> c_int>,
    pub(crate) local_storage_alloc: Option<extern "C" fn() -> *mut c_void>,
    pub(crate) local_storage_free: Option<extern "C" fn(*mut c_void)>,
    pub(crate) get_tx_files: Option<unsafe extern "C" fn()>,
    pub(crate) get_tx_iterator:
        Option<unsafe extern "C" fn(u8, AppProto, *mut c_void, u64, u64, *mut u64) -> AppLayerGetTxIterTuple>,
    pub(crate) get_state_data: unsafe extern "C" fn(*mut c_void) -> *mut AppLayerStateData,
    pub(crate) get_tx_data: unsafe extern "C" fn(*mut c_void) -> *mut AppLayerTxData,
    pub(crate) apply_tx_config: Option<unsafe extern "C" fn()>,
    pub(crate) flags: u32,
    pub(crate) get_frame_id_by_name: Option<unsafe extern "C" fn()>,
    pub(crate) get_frame_name_by_id: Option<unsafe extern "C" fn()>,
    pub(crate) get_state_id_by_name: Option<unsafe extern "C" fn()>,
    pub(crate) get_state_name_by_id: Option<unsafe extern "C" fn()>,
}

/// Seconds and microseconds of an `SCTime_t`, which has the seconds in its lower 44 bits.
pub(crate) fn time_parts(time: u64) -> [u64; 2] {
    [time & ((1 << 44) - 1), time >> 44]
}

unsafe extern "C" {
    /// An `SCTime_t`, which is as large as this, and is handed back as it is.
    pub(crate) fn TimeGet() -> u64;
    pub(crate) fn AppLayerRegisterProtocolDetection(
        parser: *const AppLayerParser,
        enable_default: c_int,
    ) -> AppProto;
    pub(crate) fn AppLayerRegisterParser(parser: *const AppLayerParser, alproto: AppProto) -> c_int;
    pub(crate) fn StringToAppProto(name: *const c_char) -> AppProto;
    fn AppLayerDecoderEventsSetEventRaw(events: *mut *mut c_void, event: u8);
    fn SCAppLayerTxDataCleanup(data: *mut AppLayerTxData);
    pub(crate) fn FlowGetLastTimeAsParts(flow: *const Flow, seconds: *mut u64, microseconds: *mut u64);
    pub(crate) fn FlowGetSourcePort(flow: *const Flow) -> u16;
    pub(crate) fn FlowGetDestinationPort(flow: *const Flow) -> u16;
    pub(crate) fn FlowGetFlags(flow: *const Flow) -> u32;
    pub(crate) fn GetProgramVersion() -> *const c_char;
    pub(crate) fn SCLogMessage(
        level: c_int,
        file: *const c_char,
        line: u32,
        function: *const c_char,
        module: *const c_char,
        message: *const c_char,
    ) -> c_int;
}
