//! One conversation: its counts, its two streams, and what has been found out of its content.
use crate::{
    Limits, Mark,
    common::{Anomaly, AnomalyKind, Conversations},
    flow::{Class, Endpoint, Key, community_id},
    identify::{self, Confidence, Foreign, Greeting, Identity, Medium, Ports, Protocols},
    output::swapped,
    packet::{Packet, SerialEvent},
    protocol::{Protocol, Side, Toward},
    record::{Address, Beginning, Envelope, Instant, Mac, Symbol, Text, Verdict, conversation_id},
    session::{Context, Core, Gap, Origin, Origins, flip, note, shift},
    stream::{Evidence, EvidenceKind, GapReason, Receiver, Segment, Stream},
};
use core::net::IpAddr;
use std::collections::VecDeque;

/// Segments of an unknown conversation that are still asked about, one by one.
const TRIES: u8 = 64;
/// Of those, the ones that are searched for a PDU within them too, which costs many times as much.
const SEARCHES: u8 = 8;
/// Segments that are still asked about behind the beginning of a foreign protocol in plain text: modems and proxies greet before
/// they hand on what they carry.
const TRIES_BEHIND_GREETING: u8 = 16;
/// Octets after which what looks like a foreign protocol is taken as one, though others may still be.
const SETTLED: usize = 64;
/// Datagrams of one direction that are kept before the protocol is known.
const KEPT: usize = 4;

/// What happened to the conversation below its protocol.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) frames: u64,
    pub(super) octets: u64,
    pub(super) payload: u64,
    pub(super) right_checksums: u32,
    pub(super) wrong_checksums: u32,
}

/// What is remembered of the datagrams of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Datagrams {
    /// Digest, identification and time of the last ones, the last first, to tell copies.
    pub(super) recent: [Option<(u64, u32, i64)>; 4],
    /// Whether the other side has spoken since that one.
    pub(super) answered: bool,
    /// Whether identifications of this side differ from one datagram to the next.
    pub(super) identifies: bool,
    /// Octets of copies.
    pub(super) repeated: u64,
}

/// Octets looked at before the protocol is known.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    tails: [Vec<u8>; 2],
    origins: [Origins; 2],
    examined: [usize; 2],
    /// Segments that were asked about since the conversation was called unknown.
    tries: u8,
    weak: Option<&'static Protocol>,
}

impl Undecided {
    /// What was kept of both sides, in the order in which it came.
    fn pieces(&self) -> Vec<(Origin, Side, &[u8])> {
        let mut pieces = Vec::new();
        for side in [Side::First, Side::Second] {
            let (tail, origins) = (&self.tails[side.index() & 1], &self.origins[side.index() & 1]);
            let mut start = 0;
            for origin in origins {
                pieces.push((*origin, side, tail.get(start..origin.end).unwrap_or_default()));
                start = origin.end;
            }
        }
        pieces.sort_by_key(|(origin, _, _)| (origin.mark.file, origin.mark.frame));
        pieces
    }
}

/// A segment of TCP, and what of its packet is told with its messages.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) side: Side,
    pub(super) segment: Segment<'a>,
    /// The acknowledgment number, where the ACK flag is set.
    pub(super) acknowledgment: Option<u32>,
    pub(super) mark: Mark,
    /// When it came, by the clock that never runs backwards.
    pub(super) now: i64,
    /// Whether its frame is dated by that clock.
    pub(super) timed: bool,
    /// Of sender and receiver.
    pub(super) macs: [Option<Mac>; 2],
    pub(super) vlan: Option<u16>,
}

/// The acknowledgment number of a segment that may hold an answer to what it acknowledges.
fn answers(arrival: &Arrival<'_>, payload: &[u8]) -> Option<u32> {
    arrival.acknowledgment.filter(|_| !payload.is_empty())
}

/// Segments of both directions that wait for a hole: the first of them acknowledges what is held behind it. So what was asked
/// is read before what answers it, whether the hole is filled or given up.
#[derive(Default)]
pub(super) struct Waiting {
    /// In the order in which they were sent, as far as their numbers tell, else in the order in which they came.
    segments: VecDeque<(Arrival<'static>, Vec<u8>)>,
    octets: usize,
}

/// What becomes of the wait for a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// It ends with its time.
    Patient,
    /// Nothing more will come: the holes are given up.
    Last,
    /// The holes are still waited for, but nothing waits with them.
    Abandoned,
}

impl Waiting {
    fn insert(&mut self, arrival: Arrival<'_>) {
        let payload = arrival.segment.payload.to_vec();
        self.octets = self.octets.saturating_add(payload.len());
        let segment = Segment { payload: &[], ..arrival.segment };
        let place = self.segments.iter().position(|(other, _)| {
            let sent =
                if other.side == arrival.side { Some(other.segment.sequence) } else { other.acknowledgment };
            sent.is_some_and(|sent| sent.wrapping_sub(segment.sequence) as i32 > 0)
        });
        let place = place.unwrap_or(self.segments.len());
        self.segments.insert(place, (Arrival { segment, ..arrival }, payload));
    }

    fn pop(&mut self) -> Option<(Arrival<'static>, Vec<u8>)> {
        let (arrival, payload) = self.segments.pop_front()?;
        self.octets = self.octets.saturating_sub(payload.len());
        Some((arrival, payload))
    }

    fn is_too_much(&self, limits: &Limits) -> bool {
        self.octets > limits.out_of_order_octets || self.segments.len() > limits.out_of_order_segments
    }
}

/// What has been found out of the content.
#[derive(Debug, Default)]
pub(super) enum Stage {
    /// No octet yet.
    #[default]
    Empty,
    /// Octets are kept until they tell the protocol.
    Undecided(Box<Undecided>),
    /// A protocol of the registry.
    Known(Box<Core>, Confidence),
    /// Another protocol, by name.
    Foreign(Foreign),
    /// None that is known; so many segments were asked about since.
    Unknown(u8),
}

/// The content of a conversation, apart from its streams, so that a stream can hand octets to it.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) stage: Stage,
    /// A foreign protocol in plain text that it began as.
    greeted: Option<Greeting>,
    /// Octets that no protocol was given.
    pub(super) skipped: [u64; 2],
    /// Octets that the capture lacks, before the protocol was known or of datagrams.
    pub(super) missing: [u64; 2],
    /// Whether the SYN of each side was seen, before anything else of it.
    pub(super) begun: [bool; 2],
    /// The last frame whose octets had to wait behind a hole, and the ordinal of the next message that is told with it.
    waited: Option<Box<(u32, u64, u32)>>,
}

/// What a conversation's content needs to know of the conversation.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) protocols: &'a Protocols,
    pub(super) medium: Medium,
    /// Of the first side and the second.
    pub(super) ports: [u16; 2],
    /// Where messages of the first side go, by the handshake.
    pub(super) toward: Option<Toward>,
    /// Whether the SYNs of both ends were seen. One alone may be damaged, or of somebody else.
    pub(super) called: bool,
}

