//! Events from octets that were on the wire. What is expected of Modbus and DNP3 is what Suricata 8.0.7 wrote of the same
//! octets, or what its source and that of its parser `sawp-modbus` 0.13.1 say.
use super::*;
use core::net::Ipv4Addr;
use fieldtap::{
    Config, Mark, Peer, Session,
    protocol::{Protocol, Toward},
    record::{Symbol, Verdict, conversation_id},
};
use serde_json::{Value, json};

const CLIENT: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 40000);
const SERVER: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 502);

/// Whether a row is asked for.
type Asked<'a> = &'a dyn Fn(&Envelope, &dyn Row) -> bool;

struct Keep<'a>(&'a Eve, &'a mut Rows, Asked<'a>);

impl fieldtap::record::Sink for Keep<'_> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let Self(eve, rows, asked) = self;
        eve.push_asked(envelope, row, asked(envelope, row), rows);
        Verdict::GoOn
    }
    fn wants(&self, table: &'static Table) -> bool {
        self.0.wants(table)
    }
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn everything() -> Eve {
    Eve::new(Arc::new(|_| true))
}

/// The rows of a conversation: hex, each toward the server or the client, one a frame. `opener` sent its first frame, and
/// `handshake` tells whether that was of the handshake.
fn rows(
    eve: &Eve,
    protocol: &'static Protocol,
    opener: Option<(IpAddr, u16)>,
    handshake: bool,
    messages: &[(Toward, &str)],
) -> Rows {
    rows_asked(eve, protocol, opener, handshake, messages, &|_, _| true)
}

/// As [`rows`], of which some are asked for.
fn rows_asked(
    eve: &Eve,
    protocol: &'static Protocol,
    opener: Option<(IpAddr, u16)>,
    handshake: bool,
    messages: &[(Toward, &str)],
    asked: Asked<'_>,
) -> Rows {
    let mut rows = Rows::default();
    let peer = |(address, port)| Peer { address: Some(address), port: Some(port) };
    if opener.is_some() {
        let conversation = conversation_id(0, 1);
        let beginning =
            Beginning { conversation, transport: Symbol("tcp"), transport_number: 6, opener, handshake };
        eve.begins(&beginning, &mut rows);
    }
    let mut session = Session::new(protocol, Config::default()).with_peers(peer(CLIENT), peer(SERVER));
    let mut mark = Mark { file: 0, frame: 0, ts: 1_600_000_000_000_000_000 };
    for (toward, hex) in messages {
        (mark.frame, mark.ts) = (mark.frame + 1, mark.ts + 1_000_000);
        session.feed(*toward, mark, &octets(hex), &mut Keep(eve, &mut rows, asked));
    }
    session.finish(mark, &mut Keep(eve, &mut rows, asked));
    rows
}

/// All events of such a conversation.
fn all(
    protocol: &'static Protocol,
    opener: Option<(IpAddr, u16)>,
    handshake: bool,
    messages: &[(Toward, &str)],
) -> Vec<Value> {
    let eve = everything();
    all_of(&eve, &rows(&eve, protocol, opener, handshake, messages))
}

