//! A part of the traffic that nothing outside it concerns: the unit of state and of work.
use super::{
    Counters,
    conversation::{
        self, Arrival, Carried, Circumstances, Conversation, Counts, Datagrams, Place, Stage, of,
    },
};
use crate::{
    Checksums, Config, Mark,
    common::{Anomaly, AnomalyKind, facts::Position},
    flow::{Class, Key, Table},
    identify::{Confidence, Medium, Protocols},
    output::Shared,
    packet::{Packet, SHARDS, TcpFlags, TcpHeader, Transport, Usual, is_believed},
    protocol::{Side, Toward},
    record::{Envelope, Mac, Sink, Symbol, Verdict, digest_bytes},
    session::{Context, Core},
    stream::{Segment, Stream},
    wanted::Wanted,
};
use core::net::{IpAddr, Ipv4Addr};
use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

/// Flags of segments that do more than carry octets and acknowledge.
const UNUSUAL: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::URG.0);
/// The same datagram again within this time is a copy: nanoseconds.
const COPY: i64 = 10_000_000;
/// The same, where no identification of IP tells that it is the same: IPv6 has none, and RFC 6864 lets IPv4 have none either.
const UNIDENTIFIED_COPY: i64 = 1_000_000;
/// Entries of conversations that are no more, kept before they are cleared away.
const SPARE: usize = 64;
/// Wrong checksums after which, if most are wrong, the end's checksums are no longer looked at.
const OFFLOADED: u32 = 8;

/// A conversation that is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) conversation: u64,
    pub(super) shard: u8,
    /// It is a publisher that is to be looked at, which came to notice in this conversation.
    publisher: bool,
    place: u32,
}

/// What a shard needs of the engine, for one call.
pub(super) struct Around<'a> {
    pub(super) config: &'a Config,
    pub(super) protocols: &'a Protocols,
    pub(super) sink: &'a mut (dyn Sink + 'a),
    pub(super) verdict: &'a mut Verdict,
    pub(super) mark: Mark,
    pub(super) now: i64,
    /// Whether that is a time which the engine's clock does not follow yet.
    pub(super) ahead: bool,
    /// Whether the frame is dated by that clock.
    pub(super) timed: bool,
    pub(super) position: Position,
}

/// One of the parts.
#[derive(Debug)]
pub(super) struct Shard {
    number: u8,
    table: Table<Conversation>,
    most: usize,
    shared: Shared,
    /// When to look at which conversation: time, place, generation.
    checks: BinaryHeap<Reverse<(i64, u32, u32)>>,
    counters: Counters,
}

