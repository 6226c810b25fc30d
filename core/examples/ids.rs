//! An intrusion detection system that owns its streams: it feeds ordered octets to a [`Session`] and decides by the rows.
//!
//! The stream here is a Modbus client that reads, then writes. The rule: nobody writes. `cargo run --example ids`

use fieldtap::{
    Config, Mark, Peer, Session,
    protocol::{Probe, Toward},
    protocols::PROTOCOLS,
    record::{Envelope, Field, Row, Sink, Table, Verdict},
};

/// Says what breaks the rule, and wants no more of a conversation that does.
#[derive(Default)]
struct NobodyWrites {
    alerts: u32,
}

impl Sink for NobodyWrites {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let columns = row.table().columns.iter().position(|column| column.name == "operation");
        let operation = columns.map_or(Field::Null, |index| row.field(index));
        if !matches!(operation, Field::Code { name: Some("write"), .. }) {
            return Verdict::GoOn;
        }
        self.alerts += 1;
        let [sender, receiver] = [envelope.sender, envelope.receiver].map(|peer| format!("{peer:?}"));
        println!("alert: frame {}: {sender} writes to {receiver} by {}", envelope.frame, envelope.protocol.0);
        Verdict::Leave
    }
    fn wants(&self, table: &'static Table) -> bool {
        table.name == "operations"
    }
}

/// What the IDS hands over: direction, frame, octets in order, cut as the segments were.
const STREAM: [(Toward, u64, &[u8]); 5] = [
    (Toward::Server, 4, b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x10\x00\x02"),
    (Toward::Client, 5, b"\x00\x01\x00\x00\x00\x07\x01\x03\x04\x00\x0a\x01\x02"),
    (Toward::Server, 6, b"\x00\x02\x00\x00\x00\x06\x01"),
    (Toward::Server, 7, b"\x06\x00\x10\x00\x0b"),
    (Toward::Client, 8, b"\x00\x02\x00\x00\x00\x06\x01\x06\x00\x10\x00\x0b"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Which protocol is it? The IDS asks with the first octets of the stream.
    let (toward, _, first) = STREAM[0];
    let fits = |probe| matches!(probe, Probe::Possible | Probe::Certain);
    let protocol = PROTOCOLS.iter().find(|protocol| fits(protocol.dissector.probe(first, Some(toward))));
    let protocol = protocol.ok_or("no protocol of the registry")?;
    println!("{}", protocol.title);

    let client = Peer { address: Some("192.0.2.5".parse()?), port: Some(49152) };
    let server = Peer { address: Some("192.0.2.11".parse()?), port: Some(502) };
    let mut session = Session::new(protocol, Config::default()).with_peers(client, server);
    let mut rule = NobodyWrites::default();
    for (toward, frame, octets) in STREAM {
        let mark = Mark { file: 0, frame, ts: frame as i64 * 1_000_000 };
        if session.feed(toward, mark, octets, &mut rule) != Verdict::GoOn {
            break;
        }
    }
    assert_eq!(rule.alerts, 1);
    Ok(())
}
