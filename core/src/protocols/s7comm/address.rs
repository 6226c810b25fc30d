//! Where an item is: its address, its name, and the values that stand there.
use super::{
    codes::{Area, DataTransportSize, SyntaxId, TransportSize},
    time,
};
use crate::{
    common::PointValue,
    output::Scratch,
    record::{Symbol, Text},
    wire::Cursor,
};

/// The first octet of every item of parameters.
pub(super) const VARIABLE_SPECIFICATION: u8 = 0x12;

/// The address of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) syntax_id: SyntaxId,
    /// In the syntax S7ANY.
    pub(super) any: Option<Any>,
    /// What stands behind the syntax.
    pub(super) octets: &'a [u8],
}

/// An address in the syntax S7ANY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Any {
    pub(super) transport_size: TransportSize,
    pub(super) length: u16,
    pub(super) db_number: u16,
    pub(super) area: Area,
    /// Octets and bits, or a number.
    pub(super) address: u32,
}

impl Any {
    /// Timers and counters have numbers, records identifiers.
    pub(super) const fn is_number(&self) -> bool {
        matches!(
            self.area,
            Area::TIMERS | Area::COUNTERS | Area::IEC_TIMERS_200 | Area::IEC_COUNTERS_200 | Area::DATA_RECORD
        )
    }
    /// A record has octets at most and an index where others have length and data block.
    pub(super) fn is_record(&self) -> bool {
        self.area == Area::DATA_RECORD
    }
    pub(super) const fn byte(&self) -> u32 {
        if self.is_number() { self.address } else { self.address >> 3 }
    }
    pub(super) const fn bit(&self) -> Option<u8> {
        if self.is_number() { None } else { Some((self.address & 7) as u8) }
    }
    /// Octets of all its variables, where that is known.
    #[inline]
    pub(super) fn octets(&self) -> Option<usize> {
        let width = width(self.transport_size);
        let bits = self.transport_size == TransportSize::BIT && self.length != 1;
        (width > 0 && !bits && !self.is_record()).then(|| width * usize::from(self.length))
    }
    /// What kind of point stands there.
    pub(super) fn space(&self) -> Symbol {
        Symbol(self.area.name().unwrap_or("unknown"))
    }
}

/// An address in another syntax than S7ANY.
#[derive(Clone, Copy, Debug)]
pub(super) enum Other<'a> {
    /// Parts of data blocks.
    Parts { count: u8, parts: Cursor<'a> },
    /// A variable of a numerical control.
    Nck { area: u8, unit: u8, column: u16, line: u16, module: u8, line_count: u8 },
    /// A parameter of a drive.
    Drive { number: u16, index: u16 },
    /// A symbol of an S7-1200 or S7-1500: in a data block or an area, and the local identifiers below it.
    Symbol { db_number: Option<u16>, area: Option<u16>, crc: Option<u32>, path: Cursor<'a> },
}

/// Some octets of a data block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) length: u8,
    pub(super) db_number: u16,
    pub(super) start: u16,
}

impl Part {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let &[length, d1, d2, s1, s2] = cursor.take(5)? else { return None };
        let (db_number, start) = (u16::from_be_bytes([d1, d2]), u16::from_be_bytes([s1, s2]));
        Some(Self { length, db_number, start })
    }
    /// The same octets in the syntax S7ANY.
    fn any(self) -> Any {
        Any {
            transport_size: TransportSize::BYTE,
            length: self.length.into(),
            db_number: self.db_number,
            area: Area::DATA_BLOCK,
            address: u32::from(self.start) << 3,
        }
    }
}

impl<'a> Address<'a> {
    /// What an address in another syntax says, where that is known.
    pub(super) fn other(&self) -> Option<Other<'a>> {
        let mut cursor = Cursor::new(self.octets);
        Some(match (self.syntax_id, self.octets) {
            (SyntaxId::DB_READ, _) => Other::Parts { count: cursor.u8()?, parts: cursor },
            (
                SyntaxId::NCK | SyntaxId::NCK_METRIC | SyntaxId::NCK_INCH,
                &[area, c1, c2, l1, l2, module, line_count],
            ) => Other::Nck {
                area: area >> 5,
                unit: area & 0x1f,
                column: u16::from_be_bytes([c1, c2]),
                line: u16::from_be_bytes([l1, l2]),
                module,
                line_count,
            },
            (SyntaxId::DRIVE_ES_ANY, &[_, _, _, _, _, n1, n2, i1, i2]) => {
                Other::Drive { number: u16::from_be_bytes([n1, n2]), index: u16::from_be_bytes([i1, i2]) }
            }
            (SyntaxId::SYMBOLIC_1200, _) => {
                let (_, kind, area, crc) = (cursor.u8(), cursor.u16(), cursor.u16(), cursor.u32());
                // 8A0E hex says that the number of a data block follows.
                let db_number = area.filter(|_| kind == Some(0x8a0e));
                Other::Symbol { db_number, area: area.filter(|_| kind == Some(0)), crc, path: cursor }
            }
            _ => return None,
        })
    }

    /// Whether it says where the item is.
    pub(super) fn is_known(&self) -> bool {
        self.any.is_some()
            || self.other().is_some_and(|other| match other {
                Other::Parts { mut parts, .. } => Part::read(&mut parts).is_some(),
                _ => true,
            })
    }

    /// The octets of the only part of a data block. How an answer divides the values of several parts is not known.
    pub(super) fn only_part(&self) -> Option<Any> {
        match self.other()? {
            Other::Parts { count: 1, mut parts } => Part::read(&mut parts).map(Part::any),
            _ => None,
        }
    }
}

