//! Names of codes against those that tshark knows: of each number that tshark names, a table here has a name too.

mod common;

use common::has_tshark;
use fieldtap::{protocols::PROTOCOLS, record::Kind};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// Numbers that tshark names and no standard does, or that mean no name: why.
const NONE: [(&str, &[u64], &str); 18] = [
    ("ses.type", &[8192], "EXCEPTION REPORT has the identifier of another message"),
    ("synphasor.conf.phasor_component", &[3, 7], "reserved"),
    ("synphasor.data.trigger_reason", &[6, 8, 9, 10, 11, 12, 13, 14, 15], "reserved, or of the user"),
    ("dnp3.ctl.trip", &[3], "reserved"),
    ("iec60870_101.ctrl_func_pri_to_sec", &[5, 6, 12, 13, 14, 15], "reserved"),
    ("iec60870_101.ctrl_func_sec_to_pri", &[2, 3, 4, 5, 6, 7, 10, 12, 13], "reserved"),
    (
        "iec60870_5_103.asdu_typeid_mon",
        &[12, 13, 14, 15, 16, 17, 18, 19, 22, 205],
        "reserved, or of one maker",
    ),
    (
        "iec60870_5_103.asdu_typeid_ctrl",
        &[12, 13, 14, 15, 16, 17, 18, 19, 22, 45, 46],
        "reserved, or of one maker",
    ),
    ("pn_mrp.type", &[0, 1], "no kinds of frames: the end, and what all have"),
    ("lldp.chassis.subtype", &[0], "reserved"),
    ("lldp.port.subtype", &[0], "reserved"),
    ("hsr_prp_supervision.tlv.type", &[0, 30, 31], "no nodes: the end, RedBox and VDAN have columns"),
    ("ptp.v2.an.grandmasterclockaccuracy", &[0x32, 0x80, 0xff], "begin of a range"),
    ("ptp.v2.timesource", &[0xff], "reserved"),
    ("ptp.v2.an.tlvType", &[0], "reserved"),
    ("ptp.v2.mm.managementErrorId", &[0, 7, 0xffff], "begin of a range"),
    ("s7comm.blockinfo.subblk_type", &[0], "not set"),
    ("s7comm.param.userdata.funcgroup", &[15], "read as 63: two bits of the type are its own"),
];

