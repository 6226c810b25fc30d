//! `goose.log` and `sv.log` of the DINA parsers, and `goose.log` of another one.
use super::{GooseParser, view::view};
use crate::logs::{Entry, Log, Logs};
use fieldtap::{
    protocols::{
        goose::{Goose, codes::Reading},
        sv::{Sv, SvAsdus},
    },
    record::{Envelope, Row},
};
use sha2::{Digest, Sha256};

/// One line a message.
pub(super) static GOOSE: Log = Log {
    path: "goose",
    fields: &[
        ("ts", "time"),
        ("src", "string"),
        ("dst", "string"),
        ("vlan", "count"),
        ("appid", "int"),
        ("length", "int"),
        ("gocbRef", "string"),
        ("timeAllowedtoLive", "int"),
        ("dataSet", "string"),
        ("t", "time"),
        ("stNum", "int"),
        ("sqNum", "int"),
        ("simulation", "bool"),
        ("confRev", "int"),
        ("ndsCom", "bool"),
        ("numDatSetEntries", "int"),
    ],
};
/// One line a message: the parser of haolipeng.
pub(super) static GOOSE_HAOLIPENG: Log = Log {
    path: "goose",
    fields: &[
        ("ts", "time"),
        ("src_mac", "string"),
        ("dst_mac", "string"),
        ("eth_type", "string"),
        ("appid", "string"),
        ("length", "int"),
        ("gocb_ref", "string"),
        ("time_allowed_to_live", "int"),
        ("dataset", "string"),
        ("go_id", "string"),
        ("timestamp", "time"),
        ("timestamp_quality", "string"),
        ("st_num", "int"),
        ("sq_num", "int"),
        ("simulation", "bool"),
        ("conf_rev", "int"),
        ("nds_com", "bool"),
        ("num_dat_set_entries", "int"),
        ("all_data_hash", "string"),
        ("all_data_raw_hex", "string"),
        ("parse_status", "string"),
        ("parse_error", "string"),
    ],
};
/// One line a message, with its first ASDU.
pub(super) static SV: Log = Log {
    path: "sv",
    fields: &[
        ("ts", "time"),
        ("src", "string"),
        ("dst", "string"),
        ("vlan", "count"),
        ("appid", "int"),
        ("length", "int"),
        ("smpCnt", "int"),
        ("sv_id", "string"),
    ],
};

