//! The hard cases of ISO transport, and what must hold for any octets.
use super::*;
use crate::{
    Config, Limits,
    testing::{Rows, talk},
};
use proptest::prelude::*;

/// The rows, and how many octets were dissected and skipped.
fn rows(pieces: &[(Toward, &[u8])], limits: Limits) -> (Rows, [u64; 2]) {
    let (rows, [tally, _]) = talk(&PROTOCOL, Config { limits, ..Config::default() }, pieces);
    (rows, [tally.dissected, tally.skipped])
}

fn tpkt(tpdu: &[u8]) -> Vec<u8> {
    let length = (tpdu.len() + 4) as u16;
    [&[3, 0][..], &length.to_be_bytes(), tpdu].concat()
}

fn segment(last: bool, octets: &[u8]) -> Vec<u8> {
    tpkt(&[&[2, 0xf0, u8::from(last) << 7][..], octets].concat())
}

/// HARD_CASES, ISO transport: "Several TPKTs in a segment, one over many".
#[test]
fn the_rows_do_not_depend_on_how_octets_are_cut() {
    let stream = [
        tpkt(&[0x0d, 0xe0, 0, 0, 0, 5, 0, 0xc1, 1, 1, 0xc2, 2, 1, 2]),
        segment(false, b"\xaa\xbb"),
        segment(true, b"\xcc"),
        segment(true, b""),
        segment(true, b"\xdd"),
    ]
    .concat();
    let whole = rows(&[(Toward::Server, &stream)], Limits::default());
    assert_eq!(whole.0.0.len(), 6);
    for size in 1..stream.len() {
        let pieces: Vec<_> = stream.chunks(size).map(|piece| (Toward::Server, piece)).collect();
        assert_eq!(rows(&pieces, Limits::default()), whole, "pieces of {size}");
    }
}

/// A connection request that cannot be read may be refused by an ER (X.224, 13.12), which names its reference.
#[test]
fn an_error_refuses_a_connection_request() {
    let ask = tpkt(&[6, 0xe0, 0, 0, 0, 5, 0]);
    let refuse = tpkt(&[4, 0x70, 0, 5, 2]);
    let (rows, _) = rows(&[(Toward::Server, &ask), (Toward::Client, &refuse)], Limits::default());
    assert_eq!(rows.outcomes(), ["refused"]);
    assert_eq!(rows.all("operations", "status_name"), [Some("invalid_tpdu_type")]);
}

/// Whoever asked for a connection may give it up before it is confirmed (X.224, 6.7: normal release).
#[test]
fn a_connection_request_may_be_given_up() {
    let ask = tpkt(&[6, 0xe0, 0, 0, 0, 5, 0]);
    let give_up = tpkt(&[6, 0x80, 0, 0, 0, 5, 0]);
    let (rows, _) = rows(&[(Toward::Server, &ask), (Toward::Server, &give_up)], Limits::default());
    let told: Vec<_> =
        rows.all("operations", "function").into_iter().zip(rows.all("operations", "outcome")).collect();
    let expected = [("disconnect_request", "unconfirmed"), ("connection_request", "cancelled")];
    assert_eq!(told, expected.map(|(function, outcome)| (Some(function), Some(outcome))));
}

/// What begins as no protocol does is told by the one that was found before on this connection.
#[test]
fn data_that_nobody_knows_are_said_where_their_protocol_is_known() {
    let setup = [0x32, 1, 0, 0, 0, 1, 0, 8, 0, 0, 0xf0, 0, 0, 1, 0, 1, 1, 0xe0];
    for (before, said) in [(&setup[..], 1), (b"", 0)] {
        let stream = [segment(true, before), segment(true, b"\xaa\xbb\xcc")].concat();
        let (rows, _) = rows(&[(Toward::Server, &stream)], Limits::default());
        assert_eq!(rows.of("anomalies").len(), said);
    }
}

