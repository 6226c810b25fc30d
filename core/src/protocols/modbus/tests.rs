//! Each hard case of Modbus, and what must hold for any octets.
use super::{
    ascii::Ascii,
    rtu::{FrameSearch, Rtu},
    *,
};
use crate::{
    Config, Limits,
    protocol::{Resync, Search, Side},
    testing::{ASK, Rows, TELL, Talk, Told, hex, talk},
    wire::{Crc16Modbus, lrc_modbus},
};
use proptest::prelude::*;

/// An ADU from hex: transaction, unit, PDU.
fn adu(transaction: u16, unit: u8, pdu: &str) -> Vec<u8> {
    let pdu = hex(pdu);
    let mut adu = transaction.to_be_bytes().to_vec();
    adu.extend([0, 0]);
    adu.extend((pdu.len() as u16 + 1).to_be_bytes());
    adu.push(unit);
    adu.extend(pdu);
    adu
}

fn rtu(unit: u8, pdu: &str) -> Vec<u8> {
    let mut frame = vec![unit];
    frame.extend(hex(pdu));
    frame.extend(Crc16Modbus::of(&frame).to_le_bytes());
    frame
}

fn ascii(unit: u8, pdu: &str) -> Vec<u8> {
    let mut octets = vec![unit];
    octets.extend(hex(pdu));
    octets.push(lrc_modbus(&octets));
    let digits: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    format!(":{digits}\r\n").into_bytes()
}

/// Frames a PDU.
type Framed = fn(&str) -> Vec<u8>;

