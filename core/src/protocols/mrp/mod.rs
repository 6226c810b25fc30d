//! MRP (Media Redundancy Protocol): a ring of switches, its manager, and its changes.
//!
//! IEC 62439-2:2016, clause 6 (frames); the same frames are those of PROFINET (IEC 61158-6-10). A manager tests the ring by
//! frames that must come back to it; clients tell it of links that fail or return.

use crate::{
    common::{Anomaly, AnomalyKind, Fact},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::{Direction, Duration, Mac, Record, Symbol, Text},
    wire::{Cursor, ethernet::is_filling},
};

/// MRP.
pub static PROTOCOL: Protocol = Protocol {
    name: "mrp",
    title: "MRP (media redundancy)",
    standard: "IEC 62439-2:2016",
    carriers: &[Carrier::Ethertype(0x88e3)],
    tables: &[Mrp::schema],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

crate::codes! {
    /// What a frame says: the type of its first TLV, but for options beside another.
    pub struct MrpType(u8) {
        /// The ring is tested.
        TEST = 2 => "test",
        /// The ring changes its topology.
        TOPOLOGY_CHANGE = 3 => "topology_change",
        /// A link of the ring has failed.
        LINK_DOWN = 4 => "link_down",
        /// A link of the ring has returned.
        LINK_UP = 5 => "link_up",
        /// The interconnection of two rings is tested.
        IN_TEST = 6 => "in_test",
        /// The interconnection changes its topology.
        IN_TOPOLOGY_CHANGE = 7 => "in_topology_change",
        /// A link of the interconnection has failed.
        IN_LINK_DOWN = 8 => "in_link_down",
        /// A link of the interconnection has returned.
        IN_LINK_UP = 9 => "in_link_up",
        /// The links of the interconnection are asked for.
        IN_LINK_STATUS_POLL = 10 => "in_link_status_poll",
        /// What the manufacturer says, and what managers say to one another.
        OPTION = 127 => "option",
    }
}

crate::codes! {
    /// Role of a port.
    pub struct PortRole(u16) {
        /// Primary.
        PRIMARY = 0 => "primary",
        /// Secondary.
        SECONDARY = 1 => "secondary",
        /// Of the interconnection.
        INTERCONNECTION = 2 => "interconnection",
    }
}

crate::codes! {
    /// State of a ring, or of an interconnection.
    pub struct RingState(u16) {
        /// It is open: a link has failed.
        OPEN = 0 => "open",
        /// It is closed: all links are there.
        CLOSED = 1 => "closed",
    }
}

crate::record! {
    /// One frame of MRP.
    pub struct Mrp<'a> in "mrp" {
        /// Version.
        version: u16,
        /// What it says.
        mrp_type: Option<MrpType>,
        /// Sequence number of the sender.
        sequence_id: Option<u16>,
        /// The ring: a UUID.
        domain_uuid: Option<&'a [u8]>,
        /// Priority of the manager: the lowest wins.
        priority: Option<u16>,
        /// MAC address of the manager or client that speaks.
        source_mac: Option<Mac>,
        /// Role of the port that it was sent by.
        port_role: Option<PortRole>,
        /// State of the ring or of the interconnection.
        ring_state: Option<RingState>,
        /// How often the ring was opened.
        transition: Option<u16>,
        /// Clock of the sender.
        time_stamp: Option<Duration>,
        /// When the next change is.
        interval: Option<Duration>,
        /// Whether the sender can block its ports.
        blocked: Option<bool>,
        /// The interconnection.
        interconnection_id: Option<u16>,
        /// What an option holds, as sent.
        option: Option<&'a [u8]>,
    }
}

/// TLV that ends the frame.
const END: u8 = 0;
/// TLV with sequence number and ring.
const COMMON: u8 = 1;
/// Rings and interconnections whose state is remembered.
const MANAGERS: usize = 16;

