//! From PDUs to messages, and from messages to rows.
use super::{
    HEADER,
    codes::{Opcode, PlusFunction, Version},
    items::{About, Address, Addresses, Items, Points},
    notification,
    records::{S7commPlus, S7commPlusIntegrities},
    state::State,
    values::{Content, DIGEST, Found, Reader, error, error_name, is_end, vlq32, vlq64},
};
use crate::{
    Output,
    common::{
        Anomaly, AnomalyKind, Answer, Asked, Fit, Operation, Outcome, PointWay, Request, Result, UnderWay,
        Whose,
    },
    protocol::{Pdu, Toward},
    record::{Direction, Symbol, Text, digest_bytes},
    wire::{Assembled, Cause, Cursor, Piece},
};

/// Identifier of the object qualifier, which stands behind most requests.
const OBJECT_QUALIFIER: u32 = 1256;
/// Transport flag of a request that wants no answer, unless it is refused.
const NO_ANSWER: u8 = 0x40;
/// Object of the execution unit of the CPU, and its attribute that asks for an operating state.
pub(super) const EXECUTION_UNIT: u32 = 52;
pub(super) const OPERATING_STATE_REQUEST: u32 = 2167;
/// Container of sessions, class of sessions and of subscriptions.
const SERVER_SESSION_CONTAINER: u32 = 288;
const SERVER_SESSION: u32 = 287;
const SUBSCRIPTION: u32 = 1001;
/// First octet of the identifiers of blocks.
const BLOCKS: u32 = 0x8a;

/// Head of a message.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    opcode: Opcode,
    function: Option<PlusFunction>,
    sequence: Option<u32>,
    session: Option<u32>,
    flags: Option<u8>,
}

impl Head {
    /// What tells a request and its answer from others.
    fn key(&self, out: &Output<'_>) -> u64 {
        let function = self.function.map_or(0, |function| u64::from(function.0));
        out.pairing().key << 32 | function << 16 | u64::from(self.sequence.unwrap_or_default())
    }
    /// The key of the request that an answer is to: where it tells of an error instead of a function, of whichever waits.
    fn answered_key(&self, out: &Output<'_>) -> u64 {
        let key = self.key(out);
        if !self.is_error() || peek(key, out).is_some() {
            return key;
        }
        let others = PlusFunction::NAMES.iter().map(|(code, _)| key & !0xffff_0000 | code << 16);
        let asked = others.filter_map(|key| Some((peek(key, out)?.message, key)));
        asked.min().map_or(key, |(_, key)| key)
    }
    fn is_error(&self) -> bool {
        matches!(self.function, Some(PlusFunction::ERROR | PlusFunction::ERROR_2))
    }
    fn is_response(&self) -> bool {
        matches!(self.opcode, Opcode::RESPONSE | Opcode::RESPONSE_2)
    }
}

/// The request that an answer belongs to. Whoever uses a sequence number again has given up the request before.
fn peek(key: u64, out: &Output<'_>) -> Option<Asked> {
    out.peek_fitting(key, UnderWay::One, |_| Fit::Whole)
}

/// The head, if the octets can be the beginning of a message: a part in the middle may hold anything.
fn head(cursor: &mut Cursor<'_>) -> Option<Head> {
    let mut head = Head { opcode: Opcode(cursor.u8()?), ..Head::default() };
    if head.opcode == Opcode::NOTIFICATION {
        return Some(head);
    }
    if head.opcode.name().is_none() || cursor.u16()? != 0 {
        return None;
    }
    head.function = Some(PlusFunction(cursor.u16()?));
    if cursor.u16()? != 0 {
        return None;
    }
    head.sequence = Some(cursor.u16()?.into());
    if head.opcode == Opcode::REQUEST {
        head.session = Some(cursor.u32()?);
    }
    head.flags = Some(cursor.u8()?);
    Some(head)
}

fn direction(head: &Head) -> (Direction, Toward) {
    match head.opcode {
        Opcode::REQUEST => (Direction::REQUEST, Toward::Server),
        Opcode::NOTIFICATION => (Direction::UNSOLICITED, Toward::Client),
        _ => (Direction::RESPONSE, Toward::Client),
    }
}

