//! The engine as a whole, on frames made by hand.
use super::*;
use crate::{
    Checksums, Limits,
    record::{Beginning, Field, Row, Table},
    testing::hex,
};
use proptest::prelude::*;
use std::collections::HashSet;

const SECOND: i64 = 1_000_000_000;

/// Names of tables, with the first word that the row tells: a reason, an end, or the outcome; and which frames needed which earlier ones.
#[derive(Default)]
struct Seen(Vec<(&'static str, Envelope, Vec<String>)>, Vec<((u32, u64), (u32, u64))>);

impl Sink for Seen {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let fields = row.table().columns.iter().enumerate();
        let fields = fields.map(|(index, column)| match row.field(index) {
            Field::Symbol(value) => format!("{}={value}", column.name),
            Field::Code { name: Some(name), .. } => format!("{}={name}", column.name),
            Field::Bool(value) => format!("{}={value}", column.name),
            Field::Unsigned(value) => format!("{}={value}", column.name),
            Field::Instant(value) => format!("{}={value}", column.name),
            _ => String::new(),
        });
        self.0.push((row.table().name, *envelope, fields.collect()));
        Verdict::GoOn
    }
    fn wants(&self, table: &'static Table) -> bool {
        table.name != "points"
    }
    fn brought(&mut self, completed: (u32, u64), brought: (u32, u64)) {
        self.1.push((completed, brought));
    }
}

impl Seen {
    fn of(&self, table: &str) -> Vec<&(&'static str, Envelope, Vec<String>)> {
        self.0.iter().filter(|(name, ..)| *name == table).collect()
    }
    fn has(&self, table: &str, field: &str) -> usize {
        self.of(table).iter().filter(|(_, _, fields)| fields.iter().any(|have| have == field)).count()
    }
}

/// One end of a connection: the last octet of its address, its port, and its next sequence number.
#[derive(Clone, Copy)]
struct End(u8, u16, u32);

/// A TCP segment over raw IPv4 (RFC 9293, RFC 791), its checksums left out.
fn tcp(from: End, to: End, flags: u8, payload: &[u8]) -> Vec<u8> {
    let total = (40 + payload.len()) as u16;
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, from.0, 10, 0, 0, to.0];
    packet[2..4].copy_from_slice(&total.to_be_bytes());
    packet.extend(from.1.to_be_bytes());
    packet.extend(to.1.to_be_bytes());
    packet.extend(from.2.to_be_bytes());
    packet.extend(to.2.to_be_bytes());
    packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend_from_slice(payload);
    packet
}

/// A UDP datagram over raw IPv4 with this identification (RFC 768, RFC 791), its checksums left out.
fn udp(identification: u16, from: End, to: End, payload: &[u8]) -> Vec<u8> {
    let total = (28 + payload.len()) as u16;
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, from.0, 10, 0, 0, to.0];
    packet[2..4].copy_from_slice(&total.to_be_bytes());
    packet[4..6].copy_from_slice(&identification.to_be_bytes());
    packet.extend(from.1.to_be_bytes());
    packet.extend(to.1.to_be_bytes());
    packet.extend((8 + payload.len() as u16).to_be_bytes());
    packet.extend([0, 0]);
    packet.extend_from_slice(payload);
    packet
}

struct Bench {
    engine: Engine,
    seen: Seen,
    number: u64,
    interface: u32,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let config = Config { limits, checksums: crate::Checksums::Ignore, ..Config::default() };
        Self { engine: Engine::new(config), seen: Seen::default(), number: 0, interface: 0 }
    }
    fn frame(&mut self, ts: i64, data: &[u8]) {
        self.frame_of(LinkType::RAW, ts, data);
    }
    /// An event of a serial line.
    fn serial(&mut self, event: u8, octets: &[u8]) {
        let data = [&[0, 0, 0, 0, 0, 0, 0, 0, event, 0, 0, 0], octets].concat();
        self.frame_of(LinkType::RTAC_SERIAL, i64::try_from(self.number).unwrap(), &data);
    }
    fn frame_of(&mut self, link_type: LinkType, ts: i64, data: &[u8]) {
        self.number += 1;
        let original_len = data.len() as u32;
        let frame =
            Frame { number: self.number, ts, interface: self.interface, link_type, original_len, data };
        self.engine.frame(&frame, &mut self.seen);
    }
    fn end(mut self) -> (Seen, Counters) {
        self.engine.finish(&mut self.seen);
        let counters = self.engine.counters();
        (self.seen, counters)
    }
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// Read Holding Registers of one register, and its answer (MODBUS Application Protocol V1.1b3 section 6.3).
fn request(transaction: u8) -> [u8; 12] {
    [0, transaction, 0, 0, 0, 6, 1, 3, 0, 7, 0, 1]
}
fn answer(transaction: u8) -> [u8; 11] {
    [0, transaction, 0, 0, 0, 5, 1, 3, 2, 0, 42]
}

/// HARD_CASES, capture files and frames: "A frame dated far in the future or past -> no flow expires by it; latencies are
/// never negative; said once".
#[test]
fn one_frame_dated_far_off_neither_expires_nor_delays_anything() {
    for far in [20 * 365 * 86_400 * SECOND, -20 * 365 * 86_400 * SECOND] {
        let mut bench = Bench::new(Limits::default());
        let start = 1_700_000_000 * SECOND;
        let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
        for (turn, ts) in [0, far, 1, 2, 3].into_iter().enumerate() {
            bench.frame(start + ts, &tcp(client, server, ACK, &request(turn as u8)));
            client.2 += 12;
            bench.frame(start + turn as i64, &tcp(server, client, ACK, &answer(turn as u8)));
            server.2 += 11;
        }
        // A request that nobody answers is still found overdue.
        bench.frame(start + 10, &tcp(client, server, ACK, &request(9)));
        bench.frame(start + 40 * SECOND, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, &[]));
        assert_eq!(bench.seen.has("operations", "outcome=unanswered"), 1, "{far}");
        let (seen, _) = bench.end();
        assert_eq!(seen.has("operations", "outcome=success"), 5, "{far}");
        assert_eq!(seen.has("operations", "late=true"), 0, "{far}");
        assert_eq!(seen.has("anomalies", "kind=time"), 1, "{far}");
        assert_eq!(seen.of("conversations").len(), 2, "{far}");
    }
}

/// RFC 1122, section 3.2.1.2: a host discards what comes with a wrong checksum of its IPv4 header, whatever that of TCP. What is sent
/// in its place is no second content of the same octets.
#[test]
fn a_wrong_header_checksum_is_no_command() {
    let segment = |from: End, to: End, payload: &[u8]| {
        let mut packet = Vec::new();
        etherparse::PacketBuilder::ipv4([10, 0, 0, from.0], [10, 0, 0, to.0], 64)
            .tcp(from.1, to.1, from.2, 1000)
            .ack(to.2)
            .write(&mut packet, payload)
            .unwrap();
        packet
    };
    let write = |value: u8| [0, 1, 0, 0, 0, 6, 1, 6, 0, 7, 0, value];
    for (link_type, head) in [(LinkType::RAW, 0), (LinkType::ETHERNET, 14)] {
        for checksums in [Checksums::Auto, Checksums::Check, Checksums::Ignore] {
            let config = Config { checksums, ..Config::default() };
            let mut bench = Bench { engine: Engine::new(config), ..Bench::new(Limits::default()) };
            let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
            let mut say = |ts, mut packet: Vec<u8>, is_forged: bool| {
                packet[10] ^= if is_forged { 0x55 } else { 0 };
                let frame = [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..head], &packet].concat();
                bench.frame_of(link_type, ts, &frame);
            };
            for turn in 0..6 {
                say(turn, segment(client, server, &write(1)), false);
                client.2 += 12;
                say(turn, segment(server, client, &write(1)), false);
                server.2 += 12;
            }
            say(7, segment(client, server, &write(7)), true);
            say(8, segment(client, server, &write(9)), false);
            client.2 += 12;
            say(9, segment(server, client, &write(9)), false);
            let (seen, _) = bench.end();
            let is_taken = checksums == Checksums::Ignore;
            assert_eq!(seen.has("anomalies", "kind=checksum"), usize::from(!is_taken), "{checksums:?}");
            assert_eq!(seen.has("anomalies", "kind=conflict"), usize::from(is_taken), "{checksums:?}");
            assert_eq!(seen.has("operations", "outcome=success"), 7, "{checksums:?}");
        }
    }
}

/// The same of what opens and ends connections: who listens in between does not split or end one.
#[test]
fn a_wrong_checksum_neither_begins_nor_ends_a_connection() {
    for flags in [SYN, FIN | ACK, RST, RST | ACK] {
        let config = Config { checksums: Checksums::Auto, ..Config::default() };
        let mut bench = Bench { engine: Engine::new(config), ..Bench::new(Limits::default()) };
        let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
        let segment = |from: End, to: End, flags: u8, payload: &[u8]| {
            let header = etherparse::PacketBuilder::ipv4([10, 0, 0, from.0], [10, 0, 0, to.0], 64);
            let mut header = header.tcp(from.1, to.1, from.2, 1000);
            for (flag, set) in [
                (SYN, etherparse::PacketBuilderStep::syn as fn(_) -> _),
                (FIN, etherparse::PacketBuilderStep::fin),
                (RST, etherparse::PacketBuilderStep::rst),
            ] {
                header = if flags & flag != 0 { set(header) } else { header };
            }
            header = if flags & ACK != 0 { header.ack(to.2) } else { header };
            let mut packet = Vec::new();
            header.write(&mut packet, payload).unwrap();
            packet
        };
        for turn in 0..12u8 {
            if turn == 8 {
                let mut forged = segment(End(1, 40_000, client.2), server, flags, &[]);
                forged[36] ^= 0x55;
                bench.frame(8, &forged);
            }
            bench.frame(turn.into(), &segment(client, server, ACK, &request(turn)));
            client.2 += 12;
            bench.frame(turn.into(), &segment(server, client, ACK, &answer(turn)));
            server.2 += 11;
        }
        let (seen, _) = bench.end();
        assert_eq!(seen.has("operations", "outcome=success"), 12, "{flags}");
        assert_eq!((seen.of("conversations").len(), seen.of("anomalies").len()), (1, 1), "{flags}");
        assert_eq!(seen.has("anomalies", "kind=checksum"), 1, "{flags}");
    }
}

/// "Nobody is blamed" for what the capture left out: of a request of which a part was cut off, nobody knows what the answer must
/// repeat (MODBUS Application Protocol V1.1b3, sections 6.5, 6.6, 6.8, 6.12, 6.16, 6.17, 6.21).
#[test]
fn an_answer_is_held_against_no_cut_request() {
    let adu = |pdu: &[u8]| [&[0, 1, 0, 0, 0, pdu.len() as u8 + 1, 1][..], pdu].concat();
    let read_and_written = [&[0x17, 12][..], &[0; 12]].concat();
    for (request, answer) in [
        (&[5, 0, 40, 0xff, 0][..], &[5, 0, 40, 0xff, 0][..]),
        (&[6, 0, 40, 0, 2], &[6, 0, 40, 0, 2]),
        (&[15, 0, 40, 0, 2, 1, 3], &[15, 0, 40, 0, 2]),
        (&[16, 0, 40, 0, 2, 4, 0, 1, 0, 2], &[16, 0, 40, 0, 2]),
        (&[22, 0, 4, 0, 0xf2, 0, 0x25], &[22, 0, 4, 0, 0xf2, 0, 0x25]),
        (&[23, 0, 3, 0, 6, 0, 14, 0, 1, 2, 0, 0xff], &read_and_written),
        (&[8, 0, 0, 0xa5, 0x37], &[8, 0, 0, 0xa5, 0x37]),
        (&[0x2b, 14, 1, 0], &[0x2b, 14, 1, 1, 0, 0, 1, 0, 3, 97, 98, 99]),
    ] {
        let (request, answer) = (adu(request), adu(answer));
        for kept in 8..request.len() {
            let mut bench = Bench::new(Limits::default());
            let (mut client, server) = (End(1, 40_000, 100), End(2, 502, 900));
            let whole = tcp(client, server, ACK, &request);
            let frame = Frame {
                number: 1,
                ts: 0,
                interface: 0,
                link_type: LinkType::RAW,
                original_len: whole.len() as u32,
                data: &whole[..40 + kept],
            };
            bench.engine.frame(&frame, &mut bench.seen);
            bench.number = 1;
            client.2 += request.len() as u32;
            bench.frame(1, &tcp(server, client, ACK, &answer));
            let (seen, _) = bench.end();
            let outcomes: Vec<_> =
                seen.of("operations").iter().map(|(_, _, fields)| fields.clone()).collect();
            assert_eq!(
                (outcomes.len(), seen.has("operations", "outcome=success")),
                (1, 1),
                "{request:?} {kept}: {outcomes:?}"
            );
            let blamed = seen.has("anomalies", "kind=unexpected") + seen.has("anomalies", "kind=malformed");
            assert_eq!(blamed, 0, "{request:?} {kept}");
        }
    }
}

