//! Rows in, totals out. The rows are made by hand, and so is what is expected of them.
use crate::*;
use fieldtap::{
    common::{
        Anomalies, AnomalyKind, Conversations, Fact, Identities, Operation, Operations, Outcome, PointWay,
        Points, TABLES,
    },
    record::{Address, Envelope, Instant, Record, Sink, Symbol, Text},
};
use std::net::IpAddr;

fn ip(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

/// From client 10.0.0.`client` to port 502 of server 10.0.0.`server`.
fn envelope(frame: u64, client: u8, server: u8, protocol: &'static str) -> Envelope {
    Envelope {
        frame,
        protocol: Symbol(protocol),
        sender: Some(ip(client)),
        sender_port: Some(40_000),
        receiver: Some(ip(server)),
        receiver_port: Some(502),
        ..Envelope::default()
    }
}

fn conversation(application: Option<&'static str>, coverage: &'static str) -> Conversations<'static> {
    Conversations {
        originator_name: None,
        responder_name: None,
        community_id: None,
        transport: Symbol("tcp"),
        transport_number: 6,
        first: Instant(0),
        last: Instant(1),
        application: application.map(Symbol),
        coverage: Symbol(coverage),
        confidence: application.map(|_| Symbol("certain")),
        handshake: true,
        end: Symbol("fin"),
        originator_frames: 3,
        responder_frames: 2,
        originator_octets: 300,
        responder_octets: 200,
        originator_payload: 0,
        responder_payload: 0,
        originator_dissected: 0,
        responder_dissected: 0,
        originator_skipped: 0,
        responder_skipped: 0,
        originator_missing: 0,
        responder_missing: 0,
        originator_repeated: 0,
        responder_repeated: 0,
        originator_not_comparable: 0,
        responder_not_comparable: 0,
        originator_outside: 0,
        responder_outside: 0,
        originator_messages: 0,
        responder_messages: 0,
        copies: 0,
        wrong_checksums: 0,
    }
}

fn operation(operation: Operation, outcome: Outcome, late: bool) -> Operations<'static> {
    Operations {
        device_name: None,
        plant_name: None,
        unit: None,
        operation,
        function: None,
        function_code: None,
        station: Some(1),
        space: None,
        address: None,
        quantity: None,
        object: None,
        outcome,
        status: None,
        status_name: None,
        stage: None,
        requested: None,
        selected: None,
        executed: None,
        accepted: None,
        returned: None,
        cancelled: None,
        completed: None,
        latency: None,
        late,
        request_message: None,
        select_answer_message: None,
        execute_message: None,
        accept_message: None,
        return_message: None,
        cancel_message: None,
        answer_message: None,
    }
}

fn identity(device: u8, fact: Fact, value: &[u8], readable: bool) -> Identities<'_> {
    Identities {
        device_name: None,
        device: Some(ip(device)),
        device_mac: None,
        station: Some(1),
        fact,
        number: Some(fact.0.into()),
        value: Text(value),
        readable,
        source: Symbol("read_device_identification"),
    }
}

fn anomaly(kind: AnomalyKind, reason: &'static str, length: u64, count: u32) -> Anomalies {
    Anomalies {
        kind,
        reason: Symbol(reason),
        place: Symbol("pdu"),
        offset: None,
        length: Some(length),
        expected: None,
        found: Some(147),
        count,
    }
}

#[test]
fn only_the_tables_of_the_summary_are_wanted() {
    let summary = Summary::new();
    let wanted: Vec<&str> = TABLES.iter().map(|t| t()).filter(|t| summary.wants(t)).map(|t| t.name).collect();
    assert_eq!(wanted, ["operations", "identities", "conversations", "anomalies"]);
    assert!(!summary.wants(Points::schema()));
}

