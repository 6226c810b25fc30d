//! What makes two packets belong to one conversation.
use crate::{
    packet::{Packet, Transport},
    record::{Address, Mac},
};
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// IP address, or MAC address without IP.
    pub address: Address,
    /// Port of TCP or UDP.
    pub port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Family {
    V4,
    V6,
    Mac,
}

/// The key of a conversation: the unordered pair of its ends, and what carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Address, big endian, and port. As octets they need no alignment, and there are many keys.
    low: ([u8; 16], u16),
    high: ([u8; 16], u16),
    family: Family,
    /// Number of the IP protocol, or the ethertype.
    number: u16,
    vlan: Option<u16>,
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ((low, low_port), (high, high_port)) = (self.low, self.high);
        let (low, high) = (u128::from_be_bytes(low), u128::from_be_bytes(high));
        if self.family == Family::V6 {
            state.write_u128(low);
            state.write_u128(high);
        } else {
            state.write_u64(low as u64);
            state.write_u64(high as u64);
        }
        let vlan = u64::from(self.vlan.map_or(0, |vlan| vlan | 0x8000));
        let ports = u64::from(low_port) << 48 | u64::from(high_port) << 32;
        state.write_u64(ports | vlan << 16 | u64::from(self.number));
    }
}

impl Key {
    /// The key of a packet, and whether its sender is the lower end; none for a packet without addresses, or whose
    /// transport could not be read. `vlan` tells whether the VLAN is a part of the key.
    #[inline]
    pub fn of(packet: &Packet<'_>, vlan: bool) -> Option<(Self, bool)> {
        let vlan = packet.vlan.filter(|_| vlan);
        let (sender, receiver, family, number) = match packet.network {
            Some(network) => {
                if matches!(packet.transport, Transport::Fragment | Transport::Unread) {
                    return None;
                }
                let (source, destination, family) = match (network.source, network.destination) {
                    (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits().into(), b.to_bits().into(), Family::V4),
                    (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), Family::V6),
                    _ => return None,
                };
                let (from, to) = packet.ports().unwrap_or_default();
                ((source, from), (destination, to), family, network.protocol.into())
            }
            None => {
                let bits = |mac: [u8; 6]| {
                    let [a, b, c, d, e, f] = mac;
                    u128::from(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
                };
                // A Linux cooked header names no receiver.
                let (source, destination) = (packet.source_mac?, packet.destination_mac.unwrap_or_default());
                let number = match packet.transport {
                    Transport::Llc { destination, .. } => destination.into(),
                    _ => packet.ethertype.unwrap_or_default(),
                };
                ((bits(source), 0), (bits(destination), 0), Family::Mac, number)
            }
        };
        let lower = sender <= receiver;
        let octets = |(bits, port): (u128, u16)| (bits.to_be_bytes(), port);
        let (low, high) = if lower { (sender, receiver) } else { (receiver, sender) };
        let (low, high) = (octets(low), octets(high));
        Some((Self { low, high, family, number, vlan }, lower))
    }

    /// The lower or the higher end.
    pub fn endpoint(&self, lower: bool) -> Endpoint {
        let (octets, port) = if lower { self.low } else { self.high };
        let bits = u128::from_be_bytes(octets);
        let address = match self.family {
            Family::V4 => Address::Ip(IpAddr::V4(Ipv4Addr::from_bits(bits as u32))),
            Family::V6 => Address::Ip(IpAddr::V6(Ipv6Addr::from_bits(bits))),
            Family::Mac => {
                let [_, _, a, b, c, d, e, f] = (bits as u64).to_be_bytes();
                Address::Mac(Mac([a, b, c, d, e, f]))
            }
        };
        let port = (self.is_ip() && matches!(self.number, 6 | 17)).then_some(port);
        Endpoint { address, port }
    }

    /// Whether the ends are IP addresses.
    pub fn is_ip(&self) -> bool {
        self.family != Family::Mac
    }

    /// Number of the IP protocol, or the ethertype (below 1536: the LLC service access point).
    pub fn number(&self) -> u16 {
        self.number
    }
}
