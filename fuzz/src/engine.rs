//! Frames of every kind through the engine.

use std::sync::{Arc, Mutex};

use arbitrary::{Arbitrary, Result, Unstructured};
use fieldtap::common::facts::{FactTable, Facts, Position};
use fieldtap::protocols::PROTOCOLS;
use fieldtap::record::conversation_id;
use fieldtap::{Checksums, Config, Engine, Frame, LinkType};

use crate::allocator::Watch;
use crate::limits;
use crate::rows::{Rows, title};
use crate::script::{nearest, samples, span};

/// The link types that scripts name, and one that is not read.
const LINKS: [LinkType; 16] = [
    LinkType::ETHERNET,
    LinkType::NULL,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::RAW_BSD,
    LinkType::RAW_OPENBSD,
    LinkType::RAW,
    LinkType::LOOP,
    LinkType::LINUX_SLL,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::LINUX_SLL2,
    LinkType::ETHERNET,
    LinkType::ETHERNET,
    LinkType::ETHERNET,
    LinkType(147),
];

/// Frames of a script; what follows is not read.
const MOST_FRAMES: usize = 256;
/// When every script begins.
const START: i64 = 1_700_000_000_000_000_000;

/// What must hold of an engine that has seen these frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct Law {
    /// Frames.
    pub frames: u64,
    /// Captured octets.
    pub octets: u64,
    wire: u64,
}

impl Law {
    /// Notes a frame.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        self.frames += 1;
        self.octets += frame.data.len() as u64;
        self.wire += u64::from(frame.original_len).max(frame.data.len() as u64);
    }

    /// After the end: every frame is one of a conversation's or counted as of none, and rows are bounded.
    pub fn hold(&self, engine: &Engine, rows: &Rows) {
        let counters = engine.counters();
        assert_eq!((counters.frames, counters.octets), (self.frames, self.wire), "{counters:?}");
        assert_eq!(
            rows.conversations.count, counters.conversations,
            "conversations without a row: {counters:?}"
        );
        assert_eq!(rows.conversations.frames + counters.unattributed, self.frames, "{counters:?}");
        assert_eq!(engine.conversations(), 0, "conversations are remembered beyond the end");
        let most = bounds::rows(self);
        assert!(rows.sums.count <= most, "{} rows, the bound is {most}: {self:?}", rows.sums.count);
    }
}

/// The bounds of a run.
pub mod bounds {
    use super::{Law, Rows};
    use crate::limits;
    use fieldtap::Limits;

    /// Octets of frames after which a run ends.
    pub const MOST_OCTETS: u64 = 1 << 20;
    /// Octets of an engine that has seen nothing: 64 shards.
    const EMPTY: usize = 128 * 1024;

    /// The most rows. A frame may have notes of its own, evidence of its stream, and end a conversation.
    pub fn rows(law: &Law) -> u64 {
        limits::most_rows(law.octets as usize, 4 * law.frames as usize)
    }

    /// The most octets at one time.
    pub fn memory(limits: &Limits, law: &Law, rows: &Rows) -> usize {
        let (octets, frames) = (law.octets as usize, law.frames as usize);
        let conversations = limits.conversations.max(64).min(frames);
        // Each conversation has two streams and two directions of its protocol; what they hold was fed to them.
        let streams = 2 * limits.out_of_order_octets.saturating_mul(conversations).min(3 * octets);
        let fragments = 3 * limits.fragment_octets.min(octets.saturating_add(65_536 * frames));
        EMPTY
            + conversations * 24 * 1024
            + streams
            + fragments
            + 2 * limits::conversation_octets(limits, octets, frames)
            + limits::memory_octets(limits, rows.sums.count)
            + 1024 * frames
    }

    /// The most allocations.
    pub fn allocations(law: &Law, rows: &Rows) -> u64 {
        1024 + limits::most_allocations(law.octets as usize, 8 * law.frames as usize, rows.sums.count)
    }
}

/// A frame of a script, ready to be fed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Captured {
    ts: i64,
    link_type: LinkType,
    cut: u32,
    data: Vec<u8>,
}

impl Captured {
    fn frame(&self, number: u64) -> Frame<'_> {
        let original_len = (self.data.len() as u32).saturating_add(self.cut);
        Frame { number, ts: self.ts, link_type: self.link_type, original_len, data: &self.data }
    }
}

/// What a script says of the engine.
#[derive(Clone, Copy, Debug)]
struct Settings {
    small: bool,
    every_message: bool,
    vlan_in_key: bool,
    checksums: Checksums,
    /// Two engines share the shards.
    shared: bool,
    /// The sink wants no more of a conversation.
    leaves: bool,
}

