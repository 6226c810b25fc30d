"""Tables for libraries that need not be there: each is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

    from ._fieldtap import Table


def _library(name: str, wanted_for: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f'{wanted_for} needs {name}: pip install "fieldtap[{wanted_for.removeprefix("to_")}]"'
        raise ImportError(message, name=name) from error


def to_pyarrow(table: Table) -> pyarrow.Table:
    """A table of pyarrow, without a copy."""
    return _library("pyarrow", "to_pyarrow").table(table)


def to_pandas(table: Table) -> pandas.DataFrame:
    """A data frame of pandas.

    Integers and truth values that may be absent stay what they are (`UInt64`, `boolean`): as floating point, 64-bit
    numbers such as `message` would be wrong. Words, names and addresses are categories.
    """
    pandas = _library("pandas", "to_pandas")
    pyarrow = _library("pyarrow", "to_pandas")
    nullable = {
        pyarrow.bool_(): pandas.BooleanDtype(),
        pyarrow.uint8(): pandas.UInt8Dtype(),
        pyarrow.uint16(): pandas.UInt16Dtype(),
        pyarrow.uint32(): pandas.UInt32Dtype(),
        pyarrow.uint64(): pandas.UInt64Dtype(),
        pyarrow.int8(): pandas.Int8Dtype(),
        pyarrow.int16(): pandas.Int16Dtype(),
        pyarrow.int32(): pandas.Int32Dtype(),
        pyarrow.int64(): pandas.Int64Dtype(),
    }
    rows = pyarrow.table(table)
    absent = {field.type for field in rows.schema if field.nullable}
    return rows.to_pandas(types_mapper=lambda kind: nullable.get(kind) if kind in absent else None)


def to_polars(table: Table) -> polars.DataFrame:
    """A data frame of polars."""
    return _library("polars", "to_polars").DataFrame(table)


def to_duckdb(table: Table, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
    """A relation of DuckDB, in this connection or the default one."""
    duckdb = _library("duckdb", "to_duckdb")
    pyarrow = _library("pyarrow", "to_duckdb")
    return (connection or duckdb).from_arrow(pyarrow.table(table))
