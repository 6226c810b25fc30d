//! Userdata: services that ask, answer and push, in several parts where one PDU does not hold them.
use super::{
    codes::{
        BlockFunction, BlockLanguage, BlockType, CpuFunction, CpuMode, CyclicService, DataTransportSize,
        FunctionGroup, NcFunction, PartialList, ProgrammerCommand, ReturnCode, S7Error, SecurityFunction,
        SyntaxId, TimeFunction, UserdataType, subfunction_name,
    },
    parse::{self, Body},
    records::{
        S7commAlarms, S7commBlocks, S7commClocks, S7commMessageServices, S7commModes, S7commSubscriptions,
        S7commUserdata,
    },
    state::State,
    szl, time, watch,
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Asked, Fit, Operation, Outcome, Result},
    protocol::Toward,
    record::{Direction, Duration, Symbol, Text},
    wire::{Assembled, Cause, Cursor, Lost, Piece},
};

/// What the parameters of a userdata PDU say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) userdata_type: UserdataType,
    pub(super) group: FunctionGroup,
    pub(super) subfunction: u8,
    pub(super) sequence: u8,
    pub(super) reference: u8,
    /// More parts follow.
    pub(super) more: bool,
    pub(super) return_code: Option<ReturnCode>,
    pub(super) transport_size: Option<DataTransportSize>,
    /// PDUs that it came in.
    pub(super) parts: u32,
    /// The message that asked, and its reference, where this answers.
    pub(super) asked: Option<(u64, u16)>,
    /// Whether that one asked for a further part.
    continues: Option<bool>,
    /// Of an answer: it refuses nothing.
    pub(super) accepted: bool,
}

const fn no_userdata<'a>() -> S7commUserdata<'a> {
    S7commUserdata {
        userdata_type: UserdataType::PUSH,
        function_group: FunctionGroup::MODE_TRANSITION,
        subfunction: 0,
        subfunction_name: None,
        sequence_number: None,
        data_unit_reference: None,
        last_data_unit: None,
        parameter_error: None,
        return_code: None,
        data_transport_size: None,
        length: None,
        r_id: None,
        data: None,
    }
}

/// Method that a remote block sends with, without a request: USEND.
const USEND: u8 = 0x13;
/// First octet of the parameters of a mode transition.
const MODE_TRANSITION: u8 = 1;

