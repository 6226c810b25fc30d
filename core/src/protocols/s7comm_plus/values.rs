//! Values with their types, lists of them, and objects.
use super::{
    codes::Datatype,
    records::{S7commPlusErrors, S7commPlusObjects, S7commPlusValues},
    variables::{self, Blocks},
};
use crate::{
    Output,
    common::{Anomaly, AnomalyKind, Fact, PointValue},
    record::{Duration, Instant, Symbol, Text},
    wire::Cursor,
};

/// Depth to which structures and objects may be nested.
const DEPTH: usize = 24;
/// Values of one message that are given.
pub(super) const MOST_VALUES: u32 = 65_536;

/// Marks of objects.
const START_OBJECT: u8 = 0xa1;
const TERMINATE_OBJECT: u8 = 0xa2;
const ATTRIBUTE: u8 = 0xa3;
const RELATION: u8 = 0xa4;
const VARIABLE_DESCRIPTION: u8 = 0xa7;
const VARIABLE_TYPES: u8 = 0xab;
const VARIABLE_NAMES: u8 = 0xac;

/// Attributes whose values are secrets: key of the session, answer to a challenge.
pub(super) const SESSION_KEY: u32 = 1830;
pub(super) const LEGITIMATE: u32 = 1846;

/// An unsigned number in groups of seven bits, up to 32 bits.
pub(super) fn vlq32(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut value = 0u32;
    for _ in 0..5 {
        let octet = cursor.u8()?;
        value = value << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// An unsigned number in groups of seven bits, up to 64 bits: the ninth octet has eight.
pub(super) fn vlq64(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut value = 0u64;
    for _ in 0..8 {
        let octet = cursor.u8()?;
        value = value << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Some(value);
        }
    }
    Some(value << 8 | u64::from(cursor.u8()?))
}

/// Octets of the digest of a message; its length stands before it.
pub(super) const DIGEST: usize = 32;

/// Whether nothing is ahead but what counts and protects a message: a number, a digest in older versions, octets of 0.
pub(super) fn is_end(mut cursor: Cursor<'_>) -> bool {
    const FILL: usize = 5;
    let is_fill = |cursor: &Cursor<'_>| cursor.rest().iter().all(|octet| *octet == 0);
    if is_fill(&cursor) {
        return true;
    }
    if vlq32(&mut cursor).is_none() {
        return false;
    }
    let mut digest = cursor;
    if digest.u8() == Some(DIGEST as u8) && digest.take(DIGEST).is_some() {
        cursor = digest;
    }
    cursor.rest().len() <= FILL && is_fill(&cursor)
}

/// A signed number in groups of seven bits: the second bit of the first octet is the sign.
pub(super) fn signed(cursor: &mut Cursor<'_>) -> Option<i64> {
    let first = cursor.u8()?;
    let mut value = i64::from(first & 0x3f) - if first & 0x40 != 0 { 0x40 } else { 0 };
    if first & 0x80 == 0 {
        return Some(value);
    }
    for _ in 0..7 {
        let octet = cursor.u8()?;
        value = value << 7 | i64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Some(value);
        }
    }
    Some(value << 8 | i64::from(cursor.u8()?))
}

/// Reads the values of one message.
pub(super) struct Reader<'a, 'o, 's> {
    pub(super) cursor: Cursor<'a>,
    pub(super) out: &'o mut Output<'s>,
    /// Identifiers down to where it reads.
    path: [u32; DEPTH],
    depth: usize,
    position: u32,
    wants: bool,
    /// All values are secrets.
    hidden: bool,
    /// The first identifier of a path is the number of an item, and of no attribute.
    numbered: bool,
    /// The values are what the device tells in answer to a request that sets a session up.
    pub(super) tells: bool,
    /// What was found that tells what the message does.
    pub(super) found: Found,
}

/// What tells what a message does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Attribute that was seen first.
    pub(super) first_id: Option<u32>,
    /// Its value.
    pub(super) first_value: Option<i64>,
    /// A secret was among the values.
    pub(super) secret: bool,
    /// Class of the outermost object.
    pub(super) class_id: Option<u32>,
}