/// One PDU: head and data, or a trailer.
pub(super) fn message(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
    let mut cursor = Cursor::new(pdu.bytes);
    let Some(&[_, version, l1, l2]) = cursor.take(HEADER).and_then(|head| head.first_chunk()) else { return };
    let version = Version(version);
    let side = pdu.way.side;
    let mut row = S7commPlus {
        version,
        length: Some(u16::from_be_bytes([l1, l2])),
        continues: false,
        opcode: None,
        function_code: None,
        sequence_number: None,
        session_id: None,
        transport_flags: None,
        object_id: None,
        return_value: None,
        subscription_id: None,
        credit_tick: None,
        change_count: None,
        device_time: None,
        digest: None,
        event: None,
        request_message: None,
    };
    match version {
        Version::KEEP_ALIVE => {
            (row.length, row.sequence_number) = (None, Some(l1.into()));
            out.set_direction(Direction::UNSOLICITED);
            return out.row(&row);
        }
        Version::SYSTEM_EVENT => {
            // The trailer that some devices put behind an event belongs to no message.
            if !cursor.is_empty() {
                row.event = Some(cursor.rest());
                out.set_direction(Direction::UNSOLICITED);
                out.row(&row);
            }
            return;
        }
        _ => {}
    }
    if row.length == Some(0) {
        return trailer(state, version, side.index() as u64, &pdu, out);
    }
    if version == Version::V3 {
        let mut ahead = cursor;
        if ahead.u8() == Some(DIGEST as u8)
            && let Some(digest) = ahead.take(DIGEST)
        {
            (row.digest, cursor) = (Some(digest), ahead);
        } else if !pdu.cut {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no digest of 32 octets before the message");
            out.anomaly(anomaly.at(HEADER as u64).found(cursor.peek().unwrap_or_default().into()));
        }
    }
    let octets = cursor.rest();
    row.continues = state.is_open(side);
    if !row.continues {
        match head(&mut cursor) {
            Some(head) => fill(&mut row, &head, cursor, out),
            None => {
                row.continues = true;
                if !pdu.cut {
                    let anomaly =
                        Anomaly::new(AnomalyKind::SEQUENCE, "part of a message without its beginning");
                    out.anomaly(anomaly.at(HEADER as u64).length(octets.len() as u64));
                }
                return out.row(&row);
            }
        }
    }
    out.row(&row);
    let piece = Piece { key: side.index() as u64, first: None, last: false, sequence: None, octets };
    let (assembled, lost) = out.assemble(&mut state.parts, &piece);
    let open = matches!(assembled, Assembled::More);
    if let Some(lost) = lost {
        let reason = "parts of a message that are too many or too long";
        out.anomaly(Anomaly::new(AnomalyKind::LIMIT, reason).length(lost.octets).count(lost.pieces.max(1)));
    }
    state.set_open(side, open.then_some(version).or(Some(version)));
}

/// Fills what the beginning of a message tells.
fn fill(row: &mut S7commPlus<'_>, head: &Head, mut cursor: Cursor<'_>, out: &mut Output<'_>) {
    let (direction, toward) = direction(head);
    out.set_direction(direction);
    if out.way().toward.is_none() {
        out.learn(toward);
    }
    (row.opcode, row.function_code) = (Some(head.opcode), head.function);
    (row.sequence_number, row.session_id) = (head.sequence, head.session);
    row.transport_flags = head.flags;
    if head.opcode == Opcode::NOTIFICATION {
        let told = notification::Head::read(&mut cursor, row.version);
        (row.subscription_id, row.credit_tick) = (told.subscription, told.credit_tick);
        (row.sequence_number, row.change_count) = (told.sequence, told.change_count);
        row.device_time = told.device_time;
    } else if head.is_response() {
        row.return_value = vlq64(&mut cursor);
        if head.function == Some(PlusFunction::CREATE_OBJECT) && cursor.u8() > Some(0) {
            row.object_id = vlq32(&mut cursor);
        }
        row.request_message = peek(head.answered_key(out), out).map(|asked| asked.message);
    } else {
        row.object_id = cursor.u32();
    }
}

