//! One kind of record as an Arrow table.
use crate::cell::cell;
use arrow_array::{RecordBatch, RecordBatchIterator, ffi_stream::FFI_ArrowArrayStream};
use arrow_schema::{ArrowError, DataType, SchemaRef, ffi::FFI_ArrowSchema};
use fieldtap_export::arrow;
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyDict, PyList, PyTuple},
};
use std::{fmt::Write as _, sync::Arc};

/// Rows that a table shows of itself.
const SHOWN_ROWS: usize = 5;
/// Columns of text that a row may take in a shell.
const SHOWN_WIDTH: usize = 110;
/// Characters that a value may take in a shell, and in a notebook.
const SHELL_VALUE: usize = 32;
const NOTEBOOK_VALUE: usize = 128;
/// Of the columns that all tables share, those that a shell shows.
const SHELL_SHARED: [&str; 5] = ["frame", "ts", "sender", "receiver", "direction_name"];

fn schema_capsule<'py>(py: Python<'py>, schema: &SchemaRef) -> PyResult<Bound<'py, PyCapsule>> {
    let schema =
        FFI_ArrowSchema::try_from(schema.as_ref()).map_err(|error| crate::errors::other(py, error))?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// Shows characters that have a meaning in HTML as what they are.
pub(crate) fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// 12,345,678.
pub(crate) fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// One column of a table.
#[pyclass(frozen, get_all, eq, hash, module = "fieldtap")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Column {
    /// Its name.
    name: String,
    /// Its type, in Arrow's words.
    r#type: String,
    /// Whether a value may be absent.
    nullable: bool,
    /// Unit of its values, where the type does not say it.
    unit: Option<String>,
    /// What it holds.
    doc: String,
}

#[pymethods]
impl Column {
    fn __repr__(&self) -> String {
        let unit = self.unit.as_ref().map(|unit| format!(" in {unit}")).unwrap_or_default();
        let absent = if self.nullable { ", may be absent" } else { "" };
        format!("<fieldtap.Column {}: {}{unit}{absent}>", self.name, self.r#type)
    }
}

fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Dictionary(key, value) => format!("dictionary<{}, {}>", type_name(key), type_name(value)),
        DataType::List(item) => format!("list<{}>", type_name(item.data_type())),
        DataType::Utf8 => "string".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Timestamp(_, Some(zone)) => format!("timestamp[ns, {zone}]"),
        DataType::Timestamp(_, None) => "timestamp[ns]".to_owned(),
        DataType::Duration(_) => "duration[ns]".to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    }
}

/// What a table looks like.
#[pyclass(frozen, module = "fieldtap")]
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    table: &'static fieldtap::record::Table,
    arrow: SchemaRef,
}

impl Schema {
    pub(crate) fn new(table: &'static fieldtap::record::Table) -> Self {
        Self { table, arrow: arrow::schema(table) }
    }
    fn all(&self) -> impl Iterator<Item = Column> + '_ {
        self.arrow.fields().iter().map(|field| Column {
            name: field.name().clone(),
            r#type: type_name(field.data_type()),
            nullable: field.is_nullable(),
            unit: field.metadata().get("unit").map(ToString::to_string),
            doc: field.metadata().get("doc").map(ToString::to_string).unwrap_or_default(),
        })
    }
}

#[pymethods]
impl Schema {
    /// Name of the table.
    #[getter]
    fn name(&self) -> &'static str {
        self.table.name
    }
    /// What one row is.
    #[getter]
    fn doc(&self) -> &'static str {
        self.table.doc
    }
    /// The columns, in order.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.all().collect::<Vec<_>>())
    }
    fn __len__(&self) -> usize {
        self.arrow.fields().len()
    }
    /// The schema for any Arrow consumer.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.arrow)
    }
    fn __repr__(&self) -> String {
        let mut text = format!("<fieldtap.Schema {}: {}>", self.table.name, self.table.doc);
        for column in self.all() {
            let absent = if column.nullable { "?" } else { "" };
            let unit = column.unit.map(|unit| format!(" [{unit}]")).unwrap_or_default();
            // Writing into a string cannot fail.
            let _ = write!(text, "\n  {:<24} {}{absent}  {}{unit}", column.name, column.r#type, column.doc);
        }
        text
    }
    fn _repr_html_(&self) -> String {
        let mut html = String::from("<table><caption>");
        escape(&format!("{}: {}", self.table.name, self.table.doc), &mut html);
        html.push_str(
            "</caption><tr><th>column</th><th>type</th><th>unit</th><th>may be absent</th><th></th></tr>",
        );
        for column in self.all() {
            html.push_str("<tr>");
            let absent = if column.nullable { "yes" } else { "" };
            for text in [
                &column.name,
                &column.r#type,
                column.unit.as_deref().unwrap_or_default(),
                absent,
                &column.doc,
            ] {
                html.push_str("<td>");
                escape(text, &mut html);
                html.push_str("</td>");
            }
            html.push_str("</tr>");
        }
        html.push_str("</table>");
        html
    }
}

