//! IEC 60870-5-103: protection equipment, in frames of FT 1.2, as terminal servers carry them in TCP or UDP. The types of the
//! compatible range are read; generic services and disturbance data make operations, and what they carry is given as sent, as
//! private types are.
use super::{
    codes::FrameFormat,
    codes103::{ProtectionCause, ProtectionTypeId},
    ft12::{self, Begins, Frame, Link, Repeats},
    iec101,
    records::{Iec103, Iec103Elements},
    times::{Tag, cp16, cp32, cp56},
};
use crate::{
    common::{
        Anomaly, AnomalyKind, Answer, Fact, Outcome, PointValue, PointWay, Request, Result, Stage, Whose,
    },
    output::Point,
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward, Way,
    },
    record::{Direction, Record, Symbol, Text},
    wire::Cursor,
};

/// IEC 60870-5-103, raw in TCP or UDP.
pub static PROTOCOL: Protocol = Protocol {
    name: "iec103",
    title: "IEC 60870-5-103 over TCP or UDP",
    standard: "IEC 60870-5-103:1997, IEC 60870-5-1:1990, IEC 60870-5-2:1992",
    carriers: &[Carrier::Tcp(&[]), Carrier::Udp(&[]), Carrier::Serial],
    tables: &[Iec103::schema, Iec103Elements::schema],
    dissector: Functions::of::<Ft12>(),
    vectors: include_str!("vectors_103.md"),
};

struct Ft12;

/// Octets of the link address (section 5.1.2).
const LINK: u8 = 1;
/// Octets of a frame before what stands behind the head of its ASDU: start, control field, link address, head.
const BODY: u64 = 12;
/// The address of all devices.
const ALL: u8 = 255;

/// Data unit identifier, function type and information number (section 7.1).
#[derive(Clone, Copy, Debug)]
struct Head {
    type_id: ProtectionTypeId,
    count: u8,
    sequence: bool,
    cause: ProtectionCause,
    common_address: u8,
    function_type: u8,
    information_number: u8,
}

fn head(octets: &[u8]) -> Option<(Head, &[u8])> {
    let (&[type_id, qualifier, cause, common_address, function_type, information_number], body) =
        octets.split_first_chunk()?;
    let head = Head {
        type_id: ProtectionTypeId(type_id),
        count: qualifier & 0x7f,
        sequence: qualifier & 0x80 != 0,
        cause: ProtectionCause(cause),
        common_address,
        function_type,
        information_number,
    };
    Some((head, body))
}

/// Octets behind the head, where the standard lays them down (section 7.3).
fn needs(head: &Head) -> Option<usize> {
    Some(match head.type_id.0 {
        1 => 6,
        2 => 10,
        3 | 9 => 2 * usize::from(head.count),
        4 => 12,
        5 => 13,
        6 => 7,
        7 | 8 => 1,
        20 => 2,
        _ => return None,
    })
}

/// How well the user data of a frame fits an ASDU of -103.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    No,
    /// Of a private type.
    Private,
    /// Of a type whose length its own octets say.
    Named,
    /// Of a type whose length the standard lays down.
    Exact,
}

pub(super) fn fit(frame: &Frame<'_>) -> Fit {
    let Some((link_address, asdu)) = frame.behind.split_first() else { return Fit::No };
    let Some((head, body)) = head(asdu) else { return Fit::No };
    let control = frame.is_primary() == Some(true);
    // Without a length to go by, the address must say twice what it is.
    let addressed = head.common_address == *link_address && head.count > 0;
    let causes: &[u8] = match head.type_id.0 {
        1 => &[1, 7, 9, 11, 12, 20, 21],
        // A start or pick-up is told in an interrogation too.
        2 => &[1, 7, 9],
        4 => &[1, 7],
        3 | 9 => &[1, 2, 7],
        5 => &[3, 4, 5, 6],
        6 => &[8],
        7 => &[9],
        8 => &[10],
        20 => &[20],
        10 if control => &[40],
        10 => &[1, 2, 7, 9, 11, 12, 40, 41, 42, 43, 44],
        11 => &[42, 43],
        21 => &[9, 42],
        23..=31 => &[31],
        // What -101 explains is more likely -101, all of whose commands are private types here.
        32.. if addressed && !iec101::fits(frame) => return Fit::Private,
        _ => &[],
    };
    let way = match head.type_id.0 {
        6 | 10 => true,
        7 | 20 | 21 | 24 | 25 => control,
        _ => !control,
    };
    let fits = match head.type_id.0 {
        // Types that -101 has too, with the same cause: the number of values tells the length of the one (section 7.3.1).
        30 => addressed && body.get(5).is_some_and(|values| body.len() == 8 + 2 * usize::from(*values)),
        31 => addressed && body.len() == 5,
        // Of which -101 has the type and these causes too.
        10 if !matches!(head.cause.0, 40..=44) => addressed && is_generic_data(body),
        // There may be no disturbance.
        23 if head.count == 0 => head.common_address == *link_address && body.is_empty(),
        10 | 11 | 21 | 23..=29 => addressed,
        _ => head.count > 0 && needs(&head) == Some(body.len()),
    };
    match needs(&head) {
        _ if !way || !fits || !causes.contains(&head.cause.0) => Fit::No,
        Some(_) => Fit::Exact,
        None => Fit::Named,
    }
}

