//! What is remembered of a conversation.
use crate::protocol::{Side, Toward};

/// Messages that must contradict what was told of the roles, one behind the other, until they are taken at their word.
const CONTRADICTIONS: u8 = 2;

/// What is remembered of a conversation. Requests that wait for their answer are kept elsewhere, for all protocols alike.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Unit and function of the last request of each side that is not answered yet: tells a request from an answer where
    /// neither port nor handshake nor length does.
    waiting: [Option<(u8, u8)>; 2],
    /// Whether requests of each side are in the capture, since its last gap: only then is an answer without one odd.
    heard: [bool; 2],
    /// Whether messages have proven the roles that handshake, ports or earlier messages tell.
    proven: bool,
    /// Messages that have proven the contrary since.
    contradictions: u8,
    /// What ends a frame of ASCII framing behind CR, beside LF (V1.1b3, section 6.8.1, sub-function 3).
    delimiter: Option<u8>,
}

impl State {
    /// Whether an answer from `side` to this function of this unit is due.
    pub(super) fn awaits(&self, side: Side, unit: u8, function: u8) -> bool {
        self.waiting.get(side.other().index()).is_some_and(|waiting| *waiting == Some((unit, function)))
    }
    /// Whether requests to `side` have been seen.
    pub(super) fn heard_requests_to(&self, side: Side) -> bool {
        self.heard.get(side.other().index()).is_some_and(|heard| *heard)
    }
    pub(super) fn asked(&mut self, side: Side, unit: u8, function: u8) {
        if let (Some(waiting), Some(heard)) =
            (self.waiting.get_mut(side.index()), self.heard.get_mut(side.index()))
        {
            (*waiting, *heard) = (Some((unit, function)), true);
        }
    }
    pub(super) fn answered(&mut self, side: Side) {
        if let Some(waiting) = self.waiting.get_mut(side.other().index()) {
            *waiting = None;
        }
    }
    /// Requests of this side may have been lost.
    pub(super) fn gap(&mut self, side: Side) {
        if let (Some(waiting), Some(heard)) =
            (self.waiting.get_mut(side.index()), self.heard.get_mut(side.index()))
        {
            (*waiting, *heard) = (None, false);
        }
    }

    /// Whether messages have proven the roles.
    pub(super) fn has_proven_roles(&self) -> bool {
        self.proven
    }
    /// An answer was paired that goes `toward` by what was told of the roles. `proves` tells whether it can be nothing else.
    pub(super) fn paired(&mut self, toward: Option<Toward>, proves: impl FnOnce() -> bool) {
        let open = !self.proven || self.contradictions > 0;
        if open && toward == Some(Toward::Client) && proves() {
            (self.proven, self.contradictions) = (true, 0);
        }
    }
    /// A message proves what was told of the roles: what contradicts it later is malformed.
    pub(super) fn agreed(&mut self) {
        (self.proven, self.contradictions) = (true, 0);
    }
    /// A message contradicts what was told of the roles. Returns whether the roles are to be taken from it.
    pub(super) fn contradicted(&mut self) -> bool {
        self.contradictions = self.contradictions.saturating_add(1);
        let overruled = !self.proven && self.contradictions >= CONTRADICTIONS;
        if overruled {
            (self.proven, self.contradictions) = (true, 0);
        }
        overruled
    }

    /// What ends a frame of ASCII framing behind CR, beside LF.
    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter
    }
    pub(super) fn delimit(&mut self, delimiter: u8) {
        self.delimiter = Some(delimiter);
    }
}