/// All events of these rows.
fn all_of(eve: &Eve, rows: &Rows) -> Vec<Value> {
    let (mut assembler, mut out) = (eve.assembler(), Vec::new());
    assembler.take(rows, 0..rows.len(), &mut out);
    assembler.finish(&mut out);
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The lines of the events of which a row is asked for.
fn lines_asked(protocol: &'static Protocol, messages: &[(Toward, &str)], asked: Asked<'_>) -> Vec<String> {
    let eve = everything();
    let rows = rows_asked(&eve, protocol, Some(CLIENT), true, messages, asked);
    let (mut assembler, mut out) = (eve.assembler(), Vec::new());
    assembler.take(&rows, 0..rows.len(), &mut out);
    assembler.finish(&mut out);
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

/// The events of the protocol itself.
fn events(protocol: &'static Protocol, messages: &[(Toward, &str)]) -> Vec<Value> {
    let mut all = all(protocol, Some(CLIENT), true, messages);
    all.retain(|event| event["event_type"] == protocol.name);
    all
}

const MODBUS: &Protocol = &protocols::modbus::PROTOCOL;
const DNP3: &Protocol = &protocols::dnp3::PROTOCOL;
use Toward::{Client, Server};

/// A read of analogue inputs and its answer, from `opendnp3_reads.pcap` of the corpus.
const READS: [(Toward, &str); 2] = [
    (Server, "05640dc40a00010075bac4c4011e01000205449b"),
    (
        Client,
        "05644b4401000a00f43ec5c48190001e0100000b01000000000175876400000001c9000000012d0100000192a91701\
          000001f6010000015b02000001bf02498800000124030000018803000001ed0300c510000151040000b8d9",
    ),
];

fn transaction(request: &str, answer: &str) -> Value {
    let found = events(MODBUS, &[(Server, request), (Client, answer)]);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]["modbus"].clone()
}

/// Of several files the index tells which one holds the frame, as the column `file` does.
#[test]
fn an_event_tells_which_of_several_files_holds_its_frame() {
    for file in [0u32, 3] {
        let eve = everything();
        let mut rows = Rows::default();
        let mut session = Session::new(DNP3, Config::default());
        let mark = Mark { file, frame: 7, ts: 0 };
        session.feed(READS[0].0, mark, &octets(READS[0].1), &mut Keep(&eve, &mut rows, &|_, _| true));
        session.finish(mark, &mut Keep(&eve, &mut rows, &|_, _| true));
        let found = all_of(&eve, &rows);
        assert!(!found.is_empty());
        for event in found {
            assert_eq!(event["file"].as_u64(), Some(file.into()).filter(|file| *file > 0), "{event}");
            assert_eq!(event["pcap_cnt"], 7);
        }
    }
}

/// The first event that Suricata 8.0.7 wrote of ICSNPP's `modbus_example.pcap`: transaction 1, unit 4, one coil.
#[test]
fn a_request_and_its_answer_are_one_event() {
    let found =
        events(MODBUS, &[(Server, "0001 0000 0006 04 01 0001 0001"), (Client, "0001 0000 0004 04 01 01 01")]);
    let want = json!([{
        "timestamp": "2020-09-13T12:26:40.002000+0000", "flow_id": 1, "pcap_cnt": 2, "event_type": "modbus",
        "src_ip": "10.0.0.1", "src_port": 40000, "dest_ip": "10.0.0.2", "dest_port": 502, "proto": "TCP",
        "community_id": found[0]["community_id"],
        "modbus": {
            "id": 1,
            "request": {
                "transaction_id": 1, "protocol_id": 0, "unit_id": 4, "function_raw": 1, "function_code": "RdCoils",
                "access_type": "READ | COILS", "category": "PUBLIC_ASSIGNED", "error_flags": "NONE",
                "read": { "address": 1, "quantity": 1 },
            },
            "response": {
                "transaction_id": 1, "protocol_id": 0, "unit_id": 4, "function_raw": 1, "function_code": "RdCoils",
                "access_type": "READ | COILS", "category": "PUBLIC_ASSIGNED", "error_flags": "NONE",
                "read": { "data": "\u{1}" },
            },
        },
    }]);
    assert_eq!(json!(found), want);
    assert_eq!(found[0]["community_id"].as_str().map(str::len), Some(30));
}

/// From the same file: of registers the parser wants as many octets as if they were coils, so every answer is marked.
#[test]
fn every_answer_with_registers_has_the_error_that_the_parser_finds() {
    let found = transaction("0005 0000 0006 04 03 0001 0001", "0005 0000 0005 04 03 02 00 aa");
    assert_eq!(found["request"]["error_flags"], "NONE");
    assert_eq!(found["response"]["error_flags"], "DATA_VALUE");
    assert_eq!(found["response"]["read"], json!({ "data": "\u{0}\\xaa" }));
}

/// `sawp-modbus`: an exception answers whatever was asked, and its function is logged with the exception bit.
#[test]
fn an_exception_ends_its_transaction() {
    let found = transaction("0007 0000 0006 01 04 0000 0001", "0007 0000 0003 01 84 02");
    assert_eq!(found["response"]["function_raw"], 0x84);
    assert_eq!(found["response"]["function_code"], "RdInputRegs");
    assert_eq!(found["response"]["exception"], json!({ "raw": 2, "code": "IllegalDataAddr" }));
    assert_eq!(found["response"]["error_flags"], "NONE");
    // Only files have parity errors, by the parser.
    let found = transaction("0007 0000 0006 01 04 0000 0001", "0007 0000 0003 01 84 08");
    assert_eq!(found["response"]["error_flags"], "EXC_CODE");
    assert_eq!(found["response"]["exception"]["code"], "MemParityErr");
}

/// The octets of every function come together again from its rows: what the parser takes whole is `data`.
#[test]
fn octets_that_stand_in_other_rows_come_back() {
    let data = |request: &str, answer: &str, side: &str| {
        let found = transaction(request, answer);
        found[side]["data"].as_str().map(str::to_owned)
    };
    // Read Exception Status (MODBUS Application Protocol V1.1b3, 6.7).
    assert_eq!(data("0001 0000 0002 01 07", "0001 0000 0003 01 07 6d", "response").unwrap(), "m");
    // Get Comm Event Counter (6.9).
    let found = data("0001 0000 0002 01 0b", "0001 0000 0006 01 0b ffff 0108", "response").unwrap();
    assert_eq!(found, "\\xff\\xff\u{1}\u{8}");
    // Get Comm Event Log (6.10).
    let found =
        data("0001 0000 0002 01 0c", "0001 0000 000b 01 0c 08 0000 0108 0121 20 00", "response").unwrap();
    assert_eq!(found, "\u{8}\u{0}\u{0}\u{1}\u{8}\u{1}! \u{0}");
    // Report Server ID (6.13).
    let found = data("0001 0000 0002 01 11", "0001 0000 0006 01 11 03 41 42 ff", "response").unwrap();
    assert_eq!(found, "\u{3}AB\\xff");
    // Read File Record (6.14): the request, then the answer of the standard's example.
    let request = "0001 0000 0011 01 14 0e 06 0004 0001 0002 06 0003 0009 0002";
    let answer = "0001 0000 000f 01 14 0c 05 06 0dfe 0020 05 06 33cd 0040";
    let found = data(request, answer, "request").unwrap();
    assert_eq!(found, "\u{e}\u{6}\u{0}\u{4}\u{0}\u{1}\u{0}\u{2}\u{6}\u{0}\u{3}\u{0}\t\u{0}\u{2}");
    assert_eq!(
        data(request, answer, "response").unwrap(),
        "\u{c}\u{5}\u{6}\r\\xfe\u{0} \u{5}\u{6}3\\xcd\u{0}@"
    );
    // Read FIFO Queue (6.18).
    let request = "0001 0000 0004 01 18 04de";
    let found = data(request, "0001 0000 000a 01 18 0006 0002 01b8 1284", "response").unwrap();
    assert_eq!(found, "\u{0}\u{6}\u{0}\u{2}\u{1}\\xb8\u{12}\\x84");
    assert_eq!(data(request, "0001 0000 0003 01 98 01", "request").unwrap(), "\u{4}\\xde");
    // UMAS in function 90, whose octets are in a row of that protocol.
    let found =
        data("0001 0000 0005 01 5a 00 02 07", "0001 0000 0006 01 5a 00 fe 07 08", "response").unwrap();
    assert_eq!(found, "\u{0}\\xfe\u{7}\u{8}");
    // A function without a name.
    assert_eq!(data("0001 0000 0004 01 42 41 42", "0001 0000 0003 01 42 43", "request").unwrap(), "AB");
}

/// Diagnostics (6.8) and Read Device Identification (6.21) with the examples of the standard.
#[test]
fn diagnostics_and_identification_have_objects_of_their_own() {
    let found = transaction("0001 0000 0006 01 08 0000 a537", "0001 0000 0006 01 08 0000 a537");
    let want = json!({ "raw": 0, "code": "RetQueryData", "data": "\\xa57" });
    assert_eq!((&found["request"]["diagnostic"], &found["response"]["diagnostic"]), (&want, &want));
    let request = "0001 0000 0005 01 2b 0e 01 00";
    let answer = "0001 0000 0011 01 2b 0e 01 01 00 00 02 00 03 41 42 43 01 02 44 45";
    let found = transaction(request, answer);
    assert_eq!(found["request"]["mei"], json!({ "raw": 14, "code": "RdDevId", "data": "\u{1}\u{0}" }));
    let data = "\u{1}\u{1}\u{0}\u{0}\u{2}\u{0}\u{3}ABC\u{1}\u{2}DE";
    assert_eq!(found["response"]["mei"], json!({ "raw": 14, "code": "RdDevId", "data": data }));
}

#[test]
fn writes_have_what_was_written() {
    let found = transaction("0001 0000 0006 01 05 00ac ff00", "0001 0000 0006 01 05 00ac ff00");
    assert_eq!(found["request"]["write"], json!({ "address": 172, "data": 65280 }));
    assert_eq!(found["request"]["access_type"], "WRITE | COILS | SINGLE | WRITE_SINGLE");
    let found = transaction("0001 0000 0006 01 06 0001 0003", "0001 0000 0006 01 06 0001 0004");
    assert_eq!(found["response"]["error_flags"], "DATA_VALUE", "it does not repeat the request");
    let found = transaction("0001 0000 000b 01 10 0001 0002 04 000a 0102", "0001 0000 0006 01 10 0001 0002");
    let data = "\u{0}\n\u{1}\u{2}";
    assert_eq!(found["request"]["write"], json!({ "address": 1, "quantity": 2, "data": data }));
    assert_eq!(found["response"]["write"], json!({ "address": 1, "data": 2 }));
    assert_eq!(found["response"]["error_flags"], "NONE");
    let found = transaction("0001 0000 0009 01 0f 0013 000a 02 cd 01", "0001 0000 0006 01 0f 0013 000a");
    assert_eq!(found["request"]["write"], json!({ "address": 19, "quantity": 10, "data": "\\xcd\u{1}" }));
    let found = transaction("0001 0000 0008 01 16 0004 00f2 0025", "0001 0000 0008 01 16 0004 00f2 0025");
    assert_eq!(found["request"]["write"], json!({ "address": 4, "and_mask": 242, "or_mask": 37 }));
    let request = "0001 0000 000f 01 17 0003 0006 000e 0002 04 00ff 0102";
    let found = transaction(request, "0001 0000 000f 01 17 0c 0001 0002 0003 0004 0005 0006");
    assert_eq!(found["request"]["read"], json!({ "address": 3, "quantity": 6 }));
    let data = "\u{0}\\xff\u{1}\u{2}";
    assert_eq!(found["request"]["write"], json!({ "address": 14, "quantity": 2, "data": data }));
    assert_eq!(found["response"]["error_flags"], "NONE");
}

/// What Suricata 8.0.7 wrote of Zeek's `modbusBig.pcap`, which begins with an answer: whoever is heard first is the client,
/// so answers are requests and requests are answers that nobody asked for.
#[test]
fn the_server_is_the_client_where_it_is_heard_first() {
    let messages = [
        (Client, "c24a 0000 0004 ff 01 01 01"),
        (Server, "c24b 0000 0006 ff 05 0001 ff00"),
        (Client, "c24b 0000 0006 ff 05 0001 ff00"),
    ];
    let mut found = all(MODBUS, Some(SERVER), false, &messages);
    found.retain(|event| event["event_type"] == "modbus");
    assert!(found.iter().all(|event| event["src_port"] == 502 && event["dest_port"] == 40000));
    let sides: Vec<_> = found
        .iter()
        .map(|event| {
            let modbus = &event["modbus"];
            (
                modbus["id"].as_u64().unwrap(),
                modbus.get("request").is_some(),
                modbus.get("response").is_some(),
            )
        })
        .collect();
    assert_eq!(sides, [(1, false, true), (2, true, false), (3, true, false)]);
    assert_eq!(found[0]["modbus"]["response"]["write"], json!({ "address": 1, "data": 65280 }));
    let request = &found[1]["modbus"]["request"];
    assert_eq!((&request["error_flags"], &request["data"]), (&json!("DATA_LENGTH"), &json!("\u{1}\u{1}")));
    // With the handshake, all is well.
    let mut found = all(MODBUS, Some(CLIENT), true, &messages);
    found.retain(|event| event["event_type"] == "modbus");
    assert_eq!(found[1]["modbus"]["response"]["write"], json!({ "address": 1, "data": 65280 }));
}

/// "Memory bounded": of requests that nobody answers 500 wait, and the oldest makes room. None is lost.
#[test]
fn requests_that_nobody_answers_are_written_when_there_are_too_many_and_at_the_end() {
    let asked: Vec<String> =
        (0..503).map(|number| format!("{number:04x} 0000 0006 01 03 0000 0001")).collect();
    let messages: Vec<(Toward, &str)> = asked.iter().map(|hex| (Server, hex.as_str())).collect();
    let found = events(MODBUS, &messages);
    let written: Vec<u64> =
        found.iter().map(|event| event["modbus"]["request"]["transaction_id"].as_u64().unwrap()).collect();
    assert_eq!(written, (0..503).collect::<Vec<_>>());
    assert!(found.iter().all(|event| event["modbus"].get("response").is_none()));
    // Each has the place of its own frame.
    assert_eq!(found[502]["pcap_cnt"], 503);
}

/// Two requests at once, answered the other way round.
#[test]
fn answers_find_their_requests_by_transaction() {
    let found = events(
        MODBUS,
        &[
            (Server, "0001 0000 0006 01 03 0000 0001"),
            (Server, "0002 0000 0006 01 03 0005 0001"),
            (Client, "0002 0000 0005 01 03 02 0001"),
            (Client, "0001 0000 0005 01 03 02 0002"),
        ],
    );
    let addresses: Vec<_> =
        found.iter().map(|event| event["modbus"]["request"]["read"]["address"].clone()).collect();
    assert_eq!(addresses, [5, 0]);
}

/// An event is there where any of its rows is asked for, and is the one that it is among all, its running number too: a
/// transaction by its request or its answer or a row of either, and one that nobody answered by its request.
#[test]
fn events_of_which_a_row_is_asked_for_are_whole() {
    // Reading a coil, then a device identification, then a coil again, which nobody answers.
    let messages = [
        (Server, "0001 0000 0006 04 01 0001 0001"),
        (Client, "0001 0000 0004 04 01 01 01"),
        (Server, "0002 0000 0005 01 2b 0e 01 00"),
        (Client, "0002 0000 0011 01 2b 0e 01 01 00 00 02 00 03 41 42 43 01 02 44 45"),
        (Server, "0003 0000 0006 04 01 0001 0001"),
    ];
    let asked = |asked: Asked<'_>| {
        let mut lines = lines_asked(MODBUS, &messages, asked);
        lines.retain(|line| line.contains("\"event_type\":\"modbus\""));
        lines
    };
    let all = asked(&|_, _| true);
    let [first, second, third] = all.as_slice() else { panic!("{all:?}") };
    assert!(asked(&|_, _| false).is_empty());
    for (frame, event) in [(1, first), (2, first), (3, second), (4, second), (5, third)] {
        let found = asked(&|envelope, row| envelope.frame == frame && row.table().name == "modbus");
        assert_eq!(found, core::slice::from_ref(event), "frame {frame}");
    }
    assert_eq!(asked(&|_, row| row.table().name == "modbus_device_objects"), core::slice::from_ref(second));
    // Rows of the common language are other events.
    assert!(asked(&|_, row| row.table().name == "operations").is_empty());
}