impl Circumstances<'_> {
    fn ports(&self, side: Side) -> Ports {
        let [first, second] = self.ports;
        let (sender, receiver) = if side == Side::First { (first, second) } else { (second, first) };
        let told = self.toward(side).filter(|_| self.called);
        Ports { medium: self.medium, sender, receiver, told }
    }
    fn toward(&self, side: Side) -> Option<Toward> {
        if side == Side::First { self.toward } else { self.toward.map(Toward::back) }
    }
}

pub(super) fn of<T>(pair: &mut [T; 2], side: Side) -> &mut T {
    let [first, second] = pair;
    if side == Side::First { first } else { second }
}

/// Both ends' streams hand their octets to this.
pub(super) struct Delivery<'a, 'c> {
    pub(super) content: &'a mut Content,
    pub(super) circumstances: Circumstances<'a>,
    pub(super) side: Side,
    pub(super) ctx: Context<'c>,
}

/// Ordinals of messages that a frame brought and that had to wait behind a hole begin here, so that none is that of a message
/// which the frame completed when it came.
const WAITED: u32 = 1 << 17;

impl Delivery<'_, '_> {
    /// Octets that had to wait behind a hole, and are of the frame that brought them.
    #[cold]
    fn waited(&mut self, mark: Mark, bytes: &[u8]) {
        let ctx = &mut self.ctx;
        let now = (ctx.envelope.file, ctx.envelope.frame, ctx.envelope.ts);
        (ctx.envelope.file, ctx.envelope.frame, ctx.envelope.ts) = (mark.file, mark.frame, Instant(mark.ts));
        let now_at = core::mem::replace(&mut ctx.mark, mark);
        // Of one frame there may be several.
        let first = match self.content.waited.as_deref() {
            Some(&(file, frame, next)) if (file, frame) == (mark.file, mark.frame) => next,
            _ => WAITED,
        };
        let ordinal = core::mem::replace(ctx.ordinal, first);
        self.content.data(self.side, bytes, self.circumstances, ctx);
        let next = core::mem::replace(ctx.ordinal, ordinal);
        **self.content.waited.get_or_insert_default() = (mark.file, mark.frame, next);
        ctx.mark = now_at;
        (ctx.envelope.file, ctx.envelope.frame, ctx.envelope.ts) = now;
    }
}

impl Receiver for Delivery<'_, '_> {
    #[inline]
    fn data(&mut self, _offset: u64, mark: Mark, bytes: &[u8]) {
        if (mark.file, mark.frame) == (self.ctx.mark.file, self.ctx.mark.frame) {
            self.content.data(self.side, bytes, self.circumstances, &mut self.ctx);
        } else {
            self.waited(mark, bytes);
        }
    }

    #[cold]
    fn brought(&mut self, mark: Mark, earlier: Mark) {
        self.ctx.sink.brought((mark.file, mark.frame), (earlier.file, earlier.frame));
    }

    fn gap(&mut self, offset: u64, _mark: Mark, len: u64, reason: GapReason) {
        let gap = Gap { octets: len, ends_segment: reason == GapReason::Cut };
        let reason = match reason {
            GapReason::NotCaptured => "octets were received but not captured",
            GapReason::NotReceived => "octets did not come in time",
            GapReason::Cut => "octets were cut by the snap length",
            GapReason::Limit => "too many octets wait behind the gap",
            GapReason::End => "octets did not come until the end",
            GapReason::Jump => "the capture lost more than a window",
            GapReason::Restart => "the stream goes on elsewhere",
        };
        let anomaly = Anomaly::new(AnomalyKind::GAP, reason).place("stream").at(offset).length(len);
        self.content.gap(self.side, anomaly, gap, self.circumstances, &mut self.ctx);
    }

    fn evidence(&mut self, _mark: Mark, evidence: Evidence) {
        // Frames are told of messages alone.
        let frames_only = evidence.kind == EvidenceKind::TakenTogether;
        if frames_only && !matches!(self.content.stage, Stage::Known(..)) {
            return;
        }
        let (kind, reason) = match evidence.kind {
            EvidenceKind::RetransmissionDiffers => {
                (AnomalyKind::CONFLICT, "octets were sent again with other content")
            }
            EvidenceKind::OverlapDiffers => (AnomalyKind::CONFLICT, "segments overlap with other content"),
            EvidenceKind::Unverifiable => (AnomalyKind::STREAM, "overlap can no longer be compared"),
            EvidenceKind::BeforeStart => (AnomalyKind::STREAM, "octets from before the first segment seen"),
            EvidenceKind::Late => (AnomalyKind::STREAM, "octets came after their gap was given up"),
            EvidenceKind::OutsideWindow => (AnomalyKind::STREAM, "segment outside the window"),
            EvidenceKind::Urgent => (AnomalyKind::STREAM, "urgent pointer"),
            EvidenceKind::UnexpectedSyn => (AnomalyKind::STREAM, "SYN with another sequence number"),
            EvidenceKind::FinOutsideWindow => (AnomalyKind::STREAM, "FIN outside the window"),
            EvidenceKind::ResetOutsideWindow => (AnomalyKind::STREAM, "RST outside the window"),
            EvidenceKind::DataAfterFin => (AnomalyKind::STREAM, "data after FIN"),
            EvidenceKind::DataAfterReset => (AnomalyKind::STREAM, "data after RST"),
            EvidenceKind::DataInReset => (AnomalyKind::STREAM, "data in a RST segment"),
            EvidenceKind::TakenTogether => {
                (AnomalyKind::LIMIT, "more segments wait behind a gap than are told apart")
            }
        };
        let mut anomaly =
            Anomaly::new(kind, reason).place("stream").length(evidence.octets).count(evidence.count);
        if let Some(offset) = evidence.offset {
            anomaly = anomaly.at(offset);
        }
        if let Some(frame) = evidence.first_frame {
            // The other copy's frame, so that both are named.
            anomaly = anomaly.numbers(frame, self.ctx.mark.frame);
        }
        self.ctx.anomaly(anomaly);
    }
}

impl Content {
    /// Whether nobody looks at its octets any more.
    #[inline(always)]
    pub(super) fn is_passed_over(&self) -> bool {
        matches!(&self.stage, Stage::Foreign(_) | Stage::Unknown(TRIES..))
    }

    /// Octets of a stream, in order.
    #[inline]
    pub(super) fn data(&mut self, side: Side, bytes: &[u8], about: Circumstances<'_>, ctx: &mut Context<'_>) {
        if let Stage::Known(core, _) = &mut self.stage {
            core.feed(side, bytes, ctx);
        } else {
            self.examine(side, bytes, about, ctx);
        }
    }