/// One userdata PDU.
pub(super) fn message(state: &mut State, body: &mut Body<'_, '_, '_>) {
    let mut cursor = Cursor::new(body.parameters);
    let (Some(service), Some(_), Some(_), Some(_), Some(method)) =
        (cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8())
    else {
        return headless(body);
    };
    if method == USEND {
        return usend(body, cursor);
    }
    let (Some(kind), Some(subfunction), Some(sequence)) = (cursor.u8(), cursor.u8(), cursor.u8()) else {
        return headless(body);
    };
    let (userdata_type, group) = (UserdataType(kind >> 6), FunctionGroup(kind & 0x3f));
    // Four bits of the type and four of the group are the older reading of the same octet: NC programming is 3F hex.
    let mut row = no_userdata();
    (row.userdata_type, row.function_group, row.subfunction) = (userdata_type, group, subfunction);
    row.subfunction_name = subfunction_name(group, subfunction);
    row.sequence_number = Some(sequence);
    if let (Some(reference), Some(last), Some(error)) = (cursor.u8(), cursor.u8(), cursor.u16()) {
        (row.data_unit_reference, row.last_data_unit) = (Some(reference), Some(last == 0));
        row.parameter_error = Some(S7Error(error));
    }
    let direction = match userdata_type {
        UserdataType::REQUEST => Direction::REQUEST,
        UserdataType::RESPONSE => Direction::RESPONSE,
        _ => Direction::UNSOLICITED,
    };
    body.out.set_direction(direction);
    let toward = match userdata_type {
        UserdataType::REQUEST => Some(Toward::Server),
        UserdataType::RESPONSE | UserdataType::PUSH => Some(Toward::Client),
        _ => None,
    };
    parse::learn(body.out, toward);
    let mut data = Cursor::new(body.data);
    let mut payload: &[u8] = &[];
    if !data.is_empty() {
        (row.return_code, row.data_transport_size) =
            (data.u8().map(ReturnCode), data.u8().map(DataTransportSize));
        row.length = data.u16();
        match row.length {
            Some(length) => {
                payload = data.take_up_to(length.into());
                if payload.len() < usize::from(length) {
                    body.short("data are shorter than their length", body.data_at + 4);
                }
            }
            None => body.short("data are shorter than their head", body.data_at),
        }
    }
    let secret = group == FunctionGroup::SECURITY && subfunction == SecurityFunction::PASSWORD.0;
    row.data = Some(payload).filter(|payload| !payload.is_empty() && !secret);
    let mut head = Head {
        userdata_type,
        group,
        subfunction,
        sequence,
        reference: row.data_unit_reference.unwrap_or_default(),
        more: row.last_data_unit == Some(false),
        return_code: row.return_code,
        transport_size: row.data_transport_size,
        parts: 1,
        asked: None,
        continues: None,
        accepted: false,
    };
    let result = result(row.parameter_error, row.return_code);
    head.accepted = result.outcome == Outcome::SUCCESS;
    let answer = (userdata_type == UserdataType::RESPONSE).then(|| paired(state, body, &head));
    if matches!(group, FunctionGroup::CYCLIC | FunctionGroup::PROGRAMMER) {
        let side = body.out.way().side;
        match &answer {
            Some(Answer::Paired(_)) => state.changed(side.other()),
            None if userdata_type == UserdataType::REQUEST => state.change(side),
            _ => {}
        }
    }
    if let Some(Answer::Paired(asked)) = &answer {
        body.header.request_message = Some(asked.message);
        head.asked = Some((asked.message, body.header.pdu_reference));
        // Who asks for a further part repeats the sequence number of the answer, and not always its reference.
        head.continues = match (reference_of(asked), sequence_of(asked)) {
            (0, 0) => Some(false),
            (0, _) => None,
            _ => Some(true),
        };
    }
    // A divided answer has its number of items in the first part, which looks like the others.
    if group == FunctionGroup::CYCLIC && row.data_unit_reference.is_none_or(|reference| reference == 0) {
        body.header.item_count = cyclic_items(&head, payload);
    }
    let header = body.header;
    body.out.row(&header);
    body.out.row(&row);
    let end = body.parameters_at + cursor.read();
    body.trailing(end, cursor.rest().len());
    let end = body.data_at + data.read();
    body.trailing(end, data.rest().len());
    let mut asks =
        parse::userdata_asks(body, group, subfunction, row.subfunction_name, operation(&head, payload));
    asks.numbers[0] |= u64::from(head.reference) << 16 | u64::from(sequence) << 24;
    if let Some((id, _)) = szl::asked_for(&head, payload) {
        (asks.space, asks.address) = (Some(Symbol("szl")), Some(id.into()));
    }
    match userdata_type {
        UserdataType::REQUEST => parse::asked(body, &asks),
        UserdataType::PUSH => body.out.unconfirmed(&asks),
        _ => {}
    }
    if service == MODE_TRANSITION
        || (group == FunctionGroup::MODE_TRANSITION && userdata_type == UserdataType::PUSH)
    {
        body.out.row(&S7commModes { mode: CpuMode(subfunction) });
        return;
    }
    if !payload.is_empty() && !secret {
        assemble(state, body, head, payload);
    }
    match &answer {
        Some(answer @ (Answer::Paired(_) | Answer::Again)) => {
            if head.accepted {
                ended(state, &head);
            }
            parse::complete(body, answer, None, result);
        }
        Some(Answer::Unasked) => body.out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result }),
        None => {}
    }
}

/// The reference of the data unit that a request asked for, which is remembered with its function.
const fn reference_of(asked: &Asked) -> u8 {
    (asked.numbers[0] >> 16) as u8
}