/// Each framing, with one transaction identifier for all.
fn framings() -> [(&'static Protocol, Framed); 3] {
    [(&PROTOCOL, |pdu| adu(0, 1, pdu)), (&RTU, |pdu| rtu(1, pdu)), (&ASCII, |pdu| ascii(1, pdu))]
}

fn tcp(steps: &[(Toward, Vec<u8>)]) -> Rows {
    talk(&PROTOCOL, Config::default(), steps).0
}

/// HARD_CASES, Modbus: "Transaction id always 0, or reused while outstanding -> paired oldest first with the same unit and
/// function; a true duplicate is said".
#[test]
fn transaction_id_always_0_is_paired_oldest_first_and_a_true_duplicate_is_said_once() {
    let rows = tcp(&[
        (ASK, adu(0, 1, "03 0010 0001")),
        (ASK, adu(0, 1, "03 0020 0001")),
        (ASK, adu(0, 1, "03 0020 0001")),
        (ASK, adu(0, 1, "03 0020 0001")),
        (TELL, adu(0, 1, "03 02 0007")),
        (TELL, adu(0, 1, "03 02 0008")),
    ]);
    let answers: Vec<_> =
        rows.of("modbus").iter().skip(4).map(|row| (row.get("address"), row.get("registers"))).collect();
    assert_eq!(answers, [(Some("16"), Some("7,")), (Some("32"), Some("8,"))]);
    assert_eq!(rows.reasons(), ["the same request again, before its answer"]);
}

/// Section 6.15: the answer to function 21 repeats the request. Section 6.14: that to function 20 holds a length, a reference type and
/// the registers of each group. Section 6.21: the code of Read Device Identification is that of the request.
#[test]
fn answers_of_files_and_identities_that_do_not_fit_their_request_are_said() {
    let (repeats, holds) = (
        &["answer does not repeat its request"][..],
        &["byte count disagrees with the quantity asked for"][..],
    );
    for (request, answer, said) in [
        ("15 09 06 0001 0001 0001 1234", "15 09 06 0001 0001 0001 1234", &[][..]),
        ("15 09 06 0001 0001 0001 1234", "15 09 06 0001 0001 0001 9999", repeats),
        ("14 0e 06 0001 0001 0001 06 0001 0002 0002", "14 0a 03 06 1234 05 06 1234 5678", &[]),
        ("14 0e 06 0001 0001 0001 06 0001 0002 0002", "14 04 03 06 1234", holds),
        ("14 07 06 0001 270f 0002", "14 04 03 06 1234", holds),
        ("2b 0e 01 00", "2b 0e 01 01 00 00 01 00 01 41", &[]),
        ("2b 0e 01 00", "2b 0e 03 83 00 00 01 00 01 41", repeats),
    ] {
        let rows = tcp(&[(ASK, adu(1, 1, request)), (TELL, adu(1, 1, answer))]);
        assert_eq!(rows.reasons(), said, "{request} {answer}");
        assert_eq!(rows.outcomes(), ["success"]);
    }
    // Octets behind the groups of a request are no part of what is repeated.
    let rows = tcp(&[(ASK, adu(1, 1, "15 00 00 00 01")), (TELL, adu(1, 1, "15 00"))]);
    assert!(!rows.reasons().contains(&repeats[0]), "{:?}", rows.reasons());
}

/// HARD_CASES, Modbus: "RTU over TCP: one segment holds half a frame, or two frames, or leading noise". What a modem sends to be heard
/// of, and what is left of an answer that was broken off, looks like the head of a long frame; each answer behind it is that of its
/// request.
#[test]
fn rtu_noise_shifts_no_answer() {
    let (broken, asked) =
        (rtu(1, &format!("03 c8 {}", "00".repeat(200)))[..20].to_vec(), rtu(1, "03 0064 0064"));
    for (before, noise) in
        [(None, b"ping".to_vec()), (None, b"hello".to_vec()), (None, hex("01 01 fa")), (Some(asked), broken)]
    {
        for cut in [1, 3, 7, 1000] {
            let mut talk = Talk::new(&RTU, Config { every_message: true, ..Config::default() });
            for register in 0..20u16 {
                if register == 3 {
                    if let Some(asked) = &before {
                        talk.feed(ASK, asked);
                    }
                    talk.feed(TELL, &noise);
                }
                talk.feed(ASK, &rtu(1, &format!("03 {register:04x} 0001")));
                talk.mark.ts += 1_000_000_000;
                let answer = rtu(1, &format!("03 02 {register:04x}"));
                for piece in answer.chunks(cut) {
                    talk.feed(TELL, piece);
                }
            }
            let rows = talk.end();
            let registers: Vec<_> = (0..20).map(|register: u16| register.to_string()).collect();
            let registers: Vec<_> = registers.iter().map(|register| Some(register.as_str())).collect();
            assert_eq!(rows.all("points", "address"), registers, "{noise:?}");
            assert_eq!(rows.all("points", "integer"), registers);
            assert_eq!(rows.outcomes().iter().filter(|outcome| **outcome == "success").count(), 20);
            assert_eq!(rows.reasons(), ["no frame with a valid CRC begins here"]);
        }
    }
}

/// HARD_CASES, Modbus: "a late answer after the timeout is paired and marked late".
#[test]
fn a_late_answer_is_paired_and_marked_late() {
    let mut talk = Talk::new(&PROTOCOL, Config::default());
    talk.feed(ASK, &adu(1, 1, "03 0010 0001"));
    talk.mark.ts += Limits::default().request_timeout + 1;
    let (mark, rows) = (talk.mark, &mut talk.rows);
    talk.session.advance(mark, rows);
    let rows = talk.feed(TELL, &adu(1, 1, "03 02 0007")).end();
    assert_eq!(rows.outcomes(), ["unanswered", "success"]);
    assert_eq!(rows.of("operations")[1].get("late"), Some("true"));
    assert_eq!(rows.of("modbus")[1].get("address"), Some("16"));
}

/// What a list of names tells of the registers of a device. -118.625 is 0xc2ed4000, -119.125 is 0xc2ee4000 (IEEE 754-2008,
/// section 3.4).
#[test]
fn numbers_in_several_registers_are_told_with_each_of_them_that_changes() {
    use crate::{Description, Peer, PointKey, RegisterNumber, RegisterOrder, RegisterValue, record::Address};
    let server = [10, 0, 0, 2].into();
    let mut known = Description::new();
    let holding = Some("holding_register");
    known.add_point(Address::Ip(server), None, PointKey::Number(holding, 100), "level", Some("m"));
    let mut tell = |station, first, number, order| {
        assert!(known.add_register_value(
            Address::Ip(server),
            station,
            holding,
            first,
            RegisterValue { number, order }
        ));
    };
    tell(None, 100, RegisterNumber::Float32, RegisterOrder::Cdab);
    tell(None, 103, RegisterNumber::Uint16, RegisterOrder::Abcd);
    tell(Some(1), 103, RegisterNumber::Int16, RegisterOrder::Abcd);
    tell(None, 110, RegisterNumber::Float64, RegisterOrder::Abcd);
    let known = std::sync::Arc::new(known);
    let said = |every_message, unit, answers: &[(&str, &str)]| {
        let config =
            Config { every_message, description: Some(std::sync::Arc::clone(&known)), ..Config::default() };
        let mut talk = Talk::new(&PROTOCOL, config);
        talk.session = talk.session.with_peers(
            Peer { address: Some([10, 0, 0, 1].into()), port: Some(40_000) },
            Peer { address: Some(server), port: Some(502) },
        );
        for (number, (request, answer)) in (1..).zip(answers) {
            talk.feed(ASK, &adu(number, unit, request)).feed(TELL, &adu(number, unit, answer));
        }
        let row = |row: &&Told| {
            let word = |name| row.get(name).unwrap_or("-").to_owned();
            let value = row.get("number").or(row.get("integer")).unwrap_or("-");
            format!("{} {value} {} {}", word("address"), word("plant_name"), word("unit"))
        };
        talk.end().of("points").iter().map(row).collect::<Vec<_>>()
    };
    let all = ("03 0064 0004", "03 08 4000 c2ed 0005 fffe");
    let first = ["100 -118.625 level m", "101 49901 - -", "102 5 - -", "103 -2 - -"];
    for every_message in [false, true] {
        assert_eq!(said(every_message, 1, &[all]), first);
    }
    assert_eq!(said(true, 2, &[all])[3], "103 65534 - -", "another station");
    // Only the second register of the number changes: the number does.
    let changed = said(false, 1, &[all, all, ("03 0064 0004", "03 08 4000 c2ee 0005 fffe")]);
    assert_eq!(changed[4..], ["100 -119.125 level m", "101 49902 - -"]);
    let both = said(false, 1, &[all, ("03 0064 0002", "03 04 0000 c2ee")]);
    assert_eq!(both[4..], ["100 -119 level m", "101 49902 - -"]);
    // The register behind it is no part of it.
    let other = said(false, 1, &[all, ("03 0064 0004", "03 08 4000 c2ed 0006 fffe")]);
    assert_eq!(other[4..], ["102 6 - -"]);
    // In double precision 1.5 is 3ff8 and zeros; with the last bit it is one step of 2^-52 more (section 3.4).
    let double = ("03 006e 0005", "03 0a 3ff8 0000 0000 0000 0007");
    let step = ("03 006e 0005", "03 0a 3ff8 0000 0000 0001 0007");
    let stepped = said(false, 1, &[double, step]);
    assert_eq!(stepped[5..], ["110 1.5000000000000002 - -", "113 1 - -"]);
    // A register behind the number is no part of it, nor is one of which the message holds not all.
    let behind = said(false, 1, &[double, ("03 006e 0005", "03 0a 3ff8 0000 0000 0000 0008")]);
    assert_eq!(behind[5..], ["114 8 - -"]);
    let short = said(false, 1, &[double, ("03 006e 0003", "03 06 3ff8 0000 0002")]);
    assert_eq!(short[5..], ["112 2 - -"]);
    // An input register of the same number is another one.
    assert_eq!(said(false, 1, &[("04 0064 0002", "04 04 4000 c2ed")]), ["100 16384 - -", "101 49901 - -"]);
    // A part of the number has neither its name nor its unit.
    assert_eq!(said(false, 1, &[("03 0064 0001", "03 02 4000")]), ["100 16384 - -"]);
    assert_eq!(said(false, 1, &[("03 0065 0001", "03 02 c2ed")]), ["101 49901 - -"]);
}

/// A sink that wants no points is told none, also of a device of which it is known how numbers lie in its registers.
#[test]
fn whoever_wants_no_points_is_told_none() {
    use crate::{
        Description, Mark, Peer, RegisterNumber, RegisterOrder, RegisterValue, Session,
        record::{Address, Envelope, Row, Sink, Table, Verdict},
    };
    struct Without(Vec<&'static str>, bool);
    impl Sink for Without {
        fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
            self.0.push(row.table().name);
            Verdict::GoOn
        }
        fn wants(&self, table: &'static Table) -> bool {
            self.1 || table.name != "points"
        }
    }
    let server = [10, 0, 0, 2].into();
    let mut known = Description::new();
    let value = RegisterValue { number: RegisterNumber::Float32, order: RegisterOrder::Abcd };
    assert!(known.add_register_value(Address::Ip(server), None, Some("holding_register"), 100, value));
    let known = std::sync::Arc::new(known);
    let told = |every_message, wants| {
        let config =
            Config { every_message, description: Some(std::sync::Arc::clone(&known)), ..Config::default() };
        let peer = |last, port| Peer { address: Some([10, 0, 0, last].into()), port: Some(port) };
        let mut session = Session::new(&PROTOCOL, config).with_peers(peer(1, 40_000), peer(2, 502));
        let (mark, mut sink) = (Mark { file: 0, frame: 1, ts: 0 }, Without(Vec::new(), wants));
        session.feed(ASK, mark, &adu(1, 1, "03 0064 0002"), &mut sink);
        session.feed(TELL, mark, &adu(1, 1, "03 04 4000 c2ed"), &mut sink);
        session.finish(mark, &mut sink);
        sink.0.iter().filter(|table| **table == "points").count()
    };
    for every_message in [false, true] {
        assert_eq!((told(every_message, true), told(every_message, false)), (2, 0));
    }
}

/// HARD_CASES, Modbus: "Unit 0 or 255 on TCP -> the server itself, not a broadcast; broadcast has its serial meaning only
/// behind a gateway (and in RTU over TCP)".
#[test]
fn unit_0_and_255_on_tcp_are_the_server_itself() {
    for unit in [0, 255] {
        let rows = tcp(&[(ASK, adu(1, unit, "06 0001 0003")), (TELL, adu(1, unit, "06 0001 0003"))]);
        assert_eq!(rows.outcomes(), ["success"]);
    }
    for (protocol, frame) in [(&RTU, rtu(0, "06 0001 0003")), (&ASCII, ascii(0, "06 0001 0003"))] {
        assert_eq!(
            Talk::new(protocol, Config::default()).feed(ASK, &frame).end().outcomes(),
            ["unconfirmed"]
        );
    }
}

/// HARD_CASES, Modbus: "Coil and input answers -> lowest bit first; the number of values comes from the request, padding
/// bits are no values; without the request, bytes are given and the count is null".
#[test]
fn the_number_of_coils_comes_from_the_request() {
    let rows = tcp(&[
        (ASK, adu(1, 1, "01 0000 0003")),
        (TELL, adu(1, 1, "01 01 fd")),
        (TELL, adu(2, 1, "01 01 fd")),
    ]);
    let [_, paired, alone] = rows.of("modbus")[..] else { panic!("three messages") };
    assert_eq!((paired.get("coils"), paired.get("data")), (Some("101"), None));
    assert_eq!((alone.get("coils"), alone.get("data"), alone.get("quantity")), (None, Some("fd"), None));
    assert_eq!(rows.of("points").len(), 3);
}

/// HARD_CASES, Modbus: "Lengths inside disagree (byte count against quantity, byte count against LEN, quantity 0 or above
/// the limit of the function, address plus quantity above 65536, coil value neither 0000 nor FF00) -> header given, said,
/// no invented values; the next ADU is read at LEN".
#[test]
fn lengths_that_disagree_are_said_and_the_next_adu_is_read() {
    let disagrees = "byte count disagrees with quantity";
    let short = "message is shorter than its function needs";
    let above = "quantity is above the limit of the function";
    for (pdu, reasons) in [
        ("10 0001 0002 06 000100020003", vec![disagrees]),
        ("10 0001 0002 04 0001", vec![short]),
        ("0f 0013 0020 02 cd01", vec![disagrees]),
        ("17 0003 0006 0000 0001 00", vec![disagrees]),
        ("03 0000 0000", vec!["quantity is 0"]),
        ("01 0000 07d1", vec![above]),
        ("02 0000 07d1", vec![above]),
        ("03 0000 007e", vec![above]),
        ("04 0000 007e", vec![above]),
        ("03 ffff 0002", vec!["address and quantity reach beyond 65535"]),
        ("05 0001 1234", vec!["coil value is neither 0000 nor FF00 hex"]),
        ("03 0000", vec![short]),
        ("03 00", vec![short]),
        ("14 08 06 0004 0001 0002 ff", vec!["byte count is no whole number of groups"]),
        ("15 09 06 0004 0007 0003 06af", vec!["record is longer than what is left of the message"]),
        ("2b 0e 07 00", vec!["unknown Read Device ID code"]),
        ("08 0000 a5", vec!["data of diagnostics is no whole number of words"]),
        ("00", vec!["function code is 0"]),
    ] {
        let rows = tcp(&[(ASK, [adu(1, 1, pdu), adu(2, 1, "03 0000 0001")].concat())]);
        let messages = rows.of("modbus");
        assert_eq!(rows.reasons(), reasons, "{pdu}");
        assert_eq!(messages.len(), 2, "{pdu}");
        assert_eq!(messages[1].get("transaction_id"), Some("2"), "{pdu}");
        assert!(rows.of("points").is_empty(), "{pdu}");
    }
    for (ask, tell, reason) in [
        ("03 0000 0002", "03 02 0001", "byte count disagrees with the quantity asked for"),
        ("03 0000 0002", "03 03 000100", "byte count disagrees with the quantity asked for"),
        ("01 0000 0009", "01 01 ff", "byte count disagrees with the quantity asked for"),
        ("03 0000 0002", "03 08 00010002", short),
        ("18 0000", "18 0006 0003 0001 0002", disagrees),
        ("2b 0e 01 00", "2b 0e 01 01 00 00 02 00 01 41", "fewer objects than are counted"),
        ("2b 0e 01 00", "2b 0e 01 01 00 00 01 00 05 41", "object is longer than what is left of the message"),
        ("2b 0e 01 00", "2b 0e 01 01 07 00 01 00 01 41", "More Follows is neither 00 nor FF hex"),
        ("14 07 06 0004 0001 0002", "14 04 05 06 0dfe", "record disagrees with its length"),
        ("03 0000 0001", "83 00", "exception code is 0"),
        ("03 0000 0001", "83 63", "exception code that the standard does not know"),
        ("05 0001 ff00", "05 0001 0000", "answer does not repeat its request"),
    ] {
        let rows = tcp(&[(ASK, adu(1, 1, ask)), (TELL, [adu(1, 1, tell), adu(2, 1, "07 00")].concat())]);
        assert!(rows.reasons().contains(&reason), "{tell}: {:?}", rows.reasons());
        assert_eq!(rows.of("modbus").len(), 3, "{tell}");
        assert!(rows.of("points").iter().all(|point| point.get("way") == Some("written")), "{tell}");
    }
}

/// HARD_CASES, Modbus: "Read FIFO has a two-octet byte count; file records (20, 21) hold several groups each with its own
/// length". The whole examples of the standard are in vectors.md; here a FIFO of 31 registers, whose count needs no second
/// octet, and one that claims 256 octets, whose count does.
#[test]
fn a_fifo_has_a_byte_count_of_two_octets() {
    let answer = |count: u16| {
        let registers = "0001".repeat(count.into());
        format!("18 {:04x} {count:04x} {registers}", 2 + 2 * count)
    };
    let rows = tcp(&[
        (ASK, adu(1, 1, "18 0005")),
        (TELL, adu(1, 1, &answer(31))),
        (ASK, adu(2, 1, "18 0005")),
        (TELL, adu(2, 1, &answer(120))),
        (ASK, adu(3, 1, "18 0005")),
    ]);
    let fifo =
        |row: &Told| (row.get("quantity").map(str::to_owned), row.get("byte_count").map(str::to_owned));
    assert_eq!(fifo(rows.of("modbus")[1]), (Some("31".into()), Some("64".into())));
    assert_eq!(fifo(rows.of("modbus")[3]), (Some("120".into()), Some("242".into())));
    assert_eq!(rows.reasons(), ["quantity is above the limit of the function"]);
    assert_eq!(rows.of("modbus").len(), 5);
}

/// What tshark 4.0 tells as `modbus.word_cnt` of these requests (17 and 3), and the sum where there is more than one group.
#[test]
fn file_records_have_the_registers_of_their_groups_as_quantity() {
    let read = "14 07 06 0004 0001 0011";
    let write = "15 0d 06 0004 0007 0003 06af 04be 100d";
    let rows = tcp(&[
        (ASK, adu(1, 1, read)),
        (ASK, adu(2, 1, write)),
        (TELL, adu(2, 1, write)),
        (ASK, adu(3, 1, "14 0e 06 0004 0001 0002 06 0003 0009 0009")),
        (ASK, adu(4, 1, "14 08 06 0004 0001 0002 06")),
        (ASK, adu(5, 1, "14 00")),
    ]);
    let quantities: Vec<_> = rows.of("modbus").iter().map(|row| row.get("quantity")).collect();
    assert_eq!(quantities, [Some("17"), Some("3"), Some("3"), Some("11"), None, None]);
}

/// HARD_CASES, Modbus: "function 43/14 continues over several transactions (more follows, next object id) -> each in full,
/// the identity put together".
#[test]
fn an_identity_is_put_together_from_several_transactions() {
    let rows = tcp(&[
        (ASK, adu(1, 1, "2b 0e 01 00")),
        (TELL, adu(1, 1, "2b 0e 01 01 ff 01 01 00 01 41")),
        (ASK, adu(2, 1, "2b 0e 01 01")),
        (TELL, adu(2, 1, "2b 0e 01 01 ff 02 01 01 01 42")),
        (ASK, adu(3, 1, "2b 0e 01 02")),
        (TELL, adu(3, 1, "2b 0e 01 01 00 00 01 02 01 43")),
    ]);
    let facts: Vec<_> = rows.of("identities").iter().map(|row| (row.get("fact"), row.get("value"))).collect();
    let want = [("vendor", "A"), ("product_code", "B"), ("revision", "C")];
    assert_eq!(facts, want.map(|(fact, value)| (Some(fact), Some(value))));
    assert!(rows.reasons().is_empty());
}

/// HARD_CASES, Modbus: "Exceptions 5 (acknowledge) and 6 (busy) -> the operation is not finished, not failed for good;
/// exception 11 and 10 come from the gateway, not the device".
#[test]
fn exceptions_5_and_6_are_no_refusals() {
    for (code, outcome, name) in [
        ("05", "accepted", "acknowledge"),
        ("06", "busy", "server_device_busy"),
        ("0a", "refused", "gateway_path_unavailable"),
        ("0b", "refused", "gateway_target_device_failed_to_respond"),
    ] {
        let rows = tcp(&[(ASK, adu(1, 1, "03 0000 0001")), (TELL, adu(1, 1, &format!("83{code}")))]);
        assert_eq!(rows.outcomes(), [outcome]);
        assert_eq!(rows.of("operations")[0].get("status_name"), Some(name));
    }
}

/// HARD_CASES, Modbus: "LEN of 255 and more: an ordinary function -> said; function 90 and other vendor codes may negotiate
/// larger frames -> framed by LEN up to a limit".
#[test]
fn a_length_of_255_and_more() {
    let next = adu(2, 1, "03 0000 0001");
    let ordinary = adu(1, 1, &format!("03 0000 0002 {}", "00".repeat(249)));
    let rows = tcp(&[(ASK, [ordinary, next.clone()].concat())]);
    assert_eq!(
        rows.reasons(),
        ["message is longer than the standard allows", "octets behind the last field of the function"]
    );
    assert_eq!(rows.of("modbus").len(), 2);
    for (code, len) in [("5a 00 34", 1018), ("64", 750), ("64", MOST_VENDOR_LENGTH - 2)] {
        let vendor = adu(1, 1, &format!("{code} {}", "00".repeat(len)));
        let rows = tcp(&[(ASK, [vendor, next.clone()].concat())]);
        assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
        assert_eq!(rows.of("modbus").len(), 2);
    }
    // Beyond the limits no ADU is believed to begin; the next two that follow one another are found.
    for code in ["64", "03"] {
        let long = adu(1, 1, &format!("{code} {}", "ff".repeat(MOST_VENDOR_LENGTH)));
        let rows = tcp(&[(ASK, [long, next.clone(), adu(3, 1, "03 0000 0001")].concat())]);
        assert_eq!(rows.of("modbus").len(), 2);
        assert_eq!(rows.reasons().len(), 1);
    }
}

/// HARD_CASES, Modbus: "RTU over TCP: one segment holds half a frame, or two frames, or leading noise; request and answer
/// of one function differ in length -> CRC finds the boundaries in either direction, in mid-stream too; an exception answer
/// is five octets". Both directions here are given to a session that thinks the other way round, too.
#[test]
fn rtu_is_framed_by_its_crc() {
    let (ask, tell, refuse) = (rtu(17, "03006b0003"), rtu(17, "0306022b00000064"), rtu(17, "8302"));
    for (first, second) in [(ASK, TELL), (TELL, ASK)] {
        let mut talk = Talk::new(&RTU, Config::default());
        talk.feed(first, &ask).feed(second, &tell[..4]).feed(second, &tell[4..]);
        talk.feed(first, &[ask.clone(), ask.clone()].concat())
            .feed(second, &[tell.clone(), refuse.clone()].concat());
        talk.feed(first, &[&[0x11, 0x22, 0x33][..], &ask].concat());
        talk.feed(second, &[&[0xff, 0xff][..], &tell].concat());
        let rows = talk.end();
        let directions: Vec<_> = rows.of("modbus").iter().filter_map(|row| row.get("direction")).collect();
        let (request, response) = ("Some(\"request\")", "Some(\"response\")");
        assert_eq!(directions, [request, response, request, request, response, response, request, response]);
        assert_eq!(rows.outcomes(), ["success", "success", "refused", "success"]);
    }
}

/// HARD_CASES, Identification: "A serial framing without a length field (Modbus RTU) -> framing needs the direction and the
/// outstanding request; two candidate lengths are settled by the CRC, not by the first that fits."
#[test]
fn two_candidate_lengths_are_settled_by_the_crc() {
    // As an answer this request would have 2 octets of values, 7 in all; as a request the answer would have 8.
    let (ask, tell) = (rtu(1, "03 0200 0002"), rtu(1, "03 04 0001 0002"));
    let mut proven = State::default();
    proven.paired(Some(TELL), || true);
    for state in [&State::default(), &proven] {
        for toward in [None, Some(ASK), Some(TELL)] {
            let way = Way { side: Side::First, toward };
            assert_eq!(Rtu::frame(state, way, &[ask.clone(), tell.clone()].concat()), Framing::Frame(8));
            assert_eq!(Rtu::frame(state, way, &[tell.clone(), ask.clone()].concat()), Framing::Frame(9));
        }
    }
    // Both lengths fit their CRC: a request whose first seven octets are an answer with a good CRC. The role decides, once
    // messages have proven it; before that what is complete first, however many octets have come.
    let mut both = hex("01 03 02 00 02");
    both.extend(Crc16Modbus::of(&both).to_le_bytes());
    let sum = (0..=u8::MAX).find(|octet| {
        let mut frame = both.clone();
        frame.push(*octet);
        Crc16Modbus::holds(&frame)
    });
    assert_eq!(sum, Some(0), "the CRC over a frame with its CRC is 0, so one octet 0 keeps it");
    both.push(0);
    let frame = |toward, state: &State| Rtu::frame(state, Way { side: Side::Second, toward }, &both);
    assert_eq!(frame(Some(ASK), &proven), Framing::Frame(8));
    assert_eq!(frame(Some(TELL), &proven), Framing::Frame(7));
    for toward in [None, Some(ASK), Some(TELL)] {
        assert_eq!(frame(toward, &State::default()), Framing::Frame(7));
    }
}

/// A device that is called, as by a cellular gateway, may be the one that asks: who dialled is then the server. Lengths of answers
/// are shorter than those of their requests here, and the address is one whose first octet could be a byte count.
#[test]
fn whoever_asks_is_the_client_whichever_end_was_called() {
    let pairs = [
        ("01 2064 0008", "01 01 55"),
        ("10 0064 0001 02 0005", "10 0064 0001"),
        ("06 0064 0001", "06 0064 0001"),
        ("05 0064 ff00", "85 02"),
        ("06 0064 0002", "06 0064 0002"),
    ];
    for (protocol, frame) in framings() {
        let mut talk = Talk::new(protocol, Config::default());
        for (request, answer) in pairs {
            talk.feed(TELL, &frame(request)).feed(ASK, &frame(answer));
        }
        let rows = talk.end();
        let (request, response) = ("Some(\"request\")", "Some(\"response\")");
        let directions = rows.all("modbus", "direction");
        assert_eq!(directions, [Some(request), Some(response)].repeat(5), "{}", protocol.name);
        let outcomes = ["success", "success", "success", "refused", "success"];
        assert_eq!(rows.outcomes(), outcomes, "{}", protocol.name);
        // It is said until two messages agree; on a serial line it is usual.
        let said = ["request from the side of the server", "answer from the side of the client"];
        let said = if protocol.name == "modbus" { &said[..] } else { &[] };
        assert_eq!(rows.reasons(), said, "{}", protocol.name);
        assert_eq!(talk.session.tally(ASK).skipped + talk.session.tally(TELL).skipped, 0);
    }
}

/// One message that contradicts the roles does not turn them, nor do two with a proof of the contrary between them.
#[test]
fn roles_that_messages_prove_are_not_turned_by_one_that_is_odd() {
    let (ask, tell) = (|id| adu(id, 1, "03 0000 0001"), |id| adu(id, 1, "03 02 0007"));
    let mut steps = Vec::new();
    for id in [1, 3, 5] {
        steps.extend([(TELL, ask(id)), (ASK, ask(id + 1)), (TELL, tell(id + 1))]);
    }
    steps.extend([(ASK, adu(9, 1, "06 0001 0003")), (TELL, adu(9, 1, "06 0001 0003"))]);
    let rows = tcp(&steps);
    assert_eq!(rows.reasons(), ["request from the side of the server"; 3]);
    assert_eq!(rows.outcomes()[..4], ["success"; 4]);
}

/// The address that each answer was paired with.
fn addresses(rows: &Rows) -> Vec<Option<&str>> {
    let answers =
        rows.of("modbus").into_iter().filter(|row| row.get("direction") == Some("Some(\"response\")"));
    answers.map(|row| row.get("address")).collect()
}

/// Modbus over Serial Line V1.02, section 2.4: one request is under way. One that has no answer, or two frames that were captured
/// in the other order, shift none of the answers behind them; nor where all transaction identifiers are the same.
#[test]
fn an_answer_that_is_lost_shifts_none_behind_it() {
    let second = 1_000_000_000;
    for (protocol, frame) in framings() {
        let mut talk = Talk::new(protocol, Config::default());
        let mut want = Vec::new();
        for turn in 0..20u16 {
            let register = 16 + turn % 3;
            let (ask, tell) =
                (frame(&format!("03 {register:04x} 0001")), frame(&format!("03 02 {register:04x}")));
            talk.mark.ts += second;
            match turn {
                // Its answer is lost.
                4 => _ = talk.feed(ASK, &ask),
                // They were captured in the other order.
                9 => {
                    talk.feed(TELL, &tell).feed(ASK, &ask);
                    want.push(None);
                }
                _ => {
                    talk.feed(ASK, &ask).feed(TELL, &tell);
                    want.push(Some(register.to_string()));
                }
            }
        }
        let rows = talk.end();
        let got: Vec<_> = addresses(&rows).into_iter().map(|address| address.map(str::to_owned)).collect();
        assert_eq!(got, want, "{}", protocol.name);
        let outcomes = rows.outcomes();
        let count = |outcome| outcomes.iter().filter(|other| **other == outcome).count();
        assert_eq!(["success", "unanswered", "unasked"].map(count), [18, 2, 1], "{}", protocol.name);
        // The answer that came first may be the one that is missing.
        assert_eq!(rows.reasons(), [""; 0], "{}", protocol.name);
    }
}

/// Where several requests wait, an answer belongs to the one whose quantity, address or value it has.
#[test]
fn an_answer_is_of_the_request_that_it_fits() {
    for (requests, answers, want) in [
        (["03 0010 0002", "03 0020 0003"], ["03 06 000100020003", "03 04 00010002"], ["32", "16"]),
        (["01 0010 0009", "01 0020 0008"], ["01 01 ff", "01 02 ff01"], ["32", "16"]),
        (["06 0010 0001", "06 0020 0002"], ["06 0020 0002", "06 0010 0001"], ["32", "16"]),
        (["10 0010 0001 02 0001", "10 0020 0001 02 0001"], ["10 0020 0001", "10 0010 0001"], ["32", "16"]),
        (
            ["17 0010 0002 0001 0001 02 0001", "17 0020 0001 0001 0001 02 0001"],
            ["17 02 0001", "17 04 00010002"],
            ["32", "16"],
        ),
    ] {
        for (protocol, frame) in framings() {
            let mut talk = Talk::new(protocol, Config::default());
            talk.feed(ASK, &frame(requests[0])).feed(ASK, &frame(requests[1]));
            let rows = talk.feed(TELL, &frame(answers[0])).feed(TELL, &frame(answers[1])).end();
            assert_eq!(addresses(&rows), want.map(Some), "{requests:?} {}", protocol.name);
            assert_eq!(rows.reasons(), [""; 0], "{requests:?}");
            assert_eq!(rows.outcomes(), ["success"; 2], "{requests:?}");
        }
    }
    // The same address with another value is an answer to it, which does not repeat it; what has its value goes before it.
    let rows = tcp(&[
        (ASK, adu(0, 1, "06 0010 0001")),
        (ASK, adu(0, 1, "06 0010 0002")),
        (TELL, adu(0, 1, "06 0010 0002")),
        (TELL, adu(0, 1, "06 0010 0002")),
    ]);
    assert_eq!(rows.reasons(), ["answer does not repeat its request"]);
    assert_eq!(rows.outcomes(), ["success"; 2]);
}

/// Section 6.8.1, sub-function 4: "No response is returned". One that refuses it may be; the operation waits for that.
#[test]
fn force_listen_only_mode_is_not_answered_unless_it_is_refused() {
    let ask = adu(1, 1, "08 0004 0000");
    let silent = tcp(&[(ASK, ask.clone()), (ASK, ask.clone())]);
    assert_eq!((silent.outcomes(), silent.reasons()), (vec!["unconfirmed"; 2], vec![]));
    let refused = tcp(&[(ASK, ask), (TELL, adu(1, 1, "88 01"))]);
    assert_eq!((refused.outcomes(), refused.reasons()), (vec!["refused"], vec![]));
    let line = Talk::new(&RTU, Config::default()).feed(ASK, &rtu(0, "08 0004 0000")).end();
    assert_eq!(line.outcomes(), ["unconfirmed"]);
}

/// Section 6.8.1: sub-functions 0, 1, 3, 10 and 20 have "Echo Request Data" for their answer.
#[test]
fn diagnostics_that_do_not_repeat_their_request_are_said() {
    let differs = "answer does not repeat its request";
    for (ask, tell, reasons) in [
        ("08 0000 a537 1234", "08 0000 a537 1234", vec![]),
        ("08 0000 a537 1234", "08 0000 a537 1235", vec![differs]),
        ("08 000a 0000", "08 000a 0001", vec![differs]),
        ("08 000b 0000", "08 000b 0007", vec![]),
        ("08 000b 0000", "08 000c 0007", vec![differs]),
    ] {
        let rows = tcp(&[(ASK, adu(1, 1, ask)), (TELL, adu(1, 1, tell))]);
        assert_eq!((rows.reasons(), rows.outcomes()), (reasons, vec!["success"]), "{tell}");
    }
}

/// What has no content tells nothing of the device: a report of 0 octets (section 6.13), an object of length 0 (6.21).
#[test]
fn what_is_empty_is_no_identity() {
    let rows = tcp(&[
        (ASK, adu(1, 1, "11")),
        (TELL, adu(1, 1, "11 00")),
        (ASK, adu(2, 1, "2b 0e 01 00")),
        (TELL, adu(2, 1, "2b 0e 01 01 00 00 02 00 00 01 01 42")),
    ]);
    assert_eq!(rows.all("identities", "value"), [Some("B")]);
    assert_eq!(rows.all("modbus_device_objects", "value"), [Some(""), Some("B")]);
}

/// Section 6.8.1, sub-function 3: the character "becomes the end of message delimiter for future messages (replaces the default
/// LF character)".
#[test]
fn ascii_frames_may_end_with_another_delimiter() {
    let other = |pdu: &str| {
        let mut frame = ascii(1, pdu);
        *frame.last_mut().unwrap() = b'*';
        frame
    };
    let mut talk = Talk::new(&ASCII, Config::default());
    talk.feed(ASK, &ascii(1, "08 0003 2a00")).feed(TELL, &ascii(1, "08 0003 2a00"));
    talk.feed(ASK, &other("03 0010 0001")).feed(TELL, &other("03 02 0007"));
    talk.feed(ASK, &ascii(1, "03 0010 0001")).feed(TELL, &ascii(1, "03 02 0007"));
    let rows = talk.end();
    assert_eq!((rows.outcomes(), rows.reasons()), (vec!["success"; 3], vec![]));
    let before = Talk::new(&ASCII, Config::default()).feed(ASK, &other("03 0010 0001")).end();
    assert_eq!(before.of("modbus").len(), 0);
}

/// UMAS: a session key and a function are its head. Unit 0 of a serial line is all units, and none answers (Modbus over Serial
/// Line V1.02, section 2.1).
#[test]
fn umas_that_is_short_unasked_or_for_all_units() {
    let short = "message is shorter than its function needs";
    for pdu in ["5a", "5a 00"] {
        let rows = tcp(&[(ASK, adu(1, 1, pdu)), (TELL, adu(1, 1, pdu))]);
        assert_eq!((rows.outcomes(), rows.reasons()), (vec!["open"], vec![short; 2]), "{pdu}");
        assert_eq!(rows.of("umas").len(), 0);
    }
    let named = tcp(&[(ASK, adu(1, 1, "5a 00")), (TELL, adu(1, 1, "5a 00 fe"))]);
    assert_eq!(named.all("umas", "function"), [None], "a request without function names none");
    let wrong_unit = tcp(&[(ASK, adu(1, 0, "5a 00 02")), (TELL, adu(1, 1, "5a 00 fe"))]);
    assert_eq!(wrong_unit.reasons(), ["answer without a request"]);
    assert_eq!(wrong_unit.outcomes(), ["unasked", "open"]);
    // Nothing is odd about an answer whose request may not be in the capture.
    assert_eq!(tcp(&[(TELL, adu(1, 1, "5a 00 fe"))]).reasons(), [""; 0]);
    let all = Talk::new(&RTU, Config::default()).feed(ASK, &rtu(0, "5a 00 10")).end();
    assert_eq!((all.outcomes(), all.of("umas").len()), (vec!["unconfirmed"], 1));
}

/// Messages are rows: octets of a datagram that hold no message, and a frame that is not read for its LRC, are skipped.
#[test]
fn octets_that_are_no_message_are_skipped() {
    let mut talk = Talk::new(&PROTOCOL, Config::default());
    for datagram in
        [&adu(9, 1, "03 0064 0002")[..], b"hello", b"\x01\x02\x03", &adu(9, 1, "03 0064 0002")[..9]]
    {
        talk.session.datagram(ASK, talk.mark, datagram, &mut talk.rows);
    }
    let tally = talk.session.tally(ASK);
    assert_eq!((tally.messages, tally.dissected, tally.skipped), (2, 12 + 9, 5 + 3));
    assert_eq!(talk.end().of("modbus").len(), 2);
    let mut frame = ascii(1, "03 0010 0001");
    frame[3] = b'4';
    let mut talk = Talk::new(&ASCII, Config::default());
    assert_eq!(talk.feed(ASK, &frame).end().reasons(), ["LRC is wrong; the frame is not read"]);
    let tally = talk.session.tally(ASK);
    assert_eq!((tally.messages, tally.dissected, tally.skipped), (0, 0, frame.len() as u64));
}

/// HARD_CASES, Identification: "One PDU that fits a weak signature on a foreign port -> not identified; two that follow one
/// another without a gap, or one with a valid checksum, are."
#[test]
fn one_pdu_is_possible_and_two_are_certain() {
    let (ask, tell) = (adu(1, 1, "03 0000 0001"), adu(1, 1, "03 02 0007"));
    for one in [&ask, &tell, &adu(1, 1, "83 02"), &adu(1, 1, "5a 00 02")] {
        assert_eq!(Mbap::probe(one, None), Probe::Possible);
        assert_eq!(Mbap::probe(&[&one[..], &ask].concat(), None), Probe::Certain);
        assert_eq!(Mbap::probe(&[&one[..], b"garbage!"].concat(), None), Probe::No);
        for cut in 0..one.len() {
            assert!(matches!(Mbap::probe(&one[..cut], None), Probe::More(len) if len > cut), "{cut}");
        }
    }
    // An unknown function, or a function with a wrong length, proves nothing by itself, and does not contradict either.
    for weak in [adu(1, 1, "77 0102"), adu(1, 1, "2b 0e 03 01 00")] {
        assert_eq!(Mbap::probe(&weak, None), Probe::Possible);
        assert_eq!(Mbap::probe(&[&weak[..], &weak].concat(), None), Probe::Possible);
        assert_eq!(Mbap::probe(&[&weak[..], &ask].concat(), None), Probe::Certain);
    }
    assert_eq!(Rtu::probe(&rtu(1, "03 0000 0001"), None), Probe::Certain);
    assert_eq!(Rtu::probe(&rtu(1, "83 02"), None), Probe::Certain);
    assert_eq!(Rtu::probe(&rtu(1, "07"), None), Probe::Possible);
    // A message of ROC Plus: to unit 1, group 2, from unit 3, group 1, "read the clock" (7), no data; the same CRC.
    assert_eq!(Rtu::probe(&rtu(1, "02 0301 0700"), None), Probe::No);
    assert_eq!(Rtu::probe(&rtu(1, "02 03 040700"), None), Probe::No);
    assert_eq!(Rtu::probe(&rtu(1, "02 0301 0701"), None), Probe::Certain);
    assert_eq!(Ascii::probe(&ascii(1, "03 0000 0001"), None), Probe::Certain);
}

/// HARD_CASES, Identification: "Registered port, but TLS (`16 03 0x`), SSH or HTTP on it"; and PROTOCOLS, Modbus: "PID==0,
/// 2<=LEN<=254, FC in table, and FC-specific length rule holds".
#[test]
fn other_protocols_are_not_modbus() {
    for foreign in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"GET / HTTP/1.1\r\nHost: plc.example\r\n\r\n",
        b"\x00\x01\x00\x01\x00\x06\x01\x03\x00\x00\x00\x01",
        b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02",
    ] {
        assert_eq!(Mbap::probe(foreign, None), Probe::No, "{foreign:02x?}");
        assert_eq!(Ascii::probe(foreign, None), Probe::No, "{foreign:02x?}");
        assert_ne!(Rtu::probe(foreign, None), Probe::Certain, "{foreign:02x?}");
    }
}

