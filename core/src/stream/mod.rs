//! One direction of a TCP connection brought into order (RFC 9293).
//!
//! A [`Stream`] is given the segments of one direction as they were captured and hands on each octet once, in order, with
//! the gaps between them. It knows no protocol and no packets. Segments in order pass through uncopied; what comes out of
//! order is held, within [`Limits`], until the hole before it is filled or given up.
//!
//! # Positions
//!
//! The span of a stream begins with the first octet seen, or with the octet behind the SYN, and counts octets of payload
//! only, in 64 bits: SYN and FIN consume a sequence number but have no place in it. An `offset` is a position in the span.
//!
//! # Accounting
//!
//! After every step, with the terms of [`Account`]:
//!
//! ```text
//! span     = delivered + missing + held + awaited
//! received = delivered + held + repeated + outside
//! ```
//!
//! and so `received = span - missing - awaited + repeated + outside`. The octets given to [`Receiver::data`] are `delivered`,
//! the lengths given to [`Receiver::gap`] are `missing`, and offsets follow each other without a break.
//!
//! # Overlaps
//!
//! The first copy of an octet that was delivered stands. The last delivered segments are remembered by length and hash: a
//! retransmission with the same boundaries, or of several of them together, is told from one with other octets. An overlap
//! with a part of a remembered segment is unverifiable, one with older octets not comparable; both are counted. Overlaps
//! among held octets are compared octet by octet, and [`Limits::overlap`] says which copy is used.
//!
//! # Holes
//!
//! A hole is given up when it has been waited for ([`Limits::hole_wait`], [`Limits::acknowledged_hole_wait`]), when too much
//! is held behind it, when the capture itself cut the octets off and the stream goes on behind them, or at the end. Its owner
//! may give it up before, by what the other direction tells. While
//! octets arrive that fill it from its beginning, the wait starts anew: a forged segment ahead of a slow stream must not
//! hide what comes after. Octets that arrive after their hole was given up are late: counted as outside.
//!
//! # Losing and finding the place
//!
//! Segments farther off than [`Limits::window_octets`], and late ones, are refused. When four segments in a row are refused
//! that follow each other within a window, and none is accepted between them, it is the stream that lost its place: it goes
//! on with the fourth or, where the acknowledgments of the other side speak for the old place, with the 255th. Ahead of its
//! position that is a gap of known length ([`GapReason::Jump`]), behind it one of unknown length ([`GapReason::Restart`]).

mod evidence;
mod held;
mod history;
#[cfg(test)]
mod tests;

pub use evidence::{Account, Evidence, EvidenceKind, GapReason};

use crate::{Limits, Mark};
use held::{Held, latest};
use history::{Comparison, History};

/// Refused segments in a row, each continuing the one before, after which the stream goes on with them.
const STRAYS: u8 = 4;
/// As many, where the other side acknowledges the stream's place and not theirs.
const CONTRADICTED_STRAYS: u8 = u8::MAX;

/// What a stream needs of one TCP segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Sequence number of the segment: of the SYN if it has one, else of the first octet of the payload.
    pub sequence: u32,
    /// The SYN flag.
    pub syn: bool,
    /// The FIN flag.
    pub fin: bool,
    /// The RST flag.
    pub rst: bool,
    /// The urgent pointer, where the URG flag is set.
    pub urgent: Option<u16>,
    /// The captured octets of the payload.
    pub payload: &'a [u8],
    /// Octets of the payload, behind those of `payload`, that the capture cut off.
    pub missing: u32,
    /// When it was captured, in nanoseconds since 1970-01-01 UTC. The mark that comes with it has the time of the clock that
    /// holes are waited by, which may never run backwards.
    pub captured: i64,
}

/// Takes what a [`Stream`] hands on.
pub trait Receiver {
    /// Octets in order, each once. `mark` is the latest of the segments that were needed to have them in order: the one that
    /// brought them, or that filled the hole before them. Where that hole was given up, none was needed to fill it, and
    /// `mark` is earlier than what was handed on last; its time is then [`Segment::captured`].
    fn data(&mut self, offset: u64, mark: Mark, bytes: &[u8]);

