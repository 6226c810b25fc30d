//! RTU framing (Modbus over Serial Line V1.02, section 2.5.1) carried in TCP or UDP, as terminal servers do: address, PDU,
//! CRC-16. There is no length; on the line, silence ends a frame, and a network keeps no silence.
//!
//! The length follows from function and direction. Where request and answer differ in length, both are tried, and the CRC
//! settles it: first the one that the roles speak for, once messages have proven them; before that the one that is complete
//! first, since a device that is called may be the one that asks. Functions that do not tell their length end at the first
//! place where the CRC holds.
use super::{
    TABLES, parse,
    shape::{self, EXCEPTION, Length, octet},
    state::State,
};
use crate::{
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Search, Side, Toward,
        Way,
    },
    wire::Crc16Modbus,
};

/// Modbus RTU carried in TCP or UDP.
pub static PROTOCOL: Protocol = Protocol {
    name: "modbus_rtu",
    title: "Modbus RTU over TCP or UDP",
    standard: "MODBUS Application Protocol V1.1b3, MODBUS over Serial Line V1.02",
    carriers: &[Carrier::Tcp(&[]), Carrier::Udp(&[]), Carrier::Serial],
    tables: TABLES,
    dissector: Functions::of::<Rtu>(),
    vectors: include_str!("vectors_rtu.md"),
};

/// Least octets of a frame: address, function, CRC.
const LEAST: usize = 4;
/// Most octets of a frame: address, 253 octets of PDU, CRC.
const MOST: usize = 256;
/// Octets of the shortest frame that two others fit into, exceptions both of them.
const SHORTEST_AROUND_TWO: usize = 12;
/// Largest address of a single device (section 2.2); those above are reserved.
const LAST_ADDRESS: u8 = 247;
/// Octets by which the head shows that no plausible PDU will come of it: see [`impossible`].
const HEAD: usize = 7;
const NO_CRC: &str = "no frame with a valid CRC begins here";

pub(super) struct Rtu;

/// Octets of the frame around a PDU.
fn around(length: Length) -> Length {
    match length {
        Length::Is(len) => Length::Is(len + 3),
        Length::Needs(len) => Length::Needs(len + 1),
        Length::AtLeast(len) => Length::AtLeast(len + 3),
    }
}

fn candidate(bytes: &[u8], toward: Toward) -> Length {
    around(shape::length(bytes.get(1..).unwrap_or_default(), toward))
}

/// The first length from `from` on at which the CRC holds.
fn scan(bytes: &[u8], from: usize) -> Framing {
    let mut sum = Crc16Modbus::new();
    for (index, octet) in bytes.iter().take(MOST).enumerate() {
        sum = sum.push(*octet);
        if index + 1 >= from && sum.value() == 0 {
            return Framing::Frame(index + 1);
        }
    }
    if bytes.len() < MOST { Framing::Need(bytes.len() + 1) } else { Framing::Malformed(NO_CRC) }
}

/// Tries one length. The answer depends on no octet behind it.
fn attempt(bytes: &[u8], length: Length) -> Framing {
    match length {
        Length::Needs(len) if bytes.len() < len => Framing::Need(len),
        Length::Is(len) if len > MOST => Framing::Malformed(NO_CRC),
        Length::Is(len) => match bytes.get(..len) {
            Some(frame) if Crc16Modbus::holds(frame) => Framing::Frame(len),
            Some(_) => Framing::Malformed(NO_CRC),
            None => Framing::Need(len),
        },
        Length::AtLeast(len) => scan(bytes, len),
        Length::Needs(_) => Framing::Malformed(NO_CRC),
    }
}

/// Of two verdicts the one that holds for the fewest octets, however many have come.
fn earlier(one: Framing, other: Framing) -> Framing {
    match (one, other) {
        (Framing::Frame(one), Framing::Frame(other)) => Framing::Frame(one.min(other)),
        (Framing::Frame(len), _) | (_, Framing::Frame(len)) => Framing::Frame(len),
        (Framing::Need(one), Framing::Need(other)) => Framing::Need(one.min(other)),
        (Framing::Need(len), _) | (_, Framing::Need(len)) => Framing::Need(len),
        (malformed, _) => malformed,
    }
}

/// Tries one length, whose frame is none if two others lie within it: that is so before its end has come, too.
fn undivided(bytes: &[u8], length: Length) -> Framing {
    let verdict = attempt(bytes, length);
    let end = match verdict {
        Framing::Frame(len) | Framing::Need(len) if len >= SHORTEST_AROUND_TWO => len.saturating_sub(1),
        _ => return verdict,
    };
    let within = bytes.get(1..end.min(bytes.len())).unwrap_or_default();
    if holds_two(within) { Framing::Malformed(NO_CRC) } else { verdict }
}

