//! What Python says is to be read, and how.
use crate::{errors, worker::Told};
use fieldtap::{
    Checksums, Config, Limits, OverlapPolicy, protocol::Protocol, protocols::PROTOCOLS, record::Table,
};
use fieldtap_pipeline::{Job, Wanted, expand, read_scl};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::PyDict,
};
use std::{path::PathBuf, sync::Arc};

/// A name, or several.
#[derive(FromPyObject)]
pub(crate) enum Names {
    #[pyo3(annotation = "str")]
    One(String),
    #[pyo3(annotation = "Sequence[str]")]
    Several(Vec<String>),
}

impl Names {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(name) => vec![name],
            Self::Several(names) => names,
        }
    }
}

/// Everything that `read` and `stream` are told.
pub(crate) struct Options<'py> {
    pub(crate) paths: Bound<'py, PyAny>,
    pub(crate) every_message: bool,
    pub(crate) protocols: Option<Names>,
    pub(crate) tables: Option<Names>,
    pub(crate) threads: Option<usize>,
    pub(crate) limits: Option<Bound<'py, PyDict>>,
    pub(crate) checksums: &'py str,
    pub(crate) vlan_in_key: bool,
    pub(crate) scl: Option<Bound<'py, PyAny>>,
    pub(crate) progress: Option<Py<PyAny>>,
}

/// What there is to be done.
pub(crate) struct Task {
    pub(crate) job: Job,
    /// The tables that are wanted; all if `None`.
    pub(crate) tables: Option<Vec<&'static Table>>,
    pub(crate) told: Told,
}

impl Task {
    pub(crate) fn wanted(&self) -> Wanted {
        match self.tables.clone() {
            Some(tables) => Arc::new(move |table| tables.contains(&table)),
            None => Arc::new(|_| true),
        }
    }
}

impl Options<'_> {
    pub(crate) fn task(self) -> PyResult<Task> {
        let py = self.paths.py();
        let paths = paths(&self.paths)?;
        let files = py.detach(|| expand(&paths)).map_err(|error| errors::run(py, &error))?;
        let mut job = Job::new(files);
        job.config = Config {
            every_message: self.every_message,
            vlan_in_key: self.vlan_in_key,
            checksums: match self.checksums {
                "auto" => Checksums::Auto,
                "check" => Checksums::Check,
                "ignore" => Checksums::Ignore,
                other => {
                    return Err(errors::unknown(
                        "way with checksums",
                        other,
                        ["auto", "check", "ignore"].into_iter(),
                    ));
                }
            },
            limits: limits(self.limits.as_ref())?,
            protocols: match self.protocols {
                Some(names) => {
                    Some(names.into_vec().iter().map(|name| protocol(name)).collect::<PyResult<_>>()?)
                }
                None => None,
            },
            description: match &self.scl {
                Some(given) => {
                    let scl = self::paths(given)?;
                    let read = py.detach(|| read_scl(&scl)).map_err(|error| errors::run(py, &error))?;
                    Some(Arc::new(read))
                }
                None => None,
            },
            ..Config::default()
        };
        job.threads = match self.threads {
            Some(threads @ 1..=64) => threads,
            Some(threads) => {
                return Err(PyValueError::new_err(format!("threads is {threads}; 1 to 64 may work")));
            }
            // More threads than this wait for the one that reads.
            None => std::thread::available_parallelism().map_or(1, usize::from).min(8),
        };
        let told = Told::new(&mut job, self.progress);
        Ok(Task { job, tables: self.tables.map(tables).transpose()?, told })
    }
}

fn paths(given: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    if let Ok(path) = given.extract::<PathBuf>() {
        return Ok(vec![path]);
    }
    let wrong = || {
        let kind = given.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
        PyTypeError::new_err(format!("a path or a sequence of paths is expected, not {kind}"))
    };
    let paths: Vec<PathBuf> = given.extract().map_err(|_| wrong())?;
    if paths.is_empty() {
        return Err(PyValueError::new_err("no path is given"));
    }
    Ok(paths)
}

/// The protocol of this name.
pub(crate) fn protocol(name: &str) -> PyResult<&'static Protocol> {
    fieldtap::protocols::named(name)
        .ok_or_else(|| errors::unknown("protocol", name, PROTOCOLS.iter().map(|protocol| protocol.name)))
}

/// The tables that names stand for; `messages` are the protocols' own, `common` those of the common language.
fn tables(names: Names) -> PyResult<Vec<&'static Table>> {
    let all = fieldtap_pipeline::tables();
    let mut wanted = Vec::new();
    for name in names.into_vec() {
        match name.as_str() {
            "common" => wanted.extend(fieldtap::common::TABLES.iter().map(|table| table())),
            "messages" => {
                wanted.extend(PROTOCOLS.iter().flat_map(|protocol| protocol.tables).map(|table| table()))
            }
            name => match all.iter().find(|table| table.name == name) {
                Some(table) => wanted.push(table),
                None => {
                    let known = ["messages", "common"].into_iter().chain(all.iter().map(|table| table.name));
                    return Err(errors::unknown("table", name, known));
                }
            },
        }
    }
    Ok(wanted)
}

/// The default limits, but for those that are given.
pub(crate) fn limits(given: Option<&Bound<'_, PyDict>>) -> PyResult<Limits> {
    let mut limits = Limits::default();
    for (name, value) in given.into_iter().flatten() {
        let name: String = name.extract()?;
        if name == "overlap" {
            let policy = value.extract::<&str>()?;
            let known = OverlapPolicy::NAMED.into_iter().map(|(name, _)| name);
            limits.overlap =
                OverlapPolicy::named(policy).ok_or_else(|| errors::unknown("overlap", policy, known))?;
            continue;
        }
        if !Limits::default().numbers().any(|(known, _)| known == name) {
            let known = Limits::default().numbers().map(|(name, _)| name).chain(["overlap"]);
            return Err(errors::unknown("limit", &name, known));
        }
        let number = value
            .extract()
            .map_err(|_| PyValueError::new_err(format!("limit {name} must be a number, at least 0")))?;
        if !limits.set_number(&name, number) {
            return Err(PyValueError::new_err(format!("limit {name} cannot be {number}")));
        }
    }
    Ok(limits)
}
