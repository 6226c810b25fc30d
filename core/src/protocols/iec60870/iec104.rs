//! IEC 60870-5-104: the APCI (section 5) over TCP, and the ASDU within it.
use super::{
    asdu::{self, Sizes},
    codes::{ApduFormat, TypeId, UFunction},
    dialogue,
    records::{Iec104, Iec104Authentications, Iec104Files, Iec104Objects},
    state::{Connection, Often, Transfer},
};
use crate::{
    common::{Answer, Outcome, Request, Result},
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward, Way,
    },
    record::{Direction, Record, Symbol},
};

/// IEC 60870-5-104.
pub static PROTOCOL: Protocol = Protocol {
    name: "iec104",
    title: "IEC 60870-5-104",
    standard: "IEC 60870-5-104:2006, IEC 60870-5-101:2003, IEC 60870-5-7:2013",
    carriers: &[Carrier::Tcp(&[2404])],
    tables: &[Iec104::schema, Iec104Objects::schema, Iec104Files::schema, Iec104Authentications::schema],
    dissector: Functions::of::<Apci>(),
    vectors: include_str!("vectors_104.md"),
};

/// Start octet.
const START: u8 = 0x68;
/// Start octet, length, and four control octets.
const APCI: usize = 6;
/// Least and greatest length of an APDU: the control field alone, and with 249 octets of ASDU (section 5).
const LENGTHS: core::ops::RangeInclusive<u8> = 4..=253;
/// How far behind an APDU that may be one others are looked for: four of them are looked at to prove the first.
const LOOK_BEHIND: usize = 4 * 255;
/// Sequence numbers have 15 bits.
const NUMBERS: u16 = 0x7fff;

struct Apci;

impl Dissector for Apci {
    type State = Connection;

    fn probe(octets: &[u8], _: Option<Toward>) -> Probe {
        signature(octets, false).0
    }

    /// A control field alone is too little among garbage: an ASDU has to fit, or two APDUs follow one another. Whoever waited for
    /// another APDU behind a command would find it after the answer to it; and a start octet in garbage would hide the command
    /// behind it. What comes to its proof first is taken, however the octets are cut.
    fn resync(octets: &[u8], _: Option<Toward>) -> Resync {
        let (mut waiting, mut found, mut most) = (None, None, octets);
        let mut from = 0;
        while let Some(at) = most.get(from..).and_then(|rest| memchr::memchr(START, rest)) {
            let start = from + at;
            from = start + 1;
            match signature(most.get(start..).unwrap_or_default(), true) {
                (Probe::No, _) => {}
                (Probe::Certain, proof) => {
                    // Only what is proven before this is taken instead.
                    most = most.get(..start + proof - 1).unwrap_or_default();
                    found = Some((start, start + proof));
                }
                (Probe::More(_) | Probe::Possible, _) if waiting.is_none() => {
                    waiting = Some(start);
                    most = most.get(..start + LOOK_BEHIND).unwrap_or(most);
                }
                _ => {}
            }
        }
        let Some((proven, end)) = found else { return Resync::Wait(waiting.unwrap_or(octets.len())) };
        // Those that lead to it waited for nothing else, if they waited: in pieces, others are passed over by now.
        let (before, seen) =
            (octets.get(..proven).unwrap_or_default(), octets.get(..end).unwrap_or_default());
        let waited = |start: usize| {
            let (probe, _) = signature(seen.get(start..).unwrap_or_default(), true);
            probe != Probe::No
        };
        let leads = memchr::memchr_iter(START, before).find(|start| leads(before, *start) && waited(*start));
        Resync::Found(leads.unwrap_or(proven))
    }

    fn frame(_: &Connection, _: Way, octets: &[u8]) -> Framing {
        match octets {
            [START, length, ..] if LENGTHS.contains(length) => {
                let len = usize::from(*length) + 2;
                if octets.len() < len { Framing::Need(len) } else { Framing::Frame(len) }
            }
            [START, 0..4, ..] => Framing::Malformed("length has no room for the control field"),
            [START, _, ..] => Framing::Malformed("length is above 253"),
            // The length may be wrong: whoever waits for more than it would not learn that of octets in pieces.
            [START] | [] => Framing::Need(2),
            _ => Framing::Malformed("start octet is not 68 hex"),
        }
    }