    /// Octets that are handed on next with `mark` were brought by an earlier segment, and waited for that one.
    fn brought(&mut self, mark: Mark, earlier: Mark) {
        let _ = (mark, earlier);
    }

    /// `len` octets from `offset` on are missing. A length of 0 is an unknown one, with [`GapReason::Restart`].
    fn gap(&mut self, offset: u64, mark: Mark, len: u64, reason: GapReason);

    /// Something remarkable.
    fn evidence(&mut self, mark: Mark, evidence: Evidence);
}

/// Octets that came again or fit nowhere, and what was said of them.
#[derive(Default)]
struct Odd {
    repeated: u64,
    outside: u64,
    unverifiable: u64,
    not_comparable: u64,
    /// Cases of each kind of evidence.
    cases: [u32; EvidenceKind::COUNT],
}

/// One direction of a TCP connection.
#[derive(Default)]
pub struct Stream {
    /// Position of the octet expected next: octets delivered and given up.
    next: u64,
    missing: u64,
    /// Position of the first FIN inside the window.
    fin: Option<u64>,
    /// Delivered segments, once there are any.
    history: Option<Box<History>>,
    /// Octets out of order, while there are any.
    held: Option<Box<Held>>,
    /// What most streams never have.
    odd: Option<Box<Odd>>,
    /// Sequence number of the octet expected next.
    next_sequence: u32,
    /// What the other side acknowledged last.
    acknowledged: Option<u32>,
    /// Sequence number that would continue the last refused segment.
    stray_next: u32,
    /// Refused segments in a row that agree with each other.
    strays: u8,
    /// Whether a SYN or an octet was seen.
    started: bool,
    /// Whether a RST inside the window was seen.
    reset: bool,
}

impl Stream {
    /// Takes a segment.
    ///
    /// Call [`advance`](Self::advance) before, where [`deadline`](Self::deadline) has passed: a segment alone gives no hole
    /// up for its time, since one frame may be dated far off.
    #[inline]
    pub fn segment<R: Receiver>(
        &mut self,
        segment: Segment<'_>,
        mark: Mark,
        limits: &Limits,
        receiver: &mut R,
    ) {
        let ordinary =
            !(segment.syn || segment.fin || segment.rst || segment.urgent.is_some() || segment.missing > 0);
        let open = self.started && !self.reset && self.fin.is_none() && self.held.is_none();
        if ordinary && open && segment.sequence == self.next_sequence {
            if !segment.payload.is_empty() {
                self.deliver(segment.payload, mark, receiver);
            }
        } else {
            self.unusual(segment, mark, limits, receiver);
        }
    }

    /// Whether a segment that begins at `sequence`, without SYN, FIN, RST or URG, continues an open stream that holds
    /// nothing: then [`continued`](Self::continued) is all there is to do.
    #[inline(always)]
    pub(crate) fn continues(&self, sequence: u32) -> bool {
        self.next_sequence == sequence
            && self.started
            && !self.reset
            && self.fin.is_none()
            && self.held.is_none()
    }

    /// Whether this acknowledgment of the other side covers octets that have not come: it has what the capture lacks.
    #[inline(always)]
    pub(crate) fn is_behind(&self, acknowledgment: u32) -> bool {
        const FAR: u32 = 1 << 20;
        let ahead = acknowledgment.wrapping_sub(self.next_sequence);
        ahead.wrapping_sub(1) < FAR && self.started && self.fin.is_none()
    }

    /// Whether octets wait for a hole before them to be filled.
    #[inline(always)]
    pub(crate) fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// Whether octets are held behind a hole that this acknowledgment of the other side covers, and some of them too: the
    /// other side has what the capture lacks.
    pub(crate) fn lacks(&self, acknowledgment: u32) -> bool {
        let first = self.held.as_ref().and_then(|held| held.runs.front());
        first.is_some_and(|run| !run.bytes.is_empty() && run.start < self.position(acknowledgment))
    }

    /// Whether a segment that begins at `sequence` begins no farther than the stream has come.
    pub(crate) fn reaches(&self, sequence: u32) -> bool {
        self.started && self.position(sequence) <= self.next
    }

