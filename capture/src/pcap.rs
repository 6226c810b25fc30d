//! pcap, the format of libpcap and tcpdump (draft-ietf-opsawg-pcap).

use std::io::{self, Write};

use fieldtap::{Frame, LinkType};

use crate::error::Error;
use crate::order::Order;
use crate::reader::{Found, Interface};
use crate::window::Window;

/// Magic numbers (section 4, Magic Number), as the writing host's own 32-bit number.
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// The form of Alexey Kuznetzov's patch to libpcap, known to libpcap and Wireshark as "modified".
const MODIFIED: u32 = 0xa1b2_cd34;

/// Octets of the File Header (section 4).
const FILE_HEADER_LEN: usize = 24;
/// Octets of a Packet Record's header (section 5).
const RECORD_HEADER_LEN: usize = 16;
/// Octets of a record's header in the modified form, which adds interface index, protocol and packet type.
const MODIFIED_RECORD_HEADER_LEN: usize = 24;

/// In the LinkType field: "FCS length present" (section 4, the bit named f).
const FCS_LEN_PRESENT: u32 = 0x0400_0000;

/// A time stamp's bounds (section 5): 32 bits of seconds.
const SECOND: i64 = 1_000_000_000;

/// What the File Header says.
#[derive(Debug)]
pub(crate) struct File {
    order: Order,
    /// Nanoseconds in a unit of the time stamp's fraction.
    fraction: i64,
    record_header_len: usize,
    link_type: LinkType,
    interfaces: [Interface; 1],
}

/// Byte order, nanoseconds in a unit of the fraction, and length of a record's header, by the magic number.
fn magic(octets: [u8; 4]) -> Option<(Order, i64, usize)> {
    [Order::Little, Order::Big].into_iter().find_map(|order| match order.u32(octets) {
        MICROSECONDS => Some((order, 1000, RECORD_HEADER_LEN)),
        NANOSECONDS => Some((order, 1, RECORD_HEADER_LEN)),
        MODIFIED => Some((order, 1000, MODIFIED_RECORD_HEADER_LEN)),
        _ => None,
    })
}

/// Whether a file that begins like this is pcap.
pub(crate) fn recognises(octets: [u8; 4]) -> bool {
    magic(octets).is_some()
}

