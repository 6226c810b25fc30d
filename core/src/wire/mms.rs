//! Values as MMS encodes them: the type `Data` of ISO 9506-2, clause 14.4.2, which GOOSE uses too, with the time of
//! IEC 61850-8-1, clause 8.1.3.7.
use super::ber::{BitString, Element, Elements, Fault, ObjectIdentifier};
use crate::record::{Instant, Text, WallClock};

/// Arrays and structures that may be nested in one another.
pub const NESTING: u32 = 24;
/// Octets of the text of a path: as many as the deepest nesting can need.
const PATH_OCTETS: usize = 11 * NESTING as usize;
/// Days from 1970-01-01 to 1984-01-01, from where binary time counts.
const DAYS_TO_1984: i64 = 5113;
const DAY_NANOSECONDS: i64 = 86_400_000_000_000;
const DAY_MILLISECONDS: u32 = 86_400_000;

crate::codes! {
    /// The type of a value: the tag of `Data`.
    pub struct DataType(u8) {
        /// Values of one type.
        ARRAY = 1 => "array",
        /// Values of several types.
        STRUCTURE = 2 => "structure",
        /// True or false.
        BOOLEAN = 3 => "boolean",
        /// Bits.
        BIT_STRING = 4 => "bit_string",
        /// An integer.
        INTEGER = 5 => "integer",
        /// An integer that is not negative.
        UNSIGNED = 6 => "unsigned",
        /// A real number.
        FLOATING_POINT = 7 => "floating_point",
        /// A real number, by the rules of ASN.1.
        REAL = 8 => "real",
        /// Octets.
        OCTET_STRING = 9 => "octet_string",
        /// Text of ASCII characters.
        VISIBLE_STRING = 10 => "visible_string",
        /// Date and time as text.
        GENERALIZED_TIME = 11 => "generalized_time",
        /// Time of day, with a date or without.
        BINARY_TIME = 12 => "binary_time",
        /// Decimal digits, as an integer.
        BCD = 13 => "bcd",
        /// Truth values.
        BOOLEAN_ARRAY = 14 => "boolean_array",
        /// An object identifier.
        OBJECT_IDENTIFIER = 15 => "object_identifier",
        /// Text of any characters.
        MMS_STRING = 16 => "mms_string",
        /// UTC with its quality.
        UTC_TIME = 17 => "utc_time",
    }
}

/// The octets of the elements that an array or a structure holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a>(pub &'a [u8]);

impl<'a> IntoIterator for Parts<'a> {
    type Item = Element<'a>;
    type IntoIter = Elements<'a>;

