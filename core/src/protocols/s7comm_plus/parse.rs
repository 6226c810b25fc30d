//! From PDUs to messages, and from messages to rows.
use super::{
    HEADER,
    codes::{Opcode, PlusFunction, Version},
    records::{S7commPlus, S7commPlusAddresses, S7commPlusIntegrities},
    state::State,
    values::{LEGITIMATE, Reader, SESSION_KEY, Value, error, error_name, vlq32, vlq64},
};
use crate::{
    Output,
    common::{
        Anomaly, AnomalyKind, Answer, Operation, Outcome, PointValue, PointWay, Request, Result, Whose,
    },
    output::{Point, Scratch},
    protocol::{Pdu, Toward},
    record::{Direction, Symbol, Text, digest_bytes},
    wire::{Assembled, Cause, Cursor, Piece},
};

/// Octets of the digest before a message of version 3; its length stands before it.
const DIGEST: usize = 32;
/// Identifier of the object qualifier, which stands behind most requests.
const OBJECT_QUALIFIER: u32 = 1256;
/// Object of the execution unit of the CPU, and its attribute that asks for an operating state.
const EXECUTION_UNIT: u32 = 52;
const OPERATING_STATE_REQUEST: u32 = 2167;
/// Container of sessions, class of sessions and of subscriptions.
const SERVER_SESSION_CONTAINER: u32 = 288;
const SERVER_SESSION: u32 = 287;
const SUBSCRIPTION: u32 = 1001;

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
    fn is_response(&self) -> bool {
        matches!(self.opcode, Opcode::RESPONSE | Opcode::RESPONSE_2)
    }
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
        row.subscription_id = cursor.u32();
        let kind = cursor.u16();
        let _ = cursor.u32();
        if kind == Some(0x0400) {
            row.credit_tick = cursor.u8();
            row.sequence_number = notification_sequence(&mut cursor, row.subscription_id);
        }
    } else if head.is_response() {
        row.return_value = vlq64(&mut cursor);
        row.request_message = out.peek(head.key(out)).map(|asked| asked.message);
    } else {
        row.object_id = cursor.u32();
    }
}

/// Newer devices, whose objects have high numbers, count in groups of seven bits.
fn notification_sequence(cursor: &mut Cursor<'_>, subscription: Option<u32>) -> Option<u32> {
    if subscription > Some(0x7000_0000) { vlq32(cursor) } else { cursor.u8().map(u32::from) }
}

