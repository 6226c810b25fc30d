//! IEEE C37.118: synchrophasors over TCP and UDP.
//!
//! - IEEE C37.118-2005: version 1 in SYNC.
//! - IEEE C37.118.2-2011: version 2. Frames (section 6), their common head (table 2), time quality (tables 3 and 4), data
//!   (section 6.3), configurations 1 and 2 (6.4) and 3 (6.5), header (6.6), commands (6.7), the CRC (annex B); ports 4712 over
//!   TCP and 4713 over UDP (annex E).
//!
//! A data frame holds bare numbers. What they are is told by a configuration 2 or 3, which may have gone another way: over
//! TCP, or to another port, while data go to a multicast address. It is found by the address of the sender and the
//! identifier of the stream. One of another sender is never used. Without one, or if its size is not that of the frame, a
//! data frame is given as sent.

pub mod codes;
mod configuration;
mod data;
mod records;
mod search;
mod state;
#[cfg(test)]
mod tests;

pub use records::{C37118, C37118Channels, C37118Configurations, C37118Pmus, C37118Stations};

use crate::{
    common::{Anomaly, AnomalyKind, Answer, Outcome, Publication, Request, Result},
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Search, Side, Toward,
        Way,
    },
    record::{Direction, Instant, Record, Symbol, Text},
    wire::{Assembled, Piece, Sequence, crc_ccitt},
};
use codes::{Command, FrameType, MessageTimeQuality};
use configuration::{Change, Configuration, Reader};
use core::fmt::Write;
use nom::{
    IResult, Parser,
    number::complete::{be_u16, be_u32},
};
use search::FrameSearch;
use state::{Course, Events, Frame, LeapSecond, State, seldom};
use std::sync::Arc;

/// Synchrophasors.
pub static PROTOCOL: Protocol = Protocol {
    name: "c37118",
    title: "IEEE C37.118 synchrophasors",
    standard: "IEEE C37.118-2005, IEEE C37.118.2-2011",
    carriers: &[Carrier::Tcp(&[4712]), Carrier::Udp(&[4713])],
    tables: &[
        C37118::schema,
        C37118Pmus::schema,
        C37118Configurations::schema,
        C37118Stations::schema,
        C37118Channels::schema,
    ],
    dissector: Functions::of::<Synchrophasor>(),
    vectors: include_str!("vectors.md"),
};

/// First octet of SYNC.
const SYNC: u8 = 0xaa;
/// Octets of SYNC, FRAMESIZE, IDCODE, SOC and FRACSEC.
const HEAD: usize = 14;
/// Octets of CHK.
const CHECK: usize = 2;
/// Octets of the shortest frame, and of the shortest command.
const LEAST: usize = HEAD + CHECK;
const LEAST_COMMAND: usize = LEAST + 2;
/// The highest type that the standard gives, and the highest version that is known to be in use.
const LAST_TYPE: u8 = 5;
const LAST_VERSION: u8 = 3;
/// Octets of CONT_IDX.
const CONTINUATION: usize = 2;
/// CONT_IDX of the last frame of a continued configuration.
const LAST_PIECE: u16 = 0xffff;
/// Octets of a configuration by which it is known without its checksum: head, TIME_BASE, NUM_PMU, the first PMU up to DGNMR,
/// and sixteen names.
const CONFIGURATION: usize = HEAD + 6 + 16 + 10 + 256;

struct Synchrophasor;

/// The head that all frames have (table 2).
#[derive(Clone, Copy, Debug)]
struct Head {
    frame_type: u8,
    version: u8,
    size: u16,
    id_code: u16,
    soc: u32,
    /// The upper octet of FRACSEC.
    quality: u8,
    /// Its lower 24 bits.
    fraction: u32,
}

impl Head {
    /// Bit 4 of the quality: pending; bit 6: which way (table 3).
    fn leap_second(&self) -> LeapSecond {
        match self.quality & 0x50 {
            0x10 => LeapSecond::Added,
            0x50 => LeapSecond::Deleted,
            _ => LeapSecond::None,
        }
    }
}

