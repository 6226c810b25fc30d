//! Hard cases of GOOSE and sampled values that take time, several senders, or a whole capture.
use crate::{
    Config, Engine, Frame, LinkType,
    record::{Envelope, Field, Row, Sink, Verdict},
};

/// What matters of the rows.
#[derive(Default)]
struct Rows {
    anomalies: Vec<(u64, String)>,
    messages: u64,
    streams: Vec<Vec<(&'static str, u64)>>,
}

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        match row.table().name {
            "anomalies" => {
                let Field::Symbol(reason) = row.field(1) else { panic!("no reason") };
                self.anomalies.push((envelope.frame, reason.to_owned()));
            }
            "goose" | "sv" => self.messages += 1,
            "streams" => {
                let fields = row.table().columns.iter().enumerate();
                let number = |(index, column): (usize, &crate::record::ColumnInfo)| match row.field(index) {
                    Field::Unsigned(number) => Some((column.name, number)),
                    _ => None,
                };
                self.streams.push(fields.filter_map(number).collect());
            }
            _ => {}
        }
        Verdict::GoOn
    }
}

impl Rows {
    fn sum(&self, column: &str) -> u64 {
        self.streams.iter().flatten().filter(|(name, _)| *name == column).map(|(_, number)| number).sum()
    }
    fn reasons(&self) -> Vec<&str> {
        self.anomalies.iter().map(|(_, reason)| reason.as_str()).collect()
    }
}

type Captured = (i64, Vec<u8>);

const START: i64 = 1_700_000_000_000_000_000;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1000 * MILLISECOND;

fn rows(frames: &[Captured]) -> Rows {
    let (mut engine, mut rows) = (Engine::new(Config::default()), Rows::default());
    for ((ts, data), number) in frames.iter().zip(1..) {
        let original_len = data.len() as u32;
        engine.frame(
            &Frame { number, ts: *ts, interface: 0, link_type: LinkType::ETHERNET, original_len, data },
            &mut rows,
        );
    }
    engine.finish(&mut rows);
    rows
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    [&[tag, value.len() as u8][..], value].concat()
}