    /// Whether all octets of a segment came before.
    pub(crate) fn has(&self, segment: &Segment<'_>) -> bool {
        let start = self.position(segment.sequence);
        let end = start.saturating_add(segment.payload.len() as u64);
        let runs = self.held.iter().flat_map(|held| &held.runs);
        self.started
            && (end <= self.next
                || runs
                    .into_iter()
                    .any(|run| run.start <= start && end <= run.start + run.bytes.len() as u64))
    }

    /// Whether a segment that begins at `sequence` may fill a hole.
    pub(crate) fn may_fill(&self, sequence: u32) -> bool {
        let last = self.held.as_ref().and_then(|held| held.runs.back());
        last.is_some_and(|run| self.position(sequence) < run.start)
    }

    /// Gives up the holes before what is held of the octets that this acknowledgment of the other side covers.
    pub(crate) fn give_up_lacking<R: Receiver>(
        &mut self,
        acknowledgment: u32,
        mark: Mark,
        limits: &Limits,
        receiver: &mut R,
    ) {
        while self.lacks(acknowledgment) {
            self.give_up(GapReason::NotCaptured, mark, receiver);
            self.settle(None, mark, limits, receiver);
        }
    }

    /// Gives up what the capture cut off, as far as this acknowledgment of the other side covers it: it is not sent again.
    pub(crate) fn give_up_cut<R: Receiver>(
        &mut self,
        acknowledgment: u32,
        mark: Mark,
        limits: &Limits,
        receiver: &mut R,
    ) {
        while let Some(first) = self.held.as_ref().and_then(|held| held.runs.front())
            && first.cut >= first.start.saturating_sub(self.next)
            && first.start <= self.position(acknowledgment)
        {
            self.give_up(GapReason::Cut, mark, receiver);
            self.settle(None, mark, limits, receiver);
        }
    }

    /// Notes the acknowledgment number of a segment of the other direction, where nothing is held.
    #[inline(always)]
    pub(crate) fn acknowledged_in_order(&mut self, acknowledgment: u32) {
        // A segment that comes again, or late, takes nothing back.
        if self.acknowledged.is_none_or(|known| acknowledgment.wrapping_sub(known) as i32 > 0) {
            self.acknowledged = Some(acknowledgment);
        }
    }

    /// The octets of a segment that [`continues`](Self::continues) the stream were handed on.
    #[inline(always)]
    pub(crate) fn continued(&mut self, bytes: &[u8], mark: Mark) {
        self.history.get_or_insert_with(History::new).delivered(bytes, mark.file, mark.frame);
        self.pass(bytes.len() as u64);
        self.strays = 0;
    }

    /// Notes the acknowledgment number of a segment of the other direction.
    ///
    /// A hole that it covers is one of the capture only, and is waited for no longer than
    /// [`Limits::acknowledged_hole_wait`]. `now` is the time of that segment.
    #[inline]
    pub fn acknowledged(&mut self, acknowledgment: u32, now: i64, limits: &Limits) {
        self.acknowledged_in_order(acknowledgment);
        let position = self.acknowledged_position();
        if let Some(held) = &mut self.held {
            held.acknowledged(position, now, limits);
        }
    }

    /// When [`advance`](Self::advance) has something to do, if nothing comes before: nanoseconds since 1970-01-01 UTC.
    #[inline]
    pub fn deadline(&self) -> Option<i64> {
        self.held.as_ref().and_then(|held| held.runs.front()).map(|run| run.deadline)
    }

    /// Gives up the holes whose time has passed.
    pub fn advance<R: Receiver>(&mut self, now: Mark, limits: &Limits, receiver: &mut R) {
        while self.deadline().is_some_and(|deadline| deadline <= now.ts) {
            let acknowledged = self
                .held
                .as_ref()
                .is_some_and(|held| held.runs.front().is_some_and(|run| held.is_acknowledged(run.start)));
            let reason = if acknowledged { GapReason::NotCaptured } else { GapReason::NotReceived };
            self.give_up(reason, now, receiver);
            self.settle(None, now, limits, receiver);
        }
    }

    /// The end: gives up all holes and hands on what is held.
    pub fn finish<R: Receiver>(&mut self, mark: Mark, receiver: &mut R) {
        self.flush(GapReason::End, mark, receiver);
    }

