//! What is kept of a flow: a session, and the transactions that Suricata has not done with.
use crate::{
    collect::{Collect, Found, Told, Wanted, Wants},
    ffi::{
        APP_LAYER_PARSER_EOF_TC, APP_LAYER_PARSER_EOF_TS, AppLayerGetTxIterTuple, AppLayerResult,
        AppLayerStateData, AppLayerTxData, FLOW_DIR_REVERSED, FLOW_IPV4, FLOW_IPV6, FLOW_TO_DST_SEEN,
        FLOW_TO_SRC_SEEN, FlowGetDestinationPort, FlowGetFlags, FlowGetLastTimeAsParts, FlowGetSourcePort,
        STREAM_EOF, STREAM_MIDSTREAM, StreamSlice, TimeGet, time_parts,
    },
    keywords,
    plugin::{self, LOG_ERROR, LOG_WARNING},
    settings::Settings,
    subject::Subject,
};
use core::{
    cell::RefCell,
    ffi::{CStr, c_int, c_void},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    panic::AssertUnwindSafe,
};
use fieldtap::{
    Mark, Peer, Session, Tally,
    common::AnomalyKind,
    protocol::{Protocol, Toward},
    record::{Sink, Table},
};
use fieldtap_export::eve::{Bodies, Body, Eve};
use std::{
    collections::VecDeque,
    panic::catch_unwind,
    sync::{Arc, OnceLock},
};
use suricata_sys::sys::{AppLayerParserState, AppProto, Flow, SCAppLayerParserStateIssetFlag};

/// Transactions of one flow that may wait for Suricata.
const WAITING: usize = 65_536;

/// An event in EVE.
pub(crate) struct Line {
    /// The protocol of the flow, as Suricata names it.
    pub(crate) protocol: &'static str,
    /// The type.
    pub(crate) event: &'static str,
    /// Whether it is shown as sent by the server.
    pub(crate) swap: bool,
    /// The members that are its own, ended by a null.
    members: Box<[u8]>,
    /// Octets of `members` that only name the protocol.
    naming: usize,
}

impl Line {
    fn new(protocol: &'static str, swap: bool, body: &Body<'_>) -> Self {
        let mut members = Vec::with_capacity(body.members.len() + 1);
        members.extend_from_slice(body.members);
        members.push(0);
        let behind = members.strip_prefix(b"\"app_proto\":\"").and_then(|rest| {
            rest.strip_prefix(body.envelope.protocol.0.as_bytes()).and_then(|rest| rest.strip_prefix(b"\","))
        });
        let naming = behind.map_or(0, |behind| members.len() - behind.len());
        Self { protocol, event: body.event, swap, members: members.into_boxed_slice(), naming }
    }
    /// The members.
    pub(crate) fn members(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.members).unwrap_or_default()
    }
    /// The members without the name of the protocol.
    pub(crate) fn without_protocol(&self) -> &CStr {
        let members = self.members.get(self.naming..).unwrap_or_default();
        CStr::from_bytes_until_nul(members).unwrap_or_default()
    }
}

/// One event, or something that only rules look at.
pub(crate) struct Transaction {
    data: AppLayerTxData,
    id: u64,
    /// It has not ended: Suricata looks at its flow again.
    is_open: bool,
    /// What is written of it.
    pub(crate) line: Option<Line>,
    /// What rules look at.
    pub(crate) subjects: Vec<Subject>,
}

/// What is kept of a flow.
struct State {
    data: AppLayerStateData,
    protocol: &'static Protocol,
    /// None before the first octets, where nobody wants anything, and after the end.
    session: Option<Box<Session>>,
    /// The tables that the session was told are wanted.
    wanted: Wanted,
    /// Octets have come that no session was given, or may have.
    has_left_out: bool,
    /// The plugin has failed in this flow, which is not read any further.
    is_given_up: bool,
    /// The first direction has ended with the connection, not with the flow.
    is_closed: bool,
    /// Of a protocol whose events need rows of earlier messages; none before the first rows. All others share one.
    bodies: Option<Box<Bodies>>,
    client: Peer,
    /// Calls of the parser.
    calls: u64,
    transactions: VecDeque<Box<Transaction>>,
    /// The transaction that is open until the flow ends.
    waiting: Option<u64>,
    next: u64,
    dropped: u64,
}

