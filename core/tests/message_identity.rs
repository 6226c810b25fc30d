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

/// The answer to Write Multiple Coils (MODBUS Application Protocol V1.1b3 section 6.11, CRC of Modbus over Serial Line) lies
/// whole in frame 1, behind an octet that is none of it. Its length is that of a request too long to be one, which only what
/// follows shows. It is of frame 1 in whatever pieces that comes; found by fuzzing.
#[test]
fn a_message_is_of_the_frame_that_brought_its_last_octet() {
    #[derive(Default)]
    struct Frames(Vec<(u64, u64)>);
    impl Sink for Frames {
        fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
            if row.table().name == "modbus" {
                self.0.push((envelope.frame, envelope.message.unwrap_or_default()));
            }
            Verdict::GoOn
        }
    }
    let first = [0x11, 0x01, 0x0f, 0x00, 0x13, 0x00, 0x0a, 0x24, 0x09];
    // Noise, then Read Holding Registers with its CRC, then noise.
    let second = [
        0x87, 0x02, 0x04, 0x00, 0x11, 0x03, 0x06, 0x02, 0x02, 0x07, 0x00, 0x2b, 0x00, 0x14, 0x00, 0x00, 0x00,
        0x64, 0xc8, 0xba, 0x00, 0x10, 0x00, 0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87, 0x12, 0x04, 0x00,
        0x08, 0x00, 0x30,
    ];
    let rtu = fieldtap::protocols::named("modbus_rtu").expect("a protocol of the registry");
    let mark = |frame| Mark { file: 0, frame, ts: 0 };
    for piece in 1..=second.len() {
        let (mut session, mut frames) = (Session::new(rtu, Config::default()), Frames::default());
        session.feed(Toward::Server, mark(1), &first, &mut frames);
        for piece in second.chunks(piece) {
            session.feed(Toward::Server, mark(2), piece, &mut frames);
        }
        session.finish(mark(3), &mut frames);
        assert_eq!(frames.0, [(1, 1 << 18), (2, 2 << 18)], "pieces of {piece}");
    }
}