impl Shard {
    pub(super) fn new(config: &Config, number: u8, wanted: &Arc<Wanted>) -> Self {
        let shards = usize::from(SHARDS);
        Self {
            number,
            table: Table::default(),
            most: (config.limits.conversations / shards).max(1),
            shared: Shared::new(config, shards, wanted),
            checks: BinaryHeap::new(),
            counters: Counters::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn count(&self, counters: &mut Counters) {
        counters.conversations += self.counters.conversations;
        counters.evicted_half_open += self.counters.evicted_half_open;
        counters.evicted_unidentified += self.counters.evicted_unidentified;
        counters.evicted_identified += self.counters.evicted_identified;
        counters.untracked += self.shared.memory.untracked;
        counters.untracked_publishers += self.shared.publishers.untracked;
        counters.evicted_publishers += self.shared.publishers.evicted;
    }

    /// Takes one packet. Returns when its conversation is to be looked at, or none if it belongs to no conversation.
    pub(super) fn packet(
        &mut self,
        packet: &Packet<'_>,
        original: u64,
        around: &mut Around<'_>,
    ) -> Option<i64> {
        let (key, lower) = match packet.transport {
            Transport::Serial(event) => {
                Key::of_serial_line(around.mark.file, packet.interface, event.received() == Some(true))
            }
            _ => Key::of(packet, around.config.vlan_in_key)?,
        };
        let tcp = match packet.transport {
            Transport::Tcp(header) => Some(header),
            _ => None,
        };
        let mut place = self.table.find(&key);
        if around.ahead
            && let (Some(found), Some(header)) = (place, tcp)
            && self.is_left_behind(found, lower, header.sequence, around)
        {
            self.look_at_conversation(found, around);
            place = self.table.find(&key);
        }
        if let (Some(found), Some(header)) = (place, tcp)
            && (header.flags.contains(TcpFlags::SYN) || self.has_ended(found))
            && self.begins_anew(found, lower, &segment(&header, packet, around.mark.ts), &header, around)
            && !self.is_left_out(found, lower, packet, around)
        {
            self.finish(found, "reused", around);
            place = None;
        }
        let place = match place {
            Some(place) => place,
            None => self.open(key, lower, packet, tcp, around),
        };
        let (class, check) = self.with(place, packet, original, lower, tcp, around)?;
        self.table.touch(place, class, around.now);
        Some(check.min(self.shared.publishers.earliest()))
    }

    /// Takes the usual packet of a TCP conversation whose protocol is known, or known to be none of ours: octets in order, or
    /// none. Returns when the conversation is to be looked at. None, with nothing done, if it is anything else;
    /// [`packet`](Self::packet) does the same with all packets, only slower.
    #[inline]
    pub(super) fn usual(&mut self, usual: &Usual<'_>, original: u64, around: &mut Around<'_>) -> Option<i64> {
        let header = usual.tcp().filter(|header| !header.flags.intersects(UNUSUAL))?;
        let (source, destination) = usual.addresses();
        let (key, lower) =
            Key::of_ipv4_tcp((source, header.source_port), (destination, header.destination_port));
        let (place, conversation, stays) = self.table.find_mut(&key, Class::Identified, around.now)?;
        let side = if lower == conversation.lower_first { Side::First } else { Side::Second };
        let streams = conversation.streams.as_deref_mut().filter(|_| !conversation.left)?;
        let payload = usual.payload();
        if !of(streams, side).continues(header.sequence) || of(streams, side.other()).holds() {
            return None;
        }
        let passed_over = conversation.content.is_passed_over();
        if !passed_over && !matches!(&conversation.content.stage, Stage::Known(..)) {
            return None;
        }
        let counts = of(&mut conversation.counts, side);
        if !payload.is_empty() && looks_at_checksums(counts, around) {
            if !usual.is_good() {
                return None;
            }
            counts.right_checksums = counts.right_checksums.saturating_add(1);
        }
        counts.frames += 1;
        counts.octets += original;
        counts.payload += payload.len() as u64;
        conversation.times.hear(around.now, around.mark);
        (self.shared.now, self.shared.position) = (around.now, around.position);
        let mut unseen = false;
        if header.flags.contains(TcpFlags::ACK) {
            let other = of(streams, side.other());
            unseen = other.is_behind(header.acknowledgement);
            other.acknowledged_in_order(header.acknowledgement);
        }
        let mut ordinal = 0;
        if !payload.is_empty() {
            of(streams, side).continued(payload, around.mark);
        }
        if let Stage::Known(core, _) = &mut conversation.content.stage
            && !payload.is_empty()
        {
            let place = Place {
                conversation: conversation.id,
                protocol: Symbol(core.protocol().name),
                reversed: conversation.reversed,
                // The usual packet has no tag.
                vlan: None,
            };
            let macs = usual.macs().map(|mac| Some(Mac(mac)));
            let end = |address, port| (Some(IpAddr::V4(Ipv4Addr::from_bits(address))), Some(port));
            let ends = [end(source, header.source_port), end(destination, header.destination_port)];
            let mut envelope = place.envelope(ends, side, around.mark, macs);
            let mut verdict = Verdict::GoOn;
            let mut ctx = Context {
                sink: &mut *around.sink,
                envelope: &mut envelope,
                shared: &mut self.shared,
                limits: &around.config.limits,
                mark: around.mark,
                ordinal: &mut ordinal,
                verdict: &mut verdict,
                side_is_first: side == Side::First,
            };
            if unseen {
                core.lacks(side.other(), &ctx);
            }
            core.feed(side, payload, &mut ctx);
            match verdict {
                Verdict::GoOn => {}
                Verdict::Leave => conversation.left = true,
                Verdict::Stop => *around.verdict = Verdict::Stop,
            }
            conversation.orient();
        } else if passed_over {
            *of(&mut conversation.content.skipped, side) += payload.len() as u64;
            conversation.ordinal = 0;
            let (class, check) = self.settled(place, around);
            self.table.touch(place, class, around.now);
            return Some(check.min(self.shared.publishers.earliest()));
        }
        conversation.ordinal = ordinal;
        let (check, due) = (conversation.check, core_deadline(conversation, around));
        if !stays {
            self.table.touch(place, Class::Identified, around.now);
        }
        if due < check || check.saturating_sub(around.now) > around.config.limits.longest_idle() {
            let (_, check) = self.settled(place, around);
            return Some(check.min(self.shared.publishers.earliest()));
        }
        Some(check.min(self.shared.publishers.earliest()))
    }

    /// Whether a segment after a step of the clock is of another connection between the same ports: where one was silent for so
    /// long, only its sequence numbers tell that it goes on.
    #[cold]
    fn is_left_behind(&mut self, place: u32, lower: bool, sequence: u32, around: &Around<'_>) -> bool {
        let Some((_, conversation)) = self.table.get_mut(place) else { return false };
        let limits = &around.config.limits;
        let side = if lower == conversation.lower_first { Side::First } else { Side::Second };
        let stream = conversation.streams.as_ref().and_then(|streams| streams.get(side.index()));
        conversation.is_idle(around.now, limits)
            && stream.is_some_and(|stream| stream.is_started() && !stream.goes_on(sequence, limits))
    }

    /// Whether a segment of this conversation is left out for its checksum.
    #[cold]
    fn is_left_out(&mut self, place: u32, lower: bool, packet: &Packet<'_>, around: &Around<'_>) -> bool {
        self.table.get_mut(place).is_some_and(|(_, conversation)| {
            let side = if lower == conversation.lower_first { Side::First } else { Side::Second };
            // Looked at once more with its conversation, which counts it.
            let mut counts = *of(&mut conversation.counts, side);
            checksum(packet, &mut counts, around) == Checksum::Wrong
        })
    }

    fn has_ended(&mut self, place: u32) -> bool {
        self.table.get_mut(place).is_some_and(|(_, conversation)| conversation.ended())
    }

    /// Whether a segment that is a SYN, or comes behind the end of a connection, begins another one between the same ports.
    #[cold]
    fn begins_anew(
        &mut self,
        place: u32,
        lower: bool,
        segment: &Segment<'_>,
        header: &TcpHeader,
        around: &Around<'_>,
    ) -> bool {
        let Some((_, conversation)) = self.table.get_mut(place) else { return false };
        let side = if lower == conversation.lower_first { Side::First } else { Side::Second };
        let ended = conversation.ended();
        let limits = &around.config.limits;
        let answers = header.flags.contains(TcpFlags::ACK);
        let Some(streams) = conversation.streams.as_deref() else { return false };
        let (Some(stream), Some(other)) = (streams.get(side.index()), streams.get(side.other().index()))
        else {
            return false;
        };
        if !segment.syn {
            // Its SYN was not captured: what belongs to neither of the ends that are over is of others.
            let elsewhere = stream.is_elsewhere(segment.sequence, limits)
                && (!answers || !other.is_started() || other.is_elsewhere(header.acknowledgement, limits));
            return elsewhere && !segment.rst && !segment.payload.is_empty();
        }
        let anew = stream.is_new_connection(segment, limits);
        if other.is_started() && answers {
            // The answer to a SYN begins no connection, but where the old one is over, and the SYN was not captured.
            return ended && anew;
        }
        // Where only the answers of the old one were captured, nothing else tells of it.
        anew || (!stream.is_started() && other.is_started() && ended)
    }

    fn open(
        &mut self,
        key: Key,
        lower: bool,
        packet: &Packet<'_>,
        tcp: Option<TcpHeader>,
        around: &mut Around<'_>,
    ) -> u32 {
        while self.table.len() >= self.most {
            let Some((victim, class)) = self.table.victim() else { break };
            match class {
                Class::HalfOpen => self.counters.evicted_half_open += 1,
                Class::Unidentified => self.counters.evicted_unidentified += 1,
                Class::Identified => self.counters.evicted_identified += 1,
            }
            self.finish(victim, "evicted", around);
        }
        self.counters.conversations += 1;
        // The sender of a lone SYN+ACK is the one who was called; without a handshake the lower port is the server's.
        let syn = tcp.is_some_and(|header| header.flags.contains(TcpFlags::SYN));
        let answer =
            tcp.is_some_and(|header| header.flags.contains(TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0)));
        let medium = if tcp.is_some() { Medium::Tcp } else { Medium::Udp };
        let server_port = |port: u16| around.protocols.has_port(medium, port);
        let reversed = match packet.ports() {
            _ if syn => answer,
            Some((source, destination)) => match (server_port(source), server_port(destination)) {
                (true, false) => true,
                (false, true) => false,
                _ => tcp.is_some() && source < 1024 && source < destination,
            },
            None => false,
        };
        let conversation = Conversation {
            id: conversation::identity(around.mark),
            times: conversation::Times::begin(around.now, around.mark),
            ordinal: 0,
            lower_first: lower,
            carried: match packet.transport {
                _ if tcp.is_some() => Carried::Tcp,
                Transport::Udp(_) => Carried::Udp,
                Transport::Serial(_) => Carried::Serial,
                _ => Carried::Other,
            },
            handshake: syn,
            reversed,
            reset: false,
            left: false,
            vlan: packet.vlan,
            macs: [packet.source_mac.map(Mac), packet.destination_mac.map(Mac)],
            counts: [Counts::default(); 2],
            copies: 0,
            streams: tcp.map(|_| Box::<[Stream; 2]>::default()),
            waiting: None,
            datagrams: None,
            content: conversation::Content::default(),
            check: i64::MAX,
        };
        let check = conversation.deadline(&around.config.limits);
        around.sink.begins(&conversation.beginning(&key, syn && answer));
        let place = self.table.insert(key, Class::HalfOpen, around.now, conversation);
        self.check_at(place, check);
        place
    }

    fn check_at(&mut self, place: u32, check: i64) {
        let Some(generation) = self.table.generation(place) else { return };
        if let Some((_, conversation)) = self.table.get_mut(place) {
            conversation.check = check;
            self.checks.push(Reverse((check, place, generation)));
        }
        // Of conversations that had to make room, entries stay behind.
        if self.checks.len() > SPARE + 2 * self.table.len() {
            let table = &mut self.table;
            self.checks.retain(|Reverse((time, place, generation))| {
                table.generation(*place) == Some(*generation)
                    && table.get_mut(*place).is_some_and(|(_, conversation)| conversation.check == *time)
            });
        }
    }

    fn with(
        &mut self,
        place: u32,
        packet: &Packet<'_>,
        original: u64,
        lower: bool,
        tcp: Option<TcpHeader>,
        around: &mut Around<'_>,
    ) -> Option<(Class, i64)> {
        let (key, conversation) = self.table.get_mut(place)?;
        let side = if lower == conversation.lower_first { Side::First } else { Side::Second };
        conversation.times.hear(around.now, around.mark);
        (self.shared.now, self.shared.position) = (around.now, around.position);
        let medium = conversation.medium();
        let counts = of(&mut conversation.counts, side);
        counts.frames += 1;
        counts.octets += original;
        counts.payload += packet.payload.len() as u64;
        if let Some(header) = tcp
            && packet.payload.is_empty()
            && packet.missing == 0
            && !header.flags.intersects(UNUSUAL)
            && let Some(streams) = conversation.streams.as_deref_mut()
        {
            // A segment without octets, SYN, FIN, RST and URG tells nothing but what it acknowledges.
            if header.flags.contains(TcpFlags::ACK) {
                let stream = of(streams, side.other());
                stream.acknowledged(header.acknowledgement, around.now, &around.config.limits);
            }
            conversation.ordinal = 0;
            return Some(self.settled(place, around));
        }
        let toward = conversation.handshake.then_some(if conversation.reversed {
            Toward::Client
        } else {
            Toward::Server
        });
        let ports = packet.ports().unwrap_or_default();
        let ports = if side == Side::First { [ports.0, ports.1] } else { [ports.1, ports.0] };
        let called = conversation.content.begun == [true; 2];
        let about = Circumstances { protocols: around.protocols, medium, ports, toward, called };
        let is_control = tcp.is_some_and(|header| header.flags.intersects(UNUSUAL));
        let ignored = (!packet.payload.is_empty() || is_control)
            && (tcp.is_some() || conversation.carried == Carried::Udp)
            && checksum(packet, counts, around) == Checksum::Wrong;
        let mut ordinal = 0;
        let macs = [packet.source_mac.map(Mac), packet.destination_mac.map(Mac)];
        let mut envelope =
            Envelope { vlan: packet.vlan, ..conversation.envelope_between(key, side, around.mark, macs) };
        let mut verdict = Verdict::GoOn;
        let ctx = Context {
            sink: &mut *around.sink,
            envelope: &mut envelope,
            shared: &mut self.shared,
            limits: &around.config.limits,
            mark: around.mark,
            ordinal: &mut ordinal,
            verdict: &mut verdict,
            side_is_first: side == Side::First,
        };
        if ignored {
            let mut ctx = ctx;
            let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, "wrong checksum: the segment is left out");
            ctx.anomaly(anomaly.place("frame").length(packet.payload.len() as u64));
            if tcp.is_none() {
                *of(&mut conversation.content.skipped, side) += packet.payload.len() as u64;
            } else {
                counts_back(&mut conversation.counts, side, packet);
            }
        } else if let Some(header) = tcp {
            let arrival = Arrival {
                side,
                segment: segment(&header, packet, around.mark.ts),
                acknowledgment: header.flags.contains(TcpFlags::ACK).then_some(header.acknowledgement),
                mark: around.mark,
                now: around.now,
                timed: around.timed,
                macs,
                vlan: packet.vlan,
            };
            conversation.segment(arrival, key, about, ctx);
        } else if conversation.left {
            *of(&mut conversation.content.skipped, side) += packet.payload.len() as u64;
        } else if let Transport::Serial(event) = packet.transport {
            let mut ctx = ctx;
            conversation.content.serial(side, event, packet, about, &mut ctx);
        } else if !packet.payload.is_empty() {
            let mut ctx = ctx;
            let datagrams = conversation.datagrams.get_or_insert_default();
            if is_copy(datagrams, side, packet, around.mark.ts) {
                of(datagrams, side).repeated += packet.payload.len() as u64;
                conversation.copies = conversation.copies.saturating_add(1);
            } else if conversation.carried == Carried::Udp {
                let cut = packet.missing > 0;
                *of(&mut conversation.content.missing, side) += u64::from(packet.missing);
                conversation.content.datagram(side, packet.payload, cut, about, &mut ctx);
            } else {
                *of(&mut conversation.content.missing, side) += u64::from(packet.missing);
                layer2(conversation, side, packet, around.protocols, &mut ctx);
            }
        }
        conversation.ordinal = ordinal;
        match verdict {
            Verdict::GoOn => {}
            Verdict::Leave => conversation.left = true,
            Verdict::Stop => *around.verdict = Verdict::Stop,
        }
        conversation.orient();
        Some(self.settled(place, around))
    }

