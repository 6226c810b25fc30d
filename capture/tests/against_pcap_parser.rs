//! The frames are those that another decoder sees: the crate pcap-parser, which shares no code with this one.
//!
//! The folder named by `FIELDTAP_CAPTURES` is searched for captures; without it only the ones made here are compared.

mod common;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use common::{Frame, Order, drain, gzip, read, small_pcap, zstd};
use fieldtap_capture::Reader;
use pcap_parser::{Block, PcapBlockOwned, PcapError};

/// Nanoseconds by draft-ietf-opsawg-pcapng, section 4.2, if_tsresol and if_tsoffset.
fn nanoseconds(units: u64, resolution: u8, offset: i64) -> i64 {
    let per_second =
        if resolution & 0x80 == 0 { 10_i128.pow(resolution.into()) } else { 1_i128 << (resolution & 0x7f) };
    let exact = i128::from(units) * 1_000_000_000 / per_second + i128::from(offset) * 1_000_000_000;
    exact.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// What pcap-parser sees, and whether it came to the end of the file without an error.
fn others(bytes: &[u8]) -> (Vec<Frame>, bool) {
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
                    PcapBlockOwned::Legacy(block) => frames.push(Frame {
                        number,
                        ts: i64::from(block.ts_sec) * 1_000_000_000 + i64::from(block.ts_usec) * unit,
                        link_type,
                        original_len: block.origlen.max(block.caplen),
                        data: block.data[..block.caplen as usize].to_vec(),
                    }),
                    PcapBlockOwned::NG(Block::SectionHeader(block)) => {
                        interfaces.clear();
                        big_endian = block.big_endian();
                    }
                    PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                        let snap_len = if block.snaplen == 0 { u32::MAX } else { block.snaplen };
                        // pcap-parser 0.17 takes if_tsoffset as little-endian in every section; tshark follows the standard.
                        let offset =
                            if big_endian { block.if_tsoffset.swap_bytes() } else { block.if_tsoffset };
                        interfaces.push((block.linktype.0 as u16, block.if_tsresol, offset, snap_len));
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
                        let (link_type, resolution, offset, _) = interfaces[block.if_id as usize];
                        let units = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                        last_ts = nanoseconds(units, resolution, offset);
                        frames.push(Frame {
                            number,
                            ts: last_ts,
                            link_type,
                            original_len: block.origlen.max(block.caplen),
                            data: block.data[..block.caplen as usize].to_vec(),
                        });
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(block)) => {
                        let (link_type, _, _, snap_len) = interfaces[0];
                        let len = block.origlen.min(snap_len) as usize;
                        frames.push(Frame {
                            number,
                            ts: last_ts,
                            link_type,
                            original_len: block.origlen,
                            data: block.data[..len].to_vec(),
                        });
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

fn agree(name: &str, ours: &[Frame], theirs: &[Frame]) {
    assert_eq!(ours.len(), theirs.len(), "{name}: number of frames");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn captures_made_by_hand() {
    let mut files = vec![small_pcap(Order::Little).bytes, small_pcap(Order::Big).bytes];
    for order in [Order::Little, Order::Big] {
        for magic in [0xa1b2_c3d4, 0xa1b2_3c4d] {
            let mut file = common::File::pcap(order, magic, 113);
            file.record(1_700_000_000, 999_999, 1514, &[1; 61]);
            file.record(1_700_000_001, 1, 3, b"abc");
            files.push(file.bytes);
        }
        for resolution in [0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 32] {
            let mut file = common::File::pcapng(order);
            file.interface(1, 70, &[(9, &[resolution]), (14, &order.u64(1_600_000_000))]);
            file.interface(101, 0, &[(2, b"a name")]);
            file.enhanced(0, 123_456_789, 61, &[2; 61], &[(1, b"comment")]);
            file.enhanced(1, 1_700_000_000_123_456, 2, b"ab", &[]);
            file.simple(100, &[3; 70]);
            file.block(5, &[0; 12]);
            files.push(file.bytes);
        }
    }
    for bytes in files {
        let (theirs, complete) = others(&bytes);
        assert!(complete && theirs.len() >= 2);
        for form in [bytes.clone(), gzip(&[&bytes]), zstd(&[&bytes])] {
            let (ours, error) = read(&form);
            assert!(error.is_none(), "{error:?}");
            agree("by hand", &ours, &theirs);
        }
    }
}

/// The files below a folder.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| ["pcap", "pcapng", "cap"].iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
}

#[test]
fn captures_of_others() {
    let Some(folder) = std::env::var_os("FIELDTAP_CAPTURES") else {
        eprintln!("skipped: FIELDTAP_CAPTURES does not name a folder of captures");
        return;
    };
    let mut files = Vec::new();
    files_below(Path::new(&folder), &mut files);
    files.sort();
    assert!(!files.is_empty());
    let (mut compared, mut frames) = (0, 0);
    for path in &files {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap();
        let (theirs, complete) = others(&bytes);
        let (ours, error) = drain(Reader::open(path));
        assert!(
            ours.len() >= theirs.len(),
            "{name}: {} frames, pcap-parser sees {}: {error:?}",
            ours.len(),
            theirs.len()
        );
        if complete && error.is_none() {
            agree(&name, &ours, &theirs);
            compared += 1;
        } else {
            eprintln!(
                "{name}: {} frames, then {error:?}; pcap-parser: {}, complete {complete}",
                ours.len(),
                theirs.len()
            );
            agree(&name, &ours[..theirs.len()], &theirs);
        }
        frames += ours.len();
        // Compressed, the small ones: the same frames.
        if bytes.len() < 1 << 20 {
            for form in [gzip(&[&bytes]), zstd::stream::encode_all(&bytes[..], 1).unwrap()] {
                agree(&name, &read(&form).0, &ours);
            }
        }
    }
    eprintln!("{} captures, {frames} frames, {compared} read to the end by both", files.len());
}
