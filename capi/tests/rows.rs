//! Rows by the C ABI are the rows that the core gives, on every capture of the corpus.

use core::ffi::{CStr, c_void};
use fieldtap::{
    Config, Engine, Frame,
    record::{Envelope, Field, Row, Sink, Verdict},
};
use fieldtap_capi::*;
use std::{
    fmt::Write,
    path::{Path, PathBuf},
    ptr::{null, null_mut},
};

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            captures(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng") {
            found.push(path);
        }
    }
}

fn corpus() -> Vec<PathBuf> {
    let mut found = Vec::new();
    captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus"), &mut found);
    assert!(found.len() > 10);
    found
}

fn hexadecimal(kind: &str, octets: &[u8]) -> String {
    octets.iter().fold(format!("{kind} "), |mut text, octet| {
        write!(text, "{octet:02x}").expect("memory is there");
        text
    })
}

/// A value as the core has it.
fn of_core(field: Field<'_>) -> String {
    match field {
        Field::Null => "null".into(),
        Field::Bool(value) => format!("bool {}", u8::from(value)),
        Field::Unsigned(value) => format!("unsigned {value}"),
        Field::Signed(value) => format!("signed {value}"),
        Field::F32(value) => format!("single {:x}", f64::from(value).to_bits()),
        Field::F64(value) => format!("double {:x}", value.to_bits()),
        Field::Text(value) => hexadecimal("text", value.0),
        Field::Bytes(value) => hexadecimal("octets", value),
        Field::Symbol(value) => hexadecimal("symbol", value.as_bytes()),
        Field::Instant(value) => format!("instant {value}"),
        Field::WallClock(value) => format!("wall clock {value}"),
        Field::Duration(value) => format!("duration {value}"),
        Field::Mac(value) => hexadecimal("mac", &value.0),
        Field::Ip(std::net::IpAddr::V4(value)) => hexadecimal("ip", &value.octets()),
        Field::Ip(std::net::IpAddr::V6(value)) => hexadecimal("ip", &value.octets()),
        Field::Code { value, name } => {
            hexadecimal(&format!("code {value}"), name.map(str::as_bytes).unwrap_or_default())
        }
        Field::List(values) => values.iter().map(of_core).collect::<Vec<_>>().join(", "),
    }
}

/// A value as C reads it.
fn of_c(row: *const fieldtap_capi::Row<'_>, column: usize, value: &Value) -> String {
    let octets = match value.octets.is_null() {
        true => &[],
        // SAFETY: The library says that so many octets are there.
        false => unsafe { core::slice::from_raw_parts(value.octets, value.length) },
    };
    let address = &value.address[..value.address_length as usize];
    match value.kind {
        FIELDTAP_NULL => "null".into(),
        FIELDTAP_BOOL => format!("bool {}", value.number),
        FIELDTAP_UNSIGNED => format!("unsigned {}", value.number),
        FIELDTAP_SIGNED => format!("signed {}", value.integer),
        FIELDTAP_SINGLE => format!("single {:x}", value.real.to_bits()),
        FIELDTAP_DOUBLE => format!("double {:x}", value.real.to_bits()),
        FIELDTAP_TEXT => hexadecimal("text", octets),
        FIELDTAP_OCTETS => hexadecimal("octets", octets),
        FIELDTAP_SYMBOL => hexadecimal("symbol", octets),
        FIELDTAP_INSTANT => format!("instant {}", value.integer),
        FIELDTAP_WALL_CLOCK => format!("wall clock {}", value.integer),
        FIELDTAP_DURATION => format!("duration {}", value.integer),
        FIELDTAP_MAC => hexadecimal("mac", address),
        FIELDTAP_IP => hexadecimal("ip", address),
        FIELDTAP_CODE => hexadecimal(&format!("code {}", value.number), octets),
        FIELDTAP_LIST => {
            let element = |index| {
                of_c(
                    row,
                    column,
                    &read(|value| {
                        // SAFETY: The row is that of the callback, which has not returned.
                        unsafe { fieldtap_row_element(row, column, index, value) }
                    }),
                )
            };
            (0..value.length).map(element).collect::<Vec<_>>().join(", ")
        }
        kind => panic!("kind {kind} is not known"),
    }
}

