//! The types that a field of a record may have.
use super::{
    columns::{Column, Values},
    field::{Address, Field, List, Symbol, Text},
    table::{Element, Kind},
};
use core::net::IpAddr;

/// A moment: nanoseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);
/// A clock's reading: nanoseconds since 1970-01-01 on a clock whose zone is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WallClock(pub i64);
/// A length of time: nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration(pub i64);
/// An IEEE 802 MAC address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl core::fmt::Display for Mac {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// A 64 by 64 bit multiplication folded to 64 bits: the mixing step of every checksum of rows.
#[inline(always)]
pub const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
const NULL_DIGEST: u64 = 0xd6e8_feb8_6659_fd93;

/// A 64-bit digest of octets, the same on every machine and in every run. Not for hash tables.
#[inline]
pub fn digest_bytes(bytes: &[u8]) -> u64 {
    let len = bytes.len() as u64;
    // Most are short: both halves are read where they overlap.
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        if bytes.len() <= 16 {
            return fold(u64::from_le_bytes(*first) ^ len, u64::from_le_bytes(*last) ^ ODD);
        }
        return long(bytes);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let both = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
        return fold(both ^ len.rotate_left(29), ODD);
    }
    let few = match *bytes {
        [a] => len << 8 | u64::from(a),
        [a, b] => len << 16 | u64::from(u16::from_be_bytes([a, b])),
        [a, b, c] => len << 24 | u64::from(u32::from_be_bytes([0, a, b, c])),
        _ => len,
    };
    fold(few, ODD)
}

fn long(bytes: &[u8]) -> u64 {
    let mut sum = bytes.len() as u64;
    let (blocks, rest) = bytes.as_chunks::<32>();
    if !blocks.is_empty() {
        // Four sums, none of which waits for another.
        let mut sums = [sum, 1, 2, 3];
        for block in blocks {
            for (sum, word) in sums.iter_mut().zip(block.as_chunks().0) {
                *sum = fold(*sum ^ u64::from_le_bytes(*word), ODD);
            }
        }
        sum = sums.into_iter().fold(0, |sum, next| fold(sum ^ next, ODD));
    }
    let (words, few) = rest.as_chunks();
    for word in words {
        sum = fold(sum ^ u64::from_le_bytes(*word), ODD);
    }
    // Of more than sixteen octets the last eight are there, some of them for the second time.
    if let Some(last) = bytes.last_chunk().filter(|_| !few.is_empty()) {
        sum = fold(sum ^ u64::from_le_bytes(*last), ODD);
    }
    sum
}

/// A type that a field of a record may have.
pub trait Value: Copy {
    /// The column's type.
    const KIND: Kind;
    /// Whether a value may be absent.
    const NULLABLE: bool = false;
    /// The value for whoever writes text or reads it by type.
    fn field<'a>(self) -> Field<'a>
    where
        Self: 'a;
    /// Appends the value to a column of this kind.
    fn push(self, column: &mut Column);
    /// Appends the value so many times.
    #[inline]
    fn push_times(self, column: &mut Column, times: usize) {
        for _ in 0..times {
            self.push(column);
        }
    }
    /// Appends the value as that of this row, so many times: an absent one is left out until a later one is there.
    #[inline(always)]
    fn push_at(self, column: &mut Column, _row: usize, times: usize) {
        if times == 1 { self.push(column) } else { self.push_times(column, times) }
    }
    /// Appends to a column of this kind what stands in the place of an absent value, so many times.
    fn push_null(column: &mut Column, times: usize);
    /// A number that depends on every bit of the value.
    fn digest(self) -> u64;
    /// What the value adds to the digest of its row, in a place that has this odd number; nothing if it is absent.
    #[inline(always)]
    fn weigh(self, place: u64) -> u64 {
        self.digest().wrapping_add(1).wrapping_mul(place)
    }
}

/// Takes the values of one row, each in its own type: what is done with it is compiled for that type.
pub trait TakeValue {
    /// Takes the next value.
    fn value<V: Value>(&mut self, value: V);
}

