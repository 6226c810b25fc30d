//! Suricata's EVE: one JSON object an event, all events in one stream.
//!
//! An event may need several rows: those of one message, and in Modbus those of the request and of its answer. So this
//! format has two halves. [`Eve`] turns rows into octets, on any thread; [`Assembler`] takes them in the order of the
//! capture and makes events of them.
mod columns;
mod dnp3;
mod json;
mod modbus;
mod schema;

pub use schema::schema;

use crate::{jsonl::Members, tables::Prepared, text};
use columns::{columns, number, signed, symbol};
use core::{fmt, net::IpAddr, ops::Range};
use fieldtap::{
    common::{Anomalies, Conversations},
    flow::community_id,
    protocols::{self, PROTOCOLS},
    record::{Beginning, Direction, Envelope, Record, Row, Table},
};
use hashbrown::HashMap;
use std::{collections::VecDeque, sync::Arc};

columns! { Conversations<'_>:
    FLOW_FIRST = "first", FLOW_LAST = "last", APPLICATION = "application", END = "end", ORIGINATOR_FRAMES = "originator_frames",
    RESPONDER_FRAMES = "responder_frames", ORIGINATOR_OCTETS = "originator_octets",
    RESPONDER_OCTETS = "responder_octets",
}
columns! { Anomalies: REASON = "reason", PLACE = "place" }

const SECOND: i64 = 1_000_000_000;

