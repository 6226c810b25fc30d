//! `modbus.log` as Zeek writes it, and the four logs of icsnpp-modbus.
use super::{
    connection::{Connection, log, way_log},
    view::view,
};
use crate::logs::{Logs, Nameless, Words, hexadecimal};
use fieldtap::{
    protocols::modbus::{
        Modbus, ModbusDeviceIdentifications, ModbusDeviceObjects, ModbusDiagnostics, ModbusFileRecords,
    },
    record::{Direction, Envelope, List, Row},
};
use hashbrown::HashMap;

log! {
    /// One line a message.
    MODBUS = "modbus": "tid" "count", "unit" "count", "func" "string", "pdu_type" "string", "exception" "string",
}
log! {
    /// One line a request and its answer.
    DETAILED = "modbus_detailed":
    "tid" "count", "unit" "count", "func" "string", "address" "count", "quantity" "count",
    "request_values" "vector[count]", "response_values" "vector[count]", "modbus_detailed_link_id" "string",
    "matched" "bool", "request_subfunction_code" "string", "response_subfunction_code" "string",
    "request_data" "string", "response_data" "string", "exception_code" "string", "mei_type" "string",
}
way_log! {
    MASK_WRITE = "modbus_mask_write_register":
    "modbus_detailed_link_id" "string", "tid" "count", "unit" "count", "func" "string",
    "request_response" "string", "address" "count", "and_mask" "count", "or_mask" "count",
}
way_log! {
    READ_WRITE = "modbus_read_write_multiple_registers":
    "modbus_detailed_link_id" "string", "tid" "count", "unit" "count", "func" "string",
    "request_response" "string", "write_start_address" "count", "write_registers" "vector[count]",
    "read_start_address" "count", "read_quantity" "count", "read_registers" "vector[count]",
}
way_log! {
    IDENTIFICATION = "modbus_read_device_identification":
    "modbus_detailed_link_id" "string", "tid" "count", "unit" "count", "func" "string",
    "request_response" "string", "mei_type" "string", "conformity_level_code" "string",
    "conformity_level" "string", "device_id_code" "count", "object_id_code" "string", "object_id" "string",
    "object_value" "string",
}

const EXCEPTION: u64 = 0x80;

