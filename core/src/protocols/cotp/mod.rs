//! ISO transport over TCP: what MMS, ICCP, S7comm and others stand on.
//!
//! - RFC 1006, and RFC 2126 for its later use: the TPKT header (section 6), port 102.
//! - ITU-T X.224 (ISO/IEC 8073): TPDUs (clause 13), class 0 and the heads of the others.
//!
//! What lies inside is told by its own octets, in the middle of a connection too; a TSAP is a hint and no proof. A TSDU
//! that was sent in segments is put together first. A connection that is opened or closed begins a new association: what
//! the protocols within remember of the old one is forgotten. Children are given the number of the association by
//! [`Output::pairing`], so that answers of the one are not taken for those of the other.

pub mod codes;
mod records;
#[cfg(test)]
mod tests;

pub use records::Cotp;

use crate::{
    common::{Anomaly, AnomalyKind, Answer, Outcome, Pairing, Request, Result},
    protocol::Way,
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward},
    protocols,
    record::{Direction, Record, Symbol, Text},
    wire::{Assembled, Lost, Piece, Reassembler},
};
use codes::{DisconnectReason, PduType, RejectCause};

/// ISO transport over TCP.
pub static PROTOCOL: Protocol = Protocol {
    name: "cotp",
    title: "ISO transport (TPKT, COTP)",
    standard: "RFC 1006, ITU-T X.224 (ISO/IEC 8073)",
    carriers: &[Carrier::Tcp(&[102])],
    tables: &[Cotp::schema],
    dissector: Functions::of::<Transport>(),
    vectors: include_str!("vectors.md"),
};

/// Octets of the TPKT header (RFC 1006, section 6).
const TPKT: usize = 4;
/// Least octets of a TPKT: the header, and a TPDU of class 0 without user data.
const LEAST: usize = TPKT + 3;
/// Octets of an unfinished TPKT from which on its head alone says that it may be one.
const ENOUGH: usize = 64;
/// Keys of requests of this protocol, apart from those of its children.
const KEY: u64 = 1 << 63;

/// What is remembered of a connection.
#[derive(Debug, Default)]
struct State {
    pieces: Reassembler,
    /// Number of the association, from 0.
    association: u64,
    /// Whether anything of this association was seen.
    in_use: bool,
    /// The side that asked to open it, while there is no answer.
    asked: Option<Side>,
    /// Of each side, what is not there of the TSDU whose segments come.
    torn: [Torn; 2],
}

/// What is not there of a TSDU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Torn {
    #[default]
    Nothing,
    /// The rest of the segment that came last: the gap is yet to be told.
    Rest,
    /// The same, of the last segment of a TSDU.
    End,
    /// Octets of a segment before: what comes until its end belongs to nothing that could be read.
    Before,
    /// Perhaps its beginning: a gap may have held the end of one and the beginning of the next.
    Unknown,
}

impl State {
    fn torn(&mut self, side: Side) -> &mut Torn {
        let [first, second] = &mut self.torn;
        if side == Side::First { first } else { second }
    }
}

struct Transport;

impl Dissector for Transport {
    type State = State;
    const CARRIES: bool = true;

    fn probe(bytes: &[u8], toward: Option<Toward>) -> Probe {
        match fit(bytes, toward) {
            Fit::No => Probe::No,
            Fit::Short(total) => Probe::More(total),
            Fit::Weak => Probe::Possible,
            Fit::Strong => Probe::Certain,
            Fit::Whole(len) => match bytes.get(len..) {
                None | Some([]) => Probe::Possible,
                Some(behind) => match fit(behind, toward) {
                    Fit::No => Probe::No,
                    Fit::Short(more) => Probe::More(len.saturating_add(more)),
                    Fit::Weak | Fit::Whole(_) | Fit::Strong => Probe::Certain,
                },
            },
        }
    }