/// A fragment of DNP3 by its frame, its own row, or what it holds; of a message elsewhere, by what is an array in it.
#[test]
fn messages_of_which_a_row_is_asked_for_have_all_that_they_hold() {
    // IEC 60870-5-104: a measured value of two objects, and a frame without any.
    let iec104 = protocols::named("iec104").unwrap();
    let messages = [
        (Client, "68 14 00 00 00 00 01 02 03 00 03 00 07 00 00 01 09 00 00 00"),
        (Client, "68 04 01 00 02 00"),
    ];
    for (protocol, messages, tables) in [
        (iec104, &messages[..], &["iec104", "iec104_objects"][..]),
        (DNP3, &READS, &["dnp3_link", "dnp3", "dnp3_objects", "dnp3_points"]),
    ] {
        let event = format!("\"event_type\":\"{}\"", protocol.name);
        let asked = |asked: Asked<'_>| {
            let mut lines = lines_asked(protocol, messages, asked);
            lines.retain(|line| line.contains(&event));
            lines
        };
        let all = asked(&|_, _| true);
        assert!(!all.is_empty() && asked(&|_, _| false).is_empty());
        for table in tables {
            let frames: Vec<u64> = {
                let found = core::cell::RefCell::new(Vec::new());
                asked(&|envelope, row| {
                    if row.table().name == *table {
                        found.borrow_mut().push(envelope.frame);
                    }
                    false
                });
                found.into_inner()
            };
            let of_them = |line: &&String| {
                let frame = serde_json::from_str::<Value>(line).unwrap()["pcap_cnt"].as_u64();
                frames.iter().any(|known| Some(*known) == frame)
            };
            let wanted: Vec<_> = all.iter().filter(of_them).cloned().collect();
            assert!(!wanted.is_empty(), "{table}");
            assert_eq!(asked(&|_, row| row.table().name == *table), wanted, "{table}");
        }
    }
}