/// The first frame of a capture may be the one dated far off.
#[test]
fn a_first_frame_dated_far_ahead_does_not_make_all_others_late() {
    let mut bench = Bench::new(Limits::default());
    let start = 1_700_000_000 * SECOND;
    bench.frame(start * 2, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, b"x"));
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    for turn in 0..10u8 {
        let ts = start + i64::from(turn) * SECOND;
        bench.frame(ts, &tcp(client, server, ACK, &request(turn)));
        client.2 += 12;
        bench.frame(ts + 1, &tcp(server, client, ACK, &answer(turn)));
        server.2 += 11;
    }
    bench.frame(start + 20 * SECOND, &tcp(client, server, ACK, &request(99)));
    bench.frame(start + 60 * SECOND, &tcp(client, server, ACK, &[]));
    assert_eq!(bench.seen.has("operations", "outcome=unanswered"), 1);
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 10);
    assert_eq!(seen.has("operations", "late=true"), 0);
}

/// A step of the clock that several frames agree on is followed: what is idle since then ends, and what waited is overdue. If
/// the capture ends before, it says so too.
#[test]
fn a_step_that_several_frames_agree_on_is_followed() {
    for seconds in [3, 70] {
        let mut bench = Bench::new(Limits::default());
        let start = 1_700_000_000 * SECOND;
        bench.frame(start, &tcp(End(1, 40_000, 100), End(2, 502, 900), ACK, &request(1)));
        for turn in 0..=seconds {
            bench.frame(start + (7200 + turn) * SECOND, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, b"x"));
        }
        assert_eq!(bench.seen.has("conversations", "end=idle"), usize::from(seconds > 60));
        let (seen, _) = bench.end();
        assert_eq!(seen.has("conversations", "end=idle"), 1);
        assert_eq!(seen.has("operations", "outcome=unanswered"), 1);
    }
}

/// A conversation on port 502: what the client greets with, then so many reads, each answered; behind a handshake or in its middle.
fn greeted(greeting: (bool, &[u8]), is_begun: bool, reads: u8) -> Seen {
    let mut bench = Bench::new(Limits::default());
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    if is_begun {
        bench.frame(0, &tcp(client, End(2, 502, 0), SYN, &[]));
        client.2 += 1;
        bench.frame(0, &tcp(server, client, SYN | ACK, &[]));
        server.2 += 1;
    }
    let mut say = |by_client: bool, octets: &[u8]| {
        let (from, to) = if by_client { (&mut client, server) } else { (&mut server, client) };
        bench.frame(1, &tcp(*from, to, ACK, octets));
        from.2 += octets.len() as u32;
    };
    say(greeting.0, greeting.1);
    for turn in 0..reads {
        say(true, &request(turn));
        say(false, &answer(turn));
    }
    bench.end().0
}

/// Modems and proxies greet in plain text before they hand on what they carry; what is encrypted says nothing more.
#[test]
fn a_greeting_in_plain_text_is_not_all_of_a_conversation() {
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    for (greeting, reads, application, coverage) in [
        (&b"POST /reg HTTP/1.1\r\n\r\n"[..], 4, "modbus", "understood"),
        (b"CONNECT plc:502 HTTP/1.1\r\n\r\n", 4, "modbus", "understood"),
        (b"220 modem ready\r\n", 4, "modbus", "understood"),
        (b"POST /reg HTTP/1.1\r\n\r\n", 0, "http", "foreign"),
        (&hello, 4, "tls", "encrypted"),
        (b"SSH-2.0-x\r\n", 4, "ssh", "encrypted"),
    ] {
        let seen = greeted((true, greeting), true, reads);
        assert_eq!(seen.has("conversations", &format!("application={application}")), 1, "{greeting:?}");
        assert_eq!(seen.has("conversations", &format!("coverage={coverage}")), 1, "{greeting:?}");
        let done = if application == "modbus" { reads.into() } else { 0 };
        assert_eq!(seen.has("operations", "outcome=success"), done, "{greeting:?}");
    }
}

/// A capture that begins in the middle of a message says nothing of who sent it; octets that are the first of a connection do.
#[test]
fn the_end_of_a_message_that_a_capture_begins_with_is_no_garbage() {
    for (is_begun, garbage) in [(false, 0), (true, 1)] {
        let seen = greeted((false, &answer(9)[6..]), is_begun, 4);
        assert_eq!(seen.has("operations", "outcome=success"), 4);
        assert_eq!(seen.has("anomalies", "kind=garbage"), garbage);
    }
}

/// Where the capture holds one direction, it is not known that a request was not answered before it comes again.
#[test]
fn a_request_that_comes_again_is_odd_where_its_answers_would_be_seen() {
    for (is_begun, odd) in [(false, 0), (true, 1)] {
        let mut bench = Bench::new(Limits::default());
        let mut client = End(1, 40_000, 100);
        if is_begun {
            bench.frame(0, &tcp(End(2, 502, 899), client, SYN | ACK, &[]));
        }
        for ts in 0..4 {
            bench.frame(ts, &tcp(client, End(2, 502, 900), ACK, &request(0)));
            client.2 += 12;
        }
        let (seen, _) = bench.end();
        let reason = "reason=the same request again, before its answer";
        assert_eq!(seen.has("anomalies", reason), odd);
    }
}

/// What the server acknowledges and the capture lacks may be the request that its answer is to.
#[test]
fn an_answer_to_a_request_that_the_capture_lacks_is_held_against_nobody() {
    for (lost, odd) in [(12, 0), (0, 1)] {
        let mut bench = Bench::new(Limits::default());
        let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
        for turn in 0..3 {
            bench.frame(turn.into(), &tcp(client, server, ACK, &request(turn)));
            client.2 += 12;
            bench.frame(turn.into(), &tcp(server, client, ACK, &answer(turn)));
            server.2 += 11;
        }
        client.2 += lost;
        bench.frame(4, &tcp(server, client, ACK, &answer(7)));
        let (seen, _) = bench.end();
        assert_eq!(seen.has("operations", "outcome=unasked"), 1);
        assert_eq!(seen.has("anomalies", "reason=answer without a request"), odd);
    }
}

/// As above, of DNP3, whose requests are told by numbers of their own.
#[test]
fn a_response_to_a_request_that_the_capture_lacks_is_held_against_nobody() {
    let ask = hex("0564 0b c4 0a00 0100");
    for (lost, odd) in [(18, 0), (0, 1)] {
        let frame = |head: &[u8], user: &[u8]| {
            let sum = |octets: &[u8]| crate::wire::crc16_dnp(octets).to_le_bytes();
            [head, &sum(head), user, &sum(user)].concat()
        };
        let asks = |n: u8| frame(&ask, &[0xc0, 0xc0 | n, 1, 60, 2, 6]);
        let tells = |n: u8| frame(&hex("0564 0a 44 0100 0a00"), &[0xc0, 0xc0 | n, 129, 0, 0]);
        let mut bench = Bench::new(Limits::default());
        let (mut client, mut server) = (End(1, 40_000, 100), End(2, 20_000, 900));
        for turn in 0..3 {
            bench.frame(turn.into(), &tcp(client, server, ACK, &asks(turn)));
            client.2 += asks(turn).len() as u32;
            bench.frame(turn.into(), &tcp(server, client, ACK, &tells(turn)));
            server.2 += tells(turn).len() as u32;
        }
        client.2 += lost;
        bench.frame(4, &tcp(server, client, ACK, &tells(7)));
        let (seen, _) = bench.end();
        assert_eq!(seen.has("operations", "outcome=success"), 3);
        assert_eq!(seen.has("anomalies", "reason=response without a request"), odd);
    }
}

/// The answer that is lost is known by what the next request acknowledges: that one has the answer behind it, though the hole is given up
/// only then. All have the same transaction.
#[test]
fn a_lost_answer_is_that_of_the_request_before_it() {
    let mut bench = Bench::new(Limits::default());
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    let mut requests = Vec::new();
    for turn in 0..4 {
        let ts = i64::from(turn) * SECOND;
        bench.frame(ts, &tcp(client, server, ACK, &request(0)));
        requests.push(bench.number);
        client.2 += 12;
        if turn != 1 {
            bench.frame(ts + SECOND / 2, &tcp(server, client, ACK, &answer(0)));
        }
        server.2 += 11;
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 3);
    let open: Vec<_> = seen
        .of("operations")
        .into_iter()
        .filter(|(.., fields)| fields.iter().any(|it| it == "outcome=open"))
        .collect();
    assert_eq!(open.len(), 1);
    let message = crate::record::message_id(0, requests[1], 0);
    assert!(open[0].2.contains(&format!("request_message={message}")), "{open:?}");
    assert_eq!(seen.has("anomalies", "kind=unexpected"), 0);
}