/// Whether this is generic data (section 7.2.6.31): as many as their number says, each as long as its description says.
fn is_generic_data(body: &[u8]) -> bool {
    let Some((&[_, number], mut rest)) = body.split_first_chunk() else { return false };
    for _ in 0..number & 0x3f {
        // Group and entry, kind of description, then type, size and number of the values.
        let Some((&[_, _, _, _, size, values], data)) = rest.split_first_chunk() else { return false };
        let Some(behind) = data.get(usize::from(size) * usize::from(values & 0x7f)..) else { return false };
        rest = behind;
    }
    rest.is_empty()
}

/// What is remembered of a line.
#[derive(Debug, Default)]
pub(super) struct Line {
    repeats: Repeats,
}

impl Dissector for Ft12 {
    type State = Line;

    fn probe(octets: &[u8], _: Option<Toward>) -> Probe {
        let (mut rest, mut named) = (octets, 0);
        for count in 0..8 {
            match ft12::begins(rest) {
                Begins::No => return Probe::No,
                Begins::Short(_) if count > 0 => return Probe::Possible,
                Begins::Short(len) => return Probe::More(len),
                Begins::Frame(len, frame) => {
                    let fit = match frame.format {
                        FrameFormat::VARIABLE => Some(fit(&frame)),
                        FrameFormat::FIXED if frame.behind.len() != usize::from(LINK) => Some(Fit::No),
                        _ => None,
                    };
                    match fit {
                        Some(Fit::No) => return Probe::No,
                        Some(Fit::Exact) => return Probe::Certain,
                        Some(Fit::Named) if named > 0 => return Probe::Certain,
                        Some(Fit::Named) => named += 1,
                        Some(Fit::Private) | None => {}
                    }
                    rest = rest.get(len..).unwrap_or_default();
                }
            }
        }
        Probe::Possible
    }

    fn frame(_: &Line, _: Way, octets: &[u8]) -> Framing {
        ft12::frame(octets, Link::Known(LINK))
    }

