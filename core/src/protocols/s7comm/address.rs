//! Where an item is: its address, its name, and the values that stand there.
use super::{
    codes::{Area, DataTransportSize, SyntaxId, TransportSize},
    time,
};
use crate::{
    common::PointValue,
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
    /// What kind of point stands there.
    pub(super) fn space(&self) -> Symbol {
        Symbol(self.area.name().unwrap_or("unknown"))
    }
}

/// The next item, by its own length. `None` if it does not fit.
#[inline]
pub(super) fn item<'a>(cursor: &mut Cursor<'a>) -> Option<Address<'a>> {
    let mut ahead = *cursor;
    let [_, length] = ahead.take(2)? else { return None };
    let mut item = Cursor::new(ahead.take(usize::from(*length))?);
    let syntax_id = SyntaxId(item.u8()?);
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
