//! What was read of one capture.
use crate::{
    errors,
    read::Tables,
    summary::Summary,
    table::{Table, escape, number},
};
use fieldtap_pipeline::Report;
use pyo3::{
    exceptions::{PyAttributeError, PyKeyError, PyValueError},
    prelude::*,
    types::{PyIterator, PyTuple},
};
use std::{ffi::OsString, fmt::Write as _, sync::Arc};

/// The tables of one capture, and what was met while it was read.
#[pyclass(frozen, module = "fieldtap")]
#[derive(Debug)]
pub(crate) struct Capture {
    /// The tables that were asked for, in the order of the registry.
    tables: Vec<Table>,
    files: Vec<OsString>,
    errors: Vec<String>,
    frames: u64,
    /// None where none was wanted.
    summary: Option<Arc<fieldtap_analysis::Summary>>,
}

impl Capture {
    pub(crate) fn new(
        mut read: Tables,
        wanted: Option<Vec<&'static fieldtap::record::Table>>,
        columns: Option<&[String]>,
        summary: Option<fieldtap_analysis::Summary>,
        report: &Report,
    ) -> PyResult<Self> {
        let mut tables = fieldtap_pipeline::tables();
        tables.retain(|table| wanted.as_ref().is_none_or(|wanted| wanted.contains(table)));
        let mut batches = |table| match read.iter_mut().find(|(known, _)| *known == table) {
            Some((_, batches)) => core::mem::take(batches),
            None => Vec::new(),
        };
        let tables = tables.into_iter().map(|table| Table::new(table, batches(table), columns));
        Ok(Self {
            tables: tables.collect::<PyResult<_>>()?,
            files: report.files.iter().map(|file| file.path.as_os_str().to_owned()).collect(),
            errors: errors::damages(report),
            frames: report.counters.frames,
            summary: summary.map(Arc::new),
        })
    }

    fn table(&self, name: &str) -> Option<Table> {
        self.tables.iter().find(|table| table.table_name() == name).cloned()
    }

    /// The table of this name, as an attribute: one that is not there is missing, as `hasattr` has it.
    fn attribute(&self, name: &str) -> PyResult<Table> {
        self.table(name).ok_or_else(|| PyAttributeError::new_err(not_asked_for(name)))
    }

    fn filled(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|table| table.count() > 0)
    }

    fn title(&self) -> String {
        let count =
            |count: usize, one: &str| format!("{} {one}{}", number(count), if count == 1 { "" } else { "s" });
        let frames = count(usize::try_from(self.frames).unwrap_or(usize::MAX), "frame");
        let errors = if self.errors.is_empty() {
            String::new()
        } else {
            ", ".to_owned() + &count(self.errors.len(), "error")
        };
        format!("{}, {frames}{errors}", count(self.files.len(), "file"))
    }
}

#[pymethods]
impl Capture {
    /// Names of the tables that have rows.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.filled().map(Table::table_name).collect::<Vec<_>>())
    }
    /// The files, in the order in which they were read: the column `file` counts them from 0.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.files)
    }
    /// What is wrong with files that could not be read to their end, each with its place.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.errors)
    }
    /// Frames that were read.
    #[getter]
    fn frames(&self) -> u64 {
        self.frames
    }
    /// The table of this name; without rows if there were none.
    fn __getitem__(&self, name: &str) -> PyResult<Table> {
        if let Some(table) = self.table(name) {
            return Ok(table);
        }
        if fieldtap_pipeline::tables().iter().any(|table| table.name == name) {
            return Err(PyKeyError::new_err(not_asked_for(name)));
        }
        let known = self.tables.iter().map(Table::table_name);
        Err(PyKeyError::new_err(errors::no_such("table", name, known)))
    }
    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        let name = name.extract::<String>();
        name.is_ok_and(|name| self.tables.iter().any(|table| table.table_name() == name))
    }
    /// The names of the tables that have rows.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.tables(py)?.try_iter()
    }
    /// The files that were read, a row each.
    #[getter]
    fn captures(&self) -> PyResult<Table> {
        self.attribute("captures")
    }
    /// Who asked whom to do what, and what became of it.
    #[getter]
    fn operations(&self) -> PyResult<Table> {
        self.attribute("operations")
    }
    /// Process values.
    #[getter]
    fn points(&self) -> PyResult<Table> {
        self.attribute("points")
    }
    /// What devices tell of themselves.
    #[getter]
    fn identities(&self) -> PyResult<Table> {
        self.attribute("identities")
    }
    /// The conversations, a row each.
    #[getter]
    fn conversations(&self) -> PyResult<Table> {
        self.attribute("conversations")
    }
    /// What publishers of cyclic messages sent, a row for each and each interval.
    #[getter]
    fn streams(&self) -> PyResult<Table> {
        self.attribute("streams")
    }
    /// What was odd: malformed octets, gaps, impossible values, limits that were reached.
    #[getter]
    fn anomalies(&self) -> PyResult<Table> {
        self.attribute("anomalies")
    }
    /// What is in the capture, for people. It is the same whichever tables were asked for.
    fn summary(&self) -> PyResult<Summary> {
        let summary =
            self.summary.as_ref().ok_or_else(|| PyValueError::new_err("read with summary=False"))?;
        Ok(Summary(Arc::clone(summary)))
    }
    fn __repr__(&self) -> String {
        let mut text = format!("<fieldtap.Capture {}>", self.title());
        for table in self.filled() {
            // Writing into a string cannot fail.
            let _ = write!(text, "\n  {:<24} {:>12}", table.table_name(), number(table.count()));
        }
        for error in &self.errors {
            let _ = write!(text, "\n  {}", shown(error));
        }
        text
    }
    fn _repr_html_(&self) -> String {
        let mut html = String::from("<table><caption>");
        escape(&self.title(), &mut html);
        html.push_str("</caption><tr><th>table</th><th>rows</th></tr>");
        for table in self.filled() {
            let _ =
                write!(html, "<tr><td>{}</td><td>{}</td></tr>", table.table_name(), number(table.count()));
        }
        html.push_str("</table>");
        for error in &self.errors {
            html.push_str("<p>");
            escape(&shown(error), &mut html);
            html.push_str("</p>");
        }
        html
    }
}

fn not_asked_for(name: &str) -> String {
    format!("table {name:?} is not among those that were asked for")
}

/// Names of files may steer a terminal too.
fn shown(text: &str) -> String {
    fieldtap::record::Text::from(text).to_string()
}
