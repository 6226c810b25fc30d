//! `dnp3.log` as Zeek writes it, and the two logs of icsnpp-dnp3.
use super::{
    connection::{Connection, log, way_log},
    view::view,
};
use crate::logs::{Logs, Nameless, Words};
use fieldtap::{
    protocols::dnp3::{Dnp3, Dnp3Controls, Dnp3Objects},
    record::{Envelope, Row},
};
use hashbrown::HashMap;

log! {
    /// One line a response, with the request before it.
    DNP3 = "dnp3": "fc_request" "string", "fc_reply" "string", "iin" "count",
}
way_log! {
    /// One line a control relay output block or pattern control block.
    CONTROL = "dnp3_control":
    "block_type" "string", "function_code" "string", "index_number" "count", "trip_control_code" "string",
    "operation_type" "string", "clear_bit" "bool", "execute_count" "count", "on_time" "count",
    "off_time" "count", "status_code" "string",
}
way_log! {
    /// One line an object header of a read request or of its response.
    OBJECTS = "dnp3_objects":
    "function_code" "string", "object_type" "string", "object_count" "count", "range_low" "count",
    "range_high" "count",
}

const READ: u64 = 0x01;
const RESPONSE: u64 = 0x81;
const CONTROL_BLOCK: u64 = 0x0c01;

