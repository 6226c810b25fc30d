//! Frames in, records out: packet, conversation, stream, identification, session.

mod conversation;
mod shard;
#[cfg(test)]
mod tests;

use crate::{
    Config, Frame, LinkType, Mark,
    clock::{Clock, Step},
    common::{
        Anomalies, Anomaly, AnomalyKind,
        facts::{Facts, Position},
    },
    identify::Protocols,
    packet::{Decoded, Decoder, Note, NoteKind, Packet, SHARDS},
    record::{Envelope, Instant, Mac, Record, Sink, Symbol, Verdict},
};
use shard::Shard;
use std::sync::Arc;

/// Frames that may be taken or passed over before the other engines are told.
const PASSED: u64 = 16;

/// What an engine has met, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Frames.
    pub frames: u64,
    /// Octets of the frames, as they were on the wire.
    pub octets: u64,
    /// Frames whose link type is not read.
    pub unknown_link: u64,
    /// Frames that belong to no conversation: headers cut or malformed, fragments that wait.
    pub unattributed: u64,
    /// Frames that are fragments of IP datagrams, the last one of each apart.
    pub fragments: u64,
    /// Conversations begun.
    pub conversations: u64,
    /// Conversations without payload that had to make room.
    pub evicted_half_open: u64,
    /// Conversations of no known protocol that had to make room.
    pub evicted_unidentified: u64,
    /// Conversations of a known protocol that had to make room.
    pub evicted_identified: u64,
    /// Points and facts that found no room in memory, and so were said each time.
    pub untracked: u64,
    /// Messages of publishers that found no room, and so were said each time.
    pub untracked_publishers: u64,
    /// Publishers that had to make room; each has a row in `streams`.
    pub evicted_publishers: u64,
}

/// Frames in, records out.
///
/// ```
/// use fieldtap::{Config, Engine, Frame, LinkType, record::{Envelope, Row, Sink, Verdict}};
///
/// struct Count(u64);
/// impl Sink for Count {
///     fn row(&mut self, _: &Envelope, _: &dyn Row) -> Verdict {
///         self.0 += 1;
///         Verdict::GoOn
///     }
/// }
/// let (mut engine, mut sink) = (Engine::new(Config::default()), Count(0));
/// let data = [0u8; 60];
/// let frame = Frame { number: 1, ts: 0, interface: 0, link_type: LinkType::ETHERNET, original_len: 60, data: &data };
/// engine.frame(&frame, &mut sink);
/// engine.finish(&mut sink);
/// ```
#[derive(Debug)]
pub struct Engine {
    config: Config,
    protocols: Protocols,
    decoder: Decoder,
    shards: Vec<Option<Shard>>,
    clock: Clock,
    file: u32,
    last: Mark,
    /// The earliest time at which a conversation is to be looked at, of all shards.
    earliest: i64,
    /// The same of each shard, or an earlier time: so those with nothing to do need not be asked.
    earliest_of: [i64; SHARDS as usize],
    due: Vec<shard::Due>,
    /// The conversations that are still to be ended, the last first, once that has begun.
    ending: Option<Vec<shard::Due>>,
    links: Vec<LinkType>,
    counters: Counters,
    /// Of several engines: the way to tell the others how far this one is.
    facts: Option<Arc<dyn Facts>>,
    verdict: Verdict,
}

impl Engine {
    /// An engine with these settings.
    pub fn new(mut config: Config) -> Self {
        let facts = config.facts.clone();
        config.facts = Some(crate::output::facts_of(&config));
        let protocols = match &config.protocols {
            Some(wanted) => crate::protocols::with_carriers(wanted),
            None => crate::protocols::PROTOCOLS.to_vec(),
        };
        let wanted = Arc::default();
        let shards = (0..SHARDS)
            .map(|number| (config.shards >> number & 1 == 1).then(|| Shard::new(&config, number, &wanted)))
            .collect();
        Self {
            decoder: Decoder::new(&config.limits).with_checksums(config.checksums),
            protocols: Protocols::new(protocols),
            shards,
            clock: Clock::default(),
            file: 0,
            last: Mark::default(),
            earliest: i64::MAX,
            earliest_of: [i64::MAX; SHARDS as usize],
            due: Vec::new(),
            ending: None,
            links: Vec::new(),
            counters: Counters::default(),
            facts,
            verdict: Verdict::GoOn,
            config,
        }
    }

    /// The frames that follow are of the file with this index; conversations go on from one file to the next.
    pub fn set_file(&mut self, file: u32) {
        self.file = file;
        self.decoder.begin_file(file);
    }

