//! Deep packet inspection for industrial protocols: bytes in, records out.
#![forbid(unsafe_code)]

mod config;
mod engine;
mod frame;
mod identify;
mod limits;

pub use frame::{Frame, LinkType, Mark};
pub use limits::{Limits, OverlapPolicy};
pub mod common;
pub mod flow;
pub mod protocols;
pub mod protocol;
mod output;
mod session;
pub mod record;
pub mod stream;
pub mod packet;
pub mod vectors;
pub mod wire;

pub use output::{Output, Point, Scratch};
pub use engine::{Counters, Engine};
pub use config::{Checksums, Config};
pub use session::{Peer, Session, Tally};
