//! One conversation in one protocol, fed with ordered octets: what an IDS that has streams of its own embeds.
use crate::{
    Config, Limits, Mark,
    clock::Clock,
    common::{Anomaly, AnomalyKind, Exchange, Expired, Operations, Result},
    output::{FRAMES_FORGOTTEN, Layer, Learnt, Output, Shared, swapped},
    protocol::{Framing, Pdu, Probe, Protocol, Resync, Search, Side, State, Toward, Way, stated_length},
    record::{Envelope, Instant, Record, Sink, Symbol, Verdict, conversation_id, message_id},
};
use core::{net::IpAddr, ops::Range};
use std::{collections::VecDeque, sync::Arc};

/// What a [`Core`] needs of its surroundings, for the time of one call.
pub(crate) struct Context<'a> {
    pub(crate) sink: &'a mut (dyn Sink + 'a),
    /// As seen from the side that sends.
    pub(crate) envelope: &'a mut Envelope,
    pub(crate) shared: &'a mut Shared,
    pub(crate) limits: &'a Limits,
    pub(crate) mark: Mark,
    /// PDUs that this frame has completed.
    pub(crate) ordinal: &'a mut u32,
    pub(crate) verdict: &'a mut Verdict,
    /// Whether the sender is [`Side::First`].
    pub(crate) side_is_first: bool,
}

impl<'a> Context<'a> {
    /// The same surroundings for another sender.
    pub(crate) fn again<'b>(&'b mut self, envelope: &'b mut Envelope, side: Side) -> Context<'b> {
        Context {
            sink: &mut *self.sink,
            envelope,
            shared: &mut *self.shared,
            limits: self.limits,
            mark: self.mark,
            ordinal: &mut *self.ordinal,
            verdict: &mut *self.verdict,
            side_is_first: side == Side::First,
        }
    }

    /// The same surroundings, for octets of this frame.
    pub(crate) fn at<'b>(self, mark: Mark, ordinal: &'b mut u32) -> Context<'b>
    where
        'a: 'b,
    {
        Context {
            sink: self.sink,
            envelope: self.envelope,
            shared: self.shared,
            limits: self.limits,
            mark,
            ordinal,
            verdict: self.verdict,
            side_is_first: self.side_is_first,
        }
    }

    #[cold]
    pub(crate) fn anomaly(&mut self, anomaly: Anomaly) {
        if self.sink.wants(anomaly.row.table_of()) {
            let verdict = self.sink.row(self.envelope, &anomaly.row);
            *self.verdict = (*self.verdict).max(verdict);
        }
    }
}

/// Acts with the envelope of the other side.
pub(crate) fn flip(ctx: &mut Context<'_>, act: impl FnOnce(&mut Context<'_>)) {
    *ctx.envelope = swapped(ctx.envelope);
    ctx.side_is_first = !ctx.side_is_first;
    act(ctx);
    ctx.side_is_first = !ctx.side_is_first;
    *ctx.envelope = swapped(ctx.envelope);
}

impl crate::common::Anomalies {
    pub(crate) fn table_of(&self) -> &'static crate::record::Table {
        Self::schema()
    }
}

/// Pieces of waiting octets whose frames are told apart; of more, the oldest are taken together.
const ORIGINS: usize = 1024;

/// Octets that may be moved for each one that is discarded or comes.
const MOVED: usize = 16;

/// Where octets came from that had to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// End of these octets in the tail.
    pub(crate) end: usize,
    pub(crate) mark: Mark,
    /// The next free ordinal of that frame.
    pub(crate) ordinal: u32,
    /// Earlier pieces that are taken together with these octets.
    pub(crate) earlier: u32,
}

impl Origin {
    pub(crate) fn new(end: usize, ctx: &Context<'_>) -> Self {
        Self { end, mark: ctx.mark, ordinal: *ctx.ordinal, earlier: 0 }
    }
}

/// Where the octets of a tail came from, in their order.
pub(crate) type Origins = VecDeque<Origin>;

/// Notes where the last octets of a tail came from.
pub(crate) fn note(origins: &mut Origins, origin: Origin) {
    // One entry a frame: what it completes is numbered by one counter.
    if let Some(last) = origins.back_mut().filter(|last| last.mark == origin.mark) {
        *last = Origin { ordinal: origin.ordinal.max(last.ordinal), earlier: last.earlier, ..origin };
        return;
    }
    if origins.len() >= ORIGINS
        && let Some(oldest) = origins.pop_front()
        && let Some(next) = origins.front_mut()
    {
        next.earlier = oldest.earlier.saturating_add(1);
    }
    origins.push_back(origin);
}

/// Tells which frames brought octets of the message at these places of a tail, before the one that completed it.
fn tell_frames(origins: &mut Origins, places: Range<usize>, completed: Mark, ctx: &mut Context<'_>) {
    let (mut start, mut forgotten) = (0, 0u32);
    for origin in origins {
        let brought = start < places.end && origin.end > places.start;
        if brought && (origin.mark.file, origin.mark.frame) != (completed.file, completed.frame) {
            ctx.sink.brought((completed.file, completed.frame), (origin.mark.file, origin.mark.frame));
        }
        if brought {
            forgotten = forgotten.saturating_add(core::mem::take(&mut origin.earlier));
        }
        start = origin.end;
    }
    if forgotten > 0 {
        ctx.anomaly(Anomaly::new(AnomalyKind::LIMIT, FRAMES_FORGOTTEN).count(forgotten));
    }
}

