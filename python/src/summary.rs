//! The summary of a capture.
use fieldtap::record::{Address, Text};
use fieldtap_analysis::{Outcomes, Place, PointSaid, PointSample};
use pyo3::{
    prelude::*,
    types::{PyDict, PyList},
};
use std::sync::Arc;

/// Columns of a shell, where nobody says otherwise.
const WIDTH: usize = 100;

/// What is in a capture: who talks to whom, what is asked, which devices there are, what is wrong.
#[pyclass(frozen, module = "fieldtap")]
#[derive(Debug)]
pub(crate) struct Summary(pub(crate) Arc<fieldtap_analysis::Summary>);

/// A dictionary with these entries.
macro_rules! dict {
    ($py:expr, { $($name:literal: $value:expr),* $(,)? }) => {{
        let dict = PyDict::new($py);
        $(dict.set_item($name, $value)?;)*
        dict
    }};
}

fn list<'py, T>(
    py: Python<'py>,
    of: impl IntoIterator<Item = T>,
    make: impl Fn(T) -> PyResult<Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let dicts: Vec<_> = of.into_iter().map(make).collect::<PyResult<_>>()?;
    PyList::new(py, dicts)
}

/// An address as the columns of the tables show it.
fn address(address: Option<Address>) -> Option<String> {
    address.map(|address| match address {
        Address::Ip(ip) => ip.to_string(),
        Address::Mac(mac) => mac.0.map(|octet| format!("{octet:02x}")).join(":"),
    })
}

fn outcomes<'py>(py: Python<'py>, of: &Outcomes) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (outcome, count) in of.iter() {
        dict.set_item(outcome.name().unwrap_or("other"), count)?;
    }
    Ok(dict)
}

fn place<'py>(py: Python<'py>, place: Place) -> PyResult<Bound<'py, PyDict>> {
    Ok(dict!(py, { "file": place.file, "frame": place.frame }))
}

fn said<'py>(py: Python<'py>, value: &PointSaid) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        PointSaid::Integer(integer) => integer.into_pyobject(py)?.into_any(),
        PointSaid::Number(number) => number.into_pyobject(py)?.into_any(),
        PointSaid::Text(text) => Text(text).to_string().into_pyobject(py)?.into_any(),
        PointSaid::Bits(bits) => {
            let octets = bits.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
            octets.into_pyobject(py)?.into_any()
        }
        PointSaid::Nothing => py.None().into_bound(py),
    })
}

fn sample<'py>(py: Python<'py>, of: &PointSample) -> PyResult<Bound<'py, PyDict>> {
    Ok(dict!(py, {
        "ts": of.ts, "file": of.place.file, "frame": of.place.frame, "value": said(py, &of.value)?,
    }))
}

