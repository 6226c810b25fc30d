//! Batches as Parquet files: one for each table, in one folder, or a folder for each table and day.
use crate::{Batch, Error, arrow, tables::Tables, text};
use ::parquet::{
    arrow::ArrowWriter,
    basic::{Compression as Codec, ZstdLevel},
    file::properties::WriterProperties,
};
use arrow_array::{RecordBatch, cast::AsArray, types::TimestampNanosecondType};
use fieldtap::record::Table;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
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
}

impl Default for Options {
    /// Zstandard, row groups of 131072 rows that take 32 MiB at most, one file a table.
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            row_group_rows: 131_072,
            row_group_memory: 32 << 20,
            partition: Partition::default(),
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
/// The files hold the Arrow schema with its metadata. They are complete only after [`Directory::close`]: without it they
/// have no footer, and no reader takes them for whole.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    options: Options,
    files: Tables<Vec<Open>>,
    /// What the row groups of all open files take.
    memory: usize,
    /// Files that are complete already.
    written: Vec<Written>,
}

struct Open {
    /// Days since 1970-01-01, where there is a file for each day.
    day: Option<i64>,
    path: PathBuf,
    rows: u64,
    /// What its row group takes.
    memory: usize,
    writer: ArrowWriter<File>,
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
        Ok(Self { path, options, files: Tables::default(), memory: 0, written: Vec::new() })
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
    /// [`Error::File`] and [`Error::Parquet`] if the file cannot be made or written.
    pub fn write_record_batch(&mut self, table: &'static Table, batch: &RecordBatch) -> Result<(), Error> {
        let times =
            batch.column_by_name("ts").and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>());
        let (Partition::Day, Some(times)) = (self.options.partition, times) else {
            return self.put(table, None, batch);
        };
        let day = |row: usize| times.value(row).div_euclid(DAY);
        let mut start = 0;
        while start < times.len() {
            let today = day(start);
            let end = (start..times.len()).find(|row| day(*row) != today).unwrap_or(times.len());
            self.put(table, Some(today), &batch.slice(start, end - start))?;
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
                    self.written.push(oldest.close(table)?);
                }
                open.push(Open::create(&self.path, table, day, batch, self.options)?);
                open.len() - 1
            }
        };
        let Some(open) = open.get_mut(place) else { return Ok(()) };
        open.writer.write(batch).map_err(|source| Error::Parquet { path: open.path.clone(), source })?;
        open.rows += batch.num_rows() as u64;
        self.memory -= open.memory;
        open.memory = open.writer.memory_size();
        self.memory += open.memory;
        self.make_room()
    }

    /// Writes the largest row groups, until the others stay within their memory.
    fn make_room(&mut self) -> Result<(), Error> {
        while self.memory > self.options.row_group_memory {
            // What an empty row group takes cannot be had back.
            let begun = self.files.values_mut().flatten().filter(|open| open.writer.in_progress_rows() > 0);
            let Some(open) = begun.max_by_key(|open| open.memory) else { break };
            open.writer.flush().map_err(|source| Error::Parquet { path: open.path.clone(), source })?;
            self.memory -= open.memory;
            open.memory = open.writer.memory_size();
            self.memory += open.memory;
        }
        Ok(())
    }
    /// Completes the files, in the order in which their tables first had rows.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] for the first file that cannot be completed; the others are completed all the same.
    pub fn close(self) -> Result<Vec<Written>, Error> {
        let mut written = self.written;
        let mut failed = None;
        for (table, open) in self.files.into_entries() {
            for open in open {
                match open.close(table) {
                    Ok(file) => written.push(file),
                    Err(error) => failed = failed.or(Some(error)),
                }
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
    ) -> Result<Self, Error> {
        let (path, file) = match day {
            None => {
                let path = folder.join(format!("{}.parquet", table.name));
                let file =
                    File::create(&path).map_err(|source| Error::File { path: path.clone(), source })?;
                (path, file)
            }
            Some(day) => part(&folder.join(table.name), day)?,
        };
        let codec = match options.compression {
            Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
            Compression::Snappy => Codec::SNAPPY,
            Compression::None => Codec::UNCOMPRESSED,
        };
        let properties = WriterProperties::builder()
            .set_created_by(concat!("fieldtap ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(codec)
            .set_max_row_group_row_count(Some(options.row_group_rows.max(1)))
            .build();
        match ArrowWriter::try_new(file, batch.schema(), Some(properties)) {
            Ok(writer) => Ok(Self { day, path, rows: 0, memory: 0, writer }),
            Err(source) => Err(Error::Parquet { path, source }),
        }
    }

    fn close(self, table: &'static Table) -> Result<Written, Error> {
        let Self { path, rows, writer, .. } = self;
        match writer.close() {
            Ok(_) => Ok(Written { table, path, rows }),
            Err(source) => Err(Error::Parquet { path, source }),
        }
    }
}

/// A new file of this day in the folder of a table.
fn part(folder: &Path, day: i64) -> Result<(PathBuf, File), Error> {
    let mut name = b"day=".to_vec();
    text::wall_clock(day.saturating_mul(DAY), &mut name);
    name.truncate(14);
    let folder = folder.join(String::from_utf8_lossy(&name).as_ref());
    fs::create_dir_all(&folder).map_err(|source| Error::File { path: folder.clone(), source })?;
    let mut number = 0u64;
    loop {
        let path = folder.join(format!("part-{number}.parquet"));
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(Error::File { path, source }),
        }
    }
}

#[cfg(test)]
mod tests;
