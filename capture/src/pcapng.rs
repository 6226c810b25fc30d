//! pcapng (draft-ietf-opsawg-pcapng).

use fieldtap::LinkType;

use crate::error::Error;
use crate::order::Order;
use crate::reader::{Counts, Found, Interface};
use crate::window::Window;

/// Block types (section 11.1, Standardized Block Type Codes).
pub(crate) const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Byte-Order Magic (section 4.1), as the writing host's own number.
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Octets of a block without a body: type and twice the total length (section 3.1).
const EMPTY_BLOCK_LEN: u32 = 12;
/// Octets of a block before its body.
const BLOCK_HEADER_LEN: usize = 8;
/// Octets of a Section Header Block without options.
const SECTION_HEADER_LEN: u32 = 28;

/// Interfaces that one section may declare.
const MAX_INTERFACES: usize = 65_536;
/// Octets kept of an interface's name and of its description.
const MAX_TEXT_LEN: usize = 1024;

const BLOCK_TOTAL_LENGTH: &str = "Block Total Length";
const BLOCK_TYPE: &str = "Block Type and Block Total Length";

/// What is wrong with a block, before file and offset are known.
struct Flaw {
    /// Octets from the beginning of the block's body.
    at: usize,
    field: &'static str,
    reason: String,
}

impl Flaw {
    fn new(at: usize, field: &'static str, reason: impl Into<String>) -> Self {
        Self { at, field, reason: reason.into() }
    }
}

/// How an interface counts time (section 4.2, if_tsresol and if_tsoffset).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    scale: Scale,
    /// Nanoseconds to add.
    offset: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// A unit is so many nanoseconds.
    Multiply(u64),
    /// So many units are a nanosecond.
    Divide(u128),
    /// A unit is a second divided by two to this power.
    Binary(u32),
}

impl Default for Clock {
    /// Microseconds, where nothing is said.
    fn default() -> Self {
        Self { scale: Scale::Multiply(1000), offset: 0 }
    }
}

impl Clock {
    const SECOND: i128 = 1_000_000_000;

    fn set_resolution(&mut self, resolution: u8) {
        let exponent = u32::from(resolution & 0x7f);
        self.scale = if resolution & 0x80 != 0 {
            Scale::Binary(exponent)
        } else if exponent <= 9 {
            Scale::Multiply(10_u64.pow(9 - exponent))
        } else {
            // Beyond 128 bits every time is less than a nanosecond.
            Scale::Divide(10_u128.checked_pow(exponent - 9).unwrap_or(u128::MAX))
        };
    }

    /// Nanoseconds since 1970; a time that 64 bits cannot hold becomes the nearest that they can.
    #[inline]
    fn instant(self, units: u64) -> i64 {
        if let Scale::Multiply(factor) = self.scale
            && self.offset == 0
            && let Some(ns) = units.checked_mul(factor)
            && let Ok(ns) = i64::try_from(ns)
        {
            return ns;
        }
        self.any_instant(units)
    }

