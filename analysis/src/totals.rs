//! The totals that a summary gives, as plain data.
use crate::bounded::{Bounded, Entry};
use fieldtap::{
    common::{AnomalyKind, Fact, Operation, Outcome},
    record::Address,
};

/// What is known of the content of a conversation. What is known best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// In a protocol that is dissected.
    Understood,
    /// In a protocol that is known by name and encrypts what it carries.
    Encrypted,
    /// In another protocol that is known by name alone.
    Foreign,
    /// In no known protocol.
    Unknown,
    /// No payload was sent.
    Empty,
}

impl Content {
    pub(crate) fn named(name: Option<&str>) -> Self {
        match name {
            Some("understood") => Self::Understood,
            Some("encrypted") => Self::Encrypted,
            Some("foreign") => Self::Foreign,
            Some("empty") => Self::Empty,
            _ => Self::Unknown,
        }
    }

    /// Its name, as in the column `coverage` of the table `conversations`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Understood => "understood",
            Self::Encrypted => "encrypted",
            Self::Foreign => "foreign",
            Self::Unknown => "unknown",
            Self::Empty => "empty",
        }
    }
}

/// Where in the capture something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Index of the file, as in the column `file` of every row.
    pub file: u32,
    /// Number of the frame within its file, from 1.
    pub frame: u64,
}

/// All conversations in one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolTotal {
    /// Name of the protocol; of what carries it (`tcp`, `udp`, `other`, `ethernet`) where none was identified.
    pub protocol: &'static str,
    /// Number of the IP protocol or the ethertype, where `protocol` is `other` or `ethernet`.
    pub number: Option<u16>,
    /// What is known of its content.
    pub content: Content,
    /// Conversations. 0 for a protocol that travels inside another one.
    pub conversations: u64,
    /// Conversations identified by a strong signature, or by several PDUs.
    pub certain: u64,
    /// Conversations identified by a weak signature on a registered port.
    pub by_port: u64,
    /// Frames.
    pub frames: u64,
    /// Octets of these frames, as they were on the wire.
    pub octets: u64,
    /// Octets of payload, every copy counted, as far as they were captured.
    pub payload: u64,
    /// Octets that were dissected.
    pub understood: u64,
    /// Messages.
    pub messages: u64,
    /// Requests, each counted once.
    pub requests: u64,
}

/// One client and one server that talk in one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Talker {
    /// Who opened the conversations; none where the frames have no address.
    pub client: Option<Address>,
    /// The other end.
    pub server: Option<Address>,
    /// Port of the server, where there are ports.
    pub port: Option<u16>,
    /// Name of the protocol, as in [`ProtocolTotal::protocol`].
    pub protocol: &'static str,
    /// Number of the IP protocol or the ethertype, as in [`ProtocolTotal::number`].
    pub number: Option<u16>,
    /// What is known of its content.
    pub content: Content,
    /// Conversations. 0 for a protocol that travels inside another one.
    pub conversations: u64,
    /// Octets of payload from the client.
    pub client_payload: u64,
    /// Octets of payload from the server.
    pub server_payload: u64,
    /// Messages, both ways.
    pub messages: u64,
    /// Requests, each counted once.
    pub requests: u64,
}

/// What became of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Rows of each outcome, by its code; index 0 holds codes without a name.
    rows: [u64; Outcomes::CODES],
    late: u64,
}

impl Outcomes {
    const CODES: usize = Outcome::NAMES.len() + 1;

    pub(crate) fn add(&mut self, outcome: u8, late: bool) {
        let index = if usize::from(outcome) < Self::CODES { usize::from(outcome) } else { 0 };
        if let Some(rows) = self.rows.get_mut(index) {
            *rows = rows.saturating_add(1);
        }
        self.late = self.late.saturating_add(late.into());
    }

    /// Operations that ended so. One that was answered late counts under its answer, no longer as unanswered.
    pub fn get(&self, outcome: Outcome) -> u64 {
        let rows = self.rows.get(usize::from(outcome.0)).copied().unwrap_or_default();
        if outcome == Outcome::UNANSWERED { rows.saturating_sub(self.late) } else { rows }
    }

    /// Operations whose answer came only after the time-out.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Requests that were seen, each counted once: all operations but the unasked.
    pub fn requests(&self) -> u64 {
        self.total().saturating_sub(self.get(Outcome::UNASKED))
    }

    /// Operations, each counted once.
    pub fn total(&self) -> u64 {
        self.rows().saturating_sub(self.late)
    }