/// Rows of one kind, by column, for any Arrow consumer.
#[pyclass(frozen, module = "fieldtap")]
#[derive(Clone, Debug)]
pub(crate) struct Table {
    schema: Schema,
    batches: Arc<[RecordBatch]>,
    rows: usize,
}

/// The first rows, without the columns that have no value in them.
struct Preview {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The rows of a table; of its columns those of these names, in their order.
    pub(crate) fn new(
        table: &'static fieldtap::record::Table,
        batches: Vec<RecordBatch>,
        columns: Option<&[String]>,
    ) -> PyResult<Self> {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let mut schema = Schema::new(table);
        let Some(names) = columns else { return Ok(Self { schema, batches: batches.into(), rows }) };
        let places = |schema: &arrow_schema::Schema| {
            let mut places: Vec<usize> = Vec::new();
            for place in names.iter().filter_map(|name| schema.index_of(name).ok()) {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            places
        };
        let project = || -> Result<_, ArrowError> {
            let arrow = schema.arrow.project(&places(&schema.arrow))?;
            let batches = batches.iter().map(|batch| batch.project(&places(batch.schema_ref())));
            Ok((Arc::new(arrow), batches.collect::<Result<Vec<_>, _>>()?))
        };
        let (arrow, batches) = project().map_err(|error| {
            pyo3::exceptions::PyRuntimeError::new_err(format!("columns of {}: {error}", table.name))
        })?;
        schema.arrow = arrow;
        Ok(Self { schema, batches: batches.into(), rows })
    }
    pub(crate) fn table_name(&self) -> &'static str {
        self.schema.table.name
    }
    pub(crate) fn count(&self) -> usize {
        self.rows
    }

    /// The batch of a row, and the row within.
    fn place(&self, mut row: usize) -> Option<(&RecordBatch, usize)> {
        for batch in self.batches.iter() {
            match row.checked_sub(batch.num_rows()) {
                Some(rest) => row = rest,
                None => return Some((batch, row)),
            }
        }
        None
    }

    /// One row as Python values by name.
    pub(crate) fn row_into(&self, row: usize, dict: &Bound<'_, PyDict>) -> PyResult<()> {
        let Some((batch, row)) = self.place(row) else { return Ok(()) };
        for (field, column) in self.schema.arrow.fields().iter().zip(batch.columns()) {
            dict.set_item(field.name(), cell(column.as_ref(), row).to_python(dict.py())?)?;
        }
        Ok(())
    }

    fn preview(&self, value: usize, wants: impl Fn(&str) -> bool) -> Preview {
        let places: Vec<_> = (0..self.rows.min(SHOWN_ROWS)).filter_map(|row| self.place(row)).collect();
        let mut preview = Preview { names: Vec::new(), rows: vec![Vec::new(); places.len()] };
        for (index, field) in self.schema.arrow.fields().iter().enumerate() {
            let cells: Vec<_> =
                places.iter().map(|(batch, row)| cell(batch.column(index).as_ref(), *row)).collect();
            if !wants(field.name()) || cells.iter().all(|cell| cell.is_null()) {
                continue;
            }
            preview.names.push(field.name().clone());
            for (row, cell) in preview.rows.iter_mut().zip(cells) {
                row.push(cut(cell.to_string(), value));
            }
        }
        preview
    }

    fn title(&self) -> String {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        let columns = self.schema.arrow.fields().len();
        format!("{}: {} {rows}, {columns} columns", self.table_name(), number(self.rows))
    }
}

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