/// A conversation of each content, two-sided and one-sided, with octets that came again: each octet is in one part.
#[test]
fn coverage_adds_up() {
    let mut summary = Summary::new();
    let half = |mut row: Conversations<'static>| {
        row.responder_frames = 0;
        row
    };
    let modbus = Conversations {
        originator_payload: 100,
        originator_dissected: 80,
        originator_skipped: 12,
        originator_repeated: 8,
        responder_payload: 50,
        responder_dissected: 50,
        responder_missing: 7,
        ..conversation(Some("modbus"), "understood")
    };
    let deaf = half(Conversations {
        originator_payload: 30,
        originator_dissected: 24,
        originator_skipped: 6,
        ..conversation(Some("modbus"), "understood")
    });
    let tls = Conversations {
        originator_payload: 1_000,
        originator_skipped: 990,
        ..conversation(Some("tls"), "encrypted")
    };
    let http = half(Conversations {
        originator_payload: 500,
        originator_skipped: 500,
        ..conversation(Some("http"), "foreign")
    });
    let unknown =
        Conversations { responder_payload: 70, responder_skipped: 70, ..conversation(None, "unknown") };
    let unknown_deaf = half(Conversations {
        originator_payload: 11,
        originator_skipped: 11,
        ..conversation(None, "unknown")
    });
    // A datagram that nobody answers is no sign of a tap that hears one direction.
    let datagram = half(Conversations { transport: Symbol("udp"), ..unknown_deaf });
    for row in [modbus, deaf, tls, http, unknown, unknown_deaf, datagram, conversation(None, "empty")] {
        summary.row(&envelope(1, 1, 2, "x"), &row);
    }
    let coverage = summary.coverage();
    assert_eq!(
        coverage,
        Coverage {
            payload: 100 + 50 + 30 + 1_000 + 500 + 70 + 11 + 11,
            understood: 80 + 50 + 24,
            skipped: 12,
            encrypted: 990,
            foreign: 500,
            unknown: 70 + 11,
            one_sided: 6 + 11,
            repeated: 8 + 10,
            understood_one_sided: 24,
            missing: 7,
            surplus: 0,
            frames_in_conversations: 4 * 5 + 4 * 3,
        }
    );
    assert_eq!(coverage.parts().iter().map(|(_, octets)| octets).sum::<u64>(), coverage.payload);
    let shown = summary.render(100, false);
    let octets = |part: &str| -> u64 {
        let line = shown.lines().find(|line| line.trim_start().starts_with(part)).expect("the part is shown");
        line.split_whitespace().nth(1).and_then(|word| word.replace(',', "").parse().ok()).expect("octets")
    };
    let parts = ["understood ", "skipped ", "encrypted ", "foreign ", "unknown ", "one-sided ", "repeated "];
    assert_eq!(parts.iter().map(|part| octets(part)).sum::<u64>(), octets("payload "));
}

#[test]
fn rows_that_contradict_themselves_still_add_up_and_are_told() {
    let mut summary = Summary::new();
    let row = Conversations {
        originator_payload: 10,
        originator_dissected: 15,
        originator_skipped: 3,
        ..conversation(Some("modbus"), "understood")
    };
    summary.row(&envelope(1, 1, 2, "modbus"), &row);
    let coverage = summary.coverage();
    assert_eq!((coverage.payload, coverage.understood, coverage.skipped, coverage.surplus), (10, 10, 0, 8));
    assert!(summary.render(100, false).contains("said to be read, but not received: 8 octets"));
}

#[test]
fn talkers_join_conversations_and_requests() {
    let mut summary = Summary::new();
    let row = Conversations {
        originator_payload: 24,
        responder_payload: 30,
        originator_messages: 2,
        responder_messages: 2,
        ..conversation(Some("modbus"), "understood")
    };
    let at = envelope(9, 1, 2, "modbus");
    for outcome in [Outcome::SUCCESS, Outcome::REFUSED, Outcome::UNASKED] {
        summary.row(&at, &operation(Operation::READ, outcome, false));
    }
    summary.row(&at, &row);
    // A device that opened the connection on which it is asked.
    let called = Envelope { from_originator: false, ..envelope(10, 4, 3, "modbus") };
    let called = Envelope { sender_port: Some(502), receiver_port: Some(40_001), ..called };
    summary.row(&called, &operation(Operation::READ, Outcome::SUCCESS, false));
    summary.row(&envelope(11, 3, 4, "modbus"), &conversation(Some("modbus"), "understood"));
    let talkers = summary.talkers();
    assert_eq!(talkers.len(), 2);
    assert_eq!(
        talkers[0],
        Talker {
            client: Some(Address::Ip(ip(1))),
            server: Some(Address::Ip(ip(2))),
            port: Some(502),
            protocol: "modbus",
            number: None,
            content: Content::Understood,
            conversations: 1,
            client_payload: 24,
            server_payload: 30,
            messages: 4,
            requests: 2,
        }
    );
    assert_eq!(
        (talkers[1].client, talkers[1].conversations, talkers[1].requests),
        (Some(Address::Ip(ip(3))), 1, 1)
    );
    let protocols = summary.protocols();
    assert_eq!((protocols.len(), protocols[0].conversations, protocols[0].requests), (1, 2, 3));
}