macro_rules! number {
    ($($type:ty => $kind:ident, $field:ident($wide:ty), $digest:expr;)*) => {$(
        impl Value for $type {
            const KIND: Kind = Kind::$kind;
            #[inline(always)]
            fn field<'a>(self) -> Field<'a> { Field::$field(<$wide>::from(self)) }
            #[inline(always)]
            fn push(self, column: &mut Column) {
                if let Values::$kind(values) = &mut column.values { values.push(self) } else { column.mismatch(1) }
            }
            #[inline]
            fn push_times(self, column: &mut Column, times: usize) {
                if let Values::$kind(values) = &mut column.values {
                    values.resize(values.len() + times, self);
                } else {
                    column.mismatch(times);
                }
            }
            #[inline(always)]
            fn push_null(column: &mut Column, times: usize) { <$type>::default().push_times(column, times) }
            #[inline(always)]
            fn digest(self) -> u64 { let digest: fn($type) -> u64 = $digest; digest(self) }
        }
    )*};
}
number! {
    u8 => U8, Unsigned(u64), u64::from;
    u16 => U16, Unsigned(u64), u64::from;
    u32 => U32, Unsigned(u64), u64::from;
    u64 => U64, Unsigned(u64), |v| v;
    i8 => I8, Signed(i64), |v| i64::from(v) as u64;
    i16 => I16, Signed(i64), |v| i64::from(v) as u64;
    i32 => I32, Signed(i64), |v| i64::from(v) as u64;
    i64 => I64, Signed(i64), |v| v as u64;
    f32 => F32, F32(f32), |v| u64::from(v.to_bits());
    f64 => F64, F64(f64), |v| v.to_bits();
}

macro_rules! nanoseconds {
    ($($type:ident),*) => {$(
        impl Value for $type {
            const KIND: Kind = Kind::$type;
            #[inline(always)]
            fn field<'a>(self) -> Field<'a> { Field::$type(self.0) }
            #[inline(always)]
            fn push(self, column: &mut Column) {
                if let Values::I64(values) = &mut column.values { values.push(self.0) } else { column.mismatch(1) }
            }
            #[inline]
            fn push_times(self, column: &mut Column, times: usize) { self.0.push_times(column, times) }
            #[inline(always)]
            fn push_null(column: &mut Column, times: usize) { 0i64.push_times(column, times) }
            #[inline(always)]
            fn digest(self) -> u64 { self.0 as u64 }
        }
    )*};
}
nanoseconds!(Instant, WallClock, Duration);

