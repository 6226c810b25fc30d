//! Capture files for fieldtap: pcap and pcapng, plain, gzip or zstd, by one reused buffer.