/// From `opendnp3_reads.pcap` of the corpus; by Suricata's list of objects.
#[test]
fn a_fragment_has_its_objects_and_points() {
    let found = events(DNP3, &READS);
    assert_eq!(found.len(), 2);
    let (request, answer) = (&found[0]["dnp3"], &found[1]["dnp3"]);
    let control = json!({ "dir": true, "pri": true, "fcb": false, "fcv": false, "function_code": 4 });
    let application = json!({
        "control": { "fir": true, "fin": true, "con": false, "uns": false, "sequence": 4 },
        "function_code": 1,
        // The points that a read asks for are not there: Suricata misses them.
        "objects": [{
            "group": 30, "variation": 1, "qualifier": 0, "prefix_code": 0, "range_code": 0, "start": 2, "stop": 5,
            "count": 4,
        }],
        "complete": false,
    });
    let want =
        json!({ "type": "request", "control": control, "src": 1, "dst": 10, "application": application });
    assert_eq!(request, &want);
    assert_eq!(
        (&answer["type"], &answer["src"], &answer["dst"]),
        (&json!("response"), &json!(10), &json!(1))
    );
    assert_eq!(answer["iin"], json!({ "indicators": ["device_restart", "need_time"] }));
    let object = &answer["application"]["objects"][0];
    assert_eq!((&object["start"], &object["stop"], &object["count"]), (&json!(0), &json!(11), &json!(12)));
    assert_eq!(object["points"].as_array().map(Vec::len), Some(12));
    let point = json!({
        "prefix": 0, "index": 1, "online": 1, "restart": 0, "comm_lost": 0, "remote_forced": 0, "local_forced": 0,
        "over_range": 0, "reference_err": 0, "reserved0": 0, "value": 100,
    });
    assert_eq!(object["points"][1], point);
    assert_eq!(answer["application"]["complete"], true);
    // The addresses are those of the request in both.
    assert!(found.iter().all(|event| event["src_port"] == 40000 && event["dest_port"] == 502));
}

