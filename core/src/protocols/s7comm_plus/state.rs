//! What is remembered of a conversation.
use super::codes::Version;
use crate::{protocol::Side, wire::Reassembler};

/// Requests whose addresses are remembered.
const REQUESTS: usize = 16;
/// Octets of addresses that are remembered of one request.
const REQUEST_OCTETS: usize = 4096;

/// What is remembered of a conversation.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Messages whose trailer has not come yet.
    pub(super) parts: Reassembler,
    /// What each side has begun.
    open: [Option<Version>; 2],
    requests: Vec<(u64, Vec<u8>)>,
    next: usize,
}

impl State {
    /// Whether this side has begun a message that has not ended.
    pub(super) fn is_open(&self, side: Side) -> bool {
        self.open.get(side.index()).is_some_and(Option::is_some)
    }
    /// Notes that this side has begun a message, or ended it.
    pub(super) fn set_open(&mut self, side: Side, version: Option<Version>) {
        if let Some(open) = self.open.get_mut(side.index()) {
            *open = version;
        }
    }
    /// Octets of this side were lost.
    pub(super) fn lost(&mut self, side: Side) {
        self.set_open(side, None);
        self.parts.forget(|key| key == side.index() as u64);
    }
    /// Remembers the addresses of a request, in the place of the oldest.
    pub(super) fn remember(&mut self, message: u64, octets: &[u8]) {
        let place = self.next;
        if place >= self.requests.len() {
            self.requests.push((0, Vec::new()));
        }
        if let Some((of, kept)) = self.requests.get_mut(place) {
            *of = message;
            kept.clear();
            kept.extend_from_slice(octets.get(..REQUEST_OCTETS).unwrap_or(octets));
        }
        self.next = (place + 1) % REQUESTS;
    }
    /// The addresses of the request that this message made.
    pub(super) fn addresses(&self, message: u64) -> Option<&[u8]> {
        self.requests.iter().find(|(of, _)| *of == message).map(|(_, kept)| kept.as_slice())
    }
}