impl Settings {
    fn of(bits: u8) -> Self {
        let checksums = match bits >> 3 & 3 {
            0 => Checksums::Auto,
            1 => Checksums::Check,
            _ => Checksums::Ignore,
        };
        Self {
            small: bits & 1 != 0,
            every_message: bits & 2 != 0,
            vlan_in_key: bits & 4 != 0,
            checksums,
            shared: bits & 0x20 != 0,
            leaves: bits & 0x40 != 0,
        }
    }

    fn config(self) -> Config {
        Config {
            limits: limits::limits(self.small),
            every_message: self.every_message,
            vlan_in_key: self.vlan_in_key,
            checksums: self.checksums,
            ..Config::default()
        }
    }
}

/// Frames of any link type, and segments and datagrams of a few conversations that hold messages of the protocols.
pub fn engine(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(bits) = u8::arbitrary(&mut u) else { return };
    let settings = Settings::of(bits);
    let frames = frames(&mut u);
    let alone = play(settings, settings.config(), &frames);
    if settings.shared && !settings.leaves {
        let [first, second] = side_by_side(settings.config(), &frames);
        assert_eq!(first.sums.count + second.sums.count, alone.sums.count, "other rows with shared shards");
        let together = first.sums.unordered.wrapping_add(second.sums.unordered);
        assert_eq!(together, alone.sums.unordered, "other rows with shared shards");
    }
}

/// One table of facts for engines that take turns: each has done what the other is to know.
#[derive(Debug)]
struct InTurn(Mutex<FactTable>);

impl Facts for InTurn {
    fn reached(&self, _: Position) {}
    fn at(&self, _: Position, act: &mut dyn FnMut(&mut FactTable)) {
        act(&mut self.0.lock().expect("nobody has panicked within"));
    }
}

/// Two engines that share the shards, frame by frame: together they give what one gives alone.
fn side_by_side(mut config: Config, frames: &[Captured]) -> [Rows; 2] {
    config.facts = Some(Arc::new(InTurn(Mutex::new(FactTable::new(&config.limits)))));
    let mut pairs = [0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa]
        .map(|shards| (Engine::new(Config { shards, ..config.clone() }), Rows::default()));
    for (captured, number) in frames.iter().zip(1..) {
        let frame = captured.frame(number);
        pairs.iter_mut().for_each(|(engine, rows)| engine.pass_time(&frame, rows));
        pairs.iter_mut().for_each(|(engine, rows)| _ = engine.take(&frame, rows));
    }
    for number in 1..=frames.len() as u64 + 1 {
        let before = conversation_id(0, number);
        pairs.iter_mut().for_each(|(engine, rows)| _ = engine.finish_conversations(before, rows));
    }
    pairs.iter_mut().for_each(|(engine, rows)| _ = engine.finish_publishers(rows));
    pairs.map(|(_, rows)| rows)
}

fn play(settings: Settings, config: Config, frames: &[Captured]) -> Rows {
    title(&format!("{settings:?}"));
    let limits = config.limits.clone();
    let watch = Watch::start();
    let mut engine = Engine::new(config);
    let mut rows = Rows { leave_after: settings.leaves.then_some(4), ..Rows::default() };
    let mut law = Law::default();
    for (captured, number) in frames.iter().zip(1..) {
        let frame = captured.frame(number);
        engine.frame(&frame, &mut rows);
        law.frame(&frame);
    }
    engine.finish(&mut rows);
    law.hold(&engine, &rows);
    watch.hold(bounds::memory(&limits, &law, &rows), bounds::allocations(&law, &rows));
    rows
}

/// The kinds of frames, in the low bits of a frame's first octet. What is none of these is the last frame again, changed.
mod kind {
    /// Any octets, of any link type.
    pub const RAW: u8 = 0;
    /// A TCP segment where its sender goes on.
    pub const SEGMENT: u8 = 1;
    /// A UDP datagram.
    pub const DATAGRAM: u8 = 2;
}

/// What the two ends of one TCP connection have sent.
#[derive(Clone, Copy, Debug, Default)]
struct Connection {
    next: [u32; 2],
}

fn frames(u: &mut Unstructured<'_>) -> Vec<Captured> {
    let mut frames: Vec<Captured> = Vec::new();
    let mut connections = [Connection { next: [1000, u32::MAX - 100] }; 8];
    let (mut ts, mut octets) = (START, 0);
    while !u.is_empty() && frames.len() < MOST_FRAMES && octets < bounds::MOST_OCTETS {
        let Ok(frame) = frame(u, &mut ts, &mut connections, frames.last()) else { break };
        octets += frame.data.len() as u64;
        frames.push(frame);
    }
    frames
}

