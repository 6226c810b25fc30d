//! Writing pcapng.
use fieldtap::{Frame, LinkType};
use std::{
    collections::HashMap,
    io::{self, Write},
};

/// Writes a pcapng file: one section, nanoseconds, little-endian, an interface for each that frames name, and each link
/// type; of those with frames from before 1970, another one whose times have an offset.
///
/// Nothing is buffered here; wrap the destination in a [`BufWriter`](io::BufWriter) where writes are dear.
///
/// ```
/// use fieldtap::{Frame, LinkType};
/// use fieldtap_capture::{PcapngWriter, Reader};
///
/// let mut file = PcapngWriter::new(Vec::new())?;
/// let (link_type, data) = (LinkType::ETHERNET, &[0; 60]);
/// let frame = Frame { number: 1, ts: 7, link_type, interface: 0, original_len: 60, data };
/// file.write(&frame, Some("plant.pcap, frame 18"))?;
/// let mut reader = Reader::new("memory", std::io::Cursor::new(file.into_inner()))?;
/// assert_eq!(reader.next()?, Some(frame));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PcapngWriter<W> {
    destination: W,
    /// Interfaces of the file, by link type, number of those of the frames, and whether these are from before 1970.
    interfaces: HashMap<(LinkType, u32, bool), u32>,
    block: Vec<u8>,
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const COMMENT: u16 = 1;
const TIME_RESOLUTION: u16 = 9;
const TIME_OFFSET: u16 = 14;
const SECOND: i64 = 1_000_000_000;
/// Times of the file are not negative: those from before 1970 are counted from here on, in seconds, before any that can be told.
const BEFORE: i64 = i64::MIN.div_euclid(SECOND);

