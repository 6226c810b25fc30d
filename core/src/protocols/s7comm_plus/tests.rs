//! The hard cases of S7comm-plus, and what must hold for any octets.
use super::*;
use crate::{
    Config, Limits, Mark, Session,
    testing::{self, ASK, Rows},
};
use proptest::prelude::*;

fn talk(limits: Limits, steps: &[(Toward, Vec<u8>)]) -> Rows {
    let config = Config { limits, every_message: true, ..Config::default() };
    testing::talk(&PROTOCOL, config, steps).0
}

/// A PDU of version 2.
fn part(data: &[u8]) -> Vec<u8> {
    [&[PROTOCOL_ID, 2][..], &(data.len() as u16).to_be_bytes(), data].concat()
}

const TRAILER: [u8; 4] = [PROTOCOL_ID, 2, 0, 0];

/// A request that sets attribute 2167 of object 52 to text.
fn request(sequence: u16, text: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x31, 0, 0, 4, 0xf2, 0, 0];
    octets.extend(sequence.to_be_bytes());
    octets.extend([0, 0, 3, 0x92, 0x34, 0, 0, 0, 0x34, 1, 0x90, 0x77, 0, 0x15]);
    octets.push(text.len() as u8);
    octets.extend(text);
    octets
}

/// HARD_CASES, S7comm: "S7-plus: notifications (33 hex) have no function code but a subscription id".
#[test]
fn a_notification_has_a_subscription_and_no_function() {
    let octets = [0x33, 0x10, 0, 0, 1, 4, 0, 0, 0, 0, 0, 7, 8, 0, 0, 5, 0x4c];
    let rows = talk(Limits::default(), &[(ASK.back(), [part(&octets), TRAILER.to_vec()].concat())]);
    let [row] = rows.of("s7comm_plus")[..] else { panic!("one row") };
    assert_eq!((row.get("subscription_id"), row.get("function_code")), (Some("268435457"), None));
}

/// HARD_CASES, S7comm: "continuation fragments start with data and only the last has a trailer ... never read as functions".
/// Each part but the first begins with what a request begins with.
#[test]
fn continuations_are_never_read_as_functions() {
    let text = [&request(9, b"x")[..], &request(10, b"y"), &request(11, b"z")].concat();
    let whole = request(8, &text);
    let head = whole.len() - text.len();
    for parts in [vec![head], vec![head, head + 24], vec![head, head + 24, head + 48]] {
        let mut stream = Vec::new();
        let mut from = 0;
        for at in parts.iter().copied().chain([whole.len()]) {
            stream.extend(part(&whole[from..at]));
            from = at;
        }
        stream.extend(TRAILER);
        let rows = talk(Limits::default(), &[(ASK, stream)]);
        let functions =
            rows.of("s7comm_plus").iter().filter(|row| row.get("function_code").is_some()).count();
        assert_eq!(functions, 1);
        assert_eq!(rows.of("s7comm_plus").len(), parts.len() + 1);
        assert_eq!(rows.of("s7comm_plus_values").len(), 1);
        assert_eq!(rows.of("operations").len(), 1);
    }
}

/// HARD_CASES, S7comm: "version FE frames have no opcode -> never read as functions".
#[test]
fn a_system_event_has_no_opcode() {
    let mut event = part(&request(8, b"text"));
    event[1] = 0xfe;
    let rows = talk(Limits::default(), &[(ASK, event)]);
    let [row] = &rows.0[..] else { panic!("one row: {:?}", rows.0) };
    assert_eq!((row.get("opcode"), row.get("function_code")), (None, None));
    // It does not end or continue a message of the same side.
    let whole = request(8, b"text");
    let mut between = part(b"\x31\x00\x00");
    between[1] = 0xfe;
    let stream = [part(&whole[..20]), between, part(&whole[20..]), TRAILER.to_vec()].concat();
    let rows = talk(Limits::default(), &[(ASK, stream)]);
    assert_eq!(rows.of("s7comm_plus_values").len(), 1);
}

