//! From one PDU to rows: header, jobs and their answers.
use super::{
    address::{self, Address, Any, Name, Other, Part},
    codes::{
        DataTransportSize, ErrorClass, FunctionGroup, ReturnCode, Rosctr, S7Error, S7Function, SyntaxId,
        TransportSize,
    },
    control,
    records::{S7comm, S7commAddresses, S7commItems, S7commSetups},
    state::{JOB_OCTETS, State},
    userdata,
};
use crate::{
    Output,
    common::{
        Anomaly, AnomalyKind, Answer, Asked, Fit, Operation, Outcome, PointValue, PointWay, Request, Result,
        Whose,
    },
    output::Point,
    protocol::{Pdu, Toward},
    record::{Direction, Symbol, Text, digest_bytes},
    wire::Cursor,
};

/// Octets of the header of jobs and userdata.
pub(super) const HEADER: usize = 10;
/// Octets of the header of answers: error class and code follow.
pub(super) const ANSWER_HEADER: usize = 12;
/// First octet of every PDU.
pub(super) const PROTOCOL_ID: u8 = 0x32;

/// Octets of the header, by the kind of PDU.
pub(super) const fn header_length(rosctr: Rosctr) -> Option<usize> {
    match rosctr {
        Rosctr::JOB | Rosctr::USERDATA => Some(HEADER),
        Rosctr::ACK | Rosctr::ACK_DATA => Some(ANSWER_HEADER),
        // Nobody is known to send them; tshark reads this header of them too.
        Rosctr(4..=6) => Some(HEADER),
        _ => None,
    }
}

/// The parts of one PDU, and where what is wrong with them is said.
pub(super) struct Body<'a, 'o, 's> {
    pub(super) out: &'o mut Output<'s>,
    pub(super) header: S7comm,
    pub(super) parameters: &'a [u8],
    pub(super) data: &'a [u8],
    /// Where the parameters begin in the PDU.
    pub(super) parameters_at: usize,
    /// Where the data begin in the PDU.
    pub(super) data_at: usize,
    /// The PDU is shorter than its lengths, which was said.
    pub(super) cut: bool,
}

impl Body<'_, '_, '_> {
    /// Says that something is wrong; what was cut off is no second fault.
    #[cold]
    pub(super) fn wrong(&mut self, anomaly: Anomaly) {
        if !self.cut {
            self.out.anomaly(anomaly);
        }
    }
    #[cold]
    pub(super) fn short(&mut self, reason: &'static str, at: usize) {
        self.wrong(Anomaly::new(AnomalyKind::MALFORMED, reason).at(at as u64));
    }
    pub(super) fn trailing(&mut self, at: usize, len: usize) {
        if len > 0 {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the last field");
            self.wrong(anomaly.at(at as u64).length(len as u64));
        }
    }
    /// What tells a request and its answer from others, but for their function.
    pub(super) fn key(&self, is_userdata: bool) -> u64 {
        let reference = u64::from(self.header.pdu_reference);
        self.out.pairing().key << 32 | u64::from(is_userdata) << 16 | reference
    }
    /// Error class and code in one number.
    pub(super) fn error(&self) -> Option<S7Error> {
        let class = self.header.error_class?;
        Some(S7Error(u16::from_be_bytes([class.0, self.header.error_code?])))
    }
    /// Whether the whole is refused: there may be nothing behind the function then.
    fn is_refused(&self) -> bool {
        self.error().is_some_and(|error| error != S7Error::NO_ERROR)
    }
}

/// One PDU. [`super::frame`] has seen to it that there is a header.
pub(super) fn message(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
    let mut cursor = Cursor::new(pdu.bytes);
    let (
        Some(_),
        Some(rosctr),
        Some(redundancy),
        Some(pdu_reference),
        Some(parameter_length),
        Some(data_length),
    ) = (cursor.u8(), cursor.u8().map(Rosctr), cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16())
    else {
        return;
    };
    let (mut error_class, mut error_code) = (None, None);
    if header_length(rosctr) == Some(ANSWER_HEADER) {
        (error_class, error_code) = (cursor.u8().map(ErrorClass), cursor.u8());
    }
    let parameters_at = cursor.read();
    let parameters = cursor.take_up_to(parameter_length.into());
    let data_at = cursor.read();
    let data = cursor.take_up_to(data_length.into());
    let header = S7comm {
        rosctr,
        pdu_reference,
        parameter_length,
        data_length,
        error_class,
        error_code,
        function_code: None,
        item_count: None,
        request_message: None,
    };
    let cut =
        pdu.cut || parameters.len() < usize::from(parameter_length) || data.len() < usize::from(data_length);
    let mut body = Body { out, header, parameters, data, parameters_at, data_at, cut };
    match rosctr {
        Rosctr::JOB => {
            body.out.set_direction(Direction::REQUEST);
            job(state, &mut body);
        }
        Rosctr::USERDATA => userdata::message(state, &mut body),
        Rosctr(4..=6) => {
            body.out.row(&body.header);
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "kind of PDU is not known");
            body.out.anomaly(anomaly.at(1).found(rosctr.0.into()));
        }
        _ => {
            body.out.set_direction(Direction::RESPONSE);
            answer(state, &mut body);
        }
    }
    if redundancy != 0 {
        let anomaly = Anomaly::new(AnomalyKind::VALUE, "redundancy identification is not 0");
        body.out.anomaly(anomaly.at(2).found(redundancy.into()));
    }
}