fn frame(
    u: &mut Unstructured<'_>,
    ts: &mut i64,
    connections: &mut [Connection; 8],
    last: Option<&Captured>,
) -> Result<Captured> {
    let [how, time] = <[u8; 2]>::arbitrary(u)?;
    *ts = ts.saturating_add(span(time));
    let mut captured = match how & 3 {
        kind::RAW => {
            let [link, cut] = <[u8; 2]>::arbitrary(u)?;
            let len = usize::from(u16::arbitrary(u)?).min(u.len());
            let link_type = LINKS[usize::from(link & 15)];
            return Ok(Captured { ts: *ts, link_type, cut: cut.into(), data: u.bytes(len)?.to_vec() });
        }
        kind::SEGMENT => {
            let [which, flags, shift] = <[u8; 3]>::arbitrary(u)?;
            let payload = payload(how, u)?;
            let (place, side) = (usize::from(which & 7), usize::from(which >> 3 & 1));
            let (from, to) = (connections[place].next[side], connections[place].next[1 - side]);
            let sequence = from.wrapping_add_signed(i32::from(shift as i8));
            let syn = u32::from(flags & 2 != 0) + u32::from(flags & 1 != 0);
            if shift == 0 {
                connections[place].next[side] = from.wrapping_add(payload.len() as u32).wrapping_add(syn);
            }
            let flags = flags & 0x3f;
            let mut header = Vec::with_capacity(20 + payload.len());
            for port in ports(which, side) {
                header.extend_from_slice(&port.to_be_bytes());
            }
            header.extend_from_slice(&sequence.to_be_bytes());
            header.extend_from_slice(&to.to_be_bytes());
            header.extend_from_slice(&[0x50, flags ^ 0x10, 0x20, 0, 0, 0, 0, 0]);
            header.extend_from_slice(&payload);
            packet(how, which, side, 6, header, 16)
        }
        kind::DATAGRAM => {
            let which = u8::arbitrary(u)?;
            let payload = payload(how, u)?;
            let side = usize::from(which >> 3 & 1);
            let mut header = Vec::with_capacity(8 + payload.len());
            for port in ports(which, side) {
                header.extend_from_slice(&port.to_be_bytes());
            }
            header.extend_from_slice(&(payload.len() as u16).wrapping_add(8).to_be_bytes());
            header.extend_from_slice(&[0, 0]);
            header.extend_from_slice(&payload);
            packet(how, which, side, 17, header, 6)
        }
        _ => {
            let mut again = last.cloned().unwrap_or(Captured {
                ts: 0,
                link_type: LinkType::ETHERNET,
                cut: 0,
                data: vec![0; 60],
            });
            let [at, bit] = <[u8; 2]>::arbitrary(u)?;
            if how & 4 != 0
                && let Some(octet) = again.data.get_mut(usize::from(at))
            {
                *octet ^= 1 << (bit & 7);
            }
            if how & 8 != 0 {
                // A snap length.
                let kept = again.data.len().saturating_sub(bit.into());
                again.cut = again.cut.saturating_add((again.data.len() - kept) as u32);
                again.data.truncate(kept);
            }
            again
        }
    };
    captured.ts = *ts;
    Ok(captured)
}

/// Ports of one end and the other: of a protocol's own, or of none's.
fn ports(which: u8, side: usize) -> [u16; 2] {
    let place = which & 7;
    let server = [502, 502, 20_000, 2404, 102, 4001, 44_818, 53][usize::from(place)];
    let client = 40_000 + u16::from(place);
    if side == 0 { [client, server] } else { [server, client] }
}

/// Octets of a message: literally, or one of the vectors.
fn payload(how: u8, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if how & 4 == 0 || PROTOCOLS.is_empty() {
        let len = usize::from(u8::arbitrary(u)?).min(u.len());
        return Ok(u.bytes(len)?.to_vec());
    }
    let [protocol, low, high] = <[u8; 3]>::arbitrary(u)?;
    let protocol = PROTOCOLS[usize::from(protocol) % PROTOCOLS.len()];
    let samples = samples(protocol);
    let place = usize::from(u16::from_le_bytes([low, high]));
    let mut octets =
        samples.get(place % samples.len().max(1)).map(|sample| sample.octets.clone()).unwrap_or_default();
    if how & 8 != 0 {
        let [at, value] = <[u8; 2]>::arbitrary(u)?;
        if let Some(octet) = octets.get_mut(usize::from(at)) {
            *octet = value;
        }
        protocol.dissector.mend(&mut octets);
    }
    Ok(octets)
}

/// Adds to the Internet checksum (RFC 1071).
fn checksum(sum: u32, octets: &[u8]) -> u32 {
    octets.chunks(2).fold(sum, |sum, pair| {
        let word = u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        sum + u32::from(word)
    })
}

