//! Basic Encoding Rules of ASN.1 (ITU-T X.690), read without allocation.
//!
//! Depth and length are bounded; what is wrong is told once, with its place, and what was read before it is kept.
use core::fmt;

/// Indefinite lengths that may be open at the same time while the end of one is looked for.
const OPEN: usize = 16;
/// Octets of a tag number in the long form.
const TAG_OCTETS: usize = 5;

/// What is wrong with an encoding, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault<'a> {
    /// What is wrong.
    pub reason: &'static str,
    /// The octets from the element on in which it was found.
    pub at: &'a [u8],
    /// Octets that the length promises, where it promises too many.
    pub claimed: Option<u64>,
    /// Octets that there are for it.
    pub available: u64,
}

/// One element: identifier and contents (clause 8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// First identifier octet: class in the upper two bits, then whether it is constructed, then the number up to 30.
    pub identifier: u8,
    /// Tag number, also of the long form.
    pub number: u32,
    /// The contents octets; of a constructed element whose length goes beyond its parent, as many as are there.
    pub contents: &'a [u8],
}

impl<'a> Element<'a> {
    /// Whether its contents are elements (clause 8.1.2.5).
    pub const fn is_constructed(&self) -> bool {
        self.identifier & 0x20 != 0
    }
    /// Whether it is of the context-specific class.
    pub const fn is_context(&self) -> bool {
        self.identifier & 0xc0 == 0x80
    }
    /// Whether it is of the application class.
    pub const fn is_application(&self) -> bool {
        self.identifier & 0xc0 == 0x40
    }
    /// Whether it is of the universal class.
    pub const fn is_universal(&self) -> bool {
        self.identifier & 0xc0 == 0
    }
    /// The number of a context-specific tag.
    pub const fn context(&self) -> Option<u32> {
        if self.is_context() { Some(self.number) } else { None }
    }
    /// The elements that it holds.
    pub const fn elements(&self) -> Elements<'a> {
        Elements::new(self.contents)
    }
}

/// Elements that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elements<'a> {
    rest: &'a [u8],
    fault: Option<Fault<'a>>,
}

/// Identifier and length octets.
struct Head<'a> {
    identifier: u8,
    number: u32,
    /// `None` is the indefinite form.
    length: Option<u64>,
    behind: &'a [u8],
    minimal: bool,
}

/// Identifier octets (clause 8.1.2) and length octets (8.1.3).
#[inline]
fn head(bytes: &[u8]) -> Result<Head<'_>, &'static str> {
    let &[identifier, ref after @ ..] = bytes else { return Err("element without identifier") };
    let (number, minimal, after) = if identifier & 0x1f == 0x1f {
        long_tag(after)?
    } else {
        (u32::from(identifier & 0x1f), true, after)
    };
    let &[first, ref behind @ ..] = after else { return Err("element without length") };
    let (length, behind) = match first {
        0..=0x7f => (Some(u64::from(first)), behind),
        0x80 => (None, behind),
        0xff => return Err("length octet is reserved"),
        _ => {
            let octets = usize::from(first & 0x7f);
            let Some((octets, behind)) = behind.split_at_checked(octets) else {
                return Err("element ends within its length");
            };
            // Leading zeros are allowed (clause 8.1.3.5, note 2).
            let significant = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
            let octets = octets.get(significant..).unwrap_or_default();
            let length = if octets.len() > 8 {
                u64::MAX
            } else {
                octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet))
            };
            (Some(length), behind)
        }
    };
    Ok(Head { identifier, number, length, behind, minimal })
}

/// A tag number in the long form (clause 8.1.2.4).
fn long_tag(bytes: &[u8]) -> Result<(u32, bool, &[u8]), &'static str> {
    let mut number = 0u32;
    for (index, octet) in bytes.iter().enumerate() {
        if index >= TAG_OCTETS || number >> 25 != 0 {
            return Err("tag number is too large");
        }
        number = number << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            let minimal = number >= 31 && bytes.first() != Some(&0x80);
            return Ok((number, minimal, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    Err("element ends within its tag")
}

impl<'a> Elements<'a> {
    /// The elements in these octets.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, fault: None }
    }
    /// What has been found wrong so far. Ask when there are no more elements.
    pub const fn fault(&self) -> Option<Fault<'a>> {
        self.fault
    }
    /// The octets that were not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[cold]
    fn wrong(&mut self, reason: &'static str, at: &'a [u8], claimed: Option<u64>) {
        self.fault.get_or_insert(Fault { reason, at, claimed, available: at.len() as u64 });
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let at = self.rest;
        // Nearly all elements are short.
        if let Some((element, rest)) = short(at) {
            self.rest = rest;
            return Some(element);
        }
        self.next_long(at)
    }

    #[inline]
    fn count(mut self) -> usize {
        let mut count = 0;
        loop {
            // The rest is kept at hand: the next length cannot be read before this one.
            let mut rest = self.rest;
            while let Some((_, behind)) = short(rest) {
                (rest, count) = (behind, count + 1);
            }
            self.rest = rest;
            if self.next_long(rest).is_none() {
                return count;
            }
            count += 1;
        }
    }
}

