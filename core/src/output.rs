//! Where a dissector puts what it reads.
use crate::{
    Config, Description, Limits, Mark,
    common::{
        Anomaly, AnomalyKind, Answer, Asked, Before, Device, Exchange, Fact, Fit, Heard, Identities, Memory,
        Operations, Outcome, PointValue, PointWay, Points, Publication, Publisher, Publishers, Request,
        Result, Sequel, Stage, Step, Steps, UnderWay, Whose,
        facts::{Alone, FactTable, Facts, Kept, Position},
        sender,
    },
    protocol::{Framing, Pdu, Probe, Protocol, Resync, Side, State, Toward, Way},
    protocols,
    record::{
        Address, Bits, Columns, Direction, Each, Envelope, Record, Row, Series, Sink, Symbol, Table, Text,
        U16Be, Verdict, message_id, weight,
    },
    registers::RegisterValue,
    wanted::Wanted,
    wire::{Assembled, Lost, Piece, Reassembler},
};
use core::any::Any;
use std::sync::Arc;

/// Anomalies of one PDU that are said one by one; further ones are summed.
const SAID: u32 = 32;

/// What all conversations of a shard share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) memory: Memory,
    pub(crate) scratch: Vec<u8>,
    /// The time, by a clock that never runs backwards.
    pub(crate) now: i64,
    /// Every value is said, not only changes.
    pub(crate) every_message: bool,
    /// The same address in another VLAN is another device.
    vlan_in_key: bool,
    /// Octets that found no room in the scratch.
    pub(crate) scratch_dropped: u64,
    pub(crate) publishers: Publishers,
    /// What the sink wants; the same for all shards of an engine.
    pub(crate) wanted: Arc<Wanted>,
    pub(crate) facts: Arc<dyn Facts>,
    pub(crate) description: Option<Arc<Description>>,
    /// Where in the work on the capture this shard is.
    pub(crate) position: Position,
    /// Facts that this shard has told.
    told: u64,
}

impl Shared {
    /// For one shard of `shards`.
    pub(crate) fn new(config: &Config, shards: usize, wanted: &Arc<Wanted>) -> Self {
        Self {
            memory: Memory::new(&config.limits, shards),
            scratch: Vec::new(),
            now: i64::MIN,
            every_message: config.every_message,
            vlan_in_key: config.vlan_in_key,
            scratch_dropped: 0,
            publishers: Publishers::new(&config.limits, shards, config.every_message),
            wanted: Arc::clone(wanted),
            facts: facts_of(config),
            description: config.description.clone(),
            position: Position::default(),
            told: 0,
        }
    }
}

/// The table of facts that was handed in, or one of one's own.
pub(crate) fn facts_of(config: &Config) -> Arc<dyn Facts> {
    config.facts.clone().unwrap_or_else(|| Arc::new(Alone::new(&config.limits)))
}

/// One protocol of a conversation, its state, and the protocols within it.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) protocol: &'static Protocol,
    /// The key under which the protocol around it carries it.
    key: u64,
    pub(crate) state: State,
    pub(crate) children: Vec<Layer>,
}

impl Layer {
    pub(crate) fn new(protocol: &'static Protocol) -> Self {
        Self { protocol, key: 0, state: (protocol.dissector.state)(), children: Vec::new() }
    }

    /// The protocol that a conversation in this one is named after: what was first found within, if this one only carries.
    pub(crate) fn application(&self) -> &'static Protocol {
        match self.children.first() {
            Some(child) if self.protocol.dissector.carries => child.application(),
            _ => self.protocol,
        }
    }

    fn forget(&mut self) {
        self.state = (self.protocol.dissector.state)();
        self.children.iter_mut().for_each(Self::forget);
    }

    /// What this side sends is seen from its first octet on.
    pub(crate) fn begin(&mut self, side: Side) {
        self.state.begin(side);
    }

    /// Octets of one side were lost, to this protocol and so to all within it.
    pub(crate) fn gap(&mut self, side: Side) {
        self.state.gap(side);
        self.children.iter_mut().for_each(|layer| layer.gap(side));
    }
}

/// Where a dissector puts what it reads: rows, anomalies, children, and the common language.
pub struct Output<'a> {
    pub(crate) sink: &'a mut (dyn Sink + 'a),
    pub(crate) envelope: &'a mut Envelope,
    pub(crate) exchange: &'a mut Exchange,
    pub(crate) children: &'a mut Vec<Layer>,
    pub(crate) shared: &'a mut Shared,
    pub(crate) limits: &'a Limits,
    pub(crate) protocol: &'static Protocol,
    pub(crate) way: Way,
    pub(crate) mark: Mark,
    pub(crate) ordinal: u32,
    pub(crate) depth: usize,
    pub(crate) said: u32,
    /// The message that is dissected is one of which the capture holds only the beginning.
    pub(crate) cut: bool,
    pub(crate) learnt: &'a mut Learnt,
    /// What is read is no message.
    pub(crate) nothing: bool,
    pub(crate) verdict: &'a mut Verdict,
}

impl core::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Output").field("envelope", &self.envelope).finish_non_exhaustive()
    }
}

/// What is said of a message of which not all frames can be told.
pub(crate) const FRAMES_FORGOTTEN: &str = "more frames brought the message than are told apart";