/// A request that had to make room is written as forgotten; its answer is none without a request.
#[test]
fn an_answer_to_a_request_that_was_forgotten_is_held_against_nobody() {
    let mut bench = Bench::new(Limits { pending_requests: 4, ..Limits::default() });
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    for turn in 0..10 {
        bench.frame(turn.into(), &tcp(client, server, ACK, &request(turn)));
        client.2 += 12;
    }
    for turn in 0..10 {
        bench.frame(20, &tcp(server, client, ACK, &answer(turn)));
        server.2 += 11;
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=forgotten"), 6);
    assert_eq!(seen.has("operations", "outcome=success"), 4);
    assert_eq!(seen.of("anomalies").len(), 0);
}

/// IEEE 802.1Q: a tag with identifier 0 has a priority alone. It parts no conversation, and takes nothing from a tag around it.
#[test]
fn a_priority_tag_names_no_vlan() {
    let (client, server) = (End(1, 40_000, 100), End(2, 502, 900));
    let tagged = |tags: &str, packet: Vec<u8>| {
        [hex(&format!("02 00 00 00 00 01 02 00 00 00 00 02 {tags} 0800")), packet].concat()
    };
    for (asked, answered, vlan) in [
        ("8100 6000", "", Some(0)),
        ("8100 6007", "8100 0007", Some(7)),
        ("88a8 0064 8100 6000", "8100 0064", Some(100)),
    ] {
        let config = Config { vlan_in_key: true, ..Config::default() };
        let mut bench = Bench { engine: Engine::new(config), ..Bench::new(Limits::default()) };
        bench.frame_of(LinkType::ETHERNET, 1, &tagged(asked, tcp(client, server, ACK, &request(1))));
        bench.frame_of(LinkType::ETHERNET, 2, &tagged(answered, tcp(server, client, ACK, &answer(1))));
        let (seen, _) = bench.end();
        assert_eq!(seen.of("conversations").len(), 1, "{asked}");
        assert_eq!(seen.of("modbus")[0].1.vlan, vlan, "{asked}");
        assert_eq!(seen.has("operations", "outcome=success"), 1);
    }
}

/// The clock of who captures is set back: a conversation reaches from the earliest of its frames to the latest.
#[test]
fn a_conversation_holds_all_of_its_frames_whichever_way_the_clock_steps() {
    let start = 1_700_000_000 * SECOND;
    for (times, first, last) in [([0, 1, 2], 0, 2), ([2, 3, 1], 1, 3), ([1, 0, 2], 0, 2), ([3, 1, 2], 1, 3)] {
        for payload in [&b""[..], &request(1)] {
            let mut bench = Bench::new(Limits::default());
            let mut client = End(1, 40_000, 100);
            for ts in times {
                bench.frame(start + ts, &tcp(client, End(2, 502, 900), ACK, payload));
                client.2 += payload.len() as u32;
            }
            let (seen, _) = bench.end();
            assert_eq!(seen.has("conversations", &format!("first={}", start + first)), 1, "{times:?}");
            assert_eq!(seen.has("conversations", &format!("last={}", start + last)), 1, "{times:?}");
        }
    }
}

/// Where VLANs tell conversations apart, the same address in two of them is two devices.
#[test]
fn a_device_is_that_of_its_vlan_where_vlans_are_apart() {
    // Read Device Identification (MODBUS Application Protocol V1.1b3 section 6.21): VendorName.
    let asked = hex("0001 0000 0005 01 2b 0e 04 00");
    let told = hex("0001 0000 000d 01 2b 0e 04 81 00 00 01 00 03 414243");
    for (vlan_in_key, facts) in [(false, 1), (true, 2)] {
        let config = Config { vlan_in_key, ..Config::default() };
        let mut bench = Bench { engine: Engine::new(config), ..Bench::new(Limits::default()) };
        for (port, vlan) in [(40_000, 10), (40_001, 20), (40_002, 10)] {
            let (client, server) = (End(1, port, 100), End(2, 502, 900));
            for packet in [tcp(client, server, ACK, &asked), tcp(server, client, ACK, &told)] {
                let head = [&hex("02 00 00 00 00 01 02 00 00 00 00 02 8100 00")[..], &[vlan, 8, 0]].concat();
                bench.frame_of(LinkType::ETHERNET, port.into(), &[head, packet].concat());
            }
        }
        let (seen, _) = bench.end();
        assert_eq!(seen.has("identities", "fact=vendor"), facts);
    }
}

/// The clock of who captures is set forward: connections that go on are no others, and their answers are found.
#[test]
fn connections_go_on_where_the_time_stamps_step_forward() {
    let mut bench = Bench::new(Limits::default());
    let start = 1_700_000_000 * SECOND;
    let mut ends: Vec<_> = (0..6).map(|host| (End(1, 40_000 + host, 100), End(2, 502, 900))).collect();
    for step in [0, 7200 * SECOND] {
        for turn in 0..20u8 {
            let ts = start + step + i64::from(turn) * 5 * SECOND;
            for (client, server) in &mut ends {
                // The step falls between a request and its answer.
                if (step, turn) != (7200 * SECOND, 0) {
                    bench.frame(ts, &tcp(*client, *server, ACK, &request(turn)));
                    client.2 += 12;
                }
            }
            for (client, server) in &mut ends {
                if (step, turn) != (0, 19) {
                    let turn = if step > 0 && turn == 0 { 19 } else { turn };
                    bench.frame(ts + 1, &tcp(*server, *client, ACK, &answer(turn)));
                    server.2 += 11;
                }
            }
        }
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 6 * 39);
    assert_eq!(seen.of("operations").len(), 6 * 39);
    assert_eq!(seen.of("conversations").len(), 6);
}

/// Captures of two days, one behind the other: connections between the same ports are others, and so are their requests.
#[test]
fn connections_of_another_day_are_others() {
    let mut bench = Bench::new(Limits::default());
    let start = 1_700_000_000 * SECOND;
    for day in 0..2u32 {
        let ts = start + i64::from(day) * 86_400 * SECOND;
        let (mut client, mut server) = (End(1, 40_000, 100 + (day << 30)), End(2, 502, 900 + (day << 30)));
        for turn in 0..4u8 {
            let ts = ts + i64::from(turn) * SECOND;
            bench.frame(ts, &tcp(client, server, ACK, &request(turn)));
            client.2 += 12;
            if turn < 3 || day > 0 {
                bench.frame(ts + 1, &tcp(server, client, ACK, &answer(turn)));
                server.2 += 11;
            }
        }
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 7);
    assert_eq!(seen.has("operations", "outcome=unanswered"), 1);
    assert_eq!(seen.has("conversations", "end=idle"), 1);
    assert_eq!(seen.has("conversations", "end=end"), 1);
    assert_eq!(seen.of("anomalies").len(), 1, "the step of the clock");
}

/// HARD_CASES, all protocols: "A response whose request was not seen": a conversation that is ended since nothing came of it
/// any more says first which of its requests nobody answered.
#[test]
fn a_conversation_that_is_idle_has_no_request_open_whose_time_is_over() {
    for wait in [400, 3_599] {
        let limits = Limits { tcp_idle: 400 * SECOND, ..Limits::default() };
        let mut bench = Bench::new(limits);
        bench.frame(SECOND, &tcp(End(1, 40_000, 100), End(2, 502, 900), ACK, &request(1)));
        bench.frame(SECOND, &tcp(End(1, 40_001, 100), End(2, 502, 900), ACK, &request(1)));
        // Two that wait behind a hole, when all are found idle.
        let two = [request(3), request(4)].concat();
        bench.frame(SECOND, &tcp(End(1, 40_001, 124), End(2, 502, 900), ACK, &two));
        bench.frame(SECOND + wait * SECOND, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, b"x"));
        assert_eq!(bench.seen.has("operations", "outcome=unanswered"), 4);
        assert_eq!(bench.seen.of("operations").len(), 4);
        assert_eq!(bench.seen.has("conversations", "end=idle"), 2);
    }
}

/// The time stamps step back by less than an hour: what waits does not wait until the old time is reached again.
#[test]
fn requests_become_overdue_though_the_time_stamps_have_stepped_back() {
    let mut bench = Bench::new(Limits::default());
    let start = 1_700_000_000 * SECOND;
    bench.frame(start, &tcp(End(1, 40_000, 100), End(2, 502, 900), ACK, &request(1)));
    for frame in 0..200 {
        let ts = start - 1_800 * SECOND + frame * SECOND;
        bench.frame(ts, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, &[]));
    }
    assert_eq!(bench.seen.has("operations", "outcome=unanswered"), 1);
}

/// HARD_CASES, protocol level: "A valid PDU, garbage, a valid PDU -> two PDUs, the garbage counted with its place, one anomaly
/// and not one per octet". The message identities are one each, also of what only the end lets out.
#[test]
fn garbage_between_messages_is_one_anomaly_and_each_message_has_its_own_identity() {
    let mut bench = Bench::new(Limits::default());
    let (client, server) = (End(1, 40_000, 100), End(2, 502, 900));
    let mut octets = request(1).to_vec();
    octets.extend([0xee; 30]);
    octets.extend(request(2));
    bench.frame(SECOND, &tcp(client, server, ACK, &octets));
    let (seen, _) = bench.end();
    let messages: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.message).collect();
    assert_eq!(messages.len(), 2);
    assert_ne!(messages[0], messages[1]);
    assert_eq!(seen.has("anomalies", "kind=garbage"), 1);
    assert_eq!(seen.has("anomalies", "length=30"), 1);
}

/// HARD_CASES, IP fragments and TCP: "A hole that is never filled -> bounded wait". Messages behind holes of several
/// conversations, let out by the same frame or by the end, share no identity.
#[test]
fn messages_that_time_lets_out_share_no_identity() {
    let mut bench = Bench::new(Limits::default());
    for host in 1..=6u8 {
        let (mut client, server) = (End(host, 40_000, 100), End(100, 502, 900));
        bench.frame(SECOND, &tcp(client, server, ACK, &request(1)));
        client.2 += 24;
        let mut two = request(3).to_vec();
        two.extend(request(4));
        bench.frame(SECOND + 1, &tcp(client, server, ACK, &two));
        if host == 3 {
            // From here on the holes of the first three have been waited for.
            bench.frame(20 * SECOND, &tcp(End(200, 1, 1), End(201, 2, 1), ACK, b"x"));
        }
    }
    let (seen, _) = bench.end();
    let mut messages: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.message).collect();
    assert_eq!(messages.len(), 18);
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), 18);
    assert_eq!(seen.has("conversations", "originator_missing=12"), 6);
}

/// HARD_CASES, IP fragments and TCP: "A hole that is never filled -> bounded wait". What waited behind it names the frames that
/// brought it, their times, and no message that another one names.
#[test]
fn messages_behind_a_hole_name_the_frames_that_brought_them() {
    let mut bench = Bench::new(Limits::default());
    let (mut client, server) = (End(1, 40_000, 100), End(100, 502, 900));
    bench.frame(SECOND, &tcp(client, server, ACK, &request(1)));
    client.2 += 24;
    let mut two = request(3).to_vec();
    two.extend(request(4));
    bench.frame(SECOND + 5, &tcp(client, server, ACK, &two));
    client.2 += 24;
    // One message in two segments is of the second.
    bench.frame(SECOND + 6, &tcp(client, server, ACK, &request(5)[..4]));
    client.2 += 4;
    bench.frame(SECOND + 7, &tcp(client, server, ACK, &request(5)[4..]));
    client.2 += 8;
    bench.frame(30 * SECOND, &tcp(client, server, ACK, &request(6)));
    let (seen, _) = bench.end();
    let places = seen.of("modbus");
    let places: Vec<_> = places.iter().map(|(_, envelope, _)| (envelope.frame, envelope.ts.0)).collect();
    let second = |nanoseconds| SECOND + nanoseconds;
    assert_eq!(places, [(1, second(0)), (2, second(5)), (2, second(5)), (4, second(7)), (5, 30 * SECOND)]);
    let mut messages: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.message).collect();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), 5);
    let gap = seen.of("anomalies");
    let gap = gap.iter().find(|(_, _, fields)| fields.iter().any(|field| field == "kind=gap")).unwrap();
    assert_eq!(gap.1.frame, 5);
}

/// Frames of polls every five milliseconds, each answered after one: turn, whether it asks, time, octets. So many requests are
/// sent at once.
fn polls(turns: u8, at_once: u8) -> Vec<(u8, bool, i64, Vec<u8>)> {
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    let mut frames = Vec::new();
    for first in (0..turns).step_by(at_once.into()) {
        let ts = i64::from(first) * SECOND / 200;
        for turn in first..turns.min(first + at_once) {
            frames.push((turn, true, ts + i64::from(turn), tcp(client, server, ACK, &request(turn))));
            client.2 += 12;
        }
        for turn in first..turns.min(first + at_once) {
            let ts = ts + SECOND / 1000 + i64::from(turn);
            frames.push((turn, false, ts, tcp(server, client, ACK, &answer(turn))));
            server.2 += 11;
        }
    }
    frames
}

