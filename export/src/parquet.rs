//! Batches as Parquet files: one for each table, in one folder.
use crate::{Batch, Error, arrow, tables::Tables};
use ::parquet::{
    arrow::ArrowWriter,
    basic::{Compression as Codec, ZstdLevel},
    file::properties::WriterProperties,
};
use arrow_array::RecordBatch;
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

/// How files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How pages are compressed.
    pub compression: Compression,
    /// Rows in a row group, at least one. A row group is held in memory, encoded, until it is full.
    pub row_group_rows: usize,
}

impl Default for Options {
    /// Zstandard, and row groups of 131072 rows.
    fn default() -> Self {
        Self { compression: Compression::default(), row_group_rows: 131_072 }
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

/// A folder with one Parquet file for each table that has rows, `<folder>/<table>.parquet`.
///
/// The files hold the Arrow schema with its metadata. They are complete only after [`Directory::close`]: without it they
/// have no footer, and no reader takes them for whole.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    options: Options,
    files: Tables<Option<Open>>,
}

struct Open {
    path: PathBuf,
    rows: u64,
    writer: ArrowWriter<File>,
}

impl core::fmt::Debug for Open {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Open").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Directory {
    /// Makes the folder, and those above it, if it is not there. A file of the same name is written over.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if it cannot be made.
    pub fn create(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        fs::create_dir_all(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        Ok(Self { path, options, files: Tables::default() })
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
        let slot = self.files.entry(table, || None);
        let open = match slot {
            Some(open) => open,
            None => slot.insert(Open::create(&self.path, table, batch, self.options)?),
        };
        open.writer.write(batch).map_err(|source| Error::Parquet { path: open.path.clone(), source })?;
        open.rows += batch.num_rows() as u64;
        Ok(())
    }
    /// Completes the files, in the order in which their tables first had rows.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] for the first file that cannot be completed; the others are completed all the same.
    pub fn close(self) -> Result<Vec<Written>, Error> {
        let mut written = Vec::new();
        let mut failed = None;
        for (table, open) in self.files.into_entries() {
            let Some(Open { path, rows, writer }) = open else { continue };
            match writer.close() {
                Ok(_) => written.push(Written { table, path, rows }),
                Err(source) => failed = failed.or(Some(Error::Parquet { path, source })),
            }
        }
        failed.map_or(Ok(written), Err)
    }
}

impl Open {
    fn create(
        folder: &Path,
        table: &'static Table,
        batch: &RecordBatch,
        options: Options,
    ) -> Result<Self, Error> {
        let path = folder.join(format!("{}.parquet", table.name));
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
        let file = File::create(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        match ArrowWriter::try_new(file, batch.schema(), Some(properties)) {
            Ok(writer) => Ok(Self { path, rows: 0, writer }),
            Err(source) => Err(Error::Parquet { path, source }),
        }
    }
}

#[cfg(test)]
mod tests;