/// HARD_CASES, protocol level: "COTP segments that never end; S7 userdata fragments that never end -> each has its own
/// limit".
#[test]
fn parts_that_never_end_are_bounded() {
    let limits = Limits { assembly_octets: 4000, ..Limits::default() };
    let mut steps = vec![(ASK, part(&request(8, b"text")))];
    steps.extend((0..100).map(|_| (ASK, part(&[0x41; 200]))));
    steps.push((ASK, TRAILER.to_vec()));
    steps.push((ASK, [part(&request(9, b"text")), TRAILER.to_vec()].concat()));
    let rows = talk(limits, &steps);
    assert!(rows.reasons().iter().any(|reason| reason.contains("too many or too long")));
    assert_eq!(rows.of("s7comm_plus_values").len(), 1);
}

/// Keys and answers to challenges are not shown, and what carries them is a login.
#[test]
fn secrets_are_not_shown() {
    let mut octets = vec![0x31, 0, 0, 5, 0x42, 0, 0, 0, 7, 0, 0, 3, 0x92, 0x34];
    octets.extend([0, 0, 3, 0x92, 1, 1, 0x8e, 0x36, 1, 0x10, 0x02, 2, 0x41, 0x42, 0]);
    let rows = talk(Limits::default(), &[(ASK, [part(&octets), TRAILER.to_vec()].concat())]);
    assert_eq!(rows.of("s7comm_plus_values").len(), 2);
    assert!(
        rows.of("s7comm_plus_values")
            .iter()
            .all(|row| row.get("unsigned").is_none() && row.get("integer").is_none())
    );
    assert_eq!(rows.of("operations")[0].get("operation"), Some("auth"));
    assert!(rows.of("points").is_empty());
}

/// Nor in the answer to a request for several, where only the request tells which they are. An item that has the number of a secret
/// attribute is none.
#[test]
fn a_secret_is_one_by_its_address_and_not_by_the_number_of_its_item() {
    let asked = |attribute| {
        let list = [&[0, 0, 3, 0x92, 1, 1][..], &vlq(attribute), &BEHIND].concat();
        let value = told(1, [(1, 0x4142)]);
        talk(Limits::default(), &[asking(0x054c, 1, &list), (ASK.back(), message(&value))])
    };
    let rows = asked(1846);
    assert_eq!(rows.all("s7comm_plus_values", "integer"), [None]);
    assert_eq!((rows.of("points").len(), rows.outcomes()), (0, vec!["success"]));
    assert_eq!(rows.all("operations", "operation"), [Some("auth")]);
    let rows = asked(1845);
    assert_eq!(rows.all("s7comm_plus_values", "integer"), [Some("16706")]);
    assert_eq!(rows.all("operations", "operation"), [Some("read")]);
    let variables: Vec<_> = (0..1850).map(|local| (1, local)).collect();
    let read = (ASK, message(&read(2, &variables)));
    let values = told(2, (1..=1850).map(|item| (item, item as u16)));
    let rows = talk(Limits::default(), &[read, (ASK.back(), message(&values))]);
    assert!(rows.all("s7comm_plus_values", "integer").iter().all(Option::is_some));
}

/// A CPU may be stopped by a list of variables as by one.
#[test]
fn an_operating_state_in_a_list_is_a_change_of_mode() {
    for (attribute, operation) in [(2167, "mode"), (2168, "write")] {
        let list = [&[0, 0, 0, 52, 1, 1][..], &vlq(attribute), &[1, 0, 7, 0, 1], &BEHIND].concat();
        let rows = talk(Limits::default(), &[asking(0x0542, 1, &list), telling(0x0542, 1, &[0, 0])]);
        assert_eq!(rows.all("operations", "operation"), [Some(operation)]);
    }
}