    /// Octets of a stream that are not there.
    pub(super) fn gap(
        &mut self,
        side: Side,
        anomaly: Anomaly,
        gap: Gap,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        if gap.octets > 0 && matches!(self.stage, Stage::Undecided(_)) {
            self.examine_beginning(side, about, ctx);
        }
        // What is no protocol's concern is counted in `conversations` alone.
        if let Stage::Known(core, _) = &mut self.stage {
            ctx.anomaly(anomaly);
            core.gap(side, gap, ctx);
        } else {
            *of(&mut self.missing, side) += gap.octets;
            self.ask_again(side);
        }
    }

    /// What a gateway recorded of its serial line: octets in order, or that there were more of them.
    pub(super) fn serial(
        &mut self,
        side: Side,
        event: SerialEvent,
        packet: &Packet<'_>,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        let gap = |reason| Anomaly::new(AnomalyKind::GAP, reason).place("stream");
        // A record of the gateway ends where it likes.
        let missing = |octets| Gap { octets, ends_segment: false };
        match event {
            SerialEvent::CAPTURE_DATA_LOST => {
                let reason = "the gateway lost octets of the capture";
                self.gap(side, gap(reason), missing(0), about, ctx);
                flip(ctx, |ctx| self.gap(side.other(), gap(reason), missing(0), about, ctx));
            }
            SerialEvent::SERIAL_OVERFLOW => {
                self.gap(side, gap("the gateway lost octets that it received"), missing(0), about, ctx);
            }
            SerialEvent::FRAMING_ERROR => said(ctx, "a character came without its stop bit"),
            SerialEvent::PARITY_ERROR => said(ctx, "a character came with a wrong parity bit"),
            SerialEvent::SERIAL_BREAK => said(ctx, "break on the serial line"),
            _ => {}
        }
        if event.received().is_none() {
            *of(&mut self.skipped, side) += packet.payload.len() as u64;
        } else if !packet.payload.is_empty() {
            self.data(side, packet.payload, about, ctx);
        }
        if packet.missing > 0 {
            let len = u64::from(packet.missing);
            self.gap(side, gap("octets were cut by the snap length").length(len), missing(len), about, ctx);
        }
    }

    /// Looks at what was kept of a message whose rest will not come.
    #[cold]
    fn examine_beginning(&mut self, side: Side, about: Circumstances<'_>, ctx: &mut Context<'_>) {
        let mut undecided = match core::mem::take(&mut self.stage) {
            Stage::Undecided(undecided) => undecided,
            stage => return self.stage = stage,
        };
        let (ports, toward) = (about.ports(side), about.toward(side));
        let seen = of(&mut undecided.tails, side);
        match identify::identify(about.protocols, ports, seen, true, toward, |_| false) {
            Identity::Known(protocol, confidence) => {
                self.promote(*undecided, protocol, confidence, (side, 0), None, about, ctx);
            }
            Identity::Open | Identity::No => self.stage = Stage::Undecided(undecided),
        }
    }

    /// Looks at octets whose protocol is not known yet.
    #[inline(never)]
    fn examine(&mut self, side: Side, bytes: &[u8], about: Circumstances<'_>, ctx: &mut Context<'_>) {
        let mut undecided = match core::mem::take(&mut self.stage) {
            stage @ (Stage::Foreign(_) | Stage::Unknown(TRIES..)) => {
                *of(&mut self.skipped, side) += bytes.len() as u64;
                self.stage = stage;
                return;
            }
            Stage::Undecided(undecided) => undecided,
            Stage::Unknown(tries) => Box::new(Undecided { tries: tries + 1, ..Undecided::default() }),
            _ => Box::default(),
        };
        let (ports, toward) = (about.ports(side), about.toward(side));
        let tail = of(&mut undecided.tails, side);
        let before = tail.len();
        let fresh = before == 0;
        if !fresh {
            tail.extend_from_slice(bytes);
            push_origin(of(&mut undecided.origins, side), before + bytes.len(), ctx);
        }
        let tail = of(&mut undecided.tails, side);
        let seen: &[u8] = if fresh { bytes } else { tail };
        let now = fresh.then_some(bytes);
        let identity = identify::identify(about.protocols, ports, seen, false, toward, |_| false);
        if let Identity::Known(protocol, confidence) = identity {
            return self.promote(*undecided, protocol, confidence, (side, 0), now, about, ctx);
        }
        // What may still be one of the registry by its next few octets is not yet named.
        let foreign =
            identify::foreign(about.medium, seen).filter(|it| it.encrypted || self.greeted.is_none());
        if let Some(foreign) = foreign.filter(|_| identity == Identity::No || seen.len() >= SETTLED) {
            let stage = if foreign.encrypted {
                Stage::Foreign(foreign)
            } else {
                self.greeted = Greeting::of(foreign.name);
                Stage::Unknown(TRIES - TRIES_BEHIND_GREETING)
            };
            return self.give_up(*undecided, side, if fresh { bytes.len() } else { 0 }, stage);
        }
        let full = seen.len() > ctx.limits.identify_octets;
        if (identity == Identity::No || full) && undecided.tries < SEARCHES {
            // No PDU begins where the kept octets begin; perhaps one does in them.
            let from = usize::from(identity == Identity::Open);
            let rest = seen.get(from..).unwrap_or_default();
            if let Some((protocol, at)) = identify::search(about.protocols, ports, rest, toward) {
                return self.promote(
                    *undecided,
                    protocol,
                    Confidence::Certain,
                    (side, from + at),
                    now,
                    about,
                    ctx,
                );
            }
        }
        let alone = if fresh {
            Identity::No
        } else {
            identify::identify(about.protocols, ports, bytes, false, toward, |_| false)
        };
        match (alone, identity) {
            // With this segment a PDU begins, and none of its protocol where the kept octets begin.
            (Identity::Known(protocol, confidence), _)
                if !identify::may_be(protocol, ports, seen, toward) =>
            {
                let found = (side, before);
                return self.promote(*undecided, protocol, confidence, found, None, about, ctx);
            }
            (_, Identity::Open) if fresh => {
                let tail = of(&mut undecided.tails, side);
                tail.extend_from_slice(bytes);
                push_origin(of(&mut undecided.origins, side), bytes.len(), ctx);
            }
            (_, Identity::Open) => {}
            _ => {
                // None begins with the first of the kept segments; perhaps one does with a later one.
                let seen = of(&mut undecided.tails, side).as_slice();
                let mut later = of(&mut undecided.origins, side).iter().map(|origin| origin.end);
                let begins = later.find_map(|at| {
                    let octets = seen.get(at..).filter(|octets| !octets.is_empty())?;
                    match identify::identify(about.protocols, ports, octets, false, toward, |_| false) {
                        Identity::No => None,
                        identity => Some((at, identity)),
                    }
                });
                match begins {
                    Some((at, Identity::Known(protocol, confidence))) => {
                        return self.promote(*undecided, protocol, confidence, (side, at), None, about, ctx);
                    }
                    Some((at, _)) => {
                        *of(&mut self.skipped, side) += at as u64;
                        of(&mut undecided.tails, side).drain(..at);
                        shift(of(&mut undecided.origins, side), at);
                    }
                    None => {
                        let all = if fresh { bytes.len() } else { seen.len() };
                        *of(&mut self.skipped, side) += all as u64;
                        of(&mut undecided.tails, side).clear();
                        of(&mut undecided.origins, side).clear();
                    }
                }
            }
        }
        let examined = of(&mut undecided.examined, side);
        *examined += bytes.len();
        let much = *examined > ctx.limits.identify_octets && of(&mut undecided.tails, side).is_empty();
        let full = of(&mut undecided.tails, side).len() > ctx.limits.identify_octets;
        let again = undecided.tries > 0 && undecided.tails.iter().all(Vec::is_empty);
        if much || full || again {
            let tries = undecided.tries;
            return self.give_up(*undecided, side, 0, Stage::Unknown(tries));
        }
        self.stage = Stage::Undecided(undecided);
    }

