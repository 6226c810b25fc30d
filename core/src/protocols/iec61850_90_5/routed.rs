//! GOOSE and sampled values within a session: identifier, simulation, APPID and length, then the APDU that Ethernet carries.
use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    protocols::{
        goose::{self, Head},
        sv,
    },
    wire::ber::{self, Element},
};

/// GOOSE over UDP.
pub static GOOSE: Protocol = Protocol {
    name: "r_goose",
    title: "Routed GOOSE",
    standard: "IEC TR 61850-90-5:2012, IEC 61850-8-1:2011+A1:2020",
    carriers: &[Carrier::Within { parent: "iec61850_90_5", key: 0x81 }],
    tables: goose::TABLES,
    dissector: Functions::of::<Routed<false>>(),
    vectors: include_str!("r_goose.md"),
};

/// Sampled values over UDP.
pub static SV: Protocol = Protocol {
    name: "r_sv",
    title: "Routed sampled values",
    standard: "IEC TR 61850-90-5:2012, IEC 61850-9-2:2011+A1:2020",
    carriers: &[Carrier::Within { parent: "iec61850_90_5", key: 0x82 }],
    tables: sv::TABLES,
    dissector: Functions::of::<Routed<true>>(),
    vectors: include_str!("r_sv.md"),
};

/// Octets before the APDU.
pub(super) const HEADER: usize = 6;

struct Routed<const SAMPLED: bool>;

/// Header and APDU.
fn read(bytes: &[u8]) -> Option<(Head, Option<Element<'_>>)> {
    let (&[_, simulation, high, low, _, _], apdu) = bytes.split_first_chunk::<HEADER>()?;
    let (element, fault) = ber::first(apdu);
    let head = Head {
        appid: u16::from_be_bytes([high, low]),
        length: None,
        simulated: simulation != 0,
        truncated: fault.is_some_and(|fault| fault.claimed.is_some()),
        reserved1: None,
        reserved2: None,
    };
    Some((head, element))
}

impl<const SAMPLED: bool> Dissector for Routed<SAMPLED> {
    type State = ();

    fn probe(_: &[u8], _: Option<Toward>) -> Probe {
        // Its parent knows.
        Probe::No
    }

    fn frame(_: &(), _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(_: &mut (), pdu: Pdu<'_>, out: &mut Output<'_>) {
        let tag = if SAMPLED { sv::SAV_PDU } else { goose::GOOSE };
        match read(pdu.bytes) {
            Some((head, Some(apdu))) if apdu.identifier == tag => {
                if SAMPLED {
                    sv::message(head, apdu, None, pdu, out);
                } else {
                    goose::message(head, apdu, None, pdu, out);
                }
            }
            _ if pdu.cut => {}
            _ => out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "no APDU of the message's kind")),
        }
    }
}
