//! Requests paired with answers: one mechanism for every protocol.
use super::{Operation, Operations, Outcome, Result};
use crate::{
    Limits, Mark,
    protocol::Side,
    record::{Duration, Instant, Symbol, Text, message_id},
};
use std::collections::VecDeque;

/// Longest name of an object that is kept until the answer comes.
pub(crate) const OBJECT_OCTETS: usize = 128;
/// Answered requests whose keys are remembered, to tell a second answer from an unasked one.
const RECENT: usize = 8;

/// A request, as its protocol understands it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What an answer repeats: transaction id, unit, function, packed as the protocol likes.
    pub key: u64,
    /// What is asked.
    pub operation: Operation,
    /// The protocol's own name of the function.
    pub function: Option<Symbol>,
    /// The protocol's own code of the function.
    pub function_code: Option<u32>,
    /// Station below the IP address.
    pub station: Option<u32>,
    /// What kind of address `address` is.
    pub space: Option<Symbol>,
    /// First address asked for.
    pub address: Option<u64>,
    /// How many.
    pub quantity: Option<u32>,
    /// Name of the object; the first 128 octets are kept.
    pub object: Option<Text<'a>>,
    /// What the protocol wants to remember until the answer.
    pub numbers: [u64; 2],
}

/// What requests and answers of a child are told apart by, where only its parent has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairing {
    /// What an answer repeats, as the parent packs it.
    pub key: u64,
    /// Station below the IP address.
    pub station: Option<u32>,
}

/// The request that an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The message that asked.
    pub message: u64,
    /// When.
    pub ts: i64,
    /// First address asked for.
    pub address: Option<u64>,
    /// How many.
    pub quantity: Option<u32>,
    /// What the protocol remembered.
    pub numbers: [u64; 2],
    /// Whether the time-out had passed.
    pub late: bool,
    pub(crate) entry: Entry,
}

/// What is known of the request that an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "it lives for one call, and a box would be an allocation per message"
)]
pub enum Answer {
    /// It was this one.
    Paired(Asked),
    /// It was answered before.
    Again,
    /// It was not seen.
    Unasked,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    key: u64,
    pub(crate) message: u64,
    pub(crate) ts: i64,
    /// When the wait for its answer began, by the clock that never runs backwards; `ts` may be dated far off.
    since: i64,
    accepted: Option<i64>,
    operation: Operation,
    function: Option<Symbol>,
    function_code: Option<u32>,
    station: Option<u32>,
    space: Option<Symbol>,
    address: Option<u64>,
    quantity: Option<u32>,
    numbers: [u64; 2],
    /// Index of the kept name.
    object: Option<u16>,
    pub(crate) side: Side,
    /// Whether the time-out has been reported.
    overdue: bool,
    /// Whether it came again while it waited.
    repeated: bool,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    octets: [u8; OBJECT_OCTETS],
    len: u8,
}

/// A request whose time is over, or that must make room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expired {
    pub(crate) entry: Entry,
    pub(crate) outcome: Outcome,
}

/// The requests of one conversation that wait for their answer.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Oldest first.
    waiting: VecDeque<Entry>,
    names: Vec<Name>,
    free: Vec<u16>,
    recent: [Option<(Side, u64)>; RECENT],
    next_recent: usize,
    /// What the parent of the child that is at work pairs by.
    pub(crate) pairing: Pairing,
}

impl Entry {
    pub(crate) fn new(request: &Request<'_>, side: Side, mark: Mark, message: u64) -> Self {
        Self {
            key: request.key,
            message,
            ts: mark.ts,
            since: mark.ts,
            accepted: None,
            operation: request.operation,
            function: request.function,
            function_code: request.function_code,
            station: request.station,
            space: request.space,
            address: request.address,
            quantity: request.quantity,
            numbers: request.numbers,
            object: None,
            side,
            overdue: false,
            repeated: false,
        }
    }
    /// The row of this operation, at its last word.
    pub(crate) fn row<'a>(
        &self,
        object: Option<Text<'a>>,
        result: Result,
        answer: Option<(Mark, u64)>,
        late: bool,
    ) -> Operations<'a> {
        let first = self.accepted.or(answer.map(|(mark, _)| mark.ts));
        Operations {
            operation: self.operation,
            function: self.function,
            function_code: self.function_code,
            station: self.station,
            space: self.space,
            address: self.address,
            quantity: self.quantity,
            object,
            outcome: result.outcome,
            status: result.status,
            status_name: result.status_name,
            requested: Some(Instant(self.ts)),
            accepted: self.accepted.map(Instant),
            completed: answer.map(|(mark, _)| Instant(mark.ts)),
            // Clocks of captures step back; a latency does not.
            latency: first.map(|ts| Duration(ts.saturating_sub(self.ts).max(0))),
            late,
            request_message: Some(self.message),
            answer_message: answer.map(|(_, message)| message),
        }
    }
}