/// Which tables are wanted.
pub type Wanted = Arc<dyn Fn(&'static Table) -> bool + Send + Sync>;

/// What becomes of a table.
#[derive(Debug)]
struct Plan {
    kind: Kind,
    members: Members,
    /// Of a table that tells what messages hold several times: the table of the messages, and the key of the array.
    owner: Option<(&'static Table, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Modbus(modbus::Part),
    Dnp3(dnp3::Part),
    /// What function 90 of Modbus carries: an event of its own, and octets of the message around it.
    Umas,
    Conversation,
    Anomaly,
    Other,
}

fn kind(table: &'static Table) -> Kind {
    use protocols::{dnp3 as d, modbus as m};
    macro_rules! is {
        ($($row:ty => $kind:expr),* $(,)?) => { $(if table == <$row>::schema() { return $kind; })* };
    }
    is! {
        m::Modbus<'_> => Kind::Modbus(modbus::Part::Message),
        m::ModbusDiagnostics<'_> => Kind::Modbus(modbus::Part::Diagnostics),
        m::ModbusServerIds<'_> => Kind::Modbus(modbus::Part::ServerId),
        m::ModbusFileRecords<'_> => Kind::Modbus(modbus::Part::FileRecord),
        m::ModbusDeviceIdentifications => Kind::Modbus(modbus::Part::Identification),
        m::ModbusDeviceObjects<'_> => Kind::Modbus(modbus::Part::Object),
        d::Dnp3Link => Kind::Dnp3(dnp3::Part::Link),
        d::Dnp3 => Kind::Dnp3(dnp3::Part::Fragment),
        d::Dnp3Objects<'_> => Kind::Dnp3(dnp3::Part::Header),
        d::Dnp3Points<'_> => Kind::Dnp3(dnp3::Part::Point),
        d::Dnp3Controls => Kind::Dnp3(dnp3::Part::Control),
        d::Dnp3Files<'_> => Kind::Dnp3(dnp3::Part::File),
        d::Dnp3Authentications<'_> => Kind::Dnp3(dnp3::Part::Authentication),
        protocols::umas::Umas<'_> => Kind::Umas,
        Conversations<'_> => Kind::Conversation,
        Anomalies => Kind::Anomaly,
    }
    if protocols::dnp3::PROTOCOL.tables.iter().any(|of| of() == table) {
        return Kind::Dnp3(dnp3::Part::Other);
    }
    Kind::Other
}

/// The table of messages that this table tells more of: of the same protocol, and its name begins with that one's. Where one
/// tells more of another that itself is an array, both are arrays of the message.
fn owner(table: &'static Table) -> Option<(&'static Table, &'static str)> {
    let siblings = PROTOCOLS.iter().filter(|protocol| protocol.tables.iter().any(|of| of() == table));
    siblings
        .flat_map(|protocol| protocol.tables)
        .filter_map(|of| {
            let key = table.name.strip_prefix(of().name)?.strip_prefix('_')?;
            // A column may have that name already.
            let taken = of().columns.iter().any(|column| column.name == key);
            Some((of(), if taken { table.name } else { key }))
        })
        .min_by_key(|(of, _)| of.name.len())
}

impl Plan {
    fn new(table: &'static Table) -> Self {
        let kind = kind(table);
        let owner = if kind == Kind::Other { owner(table) } else { None };
        Self { kind, members: Members::new(table), owner }
    }
    /// Appends what is kept of a row.
    #[inline]
    fn encode(&self, envelope: &Envelope, row: &dyn Row, out: &mut Vec<u8>) {
        match self.kind {
            Kind::Modbus(part) => modbus::encode(part, envelope, row, out),
            Kind::Dnp3(part) => dnp3::encode(part, row, out),
            Kind::Other => self.members.object(row, out),
            Kind::Umas => {
                measured(out, |out| modbus::encode(modbus::Part::Umas, envelope, row, out));
                self.members.object(row, out);
            }
            Kind::Conversation => {
                flow(row, out);
                self.members.object(row, out);
            }
            Kind::Anomaly => {
                anomaly(row, out);
                self.members.object(row, out);
            }
        }
    }
}

// What is kept of some rows has two parts: the first behind its length, of a conversation and an anomaly the object of
// Suricata's event, then the object of ours.

/// Octets of the length before the first part.
const LENGTH: usize = 4;

fn measured(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH]);
    write(out);
    let length = (out.len() - start - LENGTH) as u32;
    if let Some(place) = out.get_mut(start..start + LENGTH) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

fn parts(kept: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = kept.split_first_chunk::<LENGTH>() else { return (&[], kept) };
    rest.split_at_checked(u32::from_be_bytes(*length) as usize).unwrap_or((&[], rest))
}

fn flow(row: &dyn Row, out: &mut Vec<u8>) {
    measured(out, |out| {
        if let Some(application) = symbol(row, APPLICATION) {
            json::word("app_proto", application, out);
        }
        json::open("flow", b'{', out);
        for (name, column) in [
            ("pkts_toserver", ORIGINATOR_FRAMES),
            ("pkts_toclient", RESPONDER_FRAMES),
            ("bytes_toserver", ORIGINATOR_OCTETS),
            ("bytes_toclient", RESPONDER_OCTETS),
        ] {
            json::number(name, number(row, column).unwrap_or_default(), out);
        }
        let (first, last) =
            (signed(row, FLOW_FIRST).unwrap_or_default(), signed(row, FLOW_LAST).unwrap_or_default());
        for (name, at) in [("start", first), ("end", last)] {
            json::key(name, out);
            out.push(b'"');
            json::timestamp(at, out);
            out.push(b'"');
        }
        let age = last.saturating_sub(first).max(0) / SECOND;
        json::number("age", age as u64, out);
        let end = symbol(row, END).unwrap_or_default();
        let both = number(row, ORIGINATOR_FRAMES) > Some(0) && number(row, RESPONDER_FRAMES) > Some(0);
        let state = match end {
            "fin" | "rst" => "closed",
            _ if both => "established",
            _ => "new",
        };
        let reason = match end {
            "idle" | "fin" | "rst" => "timeout",
            "reused" => "tcp_reuse",
            "evicted" => "forced",
            _ => "shutdown",
        };
        json::word("state", state, out);
        json::word("reason", reason, out);
        json::truth("alerted", false, out);
        out.push(b'}');
    });
}

fn anomaly(row: &dyn Row, out: &mut Vec<u8>) {
    measured(out, |out| {
        let kind = match symbol(row, PLACE) {
            Some("frame" | "datagram") => "decode",
            Some("stream") => "stream",
            _ => "applayer",
        };
        json::open("anomaly", b'{', out);
        json::word("type", kind, out);
        json::word("event", symbol(row, REASON).unwrap_or_default(), out);
        if kind == "applayer" {
            json::word("layer", "proto_parser", out);
        }
        out.push(b'}');
    });
}

/// Suricata's EVE, the half that turns rows into octets.
///
/// - Modbus and DNP3 over TCP have the events that Suricata 8 writes of them.
/// - `conversations` give `flow` events, `anomalies` give `anomaly` events, each with the row beside Suricata's object.
/// - A message of any other protocol is an event: its type and the object of its fields have the name of the table, and the
///   rows that tell what it holds several times are arrays in that object. All other rows are events of their own.
#[derive(Clone)]
pub struct Eve {
    plans: Arc<Prepared<Plan>>,
    wanted: Wanted,
}

impl fmt::Debug for Eve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eve").finish_non_exhaustive()
    }
}

