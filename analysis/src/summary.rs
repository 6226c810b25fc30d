//! The summary: a sink that keeps totals.
use crate::{
    bounded::{Bounded, Entry},
    capture::Capture,
    columns::{self, address, code, count, number, octets, small, truth, word},
    coverage::{Coverage, Heard},
    points::{PointEntry, PointKey, PointTotal},
    totals::{
        AnomalyEntry, AnomalyKey, AnomalyTotal, Change, ChangeKey, Content, Device, DeviceEntry, DeviceFact,
        DeviceKey, FactEntry, FactKey, Losses, OperationKey, OperationTotal, Outcomes, Place, ProtocolEntry,
        ProtocolKey, ProtocolTotal, Talker, TalkerEntry, TalkerKey, Unlisted, changes, earlier,
    },
};
use fieldtap::{
    Description,
    common::{
        Anomalies, AnomalyKind, Conversations, Fact, Identities, Operation, Operations, Outcome, Points,
    },
    record::{Address, Envelope, Record, Row, Sink, Table, Verdict},
};
use std::{cmp::Reverse, sync::Arc};

/// Bounds on the memory of a [`Summary`]. With the defaults it stays below 32 MiB, with [`Summary::with_points`] below 96.
///
/// Which entries are kept depends on their keys alone, never on the order of rows: talkers by what is known of their
/// content (known protocols, then encrypted, foreign, unknown, empty), then by address; devices, changes and points by
/// address.
/// Rows of the others are counted ([`Summary::unlisted`]) and stay in all sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryLimits {
    /// Protocols, unknown ethertypes and numbers of IP protocols among them: 1,024.
    pub protocols: usize,
    /// Clients and servers that talk in one protocol: 32,768.
    pub talkers: usize,
    /// Kinds of operations, times protocols: 4,096.
    pub operations: usize,
    /// Clients that change something in a station, times kinds of operations: 16,384.
    pub changes: usize,
    /// Devices that told of themselves: 2,048.
    pub devices: usize,
    /// Facts of one device: 32.
    pub facts: usize,
    /// Octets of the value of a fact, of the name of a point and of its value; longer ones are cut: 128.
    pub value_octets: usize,
    /// Points whose values are followed: none. A summary that follows some wants the table `points`.
    pub points: usize,
    /// Kinds of anomalies, times reasons and protocols: 4,096.
    pub anomalies: usize,
}

impl Default for SummaryLimits {
    fn default() -> Self {
        Self {
            protocols: 1_024,
            talkers: 32_768,
            operations: 4_096,
            changes: 16_384,
            devices: 2_048,
            facts: 32,
            value_octets: 128,
            points: 0,
            anomalies: 4_096,
        }
    }
}

/// Points that [`Summary::with_points`] follows.
const POINTS: usize = 65_536;

/// Link types that are kept by number.
const LINK_TYPES: usize = 64;

/// What a capture holds. See the [crate's page](crate).
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    limits: SummaryLimits,
    capture: Option<Capture>,
    description: Option<Arc<Description>>,
    coverage: Coverage,
    copies: u64,
    wrong_checksums: u64,
    outcomes: Outcomes,
    gaps: u64,
    limits_reached: u64,
    protocols: Bounded<ProtocolKey, ProtocolEntry>,
    talkers: Bounded<TalkerKey, TalkerEntry>,
    operations: Bounded<OperationKey, Outcomes>,
    changes: Bounded<ChangeKey, Outcomes>,
    devices: Bounded<DeviceKey, DeviceEntry>,
    anomalies: Bounded<AnomalyKey, AnomalyEntry>,
    link_types: Bounded<u64, u64>,
    points: Bounded<PointKey, PointEntry>,
    within: Within,
}

/// The message whose values come, and which of them came last. What is summed up does not depend on who came last.
#[derive(Clone, Debug, Default)]
struct Within {
    place: (u32, u64, Option<u64>),
    number: u32,
}

impl Within {
    fn next(&mut self, place: (u32, u64, Option<u64>)) -> u32 {
        self.number = if self.place == place { self.number.saturating_add(1) } else { 0 };
        self.place = place;
        self.number
    }
}