    fn dissect(state: &mut Line, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let Some(frame) = ft12::read(pdu.bytes) else { return out.no_message() };
        let (address, octets) =
            frame.behind.split_at_checked(usize::from(LINK)).unwrap_or((&[], frame.behind));
        let primary = frame.is_primary();
        if let Some(primary) = primary {
            out.learn(if primary { Toward::Server } else { Toward::Client });
        }
        out.set_direction(if primary == Some(true) { Direction::REQUEST } else { Direction::RESPONSE });
        let bit = |mask: u8, of: bool| {
            frame.control.filter(|_| primary == Some(of)).map(|control| control & mask != 0)
        };
        let mut row = Iec103 {
            frame_format: frame.format,
            length: pdu.bytes.get(1).copied().filter(|_| frame.format == FrameFormat::VARIABLE),
            primary,
            frame_count: bit(0x20, true),
            frame_count_valid: bit(0x10, true),
            repeated: None,
            access_demand: bit(0x20, false),
            data_flow: bit(0x10, false),
            primary_function: frame.primary_function(),
            secondary_function: frame.secondary_function(),
            link_address: address.first().copied(),
            type_id: None,
            object_count: None,
            sequence_bit: None,
            cause: None,
            common_address: None,
            function_type: None,
            information_number: None,
            data: None,
        };
        if let Some((expected, found)) = frame.wrong {
            row.data = Some(octets).filter(|octets| !octets.is_empty());
            out.row(&row);
            let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, "checksum of the frame is wrong");
            let place = pdu.bytes.len().saturating_sub(2) as u64;
            out.anomaly(anomaly.at(place).length(1).numbers(expected.into(), found.into()));
            state.repeats.gap(pdu.way.side);
            return;
        }
        let link_address = row.link_address.unwrap_or_default().into();
        let again = state.repeats.look(&frame, link_address, pdu.way.side, pdu.bytes);
        row.repeated = Some(again).filter(|_| frame.control.is_some());
        let Some((head, body)) = head(octets) else {
            let mut cursor = Cursor::new(octets);
            row.type_id = cursor.u8().map(ProtectionTypeId);
            let qualifier = cursor.u8();
            row.object_count = qualifier.map(|qualifier| qualifier & 0x7f);
            row.sequence_bit = qualifier.map(|qualifier| qualifier & 0x80 != 0);
            row.cause = cursor.u8().map(ProtectionCause);
            (row.common_address, row.function_type) = (cursor.u8(), cursor.u8());
            out.row(&row);
            if frame.format == FrameFormat::VARIABLE {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "ASDU is shorter than its head");
                out.anomaly(anomaly.at(6).numbers(6, octets.len() as u64));
            }
            return;
        };
        let needs = needs(&head);
        row.type_id = Some(head.type_id);
        row.object_count = Some(head.count);
        row.sequence_bit = Some(head.sequence);
        row.cause = Some(head.cause);
        row.common_address = Some(head.common_address);
        row.function_type = Some(head.function_type);
        row.information_number = Some(head.information_number);
        row.data = match needs {
            Some(needs) => body.get(needs..),
            None => Some(body),
        }
        .filter(|data| !data.is_empty());
        out.row(&row);
        match needs {
            Some(needs) if body.len() < needs => {
                let anomaly = Anomaly::new(
                    AnomalyKind::MALFORMED,
                    "fewer octets than type and number of objects ask for",
                );
                out.anomaly(anomaly.at(BODY).numbers(needs as u64, body.len() as u64));
            }
            Some(needs) if body.len() > needs => {
                let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the last object");
                out.anomaly(anomaly.at(BODY + needs as u64).length((body.len() - needs) as u64));
            }
            _ => {}
        }
        elements(&head, body, primary == Some(true), again, out);
    }

    fn gap(state: &mut Line, side: Side) {
        state.repeats.gap(side);
    }

    fn resync(octets: &[u8], _: Option<Toward>) -> Resync {
        ft12::resync(octets)
    }

    fn mend(pdu: &mut Vec<u8>) {
        ft12::mend(pdu);
    }
}

fn element(head: &Head) -> Iec103Elements {
    Iec103Elements {
        type_id: head.type_id,
        function_type: head.function_type,
        information_number: head.information_number,
        element: 0,
        integer: None,
        number: None,
        overflow: None,
        invalid: None,
        supplementary: None,
        relative_time: None,
        fault_number: None,
        device_clock: None,
        clock_completed: None,
        clock_invalid: None,
        summer_time: None,
    }
}

fn stamp(row: &mut Iec103Elements, tag: &Tag) {
    row.device_clock = tag.clock;
    row.clock_completed = Some(tag.completed);
    row.clock_invalid = Some(tag.invalid);
    row.summer_time = tag.summer_time;
}

