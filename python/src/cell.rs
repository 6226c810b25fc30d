//! One value of an Arrow array, for Python and for people.
use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{
        DurationNanosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::DataType;
use core::fmt::{self, Write as _};
use pyo3::{IntoPyObjectExt, prelude::*, types::PyBytes};

/// One value. Instants, clocks and durations are nanoseconds.
#[derive(Debug)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Single(f32),
    Double(f64),
    Text(&'a str),
    Octets(&'a [u8]),
    Instant(i64),
    Clock(i64),
    Duration(i64),
    List(ArrayRef),
}

/// The value in this row. What the export never makes, and a row beyond the last, is null.
pub(crate) fn cell(array: &dyn Array, row: usize) -> Cell<'_> {
    if row >= array.len() || array.is_null(row) {
        return Cell::Null;
    }
    macro_rules! number {
        ($type:ty, $cell:ident) => {
            array.as_primitive_opt::<$type>().map(|values| Cell::$cell(values.value(row).into()))
        };
    }
    let value = match array.data_type() {
        DataType::Boolean => array.as_boolean_opt().map(|values| Cell::Bool(values.value(row))),
        DataType::UInt8 => number!(UInt8Type, Unsigned),
        DataType::UInt16 => number!(UInt16Type, Unsigned),
        DataType::UInt32 => number!(UInt32Type, Unsigned),
        DataType::UInt64 => number!(UInt64Type, Unsigned),
        DataType::Int8 => number!(Int8Type, Signed),
        DataType::Int16 => number!(Int16Type, Signed),
        DataType::Int32 => number!(Int32Type, Signed),
        DataType::Int64 => number!(Int64Type, Signed),
        DataType::Float32 => number!(Float32Type, Single),
        DataType::Float64 => number!(Float64Type, Double),
        DataType::Utf8 => array.as_string_opt::<i32>().map(|values| Cell::Text(values.value(row))),
        DataType::Binary => array.as_binary_opt::<i32>().map(|values| Cell::Octets(values.value(row))),
        DataType::Dictionary(..) => array.as_dictionary_opt::<Int32Type>().and_then(|words| {
            let key = usize::try_from(words.keys().value(row)).ok()?;
            Some(cell(words.values().as_ref(), key))
        }),
        DataType::Timestamp(_, Some(_)) => number!(TimestampNanosecondType, Instant),
        DataType::Timestamp(_, None) => number!(TimestampNanosecondType, Clock),
        DataType::Duration(_) => number!(DurationNanosecondType, Duration),
        DataType::List(_) => array.as_list_opt::<i32>().map(|lists| Cell::List(lists.value(row))),
        _ => None,
    };
    value.unwrap_or(Cell::Null)
}

fn list(values: &ArrayRef) -> impl Iterator<Item = Cell<'_>> {
    (0..values.len()).map(|row| cell(values.as_ref(), row))
}

impl Cell<'_> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as Python's own type; times as numbers of nanoseconds, which no type of Python's own holds.
    pub(crate) fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Null => Ok(py.None().into_bound(py)),
            Self::Bool(value) => value.into_bound_py_any(py),
            Self::Unsigned(value) => value.into_bound_py_any(py),
            Self::Signed(value) | Self::Instant(value) | Self::Clock(value) | Self::Duration(value) => {
                value.into_bound_py_any(py)
            }
            Self::Single(value) => value.into_bound_py_any(py),
            Self::Double(value) => value.into_bound_py_any(py),
            Self::Text(value) => value.into_bound_py_any(py),
            Self::Octets(value) => Ok(PyBytes::new(py, value).into_any()),
            Self::List(values) => list(values)
                .map(|value| value.to_python(py))
                .collect::<PyResult<Vec<_>>>()?
                .into_bound_py_any(py),
        }
    }
}

/// For people: octets as hexadecimal digits, instants by ISO 8601. Text has its reversible form already, without controls.
impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Single(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Octets(value) => value.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
            Self::Instant(value) => moment(f, *value).and_then(|()| f.write_char('Z')),
            Self::Clock(value) => moment(f, *value),
            Self::Duration(value) => write!(f, "{} s", *value as f64 / 1e9),
            Self::List(values) => {
                f.write_char('[')?;
                for (index, value) in list(values).enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_char(']')
            }
        }
    }
}

/// Nanoseconds since 1970-01-01, to the microsecond.
fn moment(f: &mut fmt::Formatter<'_>, nanoseconds: i64) -> fmt::Result {
    const DAY: i64 = 86_400_000_000;
    let microseconds = nanoseconds.div_euclid(1000);
    let (days, rest) = (microseconds.div_euclid(DAY), microseconds.rem_euclid(DAY));
    // Days since 0000-03-01 in eras of 400 years, so that the leap day ends a year.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:06}")
}
