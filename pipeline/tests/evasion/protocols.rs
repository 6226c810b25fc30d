//! Protocol level.
use super::{Case, Line, Seen, case, common::Owned, wire::*};
use fieldtap::{Config, Limits};

const GARBAGE: &[u8] = &[0xe7; 23];

/// A valid message of the client, garbage, valid messages of both sides.
fn around(port: u16, before: &[(bool, Vec<u8>)], behind: &[(bool, Vec<u8>)]) -> Vec<Owned> {
    Talk::open(port).say(before).s(GARBAGE).say(behind).frames()
}

fn polls(transactions: std::ops::Range<u16>) -> Vec<(bool, Vec<u8>)> {
    transactions.flat_map(|turn| [(true, read(turn, turn)), (false, answer(turn, turn))]).collect()
}
fn points(numbers: std::ops::Range<u16>) -> Vec<(bool, Vec<u8>)> {
    numbers.map(|n| (false, point(n, 0, n as u8 + 1))).collect()
}
fn reads(sequences: std::ops::Range<u8>) -> Vec<(bool, Vec<u8>)> {
    sequences
        .flat_map(|n| [(true, master(n, 1, &[60, 2, 6])), (false, outstation(n, &[1, 2, 0, 0, 1, 1, 0x81]))])
        .collect()
}
fn jobs(references: std::ops::Range<u16>) -> Vec<(bool, Vec<u8>)> {
    references.flat_map(|n| [(true, s7_read(n, n)), (false, s7_answer(n, n))]).collect()
}
fn phasors(numbers: std::ops::Range<u32>) -> Vec<(bool, Vec<u8>)> {
    numbers.map(|n| (false, data(7, n, 100))).collect()
}

/// One of the server's messages, then a gap in its octets, then these octets, then messages again.
fn after_a_gap(
    port: u16,
    before: &[(bool, Vec<u8>)],
    octets: &[u8],
    behind: &[(bool, Vec<u8>)],
) -> Vec<Owned> {
    let mut frames = Talk::open(port).say(before).s_lost(40).s(octets).say(behind).frames();
    // So slowly that a hole is given up before the capture ends.
    frames.iter_mut().zip(0..).for_each(|(frame, number)| frame.ts = START + number * 100 * MILLISECOND);
    frames
}

fn talk(port: u16, messages: &[(bool, Vec<u8>)]) -> Vec<Owned> {
    Talk::open(port).say(messages).frames()
}

/// After a setup of ISO transport.
fn iso(messages: &[(bool, Vec<u8>)]) -> Vec<Owned> {
    talk(102, &[&[(true, CR.to_vec()), (false, CC.to_vec())], messages].concat())
}

/// Identify, which everything of MMS knows, and its answer.
fn identify(invoke: u8) -> Vec<(bool, Vec<u8>)> {
    let answer = tlv(&[0xa1], &[&[2, 1, invoke][..], &tlv(&[0xa2], b"\x80\x01A\x81\x01B\x82\x01C")].concat());
    vec![(true, mms(&tlv(&[0xa0], &[2, 1, invoke, 0x82, 0]), 60_000)), (false, mms(&answer, 60_000))]
}

/// A bomb of an answer of MMS between two exchanges.
fn bomb(values: &[u8]) -> Vec<Owned> {
    let read = tlv(&[0xa4], &tlv(&[0xa1], values));
    let message = tlv(&[0xa1], &[&[2, 1, 9][..], &read].concat());
    let mut messages = identify(1);
    messages.push((false, mms(&message, 60_000)));
    messages.extend(identify(2));
    iso(&messages)
}

fn nested() -> Vec<Owned> {
    let mut values = Vec::new();
    for depth in 0..100_000u32 {
        values.extend([&[0xa2, 0x84][..], &((100_000 - depth) * 6 - 6).to_be_bytes()].concat());
    }
    bomb(&values)
}

fn indefinite() -> Vec<Owned> {
    bomb(&[0xa2, 0x80].repeat(50_000))
}

fn empty() -> Vec<Owned> {
    bomb(&[0xa2, 0].repeat(1_000_000))
}

fn length_of_all() -> Vec<Owned> {
    bomb(&[0x85, 1, 5, 0xa2, 0x84, 0xff, 0xff, 0xff, 0xff, 0x85, 1, 7])
}

fn non_minimal() -> Vec<Owned> {
    // File open with its number in three octets of which the first is empty.
    let request = tlv(
        &[0xa0],
        &[&[2, 1, 5][..], &tlv(&[0xbf, 0x80, 0x48], &[0xa0, 3, 0x19, 1, b'a', 0x81, 1, 0])].concat(),
    );
    let mut messages = identify(1);
    messages.push((true, mms(&request, 60_000)));
    messages.extend(identify(2));
    iso(&messages)
}

fn contexts() -> Vec<Owned> {
    let item = [0x30, 0x11, 2, 2, 3, 3, 6, 5, 0x28, 0xca, 0x22, 2, 1, 0x30, 4, 6, 2, 0x51, 1].repeat(1000);
    let connect = tlv(&[0x31], &tlv(&[0xa2], &tlv(&[0xa4], &item)));
    let user = [&[0xc1, 0xff][..], &(connect.len() as u16).to_be_bytes(), &connect].concat();
    let spdu = [&[13, 0xff][..], &(user.len() as u16).to_be_bytes(), &user].concat();
    let mut messages = vec![(true, dt(true, &spdu))];
    messages.extend(identify(2));
    iso(&messages)
}

