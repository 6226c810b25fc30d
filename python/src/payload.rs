//! `dissect`: payload of one protocol, without a capture.
use crate::{
    errors,
    options::{limits, protocol},
    table::Table,
    worker::{self, Told},
};
use fieldtap::{
    Config, Mark, Session,
    common::Anomalies,
    protocol::{Protocol, Toward},
    record::{Envelope, Record, Row, Sink, Verdict},
};
use fieldtap_export::{Batch, arrow};
use pyo3::{
    buffer::PyBuffer,
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyList},
};

/// Octets that are dissected at once: what is longer has a thread of its own, so that signals are heard meanwhile.
const SHORT: usize = 1 << 16;

/// Rows in the order in which they came.
#[derive(Debug, Default)]
struct Rows {
    batches: Vec<Batch>,
    /// The batch of each row.
    order: Vec<usize>,
    anomalies: u64,
    told: Told,
}

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        self.anomalies += u64::from(table == Anomalies::schema());
        let slot = self.batches.iter().position(|batch| batch.table() == table).unwrap_or_else(|| {
            self.batches.push(Batch::new(table));
            self.batches.len() - 1
        });
        if let Some(batch) = self.batches.get_mut(slot) {
            batch.push(envelope, row);
            self.order.push(slot);
        }
        if self.told.is_cancelled() { Verdict::Stop } else { Verdict::GoOn }
    }
}

/// Dissects these pieces; returns how much of them could not be made sense of, too.
fn dissected(
    protocol: &'static Protocol,
    config: Config,
    tcp: bool,
    pieces: &[(Toward, Vec<u8>)],
    told: Told,
) -> (Rows, u64) {
    let (mut rows, mut session) = (Rows { told, ..Rows::default() }, Session::new(protocol, config));
    let mut mark = Mark { file: 0, frame: 0, ts: 0 };
    for (toward, octets) in pieces {
        mark.frame += 1;
        if tcp {
            session.feed(*toward, mark, octets, &mut rows);
        } else {
            session.datagram(*toward, mark, octets, &mut rows);
        }
    }
    session.finish(mark, &mut rows);
    let skipped = session.tally(Toward::Server).skipped + session.tally(Toward::Client).skipped;
    let strange = skipped + rows.anomalies;
    (rows, strange)
}

fn toward(direction: &str) -> PyResult<Toward> {
    match direction {
        "request" => Ok(Toward::Server),
        "response" => Ok(Toward::Client),
        other => Err(errors::unknown("direction", other, ["request", "response"].into_iter())),
    }
}

fn octets(data: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let wrong = |_| {
        PyTypeError::new_err(format!(
            "octets (bytes, bytearray, memoryview) are expected, not {}",
            kind(data)
        ))
    };
    PyBuffer::<u8>::get(data).and_then(|buffer| buffer.to_vec(data.py())).map_err(wrong)
}

fn kind(of: &Bound<'_, PyAny>) -> String {
    of.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string())
}

/// Dissects payload of one protocol.
#[pyfunction]
#[pyo3(signature = (protocol, data, direction=None, transport="tcp", *, every_message=false, limits=None))]
pub(crate) fn dissect<'py>(
    protocol: &str,
    data: &Bound<'py, PyAny>,
    direction: Option<&str>,
    transport: &str,
    every_message: bool,
    limits: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let py = data.py();
    let protocol = self::protocol(protocol)?;
    let config = Config { every_message, limits: self::limits(limits)?, ..Config::default() };
    let tcp = match transport {
        "tcp" => true,
        "udp" => false,
        other => return Err(errors::unknown("transport", other, ["tcp", "udp"].into_iter())),
    };
    let given = direction.map(toward).transpose()?;
    let dissect = |pieces: Vec<(Toward, Vec<u8>)>| {
        let (config, told) = (config.clone(), Told::default());
        if pieces.iter().map(|(_, octets)| octets.len()).sum::<usize>() <= SHORT {
            return Ok(py.detach(|| dissected(protocol, config, tcp, &pieces, told)));
        }
        let teller = told.clone();
        let done = worker::run(py, &told, move || dissected(protocol, config, tcp, &pieces, teller))?;
        done.ok_or_else(|| worker::gone(py))
    };
    let rows = if let Ok(pieces) = data.extract::<Vec<(String, Bound<'py, PyAny>)>>() {
        if given.is_some() {
            return Err(PyTypeError::new_err("each of several pieces has a direction of its own"));
        }
        let pieces = pieces.iter().map(|(direction, data)| Ok((toward(direction)?, octets(data)?)));
        dissect(pieces.collect::<PyResult<_>>()?)?.0
    } else {
        let octets = octets(data)?;
        match given {
            Some(toward) => dissect(vec![(toward, octets)])?.0,
            None => {
                // Requests and answers of one protocol have different shapes: the wrong way leaves octets over.
                let (request, strange) = dissect(vec![(Toward::Server, octets.clone())])?;
                let (response, stranger) = dissect(vec![(Toward::Client, octets)])?;
                if stranger < strange { response } else { request }
            }
        }
    };
    let mut tables = Vec::new();
    for batch in rows.batches {
        let table = batch.table();
        let batch = arrow::record_batch(batch).map_err(|error| errors::other(py, error))?;
        tables.push((Table::new(table, vec![batch], None)?, 0));
    }
    let list = PyList::empty(py);
    for slot in rows.order {
        py.check_signals()?;
        let Some((table, next)) = tables.get_mut(slot) else { continue };
        let dict = PyDict::new(py);
        dict.set_item("record", table.table_name())?;
        table.row_into(*next, &dict)?;
        *next += 1;
        list.append(dict)?;
    }
    Ok(list)
}
