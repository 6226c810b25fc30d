//! Requests paired with answers: one mechanism for every protocol.
use super::{
    Operation, Operations, Outcome, Result, Stage,
    queue::Queue,
    stages::{Slots, Step, Steps},
};
use crate::{
    Limits, Mark,
    protocol::Side,
    record::{Duration, Instant, Symbol, Text, message_id},
};

/// Longest name of an object that is kept until the answer comes.
pub(crate) const OBJECT_OCTETS: usize = 128;
/// Answered requests whose keys are remembered, to tell a second answer from an unasked one.
const RECENT: usize = 8;
/// Where several requests may be under way, one that comes so soon behind another is not of somebody who waits for answers:
/// nanoseconds.
const UNWAITED: i64 = 10_000_000;

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

impl Request<'_> {
    /// One of which nothing more is known.
    pub const fn new(key: u64, operation: Operation) -> Self {
        Self {
            key,
            operation,
            function: None,
            function_code: None,
            station: None,
            space: None,
            address: None,
            quantity: None,
            object: None,
            numbers: [0; 2],
        }
    }
}

/// What requests and answers of a child are told apart by, where only its parent has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairing {
    /// What an answer repeats, as the parent packs it.
    pub key: u64,
    /// Station below the IP address.
    pub station: Option<u32>,
    /// How many requests may be under way under one key.
    pub under_way: UnderWay,
}

/// How many requests whoever asks may have under way under one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnderWay {
    /// Several, answered in their order.
    #[default]
    Several,
    /// One: whoever asks again has given up the one before.
    One,
}

impl UnderWay {
    /// Whether a request was sent without waiting for the answer to the one before it, by an answer to one of them that comes
    /// `now`. Whoever waits in vain asks again only when more time has passed than an answer takes.
    fn is_unwaited(self, before: i64, request: i64, now: i64) -> bool {
        // What was late itself is told with the time of the frame that it waited for, which may be later than its answer's.
        let (behind, took) = (request.saturating_sub(before), now.saturating_sub(request).max(0));
        match self {
            Self::Several => behind <= took.saturating_add(UNWAITED),
            Self::One => behind.saturating_mul(4) <= took,
        }
    }
}

/// How well an answer fits a request that has its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It speaks of something else, and is no answer to it.
    Not,
    /// It does not hold what was asked for.
    Poor,
    /// It repeats some of what it should.
    Partly,
    /// It is as an answer to this request should be, as far as one can tell.
    Whole,
}

/// A request that waits, or the one that an answer belongs to.
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
    /// How far it had come; [`Stage::EXECUTE`] in protocols without stages.
    pub stage: Stage,
    /// The stage that the last word ends it at, if it is a success.
    pub(crate) ends: Option<Stage>,
    pub(super) key: u64,
    /// When the wait for its answer began, by the clock that never runs backwards; `ts` may be dated far off.
    since: i64,
    /// What was asked.
    pub operation: Operation,
    function: Option<Symbol>,
    function_code: Option<u32>,
    station: Option<u32>,
    space: Option<Symbol>,
    /// Index of the kept name.
    object: Option<u16>,
    /// Index of the steps, once there are some.
    steps: Option<u16>,
    pub(crate) side: Side,
    /// The protocol that asked, where that is not the conversation's own.
    pub(crate) protocol: Option<Symbol>,
    /// Whether the time-out has been reported.
    pub(super) overdue: bool,
    /// Whether it came again while it waited.
    repeated: bool,
    /// Whether it was sent to all stations, and those that answered have operations of their own.
    shared_out: bool,
    /// Whether a later request with its key was answered: who asked has given it up.
    given_up: bool,
    /// Its answer may be among octets that were lost.
    is_doubtful: bool,
    /// Whether that one was another request, so that answers that come are hardly of this one.
    closed: bool,
    /// Whether no answer is due, unless it is refused.
    silent: bool,
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

#[derive(Clone, Copy, Debug)]
struct Name {
    octets: [u8; OBJECT_OCTETS],
    len: u8,
}

/// A request whose time is over, or that must make room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expired {
    pub(crate) entry: Asked,
    pub(crate) outcome: Outcome,
}

/// The requests of one conversation that wait for their answer.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Oldest first.
    waiting: Queue,
    /// The one that had to make room, until it is asked for.
    forgotten: Vec<Asked>,
    names: Vec<Name>,
    free: Vec<u16>,
    slots: Slots,
    recent: [Option<(Side, u64)>; RECENT],
    next_recent: usize,
    /// Sides of which the capture lacks octets since they were last heard, if they were at all.
    pub(crate) unheard: [bool; 2],
    /// Requests of each side that had to make room, and whose answers may come.
    owed: [u32; 2],
    /// Whether the last answer is without a request and may be that to one that had to make room.
    is_owed: bool,
    /// Until when answers may come to requests that were lost, by the side that asked; by the clock that never runs backwards.
    lost_until: [Option<i64>; 2],
    /// The protocol that is at work.
    pub(crate) protocol: Option<Symbol>,
    /// What the parent of the child that is at work pairs by.
    pub(crate) pairing: Pairing,
}

impl Asked {
    pub(crate) fn new(request: &Request<'_>, side: Side, mark: Mark, message: u64) -> Self {
        Self {
            key: request.key,
            message,
            ts: mark.ts,
            since: mark.ts,
            operation: request.operation,
            function: request.function,
            function_code: request.function_code,
            station: request.station,
            space: request.space,
            address: request.address,
            quantity: request.quantity,
            numbers: request.numbers,
            protocol: None,
            object: None,
            steps: None,
            stage: Stage::EXECUTE,
            side,
            overdue: false,
            late: false,
            ends: None,
            repeated: false,
            shared_out: false,
            given_up: false,
            is_doubtful: false,
            closed: false,
            silent: false,
        }
    }