impl<'a> Elements<'a> {
    fn next_long(&mut self, at: &'a [u8]) -> Option<Element<'a>> {
        if at.is_empty() {
            return None;
        }
        self.rest = &[];
        let head = match head(at) {
            Ok(head) => head,
            Err(reason) => {
                self.wrong(reason, at, None);
                return None;
            }
        };
        if !head.minimal {
            self.wrong("tag is not in its shortest form", at, None);
        }
        let Head { identifier, number, length, behind, .. } = head;
        let constructed = identifier & 0x20 != 0;
        let Some(length) = length else {
            if !constructed {
                self.wrong("primitive element of indefinite length", at, None);
                return None;
            }
            let (contents, rest) = match end_of_contents(behind) {
                Ok(found) => found,
                Err(reason) => {
                    self.wrong(reason, at, None);
                    (behind, &[][..])
                }
            };
            self.rest = rest;
            return Some(Element { identifier, number, contents });
        };
        let whole = usize::try_from(length).ok().and_then(|length| behind.split_at_checked(length));
        let Some((contents, rest)) = whole else {
            let available = behind.len() as u64;
            let reason = "length is beyond what holds the element";
            self.fault.get_or_insert(Fault { reason, at, claimed: Some(length), available });
            // What a constructed element holds so far is still told apart; a cut value would be another value.
            return constructed.then_some(Element { identifier, number, contents: behind });
        };
        self.rest = rest;
        Some(Element { identifier, number, contents })
    }
}

/// Contents of indefinite length, up to their end-of-contents octets, and what lies behind (clause 8.1.5).
fn end_of_contents(bytes: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    let (mut rest, mut open) = (bytes, 1usize);
    loop {
        if let [0, 0, behind @ ..] = rest {
            open -= 1;
            if open == 0 {
                let length = bytes.len() - rest.len();
                return Ok((bytes.get(..length).unwrap_or_default(), behind));
            }
            rest = behind;
            continue;
        }
        let Ok(head) = head(rest) else { return Err("indefinite length without end") };
        rest = match head.length {
            None if open >= OPEN => return Err("indefinite lengths are nested too deeply"),
            None => {
                open += 1;
                head.behind
            }
            Some(length) => usize::try_from(length)
                .ok()
                .and_then(|length| head.behind.get(length..))
                .ok_or("indefinite length without end")?,
        };
    }
}

/// The first element of these octets and what lies behind it, if it has one octet of tag and one of length and is whole.
#[inline(always)]
pub(crate) fn short(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let &[identifier, length @ 0..=0x7f, ref behind @ ..] = bytes else { return None };
    if identifier & 0x1f == 0x1f {
        return None;
    }
    let (contents, behind) = behind.split_at_checked(usize::from(length))?;
    Some((Element { identifier, number: u32::from(identifier & 0x1f), contents }, behind))
}

/// The first element of these octets, and what is wrong with it.
pub fn first(bytes: &[u8]) -> (Option<Element<'_>>, Option<Fault<'_>>) {
    let mut elements = Elements::new(bytes);
    (elements.next(), elements.fault())
}

/// Where `inner`, a part of `outer`, begins within it.
pub fn offset(outer: &[u8], inner: &[u8]) -> Option<u64> {
    let start = (inner.as_ptr() as usize).checked_sub(outer.as_ptr() as usize)?;
    (start <= outer.len()).then_some(start as u64)
}

/// An integer (clause 8.3); redundant leading octets are allowed. `None` if there is no octet, or it does not fit.
#[inline]
pub fn integer(contents: &[u8]) -> Option<i64> {
    let first = *contents.first()?;
    let sign = if first & 0x80 != 0 { 0xff } else { 0 };
    let octets = match contents.len() {
        0..=8 => contents,
        longer => {
            let (redundant, octets) = contents.split_at_checked(longer - 8)?;
            let fits = redundant.iter().all(|octet| *octet == sign) && octets.first()? & 0x80 == sign & 0x80;
            if !fits {
                return None;
            }
            octets
        }
    };
    let start = if sign == 0 { 0 } else { u64::MAX };
    Some(put_together(start, octets).cast_signed())
}

/// An integer that is not negative, of up to 64 bits with a leading zero octet or without; an encoder that leaves the
/// leading zero out is read as it meant it. `None` if there is no octet, or it does not fit.
#[inline]
pub fn unsigned(contents: &[u8]) -> Option<u64> {
    let octets = match contents.len() {
        0 => return None,
        1..=8 => contents,
        longer => {
            let (redundant, octets) = contents.split_at_checked(longer - 8)?;
            if redundant.iter().any(|octet| *octet != 0) {
                return None;
            }
            octets
        }
    };
    Some(put_together(0, octets))
}

/// The octets below the upper ones, which are those of `start`. Few are put together without a loop.
#[inline(always)]
fn put_together(start: u64, octets: &[u8]) -> u64 {
    match *octets {
        [a] => start << 8 | u64::from(a),
        [a, b] => start << 16 | u64::from(u16::from_be_bytes([a, b])),
        [a, b, c] => start << 24 | u64::from(u32::from_be_bytes([0, a, b, c])),
        [a, b, c, d] => start << 32 | u64::from(u32::from_be_bytes([a, b, c, d])),
        _ => octets.iter().fold(start, |sum, octet| sum << 8 | u64::from(*octet)),
    }
}

/// A boolean (clause 8.2): one octet, 0 is false.
#[inline]
pub const fn boolean(contents: &[u8]) -> Option<bool> {
    match contents {
        [octet] => Some(*octet != 0),
        _ => None,
    }
}

/// A string of bits (clause 8.6): the first bit is the highest of the first octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitString<'a> {
    /// The octets as sent, unused bits of the last one included.
    pub octets: &'a [u8],
    /// Bits of the last octet that are not used.
    pub unused: u8,
}