/// One frame that the capture lacks concerns one transaction, though requests, or answers, are held behind the hole while the
/// other direction goes on.
#[test]
fn a_frame_that_the_capture_lacks_misstates_no_other_transaction() {
    for (at_once, asks) in [(1, true), (1, false), (3, true), (3, false)] {
        let mut bench = Bench::new(Limits::default());
        for (turn, of_client, ts, frame) in polls(60, at_once) {
            if (turn, of_client) != (30, asks) {
                bench.frame(SECOND + ts, &frame);
            }
        }
        bench.frame(60 * SECOND, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, &[]));
        let seen = &bench.seen;
        assert_eq!(seen.has("operations", "outcome=success"), 59, "{at_once} {asks}");
        assert_eq!(seen.has("operations", "outcome=unasked"), usize::from(asks), "{at_once} {asks}");
        assert_eq!(seen.has("operations", "outcome=unanswered"), usize::from(!asks), "{at_once} {asks}");
        // What is acknowledged tells at once that the request is lacking.
        assert_eq!(seen.has("anomalies", "kind=unexpected"), 0, "{at_once} {asks}");
        assert_eq!(seen.has("anomalies", "kind=gap"), 1, "{at_once} {asks}");
        assert_eq!(seen.of("modbus").len(), 119, "{at_once} {asks}");
    }
}

/// A tap may show a segment after its answer: what acknowledges the segments behind it waits for it, and is paired; also where
/// the end of the capture comes before, or there is no room to wait.
#[test]
fn a_request_that_is_captured_behind_its_answer_is_paired() {
    let frames = polls(3, 3);
    let order = |numbers: &[usize], limits: Limits| {
        let mut bench = Bench::new(limits);
        for &number in numbers {
            bench.frame(SECOND, &frames[number].3);
        }
        bench.end().0
    };
    let seen = order(&[0, 2, 3, 4, 1, 5], Limits::default());
    assert_eq!(seen.has("operations", "outcome=success"), 3);
    assert_eq!((seen.of("operations").len(), seen.of("anomalies").len()), (3, 0));
    let few = [
        Limits { out_of_order_segments: 1, ..Limits::default() },
        Limits { out_of_order_octets: 12, ..Limits::default() },
    ];
    for (numbers, limits) in [
        (&[0, 2, 3, 4, 5][..], Limits::default()),
        (&[0, 2, 3, 4, 1, 5], few[0].clone()),
        (&[0, 2, 3, 4, 1, 5], few[1].clone()),
    ] {
        let seen = order(numbers, limits);
        assert_eq!(seen.has("operations", "outcome=success"), 2);
        assert_eq!(seen.has("operations", "outcome=unasked"), 1);
        assert_eq!(seen.of("operations").len(), 3);
        assert_eq!(seen.has("conversations", "originator_missing=12"), 1);
        assert_eq!(seen.has("conversations", "responder_dissected=33"), 1);
    }
}

/// HARD_CASES, IP fragments and TCP: "the other direction does not wait": it waits with what it answers, and where frames are
/// dated before the clock, so that no time can be told, it does not.
#[test]
fn what_is_dated_before_the_clock_waits_for_no_hole() {
    let read_before_the_end = |clock: i64| {
        let mut bench = Bench::new(Limits::default());
        bench.frame(clock, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, b"x"));
        for &number in &[0, 1, 3, 4, 5] {
            bench.frame(SECOND, &polls(3, 1)[number].3);
        }
        bench.seen.of("modbus").len()
    };
    assert_eq!(read_before_the_end(SECOND), 3);
    assert_eq!(read_before_the_end(100 * SECOND), 4);
}

/// What waited with a hole is of the frame that brought it; but of the frame that filled the hole, if it lay behind it.
#[test]
fn what_waited_is_told_with_the_frame_that_filled_the_hole_before_it() {
    let mut bench = Bench::new(Limits::default());
    let frames = polls(4, 4);
    for &number in &[0, 2, 4, 3, 1, 5, 6, 7] {
        bench.frame(SECOND, &frames[number].3);
    }
    let (seen, _) = bench.end();
    let told: Vec<u64> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.frame).collect();
    // Of the requests, the last two with the one before them, the fifth frame; the first answer with its own.
    assert_eq!(told, [1, 5, 5, 5, 3, 6, 7, 8]);
    let messages: HashSet<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.message).collect();
    assert_eq!(messages.len(), 8);
    assert_eq!((seen.has("operations", "outcome=success"), seen.of("anomalies").len()), (4, 0));
}

/// Behind a second hole nothing is of the frame that filled the first, and messages that are let out together have identities of
/// their own.
#[test]
fn what_waits_behind_another_hole_is_told_with_its_own_frame() {
    let mut bench = Bench::new(Limits::default());
    let frames = polls(8, 2);
    // Of requests, the third comes late and the fifth never.
    for (count, &number) in [0, 1, 2, 3, 5, 6, 7, 9, 4, 10, 11, 12, 13, 14, 15].iter().enumerate() {
        bench.frame(SECOND + count as i64, &frames[number].3);
    }
    let (seen, _) = bench.end();
    let of_client = |envelope: &Envelope| envelope.receiver_port == Some(502);
    let modbus = seen.of("modbus");
    let requests: Vec<_> = modbus.iter().filter(|(_, envelope, _)| of_client(envelope)).collect();
    let told: Vec<u64> = requests.iter().map(|(_, envelope, _)| envelope.frame).collect();
    assert_eq!(told, [1, 2, 9, 9, 8, 12, 13]);
    let messages: HashSet<_> = modbus.iter().map(|(_, envelope, _)| envelope.message).collect();
    assert_eq!((modbus.len(), messages.len()), (15, 15));
    assert_eq!(seen.has("operations", "outcome=success"), 7);
    assert_eq!(seen.has("operations", "outcome=unasked"), 1);
}

/// The same where the protocol is told by the first messages, which came in pieces and out of order.
#[test]
fn the_first_messages_have_identities_of_their_own_though_they_came_out_of_order() {
    let mut bench = Bench::new(Limits::default());
    let (mut client, server) = (End(1, 40_000, 100), End(2, 502, 900));
    let (one, two) = (request(1), request(2));
    bench.frame(SECOND, &tcp(client, server, ACK, &one[..5]));
    client.2 += 12;
    bench.frame(SECOND, &tcp(client, server, ACK, &two));
    client.2 -= 7;
    bench.frame(SECOND, &tcp(client, server, ACK, &one[5..]));
    let (seen, _) = bench.end();
    let told: Vec<_> = seen
        .of("modbus")
        .iter()
        .map(|(_, envelope, _)| (envelope.frame, envelope.message.unwrap() & 0xff))
        .collect();
    assert_eq!(told, [(3, 0), (3, 1)]);
}

/// After time stamps that stepped back the clock runs on, and what is late is waited for as before.
#[test]
fn what_is_late_is_waited_for_behind_a_step_of_the_clock() {
    for back in [7_200, 600] {
        let mut bench = Bench::new(Limits::default());
        let start = 1_700_000_000 * SECOND;
        bench.frame(start, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, b"x"));
        let start = start - back * SECOND;
        for second in 0..100 {
            bench.frame(start + second * SECOND, &tcp(End(3, 1, 2), End(4, 2, 1), ACK, b"x"));
        }
        let frames = polls(3, 3);
        for &number in &[0, 2, 3, 4, 1, 5] {
            bench.frame(start + 100 * SECOND, &frames[number].3);
        }
        let (seen, _) = bench.end();
        assert_eq!(seen.has("operations", "outcome=success"), 3, "{back}");
        assert_eq!(seen.of("operations").len(), 3, "{back}");
    }
}

/// At the last moment that a time stamp can tell, a conversation is still one.
#[test]
fn a_conversation_at_the_end_of_time_is_one() {
    let mut bench = Bench::new(Limits::default());
    for (.., frame) in polls(5, 1) {
        bench.frame(i64::MAX, &frame);
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.of("conversations").len(), 1);
    assert_eq!(seen.has("operations", "outcome=success"), 5);
}

/// What ended a connection is known though its last segment had to wait.
#[test]
fn a_reset_that_waits_behind_a_hole_ends_the_connection() {
    for (flags, end) in [(RST | ACK, "end=rst"), (FIN | ACK, "end=end")] {
        let mut bench = Bench::new(Limits::default());
        let frames = polls(3, 1);
        for &number in &[0, 1, 3, 4, 5] {
            bench.frame(SECOND, &frames[number].3);
        }
        bench.frame(SECOND, &tcp(End(2, 502, 933), End(1, 40_000, 136), flags, &[]));
        let (seen, _) = bench.end();
        assert_eq!(seen.has("conversations", end), 1);
        assert_eq!(seen.of("conversations").len(), 1);
    }
}

/// RFC 9293, 3.10.7.3: "If the RST bit is set: if the ACK was acceptable then signal the user 'error: connection reset'", else it
/// is dropped, also where its sender was not heard before.
#[test]
fn a_reset_that_acknowledges_what_was_never_sent_resets_nothing() {
    for (number, end) in [(112, "end=rst"), (0x7000_0000, "end=end")] {
        let mut bench = Bench::new(Limits::default());
        let (client, server) = (End(1, 40_000, 100), End(2, 502, 900));
        bench.frame(SECOND, &tcp(client, server, ACK, &request(1)));
        bench.frame(SECOND, &tcp(server, End(1, 40_000, number), RST | ACK, &[]));
        let (seen, _) = bench.end();
        assert_eq!(seen.has("conversations", end), 1, "{number}");
    }
}

proptest! {
    /// Whatever the capture lacks, and however frames come late by less than the wait: a transaction of which it has both in
    /// their order is one, each message is read once, and each has an identity of its own.
    #[test]
    fn what_the_capture_has_of_a_transaction_is_paired(
        at_once in 1u8..4,
        fates in prop::collection::vec(prop_oneof![8 => Just(0), 1 => Just(-1), 1 => 1..8], 64),
        late in any::<bool>(),
    ) {
        // Each direction begins with its first segment, and behind a hole a message is confirmed by the next.
        let fates = [0; 6].into_iter().chain(fates).chain([0; 10]);
        let mut frames: Vec<_> = polls(40, at_once).into_iter().zip(fates).zip(0..).collect();
        frames.retain(|((_, fate), _)| *fate >= 0);
        let kept: Vec<_> = frames.iter().map(|(((turn, asks, ..), _), _)| (*turn, *asks)).collect();
        if late {
            frames.sort_by_key(|((_, fate), number)| number + fate);
        }
        let mut bench = Bench::new(Limits::default());
        for (((.., ts, frame), _), _) in &frames {
            bench.frame(SECOND + ts, frame);
        }
        bench.frame(60 * SECOND, &tcp(End(3, 1, 1), End(4, 2, 1), ACK, &[]));
        let (seen, _) = bench.end();
        let both = kept.iter().filter(|(turn, asks)| *asks && kept.contains(&(*turn, false))).count();
        let success = seen.has("operations", "outcome=success");
        prop_assert!(success == both || late && success <= both, "{success} of {both}");
        if !late {
            prop_assert_eq!(seen.of("operations").len(), kept.len() - both);
        }
        prop_assert_eq!(seen.of("modbus").len(), kept.len());
        let mut messages: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.message).collect();
        messages.sort_unstable();
        messages.dedup();
        prop_assert_eq!(messages.len(), kept.len());
    }
}