/// The end of a message: what came before it is read.
fn trailer(state: &mut State, version: Version, key: u64, pdu: &Pdu<'_>, out: &mut Output<'_>) {
    let side = pdu.way.side;
    if !state.is_open(side) {
        // At the end of a message whose beginning was lost; that was said.
        return;
    }
    state.set_open(side, None);
    let mut parts = core::mem::take(&mut state.parts);
    let piece = Piece { key, first: None, last: true, sequence: None, octets: &[] };
    let (assembled, lost) = out.assemble(&mut parts, &piece);
    if let Assembled::Whole(octets) = assembled {
        whole(state, version, octets, out);
    }
    state.parts = parts;
    if let Some(lost) = lost
        && lost.cause == Cause::Headless
    {
        let anomaly = Anomaly::new(AnomalyKind::SEQUENCE, "parts of a message without their beginning");
        out.anomaly(anomaly.length(lost.octets).count(lost.pieces.max(1)));
    }
}

/// One whole message.
fn whole(state: &mut State, version: Version, octets: &[u8], out: &mut Output<'_>) {
    let mut cursor = Cursor::new(octets);
    let Some(head) = head(&mut cursor) else { return };
    out.set_direction(direction(&head).0);
    match head.opcode {
        Opcode::REQUEST => request(state, &head, version, cursor, octets, out),
        Opcode::NOTIFICATION => notified(&head, version, cursor, octets, out),
        _ => response(state, &head, version, cursor, octets, out),
    }
}

fn asks(head: &Head, octets: &[u8]) -> Request<'static> {
    let function = head.function.unwrap_or_default();
    let operation = function.operation().unwrap_or_default();
    Request {
        function: function.name().map(Symbol),
        function_code: head.function.map(|function| function.0.into()),
        numbers: [function.0.into(), digest_bytes(octets)],
        ..Request::new(0, operation)
    }
}

/// The attribute that a request asked for, which is remembered with its function.
const fn attribute_of(asked: &Asked) -> u32 {
    (asked.numbers[0] >> 16) as u32
}

/// Whether nothing is given of what requests and answers of this function hold.
const fn is_bare(function: PlusFunction) -> bool {
    matches!(function, PlusFunction::GET_LINK | PlusFunction::END_SEQUENCE)
}

/// Says how a message ends: what is left behind all that was `read`, but for zeros that fill it, may be another message; or that
/// it cannot be read to its end, unless it `may_stop` before.
fn ends(out: &mut Output<'_>, octets: &[u8], rest: &[u8], read: Option<()>, may_stop: bool) {
    let place = octets.len().saturating_sub(rest.len()) as u64;
    let anomaly = match read {
        Some(()) if rest.iter().any(|octet| *octet != 0) => {
            let reason = "octets behind the end of the message";
            Anomaly::new(AnomalyKind::TRAILING, reason).length(rest.len() as u64)
        }
        None if !may_stop => Anomaly::new(AnomalyKind::MALFORMED, "message cannot be read to its end"),
        _ => return,
    };
    out.anomaly(anomaly.place("message").at(place));
}

/// Says what stands under one attribute of an object.
fn attribute_point(
    reader: &mut Reader<'_, '_, '_>,
    (object, attribute): (u32, u32),
    about: About,
    content: &Content<'_>,
) {
    let address = Address::of_object(object, attribute);
    if address.is_secret() || reader.found.secret || !reader.out.wants_points() {
        return;
    }
    let mut name = reader.out.take_scratch();
    address.write(&mut name);
    let mut points = Points::new(about);
    points.say(address.space(), None, &mut name, content, reader.out);
    points.end(reader.out);
    reader.out.give_back(name);
}