#[pymethods]
impl Table {
    /// Its name.
    #[getter]
    fn name(&self) -> &'static str {
        self.table_name()
    }
    /// What it looks like.
    #[getter]
    fn schema(&self) -> Schema {
        self.schema.clone()
    }
    /// Names of the columns, in order.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.schema.arrow.fields().iter().map(|field| field.name().as_str()))
    }
    fn __len__(&self) -> usize {
        self.rows
    }
    /// Octets that its columns take.
    #[getter]
    fn nbytes(&self) -> usize {
        self.batches.iter().map(RecordBatch::get_array_memory_size).sum()
    }
    /// Some rows as Python values by name; times are numbers of nanoseconds. Negative places count from the end.
    #[pyo3(signature = (start=0, stop=None))]
    fn rows<'py>(&self, py: Python<'py>, start: isize, stop: Option<isize>) -> PyResult<Bound<'py, PyList>> {
        let place = |given: isize| match usize::try_from(given) {
            Ok(place) => place.min(self.rows),
            Err(_) => self.rows.saturating_sub(given.unsigned_abs()),
        };
        let list = PyList::empty(py);
        for row in place(start)..stop.map_or(self.rows, place) {
            if row % 4096 == 4095 {
                py.check_signals()?;
            }
            let dict = PyDict::new(py);
            self.row_into(row, &dict)?;
            list.append(dict)?;
        }
        Ok(list)
    }
    /// The schema for any Arrow consumer.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema.arrow)
    }
    /// The rows for any Arrow consumer, without a copy. They come in the table's own schema, whatever is asked for: the
    /// interface leaves the rest to the consumer.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches: Vec<_> = self.batches.iter().cloned().map(Ok::<_, ArrowError>).collect();
        let reader = RecordBatchIterator::new(batches.into_iter(), Arc::clone(&self.schema.arrow));
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }
    /// A `pyarrow.Table`.
    fn to_pyarrow<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert(slf, "to_pyarrow")
    }
    /// A `pandas.DataFrame`.
    fn to_pandas<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert(slf, "to_pandas")
    }
    /// A `polars.DataFrame`.
    fn to_polars<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert(slf, "to_polars")
    }
    /// A `duckdb.DuckDBPyRelation`, in this connection or the default one.
    #[pyo3(signature = (connection=None))]
    fn to_duckdb<'py>(
        slf: Bound<'py, Self>,
        connection: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("fieldtap._convert")?.call_method1("to_duckdb", (slf, connection))
    }
    fn __repr__(&self) -> String {
        let own: Vec<&str> = self.schema.table.columns.iter().map(|column| column.name).collect();
        let preview = self.preview(SHELL_VALUE, |name| {
            SHELL_SHARED.contains(&name)
                || own
                    .iter()
                    .any(|own| name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest == "_name"))
        });
        let mut text = format!("<fieldtap.Table {}>", self.title());
        let mut lines = vec![String::new(); preview.rows.len() + 1];
        let mut left = preview.names.len();
        for (index, name) in preview.names.iter().enumerate() {
            let values = || preview.rows.iter().filter_map(|row| row.get(index));
            let width = values().chain([name]).map(|value| value.chars().count()).max().unwrap_or_default();
            if lines.first().is_some_and(|line| line.chars().count() + 2 + width > SHOWN_WIDTH) {
                break;
            }
            for (line, value) in lines.iter_mut().zip([name].into_iter().chain(values())) {
                let _ = write!(line, "  {value:<width$}");
            }
            left -= 1;
        }
        if !preview.rows.is_empty() {
            for line in lines {
                let _ = write!(text, "\n{}", line.trim_end());
            }
            if self.rows > preview.rows.len() {
                text.push_str("\n  …");
            }
            if left > 0 {
                let _ = write!(text, "\n  and {left} more columns with values");
            }
        }
        text
    }
    fn _repr_html_(&self) -> String {
        let preview = self.preview(NOTEBOOK_VALUE, |_| true);
        let mut html = String::from("<div style=\"overflow-x:auto\"><table><caption>");
        escape(&self.title(), &mut html);
        html.push_str("</caption>");
        let mut row = |tag: &str, cells: &[String]| {
            html.push_str("<tr>");
            for value in cells {
                let _ = write!(html, "<{tag}>");
                escape(value, &mut html);
                let _ = write!(html, "</{tag}>");
            }
            html.push_str("</tr>");
        };
        if !preview.rows.is_empty() {
            row("th", &preview.names);
            preview.rows.iter().for_each(|cells| row("td", cells));
            if self.rows > preview.rows.len() {
                row("td", &["…".to_owned()]);
            }
        }
        html.push_str("</table></div>");
        html
    }
}

fn convert<'py>(table: Bound<'py, Table>, to: &str) -> PyResult<Bound<'py, PyAny>> {
    table.py().import("fieldtap._convert")?.call_method1(to, (table,))
}

/// What each table looks like, by name.
#[pyfunction]
pub(crate) fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for table in fieldtap_pipeline::tables() {
        dict.set_item(table.name, Schema::new(table))?;
    }
    Ok(dict)
}