/// The frame that brought the last octet of a message that ends at this place of a tail, and the message's ordinal in it.
fn completed_by(origins: &mut Origins, end: usize, ctx: &mut Context<'_>) -> (Mark, u32) {
    match origins.iter_mut().find(|origin| origin.end >= end) {
        Some(origin) if origin.mark != ctx.mark => {
            origin.ordinal += 1;
            (origin.mark, origin.ordinal - 1)
        }
        origin => {
            *ctx.ordinal += 1;
            if let Some(origin) = origin {
                // What this frame brings may complete further messages later.
                origin.ordinal = *ctx.ordinal;
            }
            (ctx.mark, *ctx.ordinal - 1)
        }
    }
}

/// So many octets are gone from the head of a tail.
pub(crate) fn shift(origins: &mut Origins, octets: usize) {
    origins.retain_mut(|origin| {
        origin.end = origin.end.saturating_sub(octets);
        origin.end > 0
    });
}

/// Octets of a stream that are missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    /// How many; 0 is an unknown number.
    pub(crate) octets: u64,
    /// Whether they are the rest of a segment whose first octets are there, so that the next segment begins behind them.
    pub(crate) ends_segment: bool,
}

/// No PDU has been found yet since a gap, garbage or the start.
#[derive(Debug)]
struct Lost {
    /// Of the octets of the tail that are not gone; their ends count those that are.
    origins: Origins,
    /// Octets at the head of the tail that are discarded already: to move all others for each of them would take long.
    gone: usize,
    reason: &'static str,
    /// Octets skipped in this run, and where it began.
    skipped: u64,
    offset: u64,
    /// Octets of a message that a gap cut and that are still to come: behind them the next one begins.
    behind_gap: u64,
    /// Whether the octets behind a gap are the first of a segment.
    begins_segment: bool,
    /// Nobody saw how the stream begins: what is skipped is no fault of who sent it.
    in_the_middle: bool,
    /// What has been looked through, where the protocol remembers it.
    search: Option<Box<dyn Search>>,
}

impl Lost {
    fn new(protocol: &Protocol, origins: Origins, reason: &'static str, offset: u64) -> Box<Self> {
        let search = (protocol.dissector.search)();
        Box::new(Self {
            origins,
            gone: 0,
            reason,
            skipped: 0,
            offset,
            behind_gap: 0,
            begins_segment: false,
            in_the_middle: false,
            search,
        })
    }

    /// Where the next PDU begins in the tail.
    fn resync(&mut self, protocol: &Protocol, tail: &[u8], toward: Option<Toward>) -> Resync {
        match &mut self.search {
            Some(search) => search.resync(tail),
            None => (protocol.dissector.resync)(tail, toward),
        }
    }
}

/// One direction.
#[derive(Debug, Default)]
struct Track {
    /// Octets that are not dissected yet; while lost, behind those that are gone.
    tail: Vec<u8>,
    /// Where they came from: what is found in them later is of the frame that brought it.
    origins: Origins,
    lost: Option<Box<Lost>>,
    dissected: u64,
    skipped: u64,
    missing: u64,
    messages: u64,
}

impl Track {
    /// Octets of this direction before the tail.
    fn offset(&self) -> u64 {
        self.dissected.saturating_add(self.skipped).saturating_add(self.missing)
    }

    /// Octets that are not dissected yet.
    fn carried(&self) -> &[u8] {
        let gone = self.lost.as_ref().map_or(0, |lost| lost.gone);
        self.tail.get(gone..).unwrap_or_default()
    }

    /// Moves the octets that are carried to the head of the tail, if they are not many times as many as these.
    fn close_up(&mut self, octets: usize) {
        if let Some(lost) = &mut self.lost
            && octets.saturating_mul(MOVED) >= self.tail.len()
        {
            self.tail.drain(..lost.gone);
            shift(&mut lost.origins, lost.gone);
            lost.gone = 0;
        }
    }
}

/// What became of the octets of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Octets of dissected messages.
    pub dissected: u64,
    /// Octets that belong to no message: garbage, what lay before identification, and the beginnings of messages of which
    /// a gap left too little to tell their length.
    pub skipped: u64,
    /// Octets carried until their message is complete.
    pub carried: u64,
    /// Octets that were said to be missing.
    pub missing: u64,
    /// Messages dissected.
    pub messages: u64,
}

/// A conversation in one protocol, without its surroundings.
#[derive(Debug)]
pub(crate) struct Core {
    layer: Layer,
    tracks: [Track; 2],
    exchange: Exchange,
    /// Where messages of the first side go, as content or handshake have told.
    pub(crate) toward: Option<Toward>,
}

fn of<T>(pair: &mut [T; 2], side: Side) -> &mut T {
    let [first, second] = pair;
    match side {
        Side::First => first,
        Side::Second => second,
    }
}

impl Core {
    pub(crate) fn new(protocol: &'static Protocol, toward: Option<Toward>) -> Self {
        Self {
            layer: Layer::new(protocol),
            tracks: Default::default(),
            exchange: Exchange::default(),
            toward,
        }
    }

    /// What this side sends is seen from its first octet on.
    pub(crate) fn begin(&mut self, side: Side) {
        self.layer.begin(side);
    }

    /// Nothing that this side sends is in the capture so far.
    pub(crate) fn has_not_spoken(&mut self, side: Side) {
        *of(&mut self.exchange.unheard, side) = true;
    }