/// X.224, 13.7: the header of data has three octets in classes 0 and 1, five or eight in the others, and four more with a
/// checksum. What has another length is no data (tshark 4.0 says the same), and the TSDU behind it begins anew.
#[test]
fn data_with_another_header_are_no_part_of_a_tsdu() {
    let bad = tpkt(&[5, 0xf0, 0x80, 0x32, 0, 0x80, b'x']);
    let (rows, _) = rows(&[(Toward::Server, &[bad, segment(true, b"\xaa\xbb")].concat())], Limits::default());
    assert_eq!(rows.all("cotp", "tsdu_length"), [None, Some("2")]);
    assert_eq!(rows.all("cotp", "data"), [Some("78"), Some("aabb")]);
    assert_eq!(rows.reasons(), ["header has the length of no data"]);
    for head in [
        &[4, 0xf0, 0, 7, 0x81][..],
        &[8, 0xf0, 0, 7, 0x81, 0xc3, 2, 0, 0],
        &[7, 0xf0, 0, 7, 0x80, 0, 0, 1],
        &[11, 0xf0, 0, 7, 0x80, 0, 0, 1, 0xc3, 2, 0, 0],
    ] {
        let (rows, _) = self::rows(&[(Toward::Server, &tpkt(&[head, b"\xaa"].concat()))], Limits::default());
        assert_eq!(rows.all("cotp", "destination_reference"), [Some("7")], "{head:?}");
        assert_eq!(
            (rows.all("cotp", "tpdu_number"), rows.all("cotp", "tsdu_length")),
            (vec![Some("1")], vec![Some("1")])
        );
    }
}

/// X.224, 13.2.3: who is asked for a connection ignores parameters that the standard does not know. They are no reason to take
/// the octets for another protocol, where a TSAP is named beside them; what names none is of somebody else, as RDP does
/// (\[MS-RDPBCGR\] 2.2.1.1, whose negotiation request reads as four parameters without values).
#[test]
fn a_request_with_an_unknown_parameter_may_be_one() {
    let caller = [6, 0xe0, 0, 0, 0, 5, 0];
    let request = |parameters: &[u8]| {
        let mut tpdu = [&caller[..], parameters].concat();
        tpdu[0] += parameters.len() as u8;
        tpkt(&tpdu)
    };
    let probe = |octets: &[u8]| (PROTOCOL.dissector.probe)(octets, Some(Toward::Server));
    assert_eq!(probe(&request(&[0xc1, 2, 0, 2, 0xc2, 2, 0, 2])), Probe::Certain);
    assert_eq!(probe(&request(&[0xc1, 2, 0, 2, 0x30, 2, 2, 0])), Probe::Possible);
    assert_eq!(probe(&request(&[0x30, 2, 2, 0, 0xc1, 2, 0, 2, 0xc2, 2, 0, 2])), Probe::Possible);
    assert_eq!(probe(&request(&[1, 0, 8, 0, 3, 0, 0, 0])), Probe::No);
    let mut confirm = request(&[0xc1, 2, 0, 2, 0x30, 2, 2, 0]);
    confirm[5] = 0xd0;
    assert_eq!((PROTOCOL.dissector.probe)(&confirm, Some(Toward::Client)), Probe::No);
}

/// RFC 1006, section 6: the second octet is reserved, and tells nothing. tshark 4.0 reads such packets too.
#[test]
fn a_reserved_octet_hides_no_packet_within_a_stream() {
    let mut other = segment(true, b"\xaa\xbb");
    other[1] = 1;
    let mut garbage = segment(true, b"\xee");
    (garbage[1], garbage[5]) = (1, 0x30);
    let stream =
        [segment(true, b"\xcc"), other, segment(true, b"\xdd"), garbage, segment(true, b"\xff")].concat();
    let whole = rows(&[(Toward::Server, &stream)], Limits::default());
    assert_eq!(whole.0.all("cotp", "data"), [Some("cc"), Some("aabb"), Some("dd"), Some("ff")]);
    assert_eq!(whole.0.reasons(), ["reserved octet of TPKT is not 0", "no TPKT header begins here"]);
    for size in 1..stream.len() {
        let pieces: Vec<_> = stream.chunks(size).map(|piece| (Toward::Server, piece)).collect();
        assert_eq!(rows(&pieces, Limits::default()), whole, "pieces of {size}");
    }
}

