//! IP fragments and TCP.
use super::{Case, Line, Seen, capture, case, common::Owned, wire::*};
use fieldtap::{Checksums, Config, Limits, OverlapPolicy};

fn same(name: &'static str) -> Case {
    capture(name, &format!("frames/{name}")).rows("modbus", 24).rows("conversations", 1)
}

/// A fragment of a datagram: its place in octets, whether more follow, its octets.
fn fragment(wire: &mut Wire, identification: u16, place: usize, more: bool, octets: &[u8]) {
    let (client, server) = (end(1, 40_000, 0), end(2, 502, 0));
    let field = (place / 8) as u16 | if more { 0x2000 } else { 0 };
    wire.raw(ip(client.host, server.host, 17, identification, field, octets));
}

/// Reads of other registers, in octets of a datagram: head of UDP, MBAP, function, address, quantity, and four octets too
/// many, so that the address lies in a fragment that others follow.
fn reads(address: u16) -> Vec<u8> {
    let pdu = [&[16][..], &address.to_be_bytes(), &[0, 2, 4, 0, 1, 0, 2]].concat();
    udp(end(1, 40_000, 0), end(2, 502, 0), &modbus(address, 1, &pdu))
}

/// Two datagrams whose fragments disagree. Of the one the later copy begins before the first and ends in it, of the other
/// both begin at the same place and end there.
fn disagreeing_fragments() -> Vec<Owned> {
    let mut wire = Wire::default();
    for (identification, later) in [(1, 8), (2, 16)] {
        let (first, other) = (reads(0x0101), reads(0x0202));
        fragment(&mut wire, identification, 16, false, &first[16..]);
        fragment(&mut wire, identification, later, true, &other[later..24]);
        fragment(&mut wire, identification, 0, true, &first[..8]);
        if later == 16 {
            fragment(&mut wire, identification, 8, true, &first[8..16]);
        }
    }
    wire.frames
}

/// The same of segments: the later copy begins before the first and ends in it; both begin at the same place, and the later
/// ends behind the first.
fn disagreeing_segments() -> Vec<Owned> {
    let mut wire = Wire::default();
    for (port, first, later) in [(40_001, 6..12, 4..11), (40_002, 6..11, 6..12)] {
        let mut talk = Talk::between(wire, end(1, port, 100), end(2, 502, 900));
        let (one, other) = (read(7, 0x0101), read(7, 0x0202));
        talk.c_at(first.start, ACK, &one[first.start as usize..first.end as usize]);
        talk.c_at(later.start, ACK, &other[later.start as usize..later.end as usize]);
        talk.c(&one[..6]);
        wire = std::mem::take(&mut talk.wire);
    }
    wire.frames
}

/// Which copies were used: a digit for each conversation or datagram, 1 for the first copy and 2 for the later.
fn used(seen: &Seen) -> i128 {
    let mut used: Vec<_> =
        seen.rows.of("modbus").map(|row| (row.envelope.message, row.number("address") >> 8)).collect();
    used.sort_unstable();
    used.iter().fold(0, |digits, (_, copy)| digits * 10 + copy)
}

fn with_overlap(overlap: OverlapPolicy) -> Config {
    // A sum over octets of two copies cannot be right.
    let limits = Limits { overlap, ..Limits::default() };
    Config { limits, checksums: Checksums::Ignore, ..Config::default() }
}

/// Fragments and segments by this policy: which copies are used of the two cases.
fn overlap(names: [&'static str; 2], config: fn() -> Config, fragments: i128, segments: i128) -> [Case; 2] {
    let what = "copies used";
    [
        case(names[0], disagreeing_fragments).with(config).measured(what, used, fragments).said(
            "conflict",
            "overlapping fragments with different octets",
            2,
        ),
        case(names[1], disagreeing_segments).with(config).measured(what, used, segments).said(
            "conflict",
            "segments overlap with other content",
            2,
        ),
    ]
}

/// Twenty polls, then the first request again with other octets.
fn late_retransmission() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    for turn in 0..20 {
        talk.c(&read(turn, turn)).s(&answer(turn, turn));
    }
    talk.c_at(-240, ACK, &read(0, 0x7777)).frames()
}

