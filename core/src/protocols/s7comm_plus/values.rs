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
const MOST_VALUES: u32 = 65_536;

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
    /// The value for the common language.
    pub(super) fn point(&self) -> Option<PointValue<'a>> {
        if let Some(integer) = self.integer {
            return Some(PointValue::Integer(integer));
        }
        if let Some(number) = self.number {
            return Some(PointValue::Number(number));
        }
        if let Some(text) = self.text {
            return Some(PointValue::Text(Text(text)));
        }
        self.data.map(PointValue::Bits)
    }
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

    fn push(&mut self, id: u32) -> Option<()> {
        *self.path.get_mut(self.depth)? = id;
        self.depth += 1;
        Some(())
    }

    fn scalar(&mut self, datatype: Datatype) -> Option<Value<'a>> {
        let mut value = Value::default();
        let cursor = &mut self.cursor;
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
                // A root identifier stands before the length; 0 where the octets are no structure.
                let _ = vlq32(cursor)?;
                let length = vlq32(cursor)? as usize;
                value.data = Some(cursor.take(length)?);
            }
            Datatype::VARIANT => unsigned(vlq32(cursor)?.into()),
            _ => return None,
        }
        Some(value)
    }

    /// Gives a row, and remembers what tells what the message does.
    fn give(&mut self, id: u32, datatype: Datatype, flags: u8, array_index: Option<u32>, value: &Value<'a>) {
        if self.found.first_id.is_none() {
            (self.found.first_id, self.found.first_value) = (Some(id), value.integer);
        }
        let path = self.path.get(..self.depth).unwrap_or_default();
        let secret = self.hidden || path.iter().any(|id| matches!(*id, SESSION_KEY | LEGITIMATE));
        self.found.secret |= secret;
        if let Some(text) = value.text.filter(|_| self.tells) {
            told(self.out, text);
        }
        let position = self.position;
        self.position = self.position.saturating_add(1);
        if !self.wants || position >= MOST_VALUES {
            if position == MOST_VALUES {
                self.out.anomaly(Anomaly::new(AnomalyKind::LIMIT, "more values than are given"));
            }
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

    /// One value: flags, type, and what follows. Gives the single value back, where it is one.
    pub(super) fn value(&mut self, id: u32) -> Option<Value<'a>> {
        self.push(id)?;
        let value = self.typed(id);
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn typed(&mut self, id: u32) -> Option<Value<'a>> {
        let (flags, datatype) = (self.cursor.u8()?, Datatype(self.cursor.u8()?));
        let (array, sparse) = (flags & 0x30 != 0, flags & 0x40 != 0);
        if !array && !sparse {
            if datatype == Datatype::STRUCT {
                let struct_id = self.cursor.u32()?;
                let value = Value { unsigned: Some(struct_id.into()), ..Value::default() };
                self.give(id, datatype, flags, None, &value);
                self.list()?;
                return Some(Value::default());
            }
            let value = self.scalar(datatype)?;
            self.give(id, datatype, flags, None, &value);
            return Some(value);
        }
        let count = if array { vlq32(&mut self.cursor)? } else { u32::MAX };
        if datatype == Datatype::NULL {
            // Nothing follows, whatever the count says.
            self.give(id, datatype, flags, None, &Value::default());
            return Some(Value::default());
        }
        for place in 0..count {
            let index = if sparse {
                match vlq32(&mut self.cursor)? {
                    0 => break,
                    key => key,
                }
            } else {
                place
            };
            if datatype == Datatype::STRUCT {
                let _ = self.cursor.u32()?;
                self.push(index)?;
                let read = self.list();
                self.depth = self.depth.saturating_sub(1);
                read?;
                continue;
            }
            let value = self.scalar(datatype)?;
            self.give(id, datatype, flags, Some(index), &value);
        }
        Some(Value::default())
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

    /// Item numbers with error values, up to a 0.
    pub(super) fn errors(&mut self) -> Option<u32> {
        let mut count = 0u32;
        loop {
            let item = vlq32(&mut self.cursor)?;
            if item == 0 {
                return Some(count);
            }
            let return_value = vlq64(&mut self.cursor)?;
            count = count.saturating_add(1);
            let error = error(return_value);
            self.out.row(&S7commPlusErrors { item, return_value, error, error_name: error_name(error) });
        }
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