/// Its sequence number, which is remembered so too.
const fn sequence_of(asked: &Asked) -> u8 {
    (asked.numbers[0] >> 24) as u8
}

/// The request that an answer belongs to: one of the same service, and the same reference if it asked for a further part.
fn paired(state: &State, body: &mut Body<'_, '_, '_>, head: &Head) -> Answer {
    let code = u64::from(u16::from_be_bytes([head.group.0, head.subfunction]));
    let fit = |asked: &Asked| match reference_of(asked) {
        _ if asked.numbers[0] & 0xffff != code => Fit::Not,
        0 => Fit::Whole,
        reference if reference == head.reference => Fit::Whole,
        _ => Fit::Poor,
    };
    let key = body.key(true);
    let answer = body.out.answer_fitting(key, state.under_way, fit);
    if matches!(answer, Answer::Paired(_)) {
        return answer;
    }
    parse::say_other(body, key, code).unwrap_or(answer)
}

/// Forgets the addresses of a cyclic job that was ended.
fn ended(state: &mut State, head: &Head) {
    if head.group == FunctionGroup::CYCLIC
        && CyclicService(head.subfunction) == CyclicService::UNSUBSCRIBE
        && let Some(&[job_id]) = head.asked.and_then(|asked| state.addresses(asked))
    {
        state.unsubscribe(u16::from_be_bytes([head.group.0, job_id]));
    }
}

/// Parameters that are too short for any service.
fn headless(body: &mut Body<'_, '_, '_>) {
    let header = body.header;
    body.out.row(&header);
    body.short("userdata are shorter than their fields", body.parameters_at);
}

fn result(error: Option<S7Error>, code: Option<ReturnCode>) -> Result {
    match (error, code) {
        (Some(error), _) if error != S7Error::NO_ERROR => Result {
            outcome: Outcome::REFUSED,
            status: Some(error.0.into()),
            status_name: error.name().map(Symbol),
        },
        (_, Some(code)) if !matches!(code, ReturnCode::SUCCESS | ReturnCode::RESERVED) => {
            // An answer that needs no data states that there is no object.
            let plain = code == ReturnCode::NO_SUCH_OBJECT && error == Some(S7Error::NO_ERROR);
            let outcome = if plain { Outcome::SUCCESS } else { Outcome::REFUSED };
            Result { outcome, status: Some(code.0.into()), status_name: code.name().map(Symbol) }
        }
        _ => Result::plain(Outcome::SUCCESS),
    }
}

/// What is asked, in words that hold for every protocol.
fn operation(head: &Head, payload: &[u8]) -> Operation {
    let subfunction = head.subfunction;
    let close = match head.group {
        FunctionGroup::PROGRAMMER => ProgrammerCommand(subfunction).operation(),
        FunctionGroup::CYCLIC => CyclicService(subfunction).operation(),
        FunctionGroup::BLOCK => BlockFunction(subfunction).operation(),
        FunctionGroup::CPU => match (CpuFunction(subfunction), szl::asked_for(head, payload)) {
            (CpuFunction::READ_SZL, Some((id, _))) => PartialList((id & 0xff) as u8).operation(),
            (function, _) => function.operation(),
        },
        FunctionGroup::SECURITY => SecurityFunction(subfunction).operation(),
        FunctionGroup::TIME => TimeFunction(subfunction).operation(),
        FunctionGroup::NC_PROGRAMMING => NcFunction(subfunction).operation(),
        _ => None,
    };
    let reports = matches!(head.group, FunctionGroup::CYCLIC | FunctionGroup::PROGRAMMER);
    let pushed = head.userdata_type == UserdataType::PUSH && reports;
    if pushed { Operation::REPORT } else { close.or(head.group.operation()).unwrap_or(Operation::UNKNOWN) }
}

