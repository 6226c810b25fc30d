//! MMS of whole captures: the values of `Data`, and the heads of reports, against tshark.

mod common;

use common::{
    Comparison, Kept, Lists, Value, WITH_ANOMALIES, captures, corpus, corpus_folder, dissect, frames,
    has_tshark, instant, numeric, outside, rows_into, tshark_lists,
};
use fieldtap::record::{Envelope, Field, Row, Sink, Verdict};
use std::{collections::BTreeSet, path::PathBuf};

/// What is compared, by tshark's names: the values of `Data`, and the failures in their place.
const FIELDS: [&str; 10] = [
    "mms.boolean",
    "mms.data_bit-string",
    "mms.integer",
    "mms.unsigned",
    "mms.floating_point",
    "mms.data.octet-string",
    "mms.data.visible-string",
    "mms.data.binary-time",
    "mms.utc_time",
    "mms.failure",
];

fn theirs(name: &str, text: &str) -> Vec<String> {
    vec![match name {
        "mms.boolean" => u8::from(matches!(text, "1" | "True")).to_string(),
        // tshark has a word for what is empty.
        "mms.data.octet-string" | "mms.data_bit-string" => text.trim_start_matches("<MISSING>").to_owned(),
        "mms.data.binary-time" | "mms.utc_time" => match instant(text) {
            Some(time) => time.to_string(),
            None => text.to_owned(),
        },
        _ => text.to_owned(),
    }]
}

/// In front of the octets of OptFlds, which has ten bits: what stands in the others is up to the sender.
const OPTIONAL_FIELDS: &str = "ten bits of ";

