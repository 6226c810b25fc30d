//! What the fuzz targets run: one generic function for each kind of target, and the properties that every run must hold.
//!
//! A run panics where a property does not hold; it also does so wherever the code under test does. Memory, rows and
//! allocations are held to bounds made from [`fieldtap::Limits`] in [`limits`].
#![warn(missing_docs)]

mod against;
pub mod allocator;
mod capture;
mod engine;
pub mod limits;
pub mod rows;
pub mod script;
pub mod seeds;
mod session;
pub mod slow;
mod stream;
#[cfg(test)]
mod tests;

pub use against::{capture_against_pcap_parser, modbus_against_modbus_core, packet_against_etherparse};
pub use capture::{capture, whole_capture};
pub use engine::engine;
pub use session::{bytes, mended, session};
pub use stream::stream;

use fieldtap::protocol::Protocol;

/// The protocol of this name, which must be one of the registry.
pub fn protocol(name: &str) -> &'static Protocol {
    fieldtap::protocols::named(name).unwrap_or_else(|| panic!("the registry has no protocol `{name}`"))
}

/// Runs one input through the target of this name.
///
/// # Errors
/// The name, if there is no such target.
pub fn run<'a>(target: &'a str, data: &[u8]) -> Result<(), &'a str> {
    match target {
        "capture" => capture(data),
        "capture_against_pcap_parser" => capture_against_pcap_parser(data),
        "engine" => engine(data),
        "modbus_against_modbus_core" => modbus_against_modbus_core(data),
        "packet_against_etherparse" => packet_against_etherparse(data),
        "stream" => stream(data),
        "whole_capture" => whole_capture(data),
        target => {
            let (name, kind) = target.rsplit_once('_').ok_or(target)?;
            let protocol = fieldtap::protocols::named(name).ok_or(target)?;
            match kind {
                "bytes" => bytes(protocol, data),
                "session" => session(protocol, data),
                _ => return Err(target),
            }
        }
    }
    Ok(())
}