/// Structures that are nested without end are read to a depth, and that is said.
#[test]
fn nesting_is_bounded() {
    let mut octets = request(8, b"");
    octets.truncate(octets.len() - 3);
    for _ in 0..1000 {
        octets.extend([0x00, 0x17, 0, 0, 0, 1, 0x05]);
    }
    let rows = talk(Limits::default(), &[(ASK, [part(&octets), TRAILER.to_vec()].concat())]);
    assert!(rows.of("s7comm_plus_values").len() < 30);
    assert!(rows.reasons()[0].contains("cannot be read to its end"));
}

/// A request that makes an object with these lists or descriptions in it.
fn with_variables(octets: &[u8]) -> Vec<u8> {
    let head =
        b"\x31\0\0\x04\xca\0\0\0\x01\0\0\x01\x20\x36\0\0\x01\x1d\0\x04\0\0\0\0\0\xa1\0\0\x02\0\x83\x20\0\0";
    [part(&[&head[..], octets, &[0xa2]].concat()), TRAILER.to_vec()].concat()
}

/// Two bits, and one name or three of them.
#[test]
fn lists_of_variables_that_do_not_fit_each_other() {
    let types = b"\xab\0\x24\x02\0\0\x80\x09\0\0\0\x01\0\0\0\x01\x8a\x80\0\0\0\0\0\x0a\0\0\0\x02\0\0\0\x01\x8a\x80\0\0\0\0\0\0\0";
    let few = [&types[..], b"\xac\0\x03\x01a\0\0\0"].concat();
    let rows = talk(Limits::default(), &[(ASK, with_variables(&few))]);
    assert_eq!(rows.all("s7comm_plus_variables", "name"), [Some("a"), None]);
    assert_eq!(rows.reasons(), [""; 0]);
    let many = [&types[..], b"\xac\0\x09\x01a\0\x01b\0\x01c\0\0\0"].concat();
    let rows = talk(Limits::default(), &[(ASK, with_variables(&many))]);
    assert_eq!(rows.of("s7comm_plus_variables").len(), 2);
    assert_eq!(rows.reasons(), ["names of more variables than there are"]);
    // A first block without the identifier that stands in it.
    let rows = talk(Limits::default(), &[(ASK, with_variables(b"\xab\0\x02\0\0\0\0"))]);
    assert_eq!(rows.reasons(), ["message cannot be read to its end"]);
    // Names alone.
    let rows = talk(Limits::default(), &[(ASK, with_variables(b"\xac\0\x03\x01a\0\0\0"))]);
    assert_eq!(rows.reasons(), ["names of more variables than there are"]);
    // A name that is longer than its block.
    let long = [&types[..], b"\xac\0\x03\x02a\0\0\0"].concat();
    let rows = talk(Limits::default(), &[(ASK, with_variables(&long))]);
    assert_eq!(rows.reasons(), ["message cannot be read to its end"]);
}

/// A variable, an object with another one, and one more of the first object.
#[test]
fn variables_are_counted_for_each_object() {
    let variable = |name: u8| [&[0xa7, 0, 1, name, 0, 1, 1, 0, 0, 0, 0, 9, 0, 0, 0][..], &[0xa8]].concat();
    let inner = b"\xa1\0\0\x02\x01\x83\x20\0\0";
    let octets = [&variable(b'a')[..], inner, &variable(b'b'), &[0xa2], &variable(b'c')].concat();
    let rows = talk(Limits::default(), &[(ASK, with_variables(&octets))]);
    let all = |field| rows.all("s7comm_plus_variables", field);
    assert_eq!(all("name"), [Some("a"), Some("b"), Some("c")]);
    assert_eq!(all("position"), [Some("0"), Some("0"), Some("1")]);
    assert_eq!(all("path"), [Some("512"), Some("512.513"), Some("512")]);
    assert_eq!(rows.reasons(), [""; 0]);
}

#[test]
fn what_is_taken_for_a_pdu() {
    let pdu = part(&request(8, b"text"));
    assert_eq!(Dissection::probe(&pdu, None), Probe::Certain);
    assert_eq!(Dissection::probe(&[&pdu[..], &TRAILER].concat(), None), Probe::Certain);
    assert_eq!(Dissection::probe(&pdu[..20], None), Probe::More(pdu.len()));
    assert_eq!(Dissection::probe(b"\x72\x05\x00\x01\x31", None), Probe::No);
    assert_eq!(Dissection::probe(b"\x32\x01", None), Probe::No);
}