    /// What was asked.
    pub(crate) fn request<'a>(&self, object: Option<Text<'a>>) -> Request<'a> {
        Request {
            key: self.key,
            operation: self.operation,
            function: self.function,
            function_code: self.function_code,
            station: self.station,
            space: self.space,
            address: self.address,
            quantity: self.quantity,
            object,
            numbers: self.numbers,
        }
    }

    /// It waits no longer.
    fn taken(mut self) -> Self {
        self.late |= self.overdue;
        self
    }

    /// It waits anew.
    fn again(&mut self) {
        self.late |= self.overdue;
        self.overdue = false;
    }

    /// How well this number is its own: the second of what the protocol remembered, where that is not 0.
    const fn has_number(&self, number: Option<u64>) -> u8 {
        let [_, own] = self.numbers;
        match number {
            Some(number) if own == number => 2,
            Some(_) if own != 0 => 0,
            _ => 1,
        }
    }

    /// Whether it has, or will have, more messages than a request and an answer.
    fn is_staged(&self) -> bool {
        self.steps.is_some() || self.stage != Stage::EXECUTE
    }

    /// The row of this operation, at its last word.
    pub(crate) fn row<'a>(
        &self,
        object: Option<Text<'a>>,
        steps: &Steps,
        ends: Option<Stage>,
        result: Result,
        answer: Option<(Mark, u64)>,
        late: bool,
    ) -> Operations<'a> {
        let first = steps.first_answer().or(answer.map(|(mark, _)| mark.ts));
        let staged = self.is_staged() || ends.is_some();
        let stage = ends.filter(|_| result.outcome == Outcome::SUCCESS).unwrap_or(self.stage);
        let ts = |step: Option<Step>| step.map(|step| Instant(step.ts));
        let message = |step: Option<Step>| step.map(|step| step.message);
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
            stage: staged.then_some(stage),
            requested: Some(Instant(self.ts)),
            selected: ts(steps.selected),
            executed: ts(steps.executed),
            accepted: ts(steps.accepted),
            returned: ts(steps.returned),
            cancelled: ts(steps.cancelled),
            completed: answer.map(|(mark, _)| Instant(mark.ts)),
            // Clocks of captures step back; a latency does not.
            latency: first.map(|ts| Duration(ts.saturating_sub(self.ts).max(0))),
            late,
            request_message: Some(self.message),
            select_answer_message: message(steps.selected),
            execute_message: message(steps.executed),
            accept_message: message(steps.accepted),
            return_message: message(steps.returned),
            cancel_message: message(steps.cancelled),
            answer_message: answer.map(|(_, message)| message),
            device_name: None,
            plant_name: None,
            unit: None,
        }
    }
}

impl Exchange {
    /// Remembers a request. Returns whether the same was waiting already and comes again for the first time, to a side that is
    /// in the capture. Who had to make room is told by [`forgotten`](Self::forgotten).
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn request(
        &mut self,
        request: &Request<'_>,
        stage: Stage,
        side: Side,
        mark: Mark,
        ordinal: u32,
        now: i64,
        limits: &Limits,
    ) -> bool {
        let same = |(_, entry): &(usize, &Asked)| {
            // What was sent to all, and is answered, waits for nobody.
            let waits = !entry.overdue && !entry.given_up && !entry.is_doubtful && !entry.shared_out;
            entry.side == side && entry.numbers == request.numbers && entry.stage == stage && waits
        };
        let (mut again, mut repeated) = (false, false);
        let place = self.waiting.with_key(request.key).find(same).map(|(place, _)| place);
        if let Some(entry) = place.and_then(|place| self.waiting.get_mut(place)) {
            (again, repeated) = (true, !entry.repeated);
            entry.repeated = true;
        }
        let forgotten = self.room(limits);
        let mut entry = Asked::new(request, side, mark, message_id(mark.file, mark.frame, ordinal));
        entry.stage = stage;
        entry.protocol = self.protocol;
        entry.repeated = again;
        entry.object = request.object.and_then(|name| self.keep(name, forgotten));
        self.wait(entry, now);
        let is_unheard = self.unheard.get(side.other().index()).is_some_and(|unheard| *unheard);
        repeated && !is_unheard && !self.is_lost(side.other(), now)
    }

    /// To the last request no answer is due, unless it is refused.
    pub(crate) fn expect_silence(&mut self) {
        if let Some(entry) = self.waiting.back_mut() {
            entry.silent = true;
        }
    }

    /// Who had to make room for the last request, once.
    #[inline]
    pub(crate) fn forgotten(&mut self) -> Option<Asked> {
        if self.forgotten.is_empty() { None } else { self.forgotten.pop() }
    }

    /// Makes room for one more. Returns the name of who is forgotten for it, which stays readable until the next request
    /// takes its place; so do the steps.
    #[inline]
    fn room(&mut self, limits: &Limits) -> Option<u16> {
        if self.waiting.len() < limits.pending_requests.max(1) { None } else { self.forget() }
    }

    #[inline(never)]
    fn forget(&mut self) -> Option<u16> {
        // Those that are overdue come first.
        let entry = self.waiting.remove(0)?;
        self.release(&entry);
        if entry.overdue || entry.shared_out {
            return None;
        }
        if let Some(owed) = self.owed.get_mut(entry.side.index()) {
            *owed = owed.saturating_add(1);
        }
        self.forgotten.clear();
        self.forgotten.push(entry);
        entry.object
    }

    /// Begins to wait at `now`.
    #[inline(always)]
    fn wait(&mut self, mut entry: Asked, now: i64) {
        // The wait for those that came with a frame dated far ahead begins now, or it would hold up all others.
        if self.waiting.front().is_some_and(|first| first.since > now) {
            for entry in self.waiting.iter_mut() {
                entry.since = entry.since.min(now);
            }
        }
        entry.since = now;
        self.waiting.push(entry);
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

    #[inline]
    fn release(&mut self, entry: &Asked) {
        if let Some(slot) = entry.object {
            self.free.push(slot);
        }
        if entry.steps.is_some() {
            self.slots.release(entry.steps);
        }
    }

    /// The steps of a request, also shortly after its release.
    pub(crate) fn steps(&self, entry: &Asked) -> Steps {
        self.slots.get(entry.steps)
    }

    /// The name that was kept with a request, also shortly after its release.
    pub(crate) fn object(&self, entry: &Asked) -> Option<Text<'_>> {
        let name = self.names.get(usize::from(entry.object?))?;
        name.octets.get(..usize::from(name.len)).map(Text)
    }