fn eve() -> &'static Eve {
    static EVE: OnceLock<Eve> = OnceLock::new();
    EVE.get_or_init(|| Eve::new(Arc::new(|table: &'static Table| Settings::get().wants(table.name))))
}

thread_local! {
    static FOUND: RefCell<(Found, Bodies)> = RefCell::new((Found::default(), eve().bodies()));
}

impl State {
    fn new(protocol: &'static Protocol) -> Self {
        Self {
            data: AppLayerStateData::default(),
            protocol,
            session: None,
            wanted: Wanted::default(),
            has_left_out: false,
            is_given_up: false,
            is_closed: false,
            bodies: None,
            client: Peer::default(),
            calls: 0,
            transactions: VecDeque::new(),
            waiting: None,
            next: 0,
            dropped: 0,
        }
    }

    /// Lets the session do something at this time, and makes transactions of what it says.
    fn act(
        &mut self,
        flow: *const Flow,
        toward: Toward,
        ts: i64,
        act: impl FnOnce(&mut Session, Mark, &mut dyn Sink),
    ) {
        let (settings, rules) = (Settings::get(), keywords::rules());
        let wants = Wants {
            eve: eve(),
            events: settings.logged,
            anomalies: settings.anomalies(),
            rules: &rules,
            // What has the tables of Modbus has its events, each of a request and its answer.
            pairs: self.protocol.name.starts_with("modbus"),
            carries: self.protocol.name == "cotp",
        };
        if !wants.any() {
            (self.session, self.has_left_out) = (None, true);
            return;
        }
        FOUND.with_borrow_mut(|(found, shared)| {
            self.calls += 1;
            let mark = Mark { file: 0, frame: self.calls, ts };
            let mut sink = Collect { found, wants };
            if self.session.is_none() || self.wanted != wants.kinds() {
                self.open(flow, mark, &mut sink);
            }
            if let Some(session) = &mut self.session {
                session.advance(mark, &mut sink);
                act(session, mark, &mut sink);
            }
            self.take(found, shared, &wants, toward == Toward::Server);
        });
    }

    /// Begins a session. A session asks once which tables are wanted, so it is a new one where rules that were loaded
    /// meanwhile want others.
    fn open(&mut self, flow: *const Flow, mark: Mark, sink: &mut Collect<'_>) {
        // SAFETY: Suricata holds the flow for the time of the call.
        let [client, server] = unsafe { peers(flow) };
        self.client = client;
        let session = Session::new(self.protocol, Settings::get().config.clone());
        let mut session = session.with_peers(client, server);
        let is_later = self.session.is_some() || core::mem::take(&mut self.has_left_out);
        self.wanted = sink.wants.kinds();
        if is_later {
            for toward in [Toward::Server, Toward::Client] {
                session.gap(toward, mark, 0, sink);
            }
        }
        self.session = Some(Box::new(session));
    }

    /// Makes transactions of what was found.
    fn take(&mut self, found: &mut Found, shared: &mut Bodies, wants: &Wants<'_>, to_server: bool) {
        if found.is_empty() {
            return;
        }
        let Self { bodies, transactions, next, dropped, protocol, client, .. } = self;
        let bodies = match wants.pairs {
            true => bodies.get_or_insert_with(|| Box::new(eve().bodies())),
            false => shared,
        };
        found.drain(bodies, wants, |body, told| {
            let id = *next;
            *next += 1;
            if transactions.len() >= WAITING {
                *dropped += 1;
                return;
            }
            let line = body.map(|body| {
                let (address, port) = body.source;
                let swap = address.is_some() && (address, port) != (client.address, client.port);
                Line::new(protocol.name, swap, body)
            });
            let (mut data, mut subjects) = (AppLayerTxData::new(to_server), Vec::new());
            for one in told {
                match one {
                    Told::Subject(subject) => subjects.push(subject),
                    Told::Anomaly(kind) => data.set_event(kind),
                }
            }
            transactions.push_back(Box::new(Transaction { data, id, is_open: false, line, subjects }));
        });
    }

    /// Has Suricata look at the flow again when that ends, or does not ask for that any more. It would not do so of itself
    /// where the connection was reset, or where one direction had no octets.
    fn wait(&mut self, is_waiting: bool, to_server: bool) {
        if self.waiting.is_some() == is_waiting {
            return;
        }
        if let Some(id) = self.waiting.take() {
            if let Some(transaction) = self.transaction(id) {
                transaction.is_open = false;
            }
        } else if self.transactions.len() < WAITING {
            let (data, id) = (AppLayerTxData::new(to_server), self.next);
            self.next += 1;
            self.waiting = Some(id);
            let transaction = Transaction { data, id, is_open: true, line: None, subjects: Vec::new() };
            self.transactions.push_back(Box::new(transaction));
        }
    }

    fn transaction(&mut self, id: u64) -> Option<&mut Transaction> {
        let place = self.transactions.binary_search_by_key(&id, |transaction| transaction.id).ok()?;
        self.transactions.get_mut(place).map(|transaction| &mut **transaction)
    }

    /// Whether octets have come in this direction alone.
    fn is_one_sided(&self, toward: Toward) -> bool {
        self.session.as_ref().is_some_and(|session| session.tally(toward.back()) == Tally::default())
    }

    /// What waits is said, as of the last packet of a connection that was closed, and as of now of a flow that ended as
    /// nothing came any more.
    fn finish(&mut self, flow: *const Flow, toward: Toward) {
        if self.session.is_some() {
            let last = last_time(flow);
            let now = if self.is_closed { last } else { last.max(clock()) };
            self.act(flow, toward, now, |session, mark, sink| {
                session.finish(mark, sink);
            });
        }
    }

    /// The end.
    fn end(&mut self, flow: *const Flow, toward: Toward) {
        self.finish(flow, toward);
        // Of octets that lie behind a gap, Suricata says with each piece that it is the last.
        (self.session, self.has_left_out) = (None, true);
        self.wait(false, toward == Toward::Server);
        let Self { bodies, transactions, next, protocol, .. } = self;
        let Some(mut bodies) = bodies.take().filter(|_| Settings::get().logged) else { return };
        bodies.finish(|body| {
            let (data, id) = (AppLayerTxData::new(toward == Toward::Server), *next);
            *next += 1;
            let line = Some(Line::new(protocol.name, false, &body));
            let transaction = Transaction { data, id, is_open: false, line, subjects: Vec::new() };
            transactions.push_back(Box::new(transaction));
        });
    }

    /// One direction has ended, and the other has not.
    fn end_of_one(&mut self, flow: *const Flow, toward: Toward, is_midstream: bool) {
        self.is_closed = clock() <= last_time(flow);
        let seen = if toward == Toward::Server { FLOW_TO_SRC_SEEN } else { FLOW_TO_DST_SEEN };
        // SAFETY: Suricata holds the flow for the time of the call.
        let other_is_seen = unsafe { FlowGetFlags(flow) } & seen != 0;
        // Suricata tells no end of a direction that had no octets. Those of one that it picked up in the middle may still be
        // waiting, where its first packet may have brought them.
        let is_finished = self.is_one_sided(toward) && !(is_midstream && other_is_seen);
        if is_finished {
            self.finish(flow, toward);
        }
        self.wait(!is_finished, toward == Toward::Server);
    }
}

/// When the last packet of a flow came: nanoseconds since 1970.
fn last_time(flow: *const Flow) -> i64 {
    let (mut seconds, mut microseconds) = (0, 0);
    // SAFETY: Suricata holds the flow for the time of the call.
    unsafe { FlowGetLastTimeAsParts(flow, &mut seconds, &mut microseconds) };
    nanoseconds(seconds, microseconds)
}

/// What time it is for Suricata: nanoseconds since 1970.
fn clock() -> i64 {
    // SAFETY: It may be asked at any time.
    let [seconds, microseconds] = time_parts(unsafe { TimeGet() });
    nanoseconds(seconds, microseconds)
}

fn nanoseconds(seconds: u64, microseconds: u64) -> i64 {
    let nanoseconds = seconds.saturating_mul(1_000_000_000).saturating_add(microseconds.saturating_mul(1000));
    i64::try_from(nanoseconds).unwrap_or(i64::MAX)
}

impl Drop for State {
    fn drop(&mut self) {
        if self.dropped > 0 {
            let dropped = self.dropped;
            plugin::say(
                LOG_WARNING,
                &format!("{dropped} events of a flow were dropped: more than {WAITING} waited"),
            );
        }
    }
}

/// Client and server of a flow.
///
/// # Safety
///
/// `flow` is one of Suricata's.
unsafe fn peers(flow: *const Flow) -> [Peer; 2] {
    /// How `Flow` begins: addresses in the order of the wire, then ports, each with room for the index of an ESP.
    #[repr(C)]
    struct Head {
        addresses: [[u8; 16]; 2],
        source_port: u16,
        _source_room: u16,
        destination_port: u16,
    }
    // SAFETY: Promised by the caller; a flow is larger than its head.
    let (head, ports, flags) = unsafe {
        let ports = [FlowGetSourcePort(flow), FlowGetDestinationPort(flow)];
        (&*flow.cast::<Head>(), ports, FlowGetFlags(flow))
    };
    // The ports, which Suricata gives itself, tell whether its flows begin as this one's.
    let address = |octets: [u8; 16]| match octets {
        _ if [head.source_port, head.destination_port] != ports => None,
        [a, b, c, d, ..] if flags & FLOW_IPV4 != 0 => Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
        octets if flags & FLOW_IPV6 != 0 => Some(IpAddr::V6(Ipv6Addr::from(octets))),
        _ => None,
    };
    let [first, second] = head.addresses.map(address);
    let [first_port, second_port] = ports.map(Some);
    let mut ends = [Peer { address: first, port: first_port }, Peer { address: second, port: second_port }];
    if flags & FLOW_DIR_REVERSED != 0 {
        ends.reverse();
    }
    ends
}

/// Does something with a state; a panic ends the session of the flow, and nothing else.
///
/// # Safety
///
/// `state` came from [`alloc`], and nobody else uses it.
unsafe fn with<R>(state: *mut c_void, otherwise: R, act: impl FnOnce(&mut State) -> R) -> R {
    // SAFETY: Promised by the caller.
    let Some(state) = (unsafe { state.cast::<State>().as_mut() }) else { return otherwise };
    match catch_unwind(AssertUnwindSafe(|| act(state))) {
        Ok(done) => done,
        Err(_) => {
            state.is_given_up = true;
            state.session = None;
            plugin::say(LOG_ERROR, "a flow is not read any further: the plugin panicked");
            otherwise
        }
    }
}

/// Makes the state of a flow in the protocol of this index.
pub(crate) extern "C" fn alloc<const INDEX: usize>(_: *mut c_void, _: AppProto) -> *mut c_void {
    let Some(protocol) = crate::protocols::ours().nth(INDEX) else { return core::ptr::null_mut() };
    Box::into_raw(Box::new(State::new(protocol))).cast()
}

/// Frees a state.
///
/// # Safety
///
/// `state` came from [`alloc`], and nobody uses it any more.
pub(crate) unsafe extern "C" fn free(state: *mut c_void) {
    // SAFETY: Promised by the caller.
    drop(unsafe { Box::from_raw(state.cast::<State>()) });
}

/// Takes octets of one direction.
///
/// # Safety
///
/// All come from Suricata, which holds the flow; `state` came from [`alloc`].
pub(crate) unsafe extern "C" fn parse<const TCP: bool, const SERVER: bool>(
    flow: *mut Flow,
    state: *mut c_void,
    parser: *mut AppLayerParserState,
    slice: StreamSlice,
    _: *mut c_void,
) -> AppLayerResult {
    let toward = if SERVER { Toward::Server } else { Toward::Client };
    let act = |state: &mut State| {
        if state.is_given_up {
            return;
        }
        if slice.input.is_null() {
            if slice.input_len > 0 {
                state.act(flow, toward, last_time(flow), |session, mark, sink| {
                    session.gap(toward, mark, slice.input_len.into(), sink);
                });
            }
        } else if slice.input_len > 0 {
            // SAFETY: Suricata lends so many octets for the time of the call.
            let octets = unsafe { core::slice::from_raw_parts(slice.input, slice.input_len as usize) };
            state.act(flow, toward, last_time(flow), |session, mark, sink| {
                if TCP {
                    session.feed(toward, mark, octets, sink);
                } else {
                    session.datagram(toward, mark, octets, sink);
                }
            });
            if TCP {
                state.wait(state.is_one_sided(toward), SERVER);
            }
        }
        if !TCP || slice.flags & STREAM_EOF == 0 {
            return;
        }
        let other = if SERVER { APP_LAYER_PARSER_EOF_TC } else { APP_LAYER_PARSER_EOF_TS };
        // SAFETY: It is the parser's state of this flow.
        if unsafe { SCAppLayerParserStateIssetFlag(parser, other) } != 0 {
            state.end(flow, toward);
        } else if state.session.is_some() {
            state.end_of_one(flow, toward, slice.flags & STREAM_MIDSTREAM != 0);
        }
    };
    // SAFETY: Promised by the caller.
    unsafe { with(state, (), act) };
    AppLayerResult::OK
}

/// How many transactions there have been.
///
/// # Safety
///
/// `state` came from [`alloc`].
pub(crate) unsafe extern "C" fn count(state: *mut c_void) -> u64 {
    // SAFETY: Promised by the caller.
    unsafe { with(state, 0, |state| state.next) }
}

fn pointer(transaction: &mut Transaction) -> *mut c_void {
    core::ptr::from_mut(transaction).cast()
}

/// The transaction of this number.
///
/// # Safety
///
/// `state` came from [`alloc`].
pub(crate) unsafe extern "C" fn get(state: *mut c_void, id: u64) -> *mut c_void {
    let find = |state: &mut State| state.transaction(id).map(pointer);
    // SAFETY: Promised by the caller.
    unsafe { with(state, None, find) }.unwrap_or(core::ptr::null_mut())
}

/// The first transaction whose number is not below this one.
///
/// # Safety
///
/// `state` came from [`alloc`].
pub(crate) unsafe extern "C" fn iterate(
    _: u8,
    _: AppProto,
    state: *mut c_void,
    least: u64,
    _: u64,
    _: *mut u64,
) -> AppLayerGetTxIterTuple {
    let find = |state: &mut State| {
        let place = state.transactions.partition_point(|transaction| transaction.id < least);
        let has_next = place + 1 < state.transactions.len();
        let transaction = state.transactions.get_mut(place)?;
        let tx_id = transaction.id;
        Some(AppLayerGetTxIterTuple { tx_ptr: pointer(transaction), tx_id, has_next })
    };
    // SAFETY: Promised by the caller.
    let found = unsafe { with(state, None, find) };
    found.unwrap_or(AppLayerGetTxIterTuple { tx_ptr: core::ptr::null_mut(), tx_id: 0, has_next: false })
}

/// Frees a transaction.
///
/// # Safety
///
/// `state` came from [`alloc`], and nobody uses the transaction any more.
pub(crate) unsafe extern "C" fn free_transaction(state: *mut c_void, id: u64) {
    let remove = |state: &mut State| {
        if let Ok(place) = state.transactions.binary_search_by_key(&id, |transaction| transaction.id) {
            state.transactions.remove(place);
        }
    };
    // SAFETY: Promised by the caller.
    unsafe { with(state, (), remove) }
}

/// Transactions are whole when they are made, but for those that only wait.
///
/// # Safety
///
/// `transaction` is one of ours.
pub(crate) unsafe extern "C" fn progress(transaction: *mut c_void, _: u8) -> c_int {
    // SAFETY: Promised by the caller.
    let is_open = unsafe { (*transaction.cast::<Transaction>()).is_open };
    (!is_open).into()
}

/// What Suricata keeps of a transaction.
///
/// # Safety
///
/// `transaction` is one of ours.
pub(crate) unsafe extern "C" fn transaction_data(transaction: *mut c_void) -> *mut AppLayerTxData {
    // SAFETY: Promised by the caller.
    unsafe { &raw mut (*transaction.cast::<Transaction>()).data }
}

/// What Suricata keeps of a state.
///
/// # Safety
///
/// `state` came from [`alloc`].
pub(crate) unsafe extern "C" fn state_data(state: *mut c_void) -> *mut AppLayerStateData {
    // SAFETY: Promised by the caller.
    unsafe { &raw mut (*state.cast::<State>()).data }
}

/// Events of transactions are the kinds of anomalies.
pub(crate) const EVENTS: &[(u64, &str)] = AnomalyKind::NAMES;
