//! Every message has an identity of its own, whatever came between the messages and in whatever pieces.

use fieldtap::protocol::Toward;
use fieldtap::record::{Envelope, Row, Sink, Verdict};
use fieldtap::{Config, Mark, Session};

#[derive(Default)]
struct Messages(Vec<u64>);

impl Sink for Messages {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        if row.table().name == "modbus" {
            self.0.extend(envelope.message);
        }
        Verdict::GoOn
    }
}

/// Garbage, three requests, garbage, and a request that only the end confirms; found by fuzzing.
#[test]
fn messages_of_one_frame_around_garbage_are_told_apart() {
    let request = |transaction: u8| [0, transaction, 0, 0, 0, 6, 1, 3, 0, 20, 0, 1];
    let octets = [&[0xea; 3][..], &request(1), &request(2), &request(3), &[0x2c; 8], &request(4)].concat();
    let modbus = fieldtap::protocols::named("modbus").expect("a protocol of the registry");
    for piece in 1..=octets.len() {
        let (mut session, mut messages) = (Session::new(modbus, Config::default()), Messages::default());
        for piece in octets.chunks(piece) {
            session.feed(Toward::Server, Mark { file: 0, frame: 1, ts: 0 }, piece, &mut messages);
        }
        session.finish(Mark { file: 0, frame: 2, ts: 0 }, &mut messages);
        let mut identities = messages.0.clone();
        identities.sort_unstable();
        identities.dedup();
        assert_eq!(identities.len(), 4, "pieces of {piece}: {:?}", messages.0);
    }
}
