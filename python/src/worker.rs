//! Threads that work while the interpreter goes on, and how it waits for them.
use crate::errors;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use fieldtap_pipeline::Job;
use pyo3::prelude::*;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// How often whoever waits looks for signals.
const LOOK: Duration = Duration::from_millis(50);
/// How long a cancelled worker is waited for. One that waits for a pipe looks up ten times a second.
const PATIENCE: u32 = 20;

/// How far a run has come.
#[pyclass(frozen, get_all, module = "fieldtap")]
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// Index of the file that is read.
    file: usize,
    /// How many files there are.
    files: usize,
    /// Octets read of this file, before decompression.
    read: u64,
    /// Octets of this file, where it is a file.
    total: Option<u64>,
    /// Frames read of all files.
    frames: u64,
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        let total = self.total.map_or("None".to_owned(), |total| total.to_string());
        let Self { file, files, read, frames, .. } = self;
        format!("Progress(file={file}, files={files}, read={read}, total={total}, frames={frames})")
    }
}

/// What the worker and Python tell each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    cancelled: Arc<AtomicBool>,
    /// What Python's callback raised.
    raised: Arc<Mutex<Option<PyErr>>>,
}

impl Told {
    /// Lets the job tell its progress to `callback`; what that raises ends the job.
    pub(crate) fn new(job: &mut Job, callback: Option<Py<PyAny>>) -> Self {
        let told = Self { cancelled: Arc::clone(&job.cancelled), raised: Arc::default() };
        if let Some(callback) = callback {
            let teller = told.clone();
            job.progress = Some(Arc::new(move |at| {
                let progress = Progress {
                    file: at.file,
                    files: at.files,
                    read: at.read,
                    total: at.total,
                    frames: at.frames,
                };
                // An interpreter that is shutting down is told nothing.
                let done = Python::try_attach(|py| callback.call1(py, (progress,)).map(drop));
                if let Some(Err(error)) = done {
                    teller.raised.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    teller.cancel();
                }
            }));
        }
        told
    }
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
    /// What the callback raised, once.
    pub(crate) fn raised(&self) -> PyResult<()> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// The next thing from a worker; `None` if it has gone. Signals are heard meanwhile: what they raise ends the wait, and
/// cancels the work.
pub(crate) fn next<T: Send>(py: Python<'_>, from: &Receiver<T>, told: &Told) -> PyResult<Option<T>> {
    loop {
        let thing = py.detach(|| from.recv_timeout(LOOK));
        // Also where there is no wait: what takes one after the other in C, as `list` does, hears of none in between.
        if let Err(error) = py.check_signals() {
            told.cancel();
            drain(py, from);
            return Err(error);
        }
        match thing {
            Ok(thing) => return Ok(Some(thing)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Waits, not for ever, until a cancelled worker has gone.
pub(crate) fn drain<T: Send>(py: Python<'_>, from: &Receiver<T>) {
    py.detach(|| {
        let mut patience = PATIENCE;
        while patience > 0 {
            match from.recv_timeout(LOOK) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => patience -= 1,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
}

/// Does this on a thread of its own, and waits for what comes of it.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    told: &Told,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<Option<T>> {
    let (to, from) = bounded(1);
    spawn(move || {
        // Nobody waits any more if this fails.
        let _ = to.send(work());
    })?;
    let done = next(py, &from, told)?;
    told.raised()?;
    Ok(done)
}

/// That a worker has ended without a word.
pub(crate) fn gone(py: Python<'_>) -> PyErr {
    errors::other(py, "the thread that read has ended before its time")
}

/// Starts a worker.
pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) -> PyResult<()> {
    thread::Builder::new().name("fieldtap".into()).spawn(work)?;
    Ok(())
}