/// HARD_CASES, Protocol level: "An answer that arrives before its request, twice, from the wrong side, or with another unit
/// or address -> kept, marked, not paired."
#[test]
fn an_answer_out_of_place_is_kept_marked_and_not_paired() {
    let (ask, tell) = (adu(5, 1, "03 0000 0001"), adu(5, 1, "03 02 0007"));
    let before = tcp(&[(TELL, tell.clone()), (ASK, ask.clone())]);
    assert_eq!(before.outcomes(), ["unasked", "open"]);
    let twice = tcp(&[(ASK, ask.clone()), (TELL, tell.clone()), (TELL, tell.clone())]);
    assert_eq!((twice.outcomes(), twice.reasons()), (vec!["success"], vec!["request was answered before"]));
    let wrong_side = tcp(&[(ASK, ask.clone()), (ASK, tell.clone())]);
    assert_eq!(wrong_side.outcomes(), ["unasked", "open"]);
    assert_eq!(wrong_side.reasons(), ["answer from the side of the client"]);
    for other in [adu(5, 2, "03 02 0007"), adu(5, 1, "04 02 0007"), adu(6, 1, "03 02 0007")] {
        let rows = tcp(&[(ASK, ask.clone()), (TELL, other)]);
        assert_eq!(rows.outcomes(), ["unasked", "open"]);
        assert_eq!(rows.reasons(), ["answer without a request"]);
        assert_eq!(rows.of("modbus")[1].get("address"), None);
    }
    let elsewhere = tcp(&[(ASK, adu(5, 1, "06 0001 0003")), (TELL, adu(5, 1, "06 0002 0003"))]);
    assert_eq!(elsewhere.outcomes(), ["unasked", "open"]);
    assert_eq!(elsewhere.reasons(), ["answer speaks of another address than its request"]);
    assert_eq!(twice.of("modbus").len(), 3);
}