/// Where a job of this function goes: the PLC itself fetches the block of a download.
const fn job_goes(function: S7Function) -> Option<Toward> {
    match function {
        S7Function::DOWNLOAD_BLOCK | S7Function::DOWNLOAD_ENDED => Some(Toward::Client),
        _ if function.name().is_some() => Some(Toward::Server),
        _ => None,
    }
}

pub(super) fn learn(out: &mut Output<'_>, toward: Option<Toward>) {
    if out.way().toward.is_none()
        && let Some(toward) = toward
    {
        out.learn(toward);
    }
}

fn job(state: &mut State, body: &mut Body<'_, '_, '_>) {
    let mut cursor = Cursor::new(body.parameters);
    let function = cursor.u8().map(S7Function);
    body.header.function_code = function;
    let Some(function) = function else {
        let header = body.header;
        body.out.row(&header);
        body.short("job without a function", HEADER);
        return;
    };
    learn(body.out, job_goes(function));
    let mut asks = asks(body, function);
    match function {
        S7Function::READ_VAR | S7Function::WRITE_VAR => {
            body.header.item_count = cursor.u8();
            let header = body.header;
            body.out.row(&header);
            match items_of_job(state, body, cursor, function, &mut asks) {
                Some(Address { any: Some(any), .. }) => {
                    let name = Name::any(&any, 0);
                    (asks.space, asks.address) = (Some(any.space()), Some(any.byte().into()));
                    asks.object = Some(name.text());
                    asked(body, &asks);
                }
                Some(item) => asked_of_other(body, asks, &item),
                None => asked(body, &asks),
            }
            return;
        }
        _ => {
            let header = body.header;
            body.out.row(&header);
        }
    }
    match function {
        S7Function::SETUP_COMMUNICATION => setup(state, body, cursor),
        S7Function::REQUEST_DOWNLOAD
        | S7Function::DOWNLOAD_BLOCK
        | S7Function::DOWNLOAD_ENDED
        | S7Function::START_UPLOAD
        | S7Function::UPLOAD
        | S7Function::END_UPLOAD => {
            let (object, error) = control::transfer_job(body, cursor, function);
            asks.object = object;
            asks.numbers[0] |= error.map_or(0, |error| u64::from(error.0)) << 8;
            asked(body, &asks);
            return;
        }
        S7Function::PI_SERVICE => {
            let (service, operation) = control::pi_service(body, cursor);
            (asks.object, asks.operation) = (service, operation);
            asked(body, &asks);
            return;
        }
        S7Function::PLC_STOP => {
            asks.object = control::plc_stop(body, cursor);
            asked(body, &asks);
            return;
        }
        _ => {}
    }
    asked(body, &asks);
}

/// The request as the common language has it.
pub(super) fn asks(body: &Body<'_, '_, '_>, function: S7Function) -> Request<'static> {
    let digest = digest_bytes(body.parameters) ^ digest_bytes(body.data).rotate_left(1);
    Request {
        key: body.key(false),
        operation: function.operation().unwrap_or_default(),
        function: function.name().map(Symbol),
        function_code: Some(function.0.into()),
        station: None,
        space: None,
        address: None,
        quantity: None,
        object: None,
        numbers: [function.0.into(), digest],
    }
}

/// Remembers a request, and says if it comes again before its answer.
pub(super) fn asked(body: &mut Body<'_, '_, '_>, asks: &Request<'_>) {
    if body.out.request(asks) {
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "the same request again, before its answer");
        body.out.anomaly(anomaly.found(body.header.pdu_reference.into()));
    }
}

/// Remembers a request whose address is in another syntax.
#[cold]
fn asked_of_other(body: &mut Body<'_, '_, '_>, asks: Request<'_>, item: &Address<'_>) {
    let mut scratch = body.out.take_scratch();
    let (mut space, mut address) = (None, None);
    if let Some(other) = item.other() {
        (space, address) = (other.space(item.syntax_id), other.number());
        other.write_name(&mut scratch);
    }
    let object = (!scratch.is_empty()).then(|| scratch.text());
    asked(body, &Request { space, address, object, ..asks });
    body.out.give_back(scratch);
}

fn setup(state: &mut State, body: &mut Body<'_, '_, '_>, mut cursor: Cursor<'_>) {
    let at = body.parameters_at + cursor.read();
    if let (Some(_), Some(max_amq_calling), Some(max_amq_called), Some(pdu_length)) =
        (cursor.u8(), cursor.u16(), cursor.u16(), cursor.u16())
    {
        body.out.row(&S7commSetups { max_amq_calling, max_amq_called, pdu_length });
        if body.header.rosctr == Rosctr::ACK_DATA {
            state.set_outstanding(max_amq_calling.max(max_amq_called));
        }
        let end = body.parameters_at + cursor.read();
        body.trailing(end, cursor.rest().len());
    } else {
        body.short("set-up is shorter than its fields", at);
    }
    body.trailing(body.data_at, body.data.len());
}