    /// The octets of this direction so far.
    pub fn account(&self) -> Account {
        let held = self.held.as_ref().map_or(0, |held| held.octets);
        let odd = |of: fn(&Odd) -> u64| self.odd.as_deref().map_or(0, of);
        let span = self.held.as_ref().and_then(|held| held.end()).unwrap_or(self.next);
        Account {
            span,
            delivered: self.next.saturating_sub(self.missing),
            missing: self.missing,
            held,
            awaited: span.saturating_sub(self.next).saturating_sub(held),
            repeated: odd(|odd| odd.repeated),
            outside: odd(|odd| odd.outside),
            unverifiable: odd(|odd| odd.unverifiable),
            not_comparable: odd(|odd| odd.not_comparable),
        }
    }

    /// Whether the direction has begun: a SYN or an octet of it was seen.
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// Whether the direction is over: the FIN and all before it was seen or given up, or a RST inside the window.
    pub fn is_ended(&self) -> bool {
        self.reset || self.fin.is_some_and(|fin| fin <= self.next)
    }

    /// Whether a RST inside the window was seen.
    pub fn is_reset(&self) -> bool {
        self.reset
    }

    /// Whether a segment with a SYN begins another connection between the same ports, and no repetition of the SYN that
    /// this stream began with.
    ///
    /// Of a stream that has not begun only the acknowledgments are known: a SYN far from them is no part of it.
    pub fn is_new_connection(&self, segment: &Segment<'_>, limits: &Limits) -> bool {
        let first = segment.sequence.wrapping_add(1);
        let other = match (self.started, self.acknowledged) {
            (true, _) => first != self.sequence_at(0),
            (false, Some(acknowledged)) => acknowledged.wrapping_sub(first) > limits.window_octets,
            (false, None) => false,
        };
        segment.syn && other
    }

    /// Whether a segment that begins at `sequence` is the next one, or one that came before.
    pub(crate) fn goes_on(&self, sequence: u32, limits: &Limits) -> bool {
        (-i64::from(limits.window_octets)..=0).contains(&self.distance(sequence))
    }

    /// Whether a sequence number lies outside the window of a stream that has begun.
    pub(crate) fn is_elsewhere(&self, sequence: u32, limits: &Limits) -> bool {
        self.started && self.distance(sequence).unsigned_abs() > u64::from(limits.window_octets)
    }

    /// The sequence number of the octet at `offset`.
    fn sequence_at(&self, offset: u64) -> u32 {
        self.next_sequence.wrapping_add(offset.wrapping_sub(self.next) as u32)
    }

    /// How far `sequence` lies ahead of the octet expected next; negative behind it.
    fn distance(&self, sequence: u32) -> i64 {
        i64::from(sequence.wrapping_sub(self.next_sequence) as i32)
    }

    /// The position of a sequence number; 0 before the first.
    fn position(&self, sequence: u32) -> u64 {
        self.next.saturating_add_signed(self.distance(sequence))
    }

    fn acknowledged_position(&self) -> u64 {
        self.acknowledged.map_or(0, |sequence| self.position(sequence))
    }

    /// Counts octets that came again or fit nowhere.
    #[cold]
    fn count(&mut self, which: fn(&mut Odd) -> &mut u64, octets: u64) {
        if octets > 0 {
            let sum = which(self.odd.get_or_insert_default());
            *sum = sum.saturating_add(octets);
        }
    }

    /// Hands on octets in order.
    #[inline]
    fn deliver<R: Receiver>(&mut self, bytes: &[u8], mark: Mark, receiver: &mut R) {
        receiver.data(self.next, mark, bytes);
        self.continued(bytes, mark);
    }

    #[inline]
    fn pass(&mut self, octets: u64) {
        self.next = self.next.saturating_add(octets);
        self.next_sequence = self.next_sequence.wrapping_add(octets as u32);
    }