impl Value for bool {
    const KIND: Kind = Kind::Bool;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a> {
        Field::Bool(self)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        if let Values::Bool(values) = &mut column.values {
            values.push(self);
        } else {
            column.mismatch(1);
        }
    }
    #[inline]
    fn push_times(self, column: &mut Column, times: usize) {
        if let Values::Bool(values) = &mut column.values {
            values.push_times(self, times);
        } else {
            column.mismatch(times);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        false.push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        self.into()
    }
}

impl Value for Symbol {
    const KIND: Kind = Kind::Symbol;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a> {
        Field::Symbol(self.0)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        if let Values::Symbol(values) = &mut column.values {
            values.push(self.0);
        } else {
            column.mismatch(1);
        }
    }
    #[inline]
    fn push_times(self, column: &mut Column, times: usize) {
        if let Values::Symbol(values) = &mut column.values {
            values.push_times(self.0, times);
        } else {
            column.mismatch(times);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        Symbol("").push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        digest_bytes(self.0.as_bytes())
    }
}

impl Value for Text<'_> {
    const KIND: Kind = Kind::Text;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a>
    where
        Self: 'a,
    {
        Field::Text(self)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        if let Values::Bytes(values) = &mut column.values {
            values.push(self.0);
        } else {
            column.mismatch(1);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        Text(&[]).push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        digest_bytes(self.0)
    }
}

impl Value for &[u8] {
    const KIND: Kind = Kind::Bytes;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a>
    where
        Self: 'a,
    {
        Field::Bytes(self)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        if let Values::Bytes(values) = &mut column.values {
            values.push(self);
        } else {
            column.mismatch(1);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        <&[u8]>::default().push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        digest_bytes(self)
    }
}

impl Value for Mac {
    const KIND: Kind = Kind::Mac;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a> {
        Field::Mac(self)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        if let Values::Mac(values) = &mut column.values {
            values.push(self);
        } else {
            column.mismatch(1);
        }
    }
    #[inline]
    fn push_times(self, column: &mut Column, times: usize) {
        if let Values::Mac(values) = &mut column.values {
            values.resize(values.len() + times, self);
        } else {
            column.mismatch(times);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        Mac::default().push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, 1, 0])
    }
}

impl Value for IpAddr {
    const KIND: Kind = Kind::Ip;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a> {
        Field::Ip(self)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        if let Values::Ip(values) = &mut column.values {
            values.push(self);
        } else {
            column.mismatch(1);
        }
    }
    #[inline]
    fn push_times(self, column: &mut Column, times: usize) {
        if let Values::Ip(values) = &mut column.values {
            values.resize(values.len() + times, self);
        } else {
            column.mismatch(times);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED).push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        match self {
            IpAddr::V4(ip) => u64::from(ip.to_bits()),
            IpAddr::V6(ip) => {
                let bits = ip.to_bits();
                fold(bits as u64 ^ ODD, (bits >> 64) as u64 ^ NULL_DIGEST)
            }
        }
    }
}

impl Address {
    /// The IP address, if it is one.
    pub const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(ip),
            Self::Mac(_) => None,
        }
    }
}

impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    #[inline(always)]
    fn field<'a>(self) -> Field<'a>
    where
        Self: 'a,
    {
        self.map_or(Field::Null, T::field)
    }
    #[inline(always)]
    fn push(self, column: &mut Column) {
        self.push_times(column, 1);
    }
    #[inline]
    fn push_times(self, column: &mut Column, times: usize) {
        let row = column.filled;
        match self {
            Some(_) => self.push_at(column, row, times),
            None => column.fill::<T>(row + times),
        }
    }
    #[inline(always)]
    fn push_at(self, column: &mut Column, row: usize, times: usize) {
        if let Some(value) = self {
            if column.filled != row {
                column.fill::<T>(row);
            }
            column.filled = row + times;
            value.push_at(column, row, times);
        }
    }
    #[inline(always)]
    fn push_null(column: &mut Column, times: usize) {
        None::<T>.push_times(column, times);
    }
    #[inline(always)]
    fn digest(self) -> u64 {
        self.map_or(NULL_DIGEST, T::digest)
    }
    #[inline(always)]
    fn weigh(self, place: u64) -> u64 {
        match self {
            Some(value) => value.weigh(place),
            None => 0,
        }
    }
}

/// Bits of the wire, lowest bit of each octet first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits<'a> {
    octets: &'a [u8],
    len: usize,
}

impl<'a> Bits<'a> {
    /// The first `len` bits of `octets`, or as many as there are.
    pub fn new(octets: &'a [u8], len: usize) -> Self {
        Self { octets, len: len.min(octets.len().saturating_mul(8)) }
    }
    /// Number of bits.
    pub const fn len(&self) -> usize {
        self.len
    }
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// The octets that the bits stand in, with the bits that pad the last one.
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }
    /// The bit at `index`.
    pub fn get(&self, index: usize) -> Option<bool> {
        if index >= self.len {
            return None;
        }
        self.octets.get(index / 8).map(|octet| octet >> (index % 8) & 1 == 1)
    }
    /// The bits, in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + 'a {
        let octets = self.octets;
        (0..self.len).filter_map(move |index| Some(octets.get(index / 8)? >> (index % 8) & 1 == 1))
    }
}