    #[inline]
    fn find(&self, key: u64, side: Side) -> Option<usize> {
        // The oldest that is not overdue, and whose answer was not lost perhaps; only if there is none, one of these.
        let (mut doubtful, mut overdue) = (None, None);
        let open = |entry: &Asked| entry.side == side.other() && !entry.closed;
        for (place, entry) in self.waiting.with_key(key).filter(|(_, entry)| open(entry)) {
            match (entry.overdue, entry.is_doubtful) {
                (false, false) => return Some(place),
                (false, true) => doubtful = doubtful.or(Some(place)),
                (true, _) => overdue = overdue.or(Some(place)),
            }
        }
        doubtful.or(overdue)
    }

    /// The request that an answer from `side` at `ts` belongs to: of those with the key, one that it fits before one that it
    /// does not, one in time before one that is overdue, and the one that it fits best; of several such the oldest, but for
    /// those that whoever asked has given up. Also whether others that it fits as well were passed over.
    fn find_fitting(
        &self,
        key: u64,
        side: Side,
        under_way: UnderWay,
        ts: i64,
        fit: impl Fn(&Asked) -> Fit,
    ) -> Option<(usize, bool)> {
        let (mut best, mut passed_over) = (None, false);
        let open = |entry: &Asked| entry.side == side.other() && !entry.closed;
        for (place, entry) in self.waiting.with_key(key).filter(|(_, entry)| open(entry)) {
            let fit = fit(entry);
            if fit == Fit::Not {
                continue;
            }
            // What is told late, since others had to show first what it is, answers none that came behind it.
            let rank = (
                fit > Fit::Poor,
                !entry.overdue,
                entry.ts <= ts,
                fit,
                !(entry.given_up || entry.is_doubtful),
            );
            match &mut best {
                Some((_, other, _)) if *other > rank => {}
                Some((_, other, last)) if *other == rank && under_way.is_unwaited(*last, entry.ts, ts) => {
                    *last = entry.ts;
                }
                other => {
                    passed_over |= matches!(other, Some((_, other, _)) if *other == rank);
                    *other = Some((place, rank, entry.ts));
                }
            }
        }
        best.map(|(place, ..)| (place, passed_over))
    }

    /// The request of `asker` that a message of this stage belongs to: of those that have not come so far, the one that
    /// has come farthest; of these the oldest whose answer was not lost perhaps. One that is overdue only if there is no other.
    fn find_before(&self, key: u64, asker: Side, stage: Stage) -> Option<usize> {
        self.find_numbered(key, asker, stage, None)
    }

    /// The same, where the message has a number: before all others one that has it too, before those of other numbers one
    /// without.
    fn find_numbered(&self, key: u64, asker: Side, stage: Stage, number: Option<u64>) -> Option<usize> {
        let fits = |entry: &Asked| {
            let open = entry.side == asker && !entry.closed;
            open && (entry.stage < stage || (stage == Stage::RETURNED && entry.stage == stage))
        };
        let mut farthest: Option<(usize, &Asked)> = None;
        for (place, entry) in self.waiting.with_key(key).filter(|(_, entry)| fits(entry)) {
            let far =
                |entry: &Asked| (entry.has_number(number), !entry.overdue, entry.stage, !entry.is_doubtful);
            if farthest.is_none_or(|(_, other)| far(entry) > far(other)) {
                farthest = Some((place, entry));
            }
        }
        farthest.map(|(place, _)| place)
    }

    /// The same, but that the answer to a request which may not be in the capture is none to one of another number.
    fn find_in_capture(
        &self,
        key: u64,
        asker: Side,
        stage: Stage,
        number: Option<u64>,
        now: i64,
    ) -> Option<usize> {
        let is_other = |entry: &Asked| entry.has_number(number) == 0;
        let found = self.find_numbered(key, asker, stage, number)?;
        let is_lost = self.is_lost(asker, now) && self.waiting.get(found).is_some_and(is_other);
        (!is_lost).then_some(found)
    }

    /// Octets of `side` were lost at `now`: there may have been requests and answers among them.
    pub(crate) fn lost(&mut self, side: Side, now: i64, limits: &Limits) {
        if let Some(until) = self.lost_until.get_mut(side.index()) {
            *until = Some(now.saturating_add(limits.request_timeout));
        }
        // What waits may have been answered there: what is asked later comes first. Where that was known, it was marked then.
        let is_known = self.unheard.get(side.index()).is_some_and(|unheard| *unheard);
        for entry in self.waiting.iter_mut().filter(|entry| !is_known && entry.side == side.other()) {
            entry.is_doubtful = true;
        }
    }

    /// Whether the request of an answer that comes `now` and belongs to none of `asker` may have been lost, or forgotten.
    pub(crate) fn may_lack(&self, asker: Side, now: i64) -> bool {
        self.is_owed || self.is_lost(asker, now)
    }

    /// Whether octets of `side` were lost of late.
    pub(crate) fn is_lost(&self, side: Side, now: i64) -> bool {
        self.lost_until.get(side.index()).copied().flatten().is_some_and(|until| until > now)
    }

    /// The request that an answer from `side` with this key belongs to; it waits no longer.
    pub(crate) fn answer(&mut self, key: u64, side: Side, now: i64) -> Answer {
        let place = self.find(key, side);
        self.answered(place, key, side, None, now)
    }