    fn dissect(state: &mut Connection, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let Some((&[_, apdu_length, first, second, third, fourth], octets)) = pdu.bytes.split_first_chunk()
        else {
            return out.no_message();
        };
        let format = match first & 3 {
            1 => ApduFormat::S,
            3 => ApduFormat::U,
            _ => ApduFormat::I,
        };
        let mut row = Iec104 {
            apdu_length,
            format,
            send_sequence: None,
            receive_sequence: None,
            u_function: None,
            type_id: None,
            object_count: None,
            sequence_bit: None,
            cause: None,
            negative: None,
            test: None,
            originator: None,
            common_address: None,
            data: None,
        };
        if format == ApduFormat::U {
            row.u_function = Some(UFunction(first >> 2));
            row.data = Some(octets).filter(|octets| !octets.is_empty());
            return unnumbered(state, pdu.way, &row, [second, third, fourth], out);
        }
        let receive = u16::from_le_bytes([third, fourth]) >> 1;
        row.receive_sequence = Some(receive);
        if format == ApduFormat::S {
            row.data = Some(octets).filter(|octets| !octets.is_empty());
            out.row(&row);
            let reserved = first != 1 || second != 0 || third & 1 != 0;
            beside(state, pdu.way.side, reserved, octets, out);
            acknowledged(state, pdu.way.side, receive, out);
            return;
        }
        let send = u16::from_le_bytes([first, second]) >> 1;
        row.send_sequence = Some(send);
        let write = |out: &mut Output<'_>, head: &asdu::Stated, data| {
            row.data = data;
            asdu::write_head!(row, head);
            out.row(&row);
        };
        let within = dialogue::Within { offset: APCI as u64, cut: pdu.cut, again: false };
        dialogue::asdu(&mut state.dialogue, pdu.way, octets, within, out, write);
        sent(state, pdu.way.side, send, third & 1 != 0, out);
        acknowledged(state, pdu.way.side, receive, out);
    }

    fn begin(state: &mut Connection, side: Side) {
        state.begin(side);
    }

    fn gap(state: &mut Connection, side: Side) {
        state.gap(side);
    }

    fn end(state: &mut Connection, side: Side, out: &mut Output<'_>) {
        state.sides(side).0.said.end(out);
    }

    fn mend(pdu: &mut Vec<u8>) {
        let length = pdu.len().saturating_sub(2).clamp(4, 253) as u8;
        if let Some(octet) = pdu.get_mut(1) {
            *octet = length;
        }
        if let Some(octet) = pdu.first_mut() {
            *octet = START;
        }
    }
}

/// N(S) follows the one before (section 5.1), and the first one of a connection is 0; of one that was not seen from its
/// beginning the first one seen is taken as it is.
fn sent(state: &mut Connection, side: Side, send: u16, reserved: bool, out: &mut Output<'_>) {
    let (stopped, early) = (state.transfer == Transfer::Stopped, state.is_before_start(side));
    let (own, other) = state.sides(side);
    if let Some(next) = own.next.filter(|next| *next != send) {
        own.said.say(Often::SendJump, out, |it| it.at(2).length(2).numbers(next.into(), send.into()));
    } else if let Some((receive, ts)) = other.ahead {
        // Sent long after it was acknowledged: no matter of the order in which frames were captured.
        if is_behind(receive, send) && out.ts().saturating_sub(ts) > CAPTURED_LATE {
            let place = |it: crate::common::Anomaly| it.at(2).length(2).numbers(send.into(), receive.into());
            own.said.say(Often::ReceiveAhead, out, place);
        }
        other.ahead = other.ahead.filter(|(receive, _)| is_behind(*receive, send));
    }
    own.next = Some((send + 1) & NUMBERS);
    if reserved {
        own.said.say(Often::Reserved, out, |it| it.at(4).length(1));
    }
    if stopped {
        own.said.say(Often::Stopped, out, |it| it.at(2));
    }
    if early {
        own.said.say(Often::NotStarted, out, |it| it.at(2));
    }
}

/// Whether a sequence number lies behind another: half of them lie before, half behind.
const fn is_behind(number: u16, other: u16) -> bool {
    (number.wrapping_sub(other) & NUMBERS).wrapping_sub(1) < NUMBERS / 2
}

/// How far apart the frames of the two sides may be in the capture and not on the line, in nanoseconds.
const CAPTURED_LATE: i64 = 1_000_000_000;