impl File {
    /// Reads the File Header.
    pub(crate) fn read(window: &mut Window) -> Result<Self, Error> {
        window.require(FILE_HEADER_LEN, "File Header")?;
        let header: [u8; FILE_HEADER_LEN] = window.at_hand().first_chunk().copied().unwrap_or_default();
        let [m0, m1, m2, m3, major0, major1, minor0, minor1, ..] = header;
        let [.., s0, s1, s2, s3, l0, l1, l2, l3] = header;
        let Some((order, fraction, record_header_len)) = magic([m0, m1, m2, m3]) else {
            return Err(Error::NotACapture { file: window.file().to_owned(), magic: vec![m0, m1, m2, m3] });
        };
        let (major, minor) = (order.u16([major0, major1]), order.u16([minor0, minor1]));
        // Up to version 2.3 the two lengths of a record stood in the other order, or in either.
        if major != 2 || minor < 4 {
            return Err(window.damaged(
                4,
                "Major Version",
                format!("version {major}.{minor} is not read, only 2.4"),
            ));
        }
        let link = order.u32([l0, l1, l2, l3]);
        // The upper half holds the FCS length and reserved bits, which readers ignore.
        let link_type = LinkType((link & 0xffff) as u16);
        let interface = Interface {
            snap_len: Some(order.u32([s0, s1, s2, s3])).filter(|snap_len| *snap_len != 0),
            // Counted there in units of two octets.
            fcs_len: (link & FCS_LEN_PRESENT != 0).then_some((link >> 28) as u8 * 2),
            ..Interface::new(link_type)
        };
        window.consume(FILE_HEADER_LEN);
        Ok(Self { order, fraction, record_header_len, link_type, interfaces: [interface] })
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Whether one Packet Record lies in the window as a whole.
    pub(crate) fn is_at_hand(&self, window: &Window) -> bool {
        let octets = window.at_hand();
        octets.first_chunk().is_some_and(|head| {
            let [_, _, captured, _] = self.order.words(head);
            self.record_header_len.saturating_add(captured as usize) <= octets.len()
        })
    }

    /// Takes one Packet Record that lies in the window as a whole; none, and nothing taken, where that is not so.
    #[inline(always)]
    pub(crate) fn at_hand(&self, window: &mut Window, max_len: u32) -> Option<Found> {
        let header_len = self.record_header_len;
        let octets = window.at_hand();
        let [seconds, fraction, captured, original_len] = self.order.words(octets.first_chunk()?);
        let record_len = header_len.checked_add(captured as usize)?;
        if captured > max_len || record_len > octets.len() {
            return None;
        }
        let start = window.start() + header_len;
        window.consume(record_len);
        Some(Found {
            start,
            len: captured as usize,
            // Below 2^32 times 10^9 and 2^32 times 1000: no overflow, whatever the file says.
            ts: i64::from(seconds) * SECOND + i64::from(fraction) * self.fraction,
            interface: 0,
            link_type: self.link_type,
            original_len: original_len.max(captured),
        })
    }

    /// Reads one Packet Record; none at the end of the file.
    #[inline(never)]
    pub(crate) fn next(&self, window: &mut Window, max_len: u32) -> Result<Option<Found>, Error> {
        let header_len = self.record_header_len;
        if !window.have(header_len)? {
            if window.at_hand().is_empty() {
                return Ok(None);
            }
            return Err(window.truncated("Packet Record header", header_len as u64));
        }
        let Some(&[.., c0, c1, c2, c3, _, _, _, _]) = window.at_hand().first_chunk::<RECORD_HEADER_LEN>()
        else {
            return Ok(None);
        };
        let captured = self.order.u32([c0, c1, c2, c3]);
        if captured > max_len {
            return Err(window.too_large(8, "Captured Packet Length", captured.into(), max_len.into()));
        }
        window.require(header_len.saturating_add(captured as usize), "Packet Record")?;
        Ok(self.at_hand(window, max_len))
    }
}

/// Writes a pcap file: nanoseconds, little-endian, one link type.
///
/// Nothing is buffered here; wrap the destination in a [`BufWriter`](io::BufWriter) where writes are dear.
#[derive(Debug)]
pub struct Writer<W> {
    destination: W,
    link_type: LinkType,
}

impl<W: Write> Writer<W> {
    /// Begins a file whose frames are all of `link_type`.
    ///
    /// # Errors
    /// What the destination says.
    pub fn new(mut destination: W, link_type: LinkType) -> io::Result<Self> {
        /// The snap length of tcpdump and Wireshark.
        const SNAP_LEN: u32 = 262_144;
        let mut header = [0; FILE_HEADER_LEN];
        let fields: [&[u8]; 6] = [
            &NANOSECONDS.to_le_bytes(),
            &2_u16.to_le_bytes(),
            &4_u16.to_le_bytes(),
            &[0; 8],
            &SNAP_LEN.to_le_bytes(),
            &u32::from(link_type.0).to_le_bytes(),
        ];
        for (place, octet) in header.iter_mut().zip(fields.into_iter().flatten()) {
            *place = *octet;
        }
        destination.write_all(&header)?;
        Ok(Self { destination, link_type })
    }

    /// Writes one frame. Its number is not kept: in the file it has the next one.
    ///
    /// # Errors
    /// What the destination says; [`InvalidInput`](io::ErrorKind::InvalidInput) for a frame that the file cannot hold: of
    /// another link type, dated before 1970 or after 2106, or of 4 GiB and more.
    pub fn write(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
        if frame.link_type != self.link_type {
            let (theirs, ours) = (frame.link_type.0, self.link_type.0);
            return Err(invalid(format!("a frame of link type {theirs} in a pcap file of link type {ours}")));
        }
        let seconds = u32::try_from(frame.ts.div_euclid(SECOND))
            .map_err(|_| invalid(format!("time {} ns lies outside what pcap can hold", frame.ts)))?;
        let fraction = frame.ts.rem_euclid(SECOND) as u32;
        let len =
            u32::try_from(frame.data.len()).map_err(|_| invalid("a frame of 4 GiB or more".to_owned()))?;
        let fields = [seconds, fraction, len, frame.original_len.max(len)];
        let mut header = [0; RECORD_HEADER_LEN];
        for (place, octet) in header.iter_mut().zip(fields.into_iter().flat_map(u32::to_le_bytes)) {
            *place = octet;
        }
        self.destination.write_all(&header)?;
        self.destination.write_all(frame.data)
    }

    /// Gives the destination back.
    pub fn into_inner(self) -> W {
        self.destination
    }
}
