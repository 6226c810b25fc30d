//! What Suricata has written of an event before it asks for ours: type and ends of it are set right there.

/// The value of this member, as it is written, of an object whose closing brace is not there yet. `head` is what Suricata
/// writes: no blanks, and no value before the ends that holds a quotation mark.
fn value<'a>(head: &'a str, key: &str) -> Option<&'a str> {
    let start = head.find(key)? + key.len();
    let rest = head.get(start..)?;
    let end = match rest.strip_prefix('"') {
        Some(text) => text.find('"')? + 2,
        None => rest.find(',').unwrap_or(rest.len()),
    };
    rest.get(..end)
}

const ENDS: [&str; 4] = ["\"src_ip\":", "\"src_port\":", "\"dest_ip\":", "\"dest_port\":"];

/// Cuts the head of an event of `protocol` before its type. Returns where, and what is to stand behind: the type `event`,
/// then the rest, with source and destination exchanged if `swap`. None where it is no event of `protocol` (but an alert
/// that shows ours, say).
pub(crate) fn retold(head: &str, protocol: &str, event: &str, swap: bool) -> Option<(usize, String)> {
    let ours = format!(",\"event_type\":\"{protocol}\"");
    let at = head.find(&ours)?;
    let rest = head.get(at + ours.len()..)?;
    let mut told = format!("\"event_type\":\"{event}\"");
    let [from, from_port, to, to_port] = ENDS.map(|key| value(rest, key));
    match (from, from_port, to, to_port) {
        (Some(from), Some(from_port), Some(to), Some(to_port)) if swap => {
            let before = rest.find(ENDS[0])?;
            let behind = rest.find(ENDS[3])? + ENDS[3].len() + to_port.len();
            told.push_str(rest.get(..before)?);
            for (key, value) in ENDS.into_iter().zip([to, to_port, from, from_port]) {
                told.push_str(key);
                told.push_str(value);
                told.push(',');
            }
            told.pop();
            told.push_str(rest.get(behind..)?);
        }
        _ => told.push_str(rest),
    }
    Some((at, told))
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

    #[test]
    fn type_and_ends_are_set_right() {
        let (at, told) = retold(HEAD, "cotp", "s7comm", true).unwrap();
        assert!(HEAD[..at].ends_with(r#""pcap_cnt":7"#));
        let expected = concat!(
            r#""event_type":"s7comm","vlan":[5],"src_ip":"10.20.100.108","src_port":102,"dest_ip":"10.20.102.1","#,
            r#""dest_port":46413,"proto":"TCP","ip_v":4,"pkt_src":"wire/pcap""#
        );
        assert_eq!(told, expected);
    }

    #[test]
    fn ends_stay_where_the_client_sends() {
        let (_, told) = retold(HEAD, "cotp", "s7comm", false).unwrap();
        assert!(told.contains(r#""src_ip":"10.20.102.1","src_port":46413,"#));
    }

    #[test]
    fn an_alert_stays_one() {
        let alert = HEAD.replace(r#""event_type":"cotp""#, r#""event_type":"alert""#);
        assert_eq!(retold(&alert, "cotp", "s7comm", true), None);
    }
}
