//! Rows laid out by column: plain vectors, which the exporters move into Arrow without a copy.
use super::{
    table::{ColumnInfo, Element, Kind, Table},
    values::Mac,
};
use core::net::IpAddr;

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
    /// The bit at `index`; false beyond the end.
    pub fn get(&self, index: usize) -> bool {
        index < self.len && self.octets.get(index / 8).is_some_and(|octet| octet >> (index % 8) & 1 == 1)
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
        self.keys.push(u32::try_from(key).unwrap_or(u32::MAX));
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
    /// Octets that the values take, near enough to decide when to flush.
    fn weight(&self) -> usize {
        match self {
            Self::Bytes(v) => v.bytes.len(),
            Self::List(v) => v.values.len(),
            _ => 0,
        }
    }
}

/// One column: its values, and which of them are there.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The values.
    pub values: Values,
    /// One bit a row where the column is nullable: set if the value is there.
    pub validity: Option<Bitmap>,
}

impl Column {
    fn new(kind: Kind, nullable: bool) -> Self {
        Self { values: Values::new(kind), validity: nullable.then(Bitmap::default) }
    }
    fn left() -> Self {
        Self { values: Values::Left(0), validity: None }
    }
    /// Whether nobody asked for it.
    pub fn is_left(&self) -> bool {
        matches!(self.values, Values::Left(_))
    }
    /// A value that the column does not keep: nobody asked for it, or the row is of another table.
    #[cold]
    #[inline(never)]
    pub(super) fn mismatch(&mut self) {
        if let Values::Left(rows) = &mut self.values {
            *rows += 1;
            return;
        }
        debug_assert!(false, "a row was pushed into columns of another table");
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
    /// Takes the rows out, leaves none.
    pub fn take(&mut self) -> Self {
        let table = self.table;
        let column = |(info, column): (&ColumnInfo, &Column)| {
            if column.is_left() { Column::left() } else { Column::new(info.kind, info.nullable) }
        };
        let columns = table.columns.iter().zip(&self.columns).map(column).collect();
        core::mem::replace(self, Self { table, columns, rows: 0 })
    }
}