/// After garbage. Found by fuzzing: where a TPKT was cut just behind an S7 message that does not fill it, S7 was sure of
/// that part, and was not of the whole.
#[test]
fn a_verdict_does_not_depend_on_how_octets_are_cut() {
    let fuzzed = b"\x21\x03\x00\x31\x21\x02\xf0\x80\x32\x07\x00\x00\x00\x07\x00\x08\x00\x08\
        \x12\x03\x00\x00\x00\x01\x12\x04\x11\x44\x01\x12\x0d\xe0\x00\xc1\x01\x00\xff\x09\x00\x04\x04\x24\x01\x00\xc2\x02\x00\x01\x02";
    // One that counts its TPDUs, and is longer than what was once enough to tell.
    let job = [b"\x02\xf0\x81\x32\x01\x00\x00\x00\x01\x00\x3c\x00\x00\x04", &[0u8; 59][..]].concat();
    let counting = [&b"\xff"[..], &tpkt(&job)].concat();
    // A long request whose parameters are none, behind one piece of data.
    let desktop = [b"\x4f\xe0\x00\x00\x00\x00\x00", &[b'x'; 73][..]].concat();
    let desktop = [&b"\xff"[..], &segment(true, b"\xaa"), &tpkt(&desktop)].concat();
    // A length without room, where nothing else is left.
    let short = [&b"\xff"[..], &segment(true, b"\xaa").repeat(2), &[3, 0, 0, 1]].concat();
    for stream in [&fuzzed[..], &counting, &desktop, &short] {
        let whole = rows(&[(Toward::Server, stream)], Limits::default());
        for size in 1..stream.len() {
            let pieces: Vec<_> = stream.chunks(size).map(|piece| (Toward::Server, piece)).collect();
            assert_eq!(rows(&pieces, Limits::default()), whole, "pieces of {size}");
        }
        for start in 0..stream.len() {
            let mut last = Probe::More(0);
            for end in start..=stream.len() {
                let verdict = Transport::probe(&stream[start..end], None);
                let is_final = matches!(last, Probe::No | Probe::Certain);
                assert!(!is_final || verdict == last, "{last:?} became {verdict:?} at {start}..{end}");
                last = verdict;
            }
        }
    }
}

/// HARD_CASES, ISO transport: "TPKT length below 7, or equal to 4 -> loop by length; impossible lengths are said and
/// resynchronised".
#[test]
fn impossible_lengths_are_said_and_the_next_tpkt_is_found() {
    for length in 0..7u8 {
        let bad = [3, 0, 0, length];
        let stream = [&bad[..], &segment(true, b"\xaa"), &segment(true, b"\xbb")].concat();
        let (rows, [dissected, skipped]) = rows(&[(Toward::Server, &stream)], Limits::default());
        assert_eq!((dissected, skipped), (16, 4), "length {length}");
        assert_eq!(rows.reasons(), ["TPKT length has no room for a TPDU"]);
        assert_eq!(rows.0.len(), 3);
    }
}

/// HARD_CASES, protocol level: "COTP segments that never end [...] -> each has its own limit".
#[test]
fn segments_that_never_end_are_dropped_at_the_limit_and_said() {
    let limits = Limits { assembly_octets: 1000, ..Limits::default() };
    let mut stream = segment(false, &[0xaa; 100]).repeat(50);
    stream.extend(segment(true, b"\xbb"));
    stream.extend(segment(true, b"\xcc"));
    let (rows, _) = rows(&[(Toward::Server, &stream)], limits);
    assert_eq!(rows.reasons(), ["segments of a TSDU were dropped"; 2]);
    assert_eq!(rows.all("anomalies", "length")[0], Some("1100"));
    assert_eq!(rows.all("cotp", "data").last(), Some(&Some("cc")));
}