/// Whether two frames follow one another within these octets. Noise may look like the head of a long frame, and so does an answer that
/// was broken off: what waits for its end would swallow those behind it. One frame is in the data of another by chance now and
/// then; two are not.
fn holds_two(bytes: &[u8]) -> bool {
    let ends = |start: usize| {
        let rest = bytes.get(start..).unwrap_or_default();
        [Toward::Server, Toward::Client].into_iter().filter_map(move |toward| match whole(rest, toward) {
            Whole::Yes(len) => Some(start + len),
            _ => None,
        })
    };
    (0..bytes.len().saturating_sub(2 * LEAST - 1)).any(|start| {
        // At most places this is all there is to see.
        let [address, function, ..] = bytes.get(start..).unwrap_or_default() else { return false };
        *address <= LAST_ADDRESS
            && shape::known(*function)
            && ends(start).any(|end| ends(end).next().is_some())
    })
}

impl Dissector for Rtu {
    type State = State;

    fn probe(bytes: &[u8], _toward: Option<Toward>) -> Probe {
        let mut more = None;
        for toward in [Toward::Server, Toward::Client] {
            match whole(bytes, toward) {
                // Four octets hold little besides their CRC.
                Whole::Yes(..=LEAST) => return Probe::Possible,
                Whole::Yes(_) => return Probe::Certain,
                Whole::More(len) => more = Some(more.map_or(len, |most: usize| most.min(len))),
                Whole::No => {}
            }
        }
        more.map_or(Probe::No, Probe::More)
    }

    fn frame(state: &State, way: Way, bytes: &[u8]) -> Framing {
        // Nothing is decided before the shortest frame is there, or the verdict would depend on how the octets are cut.
        let &[_, function, _, _, ..] = bytes else { return Framing::Need(LEAST) };
        if function & !EXCEPTION == 0 {
            return Framing::Malformed("function code is 0");
        }
        if function & EXCEPTION != 0 {
            return attempt(bytes, Length::Is(5));
        }
        if !shape::known(function) {
            // Its end could only be guessed.
            return Framing::Malformed("function code is of no known length");
        }
        let Some(toward) = way.toward.filter(|_| state.has_proven_roles()) else {
            let (request, answer) = (candidate(bytes, Toward::Server), candidate(bytes, Toward::Client));
            let verdict = undivided(bytes, request);
            return if request == answer { verdict } else { earlier(verdict, undivided(bytes, answer)) };
        };
        let (first, second) = (candidate(bytes, toward), candidate(bytes, toward.back()));
        match undivided(bytes, first) {
            Framing::Malformed(_) if first != second => undivided(bytes, second),
            verdict => verdict,
        }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let body = if pdu.cut { pdu.bytes } else { pdu.bytes.get(..pdu.bytes.len() - 2).unwrap_or_default() };
        let Some((unit_id, body)) = body.split_first() else { return out.no_message() };
        let adu = parse::Adu { transaction_id: None, unit_id: *unit_id, pdu: body, offset: 1, cut: pdu.cut };
        parse::message(state, pdu.way, adu, out);
    }

    /// The frame that is complete first: see [`FrameSearch`].
    fn resync(bytes: &[u8], _toward: Option<Toward>) -> Resync {
        FrameSearch::default().resync(bytes)
    }

    fn search() -> Option<Box<dyn Search>> {
        Some(Box::<FrameSearch>::default())
    }

    fn gap(state: &mut State, side: Side) {
        state.gap(side);
    }

    fn mend(pdu: &mut Vec<u8>) {
        super::mend::rtu(pdu);
    }
}

/// A place where a frame may begin.
#[derive(Debug)]
struct Open {
    start: usize,
    /// Before there are this many octets nothing more can be told of it.
    due: usize,
}

/// Looks for the frame that is complete first, so that noise which could begin a long frame does not hold up those behind it.
/// A place is looked at again only when there is more to be told of it.
#[derive(Debug, Default)]
pub(super) struct FrameSearch {
    /// Before here all places have been looked at.
    seen: usize,
    open: Vec<Open>,
    /// How often a place was looked at.
    #[cfg(test)]
    pub(super) looks: usize,
}

/// Looks at a place, and keeps in `found` the end and the start of the frame that ends first. Returns until when it stays open.
fn look(bytes: &[u8], start: usize, found: &mut Option<(usize, usize)>) -> Option<Open> {
    let rest = bytes.get(start..).unwrap_or_default();
    let mut open = None;
    for toward in [Toward::Server, Toward::Client] {
        match whole(rest, toward) {
            Whole::Yes(len) if found.is_none_or(|(end, _)| start + len < end) => {
                *found = Some((start + len, start));
            }
            Whole::More(len) => open = Some(open.map_or(len, |most: usize| most.min(len))),
            _ => {}
        }
    }
    // Each octet of the head may show that it is none.
    let due = open?.max(rest.len() + 1);
    Some(Open { start, due: start + if rest.len() < HEAD { rest.len() + 1 } else { due } })
}