    /// What a conversation is after a packet, and when it is to be looked at.
    #[inline]
    fn settled(&mut self, place: u32, around: &Around<'_>) -> (Class, i64) {
        let Some((_, conversation)) = self.table.get_mut(place) else { return (Class::HalfOpen, i64::MAX) };
        let class = conversation.class();
        let limits = &around.config.limits;
        let check = conversation.check;
        let longest = limits.longest_idle();
        let deadline = if check.saturating_sub(around.now) > longest {
            // Opened or looked at by a frame dated far ahead.
            Some(conversation.deadline(limits))
        } else {
            conversation.urgent(limits)
        };
        match deadline {
            Some(earlier) if earlier < check => {
                self.check_at(place, earlier);
                (class, earlier)
            }
            _ => (class, check),
        }
    }

    pub(super) fn earliest(&self) -> i64 {
        let conversations = self.checks.peek().map_or(i64::MAX, |Reverse((time, _, _))| *time);
        conversations.min(self.shared.publishers.earliest())
    }

    /// Adds the conversations and publishers that are to be looked at by now.
    pub(super) fn due(&mut self, now: i64, due: &mut Vec<Due>) {
        while let Some(Reverse((time, place, generation))) = self.checks.peek().copied() {
            // The last moment that can be told is never over.
            if time > now || time == i64::MAX {
                break;
            }
            self.checks.pop();
            if self.table.generation(place) != Some(generation) {
                continue;
            }
            let Some((_, conversation)) = self.table.get_mut(place) else { continue };
            if conversation.check == time {
                conversation.check = i64::MAX;
                let conversation = conversation.id;
                due.push(Due { conversation, shard: self.number, publisher: false, place });
            }
        }
        let shard = self.number;
        self.shared.publishers.due(now, |conversation, place| {
            due.push(Due { conversation, shard, publisher: true, place });
        });
    }