/// One value as it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Value<'a> {
    pub(super) integer: Option<i64>,
    pub(super) unsigned: Option<u64>,
    pub(super) number: Option<f64>,
    pub(super) text: Option<&'a [u8]>,
    pub(super) time: Option<i64>,
    pub(super) span: Option<i64>,
    pub(super) data: Option<&'a [u8]>,
}

impl<'a> Value<'a> {
    /// The value for the common language: moments and lengths of time are nanoseconds.
    pub(super) fn point(&self) -> Option<PointValue<'a>> {
        if let Some(integer) = self.integer.or(self.time).or(self.span) {
            return Some(PointValue::Integer(integer));
        }
        if let Some(number) = self.number {
            return Some(PointValue::Number(number));
        }
        if let Some(text) = self.text {
            return Some(PointValue::Text(Text(text)));
        }
        if let Some(octets) = self.data {
            return Some(PointValue::Bits(octets));
        }
        // One that no signed number holds.
        self.unsigned.map(|unsigned| PointValue::Number(unsigned as f64))
    }
}

/// What stands under one identifier.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    /// One value.
    One(Value<'a>),
    /// The values of an array.
    Array(Elements<'a>),
    /// What has identifiers of its own: members, or addresses.
    Members,
}

/// The values of an array that was read, once more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a> {
    cursor: Cursor<'a>,
    form: Form,
    left: u32,
    place: u32,
}

/// How the elements of an array stand.
#[derive(Clone, Copy, Debug)]
enum Form {
    Array(Datatype),
    /// Behind their keys; a 0 ends them.
    Sparse(Datatype),
    /// So many octets each.
    Octets(usize),
}

impl<'a> Iterator for Elements<'a> {
    /// Index or key, and value.
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let place = self.place;
        self.place = place.saturating_add(1);
        match self.form {
            Form::Array(Datatype::STRUCT) => {
                let struct_id = self.cursor.u32()?;
                let packed = Packed::read(&mut self.cursor, struct_id)?;
                Some((place, Value { data: Some(packed.octets), ..Value::default() }))
            }
            Form::Array(datatype) => Some((place, scalar(&mut self.cursor, datatype)?)),
            Form::Sparse(datatype) => {
                let key = vlq32(&mut self.cursor).filter(|key| *key != 0)?;
                Some((key, scalar(&mut self.cursor, datatype)?))
            }
            Form::Octets(size) => {
                let octets = self.cursor.take(size)?;
                Some((place, Value { data: Some(octets), ..Value::default() }))
            }
        }
    }
}

/// A structure of a type that the PLC knows, as octets: those of the system (DTL), those of users.
struct Packed<'a> {
    octets: &'a [u8],
    /// Octets of one, where they are several.
    each: Option<usize>,
}

impl<'a> Packed<'a> {
    /// There is a second length.
    const SEVERAL: u32 = 0x400;

    /// Whether structures of this type are packed.
    const fn is(struct_id: u32) -> bool {
        matches!(struct_id, 0x0200_0001..=0x02ff_fffe | 0x9000_0001..=0x9fff_fffe)
    }
    /// Behind the type: time stamp of its interface, flags, length of one, length of all where that is another.
    fn read(cursor: &mut Cursor<'a>, struct_id: u32) -> Option<Self> {
        if !Self::is(struct_id) {
            return None;
        }
        let _ = cursor.u64()?;
        let flags = vlq32(cursor)?;
        let one = vlq32(cursor)? as usize;
        let all = if flags & Self::SEVERAL != 0 { vlq32(cursor)? as usize } else { one };
        let octets = cursor.take(all)?;
        let several = one != 0 && all > one && all.is_multiple_of(one);
        Some(Self { octets, each: several.then_some(one) })
    }
}

