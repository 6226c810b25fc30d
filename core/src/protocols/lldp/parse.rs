//! The LLDPDU (IEEE Std 802.1AB-2016, clause 8).
use super::{
    codes::{AddressFamily, ChassisIdSubtype, InterfaceNumbering, Organization, PortIdSubtype, tlv_name},
    records::{Lldp, LldpManagementAddresses, LldpOrganizationTlvs},
};
use crate::{
    common::{Anomaly, AnomalyKind, Fact},
    protocol::{Output, Pdu},
    record::{Direction, Mac, Symbol, Text},
    wire::ethernet::is_filling,
};
use core::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Most octets of a management address with its family, and of its object identifier (8.5.9).
const MOST_ADDRESS: u8 = 32;
const MOST_OBJECT_IDENTIFIER: u8 = 128;

const END: u8 = 0;
const CHASSIS_ID: u8 = 1;
const PORT_ID: u8 = 2;
const TIME_TO_LIVE: u8 = 3;
const PORT_DESCRIPTION: u8 = 4;
const SYSTEM_NAME: u8 = 5;
const SYSTEM_DESCRIPTION: u8 = 6;
const SYSTEM_CAPABILITIES: u8 = 7;
const MANAGEMENT_ADDRESS: u8 = 8;
const ORGANIZATION: u8 = 127;

/// One TLV, and where it begins.
#[derive(Clone, Copy)]
struct Tlv<'a> {
    kind: u8,
    value: &'a [u8],
    offset: usize,
}

/// What the walk over the TLVs ended with.
enum End {
    /// With the TLV of the end, which ends here.
    Ended(usize),
    /// With the last octet, and no TLV of the end.
    Open,
    /// The TLV that begins here claims more octets than there are.
    Short { offset: usize, claimed: usize, have: usize },
}

/// Walks over the TLVs: a type of seven bits, a length of nine (8.4).
fn walk<'a>(bytes: &'a [u8], mut each: impl FnMut(Tlv<'a>)) -> End {
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let Some((&[high, low], behind)) = rest.split_first_chunk() else {
            return End::Short { offset, claimed: 2, have: rest.len() };
        };
        let length = usize::from(high & 1) << 8 | usize::from(low);
        let Some((value, behind)) = behind.split_at_checked(length) else {
            return End::Short { offset, claimed: length, have: behind.len() };
        };
        each(Tlv { kind: high >> 1, value, offset });
        if high >> 1 == END {
            return End::Ended(bytes.len() - behind.len());
        }
        rest = behind;
    }
    End::Open
}

/// Most octets of the value of a TLV (8.5.2 to 8.5.7): of the identifiers beside their subtype.
const fn most(kind: u8) -> Option<usize> {
    match kind {
        CHASSIS_ID | PORT_ID => Some(256),
        PORT_DESCRIPTION | SYSTEM_NAME | SYSTEM_DESCRIPTION => Some(255),
        _ => None,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|octets| u32::from_be_bytes(*octets))
}

fn mac(bytes: &[u8]) -> Option<Mac> {
    bytes.try_into().ok().map(Mac)
}

