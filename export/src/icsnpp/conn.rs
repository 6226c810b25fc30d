//! `conn.log`, as far as who only listens can tell.
use super::{
    connection::{Connection, log},
    view::view,
};
use crate::logs::Logs;
use fieldtap::{
    common::Conversations,
    record::{Envelope, Row},
};

log! {
    /// One line a conversation, at its end.
    CONN = "conn":
    "proto" "enum", "service" "string", "duration" "interval", "orig_bytes" "count", "resp_bytes" "count",
    "conn_state" "string", "local_orig" "bool", "local_resp" "bool", "missed_bytes" "count",
    "history" "string", "orig_pkts" "count", "orig_ip_bytes" "count", "resp_pkts" "count",
    "resp_ip_bytes" "count", "tunnel_parents" "set[string]", "ip_proto" "count", "community_id" "string",
}

view! { Conversation of Conversations {
    community_id: &'r [u8], transport: &'static str, transport_number: u64, first: i64, last: i64, application: &'static str,
    handshake: bool, end: &'static str, originator_frames: u64, responder_frames: u64,
    originator_payload: u64, responder_payload: u64, originator_missing: u64, responder_missing: u64,
}}

/// What Zeek calls the services of protocols; those of other names keep theirs.
const SERVICES: &[(&str, &str)] = &[
    ("c37118", "synchrophasor"),
    ("dnp3", "dnp3"),
    ("s7comm", "cotp,s7comm"),
    ("s7comm_plus", "cotp,s7comm-plus"),
];

/// What carries it, of a row of `conversations`.
pub(super) fn transport(row: &dyn Row) -> Option<&'static str> {
    Conversation::of(row).transport
}

pub(super) fn conversation(envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
    let row = Conversation::of(row);
    let connection = Connection { ts: row.first.unwrap_or(envelope.ts.0), ..Connection::of(envelope) };
    let transport = row.transport.unwrap_or_default();
    if !matches!(transport, "tcp" | "udp") {
        return;
    }
    let service = row.application.map(|application| {
        SERVICES.iter().find(|(name, _)| *name == application).map_or(application, |(_, service)| service)
    });
    let duration = row.first.zip(row.last).map(|(first, last)| last.saturating_sub(first));
    let lasted = duration.filter(|duration| *duration > 0);
    let mut entry = logs.entry(&CONN);
    entry.connection(&connection);
    entry.word(transport);
    entry.word(service);
    entry.time(lasted);
    entry.count(row.originator_payload.filter(|_| lasted.is_some()));
    entry.count(row.responder_payload.filter(|_| lasted.is_some()));
    entry.word(state(transport, &row));
    entry.unset_many(2);
    entry.count(row.originator_missing.unwrap_or_default() + row.responder_missing.unwrap_or_default());
    entry.unset();
    entry.count(row.originator_frames);
    entry.unset();
    entry.count(row.responder_frames);
    entry.unset_many(2);
    entry.count(row.transport_number);
    entry.string(row.community_id);
    entry.end();
}

fn refused(row: &Conversation<'_>) -> bool {
    let none = |count: Option<u64>| count.unwrap_or_default() == 0;
    (row.originator_frames, row.responder_frames) == (Some(1), Some(1))
        && none(row.originator_payload)
        && none(row.responder_payload)
}

/// Zeek's word for how a connection went. Who of both reset one is not known, so `RSTO` stands for either.
fn state(transport: &str, row: &Conversation<'_>) -> &'static str {
    let (originator, responder) =
        (row.originator_frames.unwrap_or_default() > 0, row.responder_frames.unwrap_or_default() > 0);
    match (transport, row.handshake.unwrap_or_default(), row.end.unwrap_or_default()) {
        ("udp", ..) => match (originator, responder) {
            (true, true) => "SF",
            (true, false) => "S0",
            (false, true) => "SHR",
            (false, false) => "OTH",
        },
        // A segment each way without content: the answer to the SYN was the reset.
        (_, true, "rst") if refused(row) => "REJ",
        (_, true, end) => match (end, originator, responder) {
            ("fin", true, true) => "SF",
            ("fin", true, false) => "SH",
            ("fin", false, true) => "SHR",
            ("rst", true, true) => "RSTO",
            ("rst", true, false) => "RSTOS0",
            ("rst", false, true) => "RSTRH",
            (_, true, true) => "S1",
            // Who sends more than SYN has been answered, which was not heard.
            (_, true, false) if row.originator_payload.unwrap_or_default() == 0 => "S0",
            _ => "OTH",
        },
        _ => "OTH",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `conn_state` of Zeek's `base/protocols/conn/main.zeek` has it, of connections whose SYN or SYN+ACK was seen.
    #[test]
    fn a_connection_of_which_one_side_was_heard_has_a_word_of_its_own() {
        for (end, frames, payload, expected) in [
            ("fin", (5, 5), (10, 10), "SF"),
            ("fin", (3, 0), (10, 0), "SH"),
            ("fin", (0, 3), (0, 10), "SHR"),
            ("rst", (1, 1), (0, 0), "REJ"),
            ("rst", (3, 2), (10, 0), "RSTO"),
            ("rst", (2, 0), (0, 0), "RSTOS0"),
            ("rst", (0, 2), (0, 0), "RSTRH"),
            ("idle", (3, 2), (0, 0), "S1"),
            ("idle", (2, 0), (0, 0), "S0"),
            ("idle", (2, 0), (10, 0), "OTH"),
            ("idle", (0, 1), (0, 0), "OTH"),
        ] {
            let row = Conversation {
                handshake: Some(true),
                end: Some(end),
                originator_frames: Some(frames.0),
                responder_frames: Some(frames.1),
                originator_payload: Some(payload.0),
                responder_payload: Some(payload.1),
                ..Conversation::default()
            };
            assert_eq!(state("tcp", &row), expected, "{end} {frames:?}");
        }
    }
}