impl Other<'_> {
    /// What kind of point stands there.
    pub(super) fn space(&self, syntax_id: SyntaxId) -> Option<Symbol> {
        let area = match self {
            Self::Parts { .. } | Self::Symbol { db_number: Some(_), .. } => Some(Area::DATA_BLOCK),
            Self::Symbol { area: Some(0x50), .. } => Some(Area::INPUTS),
            Self::Symbol { area: Some(0x51), .. } => Some(Area::OUTPUTS),
            Self::Symbol { area: Some(0x52), .. } => Some(Area::FLAGS),
            _ => None,
        };
        area.and_then(Area::name).or(syntax_id.name()).map(Symbol)
    }

    /// First octet, or number of a parameter.
    pub(super) fn number(&self) -> Option<u64> {
        match *self {
            Self::Parts { mut parts, .. } => Part::read(&mut parts).map(|part| part.start.into()),
            Self::Drive { number, .. } => Some(number.into()),
            Self::Nck { .. } | Self::Symbol { .. } => None,
        }
    }

    /// Writes the address, as far as it is known: the first part, the words of a control's or drive's address, a symbol's
    /// local identifiers separated by points.
    pub(super) fn write_name(&self, to: &mut Scratch) {
        match *self {
            Self::Parts { mut parts, .. } => {
                if let Some(part) = Part::read(&mut parts) {
                    to.push(Name::any(&part.any(), 0).text().0);
                }
            }
            Self::Nck { area, unit, column, line, module, .. } => {
                let of = ["nck", "mode_group", "channel", "axis", "tool", "feed_drive", "main_drive", "mmc"];
                to.push(of.get(usize::from(area)).copied().unwrap_or("area").as_bytes());
                for (word, number) in [
                    (" ", u32::from(unit)),
                    (" module ", module.into()),
                    (" column ", column.into()),
                    (" line ", line.into()),
                ] {
                    push_number(to, word, number);
                }
            }
            Self::Drive { number, index } => {
                push_number(to, "parameter ", number.into());
                push_number(to, " index ", index.into());
            }
            Self::Symbol { db_number, area, mut path, .. } => {
                if let Some(db_number) = db_number {
                    push_number(to, "DB", db_number.into());
                } else if let Some(area) = area {
                    push_number(to, "", area.into());
                }
                while let Some(local) = path.u32() {
                    push_number(to, if to.is_empty() { "" } else { "." }, local & 0x0fff_ffff);
                }
            }
        }
    }
}

fn push_number(to: &mut Scratch, word: &str, number: u32) {
    let mut digits = Name::new();
    digits.number(number);
    to.push(word.as_bytes());
    to.push(digits.text().0);
}

/// The next item, by its own length. `None` if it does not fit. A fill octet follows one of odd length; behind the last it is there
/// or not, and between items some leave it out.
#[inline]
pub(super) fn item<'a>(cursor: &mut Cursor<'a>, last: bool) -> Option<Address<'a>> {
    let mut ahead = *cursor;
    let [_, length] = ahead.take(2)? else { return None };
    let mut item = Cursor::new(ahead.take(usize::from(*length))?);
    let syntax_id = SyntaxId(item.u8()?);
    if length % 2 == 1 && is_filled(ahead.rest(), last) {
        ahead.take(1);
    }
    *cursor = ahead;
    let octets = item.rest();
    let any = match (syntax_id, octets) {
        (SyntaxId::S7ANY, &[transport_size, l1, l2, d1, d2, area, a1, a2, a3]) => Some(Any {
            transport_size: TransportSize(transport_size),
            length: u16::from_be_bytes([l1, l2]),
            db_number: u16::from_be_bytes([d1, d2]),
            area: Area(area),
            address: u32::from_be_bytes([0, a1, a2, a3]),
        }),
        _ => None,
    };
    Some(Address { syntax_id, any, octets })
}