/// HARD_CASES, Protocol level: "A valid PDU, garbage, a valid PDU -> two PDUs, the garbage counted with its place, one
/// anomaly and not one per octet."
#[test]
fn garbage_between_two_pdus_is_said_once() {
    let garbage = [&b"\xde\xad\xbe\xef"[..], &[0x55; 60]].concat();
    for (protocol, ask) in [
        (&PROTOCOL, adu(1, 1, "03 0000 0001")),
        (&RTU, rtu(1, "03 0000 0001")),
        (&ASCII, ascii(1, "03 0000 0001")),
    ] {
        let rows =
            Talk::new(protocol, Config::default()).feed(ASK, &[&ask[..], &garbage, &ask].concat()).end();
        assert_eq!(rows.of("modbus").len(), 2, "{}", protocol.name);
        let [said, ..] = rows.of("anomalies")[..] else { panic!("{}: said", protocol.name) };
        assert_eq!(said.get("kind"), Some("garbage"));
        assert_eq!(
            (said.get("offset"), said.get("length")),
            (Some(ask.len().to_string().as_str()), Some("64"))
        );
        let garbage = rows.of("anomalies").iter().filter(|row| row.get("kind") == Some("garbage")).count();
        assert_eq!(garbage, 1, "{}", protocol.name);
    }
}

