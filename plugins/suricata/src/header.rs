//! What Suricata has written of an event before it asks for ours: type and ends of it are set right there.

use memchr::memmem::Finder;
use std::sync::LazyLock;

static TYPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(",\"event_type\":\""));
static ENDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"src_ip\":\""));

/// Ends of an event as Suricata writes them, one behind the other: each address with its quotation marks.
struct Ends<'a> {
    source: &'a [u8],
    source_port: &'a [u8],
    destination: &'a [u8],
    destination_port: &'a [u8],
    behind: &'a [u8],
}

/// Cuts behind the text, which begins and ends with a quotation mark and holds none.
fn text(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = octets.strip_prefix(b"\"")?.iter().position(|octet| *octet == b'"')?;
    octets.split_at_checked(length + 2)
}

/// Cuts behind the number.
fn number(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = octets.iter().position(|octet| !octet.is_ascii_digit()).unwrap_or(octets.len());
    octets.split_at_checked(length).filter(|(number, _)| !number.is_empty())
}

impl<'a> Ends<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let (source, rest) = text(octets.strip_prefix(b"\"src_ip\":")?)?;
        let (source_port, rest) = number(rest.strip_prefix(b",\"src_port\":")?)?;
        let (destination, rest) = text(rest.strip_prefix(b",\"dest_ip\":")?)?;
        let (destination_port, behind) = number(rest.strip_prefix(b",\"dest_port\":")?)?;
        Some(Self { source, source_port, destination, destination_port, behind })
    }
    /// Writes the one who receives as the one who sends.
    fn write_swapped(&self, out: &mut Vec<u8>) {
        for (key, value) in [
            ("\"src_ip\":", self.destination),
            (",\"src_port\":", self.destination_port),
            (",\"dest_ip\":", self.source),
            (",\"dest_port\":", self.source_port),
        ] {
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(value);
        }
        out.extend_from_slice(self.behind);
    }
}

/// What becomes of the head of an event that Suricata has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// It is no event of our protocol, but an alert that shows ours, say.
    Theirs,
    /// It is right as it is.
    Right,
    /// It is cut here, and something else is to stand behind.
    Cut(usize),
}

/// Looks at the head of an event of `protocol`. Where its type is not `event`, or `swap` says that source and destination
/// are to be exchanged, it is to be cut before its type, and `out` is given what is to stand behind.
///
/// `head` has no closing brace yet. It is what Suricata writes: no blanks, and no value before the ends that holds a quotation
/// mark.
pub(crate) fn retell(head: &[u8], protocol: &str, event: &str, swap: bool, out: &mut Vec<u8>) -> Head {
    let Some(at) = TYPE.find(head) else { return Head::Theirs };
    let behind = head.get(at + TYPE.needle().len()..).unwrap_or_default();
    let rest = behind.strip_prefix(protocol.as_bytes()).and_then(|behind| behind.strip_prefix(b"\""));
    let Some(rest) = rest else { return Head::Theirs };
    let ends = || {
        let (before, ends) = rest.split_at_checked(ENDS.find(rest)?)?;
        Some((before, Ends::read(ends)?))
    };
    let ends = if swap { ends() } else { None };
    if ends.is_none() && event == protocol {
        return Head::Right;
    }
    out.extend_from_slice(TYPE.needle().get(1..).unwrap_or_default());
    out.extend_from_slice(event.as_bytes());
    out.push(b'"');
    match ends {
        Some((before, ends)) => {
            out.extend_from_slice(before);
            ends.write_swapped(out);
        }
        None => out.extend_from_slice(rest),
    }
    Head::Cut(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Suricata 8.0.7 writes it.
    const HEAD: &str = concat!(
        r#"{"timestamp":"2013-07-17T12:35:21.500000+0000","flow_id":1234,"pcap_cnt":7,"event_type":"cotp","vlan":[5],"#,
        r#""src_ip":"10.20.102.1","src_port":46413,"dest_ip":"10.20.100.108","dest_port":102,"proto":"TCP","ip_v":4,"#,
        r#""pkt_src":"wire/pcap""#
    );

    fn retold(head: &str, event: &str, swap: bool) -> (Head, String) {
        let mut out = Vec::new();
        let done = retell(head.as_bytes(), "cotp", event, swap, &mut out);
        (done, String::from_utf8(out).unwrap())
    }

    #[test]
    fn type_and_ends_are_set_right() {
        let (Head::Cut(at), told) = retold(HEAD, "s7comm", true) else { panic!("it is not cut") };
        assert!(HEAD[..at].ends_with(r#""pcap_cnt":7"#));
        let expected = concat!(
            r#""event_type":"s7comm","vlan":[5],"src_ip":"10.20.100.108","src_port":102,"dest_ip":"10.20.102.1","#,
            r#""dest_port":46413,"proto":"TCP","ip_v":4,"pkt_src":"wire/pcap""#
        );
        assert_eq!(told, expected);
        let (_, same_type) = retold(HEAD, "cotp", true);
        assert_eq!(same_type, expected.replace("s7comm", "cotp"));
    }

    #[test]
    fn ends_stay_where_the_client_sends() {
        let (_, told) = retold(HEAD, "s7comm", false);
        assert!(told.contains(r#""src_ip":"10.20.102.1","src_port":46413,"#));
        assert_eq!(retold(HEAD, "cotp", false), (Head::Right, String::new()));
    }

    #[test]
    fn ends_that_are_not_all_there_stay() {
        let without = HEAD.replace(r#","dest_port":102"#, "");
        let (_, told) = retold(&without, "s7comm", true);
        assert!(
            told.contains(r#""src_ip":"10.20.102.1","src_port":46413,"dest_ip":"10.20.100.108","proto""#)
        );
    }

    #[test]
    fn an_alert_stays_one() {
        let alert = HEAD.replace(r#""event_type":"cotp""#, r#""event_type":"alert""#);
        assert_eq!(retold(&alert, "s7comm", true), (Head::Theirs, String::new()));
        // A protocol whose name only begins as ours.
        let other = HEAD.replace(r#""event_type":"cotp""#, r#""event_type":"cotp2""#);
        assert_eq!(retold(&other, "s7comm", true), (Head::Theirs, String::new()));
    }
}