fn counts_of_dnp3() -> Vec<Owned> {
    let mut messages = reads(0..1);
    // Analog inputs 0 to 65535, of which there are two; binary inputs of one bit from 0 to four thousand million.
    let analog = [&[30, 1, 1, 0, 0, 0xff, 0xff][..], &[1, 7, 0, 0, 0, 1, 8, 0, 0, 0]].concat();
    let bits = [1, 1, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x55];
    for (n, objects) in [(1, &analog[..]), (2, &bits[..])] {
        messages.extend([(true, master(n, 1, &[60, 1, 6])), (false, outstation(n, objects))]);
    }
    messages.extend(reads(3..4));
    talk(20_000, &messages)
}

fn counts_of_iec104() -> Vec<Owned> {
    // 127 single points that stand one by one, of which there are two.
    let lie = asdu(1, 0, &[1, 127, 3, 0, 1, 0, 1, 0, 0, 1, 2, 0, 0, 0]);
    talk(2404, &[points(0..1), vec![(false, lie)], points(2..4)].concat())
}

fn counts_of_s7() -> Vec<Owned> {
    let lie = job(9, &[4, 255, 0x12, 10, 0x10, 4, 0, 1, 0, 1, 0x84, 0, 0, 0]);
    iso(&[jobs(1..2), vec![(true, lie)], jobs(2..3)].concat())
}

fn counts_of_modbus() -> Vec<Owned> {
    // 65535 registers, of which one comes.
    let lie = [(true, modbus(9, 1, &[3, 0, 0, 0xff, 0xff])), (false, modbus(9, 1, &[3, 0xfe, 0, 42]))];
    talk(502, &[polls(1..2), lie.to_vec(), polls(2..3)].concat())
}

fn counts_of_c37118() -> Vec<Owned> {
    let lie = configuration(7, 0xffff, "VA");
    talk(4712, &[vec![(false, lie)], phasors(0..3)].concat())
}

/// IEC 104: messages of the server that are wrong, between two points.
fn wrong_iec104(octets: &[u8]) -> Vec<Owned> {
    talk(2404, &[points(0..2), vec![(false, octets.to_vec())], points(2..4)].concat())
}

fn start_storm() -> Vec<Owned> {
    let storm: Vec<_> = (0..500)
        .flat_map(|_| [(true, vec![0x68, 4, 7, 0, 0, 0]), (false, vec![0x68, 4, 11, 0, 0, 0])])
        .collect();
    talk(2404, &[storm, points(0..4)].concat())
}

fn jumping_numbers() -> Vec<Owned> {
    talk(2404, &(0..200).map(|n| (false, point(n * 7, 0, 1))).collect::<Vec<_>>())
}

/// A single ASDU whose length fits cause and common address of one octet.
fn another_layout() -> Vec<Owned> {
    let odd = asdu(2, 0, &[1, 1, 3, 1, 9, 0, 1]);
    talk(2404, &[points(0..2), vec![(false, odd)], points(3..5)].concat())
}

/// DNP3: frames of the outstation between two exchanges.
fn wrong_dnp3(frames: Vec<Vec<u8>>) -> Vec<Owned> {
    let frames = frames.into_iter().map(|frame| (false, frame)).collect();
    talk(20_000, &[reads(0..2), frames, reads(2..4)].concat())
}

/// Segments of which each is a first one, or none is the last.
fn first_without_end() -> Vec<Owned> {
    wrong_dnp3(
        (0..300u16)
            .map(|n| dnp3(0x44, 1, 10, &[&[0x40 | (n & 0x3f) as u8][..], &[0xaa; 200]].concat()))
            .collect(),
    )
}

fn sequence_wraps() -> Vec<Owned> {
    let segment = |n: u16| {
        let first = if n == 0 { 0x40 } else { 0 };
        dnp3(0x44, 1, 10, &[&[first | (n & 0x3f) as u8][..], &[0xaa; 200]].concat())
    };
    wrong_dnp3((0..64 * 64).map(segment).collect())
}

