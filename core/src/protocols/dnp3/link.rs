//! The data link layer (IEEE 1815-2012, clause 9): frames with a checksum for the header and one for each block.
use crate::{protocol::Side, record::digest_bytes, wire::crc16_dnp};

/// Start octets.
pub(super) const START: [u8; 2] = [0x05, 0x64];
/// Octets of the header with its CRC.
pub(super) const HEADER: usize = 10;
/// Octets that the length counts before user data: control, destination, source.
const COUNTED: usize = 5;
/// Octets of user data in one block.
const BLOCK: usize = 16;
/// Octets of a CRC.
const CRC: usize = 2;
/// Most octets of user data in one frame.
pub(super) const MOST_USER: usize = 250;

/// What the header says (9.2.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) length: u8,
    pub(super) control: u8,
    pub(super) destination: u16,
    pub(super) source: u16,
}

impl Header {
    /// Sent by a master.
    pub(super) const fn by_master(self) -> bool {
        self.control & 0x80 != 0
    }
    /// Sent by a primary station.
    pub(super) const fn is_primary(self) -> bool {
        self.control & 0x40 != 0
    }
    /// Function code, with PRM.
    pub(super) const fn function(self) -> u8 {
        self.control & 0x4f
    }
    /// Whether the function carries user data.
    pub(super) const fn carries(self) -> bool {
        matches!(self.function(), 0x43 | 0x44)
    }
    /// Whether the frame count bit counts (FCV).
    pub(super) const fn counts(self) -> bool {
        self.is_primary() && self.control & 0x10 != 0
    }
    /// Octets of user data.
    pub(super) fn user_octets(self) -> usize {
        usize::from(self.length).saturating_sub(COUNTED)
    }
    /// Octets of the whole frame.
    pub(super) fn frame_octets(self) -> usize {
        let user = self.user_octets();
        HEADER + user + CRC * user.div_ceil(BLOCK)
    }
}

/// Whether a header begins here.
pub(super) enum Begins {
    /// It does not, for this reason.
    No(&'static str),
    /// It may; to tell more, there must be this many octets.
    Perhaps(usize),
    /// Its checksum holds.
    Yes(Header),
}

#[inline]
pub(super) fn begins(bytes: &[u8]) -> Begins {
    let Some(head) = bytes.first_chunk::<HEADER>() else {
        return match bytes {
            [0x05, 0x64, length, ..] if usize::from(*length) < COUNTED => {
                Begins::No("length is below that of the header")
            }
            [0x05, 0x64, _, ..] => Begins::Perhaps(HEADER),
            [] | [0x05] | [0x05, 0x64] => Begins::Perhaps(bytes.len() + 1),
            _ => Begins::No("start octets are not 05 64"),
        };
    };
    let [start @ .., length, control, d0, d1, s0, s1, low, high] = head;
    if *start != START {
        return Begins::No("start octets are not 05 64");
    }
    if usize::from(*length) < COUNTED {
        return Begins::No("length is below that of the header");
    }
    let (covered, _) = head.split_at(HEADER - CRC);
    if crc16_dnp(covered) != u16::from_le_bytes([*low, *high]) {
        return Begins::No("checksum of the header is wrong");
    }
    Begins::Yes(Header {
        length: *length,
        control: *control,
        destination: u16::from_le_bytes([*d0, *d1]),
        source: u16::from_le_bytes([*s0, *s1]),
    })
}

/// The header of a frame whose checksum is known to hold.
pub(super) fn header(frame: &[u8]) -> Option<Header> {
    let [_, _, length, control, d0, d1, s0, s1, _, _] = frame.first_chunk::<HEADER>()?;
    Some(Header {
        length: *length,
        control: *control,
        destination: u16::from_le_bytes([*d0, *d1]),
        source: u16::from_le_bytes([*s0, *s1]),
    })
}

/// User data of a frame, without the checksums between the blocks.
#[derive(Debug)]
pub(super) struct User {
    octets: [u8; MOST_USER],
    len: usize,
    /// Blocks whose checksum is wrong, and where the first of them begins in the frame.
    pub(super) damaged: u8,
    pub(super) damaged_at: usize,
    /// What the first of them should be, and is.
    pub(super) sums: (u16, u16),
}

impl User {
    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    /// Reads the blocks behind the header.
    #[inline]
    pub(super) fn read(frame: &[u8]) -> Self {
        let mut user = Self { octets: [0; MOST_USER], len: 0, damaged: 0, damaged_at: 0, sums: (0, 0) };
        let blocks = frame.get(HEADER..).unwrap_or_default();
        let (whole, rest) = blocks.as_chunks::<{ BLOCK + CRC }>();
        let mut at = HEADER;
        for block in whole {
            let (octets, sum) = block.split_at(BLOCK);
            user.block(octets, sum, at);
            at += BLOCK + CRC;
        }
        if let Some((octets, sum)) = rest.split_last_chunk::<CRC>().filter(|(octets, _)| !octets.is_empty()) {
            user.block(octets, sum, at);
        }
        user
    }

