//! Batches as Arrow record batches.
//!
//! | kind of column | Arrow type |
//! |---|---|
//! | bool, integers, floating point | the same |
//! | text | `Utf8`, in the reversible form of [`Text`]: Arrow's text must be UTF-8 |
//! | octets | `Binary` |
//! | word of the program | `Dictionary(Int32, Utf8)` |
//! | code | two columns: the number, and its name as `Dictionary(Int32, Utf8)` under `<column>_name` |
//! | instant | `Timestamp(ns, "UTC")` |
//! | wall clock | `Timestamp(ns)` without a zone |
//! | duration | `Duration(ns)` |
//! | MAC, IP address | `Dictionary(Int32, Utf8)` |
//! | list | `List` |
//!
//! The columns are those of the [`Envelope`], then those of the table. Each field's metadata holds `doc` and, where there
//! is one, `unit`; the schema's metadata holds `table` and `doc`.
use crate::{Batch, Error};
use arrow_array::{
    Array as _, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, DictionaryArray, ListArray,
    PrimitiveArray, RecordBatch, RecordBatchReader, StringArray,
    types::{
        DurationNanosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use core::{fmt::Display, hash::Hash, net::IpAddr};
use fieldtap::record::{
    Bitmap, Column, ColumnInfo, Element, Envelope, Kind, Mac, SymbolColumn, Table, Text, Values,
};
use hashbrown::HashMap;
use std::{io::Write as _, sync::Arc};

/// The Arrow schema of a table: the envelope's columns, then its own.
pub fn schema(table: &Table) -> SchemaRef {
    of_columns(table, Envelope::COLUMNS.iter().chain(table.columns))
}

fn of_columns<'a>(table: &Table, columns: impl Iterator<Item = &'a ColumnInfo>) -> SchemaRef {
    let fields: Vec<Field> = columns.flat_map(fields).collect();
    Arc::new(Schema::new(fields).with_metadata([("table", table.name), ("doc", table.doc)]))
}

fn dictionary_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn item(element: Element) -> Arc<Field> {
    let kind = match element {
        Element::Bool => DataType::Boolean,
        Element::U16 => DataType::UInt16,
        Element::U32 => DataType::UInt32,
        Element::I16 => DataType::Int16,
        Element::F32 => DataType::Float32,
        Element::F64 => DataType::Float64,
    };
    Arc::new(Field::new_list_field(kind, element == Element::F64))
}

/// The fields that a column becomes.
fn fields(column: &ColumnInfo) -> impl Iterator<Item = Field> {
    let kind = match column.kind {
        Kind::Bool => DataType::Boolean,
        Kind::U8 | Kind::Code { width: 1, .. } => DataType::UInt8,
        Kind::U16 | Kind::Code { width: 2, .. } => DataType::UInt16,
        Kind::U32 | Kind::Code { width: 4, .. } => DataType::UInt32,
        Kind::U64 | Kind::Code { .. } => DataType::UInt64,
        Kind::I8 => DataType::Int8,
        Kind::I16 => DataType::Int16,
        Kind::I32 => DataType::Int32,
        Kind::I64 => DataType::Int64,
        Kind::F32 => DataType::Float32,
        Kind::F64 => DataType::Float64,
        Kind::Text => DataType::Utf8,
        Kind::Bytes => DataType::Binary,
        Kind::Symbol | Kind::Mac | Kind::Ip => dictionary_type(),
        Kind::Instant => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        Kind::WallClock => DataType::Timestamp(TimeUnit::Nanosecond, None),
        Kind::Duration => DataType::Duration(TimeUnit::Nanosecond),
        Kind::List(element) => DataType::List(item(element)),
    };
    let mut metadata = vec![("doc", column.doc)];
    metadata.extend(column.unit.map(|unit| ("unit", unit)));
    let field = Field::new(column.name, kind, column.nullable)
        .with_metadata(metadata.into_iter().collect::<arrow_schema::Metadata>());
    let name = matches!(column.kind, Kind::Code { .. }).then(|| {
        let doc = format!("Name of `{}`, where it is known.", column.name);
        Field::new(format!("{}_name", column.name), dictionary_type(), true).with_metadata([("doc", doc)])
    });
    [field].into_iter().chain(name)
}

/// The Arrow record batch of a batch, with the columns that it keeps. Numbers, octets, lists and plain text are moved, not copied.
///
/// # Errors
///
/// [`Error::TooLarge`] if a column outgrew Arrow's 32-bit offsets, [`Error::Shape`] or [`Error::Arrow`] if the columns
/// contradict the table.
pub fn record_batch(batch: Batch) -> Result<RecordBatch, Error> {
    let table = batch.table();
    let mut arrays = Vec::new();
    let mut absent = Absent::default();
    let (mut kept, mut left) = (Vec::new(), false);
    for columns in [batch.envelope, batch.record] {
        for (info, column) in columns.table.columns.iter().zip(columns.columns) {
            if column.is_left() {
                left = true;
                continue;
            }
            kept.push(info);
            convert(info, column, columns.rows, &mut absent, &mut arrays).map_err(
                |problem| match problem {
                    Problem::Shape => Error::Shape { table: table.name, column: info.name },
                    Problem::TooLarge => Error::TooLarge { table: table.name, column: info.name },
                    Problem::Arrow(source) => Error::Arrow { table: table.name, source },
                },
            )?;
        }
    }
    let schema = if left { of_columns(table, kept.into_iter()) } else { schema(table) };
    RecordBatch::try_new(schema, arrays).map_err(|source| Error::Arrow { table: table.name, source })
}

enum Problem {
    Shape,
    TooLarge,
    Arrow(ArrowError),
}

impl From<ArrowError> for Problem {
    fn from(error: ArrowError) -> Self {
        Self::Arrow(error)
    }
}

/// Arrays without a value, one for each type: columns where every value is absent share them.
#[derive(Default)]
struct Absent(Vec<(DataType, ArrayRef)>);

impl Absent {
    fn array(&mut self, kind: &DataType, rows: usize) -> ArrayRef {
        let known = self.0.iter().find(|(known, array)| known == kind && array.len() == rows);
        if let Some((_, array)) = known {
            return Arc::clone(array);
        }
        let array = arrow_array::new_null_array(kind, rows);
        self.0.push((kind.clone(), Arc::clone(&array)));
        array
    }
}

/// Appends the array, or the two arrays, of one column.
fn convert(
    info: &ColumnInfo,
    mut column: Column,
    rows: usize,
    absent: &mut Absent,
    arrays: &mut Vec<ArrayRef>,
) -> Result<(), Problem> {
    if rows > 0 && column.values.is_empty() && column.validity.is_some() {
        let mut fields = fields(info);
        arrays.extend(fields.next().map(|field| absent.array(field.data_type(), rows)));
        if let Kind::Code { names, .. } = info.kind {
            let names = CodeNames::new(names)?;
            let keys = PrimitiveArray::<Int32Type>::new_null(rows);
            arrays.push(Arc::new(DictionaryArray::try_new(keys, Arc::new(names.texts()))?));
        }
        return Ok(());
    }
    if column.values.len() == rows && column.validity.as_ref().is_some_and(|validity| validity.len == 0) {
        // Every value is there.
        column.validity = None;
    } else {
        column.settle(rows);
    }
    let Column { values, validity, .. } = column;
    if validity.as_ref().is_some_and(|validity| validity.len != values.len()) {
        return Err(Problem::Shape);
    }
    if let Kind::Code { names, .. } = info.kind {
        let nulls = nulls(validity.clone())?;
        let name: ArrayRef = match &values {
            Values::U8(v) => Arc::new(code_names(v, names, nulls.as_ref())?),
            Values::U16(v) => Arc::new(code_names(v, names, nulls.as_ref())?),
            Values::U32(v) => Arc::new(code_names(v, names, nulls.as_ref())?),
            Values::U64(v) => Arc::new(code_names(v, names, nulls.as_ref())?),
            _ => return Err(Problem::Shape),
        };
        arrays.push(array(info.kind, values, validity)?);
        arrays.push(name);
    } else {
        arrays.push(array(info.kind, values, validity)?);
    }
    Ok(())
}

fn array(kind: Kind, values: Values, validity: Option<Bitmap>) -> Result<ArrayRef, Problem> {
    Ok(match (kind, values) {
        (_, Values::Bool(v)) => Arc::new(BooleanArray::new(bits(v)?, nulls(validity)?)),
        (_, Values::U8(v)) => numbers::<UInt8Type>(v, validity)?,
        (_, Values::U16(v)) => numbers::<UInt16Type>(v, validity)?,
        (_, Values::U32(v)) => numbers::<UInt32Type>(v, validity)?,
        (_, Values::U64(v)) => numbers::<UInt64Type>(v, validity)?,
        (_, Values::I8(v)) => numbers::<Int8Type>(v, validity)?,
        (_, Values::I16(v)) => numbers::<Int16Type>(v, validity)?,
        (_, Values::I32(v)) => numbers::<Int32Type>(v, validity)?,
        (Kind::Instant, Values::I64(v)) => Arc::new(
            PrimitiveArray::<TimestampNanosecondType>::try_new(v.into(), nulls(validity)?)?
                .with_timezone("UTC"),
        ),
        (Kind::WallClock, Values::I64(v)) => numbers::<TimestampNanosecondType>(v, validity)?,
        (Kind::Duration, Values::I64(v)) => numbers::<DurationNanosecondType>(v, validity)?,
        (_, Values::I64(v)) => numbers::<Int64Type>(v, validity)?,
        (_, Values::F32(v)) => numbers::<Float32Type>(v, validity)?,
        (_, Values::F64(v)) => numbers::<Float64Type>(v, validity)?,
        (Kind::Text, Values::Bytes(v)) => {
            let (offsets, bytes) = shown(v.offsets, v.bytes)?;
            Arc::new(StringArray::try_new(offsets, bytes.into(), nulls(validity)?)?)
        }
        (_, Values::Bytes(v)) => {
            let offsets = offsets(v.offsets, v.bytes.len())?;
            Arc::new(BinaryArray::try_new(offsets, v.bytes.into(), nulls(validity)?)?)
        }
        (_, Values::Symbol(v)) => Arc::new(words(v, validity)?),
        (_, Values::Mac(v)) => {
            Arc::new(dictionary(&v, validity, |mac: Mac, text| crate::text::mac(mac, text))?)
        }
        (_, Values::Ip(v)) => {
            Arc::new(dictionary(&v, validity, |ip: IpAddr, text| crate::text::ip(ip, text))?)
        }
        (Kind::List(element), Values::List(v)) => {
            let offsets = offsets(v.offsets, v.values.len())?;
            // The kind of a list's values stands in the values themselves.
            let validity_of_values = (element == Element::F64).then_some(v.validity);
            let values = array(Kind::Bool, *v.values, validity_of_values)?;
            Arc::new(ListArray::try_new(item(element), offsets, values, nulls(validity)?)?)
        }
        (_, Values::List(_) | Values::Left(_)) => return Err(Problem::Shape),
    })
}

fn numbers<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    validity: Option<Bitmap>,
) -> Result<ArrayRef, Problem> {
    Ok(Arc::new(PrimitiveArray::<T>::try_new(ScalarBuffer::from(values), nulls(validity)?)?))
}

