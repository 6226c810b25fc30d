//! Settings.
use crate::{Description, Limits, common::facts::Facts, protocol::Protocol};
use std::sync::Arc;

/// What is done with the checksums of TCP and UDP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// They are not looked at.
    Ignore,
    /// A segment with a wrong checksum is left out, as its receiver would, and said.
    Check,
    /// As [`Checksums::Check`], but for each end of a conversation only once right checksums have been seen from it, and
    /// no longer once most are wrong: then the network card of the capturing host fills them in.
    #[default]
    Auto,
}

/// Settings of an [`Engine`](crate::Engine) or a [`Session`](crate::Session).
#[derive(Clone, Debug)]
pub struct Config {
    /// What may grow, and how far.
    pub limits: Limits,
    /// Every value and fact is said, not only new and changed ones.
    pub every_message: bool,
    /// What is done with wrong checksums.
    pub checksums: Checksums,
    /// Whether the same addresses and ports in two VLANs are two conversations, and the same address two devices, whose points and
    /// facts are remembered apart. Mirror ports often tag one direction only.
    pub vlan_in_key: bool,
    /// The protocols that are looked for, and those that carry them; `None` is all.
    pub protocols: Option<Vec<&'static Protocol>>,
    /// What a description of the substation says of its devices, for what messages leave out: the names of members of data
    /// sets.
    pub description: Option<Arc<Description>>,
    /// The shards that this engine works on, a bit each. Several engines that are given all frames and share the shards
    /// among them give together what one gives alone.
    pub shards: u64,
    /// The way to the one table of facts, where several engines share the shards among them; `None` is a table of its own.
    pub facts: Option<Arc<dyn Facts>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            every_message: false,
            checksums: Checksums::default(),
            vlan_in_key: false,
            protocols: None,
            description: None,
            shards: u64::MAX,
            facts: None,
        }
    }
}