/// An address behind its family (8.5.2.3).
fn ip(family: u8, octets: &[u8]) -> Option<IpAddr> {
    match AddressFamily(family) {
        AddressFamily::IPV4 => octets.try_into().ok().map(|octets: [u8; 4]| Ipv4Addr::from(octets).into()),
        AddressFamily::IPV6 => octets.try_into().ok().map(|octets: [u8; 16]| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

fn network_address(id: &[u8]) -> Option<IpAddr> {
    let (family, octets) = id.split_first()?;
    ip(*family, octets)
}

pub(super) fn message(pdu: Pdu<'_>, out: &mut Output<'_>) {
    out.set_direction(Direction::UNSOLICITED);
    let mut row = Lldp {
        chassis_id_subtype: None,
        chassis_id: None,
        chassis_mac: None,
        chassis_address: None,
        port_id_subtype: None,
        port_id: None,
        port_mac: None,
        port_address: None,
        time_to_live: None,
        port_description: None,
        system_name: None,
        system_description: None,
        system_capabilities: None,
        enabled_capabilities: None,
        tlv_count: 0,
    };
    // What is wrong is said behind the row of the message.
    let mut wrong: [Option<Anomaly>; 8] = [None; 8];
    let mut count = 0usize;
    let mut say = |anomaly: Anomaly| {
        if let Some(place) = wrong.get_mut(count) {
            *place = Some(anomaly);
        }
        count += 1;
    };
    let end = walk(pdu.bytes, |tlv| {
        let offset = tlv.offset as u64;
        let malformed = |reason| Anomaly::new(AnomalyKind::MALFORMED, reason).at(offset);
        // The first three TLVs are these, and each comes once (8.4, 8.5).
        if row.tlv_count < 3 && u16::from(tlv.kind) != row.tlv_count + 1 {
            say(malformed("mandatory TLV is missing or out of place")
                .numbers(u64::from(row.tlv_count) + 1, tlv.kind.into()));
        }
        row.tlv_count = row.tlv_count.saturating_add(1);
        let again = match tlv.kind {
            CHASSIS_ID => row.chassis_id_subtype.is_some(),
            PORT_ID => row.port_id_subtype.is_some(),
            TIME_TO_LIVE => row.time_to_live.is_some(),
            PORT_DESCRIPTION => row.port_description.is_some(),
            SYSTEM_NAME => row.system_name.is_some(),
            SYSTEM_DESCRIPTION => row.system_description.is_some(),
            SYSTEM_CAPABILITIES => row.system_capabilities.is_some(),
            _ => false,
        };
        if again {
            return say(malformed("TLV comes a second time").found(tlv.kind.into()));
        }
        if let Some(most) = most(tlv.kind).filter(|most| tlv.value.len() > *most) {
            let anomaly = malformed("TLV is longer than the standard allows");
            say(anomaly.numbers(most as u64, tlv.value.len() as u64));
        }
        match (tlv.kind, tlv.value) {
            (CHASSIS_ID, &[subtype, ref id @ ..]) if !id.is_empty() => {
                row.chassis_id_subtype = Some(ChassisIdSubtype(subtype));
                match ChassisIdSubtype(subtype) {
                    ChassisIdSubtype::MAC_ADDRESS => row.chassis_mac = mac(id),
                    ChassisIdSubtype::NETWORK_ADDRESS => row.chassis_address = network_address(id),
                    _ => {}
                }
                if row.chassis_mac.is_none() && row.chassis_address.is_none() {
                    row.chassis_id = Some(Text(id));
                }
            }
            (PORT_ID, &[subtype, ref id @ ..]) if !id.is_empty() => {
                row.port_id_subtype = Some(PortIdSubtype(subtype));
                match PortIdSubtype(subtype) {
                    PortIdSubtype::MAC_ADDRESS => row.port_mac = mac(id),
                    PortIdSubtype::NETWORK_ADDRESS => row.port_address = network_address(id),
                    _ => {}
                }
                if row.port_mac.is_none() && row.port_address.is_none() {
                    row.port_id = Some(Text(id));
                }
            }
            (TIME_TO_LIVE, value) if value.len() >= 2 => {
                row.time_to_live = u16_at(value, 0);
                if value.len() > 2 {
                    say(malformed("TLV is longer than its value").numbers(2, value.len() as u64));
                }
            }
            (PORT_DESCRIPTION, value) => row.port_description = Some(Text(value)),
            (SYSTEM_NAME, value) => row.system_name = Some(Text(value)),
            (SYSTEM_DESCRIPTION, value) => row.system_description = Some(Text(value)),
            (SYSTEM_CAPABILITIES, value) if value.len() >= 4 => {
                row.system_capabilities = u16_at(value, 0);
                row.enabled_capabilities = u16_at(value, 2);
            }
            (CHASSIS_ID | PORT_ID | TIME_TO_LIVE | SYSTEM_CAPABILITIES, value) => {
                say(malformed("TLV is shorter than its value").length(value.len() as u64));
            }
            (END, value) if !value.is_empty() => {
                say(malformed("TLV of the end is not empty").length(value.len() as u64));
            }
            (9..=126, _) => say(Anomaly::new(AnomalyKind::VALUE, "TLV type is reserved")
                .at(offset)
                .found(tlv.kind.into())),
            _ => {}
        }
    });
    let lacking = row.tlv_count;
    out.row(&row);
    match end {
        // What the capture left out is no fault of the sender.
        End::Open | End::Short { .. } if pdu.cut => {}
        End::Short { offset, claimed, have } => {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "TLV is longer than the LLDPDU");
            out.anomaly(anomaly.at(offset as u64).numbers(claimed as u64, have as u64));
        }
        End::Open | End::Ended(_) if lacking < 3 => {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "mandatory TLV is missing or out of place");
            out.anomaly(anomaly.numbers(u64::from(lacking) + 1, 0));
        }
        End::Open | End::Ended(_) => {}
    }
    if let End::Ended(end) = end
        && !is_filling(pdu.bytes, end)
    {
        let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the end of the LLDPDU");
        out.anomaly(anomaly.at(end as u64).length((pdu.bytes.len() - end) as u64));
    }
    let further = count.saturating_sub(wrong.len());
    for anomaly in wrong.into_iter().flatten() {
        out.anomaly(anomaly);
    }
    if further > 0 {
        let anomaly = Anomaly::new(AnomalyKind::LIMIT, "further anomalies in this message");
        out.anomaly(anomaly.count(u32::try_from(further).unwrap_or(u32::MAX)));
    }
    facts(&row, out);
    let mut addresses = 0;
    walk(pdu.bytes, |tlv| match tlv.kind {
        MANAGEMENT_ADDRESS => {
            management_address(tlv, addresses, out);
            addresses += 1;
        }
        ORGANIZATION => organization(tlv, out),
        _ => {}
    });
}

/// What the message tells of its sender in the words of the common language.
fn facts(row: &Lldp<'_>, out: &mut Output<'_>) {
    if !out.wants::<crate::common::Identities<'_>>() {
        return;
    }
    let (chassis, port) = (Symbol("lldp_chassis_id"), Symbol("lldp_port_id"));
    if let Some(id) = row.chassis_id {
        out.identity(None, Fact::OTHER, Some(CHASSIS_ID.into()), id, chassis);
    }
    if let Some(mac) = row.chassis_mac {
        told(Fact::OTHER, CHASSIS_ID.into(), mac, chassis, out);
    }
    if let Some(address) = row.chassis_address {
        told(Fact::ADDRESS, CHASSIS_ID.into(), address, chassis, out);
    }
    if let Some(id) = row.port_id {
        out.identity(None, Fact::OTHER, Some(PORT_ID.into()), id, port);
    }
    if let Some(mac) = row.port_mac {
        told(Fact::OTHER, PORT_ID.into(), mac, port, out);
    }
    if let Some(address) = row.port_address {
        told(Fact::ADDRESS, PORT_ID.into(), address, port, out);
    }
    let plain = [
        (Fact::NAME, SYSTEM_NAME, row.system_name, "lldp_system_name"),
        (Fact::DESCRIPTION, SYSTEM_DESCRIPTION, row.system_description, "lldp_system_description"),
    ];
    for (fact, number, value, source) in plain {
        if let Some(value) = value.filter(|value| !value.0.is_empty()) {
            out.identity(None, fact, Some(number.into()), value, Symbol(source));
        }
    }
}