    /// Adds all conversations.
    pub(super) fn all(&mut self, due: &mut Vec<Due>) {
        let places: Vec<u32> = self.table.places().collect();
        for place in places {
            if let Some((_, conversation)) = self.table.get_mut(place) {
                let conversation = conversation.id;
                due.push(Due { conversation, shard: self.number, publisher: false, place });
            }
        }
    }

    /// Adds all publishers.
    pub(super) fn publishers(&mut self, due: &mut Vec<Due>) {
        let shard = self.number;
        self.shared.publishers.all(|conversation, place| {
            due.push(Due { conversation, shard, publisher: true, place });
        });
    }

    /// Looks at a conversation or a publisher whose time has come.
    pub(super) fn look(&mut self, due: &Due, around: &mut Around<'_>) {
        if due.publisher {
            let publishers = &mut self.shared.publishers;
            publishers.look(due.place, around.mark, around.now, &mut *around.sink, &mut *around.verdict);
        } else if around.ahead
            && self
                .table
                .get_mut(due.place)
                .is_some_and(|(_, conversation)| conversation.carried == Carried::Tcp)
        {
            // Its next segment tells whether it goes on.
            self.check_at(due.place, around.now.saturating_add(1));
        } else {
            self.look_at_conversation(due.place, around);
        }
    }

