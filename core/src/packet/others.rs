//! What the crate etherparse sees in a frame. The fuzz targets take this file too.

use std::net::IpAddr;

use super::{Packet, TcpFlags, Transport};

/// Whether etherparse reads the same addresses, ports and payload; true where it does not read the frame.
pub(super) fn agrees(packet: &Packet<'_>, data: &[u8]) -> bool {
    use etherparse::{LaxNetSlice, TransportSlice};
    let Ok(sliced) = etherparse::LaxSlicedPacket::from_ethernet(data) else { return true };
    let addresses = match &sliced.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            (IpAddr::from(ip.header().source()), IpAddr::from(ip.header().destination()))
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            (IpAddr::from(ip.header().source()), IpAddr::from(ip.header().destination()))
        }
        _ => return true,
    };
    let Some(network) = packet.network else { return false };
    if (network.source, network.destination) != addresses
        || network.reassembled
        || packet.transport == Transport::Fragment
    {
        // Another address is right only in a tunnel, which etherparse does not open.
        return packet.encapsulations > 0 || network.reassembled || packet.transport == Transport::Fragment;
    }
    match &sliced.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            let Transport::Tcp(header) = packet.transport else { return false };
            (header.source_port, header.destination_port) == (tcp.source_port(), tcp.destination_port())
                && (header.sequence, header.acknowledgement)
                    == (tcp.sequence_number(), tcp.acknowledgment_number())
                && (header.window, header.urgent_pointer) == (tcp.window_size(), tcp.urgent_pointer())
                && header.flags.contains(TcpFlags::SYN) == tcp.syn()
                && header.flags.contains(TcpFlags::FIN) == tcp.fin()
                && packet.payload == tcp.payload()
        }
        Some(TransportSlice::Udp(udp)) => {
            packet.ports() == Some((udp.source_port(), udp.destination_port()))
                && packet.payload == udp.payload()
        }
        _ => true,
    }
}
