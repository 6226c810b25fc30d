//! Reading named columns of rows.
use fieldtap::record::{ColumnInfo, Field, List, Row};

/// The place of a column. Asked for where a constant is made, a name that is not there fails to compile.
pub(crate) const fn column(columns: &[ColumnInfo], name: &str) -> usize {
    let name = name.as_bytes();
    let mut place = 0;
    while place < columns.len() {
        let this = columns[place].name.as_bytes();
        let mut same = 0;
        if this.len() == name.len() {
            while same < name.len() && this[same] == name[same] {
                same += 1;
            }
            if same == name.len() {
                return place;
            }
        }
        place += 1;
    }
    panic!("no column of this name")
}

/// Makes a constant of each column's name, its place in the row.
macro_rules! columns {
    ($row:ty: $($constant:ident = $name:literal),* $(,)?) => {
        $(const $constant: usize = $crate::eve::columns::column(<$row>::COLUMNS, $name);)*
    };
}
pub(crate) use columns;

/// The number in this column, of a code its number; absent is none.
#[inline]
pub(crate) fn number(row: &dyn Row, column: usize) -> Option<u64> {
    match row.field(column) {
        Field::Unsigned(value) | Field::Code { value, .. } => Some(value),
        Field::Bool(value) => Some(value.into()),
        _ => None,
    }
}

/// The signed number in this column; an instant and a duration are nanoseconds.
#[inline]
pub(crate) fn signed(row: &dyn Row, column: usize) -> Option<i64> {
    match row.field(column) {
        Field::Signed(value) | Field::Instant(value) | Field::Duration(value) => Some(value),
        _ => None,
    }
}

/// The real number in this column.
#[inline]
pub(crate) fn real(row: &dyn Row, column: usize) -> Option<f64> {
    match row.field(column) {
        Field::F64(value) => Some(value),
        Field::F32(value) => Some(value.into()),
        _ => None,
    }
}

/// The octets in this column: text, octets, bits and 16-bit words as they stood on the wire.
#[inline]
pub(crate) fn octets(row: &dyn Row, column: usize) -> Option<&[u8]> {
    match row.field(column) {
        Field::Bytes(octets) => Some(octets),
        Field::Text(text) => Some(text.as_bytes()),
        Field::List(List::Bits(bits)) => Some(bits.octets()),
        Field::List(List::U16Be(words)) => Some(words.octets()),
        _ => None,
    }
}

/// The word of the program in this column.
#[inline]
pub(crate) fn symbol(row: &dyn Row, column: usize) -> Option<&'static str> {
    match row.field(column) {
        Field::Symbol(word) => Some(word),
        _ => None,
    }
}