/// Before a request comes another one that dies on its way, and after it one more; then a RST that dies.
fn short_lived() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&read(1, 1)).s(&answer(1, 1));
    talk.c_at(0, ACK, &read(2, 0x6666)).dies().c(&read(2, 2)).c_at(-12, ACK, &read(2, 0x7777)).dies();
    talk.s(&answer(2, 2)).c_at(0, RST | ACK, &[]).dies();
    talk.c(&read(3, 3)).s(&answer(3, 3)).frames()
}

fn fin_outside() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&read(1, 1)).s(&answer(1, 1));
    talk.c_at(5_000_000, FIN | ACK, &[]).c_at(-100_000, FIN | ACK, &[]);
    talk.c(&read(2, 2)).s(&answer(2, 2)).frames()
}

/// Among segments far off, real ones come out of order.
fn flood_among_real_data() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    for turn in 0..50u16 {
        for stray in 0..4 {
            talk.c_at(200_000_000 + stray * 5_000_000, ACK, &[0xee; 50]);
        }
        let request = read(turn, turn);
        talk.c_at(6, ACK, &request[6..]);
        talk.c(&request[..6]);
        talk.client.next = talk.client.next.wrapping_add(6);
        talk.s(&answer(turn, turn));
    }
    talk.frames()
}

/// The second fragment lies within the first.
fn teardrop() -> Vec<Owned> {
    let mut wire = Wire::default();
    let whole = reads(0x0101);
    fragment(&mut wire, 1, 0, true, &[&whole[..], &[0; 8]].concat()[..32]);
    fragment(&mut wire, 1, 8, false, &whole[8..16]);
    fragment(&mut wire, 2, 0, true, &whole[..16]);
    fragment(&mut wire, 2, 8, true, &whole[8..16]);
    fragment(&mut wire, 2, 16, false, &whole[16..]);
    wire.frames
}

fn few_datagrams() -> Config {
    Config {
        limits: Limits { fragmented_datagrams: 64, fragment_octets: 65_536, ..Limits::default() },
        ..Config::default()
    }
}

/// Three thousand datagrams of which the end never comes.
fn endless_fragments() -> Vec<Owned> {
    let mut wire = Wire::default();
    for identification in 0..3000 {
        fragment(&mut wire, identification, 0, true, &[0xee; 512]);
    }
    wire.frames
}

/// A hole in the requests that nothing ever fills.
fn hole() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&read(1, 1)).s(&answer(1, 1));
    talk.client.next += 12;
    // The server goes on to answer what the capture has.
    for turn in 3..200u16 {
        talk.c(&read(turn, turn)).s(&answer(turn, turn));
    }
    let mut frames = talk.frames();
    // A poll each tenth of a second: the wait is over within the capture.
    frames.iter_mut().zip(0..).for_each(|(frame, number)| frame.ts = START + number * 50 * MILLISECOND);
    frames
}

const FEW: usize = 1024;
fn few_conversations() -> Config {
    Config { limits: Limits { conversations: FEW, ..Limits::default() }, ..Config::default() }
}

/// A conversation that speaks Modbus, then thirty thousand SYNs, then that conversation again.
fn half_open() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&read(1, 1)).s(&answer(1, 1));
    for index in 0..30_000u32 {
        let from = End { host: 0x2000_0000 + index, port: 1000, next: index };
        talk.wire.tcp(from, end(2, 80, 0), SYN, &[]);
    }
    let mut frames = talk.c(&read(2, 2)).s(&answer(2, 2)).frames();
    // All within a second, so that none expires.
    frames.iter_mut().zip(0..).for_each(|(frame, number)| frame.ts = START + number * 10_000);
    frames
}

/// The same with octets of no known protocol.
fn unidentified() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&read(1, 1)).s(&answer(1, 1));
    for index in 0..30_000u32 {
        let from = End { host: 0x2000_0000 + index, port: 1000, next: index };
        talk.wire.tcp(from, end(2, 9999, 0), ACK, &[0xee; 40]);
    }
    let mut frames = talk.c(&read(2, 2)).s(&answer(2, 2)).frames();
    frames.iter_mut().zip(0..).for_each(|(frame, number)| frame.ts = START + number * 10_000);
    frames
}

/// Keys whose addresses and ports differ, and whose sums and differences are all the same.
fn colliding() -> Vec<Owned> {
    let mut wire = Wire::default();
    for index in 0..30_000u32 {
        let from = End { host: 0x2000_0000 ^ index, port: index as u16, next: 1 };
        let to = End { host: 0x3000_0000 ^ index, port: index as u16 ^ 502, next: 0 };
        wire.tcp(from, to, SYN, &[]);
    }
    wire.frames.iter_mut().zip(0..).for_each(|(frame, number)| frame.ts = START + number * 10_000);
    wire.frames
}