    pub(crate) fn protocol(&self) -> &'static Protocol {
        self.layer.protocol
    }

    /// The protocol that the conversation is named after.
    pub(crate) fn application(&self) -> &'static Protocol {
        self.layer.application()
    }

    pub(crate) fn tally(&self, side: Side) -> Tally {
        let [first, second] = &self.tracks;
        let track = if side == Side::First { first } else { second };
        Tally {
            dissected: track.dissected,
            skipped: track.skipped,
            carried: track.carried().len() as u64,
            missing: track.missing,
            messages: track.messages,
        }
    }

    #[inline]
    fn way(&self, side: Side) -> Way {
        let toward = match side {
            Side::First => self.toward,
            Side::Second => self.toward.map(Toward::back),
        };
        Way { side, toward }
    }

    /// The state of the protocol, and where it puts what it reads of one PDU.
    #[inline(always)]
    fn open<'a>(
        &'a mut self,
        way: Way,
        mark: Mark,
        ordinal: u32,
        learnt: &'a mut Learnt,
        ctx: &'a mut Context<'_>,
    ) -> (&'a mut State, Output<'a>) {
        let out = Output {
            sink: &mut *ctx.sink,
            envelope: &mut *ctx.envelope,
            exchange: &mut self.exchange,
            children: &mut self.layer.children,
            shared: &mut *ctx.shared,
            limits: ctx.limits,
            protocol: self.layer.protocol,
            way,
            mark,
            ordinal,
            depth: 1,
            said: 0,
            cut: false,
            learnt,
            nothing: false,
            verdict: &mut *ctx.verdict,
        };
        (&mut self.layer.state, out)
    }

    /// Dissects one PDU that another frame completed, or of which the capture holds the beginning alone.
    #[inline(never)]
    fn dissect(&mut self, pdu: Pdu<'_>, mark: Mark, ordinal: u32, ctx: &mut Context<'_>) {
        let said_at = (ctx.envelope.file, ctx.envelope.frame, ctx.envelope.ts);
        (ctx.envelope.file, ctx.envelope.frame, ctx.envelope.ts) = (mark.file, mark.frame, Instant(mark.ts));
        self.dissect_here(pdu, mark, ordinal, ctx);
        (ctx.envelope.file, ctx.envelope.frame, ctx.envelope.ts) = said_at;
    }

    /// Dissects one PDU that the frame of the envelope completed.
    #[inline(always)]
    fn dissect_here(&mut self, pdu: Pdu<'_>, mark: Mark, ordinal: u32, ctx: &mut Context<'_>) {
        let (way, side) = (pdu.way, pdu.way.side);
        ctx.envelope.message = Some(message_id(mark.file, mark.frame, ordinal));
        ctx.envelope.direction = None;
        let mut learnt = Learnt::default();
        let (state, mut out) = self.open(way, mark, ordinal, &mut learnt, ctx);
        out.cut = pdu.cut;
        state.dissect(pdu, &mut out);
        out.end_of_pdu();
        let nothing = out.nothing;
        self.learn(side, learnt);
        let track = of(&mut self.tracks, side);
        if nothing {
            track.skipped += pdu.bytes.len() as u64;
        } else {
            track.messages += 1;
            track.dissected += pdu.bytes.len() as u64;
        }
        ctx.envelope.message = None;
        ctx.envelope.direction = None;
    }

    #[inline]
    fn learn(&mut self, side: Side, learnt: Learnt) {
        if let Some(toward) = learnt.toward
            && (self.toward.is_none() || learnt.overrules)
        {
            self.toward = Some(if side == Side::First { toward } else { toward.back() });
        }
    }

    /// A datagram, which holds whole PDUs.
    pub(crate) fn datagram(&mut self, side: Side, bytes: &[u8], cut: bool, ctx: &mut Context<'_>) {
        let way = self.way(side);
        *of(&mut self.exchange.unheard, side) = false;
        ctx.envelope.message = Some(message_id(ctx.mark.file, ctx.mark.frame, *ctx.ordinal));
        ctx.envelope.direction = None;
        let mut learnt = Learnt::default();
        let (mark, first) = (ctx.mark, *ctx.ordinal);
        let (state, mut out) = self.open(way, mark, first, &mut learnt, ctx);
        let whole = out.whole(state, bytes, cut);
        out.end_of_pdu();
        let next = out.ordinal;
        *ctx.ordinal = next;
        self.learn(side, learnt);
        let track = of(&mut self.tracks, side);
        track.messages += u64::from(whole.messages);
        track.dissected += whole.dissected;
        track.skipped += whole.skipped;
        ctx.envelope.message = None;
        ctx.envelope.direction = None;
    }

    /// Octets in order.
    pub(crate) fn feed(&mut self, side: Side, bytes: &[u8], ctx: &mut Context<'_>) {
        *of(&mut self.exchange.unheard, side) = false;
        if of(&mut self.tracks, side.other()).lost.is_some() {
            flip(ctx, |ctx| self.settle(side.other(), false, ctx));
        }
        if of(&mut self.tracks, side).lost.is_some() {
            return self.search(side, bytes, ctx);
        }
        let bytes = if of(&mut self.tracks, side).tail.is_empty() {
            bytes
        } else {
            match self.fill(side, bytes, ctx) {
                Some(rest) => rest,
                None => return,
            }
        };
        self.run(side, bytes, ctx);
    }

    /// Completes the PDU in the tail. Returns the octets behind it, if it is complete.
    fn fill<'b>(&mut self, side: Side, mut bytes: &'b [u8], ctx: &mut Context<'_>) -> Option<&'b [u8]> {
        loop {
            let way = self.way(side);
            let track = of(&mut self.tracks, side);
            let have = track.tail.len();
            match self.layer.state.frame(way, &track.tail) {
                Framing::Need(total) => {
                    let total = total.max(have + 1);
                    if total > ctx.limits.carried_octets {
                        self.lost(side, "message is longer than the limit", bytes, ctx);
                        return None;
                    }
                    // What has come may tell already that it is none, so it is asked again.
                    if bytes.is_empty() {
                        return None;
                    }
                    let (now, rest) = bytes.split_at_checked(total - have).unwrap_or((bytes, &[]));
                    track.tail.extend_from_slice(now);
                    bytes = rest;
                    note(&mut track.origins, Origin::new(track.tail.len(), ctx));
                }
                Framing::Frame(len) => {
                    let mut tail = core::mem::take(&mut track.tail);
                    let len = len.clamp(1, tail.len());
                    // Not always this frame: what was awaited behind a message may show that it was whole before.
                    let (mark, ordinal) = completed_by(&mut track.origins, len, ctx);
                    tell_frames(&mut track.origins, 0..len, mark, ctx);
                    let pdu = Pdu { bytes: tail.get(..len).unwrap_or_default(), way, cut: false };
                    self.dissect(pdu, mark, ordinal, ctx);
                    tail.drain(..len);
                    let empty = tail.is_empty();
                    let track = of(&mut self.tracks, side);
                    shift(&mut track.origins, len);
                    track.tail = tail;
                    if empty {
                        return Some(bytes);
                    }
                }
                Framing::Malformed(reason) => {
                    self.lost(side, reason, bytes, ctx);
                    return None;
                }
            }
        }
    }

    /// Dissects whole PDUs where they lie; carries what is left.
    #[inline(always)]
    fn run(&mut self, side: Side, bytes: &[u8], ctx: &mut Context<'_>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let way = self.way(side);
            match self.layer.state.frame(way, rest) {
                Framing::Frame(len) => {
                    let Some((bytes, behind)) = rest.split_at_checked(len.clamp(1, rest.len())) else {
                        return;
                    };
                    let pdu = Pdu { bytes, way, cut: false };
                    let ordinal = *ctx.ordinal;
                    *ctx.ordinal += 1;
                    let mark = ctx.mark;
                    if ctx.envelope.is_of(mark) {
                        self.dissect_here(pdu, mark, ordinal, ctx);
                    } else {
                        self.dissect(pdu, mark, ordinal, ctx);
                    }
                    rest = behind;
                }
                Framing::Need(total) if total <= ctx.limits.carried_octets => {
                    let track = of(&mut self.tracks, side);
                    track.tail.extend_from_slice(rest);
                    note(&mut track.origins, Origin::new(track.tail.len(), ctx));
                    return;
                }
                Framing::Need(_) => return self.lost(side, "message is longer than the limit", rest, ctx),
                Framing::Malformed(reason) => return self.lost(side, reason, rest, ctx),
            }
        }
    }

    #[cold]
    fn lose(&mut self, side: Side, reason: &'static str, ctx: &Context<'_>) {
        self.exchange.lost(side, ctx.shared.now, ctx.limits);
        let track = of(&mut self.tracks, side);
        if track.lost.is_none() {
            let offset = track.offset();
            let origins = core::mem::take(&mut track.origins);
            track.lost = Some(Lost::new(self.layer.protocol, origins, reason, offset));
        }
    }

    /// No PDU begins where the tail and these octets begin: looks for the next one behind.
    #[cold]
    fn lost(&mut self, side: Side, reason: &'static str, bytes: &[u8], ctx: &mut Context<'_>) {
        self.lose(side, reason, ctx);
        self.take(side, bytes, ctx);
        self.discard(side, 1);
        self.resync(side, ctx);
    }

    /// Takes octets while lost: looks for the next PDU.
    #[cold]
    fn search(&mut self, side: Side, bytes: &[u8], ctx: &mut Context<'_>) {
        let track = of(&mut self.tracks, side);
        if let Some(lost) = track.lost.as_mut().filter(|lost| lost.behind_gap > 0) {
            let passed = lost.behind_gap.min(bytes.len() as u64);
            lost.behind_gap -= passed;
            track.skipped += passed;
            if lost.behind_gap == 0 {
                track.lost = None;
            }
            return self.run(side, bytes.get(passed as usize..).unwrap_or_default(), ctx);
        }
        self.take(side, bytes, ctx);
        self.resync(side, ctx);
    }

    /// Takes octets into the tail, while lost.
    fn take(&mut self, side: Side, bytes: &[u8], ctx: &Context<'_>) {
        let track = of(&mut self.tracks, side);
        track.close_up(bytes.len());
        track.tail.extend_from_slice(bytes);
        let origin = Origin::new(track.tail.len(), ctx);
        if let Some(lost) = &mut track.lost {
            note(&mut lost.origins, origin);
        }
    }

    /// Whether a message may begin with the first of these octets of this side.
    pub(crate) fn fits(&self, side: Side, bytes: &[u8]) -> bool {
        let fits = (self.layer.protocol.dissector.probe)(bytes, self.way(side).toward);
        matches!(fits, Probe::Possible | Probe::Certain)
    }

    /// The first octets of a side that were looked at before the protocol was known; `fits`: it is known, or may be, that a
    /// message begins there.
    ///
    /// `begun`: they are the first that the side sent. If not, it may be the end of a message that they begin with.
    pub(crate) fn adopt(&mut self, side: Side, bytes: &[u8], fits: bool, begun: bool, ctx: &mut Context<'_>) {
        if fits {
            return self.feed(side, bytes, ctx);
        }
        self.lose(side, "no message begins here", ctx);
        if let Some(lost) = &mut of(&mut self.tracks, side).lost {
            lost.in_the_middle = !begun;
        }
        self.search(side, bytes, ctx);
    }

    /// Octets that were read before the protocol was known, and belong to none of its messages.
    pub(crate) fn skip(&mut self, side: Side, octets: u64) {
        of(&mut self.tracks, side).skipped += octets;
    }

    /// Octets of this side are in no capture, as the other side acknowledges more than came: there may be requests among them.
    #[cold]
    pub(crate) fn lacks(&mut self, side: Side, ctx: &Context<'_>) {
        self.exchange.lost(side, ctx.shared.now, ctx.limits);
        *of(&mut self.exchange.unheard, side) = true;
    }

    /// Octets that were missing before the protocol was known.
    pub(crate) fn miss(&mut self, octets: [u64; 2]) {
        for (track, octets) in self.tracks.iter_mut().zip(octets) {
            track.missing += octets;
        }
    }

    /// Drops octets at the head of the tail as belonging to no PDU.
    fn discard(&mut self, side: Side, octets: usize) {
        let track = of(&mut self.tracks, side);
        let carried = track.carried();
        let octets = octets.min(carried.len());
        track.skipped += octets as u64;
        let Some(lost) = &mut track.lost else {
            shift(&mut track.origins, octets);
            track.tail.drain(..octets);
            return;
        };
        let end = lost.gone + octets;
        lost.skipped += octets as u64;
        if let Some(search) = &mut lost.search {
            search.discard(track.tail.get(lost.gone..end).unwrap_or_default());
        }
        lost.gone = end;
        while lost.origins.front().is_some_and(|origin| origin.end <= end) {
            lost.origins.pop_front();
        }
        track.close_up(end);
    }

    /// Looks for the next PDU, and dissects from there on, until the tail is read or waits for more: not by calling itself,
    /// since whoever sends decides how often a place is lost in one piece.
    fn resync(&mut self, side: Side, ctx: &mut Context<'_>) {
        while self.find(side, ctx) && self.go_on(side, ctx) {}
    }

    /// Looks for the next PDU in the tail. Returns whether one begins at the head of what is carried now.
    fn find(&mut self, side: Side, ctx: &mut Context<'_>) -> bool {
        loop {
            let toward = self.way(side).toward;
            let track = of(&mut self.tracks, side);
            let Some(lost) = &mut track.lost else { return false };
            let Some(tail) = track.tail.get(lost.gone..).filter(|tail| !tail.is_empty()) else {
                return false;
            };
            match lost.resync(self.layer.protocol, tail, toward) {
                Resync::Found(at) => {
                    self.discard(side, at);
                    return true;
                }
                Resync::Wait(at) => {
                    let kept = tail.len().saturating_sub(at);
                    self.discard(side, at);
                    if kept <= ctx.limits.carried_octets {
                        return false;
                    }
                    self.discard(side, 1);
                }
            }
        }
    }

    /// A PDU begins at the head of what is carried: dissects from there on.
    fn found(&mut self, side: Side, ctx: &mut Context<'_>) {
        if self.go_on(side, ctx) {
            self.resync(side, ctx);
        }
    }

    /// Dissects from the head of what is carried on, each PDU with the frame that brought its last octet. Returns whether the
    /// place is lost again.
    fn go_on(&mut self, side: Side, ctx: &mut Context<'_>) -> bool {
        let track = of(&mut self.tracks, side);
        let Some(lost) = track.lost.take() else { return false };
        self.garbage(&lost, ctx);
        let track = of(&mut self.tracks, side);
        let tail = core::mem::take(&mut track.tail);
        let (mut at, mut origins) = (lost.gone, lost.origins);
        while let Some(rest) = tail.get(at..).filter(|rest| !rest.is_empty()) {
            let way = self.way(side);
            match self.layer.state.frame(way, rest) {
                Framing::Frame(len) => {
                    let len = len.clamp(1, rest.len());
                    let (mark, ordinal) = completed_by(&mut origins, at + len, ctx);
                    tell_frames(&mut origins, at..at + len, mark, ctx);
                    let pdu = Pdu { bytes: rest.get(..len).unwrap_or_default(), way, cut: false };
                    self.dissect(pdu, mark, ordinal, ctx);
                    at += len;
                }
                Framing::Need(total) if total <= ctx.limits.carried_octets => break,
                verdict => {
                    let reason = match verdict {
                        Framing::Malformed(reason) => reason,
                        _ => "message is longer than the limit",
                    };
                    self.lose(side, reason, ctx);
                    break;
                }
            }
        }
        let track = of(&mut self.tracks, side);
        track.tail = tail;
        let Some(lost) = &mut track.lost else {
            track.tail.drain(..at.min(track.tail.len()));
            shift(&mut origins, at);
            track.origins = origins;
            return false;
        };
        (lost.gone, lost.origins) = (at, origins);
        // The head is known to begin no PDU, or it would not have been lost.
        self.discard(side, 1);
        true
    }

    fn garbage(&self, lost: &Lost, ctx: &mut Context<'_>) {
        if lost.skipped > 0 && !lost.in_the_middle {
            let anomaly = Anomaly::new(AnomalyKind::GARBAGE, lost.reason).place("stream");
            ctx.anomaly(anomaly.at(lost.offset).length(lost.skipped));
        }
    }

    /// A whole PDU that only waits for what would confirm it is taken as one: if the other side speaks, which in a
    /// dialogue it does when the PDU was complete, or (`last`) if nothing more will come.
    fn settle(&mut self, side: Side, last: bool, ctx: &mut Context<'_>) {
        let way = self.way(side);
        let track = of(&mut self.tracks, side);
        let Some(lost) = &track.lost else { return };
        let carried = track.carried();
        if carried.is_empty() || (lost.skipped > 0 && !last) {
            return;
        }
        let dissector = &self.layer.protocol.dissector;
        let fits = matches!((dissector.probe)(carried, way.toward), Probe::Possible | Probe::Certain);
        let framed = self.layer.state.frame(way, carried);
        if fits && framed == Framing::Frame(carried.len()) {
            self.found(side, ctx);
        }
    }

    /// PDUs that wait for what would confirm them are taken as such, if the last of them, which is cut, ends where `gap` octets
    /// do that will not come: a PDU ends with its segment more often than not, and octets that are none hardly say so. Where
    /// the first of them begins with its segment, that says as much, wherever the last one ends.
    fn settle_beginning(&mut self, side: Side, gap: u64, ctx: &mut Context<'_>) {
        let way = self.way(side);
        let track = of(&mut self.tracks, side);
        let Some(lost) = track.lost.as_ref().filter(|lost| lost.skipped == 0 && lost.behind_gap == 0) else {
            return;
        };
        let dissector = &self.layer.protocol.dissector;
        let may_be = |octets: &[u8]| (dissector.probe)(octets, way.toward) != Probe::No;
        let fits = |octets: &[u8]| (dissector.probe_beginning)(octets, way.toward) != Probe::No;
        let carried = track.carried();
        if carried.is_empty() || !may_be(carried) {
            return;
        }
        let (state, mut rest) = (&self.layer.state, carried);
        while let Framing::Frame(len) = state.frame(way, rest)
            && let Some((_, behind)) =
                rest.split_at_checked(len.max(1)).filter(|(_, behind)| !behind.is_empty())
        {
            rest = behind;
        }
        let frame = |octets: &[u8]| state.frame(way, octets);
        let total = stated_length(&mut rest.to_vec(), ctx.limits.carried_octets, frame);
        let settled = if lost.begins_segment {
            (total.is_some() || rest.len() < carried.len()) && may_be(rest)
        } else {
            let ends = total.is_some_and(|total| (total - rest.len()) as u64 == gap);
            ends && fits(carried) && fits(rest)
        };
        if settled {
            self.found(side, ctx);
        }
    }

    /// How many octets of the PDU at the head of the tail are still to come, if those that came tell.
    fn outstanding(&mut self, side: Side, limits: &Limits) -> Option<u64> {
        let way = self.way(side);
        let track = of(&mut self.tracks, side);
        if let Some(lost) = &track.lost {
            return Some(lost.behind_gap).filter(|octets| *octets > 0);
        }
        let state = &self.layer.state;
        let total = stated_length(&mut track.tail, limits.carried_octets, |octets| state.frame(way, octets))?;
        Some((total - track.tail.len()) as u64)
    }

    /// Dissects what there is of the message in the tail, whose length is known. Its rest was cut off by the capture, or is
    /// missing.
    fn beginning(&mut self, side: Side, cut: bool, ctx: &mut Context<'_>) {
        let track = of(&mut self.tracks, side);
        let (tail, mut origins) = (core::mem::take(&mut track.tail), core::mem::take(&mut track.origins));
        let (mark, ordinal) = completed_by(&mut origins, tail.len(), ctx);
        tell_frames(&mut origins, 0..tail.len(), mark, ctx);
        // A gap shows only when the stream goes on behind it: a request would wait for an answer that has come before. Only
        // of a segment that was cut it shows before.
        let way = self.way(side);
        let asks = way.toward != Some(Toward::Client);
        let kept = (asks && !cut).then(|| core::mem::take(&mut self.exchange));
        self.dissect(Pdu { bytes: &tail, way, cut: true }, mark, ordinal, ctx);
        if let Some(kept) = kept {
            self.exchange = kept;
        }
    }

    /// Octets of this side are missing. Where they lie within a message, the next one begins behind it; where not, it is
    /// looked for.
    pub(crate) fn gap(&mut self, side: Side, gap: Gap, ctx: &mut Context<'_>) {
        let len = gap.octets;
        self.settle(side, true, ctx);
        self.settle_beginning(side, len, ctx);
        let outstanding = self.outstanding(side, ctx.limits).filter(|_| len > 0);
        let track = of(&mut self.tracks, side);
        if !track.tail.is_empty() && track.lost.is_none() {
            let (offset, length) = (track.offset(), track.tail.len() as u64);
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "a gap cuts the message").place("stream");
            ctx.anomaly(anomaly.at(offset).length(length));
            if outstanding.is_some() {
                self.beginning(side, gap.ends_segment, ctx);
            }
        }
        self.discard(side, usize::MAX);
        let track = of(&mut self.tracks, side);
        if let Some(lost) = track.lost.take() {
            self.garbage(&lost, ctx);
        }
        let track = of(&mut self.tracks, side);
        // How much is missing may be said by whoever sent the octets.
        track.missing = track.missing.saturating_add(len);
        let behind_gap = outstanding.and_then(|octets| octets.checked_sub(len));
        if behind_gap != Some(0) {
            self.lose(side, "no message begins here after a gap", ctx);
        }
        if let Some(lost) = &mut of(&mut self.tracks, side).lost {
            lost.behind_gap = behind_gap.unwrap_or_default();
            lost.begins_segment = gap.ends_segment;
        }
        self.exchange.lost(side, ctx.shared.now, ctx.limits);
        if outstanding.is_some() && behind_gap.is_none() {
            // What lay behind the message that is cut is lost as well.
            self.layer.gap(side);
        }
        self.layer.gap(side);
    }

    /// When something is to be said if nothing comes.
    #[inline]
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<i64> {
        self.exchange.deadline(limits)
    }

    /// Says what the passing of time decides. The context's envelope is that of [`Side::First`].
    pub(crate) fn advance(&mut self, ctx: &mut Context<'_>) {
        let now = ctx.shared.now;
        while let Some(expired) = self.exchange.overdue(now, ctx.limits) {
            self.unanswered(expired, ctx);
        }
    }

    fn unanswered(&self, expired: Expired, ctx: &mut Context<'_>) {
        if !ctx.sink.wants(Operations::schema()) {
            return;
        }
        let exchange = &self.exchange;
        let (entry, result) = (&expired.entry, Result::plain(expired.outcome));
        let mut row = entry.row(exchange.object(entry), &exchange.steps(entry), None, result, None, false);
        let mut envelope = match expired.entry.side {
            Side::First => *ctx.envelope,
            Side::Second => swapped(ctx.envelope),
        };
        envelope.protocol = entry.protocol.unwrap_or(envelope.protocol);
        if let Some(known) = &ctx.shared.description {
            known.name_operation(&envelope, &mut row);
        }
        let verdict = ctx.sink.row(&envelope, &row);
        *ctx.verdict = (*ctx.verdict).max(verdict);
    }

    /// The end of one direction: what is carried will not be completed.
    pub(crate) fn finish(&mut self, side: Side, ctx: &mut Context<'_>) {
        self.settle(side, true, ctx);
        let track = of(&mut self.tracks, side);
        if !track.tail.is_empty() && track.lost.is_none() {
            let (offset, length) = (track.offset(), track.tail.len() as u64);
            let anomaly =
                Anomaly::new(AnomalyKind::TRUNCATED, "the stream ends within a message").place("stream");
            ctx.anomaly(anomaly.at(offset).length(length));
        }
        self.discard(side, usize::MAX);
        if let Some(lost) = of(&mut self.tracks, side).lost.take() {
            self.garbage(&lost, ctx);
        }
        let (way, mark, ordinal) = (self.way(side), ctx.mark, *ctx.ordinal);
        let mut learnt = Learnt::default();
        let (state, mut out) = self.open(way, mark, ordinal, &mut learnt, ctx);
        state.end(side, &mut out);
        out.end_of_pdu();
    }

    /// The end of the conversation: requests will have no answer. The context's envelope is that of [`Side::First`].
    pub(crate) fn end(&mut self, ctx: &mut Context<'_>) {
        while let Some(expired) = self.exchange.end() {
            self.unanswered(expired, ctx);
        }
    }
}

