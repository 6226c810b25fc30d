//! Rows, and the values of their fields.
use crate::{
    Table,
    config::Settings,
    handle::guarded,
    status::{FIELDTAP_ERROR_INDEX, FIELDTAP_LEAVE, FIELDTAP_OK, FIELDTAP_STOP, Problem, Status, given, put},
    tables::{
        FIELDTAP_BOOL, FIELDTAP_CODE, FIELDTAP_DOUBLE, FIELDTAP_DURATION, FIELDTAP_INSTANT, FIELDTAP_IP,
        FIELDTAP_LIST, FIELDTAP_MAC, FIELDTAP_NULL, FIELDTAP_OCTETS, FIELDTAP_SIGNED, FIELDTAP_SINGLE,
        FIELDTAP_SYMBOL, FIELDTAP_TEXT, FIELDTAP_UNSIGNED, FIELDTAP_WALL_CLOCK,
    },
};
use core::{ffi::c_void, net::IpAddr};
use fieldtap::record::{Envelope, Field, Row as AnyRow, Sink, Table as Shape, Verdict};

/// One row. It lasts until the callback that was given it returns.
pub struct Row<'a> {
    envelope: &'a Envelope,
    row: &'a dyn AnyRow,
}

/// One value. Which members hold it follows from its kind; the others are 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// What it is: one of `FIELDTAP_NULL` and its like.
    pub kind: u32,
    /// `FIELDTAP_MAC`: 6. `FIELDTAP_IP`: 4 or 16. The octets of `address`.
    pub address_length: u32,
    /// `FIELDTAP_BOOL`: 0 or 1. `FIELDTAP_UNSIGNED`, `FIELDTAP_CODE`: the number.
    pub number: u64,
    /// `FIELDTAP_SIGNED`: the number. `FIELDTAP_INSTANT`, `FIELDTAP_WALL_CLOCK`, `FIELDTAP_DURATION`: nanoseconds.
    pub integer: i64,
    /// `FIELDTAP_SINGLE`, `FIELDTAP_DOUBLE`: the number.
    pub real: f64,
    /// `FIELDTAP_TEXT`, `FIELDTAP_OCTETS`, `FIELDTAP_SYMBOL`: the octets, not ended by a null. `FIELDTAP_CODE`: the name, or
    /// null.
    pub octets: *const u8,
    /// How many octets. `FIELDTAP_LIST`: how many values; see `fieldtap_row_element`.
    pub length: usize,
    /// `FIELDTAP_MAC`, `FIELDTAP_IP`: the address, in the order of the wire.
    pub address: [u8; 16],
}

impl Value {
    const NULL: Self = Self {
        kind: FIELDTAP_NULL,
        address_length: 0,
        number: 0,
        integer: 0,
        real: 0.0,
        octets: core::ptr::null(),
        length: 0,
        address: [0; 16],
    };

    fn new(field: Field<'_>) -> Self {
        let of = |kind| Self { kind, ..Self::NULL };
        let number = |kind, number| Self { number, ..of(kind) };
        let integer = |kind, integer| Self { integer, ..of(kind) };
        let octets = |kind, octets: &[u8]| Self { octets: octets.as_ptr(), length: octets.len(), ..of(kind) };
        match field {
            Field::Null => Self::NULL,
            Field::Bool(value) => number(FIELDTAP_BOOL, value.into()),
            Field::Unsigned(value) => number(FIELDTAP_UNSIGNED, value),
            Field::Signed(value) => integer(FIELDTAP_SIGNED, value),
            Field::F32(value) => Self { real: value.into(), ..of(FIELDTAP_SINGLE) },
            Field::F64(value) => Self { real: value, ..of(FIELDTAP_DOUBLE) },
            Field::Text(value) => octets(FIELDTAP_TEXT, value.0),
            Field::Bytes(value) => octets(FIELDTAP_OCTETS, value),
            Field::Symbol(value) => octets(FIELDTAP_SYMBOL, value.as_bytes()),
            Field::Instant(value) => integer(FIELDTAP_INSTANT, value),
            Field::WallClock(value) => integer(FIELDTAP_WALL_CLOCK, value),
            Field::Duration(value) => integer(FIELDTAP_DURATION, value),
            Field::Mac(value) => Self::address(FIELDTAP_MAC, &value.0),
            Field::Ip(IpAddr::V4(value)) => Self::address(FIELDTAP_IP, &value.octets()),
            Field::Ip(IpAddr::V6(value)) => Self::address(FIELDTAP_IP, &value.octets()),
            Field::Code { value, name } => {
                let name = name.map_or(of(FIELDTAP_CODE), |name| octets(FIELDTAP_CODE, name.as_bytes()));
                Self { number: value, ..name }
            }
            Field::List(values) => Self { length: values.len(), ..of(FIELDTAP_LIST) },
        }
    }