/// The end of a message: what came before it is read.
fn trailer(state: &mut State, _: Version, key: u64, pdu: &Pdu<'_>, out: &mut Output<'_>) {
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
        whole(state, octets, out);
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
fn whole(state: &mut State, octets: &[u8], out: &mut Output<'_>) {
    let mut cursor = Cursor::new(octets);
    let Some(head) = head(&mut cursor) else { return };
    out.set_direction(direction(&head).0);
    match head.opcode {
        Opcode::REQUEST => request(state, &head, cursor, octets, out),
        Opcode::NOTIFICATION => notification(&head, cursor, octets, out),
        _ => response(state, &head, cursor, octets, out),
    }
}

fn asks(head: &Head, octets: &[u8], out: &Output<'_>) -> Request<'static> {
    let function = head.function.unwrap_or_default();
    Request {
        key: head.key(out),
        operation: function.operation().unwrap_or_default(),
        function: function.name().map(Symbol),
        function_code: head.function.map(|function| function.0.into()),
        station: None,
        space: None,
        address: None,
        quantity: None,
        object: None,
        numbers: [function.0.into(), digest_bytes(octets)],
    }
}

/// An address: checksum, area, depth, base area, local identifiers. Writes its path.
struct Address {
    symbol_crc: u32,
    area: u32,
    base_area: u32,
}

impl Address {
    fn read(cursor: &mut Cursor<'_>, scratch: &mut Scratch) -> Option<Self> {
        use core::fmt::Write;
        let symbol_crc = vlq32(cursor)?;
        let area = vlq32(cursor)?;
        let depth = vlq32(cursor)?;
        let base_area = vlq32(cursor)?;
        let number = area & 0xffff;
        let _ = match (symbol_crc, area >> 16, number) {
            (0, ..) => write!(scratch, "{area}.{base_area}"),
            (_, 0x8a0e, _) => write!(scratch, "DB{number}"),
            (_, 0, 0x50) => scratch.write_str("I"),
            (_, 0, 0x51) => scratch.write_str("Q"),
            (_, 0, 0x52) => scratch.write_str("M"),
            (_, 0, 0x53) => scratch.write_str("C"),
            (_, 0, 0x54) => scratch.write_str("T"),
            _ => write!(scratch, "{area}"),
        };
        for _ in 1..depth {
            let local = vlq32(cursor)?;
            let _ = write!(scratch, ".{local}");
        }
        Some(Self { symbol_crc, area, base_area })
    }
    const fn db_number(&self) -> Option<u16> {
        if self.symbol_crc != 0 && self.area >> 16 == 0x8a0e {
            Some((self.area & 0xffff) as u16)
        } else {
            None
        }
    }
}

/// Addresses of variables, or attributes of one object. Returns how many items there are and whether all could be read.
fn addresses(
    cursor: &mut Cursor<'_>,
    out: &mut Output<'_>,
    mut each: impl FnMut(&mut Output<'_>, u32, &Address, Text<'_>),
) -> Option<u32> {
    let object = cursor.u32()?;
    let count = vlq32(cursor)?;
    let fields = vlq32(cursor)?;
    let mut scratch = out.take_scratch();
    let read = (|| {
        if object == 0 {
            for item in 1..=count {
                scratch.truncate(0);
                let address = Address::read(cursor, &mut scratch)?;
                each(out, item, &address, scratch.text());
            }
            return Some(count);
        }
        for item in 1..=fields {
            use core::fmt::Write;
            let id = vlq32(cursor)?;
            scratch.truncate(0);
            let _ = write!(scratch, "{object}.{id}");
            let address = Address { symbol_crc: 0, area: object, base_area: id };
            each(out, item, &address, scratch.text());
        }
        Some(count)
    })();
    out.give_back(scratch);
    read
}

fn address_row(out: &mut Output<'_>, item: u32, address: &Address, path: Text<'_>) {
    out.row(&S7commPlusAddresses {
        item,
        symbol_crc: address.symbol_crc,
        area: address.area,
        db_number: address.db_number(),
        base_area: address.base_area,
        path,
    });
}

fn unread(out: &mut Output<'_>, reader: usize) {
    let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "message cannot be read to its end");
    out.anomaly(anomaly.place("message").at(reader as u64));
}

fn request(state: &mut State, head: &Head, cursor: Cursor<'_>, octets: &[u8], out: &mut Output<'_>) {
    let function = head.function.unwrap_or_default();
    let mut asks = asks(head, octets, out);
    let body = cursor.rest();
    let object = cursor.rest().first_chunk().map(|octets| u32::from_be_bytes(*octets));
    asks.address = object.filter(|object| *object != 0).map(u64::from);
    asks.space = asks.address.map(|_| Symbol("object"));
    let multiple = matches!(function, PlusFunction::GET_MULTI_VARIABLES | PlusFunction::SET_MULTI_VARIABLES);
    if multiple {
        state.remember(out.message(), body);
    }
    let known = multiple
        || matches!(
            function,
            PlusFunction::SET_VARIABLE
                | PlusFunction::CREATE_OBJECT
                | PlusFunction::DELETE_OBJECT
                | PlusFunction::GET_VARIABLE_SUB_STREAMED
                | PlusFunction::INVOKE
        );
    let (mut secret, mut first) = (false, Name::default());
    let mut quantity = None;
    let mut behind = Cursor::new(body);
    if multiple {
        let read = addresses(&mut behind, out, |out, item, address, path| {
            address_row(out, item, address, path);
            if item == 1 {
                first.set(path);
            }
            secret |= address.symbol_crc == 0 && matches!(address.base_area, LEGITIMATE | SESSION_KEY);
        });
        quantity = read;
        if read.is_none() {
            unread(out, octets.len() - behind.rest().len());
            behind = Cursor::new(&[]);
        }
    }
    let mut points: PointNames = PointNames::default();
    let mut reader = Reader::new(behind.rest(), out);
    if multiple && secret {
        reader.hide();
    }
    let read = (|| {
        match function {
            PlusFunction::SET_MULTI_VARIABLES => {
                for _ in 0..quantity? {
                    let item = vlq32(&mut reader.cursor)?;
                    if item == 0 {
                        break;
                    }
                    if let Some(value) = reader.value(item)?.point()
                        && !secret
                    {
                        points.push(item, value);
                    }
                }
            }
            PlusFunction::SET_VARIABLE => {
                let _ = reader.cursor.u32()?;
                for _ in 0..vlq32(&mut reader.cursor)? {
                    let id = vlq32(&mut reader.cursor)?;
                    reader.value(id)?;
                }
            }
            PlusFunction::CREATE_OBJECT => {
                let _ = reader.cursor.u32()?;
                reader.value(0)?;
                let _ = reader.cursor.u32()?;
                // Some devices put a number before the object.
                if reader.cursor.peek() != Some(0xa1) {
                    let _ = vlq32(&mut reader.cursor)?;
                }
                reader.objects()?;
            }
            PlusFunction::DELETE_OBJECT => {
                let _ = reader.cursor.u32()?;
            }
            PlusFunction::GET_VARIABLE_SUB_STREAMED => {
                let object = reader.cursor.u32()?;
                reader.value(object)?;
            }
            PlusFunction::INVOKE => {
                let _ = reader.cursor.u64()?;
                reader.list()?;
            }
            _ => {}
        }
        Some(())
    })();
    let (found, place) = (reader.found, octets.len() - reader.cursor.rest().len());
    let rest = reader.cursor;
    if known && read.is_none() {
        unread(out, place);
    } else if known && !matches!(function, PlusFunction::CREATE_OBJECT) {
        qualifier(out, rest);
    }
    asks.quantity = quantity;
    asks.object = (!first.text().0.is_empty()).then(|| first.text());
    asks.operation = operation(head, object, &found, secret).unwrap_or(asks.operation);
    if function == PlusFunction::SET_MULTI_VARIABLES && !secret {
        say_points(body, &points, Whose::Receiver, PointWay::WRITTEN, out);
    }
    if out.request(&asks) {
        out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "the same request again, before its answer"));
    }
}

