//! Supervision of HSR and PRP: which nodes there are, and by which of the two ways they are heard.
//!
//! IEC 62439-3:2016, clauses 4.2.8 (PRP) and 5.7.3 (HSR). The tags of HSR and trailers of PRP that other frames have are
//! read below all protocols; a frame that comes twice is told once.

use crate::{
    common::{Anomaly, AnomalyKind, Fact},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::{Address, Direction, Mac, Record, Symbol, Text},
    wire::ethernet::is_filling,
};

/// Supervision of HSR and PRP.
pub static PROTOCOL: Protocol = Protocol {
    name: "hsr_prp_supervision",
    title: "HSR and PRP supervision",
    standard: "IEC 62439-3:2016",
    carriers: &[Carrier::Ethertype(0x88fb)],
    tables: &[HsrPrpSupervision::schema],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

crate::codes! {
    /// What a node says of itself: the type of the first TLV (tables 4 and 13).
    pub struct NodeType(u8) {
        /// A node of PRP that discards the second copy.
        PRP_DUPLICATE_DISCARD = 20 => "prp_duplicate_discard",
        /// A node of PRP that hands both copies on.
        PRP_DUPLICATE_ACCEPT = 21 => "prp_duplicate_accept",
        /// A node of HSR that announces itself, in the edition of 2010.
        OBSOLETE = 22 => "obsolete",
        /// A node of HSR.
        HSR_NODE = 23 => "hsr_node",
    }
}

crate::record! {
    /// One supervision frame.
    pub struct HsrPrpSupervision in "hsr_prp_supervision" {
        /// SupPath: ring or LAN that the frame is of, where the node says so.
        path: u8,
        /// SupVersion.
        version: u16,
        /// SupSequenceNumber; null in the first edition of PRP.
        sequence_number: Option<u16>,
        /// What the node says of itself.
        node_type: Option<NodeType>,
        /// MAC address of the node.
        node_mac: Option<Mac>,
        /// MAC address of the RedBox that speaks for the node.
        redbox_mac: Option<Mac>,
        /// MAC address of the node behind the RedBox (VDAN), where a TLV of its own names it.
        vdan_mac: Option<Mac>,
    }
}

/// TLV type of a RedBox.
const REDBOX: u8 = 30;
/// TLV type of a virtual dual attached node.
const VDAN: u8 = 31;

/// Whether a TLV tells of a node.
fn is_node(tlv: Option<&[u8]>) -> bool {
    matches!(tlv.and_then(<[u8]>::first_chunk), Some([kind, 6 | 12]) if NodeType(*kind).name().is_some())
}

/// The first edition of PRP has no sequence number: version 0, and the first TLV stands in its place. Version 0 of HSR
/// (IEC 62439-3:2010) has one, and its nodes send 15 for the path.
fn has_sequence_number(bytes: &[u8], version: u16) -> bool {
    let is_hsr = bytes.first().is_some_and(|path| path >> 4 == 15);
    version > 0 || is_node(bytes.get(4..)) && (is_hsr || !is_node(bytes.get(2..)))
}

struct Dissection;

impl Dissector for Dissection {
    type State = ();

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        match bytes {
            [_, _, _, _, kind, 6 | 12, ..] if NodeType(*kind).name().is_some() => Probe::Possible,
            _ if bytes.len() < 6 => Probe::More(6),
            _ => Probe::No,
        }
    }

    /// The TLVs fill their frame.
    fn frame(_: &(), _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(_: &mut (), pdu: Pdu<'_>, out: &mut Output<'_>) {
        out.set_direction(Direction::UNSOLICITED);
        let Some((&[path, version], rest)) = pdu.bytes.split_first_chunk() else {
            if !pdu.cut {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message is shorter than its header");
                out.anomaly(anomaly.numbers(2, pdu.bytes.len() as u64));
            }
            return out.no_message();
        };
        let version_of = u16::from_be_bytes([path & 15, version]);
        let mut row = HsrPrpSupervision {
            path: path >> 4,
            version: version_of,
            sequence_number: None,
            node_type: None,
            node_mac: None,
            redbox_mac: None,
            vdan_mac: None,
        };
        let mut rest = rest;
        if has_sequence_number(pdu.bytes, version_of)
            && let Some((number, behind)) = rest.split_first_chunk()
        {
            row.sequence_number = Some(u16::from_be_bytes(*number));
            rest = behind;
        }
        let mut wrong = None;
        while let Some((&[kind, length], behind)) = rest.split_first_chunk() {
            if kind == 0 {
                break;
            }
            let offset = (pdu.bytes.len() - rest.len()) as u64;
            let Some((value, behind)) = behind.split_at_checked(length.into()) else {
                let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "TLV is longer than the message");
                wrong = Some(anomaly.at(offset).numbers(length.into(), behind.len() as u64));
                rest = &[];
                break;
            };
            let mac = value.first_chunk().map(|octets| Mac(*octets));
            if kind == REDBOX {
                row.redbox_mac = mac;
            } else if kind == VDAN {
                row.vdan_mac = mac;
            } else if row.node_type.is_none() {
                (row.node_type, row.node_mac) = (Some(NodeType(kind)), mac);
            } else {
                // What follows known TLVs only fills the frame up.
                break;
            }
            if mac.is_none() {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "TLV has no room for a MAC address");
                wrong = Some(anomaly.at(offset).numbers(6, length.into()));
            }
            rest = behind;
        }
        out.row(&row);
        match row.node_type {
            None if !pdu.cut && wrong.is_none() => {
                out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "no TLV tells of a node"));
            }
            Some(kind) if kind.name().is_none() => {
                out.anomaly(
                    Anomaly::new(AnomalyKind::VALUE, "type of node is not known").found(kind.0.into()),
                );
            }
            _ => {}
        }
        if let Some(anomaly) = wrong.filter(|_| !pdu.cut) {
            out.anomaly(anomaly);
        }
        let end = pdu.bytes.len() - rest.len();
        if !is_filling(pdu.bytes, end) {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the last TLV");
            out.anomaly(anomaly.at(end as u64).length(rest.len() as u64));
        }
        // Type 22 is that with which nodes of HSR announced themselves.
        let role =
            row.node_type.map(|kind| if kind == NodeType::OBSOLETE { NodeType::HSR_NODE } else { kind });
        // A RedBox sends for nodes that do not themselves: the sender need not be the node.
        let roles = [
            (row.node_mac, None, role.and_then(NodeType::name)),
            (row.vdan_mac, Some(VDAN.into()), row.vdan_mac.map(|_| "vdan")),
            (row.redbox_mac, Some(REDBOX.into()), row.redbox_mac.map(|_| "redbox")),
        ];
        for (mac, number, role) in roles {
            let whose = mac.map(Address::Mac).or(out.sender());
            if let Some(role) = role {
                let source = Symbol("supervision");
                out.identity_of(whose, None, Fact::ROLE, number, Text(role.as_bytes()), source);
            }
        }
    }
}
