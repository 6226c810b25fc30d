//! Memory: bounded whatever comes, little for each conversation, and none for each packet in steady state.

mod common;
#[path = "common/counting.rs"]
mod counting;

use counting::{ALLOCATIONS, MOST, OCTETS};
use fieldtap::{
    Checksums, Config, Counters, Engine, Frame, Limits, LinkType,
    record::{Envelope, Row, Sink, Symbol, Verdict},
};

/// Counts rows and adds up their digests, so that every field is read; counts messages and conversations of Modbus.
#[derive(Default)]
struct Digest(u64, u64, [u64; 2]);

impl Sink for Digest {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        match row.table().name {
            "modbus" => self.2[0] += 1,
            "conversations" if envelope.protocol == Symbol("modbus") => self.2[1] += 1,
            _ => {}
        }
        self.0 += 1;
        self.1 = self.1.wrapping_add(row.digest() ^ envelope.digest());
        Verdict::GoOn
    }
}

/// A TCP segment over raw IPv4, its checksums left out.
fn tcp(packet: &mut Vec<u8>, from: (u32, u16, u32), to: (u32, u16, u32), flags: u8, payload: &[u8]) {
    packet.clear();
    packet.extend([0x45, 0]);
    packet.extend((40 + payload.len() as u16).to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    packet.extend(from.0.to_be_bytes());
    packet.extend(to.0.to_be_bytes());
    packet.extend(from.1.to_be_bytes());
    packet.extend(to.1.to_be_bytes());
    packet.extend(from.2.to_be_bytes());
    packet.extend(to.2.to_be_bytes());
    packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend_from_slice(payload);
}

struct Bench {
    engine: Engine,
    sink: Digest,
    number: u64,
    packet: Vec<u8>,
}

const CLIENT: u32 = 0x0a00_0001;
const SERVER: u32 = 0x0a00_0002;

impl Bench {
    fn new(limits: Limits) -> Self {
        let config = Config { limits, checksums: Checksums::Ignore, ..Config::default() };
        Self {
            engine: Engine::new(config),
            sink: Digest::default(),
            number: 0,
            packet: Vec::with_capacity(2048),
        }
    }
    fn tcp(&mut self, ts: i64, from: (u32, u16, u32), to: (u32, u16, u32), flags: u8, payload: &[u8]) {
        tcp(&mut self.packet, from, to, flags, payload);
        self.whole(ts);
    }
    /// Gives the packet that was made.
    fn whole(&mut self, ts: i64) {
        self.number += 1;
        let original_len = self.packet.len() as u32;
        let frame = Frame {
            number: self.number,
            ts,
            interface: 0,
            link_type: LinkType::RAW,
            original_len,
            data: &self.packet,
        };
        self.engine.frame(&frame, &mut self.sink);
    }
    /// One transaction (MODBUS Application Protocol V1.1b3 section 6.3) of the conversation that has this port.
    fn poll(&mut self, client: u32, port: u16, turn: u32) {
        let (request, answer) =
            ([0, turn as u8, 0, 0, 0, 6, 1, 3, 0, 7, 0, 1], [0, turn as u8, 0, 0, 0, 5, 1, 3, 2, 0, 42]);
        let (asked, answered) = (100 + 12 * turn, 900 + 11 * turn);
        let ts = i64::from(turn) * 1_000_000;
        self.tcp(ts, (client, port, asked), (SERVER, 502, answered), 0x18, &request);
        self.tcp(ts + 1, (SERVER, 502, answered), (client, port, asked + 12), 0x18, &answer);
    }
}

/// DESIGN: "no allocation per packet in steady state".
#[test]
fn polling_allocates_nothing() {
    let mut bench = Bench::new(Limits::default());
    for turn in 0..100 {
        bench.poll(CLIENT, 40_000, turn);
    }
    let (before, rows) = (ALLOCATIONS.get(), bench.sink.0);
    for turn in 100..10_000 {
        bench.poll(CLIENT, 40_000, turn);
    }
    assert!(bench.sink.0 >= rows + 2 * 9900, "rows came");
    assert_eq!(ALLOCATIONS.get() - before, 0);
}

/// What a conversation costs: a place in the table, two streams, and once octets were seen their history. The bounds are
/// what it cost when this was written, so that nobody adds to it unseen.
#[test]
fn a_conversation_without_state_is_small() {
    let limits = Limits { conversations: 1 << 20, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let many = 100_000u32;
    let cost = |bench: &mut Bench, what: &str, each: &mut dyn FnMut(&mut Bench, u32)| {
        let before = OCTETS.get();
        let conversations = bench.engine.conversations();
        for index in 0..many {
            each(bench, index);
        }
        assert_eq!(bench.engine.conversations() - conversations, many as usize);
        let cost = (OCTETS.get() - before) / i64::from(many);
        println!("{what}: {cost} octets");
        cost
    };
    let half_open = cost(&mut bench, "half open", &mut |bench, index| {
        bench.tcp(1, (0x0b00_0000 + index, 1000, 7), (SERVER, 80, 0), 2, &[]);
    });
    let one_way = cost(&mut bench, "seen in one direction, not known", &mut |bench, index| {
        bench.tcp(1, (0x0c00_0000 + index, 1000, 7), (SERVER, 80, 0), 0x18, b"GET / HTTP/1.1\r\n\r\n");
    });
    let both = cost(&mut bench, "seen in both directions, not known", &mut |bench, index| {
        let client = 0x0d00_0000 + index;
        bench.tcp(1, (client, 1000, 7), (SERVER, 80, 0), 0x18, b"GET / HTTP/1.1\r\n\r\n");
        bench.tcp(1, (SERVER, 80, 0), (client, 1000, 25), 0x18, b"HTTP/1.1 200 OK\r\n\r\n");
    });
    cost(&mut bench, "Modbus, with its state", &mut |bench, index| bench.poll(0x0e00_0000 + index, 1000, 0));
    assert!(half_open <= 512 && one_way <= 680 && both <= 860, "{half_open}, {one_way}, {both}");
}

/// HARD_CASES, IP fragments and TCP: "Ten million half-open flows -> memory constant; connections with a recognised protocol
/// outlive half-open and unrecognised ones; evictions are counted by kind." All within a second, so that none expires.
#[test]
fn half_open_conversations_by_the_million_take_no_more_memory() {
    let million = std::env::var("FIELDTAP_FLOWS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000_000u32);
    let mut bench = Bench::new(Limits { conversations: 65_536, ..Limits::default() });
    bench.poll(CLIENT, 40_000, 0);
    let syn = |bench: &mut Bench, index: u32| {
        bench.tcp(1_000_000, (0x2000_0000 + index, 1000, index), (SERVER, 80, 0), 2, &[]);
    };
    (0..million / 10).for_each(|index| syn(&mut bench, index));
    MOST.set(OCTETS.get());
    let before = MOST.get();
    (million / 10..million).for_each(|index| syn(&mut bench, index));
    println!("{} octets after a tenth, {} at most after", before, MOST.get());
    assert!(MOST.get() <= before + before / 5, "{before}, {}", MOST.get());
    assert!(bench.engine.conversations() <= 65_536);
    let Counters { evicted_half_open, evicted_identified, evicted_unidentified, .. } =
        bench.engine.counters();
    assert!(evicted_half_open >= u64::from(million) - 65_536);
    assert_eq!((evicted_identified, evicted_unidentified), (0, 0));
    // The conversation that speaks Modbus is still there: its answer finds its request.
    let rows = bench.sink.0;
    let conversations = bench.engine.counters().conversations;
    bench.poll(CLIENT, 40_000, 1);
    assert_eq!(bench.engine.counters().conversations, conversations);
    assert!(bench.sink.0 > rows);
}

/// HARD_CASES, IP fragments and TCP: "A hole that is never filled -> bounded wait"; holes by the ten thousand in one stream
/// stay within `Limits::out_of_order_octets` and `out_of_order_segments`.
#[test]
fn holes_by_the_ten_thousand_take_no_more_memory() {
    let mut bench = Bench::new(Limits::default());
    bench.poll(CLIENT, 40_000, 0);
    let before = OCTETS.get();
    for index in 1..40_000u32 {
        bench.tcp(2, (CLIENT, 40_000, 112 + index * 20), (SERVER, 502, 911), 0x18, &[0xee; 10]);
    }
    let cost = OCTETS.get() - before;
    println!("{cost} octets for holes");
    assert!(cost < 4 << 20, "{cost}");
}

/// An IPv4 fragment of a datagram whose end never comes.
fn fragment(packet: &mut Vec<u8>, from: u32, identification: u16, payload: &[u8]) {
    packet.clear();
    packet.extend([0x45, 0]);
    packet.extend((20 + payload.len() as u16).to_be_bytes());
    packet.extend(identification.to_be_bytes());
    packet.extend([0x20, 0, 64, 17, 0, 0]);
    packet.extend(from.to_be_bytes());
    packet.extend(SERVER.to_be_bytes());
    packet.extend_from_slice(payload);
}

/// Flows of all kinds by the million, beside a conversation that speaks Modbus: SYNs alone, octets of no known protocol,
/// streams with a hole that is never filled and a thousand octets behind it, and datagrams whose end never comes.
fn flood(flows: u32) {
    const CONVERSATIONS: usize = 16_384;
    let limits = Limits { conversations: CONVERSATIONS, ..Limits::default() };
    let fragment_octets = limits.fragment_octets;
    let mut bench = Bench::new(limits);
    let before = OCTETS.get();
    let (mut turn, mut most_of_a_tenth) = (0, 0);
    MOST.set(before);
    for index in 0..flows {
        // All within half an hour of idle time, so that what goes had to make room: nothing expires.
        let ts = i64::from(index) * 1000;
        let client = 0x2000_0000 + index;
        match index % 4 {
            0 => bench.tcp(ts, (client, 1000, index), (SERVER, 80, 0), 2, &[]),
            1 => bench.tcp(ts, (client, 1000, index), (SERVER, 9999, 0), 0x18, &[0xee; 64]),
            2 => {
                bench.tcp(ts, (client, 1000, index), (SERVER, 9998, 0), 2, &[]);
                bench.tcp(
                    ts,
                    (client, 1000, index.wrapping_add(100)),
                    (SERVER, 9998, 0),
                    0x18,
                    &[0xee; 1000],
                );
            }
            _ => {
                let mut packet = std::mem::take(&mut bench.packet);
                fragment(&mut packet, client, index as u16, &[0xee; 1000]);
                bench.packet = packet;
                bench.whole(ts);
            }
        }
        if index % 10_000 == 0 {
            let (asked, answered) = (100 + 12 * turn, 900 + 11 * turn);
            let request = [0, turn as u8, 0, 0, 0, 6, 1, 3, 0, 7, 0, 1];
            let answer = [0, turn as u8, 0, 0, 0, 5, 1, 3, 2, 0, 42];
            bench.tcp(ts, (CLIENT, 40_000, asked), (SERVER, 502, answered), 0x18, &request);
            bench.tcp(ts, (SERVER, 502, answered), (CLIENT, 40_000, asked + 12), 0x18, &answer);
            turn += 1;
        }
        if index == flows / 10 {
            most_of_a_tenth = MOST.get() - before;
            MOST.set(OCTETS.get());
        }
    }
    let most = MOST.get() - before;
    let Counters {
        conversations,
        evicted_half_open,
        evicted_unidentified,
        evicted_identified,
        unattributed,
        ..
    } = bench.engine.counters();
    let remembered = bench.engine.conversations() as u64;
    println!(
        "{flows} flows: {most_of_a_tenth} octets at most in the first tenth, {most} after it; {remembered} conversations \
         remembered, {evicted_half_open} half-open, {evicted_unidentified} unidentified and {evicted_identified} identified \
         evicted, {unattributed} fragments of nobody"
    );
    // What a conversation costs, and what one in four of them holds; the octets of fragments, and as much around them.
    let bound = CONVERSATIONS * (1040 + 4096) + 2 * fragment_octets + (8 << 20);
    assert!(most <= bound as i64, "{most}, {bound}");
    assert!(most <= most_of_a_tenth + most_of_a_tenth / 5, "{most_of_a_tenth}, {most}");
    assert!(remembered <= CONVERSATIONS as u64);
    assert_eq!(evicted_identified, 0);
    assert_eq!(evicted_half_open + evicted_unidentified, conversations - remembered);
    assert_eq!(u64::from(flows / 4), unattributed);
    // The conversation that speaks Modbus is still the one it was.
    bench.engine.finish(&mut bench.sink);
    assert_eq!(bench.sink.2, [u64::from(turn) * 2, 1]);
}

/// HARD_CASES, IP fragments and TCP: "Ten million half-open flows -> memory constant; connections with a recognised protocol
/// outlive half-open and unrecognised ones; evictions are counted by kind"; "fragments that never complete -> limit".
#[test]
fn a_flood_of_flows_and_pieces_stays_within_the_limits() {
    flood(400_000);
}

/// The same with ten million: `cargo test --release -p fieldtap-pipeline --test memory -- --ignored --nocapture`.
#[test]
#[ignore = "takes a minute in a release build"]
fn a_flood_of_ten_million_stays_within_the_limits() {
    flood(10_000_000);
}