/// The elements of an ASDU (section 7.3), what they say in the common language, and the operation they belong to. One that comes
/// `again` has said both already.
fn elements(head: &Head, body: &[u8], control: bool, again: bool, out: &mut Output<'_>) {
    let mut row = element(head);
    let ts = out.ts();
    match (head.type_id.0, body) {
        (1, &[state, a, b, c, d, supplementary, ..]) => {
            row.integer = Some((state & 3).into());
            row.supplementary = Some(supplementary);
            stamp(&mut row, &cp32(&[a, b, c, d], ts));
        }
        (2, &[state, r, s, f, g, a, b, c, d, supplementary, ..]) => {
            row.integer = Some((state & 3).into());
            row.relative_time = Some(cp16([r, s]));
            row.fault_number = Some(u16::from_le_bytes([f, g]));
            row.supplementary = Some(supplementary);
            stamp(&mut row, &cp32(&[a, b, c, d], ts));
        }
        (3 | 9, _) => return measurands(head, body, again, out),
        (4, &[v, w, x, y, r, s, f, g, a, b, c, d, ..]) => {
            row.number = Some(f32::from_le_bytes([v, w, x, y]));
            row.relative_time = Some(cp16([r, s]));
            row.fault_number = Some(u16::from_le_bytes([f, g]));
            stamp(&mut row, &cp32(&[a, b, c, d], ts));
        }
        (5, [level, told @ ..]) => {
            row.integer = Some((*level).into());
            out.row(&row);
            if !again {
                identification(head, told, out);
            }
            return;
        }
        (6, _) => match body.first_chunk() {
            Some(tag) => stamp(&mut row, &cp56(tag)),
            None => return,
        },
        (7 | 8, [scan, ..]) => row.supplementary = Some(*scan),
        (20, &[command, identifier, ..]) => {
            (row.integer, row.supplementary) = (Some((command & 3).into()), Some(identifier));
        }
        (10 | 11 | 21 | 23..=31, _) if !again => return services(head, body, control, out),
        _ => return,
    }
    out.row(&row);
    if row.device_clock.is_none() && row.clock_invalid == Some(false) {
        let (before, length) = match head.type_id.0 {
            1 => (1, 4),
            2 => (5, 4),
            4 => (8, 4),
            _ => (0, 7),
        };
        let anomaly = Anomaly::new(AnomalyKind::TIME, "time tag is no date");
        out.anomaly(anomaly.at(BODY + before).length(length));
    }
    if again {
        return;
    }
    let value = match (head.type_id.0, row.integer, row.number) {
        (1 | 2, Some(state), _) => Some(("double_point", PointValue::Integer(state.into()))),
        (4, _, Some(ohms)) => Some(("short_circuit_location", PointValue::Number(ohms.into()))),
        _ => None,
    };
    if let Some((space, value)) = value.filter(|_| tells_process(head)) {
        let mut point = Point::new(Symbol(space), way(head), value);
        point.station = Some(head.common_address.into());
        point.address = Some(u64::from(head.function_type) << 8 | u64::from(head.information_number));
        // A clock that its own device calls invalid is no time of the value.
        point.device_clock = row.device_clock.filter(|_| row.clock_invalid != Some(true));
        out.point(Whose::Sender, &point);
    }
    operations(head, &row, control, out);
}

/// Whether values are those of the process: neither the mirror of a command, which says what was asked for, nor those of a
/// test (section 7.2.3).
fn tells_process(head: &Head) -> bool {
    !matches!(
        head.cause,
        ProtectionCause::GENERAL_COMMAND
            | ProtectionCause::NEGATIVE_ACKNOWLEDGEMENT
            | ProtectionCause::TEST_MODE
    )
}

fn way(head: &Head) -> PointWay {
    if head.cause == ProtectionCause::GENERAL_INTERROGATION { PointWay::READ } else { PointWay::REPORTED }
}

/// Section 7.2.6.8: a fixed point number of 13 bits, overflow and error.
fn measurands(head: &Head, body: &[u8], again: bool, out: &mut Output<'_>) {
    let (pairs, _) = body.as_chunks();
    for (index, pair) in (0..head.count).zip(pairs) {
        let sent = i16::from_le_bytes(*pair);
        let (overflow, invalid) = (sent & 1 != 0, sent & 2 != 0);
        let number = f32::from(sent >> 3) / 4096.0;
        out.row(&Iec103Elements {
            element: index,
            integer: Some((sent >> 3).into()),
            number: Some(number),
            overflow: Some(overflow),
            invalid: Some(invalid),
            ..element(head)
        });
        if again || !tells_process(head) {
            continue;
        }
        let mut point = Point::new(Symbol("measurand"), way(head), PointValue::Number(number.into()));
        point.station = Some(head.common_address.into());
        let place = u64::from(head.function_type) << 16 | u64::from(head.information_number) << 8;
        point.address = Some(place | u64::from(index));
        point.good = Some(!invalid && !overflow);
        point.quality = Some((sent & 3) as u32);
        out.point(Whose::Sender, &point);
    }
}

/// Section 7.3.1.5: eight characters of the maker, four octets of the device's software.
fn identification(head: &Head, told: &[u8], out: &mut Output<'_>) {
    let Some((maker, software)) = told.split_at_checked(8) else { return };
    let station = Some(head.common_address.into());
    let source = Symbol("identification");
    let text = maker.iter().rposition(|octet| !matches!(octet, 0 | b' ')).map_or(0, |last| last + 1);
    let number = Some(head.information_number.into());
    out.identity(station, Fact::VENDOR, number, Text(maker.get(..text).unwrap_or_default()), source);
    if let Some(software) = software.get(..4) {
        out.identity(station, Fact::REVISION, number, Text(software), source);
    }
}