/// A value of a type that has no members.
fn scalar<'a>(cursor: &mut Cursor<'a>, datatype: Datatype) -> Option<Value<'a>> {
    let mut value = Value::default();
    let mut unsigned = |number: u64| {
        value.unsigned = Some(number);
        value.integer = i64::try_from(number).ok();
    };
    match datatype {
        Datatype::NULL => {}
        Datatype::BOOL | Datatype::USINT | Datatype::BYTE => unsigned(cursor.u8()?.into()),
        Datatype::UINT | Datatype::WORD => unsigned(cursor.u16()?.into()),
        Datatype::DWORD | Datatype::RID => unsigned(cursor.u32()?.into()),
        Datatype::LWORD => unsigned(cursor.u64()?),
        Datatype::UDINT | Datatype::AID => unsigned(vlq32(cursor)?.into()),
        Datatype::ULINT => unsigned(vlq64(cursor)?),
        Datatype::SINT => value.integer = Some(i64::from(cursor.u8()? as i8)),
        Datatype::INT => value.integer = Some(i64::from(cursor.u16()? as i16)),
        Datatype::DINT | Datatype::LINT => value.integer = Some(signed(cursor)?),
        Datatype::REAL => value.number = Some(f32::from_bits(cursor.u32()?).into()),
        Datatype::LREAL => value.number = Some(f64::from_bits(cursor.u64()?)),
        Datatype::TIMESTAMP => value.time = i64::try_from(cursor.u64()?).ok(),
        Datatype::TIMESPAN => value.span = Some(signed(cursor)?),
        Datatype::WSTRING => {
            let length = vlq32(cursor)? as usize;
            value.text = Some(cursor.take(length)?);
        }
        Datatype::BLOB => {
            blob_head(cursor)?;
            let length = vlq32(cursor)? as usize;
            value.data = Some(cursor.take(length)?);
        }
        // The type of the value stands before it.
        Datatype::VARIANT => match (cursor.u8()?, Datatype(cursor.u8()?)) {
            (0, datatype) if datatype != Datatype::VARIANT => return scalar(cursor, datatype),
            _ => return None,
        },
        _ => return None,
    }
    Some(value)
}

/// What stands before the length of a BLOB: a root identifier and, if that is of a structure, eight octets more and a form.
/// `None` where members follow, or the form is not known.
fn blob_head(cursor: &mut Cursor<'_>) -> Option<()> {
    if vlq32(cursor)? > 1 {
        cursor.take(8)?;
        matches!(cursor.u8()?, 2 | 3).then_some(())?;
    }
    Some(())
}

/// Whether a BLOB of members is ahead; goes to the first of them if so.
fn is_of_members(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = *cursor;
    let found = vlq32(&mut ahead) > Some(1) && ahead.take(8).is_some() && ahead.u8() == Some(0);
    if found {
        *cursor = ahead;
    }
    found
}

impl<'a, 'o, 's> Reader<'a, 'o, 's> {
    pub(super) fn new(octets: &'a [u8], out: &'o mut Output<'s>) -> Self {
        let wants = out.wants::<S7commPlusValues<'_>>();
        Self {
            cursor: Cursor::new(octets),
            out,
            path: [0; DEPTH],
            depth: 0,
            position: 0,
            wants,
            hidden: false,
            numbered: false,
            tells: false,
            found: Found::default(),
        }
    }

    /// Reads without giving rows.
    pub(super) fn quiet(&mut self) {
        self.wants = false;
    }

    /// Gives rows without their values: they are secrets.
    pub(super) fn hide(&mut self) {
        self.hidden = true;
    }

