//! Modbus as Suricata 8 logs it: an event is a transaction, a request and its answer.
//!
//! Suricata reads Modbus with the parser `sawp-modbus` and logs what that makes of the octets. So the octets of the PDU are
//! put together again from the rows of a message, and looked at in the same way.
use super::{
    columns::{columns, number, octets},
    json,
};
use fieldtap::{
    protocols::{
        modbus::{
            Modbus, ModbusDeviceIdentifications, ModbusDeviceObjects, ModbusDiagnostics, ModbusFileRecords,
            ModbusServerIds,
        },
        umas::Umas,
    },
    record::{Direction, Envelope, Row},
};
use std::collections::VecDeque;

columns! { Modbus<'_>:
    TRANSACTION_ID = "transaction_id", UNIT_ID = "unit_id", FUNCTION = "function_code", EXCEPTION = "exception_code",
    ADDRESS = "address", QUANTITY = "quantity", WRITE_ADDRESS = "write_address", WRITE_QUANTITY = "write_quantity",
    BYTE_COUNT = "byte_count", REGISTERS = "registers", COILS = "coils", AND_MASK = "and_mask", OR_MASK = "or_mask",
    SUB_FUNCTION = "sub_function", MEI_TYPE = "mei_type", DATA = "data", LENGTH = "length",
}
columns! { ModbusDiagnostics<'_>:
    VALUES = "values", EXCEPTION_STATUS = "exception_status", STATUS = "status", EVENT_COUNT = "event_count",
    MESSAGE_COUNT = "message_count", EVENTS = "events",
}
columns! { ModbusServerIds<'_>: REPORT = "report" }
columns! { ModbusFileRecords<'_>:
    RECORD_OCTETS = "length", REFERENCE_TYPE = "reference_type", FILE_NUMBER = "file_number",
    RECORD_NUMBER = "record_number", RECORD_LENGTH = "record_length", RECORD_REGISTERS = "registers",
}
columns! { ModbusDeviceIdentifications:
    READ_CODE = "read_device_id_code", OBJECT = "object_id", CONFORMITY = "conformity_level", MORE = "more_follows",
    NEXT = "next_object_id", OBJECTS = "number_of_objects",
}
columns! { Umas<'_>: SESSION_KEY = "session_key", UMAS_CODE = "function_code", UMAS_DATA = "data" }
columns! { ModbusDeviceObjects<'_>: OBJECT_ID = "object_id", VALUE = "value" }

/// Set in the function code of an exception.
const EXCEPTION_BIT: u8 = 0x80;
/// Requests of a conversation that wait for their answers; Suricata's default too.
const MOST_PENDING: usize = 500;
/// Requests of all conversations that wait.
const MOST_WAITING: usize = 1 << 16;

/// What a row is to its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Message,
    Diagnostics,
    ServerId,
    FileRecord,
    Identification,
    Object,
    Umas,
}

/// What of a message is no octet of its PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    /// None in serial framings.
    transaction_id: Option<u16>,
    unit_id: u8,
    /// Octets that the PDU had.
    length: u16,
    /// Octets of the PDU that come before those of the other rows.
    before: u16,
}

/// Octets of a [`Head`] as it is kept.
const HEAD: usize = 8;

impl Head {
    fn read(octets: &[u8]) -> Option<(Self, &[u8])> {
        let ([known, t1, t2, unit_id, l1, l2, b1, b2], rest) = octets.split_first_chunk::<HEAD>()?;
        let transaction_id = (*known == 1).then_some(u16::from_be_bytes([*t1, *t2]));
        let length = u16::from_be_bytes([*l1, *l2]);
        Some((
            Self { transaction_id, unit_id: *unit_id, length, before: u16::from_be_bytes([*b1, *b2]) },
            rest,
        ))
    }
}

fn word(row: &dyn Row, column: usize, out: &mut Vec<u8>) {
    if let Some(value) = number(row, column) {
        out.extend_from_slice(&(value as u16).to_be_bytes());
    }
}

fn octet(row: &dyn Row, column: usize, out: &mut Vec<u8>) {
    if let Some(value) = number(row, column) {
        out.push(value as u8);
    }
}

fn all(row: &dyn Row, column: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(octets(row, column).unwrap_or_default());
}

/// Keeps a row of a message as the octets that it was read from.
pub(super) fn encode(part: Part, envelope: &Envelope, row: &dyn Row, out: &mut Vec<u8>) {
    match part {
        Part::Message => message(envelope.direction != Some(Direction::RESPONSE), row, out),
        Part::Diagnostics => {
            all(row, VALUES, out);
            all(row, EXCEPTION_STATUS, out);
            word(row, STATUS, out);
            word(row, EVENT_COUNT, out);
            word(row, MESSAGE_COUNT, out);
            all(row, EVENTS, out);
        }
        Part::ServerId => all(row, REPORT, out),
        Part::FileRecord => {
            octet(row, RECORD_OCTETS, out);
            octet(row, REFERENCE_TYPE, out);
            word(row, FILE_NUMBER, out);
            word(row, RECORD_NUMBER, out);
            word(row, RECORD_LENGTH, out);
            all(row, RECORD_REGISTERS, out);
        }
        Part::Identification => {
            octet(row, READ_CODE, out);
            octet(row, OBJECT, out);
            octet(row, CONFORMITY, out);
            if let Some(more) = number(row, MORE) {
                out.extend_from_slice(&[
                    if more == 0 { 0 } else { 0xff },
                    number(row, NEXT).unwrap_or_default() as u8,
                ]);
            }
            octet(row, OBJECTS, out);
        }
        Part::Object => {
            let value = octets(row, VALUE).unwrap_or_default();
            octet(row, OBJECT_ID, out);
            out.push(value.len() as u8);
            out.extend_from_slice(value);
        }
        Part::Umas => {
            octet(row, SESSION_KEY, out);
            octet(row, UMAS_CODE, out);
            all(row, UMAS_DATA, out);
        }
    }
}

fn message(request: bool, row: &dyn Row, out: &mut Vec<u8>) {
    let transaction_id = number(row, TRANSACTION_ID);
    let [t1, t2] = (transaction_id.unwrap_or_default() as u16).to_be_bytes();
    let [l1, l2] = (number(row, LENGTH).unwrap_or_default() as u16).to_be_bytes();
    let unit_id = number(row, UNIT_ID).unwrap_or_default() as u8;
    let function = number(row, FUNCTION).unwrap_or_default() as u8;
    out.extend_from_slice(&[transaction_id.is_some().into(), t1, t2, unit_id, l1, l2, 0, 0]);
    let start = out.len();
    let mut trailing = true;
    if let Some(exception) = number(row, EXCEPTION) {
        out.extend_from_slice(&[function | EXCEPTION_BIT, exception as u8]);
    } else {
        out.push(function);
        match (function, request) {
            (1..=4, true) => {
                word(row, ADDRESS, out);
                word(row, QUANTITY, out);
            }
            (1..=4 | 12 | 17 | 20 | 21 | 23, false) | (20 | 21, true) => {
                octet(row, BYTE_COUNT, out);
                all(row, COILS, out);
                all(row, REGISTERS, out);
            }
            (5, _) => {
                word(row, ADDRESS, out);
                if let Some([on, ..]) = octets(row, COILS) {
                    out.extend_from_slice(&[if on & 1 == 1 { 0xff } else { 0 }, 0]);
                }
            }
            (6, _) => {
                word(row, ADDRESS, out);
                all(row, REGISTERS, out);
            }
            (8, _) => {
                word(row, SUB_FUNCTION, out);
                trailing = false;
            }
            (15 | 16, request) => {
                word(row, ADDRESS, out);
                word(row, QUANTITY, out);
                if request {
                    octet(row, BYTE_COUNT, out);
                    all(row, COILS, out);
                    all(row, REGISTERS, out);
                }
            }
            (22, _) => {
                word(row, ADDRESS, out);
                word(row, AND_MASK, out);
                word(row, OR_MASK, out);
            }
            (23, true) => {
                word(row, ADDRESS, out);
                word(row, QUANTITY, out);
                word(row, WRITE_ADDRESS, out);
                word(row, WRITE_QUANTITY, out);
                octet(row, BYTE_COUNT, out);
                all(row, REGISTERS, out);
            }
            (24, true) => word(row, ADDRESS, out),
            (24, false) => {
                word(row, BYTE_COUNT, out);
                word(row, QUANTITY, out);
                all(row, REGISTERS, out);
            }
            (43, _) => octet(row, MEI_TYPE, out),
            _ => {}
        }
    }
    let before = (out.len() - start) as u16;
    if let Some(place) = start.checked_sub(2).and_then(|at| out.get_mut(at..start)) {
        place.copy_from_slice(&before.to_be_bytes());
    }
    if trailing {
        all(row, DATA, out);
    }
}

/// What the parser finds wrong: bits of `error_flags`.
const DATA_VALUE: u8 = 1;
const DATA_LENGTH: u8 = 2;
const EXC_CODE: u8 = 4;
const FUNC_CODE: u8 = 8;
const ERRORS: [(u8, &str); 4] = [
    (DATA_VALUE, "DATA_VALUE"),
    (DATA_LENGTH, "DATA_LENGTH"),
    (EXC_CODE, "EXC_CODE"),
    (FUNC_CODE, "FUNC_CODE"),
];

/// Most coils, and most registers, that the parser thinks right.
const MOST_BITS: u16 = 2000;
const MOST_WORDS: u16 = 125;
/// Lengths of the MBAP header that the parser reads on from.
const LENGTHS: core::ops::RangeInclusive<usize> = 2..=254;

/// The data of a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Data<'a> {
    Empty,
    Exception(u8),
    Diagnostic(u16, &'a [u8]),
    Mei(u8, &'a [u8]),
    Read { address: u16, quantity: u16 },
    Values(&'a [u8]),
    Multiple { address: u16, quantity: u16, data: &'a [u8] },
    Mask { address: u16, and_mask: u16, or_mask: u16 },
    Single { address: u16, data: u16 },
    ReadWrite { address: u16, quantity: u16, write_address: u16, write_quantity: u16, data: &'a [u8] },
    Octets(&'a [u8]),
}

/// A PDU as the parser takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading<'a> {
    /// The function code as sent.
    raw: u8,
    /// Without the exception bit; 0 where the parser has no name for it.
    code: u8,
    errors: u8,
    data: Data<'a>,
}

/// The unit; the parser does not get to it where it does not read on behind the length.
fn unit(head: &Head, pdu: &[u8]) -> u8 {
    if LENGTHS.contains(&(pdu.len() + 1)) { head.unit_id } else { 0 }
}

/// Takes fields off the front; what is not there ends the reading.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn octet(&mut self) -> Option<u8> {
        let (octet, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*octet)
    }
    fn word(&mut self) -> Option<u16> {
        let (word, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*word))
    }
    fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}

const fn reads(code: u8) -> bool {
    matches!(code, 1..=4 | 23)
}
const fn writes(code: u8) -> bool {
    matches!(code, 5 | 6 | 15 | 16 | 22 | 23)
}
const fn of_bits(code: u8) -> bool {
    matches!(code, 1 | 2 | 5 | 15)
}

impl<'a> Reading<'a> {
    /// Reads a PDU as a request or as an answer.
    fn new(pdu: &'a [u8], request: bool) -> Self {
        let (raw, body) = pdu.split_first().map_or((0, pdu), |(raw, body)| (*raw, body));
        if !LENGTHS.contains(&(pdu.len() + 1)) {
            return Self { raw: 0, code: 0, errors: DATA_LENGTH, data: Data::Empty };
        }
        let code = match raw & !EXCEPTION_BIT {
            code @ (1..=24 | 43) => code,
            _ => 0,
        };
        let mut reading = Self { raw, code, errors: 0, data: Data::Empty };
        let mut fields = Fields(body);
        let read = if request { reading.request(&mut fields) } else { reading.answer(&mut fields) };
        if read.is_none() {
            reading.errors |= DATA_LENGTH;
            if reading.data == Data::Empty {
                reading.data = Data::Octets(body);
            }
        } else if !fields.0.is_empty() {
            reading.errors |= DATA_LENGTH;
        }
        reading
    }

    fn wrong(&mut self, error: u8, wrong: bool) {
        if wrong {
            self.errors |= error;
        }
    }

    fn request(&mut self, fields: &mut Fields<'a>) -> Option<()> {
        let length = fields.0.len();
        match self.code {
            8 => {
                self.wrong(DATA_LENGTH, length != 4);
                self.diagnostic(fields)?;
                if let Data::Diagnostic(sub_function, [high, low]) = self.data {
                    let wrong = match sub_function {
                        0 | 4 | 5..=9 | 22.. => false,
                        1 => *low != 0 || !matches!(*high, 0 | 0xff),
                        3 => *low != 0,
                        _ => *high != 0 || *low != 0,
                    };
                    self.wrong(DATA_VALUE, wrong);
                }
                return Some(());
            }
            43 => return self.mei(fields),
            20 | 21 if length == 0 => self.errors |= DATA_LENGTH,
            7 | 11 | 12 | 17 if length > 0 => self.errors |= DATA_LENGTH,
            24 if length != 2 => self.errors |= DATA_LENGTH,
            code => {
                self.wrong(FUNC_CODE, self.raw == 0 || self.raw & EXCEPTION_BIT != 0);
                if reads(code) {
                    let (address, quantity) = (fields.word()?, fields.word()?);
                    let most = if of_bits(code) { MOST_BITS } else { MOST_WORDS };
                    self.wrong(DATA_VALUE, quantity == 0 || quantity > most);
                    self.wrong(DATA_LENGTH, code != 23 && length > 4);
                    self.data = Data::Read { address, quantity };
                }
                if writes(code) {
                    return self.write(fields);
                }
                if reads(code) {
                    return Some(());
                }
            }
        }
        self.data = Data::Octets(fields.rest());
        Some(())
    }

    fn write(&mut self, fields: &mut Fields<'a>) -> Option<()> {
        let address = fields.word()?;
        match self.code {
            5 | 6 => {
                let data = fields.word()?;
                self.wrong(DATA_VALUE, self.code == 5 && !matches!(data, 0 | 0xff00));
                self.data = Data::Single { address, data };
            }
            22 => self.data = Data::Mask { address, and_mask: fields.word()?, or_mask: fields.word()? },
            code => {
                let (quantity, count) = (fields.word()?, fields.octet()?);
                let (data, count) = (fields.rest(), usize::from(count));
                self.wrong(DATA_LENGTH, quantity == 0 || data.len() != count);
                let (most, needs) = match of_bits(code) {
                    true => (MOST_BITS, usize::from(quantity).div_ceil(8)),
                    false => (MOST_WORDS, 2 * usize::from(quantity)),
                };
                self.wrong(DATA_VALUE, quantity > most || count != needs);
                self.data = match self.data {
                    Data::Read { address: read, quantity: asked } => Data::ReadWrite {
                        address: read,
                        quantity: asked,
                        write_address: address,
                        write_quantity: quantity,
                        data,
                    },
                    _ => Data::Multiple { address, quantity, data },
                };
            }
        }
        Some(())
    }

    fn answer(&mut self, fields: &mut Fields<'a>) -> Option<()> {
        let length = fields.0.len();
        match self.code {
            _ if self.raw & EXCEPTION_BIT != 0 => return self.exception(fields),
            8 => return self.diagnostic(fields),
            43 => return self.mei(fields),
            7 if length != 1 => self.errors |= DATA_LENGTH,
            11 if length != 4 => self.errors |= DATA_LENGTH,
            code if reads(code) => {
                let Some(count) = fields.octet() else {
                    self.errors |= DATA_LENGTH;
                    return Some(());
                };
                let data = fields.rest();
                self.wrong(DATA_VALUE, !(1..=250).contains(&count) || data.len() != usize::from(count));
                self.data = Data::Values(data);
                return Some(());
            }
            22 => {
                let (address, and_mask, or_mask) = (fields.word()?, fields.word()?, fields.word()?);
                self.data = Data::Mask { address, and_mask, or_mask };
                return Some(());
            }
            code if writes(code) => {
                let (address, data) = (fields.word()?, fields.word()?);
                if matches!(code, 15 | 16) {
                    // The parser has the limits of coils and registers the wrong way round here.
                    let most = if code == 15 { MOST_WORDS } else { MOST_BITS };
                    self.wrong(DATA_VALUE, data == 0 || data > most);
                }
                self.data = Data::Single { address, data };
                return Some(());
            }
            _ => {}
        }
        self.data = Data::Octets(fields.rest());
        Some(())
    }

    fn exception(&mut self, fields: &mut Fields<'a>) -> Option<()> {
        let exception = fields.octet()?;
        let wrong = match exception {
            8 => !matches!(self.code, 20 | 21),
            1..=7 | 10 | 11 => false,
            _ => true,
        };
        self.wrong(EXC_CODE, wrong);
        self.data = Data::Exception(exception);
        Some(())
    }

    fn diagnostic(&mut self, fields: &mut Fields<'a>) -> Option<()> {
        if fields.0.len() < 2 {
            self.errors |= DATA_LENGTH;
            return Some(());
        }
        self.data = Data::Diagnostic(fields.word()?, fields.rest());
        Some(())
    }

    fn mei(&mut self, fields: &mut Fields<'a>) -> Option<()> {
        if fields.0.is_empty() {
            self.errors |= DATA_LENGTH;
            return Some(());
        }
        self.data = Data::Mei(fields.octet()?, fields.rest());
        Some(())
    }

    fn category(&self) -> &'static str {
        const ASSIGNED: &str = "PUBLIC_ASSIGNED";
        match (self.code, &self.data) {
            (8, Data::Diagnostic(sub_function, _)) => {
                if sub_functions(*sub_function) == "Reserved" {
                    "RESERVED"
                } else {
                    ASSIGNED
                }
            }
            (43, Data::Mei(mei, _)) => {
                if matches!(mei, 0x0d | 0x0e) {
                    ASSIGNED
                } else {
                    "RESERVED"
                }
            }
            (8 | 43, _) => "NONE",
            (0, _) => match self.raw {
                0 | 128.. => "NONE",
                9..=14 | 41 | 42 | 90 | 91 | 125..=127 => "RESERVED",
                65..=72 | 100..=110 => "USER_DEFINED",
                _ => "PUBLIC_UNASSIGNED",
            },
            _ => ASSIGNED,
        }
    }

    /// Whether this answer belongs to that request. An answer that disagrees with it is marked.
    fn answers(&mut self, request: &Reading<'_>) -> bool {
        if self.code != request.code {
            return false;
        }
        if self.category() != "PUBLIC_ASSIGNED" {
            return true;
        }
        let disagrees = match (self.data, request.data) {
            (_, Data::Exception(_)) | (Data::Exception(_), _) | (Data::Octets(_), Data::Octets(_)) => false,
            (Data::Octets(_), _) => return self.errors & DATA_LENGTH != 0,
            (_, Data::Octets(_)) => return request.errors & DATA_LENGTH != 0,
            // The parser counts registers as if they were coils here.
            (Data::Values(data), Data::Read { quantity, .. }) => {
                data.len() != usize::from(quantity).div_ceil(8)
            }
            (Data::Values(data), Data::ReadWrite { quantity, .. }) => data.len() != 2 * usize::from(quantity),
            (Data::Single { address, data }, Data::Single { address: asked, data: value })
            | (Data::Single { address, data }, Data::Multiple { address: asked, quantity: value, .. }) => {
                (address, data) != (asked, value)
            }
            (Data::Mask { .. }, Data::Mask { .. }) => self.data != request.data,
            (Data::Diagnostic(sub_function, _), Data::Diagnostic(asked, _)) => return sub_function == asked,
            (Data::Mei(mei, _), Data::Mei(asked, _)) => return mei == asked,
            _ => return false,
        };
        self.wrong(DATA_VALUE, disagrees);
        true
    }

    fn write_json(&self, head: &Head, octets: &[u8], out: &mut Vec<u8>) {
        let (unit_id, whole) = (unit(head, octets), octets.len() >= head.length.into());
        if let Some(transaction_id) = head.transaction_id {
            json::number("transaction_id", transaction_id.into(), out);
            json::number("protocol_id", 0, out);
        }
        json::number("unit_id", unit_id.into(), out);
        json::number("function_raw", self.raw.into(), out);
        json::word("function_code", functions(self.code), out);
        json::word("access_type", accesses(self.code), out);
        json::word("category", self.category(), out);
        json::key("error_flags", out);
        out.push(b'"');
        let mut any = false;
        for (_, name) in ERRORS.iter().filter(|(error, _)| self.errors & error != 0) {
            if core::mem::replace(&mut any, true) {
                out.extend_from_slice(b" | ");
            }
            out.extend_from_slice(name.as_bytes());
        }
        out.extend_from_slice(if any { b"\"" } else { b"NONE\"" });
        match self.data {
            Data::Empty => {}
            Data::Exception(code) => coded("exception", code.into(), exceptions(code), out, |_| {}),
            Data::Diagnostic(code, data) => {
                coded("diagnostic", code.into(), sub_functions(code), out, |out| {
                    json::octets("data", data, out)
                });
            }
            Data::Mei(code, data) => {
                coded("mei", code.into(), mei_types(code), out, |out| json::octets("data", data, out));
            }
            Data::Read { address, quantity } => {
                object("read", out, |out| span(address, quantity, out));
            }
            Data::Values(data) => object("read", out, |out| json::octets("data", data, out)),
            Data::Multiple { address, quantity, data } => object("write", out, |out| {
                span(address, quantity, out);
                json::octets("data", data, out);
            }),
            Data::Mask { address, and_mask, or_mask } => object("write", out, |out| {
                json::number("address", address.into(), out);
                json::number("and_mask", and_mask.into(), out);
                json::number("or_mask", or_mask.into(), out);
            }),
            Data::Single { address, data } => object("write", out, |out| {
                json::number("address", address.into(), out);
                json::number("data", data.into(), out);
            }),
            Data::ReadWrite { address, quantity, write_address, write_quantity, data } => {
                object("read", out, |out| span(address, quantity, out));
                object("write", out, |out| {
                    span(write_address, write_quantity, out);
                    json::octets("data", data, out);
                });
            }
            // Octets that no row holds cannot be shown.
            Data::Octets(_) if !whole => {}
            Data::Octets(data) => json::octets("data", data, out),
        }
    }
}

fn object(name: &str, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    json::open(name, b'{', out);
    write(out);
    out.push(b'}');
}

fn span(address: u16, quantity: u16, out: &mut Vec<u8>) {
    json::number("address", address.into(), out);
    json::number("quantity", quantity.into(), out);
}

fn coded(name: &str, raw: u64, code: &str, out: &mut Vec<u8>, more: impl FnOnce(&mut Vec<u8>)) {
    object(name, out, |out| {
        json::number("raw", raw, out);
        json::word("code", code, out);
        more(out);
    });
}

const fn functions(code: u8) -> &'static str {
    match code {
        1 => "RdCoils",
        2 => "RdDiscreteInputs",
        3 => "RdHoldRegs",
        4 => "RdInputRegs",
        5 => "WrSingleCoil",
        6 => "WrSingleReg",
        7 => "RdExcStatus",
        8 => "Diagnostic",
        9 => "Program484",
        10 => "Poll484",
        11 => "GetCommEventCtr",
        12 => "GetCommEventLog",
        13 => "ProgramController",
        14 => "PollController",
        15 => "WrMultCoils",
        16 => "WrMultRegs",
        17 => "ReportServerID",
        18 => "Program884",
        19 => "ResetCommLink",
        20 => "RdFileRec",
        21 => "WrFileRec",
        22 => "MaskWrReg",
        23 => "RdWrMultRegs",
        24 => "RdFIFOQueue",
        43 => "MEI",
        _ => "Unknown",
    }
}