impl PartialEq for Within {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for Summary {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        if table == Operations::schema() {
            self.operation(envelope, row);
        } else if table == Conversations::schema() {
            self.conversation(envelope, row);
        } else if table == Identities::schema() {
            self.identity(envelope, row);
        } else if table == Anomalies::schema() {
            self.anomaly(envelope, row);
        } else if table == Points::schema() && self.limits.points > 0 {
            let most = self.limits.value_octets;
            // All values of a message come one behind the other, and to the same thread.
            let place = (envelope.file, envelope.frame, envelope.message);
            let number = self.within.next(place);
            self.points.add(PointKey::of(envelope, row, most), PointEntry::of(envelope, row, most, number));
        }
        Verdict::GoOn
    }

    fn wants(&self, table: &'static Table) -> bool {
        [Operations::schema(), Conversations::schema(), Identities::schema(), Anomalies::schema()]
            .contains(&table)
            || table == Points::schema() && self.limits.points > 0
    }
}

impl Summary {
    /// An empty summary with the default limits.
    pub fn new() -> Self {
        Self::with_limits(SummaryLimits::default())
    }

    /// An empty summary that follows the values of 65,536 points too. How many values there were it can tell only if every
    /// one is said ([`Config::every_message`](fieldtap::Config::every_message)), and else how many new ones.
    pub fn with_points() -> Self {
        Self::with_limits(SummaryLimits { points: POINTS, ..SummaryLimits::default() })
    }

    /// An empty summary with these limits.
    pub fn with_limits(limits: SummaryLimits) -> Self {
        Self {
            capture: None,
            description: None,
            coverage: Coverage::default(),
            copies: 0,
            wrong_checksums: 0,
            outcomes: Outcomes::default(),
            gaps: 0,
            limits_reached: 0,
            protocols: Bounded::new(limits.protocols),
            talkers: Bounded::new(limits.talkers),
            operations: Bounded::new(limits.operations),
            changes: Bounded::new(limits.changes),
            devices: Bounded::new(limits.devices),
            anomalies: Bounded::new(limits.anomalies),
            link_types: Bounded::new(LINK_TYPES),
            points: Bounded::new(limits.points),
            within: Within::default(),
            limits,
        }
    }

    /// Its limits.
    pub fn limits(&self) -> &SummaryLimits {
        &self.limits
    }

    /// Takes what is known of the capture beside its rows. Called again, it replaces what was known.
    pub fn set_capture(&mut self, mut capture: Capture) {
        capture.sort();
        self.capture = Some(capture);
    }

    /// Takes what the plant calls its devices: their names stand beside their addresses. Called again, it replaces what was
    /// known.
    pub fn set_description(&mut self, description: Option<Arc<Description>>) {
        self.description = description;
    }

    /// What the plant calls the device at this address, or the station below it.
    pub fn device_name(&self, address: Option<Address>, station: Option<u32>) -> Option<&str> {
        self.description.as_ref()?.device_name(address, station)
    }

    /// Adds what another summary holds of the same capture, or of another part of it.
    ///
    /// If both were made with the same limits, the result is the same as if one summary had taken all rows. What is known
    /// of the capture is added too: of summaries that were filled together, give it to one, or to the result.
    pub fn merge(&mut self, other: Self) {
        self.capture = match (self.capture.take(), other.capture) {
            (Some(mut own), Some(more)) => {
                own.merge(more);
                Some(own)
            }
            (own, more) => own.or(more),
        };
        self.description = self.description.take().or(other.description);
        self.coverage.merge(other.coverage);
        self.copies = self.copies.saturating_add(other.copies);
        self.wrong_checksums = self.wrong_checksums.saturating_add(other.wrong_checksums);
        self.outcomes.merge(other.outcomes);
        self.gaps = self.gaps.saturating_add(other.gaps);
        self.limits_reached = self.limits_reached.saturating_add(other.limits_reached);
        self.protocols.merge(other.protocols);
        self.talkers.merge(other.talkers);
        self.operations.merge(other.operations);
        self.changes.merge(other.changes);
        self.devices.merge(other.devices);
        self.anomalies.merge(other.anomalies);
        self.link_types.merge(other.link_types);
        self.points.merge(other.points);
    }

