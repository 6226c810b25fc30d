//! What may grow, and how far.

use crate::OverlapPolicy;

/// Bounds on memory and work. Whatever a limit drops is counted and reported.
///
/// The limits of conversations, fragments, points, identities and publishers are for the whole engine; each of its 64 shards
/// is given its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Conversations remembered at the same time.
    pub conversations: usize,
    /// Octets that one direction of a stream may hold out of order, until a hole before them is filled; and octets of both
    /// directions that may wait since they acknowledge what is held.
    pub out_of_order_octets: usize,
    /// Pieces, each behind a hole of its own, that one direction of a stream may hold out of order; and segments of both
    /// directions that may wait since they acknowledge what is held.
    pub out_of_order_segments: usize,
    /// How long a hole in a stream is waited for, in nanoseconds of capture time.
    pub hole_wait: i64,
    /// How long a hole is still waited for once the other side has acknowledged what lies behind it (the receiver has it:
    /// the capture lost it), in nanoseconds of capture time.
    pub acknowledged_hole_wait: i64,
    /// How far from the octet expected next a segment of a stream may begin, ahead or behind, in octets (below 2^31).
    /// What lies farther off is refused and counted as outside the window.
    pub window_octets: u32,
    /// Which copy is used where overlapping fragments or segments disagree.
    pub overlap: OverlapPolicy,
    /// Octets of an unfinished PDU that one direction of a session may carry.
    pub carried_octets: usize,
    /// Octets of each direction looked at before a conversation is called unknown.
    pub identify_octets: usize,
    /// Requests of one conversation that may wait for their answer.
    pub pending_requests: usize,
    /// How long a request waits for its answer, in nanoseconds of capture time.
    pub request_timeout: i64,
    /// How long a TCP connection may be silent before it is taken as ended.
    pub tcp_idle: i64,
    /// How long a TCP connection without data may be silent before it is taken as ended.
    pub half_open_idle: i64,
    /// How long a conversation without TCP may be silent before it is taken as ended.
    pub datagram_idle: i64,
    /// Depth to which protocols may be nested in one another (TPKT, COTP, session, ...).
    pub layers: usize,
    /// Tunnels, VLAN tags and IPv6 extension headers that one frame may stack, taken together.
    pub encapsulations: usize,
    /// IP datagrams that may wait for fragments.
    pub fragmented_datagrams: usize,
    /// Octets of fragments that may be held.
    pub fragment_octets: usize,
    /// How long a datagram waits for its fragments, in nanoseconds of capture time.
    pub fragment_timeout: i64,
    /// Things in pieces above the stream (transport segments, chunks) that one conversation may hold incomplete.
    pub assemblies: usize,
    /// Octets of one such thing, and of all that one conversation holds incomplete.
    pub assembly_octets: usize,
    /// Octets of composed names (paths, tags) per PDU.
    pub scratch_octets: usize,
    /// Points whose last value is remembered, to tell a change.
    pub points: usize,
    /// Facts that devices tell of themselves, remembered to tell a change.
    pub identities: usize,
    /// Publishers of cyclic messages that are remembered.
    pub publishers: usize,
    /// How long a publisher may be silent before it is forgotten, in nanoseconds of capture time.
    pub publisher_idle: i64,
    /// Over how long cyclic messages are summed, in nanoseconds of capture time.
    pub stream_interval: i64,
    /// Facts that conversations tell one another (configurations of data that come by another way).
    pub facts: usize,
    /// Octets of such facts.
    pub fact_octets: usize,
}

impl Limits {
    /// The longest that any conversation may be silent.
    #[inline]
    pub(crate) fn longest_idle(&self) -> i64 {
        self.tcp_idle.max(self.datagram_idle).max(self.half_open_idle)
    }
}

const SECOND: i64 = 1_000_000_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            conversations: 262_144,
            out_of_order_octets: 262_144,
            out_of_order_segments: 256,
            hole_wait: 5 * SECOND,
            acknowledged_hole_wait: SECOND / 20,
            window_octets: 1 << 20,
            overlap: OverlapPolicy::First,
            carried_octets: 65_536,
            identify_octets: 1024,
            pending_requests: 256,
            request_timeout: 30 * SECOND,
            tcp_idle: 3600 * SECOND,
            half_open_idle: 30 * SECOND,
            datagram_idle: 300 * SECOND,
            layers: 8,
            encapsulations: 16,
            fragmented_datagrams: 1024,
            fragment_octets: 4 << 20,
            fragment_timeout: 30 * SECOND,
            assemblies: 64,
            assembly_octets: 1_048_576,
            scratch_octets: 4096,
            points: 1 << 20,
            identities: 65_536,
            publishers: 65_536,
            publisher_idle: 3600 * SECOND,
            stream_interval: 60 * SECOND,
            facts: 16_384,
            fact_octets: 64 << 20,
        }
    }
}

macro_rules! numbers {
    ($($name:ident),* $(,)?) => {
        impl Limits {
            /// The limits that are numbers, by name.
            pub fn numbers(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), u64::try_from(self.$name).unwrap_or_default())),*].into_iter()
            }

            /// Sets the limit of this name. Returns whether there is one, and the number is one that it can hold.
            pub fn set_number(&mut self, name: &str, number: u64) -> bool {
                match name {
                    $(stringify!($name) => number.try_into().map(|number| self.$name = number).is_ok(),)*
                    _ => false,
                }
            }
        }
    };
}
numbers! {
    conversations, out_of_order_octets, out_of_order_segments, hole_wait, acknowledged_hole_wait, window_octets,
    carried_octets, identify_octets, pending_requests, request_timeout, tcp_idle, half_open_idle, datagram_idle, layers,
    encapsulations, fragmented_datagrams, fragment_octets, fragment_timeout, assemblies, assembly_octets, scratch_octets, points, identities,
    publishers, publisher_idle, stream_interval, facts, fact_octets,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_can_be_set_by_its_name_alone() {
        let names: Vec<_> = Limits::default().numbers().map(|(name, _)| name).collect();
        for name in &names {
            let mut limits = Limits::default();
            assert!(limits.set_number(name, 7), "{name}");
            let changed: Vec<_> =
                limits.numbers().zip(Limits::default().numbers()).filter(|(a, b)| a != b).collect();
            assert!(matches!(changed.as_slice(), [((of, 7), _)] if of == name), "{name}: {changed:?}");
        }
        // The debug output names each field; `overlap` is no number.
        let fields = format!("{:#?}", Limits::default()).lines().filter(|line| line.contains(": ")).count();
        assert_eq!(names.len() + 1, fields);
    }

    #[test]
    fn a_number_that_does_not_fit_or_an_unknown_name_changes_nothing() {
        let mut limits = Limits::default();
        assert!(!limits.set_number("window_octets", 1 << 32));
        assert!(!limits.set_number("hole_wait", u64::MAX));
        assert!(!limits.set_number("overlap", 1));
        assert_eq!(limits, Limits::default());
    }
}
