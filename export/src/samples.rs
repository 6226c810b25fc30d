//! Rows for tests: one with a field of every kind.
use core::net::{IpAddr, Ipv6Addr};
use fieldtap::record::{
    Bits, Direction, Duration, Envelope, F32Be, Field, I16Be, Instant, Mac, Row, Symbol, Table, Text, U16Be,
    U16Le, U32Be, U32Le, WallClock,
};
use proptest::prelude::*;

fieldtap::codes! {
    /// A code; two of its numbers share a name.
    pub struct Code(u8) {
        /// One.
        ONE = 1 => "one",
        /// Two.
        TWO = 2 => "two",
        /// Three, named as one.
        THREE = 3 => "one",
    }
}
fieldtap::codes! {
    /// A wide code.
    pub struct Wide(u64) {
        /// The greatest.
        MOST = 0xffff_ffff_ffff_ffff => "most",
    }
}
fieldtap::record! {
    /// A row with every kind of field.
    pub struct Every<'a> in "every" {
        /// A flag.
        flag: bool,
        /// 8 bits.
        u8: u8,
        /// 16 bits.
        u16: u16 ["V"],
        /// 32 bits.
        u32: Option<u32>,
        /// 64 bits.
        u64: u64,
        /// 8 bits.
        i8: i8,
        /// 16 bits.
        i16: Option<i16>,
        /// 32 bits.
        i32: i32,
        /// 64 bits.
        i64: i64,
        /// Single precision.
        f32: f32,
        /// Double precision.
        f64: Option<f64>,
        /// Text.
        text: Text<'a>,
        /// Text that may be absent.
        note: Option<Text<'a>>,
        /// Octets.
        octets: Option<&'a [u8]>,
        /// A word.
        word: Symbol,
        /// A word that may be absent.
        maybe: Option<Symbol>,
        /// A moment.
        at: Instant,
        /// A clock.
        clock: Option<WallClock>,
        /// A length of time.
        lasted: Option<Duration>,
        /// A MAC address.
        mac: Option<Mac>,
        /// An IP address.
        ip: Option<IpAddr>,
        /// A code.
        code: Code,
        /// A code that may be absent.
        wide: Option<Wide>,
        /// Coils.
        coils: Option<Bits<'a>>,
        /// Registers.
        registers: U16Be<'a>,
        /// Registers.
        little: U16Le<'a>,
        /// Registers.
        double: U32Be<'a>,
        /// Registers.
        double_little: U32Le<'a>,
        /// Registers.
        signed: I16Be<'a>,
        /// Registers.
        real: F32Be<'a>,
    }
}
fieldtap::record! {
    /// Another table.
    pub struct Other in "other" {
        /// A number.
        number: u16,
    }
}

/// A row whose text is given.
pub fn every(text: &[u8]) -> Every<'_> {
    Every {
        flag: true,
        u8: 255,
        u16: 100,
        u32: None,
        u64: u64::MAX,
        i8: -128,
        i16: Some(-7),
        i32: 0,
        i64: i64::MIN,
        f32: 0.1,
        f64: Some(-1e300),
        text: Text(text),
        note: None,
        octets: Some(&[0, 0xab]),
        word: Symbol("word"),
        maybe: None,
        // 2026-11-23 15:00:00.000000001 UTC, by `date -d 2026-11-23T15:00:00Z +%s`.
        at: Instant(1_795_446_000_000_000_001),
        // 1969-12-31 23:59:59.999999999.
        clock: Some(WallClock(-1)),
        lasted: Some(Duration(-1_500_000_000)),
        mac: Some(Mac([0, 0x1b, 0x1b, 0xff, 0x0a, 0xa0])),
        ip: Some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        code: Code(1),
        wide: Some(Wide(7)),
        coils: Some(Bits::new(&[0b101], 3)),
        registers: U16Be::new(&[0, 1, 0xff, 0xff]),
        little: U16Le::new(&[1, 0]),
        double: U32Be::new(&[0, 0, 1, 0]),
        double_little: U32Le::new(&[]),
        signed: I16Be::new(&[0xff, 0xff]),
        real: F32Be::new(&[0x7f, 0xc0, 0, 0, 0x3f, 0x80, 0, 0]),
    }
}

/// An envelope with every column.
pub fn envelope() -> Envelope {
    Envelope {
        file: 1,
        frame: 42,
        ts: Instant(0),
        conversation: Some(7),
        message: Some(u64::MAX),
        protocol: Symbol("modbus"),
        direction: Some(Direction::REQUEST),
        sender: Some(IpAddr::from([192, 168, 1, 20])),
        sender_port: Some(50000),
        receiver: Some(IpAddr::from([10, 0, 0, 1])),
        receiver_port: Some(502),
        sender_mac: Some(Mac([1, 2, 3, 4, 5, 6])),
        receiver_mac: None,
        vlan: None,
        from_originator: true,
    }
}

/// Names of the columns in the order of every format, a code as two.
pub fn names(table: &Table) -> Vec<String> {
    let columns = Envelope::COLUMNS.iter().chain(table.columns);
    let names = columns.flat_map(|column| {
        let code = matches!(column.kind, fieldtap::record::Kind::Code { .. });
        [Some(column.name.to_owned()), code.then(|| format!("{}_name", column.name))]
    });
    names.flatten().collect()
}

