use super::*;
use fieldtap_export::JsonLines;

fieldtap::record! {
    /// A row.
    struct Sample in "sample" {
        /// A number.
        number: u32,
    }
}

/// Room for as many octets is taken out of these.
fn taken(spare: &Spare<Vec<u8>>, octets: usize) -> usize {
    spare.get(octets, Vec::capacity).capacity()
}

#[test]
fn the_least_room_that_is_enough_is_taken() {
    let spare = Spare::default();
    assert_eq!(taken(&spare, 0), 0);
    for octets in [300, 100, 200] {
        spare.put(Vec::with_capacity(octets), octets);
    }
    assert_eq!([150, 1_000, 0, 0].map(|octets| taken(&spare, octets)), [200, 300, 100, 0]);
}

#[test]
fn neither_many_rooms_nor_large_ones_are_kept() {
    let spare = Spare::<Vec<u8>>::default();
    spare.put(Vec::new(), SPARE_ROOM + 1);
    assert!(spare.0.lock().expect("no panic").is_empty());
    (0..2 * SPARE_ROOMS).for_each(|_| spare.put(Vec::new(), SPARE_ROOM));
    assert_eq!(spare.0.lock().expect("no panic").len(), SPARE_ROOMS);
}

/// What one collector has filled another one fills again, with nothing of what was there.
#[test]
fn a_part_that_was_written_gives_its_room_back() {
    let mut output = TextOutput::stream(JsonLines::new(), io::sink());
    let (mut first, mut second) = (output.collector(), output.collector());
    let row = |collector: &mut TextCollector<JsonLines>, number| {
        collector.row(&Envelope::default(), &Sample { number }, |slot| assert_eq!(slot, 0));
    };
    (0..100).for_each(|number| row(&mut first, number));
    let part = first.take();
    let (room, text) = (part.streams[0].text.as_ptr(), part.streams[0].text.clone());
    output.write_all(part).expect("a sink takes all");
    (0..100).for_each(|number| row(&mut second, number));
    let part = second.take();
    assert_eq!(part.streams[0].text.as_ptr(), room);
    assert_eq!(part.streams[0].text, text);
    assert_eq!(part.streams[0].ends.len(), 100);
}

static EVEN: logs::Log = logs::Log { path: "even", fields: &[("number", "count")] };
static ODD: logs::Log = logs::Log { path: "odd", fields: &[("number", "count")] };

/// A line for each time: in the log of even seconds, or in that of odd ones.
struct Parity;

impl Profile for Parity {
    type Memory = ();
    fn wants(&self, _: &'static Table) -> bool {
        true
    }
    fn row(&self, (): &mut (), envelope: &Envelope, _: &dyn Row, logs: &mut Logs) {
        let second = envelope.ts.0 / 1_000_000_000;
        let mut entry = logs.entry(if second % 2 == 0 { &EVEN } else { &ODD });
        entry.count(second as u64);
        entry.end();
    }
}

/// Lines that were written leave their room and nothing else: neither lines nor the time of the first.
#[test]
fn logs_that_were_written_give_their_room_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut output = LogOutput::folder(Parity, Form::Tsv, folder.path()).expect("a folder to write into");
    let mut collector = output.collector();
    let row = |collector: &mut LogCollector<Parity>, seconds: i64| {
        let envelope = Envelope { ts: Instant(seconds * 1_000_000_000), ..Envelope::default() };
        let mut slots = Vec::new();
        collector.row(&envelope, &Sample { number: 0 }, |slot| slots.push(slot));
        slots
    };
    assert_eq!([4, 6, 7].map(|seconds| row(&mut collector, seconds)), [[0], [0], [1]]);
    let part = collector.take();
    let room = part.lines[1].text.as_ptr();
    output.write_all(part).expect("a folder to write into");
    drop(collector.take());
    assert_eq!(row(&mut collector, 9), [1]);
    assert_eq!(collector.weight(), 2);
    let part = collector.take();
    let seen: Vec<_> =
        part.lines.iter().map(|lines| (lines.text.as_slice(), lines.ends.as_slice())).collect();
    assert_eq!(seen, [(&b""[..], &[][..]), (b"9\n", &[2])]);
    assert_eq!((part.lines[1].first, part.lines[1].text.as_ptr()), (Instant(9_000_000_000), room));
    output.write(&part, 1, 0..1).expect("a folder to write into");
    output.finish(Instant(9_000_000_000)).expect("a folder to write into");
    let text = |log: &str| {
        let text = fs::read_to_string(folder.path().join(log)).expect("a log");
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        (text("even.log"), text("odd.log")),
        (vec!["4".into(), "6".into()], vec!["7".into(), "9".into()])
    );
}

#[test]
fn rows_of_events_give_their_room_back() {
    let mut output = EveOutput::stream(all(), io::sink());
    let mut collector = output.collector();
    collector.row(&Envelope::default(), &Sample { number: 7 }, |_| {});
    let octets = collector.weight();
    let part = collector.take();
    assert_eq!((part.rows.len(), collector.weight()), (1, 0));
    output.write_all(part).expect("a sink takes all");
    assert!(octets > 0);
    let rooms = output.spare.0.lock().expect("no panic");
    assert_eq!(rooms.iter().map(Rows::len).collect::<Vec<_>>(), [0]);
}