/// A frame whose header is right and whose data are not, around a frame that is right: a direct operate.
fn frame_within() -> Vec<Owned> {
    let inner = dnp3(0xc4, 10, 1, &[0xc0, 0xc0, 5, 12, 1, 0x28, 1, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut outer = dnp3(0x44, 1, 10, &[&[0xc0][..], &inner].concat());
    // Of the first block; the inner frame begins in it.
    outer[26] ^= 0xff;
    wrong_dnp3(vec![outer])
}

fn range_reversed() -> Vec<Owned> {
    wrong_dnp3(vec![outstation(9, &[1, 2, 0, 9, 1, 0x81])])
}
fn reserved_qualifier() -> Vec<Owned> {
    wrong_dnp3(vec![outstation(9, &[1, 2, 0x0f, 1, 0x81])])
}
fn free_format() -> Vec<Owned> {
    wrong_dnp3(vec![outstation(9, &[70, 5, 0x5b, 1, 0xff, 0xff, 1, 2, 3])])
}

fn broadcast_operates() -> Vec<Owned> {
    let control = [12, 1, 0x28, 1, 0, 3, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let operate = |n: u8| {
        let head = [0xc0 | n, 0xc0 | n, 6];
        (true, dnp3(0xc4, 0xffff, 1, &[&head[..], &control].concat()))
    };
    talk(20_000, &[reads(0..2), (2..7).map(operate).collect(), reads(8..9)].concat())
}

fn write_to_every_unit() -> Vec<Owned> {
    let write = |unit: u8| {
        let request = modbus(unit.into(), unit, &[6, 0, 1, 0, 5]);
        [(true, request.clone()), (false, request)]
    };
    talk(502, &(1..=247).flat_map(write).collect::<Vec<_>>())
}

fn sweep() -> Vec<Owned> {
    let command = |ioa: u16| {
        let [low, high] = ioa.to_le_bytes();
        [
            (true, asdu(ioa, ioa, &[45, 1, 6, 0, 1, 0, low, high, 0, 1])),
            (false, asdu(ioa, ioa + 1, &[45, 1, 7, 0, 1, 0, low, high, 0, 1])),
        ]
    };
    talk(2404, &(0..300).flat_map(command).collect::<Vec<_>>())
}

/// A bomb gets as far as who reads it.
fn large_assemblies() -> Config {
    Config { limits: Limits { assembly_octets: 8 << 20, ..Limits::default() }, ..Config::default() }
}

/// A wrap of DNP3's transport has 15,936 octets: 64 of them are more than this.
fn assemblies_below_64_wraps() -> Config {
    Config { limits: Limits { assembly_octets: 262_144, ..Limits::default() }, ..Config::default() }
}

fn small_assemblies() -> Config {
    Config {
        limits: Limits { assembly_octets: 10_000, assemblies: 4, ..Limits::default() },
        ..Config::default()
    }
}

fn endless_tsdu() -> Vec<Owned> {
    let mut messages = jobs(1..2);
    messages.extend((0..500).map(|_| (true, dt(false, &[0xaa; 500]))));
    messages.push((true, dt(true, &[0xaa; 5])));
    messages.extend(jobs(2..3));
    iso(&messages)
}

/// Parts of a system status list of which none is the last (as `a_list_of_two_pdus` in the vectors of S7comm).
fn endless_userdata() -> Vec<Owned> {
    let part = |n: u16| {
        let parameters = [0, 1, 0x12, 8, 0x12, 0x84, 1, (n % 250) as u8 + 1, 5, 1, 0, 0];
        let data = [&[0xff, 9, 1, 4, 0, 0x11, 0, 0, 0, 28, 0, 9][..], &[0xaa; 252]].concat();
        let head = [0x32, 7, 0, 0, 0, 9, 0, 12, 1, 8];
        (false, dt(true, &[&head[..], &parameters, &data].concat()))
    };
    iso(&[jobs(1..2), (0..500).map(part).collect(), jobs(2..3)].concat())
}

fn endless_configuration() -> Vec<Owned> {
    let part = |n: u16| (false, c37118(5, 9, 0, 0, &[&n.to_be_bytes()[..], &[b'x'; 1000]].concat()));
    talk(
        4712,
        &[vec![(false, configuration(7, 1, "VA"))], (1..500).map(part).collect(), phasors(0..3)].concat(),
    )
}

/// Files of a device opened by the thousand, and never closed.
fn files_never_closed() -> Vec<Owned> {
    let open = |n: u16| {
        let name = format!("f{n}");
        let file = [&tlv(&[0xa0], &tlv(&[0x19], name.as_bytes()))[..], &[0x81, 1, 0]].concat();
        let [high, low] = n.to_be_bytes();
        let request = tlv(&[0xa0], &[&[2, 2, high, low][..], &tlv(&[0xbf, 0x48], &file)].concat());
        let answer = [&[0x80, 2, high, low][..], &tlv(&[0xa1], &[0x80, 1, 5])].concat();
        let answer = tlv(&[0xa1], &[&[2, 2, high, low][..], &tlv(&[0xbf, 0x48], &answer)].concat());
        [(true, mms(&request, 60_000)), (false, mms(&answer, 60_000))]
    };
    iso(&[identify(1), (1..3000).flat_map(open).collect(), identify(2)].concat())
}

fn requests_never_answered() -> Vec<Owned> {
    let asked: Vec<_> = (0..20_000).map(|turn| (true, read(turn, turn))).collect();
    talk(502, &[polls(0..1), asked, polls(30_000..30_001)].concat())
}

const FEW: usize = 640;
/// All of it is of one conversation, so of one shard of 64.
const PLACES: i128 = FEW as i128 / 64;
fn few_publishers() -> Config {
    let limits = Limits { publishers: FEW, points: FEW, identities: FEW, ..Limits::default() };
    Config { limits, ..Config::default() }
}

/// A publisher that goes on, while twenty thousand names are heard once.
fn flood_of_names(publish: impl Fn(u16, &str, u32) -> Vec<u8>) -> Vec<Owned> {
    let mut wire = Wire::default();
    (0..10).for_each(|n| wire.ethernet(publish(1, "REAL/LLN0$GO$gcb", n)));
    (0..20_000).for_each(|n| wire.ethernet(publish(2, &format!("F{n}/LLN0$GO$gcb"), 0)));
    (10..20).for_each(|n| wire.ethernet(publish(1, "REAL/LLN0$GO$gcb", n)));
    // All within a quarter of a second.
    wire.frames.iter_mut().zip(0..).for_each(|(frame, number)| frame.ts = START + number * 10_000);
    wire.frames
}
fn flood_of_goose() -> Vec<Owned> {
    flood_of_names(|sender, name, n| goose(sender, name, Said { sq_num: n + 1, ..SAID }))
}
fn flood_of_streams() -> Vec<Owned> {
    flood_of_names(|sender, name, n| sampled(sender, name, n as u16))
}
/// Rows of the real publisher that say it was forgotten, or began again.
fn real_forgotten(seen: &Seen) -> i128 {
    let real = |row: &&super::common::Kept| row.words("publisher").starts_with("REAL");
    let evicted = seen.rows.of("streams").filter(real).filter(|row| row.words("end") == "evicted").count();
    evicted as i128
}
fn evicted_publishers(seen: &Seen) -> i128 {
    seen.counters.evicted_publishers.into()
}

/// Twenty thousand object addresses, each seen once.
fn flood_of_points() -> Vec<Owned> {
    let value = |n: u16| {
        let [low, high] = n.to_le_bytes();
        (false, asdu(n, 0, &[1, 1, 3, 0, 1, 0, low, high, 1, 1]))
    };
    talk(2404, &[points(0..1), (1..20_000).map(value).collect()].concat())
}

/// PMU names by the thousand, each in a configuration of its own stream.
fn flood_of_configurations() -> Vec<Owned> {
    let told: Vec<_> = (8..5000u16).map(|id| (false, configuration(id, 1, &format!("P{id}")))).collect();
    talk(4712, &[vec![(false, configuration(7, 1, "VA"))], phasors(0..2), told, phasors(2..4)].concat())
}

fn few_facts() -> Config {
    let limits =
        Limits { facts: 64, fact_octets: 1 << 20, points: FEW, identities: FEW, ..Limits::default() };
    Config { limits, every_message: true, ..Config::default() }
}

/// A publisher, messages in its name that are extreme, and it again.
fn extreme(forged: &[Said]) -> Vec<Owned> {
    let mut wire = Wire::default();
    let real = |n| goose(1, "REAL/LLN0$GO$gcb", Said { sq_num: n, ..SAID });
    (1..5).for_each(|n| wire.ethernet(real(n)));
    forged.iter().for_each(|said| wire.ethernet(goose(1, "REAL/LLN0$GO$gcb", *said)));
    (5..9).for_each(|n| wire.ethernet(real(n)));
    wire.frames
}
fn greatest_state() -> Vec<Owned> {
    extreme(&[Said { st_num: u32::MAX, sq_num: 1, t: SAID.t + 1, ..SAID }; 3])
}
fn no_time_to_live() -> Vec<Owned> {
    let mut wire = Wire::default();
    (1..9).for_each(|n| wire.ethernet(goose(1, "REAL/LLN0$GO$gcb", Said { sq_num: n, allowed: 0, ..SAID })));
    wire.frames
}
fn endless_time_to_live() -> Vec<Owned> {
    let mut wire = Wire::default();
    (1..9).for_each(|n| {
        wire.ethernet(goose(1, "REAL/LLN0$GO$gcb", Said { sq_num: n, allowed: u32::MAX, ..SAID }))
    });
    wire.frames
}
fn from_the_future() -> Vec<Owned> {
    let mut wire = Wire::default();
    let said = Said { t: 1_900_000_000, ..SAID };
    (1..9).for_each(|n| wire.ethernet(goose(1, "REAL/LLN0$GO$gcb", Said { sq_num: n, ..said })));
    wire.frames
}
fn simulated() -> Vec<Owned> {
    let mut wire = Wire::default();
    (1..9).for_each(|n| {
        wire.ethernet(goose(1, "REAL/LLN0$GO$gcb", Said { sq_num: n, simulation: true, ..SAID }))
    });
    wire.frames
}

/// Another sender configures the same stream with another name, while the real data go on.
fn forged_configuration() -> Vec<Owned> {
    let mut real = Talk::between(Wire::default(), end(1, 40_000, 100), end(2, 4712, 900));
    real.s(&configuration(7, 1, "VA"));
    (0..3).for_each(|n| _ = real.s(&data(7, n, 100)));
    let mut forged = Talk::between(std::mem::take(&mut real.wire), end(3, 40_000, 100), end(4, 4712, 900));
    forged.s(&configuration(7, 1, "FORGED"));
    real.wire = std::mem::take(&mut forged.wire);
    (3..6).for_each(|n| _ = real.s(&data(7, n, 200)));
    real.frames()
}
/// Data that were decoded with the real configuration.
fn decoded_as_real(seen: &Seen) -> i128 {
    let named = |row: &&super::common::Kept| {
        row.words("name").contains("VA") && !row.words("name").contains("FORGED")
    };
    seen.rows.of("points").filter(named).count() as i128
}

fn answers_of_all_kinds() -> Vec<Owned> {
    let mut messages = polls(1..3);
    messages.extend([
        // Before its request, and then that request without another.
        (false, answer(7, 7)),
        (true, read(7, 7)),
        // Twice.
        (true, read(8, 8)),
        (false, answer(8, 8)),
        (false, answer(8, 8)),
        // With another unit.
        (true, read(9, 9)),
        (false, modbus(9, 2, &[3, 2, 0, 9])),
        // From the wrong side.
        (true, modbus(10, 1, &[0x83, 2])),
    ]);
    messages.extend(polls(11..12));
    talk(502, &messages)
}

fn forged_end_of_stream() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&read(1, 1)).s(&answer(1, 1));
    // Inside the window: whoever is no part of the connection guessed well.
    talk.s_at(100, RST | ACK, &[]).c_at(0, FIN | ACK, &[]);
    talk.client.next += 1;
    talk.c(&read(2, 2)).s(&answer(2, 2)).frames()
}
fn forged_disconnect() -> Vec<Owned> {
    let disconnect = tpkt(&[6, 0x80, 0, 2, 0, 1, 0]);
    iso(&[jobs(1..2), vec![(false, disconnect)], jobs(2..4)].concat())
}
fn forged_stop() -> Vec<Owned> {
    talk(2404, &[points(0..2), vec![(true, vec![0x68, 4, 0x13, 0, 0, 0])], points(2..4)].concat())
}
fn forged_conclude() -> Vec<Owned> {
    iso(&[identify(1), vec![(true, mms(&[0x8b, 0], 60_000))], identify(2)].concat())
}

fn climbing_names() -> Vec<Owned> {
    let name = b"../../etc/passwd";
    let file = [&tlv(&[0xa0], &tlv(&[0x19], name))[..], &[0x81, 1, 0]].concat();
    let open = tlv(&[0xa0], &[&[2, 1, 5][..], &tlv(&[0xbf, 0x48], &file)].concat());
    iso(&[identify(1), vec![(true, mms(&open, 60_000))], identify(2)].concat())
}
fn climbing_name_of_dnp3() -> Vec<Owned> {
    // g70v3: offset and size of the name, time, permissions, key, size, mode, block, request, name.
    let name = b"../../etc/passwd";
    let fields =
        [&[26, 0][..], &(name.len() as u16).to_le_bytes(), &[0; 6], &[0xa4, 1], &[0; 8], &[1, 0, 0, 4, 1, 0]]
            .concat();
    let object = [&fields[..], name].concat();
    let open = [&[70, 3, 0x5b, 1][..], &(object.len() as u16).to_le_bytes(), &object].concat();
    talk(20_000, &[reads(0..1), vec![(true, master(1, 25, &open))], reads(2..3)].concat())
}
fn climbing_name_of_s7() -> Vec<Owned> {
    // Start upload: function, status, reserved, identifier, length of the name, name.
    let name = b"../../etc/passwd";
    let upload = [&[0x1d, 0, 0, 0, 0, 0, 0, 0, name.len() as u8][..], name].concat();
    iso(&[jobs(1..2), vec![(true, job(9, &upload))], jobs(2..3)].concat())
}
fn shown_as_sent(seen: &Seen) -> i128 {
    let named = |row: &&super::common::Kept| {
        row.fields.iter().any(
            |(_, value)| matches!(value, super::common::Value::Words(words) if words == "../../etc/passwd"),
        )
    };
    i128::from(seen.rows.0.iter().any(|row| named(&row)))
}

fn garbage(name: &'static str, frames: fn() -> Vec<Owned>, table: &'static str, rows: i128) -> Case {
    case(name, frames).rows(table, rows).sum("responder_skipped", GARBAGE.len() as i128)
}

pub fn lines() -> Vec<Line> {
    vec![
        Line {
            words: "A valid PDU, garbage, a valid PDU: two PDUs, the garbage counted with its place, one anomaly and not one per octet.",
            cases: vec![
                garbage("garbage in Modbus", || around(502, &polls(1..2), &polls(2..3)), "modbus", 4)
                    .said("garbage", "", 1),
                garbage("garbage in IEC 104", || around(2404, &points(0..2), &points(2..4)), "iec104", 4)
                    .said("garbage", "", 1),
                garbage("garbage in DNP3", || around(20_000, &reads(0..1), &reads(1..2)), "dnp3", 4)
                    .said("garbage", "", 1),
                garbage(
                    "garbage in S7comm",
                    || {
                        let begin = [vec![(true, CR.to_vec()), (false, CC.to_vec())], jobs(1..2)].concat();
                        around(102, &begin, &jobs(2..3))
                    },
                    "s7comm",
                    4,
                )
                .said("garbage", "", 1),
                garbage(
                    "garbage in C37.118",
                    || {
                        around(
                            4712,
                            &[vec![(false, configuration(7, 1, "VA"))], phasors(0..1)].concat(),
                            &phasors(1..2),
                        )
                    },
                    "c37118_configurations",
                    1,
                )
                .said("garbage", "", 1),
            ],
            elsewhere: &[
                (
                    "core/src/engine/tests.rs",
                    "garbage_between_messages_is_one_anomaly_and_each_message_has_its_own_identity",
                ),
                ("core/tests/message_identity.rs", "messages_of_one_frame_around_garbage_are_told_apart"),
                ("core/src/protocols/dnp3/tests.rs", "frames_are_found_behind_others_in_a_datagram"),
            ],
        },
        Line {
            words: "A second, complete PDU hidden behind a length that is too large (Modbus request with LEN 60 where the function \
                    needs 6): trailing octets said with count; nothing silently dropped.",
            cases: vec![
                case("a write of Modbus behind a read", || {
                    let mut hidden = read(2, 2);
                    hidden[5] = 60;
                    let write = modbus(3, 1, &[6, 0, 1, 0, 5]);
                    hidden.extend([&write[..], &vec![0; 54 - write.len()]].concat());
                    talk(
                        502,
                        &[polls(1..2), vec![(true, hidden), (false, answer(2, 2))], polls(4..5)].concat(),
                    )
                })
                .rows("modbus", 6)
                .sum("originator_skipped", 0)
                .measured("octets that are said to be too many", trailing, 54)
                .said("trailing", "octets behind the last field of the function", 1),
                case("an ASDU of IEC 104 behind another", || {
                    let mut apdu = point(2, 0, 3);
                    apdu.extend(&point(3, 0, 4)[6..]);
                    apdu[1] = apdu.len() as u8 - 2;
                    wrong_iec104(&apdu)
                })
                .rows("iec104", 5)
                .measured("octets that are said to be too many", trailing, 10)
                .said("trailing", "octets behind the last object", 1)
                .said("sequence", "send sequence number jumps", 1),
            ],
            elsewhere: &[(
                "core/src/protocols/modbus/vectors.md",
                "a_second_pdu_behind_a_length_that_is_too_large",
            )],
        },
        Line {
            words: "A false start mark (`68`, `05 64`, `03 00`, `AA 01`) inside values, right after a gap: not taken without a \
                    consistent successor or checksum.",
            cases: vec![
                case("68 of IEC 104 after a gap", || {
                    after_a_gap(2404, &points(0..2), &[1, 2, 0x68, 60, 0, 0, 0, 0, 9, 9, 9], &points(5..9))
                })
                .rows("iec104", 6)
                .sum("responder_skipped", 11)
                .said("gap", "octets were received but not captured", 1)
                .said("garbage", "", 1),
                case("05 64 of DNP3 after a gap", || {
                    after_a_gap(
                        20_000,
                        &reads(0..1),
                        &[1, 2, 5, 0x64, 250, 0x44, 1, 0, 10, 0, 0, 0, 7],
                        &reads(1..3),
                    )
                })
                .rows("dnp3", 6)
                .sum("responder_skipped", 13)
                .said("gap", "octets were received but not captured", 1)
                .said("garbage", "", 1),
                case("03 00 of TPKT after a gap", || {
                    let begin = [vec![(true, CR.to_vec()), (false, CC.to_vec())], jobs(1..2)].concat();
                    after_a_gap(102, &begin, &[1, 2, 3, 0, 200, 1, 7, 7, 7], &jobs(2..5))
                })
                .rows("s7comm", 8)
                .sum("responder_skipped", 9)
                .said("gap", "octets were received but not captured", 1)
                .said("garbage", "", 1),
                case("AA 01 of C37.118 after a gap", || {
                    let begin = [vec![(false, configuration(7, 1, "VA"))], phasors(0..2)].concat();
                    after_a_gap(4712, &begin, &[1, 2, 0xaa, 1, 0xff, 0, 7], &phasors(4..8))
                })
                .sum("responder_messages", 7)
                .sum("responder_skipped", 7)
                .said("gap", "octets were received but not captured", 1)
                .said("garbage", "", 1)
                .said("sequence", "data frames are missing", 1),
            ],
            elsewhere: &[
                ("core/src/protocols/iec60870/tests.rs", "a_start_octet_within_values_is_none"),
                ("core/src/protocols/c37118/tests.rs", "a_false_sync_after_a_gap_is_not_taken"),
            ],
        },
        Line {
            words: "Counts that promise more than the bytes (127 objects, 65535 points, 4 thousand million packed bits, 255 items, \
                    65535 PMUs): what is there is read, said; no allocation by the claim, no overflow in the product.",
            cases: vec![
                case("127 objects of IEC 104", counts_of_iec104).rows("iec104_objects", 5).said(
                    "malformed",
                    "fewer octets than type and number of objects ask for",
                    1,
                ),
                case("65535 points and 4 thousand million bits of DNP3", counts_of_dnp3)
                    .rows("dnp3", 8)
                    // Two binary inputs twice, two analog inputs, eight bits.
                    .rows("dnp3_points", 2 + 2 + 8 + 2)
                    .said("truncated", "fewer objects than the range promises", 2),
                case("255 items of S7comm", counts_of_s7).rows("s7comm", 5).said(
                    "malformed",
                    "fewer items than their number says",
                    1,
                ),
                case("65535 registers of Modbus", counts_of_modbus)
                    .rows("modbus", 6)
                    .said("value", "quantity is above the limit of the function", 1)
                    // The answer holds fewer octets than it says, and is not what was asked for.
                    .said("malformed", "message is shorter than its function needs", 1)
                    .said("malformed", "byte count disagrees with the quantity asked for", 1),
                case("65535 PMUs of C37.118", counts_of_c37118)
                    .rows("c37118_configurations", 1)
                    .said("malformed", "configuration ends before what it states", 1)
                    .said("unexpected", "data before their configuration", 2),
            ],
            elsewhere: &[
                ("core/src/protocols/c37118/tests.rs", "a_claim_reserves_nothing"),
                ("core/src/protocols/c37118/vectors.md", "more_pmus_than_there_are"),
                ("core/src/protocols/dnp3/vectors.md", "range_lies"),
            ],
        },
        Line {
            words: "IEC 104: U-frame with two bits, S-frame with payload, L below 4 or above 253, N(S) jumps at will, STARTDT storms: \
                    each said once with count; the stream goes on. One ASDU built to fit another field layout: layout unchanged.",
            cases: vec![
                case("U-frame with two bits", || wrong_iec104(&[0x68, 4, 0x0f, 0, 0, 0]))
                    .rows("iec104", 5)
                    .said("malformed", "unnumbered APDU has not exactly one function", 1),
                case("S-frame with payload", || wrong_iec104(&[0x68, 8, 1, 0, 0, 0, 1, 2, 3, 4]))
                    .rows("iec104", 5)
                    .said("trailing", "octets behind a control field without ASDU", 1),
                case("L of 3", || wrong_iec104(&[0x68, 3, 1, 0, 0]))
                    .rows("iec104", 4)
                    .sum("responder_skipped", 5)
                    .said("garbage", "length has no room for the control field", 1),
                case("L of 254", || wrong_iec104(&[0x68, 254, 1, 0, 0, 0]))
                    .rows("iec104", 4)
                    .sum("responder_skipped", 6)
                    .said("garbage", "length is above 253", 1),
                case("N(S) jumps two hundred times", jumping_numbers).rows("iec104", 200).said(
                    "sequence",
                    "send sequence number jumps",
                    2,
                ),
                case("five hundred STARTDT", start_storm).rows("iec104", 1004).said(
                    "unexpected",
                    "STARTDT again",
                    2,
                ),
                case("one ASDU of another layout", another_layout)
                    .rows("iec104", 5)
                    .rows("iec104_objects", 4)
                    .said("malformed", "", 1),
            ],
            elsewhere: &[("core/src/protocols/iec60870/tests.rs", "jumps_are_said_once_with_their_count")],
        },
        Line {
            words: "DNP3: FIR without end, 64 sequence wraps, header CRC good and data CRC bad around a complete inner frame, start \
                    after stop, reserved qualifiers, free-format size beyond the rest: bounded; said; the inner frame is not \
                    decoded unless the resynchronisation reaches it, and then marked.",
            cases: vec![
                case("FIR without end", first_without_end).rows("dnp3", 8).said(
                    "sequence",
                    "a first segment comes before the last",
                    300,
                ),
                case("64 wraps of a fragment without end", sequence_wraps)
                    .with(assemblies_below_64_wraps)
                    .rows("dnp3", 8)
                    .said("limit", "unfinished fragments are too many or too long", 1)
                    .said("sequence", "segments without the first of their fragment", 1),
                case("a direct operate within a damaged frame", frame_within)
                    .rows("dnp3", 8)
                    .having("operations", "function", "direct_operate", 0)
                    .said("checksum", "checksum of a block of user data is wrong", 1),
                case("start after stop", range_reversed)
                    .rows("dnp3", 9)
                    .rows("dnp3_points", 8)
                    .said("malformed", "range starts after it stops", 1)
                    // The octet behind it is no object header.
                    .said("truncated", "fragment ends within an object header", 1)
                    .said("unexpected", "response without a request", 1),
                case("a reserved qualifier", reserved_qualifier)
                    .rows("dnp3", 9)
                    .rows("dnp3_points", 8)
                    .said("malformed", "range specifier code that the standard reserves", 1)
                    .said("unexpected", "response without a request", 1),
                case("an object of 65535 octets in free format", free_format)
                    .rows("dnp3", 9)
                    .said("truncated", "fewer objects than the range promises", 1)
                    .said("trailing", "octets that are no whole object", 1)
                    .said("unexpected", "response without a request", 1),
            ],
            elsewhere: &[("core/src/protocols/dnp3/vectors.md", "bad_block_checksum")],
        },
        Line {
            words: "DNP3 direct operate without response to a broadcast address; Modbus write to every unit; sweep over IOAs: all of \
                    them appear as operations, none merged away by summing.",
            cases: vec![
                case("five direct operates to all", broadcast_operates)
                    .having("operations", "function", "direct_operate_no_response", 5)
                    .outcome("unconfirmed", 8, 5),
                case("a write to each of 247 units", write_to_every_unit)
                    .having("operations", "function", "write_single_register", 247)
                    .measured("different stations", |seen| different(seen, "station"), 247),
                case("commands to 300 object addresses", sweep).rows("operations", 300).measured(
                    "different addresses",
                    |seen| different(seen, "address"),
                    300,
                ),
            ],
            elsewhere: &[],
        },
        Line {
            words: "BER: nesting of 100,000, lengths `84 FF FF FF FF`, a million empty elements, endless indefinite forms, \
                    non-minimal tags, 1,000 presentation contexts: bounded depth, rows and time; said; the next TPKT is read.",
            cases: vec![
                mms_case("nesting of 100,000", nested).with(large_assemblies).memory(16).said(
                    "malformed",
                    "values are nested too deeply",
                    1,
                ),
                mms_case("a length of 84 FF FF FF FF", length_of_all).said(
                    "malformed",
                    "length is beyond what holds the element",
                    1,
                ),
                mms_case("a million empty elements", empty)
                    .with(large_assemblies)
                    .memory(16)
                    .measured("rows", |seen| seen.rows.0.len() as i128, 65_592)
                    .said("limit", "too many values in a message", 1),
                mms_case("fifty thousand indefinite lengths", indefinite).said("malformed", "", 26),
                mms_case("a tag that is not in its shortest form", non_minimal).said(
                    "malformed",
                    "tag is not in its shortest form",
                    1,
                ),
                mms_case("1,000 presentation contexts", contexts).rows("osi_presentation_contexts", 16).said(
                    "limit",
                    "too many presentation contexts",
                    1,
                ),
            ],
            elsewhere: &[
                (
                    "core/src/protocols/mms/tests.rs",
                    "a_bomb_of_nested_structures_is_bounded_and_the_next_message_is_read",
                ),
                ("core/src/protocols/osi/tests.rs", "a_thousand_contexts_are_bounded_and_said"),
            ],
        },
        Line {
            words: "COTP segments that never end; S7 userdata fragments that never end; CFG-3 continued for ever; files opened and \
                    never closed; requests never answered; a million gocbRefs or svIDs, IOAs or PMU names: each has its own limit, \
                    the real publishers seen before stay, evictions counted.",
            cases: vec![
                case("COTP segments that never end", endless_tsdu)
                    .with(small_assemblies)
                    .rows("s7comm", 4)
                    // At the limit, and at the end what came after it.
                    .said("limit", "segments of a TSDU were dropped", 2),
                case("S7 userdata parts that never end", endless_userdata)
                    .with(small_assemblies)
                    .having("operations", "function", "read_var", 2)
                    .said("limit", "parts of userdata that are too many or too long", 1),
                case("CFG-3 continued for ever", endless_configuration)
                    .with(small_assemblies)
                    .rows("c37118_configurations", 1)
                    .said("limit", "continued configuration is longer than the limit", 1),
                mms_case("three thousand files opened", files_never_closed),
                case("twenty thousand requests never answered", requests_never_answered)
                    .rows("modbus", 20_004)
                    // All but those that wait when the last one has been answered.
                    .outcome("forgotten", 10, 20_001 - 256)
                    .outcome("successful", 1, 2),
                case("twenty thousand gocbRefs, room for 640", flood_of_goose)
                    .with(few_publishers)
                    .measured("real publishers forgotten", real_forgotten, 0)
                    .measured("evicted publishers", evicted_publishers, 20_001 - PLACES)
                    .memory(8),
                case("twenty thousand svIDs, room for 640", flood_of_streams)
                    .with(few_publishers)
                    .measured("real publishers forgotten", real_forgotten, 0)
                    .measured("evicted publishers", evicted_publishers, 20_001 - PLACES)
                    .memory(8),
                // Points are kept in runs of sixteen neighbours; the one shard has room for one run, and one address is in it.
                case("twenty thousand object addresses, room for 640", flood_of_points)
                    .with(few_publishers)
                    .rows("iec104", 20_000)
                    .measured("points without room", |seen| seen.counters.untracked.into(), 20_000 - 1),
                // Of each, two facts are kept: the configuration, and who sends it.
                case("five thousand configurations of C37.118", flood_of_configurations)
                    .with(few_facts)
                    .rows("c37118_configurations", 4993)
                    .rows("c37118_pmus", 4)
                    .said(
                        "limit",
                        "too many facts: one that nobody has asked for is forgotten",
                        4993 - 64 / 2,
                    )
                    .said("limit", "more streams of one sender than are remembered", 1),
            ],
            elsewhere: &[
                (
                    "core/src/protocols/cotp/tests.rs",
                    "segments_that_never_end_are_dropped_at_the_limit_and_said",
                ),
                (
                    "core/src/protocols/c37118/tests.rs",
                    "a_configuration_continued_for_ever_is_bounded_and_said",
                ),
            ],
        },
        Line {
            words: "GOOSE with stNum at its maximum, timeAllowedtoLive 0 or 2^32-1, timestamps in the future, S bit set: each said \
                    once per publisher; counters do not poison the real publisher's state after it returns.",
            cases: vec![
                case("stNum at its maximum", greatest_state)
                    .said("value", "stNum is at its maximum", 1)
                    .said("sequence", "", 1),
                case("timeAllowedtoLive of 0", no_time_to_live).said(
                    "value",
                    "timeAllowedtoLive cannot be meant",
                    1,
                ),
                case("timeAllowedtoLive of 2^32-1", endless_time_to_live).said(
                    "value",
                    "timeAllowedtoLive cannot be meant",
                    1,
                ),
                case("a time in the future", from_the_future).said(
                    "time",
                    "time of the event lies in the future",
                    1,
                ),
                case("S bit set", simulated).said("value", "message is simulated, or a test", 1),
            ],
            elsewhere: &[
                ("core/src/protocols/goose/vectors.md", "raised_state"),
                ("core/src/protocols/goose/vectors.md", "replays"),
            ],
        },
        Line {
            words: "A forged C37.118 configuration from another source: real data are still decoded with the real configuration; the \
                    second one is said.",
            cases: vec![
                case("another sender configures the stream", forged_configuration)
                    .rows("c37118_configurations", 2)
                    .measured("points under the real name", decoded_as_real, 4)
                    .said("conflict", "configuration of a stream that another sender has configured", 1),
            ],
            elsewhere: &[(
                "pipeline/tests/synchrophasors.rs",
                "a_configuration_is_found_for_data_that_go_another_way_and_a_forged_one_is_not_used",
            )],
        },
        Line {
            words: "An answer that arrives before its request, twice, from the wrong side, or with another unit or address: kept, \
                    marked, not paired.",
            cases: vec![
                case("answers of Modbus of all these kinds", answers_of_all_kinds)
                    .rows("modbus", 14)
                    .outcome("unasked", 7, 3)
                    .outcome("successful", 1, 4)
                    .said("unexpected", "answer without a request", 2)
                    .said("unexpected", "request was answered before", 1)
                    .said("unexpected", "answer from the side of the client", 1),
            ],
            elsewhere: &[("core/src/protocols/mms/vectors.md", "twice_and_otherwise")],
        },
        Line {
            words: "An attacker's FIN or reset of the pairing state (COTP DR, STOPDT, MMS conclude with a false invoke id): later \
                    data are still read.",
            cases: vec![
                case("RST and FIN inside the window", forged_end_of_stream)
                    .rows("modbus", 4)
                    .rows("conversations", 1)
                    .said("stream", "data after RST", 1)
                    .said("stream", "data after FIN", 1),
                case("DR of COTP", forged_disconnect).rows("s7comm", 6).having(
                    "operations",
                    "function",
                    "read_var",
                    3,
                ),
                case("STOPDT", forged_stop).rows("iec104", 5).rows("iec104_objects", 4),
                mms_case("conclude of MMS", forged_conclude),
            ],
            elsewhere: &[],
        },
        Line {
            words: "Slow input found by fuzzing (more than 50 times the cost per octet of normal traffic): treated as a defect, like a \
                    crash.",
            cases: vec![],
            elsewhere: &[("fuzz/src/slow.rs", "cost_per_octet_is_bounded")],
        },
        Line {
            words: "File names carried by MMS, DNP3 or S7 with `../` or absolute paths: shown as sent; never used as a path on the \
                    analyst's machine.",
            cases: vec![
                mms_case("a name that climbs in MMS", climbing_names).measured(
                    "shown as sent",
                    shown_as_sent,
                    1,
                ),
                case("a name that climbs in DNP3", climbing_name_of_dnp3).rows("dnp3", 5).measured(
                    "shown as sent",
                    shown_as_sent,
                    1,
                ),
                case("a name that climbs in S7", climbing_name_of_s7).rows("s7comm", 5).measured(
                    "shown as sent",
                    shown_as_sent,
                    1,
                ),
            ],
            elsewhere: &[
                ("core/src/protocols/mms/vectors.md", "files"),
                ("core/src/protocols/dnp3/vectors.md", "file_open_read_close"),
            ],
        },
    ]
}

/// Of MMS: the exchange behind what is wrong is read.
fn mms_case(name: &'static str, frames: fn() -> Vec<Owned>) -> Case {
    case(name, frames).measured("exchanges behind it that are read", last_identify, 1)
}
fn last_identify(seen: &Seen) -> i128 {
    let identify =
        |row: &&super::common::Kept| row.words("function") == "identify" && row.number("outcome") == 1;
    let last = seen.rows.of("mms").map(|row| row.envelope.message).max();
    let answered = seen.rows.of("operations").filter(identify).any(|row| {
        matches!(row.get("answer_message"), super::common::Value::Number(message) if Some(Some(*message as u64)) == last)
    });
    answered.into()
}

fn trailing(seen: &Seen) -> i128 {
    seen.rows.of("anomalies").filter(|row| row.number("kind") == 2).map(|row| row.number("length")).sum()
}

fn different(seen: &Seen, column: &str) -> i128 {
    let mut numbers: Vec<i128> = seen.rows.of("operations").map(|row| row.number(column)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len() as i128
}
