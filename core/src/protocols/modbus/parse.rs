//! From one ADU to rows, in the order of section 6 of the application protocol. All framings come together here.
use super::{
    codes::{
        ConformityLevel, DeviceObjectId, DiagnosticSubFunction, ExceptionCode, FunctionCode, MeiType,
        ReadDeviceIdCode,
    },
    records::{
        Modbus, ModbusDeviceIdentifications, ModbusDeviceObjects, ModbusDiagnostics, ModbusFileRecords,
        ModbusServerIds,
    },
    shape::{self, EXCEPTION, octet, octets_of, word},
    state::State,
};
use crate::{
    Output,
    common::{
        Anomaly, AnomalyKind, Answer, Asked, Fact, Fit, Operation, Outcome, PointWay, Request, Result,
        UnderWay, Whose,
    },
    output::Pairing,
    protocol::{Toward, Way},
    record::{Bits, Direction, Symbol, Text, U16Be, digest_bytes},
};

use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u16},
};

const COIL: Symbol = Symbol("coil");
const DISCRETE_INPUT: Symbol = Symbol("discrete_input");
const HOLDING_REGISTER: Symbol = Symbol("holding_register");
const INPUT_REGISTER: Symbol = Symbol("input_register");
const FIFO: Symbol = Symbol("fifo");
const FILE: Symbol = Symbol("file");

/// Octets of a PDU of function 90 up to the function of UMAS.
const UMAS_HEAD: usize = 3;

/// Most octets of a PDU (section 4.1).
pub(super) const MOST_PDU: usize = 253;

/// One ADU without its framing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adu<'a> {
    /// Transaction identifier of the MBAP header.
    pub(super) transaction_id: Option<u16>,
    /// Unit identifier, or address on the serial line.
    pub(super) unit_id: u8,
    /// Function code and data.
    pub(super) pdu: &'a [u8],
    /// Where the PDU begins in the ADU.
    pub(super) offset: u64,
    /// The capture lacks its end.
    pub(super) cut: bool,
}

impl Adu<'_> {
    /// What an answer repeats.
    fn key(&self, function: u8) -> u64 {
        let transaction = self.transaction_id.map_or(1 << 16, u64::from);
        transaction << 16 | u64::from(self.unit_id) << 8 | u64::from(function)
    }
    /// On a serial line one request is under way (Modbus over Serial Line V1.02, section 2.4).
    fn under_way(&self) -> UnderWay {
        if self.transaction_id.is_none() { UnderWay::One } else { UnderWay::Several }
    }
    /// What a child is told of it.
    fn pairing(&self) -> Pairing {
        Pairing {
            key: self.key(FunctionCode::UMAS.0),
            station: Some(self.unit_id.into()),
            under_way: self.under_way(),
        }
    }
    /// On a serial line, unit 0 is all units, and none answers (Modbus over Serial Line V1.02, section 2.1). Over TCP it is
    /// the server itself.
    fn is_broadcast(&self) -> bool {
        self.transaction_id.is_none() && self.unit_id == 0
    }
}

/// Reads fields of one PDU and says what is wrong with them.
struct Body<'a, 'o, 's> {
    adu: Adu<'a>,
    out: &'o mut Output<'s>,
    /// Whether the fields agree with one another: only then are values given as points.
    sound: bool,
    /// Whether it ends before what its function needs, and not since the capture cut it.
    short: bool,
}

impl<'a> Body<'a, '_, '_> {
    fn word(&self, at: usize) -> Option<u16> {
        word(self.adu.pdu, at)
    }
    fn octet(&self, at: usize) -> Option<u8> {
        octet(self.adu.pdu, at)
    }
    /// Up to `len` octets from `at` on, as far as they are there.
    fn octets(&self, at: usize, len: usize) -> &'a [u8] {
        let rest = self.adu.pdu.get(at..).unwrap_or_default();
        rest.get(..len).unwrap_or(rest)
    }
    fn place(&self, at: usize) -> u64 {
        self.adu.offset + at as u64
    }
    #[cold]
    fn wrong(&mut self, anomaly: Anomaly) {
        self.sound = false;
        // What the capture cut off is no fault of the sender.
        if !self.adu.cut {
            self.out.anomaly(anomaly);
        }
    }
    #[cold]
    fn differs(&mut self, reason: &'static str, at: usize, expected: usize, found: usize) {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, reason).at(self.place(at));
        self.wrong(anomaly.numbers(expected as u64, found as u64));
    }
    #[cold]
    fn shorter(&mut self, needs: usize, have: usize) {
        self.short = !self.adu.cut;
        self.differs("message is shorter than its function needs", 0, needs, have);
    }
    #[cold]
    fn value(&mut self, reason: &'static str, at: usize, found: u16) {
        self.wrong(Anomaly::new(AnomalyKind::VALUE, reason).at(self.place(at)).found(found.into()));
    }
    /// Says what the length is if it is not `len`. Octets behind the last field are given back.
    fn ends(&mut self, len: usize) -> Option<&'a [u8]> {
        let have = self.adu.pdu.len();
        if have < len {
            self.shorter(len, have);
        }
        let trailing = self.adu.pdu.get(len..).filter(|rest| !rest.is_empty())?;
        let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the last field of the function");
        self.out.anomaly(anomaly.at(self.place(len)).length(trailing.len() as u64));
        Some(trailing)
    }
    /// Says if so many from `address` on are more than there can be.
    fn range(&mut self, address: Option<u16>, quantity: Option<u16>, most: u16, at: usize) {
        let (Some(address), Some(quantity)) = (address, quantity) else { return };
        if quantity == 0 {
            self.value("quantity is 0", at, quantity);
        } else if quantity > most {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "quantity is above the limit of the function");
            self.wrong(anomaly.at(self.place(at)).numbers(most.into(), quantity.into()));
        } else if u32::from(address) + u32::from(quantity) > 0x1_0000 {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "address and quantity reach beyond 65535");
            self.wrong(
                anomaly.at(self.place(at)).numbers(0x1_0000, u64::from(address) + u64::from(quantity)),
            );
        }
    }
}

