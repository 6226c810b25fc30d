//! Deep packet inspection for industrial protocols: bytes in, records out.
#![forbid(unsafe_code)]

mod clock;
mod config;
mod description;
mod engine;
mod frame;
mod identify;
mod limits;

pub use frame::{Frame, LinkType, Mark};
pub use identify::{Identification, Protocols, identify_octets};
pub use limits::Limits;
pub use overlap::OverlapPolicy;
pub mod common;
pub mod flow;
mod output;
mod overlap;
pub mod packet;
pub mod protocol;
pub mod protocols;
pub mod record;
mod registers;
mod session;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod vectors;
mod wanted;
pub mod wire;

pub use config::{Checksums, Config};
pub use description::{Description, Parts, PointKey, SampleType, Samples};
pub use engine::{Counters, Engine};
pub use output::{Output, Point, Scratch};
pub use registers::{RegisterNumber, RegisterOrder, RegisterValue};
pub use session::{Peer, Session, Tally};