    /// Like [`answer`](Self::answer), where several requests may have the key and the answer, which came at `ts`, tells which
    /// of them it fits. None is given away that it does not fit at all.
    pub(crate) fn answer_fitting(
        &mut self,
        key: u64,
        side: Side,
        under_way: UnderWay,
        (ts, now): (i64, i64),
        fit: impl Fn(&Asked) -> Fit,
    ) -> Answer {
        let found = self.find_fitting(key, side, under_way, ts, &fit);
        if let Some((place, true)) = found
            && let Some(asked) = self.waiting.get(place).copied()
        {
            // Who asked went on, and was answered, without an answer to these.
            let is_older = |entry: &&mut Asked| {
                let fits = entry.key == key && entry.side == asked.side && fit(entry) == fit(&asked);
                fits && !under_way.is_unwaited(entry.ts, asked.ts, ts)
            };
            for entry in self.waiting.iter_mut().take(place).filter(is_older) {
                entry.given_up = true;
                entry.closed |= entry.numbers != asked.numbers;
            }
        }
        self.answered(found.map(|(place, _)| place), key, side, None, now)
    }

    /// The request whose stage before `stage` an answer from `side` ends; it waits no longer.
    pub(crate) fn answer_at(&mut self, key: u64, side: Side, stage: Stage, now: i64) -> Answer {
        self.answer_numbered(key, side, stage, None, now)
    }

    /// The same, where the answer has a number.
    pub(crate) fn answer_numbered(
        &mut self,
        key: u64,
        side: Side,
        stage: Stage,
        number: Option<u64>,
        now: i64,
    ) -> Answer {
        let place = self.find_in_capture(key, side.other(), stage, number, now);
        self.answered(place, key, side, Some(stage), now)
    }

    /// The same, where it is known which message asked.
    pub(crate) fn answer_to(&mut self, key: u64, side: Side, stage: Stage, message: u64, now: i64) -> Answer {
        let is_this = |(_, entry): &(usize, &Asked)| entry.side == side.other() && entry.message == message;
        let place = self.waiting.with_key(key).find(is_this).map(|(place, _)| place);
        self.answered(place, key, side, Some(stage), now)
    }

    /// The next request of `asker` under this key that is selected and not yet executed; it waits no longer.
    pub(crate) fn take_selected(&mut self, key: u64, asker: Side) -> Option<Asked> {
        let selected = |(_, entry): &(usize, &Asked)| entry.side == asker && entry.stage == Stage::SELECTED;
        let place = self.waiting.with_key(key).find(selected).map(|(place, _)| place)?;
        let entry = self.waiting.remove(place)?;
        self.release(&entry);
        Some(entry.taken())
    }

    fn answered(
        &mut self,
        place: Option<usize>,
        key: u64,
        side: Side,
        ends: Option<Stage>,
        now: i64,
    ) -> Answer {
        if let Some(mut entry) = place.and_then(|place| self.waiting.remove(place)) {
            self.release(&entry);
            entry.late |= entry.overdue;
            entry.ends = ends;
            if let Some(recent) = self.recent.get_mut(self.next_recent) {
                *recent = Some((side, key));
            }
            self.next_recent = (self.next_recent + 1) % RECENT;
            self.is_owed = false;
            return Answer::Paired(entry);
        }
        // A lost request may have had the same key: some peers give all of them the same.
        if let Some(owed) = self.owed.get_mut(side.other().index()) {
            self.is_owed = *owed > 0;
            *owed = owed.saturating_sub(1);
        }
        let was_seen = !self.may_lack(side.other(), now);
        let again = was_seen && self.recent.contains(&Some((side, key))) && !self.gave_up(key, side);
        if again { Answer::Again } else { Answer::Unasked }
    }

    /// The request of `side` itself under this key that has come farthest; it waits no longer.
    pub(crate) fn withdraw(&mut self, key: u64, side: Side) -> Option<Asked> {
        let entry = self.waiting.remove(self.find_before(key, side, Stage::TERMINATED)?)?;
        self.release(&entry);
        Some(entry.taken())
    }

    /// The request that an answer from `side` with this key would belong to; it goes on waiting.
    pub(crate) fn peek(&self, key: u64, side: Side) -> Option<Asked> {
        self.waiting.get(self.find(key, side)?).map(|entry| entry.taken())
    }

    /// The request that [`answer_fitting`](Self::answer_fitting) would find; it goes on waiting.
    pub(crate) fn peek_fitting(
        &self,
        key: u64,
        side: Side,
        under_way: UnderWay,
        ts: i64,
        fit: impl Fn(&Asked) -> Fit,
    ) -> Option<Asked> {
        let (place, _) = self.find_fitting(key, side, under_way, ts, fit)?;
        self.waiting.get(place).map(|entry| entry.taken())
    }

    /// Whether a request under this key waits that the other side of `side` has given up for another one: an answer may be its
    /// own after all.
    pub(crate) fn gave_up(&self, key: u64, side: Side) -> bool {
        self.waiting.with_key(key).any(|(_, entry)| entry.side == side.other() && entry.closed)
    }

    /// Whoever asks under this key again has given up what `asker` asked under it before; not what has these numbers, which is
    /// only asked once more.
    pub(crate) fn give_up(&mut self, key: u64, asker: Side, but: [u64; 2]) {
        let open =
            |(_, entry): &(usize, &Asked)| entry.side == asker && !entry.closed && entry.numbers != but;
        loop {
            let place = self.waiting.with_key(key).find(open).map(|(place, _)| place);
            let Some(entry) = place.and_then(|place| self.waiting.get_mut(place)) else { return };
            (entry.given_up, entry.closed) = (true, true);
        }
    }

    /// Whether a request of `asker` under this key waits, and is not overdue.
    pub(crate) fn waits(&self, key: u64, asker: Side) -> bool {
        self.waiting.with_key(key).any(|(_, entry)| entry.side == asker && !entry.overdue)
    }

