//! What is kept of a flow: a session, and the transactions that Suricata has not done with.
use crate::{
    ffi::{
        APP_LAYER_PARSER_EOF_TC, APP_LAYER_PARSER_EOF_TS, AppLayerGetTxIterTuple, AppLayerResult,
        AppLayerStateData, AppLayerTxData, FLOW_DIR_REVERSED, FLOW_IPV4, FLOW_IPV6, FlowGetDestinationPort,
        FlowGetFlags, FlowGetLastTimeAsParts, FlowGetSourcePort, StreamSlice,
    },
    plugin::{self, LOG_ERROR, LOG_WARNING},
    settings::{Settings, has_rules},
    subject::{Subject, What, join},
};
use core::{
    cell::RefCell,
    ffi::{c_int, c_void},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    panic::AssertUnwindSafe,
};
use fieldtap::{
    Mark, Peer, Session, Tally,
    common::{Anomalies, AnomalyKind, Operations, Points, Request},
    protocol::{Protocol, Toward},
    record::{Envelope, Field, Record, Row, Sink, Table, Verdict, column_place},
};
use fieldtap_export::eve::{Bodies, Body, Eve, Rows};
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
    /// The members that are its own.
    pub(crate) members: Box<str>,
    /// Octets of `members` that only name the protocol.
    naming: usize,
}

impl Line {
    fn new(protocol: &'static str, swap: bool, body: &Body<'_>) -> Self {
        let members = String::from_utf8_lossy(body.members).into_owned().into_boxed_str();
        let named = format!("\"app_proto\":\"{}\",", body.envelope.protocol.0);
        let naming = if members.starts_with(&named) { named.len() } else { 0 };
        Self { protocol, event: body.event, swap, members, naming }
    }
    /// The members without the name of the protocol.
    pub(crate) fn without_protocol(&self) -> &str {
        self.members.get(self.naming..).unwrap_or_default()
    }
}

/// One event, or something that only rules look at.
pub(crate) struct Transaction {
    data: AppLayerTxData,
    id: u64,
    /// The message.
    message: Option<u64>,
    /// What is written of it.
    pub(crate) line: Option<Line>,
    /// What rules look at.
    pub(crate) subjects: Vec<Subject>,
}

/// What is kept of a flow.
struct State {
    data: AppLayerStateData,
    protocol: &'static Protocol,
    /// None before the first octets, and after the end.
    session: Option<Box<Session>>,
    is_over: bool,
    bodies: Bodies,
    client: Peer,
    /// Calls of the parser.
    calls: u64,
    transactions: VecDeque<Box<Transaction>>,
    next: u64,
    dropped: u64,
}

fn eve() -> &'static Eve {
    static EVE: OnceLock<Eve> = OnceLock::new();
    EVE.get_or_init(|| Eve::new(Arc::new(|table: &'static Table| Settings::get().wants(table.name))))
}

/// What one call of a parser finds; the buffers stay for the next one.
#[derive(Default)]
struct Found {
    rows: Rows,
    subjects: Vec<Subject>,
    /// Anomalies: the message, and the kind.
    anomalies: Vec<(Option<u64>, u8)>,
}

thread_local! {
    static FOUND: RefCell<Found> = RefCell::default();
}

/// Takes rows, as far as an output or a rule wants them.
struct Collect<'a> {
    found: &'a mut Found,
    is_written: bool,
    has_rules: bool,
}

impl Sink for Collect<'_> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        if self.is_written && eve().wants(table) {
            eve().push(envelope, row, &mut self.found.rows);
        }
        if table == Anomalies::schema() {
            let kind = row.field(const { column_place(Anomalies::COLUMNS, "kind") });
            if let Field::Code { value, .. } = kind {
                self.found.anomalies.push((envelope.message, value as u8));
            }
        } else if self.has_rules && table == Operations::schema() {
            self.found.subjects.push(Subject::ended(envelope, row));
        } else if self.has_rules && table == Points::schema() {
            self.found.subjects.push(Subject::value(envelope, row));
        }
        Verdict::GoOn
    }
    fn asked(&mut self, envelope: &Envelope, request: &Request<'_>) {
        if self.has_rules {
            self.found.subjects.push(Subject::request(envelope, request));
        }
    }
    fn wants(&self, table: &'static Table) -> bool {
        let ruled = || table == Operations::schema() || table == Points::schema();
        table == Anomalies::schema() || (self.is_written && eve().wants(table)) || (self.has_rules && ruled())
    }
}