/// Puts the parts of one answer together, and reads it when the last one is there.
fn assemble(state: &mut State, body: &mut Body<'_, '_, '_>, mut head: Head, payload: &[u8]) {
    let mut octets = payload;
    let mut identity = u64::from(head.reference);
    match head.group {
        FunctionGroup::NC_PROGRAMMING => {
            identity = head.sequence.into();
            let carries = matches!(
                NcFunction(head.subfunction),
                NcFunction::DOWNLOAD_BLOCK | NcFunction::UPLOAD | NcFunction::START_UPLOAD
            );
            if carries && head.userdata_type != UserdataType::REQUEST {
                octets = octets.get(2..).unwrap_or_default();
            }
        }
        FunctionGroup::PBC_BSEND => {
            if let Some((address, rest)) = remote_block(octets) {
                (identity, octets) = (address.into(), rest);
            }
        }
        FunctionGroup::CPU if CpuFunction(head.subfunction) == CpuFunction::AR_SEND_IND => {
            if let Some((_, rest)) = remote_block(octets) {
                octets = rest;
            }
        }
        _ => {}
    }
    // Without a reference nothing was divided. Of these two the references are others.
    let refers = !matches!(head.group, FunctionGroup::NC_PROGRAMMING | FunctionGroup::PBC_BSEND);
    let whole = !head.more && head.reference == 0 && head.group != FunctionGroup::NC_PROGRAMMING;
    if whole && (head.group != FunctionGroup::PBC_BSEND || head.sequence == 0) {
        return read(state, body, &head, octets);
    }
    let key = u64::from(body.out.way().side.index() as u8) << 56
        | u64::from(head.group.0) << 48
        | u64::from(head.subfunction) << 40
        | identity;
    let mut parts = core::mem::take(&mut state.parts);
    // What is sent unasked is whole, unless parts of it came.
    let ends = head.userdata_type == UserdataType::RESPONSE && !head.more && !state.is_open(key);
    let first = match head.continues {
        _ if !refers => None,
        Some(continues) => Some(!continues),
        None => ends.then_some(false),
    };
    if first == Some(true) {
        state.done(key);
    }
    let piece = Piece { key, first, last: !head.more, sequence: None, octets };
    (head.parts, head.asked) = state.part(key, head.asked);
    let (assembled, lost) = body.out.assemble(&mut parts, &piece);
    match assembled {
        Assembled::Whole(octets) => {
            state.done(key);
            read(state, body, &head, octets);
        }
        Assembled::Dropped => state.done(key),
        Assembled::More | Assembled::Repeated => {}
    }
    state.parts = parts;
    if let Some(lost) = lost {
        say_lost(body, lost);
    }
}

/// Says what the reassembly dropped.
fn say_lost(body: &mut Body<'_, '_, '_>, lost: Lost) {
    let (kind, reason) = match lost.cause {
        Cause::Limit => (AnomalyKind::LIMIT, "parts of userdata that are too many or too long"),
        Cause::Headless => (AnomalyKind::SEQUENCE, "parts of userdata without their beginning"),
        Cause::Restarted | Cause::Jumped { .. } => {
            (AnomalyKind::SEQUENCE, "parts of userdata without their end")
        }
    };
    body.out.anomaly(Anomaly::new(kind, reason).length(lost.octets).count(lost.pieces.max(1)));
}

/// The identifier of a remote block before the data.
fn remote_block(octets: &[u8]) -> Option<(u32, &[u8])> {
    let mut cursor = Cursor::new(octets);
    let &[_, _, syntax, _] = cursor.take(4)? else { return None };
    if SyntaxId(syntax) != SyntaxId::R_ID {
        return None;
    }
    Some((cursor.u32()?, cursor.rest()))
}

