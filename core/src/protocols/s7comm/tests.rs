//! Each hard case of S7comm, and what must hold for any octets.
use super::*;
use crate::{
    Config, Limits, Mark, Session,
    testing::{self, ASK, Rows, TELL, hex},
};
use proptest::prelude::*;

/// A PDU from its kind, reference, parameters and data. Answers have no error.
fn pdu(rosctr: u8, reference: u16, parameters: &str, data: &str) -> Vec<u8> {
    let (parameters, data) = (hex(parameters), hex(data));
    let mut pdu = vec![0x32, rosctr, 0, 0];
    pdu.extend(reference.to_be_bytes());
    pdu.extend((parameters.len() as u16).to_be_bytes());
    pdu.extend((data.len() as u16).to_be_bytes());
    if matches!(rosctr, 2 | 3) {
        pdu.extend([0, 0]);
    }
    pdu.extend(parameters);
    pdu.extend(data);
    pdu
}

fn talk_within(limits: Limits, steps: &[(Toward, Vec<u8>)]) -> Rows {
    let config = Config { limits, every_message: true, ..Config::default() };
    testing::talk(&PROTOCOL, config, steps).0
}

fn talk(steps: &[(Toward, Vec<u8>)]) -> Rows {
    talk_within(Limits::default(), steps)
}

/// A read of one word of flags.
fn read_word(reference: u16, byte: u16) -> Vec<u8> {
    pdu(1, reference, &format!("04 01 12 0a 10 04 0001 0000 83 {:06x}", u32::from(byte) << 3), "")
}

fn word_is(reference: u16, word: u16) -> Vec<u8> {
    pdu(3, reference, "04 01", &format!("ff 04 0010 {word:04x}"))
}

/// HARD_CASES, S7comm: "The answer holds no addresses -> taken from the job with the same PDU reference; references wrap,
/// repeat, or are always 0; several jobs may be outstanding (negotiated AmQ)".
#[test]
fn addresses_come_from_the_job_whatever_its_reference() {
    for references in [[0xfffe, 0xffff, 0, 1], [0, 0, 0, 0], [7, 7, 8, 8]] {
        let jobs =
            references.iter().enumerate().map(|(n, reference)| (ASK, read_word(*reference, 2 * n as u16)));
        let answers =
            references.iter().enumerate().map(|(n, reference)| (TELL, word_is(*reference, n as u16)));
        let rows = talk(&jobs.chain(answers).collect::<Vec<_>>());
        assert_eq!(rows.all("points", "name"), ["MW0", "MW2", "MW4", "MW6"].map(Some), "{references:?}");
        assert_eq!(rows.all("points", "integer"), ["0", "1", "2", "3"].map(Some));
        assert!(rows.reasons().is_empty());
    }
}

