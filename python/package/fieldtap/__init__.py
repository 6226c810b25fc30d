"""Deep packet inspection for industrial protocols: captures in, Arrow tables out.

>>> import fieldtap
>>> capture = fieldtap.read("plant.pcapng")
>>> capture.summary()
>>> capture["modbus"].to_pandas()
>>> capture.operations.to_polars()

A table has the Arrow PyCapsule interface: pandas, polars, pyarrow and DuckDB take it as it is, and none is required.
"""

from . import logs, plot
from ._errors import CaptureError, Error
from ._fieldtap import (
    Capture,
    Column,
    Progress,
    Protocol,
    Schema,
    Stream,
    Summary,
    Table,
    __version__,
    dissect,
    protocols,
    read,
    schema,
    stream,
)

__all__ = [
    "Capture",
    "CaptureError",
    "Column",
    "Error",
    "Progress",
    "Protocol",
    "Schema",
    "Stream",
    "Summary",
    "Table",
    "__version__",
    "dissect",
    "logs",
    "plot",
    "protocols",
    "read",
    "schema",
    "stream",
]
