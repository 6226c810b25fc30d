//! Rows laid out by column: plain vectors, which the exporters move into Arrow without a copy.
use super::{
    Value,
    table::{ColumnInfo, Element, Kind, Table},
    values::Mac,
};
use core::{
    net::{IpAddr, Ipv4Addr},
    ops::Range,
};

/// Bits in Arrow's layout: lowest bit of each octet first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    /// The octets.
    pub octets: Vec<u8>,
    /// Number of bits.
    pub len: usize,
}

impl Bitmap {
    /// Appends one bit.
    #[inline(always)]
    pub fn push(&mut self, bit: bool) {
        let place = self.len & 7;
        if place == 0 {
            self.octets.push(bit.into());
        } else if let Some(last) = self.octets.last_mut() {
            *last |= u8::from(bit) << place;
        }
        self.len += 1;
    }
    /// Appends bits, an octet of them at a time.
    pub(super) fn push_each(&mut self, mut bits: impl Iterator<Item = bool>) {
        while self.len & 7 != 0 {
            let Some(bit) = bits.next() else { return };
            self.push(bit);
        }
        loop {
            let (mut octet, mut count) = (0u8, 0);
            for bit in bits.by_ref().take(8) {
                octet |= u8::from(bit) << count;
                count += 1;
            }
            if count == 0 {
                return;
            }
            self.octets.push(octet);
            self.len += count;
        }
    }
    /// Appends the same bit so many times.
    #[inline]
    pub fn push_times(&mut self, bit: bool, times: usize) {
        let octet = if bit { 0xff } else { 0 };
        let free = self.len.wrapping_neg() & 7;
        // Most often there are few.
        if let (true, Some(last)) = (free > 0 && times <= free, self.octets.last_mut()) {
            *last |= (octet & ((1u16 << times) - 1) as u8) << (8 - free);
            self.len += times;
            return;
        }
        self.extend(octet, free, times);
    }
    #[inline(never)]
    fn extend(&mut self, octet: u8, free: usize, times: usize) {
        let first = times.min(free);
        if let (1.., Some(last)) = (first, self.octets.last_mut()) {
            *last |= (octet & ((1u16 << first) - 1) as u8) << (8 - free);
        }
        let rest = times - first;
        self.octets.resize(self.octets.len() + rest.div_ceil(8), octet);
        // Bits beyond the last are not set.
        if let (1.., Some(last)) = (rest % 8, self.octets.last_mut()) {
            *last &= ((1u16 << (rest % 8)) - 1) as u8;
        }
        self.len += times;
    }
    /// Appends bits of another one, eight at a time.
    fn append(&mut self, from: &Self, bits: Range<usize>) {
        let octet = |index: usize| from.octets.get(index).copied().unwrap_or_default();
        let mut place = bits.start;
        while place < bits.end {
            let count = (bits.end - place).min(8);
            let pair = u16::from(octet(place / 8)) | u16::from(octet(place / 8 + 1)) << 8;
            let taken = (pair >> (place % 8)) as u8 & (0xff >> (8 - count));
            let free = self.len % 8;
            match self.octets.last_mut() {
                Some(last) if free > 0 => {
                    *last |= taken << free;
                    if free + count > 8 {
                        self.octets.push(taken >> (8 - free));
                    }
                }
                _ => self.octets.push(taken),
            }
            self.len += count;
            place += count;
        }
    }
    /// The bit at `index`; false beyond the end.
    pub fn get(&self, index: usize) -> bool {
        index < self.len && self.octets.get(index / 8).is_some_and(|octet| octet >> (index % 8) & 1 == 1)
    }
    /// No bits yet, with room for as many.
    fn like(&self) -> Self {
        Self { octets: Vec::with_capacity(self.octets.len()), len: 0 }
    }
    /// Forgets all bits, keeps the memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.len = 0;
    }
}

/// Octets of varying length, one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesColumn {
    /// The octets of all values.
    pub bytes: Vec<u8>,
    /// Where each value begins, and the end of the last: one more than there are values.
    pub offsets: Vec<i32>,
}