/// From `opendnp3_reads.pcap` of the corpus: select of two control relay output blocks, and its echo.
#[test]
fn controls_have_the_bits_of_their_code() {
    let found = events(
        DNP3,
        &[(
            Server,
            "056424c40a000100cc64c6c6030c0117020103010000000000009ac300000002020164000000c8000000009adf",
        )],
    );
    let object = &found[0]["dnp3"]["application"]["objects"][0];
    let want = json!([
        {
            "prefix": 1, "index": 1, "op_type": 3, "qu": 0, "cr": 0, "tcc": 0, "count": 1, "ontime": 0, "offtime": 0,
            "status_code": 0, "reserved": 0,
        },
        {
            "prefix": 2, "index": 2, "op_type": 2, "qu": 0, "cr": 0, "tcc": 0, "count": 1, "ontime": 100, "offtime": 200,
            "status_code": 0, "reserved": 0,
        },
    ]);
    // What is on the wire: both controls have the index before them, the second begins with code 02.
    assert_eq!(object["points"].as_array().map(Vec::len), Some(2));
    assert_eq!(object["points"][1]["ontime"], want[1]["ontime"]);
    assert_eq!(object["points"][1]["index"], 2);
    assert_eq!(object["points"][0]["op_type"], want[0]["op_type"]);
    assert_eq!(found[0]["dnp3"]["application"]["complete"], true);
}

