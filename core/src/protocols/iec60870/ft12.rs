//! FT 1.2 (IEC 60870-5-1 section 6.2.4.2): the frames of the serial line, as terminal servers carry them.
use super::codes::{FrameFormat, PrimaryFunction, SecondaryFunction};
use crate::{
    protocol::{Framing, Resync, Side},
    record::digest_bytes,
};

pub(super) const FIXED: u8 = 0x10;
pub(super) const VARIABLE: u8 = 0x68;
pub(super) const SINGLE: u8 = 0xe5;
const END: u8 = 0x16;
/// FCV of the control field: FCB counts.
const FCV: u8 = 0x10;
/// Octets of a frame with user data besides them.
const AROUND: usize = 6;

/// The sum of octets, of which the lowest eight bits are sent.
fn sum(octets: &[u8]) -> u8 {
    octets.iter().fold(0, |sum, octet| sum.wrapping_add(*octet))
}

/// A frame whose octets are all there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame<'a> {
    pub(super) format: FrameFormat,
    /// Control field.
    pub(super) control: Option<u8>,
    /// Link address and ASDU.
    pub(super) behind: &'a [u8],
    /// Sum that its octets have, where it is not the one sent.
    pub(super) wrong: Option<(u8, u8)>,
}

impl Frame<'_> {
    /// PRM.
    pub(super) fn is_primary(&self) -> Option<bool> {
        self.control.map(|control| control & 0x40 != 0)
    }
    pub(super) fn primary_function(&self) -> Option<PrimaryFunction> {
        self.control.filter(|control| control & 0x40 != 0).map(|control| PrimaryFunction(control & 15))
    }
    pub(super) fn secondary_function(&self) -> Option<SecondaryFunction> {
        self.control.filter(|control| control & 0x40 == 0).map(|control| SecondaryFunction(control & 15))
    }
    /// Whether the function is one that the standard names, in a frame that may have it.
    pub(super) fn is_sound(&self) -> bool {
        let named = self.primary_function().map_or_else(
            || self.secondary_function().is_none_or(|function| function.name().is_some()),
            |function| function.name().is_some(),
        );
        let data = self.format == FrameFormat::VARIABLE;
        // Only these frames carry user data.
        let carries = matches!(self.primary_function(), Some(PrimaryFunction(3 | 4)))
            || self.secondary_function() == Some(SecondaryFunction::USER_DATA);
        named && data == carries && self.wrong.is_none()
    }
}

/// What is known of how many octets the link address has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Link {
    Known(u8),
    /// What ASDUs have told so far.
    Likely(u8),
    Unknown,
}

/// Most octets of the link address.
const MOST_LINK: u8 = 2;

/// Whether the octet behind a link address of so many octets is the sum of those before; null if it is not there.
fn sum_holds(octets: &[u8], link: u8) -> Option<bool> {
    let behind = usize::from(link) + 2;
    let user = octets.get(1..behind)?;
    octets.get(behind).map(|sent| *sent == sum(user))
}

/// Where a frame of fixed length ends. Where several lengths make it right, as in `10 0b 0b 16 16`, that of the longest link
/// address does: the shorter frame would have its end again behind it, where the next frame or nothing begins.
fn fixed(octets: &[u8], link: Link) -> Framing {
    let ends = |link: u8| match octets.get(usize::from(link) + 3) {
        None => Framing::Need(usize::from(link) + 4),
        Some(&END) => Framing::Frame(usize::from(link) + 4),
        Some(_) => Framing::Malformed("the frame does not end with 16 hex"),
    };
    match link {
        // A wrong sum is for the frame's row to tell.
        Link::Known(link) => return ends(link),
        Link::Likely(link) if sum_holds(octets, link) != Some(false) => {
            let likely = ends(link);
            if !matches!(likely, Framing::Malformed(_)) {
                return likely;
            }
        }
        _ => {}
    }
    for link in 0..=MOST_LINK {
        let end = ends(link);
        let right = sum_holds(octets, link) == Some(true);
        match end {
            Framing::Need(_) => return end,
            Framing::Frame(len) if right => {
                let longer = link < MOST_LINK && sum_holds(octets, link + 1) == Some(true);
                match octets.get(len) {
                    None if longer => return Framing::Need(len + 1),
                    Some(&END) if longer => {}
                    _ => return end,
                }
            }
            _ => {}
        }
    }
    Framing::Malformed("no length of the link address makes the frame right")
}

/// Octets of the link address that a frame of fixed length tells; null if another number makes its octets right too.
pub(super) fn told_link(octets: &[u8]) -> Option<u8> {
    let link = u8::try_from(octets.len().checked_sub(4)?).ok()?;
    let holds = |link: u8| sum_holds(octets, link) == Some(true);
    // Of a shorter frame the end would be where this one has its sum; of a longer one its sum is the end of this one.
    let shorter = link > 0 && holds(link - 1) && octets.get(usize::from(link) + 2) == Some(&END);
    let longer = link < MOST_LINK && holds(link + 1);
    (!shorter && !longer).then_some(link)
}