    /// What the engine has met so far.
    pub fn counters(&self) -> Counters {
        let mut counters = self.counters;
        for shard in self.shards.iter().flatten() {
            shard.count(&mut counters);
        }
        counters
    }

    /// What the packet decoder has met so far.
    pub fn packet_counters(&self) -> crate::packet::Counters {
        self.decoder.counters()
    }

    /// Conversations that are remembered now.
    pub fn conversations(&self) -> usize {
        self.shards.iter().flatten().map(Shard::len).sum()
    }

    /// Takes one frame. Returns [`Verdict::Stop`] once the sink wants no more.
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut dyn Sink) -> Verdict {
        self.pass_time(frame, sink);
        self.take(frame, sink)
    }

    /// The first half of [`Engine::frame`]: says what becomes overdue at the time of this frame.
    #[inline]
    pub fn pass_time(&mut self, frame: &Frame<'_>, sink: &mut dyn Sink) {
        self.hear(frame.number, frame.ts, sink);
    }

    /// A frame of this number comes, captured at this time.
    #[inline(always)]
    fn hear(&mut self, number: u64, ts: i64, sink: &mut dyn Sink) {
        self.last = Mark { file: self.file, frame: number, ts };
        match self.clock.hear(ts) {
            Step::None => {}
            step => self.stepped(step, sink),
        }
        if let Some(now) = self.clock.now()
            && now >= self.earliest
        {
            self.overdue(now, false, self.last, sink);
        }
    }

    #[cold]
    fn stepped(&mut self, step: Step, sink: &mut dyn Sink) {
        if let Step::Agreed(now) = step {
            return self.overdue(now, true, self.last, sink);
        }
        if !self.leads() {
            return;
        }
        let anomaly =
            Anomaly::new(AnomalyKind::TIME, "the time stamps of the capture step by more than an hour");
        let envelope = Envelope { protocol: Symbol("capture"), ..at(self.last) };
        say(anomaly.place("frame"), &envelope, sink, &mut self.verdict);
    }

    /// Tells the other engines that this one has done everything before this position.
    #[inline]
    fn reached(&self, position: Position) {
        if let Some(facts) = &self.facts {
            facts.reached(position);
        }
    }

    /// Instead of [`frame`](Self::frame), for a frame of another engine's shards, as [`shard_of`](crate::packet::shard_of)
    /// tells: the same, without a look at its octets. `octets` is how many it had on the wire, or how many were captured if
    /// that is more. After the last of several, call [`passed`](Self::passed).
    #[inline]
    pub fn pass_over(&mut self, number: u64, ts: i64, octets: u64, sink: &mut dyn Sink) {
        self.hear(number, ts, sink);
        self.counters.frames += 1;
        self.counters.octets += octets;
        if self.counters.frames.is_multiple_of(PASSED) {
            self.passed();
        }
        self.decoder.pass_over(ts);
    }

    /// Tells the other engines that the frames passed over so far are done with; now and then
    /// [`pass_over`](Self::pass_over) does.
    #[inline]
    pub fn passed(&self) {
        self.reached(Position { step: 2 * self.counters.frames + 1, conversation: 0 });
    }

    /// The second half of [`Engine::frame`]: dissects it.
    pub fn take(&mut self, frame: &Frame<'_>, sink: &mut dyn Sink) -> Verdict {
        if self.verdict == Verdict::Stop {
            return Verdict::Stop;
        }
        let mark = Mark { file: self.file, frame: frame.number, ts: frame.ts };
        self.counters.frames += 1;
        self.counters.octets += u64::from(frame.original_len).max(frame.data.len() as u64);
        let position = Position { step: 2 * self.counters.frames + 1, conversation: 0 };
        if self.counters.frames.is_multiple_of(PASSED) {
            self.reached(position);
        }
        let original = u64::from(frame.original_len).max(frame.data.len() as u64);
        let now = self.clock.heard(frame.ts);
        let usual = self.decoder.usual(frame);
        if let Some(usual) = &usual {
            let number = usual.shard();
            let Some(Some(shard)) = self.shards.get_mut(usize::from(number)) else {
                return self.verdict;
            };
            let mut around = shard::Around {
                config: &self.config,
                protocols: &self.protocols,
                sink: &mut *sink,
                verdict: &mut self.verdict,
                mark,
                now,
                ahead: false,
                timed: true,
                position,
            };
            if let Some(check) = shard.usual(usual, original, &mut around) {
                self.is_due(number, check);
                return self.went_on();
            }
        }
        let leads = self.leads();
        let decoded = match &usual {
            Some(usual) => Decoded::Packet(usual.packet()),
            None => self.decoder.walk(frame),
        };
        let packet = match decoded {
            Decoded::Packet(packet) => packet,
            Decoded::Fragment(packet) => {
                self.counters.fragments += 1;
                if self.shards.get(usize::from(packet.shard())).is_some_and(Option::is_some) {
                    self.counters.unattributed += 1;
                    notes(&packet, mark, sink, &mut self.verdict);
                }
                return self.verdict;
            }
            Decoded::UnknownLink(link) => {
                self.counters.unknown_link += 1;
                self.counters.unattributed += u64::from(leads);
                if leads && !self.links.contains(&link) {
                    self.links.push(link);
                    let anomaly =
                        Anomaly::new(AnomalyKind::HEADER, "link type is not read").found(link.0.into());
                    let envelope = Envelope { protocol: Symbol("capture"), ..at(mark) };
                    say(anomaly.place("frame"), &envelope, sink, &mut self.verdict);
                }
                return self.verdict;
            }
        };
        let number = packet.shard();
        let Some(Some(shard)) = self.shards.get_mut(usize::from(number)) else { return self.verdict };
        if !packet.notes.is_empty() {
            notes(&packet, mark, sink, &mut self.verdict);
        }
        for &earlier in packet.earlier_frames {
            sink.brought((mark.file, mark.frame), earlier);
        }
        let mut around = shard::Around {
            config: &self.config,
            protocols: &self.protocols,
            sink,
            verdict: &mut self.verdict,
            mark,
            now,
            ahead: self.clock.is_ahead(),
            timed: self.clock.dates(frame.ts),
            position,
        };
        match shard.packet(&packet, original, &mut around) {
            Some(check) => self.is_due(number, check),
            None => self.counters.unattributed += 1,
        }
        self.went_on()
    }

    /// Something of this shard is to be looked at by this time.
    #[inline]
    fn is_due(&mut self, shard: u8, check: i64) {
        let earliest = self.earliest_of.get_mut(usize::from(shard));
        if let Some(earliest) = earliest.filter(|earliest| check < **earliest) {
            *earliest = check;
            self.earliest = self.earliest.min(check);
        }
    }

    /// What the sink said of one conversation is no concern of the others.
    #[inline]
    fn went_on(&mut self) -> Verdict {
        if self.verdict == Verdict::Leave {
            self.verdict = Verdict::GoOn;
        }
        self.verdict
    }

    /// Time passes without a frame: nanoseconds since 1970-01-01 UTC.
    pub fn advance(&mut self, now: i64, sink: &mut dyn Sink) -> Verdict {
        let mark = Mark { ts: now, ..self.last };
        let now = self.clock.advance(now);
        self.overdue(now, false, mark, sink);
        self.verdict
    }

    /// Looks at what is overdue at this time, which may be one that the clock does not follow yet (`ahead`).
    fn overdue(&mut self, now: i64, ahead: bool, mark: Mark, sink: &mut dyn Sink) {
        let step = 2 * (self.counters.frames + 1);
        let mut due = core::mem::take(&mut self.due);
        due.clear();
        for (shard, earliest) in self.shards.iter_mut().zip(&self.earliest_of) {
            if *earliest <= now
                && let Some(shard) = shard
            {
                shard.due(now, &mut due);
            }
        }
        // Whatever the shards, the rows come in the order of the conversations.
        due.sort_unstable();
        for one in &due {
            let position = Position { step, conversation: one.conversation };
            self.reached(position);
            let Some(Some(shard)) = self.shards.get_mut(usize::from(one.shard)) else { continue };
            let mut around = shard::Around {
                config: &self.config,
                protocols: &self.protocols,
                sink: &mut *sink,
                verdict: &mut self.verdict,
                mark,
                now,
                ahead,
                timed: true,
                position,
            };
            shard.look(one, &mut around);
        }
        self.due = due;
        for (shard, earliest) in self.shards.iter().zip(&mut self.earliest_of) {
            if *earliest <= now {
                *earliest = shard.as_ref().map_or(i64::MAX, Shard::earliest);
            }
        }
        self.earliest = self.earliest_of.iter().copied().min().unwrap_or(i64::MAX);
    }

    /// The end: all conversations are ended and written, in the order in which they began; then the sums of publishers.
    pub fn finish(&mut self, sink: &mut dyn Sink) -> Verdict {
        self.finish_conversations(u64::MAX, sink);
        self.finish_publishers(sink)
    }

    /// A part of [`Engine::finish`], for those who do not want all of its rows at once: ends the conversations whose
    /// identity is below this one, in their order. No frame is taken any more.
    pub fn finish_conversations(&mut self, before: u64, sink: &mut dyn Sink) -> Verdict {
        let mark = self.last;
        if self.ending.is_none() {
            self.clock.settle();
            let leads = self.leads();
            for note in self.decoder.finish() {
                if leads {
                    note_row(
                        note,
                        &Envelope { protocol: Symbol("capture"), ..at(mark) },
                        sink,
                        &mut self.verdict,
                    );
                }
            }
        }
        let mut ending = self.ending.take().unwrap_or_else(|| {
            let mut all = Vec::new();
            for shard in self.shards.iter_mut().flatten() {
                shard.all(&mut all);
            }
            all.sort_unstable_by(|one, other| other.cmp(one));
            all
        });
        while let Some(one) = ending.pop_if(|one| one.conversation < before) {
            self.end(&one, u64::MAX - 1, sink);
        }
        if ending.is_empty() {
            self.reached(Position::END);
        }
        self.ending = Some(ending);
        self.verdict
    }

    /// The last part of [`Engine::finish`]: writes the last sums of publishers.
    pub fn finish_publishers(&mut self, sink: &mut dyn Sink) -> Verdict {
        let mut due = core::mem::take(&mut self.due);
        due.clear();
        for shard in self.shards.iter_mut().flatten() {
            shard.publishers(&mut due);
        }
        due.sort_unstable();
        for one in &due {
            self.end(one, u64::MAX, sink);
        }
        due.clear();
        self.due = due;
        self.verdict
    }

    fn end(&mut self, one: &shard::Due, step: u64, sink: &mut dyn Sink) {
        let mark = self.last;
        let position = Position { step, conversation: one.conversation };
        self.reached(position);
        let Some(Some(shard)) = self.shards.get_mut(usize::from(one.shard)) else { return };
        let now = self.clock.now().unwrap_or(mark.ts);
        let mut around = shard::Around {
            config: &self.config,
            protocols: &self.protocols,
            sink,
            verdict: &mut self.verdict,
            mark,
            now,
            ahead: false,
            timed: true,
            position,
        };
        shard.end(one, &mut around);
    }

    /// Whether this engine says what concerns no shard.
    fn leads(&self) -> bool {
        self.config.shards & 1 == 1
    }
}

