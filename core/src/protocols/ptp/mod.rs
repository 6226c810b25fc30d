//! PTP, version 2: how clocks are kept together.
//!
//! - IEEE Std 1588-2019 (and 2008): the header (clause 13.3), messages (13.4 to 13.13), TLVs (14), management (15), UDP
//!   over IPv4 and IPv6 (annexes C and D), Ethernet (annex E).
//! - IEEE Std C37.238-2011 and -2017: the TLVs of the power profile; IEC/IEEE 61850-9-3 has none of its own.

pub mod codes;
mod parse;
mod records;

pub use records::{Ptp, PtpAnnounces, PtpManagements, PtpTlvs};

use crate::{
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::Record,
};
use codes::MessageType;

/// PTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "ptp",
    title: "PTP",
    standard: "IEEE Std 1588-2019, IEEE Std C37.238-2017",
    carriers: &[Carrier::Ethertype(0x88f7), Carrier::Udp(&[319, 320])],
    tables: &[Ptp::schema, PtpAnnounces::schema, PtpManagements::schema, PtpTlvs::schema],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

/// Octets of the header that all messages have.
const HEADER: usize = 34;
/// Octets that UDP over IPv6 may add, for checksums to stay as they are (annex D).
const SPARE: usize = 2;

/// A domain in its VLAN: sdoId and domainNumber (IEEE Std 1588-2019, 7.1.1).
type Domain = (Option<u16>, u16, u8);

/// A port of a clock in a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Port {
    domain: Domain,
    clock: [u8; 8],
    number: u16,
}

/// The clock that a domain follows, and how good it says to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grandmaster {
    identity: [u8; 8],
    class: u8,
    accuracy: u8,
}

/// What is remembered of a sender: the grandmaster of each domain that each of its clocks has announced, and by how much its
/// time is ahead of the capture's, for each of its ports; in each VLAN.
#[derive(Debug, Default)]
pub struct State {
    grandmasters: Vec<((Domain, [u8; 8]), Grandmaster)>,
    /// In nanoseconds.
    ahead: Vec<(Port, i64)>,
}

struct Dissection;

impl Dissector for Dissection {
    type State = State;

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        let (Some(&[kind, version, high, low]), true) = (bytes.first_chunk(), bytes.len() >= HEADER) else {
            return Probe::More(HEADER);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // majorSdoId: that of the standard, of IEEE 802.1AS, or of the common mean link delay service.
        let sdo_is_known = kind >> 4 <= 2;
        let kind = MessageType(kind & 15);
        let known = sdo_is_known && kind.name().is_some() && length >= parse::shortest(kind);
        // messageTypeSpecific is 0 between devices (13.3.2.10): it tells reserved types, and messages that are too short, from
        // other protocols that have their length there.
        let known = known || bytes.get(16..20).is_some_and(|octets| *octets == [0; 4]);
        let fits = (length..=length.saturating_add(SPARE)).contains(&bytes.len()) && length >= HEADER;
        if known && fits && version & 15 == 2 { Probe::Possible } else { Probe::No }
    }

    /// As above, but that the datagram is shorter than the message.
    fn probe_beginning(bytes: &[u8], _: Option<Toward>) -> Probe {
        let (Some(&[kind, version, high, low]), true) = (bytes.first_chunk(), bytes.len() >= HEADER) else {
            return Probe::No;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let kind = MessageType(kind & 15);
        let known = kind.name().is_some() && version & 15 == 2;
        if known && length >= parse::shortest(kind) && length.saturating_add(SPARE) > bytes.len() {
            Probe::Possible
        } else {
            Probe::No
        }
    }

    /// A message fills its datagram or frame.
    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        parse::message(state, pdu, out);
    }

    fn mend(pdu: &mut Vec<u8>) {
        let length = u16::try_from(pdu.len()).unwrap_or(u16::MAX).to_be_bytes();
        if let Some(field) = pdu.get_mut(2..4) {
            field.copy_from_slice(&length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, length: u8) -> Vec<u8> {
        let mut message = vec![0; usize::from(length)];
        (message[0], message[1], message[3]) = (kind, 2, length);
        message
    }

    /// tshark 4.0 reads each of these on port 319; so do we if what must be 0 is.
    #[test]
    fn a_reserved_type_or_too_few_octets_may_be() {
        for (kind, length) in [(4, 44), (5, 34), (14, 60), (11, 44), (9, 44), (0, 34)] {
            let mut odd = message(kind, length);
            assert_eq!(Dissection::probe(&odd, None), Probe::Possible, "{kind}");
            odd[17] = 1;
            assert_eq!(Dissection::probe(&odd, None), Probe::No, "{kind}");
            odd[17] = 0;
            odd[3] -= 3;
            assert_eq!(Dissection::probe(&odd, None), Probe::No, "{kind}");
        }
        let mut whole = message(0, 44);
        whole[17] = 1;
        assert_eq!(Dissection::probe(&whole, None), Probe::Possible);
        // L2TP has its version and its length in the same places (RFC 2661 section 3.1).
        whole[0] = 0xc8;
        assert_eq!(Dissection::probe(&whole, None), Probe::No);
    }
}