fn same(name: &str, ours: &str, theirs: &str) -> bool {
    match name {
        // tshark rounds the fraction of a second.
        "mms.data.binary-time" | "mms.utc_time" => {
            let times = ours.parse::<f64>().ok().zip(theirs.parse::<f64>().ok());
            times.is_some_and(|(ours, theirs)| (ours - theirs).abs() < 1e4)
        }
        // tshark keeps 32 bits.
        "mms.integer" | "mms.unsigned" => {
            let numbers = ours.parse::<i128>().ok().zip(theirs.parse::<i128>().ok());
            numbers.is_some_and(|(ours, theirs)| ours as i32 == theirs as i32)
        }
        _ => match ours.strip_prefix(OPTIONAL_FIELDS) {
            Some(ours) => {
                let number = |octets| u16::from_str_radix(octets, 16).map_or(u16::MAX, |flags| flags >> 6);
                number(ours) == number(theirs)
            }
            None => ours == theirs,
        },
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Flags whose first is the lowest, as the octets of a string of bits.
fn bits(flags: u64, octets: usize) -> String {
    hexadecimal(flags.reverse_bits().to_be_bytes().get(..octets).expect("at most eight"))
}

/// A report in the making: which members have come, and what stands behind their values.
struct Report {
    frame: u64,
    /// Where the inclusion bits stand among the strings of bits.
    inclusion: usize,
    members: Vec<u8>,
    references: bool,
    reasons: Vec<String>,
    last: Option<u64>,
}

/// Collects what is compared, and the frames in which something is wrong.
#[derive(Default)]
struct Ours {
    lists: Lists<String>,
    anomalies: BTreeSet<u64>,
    report: Option<Report>,
}

fn text(row: &dyn Row, name: &str) -> Option<String> {
    let place = row.table().columns.iter().position(|column| column.name == name).expect("a column");
    match row.field(place) {
        Field::Text(text) => Some(text.to_string()),
        Field::Bytes(octets) => Some(hexadecimal(octets)),
        Field::Unsigned(value) | Field::Code { value, .. } => Some(value.to_string()),
        Field::Signed(value) | Field::Instant(value) | Field::WallClock(value) | Field::Duration(value) => {
            Some(value.to_string())
        }
        Field::Bool(value) => Some(u8::from(value).to_string()),
        _ => None,
    }
}

impl Ours {
    fn put(&mut self, frame: u64, name: &'static str, value: Option<String>) {
        self.lists.entry((frame, name)).or_default().extend(value);
    }

    /// The fields of a report in front of its values (IEC 61850-8-1, clause 17.2.1).
    fn head(&mut self, frame: u64, row: &dyn Row) {
        self.end_of_report();
        let flags = numeric(row, "optional_fields").unwrap_or_default() as u64;
        self.put(frame, "mms.data.visible-string", text(row, "report_id"));
        self.put(frame, "mms.data_bit-string", Some(format!("{OPTIONAL_FIELDS}{}", bits(flags, 2))));
        self.put(frame, "mms.unsigned", text(row, "sequence_number"));
        self.put(frame, "mms.data.binary-time", text(row, "time_of_entry"));
        self.put(frame, "mms.data.visible-string", text(row, "data_set"));
        self.put(frame, "mms.boolean", text(row, "buffer_overflow"));
        self.put(frame, "mms.data.octet-string", text(row, "entry_id"));
        self.put(frame, "mms.unsigned", text(row, "configuration_revision"));
        self.put(frame, "mms.unsigned", text(row, "sub_sequence_number"));
        self.put(frame, "mms.boolean", text(row, "more_segments_follow"));
        self.put(frame, "mms.data_bit-string", Some(String::new()));
        let strings = self.lists.get(&(frame, "mms.data_bit-string")).map_or(0, Vec::len);
        let members = numeric(row, "members").unwrap_or_default() as usize;
        self.report = Some(Report {
            frame,
            inclusion: strings - 1,
            members: vec![0; members.div_ceil(8)],
            references: flags & 1 << 5 != 0,
            reasons: vec![],
            last: None,
        });
    }

    /// The inclusion bits are what the members say that came; the reasons stand behind all values.
    fn end_of_report(&mut self) {
        let Some(report) = self.report.take() else { return };
        let strings = self.lists.entry((report.frame, "mms.data_bit-string")).or_default();
        if let Some(inclusion) = strings.get_mut(report.inclusion) {
            *inclusion = hexadecimal(&report.members);
        }
        strings.extend(report.reasons);
    }

    fn member(&mut self, frame: u64, row: &dyn Row) {
        let index = numeric(row, "index").unwrap_or_default() as u64;
        let Some(report) = &mut self.report else { return };
        if report.last.replace(index) == Some(index) {
            return;
        }
        if let Some(octet) = report.members.get_mut(index as usize / 8) {
            *octet |= 0x80 >> (index % 8);
        }
        report.reasons.extend(numeric(row, "reason").map(|reason| bits(reason as u64, 1)));
        if report.references {
            self.put(frame, "mms.data.visible-string", text(row, "name"));
        }
    }
}

impl Sink for Ours {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let frame = envelope.frame;
        match row.table().name {
            "anomalies" => _ = self.anomalies.insert(frame),
            "mms" => self.end_of_report(),
            "mms_reports" => self.head(frame, row),
            "mms_data" => {
                self.member(frame, row);
                let get = |name: &str| text(row, name);
                let (name, value) = match numeric(row, "data_type").map(|kind| kind as u8) {
                    Some(3) => ("mms.boolean", get("boolean")),
                    Some(4) => ("mms.data_bit-string", get("octets")),
                    Some(5) => ("mms.integer", get("integer")),
                    Some(6) => ("mms.unsigned", get("unsigned")),
                    Some(7) => {
                        let number = numeric(row, "number").unwrap_or_default();
                        ("mms.floating_point", Some(format!("08{:08x}", (number as f32).to_bits())))
                    }
                    Some(9) => ("mms.data.octet-string", get("octets")),
                    Some(10) => ("mms.data.visible-string", get("text")),
                    Some(12) => ("mms.data.binary-time", get("clock")),
                    Some(17) => ("mms.utc_time", get("time")),
                    None => ("mms.failure", get("access_error")),
                    _ => return Verdict::GoOn,
                };
                self.put(frame, name, value);
            }
            _ => {}
        }
        Verdict::GoOn
    }
}

fn substations() -> Vec<PathBuf> {
    let roots = [Some(corpus_folder()), outside()];
    let folders = roots.iter().flatten().flat_map(|root| ["mms", "iccp"].map(|name| root.join(name)));
    folders.flat_map(|folder| captures(&folder)).collect()
}

/// A frame counts where both have something, as many of it, and nothing is wrong with it: tshark stops at a hole in the
/// stream, and reads again what comes again. The sizes of types have the same names in tshark as values.
#[test]
fn values_and_heads_of_reports_are_those_of_tshark() {
    if !has_tshark() {
        return;
    }
    let told = Comparison::of(&substations(), |path, told| {
        let mut sink = Ours::default();
        rows_into(path, &mut sink);
        sink.end_of_report();
        for ((frame, name), theirs) in tshark_lists(path, "mms && !mms.typeSpecification", &FIELDS, theirs) {
            if sink.anomalies.contains(&frame) {
                *told.left_out.entry(WITH_ANOMALIES).or_default() += 1;
                continue;
            }
            let Some(ours) = sink.lists.get(&(frame, name)) else {
                *told.left_out.entry("told by tshark alone").or_default() += 1;
                continue;
            };
            if ours.len() != theirs.len() {
                *told.left_out.entry("of other lengths").or_default() += 1;
                continue;
            }
            *told.compared.entry(name).or_default() += ours.len();
            if !ours.iter().zip(&theirs).all(|(ours, theirs)| same(name, ours, theirs)) {
                told.wrong.push(format!("{} {frame} {name}: {ours:?} not {theirs:?}", path.display()));
            }
        }
    });
    told.is_of_nearly_all();
    told.check(FIELDS);
}

/// The points of this capture are named after their types (IEC 60870-6-802), so the names tell what each must be.
#[test]
fn points_of_tase2_are_of_the_type_that_they_are_named_after() {
    let Some(folder) = outside() else { return };
    let rows = dissect(&frames(&folder.join("iccp/DINA-community__icsnpp-cotp__cotp.pcap")));
    let mut seen = BTreeSet::new();
    for row in rows.of("iccp_points") {
        let name = row.words("name");
        let item = name.rsplit('/').next().unwrap_or_default().trim_start_matches("VMD");
        let named = item.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let kinds = [("State", 1), ("Real", 2), ("Discrete", 3)];
        let Some((kind, number)) = kinds.into_iter().find(|(kind, _)| named.starts_with(kind)) else {
            continue;
        };
        assert_eq!(row.number("indication_type"), number, "{name}");
        let rest = named.trim_start_matches(kind);
        let has = |field: &str| *row.get(field) != Value::Null;
        assert_eq!(has("time_stamp"), rest.contains("TimeTag") || rest == "Extended", "{name}");
        assert_eq!(has("change_of_value_counter"), rest == "Extended", "{name}");
        // A plain state is sent with as many bits as one with flags.
        assert_eq!(has("flags"), kind == "State" || !matches!(rest, "" | "SetPoint"), "{name}");
        seen.insert(named.to_owned());
    }
    assert!(seen.len() >= 14, "{seen:?}");
    let tables: BTreeSet<_> = rows.of("iccp_servers").map(|row| row.words("bilateral_table_id")).collect();
    assert!(tables.contains("BTID3"), "{tables:?}");
}

/// Nothing is missing among the reports of any capture: those of real devices, and those of our own.
#[test]
fn no_report_of_any_capture_is_missing() {
    let mut reports = 0;
    for path in substations() {
        let rows = dissect(&frames(&path));
        reports += rows.of("mms_reports").count();
        for said in ["reports are missing", "segments of a report", "runs backwards", "ConfRev of reports"] {
            assert!(!rows.says(said), "{}: {:?}", path.display(), rows.reasons());
        }
    }
    assert!(reports > 20, "{reports}");
}

/// The client took 1200 octets; the device sent a report of 60 members in three segments, which tshark numbers 0, 1, 2.
#[test]
fn segments_of_a_report_are_one() {
    let rows = corpus("mms/segments.pcap");
    let segments: Vec<_> =
        rows.of("mms_reports").filter(|row| *row.get("report_message") != Value::Null).collect();
    let first = segments[0].envelope.message;
    let of = |row: &&Kept| (row.number("report_message"), row.number("sub_sequence_number"));
    let whole = i128::from(first.expect("a message"));
    assert_eq!(segments.iter().map(of).collect::<Vec<_>>(), [(whole, 0), (whole, 1), (whole, 2)]);
    let messages: Vec<_> = segments.iter().map(|row| row.envelope.message).collect();
    let data = rows.of("mms_data").filter(|row| messages.contains(&row.envelope.message));
    let members: BTreeSet<_> = data.map(|row| row.number("index")).collect();
    assert_eq!(members, (0..60).collect());
}

/// What the scenes of the corpus did, by the words of their scripts.
#[test]
fn controls_groups_and_files_are_what_the_client_did() {
    let rows = corpus("mms/setting_groups.pcap");
    let active: Vec<_> = rows
        .of("mms_control_blocks")
        .filter(|row| *row.get("active_group") != Value::Null)
        .map(|row| (row.number("way"), row.number("active_group")))
        .collect();
    // Read, written twice (the third group is refused), read again.
    assert_eq!(active, [(2, 1), (3, 2), (3, 3), (2, 2)]);
    let config = rows.of("operations").filter(|row| row.number("operation") == 18);
    assert_eq!(config.map(|row| row.number("outcome")).collect::<Vec<_>>(), [1, 2, 1, 1]);
    let rows = corpus("mms/controls.pcap");
    let controls: Vec<_> = rows
        .of("operations")
        .filter(|row| row.number("operation") == 6 && row.words("object").contains("CSWI1$CO$Pos"))
        .map(|row| row.number("outcome"))
        .collect();
    // Terminated, cancelled, terminated as a test, refused; then one that another client cannot select, and cancelled.
    assert_eq!(controls.iter().filter(|outcome| **outcome == 1).count(), 2, "{controls:?}");
    assert_eq!(controls.iter().filter(|outcome| **outcome == 2).count(), 2, "{controls:?}");
    assert_eq!(controls.iter().filter(|outcome| **outcome == 9).count(), 2, "{controls:?}");
    let rows = corpus("mms/files.pcap");
    assert!(rows.of("mms_files").any(|row| row.words("name") == "COMTRADE/fault_0001.cfg"));
    let read = rows.of("operations").filter(|row| row.words("function") == "file_read");
    assert!(read.count() >= 2);
}