    #[inline(always)]
    fn block(&mut self, octets: &[u8], sum: &[u8], at: usize) {
        let (should, is) = (crc16_dnp(octets), sum.first_chunk().map_or(0, |sum| u16::from_le_bytes(*sum)));
        if should != is {
            if self.damaged == 0 {
                (self.damaged_at, self.sums) = (at, (should, is));
            }
            self.damaged = self.damaged.saturating_add(1);
        }
        if let Some(to) = self.octets.get_mut(self.len..self.len + octets.len()) {
            to.copy_from_slice(octets);
            self.len += octets.len();
        }
    }
}

/// Pairs of a primary and a secondary station whose last frames are remembered.
const PAIRS: usize = 64;
/// Function of the primary station by which FCB begins anew.
const RESET_LINK_STATES: u8 = 0x40;

/// The last frame of a primary station that counts.
#[derive(Clone, Copy, Debug)]
struct Last {
    side: Side,
    source: u16,
    destination: u16,
    digest: u64,
}

/// Knows frames that only repeat the last one (clause 9): the acknowledgement did not arrive, so the primary station sends its
/// frame again with FCB as it was, and the secondary station takes nothing out of it.
#[derive(Debug, Default)]
pub(super) struct Repeats(Vec<Last>);

impl Repeats {
    /// Whether this frame, with all its `octets`, is a repetition.
    #[inline]
    pub(super) fn look(&mut self, header: Header, side: Side, octets: &[u8]) -> bool {
        if header.counts() {
            return self.counted(header, side, octets);
        }
        if header.function() == RESET_LINK_STATES && !self.0.is_empty() {
            let (source, destination) = (header.source, header.destination);
            let same =
                |last: &Last| (last.side, last.source, last.destination) == (side, source, destination);
            self.0.retain(|last| !same(last));
        }
        false
    }

    #[inline(never)]
    fn counted(&mut self, header: Header, side: Side, octets: &[u8]) -> bool {
        let (source, destination) = (header.source, header.destination);
        let digest = digest_bytes(octets);
        let same =
            |last: &&mut Last| (last.side, last.source, last.destination) == (side, source, destination);
        if let Some(last) = self.0.iter_mut().find(same) {
            return core::mem::replace(&mut last.digest, digest) == digest;
        }
        if self.0.len() >= PAIRS {
            self.0.remove(0);
        }
        self.0.push(Last { side, source, destination, digest });
        false
    }

    /// Octets of this side were lost.
    pub(super) fn gap(&mut self, side: Side) {
        self.0.retain(|last| last.side != side);
    }
}

/// Where octet `user` of the user data stands in its frame.
pub(super) const fn place(user: usize) -> usize {
    HEADER + user + CRC * (user / BLOCK)
}

/// Sets length and checksums as a sender would have.
pub(super) fn mend(frame: &mut Vec<u8>) {
    let Some((head, blocks)) = frame.split_first_chunk::<HEADER>() else { return };
    let mut user = Vec::new();
    for block in blocks.chunks(BLOCK + CRC) {
        let Some((octets, _)) = block.split_last_chunk::<CRC>() else { continue };
        user.extend_from_slice(octets);
    }
    user.truncate(MOST_USER);
    let [.., control, d0, d1, s0, s1, _, _] = *head;
    let length = u8::try_from(user.len() + COUNTED).unwrap_or(u8::MAX);
    *frame = vec![START[0], START[1], length, control, d0, d1, s0, s1];
    frame.extend(crc16_dnp(frame).to_le_bytes());
    for block in user.chunks(BLOCK) {
        frame.extend_from_slice(block);
        frame.extend(crc16_dnp(block).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request for the status of the link, sent by opendnp3 to address 1.
    const LINK_STATUS: [u8; 10] = [0x05, 0x64, 0x05, 0xc9, 0x01, 0x00, 0x02, 0x00, 0, 0];

    fn summed(mut frame: Vec<u8>) -> Vec<u8> {
        mend(&mut frame);
        frame
    }

    #[test]
    fn the_header_is_told_by_its_checksum() {
        let frame = summed(LINK_STATUS.to_vec());
        let Begins::Yes(header) = begins(&frame) else { panic!("a header") };
        assert_eq!((header.destination, header.source, header.function()), (1, 2, 0x49));
        assert!(header.by_master() && header.is_primary() && !header.carries());
        assert_eq!(header.frame_octets(), 10);
        for place in 0..frame.len() {
            let mut other = frame.clone();
            other[place] ^= 1;
            assert!(matches!(begins(&other), Begins::No(_)), "octet {place}");
        }
        for len in 0..frame.len() {
            // Start octets and length are looked at one by one.
            let next = if len < 3 { len + 1 } else { HEADER };
            assert!(matches!(begins(&frame[..len]), Begins::Perhaps(need) if need == next), "{len} octets");
        }
    }

    /// 9.2.4.1.2: a block holds 16 octets, the last fewer; each is followed by its checksum.
    #[test]
    fn places_are_counted_in_octets_of_the_frame() {
        for user in [0usize, 1, 15, 16, 17, 31, 32, 33, 249] {
            let mut frame = LINK_STATUS.to_vec();
            let octets: Vec<u8> = (0..=user).map(|n| n as u8).collect();
            for block in octets.chunks(BLOCK) {
                frame.extend(block);
                frame.extend([0, 0]);
            }
            let frame = summed(frame);
            assert_eq!(frame[place(user)], user as u8);
            let Begins::Yes(header) = begins(&frame) else { panic!("a header") };
            assert_eq!(header.frame_octets(), frame.len());
            let read = User::read(&frame);
            assert_eq!((read.octets(), read.damaged), (&octets[..], 0));
        }
    }
}
