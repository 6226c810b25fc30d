//! Pieces put together above the stream: transport segments, chunks, continued frames.
use crate::Limits;

/// File and frame that brought a piece.
pub(crate) type Frame = (u32, u64);

/// Frames that are remembered of one whole; of more, the oldest are forgotten, and counted.
const FRAMES: usize = 256;

/// One piece of something longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What pieces that belong together share: addresses, a reference, a direction, packed as the protocol likes.
    pub key: u64,
    /// Whether it is marked as the first. `None` where the protocol marks no beginning: it continues what is open, and
    /// begins if nothing is.
    pub first: Option<bool>,
    /// Whether it is marked as the last.
    pub last: bool,
    /// Its number, where pieces are numbered.
    pub sequence: Option<Sequence>,
    /// Its octets.
    pub octets: &'a [u8],
}

/// The number of a piece, which each further piece raises by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The number.
    pub number: u32,
    /// How many numbers there are before they begin again at 0; 0 is 2^32.
    pub modulus: u32,
}

impl Sequence {
    fn next(self) -> u32 {
        let next = self.number.wrapping_add(1);
        if next == self.modulus { 0 } else { next }
    }
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assembled<'a> {
    /// It completes a whole, which is this. A whole of one piece is that piece, uncopied.
    Whole(&'a [u8]),
    /// It is kept until the rest comes.
    More,
    /// It is the piece before it once more, and adds nothing.
    Repeated,
    /// It belongs to nothing that could still be completed.
    Dropped,
}

/// Why pieces were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A new first piece came before the last one.
    Restarted,
    /// The number is not the one that follows.
    Jumped {
        /// The number that follows.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// No first piece was seen.
    Headless,
    /// A whole would be longer than [`Limits::assembly_octets`], or more than [`Limits::assemblies`] were open.
    Limit,
}

/// Pieces that were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Why.
    pub cause: Cause,
    /// How many.
    pub pieces: u32,
    /// Their octets.
    pub octets: u64,
}

/// What no more pieces came of, though the last one was not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// How many pieces there were.
    pub pieces: u32,
    /// Their octets.
    pub octets: u64,
    /// The number of the first that is missing, where pieces are numbered.
    pub expected: Option<u32>,
}

/// Something that is not complete.
#[derive(Debug)]
struct Open {
    key: u64,
    octets: Vec<u8>,
    /// Where the last piece begins in `octets`.
    last: usize,
    sequence: Option<Sequence>,
    pieces: u32,
    /// When the last piece came, by the count of pieces.
    used: u64,
    /// Its beginning is lost: what comes is counted, up to the next first or last piece.
    headless: bool,
    /// Of a headless one, the octets that were dropped since that was last said.
    skipped: u64,
    /// What brought the pieces, where that is told.
    frames: Vec<Frame>,
    /// Of those, how many are forgotten.
    forgotten: u32,
}

impl Open {
    /// Notes what brought one more piece.
    fn note(&mut self, frame: Option<Frame>) {
        if let Some(frame) = frame.filter(|frame| self.frames.last() != Some(frame)) {
            if self.frames.len() >= FRAMES {
                self.frames.remove(0);
                self.forgotten = self.forgotten.saturating_add(1);
            }
            self.frames.push(frame);
        }
    }
}

/// Puts pieces together, within limits: what is dropped is told, and counted. Buffers are used again.
///
/// ```
/// use fieldtap::{Limits, wire::{Assembled, Piece, Reassembler}};
///
/// let (mut pieces, limits) = (Reassembler::default(), Limits::default());
/// let first = Piece { key: 7, first: None, last: false, sequence: None, octets: b"one, " };
/// assert_eq!(pieces.take(&first, &limits), (Assembled::More, None));
/// let last = Piece { last: true, octets: b"two", ..first };
/// assert_eq!(pieces.take(&last, &limits), (Assembled::Whole(b"one, two"), None));
/// ```
#[derive(Debug, Default)]
pub struct Reassembler {
    open: Vec<Open>,
    /// Octets in all that are open.
    held: usize,
    /// What was completed last, lent out until the next piece.
    whole: Vec<u8>,
    /// The last piece of what was completed last.
    completed: Option<(u64, Option<Sequence>, usize)>,
    spare: Vec<Vec<u8>>,
    spare_octets: usize,
    spare_frames: Vec<Vec<Frame>>,
    count: u64,
    dropped: u64,
}