/// HARD_CASES, IP fragments and TCP: "same addresses and ports with a new SYN -> a new conversation", also where the capture
/// lacks the SYN: the answer to it tells, or octets that belong to neither end of the connection that is over.
#[test]
fn the_ports_of_an_ended_connection_begin_another_without_its_syn() {
    for (handshake, end) in [(true, FIN), (false, FIN), (true, RST), (false, RST)] {
        let mut bench = Bench::new(Limits::default());
        let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
        bench.frame(1, &tcp(client, server, ACK, &request(1)));
        client.2 += 12;
        bench.frame(2, &tcp(server, client, ACK, &answer(1)));
        server.2 += 11;
        bench.frame(3, &tcp(client, server, end | ACK, &[]));
        bench.frame(4, &tcp(server, End(client.0, client.1, client.2 + 1), end | ACK, &[]));
        // What is late of the old one begins none.
        bench.frame(5, &tcp(End(2, 502, 900), client, ACK, &answer(1)));
        (client.2, server.2) = (0x5000_0000, 0x7000_0000);
        if handshake {
            bench.frame(6, &tcp(End(2, 502, server.2 - 1), client, SYN | ACK, &[]));
        }
        for turn in 2..5 {
            bench.frame(7, &tcp(client, server, ACK, &request(turn)));
            client.2 += 12;
            bench.frame(8, &tcp(server, client, ACK, &answer(turn)));
            server.2 += 11;
        }
        let (seen, _) = bench.end();
        assert_eq!(seen.has("operations", "outcome=success"), 4, "{handshake} {end}");
        assert_eq!(seen.of("operations").len(), 4, "{handshake} {end}");
        assert_eq!(seen.of("anomalies").len(), 0, "{handshake} {end}");
        assert_eq!(seen.has("conversations", if end == FIN { "end=fin" } else { "end=rst" }), 1);
        assert_eq!(seen.has("conversations", "originator_messages=3"), 1, "{handshake} {end}");
        assert_eq!(seen.of("conversations").len(), 2, "{handshake} {end}");
    }
}

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read": a write of 123 registers (MODBUS
/// Application Protocol V1.1b3 section 6.12) whose values were cut off waits for its answer.
#[test]
fn a_request_that_is_cut_is_paired_with_its_answer() {
    let write = [&[0, 1, 0, 0, 0, 253, 1, 16, 0, 100, 0, 123, 246][..], &[0; 246]].concat();
    let (accepted, refused) =
        (&[0, 1, 0, 0, 0, 6, 1, 16, 0, 100, 0, 123][..], &[0, 1, 0, 0, 0, 3, 1, 0x90, 2][..]);
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    let mut bench = Bench::new(Limits::default());
    for answer in [accepted, refused, refused] {
        let whole = tcp(client, server, ACK, &write);
        bench.number += 1;
        let frame = Frame {
            number: bench.number,
            ts: SECOND,
            interface: 0,
            link_type: LinkType::RAW,
            original_len: whole.len() as u32,
            data: &whole[..100],
        };
        bench.engine.frame(&frame, &mut bench.seen);
        client.2 += write.len() as u32;
        bench.frame(SECOND, &tcp(server, client, ACK, answer));
        server.2 += answer.len() as u32;
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 1);
    assert_eq!(seen.has("operations", "outcome=refused"), 2);
    assert_eq!(seen.of("operations").len(), 3);
    assert_eq!(seen.has("operations", "address=100"), 3);
    assert!(seen.of("operations").iter().all(|(_, envelope, _)| envelope.protocol == Symbol("modbus")));
    assert_eq!(seen.has("anomalies", "kind=unexpected"), 0);
}

/// Segments of no known protocol, then one with two requests behind three octets, or at its head: how many of the requests are
/// found after so many segments.
fn found_after(segments: u32, lead: &[u8]) -> usize {
    let mut bench = Bench::new(Limits::default());
    let (mut client, server) = (End(1, 40_000, 100), End(100, 9999, 900));
    // More than is looked at before a conversation is called unknown, so that each segment is a try.
    let unknown = [0xee; 1100];
    for _ in 0..segments {
        bench.frame(SECOND, &tcp(client, server, ACK, &unknown));
        client.2 += 1100;
    }
    let requests = [lead, &request(1), &request(2)].concat();
    bench.frame(SECOND, &tcp(client, server, ACK, &requests));
    client.2 += requests.len() as u32;
    // Who is not known yet by two may be by two more.
    bench.frame(SECOND, &tcp(client, server, ACK, &[request(3), request(4)].concat()));
    bench.end().0.of("modbus").len()
}

/// An unknown conversation is asked about segment by segment, and its first segments are searched within too: so one that
/// never is of a known protocol costs a bounded number of searches, and what comes later is found where a segment begins
/// with it.
#[test]
fn an_unknown_conversation_is_searched_a_bounded_number_of_times() {
    for segments in 0..8 {
        assert_eq!(found_after(segments, &[1, 2, 3]), 4, "within segment {segments}");
    }
    for segments in 8..12 {
        assert_eq!(found_after(segments, &[1, 2, 3]), 2, "within segment {segments}, only what follows");
    }
    for segments in [8, 63, 64] {
        assert_eq!(found_after(segments, &[]), 4, "at the head of segment {segments}");
    }
    assert_eq!(found_after(65, &[]), 0, "who was unknown for so long is left alone");
}

/// A message in more segments than are told apart: those frames that are not told are counted, and said.
#[test]
fn frames_of_a_message_that_are_not_told_are_counted() {
    for (segments, forgotten) in [(1024, 0), (1025, 1), (1200, 176)] {
        let mut bench = Bench::new(Limits { carried_octets: 1 << 16, ..Limits::default() });
        let (mut client, server) = (End(1, 40_000, 100), End(100, 102, 900));
        // A data TPDU of ISO transport (RFC 1006, ISO 8073) with as many octets, each in a segment of its own.
        let mut message = vec![3, 0, 0, 0, 2, 0xf0, 0x80];
        message.resize(segments, 0x32);
        message[2..4].copy_from_slice(&(segments as u16).to_be_bytes());
        for octet in &message {
            bench.frame(SECOND, &tcp(client, server, ACK, &[*octet]));
            client.2 += 1;
        }
        let (seen, _) = bench.end();
        let said: Vec<_> = seen
            .of("anomalies")
            .into_iter()
            .filter(|(_, _, fields)| fields.iter().any(|field| field.contains("are told apart")))
            .map(|(_, _, fields)| fields.iter().find(|field| field.starts_with("count=")).cloned())
            .collect();
        let expected = (forgotten > 0).then(|| Some(format!("count={forgotten}")));
        assert_eq!(said, expected.into_iter().collect::<Vec<_>>(), "{segments} segments");
    }
}

/// Segments out of order: what waited for a hole to be filled is of the frame that filled it, as tshark has it.
#[test]
fn messages_out_of_order_name_the_frame_that_brought_them_into_order() {
    let mut bench = Bench::new(Limits::default());
    let server = End(100, 502, 900);
    let mut octets = vec![];
    (1..=5).for_each(|transaction| octets.extend(request(transaction)));
    // The first message, then the last one and a half, then as many before them, then the second.
    for (frame, part) in [0..12, 42..60, 24..42, 12..24].into_iter().enumerate() {
        let sequence = 100 + part.start as u32;
        let packet = tcp(End(1, 40_000, sequence), server, ACK, &octets[part]);
        bench.frame(SECOND + frame as i64, &packet);
    }
    let (seen, _) = bench.end();
    let frames: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.frame).collect();
    assert_eq!(frames, [1, 4, 4, 4, 4]);
    assert_eq!(seen.1, [((0, 4), (0, 3)), ((0, 4), (0, 2))]);
    let mut messages: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.message).collect();
    messages.dedup();
    assert_eq!(messages.len(), 5);
}

/// What waits for confirmation is let out when the other side speaks, and is still the first side's.
#[test]
fn a_message_let_out_by_the_other_side_keeps_its_sender() {
    let mut bench = Bench::new(Limits::default());
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 502, 900));
    bench.frame(1, &tcp(client, server, ACK, &request(1)));
    client.2 += 12;
    bench.frame(2, &tcp(server, client, ACK, &answer(1)));
    server.2 += 11;
    client.2 += 12;
    bench.frame(3, &tcp(client, server, ACK, &request(3)));
    client.2 += 12;
    // The hole is acknowledged, hence soon given up; then the answer.
    bench.frame(4, &tcp(server, client, ACK, &[]));
    bench.frame(SECOND, &tcp(server, client, ACK, &answer(3)));
    let (seen, _) = bench.end();
    let from: Vec<_> = seen.of("modbus").iter().map(|(_, envelope, _)| envelope.sender_port).collect();
    assert_eq!(from, [Some(40_000), Some(502), Some(40_000), Some(502)]);
    assert_eq!(seen.has("operations", "outcome=success"), 2);
}

/// HARD_CASES, IP fragments and TCP: "connections with a recognised protocol outlive half-open and unrecognised ones;
/// evictions are counted by kind".
#[test]
fn a_recognised_conversation_outlives_a_flood_of_half_open_ones() {
    let mut bench = Bench::new(Limits { conversations: 64 * 8, ..Limits::default() });
    let (client, server) = (End(1, 40_000, 100), End(2, 502, 900));
    bench.frame(1, &tcp(client, server, ACK, &request(1)));
    for port in 1..5000u16 {
        bench.frame(2, &tcp(End(1, port, 7), End(2, 80, 0), SYN, &[]));
    }
    assert!(bench.engine.conversations() <= 64 * 8);
    bench.frame(3, &tcp(server, End(1, 40_000, 112), ACK, &answer(1)));
    let (seen, counters) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 1);
    assert!(counters.evicted_half_open > 4900);
    assert_eq!((counters.evicted_identified, counters.evicted_unidentified), (0, 0));
}

/// A connection that is refused ends with a RST, though the one who refuses never spoke.
#[test]
fn a_refused_connection_is_reset() {
    let mut bench = Bench::new(Limits::default());
    bench.frame(1, &tcp(End(1, 40_000, 100), End(2, 502, 0), SYN, &[]));
    bench.frame(2, &tcp(End(2, 502, 0), End(1, 40_000, 101), RST | ACK, &[]));
    assert_eq!(bench.end().0.has("conversations", "end=rst"), 1);
}

/// HARD_CASES, IP fragments and TCP: "same addresses and ports with a new SYN -> a new conversation", also if only the
/// answers of the old one were seen.
#[test]
fn a_syn_after_answers_alone_begins_a_conversation() {
    let mut bench = Bench::new(Limits::default());
    bench.frame(1, &tcp(End(2, 502, 900), End(1, 40_000, 100), ACK, &answer(1)));
    bench.frame(2, &tcp(End(1, 40_000, 900_000_000), End(2, 502, 0), SYN, &[]));
    let (seen, _) = bench.end();
    assert_eq!(seen.of("conversations").len(), 2);
    assert_eq!(seen.has("conversations", "end=reused"), 1);
}

/// HARD_CASES, IP fragments and TCP: "handshake absent -> right orientation by role bits": of the first message on, where no
/// port tells who was called.
#[test]
fn an_answer_seen_first_on_a_foreign_port_is_of_who_was_called() {
    let mut bench = Bench::new(Limits::default());
    let answers = [answer(1), answer(2)].concat();
    bench.frame(1, &tcp(End(2, 9999, 900), End(1, 40_000, 100), ACK, &answers));
    bench.frame(2, &tcp(End(1, 40_000, 100), End(2, 9999, 922), ACK, &request(3)));
    let (seen, _) = bench.end();
    let of_originator: Vec<bool> = seen.of("modbus").iter().map(|row| row.1.from_originator).collect();
    assert_eq!(of_originator, [false, false, true]);
}

