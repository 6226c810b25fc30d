//! Rows by the C ABI are the lines that the command writes, on every capture of the corpus; and what is said of misuse.

use core::ffi::{CStr, c_void};
use fieldtap::{Frame, record::Text};
use fieldtap_capi::*;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    ptr::{null, null_mut},
};

/// Captures of each kind from outside.
const OF_KIND: usize = 12;

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            captures(&path, found);
        } else if path.file_name().is_some_and(|name| name.to_string_lossy().contains(".pcap")) {
            found.push(path);
        }
    }
}

/// All captures of the corpus.
fn corpus() -> Vec<PathBuf> {
    let mut found = Vec::new();
    captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus"), &mut found);
    found.sort();
    assert!(found.len() > 100);
    found
}

/// The octets of a text of the library.
fn octets<'a>(octets: *const u8, length: usize) -> &'a [u8] {
    match octets.is_null() {
        true => &[],
        // SAFETY: The library says that so many octets are there; the tests use them before they go.
        false => unsafe { core::slice::from_raw_parts(octets, length) },
    }
}

fn name(text: Str) -> &'static str {
    core::str::from_utf8(octets(text.octets, text.length)).expect("names are UTF-8")
}

fn string(text: impl std::fmt::Display) -> String {
    serde_json::Value::from(text.to_string()).to_string()
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").expect("memory is there");
        text
    })
}

/// RFC 3339 without a zone, with nine digits behind the second.
fn date_and_time(nanoseconds: i64) -> String {
    const DAY: i64 = 86_400_000_000_000;
    let (mut days, rest) = (nanoseconds.div_euclid(DAY), nanoseconds.rem_euclid(DAY));
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_year = |year| 365 + i64::from(is_leap(year));
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += of_year(year);
    }
    while days >= of_year(year) {
        days -= of_year(year);
        year += 1;
    }
    let february = 28 + i64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (seconds, rest) = (rest / 1_000_000_000, rest % 1_000_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{rest:09}", days + 1)
}

/// A number as JSON has it, or the string that stands where JSON has none.
fn real(number: f64, is_single: bool) -> String {
    let text =
        if is_single { serde_json::to_string(&(number as f32)) } else { serde_json::to_string(&number) };
    match number {
        _ if number.is_nan() => "\"NaN\"".into(),
        f64::INFINITY => "\"Infinity\"".into(),
        f64::NEG_INFINITY => "\"-Infinity\"".into(),
        _ => text.expect("it is a number"),
    }
}

