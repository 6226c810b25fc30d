//! Files, shards, threads and order for fieldtap.
