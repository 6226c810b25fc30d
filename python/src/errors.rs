//! Errors as Python exceptions. Those of our own are declared in `package/fieldtap/_errors.py`.
use fieldtap_pipeline::{Error, FileReport, Report};
use pyo3::{
    exceptions::{PyFileNotFoundError, PyValueError},
    prelude::*,
    types::PyType,
};
use std::{fmt::Display, io::ErrorKind};

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
    Ok(py.import("fieldtap._errors")?.getattr(name)?.cast_into()?)
}

/// `fieldtap.Error`.
pub(crate) fn other(py: Python<'_>, reason: impl Display) -> PyErr {
    class(py, "Error").map_or_else(|error| error, |class| PyErr::from_type(class, (reason.to_string(),)))
}

/// `fieldtap.CaptureError`.
fn capture(py: Python<'_>, file: &str, offset: Option<u64>, reason: &str) -> PyErr {
    let arguments = (file.to_owned(), offset, reason.to_owned());
    class(py, "CaptureError").map_or_else(|error| error, |class| PyErr::from_type(class, arguments))
}

/// A name that is none, with those there are.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> PyErr {
    PyValueError::new_err(no_such(what, name, known))
}

/// Says that there is no such name, and which there are.
pub(crate) fn no_such<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("no {what} is named {name:?}; there are {}", known.collect::<Vec<_>>().join(", "))
}

/// That there is no such file, if that is what is wrong.
fn missing(error: &Error) -> Option<PyErr> {
    let Error::Path { path, .. } = error else { return None };
    let missing = path.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    // ENOENT, on every system that Python runs on.
    let arguments = || (2, "No such file or directory", path.as_os_str().to_owned());
    missing.then(|| PyFileNotFoundError::new_err(arguments()))
}

/// What keeps files of names and of SCL from being read, which are no captures.
pub(crate) fn description(py: Python<'_>, error: &Error) -> PyErr {
    match error {
        Error::Path { .. } => missing(error).unwrap_or_else(|| other(py, error)),
        error => run(py, error),
    }
}

/// What keeps a run from being done.
pub(crate) fn run(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(missing) = missing(error) {
        return missing;
    }
    match error {
        Error::Path { path, reason } => capture(py, &path.display().to_string(), None, reason),
        Error::TooManyFiles { .. } | Error::Names { .. } | Error::Filter { .. } => {
            PyValueError::new_err(error.to_string())
        }
        error => other(py, error),
    }
}

pub(crate) fn file(py: Python<'_>, error: &fieldtap_capture::Error) -> PyErr {
    capture(py, error.file(), Some(error.offset()), &error.reason())
}

/// The first error of a run in which no file was a capture at all.
pub(crate) fn nothing_read(report: &Report) -> Option<&fieldtap_capture::Error> {
    let unread = |file: &FileReport| file.format.is_none() && file.error.is_some();
    if !report.files.iter().all(unread) {
        return None;
    }
    report.files.first()?.error.as_ref()
}

/// What is said of the files that could not be read to their end.
pub(crate) fn damages(report: &Report) -> Vec<String> {
    report.files.iter().filter_map(|file| file.error.as_ref()).map(ToString::to_string).collect()
}
