//! Benchmarks of fieldtap.
