//! What a capture does not hold is found in none of its conversations.

mod common;

use common::{Owned, captures, dissect, frames, outside};
use fieldtap::{protocols::PROTOCOLS, record::Envelope};

/// HARD_CASES, identification: "One PDU that fits a weak signature on a foreign port -> not identified".
#[test]
fn what_is_no_modbus_is_never_called_modbus() {
    let Some(folder) = outside() else { return };
    let (mut wrong, mut files, mut conversations) = (Vec::new(), 0, 0);
    let others = [
        "negative_it",
        "negative_port_trap",
        "dnp3",
        "iec104",
        "s7comm",
        "s7comm_plus",
        "enip_cip",
        "bacnet",
        "opcua",
        "mms",
        "omron_fins",
        "synphasor",
        "hart_ip",
        "knxip",
        "melsec",
        "mqtt",
        "snmp",
        "ads",
        "atg",
        "dlms",
        "iccp",
        "goose",
        "sv",
        "profinet",
        "ge_srtp",
        "roc",
        "sbus",
        "tristation",
        "trdp",
        "ptp",
        "dds_rtps",
        "lontalk",
        "niagara_fox",
        "bsap",
    ];
    for path in others.iter().flat_map(|name| captures(&folder.join(name))) {
        files += 1;
        let rows = dissect(&frames(&path));
        for row in rows.of("conversations") {
            conversations += 1;
            if row.words("application").starts_with("modbus") || row.words("application") == "umas" {
                let octets = row.number("originator_dissected") + row.number("responder_dissected");
                wrong.push(format!(
                    "{}: {} {:?}:{:?} to {:?}, {octets} octets, {}",
                    path.display(),
                    row.words("application"),
                    row.envelope.sender,
                    row.envelope.sender_port,
                    row.envelope.receiver_port,
                    row.words("confidence")
                ));
            }
        }
    }
    println!("{files} files, {conversations} conversations");
    assert!(wrong.is_empty(), "{} of {conversations} in {files} files:\n{}", wrong.len(), wrong.join("\n"));
}

/// What tshark, or the folder of a capture, calls each protocol of the registry.
const NAMES: [(&str, &[&str]); 23] = [
    ("mrp", &["pn_mrp"]),
    ("modbus", &["mbtcp", "mbudp"]),
    ("modbus_rtu", &["mbrtu"]),
    ("modbus_ascii", &[]),
    ("umas", &["umas"]),
    ("cotp", &["tpkt"]),
    ("lldp", &["lldp"]),
    ("ptp", &["ptp"]),
    ("hsr_prp_supervision", &["hsr_prp_supervision"]),
    ("dnp3", &["dnp3"]),
    ("iec104", &["iec60870_104"]),
    ("s7comm", &["s7comm"]),
    // tshark does not read it: the folder tells, or `S7COMM_PLUS`.
    ("s7comm_plus", &["s7comm_plus"]),
    ("goose", &["goose"]),
    ("sv", &["sv"]),
    ("c37118", &["synphasor"]),
    ("osi", &["ses"]),
    // tshark knows it by the context of the connection, and stops at Presentation where that was not captured.
    ("mms", &["mms", "pres"]),
    ("iec101", &["iec60870_101"]),
    ("iec103", &["iec60870_103"]),
    ("iec61850_90_5", &["rgoose"]),
    ("r_goose", &["rgoose"]),
    ("r_sv", &["rgoose"]),
];

/// Captures of other folders in which data of COTP begin with 72 hex, version and length, and end with the same again; tshark
/// leaves such data undissected.
const S7COMM_PLUS: [&str; 3] = [
    "enip_cip/EmreEkin__ICS-Pcaps__cip_cotp_proces.pcap",
    "modbus/zeek__zeek__modbusBig.pcap",
    "s7comm/arkime__arkime__s7comm_synthetic.pcap",
];

/// Octets of a frame that are left, of captures that were not cut and of such as were: the beginning of a message says no more
/// than the whole.
const SNAPS: [usize; 3] = [usize::MAX, 200, 96];

/// HARD_CASES, identification: nothing is called what it is not. The manifest of the captures tells what tshark finds in each.
#[test]
fn no_conversation_is_called_what_its_capture_does_not_hold() {
    let Some(folder) = outside() else { return };
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.tsv")).expect("a manifest of the captures");
    for protocol in PROTOCOLS {
        assert!(
            NAMES.iter().any(|(name, _)| *name == protocol.name),
            "{} has a name in tshark",
            protocol.name
        );
    }
    let (mut wrong, mut files, mut conversations) = (Vec::new(), 0, 0);
    for line in manifest.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let file = cells[0];
        let folder_of = file.split('/').next();
        let held: Vec<&str> =
            cells[8].split(',').filter_map(|part| part.split('=').next()).chain(folder_of).collect();
        let path = folder.join(file);
        if !path.exists() {
            continue;
        }
        files += 1;
        let whole = frames(&path);
        let snapped = |snap: usize| {
            let cut = |frame: &Owned| Owned {
                data: frame.data[..frame.data.len().min(snap)].to_vec(),
                ..frame.clone()
            };
            dissect(&whole.iter().map(cut).collect::<Vec<_>>()).0.into_iter().map(move |row| (snap, row))
        };
        for (snap, row) in SNAPS.into_iter().flat_map(snapped).filter(|(_, row)| row.table == "conversations")
        {
            conversations += 1;
            let application = row.words("application");
            let Some((_, theirs)) = NAMES.iter().find(|(name, _)| *name == application) else { continue };
            let known = application == "s7comm_plus" && S7COMM_PLUS.contains(&file);
            if known || theirs.iter().any(|name| held.contains(name)) {
                continue;
            }
            let octets = row.number("originator_dissected") + row.number("responder_dissected");
            let Envelope { frame, sender, sender_port, receiver, receiver_port, .. } = row.envelope;
            wrong.push(format!(
                "{file} cut at {snap}, {frame}: {application} {sender:?}:{sender_port:?} to {receiver:?}:{receiver_port:?}, {octets} octets, {}, held {held:?}",
                row.words("confidence")
            ));
        }
    }
    println!("{files} files, {conversations} conversations");
    assert!(wrong.is_empty(), "{} of {conversations} in {files} files:\n{}", wrong.len(), wrong.join("\n"));
}
