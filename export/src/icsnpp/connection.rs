//! What every log tells of a connection.
use crate::logs::Entry;
use core::net::IpAddr;
use fieldtap::record::{Envelope, digest_bytes, fold};

/// Digits of Zeek's identifiers.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits of 64 bits.
const LEN: usize = 11;

/// Digits that stand for a number.
pub(super) fn digits(mut number: u64) -> [u8; LEN] {
    let mut digits = [b'0'; LEN];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) address: Option<IpAddr>,
    pub(super) port: Option<u16>,
}

/// A connection at the time of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    /// Nanoseconds since 1970-01-01 UTC.
    pub(super) ts: i64,
    pub(super) number: u64,
    pub(super) originator: End,
    pub(super) responder: End,
    /// Whether the message is from the originator.
    pub(super) from_originator: bool,
}

impl Connection {
    pub(super) fn of(envelope: &Envelope) -> Self {
        let sender = End { address: envelope.sender, port: envelope.sender_port };
        let receiver = End { address: envelope.receiver, port: envelope.receiver_port };
        let (originator, responder) =
            if envelope.from_originator { (sender, receiver) } else { (receiver, sender) };
        Self {
            ts: envelope.ts.0,
            number: number(envelope.conversation.unwrap_or_default(), originator, responder),
            originator,
            responder,
            from_originator: envelope.from_originator,
        }
    }
    /// A number of something within this connection, such as a message.
    pub(super) fn link(&self, within: u64) -> [u8; LEN] {
        digits(fold(self.number ^ within, 0x9e37_79b9_7f4a_7c15))
    }
}

/// Depends on the frame that opened the conversation and on its ends: the same whenever the same capture is read, and
/// another one in other captures.
fn number(conversation: u64, originator: End, responder: End) -> u64 {
    let address = |end: End| match end.address {
        Some(IpAddr::V4(address)) => u64::from(address.to_bits()),
        Some(IpAddr::V6(address)) => digest_bytes(&address.octets()),
        None => 0,
    };
    let ports =
        u64::from(originator.port.unwrap_or_default()) << 16 | u64::from(responder.port.unwrap_or_default());
    let ends = fold(address(originator) ^ 0xd6e8_feb8_6659_fd93, address(responder) ^ 0xd134_2543_de82_ef95);
    fold(ends ^ ports, conversation ^ 0x9e37_79b9_7f4a_7c15)
}

impl Entry<'_> {
    /// `ts`, `uid` and the four fields of `id`.
    pub(super) fn connection(&mut self, connection: &Connection) {
        self.time(connection.ts);
        self.uid(connection.number);
        self.end_point(connection.originator);
        self.end_point(connection.responder);
    }
    /// `uid`.
    pub(super) fn uid(&mut self, number: u64) {
        self.composed(|out| {
            out.push(b'C');
            out.extend_from_slice(&digits(number));
        });
    }
    fn end_point(&mut self, end: End) {
        self.addr(end.address);
        self.count(end.port.map(u64::from));
    }
    /// `is_orig`, source and destination.
    pub(super) fn way(&mut self, connection: &Connection) {
        let (from, to) = (connection.originator, connection.responder);
        let (from, to) = if connection.from_originator { (from, to) } else { (to, from) };
        self.bool(connection.from_originator);
        self.end_point(from);
        self.end_point(to);
    }
}

/// The fields of a log: those of every connection, then its own.
macro_rules! log {
    ($(#[doc = $doc:literal])* $name:ident = $path:literal: $($field:literal $type:literal),* $(,)?) => {
        $(#[doc = $doc])*
        pub(super) static $name: $crate::logs::Log = $crate::logs::Log {
            path: $path,
            fields: &[
                ("ts", "time"), ("uid", "string"), ("id.orig_h", "addr"), ("id.orig_p", "port"),
                ("id.resp_h", "addr"), ("id.resp_p", "port"),
                $(($field, $type),)*
            ],
        };
    };
}
/// As `log!`, with the way of the message before its own fields.
macro_rules! way_log {
    ($(#[doc = $doc:literal])* $name:ident = $path:literal: $($field:literal $type:literal),* $(,)?) => {
        $crate::icsnpp::connection::log! { $(#[doc = $doc])* $name = $path:
            "is_orig" "bool", "source_h" "addr", "source_p" "port", "destination_h" "addr", "destination_p" "port",
            $($field $type),*
        }
    };
}
pub(super) use {log, way_log};
