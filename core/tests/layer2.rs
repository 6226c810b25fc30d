//! Protocols that Ethernet carries without IP, through the engine: with VLAN tags, as copies, in Linux cooked captures.
use fieldtap::{
    Config, Engine, Frame, LinkType,
    protocols::named,
    record::{Envelope, Field, Row, Sink, Verdict},
};

/// Names of columns, and their values as text.
type Cells = Vec<(&'static str, String)>;

#[derive(Default)]
struct Rows(Vec<(&'static str, Envelope, Cells)>);

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let fields = row.table().columns.iter().enumerate().map(|(index, column)| {
            let value = match row.field(index) {
                Field::Unsigned(number) => number.to_string(),
                field => format!("{field:?}"),
            };
            (column.name, value)
        });
        self.0.push((row.table().name, *envelope, fields.collect()));
        Verdict::GoOn
    }
}

impl Rows {
    fn of(
        &self,
        table: &str,
    ) -> impl Iterator<Item = &(&'static str, Envelope, Vec<(&'static str, String)>)> {
        self.0.iter().filter(move |row| row.0 == table)
    }
    fn value(&self, table: &str, column: &str) -> Option<&str> {
        let fields = &self.of(table).next()?.2;
        fields.iter().find(|(name, _)| *name == column).map(|(_, value)| value.as_str())
    }
}

const ADDRESSES: &[u8] = b"\x01\x80\xc2\0\0\x0e\0\x30\xa7\0\0\x01";
/// Chassis "a", port "1", 120 seconds, the end; filled up to the shortest frame.
const LLDPDU: &[u8] = b"\x02\x02\x07a\x04\x02\x071\x06\x02\0\x78\0\0";

fn ethernet(tag: &[u8]) -> Vec<u8> {
    let mut frame = [ADDRESSES, tag, b"\x88\xcc", LLDPDU].concat();
    frame.resize(60, 0);
    frame
}

fn rows(config: Config, link_type: LinkType, frames: &[Vec<u8>]) -> Rows {
    let (mut engine, mut rows) = (Engine::new(config), Rows::default());
    for (data, number) in frames.iter().zip(1..) {
        let ts = number as i64 * 1_000_000;
        let frame = Frame { number, ts, interface: 0, link_type, original_len: data.len() as u32, data };
        engine.frame(&frame, &mut rows);
    }
    engine.finish(&mut rows);
    rows
}

#[test]
fn a_frame_without_ip_is_dissected_by_its_ethertype() {
    let rows = rows(Config::default(), LinkType::ETHERNET, &[ethernet(b"\x81\0\0\x07")]);
    let (_, envelope, _) = rows.of("lldp").next().expect("a row");
    assert_eq!((envelope.vlan, envelope.sender), (Some(7), None));
    assert_eq!(envelope.sender_mac.map(|mac| mac.0), Some([0, 0x30, 0xa7, 0, 0, 1]));
    assert_eq!(envelope.protocol.0, "lldp");
    assert_eq!(rows.of("anomalies").count(), 0);
    assert_eq!(rows.value("conversations", "originator_dissected"), Some("42"));
}

/// HARD_CASES, GOOSE: "The same frame twice within milliseconds (mirror port, PRP LAN A and B, HSR ring) -> counted as a
/// copy, no anomaly, no second row".
#[test]
fn a_frame_that_comes_twice_is_told_once() {
    let hsr = |path: u8| {
        let tag = [0x89, 0x2f, path, 0x34, 0, 9];
        let mut frame = [ADDRESSES, &tag, b"\x88\xcc", LLDPDU].concat();
        frame.resize(66, 0);
        frame
    };
    let prp = |lan: u8| [&ethernet(b"")[..], &[0, 9, lan, 0x34, 0x88, 0xfb]].concat();
    for frames in [[ethernet(b""), ethernet(b"")], [hsr(0), hsr(0x10)], [prp(0xa0), prp(0xb0)]] {
        let rows = rows(Config::default(), LinkType::ETHERNET, &frames);
        assert_eq!(rows.of("lldp").count(), 1);
        assert_eq!(rows.of("anomalies").count(), 0);
        assert_eq!(rows.value("conversations", "copies"), Some("1"));
    }
}

/// A Linux cooked header has no receiver.
#[test]
fn a_cooked_capture_is_dissected_too() {
    let cooked = [b"\0\x02\0\x01\0\x06\0\x30\xa7\0\0\x01\0\0\x88\xcc".as_slice(), LLDPDU].concat();
    let rows = rows(Config::default(), LinkType::LINUX_SLL, &[cooked]);
    let (_, envelope, _) = rows.of("lldp").next().expect("a row");
    assert_eq!(envelope.receiver_mac, None);
}

#[test]
fn a_protocol_that_is_not_looked_for_is_not_dissected() {
    let config = Config { protocols: named("modbus").map(|modbus| vec![modbus]), ..Config::default() };
    let rows = rows(config, LinkType::ETHERNET, &[ethernet(b"")]);
    assert_eq!(rows.of("lldp").count(), 0);
    assert_eq!(rows.value("conversations", "originator_skipped"), Some("46"));
}

/// An Announce (IEEE Std 1588-2019, 13.5) of a clock that is the grandmaster itself.
fn announce(vlan: Option<u16>, clock: u8) -> Vec<u8> {
    let mut frame = [0x01, 0x1b, 0x19, 0, 0, 0, 0, 0x30, 0xa7, 0, 0, clock].to_vec();
    if let Some(vlan) = vlan {
        frame.extend([0x81, 0x00]);
        frame.extend(vlan.to_be_bytes());
    }
    let identity = [0, 0x30, 0xa7, 0xff, 0xfe, 0, 0, clock];
    frame.extend([0x88, 0xf7, 0x0b, 2, 0, 64, 0, 0, 0, 0]);
    frame.extend([0; 12]);
    frame.extend(identity);
    frame.extend([0, 1, 0, clock, 5, 1]);
    frame.extend([0; 10]);
    frame.extend([0, 37, 0, 128, 6, 0x21, 0x4e, 0x5d, 128]);
    frame.extend(identity);
    frame.extend([0, 0, 0x20]);
    frame
}

/// A domain of the same number in another VLAN is another domain, and has its own grandmaster; in one VLAN, and beside a tag
/// that gives a priority alone, another grandmaster is said.
#[test]
fn a_domain_of_ptp_is_that_of_its_vlan() {
    let said =
        |frames: &[Vec<u8>]| rows(Config::default(), LinkType::ETHERNET, frames).of("anomalies").count();
    assert_eq!(said(&[announce(Some(10), 1), announce(Some(20), 2), announce(None, 3)]), 0);
    assert_eq!(said(&[announce(Some(10), 1), announce(Some(10), 2)]), 1);
    assert_eq!(said(&[announce(Some(0), 1), announce(None, 2)]), 1);
}