    /// The request of `asker` that a message of this stage would belong to; it goes on waiting. Where the message has a
    /// number, as in [`answer_numbered`](Self::answer_numbered).
    pub(crate) fn peek_before(
        &self,
        key: u64,
        asker: Side,
        stage: Stage,
        number: Option<u64>,
    ) -> Option<Asked> {
        self.waiting.get(self.find_numbered(key, asker, stage, number)?).map(|entry| entry.taken())
    }

    /// Brings the request of `asker` to this stage, and waits for its next word from `now` on, under `new_key`. A `number` that
    /// the message has is that of the request from now on, if it had none.
    #[allow(clippy::too_many_arguments, reason = "a message has so many sides to it")]
    pub(crate) fn advance(
        &mut self,
        key: u64,
        new_key: u64,
        asker: Side,
        stage: Stage,
        step: Step,
        number: Option<u64>,
        now: i64,
    ) -> Option<Asked> {
        let mut entry = self.waiting.remove(self.find_in_capture(key, asker, stage, number, now)?)?;
        (entry.key, entry.stage) = (new_key, stage);
        if let (Some(number), [_, own @ 0]) = (number, &mut entry.numbers) {
            *own = number;
        }
        entry.again();
        self.step(&mut entry, |steps| steps.note(stage, step));
        self.wait(entry, now);
        Some(entry.taken())
    }

    /// Notes that `asker` asks to cancel its request under this key, and waits for the word on that from `now` on.
    pub(crate) fn cancel(
        &mut self,
        key: u64,
        asker: Side,
        step: Step,
        number: Option<u64>,
        now: i64,
    ) -> Option<Asked> {
        self.cancel_before(key, asker, Stage::TERMINATED, step, number, now)
    }

    /// The same, of a request that has not come to this stage.
    pub(crate) fn cancel_before(
        &mut self,
        key: u64,
        asker: Side,
        stage: Stage,
        step: Step,
        number: Option<u64>,
        now: i64,
    ) -> Option<Asked> {
        let place = self.find_numbered(key, asker, stage, number)?;
        let mut entry = self.waiting.remove(place)?;
        entry.again();
        self.step(&mut entry, |steps| {
            steps.cancelled.get_or_insert(step);
        });
        self.wait(entry, now);
        Some(entry.taken())
    }

    /// Notes that `asker` asked to cancel its request under this key, if that is not noted.
    pub(crate) fn note_cancelled(&mut self, key: u64, asker: Side, step: Step, number: Option<u64>) {
        let place = self.find_numbered(key, asker, Stage::TERMINATED, number);
        let Some((place, mut entry)) = place.and_then(|place| Some((place, *self.waiting.get(place)?)))
        else {
            return;
        };
        self.step(&mut entry, |steps| {
            steps.cancelled.get_or_insert(step);
        });
        if let Some(kept) = self.waiting.get_mut(place) {
            *kept = entry;
        }
    }

    fn step(&mut self, entry: &mut Asked, note: impl FnOnce(&mut Steps)) {
        entry.steps = entry.steps.or_else(|| self.slots.take());
        if let Some(steps) = self.slots.get_mut(entry.steps) {
            note(steps);
        }
    }

    /// One station answers a request that was sent to all: an operation of its own waits from `now` on under `own_key`.
    /// False if no such request waits. Who had to make room is told by [`forgotten`](Self::forgotten).
    pub(crate) fn share_out(
        &mut self,
        key: u64,
        asker: Side,
        own_key: u64,
        station: u32,
        now: i64,
        limits: &Limits,
    ) -> bool {
        let place = self.find_before(key, asker, Stage::TERMINATED);
        self.share_out_at(place, own_key, station, now, limits)
    }

    /// The same, of the request that `asked` is.
    pub(crate) fn share_out_of(
        &mut self,
        asked: &Asked,
        own_key: u64,
        station: u32,
        now: i64,
        limits: &Limits,
    ) -> bool {
        let is_this = |(_, entry): &(usize, &Asked)| {
            entry.side == asked.side && entry.message == asked.message && entry.numbers == asked.numbers
        };
        let place = self.waiting.with_key(asked.key).find(is_this).map(|(place, _)| place);
        self.share_out_at(place, own_key, station, now, limits)
    }

    fn share_out_at(
        &mut self,
        place: Option<usize>,
        own_key: u64,
        station: u32,
        now: i64,
        limits: &Limits,
    ) -> bool {
        let Some(entry) = place.and_then(|place| self.waiting.get_mut(place)) else { return false };
        entry.shared_out = true;
        let mut own = Asked { key: own_key, station: Some(station), shared_out: false, ..*entry };
        (own.object, own.steps, own.overdue) = (None, None, false);
        self.room(limits);
        self.wait(own, now);
        true
    }

    /// When the first waiting request is overdue.
    #[inline]
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<i64> {
        let first = self.waiting.first_in_time()?;
        Some(first.since.saturating_add(limits.request_timeout))
    }

    /// The next request that is overdue at `now`, reported once.
    pub(crate) fn overdue(&mut self, now: i64, limits: &Limits) -> Option<Expired> {
        while self.deadline(limits)? <= now {
            let entry = self.waiting.report_first_in_time()?;
            let outcome = match entry.stage {
                // The operations of the stations that answered tell of it.
                _ if entry.shared_out => continue,
                Stage::SELECTED => Outcome::LAPSED,
                Stage::ACCEPTED | Stage::RETURNED => Outcome::ACCEPTED,
                _ if entry.silent => Outcome::UNCONFIRMED,
                _ => Outcome::UNANSWERED,
            };
            return Some(Expired { entry: *entry, outcome });
        }
        None
    }