/// A number in groups of seven bits.
fn vlq(number: u32) -> Vec<u8> {
    let groups = (1..5).rev().filter(|group| number >> (7 * group) != 0);
    let mut octets: Vec<u8> = groups.map(|group| (number >> (7 * group)) as u8 | 0x80).collect();
    octets.push((number & 0x7f) as u8);
    octets
}

/// The head of a request, and of its answer.
fn heads(function: u16, sequence: u16) -> [Vec<u8>; 2] {
    let [f1, f2] = function.to_be_bytes();
    let [s1, s2] = sequence.to_be_bytes();
    let ask = vec![0x31, 0, 0, f1, f2, 0, 0, s1, s2, 0, 0, 3, 0x92, 0x34];
    [ask, vec![0x32, 0, 0, f1, f2, 0, 0, s1, s2, 0x34, 0]]
}

/// Reads variables of data blocks, each by block and local identifier.
fn read(sequence: u16, variables: &[(u16, u32)]) -> Vec<u8> {
    let [mut octets, _] = heads(0x054c, sequence);
    octets.extend([0; 4]);
    octets.extend(vlq(variables.len() as u32));
    octets.extend(vlq(5 * variables.len() as u32));
    for (block, local) in variables {
        octets.extend([1]);
        octets.extend(vlq(0x8a0e_0000 | u32::from(*block)));
        octets.extend([2, 0x93, 0x76]);
        octets.extend(vlq(*local));
    }
    octets
}

/// Tells items, INT each.
fn told(sequence: u16, items: impl IntoIterator<Item = (u32, u16)>) -> Vec<u8> {
    let [_, mut octets] = heads(0x054c, sequence);
    for (item, value) in items {
        octets.extend(vlq(item));
        octets.extend([0, 7]);
        octets.extend(value.to_be_bytes());
    }
    octets.extend([0, 0]);
    octets
}

fn message(octets: &[u8]) -> Vec<u8> {
    [part(octets), TRAILER.to_vec()].concat()
}

/// HARD_CASES, protocol level: several messages in one PDU of the transport. Two requests in one TSDU, answered the other way
/// round: each value is that of the address which was asked for.
#[test]
fn each_request_of_a_tsdu_has_addresses_of_its_own() {
    let within = |data: &[u8]| {
        let length = (data.len() + 7) as u16;
        [&[3, 0][..], &length.to_be_bytes(), &[2, 0xf0, 0x80], data].concat()
    };
    let two = [message(&read(4, &[(1, 10)])), message(&read(5, &[(9, 77)]))].concat();
    let steps = [
        (ASK, within(&two)),
        (ASK.back(), within(&message(&told(5, [(1, 55)])))),
        (ASK.back(), within(&message(&told(4, [(1, 44)])))),
    ];
    let config = Config { every_message: true, ..Config::default() };
    let rows = testing::talk(&crate::protocols::cotp::PROTOCOL, config, &steps).0;
    assert_eq!(rows.all("points", "name"), [Some("DB9.77"), Some("DB1.10")]);
    assert_eq!(rows.all("points", "integer"), [Some("55"), Some("44")]);
}

/// All values of a request have their points, and all requests that wait.
#[test]
fn no_point_is_lost_to_a_limit_of_its_own() {
    let variables: Vec<_> = (0..1000).map(|local| (1, local)).collect();
    let items = |count: u32| (1..=count).map(|item| (item, item as u16));
    let many = [(ASK, message(&read(1, &variables))), (ASK.back(), message(&told(1, items(1000))))];
    let rows = talk(Limits::default(), &many);
    assert_eq!(rows.of("points").len(), 1000);
    assert_eq!(rows.reasons(), [""; 0]);
    let asked = (0..100).map(|sequence| (ASK, message(&read(sequence, &[(sequence, 7)]))));
    let answered = (0..100).rev().map(|sequence| (ASK.back(), message(&told(sequence, [(1, sequence)]))));
    let rows = talk(Limits::default(), &asked.chain(answered).collect::<Vec<_>>());
    assert_eq!(rows.of("points").len(), 100);
    for point in rows.of("points") {
        assert_eq!(point.get("name"), point.get("integer").map(|block| format!("DB{block}.7")).as_deref());
    }
}

