//! Captures made by hand, octet by octet, and a way to read them to the end.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod others;

use std::io::{Cursor, Write};

use fieldtap_capture::{Error, Reader};

/// A frame that was read, with its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub number: u64,
    pub ts: i64,
    pub link_type: u16,
    pub original_len: u32,
    pub data: Vec<u8>,
}

/// Reads to the end or to the error, and makes sure that nothing comes after it.
pub fn drain(reader: Result<Reader, Error>) -> (Vec<Frame>, Option<Error>) {
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut frames = Vec::new();
    let error = loop {
        match reader.next() {
            Ok(Some(frame)) => frames.push(Frame {
                number: frame.number,
                ts: frame.ts,
                link_type: frame.link_type.0,
                original_len: frame.original_len,
                data: frame.data.to_vec(),
            }),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    for _ in 0..3 {
        assert!(matches!(reader.next(), Ok(None)), "something comes after the end");
    }
    assert_eq!(reader.counts().frames, frames.len() as u64);
    (frames, error)
}

/// Reads a capture in memory.
pub fn read(bytes: &[u8]) -> (Vec<Frame>, Option<Error>) {
    drain(Reader::new("memory", Cursor::new(bytes.to_vec())))
}

/// Reads a capture that has no fault.
pub fn read_whole(bytes: &[u8]) -> Vec<Frame> {
    let (frames, error) = read(bytes);
    assert!(error.is_none(), "{error:?}");
    frames
}

/// A byte order to write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

impl Order {
    pub fn u16(self, value: u16) -> [u8; 2] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    pub fn u32(self, value: u32) -> [u8; 4] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    pub fn u64(self, value: u64) -> [u8; 8] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }
}

/// A capture under construction, with the places where its frames end.
#[derive(Clone)]
pub struct File {
    pub order: Order,
    pub bytes: Vec<u8>,
    pub ends: Vec<usize>,
}

impl File {
    /// A pcap file (draft-ietf-opsawg-pcap, section 4, Figure 1): magic, version 2.4, two reserved words, snap length, link.
    pub fn pcap(order: Order, magic: u32, link: u32) -> Self {
        let mut file = Self { order, bytes: Vec::new(), ends: Vec::new() };
        file.u32(magic);
        file.u16(2);
        file.u16(4);
        file.u32(0);
        file.u32(0);
        file.u32(65_535);
        file.u32(link);
        file
    }

    /// A Packet Record (draft-ietf-opsawg-pcap, section 5, Figure 2).
    pub fn record(&mut self, seconds: u32, fraction: u32, original_len: u32, data: &[u8]) {
        for word in [seconds, fraction, data.len() as u32, original_len] {
            self.u32(word);
        }
        self.bytes.extend(data);
        self.ends.push(self.bytes.len());
    }

    /// A pcapng file with one Section Header Block.
    pub fn pcapng(order: Order) -> Self {
        let mut file = Self { order, bytes: Vec::new(), ends: Vec::new() };
        file.section(order);
        file
    }

    /// A Section Header Block (draft-ietf-opsawg-pcapng, section 4.1): byte-order magic, version 1.0, length not given.
    pub fn section(&mut self, order: Order) {
        self.order = order;
        let mut body = Vec::new();
        body.extend(order.u32(0x1a2b_3c4d));
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        body.extend(order.u64(u64::MAX));
        self.block(0x0a0d_0d0a, &body);
    }

    /// Any block (draft-ietf-opsawg-pcapng, section 3.1): type, total length, body, total length.
    pub fn block(&mut self, block_type: u32, body: &[u8]) {
        assert!(body.len().is_multiple_of(4));
        let len = body.len() as u32 + 12;
        self.u32(block_type);
        self.u32(len);
        self.bytes.extend(body);
        self.u32(len);
    }

    /// An Interface Description Block (section 4.2) with options (section 3.5), which are closed by opt_endofopt.
    pub fn interface(&mut self, link_type: u16, snap_len: u32, options: &[(u16, &[u8])]) {
        let mut body = Vec::new();
        body.extend(self.order.u16(link_type));
        body.extend([0; 2]);
        body.extend(self.order.u32(snap_len));
        if !options.is_empty() {
            body.extend(self.options(options));
        }
        self.block(1, &body);
    }

    /// Options and their end (section 3.5).
    pub fn options(&self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut octets = Vec::new();
        for (code, value) in options {
            octets.extend(self.order.u16(*code));
            octets.extend(self.order.u16(value.len() as u16));
            octets.extend(padded(value));
        }
        octets.extend([0; 4]);
        octets
    }

    /// An Enhanced Packet Block (section 4.3).
    pub fn enhanced(
        &mut self,
        interface: u32,
        units: u64,
        original_len: u32,
        data: &[u8],
        options: &[(u16, &[u8])],
    ) {
        let mut body = Vec::new();
        for word in [interface, (units >> 32) as u32, units as u32, data.len() as u32, original_len] {
            body.extend(self.order.u32(word));
        }
        body.extend(padded(data));
        if !options.is_empty() {
            body.extend(self.options(options));
        }
        self.block(6, &body);
        self.ends.push(self.bytes.len());
    }

    /// An obsolete Packet Block (appendix A): interface and drops count of 16 bits each, the rest as above.
    pub fn obsolete(&mut self, interface: u16, units: u64, original_len: u32, data: &[u8]) {
        let mut body = Vec::new();
        body.extend(self.order.u16(interface));
        body.extend(self.order.u16(0xffff));
        for word in [(units >> 32) as u32, units as u32, data.len() as u32, original_len] {
            body.extend(self.order.u32(word));
        }
        body.extend(padded(data));
        self.block(2, &body);
        self.ends.push(self.bytes.len());
    }

    /// A Simple Packet Block (section 4.4).
    pub fn simple(&mut self, original_len: u32, data: &[u8]) {
        let mut body = self.order.u32(original_len).to_vec();
        body.extend(padded(data));
        self.block(3, &body);
        self.ends.push(self.bytes.len());
    }

    fn u16(&mut self, value: u16) {
        self.bytes.extend(self.order.u16(value));
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend(self.order.u32(value));
    }

    /// Frames that lie wholly before `place`.
    pub fn frames_before(&self, place: usize) -> usize {
        self.ends.iter().filter(|end| **end <= place).count()
    }
}

/// Octets padded with zeros to a multiple of four.
fn padded(octets: &[u8]) -> Vec<u8> {
    let mut padded = octets.to_vec();
    padded.resize(octets.len().next_multiple_of(4), 0);
    padded
}

/// A small pcap file with frames of different lengths, one of them empty and one cut by the snap length.
pub fn small_pcap(order: Order) -> File {
    let mut file = File::pcap(order, 0xa1b2_c3d4, 1);
    file.record(1_700_000_000, 1, 5, b"first");
    file.record(1_700_000_000, 999_999, 0, b"");
    file.record(1_700_000_001, 0, 1514, &[0x5a; 60]);
    file.record(1_700_000_002, 7, 3, b"end");
    file
}

/// A small pcapng file with every kind of block, two sections and both byte orders.
pub fn small_pcapng() -> File {
    let mut file = File::pcapng(Order::Little);
    file.interface(1, 65_535, &[(2, b"eth0"), (3, b"plant side"), (9, &[9])]);
    file.interface(113, 0, &[(9, &[0x80 | 20]), (14, &1_700_000_000_u64.to_le_bytes())]);
    file.enhanced(0, 1_700_000_000_000_000_001, 5, b"first", &[(1, b"a comment"), (2, &[1, 0, 0, 0])]);
    // A Name Resolution Block (section 4.5) with no record but the closing one.
    file.block(4, &[0; 4]);
    file.enhanced(1, 1 << 19, 6, b"second", &[]);
    file.simple(2000, &[3; 2000]);
    file.obsolete(1, 1 << 20, 1514, &[4; 61]);
    // A block of local use (section 11.1: the most significant bit is set).
    file.block(0x8000_0001, &[0xff; 40]);
    file.section(Order::Big);
    file.interface(101, 40, &[]);
    file.simple(100, &[5; 40]);
    file.enhanced(0, 1_700_000_003_000_000, 0, b"", &[]);
    // An Interface Statistics Block (section 4.6).
    file.block(5, &[0; 12]);
    file
}

/// gzip, each piece a member of its own (RFC 1952, section 2.2: members simply appear one after another).
pub fn gzip(pieces: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    for piece in pieces {
        let mut encoder = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
        encoder.write_all(piece).unwrap();
        encoder.finish().unwrap();
    }
    file
}

/// zstd, each piece a frame of its own (RFC 8878, section 3), with a checksum, and a block ended every 64 octets.
pub fn zstd(pieces: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    for piece in pieces {
        let mut encoder = zstd::stream::write::Encoder::new(&mut file, 1).unwrap();
        encoder.include_checksum(true).unwrap();
        for part in piece.chunks(64) {
            encoder.write_all(part).unwrap();
            encoder.flush().unwrap();
        }
        encoder.finish().unwrap();
    }
    file
}