impl Eve {
    /// Events of these tables. Events of Modbus and of DNP3 need all tables of their protocol: one of them wanted, all are.
    pub fn new(wanted: Wanted) -> Self {
        Self { plans: Arc::default(), wanted }
    }
    /// Whether rows of this table are needed.
    pub fn wants(&self, table: &'static Table) -> bool {
        if table == Conversations::schema() {
            // They tell where a conversation ends.
            return true;
        }
        // Modbus needs what it carries.
        self.writes(table) || (kind(table) == Kind::Umas && self.writes(protocols::modbus::Modbus::schema()))
    }
    fn writes(&self, table: &'static Table) -> bool {
        let of = |protocol: &fieldtap::protocol::Protocol| {
            let any = |holds: &dyn Fn(&'static Table) -> bool| protocol.tables.iter().any(|of| holds(of()));
            any(&|of| of == table).then(|| any(&|of| (self.wanted)(of)))
        };
        of(&protocols::modbus::PROTOCOL)
            .or_else(|| of(&protocols::dnp3::PROTOCOL))
            .unwrap_or_else(|| (self.wanted)(table))
    }
    /// Keeps a row until the assembler takes it.
    #[inline]
    pub fn push(&self, envelope: &Envelope, row: &dyn Row, rows: &mut Rows) {
        self.push_asked(envelope, row, true, rows);
    }
    /// Keeps a row, and whether it was asked for. An event is written whole where one of the rows that it is made of was, and
    /// not at all where none was; it has the running number that it would have among all.
    #[inline]
    pub fn push_asked(&self, envelope: &Envelope, row: &dyn Row, asked: bool, rows: &mut Rows) {
        let table = row.table();
        self.plans.with(table, Plan::new, |plan| plan.encode(envelope, row, &mut rows.octets));
        rows.rows.push(Kept { what: What::Row(*envelope, table, asked), end: rows.octets.len() });
    }
    /// Keeps that a conversation begins.
    pub fn begins(&self, beginning: &Beginning, rows: &mut Rows) {
        rows.rows.push(Kept { what: What::Beginning(*beginning), end: rows.octets.len() });
    }
    /// The other half.
    pub fn assembler(&self) -> Assembler {
        Assembler {
            eve: self.clone(),
            conversations: HashMap::default(),
            ended: VecDeque::new(),
            message: Message::default(),
            pdu: Vec::new(),
            room: modbus::Room::default(),
            heads: Heads::Written,
        }
    }
    /// The other half, for a program that writes itself what all events have.
    pub fn bodies(&self) -> Bodies {
        let mut assembler = self.assembler();
        assembler.heads = Heads::Told(Vec::new());
        Bodies { assembler, octets: Vec::new() }
    }
}

/// Rows, kept in their order until the assembler takes them.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<Kept>,
    octets: Vec<u8>,
}

impl Rows {
    /// Rows that are kept.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// Octets that they take.
    pub fn octets(&self) -> usize {
        self.octets.len() + self.rows.len() * size_of::<Kept>()
    }
    /// Drops them; their memory stays for others.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.octets.clear();
    }
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    what: What,
    /// Where its octets end.
    end: usize,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// A row, and whether it was asked for.
    Row(Envelope, &'static Table, bool),
    Beginning(Beginning),
}

/// What is remembered of a conversation.
#[derive(Debug, Default)]
struct Conversation {
    /// The name that Suricata has for what carries it; none without IP.
    proto: Option<Proto>,
    number: u8,
    /// Who Suricata takes for the client.
    client: Option<(IpAddr, u16)>,
    community_id: Option<[u8; 30]>,
    /// Modbus: the transactions.
    transactions: modbus::Transactions,
    /// DNP3: the last frame that began a fragment, of those toward the server and of the others.
    links: [Link; 2],
    /// DNP3: whether it is known who the client is.
    decided: bool,
}

/// A frame of DNP3 that began a fragment.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    control: u8,
    /// Whether its row was asked for.
    asked: bool,
}

