//! What Python says is to be read, and how.
use crate::{
    errors,
    worker::{self, Told},
};
use fieldtap::{
    Checksums, Config, Limits, OverlapPolicy,
    protocol::Protocol,
    protocols::PROTOCOLS,
    record::{ColumnInfo, Envelope, Kind, Record, Table},
};
use fieldtap_pipeline::{
    Comparison, Condition, Filter, Job, Kept, Literal, Prepared, Wanted, describe, expand,
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBool, PyBytes, PyDelta, PyDict, PyFloat, PyString, PyTuple},
};
use std::{path::PathBuf, sync::Arc};

/// A name, or several.
pub(crate) struct Names(Vec<String>);

impl<'py> FromPyObject<'_, 'py> for Names {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(name) = given.extract() {
            return Ok(Self(vec![name]));
        }
        given.extract().map(Self).map_err(|_| {
            let kind = given.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
            PyTypeError::new_err(format!("a name or a sequence of names is expected, not {kind}"))
        })
    }
}

/// Everything that `read` and `stream` are told.
pub(crate) struct Options<'py> {
    pub(crate) paths: Bound<'py, PyAny>,
    pub(crate) every_message: bool,
    pub(crate) protocols: Option<Names>,
    pub(crate) tables: Option<Names>,
    pub(crate) threads: Option<i64>,
    pub(crate) limits: Option<Bound<'py, PyDict>>,
    pub(crate) checksums: &'py str,
    pub(crate) vlan_in_key: bool,
    pub(crate) scl: Option<Bound<'py, PyAny>>,
    pub(crate) names: Option<Bound<'py, PyAny>>,
    pub(crate) columns: Option<Names>,
    pub(crate) conditions: Option<Bound<'py, PyAny>>,
    pub(crate) start: Option<Bound<'py, PyAny>>,
    pub(crate) end: Option<Bound<'py, PyAny>>,
    pub(crate) progress: Option<Py<PyAny>>,
}

/// What there is to be done.
pub(crate) struct Task {
    pub(crate) job: Job,
    /// The tables that are wanted; all if `None`.
    pub(crate) tables: Option<Vec<&'static Table>>,
    /// The columns that are wanted, in this order; all if `None`.
    pub(crate) columns: Option<Arc<[String]>>,
    /// The rows that are wanted; all if `None`.
    pub(crate) filter: Option<Prepared>,
    pub(crate) told: Told,
}

impl Task {
    pub(crate) fn wanted(&self) -> Wanted {
        match self.tables.clone() {
            Some(tables) => Arc::new(move |table| tables.contains(&table)),
            None => Arc::new(|_| true),
        }
    }

    pub(crate) fn kept(&self) -> Option<Kept> {
        let columns = Arc::clone(self.columns.as_ref()?);
        Some(Arc::new(move |column| columns.iter().any(|name| gives(column, name))))
    }
}

/// Whether a column is this one of Arrow, or gives it: that of a code gives two.
fn gives(column: &ColumnInfo, name: &str) -> bool {
    let of_code =
        || matches!(column.kind, Kind::Code { .. }) && name.strip_suffix("_name") == Some(column.name);
    column.name == name || of_code()
}

/// Of these tables, those that have one of the columns.
fn with_columns(tables: Vec<&'static Table>, columns: &[String]) -> PyResult<Vec<&'static Table>> {
    let has = |table: &Table, name: &String| {
        Envelope::COLUMNS.iter().chain(table.columns).any(|column| gives(column, name))
    };
    if columns.is_empty() {
        return Err(PyValueError::new_err("columns names none"));
    }
    if let Some(other) = columns.iter().find(|name| !tables.iter().any(|table| has(table, name))) {
        let reason = format!("no table that is asked for has a column named {other:?}");
        return Err(PyValueError::new_err(reason));
    }
    Ok(tables.into_iter().filter(|table| columns.iter().any(|name| has(table, name))).collect())
}

impl Options<'_> {
    pub(crate) fn task(self) -> PyResult<Task> {
        let py = self.paths.py();
        let paths = paths(&self.paths)?;
        let files = aside(py, move || expand(&paths))?.map_err(|error| errors::run(py, &error))?;
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
                Some(names) => Some(names.0.iter().map(|name| protocol(name)).collect::<PyResult<_>>()?),
                None => None,
            },
            description: {
                let given = |of: &Option<_>| of.as_ref().map_or(Ok(Vec::new()), self::paths);
                let (scl, names) = (given(&self.scl)?, given(&self.names)?);
                aside(py, move || describe(&scl, &names))?
                    .map_err(|error| errors::description(py, &error))?
                    .map(Arc::new)
            },
            ..Config::default()
        };
        job.threads = match self.threads {
            Some(threads @ 1..=64) => threads as usize,
            Some(threads) => {
                return Err(PyValueError::new_err(format!("threads is {threads}; 1 to 64 may work")));
            }
            // More threads than this wait for the one that reads.
            None => std::thread::available_parallelism().map_or(1, usize::from).min(8),
        };
        let told = Told::new(&mut job, self.progress);
        let mut tables = self.tables.map(self::tables).transpose()?;
        let filter = Filter {
            any: self.conditions.as_ref().map_or(Ok(Vec::new()), groups)?,
            from: self.start.as_ref().map(moment).transpose()?,
            to: self.end.as_ref().map(moment).transpose()?,
        };
        let asked = || tables.clone().unwrap_or_else(fieldtap_pipeline::tables);
        let filter = match filter.is_empty() {
            true => None,
            false => Some(filter.prepare(&asked()).map_err(|error| errors::run(py, &error))?),
        };
        let columns: Option<Arc<[String]>> = self.columns.map(|names| names.0.into());
        if let Some(columns) = &columns {
            tables = Some(with_columns(asked(), columns)?);
        }
        Ok(Task { job, tables, columns, filter, told })
    }
}