impl<'a> BitString<'a> {
    /// From contents octets. `None` without the octet that counts unused bits, or if it counts more than there are.
    #[inline]
    pub const fn new(contents: &'a [u8]) -> Option<Self> {
        match contents {
            [unused @ 0..=7, octets @ ..] if *unused == 0 || !octets.is_empty() => {
                Some(Self { octets, unused: *unused })
            }
            _ => None,
        }
    }
    /// Number of bits.
    pub const fn len(&self) -> usize {
        self.octets.len() * 8 - self.unused as usize
    }
    /// Whether there is no bit.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The bit at `index`.
    pub fn get(&self, index: usize) -> Option<bool> {
        if index >= self.len() {
            return None;
        }
        self.octets.get(index / 8).map(|octet| octet << (index % 8) & 0x80 != 0)
    }
    /// The bits, in order.
    pub fn iter(self) -> impl Iterator<Item = bool> + use<'a> {
        (0..self.len()).map_while(move |index| self.get(index))
    }
    /// The bits as a number whose highest bit is the first; `None` if there are more than 64.
    pub fn number(&self) -> Option<u64> {
        if self.len() > 64 || self.octets.len() > 8 {
            return None;
        }
        let all = self.octets.iter().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet));
        Some(all >> self.unused)
    }
    /// The bits as a number whose lowest bit is the first, as the standards that name bits count them; bits beyond the
    /// 64th are left out.
    #[inline]
    pub fn flags(&self) -> u64 {
        // Most are short: they are put together without a loop over their bits.
        let flags = match *self.octets {
            [a] => turned(a),
            [a, b] => turned(a) | turned(b) << 8,
            [a, b, c, d, e, f, g, h, ..] => u64::from_be_bytes([a, b, c, d, e, f, g, h]).reverse_bits(),
            ref few => few.iter().rev().fold(0, |sum, octet| sum << 8 | turned(*octet)),
        };
        match self.len() {
            len @ 0..=63 => flags & ((1 << len) - 1),
            _ => flags,
        }
    }
}

/// Octets whose lowest bit is the first.
static TURNED: [u8; 256] = {
    let mut turned = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        turned[octet] = (octet as u8).reverse_bits();
        octet += 1;
    }
    turned
};

/// An octet with its first bit as the lowest.
#[inline(always)]
fn turned(octet: u8) -> u64 {
    TURNED.get(usize::from(octet)).copied().unwrap_or_default().into()
}