/// What carries a conversation, as Suricata calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proto {
    Named(&'static str),
    Number(u8),
}

/// The words of Suricata for what is met in plants, which are IANA's but for a few; of others the number in three digits, as it writes
/// those that IANA has not assigned.
fn proto(number: u8) -> Proto {
    Proto::Named(match number {
        0 => "HOPOPT",
        1 => "ICMP",
        2 => "IGMP",
        4 => "IP-in-IP",
        6 => "TCP",
        8 => "EGP",
        9 => "IGP",
        17 => "UDP",
        33 => "DCCP",
        41 => "IPv6",
        43 => "IPv6-Route",
        44 => "IPv6-Frag",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "IPv6-ICMP",
        59 => "IPv6-NoNxt",
        60 => "IPv6-Opts",
        88 => "EIGRP",
        89 => "OSPF",
        97 => "ETHERIP",
        103 => "PIM",
        108 => "IPComp",
        112 => "VRRP",
        115 => "L2TP",
        124 => "IS-IS",
        132 => "SCTP",
        136 => "UDPLite",
        137 => "MPLS-in-IP",
        number => return Proto::Number(number),
    })
}

impl Conversation {
    fn new(beginning: &Beginning) -> Self {
        let number = u8::try_from(beginning.transport_number).unwrap_or_default();
        let proto = beginning.opener.map(|_| proto(number));
        Self { proto, number, client: beginning.opener, decided: beginning.handshake, ..Self::default() }
    }
    fn community_id(&mut self, from: Option<(IpAddr, u16)>, to: Option<(IpAddr, u16)>) -> Option<[u8; 30]> {
        if self.community_id.is_none() && self.number != 0 {
            self.community_id = community_id(from?, to?, self.number);
        }
        self.community_id
    }
}

/// The rows of one message, in their order.
#[derive(Debug, Default)]
struct Message {
    id: Option<u64>,
    rows: Vec<Held>,
    octets: Vec<u8>,
}

impl Message {
    fn has(&self, table: &'static Table) -> bool {
        self.rows.iter().any(|row| row.table == table)
    }
}

#[derive(Clone, Debug)]
struct Held {
    envelope: Envelope,
    table: &'static Table,
    kind: Kind,
    owner: Option<(&'static Table, &'static str)>,
    octets: Range<usize>,
    asked: bool,
}

/// The other half of [`Eve`]: makes events of rows, which have to come in the order of the capture.
///
/// What it keeps is bounded: the rows of one message; for each conversation that goes on a few numbers and, of Modbus, up to
/// 500 requests that wait for their answers, 65,536 of all conversations together; and 16,384 conversations that have ended.
pub struct Assembler {
    eve: Eve,
    conversations: HashMap<u64, Conversation, foldhash::fast::RandomState>,
    /// Those that have ended, the first one first: what publishers said in them may be summed up later.
    ended: VecDeque<u64>,
    message: Message,
    pdu: Vec<u8>,
    room: modbus::Room,
    heads: Heads,
}

/// Conversations that are remembered behind their end.
const ENDED: usize = 16_384;

/// What becomes of what all events have.
enum Heads {
    Written,
    /// Kept for somebody else to write, with the place where the event begins.
    Told(Vec<(Head, usize)>),
}

/// What all events have.
#[derive(Clone, Copy, Debug)]
struct Head {
    event: &'static str,
    envelope: Envelope,
    ends: Ends,
}

/// One event without what all events have: time, addresses and ports, identities of flow and frame.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// Its type: `event_type`.
    pub event: &'static str,
    /// Where it stands.
    pub envelope: &'a Envelope,
    /// Whom it shows as the sender.
    pub source: (Option<IpAddr>, Option<u16>),
    /// The members that are its own, with commas between them and without braces around them.
    pub members: &'a [u8],
}

/// The other half of [`Eve`] for a program that writes itself what all events have; see [`Assembler`].
pub struct Bodies {
    assembler: Assembler,
    octets: Vec<u8>,
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.assembler.fmt(f)
    }
}

