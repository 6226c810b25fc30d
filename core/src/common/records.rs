//! The tables of the common language.
use super::{Operation, Stage};
use crate::record::{Duration, Instant, Mac, Symbol, Text, WallClock};
use core::net::IpAddr;

crate::codes! {
    /// How an operation ended, as far as the capture tells.
    pub struct Outcome(u8) {
        /// Done, by the device's word.
        SUCCESS = 1 => "success",
        /// Refused by the device or a gateway.
        REFUSED = 2 => "refused",
        /// Accepted, not yet done (Modbus exception 5, a select).
        ACCEPTED = 3 => "accepted",
        /// Put off: the device is busy, the request may be repeated.
        BUSY = 4 => "busy",
        /// Done in part: some objects succeeded, others did not.
        PARTIAL = 5 => "partial",
        /// No answer in the time that an answer may take.
        UNANSWERED = 6 => "unanswered",
        /// An answer whose request was not seen.
        UNASKED = 7 => "unasked",
        /// A request that expects no answer.
        UNCONFIRMED = 8 => "unconfirmed",
        /// Cancelled by the one who asked.
        CANCELLED = 9 => "cancelled",
        /// Forgotten because too many requests were waiting; its answer, if one came, was not paired.
        FORGOTTEN = 10 => "forgotten",
        /// The capture ended, or the conversation, before an answer could have come.
        OPEN = 11 => "open",
        /// Selected, and not executed in the time that an answer may take, or before it was selected anew.
        LAPSED = 12 => "lapsed",
    }
}

crate::record! {
    /// Who asked whom to do what, and what became of it. Sender and receiver of the envelope are the one who asked and
    /// the one who was asked. Written at the last word, at the time-out, or at the end.
    pub struct Operations<'a> in "operations" {
        /// What was asked, in words that hold for every protocol.
        operation: Operation,
        /// The protocol's own name of the function.
        function: Option<Symbol>,
        /// The protocol's own code of the function.
        function_code: Option<u32>,
        /// Station below the IP address: unit identifier, common address, link address.
        station: Option<u32>,
        /// What kind of address `address` is: coil, holding register, object.
        space: Option<Symbol>,
        /// First address asked for.
        address: Option<u64>,
        /// How many addresses from there.
        quantity: Option<u32>,
        /// Name of the object, where objects have names; up to 128 octets.
        object: Option<Text<'a>>,
        /// How it ended.
        outcome: Outcome,
        /// The protocol's own code of how it ended.
        status: Option<u32>,
        /// The protocol's own name of how it ended.
        status_name: Option<Symbol>,
        /// How far it came, where it has more stages than a request and its answer.
        stage: Option<Stage>,
        /// When it was asked: of several stages the first.
        requested: Option<Instant>,
        /// When the device confirmed the select.
        selected: Option<Instant>,
        /// When it was to be executed, after a select.
        executed: Option<Instant>,
        /// When it was accepted, in protocols that say so before it is done (activation confirmed).
        accepted: Option<Instant>,
        /// When the device first reported what came of it, in protocols that say so before it is done (return
        /// information).
        returned: Option<Instant>,
        /// When it was to be cancelled.
        cancelled: Option<Instant>,
        /// When the last word came.
        completed: Option<Instant>,
        /// From the request to the first answer.
        latency: Option<Duration>,
        /// Whether the answer came only after the time-out; then an `unanswered` row came before this one.
        late: bool,
        /// The message that asked.
        request_message: Option<u64>,
        /// The message that confirmed the select.
        select_answer_message: Option<u64>,
        /// The message that asked to execute, after a select.
        execute_message: Option<u64>,
        /// The message that accepted it.
        accept_message: Option<u64>,
        /// The message that first reported what came of it.
        return_message: Option<u64>,
        /// The message that asked to cancel it.
        cancel_message: Option<u64>,
        /// The message that gave the last word.
        answer_message: Option<u64>,
        /// What the plant calls the device that was asked; null without a list of names.
        device_name: Option<Text<'a>>,
        /// What the plant calls the point at `address`, or the `object`; null without a list of names.
        plant_name: Option<Text<'a>>,
        /// Unit of its values, as the list of names says.
        unit: Option<Text<'a>>,
    }
}

