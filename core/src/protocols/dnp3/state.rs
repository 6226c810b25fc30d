//! What is remembered of a conversation: unfinished fragments, and each pair of master and outstation.
use super::link;
use crate::{common::Result, protocol::Side, wire::Reassembler};

/// Pairs of master and outstation that one conversation remembers; of more, the one that was heard least recently goes.
const ASSOCIATIONS: usize = 256;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) transport: Reassembler,
    pub(super) repeats: link::Repeats,
    pub(super) associations: Associations,
}

#[derive(Debug, Default)]
pub(super) struct Associations {
    known: Vec<Association>,
    /// Where the last one was.
    last: usize,
    count: u64,
    /// Whether one had to go.
    pub(super) full: bool,
    /// The last request to the self-address that was not answered yet.
    pub(super) to_self: Option<ToSelf>,
}

/// A request to the self-address: the outstation answers it under its own (clause 9).
#[derive(Clone, Copy, Debug)]
pub(super) struct ToSelf {
    pub(super) master: u16,
    pub(super) sequence: u8,
    pub(super) key: u64,
    /// How often it came again while it waited, without an answer to that yet.
    pub(super) again: u8,
    /// Whether it was answered, so that what comes now answers one of those.
    pub(super) answered: bool,
}

/// A select that its operate must repeat.
#[derive(Clone, Copy, Debug)]
pub(super) struct Select {
    pub(super) sequence: u8,
    pub(super) key: u64,
    /// A number for its objects.
    pub(super) objects: u64,
    /// Whether it was refused, all of it or some outputs.
    pub(super) refused: bool,
}

/// The last requests of files, the newest first: their keys, and their identifiers by which an event may tell their outcome. No
/// key is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filing([(u64, u16); 4]);

impl Filing {
    /// Remembers a request, once.
    pub(super) fn note(&mut self, key: u64, request_id: u16) {
        if self.of(key).is_none() {
            self.0.rotate_right(1);
            if let Some(newest) = self.0.first_mut() {
                *newest = (key, request_id);
            }
        }
    }

    /// The identifier of the request with this key.
    pub(super) fn of(&self, key: u64) -> Option<u16> {
        self.0.iter().find(|(other, _)| *other == key && key != 0).map(|(_, request_id)| *request_id)
    }

    /// The keys of requests with this identifier, the oldest first.
    pub(super) fn keys(self, request_id: u16) -> impl Iterator<Item = u64> {
        let of_it = move |(key, other): (u64, u16)| (other == request_id && key != 0).then_some(key);
        self.0.into_iter().rev().filter_map(of_it)
    }
}

/// A response of several fragments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answering {
    /// The request that it answers.
    pub(super) key: u64,
    /// Sequence number of the next fragment.
    pub(super) next: u8,
    pub(super) said: Said,
}

/// What the fragments of a response say of the request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    /// Indications of an error.
    pub(super) errors: u16,
    /// The word of an object.
    pub(super) refused: Option<Result>,
    /// Whether there are objects.
    pub(super) objects: bool,
}

/// A request that came again while it waited, or an operate that was answered.
#[derive(Clone, Copy, Debug, Default)]
struct Repeats {
    key: u64,
    /// How often, without an answer to that yet.
    again: u8,
    /// Digest of the objects that the answer to the first one holds, if one fragment holds them all.
    answer: Option<u64>,
    /// Whether it holds any.
    echoed: bool,
}

/// One master and one outstation (4.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Association {
    master: u16,
    outstation: u16,
    used: u64,
    /// Requests heard, and of each sequence number the last one.
    pub(super) requests: u32,
    numbers: [u32; 16],
    /// The side that the master is heard on.
    pub(super) asker: Option<Side>,
    /// Where requests of the master may have been missed, how many were heard until then.
    missed: Option<u32>,
    /// The last request: sequence number and digest, to know it when it comes again.
    last: Option<(u8, u64)>,
    repeats: Repeats,
    /// The last unsolicited response: sequence number and digest.
    pub(super) unsolicited: Option<(u8, u64)>,
    reports: u32,
    pub(super) select: Option<Select>,
    /// A number for the objects of the select before, if another request cancelled it.
    pub(super) cancelled: Option<u64>,
    pub(super) answering: Option<Answering>,
    pub(super) filing: Filing,
    /// Sequence number of a request that is challenged.
    pub(super) challenged: Option<u8>,
    /// Functions that were authenticated, by challenge or in aggressive mode: bit by function code.
    pub(super) authenticated: u64,
    /// Sequence number of a request that was not, though one like it is.
    pub(super) unprotected: Option<u8>,
    /// The solicited response that waits for its confirmation: sequence number, message.
    pub(super) confirming: Option<(u8, u64)>,
    /// Indications last told.
    pub(super) indications: u16,
    /// Whether the outstation has been heard.
    pub(super) heard: bool,
}

impl Associations {
    /// The association of these two. Says whether another had to go for it for the first time.
    pub(super) fn of(&mut self, master: u16, outstation: u16) -> Option<(&mut Association, bool)> {
        self.count = self.count.wrapping_add(1);
        let same = |known: &Association| known.master == master && known.outstation == outstation;
        let mut gone = false;
        if !self.known.get(self.last).is_some_and(same) {
            self.last = match self.known.iter().position(same) {
                Some(place) => place,
                None => {
                    if self.known.len() >= ASSOCIATIONS {
                        let oldest = self.known.iter().enumerate().min_by_key(|(_, known)| known.used);
                        self.known.swap_remove(oldest.map_or(0, |(place, _)| place));
                        (gone, self.full) = (!self.full, true);
                    }
                    self.known.push(Association { master, outstation, ..Association::default() });
                    self.known.len() - 1
                }
            };
        }
        let known = self.known.get_mut(self.last)?;
        known.used = self.count;
        Some((known, gone))
    }