fn ethernet(group: u8, sender: u8, ethertype: [u8; 2], appid: u8, apdu: &[u8]) -> Vec<u8> {
    let head = [1, 0x0c, 0xcd, group, 0, 1, 0, 0x30, 0xa7, 0, 0, sender];
    let length = (apdu.len() as u16 + 8).to_be_bytes();
    let mut frame = [&head[..], &ethertype, &[appid, 1], &length, &[0; 4], apdu].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// A message of the publisher with this last octet of its address.
fn goose(sender: u8, reference: &str, st_num: u32, sq_num: u32, t: u32, value: u8) -> Vec<u8> {
    let number = |number: u32| [&[0][..], &number.to_be_bytes()].concat();
    let body = [
        tlv(0x80, reference.as_bytes()),
        tlv(0x81, &[7, 0xd0]),
        tlv(0x82, b"ds"),
        tlv(0x84, &[&t.to_be_bytes()[..], &[0, 0, 0, 0x0a]].concat()),
        tlv(0x85, &number(st_num)),
        tlv(0x86, &number(sq_num)),
        tlv(0x87, &[0]),
        tlv(0x88, &[1]),
        tlv(0x89, &[0]),
        tlv(0x8a, &[1]),
        tlv(0xab, &tlv(0x83, &[value])),
    ];
    ethernet(1, sender, [0x88, 0xb8], 0, &tlv(0x61, &body.concat()))
}

/// Clause 18.1.2.5: whatever changes takes a new stNum. What a repetition changes is said once of each state; behind a hole the
/// first state may be that of a publisher that has restarted, and a clock that was never set cannot tell.
#[test]
fn what_a_repetition_changes_is_said_once_of_each_state() {
    const VALUES: &str = "values change, but stNum does not";
    const T: &str = "t changes, but stNum does not";
    let missing = "messages of the publisher are missing";
    // stNum, sqNum, t and value of each message.
    for (messages, expected) in [
        (vec![(7, 1, 5, 0), (7, 2, 5, 0), (8, 0, 6, 1), (8, 1, 6, 1)], vec![]),
        (vec![(7, 1, 5, 0), (7, 2, 5, 1), (7, 3, 5, 0), (8, 0, 6, 0), (8, 1, 6, 1)], vec![VALUES; 2]),
        (vec![(7, 1, 5, 0), (7, 2, 6, 0), (7, 3, 7, 0), (8, 0, 8, 0), (8, 1, 9, 0)], vec![T; 2]),
        (vec![(7, 1, 5, 0), (7, 2, 6, 1)], vec![VALUES, T]),
        (vec![(7, 1, 0, 0), (7, 2, 6, 0)], vec![]),
        (vec![(7, 1, 5, 0), (7, 4, 5, 1)], vec![missing, VALUES]),
        (vec![(1, 1, 5, 0), (1, 4, 6, 1)], vec![missing]),
        (vec![(1, 1, 5, 0), (1, 2, 6, 1)], vec![]),
        (
            vec![(1, 1, 5, 0), (1, 2, 5, 1), (1, 0, 7, 0), (1, 1, 7, 0), (1, 2, 7, 1)],
            vec![VALUES, "the publisher has restarted", VALUES],
        ),
    ] {
        let frames: Vec<Captured> = messages
            .iter()
            .zip(0..)
            .map(|((st_num, sq_num, t, value), n)| {
                (START + n * SECOND, goose(1, "ref", *st_num, *sq_num, *t, *value))
            })
            .collect();
        assert_eq!(rows(&frames).reasons(), expected, "{messages:?}");
    }
}

/// Values of which a part was cut off are no other values.
#[test]
fn values_that_are_cut_are_no_change() {
    let frame = |n: u32| {
        let values = tlv(0x85, &[0x11; 4]).repeat(20);
        let number = |number: u32| [&[0][..], &number.to_be_bytes()].concat();
        let body = [
            tlv(0x80, b"ref"),
            tlv(0x84, &[0, 0, 0, 5, 0, 0, 0, 0x0a]),
            tlv(0x85, &number(7)),
            tlv(0x86, &number(n)),
            tlv(0xab, &values),
        ];
        let body = body.concat();
        let apdu = [&[0x61, 0x81, body.len() as u8][..], &body].concat();
        ethernet(1, 1, [0x88, 0xb8], 0, &apdu)
    };
    let (mut engine, mut rows) = (Engine::new(Config::default()), Rows::default());
    for (n, cut) in [(1u32, 0), (2, 40), (3, 20), (4, 0)] {
        let data = frame(n);
        let (original_len, kept) = (data.len() as u32, data.len() - cut);
        let ts = START + i64::from(n) * SECOND;
        let frame = Frame {
            number: n.into(),
            ts,
            interface: 0,
            link_type: LinkType::ETHERNET,
            original_len,
            data: &data[..kept],
        };
        engine.frame(&frame, &mut rows);
    }
    engine.finish(&mut rows);
    assert!(!rows.reasons().iter().any(|reason| reason.starts_with("values change")), "{:?}", rows.reasons());
}

/// HARD_CASES, GOOSE state: "GOOSE with stNum at its maximum, timeAllowedtoLive 0 or 2^32-1, timestamps in the future, S bit set
/// -> each said once per publisher"; so are a state that no change has, and that the control block is not ready.
#[test]
fn oddities_of_a_publisher_are_said_once() {
    let messages = (1..4i64).map(|n| {
        let mut frame = goose(1, "ref", 0, n as u32, 5, 0);
        let place = frame.windows(3).position(|octets| octets == [0x89, 1, 0]).unwrap();
        frame[place + 2] = 1;
        (START + n * SECOND, frame)
    });
    let rows = rows(&messages.collect::<Vec<_>>());
    assert_eq!(rows.reasons(), ["stNum is 0", "control block needs commissioning: ndsCom"]);
}

/// More values than are read, plain ones or within structures: that is said, once.
#[test]
fn too_many_values_are_said() {
    let long = |tag: u8, contents: &[u8]| {
        [&[tag, 0x82][..], &(contents.len() as u16).to_be_bytes(), contents].concat()
    };
    let plain = [0x83, 1, 0].repeat(16_390);
    let structures = [0xa2, 3, 0x83, 1, 0].repeat(8_200);
    for values in [plain, structures] {
        let apdu = long(0x61, &[tlv(0x80, b"ref"), long(0xab, &values)].concat());
        let rows = rows(&[(START, ethernet(1, 1, [0x88, 0xb8], 0, &apdu))]);
        let said = rows.reasons().into_iter().filter(|reason| *reason == "too many values");
        assert_eq!(said.count(), 1);
    }
}

/// A message of sampled values with one ASDU.
fn sv(sender: u8, name: &str, count: u16) -> Vec<u8> {
    let body = [
        tlv(0x80, name.as_bytes()),
        tlv(0x82, &count.to_be_bytes()),
        tlv(0x83, &[0, 0, 0, 1]),
        tlv(0x85, &[2]),
        tlv(0x87, &[(count as u8).wrapping_mul(7); 64]),
    ];
    let list = tlv(0xa2, &tlv(0x30, &body.concat()));
    ethernet(4, sender, [0x88, 0xba], 0x40, &tlv(0x60, &[tlv(0x80, &[1]), list].concat()))
}

/// Somebody else's frame: the capture goes on.
fn other() -> Vec<u8> {
    let mut frame = [&[0xff; 6][..], &[0, 0x30, 0xa7, 0, 0, 0x77], &[0x08, 0x06]].concat();
    frame.resize(60, 0);
    frame
}

const T: u32 = 1_699_999_000;

/// Every second a message, and every 200 ms a frame of somebody else.
fn steady(seconds: std::ops::Range<u32>) -> Vec<Captured> {
    let mut frames = vec![];
    for second in seconds {
        let ts = START + i64::from(second) * 1000 * MILLISECOND;
        frames.push((ts, goose(1, "IED", 5, second, T, 0)));
        for part in 1..5 {
            frames.push((ts + part * 200 * MILLISECOND, other()));
        }
    }
    frames
}

fn without(frames: &[Captured], is_kept: impl Fn(i64, &[u8]) -> bool) -> Vec<Captured> {
    frames.iter().filter(|(ts, data)| is_kept((ts - START) / MILLISECOND, data)).cloned().collect()
}

fn is_goose(data: &[u8]) -> bool {
    data.get(12..14) == Some(&[0x88, 0xb8])
}

#[test]
fn a_steady_publisher_gives_no_anomaly_and_one_row() {
    let rows = rows(&steady(1..200));
    assert_eq!(rows.reasons(), [""; 0]);
    assert_eq!(rows.messages, 1);
    assert_eq!((rows.sum("messages"), rows.sum("lost")), (199, 0));
}

/// HARD_CASES, GOOSE: "No frame within timeAllowedtoLive -> one loss event by the capture's clock, and one when it returns".
#[test]
fn a_publisher_that_falls_silent_is_said_once_and_once_when_it_returns() {
    let frames = without(&steady(1..60), |ms, data| !(is_goose(data) && (20_000..40_000).contains(&ms)));
    let rows = rows(&frames);
    assert_eq!(rows.reasons(), ["no message within timeAllowedtoLive", "the publisher is heard again"]);
    let at = |place: usize| (frames[rows.anomalies[place].0 as usize - 1].0 - START) / MILLISECOND;
    // The last message came at 19 s and lives for 2 s.
    assert!((21_000..22_000).contains(&at(0)), "{}", at(0));
    assert_eq!(at(1), 40_000);
}

/// "[...] the end or a hole of the capture itself is not a loss."
#[test]
fn the_end_or_a_hole_of_the_capture_is_no_loss() {
    let hole = rows(&without(&steady(1..60), |ms, _| !(20_050..40_000).contains(&ms)));
    assert_eq!(hole.reasons(), ["messages of the publisher are missing"]);
    let end = rows(&without(&steady(1..60), |ms, _| ms < 20_000));
    assert_eq!(end.reasons(), [""; 0]);
}

/// Only the publisher is captured, and it counts on: it was silent itself.
#[test]
fn silence_without_a_hole_in_the_count_is_a_loss() {
    let frame = |second: i64, sq_num| (START + second * 1000 * MILLISECOND, goose(1, "IED", 5, sq_num, T, 0));
    let rows = rows(&[frame(0, 1), frame(1, 2), frame(9, 3), frame(10, 4)]);
    assert_eq!(rows.reasons(), ["no message within timeAllowedtoLive"]);
}

/// HARD_CASES, GOOSE: "One gocbRef from two source addresses -> duplicate publisher, whichever thread saw which; two gocbRefs
/// from one source -> normal."
#[test]
fn a_second_publisher_of_one_reference_is_said_once() {
    let mut frames = vec![];
    for step in 0..50u32 {
        let ts = START + i64::from(step) * 100 * MILLISECOND;
        frames.push((ts, goose(1, "IED", 5, step + 1, T, 0)));
        frames.push((ts + MILLISECOND, goose(1, "IED2", 9, step + 1, T, 0)));
        if step > 20 {
            // It sends to another group, which another shard takes.
            let mut second = goose(2, "IED", 800, step + 1, T, 1);
            second[5] = 9;
            frames.push((ts + 2 * MILLISECOND, second));
        }
    }
    let rows = rows(&frames);
    assert_eq!(rows.reasons(), ["another sender publishes under this control block reference"]);
}

/// A replayed message whose stNum was raised, among those of the real publisher.
#[test]
fn a_raised_state_gives_one_anomaly_and_does_not_poison_the_real_one() {
    let mut frames = steady(1..30);
    frames.insert(50, (frames[50].0 - MILLISECOND, goose(1, "IED", 6, 0, T - 100, 1)));
    let one = rows(&frames);
    assert_eq!(one.reasons(), ["stNum rises, but the time of the event does not"]);
    assert_eq!(one.anomalies[0].0, 51);
    // HARD_CASES, evasion: "GOOSE with stNum at its maximum [...] counters do not poison the real publisher's state".
    frames[50].1 = goose(1, "IED", u32::MAX, 0, T + 10, 1);
    assert_eq!(rows(&frames).reasons(), ["stNum is at its maximum", "stNum jumps"]);
}

/// A flood of forged states: what is said is bounded, and the sum says how much more there was.
#[test]
fn a_flood_of_forged_states_is_said_a_few_times() {
    let mut frames = vec![];
    for step in 0..2000u32 {
        let ts = START + i64::from(step) * 10 * MILLISECOND;
        frames.push((ts, goose(1, "IED", 5, step + 1, T, 0)));
        frames.push((ts + MILLISECOND, goose(1, "IED", 1000 + step * 37 % 911 * 5, 0, T + step, 1)));
    }
    let rows = rows(&frames);
    assert!(rows.anomalies.len() < 80, "{}", rows.anomalies.len());
    assert!(rows.reasons().contains(&"further breaks and changes of the publisher"));
}

/// HARD_CASES, GOOSE and sampled values: "The same frame twice within milliseconds [...] -> counted as a copy, no anomaly, no
/// second row."
#[test]
fn a_capture_whose_frames_are_all_mirrored_gives_the_same() {
    let mut once = steady(1..50);
    for count in 0..9000u32 {
        let ts = START + MILLISECOND + i64::from(count) * 250_000;
        once.push((ts, sv(1, "MU", (count % 4000) as u16)));
    }
    once.sort_by_key(|(ts, _)| *ts);
    for delay in [0, 10_000, 3 * MILLISECOND] {
        let mut twice: Vec<_> =
            once.iter().flat_map(|(ts, data)| [(*ts, data.clone()), (ts + delay, data.clone())]).collect();
        twice.sort_by_key(|(ts, _)| *ts);
        let (one, two) = (rows(&once), rows(&twice));
        assert_eq!(two.reasons(), [""; 0], "{delay}");
        assert_eq!(one.messages, two.messages, "{delay}");
        assert_eq!(one.sum("messages"), two.sum("messages"), "{delay}");
    }
}

/// HARD_CASES, sampled values: "smpCnt wraps at the samples per second [...] learned from the stream; the wrap is not a
/// loss"; "one event per hole, with the number lost".
#[test]
fn a_hole_in_the_samples_is_said_once_with_its_number() {
    for rate in [4000u32, 4800, 12_800, 14_400, 15_360] {
        let step = 1_000_000_000 / i64::from(rate);
        let all: Vec<_> = (0..3 * rate)
            .map(|n| (START + i64::from(n) * step, sv(1, "MU", ((n + 17) % rate) as u16)))
            .collect();
        assert_eq!(rows(&all).reasons(), [""; 0], "{rate}");
        let mut holes = all.clone();
        // Over the end of a second, and within one.
        holes.drain((2 * rate as usize - 20)..(2 * rate as usize));
        holes.drain(100..103);
        let rows = rows(&holes);
        assert_eq!(rows.reasons(), ["samples are missing"; 2], "{rate}");
        assert_eq!((rows.sum("lost"), rows.sum("holes")), (23, 2), "{rate}");
    }
}

/// HARD_CASES, sampled values: "same svID from two sources -> duplicate publisher".
#[test]
fn a_second_publisher_of_one_stream_is_said_once() {
    let mut frames = vec![];
    for n in 0..100u16 {
        let ts = START + i64::from(n) * 250_000;
        frames.push((ts, sv(1, "MU", n)));
        if n > 50 {
            frames.push((ts + 1000, sv(2, "MU", n)));
        }
    }
    assert_eq!(rows(&frames).reasons(), ["another sender publishes under this svID"]);
}

/// HARD_CASES, evasion: "a million gocbRefs or svIDs [...] -> each has its own limit, the real publishers seen before stay,
/// evictions counted".
#[test]
fn very_many_references_do_not_displace_the_real_publisher() {
    let mut frames = vec![];
    for n in 0..20_000u32 {
        let ts = START + i64::from(n) * MILLISECOND;
        if n % 100 == 0 {
            frames.push((ts, goose(1, "IED", 5, n / 100 + 1, T, 0)));
        }
        frames.push((ts + 1000, goose(1, &format!("FORGED{n}"), 5, 1, T, 0)));
    }
    let rows = rows(&frames);
    assert!(!rows.reasons().iter().any(|reason| reason.contains("missing") || reason.contains("restart")));
    let of_real = rows.anomalies.iter().filter(|(_, reason)| reason.contains("again")).count();
    assert_eq!(of_real, 0);
}