impl Output<'_> {
    /// Whether anybody wants rows of this type. Ask before a row that costs something to build.
    #[inline]
    pub fn wants<R: Record>(&self) -> bool {
        self.shared.wanted.wants(&*self.sink, R::schema())
    }

    /// Puts a piece of something longer together with those before it. The sink is told which earlier frames brought
    /// them.
    #[inline]
    pub(crate) fn assemble<'p>(
        &mut self,
        pieces: &'p mut Reassembler,
        piece: &Piece<'p>,
    ) -> (Assembled<'p>, Option<Lost>) {
        let completed = (self.mark.file, self.mark.frame);
        let Self { sink, limits, .. } = self;
        let mut forgotten = 0;
        let mut tell = |earlier| sink.brought(completed, earlier);
        let taken = pieces.take_from(piece, limits, Some(completed), &mut tell, &mut forgotten);
        if forgotten > 0 {
            // Not one of those that a message may have: how many there are must not depend on how it was cut.
            self.row(&Anomaly::new(AnomalyKind::LIMIT, FRAMES_FORGOTTEN).count(forgotten).row);
        }
        taken
    }

    /// Hands out one row.
    #[inline]
    pub fn row<R: Record>(&mut self, row: &R) {
        if self.wants::<R>() {
            let verdict = self.sink.row(self.envelope, row);
            *self.verdict = (*self.verdict).max(verdict);
        }
    }

    /// Hands out the rows of a message that holds many of one type, made while they are taken: that is faster than one by
    /// one, and nothing is made of what nobody wants.
    #[inline]
    pub fn series<R: Record>(&mut self, rows: impl Iterator<Item = R>) {
        if self.wants::<R>() {
            self.rows(&mut Each(rows));
        }
    }

    /// The same, of rows that are known to be wanted.
    #[inline]
    pub(crate) fn rows(&mut self, series: &mut dyn Series) {
        let verdict = self.sink.series(self.envelope, series);
        *self.verdict = (*self.verdict).max(verdict);
    }

    /// What this message is to its dialogue. State it before the first row.
    pub fn set_direction(&mut self, direction: Direction) {
        self.envelope.direction = Some(direction);
    }

    /// What this message is to its dialogue, as far as it has been stated, here or by the parent.
    pub fn direction(&self) -> Option<Direction> {
        self.envelope.direction
    }

    /// Tells which role the content of this message proves: it goes toward a server, or toward a client. Where nothing told
    /// of roles before, the rows that follow say so too.
    pub fn learn(&mut self, toward: Toward) {
        self.learnt.toward = Some(toward);
        if self.way.toward.is_none() {
            self.envelope.from_originator = toward == Toward::Server;
        }
    }

    /// Like [`Output::learn`], where messages have proven the roles to be others than handshake, ports or earlier messages told:
    /// what follows goes by these.
    pub fn overrule(&mut self, toward: Toward) {
        self.learn(toward);
        self.learnt.overrules = true;
    }

    /// The octets are no message: nothing can be read of them. They are counted as skipped.
    pub fn no_message(&mut self) {
        self.nothing = true;
    }

    /// What a description of the substation says, if one was handed in.
    pub fn description(&self) -> Option<Arc<Description>> {
        self.shared.description.clone()
    }

    /// Who sent this message, and where to.
    pub fn way(&self) -> Way {
        self.way
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        self.limits
    }

    /// Time of the frame that completed this message, nanoseconds since 1970-01-01 UTC.
    pub fn ts(&self) -> i64 {
        self.mark.ts
    }

    /// The identity of this message.
    pub fn message(&self) -> u64 {
        message_id(self.mark.file, self.mark.frame, self.ordinal)
    }

    /// Whether every value is to be said, not only changes.
    pub fn every_message(&self) -> bool {
        self.shared.every_message
    }

    /// Says that something is wrong. Of one PDU, 32 are said one by one; the last stands for all further ones.
    #[cold]
    pub fn anomaly(&mut self, anomaly: Anomaly) {
        self.said = self.said.saturating_add(1);
        if self.said <= SAID {
            self.row(&anomaly.row);
        }
    }

    pub(crate) fn end_of_pdu(&mut self) {
        if self.said > SAID {
            let further = self.said - SAID;
            self.said = 0;
            self.anomaly(
                Anomaly::new(AnomalyKind::LIMIT, "further anomalies in this message").count(further),
            );
        }
        self.said = 0;
    }

    /// The buffer for composed names (paths, tags), empty. Give it back with [`Output::give_back`].
    pub fn take_scratch(&mut self) -> Scratch {
        let mut octets = core::mem::take(&mut self.shared.scratch);
        octets.clear();
        Scratch { octets, most: self.limits.scratch_octets, dropped: 0 }
    }

    /// Gives the buffer for composed names back, and says so if it was too small.
    pub fn give_back(&mut self, scratch: Scratch) {
        if scratch.dropped > 0 {
            self.shared.scratch_dropped = self.shared.scratch_dropped.saturating_add(scratch.dropped);
            self.anomaly(
                Anomaly::new(AnomalyKind::LIMIT, "composed name is too long").length(scratch.dropped),
            );
        }
        self.shared.scratch = scratch.octets;
    }

    /// Hands octets to the protocol that is registered within this one under `key`. Returns false if there is none.
    pub fn child(&mut self, key: u64, bytes: &[u8]) -> bool {
        let known = self.children.iter().position(|layer| layer.key == key);
        let protocol = match known.and_then(|place| self.children.get(place)) {
            Some(layer) => layer.protocol,
            None => match protocols::within(self.protocol, key) {
                Some(protocol) => protocol,
                None => return false,
            },
        };
        if self.depth >= self.limits.layers {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "protocols are nested too deeply");
            self.anomaly(anomaly.numbers(self.limits.layers as u64, self.depth as u64 + 1));
            return true;
        }
        let same = |layer: &Layer| layer.protocol == protocol;
        let place = known.or_else(|| self.children.iter().position(same)).unwrap_or_else(|| {
            self.children.push(Layer { key, ..Layer::new(protocol) });
            self.children.len() - 1
        });
        let Some(layer) = self.children.get_mut(place) else { return false };
        let (name, direction) = (self.envelope.protocol, self.envelope.direction);
        self.envelope.protocol = Symbol(protocol.name);
        let mut out = Output {
            sink: &mut *self.sink,
            envelope: &mut *self.envelope,
            exchange: &mut *self.exchange,
            children: &mut layer.children,
            shared: &mut *self.shared,
            limits: self.limits,
            protocol,
            way: self.way,
            mark: self.mark,
            ordinal: self.ordinal,
            depth: self.depth + 1,
            said: self.said,
            cut: self.cut,
            learnt: &mut *self.learnt,
            nothing: false,
            verdict: &mut *self.verdict,
        };
        out.whole(&mut layer.state, bytes, self.cut);
        let said = out.said;
        self.said = said;
        self.envelope.protocol = name;
        self.envelope.direction = direction;
        true
    }

    /// Asks the protocols within this one whose octets these are, by their `probe`: those that were found before are asked
    /// first. Returns the key of the child.
    pub fn ask_children(&self, bytes: &[u8]) -> Option<u64> {
        let answer = |protocol: &Protocol| protocol.dissector.probe(bytes, self.way.toward);
        let known = self.children.iter().find(|layer| answer(layer.protocol) != Probe::No);
        if let Some(layer) = known {
            return Some(layer.key);
        }
        let mut possible = None;
        for (key, protocol) in protocols::children(self.protocol) {
            match answer(protocol) {
                Probe::Certain => return Some(key),
                Probe::Possible | Probe::More(_) => possible = possible.or(Some(key)),
                Probe::No => {}
            }
        }
        possible
    }

    /// Whether the capture holds only the beginning of what is read: what is missing there is nobody's fault.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The key of the only child that was found before.
    pub fn only_child(&self) -> Option<u64> {
        match self.children.as_slice() {
            [only] => Some(only.key),
            _ => None,
        }
    }

    /// Makes the protocols within this one begin anew: what they remember belongs to an association that is over.
    pub fn forget_children(&mut self) {
        self.children.iter_mut().for_each(Layer::forget);
    }

    /// Like [`Output::child`], for a child whose requests and answers are told apart by something that only the parent
    /// has: `pairing` is what the child is given by [`Output::pairing`].
    pub fn child_of(&mut self, key: u64, pairing: Pairing, bytes: &[u8]) -> bool {
        let before = core::mem::replace(&mut self.exchange.pairing, pairing);
        let found = self.child(key, bytes);
        self.exchange.pairing = before;
        found
    }

    /// What the parent pairs requests and answers by; key 0 and no station without such a parent.
    pub fn pairing(&self) -> Pairing {
        self.exchange.pairing
    }

    /// Dissects octets that hold whole PDUs: a datagram, or what a parent hands to its child.
    pub(crate) fn whole(&mut self, state: &mut State, bytes: &[u8], cut: bool) -> Whole {
        let (mut rest, mut whole) = (bytes, Whole::default());
        while !rest.is_empty() {
            let (len, short) = match state.frame(self.way, rest) {
                Framing::Frame(len) => (len.clamp(1, rest.len()), false),
                Framing::Need(_) => (rest.len(), true),
                Framing::Malformed(reason) => {
                    let offset = (bytes.len() - rest.len()) as u64;
                    let (skipped, behind) = self.next_message(rest);
                    let kind = match whole.messages {
                        _ if !behind.is_empty() => AnomalyKind::GARBAGE,
                        0 => AnomalyKind::MALFORMED,
                        _ => AnomalyKind::TRAILING,
                    };
                    let message = self.envelope.message;
                    if kind == AnomalyKind::GARBAGE {
                        // It is of neither of the messages around it.
                        self.envelope.message = None;
                    }
                    self.anomaly(Anomaly::new(kind, reason).at(offset).length(skipped.len() as u64));
                    self.envelope.message = message;
                    whole.skipped += skipped.len() as u64;
                    rest = behind;
                    continue;
                }
            };
            if short && !cut {
                let offset = (bytes.len() - rest.len()) as u64;
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message ends before its length");
                self.anomaly(anomaly.at(offset).length(rest.len() as u64));
            }
            // A message that fills whatever it is given is cut with it.
            let way = self.way;
            let fills = |(_, less): (&u8, &[u8])| matches!(state.frame(way, less), Framing::Frame(len) if len >= less.len());
            let short_of_capture = cut && rest.len() == len && rest.split_last().is_some_and(fills);
            let Some((bytes, behind)) = rest.split_at_checked(len) else { break };
            if self.depth == 1 {
                self.envelope.message = Some(self.message());
            }
            self.cut = short || short_of_capture;
            self.nothing = false;
            state.dissect(Pdu { bytes, way: self.way, cut: self.cut }, self);
            if self.nothing {
                whole.skipped += len as u64;
            } else {
                whole.messages += 1;
                whole.dissected += len as u64;
            }
            rest = behind;
            if self.depth == 1 {
                self.ordinal = self.ordinal.saturating_add(1);
                self.envelope.direction = None;
            }
        }
        whole
    }

    /// Octets of a datagram at whose head no message begins, up to the next one that does, and from there on. What a parent
    /// hands to its child is one message.
    #[cold]
    fn next_message<'b>(&self, bytes: &'b [u8]) -> (&'b [u8], &'b [u8]) {
        let found = match bytes.split_first() {
            Some((_, behind)) if self.depth == 1 => {
                match (self.protocol.dissector.resync)(behind, self.way.toward) {
                    Resync::Found(at) => Some(at + 1),
                    Resync::Wait(_) => None,
                }
            }
            _ => None,
        };
        found.and_then(|at| bytes.split_at_checked(at)).unwrap_or((bytes, &[]))
    }

    // The common language.

    /// Remembers a request until its answer. Returns whether the same request, by key and numbers, is waiting already and
    /// this is the first time that it comes again, to a side that is in the capture.
    pub fn request(&mut self, request: &Request<'_>) -> bool {
        self.request_at(request, Stage::EXECUTE)
    }

    /// Like [`Output::request`], for an operation that begins with a select: it waits for the select to be confirmed, then
    /// to be executed. See [`Output::advance`].
    pub fn select(&mut self, request: &Request<'_>) -> bool {
        self.request_at(request, Stage::SELECT)
    }

    /// Like [`Output::request`], for one that is answered only if it is refused: without an answer it was
    /// [unconfirmed](Outcome::UNCONFIRMED).
    pub fn request_silence(&mut self, request: &Request<'_>) -> bool {
        let repeated = self.request(request);
        self.exchange.expect_silence();
        repeated
    }

    fn request_at(&mut self, request: &Request<'_>, stage: Stage) -> bool {
        let (side, mark, ordinal, now) = (self.way.side, self.mark, self.ordinal, self.shared.now);
        let exchange = &mut *self.exchange;
        exchange.protocol = (self.depth > 1).then_some(Symbol(self.protocol.name));
        let repeated = exchange.request(request, stage, side, mark, ordinal, now, self.limits);
        self.sink.asked(self.envelope, request);
        self.forget();
        repeated
    }

    /// Says who had to make room for a request.
    #[inline]
    fn forget(&mut self) {
        if let Some(asked) = self.exchange.forgotten() {
            // Of what was accepted nothing more need come.
            let outcome = match asked.stage {
                Stage::ACCEPTED | Stage::RETURNED => Outcome::ACCEPTED,
                _ => Outcome::FORGOTTEN,
            };
            self.operation(&asked, Result::plain(outcome), false);
        }
    }

    /// A request that expects no answer: its operation is written at once.
    pub fn unconfirmed(&mut self, request: &Request<'_>) {
        self.sink.asked(self.envelope, request);
        let entry = Asked::new(request, self.way.side, self.mark, self.message());
        let result = Result::plain(Outcome::UNCONFIRMED);
        let description = self.description();
        let mut row = entry.row(request.object, &Steps::default(), None, result, None, false);
        if let Some(known) = &description {
            known.name_operation(self.envelope, &mut row);
        }
        self.row(&row);
    }

    /// A request that makes no operation: a cancel of what was not seen, one that comes again. The sink is told of it.
    pub fn ask(&mut self, request: &Request<'_>) {
        self.sink.asked(self.envelope, request);
    }

    /// The request that this message answers; it waits no longer. Say how it ended with [`Output::complete`].
    pub fn answer(&mut self, key: u64) -> Answer {
        self.exchange.answer(key, self.way.side, self.shared.now)
    }

    /// Like [`Output::answer`], where several requests may wait under one key and `fit` tells which of them the answer fits:
    /// where they are several, whose sender reuses a transaction identifier or has none, one answer that is lost would else
    /// shift all that follow. One that it does [not](Fit::Not) fit is never given.
    pub fn answer_fitting(&mut self, key: u64, under_way: UnderWay, fit: impl Fn(&Asked) -> Fit) -> Answer {
        let times = (self.mark.ts, self.shared.now);
        self.exchange.answer_fitting(key, self.way.side, under_way, times, fit)
    }

    /// Whether a request waits under this key that the receiver has given up for another one: an answer that fits no other may
    /// be its own after all.
    pub fn gave_up(&self, key: u64) -> bool {
        self.exchange.gave_up(key, self.way.side)
    }

    /// Whether octets of whom this message answers are known to be lost, with perhaps its request.
    pub(crate) fn may_lack_request(&self) -> bool {
        self.exchange.may_lack(self.way.side.other(), self.shared.now)
    }

    /// Whether the capture lacks octets of whom this message answers, since that side was last heard.
    pub(crate) fn asker_is_unheard(&self) -> bool {
        let asker = self.way.side.other();
        self.exchange.unheard.get(asker.index()).is_some_and(|unheard| *unheard)
    }

    /// Who asks under this key now gives up what waits under it: an answer that comes is that to the new request. Not given up is
    /// what has these numbers, which is asked once more. What is given up stays unanswered.
    pub(crate) fn give_up(&mut self, key: u64, but: [u64; 2]) {
        self.exchange.give_up(key, self.way.side, but);
    }

    /// The request that [`Output::answer_fitting`] would give; it goes on waiting.
    pub fn peek_fitting(&self, key: u64, under_way: UnderWay, fit: impl Fn(&Asked) -> Fit) -> Option<Asked> {
        self.exchange.peek_fitting(key, self.way.side, under_way, self.mark.ts, fit)
    }

    /// The request that this message speaks of; it goes on waiting.
    pub fn peek(&self, key: u64) -> Option<Asked> {
        self.exchange.peek(key, self.way.side)
    }

    /// Whether a request of the sender itself waits under this key, and its time-out has not passed.
    pub fn waits(&self, key: u64) -> bool {
        self.exchange.waits(key, self.way.side)
    }

    /// The request that this message ends as the word on `stage`: of those that have not come so far, the one that has
    /// come farthest, which waits no longer. A refused select is the word on [`Stage::SELECTED`], a termination that on
    /// [`Stage::TERMINATED`]. Say how it ended with [`Output::complete`].
    pub fn answer_at(&mut self, key: u64, stage: Stage) -> Answer {
        self.exchange.answer_at(key, self.way.side, stage, self.shared.now)
    }

    /// Like [`Output::answer_at`], where the message has a number, as in [`Output::advance_numbered`].
    pub(crate) fn answer_numbered(&mut self, key: u64, stage: Stage, number: Option<u64>) -> Answer {
        self.exchange.answer_numbered(key, self.way.side, stage, number, self.shared.now)
    }

    /// Like [`Output::answer_at`], of the request that this message asked.
    pub(crate) fn answer_to(&mut self, key: u64, stage: Stage, message: u64) -> Answer {
        self.exchange.answer_to(key, self.way.side, stage, message, self.shared.now)
    }

    /// The request that [`Output::advance`] to this stage would find; nothing changes.
    pub fn peek_before(&self, key: u64, stage: Stage) -> Option<Asked> {
        self.peek_numbered(key, stage, None)
    }

    /// The request that [`Output::advance_numbered`] to this stage would find; nothing changes.
    pub(crate) fn peek_numbered(&self, key: u64, stage: Stage, number: Option<u64>) -> Option<Asked> {
        self.exchange.peek_before(key, self.asker(stage), stage, number)
    }

    /// This message brings a waiting request to `stage`; it waits anew for its next word. Execute is sent by the one who
    /// asked, all other stages are words of the device. `None` if no request waits for that.
    pub fn advance(&mut self, key: u64, stage: Stage) -> Option<Asked> {
        self.advance_as(key, stage, key)
    }

    /// Like [`Output::advance`], where the next word repeats another key than the one before.
    pub fn advance_as(&mut self, key: u64, stage: Stage, new_key: u64) -> Option<Asked> {
        self.advance_numbered(key, stage, new_key, None)
    }

    /// Like [`Output::advance_as`], where the message has a number, which is the second of the numbers of the request that it
    /// belongs to; one whose number is 0 takes it.
    pub(crate) fn advance_numbered(
        &mut self,
        key: u64,
        stage: Stage,
        new_key: u64,
        number: Option<u64>,
    ) -> Option<Asked> {
        let (asker, step, now) = (self.asker(stage), self.step(), self.shared.now);
        let asked = self.exchange.advance(key, new_key, asker, stage, step, number, now)?;
        if stage.is_asked() {
            self.sink.asked(self.envelope, &asked.request(self.exchange.object(&asked)));
        }
        Some(asked)
    }

    /// The sender asks to cancel its request under this key; it waits anew, for the word on that.
    pub fn cancel(&mut self, key: u64) -> Option<Asked> {
        self.cancel_numbered(key, None)
    }

    /// Like [`Output::cancel`], of the request with this number, as in [`Output::advance_numbered`].
    pub(crate) fn cancel_numbered(&mut self, key: u64, number: Option<u64>) -> Option<Asked> {
        self.cancel_before(key, Stage::TERMINATED, number)
    }

    /// Like [`Output::cancel`], of the request with this number that has not come to this stage.
    pub(crate) fn cancel_before(&mut self, key: u64, stage: Stage, number: Option<u64>) -> Option<Asked> {
        let (side, step, now) = (self.way.side, self.step(), self.shared.now);
        let asked = self.exchange.cancel_before(key, side, stage, step, number, now)?;
        self.sink.asked(self.envelope, &asked.request(self.exchange.object(&asked)));
        Some(asked)
    }

    /// Like [`Output::cancel`], where the request to cancel is an operation of its own: the sink was told of that.
    pub fn note_cancel(&mut self, key: u64) -> Option<Asked> {
        self.note_cancel_numbered(key, None)
    }

    /// Like [`Output::note_cancel`], of the request with this number, as in [`Output::advance_numbered`].
    pub(crate) fn note_cancel_numbered(&mut self, key: u64, number: Option<u64>) -> Option<Asked> {
        let (side, step, now) = (self.way.side, self.step(), self.shared.now);
        self.exchange.cancel(key, side, step, number, now)
    }

    /// The receiver asked by `cancel` to cancel its request under this key and with this number, before it waited there.
    pub(crate) fn note_cancelled(&mut self, key: u64, cancel: &Asked, number: Option<u64>) {
        let step = Step { ts: cancel.ts, message: cancel.message };
        self.exchange.note_cancelled(key, self.way.side.other(), step, number);
    }

    /// What the receiver has selected under this key lapses: it has selected anew.
    pub(crate) fn lapse(&mut self, key: u64) {
        while let Some(asked) = self.exchange.take_selected(key, self.way.side.other()) {
            // The row of one that is overdue is written.
            if !asked.late {
                self.operation(&asked, Result::plain(Outcome::LAPSED), false);
            }
        }
    }

    /// A request of the sender itself, which this message makes void; it waits no longer. Say how it ended with
    /// [`Output::complete`].
    pub fn withdraw(&mut self, key: u64) -> Option<Asked> {
        self.exchange.withdraw(key, self.way.side)
    }

    /// This message is a station's first answer to a request that was sent to all: from now on an operation of its own
    /// waits under `own_key`. The request itself gives no row then. False if no such request waits.
    pub fn share_out(&mut self, key: u64, own_key: u64, station: u32) -> bool {
        let (asker, now) = (self.way.side.other(), self.shared.now);
        let waits = self.exchange.share_out(key, asker, own_key, station, now, self.limits);
        self.forget();
        waits
    }

    /// Like [`Output::share_out`], where several requests may wait under one key and this is the one.
    pub(crate) fn share_out_of(&mut self, asked: &Asked, own_key: u64, station: u32) -> bool {
        let shared = self.exchange.share_out_of(asked, own_key, station, self.shared.now, self.limits);
        self.forget();
        shared
    }

    fn asker(&self, stage: Stage) -> crate::protocol::Side {
        if stage.is_asked() { self.way.side } else { self.way.side.other() }
    }

    fn step(&self) -> Step {
        Step { ts: self.mark.ts, message: self.message() }
    }

    /// Writes the operation that `asked` began and this message ends.
    pub fn complete(&mut self, asked: &Asked, result: Result) {
        self.operation(asked, result, true);
    }

    fn operation(&mut self, asked: &Asked, result: Result, answered: bool) {
        if !self.wants::<Operations<'_>>() {
            return;
        }
        let answer = answered.then(|| (self.mark, self.message()));
        let (object, steps) = (self.exchange.object(asked), self.exchange.steps(asked));
        let late = answered && asked.late;
        let mut row = asked.row(object, &steps, asked.ends, result, answer, late);
        let flip = asked.side != self.way.side;
        let mut envelope = if flip { swapped(self.envelope) } else { *self.envelope };
        envelope.protocol = asked.protocol.unwrap_or(envelope.protocol);
        if let Some(known) = &self.shared.description {
            known.name_operation(&envelope, &mut row);
        }
        let verdict = self.sink.row(&envelope, &row);
        *self.verdict = (*self.verdict).max(verdict);
    }

    /// Writes an operation whose request was not seen: `request` holds what its answer tells of it.
    pub fn unasked(&mut self, request: &Request<'_>, result: Result) {
        if !self.wants::<Operations<'_>>() {
            return;
        }
        let entry = Asked::new(request, self.way.side.other(), self.mark, 0);
        let answer = Some((self.mark, self.message()));
        let mut row = entry.row(request.object, &Steps::default(), None, result, answer, false);
        (row.requested, row.latency, row.request_message) = (None, None, None);
        let envelope = swapped(self.envelope);
        if let Some(known) = &self.shared.description {
            known.name_operation(&envelope, &mut row);
        }
        let verdict = self.sink.row(&envelope, &row);
        *self.verdict = (*self.verdict).max(verdict);
    }

    fn whose(&self, whose: Whose) -> Option<Address> {
        let (ip, mac) = match whose {
            Whose::Sender => (self.envelope.sender, self.envelope.sender_mac),
            Whose::Receiver => (self.envelope.receiver, self.envelope.receiver_mac),
        };
        ip.map(Address::Ip).or(mac.map(Address::Mac))
    }

    /// The device as it is remembered.
    fn remembered(&self, address: Option<Address>) -> Device {
        let vlan = if self.shared.vlan_in_key { self.vlan().unwrap_or_default() } else { 0 };
        Device { address, vlan }
    }

    /// Who sent this message: an IP address, or a MAC address where there is no IP.
    pub fn sender(&self) -> Option<Address> {
        sender(self.envelope)
    }

    /// The ports of sender and receiver.
    pub fn ports(&self) -> (Option<u16>, Option<u16>) {
        (self.envelope.sender_port, self.envelope.receiver_port)
    }

    /// The VLAN of this message. None for priority tags, whose identifier is 0.
    pub fn vlan(&self) -> Option<u16> {
        self.envelope.vlan.filter(|vlan| *vlan != 0)
    }

    /// Whether anybody wants points.
    #[inline]
    pub fn wants_points(&self) -> bool {
        self.wants::<Points<'_>>()
    }

    /// Says the value of one point, if it is new, changed, or every value is to be said. The row's device is filled in;
    /// `value` and the row's value columns must agree, so give the value by [`Point::value`].
    pub fn point(&mut self, whose: Whose, point: &Point<'_>) {
        if !self.wants_points() {
            return;
        }
        let device = self.whose(whose);
        if !self.shared.every_message {
            let remembered = self.remembered(device);
            let memory = &mut self.shared.memory;
            let value = match point.value {
                PointValue::Truth(truth) => truth.into(),
                PointValue::Integer(integer) => integer as u64,
                PointValue::Number(number) => number.to_bits(),
                PointValue::Text(Text(octets)) | PointValue::Bits(octets) => memory.name(octets),
            };
            // A change of quality is a change.
            let value = value ^ u64::from(point.quality.unwrap_or_default()).rotate_left(32);
            let address = match (point.address, point.name) {
                (Some(address), None) => address,
                (address, name) => {
                    memory.name(name.unwrap_or_default().0) ^ address.unwrap_or_default().rotate_left(32)
                }
            };
            let mut changed = false;
            let values = core::iter::once(value);
            memory.changes(remembered, point.station, point.space.0, address, values, |_| changed = true);
            if !changed {
                return;
            }
        }
        let (description, mut row) = (self.description(), point.row(device));
        if let Some(known) = &description {
            known.name_point(device, &mut row);
        }
        self.row(&row);
    }

    /// Says the values of several points, as [`Output::point`] does of each: where every value is to be said, that is faster
    /// than one by one.
    pub fn points<'p>(&mut self, whose: Whose, points: impl Iterator<Item = Point<'p>>) {
        if !self.wants_points() {
            return;
        }
        if !self.shared.every_message {
            return points.for_each(|point| self.point(whose, &point));
        }
        let (device, description) = (self.whose(whose), self.description());
        match &description {
            None => self.series(points.map(|point| point.row(device))),
            Some(known) => self.series(points.map(|point| {
                let mut row = point.row(device);
                known.name_point(device, &mut row);
                row
            })),
        }
    }

    /// The same, of points that are told rather than iterated over.
    pub(crate) fn told_points(&mut self, whose: Whose, points: &impl TellPoints) {
        if !self.wants_points() {
            return;
        }
        if !self.shared.every_message {
            return points.tell(|point| self.point(whose, point));
        }
        let (device, description) = (self.whose(whose), self.description());
        self.rows(&mut Told { points, device, known: description.as_deref(), taken: 0 });
    }

    /// Says the values of a run of 16-bit registers that begins at `first`.
    pub fn registers(
        &mut self,
        whose: Whose,
        way: PointWay,
        station: u32,
        space: Symbol,
        first: u16,
        values: U16Be<'_>,
    ) {
        if let Some(known) = &self.shared.description
            && known.has_register_values(self.whose(whose))
        {
            let known = Arc::clone(known);
            return self.typed_registers(&known, whose, way, station, space, first, values);
        }
        let get = |index: u64| values.get(index as usize).unwrap_or_default();
        let all = values.iter().map(u64::from);
        self.run(whose, way, station, space, first, all, |index| get(index).into());
    }

    /// The same, of a device of which it is known how numbers lie in its registers: the row of the first register of a number
    /// has that number, if the message holds all of it.
    #[inline(never)]
    #[allow(clippy::too_many_arguments)]
    fn typed_registers(
        &mut self,
        known: &Description,
        whose: Whose,
        way: PointWay,
        station: u32,
        space: Symbol,
        first: u16,
        values: U16Be<'_>,
    ) {
        if !self.wants_points() {
            return;
        }
        let (device, station, first) = (self.whose(whose), Some(station), u64::from(first));
        let typed = |index| known.register_value(device, station, space.0, first + index);
        let row = |index: u64| {
            let register = values.get(index as usize).unwrap_or_default();
            let (typed, plain) = (typed(index), PointValue::Integer(register.into()));
            let value = typed.and_then(|typed| typed.read(values, index));
            let mut point = Point::new(space, way, value.unwrap_or(plain));
            (point.station, point.address) = (station, Some(first + index));
            let mut row = point.row(device);
            known.name_point(device, &mut row);
            if typed.is_some() && value.is_none() {
                // It is a part of what has that name.
                (row.plant_name, row.unit) = (None, None);
            }
            row
        };
        if self.shared.every_message {
            return self.series((0..values.len() as u64).map(row));
        }
        let remembered = self.remembered(device);
        let (sink, envelope, verdict) = (&mut *self.sink, &*self.envelope, &mut *self.verdict);
        let mut next = 0;
        let changed = |index: u64| {
            // A number changes with any of its registers.
            for begin in Description::may_begin(index).filter(|begin| *begin < index) {
                let reaches = |typed: RegisterValue| {
                    begin + typed.number.registers() > index && typed.read(values, begin).is_some()
                };
                if begin >= next && typed(begin).is_some_and(reaches) {
                    *verdict = (*verdict).max(sink.row(envelope, &row(begin)));
                }
            }
            *verdict = (*verdict).max(sink.row(envelope, &row(index)));
            next = index + 1;
        };
        let all = values.iter().map(u64::from);
        self.shared.memory.changes(remembered, station, space.0, first, all, changed);
    }

    /// Says the values of a run of coils or inputs that begins at `first`.
    pub fn bits(
        &mut self,
        whose: Whose,
        way: PointWay,
        station: u32,
        space: Symbol,
        first: u16,
        values: Bits<'_>,
    ) {
        let get = |index: u64| values.get(index as usize).unwrap_or_default();
        let all = values.iter().map(u64::from);
        self.run(whose, way, station, space, first, all, |index| get(index).into());
    }

    #[allow(clippy::too_many_arguments)]
    fn run(
        &mut self,
        whose: Whose,
        way: PointWay,
        station: u32,
        space: Symbol,
        first: u16,
        values: impl Iterator<Item = u64>,
        value: impl Fn(u64) -> i64,
    ) {
        if !self.wants_points() {
            return;
        }
        let device = self.whose(whose);
        let description = self.description();
        // All rows of a run differ in address and value, and so in what the plant calls them.
        let mut point = Point::new(space, way, PointValue::Integer(0));
        point.station = Some(station);
        let row = point.row(device);
        let plain = |index: u64| {
            let (address, integer) = (Some(u64::from(first) + index), Some(value(index)));
            Points { address, integer, ..row }
        };
        let named = |index: u64| {
            let mut row = plain(index);
            if let Some(known) = &description {
                known.name_point(device, &mut row);
            }
            row
        };
        if self.shared.every_message {
            // Without names a row need not be changed once it is made.
            return match &description {
                None => self.series(values.zip(0..).map(|(_, index)| plain(index))),
                Some(_) => self.series(values.zip(0..).map(|(_, index)| named(index))),
            };
        }
        let remembered = self.remembered(device);
        let (sink, envelope, verdict) = (&mut *self.sink, &*self.envelope, &mut *self.verdict);
        let say = |index: u64| *verdict = (*verdict).max(sink.row(envelope, &named(index)));
        self.shared.memory.changes(remembered, Some(station), space.0, first.into(), values, say);
    }

    /// Takes a message of a publisher of cyclic messages, before its rows are built. `rules` is given what the protocol
    /// remembers of this publisher, and says what the message is to those before it. If the answer's `say` is false, no
    /// row is to be said of it: it is summed in `streams`.
    pub fn publish<P: Publisher + Default>(
        &mut self,
        about: &Publication<'_>,
        rules: impl FnOnce(&mut P, &Before) -> Sequel,
    ) -> Heard {
        let name = self.protocol.name;
        let outcome = self.shared.publishers.hear(
            name,
            about,
            self.envelope,
            self.mark.ts,
            self.shared.now,
            rules,
            &mut *self.sink,
            &mut *self.verdict,
        );
        if outcome.full {
            self.anomaly(Anomaly::new(
                AnomalyKind::LIMIT,
                "too many publishers: further ones are not summed",
            ));
        }
        outcome.heard
    }

    fn facts<R>(&self, act: impl FnOnce(&mut FactTable) -> R) -> Option<R> {
        let (mut act, mut found) = (Some(act), None);
        self.shared.facts.at(self.shared.position, &mut |table| {
            if let Some(act) = act.take() {
                found = Some(act(table));
            }
        });
        found
    }

    /// Tells a fact that conversations of other hosts may need, in place of the one told before under this key; `octets` is
    /// about what it takes. It is told and asked for in the order of the capture, which may mean to wait for other
    /// threads: a protocol does so for few messages.
    pub fn tell_fact<T: Any + Send + Sync>(&mut self, key: &[u8], value: Arc<T>, octets: usize) {
        let protocol = self.protocol.name;
        self.shared.told += 1;
        let reason = match self.facts(|table| table.put(protocol, key, value, octets)) {
            Some(Kept::Evicting) => "too many facts: one that nobody has asked for is forgotten",
            Some(Kept::No) => "too many facts: this one is not kept",
            Some(Kept::Yes) | None => return,
        };
        self.anomaly(Anomaly::new(AnomalyKind::LIMIT, reason));
    }

    /// The fact that was told under this key, by this protocol in any conversation. Ask seldom, as with
    /// [`Output::tell_fact`], and keep the answer.
    pub fn ask_fact<T: Any + Send + Sync>(&self, key: &[u8]) -> Option<Arc<T>> {
        let protocol = self.protocol.name;
        self.facts(|table| table.get(protocol, key)).flatten()?.downcast().ok()
    }

    /// How many facts have been told by conversations of this one's hosts: if it has not changed, nothing new is to be
    /// asked for from them.
    pub fn facts_told(&self) -> u64 {
        self.shared.told
    }

    /// Says that the sender goes by this name. Returns who else did first, if somebody did.
    pub fn claim(&self, name: &[u8]) -> Option<Address> {
        let (protocol, sender) = (self.protocol.name, sender(self.envelope)?);
        let mut settled = None;
        self.shared.facts.now(&mut |table| settled = table.claimed(protocol, name, sender));
        settled.unwrap_or_else(|| self.facts(|table| table.claim(protocol, name, sender)).flatten())
    }

    /// Says a fact that the sender tells of itself, if it is new, changed, or every message is to be said.
    pub fn identity(
        &mut self,
        station: Option<u32>,
        fact: Fact,
        number: Option<u32>,
        value: Text<'_>,
        source: Symbol,
    ) {
        self.identity_of(self.whose(Whose::Sender), station, fact, number, value, source);
    }

    /// Like [`Output::identity`], of a device that the sender speaks for.
    pub fn identity_of(
        &mut self,
        whose: Option<Address>,
        station: Option<u32>,
        fact: Fact,
        number: Option<u32>,
        value: Text<'_>,
        source: Symbol,
    ) {
        if !self.wants::<Identities<'_>>() {
            return;
        }
        let remembered = self.remembered(whose);
        let told = self.shared.memory.told(remembered, station, fact, number, value.0);
        if !(told || self.shared.every_message) {
            return;
        }
        let readable = core::str::from_utf8(value.0).is_ok_and(|text| !text.chars().any(char::is_control));
        let (device, device_mac) = match whose {
            Some(Address::Ip(ip)) => (Some(ip), None),
            Some(Address::Mac(mac)) => (None, Some(mac)),
            None => (None, None),
        };
        let description = self.description();
        let name = description.as_deref().and_then(|known| known.device_name(whose, station));
        let device_name = name.map(Text::from);
        self.row(&Identities {
            device,
            device_mac,
            station,
            fact,
            number,
            value,
            readable,
            source,
            device_name,
        });
    }
}