    /// Nothing more is kept: the octets belong to no protocol of the registry.
    fn give_up(&mut self, undecided: Undecided, side: Side, further: usize, stage: Stage) {
        *of(&mut self.skipped, side) += further as u64;
        for (skipped, tail) in self.skipped.iter_mut().zip(&undecided.tails) {
            *skipped += tail.len() as u64;
        }
        self.stage = stage;
    }

    /// The protocol is known: what was kept is dissected, each PDU with the frame it came from.
    #[allow(clippy::too_many_arguments)]
    fn promote(
        &mut self,
        mut undecided: Undecided,
        protocol: &'static Protocol,
        confidence: Confidence,
        found: (Side, usize),
        now: Option<&[u8]>,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        let toward = about.ports(Side::First).toward(protocol).or(about.toward(Side::First));
        let mut core = Box::new(Core::new(protocol, toward));
        ctx.envelope.protocol = Symbol(protocol.name);
        let (side, at) = found;
        for each in [Side::First, Side::Second] {
            let lost = *of(&mut self.skipped, each) + *of(&mut self.missing, each);
            if *of(&mut self.begun, each) && lost == 0 && (each != side || at == 0) {
                core.begin(each);
            }
            let is_unheard = !*of(&mut self.begun, each) && lost == 0;
            if is_unheard && each != side && of(&mut undecided.tails, each).is_empty() {
                core.has_not_spoken(each);
            }
        }
        core.skip(side, core::mem::take(of(&mut self.skipped, side)));
        core.skip(side.other(), core::mem::take(of(&mut self.skipped, side.other())));
        core.miss(self.missing);
        // Of the other side it is not known that a message begins at the head.
        let other = side.other();
        let fits = core.fits(other, of(&mut undecided.tails, other));
        let sender = Envelope { protocol: Symbol(protocol.name), ..*ctx.envelope };
        let (now_first, mut skip, mut begun) = (ctx.side_is_first, at, [false; 2]);
        for (origin, which, bytes) in undecided.pieces() {
            let bytes = if which == side {
                let (skipped, rest) = bytes.split_at(skip.min(bytes.len()));
                core.skip(side, skipped.len() as u64);
                skip -= skipped.len();
                rest
            } else {
                bytes
            };
            if bytes.is_empty() {
                continue;
            }
            let mut envelope = if (which == Side::First) == now_first { sender } else { swapped(&sender) };
            (envelope.file, envelope.frame, envelope.ts) =
                (origin.mark.file, origin.mark.frame, Instant(origin.mark.ts));
            let mut ordinal = origin.ordinal;
            let mut earlier = ctx.again(&mut envelope, which).at(origin.mark, &mut ordinal);
            match core::mem::replace(of(&mut begun, which), true) {
                true => core.feed(which, bytes, &mut earlier),
                false => {
                    let is_first = *of(&mut self.begun, which);
                    core.adopt(which, bytes, which == side || fits, is_first, &mut earlier);
                }
            }
            if (origin.mark.file, origin.mark.frame) == (ctx.mark.file, ctx.mark.frame) {
                *ctx.ordinal = ordinal.max(*ctx.ordinal);
            }
        }
        if let Some(bytes) = now {
            let skip = at.min(bytes.len());
            core.skip(side, skip as u64);
            core.feed(side, bytes.get(skip..).unwrap_or_default(), ctx);
        }
        self.stage = Stage::Known(core, confidence);
    }

    /// One datagram.
    pub(super) fn datagram(
        &mut self,
        side: Side,
        bytes: &[u8],
        cut: bool,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        match &mut self.stage {
            Stage::Known(core, _) => return core.datagram(side, bytes, cut, ctx),
            Stage::Foreign(_) | Stage::Unknown(TRIES..) => {
                *of(&mut self.skipped, side) += bytes.len() as u64;
                return;
            }
            Stage::Unknown(tries) => *tries += 1,
            Stage::Empty | Stage::Undecided(_) => {}
        }
        let weak = match &self.stage {
            Stage::Undecided(undecided) => undecided.weak,
            _ => None,
        };
        let mut candidate = None;
        let (ports, toward) = (about.ports(side), about.toward(side));
        let identity = identify::identify(about.protocols, ports, bytes, cut, toward, |protocol| {
            candidate.get_or_insert(protocol);
            weak == Some(protocol)
        });
        let foreign = identify::foreign(Medium::Udp, bytes);
        match (identity, foreign) {
            (Identity::Known(protocol, confidence), _) => {
                let undecided = match core::mem::take(&mut self.stage) {
                    Stage::Undecided(undecided) => *undecided,
                    _ => Undecided::default(),
                };
                self.promote_datagrams(undecided, protocol, confidence, side, about, ctx);
                if let Stage::Known(core, _) = &mut self.stage {
                    core.datagram(side, bytes, cut, ctx);
                }
            }
            (_, Some(foreign)) => {
                let undecided = match core::mem::take(&mut self.stage) {
                    Stage::Undecided(undecided) => *undecided,
                    _ => Undecided::default(),
                };
                self.give_up(undecided, side, bytes.len(), Stage::Foreign(foreign));
            }
            // A datagram that was cut is not kept: nothing would tell later that it was.
            (Identity::Open, None) if candidate.is_some() && !cut => {
                let mut undecided = match core::mem::take(&mut self.stage) {
                    Stage::Undecided(undecided) => undecided,
                    _ => Box::default(),
                };
                undecided.weak = candidate;
                let tail = of(&mut undecided.tails, side);
                tail.extend_from_slice(bytes);
                let end = tail.len();
                let many = end > ctx.limits.identify_octets;
                let origins = of(&mut undecided.origins, side);
                push_origin(origins, end, ctx);
                if many || origins.len() >= KEPT {
                    return self.give_up(*undecided, side, 0, Stage::Unknown(0));
                }
                self.stage = Stage::Undecided(undecided);
            }
            (Identity::Open | Identity::No, None) => {
                let tries = match core::mem::take(&mut self.stage) {
                    Stage::Unknown(tries) => tries,
                    Stage::Undecided(undecided) => {
                        self.give_up(*undecided, side, 0, Stage::Empty);
                        0
                    }
                    _ => 0,
                };
                *of(&mut self.skipped, side) += bytes.len() as u64;
                self.stage = Stage::Unknown(tries);
            }
        }
    }

