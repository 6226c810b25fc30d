//! S7comm of whole captures: values and times against tshark, what the corpus holds, no false finds.

mod common;

use common::{
    Kept, Value, captures, corpus, corpus_folder, dissect, dissect_with, field, frames, has_tshark, outside,
    rows_into, tshark_lists,
};
use fieldtap::{
    Config,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What one frame holds, by either decoder: return codes, transport sizes, data as hex, and lists of userdata.
#[derive(Clone, Debug, Default, PartialEq)]
struct Values {
    return_codes: Vec<u64>,
    data: Vec<String>,
    amq: Vec<u64>,
    functions: Vec<(u64, u64)>,
    lists: Vec<(u64, u64)>,
}

const FIELDS: [&str; 10] = [
    "s7comm.data.returncode",
    "s7comm.resp.data",
    "s7comm.param.maxamq_calling",
    "s7comm.param.pdu_length",
    "s7comm.param.userdata.funcgroup",
    "s7comm.param.userdata.subfunc",
    "s7comm.data.userdata.szl_id",
    "s7comm.data.userdata.szl_index",
    "s7comm.header.rosctr",
    "s7comm.param.func",
];

fn number(text: &str) -> u64 {
    let digits = text.strip_prefix("0x");
    digits.map_or_else(|| text.parse(), |digits| u64::from_str_radix(digits, 16)).unwrap_or(u64::MAX)
}

fn tshark(path: &Path) -> BTreeMap<u64, Values> {
    let lists = tshark_lists(path, "s7comm", &FIELDS, |_, text| vec![text.to_owned()]);
    let frames: BTreeSet<u64> = lists.keys().map(|(frame, _)| *frame).collect();
    let of_frame = |frame| {
        let texts = |name| lists.get(&(frame, name)).map(Vec::as_slice).unwrap_or_default();
        let numbers = |name| texts(name).iter().map(|text| number(text));
        let pairs = |one, other| numbers(one).zip(numbers(other)).collect();
        // Only reads and writes, set-up and userdata are held against it.
        let values = Values {
            return_codes: numbers("s7comm.data.returncode").collect(),
            data: texts("s7comm.resp.data").iter().map(|text| text.replace(':', "")).collect(),
            amq: numbers("s7comm.param.maxamq_calling").chain(numbers("s7comm.param.pdu_length")).collect(),
            functions: pairs("s7comm.param.userdata.funcgroup", "s7comm.param.userdata.subfunc"),
            lists: pairs("s7comm.data.userdata.szl_id", "s7comm.data.userdata.szl_index"),
        };
        (frame, values)
    };
    frames.into_iter().map(of_frame).collect()
}

#[derive(Default)]
struct Ours(BTreeMap<u64, Values>);

impl Sink for Ours {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let whole = |name: &str| match field(row, name) {
            Field::Unsigned(value) | Field::Code { value, .. } => Some(value),
            _ => None,
        };
        let values = self.0.entry(envelope.frame).or_default();
        match row.table().name {
            "s7comm_items" => {
                values.return_codes.extend(whole("return_code"));
                if let Field::Bytes(data) = field(row, "data")
                    && !data.is_empty()
                {
                    values.data.push(data.iter().map(|octet| format!("{octet:02x}")).collect());
                }
            }
            "s7comm_setups" => {
                values.amq.extend(whole("max_amq_calling"));
                values.amq.extend(whole("pdu_length"));
            }
            "s7comm_userdata" => {
                values.return_codes.extend(whole("return_code"));
                values.functions.extend(whole("function_group").zip(whole("subfunction")));
            }
            "s7comm_szl" => values.lists.extend(whole("szl_id").zip(whole("szl_index"))),
            _ => {}
        }
        Verdict::GoOn
    }
}

fn s7() -> Vec<PathBuf> {
    let mut all = captures(&corpus_folder().join("s7comm"));
    assert!(!all.is_empty(), "the corpus holds S7comm");
    all.extend(outside().map(|folder| captures(&folder.join("s7comm"))).unwrap_or_default());
    all
}

/// Data of items, set-up, functions of userdata and lists are those of tshark, frame by frame. A frame counts where both have
/// something: tshark stops at a hole in the stream, and we read on.
#[test]
fn values_are_those_of_tshark() {
    if !has_tshark() {
        return;
    }
    let (mut compared, mut items, mut wrong) = (0, 0, vec![]);
    for path in s7() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A hole before each request: a PDU comes with the frame that tells of the hole. The other one was made by hand, with
        // fields that do not fit into the lengths of their PDUs; tshark reads beyond them.
        if name.contains("wincc_s300_setup-alarm-read-write") || name.contains("s7comm_synthetic") {
            continue;
        }
        let mut ours = Ours::default();
        rows_into(&path, &mut ours);
        for (frame, theirs) in tshark(&path) {
            let Some(ours) = ours.0.get(&frame) else { continue };
            compared += 1;
            items += theirs.data.len();
            // Parts of blocks have the same field there; messages have return codes of their own.
            let reads = ours.data.is_empty() || ours.data == theirs.data;
            let codes = !ours.functions.is_empty() || ours.return_codes == theirs.return_codes;
            let rest =
                (&ours.amq, &ours.functions, &ours.lists) == (&theirs.amq, &theirs.functions, &theirs.lists);
            if !(reads && codes && rest) && wrong.len() < 5 {
                wrong.push(format!("{name} frame {frame}:\n{ours:?}\n{theirs:?}"));
            }
        }
    }
    println!("{compared} frames, {items} values compared");
    assert!(compared > 40 && items > 20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn named<'a>(rows: impl Iterator<Item = &'a Kept>, name: &str) -> Vec<String> {
    rows.map(|row| row.words(name).to_owned()).collect()
}

