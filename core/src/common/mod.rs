//! The common language: what every protocol also says in the same words, and the mechanisms that they share to say it.
//!
//! [`Operations`], [`Points`], [`Identities`], [`Conversations`], [`Streams`] and [`Anomalies`] are the tables. A dissector fills
//! them through [`Output`](crate::protocol::Output), which pairs requests with answers, tells a change from a repetition
//! and sums what is cyclic; no protocol writes its own.

mod exchange;
pub mod facts;
mod memory;
mod operation;
mod publishers;
mod queue;
mod records;
mod stages;

pub use exchange::{Answer, Asked, Fit, Pairing, Request, UnderWay};
pub(crate) use exchange::{Exchange, Expired};
pub(crate) use memory::{Device, Memory};
pub use operation::Operation;
pub use publishers::{Before, Heard, Publication, Publisher, Saying, Sequel, SequelKind, Streams};
pub(crate) use publishers::{Publishers, sender};
pub use records::{
    Anomalies, Anomaly, AnomalyKind, Conversations, Fact, Identities, Operations, Outcome, PointValue,
    PointWay, Points, Result, Whose,
};
pub use stages::Stage;
pub(crate) use stages::{Step, Steps};

use crate::record::{Record, Table};

/// The tables of the common language.
pub const TABLES: &[fn() -> &'static Table] = &[
    Operations::schema,
    Points::schema,
    Identities::schema,
    Conversations::schema,
    Streams::schema,
    Anomalies::schema,
];