    fn promote_datagrams(
        &mut self,
        mut undecided: Undecided,
        protocol: &'static Protocol,
        confidence: Confidence,
        side: Side,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        let toward = about.ports(Side::First).toward(protocol).or(about.toward(Side::First));
        let mut core = Box::new(Core::new(protocol, toward));
        let sender = *ctx.envelope;
        ctx.envelope.protocol = Symbol(protocol.name);
        let other = side.other();
        if of(&mut undecided.tails, other).is_empty() && *of(&mut self.skipped, other) == 0 {
            core.has_not_spoken(other);
        }
        core.skip(Side::First, core::mem::take(of(&mut self.skipped, Side::First)));
        core.skip(Side::Second, core::mem::take(of(&mut self.skipped, Side::Second)));
        let now_first = ctx.side_is_first;
        for (origin, side, bytes) in undecided.pieces() {
            let mut envelope = if (side == Side::First) == now_first { sender } else { swapped(&sender) };
            envelope.protocol = Symbol(protocol.name);
            (envelope.file, envelope.frame, envelope.ts) =
                (origin.mark.file, origin.mark.frame, Instant(origin.mark.ts));
            let mut ordinal = origin.ordinal;
            let mut earlier = ctx.again(&mut envelope, side).at(origin.mark, &mut ordinal);
            core.datagram(side, bytes, false, &mut earlier);
        }
        self.stage = Stage::Known(core, confidence);
    }

    /// After a gap of this side an unknown conversation is asked about again. What was kept of the other side is not broken
    /// off by it.
    fn ask_again(&mut self, side: Side) {
        match core::mem::take(&mut self.stage) {
            Stage::Undecided(mut undecided) => {
                let tail = core::mem::take(of(&mut undecided.tails, side));
                *of(&mut self.skipped, side) += tail.len() as u64;
                of(&mut undecided.origins, side).clear();
                if undecided.tails.iter().all(Vec::is_empty) {
                    self.stage = Stage::Unknown(0);
                    return;
                }
                (undecided.examined, undecided.tries) = ([0; 2], 1);
                self.stage = Stage::Undecided(undecided);
            }
            Stage::Unknown(_) => self.stage = Stage::Unknown(0),
            stage => self.stage = stage,
        }
    }
}

/// What went wrong on a serial line.
fn said(ctx: &mut Context<'_>, reason: &'static str) {
    ctx.anomaly(Anomaly::new(AnomalyKind::STREAM, reason).place("stream"));
}

fn push_origin(origins: &mut Origins, end: usize, ctx: &Context<'_>) {
    note(origins, Origin::new(end, ctx));
}

/// What all envelopes of a conversation have in common, besides its ends.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) conversation: u64,
    pub(super) protocol: Symbol,
    pub(super) reversed: bool,
    pub(super) vlan: Option<u16>,
}

/// IP address and port, each where there is one.
pub(super) type End = (Option<IpAddr>, Option<u16>);

impl Place {
    /// The envelope of what this side sends, from the first of these ends to the second.
    #[inline(always)]
    pub(super) fn envelope(
        self,
        [(sender, sender_port), (receiver, receiver_port)]: [End; 2],
        side: Side,
        mark: Mark,
        [sender_mac, receiver_mac]: [Option<Mac>; 2],
    ) -> Envelope {
        Envelope {
            file: mark.file,
            frame: mark.frame,
            ts: Instant(mark.ts),
            conversation: Some(self.conversation),
            message: None,
            protocol: self.protocol,
            direction: None,
            sender,
            sender_port,
            receiver,
            receiver_port,
            sender_mac,
            receiver_mac,
            vlan: self.vlan,
            from_originator: (side == Side::First) != self.reversed,
        }
    }
}

/// When a conversation was heard.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// The earliest time of its frames, and the latest of those before its last: the clock of who captures may step back.
    earliest: i64,
    latest: i64,
    /// When it was last heard, by the clock that never runs backwards.
    pub(super) heard: i64,
    /// Its last frame.
    pub(super) last: Mark,
}

impl Times {
    pub(super) const fn begin(now: i64, mark: Mark) -> Self {
        Self { earliest: mark.ts, latest: mark.ts, heard: now, last: mark }
    }

    /// The next frame comes, at `now` by the clock that never runs backwards.
    #[inline(always)]
    pub(super) fn hear(&mut self, now: i64, mark: Mark) {
        if mark.ts < self.last.ts {
            self.step_back(mark.ts);
        }
        (self.heard, self.last) = (now, mark);
    }

    #[cold]
    fn step_back(&mut self, ts: i64) {
        self.earliest = self.earliest.min(ts);
        self.latest = self.latest.max(self.last.ts);
    }

    /// From the earliest of its frames to the latest.
    fn span(&self) -> (i64, i64) {
        (self.earliest, self.latest.max(self.last.ts))
    }
}

/// What carries a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Tcp,
    Udp,
    Serial,
    Other,
}

impl Carried {
    /// Whether the octets are streams.
    const fn is_stream(self) -> bool {
        matches!(self, Self::Tcp | Self::Serial)
    }
}

/// One conversation.
pub(super) struct Conversation {
    pub(super) id: u64,
    pub(super) times: Times,
    /// How many PDUs have its last frame for theirs.
    pub(super) ordinal: u32,
    /// Whether the lower end of the key is the first side.
    pub(super) lower_first: bool,
    pub(super) carried: Carried,
    /// A SYN of either end was seen.
    pub(super) handshake: bool,
    /// The first side is not the originator.
    pub(super) reversed: bool,
    pub(super) reset: bool,
    /// The sink wants no more of it.
    pub(super) left: bool,
    pub(super) vlan: Option<u16>,
    pub(super) macs: [Option<Mac>; 2],
    pub(super) counts: [Counts; 2],
    pub(super) copies: u32,
    /// Of TCP.
    pub(super) streams: Option<Box<[Stream; 2]>>,
    /// Of TCP, while there are any.
    pub(super) waiting: Option<Box<Waiting>>,
    /// Of everything else, once there is any.
    pub(super) datagrams: Option<Box<[Datagrams; 2]>>,
    pub(super) content: Content,
    /// When it will be looked at if nothing comes.
    pub(super) check: i64,
}

impl core::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Conversation")
            .field("id", &self.id)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

impl Conversation {
    pub(super) fn endpoints(&self, key: &Key) -> [Endpoint; 2] {
        [key.endpoint(self.lower_first), key.endpoint(!self.lower_first)]
    }