    /// Octets of this side were lost: there may have been requests among them.
    pub(super) fn gap(&mut self, side: Side) {
        self.known.iter_mut().filter(|known| known.asker == Some(side)).for_each(Association::misses);
    }

    /// What a frame of this master to this outstation holds was not read: there may have been a request in it.
    pub(super) fn misses(&mut self, master: u16, outstation: u16) {
        let same = |known: &&mut Association| known.master == master && known.outstation == outstation;
        self.known.iter_mut().find(same).into_iter().for_each(Association::misses);
    }
}

/// Set in the keys of unsolicited responses, which have sequence numbers of their own.
const UNSOLICITED: u64 = 1 << 63;
/// Set in the keys of replies to a challenge, which have the sequence number of the request that is challenged.
const REPLY: u64 = 1 << 62;

/// Functions whose requests the standard has challenged always: commands and restarts. Of others the outstation's settings
/// decide (clause 7).
const CRITICAL: u64 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 13 | 1 << 14;

const fn bit(function: u8) -> u64 {
    if function < 64 { 1 << function } else { 0 }
}

impl Association {
    fn misses(&mut self) {
        self.missed = Some(self.requests);
    }

    /// Whether the request of a response that comes now must have been heard.
    pub(super) fn hears_all(&self) -> bool {
        self.requests > 0 && self.missed.is_none()
    }

    /// A response answers the request with this key: if it is one behind what was missed, nothing of that is to come.
    pub(super) fn pairs(&mut self, key: u64) {
        if let Some(missed) = self.missed
            && (self.key(missed).saturating_add(1)..=self.key(self.requests)).contains(&key)
        {
            self.missed = None;
        }
    }

    /// A request of this function was authenticated.
    pub(super) fn authenticates(&mut self, function: u8) {
        self.authenticated |= bit(function);
    }

    /// Whether a request of this function is expected to be authenticated, since these two have done so before.
    pub(super) fn expects_authentication(&self, function: u8) -> bool {
        self.authenticated != 0 && (self.authenticated | CRITICAL) & bit(function) != 0
    }

    fn key(&self, number: u32) -> u64 {
        u64::from(self.master) << 46 | u64::from(self.outstation) << 30 | u64::from(number & 0x3fff_ffff)
    }

    /// The key of the last request.
    pub(super) fn asked(&self) -> u64 {
        self.key(self.requests)
    }

    /// The key of a request that is seen now. One that comes again, octet for octet, keeps its key; `repeats` tells of the key, and
    /// of whether an answer has echoed it, whether it is no request of its own then. Returns whether it is none.
    pub(super) fn asks(
        &mut self,
        sequence: u8,
        digest: u64,
        repeats: impl FnOnce(u64, bool) -> bool,
    ) -> (u64, bool) {
        if self.last == Some((sequence, digest)) {
            let key = self.asked();
            let repeated = repeats(key, self.repeats.key == key && self.repeats.echoed);
            if repeated {
                if self.repeats.key != key {
                    self.repeats = Repeats { key, ..Repeats::default() };
                }
                self.repeats.again = self.repeats.again.saturating_add(1);
            }
            (key, repeated)
        } else {
            self.last = Some((sequence, digest));
            self.requests = self.requests.wrapping_add(1).max(1);
            if let Some(number) = self.numbers.get_mut(usize::from(sequence & 15)) {
                *number = self.requests;
            }
            (self.key(self.requests), false)
        }
    }

    /// Whether an answer under this key is one to a request that came again while it waited, and was answered once.
    pub(super) fn answers_again(&self, key: u64) -> bool {
        self.repeats.again > 0 && self.repeats.key == key
    }

    /// The first answer under this key, to a request that came again or may yet, has objects of this digest, or at least some.
    pub(super) fn answers_as(&mut self, key: u64, digest: Option<u64>, echoed: bool) {
        if self.repeats.key != key {
            self.repeats = Repeats { key, ..Repeats::default() };
        }
        (self.repeats.answer, self.repeats.echoed) = (digest, echoed);
    }

    /// Whether an answer with objects of this digest says what the first one said; null if that cannot be told.
    pub(super) fn says_the_same(&self, digest: Option<u64>) -> Option<bool> {
        Some(self.repeats.answer? == digest?)
    }

    /// An answer to a request that came again is told whole.
    pub(super) fn answered_again(&mut self) {
        self.repeats.again = self.repeats.again.saturating_sub(1);
    }

    /// The key of the request that a response of this sequence number answers.
    pub(super) fn answers(&self, sequence: u8) -> u64 {
        self.key(self.numbers.get(usize::from(sequence & 15)).copied().unwrap_or_default())
    }

    /// The key of a reply to the challenge of a request with this sequence number.
    pub(super) fn replies(&self, sequence: u8) -> u64 {
        self.answers(sequence) | REPLY
    }

    /// The key of an unsolicited response that is seen now. One that comes again, octet for octet, keeps its key; returns
    /// whether it does.
    pub(super) fn reports(&mut self, sequence: u8, digest: u64) -> (u64, bool) {
        let again = self.unsolicited == Some((sequence, digest));
        if !again {
            self.unsolicited = Some((sequence, digest));
            self.reports = self.reports.wrapping_add(1);
        }
        (self.key(self.reports) | UNSOLICITED, again)
    }

    /// The key of the unsolicited response that was seen last.
    pub(super) fn reported(&self) -> u64 {
        self.key(self.reports) | UNSOLICITED
    }

    /// The key of the master's challenge of that response.
    pub(super) fn challenges(&self) -> u64 {
        self.reported() | REPLY
    }
}