/// Whether a fill octet is ahead, behind an item of odd length.
fn is_filled(rest: &[u8], last: bool) -> bool {
    match rest {
        [0] if last => true,
        // The fill octet may hold what an item begins with, which is then not followed by a length and a syntax.
        &[VARIABLE_SPECIFICATION, VARIABLE_SPECIFICATION, length, syntax_id, ..]
            if SyntaxId(length).name().is_none() && SyntaxId(syntax_id).name().is_some() =>
        {
            !last
        }
        [VARIABLE_SPECIFICATION, ..] => false,
        _ => !last,
    }
}

/// A short name in the making.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    octets: [u8; 48],
    len: usize,
}

impl Name {
    pub(super) const fn new() -> Self {
        Self { octets: [0; 48], len: 0 }
    }
    pub(super) fn text(&self) -> Text<'_> {
        Text(self.octets.get(..self.len).unwrap_or_default())
    }
    pub(super) fn push(&mut self, text: &str) {
        if let Some(room) = self.octets.get_mut(self.len..self.len + text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.len += text.len();
        }
    }
    pub(super) fn number(&mut self, number: u32) {
        let mut digits = [b'0'; 10];
        let (mut rest, mut first) = (number, digits.len());
        for (place, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + (rest % 10) as u8;
            (rest, first) = (rest / 10, place);
            if rest == 0 {
                break;
            }
        }
        if let Some(text) = digits.get(first..).and_then(|digits| core::str::from_utf8(digits).ok()) {
            self.push(text);
        }
    }
    /// The name of what stands `octets` behind the address.
    pub(super) fn any(any: &Any, behind: u32) -> Self {
        let mut name = Self::new();
        let short = match any.area {
            Area::INPUTS => "I",
            Area::OUTPUTS => "Q",
            Area::FLAGS => "M",
            Area::PERIPHERAL => "P",
            Area::LOCAL_DATA => "L",
            Area::CALLER_LOCAL_DATA => "V",
            Area::TIMERS | Area::IEC_TIMERS_200 => "T",
            Area::COUNTERS | Area::IEC_COUNTERS_200 => "C",
            Area::DATA_RECORD => "REC",
            Area::DATA_BLOCK => "DB",
            Area::INSTANCE_DATA_BLOCK => "DI",
            Area::SYSTEM_FLAGS_200 => "SM",
            Area::SYSTEM_INFO_200 => "SYS",
            Area::ANALOG_INPUTS_200 => "AI",
            Area::ANALOG_OUTPUTS_200 => "AQ",
            _ => "?",
        };
        if any.is_number() {
            name.push(short);
            name.number(any.address.saturating_add(behind));
            return name;
        }
        if matches!(any.area, Area::DATA_BLOCK | Area::INSTANCE_DATA_BLOCK) {
            name.push(short);
            name.number(any.db_number.into());
            name.push(".");
        }
        name.push(short);
        let byte = any.byte().saturating_add(behind);
        let is_block = matches!(any.area, Area::DATA_BLOCK | Area::INSTANCE_DATA_BLOCK);
        let width = match width(any.transport_size) {
            1 if any.transport_size != TransportSize::BIT => "B",
            2 => "W",
            4 => "D",
            8 => "B",
            _ if is_block => "X",
            _ => "",
        };
        name.push(width);
        name.number(byte);
        if matches!(width, "X" | "") || any.address & 7 != 0 {
            name.push(".");
            name.number(any.address & 7);
        }
        name
    }
}

/// Octets that one variable of this type has; 0 if that is not known.
pub(super) const fn width(transport_size: TransportSize) -> usize {
    match transport_size {
        TransportSize::BIT | TransportSize::BYTE | TransportSize::CHAR => 1,
        TransportSize::WORD
        | TransportSize::INT
        | TransportSize::DATE
        | TransportSize::S5TIME
        | TransportSize::COUNTER
        | TransportSize::TIMER => 2,
        TransportSize::DWORD
        | TransportSize::DINT
        | TransportSize::REAL
        | TransportSize::TIME_OF_DAY
        | TransportSize::TIME => 4,
        TransportSize::DATE_AND_TIME => 8,
        _ => 0,
    }
}