/// A point's value in the making.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<'a> {
    /// What kind of point it is.
    pub space: Symbol,
    /// How the value came to be seen.
    pub way: PointWay,
    /// The value.
    pub value: PointValue<'a>,
    /// Station below the address.
    pub station: Option<u32>,
    /// Address of the point, where points have numbers.
    pub address: Option<u64>,
    /// Name of the point, where points have names.
    pub name: Option<Text<'a>>,
    /// Whether the device vouches for the value.
    pub good: Option<bool>,
    /// The protocol's own quality bits.
    pub quality: Option<u32>,
    /// The device's time stamp, UTC.
    pub device_time: Option<crate::record::Instant>,
    /// The device's time stamp, where its zone is not known.
    pub device_clock: Option<crate::record::WallClock>,
}

impl<'a> Point<'a> {
    /// A point without address, quality and time.
    pub const fn new(space: Symbol, way: PointWay, value: PointValue<'a>) -> Self {
        Self {
            space,
            way,
            value,
            station: None,
            address: None,
            name: None,
            good: None,
            quality: None,
            device_time: None,
            device_clock: None,
        }
    }

    pub(crate) fn row(&self, device: Option<Address>) -> Points<'a> {
        let (device, device_mac) = match device {
            Some(Address::Ip(ip)) => (Some(ip), None),
            Some(Address::Mac(mac)) => (None, Some(mac)),
            None => (None, None),
        };
        let mut row = Points {
            device,
            device_mac,
            station: self.station,
            space: self.space,
            address: self.address,
            name: self.name,
            way: self.way,
            number: None,
            integer: None,
            text: None,
            bits: None,
            good: self.good,
            quality: self.quality,
            device_time: self.device_time,
            device_clock: self.device_clock,
            device_name: None,
            plant_name: None,
            unit: None,
        };
        match self.value {
            PointValue::Truth(truth) => row.integer = Some(truth.into()),
            PointValue::Integer(integer) => row.integer = Some(integer),
            PointValue::Number(number) => row.number = Some(number),
            PointValue::Text(text) => row.text = Some(text),
            PointValue::Bits(bits) => row.bits = Some(bits),
        }
        row
    }
}