/// One item of data: what became of it, in which unit, and the octets.
#[derive(Clone, Copy, Debug)]
struct Datum<'a> {
    return_code: ReturnCode,
    transport_size: DataTransportSize,
    octets: &'a [u8],
    /// There are octets: it was not refused.
    holds: bool,
    /// The data end before their length.
    short: bool,
}

/// The next item of data. A fill octet follows one of odd length; behind the last it is there or not.
#[inline]
fn datum<'a>(cursor: &mut Cursor<'a>, last: bool) -> Option<Datum<'a>> {
    datum_of(cursor, last, false)
}

/// The same, of an answer or of a job: what says how an item ended is reserved in a job.
#[inline]
fn datum_of<'a>(cursor: &mut Cursor<'a>, last: bool, is_job: bool) -> Option<Datum<'a>> {
    let &[return_code, transport_size, l1, l2] = cursor.take(4)? else { return None };
    let (return_code, transport_size) = (ReturnCode(return_code), DataTransportSize(transport_size));
    let length = transport_size.octets(u16::from_be_bytes([l1, l2]));
    // What was refused has no data, whatever its length says.
    if !is_job && !matches!(return_code, ReturnCode::SUCCESS | ReturnCode::RESERVED) {
        return Some(Datum { return_code, transport_size, octets: &[], holds: false, short: false });
    }
    let octets = cursor.take_up_to(length.into());
    let short = octets.len() < usize::from(length);
    if length % 2 == 1 && (!last || cursor.rest().len() == 1) {
        cursor.take(1);
    }
    Some(Datum { return_code, transport_size, octets, holds: true, short })
}

/// A row without any value.
const fn no_item<'a>(index: u16) -> S7commItems<'a> {
    S7commItems {
        index,
        syntax_id: None,
        transport_size: None,
        length: None,
        db_number: None,
        area: None,
        byte_address: None,
        bit_address: None,
        name: None,
        return_code: None,
        data_transport_size: None,
        integer: None,
        number: None,
        data: None,
    }
}

/// Fills the address of an item. The fields of the wire are filled only where this PDU holds them.
fn fill_address(row: &mut S7commItems<'_>, address: &Address<'_>, here: bool) {
    if here {
        row.syntax_id = Some(address.syntax_id);
    }
    if let Some(any) = address.any {
        if here {
            (row.transport_size, row.area) = (Some(any.transport_size), Some(any.area));
        }
        if here && !any.is_record() {
            (row.length, row.db_number) = (Some(any.length), Some(any.db_number));
        }
        (row.byte_address, row.bit_address) = (Some(any.byte()), any.bit());
    }
}

fn fill_datum<'a>(row: &mut S7commItems<'a>, datum: &Datum<'a>, any: Option<&Any>) {
    (row.return_code, row.data_transport_size) = (Some(datum.return_code), Some(datum.transport_size));
    if datum.holds {
        row.data = Some(datum.octets);
    }
    let transport_size = match any {
        Some(any) if any.length == 1 => Some(any.transport_size),
        Some(_) => None,
        None => address::type_of(datum.transport_size, datum.octets.len()),
    };
    match transport_size.and_then(|transport_size| address::value(transport_size, datum.octets)) {
        Some(PointValue::Truth(truth)) => row.integer = Some(truth.into()),
        Some(PointValue::Integer(integer)) => row.integer = Some(integer),
        Some(PointValue::Number(number)) => row.number = Some(number),
        _ => {}
    }
}

/// Says if an item does not have the octets that its address means.
#[inline]
fn differs(body: &mut Body<'_, '_, '_>, any: &Any, datum: &Datum<'_>, at: usize) {
    let found = datum.octets.len();
    if let Some(expected) = any.octets().filter(|expected| *expected != found) {
        say_length(body, expected, found, at);
    }
}

#[cold]
fn say_length(body: &mut Body<'_, '_, '_>, expected: usize, found: usize, at: usize) {
    let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "values do not have the length of their address");
    body.wrong(anomaly.at(at as u64).numbers(expected as u64, found as u64));
}