impl Value for Bits<'_> {
    const KIND: Kind = Kind::List(Element::Bool);
    #[inline]
    fn field<'a>(self) -> Field<'a>
    where
        Self: 'a,
    {
        Field::List(List::Bits(self))
    }
    fn push(self, column: &mut Column) {
        if let Values::List(list) = &mut column.values
            && let Values::Bool(values) = list.values.as_mut()
        {
            for bit in self.iter() {
                values.push(bit);
            }
            list.end();
            return;
        }
        column.mismatch(1);
    }
    fn push_null(column: &mut Column, times: usize) {
        Bits::new(&[], 0).push_times(column, times);
    }
    #[inline]
    fn digest(self) -> u64 {
        let whole = self.len / 8;
        let mut sum = digest_bytes(self.octets.get(..whole).unwrap_or_default());
        let rest = self.len % 8;
        if rest > 0 {
            let last = self.octets.get(whole).copied().unwrap_or_default() & ((1 << rest) - 1);
            sum = fold(sum ^ u64::from(last), ODD);
        }
        fold(sum ^ self.len as u64, ODD)
    }
}

macro_rules! lists {
    ($($(#[doc = $doc:literal])* $name:ident($type:ty, $octets:literal, $from:ident) => $element:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<'a>(&'a [u8]);

        impl<'a> $name<'a> {
            /// The values that `octets` holds; octets behind the last whole one are no value.
            pub const fn new(octets: &'a [u8]) -> Self { Self(octets) }
            /// Number of values.
            pub const fn len(&self) -> usize { self.0.len() / $octets }
            /// Whether there is none.
            pub const fn is_empty(&self) -> bool { self.len() == 0 }
            /// The octets, also those behind the last whole value.
            pub const fn octets(&self) -> &'a [u8] { self.0 }
            /// The value at `index`.
            pub fn get(&self, index: usize) -> Option<$type> {
                let start = index.checked_mul($octets)?;
                let octets = self.0.get(start..start.checked_add($octets)?)?;
                Some(<$type>::$from(octets.try_into().ok()?))
            }
            /// The values, in order.
            pub fn iter(&self) -> impl ExactSizeIterator<Item = $type> + use<'a> {
                self.0.chunks_exact($octets).map(|octets| {
                    let mut array = [0; $octets];
                    array.copy_from_slice(octets);
                    <$type>::$from(array)
                })
            }
        }

        impl Value for $name<'_> {
            const KIND: Kind = Kind::List(Element::$element);
            #[inline]
            fn field<'a>(self) -> Field<'a> where Self: 'a { Field::List(List::$name(self)) }
            fn push(self, column: &mut Column) {
                if let Values::List(list) = &mut column.values {
                    if let Values::$element(values) = list.values.as_mut() {
                        values.extend(self.iter());
                        list.end();
                        return;
                    }
                }
                column.mismatch(1);
            }
            fn push_null(column: &mut Column, times: usize) { $name(&[]).push_times(column, times) }
            #[inline]
            fn digest(self) -> u64 {
                // The octets are the values, whatever their order in the machine.
                digest_bytes(self.0.get(..self.len() * $octets).unwrap_or_default())
            }
        }
    )*};
}
lists! {
    /// Unsigned 16-bit integers of the wire, big endian.
    U16Be(u16, 2, from_be_bytes) => U16;
    /// Unsigned 16-bit integers of the wire, little endian.
    U16Le(u16, 2, from_le_bytes) => U16;
    /// Unsigned 32-bit integers of the wire, big endian.
    U32Be(u32, 4, from_be_bytes) => U32;
    /// Unsigned 32-bit integers of the wire, little endian.
    U32Le(u32, 4, from_le_bytes) => U32;
    /// Signed 16-bit integers of the wire, big endian.
    I16Be(i16, 2, from_be_bytes) => I16;
    /// Single precision numbers of the wire, big endian.
    F32Be(f32, 4, from_be_bytes) => F32;
}

/// How a [`Reals`] stands on the wire, big endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealForm {
    /// Single precision; NaN is absent. It is not scaled.
    Single,
    /// Signed 16-bit integer; 8000 hex is absent.
    Integer,
    /// Unsigned 16-bit integer; absent if the 16-bit integer behind it is 8000 hex.
    Magnitude,
    /// The first of two signed 16-bit integers: factor times the first, and offset times the second, are added.
    First,
    /// The second of two signed 16-bit integers: factor times the second, less offset times the first.
    Second,
}

