//! `read`: a whole capture at once.
use crate::{
    capture::Capture,
    errors,
    options::{Names, Options, Task},
    worker,
};
use arrow_array::RecordBatch;
use core::ops::Range;
use fieldtap::record::{Envelope, Instant, Row, Series, Sink, Table, Verdict};
use fieldtap_analysis::Summary;
use fieldtap_export::{Batch, arrow};
use fieldtap_pipeline::{
    Collector, ColumnsOutput, Error, Job, Kept, Merged, Output, Prepared, Report, Wanted, run,
};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};
use std::sync::{Arc, Mutex, PoisonError};

/// Collects columns, and the summary beside them where it is wanted.
struct Gatherer<C> {
    columns: C,
    filter: Option<Arc<Prepared>>,
    summary: Option<Summary>,
    whole: Arc<Mutex<Option<Summary>>>,
}

impl<C: Collector> Gatherer<C> {
    fn columns_want(&self, table: &'static Table) -> bool {
        self.columns.wants(table) && self.filter.as_ref().is_none_or(|filter| filter.wants(table))
    }
    fn summary_wants(&self, table: &'static Table) -> bool {
        self.summary.as_ref().is_some_and(|summary| summary.wants(table))
    }
}

impl<C: Collector> Collector for Gatherer<C> {
    type Part = C::Part;

    fn wants(&self, table: &'static Table) -> bool {
        self.columns_want(table) || self.summary_wants(table)
    }
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, went: impl FnMut(u32)) {
        // It takes the rows of all tables, and keeps nothing of those it does not want.
        if let Some(summary) = &mut self.summary {
            summary.row(envelope, row);
        }
        if self.columns_want(row.table())
            && self.filter.as_ref().is_none_or(|filter| filter.holds(envelope, row))
        {
            self.columns.row(envelope, row, went);
        }
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series, mut went: impl FnMut(u32, u32)) {
        if self.filter.is_none() && !self.summary_wants(series.table()) {
            self.columns.series(envelope, series, went);
        } else {
            series.each(&mut |row| {
                self.row(envelope, row, |slot| went(slot, 1));
                Verdict::GoOn
            });
        }
    }
    fn alone(&mut self) {
        self.columns.alone();
    }
    fn weight(&self) -> usize {
        self.columns.weight()
    }
    fn take(&mut self) -> C::Part {
        self.columns.take()
    }
    fn relieve(&mut self) -> C::Part {
        self.columns.relieve()
    }
}

impl<C> Drop for Gatherer<C> {
    /// The end of a thread's work. The order in which summaries come together does not matter.
    fn drop(&mut self) {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(whole), Some(part)) = (&mut *whole, self.summary.take()) {
            whole.merge(part);
        }
    }
}

/// Makes an empty summary, where one is wanted.
type Fresh = Option<fn() -> Summary>;

/// Hands columns on, and sums up.
struct Gathering<F> {
    columns: ColumnsOutput<F>,
    filter: Option<Arc<Prepared>>,
    summary: Arc<Mutex<Option<Summary>>>,
    fresh: Fresh,
}

impl<F: FnMut(Option<Batch>) -> Result<(), Error>> Output for Gathering<F> {
    type Collector = Gatherer<<ColumnsOutput<F> as Output>::Collector>;
    const ORDERED: bool = true;

    fn collector(&self) -> Self::Collector {
        Gatherer {
            columns: self.columns.collector(),
            filter: self.filter.clone(),
            summary: self.fresh.map(|fresh| fresh()),
            whole: Arc::clone(&self.summary),
        }
    }
    fn write(&mut self, part: &Vec<Batch>, slot: u32, rows: Range<usize>) -> Result<(), Error> {
        self.columns.write(part, slot, rows)
    }
    fn write_merged(&mut self, parts: &[Vec<Batch>], merged: &[Merged]) -> Result<(), Error> {
        self.columns.write_merged(parts, merged)
    }
    fn write_all(&mut self, part: Vec<Batch>) -> Result<(), Error> {
        self.columns.write_all(part)
    }
    fn finish(&mut self, last: Instant) -> Result<(), Error> {
        self.columns.finish(last)
    }
}

/// The tables of a capture, in the order of their first full batch.
pub(crate) type Tables = Vec<(&'static Table, Vec<RecordBatch>)>;

fn gather(
    job: &Job,
    wanted: Wanted,
    kept: Option<Kept>,
    filter: Option<Prepared>,
    fresh: Fresh,
) -> Result<(Tables, Option<Summary>, Report), Error> {
    let mut tables = Tables::new();
    let summary = Arc::new(Mutex::new(fresh.map(|fresh| fresh())));
    let columns = ColumnsOutput::new(|batch| {
        let Some(batch) = batch else { return Ok(()) };
        let table = batch.table();
        let batch = arrow::record_batch(batch)?;
        match tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, batches)) => batches.push(batch),
            None => tables.push((table, vec![batch])),
        }
        Ok(())
    });
    let mut output = Gathering {
        columns: columns.only(wanted).columns(kept),
        filter: filter.map(Arc::new),
        summary: Arc::clone(&summary),
        fresh,
    };
    let report = run(job, &mut output)?;
    drop(output);
    let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(summary) = &mut summary {
        summary.set_capture(report.capture());
        summary.set_description(job.config.description.clone());
    }
    Ok((tables, summary, report))
}

/// Reads captures whole: one Arrow table for each kind of record.
#[pyfunction]
#[pyo3(signature = (paths, *, every_message=false, protocols=None, tables=None, threads=None, limits=None,
                    checksums="auto", vlan_in_key=false, scl=None, names=None,
                    columns=None, r#where=None, start=None, end=None, progress=None, points=false, summary=true))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn read<'py>(
    paths: Bound<'py, PyAny>,
    every_message: bool,
    protocols: Option<Names>,
    tables: Option<Names>,
    threads: Option<i64>,
    limits: Option<Bound<'py, PyDict>>,
    checksums: &'py str,
    vlan_in_key: bool,
    scl: Option<Bound<'py, PyAny>>,
    names: Option<Bound<'py, PyAny>>,
    columns: Option<Names>,
    r#where: Option<Bound<'py, PyAny>>,
    start: Option<Bound<'py, PyAny>>,
    end: Option<Bound<'py, PyAny>>,
    progress: Option<Py<PyAny>>,
    points: bool,
    summary: bool,
) -> PyResult<Capture> {
    let py = paths.py();
    let options = Options {
        paths,
        every_message,
        protocols,
        tables,
        threads,
        limits,
        checksums,
        vlan_in_key,
        scl,
        names,
        columns,
        conditions: r#where,
        start,
        end,
        progress,
    };
    let task = options.task()?;
    let (wanted, kept) = (task.wanted(), task.kept());
    let Task { job, told, tables, columns, filter } = task;
    let fresh: Fresh = match (summary, points) {
        (true, true) => Some(Summary::with_points),
        (true, false) => Some(Summary::new),
        (false, true) => {
            return Err(PyValueError::new_err("points=True is for the summary, and summary=False"));
        }
        (false, false) => None,
    };
    let done = worker::run(py, &told, move || gather(&job, wanted, kept, filter, fresh))?;
    let (batches, summary, report) =
        done.ok_or_else(|| worker::gone(py))?.map_err(|error| errors::run(py, &error))?;
    if let Some(error) = errors::nothing_read(&report) {
        return Err(errors::file(py, error));
    }
    Capture::new(batches, tables, columns.as_deref(), summary, &report)
}
