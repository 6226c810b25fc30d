//! What the crate pcap-parser sees in a capture. The fuzz targets take this file too.

use std::io::Cursor;

use pcap_parser::{Block, OptionCode, PcapBlockOwned, PcapError};

use super::Frame;

/// Nanoseconds by draft-ietf-opsawg-pcapng, section 4.2, if_tsresol and if_tsoffset; none where a power is too large to
/// count with.
fn nanoseconds(units: u64, resolution: u8, offset: i64) -> Option<i64> {
    let power = u32::from(resolution & 0x7f);
    let per_second =
        if resolution & 0x80 == 0 { 10_i128.checked_pow(power) } else { 1_i128.checked_shl(power) }?;
    let exact = i128::from(units) * 1_000_000_000 / per_second + i128::from(offset) * 1_000_000_000;
    Some(exact.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}

/// What pcap-parser sees, and whether it came to the end of the file without an error.
pub fn others(bytes: &[u8]) -> (Vec<Frame>, bool) {
    let mut frames: Vec<Frame> = Vec::new();
    let mut reader = match pcap_parser::create_reader(1 << 20, Cursor::new(bytes)) {
        Ok(reader) => reader,
        Err(_) => return (frames, false),
    };
    let (mut link_type, mut unit) = (0, 1000);
    let mut interfaces = Vec::new();
    let mut last_ts = 0;
    let mut big_endian = false;
    loop {
        match reader.next() {
            Ok((consumed, block)) => {
                let number = frames.len() as u64 + 1;
                match block {
                    PcapBlockOwned::LegacyHeader(header) => {
                        link_type = header.network.0 as u16;
                        unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
                    }
                    PcapBlockOwned::Legacy(block) => {
                        let Some(data) = block.data.get(..block.caplen as usize) else {
                            return (frames, false);
                        };
                        frames.push(Frame {
                            number,
                            ts: i64::from(block.ts_sec) * 1_000_000_000 + i64::from(block.ts_usec) * unit,
                            link_type,
                            original_len: block.origlen.max(block.caplen),
                            data: data.to_vec(),
                        });
                    }
                    PcapBlockOwned::NG(Block::SectionHeader(block)) => {
                        interfaces.clear();
                        big_endian = block.big_endian();
                    }
                    PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                        // Section 3.5: opt_endofopt ends the list; pcap-parser 0.17 reads on.
                        let end = block.options.iter().position(|option| option.code == OptionCode::EndOfOpt);
                        if end.is_some_and(|end| end + 1 < block.options.len()) {
                            return (frames, false);
                        }
                        let snap_len = if block.snaplen == 0 { u32::MAX } else { block.snaplen };
                        // pcap-parser 0.17 takes if_tsoffset as little-endian in every section; tshark follows the standard.
                        let offset =
                            if big_endian { block.if_tsoffset.swap_bytes() } else { block.if_tsoffset };
                        interfaces.push((block.linktype.0 as u16, block.if_tsresol, offset, snap_len));
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
                        let Some(&(link_type, resolution, offset, _)) = interfaces.get(block.if_id as usize)
                        else {
                            return (frames, false);
                        };
                        let units = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                        let (Some(ts), Some(data)) =
                            (nanoseconds(units, resolution, offset), block.data.get(..block.caplen as usize))
                        else {
                            return (frames, false);
                        };
                        last_ts = ts;
                        frames.push(Frame {
                            number,
                            ts,
                            link_type,
                            original_len: block.origlen.max(block.caplen),
                            data: data.to_vec(),
                        });
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(block)) => {
                        let Some(&(link_type, _, _, snap_len)) = interfaces.first() else {
                            return (frames, false);
                        };
                        let len = block.origlen.min(snap_len) as usize;
                        let Some(data) = block.data.get(..len) else { return (frames, false) };
                        frames.push(Frame {
                            number,
                            ts: last_ts,
                            link_type,
                            original_len: block.origlen,
                            data: data.to_vec(),
                        });
                    }
                    // The obsolete Packet Block holds a frame that pcap-parser does not read; 0.17 gives the type of an
                    // unknown block as little-endian in every section.
                    PcapBlockOwned::NG(Block::Unknown(block))
                        if [2, 2_u32.swap_bytes()].contains(&block.block_type) =>
                    {
                        return (frames, false);
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(consumed);
            }
            Err(PcapError::Eof) => return (frames, true),
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() {
                    return (frames, false);
                }
            }
            Err(_) => return (frames, false),
        }
    }
}
