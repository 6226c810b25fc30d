//! S7comm: how Siemens S7-300 and S7-400 PLCs, and newer ones for compatibility, talk with engineering stations, panels and
//! one another.
//!
//! There is no public standard. What is read here follows what others found and what the captures of real PLCs show. The PDU
//! is the payload of one COTP data transfer.
//!
//! A request and its answer are paired by the PDU reference; where it is used again, by function, number of items and their octets,
//! and else the oldest first. While one job alone may be outstanding, who asks again has given up the one before. The answer to a read
//! holds no addresses: they are taken from the job, and are null if that was not seen. What a job writes is said in `points`
//! when the job is seen; whether the PLC took it is told by the row in `operations`.
//!
//! In a download the engineering station asks the PLC to fetch the block, and the PLC then sends the jobs that do. Whether a
//! program goes into the PLC or out of it is told by the function, not by who sends the job.

mod address;
pub mod codes;
mod control;
mod parse;
mod records;
mod state;
mod szl;
#[cfg(test)]
mod tests;
mod time;
mod userdata;
mod watch;

pub use records::{
    S7comm, S7commAddresses, S7commAlarms, S7commBlocks, S7commClocks, S7commDiagnosticEvents, S7commItems,
    S7commMessageServices, S7commModes, S7commServices, S7commSetups, S7commSubscriptions, S7commSzl,
    S7commSzlEntries, S7commTransfers, S7commUserdata, S7commWatchItems,
};

use crate::{
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Side, Toward, Way},
    record::Record,
};
use codes::Rosctr;
use parse::{HEADER, PROTOCOL_ID, header_length};
use state::State;

/// S7comm within COTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "s7comm",
    title: "S7comm",
    standard: "none public; as found in traffic",
    carriers: &[Carrier::Within { parent: "cotp", key: PROTOCOL_ID as u64 }],
    tables: &[
        S7comm::schema,
        S7commItems::schema,
        S7commAddresses::schema,
        S7commSetups::schema,
        S7commTransfers::schema,
        S7commServices::schema,
        S7commUserdata::schema,
        S7commSzl::schema,
        S7commSzlEntries::schema,
        S7commDiagnosticEvents::schema,
        S7commBlocks::schema,
        S7commClocks::schema,
        S7commModes::schema,
        S7commSubscriptions::schema,
        S7commMessageServices::schema,
        S7commAlarms::schema,
        S7commWatchItems::schema,
    ],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

struct Dissection;

/// Length of header, parameters and data; `None` as long as that cannot be told.
fn length(bytes: &[u8]) -> Option<usize> {
    let &[_, rosctr, _, _, _, _, p1, p2, d1, d2] = bytes.first_chunk::<HEADER>()?;
    let header = header_length(Rosctr(rosctr))?;
    Some(header + usize::from(u16::from_be_bytes([p1, p2])) + usize::from(u16::from_be_bytes([d1, d2])))
}

impl Dissector for Dissection {
    type State = State;

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        let (identifier, rosctr) = (bytes.first(), bytes.get(1));
        if identifier.is_some_and(|octet| *octet != PROTOCOL_ID)
            || rosctr.is_some_and(|octet| header_length(Rosctr(*octet)).is_none())
        {
            return Probe::No;
        }
        // Redundancy identification, and some kinds: nobody is known to use them.
        let quiet = bytes.get(2..4).is_none_or(|octets| *octets == [0; 2]);
        let named = rosctr.is_none_or(|octet| Rosctr(*octet).name().is_some());
        match length(bytes) {
            Some(length) if length == bytes.len() && quiet && named => Probe::Certain,
            Some(length) if length > bytes.len() => Probe::More(length),
            Some(length) if length < bytes.len() && !quiet => Probe::No,
            Some(_) => Probe::Possible,
            None => Probe::More(HEADER),
        }
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        let Some(head) = bytes.first_chunk::<HEADER>() else { return Framing::Need(HEADER) };
        let [identifier, ..] = head;
        if *identifier != PROTOCOL_ID {
            return Framing::Malformed("protocol identifier is not 32 hex");
        }
        match length(bytes) {
            Some(length) if length <= bytes.len() => Framing::Frame(length),
            Some(length) => Framing::Need(length),
            None => Framing::Malformed("kind of PDU is not from 1 to 7"),
        }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        parse::message(state, pdu, out);
    }

    fn gap(state: &mut State, side: Side) {
        state.lost(side);
    }

    fn mend(pdu: &mut Vec<u8>) {
        let Some(header) = pdu.get(1).and_then(|octet| header_length(Rosctr(*octet))) else { return };
        let Some(rest) = pdu.len().checked_sub(header) else { return };
        let stated = pdu.get(6..8).and_then(|octets| Some(u16::from_be_bytes(octets.try_into().ok()?)));
        let parameters = usize::from(stated.unwrap_or_default()).min(rest);
        let data = rest - parameters;
        if let (Ok(parameters), Ok(data)) = (u16::try_from(parameters), u16::try_from(data))
            && let Some(lengths) = pdu.get_mut(6..10)
        {
            let ([p1, p2], [d1, d2]) = (parameters.to_be_bytes(), data.to_be_bytes());
            lengths.copy_from_slice(&[p1, p2, d1, d2]);
        }
        if let Some(identifier) = pdu.first_mut() {
            *identifier = PROTOCOL_ID;
        }
    }
}
