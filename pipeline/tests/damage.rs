//! A small capture, cut and flipped everywhere: nothing panics, hangs or is lost in silence.

mod common;

use common::{Rows, corpus_folder, unlawful};
use fieldtap::{Config, Engine};
use fieldtap_capture::Reader;
use std::io::Cursor;

/// Dissects these octets as a file. Gives the frames read and whether the file's damage was told.
fn run(octets: Vec<u8>) -> (u64, bool) {
    let mut reader = match Reader::new("memory", Cursor::new(octets)) {
        Ok(reader) => reader,
        Err(_) => return (0, true),
    };
    let (mut engine, mut rows) = (Engine::new(Config::default()), Rows::default());
    let damaged = loop {
        match reader.next() {
            Ok(Some(frame)) => engine.frame(&frame, &mut rows),
            Ok(None) => break false,
            Err(_) => break true,
        };
    };
    engine.finish(&mut rows);
    let counters = engine.counters();
    assert_eq!(counters.frames, reader.counts().frames);
    let mut attributed = 0;
    for row in rows.of("conversations") {
        assert_eq!(unlawful(row), None);
        attributed += row.number("originator_frames") + row.number("responder_frames");
    }
    assert_eq!(i128::from(counters.frames), attributed + i128::from(counters.unattributed));
    (counters.frames, damaged)
}

fn small() -> Vec<u8> {
    std::fs::read(corpus_folder().join("frames/base.pcap")).unwrap()
}

/// Cut at every octet: the frames before are given, and the cut is told unless it falls between two records.
#[test]
fn cut_at_every_octet() {
    let small = small();
    let whole = run(small.clone());
    assert!(whole.0 > 20 && !whole.1);
    let (mut before, mut clean) = (0, 0);
    for len in 0..small.len() {
        let (frames, damaged) = run(small[..len].to_vec());
        assert!(frames >= before && frames < whole.0 && frames <= before + 1, "{len}");
        clean += u64::from(!damaged);
        before = frames;
    }
    assert_eq!(clean, whole.0, "only between records is nothing damaged");
}

/// Every bit flipped in turn. Without FIELDTAP_EVERY_BIT one bit of each octet, since all take a while.
#[test]
fn flipped_at_every_bit() {
    let small = small();
    let every = std::env::var_os("FIELDTAP_EVERY_BIT").is_some();
    if !every {
        eprintln!("FIELDTAP_EVERY_BIT is not set: one bit of each octet is flipped");
    }
    for at in 0..small.len() {
        for bit in 0..8 {
            if every || at % 8 == bit {
                let mut flipped = small.clone();
                flipped[at] ^= 1 << bit;
                run(flipped);
            }
        }
    }
}