    #[inline]
    pub(super) fn class(&self) -> Class {
        match &self.content.stage {
            Stage::Known(..) if self.ended() => Class::Unidentified,
            Stage::Known(..) => Class::Identified,
            Stage::Empty => Class::HalfOpen,
            _ if self.ended() => Class::HalfOpen,
            _ => Class::Unidentified,
        }
    }

    /// Whether both directions of a TCP connection are over.
    pub(super) fn ended(&self) -> bool {
        self.reset || self.streams.as_ref().is_some_and(|streams| streams.iter().all(Stream::is_ended))
    }

    pub(super) fn idle(&self, limits: &crate::Limits) -> i64 {
        match (self.carried.is_stream(), self.class()) {
            (false, _) => limits.datagram_idle,
            (true, Class::HalfOpen) => limits.half_open_idle,
            (true, _) if self.ended() => limits.half_open_idle,
            (true, _) => limits.tcp_idle,
        }
    }

    /// Whether it was silent for so long that it is taken as ended.
    pub(super) fn is_idle(&self, now: i64, limits: &Limits) -> bool {
        // Not by a sum, which ends at the last moment that can be told.
        now.saturating_sub(self.times.heard) >= self.idle(limits)
    }

    /// When something is to be done if nothing comes.
    pub(super) fn deadline(&self, limits: &crate::Limits) -> i64 {
        let mut deadline = self.times.heard.saturating_add(self.idle(limits));
        if let Some(earlier) = self.urgent(limits) {
            deadline = deadline.min(earlier);
        }
        deadline
    }

    /// When a hole or a request is overdue.
    #[inline]
    pub(super) fn urgent(&self, limits: &crate::Limits) -> Option<i64> {
        let requests = match &self.content.stage {
            Stage::Known(core, _) => core.deadline(limits),
            _ => None,
        };
        let holes = self.streams.as_ref().and_then(|streams| {
            let [first, second] = &**streams;
            match (first.deadline(), second.deadline()) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            }
        });
        match (requests, holes) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Corrects who opened the conversation, once roles are known and no handshake was seen.
    #[inline]
    pub(super) fn orient(&mut self) {
        if !self.handshake
            && let Stage::Known(core, _) = &self.content.stage
            && let Some(toward) = core.toward
        {
            self.reversed = toward == Toward::Client;
        }
    }

    /// The envelope of what this side sends.
    pub(super) fn envelope(&self, key: &Key, side: Side, mark: Mark) -> Envelope {
        self.envelope_between(key, side, mark, [None; 2])
    }

    /// The envelope of what this side sends. `macs` are sender's and receiver's in this frame, where it has them: the same
    /// IP address may come from elsewhere now.
    #[inline]
    pub(super) fn envelope_between(
        &self,
        key: &Key,
        side: Side,
        mark: Mark,
        [from, to]: [Option<Mac>; 2],
    ) -> Envelope {
        let [first, second] = self.macs;
        let (sender, receiver) = if side == Side::First { (first, second) } else { (second, first) };
        let place = Place {
            conversation: self.id,
            protocol: self.protocol(),
            reversed: self.reversed,
            vlan: self.vlan,
        };
        let [low, high] = key.ends();
        let ends = if (side == Side::First) == self.lower_first { [low, high] } else { [high, low] };
        place.envelope(ends, side, mark, [from.or(sender), to.or(receiver)])
    }

    #[inline]
    fn protocol(&self) -> Symbol {
        match &self.content.stage {
            Stage::Known(core, _) => Symbol(core.protocol().name),
            Stage::Foreign(foreign) => Symbol(foreign.name),
            _ => self.content.greeted.map_or(self.transport(), |greeting| Symbol(greeting.name())),
        }
    }

    /// What carries the octets; what is no TCP is looked at by datagrams.
    pub(super) fn medium(&self) -> Medium {
        match self.carried {
            Carried::Tcp => Medium::Tcp,
            Carried::Serial => Medium::Serial,
            Carried::Udp | Carried::Other => Medium::Udp,
        }
    }

    fn transport(&self) -> Symbol {
        Symbol(match self.carried {
            Carried::Tcp => "tcp",
            Carried::Serial => "serial",
            Carried::Udp => "udp",
            Carried::Other => "other",
        })
    }

    /// What is told where it begins. `answered`: the first frame answers one that is not there.
    pub(super) fn beginning(&self, key: &Key, answered: bool) -> Beginning {
        let [first, second] = self.endpoints(key);
        let opener = if answered { second } else { first };
        let address = opener.address.and_then(Address::ip);
        Beginning {
            conversation: self.id,
            transport: self.carried_by(key),
            transport_number: key.number(),
            opener: address.map(|address| (address, opener.port.unwrap_or_default())),
            handshake: self.handshake,
        }
    }

    fn carried_by(&self, key: &Key) -> Symbol {
        if key.is_ip() || key.is_serial() { self.transport() } else { Symbol("ethernet") }
    }

    /// Takes a segment, or keeps it while it waits for a hole of the other direction.
    ///
    /// The context is that of the segment, which is of the conversation's last frame.
    pub(super) fn segment(
        &mut self,
        arrival: Arrival<'_>,
        key: &Key,
        about: Circumstances<'_>,
        mut ctx: Context<'_>,
    ) {
        if let (Some(streams), Some(number)) = (self.streams.as_deref_mut(), arrival.acknowledgment) {
            let other = of(streams, arrival.side.other());
            if other.is_behind(number)
                && let Stage::Known(core, _) = &mut self.content.stage
            {
                core.lacks(arrival.side.other(), &ctx);
            }
            other.acknowledged(number, arrival.now, ctx.limits);
        }
        let (side, now, sequence) = (arrival.side, arrival.now, arrival.segment.sequence);
        // Where the time of a frame is not known, nothing waits by it.
        let timed = arrival.timed;
        if self.waiting.is_some() && !timed && !self.has(&arrival) {
            self.go_on(key, now, Wait::Abandoned, None, about, &mut ctx);
        }
        let begins = || {
            let read = timed && !self.left && !self.content.is_passed_over();
            read && self.lacks(side.other(), answers(&arrival, arrival.segment.payload))
                && !self.has(&arrival)
        };
        let waits = self.waiting.is_some() || begins();
        if waits && !self.stream(side).is_some_and(|stream| stream.may_fill(sequence)) {
            self.waiting.get_or_insert_default().insert(arrival);
            self.go_on(key, now, Wait::Patient, None, about, &mut ctx);
        } else if self.waiting.is_none() {
            self.take(arrival, about, ctx);
        } else {
            let mut envelope = *ctx.envelope;
            self.take(arrival, about, ctx.again(&mut envelope, side));
            self.go_on(key, now, Wait::Patient, Some(side), about, &mut ctx);
        }
    }

    fn stream(&self, side: Side) -> Option<&Stream> {
        self.streams.as_ref()?.get(side.index())
    }