/// A late answer comes as a second row of the same request.
#[test]
fn a_late_answer_counts_once() {
    let mut summary = Summary::new();
    let at = envelope(1, 1, 2, "modbus");
    for (outcome, late) in [
        (Outcome::UNANSWERED, false),
        (Outcome::UNANSWERED, false),
        (Outcome::SUCCESS, true),
        (Outcome::SUCCESS, false),
    ] {
        summary.row(&at, &operation(Operation::WRITE, outcome, late));
    }
    let [total] = summary.operations()[..] else { panic!("one kind of operation") };
    assert_eq!(total.outcomes.requests(), 3);
    assert_eq!(total.outcomes.get(Outcome::SUCCESS), 2);
    assert_eq!(total.outcomes.get(Outcome::UNANSWERED), 1);
    assert_eq!(total.outcomes.late(), 1);
    assert_eq!(total.outcomes.iter().collect::<Vec<_>>(), [(Outcome::SUCCESS, 2), (Outcome::UNANSWERED, 1)]);
    let [change] = summary.changes()[..] else { panic!("one change") };
    assert_eq!((change.client, change.station), (Some(Address::Ip(ip(1))), Some(1)));
    assert_eq!(change.outcomes, total.outcomes);
    assert!(summary.render(120, false).contains("2 success, 1 unanswered, 1 of them late"));
    summary.row(&at, &operation(Operation::READ, Outcome::SUCCESS, false));
    assert_eq!((summary.operations().len(), summary.changes().len()), (2, 1));
}

#[test]
fn anomalies_are_counted_with_the_first_frame() {
    let mut summary = Summary::new();
    summary
        .row(&envelope(9, 1, 2, "modbus"), &anomaly(AnomalyKind::GAP, "octets did not come in time", 100, 1));
    summary
        .row(&envelope(4, 1, 2, "modbus"), &anomaly(AnomalyKind::GAP, "octets did not come in time", 20, 2));
    let capture = Envelope { protocol: Symbol("capture"), frame: 1, ..Envelope::default() };
    summary.row(&capture, &anomaly(AnomalyKind::HEADER, "link type is not read", 0, 1));
    let [gap, link] = summary.anomalies()[..] else { panic!("two anomalies") };
    assert_eq!((gap.count, gap.octets, gap.first), (3, 120, Place { file: 0, frame: 4 }));
    assert_eq!((link.protocol, link.count), ("capture", 1));
    let losses = summary.losses();
    assert_eq!((losses.gaps, losses.link_types), (3, vec![(147, 1)]));
}

#[test]
fn the_capture_says_what_was_cut_and_what_belongs_to_no_conversation() {
    let mut summary = Summary::new();
    summary.row(&envelope(1, 1, 2, "modbus"), &conversation(Some("modbus"), "understood"));
    let mut engine = fieldtap::Counters::default();
    (engine.unattributed, engine.unknown_link, engine.evicted_half_open) = (3, 1, 5);
    let files = vec![
        CapturedFile {
            index: 1,
            name: "b.pcap".into(),
            frames: 4,
            damage: Some("cut at 77".into()),
            ..Default::default()
        },
        CapturedFile {
            name: "a.pcap".into(),
            frames: 5,
            octets: 1_500,
            first: Some(0),
            last: Some(61_000_000_000),
            ..Default::default()
        },
    ];
    summary.set_capture(Capture { files, engine, packets: Default::default() });
    let shown = summary.render(100, false);
    for expected in [
        "2 files, 9 frames, 1.50 kB on the wire",
        "1970-01-01 00:00:00.000 to 1970-01-01 00:01:01.000 UTC (1 min 1 s)",
        "not read to its end: b.pcap: cut at 77",
        "frames: 5 in conversations + 3 in none + 1 not followed = 9",
        "5  conversations without payload that had to make room",
        "2  other frames that belong to no conversation",
    ] {
        assert!(
            shown.replace("\n  ", " ").contains(expected) || shown.contains(expected),
            "{expected}\n{shown}"
        );
    }
    assert_eq!(summary.losses().damaged_files, 1);
}

/// HARD_CASES: "Text from the wire with escape sequences, line breaks, tabs, NUL, `=cmd()`, HTML, broken UTF-8 ->
/// escaped in terminal, JSON, TSV, CSV and notebook; never interpreted; kept exactly in binary form."
#[test]
fn text_from_the_wire_is_escaped_in_both_faces() {
    let hostile =
        b"\x1b[2J\x1b]0;own\x07\r\n\t\0=cmd()<script>alert('&\")</script>\xff\xc2\x9b31m\xe2\x80\xae$x$";
    let mut summary = Summary::new();
    summary.row(&envelope(1, 1, 2, "modbus"), &identity(2, Fact::VENDOR, hostile, true));
    summary.row(&envelope(1, 1, 2, "modbus"), &identity(2, Fact::OTHER, &[0x1b, b'<'], false));
    let name = "\x1b[31m<b>&.pcap\n".to_string();
    let damage = Some("field \x07<i>".to_string());
    let file = CapturedFile { name, damage, ..Default::default() };
    summary.set_capture(Capture { files: vec![file], ..Default::default() });
    let plain = summary.render(100, false);
    let html = summary.html();
    for face in [&plain, &html] {
        let odd = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!face.contains(odd), "{face:?}");
    }
    let joined: String = plain.split_whitespace().collect();
    assert!(joined.contains("\\x1b[2J\\x1b]0;own\\x07\\x0d\\x0a\\x09\\x00=cmd()<script>"), "{plain}");
    assert!(joined.contains("\\xff\\xc2\\x9b31m\\xe2\\x80\\xae"), "{plain}");
    assert!(joined.contains("fact15:1b3c"), "{plain}");
    for tag in ["<script", "<b>", "<i>", "alert('", "$x$"] {
        assert!(!html.contains(tag), "{tag}");
    }
    assert!(html.contains("&lt;script&gt;alert(&#39;&amp;&quot;)&lt;/script&gt;"), "{html}");
    // Colour adds its own sequences and nothing else.
    let mut coloured = summary.render(100, true);
    for code in ["1", "4", "2", "32", "33", "0"] {
        coloured = coloured.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(coloured, plain);
    // Kept exactly.
    assert_eq!(summary.devices()[0].facts[0].value, hostile);
}