/// Says the values of one item, as many as its address means; `name` is that of the variable so many octets, or numbers, behind
/// the address.
pub(super) fn points(
    out: &mut Output<'_>,
    whose: Whose,
    way: PointWay,
    any: &Any,
    octets: &[u8],
    name: impl Fn(u32) -> Name,
) {
    let octets = any.octets().and_then(|len| octets.get(..len)).unwrap_or(octets);
    if !out.wants_points() || octets.is_empty() {
        return;
    }
    let space = any.space();
    let mut say = |behind: u32, name: &Name, value: PointValue<'_>| {
        let mut point = Point::new(space, way, value);
        (point.address, point.name) = (Some(u64::from(any.byte().saturating_add(behind))), Some(name.text()));
        out.point(whose, &point);
    };
    let width = address::width(any.transport_size);
    let opaque = matches!(any.transport_size, TransportSize::BYTE | TransportSize::CHAR | TransportSize::BIT);
    let whole = width == 0 || (opaque && any.length != 1);
    if whole {
        // Octets that may hold anything are one point; characters are one text.
        let value = match any.transport_size {
            TransportSize::CHAR => PointValue::Text(Text(octets)),
            _ => PointValue::Bits(octets),
        };
        say(0, &name(0), value);
        return;
    }
    for (index, octets) in octets.chunks_exact(width).enumerate() {
        let step = if any.is_number() { 1 } else { width };
        let behind = u32::try_from(index.saturating_mul(step)).unwrap_or(u32::MAX);
        if let Some(value) = address::value(any.transport_size, octets) {
            say(behind, &name(behind), value);
        }
    }
}

/// The items of a job of read or write: a row each, with the data that are to be written. Returns the first whose address is
/// known.
fn items_of_job<'a>(
    state: &mut State,
    body: &mut Body<'a, '_, '_>,
    mut cursor: Cursor<'a>,
    function: S7Function,
    asks: &mut Request<'_>,
) -> Option<Address<'a>> {
    let Some(count) = body.header.item_count else {
        body.short("read or write without a number of items", body.parameters_at + 1);
        return None;
    };
    let mut first = None;
    let writes = function == S7Function::WRITE_VAR;
    asks.quantity = Some(count.into());
    state.remember((body.out.message(), body.header.pdu_reference), cursor.rest());
    let (wants_rows, wants_points) = (body.out.wants::<S7commItems<'_>>(), writes && body.out.wants_points());
    let mut data = Cursor::new(body.data);
    // Octets that the data of the answer to a read have, if none is refused.
    let (mut expected, mut is_known) = (0usize, !writes);
    for index in 0..u16::from(count) {
        let at = body.parameters_at + cursor.read();
        if cursor.peek().is_some_and(|octet| octet != address::VARIABLE_SPECIFICATION) {
            let found = u64::from(cursor.peek().unwrap_or_default());
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "item does not begin with 12 hex");
            body.wrong(anomaly.at(at as u64).numbers(address::VARIABLE_SPECIFICATION.into(), found));
        }
        let last = index + 1 == u16::from(count);
        let Some(item) = address::item(&mut cursor, last) else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer items than their number says");
            body.wrong(anomaly.at(at as u64).numbers(count.into(), index.into()));
            is_known = false;
            break;
        };
        if is_known {
            match item.any.as_ref().and_then(Any::octets) {
                Some(len) => expected += 4 + if last { len } else { len + len % 2 },
                None => is_known = false,
            }
        }
        if first.is_none() && item.is_known() {
            first = Some(item);
        }
        if item.any.is_none() && item.syntax_id == SyntaxId::S7ANY {
            body.short("address does not have the length of its syntax", at);
        }
        let mut row = no_item(index);
        let datum_at = body.data_at + data.read();
        let datum = if writes { datum_of(&mut data, last, true) } else { None };
        if wants_rows || item.any.is_none() {
            fill_address(&mut row, &item, true);
            if let Some(datum) = &datum {
                fill_datum(&mut row, datum, item.any.as_ref());
            }
            if let Some(any) = &item.any {
                let name = Name::any(any, 0);
                body.out.row(&S7commItems { name: Some(name.text()), ..row });
            } else {
                other_item(body, row, &item, datum.as_ref(), (Whose::Receiver, PointWay::WRITTEN));
            }
        }
        if item.any.is_none_or(|any| any.is_record()) {
            other_address(body, index, &item);
        }
        match (&datum, writes) {
            (Some(datum), true) if datum.short => body.short("data are shorter than their length", datum_at),
            (Some(datum), true) => {
                if let Some(any) = &item.any {
                    differs(body, any, datum, datum_at);
                    if wants_points {
                        let name = |behind| Name::any(any, behind);
                        points(body.out, Whose::Receiver, PointWay::WRITTEN, any, datum.octets, name);
                    }
                }
            }
            (None, true) => body.short("no data for an item that is written", datum_at),
            _ => {}
        }
    }
    let end = body.parameters_at + cursor.read();
    body.trailing(end, cursor.rest().len());
    let end = body.data_at + data.read();
    body.trailing(end, data.rest().len());
    if is_known {
        asks.numbers[0] |= (expected as u64) << 8;
    }
    first
}