    /// The end of the message: says how many values were not given.
    pub(super) fn end(self) {
        let further = self.position.saturating_sub(MOST_VALUES);
        if self.wants && further > 0 {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "more values than are given");
            self.out.anomaly(anomaly.count(further));
        }
    }

    fn push(&mut self, id: u32) -> Option<()> {
        *self.path.get_mut(self.depth)? = id;
        self.depth += 1;
        Some(())
    }

    /// Gives a row, and remembers what tells what the message does.
    fn give(&mut self, id: u32, datatype: Datatype, flags: u8, array_index: Option<u32>, value: &Value<'a>) {
        if self.found.first_id.is_none() {
            (self.found.first_id, self.found.first_value) = (Some(id), value.integer);
        }
        let path = self.path.get(..self.depth).unwrap_or_default();
        let named = path.get(usize::from(self.numbered)..).unwrap_or_default();
        let secret = self.hidden || named.iter().any(|id| matches!(*id, SESSION_KEY | LEGITIMATE));
        self.found.secret |= secret;
        if let Some(text) = value.text.filter(|_| self.tells) {
            told(self.out, text);
        }
        let position = self.position;
        self.position = self.position.saturating_add(1);
        if !self.wants || position >= MOST_VALUES {
            return;
        }
        let mut scratch = self.out.take_scratch();
        write_path(&mut scratch, path);
        let open = !secret;
        let row = S7commPlusValues {
            position,
            path: scratch.text(),
            id,
            datatype,
            datatype_flags: flags,
            array_index,
            integer: value.integer.filter(|_| open),
            unsigned: value.unsigned.filter(|_| open),
            number: value.number.filter(|_| open),
            text: value.text.filter(|_| open).map(Text),
            time: value.time.map(Instant),
            span: value.span.map(Duration),
            data: value.data.filter(|_| open),
        };
        self.out.row(&row);
        self.out.give_back(scratch);
    }

    /// What stands under the number of an item, whose address is told elsewhere.
    pub(super) fn item(&mut self, number: u32) -> Option<Content<'a>> {
        self.numbered = true;
        let content = self.value(number);
        self.numbered = false;
        content
    }

    /// What stands under an identifier: flags, type, and what follows.
    pub(super) fn value(&mut self, id: u32) -> Option<Content<'a>> {
        self.push(id)?;
        let content = self.typed(id);
        self.depth = self.depth.saturating_sub(1);
        content
    }

    fn typed(&mut self, id: u32) -> Option<Content<'a>> {
        let (flags, datatype) = (self.cursor.u8()?, Datatype(self.cursor.u8()?));
        let (addresses, sparse) = (flags & 0x20 != 0, flags & 0x40 != 0);
        if flags & 0x70 == 0 {
            return self.one(id, datatype, flags, None);
        }
        if datatype == Datatype::STRUCT && addresses {
            // Their type stands once, before their number.
            let struct_id = self.cursor.u32()?;
            for index in 0..vlq32(&mut self.cursor)? {
                self.structure(id, flags, Some(index), struct_id)?;
            }
            return Some(Content::Members);
        }
        let count = if sparse { u32::MAX } else { vlq32(&mut self.cursor)? };
        if datatype == Datatype::NULL && !sparse {
            // Nothing follows, whatever the count says.
            self.give(id, datatype, flags, None, &Value::default());
            return Some(Content::One(Value::default()));
        }
        let mut cursor = self.cursor;
        for place in 0..count {
            let index = if sparse {
                match vlq32(&mut self.cursor)? {
                    0 => break,
                    key => key,
                }
            } else {
                place
            };
            self.one(id, datatype, flags, Some(index))?;
        }
        let form = if sparse { Form::Sparse(datatype) } else { Form::Array(datatype) };
        Some(match datatype {
            _ if addresses => Content::Members,
            // Octets that may hold anything, the characters of a STRING too, are one value.
            Datatype::USINT | Datatype::BYTE if !sparse => {
                Content::One(Value { data: cursor.take(count as usize), ..Value::default() })
            }
            _ => Content::Array(Elements { cursor, form, left: count, place: 0 }),
        })
    }

    /// One value, or one element of an array.
    fn one(&mut self, id: u32, datatype: Datatype, flags: u8, index: Option<u32>) -> Option<Content<'a>> {
        if datatype == Datatype::STRUCT {
            let struct_id = self.cursor.u32()?;
            return self.structure(id, flags, index, struct_id);
        }
        if datatype == Datatype::BLOB && is_of_members(&mut self.cursor) {
            self.give(id, datatype, flags, index, &Value::default());
            return self.members(index);
        }
        let value = scalar(&mut self.cursor, datatype)?;
        self.give(id, datatype, flags, index, &value);
        Some(Content::One(value))
    }

    /// A structure, behind its type: octets, or members.
    fn structure(&mut self, id: u32, flags: u8, index: Option<u32>, struct_id: u32) -> Option<Content<'a>> {
        let mut value = Value { unsigned: Some(struct_id.into()), ..Value::default() };
        if !Packed::is(struct_id) {
            self.give(id, Datatype::STRUCT, flags, index, &value);
            return self.members(index);
        }
        let packed = Packed::read(&mut self.cursor, struct_id)?;
        if let (Some(each), None) = (packed.each, index) {
            for (place, octets) in (0..).zip(packed.octets.chunks_exact(each)) {
                value.data = Some(octets);
                self.give(id, Datatype::STRUCT, flags, Some(place), &value);
            }
            let (cursor, form) = (Cursor::new(packed.octets), Form::Octets(each));
            return Some(Content::Array(Elements { cursor, form, left: u32::MAX, place: 0 }));
        }
        value.data = Some(packed.octets);
        self.give(id, Datatype::STRUCT, flags, index, &value);
        Some(Content::One(value))
    }

    fn members(&mut self, index: Option<u32>) -> Option<Content<'a>> {
        let depth = self.depth;
        if let Some(index) = index {
            self.push(index)?;
        }
        let read = self.list();
        self.depth = depth;
        read.map(|()| Content::Members)
    }

    /// Identifiers with values, up to a 0.
    pub(super) fn list(&mut self) -> Option<()> {
        loop {
            match vlq32(&mut self.cursor)? {
                0 => return Some(()),
                id => self.value(id)?,
            };
        }
    }

    /// Item numbers with error values, up to a 0. How many there are, and the first value.
    pub(super) fn errors(&mut self) -> Option<(u32, Option<u64>)> {
        let (mut count, mut first) = (0u32, None);
        loop {
            let item = vlq32(&mut self.cursor)?;
            if item == 0 {
                return Some((count, first));
            }
            let return_value = vlq64(&mut self.cursor)?;
            first.get_or_insert(return_value);
            count = count.saturating_add(1);
            let error = error(return_value);
            self.out.row(&S7commPlusErrors { item, return_value, error, error_name: error_name(error) });
        }
    }

    /// Further pieces of a value that is streamed, each behind its length, up to what counts and protects the message.
    pub(super) fn pieces(&mut self, id: u32) -> Option<()> {
        self.push(id)?;
        for index in 0.. {
            if is_end(self.cursor) {
                break;
            }
            let length = vlq32(&mut self.cursor)? as usize;
            let value = Value { data: Some(self.cursor.take(length)?), ..Value::default() };
            self.give(id, Datatype::BLOB, 0, Some(index), &value);
        }
        self.depth = self.depth.saturating_sub(1);
        Some(())
    }

    /// Objects with attributes and objects in them. Ends where something else begins; false if that is no end.
    pub(super) fn objects(&mut self) -> Option<()> {
        // Of each object that is open, the variables that were described.
        let (from, mut described) = (self.depth, [0u32; DEPTH]);
        loop {
            match self.cursor.peek() {
                Some(START_OBJECT) => {
                    let _ = self.cursor.u8();
                    let relation_id = self.cursor.u32()?;
                    let class_id = vlq32(&mut self.cursor)?;
                    let _flags = vlq32(&mut self.cursor)?;
                    if vlq32(&mut self.cursor)? != 0 {
                        let _flags = vlq32(&mut self.cursor)?;
                    }
                    self.push(relation_id)?;
                    *described.get_mut(self.depth - 1)? = 0;
                    self.found.class_id.get_or_insert(class_id);
                    let depth = u16::try_from(self.depth - from - 1).unwrap_or(u16::MAX);
                    let mut scratch = self.out.take_scratch();
                    write_path(&mut scratch, self.path.get(..self.depth).unwrap_or_default());
                    self.out.row(&S7commPlusObjects { relation_id, class_id, depth, path: scratch.text() });
                    self.out.give_back(scratch);
                }
                Some(TERMINATE_OBJECT) => {
                    let _ = self.cursor.u8();
                    if self.depth <= from {
                        return None;
                    }
                    self.depth -= 1;
                    if self.depth == from && self.cursor.peek() != Some(START_OBJECT) {
                        return Some(());
                    }
                }
                Some(ATTRIBUTE) => {
                    let _ = self.cursor.u8();
                    let id = vlq32(&mut self.cursor)?;
                    self.value(id)?;
                }
                Some(RELATION) => {
                    let _ = self.cursor.u8();
                    let _ = vlq32(&mut self.cursor)?;
                    let _ = self.cursor.u32()?;
                }
                Some(VARIABLE_DESCRIPTION) if self.depth > from => {
                    let _ = self.cursor.u8();
                    let path = self.path.get(..self.depth).unwrap_or_default();
                    let position = described.get_mut(self.depth.checked_sub(1)?)?;
                    variables::description(&mut self.cursor, *position, path, self.out)?;
                    *position = position.saturating_add(1);
                }
                Some(VARIABLE_TYPES) if self.depth > from => {
                    let _ = self.cursor.u8();
                    let mut types = variables::blocks(&mut self.cursor)?;
                    // Their names follow, in the same order.
                    let mut names = Blocks::EMPTY;
                    if self.cursor.peek() == Some(VARIABLE_NAMES) {
                        let _ = self.cursor.u8();
                        names = variables::blocks(&mut self.cursor)?;
                    }
                    let path = self.path.get(..self.depth).unwrap_or_default();
                    variables::lists(&mut types, &mut names, path, self.out)?;
                }
                Some(VARIABLE_NAMES) if self.depth > from => {
                    let _ = self.cursor.u8();
                    let (mut types, mut names) = (Blocks::EMPTY, variables::blocks(&mut self.cursor)?);
                    let path = self.path.get(..self.depth).unwrap_or_default();
                    variables::lists(&mut types, &mut names, path, self.out)?;
                }
                _ => return if self.depth == from { Some(()) } else { None },
            }
        }
    }
}