    /// Looks at a conversation whose time has come: gives up holes, reports overdue requests, ends it if it is idle.
    fn look_at_conversation(&mut self, place: u32, around: &mut Around<'_>) {
        let limits = &around.config.limits;
        let Some((key, conversation)) = self.table.get_mut(place) else { return };
        let key = *key;
        let about = circumstances(conversation, &key, around.protocols);
        let (mut ordinal, mut verdict) = (0, Verdict::GoOn);
        let mut envelope = conversation.envelope(&key, Side::First, around.mark);
        self.shared.position = around.position;
        let mut ctx = Context {
            sink: &mut *around.sink,
            envelope: &mut envelope,
            shared: &mut self.shared,
            limits,
            mark: around.mark,
            ordinal: &mut ordinal,
            verdict: &mut verdict,
            side_is_first: true,
        };
        conversation.pass_time(&key, around.now, about, &mut ctx);
        match verdict {
            Verdict::GoOn => {}
            Verdict::Leave => conversation.left = true,
            Verdict::Stop => *around.verdict = Verdict::Stop,
        }
        if conversation.is_idle(around.now, limits) {
            return self.finish(place, "idle", around);
        }
        let check = conversation.deadline(limits).max(around.now.saturating_add(1));
        let class = conversation.class();
        let heard = conversation.times.heard;
        self.check_at(place, check);
        self.table.touch(place, class, heard);
    }