/// Data that a remote block sends without a request: identifier in the parameters, then up to four items.
fn usend(body: &mut Body<'_, '_, '_>, mut cursor: Cursor<'_>) {
    body.out.set_direction(Direction::UNSOLICITED);
    let header = body.header;
    body.out.row(&header);
    let (_, r_id) = (cursor.u8(), cursor.u32());
    let mut row = no_userdata();
    (row.function_group, row.subfunction_name) = (FunctionGroup::PBC_BSEND, Some(Symbol("usend")));
    row.r_id = r_id;
    let mut data = Cursor::new(body.data);
    (row.return_code, row.data) = (data.u8().map(ReturnCode), Some(body.data));
    let (_, _, count) = (data.u8(), data.u8(), data.u8());
    body.out.row(&row);
    let asks =
        parse::userdata_asks(body, FunctionGroup::PBC_BSEND, 0, row.subfunction_name, Operation::WRITE);
    body.out.unconfirmed(&asks);
    let at = body.data_at;
    parse::valued_items(body, &mut data, None, count.unwrap_or_default().into(), at);
}

/// Reads userdata that are complete.
fn read(state: &mut State, body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    match head.group {
        FunctionGroup::CYCLIC => cyclic(state, body, head, octets),
        FunctionGroup::BLOCK => blocks(body, head, octets),
        FunctionGroup::CPU => match CpuFunction(head.subfunction) {
            CpuFunction::READ_SZL => szl::read(body, head, octets),
            CpuFunction::MESSAGE_SERVICE => message_service(body, head, octets),
            CpuFunction::DIAGNOSTIC_MESSAGE if head.userdata_type == UserdataType::PUSH => {
                szl::diagnostic_events(body, octets, 20);
            }
            CpuFunction::ALARM_QUERY if head.userdata_type == UserdataType::RESPONSE => {
                pending_alarms(body, octets);
            }
            CpuFunction::AR_SEND_IND | CpuFunction::DIAGNOSTIC_MESSAGE => {}
            function if function.name().is_some() => alarms(body, head, octets),
            _ => {}
        },
        FunctionGroup::TIME => clock(body, head, octets),
        FunctionGroup::PROGRAMMER => watch::read(state, body, head, octets),
        _ => {}
    }
}

/// How many items cyclic services say that they hold.
fn cyclic_items(head: &Head, payload: &[u8]) -> Option<u8> {
    let counts = match CyclicService(head.subfunction) {
        CyclicService::TRANSFER | CyclicService::CHANGE_DRIVEN | CyclicService::CHANGE_DRIVEN_MODIFY => true,
        CyclicService::READ_RECORD => {
            matches!(head.userdata_type, UserdataType::REQUEST | UserdataType::RESPONSE)
        }
        _ => false,
    };
    payload.get(1).copied().filter(|_| counts)
}

fn cyclic(state: &mut State, body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let mut cursor = Cursor::new(octets);
    let (_, second) = (cursor.u8(), cursor.u8());
    let at = body.data_at + 4;
    let service = CyclicService(head.subfunction);
    let request = head.userdata_type == UserdataType::REQUEST;
    match service {
        CyclicService::UNSUBSCRIBE if request => {
            state.remember((body.out.message(), body.header.pdu_reference), second.as_slice());
            body.out.row(&S7commSubscriptions { interval: None, job_id: second });
        }
        CyclicService::TRANSFER | CyclicService::CHANGE_DRIVEN | CyclicService::CHANGE_DRIVEN_MODIFY => {
            let count = u16::from(second.unwrap_or_default());
            if request {
                let (base, factor) = (cursor.u8(), cursor.u8());
                let unit = match base {
                    Some(0) => Some(100_000_000),
                    Some(1) => Some(1_000_000_000),
                    Some(2) => Some(10_000_000_000),
                    _ => None,
                };
                let interval = unit.zip(factor).map(|(unit, factor)| Duration(unit * i64::from(factor)));
                body.out.row(&S7commSubscriptions { interval, job_id: None });
                state.remember((body.out.message(), body.header.pdu_reference), cursor.rest());
                parse::addressed_items(body, &mut cursor, count, at);
            } else {
                let job = u16::from_be_bytes([head.group.0, head.sequence]);
                let answers = head.userdata_type == UserdataType::RESPONSE;
                if answers && head.accepted {
                    state.subscribe(head.asked, job);
                }
                // What is refused has no job: this number may be that of another.
                let items = state.subscribed(job).filter(|_| !answers || head.accepted);
                parse::valued_items(body, &mut cursor, items, count, at);
            }
        }
        CyclicService::READ_RECORD if request => {
            state.remember((body.out.message(), body.header.pdu_reference), cursor.rest());
            parse::addressed_items(body, &mut cursor, second.unwrap_or_default().into(), at);
        }
        // How several records lie in an answer is not known: the row of userdata has them as sent.
        CyclicService::READ_RECORD if head.userdata_type == UserdataType::RESPONSE && second == Some(1) => {
            parse::record(body, cursor, head.asked.and_then(|asked| state.addresses(asked)));
        }
        _ => {}
    }
}

