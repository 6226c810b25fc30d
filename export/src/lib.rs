//! What fieldtap writes: JSON lines, CSV, Zeek logs, Arrow, Parquet.