static FUNCTIONS: Words = Words::new(
    &[
        (0x01, "READ_COILS"),
        (0x02, "READ_DISCRETE_INPUTS"),
        (0x03, "READ_HOLDING_REGISTERS"),
        (0x04, "READ_INPUT_REGISTERS"),
        (0x05, "WRITE_SINGLE_COIL"),
        (0x06, "WRITE_SINGLE_REGISTER"),
        (0x07, "READ_EXCEPTION_STATUS"),
        (0x08, "DIAGNOSTICS"),
        (0x09, "PROGRAM_484"),
        (0x0a, "POLL_484"),
        (0x0b, "GET_COMM_EVENT_COUNTER"),
        (0x0c, "GET_COMM_EVENT_LOG"),
        (0x0d, "PROGRAM_584_984"),
        (0x0e, "POLL_584_984"),
        (0x0f, "WRITE_MULTIPLE_COILS"),
        (0x10, "WRITE_MULTIPLE_REGISTERS"),
        (0x11, "REPORT_SLAVE_ID"),
        (0x12, "PROGRAM_884_U84"),
        (0x13, "RESET_COMM_LINK_884_U84"),
        (0x14, "READ_FILE_RECORD"),
        (0x15, "WRITE_FILE_RECORD"),
        (0x16, "MASK_WRITE_REGISTER"),
        (0x17, "READ_WRITE_MULTIPLE_REGISTERS"),
        (0x18, "READ_FIFO_QUEUE"),
        (0x28, "PROGRAM_CONCEPT"),
        (0x29, "MULTIPLE_FUNCTION_CODES"),
        (0x2b, "ENCAP_INTERFACE_TRANSPORT"),
        (0x5a, "PROGRAM_UNITY"),
        (0x5b, "OBJECT_MESSAGING"),
        (0x7d, "FIRMWARE_REPLACEMENT"),
        (0x7e, "PROGRAM_584_984_2"),
        (0x7f, "REPORT_LOCAL_ADDRESS"),
    ],
    Nameless::Decimal("unknown-"),
);
static EXCEPTIONS: Words = Words::new(
    &[
        (0x01, "ILLEGAL_FUNCTION"),
        (0x02, "ILLEGAL_DATA_ADDRESS"),
        (0x03, "ILLEGAL_DATA_VALUE"),
        (0x04, "SLAVE_DEVICE_FAILURE"),
        (0x05, "ACKNOWLEDGE"),
        (0x06, "SLAVE_DEVICE_BUSY"),
        (0x08, "MEMORY_PARITY_ERROR"),
        (0x0a, "GATEWAY_PATH_UNAVAILABLE"),
        (0x0b, "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND"),
    ],
    Nameless::Decimal("unknown-"),
);
static SUB_FUNCTIONS: Words = Words::new(
    &[
        (0x00, "Return Query Data"),
        (0x01, "Restart Communications Option"),
        (0x02, "Return Diagnostic Register"),
        (0x03, "Change ASCII Input Delimiter"),
        (0x04, "Force Listen Only Mode"),
        (0x0a, "Clear Counters and Diagnostic Register"),
        (0x0b, "Return Bus Message Count"),
        (0x0c, "Return Bus Communication Error Count"),
        (0x0d, "Return Bus Exception Error Count"),
        (0x0e, "Return Server Message Count"),
        (0x0f, "Return Server No Response Count"),
        (0x10, "Return Server NAK Count"),
        (0x11, "Return Server Busy Count"),
        (0x12, "Return Bus Character Overrun Count"),
        (0x14, "Clear Overrun Counter and Flag"),
    ],
    Nameless::Decimal("unknown-"),
);
static CONFORMITY_LEVELS: Words = Words::new(
    &[
        (0x01, "Basic Identification (Stream)"),
        (0x02, "Regular Identification (Stream)"),
        (0x04, "Extended Identification (Stream)"),
        (0x81, "Basic Identification (Stream, Individual)"),
        (0x82, "Regular Identification (Stream, Individual)"),
        (0x83, "Extended Identification (Stream, Individual)"),
    ],
    Nameless::Word("Unknown"),
);
static OBJECTS: Words = Words::new(
    &[
        (0x00, "VendorName"),
        (0x01, "ProductCode"),
        (0x02, "MajorMinorVersion"),
        (0x03, "VendorURL"),
        (0x04, "ProductName"),
        (0x05, "ModelName"),
        (0x06, "UserApplicationName"),
    ],
    Nameless::Word("Unknown"),
);
/// What icsnpp-modbus calls the object of a request.
static ASKED_OBJECTS: Words = Words::new(
    &[
        (0x00, "Basic Device Identification"),
        (0x01, "Regular Device Identification"),
        (0x02, "Extended Device Identification"),
        (0x03, "Specific Device Identification"),
    ],
    Nameless::Word("Unknown"),
);

