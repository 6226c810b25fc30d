//! The segments of one direction of a TCP connection, in whatever order.

use arbitrary::{Arbitrary, Result, Unstructured};
use fieldtap::stream::{Evidence, GapReason, Receiver, Segment, Stream};
use fieldtap::{Limits, Mark, OverlapPolicy};

use crate::allocator::Watch;
use crate::limits;
use crate::script::span;

/// Segments of a script; what follows is not read.
const MOST_SEGMENTS: usize = 512;

/// The octet that an honest sender sends at a place of its stream.
fn honest(place: u32) -> u8 {
    let mixed = place.wrapping_mul(0x9e37_79b1);
    (mixed >> 24) as u8
}

/// Holds what a stream hands on to its promises.
#[derive(Debug)]
struct Taker {
    /// Where the next octet must be.
    next: u64,
    delivered: u64,
    missing: u64,
    /// The honest sender's place of the stream's first octet, while every octet is an honest one and the stream has not
    /// begun anew elsewhere.
    base: Option<u32>,
    evidence: u64,
}

impl Receiver for Taker {
    fn data(&mut self, offset: u64, _mark: Mark, bytes: &[u8]) {
        assert_eq!(offset, self.next, "octets are handed on out of order");
        assert!(!bytes.is_empty(), "nothing is handed on");
        if let Some(base) = self.base {
            for (place, octet) in (0u32..).zip(bytes) {
                let place = base.wrapping_add(offset as u32).wrapping_add(place);
                assert_eq!(*octet, honest(place), "an octet is not the one that was sent");
            }
        }
        self.next += bytes.len() as u64;
        self.delivered += bytes.len() as u64;
    }

    fn gap(&mut self, offset: u64, _mark: Mark, len: u64, reason: GapReason) {
        assert_eq!(offset, self.next, "a gap is reported out of order");
        assert!(len > 0 || reason == GapReason::Restart, "a gap of no octets: {reason:?}");
        if len == 0 {
            self.base = None;
        }
        self.next += len;
        self.missing += len;
    }

    fn evidence(&mut self, _mark: Mark, evidence: Evidence) {
        assert!(evidence.count > 0, "evidence of no case: {evidence:?}");
        self.evidence += 1;
    }
}

/// Segments that are reordered, lost, repeated, overlapping, false, far off; acknowledgments; time.
pub fn stream(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok([settings, isn]) = <[u8; 2]>::arbitrary(&mut u) else { return };
    let mut limits = limits::limits(settings & 1 == 0);
    if settings & 2 != 0 {
        limits.overlap =
            OverlapPolicy::NAMED[1 + usize::from(settings >> 3) % (OverlapPolicy::NAMED.len() - 1)].1;
    }
    // Near the wrap-around, or far from it.
    let isn = u32::from(isn).wrapping_mul(0x0101_0101).wrapping_sub(64);
    let watch = Watch::start();
    let mut test = Test {
        stream: Stream::default(),
        taker: Taker { next: 0, delivered: 0, missing: 0, base: None, evidence: 0 },
        limits,
        mark: Mark { file: 0, frame: 0, ts: 0 },
        isn,
        place: 0,
        received: 0,
        // False octets may be sent.
        is_honest: settings & 4 != 0,
    };
    for _ in 0..MOST_SEGMENTS {
        if u.is_empty() || test.step(&mut u).is_err() {
            break;
        }
        test.law();
    }
    test.stream.finish(test.mark, &mut test.taker);
    test.law();
    let account = test.stream.account();
    assert_eq!((account.held, account.awaited), (0, 0), "octets are held beyond the end");
    let segments = usize::try_from(test.mark.frame).unwrap_or(usize::MAX);
    let held = 3 * (test.limits.out_of_order_octets + 4096);
    watch.hold(32 * 1024 + held + 256 * segments, 64 + 8 * segments as u64);
    // A segment may differ from each of the few segments that are remembered, and from held octets in many places.
    let most = 32 * segments as u64 + test.received + 64;
    assert!(test.taker.evidence <= most, "{} reports of {segments} segments", test.taker.evidence);
}