    /// Ends a conversation or a publisher and writes its row.
    pub(super) fn end(&mut self, due: &Due, around: &mut Around<'_>) {
        if due.publisher {
            let publishers = &mut self.shared.publishers;
            publishers.end(due.place, around.mark, &mut *around.sink, &mut *around.verdict);
        } else {
            // The last frames may have told of a time that was not followed before.
            let is_due =
                |conversation: &Conversation| conversation.deadline(&around.config.limits) <= around.now;
            if self.table.get_mut(due.place).is_some_and(|(_, conversation)| is_due(conversation)) {
                self.look_at_conversation(due.place, around);
            }
            self.finish(due.place, "end", around);
        }
    }

    fn finish(&mut self, place: u32, end: &'static str, around: &mut Around<'_>) {
        let Some((key, mut conversation)) = self.table.remove(place) else { return };
        (self.shared.now, self.shared.position) = (around.now, around.position);
        let about = circumstances(&conversation, &key, around.protocols);
        let mut envelope = conversation.envelope(&key, Side::First, around.mark);
        let (mut ordinal, mut verdict) = (0, Verdict::GoOn);
        let ctx = Context {
            sink: &mut *around.sink,
            envelope: &mut envelope,
            shared: &mut self.shared,
            limits: &around.config.limits,
            mark: around.mark,
            ordinal: &mut ordinal,
            verdict: &mut verdict,
            side_is_first: true,
        };
        conversation.finish(&key, end, ctx, about);
        if verdict == Verdict::Stop {
            *around.verdict = Verdict::Stop;
        }
    }
}