/// Whoever leaves a conversation alone still finds every octet accounted for.
#[test]
fn what_a_sink_leaves_alone_is_counted_as_skipped() {
    struct Leaves(Vec<(u64, u64, u64)>);
    impl Sink for Leaves {
        fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
            let number = |name: &str| {
                let index = row.table().columns.iter().position(|column| column.name == name).unwrap();
                if let Field::Unsigned(value) = row.field(index) { value } else { 0 }
            };
            if row.table().name == "conversations" {
                let told = ["originator_payload", "originator_dissected", "originator_skipped"].map(number);
                self.0.push((told[0], told[1], told[2]));
            }
            Verdict::Leave
        }
    }
    let (mut engine, mut sink) = (Engine::new(Config::default()), Leaves(Vec::new()));
    let mut client = End(1, 40_000, 100);
    for number in 1..=4u64 {
        let data = tcp(client, End(2, 502, 900), ACK, &request(number as u8));
        client.2 += 12;
        let original_len = data.len() as u32;
        let frame =
            Frame { number, ts: 1, interface: 0, link_type: LinkType::RAW, original_len, data: &data };
        engine.frame(&frame, &mut sink);
    }
    engine.finish(&mut sink);
    assert_eq!(sink.0, [(48, 12, 36)]);
}

const SENT: u8 = 1;
const RECEIVED: u8 = 2;

/// A read and its answer, as a master and an outstation of dnp3py sent them.
const DNP3: [(u8, &[u8]); 2] = [
    (
        SENT,
        b"\x05\x64\x11\xc4\x0a\x00\x01\x00\x06\x15\xc2\xc2\x15\x3c\x02\x06\x3c\x03\x06\x3c\x04\x06\xb1\xec",
    ),
    (RECEIVED, b"\x05\x64\x0a\x44\x01\x00\x0a\x00\x6e\x25\xc3\xc2\x81\x90\x00\x38\x81"),
];

/// Reset of the link, and a station interrogation up to its confirmation (IEC 60870-5-101 clause 6, FT 1.2).
const IEC101: [(u8, &[u8]); 6] = [
    (SENT, b"\x10\x40\x01\x41\x16"),
    (RECEIVED, b"\x10\x00\x01\x01\x16"),
    (SENT, b"\x68\x09\x09\x68\x73\x01\x64\x01\x06\x01\x00\x00\x14\xf4\x16"),
    (RECEIVED, b"\xe5"),
    (SENT, b"\x10\x5a\x01\x5b\x16"),
    (RECEIVED, b"\x68\x09\x09\x68\x28\x01\x64\x01\x07\x01\x00\x00\x14\xaa\x16"),
];

/// A reset and two polls of a meter, with the answers that "The M-Bus: A Documentation", revision 4.8, gives as examples of
/// fixed and variable data: frames of FT 1.2 as -101 and -103 have them.
const METER_BUS: [(u8, &[u8]); 6] = [
    (SENT, b"\x10\x40\x05\x45\x16"),
    (RECEIVED, b"\xe5"),
    (SENT, b"\x10\x7b\x05\x80\x16"),
    (
        RECEIVED,
        b"\x68\x13\x13\x68\x08\x05\x73\x78\x56\x34\x12\x0a\x00\xe9\x7e\x01\x00\x00\x00\x35\x01\x00\x00\x3c\x16",
    ),
    (SENT, b"\x10\x5b\x02\x5d\x16"),
    (
        RECEIVED,
        b"\x68\x1f\x1f\x68\x08\x02\x72\x78\x56\x34\x12\x24\x40\x01\x07\x55\x00\x00\x00\x03\x13\x15\x31\x00\xda\x02\x3b\
          \x13\x01\x8b\x60\x04\x37\x18\x02\x18\x16",
    ),
];

/// HARD_CASES, identification: what is no telecontrol is not called so, though its frames are the same: by their sums alone,
/// and where nobody answers, they are told to be nothing.
#[test]
fn a_meter_bus_is_no_telecontrol() {
    let (answered, silent) = (METER_BUS.repeat(8), METER_BUS[..1].repeat(40));
    for messages in [&answered, &silent] {
        let mut bench = Bench::new(Limits::default());
        let (mut client, mut server) = (End(1, 40_000, 100), End(2, 10_001, 900));
        for (turn, (event, octets)) in messages.iter().enumerate() {
            bench.serial(*event, octets);
            let ts = turn as i64;
            if *event == SENT {
                bench.frame(ts, &tcp(client, server, ACK, octets));
                client.2 += octets.len() as u32;
            } else {
                bench.frame(ts, &tcp(server, client, ACK, octets));
                server.2 += octets.len() as u32;
            }
        }
        let (seen, counters) = bench.end();
        assert_eq!(counters.conversations, 2);
        for name in ["iec101", "iec103", "iec104"] {
            let rows = seen.of("conversations");
            assert_eq!(seen.has("conversations", &format!("application={name}")), 0, "{rows:?}");
        }
    }
}

/// Each serial line is recorded on an interface of its own, and is a conversation of its own.
#[test]
fn serial_lines_of_several_interfaces_are_not_mixed() {
    let mut bench = Bench::new(Limits::default());
    let (one, other) = (&DNP3[..], &IEC101[..]);
    for place in 0..one.len().max(other.len()) {
        for (interface, line) in [(0, one), (7, other)] {
            bench.interface = interface;
            if let Some((event, octets)) = line.get(place) {
                let (head, rest) = octets.split_at(octets.len() / 2);
                bench.serial(*event, head);
                bench.interface = 3;
                bench.serial(*event, b"what is said on a third line");
                bench.interface = interface;
                bench.serial(*event, rest);
            }
        }
    }
    let (seen, counters) = bench.end();
    assert_eq!((counters.conversations, counters.unattributed), (3, 0));
    assert_eq!((seen.of("dnp3").len(), seen.of("iec101").len()), (one.len(), other.len()));
    for name in ["dnp3", "iec101"] {
        assert_eq!(seen.has("conversations", &format!("application={name}")), 1);
    }
}

/// The octets of a serial line are streams: wherever the gateway cuts them, the same messages come out of one conversation.
#[test]
fn messages_of_a_serial_line_span_frames() {
    for (name, messages) in [("dnp3", &DNP3[..]), ("iec101", &IEC101[..])] {
        for piece in 1..=24 {
            let mut bench = Bench::new(Limits::default());
            for (event, octets) in messages {
                bench.serial(0, &[]);
                for part in octets.chunks(piece) {
                    bench.serial(*event, part);
                }
            }
            bench.serial(6, &[]);
            let (seen, counters) = bench.end();
            assert_eq!((counters.conversations, counters.unattributed), (1, 0));
            assert_eq!(seen.of(name).len(), messages.len(), "{name} in pieces of {piece}");
            assert_eq!(seen.has("conversations", "transport=serial"), 1);
            assert_eq!(seen.has("conversations", &format!("application={name}")), 1);
            assert_eq!(seen.has("conversations", "coverage=understood"), 1);
            assert!(
                seen.of("anomalies").is_empty(),
                "{name} in pieces of {piece}: {:?}",
                seen.of("anomalies")
            );
            let conversation = seen.of("conversations")[0].1;
            assert_eq!((conversation.sender, conversation.sender_mac), (None, None));
        }
    }
}

/// What the capture lost is a gap in both directions; the next message is found behind it.
#[test]
fn what_a_gateway_lost_is_a_gap() {
    let mut bench = Bench::new(Limits::default());
    for _ in 0..2 {
        for (event, octets) in DNP3 {
            bench.serial(event, octets);
        }
    }
    bench.serial(SENT, &DNP3[0].1[..9]);
    bench.serial(5, &[]);
    for (event, octets) in DNP3 {
        bench.serial(event, octets);
    }
    bench.serial(8, &[]);
    let (seen, _) = bench.end();
    assert_eq!(seen.of("dnp3").len(), 6);
    assert_eq!(seen.has("anomalies", "reason=the gateway lost octets of the capture"), 2);
    assert_eq!(seen.has("anomalies", "reason=a gap cuts the message"), 1);
    assert_eq!(seen.has("anomalies", "reason=a character came with a wrong parity bit"), 1);
    assert_eq!(seen.has("conversations", "originator_skipped=9"), 1);
}

/// Conversations that begin, and how many rows came before each.
#[derive(Default)]
struct Begun(Vec<Beginning>, usize);

impl Sink for Begun {
    fn row(&mut self, envelope: &Envelope, _: &dyn Row) -> Verdict {
        let known = self.0.iter().any(|beginning| Some(beginning.conversation) == envelope.conversation);
        assert!(known, "a row of a conversation that has not begun: {envelope:?}");
        self.1 += 1;
        Verdict::GoOn
    }
    fn begins(&mut self, beginning: &Beginning) {
        self.0.push(*beginning);
    }
}

/// Who opened a conversation is told before its first row, whatever its first frame is.
#[test]
fn a_sink_is_told_where_a_conversation_begins() {
    let (mut engine, mut begun) = (Engine::new(Config::default()), Begun::default());
    let (client, server) = (End(1, 40_000, 1), End(2, 502, 1));
    let frames = [
        // A SYN; the answer to one; an answer of the server in mid-stream; none of a conversation that is known.
        tcp(client, server, SYN, &[]),
        tcp(server, End(1, 40_001, 1), SYN | ACK, &[]),
        tcp(server, End(1, 40_002, 1), ACK, &answer(1)),
        tcp(server, End(1, 40_002, 12), ACK, &answer(2)),
    ];
    for (number, data) in (1..).zip(&frames) {
        let original_len = data.len() as u32;
        let frame =
            Frame { number, ts: number as i64, link_type: LinkType::RAW, interface: 0, original_len, data };
        engine.frame(&frame, &mut begun);
    }
    engine.finish(&mut begun);
    let ip = |last| core::net::IpAddr::from([10, 0, 0, last]);
    let opener: Vec<_> =
        begun.0.iter().map(|beginning| (beginning.opener.unwrap(), beginning.handshake)).collect();
    assert_eq!(opener, [((ip(1), 40_000), true), ((ip(1), 40_001), true), ((ip(2), 502), false)]);
    let conversations: Vec<_> = begun.0.iter().map(|beginning| beginning.conversation).collect();
    assert_eq!(conversations, [1, 2, 3]);
    assert!(
        begun
            .0
            .iter()
            .all(|beginning| (beginning.transport, beginning.transport_number) == (Symbol("tcp"), 6))
    );
    assert!(begun.1 > 3, "{} rows", begun.1);
}

/// What the plant calls devices and points stands in the rows of both, whether each value is said or only changes, and
/// whether the request was seen; of another device or register it stands nowhere. The exchanges are those of MODBUS
/// Application Protocol V1.1b3 section 6.3 (Read Holding Registers), 6.1 (Read Coils) and 6.6 (Write Single Register).
#[test]
fn what_the_plant_calls_things_stands_in_their_rows() {
    use crate::{
        Description, PointKey,
        record::{Address, Text},
    };
    /// Names of device and point, and the unit, of each row of `points` and `operations`.
    #[derive(Default)]
    struct Names(Vec<String>);
    impl Sink for Names {
        fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
            let table = row.table();
            if matches!(table.name, "points" | "operations") {
                let named = |name: &str| {
                    let place = table.columns.iter().position(|column| column.name == name).unwrap();
                    match row.field(place) {
                        Field::Text(Text(octets)) => String::from_utf8_lossy(octets).into_owned(),
                        _ => "-".to_owned(),
                    }
                };
                let unit = if table.name == "points" { named("unit") } else { "-".to_owned() };
                self.0.push(format!(
                    "{} {} {} {unit}",
                    table.name,
                    named("device_name"),
                    named("plant_name")
                ));
            }
            Verdict::GoOn
        }
    }
    let mut description = Description::new();
    let server = Address::Ip(core::net::IpAddr::from([10, 0, 0, 2]));
    assert!(description.add_device(server, None, "pump station"));
    assert!(description.add_point(
        server,
        None,
        PointKey::Number(Some("holding_register"), 7),
        "level",
        Some("m")
    ));
    assert!(description.add_point(server, None, PointKey::Number(Some("coil"), 7), "valve", None));
    let description = std::sync::Arc::new(description);
    for every_message in [false, true] {
        let config = Config {
            checksums: crate::Checksums::Ignore,
            every_message,
            description: Some(std::sync::Arc::clone(&description)),
            ..Config::default()
        };
        let (mut engine, mut names, mut number) = (Engine::new(config), Names::default(), 0);
        let mut say = |from: End, to: End, payload: &[u8]| {
            number += 1;
            let data = tcp(from, to, ACK, payload);
            let original_len = data.len() as u32;
            let link_type = LinkType::RAW;
            let frame =
                Frame { number, ts: number as i64, interface: 0, link_type, original_len, data: &data };
            engine.frame(&frame, &mut names);
        };
        let (client, server) = (|next| End(1, 40_000, next), |next| End(2, 502, next));
        say(client(100), server(900), &request(1));
        say(server(900), client(112), &answer(1));
        // Coil 7, which is set, and its neighbour, which has no name.
        say(client(112), server(911), &[0, 2, 0, 0, 0, 6, 1, 1, 0, 7, 0, 2]);
        say(server(911), client(124), &[0, 2, 0, 0, 0, 4, 1, 1, 1, 1]);
        // The answer to a write whose request was not seen.
        say(server(921), client(124), &[0, 3, 0, 0, 0, 6, 1, 6, 0, 7, 0, 9]);
        engine.finish(&mut names);
        let mut said = names.0;
        said.sort();
        said.dedup();
        assert_eq!(
            said,
            [
                "operations pump station level -",
                "operations pump station valve -",
                "points pump station - -",
                "points pump station level m",
                "points pump station valve -",
            ],
            "{every_message}"
        );
    }
}