/// An octet of zeros stands behind each exception (section 7 has two octets), and the header counts it: behind a gap such answers
/// are found again. Octets that only look so, with an exception code that the standard does not know, or another octet behind it,
/// are not.
#[test]
fn exceptions_with_an_octet_behind_them_are_found_behind_a_gap() {
    let found = |pdu: &str| {
        let mut talk = Talk::new(&PROTOCOL, Config::default());
        talk.session.gap(TELL, talk.mark, 20, &mut talk.rows);
        talk.feed(TELL, &[&[0x55; 9][..], &adu(1, 10, pdu), &adu(2, 10, pdu), &adu(3, 10, pdu)].concat());
        talk.end().all("modbus", "exception_code").iter().map(|code| code.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(found("81 06 00"), [true; 3]);
    assert_eq!(found("81 06"), [true; 3]);
    assert_eq!(found("81 63 00"), [false; 0]);
    assert_eq!(found("81 06 01"), [false; 0]);
    assert_eq!(found("80 06 00"), [false; 0]);
}

/// HARD_CASES, Protocol level: "Modbus write to every unit [...] -> all of them appear as operations, none merged away by
/// summing." And: "Counts that promise more than the bytes".
#[test]
fn a_write_to_every_unit_is_an_operation_each() {
    let writes: Vec<u8> = (0..=255u8).flat_map(|unit| adu(unit.into(), unit, "06 0001 0003")).collect();
    assert_eq!(tcp(&[(ASK, writes)]).outcomes(), ["open"; 256]);
}

/// The roles of a connection that the server opened: content tells them, and what is said of it does not depend on the way.
#[test]
fn requests_and_answers_are_told_by_content_where_the_roles_are_the_other_way_round() {
    let rows = tcp(&[(TELL, adu(1, 1, "03 0000 0002")), (ASK, adu(1, 1, "03 04 0001 0002"))]);
    assert_eq!(rows.outcomes(), ["success"]);
    assert_eq!(rows.of("modbus")[1].get("registers"), Some("1,2,"));
    assert_eq!(rows.reasons(), ["request from the side of the server", "answer from the side of the client"]);
}

/// The wrong header fields of MBAP, each followed by ADUs that are found again.
#[test]
fn a_protocol_identifier_that_is_not_0_and_lengths_without_a_function() {
    let next = [adu(2, 1, "03 0000 0001"), adu(3, 1, "03 0000 0001")].concat();
    for (header, reason) in [
        ("0001 0007 0006 01 03 0000 0001", "protocol identifier is not 0"),
        ("0001 0000 0000 01 03 0000 0001", "length has no room for a function code"),
        ("0001 0000 0001 01", "length has no room for a function code"),
        ("0001 0000 ffff 01 03 0000 0001", "length is above the limit"),
        ("0001 0000 0105 01 03 0000 0001", "length is above the limit of the function"),
        // V1.1b3, 4.1: function code 0 is not valid.
        ("0001 0000 0105 01 00 0000 0001", "length is above the limit"),
        ("0001 0000 0105 01 80 0000 0001", "length is above the limit"),
    ] {
        let rows = tcp(&[(ASK, [hex(header), next.clone()].concat())]);
        assert_eq!(rows.reasons(), [reason]);
        assert_eq!(rows.of("modbus").len(), 2, "{header}");
        assert_eq!(
            rows.of("anomalies")[0].get("length"),
            Some(hex(header).len().to_string().as_str()),
            "{header}"
        );
    }
}

#[test]
fn a_datagram_holds_several_adus_and_a_cut_one_is_said() {
    let mut talk = Talk::new(&PROTOCOL, Config::default());
    let two = [adu(1, 1, "03 0000 0001"), adu(2, 1, "04 0000 0001")].concat();
    talk.session.datagram(ASK, talk.mark, &two, &mut talk.rows);
    talk.session.datagram(ASK, talk.mark, &two[..9], &mut talk.rows);
    talk.session.datagram(ASK, talk.mark, &two[..2], &mut talk.rows);
    let rows = talk.end();
    assert_eq!(rows.of("modbus").len(), 3);
    assert_eq!(rows.reasons(), ["message ends before its length"; 2]);
    assert_eq!(rows.of("modbus")[2].get("address"), None);
}

/// Octets of one direction, or of both in turn.
type Segments = Vec<(Toward, Vec<u8>)>;

fn pdus() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        (0u16..100, 1u16..40).prop_map(|(at, n)| (
            format!("03{at:04x}{n:04x}"),
            format!("03{:02x}{}", 2 * n, "000a".repeat(n.into()))
        )),
        (0u16..100, 1u16..40).prop_map(|(at, n)| (
            format!("01{at:04x}{n:04x}"),
            format!("01{:02x}{}", n.div_ceil(8), "a5".repeat(n.div_ceil(8).into()))
        )),
        (any::<u16>(), any::<u16>())
            .prop_map(|(at, v)| (format!("06{at:04x}{v:04x}"), format!("06{at:04x}{v:04x}"))),
        Just(("100001000204000a0102".to_owned(), "1000010002".to_owned())),
        Just(("1700030006000e00030600ff00ff00ff".to_owned(), "170c00fe0acd00010003000d00ff".to_owned())),
        Just(("140e0600040001000206000300090002".to_owned(), "140c05060dfe0020050633cd0040".to_owned())),
        Just(("2b0e0100".to_owned(), "2b0e010100000100024142".to_owned())),
        Just(("0800000102".to_owned(), "0800000102".to_owned())),
        Just(("1804de".to_owned(), "180006000201b81284".to_owned())),
        Just(("11".to_owned(), "1103b4ff41".to_owned())),
        Just(("0300000001".to_owned(), "8302".to_owned())),
        Just(("5a0002".to_owned(), "5a00fe00".to_owned())),
        Just(("410102".to_owned(), "4103".to_owned())),
    ]
}

