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