/// N(R) acknowledges what the other side has sent, and goes only forwards.
fn acknowledged(state: &mut Connection, side: Side, receive: u16, out: &mut Output<'_>) {
    let (own, other) = state.sides(side);
    if let Some(before) = own.received.filter(|before| is_behind(*before, receive)) {
        let place = |it: crate::common::Anomaly| it.at(4).length(2).numbers(before.into(), receive.into());
        own.said.say(Often::ReceiveBack, out, place);
    } else if other.next.is_some_and(|next| is_behind(receive, next)) {
        // What was sent may wait behind a hole, or be captured later or not at all: it is said if it comes, and long after.
        own.ahead.get_or_insert((receive, out.ts()));
    }
    own.received = Some(receive);
}

/// What an APDU without ASDU must not hold.
fn beside(state: &mut Connection, side: Side, reserved: bool, octets: &[u8], out: &mut Output<'_>) {
    let (own, _) = state.sides(side);
    if reserved {
        own.said.say(Often::Reserved, out, |it| it.at(2).length(4));
    }
    if !octets.is_empty() {
        own.said.say(Often::Payload, out, |it| it.at(APCI as u64).length(octets.len() as u64));
    }
}

/// Section 5.3: STARTDT, STOPDT, TESTFR.
fn unnumbered(state: &mut Connection, way: Way, row: &Iec104<'_>, rest: [u8; 3], out: &mut Output<'_>) {
    let function = row.u_function.unwrap_or_default();
    let act = matches!(function, UFunction::STARTDT_ACT | UFunction::STOPDT_ACT | UFunction::TESTFR_ACT);
    if function.name().is_some() {
        out.set_direction(if act { Direction::REQUEST } else { Direction::RESPONSE });
    }
    match function {
        UFunction::STARTDT_ACT | UFunction::STOPDT_ACT => out.learn(Toward::Server),
        UFunction::STARTDT_CON | UFunction::STOPDT_CON => out.learn(Toward::Client),
        _ => {}
    }
    out.row(row);
    beside(state, way.side, rest != [0; 3], row.data.unwrap_or_default(), out);
    let (own, _) = state.sides(way.side);
    if function.name().is_none() {
        own.said.say(Often::Functions, out, |it| it.at(2).length(1).found(function.0.into()));
        return;
    }
    if matches!(function, UFunction::STARTDT_ACT | UFunction::STARTDT_CON) {
        state.started(way.side);
    }
    let again = matches!(state.transfer, Transfer::Starting | Transfer::Started);
    match function {
        UFunction::STARTDT_ACT if again => {
            let (own, _) = state.sides(way.side);
            own.said.say(Often::StartAgain, out, |it| it.at(2).length(1));
        }
        UFunction::STARTDT_ACT => {
            state.transfer = Transfer::Starting;
            out.request(&control(UFunction::STARTDT_ACT, "startdt"));
        }
        UFunction::STOPDT_ACT => {
            out.request(&control(UFunction::STOPDT_ACT, "stopdt"));
        }
        UFunction::STARTDT_CON => {
            state.transfer = Transfer::Started;
            confirmed(&control(UFunction::STARTDT_ACT, "startdt"), out);
        }
        UFunction::STOPDT_CON => {
            state.transfer = Transfer::Stopped;
            confirmed(&control(UFunction::STOPDT_ACT, "stopdt"), out);
        }
        _ => {}
    }
}

