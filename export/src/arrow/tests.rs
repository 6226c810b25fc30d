//! Arrays are compared with the fields of the rows that they came from.
use super::*;
use crate::samples::{Every, HOSTILE, Other, envelope, every, fields as values, names, seeds, unescape};
use arrow_array::{
    Array,
    cast::AsArray,
    ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader},
};
use fieldtap::record::{Field as Value, Record, Row};
use proptest::prelude::*;

/// The value of a cell must be that of the field.
fn check(array: &dyn Array, row: usize, field: Value<'_>) {
    if array.is_null(row) {
        assert_eq!(field, Value::Null);
        return;
    }
    let text = |array: &dyn Array| {
        let words = array.as_dictionary::<Int32Type>();
        let key = words.keys().value(row);
        words.values().as_string::<i32>().value(usize::try_from(key).expect("a key")).to_owned()
    };
    match field {
        Value::Null => panic!("a value where there is none"),
        Value::Bool(v) => assert_eq!(array.as_boolean().value(row), v),
        Value::Unsigned(v) => assert_eq!(
            match array.data_type() {
                DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
                DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
                DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
                _ => array.as_primitive::<UInt64Type>().value(row),
            },
            v
        ),
        Value::Signed(v) => assert_eq!(
            match array.data_type() {
                DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
                DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
                DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
                _ => array.as_primitive::<Int64Type>().value(row),
            },
            v
        ),
        Value::F32(v) => assert_eq!(array.as_primitive::<Float32Type>().value(row).to_bits(), v.to_bits()),
        Value::F64(v) => assert_eq!(array.as_primitive::<Float64Type>().value(row).to_bits(), v.to_bits()),
        Value::Text(v) => assert_eq!(unescape(array.as_string::<i32>().value(row)), v.as_bytes()),
        Value::Bytes(v) => assert_eq!(array.as_binary::<i32>().value(row), v),
        Value::Symbol(v) => assert_eq!(text(array), v),
        Value::Instant(v) | Value::WallClock(v) => {
            assert_eq!(array.as_primitive::<TimestampNanosecondType>().value(row), v);
        }
        Value::Duration(v) => assert_eq!(array.as_primitive::<DurationNanosecondType>().value(row), v),
        Value::Mac(v) => {
            let octets: Vec<_> = v.0.iter().map(|octet| format!("{octet:02x}")).collect();
            assert_eq!(text(array), octets.join(":"));
        }
        Value::Ip(v) => assert_eq!(text(array).parse(), Ok(v)),
        Value::Code { .. } => panic!("a code is a number and a name"),
        Value::List(list) => {
            let array = array.as_list::<i32>().value(row);
            assert_eq!(array.len(), list.len());
            for (place, value) in list.iter().enumerate() {
                check(&array, place, value);
            }
        }
    }
}

fn batch<'a>(rows: impl IntoIterator<Item = Every<'a>>) -> Batch {
    let mut batch = Batch::new(Every::schema());
    for row in rows {
        batch.push(&envelope(), &row);
    }
    batch
}

fn column(batch: Batch, name: &str) -> ArrayRef {
    Arc::clone(record_batch(batch).expect("a record batch").column_by_name(name).expect("a column"))
}

#[test]
fn the_schema_says_what_the_declaration_says() {
    let schema = schema(Every::schema());
    let fields: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(fields, names(Every::schema()));
    assert_eq!(schema.metadata().get("table").map(|v| v.as_str()), Some("every"));
    assert_eq!(schema.metadata().get("doc").map(|v| v.as_str()), Some("A row with every kind of field."));
    let field = |name: &str| schema.field_with_name(name).expect("a field");
    assert_eq!(field("u16").metadata().get("unit").map(|v| v.as_str()), Some("V"));
    assert_eq!(field("u16").metadata().get("doc").map(|v| v.as_str()), Some("16 bits."));
    assert!(!field("u16").is_nullable() && field("u32").is_nullable() && field("code_name").is_nullable());
    assert_eq!(field("ts").data_type().to_string(), "Timestamp(ns, \"UTC\")");
    assert_eq!(field("clock").data_type(), &DataType::Timestamp(TimeUnit::Nanosecond, None));
    assert_eq!(field("code").data_type(), &DataType::UInt8);
    assert_eq!(field("wide").data_type(), &DataType::UInt64);
}

#[test]
fn numbers_octets_and_plain_text_are_moved_not_copied() {
    let batch = batch([every(b"plain"), every(b"text")]);
    let address = |name: &str| {
        let index = Every::COLUMNS.iter().position(|column| column.name == name).expect("a column");
        match &batch.record.columns[index].values {
            Values::I64(v) => v.as_ptr() as usize,
            Values::Bytes(v) => v.bytes.as_ptr() as usize,
            Values::List(v) => v.offsets.as_ptr() as usize,
            _ => panic!("not asked for"),
        }
    };
    let before = [address("i64"), address("text"), address("octets"), address("registers")];
    let after = record_batch(batch).expect("a record batch");
    let array = |name: &str| after.column_by_name(name).expect("a column");
    let after = [
        array("i64").as_primitive::<Int64Type>().values().as_ptr() as usize,
        array("text").as_string::<i32>().values().as_ptr() as usize,
        array("octets").as_binary::<i32>().values().as_ptr() as usize,
        array("registers").as_list::<i32>().offsets().as_ptr() as usize,
    ];
    assert_eq!(before, after);
}