crate::codes! {
    /// How a value came to be seen.
    pub struct PointWay(u8) {
        /// Reported by the device of its own accord.
        REPORTED = 1 => "reported",
        /// Read by request.
        READ = 2 => "read",
        /// Written to the device.
        WRITTEN = 3 => "written",
        /// Sent to the device as a command.
        COMMANDED = 4 => "commanded",
    }
}

crate::record! {
    /// A process value. Written at first sight and on change; each under `every_message`.
    pub struct Points<'a> in "points" {
        /// IP address of the device whose point it is.
        device: Option<IpAddr>,
        /// MAC address of the device, where there is no IP.
        device_mac: Option<Mac>,
        /// Station below the address: unit identifier, common address, link address.
        station: Option<u32>,
        /// What kind of point it is: coil, holding register, measured value.
        space: Symbol,
        /// Address of the point, where points have numbers.
        address: Option<u64>,
        /// Name of the point, where points have names.
        name: Option<Text<'a>>,
        /// How the value came to be seen.
        way: PointWay,
        /// Value, where it is a real number.
        number: Option<f64>,
        /// Value, where it is an integer; 0 or 1 where it is a truth value.
        integer: Option<i64>,
        /// Value, where it is text.
        text: Option<Text<'a>>,
        /// Value, where it is a string of bits: as sent.
        bits: Option<&'a [u8]>,
        /// Whether the device vouches for the value; null where the protocol has no quality.
        good: Option<bool>,
        /// The protocol's own quality bits.
        quality: Option<u32>,
        /// The device's time stamp, UTC.
        device_time: Option<Instant>,
        /// The device's time stamp, where its zone is not known.
        device_clock: Option<WallClock>,
        /// What the plant calls the device; null without a list of names.
        device_name: Option<Text<'a>>,
        /// What the plant calls the point; null without a list of names.
        plant_name: Option<Text<'a>>,
        /// Unit of its values, as the list of names says.
        unit: Option<Text<'a>>,
    }
}

crate::codes! {
    /// What a device tells of itself.
    pub struct Fact(u8) {
        /// Maker.
        VENDOR = 1 => "vendor",
        /// Product code, order number.
        PRODUCT_CODE = 2 => "product_code",
        /// Revision of firmware or software.
        REVISION = 3 => "revision",
        /// Address of the maker's site.
        URL = 4 => "url",
        /// Product name.
        PRODUCT = 5 => "product",
        /// Model name.
        MODEL = 6 => "model",
        /// Name of the application in the device.
        APPLICATION = 7 => "application",
        /// Serial number.
        SERIAL = 8 => "serial",
        /// Name of the device in the plant.
        NAME = 9 => "name",
        /// Role of the device.
        ROLE = 10 => "role",
        /// An address of the device.
        ADDRESS = 11 => "address",
        /// Revision of the hardware.
        HARDWARE = 12 => "hardware",
        /// A description in the device's own words.
        DESCRIPTION = 13 => "description",
        /// Where the device stands.
        LOCATION = 14 => "location",
        /// A fact that only the maker's documents name.
        OTHER = 15 => "other",
        /// Serial number of the memory card in the device.
        MEMORY_CARD_SERIAL = 16 => "memory_card_serial",
    }
}

crate::record! {
    /// A fact that a device tells of itself. Written at first sight and on change; each under `every_message`.
    pub struct Identities<'a> in "identities" {
        /// IP address of the device.
        device: Option<IpAddr>,
        /// MAC address of the device, where there is no IP.
        device_mac: Option<Mac>,
        /// Station below the address: unit identifier, common address, link address.
        station: Option<u32>,
        /// What is told.
        fact: Fact,
        /// The protocol's own number of the fact.
        number: Option<u32>,
        /// The device's own words.
        value: Text<'a>,
        /// Whether `value` is text; if not, it is what was sent, octet for octet.
        readable: bool,
        /// How the device came to tell it: the function or service.
        source: Symbol,
        /// What the plant calls the device; null without a list of names.
        device_name: Option<Text<'a>>,
    }
}