/// How one number of a [`Reals`] is scaled: times the factor, then plus the offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealScale {
    /// What it is multiplied by.
    pub factor: f64,
    /// What is added.
    pub offset: f64,
}

/// Real numbers of the wire, scaled as they are read. What its sender marks as missing is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reals<'a> {
    octets: &'a [u8],
    stride: usize,
    form: RealForm,
    scales: &'a [RealScale],
}

/// What marks an integer as missing.
const MISSING: i16 = i16::MIN;

impl<'a> Reals<'a> {
    /// A number stands at the head of every `stride` octets. `scales` has one for each number; beyond its end they are not
    /// scaled.
    pub const fn new(octets: &'a [u8], stride: usize, form: RealForm, scales: &'a [RealScale]) -> Self {
        let stride = if stride < 2 { 2 } else { stride };
        Self { octets, stride, form, scales }
    }
    /// Number of values.
    pub const fn len(&self) -> usize {
        let width = match self.form {
            RealForm::Single | RealForm::Magnitude | RealForm::First | RealForm::Second => 4,
            RealForm::Integer => 2,
        };
        // The last one needs its own octets only, not all of the stride.
        match self.octets.len().checked_sub(width) {
            Some(rest) => rest / self.stride + 1,
            None => 0,
        }
    }
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The value at `index`; none beyond the end, and where it is missing.
    pub fn get(&self, index: usize) -> Option<f64> {
        let octets = self.octets.get(index.checked_mul(self.stride)?..)?;
        self.read(octets, self.scales.get(index))
    }
    /// The values, in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> + 'a {
        let all = *self;
        let mut scales = all.scales.iter();
        let chunks = all.octets.chunks(all.stride).take(all.len());
        chunks.map(move |octets| all.read(octets, scales.next()))
    }
    /// The numbers as they were sent: not scaled, and with those that mark a missing one.
    pub fn as_sent(&self) -> impl Iterator<Item = f64> + 'a {
        let all = *self;
        let chunks = all.octets.chunks(all.stride).take(all.len());
        chunks.filter_map(move |octets| match all.form {
            RealForm::Single => Some(f32::from_be_bytes(*octets.first_chunk()?).into()),
            RealForm::Magnitude => Some(u16::from_be_bytes(*octets.first_chunk()?).into()),
            RealForm::Integer | RealForm::First => Some(i16::from_be_bytes(*octets.first_chunk()?).into()),
            RealForm::Second => Some(i16::from_be_bytes(*octets.get(2..)?.first_chunk()?).into()),
        })
    }
    #[inline(always)]
    fn read(&self, octets: &[u8], scale: Option<&RealScale>) -> Option<f64> {
        if self.form == RealForm::Single {
            let value = f32::from_be_bytes(*octets.first_chunk()?);
            return (!value.is_nan()).then(|| f64::from(value));
        }
        let scale = scale.copied().unwrap_or(RealScale { factor: 1.0, offset: 0.0 });
        if self.form == RealForm::Integer {
            let value = i16::from_be_bytes(*octets.first_chunk()?);
            return (value != MISSING).then(|| f64::from(value) * scale.factor + scale.offset);
        }
        let &[a, b, c, d] = octets.first_chunk()?;
        let (first, second) = (i16::from_be_bytes([a, b]), i16::from_be_bytes([c, d]));
        match self.form {
            RealForm::Magnitude => {
                let first = u16::from_be_bytes([a, b]);
                (second != MISSING).then(|| f64::from(first) * scale.factor + scale.offset)
            }
            _ if first == MISSING || second == MISSING => None,
            RealForm::First => Some(f64::from(first) * scale.factor + f64::from(second) * scale.offset),
            _ => Some(f64::from(second) * scale.factor - f64::from(first) * scale.offset),
        }
    }
}

