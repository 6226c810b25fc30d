//! Numbers in the byte order of the host that wrote the capture.

/// The byte order of a pcap file or of one pcapng section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    #[inline]
    pub(crate) fn u16(self, octets: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        }
    }

    #[inline]
    pub(crate) fn u32(self, octets: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        }
    }

    /// Four 32-bit numbers, one behind the other.
    #[inline(always)]
    pub(crate) fn words(self, octets: &[u8; 16]) -> [u32; 4] {
        let (words, _) = octets.as_chunks::<4>();
        let words: [u32; 4] =
            core::array::from_fn(|place| words.get(place).map_or(0, |word| u32::from_le_bytes(*word)));
        match self {
            Self::Little => words,
            Self::Big => words.map(u32::swap_bytes),
        }
    }

    /// The 32-bit number `at` octets into `octets`; none where it does not lie within.
    #[inline]
    pub(crate) fn u32_at(self, octets: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(*octets.get(at..)?.first_chunk()?))
    }

    /// The 16-bit number `at` octets into `octets`; none where it does not lie within.
    #[inline]
    pub(crate) fn u16_at(self, octets: &[u8], at: usize) -> Option<u16> {
        Some(self.u16(*octets.get(at..)?.first_chunk()?))
    }

    /// A signed 64-bit number, one octet after the other in this order.
    pub(crate) fn i64(self, octets: [u8; 8]) -> i64 {
        match self {
            Self::Little => i64::from_le_bytes(octets),
            Self::Big => i64::from_be_bytes(octets),
        }
    }
}
