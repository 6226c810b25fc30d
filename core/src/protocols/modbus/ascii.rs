//! ASCII framing (Modbus over Serial Line V1.02, section 2.5.2) carried in TCP: a colon, address, PDU and LRC as
//! hexadecimal digits, CR LF.
use super::{TABLES, parse, state::State};
use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward, Way,
    },
    wire::lrc_modbus,
};

/// Modbus ASCII carried in TCP.
pub static PROTOCOL: Protocol = Protocol {
    name: "modbus_ascii",
    title: "Modbus ASCII over TCP or UDP",
    standard: "MODBUS Application Protocol V1.1b3, MODBUS over Serial Line V1.02",
    carriers: &[Carrier::Tcp(&[]), Carrier::Udp(&[]), Carrier::Serial],
    tables: TABLES,
    dissector: Functions::of::<Ascii>(),
    vectors: include_str!("vectors_ascii.md"),
};

/// Most octets of address, PDU and LRC.
const MOST: usize = 255;
/// Octets of colon, CR and LF.
const AROUND: usize = 3;

pub(super) struct Ascii;

fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        // The standard has capitals only; no receiver is known to mind.
        b'a'..=b'f' => Some(octet - b'a' + 10),
        _ => None,
    }
}

/// The octets that the digits of a frame stand for, and how many they are.
pub(super) fn decoded(frame: &[u8]) -> ([u8; MOST], usize) {
    let mut octets = [0; MOST];
    let mut len = 0;
    let digits = frame.get(1..).unwrap_or_default();
    for (to, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        let &[high, low] = pair else { break };
        let (Some(high), Some(low)) = (digit(high), digit(low)) else { break };
        *to = high << 4 | low;
        len += 1;
    }
    (octets, len)
}

/// `delimiter` may stand in the place of LF: a server can be told so (V1.1b3, section 6.8.1, sub-function 3).
fn framing(bytes: &[u8], delimiter: Option<u8>) -> Framing {
    match bytes.first() {
        None => return Framing::Need(1),
        Some(b':') => {}
        Some(_) => return Framing::Malformed("no colon where a frame should begin"),
    }
    let digits = bytes.iter().skip(1).take_while(|octet| digit(**octet).is_some()).count();
    if digits > 2 * MOST {
        return Framing::Malformed("frame is longer than the standard allows");
    }
    let ends = |octet: &u8| *octet == b'\n' || Some(*octet) == delimiter;
    match (bytes.get(1 + digits), bytes.get(2 + digits)) {
        (None, _) | (Some(b'\r'), None) => Framing::Need(bytes.len() + 1),
        // Address, function and LRC are the least.
        (Some(b'\r'), Some(end)) if ends(end) && digits % 2 == 0 && digits >= 6 => {
            Framing::Frame(digits + AROUND)
        }
        (Some(b'\r'), Some(end)) if ends(end) => {
            Framing::Malformed("no whole number of octets between colon and CR LF")
        }
        _ => Framing::Malformed("neither hexadecimal digit nor CR LF within a frame"),
    }
}

impl Dissector for Ascii {
    type State = State;

    fn probe(bytes: &[u8], _toward: Option<Toward>) -> Probe {
        match framing(bytes, None) {
            Framing::Need(len) => Probe::More(len),
            Framing::Malformed(_) => Probe::No,
            Framing::Frame(len) => {
                let (octets, count) = decoded(bytes.get(..len).unwrap_or_default());
                let octets = octets.get(..count).unwrap_or_default();
                if octets.get(1).is_some_and(|function| !matches!(function, 0 | 0x80)) && check(octets) {
                    Probe::Certain
                } else {
                    Probe::No
                }
            }
        }
    }

    fn frame(state: &State, _: Way, bytes: &[u8]) -> Framing {
        framing(bytes, state.delimiter())
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let (octets, count) = decoded(pdu.bytes);
        let octets = octets.get(..count).unwrap_or_default();
        if !pdu.cut && !check(octets) {
            let (sent, rest) = octets.split_last().map_or((0, octets), |(last, rest)| (*last, rest));
            let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, "LRC is wrong; the frame is not read");
            out.anomaly(anomaly.length(pdu.bytes.len() as u64).numbers(lrc_modbus(rest).into(), sent.into()));
            return out.no_message();
        }
        let body = if pdu.cut { octets } else { octets.get(..count.saturating_sub(1)).unwrap_or_default() };
        let Some((unit_id, body)) = body.split_first() else { return out.no_message() };
        let adu = parse::Adu { transaction_id: None, unit_id: *unit_id, pdu: body, offset: 1, cut: pdu.cut };
        parse::message(state, pdu.way, adu, out);
    }

    fn resync(bytes: &[u8], toward: Option<Toward>) -> Resync {
        for start in memchr::memchr_iter(b':', bytes) {
            match Self::probe(bytes.get(start..).unwrap_or_default(), toward) {
                Probe::Certain => return Resync::Found(start),
                Probe::More(_) => return Resync::Wait(start),
                Probe::No | Probe::Possible => {}
            }
        }
        Resync::Wait(bytes.len())
    }

    fn gap(state: &mut State, side: Side) {
        state.gap(side);
    }

    fn mend(pdu: &mut Vec<u8>) {
        super::mend::ascii(pdu);
    }
}

fn check(octets: &[u8]) -> bool {
    octets.split_last().is_some_and(|(sent, rest)| lrc_modbus(rest) == *sent)
}