/// As above, of a peer whose references are always 0: with a job that was lost an answer is not a second one, and without
/// it is.
#[test]
fn an_answer_behind_a_gap_may_be_of_a_job_that_was_lost() {
    for (asker, is_garbage, reasons, outcomes) in [
        (ASK, false, vec![], vec!["success", "unasked"]),
        (TELL, false, vec!["request was answered before"], vec!["success"]),
        // What cannot be read may have asked for something too.
        (ASK, true, vec!["protocol identifier is not 32 hex"], vec!["success", "unasked"]),
    ] {
        let mut session = Session::new(&PROTOCOL, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        session.feed(ASK, mark, &read_word(0, 0), &mut rows);
        if is_garbage {
            session.feed(asker, mark, &[0xff; 40], &mut rows);
        } else {
            session.gap(asker, mark, 40, &mut rows);
        }
        session.feed(TELL, mark, &word_is(0, 1), &mut rows);
        session.feed(TELL, mark, &word_is(0, 2), &mut rows);
        session.finish(mark, &mut rows);
        assert_eq!((rows.reasons(), rows.outcomes()), (reasons, outcomes), "{asker:?}");
    }
}

/// Where octets of the side that answers were lost, the job that comes again may have been answered.
#[test]
fn a_job_that_comes_again_behind_a_lost_answer_is_not_odd() {
    for (is_lost, reasons) in [(false, vec!["the same request again, before its answer"]), (true, vec![])] {
        let mut session = Session::new(&PROTOCOL, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        session.feed(ASK, mark, &read_word(0, 0), &mut rows);
        if is_lost {
            session.gap(TELL, mark, 40, &mut rows);
        }
        session.feed(ASK, mark, &read_word(0, 0), &mut rows);
        assert_eq!(rows.reasons(), reasons);
    }
}

/// Values that are more or fewer than the addresses asked for have none of them; behind lost octets they may be of another job.
#[test]
fn values_of_another_number_have_no_address() {
    let job = pdu(1, 7, "04 02 12 0a 10 04 0001 0000 83 000050 12 0a 10 04 0001 0000 83 000060", "");
    let values = pdu(3, 7, "04 01", "ff 04 0010 0001");
    for (is_lost, reasons, outcomes) in [
        (false, vec!["answer has another number of items than its job"], vec!["partial"]),
        (true, vec![], vec!["unasked", "open"]),
    ] {
        let mut session = Session::new(&PROTOCOL, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        session.feed(ASK, mark, &job, &mut rows);
        if is_lost {
            session.gap(ASK, mark, 40, &mut rows);
        }
        session.feed(TELL, mark, &values, &mut rows);
        session.finish(mark, &mut rows);
        assert!(rows.of("points").is_empty());
        assert_eq!((rows.reasons(), rows.outcomes()), (reasons, outcomes));
    }
}

/// Milliseconds, in nanoseconds.
const MS: i64 = 1_000_000;

/// Set-up with so many jobs that may be outstanding, then steps that are so many milliseconds apart.
fn talk_slowly(amq: u16, apart: i64, steps: &[(Toward, Vec<u8>)]) -> Rows {
    let mut session = Session::new(&PROTOCOL, Config { every_message: true, ..Config::default() });
    let (mut rows, mut frame) = (Rows::default(), 0);
    let setup = |kind| pdu(kind, 9, &format!("f0 00 {amq:04x} {amq:04x} 00f0"), "");
    let mut at = Mark { file: 0, frame: 0, ts: 0 };
    for (toward, octets) in [(ASK, setup(1)), (TELL, setup(3))].iter().chain(steps) {
        frame += 1;
        at = Mark { file: 0, frame, ts: at.ts + apart * MS };
        session.feed(*toward, at, octets, &mut rows);
    }
    session.finish(at, &mut rows);
    rows
}

/// HARD_CASES, S7comm: "references wrap, repeat, or are always 0". An answer that is lost shifts no value behind it: where one job
/// may be outstanding, who asks again has given up the one before.
#[test]
fn a_lost_answer_shifts_none_behind_it() {
    for references in [vec![0; 8], vec![1, 2, 3, 1, 2, 3, 1, 2]] {
        let mut steps = Vec::new();
        for (n, reference) in (0u16..).zip(references.iter().copied()) {
            steps.push((ASK, read_word(reference, 2 * n)));
            if n != 1 {
                steps.push((TELL, word_is(reference, n)));
            }
        }
        let rows = talk_slowly(1, 10, &steps);
        let names = ["MW0", "MW4", "MW6", "MW8", "MW10", "MW12", "MW14"];
        assert_eq!(rows.all("points", "name"), names.map(Some), "{references:?}");
        assert_eq!(rows.all("points", "integer"), ["0", "2", "3", "4", "5", "6", "7"].map(Some));
        assert_eq!(rows.outcomes().iter().filter(|outcome| **outcome == "unanswered").count(), 1);
    }
}

/// As above, where several may be: an answer goes to the job whose number of items and octets it has.
#[test]
fn an_answer_goes_to_the_job_that_it_fits() {
    let item = |size: u8| format!("12 0a 10 {size:02x} 0001 0001 84 000000");
    let job = |items: &str, count: u8| pdu(1, 0, &format!("04 {count:02x} {items}"), "");
    let (word, real) = (item(4), item(8));
    for (answer, count, asked) in [
        ("ff 07 0004 3f800000", 1, "DB1.DBD0"),
        ("ff 04 0010 0001", 1, "DB1.DBW0"),
        ("ff 03 0001 01 00 0a 00 0000", 2, "DB1.DBX0.0"),
    ] {
        let both = format!("{}{word}", item(1));
        let steps = [
            (ASK, job(&word, 1)),
            (ASK, job(&real, 1)),
            (ASK, job(&both, 2)),
            (TELL, pdu(3, 0, &format!("04 {count:02x}"), answer)),
        ];
        let rows = talk_slowly(8, 10, &steps);
        // The first is the set-up, the next is the one that is answered.
        assert_eq!(rows.all("operations", "object")[1], Some(asked), "{answer}");
    }
}

/// An answer that states no function refuses what has its reference: a job of any function, or userdata.
#[test]
fn a_refusal_without_a_function_goes_to_what_has_its_reference() {
    let refused = |reference| {
        let mut refused = pdu(2, reference, "", "");
        refused[10..12].copy_from_slice(&[0x81, 0x04]);
        refused
    };
    for asked in [pdu(1, 9, "01 020304", ""), userdata_request(4, "0017"), read_word(9, 0)] {
        let rows = talk(&[(ASK, asked), (TELL, refused(9))]);
        assert_eq!(rows.outcomes(), ["refused"]);
        assert_eq!(rows.all("operations", "status_name"), [Some("service_not_implemented")]);
        assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
    }
    // The whole is refused: nothing need be behind the function.
    let mut short = pdu(3, 9, "04", "");
    short[10..12].copy_from_slice(&[0x85, 0x00]);
    let rows = talk(&[(ASK, read_word(9, 0)), (TELL, short)]);
    assert_eq!((rows.outcomes(), rows.reasons()), (vec!["refused"], vec![]));
}

/// Userdata that answer another service are no answer.
#[test]
fn userdata_answer_the_service_that_was_asked_for() {
    let ask = |group: u8, subfunction: u8| {
        pdu(7, 9, &format!("000112 04 11 {group:02x} {subfunction:02x} 00"), "0a 00 0000")
    };
    let tell = |group: u8, subfunction: u8| userdata(group, subfunction, 0, 0, false, "0038 0001");
    let rows =
        talk(&[(ASK, ask(0x47, 1)), (ASK, ask(0x43, 1)), (TELL, tell(0x83, 1)), (TELL, tell(0x84, 2))]);
    assert_eq!(rows.all("operations", "function")[0], Some("list_blocks"));
    assert_eq!(rows.outcomes()[..2], ["success", "unasked"]);
    assert_eq!(rows.reasons(), ["answer has another function than its request"]);
}

/// A subscription that has ended gives no address to the one behind it that has its number.
#[test]
fn addresses_are_those_of_the_subscription_that_runs() {
    let ask = userdata_request(1, "0001 0101 12 0a 10 04 0001 0000 83 000050");
    let value = "0001 ff 04 0010 0001";
    let push = (TELL, userdata(0x02, 1, 5, 0, false, value));
    let begin = [(ASK, ask), (TELL, userdata(0x82, 1, 5, 0, false, value))];
    let end = [(ASK, userdata_request(4, "0005")), (TELL, userdata(0x82, 4, 5, 0, false, ""))];
    // Of the second, the request was lost.
    let anew = (TELL, userdata(0x82, 1, 5, 0, false, value));
    for (steps, points) in [
        ([&begin[..], core::slice::from_ref(&push)].concat(), 2),
        ([&begin[..], &end[..], core::slice::from_ref(&push)].concat(), 1),
        ([&begin[..], &[anew.clone(), push.clone()]].concat(), 1),
    ] {
        assert_eq!(talk(&steps).all("points", "name"), vec![Some("MW10"); points]);
    }
}

/// An answer that was lost may have given the number of a subscription to another one; one that was refused has none.
#[test]
fn a_subscription_that_may_have_another_number_gives_no_address() {
    let ask = |byte: u8| userdata_request(1, &format!("0001 0101 12 0a 10 04 0001 0000 83 0000{byte:02x}"));
    let (value, accepted) = ("0001 ff 04 0010 0001", userdata(0x82, 1, 5, 0, false, "0001 ff 04 0010 0001"));
    let mut refused = accepted.clone();
    let error = 10 + 10;
    refused.splice(error..error + 2, hex("d805"));
    let push = userdata(0x02, 1, 5, 0, false, value);
    // A step that is none is lost.
    for (between, expected) in [
        (vec![None], Some("MW10")),
        (vec![Some((ASK, ask(0xa0))), None], None),
        (vec![Some((ASK, userdata_request(4, "0005"))), None], None),
        (vec![Some((ASK, ask(0xa0))), Some((TELL, refused))], Some("MW10")),
    ] {
        let mut session = Session::new(&PROTOCOL, Config { every_message: true, ..Config::default() });
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        let begin = [(ASK, ask(0x50)), (TELL, accepted.clone())].map(Some);
        for step in begin.iter().chain(&between).chain([&Some((TELL, push.clone()))]) {
            match step {
                Some((toward, octets)) => session.feed(*toward, mark, octets, &mut rows),
                None => session.gap(TELL, mark, 40, &mut rows),
            };
        }
        session.finish(mark, &mut rows);
        let points = [Some("MW10"), expected];
        let told: Vec<_> = points.into_iter().flatten().map(Some).collect();
        assert_eq!(rows.all("points", "name"), told, "{between:?}");
    }
}

/// A request for a further part of an answer.
fn further(group: u8, subfunction: u8, sequence: u8, reference: u8) -> Vec<u8> {
    let head = format!("000112 08 12 {group:02x} {subfunction:02x} {sequence:02x} {reference:02x} 00 0000");
    pdu(7, 9, &head, "0a 00 0000")
}

/// The addresses of an answer in several parts are those of the request for the first.
#[test]
fn a_divided_answer_has_the_addresses_of_its_request() {
    let rows = talk(&[
        (ASK, userdata_request(1, "0001 0101 12 0a 10 04 0001 0000 83 000050")),
        (TELL, userdata(0x82, 1, 5, 1, true, "0001 ff")),
        (ASK, further(0x42, 1, 5, 1)),
        (TELL, userdata(0x82, 1, 5, 1, false, "04 0010 0001")),
        (TELL, userdata(0x02, 1, 5, 0, false, "0001 ff 04 0010 0002")),
    ]);
    assert_eq!(rows.all("points", "name"), [Some("MW10"); 2]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// The last part of a list whose beginning was lost is no list.
#[test]
fn a_part_without_its_beginning_is_no_list() {
    let last = userdata(0x83, 2, 1, 0xd1, false, "0022 0500 0222");
    let rows = talk(&[(ASK, further(0x43, 2, 1, 0xd1)), (TELL, last.clone())]);
    assert_eq!(rows.reasons(), ["parts of userdata without their beginning"]);
    assert!(rows.of("s7comm_blocks").is_empty());
    // Octets that are lost take what came before them along.
    let mut session = Session::new(&PROTOCOL, Config::default());
    let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
    session.feed(TELL, mark, &userdata(0x83, 2, 1, 0xd1, true, "0021 0500"), &mut rows);
    session.gap(TELL, mark, 40, &mut rows);
    session.feed(TELL, mark, &last, &mut rows);
    session.finish(mark, &mut rows);
    assert_eq!(rows.reasons(), ["parts of userdata without their beginning"]);
    assert!(rows.of("s7comm_blocks").is_empty());
}

/// In a job, what says how an item ended is reserved.
#[test]
fn what_is_written_is_read_whatever_is_reserved() {
    let item = |byte: u8| format!("12 0a 10 04 0001 0000 83 0000{:02x}", byte << 3);
    let job = pdu(1, 1, &format!("05 02 {}{}", item(2), item(4)), "05 04 0010 0005 00 04 0010 0006");
    let rows = talk(&[(ASK, job), (TELL, pdu(3, 1, "05 02", "ff ff"))]);
    assert_eq!(rows.all("points", "integer"), [Some("5"), Some("6")]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// Values that do not have the length of their address are said, and none that is not asked for is made up.
#[test]
fn no_more_values_than_the_address_means() {
    let item = |size: u8, count: u16| format!("12 0a 10 {size:02x} {count:04x} 0000 83 000050");
    for (item, data, names, is_said) in [
        (item(4, 1), "ff 04 0010 0001", vec!["MW10"], false),
        (item(4, 1), "ff 04 0020 00010002", vec!["MW10"], true),
        (item(4, 4), "ff 04 0020 00010002", vec!["MW10", "MW12"], true),
        (item(8, 2), "ff 07 0004 3f800000", vec!["MD10"], true),
        (item(2, 3), "ff 04 0018 010203 00", vec!["MB10"], false),
        (item(15, 1), "ff 09 0008 2601020304050607", vec!["MB10"], false),
        (item(2, 3), "ff 04 0020 01020304", vec!["MB10"], true),
    ] {
        let rows = talk(&[(ASK, pdu(1, 1, &format!("04 01 {item}"), "")), (TELL, pdu(3, 1, "04 01", data))]);
        assert_eq!(rows.all("points", "name"), names.into_iter().map(Some).collect::<Vec<_>>(), "{data}");
        assert_eq!(rows.reasons().len(), usize::from(is_said), "{data} {:?}", rows.reasons());
    }
    // Items that are missing were not read.
    let both = format!("{}{}", item(4, 1), item(4, 1));
    let rows = talk(&[(ASK, pdu(1, 1, &format!("04 02 {both}"), "")), (TELL, word_is(1, 5))]);
    assert_eq!(rows.outcomes(), ["partial"]);
}

/// What ends a transfer with an error, and an answer that says that it failed, are no success.
#[test]
fn a_transfer_that_failed_is_refused() {
    let ended = |error: &str| pdu(1, 1, &format!("1c 00 {error} 00000000 09 5f3041303030303150"), "");
    let upload = pdu(1, 1, "1e 00 0000 00000007", "");
    for (sender, job, answer, outcome, status) in [
        (TELL, ended("0000"), pdu(3, 1, "1c", ""), "success", None),
        (TELL, ended("d241"), pdu(3, 1, "1c", ""), "refused", Some("protection_level")),
        (ASK, upload.clone(), pdu(3, 1, "1e 00", "0001 00fb 01"), "success", None),
        (ASK, upload, pdu(3, 1, "1e 02", "0001 00fb 01"), "refused", None),
    ] {
        let rows = talk(&[(sender, job), (sender.back(), answer)]);
        assert_eq!((rows.outcomes(), rows.all("operations", "status_name")), (vec![outcome], vec![status]));
    }
}

/// As many items as a job can have are remembered.
#[test]
fn no_address_of_a_large_job_is_missing() {
    let items = "12 0a 10 04 0001 0000 83 000050".repeat(255);
    let rows = talk(&[
        (ASK, pdu(1, 1, &format!("04 ff {items}"), "")),
        (TELL, pdu(3, 1, "04 ff", &"ff 04 0010 0001".repeat(255))),
    ]);
    assert_eq!(rows.all("points", "name").len(), 255);
    // Of longer ones it is said.
    let items = format!("12 26 b2 ff 8a0e 0005 01020304 {}", "00000001".repeat(7)).repeat(120);
    let rows = talk(&[
        (ASK, pdu(1, 1, &format!("04 78 {items}"), "")),
        (TELL, pdu(3, 1, "04 78", &"ff 04 0010 0001".repeat(120))),
    ]);
    assert_eq!(rows.reasons(), ["addresses of the job were forgotten"]);
}

/// A fill octet may hold what an item begins with, and may stand behind the last value.
#[test]
fn fill_octets_are_passed_over_whatever_they_hold() {
    for fill in ["00", "12", "77"] {
        let items = format!("12 07 b0 01 02 0005 000a {fill} 12 0a 10 04 0001 0000 83 000140");
        let rows = talk(&[
            (ASK, pdu(1, 1, &format!("05 02 {items}"), "00 04 0010 6162 00 04 0010 0001")),
            (TELL, pdu(3, 1, "05 02", "ff ff")),
        ]);
        assert_eq!(rows.all("points", "name"), [Some("DB5.DBB10"), Some("MW40")], "{fill}");
        assert!(rows.reasons().is_empty(), "{fill} {:?}", rows.reasons());
    }
    let rows = talk(&[
        (ASK, pdu(1, 1, "04 01 12 0a 10 02 0001 0000 83 000050", "")),
        (TELL, pdu(3, 1, "04 01", "ff 04 0008 07 00")),
    ]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// As above: more jobs than are remembered. The oldest have no addresses any more, and that is said.
#[test]
fn addresses_that_were_forgotten_are_said() {
    let jobs = (0..40u16).map(|n| (ASK, read_word(n, 2 * n)));
    let answers = (0..40u16).map(|n| (TELL, word_is(n, n)));
    let rows = talk(&jobs.chain(answers).collect::<Vec<_>>());
    assert_eq!(rows.reasons(), ["addresses of the job were forgotten"; 8]);
    assert_eq!(rows.all("points", "name").first(), Some(&Some("MW16")));
    assert_eq!(rows.of("operations").len(), 40);
}

/// HARD_CASES, S7comm: "Data length is in bits for transport sizes 3, 4, 5 and in octets for 6, 7, 9; an odd-length item
/// has a fill octet, except the last -> all items after it are still aligned".
#[test]
fn lengths_are_in_bits_or_octets_and_odd_items_have_a_fill_octet() {
    let item = "12 0a 10 02 0001 0001 84 000000";
    let job = pdu(1, 1, &format!("04 07 {}", item.repeat(7)), "");
    let data = "ff 03 0001 01 00  ff 04 0018 010203 00  ff 05 0010 0102  ff 06 0003 010203 00  ff 07 0004 01020304 \
                ff 09 0001 05 00  ff 04 0008 07";
    let rows = talk(&[(ASK, job), (TELL, pdu(3, 1, "04 07", data))]);
    let have: Vec<_> = rows.all("s7comm_items", "data").into_iter().flatten().collect();
    assert_eq!(have, ["01", "010203", "0102", "010203", "01020304", "05", "07"]);
    // Each was asked for as one octet.
    assert_eq!(rows.reasons(), ["values do not have the length of their address"; 4]);
}

/// HARD_CASES, S7comm: "Download: after request download the PLC itself sends the block jobs; upload runs the other way ->
/// the direction of the program is told by the functions, not by who sends jobs".
#[test]
fn the_function_tells_which_way_a_program_goes() {
    let name = "09 5f30413030303031 50";
    for (function, sender, operation) in [
        (0x1a, ASK, "program_download"),
        (0x1b, TELL, "program_download"),
        (0x1c, TELL, "program_download"),
        (0x1d, ASK, "program_upload"),
        (0x1e, ASK, "program_upload"),
        (0x1f, ASK, "program_upload"),
    ] {
        let tail = if matches!(function, 0x1e | 0x1f) { "" } else { name };
        let job = pdu(1, 1, &format!("{function:02x} 00 0000 00000000 {tail}"), "");
        let rows = talk(&[(sender, job), (sender.back(), pdu(3, 1, &format!("{function:02x}"), ""))]);
        assert_eq!(rows.all("operations", "operation"), [Some(operation)]);
        assert_eq!(rows.all("operations", "outcome"), [Some("success")]);
        assert!(rows.reasons().is_empty(), "{function:02x} {:?}", rows.reasons());
    }
}

fn userdata(kind: u8, subfunction: u8, sequence: u8, reference: u8, more: bool, data: &str) -> Vec<u8> {
    let parameters = format!(
        "000112 08 12 {kind:02x} {subfunction:02x} {sequence:02x} {reference:02x} {:02x} 0000",
        u8::from(more)
    );
    let octets = hex(data);
    pdu(7, 9, &parameters, &format!("ff 09 {:04x} {data}", octets.len()))
}

/// HARD_CASES, S7comm: "Userdata: type 0 is a push without request; answers in several PDUs are joined by sequence and
/// data-unit reference until "last" -> one SZL of several PDUs is one table".
#[test]
fn one_list_of_several_pdus_is_one_table() {
    let entry = |n: u16| format!("{n:04x} {}", "41".repeat(32));
    let parts = [format!("001c 0000 0022 0003 {}", entry(1)), entry(2), entry(3)];
    let mut steps = vec![];
    for (n, part) in parts.iter().enumerate() {
        steps.push((TELL, userdata(0x84, 1, 5, 0x33, n < 2, part)));
        // A list of another reference comes between.
        steps.push((
            TELL,
            userdata(
                0x84,
                1,
                6,
                0x44,
                n < 2,
                if n == 0 {
                    "0131 0001 0002 0002 0001"
                } else if n == 1 {
                    "00"
                } else {
                    "02"
                },
            ),
        ));
    }
    let rows = talk(&steps);
    assert_eq!(rows.all("s7comm_szl", "szl_id"), [Some("28"), Some("305")]);
    assert_eq!(rows.all("s7comm_szl", "parts"), [Some("3"), Some("3")]);
    let of_first: Vec<_> = rows
        .of("s7comm_szl_entries")
        .iter()
        .filter(|row| row.get("szl_id") == Some("28"))
        .filter_map(|row| row.get("entry_index").map(str::to_owned))
        .collect();
    assert_eq!(of_first, ["1", "2", "3"]);
    assert!(rows.reasons().is_empty());
    let push = talk(&[(TELL, pdu(7, 0, "000112 04 11 00 04 00", ""))]);
    assert_eq!(push.all("operations", "outcome"), [Some("unconfirmed")]);
    assert_eq!(push.all("s7comm_modes", "mode"), [Some("hold")]);
}

/// An answer that was abandoned has nothing to do with the next one, which may have its reference.
#[test]
fn an_answer_does_not_begin_with_what_another_left() {
    let ask = pdu(7, 9, "000112 04 11 44 01 00", "ff 09 0004 001c 0000");
    let entry = |n: u16| format!("{n:04x} {}", "41".repeat(32));
    let head = "001c 0000 0022";
    let rows = talk(&[
        (ASK, ask.clone()),
        (TELL, userdata(0x84, 1, 5, 0x33, true, &format!("{head} 0002 {}", entry(1)))),
        (ASK, ask),
        (TELL, userdata(0x84, 1, 5, 0x33, false, &format!("{head} 0001 {}", entry(7)))),
    ]);
    assert_eq!(rows.all("s7comm_szl_entries", "entry_index"), [Some("7")]);
    let parts: Vec<_> = rows.all("s7comm_szl", "parts").into_iter().flatten().collect();
    assert_eq!(parts, ["1"]);
    assert_eq!(rows.reasons(), ["parts of userdata without their end"]);
}

/// STEP 7 asks for further parts by the sequence number of the answer alone.
#[test]
fn a_further_part_is_asked_for_by_its_sequence_number() {
    let ask = pdu(7, 9, "000112 04 11 43 02 00", "ff 09 0002 3038");
    let parts = ["0001 2201 0002 2201 00", "03 2201"];
    let rows = talk(&[
        (ASK, ask),
        (TELL, userdata(0x83, 2, 1, 0x65, true, parts[0])),
        (ASK, further(0x43, 2, 1, 0)),
        (TELL, userdata(0x83, 2, 1, 0x65, false, parts[1])),
    ]);
    let numbers: Vec<_> = rows.all("s7comm_blocks", "block_number").into_iter().flatten().collect();
    assert_eq!(numbers, ["1", "2", "3"]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// What a CPU sends by itself in one PDU is whole, whatever its reference.
#[test]
fn a_push_in_one_pdu_is_whole() {
    let event = "2311 14 14 0000 0005 00000000 0000000000000000";
    let rows = talk(&[(TELL, userdata(0x04, 3, 0, 7, false, event))]);
    assert_eq!(rows.all("s7comm_diagnostic_events", "event_id"), [Some("8977")]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// HARD_CASES, S7comm: "An acknowledgement with error class 0 may hold refused items -> outcome per item; class other than
/// 0 refuses the whole".
#[test]
fn an_outcome_for_each_item() {
    let item = "12 0a 10 02 0001 0001 84 000000";
    let job = |data: &str| pdu(1, 1, &format!("05 02 {item}{item}"), data);
    let data = "00 04 0008 01 00 00 04 0008 02";
    for (codes, outcome) in [("ff ff", "success"), ("ff 05", "partial"), ("0a 05", "refused")] {
        let rows = talk(&[(ASK, job(data)), (TELL, pdu(3, 1, "05 02", codes))]);
        assert_eq!(rows.all("operations", "outcome"), [Some(outcome)], "{codes}");
    }
    let mut refused = pdu(3, 1, "05 02", "");
    refused[10..12].copy_from_slice(&[0x85, 0x00]);
    let rows = talk(&[(ASK, job(data)), (TELL, refused)]);
    assert_eq!(rows.all("operations", "outcome"), [Some("refused")]);
    assert_eq!(rows.all("operations", "status"), [Some("34048")]);
    assert_eq!(rows.all("operations", "status_name"), [Some("wrong_frames")]);
}

/// HARD_CASES, S7comm: "Item syntax other than 10 hex (B2, B0, 82 to 84, A2, unknown) has its own layout -> skipped by its
/// length where not known; timers and counters (1C, 1D) are numbers, not bit addresses".
#[test]
fn every_syntax_leaves_the_items_behind_it_in_their_place() {
    let nck = Some("channel 1 module 127 column 5 line 1");
    // What is asked for in the operation, and the value with its name.
    for (other, object, point) in [
        ("12 0e b2 ff 0000 0052 01020304 20000005", Some("82.5"), Some("82.5")),
        ("12 12 b2 ff 8a0e 0005 01020304 20000009 10000002", Some("DB5.9.2"), Some("DB5.9.2")),
        ("12 07 b0 01 02 000a 0000 00", Some("DB10.DBB0"), Some("DB10.DBB0")),
        // How the values of several parts are divided is not known.
        ("12 0c b0 02 01 000a 0000 01 000b 0004", Some("DB10.DBB0"), None),
        ("12 08 82 41 0005 0001 7f 01", nck, nck),
        ("12 08 83 41 0005 0001 7f 01", nck, nck),
        ("12 08 84 41 0005 0001 7f 01", nck, nck),
        ("12 0a a2 00 0001 0000 0348 0002", Some("parameter 840 index 2"), None),
        // Where nothing is known of the first item, the operation is named after the next.
        ("12 03 77 0102 00", Some("T5"), None),
        ("12 01 77 00", Some("T5"), None),
        ("12 02 b0 00", Some("T5"), None),
        ("12 0b 10 02 0001 0001 84 000000 ff 00", Some("T5"), None),
    ] {
        let rows = talk(&[
            (ASK, pdu(1, 1, &format!("04 02 {other} 12 0a 10 1d 0001 0000 1d 000005"), "")),
            (TELL, pdu(3, 1, "04 02", "ff 04 0010 0102 ff 09 0002 0127")),
        ]);
        let names = rows.all("s7comm_items", "name");
        assert_eq!((names[0], names[1]), (object.filter(|object| *object != "T5"), Some("T5")), "{other}");
        assert_eq!((names[2], names[3]), (names[0], names[1]), "of the answer, {other}");
        assert_eq!(rows.all("s7comm_items", "bit_address")[1], None);
        let points = rows.all("points", "name").into_iter().zip(rows.all("points", "bits"));
        let (last, first) = ((Some("T5"), None), point.map(|name| (Some(name), Some("0102"))));
        assert_eq!(
            points.collect::<Vec<_>>(),
            first.into_iter().chain([last]).collect::<Vec<_>>(),
            "{other}"
        );
        assert_eq!(rows.all("points", "number").last(), Some(&Some("1.27")));
        assert_eq!(rows.all("operations", "object"), [object], "{other}");
        assert_eq!(rows.all("operations", "quantity"), [Some("2")]);
    }
}

/// What is written under a symbol, and pushed of it, has its name; a long path is whole.
#[test]
fn what_is_written_under_a_symbol_has_its_name() {
    let item = format!("12 2a b2 ff 8a0e 0005 01020304 {}", "0fffffff".repeat(8));
    let name = format!("DB5{}", ".268435455".repeat(8));
    let rows = talk(&[
        (ASK, pdu(1, 1, &format!("05 01 {item}"), "00 07 0004 42f60000")),
        (TELL, pdu(3, 1, "05 01", "ff")),
        (ASK, userdata_request(1, &format!("0001 0101 {item}"))),
        (TELL, userdata(0x82, 1, 5, 0, false, "0001 ff 05 0010 fffe")),
    ]);
    let name = Some(name.as_str());
    assert_eq!(rows.all("points", "name"), [name; 2]);
    assert_eq!(rows.all("points", "space"), [Some("data_block"); 2]);
    assert_eq!(rows.all("points", "way"), [Some("written"), Some("reported")]);
    assert_eq!(rows.all("points", "number"), [Some("123"), None]);
    assert_eq!(rows.all("points", "integer"), [None, Some("-2")]);
    assert_eq!(rows.all("s7comm_items", "name"), [name; 4]);
    assert_eq!(rows.all("operations", "object")[0], name);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// A request of cyclic services.
fn userdata_request(subfunction: u8, data: &str) -> Vec<u8> {
    let octets = hex(data);
    pdu(7, 9, &format!("000112 04 11 42 {subfunction:02x} 00"), &format!("ff 09 {:04x} {data}", octets.len()))
}

/// What a programmer watches is read by area and width, as a read of the same address is: timers and counters have three decimal
/// digits, octets that are several are no number, words that are several are so many points.
#[test]
fn what_is_watched_has_the_values_that_a_read_gives() {
    let words = "0000 0100 0000 0001 0000 0001 0001 0001 0001 0000";
    let watched =
        "54 01 0000 0007 64 01 0000 0003 01 02 0000 0064 02 02 0000 000a 00 03 0000 0005 71 01 0007 0002";
    let values = "ff 04 0010 0127 ff 04 0010 0123 ff 04 0010 abcd ff 04 0020 00010002 ff 03 0001 01 00 ff 04 0008 07 00";
    let length = hex(watched).len() + 2;
    let ask = format!("0014 {length:04x} {words} 0006 {watched}");
    let tell = format!("0004 {:04x} 00000000 0006 {values}", hex(values).len() + 2);
    let asked = pdu(7, 9, "000112 04 11 41 02 00", &format!("ff 09 {:04x} {ask}", hex(&ask).len()));
    let rows = talk(&[
        (ASK, asked),
        (TELL, userdata(0x81, 2, 3, 0, false, "0000 0000")),
        (TELL, userdata(0x01, 2, 3, 0, false, &tell)),
    ]);
    let column = |name| rows.all("points", name);
    assert_eq!(column("name"), ["T7", "C3", "MB100", "MW10", "MW12", "M5.3", "DB7.DBB2"].map(Some));
    let none = None;
    assert_eq!(column("number"), [Some("1.27"), none, none, none, none, none, none]);
    assert_eq!(column("integer")[1..5], [Some("123"), none, Some("1"), Some("2")]);
    assert_eq!(column("integer")[6], Some("7"));
    assert_eq!(column("bits")[2], Some("abcd"));
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// A CPU takes the job to modify, and tells later which variable it did not.
#[test]
fn a_variable_that_was_not_modified_is_an_outcome() {
    let words = "0000 0100 0000 0001 0000 0001 0001 0001 0001 0000";
    let items = "01 01 0000 0064 72 01 000a 0004 00 04 0008 0100 00 04 0010 1234";
    let ask = format!("0014 {:04x} {words} 0002 {items}", hex(items).len() + 2);
    for (told, outcomes) in [
        ("ff ff", vec![Some("success"), Some("unconfirmed")]),
        ("ff 0a", vec![Some("success"), Some("unconfirmed"), Some("partial")]),
        ("05 0a", vec![Some("success"), Some("unconfirmed"), Some("refused")]),
    ] {
        let rows = talk(&[
            (ASK, pdu(7, 9, "000112 04 11 41 08 00", &format!("ff 09 {:04x} {ask}", hex(&ask).len()))),
            (TELL, userdata(0x81, 8, 10, 0, false, "0000 0000")),
            (TELL, userdata(0x01, 8, 10, 0, false, &format!("0004 0004 00000000 0002 {told}"))),
        ]);
        assert_eq!(rows.all("operations", "outcome"), outcomes, "{told}");
        if outcomes.len() > 2 {
            let last = |name| rows.all("operations", name).last().copied().flatten();
            assert_eq!((last("operation"), last("function")), (Some("write"), Some("modify_variable")));
            let code = if told == "ff 0a" { "no_such_object" } else { "invalid_address" };
            assert_eq!((last("status_name"), last("quantity")), (Some(code), Some("2")));
        }
    }
}

/// The serial number of a memory card (list 001C hex, index 8) is none of the CPU that it is put into.
#[test]
fn a_memory_card_has_a_serial_number_of_its_own() {
    let entry = |index: u16, text: &str| {
        let text: String = text.bytes().map(|octet| format!("{octet:02x}")).collect();
        format!("{index:04x} {text:0<64}")
    };
    let list = format!("001c 0000 0022 0002 {} {}", entry(5, "S C-C2U"), entry(8, "MMC 267FF11F"));
    let rows = talk(&[(TELL, userdata(0x84, 1, 1, 0, false, &list))]);
    assert_eq!(rows.all("identities", "fact"), ["serial", "memory_card_serial"].map(Some));
    assert_eq!(rows.all("identities", "value"), ["S C-C2U", "MMC 267FF11F"].map(Some));
}

/// Parts of an answer have no numbers. Where one between others is missing, what follows is read from another place than it was
/// written to, and tells nothing of the device.
#[test]
fn a_list_that_lacks_a_part_says_nothing_of_the_device() {
    let parts =
        [format!("001c 0000 0022 0003 0001 {}", "41".repeat(20)), "41".repeat(12 + 30), "42".repeat(38)];
    let told = |left_out: Option<usize>| {
        let given = parts.iter().enumerate().filter(|(place, _)| Some(*place) != left_out);
        let steps: Vec<_> =
            given.map(|(place, part)| (TELL, userdata(0x84, 1, 5, 0x33, place < 2, part))).collect();
        let rows = talk(&steps);
        let reasons = rows.reasons().len();
        (rows.of("s7comm_szl_entries").len(), !rows.of("identities").is_empty(), reasons)
    };
    assert_eq!(told(None), (3, true, 0));
    assert_eq!(told(Some(1)), (1, false, 1));
}

/// HARD_CASES, S7comm: "PI service names are text with their own argument block (`P_PROGRAM` without argument is a hot or
/// warm start, with `C ` a cold one; `_INSE` names blocks) -> kept as text when unknown; start and stop have the operation
/// of a mode change".
#[test]
fn services_are_text_with_an_argument_block() {
    let service = |block: &str, name: &str| {
        let name: String = name.bytes().map(|octet| format!("{octet:02x}")).collect();
        pdu(
            1,
            1,
            &format!("28 000000000000fd {:04x} {block} {:02x} {name}", hex(block).len(), name.len() / 2),
            "",
        )
    };
    for (block, name, operation, argument) in [
        ("", "P_PROGRAM", "mode", None),
        ("4320", "P_PROGRAM", "mode", Some("C ")),
        ("0100 3041303030303150", "_INSE", "program_download", Some("0A00001P")),
        ("0100 3041303030303142", "_DELE", "program_download", Some("0A00001B")),
        ("4550", "_MODU", "config", Some("EP")),
        ("1b5b31", "_WHATEVER", "unknown", Some("\\x1b[1")),
    ] {
        let rows = talk(&[(ASK, service(block, name)), (TELL, pdu(3, 1, "28", ""))]);
        assert_eq!(rows.all("operations", "operation"), [Some(operation)], "{name}");
        assert_eq!(rows.all("operations", "object"), [Some(name)]);
        assert_eq!(rows.all("s7comm_services", "argument"), [argument]);
        assert!(rows.reasons().is_empty());
    }
    let stop =
        talk(&[(ASK, pdu(1, 1, "29 0000000000 09 505f50524f4752414d", "")), (TELL, pdu(3, 1, "29", ""))]);
    assert_eq!(stop.all("operations", "operation"), [Some("mode")]);
}

/// HARD_CASES, protocol level: "S7 userdata fragments that never end -> has its own limit".
#[test]
fn parts_that_never_end_are_bounded_and_said() {
    let limits = Limits { assembly_octets: 1000, assemblies: 4, ..Limits::default() };
    let long = "41".repeat(200);
    let mut steps: Vec<_> = (0..50).map(|_| (TELL, userdata(0x84, 1, 5, 0x33, true, &long))).collect();
    steps.extend((0..50u8).map(|n| (TELL, userdata(0x84, 1, n, n.max(1), true, &long))));
    steps.push((ASK, read_word(1, 2)));
    let rows = talk_within(limits, &steps);
    assert!(rows.reasons().contains(&"parts of userdata that are too many or too long"));
    assert_eq!(rows.of("s7comm").len(), 101);
}

/// HARD_CASES, protocol level: "Counts that promise more than the bytes (255 items)".
#[test]
fn counts_that_promise_more_than_there_is() {
    for (job, reason) in [
        (pdu(1, 1, "04 ff", ""), "fewer items than their number says"),
        (pdu(1, 1, "04", ""), "read or write without a number of items"),
        (
            pdu(1, 1, "05 01 12 0a 10 02 ffff 0001 84 000000", "00 09 ffff 01"),
            "data are shorter than their length",
        ),
        (pdu(1, 1, "05 01 12 0a 10 02 0001 0001 84 000000", ""), "no data for an item that is written"),
        (pdu(1, 1, "04 01 12 ff 10 02", ""), "fewer items than their number says"),
        (pdu(1, 1, "04 01 12 00 10 02", ""), "fewer items than their number says"),
        (pdu(1, 1, "28 00", ""), "service is shorter than its fields"),
        (
            pdu(1, 1, "28 000000000000fd 000a 0500 3041303030303150 05 5f494e5345", ""),
            "fewer blocks than their number says",
        ),
        (pdu(1, 1, "29 00", ""), "stop is shorter than its fields"),
        (pdu(1, 1, "1a 00", ""), "job of a transfer is shorter than its fields"),
        (pdu(1, 1, "f0 00 0001", ""), "set-up is shorter than its fields"),
        (pdu(7, 1, "000112", ""), "userdata are shorter than their fields"),
        (pdu(7, 1, "000112 04 11 44 01 00", "ff 09 ffff 0011 0000"), "data are shorter than their length"),
        (pdu(7, 1, "000112 04 11 44 01 00", "ff 09"), "data are shorter than their head"),
        (pdu(7, 1, "000112 04 11 42 01 00", "ff 09 0004 00ff 0101"), "fewer items than their number says"),
        (
            pdu(7, 1, "000112 04 11 41 02 00", "ff 09 0006 0000 0002 ffff"),
            "fewer items than their number says",
        ),
    ] {
        let rows = talk(&[(ASK, job.clone())]);
        assert!(rows.reasons().contains(&reason), "{reason}: {:?}", rows.reasons());
        assert!(rows.of("points").is_empty(), "{reason}");
    }
}

/// HARD_CASES, all protocols: "NaN, infinity -> kept exactly".
#[test]
fn numbers_that_are_none_are_kept() {
    let job = pdu(1, 1, "04 01 12 0a 10 08 0001 0001 84 000000", "");
    let rows = talk(&[(ASK, job), (TELL, pdu(3, 1, "04 01", "ff 04 0020 7fc00001"))]);
    assert_eq!(rows.all("points", "number"), [Some("NaN")]);
    assert_eq!(rows.all("s7comm_items", "data")[1], Some("7fc00001"));
}

/// Only what has the right head and fits in its lengths is taken for one.
#[test]
fn what_is_taken_for_a_pdu() {
    let job = read_word(1, 0);
    assert_eq!(Dissection::probe(&job, None), Probe::Certain);
    assert_eq!(Dissection::probe(&job[..11], None), Probe::More(job.len()));
    assert_eq!(Dissection::probe(&[&job[..], b"x"].concat(), None), Probe::Possible);
    for (place, octet) in [(0, 0x72), (1, 0), (1, 8)] {
        let mut other = job.clone();
        other[place] = octet;
        assert_eq!(Dissection::probe(&other, None), Probe::No);
    }
}

/// tshark 4.0 reads the header of ROSCTR 4 to 6, ten octets, and nothing behind it.
#[test]
fn of_a_kind_that_nobody_knows_the_header_is_read() {
    for rosctr in 4..=6 {
        let odd = pdu(rosctr, 7, "04 01", "ff");
        assert_eq!(Dissection::probe(&odd, None), Probe::Possible);
        let rows = talk(&[(ASK, odd)]);
        let [row] = rows.of("s7comm")[..] else { panic!("one row") };
        let number = rosctr.to_string();
        assert_eq!((row.get("rosctr"), row.get("pdu_reference")), (Some(number.as_str()), Some("7")));
        assert_eq!((row.get("parameter_length"), row.get("data_length")), (Some("2"), Some("1")));
        assert_eq!((row.get("error_class"), row.get("function_code")), (None, None));
        assert_eq!(rows.reasons(), ["kind of PDU is not known"]);
    }
}

/// tshark 4.0 reads a job whose redundancy identification is not 0; its lengths must be right then.
#[test]
fn a_redundancy_identification_makes_it_no_other_protocol() {
    let mut job = read_word(1, 0);
    job[2] = 1;
    assert_eq!(Dissection::probe(&job, None), Probe::Possible);
    assert_eq!(Dissection::probe(&job[..11], None), Probe::More(job.len()));
    assert_eq!(Dissection::probe(&[&job[..], b"x"].concat(), None), Probe::No);
    let rows = talk(&[(ASK, job)]);
    assert_eq!(rows.all("s7comm", "function_code"), [Some("read_var")]);
    assert_eq!(rows.reasons(), ["redundancy identification is not 0"]);
}

/// tshark 4.0 shows area, MLEN (3), INDEX (1) and ID (3015446) of this item, and neither length nor data block.
#[test]
fn a_data_record_has_an_identifier_and_no_data_block() {
    let rows = talk(&[(ASK, pdu(1, 1, "04 01 12 0a 10 02 0003 0001 01 2e0316", ""))]);
    let [item] = rows.of("s7comm_items")[..] else { panic!("one item") };
    assert_eq!(
        (item.get("area"), item.get("length"), item.get("db_number")),
        (Some("data_record"), None, None)
    );
    assert_eq!((item.get("byte_address"), item.get("name")), (Some("3015446"), Some("REC3015446")));
    assert_eq!(rows.all("s7comm_addresses", "address"), [Some("0200030001012e0316")]);
}

/// tshark 4.0 shows these as `s7comm.param.itemcount`: of cyclic services in all that hold items, of RDREC not in what is
/// pushed.
#[test]
fn cyclic_services_say_how_many_items_they_hold() {
    let item = "12 0a 10 02 0002 0001 84 000000";
    let record = "12 0a 10 02 0003 0001 01 2e0316";
    let answer = "ff 09 0008 00 01 ff 04 0010 0102";
    let rows = talk(&[
        (ASK, pdu(7, 1, "000112 04 11 42 01 00", &format!("ff 09 0010 00 01 01 01 {item}"))),
        (TELL, pdu(7, 1, "000112 08 12 82 01 05 00 00 0000", answer)),
        (TELL, pdu(7, 2, "000112 08 12 02 01 05 00 00 0000", answer)),
        (ASK, pdu(7, 3, "000112 04 11 42 08 00", &format!("ff 09 000e 00 01 {record}"))),
        (TELL, pdu(7, 4, "000112 08 12 02 08 05 00 00 0000", answer)),
        (ASK, pdu(7, 5, "000112 04 11 42 04 00", "ff 09 0002 01 05")),
    ]);
    assert_eq!(rows.all("s7comm", "item_count"), [Some("1"), Some("1"), Some("1"), Some("1"), None, None]);
    assert_eq!(rows.all("s7comm_items", "area"), [Some("data_block"), None, None, Some("data_record")]);
}

/// tshark 4.0 reads `s7comm.readrec.status`, `len` and `data` there: a return code, a size, a status behind its length, a record
/// behind its length. It reads one record alone.
#[test]
fn a_record_that_is_read() {
    let ask = pdu(7, 3, "000112 04 11 42 08 00", "ff 09 000e 00 01 12 0a 10 02 0003 0001 01 2e0316");
    let answer = |data: &str| pdu(7, 3, "000112 08 12 82 08 05 00 00 0000", data);
    let of = |data: &str| talk(&[(ASK, ask.clone()), (TELL, answer(data))]);
    let rows = of("ff 09 000d 00 01 ff 09 02 aabb 0004 01020304");
    assert_eq!(rows.all("s7comm_items", "data"), [None, Some("01020304")]);
    assert_eq!(rows.all("s7comm_items", "name"), [Some("REC3015446"); 2]);
    let [point] = rows.of("points")[..] else { panic!("one point") };
    assert_eq!((point.get("space"), point.get("name")), (Some("data_record"), Some("REC3015446")));
    assert_eq!(point.get("bits"), Some("01020304"));
    // It is not there.
    let rows = of("ff 09 0004 00 01 0a 00");
    assert_eq!(rows.all("s7comm_items", "return_code"), [None, Some("no_such_object")]);
    assert_eq!(rows.of("points").len(), 0);
    // Two records, or one with something behind it.
    for data in
        ["ff 09 000d 00 02 ff 09 02 aabb 0004 01020304", "ff 09 000e 00 01 ff 09 02 aabb 0004 01020304 05"]
    {
        let rows = of(data);
        assert_eq!((rows.of("s7comm_items").len(), rows.of("points").len()), (1, 0));
    }
}

/// Two jobs in one TSDU, answered the other way round: each value is that of the address which was asked for.
#[test]
fn each_job_of_a_tsdu_has_addresses_of_its_own() {
    let within = |data: &[u8]| {
        let length = (data.len() + 7) as u16;
        [&[3, 0][..], &length.to_be_bytes(), &[2, 0xf0, 0x80], data].concat()
    };
    let two = [read_word(1, 100), read_word(2, 200)].concat();
    let steps = [(ASK, within(&two)), (TELL, within(&word_is(2, 22))), (TELL, within(&word_is(1, 11)))];
    let config = Config { every_message: true, ..Config::default() };
    let rows = testing::talk(&crate::protocols::cotp::PROTOCOL, config, &steps).0;
    assert_eq!(rows.all("points", "address"), [Some("200"), Some("100")]);
    assert_eq!(rows.all("points", "integer"), [Some("22"), Some("11")]);
}

/// PDUs of all kinds, sound ones and others.
fn any_pdu() -> impl Strategy<Value = Vec<u8>> {
    let parameters = prop_oneof![
        Just(hex("04 01 12 0a 10 04 0001 0000 83 000000")),
        Just(hex("000112 08 12 84 01 00 33 01 0000")),
        Just(hex("000112 08 12 84 01 00 33 00 0000")),
        prop::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), prop::collection::vec(any::<u8>(), 0..30)).prop_map(|(code, rest)| {
            let functions = [0x04, 0x05, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x28, 0x29, 0xf0];
            [&[functions[usize::from(code) % functions.len()]][..], &rest].concat()
        }),
        (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(kind, sub, sequence)| {
            [&[0, 1, 0x12, 8, 0x12, kind & 0xc0 | kind & 7, sub % 24, sequence, 0, 0, 0, 0][..]].concat()
        }),
    ];
    let data = prop_oneof![
        Just(hex("ff 04 0010 0102")),
        prop::collection::vec(any::<u8>(), 0..60),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|rest| [
            &[0xff, 9, 0, rest.len() as u8][..],
            &rest
        ]
        .concat()),
    ];
    (prop::sample::select(vec![1u8, 2, 3, 5, 7]), 0u16..3, parameters, data).prop_map(
        |(rosctr, reference, parameters, data)| {
            let mut octets = pdu(rosctr, reference, "", "");
            octets[6..8].copy_from_slice(&(parameters.len() as u16).to_be_bytes());
            octets[8..10].copy_from_slice(&(data.len() as u16).to_be_bytes());
            [octets, parameters, data].concat()
        },
    )
}

proptest! {
    /// Cut anywhere: the same rows.
    #[test]
    fn rows_do_not_depend_on_cuts(pdus in prop::collection::vec((any::<bool>(), any_pdu()), 1..12), cut in 1usize..9) {
        let steps: Vec<_> = pdus.iter().map(|(ask, pdu)| (if *ask { ASK } else { TELL }, pdu.clone())).collect();
        let config = Config { every_message: true, ..Config::default() };
        let pieces = testing::talk_in_pieces(&PROTOCOL, config, &steps, cut);
        prop_assert_eq!(talk(&steps).0, pieces.0);
    }

    /// Whatever a PDU holds: one row in `s7comm` for each, and no more rows than octets allow.
    #[test]
    fn every_pdu_gives_one_row(pdus in prop::collection::vec((any::<bool>(), any_pdu()), 1..12)) {
        let steps: Vec<_> = pdus.iter().map(|(ask, pdu)| (if *ask { ASK } else { TELL }, pdu.clone())).collect();
        let rows = talk(&steps);
        prop_assert_eq!(rows.of("s7comm").len(), pdus.len());
        let octets: usize = pdus.iter().map(|(_, pdu)| pdu.len()).sum();
        prop_assert!(rows.0.len() <= 8 * octets);
    }

    /// Lost PDUs: what is left is read, and an answer has the address of a job that was seen or none.
    #[test]
    fn lost_pdus_give_no_wrong_address(kept in prop::collection::vec(any::<bool>(), 20)) {
        let all: Vec<_> = (0..10u16).flat_map(|n| [(ASK, read_word(n, 100 * n)), (TELL, word_is(n, n))]).collect();
        let steps: Vec<_> = all.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(step, _)| step).collect();
        let rows = talk(&steps);
        for point in rows.of("points") {
            let value: u32 = point.get("integer").and_then(|value| value.parse().ok()).expect("a value");
            let address = (100 * value).to_string();
            prop_assert_eq!(point.get("address"), Some(address.as_str()));
        }
        let answers = kept.iter().skip(1).step_by(2).filter(|kept| **kept).count();
        let finished = rows.of("operations").iter().filter(|row| row.get("outcome") != Some("open") && row.get("outcome") != Some("unanswered")).count();
        prop_assert_eq!(finished, answers);
    }

    /// `mend` makes a PDU that is taken for one.
    #[test]
    fn mended_octets_are_a_pdu(octets in prop::collection::vec(any::<u8>(), 12..80), rosctr in 1u8..=7) {
        let mut octets = octets;
        octets[1] = rosctr;
        Dissection::mend(&mut octets);
        let way = Way { side: Side::First, toward: None };
        prop_assert_eq!(Dissection::frame(&State::default(), way, &octets), Framing::Frame(octets.len()));
    }
}

/// A fill octet makes an item of odd length even. Behind the last one it is there or not; some leave it out between items too.
#[test]
fn a_fill_octet_is_taken_where_it_is() {
    let odd = [0x12, 7, 0xb0, 1, 4, 0, 10, 0, 0];
    let even = [0x12, 10, 0x10, 2, 0, 2, 0, 1, 0x84, 0, 0, 0];
    let left = |octets: &[u8], last: bool| {
        let mut cursor = crate::wire::Cursor::new(octets);
        address::item(&mut cursor, last).map(|item| (item.octets.len(), cursor.rest().len()))
    };
    assert_eq!(left(&[&odd[..], &[0], &even].concat(), false), Some((6, even.len())));
    assert_eq!(left(&[&odd[..], &even].concat(), false), Some((6, even.len())));
    assert_eq!(left(&odd, true), Some((6, 0)));
    assert_eq!(left(&[&odd[..], &[0]].concat(), true), Some((6, 0)));
    // What follows is no fill octet.
    assert_eq!(left(&[&odd[..], &[9]].concat(), true), Some((6, 1)));
    assert_eq!(left(&[&even[..], &odd].concat(), false), Some((9, odd.len())));
}
