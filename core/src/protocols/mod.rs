//! Every protocol that is known: one folder and one line each.
use crate::protocol::{Carrier, Protocol};

pub mod c37118;
pub mod cotp;
pub mod dnp3;
pub mod goose;
pub mod hsr_prp_supervision;
pub mod iec60870;
pub mod iec61850_90_5;
pub mod lldp;
pub mod mms;
pub mod modbus;
pub mod mrp;
pub mod osi;
pub mod ptp;
pub mod s7comm;
pub mod s7comm_plus;
pub mod sv;
pub mod umas;

/// The registry.
pub static PROTOCOLS: &[&Protocol] = &[
    &modbus::PROTOCOL,
    &modbus::RTU,
    &modbus::ASCII,
    &umas::PROTOCOL,
    &cotp::PROTOCOL,
    &lldp::PROTOCOL,
    &ptp::PROTOCOL,
    &hsr_prp_supervision::PROTOCOL,
    &mrp::PROTOCOL,
    &dnp3::PROTOCOL,
    &iec60870::IEC104,
    &s7comm::PROTOCOL,
    &s7comm_plus::PROTOCOL,
    &goose::PROTOCOL,
    &sv::PROTOCOL,
    &c37118::PROTOCOL,
    &osi::PROTOCOL,
    &mms::PROTOCOL,
    &iec60870::IEC101,
    &iec60870::IEC103,
    &iec61850_90_5::PROTOCOL,
    &iec61850_90_5::R_GOOSE,
    &iec61850_90_5::R_SV,
];

/// The protocol of this name.
pub fn named(name: &str) -> Option<&'static Protocol> {
    PROTOCOLS.iter().copied().find(|protocol| protocol.name == name)
}

/// The protocols that `parent` carries, with their keys.
pub fn children(parent: &Protocol) -> impl Iterator<Item = (u64, &'static Protocol)> {
    let parent = parent.name;
    let within = move |protocol: &'static Protocol| {
        protocol.carriers.iter().filter_map(move |carrier| match carrier {
            Carrier::Within { parent: name, key } if *name == parent => Some((*key, protocol)),
            _ => None,
        })
    };
    PROTOCOLS.iter().copied().flat_map(within)
}

/// These protocols, and those of the registry that carry them.
pub(crate) fn with_carriers(wanted: &[&'static Protocol]) -> Vec<&'static Protocol> {
    let mut all = wanted.to_vec();
    let mut next = 0;
    while let Some(protocol) = all.get(next) {
        next += 1;
        let carriers = protocol.carriers.iter().filter_map(|carrier| match carrier {
            Carrier::Within { parent, .. } => named(parent),
            _ => None,
        });
        for carrier in carriers {
            if !all.contains(&carrier) {
                all.push(carrier);
            }
        }
    }
    all
}

/// The protocol that `parent` carries under `key`.
pub fn within(parent: &Protocol, key: u64) -> Option<&'static Protocol> {
    children(parent).find(|(under, _)| *under == key).map(|(_, protocol)| protocol)
}