fn bits(bitmap: Bitmap) -> Result<BooleanBuffer, Problem> {
    if bitmap.len.div_ceil(8) > bitmap.octets.len() {
        return Err(Problem::Shape);
    }
    Ok(BooleanBuffer::new(Buffer::from_vec(bitmap.octets), 0, bitmap.len))
}

fn nulls(validity: Option<Bitmap>) -> Result<Option<NullBuffer>, Problem> {
    let nulls = validity.map(bits).transpose()?.map(NullBuffer::new);
    Ok(nulls.filter(|nulls| nulls.null_count() > 0))
}

/// Offsets that end where the values end; otherwise the values outgrew them.
fn offsets(offsets: Vec<i32>, len: usize) -> Result<OffsetBuffer<i32>, Problem> {
    if i32::try_from(len).is_err() {
        return Err(Problem::TooLarge);
    }
    let last = offsets.last().and_then(|last| usize::try_from(*last).ok());
    if offsets.first() != Some(&0) || last != Some(len) || !offsets.is_sorted() {
        return Err(Problem::Shape);
    }
    Ok(OffsetBuffer::new(offsets.into()))
}

/// Text of the wire in its reversible form: most often it is in that form already.
fn shown(ends: Vec<i32>, bytes: Vec<u8>) -> Result<(OffsetBuffer<i32>, Vec<u8>), Problem> {
    let ends = offsets(ends, bytes.len())?;
    if crate::text::plain(&bytes, []) {
        return Ok((ends, bytes));
    }
    let mut shown = Vec::with_capacity(bytes.len() + bytes.len() / 4);
    let mut shown_ends = Vec::with_capacity(ends.len());
    shown_ends.push(0);
    for (start, end) in ends.iter().zip(ends.iter().skip(1)) {
        let text = usize::try_from(*start)
            .ok()
            .zip(usize::try_from(*end).ok())
            .and_then(|(start, end)| bytes.get(start..end))
            .ok_or(Problem::Shape)?;
        if crate::text::plain(text, []) {
            shown.extend_from_slice(text);
        } else {
            // Writing into a vector cannot fail.
            let _ = write!(shown, "{}", Text(text));
        }
        shown_ends.push(i32::try_from(shown.len()).map_err(|_| Problem::TooLarge)?);
    }
    Ok((offsets(shown_ends, shown.len())?, shown))
}

