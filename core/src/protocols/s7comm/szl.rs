//! System status lists.
use super::{
    codes::{CpuFunction, FunctionGroup, OperatingState, PartialList, UserdataType},
    parse::Body,
    records::{S7commDiagnosticEvents, S7commSzl, S7commSzlEntries},
    time,
    userdata::{Head, trimmed},
};
use crate::{
    common::{Anomaly, AnomalyKind, Fact},
    record::{Symbol, Text},
    wire::Cursor,
};

use super::address::Name;

/// Identifier and index, where they are asked for or answered.
pub(super) fn asked_for(head: &Head, payload: &[u8]) -> Option<(u16, u16)> {
    let is_list = head.group == FunctionGroup::CPU && CpuFunction(head.subfunction) == CpuFunction::READ_SZL;
    let mut cursor = Cursor::new(payload);
    // The parts behind the first of an answer have neither.
    (is_list && head.userdata_type == UserdataType::REQUEST).then(|| cursor.u16().zip(cursor.u16())).flatten()
}

/// A list that is asked for, or that came whole.
pub(super) fn read(body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let mut cursor = Cursor::new(octets);
    let (Some(szl_id), Some(szl_index)) = (cursor.u16(), cursor.u16()) else {
        return body.short("list is shorter than its head", body.data_at + 4);
    };
    let partial_list = PartialList((szl_id & 0xff) as u8);
    let mut row = S7commSzl {
        szl_id,
        szl_index,
        partial_list,
        entry_length: None,
        entry_count: None,
        parts: None,
        octets: None,
    };
    if head.userdata_type == UserdataType::REQUEST {
        body.out.row(&row);
        return;
    }
    let (entry_length, entry_count) = (cursor.u16(), cursor.u16());
    (row.entry_length, row.entry_count) = (entry_length, entry_count);
    (row.parts, row.octets) = (Some(head.parts), u32::try_from(octets.len()).ok());
    body.out.row(&row);
    let (Some(length), Some(count)) = (entry_length, entry_count) else {
        return body.short("list is shorter than its head", body.data_at + 4);
    };
    if length == 0 {
        if count > 0 {
            body.short("entries of the list have no length", body.data_at + 8);
        }
        return body.trailing(body.data_at + 12, cursor.rest().len());
    }
    // Parts have no numbers: where one is missing, what lies behind it is read from another place than it was written to.
    let whole = usize::from(length) * usize::from(count) <= cursor.rest().len();
    let is_certain = head.parts == 1 || whole;
    for position in 0..count {
        let Some(data) = cursor.take(length.into()) else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer entries than their number says");
            body.wrong(anomaly.at(body.data_at as u64 + 12).numbers(count.into(), position.into()));
            break;
        };
        if partial_list == PartialList::DIAGNOSTIC_BUFFER {
            event(body, position, data);
            continue;
        }
        entry(body, &row, position, data, is_certain);
    }
    if cursor.rest().len() >= usize::from(length) {
        body.trailing(body.data_at + 12, cursor.rest().len());
    }
}

