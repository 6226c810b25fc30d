//! What each format says, from octets made by hand after the standards.

mod common;

use std::io::Cursor;

use common::{File, Order, gzip, read, read_whole, small_pcap, small_pcapng, zstd};
use fieldtap::{Frame, LinkType};
use fieldtap_capture::{Compression, Error, Format, Reader, pcap};

const SECOND: i64 = 1_000_000_000;

fn open(bytes: &[u8]) -> Reader {
    Reader::new("memory", Cursor::new(bytes.to_vec())).unwrap()
}

/// draft-ietf-opsawg-pcap, section 4, Magic Number: both numbers in both byte orders.
#[test]
fn pcap_in_both_byte_orders_and_resolutions() {
    for order in [Order::Little, Order::Big] {
        for (magic, unit) in [(0xa1b2_c3d4, 1000), (0xa1b2_3c4d, 1)] {
            let mut file = File::pcap(order, magic, 113);
            file.record(1_700_000_000, 123_456, 1514, b"octets");
            let frames = read_whole(&file.bytes);
            assert_eq!(frames.len(), 1);
            assert_eq!(frames[0].number, 1);
            assert_eq!(frames[0].ts, 1_700_000_000 * SECOND + 123_456 * unit);
            assert_eq!(frames[0].link_type, 113);
            assert_eq!(frames[0].original_len, 1514);
            assert_eq!(frames[0].data, b"octets");
        }
    }
}

/// libpcap, sf-pcap.c, `struct pcap_sf_patched_pkthdr`: after the ordinary record header an interface index of 32 bits, a
/// protocol of 16 bits, a packet type of 8 bits and one octet of padding.
#[test]
fn pcap_in_its_modified_form() {
    let mut file = File::pcap(Order::Little, 0xa1b2_cd34, 1);
    for data in [b"one", b"two"] {
        for word in [5_u32, 6, 3, 60] {
            file.bytes.extend(word.to_le_bytes());
        }
        file.bytes.extend([1, 0, 0, 0, 0, 8, 0, 0]);
        file.bytes.extend(data);
    }
    let frames = read_whole(&file.bytes);
    assert_eq!(frames.len(), 2);
    assert_eq!((frames[1].ts, frames[1].original_len), (5 * SECOND + 6000, 60));
    assert_eq!(frames[1].data, b"two");
}

/// draft-ietf-opsawg-pcap, section 4, LinkType and additional information: the FCS length stands in the upper four bits,
/// in units of 16 bits, where the bit f is set; what lies between is reserved and ignored.
#[test]
fn pcap_link_type_without_the_bits_above_it() {
    let mut file = File::pcap(Order::Big, 0xa1b2_c3d4, 0x2400_0001);
    file.record(0, 0, 4, b"data");
    assert_eq!(read_whole(&file.bytes)[0].link_type, 1);
    assert_eq!(open(&file.bytes).interfaces()[0].fcs_len, Some(4));
    let file = File::pcap(Order::Big, 0xa1b2_c3d4, 0x03ff_0071);
    assert_eq!(open(&file.bytes).interfaces()[0].link_type, LinkType(113));
    assert_eq!(open(&file.bytes).interfaces()[0].fcs_len, None);
}

/// A fraction of more than a second is added as it stands; the largest numbers do not overflow.
#[test]
fn pcap_fraction_out_of_range() {
    let mut file = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    file.record(10, 1_000_000, 1, b"a");
    file.record(u32::MAX, u32::MAX, 1, b"b");
    let frames = read_whole(&file.bytes);
    assert_eq!(frames[0].ts, 11 * SECOND);
    assert_eq!(frames[1].ts, i64::from(u32::MAX) * SECOND + i64::from(u32::MAX) * 1000);
}

/// A frame cannot have had fewer octets on the wire than were captured of it.
#[test]
fn original_length_is_never_less_than_what_was_captured() {
    let mut file = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    file.record(0, 0, 2, b"data");
    assert_eq!(read_whole(&file.bytes)[0].original_len, 4);
}

#[test]
fn pcap_without_frames_is_a_capture() {
    let file = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    assert_eq!(read_whole(&file.bytes), []);
}

/// Versions before 2.4 had the lengths of a record in another order: refused, not read wrongly.
#[test]
fn pcap_of_another_version_is_refused() {
    for (major, minor) in [(1_u16, 4_u16), (3, 4), (2, 3)] {
        let mut file = small_pcap(Order::Little);
        file.bytes[4..6].copy_from_slice(&major.to_le_bytes());
        file.bytes[6..8].copy_from_slice(&minor.to_le_bytes());
        let (frames, error) = read(&file.bytes);
        assert!(frames.is_empty());
        assert!(matches!(error, Some(Error::Damaged { offset: 4, field: "Major Version", .. })), "{error:?}");
    }
}