/// One end of a conversation, as far as its owner wants it in the envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// IP address.
    pub address: Option<IpAddr>,
    /// Port.
    pub port: Option<u16>,
}

/// One conversation in one protocol, for an owner who has ordered octets already.
///
/// It keeps the unfinished tail of each direction itself and takes every octet it is given. Octets may come in pieces of
/// any size: the rows are the same.
///
/// ```
/// use fieldtap::{Config, Mark, Session, protocol::Toward, record::{Envelope, Row, Sink, Verdict}};
///
/// struct Print;
/// impl Sink for Print {
///     fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
///         println!("{} {}", envelope.frame, row.table().name);
///         Verdict::GoOn
///     }
/// }
/// # fn main() {
/// # let Some(modbus) = fieldtap::protocols::named("modbus") else { return };
/// let mut session = Session::new(modbus, Config::default());
/// let mark = Mark { file: 0, frame: 1, ts: 0 };
/// session.feed(Toward::Server, mark, b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01", &mut Print);
/// session.finish(mark, &mut Print);
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    core: Core,
    shared: Shared,
    limits: Limits,
    envelope: Envelope,
    clock: Clock,
    last: Mark,
    ordinal: u32,
    verdict: Verdict,
}

impl Session {
    /// A conversation in this protocol.
    pub fn new(protocol: &'static Protocol, config: Config) -> Self {
        let shared = Shared::new(&config, 1, &Arc::default());
        Self {
            core: Core::new(protocol, Some(Toward::Server)),
            shared,
            limits: config.limits,
            envelope: Envelope { protocol: Symbol(protocol.name), ..Envelope::default() },
            clock: Clock::default(),
            last: Mark::default(),
            ordinal: 0,
            verdict: Verdict::GoOn,
        }
    }