fn told(fact: Fact, number: u32, value: impl core::fmt::Display, source: Symbol, out: &mut Output<'_>) {
    let mut scratch = out.take_scratch();
    // A scratch takes what it can, and counts what it cannot.
    let _ = write!(scratch, "{value}");
    out.identity(None, fact, Some(number), scratch.text(), source);
    out.give_back(scratch);
}

/// 8.5.9: length, family, address; numbering, number; length, object identifier.
fn management_address(tlv: Tlv<'_>, place: u32, out: &mut Output<'_>) {
    let short = Anomaly::new(AnomalyKind::MALFORMED, "management address is longer than its TLV")
        .at(tlv.offset as u64)
        .length(tlv.value.len() as u64);
    let Some((&address_length, rest)) = tlv.value.split_first() else { return out.anomaly(short) };
    let Some((&[family, ref address @ ..], rest)) = rest.split_at_checked(address_length.into()) else {
        return out.anomaly(short);
    };
    let mut row = LldpManagementAddresses {
        address_family: AddressFamily(family),
        address: ip(family, address),
        mac: mac(address).filter(|_| AddressFamily(family) == AddressFamily::IEEE_802),
        other: None,
        interface_numbering: rest.first().map(|numbering| InterfaceNumbering(*numbering)),
        interface_number: u32_at(rest, 1),
        object_identifier: None,
    };
    if row.address.is_none() && row.mac.is_none() {
        row.other = Some(address);
    }
    let length = rest.get(5).copied();
    row.object_identifier =
        length.and_then(|length| rest.get(6..)?.get(..length.into())).filter(|object| !object.is_empty());
    out.row(&row);
    let object_length = length.unwrap_or_default();
    for (length, most) in [(address_length, MOST_ADDRESS), (object_length, MOST_OBJECT_IDENTIFIER)] {
        if length > most {
            let anomaly =
                Anomaly::new(AnomalyKind::MALFORMED, "management address is longer than the standard allows");
            out.anomaly(anomaly.at(tlv.offset as u64).numbers(most.into(), length.into()));
        }
    }
    if let Some(length) = length
        && rest.len() < 6 + usize::from(length)
    {
        out.anomaly(short);
    }
    if length.is_none() {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "management address ends before its last field");
        out.anomaly(anomaly.at(tlv.offset as u64).length(tlv.value.len() as u64));
    }
    let source = Symbol("lldp_management_address");
    // A system may have several; each has a number of its own.
    let number = place << 8 | u32::from(MANAGEMENT_ADDRESS);
    if let Some(address) = row.address {
        told(Fact::ADDRESS, number, address, source, out);
    }
    if let Some(mac) = row.mac {
        told(Fact::ADDRESS, number, mac, source, out);
    }
}

