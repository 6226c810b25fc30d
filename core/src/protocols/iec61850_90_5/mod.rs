//! Routed GOOSE and sampled values: the session of IEC TR 61850-90-5 over UDP.
//!
//! IEC TR 61850-90-5:2012, clause 8, now in IEC 61850-8-1 and -9-2 amendments of 2020; the transport is that of
//! ITU-T X.234 (ISO/IEC 8602). Messages inside fill the tables of GOOSE and sampled values. A message that is enciphered
//! is kept as sent, and so is the signature: keys are not known here.

mod routed;

pub use routed::{GOOSE as R_GOOSE, SV as R_SV};

use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::{Direction, Record},
    wire::ber,
};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    number::complete::{be_u8, be_u16, be_u32},
};

/// The session.
pub static PROTOCOL: Protocol = Protocol {
    name: "iec61850_90_5",
    title: "Routed GOOSE and sampled values",
    standard: "IEC TR 61850-90-5:2012",
    carriers: &[Carrier::Udp(&[102])],
    tables: &[Iec61850905::schema],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

crate::codes! {
    /// What a session carries: the session identifier.
    pub struct SessionIdentifier(u8) {
        /// Frames of Ethernet.
        TUNNELLED = 0xa0 => "tunnelled",
        /// GOOSE.
        GOOSE = 0xa1 => "goose",
        /// Sampled values.
        SAMPLED_VALUES = 0xa2 => "sampled_values",
        /// Management.
        MANAGEMENT = 0xa3 => "management",
    }
}

crate::record! {
    /// One session protocol data unit.
    pub struct Iec61850905<'a> in "iec61850_90_5" {
        /// What it carries.
        session_identifier: SessionIdentifier,
        /// SPDU length.
        spdu_length: u32 ["octets"],
        /// SPDU number: counts the units of a sender.
        spdu_number: u32,
        /// Version.
        version: u16,
        /// TimeofCurrentKey: when the key was taken into use, in seconds since 1970.
        time_of_current_key: u32 ["s"],
        /// TimetoNextKey.
        time_to_next_key: u16 ["min"],
        /// KeyID: the key of signature and cipher; 0 without security.
        key_id: u32,
        /// Initialization vector; null if it is empty.
        initialization_vector: Option<&'a [u8]>,
        /// Octets of the messages.
        payload_length: Option<u32> ["octets"],
        /// Messages that could be read.
        messages: u32,
        /// What lies behind the messages: the signature, as sent.
        signature: Option<&'a [u8]>,
    }
}

/// The unit data TPDU of X.234: one octet of header behind the length, its code, no parameters.
const UNIT_DATA: [u8; 2] = [1, 0x40];
/// Parameter of the session header that all sessions have.
const COMMON: u8 = 0x80;
/// Octets up to the length of the initialization vector.
const HEADER: usize = 27;
/// Identifiers of messages.
const MESSAGES: core::ops::RangeInclusive<u8> = 0x81..=0x84;
/// Of them, that of a frame of Ethernet.
const TUNNELLED: u8 = 0x83;

/// Clause 8: the session header, up to the initialization vector.
fn header(i: &[u8]) -> IResult<&[u8], Iec61850905<'_>, ()> {
    let (i, (_, session_identifier, _, _, _)) = (take(2usize), be_u8, be_u8, be_u8, be_u8).parse(i)?;
    let (i, (spdu_length, spdu_number, version)) = (be_u32, be_u32, be_u16).parse(i)?;
    let (i, (time_of_current_key, time_to_next_key, key_id, length)) =
        (be_u32, be_u16, be_u32, be_u8).parse(i)?;
    let (i, vector) = take(length)(i)?;
    let row = Iec61850905 {
        session_identifier: SessionIdentifier(session_identifier),
        spdu_length,
        spdu_number,
        version,
        time_of_current_key,
        time_to_next_key,
        key_id,
        initialization_vector: Some(vector).filter(|vector| !vector.is_empty()),
        payload_length: None,
        messages: 0,
        signature: None,
    };
    Ok((i, row))
}

struct Dissection;

impl Dissector for Dissection {
    type State = ();

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        let Some(&[a, b, session, _, common, _]) = bytes.first_chunk() else { return Probe::More(6) };
        if [a, b] == UNIT_DATA && SessionIdentifier(session).name().is_some() && common == COMMON {
            Probe::Certain
        } else {
            Probe::No
        }
    }

    /// A unit fills its datagram.
    fn frame(_: &(), _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(_: &mut (), pdu: Pdu<'_>, out: &mut Output<'_>) {
        out.set_direction(Direction::UNSOLICITED);
        let Ok((behind, mut row)) = header(pdu.bytes) else {
            if !pdu.cut {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message is shorter than its header");
                out.anomaly(anomaly.numbers(HEADER as u64, pdu.bytes.len() as u64));
            }
            return out.no_message();
        };
        let (claimed, behind) = match behind.split_first_chunk() {
            Some((length, behind)) => (Some(u32::from_be_bytes(*length)), behind),
            None => (None, &[][..]),
        };
        row.payload_length = claimed;
        let octets = usize::try_from(claimed.unwrap_or_default()).unwrap_or(usize::MAX);
        let (payload, signature) = behind.split_at_checked(octets).unwrap_or((behind, &[]));
        row.signature = Some(signature).filter(|signature| !signature.is_empty());
        row.messages = messages(payload).count() as u32;
        out.row(&row);
        if claimed.is_none() && !pdu.cut {
            out.anomaly(Anomaly::new(AnomalyKind::TRUNCATED, "message ends before its payload"));
        }
        if octets > behind.len() && !pdu.cut {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message ends before its length");
            out.anomaly(anomaly.at(HEADER as u64).numbers(octets as u64, behind.len() as u64));
        }
        let mut read = 0;
        for message in messages(payload) {
            read += message.len();
            let kind = message.first().copied().unwrap_or_default();
            if !out.child(kind.into(), message) {
                let anomaly = Anomaly::new(AnomalyKind::VALUE, "message of a kind that is not read");
                out.anomaly(anomaly.found(kind.into()).length(message.len() as u64));
            }
        }
        // What a key hides cannot be told from what is malformed.
        if read < payload.len() && row.key_id == 0 && !pdu.cut {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no message begins here");
            let offset = ber::offset(pdu.bytes, payload).unwrap_or_default() + read as u64;
            out.anomaly(anomaly.at(offset).length((payload.len() - read) as u64));
        }
    }

    fn mend(pdu: &mut Vec<u8>) {
        let vector = usize::from(pdu.get(HEADER - 1).copied().unwrap_or_default());
        let length = pdu.len().saturating_sub(HEADER + vector + 4);
        if let Some(field) = pdu.get_mut(HEADER + vector..HEADER + vector + 4) {
            field.copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

/// The messages of a payload: identifier, simulation, APPID, length, and an APDU. The length counts itself with some
/// senders, so the APDU tells where the message ends.
fn messages(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = payload;
    core::iter::from_fn(move || {
        match *rest.first()? {
            // What a tunnel carries has no APDU that would tell its end.
            TUNNELLED => return Some(core::mem::take(&mut rest)),
            kind if MESSAGES.contains(&kind) => {}
            _ => return None,
        }
        let apdu = rest.get(routed::HEADER..)?;
        let mut elements = ber::Elements::new(apdu);
        elements.next()?;
        let len = rest.len() - elements.rest().len();
        let (message, behind) = rest.split_at_checked(len)?;
        rest = behind;
        Some(message)
    })
}