/// A dictionary: the key of each row, and the texts. What stands in the place of an absent value is no key.
fn of_keys(
    keys: Vec<i32>,
    nulls: Option<NullBuffer>,
    texts: StringArray,
) -> Result<DictionaryArray<Int32Type>, Problem> {
    let keys = PrimitiveArray::<Int32Type>::try_new(keys.into(), nulls)?;
    Ok(DictionaryArray::try_new(keys, Arc::new(texts))?)
}

/// Whether the value of a row is there.
fn there(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}

fn place(index: usize) -> Result<i32, Problem> {
    i32::try_from(index).map_err(|_| Problem::TooLarge)
}

/// The names of codes. The dictionary holds every known name once, in the order of the declaration, whether it occurs or
/// not: so all batches of a table have the same one.
fn code_names<T: Copy + Into<u64>>(
    codes: &[T],
    names: &'static [(u64, &'static str)],
    nulls: Option<&NullBuffer>,
) -> Result<DictionaryArray<Int32Type>, Problem> {
    let names = CodeNames::new(names)?;
    let keys: Vec<i32> = codes.iter().map(|code| names.key((*code).into())).collect();
    let nulls = if keys.iter().fold(false, |unknown, key| unknown | (*key < 0)) {
        let known = BooleanBuffer::collect_bool(keys.len(), |row| keys.get(row).is_some_and(|key| *key >= 0));
        // A code that is absent has no name either.
        NullBuffer::union(nulls, Some(&NullBuffer::new(known)))
    } else {
        nulls.cloned()
    };
    let keys = keys.into_iter().map(|key| key.max(0)).collect();
    of_keys(keys, nulls.filter(|nulls| nulls.null_count() > 0), names.texts())
}

