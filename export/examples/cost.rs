//! What a row costs in each format, in nanoseconds: `cargo run --release -p fieldtap-export --example cost`.
use fieldtap::record::{
    Bits, Direction, Duration, Envelope, Instant, Mac, Row, Sink, Symbol, Text, U16Be, Verdict,
};
use fieldtap_export::{Batch, Count, Csv, JsonLines, TableBatches, TextFormat, arrow, zeek::Zeek};
use std::{hint::black_box, net::IpAddr, time::Instant as Clock};

fieldtap::codes! {
    /// Function code.
    pub struct Function(u8) {
        /// Read coils.
        READ_COILS = 1 => "read_coils",
        /// Read holding registers.
        READ_HOLDING_REGISTERS = 3 => "read_holding_registers",
        /// Write multiple registers.
        WRITE_MULTIPLE_REGISTERS = 16 => "write_multiple_registers",
    }
}
fieldtap::record! {
    /// A message of the size that messages have.
    pub struct Message<'a> in "message" {
        /// Transaction.
        transaction: u16,
        /// Protocol.
        protocol_identifier: u16,
        /// Length.
        length: u16,
        /// Unit.
        unit: u8,
        /// Function.
        function: Function,
        /// Whether it is an exception.
        is_exception: bool,
        /// Exception.
        exception: Option<Function>,
        /// Address.
        address: Option<u16>,
        /// Quantity.
        quantity: Option<u16>,
        /// Byte count.
        byte_count: Option<u8>,
        /// Value.
        value: Option<u16>,
        /// And mask.
        and_mask: Option<u16>,
        /// Or mask.
        or_mask: Option<u16>,
        /// Registers.
        registers: Option<U16Be<'a>>,
        /// Coils.
        coils: Option<Bits<'a>>,
        /// Request.
        request_message: Option<u64>,
        /// Latency.
        latency: Option<Duration>,
        /// Scaled.
        scaled: Option<f64> ["V"],
        /// Device.
        device: Option<Text<'a>>,
        /// Stage.
        stage: Symbol,
    }
}

const ROWS: u32 = 20_000;
const RUNS: u32 = 200;
const BATCH: usize = 10_000;

/// The best of many short runs: what the machine does besides is not the format's cost.
fn measure(name: &str, mut run: impl FnMut(&Envelope, &dyn Row), envelope: &Envelope, message: &Message<'_>) {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Clock::now();
        for number in 0..ROWS {
            let envelope = Envelope {
                frame: number.into(),
                ts: Instant(envelope.ts.0 + i64::from(number)),
                ..*envelope
            };
            let message = Message { transaction: number as u16, ..*message };
            run(black_box(&envelope), black_box(&message));
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(ROWS));
    }
    println!("{name:24} {best:7.1} ns a row");
}

fn main() {
    let envelope = Envelope {
        ts: Instant(1_795_446_000_000_000_001),
        conversation: Some(7),
        message: Some(1 << 18),
        protocol: Symbol("modbus"),
        direction: Some(Direction::RESPONSE),
        sender: Some(IpAddr::from([192, 168, 1, 20])),
        sender_port: Some(502),
        receiver: Some(IpAddr::from([192, 168, 1, 10])),
        receiver_port: Some(50123),
        sender_mac: Some(Mac([0, 0x80, 0xf4, 1, 2, 3])),
        receiver_mac: Some(Mac([0, 0x1b, 0x1b, 4, 5, 6])),
        ..Envelope::default()
    };
    let message = Message {
        transaction: 0,
        protocol_identifier: 0,
        length: 15,
        unit: 1,
        function: Function::READ_HOLDING_REGISTERS,
        is_exception: false,
        exception: None,
        address: Some(107),
        quantity: Some(4),
        byte_count: Some(8),
        value: None,
        and_mask: None,
        or_mask: None,
        registers: Some(U16Be::new(&[0x02, 0x2b, 0, 0, 0, 0x64, 0xff, 0xff])),
        coils: None,
        request_message: Some(3 << 18),
        latency: Some(Duration(1_234_567)),
        scaled: Some(231.7),
        device: Some("feeder 7, bay 2".into()),
        stage: Symbol("executed"),
    };
    let mut out = Vec::new();
    let formats: [(&str, &dyn TextFormat); 3] =
        [("JSON lines", &JsonLines::new()), ("CSV", &Csv), ("Zeek", &Zeek)];
    for (name, format) in formats {
        let write = |envelope: &Envelope, row: &dyn Row| {
            if out.len() > 1 << 20 {
                out.clear();
            }
            format.row(envelope, row, &mut out);
        };
        measure(name, write, &envelope, &message);
    }
    let mut count = Count::new();
    measure(
        "count",
        |envelope, row| assert_eq!(count.row(envelope, row), Verdict::GoOn),
        &envelope,
        &message,
    );
    let mut sum = 0u64;
    measure("digest of the envelope", |envelope, _| sum ^= envelope.digest(), &envelope, &message);
    measure("digest of the row", |_, row| sum ^= row.digest(), &envelope, &message);
    black_box(sum);
    let mut batch = Batch::new(message.table());
    let push = |_: &Envelope, row: &dyn Row| {
        if batch.full(BATCH) {
            batch = Batch::new(row.table());
        }
        row.push(&mut batch.record);
    };
    measure("columns of the row", push, &envelope, &message);
    let mut sink = TableBatches::new(BATCH, |batch| {
        black_box(batch);
        Verdict::GoOn
    });
    measure(
        "columns",
        |envelope, row| assert_eq!(sink.row(envelope, row), Verdict::GoOn),
        &envelope,
        &message,
    );
    let mut sink = TableBatches::new(BATCH, |batch| {
        black_box(arrow::record_batch(batch).expect("a record batch"));
        Verdict::GoOn
    });
    measure(
        "columns and Arrow",
        |envelope, row| assert_eq!(sink.row(envelope, row), Verdict::GoOn),
        &envelope,
        &message,
    );
}