/// The value of a row's column as JSON lines have it: what `docs/src/formats.md` says of each kind.
fn json(row: *const Row<'_>, column: usize, value: &Value) -> String {
    let octets = octets(value.octets, value.length);
    match value.kind {
        FIELDTAP_NULL => "null".into(),
        FIELDTAP_BOOL => (value.number != 0).to_string(),
        FIELDTAP_UNSIGNED | FIELDTAP_CODE => value.number.to_string(),
        FIELDTAP_SIGNED | FIELDTAP_DURATION => value.integer.to_string(),
        FIELDTAP_SINGLE => real(value.real, true),
        FIELDTAP_DOUBLE => real(value.real, false),
        FIELDTAP_TEXT => string(Text(octets)),
        FIELDTAP_SYMBOL => string(core::str::from_utf8(octets).expect("words are UTF-8")),
        FIELDTAP_OCTETS => string(hexadecimal(octets)),
        FIELDTAP_INSTANT => string(date_and_time(value.integer) + "Z"),
        FIELDTAP_WALL_CLOCK => string(date_and_time(value.integer)),
        FIELDTAP_MAC => {
            let address = &value.address[..value.address_length as usize];
            string(address.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":"))
        }
        FIELDTAP_IP if value.address_length == 4 => {
            let [a, b, c, d, ..] = value.address;
            string(IpAddr::from(Ipv4Addr::new(a, b, c, d)))
        }
        FIELDTAP_IP => string(IpAddr::from(Ipv6Addr::from(value.address))),
        FIELDTAP_LIST => {
            let element = |index| {
                // SAFETY: The row is that of the callback, which has not returned.
                let element = read(|value| unsafe { fieldtap_row_element(row, column, index, value) });
                json(row, column, &element)
            };
            format!("[{}]", (0..value.length).map(element).collect::<Vec<_>>().join(","))
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

/// Writes a row as a JSON line, by what the library says of its table and its columns.
unsafe extern "C" fn write_line(user: *mut c_void, row: *const Row<'_>) -> Status {
    // SAFETY: `user` is the vector that the test gave with this callback; the row lasts until it returns.
    let (lines, table) = unsafe { (&mut *user.cast::<Vec<String>>(), fieldtap_row_table(row)) };
    // SAFETY: The table is one of the library.
    let (named, columns) = unsafe { (name(fieldtap_table_name(table)), fieldtap_table_columns(table)) };
    let mut line = format!("{{\"record\":{}", string(named));
    for column in 0..columns {
        let mut description = core::mem::MaybeUninit::<Column>::uninit();
        // SAFETY: As above; the description has been written before it is read.
        let (description, value) = unsafe {
            assert_eq!(fieldtap_table_column(table, column, description.as_mut_ptr()), FIELDTAP_OK);
            (description.assume_init(), read(|value| fieldtap_row_value(row, column, value)))
        };
        assert!(value.kind == description.kind || value.kind == FIELDTAP_NULL && description.nullable == 1);
        let key = name(description.name);
        write!(line, ",{}:{}", string(key), json(row, column, &value)).expect("memory is there");
        if description.kind == FIELDTAP_CODE {
            let name = octets(value.octets, value.length);
            let name =
                (!name.is_empty()).then(|| string(core::str::from_utf8(name).expect("names are UTF-8")));
            let name = name.unwrap_or("null".into());
            write!(line, ",{}:{name}", string(format!("{key}_name"))).expect("memory is there");
        }
    }
    lines.push(line + "}");
    FIELDTAP_OK
}

/// All rows of a capture by the C ABI, each as a JSON line.
fn by_c(path: &Path) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let Ok(mut reader) = fieldtap_capture::Reader::open(path) else { return lines };
    let (mut config, mut engine) = (null_mut(), null_mut());
    // SAFETY: The pointers are those of this function, and live to its end.
    unsafe {
        assert_eq!(fieldtap_config_new(&raw mut config), FIELDTAP_OK);
        assert_eq!(fieldtap_config_set(config, c"every_message".as_ptr(), c"true".as_ptr()), FIELDTAP_OK);
        let user = (&raw mut lines).cast();
        assert_eq!(fieldtap_engine_new(&raw mut engine, config, Some(write_line), user), FIELDTAP_OK);
        fieldtap_config_free(&raw mut config);
    }
    assert!(config.is_null());
    let mut frames = 0;
    // Some captures of the corpus are damaged on purpose: what comes before is read.
    while let Ok(Some(frame)) = reader.next() {
        let Frame { number, ts, link_type, interface, original_len, data } = frame;
        let frame = fieldtap_capi::Frame {
            number,
            time: ts,
            octets: data.as_ptr(),
            length: data.len(),
            original_length: original_len,
            interface,
            link_type: link_type.0,
        };
        // SAFETY: The frame lives longer than the call.
        assert_eq!(unsafe { fieldtap_engine_frame(engine, &raw const frame) }, FIELDTAP_OK);
        frames += 1;
    }
    // SAFETY: The engine came from `fieldtap_engine_new`.
    unsafe {
        assert_eq!(fieldtap_engine_finish(engine), FIELDTAP_OK);
        let mut counters = Counters::default();
        assert_eq!(fieldtap_engine_counters(engine, &raw mut counters), FIELDTAP_OK);
        assert_eq!(counters.frames, frames);
        fieldtap_engine_free(&raw mut engine);
    }
    lines
}

/// What the command says of a capture, into a folder.
fn by_command(path: &Path, folder: &Path) -> Vec<String> {
    let words = ["fieldtap", "dissect", "--format", "jsonl", "--every-message", "-o"].map(OsString::from);
    // It says itself which captures are damaged; what comes before is read.
    fieldtap_cli::main(words.into_iter().chain([folder.into(), path.into()]));
    let lines = std::fs::read_to_string(folder.join("records.jsonl")).expect("the command writes it");
    // The command tells of the files that it reads, and an engine reads none.
    lines.lines().filter(|line| !line.starts_with("{\"record\":\"captures\",")).map(String::from).collect()
}

/// Compares all rows of these captures; counts them by table.
fn compare(captures: &[PathBuf]) -> BTreeMap<String, usize> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tables = BTreeMap::<String, usize>::new();
    for path in captures {
        let (c, command) = (by_c(path), by_command(path, folder.path()));
        for (c, command) in c.iter().zip(&command) {
            assert_eq!(c, command, "{}", path.display());
        }
        assert_eq!(c.len(), command.len(), "{}", path.display());
        for line in &command {
            *tables.entry(line.split('"').nth(3).unwrap_or_default().into()).or_default() += 1;
        }
    }
    println!("{} rows of {} tables: {tables:?}", tables.values().sum::<usize>(), tables.len());
    // SAFETY: Tables of the library.
    let name = |place| unsafe { name(fieldtap_table_name(fieldtap_table_at(place))) };
    let none: Vec<&str> =
        (0..fieldtap_table_count()).map(name).filter(|name| !tables.contains_key(*name)).collect();
    println!("no row of {none:?}");
    tables
}