    fn frame(_: &State, way: Way, bytes: &[u8]) -> Framing {
        let Some(&[version, reserved, high, low]) = bytes.first_chunk() else { return Framing::Need(TPKT) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if version != 3 {
            return Framing::Malformed("no TPKT header begins here");
        }
        if length < LEAST {
            return Framing::Malformed("TPKT length has no room for a TPDU");
        }
        // Nobody is known to use the reserved octet: what has it must look like a TPKT in all else.
        if reserved != 0 {
            match fit_behind(bytes, way.toward) {
                Fit::No => return Framing::Malformed("no TPKT header begins here"),
                Fit::Short(total) => return Framing::Need(total),
                Fit::Weak | Fit::Whole(_) | Fit::Strong => {}
            }
        }
        if bytes.len() < length { Framing::Need(length) } else { Framing::Frame(length) }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let tpdu = pdu.bytes.get(TPKT..).unwrap_or_default();
        if let Some(reserved) = pdu.bytes.get(1).filter(|reserved| **reserved != 0) {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "reserved octet of TPKT is not 0");
            out.anomaly(anomaly.at(1).length(1).found((*reserved).into()));
        }
        let Some((&indicator, _)) = tpdu.split_first() else { return };
        let Some((head, user_data)) = tpdu.split_at_checked(usize::from(indicator) + 1) else {
            if pdu.cut {
                return;
            }
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "length indicator is beyond the TPKT");
            return out.anomaly(anomaly.at(TPKT as u64).numbers(tpdu.len() as u64 - 1, indicator.into()));
        };
        let length =
            pdu.bytes.get(2..TPKT).and_then(|octets| octets.try_into().ok()).map_or(0, u16::from_be_bytes);
        let Some((&code, fields)) = head.get(1..).and_then(<[u8]>::split_first) else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "length indicator has no room for a code");
            return out.anomaly(anomaly.at(TPKT as u64).found(indicator.into()));
        };
        let pdu_type = PduType(code >> 4);
        let mut row = Cotp {
            pdu_type,
            destination_reference: None,
            source_reference: None,
            class: None,
            options: None,
            tpdu_number: None,
            end_of_tsdu: None,
            tpdu_size: None,
            calling_tsap: None,
            called_tsap: None,
            disconnect_reason: None,
            reject_cause: None,
            parameters: None,
            user_data_length: length.saturating_sub((TPKT + head.len()) as u16),
            tsdu_length: None,
            data: None,
            request_message: None,
        };
        if pdu_type == PduType::DATA {
            return data(state, pdu, &mut row, fields, user_data, out);
        }
        let fixed = fixed_part(&mut row, fields);
        let Some(variable) = fixed else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "header is too short for its type");
            out.anomaly(anomaly.at(TPKT as u64).found(indicator.into()));
            out.row(&row);
            return;
        };
        if pdu_type.name().is_none() {
            out.anomaly(
                Anomaly::new(AnomalyKind::MALFORMED, "unknown TPDU type")
                    .at(TPKT as u64 + 1)
                    .found(code.into()),
            );
        }
        parameters(&mut row, variable, pdu.bytes, out);
        row.data = Some(user_data).filter(|data| !data.is_empty());
        connection(state, pdu.way.side, row, out);
    }

    fn resync(bytes: &[u8], toward: Option<Toward>) -> Resync {
        for start in memchr::memchr_iter(3, bytes) {
            match Self::probe(bytes.get(start..).unwrap_or_default(), toward) {
                Probe::No => {}
                Probe::Certain => return Resync::Found(start),
                Probe::More(_) | Probe::Possible => return Resync::Wait(start),
            }
        }
        Resync::Wait(bytes.len())
    }

    fn gap(state: &mut State, side: Side) {
        state.pieces.forget(|key| key == side.index() as u64);
        let torn = state.torn(side);
        *torn = match *torn {
            Torn::Rest => Torn::Before,
            Torn::End => Torn::Nothing,
            Torn::Nothing | Torn::Before | Torn::Unknown => Torn::Unknown,
        };
    }

    fn end(state: &mut State, side: Side, out: &mut Output<'_>) {
        if let Some(lost) = state.pieces.forget(|key| key == side.index() as u64) {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "segments of a TSDU are open at the end");
            say(anomaly, lost, out);
        }
    }

    fn mend(pdu: &mut Vec<u8>) {
        let (length, total) = (u16::try_from(pdu.len()), pdu.len());
        if let (Ok(length), Some(place)) = (length, pdu.get_mut(2..4)) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        let code = pdu.get(5).copied().unwrap_or_default();
        let indicator = match PduType(code >> 4) {
            PduType::DATA => Some(2),
            PduType::CONNECTION_REQUEST | PduType::CONNECTION_CONFIRM => {
                u8::try_from(total.saturating_sub(5)).ok()
            }
            _ => None,
        };
        if let (Some(indicator), Some(place)) = (indicator.filter(|it| *it < 255), pdu.get_mut(4)) {
            *place = indicator;
        }
    }
}

