//! The protocols that are known.
use fieldtap::{protocol::Carrier, protocols::PROTOCOLS};
use pyo3::{prelude::*, types::PyTuple};

/// A protocol that is known.
#[pyclass(frozen, eq, hash, module = "fieldtap")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Protocol {
    /// Its name, as `read` and `dissect` take it.
    #[pyo3(get)]
    name: &'static str,
    /// Its name for people.
    #[pyo3(get)]
    title: &'static str,
    /// The standard it follows.
    #[pyo3(get)]
    standard: &'static str,
    carriers: Vec<String>,
    tables: Vec<&'static str>,
}

#[pymethods]
impl Protocol {
    /// What carries it: `tcp 502`, `udp 502`, `ethertype 0x88b8`, or its parent and the parent's key.
    #[getter]
    fn carriers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.carriers)
    }
    /// Names of the tables that it gives.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.tables)
    }
    fn __repr__(&self) -> String {
        format!("<fieldtap.Protocol {}: {}>", self.name, self.title)
    }
}

fn carriers(carriers: &[Carrier]) -> Vec<String> {
    let ports = |transport: &str, ports: &[u16]| match ports {
        [] => vec![transport.to_owned()],
        ports => ports.iter().map(|port| format!("{transport} {port}")).collect(),
    };
    let one = |carrier: &Carrier| match carrier {
        Carrier::Tcp(of) => ports("tcp", of),
        Carrier::Udp(of) => ports("udp", of),
        Carrier::Serial => vec!["serial".to_owned()],
        Carrier::Ethertype(number) => vec![format!("ethertype {number:#06x}")],
        Carrier::Within { parent, key } => vec![format!("{parent} {key}")],
    };
    carriers.iter().flat_map(one).collect()
}

/// The protocols that are known.
#[pyfunction]
pub(crate) fn protocols() -> Vec<Protocol> {
    let protocol = |known: &&'static fieldtap::protocol::Protocol| Protocol {
        name: known.name,
        title: known.title,
        standard: known.standard,
        carriers: carriers(known.carriers),
        tables: known.tables.iter().map(|table| table().name).collect(),
    };
    PROTOCOLS.iter().map(protocol).collect()
}