/// draft-ietf-opsawg-pcapng: sections in both byte orders, interfaces of both kinds of resolution, with an offset, every
/// packet block, and blocks to step over.
#[test]
fn pcapng_with_everything() {
    let file = small_pcapng();
    let frames = read_whole(&file.bytes);
    let told: Vec<_> = frames
        .iter()
        .map(|frame| (frame.ts, frame.link_type, frame.original_len, frame.data.len()))
        .collect();
    let first = 1_700_000_000 * SECOND;
    assert_eq!(
        told,
        [
            (first + 1, 1, 5, 5),
            (first + SECOND / 2, 113, 6, 6),
            // A Simple Packet Block has no time: that of the frame before.
            (first + SECOND / 2, 1, 2000, 2000),
            (first + SECOND, 113, 1514, 61),
            (first + SECOND, 101, 100, 40),
            (first + 3 * SECOND, 101, 0, 0),
        ]
    );
    assert_eq!(frames[0].data, b"first");
    assert_eq!(frames[1].data, b"second");
    assert_eq!(frames[3].data, [4; 61]);
    assert_eq!(frames.iter().map(|frame| frame.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let mut reader = open(&file.bytes);
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.counts().frames_without_time, 2);
    assert_eq!(reader.counts().other_blocks, 3);
}

/// Section 4.2, if_name and if_description; the interfaces are those of the present section.
#[test]
fn pcapng_interfaces_are_told() {
    let file = small_pcapng();
    let mut reader = open(&file.bytes);
    assert_eq!(reader.format(), Format::Pcapng);
    reader.next().unwrap();
    let interfaces = reader.interfaces();
    assert_eq!(interfaces.len(), 2);
    assert_eq!(interfaces[0].name.as_deref(), Some("eth0"));
    assert_eq!(interfaces[0].description.as_deref(), Some("plant side"));
    assert_eq!(interfaces[0].snap_len, Some(65_535));
    assert_eq!(interfaces[1].link_type, LinkType::LINUX_SLL);
    assert_eq!((interfaces[1].snap_len, interfaces[1].name.as_deref()), (None, None));
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.interfaces().len(), 1);
    assert_eq!(reader.interfaces()[0].link_type, LinkType::RAW);
}

/// Section 4.3: "Timestamp (Upper) and Timestamp (Lower)" are the upper half first, in either byte order.
#[test]
fn pcapng_time_stamp_halves() {
    for order in [Order::Little, Order::Big] {
        let mut file = File::pcapng(order);
        file.interface(1, 0, &[]);
        file.enhanced(0, 0x0006_0a24_1b2c_3d4e, 0, b"", &[]);
        assert_eq!(read_whole(&file.bytes)[0].ts, 0x0006_0a24_1b2c_3d4e * 1000);
    }
}

/// A frame larger than the buffer, whose octets come in pieces.
#[test]
fn a_frame_larger_than_the_buffer() {
    let large: Vec<u8> = (0..3 * fieldtap_capture::BUFFER_LEN).map(|at| (at % 251) as u8).collect();
    let mut pcap = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    let mut pcapng = File::pcapng(Order::Big);
    pcapng.interface(1, 0, &[]);
    for data in [&large[..], b"small", &large[..100_001], b""] {
        pcap.record(1, 1, data.len() as u32, data);
        pcapng.enhanced(0, 1, data.len() as u32, data, &[]);
    }
    for file in [pcap, pcapng] {
        let frames = read_whole(&file.bytes);
        assert_eq!(frames.len(), 4);
        assert!(frames[0].data == large && frames[1].data == b"small" && frames[2].data == large[..100_001]);
    }
}

/// gzip of one and of many members, with every optional field of a header (RFC 1952, section 2.3), and zeros at the end.
#[test]
fn gzip_in_all_its_forms() {
    let file = small_pcapng();
    let plain = read_whole(&file.bytes);
    let (front, back) = file.bytes.split_at(300);
    let whole = gzip(&[&file.bytes]);
    assert_eq!(open(&whole).compression(), Compression::Gzip);
    assert_eq!(read_whole(&whole), plain);
    let mut members = gzip(&[front, b"", back]);
    assert_eq!(read_whole(&members), plain);
    members.extend([0; 1000]);
    assert_eq!(read_whole(&members), plain);
    let mut encoder = flate2::GzBuilder::new()
        .filename("name")
        .comment("a comment")
        .extra(vec![b'f', b't', 2, 0, 1, 2])
        .write(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &file.bytes).unwrap();
    let mut with_fields = encoder.finish().unwrap();
    assert_eq!(read_whole(&with_fields), plain);
    // FHCRC: the low half of the CRC32 of the header follows the header, and flag bit 1 says so.
    let header_len = 10 + 2 + 6 + "name\0".len() + "a comment\0".len();
    with_fields[3] |= 2;
    with_fields.splice(header_len..header_len, [0, 0]);
    assert_eq!(read_whole(&with_fields), plain);
}

