//! GOOSE and GSE management: what protection and control devices tell one another, several times over, in a few
//! milliseconds.
//!
//! - IEC 61850-8-1:2011 with amendment 1:2020: the frame (annex C), the APDU (annex A), repetition (clause 18.1), GSE
//!   management (18.3); values as in MMS.
//! - IEC 62351-6: the security extension, which is kept as sent.
//!
//! A message that only repeats is summed in `streams`; one that changes anything gives its rows and its values.

pub mod codes;
mod data;
mod management;
mod parse;
mod records;
mod state;
#[cfg(test)]
mod tests;

pub(super) use parse::message;
pub use records::{Goose, GooseData, GseManagement, GseManagementItems};

use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::{Record, Table},
    wire::{
        ber::{self, Element, Fault},
        ethernet::is_filling,
    },
};

/// GOOSE and GSE management.
pub static PROTOCOL: Protocol = Protocol {
    name: "goose",
    title: "GOOSE",
    standard: "IEC 61850-8-1:2011+A1:2020",
    carriers: &[Carrier::Ethertype(0x88b8), Carrier::Ethertype(0x88b9)],
    tables: TABLES,
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

/// Over Ethernet and over UDP the same tables are filled.
pub(super) const TABLES: &[fn() -> &'static Table] =
    &[Goose::schema, GooseData::schema, GseManagement::schema, GseManagementItems::schema];

/// Octets of APPID, Length, Reserved 1 and Reserved 2.
const HEADER: usize = 8;
/// Identifier octet of a GOOSE APDU.
pub(super) const GOOSE: u8 = 0x61;
/// Identifier octet of an APDU of GSE management.
const MANAGEMENT: u8 = 0x60;

/// What stands before the APDU, over Ethernet or over UDP.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) appid: u16,
    pub(super) length: Option<u16>,
    pub(super) simulated: bool,
    /// Whether octets of the APDU are missing.
    pub(super) truncated: bool,
    pub(super) reserved1: Option<u16>,
    pub(super) reserved2: Option<u16>,
}

/// The frame that GOOSE, GSE management and sampled values share (IEC 61850-8-1 annex C, IEC 61850-9-2 annex A).
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) head: Head,
    /// The APDU, if it is one of those looked for.
    pub(super) apdu: Option<Element<'a>>,
    /// The security extension behind it (IEC 62351-6).
    pub(super) extension: Option<&'a [u8]>,
    fault: Option<Fault<'a>>,
    claimed: usize,
    told: usize,
}

impl<'a> Frame<'a> {
    /// Reads the header and finds the APDU; none if there is no header, which is said.
    pub(super) fn read(pdu: Pdu<'a>, tags: &[u8], out: &mut Output<'_>) -> Option<Self> {
        let Some((&[a, b, c, d, e, f, g, h], behind)) = pdu.bytes.split_first_chunk() else {
            if !pdu.cut {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message is shorter than its header");
                out.anomaly(anomaly.numbers(HEADER as u64, pdu.bytes.len() as u64));
            }
            out.no_message();
            return None;
        };
        let pair = |high, low| u16::from_be_bytes([high, low]);
        let (length, reserved1) = (pair(c, d), pair(e, f));
        let mut head = Head {
            appid: pair(a, b),
            length: Some(length),
            simulated: reserved1 & 0x8000 != 0,
            truncated: pdu.cut,
            reserved1: Some(reserved1),
            reserved2: Some(pair(g, h)),
        };
        // Length counts from APPID; what lies behind it is no part of the message.
        let claimed = usize::from(length);
        let inside = claimed.checked_sub(HEADER).and_then(|len| behind.get(..len)).unwrap_or(behind);
        let mut elements = ber::Elements::new(inside);
        let (element, fault) = (elements.next(), elements.fault());
        head.truncated |= fault.is_some_and(|fault| fault.claimed.is_some());
        let apdu = element.filter(|element| tags.contains(&element.identifier));
        // Behind the octets that end an indefinite length, too.
        let behind = HEADER + (inside.len() - elements.rest().len());
        let end = if apdu.is_some() { behind } else { claimed };
        // The extension stands behind the APDU, inside the length or beyond it.
        let rest = pdu.bytes.get(end..).unwrap_or_default();
        let security = usize::from(reserved1 & 0x0fff).max(claimed.saturating_sub(end)).min(rest.len());
        let extension = rest.get(..security).filter(|octets| apdu.is_some() && !octets.is_empty());
        let told = claimed.max(end + extension.map_or(0, <[u8]>::len));
        Some(Self { head, apdu, extension, fault, claimed, told })
    }