impl State {
    fn new(protocol: &'static Protocol) -> Self {
        Self {
            data: AppLayerStateData::default(),
            protocol,
            session: None,
            is_over: false,
            bodies: eve().bodies(),
            client: Peer::default(),
            calls: 0,
            transactions: VecDeque::new(),
            next: 0,
            dropped: 0,
        }
    }

    /// Lets the session do something, and makes transactions of what it says.
    fn act(
        &mut self,
        flow: *const Flow,
        toward: Toward,
        act: impl FnOnce(&mut Session, Mark, &mut dyn Sink),
    ) {
        let settings = Settings::get();
        if self.session.is_none() {
            // SAFETY: Suricata holds the flow for the time of the call.
            let [client, server] = unsafe { peers(flow) };
            self.client = client;
            let session = Session::new(self.protocol, settings.config.clone());
            self.session = Some(Box::new(session.with_peers(client, server)));
        }
        self.calls += 1;
        let (mut seconds, mut microseconds) = (0, 0);
        // SAFETY: Suricata holds the flow for the time of the call.
        unsafe { FlowGetLastTimeAsParts(flow, &mut seconds, &mut microseconds) };
        let nanoseconds =
            seconds.saturating_mul(1_000_000_000).saturating_add(microseconds.saturating_mul(1000));
        let ts = i64::try_from(nanoseconds).unwrap_or(i64::MAX);
        let mark = Mark { file: 0, frame: self.calls, ts };
        FOUND.with_borrow_mut(|found| {
            let has_rules = has_rules();
            let mut sink = Collect { found, is_written: settings.logged || has_rules, has_rules };
            if let Some(session) = &mut self.session {
                session.advance(mark, &mut sink);
                act(session, mark, &mut sink);
            }
            self.take(found, toward == Toward::Server);
        });
    }

    /// Makes transactions of what was found.
    fn take(&mut self, found: &mut Found, to_server: bool) {
        let first = self.transactions.len();
        let Self { bodies, transactions, next, dropped, protocol, client, .. } = self;
        let mut push = |message: Option<u64>, line: Option<Line>| {
            let id = *next;
            *next += 1;
            if transactions.len() >= WAITING {
                *dropped += 1;
                return;
            }
            let data = AppLayerTxData::new(to_server);
            transactions.push_back(Box::new(Transaction { data, id, message, line, subjects: Vec::new() }));
        };
        if !found.rows.is_empty() {
            bodies.take(&mut found.rows, |body| {
                let (address, port) = body.source;
                let swap = address.is_some() && (address, port) != (client.address, client.port);
                push(body.envelope.message, Some(Line::new(protocol.name, swap, &body)));
            });
        }
        // What has no event of its own is of the first event of its message.
        let (mut ended, mut anomalies) = (0, 0);
        join(&mut found.subjects);
        for subject in found.subjects.drain(..) {
            let own = match subject.what {
                What::Ended => {
                    ended += 1;
                    self.nth(first, Operations::schema().name, ended - 1)
                }
                What::Request | What::Value => None,
            };
            if let Some(transaction) = self.of(first, own, subject.message, to_server) {
                transaction.subjects.push(subject);
            }
        }
        for (message, kind) in found.anomalies.drain(..) {
            anomalies += 1;
            let own = self.nth(first, "anomaly", anomalies - 1);
            if let Some(transaction) = self.of(first, own, message, to_server) {
                transaction.data.set_event(kind);
            }
        }
    }

