//! Hard cases of GOOSE and sampled values that take time, several senders, or a whole capture.
use crate::{
    Config, Engine, Frame, LinkType,
    record::{Envelope, Field, Row, Sink, Verdict},
    testing::{ASK, TELL, Talk},
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

/// IEC 61850-7-2: confRev counts the configurations of a data set, and 0 is none of them.
#[test]
fn a_configuration_that_was_never_made_is_said_once() {
    let messages = (1..4i64).map(|n| {
        let mut frame = goose(1, "ref", 1, n as u32, 5, 0);
        let place = frame.windows(3).position(|octets| octets == [0x88, 1, 1]).unwrap();
        frame[place + 2] = 0;
        (START + n * SECOND, frame)
    });
    assert_eq!(rows(&messages.collect::<Vec<_>>()).reasons(), ["confRev is 0"]);
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
    sv_of(sender, name, &[count])
}

/// A message of sampled values with one ASDU of each count.
fn sv_of(sender: u8, name: &str, counts: &[u16]) -> Vec<u8> {
    let asdu = |count: &u16| {
        let body = [
            tlv(0x80, name.as_bytes()),
            tlv(0x82, &count.to_be_bytes()),
            tlv(0x83, &[0, 0, 0, 1]),
            tlv(0x85, &[2]),
            tlv(0x87, &[(*count as u8).wrapping_mul(7); 64]),
        ];
        tlv(0x30, &body.concat())
    };
    let long = |tag: u8, contents: &[u8]| {
        [&[tag, 0x82][..], &(contents.len() as u16).to_be_bytes(), contents].concat()
    };
    let list: Vec<_> = counts.iter().flat_map(asdu).collect();
    let apdu = [tlv(0x80, &[counts.len() as u8]), long(0xa2, &list)].concat();
    ethernet(4, sender, [0x88, 0xba], 0x40, &long(0x60, &apdu))
}

/// A stream of so many samples a second, from the first of the capture on.
fn samples(rate: u32, which: std::ops::Range<u32>) -> Vec<Captured> {
    let sample = |n: u32| {
        let ts = START + i64::from(n) * SECOND / i64::from(rate);
        (ts, sv(1, "MU", (n % rate) as u16))
    };
    which.map(sample).collect()
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

/// A hole may be longer than half a second, or a few seconds: time tells it from a count that runs backwards.
#[test]
fn a_long_hole_in_the_samples_is_no_step_back() {
    // The last one is a whole number of seconds.
    for missing in [1200, 2400, 3600, 5200, 6400, 19_000, 12_000] {
        let start = samples(4000, 1..5000);
        let frames = [start, samples(4000, 5000 + missing..5300 + missing)].concat();
        let rows = rows(&frames);
        assert_eq!(rows.reasons(), ["samples are missing"], "{missing}");
        let sums = (rows.sum("lost"), rows.sum("holes"), rows.sum("backwards"));
        assert_eq!(sums, (missing.into(), 1, 0), "{missing}");
    }
    // A step back is one whatever the time before it, if the time does not explain it; a pause is no hole.
    for (silence, count, expected) in [(0, 500, &["smpCnt runs backwards"][..]), (3100, 1000, &[])] {
        let mut frames = samples(4000, 1..5000);
        let after = frames.last().unwrap().0 + silence * MILLISECOND;
        frames.extend((0..100).map(|n| (after + i64::from(n + 1) * 250_000, sv(1, "MU", count + n))));
        assert_eq!(rows(&frames).reasons(), expected, "{silence}");
    }
}

/// IEC 62439-3: two ways, of which one loses a frame, and the other one is later.
#[test]
fn a_sample_that_comes_later_by_another_way_is_not_lost() {
    let once = samples(4000, 0..400);
    let late = |(ts, data): &Captured| (ts + 600_000, data.clone());
    let of_one_way = once.iter().enumerate().filter(|(n, _)| !(100..104).contains(n) && *n != 200);
    let mut frames: Vec<_> = of_one_way.map(|(_, captured)| captured.clone()).collect();
    frames.extend(once.iter().map(late));
    frames.sort_by_key(|(ts, _)| *ts);
    let both = rows(&frames);
    let said = ["samples are missing", "what was missing came late"];
    assert_eq!(both.reasons(), said.repeat(2));
    let sums = (both.sum("lost"), both.sum("messages"), both.sum("copies"), both.sum("backwards"));
    assert_eq!(sums, (0, 400, 395, 0));
    // Two frames change places.
    let mut swapped = once;
    let (a, b) = (swapped[100].1.clone(), swapped[101].1.clone());
    (swapped[100].1, swapped[101].1) = (b, a);
    let swapped = rows(&swapped);
    assert_eq!((swapped.reasons(), swapped.sum("lost")), (said.to_vec(), 0));
}

/// HARD_CASES, sampled values: "smpCnt wraps at the samples per second, learned from the stream; the wrap is not a loss": also
/// where a publisher has fewer of them from now on, and where its count began in the midst of a second, as it was synchronised.
#[test]
fn a_rate_is_learnt_again() {
    let seconds = |start: i64, rate: u32, count: u32, synch: u8, rev: u8| -> Vec<Captured> {
        let sample = |n: u32| {
            let message = with(sv(1, "MU", (n % rate) as u16), [0x85, 1], synch);
            (start + i64::from(n) * SECOND / i64::from(rate), with(message, [0x83, 4], rev))
        };
        (0..count).map(sample).collect()
    };
    let second = |n: i64| START + n * SECOND;
    let configuration = "the configuration of the publisher has changed";
    let slower = [seconds(second(0), 480, 960, 2, 1), seconds(second(2), 400, 1600, 2, 2)].concat();
    let told = rows(&slower);
    assert_eq!((told.reasons(), told.sum("lost")), (vec![configuration], 0));
    // The same without a word: two seconds say it.
    let silently = [seconds(second(0), 480, 960, 2, 1), seconds(second(2), 400, 2000, 2, 1)].concat();
    assert_eq!(rows(&silently).reasons(), ["samples are missing"]);
    let mut free = seconds(second(0), 400, 523, 0, 1);
    for (n, (_, message)) in free.iter_mut().enumerate() {
        *message = with(sv(1, "MU", n as u16), [0x85, 1], 0);
    }
    let synchronised = [free, seconds(second(2), 400, 1600, 2, 1)].concat();
    let told = rows(&synchronised);
    assert_eq!((told.reasons(), told.sum("lost")), (vec!["smpSynch has changed"], 0));
    // What is missing at the end of each second was sent nevertheless.
    let mut holes = samples(400, 0..2000);
    holes.retain(|(ts, _)| *ts < second(2) || (*ts - START) % SECOND < SECOND * 9 / 10);
    let told = rows(&holes);
    assert_eq!((told.reasons(), told.sum("lost")), (vec!["samples are missing"; 2], 2 * 40));
}

/// HARD_CASES, sampled values: "before it is learned, nothing is said" of a second; an older sample is none.
#[test]
fn an_older_sample_makes_no_loss_before_the_rate_is_known() {
    for replayed in [&[20][..], &[20, 21]] {
        let mut frames = samples(4000, 0..400);
        frames.insert(151, (frames[150].0 + 1000, sv_of(1, "MU", replayed)));
        let rows = rows(&frames);
        assert_eq!((rows.reasons(), rows.sum("lost")), (vec!["smpCnt runs backwards"], 0));
    }
}

/// Samples that change places, before it is known how many a second has, and with a forged one among them.
#[test]
fn a_sample_that_is_awaited_no_longer_is_not_accused() {
    let mut frames = samples(4000, 0..400);
    let forged = with(sv(1, "MU", 101), [0x83, 4], 9);
    frames.insert(100, (frames[99].0 + 1000, forged));
    let rows = rows(&frames);
    assert!(!rows.reasons().contains(&"smpCnt runs backwards"), "{:?}", rows.reasons());
    assert_eq!(rows.sum("lost"), 0);
}

/// A forged sample far ahead: one break, and nothing is lost where the publisher goes on.
#[test]
fn a_forged_sample_makes_no_loss() {
    let mut frames = samples(4000, 0..4400);
    frames.insert(4200, (frames[4199].0 + 1000, sv(1, "MU", 1500)));
    let rows = rows(&frames);
    assert_eq!((rows.reasons(), rows.sum("lost")), (vec!["samples are missing"], 0));
}

/// HARD_CASES, sampled values: copies, at all rates that standards have, and as late as redundant networks may be.
#[test]
fn copies_are_found_at_every_rate() {
    for (rate, asdus) in [(4000u32, 1u32), (4800, 2), (12_800, 8), (14_400, 6), (15_360, 1)] {
        for delay in [100_000, 1_300_000, 4_300_000, 19_000_000] {
            let message = |n: u32| {
                let counts: Vec<_> = (0..asdus).map(|k| ((n * asdus + k) % rate) as u16).collect();
                (START + i64::from(n * asdus) * SECOND / i64::from(rate), sv_of(1, "MU", &counts))
            };
            let once: Vec<Captured> = (0..rate / asdus / 8).map(message).collect();
            let mut frames = once.clone();
            frames.extend(once.iter().map(|(ts, data)| (ts + delay, data.clone())));
            frames.sort_by_key(|(ts, _)| *ts);
            let rows = rows(&frames);
            assert_eq!(rows.reasons(), [""; 0], "{rate}/{asdus}, {delay}");
            assert_eq!(rows.sum("messages"), once.len() as u64, "{rate}/{asdus}, {delay}");
        }
    }
}

/// As with samples; a state that has changed may overtake the last message of the one before.
#[test]
fn a_message_that_comes_later_by_another_way_is_no_replay() {
    let missing = "messages of the publisher are missing";
    let late = "what was missing came late";
    let replay = "a message comes again: a replay";
    let old = "an old state comes again: a replay";
    // Milliseconds, stNum, sqNum, t and value of each message; what is said, and how many are lost.
    for (messages, said, lost) in [
        (vec![(0, 8, 0, 5, 1), (4, 8, 2, 5, 1), (5, 8, 1, 5, 1), (16, 8, 3, 5, 1)], vec![missing, late], 0),
        (vec![(0, 8, 0, 5, 1), (4, 8, 3, 5, 1), (5, 8, 1, 5, 1), (16, 8, 4, 5, 1)], vec![missing], 1),
        (vec![(0, 8, 0, 5, 1), (4, 8, 2, 5, 1), (30, 8, 1, 5, 1)], vec![missing, replay], 1),
        (vec![(0, 8, 9, 5, 1), (1, 9, 2, 6, 0), (2, 9, 1, 6, 0), (3, 9, 0, 6, 0)], vec![missing, late], 0),
        (vec![(0, 8, 9, 5, 1), (1, 9, 1, 6, 0), (2, 9, 0, 6, 0), (3, 9, 2, 6, 0)], vec![], 0),
        (vec![(0, 8, 9, 5, 1), (1, 9, 0, 6, 0), (2, 8, 10, 5, 1), (3, 9, 1, 6, 0)], vec![], 0),
        // Of another time, with another value, and too late.
        (vec![(0, 8, 9, 5, 1), (1, 9, 0, 6, 0), (2, 8, 10, 4, 1)], vec![old], 0),
        (vec![(0, 8, 9, 5, 1), (1, 9, 0, 6, 0), (2, 8, 10, 5, 0)], vec![old], 0),
        (vec![(0, 8, 9, 5, 1), (1, 9, 0, 6, 0), (30, 8, 10, 5, 1)], vec![old], 0),
    ] {
        let message = |(ms, st_num, sq_num, t, value): &(i64, u32, u32, u32, u8)| {
            (START + ms * MILLISECOND, goose(1, "ref", *st_num, *sq_num, *t, *value))
        };
        let frames: Vec<Captured> = messages.iter().map(message).collect();
        let rows = rows(&frames);
        assert_eq!((rows.reasons(), rows.sum("lost")), (said, lost), "{messages:?}");
    }
}

/// Clause 18.1.2.5: sqNum wraps to 1. The highest one comes again only where somebody repeats it.
#[test]
fn the_number_of_repetitions_wraps() {
    const MOST: u32 = u32::MAX;
    let missing = "messages of the publisher are missing";
    let replay = "a message comes again: a replay";
    for (numbers, said, lost) in [
        ([MOST - 1, MOST, 1, 2], vec![], 0),
        ([MOST - 1, MOST, MOST, 1], vec![replay], 0),
        ([MOST - 1, 1, 2, 3], vec![missing], 1),
        ([MOST, 3, 4, 5], vec![missing], 2),
        ([MOST, 0, 1, 2], vec![replay], 0),
        ([MOST / 2, 1, MOST / 2 + 1, MOST / 2 + 2], vec![replay], 0),
    ] {
        let message =
            |(second, sq_num): (i64, &u32)| (START + second * SECOND, goose(1, "ref", 5, *sq_num, 5, 0));
        let rows = rows(&(0..).zip(&numbers).map(message).collect::<Vec<_>>());
        assert_eq!((rows.reasons(), rows.sum("lost")), (said, lost), "{numbers:?}");
    }
}

/// A publisher that had not changed anything since it began, and begins again: with a later time, or before its clock is set.
#[test]
fn a_publisher_restarts_in_its_first_state() {
    let restart = "the publisher has restarted";
    let replay = "a message comes again: a replay";
    // sqNum and t of each message.
    for (messages, said) in [
        ([(40, 0), (0, 0), (1, 0), (2, 0)], vec![restart]),
        ([(40, 5), (0, 0), (1, 0), (2, 0)], vec![restart]),
        ([(40, 5), (3, 9), (4, 9), (5, 9)], vec![restart]),
        ([(40, 5), (3, 5), (41, 5), (42, 5)], vec![replay]),
        ([(40, 0), (3, 0), (41, 0), (42, 0)], vec![replay]),
    ] {
        let message = |(second, (sq_num, t)): (i64, &(u32, u32))| {
            (START + second * SECOND, goose(1, "ref", 1, *sq_num, *t, 0))
        };
        let rows = rows(&(0..).zip(&messages).map(message).collect::<Vec<_>>());
        assert_eq!(rows.reasons(), said, "{messages:?}");
    }
}

/// The last octet of the field with this tag in a message of GOOSE is this one.
fn with(mut message: Vec<u8>, [tag, len]: [u8; 2], last: u8) -> Vec<u8> {
    let field = message.windows(2).rposition(|octets| octets == [tag, len]).unwrap();
    message[field + 1 + usize::from(len)] = last;
    message
}

/// IEC 61850-8-1, clause 8.1.3.7: with ClockNotSynchronized (20 hex) or ClockFailure (40), t tells nothing beside a t without. A
/// publisher without a battery begins in 1970 or 2000.
#[test]
fn a_publisher_restarts_before_its_clock_is_synchronised() {
    let restart = "the publisher has restarted";
    let replay = "an old state comes again: a replay";
    // stNum, sqNum, t and its quality.
    for (messages, said) in [
        (
            [(37, 5, T, 0x0a), (1, 0, 12, 0x2a), (1, 1, 12, 0x2a), (2, 0, 40, 0x2a), (3, 0, T + 1, 0x0a)],
            vec![restart],
        ),
        (
            [(37, 5, 90, 0x2a), (1, 0, 12, 0x2a), (1, 1, 12, 0x2a), (2, 0, 40, 0x2a), (2, 1, 40, 0x2a)],
            vec![restart],
        ),
        (
            [(1, 5, T, 0x0a), (1, 0, 12, 0x6a), (1, 1, 12, 0x6a), (1, 2, 12, 0x6a), (1, 3, 12, 0x6a)],
            vec![restart],
        ),
        // The clock is set back to the right time.
        (
            [(7, 5, T + 9, 0x2a), (8, 0, T, 0x0a), (8, 1, T, 0x0a), (9, 0, T + 1, 0x0a), (9, 1, T + 1, 0x0a)],
            vec![],
        ),
        // Neither a state from before the clock was synchronised nor a raised one of a clock that is not goes on.
        (
            [(7, 5, T, 0x2a), (1, 500, T - 990, 0x0a), (7, 6, T, 0x2a), (7, 7, T, 0x2a), (7, 8, T, 0x2a)],
            vec![replay],
        ),
        (
            [(50, 5, T, 0x0a), (51, 0, T - 2000, 0x2a), (50, 6, T, 0x0a), (50, 7, T, 0x0a), (50, 8, T, 0x0a)],
            vec!["stNum rises, but the time of the event does not"],
        ),
        // One that knows the time, and one whose time goes on as the other's does.
        (
            [(37, 5, T, 0x0a), (1, 0, 12, 0x0a), (37, 6, T, 0x0a), (37, 7, T, 0x0a), (37, 8, T, 0x0a)],
            vec![replay],
        ),
        (
            [(37, 5, 90, 0x2a), (36, 0, 12, 0x2a), (37, 6, 90, 0x2a), (37, 7, 90, 0x2a), (37, 8, 90, 0x2a)],
            vec![replay],
        ),
    ] {
        let message = |(second, &(st_num, sq_num, t, quality)): (i64, &(u32, u32, u32, u8))| {
            let message = goose(1, "ref", st_num, sq_num, t, 0);
            (START + second * SECOND, with(message, [0x84, 8], quality))
        };
        let rows = rows(&(0..).zip(&messages).map(message).collect::<Vec<_>>());
        assert_eq!(rows.reasons(), said, "{messages:?}");
    }
}

/// HARD_CASES, GOOSE: "tag 7 is `test` in edition 1": the publisher itself is tested, and goes on from before.
#[test]
fn a_publisher_that_is_tested_is_the_same() {
    let message = |(second, (st_num, test)): (i64, (u32, u8))| {
        let message = goose(1, "ref", st_num, 0, T + st_num, 0);
        (START + second * SECOND, with(message, [0x87, 1], test))
    };
    let frames: Vec<_> = (0..).zip([(5, 0), (6, 1), (7, 1), (8, 0)]).map(message).collect();
    let rows = rows(&frames);
    assert_eq!(rows.reasons(), ["message is simulated, or a test", "simulation in header and APDU disagree"]);
    assert_eq!((rows.streams.len(), rows.sum("messages")), (1, 4));
}

/// X.690, 8.1.3.6: the octets that end an indefinite length are no security extension.
#[test]
fn what_ends_an_indefinite_length_is_no_extension() {
    let body = [tlv(0x80, b"ref"), tlv(0x85, &[1]), tlv(0x86, &[1])].concat();
    let apdu = [&[0x61, 0x80][..], &body, &[0, 0]].concat();
    let mut talk = Talk::new(&super::PROTOCOL, Config::default());
    talk.session.datagram(TELL, talk.mark, &ethernet(1, 1, [0x88, 0xb8], 0, &apdu)[14..], &mut talk.rows);
    let rows = talk.rows.of("goose");
    assert_eq!(
        rows.iter().map(|row| (row.get("st_num"), row.get("extension"))).collect::<Vec<_>>(),
        [(Some("1"), None)]
    );
}

/// Clause 18.3.3: where none of the items is known, nothing was told.
#[test]
fn an_answer_with_errors_alone_is_a_refusal() {
    let ident = tlv(0x80, b"IED1LD0/LLN0$GO$gcb1");
    let asked = [ident.clone(), tlv(0xa1, &[2, 1, 1, 2, 1, 9])].concat();
    let request = [tlv(0x80, &[7]), tlv(0xa1, &tlv(0xa1, &asked))].concat();
    let refused = tlv(0xa1, &[tlv(0x82, &[1]), tlv(0x82, &[1])].concat());
    let positive = [ident, tlv(0x81, &[2]), tlv(0xa2, &[tlv(0x80, b"ds1"), refused].concat())].concat();
    let answer = [tlv(0x80, &[7]), tlv(0xa2, &tlv(0xa1, &positive))].concat();
    let mut talk = Talk::new(&super::PROTOCOL, Config::default());
    for (toward, apdu) in [(ASK, request), (TELL, answer)] {
        let frame = ethernet(1, 1, [0x88, 0xb9], 0, &tlv(0x60, &apdu));
        talk.session.datagram(toward, talk.mark, &frame[14..], &mut talk.rows);
    }
    let items = talk.rows.of("gse_management_items");
    assert_eq!(items.iter().filter(|item| item.get("error").is_some()).count(), 2);
    let operations = talk.rows.of("operations");
    let outcomes: Vec<_> = operations.iter().map(|row| row.get("outcome")).collect();
    assert_eq!(outcomes, [Some("refused")]);
}

/// A publisher that the header calls simulated is another one.
#[test]
fn a_header_that_says_simulated_does_not_poison_the_real_publisher() {
    let mut frames = steady(1..30);
    let mut simulated = goose(1, "IED", 1, 0, T + 9, 1);
    simulated[18] = 0x80;
    frames.insert(50, (frames[50].0 - MILLISECOND, simulated));
    let rows = rows(&frames);
    let said = ["message is simulated, or a test", "simulation in header and APDU disagree"];
    // The simulated one falls silent.
    assert_eq!(rows.reasons(), [&said[..], &["no message within timeAllowedtoLive"]].concat());
    assert_eq!((rows.streams.len(), rows.sum("lost")), (2, 0));
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