fn key(head: &Head, type_id: u8, what: [u8; 3]) -> u64 {
    let [a, b, c] = what;
    u64::from_be_bytes([type_id, head.common_address, a, b, c, 0, 0, 0])
}

/// What an ASDU asks for under this key.
fn asked(head: &Head, key: u64) -> Request<'static> {
    Request {
        key,
        operation: head.type_id.operation().unwrap_or_default(),
        function: head.type_id.name().map(Symbol),
        function_code: Some(head.type_id.0.into()),
        station: Some(head.common_address.into()),
        space: None,
        address: None,
        quantity: None,
        object: None,
        numbers: [0; 2],
    }
}

fn ends(answer: Answer, result: Result, out: &mut Output<'_>) {
    if let Answer::Paired(asked) = answer {
        out.complete(&asked, result);
    }
}

/// The device's refusal, by the cause of its answer.
fn refusal(head: &Head) -> Result {
    Result {
        outcome: Outcome::REFUSED,
        status: Some(head.cause.0.into()),
        status_name: head.cause.name().map(Symbol),
    }
}

/// Time synchronization, general interrogation and general command (section 7.4).
fn operations(head: &Head, row: &Iec103Elements, control: bool, out: &mut Output<'_>) {
    let supplementary = row.supplementary.unwrap_or_default();
    let object = [head.function_type, head.information_number, supplementary];
    let asked = |key: u64| asked(head, key);
    let success = Result::plain(Outcome::SUCCESS);
    match (head.type_id.0, control) {
        (6, true) => {
            let request = asked(key(head, 6, [0; 3]));
            if head.common_address == ALL {
                out.unconfirmed(&request);
            } else {
                out.request(&request);
            }
        }
        (6, false) => ends(out.answer(key(head, 6, [0; 3])), success, out),
        (7, true) => {
            out.request(&asked(key(head, 7, [0, 0, supplementary])));
        }
        (8, false) => {
            let (all, generic) = (key(head, 7, [0, 0, supplementary]), interrogates(head, supplementary));
            let of_generic = head.function_type == GENERIC || out.peek(all).is_none();
            ends(out.answer_at(if of_generic { generic } else { all }, Stage::TERMINATED), success, out)
        }
        (1 | 2, false) if head.cause == ProtectionCause::GENERAL_INTERROGATION => {
            out.advance(key(head, 7, [0, 0, supplementary]), Stage::RETURNED);
        }
        (20, true) => {
            let address = u64::from(head.function_type) << 8 | u64::from(head.information_number);
            let space = Symbol("general_command");
            out.request(&Request {
                space: Some(space),
                address: Some(address),
                ..asked(key(head, 20, object))
            });
            if let Some(state) = row.integer {
                let mut point = Point::new(space, PointWay::COMMANDED, PointValue::Integer(state.into()));
                (point.station, point.address) = (Some(head.common_address.into()), Some(address));
                out.point(Whose::Receiver, &point);
            }
        }
        (1, false) if matches!(head.cause.0, 20 | 21) => {
            let negative = head.cause == ProtectionCause::NEGATIVE_ACKNOWLEDGEMENT;
            let result = if negative { refusal(head) } else { success };
            ends(out.answer(key(head, 20, object)), result, out);
        }
        _ => {}
    }
}

/// Orders of the control system (TOO).
mod order {
    pub(super) const SELECT_FAULT: u8 = 1;
    pub(super) const DISTURBANCE_DATA: u8 = 2;
    pub(super) const CHANNEL: u8 = 8;
    pub(super) const TAGS: u8 = 16;
    pub(super) const LIST: u8 = 24;
}

/// What an order aborts, if it is one that does.
const fn aborted(order: u8) -> Option<u8> {
    match order {
        3 => Some(order::DISTURBANCE_DATA),
        9 => Some(order::CHANNEL),
        17 => Some(order::TAGS),
        _ => None,
    }
}

/// Of NGD and NDE: further ASDUs follow with the same return information identifier.
const FOLLOWS: u8 = 0x80;

/// A generic service: its first generic identification number is what it is about, group and entry.
fn generic(head: &Head, key: u64, body: &[u8]) -> Request<'static> {
    let address = match body {
        [_, number, group, entry, ..] if number & 0x3f > 0 => {
            Some(u64::from(*group) << 8 | u64::from(*entry))
        }
        _ => None,
    };
    let quantity = body.get(1).map(|number| u32::from(number & 0x3f));
    Request { space: Some(Symbol("generic")), address, quantity, ..asked(head, key) }
}

