//! Check sums of the serial world.

/// CRC-16 of Modbus RTU (Modbus over Serial Line V1.02, section 6.2.2): polynomial A001 hex reflected, start FFFF hex.
/// It is sent low octet first; over a frame with its CRC the sum is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crc16Modbus(u16);

const CRC16_A001: [u16; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut sum, mut bit) = (index as u16, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xa001 } else { sum >> 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
};

impl Crc16Modbus {
    /// Of no octets.
    pub const fn new() -> Self {
        Self(0xffff)
    }
    /// Of these octets.
    pub fn of(octets: &[u8]) -> u16 {
        octets.iter().fold(Self::new(), |sum, octet| sum.push(*octet)).value()
    }
    /// With one octet more.
    #[inline(always)]
    pub fn push(self, octet: u8) -> Self {
        let [low, high] = self.0.to_le_bytes();
        let step = CRC16_A001.get(usize::from(low ^ octet)).copied().unwrap_or_default();
        Self(u16::from(high) ^ step)
    }
    /// The sum.
    pub const fn value(self) -> u16 {
        self.0
    }
    /// Whether the last two octets are the CRC of those before.
    pub fn holds(frame: &[u8]) -> bool {
        frame.len() > 2 && Self::of(frame) == 0
    }
}

impl Default for Crc16Modbus {
    fn default() -> Self {
        Self::new()
    }
}

/// One table for each distance from the end of a block, so that the octets of a block do not wait for one another.
static CRC16_A6BC: [[u16; 256]; 16] = {
    let mut tables = [[0; 256]; 16];
    let mut index = 0;
    while index < 256 {
        let (mut sum, mut bit) = (index as u16, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xa6bc } else { sum >> 1 };
            bit += 1;
        }
        tables[0][index] = sum;
        index += 1;
    }
    let mut distance = 1;
    while distance < 16 {
        index = 0;
        while index < 256 {
            let before = tables[distance - 1][index];
            tables[distance][index] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            index += 1;
        }
        distance += 1;
    }
    tables
};

/// CRC-16 of DNP3 (IEEE 1815-2012, 9.2.4.3.2): polynomial 3D65 hex reflected, start 0, inverted. It is sent low octet
/// first, after the 8 octets of the header and after each block of up to 16 octets of data.
#[inline]
pub fn crc16_dnp(octets: &[u8]) -> u16 {
    let (blocks, rest) = octets.as_chunks::<16>();
    let mut sum = 0u16;
    for block in blocks {
        let (first, last) = (block.first_chunk::<8>(), block.last_chunk::<8>());
        let (Some(first), Some(last)) = (first, last) else { continue };
        // The upper tables carry the first half over the second, whose sum begins at 0.
        sum = eight_dnp::<8>(sum, first) ^ eight_dnp::<0>(0, last);
    }
    let rest = match rest.split_first_chunk::<8>() {
        Some((eight, rest)) => {
            sum = eight_dnp::<0>(sum, eight);
            rest
        }
        None => rest,
    };
    let [table, ..] = &CRC16_A6BC;
    !rest.iter().fold(sum, |sum, octet| {
        let [low, high] = sum.to_le_bytes();
        at_dnp(table, low ^ octet) ^ u16::from(high)
    })
}

/// What eight octets that stand `FURTHER` octets before the end of a block add to its sum.
#[inline(always)]
fn eight_dnp<const FURTHER: usize>(sum: u16, octets: &[u8; 8]) -> u16 {
    let [low, high] = sum.to_le_bytes();
    let [a, b, c, d, e, f, g, h] = *octets;
    let Some([h0, g0, f0, e0, d0, c0, b0, a0, ..]) = CRC16_A6BC.get(FURTHER..) else { return 0 };
    let first = at_dnp(a0, a ^ low) ^ at_dnp(b0, b ^ high) ^ at_dnp(c0, c) ^ at_dnp(d0, d);
    first ^ at_dnp(e0, e) ^ at_dnp(f0, f) ^ at_dnp(g0, g) ^ at_dnp(h0, h)
}

#[inline(always)]
fn at_dnp(table: &[u16; 256], octet: u8) -> u16 {
    table.get(usize::from(octet)).copied().unwrap_or_default()
}

/// For each octet and the octets that may follow it in a block, what it does to the sum.
static CRC_CCITT: [[u16; 256]; 16] = {
    let mut tables = [[0u16; 256]; 16];
    let mut index = 0;
    while index < 256 {
        let (mut sum, mut bit) = ((index as u16) << 8, 0);
        while bit < 8 {
            sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x1021 } else { sum << 1 };
            bit += 1;
        }
        tables[0][index] = sum;
        index += 1;
    }
    let mut behind = 1;
    while behind < 16 {
        index = 0;
        while index < 256 {
            let before = tables[behind - 1][index];
            tables[behind][index] = before << 8 ^ tables[0][(before >> 8) as usize];
            index += 1;
        }
        behind += 1;
    }
    tables
};