/// The dictionary of a code's names.
struct CodeNames {
    texts: Vec<&'static str>,
    /// Keys of small codes, which nearly all are; less than 0 where there is no name.
    small: [i32; 256],
    /// Keys of the others.
    others: HashMap<u64, i32, foldhash::fast::RandomState>,
}

impl CodeNames {
    fn new(names: &'static [(u64, &'static str)]) -> Result<Self, Problem> {
        let mut texts: Vec<&'static str> = Vec::with_capacity(names.len());
        let mut places: HashMap<&'static str, i32, foldhash::fast::RandomState> = HashMap::default();
        let (mut small, mut others) = ([-1; 256], HashMap::default());
        for (code, name) in names {
            let key = match places.get(name) {
                Some(key) => *key,
                None => {
                    let key = place(texts.len())?;
                    texts.push(name);
                    places.insert(name, key);
                    key
                }
            };
            match usize::try_from(*code).ok().and_then(|code| small.get_mut(code)) {
                // The first name of a code counts.
                Some(slot) if *slot < 0 => *slot = key,
                Some(_) => {}
                None => {
                    others.entry(*code).or_insert(key);
                }
            }
        }
        Ok(Self { texts, small, others })
    }
    /// The key of a code's name; less than 0 if it has none.
    #[inline(always)]
    fn key(&self, code: u64) -> i32 {
        match usize::try_from(code).ok().and_then(|code| self.small.get(code)) {
            Some(key) => *key,
            None => self.others.get(&code).copied().unwrap_or(-1),
        }
    }
    fn texts(&self) -> StringArray {
        StringArray::from_iter_values(&self.texts)
    }
}

/// Words of the program. The dictionary holds the words that occur, in the order in which they were first pushed.
fn words(column: SymbolColumn, validity: Option<Bitmap>) -> Result<DictionaryArray<Int32Type>, Problem> {
    let nulls = nulls(validity)?;
    if nulls.is_none() {
        // Every word was pushed for a row.
        let keys = column.keys.into_iter().map(|key| i32::try_from(key).unwrap_or(i32::MAX)).collect();
        return of_keys(keys, nulls, StringArray::from_iter_values(column.words));
    }
    let mut occurs = vec![false; column.words.len()];
    for (row, key) in column.keys.iter().enumerate() {
        // What only stands in the place of absent values is no word.
        if there(nulls.as_ref(), row) {
            let key = usize::try_from(*key).map_err(|_| Problem::Shape)?;
            *occurs.get_mut(key).ok_or(Problem::Shape)? = true;
        }
    }
    let mut texts = Vec::new();
    let mut places = Vec::with_capacity(column.words.len());
    for (word, occurs) in column.words.iter().zip(occurs) {
        places.push(if occurs { place(texts.len())? } else { 0 });
        if occurs {
            texts.push(*word);
        }
    }
    let key = |key: &u32| places.get(*key as usize).copied().unwrap_or_default();
    of_keys(column.keys.iter().map(key).collect(), nulls, StringArray::from_iter_values(texts))
}