/// Who is asked by this PDU, and whether it contradicts what was known of the roles.
fn role(state: &State, way: Way, adu: &Adu<'_>) -> (Toward, bool) {
    let pdu = adu.pdu;
    let function = octet(pdu, 0).unwrap_or_default();
    if function & EXCEPTION != 0 {
        return (Toward::Client, way.toward == Some(Toward::Server));
    }
    match way.toward {
        Some(toward) if adu.cut || shape::fits(pdu, toward) => (toward, false),
        Some(toward) if shape::plausible(pdu, toward.back()) => (toward.back(), true),
        Some(toward) => (toward, false),
        None => {
            let due = state.awaits(way.side, adu.unit_id, function);
            let toward = match (shape::plausible(pdu, Toward::Server), shape::plausible(pdu, Toward::Client))
            {
                (true, false) => Toward::Server,
                (false, true) => Toward::Client,
                _ if due => Toward::Client,
                _ => Toward::Server,
            };
            (toward, false)
        }
    }
}

/// Whether the content alone proves the role.
fn proves(adu: &Adu<'_>, toward: Toward) -> bool {
    octet(adu.pdu, 0).is_some_and(|function| function & EXCEPTION != 0)
        || (shape::plausible(adu.pdu, toward) && !shape::fits(adu.pdu, toward.back()))
}

/// One ADU.
pub(super) fn message(state: &mut State, way: Way, adu: Adu<'_>, out: &mut Output<'_>) {
    let Some(code) = octet(adu.pdu, 0) else { return out.no_message() };
    let (toward, contradiction) = role(state, way, &adu);
    // Devices of a serial line call as often as they are called: until messages have proven the roles, nothing is odd.
    let is_odd = contradiction && (adu.transaction_id.is_some() || state.has_proven_roles());
    if way.toward.is_none() && proves(&adu, toward) {
        out.learn(toward);
    } else if contradiction {
        if state.contradicted() {
            out.overrule(toward);
        }
    } else if !state.has_proven_roles() && proves(&adu, toward) {
        state.agreed();
    }
    let function = FunctionCode(code & !EXCEPTION);
    let mut row = Modbus {
        transaction_id: adu.transaction_id,
        unit_id: adu.unit_id,
        function_code: function,
        exception_code: None,
        address: None,
        quantity: None,
        write_address: None,
        write_quantity: None,
        byte_count: None,
        registers: None,
        coils: None,
        and_mask: None,
        or_mask: None,
        sub_function: None,
        mei_type: None,
        data: None,
        length: u16::try_from(adu.pdu.len()).unwrap_or(u16::MAX),
        request_message: None,
    };
    let mut body = Body { adu, out, sound: true, short: false };
    if adu.pdu.len() > MOST_PDU && function.is_public() {
        body.differs("message is longer than the standard allows", 0, MOST_PDU, adu.pdu.len());
    }
    match toward {
        Toward::Server => {
            body.out.set_direction(Direction::REQUEST);
            if is_odd {
                let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "request from the side of the server");
                body.out.anomaly(anomaly.found(code.into()));
            }
            request(state, way, body, &mut row);
        }
        Toward::Client => {
            body.out.set_direction(Direction::RESPONSE);
            if is_odd {
                let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer from the side of the client");
                body.out.anomaly(anomaly.found(code.into()));
            }
            if code & EXCEPTION != 0 {
                exception(state, way, body, &mut row);
            } else {
                answer(state, way, body, &mut row);
            }
        }
    }
}

/// What the function asks, more closely than its code tells.
fn operation(row: &Modbus<'_>) -> Operation {
    let refined = match row.function_code {
        FunctionCode::DIAGNOSTICS => row.sub_function.and_then(DiagnosticSubFunction::operation),
        FunctionCode::ENCAPSULATED_INTERFACE_TRANSPORT => row.mei_type.and_then(MeiType::operation),
        _ => None,
    };
    refined.or(row.function_code.operation()).unwrap_or(Operation::UNKNOWN)
}

const fn space(function: FunctionCode) -> Option<Symbol> {
    match function.0 {
        1 | 5 | 15 => Some(COIL),
        2 => Some(DISCRETE_INPUT),
        3 | 6 | 16 | 22 | 23 => Some(HOLDING_REGISTER),
        4 => Some(INPUT_REGISTER),
        20 | 21 => Some(FILE),
        24 => Some(FIFO),
        _ => None,
    }
}

/// The request as the common language has it.
fn asks(adu: &Adu<'_>, row: &Modbus<'_>, file: Option<u16>) -> Request<'static> {
    let writes = row.function_code == FunctionCode::READ_WRITE_MULTIPLE_REGISTERS;
    let (address, quantity) =
        if writes { (row.write_address, row.write_quantity) } else { (row.address, row.quantity) };
    Request {
        key: adu.key(row.function_code.0),
        operation: operation(row),
        function: row.function_code.name().map(Symbol),
        function_code: Some(row.function_code.0.into()),
        station: Some(adu.unit_id.into()),
        space: space(row.function_code),
        address: file.or(address).map(u64::from),
        quantity: quantity.map(u32::from),
        object: None,
        numbers: if adu.cut { CUT } else { [echo(adu.pdu, row), digest_bytes(adu.pdu)] },
    }
}

/// In place of what an answer repeats, of a request of which the capture lacks a part: nobody knows it whole.
const CUT: [u64; 2] = [u64::MAX; 2];

