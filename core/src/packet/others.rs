//! What the crate etherparse sees in a frame. The fuzz targets take this file too.

use std::net::IpAddr;

use super::{Packet, TcpFlags, Transport};

/// Whether etherparse reads the same addresses, ports and payload; true where it does not read the frame, and for what
/// is in a tunnel: etherparse opens none, and sees the frame outside.
pub(super) fn agrees(packet: &Packet<'_>, data: &[u8]) -> bool {
    use etherparse::{LaxLinkExtSlice, LaxNetSlice, TransportSlice};
    let Ok(sliced) = etherparse::LaxSlicedPacket::from_ethernet(data) else { return true };
    // It looks behind a MACsec tag (IEEE 802.1AE); here that is the whole payload of a layer-2 frame.
    if sliced.link_exts.iter().any(|header| matches!(header, LaxLinkExtSlice::Macsec(_))) {
        return true;
    }
    let addresses = match &sliced.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            (IpAddr::from(ip.header().source()), IpAddr::from(ip.header().destination()))
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            (IpAddr::from(ip.header().source()), IpAddr::from(ip.header().destination()))
        }
        _ => return true,
    };
    if packet.encapsulations > 0 {
        return true;
    }
    let Some(network) = packet.network else { return false };
    if network.reassembled || packet.transport == Transport::Fragment {
        return true;
    }
    if (network.source, network.destination) != addresses {
        return false;
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
