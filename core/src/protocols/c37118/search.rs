//! The search for the next frame of a stream that has lost its place.
use super::{
    Begin, CONFIGURATION, LAST_VERSION, LEAST, SYNC, begin, is_configuration, may_be_long_configuration,
};
use crate::{
    protocol::{Resync, Search},
    wire::CcittSum,
};
use core::cmp::Reverse;
use std::collections::BinaryHeap;

/// Octets that are looked at in one call, and the place from which places are counted anew: far from what 32 bits can count.
const MOST: usize = 1 << 30;

/// Octets with which a frame seems to begin, until it is known whether one does. In the order in which that is known; of
/// several that are known by the same octet the longest is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Beginning {
    /// Behind the octet by which it is known.
    known: u32,
    /// How many octets that are, from the first one on.
    octets: Reverse<u16>,
    /// The sum of what lies before the first.
    before: CcittSum,
}

impl Beginning {
    fn new(at: u32, octets: u16, before: CcittSum) -> Reverse<Self> {
        Reverse(Self { known: at + u32::from(octets), octets: Reverse(octets), before })
    }
}

/// The sum of all octets before a place.
#[derive(Clone, Copy, Debug, Default)]
struct Summed {
    place: u32,
    sum: CcittSum,
}

/// Looks for a frame. Of several the one is found that is known first: whose last octet comes first, or of a long
/// configuration the last one by which it is known. So it is the same whether its octets come at once or one by one, and a
/// false beginning among values does not hold up what follows it.
///
/// No octet is looked through again, however many seem to begin a frame and however long those would be: they wait in the
/// order of their ends, eight octets for each, and their checksums follow from the sums before and behind them. Places are
/// counted from where the search began.
#[derive(Debug, Default)]
pub(super) struct FrameSearch {
    /// The first octet that is still there.
    head: u32,
    /// What begins before waits, or is none.
    told: u32,
    /// Up to the last that waits.
    begun: Summed,
    /// Up to where the last has ended.
    ended: Summed,
    waiting: BinaryHeap<Reverse<Beginning>>,
    /// Octets, each as often as it was looked at.
    #[cfg(test)]
    looked_through: usize,
}