/// The values that the server of the corpus holds, with the addresses that the client asked for.
#[test]
fn points_of_the_corpus_have_their_addresses_and_values() {
    let (rows, _) = dissect_with(
        Config { every_message: true, ..Config::default() },
        &frames(&corpus_folder().join("s7comm/reads_and_writes.pcap")),
    );
    let point = |name: &str| {
        let found: Vec<_> = rows.of("points").filter(|row| row.words("name") == name).collect();
        assert!(!found.is_empty(), "{name}");
        found[0].clone()
    };
    // DB1 holds the numbers 0 to 255, one an octet.
    assert_eq!(point("DB1.DBW4").number("integer"), 0x0405);
    assert_eq!(point("DB1.DBD8").number("integer"), 0x0809_0a0b);
    assert_eq!(point("DB1.DBX4.5").number("integer"), 0);
    assert_eq!(point("DB1.DBB65").words("text"), "ABCDEFGH");
    assert_eq!(point("C0").number("integer"), 123);
    assert_eq!(point("T1").get("number"), &Value::Other("F64(999.0)".into()));
    assert_eq!(point("DB2.DBW4").number("integer"), -7);
    assert_eq!(point("M10.7").number("integer"), 1);
    assert_eq!(rows.of("anomalies").count(), 0, "{:?}", rows.reasons());
}

#[test]
fn a_program_and_its_mode_are_operations() {
    let rows = corpus("s7comm/transfers.pcap");
    let mut what = named(rows.of("operations"), "function");
    what.dedup();
    assert_eq!(
        what,
        [
            "connection_request",
            "setup_communication",
            "start_upload",
            "upload",
            "end_upload",
            "start_upload",
            "upload",
            "end_upload",
            "request_download",
            "download_block",
            "download_ended",
            "disconnect_request"
        ]
    );
    // The server fetches the block that the client announced.
    let jobs: Vec<_> =
        rows.of("operations").filter(|row| row.words("function") == "download_block").collect();
    assert_eq!(jobs[0].envelope.sender_port, Some(102));
    let modes = corpus("s7comm/modes.pcap");
    let mode: Vec<_> = modes.of("operations").filter(|row| row.number("operation") == 8).collect();
    assert_eq!(mode.len(), 3);
}

/// The order number is in list 0011 hex. List 001C hex comes from this server without lengths: what it holds is counted.
#[test]
fn a_device_tells_what_it_is() {
    let rows = corpus("s7comm/engineering.pcap");
    assert_eq!(named(rows.of("identities"), "value"), ["6ES7 315-2EH14-0AB0"]);
    assert!(rows.says("octets behind the last field"));
}

/// HARD_CASES, identification: "Port 102 -> COTP first; MMS, ICCP, S7 or S7-plus is decided by what lies inside", and on any
/// other port too.
#[test]
fn s7_is_found_on_any_port() {
    let rows = corpus("s7comm/odd_port.pcap");
    assert_eq!(named(rows.of("conversations"), "application"), ["s7comm"]);
    let same = corpus("s7comm/reads_and_writes.pcap");
    assert_eq!(rows.of("s7comm").count(), same.of("s7comm").count());
}

/// HARD_CASES, identification: nothing is called what it is not. On the port of ISO transport some captures of other protocols
/// hold S7 besides; on any other port they hold none.
#[test]
fn what_is_no_s7_is_never_called_s7() {
    let Some(folder) = outside() else { return };
    let (mut wrong, mut files) = (vec![], 0);
    for path in captures(&folder) {
        let shown = path.to_string_lossy().to_lowercase();
        // What these hold besides is S7.
        let may = [
            "s7",
            "cotp_other",
            "profinet",
            "4sics",
            "icsnpp",
            "suricata",
            "malformed",
            "vendor_other",
            "negative_port_trap",
        ];
        if may.iter().any(|name| shown.contains(name)) {
            continue;
        }
        files += 1;
        let rows = dissect(&frames(&path));
        let called = rows.of("conversations").filter(|row| {
            let ports = [row.envelope.sender_port, row.envelope.receiver_port];
            row.words("application").starts_with("s7comm") && !ports.contains(&Some(102))
        });
        wrong.extend(called.map(|row| format!("{shown}: {:?}", row.envelope)));
    }
    println!("{files} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