static FUNCTIONS: Words = Words::new(
    &[
        (0x00, "CONFIRM"),
        (0x01, "READ"),
        (0x02, "WRITE"),
        (0x03, "SELECT"),
        (0x04, "OPERATE"),
        (0x05, "DIRECT_OPERATE"),
        (0x06, "DIRECT_OPERATE_NR"),
        (0x07, "IMMED_FREEZE"),
        (0x08, "IMMED_FREEZE_NR"),
        (0x09, "FREEZE_CLEAR"),
        (0x0a, "FREEZE_CLEAR_NR"),
        (0x0b, "FREEZE_AT_TIME"),
        (0x0c, "FREEZE_AT_TIME_NR"),
        (0x0d, "COLD_RESTART"),
        (0x0e, "WARM_RESTART"),
        (0x0f, "INITIALIZE_DATA"),
        (0x10, "INITIALIZE_APPL"),
        (0x11, "START_APPL"),
        (0x12, "STOP_APPL"),
        (0x13, "SAVE_CONFIG"),
        (0x14, "ENABLE_UNSOLICITED"),
        (0x15, "DISABLE_UNSOLICITED"),
        (0x16, "ASSIGN_CLASS"),
        (0x17, "DELAY_MEASURE"),
        (0x18, "RECORD_CURRENT_TIME"),
        (0x19, "OPEN_FILE"),
        (0x1a, "CLOSE_FILE"),
        (0x1b, "DELETE_FILE"),
        (0x1c, "GET_FILE_INFO"),
        (0x1d, "AUTHENTICATE_FILE"),
        (0x1e, "ABORT_FILE"),
        (0x1f, "ACTIVATE_CONFIG"),
        (0x20, "AUTHENTICATE_REQ"),
        (0x21, "AUTHENTICATE_REQ_NR"),
        (0x81, "RESPONSE"),
        (0x82, "UNSOLICITED_RESPONSE"),
        (0x83, "AUTHENTICATE_RESP"),
    ],
    Nameless::Hex("unknown-"),
);
static TRIP_CODES: Words = Words::new(&[(0, "Nul"), (1, "Close"), (2, "Trip")], Nameless::Hex("unknown-"));
static OPERATIONS: Words = Words::new(
    &[(0, "Nul"), (1, "Pulse On"), (2, "Pulse Off"), (3, "Latch On"), (4, "Latch Off")],
    Nameless::Hex("unknown-"),
);
static STATUS: Words = Words::new(
    &[
        (0x00, "Success"),
        (0x01, "Timeout"),
        (0x02, "No Select"),
        (0x03, "Format Error"),
        (0x04, "Not Supported"),
        (0x05, "Latch Off"),
        (0x06, "Already Active"),
        (0x07, "Hardware Error"),
        (0x08, "Too Many Objs"),
        (0x09, "Not Authorized"),
        (0x0a, "Automation Inhibit"),
        (0x0b, "Processing Limited"),
        (0x0c, "Out of Range"),
        (0x7e, "Non Participating"),
        (0x7f, "Undefined"),
    ],
    Nameless::Hex("unknown-"),
);
static OBJECT_TYPES: Words = Words::new(
    &[
        (0x0100, "Binary Input Default Variation"),
        (0x0101, "Single-bit Binary Input"),
        (0x0102, "Binary Input With Status"),
        (0x0200, "Binary Input Change Default Variation"),
        (0x0201, "Binary Input Change Without Time"),
        (0x0202, "Binary Input Change With Time"),
        (0x0203, "Binary Input Change With Relative Time"),
        (0x0300, "Double-bit Input Default Variation"),
        (0x0301, "Double-bit Input No Flags"),
        (0x0302, "Double-bit Input With Status"),
        (0x0400, "Double-bit Input Change Default Variation"),
        (0x0401, "Double-bit Input Change Without Time"),
        (0x0402, "Double-bit Input Change With Time"),
        (0x0403, "Double-bit Input Change With Relative Time"),
        (0x0a00, "Binary Output Default Variation"),
        (0x0a01, "Binary Output"),
        (0x0a02, "Binary Output Status"),
        (0x0b00, "Binary Output Change Default Variation"),
        (0x0b01, "Binary Output Change Without Time"),
        (0x0b02, "Binary Output Change With Time"),
        (0x1400, "Binary Counter Default Variation"),
        (0x1401, "32-Bit Binary Counter"),
        (0x1402, "16-Bit Binary Counter"),
        (0x1403, "32-Bit Delta Counter"),
        (0x1404, "16-Bit Delta Counter"),
        (0x1405, "32-Bit Binary Counter Without Flag"),
        (0x1406, "16-Bit Binary Counter Without Flag"),
        (0x1407, "32-Bit Delta Counter Without Flag"),
        (0x1408, "16-Bit Delta Counter Without Flag"),
        (0x1500, "Frozen Binary Counter Default Variation"),
        (0x1501, "32-Bit Frozen Counter"),
        (0x1502, "16-Bit Frozen Counter"),
        (0x1503, "32-Bit Frozen Delta Counter"),
        (0x1504, "16-Bit Frozen Delta Counter"),
        (0x1505, "32-Bit Frozen Counter w/ Time of Freeze"),
        (0x1506, "16-Bit Frozen Counter w/ Time of Freeze"),
        (0x1507, "32-Bit Frozen Delta Counter w/ Time of Freeze"),
        (0x1508, "16-Bit Frozen Delta Counter w/ Time of Freeze"),
        (0x1509, "32-Bit Frozen Counter Without Flag"),
        (0x150a, "16-Bit Frozen Counter Without Flag"),
        (0x150b, "32-Bit Frozen Delta Counter Without Flag"),
        (0x150c, "16-Bit Frozen Delta Counter Without Flag"),
        (0x1600, "Counter Change Event Default Variation"),
        (0x1601, "32-Bit Counter Change Event w/o Time"),
        (0x1602, "16-Bit Counter Change Event w/o Time"),
        (0x1603, "32-Bit Delta Counter Change Event w/o Time"),
        (0x1604, "16-Bit Delta Counter Change Event w/o Time"),
        (0x1605, "32-Bit Counter Change Event with Time"),
        (0x1606, "16-Bit Counter Change Event with Time"),
        (0x1607, "32-Bit Delta Counter Change Event with Time"),
        (0x1608, "16-Bit Delta Counter Change Event with Time"),
        (0x1700, "Frozen Binary Counter Change Event Default Variation"),
        (0x1701, "32-Bit Frozen Counter Change Event"),
        (0x1702, "16-Bit Frozen Counter Change Event"),
        (0x1703, "32-Bit Frozen Delta Counter Change Event"),
        (0x1704, "16-Bit Frozen Delta Counter Change Event"),
        (0x1705, "32-Bit Frozen Counter Change Event w/ Time of Freeze"),
        (0x1706, "16-Bit Frozen Counter Change Event w/ Time of Freeze"),
        (0x1707, "32-Bit Frozen Delta Counter Change Event w/ Time of Freeze"),
        (0x1708, "16-Bit Frozen Delta Counter Change Event w/ Time of Freeze"),
        (0x1e00, "Analog Input Default Variation"),
        (0x1e01, "32-Bit Analog Input"),
        (0x1e02, "16-Bit Analog Input"),
        (0x1e03, "32-Bit Analog Input Without Flag"),
        (0x1e04, "16-Bit Analog Input Without Flag"),
        (0x1e05, "32-Bit Floating Point Input"),
        (0x1e06, "64-Bit Floating Point Input"),
        (0x1f01, "32-Bit Frozen Analog Input"),
        (0x1f02, "16-Bit Frozen Analog Input"),
        (0x1f03, "32-Bit Frozen Analog Input w/ Time of Freeze"),
        (0x1f04, "16-Bit Frozen Analog Input w/ Time of Freeze"),
        (0x1f05, "32-Bit Frozen Analog Input Without Flag"),
        (0x1f06, "16-Bit Frozen Analog Input Without Flag"),
        (0x1f07, "32-Bit Frozen Floating Point Input"),
        (0x1f08, "64-Bit Frozen Floating Point Input"),
        (0x2000, "Analog Input Change Default Variation"),
        (0x2001, "32-Bit Analog Change Event w/o Time"),
        (0x2002, "16-Bit Analog Change Event w/o Time"),
        (0x2003, "32-Bit Analog Change Event w/ Time"),
        (0x2004, "16-Bit Analog Change Event w/ Time"),
        (0x2005, "32-Bit Floating Point Change Event w/o Time"),
        (0x2006, "64-Bit Floating Point Change Event w/o Time"),
        (0x2007, "32-Bit Floating Point Change Event w/ Time"),
        (0x2008, "64-Bit Floating Point Change Event w/ Time"),
        (0x2101, "32-Bit Frozen Analog Event w/o Time"),
        (0x2102, "16-Bit Frozen Analog Event w/o Time"),
        (0x2103, "32-Bit Frozen Analog Event w/ Time"),
        (0x2104, "16-Bit Frozen Analog Event w/ Time"),
        (0x2105, "32-Bit Floating Point Frozen Change Event w/o Time"),
        (0x2106, "64-Bit Floating Point Frozen Change Event w/o Time"),
        (0x2107, "32-Bit Floating Point Frozen Change Event w/ Time"),
        (0x2108, "64-Bit Floating Point Frozen Change Event w/ Time"),
        (0x2800, "Analog Output Default Variation"),
        (0x2801, "32-Bit Analog Output Status"),
        (0x2802, "16-Bit Analog Output Status"),
        (0x2803, "32-Bit Floating Point Output Status"),
        (0x2804, "64-Bit Floating Point Output Status"),
        (0x2901, "32-Bit Analog Output Block"),
        (0x2902, "16-Bit Analog Output Block"),
        (0x2903, "32-Bit Floating Point Output Block"),
        (0x2904, "64-Bit Floating Point Output Block"),
        (0x2a00, "Analog Output Event Default Variation"),
        (0x2a01, "32-Bit Analog Output Event w/o Time"),
        (0x2a02, "16-Bit Analog Output Event w/o Time"),
        (0x2a03, "32-Bit Analog Output Event w/ Time"),
        (0x2a04, "16-Bit Analog Output Event w/ Time"),
        (0x2a05, "32-Bit Floating Point Output Event w/o Time"),
        (0x2a06, "64-Bit Floating Point Output Event w/o Time"),
        (0x2a07, "32-Bit Floating Point Output Event w/ Time"),
        (0x2a08, "64-Bit Floating Point Output Event w/ Time"),
        (0x3c01, "Class 0 Data"),
        (0x3c02, "Class 1 Data"),
        (0x3c03, "Class 2 Data"),
        (0x3c04, "Class 3 Data"),
    ],
    Nameless::Word("unknown"),
);

