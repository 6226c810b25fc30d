//! What tables and protocols there are, described at run time.
use crate::status::{
    FIELDTAP_ERROR_INDEX, FIELDTAP_ERROR_NAME, FIELDTAP_OK, Problem, Status, given, put, status, text,
};
use core::ffi::c_char;
use fieldtap::{
    common::TABLES,
    protocol::Toward,
    protocols::{PROTOCOLS, named},
    record::{ColumnInfo, Element, Envelope, Kind, Table as Shape},
};
use std::sync::LazyLock;

/// A table: pointers to the same table are equal.
pub struct Table {
    _opaque: [u8; 0],
}

/// A protocol: pointers to the same protocol are equal.
pub struct Protocol {
    _opaque: [u8; 0],
}

/// Text of the library, not ended by a null.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    /// Its octets, in UTF-8; null if there is none.
    pub octets: *const u8,
    /// How many.
    pub length: usize,
}

impl From<&'static str> for Str {
    fn from(text: &'static str) -> Self {
        Self { octets: text.as_ptr(), length: text.len() }
    }
}

impl From<Option<&'static str>> for Str {
    fn from(text: Option<&'static str>) -> Self {
        text.map_or(Self { octets: core::ptr::null(), length: 0 }, Self::from)
    }
}

/// A column of a table.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: Str,
    /// What it holds.
    pub doc: Str,
    /// Unit of its values, where the kind does not say it.
    pub unit: Str,
    /// Kind of its values, one of `FIELDTAP_BOOL` and its like; of a list, `FIELDTAP_LIST`.
    pub kind: u32,
    /// Kind of the values of a list.
    pub element_kind: u32,
    /// Octets of a number or a code: 1, 2, 4 or 8; 0 where it is none.
    pub width: u32,
    /// 1 if a value may be absent, 0 if not.
    pub nullable: u32,
}

/// No value.
pub const FIELDTAP_NULL: u32 = 0;
/// True or false.
pub const FIELDTAP_BOOL: u32 = 1;
/// An unsigned integer.
pub const FIELDTAP_UNSIGNED: u32 = 2;
/// A signed integer.
pub const FIELDTAP_SIGNED: u32 = 3;
/// A real number in single precision.
pub const FIELDTAP_SINGLE: u32 = 4;
/// A real number in double precision.
pub const FIELDTAP_DOUBLE: u32 = 5;
/// Text as it stood on the wire: most often UTF-8.
pub const FIELDTAP_TEXT: u32 = 6;
/// Octets.
pub const FIELDTAP_OCTETS: u32 = 7;
/// One of few words that the library knows.
pub const FIELDTAP_SYMBOL: u32 = 8;
/// Nanoseconds since 1970-01-01 UTC.
pub const FIELDTAP_INSTANT: u32 = 9;
/// Nanoseconds since 1970-01-01 on a clock whose zone is not known.
pub const FIELDTAP_WALL_CLOCK: u32 = 10;
/// Nanoseconds.
pub const FIELDTAP_DURATION: u32 = 11;
/// A MAC address.
pub const FIELDTAP_MAC: u32 = 12;
/// An IPv4 or IPv6 address.
pub const FIELDTAP_IP: u32 = 13;
/// A code of the wire: a number, and its name where it is known.
pub const FIELDTAP_CODE: u32 = 14;
/// Several values.
pub const FIELDTAP_LIST: u32 = 15;

/// The octets are no PDU of the protocol.
pub const FIELDTAP_PROBE_NO: i32 = 0;
/// They may be one: it fits, but by chance others could.
pub const FIELDTAP_PROBE_POSSIBLE: i32 = 1;
/// They are: a checksum holds, a strong signature fits, or two PDUs follow one another.
pub const FIELDTAP_PROBE_CERTAIN: i32 = 2;
/// They are too few to tell.
pub const FIELDTAP_PROBE_MORE: i32 = 3;

/// The messages go toward the server: the one that is asked, the controlled station.
pub const FIELDTAP_TOWARD_SERVER: u32 = 0;
/// The messages go toward the client: the one that asks, the controlling station.
pub const FIELDTAP_TOWARD_CLIENT: u32 = 1;
/// It is not known where the messages go.
pub const FIELDTAP_TOWARD_UNKNOWN: u32 = 2;

static ALL: LazyLock<Vec<&'static Shape>> = LazyLock::new(|| {
    let mut all: Vec<&'static Shape> = TABLES.iter().map(|table| table()).collect();
    for table in PROTOCOLS.iter().flat_map(|protocol| protocol.tables) {
        let table = table();
        if !all.contains(&table) {
            all.push(table);
        }
    }
    all
});

impl Table {
    /// How C knows a table.
    pub(crate) fn pointer(shape: &'static Shape) -> *const Self {
        core::ptr::from_ref(shape).cast()
    }
    /// The table that a pointer stands for.
    ///
    /// # Safety
    ///
    /// `table` is null or came from [`Table::pointer`].
    unsafe fn shape(table: *const Self) -> Result<&'static Shape, Problem> {
        // SAFETY: It points to a `Shape` that is a `static`; a `Table` is only its name in C.
        unsafe { given(table.cast::<Shape>(), "table") }
    }
}