const fn accesses(code: u8) -> &'static str {
    match code {
        1 => "READ | COILS",
        2 => "READ | DISCRETES",
        3 => "READ | HOLDING",
        4 => "READ | INPUT",
        5 => "WRITE | COILS | SINGLE | WRITE_SINGLE",
        6 => "WRITE | HOLDING | SINGLE | WRITE_SINGLE",
        15 => "WRITE | COILS | MULTIPLE | WRITE_MULTIPLE",
        16 => "WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE",
        22 => "WRITE | HOLDING",
        23 => "READ | WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE",
        _ => "NONE",
    }
}

const fn sub_functions(code: u16) -> &'static str {
    match code {
        0 => "RetQueryData",
        1 => "RestartCommOpt",
        2 => "RetDiagReg",
        3 => "ChangeInputDelimiter",
        4 => "ForceListenOnlyMode",
        10 => "ClearCtrDiagReg",
        11 => "RetBusMsgCount",
        12 => "RetBusCommErrCount",
        13 => "RetBusExcErrCount",
        14 => "RetServerMsgCount",
        15 => "RetServerNoRespCount",
        16 => "RetServerNAKCount",
        17 => "RetServerBusyCount",
        18 => "RetBusCharOverrunCount",
        19 => "RetOverrunErrCount",
        20 => "ClearOverrunCounterFlag",
        21 => "GetClearPlusStats",
        _ => "Reserved",
    }
}

