//! Which protocols the plugin brings.
use fieldtap::{protocol::Protocol, protocols::PROTOCOLS};

/// Those that Suricata 8.0 has a parser of its own for, by its names: what it knows when it loads plugins is not yet told.
#[rustfmt::skip]
const THEIRS: [&str; 36] = [
    "http1", "ftp", "smtp", "tls", "ssh", "imap", "jabber", "smb", "dcerpc", "irc", "dns", "modbus", "enip", "dnp3", "nfs", "ntp", "ftp-data", "tftp", "ike", "krb5", "quic", "dhcp", "sip", "rfb", "mqtt", "pgsql", "telnet", "websocket", "ldap", "doh2", "mdns", "rdp", "http2", "bittorrent-dht", "pop3", "http",
];

/// The line of Suricata whose layouts are those of `ffi`, as `GetProgramVersion` begins.
const LINE: &str = "8.0.";

/// Protocols over TCP or UDP that Suricata lacks. What they carry comes with them.
pub(crate) fn ours() -> impl Iterator<Item = &'static Protocol> {
    let over_ip = |protocol: &&Protocol| protocol.over(true) || protocol.over(false);
    PROTOCOLS.iter().copied().filter(over_ip).filter(|protocol| !THEIRS.contains(&protocol.name))
}

/// Whether this is a version whose layouts we know: `8.0.7 RELEASE`, `8.0.8-dev`.
pub(crate) fn is_known(version: &str) -> bool {
    version.starts_with(LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_suricata_reads_itself_is_left_to_it() {
        let names: Vec<&str> = ours().map(|protocol| protocol.name).collect();
        for name in ["iec104", "cotp", "c37118", "ptp", "modbus_rtu", "iec61850_90_5"] {
            assert!(names.contains(&name), "{name}");
        }
        // `s7comm` and `mms` come with `cotp`; GOOSE has no IP.
        for name in ["modbus", "dnp3", "s7comm", "mms", "goose", "umas"] {
            assert!(!names.contains(&name), "{name}");
        }
    }

    #[test]
    fn only_line_8_0_is_known() {
        assert!(is_known("8.0.7 RELEASE") && is_known("8.0.12-dev (abcdef 2026-12-01)"));
        for other in ["9.0.0-alpha", "7.0.11 RELEASE", "8.1.0 RELEASE", "18.0.1", ""] {
            assert!(!is_known(other), "{other}");
        }
    }
}