    /// Says who the two ends are, for the envelope of each row.
    pub fn with_peers(mut self, client: Peer, server: Peer) -> Self {
        (self.envelope.sender, self.envelope.sender_port) = (client.address, client.port);
        (self.envelope.receiver, self.envelope.receiver_port) = (server.address, server.port);
        self
    }

    fn with(
        &mut self,
        side: Side,
        mark: Mark,
        sink: &mut dyn Sink,
        act: impl FnOnce(&mut Core, &mut Context<'_>),
    ) -> Verdict {
        if mark != self.last {
            (self.last, self.ordinal) = (mark, 0);
            self.clock.hear(mark.ts);
        }
        self.shared.now = self.clock.heard(mark.ts);
        if self.shared.publishers.earliest() <= self.shared.now {
            self.publishers(mark, sink);
        }
        if self.envelope.conversation.is_none() {
            self.envelope.conversation = Some(conversation_id(mark.file, mark.frame));
        }
        let mut envelope = match side {
            Side::First => self.envelope,
            Side::Second => swapped(&self.envelope),
        };
        (envelope.file, envelope.frame, envelope.ts) = (mark.file, mark.frame, Instant(mark.ts));
        let mut ctx = Context {
            sink,
            envelope: &mut envelope,
            shared: &mut self.shared,
            limits: &self.limits,
            mark,
            ordinal: &mut self.ordinal,
            verdict: &mut self.verdict,
            side_is_first: side == Side::First,
        };
        act(&mut self.core, &mut ctx);
        self.verdict
    }

    /// Says what time decides of publishers.
    fn publishers(&mut self, mark: Mark, sink: &mut dyn Sink) {
        let (mut due, now) = (Vec::new(), self.shared.now);
        self.shared.publishers.due(now, |_, place| due.push(place));
        for place in due {
            self.shared.publishers.look(place, mark, now, sink, &mut self.verdict);
        }
    }

    /// Octets in order, sent toward the server or the client; `mark` is where they came from. Returns what the sink wants
    /// next; after [`Verdict::Leave`] or [`Verdict::Stop`] the owner should feed no more.
    pub fn feed(&mut self, toward: Toward, mark: Mark, bytes: &[u8], sink: &mut dyn Sink) -> Verdict {
        let side = side(toward);
        self.with(side, mark, sink, |core, ctx| core.feed(side, bytes, ctx))
    }

    /// One datagram, which holds whole messages.
    pub fn datagram(&mut self, toward: Toward, mark: Mark, bytes: &[u8], sink: &mut dyn Sink) -> Verdict {
        let side = side(toward);
        self.with(side, mark, sink, |core, ctx| core.datagram(side, bytes, false, ctx))
    }

    /// `len` octets are missing in this direction; 0 is an unknown number. All that are missing together are counted up to
    /// [`u64::MAX`].
    pub fn gap(&mut self, toward: Toward, mark: Mark, len: u64, sink: &mut dyn Sink) -> Verdict {
        let side = side(toward);
        self.with(side, mark, sink, |core, ctx| core.gap(side, Gap { octets: len, ends_segment: false }, ctx))
    }

    /// Time passes: requests become overdue.
    pub fn advance(&mut self, mark: Mark, sink: &mut dyn Sink) -> Verdict {
        self.clock.advance(mark.ts);
        self.with(Side::First, mark, sink, |core, ctx| core.advance(ctx))
    }

    /// The end: what is carried is counted as skipped, what waits for an answer is written.
    pub fn finish(&mut self, mark: Mark, sink: &mut dyn Sink) -> Verdict {
        for side in [Side::First, Side::Second] {
            self.with(side, mark, sink, |core, ctx| core.finish(side, ctx));
        }
        self.with(Side::First, mark, sink, |core, ctx| core.end(ctx));
        let mut places = Vec::new();
        self.shared.publishers.all(|_, place| places.push(place));
        for place in places {
            self.shared.publishers.end(place, mark, sink, &mut self.verdict);
        }
        self.verdict
    }

    /// What became of the octets sent in this direction.
    pub fn tally(&self, toward: Toward) -> Tally {
        self.core.tally(side(toward))
    }
}

const fn side(toward: Toward) -> Side {
    match toward {
        Toward::Server => Side::First,
        Toward::Client => Side::Second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Field, Row};

    /// Of how many frames it was said that they can no longer be told.
    #[derive(Default)]
    struct Forgotten(Vec<u64>);

    impl Sink for Forgotten {
        fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
            let field = |name| {
                let index = row.table().columns.iter().position(|column| column.name == name);
                index.map(|index| row.field(index))
            };
            if let (Some(Field::Symbol(FRAMES_FORGOTTEN)), Some(Field::Unsigned(count))) =
                (field("reason"), field("count"))
            {
                self.0.push(count);
            }
            Verdict::GoOn
        }
    }