impl Protocol {
    /// The protocol that a pointer stands for.
    ///
    /// # Safety
    ///
    /// `protocol` is null or came from this library.
    pub(crate) unsafe fn known(
        protocol: *const Self,
    ) -> Result<&'static fieldtap::protocol::Protocol, Problem> {
        // SAFETY: It points to a protocol that is a `static`; a `Protocol` is only its name in C.
        unsafe { given(protocol.cast::<fieldtap::protocol::Protocol>(), "protocol") }
    }
}

/// The protocol of this name.
pub(crate) fn protocol(name: &str) -> Result<&'static fieldtap::protocol::Protocol, Problem> {
    named(name).ok_or_else(|| Problem(FIELDTAP_ERROR_NAME, format!("no protocol is named {name:?}")))
}

/// The tables that a name stands for.
pub(crate) fn group(name: &str) -> Result<Vec<&'static Shape>, Problem> {
    let is_common = |table: &&'static Shape| TABLES.iter().any(|common| common() == *table);
    let all = ALL.iter().copied();
    let found: Vec<&'static Shape> = match name {
        "common" => all.filter(is_common).collect(),
        "messages" => all.filter(|table| !is_common(table)).collect(),
        _ => all.filter(|table| table.name == name).collect(),
    };
    if found.is_empty() {
        return Err(Problem(FIELDTAP_ERROR_NAME, format!("no table is named {name:?}")));
    }
    Ok(found)
}

/// The column of a row: those of the envelope come first.
pub(crate) fn column(table: &'static Shape, index: usize) -> Option<&'static ColumnInfo> {
    let envelope = Envelope::COLUMNS;
    match index.checked_sub(envelope.len()) {
        None => envelope.get(index),
        Some(index) => table.columns.get(index),
    }
}

/// Number of tables.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_table_count() -> usize {
    ALL.len()
}

/// The table of this index, from 0; null beyond the last.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_table_at(index: usize) -> *const Table {
    ALL.get(index).map_or(core::ptr::null(), |table| Table::pointer(table))
}

/// The table of this name; null if there is none.
///
/// # Safety
///
/// `name` is null or ends with a null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_table_named(name: *const c_char) -> *const Table {
    // SAFETY: Promised by the caller.
    let Ok(name) = (unsafe { text(name, "name") }) else { return core::ptr::null() };
    ALL.iter().find(|table| table.name == name).map_or(core::ptr::null(), |table| Table::pointer(table))
}

/// The name of a table; none if it is null.
///
/// # Safety
///
/// `table` is null or came from this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_table_name(table: *const Table) -> Str {
    // SAFETY: Promised by the caller.
    Str::from(unsafe { Table::shape(table) }.ok().map(|table| table.name))
}

/// What one row of a table is; none if it is null.
///
/// # Safety
///
/// `table` is null or came from this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_table_doc(table: *const Table) -> Str {
    // SAFETY: Promised by the caller.
    Str::from(unsafe { Table::shape(table) }.ok().map(|table| table.doc))
}

/// Number of columns of a table, with those of the envelope, which are the same in each table and come first; 0 if it is
/// null.
///
/// # Safety
///
/// `table` is null or came from this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_table_columns(table: *const Table) -> usize {
    // SAFETY: Promised by the caller.
    unsafe { Table::shape(table) }.map_or(0, |table| Envelope::COLUMNS.len() + table.columns.len())
}

/// Describes the column of this index, from 0.
///
/// # Safety
///
/// `table` is null or came from this library; `description` is null or points to room for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_table_column(
    table: *const Table,
    index: usize,
    description: *mut Column,
) -> Status {
    // SAFETY: Promised by the caller.
    status(unsafe { Table::shape(table) }.and_then(|table| {
        let info = column(table, index).ok_or_else(|| {
            Problem(FIELDTAP_ERROR_INDEX, format!("the table {} has no column {index}", table.name))
        })?;
        // SAFETY: Promised by the caller.
        unsafe { put(description, described(info))? };
        Ok(FIELDTAP_OK)
    }))
}

/// The index of the column of this name, from 0; -1 if there is none. To be asked once, not for each row.
///
/// # Safety
///
/// `table` is null or came from this library; `name` is null or ends with a null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_table_column_named(table: *const Table, name: *const c_char) -> isize {
    // SAFETY: Promised by the caller.
    let (Ok(table), Ok(name)) = (unsafe { (Table::shape(table), text(name, "name")) }) else { return -1 };
    let mut all = Envelope::COLUMNS.iter().chain(table.columns);
    all.position(|column| column.name == name).and_then(|index| isize::try_from(index).ok()).unwrap_or(-1)
}