impl Search for FrameSearch {
    fn resync(&mut self, bytes: &[u8]) -> Resync {
        let mut found = None;
        let (mut open, seen) = (core::mem::take(&mut self.open), self.seen);
        open.retain_mut(|place| {
            if place.due > bytes.len() {
                return true;
            }
            #[cfg(test)]
            (self.looks += 1);
            let still = look(bytes, place.start, &mut found);
            still.is_some_and(|still| {
                *place = still;
                true
            })
        });
        for start in seen..bytes.len() {
            if found.is_some_and(|(end, _)| start + LEAST > end) {
                break;
            }
            // At most places this is all there is to see.
            if let Some([address, function, ..]) = bytes.get(start..)
                && !(*address <= LAST_ADDRESS && shape::known(*function))
            {
                continue;
            }
            #[cfg(test)]
            (self.looks += 1);
            open.extend(look(bytes, start, &mut found));
        }
        (self.seen, self.open) = (bytes.len(), open);
        match (found, self.open.first()) {
            (Some((_, start)), _) => Resync::Found(start),
            (None, Some(first)) => Resync::Wait(first.start),
            (None, None) => Resync::Wait(bytes.len()),
        }
    }

    fn discard(&mut self, octets: &[u8]) {
        let gone = octets.len();
        self.seen = self.seen.saturating_sub(gone);
        self.open.retain_mut(|place| {
            place.due = place.due.saturating_sub(gone);
            let left = place.start.checked_sub(gone);
            place.start = left.unwrap_or_default();
            left.is_some()
        });
    }
}

/// Whether octets could as well be a message of ROC Plus without data, which ends with the same CRC: unit and group of
/// both ends, opcode, length. To Modbus that is a quantity of coils, or an answer with three octets of them.
const fn may_be_roc(bytes: &[u8]) -> bool {
    let &[_, 1 | 2, _, _, opcode, 0, _, _] = bytes else { return false };
    matches!(opcode, 6..=8 | 10 | 11 | 17 | 24 | 50 | 100..=139 | 166 | 167 | 180 | 181 | 203..=206 | 224 | 225 | 255)
}

/// Whether octets begin with a frame whose every field the standard allows and whose CRC holds.
enum Whole {
    Yes(usize),
    No,
    /// Cannot be told before there are this many octets.
    More(usize),
}

fn whole(bytes: &[u8], toward: Toward) -> Whole {
    match octet(bytes, 0) {
        None => return Whole::More(LEAST),
        Some(address) if address > LAST_ADDRESS => return Whole::No,
        Some(_) => {}
    }
    let Some(function) = octet(bytes, 1) else { return Whole::More(LEAST) };
    let exception = function & EXCEPTION != 0;
    if !shape::known(function) || (exception && toward == Toward::Server) {
        return Whole::No;
    }
    match candidate(bytes, toward) {
        Length::Needs(len) if len <= MOST => Whole::More(len.max(LEAST)),
        Length::Is(len) if len <= MOST => match bytes.get(..len) {
            None if impossible(bytes, toward) => Whole::No,
            None => Whole::More(len),
            Some(frame) => {
                let pdu = frame.get(1..len - 2).unwrap_or_default();
                // Of what could as well be ROC Plus, those before and behind it tell.
                if shape::plausible(pdu, toward) && Crc16Modbus::holds(frame) && !may_be_roc(frame) {
                    Whole::Yes(len)
                } else {
                    Whole::No
                }
            }
        },
        // All functions of the standard that do not tell their length are diagnostics, nearly all with one word of data.
        Length::AtLeast(_) if function == 8 => match bytes.get(..8) {
            None => Whole::More(8),
            Some(frame) => {
                let pdu = frame.get(1..6).unwrap_or_default();
                if shape::plausible(pdu, toward) && Crc16Modbus::holds(frame) {
                    Whole::Yes(8)
                } else {
                    Whole::No
                }
            }
        },
        _ => Whole::No,
    }
}

/// Whether the head alone shows that no plausible PDU will come of it.
fn impossible(bytes: &[u8], toward: Toward) -> bool {
    let function = octet(bytes, 1).unwrap_or_default();
    match (toward, function) {
        (Toward::Client, 3 | 4 | 23) => {
            octet(bytes, 2).is_some_and(|count| count == 0 || count % 2 == 1 || count > 250)
        }
        (Toward::Server, 15 | 16) => {
            let (quantity, count) = (shape::word(bytes, 4), octet(bytes, 6));
            quantity.zip(count).is_some_and(|(quantity, count)| {
                let wants =
                    if function == 15 { shape::octets_of(quantity) } else { quantity.saturating_mul(2) };
                wants != u16::from(count) || count == 0
            })
        }
        _ => false,
    }
}
