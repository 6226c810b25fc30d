//! Plugin for Suricata 8: industrial protocols that Suricata lacks, read by fieldtap.
//!
//! Suricata has packets, flows and streams; for each flow that [`probe`] knows, [`state`] keeps a
//! [`Session`](fieldtap::Session), feeds it, and makes a transaction of each event. [`log`] writes transactions to EVE,
//! [`rules`] looks at them for keywords.
#![cfg_attr(
    test,
    allow(dead_code, reason = "tests do not link Suricata, so nobody calls what they test but they")
)]

mod collect;
#[cfg(not(test))]
mod ffi;
mod header;
#[cfg(not(test))]
mod keywords;
#[cfg(not(test))]
mod log;
#[cfg(not(test))]
mod plugin;
#[cfg(not(test))]
mod probe;
mod protocols;
mod rules;
#[cfg(not(test))]
mod settings;
#[cfg(not(test))]
mod state;
mod subject;