struct Test {
    stream: Stream,
    taker: Taker,
    limits: Limits,
    mark: Mark,
    isn: u32,
    /// Where an honest sender goes on, in octets behind the SYN.
    place: u32,
    received: u64,
    is_honest: bool,
}

impl Test {
    fn step(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let [how, len, shift, flags] = <[u8; 4]>::arbitrary(u)?;
        self.mark.frame += 1;
        if how & 7 == 7 {
            self.mark.ts = self.mark.ts.saturating_add(span(len).max(0));
            if self.stream.deadline().is_some_and(|deadline| deadline <= self.mark.ts) {
                self.stream.advance(self.mark, &self.limits, &mut self.taker);
                let deadline = self.stream.deadline();
                assert!(deadline.is_none_or(|deadline| deadline > self.mark.ts), "a hole is not given up");
            }
            return Ok(());
        }
        if how & 7 == 6 {
            let acknowledgment = self.sequence(self.place).wrapping_sub(u32::from(shift));
            self.stream.acknowledged(acknowledgment, self.mark.ts, &self.limits);
            return Ok(());
        }
        // In order, or somewhere else: ahead, behind, far off.
        let start = match how & 7 {
            0 | 1 => self.place,
            2 => self.place.wrapping_add(shift.into()),
            3 => self.place.wrapping_sub(shift.into()),
            4 => self.place.wrapping_add(u32::from(shift) << 6),
            _ => self.place.wrapping_add(u32::from(shift) << 24),
        };
        let len = if how & 8 == 0 { usize::from(len) } else { usize::from(len) * 8 };
        let (syn, fin, rst) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0 && flags & 0x40 != 0);
        let mut octets = [0; 255 * 8];
        let octets = &mut octets[..len];
        for (place, octet) in (0u32..).zip(octets.iter_mut()) {
            *octet = honest(self.isn.wrapping_add(start).wrapping_add(place));
        }
        if flags & 8 != 0 && !self.is_honest {
            octets.iter_mut().step_by(3).for_each(|octet| *octet = !*octet);
            // From now on nothing can be said of the octets.
            self.taker.base = None;
            self.isn = self.isn.wrapping_add(1);
        }
        let missing = if flags & 0x30 == 0x30 { u32::from(shift) } else { 0 };
        let segment = Segment {
            sequence: self.sequence(start).wrapping_sub(u32::from(syn)),
            syn,
            fin,
            rst,
            urgent: (flags & 0xc0 == 0xc0).then_some(u16::from(shift)),
            payload: octets,
            missing,
            captured: self.mark.ts,
        };
        let before = self.stream.is_started();
        if !before && self.is_honest && (syn || !octets.is_empty()) && !rst {
            self.taker.base = Some(self.sequence(start));
        }
        self.received += len as u64;
        self.stream.segment(segment, self.mark, &self.limits, &mut self.taker);
        if fin {
            // Octets behind a FIN, which an honest sender does not send, may begin at its number or behind it.
            self.taker.base = None;
        }
        if how & 7 != 3 && how & 7 != 5 {
            self.place = start.wrapping_add(len as u32).wrapping_add(missing);
        }
        if how & 0x80 != 0 {
            // The same once more.
            self.received += len as u64;
            self.stream.segment(segment, self.mark, &self.limits, &mut self.taker);
        }
        Ok(())
    }

    /// The sequence number of a place of the honest sender.
    fn sequence(&self, place: u32) -> u32 {
        self.isn.wrapping_add(place)
    }

    /// The accounting law of [`fieldtap::stream`].
    fn law(&self) {
        let account = self.stream.account();
        assert_eq!(
            account.span,
            account.delivered + account.missing + account.held + account.awaited,
            "{account:?}"
        );
        assert_eq!(account.received(), self.received, "received {}: {account:?}", self.received);
        assert_eq!(account.delivered, self.taker.delivered, "{account:?}");
        assert_eq!(account.missing, self.taker.missing, "{account:?}");
        assert!(account.unverifiable + account.not_comparable <= account.repeated, "{account:?}");
        let most = self.limits.out_of_order_octets as u64;
        assert!(account.held <= most, "{} octets held, the limit is {most}", account.held);
    }
}