    /// The place of the event of this type that is the `count`-th since `first`.
    fn nth(&self, first: usize, event: &str, count: usize) -> Option<usize> {
        let is =
            |transaction: &Transaction| transaction.line.as_ref().is_some_and(|line| line.event == event);
        (first..self.transactions.len()).filter(|place| is(&self.transactions[*place])).nth(count)
    }

    /// The transaction at `own`, or the first of this message; one without an event if there is none.
    fn of(
        &mut self,
        first: usize,
        own: Option<usize>,
        message: Option<u64>,
        to_server: bool,
    ) -> Option<&mut Transaction> {
        let of_message = || {
            let rest = first..self.transactions.len();
            message.and_then(|_| rest.into_iter().find(|place| self.transactions[*place].message == message))
        };
        let place = match own.or_else(of_message) {
            Some(place) => place,
            None if self.transactions.len() >= WAITING => {
                self.dropped += 1;
                return None;
            }
            None => {
                let (data, id) = (AppLayerTxData::new(to_server), self.next);
                self.next += 1;
                let transaction = Transaction { data, id, message, line: None, subjects: Vec::new() };
                self.transactions.push_back(Box::new(transaction));
                self.transactions.len() - 1
            }
        };
        self.transactions.get_mut(place).map(|transaction| &mut **transaction)
    }

    /// Whether octets have come in this direction alone.
    fn is_one_sided(&self, toward: Toward) -> bool {
        self.session.as_ref().is_some_and(|session| session.tally(toward.back()) == Tally::default())
    }

    /// What waits is said.
    fn finish(&mut self, flow: *const Flow, toward: Toward) {
        if self.session.is_some() {
            self.act(flow, toward, |session, mark, sink| {
                session.finish(mark, sink);
            });
        }
    }

    /// The end.
    fn end(&mut self, flow: *const Flow, toward: Toward) {
        self.finish(flow, toward);
        self.is_over = true;
        self.session = None;
        let Self { bodies, transactions, next, protocol, .. } = self;
        bodies.finish(|body| {
            let (data, id) = (AppLayerTxData::new(toward == Toward::Server), *next);
            *next += 1;
            let line = Some(Line::new(protocol.name, false, &body));
            let message = body.envelope.message;
            transactions.push_back(Box::new(Transaction { data, id, message, line, subjects: Vec::new() }));
        });
    }
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
            state.is_over = true;
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
        if state.is_over {
            return;
        }
        if slice.input.is_null() {
            if slice.input_len > 0 {
                state.act(flow, toward, |session, mark, sink| {
                    session.gap(toward, mark, slice.input_len.into(), sink);
                });
            }
        } else if slice.input_len > 0 {
            // SAFETY: Suricata lends so many octets for the time of the call.
            let octets = unsafe { core::slice::from_raw_parts(slice.input, slice.input_len as usize) };
            state.act(flow, toward, |session, mark, sink| {
                if TCP {
                    session.feed(toward, mark, octets, sink);
                } else {
                    session.datagram(toward, mark, octets, sink);
                }
            });
        }
        // SAFETY: It is the parser's state of this flow.
        let ended = |flag| unsafe { SCAppLayerParserStateIssetFlag(parser, flag) != 0 };
        let (mine, other) = match SERVER {
            true => (APP_LAYER_PARSER_EOF_TS, APP_LAYER_PARSER_EOF_TC),
            false => (APP_LAYER_PARSER_EOF_TC, APP_LAYER_PARSER_EOF_TS),
        };
        if TCP && ended(mine) {
            if ended(other) {
                state.end(flow, toward);
            } else if state.is_one_sided(toward) {
                // Suricata tells no end of a direction that had no octets. An answer may still come.
                state.finish(flow, toward);
            }
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
    let find = |state: &mut State| {
        let place = state.transactions.binary_search_by_key(&id, |transaction| transaction.id).ok()?;
        state.transactions.get_mut(place).map(|transaction| pointer(transaction))
    };
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

/// Transactions are whole when they are made.
pub(crate) unsafe extern "C" fn progress(_: *mut c_void, _: u8) -> c_int {
    1
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