/// "Text from the wire with escape sequences, line breaks, tabs, NUL, `=cmd()`, HTML, broken UTF-8 -> escaped in terminal,
/// JSON, TSV, CSV and notebook; never interpreted; kept exactly in binary form."
#[test]
fn text_from_the_wire_with_escape_sequences_is_utf_8_and_kept() {
    let column = column(batch(HOSTILE.map(every)), "text");
    for (row, text) in HOSTILE.into_iter().enumerate() {
        let shown = column.as_string::<i32>().value(row);
        assert_eq!(shown, Text(text).to_string());
        assert_eq!(unescape(shown), text);
    }
}

/// A category that occurs twice, or that no row has, is refused by some consumers and puzzles the others.
#[test]
fn dictionaries_hold_no_word_twice_and_none_for_absent_values() {
    let code = column(batch([every(b"")]), "code_name");
    let words = code.as_dictionary::<Int32Type>().values().as_string::<i32>().clone();
    assert_eq!(words.iter().flatten().collect::<Vec<_>>(), ["one", "two"]);
    let maybe = column(
        batch([every(b""), Every { maybe: Some(fieldtap::record::Symbol("x")), ..every(b"") }]),
        "maybe",
    );
    let words = maybe.as_dictionary::<Int32Type>().values().as_string::<i32>().clone();
    assert_eq!(words.iter().flatten().collect::<Vec<_>>(), ["x"]);
    let absent = column(batch([every(b"")]), "maybe");
    assert!(absent.is_null(0) && absent.as_dictionary::<Int32Type>().values().is_empty());
}

#[test]
fn columns_that_contradict_the_table_are_named() {
    let mut broken = batch([every(b"")]);
    broken.record.columns[0].values = Values::U8(vec![1]);
    assert!(matches!(record_batch(broken), Err(Error::Arrow { table: "every", .. })));
    let mut broken = batch([every(b"")]);
    if let Values::Bytes(text) = &mut broken.record.columns[11].values {
        text.offsets = vec![0, i32::MAX];
    }
    let error = record_batch(broken).expect_err("offsets beyond the text");
    assert_eq!(
        error.to_string(),
        "table every, column text: the column does not have the shape that the table declares"
    );
}

#[test]
fn a_stream_crosses_the_c_interface_and_ends_at_an_error() {
    let batches = || vec![batch([every(b"a"), every(b"b")]), batch([every(b"c")])];
    let reader = BatchReader::new(Every::schema(), batches().into_iter().map(Ok::<_, Error>));
    let stream = FFI_ArrowArrayStream::new(Box::new(reader));
    let reader = RecordBatchStreamReader::try_new(stream).expect("a stream");
    assert_eq!(reader.schema(), schema(Every::schema()));
    let rows: Vec<_> = reader.map(|batch| batch.expect("a batch").num_rows()).collect();
    assert_eq!(rows, [2, 1]);

    let failing = [Ok(batch([every(b"a")])), Err("the capture broke off"), Ok(batch([every(b"b")]))];
    let read: Vec<_> = BatchReader::new(Every::schema(), failing.into_iter()).collect();
    assert_eq!(read.len(), 2);
    assert!(matches!(&read[1], Err(error) if error.to_string().contains("the capture broke off")));
    let other = [Ok::<_, Error>(batch([every(b"a")]))];
    let read: Vec<_> = BatchReader::new(Other::schema(), other.into_iter()).collect();
    assert!(matches!(read.as_slice(), [Err(_)]));
}

proptest! {
    #[test]
    fn arrays_hold_the_fields_of_any_rows(seeds in seeds()) {
        let mut batch = Batch::new(Every::schema());
        for seed in &seeds {
            batch.push(&seed.envelope(), &seed.row());
        }
        let arrays = record_batch(batch).expect("a record batch");
        prop_assert_eq!(arrays.num_rows(), seeds.len());
        for (row, seed) in seeds.iter().enumerate() {
            let (envelope, record) = (seed.envelope(), seed.row());
            let values = values(&envelope, &record as &dyn Row);
            prop_assert_eq!(values.len(), arrays.num_columns());
            for (array, value) in arrays.columns().iter().zip(values) {
                check(array, row, value);
            }
        }
    }
}

/// A column of which no row has a value is what it would be if each absent value had been written: of the declared type, as
/// long as the others, with no value, and a code's names are those of every other batch.
#[test]
fn columns_without_a_value_have_their_type_and_length() {
    let absent = Every {
        u32: None,
        i16: None,
        f64: None,
        note: None,
        octets: None,
        maybe: None,
        clock: None,
        lasted: None,
        mac: None,
        ip: None,
        wide: None,
        coils: None,
        ..every(b"")
    };
    let mut batch = Batch::new(Every::schema());
    (0..9).for_each(|_| batch.push(&envelope(), &absent));
    let some = record_batch(self::batch([every(b""), every(b"")])).expect("a record batch");
    let batch = record_batch(batch).expect("a record batch");
    assert_eq!(batch.schema(), schema(Every::schema()));
    for info in Every::COLUMNS.iter().filter(|info| info.nullable) {
        let array = batch.column_by_name(info.name).expect("a column");
        assert_eq!((array.len(), array.null_count()), (9, 9), "{}", info.name);
    }
    let names = |of: &RecordBatch| {
        let column = of.column_by_name("wide_name").expect("a column");
        (column.null_count() == column.len(), column.as_dictionary::<Int32Type>().values().to_data())
    };
    assert_eq!(names(&batch), (true, names(&some).1));
}