    /// Whether the octets of a segment came before, read or held.
    fn has(&self, arrival: &Arrival<'_>) -> bool {
        self.stream(arrival.side).is_some_and(|stream| stream.has(&arrival.segment))
    }

    /// Whether a side lacks octets that were held when the other one acknowledged this.
    fn lacks(&self, side: Side, number: Option<u32>) -> bool {
        self.stream(side).zip(number).is_some_and(|(stream, number)| stream.lacks(number))
    }

    /// Takes the segments whose wait is over, at `now` or by what becomes of the `wait`, or because the context's frame has brought
    /// octets of this side (`filled`): what comes behind them is told with it, as what the stream holds is.
    #[cold]
    pub(super) fn go_on(
        &mut self,
        key: &Key,
        now: i64,
        wait: Wait,
        mut filled: Option<Side>,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        let Some(mut waiting) = self.waiting.take() else { return };
        while let Some((first, payload)) = waiting.segments.front() {
            let (side, number) = (first.side.other(), answers(first, payload));
            if wait != Wait::Abandoned && self.lacks(side, number) {
                filled = None;
                let at_once = wait == Wait::Last || waiting.is_too_much(ctx.limits);
                self.give_up(key, (side, number), now, at_once, about, ctx);
                if self.lacks(side, number) {
                    break;
                }
            }
            let Some((arrival, payload)) = waiting.pop() else { break };
            let segment = Segment { payload: &payload, ..arrival.segment };
            let arrival = Arrival { segment, ..arrival };
            let side = arrival.side;
            let in_order = |stream: &Stream| !stream.holds() && stream.reaches(arrival.segment.sequence);
            let is_filled = filled == Some(side) && self.stream(side).is_some_and(in_order);
            let mark = if is_filled { ctx.mark } else { arrival.mark };
            if is_filled {
                let brought = (arrival.mark.file, arrival.mark.frame);
                ctx.sink.brought((mark.file, mark.frame), brought);
            }
            let arrival = Arrival { mark, ..arrival };
            let mut envelope =
                Envelope { vlan: arrival.vlan, ..self.envelope_between(key, side, mark, arrival.macs) };
            let ctx = ctx.again(&mut envelope, side);
            let mut ordinal = 0;
            if (mark.file, mark.frame) == (ctx.mark.file, ctx.mark.frame) {
                self.take(arrival, about, ctx);
            } else {
                self.take(arrival, about, ctx.at(mark, &mut ordinal));
            }
            self.orient();
        }
        if !waiting.segments.is_empty() {
            self.waiting = Some(waiting);
        }
    }

    /// Gives up the holes of a side whose time is over at `now`, or all (`at_once`) before what this number acknowledges.
    fn give_up(
        &mut self,
        key: &Key,
        (side, number): (Side, Option<u32>),
        now: i64,
        at_once: bool,
        about: Circumstances<'_>,
        ctx: &mut Context<'_>,
    ) {
        let limits = ctx.limits;
        let told = Mark { file: ctx.envelope.file, frame: ctx.envelope.frame, ts: ctx.envelope.ts.0 };
        let mut envelope = self.envelope(key, side, told);
        let Some(streams) = self.streams.as_deref_mut() else { return };
        let now = Mark { ts: now, ..ctx.mark };
        let ctx = ctx.again(&mut envelope, side);
        let mut delivery = Delivery { content: &mut self.content, circumstances: about, side, ctx };
        match number {
            Some(number) if at_once => of(streams, side).give_up_lacking(number, now, limits, &mut delivery),
            _ => of(streams, side).advance(now, limits, &mut delivery),
        }
    }

    /// Takes a segment.
    fn take(&mut self, arrival: Arrival<'_>, about: Circumstances<'_>, mut ctx: Context<'_>) {
        let Arrival { side, segment, acknowledgment, mark, now, .. } = arrival;
        let Some(streams) = self.streams.as_deref_mut() else { return };
        let limits = ctx.limits;
        // Waits are counted by the clock that never runs backwards.
        let mark = Mark { ts: now, ..mark };
        if segment.syn && !of(streams, side).is_started() {
            *of(&mut self.content.begun, side) = true;
        }
        if self.left {
            *of(&mut self.content.skipped, side) += segment.payload.len() as u64;
        } else {
            if let Some(number) = answers(&arrival, segment.payload)
                && of(streams, side.other()).holds()
            {
                // Before its answer, so that both are paired.
                flip(&mut ctx, |ctx| {
                    let (side, limits) = (side.other(), ctx.limits);
                    let mut envelope = *ctx.envelope;
                    let again = ctx.again(&mut envelope, side);
                    let mut delivery =
                        Delivery { content: &mut self.content, circumstances: about, side, ctx: again };
                    of(streams, side).give_up_cut(number, mark, limits, &mut delivery);
                    // By now it may be known.
                    ctx.envelope.protocol = envelope.protocol;
                });
            }
            let mut delivery = Delivery { content: &mut self.content, circumstances: about, side, ctx };
            of(streams, side).segment(segment, mark, limits, &mut delivery);
        }
        if segment.rst {
            // One who never spoke refuses the connection, and there is no window to hold the RST against but that of what it
            // acknowledges (RFC 9293, 3.10.7.3).
            let other = of(streams, side.other());
            let of_it = |number| other.is_started() && !other.is_elsewhere(number, limits);
            let refused = acknowledgment.is_some_and(of_it) && !of(streams, side).is_started();
            self.reset |= refused || streams.iter().any(Stream::is_reset);
        }
        if segment.syn && !self.handshake {
            self.handshake = true;
            self.reversed = (side == Side::First) == acknowledgment.is_some();
        }
    }

    /// Time passes: gives up holes, then says which requests are overdue. The context's envelope is that of [`Side::First`].
    pub(super) fn pass_time(&mut self, key: &Key, now: i64, about: Circumstances<'_>, ctx: &mut Context<'_>) {
        // Messages that time lets out are of the last frame, and never of one of another conversation.
        let (last, mut ordinal) = (self.times.last, self.ordinal);
        ctx.shared.now = now;
        let mut envelope = *ctx.envelope;
        let mut late = ctx.again(&mut envelope, Side::First).at(last, &mut ordinal);
        for side in [Side::First, Side::Second] {
            let over = self.stream(side).and_then(Stream::deadline).filter(|over| *over <= now);
            if let Some(over) = over {
                // It lets them out when the wait is over, though the frame that tells so may come long after.
                late.shared.now = over;
                self.give_up(key, (side, None), now, false, about, &mut late);
            }
        }
        self.go_on(key, now, Wait::Patient, None, about, &mut late);
        self.ordinal = ordinal;
        (*ctx.envelope, ctx.shared.now) = (self.envelope(key, Side::First, ctx.mark), now);
        if let Stage::Known(core, _) = &mut self.content.stage {
            core.advance(ctx);
        }
    }