view! { Fragment of Dnp3 { function_code: u64, iin: u64, } }
view! { Header of Dnp3Objects { object: u64, qualifier: u64, start: u64, stop: u64, count: u64, } }
view! { Control of Dnp3Controls {
    object: u64, index: u64, control_code: u64, clear: bool, count: u64, on_time: u64, off_time: u64, status: u64,
}}

/// What is remembered of all conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The last request of each that no response has followed.
    asked: HashMap<u64, (Connection, u64), foldhash::fast::FixedState>,
    /// The fragment whose objects come next: its message and its function.
    fragment: Option<(u64, u64)>,
}

impl Memory {
    /// A row of `dnp3`.
    pub(super) fn fragment(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Fragment::of(row);
        let Some(function) = row.function_code else { return };
        self.fragment = envelope.message.map(|message| (message, function));
        let connection = Connection::of(envelope);
        let conversation = envelope.conversation.unwrap_or_default();
        if function < RESPONSE {
            self.asked.insert(conversation, (connection, function));
            return;
        }
        let asked = self.asked.remove(&conversation);
        write(&connection, asked.map(|(_, function)| function), Some(function), row.iin, logs);
    }

    fn function(&self, envelope: &Envelope) -> Option<u64> {
        self.fragment.filter(|(message, _)| Some(*message) == envelope.message).map(|(_, function)| function)
    }