fn circumstances<'a>(conversation: &Conversation, key: &Key, protocols: &'a Protocols) -> Circumstances<'a> {
    let [first, second] = conversation.endpoints(key);
    let toward = if conversation.reversed { Toward::Client } else { Toward::Server };
    Circumstances {
        protocols,
        medium: conversation.medium(),
        ports: [first.port.unwrap_or_default(), second.port.unwrap_or_default()],
        toward: conversation.handshake.then_some(toward),
        called: conversation.content.begun == [true; 2],
    }
}

#[inline]
fn segment<'a>(header: &TcpHeader, packet: &Packet<'a>, captured: i64) -> Segment<'a> {
    Segment {
        sequence: header.sequence,
        syn: header.flags.contains(TcpFlags::SYN),
        fin: header.flags.contains(TcpFlags::FIN),
        rst: header.flags.contains(TcpFlags::RST),
        urgent: header.flags.contains(TcpFlags::URG).then_some(header.urgent_pointer),
        payload: packet.payload,
        missing: packet.missing,
        captured,
    }
}

/// A segment that is left out was not received.
fn counts_back(counts: &mut [Counts; 2], side: Side, packet: &Packet<'_>) {
    let counts = of(counts, side);
    counts.payload = counts.payload.saturating_sub(packet.payload.len() as u64);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checksum {
    Fine,
    Wrong,
}

/// When a request of the conversation is overdue.
#[inline(always)]
fn core_deadline(conversation: &Conversation, around: &Around<'_>) -> i64 {
    match &conversation.content.stage {
        Stage::Known(core, _) => core.deadline(&around.config.limits).unwrap_or(i64::MAX),
        _ => i64::MAX,
    }
}

/// Whether the checksums of an end are looked at. Where most are wrong, the capturing host's network card fills them in.
#[inline(always)]
fn looks_at_checksums(counts: &Counts, around: &Around<'_>) -> bool {
    let offloaded = counts.wrong_checksums >= OFFLOADED && counts.wrong_checksums > counts.right_checksums;
    match around.config.checksums {
        Checksums::Ignore => false,
        Checksums::Check => true,
        Checksums::Auto => !offloaded,
    }
}

#[inline]
fn checksum(packet: &Packet<'_>, counts: &mut Counts, around: &Around<'_>) -> Checksum {
    if !looks_at_checksums(counts, around) {
        return Checksum::Fine;
    }
    let auto = around.config.checksums == Checksums::Auto;
    match packet.checksums() {
        Some(true) => counts.right_checksums = counts.right_checksums.saturating_add(1),
        Some(false) => {
            counts.wrong_checksums = counts.wrong_checksums.saturating_add(1);
            if !auto || is_believed(counts.right_checksums.into(), counts.wrong_checksums.into()) {
                return Checksum::Wrong;
            }
        }
        None => {}
    }
    Checksum::Fine
}

/// Whether the datagram is one of those before it of its side, mirrored or sent over a redundant network, which may show several
/// before it shows their copies. Where no number tells that it is the same one, only the last is looked at, and it is another if
/// the other side spoke in between, as to somebody who asks the same again.
fn is_copy(datagrams: &mut [Datagrams; 2], side: Side, packet: &Packet<'_>, ts: i64) -> bool {
    let own = of(datagrams, side);
    let digest = digest_bytes(packet.payload);
    let identification = packet.network.and_then(|network| network.identification).unwrap_or_default();
    let sequence = packet.redundancy.map_or(0, |redundancy| u32::from(redundancy.sequence) << 16);
    let now = (digest, identification ^ sequence, ts);
    let numbered = packet.network.is_none() || packet.redundancy.is_some();
    // Not all who send an identification count it.
    let within = match (numbered, identification) {
        (true, _) => COPY,
        (_, 0) => UNIDENTIFIED_COPY,
        _ if own.identifies || !own.answered => COPY,
        _ => UNIDENTIFIED_COPY,
    };
    let same = |last: (u64, u32, i64)| {
        (last.0, last.1) == (now.0, now.1) && ts.saturating_sub(last.2).saturating_abs() <= within
    };
    let is_told = packet.redundancy.is_some() || own.identifies && identification != 0;
    let mut recent = own.recent.iter().flatten().take(if is_told { own.recent.len() } else { 1 });
    let copy = (numbered || identification != 0 || !own.answered) && recent.any(|last| same(*last));
    if !copy {
        let [last, ..] = own.recent;
        own.identifies |= last.is_some_and(|last| last.1 != now.1);
        own.recent.rotate_right(1);
        let [first, ..] = &mut own.recent;
        *first = Some(now);
        own.answered = false;
        of(datagrams, side.other()).answered = true;
    }
    copy
}

/// A frame without IP: its ethertype names the protocol.
fn layer2(
    conversation: &mut Conversation,
    side: Side,
    packet: &Packet<'_>,
    protocols: &Protocols,
    ctx: &mut Context<'_>,
) {
    if matches!(conversation.content.stage, Stage::Empty) {
        let protocol = packet
            .ethertype
            .filter(|_| packet.network.is_none())
            .and_then(|number| protocols.of_ethertype(number));
        conversation.content.stage = match protocol {
            Some(protocol) => Stage::Known(Box::new(Core::new(protocol, None)), Confidence::Certain),
            None => Stage::Unknown(u8::MAX),
        };
        if let Some(protocol) = protocol {
            ctx.envelope.protocol = Symbol(protocol.name);
        }
    }
    match &mut conversation.content.stage {
        Stage::Known(core, _) => core.datagram(side, packet.payload, packet.missing > 0, ctx),
        _ => *of(&mut conversation.content.skipped, side) += packet.payload.len() as u64,
    }
}
