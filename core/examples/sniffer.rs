//! A sniffer: frames in, rows out, by an [`Engine`].
//!
//! It reads what tcpdump writes and prints each operation and anomaly:
//!
//! ```text
//! tcpdump -i eth0 -U -w - | cargo run --example sniffer
//! ```
//!
//! Whoever reads files takes the crate `fieldtap-capture`, which knows pcapng, gzip and zstd too.

use fieldtap::{
    Config, Engine, Frame, LinkType,
    record::{Envelope, Field, Row, Sink, Table, Verdict},
};
use std::io::{self, Read};

/// Frames longer than this are no frames.
const LONGEST: usize = 1 << 18;

struct Print;

impl Sink for Print {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let Envelope { frame, protocol, .. } = envelope;
        print!("{frame} {} {}", protocol.0, row.table().name);
        for (index, column) in row.table().columns.iter().enumerate() {
            match row.field(index) {
                Field::Null => {}
                Field::Code { name: Some(name), .. } => print!(" {}={name}", column.name),
                Field::Text(text) => print!(" {}={text}", column.name),
                field => print!(" {}={field:?}", column.name),
            }
        }
        println!();
        Verdict::GoOn
    }
    fn wants(&self, table: &'static Table) -> bool {
        matches!(table.name, "operations" | "anomalies")
    }
}

/// The next so many octets; `None` at the end.
fn next<const N: usize>(from: &mut impl Read) -> io::Result<Option<[u8; N]>> {
    let mut octets = [0; N];
    match from.read_exact(&mut octets) {
        Ok(()) => Ok(Some(octets)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = io::stdin().lock();
    let header: [u8; 24] = next(&mut input)?.ok_or("no capture")?;
    let word = |octets: &[u8], at: usize| -> u32 {
        octets.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_ne_bytes(*word))
    };
    let unit = match word(&header, 0) {
        0xa1b2_c3d4 => 1000,
        0xa1b2_3c4d => 1,
        _ => return Err("no pcap of this machine's byte order".into()),
    };
    let link_type = LinkType(word(&header, 20) as u16);
    let (mut engine, mut data, mut number) = (Engine::new(Config::default()), Vec::new(), 0);
    while let Some(record) = next::<16>(&mut input)? {
        let length = word(&record, 8) as usize;
        if length > LONGEST {
            return Err(format!("frame {} has {length} octets", number + 1).into());
        }
        data.resize(length, 0);
        input.read_exact(&mut data)?;
        number += 1;
        let ts = i64::from(word(&record, 0)) * 1_000_000_000 + i64::from(word(&record, 4)) * unit;
        let original_len = word(&record, 12);
        engine.frame(&Frame { number, ts, link_type, original_len, data: &data }, &mut Print);
    }
    engine.finish(&mut Print);
    let counters = engine.counters();
    eprintln!("{} frames, {} conversations", counters.frames, counters.conversations);
    Ok(())
}
