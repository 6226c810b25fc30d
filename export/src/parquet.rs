//! Batches as Parquet files: one for each table, in one folder, or a folder for each table and day.
use crate::{Batch, Draft, Error, arrow, tables::Tables, text};
use ::parquet::{
    arrow::{
        ArrowWriter,
        arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves},
    },
    basic::{Compression as Codec, Encoding, ZstdLevel},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::ColumnPath,
};
use arrow_array::{Array, RecordBatch, cast::AsArray, types::TimestampNanosecondType};
use arrow_schema::{DataType, Field, SchemaRef};
use fieldtap::record::Table;
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

/// How the pages of a file are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Zstandard at its first level: small files.
    #[default]
    Zstd,
    /// Snappy: quickly written files.
    Snappy,
    /// Not at all.
    None,
}

/// How the rows of a table are spread over files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partition {
    /// One file a table, `<folder>/<table>.parquet`, written over where it is there already.
    #[default]
    None,
    /// A folder for each table and day (UTC) of `ts`, `<folder>/<table>/day=2026-03-02/part-0.parquet`: what other readers
    /// call Hive partitioning. Each run adds files; none is written over.
    Day,
}

/// How files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How pages are compressed.
    pub compression: Compression,
    /// Rows in a row group, at least one. A row group is held in memory, encoded, until it is full.
    pub row_group_rows: usize,
    /// Octets that the row groups of all files may take in memory together: beyond that the largest are written before they
    /// are full.
    pub row_group_memory: usize,
    /// How the rows of a table are spread over files.
    pub partition: Partition,
    /// Threads that encode the columns of a batch, at least one. The files are the same however many they are.
    pub threads: usize,
}

impl Default for Options {
    /// Zstandard, row groups of 131072 rows that take 32 MiB at most, one file a table, one thread.
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            row_group_rows: 131_072,
            row_group_memory: 32 << 20,
            partition: Partition::default(),
            threads: 1,
        }
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The table.
    pub table: &'static Table,
    /// The file.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
}

/// Days of a table whose files are open at once. Of rows that come later than that a further file of their day is made.
const OPEN_DAYS: usize = 3;
/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// A folder with Parquet files for each table that has rows.
///
/// The files hold the Arrow schema with its metadata. They have their names only after [`Directory::close`]: until then each is
/// a [`Draft`] in the folder itself, as readers of a table's own folder want nothing but Parquet files there.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    options: Options,
    files: Tables<Vec<Open>>,
    /// What the row groups of all open files take.
    memory: usize,
    /// Files that are complete already, but for their names.
    written: Vec<(Written, Option<i64>, Draft)>,
    /// The day of the rows that were written last.
    day: Option<i64>,
    /// What takes the octets of a file that was made.
    writer: fn(File) -> Writer,
}

type Writer = Box<dyn Write + Send>;

struct Open {
    /// Days since 1970-01-01, where there is a file for each day.
    day: Option<i64>,
    path: PathBuf,
    rows: u64,
    /// What its row group takes.
    memory: usize,
    file: SerializedFileWriter<Writer>,
    schema: SchemaRef,
    columns: ArrowRowGroupWriterFactory,
    row_group: RowGroup,
    /// Behind the file, which is closed before it is removed.
    draft: Draft,
}

/// A row group that is not written yet.
#[derive(Default)]
struct RowGroup {
    rows: usize,
    /// None where it has no rows.
    columns: Vec<ArrowColumnWriter>,
}

