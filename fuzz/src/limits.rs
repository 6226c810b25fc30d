//! The limits that runs are held to, and what they allow in memory.

use fieldtap::Limits;

/// Octets of a row's worth: no message makes more rows than this for each octet. A packed binary input of DNP3 is one bit, a
/// row of `dnp3_points` and one of `points`, so sixteen; one more is for what is said of the message itself.
const ROWS_OF_OCTET: u64 = 17;

/// The most rows that so many octets may give, fed in so many calls.
///
/// A call may say that a gap, a time-out or garbage ended, whatever the octets; each request that waits may time out.
pub fn most_rows(octets: usize, calls: usize) -> u64 {
    16 + ROWS_OF_OCTET * octets as u64 + 4 * calls as u64
}

/// The limits of a run: those of every user, but for tables that are allocated for long captures, or limits so small that
/// every one of them is reached.
pub fn limits(small: bool) -> Limits {
    if !small {
        return Limits { points: 1 << 14, identities: 1 << 10, ..Limits::default() };
    }
    Limits {
        conversations: 64,
        out_of_order_octets: 1024,
        out_of_order_segments: 4,
        window_octets: 4096,
        carried_octets: 300,
        identify_octets: 64,
        pending_requests: 4,
        layers: 2,
        encapsulations: 4,
        fragmented_datagrams: 64,
        fragment_octets: 1 << 15,
        scratch_octets: 32,
        points: 64 * 16,
        identities: 64,
        ..Limits::default()
    }
}

/// Octets that one conversation in one protocol may take, which was fed `fed` octets in `calls` calls.
pub fn conversation_octets(limits: &Limits, fed: usize, calls: usize) -> usize {
    /// State of a protocol and its children, without what `limits` counts.
    const STATE: usize = 8 * 1024;
    /// What is remembered of a request, with the name of its object.
    const REQUEST: usize = 512;
    /// What is remembered of each call whose octets wait.
    const ORIGIN: usize = 64;
    // A vector has room for twice of what it holds, and grows while the old one is still there. What is fed at one time is
    // looked at as a whole before it is cut to the limit.
    let carried = 3 * (limits.carried_octets + limits.identify_octets).min(fed) + 3 * fed;
    // A search of C37.118 remembers each of the beginnings that overlap, in eight octets for two.
    let searched = 3 * 4 * limits.carried_octets.min(fed);
    let origins = 3 * ORIGIN * limits.carried_octets.min(calls);
    let requests = 3 * REQUEST * limits.pending_requests.min(fed);
    STATE + carried + searched + origins + requests
}

/// Octets that the memory of points and facts may take, whatever the conversations, after `rows` rows.
pub fn memory_octets(limits: &Limits, rows: u64) -> usize {
    /// A run of points, or a fact, with its part of a half-empty table.
    const ENTRY: usize = 768;
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    ENTRY * (limits.points / 16 + 64).min(rows + 1)
        + ENTRY * (limits.identities + 64).min(rows + 1)
        + 3 * limits.scratch_octets
}

/// The most allocations for so many octets, fed in so many calls, that gave so many rows: a step budget that does not
/// depend on the machine.
pub fn most_allocations(octets: usize, calls: usize, rows: u64) -> u64 {
    512 + octets as u64 + 4 * calls as u64 + rows
}
