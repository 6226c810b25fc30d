//! DNP3 over TCP and UDP, and as the octets of a serial line carried in TCP.
//!
//! - IEEE 1815-2012: application layer (clause 4), secure authentication (7), transport function (8), data link layer (9),
//!   IP networks (13), objects (annex A). Port 20000.
//!
//! A frame is known by its start octets and the checksum of its header, on any port. Segments are put together for each
//! source and destination, since one connection may carry many outstations; who is master tells the direction bit. Every
//! frame has a row in `dnp3_link`, every application fragment one in `dnp3`, every object header one in `dnp3_objects`, every
//! value one in `dnp3_points`.
//!
//! A request and its response are paired by the two link addresses and the sequence number; unsolicited responses have
//! sequence numbers of their own and are paired with their confirmations. Each object of a command is an operation: a
//! select and the operate that repeats it are two stages of one, and its outcome is the status in the object that echoes it. The
//! outputs of a pattern mask are one, with the status of their control block. What is written, frozen or assigned to a class
//! is an operation for each object header. What comes again octet for octet, while it waits, is no operation of its own, and
//! tells no points.

mod application;
pub mod codes;
mod common;
mod extras;
mod link;
mod objects;
mod records;
mod shape;
mod state;
#[cfg(test)]
mod tests;

pub use records::{
    Dnp3, Dnp3Attributes, Dnp3Authentications, Dnp3Controls, Dnp3DataSetElements, Dnp3Files, Dnp3Indications,
    Dnp3Link, Dnp3Objects, Dnp3Points,
};

use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward, Way,
    },
    record::{Direction, Record, Table},
    wire::{Assembled, Cause, Lost, Piece, Sequence},
};
use codes::{FunctionCode, LinkFunction};
use link::{Begins, Header};
use state::State;

/// DNP3.
pub static PROTOCOL: Protocol = Protocol {
    name: "dnp3",
    title: "DNP3",
    standard: "IEEE 1815-2012",
    carriers: &[Carrier::Tcp(&[20000]), Carrier::Udp(&[20000]), Carrier::Serial],
    tables: TABLES,
    dissector: Functions::of::<Frames>(),
    vectors: include_str!("vectors.md"),
};

const TABLES: &[fn() -> &'static Table] = &[
    Dnp3Link::schema,
    Dnp3::schema,
    Dnp3Objects::schema,
    Dnp3Points::schema,
    Dnp3Controls::schema,
    Dnp3Attributes::schema,
    Dnp3Files::schema,
    Dnp3Authentications::schema,
    Dnp3DataSetElements::schema,
    Dnp3Indications::schema,
];

/// Sequence numbers of transport segments (8.2).
const TRANSPORT_NUMBERS: u32 = 64;

/// Set in the keys of segments that the second side sends.
const SECOND_SIDE: u64 = 1 << 33;

const fn second(side: Side) -> u64 {
    if matches!(side, Side::Second) { SECOND_SIDE } else { 0 }
}

struct Frames;

impl Dissector for Frames {
    type State = State;

    fn probe(bytes: &[u8], _toward: Option<Toward>) -> Probe {
        match link::begins(bytes) {
            Begins::Yes(_) => Probe::Certain,
            Begins::Perhaps(len) => Probe::More(len),
            Begins::No(_) => Probe::No,
        }
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        match link::begins(bytes) {
            Begins::Yes(header) if header.frame_octets() <= bytes.len() => {
                Framing::Frame(header.frame_octets())
            }
            Begins::Yes(header) => Framing::Need(header.frame_octets()),
            Begins::Perhaps(len) => Framing::Need(len),
            Begins::No(reason) => Framing::Malformed(reason),
        }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        // Of a datagram that was cut within its header there is nothing to tell.
        let Some(header) = link::header(pdu.bytes) else { return out.no_message() };
        frame(state, header, pdu, out);
    }

    fn gap(state: &mut State, side: Side) {
        state.repeats.gap(side);
        state.associations.gap(side);
    }

    fn resync(bytes: &[u8], _toward: Option<Toward>) -> Resync {
        for start in memchr::memchr_iter(link::START[0], bytes) {
            match link::begins(bytes.get(start..).unwrap_or_default()) {
                Begins::No(_) => {}
                Begins::Perhaps(_) => return Resync::Wait(start),
                Begins::Yes(_) => return Resync::Found(start),
            }
        }
        Resync::Wait(bytes.len())
    }

    fn end(state: &mut State, side: Side, out: &mut Output<'_>) {
        while let Some(unfinished) = state.transport.end(|key| key & SECOND_SIDE == second(side)) {
            let reason = match unfinished.expected {
                Some(_) => "the conversation ends before the last segment of a fragment",
                None => "segments without the first of their fragment",
            };
            if unfinished.pieces > 0 {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, reason).place("fragment");
                let anomaly = anomaly.at(unfinished.octets).count(unfinished.pieces);
                out.anomaly(anomaly.expected(unfinished.expected.map(u64::from)));
            }
        }
    }

    fn mend(pdu: &mut Vec<u8>) {
        link::mend(pdu);
    }
}