/// Tables and columns, the field of tshark with the same codes, and whether its words are those of the standard, as here.
const SAME: [(&str, &str, &str, bool); 79] = [
    ("osi", "spdu_type", "ses.type", false),
    ("c37118", "frame_type", "synphasor.frtype", false),
    ("c37118", "message_time_quality", "synphasor.timeqal.timequalindic", false),
    ("c37118_channels", "component", "synphasor.conf.phasor_component", true),
    ("c37118_pmus", "data_error", "synphasor.data.status", false),
    ("c37118_pmus", "pmu_time_quality", "synphasor.data.pmu_tq", false),
    ("c37118_pmus", "trigger_reason", "synphasor.data.trigger_reason", false),
    ("c37118_pmus", "unlocked_time", "synphasor.data.t_unlock", false),
    ("dnp3", "function_code", "dnp3.al.func", false),
    ("dnp3_objects", "object", "dnp3.al.obj", false),
    ("dnp3_attributes", "data_type", "dnp3.al.datatype", false),
    ("dnp3_controls", "operation_type", "dnp3.ctl.op", false),
    ("dnp3_controls", "trip_close", "dnp3.ctl.trip", true),
    ("dnp3_controls", "status", "dnp3.al.ctrlstatus", false),
    ("dnp3_files", "mode", "dnp3.al.file.mode", true),
    ("dnp3_files", "status", "dnp3.al.file.status", false),
    ("iec104", "type_id", "iec60870_asdu.typeid", true),
    ("iec104", "cause", "iec60870_asdu.causetx", false),
    ("iec104", "u_function", "iec60870_104.utype", true),
    ("iec101", "primary_function", "iec60870_101.ctrl_func_pri_to_sec", false),
    ("iec101", "secondary_function", "iec60870_101.ctrl_func_sec_to_pri", false),
    ("iec103", "type_id", "iec60870_5_103.asdu_typeid_mon", false),
    ("iec103", "type_id", "iec60870_5_103.asdu_typeid_ctrl", false),
    ("iec103", "cause", "iec60870_5_103.cot_mon", false),
    ("iec103", "cause", "iec60870_5_103.cot_ctrl", false),
    ("modbus", "function_code", "modbus.func_code", false),
    ("modbus", "exception_code", "modbus.exception_code", false),
    ("modbus", "mei_type", "modbus.mei", false),
    ("modbus", "sub_function", "modbus.diagnostic_code", false),
    ("modbus_device_identifications", "conformity_level", "modbus.conformity_level", false),
    ("modbus_device_identifications", "object_id", "modbus.object_id", true),
    ("modbus_device_identifications", "read_device_id_code", "modbus.read_device_id", false),
    ("mrp", "mrp_type", "pn_mrp.type", false),
    ("mrp", "port_role", "pn_mrp.port_role", false),
    ("mrp", "ring_state", "pn_mrp.ring_state", false),
    ("s7comm_blocks", "language", "s7comm.blockinfo.block_lang", false),
    ("s7comm_szl", "partial_list", "s7comm.data.userdata.szl_id.partlist_num", false),
    ("s7comm_szl_entries", "operating_state", "s7comm.szl.0424.0000.bzu_id.req", false),
    ("s7comm_modes", "mode", "s7comm.param.modetrans.subfunc", false),
    ("cotp", "pdu_type", "cotp.type", false),
    ("cotp", "disconnect_reason", "cotp.cause", false),
    ("cotp", "reject_cause", "cotp.reject_cause", false),
    ("osi_presentation_contexts", "result", "pres.result", true),
    ("acse", "result", "acse.result", true),
    ("acse", "user_diagnostic", "acse.service_user", false),
    ("mms", "confirmed_service", "mms.confirmedServiceRequest", true),
    ("mms", "unconfirmed_service", "mms.unconfirmedService", true),
    ("mms", "error_class", "mms.errorClass", true),
    ("mms", "object_class", "mms.objectClass", true),
    ("mms", "rejected_pdu", "mms.rejectReason", true),
    ("mms", "scope_of_delete", "mms.scopeOfDelete", true),
    ("mms_data", "access_error", "mms.failure", true),
    ("mms_domains", "state", "mms.getDomainAttributes-Response_state", true),
    ("mms_program_invocations", "state", "mms.programInvocationState", true),
    ("gse_management", "error", "goose.responseNegative", true),
    ("gse_management_items", "error", "goose.error", true),
    ("sv_asdus", "smp_synch", "sv.smpSynch", true),
    ("sv_asdus", "smp_mod", "sv.smpMod", false),
    ("ptp", "message_type", "ptp.v2.messagetype", false),
    ("ptp_announces", "grandmaster_clock_accuracy", "ptp.v2.an.grandmasterclockaccuracy", false),
    ("ptp_announces", "time_source", "ptp.v2.timesource", false),
    ("ptp_managements", "action", "ptp.v2.mm.action", true),
    ("ptp_managements", "management_id", "ptp.v2.mm.managementId", false),
    ("ptp_managements", "management_error", "ptp.v2.mm.managementErrorId", true),
    ("ptp_tlvs", "tlv_type", "ptp.v2.an.tlvType", false),
    ("lldp", "chassis_id_subtype", "lldp.chassis.subtype", true),
    ("lldp", "port_id_subtype", "lldp.port.subtype", true),
    ("lldp_management_addresses", "interface_numbering", "lldp.mgn.interface.subtype", true),
    ("hsr_prp_supervision", "node_type", "hsr_prp_supervision.tlv.type", false),
    ("s7comm", "rosctr", "s7comm.header.rosctr", false),
    ("s7comm", "function_code", "s7comm.param.func", true),
    ("s7comm", "error_class", "s7comm.header.errcls", false),
    ("s7comm_items", "syntax_id", "s7comm.param.item.syntaxid", false),
    ("s7comm_items", "transport_size", "s7comm.param.item.transp_size", false),
    ("s7comm_items", "area", "s7comm.param.item.area", false),
    ("s7comm_items", "return_code", "s7comm.data.returncode", false),
    ("s7comm_items", "data_transport_size", "s7comm.data.transportsize", false),
    ("s7comm_userdata", "function_group", "s7comm.param.userdata.funcgroup", false),
    ("s7comm_userdata", "parameter_error", "s7comm.param.errcod", false),
];

/// Letters and digits alone, in small letters.
fn plain(words: &str) -> String {
    words.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The names of a column's codes.
fn names(table: &str, column: &str) -> BTreeMap<u64, &'static str> {
    let tables = PROTOCOLS.iter().flat_map(|protocol| protocol.tables).map(|schema| schema());
    let table = tables.into_iter().find(|known| known.name == table).unwrap_or_else(|| panic!("{table}"));
    let column = table.columns.iter().find(|known| known.name == column);
    match column.unwrap_or_else(|| panic!("{column:?}")).kind {
        Kind::Code { names, .. } => names.iter().copied().collect(),
        kind => panic!("{kind:?} is no code"),
    }
}

#[test]
fn every_number_that_tshark_names_has_a_name() {
    if !has_tshark() {
        return;
    }
    let told = Command::new("tshark").args(["-G", "values"]).output().expect("tshark runs").stdout;
    let mut known: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&told).lines() {
        let mut cells = line.split('\t');
        let (Some("V"), Some(field), Some(number), Some(words)) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        let number = match number.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => number.parse(),
        };
        if let Ok(number) = number {
            known.entry((field.to_owned(), number)).or_default().insert(plain(words));
        }
    }
    let mut wrong = Vec::new();
    for (table, column, field, exact) in SAME {
        let ours = names(table, column);
        let mut of_field = known.iter().filter(|((of, _), _)| of == field).peekable();
        assert!(of_field.peek().is_some(), "tshark knows no {field}");
        for ((_, number), words) in of_field {
            if NONE.iter().any(|(of, numbers, _)| *of == field && numbers.contains(number)) {
                continue;
            }
            match ours.get(number) {
                None => wrong.push(format!("{table}.{column}: {number} has no name, but {words:?}")),
                Some(name) if exact && !words.contains(&plain(name)) => {
                    wrong.push(format!("{table}.{column}: {number} is {name}, not {words:?}"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