impl Default for BytesColumn {
    fn default() -> Self {
        Self { bytes: Vec::new(), offsets: vec![0] }
    }
}

impl BytesColumn {
    /// Appends one value.
    #[inline(always)]
    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.end();
    }
    /// The octets of these rows.
    fn get(&self, rows: Range<usize>) -> Option<&[u8]> {
        self.bytes.get(span(&self.offsets, &rows)?)
    }
    #[inline(always)]
    fn end(&mut self) {
        // `Columns::full` asks for a flush long before offsets reach i32::MAX; what lies beyond it cannot be told apart.
        self.offsets.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }
}

/// Few words, each kept once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolColumn {
    /// The words.
    pub words: Vec<&'static str>,
    /// For each row, the index of its word.
    pub keys: Vec<u32>,
}

impl SymbolColumn {
    /// Appends one word.
    #[inline]
    pub fn push(&mut self, word: &'static str) {
        let key = self.key(word);
        self.keys.push(key);
    }
    /// Appends the same word so many times.
    pub fn push_times(&mut self, word: &'static str, times: usize) {
        if times > 0 {
            let key = self.key(word);
            self.keys.resize(self.keys.len() + times, key);
        }
    }
    #[inline]
    fn key(&mut self, word: &'static str) -> u32 {
        // Most often the word is the same `str`; equal words of different places share one key all the same.
        let key = self
            .words
            .iter()
            .position(|known| core::ptr::eq(*known, word))
            .or_else(|| self.words.iter().position(|known| *known == word));
        let key = key.unwrap_or_else(|| {
            self.words.push(word);
            self.words.len() - 1
        });
        u32::try_from(key).unwrap_or(u32::MAX)
    }
}

/// Lists of varying length, one behind the other.
#[derive(Clone, Debug, PartialEq)]
pub struct ListColumn {
    /// The values of all lists.
    pub values: Box<Values>,
    /// Where each list begins, and the end of the last: one more than there are lists.
    pub offsets: Vec<i32>,
    /// One bit for each value that is there, where values may be absent (double precision); else none at all.
    pub validity: Bitmap,
}

impl ListColumn {
    /// Ends the list of the current row.
    #[inline(always)]
    pub fn end(&mut self) {
        self.offsets.push(i32::try_from(self.values.len()).unwrap_or(i32::MAX));
    }
}

/// What the offsets say of these rows: where their values begin and end.
fn span(offsets: &[i32], rows: &Range<usize>) -> Option<Range<usize>> {
    let start = usize::try_from(*offsets.get(rows.start)?).ok()?;
    let end = usize::try_from(*offsets.get(rows.end)?).ok()?;
    (start <= end).then_some(start..end)
}