/// An address that is not in the syntax S7ANY.
fn other_address(body: &mut Body<'_, '_, '_>, index: u16, item: &Address<'_>) {
    if !body.out.wants::<S7commAddresses<'_>>() {
        return;
    }
    let mut row = S7commAddresses {
        index,
        syntax_id: item.syntax_id,
        part: 0,
        db_number: None,
        byte_address: None,
        length: None,
        nck_area: None,
        nck_unit: None,
        nck_column: None,
        nck_line: None,
        nck_module: None,
        nck_line_count: None,
        parameter_number: None,
        parameter_index: None,
        symbol_crc: None,
        symbol_path: None,
        address: item.octets,
    };
    match item.other() {
        Some(Other::Parts { count, mut parts }) => {
            for part in 0..u16::from(count) {
                let Some(Part { length, db_number, start }) = Part::read(&mut parts) else {
                    let at = body.parameters_at;
                    body.short("fewer parts of data blocks than their number says", at);
                    break;
                };
                row.part = part;
                (row.length, row.db_number) = (Some(length.into()), Some(db_number));
                row.byte_address = Some(start.into());
                body.out.row(&row);
            }
            return;
        }
        Some(Other::Nck { area, unit, column, line, module, line_count }) => {
            (row.nck_area, row.nck_unit, row.nck_column) = (Some(area), Some(unit), Some(column));
            (row.nck_line, row.nck_module, row.nck_line_count) = (Some(line), Some(module), Some(line_count));
        }
        Some(Other::Drive { number, index }) => {
            (row.parameter_number, row.parameter_index) = (Some(number), Some(index));
        }
        Some(other @ Other::Symbol { db_number, crc, .. }) => {
            (row.db_number, row.symbol_crc) = (db_number, crc);
            let mut scratch = body.out.take_scratch();
            other.write_name(&mut scratch);
            row.symbol_path = Some(scratch.text());
            body.out.row(&row);
            body.out.give_back(scratch);
            return;
        }
        None => {}
    }
    body.out.row(&row);
}

/// The row and the value of an item whose address is in another syntax.
#[cold]
fn other_item(
    body: &mut Body<'_, '_, '_>,
    row: S7commItems<'_>,
    item: &Address<'_>,
    datum: Option<&Datum<'_>>,
    (whose, way): (Whose, PointWay),
) {
    let other = item.other();
    let mut scratch = body.out.take_scratch();
    if let Some(other) = &other {
        other.write_name(&mut scratch);
    }
    let name = (!scratch.is_empty()).then(|| scratch.text());
    body.out.row(&S7commItems { name, ..row });
    if let (Some(other), Some(datum), Some(name)) = (other, datum, name)
        && !datum.short
        && body.out.wants_points()
    {
        other_point(body, (item, &other, name), datum, (whose, way));
    }
    body.out.give_back(scratch);
}