/// The value of one variable; `octets` are just those that it has.
pub(super) fn value(transport_size: TransportSize, octets: &[u8]) -> Option<PointValue<'_>> {
    let integer = |value: i64| Some(PointValue::Integer(value));
    match (transport_size, octets) {
        (TransportSize::BIT, &[octet]) => Some(PointValue::Truth(octet & 1 == 1)),
        (TransportSize::BYTE, &[octet]) => integer(octet.into()),
        (TransportSize::CHAR, _) => Some(PointValue::Text(Text(octets))),
        (TransportSize::WORD | TransportSize::DATE, &[a, b]) => integer(u16::from_be_bytes([a, b]).into()),
        (TransportSize::INT, &[a, b]) => integer(i16::from_be_bytes([a, b]).into()),
        (TransportSize::DWORD, &[a, b, c, d]) => integer(u32::from_be_bytes([a, b, c, d]).into()),
        (TransportSize::DINT, &[a, b, c, d]) => integer(i32::from_be_bytes([a, b, c, d]).into()),
        (TransportSize::REAL, &[a, b, c, d]) => {
            Some(PointValue::Number(f32::from_be_bytes([a, b, c, d]).into()))
        }
        (TransportSize::TIME_OF_DAY, &[a, b, c, d]) => {
            Some(PointValue::Number(f64::from(u32::from_be_bytes([a, b, c, d])) / 1000.0))
        }
        (TransportSize::TIME, &[a, b, c, d]) => {
            Some(PointValue::Number(f64::from(i32::from_be_bytes([a, b, c, d])) / 1000.0))
        }
        (TransportSize::S5TIME | TransportSize::TIMER, &[a, b]) => {
            time::s5time(u16::from_be_bytes([a, b])).map(PointValue::Number)
        }
        (TransportSize::COUNTER, &[a, b]) if a <= 9 => {
            Some(PointValue::Integer(i64::from(a) * 100 + i64::from(time::bcd(b)?)))
        }
        (_, []) => None,
        _ => Some(PointValue::Bits(octets)),
    }
}

/// What the data alone tell of their type.
pub(super) const fn type_of(data: DataTransportSize, octets: usize) -> Option<TransportSize> {
    match (data, octets) {
        (DataTransportSize::BIT, 1) => Some(TransportSize::BIT),
        (DataTransportSize::INT, 2) => Some(TransportSize::INT),
        (DataTransportSize::DINT, 4) => Some(TransportSize::DINT),
        (DataTransportSize::REAL, 4) => Some(TransportSize::REAL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(transport_size: TransportSize, area: Area, address: u32) -> Any {
        Any { transport_size, length: 1, db_number: 17, area, address }
    }

    #[test]
    fn names_are_those_that_engineers_write() {
        let cases = [
            (TransportSize::BIT, Area::DATA_BLOCK, 4 * 8 + 3, "DB17.DBX4.3"),
            (TransportSize::BYTE, Area::DATA_BLOCK, 32, "DB17.DBB4"),
            (TransportSize::INT, Area::DATA_BLOCK, 32, "DB17.DBW4"),
            (TransportSize::REAL, Area::INSTANCE_DATA_BLOCK, 32, "DI17.DID4"),
            (TransportSize::BIT, Area::FLAGS, 0x57 * 8 + 7, "M87.7"),
            (TransportSize::BYTE, Area::INPUTS, 8, "IB1"),
            (TransportSize::DWORD, Area::OUTPUTS, 8, "QD1"),
            (TransportSize::TIMER, Area::TIMERS, 5, "T5"),
            (TransportSize::COUNTER, Area::COUNTERS, 12, "C12"),
        ];
        for (transport_size, area, address, name) in cases {
            assert_eq!(Name::any(&any(transport_size, area, address), 0).text(), Text::from(name));
        }
        let word = any(TransportSize::WORD, Area::FLAGS, 80);
        assert_eq!(Name::any(&word, 6).text(), Text::from("MW16"));
    }

    #[test]
    fn timers_and_counters_are_numbers_and_not_bit_addresses() {
        let timer = any(TransportSize::TIMER, Area::TIMERS, 5);
        assert_eq!((timer.byte(), timer.bit()), (5, None));
        let flag = any(TransportSize::BIT, Area::FLAGS, 5);
        assert_eq!((flag.byte(), flag.bit()), (0, Some(5)));
    }

    #[test]
    fn values_are_read_by_their_type() {
        assert_eq!(value(TransportSize::INT, &[0xff, 0xfe]), Some(PointValue::Integer(-2)));
        assert_eq!(value(TransportSize::WORD, &[0xff, 0xfe]), Some(PointValue::Integer(65534)));
        assert_eq!(value(TransportSize::REAL, &[0x3f, 0x80, 0, 0]), Some(PointValue::Number(1.0)));
        assert_eq!(value(TransportSize::COUNTER, &[0x01, 0x23]), Some(PointValue::Integer(123)));
        assert_eq!(value(TransportSize::COUNTER, &[0x01, 0x2a]), None);
        assert_eq!(value(TransportSize::TIME, &[0xff, 0xff, 0xfc, 0x18]), Some(PointValue::Number(-1.0)));
        assert_eq!(value(TransportSize::INT, &[1]), Some(PointValue::Bits(&[1])));
    }
}