/// The values of one column. Absent ones hold a default in their place.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// True or false.
    Bool(Bitmap),
    /// Unsigned 8-bit integers, and codes of one octet.
    U8(Vec<u8>),
    /// Unsigned 16-bit integers, and codes of two octets.
    U16(Vec<u16>),
    /// Unsigned 32-bit integers, and codes of four octets.
    U32(Vec<u32>),
    /// Unsigned 64-bit integers, and codes of eight octets.
    U64(Vec<u64>),
    /// Signed 8-bit integers.
    I8(Vec<i8>),
    /// Signed 16-bit integers.
    I16(Vec<i16>),
    /// Signed 32-bit integers.
    I32(Vec<i32>),
    /// Signed 64-bit integers, instants, wall clocks and durations.
    I64(Vec<i64>),
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Text and octets.
    Bytes(BytesColumn),
    /// Words of the program.
    Symbol(SymbolColumn),
    /// MAC addresses.
    Mac(Vec<Mac>),
    /// IP addresses.
    Ip(Vec<IpAddr>),
    /// Lists.
    List(ListColumn),
    /// A column that nobody asked for: how many values were left out of it.
    Left(usize),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool(Bitmap::default()),
            Kind::U8 | Kind::Code { width: 1, .. } => Self::U8(Vec::new()),
            Kind::U16 | Kind::Code { width: 2, .. } => Self::U16(Vec::new()),
            Kind::U32 | Kind::Code { width: 4, .. } => Self::U32(Vec::new()),
            Kind::U64 | Kind::Code { .. } => Self::U64(Vec::new()),
            Kind::I8 => Self::I8(Vec::new()),
            Kind::I16 => Self::I16(Vec::new()),
            Kind::I32 => Self::I32(Vec::new()),
            Kind::I64 | Kind::Instant | Kind::WallClock | Kind::Duration => Self::I64(Vec::new()),
            Kind::F32 => Self::F32(Vec::new()),
            Kind::F64 => Self::F64(Vec::new()),
            Kind::Text | Kind::Bytes => Self::Bytes(BytesColumn::default()),
            Kind::Symbol => Self::Symbol(SymbolColumn::default()),
            Kind::Mac => Self::Mac(Vec::new()),
            Kind::Ip => Self::Ip(Vec::new()),
            Kind::List(element) => Self::List(ListColumn {
                values: Box::new(Self::new(match element {
                    Element::Bool => Kind::Bool,
                    Element::U16 => Kind::U16,
                    Element::U32 => Kind::U32,
                    Element::I16 => Kind::I16,
                    Element::F32 => Kind::F32,
                    Element::F64 => Kind::F64,
                })),
                offsets: vec![0],
                validity: Bitmap::default(),
            }),
        }
    }
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(v) => v.len,
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::U64(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::Bytes(v) => v.offsets.len().saturating_sub(1),
            Self::Symbol(v) => v.keys.len(),
            Self::Mac(v) => v.len(),
            Self::Ip(v) => v.len(),
            Self::List(v) => v.offsets.len().saturating_sub(1),
            Self::Left(v) => *v,
        }
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// No values yet, with room for as many.
    fn like(&self) -> Self {
        fn room<T>(of: &[T]) -> Vec<T> {
            Vec::with_capacity(of.len())
        }
        fn ends(of: &[i32]) -> Vec<i32> {
            let mut ends = room(of);
            ends.push(0);
            ends
        }
        match self {
            Self::Bool(v) => Self::Bool(v.like()),
            Self::U8(v) => Self::U8(room(v)),
            Self::U16(v) => Self::U16(room(v)),
            Self::U32(v) => Self::U32(room(v)),
            Self::U64(v) => Self::U64(room(v)),
            Self::I8(v) => Self::I8(room(v)),
            Self::I16(v) => Self::I16(room(v)),
            Self::I32(v) => Self::I32(room(v)),
            Self::I64(v) => Self::I64(room(v)),
            Self::F32(v) => Self::F32(room(v)),
            Self::F64(v) => Self::F64(room(v)),
            Self::Bytes(v) => Self::Bytes(BytesColumn { bytes: room(&v.bytes), offsets: ends(&v.offsets) }),
            Self::Symbol(v) => Self::Symbol(SymbolColumn { words: room(&v.words), keys: room(&v.keys) }),
            Self::Mac(v) => Self::Mac(room(v)),
            Self::Ip(v) => Self::Ip(room(v)),
            Self::List(v) => Self::List(ListColumn {
                values: Box::new(v.values.like()),
                offsets: ends(&v.offsets),
                validity: v.validity.like(),
            }),
            Self::Left(_) => Self::Left(0),
        }
    }
    /// Gives back room that was not needed.
    fn shrink(&mut self) {
        match self {
            Self::Bool(v) => v.octets.shrink_to_fit(),
            Self::U8(v) => v.shrink_to_fit(),
            Self::U16(v) => v.shrink_to_fit(),
            Self::U32(v) => v.shrink_to_fit(),
            Self::U64(v) => v.shrink_to_fit(),
            Self::I8(v) => v.shrink_to_fit(),
            Self::I16(v) => v.shrink_to_fit(),
            Self::I32(v) => v.shrink_to_fit(),
            Self::I64(v) => v.shrink_to_fit(),
            Self::F32(v) => v.shrink_to_fit(),
            Self::F64(v) => v.shrink_to_fit(),
            Self::Bytes(v) => {
                v.bytes.shrink_to_fit();
                v.offsets.shrink_to_fit();
            }
            Self::Symbol(v) => v.keys.shrink_to_fit(),
            Self::Mac(v) => v.shrink_to_fit(),
            Self::Ip(v) => v.shrink_to_fit(),
            Self::List(v) => {
                v.values.shrink();
                v.offsets.shrink_to_fit();
                v.validity.octets.shrink_to_fit();
            }
            Self::Left(_) => {}
        }
    }
    /// Appends the values that were picked; what is absent stands there as in [`pad`](Self::pad).
    fn gather(&mut self, from: &[&Self], picks: &[Pick]) {
        fn each<T: Copy>(to: &mut Vec<T>, from: &[&[T]], picks: &[Pick], absent: T) {
            let value = |pick: &Pick| from.get(pick.source as usize)?.get(pick.row as usize).copied();
            to.extend(picks.iter().map(|pick| value(pick).unwrap_or(absent)));
        }
        /// Appends those of kinds whose values lie side by side. Of other kinds it is `self`.
        macro_rules! side_by_side {
            ($($kind:ident absent $absent:expr,)*) => {
                match self {
                    $(Self::$kind(to) => {
                        let from = from.iter().copied().map(|values| match values {
                            Self::$kind(of) => of.as_slice(),
                            _ => &[],
                        });
                        return each(to, &from.collect::<Vec<_>>(), picks, $absent);
                    })*
                    others => others,
                }
            };
        }
        let others = side_by_side!(
            U8 absent 0, U16 absent 0, U32 absent 0, U64 absent 0,
            I8 absent 0, I16 absent 0, I32 absent 0, I64 absent 0,
            F32 absent 0.0, F64 absent 0.0,
            Mac absent Mac::default(), Ip absent IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        );
        let values_of = |pick: &Pick| from.get(pick.source as usize).copied();
        match others {
            Self::Left(rows) => *rows += picks.len(),
            Self::Bool(to) => {
                let value = |pick: &Pick| match values_of(pick) {
                    Some(Self::Bool(of)) => of.get(pick.row as usize),
                    _ => false,
                };
                to.push_each(picks.iter().map(value));
            }
            Self::Bytes(to) => {
                for pick in picks {
                    let value = match values_of(pick) {
                        Some(Self::Bytes(of)) => of.get(pick.rows()),
                        _ => None,
                    };
                    to.push(value.unwrap_or_default());
                }
            }
            Self::Symbol(to) => {
                // Words get their keys in the order of rows, as one thread gives them.
                let mut known: Vec<Vec<Option<u32>>> = vec![Vec::new(); from.len()];
                for pick in picks {
                    let Some(Self::Symbol(of)) = values_of(pick) else { continue };
                    let Some(key) = of.keys.get(pick.row as usize).map(|key| *key as usize) else {
                        to.push("");
                        continue;
                    };
                    let Some(known) = known.get_mut(pick.source as usize) else { continue };
                    if known.is_empty() {
                        known.resize(of.words.len(), None);
                    }
                    let word = of.words.get(key).copied().unwrap_or_default();
                    match known.get_mut(key) {
                        Some(Some(key)) => to.keys.push(*key),
                        Some(unknown) => {
                            let key = to.key(word);
                            *unknown = Some(key);
                            to.keys.push(key);
                        }
                        None => to.push(word),
                    }
                }
            }
            Self::List(to) => {
                for pick in picks {
                    if let Some(Self::List(of)) = values_of(pick)
                        && let Some(span) = span(&of.offsets, &pick.rows())
                        && !span.is_empty()
                    {
                        to.validity.append(&of.validity, span.start..span.end.min(of.validity.len));
                        to.values.append(&of.values, span);
                    }
                    to.end();
                }
            }
            others => {
                for pick in picks {
                    match values_of(pick) {
                        Some(from) if (pick.row as usize) < from.len() => others.append(from, pick.rows()),
                        _ => others.pad(1),
                    }
                }
            }
        }
    }
    /// Appends what stands in the place of absent values, so many times.
    fn pad(&mut self, times: usize) {
        fn default<T: Copy + Default>(to: &mut Vec<T>, times: usize) {
            to.resize(to.len() + times, T::default());
        }
        fn ends(of: &mut Vec<i32>, times: usize) {
            let end = of.last().copied().unwrap_or_default();
            of.resize(of.len() + times, end);
        }
        match self {
            Self::Bool(v) => v.push_times(false, times),
            Self::U8(v) => default(v, times),
            Self::U16(v) => default(v, times),
            Self::U32(v) => default(v, times),
            Self::U64(v) => default(v, times),
            Self::I8(v) => default(v, times),
            Self::I16(v) => default(v, times),
            Self::I32(v) => default(v, times),
            Self::I64(v) => default(v, times),
            Self::F32(v) => default(v, times),
            Self::F64(v) => default(v, times),
            Self::Bytes(v) => ends(&mut v.offsets, times),
            Self::Symbol(v) => v.push_times("", times),
            Self::Mac(v) => default(v, times),
            Self::Ip(v) => v.resize(v.len() + times, IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            Self::List(v) => ends(&mut v.offsets, times),
            Self::Left(v) => *v += times,
        }
    }
    /// What the offsets count: octets of text, values of lists; 0 of what has no offsets. It decides when to flush.
    pub fn weight(&self) -> usize {
        match self {
            Self::Bytes(v) => v.bytes.len(),
            Self::List(v) => v.values.len(),
            _ => 0,
        }
    }
    /// Whether offsets tell where values end, so that they weigh something.
    pub const fn has_offsets(&self) -> bool {
        matches!(self, Self::Bytes(_) | Self::List(_))
    }
    /// What these rows are of that, as far as there are values; `None` where the offsets do not rise.
    pub fn weight_of(&self, rows: Range<usize>) -> Option<usize> {
        let rows = rows.start.min(self.len())..rows.end.min(self.len());
        match self {
            Self::Bytes(v) => span(&v.offsets, &rows).map(|span| span.len()),
            Self::List(v) => span(&v.offsets, &rows).map(|span| span.len()),
            _ => Some(0),
        }
    }
    /// Appends values of these rows.
    fn append(&mut self, from: &Self, rows: Range<usize>) {
        fn slice<T: Copy>(to: &mut Vec<T>, from: &[T], rows: Range<usize>) {
            to.extend_from_slice(from.get(rows).unwrap_or_default());
        }
        /// Moves the ends of these rows' values to where the values now stand.
        fn ends(to: &mut Vec<i32>, from: &[i32], rows: Range<usize>, start: usize) {
            let base = to.last().copied().unwrap_or_default();
            let start = i32::try_from(start).unwrap_or(i32::MAX);
            let ends = from.get(rows.start.saturating_add(1)..rows.end.saturating_add(1)).unwrap_or_default();
            to.extend(ends.iter().map(|end| base.saturating_add(end.saturating_sub(start))));
        }
        match (self, from) {
            (Self::Left(to), Self::Left(_)) => *to += rows.len(),
            (Self::Bool(to), Self::Bool(from)) => to.append(from, rows),
            (Self::U8(to), Self::U8(from)) => slice(to, from, rows),
            (Self::U16(to), Self::U16(from)) => slice(to, from, rows),
            (Self::U32(to), Self::U32(from)) => slice(to, from, rows),
            (Self::U64(to), Self::U64(from)) => slice(to, from, rows),
            (Self::I8(to), Self::I8(from)) => slice(to, from, rows),
            (Self::I16(to), Self::I16(from)) => slice(to, from, rows),
            (Self::I32(to), Self::I32(from)) => slice(to, from, rows),
            (Self::I64(to), Self::I64(from)) => slice(to, from, rows),
            (Self::F32(to), Self::F32(from)) => slice(to, from, rows),
            (Self::F64(to), Self::F64(from)) => slice(to, from, rows),
            (Self::Mac(to), Self::Mac(from)) => slice(to, from, rows),
            (Self::Ip(to), Self::Ip(from)) => slice(to, from, rows),
            (Self::Bytes(to), Self::Bytes(from)) => {
                let span = span(&from.offsets, &rows).unwrap_or_default();
                ends(&mut to.offsets, &from.offsets, rows, span.start);
                slice(&mut to.bytes, &from.bytes, span);
            }
            (Self::Symbol(to), Self::Symbol(from)) => {
                for key in from.keys.get(rows).unwrap_or_default() {
                    let word = usize::try_from(*key).ok().and_then(|key| from.words.get(key));
                    to.push(word.copied().unwrap_or_default());
                }
            }
            (Self::List(to), Self::List(from)) => {
                let span = span(&from.offsets, &rows).unwrap_or_default();
                ends(&mut to.offsets, &from.offsets, rows, span.start);
                to.validity.append(&from.validity, span.start..span.end.min(from.validity.len));
                to.values.append(&from.values, span);
            }
            // Columns of one table have the same kinds.
            _ => debug_assert!(false, "columns of one table differ in kind"),
        }
    }
}