fn control(function: UFunction, name: &'static str) -> Request<'static> {
    Request {
        // No key of an ASDU is so large.
        key: 1 << 63 | u64::from(function.0),
        operation: function.operation().unwrap_or_default(),
        function: Some(Symbol(name)),
        function_code: Some(function.0.into()),
        station: None,
        space: None,
        address: None,
        quantity: None,
        object: None,
        numbers: [0; 2],
    }
}

fn confirmed(request: &Request<'_>, out: &mut Output<'_>) {
    match out.answer(request.key) {
        Answer::Paired(asked) => out.complete(&asked, Result::plain(Outcome::SUCCESS)),
        Answer::Again => {}
        Answer::Unasked => out.unasked(request, Result::plain(Outcome::UNASKED)),
    }
}

/// Two APDUs that follow one another and are right in every field are -104. One may be; unless `strict`, also one whose
/// control field alone is right, since devices and attackers send such things to port 2404. Where -104 is known to be, which is
/// `strict`, one is enough whose ASDU is as one of the standard's sizes should be. Also how many octets say so.
fn signature(octets: &[u8], strict: bool) -> (Probe, usize) {
    let (mut at, mut proven, mut fitting) = (0usize, 0, u16::MAX);
    for count in 0..4 {
        match fit(octets.get(at..).unwrap_or_default()) {
            Fit::No => return (Probe::No, at),
            Fit::Loose if strict => return (Probe::No, at),
            Fit::Loose => return (Probe::Possible, at),
            Fit::Short(_) if count > 0 => return (Probe::Possible, at),
            Fit::Short(len) => return (Probe::More(len), at),
            Fit::Whole { len, proves, .. } if strict && count == 0 && proves && stands_alone(octets, len) => {
                return (Probe::Certain, len);
            }
            Fit::Whole { len, proves, sizes } => {
                at += len;
                proven += u8::from(proves);
                fitting &= sizes;
            }
        }
        // Other sizes than those of the standard leave more to chance.
        let enough = if fitting & 1 == 1 { 2 } else { 3 };
        if fitting == 0 {
            return (Probe::No, at);
        }
        if proven >= enough {
            return (Probe::Certain, at);
        }
    }
    (Probe::Possible, at)
}

/// Whether the octets from `at` on are APDUs to their end.
fn leads(octets: &[u8], mut at: usize) -> bool {
    while let Fit::Whole { len, .. } = fit(octets.get(at..).unwrap_or_default()) {
        at += len;
    }
    at == octets.len()
}

/// Whether an APDU of so many octets holds an ASDU of the standard's sizes: of a known type, with a cause that this may have, as
/// long as the number of its objects asks for, and with addresses that are likely.
fn stands_alone(octets: &[u8], len: usize) -> bool {
    let [_, _, control, ..] = octets else { return false };
    let asdu = octets.get(APCI..len).unwrap_or_default();
    control & 1 == 0 && asdu::fits(asdu, Sizes::STANDARD) && asdu::unlikely(asdu, Sizes::STANDARD) <= 1
}

/// Whether octets begin with an APDU.
enum Fit {
    No,
    /// Cannot be told before there are this many octets.
    Short(usize),
    /// Its length and its control field are right, more or less.
    Loose,
    Whole {
        len: usize,
        /// Whether other octets would hardly look like it.
        proves: bool,
        /// Sizes of fields that explain it, a bit each of [`Sizes::ALL`].
        sizes: u16,
    },
}

fn fit(octets: &[u8]) -> Fit {
    let &[START, length, ref rest @ ..] = octets else {
        return if matches!(octets, [START] | []) { Fit::Short(APCI) } else { Fit::No };
    };
    if !LENGTHS.contains(&length) {
        return Fit::No;
    }
    let Some((&[first, second, third, fourth], _)) = rest.split_first_chunk() else {
        return Fit::Short(APCI);
    };
    let len = usize::from(length) + 2;
    // A frame of FT 1.2 repeats its length and start octet.
    let serial = first == length && second == START;
    let Some(asdu) = octets.get(APCI..len) else { return Fit::Short(len) };
    let whole = |proves| Fit::Whole { len, proves, sizes: u16::MAX };
    let follows = matches!(octets.get(len), None | Some(&START));
    match first & 3 {
        1 | 3 if serial || second != 0 || third & 1 != 0 => Fit::No,
        // What follows is no part of this: it may not be there yet, and two APDUs are enough.
        3 if asdu.is_empty() && [third, fourth] == [0; 2] && (first >> 2).is_power_of_two() => whole(true),
        1 if asdu.is_empty() && first == 1 => whole(true),
        3 if follows && [third, fourth] == [0; 2] => Fit::Loose,
        1 if follows && first == 1 => Fit::Loose,
        1 | 3 => Fit::No,
        _ if third & 1 != 0 => Fit::No,
        _ => {
            let id = asdu.first().map_or(TypeId(0), |id| TypeId(*id));
            match asdu::fitting(asdu) {
                // The length of private types stands nowhere, and those of -7 come in segments.
                0 if id.0 >= 128 || (id.name().is_some() && asdu::kind(id).is_none()) => whole(false),
                0 => match asdu::head(asdu, Sizes::STANDARD) {
                    // Or they cut what is behind the control field.
                    None if follows
                        && !serial
                        && asdu.first().is_none_or(|id| TypeId(*id).name().is_some()) =>
                    {
                        Fit::Loose
                    }
                    Some((head, _))
                        // Attackers try what is reserved, one field after the other.
                        if follows && !serial && (id.name().is_some() || head.cause.name().is_some()) =>
                    {
                        Fit::Loose
                    }
                    _ => Fit::No,
                },
                sizes => Fit::Whole { len, proves: !serial, sizes },
            }
        }
    }
}
