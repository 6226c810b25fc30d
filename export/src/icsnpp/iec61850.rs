//! `goose.log` and `sv.log` of the DINA parsers.
use super::view::view;
use crate::logs::{Entry, Log, Logs};
use fieldtap::{
    protocols::{
        goose::Goose,
        sv::{Sv, SvAsdus},
    },
    record::{Envelope, Row},
};

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

/// A row of `goose`. What the message lacks is written as the parser begins with it: empty, 0 or false.
pub(super) fn goose(envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
    let row = Message::of(row);
    let mut entry = logs.entry(&GOOSE);
    begin(&mut entry, envelope, row.appid, row.length);
    entry.string(row.gocb_ref.unwrap_or_default());
    entry.count(row.time_allowed_to_live.unwrap_or_default());
    entry.string(row.dat_set.unwrap_or_default());
    entry.time(row.t.unwrap_or_default());
    entry.count(row.st_num.unwrap_or_default());
    entry.count(row.sq_num.unwrap_or_default());
    entry.bool(row.simulation.unwrap_or_default());
    entry.count(row.conf_rev.unwrap_or_default());
    entry.bool(row.nds_com.unwrap_or_default());
    entry.count(row.num_dat_set_entries.unwrap_or_default());
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