    #[cold]
    fn any_instant(self, units: u64) -> i64 {
        // All of them below 2^94.
        let ns = match self.scale {
            Scale::Multiply(factor) => i128::from(units) * i128::from(factor),
            Scale::Divide(divisor) => (u128::from(units) / divisor) as i128,
            Scale::Binary(exponent) => (i128::from(units) * Self::SECOND) >> exponent,
        };
        (ns + self.offset).clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

/// The section that is being read.
#[derive(Debug)]
pub(crate) struct Section {
    order: Order,
    interfaces: Vec<Interface>,
    /// Time of the frame before: what a Simple Packet Block, which has none, is given.
    last_ts: i64,
}

impl Section {
    /// Whether one block lies in the window as a whole.
    pub(crate) fn is_at_hand(&self, window: &Window) -> bool {
        let octets = window.at_hand();
        octets.first_chunk().is_some_and(|head| {
            let [_, len, ..] = self.order.words(head);
            len as usize <= octets.len()
        })
    }

    /// Reads the first Section Header Block.
    pub(crate) fn read(window: &mut Window, max_len: u32) -> Result<Self, Error> {
        let mut section = Self { order: Order::Little, interfaces: Vec::new(), last_ts: 0 };
        section.section_header(window, max_len)?;
        Ok(section)
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Reads on to the next packet; none at the end of the file.
    #[inline]
    pub(crate) fn next(
        &mut self,
        window: &mut Window,
        max_len: u32,
        counts: &mut Counts,
    ) -> Result<Option<Found>, Error> {
        loop {
            if !window.have(BLOCK_HEADER_LEN)? {
                if window.at_hand().is_empty() {
                    return Ok(None);
                }
                return Err(window.truncated(BLOCK_TYPE, BLOCK_HEADER_LEN as u64));
            }
            let Some(&[t0, t1, t2, t3, l0, l1, l2, l3]) = window.at_hand().first_chunk() else {
                return Ok(None);
            };
            if [t0, t1, t2, t3] == SECTION_HEADER {
                self.section_header(window, max_len)?;
                continue;
            }
            let len = self.order.u32([l0, l1, l2, l3]);
            check_block_len(window, len, EMPTY_BLOCK_LEN)?;
            let found = match self.order.u32([t0, t1, t2, t3]) {
                ENHANCED_PACKET => {
                    let body = block_body(window, self.order, len, max_len, "Enhanced Packet Block")?;
                    self.packet(body, |order, body| order.u32_at(body, 0))
                }
                OBSOLETE_PACKET => {
                    let body = block_body(window, self.order, len, max_len, "Packet Block")?;
                    self.packet(body, |order, body| order.u16_at(body, 0).map(u32::from))
                }
                SIMPLE_PACKET => {
                    let body = block_body(window, self.order, len, max_len, "Simple Packet Block")?;
                    counts.frames_without_time += 1;
                    self.simple_packet(body)
                }
                INTERFACE_DESCRIPTION => {
                    self.interface_description(window, len, max_len)?;
                    continue;
                }
                _ => {
                    counts.other_blocks += 1;
                    window.skip(u64::from(len - 4), "block")?;
                    window.require(4, BLOCK_TOTAL_LENGTH)?;
                    check_trailer(window, self.order, 0, len)?;
                    window.consume(4);
                    continue;
                }
            };
            let found =
                found.map_err(|flaw| window.damaged(BLOCK_HEADER_LEN + flaw.at, flaw.field, flaw.reason))?;
            let start = window.start() + BLOCK_HEADER_LEN + found.start;
            window.consume(len as usize);
            self.last_ts = found.ts;
            return Ok(Some(Found { start, ..found }));
        }
    }

    /// Section 4.1.
    #[cold]
    fn section_header(&mut self, window: &mut Window, max_len: u32) -> Result<(), Error> {
        const NAME: &str = "Section Header Block";
        window.require(SECTION_HEADER_LEN as usize, NAME)?;
        let Some(&[_, _, _, _, l0, l1, l2, l3, m0, m1, m2, m3]) = window.at_hand().first_chunk() else {
            return Ok(());
        };
        let magic = [m0, m1, m2, m3];
        let order = match [Order::Little, Order::Big]
            .into_iter()
            .find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
        {
            Some(order) => order,
            None => {
                let reason = format!("{m0:02x} {m1:02x} {m2:02x} {m3:02x} is neither byte order");
                return Err(window.damaged(BLOCK_HEADER_LEN, "Byte-Order Magic", reason));
            }
        };
        let len = order.u32([l0, l1, l2, l3]);
        check_block_len(window, len, SECTION_HEADER_LEN)?;
        let body = block_body(window, order, len, max_len, NAME)?;
        // Versions 1.0 and 1.2 are the same format; a reader knows only the major one.
        let major = order.u16_at(body, 4).unwrap_or_default();
        let checked = match major {
            1 => each_option(order, body, 16, |_, _, _| Ok(())),
            _ => Err(Flaw::new(4, "Major Version", format!("{major} is not read, only 1"))),
        };
        checked.map_err(|flaw| window.damaged(BLOCK_HEADER_LEN + flaw.at, flaw.field, flaw.reason))?;
        self.order = order;
        self.interfaces.clear();
        window.consume(len as usize);
        Ok(())
    }

    /// Section 4.2.
    #[cold]
    fn interface_description(&mut self, window: &mut Window, len: u32, max_len: u32) -> Result<(), Error> {
        let body = block_body(window, self.order, len, max_len, "Interface Description Block")?;
        if self.interfaces.len() >= MAX_INTERFACES {
            let (claimed, limit) = (MAX_INTERFACES as u64 + 1, MAX_INTERFACES as u64);
            return Err(window.too_large(0, "number of Interface Description Blocks", claimed, limit));
        }
        let interface = interface(self.order, body)
            .map_err(|flaw| window.damaged(BLOCK_HEADER_LEN + flaw.at, flaw.field, flaw.reason))?;
        self.interfaces.push(interface);
        window.consume(len as usize);
        Ok(())
    }

    /// An Enhanced Packet Block (section 4.3) or an obsolete Packet Block (appendix A), which differ in the size of the
    /// interface's number only. The `start` of what is found counts from the beginning of the body.
    #[inline]
    fn packet(&self, body: &[u8], number: impl Fn(Order, &[u8]) -> Option<u32>) -> Result<Found, Flaw> {
        const HEADER_LEN: usize = 20;
        let order = self.order;
        let Some(header) = body.first_chunk::<HEADER_LEN>() else {
            return Err(Flaw::new(
                0,
                "packet block",
                format!("{} octets are too few for its fields", body.len()),
            ));
        };
        let index = number(order, header).unwrap_or_default();
        let interface = number(order, header).and_then(|number| self.interfaces.get(number as usize));
        let Some(interface) = interface else { return Err(self.undeclared(index)) };
        let &[_, _, _, _, h0, h1, h2, h3, l0, l1, l2, l3, c0, c1, c2, c3, o0, o1, o2, o3] = header;
        let captured = order.u32([c0, c1, c2, c3]);
        let len = captured as usize;
        let room = body.len() - HEADER_LEN;
        if len > room {
            let reason = format!("{captured} octets, the block has room for {room}");
            return Err(Flaw::new(12, "Captured Packet Length", reason));
        }
        // The body is a multiple of four octets long, and so is the room: the padding fits.
        let options = HEADER_LEN + len.next_multiple_of(4);
        if options < body.len() {
            each_option(order, body, options, |_, _, _| Ok(()))?;
        }
        let units = u64::from(order.u32([h0, h1, h2, h3])) << 32 | u64::from(order.u32([l0, l1, l2, l3]));
        Ok(Found {
            start: HEADER_LEN,
            len,
            ts: interface.clock.instant(units),
            interface: index,
            link_type: interface.link_type,
            original_len: order.u32([o0, o1, o2, o3]).max(captured),
        })
    }

    /// Section 4.4.
    fn simple_packet(&self, body: &[u8]) -> Result<Found, Flaw> {
        const FIELD: &str = "Original Packet Length";
        let Some(original_len) = self.order.u32_at(body, 0) else {
            return Err(Flaw::new(0, FIELD, "is missing"));
        };
        let Some(interface) = self.interfaces.first() else {
            return Err(self.undeclared(0));
        };
        let captured = interface.snap_len.unwrap_or(u32::MAX).min(original_len);
        let room = body.len() - 4;
        if captured as usize > room {
            return Err(Flaw::new(0, FIELD, format!("{captured} octets, the block has room for {room}")));
        }
        let (len, link_type) = (captured as usize, interface.link_type);
        Ok(Found { start: 4, len, ts: self.last_ts, interface: 0, link_type, original_len })
    }

    #[cold]
    fn undeclared(&self, number: u32) -> Flaw {
        let declared = self.interfaces.len();
        Flaw::new(
            0,
            "Interface ID",
            format!("interface {number} is not declared, the section has {declared} so far"),
        )
    }
}

/// What an Interface Description Block says (section 4.2).
fn interface(order: Order, body: &[u8]) -> Result<Interface, Flaw> {
    const OPTIONS: usize = 8;
    const NAME: u16 = 2;
    const DESCRIPTION: u16 = 3;
    const TIME_RESOLUTION: u16 = 9;
    const TIME_OFFSET: u16 = 14;
    let (Some(link_type), Some(snap_len)) = (order.u16_at(body, 0), order.u32_at(body, 4)) else {
        let reason = format!("{} octets are too few for its fields", body.len());
        return Err(Flaw::new(0, "Interface Description Block", reason));
    };
    let mut interface = Interface::new(LinkType(link_type));
    interface.snap_len = Some(snap_len).filter(|snap_len| *snap_len != 0);
    each_option(order, body, OPTIONS, |at, code, value| {
        match code {
            NAME => interface.name = Some(text(value)),
            DESCRIPTION => interface.description = Some(text(value)),
            TIME_RESOLUTION => {
                let &[resolution] = value else {
                    return Err(Flaw::new(
                        at,
                        "if_tsresol",
                        format!("has {} octets instead of 1", value.len()),
                    ));
                };
                interface.clock.set_resolution(resolution);
            }
            TIME_OFFSET => {
                let Ok(offset) = value.try_into() else {
                    return Err(Flaw::new(
                        at,
                        "if_tsoffset",
                        format!("has {} octets instead of 8", value.len()),
                    ));
                };
                interface.clock.offset = i128::from(order.i64(offset)) * Clock::SECOND;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(interface)
}

/// Text out of the file, of bounded length; octets that are not UTF-8 show as `\xNN`.
fn text(octets: &[u8]) -> String {
    let mut text = String::new();
    for chunk in octets.get(..MAX_TEXT_LEN).unwrap_or(octets).utf8_chunks() {
        text.push_str(chunk.valid());
        for octet in chunk.invalid() {
            text.push_str(&format!("\\x{octet:02x}"));
        }
    }
    text
}

/// Goes through the options that stand in `body` from `at` on (section 3.5): `each` is given the place, code and value.
fn each_option(
    order: Order,
    body: &[u8],
    mut at: usize,
    mut each: impl FnMut(usize, u16, &[u8]) -> Result<(), Flaw>,
) -> Result<(), Flaw> {
    const END: u16 = 0;
    while let (Some(code), Some(len)) = (order.u16_at(body, at), order.u16_at(body, at + 2)) {
        if code == END {
            break;
        }
        let len = usize::from(len);
        let begin = at + 4;
        let value = body.get(begin..).and_then(|rest| rest.get(..len)).ok_or_else(|| {
            let room = body.len() - begin;
            Flaw::new(at + 2, "Option Length", format!("{len} octets, the block has room for {room}"))
        })?;
        each(at, code, value)?;
        at = begin + len.next_multiple_of(4);
    }
    Ok(())
}

/// Checks the Block Total Length of the block that begins here (section 3.1).
#[inline]
fn check_block_len(window: &Window, len: u32, least: u32) -> Result<(), Error> {
    if len < least {
        return Err(window.damaged(
            4,
            BLOCK_TOTAL_LENGTH,
            format!("{len} is less than the {least} octets of such a block"),
        ));
    }
    if !len.is_multiple_of(4) {
        return Err(window.damaged(4, BLOCK_TOTAL_LENGTH, format!("{len} is not a multiple of 4")));
    }
    Ok(())
}

/// The body of the block that begins here and has `len` octets, of which 12 at least.
#[inline]
fn block_body<'a>(
    window: &'a mut Window,
    order: Order,
    len: u32,
    max_len: u32,
    name: &'static str,
) -> Result<&'a [u8], Error> {
    if len > max_len {
        return Err(window.too_large(4, BLOCK_TOTAL_LENGTH, len.into(), max_len.into()));
    }
    window.require(len as usize, name)?;
    let end = len as usize - 4;
    check_trailer(window, order, end, len)?;
    Ok(window.at_hand().get(BLOCK_HEADER_LEN..end).unwrap_or_default())
}

/// Checks that the length is repeated `at` octets from here, at the end of the block.
#[inline]
fn check_trailer(window: &Window, order: Order, at: usize, len: u32) -> Result<(), Error> {
    match order.u32_at(window.at_hand(), at) {
        Some(trailer) if trailer == len => Ok(()),
        trailer => {
            let reason =
                format!("{} at the end of the block, {len} at its beginning", trailer.unwrap_or_default());
            Err(window.damaged(at, BLOCK_TOTAL_LENGTH, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(resolution: u8, offset: i64) -> Clock {
        let mut clock = Clock::default();
        clock.set_resolution(resolution);
        clock.offset = i128::from(offset) * Clock::SECOND;
        clock
    }

    /// Section 4.2, if_tsresol: "If the Most Significant Bit is equal to zero, the remaining bits indicate the resolution
    /// of the timestamp as a negative power of 10 (e.g. 6 means microsecond resolution). If it is equal to one, the
    /// remaining bits indicate the resolution as a negative power of 2 (e.g. 10 means 1/1024 of second)."
    #[test]
    fn times_in_every_resolution() {
        assert_eq!(clock(0, 0).instant(3), 3_000_000_000);
        assert_eq!(clock(3, 0).instant(3), 3_000_000);
        assert_eq!(clock(6, 0).instant(1_700_000_000_000_001), 1_700_000_000_000_001_000);
        assert_eq!(clock(9, 0).instant(1_700_000_000_000_000_001), 1_700_000_000_000_000_001);
        assert_eq!(clock(12, 0).instant(5_999), 5);
        assert_eq!(clock(0x80, 0).instant(3), 3_000_000_000);
        assert_eq!(clock(0x80 | 10, 0).instant(1536), 1_500_000_000);
        assert_eq!(clock(0x80 | 32, 0).instant((7 << 32) | (1 << 31)), 7_500_000_000);
    }

    /// Section 4.2, if_tsoffset: "a 64-bit integer value that specifies an offset (in seconds) that must be added".
    #[test]
    fn times_with_an_offset() {
        assert_eq!(clock(6, 1_700_000_000).instant(1), 1_700_000_000_000_001_000);
        assert_eq!(clock(9, -1).instant(1), -999_999_999);
    }

    /// No resolution, offset or number of units overflows.
    #[test]
    fn times_out_of_range_become_the_nearest_in_range() {
        assert_eq!(clock(0, 0).instant(u64::MAX), i64::MAX);
        assert_eq!(clock(6, 0).instant(u64::MAX), i64::MAX);
        assert_eq!(clock(9, 0).instant(u64::MAX), i64::MAX);
        assert_eq!(clock(0, i64::MIN).instant(u64::MAX), i64::MAX);
        assert_eq!(clock(9, i64::MIN).instant(0), i64::MIN);
        assert_eq!(clock(9, i64::MAX).instant(u64::MAX), i64::MAX);
        for resolution in 0..=u8::MAX {
            for units in [0, 1, u64::from(u32::MAX), u64::MAX] {
                for offset in [0, 1, i64::MIN, i64::MAX] {
                    clock(resolution, offset).instant(units);
                }
            }
        }
        assert_eq!(clock(127, 0).instant(u64::MAX), 0);
        assert_eq!(clock(255, 0).instant(u64::MAX), 0);
    }

    #[test]
    fn text_is_bounded_and_shows_what_is_not_utf8() {
        assert_eq!(text(b"eth0"), "eth0");
        assert_eq!(text(b"\xc3\xa4\xff!"), "\u{e4}\\xff!");
        assert_eq!(text(&[b'a'; 5000]).len(), MAX_TEXT_LEN);
    }
}
