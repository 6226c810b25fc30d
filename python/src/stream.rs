//! `stream`: a capture in batches, in bounded memory.
use crate::{
    errors,
    options::{Names, Options, Task},
    table::Table,
    worker::{self, Told},
};
use arrow_array::RecordBatch;
use crossbeam_channel::{Receiver, Sender, bounded};
use fieldtap_capture::Reader;
use fieldtap_export::arrow;
use fieldtap_pipeline::{ColumnsOutput, Error, Filtered, Report, run};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyTuple},
};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Batches that may wait to be asked for.
const WAITING: usize = 4;

enum Message {
    Batch(&'static fieldtap::record::Table, RecordBatch),
    End(Result<Report, Error>),
}

#[derive(Debug, Default)]
struct State {
    done: bool,
    errors: Vec<String>,
}

/// Pairs of a table's name and some of its rows.
#[pyclass(frozen, module = "fieldtap")]
#[derive(Debug)]
pub(crate) struct Stream {
    /// The columns that are wanted, in this order; all if `None`.
    columns: Option<Arc<[String]>>,
    from: Receiver<Message>,
    told: Told,
    /// The worker has come to its end, which perhaps another thread was told.
    ended: Arc<AtomicBool>,
    state: Mutex<State>,
    /// The process that reads: a thread does not go along where that forks.
    process: u32,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.told.cancel();
    }
}

fn work(task: &Task, rows: usize, to: &Sender<Message>) -> Result<Report, Error> {
    let columns = ColumnsOutput::new(|batch| {
        let Some(batch) = batch else { return Ok(()) };
        if task.told.is_cancelled() {
            return Err(Error::Gone);
        }
        let table = batch.table();
        to.send(Message::Batch(table, arrow::record_batch(batch)?)).map_err(|_| Error::Gone)
    });
    let mut output = columns.only(task.wanted()).columns(task.kept()).rows(rows).live();
    match &task.filter {
        Some(filter) => run(&task.job, &mut Filtered::new(&mut output, filter.clone())),
        None => run(&task.job, &mut output),
    }
}

/// Whether one of these could be a capture. What is no plain file can be looked at only once, and passes.
fn any_capture(files: &[PathBuf]) -> Result<(), fieldtap_capture::Error> {
    let mut first = None;
    for file in files {
        if !file.metadata().is_ok_and(|data| data.is_file()) {
            return Ok(());
        }
        match Reader::open(file) {
            Ok(_) => return Ok(()),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(()), Err)
}

impl Stream {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Stream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<(&'static str, Table)>> {
        if self.state().done {
            return Ok(None);
        }
        if self.process != std::process::id() {
            return Err(errors::other(py, "this stream is read by another process: open one in each"));
        }
        let message = worker::next(py, &self.from, &self.told);
        if !matches!(message, Ok(Some(Message::Batch(..)))) {
            self.state().done = true;
        }
        self.told.raised()?;
        match message? {
            Some(Message::Batch(table, batch)) => {
                let columns = self.columns.as_deref();
                Ok(Some((table.name, Table::new(table, vec![batch], columns)?)))
            }
            Some(Message::End(Ok(report))) => {
                self.state().errors = errors::damages(&report);
                match errors::nothing_read(&report) {
                    Some(error) => Err(errors::file(py, error)),
                    None => Ok(None),
                }
            }
            Some(Message::End(Err(Error::Gone))) => Ok(None),
            Some(Message::End(Err(error))) => Err(errors::run(py, &error)),
            None if self.ended.load(Ordering::Acquire) => Ok(None),
            None => Err(worker::gone(py)),
        }
    }
    /// What is wrong with files that could not be read to their end, each with its place; known at the end.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let errors = self.state().errors.clone();
        PyTuple::new(py, errors)
    }
    /// Ends it: nothing more is read.
    fn close(&self, py: Python<'_>) {
        self.told.cancel();
        let done = core::mem::replace(&mut self.state().done, true);
        if !done && self.process == std::process::id() {
            worker::drain(py, &self.from);
        }
    }
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }
    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }
    fn __repr__(&self) -> &'static str {
        if self.state().done { "<fieldtap.Stream, at its end>" } else { "<fieldtap.Stream>" }
    }
}

/// Reads captures in batches, in bounded memory.
#[pyfunction]
#[pyo3(signature = (paths, *, every_message=false, protocols=None, tables=None, threads=None, limits=None,
                    checksums="auto", vlan_in_key=false, scl=None, names=None,
                    columns=None, r#where=None, start=None, end=None, progress=None, batch_rows=65_536))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn stream<'py>(
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
    batch_rows: i64,
) -> PyResult<Stream> {
    let py = paths.py();
    let batch_rows = usize::try_from(batch_rows).ok().filter(|rows| *rows > 0).ok_or_else(|| {
        PyValueError::new_err(format!("batch_rows is {batch_rows}; a batch has at least one row"))
    })?;
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
    py.detach(|| any_capture(&task.job.files)).map_err(|error| errors::file(py, &error))?;
    let (told, columns) = (task.told.clone(), task.columns.clone());
    let (to, from) = bounded(WAITING);
    let ended = Arc::new(AtomicBool::new(false));
    let ending = Arc::clone(&ended);
    worker::spawn(move || {
        let end = work(&task, batch_rows, &to);
        ending.store(true, Ordering::Release);
        // Nobody listens any more if this fails.
        let _ = to.send(Message::End(end));
    })?;
    Ok(Stream { columns, from, told, ended, state: Mutex::default(), process: std::process::id() })
}