/// An object identifier (clause 8.19); it shows itself as numbers with dots between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectIdentifier<'a>(pub &'a [u8]);

impl fmt::Display for ObjectIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut number, mut is_first) = (0u64, true);
        for octet in self.0 {
            number = number.wrapping_shl(7) | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if is_first {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - root * 40)?;
            } else {
                write!(f, ".{number}")?;
            }
            (number, is_first) = (0, false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> (Vec<Element<'_>>, Option<&'static str>) {
        let mut elements = Elements::new(bytes);
        let found = elements.by_ref().collect();
        (found, elements.fault().map(|fault| fault.reason))
    }
    fn element(identifier: u8, number: u32, contents: &[u8]) -> Element<'_> {
        Element { identifier, number, contents }
    }

    /// HARD_CASES, MMS: "tags above 30 have the long form (`BF 48` is fileOpen)".
    #[test]
    fn tags_above_30_have_the_long_form() {
        assert_eq!(
            all(&[0xbf, 0x48, 1, 9, 0x9f, 0x49, 1, 7]).0,
            [element(0xbf, 72, &[9]), element(0x9f, 73, &[7])]
        );
        assert_eq!(all(&[0x9f, 0x81, 0x00, 0]).0, [element(0x9f, 128, &[])]);
    }

    /// HARD_CASES, MMS: "lengths in long form with leading zeros are valid".
    #[test]
    fn long_lengths_may_have_leading_zeros() {
        for length in
            [&[0x81u8, 2][..], &[0x82, 0, 2], &[0x84, 0, 0, 0, 2], &[0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]]
        {
            let bytes = [&[0x85], length, &[1, 2]].concat();
            assert_eq!(all(&bytes), (vec![element(0x85, 5, &[1, 2])], None));
        }
    }

    /// HARD_CASES, MMS: "a length beyond its parent is said, elements before it are kept".
    #[test]
    fn a_length_beyond_its_parent_is_said_and_elements_before_it_are_kept() {
        let reason = Some("length is beyond what holds the element");
        assert_eq!(all(&[0x85, 1, 7, 0x85, 9, 1]), (vec![element(0x85, 5, &[7])], reason));
        // What a constructed element holds is told apart as far as it goes.
        assert_eq!(all(&[0xa2, 9, 0x85, 1, 7]), (vec![element(0xa2, 2, &[0x85, 1, 7])], reason));
        assert_eq!(all(&[0x85, 0x84, 0xff, 0xff, 0xff, 0xff]), (vec![], reason));
        let huge = [0x85, 0x89, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(all(&huge), (vec![], reason));
    }

    /// HARD_CASES, MMS: "indefinite lengths need bounded search".
    #[test]
    fn indefinite_lengths_end_at_their_own_end() {
        let bytes = [0xa1, 0x80, 0xa2, 0x80, 0x85, 2, 0, 0, 0, 0, 0x85, 1, 7, 0, 0, 0x85, 1, 8];
        let (found, fault) = all(&bytes);
        assert_eq!(found, [element(0xa1, 1, &bytes[2..13]), element(0x85, 5, &[8])]);
        assert_eq!(fault, None);
        assert_eq!(all(&bytes[2..13]).0, [element(0xa2, 2, &[0x85, 2, 0, 0]), element(0x85, 5, &[7])]);
        assert_eq!(
            all(&[0xa1, 0x80, 0x85, 1, 7]),
            (vec![element(0xa1, 1, &[0x85, 1, 7])], Some("indefinite length without end"))
        );
        assert_eq!(all(&[0x85, 0x80, 0, 0]), (vec![], Some("primitive element of indefinite length")));
        let bomb = [0xa1, 0x80].repeat(50_000);
        assert_eq!(all(&bomb).1, Some("indefinite lengths are nested too deeply"));
    }

    /// HARD_CASES, protocol level, BER: "non-minimal tags".
    #[test]
    fn a_tag_that_is_not_in_its_shortest_form_is_read_and_said() {
        let reason = Some("tag is not in its shortest form");
        assert_eq!(
            all(&[0x9f, 0x05, 1, 7, 0x85, 1, 8]),
            (vec![element(0x9f, 5, &[7]), element(0x85, 5, &[8])], reason)
        );
        assert_eq!(all(&[0x9f, 0x80, 0x48, 1, 7]), (vec![element(0x9f, 72, &[7])], reason));
        assert_eq!(
            all(&[0x9f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]),
            (vec![], Some("tag number is too large"))
        );
        assert_eq!(all(&[0x9f, 0x81]), (vec![], Some("element ends within its tag")));
        assert_eq!(all(&[0x85]), (vec![], Some("element without length")));
        assert_eq!(all(&[0x85, 0xff]), (vec![], Some("length octet is reserved")));
        assert_eq!(all(&[0x85, 0x82, 1]), (vec![], Some("element ends within its length")));
    }

    /// HARD_CASES, MMS: "integers have 1 to 9 octets, unsigned may carry a leading 00".
    #[test]
    fn integers_are_exact() {
        assert_eq!(integer(&[0xff]), Some(-1));
        assert_eq!(integer(&[0x00, 0xff]), Some(255));
        assert_eq!(integer(&[0x80, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MIN));
        assert_eq!(integer(&[0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Some(i64::MAX));
        assert_eq!(integer(&[0, 0x80, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(integer(&[]), None);
        assert_eq!(unsigned(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Some(u64::MAX));
        assert_eq!(unsigned(&[0xff; 8]), Some(u64::MAX));
        assert_eq!(unsigned(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(unsigned(&[]), None);
    }

    /// X.690 clause 8.6.4.2: the bit string 0A3B5F291CD hex is 03 04 0A3B5F291CD0; the example of clause 8.19.5 is the
    /// object identifier 2.999.3.
    #[test]
    fn strings_of_bits_and_object_identifiers_follow_the_examples_of_the_standard() {
        let bits = BitString::new(&[4, 0x0a, 0x3b, 0x5f, 0x29, 0x1c, 0xd0]).expect("bits");
        assert_eq!((bits.len(), bits.number()), (44, Some(0x0a3_b5f2_91cd)));
        assert_eq!(bits.iter().take(5).collect::<Vec<_>>(), [false, false, false, false, true]);
        assert_eq!(BitString::new(&[6, 0x40]).map(|bits| bits.flags()), Some(0b10));
        // Bits that are not used may be anything.
        assert_eq!(BitString::new(&[6, 0x7f]).map(|bits| bits.flags()), Some(0b10));
        assert_eq!(BitString::new(&[8, 0]), None);
        assert_eq!(BitString::new(&[1]), None);
        assert_eq!(BitString::new(&[]), None);
        assert_eq!(BitString::new(&[0]).map(|bits| bits.len()), Some(0));
        assert_eq!(ObjectIdentifier(&[0x88, 0x37, 0x03]).to_string(), "2.999.3");
        assert_eq!(ObjectIdentifier(&[0x28, 0xca, 0x22, 0x02, 0x01]).to_string(), "1.0.9506.2.1");
        assert_eq!(ObjectIdentifier(&[0x52, 0x01, 0x00, 0x01]).to_string(), "2.2.1.0.1");
    }

    proptest! {
        /// Bit by bit.
        #[test]
        fn flags_are_the_bits(octets in prop::collection::vec(any::<u8>(), 1..12), unused in 0u8..8) {
            let bits = BitString { octets: &octets, unused };
            let one_by_one = bits.iter().take(64).enumerate().map(|(place, bit)| u64::from(bit) << place).sum::<u64>();
            prop_assert_eq!(bits.flags(), one_by_one);
        }

        /// Elements of both forms of length, sound and cut: counted as they are read.
        #[test]
        fn elements_are_counted_as_they_are_read(
            elements in prop::collection::vec((0u8..=255, any::<bool>(), 0usize..5), 0..12),
            lost in 0usize..9,
        ) {
            let mut bytes = vec![];
            for (identifier, long, len) in elements {
                bytes.push(identifier);
                bytes.extend_from_slice(if long { &[0x81] } else { &[] });
                bytes.push(len as u8);
                bytes.extend(core::iter::repeat_n(0, len));
            }
            bytes.truncate(bytes.len().saturating_sub(lost));
            let mut one_by_one = Elements::new(&bytes);
            let read = core::iter::from_fn(|| one_by_one.next()).collect::<Vec<_>>().len();
            prop_assert_eq!(Elements::new(&bytes).count(), read);
        }

        /// Whatever the octets: no panic, and the elements lie within them, one behind the other.
        #[test]
        fn elements_lie_within_their_octets(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut end = 0;
            for element in Elements::new(&bytes) {
                let start = offset(&bytes, element.contents).expect("within") as usize;
                prop_assert!(start >= end);
                end = start + element.contents.len();
                prop_assert!(end <= bytes.len());
            }
        }
    }
}