/// CRC-CCITT of IEEE C37.118 (C37.118.2-2011, annex B): polynomial 1021 hex, start FFFF hex, nothing reflected.
pub fn crc_ccitt(octets: &[u8]) -> u16 {
    ccitt_of(0xffff, octets)
}

/// Octets from which on four parts are summed side by side: what puts them together costs as much as some thousand octets.
const LONG: usize = 8192;

fn ccitt_of(mut sum: u16, octets: &[u8]) -> u16 {
    let octets = if octets.len() < LONG {
        octets
    } else {
        let (long, rest) = octets.split_at(octets.len() / 64 * 64);
        sum = long_ccitt(sum, long.as_chunks().0);
        rest
    };
    let (blocks, rest) = octets.as_chunks::<16>();
    for block in blocks {
        sum = block_ccitt(sum, block);
    }
    let [one, ..] = &CRC_CCITT;
    rest.iter().fold(sum, |sum, octet| sum << 8 ^ ccitt(one, (sum >> 8) as u8 ^ octet))
}

#[inline(always)]
fn ccitt(table: &[u16; 256], octet: u8) -> u16 {
    table.get(usize::from(octet)).copied().unwrap_or_default()
}

/// Sixteen octets at once. Each is named, since a loop over the tables is not unrolled, and several times slower.
#[inline(always)]
fn block_ccitt(sum: u16, block: &[u8; 16]) -> u16 {
    let [high, low] = sum.to_be_bytes();
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *block;
    let [p1, o1, n1, m1, l1, k1, j1, i1, h1, g1, f1, e1, d1, c1, b1, a1] = &CRC_CCITT;
    let first = ccitt(a1, a ^ high) ^ ccitt(b1, b ^ low) ^ ccitt(c1, c) ^ ccitt(d1, d);
    let second = ccitt(e1, e) ^ ccitt(f1, f) ^ ccitt(g1, g) ^ ccitt(h1, h);
    let third = ccitt(i1, i) ^ ccitt(j1, j) ^ ccitt(k1, k) ^ ccitt(l1, l);
    let fourth = ccitt(m1, m) ^ ccitt(n1, n) ^ ccitt(o1, o) ^ ccitt(p1, p);
    first ^ second ^ third ^ fourth
}

/// Sums four parts of these blocks, a multiple of four, side by side, since each block of one has to wait for the sum of the
/// one before.
fn long_ccitt(sum: u16, blocks: &[[u8; 16]]) -> u16 {
    let quarter = blocks.len() / 4;
    let mut parts = blocks.chunks_exact(quarter.max(1));
    let mut part = || parts.next().unwrap_or_default();
    let (first, second, third, fourth) = (part(), part(), part(), part());
    let mut sums = [sum, 0, 0, 0];
    for (((a, b), c), d) in first.iter().zip(second).zip(third).zip(fourth) {
        let [first, second, third, fourth] = sums;
        sums = [block_ccitt(first, a), block_ccitt(second, b), block_ccitt(third, c), block_ccitt(fourth, d)];
    }
    // The sum is linear: what lies before a part goes through its octets as through zeros.
    let [first, rest @ ..] = sums;
    rest.into_iter().fold(first, |sum, part| through_zeros(sum, 16 * quarter) ^ part)
}

/// What so many zero octets make of a CRC-CCITT.
fn through_zeros(sum: u16, octets: usize) -> u16 {
    let powers = CCITT_ZEROS.iter().enumerate().filter(|(power, _)| octets >> power & 1 == 1);
    powers.fold(sum, |sum, (_, zeros)| ccitt_with_zeros(zeros, sum))
}

/// What 1, 2, 4, ... zero octets make of each bit of a CRC-CCITT.
static CCITT_ZEROS: [[u16; 16]; usize::BITS as usize] = {
    let mut zeros = [[0u16; 16]; usize::BITS as usize];
    let mut bit = 0;
    while bit < 16 {
        zeros[0][bit] = ccitt_with_zero(1 << bit);
        bit += 1;
    }
    let mut power = 1;
    while power < zeros.len() {
        bit = 0;
        while bit < 16 {
            zeros[power][bit] = ccitt_with_zeros(&zeros[power - 1], zeros[power - 1][bit]);
            bit += 1;
        }
        power += 1;
    }
    zeros
};

const fn ccitt_with_zero(sum: u16) -> u16 {
    let [high, low] = sum.to_be_bytes();
    CRC_CCITT[0][high as usize] ^ (low as u16) << 8
}

const fn ccitt_with_zeros(zeros: &[u16; 16], sum: u16) -> u16 {
    let (mut all, mut bit) = (0, 0);
    while bit < 16 {
        if sum >> bit & 1 == 1 {
            all ^= zeros[bit];
        }
        bit += 1;
    }
    all
}

/// Sum of the octets that have passed, from which the CRC-CCITT of any part of them is checked in one and the same time,
/// however long the part: for a search among many places where a frame may begin, whose cost would else grow with the square
/// of the octets. Where the counting of octets begins is all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CcittSum(u16);