/// A ring, or an interconnection, by its manager: one may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Managed {
    manager: Mac,
    domain: Option<[u8; 16]>,
    interconnection_id: Option<u16>,
}

/// The state that managers have told of what they manage.
#[derive(Debug, Default)]
struct State {
    managed: Vec<(Managed, RingState)>,
}

struct Dissection;

impl Dissector for Dissection {
    type State = State;

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        match bytes {
            [0, 1, kind, length, ..]
                if *length > 0 && (*kind == COMMON || MrpType(*kind).name().is_some()) =>
            {
                Probe::Possible
            }
            _ if bytes.len() < 4 => Probe::More(4),
            _ => Probe::No,
        }
    }

    /// The TLVs fill their frame.
    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        out.set_direction(Direction::UNSOLICITED);
        let Some((&version, mut rest)) = pdu.bytes.split_first_chunk() else {
            if !pdu.cut {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message is shorter than its header");
                out.anomaly(anomaly.numbers(2, pdu.bytes.len() as u64));
            }
            return out.no_message();
        };
        let mut row = Mrp {
            version: u16::from_be_bytes(version),
            mrp_type: None,
            sequence_id: None,
            domain_uuid: None,
            priority: None,
            source_mac: None,
            port_role: None,
            ring_state: None,
            transition: None,
            time_stamp: None,
            interval: None,
            blocked: None,
            interconnection_id: None,
            option: None,
        };
        let (mut wrong, mut ended) = (None, false);
        while let Some((&[kind, length], behind)) = rest.split_first_chunk() {
            let offset = (pdu.bytes.len() - rest.len()) as u64;
            if kind == END {
                if let Some(further) = behind_filling(rest) {
                    rest = further;
                    continue;
                }
                (rest, ended) = (behind, true);
                break;
            }
            let Some((value, behind)) = behind.split_at_checked(length.into()) else {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "TLV is longer than the message");
                wrong = Some(anomaly.at(offset).numbers(length.into(), behind.len() as u64));
                rest = &[];
                break;
            };
            if is_second(&row, kind) {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "TLV beside another of its kind");
                wrong = Some(anomaly.at(offset).found(kind.into()));
            } else if tlv(&mut row, kind, value).is_none() {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "TLV is too short for its type");
                wrong = Some(anomaly.at(offset).found(length.into()));
            }
            rest = behind;
        }
        out.row(&row);
        if let Some(anomaly) = wrong.filter(|_| !pdu.cut) {
            out.anomaly(anomaly);
        } else if !ended && !pdu.cut {
            out.anomaly(Anomaly::new(AnomalyKind::TRUNCATED, "message has no end"));
        }
        let end = pdu.bytes.len() - rest.len();
        if !is_filling(pdu.bytes, end) {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the end of the message");
            out.anomaly(anomaly.at(end as u64).length(rest.len() as u64));
        }
        if let (Some(manager), Some(told)) = (row.source_mac, row.ring_state) {
            let domain = row.domain_uuid.and_then(|domain| domain.try_into().ok());
            let managed = Managed { manager, domain, interconnection_id: row.interconnection_id };
            ring(state, managed, told, out);
        }
    }
}

/// What the manager says of the ring, or of the interconnection.
fn ring(state: &mut State, managed: Managed, told: RingState, out: &mut Output<'_>) {
    let is_ring = managed.interconnection_id.is_none();
    if is_ring {
        out.identity(None, Fact::ROLE, None, Text(b"redundancy_manager"), Symbol("mrp_test"));
    }
    let room = state.managed.len() < MANAGERS;
    match state.managed.iter_mut().find(|(of, _)| *of == managed) {
        Some((_, before)) => {
            if *before == RingState::CLOSED && told == RingState::OPEN {
                let reason = if is_ring { "the ring has opened" } else { "the interconnection has opened" };
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason));
            }
            *before = told;
        }
        None if room => state.managed.push((managed, told)),
        None => {}
    }
}