/// Datagrams on ports of no protocol. One that looks like a request of Modbus (MODBUS Application Protocol V1.1b3 section 6.3)
/// may be anything; with a second one both are read.
#[test]
fn datagrams_on_foreign_ports_are_told_by_their_octets() {
    let udp = |source: u16, destination: u16, payload: &[u8]| {
        udp(0, End(1, source, 0), End(2, destination, 0), payload)
    };
    let protocol = |datagrams: &[&[u8]]| {
        let mut bench = Bench::new(Limits::default());
        for (ts, datagram) in (0..).zip(datagrams) {
            bench.frame(ts, &udp(40_000, 40_001, datagram));
        }
        let (seen, _) = bench.end();
        let told = seen.of("conversations")[0].1.protocol.0;
        (told, seen.of("modbus").len())
    };
    let requests: Vec<[u8; 12]> = (1..5).map(request).collect();
    let [one, two, three, four] = [0, 1, 2, 3].map(|index: usize| &requests[index][..]);
    assert_eq!(protocol(&[one]), ("udp", 0));
    assert_eq!(protocol(&[one, two]), ("modbus", 2));
    assert_eq!(protocol(&[one, two, three, four]), ("modbus", 4));
    // What came before them is no part of it; what is another protocol stays that.
    assert_eq!(protocol(&[b"GET / HTTP/1.1", one, two]), ("modbus", 2));
    assert_eq!(protocol(&[b"M-SEARCH * HTTP/1.1\r\n", one, two]), ("ssdp", 0));
    // Garbage for longer than it is looked at.
    let garbage: Vec<[u8; 30]> = (0..80).map(|number| [0x80 | number; 30]).collect();
    let with = |times: usize| {
        let garbage = garbage.iter().take(times).map(|garbage| &garbage[..]);
        garbage.chain([one, two]).collect::<Vec<_>>()
    };
    assert_eq!(protocol(&with(80)), ("udp", 0));
    assert_eq!(protocol(&with(40)), ("modbus", 2));
}

/// A tap may see the two directions of one conversation with other tags, or one of them without (IEEE 802.1Q-2018, 6.9).
#[test]
fn the_vlan_of_a_row_is_that_of_its_frame() {
    let ethernet = |vlan: Option<u16>, packet: Vec<u8>| {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        if let Some(vlan) = vlan {
            frame.extend([0x81, 0]);
            frame.extend(vlan.to_be_bytes());
        }
        frame.extend([8, 0]);
        frame.extend(packet);
        frame
    };
    let request = b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x01";
    let answer = b"\0\x01\0\0\0\x05\x01\x03\x02\0\x2a";
    let (client, server) = (End(1, 40000, 1), End(2, 502, 1));
    let mut bench = Bench::new(Limits::default());
    bench.frame_of(LinkType::ETHERNET, 1, &ethernet(Some(7), tcp(client, server, 0x18, request)));
    bench.frame_of(LinkType::ETHERNET, 2, &ethernet(None, tcp(server, End(1, 40000, 13), 0x18, answer)));
    let later = tcp(End(1, 40000, 13), End(2, 502, 12), 0x18, request);
    bench.frame_of(LinkType::ETHERNET, 3, &ethernet(Some(9), later));
    let (seen, _) = bench.end();
    let vlans = |table| seen.of(table).iter().map(|(_, envelope, _)| envelope.vlan).collect::<Vec<_>>();
    assert_eq!(vlans("modbus"), [Some(7), None, Some(9)]);
    assert_eq!(vlans("conversations"), [Some(7)]);
}

/// A request of one station to another without IP, and what comes back, are one operation, whichever their addresses (IEC
/// 61850-8-1 clause 18.3; GetGoReference, whose control block is not known).
#[test]
fn requests_of_stations_without_ip_are_paired_with_their_answers() {
    let request = b"\0\x01\0\x19\0\0\0\0\x60\x0f\x80\x01\x07\xa1\x0a\xa1\x08\x80\x01a\xa1\x03\x02\x01\x01";
    let answer = b"\0\x01\0\x17\0\0\0\0\x60\x0d\x80\x01\x07\xa2\x08\xa1\x06\x80\x01a\x83\x01\x01";
    let frame = |destination: [u8; 6], source: [u8; 6], message: &[u8]| {
        [&destination[..], &source, &[0x88, 0xb9], message].concat()
    };
    let mut bench = Bench::new(Limits::default());
    for station in 0..32 {
        let (one, other) = ([0, 0, 0, 0, 1, 1], [0, 0x30, 0xa7, 0, 9, station]);
        bench.frame_of(LinkType::ETHERNET, i64::from(station) * SECOND, &frame(other, one, request));
        bench.frame_of(LinkType::ETHERNET, i64::from(station) * SECOND + 1, &frame(one, other, answer));
    }
    let (seen, counters) = bench.end();
    assert_eq!((counters.conversations, seen.of("operations").len()), (32, 32));
    assert_eq!(seen.has("operations", "outcome=refused"), 32, "{:?}", seen.of("operations"));
}

/// What waited behind a hole, of the last frame that came, is of that frame, though another conversation's lets it out.
#[test]
fn a_message_that_time_lets_out_names_the_frame_that_brought_it() {
    let request = b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x01";
    let first = [&request[..], &request[..8]].concat();
    let mut bench = Bench::new(Limits::default());
    bench.frame(1, &tcp(End(1, 40000, 1), End(2, 502, 1), 0x18, &first));
    // The hole ends with the second message.
    bench.frame(2, &tcp(End(1, 40000, 25), End(2, 502, 1), 0x18, request));
    bench.frame(20 * SECOND, &tcp(End(3, 40000, 1), End(4, 4000, 1), 0x18, b"x"));
    let (seen, _) = bench.end();
    let places: Vec<_> =
        seen.of("modbus").iter().map(|(_, envelope, _)| (envelope.frame, envelope.ts.0)).collect();
    assert_eq!(places, [(1, 1), (1, 1), (2, 2)]);
}

/// A stream that begins with an octet of no message, as a keep-alive has it (RFC 9293 section 3.8.4), and goes on in segments
/// of a few octets: until the protocol is known they look like the beginnings of several, and those that were taken for one in
/// vain cost no message that begins with a later segment.
#[test]
fn an_octet_of_no_message_costs_none_behind_it_in_however_small_segments() {
    // Jobs of S7comm that read one item, in a data TPDU (ISO/IEC 8073 clause 13.7) in a TPKT (RFC 1006 section 6).
    let job = |reference| {
        let head = [3, 0, 0, 31, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 0, reference, 0, 14, 0, 0];
        [&head[..], &[4, 1, 0x12, 10, 0x10, 2, 0, 1, 0, 1, 0x84, 0, 0, 0]].concat()
    };
    let octets = [job(1), job(2), job(3)].concat();
    for (garbage, segment) in
        [0, 1, 3, 0x68, 0xff].into_iter().flat_map(|octet| (1..12).map(move |segment| (octet, segment)))
    {
        let mut bench = Bench::new(Limits::default());
        let (mut client, server) = (End(1, 40_000, 100), End(2, 102, 500));
        for segment in core::iter::once(&[garbage][..]).chain(octets.chunks(segment)) {
            bench.frame(i64::try_from(bench.number).unwrap() * 1_000_000, &tcp(client, server, ACK, segment));
            client.2 += segment.len() as u32;
        }
        let (seen, _) = bench.end();
        let conversation = seen.has("conversations", "originator_skipped=1");
        assert_eq!((seen.of("s7comm").len(), conversation), (3, 1), "{garbage:02x}, segments of {segment}");
    }
}

/// Reasons that are said of a connection of -104. `syn` tells whose SYN is captured, client and server; then what each sends:
/// true is the client.
fn said_of_iec104(syn: [bool; 2], steps: &[(bool, Vec<u8>)], lost: Option<usize>) -> Vec<String> {
    let mut bench = Bench::new(Limits::default());
    let (mut client, mut server) = (End(1, 40_000, 100), End(2, 2404, 900));
    if syn[0] {
        bench.frame(0, &tcp(client, server, SYN, &[]));
    }
    client.2 += 1;
    if syn[1] {
        bench.frame(1, &tcp(server, client, SYN | ACK, &[]));
    }
    server.2 += 1;
    for (index, (asks, octets)) in steps.iter().enumerate() {
        let (from, to) = if *asks { (&mut client, server) } else { (&mut server, client) };
        if lost != Some(index) {
            bench.frame(index as i64 * 2 * SECOND, &tcp(*from, to, ACK, octets));
        }
        from.2 += octets.len() as u32;
    }
    let (seen, _) = bench.end();
    let anomalies = seen.of("anomalies").into_iter().flat_map(|(_, _, fields)| fields);
    let of_sequence = |reason: &&str| reason.contains("sequence number") || reason.contains("data ");
    anomalies
        .filter_map(|field| field.strip_prefix("reason="))
        .filter(of_sequence)
        .map(str::to_owned)
        .collect()
}

/// An I-format APDU of -104 with a single point, and STARTDT act and con (section 5.3).
fn numbered(send: u16, receive: u16) -> Vec<u8> {
    let numbers = [(send << 1).to_le_bytes(), (receive << 1).to_le_bytes()].concat();
    [&[0x68, 14][..], &numbers, &[1, 1, 3, 0, 1, 0, 9, 0, 0, 1]].concat()
}
const STARTDT: [[u8; 6]; 2] = [[0x68, 4, 7, 0, 0, 0], [0x68, 4, 0x0b, 0, 0, 0]];

