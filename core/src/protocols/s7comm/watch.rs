//! What a programmer watches, modifies and forces.
use super::{
    address::{Any, Name},
    codes::{Area, DataTransportSize, ProgrammerCommand, ReturnCode, TransportSize, UserdataType},
    parse::{self, Body},
    records::S7commWatchItems,
    state::State,
    userdata::Head,
};
use crate::{
    common::{Anomaly, AnomalyKind, Outcome, PointValue, PointWay, Result, Whose},
    output::Point,
    record::Symbol,
    wire::Cursor,
};

/// Octets of one address.
const ADDRESS: usize = 6;

/// One address: area and width, repetition or bit, data block, first octet.
#[derive(Clone, Copy, Debug)]
struct Address {
    area: u8,
    repetition: u8,
    db_number: u16,
    start: u16,
}

impl Address {
    fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let &[area, repetition, d1, d2, s1, s2] = cursor.take(ADDRESS)? else { return None };
        let (db_number, start) = (u16::from_be_bytes([d1, d2]), u16::from_be_bytes([s1, s2]));
        Some(Self { area, repetition, db_number, start })
    }
    /// The same address as reads and writes have it; none of an area or width that is not known.
    fn any(&self) -> Option<Any> {
        let area = match self.area >> 4 {
            0 => Area::FLAGS,
            1 => Area::INPUTS,
            2 => Area::OUTPUTS,
            3 => Area::PERIPHERAL,
            5 => Area::TIMERS,
            6 => Area::COUNTERS,
            7 => Area::DATA_BLOCK,
            _ => return None,
        };
        let (start, bit) = (u32::from(self.start), u32::from(self.repetition & 7));
        let (transport_size, length, address) = match (area, self.area & 0x0f) {
            (Area::TIMERS, _) => (TransportSize::TIMER, self.repetition, start),
            (Area::COUNTERS, _) => (TransportSize::COUNTER, self.repetition, start),
            (_, 0) => (TransportSize::BIT, 1, start << 3 | bit),
            (_, 1) => (TransportSize::BYTE, self.repetition, start << 3),
            (_, 2) => (TransportSize::WORD, self.repetition, start << 3),
            (_, 3) => (TransportSize::DWORD, self.repetition, start << 3),
            _ => return None,
        };
        Some(Any { transport_size, length: length.into(), db_number: self.db_number, area, address })
    }
    /// The name of what stands `octets` behind the address, or so many numbers.
    fn name(&self, behind: u32) -> Name {
        let mut name = Name::new();
        let letter = match self.area >> 4 {
            0 => "M",
            1 => "I",
            2 => "Q",
            3 => "PI",
            5 => "T",
            6 => "C",
            7 => "DB",
            _ => "?",
        };
        if self.area >> 4 == 7 {
            name.push(letter);
            name.number(self.db_number.into());
            name.push(".");
        }
        name.push(letter);
        match self.area & 0x0f {
            0 if self.area >> 4 == 7 => name.push("X"),
            1 => name.push("B"),
            2 => name.push("W"),
            3 => name.push("D"),
            _ => {}
        }
        name.number(u32::from(self.start).saturating_add(behind));
        if self.area & 0x0f == 0 {
            name.push(".");
            name.number(self.repetition.into());
        }
        name
    }
}

const fn no_item<'a>(index: u16) -> S7commWatchItems<'a> {
    S7commWatchItems {
        index,
        memory_area: None,
        repetition: None,
        db_number: None,
        start_address: None,
        name: None,
        return_code: None,
        data_transport_size: None,
        data: None,
    }
}

/// One value with its head; a fill octet follows one of odd length, also the last.
fn value<'a>(cursor: &mut Cursor<'a>) -> Option<(ReturnCode, DataTransportSize, Option<&'a [u8]>)> {
    let &[code, size, l1, l2] = cursor.take(4)? else { return None };
    let (code, size) = (ReturnCode(code), DataTransportSize(size));
    if !matches!(code, ReturnCode::SUCCESS | ReturnCode::RESERVED) {
        return Some((code, size, None));
    }
    let length = usize::from(size.octets(u16::from_be_bytes([l1, l2])));
    let octets = cursor.take(length)?;
    if length % 2 == 1 {
        cursor.take(1);
    }
    Some((code, size, Some(octets)))
}