impl Exchange {
    /// Remembers a request. Returns whether the same was waiting already and comes again for the first time, and who had to
    /// make room.
    pub(crate) fn request(
        &mut self,
        request: &Request<'_>,
        side: Side,
        mark: Mark,
        ordinal: u32,
        now: i64,
        limits: &Limits,
    ) -> (bool, Option<Entry>) {
        let same = |entry: &&mut Entry| {
            entry.key == request.key
                && entry.numbers == request.numbers
                && entry.side == side
                && !entry.overdue
        };
        let (mut again, mut repeated) = (false, false);
        if let Some(entry) = self.waiting.iter_mut().find(same) {
            (again, repeated) = (true, !entry.repeated);
            entry.repeated = true;
        }
        let mut forgotten = None;
        if self.waiting.len() >= limits.pending_requests.max(1) {
            let place = self.waiting.iter().position(|entry| entry.overdue).unwrap_or(0);
            let Some(entry) = self.waiting.remove(place) else { return (again, None) };
            if !entry.overdue {
                forgotten = Some(entry);
            }
            // The name stays readable until the next request takes its place.
            self.release(&entry);
        }
        let mut entry = Entry::new(request, side, mark, message_id(mark.file, mark.frame, ordinal));
        entry.since = now;
        // The wait for those that came with a frame dated far ahead begins now, or it would hold up all others.
        if self.waiting.front().is_some_and(|first| first.since > now) {
            for entry in &mut self.waiting {
                entry.since = entry.since.min(now);
            }
        }
        entry.repeated = again;
        entry.object = request.object.and_then(|name| self.keep(name, forgotten.and_then(|e| e.object)));
        self.waiting.push_back(entry);
        (repeated, forgotten)
    }

    fn keep(&mut self, name: Text<'_>, not: Option<u16>) -> Option<u16> {
        let mut octets = [0; OBJECT_OCTETS];
        let mut len = 0u8;
        for (to, from) in octets.iter_mut().zip(name.as_bytes()) {
            *to = *from;
            len = len.saturating_add(1);
        }
        let name = Name { octets, len };
        let free = self.free.iter().position(|slot| Some(*slot) != not);
        if let Some(place) = free {
            let slot = self.free.swap_remove(place);
            *self.names.get_mut(usize::from(slot))? = name;
            return Some(slot);
        }
        let slot = u16::try_from(self.names.len()).ok()?;
        self.names.push(name);
        Some(slot)
    }

    fn release(&mut self, entry: &Entry) {
        if let Some(slot) = entry.object {
            self.free.push(slot);
        }
    }