/// What the answer must repeat, or what must be known to read it.
fn echo(pdu: &[u8], row: &Modbus<'_>) -> u64 {
    let words = |first: Option<u16>, second: Option<u16>| {
        u64::from(first.unwrap_or_default()) << 16 | u64::from(second.unwrap_or_default())
    };
    match row.function_code.0 {
        23 => words(row.address, row.quantity),
        5 | 6 | 15 | 16 => words(word(pdu, 1), word(pdu, 3)),
        22 => words(word(pdu, 1), word(pdu, 3)) << 16 | u64::from(word(pdu, 5).unwrap_or_default()),
        8 => u64::from(word(pdu, 1).unwrap_or_default()),
        20 => file_octets(pdu, row),
        // As far as the byte count says: what lies behind it belongs to no group.
        21 => {
            let end = 2 + usize::from(octet(pdu, 1).unwrap_or_default());
            digest_bytes(pdu.get(..end).unwrap_or(pdu))
        }
        // The code of Read Device Identification too.
        43 if octet(pdu, 1) == Some(MeiType::READ_DEVICE_IDENTIFICATION.0) => {
            u64::from(word(pdu, 1).unwrap_or_default())
        }
        43 => u64::from(octet(pdu, 1).unwrap_or_default()),
        // Too short to name a function of UMAS, or its child would have it.
        90 => u64::MAX,
        _ => 0,
    }
}

/// The byte count of the answer to a request of function 20, by its groups and their registers: each group has a length and a
/// reference type (section 6.14); 0 where the groups are not whole.
fn file_octets(pdu: &[u8], row: &Modbus<'_>) -> u64 {
    let groups = octet(pdu, 1).unwrap_or_default() / 7;
    row.quantity.map_or(0, |registers| 2 * u64::from(groups) + 2 * u64::from(registers))
}

fn request<'a>(state: &mut State, way: Way, mut body: Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    let adu = body.adu;
    let (mut coils_at, mut registers_at, mut file) = (None, None, None);
    match row.function_code.0 {
        0 => body.value("function code is 0", 0, 0),
        1..=4 => {
            (row.address, row.quantity) = (body.word(1), body.word(3));
            row.data = body.ends(5);
            let most =
                if row.function_code.0 < 3 { shape::MOST_READ_BITS } else { shape::MOST_READ_REGISTERS };
            body.range(row.address, row.quantity, most, 3);
        }
        5 => {
            single_coil(&mut body, row);
            coils_at = row.address;
        }
        6 => {
            single_register(&mut body, row);
            registers_at = row.address;
        }
        7 | 11 | 12 | 17 => row.data = body.ends(1),
        8 => diagnostics(state, &mut body, row),
        15 | 16 => {
            (row.address, row.quantity) = (body.word(1), body.word(3));
            row.byte_count = body.octet(5).map(u16::from);
            let count = usize::from(row.byte_count.unwrap_or_default());
            let octets = body.octets(6, count);
            row.data = body.ends(6 + count);
            let quantity = row.quantity.unwrap_or_default();
            let wants = if row.function_code.0 == 15 {
                row.coils = row.byte_count.map(|_| Bits::new(octets, quantity.into()));
                coils_at = row.address;
                body.range(row.address, row.quantity, shape::MOST_WRITTEN_BITS, 3);
                usize::from(octets_of(quantity))
            } else {
                row.registers = row.byte_count.map(|_| U16Be::new(octets));
                registers_at = row.address;
                body.range(row.address, row.quantity, shape::MOST_WRITTEN_REGISTERS, 3);
                2 * usize::from(quantity)
            };
            if row.byte_count.is_some() && wants != count {
                body.differs("byte count disagrees with quantity", 5, wants, count);
            }
        }
        20 | 21 => {
            row.byte_count = body.octet(1).map(u16::from);
            let count = usize::from(row.byte_count.unwrap_or_default());
            row.data = body.ends(2 + count);
            file = body.word(3).filter(|_| count >= 7);
            row.quantity = file_registers(row.function_code, body.octets(2, count));
        }
        22 => mask_write(&mut body, row),
        23 => {
            (row.address, row.quantity) = (body.word(1), body.word(3));
            (row.write_address, row.write_quantity) = (body.word(5), body.word(7));
            row.byte_count = body.octet(9).map(u16::from);
            let count = usize::from(row.byte_count.unwrap_or_default());
            row.registers = row.byte_count.map(|_| U16Be::new(body.octets(10, count)));
            registers_at = row.write_address;
            row.data = body.ends(10 + count);
            body.range(row.address, row.quantity, shape::MOST_READ_REGISTERS, 3);
            body.range(row.write_address, row.write_quantity, shape::MOST_READ_WRITTEN_REGISTERS, 7);
            let wants = 2 * usize::from(row.write_quantity.unwrap_or_default());
            if row.byte_count.is_some() && wants != count {
                body.differs("byte count disagrees with quantity", 9, wants, count);
            }
        }
        24 => {
            row.address = body.word(1);
            row.data = body.ends(3);
        }
        43 => {
            row.mei_type = body.octet(1).map(MeiType);
            row.data = match row.mei_type {
                Some(MeiType::READ_DEVICE_IDENTIFICATION) => body.ends(4),
                _ => adu.pdu.get(2..),
            };
        }
        // Its head is a session key and a function.
        90 if adu.pdu.len() < UMAS_HEAD => row.data = body.ends(UMAS_HEAD).or(adu.pdu.get(1..)),
        90 => {}
        _ => row.data = adu.pdu.get(1..),
    }
    state.asked(way.side, adu.unit_id, row.function_code.0);
    body.out.row(row);
    match row.function_code.0 {
        8 => diagnostics_row(&mut body, row),
        20 => read_file_request(&mut body),
        21 => written_file_groups(&mut body),
        43 if row.mei_type == Some(MeiType::READ_DEVICE_IDENTIFICATION) => identification_request(&mut body),
        90 if adu.pdu.len() >= UMAS_HEAD
            && body.out.child_of(90, adu.pairing(), adu.pdu.get(1..).unwrap_or_default()) =>
        {
            return;
        }
        _ => {}
    }
    let asks = asks(&adu, row, file);
    if adu.is_broadcast() {
        body.out.unconfirmed(&asks);
    } else if row.sub_function == Some(DiagnosticSubFunction::FORCE_LISTEN_ONLY_MODE) {
        // Section 6.8.1: no response is returned. One that refuses it may be.
        body.out.request_silence(&asks);
    } else if body.out.request(&asks) {
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "the same request again, before its answer");
        body.out.anomaly(anomaly.found(adu.transaction_id.unwrap_or_default().into()));
    }
    // A value is said when it is written, since the answer does not hold it; the operation tells whether it was taken.
    if body.sound {
        let station = adu.unit_id.into();
        if let (Some(first), Some(coils)) = (coils_at, row.coils) {
            body.out.bits(Whose::Receiver, PointWay::WRITTEN, station, COIL, first, coils);
        }
        if let (Some(first), Some(registers)) = (registers_at, row.registers) {
            body.out.registers(
                Whose::Receiver,
                PointWay::WRITTEN,
                station,
                HOLDING_REGISTER,
                first,
                registers,
            );
        }
    }
}