/// Where the frame that begins here ends.
pub(super) fn frame(octets: &[u8], link: Link) -> Framing {
    match octets {
        [SINGLE, ..] => Framing::Frame(1),
        [VARIABLE, length, again, start, ..] => {
            if length != again {
                return Framing::Malformed("the two lengths of the frame differ");
            }
            if *start != VARIABLE {
                return Framing::Malformed("second start octet is not 68 hex");
            }
            if *length < 2 {
                return Framing::Malformed("length has no room for control field and address");
            }
            let len = usize::from(*length) + AROUND;
            match octets.get(len - 1) {
                None => Framing::Need(len),
                Some(&END) => Framing::Frame(len),
                Some(_) => Framing::Malformed("the frame does not end with 16 hex"),
            }
        }
        [VARIABLE, ..] => Framing::Need(4),
        [FIXED, ..] => fixed(octets, link),
        [] => Framing::Need(1),
        _ => Framing::Malformed("no start octet of FT 1.2"),
    }
}

/// The parts of a whole frame.
pub(super) fn read(octets: &[u8]) -> Option<Frame<'_>> {
    let (format, user, sent) = match octets {
        [SINGLE] => {
            return Some(Frame { format: FrameFormat::SINGLE, control: None, behind: &[], wrong: None });
        }
        [FIXED, user @ .., sent, END] => (FrameFormat::FIXED, user, *sent),
        [VARIABLE, _, _, VARIABLE, user @ .., sent, END] => (FrameFormat::VARIABLE, user, *sent),
        _ => return None,
    };
    let (control, behind) = user.split_first()?;
    let sum = sum(user);
    Some(Frame { format, control: Some(*control), behind, wrong: (sum != sent).then_some((sum, sent)) })
}

/// Stations of a line whose last frames are remembered.
const STATIONS: usize = 64;

/// The last frames between a primary station and a secondary one.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// Who is primary.
    side: Side,
    link_address: u16,
    /// Digest of the primary station's last frame with FCV.
    asked: Option<u64>,
    /// Whether that was a repetition.
    again: bool,
    /// Digest of the last answer with user data.
    answered: Option<u64>,
}

/// Knows frames that only repeat the last one (IEC 60870-5-2 section 5.1.2): the answer was disturbed, so the primary
/// station sends its frame again with FCB as it was, and the secondary station its answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats(Vec<Last>);

impl Repeats {
    /// Whether this frame, with all its `octets`, is a repetition.
    pub(super) fn look(&mut self, frame: &Frame<'_>, link_address: u16, side: Side, octets: &[u8]) -> bool {
        let Some(control) = frame.control else { return false };
        let primary = frame.is_primary() == Some(true);
        let asker = if primary { side } else { side.other() };
        let same = |last: &Last| last.side == asker && last.link_address == link_address;
        let digest = Some(digest_bytes(octets));
        let known = self.0.iter_mut().find(|last| same(last));
        match known {
            Some(last) if primary && control & FCV != 0 => {
                last.again = core::mem::replace(&mut last.asked, digest) == digest;
                if !last.again {
                    last.answered = None;
                }
                last.again
            }
            // FCB begins anew.
            Some(last) if primary && matches!(control & 15, 0 | 1 | 7) => {
                (last.asked, last.again, last.answered) = (None, false, None);
                false
            }
            Some(last) if !primary && frame.format == FrameFormat::VARIABLE => {
                let same = core::mem::replace(&mut last.answered, digest) == digest;
                last.again && same
            }
            None if primary && control & FCV != 0 => {
                if self.0.len() >= STATIONS {
                    self.0.remove(0);
                }
                self.0.push(Last { side, link_address, asked: digest, again: false, answered: None });
                false
            }
            _ => false,
        }
    }

    /// Octets of this side were lost.
    pub(super) fn gap(&mut self, side: Side) {
        for last in &mut self.0 {
            if last.side == side {
                (last.asked, last.again) = (None, false);
            } else {
                last.answered = None;
            }
        }
    }
}

/// What the octets at a place where a frame should begin are.
pub(super) enum Begins<'a> {
    No,
    Short(usize),
    Frame(usize, Frame<'a>),
}

pub(super) fn begins(octets: &[u8]) -> Begins<'_> {
    match frame(octets, Link::Unknown) {
        Framing::Malformed(_) => Begins::No,
        Framing::Need(len) => Begins::Short(len),
        Framing::Frame(len) => match octets.get(..len).and_then(read) {
            Some(frame) if frame.is_sound() => Begins::Frame(len, frame),
            _ => Begins::No,
        },
    }
}

/// The next place where a frame with a right sum begins. A single character among garbage is none.
pub(super) fn resync(octets: &[u8]) -> Resync {
    for start in memchr::memchr2_iter(FIXED, VARIABLE, octets) {
        match begins(octets.get(start..).unwrap_or_default()) {
            Begins::No => {}
            Begins::Frame(..) => return Resync::Found(start),
            Begins::Short(_) => return Resync::Wait(start),
        }
    }
    Resync::Wait(octets.len())
}

/// Sets lengths, sum and end of a frame.
pub(super) fn mend(pdu: &mut [u8]) {
    let head = match pdu {
        [VARIABLE, ..] => 4,
        [FIXED, ..] => 1,
        _ => return,
    };
    let user = pdu.len().saturating_sub(head + 2);
    if let [VARIABLE, first, second, start, ..] = pdu {
        let length = u8::try_from(user).unwrap_or(u8::MAX);
        (*first, *second, *start) = (length, length, VARIABLE);
    }
    let sum = sum(pdu.get(head..head + user).unwrap_or_default());
    if let [.., sent, end] = pdu.get_mut(head..).unwrap_or_default() {
        (*sent, *end) = (sum, END);
    }
}