view! { Message of Modbus {
    transaction_id: u64, unit_id: u64, function_code: u64, exception_code: u64, address: u64, quantity: u64,
    write_address: u64, registers: List<'r>, coils: List<'r>, and_mask: u64, or_mask: u64,
    sub_function: u64, mei_type: u64, data: &'r [u8], request_message: u64,
}}
view! { FileRecord of ModbusFileRecords {
    length: u64, reference_type: u64, file_number: u64, record_number: u64, record_length: u64, registers: List<'r>,
}}
view! { Diagnostics of ModbusDiagnostics { values: List<'r>, } }
view! { Identification of ModbusDeviceIdentifications {
    read_device_id_code: u64, object_id: u64, conformity_level: u64,
}}
view! { Object of ModbusDeviceObjects { object_id: u64, value: &'r [u8], } }

/// Requests of one conversation that wait for their answers; when there are more, the oldest is written without one.
const WAITING: usize = 64;
/// Lines whose memory is kept for the next.
const SPARE: usize = 64;

/// A line of `modbus_detailed` in the making.
#[derive(Debug, Default)]
struct Detailed {
    /// The message that began it.
    message: u64,
    connection: Option<Connection>,
    transaction_id: Option<u64>,
    unit_id: Option<u64>,
    /// With the exception bit, where nothing but an exception was seen.
    function: u64,
    address: Option<u64>,
    quantity: Option<u64>,
    request_values: Option<Vec<u8>>,
    response_values: Option<Vec<u8>>,
    linked: bool,
    matched: Option<bool>,
    request_sub_function: Option<u64>,
    response_sub_function: Option<u64>,
    request_data: Vec<u8>,
    response_data: Vec<u8>,
    exception: Option<u64>,
    request_mei: Option<u64>,
    response_mei: Option<u64>,
}

impl Detailed {
    fn write(&self, logs: &mut Logs) {
        let Some(connection) = &self.connection else { return };
        let mut entry = logs.entry(&DETAILED);
        entry.connection(connection);
        entry.count(self.transaction_id);
        entry.count(self.unit_id);
        entry.composed(|out| function(self.function, out));
        entry.count(self.address);
        entry.count(self.quantity);
        for values in [&self.request_values, &self.response_values] {
            match values {
                Some(values) => entry.vector(|items| items.prepared(values)),
                None => entry.unset(),
            }
        }
        match self.linked {
            true => entry.composed(|out| out.extend_from_slice(&connection.link(self.message))),
            false => entry.unset(),
        }
        entry.bool(self.matched);
        entry.name(&SUB_FUNCTIONS, self.request_sub_function);
        entry.name(&SUB_FUNCTIONS, self.response_sub_function);
        for data in [&self.request_data, &self.response_data] {
            entry.string(Some(data.as_slice()).filter(|data| !data.is_empty()));
        }
        entry.name(&EXCEPTIONS, self.exception);
        match (self.request_mei, self.response_mei) {
            (None, None) => entry.unset(),
            (Some(one), None) => entry.composed(|out| mei("invalid", "0x", one, out)),
            (None, Some(one)) => entry.composed(|out| mei("unknown", "ox", one, out)),
            (Some(one), Some(other)) => entry.composed(|out| {
                mei("invalid", "0x", one, out);
                // Those without a name are called otherwise in an answer.
                if one != other || !matches!(one, 0x0d | 0x0e) {
                    out.extend_from_slice(b" and ");
                    mei("unknown", "ox", other, out);
                }
            }),
        }
        entry.end();
    }
}

fn function(code: u64, out: &mut Vec<u8>) {
    let plain = code & !EXCEPTION;
    if FUNCTIONS.get(plain).is_none() {
        return FUNCTIONS.write(code, out);
    }
    FUNCTIONS.write(plain, out);
    if code & EXCEPTION != 0 {
        out.extend_from_slice(b"_EXCEPTION");
    }
}

fn mei(what: &str, prefix: &str, code: u64, out: &mut Vec<u8>) {
    match code {
        0x0d => out.extend_from_slice(b"CANopen"),
        0x0e => out.extend_from_slice(b"Read Device Identification"),
        _ => {
            out.extend_from_slice(what.as_bytes());
            out.extend_from_slice(b" encapsulated interface transport mei-(");
            let start = out.len();
            hexadecimal(code, 2, out);
            if let Some(place) = out.get_mut(start..start + 2) {
                place.copy_from_slice(prefix.as_bytes());
            }
            out.push(b')');
        }
    }
}

/// Numbers with commas between them; bits as 1 and 0.
fn numbers(values: impl Iterator<Item = u64>, mut out: Vec<u8>) -> Vec<u8> {
    out.clear();
    for value in values {
        if !out.is_empty() {
            out.push(b',');
        }
        crate::text::unsigned(value, &mut out);
    }
    out
}

fn all(list: &List<'_>, out: Vec<u8>) -> Vec<u8> {
    match list {
        List::Bits(bits) => numbers(bits.iter().map(u64::from), out),
        List::U16Be(words) => numbers(words.iter().map(u64::from), out),
        _ => numbers(core::iter::empty(), out),
    }
}

fn bits(octets: &[u8]) -> impl Iterator<Item = u64> {
    octets.iter().flat_map(|octet| (0..8).map(move |bit| u64::from(octet >> bit & 1)))
}

/// Appends the octets of registers.
fn octets(registers: Option<List<'_>>, out: &mut Vec<u8>) {
    if let Some(List::U16Be(words)) = registers {
        words.iter().for_each(|word| out.extend_from_slice(&word.to_be_bytes()));
    }
}

/// What is remembered of one conversation.
#[derive(Debug, Default)]
struct Dialogue {
    waiting: Vec<Detailed>,
    /// A line that is whole but for what further rows of its last message tell.
    open: Option<(u64, Detailed)>,
    /// Head of an identification: its message, and what every object of it repeats.
    head: Option<(u64, Option<u64>, Option<u64>)>,
    /// What the last message of function 43 said of itself.
    transport: Option<Transport>,
}

/// What lines of an identification repeat of their message.
#[derive(Clone, Copy, Debug)]
struct Transport {
    message: u64,
    link: u64,
    transaction_id: Option<u64>,
    unit_id: Option<u64>,
}

/// What is remembered of all conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    dialogues: HashMap<u64, Dialogue, foldhash::fast::FixedState>,
    spare: Vec<Detailed>,
}

impl Memory {
    fn fresh(&mut self) -> Detailed {
        let mut line = self.spare.pop().unwrap_or_default();
        line.request_data.clear();
        line.response_data.clear();
        let (request_data, response_data) =
            (core::mem::take(&mut line.request_data), core::mem::take(&mut line.response_data));
        Detailed { request_data, response_data, ..Detailed::default() }
    }
    fn done(&mut self, line: Detailed, logs: &mut Logs) {
        line.write(logs);
        if self.spare.len() < SPARE {
            self.spare.push(line);
        }
    }

    /// A row of `modbus`.
    pub(super) fn message(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let connection = Connection::of(envelope);
        let row = Message::of(row);
        let asks = envelope.direction == Some(Direction::REQUEST);
        let code = row.function_code.unwrap_or_default();
        let exception = row.exception_code.is_some();

        let mut entry = logs.entry(&MODBUS);
        entry.connection(&connection);
        entry.count(row.transaction_id);
        entry.count(row.unit_id);
        entry.composed(|out| function(code | if exception { EXCEPTION } else { 0 }, out));
        entry.word(if asks { "REQ" } else { "RESP" });
        entry.name(&EXCEPTIONS, row.exception_code);
        entry.end();

        let conversation = envelope.conversation.unwrap_or_default();
        let message = envelope.message.unwrap_or_default();
        if let Some((_, line)) = self.dialogues.get_mut(&conversation).and_then(|known| known.open.take()) {
            self.done(line, logs);
        }
        if !exception && !matches!(code, 1..=6 | 8 | 15 | 16 | 20..=24 | 43) {
            let mut line = self.fresh();
            line.connection = Some(connection);
            (line.transaction_id, line.unit_id, line.function) = (row.transaction_id, row.unit_id, code);
            return self.done(line, logs);
        }
        if asks {
            self.request(&connection, conversation, message, &row, logs);
        } else {
            self.answer(&connection, conversation, message, &row, logs);
        }
    }

    fn request(
        &mut self,
        connection: &Connection,
        conversation: u64,
        message: u64,
        row: &Message<'_>,
        logs: &mut Logs,
    ) {
        let code = row.function_code.unwrap_or_default();
        let mut line = self.fresh();
        line.message = message;
        line.connection = Some(*connection);
        (line.transaction_id, line.unit_id, line.function) = (row.transaction_id, row.unit_id, code);
        line.linked = matches!(code, 22 | 23 | 43);
        match code {
            8 => {
                line.request_sub_function = row.sub_function;
                line.request_data.extend_from_slice(row.data.unwrap_or_default());
            }
            20 | 21 => line.quantity = Some(0),
            22 => line.address = row.address,
            23 => {}
            43 => line.request_mei = row.mei_type,
            5 | 6 => (line.address, line.quantity) = (row.address, Some(1)),
            _ => (line.address, line.quantity) = (row.address, row.quantity),
        }
        if let (5 | 6 | 15 | 16, Some(values)) = (code, row.coils.or(row.registers)) {
            line.request_values = Some(all(&values, line.request_values.take().unwrap_or_default()));
        }
        let link = Some(connection.link(message));
        match code {
            22 => mask_write(connection, row, "REQUEST", link, logs),
            23 => read_write(connection, row, true, link, logs),
            _ => {}
        }
        let dialogue = self.dialogues.entry(conversation).or_default();
        dialogue.transport = (code == 43).then_some(Transport {
            message,
            link: message,
            transaction_id: row.transaction_id,
            unit_id: row.unit_id,
        });
        dialogue.waiting.push(line);
        if dialogue.waiting.len() > WAITING {
            let mut line = dialogue.waiting.remove(0);
            line.matched = Some(false);
            self.done(line, logs);
        }
    }

    fn answer(
        &mut self,
        connection: &Connection,
        conversation: u64,
        message: u64,
        row: &Message<'_>,
        logs: &mut Logs,
    ) {
        let code = row.function_code.unwrap_or_default();
        let asked = row.request_message.and_then(|asked| {
            let waiting = &mut self.dialogues.get_mut(&conversation)?.waiting;
            let place = waiting.iter().position(|line| line.message == asked)?;
            Some(waiting.remove(place))
        });
        let matched = asked.is_some();
        let mut line = asked.unwrap_or_else(|| self.fresh());
        let link = matched.then(|| connection.link(line.message));
        if let Some(exception) = row.exception_code {
            line.exception = Some(exception);
            if matched {
                line.matched = Some(true);
            } else {
                line.connection = Some(*connection);
                (line.transaction_id, line.unit_id) = (row.transaction_id, row.unit_id);
                line.function = code | EXCEPTION;
            }
            return self.done(line, logs);
        }
        line.matched = Some(matched);
        if !matched {
            line.message = message;
            line.connection = Some(*connection);
            (line.transaction_id, line.unit_id, line.function) = (row.transaction_id, row.unit_id, code);
            line.linked = code == 43;
            match code {
                22 => line.address = row.address,
                5 | 6 => (line.address, line.quantity) = (row.address, Some(1)),
                15 | 16 => (line.address, line.quantity) = (row.address, row.quantity),
                _ => {}
            }
        }
        let buffer = line.response_values.take().unwrap_or_default();
        match code {
            1 | 2 => match (row.coils, row.data) {
                (Some(List::Bits(coils)), _) => {
                    // The bits that pad the last octet are data here.
                    line.response_values = Some(numbers(coils.iter().map(u64::from), buffer));
                    let pad = bits(coils.octets()).skip(coils.len());
                    line.response_data = numbers(pad, core::mem::take(&mut line.response_data));
                }
                (_, Some(octets)) => {
                    line.quantity = Some(8 * octets.len() as u64);
                    line.response_values = Some(numbers(bits(octets), buffer));
                }
                _ => {}
            },
            3 | 4 | 24 => {
                let registers = row.registers.filter(|registers| code != 24 || !registers.is_empty());
                if code == 24 || !matched {
                    line.quantity = row.registers.map(|registers| registers.len() as u64);
                }
                line.response_values = registers.map(|registers| all(&registers, buffer));
            }
            5 | 6 => line.response_values = row.coils.or(row.registers).map(|value| all(&value, buffer)),
            8 => {
                line.response_sub_function = row.sub_function;
                line.response_data.extend_from_slice(row.data.unwrap_or_default());
            }
            43 => line.response_mei = row.mei_type,
            _ => {}
        }
        match code {
            22 => mask_write(connection, row, "RESPONSE", link, logs),
            23 => read_write(connection, row, false, link, logs),
            _ => {}
        }
        if !matches!(code, 8 | 20 | 21 | 43) {
            return self.done(line, logs);
        }
        let dialogue = self.dialogues.entry(conversation).or_default();
        dialogue.transport = (code == 43).then_some(Transport {
            message,
            link: line.message,
            transaction_id: row.transaction_id,
            unit_id: row.unit_id,
        });
        dialogue.open = Some((message, line));
    }

    /// The line that rows behind those of `modbus` belong to, and whether they are of the request.
    fn line(&mut self, envelope: &Envelope) -> Option<(&mut Detailed, bool)> {
        let message = envelope.message?;
        let dialogue = self.dialogues.get_mut(&envelope.conversation.unwrap_or_default())?;
        match &mut dialogue.open {
            Some((open, line)) if *open == message => Some((line, false)),
            _ => dialogue.waiting.last_mut().filter(|line| line.message == message).map(|line| (line, true)),
        }
    }

    /// A row of `modbus_file_records`.
    pub(super) fn file_record(&mut self, envelope: &Envelope, row: &dyn Row) {
        let Some((line, asks)) = self.line(envelope) else { return };
        if asks {
            line.quantity = line.quantity.map(|quantity| quantity + 1);
            return;
        }
        let row = FileRecord::of(row);
        let data = &mut line.response_data;
        if !data.is_empty() {
            data.extend_from_slice(b" | ");
        }
        let fields = [
            ("file_len", row.length),
            ("ref_type", row.reference_type),
            ("file_num", row.file_number),
            ("record_num", row.record_number),
            ("record_len", row.record_length),
        ];
        data.push(b'[');
        for (name, value) in fields {
            let Some(value) = value else { continue };
            data.extend_from_slice(name.as_bytes());
            data.push(b'=');
            crate::text::unsigned(value, data);
            data.extend_from_slice(b", ");
        }
        data.extend_from_slice(b"record_data=");
        octets(row.registers, data);
        data.push(b']');
    }

    /// A row of `modbus_diagnostics`.
    pub(super) fn diagnostics(&mut self, envelope: &Envelope, row: &dyn Row) {
        let Some((line, asks)) = self.line(envelope) else { return };
        if line.function != 8 {
            return;
        }
        let data = if asks { &mut line.request_data } else { &mut line.response_data };
        if data.is_empty() {
            octets(Diagnostics::of(row).values, data);
        }
    }

    /// A row of `modbus_device_identifications`.
    pub(super) fn identification(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Identification::of(row);
        let Some(dialogue) = self.dialogues.get_mut(&envelope.conversation.unwrap_or_default()) else {
            return;
        };
        let message = envelope.message.unwrap_or_default();
        if envelope.direction != Some(Direction::REQUEST) {
            dialogue.head = Some((message, row.read_device_id_code, row.conformity_level));
            return;
        }
        let Some(transport) = dialogue.transport.filter(|transport| transport.message == message) else {
            return;
        };
        let connection = Connection::of(envelope);
        let mut entry = logs.entry(&IDENTIFICATION);
        begin_identification(&mut entry, &connection, &transport, "REQUEST");
        entry.unset_many(2);
        entry.count(row.read_device_id_code);
        entry.hex(row.object_id, 2);
        entry.name(&ASKED_OBJECTS, row.object_id);
        entry.unset();
        entry.end();
    }

    /// A row of `modbus_device_objects`.
    pub(super) fn object(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Object::of(row);
        let Some(dialogue) = self.dialogues.get(&envelope.conversation.unwrap_or_default()) else { return };
        let message = envelope.message.unwrap_or_default();
        let Some(transport) = dialogue.transport.filter(|transport| transport.message == message) else {
            return;
        };
        let head = dialogue.head.filter(|(of, ..)| *of == message);
        let (_, read_device_id_code, conformity_level) = head.unwrap_or_default();
        let connection = Connection::of(envelope);
        let mut entry = logs.entry(&IDENTIFICATION);
        begin_identification(&mut entry, &connection, &transport, "RESPONSE");
        entry.hex(conformity_level, 2);
        entry.name(&CONFORMITY_LEVELS, conformity_level);
        entry.count(read_device_id_code);
        entry.hex(row.object_id, 2);
        entry.name(&OBJECTS, row.object_id);
        entry.string(row.value);
        entry.end();
    }

    /// The end of a conversation: what waits goes without an answer.
    pub(super) fn end(&mut self, conversation: u64, logs: &mut Logs) {
        let Some(dialogue) = self.dialogues.remove(&conversation) else { return };
        if let Some((_, line)) = dialogue.open {
            self.done(line, logs);
        }
        for mut line in dialogue.waiting {
            line.matched = Some(false);
            self.done(line, logs);
        }
    }
}

fn begin_identification(
    entry: &mut crate::logs::Entry<'_>,
    connection: &Connection,
    transport: &Transport,
    way: &str,
) {
    entry.connection(connection);
    entry.way(connection);
    entry.composed(|out| out.extend_from_slice(&connection.link(transport.link)));
    entry.count(transport.transaction_id);
    entry.count(transport.unit_id);
    entry.name(&FUNCTIONS, 43);
    entry.word(way);
    entry.word("READ-DEVICE-IDENTIFICATION");
}

/// The fields that the logs of one function begin with. An answer whose request was not seen has an empty link.
fn begin<'l>(
    log: &'static crate::logs::Log,
    connection: &Connection,
    row: &Message<'_>,
    way: &str,
    link: Option<[u8; 11]>,
    logs: &'l mut Logs,
) -> crate::logs::Entry<'l> {
    let mut entry = logs.entry(log);
    entry.connection(connection);
    entry.way(connection);
    match link {
        Some(link) => entry.composed(|out| out.extend_from_slice(&link)),
        None => entry.word(""),
    }
    entry.count(row.transaction_id);
    entry.count(row.unit_id);
    entry.name(&FUNCTIONS, row.function_code);
    entry.word(way);
    entry
}

fn mask_write(
    connection: &Connection,
    row: &Message<'_>,
    way: &str,
    link: Option<[u8; 11]>,
    logs: &mut Logs,
) {
    let mut entry = begin(&MASK_WRITE, connection, row, way, link, logs);
    entry.count(row.address);
    entry.count(row.and_mask);
    entry.count(row.or_mask);
    entry.end();
}

fn read_write(
    connection: &Connection,
    row: &Message<'_>,
    asks: bool,
    link: Option<[u8; 11]>,
    logs: &mut Logs,
) {
    let way = if asks { "REQUEST" } else { "RESPONSE" };
    let mut entry = begin(&READ_WRITE, connection, row, way, link, logs);
    let registers = row.registers.unwrap_or(List::U16Be(fieldtap::record::U16Be::new(&[])));
    if asks {
        entry.count(row.write_address);
        entry.vector(|items| items.counts(&registers));
        entry.count(row.address);
        entry.count(row.quantity);
        entry.unset();
    } else {
        entry.unset_many(4);
        entry.vector(|items| items.counts(&registers));
    }
    entry.end();
}