/// What a limit takes is said, and how many values it takes the names of.
#[test]
fn addresses_that_are_not_remembered_are_said() {
    let limits = Limits { assembly_octets: 300, ..Limits::default() };
    let asked = (0..40).map(|sequence| (ASK, message(&read(sequence, &[(1, 7), (1, 8)]))));
    let answered = (0..40).map(|sequence| (ASK.back(), message(&told(sequence, [(1, 3), (2, sequence)]))));
    let rows = talk(limits, &asked.chain(answered).collect::<Vec<_>>());
    let kept = rows.of("points").len() / 2;
    assert!((10..20).contains(&kept), "{kept}");
    assert_eq!(rows.reasons(), vec!["values of a request whose addresses are not remembered"; 40 - kept]);
    assert_eq!(rows.all("anomalies", "count"), vec![Some("2"); 40 - kept]);
}

/// Values in another order than the addresses; of items without address; of items that come again.
#[test]
fn values_in_any_order_have_their_addresses() {
    let ask = message(&read(1, &[(1, 10), (1, 11), (1, 12)]));
    let answer = |items: &[(u32, u16)]| message(&told(1, items.iter().copied()));
    let names = |items: &[(u32, u16)]| {
        let rows = talk(Limits::default(), &[(ASK, ask.clone()), (ASK.back(), answer(items))]);
        let names: Vec<_> = rows.all("points", "name").into_iter().flatten().map(str::to_owned).collect();
        let counts = rows.all("anomalies", "count").into_iter().flatten();
        let count: u32 = counts.map(|count| count.parse::<u32>().unwrap()).sum();
        (names.join(" "), rows.reasons().join(" "), count)
    };
    assert_eq!(names(&[(3, 1), (1, 2), (2, 3)]).0, "DB1.12 DB1.10 DB1.11");
    assert_eq!(names(&[(2, 1), (2, 2)]).0, "DB1.11 DB1.11");
    let (said, reason, count) = names(&[(4, 1), (1, 2), (9, 3)]);
    assert_eq!(
        (said.as_str(), reason.as_str(), count),
        ("DB1.10", "values of items that have no address", 2)
    );
    let again: Vec<_> = (0..2000).map(|value| (1, value)).collect();
    let (said, reason, count) = names(&again);
    assert_eq!((said.split(' ').count(), count), (1024 + 4 * 3, 2000 - 1036));
    assert_eq!(reason, "values in another order than their addresses");
}

/// What one message may tell is bounded, and what it tells beyond that is counted.
#[test]
fn more_values_than_are_given_are_counted() {
    let [_, mut octets] = heads(0x054c, 1);
    octets.extend([1, 0x10, 1]);
    octets.extend(vlq(65_546));
    octets.extend(vec![1; 65_546]);
    octets.extend([0, 0]);
    let parts: Vec<u8> = octets.chunks(60_000).flat_map(part).chain(TRAILER).collect();
    let limits = Limits { assembly_octets: 100_000, carried_octets: 100_000, ..Limits::default() };
    let rows = talk(limits, &[(ASK, message(&read(1, &[(1, 10)]))), (ASK.back(), parts)]);
    assert_eq!(rows.of("s7comm_plus_values").len(), 65_536);
    assert_eq!(rows.of("points").len(), 65_536);
    assert_eq!(rows.reasons(), ["more values than are given", "more points than are given"]);
    assert_eq!(rows.all("anomalies", "count"), [Some("10"); 2]);
}