impl CcittSum {
    /// The sum behind these octets too.
    #[must_use]
    pub fn and(self, octets: &[u8]) -> Self {
        Self(ccitt_of(self.0, octets))
    }

    /// Whether, of the `len` octets between the sum `before` and this one, the last two are the CRC of the others.
    pub fn check_holds(self, before: Self, len: usize) -> bool {
        // What lies before the part, and its start, only go through its octets.
        len >= 2 && self.0 == through_zeros(before.0 ^ 0xffff, len)
    }
}

/// LRC of Modbus ASCII (Modbus over Serial Line V1.02, section 6.2.1): the octets and their LRC add up to 0.
pub fn lrc_modbus(octets: &[u8]) -> u8 {
    octets.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet)).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-16/IBM-3740 (also called CCITT-FALSE) in the catalogue of parametrised CRC algorithms, and
    /// block by block the same as bit by bit.
    #[test]
    fn check_value_of_ccitt() {
        assert_eq!(crc_ccitt(b"123456789"), 0x29b1);
        let octets: Vec<u8> = (0..100u8).map(|i| i.wrapping_mul(37)).collect();
        for len in 0..100 {
            let bits = octets[..len].iter().fold(0xffffu16, |sum, octet| {
                (0..8).fold(sum ^ u16::from(*octet) << 8, |sum, _| {
                    if sum & 0x8000 != 0 { sum << 1 ^ 0x1021 } else { sum << 1 }
                })
            });
            assert_eq!(crc_ccitt(&octets[..len]), bits, "{len}");
        }
    }

    /// Long octets, which are summed in parts, against one bit after the other.
    #[test]
    fn long_ccitt_bit_by_bit() {
        let octets: Vec<u8> = (0u32..65_535).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let (mut sum, mut known) = (0xffffu16, vec![0xffff]);
        for octet in &octets {
            sum ^= u16::from(*octet) << 8;
            for _ in 0..8 {
                sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x1021 } else { sum << 1 };
            }
            known.push(sum);
        }
        for len in (LONG - 70..LONG + 70).chain([20_000, 32_768, 65_535]) {
            assert_eq!(crc_ccitt(&octets[..len]), known[len], "{len}");
        }
    }

    /// Parts of any length, against the sum of the part alone.
    #[test]
    fn parts_of_ccitt() {
        let mut octets: Vec<u8> = (0u32..700).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let holds = |octets: &[u8], start: usize, len: usize| {
            let before = CcittSum::default().and(&octets[..start]);
            before.and(&octets[start..start + len]).check_holds(before, len)
        };
        for (start, len) in [(0, 2), (0, 700), (1, 3), (17, 64), (100, 515), (698, 2)] {
            let end = start + len;
            let check = crc_ccitt(&octets[start..end - 2]);
            let sent = core::mem::replace(&mut octets[end - 2], (check >> 8) as u8);
            octets[end - 1] = check as u8;
            assert!(holds(&octets, start, len), "{len} octets at {start}");
            octets[end - 2] ^= 1 | (sent & 0x10);
            assert!(!holds(&octets, start, len), "{len} octets at {start}");
        }
        assert!(!holds(&octets, 0, 0) && !holds(&octets, 0, 1));
    }

    /// The check value of CRC-16/MODBUS in the catalogue of parametrised CRC algorithms.
    #[test]
    fn check_value() {
        assert_eq!(Crc16Modbus::of(b"123456789"), 0x4b37);
    }

    /// Modbus over Serial Line V1.02, section 6.2.2: "02 07" has the CRC 1241 hex, sent as 41 12.
    #[test]
    fn example_of_the_standard() {
        assert_eq!(Crc16Modbus::of(&[2, 7]), 0x1241);
        assert!(Crc16Modbus::holds(&[2, 7, 0x41, 0x12]));
        assert!(!Crc16Modbus::holds(&[2, 7, 0x12, 0x41]));
        assert!(!Crc16Modbus::holds(&[]));
    }

    /// The check value of CRC-16/DNP in the catalogue of parametrised CRC algorithms.
    #[test]
    fn check_value_of_dnp() {
        assert_eq!(crc16_dnp(b"123456789"), 0xea82);
    }

    /// Any length, against one bit after the other.
    #[test]
    fn dnp_bit_by_bit() {
        let octets: Vec<u8> = (0u32..300).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for len in 0..octets.len() {
            let mut sum = 0u16;
            for octet in &octets[..len] {
                sum ^= u16::from(*octet);
                for _ in 0..8 {
                    sum = if sum & 1 == 1 { sum >> 1 ^ 0xa6bc } else { sum >> 1 };
                }
            }
            assert_eq!(crc16_dnp(&octets[..len]), !sum, "{len} octets");
        }
    }

    /// Sent by pymodbus: `:01010003000DEE`.
    #[test]
    fn lrc_of_a_real_frame() {
        assert_eq!(lrc_modbus(&[1, 1, 0, 3, 0, 0x0d]), 0xee);
    }
}