/// How octets fit a TPKT with a TPDU of class 0 in it.
enum Fit {
    No,
    /// Cannot be told before there are this many.
    Short(usize),
    /// The head fits, and the rest, which is not there yet, cannot change that.
    Weak,
    /// A whole one of this many octets.
    Whole(usize),
    /// No other protocol fits by chance.
    Strong,
}

/// However many octets there are, the answer for more of them is the same, but that [`Fit::Short`] may become any, and
/// [`Fit::Weak`] may become [`Fit::Whole`] or [`Fit::Strong`].
fn fit(bytes: &[u8], toward: Option<Toward>) -> Fit {
    if !bytes.iter().zip(&[3u8, 0]).all(|(have, want)| have == want) {
        return Fit::No;
    }
    fit_behind(bytes, toward)
}

/// The same, whatever version and reserved octet are.
fn fit_behind(bytes: &[u8], toward: Option<Toward>) -> Fit {
    let Some(&[_, _, high, low]) = bytes.first_chunk() else { return Fit::Short(LEAST) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    // The framing says so as soon.
    if length < LEAST {
        return Fit::No;
    }
    let Some(&[.., indicator, code, sixth]) = bytes.first_chunk::<LEAST>() else { return Fit::Short(LEAST) };
    let head = TPKT + 1 + usize::from(indicator);
    if head > length {
        return Fit::No;
    }
    let whole = bytes.get(..length);
    let weak = || match whole {
        Some(_) => Fit::Whole(length),
        None if bytes.len() >= ENOUGH => Fit::Weak,
        None => Fit::Short(length),
    };
    match (PduType(code >> 4), code & 0xf, indicator) {
        (PduType::DATA, 0, 2) => {
            // In class 0 the number is 0 (clause 13.7.3); few count all the same.
            let counts = sixth & 0x7f != 0;
            // A child takes where the octets end as the end of the TSDU: of a part of it, it may be sure and be wrong.
            let Some(whole) = whole else { return if counts { Fit::Short(length) } else { weak() } };
            let inside = whole.get(LEAST..).unwrap_or_default();
            let strong = protocols::children(&PROTOCOL)
                .any(|(_, child)| child.dissector.probe(inside, toward) == Probe::Certain);
            match (strong, counts) {
                (true, _) => Fit::Strong,
                (false, false) => weak(),
                (false, true) => Fit::No,
            }
        }
        (PduType::CONNECTION_REQUEST | PduType::CONNECTION_CONFIRM, 0, 6..) => {
            // A caller without user data fills the TPKT, and names the TSAPs it wants to connect.
            if head != length {
                return Fit::No;
            }
            // It is short, and the rest of it may tell that it is none.
            let Some(whole) = whole else { return Fit::Short(length) };
            let class = whole.get(LEAST + 3).copied().unwrap_or(0xff);
            let requested = code >> 4 == 0xe;
            let reference = whole.get(6..8).unwrap_or_default();
            if class > 0x4f || (requested && reference != [0, 0]) {
                return Fit::No;
            }
            match selectors(whole.get(LEAST + 4..).unwrap_or_default(), requested) {
                Some(true) => Fit::Strong,
                Some(false) => Fit::Whole(length),
                None => Fit::No,
            }
        }
        (PduType::DISCONNECT_REQUEST, 0, 6..)
        | (PduType::DISCONNECT_CONFIRM, 0, 5..)
        | (PduType::ERROR, 0, 4..) => weak(),
        _ => Fit::No,
    }
}

/// Whether parameters name both TSAPs; `None` if they are no parameters of the standard. Who is asked for a connection ignores
/// others (clause 13.2.3): beside a TSAP they are no reason to doubt.
fn selectors(mut rest: &[u8], requested: bool) -> Option<bool> {
    let (mut calling, mut called, mut others) = (false, false, false);
    while let &[code, length, ref behind @ ..] = rest {
        (_, rest) = behind.split_at_checked(usize::from(length))?;
        match code {
            0xc1 => calling = true,
            0xc2 => called = true,
            0xc0 | 0xc3..=0xc7 | 0x85..=0x8b | 0xe0 | 0xf0 | 0xf2 => {}
            _ if requested => others = true,
            _ => return None,
        }
    }
    let is_doubted = others && !calling && !called;
    (rest.is_empty() && !is_doubted).then_some(calling && called && !others)
}

/// Data (clause 13.7).
fn data<'a>(
    state: &'a mut State,
    pdu: Pdu<'_>,
    row: &mut Cotp<'a>,
    fields: &[u8],
    user_data: &'a [u8],
    out: &mut Output<'_>,
) {
    let last = match *fields {
        [number] => {
            (row.destination_reference, row.tpdu_number) = (Some(0), Some(u32::from(number & 0x7f)));
            number & 0x80 != 0
        }
        // Normal format of classes 2 to 4, then the extended one; in class 4 a checksum may follow (clause 13.7.4).
        [high, low, number] | [high, low, number, 0xc3, 2, _, _] => {
            row.destination_reference = Some(u16::from_be_bytes([high, low]));
            row.tpdu_number = Some(u32::from(number & 0x7f));
            number & 0x80 != 0
        }
        [high, low, a, b, c, d] | [high, low, a, b, c, d, 0xc3, 2, _, _] => {
            row.destination_reference = Some(u16::from_be_bytes([high, low]));
            let number = u32::from_be_bytes([a, b, c, d]);
            row.tpdu_number = Some(number & 0x7fff_ffff);
            number & 0x8000_0000 != 0
        }
        _ => {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "header has the length of no data");
            out.anomaly(anomaly.at(TPKT as u64).found(fields.len() as u64 + 1));
            row.data = Some(user_data).filter(|data| !data.is_empty());
            return out.row(row);
        }
    };
    row.end_of_tsdu = Some(last);
    state.in_use = true;
    if user_data.is_empty() && !last {
        // It keeps the connection alive, and begins no TSDU that somebody would wait for.
        return out.row(row);
    }
    let torn = state.torn(pdu.way.side);
    let before = *torn;
    let goes_on = matches!(before, Torn::Rest | Torn::Before);
    *torn = match (last, pdu.cut) {
        (true, true) => Torn::End,
        (false, true) => Torn::Rest,
        (false, false) if goes_on => Torn::Before,
        (_, false) => Torn::Nothing,
    };
    if goes_on {
        row.data = Some(user_data);
        return out.row(row);
    }
    // What comes of a TSDU behind a segment that is cut cannot be put to it: its beginning is all there will be.
    let last = last || pdu.cut;
    let piece =
        Piece { key: pdu.way.side.index() as u64, first: None, last, sequence: None, octets: user_data };
    let (assembled, lost) = out.assemble(&mut state.pieces, &piece);
    if let Some(lost) = lost {
        let anomaly = Anomaly::new(AnomalyKind::LIMIT, "segments of a TSDU were dropped");
        say(anomaly, lost, out);
    }
    let Assembled::Whole(tsdu) = assembled else { return out.row(row) };
    row.tsdu_length = u32::try_from(tsdu.len()).ok().filter(|_| !pdu.cut);
    // Without user data it only keeps the connection alive. What nobody knows is told by the one that was found before, unless it may
    // be the end of a TSDU.
    let child = match tsdu.is_empty() {
        true => None,
        false if before == Torn::Unknown => out.ask_children(tsdu),
        false => out.ask_children(tsdu).or(out.only_child()),
    };
    if child.is_none() {
        row.data = Some(tsdu).filter(|tsdu| !tsdu.is_empty());
    }
    out.row(row);
    if let Some(key) = child {
        out.child_of(key, Pairing { key: state.association, ..Pairing::default() }, tsdu);
    }
}

