//! The shape of a table, known at compile time.

/// The shape of one output table. Two tables are the same if they are the same `static`.
#[derive(Debug)]
pub struct Table {
    /// Name of the table, and the value of `record` in JSON lines.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// The columns, in order. The [`Envelope`](crate::record::Envelope)'s columns come before them.
    pub columns: &'static [ColumnInfo],
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}
impl Eq for Table {}

/// One column of a [`Table`].
#[derive(Debug)]
pub struct ColumnInfo {
    /// Name of the column.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// Unit of its values, where the kind does not say it.
    pub unit: Option<&'static str>,
    /// Type of its values.
    pub kind: Kind,
    /// Whether a value may be absent.
    pub nullable: bool,
}

/// The place of the column of this name, to be found at compile time.
///
/// # Panics
///
/// If there is none: so a name that the table does not have stops the compilation.
pub const fn column_place(columns: &[ColumnInfo], name: &str) -> usize {
    let mut place = 0;
    while place < columns.len() {
        if same(columns[place].name.as_bytes(), name.as_bytes()) {
            return place;
        }
        place += 1;
    }
    panic!("the table has no such column")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}

/// Type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// Text as it stood on the wire.
    Text,
    /// Octets.
    Bytes,
    /// One of few words that the program itself knows.
    Symbol,
    /// Nanoseconds since 1970-01-01 UTC.
    Instant,
    /// Nanoseconds since 1970-01-01 on a clock whose zone is not known.
    WallClock,
    /// Nanoseconds.
    Duration,
    /// IEEE 802 MAC address.
    Mac,
    /// IPv4 or IPv6 address.
    Ip,
    /// A code of the wire: two columns, the number under the field's name and its name under `<field>_name`.
    Code {
        /// Octets of the number: 1, 2, 4 or 8.
        width: u8,
        /// Known codes and their names.
        names: &'static [(u64, &'static str)],
    },
    /// Several values of one type.
    List(Element),
}

/// Type of the values of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// True or false.
    Bool,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Signed 16-bit integer.
    I16,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision; some may be absent.
    F64,
}
