//! What a capture holds, for a person: the summary.
//!
//! A [`Summary`] is a [`Sink`](fieldtap::record::Sink). It takes the rows of the common language and keeps totals: which
//! protocols, who talks to whom, what was asked and what became of it, which devices told of themselves, what was odd,
//! what was lost, and a [`Coverage`] whose parts add up to every octet of payload. Its memory is bounded by
//! [`SummaryLimits`]. Several threads may each fill one; [`Summary::merge`] makes them one, and the result does not
//! depend on how the rows were divided among them, nor on their order.
//!
//! ```
//! use fieldtap::{Config, Engine, Frame, LinkType};
//! use fieldtap_analysis::{Capture, CapturedFile, Summary};
//!
//! let (mut engine, mut summary) = (Engine::new(Config::default()), Summary::new());
//! let data = [0u8; 60];
//! let frame = Frame { number: 1, ts: 0, interface: 0, link_type: LinkType::ETHERNET, original_len: 60, data: &data };
//! engine.frame(&frame, &mut summary);
//! engine.finish(&mut summary);
//! let file = CapturedFile { name: "plant.pcap".into(), frames: 1, octets: 60, ..CapturedFile::default() };
//! summary.set_capture(Capture {
//!     files: vec![file],
//!     engine: engine.counters(),
//!     packets: engine.packet_counters(),
//! });
//! println!("{}", summary.render(100, false));
//! ```
#![forbid(unsafe_code)]

mod bounded;
mod capture;
mod columns;
mod coverage;
mod html;
mod points;
mod report;
mod summary;
mod terminal;
#[cfg(test)]
mod tests;
mod totals;
mod units;

pub use capture::{Capture, CapturedFile};
pub use coverage::Coverage;
pub use points::{PointSaid, PointSample, PointTotal};
pub use summary::{Summary, SummaryLimits};
pub use totals::{
    AnomalyTotal, Change, Content, Device, DeviceFact, Losses, OperationTotal, Outcomes, Place,
    ProtocolTotal, Talker, Unlisted,
};