/// What addresses tell of a message.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    /// What the first is called.
    first: Name,
    /// One is of a secret.
    secret: bool,
    /// One is the operating state that a CPU is asked for.
    mode: bool,
    /// All could be read.
    read: bool,
}

/// Gives addresses.
fn give_addresses(addresses: &mut Addresses<'_>, out: &mut Output<'_>) -> Given {
    let mut given = Given::default();
    let mut path = out.take_scratch();
    while let Some((item, address)) = addresses.next(&mut path) {
        address.give(item, path.text(), out);
        if item == 1 {
            given.first.set(path.text());
        }
        given.secret |= address.is_secret();
        given.mode |= address.is_operating_state();
    }
    out.give_back(path);
    Given { read: addresses.is_read(), ..given }
}

/// What is found in a request beside its values.
#[derive(Clone, Copy, Debug, Default)]
struct Asks {
    /// What its first address is called.
    first: Name,
    secret: bool,
    /// The CPU is asked for an operating state, where values are set.
    mode: bool,
    quantity: Option<u32>,
    /// The first attribute of the object.
    attribute: u32,
}

fn request(
    state: &mut State,
    head: &Head,
    version: Version,
    cursor: Cursor<'_>,
    octets: &[u8],
    out: &mut Output<'_>,
) {
    let function = head.function.unwrap_or_default();
    let mut asks = Request { key: head.key(out), ..asks(head, octets) };
    let body = cursor.rest();
    let object = body.first_chunk().map(|octets| u32::from_be_bytes(*octets));
    asks.address = object.filter(|object| *object != 0).map(u64::from);
    asks.space = asks.address.map(|_| Symbol("object"));
    let mut found = Asks::default();
    let mut items = None;
    let (mut behind, mut readable) = (cursor, true);
    if matches!(function, PlusFunction::GET_MULTI_VARIABLES | PlusFunction::SET_MULTI_VARIABLES) {
        let all = Addresses::of_request(body);
        readable = false;
        if let Some(mut addresses) = all {
            let given = give_addresses(&mut addresses, out);
            (found.first, found.secret, readable) = (given.first, given.secret, given.read);
            found.mode = given.mode && function == PlusFunction::SET_MULTI_VARIABLES;
            behind = addresses.cursor;
        }
        if let Some(all) = all.filter(|_| readable) {
            found.quantity = Some(all.count);
            if function == PlusFunction::SET_MULTI_VARIABLES {
                let about = About { whose: Whose::Receiver, way: PointWay::WRITTEN, device_time: None };
                items = Some(Items::new(all, about)).filter(|_| !found.secret);
            } else if out.wants_points() {
                let addresses = body.get(..body.len() - behind.rest().len()).unwrap_or_default();
                state.remember(asks.key, out.message(), addresses, out.limits());
            }
        }
    }
    let mut reader = Reader::new(behind.rest(), out);
    if found.secret {
        reader.hide();
    }
    let read = if readable { asked(&mut reader, function, version, &mut found, &mut items) } else { None };
    let (values, rest) = (reader.found, reader.cursor.rest());
    reader.end();
    if let Some(items) = items {
        items.end(out);
    }
    ends(out, octets, rest, read, is_bare(function));
    asks.quantity = found.quantity;
    asks.object = Some(found.first.text()).filter(|name| !name.0.is_empty());
    asks.operation =
        operation(state, head, object, &values, (found.secret, found.mode)).unwrap_or(asks.operation);
    asks.numbers[0] |= u64::from(found.attribute) << 16;
    let no_answer = head.flags.is_some_and(|flags| flags & NO_ANSWER != 0);
    let repeated = if no_answer && function == PlusFunction::SET_VARIABLE {
        out.request_silence(&asks)
    } else {
        out.request(&asks)
    };
    if repeated {
        out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "the same request again, before its answer"));
    }
}