    /// All but an ordinary segment in order. Kept out of line, so that those pay nothing for it.
    #[inline(never)]
    fn unusual<R: Receiver>(&mut self, segment: Segment<'_>, mark: Mark, limits: &Limits, receiver: &mut R) {
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        let window = i64::from(limits.window_octets);
        let octets = segment.payload.len() as u64;
        if !self.started && !self.start(&segment, sequence) {
            return;
        }
        let behind_fin = self.next_sequence.wrapping_add(1);
        if self.fin == Some(self.next) && sequence == behind_fin && octets > 0 && !segment.rst {
            // The FIN has a sequence number of its own, which is no hole where data follow it.
            self.next_sequence = behind_fin;
        }
        let distance = self.distance(sequence);
        if segment.syn && sequence != self.sequence_at(0) {
            self.say(EvidenceKind::UnexpectedSyn, segment.sequence, None, 0, mark, receiver);
        }
        if segment.rst {
            if (0..=window).contains(&distance) {
                self.reset = true;
            } else {
                self.say(EvidenceKind::ResetOutsideWindow, sequence, None, 0, mark, receiver);
            }
            if octets > 0 {
                self.count(|odd| &mut odd.outside, octets);
                self.say(EvidenceKind::DataInReset, sequence, None, octets, mark, receiver);
            }
            return;
        }
        if let Some(pointer) = segment.urgent {
            let offset = self.next.checked_add_signed(distance);
            self.say(EvidenceKind::Urgent, sequence, offset, u64::from(pointer), mark, receiver);
        }
        let len = octets.saturating_add(u64::from(segment.missing));
        // The last octet must lie in the window too, unless the segment begins in order: those are never refused.
        let reach = distance.saturating_add_unsigned(len);
        let inside = distance >= -window && (reach <= window || distance <= 0);
        if !inside && len > 0 {
            if !self.stray(sequence, len, limits) {
                self.count(|odd| &mut odd.outside, octets);
                self.say(EvidenceKind::OutsideWindow, sequence, None, octets, mark, receiver);
                return;
            }
            self.rebase(sequence, mark, receiver);
        } else if len > 0 && reach <= 0 && self.is_late(distance, segment.payload, mark) {
            if self.stray(sequence, len, limits) {
                self.rebase(sequence, mark, receiver);
            }
        } else if !inside {
            if segment.fin {
                self.say(EvidenceKind::FinOutsideWindow, sequence, None, 0, mark, receiver);
            }
            return;
        }
        if len > 0 {
            self.accept(sequence, &segment, mark, limits, receiver);
        }
        if segment.fin {
            self.finish_at(sequence.wrapping_add(len as u32), mark, limits, receiver);
        }
        self.settle(Some(mark), mark, limits, receiver);
    }

    /// Begins the stream with its first segment. Gives false if it is none to begin with: an acknowledgment alone says
    /// little, since a keep-alive has the number of an octet already sent.
    fn start(&mut self, segment: &Segment<'_>, sequence: u32) -> bool {
        if !segment.syn && (segment.rst || segment.payload.is_empty()) {
            // The payload of a RST is no part of a stream, begun or not.
            self.count(|odd| &mut odd.outside, segment.payload.len() as u64);
            return false;
        }
        self.started = true;
        self.next_sequence = sequence;
        // A keep-alive with a garbage octet repeats what the other side has acknowledged.
        if !segment.syn && segment.payload.len() == 1 && self.acknowledged == Some(sequence.wrapping_add(1)) {
            self.next_sequence = sequence.wrapping_add(1);
        }
        true
    }