/// What can tell the values of several points, each time the same ones.
pub(crate) trait TellPoints {
    /// Tells each of them.
    fn tell(&self, say: impl FnMut(&Point<'_>));
}

/// Points that are told, as a [`Series`].
struct Told<'a, T> {
    points: &'a T,
    device: Option<Address>,
    known: Option<&'a Description>,
    /// So many were taken already.
    taken: usize,
}

impl<T: TellPoints> Told<'_, T> {
    /// Hands on the rows that were not taken yet, while `take` wants more.
    #[inline(always)]
    fn rows(&mut self, mut take: impl FnMut(&Points<'_>) -> bool) {
        let (device, known) = (self.device, self.known);
        let (mut skip, mut taken, mut going) = (self.taken, self.taken, true);
        self.points.tell(|point| {
            if skip > 0 {
                skip -= 1;
            } else if going {
                let mut row = point.row(device);
                if let Some(known) = known {
                    known.name_point(device, &mut row);
                }
                going = take(&row);
                taken += 1;
            }
        });
        self.taken = taken;
    }
}

impl<T: TellPoints> Series for Told<'_, T> {
    fn table(&self) -> &'static Table {
        Points::schema()
    }
    fn each(&mut self, take: &mut dyn FnMut(&dyn Row) -> Verdict) -> Verdict {
        let mut verdict = Verdict::GoOn;
        self.rows(|row| {
            verdict = verdict.max(take(row));
            verdict != Verdict::Stop
        });
        verdict
    }
    fn push(&mut self, columns: &mut Columns, most: usize) -> usize {
        if most == 0 {
            return 0;
        }
        let before = columns.rows;
        self.rows(|row| {
            row.push(columns);
            columns.rows - before < most
        });
        columns.rows - before
    }
    fn weigh(&mut self, envelope: u64) -> (u64, u64) {
        let (mut rows, mut sum) = (0, 0u64);
        self.rows(|row| {
            (rows, sum) = (rows + 1, sum.wrapping_add(weight(envelope, row.digest())));
            true
        });
        (rows, sum)
    }
}