/// Fields in the order of every format, a code as two.
pub fn fields<'a>(envelope: &'a Envelope, row: &'a dyn Row) -> Vec<Field<'a>> {
    let columns = Envelope::COLUMNS.iter().chain(row.table().columns);
    let fields = (0..Envelope::COLUMNS.len())
        .map(|index| envelope.field(index))
        .chain((0..row.table().columns.len()).map(|index| row.field(index)));
    let mut all = Vec::new();
    for (column, field) in columns.zip(fields) {
        let code = matches!(column.kind, fieldtap::record::Kind::Code { .. });
        match field {
            Field::Code { value, name } => {
                all.push(Field::Unsigned(value));
                all.push(name.map_or(Field::Null, Field::Symbol));
            }
            Field::Null if code => all.extend([Field::Null; 2]),
            field => all.push(field),
        }
    }
    all
}

/// The octets that a reversible text stands for: the other way of `Text`'s `Display`.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        let (octet, left) = match (first, more) {
            (b'\\', [b'\\', more @ ..]) => (b'\\', more),
            (b'\\', [b'x', a, b, more @ ..]) => {
                let digits = [*a, *b];
                let digits = core::str::from_utf8(&digits).expect("hexadecimal");
                (u8::from_str_radix(digits, 16).expect("hexadecimal"), more)
            }
            (b'\\', _) => panic!("a lone backslash in {text}"),
            _ => (first, more),
        };
        rest = left;
        octets.push(octet);
    }
    octets
}

/// Text as devices and attackers send it.
pub const HOSTILE: [&[u8]; 16] = [
    b"",
    b"plain",
    b"-",
    b"(empty)",
    b"#close",
    b"a\x1b[31mred\x1b[0m",
    b"line\r\nbreak\ttab\0nul",
    b"=cmd()|' /C calc'!A0",
    b"  @SUM(1,2);\"x\"",
    b"-1+2",
    b"+1",
    "\u{ff1d}cmd()".as_bytes(),
    b"</script><script>alert('x')</script>",
    b"back\\slash \\x41 \\u0041",
    b"\xff\xfe\xc3(\xe2\x82broken",
    "München \u{202e}gnp.exe\u{2028} \u{9b}31m 東京".as_bytes(),
];

/// Octets from which any row can be made.
#[derive(Clone, Debug)]
pub struct Seed {
    pub numbers: [u64; 4],
    pub bytes: Vec<u8>,
    pub there: u32,
}

pub fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..24),
        "[ -~]{0,12}".prop_map(String::into_bytes),
        (0..HOSTILE.len()).prop_map(|index| HOSTILE[index].to_vec()),
    ];
    let seed = (any::<[u64; 4]>(), bytes, any::<u32>());
    let seed = seed.prop_map(|(numbers, bytes, there)| Seed { numbers, bytes, there });
    proptest::collection::vec(seed, 0..40)
}

impl Seed {
    fn some<T>(&self, bit: u32, value: T) -> Option<T> {
        (self.there >> bit & 1 == 1).then_some(value)
    }
    pub fn row(&self) -> Every<'_> {
        let [a, b, c, d] = self.numbers;
        let bytes = self.bytes.as_slice();
        Every {
            flag: a & 1 == 1,
            u8: a as u8,
            u16: b as u16,
            u32: self.some(0, c as u32),
            u64: a,
            i8: a as i8,
            i16: self.some(1, b as i16),
            i32: c as i32,
            i64: d as i64,
            f32: f32::from_bits(c as u32),
            f64: self.some(2, f64::from_bits(b)),
            text: Text(bytes),
            note: self.some(3, Text(bytes)),
            octets: self.some(4, bytes),
            word: Symbol(["one", "two", "three \"\\"][a as usize % 3]),
            maybe: self.some(5, Symbol(["x", "y"][b as usize % 2])),
            at: Instant(a as i64),
            clock: self.some(6, WallClock(b as i64)),
            lasted: self.some(7, Duration(c as i64)),
            mac: self.some(8, Mac([0, 0, 0, 0, 0, a as u8 % 4])),
            ip: self.some(
                9,
                match b % 2 {
                    0 => IpAddr::from([10, 0, (b >> 8) as u8 % 2, c as u8 % 3]),
                    _ => IpAddr::from([0, 0, 0, 0, 0, 0, 0, c as u16 % 3]),
                },
            ),
            code: Code(a as u8 % 5),
            wide: self.some(10, Wide(if d % 2 == 0 { u64::MAX } else { d })),
            coils: self.some(11, Bits::new(bytes, (d % 200) as usize)),
            registers: U16Be::new(bytes),
            little: U16Le::new(bytes),
            double: U32Be::new(bytes),
            double_little: U32Le::new(bytes),
            signed: I16Be::new(bytes),
            real: F32Be::new(bytes),
        }
    }
    pub fn envelope(&self) -> Envelope {
        let [a, b, ..] = self.numbers;
        Envelope {
            frame: a,
            ts: Instant(b as i64),
            conversation: self.some(12, a),
            direction: self.some(13, Direction(a as u8)),
            sender_port: self.some(14, b as u16),
            protocol: Symbol("every"),
            ..Envelope::default()
        }
    }
}