/// A row without any value.
const fn no_block<'a>() -> S7commBlocks<'a> {
    S7commBlocks {
        block_type: None,
        block_number: None,
        block_count: None,
        file_system: None,
        flags: None,
        language: None,
        load_memory_length: None,
        security: None,
        code_time: None,
        interface_time: None,
        ssb_length: None,
        add_length: None,
        local_data_length: None,
        code_length: None,
        author: None,
        family: None,
        name: None,
        version: None,
        checksum: None,
    }
}

/// Two hexadecimal digits that name a type of block.
fn block_type(digits: &[u8]) -> Option<BlockType> {
    core::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(BlockType)
}

/// Text that is filled up with spaces or zeros.
pub(super) fn trimmed(octets: &[u8]) -> Text<'_> {
    let end = octets.iter().rposition(|octet| !matches!(octet, 0 | b' ')).map_or(0, |last| last + 1);
    Text(octets.get(..end).unwrap_or_default())
}

fn blocks(body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let mut row = no_block();
    let mut cursor = Cursor::new(octets);
    let request = head.userdata_type == UserdataType::REQUEST;
    if head.transport_size == Some(DataTransportSize::NULL) {
        return;
    }
    match (BlockFunction(head.subfunction), request) {
        (BlockFunction::LIST, false) => {
            while let (Some(of_type), Some(count)) = (cursor.take(2), cursor.u16()) {
                (row.block_type, row.block_count) = (block_type(of_type), Some(count));
                body.out.row(&row);
            }
        }
        (BlockFunction::LIST_OF_TYPE, true) => {
            row.block_type = cursor.take(2).and_then(block_type);
            body.out.row(&row);
        }
        (BlockFunction::LIST_OF_TYPE, false) => {
            while let (Some(number), Some(flags), Some(language)) = (cursor.u16(), cursor.u8(), cursor.u8()) {
                (row.block_number, row.flags) = (Some(number.into()), Some(flags));
                row.language = Some(BlockLanguage(language));
                body.out.row(&row);
            }
        }
        (BlockFunction::INFO, true) => {
            row.block_type = cursor.take(2).and_then(block_type);
            let number = cursor.take(5).and_then(|digits| core::str::from_utf8(digits).ok());
            row.block_number = number.and_then(|digits| digits.parse().ok());
            row.file_system = cursor.take(1).map(Text);
            body.out.row(&row);
        }
        (BlockFunction::INFO, false) => block_info(body, cursor),
        _ => return,
    }
    if !request && !cursor.is_empty() && BlockFunction(head.subfunction) != BlockFunction::INFO {
        body.trailing(body.data_at, cursor.rest().len());
    }
}

fn block_info(body: &mut Body<'_, '_, '_>, mut cursor: Cursor<'_>) {
    let mut row = no_block();
    let read = (|| {
        // Type as text, length, two unknown words, one unknown octet.
        let _ = cursor.take(9)?;
        row.flags = cursor.u8();
        row.language = cursor.u8().map(BlockLanguage);
        row.block_type = cursor.u8().map(BlockType);
        row.block_number = cursor.u16().map(u32::from);
        (row.load_memory_length, row.security) = (cursor.u32(), cursor.u32());
        row.code_time = cursor.take(6).and_then(time::block_time);
        row.interface_time = cursor.take(6).and_then(time::block_time);
        (row.ssb_length, row.add_length) = (cursor.u16(), cursor.u16());
        (row.local_data_length, row.code_length) = (cursor.u16(), cursor.u16());
        row.author = cursor.take(8).map(trimmed);
        row.family = cursor.take(8).map(trimmed);
        row.name = cursor.take(8).map(trimmed);
        row.version = cursor.u8();
        let _ = cursor.u8()?;
        row.checksum = Some(cursor.u16()?);
        Some(())
    })();
    body.out.row(&row);
    if read.is_none() {
        body.short("block information is shorter than its fields", body.data_at + 4);
    }
}