/// zstd of one and of many frames (RFC 8878, section 3), and with skippable frames (section 3.1.2) first and between.
#[test]
fn zstd_in_all_its_forms() {
    let file = small_pcapng();
    let plain = read_whole(&file.bytes);
    let (front, back) = file.bytes.split_at(300);
    let whole = zstd(&[&file.bytes]);
    assert_eq!(open(&whole).compression(), Compression::Zstandard);
    assert_eq!(read_whole(&whole), plain);
    assert_eq!(read_whole(&zstd(&[front, b"", back])), plain);
    for low in [0x50, 0x5f] {
        let skippable = [low, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        let mixed = [&skippable[..], &zstd(&[front]), &skippable, &zstd(&[back]), &skippable].concat();
        assert_eq!(read_whole(&mixed), plain);
    }
    let one_call = zstd::stream::encode_all(&file.bytes[..], 3).unwrap();
    assert_eq!(read_whole(&one_call), plain);
}

/// Looking at the first time takes nothing away, and tells nothing where there is no frame.
#[test]
fn the_time_of_the_next_frame() {
    let file = small_pcap(Order::Little);
    let mut reader = open(&file.bytes);
    let mut peeked = Vec::new();
    let mut given = Vec::new();
    loop {
        assert_eq!(reader.peek_ts(), reader.peek_ts());
        peeked.extend(reader.peek_ts());
        match reader.next().unwrap() {
            Some(frame) => given.push(frame.ts),
            None => break,
        }
    }
    assert_eq!(peeked, given);
    assert_eq!(given.len(), 4);
    assert_eq!(reader.peek_ts(), None);
    let mut cut = open(&file.bytes[..30]);
    assert_eq!(cut.peek_ts(), None);
    assert!(matches!(cut.next(), Err(Error::Truncated { offset: 24, .. })));
    assert!(matches!(cut.next(), Ok(None)));
    assert_eq!(cut.peek_ts(), None);
}

/// From a file: name, position and size.
#[test]
fn a_file_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("a.pcap", small_pcap(Order::Big).bytes),
        ("a.pcap.gz", gzip(&[&small_pcap(Order::Big).bytes])),
        ("a.pcap.zst", zstd(&[&small_pcap(Order::Big).bytes])),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!(reader.name(), path.display().to_string());
        while reader.next().unwrap().is_some() {}
        assert_eq!(reader.counts().frames, 4);
        assert_eq!(reader.position().total, Some(bytes.len() as u64));
        assert_eq!(reader.position().read, bytes.len() as u64);
    }
    let missing = folder.path().join("missing.pcap");
    let error = Reader::open(&missing).unwrap_err();
    assert!(matches!(error, Error::Io { .. }));
    assert!(error.to_string().contains("missing.pcap"));
    assert!(matches!(Reader::open(folder.path()), Err(Error::Io { .. })));
}

#[test]
fn what_is_no_capture_is_named() {
    for (bytes, said) in [
        (&b""[..], "it is empty"),
        (b"\xd4\xc3", "begins with d4 c3"),
        (b"<html>", "begins with 3c 68 74 6d"),
        (b"\xfd7zXZ\0", "xz"),
        (b"snoop\0\0\0", "snoop"),
    ] {
        let (_, error) = read(bytes);
        let error = error.unwrap();
        assert!(matches!(error, Error::NotACapture { .. }), "{error:?}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.file(), "memory");
    }
    let (_, error) = read(&gzip(&[b"<html>"]));
    assert!(matches!(error, Some(Error::NotACapture { magic, .. }) if magic == b"<htm"));
}

/// What the writer writes is what was given to it; what pcap cannot hold is refused.
#[test]
fn the_writer() {
    let frame = Frame {
        number: 9,
        ts: 1_700_000_000_123_456_789,
        interface: 0,
        link_type: LinkType::ETHERNET,
        original_len: 1514,
        data: &[7; 60],
    };
    let mut file = pcap::Writer::new(Vec::new(), LinkType::ETHERNET).unwrap();
    file.write(&frame).unwrap();
    for refused in [
        Frame { link_type: LinkType::RAW, ..frame },
        Frame { ts: -1, ..frame },
        Frame { ts: (1 << 32) * SECOND, ..frame },
    ] {
        assert_eq!(file.write(&refused).unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    }
    file.write(&Frame { ts: (1 << 32) * SECOND - 1, ..frame }).unwrap();
    let bytes = file.into_inner();
    let frames = read_whole(&bytes);
    assert_eq!(frames.len(), 2);
    assert_eq!((frames[0].ts, frames[0].original_len, &frames[0].data[..]), (frame.ts, 1514, frame.data));
    assert_eq!(frames[1].ts, (1 << 32) * SECOND - 1);
    // The independent view: the octets themselves, after draft-ietf-opsawg-pcap.
    let mut by_hand = File::pcap(Order::Little, 0xa1b2_3c4d, 1);
    by_hand.record(1_700_000_000, 123_456_789, 1514, &[7; 60]);
    by_hand.bytes[16..20].copy_from_slice(&262_144_u32.to_le_bytes());
    assert_eq!(bytes[..by_hand.bytes.len()], by_hand.bytes);
}