view! { Message of Goose {
    appid: u64, length: u64, gocb_ref: &'r [u8], time_allowed_to_live: u64, dat_set: &'r [u8], t: i64,
    st_num: u64, sq_num: u64, simulation: bool, conf_rev: u64, nds_com: bool, num_dat_set_entries: u64,
}}
view! { Further of Goose { go_id: &'r [u8], t_quality: u64, all_data: &'r [u8], reading: u64, security: &'r [u8], } }
view! { Samples of Sv { appid: u64, length: u64, } }
view! { Asdu of SvAsdus { index: u64, sv_id: &'r [u8], smp_cnt: u64, } }

/// The message of sampled values whose ASDUs come next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    message: Option<(Option<u64>, Option<u64>, Option<u64>)>,
}

fn begin(entry: &mut Entry<'_>, envelope: &Envelope, appid: Option<u64>, length: Option<u64>) {
    entry.time(envelope.ts.0);
    entry.mac(envelope.sender_mac);
    entry.mac(envelope.receiver_mac);
    entry.count(envelope.vlan.map(u64::from));
    entry.count(appid);
    entry.count(length.unwrap_or_default());
}

/// From stNum to numDatSetEntries: what the message lacks is 0 or false with both parsers.
fn state(entry: &mut Entry<'_>, row: &Message<'_>) {
    entry.count(row.st_num.unwrap_or_default());
    entry.count(row.sq_num.unwrap_or_default());
    entry.bool(row.simulation.unwrap_or_default());
    entry.count(row.conf_rev.unwrap_or_default());
    entry.bool(row.nds_com.unwrap_or_default());
    entry.count(row.num_dat_set_entries.unwrap_or_default());
}

/// A row of `goose`, as the parser writes it.
pub(super) fn goose(parser: GooseParser, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
    match parser {
        GooseParser::Dina => goose_dina(envelope, &Message::of(row), logs),
        GooseParser::Haolipeng => goose_haolipeng(envelope, Message::of(row), Further::of(row), logs),
    }
}

/// What the message lacks is written as the parser begins with it: empty, 0 or false.
fn goose_dina(envelope: &Envelope, row: &Message<'_>, logs: &mut Logs) {
    let mut entry = logs.entry(&GOOSE);
    begin(&mut entry, envelope, row.appid, row.length);
    entry.string(row.gocb_ref.unwrap_or_default());
    entry.count(row.time_allowed_to_live.unwrap_or_default());
    entry.string(row.dat_set.unwrap_or_default());
    entry.time(row.t.unwrap_or_default());
    state(&mut entry, row);
    entry.end();
}

/// How the parser judges a message: which fields it must have, and which it should.
fn quality(row: &Message<'_>, further: &Further<'_>) -> (&'static str, &'static str) {
    let is = |reading: Reading| further.reading == Some(reading.0.into());
    let named = row.gocb_ref.is_some() && row.st_num.is_some() && row.sq_num.is_some();
    let described = row.dat_set.is_some() && row.conf_rev.is_some() && row.num_dat_set_entries.is_some();
    if is(Reading::TRUNCATED) {
        ("failed", "truncated_packet")
    } else if is(Reading::MALFORMED) {
        ("failed", "malformed_asn1")
    } else if !named {
        ("failed", "missing_required_field")
    } else if further.all_data.is_none() {
        ("partial", "missing_all_data")
    } else if is(Reading::UNKNOWN_FIELDS) || further.security.is_some() {
        ("partial", "unsupported_tlv")
    } else if !described {
        ("partial", "missing_required_field")
    } else {
        ("ok", "none")
    }
}

/// Of a message that cannot be read to its end the parser says what stands before the APDU alone.
fn goose_haolipeng(envelope: &Envelope, row: Message<'_>, further: Further<'_>, logs: &mut Logs) {
    let (status, error) = quality(&row, &further);
    let unread = matches!(error, "truncated_packet" | "malformed_asn1");
    let (appid, length) = (row.appid.unwrap_or_default(), row.length.unwrap_or_default());
    let (row, further) = if unread { (Message::default(), Further::default()) } else { (row, further) };
    let digest = further.all_data.map(Sha256::digest);
    let mut entry = logs.entry(&GOOSE_HAOLIPENG);
    entry.time(envelope.ts.0);
    entry.mac(envelope.sender_mac);
    entry.mac(envelope.receiver_mac);
    entry.word("0x88b8");
    entry.word(&*format!("{appid:#x}"));
    entry.count(length);
    entry.string(row.gocb_ref.unwrap_or_default());
    entry.count(row.time_allowed_to_live.unwrap_or_default());
    entry.string(row.dat_set.unwrap_or_default());
    entry.string(further.go_id.filter(|id| !id.is_empty()));
    entry.time(row.t);
    entry.word(further.t_quality.map(|quality| format!("{quality:#x}")).as_deref());
    state(&mut entry, &row);
    entry.word(&*digest.map(|digest| format!("{digest:x}")).unwrap_or_default());
    entry.word("");
    entry.word(status);
    entry.word(error);
    entry.end();
}

impl Memory {
    /// A row of `sv`.
    pub(super) fn message(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Samples::of(row);
        self.message = Some((envelope.message, row.appid, row.length));
    }

    /// A row of `sv_asdus`.
    pub(super) fn asdu(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Asdu::of(row);
        let known = self.message.filter(|(message, ..)| row.index == Some(0) && *message == envelope.message);
        let Some((_, appid, length)) = known else { return };
        let mut entry = logs.entry(&SV);
        begin(&mut entry, envelope, appid, length);
        entry.count(row.smp_cnt.unwrap_or_default());
        entry.string(row.sv_id.unwrap_or_default());
        entry.end();
    }
}