    /// Octets that are discarded one by one from the head of many are not kept for long, and none of the others is moved for
    /// each of them.
    #[test]
    fn few_octets_are_kept_of_those_that_are_gone() {
        let Some(cotp) = crate::protocols::named("cotp") else { panic!("it is in the registry") };
        let limit = 4096;
        let limits = Limits { carried_octets: limit, ..Limits::default() };
        let mut session = Session::new(cotp, Config { limits, ..Config::default() });
        // Beginnings of TPKTs of as many octets as may be carried (RFC 1006 section 6).
        let octets = b"\x03\0\x10\0\x02\xf0\x80".iter().cycle().take(5 * limit);
        let (mut most, mut moved, mut last, mut sink) = (0, 0, 0, Forgotten::default());
        for (frame, octet) in core::iter::once(&b'x').chain(octets).enumerate() {
            let mark = Mark { file: 0, frame: frame as u64 + 1, ts: 0 };
            session.feed(Toward::Server, mark, core::slice::from_ref(octet), &mut sink);
            let [track, _] = &session.core.tracks;
            let gone = track.lost.as_ref().map_or(0, |lost| lost.gone);
            assert_eq!(track.carried().len(), track.tail.len() - gone);
            assert!(track.lost.as_ref().is_none_or(|lost| lost.origins.len() <= ORIGINS));
            if gone < last {
                moved += track.tail.len();
            }
            (most, last) = (most.max(track.tail.len()), gone);
        }
        let sum = session.tally(Toward::Server);
        assert_eq!(sum.skipped + sum.carried, 5 * limit as u64 + 1);
        assert!(most > limit, "{most}: none was kept, which is what is looked at here");
        assert!(most <= limit + limit / (MOVED - 1) + 8, "{most}");
        assert!(moved > 0 && moved <= 5 * limit * MOVED, "{moved}");
    }