    /// The outcomes that occurred, in the order of their codes; the last has no name.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        let codes = (1..Self::CODES).chain([0]).filter_map(|code| u8::try_from(code).ok().map(Outcome));
        codes.map(|outcome| (outcome, self.get(outcome))).filter(|(_, count)| *count > 0)
    }
}

impl Entry for Outcomes {
    fn merge(&mut self, other: Self) {
        for (own, more) in self.rows.iter_mut().zip(other.rows) {
            *own = own.saturating_add(more);
        }
        self.late = self.late.saturating_add(other.late);
    }
    fn rows(&self) -> u64 {
        self.rows.iter().fold(0, |sum, rows| sum.saturating_add(*rows))
    }
}

/// All operations of one kind in one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationTotal {
    /// The kind.
    pub operation: Operation,
    /// The protocol.
    pub protocol: &'static str,
    /// What became of them.
    pub outcomes: Outcomes,
}

/// Operations of one kind by which somebody changes something in a device: write, control, force, mode, restart,
/// program download, firmware, file, time, alarm, reporting, configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who asked.
    pub client: Option<Address>,
    /// Who was asked.
    pub server: Option<Address>,
    /// Station below the server's address: unit identifier, common address.
    pub station: Option<u32>,
    /// The protocol.
    pub protocol: &'static str,
    /// The kind.
    pub operation: Operation,
    /// What became of them.
    pub outcomes: Outcomes,
}

pub(crate) const fn changes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::WRITE
            | Operation::CONTROL
            | Operation::FORCE
            | Operation::MODE
            | Operation::RESTART
            | Operation::PROGRAM_DOWNLOAD
            | Operation::FIRMWARE
            | Operation::FILE
            | Operation::TIME
            | Operation::ALARM
            | Operation::REPORTING
            | Operation::CONFIG
    )
}

/// A device that told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its address.
    pub address: Option<Address>,
    /// Station below the address: unit identifier, common address.
    pub station: Option<u32>,
    /// What it told, in the order of the kinds of facts.
    pub facts: Vec<DeviceFact>,
    /// Rows of facts beyond those that are kept.
    pub further: u64,
}

/// A fact that a device told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFact {
    /// What it is about.
    pub fact: Fact,
    /// The protocol's own number of the fact.
    pub number: Option<u32>,
    /// The device's own words, octet for octet as sent. Not safe to show as they are:
    /// [`Text`](fieldtap::record::Text) shows them reversibly.
    pub value: Vec<u8>,
    /// Whether `value` is only the beginning of what was sent.
    pub cut: bool,
    /// Whether `value` is text.
    pub readable: bool,
    /// Where it was told first.
    pub first: Place,
}

/// All anomalies of one kind for one reason in one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnomalyTotal {
    /// What they are about.
    pub kind: AnomalyKind,
    /// Why they are said.
    pub reason: &'static str,
    /// The protocol, or what else they speak of (`tcp`, `packet`, `capture`).
    pub protocol: &'static str,
    /// How many.
    pub count: u64,
    /// Octets that they concern.
    pub octets: u64,
    /// Where the first stands.
    pub first: Place,
}

/// What the capture lacks, and what had to be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Octets of conversations that the capture lacks.
    pub missing: u64,
    /// Gaps in the streams of known protocols.
    pub gaps: u64,
    /// Frames that came twice within milliseconds.
    pub copies: u64,
    /// Frames whose transport checksum is wrong.
    pub wrong_checksums: u64,
    /// Frames that belong to no conversation, those of an unknown link type and fragments that wait among them.
    pub unattributed: u64,
    /// Frames whose link type is not read.
    pub unknown_link: u64,
    /// These link types, by their number, and how often it was said.
    pub link_types: Vec<(u64, u64)>,
    /// Fragments of IP datagrams that were cut, refused, or held other octets than an earlier one.
    pub fragments: u64,
    /// Fragmented IP datagrams that were given up.
    pub datagrams: u64,
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
    /// Publishers of cyclic messages that had to make room.
    pub evicted_publishers: u64,
    /// Notes on frames that found no room.
    pub notes_dropped: u64,
    /// Requests that were forgotten because too many waited.
    pub forgotten: u64,
    /// Limits that were reached, as the anomalies tell.
    pub limits: u64,
    /// Files that were not read to their end.
    pub damaged_files: u64,
}

