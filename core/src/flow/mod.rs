//! Conversations: who talks to whom, found again packet by packet, and forgotten within limits.
//!
//! The table knows no protocol: what it keeps for each conversation is its owner's.

mod community;
mod key;
mod table;

pub use community::community_id;
pub use key::{Endpoint, Key};
pub use table::{Class, Table};