fn say(anomaly: Anomaly, lost: Lost, out: &mut Output<'_>) {
    out.anomaly(anomaly.length(lost.octets).count(lost.pieces));
}

/// The fixed part behind the code (clauses 13.3 to 13.12). Returns what follows it: the variable part.
fn fixed_part<'a>(row: &mut Cotp<'_>, fields: &'a [u8]) -> Option<&'a [u8]> {
    let (high_low, rest) = fields.split_first_chunk()?;
    row.destination_reference = Some(u16::from_be_bytes(*high_low));
    Some(match row.pdu_type {
        PduType::CONNECTION_REQUEST | PduType::CONNECTION_CONFIRM | PduType::DISCONNECT_REQUEST => {
            let (high_low, rest) = rest.split_first_chunk()?;
            row.source_reference = Some(u16::from_be_bytes(*high_low));
            let (&last, rest) = rest.split_first()?;
            if row.pdu_type == PduType::DISCONNECT_REQUEST {
                row.disconnect_reason = Some(DisconnectReason(last));
            } else {
                (row.class, row.options) = (Some(last >> 4), Some(last & 0xf));
            }
            rest
        }
        PduType::DISCONNECT_CONFIRM => {
            let (high_low, rest) = rest.split_first_chunk()?;
            row.source_reference = Some(u16::from_be_bytes(*high_low));
            rest
        }
        PduType::ERROR => {
            let (&cause, rest) = rest.split_first()?;
            row.reject_cause = Some(RejectCause(cause));
            rest
        }
        PduType::EXPEDITED_DATA => {
            let (&number, rest) = rest.split_first()?;
            row.tpdu_number = Some(u32::from(number & 0x7f));
            row.end_of_tsdu = Some(number & 0x80 != 0);
            rest
        }
        _ => {
            let (&number, rest) = rest.split_first()?;
            row.tpdu_number = Some(u32::from(number & 0x7f));
            rest
        }
    })
}