/// The value of holding register 5 of 10.0.0.`device`.
fn point(device: u8, integer: Option<i64>, way: PointWay) -> Points<'static> {
    Points {
        device: Some(ip(device)),
        device_mac: None,
        station: Some(1),
        space: Symbol("holding_register"),
        address: Some(5),
        name: None,
        way,
        number: None,
        integer,
        text: None,
        bits: None,
        good: None,
        quality: None,
        device_time: None,
        device_clock: None,
        device_name: None,
        plant_name: None,
        unit: None,
    }
}

#[test]
fn a_point_is_followed_from_its_first_value_to_its_last() {
    let mut summary = Summary::with_points();
    assert!(summary.wants(Points::schema()));
    let at = |second: i64, frame| Envelope {
        ts: Instant(second * 1_000_000_000),
        message: Some(frame << 18),
        ..envelope(frame, 1, 2, "modbus")
    };
    let level = |integer, way, good| Points {
        good,
        plant_name: Some("Level".into()),
        unit: Some("cm".into()),
        ..point(2, Some(integer), way)
    };
    // In no order: threads bring them so. The first is a part of a number, without its name.
    summary.row(&at(13, 2), &point(2, Some(8), PointWay::READ));
    summary.row(&at(14, 4), &level(30, PointWay::READ, Some(false)));
    summary.row(&at(10, 1), &level(7, PointWay::READ, Some(true)));
    summary.row(&at(12, 2), &level(-5, PointWay::WRITTEN, None));
    summary.row(&at(14, 3), &level(90, PointWay::READ, None));
    // Real numbers, of which one is none; text.
    let real = |number| Points { number: Some(number), integer: None, ..point(3, None, PointWay::REPORTED) };
    summary.row(&at(1, 1), &real(f64::NAN));
    summary.row(&at(2, 2), &real(0.1_f32.into()));
    let text = Points {
        address: None,
        name: Some("LD0/\x1b[2JTag".into()),
        text: Some("open".into()),
        ..point(3, None, PointWay::COMMANDED)
    };
    summary.row(&at(1, 1), &text);

    let points = summary.points();
    assert_eq!(points.len(), 3);
    let [level, tag, real] = points.as_slice() else { panic!("{points:?}") };
    assert_eq!((level.device, level.station, level.address), (Some(Address::Ip(ip(2))), Some(1), Some(5)));
    assert_eq!((level.values, level.read, level.written, level.not_good), (5, 4, 1, 1));
    assert_eq!((&level.first.value, &level.last.value), (&PointSaid::Integer(7), &PointSaid::Integer(30)));
    assert_eq!((level.first.ts, level.last.place), (10_000_000_000, Place { file: 0, frame: 4 }));
    assert_eq!((level.least, level.greatest, level.rate()), (Some(-5.0), Some(90.0), Some(1.0)));
    assert_eq!((level.plant_name.as_deref(), level.unit.as_deref()), (Some("Level"), Some("cm")));
    // Points with numbers come behind those with names: none is less than some.
    assert_eq!((&tag.first.value, tag.rate()), (&PointSaid::Text(b"open".to_vec()), None));
    assert_eq!((real.least, real.greatest, real.reported), (real.greatest, Some(0.1_f32.into()), 2));
    assert!(real.first.value != real.last.value && real.first.value == real.first.value.clone());

    let shown = summary.render(160, false);
    assert!(shown.contains("10.0.0.2/1  Level (holding_register:5), cm"), "{shown}");
    assert!(shown.contains("4 read, 1 written; 1 not good"), "{shown}");
    assert!(shown.contains(" 0.1 ") && !shown.contains('\x1b'), "{shown}");
    // Neither the number nor the name tells every point apart.
    let mut both = Summary::with_points();
    let bit =
        Points { name: Some("DB1.DBX0.3".into()), address: Some(0), ..point(3, Some(1), PointWay::READ) };
    both.row(&at(1, 1), &bit);
    let shown = both.render(160, false);
    assert!(shown.contains(&format!("{}:0 DB1.DBX0.3", bit.space.0)), "{shown}");
    assert!(!Summary::new().wants(Points::schema()));
}