fn folded(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// An Ethernet frame of IPv4 or IPv6; bit 4 says which, bit 5 adds a VLAN tag, bit 6 leaves the checksum wrong.
fn packet(
    how: u8,
    which: u8,
    side: usize,
    protocol: u8,
    mut segment: Vec<u8>,
    checksum_at: usize,
) -> Captured {
    let mut data = vec![2, 0, 0, 0, 0, 1 - side as u8, 2, 0, 0, 0, 0, side as u8];
    if how & 0x20 != 0 {
        data.extend_from_slice(&[0x81, 0, 0, which >> 4]);
    }
    let (near, far) = ([10, which >> 4, 0, 1 + side as u8], [10, which >> 4, 0, 2 - side as u8]);
    let len = segment.len() as u16;
    let sum = if how & 0x10 == 0 {
        data.extend_from_slice(&[8, 0]);
        let mut header = vec![0x45, 0];
        header.extend_from_slice(&len.wrapping_add(20).to_be_bytes());
        header.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
        header.extend_from_slice(&near);
        header.extend_from_slice(&far);
        let sum = folded(checksum(0, &header)).to_be_bytes();
        header[10..12].copy_from_slice(&sum);
        data.extend_from_slice(&header);
        checksum(checksum(0, &near), &far)
    } else {
        data.extend_from_slice(&[0x86, 0xdd, 0x60, 0, 0, 0]);
        data.extend_from_slice(&len.to_be_bytes());
        data.extend_from_slice(&[protocol, 64]);
        let mut addresses = [0; 32];
        (addresses[0], addresses[16]) = (0xfd, 0xfd);
        addresses[12..16].copy_from_slice(&near);
        addresses[28..32].copy_from_slice(&far);
        data.extend_from_slice(&addresses);
        checksum(0, &addresses)
    };
    let sum = folded(checksum(sum + u32::from(protocol) + u32::from(len), &segment));
    let sum = if how & 0x40 == 0 { sum } else { !sum };
    segment[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
    data.extend_from_slice(&segment);
    Captured { ts: 0, link_type: LinkType::ETHERNET, cut: 0, data }
}

/// Writes frames down as a script with these settings. A link type that scripts cannot name, and what a frame has beyond
/// 65535 octets, is left out.
pub fn script<'a>(settings: u8, frames: impl Iterator<Item = Frame<'a>>) -> Vec<u8> {
    let mut script = vec![settings];
    let mut before = None;
    for frame in frames.take(MOST_FRAMES) {
        let Some(link) = LINKS.iter().position(|link| *link == frame.link_type) else { continue };
        let data = frame.data.get(..usize::from(u16::MAX)).unwrap_or(frame.data);
        let time = nearest(frame.ts.saturating_sub(before.unwrap_or(frame.ts)));
        before = Some(frame.ts);
        let cut = u8::try_from(frame.original_len as usize - frame.data.len()).unwrap_or(u8::MAX);
        script.extend_from_slice(&[kind::RAW, time, link as u8, cut]);
        script.extend_from_slice(&(data.len() as u16).to_le_bytes());
        script.extend_from_slice(data);
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_were_written_read_the_same() {
        let written = [
            Captured { ts: START, link_type: LinkType::LINUX_SLL, cut: 3, data: vec![1, 2, 3] },
            Captured { ts: START + 1_000_000, link_type: LinkType::ETHERNET, cut: 0, data: vec![9; 70] },
        ];
        let script = script(0, written.iter().map(|captured| captured.frame(1)));
        assert_eq!(frames(&mut Unstructured::new(&script[1..])), written);
    }

    /// The checksums are those that the engine's own decoder, written from the standards, finds right.
    #[test]
    fn segments_are_what_they_should_be() {
        use fieldtap::packet::{Decoded, Decoder};
        for how in [kind::SEGMENT, kind::SEGMENT | 0x10, kind::SEGMENT | 0x30, kind::DATAGRAM | 0x20] {
            let script = [how, 0, 8, 0, 0, 5, 1, 2, 3, 4, 5];
            let script =
                if how & 3 == kind::SEGMENT { &script[..] } else { &[how, 0, 8, 5, 1, 2, 3, 4, 5][..] };
            let frames = frames(&mut Unstructured::new(script));
            let mut decoder = Decoder::new(&limits::limits(false));
            let Decoded::Packet(packet) = decoder.decode(&frames[0].frame(1)) else { panic!("no packet") };
            assert_eq!((packet.payload, packet.notes), (&[1, 2, 3, 4, 5][..], &[][..]));
            assert_eq!(packet.transport_checksum(), Some(true));
            assert_eq!(packet.ports(), Some((502, 40_000)));
        }
    }
}