    /// The name that was kept with a request, also shortly after its release.
    pub(crate) fn object(&self, entry: &Entry) -> Option<Text<'_>> {
        let name = self.names.get(usize::from(entry.object?))?;
        name.octets.get(..usize::from(name.len)).map(Text)
    }

    fn find(&self, key: u64, side: Side) -> Option<usize> {
        let asked = |entry: &Entry| entry.key == key && entry.side == side.other();
        // The oldest that is not overdue; only if there is none, one that is.
        self.waiting
            .iter()
            .position(|entry| asked(entry) && !entry.overdue)
            .or_else(|| self.waiting.iter().position(asked))
    }

    /// The request that an answer from `side` with this key belongs to; it waits no longer.
    pub(crate) fn answer(&mut self, key: u64, side: Side) -> Answer {
        if let Some(entry) = self.find(key, side).and_then(|place| self.waiting.remove(place)) {
            self.release(&entry);
            if let Some(recent) = self.recent.get_mut(self.next_recent) {
                *recent = Some((side, key));
            }
            self.next_recent = (self.next_recent + 1) % RECENT;
            return Answer::Paired(Asked {
                message: entry.message,
                ts: entry.ts,
                address: entry.address,
                quantity: entry.quantity,
                numbers: entry.numbers,
                late: entry.overdue,
                entry,
            });
        }
        if self.recent.contains(&Some((side, key))) { Answer::Again } else { Answer::Unasked }
    }

    /// The request that an answer from `side` with this key would belong to; it goes on waiting.
    pub(crate) fn peek(&self, key: u64, side: Side) -> Option<Asked> {
        let entry = *self.waiting.get(self.find(key, side)?)?;
        Some(Asked {
            message: entry.message,
            ts: entry.ts,
            address: entry.address,
            quantity: entry.quantity,
            numbers: entry.numbers,
            late: entry.overdue,
            entry,
        })
    }

    /// Marks the request as accepted at this time; it goes on waiting for the last word.
    pub(crate) fn accept(&mut self, key: u64, side: Side, ts: i64) -> bool {
        let place = self.find(key, side);
        match place.and_then(|place| self.waiting.get_mut(place)) {
            Some(entry) => {
                entry.accepted.get_or_insert(ts);
                true
            }
            None => false,
        }
    }

    /// When the first waiting request is overdue.
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<i64> {
        let first = self.waiting.iter().find(|entry| !entry.overdue)?;
        Some(first.since.saturating_add(limits.request_timeout))
    }

    /// The next request that is overdue at `now`, reported once.
    pub(crate) fn overdue(&mut self, now: i64, limits: &Limits) -> Option<Expired> {
        let late =
            |entry: &&mut Entry| !entry.overdue && entry.since.saturating_add(limits.request_timeout) <= now;
        let entry = self.waiting.iter_mut().find(late)?;
        entry.overdue = true;
        Some(Expired { entry: *entry, outcome: Outcome::UNANSWERED })
    }

    /// The next request that will have no answer, since the conversation ends.
    pub(crate) fn end(&mut self) -> Option<Expired> {
        while let Some(entry) = self.waiting.pop_front() {
            self.release(&entry);
            if !entry.overdue {
                return Some(Expired { entry, outcome: Outcome::OPEN });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(key: u64) -> Request<'static> {
        Request {
            key,
            operation: Operation::READ,
            function: None,
            function_code: None,
            station: None,
            space: None,
            address: Some(key),
            quantity: None,
            object: None,
            numbers: [0; 2],
        }
    }
    fn at(frame: u64) -> Mark {
        Mark { file: 0, frame, ts: frame as i64 }
    }

    /// HARD_CASES, Modbus: "Transaction id always 0, or reused while outstanding -> paired oldest first".
    #[test]
    fn the_same_key_is_paired_oldest_first() {
        let (limits, mut exchange) = (Limits::default(), Exchange::default());
        for frame in 1..=3 {
            exchange.request(&request(0), Side::First, at(frame), 0, at(frame).ts, &limits);
        }
        for frame in 1..=3 {
            let Answer::Paired(asked) = exchange.answer(0, Side::Second) else { panic!("paired") };
            assert_eq!(asked.message, message_id(0, frame, 0));
        }
        assert_eq!(exchange.answer(0, Side::Second), Answer::Again);
        assert_eq!(exchange.answer(1, Side::Second), Answer::Unasked);
    }

    /// HARD_CASES, protocol level: "An answer that arrives [...] from the wrong side [...] -> kept, marked, not paired".
    #[test]
    fn an_answer_from_the_side_that_asked_is_not_paired() {
        let (limits, mut exchange) = (Limits::default(), Exchange::default());
        exchange.request(&request(5), Side::First, at(1), 0, at(1).ts, &limits);
        assert_eq!(exchange.answer(5, Side::First), Answer::Unasked);
        assert!(matches!(exchange.answer(5, Side::Second), Answer::Paired(_)));
    }

    /// HARD_CASES, Modbus: "a late answer after the timeout is paired and marked late".
    #[test]
    fn a_late_answer_is_paired_and_marked_late() {
        let (limits, mut exchange) =
            (Limits { request_timeout: 10, ..Limits::default() }, Exchange::default());
        exchange.request(&request(5), Side::First, at(1), 0, at(1).ts, &limits);
        assert_eq!(exchange.deadline(&limits), Some(11));
        assert!(exchange.overdue(10, &limits).is_none());
        assert_eq!(exchange.overdue(11, &limits).map(|e| e.outcome), Some(Outcome::UNANSWERED));
        assert!(exchange.overdue(12, &limits).is_none());
        let Answer::Paired(asked) = exchange.answer(5, Side::Second) else { panic!("paired") };
        assert!(asked.late);
    }

    #[test]
    fn a_name_is_kept_until_its_operation_is_written() {
        let (limits, mut exchange) =
            (Limits { pending_requests: 1, ..Limits::default() }, Exchange::default());
        let named = |key, name: &'static str| Request { object: Some(name.into()), ..request(key) };
        exchange.request(&named(1, "first"), Side::First, at(1), 0, at(1).ts, &limits);
        let (_, forgotten) = exchange.request(&named(2, "second"), Side::First, at(2), 0, at(2).ts, &limits);
        let forgotten = forgotten.expect("the first made room");
        assert_eq!(exchange.object(&forgotten), Some("first".into()));
        let Answer::Paired(asked) = exchange.answer(2, Side::Second) else { panic!("paired") };
        assert_eq!(exchange.object(&asked.entry), Some("second".into()));
    }

    proptest! {
        /// Requests never grow beyond the limit, and each is accounted for exactly once.
        #[test]
        fn every_request_ends_exactly_once(steps in prop::collection::vec((0u64..6, any::<bool>()), 0..200)) {
            let (limits, mut exchange) = (Limits { pending_requests: 8, ..Limits::default() }, Exchange::default());
            let (mut asked, mut ended) = (0, 0);
            for (frame, (key, ask)) in steps.into_iter().enumerate() {
                if ask {
                    asked += 1;
                    ended += usize::from(exchange.request(&request(key), Side::First, at(frame as u64), 0, at(frame as u64).ts, &limits).1.is_some());
                } else if let Answer::Paired(_) = exchange.answer(key, Side::Second) {
                    ended += 1;
                }
                prop_assert!(exchange.waiting.len() <= 8);
            }
            while exchange.end().is_some() {
                ended += 1;
            }
            prop_assert_eq!(asked, ended);
        }
    }
}