    /// A frame whose octets are all gone is none of a message's frames, nor one of those that can no longer be told.
    #[test]
    fn frames_of_octets_that_are_gone_are_not_counted() {
        let Some(cotp) = crate::protocols::named("cotp") else { panic!("it is in the registry") };
        let mut session = Session::new(cotp, Config::default());
        // What is none, a TPKT (RFC 1006 section 6) of 900 octets that none follows, and 40 octets in it one of 1100, then one of
        // 22 that confirms it.
        let tpkt = |length: u16| {
            let [high, low] = length.to_be_bytes();
            [vec![3, 0, high, low, 2, 0xf0, 0x80], vec![0x11; usize::from(length) - 7]].concat()
        };
        let octets = [vec![b'x'], tpkt(900)[..40].to_vec(), tpkt(1100), tpkt(22)].concat();
        let mut sink = Forgotten::default();
        for (frame, octet) in octets.iter().enumerate() {
            let mark = Mark { file: 0, frame: frame as u64 + 1, ts: 0 };
            session.feed(Toward::Server, mark, core::slice::from_ref(octet), &mut sink);
        }
        let sum = session.tally(Toward::Server);
        assert_eq!((sum.messages, sum.skipped), (2, 41));
        assert_eq!(sink.0, [1100 + 22 - ORIGINS as u64]);
    }
}