impl Bodies {
    /// Takes all rows that were kept, which end with a whole message; hands out the events that are complete.
    pub fn take(&mut self, rows: &mut Rows, each: impl FnMut(Body<'_>)) {
        self.assembler.take(rows, 0..rows.len(), &mut self.octets);
        self.assembler.flush(&mut self.octets);
        rows.clear();
        self.told(each);
    }
    /// Hands out what was still waiting: nothing more will come.
    pub fn finish(&mut self, each: impl FnMut(Body<'_>)) {
        self.assembler.finish(&mut self.octets);
        self.told(each);
    }
    fn told(&mut self, mut each: impl FnMut(Body<'_>)) {
        let Heads::Told(heads) = &mut self.assembler.heads else { return };
        let ends = heads.iter().skip(1).map(|(_, start)| *start).chain([self.octets.len()]);
        for ((head, start), end) in heads.iter().zip(ends) {
            let event = self.octets.get(*start..end).unwrap_or_default();
            let members = event.strip_prefix(b"{").and_then(|event| event.strip_suffix(b"}\n"));
            let source = (head.ends.source, head.ends.source_port);
            let members = members.unwrap_or_default();
            each(Body { event: head.event, envelope: &head.envelope, source, members });
        }
        heads.clear();
        self.octets.clear();
    }
}

impl fmt::Debug for Assembler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assembler").field("conversations", &self.conversations.len()).finish_non_exhaustive()
    }
}

/// Who sends and who receives, as an event shows them.
#[derive(Clone, Copy, Debug)]
struct Ends {
    source: Option<IpAddr>,
    source_port: Option<u16>,
    destination: Option<IpAddr>,
    destination_port: Option<u16>,
}

impl Ends {
    fn of(envelope: &Envelope) -> Self {
        Self {
            source: envelope.sender,
            source_port: envelope.sender_port,
            destination: envelope.receiver,
            destination_port: envelope.receiver_port,
        }
    }
    fn swapped_if(self, swap: bool) -> Self {
        if !swap {
            return self;
        }
        Self {
            source: self.destination,
            source_port: self.destination_port,
            destination: self.source,
            destination_port: self.source_port,
        }
    }
    fn source(&self) -> Option<(IpAddr, u16)> {
        Some((self.source?, self.source_port.unwrap_or_default()))
    }
    fn destination(&self) -> Option<(IpAddr, u16)> {
        Some((self.destination?, self.destination_port.unwrap_or_default()))
    }
}

/// Begins an event with what all events have.
fn head(heads: &mut Heads, head: Head, conversation: Option<&mut Conversation>, out: &mut Vec<u8>) {
    if let Heads::Told(told) = heads {
        told.push((head, out.len()));
        out.push(b'{');
        return;
    }
    let Head { event, envelope, ends } = &head;
    out.extend_from_slice(b"{\"timestamp\":\"");
    json::timestamp(envelope.ts.0, out);
    out.push(b'"');
    if let Some(conversation) = envelope.conversation {
        json::number("flow_id", conversation, out);
    }
    if envelope.file > 0 {
        json::number("file", envelope.file.into(), out);
    }
    json::number("pcap_cnt", envelope.frame, out);
    json::word("event_type", event, out);
    if let Some(vlan) = envelope.vlan {
        json::open("vlan", b'[', out);
        text::unsigned(vlan.into(), out);
        out.push(b']');
    }
    let address = |name: &str, address: IpAddr, out: &mut Vec<u8>| {
        json::key(name, out);
        out.push(b'"');
        text::ip(address, out);
        out.push(b'"');
    };
    if let Some(source) = ends.source {
        address("src_ip", source, out);
    }
    if let Some(port) = ends.source_port {
        json::number("src_port", port.into(), out);
    }
    if let Some(destination) = ends.destination {
        address("dest_ip", destination, out);
    }
    if let Some(port) = ends.destination_port {
        json::number("dest_port", port.into(), out);
    }
    if let (None, Some(from), Some(to)) = (ends.source, envelope.sender_mac, envelope.receiver_mac) {
        json::open("ether", b'{', out);
        for (name, address) in [("src_mac", from), ("dest_mac", to)] {
            json::key(name, out);
            out.push(b'"');
            text::mac(address, out);
            out.push(b'"');
        }
        out.push(b'}');
    }
    if let Some(conversation) = conversation {
        if let Some(proto) = conversation.proto {
            match proto {
                Proto::Named(name) => json::word("proto", name, out),
                Proto::Number(number) => json::octets("proto", format!("{number:03}").as_bytes(), out),
            }
        }
        if let Some(id) = conversation.community_id(ends.source(), ends.destination()) {
            json::octets("community_id", &id, out);
        }
    }
}

impl Assembler {
    /// Takes some of the rows that were kept; appends the events that are complete.
    pub fn take(&mut self, rows: &Rows, range: Range<usize>, out: &mut Vec<u8>) {
        let mut start = match range.start.checked_sub(1) {
            None => 0,
            Some(before) => rows.rows.get(before).map_or(0, |row| row.end),
        };
        for kept in rows.rows.get(range).unwrap_or_default() {
            let octets = rows.octets.get(start..kept.end).unwrap_or_default();
            start = kept.end;
            match &kept.what {
                What::Row(envelope, table, asked) => self.row(envelope, table, octets, *asked, out),
                What::Beginning(beginning) => {
                    self.conversations.insert(beginning.conversation, Conversation::new(beginning));
                }
            }
        }
    }