#[pymethods]
impl Summary {
    /// The files: name, frames, octets, first and last time in nanoseconds since 1970-01-01 UTC, and what is wrong.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let files = self.0.capture().map(|capture| capture.files.as_slice()).unwrap_or_default();
        list(py, files, |file| {
            Ok(dict!(py, {
                "name": &file.name, "frames": file.frames, "octets": file.octets,
                "first": file.first, "last": file.last, "damage": &file.damage,
            }))
        })
    }
    /// Octets of payload by what became of them; all but `missing` add up to `payload`.
    #[getter]
    fn coverage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let coverage = self.0.coverage();
        let dict = dict!(py, { "payload": coverage.payload });
        for (name, octets) in coverage.parts() {
            dict.set_item(name.replace('-', "_"), octets)?;
        }
        dict.set_item("missing", coverage.missing)?;
        Ok(dict)
    }
    /// The protocols, those that are dissected first.
    #[getter]
    fn protocols<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.protocols(), |total| {
            Ok(dict!(py, {
                "protocol": total.protocol, "number": total.number, "content": total.content.name(),
                "conversations": total.conversations, "frames": total.frames, "octets": total.octets,
                "payload": total.payload, "understood": total.understood, "messages": total.messages,
                "requests": total.requests,
            }))
        })
    }
    /// Who talks to whom in which protocol.
    #[getter]
    fn talkers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.talkers(), |talker| {
            Ok(dict!(py, {
                "client": address(talker.client), "server": address(talker.server), "port": talker.port,
                "client_name": self.0.device_name(talker.client, None),
                "server_name": self.0.device_name(talker.server, None),
                "protocol": talker.protocol, "number": talker.number, "content": talker.content.name(),
                "conversations": talker.conversations, "client_payload": talker.client_payload,
                "server_payload": talker.server_payload, "messages": talker.messages, "requests": talker.requests,
            }))
        })
    }
    /// The operations by kind and protocol, and what became of them.
    #[getter]
    fn operations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.operations(), |total| {
            Ok(dict!(py, {
                "operation": total.operation.name(), "protocol": total.protocol,
                "outcomes": outcomes(py, &total.outcomes)?,
            }))
        })
    }
    /// Who changed something in which device.
    #[getter]
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.changes(), |change| {
            Ok(dict!(py, {
                "client": address(change.client), "server": address(change.server), "station": change.station,
                "client_name": self.0.device_name(change.client, None),
                "server_name": self.0.device_name(change.server, change.station),
                "protocol": change.protocol, "operation": change.operation.name(),
                "outcomes": outcomes(py, &change.outcomes)?,
            }))
        })
    }
    /// The devices that told of themselves.
    #[getter]
    fn devices<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.devices(), |device| {
            let facts = list(py, &device.facts, |fact| {
                Ok(dict!(py, {
                    "fact": fact.fact.name(), "number": fact.number, "value": Text(&fact.value).to_string(),
                    "cut": fact.cut, "first": place(py, fact.first)?,
                }))
            })?;
            Ok(dict!(py, {
                "address": address(device.address), "station": device.station, "facts": facts,
                "name": self.0.device_name(device.address, device.station),
                "further": device.further,
            }))
        })
    }
    /// What each point of each device was, if `read` was asked to follow points.
    #[getter]
    fn points<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.points(), |point| {
            Ok(dict!(py, {
                "device": address(point.device), "station": point.station,
                "device_name": self.0.device_name(point.device, point.station),
                "protocol": point.protocol, "space": point.space, "address": point.address,
                "name": point.name.as_ref().map(|name| Text(name).to_string()),
                "plant_name": &point.plant_name, "unit": &point.unit, "values": point.values,
                "reported": point.reported, "read": point.read, "written": point.written,
                "commanded": point.commanded, "not_good": point.not_good, "rate": point.rate(),
                "first": sample(py, &point.first)?, "last": sample(py, &point.last)?,
                "least": point.least, "greatest": point.greatest,
            }))
        })
    }
    /// The anomalies by kind, reason and protocol.
    #[getter]
    fn anomalies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.anomalies(), |total| {
            Ok(dict!(py, {
                "kind": total.kind.name(), "reason": total.reason, "protocol": total.protocol,
                "count": total.count, "octets": total.octets, "first": place(py, total.first)?,
            }))
        })
    }
    /// What the capture lacks, and what had to be left out.
    #[getter]
    fn losses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let losses = self.0.losses();
        Ok(dict!(py, {
            "missing": losses.missing, "gaps": losses.gaps, "copies": losses.copies,
            "wrong_checksums": losses.wrong_checksums, "unattributed": losses.unattributed,
            "unknown_link": losses.unknown_link, "fragments": losses.fragments, "datagrams": losses.datagrams,
            "evicted_half_open": losses.evicted_half_open, "evicted_unidentified": losses.evicted_unidentified,
            "evicted_identified": losses.evicted_identified, "untracked": losses.untracked,
            "untracked_publishers": losses.untracked_publishers,
            "evicted_publishers": losses.evicted_publishers,
            "notes_dropped": losses.notes_dropped, "forgotten": losses.forgotten, "limits": losses.limits,
            "damaged_files": losses.damaged_files,
        }))
    }
    /// All of it, in types that JSON has, but that values of points may be NaN or infinite where devices said so.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Ok(dict!(py, {
            "files": self.files(py)?, "coverage": self.coverage(py)?, "protocols": self.protocols(py)?,
            "talkers": self.talkers(py)?, "operations": self.operations(py)?, "changes": self.changes(py)?,
            "devices": self.devices(py)?, "points": self.points(py)?, "anomalies": self.anomalies(py)?, "losses": self.losses(py)?,
        }))
    }
    /// The summary for a terminal of this many columns, in colour or without.
    #[pyo3(signature = (width=100, colour=false))]
    fn render(&self, width: usize, colour: bool) -> String {
        self.0.render(width, colour)
    }
    fn __str__(&self) -> String {
        self.0.render(WIDTH, false)
    }
    fn __repr__(&self) -> String {
        self.0.render(WIDTH, false)
    }
    fn _repr_html_(&self) -> String {
        self.0.html()
    }
}