/// By Suricata's list of objects: a time is a number, also where it is 0 and stands for none.
#[test]
fn a_time_that_is_none_is_zero() {
    let message = "05 64 31 44 01 00 0a 00 a1 a5 c0 c1 81 00 00 02 02 17 01 05 81 00 00 00 00 00 47 8b \
                   00 46 07 5b 01 15 00 14 00 01 00 01 00 00 00 00 bf 96 00 00 00 00 00 00 00 00 00 00 00 61 50 b3";
    let found = events(DNP3, &[(Client, message)]);
    let objects = &found[0]["dnp3"]["application"]["objects"];
    assert_eq!(objects[0]["points"][0]["timestamp"], 0);
    assert_eq!(objects[1]["points"][0]["created_timestamp"], 0);
}

/// Confirmations of masters are left aside by Suricata, those of outstations are responses.
#[test]
fn a_confirmation_is_no_event() {
    assert_eq!(events(DNP3, &[(Server, "056408c40a000100fc42c5c50017 0000")]).len(), 0);
    assert_eq!(events(DNP3, &[(Server, "056408c40a000100fc42c5c5171e44")]).len(), 1);
}

/// Rows that tell what a message holds several times are arrays in its object; the others stand for themselves.
#[test]
fn what_a_message_holds_several_times_is_an_array_in_its_object() {
    // General interrogation, then three single points (IEC 60870-5-104).
    let iec104 = protocols::named("iec104").unwrap();
    let found = all(
        iec104,
        Some(CLIENT),
        true,
        &[
            (Server, "68 04 07 00 00 00"),
            (Client, "68 04 0b 00 00 00"),
            (Client, "68 16 00 00 00 00 01 03 03 00 2f 00 01 00 00 01 02 00 00 00 03 00 00 81"),
        ],
    );
    let message = found.iter().find(|event| event["iec104"]["type_id"] == 1).unwrap();
    assert_eq!((&message["event_type"], &message["app_proto"]), (&json!("iec104"), &json!("iec104")));
    let objects = message["iec104"]["objects"].as_array().unwrap();
    let addresses: Vec<_> = objects.iter().map(|object| object["ioa"].clone()).collect();
    assert_eq!(addresses, [1, 2, 3], "{objects:?}");
    assert!(!found.iter().any(|event| event["event_type"] == "iec104_objects"), "{found:?}");
    assert!(found.iter().any(|event| event["event_type"] == "points"));
    // The server sent it.
    assert_eq!((&message["src_port"], &message["dest_port"]), (&json!(502), &json!(40000)));
}

/// However the rows are handed over, the events are the same.
#[test]
fn pieces_of_rows_give_the_same_events() {
    let eve = everything();
    let rows = rows(
        &eve,
        MODBUS,
        Some(CLIENT),
        true,
        &[
            (Server, "0001 0000 0005 01 2b 0e 01 00"),
            (Client, "0001 0000 0011 01 2b 0e 01 01 00 00 02 00 03 41 42 43 01 02 44 45"),
            (Server, "0002 0000 0006 01 03 0000 0001"),
        ],
    );
    let whole = |step: usize| {
        let (mut assembler, mut out) = (eve.assembler(), Vec::new());
        let mut start = 0;
        while start < rows.len() {
            let end = (start + step).min(rows.len());
            assembler.take(&rows, start..end, &mut out);
            start = end;
        }
        assembler.finish(&mut out);
        String::from_utf8(out).unwrap()
    };
    let want = whole(rows.len());
    for step in 1..rows.len() {
        assert_eq!(whole(step), want, "{step}");
    }
}