/// Events of DNP3 give several values of a point in one message: the order is that of the message, whatever the values are.
#[test]
fn of_several_values_in_a_message_the_first_and_the_last_are_those_that_came_so() {
    let at = |frame| Envelope { message: Some(frame << 18), ..envelope(frame, 1, 2, "dnp3") };
    for values in [[100, -50, 70], [1, 0, 1], [0, 1, 0], [-1, -2, -3]] {
        let mut parts = [Summary::with_points(), Summary::with_points()];
        for value in values {
            parts[0].row(&at(1), &point(2, Some(value), PointWay::REPORTED));
        }
        parts[1].row(&at(1 << 20), &point(3, Some(9), PointWay::REPORTED));
        let [mut one, other] = parts;
        one.merge(other);
        let points = one.points();
        let said = (&points[0].first.value, &points[0].last.value);
        assert_eq!(said, (&PointSaid::Integer(values[0]), &PointSaid::Integer(values[2])), "{values:?}");
    }
}

/// Station, address, name and device tell points apart; names and texts are cut to the limit, and what is cut alike is one.
#[test]
fn points_are_told_apart_by_where_they_are() {
    let limits = SummaryLimits { value_octets: 4, ..SummaryLimits::default() };
    let mut summary = Summary::with_limits(SummaryLimits { points: 16, ..limits });
    let at = envelope(1, 1, 2, "modbus");
    let here = point(2, Some(1), PointWay::READ);
    let named = |name: &'static str| Points { address: None, name: Some(name.into()), ..here };
    let mac = |last| {
        let device_mac = Some(fieldtap::record::Mac([0, 0x30, 0xa7, 0, 0, last]));
        Points { device: None, device_mac, ..here }
    };
    for row in [
        here,
        Points { station: Some(2), ..here },
        Points { address: Some(6), ..here },
        Points { device: Some(ip(3)), ..here },
        mac(1),
        mac(2),
        named("level of A"),
        named("level of B"),
        named("lev"),
    ] {
        summary.row(&at, &row);
    }
    let points = summary.points();
    assert_eq!(points.len(), 8, "{points:?}");
    let names: Vec<_> = points.iter().filter_map(|point| point.name.as_deref()).collect();
    assert_eq!(names, [&b"lev"[..], b"leve"]);
    assert_eq!(points.iter().map(|point| point.values).sum::<u64>(), 9);

    let mut summary = Summary::with_limits(SummaryLimits { points: 16, ..limits });
    let text = Points { integer: None, text: Some("closed".into()), ..here };
    let bits = Points { integer: None, bits: Some(&[1, 2, 3, 4, 5]), address: Some(6), ..here };
    summary.row(&at, &text);
    summary.row(&at, &bits);
    let values: Vec<_> = summary.points().into_iter().map(|point| point.last.value).collect();
    assert_eq!(values, [PointSaid::Text(b"clos".to_vec()), PointSaid::Bits(vec![1, 2, 3, 4])]);
}