/// What is open when the conversation ends is said, for each side; what was put together is not.
#[test]
fn segments_that_are_open_at_the_end_are_said() {
    let (open, whole) =
        (segment(false, &[0xaa; 9]), [segment(false, b"\xaa"), segment(true, b"\xbb")].concat());
    let (said, _) = rows(&[(Toward::Server, &open.repeat(2)), (Toward::Client, &whole)], Limits::default());
    assert_eq!(said.reasons(), ["segments of a TSDU are open at the end"]);
    let anomaly = said.of("anomalies")[0];
    assert_eq!((anomaly.get("length"), anomaly.get("count")), (Some("18"), Some("2")));
    let (said, _) = rows(&[(Toward::Server, &whole), (Toward::Client, &whole)], Limits::default());
    assert_eq!(said.reasons(), [""; 0]);
}

/// HARD_CASES, identification: "One PDU that fits a weak signature on a foreign port -> not identified; two that follow
/// one another without a gap [...] are".
#[test]
fn one_piece_of_data_may_be_and_two_are() {
    let one = segment(true, b"\xaa");
    assert_eq!(Transport::probe(&one, None), Probe::Possible);
    assert_eq!(Transport::probe(&one.repeat(2), None), Probe::Certain);
    assert_eq!(Transport::probe(&[&one[..], b"\xff\xff"].concat(), None), Probe::No);
    assert_eq!(Transport::probe(&one[..3], None), Probe::More(7));
    assert_eq!(Transport::probe(&one[..7], None), Probe::More(8));
    assert_eq!(Transport::probe(b"\x16\x03\x01", None), Probe::No);
}

/// The request of a remote desktop client carries a cookie where parameters should be, and that of H.323 no TPDU.
#[test]
fn others_that_stand_on_tpkt_are_not_taken() {
    let desktop =
        tpkt(b"\x27\xe0\x00\x00\x00\x00\x00Cookie: mstshash=eltons\r\n\x01\x00\x08\x00\x00\x00\x00\x00");
    assert_eq!(Transport::probe(&desktop, None), Probe::No);
    assert_eq!(Transport::probe(&tpkt(b"\x08\x02\x00\x01\x05\x04\x03\x80"), None), Probe::No);
}

/// HARD_CASES, protocol level: "A false start mark (`03 00`) inside values, right after a gap -> not taken without a
/// consistent successor".
#[test]
fn a_false_start_is_not_taken() {
    let real = segment(true, b"\xaa\xbb").repeat(2);
    let stream = [b"\x03\x00\x00\x09\x02\xf0\x80\x01\x02\x77\x77", &real[..]].concat();
    assert_eq!(Transport::resync(&stream, None), Resync::Found(11));
    assert_eq!(Transport::resync(b"\x01\x03\x00\x00\x09\x02\xf0\x80\x01\x02", None), Resync::Wait(1));
}

proptest! {
    /// Whatever the octets and the cuts: no panic, every octet is accounted for.
    #[test]
    fn every_octet_is_dissected_or_skipped(
        bytes in prop::collection::vec(prop_oneof![Just(3u8), Just(0), Just(7), Just(0xf0), Just(2), Just(0x80), any::<u8>()], 0..300),
        size in 1usize..50,
    ) {
        let pieces: Vec<_> = bytes.chunks(size).map(|piece| (Toward::Server, piece)).collect();
        let (_, [dissected, skipped]) = rows(&pieces, Limits::default());
        prop_assert_eq!(dissected + skipped, bytes.len() as u64);
    }

    /// Segments cut anywhere give one TSDU.
    #[test]
    fn a_tsdu_in_any_segments_is_one(octets in prop::collection::vec(0xa0u8.., 1..200), cuts in prop::collection::vec(1usize..40, 0..20)) {
        let (mut stream, mut rest) = (Vec::new(), octets.as_slice());
        for cut in cuts {
            if cut >= rest.len() { break }
            let (now, behind) = rest.split_at(cut);
            stream.extend(segment(false, now));
            rest = behind;
        }
        stream.extend(segment(true, rest));
        let (rows, _) = rows(&[(Toward::Server, &stream)], Limits::default());
        let want: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let data = rows.all("cotp", "data");
        prop_assert_eq!(data.last(), Some(&Some(want.as_str())));
    }
}