/// No key stands twice in an object, and every table that is no event is an array of one that is.
#[test]
fn every_table_has_its_place() {
    let of_protocols = PROTOCOLS.iter().flat_map(|protocol| protocol.tables).map(|table| table());
    let mut tables: Vec<&'static Table> = Vec::new();
    for table in fieldtap::common::TABLES.iter().map(|table| table()).chain(of_protocols) {
        // Several framings fill the same tables.
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    for table in &tables {
        let mut keys: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        keys.extend(
            tables.iter().filter_map(|of| owner(of).filter(|(owner, _)| owner == table).map(|(_, key)| key)),
        );
        keys.sort_unstable();
        let before = keys.len();
        keys.dedup();
        assert_eq!(before, keys.len(), "{}: {keys:?}", table.name);
    }
    let schema = schema(&tables);
    assert!(schema["properties"]["event_type"]["enum"].as_array().unwrap().contains(&json!("iec104")));
    for name in ["flow", "anomaly", "modbus", "dnp3", "iec104_objects", "conversations"] {
        assert!(schema["$defs"].get(name).is_some(), "{name}");
    }
    assert!(schema["$defs"].get("dnp3_points").is_none(), "rows of DNP3 are no events");
}

/// The octets of a case of the vectors, and where each of them was sent.
fn sent_in(case: &str) -> Vec<(Toward, String)> {
    let block = |block: &str| {
        let toward = if block.starts_with('>') { Server } else { Client };
        let lines = block.lines().skip(1).take_while(|line| !line.starts_with("```"));
        (toward, lines.map(|line| line.split('|').next().unwrap_or_default()).collect())
    };
    case.split("```hex ").skip(1).map(block).collect()
}

/// No row is lost: of every case of the vectors, each row of a table that is no part of Suricata's own events is an event, or
/// a member of an array in one.
#[test]
fn every_row_of_every_case_is_in_an_event() {
    let all = || PROTOCOLS.iter().flat_map(|protocol| protocol.tables).map(|table| table());
    let ours = |table: &'static Table| kind(table) == Kind::Other;
    let mut arrays: Vec<(&str, &str)> =
        all().filter_map(|table| Some((owner(table)?.0.name, owner(table)?.1))).collect();
    arrays.sort_unstable();
    arrays.dedup();
    let (eve, mut in_arrays) = (everything(), 0);
    for protocol in PROTOCOLS.iter().copied() {
        for case in protocol.vectors.split("\n## ").skip(1) {
            let name = case.lines().next().unwrap_or_default();
            let messages = sent_in(case);
            let messages: Vec<(Toward, &str)> =
                messages.iter().map(|(toward, hex)| (*toward, hex.as_str())).collect();
            let rows = rows(&eve, protocol, Some(CLIENT), true, &messages);
            let sent =
                rows.rows.iter().filter(|kept| matches!(kept.what, What::Row(_, table, _) if ours(table)));
            let mut found = 0;
            for event in all_of(&eve, &rows) {
                let of = event["event_type"].as_str().unwrap();
                if all()
                    .chain(fieldtap::common::TABLES.iter().map(|table| table()))
                    .any(|table| table.name == of && ours(table))
                {
                    let held = arrays.iter().filter(|(owner, _)| *owner == of);
                    let held: usize =
                        held.filter_map(|(_, key)| Some(event[of][key].as_array()?.len())).sum();
                    found += 1 + held;
                    in_arrays += held;
                }
            }
            assert_eq!(found, sent.count(), "{} {name}", protocol.name);
        }
    }
    assert!(in_arrays > 1_000, "{in_arrays}");
}

/// The PDUs of the ADUs that these octets hold, as far as their MBAP headers are right.
fn pdus(mut octets: &[u8]) -> Vec<Vec<u8>> {
    let mut pdus = Vec::new();
    while let [_, _, 0, 0, high, low, _, rest @ ..] = octets {
        let Some(length) = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(1) else { break };
        let Some(pdu) = rest.get(..length).filter(|pdu| !pdu.is_empty()) else { break };
        pdus.push(pdu.to_vec());
        octets = &rest[length..];
    }
    pdus
}

/// The PDUs that are put together again from the rows of their messages.
fn again(eve: &Eve, rows: &Rows) -> Vec<Vec<u8>> {
    // Of each message what is kept of its row, then of the others.
    let (mut messages, mut last, mut start): (Vec<Vec<&[u8]>>, _, _) = (Vec::new(), None, 0);
    for kept in &rows.rows {
        let octets = &rows.octets[core::mem::replace(&mut start, kept.end)..kept.end];
        let What::Row(envelope, table, _) = kept.what else { continue };
        let octets = match eve.plans.with(table, Plan::new, |plan| plan.kind) {
            Kind::Modbus(_) => octets,
            Kind::Umas => parts(octets).0,
            _ => continue,
        };
        if core::mem::replace(&mut last, envelope.message) != envelope.message {
            messages.push(Vec::new());
        }
        messages.last_mut().expect("a message has begun").push(octets);
    }
    let put = |rows: &Vec<&[u8]>| {
        let (mut pdu, [message, others @ ..]) = (Vec::new(), rows.as_slice()) else { panic!("no rows") };
        modbus::pdu(message, others.iter().copied(), &mut pdu);
        pdu
    };
    messages.iter().map(put).collect()
}

/// Of every case of the vectors of Modbus: the octets of its PDUs come together again from the rows.
#[test]
fn the_octets_of_every_case_come_back() {
    let (mut same, mut other) = (0, Vec::new());
    let eve = everything();
    for case in MODBUS.vectors.split("\n## ").skip(1) {
        let name = case.lines().next().unwrap_or_default();
        let messages = sent_in(case);
        let sent: Vec<_> = messages.iter().flat_map(|(_, hex)| pdus(&octets(hex))).collect();
        let messages: Vec<(Toward, &str)> =
            messages.iter().map(|(toward, hex)| (*toward, hex.as_str())).collect();
        let found = again(&eve, &rows(&eve, MODBUS, Some(CLIENT), true, &messages));
        if found == sent { same += 1 } else { other.push(name) }
    }
    assert!(other.is_empty(), "{other:?}");
    assert!(same > 20, "{same}");
}

/// "Memory bounded": also of many conversations. Where all together have too many requests waiting, the oldest of the one that
/// asks is written.
#[test]
fn requests_of_many_conversations_are_bounded_together() {
    let eve = everything();
    let request = |number: usize| {
        let mut rows = Rows::default();
        let beginning = Beginning {
            conversation: conversation_id(0, number as u64 + 1),
            transport: Symbol("tcp"),
            transport_number: 6,
            opener: Some(CLIENT),
            handshake: true,
        };
        eve.begins(&beginning, &mut rows);
        rows
    };
    let asked = rows(&eve, MODBUS, None, true, &[(Server, "0001 0000 0006 01 03 0000 0001")]);
    let (mut assembler, mut out) = (eve.assembler(), Vec::new());
    for number in 0..65_540 {
        assembler.take(&request(number), 0..1, &mut out);
        // The same message, of another conversation each.
        let row = asked
            .rows
            .iter()
            .find(|kept| matches!(kept.what, What::Row(_, table, _) if table.name == "modbus"));
        let Some(Kept { what: What::Row(envelope, table, asked_for), end }) = row.copied() else {
            panic!("no message")
        };
        let envelope = Envelope {
            conversation: Some(conversation_id(0, number as u64 + 1)),
            message: Some(number as u64),
            sender: Some(CLIENT.0),
            sender_port: Some(CLIENT.1),
            ..envelope
        };
        assembler.row(&envelope, table, &asked.octets[..end], asked_for, &mut out);
    }
    let lines = |out: &[u8]| out.iter().filter(|octet| **octet == b'\n').count();
    let before = lines(&out);
    assert!((3..=4).contains(&before), "{before}");
    assembler.finish(&mut out);
    assert_eq!(lines(&out), 65_540);
}

/// A program that writes itself what all events have gets the same events, without that.
#[test]
fn bodies_are_the_events_without_their_heads() {
    let eve = everything();
    let iec104 = protocols::named("iec104").unwrap();
    // IEC 60870-5-104: STARTDT, then a measured value of two objects, and a frame that is too short.
    let messages = [
        (Toward::Server, "68 04 07 00 00 00"),
        (Toward::Client, "68 04 0b 00 00 00 68 12 00 00 00 00 01 02 03 00 03 00 07 00 00 01 09 00 00 00"),
    ];
    let mut kept = rows(&eve, iec104, Some(CLIENT), true, &messages);
    let mut whole = Vec::new();
    let mut assembler = eve.assembler();
    assembler.take(&kept, 0..kept.len(), &mut whole);
    assembler.finish(&mut whole);
    let whole: Vec<Value> = whole
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let (mut bodies, mut told) = (eve.bodies(), Vec::new());
    bodies.take(&mut kept, |body| {
        let members: Value =
            serde_json::from_str(&format!("{{{}}}", String::from_utf8_lossy(body.members))).unwrap();
        told.push((body.event.to_owned(), body.source, body.envelope.frame, members));
    });
    assert!(kept.is_empty());
    bodies.finish(|body| panic!("{} is left", body.event));
    assert!(told.len() >= 3, "{told:?}");
    assert_eq!(told.len(), whole.len());
    for ((event, (address, port), frame, members), whole) in told.iter().zip(&whole) {
        assert_eq!(whole["event_type"], **event);
        assert_eq!(whole["pcap_cnt"], *frame);
        assert_eq!(whole["src_ip"], address.unwrap().to_string());
        assert_eq!(whole["src_port"], port.unwrap());
        for (name, member) in members.as_object().unwrap() {
            assert_eq!(&whole[name], member, "{name}");
        }
        let heads =
            ["timestamp", "flow_id", "pcap_cnt", "event_type", "src_ip", "src_port", "dest_ip", "dest_port"];
        assert!(heads.iter().all(|name| members.get(name).is_none()), "{members}");
    }
}