/// One frame: its row, and the fragment that it completes.
fn frame(state: &mut State, header: Header, pdu: Pdu<'_>, out: &mut Output<'_>) {
    out.learn(if header.by_master() { Toward::Server } else { Toward::Client });
    let user = link::User::read(pdu.bytes);
    let segment = header.carries().then(|| user.octets().split_first()).flatten();
    let head = segment.map(|(head, _)| *head);
    out.set_direction(direction(header, segment));
    let primary = header.is_primary();
    let sound = !pdu.cut && user.damaged == 0;
    let repeated = sound && state.repeats.look(header, pdu.way.side, pdu.bytes);
    out.row(&Dnp3Link {
        source: header.source,
        destination: header.destination,
        length: header.length,
        control: header.control,
        function_code: LinkFunction(header.function()),
        from_master: header.by_master(),
        frame_count: header.counts().then_some(header.control & 0x20 != 0),
        data_flow_control: (!primary).then_some(header.control & 0x10 != 0),
        transport_first: head.map(|head| head & 0x40 != 0),
        transport_final: head.map(|head| head & 0x80 != 0),
        transport_sequence: head.map(|head| head & 0x3f),
        repeated,
        damaged_blocks: if pdu.cut { 0 } else { user.damaged },
    });
    if pdu.cut || repeated {
        // A master whose frame count bit stands still sends other requests in what looks like a repetition.
        if header.by_master() && header.carries() {
            state.associations.misses(header.source, header.destination);
        }
        return;
    }
    if user.damaged > 0 {
        let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, "checksum of a block of user data is wrong");
        let (should, is) = user.sums;
        let anomaly = anomaly.at(user.damaged_at as u64).numbers(should.into(), is.into());
        out.anomaly(anomaly.count(user.damaged.into()));
        return;
    }
    if !header.carries() {
        if !user.octets().is_empty() {
            let anomaly =
                Anomaly::new(AnomalyKind::MALFORMED, "user data in a frame whose function carries none");
            out.anomaly(anomaly.at(link::HEADER as u64).length(user.octets().len() as u64));
        }
        if LinkFunction(header.function()).name().is_none() {
            let anomaly =
                Anomaly::new(AnomalyKind::VALUE, "function code of the link that the standard does not know");
            out.anomaly(anomaly.at(3).found(header.function().into()));
        }
        return;
    }
    let Some((head, octets)) = segment else {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "user data without a transport header");
        out.anomaly(anomaly.at(link::HEADER as u64));
        return;
    };
    let State { transport, associations, .. } = state;
    let piece = Piece {
        key: second(pdu.way.side)
            | u64::from(header.source) << 17
            | u64::from(header.destination) << 1
            | u64::from(header.by_master()),
        first: Some(head & 0x40 != 0),
        last: head & 0x80 != 0,
        sequence: Some(Sequence { number: (head & 0x3f).into(), modulus: TRANSPORT_NUMBERS }),
        octets,
    };
    let alone = head & 0xc0 == 0xc0;
    let (assembled, lost) = out.assemble(transport, &piece);
    if let Some(lost) = lost {
        dropped(lost, out);
    }
    if let Assembled::Whole(octets) = assembled {
        application::fragment(associations, (header, pdu.way.side), octets, alone, out);
    }
}

/// What a frame is to its dialogue, as far as its first octets tell.
fn direction(header: Header, segment: Option<(&u8, &[u8])>) -> Direction {
    match segment {
        Some((head, [control, function, ..])) if head & 0x40 != 0 => {
            application::direction(FunctionCode(*function), control & 0x10 != 0)
        }
        Some(_) if header.by_master() => Direction::REQUEST,
        Some(_) => Direction::RESPONSE,
        None if header.is_primary() => Direction::REQUEST,
        None => Direction::RESPONSE,
    }
}

/// Says which segments were dropped.
fn dropped(lost: Lost, out: &mut Output<'_>) {
    let (kind, reason) = match lost.cause {
        Cause::Restarted => {
            (AnomalyKind::SEQUENCE, "a first segment comes before the last of the fragment before it")
        }
        Cause::Jumped { .. } => (AnomalyKind::SEQUENCE, "sequence number of the segment is not the next"),
        Cause::Headless => (AnomalyKind::SEQUENCE, "segments without the first of their fragment"),
        Cause::Limit => (AnomalyKind::LIMIT, "unfinished fragments are too many or too long"),
    };
    let mut anomaly =
        Anomaly::new(kind, reason).at(link::HEADER as u64).length(lost.octets).count(lost.pieces);
    if let Cause::Jumped { expected, found } = lost.cause {
        anomaly = anomaly.numbers(expected.into(), found.into());
    }
    out.anomaly(anomaly);
}