fn head(i: &[u8]) -> IResult<&[u8], Head, ()> {
    let (i, (sync, size, id_code, soc, fracsec)) = (be_u16, be_u16, be_u16, be_u32, be_u32).parse(i)?;
    let head = Head {
        frame_type: (sync >> 4) as u8 & 7,
        version: sync as u8 & 15,
        size,
        id_code,
        soc,
        quality: (fracsec >> 24) as u8,
        fraction: fracsec & 0x00ff_ffff,
    };
    Ok((i, head))
}

/// Whether the last two octets are the checksum of those before.
fn check_holds(frame: &[u8]) -> bool {
    frame.split_last_chunk().is_some_and(|(octets, check)| crc_ccitt(octets) == u16::from_be_bytes(*check))
}

/// What the first octets say of the frame that may begin here.
enum Begin {
    No(&'static str),
    /// There must be this many octets to tell.
    Short(usize),
    /// Its type, version and size.
    Frame(u8, u8, usize),
}

fn begin(bytes: &[u8]) -> Begin {
    let Some(&first) = bytes.first() else { return Begin::Short(1) };
    if first != SYNC {
        return Begin::No("no SYNC");
    }
    let Some(&second) = bytes.get(1) else { return Begin::Short(2) };
    let (frame_type, version) = (second >> 4, second & 15);
    if frame_type > LAST_TYPE {
        return Begin::No("frame type is reserved");
    }
    let &[_, _, high, low, ..] = bytes else { return Begin::Short(4) };
    let size = usize::from(u16::from_be_bytes([high, low]));
    if size < LEAST {
        return Begin::No("frame size has no room for head and checksum");
    }
    if frame_type == FrameType::COMMAND.0 && size < LEAST_COMMAND {
        return Begin::No("frame size has no room for a command");
    }
    Begin::Frame(frame_type, version, size)
}

/// Whether a frame of this type and size may be known by its names, without its checksum.
fn may_be_long_configuration(frame_type: u8, size: usize) -> bool {
    matches!(FrameType(frame_type), FrameType::CONFIGURATION_1 | FrameType::CONFIGURATION_2)
        && size >= CONFIGURATION
}

/// Whether so much of a long configuration is there, and so plausible, that no checksum is needed to know it.
fn is_configuration(frame_type: u8, bytes: &[u8]) -> bool {
    if !may_be_long_configuration(frame_type, bytes.len()) {
        return false;
    }
    let Some(&[flags, base @ .., pmus_high, pmus_low]) = bytes.get(HEAD..).and_then(<[u8]>::first_chunk::<6>)
    else {
        return false;
    };
    let names = bytes.get(HEAD + 6..).unwrap_or_default();
    let printable = |name: &[u8]| name.iter().all(|octet| matches!(octet, b' '..=b'~' | 0));
    let Some((station, rest)) = names.split_first_chunk::<16>() else { return false };
    let Some((&[_, _, format_high, format_low, ..], rest)) = rest.split_first_chunk::<10>() else {
        return false;
    };
    flags == 0
        && base != [0; 3]
        && (pmus_high, pmus_low) != (0, 0)
        && (format_high, format_low & 0xf0) == (0, 0)
        && printable(station)
        && rest.len() >= 256
        && rest.get(..256).is_some_and(printable)
}

fn signature(bytes: &[u8]) -> Probe {
    match begin(bytes) {
        Begin::No(_) => Probe::No,
        Begin::Short(len) => Probe::More(len),
        Begin::Frame(_, version, _) if version == 0 || version > LAST_VERSION => Probe::No,
        Begin::Frame(frame_type, _, size) => match bytes.get(..size) {
            None if is_configuration(frame_type, bytes) => Probe::Certain,
            None => Probe::More(size),
            // What was certain before its end came is so with a wrong checksum too.
            Some(frame) if check_holds(frame) || is_configuration(frame_type, frame) => Probe::Certain,
            Some(_) => Probe::No,
        },
    }
}

fn has_frame(bytes: &[u8]) -> bool {
    matches!(FrameSearch::default().resync(bytes), Resync::Found(_))
}

impl Dissector for Synchrophasor {
    type State = State;

    fn probe(bytes: &[u8], _toward: Option<Toward>) -> Probe {
        signature(bytes)
    }

