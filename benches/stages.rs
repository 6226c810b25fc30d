//! What each stage costs: capture record, packet, engine, one message of each protocol, columns, text.
//!
//! `cargo bench -p fieldtap-benches`. Figures are per frame or per row where a throughput in elements stands.
#![allow(missing_docs)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use fieldtap::{
    Config, Engine, Limits, Mark, Session,
    packet::Decoder,
    protocol::Toward,
    protocols::PROTOCOLS,
    record::{Envelope, Row, Sink, Table, Verdict},
    vectors,
};
use fieldtap_benches::{Owned, frames, pcap};
use fieldtap_capture::Reader;
use fieldtap_export::{Batch, Count, JsonLines, TextFormat};
use std::{hint::black_box, io::Cursor};

const CAPTURE: &str = "modbus/functions_tcp.pcap";
const COPIES: usize = 64;

fn capture() -> Vec<Owned> {
    frames(CAPTURE).expect("the corpus is part of the repository")
}

fn records(c: &mut Criterion) {
    let frames = capture();
    let file = pcap(&frames, COPIES).expect("memory takes what is written");
    let mut group = c.benchmark_group("capture");
    group.throughput(Throughput::Elements((frames.len() * COPIES) as u64));
    group.bench_function("pcap record", |b| {
        b.iter_batched(
            || Reader::new("memory", Cursor::new(file.clone())).expect("a capture"),
            |mut reader| {
                let mut octets = 0;
                while let Ok(Some(frame)) = reader.next() {
                    octets += frame.data.len();
                }
                octets
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn packets(c: &mut Criterion) {
    let frames = capture();
    let mut group = c.benchmark_group("packet");
    group.throughput(Throughput::Elements(frames.len() as u64));
    group.bench_function("decode", |b| {
        let mut decoder = Decoder::new(&Limits::default());
        b.iter(|| {
            for frame in &frames {
                black_box(decoder.decode(&frame.frame(1)));
            }
        });
    });
    group.finish();
}

/// Takes nothing, or only what a protocol itself says.
struct Nobody {
    rows: u64,
    messages: bool,
}

impl Sink for Nobody {
    fn row(&mut self, _: &Envelope, _: &dyn Row) -> Verdict {
        self.rows += 1;
        Verdict::GoOn
    }
    fn wants(&self, table: &'static Table) -> bool {
        self.messages && PROTOCOLS.iter().any(|protocol| protocol.tables.iter().any(|known| known() == table))
    }
}

fn engine(c: &mut Criterion) {
    let frames = capture();
    let mut group = c.benchmark_group("engine");
    group.throughput(Throughput::Elements(frames.len() as u64));
    for (name, messages) in [("nothing wanted", false), ("messages", true)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut engine = Engine::new(Config::default());
                let mut sink = Nobody { rows: 0, messages };
                for (number, frame) in (1..).zip(&frames) {
                    engine.frame(&frame.frame(number), &mut sink);
                }
                engine.finish(&mut sink);
                sink.rows
            });
        });
    }
    group.bench_function("everything counted", |b| {
        b.iter(|| {
            let mut engine = Engine::new(Config { every_message: true, ..Config::default() });
            let mut sink = Count::new();
            for (number, frame) in (1..).zip(&frames) {
                engine.frame(&frame.frame(number), &mut sink);
            }
            engine.finish(&mut sink);
            sink.rows()
        });
    });
    group.finish();
}

/// One conversation of each protocol, from its vectors: the row that a new protocol gets by being registered.
fn dissect(c: &mut Criterion) {
    let mut group = c.benchmark_group("dissect");
    for protocol in PROTOCOLS {
        let Ok(cases) = vectors::parse(protocol.vectors) else { continue };
        let segments: Vec<(Toward, Vec<u8>)> = cases
            .iter()
            .flat_map(|case| case.segments())
            .map(|(toward, bytes)| (toward, bytes.to_vec()))
            .collect();
        group.throughput(Throughput::Elements(segments.len() as u64));
        group.bench_function(protocol.name, |b| {
            let mut session = Session::new(protocol, Config { every_message: true, ..Config::default() });
            let (mut sink, mark) = (Nobody { rows: 0, messages: true }, Mark::default());
            b.iter(|| {
                for (toward, bytes) in &segments {
                    session.feed(*toward, mark, bytes, &mut sink);
                }
            });
        });
    }
    group.finish();
}

/// Keeps each row by what it does with it.
struct Each<F>(F);

impl<F: FnMut(&Envelope, &dyn Row)> Sink for Each<F> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        (self.0)(envelope, row);
        Verdict::GoOn
    }
    fn wants(&self, table: &'static Table) -> bool {
        table.name == "modbus"
    }
}

fn rows(c: &mut Criterion) {
    let frames = capture();
    let feed = |sink: &mut dyn Sink| {
        let mut engine = Engine::new(Config::default());
        for (number, frame) in (1..).zip(&frames) {
            engine.frame(&frame.frame(number), sink);
        }
    };
    let mut count = 0;
    feed(&mut Each(|_: &Envelope, _: &dyn Row| count += 1));
    let mut group = c.benchmark_group("engine and rows of one table");
    group.throughput(Throughput::Elements(count));
    group.bench_function("none", |b| b.iter(|| feed(&mut Each(|_: &Envelope, _: &dyn Row| {}))));
    group.bench_function("digest", |b| {
        let mut sum = 0u64;
        b.iter(|| {
            feed(&mut Each(|envelope: &Envelope, row: &dyn Row| {
                sum = sum.wrapping_add(envelope.digest() ^ row.digest());
            }));
        });
    });
    group.bench_function("columns", |b| {
        b.iter(|| {
            let mut batch = None::<Batch>;
            feed(&mut Each(|envelope: &Envelope, row: &dyn Row| {
                batch.get_or_insert_with(|| Batch::new(row.table())).push(envelope, row);
            }));
            batch
        });
    });
    group.bench_function("JSON lines", |b| {
        let format = JsonLines::new();
        let mut text = Vec::new();
        b.iter(|| {
            text.clear();
            feed(&mut Each(|envelope: &Envelope, row: &dyn Row| format.row(envelope, row, &mut text)));
            text.len()
        });
    });
    group.finish();
}

criterion_group!(benches, records, packets, engine, dissect, rows);
criterion_main!(benches);