/// Does what may have to wait for folders and pipes, so that signals are heard.
fn aside<T: Send + 'static>(py: Python<'_>, work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
    worker::run(py, &Told::default(), work)?.ok_or_else(|| worker::gone(py))
}

/// Conditions as pyarrow takes them: tuples of which all hold, or lists of such tuples, of which one does.
fn groups(given: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<Condition>>> {
    let wrong = || {
        let form = "where is a list of tuples (column, comparison, value), or a list of such lists";
        PyTypeError::new_err(form)
    };
    if given.is_instance_of::<PyString>() {
        return Err(wrong());
    }
    let mut all = Vec::new();
    let mut any = Vec::new();
    for item in given.try_iter().map_err(|_| wrong())? {
        let item = item?;
        match item.cast::<PyTuple>() {
            Ok(tuple) => all.push(condition(tuple)?),
            Err(_) if item.is_instance_of::<PyString>() => return Err(wrong()),
            Err(_) => {
                let group = item.try_iter().map_err(|_| wrong())?;
                let conditions = group.map(|item| condition(item?.cast::<PyTuple>().map_err(|_| wrong())?));
                any.push(conditions.collect::<PyResult<_>>()?);
            }
        }
    }
    if !all.is_empty() && !any.is_empty() {
        return Err(wrong());
    }
    if !all.is_empty() {
        any.push(all);
    }
    Ok(any)
}

fn condition(tuple: &Bound<'_, PyTuple>) -> PyResult<Condition> {
    let Ok((column, comparison, given)) = tuple.extract::<(String, String, Bound<'_, PyAny>)>() else {
        return Err(PyTypeError::new_err("a condition is a tuple (column, comparison, value)"));
    };
    let failed = |reason| PyValueError::new_err(format!("where {column:?}: {reason}"));
    let comparison = Comparison::named(&comparison).map_err(failed)?;
    let values = match comparison {
        Comparison::In | Comparison::NotIn if !given.is_instance_of::<PyString>() => {
            given.try_iter()?.map(|item| literal(&item?)).collect::<PyResult<_>>()?
        }
        _ => vec![literal(&given)?],
    };
    Ok(Condition { column, comparison, values })
}

/// A value of Python as one to compare with.
fn literal(given: &Bound<'_, PyAny>) -> PyResult<Literal> {
    if let Ok(truth) = given.cast::<PyBool>() {
        return Ok(Literal::Truth(truth.is_true()));
    }
    if let Ok(integer) = given.extract::<i128>() {
        return Ok(Literal::Integer(integer));
    }
    if given.is_instance_of::<PyFloat>() {
        return given.extract().map(Literal::Real);
    }
    if let Ok(octets) = given.cast::<PyBytes>() {
        let hex = octets.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
        return Ok(Literal::Text(hex));
    }
    if let Ok(text) = given.extract::<String>() {
        return Ok(Literal::Text(text));
    }
    if given.hasattr("isoformat")? {
        return given.call_method0("isoformat")?.extract().map(Literal::Text);
    }
    if let (Ok(days), Ok(seconds), Ok(micros)) =
        (given.getattr("days"), given.getattr("seconds"), given.getattr("microseconds"))
    {
        let (days, seconds, micros): (i128, i128, i128) =
            (days.extract()?, seconds.extract()?, micros.extract()?);
        return Ok(Literal::Integer(((days * 86_400 + seconds) * 1_000_000 + micros) * 1_000));
    }
    // Addresses of the module `ipaddress`.
    if given.hasattr("packed")? {
        return given.str()?.extract().map(Literal::Text);
    }
    let kind = given.get_type().name()?;
    Err(PyTypeError::new_err(format!("no column can be compared with a value of type {kind}")))
}

/// A moment: a `datetime`, text as in ISO 8601, or nanoseconds since 1970-01-01 UTC.
fn moment(given: &Bound<'_, PyAny>) -> PyResult<i64> {
    let wrong = || PyTypeError::new_err("a moment is a datetime, text, or a number of nanoseconds");
    if given.is_instance_of::<PyDelta>() {
        return Err(wrong());
    }
    match literal(given)? {
        Literal::Integer(moment) => {
            moment.try_into().map_err(|_| PyValueError::new_err("the moment is out of range"))
        }
        Literal::Text(text) => fieldtap_pipeline::moment(&text).map_err(PyValueError::new_err),
        _ => Err(wrong()),
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
    for name in names.0 {
        match name.as_str() {
            "common" => {
                let common = fieldtap::common::TABLES.iter().map(|table| table());
                wanted.extend(common.chain([fieldtap_pipeline::Captures::schema()]));
            }
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