/// Reads what a request holds, behind the addresses of several variables; gives what counts and protects the message. `None` if
/// it cannot be read to its end.
fn asked(
    reader: &mut Reader<'_, '_, '_>,
    function: PlusFunction,
    version: Version,
    found: &mut Asks,
    items: &mut Option<Items<'_>>,
) -> Option<()> {
    match function {
        PlusFunction::GET_MULTI_VARIABLES => qualifier(reader)?,
        PlusFunction::SET_MULTI_VARIABLES => {
            for _ in 0..found.quantity? {
                let item = vlq32(&mut reader.cursor)?;
                if item == 0 {
                    break;
                }
                let content = reader.item(item)?;
                if let Some(items) = items {
                    items.say(item, &content, reader.out);
                }
            }
            qualifier(reader)?;
        }
        PlusFunction::SET_VARIABLE => {
            let object = reader.cursor.u32()?;
            // The attribute; where it is long, a 0 and a length behind it.
            for place in 0..vlq32(&mut reader.cursor)? {
                let number = vlq32(&mut reader.cursor)?;
                if place == 0 {
                    found.attribute = number;
                }
            }
            let content = reader.value(found.attribute)?;
            let about = About { whose: Whose::Receiver, way: PointWay::WRITTEN, device_time: None };
            attribute_point(reader, (object, found.attribute), about, &content);
            qualifier(reader)?;
        }
        PlusFunction::GET_VARIABLE => {
            let (object, count) = (reader.cursor.u32()?, vlq32(&mut reader.cursor)?);
            (found.first, found.attribute) = attributes(reader, object, count)?;
            found.secret |= Address::of_object(object, found.attribute).is_secret();
            qualifier(reader)?;
        }
        PlusFunction::GET_VARIABLE_SUB_STREAMED | PlusFunction::SET_VARIABLE_SUB_STREAMED => {
            let object = reader.cursor.u32()?;
            reader.value(object)?;
            found.attribute =
                reader.found.first_value.and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
            qualifier(reader)?;
            // Two octets stand before the value, or the end.
            if reader.cursor.peek() == Some(0) {
                reader.cursor.u16()?;
            }
            if function == PlusFunction::SET_VARIABLE_SUB_STREAMED {
                reader.value(found.attribute)?;
                reader.pieces(found.attribute)?;
            }
        }
        PlusFunction::CREATE_OBJECT => {
            reader.cursor.u32()?;
            reader.value(0)?;
            reader.cursor.u32()?;
            count(reader);
            reader.objects()?;
        }
        PlusFunction::DELETE_OBJECT => {
            reader.cursor.u32()?;
            qualifier(reader)?;
        }
        PlusFunction::EXPLORE => {
            let object = reader.cursor.u32()?;
            vlq32(&mut reader.cursor)?;
            // Whether children and parents are wanted.
            reader.cursor.take(3)?;
            while reader.cursor.u8()? != 0 {
                // What filters objects.
                reader.value(object)?;
            }
            let count = vlq32(&mut reader.cursor)?;
            attributes(reader, object, count)?;
        }
        PlusFunction::BEGIN_SEQUENCE => {
            reader.cursor.u8()?;
            if version != Version::V1 && reader.cursor.u16()? != 1 {
                reader.cursor.u32()?;
            } else if version != Version::V1 {
                reader.cursor.u8()?;
                count(reader);
                reader.objects()?;
            }
        }
        PlusFunction::END_SEQUENCE => {
            reader.cursor.u16()?;
        }
        PlusFunction::GET_LINK => {
            reader.cursor.u32()?;
            vlq32(&mut reader.cursor)?;
            reader.cursor.u16()?;
        }
        PlusFunction::INVOKE => {
            reader.cursor.u64()?;
            reader.list()?;
            reader.cursor.u8()?;
        }
        _ => {
            // What it holds is not known.
            reader.cursor = Cursor::new(&[]);
            return Some(());
        }
    }
    integrity(reader);
    Some(())
}
/// What a request does, more closely than its function tells.
fn operation(
    state: &State,
    head: &Head,
    object: Option<u32>,
    found: &Found,
    (secret, mode): (bool, bool),
) -> Option<Operation> {
    match head.function? {
        _ if secret || found.secret => Some(Operation::AUTH),
        _ if mode => Some(Operation::MODE),
        PlusFunction::SET_VARIABLE
            if object == Some(EXECUTION_UNIT) && found.first_id == Some(OPERATING_STATE_REQUEST) =>
        {
            Some(Operation::MODE)
        }
        PlusFunction::CREATE_OBJECT => match (head.session, found.class_id) {
            (Some(SERVER_SESSION_CONTAINER), _) | (_, Some(SERVER_SESSION)) => Some(Operation::SESSION),
            (_, Some(SUBSCRIPTION)) => Some(Operation::REPORTING),
            _ => None,
        },
        PlusFunction::DELETE_OBJECT if object == head.session => Some(Operation::SESSION),
        // As it was made; of what was made before, the identifiers of blocks alone tell.
        PlusFunction::DELETE_OBJECT => object.map(|object| match state.made(object) {
            Some(operation) => operation,
            None if object >> 24 == BLOCKS => Operation::PROGRAM_DOWNLOAD,
            None => Operation::UNKNOWN,
        }),
        _ => None,
    }
}