/// A conversation: in turn, some requests in a row and their answers in a row, now and then with garbage before them.
fn conversation(framing: fn(u16, &str) -> Vec<u8>) -> impl Strategy<Value = Segments> {
    let turn = (prop::collection::vec(pdus(), 1..4), prop::collection::vec(any::<u8>(), 0..9), 0u8..4);
    prop::collection::vec(turn, 1..6).prop_map(move |turns| {
        let (mut segments, mut transaction) = (Segments::new(), 0);
        for (pairs, noise, dirty) in turns {
            let (mut ask, mut tell) = (Vec::new(), Vec::new());
            for (request, answer) in pairs {
                transaction += 1;
                ask.extend(framing(transaction, &request));
                tell.extend(framing(transaction, &answer));
            }
            if dirty == 0 {
                ask.extend(&noise);
            }
            if dirty == 1 {
                tell.extend(&noise);
            }
            segments.push((ASK, ask));
            segments.push((TELL, tell));
        }
        segments
    })
}

fn told(protocol: &'static Protocol, segments: &[(Toward, Vec<u8>)]) -> Rows {
    told_in_pieces(protocol, segments, &[false])
}

/// The same, each segment cut after every octet whose turn it is: a frame for each piece, all of the segment's time.
fn told_in_pieces(protocol: &'static Protocol, segments: &[(Toward, Vec<u8>)], places: &[bool]) -> Rows {
    let (mut places, mut talk) = (places.iter().cycle(), Talk::new(protocol, Config::default()));
    for (toward, octets) in segments {
        talk.mark.ts += 1_000_000;
        let now = talk.mark.ts;
        for piece in octets.split_inclusive(|_| places.next() == Some(&true)) {
            talk.mark.ts = now - 1_000_000;
            talk.feed(*toward, piece);
        }
    }
    talk.end()
}

