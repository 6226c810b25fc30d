//! Which protocols the plugin brings.
use fieldtap::{
    protocol::{Probe, Protocol},
    protocols::PROTOCOLS,
};

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

/// Whether a second octet begins an exception of Modbus: the answer to a request whose function is looked for.
fn is_exception(protocol: &Protocol, octet: u8) -> bool {
    protocol.name == "modbus_rtu" && octet & 0x80 != 0
}

/// More octets than these are too many to look for at one place.
const MANY: usize = 16;

/// Octets one of which a message of this protocol has at a place near its beginning, and that place: the first, or the
/// second where fewer may stand there. Suricata compiles what it has to look for whenever it starts, which takes more than
/// twice the time for twice as many.
pub(crate) fn marks(protocol: &Protocol) -> (u16, Vec<u8>) {
    let octets = || u8::MIN..=u8::MAX;
    let may_begin = |octets: &[u8]| protocol.dissector.probe(octets, None) != Probe::No;
    let firsts: Vec<u8> = octets().filter(|first| may_begin(&[*first])).collect();
    if firsts.len() <= MANY {
        return (0, firsts);
    }
    let second = |second: &u8| firsts.iter().any(|first| may_begin(&[*first, *second]));
    let seconds: Vec<u8> =
        octets().filter(second).filter(|second| !is_exception(protocol, *second)).collect();
    if seconds.len() < firsts.len() { (1, seconds) } else { (0, firsts) }
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

    #[test]
    fn what_is_looked_for_is_little_and_leaves_nothing_out() {
        let marks = |name| marks(fieldtap::protocols::named(name).unwrap());
        assert_eq!(marks("iec104"), (0, vec![0x68]));
        assert_eq!(marks("cotp"), (0, vec![3]));
        // Any station may be addressed, so functions are looked for.
        let (place, functions) = marks("modbus_rtu");
        assert_eq!(place, 1);
        for function in [1, 2, 3, 4, 5, 6, 15, 16, 22, 23, 43] {
            assert!(functions.contains(&function), "{function}");
        }
        assert!(!functions.contains(&0) && functions.len() < 32, "{functions:?}");
    }
}