/// Gives the attributes of an object that are asked for. Returns what the first is called, and which it is.
fn attributes(reader: &mut Reader<'_, '_, '_>, object: u32, count: u32) -> Option<(Name, u32)> {
    let first = if count > 0 { vlq32(&mut { reader.cursor })? } else { 0 };
    let mut addresses = Addresses::of_object(reader.cursor, object, count);
    let given = give_addresses(&mut addresses, reader.out);
    reader.cursor = addresses.cursor;
    given.read.then_some((given.first, first))
}

/// The object qualifier, which stands behind most requests. `None` if something else does.
fn qualifier(reader: &mut Reader<'_, '_, '_>) -> Option<()> {
    let mut ahead = reader.cursor;
    // One or two octets stand between, after some requests.
    for _ in 0..3 {
        let mut here = ahead;
        if here.u32() == Some(OBJECT_QUALIFIER) {
            let mut quiet = Reader::new(here.rest(), reader.out);
            quiet.quiet();
            quiet.list()?;
            reader.cursor = quiet.cursor;
            return Some(());
        }
        if ahead.u8().is_none() {
            break;
        }
    }
    is_end(reader.cursor).then_some(())
}

/// The number that stands before objects, where messages are counted.
fn count(reader: &mut Reader<'_, '_, '_>) {
    const START_OBJECT: u8 = 0xa1;
    if reader.cursor.peek().is_some_and(|octet| octet != 0 && octet != START_OBJECT) {
        let integrity_id = vlq32(&mut reader.cursor);
        reader.out.row(&S7commPlusIntegrities { integrity_id, digest: None });
    }
}

/// What counts and protects a message, at its end.
fn integrity(reader: &mut Reader<'_, '_, '_>) {
    let cursor = &mut reader.cursor;
    // Zero octets fill what follows.
    while cursor.peek() == Some(0) {
        let _ = cursor.u8();
    }
    if cursor.is_empty() {
        return;
    }
    let integrity_id = vlq32(cursor);
    let mut digest = None;
    let mut ahead = *cursor;
    if ahead.u8() == Some(DIGEST as u8) {
        digest = ahead.take(DIGEST);
        if digest.is_some() {
            *cursor = ahead;
        }
    }
    reader.out.row(&S7commPlusIntegrities { integrity_id, digest });
}

/// A name that outlives the buffer it was composed in.
#[derive(Clone, Copy, Debug)]
struct Name {
    octets: [u8; 64],
    len: usize,
}

impl Default for Name {
    fn default() -> Self {
        Self { octets: [0; 64], len: 0 }
    }
}

impl Name {
    fn set(&mut self, text: Text<'_>) {
        let len = text.0.len().min(self.octets.len());
        if let (Some(to), Some(from)) = (self.octets.get_mut(..len), text.0.get(..len)) {
            to.copy_from_slice(from);
            self.len = len;
        }
    }
    fn text(&self) -> Text<'_> {
        Text(self.octets.get(..self.len).unwrap_or_default())
    }
}

