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

/// Messages whose body is anything, some in two parts.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let functions = vec![0x04bbu16, 0x04ca, 0x04d4, 0x04f2, 0x0542, 0x054c, 0x056b, 0x0586, 0x0524];
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
        let mut pieces = Vec::new();
        for (toward, octets) in &steps {
            pieces.extend(octets.chunks(cut).map(|piece| (*toward, piece.to_vec())));
        }
        prop_assert_eq!(talk(Limits::default(), &steps).0, talk(Limits::default(), &pieces).0);
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
