//! Protocols that Ethernet carries without IP, through the engine: with VLAN tags, as copies, in Linux cooked captures.
use fieldtap::{
    Config, Description, Engine, Frame, LinkType, SampleType,
    protocols::named,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use std::sync::Arc;

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

/// What this sender says of a grandmaster that is this clock, in this domain.
fn announce_of(domain: u8, sender: u8, clock: u8) -> Vec<u8> {
    let mut frame = announce(None, clock);
    (frame[11], frame[18], frame[41]) = (sender, domain, sender);
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
    let of = announce_of;
    // Another number is another domain (clause 7.1.1).
    assert_eq!(said(&[of(0, 1, 1), of(1, 2, 2)]), 0);
    // Who says the same of two domains has said it of both.
    assert_eq!(said(&[of(0, 1, 1), of(1, 1, 1), of(1, 2, 2)]), 1);
    // A change is said once, whoever tells of it later.
    assert_eq!(said(&[of(0, 1, 1), of(0, 2, 2), of(0, 3, 2), of(0, 1, 2)]), 1);
}

/// Two sites in one capture, or a domain with two grandmasters: the second is said once, not by everyone who follows either; so
/// is a change of one site. To one node alone, masters make offers (IEEE Std 1588-2019, 16.1). Another sdoId is another domain
/// (7.1.1), as that of IEEE Std 802.1AS.
#[test]
fn who_joins_one_of_two_grandmasters_is_not_accused() {
    let said =
        |frames: &[Vec<u8>]| rows(Config::default(), LinkType::ETHERNET, frames).of("anomalies").count();
    let sites: Vec<_> = (0..10).map(|sender| announce_of(0, 10 + sender, 1 + sender % 2)).collect();
    assert_eq!(said(&sites), 1);
    let change: Vec<_> = [10, 12, 14].map(|sender| announce_of(0, sender, 3)).into();
    assert_eq!(said(&[&sites[..], &change].concat()), 2);
    let back: Vec<_> = [10, 12, 14].map(|sender| announce_of(0, sender, 1)).into();
    assert_eq!(said(&[&sites[..], &change, &back].concat()), 3);
    let offer = |sender: u8, node: u8, clock: u8| {
        let mut frame = announce_of(0, sender, clock);
        (frame[0], frame[5], frame[20]) = (0, node, 4);
        frame
    };
    let offers: Vec<_> = (0..6).map(|n| offer(10 + n % 2, 20 + n / 2, 1 + n % 2)).collect();
    assert_eq!(said(&offers), 0);
    // One master follows another clock, and tells all of its nodes.
    let other: Vec<_> = (0..3).map(|node| offer(10, 20 + node, 3)).collect();
    assert_eq!(said(&[offers, other].concat()), 1);
    let mut of_802_1as = announce_of(0, 2, 2);
    of_802_1as[14] |= 0x10;
    assert_eq!(said(&[announce_of(0, 1, 1), of_802_1as]), 0);
}

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read; missing octets are [...] not malformed
/// protocol", also where the cut is between two TLVs.
#[test]
fn an_lldpdu_that_the_capture_cuts_is_no_fault_of_its_sender() {
    let whole = [ADDRESSES, b"\x88\xcc", LLDPDU, &[0; 30]].concat();
    for len in 16..whole.len() {
        let (mut engine, mut rows) = (Engine::new(Config::default()), Rows::default());
        let (link_type, original_len) = (LinkType::ETHERNET, whole.len() as u32);
        let data = &whole[..len];
        engine.frame(&Frame { number: 1, ts: 0, interface: 0, link_type, original_len, data }, &mut rows);
        engine.finish(&mut rows);
        assert_eq!(rows.of("anomalies").count(), 0, "{len} octets");
    }
}

/// A RedBox tells of nodes that are not itself: each of them has its role, and the RedBox has its own.
#[test]
fn a_redbox_tells_the_role_of_each_node() {
    let supervision = |node: u8| {
        let mut frame = b"\x01\x15\x4e\0\x01\0\0\x30\xa7\0\0\x03\x88\xfb\x10\x01\0".to_vec();
        frame.extend([node, 0x17, 6, 0, 0x30, 0xa7, 0, 0, node, 0x1e, 6, 0, 0x30, 0xa7, 0, 0, 3]);
        frame.resize(60, 0);
        frame
    };
    let rows = rows(Config::default(), LinkType::ETHERNET, &[16, 17, 18, 16].map(supervision));
    let told = rows.of("identities").map(|(_, _, cells)| {
        let of = |column| cells.iter().find(|(name, _)| *name == column).map(|(_, value)| value.as_str());
        format!("{:?} {:?}", of("device_mac"), of("value"))
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(rows.value("identities", "device_mac"), Some("Mac(Mac([0, 48, 167, 0, 0, 16]))"));
}

/// A Follow_Up (IEEE Std 1588-2019, 13.7), or a Sync in one step (13.6), from one sender.
fn told_time(kind: u8, domain: u8, clock: u8, port: u8, seconds: u8) -> Vec<u8> {
    let mut frame = [0x01, 0x1b, 0x19, 0, 0, 0, 0, 0x30, 0xa7, 0, 0, 1].to_vec();
    frame.extend([0x88, 0xf7, kind, 2, 0, 44, domain, 0, 0, 0]);
    frame.extend([0; 12]);
    frame.extend([0, 0x30, 0xa7, 0xff, 0xfe, 0, 0, clock, 0, port, 0, seconds, 2, 0]);
    frame.extend([0, 0, 0, 0, 0, seconds, 0, 0, 0, 0]);
    frame
}

/// The time of a port leaps by what this very port told before, in its domain.
#[test]
fn a_time_leaps_by_what_the_same_port_told() {
    let said =
        |frames: &[Vec<u8>]| rows(Config::default(), LinkType::ETHERNET, frames).of("anomalies").count();
    let (sync, follow_up) = (0, 8);
    for kind in [sync, follow_up] {
        assert_eq!(said(&[told_time(kind, 0, 1, 1, 10), told_time(kind, 0, 1, 1, 10)]), 0);
        assert_eq!(said(&[told_time(kind, 0, 1, 1, 10), told_time(kind, 0, 1, 1, 20)]), 1);
    }
    let first = told_time(follow_up, 0, 1, 1, 10);
    let mut tagged = told_time(follow_up, 0, 1, 1, 20);
    tagged.splice(12..12, [0x81, 0, 0, 20]);
    for other in [
        tagged,
        told_time(follow_up, 1, 1, 1, 20),
        told_time(follow_up, 0, 2, 1, 20),
        told_time(follow_up, 0, 1, 2, 20),
    ] {
        assert_eq!(said(&[first.clone(), other.clone()]), 0, "{other:x?}");
    }
}

/// The limits that the book states: of one sender the grandmaster of 8 domains, the time of 16 ports.
#[test]
fn what_is_remembered_of_a_sender_of_ptp_is_bounded() {
    let said =
        |frames: &[Vec<u8>]| rows(Config::default(), LinkType::ETHERNET, frames).of("anomalies").count();
    let mut frames: Vec<_> = (0..9).map(|domain| announce_of(domain, 1, 1)).collect();
    frames.push(announce_of(8, 1, 2));
    assert_eq!(said(&frames), 0);
    frames.push(announce_of(7, 1, 2));
    assert_eq!(said(&frames), 1);
    let mut frames: Vec<_> = (1..=17).map(|port| told_time(8, 0, 1, port, 10)).collect();
    frames.push(told_time(8, 0, 1, 17, 20));
    assert_eq!(said(&frames), 0);
    frames.push(told_time(8, 0, 1, 16, 20));
    assert_eq!(said(&frames), 1);
}

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read; missing octets are [...] not malformed
/// protocol". An Announce with the TLV of the power profile, and a management message (IEEE Std 1588-2019, 14.1, 15.4): wherever
/// the capture cuts them, nobody is blamed; where the message itself ends there, its sender is.
#[test]
fn a_tlv_of_ptp_that_the_capture_cuts_is_no_fault_of_its_sender() {
    let tlv = b"\0\x03\0\x12\x1c\x12\x9d\0\0\x01\0\xfe\0\0\0\xc8\0\0\0\x32\0\0";
    let mut announced = [announce(None, 1), tlv.to_vec()].concat();
    announced[17] += tlv.len() as u8;
    let mut managed = announced[..14].to_vec();
    managed.extend(
        b"\x0d\x02\0\x38\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xfe\0\0\x11\0\x01\0\x07\x04\x7f",
    );
    managed.extend(b"\0\0\0\xff\xfe\0\0\x12\0\x01\x01\x01\x01\0\0\x01\0\x04\x20\x05\0\0");
    for whole in [announced, managed] {
        for len in 20..whole.len() {
            let said = |original_len: usize| {
                let (mut engine, mut rows) = (Engine::new(Config::default()), Rows::default());
                let original_len = original_len as u32;
                let link_type = LinkType::ETHERNET;
                let frame =
                    Frame { number: 1, ts: 0, interface: 0, link_type, original_len, data: &whole[..len] };
                engine.frame(&frame, &mut rows);
                engine.finish(&mut rows);
                rows.of("anomalies").map(|row| format!("{:?}", row.2)).collect::<Vec<_>>()
            };
            assert_eq!(said(whole.len()), [""; 0], "{len} octets");
            assert_ne!(said(len), [""; 0], "{len} octets");
        }
    }
}

/// As above, of samples whose data set is described (IEC 61850-9-2, clause 8).
#[test]
fn a_described_sample_that_the_capture_cuts_is_no_fault_of_its_sender() {
    let mut known = Description::new();
    known.add_samples(
        "MU01",
        "ds",
        vec![("V".into(), SampleType::Double), ("q".into(), SampleType::Quality)],
    );
    let config = Config { description: Some(Arc::new(known)), ..Config::default() };
    let mut whole =
        b"\x01\x0c\xcd\x04\0\x01\0\x30\xa7\0\0\x01\x88\xba\x40\0\0\x32\0\0\0\0\x60\x28\x80\x01\x01".to_vec();
    whole.extend(b"\xa2\x23\x30\x21\x80\x04MU01\x82\x02\0\x01\x83\x04\0\0\0\x01\x85\x01\x02\x87\x0c");
    whole.extend([0; 12]);
    let said = |data: &[u8]| {
        let (mut engine, mut rows) = (Engine::new(config.clone()), Rows::default());
        let (link_type, original_len) = (LinkType::ETHERNET, whole.len() as u32);
        engine.frame(&Frame { number: 1, ts: 0, interface: 0, link_type, original_len, data }, &mut rows);
        engine.finish(&mut rows);
        let reasons = rows.of("anomalies").map(|row| format!("{:?}", row.2)).collect::<Vec<_>>();
        assert_eq!(reasons, [""; 0], "{} octets", data.len());
        rows.of("sv_values").count()
    };
    assert_eq!(said(&whole), 2);
    for len in 24..whole.len() {
        assert_eq!(said(&whole[..len]), 0, "{len} octets");
    }
}