/// An order of disturbance data or the acknowledgement of some: TOO, TOV, then the number of the fault.
fn disturbance(request: Request<'static>, body: &[u8]) -> Request<'static> {
    let address = body.get(2..4).and_then(<[u8]>::first_chunk).map(|fault| u16::from_le_bytes(*fault).into());
    Request { space: Some(Symbol("fault")), address, ..request }
}

/// Function type of generic services.
const GENERIC: u8 = 254;

/// What the general interrogation of generic data is told by: its return information identifier, which its end has as scan number.
fn interrogates(head: &Head, identifier: u8) -> u64 {
    key(head, 21, [identifier, ProtectionCause::GENERAL_INTERROGATION.0, 0])
}

/// Generic services and disturbance data (section 7.4): their operations. What they carry is given as sent.
fn services(head: &Head, body: &[u8], control: bool, out: &mut Output<'_>) {
    let success = Result::plain(Outcome::SUCCESS);
    let first = body.first().copied().unwrap_or_default();
    // Both begin with the return information identifier, which the answer repeats.
    let (write, read) = (key(head, 10, [first, 0, 0]), key(head, 21, [first, 0, 0]));
    let of_order = |order: u8| key(head, 24, [order, 0, 0]);
    match (head.type_id.0, control, head.cause) {
        (10, true, ProtectionCause::GENERIC_WRITE) => {
            out.request(&generic(head, write, body));
        }
        (21, true, ProtectionCause::GENERIC_READ) => {
            out.request(&generic(head, read, body));
        }
        (21, true, ProtectionCause::GENERAL_INTERROGATION) => {
            out.request(&generic(head, interrogates(head, first), body));
        }
        (10, false, ProtectionCause::GENERAL_INTERROGATION) => {
            out.advance(interrogates(head, first), Stage::RETURNED);
        }
        (10, false, ProtectionCause::GENERIC_WRITE | ProtectionCause::GENERIC_WRITE_CONFIRMATION) => {
            ends(out.answer(write), success, out);
        }
        (10, false, ProtectionCause::GENERIC_WRITE_NEGATIVE) => ends(out.answer(write), refusal(head), out),
        (10 | 11, false, ProtectionCause::GENERIC_READ) => {
            // NGD behind the identifier, NDE behind the identification that it describes.
            let number = body.get(if head.type_id.0 == 10 { 1 } else { 3 });
            if number.is_some_and(|number| number & FOLLOWS != 0) {
                out.advance(read, Stage::RETURNED);
            } else {
                ends(out.answer(read), success, out);
            }
        }
        (10 | 11, false, ProtectionCause::GENERIC_READ_INVALID) => {
            ends(out.answer(read), refusal(head), out);
        }
        (24, true, ProtectionCause::DISTURBANCE_DATA) => {
            let request = asked(head, of_order(first));
            let Some(aborted) = aborted(first) else {
                out.request(&disturbance(request, body));
                return;
            };
            if out.cancel(of_order(aborted)).is_none() {
                out.unconfirmed(&disturbance(request, body));
            }
        }
        (25, true, _) => out.unconfirmed(&disturbance(asked(head, of_order(first)), body)),
        (23, false, _) => ends(out.answer(of_order(order::LIST)), success, out),
        (26, false, _) => ends(out.answer(of_order(order::SELECT_FAULT)), success, out),
        (28, false, _) => {
            out.advance(of_order(order::DISTURBANCE_DATA), Stage::ACCEPTED);
        }
        (27 | 29 | 30, false, _) => {
            out.advance(of_order(order::DISTURBANCE_DATA), Stage::RETURNED);
            match head.type_id.0 {
                29 => out.advance(of_order(order::TAGS), Stage::RETURNED),
                30 => out.advance(of_order(order::CHANNEL), Stage::RETURNED),
                _ => None,
            };
        }
        (31, false, _) => {
            // What ended, and whether by itself, by the control system, or by the device.
            let (ended, outcome) = match first {
                32..=34 => (order::DISTURBANCE_DATA, first - 32),
                35..=37 => (order::CHANNEL, first - 35),
                38..=40 => (order::TAGS, first - 38),
                _ => return,
            };
            let result = match outcome {
                0 => success,
                1 => Result::plain(Outcome::CANCELLED),
                _ => Result {
                    outcome: Outcome::REFUSED,
                    status: Some(first.into()),
                    status_name: Some(Symbol("aborted_by_device")),
                },
            };
            ends(out.answer_at(of_order(ended), Stage::TERMINATED), result, out);
        }
        _ => {}
    }
}