/// One entry, and what it tells of the device, if that `is_certain`.
fn entry(body: &mut Body<'_, '_, '_>, list: &S7commSzl, position: u16, data: &[u8], is_certain: bool) {
    let mut row = S7commSzlEntries {
        szl_id: list.szl_id,
        szl_index: list.szl_index,
        position,
        entry_index: None,
        text: None,
        version: None,
        module_type: None,
        selector_protection: None,
        parameter_protection: None,
        valid_protection: None,
        mode_selector: None,
        operating_state: None,
        previous_state: None,
        data,
        largest_pdu: None,
        connections: None,
        mpi_data_rate: None,
        bus_data_rate: None,
    };
    let mut cursor = Cursor::new(data);
    let mut version = Name::new();
    match list.partial_list {
        PartialList::MODULE_IDENTIFICATION => {
            let index = cursor.u16();
            row.entry_index = index;
            row.text = cursor.take(20).map(trimmed);
            row.module_type = cursor.u16();
            if let Some(&[a, b, c, d]) = cursor.take(4) {
                // Firmware has a letter before it: `V` and three numbers, or `A`, a space and two.
                if matches!(a, b'V' | b'A') {
                    version.push(if a == b'V' { "V" } else { "A" });
                    for (place, part) in [b, c, d].into_iter().filter(|part| *part != b' ').enumerate() {
                        version.push(if place > 0 { "." } else { "" });
                        version.number(part.into());
                    }
                } else {
                    version.number(u16::from_be_bytes([a, b]).into());
                    if !matches!((c, d), (0, 0) | (b' ', b' ')) {
                        version.push(".");
                        version.number(u16::from_be_bytes([c, d]).into());
                    }
                }
                row.version = Some(version.text());
            }
            body.out.row(&row);
            if is_certain {
                module_facts(body, index.unwrap_or_default(), &row);
            }
            return;
        }
        PartialList::COMPONENT_IDENTIFICATION => {
            row.entry_index = cursor.u16();
            row.text = Some(trimmed(cursor.rest()));
            body.out.row(&row);
            if is_certain {
                component_facts(body, row.entry_index.unwrap_or_default(), row.text);
            }
            return;
        }
        PartialList::COMMUNICATION_STATUS => {
            row.entry_index = cursor.u16();
            if row.entry_index == Some(4) {
                (row.selector_protection, row.parameter_protection) = (cursor.u16(), cursor.u16());
                (row.valid_protection, row.mode_selector) = (cursor.u16(), cursor.u16());
            }
        }
        PartialList::MODES => {
            let _ = cursor.take(3);
            if let Some(state) = cursor.u8() {
                row.operating_state = Some(OperatingState(state & 0x0f));
                row.previous_state = Some(OperatingState(state >> 4)).filter(|state| state.0 != 0);
            }
        }
        PartialList::ALL => row.entry_index = cursor.u16(),
        PartialList::COMMUNICATION_CAPABILITY => {
            row.entry_index = cursor.u16();
            if row.entry_index == Some(1) {
                (row.largest_pdu, row.connections) = (cursor.u16(), cursor.u16());
                (row.mpi_data_rate, row.bus_data_rate) = (cursor.u32(), cursor.u32());
            }
        }
        PartialList::USER_MEMORY | PartialList::SYSTEM_AREAS | PartialList::BLOCK_TYPES => {
            row.entry_index = cursor.u16()
        }
        _ => {}
    }
    body.out.row(&row);
}

fn module_facts(body: &mut Body<'_, '_, '_>, index: u16, row: &S7commSzlEntries<'_>) {
    let source = Symbol("read_szl 0011");
    let mut told = |fact, text: Option<Text<'_>>| {
        if let Some(text) = text.filter(|text| !text.0.is_empty()) {
            body.out.identity(None, fact, Some(index.into()), text, source);
        }
    };
    // 1 module, 6 basic hardware, 7 basic firmware, 129 loader.
    match index {
        7 | 0x81 => told(Fact::REVISION, row.version),
        _ => {
            told(Fact::PRODUCT_CODE, row.text);
            told(Fact::HARDWARE, row.version);
        }
    }
}

fn component_facts(body: &mut Body<'_, '_, '_>, index: u16, text: Option<Text<'_>>) {
    let Some(text) = text.filter(|text| !text.0.is_empty()) else { return };
    let fact = match index {
        1 | 2 => Fact::NAME,
        3 | 11 => Fact::LOCATION,
        4 => Fact::VENDOR,
        5 => Fact::SERIAL,
        // The card can be put into another CPU.
        8 => Fact::MEMORY_CARD_SERIAL,
        7 => Fact::MODEL,
        _ => Fact::OTHER,
    };
    body.out.identity(None, fact, Some(index.into()), text, Symbol("read_szl 001c"));
}

/// Entries of the diagnostic buffer.
pub(super) fn diagnostic_events(body: &mut Body<'_, '_, '_>, octets: &[u8], length: usize) {
    for (position, data) in octets.chunks(length.max(1)).enumerate() {
        event(body, u16::try_from(position).unwrap_or(u16::MAX), data);
    }
}

fn event(body: &mut Body<'_, '_, '_>, position: u16, data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let (Some(event_id), Some(priority_class), Some(ob_number), Some(data_id), Some(info_1), Some(info_2)) =
        (cursor.u16(), cursor.u8(), cursor.u8(), cursor.u16(), cursor.u16(), cursor.u32())
    else {
        return body.short("event is shorter than its fields", body.data_at + 4);
    };
    let time_as_sent = cursor.take_up_to(8);
    body.out.row(&S7commDiagnosticEvents {
        position,
        event_id,
        coming: event_id & 0x0100 != 0,
        priority_class,
        ob_number,
        data_id,
        info_1,
        info_2,
        time: time::date_and_time(time_as_sent),
        time_as_sent,
    });
}