fn every(protocol: &'static Protocol, segments: Segments, places: &[bool]) -> Result<(), TestCaseError> {
    let whole = told(protocol, &segments);
    let pieces = told_in_pieces(protocol, &segments, places);
    prop_assert_eq!(whole.0, pieces.0);
    Ok(())
}

/// Most rows that octets may give. A coil is a bit and a point, so eight rows an octet; the shortest ADU has four octets and
/// gives itself, an operation, and no more than five anomalies or other rows.
fn most_rows(octets: usize) -> usize {
    10 * octets + 8
}

proptest! {
    /// However the octets are cut, the rows are the same.
    #[test]
    fn any_split_gives_the_same_rows_tcp(segments in conversation(|id, pdu| adu(id, 1, pdu)), places in prop::collection::vec(any::<bool>(), 1..64)) {
        every(&PROTOCOL, segments, &places)?;
    }

    /// However the octets are cut, the rows are the same.
    #[test]
    fn any_split_gives_the_same_rows_rtu(segments in conversation(|_, pdu| rtu(1, pdu)), places in prop::collection::vec(any::<bool>(), 1..64)) {
        every(&RTU, segments, &places)?;
    }

    /// However the octets are cut, the rows are the same.
    #[test]
    fn any_split_gives_the_same_rows_ascii(segments in conversation(|_, pdu| ascii(1, pdu)), places in prop::collection::vec(any::<bool>(), 1..64)) {
        every(&ASCII, segments, &places)?;
    }

    /// Any octets: no panic, rows within bounds, and the verdicts of the signature are final.
    #[test]
    fn any_octets_are_survived(octets in prop::collection::vec(prop_oneof![any::<u8>(), Just(0u8), Just(1), Just(3), Just(6), Just(b':')], 0..400), toward in any::<bool>()) {
        let toward = if toward { ASK } else { TELL };
        for protocol in [&PROTOCOL, &RTU, &ASCII, &crate::protocols::umas::PROTOCOL] {
            let rows = told(protocol, &[(toward, octets.clone())]);
            prop_assert!(rows.0.len() <= most_rows(octets.len()), "{} rows of {} octets", rows.0.len(), octets.len());
            let mut last = Probe::More(0);
            for len in 0..=octets.len().min(64) {
                let verdict = protocol.dissector.probe(&octets[..len], None);
                prop_assert!(!matches!(last, Probe::No | Probe::Certain) || verdict == last, "{last:?} became {verdict:?}");
                if let Probe::More(needs) = verdict {
                    prop_assert!(needs > len);
                }
                last = verdict;
            }
        }
    }

    /// Any PDU, in a well formed ADU: one row in `modbus`, whatever the PDU holds, and rows within bounds.
    #[test]
    fn any_pdu_gives_one_row(pdu in prop::collection::vec(any::<u8>(), 1..253), code in 0u8..130, toward in any::<bool>()) {
        let mut pdu = pdu;
        pdu[0] = code;
        let text: String = pdu.iter().map(|octet| format!("{octet:02x}")).collect();
        let rows = told(&PROTOCOL, &[(if toward { ASK } else { TELL }, adu(1, 1, &text))]);
        prop_assert_eq!(rows.of("modbus").len(), 1);
        prop_assert!(rows.0.len() <= most_rows(pdu.len() + 7));
    }
}