/// A write of more items than there are addresses of.
#[test]
fn what_cannot_be_read_is_said_once() {
    let [mut octets, _] = heads(0x0542, 9);
    octets.extend([0, 0, 0, 0, 0x8f, 0xff, 0xff, 0xff, 0x7f, 5, 1, 0x81, 2, 3, 4]);
    let rows = talk(Limits::default(), &[(ASK, message(&octets))]);
    assert_eq!(rows.reasons(), ["message cannot be read to its end"]);
}

/// Some items of a write are refused, or all.
#[test]
fn a_write_is_refused_if_nothing_of_it_is_done() {
    let ask = |sequence| {
        let mut octets = read(sequence, &[(1, 10), (1, 11)]);
        octets[4] = 0x42;
        octets.extend([1, 0, 7, 0, 5, 2, 0, 7, 0, 6, 0]);
        message(&octets)
    };
    let answer = |sequence, errors: &[u8]| {
        let [_, mut octets] = heads(0x0542, sequence);
        octets.extend(errors);
        octets.push(0);
        message(&octets)
    };
    let steps = [
        (ASK, ask(1)),
        (ASK.back(), answer(1, &[])),
        (ASK, ask(2)),
        (ASK.back(), answer(2, &[2, 0x83, 0xff, 0x74])),
        (ASK, ask(3)),
        (ASK.back(), answer(3, &[1, 0x83, 0xff, 0x6f, 2, 0x83, 0xff, 0x74])),
    ];
    let rows = talk(Limits::default(), &steps);
    assert_eq!(rows.outcomes(), ["success", "partial", "refused"]);
    assert_eq!(rows.all("operations", "status"), [None, None, Some("65519")]);
    assert_eq!(rows.all("operations", "status_name"), [None, None, Some("invalid_checksum")]);
}

/// Messages whose body is anything, some in two parts.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let functions = vec![
        0x04b1u16, 0x04bb, 0x04ca, 0x04d4, 0x04f2, 0x04fc, 0x0524, 0x0542, 0x054c, 0x0556, 0x056b, 0x057c,
        0x0586,
    ];
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        prop::collection::vec(
            prop::sample::select(vec![
                0u8, 1, 2, 0xa1, 0xa2, 0xa3, 0xa4, 0xa7, 0xa8, 0xab, 0xac, 0x17, 0x10, 0x40, 0x81
            ]),
            0..80
        ),
    ];
    let head = (prop::sample::select(vec![0x31u8, 0x32, 0x33]), prop::sample::select(functions), 0u16..3);
    (head, body, 0usize..100, any::<bool>()).prop_map(|((opcode, function, sequence), body, cut, trailer)| {
        let mut octets = vec![opcode, 0, 0];
        octets.extend(function.to_be_bytes());
        octets.extend([0, 0]);
        octets.extend(sequence.to_be_bytes());
        octets.extend([0, 0, 3, 0x92, 0x34]);
        octets.extend(body);
        let (first, second) = octets.split_at(cut.min(octets.len() - 1).max(1));
        let mut stream = [part(first), part(second)].concat();
        if trailer {
            stream.extend(TRAILER);
        }
        stream
    })
}

proptest! {
    /// Cut anywhere: the same rows.
    #[test]
    fn rows_do_not_depend_on_cuts(messages in prop::collection::vec((any::<bool>(), any_message()), 1..8), cut in 1usize..9) {
        let steps: Vec<_> =
            messages.iter().map(|(ask, octets)| (if *ask { ASK } else { ASK.back() }, octets.clone())).collect();
        let config = Config { every_message: true, ..Config::default() };
        let pieces = testing::talk_in_pieces(&PROTOCOL, config, &steps, cut);
        prop_assert_eq!(talk(Limits::default(), &steps).0, pieces.0);
    }

    /// Anything is read within bounds.
    #[test]
    fn rows_are_bounded(messages in prop::collection::vec(any_message(), 1..8)) {
        let octets: usize = messages.iter().map(Vec::len).sum();
        let steps: Vec<_> = messages.into_iter().map(|octets| (ASK, octets)).collect();
        prop_assert!(talk(Limits::default(), &steps).0.len() <= 8 * octets);
    }
}