/// A dialogue of a protocol: its port, and what both sides say.
type Dialogue = (u16, Vec<(bool, Vec<u8>)>);

fn dialogues() -> Vec<Dialogue> {
    let modbus = (1..5).flat_map(|turn| [(true, read(turn, turn)), (false, answer(turn, turn))]).collect();
    let iec104 = (0..4)
        .flat_map(|n| [(false, point(n, 0, n as u8 + 1)), (true, vec![0x68, 4, 1, 0, (n as u8 + 1) << 1, 0])])
        .collect();
    let dnp3 = (0..4)
        .flat_map(|n| [(true, master(n, 1, &[60, 2, 6])), (false, outstation(n, &[1, 2, 0, 0, 1, 1, 0x81]))])
        .collect();
    let mut s7 = vec![(true, CR.to_vec()), (false, CC.to_vec())];
    s7.extend((1..5).flat_map(|n| [(true, s7_read(n, n)), (false, s7_answer(n, n))]));
    let mut phasors = vec![(false, configuration(7, 1, "VA"))];
    phasors.extend((0..4).map(|n| (false, data(7, n, 100))));
    vec![(502, modbus), (2404, iec104), (20_000, dnp3), (102, s7), (4712, phasors)]
}

/// Each octet of each dialogue is lost in turn, and as many behind it as `lost` says: how many of them break the law of the
/// accounts, span = dissected + skipped + missing.
fn unlawful_gaps(lost: usize) -> i128 {
    let mut wrong = 0;
    for (port, messages) in dialogues() {
        let all: Vec<(bool, u8)> = messages
            .iter()
            .flat_map(|(client, octets)| octets.iter().map(|octet| (*client, *octet)))
            .collect();
        for place in 0..all.len() {
            let mut talk = Talk::between(Wire::default(), end(1, 40_000, 1000), end(2, port, 9000));
            let mut at = 0;
            for (client, octets) in &messages {
                let (from, to) = (at, at + octets.len());
                at = to;
                let cut = place.clamp(from, to)..(place + lost).clamp(from, to);
                let (left, right) = (&octets[..cut.start - from], &octets[cut.end - from..]);
                match client {
                    true => talk.c(left).c_lost(cut.len() as u32).c(right),
                    false => talk.s(left).s_lost(cut.len() as u32).s(right),
                };
            }
            let rows = super::common::dissect(&talk.frames());
            for row in rows.of("conversations") {
                for who in ["originator", "responder"] {
                    let number = |what: &str| row.number(&format!("{who}_{what}"));
                    let span: usize = messages
                        .iter()
                        .filter(|(c, _)| *c == (who == "originator"))
                        .map(|(_, o)| o.len())
                        .sum();
                    let told = number("dissected") + number("skipped") + number("missing");
                    // What one side says last leaves no trace where it is lost.
                    let client = who == "originator";
                    let last = all.iter().rposition(|(of, _)| *of == client).unwrap_or(0);
                    let known = told == span as i128 || (told < span as i128 && place + lost > last);
                    wrong += i128::from(!known || number("repeated") + number("outside") > 0);
                }
            }
        }
    }
    wrong
}