/// What a request does, more closely than its function tells.
fn operation(
    head: &Head,
    object: Option<u32>,
    found: &super::values::Found,
    secret: bool,
) -> Option<Operation> {
    match head.function? {
        _ if secret || found.secret => Some(Operation::AUTH),
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
        _ => None,
    }
}

/// The object qualifier behind a request, then what counts and protects the message.
fn qualifier(out: &mut Output<'_>, rest: Cursor<'_>) {
    let mut reader = Reader::new(rest.rest(), out);
    reader.quiet();
    let read = (|| {
        let mut ahead = reader.cursor;
        // One or two octets stand between, after some requests.
        for _ in 0..3 {
            let mut try_here = ahead;
            if try_here.u32() == Some(OBJECT_QUALIFIER) {
                reader.cursor = try_here;
                return reader.list();
            }
            let _ = ahead.u8()?;
        }
        None
    })();
    let mut cursor = reader.cursor;
    if read.is_none() {
        return;
    }
    integrity(out, &mut cursor);
}

fn integrity(out: &mut Output<'_>, cursor: &mut Cursor<'_>) {
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
    }
    out.row(&S7commPlusIntegrities { integrity_id, digest });
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

/// The first values of a message, by the number of their item.
#[derive(Clone, Copy, Debug)]
struct PointNames<'a> {
    values: [Option<(u32, PointValue<'a>)>; PointNames::MOST],
    len: usize,
}

impl Default for PointNames<'_> {
    fn default() -> Self {
        Self { values: [None; PointNames::MOST], len: 0 }
    }
}

impl<'a> PointNames<'a> {
    const MOST: usize = 64;
    fn push(&mut self, item: u32, value: PointValue<'a>) {
        if let Some(place) = self.values.get_mut(self.len) {
            *place = Some((item, value));
            self.len += 1;
        }
    }
    fn get(&self, item: u32) -> Option<PointValue<'a>> {
        self.values.iter().take(self.len).flatten().find(|(of, _)| *of == item).map(|(_, value)| *value)
    }
}

/// Says the values of a message, whose addresses are in a request.
fn say_points(request: &[u8], values: &PointNames<'_>, whose: Whose, way: PointWay, out: &mut Output<'_>) {
    if !out.wants_points() || values.len == 0 {
        return;
    }
    let mut cursor = Cursor::new(request);
    addresses(&mut cursor, out, |out, item, address, path| {
        if let Some(value) = values.get(item) {
            let space = match (address.symbol_crc, address.area >> 16, address.area & 0xffff) {
                (0, ..) => "object",
                (_, 0x8a0e, _) => "data_block",
                (_, 0, 0x50) => "input",
                (_, 0, 0x51) => "output",
                (_, 0, 0x52) => "flag",
                (_, 0, 0x53) => "counter",
                (_, 0, 0x54) => "timer",
                _ => "symbol",
            };
            let mut point = Point::new(Symbol(space), way, value);
            (point.name, point.address) = (Some(path), address.db_number().map(u64::from));
            out.point(whose, &point);
        }
    });
}