const fn mei_types(code: u8) -> &'static str {
    match code {
        0x0d => "CANOpenGenRefReqResp",
        0x0e => "RdDevId",
        _ => "Unknown",
    }
}

const fn exceptions(code: u8) -> &'static str {
    match code {
        1 => "IllegalFunction",
        2 => "IllegalDataAddr",
        3 => "IllegalDataValue",
        4 => "ServerDeviceFail",
        5 => "Ack",
        6 => "ServerDeviceBusy",
        7 => "NegAck",
        8 => "MemParityErr",
        10 => "GatewayPathUnavailable",
        11 => "GatewayTargetFailToResp",
        _ => "Unknown",
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) envelope: Envelope,
    head: Head,
    /// The PDU.
    octets: Vec<u8>,
    asked: bool,
}

/// A message that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read<'r, 'a> {
    pub(super) envelope: &'r Envelope,
    /// Its row, as it is kept.
    pub(super) row: &'r [u8],
    pub(super) pdu: &'a [u8],
    /// Whether one of its rows was asked for.
    pub(super) asked: bool,
}

/// The transactions of one conversation.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    waiting: VecDeque<Waiting>,
    count: u64,
}

/// Room for the octets of requests that wait, used again and again.
#[derive(Debug, Default)]
pub(super) struct Room {
    spare: Vec<Vec<u8>>,
    /// Requests of all conversations that wait.
    waiting: usize,
}