    #[inline]
    fn into_iter(self) -> Elements<'a> {
        Elements::new(self.0)
    }
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Data<'a> {
    /// The elements of an array.
    Array(Parts<'a>),
    /// The elements of a structure.
    Structure(Parts<'a>),
    /// True or false.
    Boolean(bool),
    /// Bits.
    BitString(BitString<'a>),
    /// An integer.
    Integer(i64),
    /// An integer of 2^63 and above, which may be signed but is not negative.
    LargeInteger(u64),
    /// An integer that is not negative.
    Unsigned(u64),
    /// A real number in single precision.
    Single(f32),
    /// A real number in double precision.
    Double(f64),
    /// Octets.
    OctetString(&'a [u8]),
    /// Text of ASCII characters.
    VisibleString(Text<'a>),
    /// Date and time as text.
    GeneralizedTime(Text<'a>),
    /// Time of day, with a date or without.
    BinaryTime(BinaryTime),
    /// Decimal digits, as an integer.
    Bcd(u64),
    /// Truth values.
    BooleanArray(BitString<'a>),
    /// An object identifier.
    ObjectIdentifier(ObjectIdentifier<'a>),
    /// Text of any characters.
    MmsString(Text<'a>),
    /// UTC with its quality.
    UtcTime(UtcTime),
}

/// Reads the value that an element holds and goes on with it. What goes on is written out for each type, so that the
/// compiler knows there which one it is: no value is put together only to be told apart again.
macro_rules! with_data {
    ($element:expr, |$data:ident| $then:expr, |$reason:ident| $otherwise:expr) => {{
        let element: $crate::wire::ber::Element<'_> = $element;
        $crate::wire::mms::with_data!(
            @each element, |$data| $then, |$reason| $otherwise,
            {
                0x83 => $crate::wire::ber::boolean => Boolean, "boolean is not one octet";
                0x84 => $crate::wire::ber::BitString::new => BitString, "string of bits without its length";
                0x86 => $crate::wire::ber::unsigned => Unsigned, "integer has no octet or too many";
                0x8c => $crate::wire::mms::BinaryTime::new => BinaryTime, "binary time is neither 4 nor 6 octets";
                0x8d => $crate::wire::ber::unsigned => Bcd, "integer has no octet or too many";
                0x8e => $crate::wire::ber::BitString::new => BooleanArray, "string of bits without its length";
                0x91 => $crate::wire::mms::UtcTime::new => UtcTime, "UTC time is not 8 octets";
            }
            {
                0x89 => |octets| octets => OctetString;
                0x8a => $crate::record::Text => VisibleString;
                0x8b => $crate::record::Text => GeneralizedTime;
                0x8f => $crate::wire::ber::ObjectIdentifier => ObjectIdentifier;
                0x90 => $crate::record::Text => MmsString;
                0xa1 => $crate::wire::mms::Parts => Array;
                0xa2 => $crate::wire::mms::Parts => Structure;
            }
        )
    }};
    (
        @each $element:ident, |$data:ident| $then:expr, |$reason:ident| $otherwise:expr,
        {$($tag:literal => $read:expr => $type:ident, $wrong:literal;)*}
        {$($plain_tag:literal => $plain:expr => $plain_type:ident;)*}
    ) => {
        match ($element.identifier, $element.contents) {
            $(
                ($tag, contents) => match $read(contents) {
                    Some(value) => {
                        let $data = $crate::wire::mms::Data::$type(value);
                        $then
                    }
                    None => {
                        let $reason = $wrong;
                        $otherwise
                    }
                },
            )*
            $(
                ($plain_tag, contents) => {
                    let $data = $crate::wire::mms::Data::$plain_type(($plain)(contents));
                    $then
                }
            )*
            (0x85, contents) => match $crate::wire::ber::integer(contents) {
                Some(value) => {
                    let $data = $crate::wire::mms::Data::Integer(value);
                    $then
                }
                None => match $crate::wire::mms::large_integer(contents) {
                    Some(value) => {
                        let $data = $crate::wire::mms::Data::LargeInteger(value);
                        $then
                    }
                    None => {
                        let $reason = "integer has no octet or too many";
                        $otherwise
                    }
                },
            },
            // Floating point begins with the width of its exponent (ISO 9506-2 clause 14.4.2.3): 8 in single, 11 in double
            // precision.
            (0x87, &[8, a, b, c, d]) => {
                let $data = $crate::wire::mms::Data::Single(f32::from_be_bytes([a, b, c, d]));
                $then
            }
            (0x87, &[11, a, b, c, d, e, f, g, h]) => {
                let $data = $crate::wire::mms::Data::Double(f64::from_be_bytes([a, b, c, d, e, f, g, h]));
                $then
            }
            _ => {
                let $reason = $crate::wire::mms::why_no_value($element);
                $otherwise
            }
        }
    };
}
pub(crate) use with_data;

impl<'a> Data<'a> {
    /// Reads the value that this element holds. The error says why it holds none.
    #[inline(always)]
    pub fn read(element: Element<'a>) -> Result<Self, &'static str> {
        with_data!(element, |data| Ok(data), |reason| Err(reason))
    }

    /// Its type.
    pub const fn data_type(&self) -> DataType {
        match self {
            Self::Array(_) => DataType::ARRAY,
            Self::Structure(_) => DataType::STRUCTURE,
            Self::Boolean(_) => DataType::BOOLEAN,
            Self::BitString(_) => DataType::BIT_STRING,
            Self::Integer(_) | Self::LargeInteger(_) => DataType::INTEGER,
            Self::Unsigned(_) => DataType::UNSIGNED,
            Self::Single(_) | Self::Double(_) => DataType::FLOATING_POINT,
            Self::OctetString(_) => DataType::OCTET_STRING,
            Self::VisibleString(_) => DataType::VISIBLE_STRING,
            Self::GeneralizedTime(_) => DataType::GENERALIZED_TIME,
            Self::BinaryTime(_) => DataType::BINARY_TIME,
            Self::Bcd(_) => DataType::BCD,
            Self::BooleanArray(_) => DataType::BOOLEAN_ARRAY,
            Self::ObjectIdentifier(_) => DataType::OBJECT_IDENTIFIER,
            Self::MmsString(_) => DataType::MMS_STRING,
            Self::UtcTime(_) => DataType::UTC_TIME,
        }
    }
}

/// An integer that is not negative and has more than 63 bits.
#[cold]
pub(crate) fn large_integer(contents: &[u8]) -> Option<u64> {
    contents.first().filter(|first| **first < 0x80).and_then(|_| super::ber::unsigned(contents))
}

/// Why an element that is none of the known types, or no floating point of a known width, holds no value.
#[cold]
pub(crate) fn why_no_value(element: Element<'_>) -> &'static str {
    match (element.identifier, element.contents.len()) {
        (0x87, 5 | 9) => "width of the exponent does not fit the length",
        (0x87, _) => "floating point is neither 5 nor 9 octets",
        (identifier, _) if identifier & 0xc0 == 0x80 && matches!(element.number, 1..=17) => {
            "type is not encoded as its values are"
        }
        _ => "no type of a value",
    }
}

/// UTC with its quality (IEC 61850-8-1 clause 8.1.3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime {
    /// The time; its fraction of 2^-24 seconds is rounded down.
    pub instant: Instant,
    /// Quality as sent: see [`UtcTime::CLOCK_FAILURE`] and its like; the lower five bits are the accuracy.
    pub quality: u8,
}

impl UtcTime {
    /// Leap seconds are known.
    pub const LEAP_SECONDS_KNOWN: u8 = 0x80;
    /// The clock has failed.
    pub const CLOCK_FAILURE: u8 = 0x40;
    /// The clock is not synchronised.
    pub const CLOCK_NOT_SYNCHRONIZED: u8 = 0x20;

    /// From its 8 octets.
    #[inline]
    pub fn new(contents: &[u8]) -> Option<Self> {
        let &[a, b, c, d, e, f, g, quality] = contents else { return None };
        let seconds = u32::from_be_bytes([a, b, c, d]);
        let fraction = u32::from_be_bytes([0, e, f, g]);
        let nanoseconds = (u64::from(fraction) * 1_000_000_000) >> 24;
        Some(Self { instant: Instant(i64::from(seconds) * 1_000_000_000 + nanoseconds as i64), quality })
    }
    /// Whether the clock vouches for the time, and one was ever set: a clock that was not says 1970.
    pub const fn is_good(&self) -> bool {
        self.quality & (Self::CLOCK_FAILURE | Self::CLOCK_NOT_SYNCHRONIZED) == 0 && self.instant.0 != 0
    }
}

/// Time of day, with a date or without (ISO 9506-2 clause 14.4.2, `TimeOfDay`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BinaryTime {
    /// Milliseconds since midnight.
    pub milliseconds: u32,
    /// Days since 1984-01-01.
    pub days: Option<u16>,
}

impl BinaryTime {
    /// From its 4 or 6 octets.
    pub const fn new(contents: &[u8]) -> Option<Self> {
        match *contents {
            [a, b, c, d] => Some(Self { milliseconds: u32::from_be_bytes([a, b, c, d]), days: None }),
            [a, b, c, d, e, f] => Some(Self {
                milliseconds: u32::from_be_bytes([a, b, c, d]),
                days: Some(u16::from_be_bytes([e, f])),
            }),
            _ => None,
        }
    }
    /// Date and time, where there is a date and the time is one of a day.
    pub fn wall_clock(&self) -> Option<WallClock> {
        let days = i64::from(self.days?) + DAYS_TO_1984;
        let milliseconds = Some(self.milliseconds).filter(|time| *time < DAY_MILLISECONDS)?;
        Some(WallClock(days * DAY_NANOSECONDS + i64::from(milliseconds) * 1_000_000))
    }
}

/// Where in a value a part of it stands: places from 0 with dots between them; empty for the value itself.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    octets: [u8; PATH_OCTETS],
    len: usize,
}

impl Default for Path {
    fn default() -> Self {
        Self { octets: [0; PATH_OCTETS], len: 0 }
    }
}

impl Path {
    /// As text.
    pub fn text(&self) -> Text<'_> {
        Text(self.octets.get(..self.len).unwrap_or_default())
    }
    /// One level deeper: at this place.
    fn enter(&mut self, place: u32) {
        if self.len > 0 {
            self.push(b'.');
        }
        if place < 10 {
            return self.push(b'0' + place as u8);
        }
        let (mut digits, mut rest, mut count) = ([0u8; 10], place, 0usize);
        while rest > 0 {
            if let Some(digit) = digits.get_mut(count) {
                *digit = b'0' + (rest % 10) as u8;
            }
            (rest, count) = (rest / 10, count + 1);
        }
        for digit in digits.iter().take(count).rev() {
            self.push(*digit);
        }
    }
    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(self.len) {
            *place = octet;
            self.len += 1;
        }
    }
}

/// What [`each`] meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Met<'a> {
    /// A value; of an array or a structure, what it holds comes next.
    Value(Data<'a>),
    /// An element that holds no value, and why.
    Bad(Element<'a>, &'static str),
    /// An encoding that is wrong.
    Fault(Fault<'a>),
    /// No more values are read: there are too many.
    TooMany,
}

/// Walks through a value, outer before inner, in the order of the wire. `most` is how many values may still be met.
#[inline(always)]
pub fn each<'a>(element: Element<'a>, path: &mut Path, most: &mut u32, met: &mut impl FnMut(&Path, Met<'a>)) {
    if let Some(elements) = value(element, path, most, met) {
        within(elements, 0, path, most, met);
    }
}

/// Reads one value; of an array or a structure, what it holds is still to be read.
#[inline(always)]
fn value<'a>(
    element: Element<'a>,
    path: &Path,
    most: &mut u32,
    met: &mut impl FnMut(&Path, Met<'a>),
) -> Option<Elements<'a>> {
    *most = most.checked_sub(1)?;
    let read = Data::read(element);
    met(path, read.map_or_else(|reason| Met::Bad(element, reason), Met::Value));
    match read {
        Ok(Data::Array(parts) | Data::Structure(parts)) => Some(parts.into_iter()),
        _ => None,
    }
}

/// Walks through what an array or a structure holds.
fn within<'a>(
    mut elements: Elements<'a>,
    depth: u32,
    path: &mut Path,
    most: &mut u32,
    met: &mut impl FnMut(&Path, Met<'a>),
) {
    let len = path.len;
    for (element, place) in elements.by_ref().zip(0u32..) {
        path.enter(place);
        if *most == 0 {
            met(path, Met::TooMany);
            path.len = len;
            return;
        }
        if let Some(elements) = value(element, path, most, met) {
            if depth + 1 < NESTING {
                within(elements, depth + 1, path, most, met);
            } else {
                met(path, Met::Bad(element, "values are nested too deeply"));
            }
        }
        path.len = len;
    }
    if let Some(fault) = elements.fault() {
        met(path, Met::Fault(fault));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ber;

    fn read(bytes: &[u8]) -> Result<Data<'_>, &'static str> {
        Data::read(ber::first(bytes).0.expect("an element"))
    }

    /// HARD_CASES, MMS: "floating point starts with the exponent width (5 octets single, 9 double)".
    #[test]
    fn floating_point_starts_with_the_width_of_its_exponent() {
        assert_eq!(read(&[0x87, 5, 8, 0x3f, 0x80, 0, 0]), Ok(Data::Single(1.0)));
        assert_eq!(read(&[0x87, 9, 11, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]), Ok(Data::Double(1.0)));
        assert!(read(&[0x87, 5, 11, 0x3f, 0x80, 0, 0]).is_err());
        assert!(read(&[0x87, 4, 0x3f, 0x80, 0, 0]).is_err());
        assert!(matches!(read(&[0x87, 5, 8, 0x7f, 0xc0, 0, 0]), Ok(Data::Single(nan)) if nan.is_nan()));
    }

    /// HARD_CASES, MMS: "integers have 1 to 9 octets [...] -> exact, any other length is said".
    #[test]
    fn integers_of_nine_octets_are_exact() {
        assert_eq!(read(&[0x85, 9, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]), Ok(Data::LargeInteger(1 << 63)));
        let most = [&[0x85, 9, 0][..], &[0xff; 8]].concat();
        assert_eq!(read(&most), Ok(Data::LargeInteger(u64::MAX)));
        assert_eq!(Data::LargeInteger(u64::MAX).data_type(), DataType::INTEGER);
        let less = [&[0x85, 9, 0, 0x7f][..], &[0xff; 7]].concat();
        assert_eq!(read(&less), Ok(Data::Integer(i64::MAX)));
        assert!(read(&[0x85, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(read(&[0x85, 9, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(read(&[0x85, 0]).is_err());
    }

    /// HARD_CASES, MMS: "UTC time is 8 octets with quality; binary time is 4 or 6 octets -> exact, any other length is
    /// said". The day is the first of the standard's calendar; 2014-08-13 is day 11182 after it.
    #[test]
    fn times_are_exact() {
        let Ok(Data::UtcTime(time)) = read(&[0x91, 8, 0x53, 0xea, 0xbe, 0x80, 0x80, 0, 0, 0x2a]) else {
            panic!("a time")
        };
        assert_eq!((time.instant, time.quality), (Instant(1_407_893_120_500_000_000), 0x2a));
        assert!(!time.is_good());
        assert!(read(&[0x91, 7, 0, 0, 0, 0, 0, 0, 0]).is_err());
        let Ok(Data::BinaryTime(time)) = read(&[0x8c, 6, 0, 0, 0x03, 0xe8, 0x2b, 0xae]) else {
            panic!("a time")
        };
        assert_eq!(time, BinaryTime { milliseconds: 1000, days: Some(11_182) });
        assert_eq!(time.wall_clock(), Some(WallClock(1_407_888_001_000_000_000)));
        let first = BinaryTime { milliseconds: 0, days: Some(0) };
        assert_eq!(first.wall_clock(), Some(WallClock(441_763_200_000_000_000)));
        assert_eq!(BinaryTime { milliseconds: DAY_MILLISECONDS, days: Some(0) }.wall_clock(), None);
        let Ok(Data::BinaryTime(time)) = read(&[0x8c, 4, 0, 0, 0, 1]) else { panic!("a time") };
        assert_eq!(time, BinaryTime { milliseconds: 1, days: None });
        assert_eq!(time.wall_clock(), None);
        assert!(read(&[0x8c, 5, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn every_type_is_read() {
        assert_eq!(read(&[0x83, 1, 1]), Ok(Data::Boolean(true)));
        assert_eq!(read(&[0x85, 1, 0xff]), Ok(Data::Integer(-1)));
        assert_eq!(read(&[0x86, 2, 0, 0xff]), Ok(Data::Unsigned(255)));
        assert_eq!(read(&[0x89, 2, 1, 2]), Ok(Data::OctetString(&[1, 2])));
        assert_eq!(read(b"\x8a\x02ab"), Ok(Data::VisibleString("ab".into())));
        assert_eq!(read(b"\x90\x02ab"), Ok(Data::MmsString("ab".into())));
        assert_eq!(read(b"\x8b\x0f19851106210627Z"), Ok(Data::GeneralizedTime("19851106210627Z".into())));
        assert_eq!(read(&[0x8d, 1, 0x42]), Ok(Data::Bcd(0x42)));
        assert_eq!(read(&[0x8f, 1, 0x28]), Ok(Data::ObjectIdentifier(ObjectIdentifier(&[0x28]))));
        assert!(matches!(read(&[0x84, 3, 3, 0, 0]), Ok(Data::BitString(bits)) if bits.len() == 13));
        assert!(matches!(read(&[0x8e, 2, 6, 0x80]), Ok(Data::BooleanArray(bits)) if bits.len() == 2));
        assert_eq!(read(&[0xa5, 1, 1]), Err("type is not encoded as its values are"));
        assert_eq!(read(&[0x92, 1, 1]), Err("no type of a value"));
    }

    fn walked(bytes: &[u8], mut most: u32) -> Vec<(String, Met<'_>)> {
        let mut met = vec![];
        let element = ber::first(bytes).0.expect("an element");
        each(element, &mut Path::default(), &mut most, &mut |path, what| {
            met.push((path.text().to_string(), what));
        });
        met
    }

    #[test]
    fn parts_of_a_value_have_their_path() {
        let bytes = [0xa2, 13, 0x83, 1, 1, 0xa1, 6, 0x85, 1, 7, 0x85, 1, 8, 0xa2, 0];
        let met = walked(&bytes, 100);
        let paths: Vec<_> = met.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["", "0", "1", "1.0", "1.1", "2"]);
        assert_eq!(met[4].1, Met::Value(Data::Integer(8)));
        let many = [&[0xa1, 33][..], &[0x83, 1, 0].repeat(11)].concat();
        assert_eq!(walked(&many, 100).last().map(|(path, _)| path.clone()), Some("10".to_owned()));
    }

    /// HARD_CASES, MMS, BER: "a length beyond its parent is said, elements before it are kept".
    #[test]
    fn values_before_a_fault_are_kept() {
        let met = walked(&[0xa2, 6, 0x85, 1, 7, 0x85, 9, 1], 100);
        assert_eq!(met[1].1, Met::Value(Data::Integer(7)));
        assert!(matches!(met[2].1, Met::Fault(Fault { claimed: Some(9), .. })));
        let met = walked(&[0xa2, 6, 0x91, 1, 7, 0x85, 1, 1], 100);
        assert!(matches!(met[1].1, Met::Bad(..)));
        assert_eq!(met[2], ("1".to_owned(), Met::Value(Data::Integer(1))));
    }

    /// HARD_CASES, protocol level, BER: "nesting of 100,000 [...] a million empty elements -> bounded depth, rows and
    /// time; said".
    #[test]
    fn depth_and_number_of_values_are_bounded() {
        let mut bytes = vec![];
        for _ in 0..100_000 {
            bytes.extend_from_slice(&[0xa2, 0x84, 0, 0xff, 0xff, 0xff]);
        }
        let met = walked(&bytes, 1000);
        assert!(met.len() < 80);
        assert!(met.iter().any(|(_, met)| matches!(met, Met::Bad(_, "values are nested too deeply"))));
        let mut bytes = vec![0xa2, 0x83, 0x1e, 0x84, 0x80];
        bytes.extend_from_slice(&[0xa2, 0].repeat(1_000_000));
        let met = walked(&bytes, 1000);
        assert_eq!(met.len(), 1001);
        assert_eq!(met.last().map(|(_, met)| *met), Some(Met::TooMany));
    }
}
