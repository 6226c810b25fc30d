//! S7comm-plus: how S7-1200 and S7-1500 PLCs talk with engineering stations and panels.
//!
//! There is no public standard. What is read here follows what others found and what the captures of real PLCs show. Newer
//! devices put it inside TLS, where it cannot be read.
//!
//! A PDU has a head of four octets and data. A message ends with a trailer, which is a head whose length is 0; a PDU without
//! one is followed by another that goes on with the data. System events and keep-alives have no trailer.
//!
//! A request and its answer are paired by function and sequence number, an error in the place of an answer by that number alone.
//! The rows of the values of a message come with the PDU that ends it.

pub mod codes;
mod items;
mod notification;
mod parse;
mod records;
mod state;
#[cfg(test)]
mod tests;
mod values;
mod variables;

pub use records::{
    S7commPlus, S7commPlusAddresses, S7commPlusErrors, S7commPlusIntegrities, S7commPlusObjects,
    S7commPlusValues, S7commPlusVariables,
};

use crate::{
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Side, Toward, Way},
    record::Record,
};
use codes::Version;
use state::State;

/// S7comm-plus within COTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "s7comm_plus",
    title: "S7comm-plus",
    standard: "none public; as found in traffic",
    carriers: &[Carrier::Within { parent: "cotp", key: PROTOCOL_ID as u64 }],
    tables: &[
        S7commPlus::schema,
        S7commPlusValues::schema,
        S7commPlusAddresses::schema,
        S7commPlusObjects::schema,
        S7commPlusVariables::schema,
        S7commPlusErrors::schema,
        S7commPlusIntegrities::schema,
    ],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

/// First octet of every PDU.
const PROTOCOL_ID: u8 = 0x72;
/// Octets of the head.
const HEADER: usize = 4;

/// Length of head and data.
fn length(version: Version, l1: u8, l2: u8) -> usize {
    if version == Version::KEEP_ALIVE { HEADER } else { HEADER + usize::from(u16::from_be_bytes([l1, l2])) }
}

struct Dissection;

impl Dissector for Dissection {
    type State = State;

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        if bytes.first().is_some_and(|octet| *octet != PROTOCOL_ID)
            || bytes.get(1).is_some_and(|octet| Version(*octet).name().is_none())
        {
            return Probe::No;
        }
        let Some(&[_, version, l1, l2]) = bytes.first_chunk() else { return Probe::More(HEADER) };
        let version = Version(version);
        let length = length(version, l1, l2);
        match bytes.len().checked_sub(length) {
            None => Probe::More(length),
            Some(_) if length == HEADER => Probe::Possible,
            Some(0) => Probe::Certain,
            Some(HEADER) if bytes.get(length..) == Some(&[PROTOCOL_ID, version.0, 0, 0]) => Probe::Certain,
            Some(_) => Probe::Possible,
        }
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        let Some(&[identifier, version, l1, l2]) = bytes.first_chunk() else { return Framing::Need(HEADER) };
        if identifier != PROTOCOL_ID {
            return Framing::Malformed("protocol identifier is not 72 hex");
        }
        if Version(version).name().is_none() {
            return Framing::Malformed("version is not known");
        }
        let length = length(Version(version), l1, l2);
        if length <= bytes.len() { Framing::Frame(length) } else { Framing::Need(length) }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        parse::message(state, pdu, out);
    }

    fn gap(state: &mut State, side: Side) {
        state.lost(side);
    }

    fn mend(pdu: &mut Vec<u8>) {
        let Some(length) = pdu.len().checked_sub(HEADER).and_then(|length| u16::try_from(length).ok()) else {
            return;
        };
        if let Some(head) = pdu.get_mut(..HEADER) {
            let [l1, l2] = length.to_be_bytes();
            let version = head.get(1).copied().filter(|octet| Version(*octet).name().is_some());
            head.copy_from_slice(&[PROTOCOL_ID, version.unwrap_or(Version::V2.0), l1, l2]);
        }
    }
}