/// A command of a programmer: lengths of parameters and data, then both.
pub(super) fn read(state: &mut State, body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let mut cursor = Cursor::new(octets);
    let command = ProgrammerCommand(head.subfunction);
    let (Some(parameters), Some(_)) = (cursor.u16(), cursor.u16()) else { return };
    if cursor.take(parameters.into()).is_none() {
        return body.short("parameters are shorter than their length", body.data_at + 4);
    }
    let listed = matches!(
        command,
        ProgrammerCommand::VARIABLE_STATUS | ProgrammerCommand::MODIFY_VARIABLE | ProgrammerCommand::FORCE
    );
    let job = u16::from_be_bytes([head.group.0, head.sequence]);
    if !listed {
        return;
    }
    if head.userdata_type == UserdataType::RESPONSE {
        if head.accepted {
            state.subscribe(head.asked, job);
        }
        return;
    }
    let Some(count) = cursor.u16() else { return };
    let writes = command != ProgrammerCommand::VARIABLE_STATUS;
    if head.userdata_type == UserdataType::REQUEST {
        state.remember((body.out.message(), body.header.pdu_reference), cursor.rest());
        let mut addresses = cursor;
        let length = usize::from(count).saturating_mul(ADDRESS);
        let mut values = Cursor::new(cursor.rest().get(length..).unwrap_or_default());
        for index in 0..count {
            let Some(address) = Address::read(&mut addresses) else { return few(body, count, index) };
            let value = if writes { value(&mut values) } else { None };
            item(body, index, Some(address), value, PointWay::WRITTEN);
        }
        return;
    }
    let mut addresses = Cursor::new(state.subscribed(job).unwrap_or_default());
    let mut refused: Option<ReturnCode> = None;
    let mut done = 0u32;
    for index in 0..count {
        let address = Address::read(&mut addresses);
        let value = if writes {
            cursor.u8().map(|code| (ReturnCode(code), DataTransportSize::NULL, None))
        } else {
            value(&mut cursor)
        };
        match value {
            None => {
                few(body, count, index);
                break;
            }
            Some((ReturnCode::SUCCESS, ..)) => done += 1,
            Some((code, ..)) => refused = refused.or(Some(code)),
        }
        item(body, index, address, value, PointWay::REPORTED);
    }
    if let Some(code) = refused.filter(|_| writes) {
        not_done(body, head, command, count, code, done > 0);
    }
}

/// The CPU takes a job to modify or force before it does so, and tells later what it did not do.
fn not_done(
    body: &mut Body<'_, '_, '_>,
    head: &Head,
    command: ProgrammerCommand,
    count: u16,
    code: ReturnCode,
    in_part: bool,
) {
    let (name, operation) = (command.name().map(Symbol), command.operation().unwrap_or_default());
    let mut asks = parse::userdata_asks(body, head.group, head.subfunction, name, operation);
    asks.quantity = Some(count.into());
    let outcome = if in_part { Outcome::PARTIAL } else { Outcome::REFUSED };
    let (status, status_name) = (Some(code.0.into()), code.name().map(Symbol));
    body.out.unasked(&asks, Result { outcome, status, status_name });
}

fn few(body: &mut Body<'_, '_, '_>, count: u16, index: u16) {
    let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer items than their number says");
    body.wrong(anomaly.at(body.data_at as u64 + 4).numbers(count.into(), index.into()));
}

fn item(
    body: &mut Body<'_, '_, '_>,
    index: u16,
    address: Option<Address>,
    value: Option<(ReturnCode, DataTransportSize, Option<&[u8]>)>,
    way: PointWay,
) {
    let mut row = no_item(index);
    let name = address.map(|address| address.name(0));
    if let Some(address) = address {
        (row.memory_area, row.repetition) = (Some(address.area), Some(address.repetition));
        (row.db_number, row.start_address) = (Some(address.db_number), Some(address.start));
        row.name = name.as_ref().map(Name::text);
    }
    if let Some((code, size, data)) = value {
        (row.return_code, row.data_transport_size, row.data) = (Some(code), Some(size), data);
    }
    body.out.row(&row);
    let (Some(address), Some(name), Some(octets)) = (address, name, row.data) else { return };
    let whose = if way == PointWay::WRITTEN { Whose::Receiver } else { Whose::Sender };
    if let Some(any) = address.any() {
        parse::points(body.out, whose, way, &any, octets, |behind| address.name(behind));
    } else if !octets.is_empty() {
        let mut point = Point::new(Symbol("unknown"), way, PointValue::Bits(octets));
        (point.address, point.name) = (Some(address.start.into()), Some(name.text()));
        body.out.point(whose, &point);
    }
}