    fn frame(state: &State, way: Way, bytes: &[u8]) -> Framing {
        let (frame_type, size) = match begin(bytes) {
            Begin::No(reason) => return Framing::Malformed(reason),
            Begin::Short(len) => return Framing::Need(len),
            Begin::Frame(frame_type, _, size) => (frame_type, size),
        };
        let Some(frame) = bytes.get(..size) else { return Framing::Need(size) };
        // A size that is not the usual one may lie, and swallow what follows.
        let usual = usize::from(state.size(way.side, frame_type)) == size;
        if !usual && !check_holds(frame) && has_frame(frame.get(1..).unwrap_or_default()) {
            return Framing::Malformed("checksum is wrong, and another frame begins within");
        }
        Framing::Frame(size)
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        // Of a datagram that was cut within its head there is nothing to tell.
        let Ok((body, head)) = head(pdu.bytes) else { return out.no_message() };
        let size = usize::from(head.size);
        let whole = pdu.bytes.len() == size;
        let check = pdu.bytes.last_chunk().map_or(0, |check| u16::from_be_bytes(*check));
        let computed = crc_ccitt(pdu.bytes.get(..size.saturating_sub(CHECK)).unwrap_or_default());
        let right = whole && check == computed;
        let body =
            if whole { body.get(..body.len().saturating_sub(CHECK)).unwrap_or_default() } else { body };
        let frame = Whole { head, body, check, size };
        if right {
            let sending = state.side(pdu.way.side);
            if let Some(known) = sending.sizes.get_mut(usize::from(head.frame_type)) {
                *known = head.size;
            }
            match FrameType(head.frame_type) {
                FrameType::DATA => frame.data(state, pdu.way, out),
                FrameType::COMMAND => frame.command(state, pdu.way, out),
                FrameType::HEADER => frame.header(state, pdu.way, out),
                _ => frame.configuration(state, pdu.way, out),
            }
            return;
        }
        let asked = if whole { None } else { frame.beginning(out) };
        if asked.is_none() {
            frame.direction(out);
        }
        let mut row = frame.row(None);
        (row.checksum_right, row.data) = (false, Some(body));
        out.row(&row);
        if let Some(asked) = asked {
            out.complete(&asked, Result::plain(Outcome::SUCCESS));
        }
        if whole {
            let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, "checksum (CHK) is wrong");
            let place = size.saturating_sub(CHECK) as u64;
            out.anomaly(anomaly.at(place).length(CHECK as u64).numbers(computed.into(), check.into()));
        }
    }

    /// A frame is found by its checksum, also behind one that seems to begin and is not complete yet: see [`FrameSearch`].
    fn resync(bytes: &[u8], _toward: Option<Toward>) -> Resync {
        FrameSearch::default().resync(bytes)
    }

    fn search() -> Option<Box<dyn Search>> {
        Some(Box::<FrameSearch>::default())
    }

    fn gap(state: &mut State, side: Side) {
        // Pieces of a continued configuration are numbered, and streams have time stamps: what is lost shows.
        state.side(side).sizes = [0; 8];
    }

    fn mend(pdu: &mut Vec<u8>) {
        let len = pdu.len().min(usize::from(u16::MAX));
        let Ok(size) = u16::try_from(len) else { return };
        if len < LEAST {
            return;
        }
        pdu.truncate(len);
        if let Some(place) = pdu.get_mut(2..4) {
            place.copy_from_slice(&size.to_be_bytes());
        }
        let check = crc_ccitt(pdu.get(..len - CHECK).unwrap_or_default());
        if let Some(place) = pdu.get_mut(len - CHECK..) {
            place.copy_from_slice(&check.to_be_bytes());
        }
    }
}

/// One frame.
#[derive(Clone, Copy, Debug)]
struct Whole<'a> {
    head: Head,
    /// What stands between head and checksum.
    body: &'a [u8],
    check: u16,
    size: usize,
}

impl<'a> Whole<'a> {
    /// The time stamp, if the fraction is below TIME_BASE.
    fn time(&self, time_base: u32) -> Option<i64> {
        if self.head.fraction >= time_base || self.head.soc == 0 {
            return None;
        }
        // Below 2^24 times 10^9 it fits, and rounding to the nearest nanosecond stays below a second or makes it full.
        let (fraction, base) = (u64::from(self.head.fraction), u64::from(time_base));
        let nanoseconds = (fraction * 1_000_000_000 + base / 2) / base;
        Some(i64::from(self.head.soc) * 1_000_000_000 + i64::try_from(nanoseconds).unwrap_or_default())
    }