impl FrameSearch {
    /// The octets from this place on.
    fn from<'a>(&self, place: u32, bytes: &'a [u8]) -> &'a [u8] {
        let at = place.checked_sub(self.head);
        at.and_then(|at| bytes.get(at as usize..)).unwrap_or_default()
    }

    /// The sum of all octets before a place that is not before those already summed.
    fn sum(&mut self, summed: Summed, place: u32, bytes: &[u8]) -> Summed {
        let octets =
            self.from(summed.place, bytes).get(..(place - summed.place) as usize).unwrap_or_default();
        #[cfg(test)]
        (self.looked_through += octets.len());
        Summed { place, sum: summed.sum.and(octets) }
    }

    /// Where the frame begins that is known first, if one is.
    fn find(&mut self, bytes: &[u8]) -> Option<u32> {
        let end = self.head + bytes.len() as u32;
        loop {
            let next = self.next_beginning(bytes);
            let until = next.map_or(end, |(at, ..)| end.min(at + LEAST as u32));
            let known = self.known(until, bytes);
            if known.is_some() {
                return known;
            }
            let (at, frame_type, size) = next?;
            if self.waiting.is_empty() {
                self.begun = Summed { place: at, sum: CcittSum::default() };
                self.ended = self.begun;
            } else {
                self.begun = self.sum(self.begun, at, bytes);
            }
            let octets = if may_be_long_configuration(frame_type, size) { CONFIGURATION } else { size };
            self.waiting.push(Beginning::new(at, octets as u16, self.begun.sum));
            self.told = at + 1;
        }
    }

    /// The first place from `start` on where something begins that is `wanted`, which is told how many octets there are, too;
    /// if there is none, the end.
    fn first(
        &mut self,
        start: u32,
        bytes: &[u8],
        wanted: impl Fn(&Begin, usize) -> bool,
    ) -> (u32, Option<Begin>) {
        let rest = self.from(start, bytes);
        let first = memchr::memchr_iter(SYNC, rest).find_map(|at| {
            let candidate = rest.get(at..).unwrap_or_default();
            let begin = begin(candidate);
            wanted(&begin, candidate.len()).then_some((at, begin))
        });
        let (passed, begin) = first.map_or((rest.len(), None), |(at, begin)| (at, Some(begin)));
        #[cfg(test)]
        (self.looked_through += passed);
        (start + passed as u32, begin)
    }

    /// Where the next frame seems to begin, its type and its size.
    fn next_beginning(&mut self, bytes: &[u8]) -> Option<(u32, u8, usize)> {
        let (place, begin) = self.first(self.told.max(self.head), bytes, |begin, _| {
            matches!(begin, Begin::Frame(_, 1..=LAST_VERSION, _) | Begin::Short(_))
        });
        self.told = place;
        match begin {
            Some(Begin::Frame(frame_type, _, size)) => Some((place, frame_type, size)),
            _ => None,
        }
    }

    /// Where the frame begins that is known first, if it is known by what lies before this place.
    fn known(&mut self, until: u32, bytes: &[u8]) -> Option<u32> {
        while let Some(Reverse(first)) =
            self.waiting.peek().copied().filter(|Reverse(first)| first.known <= until)
        {
            self.waiting.pop();
            let at = first.known - u32::from(first.octets.0);
            if self.is_frame(first, at, bytes) {
                return Some(at);
            }
        }
        None
    }

    /// Whether a frame begins there, and is still there. Of what has the length of a long configuration, but not its names,
    /// the end is awaited.
    fn is_frame(&mut self, first: Beginning, at: u32, bytes: &[u8]) -> bool {
        let octets = self.from(at, bytes);
        let Begin::Frame(frame_type, _, size) = begin(octets) else { return false };
        let read = usize::from(first.octets.0);
        if read == CONFIGURATION && is_configuration(frame_type, octets.get(..read).unwrap_or_default()) {
            return true;
        }
        if read < size {
            self.waiting.push(Beginning::new(at, size as u16, first.before));
            return false;
        }
        self.ended = self.sum(self.ended, first.known, bytes);
        self.ended.sum.check_holds(first.before, size)
    }

    /// How many octets begin no frame, up to the first place where one may begin that is not all there.
    fn passed(&mut self, bytes: &[u8]) -> usize {
        let (open, _) = self.first(self.head, bytes, |begin, octets| match begin {
            Begin::Frame(_, 1..=LAST_VERSION, size) => *size > octets,
            Begin::Frame(..) | Begin::No(_) => false,
            Begin::Short(_) => true,
        });
        (open - self.head) as usize
    }

    /// Counts places from the head.
    fn count_anew(&mut self) {
        let head = core::mem::take(&mut self.head);
        for place in [&mut self.told, &mut self.begun.place, &mut self.ended.place] {
            *place = place.saturating_sub(head);
        }
        let waiting = core::mem::take(&mut self.waiting);
        self.waiting = waiting
            .into_iter()
            .filter_map(|Reverse(one)| {
                Some(Reverse(Beginning { known: one.known.checked_sub(head)?, ..one }))
            })
            .collect();
    }
}

impl Search for FrameSearch {
    fn resync(&mut self, bytes: &[u8]) -> Resync {
        let bytes = bytes.get(..MOST).unwrap_or(bytes);
        match self.find(bytes) {
            Some(at) => Resync::Found((at - self.head) as usize),
            None => Resync::Wait(self.passed(bytes)),
        }
    }

