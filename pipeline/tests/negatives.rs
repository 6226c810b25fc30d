//! Captures without Modbus hold no Modbus.

mod common;

use common::{captures, dissect, frames, outside};

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