/// What is found in an answer.
#[derive(Clone, Copy, Debug, Default)]
struct Answered {
    values: u32,
    /// Values whose addresses are not remembered.
    nameless: u32,
    /// Items that were refused.
    refused: u32,
    /// Why the first of them was.
    error: Option<u64>,
    /// The object that was made.
    object: Option<u32>,
}

fn response(
    state: &mut State,
    head: &Head,
    version: Version,
    cursor: Cursor<'_>,
    octets: &[u8],
    out: &mut Output<'_>,
) {
    let function = head.function.unwrap_or_default();
    let key = head.answered_key(out);
    let answer = out.answer_fitting(key, UnderWay::One, |_| Fit::Whole);
    let asked = if let Answer::Paired(asked) = &answer { Some(asked) } else { None };
    let addresses = asked.and_then(|asked| state.addresses(key, asked.message));
    let about = About { whose: Whose::Sender, way: PointWay::READ, device_time: None };
    // The request asked for a secret.
    let gets = matches!(function, PlusFunction::GET_MULTI_VARIABLES | PlusFunction::GET_VARIABLE);
    let secret = gets && asked.is_some_and(|asked| asked.operation == Operation::AUTH);
    let addresses = addresses.filter(|_| !secret).and_then(Addresses::of_request);
    let mut items = addresses.map(|all| Items::new(all, about));
    let mut reader = Reader::new(cursor.rest(), out);
    if secret {
        reader.hide();
    }
    reader.tells = function == PlusFunction::CREATE_OBJECT;
    let return_value = vlq64(&mut reader.cursor);
    let failed = return_value.is_some_and(|value| error(value) < 0);
    let mut found = Answered::default();
    let read = answered(&mut reader, function, version, asked, &mut found, &mut items);
    let rest = reader.cursor.rest();
    reader.end();
    if let Some(items) = items {
        items.end(out);
    }
    ends(out, octets, rest, read, failed || is_bare(function));
    let answered = found.values.saturating_add(found.refused);
    let mut missing = None;
    if let Some(asked) = asked {
        state.forget(key, asked.message);
        match (function, found.object) {
            _ if failed => {}
            (PlusFunction::CREATE_OBJECT, Some(object)) => state.make(object, asked.operation),
            (PlusFunction::DELETE_OBJECT, _) => state.unmake(asked.address),
            (PlusFunction::GET_MULTI_VARIABLES, _) if read.is_some() => {
                missing = asked.quantity.filter(|quantity| *quantity > answered);
            }
            _ => {}
        }
        if found.nameless > 0 && asked.quantity.is_some() && !secret && out.wants_points() {
            let reason = "values of a request whose addresses are not remembered";
            out.anomaly(Anomaly::new(AnomalyKind::LIMIT, reason).count(found.nameless));
        }
    }
    if let Some(quantity) = missing {
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "answer has fewer items than its request");
        out.anomaly(anomaly.numbers(quantity.into(), answered.into()));
    }
    let all_refused = match function {
        PlusFunction::GET_MULTI_VARIABLES => found.values == 0,
        _ => asked.and_then(|asked| asked.quantity).is_some_and(|quantity| found.refused >= quantity),
    };
    let (outcome, told) = match found.refused {
        _ if failed || head.is_error() => (Outcome::REFUSED, return_value),
        0 if missing.is_some() => (Outcome::PARTIAL, return_value),
        0 => (Outcome::SUCCESS, return_value),
        _ if all_refused => (Outcome::REFUSED, found.error),
        _ => (Outcome::PARTIAL, return_value),
    };
    let status = told.map(|value| (value & 0xffff) as u32).filter(|status| *status != 0);
    let status_name = told.and_then(|value| error_name(error(value)));
    let result = Result { outcome, status, status_name };
    match &answer {
        Answer::Paired(asked) => out.complete(asked, result),
        Answer::Again => {
            out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before"));
        }
        Answer::Unasked => {
            let asks = Request { key, ..asks(head, octets) };
            out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result });
        }
    }
}

