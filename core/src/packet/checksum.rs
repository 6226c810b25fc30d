//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

/// Sum of the 16-bit words of `data` in one's complement, an odd last octet padded with zero (RFC 1071 section 1).
///
/// The sum does not depend on the byte order it is made in (RFC 1071 section 2.B), so it is made in wide native words.
#[inline(always)]
pub(super) fn sum(data: &[u8]) -> u16 {
    let (words, rest) = data.as_chunks::<8>();
    let mut total = 0u64;
    for word in words {
        total = add(total, u64::from_ne_bytes(*word));
    }
    let (half, rest) = rest.as_chunks::<4>();
    for half in half {
        total = add(total, u32::from_ne_bytes(*half).into());
    }
    total = match *rest {
        [] => total,
        [a] => add(total, u16::from_ne_bytes([a, 0]).into()),
        [a, b] => add(total, u16::from_ne_bytes([a, b]).into()),
        [a, b, c, ..] => add(total, u32::from_ne_bytes([a, b, c, 0]).into()),
    };
    u16::from_be(fold(total))
}

/// Sum in one's complement: the carry is added back.
#[inline(always)]
const fn add(a: u64, b: u64) -> u64 {
    let (sum, carry) = a.overflowing_add(b);
    sum.wrapping_add(carry as u64)
}

/// Adds the carries back until 16 bits are left (RFC 1071 section 4.1).
const fn fold(mut total: u64) -> u16 {
    total = (total >> 32) + (total & 0xffff_ffff);
    total = (total >> 32) + (total & 0xffff_ffff);
    total = (total >> 16) + (total & 0xffff);
    total = (total >> 16) + (total & 0xffff);
    total = (total >> 16) + (total & 0xffff);
    (total & 0xffff) as u16
}

/// Whether `data`, which holds its own checksum, sums to zero as it should.
#[inline(always)]
pub(super) fn is_good(data: &[u8]) -> bool {
    sum(data) == 0xffff
}

/// Whether a TCP or UDP segment, which holds its own checksum, sums to zero together with the pseudo-header of
/// RFC 9293 section 3.1 or RFC 8200 section 8.1.
pub(super) fn is_segment_good(source: IpAddr, destination: IpAddr, protocol: u8, segment: &[u8]) -> bool {
    let (source, destination) = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            return is_ipv4_segment_good(source.to_bits(), destination.to_bits(), protocol, segment);
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => (source.octets(), destination.octets()),
        _ => return false,
    };
    is_good_behind([sum(&source), sum(&destination)].map(u64::from), protocol, segment)
}

/// As [`is_segment_good`], over IPv4.
#[inline(always)]
pub(super) fn is_ipv4_segment_good(source: u32, destination: u32, protocol: u8, segment: &[u8]) -> bool {
    // Two words, in the order in which `sum` gives those of the segment.
    let address = |bits: u32| u64::from(bits >> 16) + u64::from(bits & 0xffff);
    is_good_behind([address(source), address(destination)], protocol, segment)
}

#[inline(always)]
fn is_good_behind([source, destination]: [u64; 2], protocol: u8, segment: &[u8]) -> bool {
    let total = [source, destination, u64::from(protocol), segment.len() as u64, u64::from(sum(segment))];
    fold(total.iter().fold(0, |total, part| total.wrapping_add(*part))) == 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numerical example of RFC 1071 section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
    #[test]
    fn example_of_rfc_1071() {
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }

    proptest::proptest! {
        /// Word by word, as RFC 1071 section 4.1 writes it in C.
        #[test]
        fn same_as_word_by_word(data in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut total = 0u32;
            for pair in data.chunks(2) {
                total += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
            }
            while total >> 16 != 0 {
                total = (total & 0xffff) + (total >> 16);
            }
            proptest::prop_assert_eq!(u32::from(sum(&data)), total);
        }
    }
}