    /// Ends the streams and the content, and writes the row of the conversation.
    pub(super) fn finish(
        &mut self,
        key: &Key,
        end: &'static str,
        mut ctx: Context<'_>,
        about: Circumstances<'_>,
    ) {
        let mark = ctx.mark;
        let sides = [Side::First, Side::Second];
        // Messages that only the end lets out are of the last frame, and never of one of another conversation.
        let (last, mut ordinal) = (self.times.last, self.ordinal);
        if self.waiting.is_some() {
            let mut envelope = self.envelope(key, Side::First, mark);
            let mut ctx = ctx.again(&mut envelope, Side::First).at(last, &mut ordinal);
            self.go_on(key, last.ts, Wait::Last, None, about, &mut ctx);
        }
        if let Some(mut streams) = self.streams.take() {
            for side in sides {
                let mut envelope = self.envelope(key, side, mark);
                let ctx = ctx.again(&mut envelope, side).at(last, &mut ordinal);
                let mut delivery = Delivery { content: &mut self.content, circumstances: about, side, ctx };
                of(&mut streams, side).finish(last, &mut delivery);
            }
            self.streams = Some(streams);
        }
        if let Stage::Known(..) = &self.content.stage {
            for side in sides {
                let mut envelope = self.envelope(key, side, mark);
                let mut ctx = ctx.again(&mut envelope, side).at(last, &mut ordinal);
                if let Stage::Known(core, _) = &mut self.content.stage
                    && self.carried.is_stream()
                    && !self.left
                {
                    core.finish(side, &mut ctx);
                }
            }
            self.orient();
            let mut envelope = self.envelope(key, Side::First, mark);
            let mut ctx = ctx.again(&mut envelope, Side::First);
            if let Stage::Known(core, _) = &mut self.content.stage {
                core.end(&mut ctx);
            }
        } else {
            match core::mem::take(&mut self.content.stage) {
                Stage::Undecided(undecided) => {
                    self.content.give_up(*undecided, Side::First, 0, Stage::Unknown(0));
                }
                stage => self.content.stage = stage,
            }
        }
        let end = match end {
            "end" | "idle" | "reused" if self.reset => "rst",
            "end" | "idle" | "reused" if self.ended() => "fin",
            end => end,
        };
        self.row(key, end, &mut ctx);
    }

    fn row(&self, key: &Key, end: &'static str, ctx: &mut Context<'_>) {
        if !ctx.sink.wants(<Conversations<'_> as crate::record::Record>::schema()) {
            return;
        }
        let (originator, responder) =
            if self.reversed { (Side::Second, Side::First) } else { (Side::First, Side::Second) };
        let tally = |side: Side| {
            let counts = self.counts.get(side.index()).copied().unwrap_or_default();
            let mut account = self
                .streams
                .as_ref()
                .and_then(|streams| streams.get(side.index()).map(Stream::account))
                .unwrap_or_default();
            let before = self.content.skipped.get(side.index()).copied().unwrap_or_default();
            let (dissected, skipped, messages) = match &self.content.stage {
                Stage::Known(core, _) => {
                    let tally = core.tally(side);
                    (tally.dissected, tally.skipped + tally.carried, tally.messages)
                }
                _ => (0, 0, 0),
            };
            if let (Stage::Known(core, _), true) = (&self.content.stage, self.carried == Carried::Serial) {
                account.missing = core.tally(side).missing;
            } else if self.carried != Carried::Tcp {
                account.missing = self.content.missing.get(side.index()).copied().unwrap_or_default();
                account.repeated = self
                    .datagrams
                    .as_ref()
                    .and_then(|datagrams| Some(datagrams.get(side.index())?.repeated))
                    .unwrap_or_default();
            }
            (counts, account, dissected, skipped + before, messages)
        };
        let (o, r) = (tally(originator), tally(responder));
        let [first, second] = self.endpoints(key);
        let community = match (first.address, second.address) {
            (Some(Address::Ip(a)), Some(Address::Ip(b))) => community_id(
                (a, first.port.unwrap_or_default()),
                (b, second.port.unwrap_or_default()),
                key.number() as u8,
            ),
            _ => None,
        };
        let payload = o.0.payload + r.0.payload;
        let (application, coverage, confidence) = match &self.content.stage {
            Stage::Known(core, confidence) => {
                (Some(Symbol(core.application().name)), "understood", Some(Symbol(confidence.name())))
            }
            Stage::Foreign(foreign) => {
                let coverage = if foreign.encrypted { "encrypted" } else { "foreign" };
                (Some(Symbol(foreign.name)), coverage, Some(Symbol(Confidence::Certain.name())))
            }
            _ if self.content.greeted.is_some() => {
                let name = self.content.greeted.map(|greeting| Symbol(greeting.name()));
                (name, "foreign", Some(Symbol(Confidence::Certain.name())))
            }
            _ if payload == 0 => (None, "empty", None),
            _ => (None, "unknown", None),
        };
        let envelope = self.envelope(key, originator, ctx.mark);
        let description = ctx.shared.description.clone();
        let name = |ip: Option<core::net::IpAddr>, mac: Option<Mac>| {
            let address = ip.map(Address::Ip).or(mac.map(Address::Mac));
            description.as_deref()?.device_name(address, None).map(Text::from)
        };
        let (first, last) = self.times.span();
        let row = Conversations {
            community_id: community.as_ref().map(|id| Text(&id[..])),
            transport: self.carried_by(key),
            transport_number: key.number(),
            first: Instant(first),
            last: Instant(last),
            application,
            coverage: Symbol(coverage),
            confidence,
            handshake: self.handshake,
            end: Symbol(end),
            originator_frames: o.0.frames,
            responder_frames: r.0.frames,
            originator_octets: o.0.octets,
            responder_octets: r.0.octets,
            originator_payload: o.0.payload,
            responder_payload: r.0.payload,
            originator_dissected: o.2,
            responder_dissected: r.2,
            originator_skipped: o.3,
            responder_skipped: r.3,
            originator_missing: o.1.missing,
            responder_missing: r.1.missing,
            originator_repeated: o.1.repeated,
            responder_repeated: r.1.repeated,
            originator_not_comparable: o.1.not_comparable.saturating_add(o.1.unverifiable),
            responder_not_comparable: r.1.not_comparable.saturating_add(r.1.unverifiable),
            originator_outside: o.1.outside,
            responder_outside: r.1.outside,
            originator_messages: o.4,
            responder_messages: r.4,
            copies: self.copies.into(),
            wrong_checksums: u64::from(o.0.wrong_checksums) + u64::from(r.0.wrong_checksums),
            originator_name: name(envelope.sender, envelope.sender_mac),
            responder_name: name(envelope.receiver, envelope.receiver_mac),
        };
        let verdict: Verdict = ctx.sink.row(&envelope, &row);
        *ctx.verdict = (*ctx.verdict).max(verdict);
    }
}

/// The identity of the conversation that this frame opens.
pub(super) fn identity(mark: Mark) -> u64 {
    conversation_id(mark.file, mark.frame)
}