/// Reads what an answer holds behind the value that it returns; gives what counts and protects the message. `None` if it cannot be
/// read to its end.
fn answered(
    reader: &mut Reader<'_, '_, '_>,
    function: PlusFunction,
    version: Version,
    asked: Option<&Asked>,
    found: &mut Answered,
    items: &mut Option<Items<'_>>,
) -> Option<()> {
    match function {
        PlusFunction::GET_MULTI_VARIABLES => {
            loop {
                let item = vlq32(&mut reader.cursor)?;
                if item == 0 {
                    break;
                }
                found.values = found.values.saturating_add(1);
                let content = reader.item(item)?;
                match items {
                    Some(items) => items.say(item, &content, reader.out),
                    None => found.nameless = found.nameless.saturating_add(1),
                }
            }
            (found.refused, found.error) = reader.errors()?;
        }
        PlusFunction::SET_MULTI_VARIABLES => (found.refused, found.error) = reader.errors()?,
        PlusFunction::CREATE_OBJECT => {
            for _ in 0..reader.cursor.u8()? {
                let object = vlq32(&mut reader.cursor)?;
                found.object.get_or_insert(object);
            }
            reader.objects()?;
        }
        PlusFunction::DELETE_OBJECT => {
            reader.cursor.u32()?;
            // What went wrong.
            reader.objects()?;
        }
        PlusFunction::GET_VARIABLE | PlusFunction::GET_VARIABLE_SUB_STREAMED => {
            if function == PlusFunction::GET_VARIABLE_SUB_STREAMED {
                reader.cursor.u8()?;
            }
            let content = reader.value(asked.map_or(0, attribute_of))?;
            if function == PlusFunction::GET_VARIABLE
                && let Some(asked) = asked
                && let Some(object) = asked.address.and_then(|object| u32::try_from(object).ok())
            {
                let about = About { whose: Whose::Sender, way: PointWay::READ, device_time: None };
                attribute_point(reader, (object, attribute_of(asked)), about, &content);
            }
        }
        PlusFunction::EXPLORE => {
            reader.cursor.u32()?;
            count(reader);
            reader.objects()?;
        }
        PlusFunction::BEGIN_SEQUENCE if version != Version::V1 => {
            reader.cursor.take(6)?;
        }
        PlusFunction::GET_LINK => {
            for _ in 0..reader.cursor.u8()? {
                reader.cursor.u32()?;
            }
        }
        PlusFunction::INVOKE => {
            // Values that are returned, of which there are two or three more.
            vlq64(&mut reader.cursor)?;
            vlq64(&mut reader.cursor)?;
            if reader.cursor.peek() != Some(1) {
                vlq64(&mut reader.cursor)?;
            }
            reader.list()?;
            reader.cursor.u8()?;
        }
        PlusFunction::SET_VARIABLE
        | PlusFunction::SET_VARIABLE_SUB_STREAMED
        | PlusFunction::BEGIN_SEQUENCE
        | PlusFunction::END_SEQUENCE
        | PlusFunction::ERROR
        | PlusFunction::ERROR_2 => {}
        _ => {
            // What it holds is not known.
            reader.cursor = Cursor::new(&[]);
            return Some(());
        }
    }
    integrity(reader);
    Some(())
}

/// What a subscription tells: a subscription and no function.
fn notified(head: &Head, version: Version, cursor: Cursor<'_>, octets: &[u8], out: &mut Output<'_>) {
    let mut asks = Request { key: head.key(out), ..asks(head, octets) };
    (asks.operation, asks.function) = (Operation::REPORT, Some(Symbol("notification")));
    let mut reader = Reader::new(cursor.rest(), out);
    let (told, read) = notification::values(&mut reader, version);
    if read.is_some() {
        integrity(&mut reader);
    }
    let rest = reader.cursor.rest();
    reader.end();
    ends(out, octets, rest, read, false);
    asks.address = told.subscription.map(u64::from);
    asks.space = asks.address.map(|_| Symbol("subscription"));
    out.unconfirmed(&asks);
}