/// Places of [`dictionary`] that are found without hashing well; a power of two.
const NEAR: usize = 512;

/// What a dictionary is made of.
trait Entry: Copy + Eq + Hash {
    /// A number that most often differs where the values do.
    fn spread(self) -> u64;
}

impl Entry for Mac {
    #[inline(always)]
    fn spread(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }
}

impl Entry for IpAddr {
    #[inline(always)]
    fn spread(self) -> u64 {
        match self {
            Self::V4(ip) => ip.to_bits().into(),
            Self::V6(ip) => (ip.to_bits() >> 64) as u64 ^ ip.to_bits() as u64,
        }
    }
}

/// Addresses. The dictionary holds those that occur, in the order of first sight.
fn dictionary<T: Entry>(
    values: &[T],
    validity: Option<Bitmap>,
    write: impl Fn(T, &mut Vec<u8>),
) -> Result<DictionaryArray<Int32Type>, Problem> {
    let mut places: HashMap<T, i32, foldhash::fast::RandomState> = HashMap::default();
    let mut texts = Vec::new();
    let mut ends = vec![0];
    let nulls = nulls(validity)?;
    let mut keys = Vec::with_capacity(values.len());
    // Few addresses take turns: most are found here. Who chooses them so that they meet has the table searched, as ever.
    let mut near: [Option<(T, i32)>; NEAR] = [None; NEAR];
    for (row, value) in values.iter().enumerate() {
        if !there(nulls.as_ref(), row) {
            keys.push(0);
            continue;
        }
        let slot = (value.spread().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize;
        let near = &mut near[slot % NEAR];
        let key = match *near {
            Some((known, key)) if known == *value => key,
            _ => match places.get(value) {
                Some(key) => *key,
                None => {
                    let key = place(places.len())?;
                    write(*value, &mut texts);
                    ends.push(i32::try_from(texts.len()).map_err(|_| Problem::TooLarge)?);
                    places.insert(*value, key);
                    key
                }
            },
        };
        *near = Some((*value, key));
        keys.push(key);
    }
    let ends = offsets(ends, texts.len())?;
    of_keys(keys, nulls, StringArray::try_new(ends, texts.into(), None)?)
}

/// Batches of one table as an Arrow stream: what `FFI_ArrowArrayStream::new` and any Arrow consumer in Rust takes.
///
/// The iterator gives the batches, or what went wrong on the way to them; after an error the stream ends.
#[derive(Debug)]
pub struct BatchReader<I> {
    table: &'static Table,
    schema: SchemaRef,
    batches: Option<I>,
}

impl<I> BatchReader<I> {
    /// A stream of the batches of `table`.
    pub fn new<E>(table: &'static Table, batches: I) -> Self
    where
        I: Iterator<Item = Result<Batch, E>>,
        E: Display,
    {
        Self { table, schema: schema(table), batches: Some(batches) }
    }
}

impl<I, E> Iterator for BatchReader<I>
where
    I: Iterator<Item = Result<Batch, E>>,
    E: Display,
{
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.batches.as_mut()?.next();
        let next = next.map(|batch| {
            let batch = batch.map_err(|error| ArrowError::ExternalError(error.to_string().into()))?;
            if batch.table() != self.table {
                let (expected, found) = (self.table.name, batch.table().name);
                return Err(ArrowError::ExternalError(Box::new(Error::OtherTable { expected, found })));
            }
            record_batch(batch).map_err(|error| ArrowError::ExternalError(Box::new(error)))
        });
        if !matches!(next, Some(Ok(_))) {
            self.batches = None;
        }
        next
    }
}

impl<I, E> RecordBatchReader for BatchReader<I>
where
    I: Iterator<Item = Result<Batch, E>>,
    E: Display,
{
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

#[cfg(test)]
mod tests;