fn clock(body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let set = matches!(TimeFunction(head.subfunction), TimeFunction::SET | TimeFunction::SET_2);
    let request = head.userdata_type == UserdataType::REQUEST;
    if request != set || head.return_code != Some(ReturnCode::SUCCESS) {
        return;
    }
    // One reserved octet and the century stand before the time.
    let at = octets.get(2..).unwrap_or_default();
    let time = time::date_and_time(at);
    if time.is_none() {
        let anomaly = Anomaly::new(AnomalyKind::TIME, "clock holds no valid date");
        body.wrong(anomaly.at(body.data_at as u64 + 4).length(octets.len() as u64));
    }
    body.out.row(&S7commClocks { set, time, weekday: time::weekday(at), as_sent: octets });
}

fn message_service(body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let mut cursor = Cursor::new(octets);
    let first = cursor.u8();
    let _ = cursor.u8();
    let mut row = S7commMessageServices { events: None, user_name: None, alarm_type: None, result: None };
    if head.userdata_type == UserdataType::REQUEST {
        (row.events, row.user_name) = (first, cursor.take(8).map(trimmed));
    } else {
        row.result = first;
    }
    row.alarm_type = cursor.u8();
    body.out.row(&row);
}

/// A row without any value.
const fn no_alarm<'a>(index: u16) -> S7commAlarms<'a> {
    S7commAlarms {
        index,
        service: None,
        event_id: None,
        alarm_type: None,
        signals: None,
        state: None,
        acknowledged_going: None,
        acknowledged_coming: None,
        return_code: None,
        time: None,
        time_going: None,
        value_count: None,
        values: None,
    }
}

/// Length of so many items of data with their heads.
fn values<'a>(cursor: &mut Cursor<'a>, count: u8) -> Option<&'a [u8]> {
    let from = *cursor;
    for index in 0..count {
        let &[code, size, l1, l2] = cursor.take(4)? else { return None };
        if !matches!(ReturnCode(code), ReturnCode::SUCCESS | ReturnCode::RESERVED) {
            continue;
        }
        let length = usize::from(DataTransportSize(size).octets(u16::from_be_bytes([l1, l2])));
        cursor.take(length)?;
        if length % 2 == 1 && index + 1 < count {
            cursor.take(1);
        }
    }
    from.rest().get(..cursor.read() - from.read())
}

/// Messages that are indicated, acknowledged, locked, or asked for.
fn alarms(body: &mut Body<'_, '_, '_>, head: &Head, octets: &[u8]) {
    let function = CpuFunction(head.subfunction);
    let service = function.name().map(Symbol);
    let mut cursor = Cursor::new(octets);
    let mut time = None;
    if function == CpuFunction::SCAN_IND {
        let _ = cursor.u16();
        time = cursor.take(8).and_then(time::date_and_time);
        let _ = cursor.u16();
    } else if matches!(
        function,
        CpuFunction::ALARM_8_IND
            | CpuFunction::ALARM_ACK_IND
            | CpuFunction::ALARM_SQ_IND
            | CpuFunction::ALARM_S_IND
            | CpuFunction::NOTIFY_IND
            | CpuFunction::NOTIFY_8_IND
    ) {
        time = cursor.take(8).and_then(time::date_and_time);
    }
    let (_, Some(count)) = (cursor.u8(), cursor.u8()) else {
        return body.short("message is shorter than its fields", body.data_at + 4);
    };
    for index in 0..u16::from(count) {
        let mut row = no_alarm(index);
        (row.service, row.time) = (service, time);
        let read = if head.userdata_type == UserdataType::RESPONSE {
            row.return_code = cursor.u8().map(ReturnCode);
            row.return_code.map(|_| ())
        } else {
            alarm(&mut cursor, &mut row)
        };
        if read.is_none() {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer objects than their number says");
            body.wrong(anomaly.at(body.data_at as u64 + 4).numbers(count.into(), index.into()));
            return;
        }
        body.out.row(&row);
    }
}

