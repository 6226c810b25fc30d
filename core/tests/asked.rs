//! A sink is told of a request as soon as it is seen, among the rows of its message.
use fieldtap::{
    Config, Mark, Session,
    common::{Operation, Request},
    protocol::Toward,
    protocols,
    record::{Envelope, Row, Sink, Verdict},
};

#[derive(Default)]
struct Told(Vec<String>);

impl Sink for Told {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        self.0.push(format!("{} {}", envelope.frame, row.table().name));
        Verdict::GoOn
    }
    fn asked(&mut self, envelope: &Envelope, request: &Request<'_>) {
        assert_eq!(request.operation, Operation::CONTROL);
        assert_eq!((request.station, request.address), (Some(3), Some(100)));
        assert!(envelope.message.is_some());
        self.0.push(format!("{} asked {}", envelope.frame, request.function.map_or("", |name| name.0)));
    }
}

/// A single command (C_SC_NA_1, IEC 60870-5-101 section 7.3.2.1) with this cause and this qualifier (table 7.2.6.15: bit 8
/// selects).
fn command(number: u8, cause: u8, qualifier: u8) -> [u8; 16] {
    [0x68, 14, number << 1, 0, 0, 0, 45, 1, cause, 0, 3, 0, 100, 0, 0, qualifier]
}

#[test]
fn select_execute_and_cancel_are_told_each() {
    let mut session = Session::new(protocols::named("iec104").unwrap(), Config::default());
    let mut told = Told::default();
    // Select, execute; select, deactivation.
    let messages = [command(0, 6, 0x81), command(1, 6, 1), command(2, 6, 0x81), command(3, 8, 0x81)];
    for (frame, octets) in (1..).zip(messages) {
        session.feed(Toward::Server, Mark { file: 0, frame, ts: 0 }, &octets, &mut told);
    }
    for frame in 1..=4 {
        let of: Vec<&String> = told.0.iter().filter(|one| one.starts_with(&format!("{frame} "))).collect();
        let asked = of.iter().filter(|one| one.ends_with(" asked C_SC_NA_1"));
        assert_eq!(asked.count(), 1, "{of:?}");
        assert!(of.iter().any(|one| one.ends_with(" iec104")), "{of:?}");
    }
}