    fn address(kind: u32, octets: &[u8]) -> Self {
        let mut value = Self { kind, address_length: octets.len() as u32, ..Self::NULL };
        value.address.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
        value
    }
}

/// Takes one row, with what was given as `user`. Returns what is wanted next: `FIELDTAP_OK` to go on, `FIELDTAP_LEAVE` to
/// have no more of this conversation, `FIELDTAP_STOP` to stop. It must not throw, nor use the handle that called it.
pub type RowCallback = Option<unsafe extern "C" fn(user: *mut c_void, row: *const Row<'_>) -> Status>;

/// A callback as the core's sink.
pub(crate) struct Callback {
    call: unsafe extern "C" fn(user: *mut c_void, row: *const Row<'_>) -> Status,
    user: *mut c_void,
    tables: Option<Vec<&'static Shape>>,
}

impl Callback {
    pub(crate) fn new(call: RowCallback, user: *mut c_void, settings: &Settings) -> Result<Self, Problem> {
        let call = call.ok_or_else(|| Problem::null("callback"))?;
        Ok(Self { call, user, tables: settings.tables.clone() })
    }
}

impl Sink for Callback {
    fn row(&mut self, envelope: &Envelope, row: &dyn AnyRow) -> Verdict {
        let row = Row { envelope, row };
        // SAFETY: Who made the handle promised that the callback may be called with `user` as long as the handle lives.
        match unsafe { (self.call)(self.user, &raw const row) } {
            FIELDTAP_LEAVE => Verdict::Leave,
            FIELDTAP_STOP => Verdict::Stop,
            _ => Verdict::GoOn,
        }
    }
    fn wants(&self, table: &'static Shape) -> bool {
        self.tables.as_ref().is_none_or(|tables| tables.contains(&table))
    }
}

/// What a verdict of the core is in C.
pub(crate) fn verdict(verdict: Verdict) -> Status {
    match verdict {
        Verdict::GoOn => FIELDTAP_OK,
        Verdict::Leave => FIELDTAP_LEAVE,
        Verdict::Stop => FIELDTAP_STOP,
    }
}

/// The table of a row; null if it is null.
///
/// # Safety
///
/// `row` is null, or was given to a callback that has not returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_row_table(row: *const Row<'_>) -> *const Table {
    // SAFETY: Promised by the caller.
    unsafe { row.as_ref() }.map_or(core::ptr::null(), |row| Table::pointer(row.row.table()))
}

fn field<'a>(row: &Row<'a>, column: usize) -> Result<Field<'a>, Problem> {
    let table = row.row.table();
    if crate::tables::column(table, column).is_none() {
        let message = format!("the table {} has no column {column}", table.name);
        return Err(Problem(FIELDTAP_ERROR_INDEX, message));
    }
    let envelope = Envelope::COLUMNS.len();
    Ok(column.checked_sub(envelope).map_or_else(|| row.envelope.field(column), |index| row.row.field(index)))
}

/// Reads the value in the column of this index, from 0; those of the envelope come first.
///
/// # Safety
///
/// `row` is null, or was given to a callback that has not returned; `value` is null or points to room for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_row_value(row: *const Row<'_>, column: usize, value: *mut Value) -> Status {
    guarded(|| {
        // SAFETY: Promised by the caller.
        let field = field(unsafe { given(row, "row")? }, column)?;
        // SAFETY: Promised by the caller.
        unsafe { put(value, Value::new(field))? };
        Ok(FIELDTAP_OK)
    })
}

/// Reads one value, of this index from 0, of the list in a column.
///
/// # Safety
///
/// As `fieldtap_row_value`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_row_element(
    row: *const Row<'_>,
    column: usize,
    index: usize,
    value: *mut Value,
) -> Status {
    guarded(|| {
        // SAFETY: Promised by the caller.
        let row = unsafe { given(row, "row")? };
        let Field::List(list) = field(row, column)? else {
            return Err(Problem(FIELDTAP_ERROR_INDEX, format!("column {column} holds no list here")));
        };
        if index >= list.len() {
            return Err(Problem(FIELDTAP_ERROR_INDEX, format!("the list has no value {index}")));
        }
        // SAFETY: Promised by the caller.
        unsafe { put(value, Value::new(list.get(index)))? };
        Ok(FIELDTAP_OK)
    })
}
