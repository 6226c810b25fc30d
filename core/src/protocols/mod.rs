//! Every protocol that is known: one folder and one line each.
use crate::protocol::{Carrier, Protocol};

pub mod modbus;
pub mod umas;

/// The registry.
pub static PROTOCOLS: &[&Protocol] = &[&modbus::PROTOCOL, &modbus::RTU, &modbus::ASCII, &umas::PROTOCOL];

/// The protocol of this name.
pub fn named(name: &str) -> Option<&'static Protocol> {
    PROTOCOLS.iter().copied().find(|protocol| protocol.name == name)
}

/// The protocol that `parent` carries under `key`.
pub fn within(parent: &Protocol, key: u64) -> Option<&'static Protocol> {
    let fits = |carrier: &Carrier| matches!(carrier, Carrier::Within { parent: name, key: under } if *under == key && *name == parent.name);
    PROTOCOLS.iter().copied().find(|protocol| protocol.carriers.iter().any(fits))
}