    /// Takes the octets of a segment, at least partly inside the window.
    fn accept<R: Receiver>(
        &mut self,
        sequence: u32,
        segment: &Segment<'_>,
        mark: Mark,
        limits: &Limits,
        receiver: &mut R,
    ) {
        let &Segment { payload, missing, captured, .. } = segment;
        let distance = self.distance(sequence);
        if distance == -1 && payload.len() == 1 && missing == 0 {
            // A keep-alive: its octet may be garbage (RFC 9293 section 3.8.4).
            self.count(|odd| &mut odd.repeated, 1);
            return;
        }
        let mut rest = payload;
        let start = match self.next.checked_add_signed(distance) {
            Some(start) => start,
            None => {
                let before = distance.unsigned_abs().saturating_sub(self.next);
                let (early, tail) = split(rest, before);
                let octets = early.len() as u64;
                rest = tail;
                self.count(|odd| &mut odd.outside, octets);
                if octets > 0 {
                    self.say(EvidenceKind::BeforeStart, sequence, None, octets, mark, receiver);
                }
                0
            }
        };
        let cut_to = self.next.saturating_add_signed(
            distance.saturating_add_unsigned(payload.len() as u64).saturating_add(i64::from(missing)),
        );
        let (again, fresh) = split(rest, self.next.saturating_sub(start));
        self.compare(start, again, mark, receiver);
        let start = start.max(self.next);
        if !fresh.is_empty() {
            let end = start.saturating_add(fresh.len() as u64);
            if self.reset {
                self.say(
                    EvidenceKind::DataAfterReset,
                    self.sequence_at(start),
                    Some(start),
                    fresh.len() as u64,
                    mark,
                    receiver,
                );
            }
            if let Some(fin) = self.fin
                && end > fin
            {
                let from = start.max(fin);
                let octets = end.saturating_sub(from);
                self.say(
                    EvidenceKind::DataAfterFin,
                    self.sequence_at(from),
                    Some(from),
                    octets,
                    mark,
                    receiver,
                );
            }
            let first_held = self.held.as_ref().and_then(|held| held.runs.front()).map(|run| run.start);
            if start == self.next && first_held.is_none_or(|held| end <= held) {
                self.deliver(fresh, mark, receiver);
                if let Some(held) = &mut self.held {
                    held.wait_anew(mark.ts, limits);
                }
            } else {
                self.hold(start, fresh, mark, captured, limits, receiver);
            }
        }
        let cut_from = cut_to.saturating_sub(u64::from(missing)).max(self.next);
        let reachable = cut_to.saturating_sub(self.next) <= u64::from(limits.window_octets);
        if missing > 0 && cut_to > cut_from && reachable {
            self.held_mut().mark_cut(cut_from, cut_to, mark.ts, limits);
        }
    }

    fn held_mut(&mut self) -> &mut Held {
        let acknowledged = self.acknowledged_position();
        self.held.get_or_insert_with(|| Box::new(Held::new(acknowledged)))
    }

    /// Holds octets until the hole before them is filled.
    fn hold<R: Receiver>(
        &mut self,
        start: u64,
        bytes: &[u8],
        mark: Mark,
        captured: i64,
        limits: &Limits,
        receiver: &mut R,
    ) {
        self.strays = 0;
        let next = self.next;
        let next_sequence = self.next_sequence;
        let mut held = match self.held.take() {
            Some(held) => held,
            None => Box::new(Held::new(self.acknowledged_position())),
        };
        let brought = Mark { ts: captured, ..mark };
        let known = held.insert(start, bytes, brought, mark.ts, limits, |difference| {
            let evidence = Evidence {
                kind: EvidenceKind::OverlapDiffers,
                sequence: next_sequence.wrapping_add(difference.offset.wrapping_sub(next) as u32),
                offset: Some(difference.offset),
                octets: difference.octets,
                first_frame: difference.first_frame,
                count: 0,
            };
            self.report(evidence, mark, receiver);
        });
        self.count(|odd| &mut odd.repeated, known);
        if held.have_merged() {
            let (sequence, octets) = (self.sequence_at(start), bytes.len() as u64);
            self.say(EvidenceKind::TakenTogether, sequence, Some(start), octets, mark, receiver);
        }
        self.held = Some(held);
    }

    /// Compares octets that came again with those delivered.
    fn compare<R: Receiver>(&mut self, start: u64, bytes: &[u8], mark: Mark, receiver: &mut R) {
        if bytes.is_empty() {
            return;
        }
        let Some(history) = self.history.take() else {
            // Nothing was delivered since the stream found its place again.
            self.count(|odd| &mut odd.repeated, bytes.len() as u64);
            self.count(|odd| &mut odd.not_comparable, bytes.len() as u64);
            return;
        };
        history.compare(self.next, start, bytes, mark.file, |offset, part, comparison| {
            let octets = part.len() as u64;
            let sequence = self.sequence_at(offset);
            if comparison == Comparison::Gap {
                self.count(|odd| &mut odd.outside, octets);
                self.say(EvidenceKind::Late, sequence, Some(offset), octets, mark, receiver);
                return;
            }
            self.count(|odd| &mut odd.repeated, octets);
            match comparison {
                Comparison::Same | Comparison::Gap => {}
                Comparison::Differs { first_frame } => {
                    let kind = EvidenceKind::RetransmissionDiffers;
                    let evidence =
                        Evidence { kind, sequence, offset: Some(offset), octets, first_frame, count: 0 };
                    self.report(evidence, mark, receiver);
                }
                Comparison::Part => {
                    self.count(|odd| &mut odd.unverifiable, octets);
                    self.say(EvidenceKind::Unverifiable, sequence, Some(offset), octets, mark, receiver);
                }
                Comparison::Forgotten => self.count(|odd| &mut odd.not_comparable, octets),
            }
        });
        self.history = Some(history);
    }