impl<W: Write> PcapngWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What the destination says.
    pub fn new(destination: W) -> io::Result<Self> {
        let mut writer = Self { destination, interfaces: HashMap::new(), block: Vec::new() };
        writer.block.extend_from_slice(&0x1a2b_3c4d_u32.to_le_bytes());
        writer.block.extend_from_slice(&1_u16.to_le_bytes());
        writer.block.extend_from_slice(&0_u16.to_le_bytes());
        // The length of the section is not known.
        writer.block.extend_from_slice(&u64::MAX.to_le_bytes());
        writer.end(SECTION_HEADER)?;
        Ok(writer)
    }

    /// Writes one frame, with a comment. Its number is not kept: in the file it has the next one.
    ///
    /// # Errors
    /// What the destination says; [`InvalidInput`](io::ErrorKind::InvalidInput) for a frame of 4 GiB and more.
    pub fn write(&mut self, frame: &Frame<'_>, comment: Option<&str>) -> io::Result<()> {
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
        let is_before = frame.ts < 0;
        let since = if is_before { i128::from(BEFORE) * i128::from(SECOND) } else { 0 };
        let ts = u64::try_from(i128::from(frame.ts) - since).unwrap_or_default();
        let len = u32::try_from(frame.data.len()).map_err(|_| invalid("a frame of 4 GiB or more"))?;
        let key = (frame.link_type, frame.interface, is_before);
        let interface = match self.interfaces.get(&key) {
            Some(interface) => *interface,
            None => self.interface(key)?,
        };
        let fields = [interface, (ts >> 32) as u32, ts as u32, len, frame.original_len.max(len)];
        for field in fields {
            self.block.extend_from_slice(&field.to_le_bytes());
        }
        self.padded(frame.data);
        if let Some(comment) = comment {
            // An option has 16 bits for its length; a shorter comment is better than none.
            let mut end = comment.len().min(usize::from(u16::MAX));
            while !comment.is_char_boundary(end) {
                end -= 1;
            }
            self.option(COMMENT, comment.get(..end).unwrap_or_default().as_bytes());
            self.option(0, &[]);
        }
        self.end(ENHANCED_PACKET)
    }

    fn interface(&mut self, key: (LinkType, u32, bool)) -> io::Result<u32> {
        self.block.extend_from_slice(&key.0.0.to_le_bytes());
        // Reserved, and a snap length that is not known.
        self.block.extend_from_slice(&[0; 6]);
        self.option(TIME_RESOLUTION, &[9]);
        if key.2 {
            self.option(TIME_OFFSET, &BEFORE.to_le_bytes());
        }
        self.option(0, &[]);
        let number = self.interfaces.len() as u32;
        self.interfaces.insert(key, number);
        self.end(INTERFACE_DESCRIPTION)?;
        Ok(number)
    }

    fn padded(&mut self, octets: &[u8]) {
        self.block.extend_from_slice(octets);
        let padding = octets.len().next_multiple_of(4) - octets.len();
        self.block.extend_from_slice([0; 3].get(..padding).unwrap_or_default());
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        self.block.extend_from_slice(&code.to_le_bytes());
        self.block.extend_from_slice(&(value.len() as u16).to_le_bytes());
        self.padded(value);
    }

    /// Writes the block whose body was gathered.
    fn end(&mut self, kind: u32) -> io::Result<()> {
        let body = core::mem::take(&mut self.block);
        let len = u32::try_from(body.len() + 12)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a block of 4 GiB or more"))?;
        self.destination.write_all(&kind.to_le_bytes())?;
        self.destination.write_all(&len.to_le_bytes())?;
        self.destination.write_all(&body)?;
        self.destination.write_all(&len.to_le_bytes())?;
        self.block = body;
        self.block.clear();
        Ok(())
    }

    /// Writes out what the destination holds back.
    ///
    /// # Errors
    /// What the destination says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.destination.flush()
    }

    /// Gives the destination back.
    pub fn into_inner(self) -> W {
        self.destination
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;
    use std::io::Cursor;

    /// Link type, interface as the frame has it and as the file numbers it, time and octets.
    fn frames() -> Vec<(LinkType, u32, u32, i64, Vec<u8>)> {
        let interfaces = [
            (LinkType::ETHERNET, 0, 0),
            (LinkType::RAW, 0, 1),
            (LinkType::ETHERNET, 0, 0),
            (LinkType::RTAC_SERIAL, 7, 2),
            (LinkType::RTAC_SERIAL, 9, 3),
        ];
        let frame = |(len, (link, from, to)): (usize, (LinkType, u32, u32))| {
            (link, from, to, 1_700_000_000_123_456_789 + len as i64, vec![7; len])
        };
        interfaces.into_iter().enumerate().map(frame).collect()
    }

    /// Held to the reader of this crate and to the crate `pcap-parser`.
    #[test]
    fn what_is_written_is_read() {
        let mut file = PcapngWriter::new(Vec::new()).unwrap();
        for (index, (link_type, interface, _, ts, data)) in frames().into_iter().enumerate() {
            let frame = Frame { number: 0, ts, link_type, interface, original_len: 90, data: &data };
            file.write(&frame, (index % 2 == 0).then_some("from elsewhere")).unwrap();
        }
        let bytes = file.into_inner();
        let mut reader = Reader::new("memory", Cursor::new(bytes.clone())).unwrap();
        for (index, (link_type, _, interface, ts, data)) in frames().into_iter().enumerate() {
            let number = index as u64 + 1;
            let frame = Frame { number, ts, link_type, interface, original_len: 90, data: &data };
            assert_eq!(reader.next().unwrap(), Some(frame));
        }
        assert_eq!(reader.next().unwrap(), None);
        let (mut blocks, mut rest, mut comments) = (0, &bytes[..], 0);
        while !rest.is_empty() {
            let (left, block) = pcap_parser::parse_block_le(rest).expect("a block");
            if let pcap_parser::Block::EnhancedPacket(packet) = block {
                comments += packet
                    .options
                    .iter()
                    .filter(|option| option.value().starts_with(b"from elsewhere"))
                    .count();
            }
            (blocks, rest) = (blocks + 1, left);
        }
        assert_eq!((blocks, comments), (1 + 4 + 5, 3));
    }

    /// Also by the crate `pcap-parser`, which adds the offset in whole seconds.
    #[test]
    fn frames_from_before_1970_have_their_times() {
        let times = [5, -1, i64::MIN, -1_500_000_000, i64::MAX];
        let mut file = PcapngWriter::new(Vec::new()).unwrap();
        let link_type = LinkType::RAW;
        let frame = |ts| Frame { number: 0, ts, link_type, interface: 0, original_len: 1, data: &[0][..] };
        for ts in times {
            file.write(&frame(ts), None).unwrap();
        }
        let bytes = file.into_inner();
        let mut reader = Reader::new("memory", Cursor::new(bytes.clone())).unwrap();
        for ts in times {
            assert_eq!(reader.next().unwrap().map(|frame| frame.ts), Some(ts));
        }
        let (mut rest, mut offsets) = (&bytes[..], vec![]);
        while !rest.is_empty() {
            let (left, block) = pcap_parser::parse_block_le(rest).expect("a block");
            if let pcap_parser::Block::InterfaceDescription(interface) = block {
                offsets.push(interface.if_tsoffset);
            }
            rest = left;
        }
        assert_eq!(offsets, [0, BEFORE]);
    }
}