/// A bounded buffer for composed names.
#[derive(Debug)]
pub struct Scratch {
    octets: Vec<u8>,
    most: usize,
    dropped: u64,
}

impl Scratch {
    /// Appends; what does not fit is counted.
    pub fn push(&mut self, octets: &[u8]) {
        let room = self.most.saturating_sub(self.octets.len());
        let fits = octets.len().min(room);
        self.octets.extend_from_slice(octets.get(..fits).unwrap_or_default());
        self.dropped = self.dropped.saturating_add((octets.len() - fits) as u64);
    }
    /// Forgets all but the first `len` octets.
    pub fn truncate(&mut self, len: usize) {
        self.octets.truncate(len);
    }
    /// What was appended.
    pub fn text(&self) -> Text<'_> {
        Text(&self.octets)
    }
    /// Octets in it.
    pub fn len(&self) -> usize {
        self.octets.len()
    }
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }
}

impl core::fmt::Write for Scratch {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

pub use crate::common::Pairing;

/// What the content of a message has told of the roles.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Learnt {
    pub(crate) toward: Option<Toward>,
    /// Whether it goes before what was known.
    pub(crate) overrules: bool,
}

/// What became of octets that held whole PDUs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Whole {
    pub(crate) messages: u32,
    pub(crate) dissected: u64,
    pub(crate) skipped: u64,
}