/// Error number of a returned value.
pub(super) const fn error(return_value: u64) -> i16 {
    (return_value & 0xffff) as u16 as i16
}

/// What an error number means, where that is known; those below zero are failures.
pub(super) const fn error_name(error: i16) -> Option<Symbol> {
    Some(Symbol(match error {
        17 => "message_session_pre_legitimated",
        19 => "executed_with_partial_error",
        22 => "session_delegitimated",
        -12 => "object_not_found",
        -17 => "invalid_checksum",
        -134 => "multi_engineering_not_supported",
        -255 => "invalid_local_id",
        _ => return None,
    }))
}

/// Identifiers, separated by points.
pub(super) fn write_path(scratch: &mut crate::output::Scratch, path: &[u32]) {
    use core::fmt::Write;
    for (place, id) in path.iter().enumerate() {
        let separator = if place > 0 { "." } else { "" };
        let _ = write!(scratch, "{separator}{id}");
    }
}

/// What a device says of itself when a session is set up: `1;6ES7 215-1AG40-0XB0 ;V4.3`.
fn told(out: &mut Output<'_>, text: &[u8]) {
    let mut parts = text.split(|octet| *octet == b';');
    let (Some(_), Some(order), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    if !order.starts_with(b"6") || !version.starts_with(b"V") {
        return;
    }
    let source = Symbol("create_object");
    out.identity(None, Fact::PRODUCT_CODE, None, Text(order.trim_ascii()), source);
    out.identity(None, Fact::REVISION, None, Text(version.trim_ascii()), source);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(octets: &[u8], read: impl Fn(&mut Cursor<'_>) -> Option<T>) -> Option<(T, usize)> {
        let mut cursor = Cursor::new(octets);
        read(&mut cursor).map(|value| (value, cursor.read()))
    }

    /// 9077 hex is 2167: the attribute of the operating state, as an S7-1200 is sent it. The others by hand.
    #[test]
    fn numbers_come_in_groups_of_seven_bits() {
        assert_eq!(read(&[0x90, 0x77], vlq32), Some((2167, 2)));
        assert_eq!(read(&[0x8f, 0xff, 0xff, 0xff, 0x7f], vlq32), Some((u32::MAX, 5)));
        assert_eq!(read(&[0xff; 6], vlq32), None);
        assert_eq!(read(&[0xff; 9], vlq64), Some((u64::MAX, 9)));
        assert_eq!(read(&[0x80; 3], vlq64), None);
    }

    #[test]
    fn the_second_bit_is_the_sign() {
        assert_eq!(read(&[0x01], signed), Some((1, 1)));
        assert_eq!(read(&[0x7f], signed), Some((-1, 1)));
        assert_eq!(read(&[0x40], signed), Some((-64, 1)));
        assert_eq!(read(&[0x80, 0x40], signed), Some((64, 2)));
        assert_eq!(read(&[0xff; 9], signed), Some((-1, 9)));
    }
}