    /// The next request that will have no answer, since the conversation ends.
    pub(crate) fn end(&mut self) -> Option<Expired> {
        while let Some(entry) = self.waiting.remove(0) {
            self.release(&entry);
            if !entry.overdue && !entry.shared_out {
                let outcome = match entry.stage {
                    Stage::ACCEPTED | Stage::RETURNED => Outcome::ACCEPTED,
                    _ if entry.silent => Outcome::UNCONFIRMED,
                    _ if entry.given_up => Outcome::UNANSWERED,
                    _ => Outcome::OPEN,
                };
                return Some(Expired { entry, outcome });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn requests_that_waited_for_the_same_frame_did_not_wait_for_each_other() {
        for under_way in [UnderWay::Several, UnderWay::One] {
            // Also where the answer came before that frame.
            assert!(under_way.is_unwaited(20_000_000, 20_000_000, 0));
            assert!(!under_way.is_unwaited(0, 20_000_000, 21_000_000));
        }
    }

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
            exchange.request(&request(0), Stage::EXECUTE, Side::First, at(frame), 0, at(frame).ts, &limits);
        }
        for frame in 1..=3 {
            let Answer::Paired(asked) = exchange.answer(0, Side::Second, 0) else { panic!("paired") };
            assert_eq!(asked.message, message_id(0, frame, 0));
        }
        assert_eq!(exchange.answer(0, Side::Second, 0), Answer::Again);
        assert_eq!(exchange.answer(1, Side::Second, 0), Answer::Unasked);
    }

    /// HARD_CASES, S7comm: "references wrap, repeat, or are always 0". Of two answers to the same key the second may be of a
    /// request that was lost, as long as that one would wait.
    #[test]
    fn an_answer_is_a_second_one_only_if_no_request_can_be_missing() {
        let limits = Limits { request_timeout: 10, ..Limits::default() };
        for (lost, now, expected) in [
            (None, 5, Answer::Again),
            (Some(Side::First), 5, Answer::Unasked),
            (Some(Side::First), 13, Answer::Unasked),
            (Some(Side::First), 14, Answer::Again),
            // What was lost of who answers was no request.
            (Some(Side::Second), 5, Answer::Again),
        ] {
            let mut exchange = Exchange::default();
            exchange.request(&request(0), Stage::EXECUTE, Side::First, at(1), 0, at(1).ts, &limits);
            if let Some(side) = lost {
                exchange.lost(side, 4, &limits);
            }
            assert!(matches!(exchange.answer(0, Side::Second, 5), Answer::Paired(_)));
            assert_eq!(exchange.answer(0, Side::Second, now), expected, "{lost:?} {now}");
        }
    }

    /// HARD_CASES, protocol level: "An answer that arrives [...] from the wrong side [...] -> kept, marked, not paired".
    #[test]
    fn an_answer_from_the_side_that_asked_is_not_paired() {
        let (limits, mut exchange) = (Limits::default(), Exchange::default());
        exchange.request(&request(5), Stage::EXECUTE, Side::First, at(1), 0, at(1).ts, &limits);
        assert_eq!(exchange.answer(5, Side::First, 0), Answer::Unasked);
        assert!(matches!(exchange.answer(5, Side::Second, 0), Answer::Paired(_)));
    }

    /// HARD_CASES, Modbus: "a late answer after the timeout is paired and marked late".
    #[test]
    fn a_late_answer_is_paired_and_marked_late() {
        let (limits, mut exchange) =
            (Limits { request_timeout: 10, ..Limits::default() }, Exchange::default());
        exchange.request(&request(5), Stage::EXECUTE, Side::First, at(1), 0, at(1).ts, &limits);
        assert_eq!(exchange.deadline(&limits), Some(11));
        assert!(exchange.overdue(10, &limits).is_none());
        assert_eq!(exchange.overdue(11, &limits).map(|e| e.outcome), Some(Outcome::UNANSWERED));
        assert!(exchange.overdue(12, &limits).is_none());
        let Answer::Paired(asked) = exchange.answer(5, Side::Second, 0) else { panic!("paired") };
        assert!(asked.late);
    }

    #[test]
    fn a_name_is_kept_until_its_operation_is_written() {
        let (limits, mut exchange) =
            (Limits { pending_requests: 1, ..Limits::default() }, Exchange::default());
        let named = |key, name: &'static str| Request { object: Some(name.into()), ..request(key) };
        exchange.request(&named(1, "first"), Stage::EXECUTE, Side::First, at(1), 0, at(1).ts, &limits);
        exchange.request(&named(2, "second"), Stage::EXECUTE, Side::First, at(2), 0, at(2).ts, &limits);
        let forgotten = exchange.forgotten().expect("the first made room");
        assert_eq!(exchange.object(&forgotten), Some("first".into()));
        let Answer::Paired(asked) = exchange.answer(2, Side::Second, 0) else { panic!("paired") };
        assert_eq!(exchange.object(&asked), Some("second".into()));
    }

    fn step(frame: u64) -> Step {
        Step { ts: frame as i64, message: message_id(0, frame, 0) }
    }
    fn ask(exchange: &mut Exchange, key: u64, stage: Stage, frame: u64) {
        let limits = Limits::default();
        exchange.request(&request(key), stage, Side::First, at(frame), 0, at(frame).ts, &limits);
    }
    fn advance(exchange: &mut Exchange, stage: Stage, frame: u64) -> bool {
        exchange.advance(5, 5, Side::First, stage, step(frame), None, frame as i64).is_some()
    }

    /// HARD_CASES, IEC 60870-5-104: "Select, actcon, execute, actcon, return information, actterm [...] -> one operation
    /// with stages".
    #[test]
    fn the_stages_of_one_operation_are_one_row() {
        let mut exchange = Exchange::default();
        ask(&mut exchange, 5, Stage::SELECT, 1);
        assert!(!advance(&mut exchange, Stage::SELECT, 2));
        for (frame, stage) in
            [Stage::SELECTED, Stage::EXECUTE, Stage::ACCEPTED, Stage::RETURNED].into_iter().enumerate()
        {
            assert!(advance(&mut exchange, stage, 2 + frame as u64));
            assert!(stage == Stage::RETURNED || !advance(&mut exchange, stage, 9));
        }
        let Answer::Paired(asked) = exchange.answer_at(5, Side::Second, Stage::TERMINATED, 0) else {
            panic!("paired")
        };
        let result = Result::plain(Outcome::SUCCESS);
        let row = asked.row(None, &exchange.steps(&asked), asked.ends, result, Some((at(9), 9)), false);
        assert_eq!(row.stage, Some(Stage::TERMINATED));
        assert_eq!(row.requested, Some(Instant(1)));
        let (selected, executed, accepted) = (row.selected, row.executed, row.accepted);
        assert_eq!([selected, executed, accepted, row.returned], [2, 3, 4, 5].map(|ts| Some(Instant(ts))));
        assert_eq!(row.completed, Some(Instant(9)));
        assert_eq!(row.latency, Some(Duration(1)));
        assert_eq!(row.execute_message, Some(message_id(0, 3, 0)));
        assert!(exchange.end().is_none());
    }

    #[test]
    fn a_word_on_a_stage_goes_to_the_request_that_waits_for_it() {
        let mut exchange = Exchange::default();
        ask(&mut exchange, 5, Stage::SELECT, 1);
        assert!(advance(&mut exchange, Stage::SELECTED, 2) && advance(&mut exchange, Stage::EXECUTE, 3));
        ask(&mut exchange, 5, Stage::SELECT, 4);
        // The second select is refused; the first operation goes on.
        let Answer::Paired(asked) = exchange.answer_at(5, Side::Second, Stage::SELECTED, 0) else {
            panic!("paired")
        };
        assert_eq!((asked.ts, asked.stage), (4, Stage::SELECT));
        let result = Result::plain(Outcome::REFUSED);
        let row = asked.row(None, &exchange.steps(&asked), asked.ends, result, Some((at(5), 5)), false);
        assert_eq!((row.stage, row.selected), (Some(Stage::SELECT), None));
        assert!(advance(&mut exchange, Stage::ACCEPTED, 6));
        let Answer::Paired(asked) = exchange.answer_at(5, Side::Second, Stage::TERMINATED, 0) else {
            panic!("paired")
        };
        assert_eq!(asked.ts, 1);
    }

    #[test]
    fn each_stage_waits_anew_and_says_what_it_waited_for() {
        let limits = Limits { request_timeout: 10, ..Limits::default() };
        let mut exchange = Exchange::default();
        ask(&mut exchange, 5, Stage::SELECT, 0);
        ask(&mut exchange, 6, Stage::EXECUTE, 1);
        assert!(advance(&mut exchange, Stage::SELECTED, 5));
        assert_eq!(exchange.deadline(&limits), Some(11));
        assert_eq!(exchange.overdue(11, &limits).map(|e| e.outcome), Some(Outcome::UNANSWERED));
        assert_eq!(exchange.deadline(&limits), Some(15));
        assert_eq!(exchange.overdue(15, &limits).map(|e| e.outcome), Some(Outcome::LAPSED));
        // An execute that comes after all takes it up again.
        assert!(advance(&mut exchange, Stage::EXECUTE, 16) && advance(&mut exchange, Stage::ACCEPTED, 17));
        assert_eq!(exchange.overdue(27, &limits).map(|e| e.outcome), Some(Outcome::ACCEPTED));
        let Answer::Paired(asked) = exchange.answer_at(5, Side::Second, Stage::TERMINATED, 0) else {
            panic!("paired")
        };
        assert!(asked.late);
    }

    #[test]
    fn a_cancelled_request_keeps_when_it_was_cancelled() {
        let mut exchange = Exchange::default();
        ask(&mut exchange, 5, Stage::SELECT, 1);
        assert!(advance(&mut exchange, Stage::SELECTED, 2));
        assert!(exchange.cancel(5, Side::First, step(3), None, 3).is_some());
        assert!(exchange.cancel(5, Side::Second, step(3), None, 3).is_none());
        let Answer::Paired(asked) = exchange.answer_at(5, Side::Second, Stage::TERMINATED, 0) else {
            panic!("paired")
        };
        let result = Result::plain(Outcome::CANCELLED);
        let row = asked.row(None, &exchange.steps(&asked), asked.ends, result, Some((at(4), 4)), false);
        assert_eq!((row.stage, row.cancelled), (Some(Stage::SELECTED), Some(Instant(3))));
    }

    /// HARD_CASES, DNP3: the operate has another sequence than its select, and its answer repeats the new one.
    #[test]
    fn a_stage_may_have_a_key_of_its_own() {
        let mut exchange = Exchange::default();
        ask(&mut exchange, 5, Stage::SELECT, 1);
        assert!(advance(&mut exchange, Stage::SELECTED, 2));
        assert!(exchange.advance(5, 6, Side::First, Stage::EXECUTE, step(3), None, 3).is_some());
        assert_eq!(exchange.answer(5, Side::Second, 0), Answer::Unasked);
        let Answer::Paired(asked) = exchange.answer(6, Side::Second, 0) else { panic!("paired") };
        assert_eq!(asked.stage, Stage::EXECUTE);
    }

    /// HARD_CASES, IEC 60870-5-104: "a broadcast: one request, answers from each station under its own address".
    #[test]
    fn a_broadcast_has_an_operation_for_each_station_that_answers() {
        let limits = Limits { request_timeout: 10, ..Limits::default() };
        let mut exchange = Exchange::default();
        ask(&mut exchange, 5, Stage::EXECUTE, 1);
        for station in [7, 8] {
            assert!(exchange.share_out(5, Side::First, station, station as u32, 2, &limits));
            assert_eq!(exchange.forgotten(), None);
            let Answer::Paired(asked) = exchange.answer(station, Side::Second, 0) else { panic!("paired") };
            assert_eq!((asked.message, asked.station), (message_id(0, 1, 0), Some(station as u32)));
        }
        assert!(exchange.overdue(100, &limits).is_none() && exchange.end().is_none());
        assert!(!exchange.share_out(4, Side::First, 4, 4, 2, &limits));
    }

    /// Milliseconds, in nanoseconds.
    const MS: i64 = 1_000_000;

    /// Asks under key 0 for so many at `ms`.
    fn ask_for(exchange: &mut Exchange, quantity: u32, ms: i64) {
        let request = Request { quantity: Some(quantity), ..request(0) };
        let mark = Mark { file: 0, frame: ms as u64, ts: ms * MS };
        exchange.request(&request, Stage::EXECUTE, Side::First, mark, 0, mark.ts, &Limits::default());
    }
    /// When the request was sent that an answer with so many at `ms` belongs to, in milliseconds.
    fn answers(exchange: &mut Exchange, under_way: UnderWay, quantity: u32, ms: i64) -> Option<i64> {
        let fit = |asked: &Asked| if asked.quantity == Some(quantity) { Fit::Whole } else { Fit::Poor };
        match exchange.answer_fitting(0, Side::Second, under_way, (ms * MS, ms * MS), fit) {
            Answer::Paired(asked) => Some(asked.ts / MS),
            Answer::Again | Answer::Unasked => None,
        }
    }

    /// Modbus over Serial Line V1.02, section 2.4: the client waits for the answer or its time-out before it asks again. So also
    /// one who gives all requests the same identifier, since it could not tell their answers apart.
    #[test]
    fn a_request_without_answer_shifts_none_behind_it() {
        for under_way in [UnderWay::One, UnderWay::Several] {
            let mut exchange = Exchange::default();
            ask_for(&mut exchange, 1, 0);
            for turn in 1..40 {
                ask_for(&mut exchange, 1, turn * 1000);
                let answered = answers(&mut exchange, under_way, 1, turn * 1000 + 20);
                assert_eq!(answered, Some(turn * 1000), "{under_way:?}");
            }
            // Who asked went on without an answer to the first.
            let last = exchange.end().map(|expired| (expired.entry.ts, expired.outcome));
            assert_eq!(last, Some((0, Outcome::UNANSWERED)), "{under_way:?}");
        }
        // A serial line is asked as soon as it has answered.
        let mut exchange = Exchange::default();
        (0..10).for_each(|turn| ask_for(&mut exchange, 1, turn * 5));
        for turn in 10..20 {
            ask_for(&mut exchange, 1, turn * 5);
            assert_eq!(answers(&mut exchange, UnderWay::One, 1, turn * 5 + 1), Some(turn * 5));
        }
    }

    /// HARD_CASES, Modbus: "Transaction id always 0, or reused while outstanding -> paired oldest first", where nobody waited.
    #[test]
    fn requests_that_did_not_wait_are_answered_oldest_first() {
        for (under_way, apart) in [(UnderWay::One, 0), (UnderWay::Several, 0), (UnderWay::Several, 5)] {
            let mut exchange = Exchange::default();
            (0..4).for_each(|turn| ask_for(&mut exchange, 1, turn * apart));
            for turn in 0..4 {
                let answered = answers(&mut exchange, under_way, 1, 4 * apart + 20 + turn);
                assert_eq!(answered, Some(turn * apart), "{under_way:?} {apart}");
            }
        }
    }

    #[test]
    fn an_answer_goes_to_a_request_that_it_fits() {
        for under_way in [UnderWay::One, UnderWay::Several] {
            let mut exchange = Exchange::default();
            for (quantity, ms) in [(2, 0), (3, 1000), (2, 2000)] {
                ask_for(&mut exchange, quantity, ms);
            }
            assert_eq!(answers(&mut exchange, under_way, 3, 2020), Some(1000), "{under_way:?}");
            assert_eq!(answers(&mut exchange, under_way, 2, 2030), Some(2000), "{under_way:?}");
            // The same request that was given up is still answered, if nothing else fits; what fits none goes to one all the
            // same.
            ask_for(&mut exchange, 3, 3000);
            assert_eq!(answers(&mut exchange, under_way, 2, 3001), Some(0), "{under_way:?}");
            assert_eq!(answers(&mut exchange, under_way, 7, 3002), Some(3000), "{under_way:?}");
            assert_eq!(answers(&mut exchange, under_way, 7, 3003), None, "{under_way:?}");
            // Another one is not.
            let other = Request { numbers: [1; 2], quantity: Some(2), ..request(0) };
            let mark = Mark { ts: 4000 * MS, ..at(9) };
            exchange.request(&other, Stage::EXECUTE, Side::First, mark, 0, mark.ts, &Limits::default());
            ask_for(&mut exchange, 2, 5000);
            assert_eq!(answers(&mut exchange, under_way, 2, 5001), Some(5000), "{under_way:?}");
            assert_eq!(answers(&mut exchange, under_way, 2, 5002), None, "{under_way:?}");
        }
        // What it does not fit at all is never given.
        let mut exchange = Exchange::default();
        ask_for(&mut exchange, 1, 0);
        let not = exchange.answer_fitting(0, Side::Second, UnderWay::One, (1, 1), |_| Fit::Not);
        assert_eq!((not, exchange.waits(0, Side::First)), (Answer::Unasked, true));
    }

    #[test]
    fn a_request_that_is_answered_only_if_refused_is_unconfirmed_without_an_answer() {
        let limits = Limits { request_timeout: 10, ..Limits::default() };
        let mut exchange = Exchange::default();
        for key in [1, 2, 3] {
            ask(&mut exchange, key, Stage::EXECUTE, key);
            exchange.expect_silence();
        }
        assert!(matches!(exchange.answer(1, Side::Second, 5), Answer::Paired(_)));
        assert_eq!(exchange.overdue(12, &limits).map(|expired| expired.outcome), Some(Outcome::UNCONFIRMED));
        assert_eq!(exchange.end().map(|expired| expired.outcome), Some(Outcome::UNCONFIRMED));
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
                    exchange.request(&request(key), Stage::EXECUTE, Side::First, at(frame as u64), 0, at(frame as u64).ts, &limits);
                    ended += usize::from(exchange.forgotten().is_some());
                } else if let Answer::Paired(_) = exchange.answer(key, Side::Second, 0) {
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