    fn row(&self, time_base: Option<u32>) -> C37118<'a> {
        let head = &self.head;
        C37118 {
            frame_type: FrameType(head.frame_type),
            version: head.version,
            frame_size: head.size,
            id_code: head.id_code,
            time: time_base.and_then(|time_base| self.time(time_base)).map(Instant),
            soc: head.soc,
            fraction: head.fraction,
            leap_second_deleted: head.quality & 0x40 != 0,
            leap_second_occurred: head.quality & 0x20 != 0,
            leap_second_pending: head.quality & 0x10 != 0,
            message_time_quality: MessageTimeQuality(head.quality & 15),
            command: None,
            pmus: None,
            configuration_message: None,
            doubtful: None,
            header: None,
            data: None,
            checksum_right: true,
        }
    }

    fn direction(&self, out: &mut Output<'_>) {
        let command = FrameType(self.head.frame_type) == FrameType::COMMAND;
        out.set_direction(if command { Direction::REQUEST } else { Direction::UNSOLICITED });
    }

    /// What pairs a request for a frame with that frame.
    fn key(&self, frame_type: FrameType) -> u64 {
        u64::from(self.head.id_code) << 8 | u64::from(frame_type.0)
    }

    fn command(&self, state: &mut State, way: Way, out: &mut Output<'_>) {
        self.direction(out);
        let mut row = self.row(None);
        let Some((command, rest)) = self.body.split_first_chunk() else { return };
        let command = Command(u16::from_be_bytes(*command));
        row.command = Some(command);
        row.data = Some(rest).filter(|rest| !rest.is_empty());
        // A command has the time base of the stream that it is for.
        let other = state.side(way.side.other());
        if let Some(own) = other.own(self.head.id_code) {
            row.time = self.time(own.time_base).map(Instant);
        }
        out.row(&row);
        if way.toward == Some(Toward::Client) {
            let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "command from the side of the data source");
            out.anomaly(anomaly.found(command.0.into()));
        } else {
            out.learn(Toward::Server);
        }
        if !rest.is_empty() && command != Command::EXTENDED_FRAME && !matches!(command.0, 0x0100..=0x0fff) {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the command");
            out.anomaly(anomaly.at(HEAD as u64 + 2).length(rest.len() as u64));
        }
        let answer = match command {
            Command::SEND_HEADER => Some(FrameType::HEADER),
            Command::SEND_CONFIGURATION_1 => Some(FrameType::CONFIGURATION_1),
            Command::SEND_CONFIGURATION_2 => Some(FrameType::CONFIGURATION_2),
            Command::SEND_CONFIGURATION_3 => Some(FrameType::CONFIGURATION_3),
            _ => None,
        };
        let request = Request {
            key: self.key(answer.unwrap_or(FrameType::COMMAND)),
            operation: command.operation().unwrap_or(crate::common::Operation::UNKNOWN),
            function: command.name().map(Symbol),
            function_code: Some(command.0.into()),
            station: Some(self.head.id_code.into()),
            space: None,
            address: None,
            quantity: None,
            object: None,
            numbers: [0; 2],
        };
        if answer.is_some() {
            out.request(&request);
        } else {
            // The standard has no answer to it.
            out.unconfirmed(&request);
            if matches!(command, Command::DATA_ON | Command::DATA_OFF) {
                other_restart(state, way);
            }
        }
    }

    /// What the head of a frame that is cut tells: who sends, and whether it was asked for.
    fn beginning(&self, out: &mut Output<'_>) -> Option<crate::common::Asked> {
        let frame_type = FrameType(self.head.frame_type);
        let command = frame_type == FrameType::COMMAND;
        out.learn(if command { Toward::Server } else { Toward::Client });
        if command || frame_type == FrameType::DATA { None } else { self.answer(out) }
    }

    /// A frame that may have been asked for.
    fn answer(&self, out: &mut Output<'_>) -> Option<crate::common::Asked> {
        match out.answer(self.key(FrameType(self.head.frame_type))) {
            Answer::Paired(asked) => {
                out.set_direction(Direction::RESPONSE);
                Some(asked)
            }
            // Header and configurations are also sent of the sender's own accord.
            Answer::Again | Answer::Unasked => {
                out.set_direction(Direction::UNSOLICITED);
                None
            }
        }
    }

    fn header(&self, state: &mut State, way: Way, out: &mut Output<'_>) {
        let asked = self.answer(out);
        out.learn(Toward::Client);
        let own = state.side(way.side).own(self.head.id_code);
        let row = self.row(own.map(|own| own.time_base));
        out.row(&C37118 { header: Some(Text(self.body)), ..row });
        if let Some(asked) = asked {
            out.complete(&asked, Result::plain(Outcome::SUCCESS));
        }
        let source = Symbol("header");
        out.identity(
            Some(self.head.id_code.into()),
            crate::common::Fact::DESCRIPTION,
            None,
            Text(self.body),
            source,
        );
    }

    fn configuration(&self, state: &mut State, way: Way, out: &mut Output<'_>) {
        out.learn(Toward::Client);
        let frame_type = FrameType(self.head.frame_type);
        let sending = state.side(way.side);
        let mut pieces = core::mem::take(&mut sending.continued);
        let mut octets = self.body;
        let mut lost = None;
        let mut whole = true;
        let mut index = None;
        if frame_type == FrameType::CONFIGURATION_3 {
            let Some((number, rest)) = self.body.split_first_chunk() else {
                sending.continued = pieces;
                self.direction(out);
                out.row(&C37118 { data: Some(self.body), ..self.row(None) });
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "configuration has no continuation index");
                out.anomaly(anomaly.at(HEAD as u64));
                return;
            };
            let number = u16::from_be_bytes(*number);
            index = Some(number);
            octets = rest;
            if number != 0 {
                let sequence = Sequence { number: number.into(), modulus: 1 << 16 };
                let piece = Piece {
                    key: u64::from(self.head.id_code),
                    first: Some(number == 1),
                    last: number == LAST_PIECE,
                    // The last one is marked as such, and not numbered.
                    sequence: (number != LAST_PIECE).then_some(sequence),
                    octets: rest,
                };
                let (taken, dropped) = out.assemble(&mut pieces, &piece);
                lost = dropped;
                match taken {
                    Assembled::Whole(all) => octets = all,
                    Assembled::More | Assembled::Repeated | Assembled::Dropped => whole = false,
                }
            }
        }
        self.complete_configuration(state, way, frame_type, octets, whole, index, out);
        if let Some(lost) = lost {
            let reason = match lost.cause {
                crate::wire::Cause::Limit => "continued configuration is longer than the limit",
                _ => "pieces of a continued configuration are missing",
            };
            let kind = match lost.cause {
                crate::wire::Cause::Limit => AnomalyKind::LIMIT,
                _ => AnomalyKind::SEQUENCE,
            };
            out.anomaly(Anomaly::new(kind, reason).length(lost.octets).count(lost.pieces.max(1)));
        }
        state.side(way.side).continued = pieces;
    }

    #[allow(clippy::too_many_arguments)]
    fn complete_configuration(
        &self,
        state: &mut State,
        way: Way,
        frame_type: FrameType,
        octets: &[u8],
        whole: bool,
        index: Option<u16>,
        out: &mut Output<'_>,
    ) {
        if !whole {
            self.direction(out);
            out.row(&self.row(None));
            return;
        }
        let asked = self.answer(out);
        let unasked = asked.is_none();
        let mut reader = Reader::new(octets);
        let mut read = Configuration::read(&mut reader, frame_type, out.message());
        // The last piece is not numbered: whether others are missing before it shows only in what they hold together. What
        // stands before the hole is read.
        let holds = read.as_ref().is_some_and(|read| read.is_complete() && reader.rest().is_empty());
        let mut broken = None;
        if index == Some(LAST_PIECE) && !holds {
            let last = self.body.get(CONTINUATION..).unwrap_or_default();
            let mut before =
                Reader::new(octets.get(..octets.len().saturating_sub(last.len())).unwrap_or_default());
            let part = Configuration::read(&mut before, frame_type, out.message());
            if part.as_ref().is_none_or(|part| !part.is_complete()) {
                (reader, read, broken) = (before, part, Some(last));
            }
        }
        let Some(configuration) = read else {
            out.row(&C37118 { data: Some(self.body), ..self.row(None) });
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "configuration ends before its first PMU");
            out.anomaly(anomaly.at(HEAD as u64).length(octets.len() as u64));
            return;
        };
        let mut row = self.row(Some(configuration.time_base));
        row.pmus = Some(configuration.stated);
        let rest = reader.rest();
        let behind = Some(rest).filter(|rest| configuration.is_complete() && !rest.is_empty());
        // Where the frame begins a continued one, its octets are lent by the pieces.
        out.row(&C37118 { data: behind.or(broken), ..row });
        configuration.rows(out);
        if let Some(asked) = asked {
            out.complete(&asked, Result::plain(Outcome::SUCCESS));
        }
        let place = (HEAD + if index.is_some() { CONTINUATION } else { 0 }) as u64;
        if !configuration.is_complete() {
            let found = configuration.stations.len() as u64;
            let (kind, reason) = if broken.is_some() {
                (AnomalyKind::SEQUENCE, "pieces of a continued configuration are missing before its last one")
            } else {
                (AnomalyKind::MALFORMED, "configuration ends before what it states")
            };
            let anomaly = Anomaly::new(kind, reason).at(place);
            out.anomaly(anomaly.numbers(configuration.stated.into(), found));
        } else if let Some(rest) = behind {
            let at = place + (octets.len() - rest.len()) as u64;
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the configuration");
            out.anomaly(anomaly.at(at).length(rest.len() as u64));
        }
        if configuration.time_base == 0 {
            out.anomaly(Anomaly::new(AnomalyKind::VALUE, "time base is 0").at(place));
        }
        configuration.identities(out);
        if !configuration.is_complete() {
            return;
        }
        let serves = frame_type != FrameType::CONFIGURATION_1;
        let configuration = Arc::new(configuration);
        let sending = state.side(way.side);
        self.make_room(sending, out);
        let Some(stream) = sending.stream(self.head.id_code) else { return };
        match stream.configured(&configuration, serves) {
            Change::None => {}
            Change::Counted => {
                let reason = "the change count of the configuration is another";
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason));
            }
            Change::Uncounted => {
                let reason = "the configuration is another, and its change count is not";
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason));
            }
        }
        if !serves {
            return;
        }
        let size = configuration.octets();
        out.tell_fact(&state::key(out.sender(), self.head.id_code), configuration, size);
        let [high, low] = self.head.id_code.to_be_bytes();
        // The identifier is one of its own sender: who is asked for the configuration may have the one of another.
        if !stream.conflict_said && out.claim(&[b'c', high, low]).is_some() && unasked {
            stream.conflict_said = true;
            let reason = "configuration of a stream that another sender has configured: it serves its own sender alone";
            out.anomaly(Anomaly::new(AnomalyKind::CONFLICT, reason).found(self.head.id_code.into()));
        }
    }

    fn make_room(&self, sending: &mut state::Sending, out: &mut Output<'_>) {
        if sending.make_room(self.head.id_code) {
            let reason = "more streams of one sender than are remembered";
            out.anomaly(Anomaly::new(AnomalyKind::LIMIT, reason));
        }
    }

    fn data(&self, state: &mut State, way: Way, out: &mut Output<'_>) {
        self.direction(out);
        out.learn(Toward::Client);
        let sending = state.side(way.side);
        self.make_room(sending, out);
        let Some(stream) = sending.stream(self.head.id_code) else { return };
        let found = stream.configuration(self.size, out);
        let fits = found.as_ref().filter(|configuration| configuration.size == self.size);
        let mut row = self.row(found.as_ref().map(|configuration| configuration.time_base));
        let mut frame = Frame {
            time: row.time.map(|time| time.0),
            ts: out.ts(),
            check: self.check,
            state: u64::from(self.head.quality) << 32 | u64::from(self.head.size),
            leap_second: self.head.leap_second(),
            continues: stream.running,
            keep: (!out.every_message() && out.wants_points()).then_some(self.body),
            version: self.head.version,
        };
        let (mut announced, mut doubts) = (false, (false, false));
        match fits {
            Some(configuration) => {
                frame.state ^= configuration.message.rotate_left(40);
                for block in data::blocks(configuration, self.body) {
                    frame.state = block.state(frame.state);
                    announced |= block.status & data::CHANGE != 0;
                }
                doubts = stream.announced(announced, configuration);
                row.configuration_message = Some(configuration.message);
                row.pmus = u16::try_from(configuration.stations.len()).ok();
                row.doubtful = Some(doubts.0);
            }
            None => {
                frame.keep = None;
                row.data = Some(self.body);
            }
        }
        stream.running = true;
        let mut name = Digits::default();
        // At most five digits fit.
        let _ = write!(name, "{}", self.head.id_code);
        let (sender_port, receiver_port) = out.ports();
        let ports =
            u64::from(sender_port.unwrap_or_default()) << 16 | u64::from(receiver_port.unwrap_or_default());
        let about = Publication {
            name: Text(name.text()),
            station: Some(self.head.id_code.into()),
            also: ports,
            octets: u32::from(self.head.size),
        };
        let mut events = Events::default();
        let heard = out
            .publish(&about, |course: &mut Course, before| course.judge(&frame, before, fits, &mut events));
        if heard.say {
            out.row(&row);
            if let Some(configuration) = fits {
                let blocks = data::blocks(configuration, self.body);
                out.series(blocks.map(|block| block.row(configuration, self.head.version)));
                let points = data::DataFrame {
                    configuration,
                    octets: self.body,
                    version: self.head.version,
                    time: frame.time,
                    digitals: true,
                };
                out.told_points(crate::common::Whose::Sender, &points);
            }
        }
        self.say(&events, out);
        self.say_of_configuration(stream, found.as_deref(), fits.is_some(), doubts.1, out);
    }

    /// Says what does not fit the frames before.
    fn say(&self, events: &Events, out: &mut Output<'_>) {
        let nanoseconds = |time: i64| u64::try_from(time).unwrap_or_default();
        if events.lost > 0 {
            let count = u32::try_from(events.lost).unwrap_or(u32::MAX);
            out.anomaly(
                Anomaly::new(AnomalyKind::SEQUENCE, "data frames are missing before this one").count(count),
            );
        }
        if let Some((before, now)) = events.jump {
            let anomaly =
                Anomaly::new(AnomalyKind::TIME, "the time stamps of the stream jump by more than an hour");
            out.anomaly(anomaly.numbers(nanoseconds(before), nanoseconds(now)));
        }
        if events.count > 0 {
            let count = events.count;
            if let Some((before, now)) = events.backwards {
                let anomaly =
                    Anomaly::new(AnomalyKind::SEQUENCE, "the time stamp is earlier than the one before");
                out.anomaly(anomaly.numbers(nanoseconds(before), nanoseconds(now)).count(count));
            }
            if events.again {
                let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, "the time stamp is the one before again");
                out.anomaly(anomaly.count(count));
            }
        }
    }

    fn say_of_configuration(
        &self,
        stream: &mut state::Stream,
        found: Option<&Configuration>,
        fits: bool,
        doubtful: bool,
        out: &mut Output<'_>,
    ) {
        let Some(configuration) = found else {
            if let Some(count) = seldom(&mut stream.without) {
                let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "data before their configuration");
                out.anomaly(anomaly.found(self.head.id_code.into()).count(count));
            }
            return;
        };
        if !fits && let Some(count) = seldom(&mut stream.unfitting) {
            let anomaly =
                Anomaly::new(AnomalyKind::MALFORMED, "size of the data is not that of the configuration");
            out.anomaly(anomaly.at(2).numbers(configuration.size as u64, self.size as u64).count(count));
        }
        if self.head.fraction >= configuration.time_base
            && let Some(count) = seldom(&mut stream.fraction)
        {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "fraction of a second is not below TIME_BASE");
            let numbers = (configuration.time_base.into(), self.head.fraction.into());
            out.anomaly(anomaly.at(11).numbers(numbers.0, numbers.1).count(count));
        }
        if doubtful {
            let reason =
                "STAT announces a change of the configuration: values are doubtful until the new one is seen";
            out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason).found(self.head.id_code.into()));
        }
    }
}

/// After a command to stop or to begin, the next frame follows none.
fn other_restart(state: &mut State, way: Way) {
    state.side(way.side.other()).restart();
}

/// A number in decimal digits.
#[derive(Debug, Default)]
struct Digits {
    octets: [u8; 5],
    len: usize,
}

impl Digits {
    fn text(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for (to, from) in self.octets.iter_mut().skip(self.len).zip(text.bytes()) {
            *to = from;
            self.len += 1;
        }
        Ok(())
    }
}