/// One column: its values, and which of them are there.
///
/// A nullable column that rows were pushed to may end early: rows behind its values are absent, and values behind its
/// bits are there. So an absent value costs nothing, and neither does the bit of one that is there.
/// [`Columns::settle`] makes all of them whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The values.
    pub values: Values,
    /// One bit a row where the column is nullable: set if the value is there.
    pub validity: Option<Bitmap>,
    /// Of a nullable column, how many values it has: the rows that it is behind are those that were pushed less these.
    pub(super) filled: usize,
}

impl Column {
    fn new(kind: Kind, nullable: bool) -> Self {
        Self { values: Values::new(kind), validity: nullable.then(Bitmap::default), filled: 0 }
    }
    fn left() -> Self {
        Self { values: Values::Left(0), validity: None, filled: 0 }
    }
    /// Makes a column whole that may end early: it has `rows` rows then, of which those that it lacked are absent.
    pub fn settle(&mut self, rows: usize) {
        let len = self.values.len();
        let lacks = rows.saturating_sub(len);
        if let Some(validity) = &mut self.validity {
            validity.push_times(true, len.saturating_sub(validity.len));
            validity.push_times(false, lacks);
        } else if !self.is_left() {
            return;
        }
        self.values.pad(lacks);
        self.filled = len + lacks;
    }
    /// Appends these rows of another column of the same kind, which may end early as this one may, behind the first `at`
    /// rows of this one.
    pub fn append(&mut self, at: usize, from: &Self, rows: Range<usize>) {
        let (Some(to_bits), Some(from_bits)) = (&mut self.validity, &from.validity) else {
            return self.values.append(&from.values, rows);
        };
        let there = rows.start..rows.end.min(from.values.len());
        if there.is_empty() {
            return;
        }
        let told = there.start..there.end.min(from_bits.len);
        if self.filled < at {
            to_bits.push_times(true, self.filled.saturating_sub(to_bits.len));
            to_bits.push_times(false, at - self.filled);
            self.values.pad(at - self.filled);
            self.filled = at;
        }
        if !told.is_empty() {
            to_bits.push_times(true, self.filled.saturating_sub(to_bits.len));
            to_bits.append(from_bits, told);
        }
        self.filled += there.len();
        self.values.append(&from.values, there);
    }
    /// Like [`append`](Self::append), of single rows of several columns; `all_there` if none of theirs is absent.
    fn gather(&mut self, at: usize, from: &[&Self], picks: &[Pick], all_there: bool) {
        let values = |to: &mut Values| {
            let from: Vec<_> = from.iter().map(|column| &column.values).collect();
            to.gather(&from, picks);
        };
        let Some(bits) = &mut self.validity else { return values(&mut self.values) };
        if from.iter().all(|column| column.values.is_empty()) {
            return;
        }
        if self.filled < at {
            bits.push_times(true, self.filled.saturating_sub(bits.len));
            bits.push_times(false, at - self.filled);
            self.values.pad(at - self.filled);
        }
        if !all_there {
            bits.push_times(true, at.saturating_sub(bits.len));
            let has = |pick: &Pick| {
                from.get(pick.source as usize).is_some_and(|column| column.has(pick.row as usize))
            };
            bits.push_each(picks.iter().map(has));
        }
        values(&mut self.values);
        self.filled = at + picks.len();
    }
    /// Whether this row has a value.
    fn has(&self, row: usize) -> bool {
        let told = |bits: &Bitmap| row >= bits.len || bits.get(row);
        row < self.values.len() && self.validity.as_ref().is_none_or(told)
    }
    /// Whether nobody asked for it.
    pub fn is_left(&self) -> bool {
        matches!(self.values, Values::Left(_))
    }
    /// Fills up to this row, before which values are absent.
    #[inline(never)]
    pub(super) fn fill<T: Value>(&mut self, row: usize) {
        let lacks = row.saturating_sub(self.filled);
        if let Some(validity) = &mut self.validity {
            validity.push_times(true, self.filled.saturating_sub(validity.len));
            validity.push_times(false, lacks);
        }
        T::push_null(self, lacks);
        self.filled += lacks;
    }
    /// Values that the column does not keep: nobody asked for them, or the row is of another table.
    #[cold]
    #[inline(never)]
    pub(super) fn mismatch(&mut self, times: usize) {
        if let Values::Left(rows) = &mut self.values {
            *rows += times;
            return;
        }
        debug_assert!(false, "a row was pushed into columns of another table");
    }
}