impl Value for Reals<'_> {
    const KIND: Kind = Kind::List(Element::F64);
    #[inline]
    fn field<'a>(self) -> Field<'a>
    where
        Self: 'a,
    {
        Field::List(List::Reals(self))
    }
    fn push(self, column: &mut Column) {
        if let Values::List(list) = &mut column.values
            && let Values::F64(values) = list.values.as_mut()
        {
            for value in self.iter() {
                list.validity.push(value.is_some());
                values.push(value.unwrap_or_default());
            }
            list.end();
            return;
        }
        column.mismatch(1);
    }
    fn push_null(column: &mut Column, times: usize) {
        Reals::new(&[], 2, RealForm::Integer, &[]).push_times(column, times);
    }
    #[inline]
    fn digest(self) -> u64 {
        let mut sum = self.len() as u64;
        for value in self.iter() {
            let bits = value.map_or(NULL_DIGEST, f64::to_bits);
            sum = sum.wrapping_mul(ODD).wrapping_add(bits);
        }
        fold(sum, ODD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reals: Reals<'_>) -> Vec<Option<f64>> {
        let all: Vec<_> = reals.iter().collect();
        assert_eq!(all, (0..reals.len()).map(|index| reals.get(index)).collect::<Vec<_>>());
        assert_eq!(reals.get(reals.len()), None);
        all
    }

    #[test]
    fn reals_are_scaled_and_what_is_missing_is_absent() {
        let scales = [RealScale { factor: 0.5, offset: 1.0 }; 3];
        let octets = [0, 4, 0x80, 0, 0xff, 0xfe, 9];
        assert_eq!(all(Reals::new(&octets, 2, RealForm::Integer, &scales)), [Some(3.0), None, Some(0.0)]);
        let singles = [0x3f, 0x80, 0, 0, 0x7f, 0xc0, 0, 0, 1];
        assert_eq!(all(Reals::new(&singles, 4, RealForm::Single, &scales)), [Some(1.0), None]);
        assert!(all(Reals::new(&[1], 2, RealForm::Integer, &[])).is_empty());
    }

    #[test]
    fn numbers_can_be_had_as_they_were_sent() {
        let scales = [RealScale { factor: 0.5, offset: 1.0 }; 3];
        let sent =
            |octets, stride, form| Reals::new(octets, stride, form, &scales).as_sent().collect::<Vec<_>>();
        assert_eq!(sent(&[0, 4, 0x80, 0, 9], 2, RealForm::Integer), [4.0, -32768.0]);
        let pairs = &[0x80, 0, 0, 1, 0, 5, 0x80, 0];
        assert_eq!(sent(pairs, 4, RealForm::Magnitude), [32768.0, 5.0]);
        assert_eq!(sent(pairs, 4, RealForm::First), [-32768.0, 5.0]);
        assert_eq!(sent(pairs, 4, RealForm::Second), [1.0, -32768.0]);
        assert_eq!(sent(&[0x3f, 0x80, 0, 0], 4, RealForm::Single), [1.0]);
    }

    #[test]
    fn of_a_pair_the_angle_tells_whether_it_is_missing() {
        let pairs = [0x80, 0, 0, 1, 0, 5, 0x80, 0];
        let magnitudes = Reals::new(&pairs, 4, RealForm::Magnitude, &[]);
        assert_eq!(all(magnitudes), [Some(32768.0), None]);
        assert_eq!(all(Reals::new(&pairs[2..], 4, RealForm::Integer, &[])), [Some(1.0), None]);
    }

    #[test]
    fn a_pair_may_be_turned() {
        // By a quarter: the first becomes the second, the second the first, reversed.
        let turn = [RealScale { factor: 0.0, offset: 1.0 }];
        let pair = [0, 3, 0, 4];
        assert_eq!(all(Reals::new(&pair, 4, RealForm::First, &turn)), [Some(4.0)]);
        assert_eq!(all(Reals::new(&pair, 4, RealForm::Second, &turn)), [Some(-3.0)]);
    }
}