crate::codes! {
    /// What an anomaly is about.
    pub struct AnomalyKind(u8) {
        /// A field or a length that the standard forbids, or that contradicts another.
        MALFORMED = 1 => "malformed",
        /// Octets behind the last field.
        TRAILING = 2 => "trailing",
        /// The message ends before its own length.
        TRUNCATED = 3 => "truncated",
        /// Octets between messages that belong to none.
        GARBAGE = 4 => "garbage",
        /// Octets that the capture does not hold.
        GAP = 5 => "gap",
        /// The same octets of a stream, or fragments of a datagram, came with different content.
        CONFLICT = 6 => "conflict",
        /// TCP used in a way that two receivers may read differently.
        STREAM = 7 => "stream",
        /// A sequence that jumps or runs backwards.
        SEQUENCE = 8 => "sequence",
        /// A message that nothing before it explains: an answer not asked for, twice, from the wrong side.
        UNEXPECTED = 9 => "unexpected",
        /// A value out of the range that the standard gives it.
        VALUE = 10 => "value",
        /// A wrong checksum.
        CHECKSUM = 11 => "checksum",
        /// A limit was reached; what it dropped is counted.
        LIMIT = 12 => "limit",
        /// Time stamps of capture or device that cannot be right.
        TIME = 13 => "time",
        /// A header below the protocol that cannot be right.
        HEADER = 14 => "header",
    }
}

crate::record! {
    /// Malformed octets, broken sequences, impossible values, resynchronisations, limits hit: with place and reason.
    pub struct Anomalies in "anomalies" {
        /// What it is about.
        kind: AnomalyKind,
        /// Why it is said.
        reason: Symbol,
        /// What `offset` counts from: `pdu`, `stream` (octets of this direction since the first seen), `frame`, `datagram` (put
        /// together from fragments of IP), `fragment` or `message` (what several PDUs carry, put together).
        place: Symbol,
        /// Where it begins, in octets.
        offset: Option<u64> ["octets"],
        /// How far it goes, in octets.
        length: Option<u64> ["octets"],
        /// The number that was expected.
        expected: Option<u64>,
        /// The number that was found.
        found: Option<u64>,
        /// How many of the same this row stands for.
        count: u32,
    }
}

/// Something to say: a row of `anomalies` in the making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anomaly {
    pub(crate) row: AnomalyRow,
}
pub(crate) type AnomalyRow = Anomalies;
impl Eq for Anomalies {}

impl Anomaly {
    /// Of this kind, for this reason; its place is the PDU.
    pub const fn new(kind: AnomalyKind, reason: &'static str) -> Self {
        Self {
            row: Anomalies {
                kind,
                reason: Symbol(reason),
                place: Symbol("pdu"),
                offset: None,
                length: None,
                expected: None,
                found: None,
                count: 1,
            },
        }
    }
    /// What the offset counts from.
    pub const fn place(mut self, place: &'static str) -> Self {
        self.row.place = Symbol(place);
        self
    }
    /// Where it begins.
    pub const fn at(mut self, offset: u64) -> Self {
        self.row.offset = Some(offset);
        self
    }
    /// How far it goes.
    pub const fn length(mut self, length: u64) -> Self {
        self.row.length = Some(length);
        self
    }
    /// What was expected, and what was found.
    pub const fn numbers(mut self, expected: u64, found: u64) -> Self {
        self.row.expected = Some(expected);
        self.row.found = Some(found);
        self
    }
    /// What was expected, where nothing was found.
    pub const fn expected(mut self, expected: Option<u64>) -> Self {
        self.row.expected = expected;
        self
    }
    /// What was found, where nothing definite was expected.
    pub const fn found(mut self, found: u64) -> Self {
        self.row.found = Some(found);
        self
    }
    /// How many of the same it stands for.
    pub const fn count(mut self, count: u32) -> Self {
        self.row.count = count;
        self
    }
}