    /// Appends what was still waiting: nothing more will come.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.flush(out);
        // By the conversations' order, since the table has none of its own.
        let mut left: Vec<u64> = self.conversations.keys().copied().collect();
        left.sort_unstable();
        for id in left {
            self.unanswered(id, out);
        }
        self.conversations.clear();
    }

    fn row(
        &mut self,
        envelope: &Envelope,
        table: &'static Table,
        octets: &[u8],
        asked: bool,
        out: &mut Vec<u8>,
    ) {
        if envelope.message.is_none() || envelope.message != self.message.id {
            self.flush(out);
        }
        if envelope.message.is_none() {
            return self.alone(envelope, table, octets, asked, out);
        }
        let message = &mut self.message;
        message.id = envelope.message;
        let start = message.octets.len();
        message.octets.extend_from_slice(octets);
        let (kind, owner) = self.eve.plans.with(table, Plan::new, |plan| (plan.kind, plan.owner));
        let octets = start..message.octets.len();
        message.rows.push(Held { envelope: *envelope, table, kind, owner, octets, asked });
    }

    /// Appends the events of the message that was kept: no more rows of it will come.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        let mut message = core::mem::take(&mut self.message);
        for (place, row) in message.rows.iter().enumerate() {
            let octets = message.octets.get(row.octets.clone()).unwrap_or_default();
            match (row.kind, row.owner) {
                (Kind::Modbus(modbus::Part::Message), _) => self.transaction(&message, place, octets, out),
                (Kind::Dnp3(dnp3::Part::Link), _) => self.link(row, octets),
                (Kind::Dnp3(dnp3::Part::Fragment), _) => self.fragment(&message, place, octets, out),
                (Kind::Modbus(_) | Kind::Dnp3(_), _) => {}
                (Kind::Umas, _) if self.eve.writes(row.table) => {
                    self.message_event(&message, place, parts(octets).1, out);
                }
                (Kind::Umas, _) => {}
                (Kind::Other, Some((owner, _))) if message.has(owner) => {}
                (Kind::Other, None) => self.message_event(&message, place, octets, out),
                _ => self.alone(&row.envelope, row.table, octets, row.asked, out),
            }
        }
        message.id = None;
        message.rows.clear();
        message.octets.clear();
        self.message = message;
    }

    /// The event of a message: its fields, and what other rows tell of it as arrays.
    fn message_event(&mut self, message: &Message, place: usize, octets: &[u8], out: &mut Vec<u8>) {
        let Some(row) = message.rows.get(place) else { return };
        let (before, behind) = message.rows.split_at(place);
        let is_message = |other: &Held| other.table == row.table;
        // Rows before the first message of this table are taken to be of it.
        let before = if before.iter().any(is_message) { &[] } else { before };
        let behind = behind.get(1..).unwrap_or_default();
        let behind =
            behind.get(..behind.iter().position(is_message).unwrap_or(behind.len())).unwrap_or_default();
        let rows = || before.iter().chain(behind);
        let tells = |one: &Held| one.owner.is_some_and(|(owner, _)| owner == row.table);
        if !row.asked && !rows().any(|one| one.asked && tells(one)) {
            return;
        }
        self.start(row.table, &row.envelope, out);
        out.extend_from_slice(octets);
        for (index, first) in rows().enumerate() {
            let Some((_, key)) = first.owner.filter(|(owner, _)| *owner == row.table) else { continue };
            if rows().take(index).any(|earlier| earlier.table == first.table) {
                continue;
            }
            // The object of the fields is open again for what it holds.
            out.pop();
            json::open(key, b'[', out);
            for (index, one) in rows().filter(|one| one.table == first.table).enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(message.octets.get(one.octets.clone()).unwrap_or_default());
            }
            out.extend_from_slice(b"]}");
        }
        out.extend_from_slice(b"}\n");
    }

    fn of(&mut self, envelope: &Envelope) -> Option<&mut Conversation> {
        envelope.conversation.and_then(|id| self.conversations.get_mut(&id))
    }

    /// Begins an event whose sender is that of the message.
    fn begin(&mut self, event: &'static str, envelope: &Envelope, out: &mut Vec<u8>) {
        let conversation = envelope.conversation.and_then(|id| self.conversations.get_mut(&id));
        let of = Head { event, envelope: *envelope, ends: Ends::of(envelope) };
        head(&mut self.heads, of, conversation, out);
    }

    /// Begins an event of this table up to the object of its fields.
    fn start(&mut self, table: &'static Table, envelope: &Envelope, out: &mut Vec<u8>) {
        let name = table.name;
        self.begin(name, envelope, out);
        json::word("app_proto", envelope.protocol.0, out);
        json::key(name, out);
    }

    /// The event of a row that stands for itself.
    fn alone(
        &mut self,
        envelope: &Envelope,
        table: &'static Table,
        octets: &[u8],
        asked: bool,
        out: &mut Vec<u8>,
    ) {
        match self.eve.plans.with(table, Plan::new, |plan| plan.kind) {
            Kind::Conversation => {
                if let Some(id) = envelope.conversation {
                    self.unanswered(id, out);
                }
                if asked && (self.eve.wanted)(table) {
                    self.beside("flow", table, envelope, octets, out);
                }
                if let Some(id) = envelope.conversation {
                    self.ended.push_back(id);
                    // None of its requests waits any more.
                    if let Some(conversation) = self.conversations.get_mut(&id) {
                        conversation.transactions = modbus::Transactions::default();
                    }
                }
                if self.ended.len() > ENDED
                    && let Some(id) = self.ended.pop_front()
                {
                    self.conversations.remove(&id);
                }
            }
            _ if !asked => {}
            Kind::Anomaly => self.beside("anomaly", table, envelope, octets, out),
            kind => {
                self.start(table, envelope, out);
                out.extend_from_slice(if kind == Kind::Umas { parts(octets).1 } else { octets });
                out.extend_from_slice(b"}\n");
            }
        }
    }

    /// An event that Suricata has an object for, with the fields of the row beside it.
    fn beside(
        &mut self,
        event: &'static str,
        table: &'static Table,
        envelope: &Envelope,
        octets: &[u8],
        out: &mut Vec<u8>,
    ) {
        let (theirs, ours) = parts(octets);
        self.begin(event, envelope, out);
        // What is said of headers or of a stream speaks of no application.
        if event == "anomaly" && protocols::named(envelope.protocol.0).is_some() {
            json::word("app_proto", envelope.protocol.0, out);
        }
        out.extend_from_slice(theirs);
        json::key(table.name, out);
        out.extend_from_slice(ours);
        out.extend_from_slice(b"}\n");
    }

    /// A message of Modbus: waits, if it is a request, or ends its transaction.
    fn transaction(&mut self, message: &Message, place: usize, octets: &[u8], out: &mut Vec<u8>) {
        let Some(row) = message.rows.get(place) else { return };
        let others = message.rows.iter().filter_map(|row| {
            let octets = message.octets.get(row.octets.clone()).unwrap_or_default();
            match row.kind {
                Kind::Modbus(modbus::Part::Message) => None,
                Kind::Modbus(_) => Some(octets),
                Kind::Umas => Some(parts(octets).0),
                _ => None,
            }
        });
        modbus::pdu(octets, others, &mut self.pdu);
        let tells = |row: &Held| matches!(row.kind, Kind::Modbus(_) | Kind::Umas);
        let asked = message.rows.iter().any(|row| row.asked && tells(row));
        let envelope = &row.envelope;
        let ends = Ends::of(envelope);
        let asks = envelope.direction != Some(Direction::RESPONSE);
        let mut unknown = Conversation::default();
        let conversation = match envelope.conversation {
            Some(id) => self.conversations.entry(id).or_default(),
            None => &mut unknown,
        };
        // Suricata knows Modbus with the MBAP header over TCP alone, and takes whoever is heard first for the client.
        let request = match (conversation.proto, conversation.client, envelope.protocol.0) {
            (Some(Proto::Named("TCP")), Some(client), "modbus") => ends.source() == Some(client),
            _ => asks,
        };
        let read = modbus::Read { envelope, row: octets, pdu: &self.pdu, asked };
        let done = conversation.transactions.take(&read, request, &mut self.room);
        if let Some(transaction) = done {
            if !transaction.is_asked() {
                conversation.transactions.leave_out(transaction, &mut self.room);
                return;
            }
            let (envelope, ends) = match (transaction.is_answered(), transaction.request()) {
                (false, Some(request)) => (*request, Ends::of(request)),
                _ => (*envelope, ends.swapped_if(true)),
            };
            let of = Head { event: "modbus", envelope, ends };
            head(&mut self.heads, of, Some(&mut *conversation), out);
            json::key("modbus", out);
            conversation.transactions.write(transaction, &mut self.room, out);
            out.extend_from_slice(b"}\n");
        }
    }

    /// Writes the requests of a conversation that nobody answered.
    fn unanswered(&mut self, id: u64, out: &mut Vec<u8>) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        while let Some(transaction) = conversation.transactions.unanswered() {
            if !transaction.is_asked() {
                conversation.transactions.leave_out(transaction, &mut self.room);
                continue;
            }
            let Some(envelope) = transaction.request().copied() else { return };
            let of = Head { event: "modbus", envelope, ends: Ends::of(&envelope) };
            head(&mut self.heads, of, Some(&mut *conversation), out);
            json::key("modbus", out);
            conversation.transactions.write(transaction, &mut self.room, out);
            out.extend_from_slice(b"}\n");
        }
    }

    /// A frame of DNP3.
    fn link(&mut self, row: &Held, octets: &[u8]) {
        let Some(control) = dnp3::begins(octets) else { return };
        let sender = Ends::of(&row.envelope);
        let Some(conversation) = self.of(&row.envelope) else { return };
        if !core::mem::replace(&mut conversation.decided, true) {
            // Without a handshake, Suricata lets the first frame tell which way masters speak.
            let master = sender.swapped_if(!dnp3::from_master(control));
            conversation.client = master.source();
        }
        let request = sender.source() == conversation.client;
        if let Some(link) = conversation.links.get_mut(usize::from(!request)) {
            *link = Link { control, asked: row.asked };
        }
    }

    /// A fragment of DNP3.
    fn fragment(&mut self, message: &Message, place: usize, octets: &[u8], out: &mut Vec<u8>) {
        let (Some(row), Some(fragment)) = (message.rows.get(place), dnp3::Fragment::read(octets)) else {
            return;
        };
        let envelope = &row.envelope;
        let ends = Ends::of(envelope);
        let mut unknown = Conversation::default();
        let conversation = match envelope.conversation {
            Some(id) => self.conversations.entry(id).or_default(),
            None => &mut unknown,
        };
        let asks = envelope.direction != Some(Direction::RESPONSE);
        let request = conversation.client.map_or(asks, |client| ends.source() == Some(client));
        if !fragment.is_told(request) {
            return;
        }
        let [toward, back] = conversation.links;
        let link = if request { toward } else { back };
        let behind = message.rows.get(place + 1..).unwrap_or_default();
        let is_fragment = |row: &Held| row.kind == Kind::Dnp3(dnp3::Part::Fragment);
        let behind = behind.iter().take_while(|row| !is_fragment(row));
        let tells = |row: &Held| matches!(row.kind, Kind::Dnp3(part) if part != dnp3::Part::Link);
        if !row.asked && !link.asked && !behind.clone().any(|row| row.asked && tells(row)) {
            return;
        }
        let rows = behind.map(|row| match row.kind {
            Kind::Dnp3(part) => (part, message.octets.get(row.octets.clone()).unwrap_or_default()),
            _ => (dnp3::Part::Other, [].as_slice()),
        });
        let of = Head { event: "dnp3", envelope: *envelope, ends: ends.swapped_if(!request) };
        head(&mut self.heads, of, Some(&mut *conversation), out);
        json::key("dnp3", out);
        fragment.write(request, link.control, rows, out);
        out.extend_from_slice(b"}\n");
    }
}

#[cfg(test)]
mod tests;