/// Rows that tell of what lies beyond the limits of the summary: counted in all sums, but listed nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlisted {
    /// Conversations and operations of protocols that are not listed.
    pub protocols: u64,
    /// Conversations and operations of clients and servers that are not listed.
    pub talkers: u64,
    /// Operations of kinds that are not listed.
    pub operations: u64,
    /// Operations that change something, of clients and servers that are not listed.
    pub changes: u64,
    /// Facts of devices that are not listed.
    pub devices: u64,
    /// Anomalies that are not listed.
    pub anomalies: u64,
    /// Values of points that are not listed.
    pub points: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProtocolKey {
    pub(crate) content: Content,
    pub(crate) name: &'static str,
    pub(crate) number: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ProtocolEntry {
    pub(crate) conversations: u64,
    pub(crate) certain: u64,
    pub(crate) by_port: u64,
    pub(crate) frames: u64,
    pub(crate) octets: u64,
    pub(crate) payload: u64,
    pub(crate) understood: u64,
    pub(crate) messages: u64,
    pub(crate) outcomes: Outcomes,
}

impl Entry for ProtocolEntry {
    fn merge(&mut self, other: Self) {
        for (own, more) in [
            (&mut self.conversations, other.conversations),
            (&mut self.certain, other.certain),
            (&mut self.by_port, other.by_port),
            (&mut self.frames, other.frames),
            (&mut self.octets, other.octets),
            (&mut self.payload, other.payload),
            (&mut self.understood, other.understood),
            (&mut self.messages, other.messages),
        ] {
            *own = own.saturating_add(more);
        }
        self.outcomes.merge(other.outcomes);
    }
    fn rows(&self) -> u64 {
        self.conversations.saturating_add(self.outcomes.rows())
    }
}

/// The order of its fields is the order in which talkers are remembered: what is known best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TalkerKey {
    pub(crate) content: Content,
    pub(crate) client: Option<Address>,
    pub(crate) server: Option<Address>,
    pub(crate) port: Option<u16>,
    pub(crate) protocol: &'static str,
    pub(crate) number: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TalkerEntry {
    pub(crate) conversations: u64,
    pub(crate) client_payload: u64,
    pub(crate) server_payload: u64,
    pub(crate) messages: u64,
    pub(crate) operations: u64,
    pub(crate) requests: u64,
}

impl Entry for TalkerEntry {
    fn merge(&mut self, other: Self) {
        for (own, more) in [
            (&mut self.conversations, other.conversations),
            (&mut self.client_payload, other.client_payload),
            (&mut self.server_payload, other.server_payload),
            (&mut self.messages, other.messages),
            (&mut self.operations, other.operations),
            (&mut self.requests, other.requests),
        ] {
            *own = own.saturating_add(more);
        }
    }
    fn rows(&self) -> u64 {
        self.conversations.saturating_add(self.operations)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OperationKey {
    pub(crate) operation: Operation,
    pub(crate) protocol: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ChangeKey {
    pub(crate) client: Option<Address>,
    pub(crate) server: Option<Address>,
    pub(crate) station: Option<u32>,
    pub(crate) protocol: &'static str,
    pub(crate) operation: Operation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DeviceKey {
    pub(crate) address: Option<Address>,
    pub(crate) station: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FactKey {
    pub(crate) fact: Fact,
    pub(crate) number: Option<u32>,
    pub(crate) value: Vec<u8>,
    pub(crate) cut: bool,
    pub(crate) readable: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FactEntry {
    pub(crate) rows: u64,
    pub(crate) first: Option<Place>,
}

impl Entry for FactEntry {
    fn merge(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.first = earlier(self.first, other.first);
    }
    fn rows(&self) -> u64 {
        self.rows
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeviceEntry {
    pub(crate) facts: Bounded<FactKey, FactEntry>,
}

impl Entry for DeviceEntry {
    fn merge(&mut self, other: Self) {
        self.facts.merge(other.facts);
    }
    fn rows(&self) -> u64 {
        self.facts.iter().fold(self.facts.beyond(), |sum, (_, fact)| sum.saturating_add(fact.rows))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AnomalyKey {
    pub(crate) kind: AnomalyKind,
    pub(crate) reason: &'static str,
    pub(crate) protocol: &'static str,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct AnomalyEntry {
    pub(crate) count: u64,
    pub(crate) octets: u64,
    pub(crate) first: Option<Place>,
}

impl Entry for AnomalyEntry {
    fn merge(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.octets = self.octets.saturating_add(other.octets);
        self.first = earlier(self.first, other.first);
    }
    fn rows(&self) -> u64 {
        self.count
    }
}

pub(crate) fn earlier(a: Option<Place>, b: Option<Place>) -> Option<Place> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