fn response(state: &State, head: &Head, cursor: Cursor<'_>, octets: &[u8], out: &mut Output<'_>) {
    let function = head.function.unwrap_or_default();
    let answer = out.answer(head.key(out));
    let asked = match &answer {
        Answer::Paired(asked) => state.addresses(asked.message),
        _ => None,
    };
    let mut reader = Reader::new(cursor.rest(), out);
    reader.tells = function == PlusFunction::CREATE_OBJECT;
    let return_value = vlq64(&mut reader.cursor);
    let mut points = PointNames::default();
    let (mut done, mut refused) = (0u32, 0u32);
    let failed = return_value.is_some_and(|value| error(value) < 0);
    let read = (|| {
        match function {
            PlusFunction::GET_MULTI_VARIABLES => {
                loop {
                    let item = vlq32(&mut reader.cursor)?;
                    if item == 0 {
                        break;
                    }
                    done = done.saturating_add(1);
                    if let Some(value) = reader.value(item)?.point() {
                        points.push(item, value);
                    }
                }
                refused = reader.errors()?;
            }
            PlusFunction::SET_MULTI_VARIABLES => refused = reader.errors()?,
            PlusFunction::CREATE_OBJECT if !failed => {
                for _ in 0..reader.cursor.u8()? {
                    let _ = vlq32(&mut reader.cursor)?;
                }
                if reader.cursor.peek() == Some(0xa1) {
                    reader.objects()?;
                }
            }
            PlusFunction::GET_VARIABLE_SUB_STREAMED if !failed => {
                let _ = reader.cursor.u8()?;
                reader.value(0)?;
            }
            PlusFunction::EXPLORE if !failed => {
                let _ = reader.cursor.u32()?;
                if reader.cursor.peek() != Some(0xa1) {
                    let _ = vlq32(&mut reader.cursor)?;
                }
                // Descriptions of tags are not read: they have no length of their own.
                let _ = reader.objects();
            }
            _ => {}
        }
        Some(())
    })();
    let place = octets.len() - reader.cursor.rest().len();
    if read.is_none() && !failed {
        unread(out, place);
    }
    if let Some(request) = asked
        && function == PlusFunction::GET_MULTI_VARIABLES
    {
        say_points(request, &points, Whose::Sender, PointWay::READ, out);
    }
    let status = return_value.map(|value| (value & 0xffff) as u32).filter(|status| *status != 0);
    let outcome = match (failed, refused, done) {
        (true, ..) => Outcome::REFUSED,
        (false, 0, _) => Outcome::SUCCESS,
        (false, _, 0) if function == PlusFunction::GET_MULTI_VARIABLES => Outcome::REFUSED,
        _ => Outcome::PARTIAL,
    };
    let status_name = return_value.and_then(|value| error_name(error(value)));
    let result = Result { outcome, status, status_name };
    match &answer {
        Answer::Paired(asked) => out.complete(asked, result),
        Answer::Again => {
            out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before"));
        }
        Answer::Unasked => {
            let asks = asks(head, octets, out);
            out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result });
        }
    }
}

/// What a subscription tells: a subscription and no function.
fn notification(head: &Head, cursor: Cursor<'_>, octets: &[u8], out: &mut Output<'_>) {
    let mut asks = asks(head, octets, out);
    (asks.operation, asks.function) = (Operation::REPORT, Some(Symbol("notification")));
    let mut reader = Reader::new(cursor.rest(), out);
    let subscription = reader.cursor.u32();
    (asks.space, asks.address) = (subscription.map(|_| Symbol("subscription")), subscription.map(u64::from));
    let kind = reader.cursor.u16();
    let mut points = PointNames::default();
    if kind == Some(0x0400) {
        let _ = reader.cursor.u32();
        let _ = reader.cursor.u8();
        let _ = notification_sequence(&mut reader.cursor, subscription);
        // One octet without known meaning stands before the list of some devices.
        if reader.cursor.peek().is_some_and(|octet| octet != 0 && octet < 0x10) {
            let _ = reader.cursor.u8();
        }
        let _ = notified(&mut reader, &mut points);
    }
    for (item, value) in points.values.iter().take(points.len).flatten() {
        let mut point = Point::new(Symbol("subscription"), PointWay::REPORTED, *value);
        point.address = Some(u64::from(subscription.unwrap_or_default()) << 32 | u64::from(*item));
        out.point(Whose::Sender, &point);
    }
    out.unconfirmed(&asks);
}

fn notified<'a>(reader: &mut Reader<'a, '_, '_>, points: &mut PointNames<'a>) -> Option<()> {
    loop {
        let value: Option<(u32, Value<'a>)> = match reader.cursor.u8()? {
            0 => return Some(()),
            0x92 => {
                let item = reader.cursor.u32()?;
                Some((item, reader.value(item)?))
            }
            0x9b => {
                let item = vlq32(&mut reader.cursor)?;
                Some((item, reader.value(item)?))
            }
            0x13 | 0x9c => {
                let _ = reader.cursor.u32()?;
                None
            }
            _ => return None,
        };
        if let Some((item, value)) = value
            && let Some(value) = value.point()
        {
            points.push(item, value);
        }
    }
}