    fn conversation(&mut self, envelope: &Envelope, row: &dyn Row) {
        use columns::conversations as c;
        let content = Content::named(word(row, c::COVERAGE));
        let transport = word(row, c::TRANSPORT).unwrap_or_default();
        let application = word(row, c::APPLICATION);
        let protocol = application.unwrap_or(transport);
        let number = match application {
            None if matches!(transport, "other" | "ethernet") => {
                number(row, c::TRANSPORT_NUMBER).and_then(|number| u16::try_from(number).ok())
            }
            _ => None,
        };
        let sum = |a: usize, b: usize| count(row, a).saturating_add(count(row, b));
        let one_sided = transport == "tcp"
            && (count(row, c::ORIGINATOR_FRAMES) == 0 || count(row, c::RESPONDER_FRAMES) == 0);
        let client = Heard {
            payload: count(row, c::ORIGINATOR_PAYLOAD),
            dissected: count(row, c::ORIGINATOR_DISSECTED),
            skipped: count(row, c::ORIGINATOR_SKIPPED),
            missing: count(row, c::ORIGINATOR_MISSING),
        };
        let server = Heard {
            payload: count(row, c::RESPONDER_PAYLOAD),
            dissected: count(row, c::RESPONDER_DISSECTED),
            skipped: count(row, c::RESPONDER_SKIPPED),
            missing: count(row, c::RESPONDER_MISSING),
        };
        self.coverage.add(client, content, one_sided);
        self.coverage.add(server, content, one_sided);
        let frames = sum(c::ORIGINATOR_FRAMES, c::RESPONDER_FRAMES);
        self.coverage.frames_in_conversations = self.coverage.frames_in_conversations.saturating_add(frames);
        self.copies = self.copies.saturating_add(count(row, c::COPIES));
        self.wrong_checksums = self.wrong_checksums.saturating_add(count(row, c::WRONG_CHECKSUMS));

        let confidence = word(row, c::CONFIDENCE);
        let messages = sum(c::ORIGINATOR_MESSAGES, c::RESPONDER_MESSAGES);
        let entry = ProtocolEntry {
            conversations: 1,
            certain: u64::from(confidence == Some("certain")),
            by_port: u64::from(confidence == Some("port")),
            frames,
            octets: sum(c::ORIGINATOR_OCTETS, c::RESPONDER_OCTETS),
            payload: client.payload.saturating_add(server.payload),
            understood: client.dissected.saturating_add(server.dissected),
            messages,
            outcomes: Outcomes::default(),
        };
        let key = ProtocolKey { content, name: protocol, number };
        self.protocols.update(key, ProtocolEntry::default, |own| own.merge(entry));
        let key = TalkerKey {
            content,
            client: envelope_address(envelope.sender, envelope.sender_mac),
            server: envelope_address(envelope.receiver, envelope.receiver_mac),
            port: envelope.receiver_port,
            protocol,
            number,
        };
        let entry = TalkerEntry {
            conversations: 1,
            client_payload: client.payload,
            server_payload: server.payload,
            messages,
            operations: 0,
            requests: 0,
        };
        self.talkers.update(key, TalkerEntry::default, |own| own.merge(entry));
    }

    fn operation(&mut self, envelope: &Envelope, row: &dyn Row) {
        use columns::operations as c;
        let operation = Operation(code(row, c::OPERATION));
        let outcome = code(row, c::OUTCOME);
        let late = truth(row, c::LATE);
        let protocol = envelope.protocol.0;
        let asker = envelope_address(envelope.sender, envelope.sender_mac);
        let asked = envelope_address(envelope.receiver, envelope.receiver_mac);
        self.outcomes.add(outcome, late);
        let key = ProtocolKey { content: Content::Understood, name: protocol, number: None };
        self.protocols.update(key, ProtocolEntry::default, |own| own.outcomes.add(outcome, late));
        self.operations
            .update(OperationKey { operation, protocol }, Outcomes::default, |own| own.add(outcome, late));
        // A late answer's request was counted when it was overdue; of an unasked answer no request was seen.
        let request = u64::from(!late && outcome != Outcome::UNASKED.0);
        let (client, server, port) = if envelope.from_originator {
            (asker, asked, envelope.receiver_port)
        } else {
            (asked, asker, envelope.sender_port)
        };
        let key = TalkerKey { content: Content::Understood, client, server, port, protocol, number: None };
        self.talkers.update(key, TalkerEntry::default, |own| {
            own.operations = own.operations.saturating_add(1);
            own.requests = own.requests.saturating_add(request);
        });
        if changes(operation) {
            let station = small(row, c::STATION);
            let key = ChangeKey { client: asker, server: asked, station, protocol, operation };
            self.changes.update(key, Outcomes::default, |own| own.add(outcome, late));
        }
    }