/// After garbage the frame that is complete first is taken, so that noise which looks like the head of a long frame does not
/// hold up the frames behind it.
#[test]
fn rtu_noise_that_looks_like_a_long_frame_holds_up_nothing() {
    let ask = rtu(17, "03006b0003");
    let noise = [0x05, 0x03, 0xf0, 0x01];
    let octets = [&noise[..], &ask].concat();
    assert_eq!(Rtu::resync(&octets, None), Resync::Found(noise.len()));
    assert_eq!(Rtu::resync(&octets[..octets.len() - 1], None), Resync::Wait(0));
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (0u8..3, prop::sample::select(vec![1u8, 3, 8, 15, 16, 23, 0x83]), prop::collection::vec(0u8..8, 0..9))
            .prop_map(|(address, function, rest)| [&[address, function][..], &rest].concat()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => Just(rtu(17, "03006b0003")),
        1 => Just(rtu(17, "830b")),
    ]
}

proptest! {
    /// A search that goes on says at each octet what one from the beginning says.
    #[test]
    fn rtu_a_search_that_goes_on_finds_the_same(parts in prop::collection::vec(noise(), 0..20), pieces in prop::collection::vec(1usize..30, 1..4)) {
        let octets = parts.concat();
        let (mut search, mut head, mut end) = (FrameSearch::default(), 0, 0);
        for piece in pieces.iter().cycle() {
            end = octets.len().min(end + piece);
            let said = search.resync(&octets[head..end]);
            prop_assert_eq!(said, Rtu::resync(&octets[head..end], None));
            let Resync::Wait(at) = said else { break };
            search.discard(&octets[head..head + at]);
            head += at;
            if end == octets.len() {
                break;
            }
        }
    }
}

/// HARD_CASES, IP fragments and TCP: "One octet a segment ... -> the same rows; time grows linearly", where every second octet may
/// begin an answer that is long. A place is looked at with each octet of its head, and when its frame is there.
#[test]
fn rtu_a_place_is_not_looked_at_with_every_octet() {
    let octets = [3u8, 0xf0].repeat(2000);
    let (mut search, mut head) = (FrameSearch::default(), 0);
    for end in 1..=octets.len() {
        let Resync::Wait(at) = search.resync(&octets[head..end]) else { panic!("there is no frame") };
        search.discard(&octets[head..head + at]);
        head += at;
        assert!(end - head <= 256);
    }
    assert!(search.looks <= 10 * octets.len(), "{} of {}", search.looks, octets.len());
}