    /// Whether a segment that lies wholly behind the stream's position fills a hole that was given up.
    fn is_late(&self, distance: i64, payload: &[u8], mark: Mark) -> bool {
        let (Some(history), Some(start)) = (&self.history, self.next.checked_add_signed(distance)) else {
            return false;
        };
        let mut late = false;
        history.compare(self.next, start, payload, mark.file, |_, _, comparison| {
            late |= comparison == Comparison::Gap
        });
        late
    }

    /// Notes a refused segment. Gives true when so many in a row agree that the stream should go on with this one.
    fn stray(&mut self, sequence: u32, len: u64, limits: &Limits) -> bool {
        let ahead = i64::from(sequence.wrapping_sub(self.stray_next) as i32);
        let window = i64::from(limits.window_octets);
        let end = sequence.wrapping_add(len as u32);
        if self.strays > 0 && (-window..0).contains(&ahead) {
            // The same or an older one again neither agrees nor disagrees.
            return false;
        }
        let agrees = self.strays > 0 && (0..=window).contains(&ahead);
        self.strays = if agrees { self.strays.saturating_add(1) } else { 1 };
        self.stray_next = end;
        // Who floods a stream with segments far off has none of them acknowledged, and the stream's own place is.
        let near = |from: u32, to: u32| i64::from(to.wrapping_sub(from) as i32).abs() <= window;
        let contradicted = self
            .acknowledged
            .is_some_and(|acknowledged| near(acknowledged, self.next_sequence) && !near(acknowledged, end));
        self.strays >= if contradicted { CONTRADICTED_STRAYS } else { STRAYS }
    }

    /// Goes on at another sequence number.
    fn rebase<R: Receiver>(&mut self, sequence: u32, mark: Mark, receiver: &mut R) {
        self.strays = 0;
        self.fin = None;
        self.acknowledged = None;
        if self.distance(sequence) > 0 {
            self.flush(GapReason::Jump, mark, receiver);
            let len = u64::try_from(self.distance(sequence)).unwrap_or(0);
            self.skip(len, GapReason::Jump, mark, receiver);
        } else {
            self.flush(GapReason::Restart, mark, receiver);
            receiver.gap(self.next, mark, 0, GapReason::Restart);
            self.next_sequence = sequence;
            self.history = None;
        }
    }

    /// Notes a FIN.
    fn finish_at<R: Receiver>(&mut self, sequence: u32, mark: Mark, limits: &Limits, receiver: &mut R) {
        let position = self.next.checked_add_signed(self.distance(sequence));
        match position {
            Some(position) if position >= self.next => {
                if position > self.next {
                    self.held_mut().mark(position, mark.ts, limits);
                }
                self.fin = Some(position);
            }
            position if position.is_some() && position == self.fin => {}
            position => self.say(EvidenceKind::FinOutsideWindow, sequence, position, 0, mark, receiver),
        }
    }

    /// Hands on what is in order now, and gives up holes that need no more waiting. `filled` is the segment that filled the
    /// first hole, unless it was given up.
    fn settle<R: Receiver>(
        &mut self,
        mut filled: Option<Mark>,
        mark: Mark,
        limits: &Limits,
        receiver: &mut R,
    ) {
        loop {
            self.drain(filled.take(), receiver);
            let Some(held) = &self.held else { return };
            let Some(first) = held.runs.front() else {
                self.held = None;
                return;
            };
            if first.cut >= first.start.saturating_sub(self.next) && !first.bytes.is_empty() {
                self.give_up(GapReason::Cut, mark, receiver);
            } else if held.octets > limits.out_of_order_octets as u64
                || held.runs.len() > limits.out_of_order_segments
            {
                self.give_up(GapReason::Limit, mark, receiver);
            } else {
                return;
            }
        }
    }

