//! Community id, version 1: <https://github.com/corelight/community-id-spec>.
use core::net::IpAddr;
use sha1::{Digest, Sha1};

/// The community id of a conversation, with seed 0: 30 characters of ASCII.
///
/// For ICMP the ports are type and code as the specification pairs them; give 0 and 0 for protocols without ports.
/// Returns none if the addresses are of different families, and for ICMP, ICMPv6 and SCTP where both ports are 0: theirs are
/// not known then, as no two of theirs are 0.
pub fn community_id(source: (IpAddr, u16), destination: (IpAddr, u16), protocol: u8) -> Option<[u8; 30]> {
    if matches!(protocol, 1 | 58 | 132) && source.1 == 0 && destination.1 == 0 {
        return None;
    }
    let mut hash = Sha1::new();
    hash.update([0, 0]);
    match (source.0, destination.0) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let (first, second) = order((a.octets(), source.1), (b.octets(), destination.1));
            ends(&mut hash, &first.0, &second.0, protocol, (first.1, second.1));
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let (first, second) = order((a.octets(), source.1), (b.octets(), destination.1));
            ends(&mut hash, &first.0, &second.0, protocol, (first.1, second.1));
        }
        _ => return None,
    }
    let mut id = *b"1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = hash.finalize();
    // 20 octets are 160 bits: 26 characters of six bits, one of four, and one of padding.
    for (index, character) in id.iter_mut().skip(2).take(27).enumerate() {
        let bit = index * 6;
        let pair = [digest.get(bit / 8).copied().unwrap_or(0), digest.get(bit / 8 + 1).copied().unwrap_or(0)];
        let six = u16::from_be_bytes(pair) >> (10 - bit % 8) & 63;
        *character = ALPHABET.get(usize::from(six)).copied().unwrap_or(b'A');
    }
    Some(id)
}

fn order<T: Ord>(a: T, b: T) -> (T, T) {
    if a <= b { (a, b) } else { (b, a) }
}

fn ends(hash: &mut Sha1, first: &[u8], second: &[u8], protocol: u8, ports: (u16, u16)) {
    hash.update(first);
    hash.update(second);
    hash.update([protocol, 0]);
    if matches!(protocol, 1 | 6 | 17 | 58 | 132) {
        hash.update(ports.0.to_be_bytes());
        hash.update(ports.1.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Baseline values of the specification's repository: `baseline/baseline_deflt.json`, TCP 128.232.110.120:34855 to
    /// 66.35.250.204:80.
    #[test]
    fn the_specification_s_example() {
        let id = community_id(
            (IpAddr::from([128, 232, 110, 120]), 34855),
            (IpAddr::from([66, 35, 250, 204]), 80),
            6,
        );
        assert_eq!(id.as_ref().map(|id| &id[..]), Some(&b"1:LQU9qZlK+B5F3KDmev6m5PMibrg="[..]));
    }

    /// What is not known is not made up: others' identities of the same conversation would not be met.
    #[test]
    fn protocols_whose_ports_are_not_read_have_none() {
        let (a, b) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for (protocol, has) in [(1, false), (58, false), (132, false), (2, true), (47, true)] {
            assert_eq!(community_id((a, 0), (b, 0), protocol).is_some(), has, "{protocol}");
        }
        assert!(community_id((a, 8), (b, 0), 1).is_some());
    }

    proptest! {
        /// Against the crate `community-id`, both ways round.
        #[test]
        fn equals_an_independent_implementation(a: [u8; 4], b: [u8; 4], c: [u8; 16], d: [u8; 16], p: u16, q: u16, udp: bool) {
            let protocol = if udp { 17 } else { 6 };
            for (a, b) in [(IpAddr::from(a), IpAddr::from(b)), (IpAddr::from(c), IpAddr::from(d))] {
                let want = community_id::calculate_community_id(0, a, b, Some(p), Some(q), protocol, Default::default()).unwrap();
                prop_assert_eq!(&community_id((a, p), (b, q), protocol).unwrap()[..], want.as_bytes());
                prop_assert_eq!(&community_id((b, q), (a, p), protocol).unwrap()[..], want.as_bytes());
            }
        }
    }
}