fn read(ask: impl FnOnce(*mut Value) -> Status) -> Value {
    let mut value = core::mem::MaybeUninit::uninit();
    assert_eq!(ask(value.as_mut_ptr()), FIELDTAP_OK);
    // SAFETY: What was done has written it.
    unsafe { value.assume_init() }
}

struct Core(Vec<String>);

impl Sink for Core {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let columns = row.table().columns.len();
        let fields = (0..Envelope::COLUMNS.len()).map(|index| envelope.field(index));
        let all = fields.chain((0..columns).map(|index| row.field(index))).map(of_core);
        self.0.push(format!("{}: {}", row.table().name, all.collect::<Vec<_>>().join(" | ")));
        Verdict::GoOn
    }
}

unsafe extern "C" fn collect(user: *mut c_void, row: *const fieldtap_capi::Row<'_>) -> Status {
    // SAFETY: `user` is the vector that the test gave with this callback; the row lasts until it returns.
    let (rows, table, columns) = unsafe {
        let table = fieldtap_row_table(row);
        (&mut *user.cast::<Vec<String>>(), table, fieldtap_table_columns(table))
    };
    let value = |column| {
        // SAFETY: As above.
        of_c(row, column, &read(|value| unsafe { fieldtap_row_value(row, column, value) }))
    };
    // SAFETY: The name of a table is text of the library.
    let name = unsafe {
        let name = fieldtap_table_name(table);
        core::str::from_utf8(core::slice::from_raw_parts(name.octets, name.length)).expect("UTF-8")
    };
    rows.push(format!("{name}: {}", (0..columns).map(value).collect::<Vec<_>>().join(" | ")));
    FIELDTAP_OK
}

/// All rows of a capture, by the core and by the C ABI.
fn both(path: &Path) -> [Vec<String>; 2] {
    let Ok(mut reader) = fieldtap_capture::Reader::open(path) else { return [Vec::new(), Vec::new()] };
    let mut core = Core(Vec::new());
    let mut engine = Engine::new(Config { every_message: true, ..Config::default() });
    let mut rows: Vec<String> = Vec::new();
    let (mut config, mut of_c) = (null_mut(), null_mut());
    // SAFETY: The pointers are those of this function, and live to its end.
    unsafe {
        assert_eq!(fieldtap_config_new(&raw mut config), FIELDTAP_OK);
        assert_eq!(fieldtap_config_set(config, c"every_message".as_ptr(), c"true".as_ptr()), FIELDTAP_OK);
        let user = (&raw mut rows).cast();
        assert_eq!(fieldtap_engine_new(&raw mut of_c, config, Some(collect), user), FIELDTAP_OK);
        fieldtap_config_free(&raw mut config);
    }
    assert!(config.is_null());
    // Some captures of the corpus are damaged on purpose: what comes before is read.
    while let Ok(Some(frame)) = reader.next() {
        let Frame { number, ts, link_type, original_len, data } = frame;
        engine.frame(&frame, &mut core);
        let frame = fieldtap_capi::Frame {
            number,
            time: ts,
            octets: data.as_ptr(),
            length: data.len(),
            original_length: original_len,
            link_type: link_type.0,
        };
        // SAFETY: The frame lives longer than the call.
        assert_eq!(unsafe { fieldtap_engine_frame(of_c, &raw const frame) }, FIELDTAP_OK);
    }
    engine.finish(&mut core);
    // SAFETY: The engine came from `fieldtap_engine_new`.
    unsafe {
        assert_eq!(fieldtap_engine_finish(of_c), FIELDTAP_OK);
        let mut counters = Counters::default();
        assert_eq!(fieldtap_engine_counters(of_c, &raw mut counters), FIELDTAP_OK);
        assert_eq!(counters.frames, engine.counters().frames);
        fieldtap_engine_free(&raw mut of_c);
    }
    [core.0, rows]
}

