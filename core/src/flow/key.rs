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
    /// IP address, or MAC address without IP; none on a serial line.
    pub address: Option<Address>,
    /// Port of TCP or UDP.
    pub port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4 = 0,
    V6 = 1,
    Mac = 2,
    Serial = 3,
}

/// The key of a conversation: the unordered pair of its ends, and what carries it.
///
/// Five words, which are compared and hashed as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Address of the lower end, the more significant word first.
    low: [u64; 2],
    /// Address of the higher end.
    high: [u64; 2],
    /// From the highest bit down: port of the lower end (16), of the higher end (16), number of the IP protocol or the
    /// ethertype (16), family (3), whether there is a VLAN (1), its identifier (12).
    rest: u64,
}

const FAMILY: u32 = 13;
const VLAN: u64 = 1 << 12;

impl Hash for Key {
    #[inline(always)]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ([low_first, low], [high_first, high]) = (self.low, self.high);
        if low_first | high_first != 0 {
            state.write_u64(low_first);
            state.write_u64(high_first);
        }
        state.write_u64(low);
        state.write_u64(high);
        state.write_u64(self.rest);
    }
}

const fn words(bits: u128) -> [u64; 2] {
    [(bits >> 64) as u64, bits as u64]
}

const fn mac(mac: [u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = mac;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

impl Key {
    /// The key of a packet, and whether its sender is the lower end; none for a packet without addresses, or whose
    /// transport could not be read. `vlan` tells whether the VLAN is a part of the key.
    #[inline]
    pub fn of(packet: &Packet<'_>, vlan: bool) -> Option<(Self, bool)> {
        let (source, destination, (from, to), family, number) = match packet.network {
            Some(network) => {
                if matches!(packet.transport, Transport::Fragment | Transport::Unread) {
                    return None;
                }
                let ports = packet.ports().unwrap_or_default();
                match (network.source, network.destination) {
                    (IpAddr::V4(a), IpAddr::V4(b)) => (
                        [0, u64::from(a.to_bits())],
                        [0, u64::from(b.to_bits())],
                        ports,
                        Family::V4,
                        network.protocol.into(),
                    ),
                    (IpAddr::V6(a), IpAddr::V6(b)) => {
                        (words(a.to_bits()), words(b.to_bits()), ports, Family::V6, network.protocol.into())
                    }
                    _ => return None,
                }
            }
            None => {
                // A Linux cooked header names no receiver.
                let (source, destination) = (packet.source_mac?, packet.destination_mac.unwrap_or_default());
                let number = match packet.transport {
                    Transport::Llc { destination, .. } => destination.into(),
                    _ => packet.ethertype.unwrap_or_default(),
                };
                ([0, mac(source)], [0, mac(destination)], (0, 0), Family::Mac, number)
            }
        };
        let lower = (source, from) <= (destination, to);
        let ((low, low_port), (high, high_port)) =
            if lower { ((source, from), (destination, to)) } else { ((destination, to), (source, from)) };
        let ports = u64::from(low_port) << 48 | u64::from(high_port) << 32;
        // A priority tag, whose identifier is 0, names no VLAN (IEEE 802.1Q).
        let vlan = match packet.vlan {
            Some(identifier @ 1..) if vlan => VLAN | u64::from(identifier) & (VLAN - 1),
            _ => 0,
        };
        let rest = ports | u64::from(number) << 16 | (family as u64) << FAMILY | vlan;
        Some((Self { low, high, rest }, lower))
    }

    /// The key of the serial line that was recorded on this interface of the file with this index, and whether the sender is
    /// the lower end: the gateway, which recorded it. A serial line has no addresses, and is one conversation.
    #[must_use]
    pub fn of_serial_line(file: u32, interface: u32, received: bool) -> (Self, bool) {
        let ends = [u64::from(interface), u64::from(file)];
        (Self { low: ends, high: ends, rest: (Family::Serial as u64) << FAMILY }, !received)
    }

    /// The key of a TCP segment in IPv4 without VLAN, and whether its sender is the lower end, as [`of`](Self::of) has it.
    #[inline(always)]
    pub(crate) fn of_ipv4_tcp(source: (u32, u16), destination: (u32, u16)) -> (Self, bool) {
        let lower = source <= destination;
        let (low, high) = if lower { (source, destination) } else { (destination, source) };
        let rest = u64::from(low.1) << 48 | u64::from(high.1) << 32 | 6 << 16 | (Family::V4 as u64) << FAMILY;
        (Self { low: [0, low.0.into()], high: [0, high.0.into()], rest }, lower)
    }

    #[inline(always)]
    fn family(&self) -> Family {
        match self.rest >> FAMILY & 7 {
            0 => Family::V4,
            1 => Family::V6,
            2 => Family::Mac,
            _ => Family::Serial,
        }
    }

    /// The lower or the higher end.
    #[inline]
    pub fn endpoint(&self, lower: bool) -> Endpoint {
        let ([first, last], port) =
            if lower { (self.low, self.rest >> 48) } else { (self.high, self.rest >> 32) };
        let address = match self.family() {
            Family::V4 => Some(Address::Ip(IpAddr::V4(Ipv4Addr::from_bits(last as u32)))),
            Family::V6 => {
                let bits = u128::from(first) << 64 | u128::from(last);
                Some(Address::Ip(IpAddr::V6(Ipv6Addr::from_bits(bits))))
            }
            Family::Mac => {
                let [_, _, a, b, c, d, e, f] = last.to_be_bytes();
                Some(Address::Mac(Mac([a, b, c, d, e, f])))
            }
            Family::Serial => None,
        };
        let port = (self.is_ip() && matches!(self.number(), 6 | 17)).then_some(port as u16);
        Endpoint { address, port }
    }

    /// IP address and port of the lower end and of the higher end, each where there is one.
    #[inline(always)]
    pub fn ends(&self) -> [(Option<IpAddr>, Option<u16>); 2] {
        let [low, high] = match self.family() {
            Family::V4 => {
                let address = |[_, bits]: [u64; 2]| Some(IpAddr::V4(Ipv4Addr::from_bits(bits as u32)));
                [address(self.low), address(self.high)]
            }
            Family::V6 => [true, false].map(|lower| self.endpoint(lower).address.and_then(Address::ip)),
            Family::Mac | Family::Serial => return [(None, None); 2],
        };
        if !matches!(self.number(), 6 | 17) {
            return [(low, None), (high, None)];
        }
        [(low, Some((self.rest >> 48) as u16)), (high, Some((self.rest >> 32) as u16))]
    }

    /// Whether the ends are IP addresses.
    #[inline]
    pub fn is_ip(&self) -> bool {
        matches!(self.family(), Family::V4 | Family::V6)
    }

    /// Whether it is a serial line.
    #[inline]
    pub fn is_serial(&self) -> bool {
        self.family() == Family::Serial
    }

    /// Number of the IP protocol, or the ethertype (below 1536: the LLC service access point); 0 on a serial line.
    #[inline]
    pub fn number(&self) -> u16 {
        (self.rest >> 16) as u16
    }
}