impl core::fmt::Debug for Open {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Open").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Directory {
    /// Makes the folder, and those above it, if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if it cannot be made.
    pub fn create(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        fs::create_dir_all(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        let (files, written) = (Tables::default(), Vec::new());
        Ok(Self { path, options, files, memory: 0, written, day: None, writer: |file| Box::new(file) })
    }
    /// Writes the rows of a batch behind those that its table has.
    ///
    /// # Errors
    ///
    /// [`Error::File`] and [`Error::Parquet`] if the file cannot be made or written; those of [`arrow::record_batch`].
    pub fn write(&mut self, batch: Batch) -> Result<(), Error> {
        let table = batch.table();
        let batch = arrow::record_batch(batch)?;
        self.write_record_batch(table, &batch)
    }
    /// Writes the rows of an Arrow record batch made by [`arrow::record_batch`] of this table.
    ///
    /// # Errors
    ///
    /// [`Error::File`] and [`Error::Parquet`] if the file cannot be made or written, or if the batch has other columns than the
    /// first of its file.
    pub fn write_record_batch(&mut self, table: &'static Table, batch: &RecordBatch) -> Result<(), Error> {
        let times = |name| batch.column_by_name(name)?.as_primitive_opt::<TimestampNanosecondType>();
        let (Partition::Day, Some(at)) = (self.options.partition, times("ts")) else {
            return self.put(table, None, batch);
        };
        // A capture without frames has no time: it stands with the rows before it, or else with those behind it.
        let last = times("last");
        let known = |row: usize| match last {
            Some(last) if last.is_null(row) => None,
            _ => Some(at.value(row).div_euclid(DAY)),
        };
        let day = |row: usize, before: Option<i64>| {
            let found = known(row).or(before).or_else(|| (row..at.len()).find_map(known));
            found.unwrap_or_default()
        };
        let mut start = 0;
        while start < at.len() {
            let today = day(start, self.day);
            let end = (start..at.len()).find(|row| day(*row, Some(today)) != today).unwrap_or(at.len());
            self.put(table, Some(today), &batch.slice(start, end - start))?;
            self.day = Some(today);
            start = end;
        }
        Ok(())
    }

    fn put(&mut self, table: &'static Table, day: Option<i64>, batch: &RecordBatch) -> Result<(), Error> {
        let open = self.files.entry(table, Vec::new);
        let place = match open.iter().position(|open| open.day == day) {
            Some(place) => place,
            None => {
                if open.len() >= OPEN_DAYS {
                    let oldest = (0..open.len()).min_by_key(|place| open.get(*place).map(|open| open.day));
                    let oldest = open.swap_remove(oldest.unwrap_or_default());
                    self.memory -= oldest.memory;
                    self.written.push(oldest.close(table, self.options.threads)?);
                }
                open.push(Open::create(&self.path, table, day, batch, self.options, self.writer)?);
                open.len() - 1
            }
        };
        let Some(open) = open.get_mut(place) else { return Ok(()) };
        self.memory -= open.memory;
        let put = open.put(batch, self.options);
        open.memory = open.row_group.memory();
        self.memory += open.memory;
        put.map_err(|source| Error::Parquet { path: open.path.clone(), source })?;
        self.make_room()
    }

    /// Writes the largest row groups, until the others stay within their memory.
    fn make_room(&mut self) -> Result<(), Error> {
        while self.memory > self.options.row_group_memory {
            let begun = self.files.values_mut().flatten().filter(|open| open.row_group.rows > 0);
            let Some(open) = begun.max_by_key(|open| open.memory) else { break };
            self.memory -= core::mem::take(&mut open.memory);
            let flushed = open.flush(self.options.threads);
            flushed.map_err(|source| Error::Parquet { path: open.path.clone(), source })?;
        }
        Ok(())
    }
    /// Completes the files, in the order in which their tables first had rows, and gives them their names.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] for the first file that cannot be completed: then none is left. [`Error::File`] for the first that
    /// cannot be given its name; the others have theirs.
    pub fn close(self) -> Result<Vec<Written>, Error> {
        let mut complete = self.written;
        for (table, open) in self.files.into_entries() {
            for open in open {
                complete.push(open.close(table, self.options.threads)?);
            }
        }
        let (mut written, mut failed) = (Vec::new(), None);
        for (mut file, day, draft) in complete {
            let named = match day {
                None => draft.put().map(|()| file.path.clone()).map_err(|source| (file.path.clone(), source)),
                Some(_) => draft.put_beside(parts(file.path.parent().unwrap_or(&file.path))),
            };
            match named {
                Ok(path) => {
                    file.path = path;
                    written.push(file);
                }
                Err((path, source)) => failed = failed.or(Some(Error::File { path, source })),
            }
        }
        failed.map_or(Ok(written), Err)
    }
}

impl Open {
    fn create(
        folder: &Path,
        table: &'static Table,
        day: Option<i64>,
        batch: &RecordBatch,
        options: Options,
        writer: fn(File) -> Writer,
    ) -> Result<Self, Error> {
        let path = match day {
            None => folder.join(format!("{}.parquet", table.name)),
            Some(day) => {
                let of_day = of_day(folder, table, day);
                fs::create_dir_all(&of_day).map_err(|source| Error::File { path: of_day.clone(), source })?;
                parts(&of_day).find(|path| !path.exists()).unwrap_or(of_day)
            }
        };
        let failed = |source| Error::File { path: path.clone(), source };
        if path.is_dir() {
            return Err(failed(ErrorKind::IsADirectory.into()));
        }
        let (draft, file) = Draft::create_in(folder, &path).map_err(failed)?;
        let codec = match options.compression {
            Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
            Compression::Snappy => Codec::SNAPPY,
            Compression::None => Codec::UNCOMPRESSED,
        };
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("fieldtap ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(codec)
            .set_max_row_group_row_count(Some(options.row_group_rows.max(1)));
        for field in batch.schema().fields().iter().filter(|field| climbs(field)) {
            let column = || ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(column(), false)
                .set_column_encoding(column(), Encoding::DELTA_BINARY_PACKED);
        }
        let writer = ArrowWriter::try_new(writer(file), batch.schema(), Some(properties.build()));
        match writer.and_then(ArrowWriter::into_serialized_writer) {
            Ok((file, columns)) => {
                let (schema, row_group) = (batch.schema(), RowGroup::default());
                Ok(Self { day, path, rows: 0, memory: 0, file, schema, columns, row_group, draft })
            }
            Err(source) => Err(Error::Parquet { path, source }),
        }
    }

    /// Encodes the rows of a batch, and writes each row group that they fill.
    fn put(&mut self, batch: &RecordBatch, options: Options) -> Result<(), ParquetError> {
        if batch.schema() != self.schema {
            return Err(ParquetError::General("batches of one table differ in their columns".into()));
        }
        let mut start = 0;
        while start < batch.num_rows() {
            let room = options.row_group_rows.max(1) - self.row_group.rows;
            let rows = room.min(batch.num_rows() - start);
            if self.row_group.columns.is_empty() {
                let number = self.file.flushed_row_groups().len();
                self.row_group.columns = self.columns.create_column_writers(number)?;
            }
            self.row_group.encode(&batch.slice(start, rows), options.threads)?;
            self.rows += rows as u64;
            start += rows;
            if rows == room {
                self.flush(options.threads)?;
            }
        }
        Ok(())
    }

    /// Writes the row group, if it has rows.
    fn flush(&mut self, threads: usize) -> Result<(), ParquetError> {
        let RowGroup { rows, columns } = core::mem::take(&mut self.row_group);
        if rows == 0 {
            return Ok(());
        }
        // A row group that is begun and not closed leaves a file that cannot be completed: no rows are missing unseen.
        let mut row_group = self.file.next_row_group()?;
        let mut chunks: Vec<_> = columns.iter().map(|_| None).collect();
        each(columns.into_iter().zip(&mut chunks), rows, threads, |(column, chunk)| {
            *chunk = Some(column.close()?);
            Ok(())
        })?;
        chunks.into_iter().flatten().try_for_each(|chunk| chunk.append_to_row_group(&mut row_group))?;
        row_group.close().map(|_| ())
    }

    fn close(
        mut self,
        table: &'static Table,
        threads: usize,
    ) -> Result<(Written, Option<i64>, Draft), Error> {
        let flushed = self.flush(threads);
        let Self { day, path, rows, file, draft, .. } = self;
        match flushed.and_then(|()| file.close()) {
            Ok(_) => Ok((Written { table, path, rows }, day, draft)),
            Err(source) => Err(Error::Parquet { path, source }),
        }
    }
}

impl RowGroup {
    /// Octets that it takes.
    fn memory(&self) -> usize {
        self.columns.iter().map(ArrowColumnWriter::memory_size).sum()
    }
    fn encode(&mut self, batch: &RecordBatch, threads: usize) -> Result<(), ParquetError> {
        let schema = batch.schema();
        if self.columns.len() != schema.fields().len() {
            return Err(ParquetError::General("a column is not written as one".into()));
        }
        self.rows += batch.num_rows();
        let arrays = schema.fields().iter().zip(batch.columns());
        each(self.columns.iter_mut().zip(arrays), batch.num_rows(), threads, |(column, (field, array))| {
            compute_leaves(field, array)?.iter().try_for_each(|leaf| column.write(leaf))
        })
    }
}

/// Below so many rows a further thread is not worth its start.
const WORTH_A_THREAD: usize = 2_048;

/// Does this with each item, on several threads where there are many rows.
fn each<T: Send>(
    items: impl Iterator<Item = T> + Send,
    rows: usize,
    threads: usize,
    with: impl Fn(T) -> Result<(), ParquetError> + Sync,
) -> Result<(), ParquetError> {
    let threads = if rows < WORTH_A_THREAD { 1 } else { threads.max(1) };
    let items = Mutex::new(items);
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(item) = next() {
            with(item)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        // A thread that cannot be had leaves its share to the others.
        let other = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).filter_map(other).collect();
        let own = work();
        others.into_iter().fold(own, |done, other| match other.join() {
            Ok(its) => done.and(its),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

/// Whether what a column holds mostly grows from row to row by little: times, frames and messages. A dictionary of these
/// would be as long as they are.
fn climbs(field: &Field) -> bool {
    let name = field.name();
    match field.data_type() {
        DataType::Timestamp(..) => true,
        DataType::UInt64 => name == "frame" || name == "message" || name.ends_with("_message"),
        _ => false,
    }
}

/// The folder of this day of a table.
fn of_day(folder: &Path, table: &Table, day: i64) -> PathBuf {
    let mut name = b"day=".to_vec();
    text::wall_clock(day.saturating_mul(DAY), &mut name);
    name.truncate(14);
    folder.join(table.name).join(String::from_utf8_lossy(&name).as_ref())
}

/// Names of the files of a day.
fn parts(of_day: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let of_day = of_day.to_owned();
    (0u64..).map(move |number| of_day.join(format!("part-{number}.parquet")))
}

#[cfg(test)]
mod tests;