impl Room {
    fn take(&mut self, pdu: &[u8]) -> Vec<u8> {
        self.waiting += 1;
        let mut octets = self.spare.pop().unwrap_or_default();
        octets.clear();
        octets.extend_from_slice(pdu);
        octets
    }
    fn give_back(&mut self, octets: Vec<u8>) {
        self.waiting = self.waiting.saturating_sub(1);
        self.spare.push(octets);
    }
}

/// A transaction that is to be written.
#[derive(Debug)]
pub(super) struct Transaction<'a> {
    request: Option<Waiting>,
    answer: Option<(Head, &'a [u8])>,
    asked: bool,
}

/// Puts the octets of a PDU together from the rows of its message: the row of the message, then the others.
pub(super) fn pdu<'a>(row: &[u8], others: impl Iterator<Item = &'a [u8]>, pdu: &mut Vec<u8>) {
    pdu.clear();
    let Some((head, octets)) = Head::read(row) else { return };
    let (before, after) = octets.split_at_checked(head.before.into()).unwrap_or((octets, &[]));
    pdu.extend_from_slice(before);
    others.for_each(|octets| pdu.extend_from_slice(octets));
    pdu.extend_from_slice(after);
}

impl Transactions {
    /// Takes a message. Tells the transaction that it completes, or that has waited too long.
    pub(super) fn take<'a>(
        &mut self,
        read: &Read<'_, 'a>,
        request: bool,
        room: &mut Room,
    ) -> Option<Transaction<'a>> {
        let Read { envelope, row, pdu, asked } = *read;
        let (head, _) = Head::read(row)?;
        if request {
            self.waiting.push_back(Waiting { envelope: *envelope, head, octets: room.take(pdu), asked });
            let many = self.waiting.len() > MOST_PENDING || room.waiting > MOST_WAITING;
            return if many { self.unanswered() } else { None };
        }
        let reading = Reading::new(pdu, false);
        let place =
            self.waiting.iter().position(|waiting| {
                (waiting.head.transaction_id, waiting.head.unit_id) == (head.transaction_id, head.unit_id)
                    && { reading }.answers(&Reading::new(&waiting.octets, true))
            });
        let request = place.and_then(|place| self.waiting.remove(place));
        let asked = asked || request.as_ref().is_some_and(|request| request.asked);
        Some(Transaction { request, answer: Some((head, pdu)), asked })
    }

    /// The next request that nobody answered.
    pub(super) fn unanswered(&mut self) -> Option<Transaction<'static>> {
        let request = self.waiting.pop_front()?;
        let asked = request.asked;
        Some(Transaction { request: Some(request), answer: None, asked })
    }

    /// Counts a transaction that is not to be written.
    pub(super) fn leave_out(&mut self, transaction: Transaction<'_>, room: &mut Room) {
        self.count += 1;
        if let Some(request) = transaction.request {
            room.give_back(request.octets);
        }
    }

    /// Writes the value of `modbus`.
    pub(super) fn write(&mut self, transaction: Transaction<'_>, room: &mut Room, out: &mut Vec<u8>) {
        self.count += 1;
        out.push(b'{');
        json::number("id", self.count, out);
        let request = transaction.request.as_ref();
        let asked = request.map(|request| Reading::new(&request.octets, true));
        if let (Some(request), Some(reading)) = (request, &asked) {
            object("request", out, |out| {
                reading.write_json(&request.head, &request.octets, out);
            });
        }
        if let Some((head, octets)) = &transaction.answer {
            let mut reading = Reading::new(octets, false);
            if let Some(asked) = &asked {
                reading.answers(asked);
            }
            object("response", out, |out| reading.write_json(head, octets, out));
        }
        out.push(b'}');
        if let Some(request) = transaction.request {
            room.give_back(request.octets);
        }
    }
}

impl Transaction<'_> {
    /// Where the request stood, if it is there.
    pub(super) fn request(&self) -> Option<&Envelope> {
        self.request.as_ref().map(|request| &request.envelope)
    }
    /// Whether one of its rows was asked for.
    pub(super) fn is_asked(&self) -> bool {
        self.asked
    }
    /// Whether it has an answer.
    pub(super) fn is_answered(&self) -> bool {
        self.answer.is_some()
    }
}
