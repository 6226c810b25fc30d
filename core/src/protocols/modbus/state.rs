//! What is remembered of a conversation.
use crate::protocol::Side;

/// What is remembered of a conversation. Requests that wait for their answer are kept elsewhere, for all protocols alike.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Unit and function of the last request of each side that is not answered yet: tells a request from an answer where
    /// neither port nor handshake nor length does.
    waiting: [Option<(u8, u8)>; 2],
    /// Whether requests of each side are in the capture, since its last gap: only then is an answer without one odd.
    heard: [bool; 2],
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
}