fn single_coil<'a>(body: &mut Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    row.address = body.word(1);
    row.data = body.ends(5);
    match body.word(3) {
        Some(0) => row.coils = Some(Bits::new(&[0], 1)),
        Some(0xff00) => row.coils = Some(Bits::new(&[1], 1)),
        Some(other) => {
            body.value("coil value is neither 0000 nor FF00 hex", 3, other);
            row.data = body.adu.pdu.get(3..);
        }
        None => {}
    }
}

fn single_register<'a>(body: &mut Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    row.address = body.word(1);
    row.registers = body.word(3).map(|_| U16Be::new(body.octets(3, 2)));
    row.data = body.ends(5);
}

fn mask_write<'a>(body: &mut Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    (row.address, row.and_mask, row.or_mask) = (body.word(1), body.word(3), body.word(5));
    row.data = body.ends(7);
}

fn diagnostics<'a>(state: &mut State, body: &mut Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    row.sub_function = body.word(1).map(DiagnosticSubFunction);
    let (have, data) = (body.adu.pdu.len(), body.octets(3, usize::MAX));
    if let (Some(DiagnosticSubFunction::CHANGE_ASCII_INPUT_DELIMITER), [delimiter, 0]) =
        (row.sub_function, data)
    {
        state.delimit(*delimiter);
    }
    if row.sub_function.is_none() {
        body.shorter(3, have);
    } else if data.len() % 2 == 1 {
        body.differs("data of diagnostics is no whole number of words", 3, data.len() + 1, data.len());
        row.data = Some(data);
    }
}

/// A row without any value.
const fn no_diagnostics<'a>(function_code: FunctionCode) -> ModbusDiagnostics<'a> {
    ModbusDiagnostics {
        function_code,
        sub_function: None,
        values: None,
        exception_status: None,
        status: None,
        event_count: None,
        message_count: None,
        events: None,
    }
}

fn diagnostics_row(body: &mut Body<'_, '_, '_>, row: &Modbus<'_>) {
    let values = Some(U16Be::new(body.octets(3, usize::MAX)));
    body.out.row(&ModbusDiagnostics {
        sub_function: row.sub_function,
        values,
        ..no_diagnostics(row.function_code)
    });
}

/// The head of a group of function 20 or 21 (sections 6.14 and 6.15): reference type, file number, record number, record
/// length.
fn group_head(i: &[u8]) -> IResult<&[u8], (u8, u16, u16, u16), ()> {
    (be_u8, be_u16, be_u16, be_u16).parse(i)
}

/// Registers of all groups of a request of function 20, or of a message of function 21, where its groups are whole.
fn file_registers(function: FunctionCode, groups: &[u8]) -> Option<u16> {
    let (mut rest, mut registers) = (groups, 0u16);
    while !rest.is_empty() {
        let (behind, (_, _, _, length)) = group_head(rest).ok()?;
        let values = if function == FunctionCode::WRITE_FILE_RECORD { 2 * usize::from(length) } else { 0 };
        rest = behind.get(values..)?;
        registers = registers.checked_add(length)?;
    }
    Some(registers).filter(|_| !groups.is_empty())
}

fn read_file_request(body: &mut Body<'_, '_, '_>) {
    let count = usize::from(body.octet(1).unwrap_or_default());
    let groups = body.octets(2, count);
    if count == 0 || count % 7 != 0 || count > 0xf5 {
        body.differs("byte count is no whole number of groups", 1, (count / 7).clamp(1, 35) * 7, count);
    }
    let (mut rest, mut index) = (groups, 0u8);
    while let Ok((behind, (reference, file_number, record_number, record_length))) = group_head(rest) {
        reference_type(body, 2 + groups.len() - rest.len());
        body.out.row(&ModbusFileRecords {
            function_code: FunctionCode::READ_FILE_RECORD,
            index,
            length: None,
            reference_type: reference,
            file_number: Some(file_number),
            record_number: Some(record_number),
            record_length: Some(record_length),
            registers: None,
        });
        (rest, index) = (behind, index.saturating_add(1));
    }
}