/// The variable part (clause 13.2.3): parameters, each a code, a length and a value.
fn parameters<'a>(row: &mut Cotp<'a>, variable: &'a [u8], pdu: &[u8], out: &mut Output<'_>) {
    row.parameters = Some(variable).filter(|variable| !variable.is_empty());
    let connects = matches!(row.pdu_type, PduType::CONNECTION_REQUEST | PduType::CONNECTION_CONFIRM);
    let (mut rest, mut size, mut preferred) = (variable, None, None);
    while !rest.is_empty() {
        let at =
            pdu.len().min(TPKT + 1 + usize::from(pdu.get(TPKT).copied().unwrap_or_default())) - rest.len();
        let parameter = match *rest {
            [code, length, ref behind @ ..] => {
                behind.split_at_checked(usize::from(length)).map(|it| (code, it))
            }
            _ => None,
        };
        let Some((code, (value, behind))) = parameter else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "parameter is beyond the header");
            out.anomaly(anomaly.at(at as u64).length(rest.len() as u64));
            break;
        };
        match (code, value) {
            (0xc0, &[exponent @ 7..=13]) if connects => size = Some(1u32 << exponent),
            (0xc0, _) if connects => {
                let anomaly = Anomaly::new(AnomalyKind::VALUE, "TPDU size is none of the standard");
                let found = value.iter().take(8).fold(0, |sum, octet| sum << 8 | u64::from(*octet));
                out.anomaly(anomaly.at(at as u64).found(found));
            }
            (0xc1, _) if connects => row.calling_tsap = Some(Text(value)),
            (0xc2, _) if connects => row.called_tsap = Some(Text(value)),
            (0xf0, [_, ..]) if connects && value.len() <= 4 => {
                let units = value.iter().fold(0u32, |sum, octet| sum << 8 | u32::from(*octet));
                preferred = units.checked_mul(128);
            }
            _ => {}
        }
        rest = behind;
    }
    row.tpdu_size = preferred.or(size);
}

