//! LLDP: what a port tells its neighbour of itself.
//!
//! IEEE Std 802.1AB-2016: the LLDPDU (clause 8). The TLVs of organisations follow IEEE Std 802.1Q annex D, IEEE Std 802.3
//! clause 79, ANSI/TIA-1057, RFC 8520, and IEC 61158-6-10 for PROFINET.

pub mod codes;
mod parse;
mod records;

pub use records::{Lldp, LldpManagementAddresses, LldpOrganizationTlvs};

use crate::{
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::Record,
};

/// LLDP.
pub static PROTOCOL: Protocol = Protocol {
    name: "lldp",
    title: "LLDP",
    standard: "IEEE Std 802.1AB-2016",
    carriers: &[Carrier::Ethertype(0x88cc)],
    tables: &[Lldp::schema, LldpManagementAddresses::schema, LldpOrganizationTlvs::schema],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

struct Dissection;

impl Dissector for Dissection {
    type State = ();

    /// The first TLV is the chassis ID, and holds a subtype and an identifier (8.5.2), of up to 255 octets.
    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        match bytes {
            [] | [_] => Probe::More(2),
            [2, 2..=255, ..] | [3, ..] => Probe::Possible,
            _ => Probe::No,
        }
    }

    /// The LLDPDU fills its frame.
    fn frame(_: &(), _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(_: &mut (), pdu: Pdu<'_>, out: &mut Output<'_>) {
        parse::message(pdu, out);
    }
}