    /// Says what lengths have wrong.
    pub(super) fn lengths(&self, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let octets = pdu.bytes.len();
        if let Some(found) = self.fault.filter(|_| !pdu.cut) {
            out.anomaly(fault(pdu.bytes, found));
        }
        if self.claimed < HEADER {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "length has no room for the header").at(2);
            out.anomaly(anomaly.numbers(HEADER as u64, self.claimed as u64));
        } else if self.claimed > octets && !pdu.cut {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message ends before its length").at(2);
            out.anomaly(anomaly.numbers(self.claimed as u64, octets as u64));
        } else if !is_filling(pdu.bytes, self.told) {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the message");
            out.anomaly(anomaly.at(self.told as u64).length((octets.saturating_sub(self.told)) as u64));
        }
    }
}

/// What an encoding has wrong, as an anomaly.
pub(super) fn fault(message: &[u8], fault: Fault<'_>) -> Anomaly {
    let kind = if fault.claimed.is_some() { AnomalyKind::TRUNCATED } else { AnomalyKind::MALFORMED };
    let mut anomaly = Anomaly::new(kind, fault.reason).length(fault.at.len() as u64);
    if let Some(claimed) = fault.claimed {
        anomaly = anomaly.numbers(claimed, fault.available);
    }
    match ber::offset(message, fault.at) {
        Some(offset) => anomaly.at(offset),
        None => anomaly,
    }
}

/// Header, then an APDU within the length.
pub(super) fn signature(bytes: &[u8], tags: &[u8]) -> Probe {
    let Some(&[_, _, high, low, _, _, _, _, tag]) = bytes.first_chunk() else {
        return Probe::More(HEADER + 1);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if tags.contains(&tag) && length > HEADER + 2 && length <= bytes.len() {
        Probe::Possible
    } else {
        Probe::No
    }
}

/// What was cut off behind the length is no part of the message.
pub(super) fn within_length(pdu: Pdu<'_>) -> Pdu<'_> {
    let length =
        pdu.bytes.get(2..).and_then(|octets| octets.first_chunk()).map(|octets| u16::from_be_bytes(*octets));
    Pdu { cut: pdu.cut && length.is_none_or(|length| usize::from(length) > pdu.bytes.len()), ..pdu }
}

/// Sets Length right.
pub(super) fn mend(pdu: &mut [u8]) {
    let length = u16::try_from(pdu.len()).unwrap_or(u16::MAX).to_be_bytes();
    if let Some(field) = pdu.get_mut(2..4) {
        field.copy_from_slice(&length);
    }
}

struct Dissection;

impl Dissector for Dissection {
    type State = ();

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        signature(bytes, &[GOOSE, MANAGEMENT])
    }

    /// A message fills its frame.
    fn frame(_: &(), _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(_: &mut (), pdu: Pdu<'_>, out: &mut Output<'_>) {
        let pdu = within_length(pdu);
        let Some(frame) = Frame::read(pdu, &[GOOSE, MANAGEMENT], out) else { return };
        match frame.apdu {
            Some(apdu) if apdu.identifier == GOOSE => {
                parse::message(frame.head, apdu, frame.extension, pdu, out);
            }
            Some(apdu) => management::message(frame.head.appid, apdu, pdu, out),
            None if !pdu.cut => {
                out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "no APDU of GOOSE").at(HEADER as u64));
            }
            None => {}
        }
        frame.lengths(pdu, out);
    }

    fn mend(pdu: &mut Vec<u8>) {
        mend(pdu);
    }
}