/// Some fill a TLV up to a multiple of four octets: what lies behind zeros that are no end, since one of the TLVs follows that
/// stand behind others.
fn behind_filling(rest: &[u8]) -> Option<&[u8]> {
    let zeros = rest.iter().take_while(|octet| **octet == 0).count();
    let further = rest.get(zeros..).filter(|_| zeros < 4)?;
    match *further {
        [COMMON, ..] => Some(further),
        [kind, length, ref value @ ..] if MrpType(kind) == MrpType::OPTION => {
            (length > 0 && value.len() >= length.into()).then_some(further)
        }
        _ => None,
    }
}

/// Whether a TLV of this kind has been read: the one that says what the frame is about, the common one, or an option.
fn is_second(row: &Mrp<'_>, kind: u8) -> bool {
    match MrpType(kind) {
        _ if kind == COMMON => row.sequence_id.is_some(),
        MrpType::OPTION => row.option.is_some(),
        _ => row.mrp_type.is_some_and(|before| before != MrpType::OPTION),
    }
}

fn mac(cursor: &mut Cursor<'_>) -> Option<Mac> {
    cursor.take(6)?.first_chunk().map(|octets| Mac(*octets))
}

fn milliseconds(number: impl Into<i64>) -> Duration {
    Duration(number.into() * 1_000_000)
}

/// One TLV. `None` if it has no room for what its type has.
fn tlv<'a>(row: &mut Mrp<'a>, kind: u8, value: &'a [u8]) -> Option<()> {
    let mut cursor = Cursor::new(value);
    if kind == COMMON {
        row.sequence_id = Some(cursor.u16()?);
        row.domain_uuid = Some(cursor.take(16)?);
        return Some(());
    }
    // An option alone is what the frame is about; else it comes beside that.
    if MrpType(kind) != MrpType::OPTION || row.mrp_type.is_none() {
        row.mrp_type = Some(MrpType(kind));
    }
    match MrpType(kind) {
        MrpType::TEST | MrpType::IN_TEST => {
            let first = cursor.u16()?;
            if MrpType(kind) == MrpType::TEST {
                row.priority = Some(first);
            } else {
                row.interconnection_id = Some(first);
            }
            row.source_mac = Some(mac(&mut cursor)?);
            row.port_role = Some(PortRole(cursor.u16()?));
            row.ring_state = Some(RingState(cursor.u16()?));
            row.transition = Some(cursor.u16()?);
            row.time_stamp = Some(milliseconds(cursor.u32()?));
        }
        MrpType::TOPOLOGY_CHANGE => {
            row.priority = Some(cursor.u16()?);
            row.source_mac = Some(mac(&mut cursor)?);
            row.interval = Some(milliseconds(cursor.u16()?));
        }
        MrpType::LINK_DOWN | MrpType::LINK_UP => {
            row.source_mac = Some(mac(&mut cursor)?);
            row.port_role = Some(PortRole(cursor.u16()?));
            row.interval = Some(milliseconds(cursor.u16()?));
            row.blocked = Some(cursor.u16()? != 0);
        }
        MrpType::IN_TOPOLOGY_CHANGE => {
            row.source_mac = Some(mac(&mut cursor)?);
            row.interconnection_id = Some(cursor.u16()?);
            row.interval = Some(milliseconds(cursor.u16()?));
        }
        MrpType::IN_LINK_DOWN | MrpType::IN_LINK_UP | MrpType::IN_LINK_STATUS_POLL => {
            row.source_mac = Some(mac(&mut cursor)?);
            row.port_role = Some(PortRole(cursor.u16()?));
            row.interconnection_id = Some(cursor.u16()?);
            if MrpType(kind) != MrpType::IN_LINK_STATUS_POLL {
                row.interval = Some(milliseconds(cursor.u16()?));
            }
        }
        MrpType::OPTION => row.option = Some(value),
        // What is not known is given as sent.
        _ => row.option = row.option.or(Some(value)),
    }
    Some(())
}