/// Within ISO transport: after a hole in the stream, what comes next is no continuation of what came before it.
#[test]
fn a_hole_in_the_stream_ends_a_message() {
    let within = |data: &[u8]| {
        let length = (data.len() + 7) as u16;
        [&[3, 0][..], &length.to_be_bytes(), &[2, 0xf0, 0x80], data].concat()
    };
    let whole = request(8, b"text");
    let mut session = Session::new(&crate::protocols::cotp::PROTOCOL, Config::default());
    let (mut rows, mark) = (Rows::default(), Mark::default());
    session.feed(ASK, mark, &within(&part(&whole[..20])), &mut rows);
    session.gap(ASK, mark, 100, &mut rows);
    for sequence in 9..12 {
        let next = [part(&request(sequence, b"text")), TRAILER.to_vec()].concat();
        session.feed(ASK, mark, &within(&next), &mut rows);
    }
    session.finish(mark, &mut rows);
    assert_eq!(rows.of("s7comm_plus").len(), 4);
    assert_eq!(rows.of("s7comm_plus_values").len(), 3);
    assert!(rows.of("s7comm_plus").iter().all(|row| row.get("continues") == Some("false")));
}

/// A message: opcode, function and sequence number, then what stands behind the session or the flags.
fn headed(opcode: u8, function: u16, sequence: u16, flags: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![opcode, 0, 0];
    octets.extend(function.to_be_bytes());
    octets.extend([0, 0]);
    octets.extend(sequence.to_be_bytes());
    if opcode == 0x31 {
        octets.extend([0, 0, 3, 0x92]);
    }
    octets.push(flags);
    octets.extend(body);
    [part(&octets), TRAILER.to_vec()].concat()
}
fn asking(function: u16, sequence: u16, body: &[u8]) -> (Toward, Vec<u8>) {
    (ASK, headed(0x31, function, sequence, 0x34, body))
}
fn telling(function: u16, sequence: u16, body: &[u8]) -> (Toward, Vec<u8>) {
    (ASK.back(), headed(0x32, function, sequence, 0x34, body))
}
/// The object qualifier, and the count of messages with what fills it.
const BEHIND: [u8; 10] = [0, 0, 4, 0xe8, 0, 7, 0, 0, 0, 0];
/// An object is not found.
const REFUSED: [u8; 9] = [0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf4];

/// Whoever uses a sequence number again has given up the request before: an answer that is lost shifts none behind it.
#[test]
fn a_lost_answer_shifts_none_behind_it() {
    for sequences in [[0; 6], [1, 2, 1, 2, 1, 2]] {
        let mut session = Session::new(&PROTOCOL, Config::default());
        let (mut rows, mut at) = (Rows::default(), Mark::default());
        for (n, sequence) in (0u8..).zip(sequences) {
            let get = asking(0x04fc, sequence, &[&[0, 0, 0, 50 + n, 1, 5][..], &BEHIND].concat());
            let got = telling(0x04fc, sequence, &[0, 0, 2, n, 7, 0, 0, 0, 0]);
            for (toward, octets) in [get, got].into_iter().take(if n == 1 { 1 } else { 2 }) {
                (at.frame, at.ts) = (at.frame + 1, at.ts + 10_000_000);
                session.feed(toward, at, &octets, &mut rows);
            }
        }
        session.finish(at, &mut rows);
        assert_eq!(rows.all("points", "name"), ["50.5", "52.5", "53.5", "54.5", "55.5"].map(Some));
        assert_eq!(rows.all("points", "integer"), ["0", "2", "3", "4", "5"].map(Some));
        assert_eq!(rows.outcomes().last(), Some(&"unanswered"));
    }
}