/// HARD_CASES, IEC 60870-5-104: "a new TCP connection starts both counters at 0"; section 5.3: it is stopped until STARTDT.
#[test]
fn a_new_connection_of_iec104_counts_from_0_and_is_stopped() {
    let [act, con] = STARTDT.map(|octets| octets.to_vec());
    let both = [true; 2];
    let begun = |rest: &[(bool, Vec<u8>)]| [&[(true, act.clone()), (false, con.clone())][..], rest].concat();
    let right = begun(&[(false, numbered(0, 0)), (true, numbered(0, 1)), (false, numbered(1, 1))]);
    assert_eq!(said_of_iec104(both, &right, None), [""; 0]);
    let jump = begun(&[(false, numbered(5, 0)), (false, numbered(6, 0))]);
    assert_eq!(said_of_iec104(both, &jump, None), ["send sequence number jumps"]);
    // It is sent four seconds behind its acknowledgement.
    let ahead = begun(&[(true, numbered(0, 1)), (true, numbered(1, 1)), (false, numbered(0, 0))]);
    assert_eq!(said_of_iec104(both, &ahead, None), ["receive sequence number of what was not sent"]);
    let early = [(false, numbered(0, 0)), (false, numbered(1, 0)), (true, act.clone()), (false, con.clone())];
    let early = [&early[..], &[(false, numbered(2, 0))]].concat();
    assert_eq!(said_of_iec104(both, &early, None), ["data before STARTDT"; 2]);
    let asked = [(true, numbered(0, 0)), (true, act.clone()), (false, con.clone()), (true, numbered(1, 0))];
    assert_eq!(said_of_iec104(both, &asked, None), ["data before STARTDT"]);
    // Of a side whose SYN is not there nobody knows what it sent before.
    assert_eq!(said_of_iec104([true, false], &jump, None), [""; 0]);
    assert_eq!(said_of_iec104([false; 2], &jump, None), [""; 0]);
    assert_eq!(said_of_iec104([false; 2], &early, None), [""; 0]);
    // Nor what one sends of whom nothing but the SYN is captured.
    let one_sided: Vec<_> = (0..9).map(|send| (false, numbered(send, 700 + send))).collect();
    assert_eq!(said_of_iec104(both, &one_sided, None), ["data before STARTDT"; 2]);
    // Nor what was in octets that the capture lacks.
    assert_eq!(said_of_iec104(both, &jump[2..], Some(0)), [""; 0]);
    assert_eq!(said_of_iec104(both, &right, Some(1)), [""; 0]);
}

/// What client and servers say to each other, each server by the last octet of its address: true is the client. It ends with
/// the rows.
fn said_on(port: u16, steps: &[(u8, bool, Vec<u8>)]) -> Seen {
    let mut bench = Bench::new(Limits::default());
    let mut ends = std::collections::BTreeMap::new();
    for (index, (server, asks, octets)) in steps.iter().enumerate() {
        let ts = index as i64 * SECOND / 100;
        let (client, server) = ends.entry(*server).or_insert_with(|| {
            let (client, server) = (End(1, 40_000, 100), End(*server, port, 900));
            bench.frame(ts, &tcp(client, server, SYN, &[]));
            bench.frame(ts, &tcp(server, client, SYN | ACK, &[]));
            (End(1, 40_000, 101), End(server.0, port, 901))
        });
        let (from, to) = if *asks { (client, *server) } else { (server, *client) };
        bench.frame(ts, &tcp(*from, to, ACK, octets));
        from.2 += octets.len() as u32;
    }
    bench.end().0
}

/// IDCODE is one of its own sender (C37.118.2 section 6.2): two PMUs that have the same, and are asked for their configurations,
/// contradict each other in nothing. HARD_CASES, protocol level: "A forged C37.118 configuration from another source -> [...]
/// the second one is said": one that nobody asked for is.
#[test]
fn two_pmus_that_are_asked_may_have_one_identifier() {
    let c37118 = crate::protocols::named("c37118").expect("it is in the registry");
    let frame = |frame_type: u8, body: &[u8]| {
        let mut octets =
            [&[0xaa, frame_type << 4 | 2, 0, 0, 0, 7, 0x69, 0xa5, 0, 0, 0, 0, 0, 0], body, &[0; 2]].concat();
        c37118.dissector.mend(&mut octets);
        octets
    };
    let asks = frame(4, &[0, 5]);
    let configuration = |station: &[u8; 16]| {
        let pmu =
            [&station[..], &[0, 7, 0, 0, 0, 1, 0, 0, 0, 0], b"VA              ", &[0, 0, 1, 0, 0, 0, 0, 1]];
        frame(3, &[&[0, 0xf, 0x42, 0x40, 0, 1][..], &pmu.concat(), &[0, 30]].concat())
    };
    let (north, south) = (configuration(b"NORTH           "), configuration(b"SOUTH           "));
    let asked = |server: u8, answer: &[u8]| [(server, true, asks.clone()), (server, false, answer.to_vec())];
    let honest = [asked(2, &north), asked(3, &south)].concat();
    let seen = said_on(4712, &honest);
    assert_eq!((seen.of("c37118_configurations").len(), seen.has("anomalies", "kind=conflict")), (2, 0));
    let forged = [&asked(2, &north)[..], &[(3, false, south)]].concat();
    assert_eq!(said_on(4712, &forged).has("anomalies", "kind=conflict"), 1);
}

/// A conversation that holds nothing else than an upload of disturbance data of -103 (section 7.4.8) is known by two ASDUs; one
/// that begins with private types is by the first other one, and all of it is read.
#[test]
fn disturbance_data_and_private_types_are_known() {
    let frame = |user: &[u8]| {
        let (length, sum) = (user.len() as u8, user.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet)));
        [&[0x68, length, length, 0x68][..], user, &[sum, 0x16]].concat()
    };
    let asdu = |control: u8, type_id: u8, cause: u8, body: &[u8]| {
        frame(&[&[control, 5, type_id, 0x81, cause, 5, 160, 0][..], body].concat())
    };
    let poll = |control: u8| vec![0x10, control, 5, control + 5, 0x16];
    let skipped = |seen: &Seen| {
        let none = |field: &str| seen.has("conversations", field) == 1;
        none("application=iec103") && none("originator_skipped=0") && none("responder_skipped=0")
    };
    let upload = [
        (true, asdu(0x73, 24, 31, &[1, 0, 7, 0, 0])),
        (false, vec![0xe5]),
        (true, poll(0x5a)),
        (false, asdu(0x28, 26, 31, &[0, 1, 7, 0, 1, 0, 1, 16, 0, 10, 0, 0x39, 0x30, 5, 13])),
        (true, poll(0x7a)),
        (false, asdu(8, 30, 31, &[0, 1, 7, 0, 1, 1, 0, 0, 1, 0])),
    ];
    let private = [
        (true, poll(0x5b)),
        (false, asdu(8, 77, 2, &[1, 2, 3])),
        (true, poll(0x7b)),
        (false, asdu(8, 77, 2, &[1, 2, 4])),
        (true, poll(0x5b)),
        (false, asdu(8, 8, 10, &[9])),
    ];
    for steps in [upload, private] {
        let steps: Vec<_> = steps.into_iter().map(|(asks, octets)| (2, asks, octets)).collect();
        let seen = said_on(4001, &steps);
        assert!(skipped(&seen), "{:?}", seen.of("conversations"));
        assert_eq!((seen.of("iec103").len(), seen.of("anomalies").len()), (6, 0));
    }
}

/// Status of link from station 11, `10 0b 0b 16 16`, near the start of a conversation: it is a frame of its own there, too.
#[test]
fn a_frame_whose_sum_is_its_end_is_read_from_the_start() {
    let point = vec![0x68, 9, 9, 0x68, 8, 11, 1, 1, 3, 11, 9, 0, 1, 45, 0x16];
    let steps = [
        (2, true, vec![0x10, 0x49, 11, 0x54, 0x16]),
        (2, false, vec![0x10, 0x0b, 11, 0x16, 0x16]),
        (2, true, vec![0x10, 0x5b, 11, 0x66, 0x16]),
        (2, false, point),
    ];
    let seen = said_on(4001, &steps);
    assert_eq!((seen.of("iec101").len(), seen.has("iec101", "link_address=11")), (4, 4));
    assert_eq!(seen.has("conversations", "responder_skipped=0"), 1);
}

/// RFC 6864 section 4.1: the identification of a datagram that is not fragmented means nothing, so that it may be 0, or always
/// the same. Who asks the same again every 5 ms sends no copies; a mirror port does, and a second network behind the first.
#[test]
fn the_same_datagram_again_is_a_copy_only_where_it_can_be_none_of_its_own() {
    const MS: i64 = 1_000_000;
    let (client, server) = (End(1, 40_000, 0), End(2, 502, 0));
    let (ask, tell) = (request(1), answer(1));
    let copies = |datagrams: &[(bool, u16, i64)]| {
        let mut bench = Bench::new(Limits::default());
        for (asks, identification, micros) in datagrams {
            let datagram = match asks {
                true => udp(*identification, client, server, &ask),
                false => udp(*identification, server, client, &tell),
            };
            bench.frame(micros * MS / 1000, &datagram);
        }
        let (seen, _) = bench.end();
        let [(.., row)] = seen.of("conversations")[..] else { panic!("one conversation") };
        let copies = row.iter().find_map(|field| field.strip_prefix("copies=")).map(str::to_owned);
        (copies.unwrap().parse::<usize>().unwrap(), seen.of("modbus").len())
    };
    // The same every 5 ms, without identification and with one that does not change.
    for identification in [0, 7] {
        let turns: Vec<_> = (0..20).map(|turn| (turn % 2 == 0, identification, turn * 2500)).collect();
        assert_eq!(copies(&turns), (0, 20), "{identification}");
    }
    // Asked again after 2 ms, without an answer; each frame twice; and thrice, over 12 ms.
    assert_eq!(copies(&[(true, 0, 0), (true, 0, 2000)]), (0, 2));
    assert_eq!(copies(&[(true, 0, 0), (true, 0, 50), (false, 0, 3000), (false, 0, 3050)]), (2, 2));
    assert_eq!(copies(&[(true, 7, 0), (true, 7, 5000), (false, 8, 6000), (false, 8, 6100)]), (2, 2));
    // A second network shows two, and then their copies.
    let [one, other] =
        [(true, 7), (true, 8)].map(|(asks, identification)| move |at| (asks, identification, at));
    assert_eq!(copies(&[one(0), other(100), one(300), other(400)]), (2, 2));
    // A device that sends the same for ever is heard again once it can be no copy.
    let stuck: Vec<_> = (0..10).map(|turn| one(turn * 9000)).collect();
    assert_eq!(copies(&stuck), (5, 5));
    assert_eq!(copies(&[(true, 7, 0), (true, 7, 6000), (true, 7, 12_000)]), (1, 2));
    // One that counts: the copy of a second network comes behind the answer.
    let skewed = [
        (true, 7, 0),
        (false, 1, 1000),
        (true, 8, 20_000),
        (false, 2, 21_000),
        (true, 8, 23_000),
        (false, 2, 24_000),
    ];
    assert_eq!(copies(&skewed), (2, 4));
    // A copy says nothing anew: behind it comes that of the answer.
    assert_eq!(copies(&[(true, 7, 0), (false, 0, 100), (true, 7, 300), (false, 0, 400)]), (2, 2));
}

/// A client may have the port of a protocol for its own: who was called is the server.
#[test]
fn a_handshake_goes_before_ports() {
    let mut bench = Bench::new(Limits::default());
    let (mut client, mut server) = (End(1, 502, 100), End(2, 10_502, 900));
    bench.frame(0, &tcp(client, server, SYN, &[]));
    bench.frame(1, &tcp(server, End(1, 502, 101), SYN | ACK, &[]));
    (client.2, server.2) = (101, 901);
    // Write Single Register (section 6.6): the answer is the same as its request.
    for turn in 0..3 {
        let octets = [0, turn, 0, 0, 0, 6, 1, 6, 0, 7, 0, turn];
        bench.frame(2, &tcp(client, server, ACK, &octets));
        client.2 += 12;
        bench.frame(3, &tcp(server, client, ACK, &octets));
        server.2 += 12;
    }
    let (seen, _) = bench.end();
    assert_eq!(seen.has("operations", "outcome=success"), 3);
    assert_eq!(seen.of("anomalies").len(), 0);
}