/// Request and answer of function 21 are the same.
fn written_file_groups(body: &mut Body<'_, '_, '_>) {
    let count = usize::from(body.octet(1).unwrap_or_default());
    let groups = body.octets(2, count);
    let (mut at, mut index) = (0usize, 0u8);
    if count == 0 {
        body.differs("byte count is no whole number of groups", 1, 9, count);
    }
    while at < groups.len() {
        let head = group_head(groups.get(at..).unwrap_or_default());
        let Ok((rest, (reference, file_number, record_number, length))) = head else {
            body.differs("group is shorter than its head", 2 + at, 7, groups.len() - at);
            return;
        };
        let wants = 2 * usize::from(length);
        let octets = rest.get(..wants).unwrap_or(rest);
        reference_type(body, 2 + at);
        if octets.len() < wants {
            body.differs(
                "record is longer than what is left of the message",
                2 + at + 5,
                octets.len(),
                wants,
            );
        }
        body.out.row(&ModbusFileRecords {
            function_code: FunctionCode::WRITE_FILE_RECORD,
            index,
            length: None,
            reference_type: reference,
            file_number: Some(file_number),
            record_number: Some(record_number),
            record_length: Some(length),
            registers: Some(U16Be::new(octets)),
        });
        at += 7 + wants;
        index = index.saturating_add(1);
    }
}

fn read_file_answer(body: &mut Body<'_, '_, '_>) {
    let count = usize::from(body.octet(1).unwrap_or_default());
    let groups = body.octets(2, count);
    let (mut at, mut index) = (0usize, 0u8);
    if count == 0 {
        body.differs("byte count is no whole number of groups", 1, 4, count);
    }
    while at < groups.len() {
        let length = octet(groups, at).unwrap_or_default();
        let Some(reference) = octet(groups, at + 1).filter(|_| length > 0) else {
            body.differs("group is shorter than its head", 2 + at, 2, groups.len() - at);
            return;
        };
        let wants = usize::from(length) - 1;
        let rest = groups.get(at + 2..).unwrap_or_default();
        let octets = rest.get(..wants).unwrap_or(rest);
        reference_type(body, 2 + at + 1);
        if octets.len() < wants || wants % 2 == 1 {
            body.differs("record disagrees with its length", 2 + at, octets.len() + 1, wants + 1);
        }
        body.out.row(&ModbusFileRecords {
            function_code: FunctionCode::READ_FILE_RECORD,
            index,
            length: Some(length),
            reference_type: reference,
            file_number: None,
            record_number: None,
            record_length: None,
            registers: Some(U16Be::new(octets)),
        });
        at += 1 + usize::from(length);
        index = index.saturating_add(1);
    }
}

fn reference_type(body: &mut Body<'_, '_, '_>, at: usize) {
    if let Some(other) = body.octet(at).filter(|kind| *kind != shape::FILE_REFERENCE) {
        body.value("reference type of a file is not 6", at, other.into());
    }
}

fn identification_request(body: &mut Body<'_, '_, '_>) {
    let Some(code) = body.octet(2).map(ReadDeviceIdCode) else { return };
    if code.name().is_none() {
        body.value("unknown Read Device ID code", 2, code.0.into());
    }
    body.out.row(&ModbusDeviceIdentifications {
        read_device_id_code: code,
        object_id: body.octet(3).map(DeviceObjectId),
        conformity_level: None,
        more_follows: None,
        next_object_id: None,
        number_of_objects: None,
    });
}

fn identification_answer(body: &mut Body<'_, '_, '_>) {
    let Some(code) = body.octet(2).map(ReadDeviceIdCode) else { return };
    let more_follows = match body.octet(4) {
        Some(0) => Some(false),
        Some(0xff) => Some(true),
        Some(other) => {
            body.value("More Follows is neither 00 nor FF hex", 4, other.into());
            None
        }
        None => None,
    };
    let objects = body.octet(6);
    body.out.row(&ModbusDeviceIdentifications {
        read_device_id_code: code,
        object_id: None,
        conformity_level: body.octet(3).map(ConformityLevel),
        more_follows,
        next_object_id: body.octet(5).filter(|_| more_follows == Some(true)).map(DeviceObjectId),
        number_of_objects: objects,
    });
    let (mut at, mut found) = (7usize, 0u8);
    while found < objects.unwrap_or_default() {
        let (Some(id), Some(len)) = (body.octet(at), body.octet(at + 1)) else { break };
        let wants = usize::from(len);
        let value = Text(body.octets(at + 2, wants));
        body.out.row(&ModbusDeviceObjects { object_id: DeviceObjectId(id), value });
        if value.0.len() < wants {
            body.differs("object is longer than what is left of the message", at + 1, value.0.len(), wants);
            return;
        }
        let source = Symbol("read_device_identification");
        // An object without content tells nothing of the device.
        if wants > 0 {
            body.out.identity(
                Some(body.adu.unit_id.into()),
                fact(DeviceObjectId(id)),
                Some(id.into()),
                value,
                source,
            );
        }
        (at, found) = (at + 2 + wants, found + 1);
    }
    if let Some(objects) = objects.filter(|objects| found < *objects) {
        body.differs("fewer objects than are counted", 6, objects.into(), found.into());
    } else {
        let _ = body.ends(at.max(7));
    }
}

const fn fact(object: DeviceObjectId) -> Fact {
    match object {
        DeviceObjectId::VENDOR_NAME => Fact::VENDOR,
        DeviceObjectId::PRODUCT_CODE => Fact::PRODUCT_CODE,
        DeviceObjectId::MAJOR_MINOR_REVISION => Fact::REVISION,
        DeviceObjectId::VENDOR_URL => Fact::URL,
        DeviceObjectId::PRODUCT_NAME => Fact::PRODUCT,
        DeviceObjectId::MODEL_NAME => Fact::MODEL,
        DeviceObjectId::USER_APPLICATION_NAME => Fact::APPLICATION,
        _ => Fact::OTHER,
    }
}