fn alarm<'a>(cursor: &mut Cursor<'a>, row: &mut S7commAlarms<'a>) -> Option<()> {
    let mut ahead = *cursor;
    let &[_, length, syntax] = ahead.take(3)? else { return None };
    let syntax = SyntaxId(syntax);
    let indicated = matches!(syntax, SyntaxId::ALARM_IND | SyntaxId::NOTIFY_IND);
    match syntax {
        SyntaxId::ALARM_LOCKFREE | SyntaxId::ALARM_ACK | SyntaxId::ALARM_IND | SyntaxId::NOTIFY_IND => {
            let count = ahead.u8()?;
            (row.value_count, row.event_id) = (Some(count), Some(ahead.u32()?));
            if indicated {
                (row.signals, row.state) = (ahead.u8(), ahead.u8());
            }
            if syntax != SyntaxId::ALARM_LOCKFREE {
                (row.acknowledged_going, row.acknowledged_coming) = (ahead.u8(), Some(ahead.u8()?));
            }
            if syntax == SyntaxId::NOTIFY_IND {
                let _ = ahead.take(4)?;
            }
            if indicated && count > 0 {
                row.values = Some(values(&mut ahead, count)?);
            }
        }
        SyntaxId::ALARM_QUERY => {
            let &[_, by, _] = ahead.take(3)? else { return None };
            let what = ahead.u32()?;
            // 1 asks by type, 3 by event.
            (row.alarm_type, row.event_id) = (Some(what).filter(|_| by == 1), Some(what).filter(|_| by == 3));
        }
        _ => {
            let _ = ahead.take(usize::from(length).checked_sub(1)?)?;
        }
    }
    *cursor = ahead;
    Some(())
}

/// The answer to a query: messages that are pending.
fn pending_alarms(body: &mut Body<'_, '_, '_>, octets: &[u8]) {
    let mut cursor = Cursor::new(octets);
    let (_, _, code, _, Some(length)) =
        (cursor.u8(), cursor.u8(), cursor.u8().map(ReturnCode), cursor.u8(), cursor.u16())
    else {
        return body.short("message is shorter than its fields", body.data_at + 4);
    };
    if code != Some(ReturnCode::SUCCESS) {
        let mut row = no_alarm(0);
        row.return_code = code;
        body.out.row(&row);
        return;
    }
    // FFFF hex: up to an octet 0.
    let mut sets = if length == u16::MAX { cursor } else { Cursor::new(cursor.take_up_to(length.into())) };
    let mut index = 0u16;
    while sets.peek().is_some_and(|octet| octet != 0) {
        let mut row = no_alarm(index);
        row.service = Some(Symbol("alarm_query"));
        let read = (|| {
            let _ = sets.take(3)?;
            let kind = sets.u8()?;
            row.alarm_type = Some(kind.into());
            row.event_id = Some(sets.u32()?);
            let _ = sets.u8()?;
            row.signals = Some(sets.u8()?);
            (row.acknowledged_going, row.acknowledged_coming) = (Some(sets.u8()?), Some(sets.u8()?));
            if kind == 4 {
                row.time = time::date_and_time(sets.take(8)?);
                row.values = Some(values(&mut sets, 1)?);
                row.time_going = time::date_and_time(sets.take(8)?);
                let _ = values(&mut sets, 1)?;
            }
            Some(())
        })();
        body.out.row(&row);
        if read.is_none() {
            return body.short("message is shorter than its fields", body.data_at + 4);
        }
        index = index.saturating_add(1);
    }
}
