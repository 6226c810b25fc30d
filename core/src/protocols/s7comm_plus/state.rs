//! What is remembered of a conversation.
use super::codes::Version;
use crate::{Limits, common::Operation, protocol::Side, wire::Reassembler};

/// Objects that were made and are remembered.
const OBJECTS: usize = 32;

/// What is remembered of a conversation.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Messages whose trailer has not come yet.
    pub(super) parts: Reassembler,
    /// What each side has begun.
    open: [Option<Version>; 2],
    /// Requests whose addresses are remembered, the oldest first.
    requests: Vec<Remembered>,
    /// Their addresses, one after the other.
    addresses: Vec<u8>,
    /// Objects that were made, the oldest first, and what the request for that did.
    objects: Vec<(u32, Operation)>,
}

/// A request whose addresses are remembered.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    /// What its answer repeats; several requests may be in one message.
    key: u64,
    message: u64,
    len: usize,
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
    /// Remembers what made an object, in the place of the oldest if there are too many.
    pub(super) fn make(&mut self, object: u32, operation: Operation) {
        self.unmake(Some(object.into()));
        if self.objects.len() >= OBJECTS {
            self.objects.remove(0);
        }
        self.objects.push((object, operation));
    }
    /// An object is no more.
    pub(super) fn unmake(&mut self, object: Option<u64>) {
        self.objects.retain(|(made, _)| Some(u64::from(*made)) != object);
    }
    /// What the request did that made an object.
    pub(super) fn made(&self, object: u32) -> Option<Operation> {
        self.objects.iter().find(|(made, _)| *made == object).map(|(_, operation)| *operation)
    }
    /// Remembers the addresses of a request, in the place of the oldest if there are too many.
    pub(super) fn remember(&mut self, key: u64, message: u64, addresses: &[u8], limits: &Limits) {
        let most = limits.assembly_octets;
        if addresses.len() > most {
            return;
        }
        while !self.requests.is_empty()
            && (self.requests.len() >= limits.pending_requests
                || self.addresses.len() + addresses.len() > most)
        {
            self.remove(0);
        }
        self.requests.push(Remembered { key, message, len: addresses.len() });
        self.addresses.extend_from_slice(addresses);
    }
    /// The addresses of this request, if they are remembered.
    pub(super) fn addresses(&self, key: u64, message: u64) -> Option<&[u8]> {
        let place = self.place(key, message)?;
        let from = self.octets_before(place);
        self.addresses.get(from..)?.get(..self.requests.get(place)?.len)
    }
    /// Forgets the addresses of this request: it is answered.
    pub(super) fn forget(&mut self, key: u64, message: u64) {
        if let Some(place) = self.place(key, message) {
            self.remove(place);
        }
    }
    fn place(&self, key: u64, message: u64) -> Option<usize> {
        self.requests.iter().position(|request| request.key == key && request.message == message)
    }
    fn octets_before(&self, place: usize) -> usize {
        self.requests.iter().take(place).map(|request| request.len).sum()
    }
    fn remove(&mut self, place: usize) {
        let from = self.octets_before(place);
        if place < self.requests.len() {
            let to = from + self.requests.remove(place).len;
            self.addresses.drain(from..to.min(self.addresses.len()));
        }
    }
}