fn described(info: &'static ColumnInfo) -> Column {
    let (kind, width) = match info.kind {
        Kind::Bool => (FIELDTAP_BOOL, 0),
        Kind::U8 => (FIELDTAP_UNSIGNED, 1),
        Kind::U16 => (FIELDTAP_UNSIGNED, 2),
        Kind::U32 => (FIELDTAP_UNSIGNED, 4),
        Kind::U64 => (FIELDTAP_UNSIGNED, 8),
        Kind::I8 => (FIELDTAP_SIGNED, 1),
        Kind::I16 => (FIELDTAP_SIGNED, 2),
        Kind::I32 => (FIELDTAP_SIGNED, 4),
        Kind::I64 => (FIELDTAP_SIGNED, 8),
        Kind::F32 => (FIELDTAP_SINGLE, 4),
        Kind::F64 => (FIELDTAP_DOUBLE, 8),
        Kind::Text => (FIELDTAP_TEXT, 0),
        Kind::Bytes => (FIELDTAP_OCTETS, 0),
        Kind::Symbol => (FIELDTAP_SYMBOL, 0),
        Kind::Instant => (FIELDTAP_INSTANT, 8),
        Kind::WallClock => (FIELDTAP_WALL_CLOCK, 8),
        Kind::Duration => (FIELDTAP_DURATION, 8),
        Kind::Mac => (FIELDTAP_MAC, 0),
        Kind::Ip => (FIELDTAP_IP, 0),
        Kind::Code { width, .. } => (FIELDTAP_CODE, width.into()),
        Kind::List(_) => (FIELDTAP_LIST, 0),
    };
    let element_kind = match info.kind {
        Kind::List(Element::Bool) => FIELDTAP_BOOL,
        Kind::List(Element::U16 | Element::U32) => FIELDTAP_UNSIGNED,
        Kind::List(Element::I16) => FIELDTAP_SIGNED,
        Kind::List(Element::F32) => FIELDTAP_SINGLE,
        Kind::List(Element::F64) => FIELDTAP_DOUBLE,
        _ => FIELDTAP_NULL,
    };
    Column {
        name: info.name.into(),
        doc: info.doc.into(),
        unit: info.unit.into(),
        kind,
        element_kind,
        width,
        nullable: info.nullable.into(),
    }
}

/// Number of protocols.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_protocol_count() -> usize {
    PROTOCOLS.len()
}

/// The protocol of this index, from 0; null beyond the last.
#[unsafe(no_mangle)]
pub extern "C" fn fieldtap_protocol_at(index: usize) -> *const Protocol {
    PROTOCOLS.get(index).map_or(core::ptr::null(), |protocol| core::ptr::from_ref(*protocol).cast())
}

/// The protocol of this name; null if there is none.
///
/// # Safety
///
/// `name` is null or ends with a null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_protocol_named(name: *const c_char) -> *const Protocol {
    // SAFETY: Promised by the caller.
    let Ok(name) = (unsafe { text(name, "name") }) else { return core::ptr::null() };
    named(name).map_or(core::ptr::null(), |protocol| core::ptr::from_ref(protocol).cast())
}

/// The name of a protocol, as in the column `protocol`; none if it is null.
///
/// # Safety
///
/// `protocol` is null or came from this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_protocol_name(protocol: *const Protocol) -> Str {
    // SAFETY: Promised by the caller.
    Str::from(unsafe { Protocol::known(protocol) }.ok().map(|protocol| protocol.name))
}

/// The name of a protocol for people; none if it is null.
///
/// # Safety
///
/// `protocol` is null or came from this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_protocol_title(protocol: *const Protocol) -> Str {
    // SAFETY: Promised by the caller.
    Str::from(unsafe { Protocol::known(protocol) }.ok().map(|protocol| protocol.title))
}

/// Whether octets, from the beginning of a stream or a datagram on, are of this protocol: one of `FIELDTAP_PROBE_NO` and
/// its like. `toward` is one of `FIELDTAP_TOWARD_SERVER` and its like.
///
/// # Safety
///
/// `protocol` is null or came from this library; `octets` points to `length` octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_protocol_probe(
    protocol: *const Protocol,
    toward: u32,
    octets: *const u8,
    length: usize,
) -> Status {
    // SAFETY: Promised by the caller.
    let asked = unsafe { (Protocol::known(protocol), crate::status::octets(octets, length)) };
    crate::handle::guarded(|| {
        let (protocol, octets) = (asked.0?, asked.1?);
        Ok(match protocol.dissector.probe(octets, self::toward(toward)?) {
            fieldtap::protocol::Probe::No => FIELDTAP_PROBE_NO,
            fieldtap::protocol::Probe::Possible => FIELDTAP_PROBE_POSSIBLE,
            fieldtap::protocol::Probe::Certain => FIELDTAP_PROBE_CERTAIN,
            fieldtap::protocol::Probe::More(_) => FIELDTAP_PROBE_MORE,
        })
    })
}

/// Where messages go, as C says it.
pub(crate) fn toward(toward: u32) -> Result<Option<Toward>, Problem> {
    match toward {
        FIELDTAP_TOWARD_SERVER => Ok(Some(Toward::Server)),
        FIELDTAP_TOWARD_CLIENT => Ok(Some(Toward::Client)),
        FIELDTAP_TOWARD_UNKNOWN => Ok(None),
        other => {
            Err(Problem(crate::status::FIELDTAP_ERROR_VALUE, format!("{other} says not where messages go")))
        }
    }
}