/// Of several values in one frame the message tells the order, and of values at one time the place in the capture.
#[test]
fn first_and_last_are_told_by_time_place_and_message() {
    let at = |ts, frame, ordinal| Envelope {
        ts: Instant(ts),
        message: Some(frame << 18 | ordinal),
        ..envelope(frame, 1, 2, "modbus")
    };
    let said = |all: &[(i64, u64, u64, i64)]| {
        let mut summary = Summary::with_points();
        for (ts, frame, ordinal, value) in all {
            summary.row(&at(*ts, *frame, *ordinal), &point(2, Some(*value), PointWay::READ));
        }
        let points = summary.points();
        let [point] = points.as_slice() else { panic!("{points:?}") };
        [&point.first.value, &point.last.value].map(|value| match value {
            PointSaid::Integer(integer) => *integer,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(said(&[(1, 1, 1, 3), (1, 1, 0, 9)]), [9, 3]);
    assert_eq!(said(&[(1, 2, 0, 3), (1, 1, 0, 9)]), [9, 3]);
    // Clocks of captures step back.
    assert_eq!(said(&[(2, 1, 0, 3), (1, 2, 0, 9)]), [9, 3]);
}

#[test]
fn limits_hold_and_what_is_beyond_is_told() {
    let limits = SummaryLimits {
        protocols: 2,
        talkers: 3,
        operations: 1,
        changes: 2,
        devices: 2,
        facts: 2,
        value_octets: 4,
        anomalies: 1,
        points: 2,
    };
    let mut summary = Summary::with_limits(limits);
    for last in (1..=9).rev() {
        let at = envelope(1, last, 100, "modbus");
        summary.row(&at, &conversation(None, "unknown"));
        summary.row(&at, &operation(Operation::WRITE, Outcome::SUCCESS, false));
        for fact in [Fact::VENDOR, Fact::MODEL, Fact::NAME] {
            summary.row(&at, &identity(last, fact, b"too long", true));
        }
        summary.row(&at, &anomaly(AnomalyKind::GAP, "octets did not come in time", 1, 1));
        summary.row(&at, &anomaly(AnomalyKind::MALFORMED, "length", 1, 1));
        summary.row(&at, &point(last, Some(1), PointWay::READ));
    }
    // What is known best is remembered, and of it the lowest addresses.
    let clients: Vec<_> = summary.talkers().iter().map(|talker| (talker.content, talker.client)).collect();
    let known = |last| (Content::Understood, Some(Address::Ip(ip(last))));
    assert_eq!(clients, [known(1), known(2), known(3)]);
    let devices = summary.devices();
    assert_eq!(devices.len(), 2);
    assert_eq!((devices[0].facts.len(), devices[0].further), (2, 1));
    assert_eq!((devices[0].facts[0].value.as_slice(), devices[0].facts[0].cut), (&b"too "[..], true));
    assert_eq!(
        summary.unlisted(),
        Unlisted {
            protocols: 0,
            talkers: 6 + 9,
            operations: 0,
            changes: 7,
            devices: 7 * 3,
            anomalies: 9,
            points: 7
        }
    );
    // The sums know of all.
    assert_eq!(summary.outcomes().get(Outcome::SUCCESS), 9);
    assert_eq!(summary.coverage().frames_in_conversations, 45);
    let shown = summary.render(100, false);
    assert!(shown.contains("15 rows tell of others, beyond the 3 that are remembered"), "{shown}");
    assert!(shown.contains("vendor: too ...; model: too ...; and 1 more"), "{shown}");
}

#[test]
fn a_long_list_is_shown_in_part_and_the_rest_counted() {
    let mut summary = Summary::new();
    for last in 1..=37 {
        summary.row(&envelope(1, last, 100, "modbus"), &conversation(Some("modbus"), "understood"));
    }
    let shown = summary.render(100, false);
    assert!(shown.contains("\n  and 17 more\n"), "{shown}");
    assert_eq!(summary.talkers().len(), 37);
}

#[test]
fn eighty_columns_are_enough_for_every_table() {
    let mut summary = Summary::new();
    let long = IpAddr::from([192, 168, 100, 200]);
    let at = |frame| Envelope { sender: Some(long), receiver: Some(long), ..envelope(frame, 1, 2, "modbus") };
    for outcome in [Outcome::SUCCESS, Outcome::REFUSED, Outcome::UNANSWERED, Outcome::FORGOTTEN] {
        for kind in [Operation::READ, Operation::WRITE, Operation::PROGRAM_DOWNLOAD] {
            summary.row(&at(5), &operation(kind, outcome, false));
        }
    }
    let modbus = Conversations {
        originator_payload: 123_456_789,
        originator_dissected: 123_456_789,
        originator_messages: 1_234_567,
        ..conversation(Some("modbus"), "understood")
    };
    summary.row(&at(1), &modbus);
    summary.row(&at(1), &Conversations { confidence: Some(Symbol("port")), ..modbus });
    let other = Conversations {
        transport: Symbol("ethernet"),
        transport_number: 0x88cc,
        ..conversation(None, "unknown")
    };
    summary.row(&at(1), &other);
    let device = Identities { device: Some(long), ..identity(1, Fact::VENDOR, b"Schneider Electric", true) };
    summary.row(&at(1), &device);
    summary.row(
        &at(1_234_567),
        &anomaly(AnomalyKind::UNEXPECTED, "the answer to a request that was not seen", 9, 3),
    );
    let file = CapturedFile {
        name: "/captures/plant/line 1/2026-11-23.pcapng.zst".into(),
        frames: 9,
        ..Default::default()
    };
    summary.set_capture(Capture { files: vec![file], ..Default::default() });
    let shown = summary.render(80, false);
    for head in
        ["file  name", "part ", "protocol ", "client ", "operation ", "device ", "count  kind", "count  what"]
    {
        assert!(shown.lines().any(|line| line.trim_start().starts_with(head)), "{head}\n{shown}");
    }
    assert!(
        !shown.lines().any(|line| line.starts_with("  client: ") || line.starts_with("  protocol: ")),
        "{shown}"
    );
    assert!(shown.contains("192.168.100.200:502"), "{shown}");
    assert!(shown.contains("certain,") && shown.contains("ethernet"), "{shown}");
}

mod properties {
    use super::*;
    use fieldtap::record::Row;
    use proptest::prelude::*;

    /// A row that owns its text.
    #[derive(Clone, Debug)]
    enum Made {
        Conversation(Conversations<'static>),
        Operation(Operations<'static>),
        Identity(u8, u8, Vec<u8>, bool),
        Anomaly(Anomalies),
        Point(Points<'static>),
    }

    fn feed(summary: &mut Summary, rows: &[(Envelope, Made)]) {
        for (envelope, made) in rows {
            let identity_row;
            let row: &dyn Row = match made {
                Made::Conversation(row) => row,
                Made::Operation(row) => row,
                Made::Anomaly(row) => row,
                Made::Point(row) => row,
                Made::Identity(device, fact, value, readable) => {
                    identity_row = identity(*device, Fact(*fact), value, *readable);
                    &identity_row
                }
            };
            summary.row(envelope, row);
        }
    }

    fn made() -> impl Strategy<Value = Made> {
        let contents = prop::sample::select(vec![
            (Some("modbus"), "understood"),
            (Some("tls"), "encrypted"),
            (Some("http"), "foreign"),
            (None, "unknown"),
            (None, "empty"),
        ]);
        let transports = prop::sample::select(vec!["tcp", "udp", "other", "ethernet"]);
        let octets = prop::array::uniform8(0..3_000u64);
        let conversations = (contents, transports, octets, 0..3u64, 0..3u64);
        let conversations =
            conversations.prop_map(|((application, coverage), transport, octets, there, back)| {
                let [a, b, c, d, e, f, g, h] = octets;
                Made::Conversation(Conversations {
                    transport: Symbol(transport),
                    transport_number: a as u16 % 3,
                    originator_frames: there,
                    responder_frames: back,
                    originator_payload: a,
                    originator_dissected: b,
                    originator_skipped: c,
                    originator_missing: d,
                    responder_payload: e,
                    responder_dissected: f,
                    responder_skipped: g,
                    responder_missing: h,
                    ..conversation(application, coverage)
                })
            });
        let operations = (0..30u8, 0..14u8, any::<bool>()).prop_map(|(kind, outcome, late)| {
            Made::Operation(operation(Operation(kind), Outcome(outcome), late))
        });
        let value = prop::collection::vec(any::<u8>(), 0..12);
        let identities = (1..6u8, 0..18u8, value, any::<bool>())
            .prop_map(|(device, fact, value, readable)| Made::Identity(device, fact, value, readable));
        let reasons = prop::sample::select(vec!["one reason", "another, which takes more words to say"]);
        let anomalies = (0..16u8, reasons, 0..100u64, 0..4u32).prop_map(|(kind, reason, length, count)| {
            Made::Anomaly(anomaly(AnomalyKind(kind), reason, length, count))
        });
        let numbers = prop::sample::select(vec![None, Some(f64::NAN), Some(-0.0), Some(0.0), Some(1e300)]);
        let integers = prop::option::of(-3..3i64);
        let points = (1..6u8, 0..4u64, integers, numbers, 0..6u8, prop::option::of(any::<bool>())).prop_map(
            |(device, address, integer, number, way, good)| {
                let name = (address == 0).then(|| "a name".into());
                Made::Point(Points {
                    address: Some(address).filter(|address| *address > 0),
                    name,
                    number,
                    good,
                    ..point(device, integer, PointWay(way))
                })
            },
        );
        prop_oneof![conversations, operations, identities, anomalies, points]
    }

    fn rows() -> impl Strategy<Value = Vec<(Envelope, Made)>> {
        let protocols = prop::sample::select(vec!["modbus", "umas", "capture", "tcp"]);
        let envelopes = (0..3u32, 1..50u64, 1..6u8, 1..6u8, protocols, any::<bool>()).prop_map(
            |(file, frame, client, server, protocol, from_originator)| Envelope {
                file,
                from_originator,
                ..envelope(frame, client, server, protocol)
            },
        );
        // Each of a message of its own: those of one message come in their order, to one summary.
        let of_messages = |rows: Vec<(Envelope, Made)>| {
            let own = |(message, (envelope, made)): (u64, (Envelope, Made))| {
                (Envelope { message: Some(message), ..envelope }, made)
            };
            (0..).zip(rows).map(own).collect()
        };
        prop::collection::vec((envelopes, made()), 0..80).prop_map(of_messages)
    }

    fn limits() -> impl Strategy<Value = SummaryLimits> {
        prop::collection::vec(0..12usize, 9).prop_map(|most| SummaryLimits {
            protocols: most[0],
            talkers: most[1],
            operations: most[2],
            changes: most[3],
            devices: most[4],
            facts: most[5],
            value_octets: most[6],
            anomalies: most[7],
            points: most[8],
        })
    }

    proptest! {
        /// However the rows are divided among two summaries, in whatever order, the merged summary is the same.
        #[test]
        fn any_division_gives_the_same_summary(
            mut all in rows(),
            limits in limits(),
            division in prop::collection::vec(any::<bool>(), 80),
            turn in any::<prop::sample::Index>(),
        ) {
            let mut whole = Summary::with_limits(limits.clone());
            feed(&mut whole, &all);
            if !all.is_empty() {
                let turn = turn.index(all.len());
                all.rotate_left(turn);
                all[turn / 2..].reverse();
            }
            let mut parts = [Summary::with_limits(limits.clone()), Summary::with_limits(limits)];
            for (row, second) in all.iter().zip(division) {
                feed(&mut parts[usize::from(second)], std::slice::from_ref(row));
            }
            let [first, second] = parts;
            let mut one = first.clone();
            one.merge(second.clone());
            let mut other = second;
            other.merge(first);
            for merged in [one, other] {
                prop_assert_eq!(&merged, &whole);
                prop_assert_eq!(merged.render(90, false), whole.render(90, false));
                prop_assert_eq!(merged.html(), whole.html());
            }
        }

        /// Whatever conversations say of themselves, the parts are the whole.
        #[test]
        fn the_parts_are_the_payload(all in rows()) {
            let mut summary = Summary::new();
            feed(&mut summary, &all);
            let payload = all.iter().map(|(_, made)| match made {
                Made::Conversation(row) => row.originator_payload + row.responder_payload,
                _ => 0,
            });
            let coverage = summary.coverage();
            prop_assert_eq!(coverage.payload, payload.sum::<u64>());
            prop_assert_eq!(coverage.parts().iter().map(|(_, octets)| octets).sum::<u64>(), coverage.payload);
            let protocols = summary.protocols().iter().map(|protocol| protocol.payload).sum::<u64>();
            prop_assert_eq!(protocols, coverage.payload);
        }

        /// No table holds more than its limit, no line more than the width.
        #[test]
        fn limits_and_width_hold(all in rows(), limits in limits(), width in 0..200usize) {
            let mut summary = Summary::with_limits(limits.clone());
            feed(&mut summary, &all);
            prop_assert!(summary.protocols().len() <= limits.protocols);
            prop_assert!(summary.talkers().len() <= limits.talkers);
            prop_assert!(summary.operations().len() <= limits.operations);
            prop_assert!(summary.changes().len() <= limits.changes);
            prop_assert!(summary.anomalies().len() <= limits.anomalies);
            prop_assert!(summary.points().len() <= limits.points);
            prop_assert!(summary.devices().len() <= limits.devices);
            for device in summary.devices() {
                prop_assert!(device.facts.len() <= limits.facts);
                prop_assert!(device.facts.iter().all(|fact| fact.value.len() <= limits.value_octets));
            }
            for line in summary.render(width, false).lines() {
                prop_assert!(crate::terminal::columns(line) <= width.max(crate::terminal::LEAST), "{:?}", line);
            }
        }
    }
}

/// Two taps overlap; a capture that goes on in the next file does not, although its interfaces are a little out of order.
#[test]
fn files_that_were_read_one_behind_the_other_although_they_overlap_are_told() {
    const SECOND: i64 = 1_000_000_000;
    let file = |(index, (first, last)): (u32, (i64, i64))| CapturedFile {
        index,
        name: format!("{index}.pcap"),
        first: Some(first),
        last: Some(last),
        ..Default::default()
    };
    let told = |times: &[(i64, i64)]| -> Vec<(u32, u32)> {
        let files = (0..).zip(times.iter().copied()).map(file).collect();
        let capture = Capture { files, ..Default::default() };
        capture.overlapping().map(|(before, file)| (before.index, file.index)).collect()
    };
    assert_eq!(
        told(&[(0, 9 * SECOND), (9 * SECOND - 50_000_000, 20 * SECOND), (20 * SECOND, 21 * SECOND)]),
        []
    );
    assert_eq!(
        told(&[(0, 9 * SECOND), (SECOND, 2 * SECOND), (3 * SECOND, 9 * SECOND), (9 * SECOND, i64::MAX)]),
        [(0, 1), (0, 2)]
    );
    // What cannot be looked into before is read where it was named.
    assert_eq!(told(&[(9 * SECOND, 10 * SECOND), (0, SECOND), (i64::MIN, i64::MIN)]), [(0, 1), (0, 2)]);

    let mut summary = Summary::new();
    let files = vec![file((0, (0, 9 * SECOND))), file((1, (SECOND, 9 * SECOND)))];
    summary.set_capture(Capture { files, ..Default::default() });
    let shown = summary.render(100, false);
    assert!(shown.contains("overlap in time") && shown.contains("0.pcap, 1.pcap"), "{shown}");
}