#[test]
fn rows_are_those_of_the_core() {
    let mut all = 0;
    for path in corpus() {
        let [core, c] = both(&path);
        assert_eq!(core.len(), c.len(), "{}", path.display());
        for (core, c) in core.iter().zip(&c) {
            assert_eq!(core, c, "{}", path.display());
        }
        all += c.len();
    }
    println!("{all} rows");
    assert!(all > 1000);
}

unsafe extern "C" fn stop(_: *mut c_void, _: *const fieldtap_capi::Row<'_>) -> Status {
    FIELDTAP_STOP
}

fn message() -> String {
    // SAFETY: The library gives text that ends with a null.
    unsafe { CStr::from_ptr(fieldtap_error_message()) }.to_string_lossy().into_owned()
}

const ASK: &[u8] = b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01";

#[test]
fn what_cannot_be_done_is_said() {
    let mark = Mark { frame: 1, time: 0, file: 0 };
    // SAFETY: Every pointer is null or one of this function.
    unsafe {
        assert_eq!(fieldtap_engine_frame(null_mut(), null()), FIELDTAP_ERROR_NULL);
        assert_eq!(message(), "engine is null");
        let mut engine = null_mut();
        assert_eq!(fieldtap_engine_new(&raw mut engine, null(), None, null_mut()), FIELDTAP_ERROR_NULL);
        assert_eq!(fieldtap_engine_new(&raw mut engine, null(), Some(stop), null_mut()), FIELDTAP_OK);
        assert_eq!(fieldtap_engine_frame(engine, null()), FIELDTAP_ERROR_NULL);
        fieldtap_engine_free(&raw mut engine);
        assert!(engine.is_null());
        // A freed handle is a null one, and may be freed again.
        assert_eq!(fieldtap_engine_finish(engine), FIELDTAP_ERROR_NULL);
        fieldtap_engine_free(&raw mut engine);

        let mut config = null_mut();
        assert_eq!(fieldtap_config_new(&raw mut config), FIELDTAP_OK);
        let set = |name: &CStr, value: &CStr| fieldtap_config_set(config, name.as_ptr(), value.as_ptr());
        assert_eq!(set(c"no_such", c"1"), FIELDTAP_ERROR_NAME);
        assert_eq!(set(c"conversations", c"many"), FIELDTAP_ERROR_VALUE);
        assert_eq!(message(), "conversations = \"many\": a number is expected");
        assert_eq!(set(c"checksums", c"check"), FIELDTAP_OK);
        assert_eq!(set(c"conversations", c"1000"), FIELDTAP_OK);
        assert_eq!(fieldtap_config_add_protocol(config, c"no_such".as_ptr()), FIELDTAP_ERROR_NAME);
        assert_eq!(fieldtap_config_add_table(config, c"no_such".as_ptr()), FIELDTAP_ERROR_NAME);
        assert_eq!(fieldtap_config_add_table(config, c"messages".as_ptr()), FIELDTAP_OK);

        let protocol = fieldtap_protocol_named(c"modbus".as_ptr());
        let mut session = null_mut();
        let new = |session, protocol| {
            fieldtap_session_new(session, config, protocol, null(), null(), Some(stop), null_mut())
        };
        assert_eq!(new(&raw mut session, null()), FIELDTAP_ERROR_NULL);
        assert_eq!(new(&raw mut session, protocol), FIELDTAP_OK);
        let buffer = Buffer { octets: ASK.as_ptr(), length: ASK.len() };
        let feed = |toward, buffer: *const Buffer| {
            fieldtap_session_feed(session, toward, &raw const mark, buffer, 1)
        };
        assert_eq!(feed(9, &raw const buffer), FIELDTAP_ERROR_VALUE);
        assert_eq!(feed(FIELDTAP_TOWARD_SERVER, null()), FIELDTAP_ERROR_NULL);
        assert_eq!(feed(FIELDTAP_TOWARD_SERVER, &raw const buffer), FIELDTAP_STOP);
        let mut tally = Tally::default();
        assert_eq!(fieldtap_session_tally(session, FIELDTAP_TOWARD_SERVER, &raw mut tally), FIELDTAP_OK);
        assert_eq!((tally.messages, tally.dissected), (1, ASK.len() as u64));
        fieldtap_session_free(&raw mut session);
        fieldtap_config_free(&raw mut config);
    }
}