    fn identity(&mut self, envelope: &Envelope, row: &dyn Row) {
        use columns::identities as c;
        let told = octets(row, c::VALUE);
        let value = told.get(..self.limits.value_octets).unwrap_or(told);
        let device = DeviceKey {
            address: address(row, c::DEVICE).or_else(|| address(row, c::DEVICE_MAC)),
            station: small(row, c::STATION),
        };
        let fact = FactKey {
            fact: Fact(code(row, c::FACT)),
            number: small(row, c::NUMBER),
            value: value.to_vec(),
            cut: value.len() < told.len(),
            readable: truth(row, c::READABLE),
        };
        let facts = self.limits.facts;
        let fresh = || DeviceEntry { facts: Bounded::new(facts) };
        self.devices.update(device, fresh, |device| {
            device.facts.update(fact, FactEntry::default, |fact| {
                fact.rows = fact.rows.saturating_add(1);
                fact.first = earlier(fact.first, Some(place(envelope)));
            });
        });
    }

    fn anomaly(&mut self, envelope: &Envelope, row: &dyn Row) {
        use columns::anomalies as c;
        let kind = AnomalyKind(code(row, c::KIND));
        let protocol = envelope.protocol.0;
        let key = AnomalyKey { kind, reason: word(row, c::REASON).unwrap_or_default(), protocol };
        let times = count(row, c::COUNT);
        let length = count(row, c::LENGTH);
        self.anomalies.update(key, AnomalyEntry::default, |own| {
            own.count = own.count.saturating_add(times);
            own.octets = own.octets.saturating_add(length);
            own.first = earlier(own.first, Some(place(envelope)));
        });
        match kind {
            AnomalyKind::GAP => self.gaps = self.gaps.saturating_add(times),
            AnomalyKind::LIMIT => self.limits_reached = self.limits_reached.saturating_add(times),
            // Of headers the capture as a whole has but one kind: that of the link.
            AnomalyKind::HEADER if protocol == "capture" => {
                if let Some(link_type) = number(row, c::FOUND) {
                    self.link_types.update(link_type, u64::default, |own| *own = own.saturating_add(times));
                }
            }
            _ => {}
        }
    }

    /// What is known of the capture beside its rows, if it was handed in.
    pub fn capture(&self) -> Option<&Capture> {
        self.capture.as_ref()
    }

    /// How much of the payload was understood, and what the rest is.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// What became of all operations.
    pub fn outcomes(&self) -> Outcomes {
        self.outcomes
    }

    /// The protocols: what is known best first, then by payload, then by name.
    pub fn protocols(&self) -> Vec<ProtocolTotal> {
        let mut totals: Vec<_> = self
            .protocols
            .iter()
            .map(|(key, entry)| ProtocolTotal {
                protocol: key.name,
                number: key.number,
                content: key.content,
                conversations: entry.conversations,
                certain: entry.certain,
                by_port: entry.by_port,
                frames: entry.frames,
                octets: entry.octets,
                payload: entry.payload,
                understood: entry.understood,
                messages: entry.messages,
                requests: entry.outcomes.requests(),
            })
            .collect();
        totals.sort_by_key(|total| (total.content, Reverse(total.payload), total.protocol, total.number));
        totals
    }

    /// Who talks to whom in which protocol: by payload, then by requests, then by address.
    pub fn talkers(&self) -> Vec<Talker> {
        let mut talkers: Vec<_> = self
            .talkers
            .iter()
            .map(|(key, entry)| Talker {
                client: key.client,
                server: key.server,
                port: key.port,
                protocol: key.protocol,
                number: key.number,
                content: key.content,
                conversations: entry.conversations,
                client_payload: entry.client_payload,
                server_payload: entry.server_payload,
                messages: entry.messages,
                requests: entry.requests,
            })
            .collect();
        // The sort is stable, and the keys are in order.
        talkers.sort_by_key(|talker| {
            (Reverse(talker.client_payload.saturating_add(talker.server_payload)), Reverse(talker.requests))
        });
        talkers
    }

    /// The operations by kind, then by protocol.
    pub fn operations(&self) -> Vec<OperationTotal> {
        let total = |(key, outcomes): (&OperationKey, &Outcomes)| OperationTotal {
            operation: key.operation,
            protocol: key.protocol,
            outcomes: *outcomes,
        };
        self.operations.iter().map(total).collect()
    }

    /// Who changed something in which device: by number of requests, then by address.
    pub fn changes(&self) -> Vec<Change> {
        let change = |(key, outcomes): (&ChangeKey, &Outcomes)| Change {
            client: key.client,
            server: key.server,
            station: key.station,
            protocol: key.protocol,
            operation: key.operation,
            outcomes: *outcomes,
        };
        let mut changes: Vec<_> = self.changes.iter().map(change).collect();
        changes.sort_by_key(|change| Reverse(change.outcomes.total()));
        changes
    }