/// Whatever is no data: opens, closes, confirms.
fn connection(state: &mut State, side: Side, mut row: Cotp<'_>, out: &mut Output<'_>) {
    match row.pdu_type {
        PduType::CONNECTION_REQUEST => {
            out.learn(Toward::Server);
            out.set_direction(Direction::REQUEST);
            // The same request again, without an answer between, is the same association.
            let again = state.in_use && state.asked == Some(side);
            if state.in_use && !again {
                anew(state, out);
                let reason = "a connection is opened within another";
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason));
            }
            (state.in_use, state.asked) = (true, Some(side));
            out.row(&row);
            let asks = request(row.pdu_type, state.association, row.source_reference);
            out.request(&Request { object: row.called_tsap, ..asks });
        }
        PduType::CONNECTION_CONFIRM => {
            out.learn(Toward::Client);
            out.set_direction(Direction::RESPONSE);
            let asks = request(PduType::CONNECTION_REQUEST, state.association, row.destination_reference);
            let answer = out.answer(asks.key);
            if let Answer::Paired(asked) = &answer {
                row.request_message = Some(asked.message);
            } else if answer == Answer::Unasked && state.in_use && state.asked.is_none() {
                anew(state, out);
            }
            (state.in_use, state.asked) = (true, None);
            out.row(&row);
            let reason = "request was answered before";
            match answer {
                Answer::Paired(asked) => out.complete(&asked, Result::plain(Outcome::SUCCESS)),
                Answer::Again => out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason)),
                Answer::Unasked => out.unasked(&asks, Result::plain(Outcome::UNASKED)),
            }
        }
        PduType::DISCONNECT_REQUEST => {
            if state.asked == Some(side.other()) {
                let reason = row.disconnect_reason;
                let name = reason.and_then(DisconnectReason::name);
                refuses(state, row, (reason.map(|reason| reason.0), name), out);
            } else {
                out.set_direction(Direction::UNSOLICITED);
                out.row(&row);
                out.unconfirmed(&request(row.pdu_type, state.association, row.source_reference));
                // Whoever asked for the connection waits for it no longer.
                let asks = request(PduType::CONNECTION_REQUEST, state.association, row.source_reference);
                if state.asked == Some(side)
                    && let Some(asked) = out.withdraw(asks.key)
                {
                    out.complete(&asked, Result::plain(Outcome::CANCELLED));
                }
            }
            anew(state, out);
        }
        // A request that cannot be read is refused so, too.
        PduType::ERROR if state.asked == Some(side.other()) => {
            let cause = row.reject_cause;
            let name = cause.and_then(RejectCause::name);
            if refuses(state, row, (cause.map(|cause| cause.0), name), out) {
                anew(state, out);
            }
        }
        _ => out.row(&row),
    }
}

/// A TPDU of this row refuses the connection that was asked for, with this reason and its name. Returns whether it was.
fn refuses(
    state: &State,
    mut row: Cotp<'_>,
    (reason, name): (Option<u8>, Option<&'static str>),
    out: &mut Output<'_>,
) -> bool {
    out.set_direction(Direction::RESPONSE);
    let asks = request(row.pdu_type, state.association, row.destination_reference);
    let answer = out.answer(asks.key);
    if let Answer::Paired(asked) = &answer {
        row.request_message = Some(asked.message);
    }
    out.row(&row);
    let Answer::Paired(asked) = answer else { return false };
    let (status, status_name) = (reason.map(u32::from), name.map(Symbol));
    out.complete(&asked, Result { outcome: Outcome::REFUSED, status, status_name });
    true
}

/// What is asked by this TPDU, under the reference that an answer repeats.
fn request<'a>(pdu_type: PduType, association: u64, reference: Option<u16>) -> Request<'a> {
    Request {
        function: pdu_type.name().map(Symbol),
        function_code: Some(pdu_type.0.into()),
        ..Request::new(
            KEY | association << 16 | u64::from(reference.unwrap_or_default()),
            pdu_type.operation().unwrap_or_default(),
        )
    }
}

/// A new association begins; what is open of the old one is dropped, and said.
fn anew(state: &mut State, out: &mut Output<'_>) {
    if let Some(lost) = state.pieces.forget(|_| true) {
        let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "the connection ends before the last segment");
        say(anomaly, lost, out);
    }
    state.association = state.association.wrapping_add(1) & 0xffff;
    (state.in_use, state.asked, state.torn) = (false, None, Default::default());
    out.forget_children();
}