/// What is written to one attribute, and read of it, is a value as any.
#[test]
fn one_attribute_is_a_point() {
    let set = asking(0x04f2, 1, &[&[0, 0, 0, 50, 1, 5, 0, 2, 9][..], &BEHIND].concat());
    let get = asking(0x04fc, 2, &[&[0, 0, 0, 50, 1, 5][..], &BEHIND].concat());
    let rows =
        talk(Limits::default(), &[set, telling(0x04f2, 1, &[0]), get, telling(0x04fc, 2, &[0, 0, 2, 9])]);
    assert_eq!(rows.all("points", "name"), [Some("50.5"); 2]);
    assert_eq!(rows.all("points", "way"), [Some("written"), Some("read")]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
}

/// Octets behind a message are said, but for zeros that fill it.
#[test]
fn octets_behind_a_message_are_said() {
    for (behind, reasons) in
        [(&b""[..], vec![]), (&[0; 3], vec![]), (b"JUNK", vec!["octets behind the end of the message"])]
    {
        let body = [&[0, 0, 0, 50, 1, 5, 0, 2, 9][..], &BEHIND, behind].concat();
        let rows = talk(Limits::default(), &[asking(0x04f2, 1, &body), telling(0x04f2, 1, &[0])]);
        assert_eq!(rows.reasons(), reasons);
    }
}

/// To delete a block changes the program; to delete another object undoes what made it.
#[test]
fn an_object_is_deleted_as_it_was_made() {
    let create =
        [&[0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0][..], &[0xa1, 0, 0, 0, 0xd3, 0x87, 0x69, 0, 0, 0xa2, 0]].concat();
    let made = [0, 1, 0x87, 0x80, 0x80, 0x99, 0x01, 0, 0];
    let make = [asking(0x04ca, 1, &create), telling(0x04ca, 1, &made)];
    for (steps, object, operation) in [
        (&[][..], 0x8a0e_0001u32, "program_download"),
        (&[], 0x7000_0c81, "unknown"),
        (&[], 0x392, "session"),
        (&make, 0x7000_0c81, "reporting"),
        (&make, 0x7000_0c82, "unknown"),
    ] {
        let identifier = object.to_be_bytes();
        let delete = asking(0x04d4, 2, &[&identifier[..], &[0], &BEHIND].concat());
        let deleted = telling(0x04d4, 2, &[&[0][..], &identifier, &[0]].concat());
        let rows = talk(Limits::default(), &[steps, &[delete, deleted]].concat());
        assert_eq!(rows.all("operations", "operation").last(), Some(&Some(operation)), "{object:x}");
        assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
    }
}

/// A request that wants no answer may be refused all the same.
#[test]
fn a_request_that_wants_no_answer_may_be_refused() {
    let stop = [&[0, 0, 0, 52, 1, 0x90, 0x77, 0, 8, 1][..], &BEHIND].concat();
    let stop = (ASK, headed(0x31, 0x04f2, 1, 0x74, &stop));
    let rows = talk(Limits::default(), core::slice::from_ref(&stop));
    assert_eq!(rows.outcomes(), ["unconfirmed"]);
    let rows = talk(Limits::default(), &[stop, telling(0x04f2, 1, &REFUSED)]);
    assert_eq!(rows.outcomes(), ["refused"]);
    assert_eq!(rows.all("operations", "operation"), [Some("mode")]);
}

/// Items of which an answer tells nothing were not read.
#[test]
fn items_that_are_missing_are_said() {
    let get = asking(0x054c, 1, &[&[0, 0, 0, 50, 2, 2, 5, 6][..], &BEHIND].concat());
    for (told, outcome) in [
        (vec![1, 0, 2, 9, 2, 0, 2, 9, 0, 0], "success"),
        (vec![1, 0, 2, 9, 0, 0], "partial"),
        ([&[0, 1][..], &REFUSED, &[0]].concat(), "refused"),
    ] {
        let rows = talk(Limits::default(), &[get.clone(), telling(0x054c, 1, &[&[0][..], &told].concat())]);
        assert_eq!(rows.outcomes(), [outcome]);
        assert_eq!(rows.reasons().len(), usize::from(outcome != "success"), "{:?}", rows.reasons());
    }
}