/// Section 6.13 leaves the lengths of server ID and additional data to the device. They can be told apart only where one
/// octet alone can be the run indicator between them.
fn server_id(body: &mut Body<'_, '_, '_>, report: &[u8]) {
    let mut indicators = report.iter().enumerate().skip(1).filter(|(_, octet)| matches!(octet, 0 | 0xff));
    let alone = match (indicators.next(), indicators.next(), report.first()) {
        (Some((place, indicator)), None, Some(1..=0xfe)) => Some((place, *indicator == 0xff)),
        _ => None,
    };
    let before = alone.and_then(|(place, _)| report.get(..place));
    let behind = alone.and_then(|(place, _)| report.get(place + 1..)).filter(|rest| !rest.is_empty());
    body.out.row(&ModbusServerIds {
        report: Text(report),
        server_id: before.map(Text),
        run_indicator: alone.map(|(_, run)| run),
        additional_data: behind.map(Text),
    });
    let (number, value) = match (before, behind) {
        (Some([id]), Some(behind)) => (Some(u32::from(*id)), behind),
        (Some(before), None) => (None, before),
        _ => (None, report),
    };
    let station = Some(body.adu.unit_id.into());
    // Of a report that lacks its end the device said something else.
    if !value.is_empty() && body.sound {
        body.out.identity(station, Fact::DESCRIPTION, number, Text(value), Symbol("report_server_id"));
    }
}

/// How well an answer fits a request of its unit and function, by what it repeats of it and by how much it holds.
fn fit(adu: &Adu<'_>, row: &Modbus<'_>, asked: &Asked) -> Fit {
    if asked.numbers == CUT {
        let address = row.address.map(u64::from).or(asked.address);
        return if asked.address.is_none_or(|asked| Some(asked) == address) { Fit::Whole } else { Fit::Not };
    }
    let [said, digest] = asked.numbers;
    let holds = |octets: u64| row.byte_count.map(u64::from) == Some(octets);
    let quantity = asked.quantity.unwrap_or_default();
    let (whole, otherwise) = match row.function_code.0 {
        _ if row.exception_code.is_some() => (true, Fit::Whole),
        1 | 2 => (holds(quantity.div_ceil(8).into()), Fit::Poor),
        3 | 4 => (holds(2 * u64::from(quantity)), Fit::Poor),
        23 => (holds(2 * (said & 0xffff)), Fit::Poor),
        5 | 6 | 15 | 16 | 22 => {
            let elsewhere = row.address.is_some() && asked.address != row.address.map(u64::from);
            (said == echo(adu.pdu, row), if elsewhere { Fit::Not } else { Fit::Partly })
        }
        8 if said != echo(adu.pdu, row) => (false, Fit::Poor),
        8 => (!is_repeated(row) || digest == digest_bytes(adu.pdu), Fit::Partly),
        20 => (said == 0 || holds(said), Fit::Poor),
        21 | 43 => (said == echo(adu.pdu, row), Fit::Poor),
        _ => (true, Fit::Whole),
    };
    if whole { Fit::Whole } else { otherwise }
}

/// Whether an answer of Diagnostics repeats the data of its request (section 6.8.1).
const fn is_repeated(row: &Modbus<'_>) -> bool {
    matches!(
        row.sub_function,
        Some(
            DiagnosticSubFunction::RETURN_QUERY_DATA
                | DiagnosticSubFunction::RESTART_COMMUNICATIONS_OPTION
                | DiagnosticSubFunction::CHANGE_ASCII_INPUT_DELIMITER
                | DiagnosticSubFunction::CLEAR_COUNTERS_AND_DIAGNOSTIC_REGISTER
                | DiagnosticSubFunction::CLEAR_OVERRUN_COUNTER_AND_FLAG
        )
    )
}

/// The request that this answer belongs to.
fn pair(state: &mut State, way: Way, body: &mut Body<'_, '_, '_>, row: &Modbus<'_>) -> Answer {
    let adu = body.adu;
    let key = adu.key(row.function_code.0);
    let found = u64::from(adu.transaction_id.unwrap_or_default());
    let fits = |asked: &Asked| fit(&adu, row, asked);
    // An answer that lacks what its function needs does not tell that anything was done: the request goes on waiting.
    let waits = if body.short { body.out.peek_fitting(key, adu.under_way(), fits) } else { None };
    let answer = match waits {
        Some(asked) => Answer::Paired(asked),
        None => body.out.answer_fitting(key, adu.under_way(), fits),
    };
    match &answer {
        Answer::Paired(_) => {
            state.answered(way.side);
            state.paired(way.toward, || proves(&adu, Toward::Client));
        }
        // It may be of one that was given up.
        _ if body.out.gave_up(key) => {}
        // None that waits was of this address.
        _ if matches!(row.function_code.0, 5 | 6 | 15 | 16 | 22) && body.out.peek(key).is_some() => {
            let reason = "answer speaks of another address than its request";
            let found = u64::from(row.address.unwrap_or_default());
            body.out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason).at(body.place(1)).found(found));
            return Answer::Unasked;
        }
        Answer::Again => {
            let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before");
            body.out.anomaly(anomaly.found(found));
        }
        Answer::Unasked if state.heard_requests_to(way.side) && !body.out.may_lack_request() => {
            let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer without a request");
            body.out.anomaly(anomaly.found(found));
        }
        Answer::Unasked => {}
    }
    answer
}