crate::record! {
    /// One conversation, at its end: who, how much, in which protocol, and what of it was understood.
    /// Sender and receiver of the envelope are the one who opened it and the other.
    pub struct Conversations<'a> in "conversations" {
        /// Community id, version 1; null without IP.
        community_id: Option<Text<'a>>,
        /// What carries it: tcp, udp, serial (a serial line), ethernet, or other over IP.
        transport: Symbol,
        /// Number of the IP protocol, or the ethertype where there is no IP; 0 on a serial line.
        transport_number: u16,
        /// The earliest time of its frames: that of the first, unless the clock steps back.
        first: Instant,
        /// The latest time of its frames.
        last: Instant,
        /// Protocol that was identified, or a foreign one by its name.
        application: Option<Symbol>,
        /// What that means for the octets: understood, encrypted, foreign, unknown, empty.
        coverage: Symbol,
        /// How sure: certain (a strong signature, or several PDUs), port (a weak signature on a registered port).
        confidence: Option<Symbol>,
        /// Whether the opening handshake was seen, so that the originator is certain.
        handshake: bool,
        /// How it ended: fin, rst, idle, evicted, reused, end (of the capture).
        end: Symbol,
        /// Frames from the originator.
        originator_frames: u64,
        /// Frames from the responder.
        responder_frames: u64,
        /// Octets of the frames from the originator, as they were on the wire.
        originator_octets: u64 ["octets"],
        /// Octets of the frames from the responder.
        responder_octets: u64 ["octets"],
        /// Payload of the transport from the originator, every copy counted, as far as it was captured.
        originator_payload: u64 ["octets"],
        /// Payload from the responder.
        responder_payload: u64 ["octets"],
        /// Octets from the originator that were dissected.
        originator_dissected: u64 ["octets"],
        /// Octets from the responder that were dissected.
        responder_dissected: u64 ["octets"],
        /// Octets from the originator that were read but belong to no message: garbage, before identification, messages cut before their length is told, foreign or unknown content.
        originator_skipped: u64 ["octets"],
        /// Octets from the responder that were read but belong to no message.
        responder_skipped: u64 ["octets"],
        /// Octets from the originator that the capture lacks.
        originator_missing: u64 ["octets"],
        /// Octets from the responder that the capture lacks.
        responder_missing: u64 ["octets"],
        /// Octets from the originator that came again.
        originator_repeated: u64 ["octets"],
        /// Octets from the responder that came again.
        responder_repeated: u64 ["octets"],
        /// Of those from the originator that came again: octets of which too little was remembered to compare the copies.
        originator_not_comparable: u64 ["octets"],
        /// Of those from the responder that came again: octets that could not be compared.
        responder_not_comparable: u64 ["octets"],
        /// Octets from the originator outside the window.
        originator_outside: u64 ["octets"],
        /// Octets from the responder outside the window.
        responder_outside: u64 ["octets"],
        /// Messages from the originator.
        originator_messages: u64,
        /// Messages from the responder.
        responder_messages: u64,
        /// Frames without TCP that came twice within milliseconds: mirrored, or sent over redundant networks. Of TCP it is
        /// octets that are repeated.
        copies: u64,
        /// Frames whose transport checksum is wrong.
        wrong_checksums: u64,
        /// What the plant calls the originator; null without a list of names.
        originator_name: Option<Text<'a>>,
        /// What the plant calls the responder.
        responder_name: Option<Text<'a>>,
    }
}

/// Whose point or fact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The sender of this message.
    Sender,
    /// The receiver of this message.
    Receiver,
}

/// The value of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PointValue<'a> {
    /// True or false.
    Truth(bool),
    /// An integer.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// Text.
    Text(Text<'a>),
    /// A string of bits.
    Bits(&'a [u8]),
}

/// How an operation ended, in the common and in the protocol's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Result {
    /// In common words.
    pub outcome: Outcome,
    /// The protocol's own code.
    pub status: Option<u32>,
    /// The protocol's own name.
    pub status_name: Option<Symbol>,
}

impl Result {
    /// This outcome, of which the protocol says nothing more.
    pub const fn plain(outcome: Outcome) -> Self {
        Self { outcome, status: None, status_name: None }
    }
}