    /// Hands on the held octets that are in order now. `filled` is the segment that filled the hole before them, unless it was
    /// given up.
    fn drain<R: Receiver>(&mut self, filled: Option<Mark>, receiver: &mut R) {
        while let Some(held) = &mut self.held
            && held.runs.front().is_some_and(|run| run.start <= self.next)
            && let Some(mut run) = held.pop()
        {
            let mut needed = filled;
            let mut bytes: &[u8] = run.bytes.make_contiguous();
            let mut pieces = run.pieces.iter().peekable();
            // Octets that are there at the same time are handed on together.
            while let Some(first) = pieces.next() {
                let mark = needed.map_or(first.mark, |needed| latest(needed, first.mark));
                needed = Some(mark);
                let mut len = u64::from(first.len);
                let mut brought = |earlier: Mark| {
                    if (earlier.file, earlier.frame) != (mark.file, mark.frame) {
                        receiver.brought(mark, earlier);
                    }
                };
                brought(first.mark);
                while let Some(next) = pieces.next_if(|next| latest(mark, next.mark) == mark) {
                    len = len.saturating_add(u64::from(next.len));
                    brought(next.mark);
                }
                let (together, rest) = split(bytes, len);
                receiver.data(self.next, mark, together);
                self.pass(together.len() as u64);
                bytes = rest;
            }
            let mut bytes: &[u8] = run.bytes.make_contiguous();
            let history = self.history.get_or_insert_with(History::new);
            for piece in &run.pieces {
                let (segment, rest) = split(bytes, u64::from(piece.len));
                history.delivered(segment, piece.mark.file, piece.frame().unwrap_or(0));
                bytes = rest;
            }
        }
    }

    /// Gives up the oldest hole.
    fn give_up<R: Receiver>(&mut self, reason: GapReason, mark: Mark, receiver: &mut R) {
        let Some(first) = self.held.as_ref().and_then(|held| held.runs.front()) else { return };
        let len = first.start.saturating_sub(self.next);
        let reason = if first.cut >= len { GapReason::Cut } else { reason };
        self.skip(len, reason, mark, receiver);
    }

    /// Reports a gap and goes on behind it.
    fn skip<R: Receiver>(&mut self, len: u64, reason: GapReason, mark: Mark, receiver: &mut R) {
        if len == 0 {
            return;
        }
        receiver.gap(self.next, mark, len, reason);
        self.history.get_or_insert_with(History::new).gap(len);
        self.missing = self.missing.saturating_add(len);
        self.pass(len);
    }

    /// Gives up all holes.
    fn flush<R: Receiver>(&mut self, reason: GapReason, mark: Mark, receiver: &mut R) {
        self.drain(Some(mark), receiver);
        while self.held.as_ref().is_some_and(|held| !held.runs.is_empty()) {
            self.give_up(reason, mark, receiver);
            self.drain(None, receiver);
        }
        self.held = None;
    }

    fn say<R: Receiver>(
        &mut self,
        kind: EvidenceKind,
        sequence: u32,
        offset: Option<u64>,
        octets: u64,
        mark: Mark,
        receiver: &mut R,
    ) {
        self.report(Evidence { kind, sequence, offset, octets, first_frame: None, count: 0 }, mark, receiver);
    }

    /// Counts a case and reports it, unless there were many before.
    #[cold]
    fn report<R: Receiver>(&mut self, mut evidence: Evidence, mark: Mark, receiver: &mut R) {
        let odd = self.odd.get_or_insert_default();
        if let Some(count) = odd.cases.get_mut(evidence.kind as usize) {
            *count = count.saturating_add(1);
            evidence.count = *count;
        }
        if evidence.kind.is_always_reported() || evidence.count.is_power_of_two() {
            receiver.evidence(mark, evidence);
        }
    }
}

/// The first `at` octets, or all, and the rest.
fn split(bytes: &[u8], at: u64) -> (&[u8], &[u8]) {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}