/// One row of one of several [`Columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Which of them.
    pub source: u32,
    /// Which of its rows.
    pub row: u32,
}

impl Pick {
    /// The row as rows of its columns.
    const fn rows(&self) -> Range<usize> {
        let row = self.row as usize;
        row..row.saturating_add(1)
    }
}

/// The columns of one table.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The table.
    pub table: &'static Table,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Rows in them.
    pub rows: usize,
}

impl Columns {
    /// No rows yet.
    pub fn new(table: &'static Table) -> Self {
        Self::only(table, |_| true)
    }
    /// No rows yet; of the columns, only these are kept.
    pub fn only(table: &'static Table, wanted: impl Fn(&ColumnInfo) -> bool) -> Self {
        let column = |info: &ColumnInfo| {
            if wanted(info) { Column::new(info.kind, info.nullable) } else { Column::left() }
        };
        Self { table, columns: table.columns.iter().map(column).collect(), rows: 0 }
    }
    /// Whether the columns should be flushed before another row: at `rows` rows, or before offsets outgrow 32 bits.
    pub fn full(&self, rows: usize) -> bool {
        // Text may take four times its octets where it is shown as `\xNN`, and that must fit 32 bits too.
        self.rows >= rows || self.columns.iter().any(|column| column.values.weight() > 1 << 28)
    }
    /// Appends single rows of several others of the same table. Column by column it takes a fraction of what it takes to
    /// [`append`](Column::append) each row to each column.
    pub fn gather(&mut self, from: &[&Self], picks: &[Pick]) {
        let at = self.rows;
        for (place, to) in self.columns.iter_mut().enumerate() {
            let all: Vec<_> = from.iter().filter_map(|from| from.columns.get(place)).collect();
            let whole = |(column, of): (&&Column, &&Self)| {
                column.values.len() == of.rows && column.validity.as_ref().is_some_and(|bits| bits.len == 0)
            };
            if all.len() == from.len() {
                let all_there = all.iter().zip(from).all(whole);
                to.gather(at, &all, picks, all_there);
            }
        }
        self.rows += picks.len();
    }
    /// Makes all columns whole: every one has as many values as there are rows, and every nullable one as many bits. Call
    /// it before you look at the columns; nothing is changed where nothing was pushed since.
    pub fn settle(&mut self) {
        for column in &mut self.columns {
            column.settle(self.rows);
        }
    }
    /// Takes the rows out, leaves none, but room for as many.
    pub fn take(&mut self) -> Self {
        let column = |column: &Column| Column {
            values: column.values.like(),
            validity: column.validity.as_ref().map(Bitmap::like),
            filled: 0,
        };
        let empty = Self { table: self.table, columns: self.columns.iter().map(column).collect(), rows: 0 };
        core::mem::replace(self, empty)
    }
    /// Gives back room that was not needed.
    pub fn shrink(&mut self) {
        for column in &mut self.columns {
            column.values.shrink();
            if let Some(validity) = &mut column.validity {
                validity.octets.shrink_to_fit();
            }
        }
    }
}