/// Says the value, where its address leaves no doubt what it is of.
fn other_point(
    body: &mut Body<'_, '_, '_>,
    (item, other, name): (&Address<'_>, &Other<'_>, Text<'_>),
    datum: &Datum<'_>,
    (whose, way): (Whose, PointWay),
) {
    match other {
        Other::Parts { .. } => {
            if let Some(any) = item.only_part() {
                points(body.out, whose, way, &any, datum.octets, |behind| Name::any(&any, behind));
            }
        }
        // Which drive object the parameter is of stands in octets that are not known.
        Other::Drive { .. } => {}
        Other::Nck { .. } | Other::Symbol { .. } => {
            let value = address::type_of(datum.transport_size, datum.octets.len())
                .and_then(|transport_size| address::value(transport_size, datum.octets))
                .or((!datum.octets.is_empty()).then_some(PointValue::Bits(datum.octets)));
            if let (Some(value), Some(space)) = (value, other.space(item.syntax_id)) {
                let mut point = Point::new(space, way, value);
                point.name = Some(name);
                body.out.point(whose, &point);
            }
        }
    }
}

/// How an answer ended, by the error of its header.
fn header_result(body: &Body<'_, '_, '_>) -> Result {
    match body.error() {
        None | Some(S7Error::NO_ERROR) => Result::plain(Outcome::SUCCESS),
        Some(error) => {
            let class = body.header.error_class.and_then(ErrorClass::name);
            Result {
                outcome: Outcome::REFUSED,
                status: Some(error.0.into()),
                status_name: error.name().or(class).map(Symbol),
            }
        }
    }
}

/// How well an answer fits a job that has its reference. One without a function may refuse any.
fn fit(
    state: &State,
    header: &S7comm,
    parameters: &[u8],
    data: &[u8],
    is_refused: bool,
    asked: &Asked,
) -> Fit {
    let [said, _] = asked.numbers;
    let Some((function, behind)) = parameters.split_first() else { return Fit::Whole };
    if said & 0xff != u64::from(*function) {
        return Fit::Not;
    }
    let function = S7Function(*function);
    if is_refused || !matches!(function, S7Function::READ_VAR | S7Function::WRITE_VAR) {
        return Fit::Whole;
    }
    let count = behind.first().copied().unwrap_or_default();
    if asked.quantity != Some(count.into()) {
        return Fit::Poor;
    }
    if function == S7Function::WRITE_VAR || said >> 8 == data.len() as u64 {
        return Fit::Whole;
    }
    let Some(items) = state.addresses((asked.message, header.pdu_reference)) else { return Fit::Partly };
    if holds(items, data, count.into()) { Fit::Whole } else { Fit::Poor }
}

/// Whether all items that were not refused have the octets that their addresses mean.
#[cold]
fn holds(items: &[u8], data: &[u8], count: u16) -> bool {
    let (mut addresses, mut data) = (Cursor::new(items), Cursor::new(data));
    (1..=count).all(|index| {
        let item = address::item(&mut addresses, index == count);
        let octets = item.and_then(|item| item.any).and_then(|any| any.octets());
        datum(&mut data, index == count)
            .is_some_and(|datum| !datum.holds || octets.is_none_or(|octets| octets == datum.octets.len()))
    })
}

/// The request that an answer belongs to. An acknowledgement states no function: the reference alone tells.
fn paired(state: &State, body: &mut Body<'_, '_, '_>, stated: Option<S7Function>) -> Answer {
    let (header, parameters, data, is_refused) = (body.header, body.parameters, body.data, body.is_refused());
    let (key, under_way) = (body.key(false), state.under_way);
    // What does not fit at all may be the answer to a job that is not in the capture.
    let lacks = body.out.may_lack_request();
    let fit = |asked: &Asked| match fit(state, &header, parameters, data, is_refused, asked) {
        Fit::Poor if lacks => Fit::Not,
        fit => fit,
    };
    let answer = body.out.answer_fitting(key, under_way, fit);
    if matches!(answer, Answer::Paired(_)) {
        return answer;
    }
    let Some(stated) = stated else {
        // It may refuse userdata.
        let of_userdata = body.key(true);
        let waits = body.out.peek(of_userdata).is_some();
        return if waits { body.out.answer_fitting(of_userdata, under_way, |_| Fit::Whole) } else { answer };
    };
    say_other(body, key, stated.0.into()).unwrap_or(answer)
}

/// Says if an answer that belongs to no request has the reference of one with another function.
pub(super) fn say_other(body: &mut Body<'_, '_, '_>, key: u64, found: u64) -> Option<Answer> {
    let asked = body.out.peek(key)?;
    if body.out.may_lack_request() {
        return Some(Answer::Unasked);
    }
    let function = asked.request(None).function_code.unwrap_or_default();
    let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer has another function than its request");
    body.out.anomaly(anomaly.numbers(function.into(), found));
    Some(Answer::Unasked)
}

fn answer(state: &mut State, body: &mut Body<'_, '_, '_>) {
    let mut cursor = Cursor::new(body.parameters);
    let stated = cursor.u8().map(S7Function);
    learn(body.out, stated.and_then(job_goes).map(Toward::back));
    let answer = paired(state, body, stated);
    let asked: Option<Asked> = match &answer {
        Answer::Paired(asked) => Some(*asked),
        _ => None,
    };
    body.header.function_code = stated;
    body.header.request_message = asked.map(|asked| asked.message);
    if matches!(stated, Some(S7Function::READ_VAR | S7Function::WRITE_VAR)) {
        body.header.item_count = cursor.u8();
        if body.header.item_count.is_none() && !body.is_refused() {
            body.short("read or write without a number of items", body.parameters_at + 1);
        }
    }
    let header = body.header;
    body.out.row(&header);
    let mut result = header_result(body);
    match stated {
        Some(S7Function::READ_VAR | S7Function::WRITE_VAR) => {
            let addresses = asked.map(|asked| state.addresses((asked.message, body.header.pdu_reference)));
            let is_cut = |items: &[u8]| items.len() >= JOB_OCTETS;
            if addresses.is_some_and(|items| items.is_none_or(is_cut)) {
                let anomaly = Anomaly::new(AnomalyKind::LIMIT, "addresses of the job were forgotten");
                body.out.anomaly(anomaly.found(body.header.pdu_reference.into()));
            }
            // Which of the addresses another number of values have, nobody knows.
            let asked_for = asked.and_then(|asked| asked.quantity);
            let has_all = asked_for.is_none() || asked_for == body.header.item_count.map(u32::from);
            let items = addresses.flatten().filter(|_| has_all).unwrap_or_default();
            let wrote = stated == Some(S7Function::WRITE_VAR);
            let outcome = items_of_answer(body, items, wrote);
            if result.outcome == Outcome::SUCCESS
                && let Some(of_items) = outcome
            {
                result = of_items;
            }
            let end = body.parameters_at + cursor.read();
            body.trailing(end, cursor.rest().len());
            if let Some(asked) = asked
                && let (Some(quantity), Some(count)) = (asked.quantity, body.header.item_count)
                && quantity != u32::from(count)
                && result.status.is_none()
            {
                let anomaly =
                    Anomaly::new(AnomalyKind::UNEXPECTED, "answer has another number of items than its job");
                body.out.anomaly(anomaly.numbers(quantity.into(), count.into()));
                if u32::from(count) < quantity {
                    result.outcome = Outcome::PARTIAL;
                }
            }
        }
        Some(S7Function::SETUP_COMMUNICATION) => setup(state, body, cursor),
        Some(
            function @ (S7Function::REQUEST_DOWNLOAD
            | S7Function::DOWNLOAD_BLOCK
            | S7Function::DOWNLOAD_ENDED
            | S7Function::START_UPLOAD
            | S7Function::UPLOAD
            | S7Function::END_UPLOAD),
        ) => {
            let failed = control::transfer_answer(body, cursor, function);
            // Who ended the transfer said why.
            let ended = asked.map(|asked| S7Error((asked.numbers[0] >> 8) as u16));
            let ended = ended.filter(|error| *error != S7Error::NO_ERROR);
            if result.outcome == Outcome::SUCCESS && (failed || ended.is_some()) {
                result.outcome = Outcome::REFUSED;
                result.status = ended.map(|error| error.0.into());
                result.status_name = ended.and_then(S7Error::name).map(Symbol);
            }
        }
        _ => {}
    }
    complete(body, &answer, stated, result);
}

/// Ends the operation that this answer speaks of.
pub(super) fn complete(
    body: &mut Body<'_, '_, '_>,
    answer: &Answer,
    function: Option<S7Function>,
    result: Result,
) {
    match answer {
        Answer::Paired(asked) => body.out.complete(asked, result),
        Answer::Again => {
            let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before");
            body.out.anomaly(anomaly.found(body.header.pdu_reference.into()));
        }
        Answer::Unasked => {
            let mut asks = asks(body, function.unwrap_or_default());
            if function.is_none() {
                (asks.function, asks.function_code, asks.operation) = (None, None, Operation::UNKNOWN);
            }
            let result = Result { outcome: Outcome::UNASKED, ..result };
            body.out.unasked(&asks, result);
        }
    }
}

/// The items of an answer: a row each, with the address that the job gave.
fn items_of_answer(body: &mut Body<'_, '_, '_>, items: &[u8], wrote: bool) -> Option<Result> {
    let count = u16::from(body.header.item_count?);
    let mut addresses = Cursor::new(items);
    let mut data = Cursor::new(body.data);
    let wants_rows = body.out.wants::<S7commItems<'_>>();
    let wants_points = !wrote && body.out.wants_points();
    let (mut done, mut refused) = (0u32, None);
    let nck = !wrote
        && body.data.get(1).is_some_and(|size| {
            matches!(
                DataTransportSize(*size),
                DataTransportSize::NCK_ADDRESS_1 | DataTransportSize::NCK_ADDRESS_2
            )
        });
    if nck {
        return nck_addresses(body, count);
    }
    for index in 0..count {
        let item = address::item(&mut addresses, index + 1 == count);
        let at = body.data_at + data.read();
        let datum = if wrote {
            data.u8().map(|code| Datum {
                return_code: ReturnCode(code),
                transport_size: DataTransportSize::NULL,
                octets: &[],
                holds: false,
                short: false,
            })
        } else {
            datum(&mut data, index + 1 == count)
        };
        let Some(datum) = datum else {
            // An error of the whole needs no data.
            if !body.is_refused() {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer items than their number says");
                body.wrong(anomaly.at(at as u64).numbers(count.into(), index.into()));
            }
            break;
        };
        if datum.return_code == ReturnCode::SUCCESS {
            done += 1;
        } else {
            refused.get_or_insert(datum.return_code);
        }
        let any = item.and_then(|item| item.any);
        let other = item.filter(|_| any.is_none());
        if wants_rows || other.is_some() {
            let mut row = no_item(index);
            if let Some(item) = &item {
                fill_address(&mut row, item, false);
            }
            if wrote {
                row.return_code = Some(datum.return_code);
            } else {
                fill_datum(&mut row, &datum, any.as_ref());
            }
            if let Some(item) = &other {
                let read = Some(&datum).filter(|datum| !wrote && datum.return_code == ReturnCode::SUCCESS);
                other_item(body, row, item, read, (Whose::Sender, PointWay::READ));
            } else {
                let name = any.as_ref().map(|any| Name::any(any, 0));
                body.out.row(&S7commItems { name: name.as_ref().map(Name::text), ..row });
            }
        }
        if datum.short {
            body.short("data are shorter than their length", at);
        } else if datum.return_code == ReturnCode::SUCCESS
            && !wrote
            && let Some(any) = &any
        {
            differs(body, any, &datum, at);
            if wants_points {
                let name = |behind| Name::any(any, behind);
                points(body.out, Whose::Sender, PointWay::READ, any, datum.octets, name);
            }
        }
    }
    let end = body.data_at + data.read();
    body.trailing(end, data.rest().len());
    let refused = refused?;
    let outcome = if done > 0 { Outcome::PARTIAL } else { Outcome::REFUSED };
    let (status, status_name) = (Some(refused.0.into()), refused.name().map(Symbol));
    Some(Result { outcome, status, status_name })
}

/// A numerical control may answer with addresses in the place of data.
fn nck_addresses(body: &mut Body<'_, '_, '_>, count: u16) -> Option<Result> {
    let mut cursor = Cursor::new(body.data);
    let (return_code, size) = (cursor.u8().map(ReturnCode), cursor.u8().map(DataTransportSize));
    for index in 0..count {
        let Some(item) = address::item(&mut cursor, index + 1 == count) else { break };
        let mut row = no_item(index);
        (row.return_code, row.data_transport_size, row.data) = (return_code, size, Some(item.octets));
        body.out.row(&row);
        other_address(body, index, &item);
    }
    None
}

/// Items of userdata that have addresses: cyclic services.
pub(super) fn addressed_items(body: &mut Body<'_, '_, '_>, cursor: &mut Cursor<'_>, count: u16, at: usize) {
    for index in 0..count {
        let before = cursor.read();
        let Some(item) = address::item(cursor, index + 1 == count) else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer items than their number says");
            body.wrong(anomaly.at((at + before) as u64).numbers(count.into(), index.into()));
            return;
        };
        let mut row = no_item(index);
        fill_address(&mut row, &item, true);
        if let Some(any) = &item.any {
            let name = Name::any(any, 0);
            body.out.row(&S7commItems { name: Some(name.text()), ..row });
        } else {
            other_item(body, row, &item, None, (Whose::Sender, PointWay::REPORTED));
        }
        if item.any.is_none_or(|any| any.is_record()) {
            other_address(body, index, &item);
        }
    }
}