fn exception<'a>(state: &mut State, way: Way, mut body: Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    row.exception_code = body.octet(1).map(ExceptionCode);
    row.data = body.ends(2);
    // That it is refused, the function code tells without the reason.
    body.short = false;
    if row.function_code.0 == 0 {
        body.value("function code is 0", 0, EXCEPTION.into());
    }
    if let Some(code) = row.exception_code.filter(|code| code.name().is_none()) {
        let reason = if code.0 == 0 {
            "exception code is 0"
        } else {
            "exception code that the standard does not know"
        };
        body.value(reason, 1, code.0.into());
    }
    let answer = pair(state, way, &mut body, row);
    if let Answer::Paired(asked) = &answer {
        row.request_message = Some(asked.message);
        remembered(asked, row);
    }
    body.out.row(row);
    let outcome = match row.exception_code {
        Some(ExceptionCode::ACKNOWLEDGE) => Outcome::ACCEPTED,
        Some(ExceptionCode::SERVER_DEVICE_BUSY) => Outcome::BUSY,
        _ => Outcome::REFUSED,
    };
    let result = Result {
        outcome,
        status: row.exception_code.map(|code| code.0.into()),
        status_name: row.exception_code.and_then(ExceptionCode::name).map(Symbol),
    };
    finish(&mut body, row, answer, result);
}

/// What only the request tells.
fn remembered(asked: &Asked, row: &mut Modbus<'_>) {
    let [echo, _] = asked.numbers;
    let [_, _, _, _, a, b, c, d] = echo.to_be_bytes();
    match row.function_code.0 {
        23 => {
            let is_known = asked.numbers != CUT;
            row.address = is_known.then_some(u16::from_be_bytes([a, b]));
            row.quantity = is_known.then_some(u16::from_be_bytes([c, d]));
            row.write_address = asked.address.and_then(|address| u16::try_from(address).ok());
            row.write_quantity = asked.quantity.and_then(|quantity| u16::try_from(quantity).ok());
        }
        20 | 21 => {
            let quantity = asked.quantity.and_then(|quantity| u16::try_from(quantity).ok());
            row.quantity = row.quantity.or(quantity);
        }
        function => {
            let address = asked.address.and_then(|address| u16::try_from(address).ok());
            row.address = row.address.or(address);
            if function != 24 {
                let quantity = asked.quantity.and_then(|quantity| u16::try_from(quantity).ok());
                row.quantity = row.quantity.or(quantity);
            }
        }
    }
}

/// Writes the operation that this answer ends, if it does. One that was answered before has been written.
fn finish(body: &mut Body<'_, '_, '_>, row: &Modbus<'_>, answer: Answer, result: Result) {
    match answer {
        Answer::Paired(asked) if !body.short => body.out.complete(&asked, result),
        Answer::Paired(_) | Answer::Again => {}
        Answer::Unasked => {
            let result = Result { outcome: Outcome::UNASKED, ..result };
            body.out.unasked(&asks(&body.adu, row, None), result);
        }
    }
}

fn answer<'a>(state: &mut State, way: Way, mut body: Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    let adu = body.adu;
    let code = row.function_code.0;
    let mut values: &'a [u8] = &[];
    match code {
        0 => {
            body.value("function code is 0", 0, 0);
            row.data = adu.pdu.get(1..);
        }
        1..=4 | 12 | 17 | 20 | 21 | 23 => {
            row.byte_count = body.octet(1).map(u16::from);
            let count = usize::from(row.byte_count.unwrap_or_default());
            values = body.octets(2, count);
            row.data = body.ends(2 + count);
        }
        5 => single_coil(&mut body, row),
        6 => single_register(&mut body, row),
        7 => row.data = body.ends(2),
        8 => diagnostics(state, &mut body, row),
        11 => row.data = body.ends(5),
        15 | 16 => {
            (row.address, row.quantity) = (body.word(1), body.word(3));
            row.data = body.ends(5);
            let most = if code == 15 { shape::MOST_WRITTEN_BITS } else { shape::MOST_WRITTEN_REGISTERS };
            body.range(row.address, row.quantity, most, 3);
        }
        22 => mask_write(&mut body, row),
        24 => {
            (row.byte_count, row.quantity) = (body.word(1), body.word(3));
            let count = usize::from(row.byte_count.unwrap_or_default());
            values = body.octets(5, count.saturating_sub(2));
            row.data = body.ends(3 + count);
            fifo(&mut body, row);
        }
        43 => {
            row.mei_type = body.octet(1).map(MeiType);
            if row.mei_type != Some(MeiType::READ_DEVICE_IDENTIFICATION) {
                row.data = adu.pdu.get(2..);
            } else if adu.pdu.len() < 7 {
                body.shorter(7, adu.pdu.len());
            }
        }
        90 => return umas_answer(state, way, body, row),
        _ => row.data = adu.pdu.get(1..),
    }
    if matches!(code, 3 | 4 | 23 | 24) {
        row.registers = row.byte_count.map(|_| U16Be::new(values));
    }
    if code == 21 {
        row.quantity = file_registers(row.function_code, values);
    }
    let answer = pair(state, way, &mut body, row);
    if let Answer::Paired(asked) = &answer {
        row.request_message = Some(asked.message);
        // What should have been repeated, and was not sent, was not said.
        if !(body.short && matches!(code, 5 | 6 | 8 | 15 | 16 | 22 | 43)) {
            compare(&mut body, row, asked);
            remembered(asked, row);
        }
    }
    if matches!(code, 1 | 2) {
        // Padding bits are no values, and only the request tells which bits are padding.
        match row.quantity {
            Some(quantity) => row.coils = row.byte_count.map(|_| Bits::new(values, quantity.into())),
            None if row.data.is_none() && !values.is_empty() => row.data = Some(values),
            None => row.data = adu.pdu.get(2..),
        }
        counts(&mut body, row, usize::from(row.quantity.map_or(0, octets_of)), 1);
    } else if matches!(code, 3 | 4 | 23) {
        counts(&mut body, row, 2 * usize::from(row.quantity.unwrap_or_default()), 2);
    }
    body.out.row(row);
    detail(&mut body, row, values);
    finish(&mut body, row, answer, Result::plain(Outcome::SUCCESS));
    let station = adu.unit_id.into();
    if let (true, true, Some(first)) = (body.sound, row.request_message.is_some(), row.address) {
        match (code, row.coils, row.registers) {
            (1, Some(coils), _) => body.out.bits(Whose::Sender, PointWay::READ, station, COIL, first, coils),
            (2, Some(coils), _) => {
                body.out.bits(Whose::Sender, PointWay::READ, station, DISCRETE_INPUT, first, coils)
            }
            (3 | 23, _, Some(registers)) => {
                body.out.registers(
                    Whose::Sender,
                    PointWay::READ,
                    station,
                    HOLDING_REGISTER,
                    first,
                    registers,
                );
            }
            (4, _, Some(registers)) => {
                body.out.registers(Whose::Sender, PointWay::READ, station, INPUT_REGISTER, first, registers);
            }
            _ => {}
        }
    }
}