#[test]
fn rows_are_the_lines_of_the_command() {
    let tables = compare(&corpus());
    assert!(tables.len() > 50 && tables.values().sum::<usize>() > 100_000);
}

/// Tables that the corpus has no rows of.
#[test]
fn rows_of_captures_from_outside_are_the_lines_of_the_command() {
    let Some(outside) = std::env::var_os("FIELDTAP_CAPTURES") else {
        return eprintln!("SKIPPED: captures from outside: FIELDTAP_CAPTURES is not set");
    };
    // Of each kind some that are small.
    let mut all = Vec::new();
    for kind in std::fs::read_dir(outside).expect("the folder is there") {
        let mut of_kind = Vec::new();
        captures(&kind.expect("an entry").path(), &mut of_kind);
        let size = |path: &PathBuf| path.metadata().map_or(u64::MAX, |about| about.len());
        of_kind.retain(|path| size(path) < 200_000);
        of_kind.sort();
        let step = of_kind.len().div_ceil(OF_KIND).max(1);
        all.extend(of_kind.into_iter().step_by(step));
    }
    assert!(!compare(&all).is_empty());
}

unsafe extern "C" fn stop(_: *mut c_void, _: *const Row<'_>) -> Status {
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

unsafe extern "C" fn again(user: *mut c_void, _: *const Row<'_>) -> Status {
    // SAFETY: `user` is where the test keeps the handle.
    let session = unsafe { *user.cast::<*mut Session>() };
    let mut freed = session;
    // SAFETY: The handle lives, and is in use: it is not freed.
    unsafe { fieldtap_session_free(&raw mut freed) };
    assert_eq!(freed, session);
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

unsafe extern "C" fn counted(user: *mut c_void, _: *const Row<'_>) -> Status {
    // SAFETY: `user` is where the test counts.
    unsafe { *user.cast::<u32>() += 1 };
    FIELDTAP_OK
}

/// Of a chain of which one buffer cannot be read nothing is fed, so that it may be given again.
#[test]
fn a_chain_is_fed_as_a_whole_or_not_at_all() {
    let (mut session, mark): (*mut Session, _) = (null_mut(), Mark { frame: 1, time: 0, file: 0 });
    let whole = Buffer { octets: ASK.as_ptr(), length: ASK.len() };
    let mut rows = 0u32;
    // SAFETY: Every pointer is one of this function.
    unsafe {
        let protocol = fieldtap_protocol_named(c"modbus".as_ptr());
        let user = (&raw mut rows).cast();
        let made =
            fieldtap_session_new(&raw mut session, null(), protocol, null(), null(), Some(counted), user);
        assert_eq!(made, FIELDTAP_OK);
        let feed = |chain: &[Buffer]| {
            fieldtap_session_feed(
                session,
                FIELDTAP_TOWARD_SERVER,
                &raw const mark,
                chain.as_ptr(),
                chain.len(),
            )
        };
        assert_eq!(feed(&[whole, Buffer { octets: null(), length: 1 }]), FIELDTAP_ERROR_NULL);
        assert_eq!(feed(&[whole, Buffer { length: usize::MAX, ..whole }]), FIELDTAP_ERROR_VALUE);
        assert_eq!(rows, 0);
        assert_eq!(feed(&[whole]), FIELDTAP_OK);
        assert!(rows > 0);
        fieldtap_session_free(&raw mut session);
    }
}
