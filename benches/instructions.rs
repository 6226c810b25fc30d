//! Instructions of each stage and of each protocol, counted under valgrind: `make instructions` compares them with
//! `instructions.tsv`.
//!
//! Counts do not depend on how busy the machine is. They do depend on the compiler.
#![allow(missing_docs)]

use std::{hint::black_box, io::Cursor};

use fieldtap::{
    Config, Engine, Limits, Mark, Session,
    packet::Decoder,
    protocol::{Protocol, Toward},
    protocols::PROTOCOLS,
    record::{Envelope, Row, Sink, Table, Verdict},
    vectors,
};
use fieldtap_benches::{Owned, frames, pcap};
use fieldtap_capture::Reader;
use fieldtap_export::{Batch, Count, JsonLines, TextFormat};
use gungraun::prelude::*;

/// What the stages work on.
const CAPTURE: &str = "modbus/functions_tcp.pcap";
/// Times that short work is done again, so that what begins and ends it counts little.
const AGAIN: usize = 16;

fn capture(name: &str) -> Vec<Owned> {
    frames(name).expect("the corpus is part of the repository")
}

fn file(name: &str) -> Vec<u8> {
    pcap(&capture(name), AGAIN).expect("memory takes what is written")
}

#[library_benchmark]
#[bench::modbus(args = (CAPTURE), setup = file)]
fn records(file: Vec<u8>) -> usize {
    let mut reader = Reader::new("memory", Cursor::new(file)).expect("a capture");
    let mut octets = 0;
    while let Ok(Some(frame)) = reader.next() {
        octets += black_box(frame.data).len();
    }
    octets
}

#[library_benchmark]
#[bench::modbus(args = (CAPTURE), setup = capture)]
fn packets(frames: Vec<Owned>) -> Vec<Owned> {
    let mut decoder = Decoder::new(&Limits::default());
    for _ in 0..AGAIN {
        for frame in &frames {
            black_box(decoder.decode(&frame.frame(1)));
        }
    }
    frames
}

/// Wants nothing.
struct Nothing;

impl Sink for Nothing {
    fn row(&mut self, _: &Envelope, _: &dyn Row) -> Verdict {
        Verdict::GoOn
    }
    fn wants(&self, _: &'static Table) -> bool {
        false
    }
}

/// Wants what this function takes.
struct Each<F>(F);

impl<F: FnMut(&Envelope, &dyn Row)> Sink for Each<F> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        (self.0)(envelope, row);
        Verdict::GoOn
    }
}

fn feed(frames: &[Owned], sink: &mut dyn Sink) {
    let mut engine = Engine::new(Config { every_message: true, ..Config::default() });
    let mut number = 0;
    for _ in 0..AGAIN {
        for frame in frames {
            number += 1;
            engine.frame(&frame.frame(number), sink);
        }
    }
    engine.finish(sink);
}

#[library_benchmark]
#[bench::modbus(args = (CAPTURE), setup = capture)]
fn engine_alone(frames: Vec<Owned>) -> Vec<Owned> {
    feed(&frames, &mut Nothing);
    frames
}

#[library_benchmark]
#[bench::modbus(args = (CAPTURE), setup = capture)]
#[bench::dnp3(args = ("dnp3/opendnp3_reads.pcap"), setup = capture)]
#[bench::iec104(args = ("iec104/counters.pcap"), setup = capture)]
#[bench::s7comm(args = ("s7comm/reads_and_writes.pcap"), setup = capture)]
#[bench::mms(args = ("mms/reports.pcap"), setup = capture)]
#[bench::c37118(args = ("c37118/formats_2011.pcap"), setup = capture)]
#[bench::goose(args = ("goose/states.pcap"), setup = capture)]
#[bench::sv(args = ("sv/le_stream.pcap"), setup = capture)]
fn counted(frames: Vec<Owned>) -> Vec<Owned> {
    feed(&frames, &mut Count::new());
    frames
}

#[library_benchmark]
#[bench::modbus(args = (CAPTURE), setup = capture)]
fn json(frames: Vec<Owned>) -> Vec<Owned> {
    let (format, mut text) = (JsonLines::new(), Vec::new());
    feed(
        &frames,
        &mut Each(|envelope: &Envelope, row: &dyn Row| {
            text.clear();
            format.row(envelope, row, &mut text);
            black_box(&text);
        }),
    );
    frames
}

#[library_benchmark]
#[bench::modbus(args = (CAPTURE), setup = capture)]
fn columns(frames: Vec<Owned>) -> Vec<Owned> {
    let mut batch = None::<Batch>;
    feed(
        &frames,
        &mut Each(|envelope: &Envelope, row: &dyn Row| {
            if row.table().name == "modbus" {
                batch.get_or_insert_with(|| Batch::new(row.table())).push(envelope, row);
            }
        }),
    );
    black_box(batch);
    frames
}

/// All messages of a protocol's vectors, as one conversation.
fn conversation(name: &'static str) -> (&'static Protocol, Vec<(Toward, Vec<u8>)>) {
    let protocol = fieldtap::protocols::named(name).expect("a name of the registry");
    let cases = vectors::parse(protocol.vectors).unwrap_or_default();
    let segments = cases.iter().flat_map(|case| case.segments());
    (protocol, segments.map(|(toward, octets)| (toward, octets.to_vec())).collect())
}

#[library_benchmark]
#[benches::vectors(iter = PROTOCOLS.iter().map(|protocol| protocol.name), setup = conversation)]
fn protocol(conversation: (&'static Protocol, Vec<(Toward, Vec<u8>)>)) -> usize {
    let (protocol, segments) = conversation;
    let mut session = Session::new(protocol, Config { every_message: true, ..Config::default() });
    let mut rows = 0;
    let mut sink = Each(|_: &Envelope, row: &dyn Row| {
        rows += 1;
        black_box(row.table());
    });
    for _ in 0..AGAIN {
        for (toward, octets) in &segments {
            session.feed(*toward, Mark::default(), octets, &mut sink);
        }
    }
    rows
}

library_benchmark_group!(
    name = stages,
    benchmarks = [records, packets, engine_alone, counted, json, columns]
);
library_benchmark_group!(name = protocols, benchmarks = [protocol]);

main!(library_benchmark_groups = [stages, protocols]);