    /// A row of `dnp3_objects`.
    pub(super) fn header(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let Some(function @ (READ | RESPONSE)) = self.function(envelope) else { return };
        let row = Header::of(row);
        let Some(name) = OBJECT_TYPES.get(row.object.unwrap_or_default()) else { return };
        let connection = Connection::of(envelope);
        let mut entry = logs.entry(&OBJECTS);
        entry.connection(&connection);
        entry.way(&connection);
        entry.name(&FUNCTIONS, function);
        entry.word(name);
        if function == READ {
            entry.unset_many(3);
        } else {
            let (number, low, high) = range(&row);
            entry.count(number);
            entry.count(low);
            entry.count(high);
        }
        entry.end();
    }

    /// A row of `dnp3_controls`.
    pub(super) fn control(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let Some(function) = self.function(envelope) else { return };
        let row = Control::of(row);
        let connection = Connection::of(envelope);
        let block = if row.object == Some(CONTROL_BLOCK) {
            "Control Relay Output Block"
        } else {
            "Pattern Control Block"
        };
        let code = row.control_code.unwrap_or_default();
        let mut entry = logs.entry(&CONTROL);
        entry.connection(&connection);
        entry.way(&connection);
        entry.word(block);
        entry.name(&FUNCTIONS, function);
        entry.count(row.index);
        entry.name(&TRIP_CODES, code >> 6);
        entry.name(&OPERATIONS, code & 0x0f);
        entry.bool(row.clear);
        entry.count(row.count);
        entry.count(row.on_time);
        entry.count(row.off_time);
        entry.name(&STATUS, row.status.filter(|_| function >= RESPONSE));
        entry.end();
    }

    /// The end of a conversation.
    pub(super) fn end(&mut self, conversation: u64, logs: &mut Logs) {
        if let Some((connection, function)) = self.asked.remove(&conversation) {
            write(&connection, Some(function), None, None, logs);
        }
    }
}

/// Number of objects, and both ends of the range, as Zeek's parser fills them. Where the range field is a count it stands
/// in place of the first end, with its octets in the other order; virtual addresses have no number.
fn range(row: &Header<'_>) -> (u64, u64, u64) {
    let (start, stop) = (row.start.unwrap_or_default(), row.stop.unwrap_or_default());
    let count = row.count.unwrap_or_default();
    match row.qualifier.unwrap_or_default() & 0x0f {
        0..=2 => (stop.saturating_sub(start).saturating_add(1), start, stop),
        3 => (0, start, stop),
        4 => (0, (start as u16).swap_bytes().into(), (stop as u16).swap_bytes().into()),
        5 => (0, (start as u32).swap_bytes().into(), (stop as u32).swap_bytes().into()),
        6 => (0, 0xffff, 0xffff),
        8 => (count, (count as u16).swap_bytes().into(), 0),
        9 => (count, (count as u32).swap_bytes().into(), 0),
        _ => (count, count, 0),
    }
}

fn write(
    connection: &Connection,
    request: Option<u64>,
    reply: Option<u64>,
    iin: Option<u64>,
    logs: &mut Logs,
) {
    let mut entry = logs.entry(&DNP3);
    entry.connection(connection);
    entry.name(&FUNCTIONS, request);
    entry.name(&FUNCTIONS, reply);
    entry.count(iin);
    entry.end();
}