    /// The devices that told of themselves, by address and station.
    pub fn devices(&self) -> Vec<Device> {
        let fact = |(key, entry): (&FactKey, &FactEntry)| DeviceFact {
            fact: key.fact,
            number: key.number,
            value: key.value.clone(),
            cut: key.cut,
            readable: key.readable,
            first: entry.first.unwrap_or(Place { file: 0, frame: 0 }),
        };
        let device = |(key, entry): (&DeviceKey, &DeviceEntry)| Device {
            address: key.address,
            station: key.station,
            facts: entry.facts.iter().map(fact).collect(),
            further: entry.facts.beyond(),
        };
        self.devices.iter().map(device).collect()
    }

    /// What each point of each device was, by device, station, protocol and address; nothing, if points are not followed.
    pub fn points(&self) -> Vec<PointTotal> {
        self.points.iter().map(|(key, entry)| entry.total(key)).collect()
    }

    /// The anomalies: by how many, then by kind, reason and protocol.
    pub fn anomalies(&self) -> Vec<AnomalyTotal> {
        let total = |(key, entry): (&AnomalyKey, &AnomalyEntry)| AnomalyTotal {
            kind: key.kind,
            reason: key.reason,
            protocol: key.protocol,
            count: entry.count,
            octets: entry.octets,
            first: entry.first.unwrap_or(Place { file: 0, frame: 0 }),
        };
        let mut totals: Vec<_> = self.anomalies.iter().map(total).collect();
        totals.sort_by_key(|total| Reverse(total.count));
        totals
    }

    /// What the capture lacks, and what had to be left out.
    pub fn losses(&self) -> Losses {
        let capture = self.capture.clone().unwrap_or_default();
        let (engine, packets) = (capture.engine, capture.packets);
        let sum = |counts: &[u64]| counts.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
        Losses {
            missing: self.coverage.missing,
            gaps: self.gaps,
            copies: self.copies,
            wrong_checksums: self.wrong_checksums,
            unattributed: engine.unattributed,
            unknown_link: engine.unknown_link,
            link_types: self.link_types.iter().map(|(link, times)| (*link, *times)).collect(),
            fragments: sum(&[
                packets.fragments_cut,
                packets.fragments_refused,
                packets.fragments_conflicting,
            ]),
            datagrams: sum(&[
                packets.datagrams_timed_out,
                packets.datagrams_evicted,
                packets.datagrams_unfinished,
            ]),
            evicted_half_open: engine.evicted_half_open,
            evicted_unidentified: engine.evicted_unidentified,
            evicted_identified: engine.evicted_identified,
            untracked: engine.untracked,
            untracked_publishers: engine.untracked_publishers,
            evicted_publishers: engine.evicted_publishers,
            notes_dropped: packets.notes_dropped,
            forgotten: self.outcomes.get(Outcome::FORGOTTEN),
            limits: self.limits_reached,
            damaged_files: capture.damaged().fold(0, |sum, _| sum + 1),
        }
    }

    /// Rows that are listed nowhere, because they lie beyond the limits.
    pub fn unlisted(&self) -> Unlisted {
        Unlisted {
            protocols: self.protocols.beyond(),
            talkers: self.talkers.beyond(),
            operations: self.operations.beyond(),
            changes: self.changes.beyond(),
            devices: self.devices.beyond(),
            anomalies: self.anomalies.beyond(),
            points: self.points.beyond(),
        }
    }

    /// The summary for a terminal of this many columns, in colour or without.
    ///
    /// No line is wider than `width`, or than 32 where `width` is less. What came from the wire is escaped.
    pub fn render(&self, width: usize, colour: bool) -> String {
        crate::terminal::render(&crate::report::sections(self), width, colour)
    }

    /// The summary for a notebook: HTML without scripts, everything that came from the wire escaped.
    pub fn html(&self) -> String {
        crate::html::render(&crate::report::sections(self))
    }
}

fn envelope_address(ip: Option<std::net::IpAddr>, mac: Option<fieldtap::record::Mac>) -> Option<Address> {
    ip.map(Address::Ip).or(mac.map(Address::Mac))
}

fn place(envelope: &Envelope) -> Place {
    Place { file: envelope.file, frame: envelope.frame }
}