#[test]
fn tables_and_protocols_describe_themselves() {
    // SAFETY: Every pointer came from the library, or is null.
    unsafe {
        for index in 0..fieldtap_table_count() {
            let table = fieldtap_table_at(index);
            for column in 0..fieldtap_table_columns(table) {
                let mut description = core::mem::MaybeUninit::<Column>::uninit();
                assert_eq!(fieldtap_table_column(table, column, description.as_mut_ptr()), FIELDTAP_OK);
                let description = description.assume_init();
                assert_ne!(description.kind, FIELDTAP_NULL);
                assert!(description.doc.length > 0);
            }
            let beyond = fieldtap_table_columns(table);
            assert_eq!(fieldtap_table_column(table, beyond, null_mut()), FIELDTAP_ERROR_INDEX);
        }
        assert!(fieldtap_table_at(fieldtap_table_count()).is_null());
        let modbus = fieldtap_table_named(c"modbus".as_ptr());
        assert_eq!(fieldtap_table_column_named(modbus, c"frame".as_ptr()), 1);
        assert_eq!(fieldtap_table_column_named(modbus, c"no_such".as_ptr()), -1);
        assert!(fieldtap_table_named(null()).is_null());
        for index in 0..fieldtap_protocol_count() {
            let protocol = fieldtap_protocol_at(index);
            assert!(fieldtap_protocol_name(protocol).length > 0);
            assert!(fieldtap_protocol_title(protocol).length > 0);
        }
        let protocol = fieldtap_protocol_named(c"modbus".as_ptr());
        let probe = |octets: &[u8]| {
            fieldtap_protocol_probe(protocol, FIELDTAP_TOWARD_SERVER, octets.as_ptr(), octets.len())
        };
        assert_eq!(probe(&ASK[..3]), FIELDTAP_PROBE_MORE);
        assert_eq!(probe(ASK), FIELDTAP_PROBE_POSSIBLE);
        assert_eq!(probe(b"GET / HTTP/1.1\r\n"), FIELDTAP_PROBE_NO);
    }
}

unsafe extern "C" fn again(user: *mut c_void, _: *const fieldtap_capi::Row<'_>) -> Status {
    // SAFETY: `user` is where the test keeps the handle.
    let session = unsafe { *user.cast::<*mut Session>() };
    let mark = Mark { frame: 1, time: 0, file: 0 };
    // SAFETY: The handle lives; that it is in use is what is tested.
    let status = unsafe { fieldtap_session_advance(session, &raw const mark) };
    assert_eq!(status, FIELDTAP_ERROR_BUSY);
    FIELDTAP_OK
}

#[test]
fn a_callback_cannot_use_its_handle() {
    let (mut session, mark): (*mut Session, _) = (null_mut(), Mark { frame: 1, time: 0, file: 0 });
    let buffer = Buffer { octets: ASK.as_ptr(), length: ASK.len() };
    // SAFETY: Every pointer is one of this function.
    unsafe {
        let protocol = fieldtap_protocol_named(c"modbus".as_ptr());
        let user = (&raw mut session).cast();
        let made =
            fieldtap_session_new(&raw mut session, null(), protocol, null(), null(), Some(again), user);
        assert_eq!(made, FIELDTAP_OK);
        let fed =
            fieldtap_session_feed(session, FIELDTAP_TOWARD_SERVER, &raw const mark, &raw const buffer, 1);
        assert_eq!(fed, FIELDTAP_OK);
        assert_eq!(fieldtap_session_finish(session, &raw const mark), FIELDTAP_OK);
        fieldtap_session_free(&raw mut session);
    }
}