fn at(mark: Mark) -> Envelope {
    Envelope { file: mark.file, frame: mark.frame, ts: Instant(mark.ts), ..Envelope::default() }
}

fn say(anomaly: Anomaly, envelope: &Envelope, sink: &mut dyn Sink, verdict: &mut Verdict) {
    if sink.wants(Anomalies::schema()) {
        *verdict = (*verdict).max(sink.row(envelope, &anomaly.row));
    }
}

/// Says what was odd about a packet, with the addresses that could be read.
#[cold]
#[inline(never)]
fn notes(packet: &Packet<'_>, mark: Mark, sink: &mut dyn Sink, verdict: &mut Verdict) {
    let ports = packet.ports();
    let envelope = Envelope {
        protocol: Symbol("packet"),
        sender: packet.network.map(|network| network.source),
        receiver: packet.network.map(|network| network.destination),
        sender_port: ports.map(|(source, _)| source),
        receiver_port: ports.map(|(_, destination)| destination),
        sender_mac: packet.source_mac.map(Mac),
        receiver_mac: packet.destination_mac.map(Mac),
        vlan: packet.vlan,
        ..at(mark)
    };
    for note in packet.notes {
        note_row(note, &envelope, sink, verdict);
    }
}

fn note_row(note: &Note, envelope: &Envelope, sink: &mut dyn Sink, verdict: &mut Verdict) {
    let kind = match note.kind {
        NoteKind::HeaderCut | NoteKind::LengthBeyondFrame | NoteKind::FragmentCut => AnomalyKind::TRUNCATED,
        NoteKind::EncapsulationLimit | NoteKind::FragmentLimit => AnomalyKind::LIMIT,
        NoteKind::FragmentOverlap => AnomalyKind::CONFLICT,
        NoteKind::FragmentChecksum => AnomalyKind::CHECKSUM,
        NoteKind::FragmentTimeout | NoteKind::FragmentUnfinished => AnomalyKind::GAP,
        NoteKind::SurplusOctets => AnomalyKind::TRAILING,
        _ => AnomalyKind::HEADER,
    };
    let place = if note.reassembled { "datagram" } else { "frame" };
    let anomaly = Anomaly::new(kind, note.kind.reason())
        .place(place)
        .at(note.offset.into())
        .numbers(note.expected.into(), note.found.into());
    say(anomaly, envelope, sink, verdict);
}