/// The envelope with sender and receiver exchanged.
pub(crate) fn swapped(envelope: &Envelope) -> Envelope {
    Envelope {
        sender: envelope.receiver,
        sender_port: envelope.receiver_port,
        sender_mac: envelope.receiver_mac,
        receiver: envelope.sender,
        receiver_port: envelope.sender_port,
        receiver_mac: envelope.sender_mac,
        from_originator: !envelope.from_originator,
        ..*envelope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers(i64);
    impl TellPoints for Numbers {
        fn tell(&self, mut say: impl FnMut(&Point<'_>)) {
            for number in 0..self.0 {
                say(&Point::new(Symbol("number"), PointWay::READ, PointValue::Integer(number)));
            }
        }
    }

    fn told(points: &Numbers) -> Told<'_, Numbers> {
        Told { points, device: None, known: None, taken: 0 }
    }

    #[test]
    fn told_points_are_taken_in_parts_and_none_is_lost_or_comes_twice() {
        let numbers = Numbers(7);
        for most in [1, 2, 3, 7, 8] {
            let (mut series, mut columns) = (told(&numbers), Columns::new(Points::schema()));
            let mut parts = vec![];
            loop {
                let part = series.push(&mut columns, most);
                parts.push(part);
                if part < most {
                    break;
                }
            }
            assert_eq!(parts.iter().sum::<usize>(), 7, "{parts:?}");
            let mut whole = Columns::new(Points::schema());
            numbers.tell(|point| point.row(None).push(&mut whole));
            assert_eq!(format!("{columns:?}"), format!("{whole:?}"));
            let rest = series.each(&mut |_| Verdict::Stop);
            assert_eq!(rest, Verdict::GoOn, "there are no more");
        }
        assert_eq!(told(&numbers).push(&mut Columns::new(Points::schema()), 0), 0);
    }

    #[test]
    fn told_points_weigh_what_their_rows_weigh() {
        let numbers = Numbers(5);
        let mut sum = 0u64;
        numbers.tell(|point| sum = sum.wrapping_add(weight(9, point.row(None).digest())));
        assert_eq!(told(&numbers).weigh(9), (5, sum));
    }

    #[test]
    fn whoever_stops_is_told_no_more_points() {
        let numbers = Numbers(5);
        let (mut series, mut seen) = (told(&numbers), 0);
        let verdict = series.each(&mut |_| {
            seen += 1;
            if seen == 2 { Verdict::Stop } else { Verdict::GoOn }
        });
        assert_eq!((verdict, seen), (Verdict::Stop, 2));
    }
}
