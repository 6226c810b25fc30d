//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

/// Sum of the 16-bit words of `data` in one's complement, an odd last octet padded with zero (RFC 1071 section 1), not yet
/// folded to 16 bits.
///
/// The sum does not depend on the byte order it is made in (RFC 1071 section 2.B), so it is made in wide native words.
#[inline(always)]
fn wide_sum(data: &[u8]) -> u64 {
    let (words, rest) = data.as_chunks::<8>();
    let mut total = 0u64;
    for word in words {
        total = add(total, u64::from_ne_bytes(*word));
    }
    let (half, rest) = rest.as_chunks::<4>();
    for half in half {
        total = add(total, u32::from_ne_bytes(*half).into());
    }
    match *rest {
        [] => total,
        [a] => add(total, u16::from_ne_bytes([a, 0]).into()),
        [a, b] => add(total, u16::from_ne_bytes([a, b]).into()),
        [a, b, c, ..] => add(total, u32::from_ne_bytes([a, b, c, 0]).into()),
    }
}

/// Sum in one's complement: the carry is added back.
#[inline(always)]
const fn add(a: u64, b: u64) -> u64 {
    let (sum, carry) = a.overflowing_add(b);
    sum.wrapping_add(carry as u64)
}

/// Whether a sum is the zero of one's complement that is all ones, as that of octets which hold their own checksum is: a
/// multiple of 2^16 - 1, as is 2^64 - 1, around which the sum has wrapped. None is 0: something in each sum is not.
#[inline(always)]
const fn is_zero(total: u64) -> bool {
    total != 0 && total.is_multiple_of(0xffff)
}

/// Right checksums that must have been seen before a wrong one is taken at its word.
const TRUST: u64 = 4;

/// Whether a wrong checksum is taken at its word, after so many that were right and wrong.
pub(crate) const fn is_believed(right: u64, wrong: u64) -> bool {
    right >= TRUST && right > wrong
}

/// Whether `data`, which holds its own checksum, sums to zero as it should.
#[inline(always)]
pub(super) fn is_good(data: &[u8]) -> bool {
    is_zero(wide_sum(data))
}

/// Whether a TCP or UDP segment, which holds its own checksum, sums to zero together with the pseudo-header of
/// RFC 9293 section 3.1 or RFC 8200 section 8.1.
pub(super) fn is_segment_good(source: IpAddr, destination: IpAddr, protocol: u8, segment: &[u8]) -> bool {
    let addresses = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            return is_ipv4_segment_good(source.to_bits(), destination.to_bits(), protocol, segment);
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            add(wide_sum(&source.octets()), wide_sum(&destination.octets()))
        }
        _ => return false,
    };
    is_good_behind(addresses, protocol, segment)
}

/// As [`is_segment_good`], over IPv4.
#[inline(always)]
pub(super) fn is_ipv4_segment_good(source: u32, destination: u32, protocol: u8, segment: &[u8]) -> bool {
    // In the order in which the octets lie in memory, as those of the segment.
    is_good_behind(u64::from(source.to_be()) + u64::from(destination.to_be()), protocol, segment)
}

#[inline(always)]
fn is_good_behind(addresses: u64, protocol: u8, segment: &[u8]) -> bool {
    // A segment of 2^32 octets is none.
    let len = u32::try_from(segment.len()).unwrap_or(u32::MAX).to_be();
    let rest = u64::from(u16::from(protocol).to_be()) + u64::from(len);
    is_zero(add(add(addresses, rest), wide_sum(segment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numerical example of RFC 1071 section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2, and the checksum is its complement.
    #[test]
    fn example_of_rfc_1071() {
        let data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert!(is_good(&[&data[..], &(!0xddf2_u16).to_be_bytes()].concat()));
        assert!(!is_good(&[&data[..], &0xddf2_u16.to_be_bytes()].concat()));
        assert!(!is_good(&[0; 8]));
    }

    /// Word by word, as RFC 1071 section 4.1 writes it in C.
    fn sum(data: &[u8]) -> u16 {
        let mut total = 0u32;
        for pair in data.chunks(2) {
            total += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
        }
        while total >> 16 != 0 {
            total = (total & 0xffff) + (total >> 16);
        }
        total as u16
    }

    proptest::proptest! {
        #[test]
        fn same_as_word_by_word(data in proptest::collection::vec(proptest::num::u8::ANY, 2..200), few in 0u8..3) {
            proptest::prop_assert_eq!(is_good(&data), sum(&data) == 0xffff);
            // With its checksum in the first word, and with nearly that.
            let mut whole = data.clone();
            whole[..2].copy_from_slice(&(!sum(&data[2..])).to_be_bytes());
            whole[1] = whole[1].wrapping_add(few);
            proptest::prop_assert_eq!(is_good(&whole), sum(&whole) == 0xffff);
            proptest::prop_assert!(few != 0 || is_good(&whole));
        }

        #[test]
        fn same_behind_a_pseudo_header(source: u32, destination: u32, mut segment in proptest::collection::vec(proptest::num::u8::ANY, 18..90)) {
            let pseudo = [
                &source.to_be_bytes()[..],
                &destination.to_be_bytes(),
                &[0, 6],
                &(segment.len() as u16).to_be_bytes(),
            ]
            .concat();
            proptest::prop_assert_eq!(
                is_ipv4_segment_good(source, destination, 6, &segment),
                sum(&[&pseudo[..], &segment].concat()) == 0xffff
            );
            segment[16..18].fill(0);
            let checksum = !sum(&[&pseudo[..], &segment].concat());
            segment[16..18].copy_from_slice(&checksum.to_be_bytes());
            proptest::prop_assert!(is_ipv4_segment_good(source, destination, 6, &segment));
        }
    }
}