impl Reassembler {
    /// Takes a piece. Says what became of it, and what had to be dropped for it.
    #[inline]
    pub fn take<'a>(&'a mut self, piece: &Piece<'a>, limits: &Limits) -> (Assembled<'a>, Option<Lost>) {
        self.take_from(piece, limits, None, &mut |_| {}, &mut 0)
    }

    /// The same of a piece that this frame brought. If it completes a whole, the frames that brought the pieces before it
    /// are told, and `forgotten` is how many of them were too many to be remembered.
    #[inline]
    pub(crate) fn take_from<'a>(
        &'a mut self,
        piece: &Piece<'a>,
        limits: &Limits,
        frame: Option<Frame>,
        tell: &mut dyn FnMut(Frame),
        forgotten: &mut u32,
    ) -> (Assembled<'a>, Option<Lost>) {
        // The usual case: a piece that is a whole, while nothing is open.
        if self.open.is_empty() && piece.last && piece.first != Some(false) {
            self.completed = None;
            return (Assembled::Whole(piece.octets), None);
        }
        self.assemble(piece, limits, frame, tell, forgotten)
    }

    fn assemble<'a>(
        &'a mut self,
        piece: &Piece<'a>,
        limits: &Limits,
        frame: Option<Frame>,
        tell: &mut dyn FnMut(Frame),
        forgotten: &mut u32,
    ) -> (Assembled<'a>, Option<Lost>) {
        self.count = self.count.wrapping_add(1);
        let place = self.open.iter().position(|open| open.key == piece.key);
        match place {
            Some(place) if self.repeats(place, piece) => (Assembled::Repeated, None),
            Some(place) if piece.first == Some(true) => {
                let lost = self.abandon(place, Cause::Restarted);
                let (taken, limited) = self.begin(piece, limits, frame);
                (taken, lost.or(limited))
            }
            Some(place) => self.go_on(place, piece, limits, frame, tell, forgotten),
            None if piece.first == Some(false) => {
                let again = |(key, sequence, last): (u64, Option<Sequence>, usize)| {
                    (key, sequence) == (piece.key, piece.sequence)
                        && sequence.is_some()
                        && self.whole.get(last..) == Some(piece.octets)
                };
                if self.completed.is_some_and(again) {
                    return (Assembled::Repeated, None);
                }
                (Assembled::Dropped, Some(self.headless(piece, Cause::Headless, 0, 0, limits)))
            }
            None => self.begin(piece, limits, frame),
        }
    }

    /// Whether this is the piece that came last, once more. Without numbers, equal pieces are two.
    fn repeats(&self, place: usize, piece: &Piece<'_>) -> bool {
        self.open.get(place).is_some_and(|open| {
            !open.headless
                && piece.sequence.is_some()
                && open.sequence == piece.sequence
                && (piece.first != Some(true) || open.last == 0)
                && open.octets.get(open.last..) == Some(piece.octets)
        })
    }

    fn begin<'a>(
        &'a mut self,
        piece: &Piece<'a>,
        limits: &Limits,
        frame: Option<Frame>,
    ) -> (Assembled<'a>, Option<Lost>) {
        if piece.last {
            return (Assembled::Whole(piece.octets), None);
        }
        if piece.octets.len() > limits.assembly_octets {
            return (Assembled::Dropped, Some(self.headless(piece, Cause::Limit, 0, 0, limits)));
        }
        let lost = self.room(piece.octets.len(), None, limits);
        let mut octets = self.spare.pop().unwrap_or_default();
        self.spare_octets = self.spare_octets.saturating_sub(octets.capacity());
        octets.extend_from_slice(piece.octets);
        self.held = self.held.saturating_add(piece.octets.len());
        let mut open = Open {
            key: piece.key,
            octets,
            last: 0,
            sequence: piece.sequence,
            pieces: 1,
            used: self.count,
            headless: false,
            skipped: 0,
            frames: self.spare_frames.pop().unwrap_or_default(),
            forgotten: 0,
        };
        open.note(frame);
        self.open.push(open);
        (Assembled::More, lost)
    }

    fn go_on<'a>(
        &'a mut self,
        place: usize,
        piece: &Piece<'a>,
        limits: &Limits,
        frame: Option<Frame>,
        tell: &mut dyn FnMut(Frame),
        forgotten: &mut u32,
    ) -> (Assembled<'a>, Option<Lost>) {
        let count = self.count;
        let Some(open) = self.open.get_mut(place) else { return (Assembled::Dropped, None) };
        open.used = count;
        if open.headless {
            open.pieces = open.pieces.saturating_add(1);
            open.skipped = open.skipped.saturating_add(piece.octets.len() as u64);
            self.dropped = self.dropped.saturating_add(piece.octets.len() as u64);
            let lost = if piece.last { self.abandon(place, Cause::Headless) } else { None };
            return (Assembled::Dropped, lost);
        }
        let expected = open.sequence.map(Sequence::next);
        if let (Some(expected), Some(Sequence { number: found, .. })) = (expected, piece.sequence)
            && expected != found
        {
            let (pieces, octets) = self.remove(place);
            let cause = Cause::Jumped { expected, found };
            return (Assembled::Dropped, Some(self.headless(piece, cause, pieces, octets, limits)));
        }
        if open.octets.len().saturating_add(piece.octets.len()) > limits.assembly_octets {
            let (pieces, octets) = self.remove(place);
            return (Assembled::Dropped, Some(self.headless(piece, Cause::Limit, pieces, octets, limits)));
        }
        let lost = self.room(piece.octets.len(), Some(piece.key), limits);
        // Making room may have moved it.
        let Some(place) = self.open.iter().position(|open| open.key == piece.key) else {
            return (Assembled::Dropped, lost);
        };
        let Some(open) = self.open.get_mut(place) else { return (Assembled::Dropped, lost) };
        open.last = open.octets.len();
        open.octets.extend_from_slice(piece.octets);
        open.sequence = piece.sequence;
        open.pieces = open.pieces.saturating_add(1);
        self.held = self.held.saturating_add(piece.octets.len());
        if !piece.last {
            open.note(frame);
            return (Assembled::More, lost);
        }
        let done = self.open.swap_remove(place);
        *forgotten = done.forgotten;
        done.frames.iter().filter(|earlier| Some(**earlier) != frame).for_each(|earlier| tell(*earlier));
        self.keep_frames(done.frames, limits);
        self.held = self.held.saturating_sub(done.octets.len());
        self.completed = Some((piece.key, piece.sequence, done.last));
        let before = core::mem::replace(&mut self.whole, done.octets);
        self.keep(before, limits);
        (Assembled::Whole(&self.whole), lost)
    }

    /// Drops this piece and what was before it, and goes on dropping up to the next first or last one.
    fn headless(
        &mut self,
        piece: &Piece<'_>,
        cause: Cause,
        pieces: u32,
        octets: u64,
        limits: &Limits,
    ) -> Lost {
        self.dropped = self.dropped.saturating_add(piece.octets.len() as u64);
        let (mut pieces, mut octets) = (pieces.saturating_add(1), octets);
        octets = octets.saturating_add(piece.octets.len() as u64);
        if !piece.last {
            if let Some(other) = self.room(0, None, limits) {
                (pieces, octets) = (pieces.saturating_add(other.pieces), octets.saturating_add(other.octets));
            }
            self.open.push(Open {
                key: piece.key,
                octets: Vec::new(),
                last: 0,
                sequence: None,
                pieces: 0,
                used: self.count,
                headless: true,
                skipped: 0,
                frames: Vec::new(),
                forgotten: 0,
            });
        }
        Lost { cause, pieces, octets }
    }

    /// Takes away what is open here. What a headless one skipped has been counted already.
    fn remove(&mut self, place: usize) -> (u32, u64) {
        let open = self.open.swap_remove(place);
        let held = open.octets.len() as u64;
        self.held = self.held.saturating_sub(open.octets.len());
        self.dropped = self.dropped.saturating_add(held);
        let told = (open.pieces, held.saturating_add(open.skipped));
        let capacity = open.octets.capacity();
        // Buffers of what was open are bounded by what may be open.
        if capacity > 0 {
            let mut octets = open.octets;
            octets.clear();
            self.spare_octets = self.spare_octets.saturating_add(capacity);
            self.spare.push(octets);
        }
        told
    }

    fn abandon(&mut self, place: usize, cause: Cause) -> Option<Lost> {
        let headless = self.open.get(place).is_some_and(|open| open.headless);
        let (pieces, octets) = self.remove(place);
        let cause = if headless { Cause::Headless } else { cause };
        (pieces > 0).then_some(Lost { cause, pieces, octets })
    }

    /// Makes room for this many octets more, and for one that is opened unless `key` is open already. Who has waited
    /// longest goes first.
    fn room(&mut self, octets: usize, key: Option<u64>, limits: &Limits) -> Option<Lost> {
        let mut lost: Option<Lost> = None;
        loop {
            let full = key.is_none() && self.open.len() >= limits.assemblies.max(1);
            let long = self.held.saturating_add(octets) > limits.assembly_octets;
            if !full && !long {
                return lost;
            }
            let others = self.open.iter().enumerate().filter(|(_, open)| Some(open.key) != key);
            // Those without octets make no room for octets.
            let others = others.filter(|(_, open)| full || !open.octets.is_empty());
            let Some((place, _)) = others.min_by_key(|(_, open)| open.used) else { return lost };
            let (pieces, octets) = self.remove(place);
            let sum = lost.get_or_insert(Lost { cause: Cause::Limit, pieces: 0, octets: 0 });
            sum.pieces = sum.pieces.saturating_add(pieces);
            sum.octets = sum.octets.saturating_add(octets);
        }
    }

    fn keep_frames(&mut self, mut frames: Vec<Frame>, limits: &Limits) {
        if frames.capacity() > 0 && self.spare_frames.len() < limits.assemblies {
            frames.clear();
            self.spare_frames.push(frames);
        }
    }

    fn keep(&mut self, mut octets: Vec<u8>, limits: &Limits) {
        let total = self.spare_octets.saturating_add(octets.capacity());
        if octets.capacity() > 0 && total <= limits.assembly_octets && self.spare.len() < limits.assemblies {
            octets.clear();
            self.spare_octets = total;
            self.spare.push(octets);
        }
    }

    /// Forgets what is open under these keys: octets that it depended on were lost. Says what was dropped.
    pub fn forget(&mut self, mut which: impl FnMut(u64) -> bool) -> Option<Lost> {
        let mut lost: Option<Lost> = None;
        while let Some(place) = self.open.iter().position(|open| which(open.key)) {
            if let Some(one) = self.abandon(place, Cause::Headless) {
                let sum = lost.get_or_insert(Lost { pieces: 0, octets: 0, ..one });
                sum.pieces = sum.pieces.saturating_add(one.pieces);
                sum.octets = sum.octets.saturating_add(one.octets);
            }
        }
        lost
    }

    /// No more pieces come under these keys: drops one of those that are open, and says what it was.
    pub fn end(&mut self, mut which: impl FnMut(u64) -> bool) -> Option<Unfinished> {
        let (place, open) = self.open.iter().enumerate().find(|(_, open)| which(open.key))?;
        let expected = open.sequence.map(Sequence::next);
        let (pieces, octets) = self.remove(place);
        Some(Unfinished { pieces, octets, expected })
    }

    /// Octets held, of all that are not complete.
    pub fn held(&self) -> usize {
        self.held
    }

    /// How many are not complete.
    pub fn open(&self) -> usize {
        self.open.iter().filter(|open| !open.headless).count()
    }

    /// Octets dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(key: u64, first: bool, last: bool, number: u32, octets: &[u8]) -> Piece<'_> {
        let sequence = Some(Sequence { number, modulus: 64 });
        Piece { key, first: Some(first), last, sequence, octets }
    }
    fn take(pieces: &mut Reassembler, piece: &Piece<'_>) -> (String, Option<Lost>) {
        let (taken, lost) = pieces.take(piece, &Limits::default());
        let taken = match taken {
            Assembled::Whole(octets) => format!("whole {}", String::from_utf8_lossy(octets)),
            other => format!("{other:?}").to_lowercase(),
        };
        (taken, lost)
    }

    #[test]
    fn a_whole_in_one_piece_is_not_copied() {
        let mut pieces = Reassembler::default();
        let octets = *b"whole";
        let (Assembled::Whole(whole), None) =
            pieces.take(&piece(1, true, true, 9, &octets), &Limits::default())
        else {
            panic!("whole")
        };
        assert!(core::ptr::eq(whole, octets.as_slice()));
    }

    /// Of a whole in more frames than are remembered, those that are not told are counted.
    #[test]
    fn frames_that_are_too_many_are_counted() {
        for frames in [FRAMES as u64, FRAMES as u64 + 7] {
            let (mut pieces, limits, mut forgotten) = (Reassembler::default(), Limits::default(), 0);
            let more = Piece { key: 1, first: None, last: false, sequence: None, octets: b"x" };
            for number in 1..=frames {
                pieces.take_from(&more, &limits, Some((0, number)), &mut |_| {}, &mut forgotten);
            }
            let mut told = Vec::new();
            let last = Piece { last: true, ..more };
            let mut tell = |(_, number)| told.push(number);
            pieces.take_from(&last, &limits, Some((0, frames + 1)), &mut tell, &mut forgotten);
            assert_eq!(told, (frames - FRAMES as u64 + 1..=frames).collect::<Vec<_>>());
            assert_eq!(u64::from(forgotten), frames - FRAMES as u64);
        }
    }

    #[test]
    fn numbers_begin_again_and_keys_do_not_mix() {
        let mut pieces = Reassembler::default();
        assert_eq!(take(&mut pieces, &piece(1, true, false, 63, b"a")).0, "more");
        assert_eq!(take(&mut pieces, &piece(2, true, false, 5, b"x")).0, "more");
        assert_eq!(take(&mut pieces, &piece(1, false, false, 0, b"b")).0, "more");
        assert_eq!(take(&mut pieces, &piece(3, true, true, 5, b"alone")).0, "whole alone");
        assert_eq!(take(&mut pieces, &piece(2, false, true, 6, b"y")).0, "whole xy");
        assert_eq!(take(&mut pieces, &piece(1, false, true, 1, b"c")).0, "whole abc");
        assert_eq!((pieces.held(), pieces.open(), pieces.dropped()), (0, 0, 0));
    }

    /// HARD_CASES, DNP3: "a repeated identical segment is ignored".
    #[test]
    fn a_repeated_piece_adds_nothing_also_after_the_last() {
        let mut pieces = Reassembler::default();
        for _ in 0..2 {
            take(&mut pieces, &piece(1, true, false, 1, b"a"));
        }
        assert_eq!(take(&mut pieces, &piece(1, true, false, 1, b"a")), ("repeated".into(), None));
        assert_eq!(take(&mut pieces, &piece(1, false, true, 2, b"b")).0, "whole ab");
        assert_eq!(take(&mut pieces, &piece(1, false, true, 2, b"b")), ("repeated".into(), None));
        assert_eq!(take(&mut pieces, &piece(1, false, true, 2, b"c")).0, "dropped");
    }

    #[test]
    fn without_numbers_equal_pieces_are_two() {
        let mut pieces = Reassembler::default();
        let part = Piece { key: 0, first: None, last: false, sequence: None, octets: b"a" };
        take(&mut pieces, &part);
        take(&mut pieces, &part);
        assert_eq!(take(&mut pieces, &Piece { last: true, octets: b"", ..part }).0, "whole aa");
        assert_eq!(take(&mut pieces, &Piece { last: true, ..part }).0, "whole a");
    }

    #[test]
    fn a_new_first_piece_drops_what_is_unfinished() {
        let mut pieces = Reassembler::default();
        take(&mut pieces, &piece(1, true, false, 1, b"abc"));
        let lost = Some(Lost { cause: Cause::Restarted, pieces: 1, octets: 3 });
        assert_eq!(take(&mut pieces, &piece(1, true, false, 2, b"x")), ("more".into(), lost));
        assert_eq!(take(&mut pieces, &piece(1, false, true, 3, b"y")), ("whole xy".into(), None));
        assert_eq!(pieces.dropped(), 3);
    }

    #[test]
    fn a_jump_drops_up_to_the_next_first_piece_and_is_said_twice_at_most() {
        let mut pieces = Reassembler::default();
        take(&mut pieces, &piece(1, true, false, 1, b"abc"));
        let cause = Cause::Jumped { expected: 2, found: 3 };
        let lost = Some(Lost { cause, pieces: 2, octets: 4 });
        assert_eq!(take(&mut pieces, &piece(1, false, false, 3, b"d")), ("dropped".into(), lost));
        for number in 4..9 {
            assert_eq!(take(&mut pieces, &piece(1, false, false, number, b"e")), ("dropped".into(), None));
        }
        let lost = Some(Lost { cause: Cause::Headless, pieces: 6, octets: 6 });
        assert_eq!(take(&mut pieces, &piece(1, false, true, 9, b"f")), ("dropped".into(), lost));
        assert_eq!(take(&mut pieces, &piece(1, true, true, 1, b"g")).0, "whole g");
        assert_eq!((pieces.dropped(), pieces.open.len()), (10, 0));
    }

    #[test]
    fn limits_bound_what_is_held_and_what_they_drop_is_counted() {
        let limits = Limits { assemblies: 2, assembly_octets: 10, ..Limits::default() };
        let mut pieces = Reassembler::default();
        for key in 0..3 {
            let (_, lost) = pieces.take(&piece(key, true, false, 0, b"abcd"), &limits);
            assert_eq!(lost.is_some(), key == 2);
        }
        assert_eq!((pieces.open(), pieces.held(), pieces.dropped()), (2, 8, 4));
        // The older one makes room for more octets of the newer one.
        let (taken, lost) = pieces.take(&piece(2, false, false, 1, b"efgh"), &limits);
        assert_eq!((taken, lost.map(|lost| lost.octets)), (Assembled::More, Some(4)));
        let (taken, lost) = pieces.take(&piece(2, false, true, 2, b"ijk"), &limits);
        assert_eq!(taken, Assembled::Dropped);
        assert_eq!(lost, Some(Lost { cause: Cause::Limit, pieces: 3, octets: 11 }));
        assert_eq!((pieces.held(), pieces.dropped()), (0, 19));
    }

    #[test]
    fn what_is_open_at_the_end_is_told_one_by_one_with_the_number_that_is_missing() {
        let mut pieces = Reassembler::default();
        take(&mut pieces, &piece(1, true, false, 62, b"ab"));
        take(&mut pieces, &piece(1, false, false, 63, b"c"));
        take(&mut pieces, &piece(2, true, false, 5, b"x"));
        let of_other_keys = Unfinished { pieces: 2, octets: 3, expected: Some(0) };
        assert_eq!((pieces.end(|key| key != 2), pieces.end(|key| key != 2)), (Some(of_other_keys), None));
        assert_eq!((pieces.open(), pieces.dropped()), (1, 3));
        assert_eq!(pieces.end(|_| true), Some(Unfinished { pieces: 1, octets: 1, expected: Some(6) }));
        // Of what has no beginning nothing is held, and what came was told as dropped.
        take(&mut pieces, &piece(3, false, false, 9, b"y"));
        assert_eq!(pieces.end(|_| true), Some(Unfinished { pieces: 0, octets: 0, expected: None }));
    }

    proptest! {
        /// Every octet is given in a whole, held, repeated or dropped, whatever comes; and the limits hold.
        #[test]
        fn every_octet_is_accounted_for(
            sent in prop::collection::vec((0u64..4, any::<bool>(), any::<bool>(), 0u32..4, 0usize..6), 0..60),
            assemblies in 1usize..4, assembly_octets in 1usize..12,
        ) {
            let limits = Limits { assemblies, assembly_octets, ..Limits::default() };
            let mut pieces = Reassembler::default();
            let (mut given, mut repeated, mut all, mut told) = (0, 0, 0, 0);
            for (key, first, last, number, len) in sent {
                let octets = vec![key as u8; len];
                let sequence = Some(Sequence { number, modulus: 4 });
                let (taken, lost) = pieces.take(&Piece { key, first: Some(first), last, sequence, octets: &octets }, &limits);
                all += len as u64;
                told += lost.map_or(0, |lost| lost.octets);
                match taken {
                    Assembled::Whole(whole) => {
                        prop_assert!(whole.iter().all(|octet| *octet == key as u8));
                        given += whole.len() as u64;
                    }
                    Assembled::Repeated => repeated += len as u64,
                    Assembled::More | Assembled::Dropped => {}
                }
                prop_assert!(pieces.held() <= assembly_octets && pieces.open.len() <= assemblies);
                prop_assert_eq!(all, given + repeated + pieces.held() as u64 + pieces.dropped());
                prop_assert!(told <= pieces.dropped());
            }
        }

        /// Two senders whose pieces come in any interleaving each get their own back.
        #[test]
        fn interleaved_senders_get_their_own_back(cuts in prop::collection::vec((any::<bool>(), 1usize..9), 1..80)) {
            let mut pieces = Reassembler::default();
            let text: Vec<u8> = (0..200).map(|n| b'a' + n % 26).collect();
            let mut at = [0usize; 2];
            let mut numbers = [0u32; 2];
            for (who, len) in cuts {
                let who = usize::from(who);
                let (start, end) = (at[who], (at[who] + len).min(text.len()));
                let last = end == text.len();
                let sent = piece(who as u64, start == 0, last, numbers[who], &text[start..end]);
                let (taken, lost) = take(&mut pieces, &sent);
                prop_assert_eq!(lost, None);
                prop_assert_eq!(taken, if last { format!("whole {}", String::from_utf8_lossy(&text)) } else { "more".into() });
                (at[who], numbers[who]) = (if last { 0 } else { end }, (numbers[who] + 1) % 64);
            }
        }
    }
}
