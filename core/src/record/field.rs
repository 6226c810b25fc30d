//! One value of a row, for whoever writes text or reads it by type.
use super::values::{Bits, F32Be, I16Be, Mac, Reals, U16Be, U16Le, U32Be, U32Le};
use core::{fmt, net::IpAddr};

/// One of few words that the program itself knows: the name of a protocol, the reason of an anomaly.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub &'static str);

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Text as it stood on the wire: most often UTF-8, but whatever was sent is kept.
///
/// [`Display`](fmt::Display) shows octets that are not UTF-8, control characters and the backslash reversibly:
/// `\xNN` for octets and controls, `\\` for a backslash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// The octets as sent.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    // C1 controls steer terminals too; U+2028 and the bidirectional marks reorder or break a line.
                    '\u{0}'..='\u{1f}' | '\u{7f}' => write!(f, "\\x{:02x}", u32::from(c))?,
                    '\u{80}'..='\u{9f}'
                    | '\u{200e}'
                    | '\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}' => {
                        let mut octets = [0; 4];
                        for b in c.encode_utf8(&mut octets).bytes() {
                            write!(f, "\\x{b:02x}")?;
                        }
                    }
                    c => f.write_char(c)?,
                }
            }
            for b in chunk.invalid() {
                write!(f, "\\x{b:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Who sends or receives below the protocol: an IP address, or a MAC address where there is no IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// IPv4 or IPv6.
    Ip(IpAddr),
    /// IEEE 802.
    Mac(Mac),
}

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field<'a> {
    /// Absent.
    Null,
    /// True or false.
    Bool(bool),
    /// An unsigned integer of any width.
    Unsigned(u64),
    /// A signed integer of any width.
    Signed(i64),
    /// Single precision.
    F32(f32),
    /// Double precision.
    F64(f64),
    /// Text of the wire.
    Text(Text<'a>),
    /// Octets.
    Bytes(&'a [u8]),
    /// A word of the program.
    Symbol(&'static str),
    /// Nanoseconds since 1970-01-01 UTC.
    Instant(i64),
    /// Nanoseconds since 1970-01-01 without a zone.
    WallClock(i64),
    /// Nanoseconds.
    Duration(i64),
    /// A MAC address.
    Mac(Mac),
    /// An IP address.
    Ip(IpAddr),
    /// A code of the wire.
    Code {
        /// The number.
        value: u64,
        /// Its name, if it is known.
        name: Option<&'static str>,
    },
    /// Several values.
    List(List<'a>),
}

/// Several values, read from the wire as they are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum List<'a> {
    /// Bits, lowest first.
    Bits(Bits<'a>),
    /// Unsigned 16-bit, big endian.
    U16Be(U16Be<'a>),
    /// Unsigned 16-bit, little endian.
    U16Le(U16Le<'a>),
    /// Unsigned 32-bit, big endian.
    U32Be(U32Be<'a>),
    /// Unsigned 32-bit, little endian.
    U32Le(U32Le<'a>),
    /// Signed 16-bit, big endian.
    I16Be(I16Be<'a>),
    /// Single precision, big endian.
    F32Be(F32Be<'a>),
    /// Real numbers, scaled; some may be absent.
    Reals(Reals<'a>),
}

impl<'a> List<'a> {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Bits(l) => l.len(),
            Self::U16Be(l) => l.len(),
            Self::U16Le(l) => l.len(),
            Self::U32Be(l) => l.len(),
            Self::U32Le(l) => l.len(),
            Self::I16Be(l) => l.len(),
            Self::F32Be(l) => l.len(),
            Self::Reals(l) => l.len(),
        }
    }
    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The value at `index`; [`Field::Null`] beyond the end.
    pub fn get(&self, index: usize) -> Field<'a> {
        match self {
            Self::Bits(l) => l.get(index).map_or(Field::Null, Field::Bool),
            Self::U16Be(l) => l.get(index).map_or(Field::Null, |v| Field::Unsigned(v.into())),
            Self::U16Le(l) => l.get(index).map_or(Field::Null, |v| Field::Unsigned(v.into())),
            Self::U32Be(l) => l.get(index).map_or(Field::Null, |v| Field::Unsigned(v.into())),
            Self::U32Le(l) => l.get(index).map_or(Field::Null, |v| Field::Unsigned(v.into())),
            Self::I16Be(l) => l.get(index).map_or(Field::Null, |v| Field::Signed(v.into())),
            Self::F32Be(l) => l.get(index).map_or(Field::Null, Field::F32),
            Self::Reals(l) => l.get(index).map_or(Field::Null, Field::F64),
        }
    }
    /// The values, in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'a>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }
}