    fn discard(&mut self, octets: &[u8]) {
        let octets = octets.get(..MOST).unwrap_or(octets);
        let head = self.head + octets.len() as u32;
        if !self.waiting.is_empty() {
            self.begun = self.sum(self.begun, self.begun.place.max(head), octets);
            self.ended = self.sum(self.ended, self.ended.place.max(head), octets);
        }
        self.head = head;
        if head as usize >= MOST {
            self.count_anew();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Synchrophasor, check_holds};
    use super::*;
    use crate::protocol::Dissector;
    use proptest::prelude::*;

    /// A command with a right checksum.
    fn command() -> Vec<u8> {
        let mut octets = vec![SYNC, 0x41, 0, 18, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0];
        Synchrophasor::mend(&mut octets);
        octets
    }

    /// What is fed in pieces, each behind the last; of what waits only `kept` octets stay. Returns at which octet a frame
    /// was found, and where it begins.
    fn fed(octets: &[u8], pieces: &[usize], kept: usize) -> (Option<(usize, usize)>, FrameSearch) {
        let (mut search, mut head, mut end) = (FrameSearch::default(), 0, 0);
        for piece in pieces.iter().cycle() {
            end = octets.len().min(end + piece);
            loop {
                match search.resync(&octets[head..end]) {
                    Resync::Found(at) => return (Some((end, head + at)), search),
                    Resync::Wait(at) => {
                        search.discard(&octets[head..head + at]);
                        head += at;
                    }
                }
                if end - head <= kept {
                    break;
                }
                search.discard(&octets[head..=head]);
                head += 1;
            }
            if end == octets.len() {
                break;
            }
        }
        (None, search)
    }

    /// The definition, word by word: the frame that is known by the fewest octets.
    fn defined(octets: &[u8]) -> Option<(usize, usize)> {
        (1..=octets.len()).find_map(|end| {
            let is_frame = |at: &usize| match begin(&octets[*at..end]) {
                Begin::Frame(frame_type, 1..=LAST_VERSION, size) => {
                    let there = &octets[*at..end.min(at + size)];
                    is_configuration(frame_type, there) || there.len() == size && check_holds(there)
                }
                _ => false,
            };
            (0..end).find(is_frame).map(|at| (end, at))
        })
    }

    fn part() -> impl Strategy<Value = Vec<u8>> {
        let beginning = (0u8..6, 0u8..5, 10u16..400).prop_map(|(frame_type, version, size)| {
            [&[SYNC, frame_type << 4 | version], &size.to_be_bytes()[..]].concat()
        });
        prop_oneof![
            4 => beginning,
            2 => prop::collection::vec(any::<u8>(), 0..40),
            1 => Just(command()),
            1 => Just(command()[..5].to_vec()),
        ]
    }

    proptest! {
        #[test]
        fn the_frame_is_found_that_is_known_first(parts in prop::collection::vec(part(), 0..12), pieces in prop::collection::vec(1usize..60, 1..5)) {
            let octets = parts.concat();
            let defined = defined(&octets);
            prop_assert_eq!(fed(&octets, &[1], usize::MAX).0, defined);
            prop_assert_eq!(fed(&octets, &pieces, usize::MAX).0.map(|(_, at)| at), defined.map(|(_, at)| at));
            prop_assert_eq!(FrameSearch::default().find(&octets), defined.map(|(_, at)| at as u32));
        }
    }

    /// HARD_CASES, IP fragments and TCP: "One octet a segment ... -> the same rows; time grows linearly": whatever seems to
    /// begin, each octet is looked at five times at most (for beginnings, for those that are open, for two sums, and the
    /// last ones again).
    #[test]
    fn no_octet_is_looked_through_again() {
        let long = [SYNC, 1, 0xff, 0xff].repeat(50_000);
        let nested: Vec<u8> =
            (0..40_000u32).flat_map(|at| [SYNC, 2, (at % 199) as u8, 16 + (at % 7) as u8]).collect();
        let one_waits = [&[SYNC, 1, 0xff, 0xff][..], &[SYNC, 1, 0, 20].repeat(14_000)].concat();
        for octets in [long, nested, one_waits] {
            for (pieces, kept) in [(1, 0x1_0000), (1, 4096), (1460, 0x1_0000), (usize::MAX, 0x1_0000)] {
                let (found, search) = fed(&octets, &[pieces], kept);
                assert_eq!(found, None);
                assert!(
                    search.looked_through <= 5 * octets.len(),
                    "{} of {}",
                    search.looked_through,
                    octets.len()
                );
            }
        }
    }

    /// A beginning that is given up, since more waits than may, does not hide a frame within it or at its end.
    #[test]
    fn what_is_given_up_hides_no_frame() {
        let octets = [&[SYNC, 1, 1, 0][..], &[7; 180], &command(), &[7; 50], &command(), &[7; 20]].concat();
        for start in [0, 100, 190] {
            let octets = &octets[start..];
            for (pieces, kept) in [(1, 20), (1, 100), (3, 70), (1, 199)] {
                let (found, _) = fed(octets, &[pieces], kept);
                let at = [184usize, 252][usize::from(start > 184)] - start;
                assert_eq!(found.map(|(_, at)| at), Some(at), "{pieces} {kept}");
            }
        }
    }

    /// A frame that is found early costs what lies before its end, however much lies behind.
    #[test]
    fn what_lies_behind_the_frame_is_not_looked_through() {
        let octets = [&[SYNC, 1, 0xea, 0x60][..], &command(), &[SYNC, 1, 0xff, 0xff].repeat(16_000)].concat();
        let (found, search) = fed(&octets, &[usize::MAX], usize::MAX);
        assert_eq!(found, Some((octets.len(), 4)));
        assert!(search.looked_through < 100, "{}", search.looked_through);
    }

    /// Places are counted anew without losing what waits.
    #[test]
    fn counting_anew_keeps_what_waits() {
        let mut search = FrameSearch { head: MOST as u32 - 3, ..FrameSearch::default() };
        let octets = [&[1, 2, 3, SYNC, 1, 0xff, 0xff][..], &command()].concat();
        assert_eq!(search.resync(&octets[..20]), Resync::Wait(3));
        search.discard(&octets[..3]);
        assert_eq!((search.head, search.told), (0, 17));
        assert_eq!(search.resync(&octets[3..24]), Resync::Wait(0));
        assert_eq!(search.resync(&octets[3..]), Resync::Found(4));
    }
}