/// Items of userdata that have values.
pub(super) fn valued_items(
    body: &mut Body<'_, '_, '_>,
    cursor: &mut Cursor<'_>,
    addresses: Option<&[u8]>,
    count: u16,
    at: usize,
) {
    let mut addresses = Cursor::new(addresses.unwrap_or_default());
    for index in 0..count {
        let before = cursor.read();
        let item = address::item(&mut addresses, index + 1 == count);
        let Some(datum) = datum(cursor, index + 1 == count) else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer items than their number says");
            body.wrong(anomaly.at((at + before) as u64).numbers(count.into(), index.into()));
            return;
        };
        let any = item.and_then(|item| item.any);
        let mut row = no_item(index);
        if let Some(item) = &item {
            fill_address(&mut row, item, false);
        }
        fill_datum(&mut row, &datum, any.as_ref());
        if let Some(item) = item.filter(|_| any.is_none()) {
            let told = Some(&datum).filter(|datum| datum.return_code == ReturnCode::SUCCESS);
            other_item(body, row, &item, told, (Whose::Sender, PointWay::REPORTED));
            continue;
        }
        let name = any.as_ref().map(|any| Name::any(any, 0));
        body.out.row(&S7commItems { name: name.as_ref().map(Name::text), ..row });
        if let Some(any) = &any
            && !datum.short
            && datum.return_code == ReturnCode::SUCCESS
        {
            differs(body, any, &datum, at + before);
            let name = |behind| Name::any(any, behind);
            points(body.out, Whose::Sender, PointWay::REPORTED, any, datum.octets, name);
        }
    }
}