fn organization(tlv: Tlv<'_>, out: &mut Output<'_>) {
    let Some((&[a, b, c, subtype], value)) = tlv.value.split_first_chunk() else {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "TLV is shorter than its value");
        return out.anomaly(anomaly.at(tlv.offset as u64).length(tlv.value.len() as u64));
    };
    let organization = Organization(u32::from_be_bytes([0, a, b, c]));
    let (number, text, mac) = content(organization, subtype, value);
    let name = tlv_name(organization, subtype).map(Symbol);
    out.row(&LldpOrganizationTlvs { organization, subtype, name, number, text, mac, value });
    let (Some(source), Some(subtype)) = (name, text.map(|_| subtype)) else { return };
    let fact = match (organization, subtype) {
        (Organization::TIA, 5) => Fact::HARDWARE,
        (Organization::TIA, 6 | 7) => Fact::REVISION,
        (Organization::TIA, 8) => Fact::SERIAL,
        (Organization::TIA, 9) => Fact::VENDOR,
        (Organization::TIA, 10) => Fact::MODEL,
        (Organization::TIA, 11) => Fact::OTHER,
        (Organization::IANA, 1) => Fact::URL,
        (Organization::PROFINET, 3) => Fact::NAME,
        _ => return,
    };
    if let Some(text) = text.filter(|text| !text.0.is_empty()) {
        let number = organization.0 << 8 | u32::from(subtype);
        out.identity(None, fact, Some(number), text, source);
    }
}

/// The number, the text and the MAC address that a TLV of a known organisation holds.
fn content(
    organization: Organization,
    subtype: u8,
    value: &[u8],
) -> (Option<u32>, Option<Text<'_>>, Option<Mac>) {
    let short = |at| u16_at(value, at).map(u32::from);
    let octet = |at: usize| value.get(at).copied().map(u32::from);
    match (organization, subtype) {
        (Organization::IEEE_802_1, 1 | 6) => (short(0), None, None),
        (Organization::IEEE_802_1, 2) => (short(1), None, None),
        (Organization::IEEE_802_1, 3) => {
            let length = value.get(2).copied().unwrap_or_default();
            (short(0), value.get(3..).and_then(|name| name.get(..length.into())).map(Text), None)
        }
        (Organization::IEEE_802_1, 5) => (u32_at(value, 0), None, None),
        (Organization::IEEE_802_1, 7) | (Organization::IEEE_802_3, 3) => (u32_at(value, 1), None, None),
        // Autonegotiation, the capabilities that are advertised, the operational MAU type.
        (Organization::IEEE_802_3, 1) => (short(3), None, None),
        (Organization::IEEE_802_3, 4) => (short(0), None, None),
        // Four delays of the ports, then that of the cable.
        (Organization::PROFINET, 1) => (u32_at(value, 16), None, None),
        (Organization::PROFINET, 2) => (u32_at(value, 0), None, None),
        (Organization::PROFINET, 3) => (None, Some(Text(value)), None),
        // The UUID of the domain, then the state of the port.
        (Organization::PROFINET, 4) => (short(16), None, None),
        (Organization::PROFINET, 5) => (None, None, mac(value)),
        (Organization::PROFINET, 6) => (None, None, value.get(..6).and_then(mac)),
        (Organization::PROFINET, 7) => (short(0), None, None),
        // Capabilities, then the class of the device.
        (Organization::TIA, 1) => (octet(2), None, None),
        (Organization::TIA, 5..=11) | (Organization::IANA, 1) => (None, Some(Text(value)), None),
        _ => (None, None, None),
    }
}