/// Says if the byte count of an answer is not what its request asked for, or holds no whole number of values.
fn counts(body: &mut Body<'_, '_, '_>, row: &Modbus<'_>, wants: usize, octets: u16) {
    let Some(count) = row.byte_count else { return };
    if row.quantity.is_some() && wants != usize::from(count) {
        body.differs("byte count disagrees with the quantity asked for", 1, wants, count.into());
    } else if count == 0 || count % octets != 0 {
        body.differs("byte count holds no whole number of values", 1, usize::from(octets), count.into());
    }
}

/// Section 6.18: a byte count of two octets, then the FIFO count, then the registers.
fn fifo(body: &mut Body<'_, '_, '_>, row: &Modbus<'_>) {
    let (Some(bytes), Some(count)) = (row.byte_count, row.quantity) else { return };
    if count > shape::MOST_FIFO_REGISTERS {
        let anomaly = Anomaly::new(AnomalyKind::VALUE, "quantity is above the limit of the function");
        body.wrong(anomaly.at(body.place(3)).numbers(shape::MOST_FIFO_REGISTERS.into(), count.into()));
    }
    let wants = 2 + 2 * usize::from(count);
    if wants != usize::from(bytes) {
        body.differs("byte count disagrees with quantity", 1, wants, bytes.into());
    }
}

/// Says where an answer does not repeat its request.
fn compare(body: &mut Body<'_, '_, '_>, row: &Modbus<'_>, asked: &Asked) {
    if asked.numbers == CUT {
        return;
    }
    let [said, digest] = asked.numbers;
    let here = echo(body.adu.pdu, row);
    if matches!(row.function_code.0, 5 | 6 | 8 | 15 | 16 | 22 | 43) && said != here {
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer does not repeat its request");
        body.out.anomaly(anomaly.at(body.place(1)).numbers(said, here));
    } else if row.function_code == FunctionCode::READ_FILE_RECORD {
        let count = row.byte_count.unwrap_or_default();
        if said != 0 && u64::from(count) != said {
            let wants = usize::try_from(said).unwrap_or(usize::MAX);
            body.differs("byte count disagrees with the quantity asked for", 1, wants, count.into());
        }
    } else if row.function_code == FunctionCode::WRITE_FILE_RECORD {
        if !body.adu.cut && said != here {
            let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer does not repeat its request");
            body.out.anomaly(anomaly.at(body.place(1)));
        }
    } else if is_repeated(row) && !body.adu.cut && digest != digest_bytes(body.adu.pdu) {
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer does not repeat its request");
        body.out.anomaly(anomaly.at(body.place(3)));
    }
}

/// The rows of an answer besides the one in `modbus`.
fn detail(body: &mut Body<'_, '_, '_>, row: &Modbus<'_>, values: &[u8]) {
    let none = no_diagnostics(row.function_code);
    match row.function_code.0 {
        7 => {
            let exception_status = Some(Bits::new(body.octets(1, 1), 8)).filter(|bits| !bits.is_empty());
            body.out.row(&ModbusDiagnostics { exception_status, ..none });
        }
        8 => diagnostics_row(body, row),
        11 => {
            let (status, event_count) = (body.word(1), body.word(3));
            body.out.row(&ModbusDiagnostics { status, event_count, ..none });
        }
        12 => {
            if values.len() < 6 {
                body.differs("message is shorter than its function needs", 1, 6, values.len());
            }
            body.out.row(&ModbusDiagnostics {
                status: word(values, 0),
                event_count: word(values, 2),
                message_count: word(values, 4),
                events: values.get(6..),
                ..none
            });
        }
        17 => server_id(body, values),
        20 => read_file_answer(body),
        21 => written_file_groups(body),
        43 if row.mei_type == Some(MeiType::READ_DEVICE_IDENTIFICATION) => identification_answer(body),
        _ => {}
    }
}

/// The child pairs, since the operation is its own; the row here only looks.
fn umas_answer<'a>(state: &mut State, way: Way, mut body: Body<'a, '_, '_>, row: &mut Modbus<'a>) {
    let adu = body.adu;
    let pairing = adu.pairing();
    let asked = body.out.peek_fitting(pairing.key, pairing.under_way, |_| Fit::Whole);
    row.request_message = asked.map(|asked| asked.message);
    let whole = adu.pdu.len() >= UMAS_HEAD;
    if !whole {
        row.data = body.ends(UMAS_HEAD).or(adu.pdu.get(1..));
    }
    body.out.row(row);
    state.answered(way.side);
    if !(whole && body.out.child_of(90, pairing, adu.pdu.get(1..).unwrap_or_default())) {
        let answer = pair(state, way, &mut body, row);
        finish(&mut body, row, answer, Result::plain(Outcome::SUCCESS));
    }
}