/// A data record that was read: what became of it, its status and its octets. Nothing is said if it does not fill the answer: how
/// several of them lie is not known.
pub(super) fn record(body: &mut Body<'_, '_, '_>, mut cursor: Cursor<'_>, address: Option<&[u8]>) {
    let Some(return_code) = cursor.u8().map(ReturnCode) else { return };
    let mut datum = Datum {
        return_code,
        transport_size: DataTransportSize::NULL,
        octets: &[],
        holds: false,
        short: false,
    };
    if return_code == ReturnCode::SUCCESS {
        let read = (|| {
            datum.transport_size = DataTransportSize(cursor.u8()?);
            let status_length = cursor.u8()?;
            cursor.take(status_length.into())?;
            let length = cursor.u16()?;
            datum.octets = cursor.take(length.into())?;
            matches!(cursor.rest(), [] | [0]).then_some(())
        })();
        if read.is_none() {
            return;
        }
    }
    let any =
        address.and_then(|octets| address::item(&mut Cursor::new(octets), true)).and_then(|item| item.any);
    let (mut row, name) = (no_item(0), any.as_ref().map(|any| Name::any(any, 0)));
    if let Some(any) = &any {
        (row.byte_address, row.bit_address) = (Some(any.byte()), any.bit());
        points(body.out, Whose::Sender, PointWay::READ, any, datum.octets, |behind| Name::any(any, behind));
    }
    row.return_code = Some(return_code);
    if return_code == ReturnCode::SUCCESS {
        (row.data_transport_size, row.data) = (Some(datum.transport_size), Some(datum.octets));
    }
    body.out.row(&S7commItems { name: name.as_ref().map(Name::text), ..row });
}

/// What a userdata PDU asks for, as the common language has it.
pub(super) fn userdata_asks(
    body: &Body<'_, '_, '_>,
    group: FunctionGroup,
    subfunction: u8,
    name: Option<Symbol>,
    operation: Operation,
) -> Request<'static> {
    let code = u16::from_be_bytes([group.0, subfunction]);
    let digest = digest_bytes(body.parameters) ^ digest_bytes(body.data).rotate_left(1);
    Request {
        key: body.key(true),
        operation,
        function: name.or(group.name().map(Symbol)),
        function_code: Some(code.into()),
        station: None,
        space: None,
        address: None,
        quantity: None,
        object: None,
        numbers: [code.into(), digest],
    }
}