pub fn lines() -> Vec<Line> {
    let bad_checksum = |name, config: fn() -> Config| {
        capture(name, "frames/tcp_one_bad_checksum.pcap").with(config).rows("conversations", 1)
    };
    let overlaps = [
        // In each pair: the later copy begins before the first; it begins where the first does.
        overlap(["fragments, first", "segments, first"], || with_overlap(OverlapPolicy::First), 11, 11),
        overlap(["fragments, last", "segments, last"], || with_overlap(OverlapPolicy::Last), 22, 22),
        overlap(["fragments, bsd", "segments, bsd"], || with_overlap(OverlapPolicy::Bsd), 21, 21),
        overlap(["fragments, linux", "segments, linux"], || with_overlap(OverlapPolicy::Linux), 22, 22),
        overlap(["fragments, windows", "segments, windows"], || with_overlap(OverlapPolicy::Windows), 11, 21),
        overlap(["fragments, solaris", "segments, solaris"], || with_overlap(OverlapPolicy::Solaris), 11, 12),
    ];
    let mut copies: Vec<Case> = overlaps.into_iter().flatten().collect();
    copies.push(same("tcp_overlap_held_conflict.pcap").said(
        "conflict",
        "segments overlap with other content",
        // Each of the 24 messages in three segments, the second of which overlaps.
        24,
    ));
    copies.push(same("tcp_overlap_conflict.pcap").sum("originator_not_comparable", 36).said(
        "stream",
        "overlap can no longer be compared",
        // Twelve times in each direction: said the first, second, fourth and eighth time.
        8,
    ));
    vec![
        Line {
            words: "Overlapping fragments or segments with different octets: one copy is used by the configured policy (first, \
                    last, by system), both named in an anomaly with offset and length; rows are given once.",
            cases: copies,
            elsewhere: &[
                ("core/src/overlap.rs", "fragments_are_those_of_the_paper"),
                ("core/src/overlap.rs", "segments_are_those_of_the_paper"),
                ("core/src/packet/tests.rs", "overlaps_follow_the_policy"),
                ("core/src/stream/tests.rs", "overlaps_by_system"),
                ("pipeline/tests/variants.rs", "copies_that_differ_are_said_and_the_first_is_used"),
            ],
        },
        Line {
            words: "A retransmission with other octets, after the first was already dissected: said, within a bounded history; \
                    beyond it, counted as not comparable.",
            cases: vec![
                same("tcp_retransmission_conflict.pcap").said(
                    "conflict",
                    "octets were sent again with other content",
                    2,
                ),
                case("sent again with other octets after twenty requests", late_retransmission)
                    .rows("modbus", 40)
                    .sum("originator_repeated", 12)
                    .sum("originator_not_comparable", 12),
            ],
            elsewhere: &[
                ("core/src/stream/tests.rs", "retransmission_with_other_octets"),
                ("core/src/stream/tests.rs", "retransmission_beyond_the_history"),
            ],
        },
        Line {
            words: "Segments whose time to live lets them reach who reads along, and not the receiver: whichever copy is used, \
                    each other one is said; a RST of this kind ends nothing.",
            cases: vec![
                // Where a segment dies the capture does not tell: the first copy is used, the two others are said.
                case("two requests and a RST that die on their way", short_lived)
                    .rows("modbus", 6)
                    .rows("conversations", 1)
                    .sum("originator_repeated", 24)
                    .said("conflict", "octets were sent again with other content", 2)
                    .said("stream", "data after RST", 1),
            ],
            elsewhere: &[],
        },
        Line {
            words: "Same octets again: nothing said but a counter; no second row.",
            cases: vec![
                same("tcp_retransmitted.pcap").sum("originator_repeated", 399),
                same("tcp_overlap_same.pcap").sum("originator_repeated", 36).said(
                    "stream",
                    "overlap can no longer be compared",
                    8,
                ),
            ],
            elsewhere: &[("core/src/stream/tests.rs", "honest_retransmission")],
        },
        Line {
            words: "TCP checksum wrong on a segment that alone carries a command: by setting: ignored and said; where most \
                    checksums of the capture are wrong (offload), the check turns itself off and says so.",
            cases: vec![
                bad_checksum("one wrong checksum, checked", || Config {
                    checksums: Checksums::Check,
                    ..Config::default()
                })
                .rows("modbus", 23)
                .sum("wrong_checksums", 1)
                .said("checksum", "wrong checksum: the segment is left out", 1)
                .said("gap", "octets were received but not captured", 1)
                // The answer to the seventh request, which is not taken: what it acknowledges shows that.
                .said("unexpected", "answer without a request", 0),
                bad_checksum("one wrong checksum, not checked", || Config {
                    checksums: Checksums::Ignore,
                    ..Config::default()
                })
                .rows("modbus", 24),
                capture("modbus/offload.pcap", "modbus/offload.pcap")
                    // As many as tshark finds.
                    .rows("modbus", 6)
                    .sum("wrong_checksums", 10),
            ],
            elsewhere: &[
                ("pipeline/tests/variants.rs", "wrong_checksums_are_treated_as_asked_for"),
                ("core/src/engine/tests.rs", "a_wrong_header_checksum_is_no_command"),
                ("core/src/engine/tests.rs", "a_wrong_checksum_neither_begins_nor_ends_a_connection"),
                (
                    "core/src/packet/tests.rs",
                    "a_fragment_with_a_wrong_header_checksum_is_not_put_to_the_others",
                ),
            ],
        },
        Line {
            words: "RST or FIN outside the window: the flow goes on; inside the window and data follow: read on, said; same \
                    addresses and ports with a new SYN: a new conversation.",
            cases: vec![
                same("tcp_reset_outside_window.pcap").said("stream", "RST outside the window", 1).said(
                    "stream",
                    "FIN outside the window",
                    1,
                ),
                same("tcp_data_after_reset.pcap").said("stream", "data after RST", 3),
                same("tcp_data_after_fin.pcap").said("stream", "data after FIN", 3),
                case("FIN outside the window", fin_outside).rows("modbus", 4).rows("conversations", 1).said(
                    "stream",
                    "FIN outside the window",
                    2,
                ),
                capture("modbus/reconnect.pcap", "modbus/reconnect.pcap")
                    .rows("conversations", 3)
                    .having("conversations", "application", "modbus", 3)
                    .having("conversations", "end", "fin", 2)
                    .having("conversations", "end", "rst", 1),
            ],
            elsewhere: &[
                ("core/src/stream/tests.rs", "reset_and_fin_outside_the_window"),
                ("core/src/engine/tests.rs", "a_syn_after_answers_alone_begins_a_conversation"),
            ],
        },
        Line {
            words: "SYN with data, simultaneous open, SYN-ACK only, handshake absent: right orientation by role bits; the data \
                    are read.",
            cases: vec![
                same("tcp_syn_with_data.pcap").measured("from the client", from_client, 12),
                same("tcp_simultaneous_open.pcap").measured("from the client", from_client, 12),
                same("tcp_syn_ack_only.pcap").measured("from the client", from_client, 12),
                same("tcp_no_handshake.pcap").measured("from the client", from_client, 12),
            ],
            elsewhere: &[("pipeline/tests/variants.rs", "honest_segments_give_the_same_messages")],
        },
        Line {
            words: "One octet a segment; the whole reversed; each segment three times: the same rows; time grows linearly.",
            cases: vec![
                same("tcp_one_octet.pcap"),
                same("tcp_reversed.pcap"),
                same("tcp_three_times.pcap").sum("originator_repeated", 2 * 399),
            ],
            elsewhere: &[
                ("core/src/stream/tests.rs", "work_grows_linearly"),
                ("pipeline/tests/pieces.rs", "one_octet_at_a_time_gives_the_rows_of_the_whole"),
            ],
        },
        Line {
            words: "Sequence wraps at 2^32 inside a PDU; keep-alive with one garbage octet before the window; zero-window probe; \
                    urgent pointer: octets unchanged, no conflict said for the keep-alive; urgent said.",
            cases: vec![
                same("tcp_sequence_wrap.pcap"),
                same("tcp_keep_alive_probe_urgent.pcap").said("stream", "urgent pointer", 1),
            ],
            elsewhere: &[
                ("core/src/stream/tests.rs", "keep_alive"),
                ("core/src/stream/tests.rs", "zero_window_probe"),
                ("core/src/stream/tests.rs", "urgent"),
            ],
        },
        Line {
            words: "A hole that is never filled: bounded wait, then skipped and counted; the next PDU is found; the other \
                    direction does not wait.",
            cases: vec![
                case("a request that never comes", hole)
                    .rows("modbus", 396)
                    .sum("originator_missing", 12)
                    .said("gap", "octets", 1),
                capture("tcp_holes.pcap", "frames/tcp_holes.pcap")
                    // Of 24, a request, the head of another, and an answer are lost.
                    .rows("modbus", 21)
                    .sum("originator_missing", 12 + 4)
                    .sum("responder_missing", 259)
                    .said("gap", "octets", 3)
                    .said("garbage", "no message begins here after a gap", 1)
                    .said("unexpected", "answer without a request", 0),
            ],
            elsewhere: &[("core/src/stream/tests.rs", "hole_never_filled")],
        },
        Line {
            words: "Data far outside the window as a flood: refused and counted; real out-of-order data still fit.",
            cases: vec![
                same("tcp_flood_outside_window.pcap").sum("originator_outside", 400).said(
                    "stream",
                    "segment outside the window",
                    6,
                ),
                case("two hundred strays among fifty reordered polls", flood_among_real_data)
                    .rows("modbus", 100)
                    .sum("originator_outside", 200 * 50)
                    .said("stream", "segment outside the window", 8),
            ],
            elsewhere: &[
                ("core/src/stream/tests.rs", "flood_outside_the_window"),
                ("core/src/stream/tests.rs", "consistent_flood_among_real_data"),
            ],
        },
        Line {
            words: "A first fragment too small for the TCP header; fragments that never complete; overlapping \"teardrop\": \
                    limit, said, nothing attributed to a wrong flow.",
            cases: vec![
                capture("ip4_fragments_tiny_and_endless.pcap", "frames/ip4_fragments_tiny_and_endless.pcap")
                    .measured("frames of no conversation", |seen| seen.counters.unattributed.into(), 5 + 30)
                    .said("header", "first fragment too small", 1)
                    .said("gap", "fragments missing", 1)
                    .said("gap", "octets were received but not captured", 1),
                case("teardrop", teardrop)
                    .rows("modbus", 1)
                    .said("header", "fragment beyond the end of the datagram", 1)
                    .said("gap", "fragments missing at the end", 1),
                case("three thousand datagrams without an end", endless_fragments)
                    .with(few_datagrams)
                    .rows("conversations", 0)
                    .measured("frames of no conversation", |seen| seen.counters.unattributed.into(), 3000)
                    .said("limit", "incomplete datagrams dropped by the limit", 3000 - 64)
                    .said("gap", "fragments missing at the end", 1),
            ],
            elsewhere: &[(
                "pipeline/tests/variants.rs",
                "fragments_that_never_complete_are_said_and_attributed_to_nobody",
            )],
        },
        Line {
            words: "Ten million half-open flows: memory constant; connections with a recognised protocol outlive half-open and \
                    unrecognised ones; evictions are counted by kind. Keys chosen to collide cost no more than others.",
            cases: vec![
                case("thirty thousand half-open, room for 1024", half_open)
                    .with(few_conversations)
                    .having("conversations", "application", "modbus", 1)
                    .rows("modbus", 4)
                    .measured(
                        "half-open evicted",
                        |seen| seen.counters.evicted_half_open.into(),
                        30_001 - FEW as i128,
                    )
                    .measured(
                        "of no known protocol evicted",
                        |seen| seen.counters.evicted_unidentified.into(),
                        0,
                    )
                    .measured(
                        "of a known protocol evicted",
                        |seen| seen.counters.evicted_identified.into(),
                        0,
                    ),
                case("thirty thousand of no known protocol, room for 1024", unidentified)
                    .with(few_conversations)
                    .having("conversations", "application", "modbus", 1)
                    .rows("modbus", 4)
                    .measured("half-open evicted", |seen| seen.counters.evicted_half_open.into(), 0)
                    .measured(
                        "of no known protocol evicted",
                        |seen| seen.counters.evicted_unidentified.into(),
                        30_001 - FEW as i128,
                    )
                    .measured(
                        "of a known protocol evicted",
                        |seen| seen.counters.evicted_identified.into(),
                        0,
                    ),
                case("keys of one sum and one difference", colliding).with(few_conversations).measured(
                    "half-open evicted",
                    |seen| seen.counters.evicted_half_open.into(),
                    30_000 - FEW as i128,
                ),
            ],
            elsewhere: &[
                ("pipeline/tests/memory.rs", "half_open_conversations_by_the_million_take_no_more_memory"),
                ("pipeline/tests/memory.rs", "a_flood_of_flows_and_pieces_stays_within_the_limits"),
                ("core/src/engine/tests.rs", "a_recognised_conversation_outlives_a_flood_of_half_open_ones"),
            ],
        },
        Line {
            words: "Every PDU boundary, and every octet inside each header, cut by a gap: accounting holds: seen = dissected + \
                    skipped + missing.",
            cases: vec![
                case("every octet of dialogues in five protocols lost in turn", Vec::new).measured(
                    "accounts that do not hold",
                    |_| unlawful_gaps(1),
                    0,
                ),
                case("every seven octets of them lost in turn", Vec::new).measured(
                    "accounts that do not hold",
                    |_| unlawful_gaps(7),
                    0,
                ),
            ],
            elsewhere: &[
                ("core/src/stream/tests.rs", "each_octet_lost_in_turn"),
                ("pipeline/tests/pieces.rs", "a_gap_anywhere_is_accounted_for"),
            ],
        },
    ]
}

fn from_client(seen: &Seen) -> i128 {
    seen.rows.of("modbus").filter(|row| row.envelope.from_originator).count() as i128
}
