//! The cases are hand-made from RFC 9293; sequence numbers and octets are chosen here. The property tests compare with a
//! plain model, or with the octets that the segments were cut from.

use proptest::prelude::*;

use super::held::MOVED;
use super::*;
use crate::OverlapPolicy;

const ISN: u32 = 1000;
const SECOND: i64 = 1_000_000_000;

/// Keeps what a stream hands on, and checks that offsets follow each other.
#[derive(Default)]
struct Log {
    data: Vec<(u64, u64, Vec<u8>)>,
    gaps: Vec<(u64, u64, GapReason)>,
    evidence: Vec<Evidence>,
    position: u64,
    delivered: u64,
    missing: u64,
}

impl Receiver for Log {
    fn data(&mut self, offset: u64, mark: Mark, bytes: &[u8]) {
        assert_eq!(offset, self.position, "data follow what came before");
        assert!(!bytes.is_empty());
        self.position += bytes.len() as u64;
        self.delivered += bytes.len() as u64;
        self.data.push((offset, mark.frame, bytes.to_vec()));
    }

    fn gap(&mut self, offset: u64, _mark: Mark, len: u64, reason: GapReason) {
        assert_eq!(offset, self.position, "a gap follows what came before");
        assert!(len > 0 || reason == GapReason::Restart);
        self.position += len;
        self.missing += len;
        self.gaps.push((offset, len, reason));
    }

    fn evidence(&mut self, _mark: Mark, evidence: Evidence) {
        self.evidence.push(evidence);
    }
}

/// A stream under test: one frame a millisecond, the law checked after each step.
struct Bench {
    stream: Stream,
    limits: Limits,
    log: Log,
    mark: Mark,
    received: u64,
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        Self { stream: Stream::default(), limits, log: Log::default(), mark: Mark::default(), received: 0 }
    }

    /// With a SYN seen: the first octet has the number `ISN + 1`, offset 0.
    fn open() -> Self {
        let mut bench = Self::new();
        bench.syn(ISN);
        bench
    }

    fn give(&mut self, segment: Segment<'_>) {
        self.mark.frame += 1;
        self.mark.ts += SECOND / 1000;
        self.received += segment.payload.len() as u64;
        self.stream.segment(segment, self.mark, &self.limits, &mut self.log);
        self.law();
    }

    fn syn(&mut self, sequence: u32) {
        self.give(Segment { sequence, syn: true, ..Segment::default() });
    }

    /// A data segment at an offset behind the SYN.
    fn data(&mut self, offset: i64, payload: &[u8]) {
        self.give(at(offset, payload));
    }

    fn wait(&mut self, nanoseconds: i64) {
        self.mark.ts += nanoseconds;
        self.stream.advance(self.mark, &self.limits, &mut self.log);
        self.law();
    }

    fn finish(&mut self) {
        self.stream.finish(self.mark, &mut self.log);
        self.law();
        let account = self.stream.account();
        assert_eq!((account.held, account.awaited), (0, 0), "nothing is held after the end");
        assert_eq!(self.stream.deadline(), None);
    }

    fn law(&self) {
        let account = self.stream.account();
        assert_eq!(account.span, account.delivered + account.missing + account.held + account.awaited);
        assert_eq!(account.received(), self.received, "{account:?}");
        assert_eq!(account.delivered, self.log.delivered);
        assert_eq!(account.missing, self.log.missing);
        assert!(account.unverifiable + account.not_comparable <= account.repeated);
        assert!(account.held <= self.limits.out_of_order_octets as u64);
        let runs = self.stream.held.as_ref().map_or(0, |held| {
            let octets: u64 = held.runs.iter().map(|run| run.bytes.len() as u64).sum();
            assert_eq!(octets, held.octets);
            for run in &held.runs {
                assert_eq!(
                    run.pieces.iter().map(|piece| u64::from(piece.len)).sum::<u64>(),
                    run.bytes.len() as u64
                );
                assert!(run.start > account.delivered + account.missing);
            }
            for (left, right) in held.runs.iter().zip(held.runs.iter().skip(1)) {
                assert!(left.end() < right.start, "runs are in order and do not touch");
            }
            held.runs.len()
        });
        assert!(runs <= self.limits.out_of_order_segments);
        assert_eq!(runs > 0, self.stream.deadline().is_some());
    }

    fn text(&self) -> Vec<u8> {
        self.log.data.iter().flat_map(|(_, _, bytes)| bytes.clone()).collect()
    }

    fn kinds(&self) -> Vec<EvidenceKind> {
        self.log.evidence.iter().map(|evidence| evidence.kind).collect()
    }

    fn quiet(&self) {
        assert_eq!(self.log.evidence, []);
        assert_eq!(self.log.gaps, []);
    }
}

fn at(offset: i64, payload: &[u8]) -> Segment<'_> {
    Segment { sequence: (ISN + 1).wrapping_add(offset as u32), payload, ..Segment::default() }
}

#[test]
fn a_stream_is_small() {
    assert!(size_of::<Stream>() <= 80, "{}", size_of::<Stream>());
    assert!(size_of::<History>() <= 160, "{}", size_of::<History>());
}

/// In order: each segment is handed on by itself, with its own frame.
#[test]
fn in_order() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.data(3, b"de");
    assert_eq!(bench.log.data, [(0, 2, b"abc".to_vec()), (3, 3, b"de".to_vec())]);
    bench.quiet();
}

/// "Overlapping fragments or segments with different octets -> one copy is used by the configured policy (first, last, by
/// system), both named in an anomaly with offset and length; rows are given once."
#[test]
fn overlap_among_held_octets() {
    for (policy, text) in [(OverlapPolicy::First, b"abcdefgh"), (OverlapPolicy::Last, b"abcdXYgh")] {
        let mut bench = Bench::with(Limits { overlap: policy, ..Limits::default() });
        bench.syn(ISN);
        bench.data(2, b"cdefg"); // frame 2
        bench.data(3, b"dXYgh"); // frame 3: differs at 4 and 5
        bench.data(0, b"ab");
        assert_eq!(bench.text(), text, "{policy:?}");
        let evidence = bench.log.evidence.first().unwrap();
        assert_eq!(bench.log.evidence.len(), 1);
        assert_eq!(evidence.kind, EvidenceKind::OverlapDiffers);
        assert_eq!((evidence.offset, evidence.octets), (Some(4), 2));
        assert_eq!((evidence.sequence, evidence.first_frame), (ISN + 1 + 4, Some(2)));
        assert_eq!(bench.stream.account().repeated, 4);
        bench.finish();
    }
}

/// "One copy is used by the configured policy (first, last, by system)": the segments of the paper that [`OverlapPolicy`]
/// names, behind a hole, and what each system makes of them by Suricata's tests (`src/tests/stream-tcp-list.c`).
#[test]
fn overlaps_by_system() {
    for (policy, text) in [
        (OverlapPolicy::First, b"0AAAJBBCCCLDLMEEFFFGGHHIQ"),
        (OverlapPolicy::Last, b"0AJJJJBKKKLLLMMMFNFGOPHQQ"),
        (OverlapPolicy::Bsd, b"0AAAJJBCCCLLLMMMFFFGGHHIQ"),
        (OverlapPolicy::Windows, b"0AAAJJBCCCLLLMMMFFFGGHHIQ"),
        (OverlapPolicy::Linux, b"0AAAJJBCCCLLLMMMFFFGGHHQQ"),
        (OverlapPolicy::Solaris, b"0AJJJBBKKKLLLMMMFFFGGHHQQ"),
    ] {
        let mut bench = Bench::with(Limits { overlap: policy, ..Limits::default() });
        bench.syn(ISN);
        for (place, octets) in [
            (1, "AAA"),
            (5, "BB"),
            (7, "CCC"),
            (11, "D"),
            (14, "EE"),
            (16, "FFF"),
            (19, "GG"),
            (21, "HH"),
            (23, "I"),
            (2, "JJJJ"),
            (7, "KKK"),
            (10, "LLL"),
            (13, "MMM"),
            (17, "N"),
            (20, "O"),
            (21, "P"),
            (23, "QQ"),
            (0, "0"),
        ] {
            bench.data(place, octets.as_bytes());
        }
        assert_eq!(bench.text(), text, "{policy:?}: {}", String::from_utf8_lossy(&bench.text()));
        assert!(bench.kinds().iter().all(|&kind| kind == EvidenceKind::OverlapDiffers));
        bench.finish();
    }
}

/// The segment that fills the hole may itself overlap what is held: the held octets came first.
#[test]
fn overlap_of_the_segment_that_fills_the_hole() {
    for (policy, text) in [(OverlapPolicy::First, b"abcDEfg"), (OverlapPolicy::Last, b"abcdefg")] {
        let mut bench = Bench::with(Limits { overlap: policy, ..Limits::default() });
        bench.syn(ISN);
        bench.data(3, b"DE");
        bench.data(0, b"abcdefg");
        assert_eq!(bench.text(), text);
        assert_eq!(bench.kinds(), [EvidenceKind::OverlapDiffers]);
        assert_eq!(bench.stream.account().held, 0);
    }
}

/// "A retransmission with other octets, after the first was already dissected -> said, within a bounded history; ..."
#[test]
fn retransmission_with_other_octets() {
    let mut bench = Bench::open();
    bench.data(0, b"open breaker");
    bench.data(12, b"ok");
    bench.data(0, b"trip breaker");
    assert_eq!(bench.text(), b"open breakerok");
    let evidence = *bench.log.evidence.first().unwrap();
    assert_eq!(
        evidence,
        Evidence {
            kind: EvidenceKind::RetransmissionDiffers,
            sequence: ISN + 1,
            offset: Some(0),
            octets: 12,
            first_frame: Some(2),
            count: 1,
        }
    );
    assert_eq!(bench.stream.account().repeated, 12);
}

/// "... beyond it, counted as 'not comparable'."
#[test]
fn retransmission_beyond_the_history() {
    let mut bench = Bench::open();
    for index in 0..=history::DEPTH as i64 {
        bench.data(index * 2, b"ab");
    }
    bench.data(0, b"XY");
    assert_eq!(bench.stream.account().not_comparable, 2);
    bench.data(2, b"XY");
    assert_eq!(bench.stream.account().not_comparable, 2);
    assert_eq!(bench.kinds(), [EvidenceKind::RetransmissionDiffers]);
}

/// The history names no frame of another file.
#[test]
fn frames_of_another_file_are_not_named() {
    let mut bench = Bench::open();
    bench.data(0, b"abcd");
    bench.mark.file = 1;
    bench.data(0, b"abcX");
    bench.data(4, b"ef");
    bench.data(0, b"abcX");
    assert_eq!(bench.log.evidence.iter().map(|e| e.first_frame).collect::<Vec<_>>(), [None, None]);
}

/// "Same octets again -> nothing said but a counter; no second row." Also when several segments are sent again as one.
#[test]
fn honest_retransmission() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.data(3, b"def");
    bench.data(6, b"ghi");
    bench.data(3, b"def");
    bench.data(0, b"abcdef");
    bench.data(6, b"ghijkl");
    assert_eq!(bench.text(), b"abcdefghijkl");
    bench.quiet();
    let account = bench.stream.account();
    assert_eq!((account.repeated, account.unverifiable, account.not_comparable), (12, 0, 0));
}

/// A partial overlap with delivered octets is unverifiable: said, with a bound, and counted.
#[test]
fn partial_overlap_with_delivered_octets() {
    let mut bench = Bench::open();
    bench.data(0, b"abcdef");
    for _ in 0..100 {
        bench.data(2, b"cd");
    }
    bench.data(4, b"XXgh");
    assert_eq!(bench.text(), b"abcdefgh");
    let account = bench.stream.account();
    assert_eq!((account.unverifiable, account.repeated), (202, 202));
    assert!(bench.kinds().iter().all(|&kind| kind == EvidenceKind::Unverifiable));
    let counts: Vec<u32> = bench.log.evidence.iter().map(|evidence| evidence.count).collect();
    assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64]);
}

/// "RST or FIN outside the window -> the flow goes on; ..."
#[test]
fn reset_and_fin_outside_the_window() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    for offset in [-1, 1, 4 << 20, -(4 << 20)] {
        bench.give(Segment { rst: true, ..at(offset, b"") });
    }
    for offset in [1, 4 << 20, -(4 << 20)] {
        bench.give(Segment { fin: true, ..at(offset, b"") });
    }
    assert!(!bench.stream.is_ended());
    bench.data(3, b"def");
    assert_eq!(bench.text(), b"abcdef");
    use EvidenceKind::{FinOutsideWindow, ResetOutsideWindow};
    // The third of four resets, and the third FIN, are counted and not said.
    assert_eq!(
        bench.kinds(),
        [ResetOutsideWindow, ResetOutsideWindow, ResetOutsideWindow, FinOutsideWindow, FinOutsideWindow]
    );
    bench.finish();
    assert_eq!(bench.log.gaps, []);
}

/// "... inside the window and data follow -> read on, said; ..."
#[test]
fn data_after_reset_or_fin() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.give(Segment { fin: true, ..at(3, b"") });
    assert!(bench.stream.is_ended());
    bench.quiet();
    bench.give(Segment { fin: true, ..at(3, b"") });
    bench.quiet();
    bench.data(3, b"def");
    bench.give(Segment { rst: true, ..at(6, b"") });
    bench.data(6, b"ghi");
    assert_eq!(bench.text(), b"abcdefghi");
    use EvidenceKind::{DataAfterFin, DataAfterReset};
    assert_eq!(bench.kinds(), [DataAfterFin, DataAfterReset, DataAfterFin]);
    assert_eq!(bench.log.gaps, []);
}

/// A RST may carry text (RFC 1122 section 4.2.2.12), which is no part of the stream.
#[test]
fn reset_with_octets() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.give(Segment { rst: true, ..at(3, b"Go away") });
    assert_eq!(bench.text(), b"abc");
    assert_eq!(bench.kinds(), [EvidenceKind::DataInReset]);
    assert_eq!(bench.stream.account().outside, 7);
    assert!(bench.stream.is_ended());
}

/// A FIN with data, and one that comes before the data.
#[test]
fn fin_with_data_and_out_of_order() {
    let mut bench = Bench::open();
    bench.give(Segment { fin: true, ..at(3, b"def") });
    assert!(!bench.stream.is_ended());
    bench.data(0, b"abc");
    assert!(bench.stream.is_ended());
    assert_eq!(bench.text(), b"abcdef");
    bench.quiet();

    let mut bench = Bench::open();
    bench.give(Segment { fin: true, ..at(6, b"") });
    assert_eq!(bench.stream.account().span, 6);
    bench.data(3, b"def");
    bench.data(0, b"abc");
    assert!(bench.stream.is_ended());
    assert_eq!(bench.text(), b"abcdef");
    bench.quiet();
}

/// The FIN shows that octets before it are lost.
#[test]
fn fin_behind_a_hole() {
    let mut bench = Bench::open();
    bench.give(Segment { fin: true, ..at(6, b"") });
    bench.data(0, b"abc");
    bench.finish();
    assert_eq!(bench.log.gaps, [(3, 3, GapReason::End)]);
    assert!(bench.stream.is_ended());
}

/// "... same addresses and ports with a new SYN -> a new conversation."
#[test]
fn another_syn() {
    let mut bench = Bench::new();
    let syn = |sequence| Segment { sequence, syn: true, ..Segment::default() };
    assert!(!bench.stream.is_new_connection(&syn(ISN), &Limits::default()));
    bench.syn(ISN);
    bench.data(0, b"abc");
    assert!(!bench.stream.is_new_connection(&syn(ISN), &Limits::default()), "the same SYN again");
    assert!(bench.stream.is_new_connection(&syn(ISN + 1), &Limits::default()));
    assert!(!bench.stream.is_new_connection(&at(0, b"abc"), &Limits::default()));
    bench.syn(ISN);
    bench.quiet();
    bench.syn(77_777);
    bench.data(3, b"def");
    assert_eq!(bench.text(), b"abcdef");
    assert_eq!(bench.kinds(), [EvidenceKind::UnexpectedSyn]);
}

/// "SYN with data, simultaneous open, SYN-ACK only, handshake absent -> ...; the data are read."
#[test]
fn syn_with_data() {
    let mut bench = Bench::new();
    bench.give(Segment { sequence: ISN, syn: true, payload: b"abc", ..Segment::default() });
    // The other side took the SYN only, so the data come again.
    bench.data(0, b"abcdef");
    assert_eq!(bench.text(), b"abcdef");
    bench.quiet();
}

/// "handshake absent": acknowledgments alone do not begin a stream.
#[test]
fn handshake_absent() {
    let mut bench = Bench::new();
    bench.data(499, b"");
    bench.give(Segment { rst: true, ..at(0, b"bye") });
    assert!(!bench.stream.is_started());
    bench.data(500, b"abc");
    bench.data(503, b"def");
    assert_eq!(bench.text(), b"abcdef");
    assert_eq!(bench.log.data.first().unwrap().0, 0);
    bench.quiet();
}

/// The first two segments of a capture may come in the wrong order.
#[test]
fn before_the_start() {
    let mut bench = Bench::new();
    bench.data(500, b"def");
    bench.data(497, b"abc");
    bench.data(498, b"bcdefghi");
    assert_eq!(bench.text(), b"defghi");
    assert_eq!(bench.kinds(), [EvidenceKind::BeforeStart, EvidenceKind::BeforeStart]);
    let account = bench.stream.account();
    assert_eq!((account.outside, account.repeated, account.span), (5, 3, 6));
}

/// A capture that begins with a keep-alive: the other side has acknowledged its garbage octet before.
#[test]
fn keep_alive_first() {
    let mut bench = Bench::new();
    bench.stream.acknowledged(ISN + 1, 0, &bench.limits);
    bench.data(-1, b"\0");
    bench.data(0, b"abc");
    assert_eq!(bench.text(), b"abc");
    bench.quiet();
    assert_eq!(bench.stream.account().repeated, 1);
}

/// "One octet a segment; the whole reversed; each segment three times -> the same rows; ..."
#[test]
fn reversed_octets_three_times() {
    let text: Vec<u8> = (0..5000_u32).map(|index| (index % 251) as u8).collect();
    for (reversed, times) in [(false, 1), (true, 1), (false, 3), (true, 3)] {
        let mut bench = Bench::open();
        let mut order: Vec<usize> = (0..text.len()).collect();
        if reversed {
            order.reverse();
        }
        for index in order {
            for _ in 0..times {
                bench.data(index as i64, text.get(index..=index).unwrap());
            }
        }
        assert_eq!(bench.text(), text);
        // So many pieces behind one hole are not told apart.
        let expected = if reversed { 13 } else { 0 };
        assert_eq!(bench.kinds(), vec![EvidenceKind::TakenTogether; expected]);
        assert_eq!(bench.log.gaps, []);
        assert_eq!(bench.stream.account().repeated, (times - 1) * text.len() as u64);
        // The first octet comes again when thousands were delivered behind it: beyond the history.
        let forgotten = if reversed { times - 1 } else { 0 };
        assert_eq!(bench.stream.account().not_comparable, forgotten);
    }
}

/// "... time grows linearly": octets copied or compared and runs moved, in the orders that suit least.
#[test]
fn work_grows_linearly() {
    let work = |octets: usize, order: &dyn Fn(usize) -> usize| {
        MOVED.with(|moved| moved.set(0));
        let mut bench = Bench::with(Limits {
            out_of_order_octets: octets,
            out_of_order_segments: octets,
            ..Limits::default()
        });
        bench.syn(ISN);
        for index in 0..octets {
            bench.stream.segment(at(order(index) as i64, &[7]), bench.mark, &bench.limits, &mut bench.log);
        }
        assert_eq!(bench.log.delivered, octets as u64);
        MOVED.with(std::cell::Cell::get)
    };
    for octets in [1 << 12, 1 << 16] {
        assert_eq!(work(octets, &|index| index), 0, "in order nothing is copied");
        assert!(work(octets, &|index| octets - 1 - index) <= octets, "reversed");
        assert!(work(octets, &|index| (index + 1) % octets) <= octets, "the first last");
        // Every second octet from the front, then those between from the front.
        let comb = |index| if index < octets / 2 { 2 * index + 1 } else { 2 * (index - octets / 2) };
        assert!(work(octets, &comb) <= 4 * octets, "comb");
        // The same, those between from the back: runs join again and again.
        let comb = |index| if index < octets / 2 { 2 * index + 1 } else { 2 * (octets - 1 - index) };
        assert!(work(octets, &comb) <= 4 * octets, "reversed comb");
    }
}

/// "Sequence wraps at 2^32 inside a PDU": in order, out of order, and repeated.
#[test]
fn sequence_wraps() {
    let mut bench = Bench::new();
    let isn = u32::MAX - 3;
    let segment = |offset: u32, payload| Segment {
        sequence: (isn + 1).wrapping_add(offset),
        payload,
        ..Segment::default()
    };
    bench.syn(isn);
    bench.give(segment(0, b"ab"));
    bench.give(segment(4, b"ef"));
    bench.give(segment(2, b"cd"));
    bench.give(segment(0, b"ab"));
    bench.give(segment(6, b"gh"));
    assert_eq!(bench.text(), b"abcdefgh");
    bench.quiet();
}

/// A stream longer than 2^32 octets keeps its positions.
#[test]
fn span_beyond_32_bits() {
    let mut bench = Bench::new();
    let chunk = vec![0; 1 << 20];
    bench.syn(ISN);
    let mut sequence = ISN + 1;
    for _ in 0..4097 {
        let segment = Segment { sequence, payload: &chunk, ..Segment::default() };
        bench.received += chunk.len() as u64;
        struct Nothing;
        impl Receiver for Nothing {
            fn data(&mut self, _: u64, _: Mark, _: &[u8]) {}
            fn gap(&mut self, _: u64, _: Mark, _: u64, _: GapReason) {
                panic!("no gap");
            }
            fn evidence(&mut self, _: Mark, _: Evidence) {
                panic!("no evidence");
            }
        }
        bench.stream.segment(segment, bench.mark, &bench.limits, &mut Nothing);
        sequence = sequence.wrapping_add(1 << 20);
    }
    assert_eq!(bench.stream.account().span, 4097 << 20);
}

/// "keep-alive with one garbage octet before the window -> octets unchanged, no conflict said for the keep-alive"
#[test]
fn keep_alive() {
    let mut bench = Bench::open();
    bench.data(-1, b"\xAA");
    bench.data(0, b"abc");
    bench.data(2, b"");
    bench.data(2, b"\xAA");
    bench.data(2, b"\xAA");
    bench.data(3, b"def");
    assert_eq!(bench.text(), b"abcdef");
    bench.quiet();
    assert_eq!(bench.stream.account().repeated, 3);
}

/// "zero-window probe -> octets unchanged": one octet, again and again, then the whole segment.
#[test]
fn zero_window_probe() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.data(3, b"d");
    bench.data(3, b"d");
    bench.data(3, b"d");
    bench.data(3, b"def");
    assert_eq!(bench.text(), b"abcdef");
    bench.quiet();
    let account = bench.stream.account();
    assert_eq!((account.repeated, account.unverifiable), (3, 0));
}

/// "urgent pointer -> octets unchanged; urgent said."
#[test]
fn urgent() {
    let mut bench = Bench::open();
    bench.give(Segment { urgent: Some(2), ..at(0, b"abc") });
    bench.data(3, b"def");
    assert_eq!(bench.text(), b"abcdef");
    let evidence = bench.log.evidence.first().unwrap();
    assert_eq!((evidence.kind, evidence.octets, evidence.offset), (EvidenceKind::Urgent, 2, Some(0)));
}

/// "A hole that is never filled -> bounded wait, then skipped and counted; ..."
#[test]
fn hole_never_filled() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.data(6, b"ghi");
    let since = bench.mark.ts;
    assert_eq!(bench.stream.deadline(), Some(since + bench.limits.hole_wait));
    bench.data(12, b"mno");
    bench.wait(bench.limits.hole_wait - SECOND / 1000 - 1);
    assert_eq!(bench.log.gaps, []);
    bench.wait(1);
    assert_eq!(bench.text(), b"abcghi");
    assert_eq!(bench.log.gaps, [(3, 3, GapReason::NotReceived)]);
    // The second hole was noticed a millisecond later.
    bench.wait(SECOND / 1000);
    assert_eq!(bench.text(), b"abcghimno");
    assert_eq!(bench.log.gaps, [(3, 3, GapReason::NotReceived), (9, 3, GapReason::NotReceived)]);
    assert_eq!(bench.log.evidence, []);
    // Too late: not delivered, and not taken for a repetition.
    bench.data(3, b"def");
    assert_eq!(bench.kinds(), [EvidenceKind::Late]);
    assert_eq!((bench.stream.account().outside, bench.stream.account().repeated), (3, 0));
}

/// An acknowledgment that comes again, late, takes back nothing of a later one.
#[test]
fn an_older_acknowledgment_takes_nothing_back() {
    let waits = |late: bool| {
        let mut bench = Bench::open();
        bench.data(0, b"abc");
        bench.stream.acknowledged(ISN + 1 + 9, bench.mark.ts, &bench.limits);
        if late {
            bench.stream.acknowledged(ISN + 1, bench.mark.ts, &bench.limits);
        }
        bench.data(6, b"ghi");
        (bench.stream.deadline(), bench.log.gaps)
    };
    assert_eq!(waits(true), waits(false));
}

/// What the other side acknowledged was lost by the capture alone: the wait is short.
#[test]
fn acknowledged_hole() {
    let mut bench = Bench::open();
    bench.data(3, b"def");
    bench.stream.acknowledged(ISN + 1, bench.mark.ts, &bench.limits);
    assert_eq!(bench.stream.deadline(), Some(bench.mark.ts + bench.limits.hole_wait));
    bench.stream.acknowledged(ISN + 7, bench.mark.ts, &bench.limits);
    let deadline = bench.mark.ts + bench.limits.acknowledged_hole_wait;
    assert_eq!(bench.stream.deadline(), Some(deadline));
    bench.mark.ts += 1000;
    bench.stream.acknowledged(ISN + 7, bench.mark.ts, &bench.limits);
    assert_eq!(bench.stream.deadline(), Some(deadline), "the same again puts nothing off");
    bench.wait(bench.limits.acknowledged_hole_wait);
    assert_eq!(bench.log.gaps, [(0, 3, GapReason::NotCaptured)]);

    // The acknowledgment may come before what lies behind the hole.
    bench.stream.acknowledged(ISN + 13, bench.mark.ts, &bench.limits);
    bench.data(9, b"jkl");
    assert_eq!(bench.stream.deadline(), Some(bench.mark.ts + bench.limits.acknowledged_hole_wait));
}

/// What the other side acknowledges of what is held, the capture lacks octets before: known, and given up if its owner says so,
/// hole by hole and no farther.
#[test]
fn a_hole_is_given_up_for_an_acknowledgment_of_what_is_held_behind_it() {
    let mut bench = Bench::open();
    assert!(!bench.stream.lacks(ISN + 100) && !bench.stream.may_fill(ISN + 1));
    bench.data(3, b"def");
    bench.data(9, b"jkl");
    // Up to the hole, and up to what is held behind it.
    assert!(!bench.stream.lacks(ISN + 1) && !bench.stream.lacks(ISN + 4));
    assert!(bench.stream.lacks(ISN + 5));
    assert!(
        bench.stream.may_fill(ISN + 1) && bench.stream.may_fill(ISN + 7) && !bench.stream.may_fill(ISN + 10)
    );
    bench.stream.give_up_lacking(ISN + 7, bench.mark, &bench.limits, &mut bench.log);
    assert_eq!(bench.log.gaps, [(0, 3, GapReason::NotCaptured)]);
    assert!(!bench.stream.lacks(ISN + 7) && bench.stream.lacks(ISN + 13));
    bench.stream.give_up_lacking(ISN + 13, bench.mark, &bench.limits, &mut bench.log);
    assert_eq!(bench.log.gaps, [(0, 3, GapReason::NotCaptured), (6, 3, GapReason::NotCaptured)]);
    assert_eq!(bench.log.delivered, 6);
    bench.finish();
}

/// What the capture cut off is not sent again, and the other side that acknowledges it has it: it is given up at once, and what
/// is missing without having been cut is not.
#[test]
fn cut_payload_that_is_acknowledged() {
    let mut bench = Bench::open();
    bench.give(Segment { missing: 4, ..at(0, b"abc") });
    bench.stream.give_up_cut(ISN + 4, bench.mark, &bench.limits, &mut bench.log);
    assert_eq!(bench.log.gaps, []);
    bench.stream.give_up_cut(ISN + 8, bench.mark, &bench.limits, &mut bench.log);
    assert_eq!(bench.log.gaps, [(3, 4, GapReason::Cut)]);
    bench.data(10, b"klm");
    bench.stream.give_up_cut(ISN + 14, bench.mark, &bench.limits, &mut bench.log);
    assert_eq!(bench.log.gaps, [(3, 4, GapReason::Cut)]);
    bench.finish();
}

/// The held octets carry the frame that filled the hole before them.
#[test]
fn held_octets_carry_the_frame_that_completed_them() {
    let mut bench = Bench::open();
    bench.data(3, b"def");
    bench.data(6, b"ghi");
    bench.data(0, b"abc"); // frame 4
    assert_eq!(bench.log.data, [(0, 4, b"abc".to_vec()), (3, 4, b"defghi".to_vec())]);
    // The segments are still told apart when they come again.
    bench.data(6, b"gXi");
    bench.data(3, b"def");
    assert_eq!(bench.kinds(), [EvidenceKind::RetransmissionDiffers]);
    assert_eq!(bench.log.evidence.first().unwrap().first_frame, Some(3));
}

/// Behind a hole that was given up, octets carry the frame that brought them and its time, unless they had to wait for another
/// one there.
#[test]
fn octets_behind_a_given_up_hole_carry_their_own_frames() {
    let mut bench = Bench::open();
    bench.data(0, b"abc"); // frame 2
    for (captured, offset, text) in [(70, 6, "ghi"), (80, 12, "mno"), (90, 9, "jkl"), (95, 15, "pqr")] {
        let segment = Segment { captured, ..at(offset, text.as_bytes()) };
        bench.give(segment); // frames 3 to 6
    }
    let mut marks = vec![];
    struct Marks<'a>(&'a mut Vec<(u64, i64, Vec<u8>)>);
    impl Receiver for Marks<'_> {
        fn data(&mut self, _: u64, mark: Mark, bytes: &[u8]) {
            self.0.push((mark.frame, mark.ts, bytes.to_vec()));
        }
        fn gap(&mut self, _: u64, _: Mark, _: u64, _: GapReason) {}
        fn evidence(&mut self, _: Mark, _: Evidence) {}
    }
    bench.mark.frame = 100;
    bench.stream.finish(bench.mark, &mut Marks(&mut marks));
    let expected = [(3, 70, "ghi"), (5, 90, "jklmno"), (6, 95, "pqr")];
    assert_eq!(marks, expected.map(|(frame, ts, text)| (frame, ts, text.as_bytes().to_vec())));
}

/// Pieces that are told apart are limited; what is taken together carries the latest of its frames.
#[test]
fn pieces_of_what_is_held_are_bounded() {
    let mut bench = Bench::with(Limits { out_of_order_segments: 4, ..Limits::default() });
    bench.syn(ISN);
    for place in 0..20 {
        bench.data(3 + 3 * place, b"abc"); // frames 2 to 21
    }
    assert_eq!(bench.stream.held.as_ref().unwrap().runs.iter().map(|run| run.pieces.len()).sum::<usize>(), 4);
    bench.finish();
    let frames: Vec<_> = bench.log.data.iter().map(|(_, frame, bytes)| (*frame, bytes.len())).collect();
    assert_eq!(frames, [(18, 51), (19, 3), (20, 3), (21, 3)]);
    // Sixteen times, said the 1st, 2nd, 4th, ...
    let said: Vec<_> = bench.log.evidence.iter().map(|case| (case.kind, case.count, case.offset)).collect();
    let taken = |count, offset| (EvidenceKind::TakenTogether, count, Some(offset));
    assert_eq!(said, [taken(1, 15), taken(2, 18), taken(4, 24), taken(8, 36), taken(16, 60)]);
}

/// A forged segment ahead of a slow stream does not hide what comes after, while octets come in order.
#[test]
fn octets_in_order_keep_the_hole_open() {
    let mut bench = Bench::open();
    bench.data(9, b"XX");
    for (offset, text) in [(0, b"abc"), (3, b"def"), (6, b"ghi")] {
        bench.wait(4 * SECOND);
        bench.data(offset, text);
    }
    bench.data(9, b"jkl");
    assert_eq!(bench.text(), b"abcdefghiXXl");
    assert_eq!(bench.log.gaps, []);
    assert_eq!(bench.kinds(), [EvidenceKind::RetransmissionDiffers]);
}

/// A frame dated far ahead does not keep its hole open for ever.
#[test]
fn hole_of_a_frame_dated_far_ahead() {
    let mut bench = Bench::open();
    bench.mark.ts += 1_000_000 * SECOND;
    bench.data(3, b"def");
    bench.mark.ts -= 1_000_000 * SECOND;
    bench.data(6, b"ghi");
    assert_eq!(bench.stream.deadline(), Some(bench.mark.ts + bench.limits.hole_wait));
}

/// "Data far outside the window as a flood -> refused and counted; real out-of-order data still fit."
#[test]
fn flood_outside_the_window() {
    let mut bench = Bench::open();
    bench.data(3, b"def");
    // Each some megabytes from the one before, ahead and behind.
    for index in 0..1000_i64 {
        bench.data(((index % 900) + 2) * (2 << 20), &[0xEE; 1000]);
    }
    bench.data(6, b"ghi");
    bench.data(0, b"abc");
    assert_eq!(bench.text(), b"abcdefghi");
    assert_eq!(bench.log.gaps, []);
    assert_eq!(bench.stream.account().outside, 1_000_000);
    assert!(bench.kinds().iter().all(|&kind| kind == EvidenceKind::OutsideWindow));
    assert_eq!(bench.log.evidence.len(), 10, "1, 2, 4, ... 512");
}

/// A flood whose segments follow each other does not move the stream while real data come.
#[test]
fn consistent_flood_among_real_data() {
    let mut bench = Bench::open();
    for index in 0..100 {
        bench.data(index, b"a");
        for stray in 0..3 {
            bench.data((16 << 20) + (index * 3 + stray) * 10, &[0xEE; 10]);
        }
    }
    assert_eq!(bench.text(), [b'a'; 100]);
    assert_eq!(bench.log.gaps, []);
}

/// The capture lost more than a window: the stream goes on behind a gap of the right length.
#[test]
fn loss_of_more_than_a_window() {
    let mut bench = Bench::open();
    bench.data(0, b"abc");
    bench.data(6, b"ghi");
    let far = 32 << 20;
    for index in 0..5 {
        bench.data(far + index * 2, b"xy");
        bench.data(far + index * 2, b"xy"); // a mirror port may give all twice
    }
    assert_eq!(bench.text(), b"abcghixyxy");
    assert_eq!(bench.log.gaps, [(3, 3, GapReason::Jump), (9, far as u64 + 6 - 9, GapReason::Jump)]);
    assert_eq!(bench.stream.account().outside, 12);
    assert_eq!(bench.stream.account().repeated, 4);
}

/// What was acknowledged of the place that was left says nothing of the one where the stream goes on.
#[test]
fn an_acknowledgment_of_another_place_is_forgotten() {
    let mut bench = Bench::open();
    bench.data(0, b"ab");
    bench.data(1_000_000, b"XX");
    bench.stream.acknowledged(ISN + 1 + 1_000_002, bench.mark.ts, &bench.limits);
    bench.wait(6 * SECOND);
    for index in 0..300 {
        bench.data(2 + index * 2, b"cd");
    }
    assert_eq!(bench.log.gaps.last().map(|(_, _, reason)| *reason), Some(GapReason::Restart));
    bench.data(2 + 310 * 2, b"ef");
    assert_eq!(bench.stream.deadline(), Some(bench.mark.ts + bench.limits.hole_wait));
}

/// A stream that was lured ahead finds its way back.
#[test]
fn stream_lured_ahead() {
    let mut bench = Bench::open();
    bench.data(0, b"ab");
    bench.data(1_000_000, b"XX");
    bench.wait(6 * SECOND);
    for index in 0..6 {
        bench.data(2 + index * 2, b"cd");
    }
    assert_eq!(bench.text(), b"abXXcdcdcd");
    assert_eq!(bench.log.gaps, [(2, 999_998, GapReason::NotReceived), (1_000_002, 0, GapReason::Restart)]);
    assert_eq!(bench.stream.account().outside, 6);
}

/// When too much is held, the oldest hole is given up, and new data are not dropped.
#[test]
fn too_much_held() {
    let mut bench = Bench::with(Limits { out_of_order_octets: 10, ..Limits::default() });
    bench.syn(ISN);
    bench.data(2, b"cdefg");
    bench.data(10, b"klmno");
    assert_eq!(bench.log.gaps, []);
    bench.data(15, b"p");
    assert_eq!(bench.log.gaps, [(0, 2, GapReason::Limit)]);
    bench.data(7, b"hij");
    assert_eq!(bench.text(), b"cdefghijklmnop");

    let mut bench = Bench::with(Limits { out_of_order_segments: 2, ..Limits::default() });
    bench.syn(ISN);
    for offset in [2, 4, 6] {
        bench.data(offset, b"x");
    }
    assert_eq!(bench.log.gaps, [(0, 2, GapReason::Limit)]);

    let mut bench = Bench::with(Limits { out_of_order_octets: 0, ..Limits::default() });
    bench.syn(ISN);
    bench.data(2, b"x");
    assert_eq!(bench.log.gaps, [(0, 2, GapReason::Limit)]);
    assert_eq!(bench.text(), b"x");
}

/// A payload that the capture cut off: the rest is a gap as soon as the stream goes on behind it, ...
#[test]
fn cut_payload() {
    let mut bench = Bench::open();
    bench.give(Segment { missing: 4, ..at(0, b"abc") });
    assert_eq!(bench.text(), b"abc");
    assert_eq!(bench.stream.account().awaited, 4);
    bench.give(Segment { missing: 4, ..at(7, b"hij") });
    assert_eq!(bench.text(), b"abchij");
    bench.finish();
    assert_eq!(bench.log.gaps, [(3, 4, GapReason::Cut), (10, 4, GapReason::Cut)]);
    assert_eq!(bench.log.evidence, []);
}

/// ... unless a retransmission brings it.
#[test]
fn cut_payload_sent_again() {
    let mut bench = Bench::open();
    bench.give(Segment { missing: 3, ..at(0, b"abc") });
    bench.data(0, b"abcdef");
    assert_eq!(bench.text(), b"abcdef");
    bench.quiet();
    assert_eq!(bench.stream.account().span, 6);
    bench.finish();
    bench.quiet();
}

/// A cut payload behind a hole, and one that says it misses more than the window.
#[test]
fn cut_payload_out_of_order() {
    let mut bench = Bench::open();
    bench.give(Segment { missing: 3, ..at(3, b"def") });
    bench.data(9, b"jkl");
    bench.data(0, b"abc");
    assert_eq!(bench.text(), b"abcdefjkl");
    assert_eq!(bench.log.gaps, [(6, 3, GapReason::Cut)]);
    bench.give(Segment { missing: u32::MAX, ..at(12, b"mno") });
    bench.data(15, b"pqr");
    assert_eq!(bench.text(), b"abcdefjklmnopqr");
}

/// "Every PDU boundary, and every octet inside each header, cut by a gap -> accounting holds: seen = dissected + skipped +
/// missing." Here: each octet lost in turn.
#[test]
fn each_octet_lost_in_turn() {
    let text = b"abcdefghij";
    for lost in 0..text.len() {
        let mut bench = Bench::open();
        for index in (0..text.len()).filter(|&index| index != lost) {
            bench.data(index as i64, text.get(index..=index).unwrap());
        }
        bench.finish();
        let account = bench.stream.account();
        let tail = lost == text.len() - 1;
        assert_eq!(account.missing, u64::from(!tail));
        assert_eq!(account.delivered, 9);
    }
}

/// Octets cut into segments, each with the range it holds.
fn segments(len: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..len, 1..40_usize), 0..40).prop_map(move |extra| {
        let mut ranges = Vec::new();
        let mut start = 0;
        for &(_, size) in extra.iter().cycle().take(if extra.is_empty() { 0 } else { 10_000 }) {
            if start >= len {
                break;
            }
            let end = (start + size).min(len);
            ranges.push((start, end));
            start = end;
        }
        if start < len {
            ranges.push((start, len));
        }
        // Overlapping ones, with the same octets.
        ranges.extend(extra.iter().map(|&(start, size)| (start, (start + size).min(len))));
        ranges
    })
}

fn overlaps() -> impl Strategy<Value = OverlapPolicy> {
    prop::sample::select(OverlapPolicy::NAMED.map(|(_, policy)| policy).to_vec())
}

fn text_and_segments() -> impl Strategy<Value = (Vec<u8>, Vec<(usize, usize)>)> {
    prop::collection::vec(any::<u8>(), 1..600).prop_flat_map(|text| {
        let len = text.len();
        (Just(text), segments(len).prop_shuffle())
    })
}

proptest! {
    /// Whatever the order, repetitions and overlaps: the octets are handed on once, nothing is missing, nothing is said of
    /// differing copies.
    #[test]
    fn any_order_gives_the_same_octets(
        (text, ranges) in text_and_segments(),
        isn in prop_oneof![any::<u32>(), (u32::MAX - 300)..=u32::MAX],
        overlap in overlaps(),
    ) {
        let mut bench = Bench::with(Limits { overlap, ..Limits::default() });
        bench.syn(isn);
        let count = ranges.len();
        for (start, end) in ranges {
            let sequence = isn.wrapping_add(1).wrapping_add(start as u32);
            let fin = end == text.len();
            bench.give(Segment { sequence, payload: &text[start..end], fin, ..Segment::default() });
        }
        prop_assert!(bench.stream.is_ended());
        bench.finish();
        prop_assert_eq!(bench.text(), text);
        prop_assert_eq!(&bench.log.gaps, &[]);
        // Of so many held segments the frames may no longer be told apart, of fewer always.
        let many = count > bench.limits.out_of_order_segments;
        let allowed = |kind| kind == EvidenceKind::Unverifiable || (many && kind == EvidenceKind::TakenTogether);
        prop_assert!(bench.kinds().into_iter().all(allowed), "{:?}", bench.kinds());
    }

    /// With segments dropped, the octets handed on are the right ones at the right places, and what no segment held is
    /// missing, exactly.
    #[test]
    fn losses_are_counted((text, ranges) in text_and_segments(), kept in prop::collection::vec(any::<bool>(), 640)) {
        let mut bench = Bench::open();
        let mut seen = vec![false; text.len()];
        let mut span = 0;
        for (&(start, end), &kept) in ranges.iter().zip(&kept) {
            if kept {
                bench.data(start as i64, &text[start..end]);
                seen[start..end].fill(true);
                span = span.max(end);
            }
        }
        bench.finish();
        let account = bench.stream.account();
        prop_assert_eq!(account.span, span as u64);
        prop_assert_eq!(account.missing, seen[..span].iter().filter(|seen| !**seen).count() as u64);
        for (offset, _, bytes) in &bench.log.data {
            prop_assert_eq!(&text[*offset as usize..][..bytes.len()], bytes.as_slice());
        }
        for &(offset, len, reason) in &bench.log.gaps {
            prop_assert!(seen[offset as usize..][..len as usize].iter().all(|seen| !seen));
            prop_assert_eq!(reason, GapReason::End);
        }
    }

    /// Differing copies among held octets are said exactly, and the policy decides which are used.
    #[test]
    fn differing_held_octets(
        segments in prop::collection::vec((1..80_u64, prop::collection::vec(0..2_u8, 1..20)), 1..60),
        overlap in overlaps(),
    ) {
        let mut bench = Bench::with(Limits { overlap, ..Limits::default() });
        bench.syn(ISN);
        let mut model: Vec<Option<(u8, (u64, u64))>> = vec![None; 120];
        let mut expected = Vec::new();
        for (start, bytes) in &segments {
            let extent = (*start, start + bytes.len() as u64);
            // The octet at 0 is never sent, so all is held.
            bench.data(*start as i64, bytes);
            let mut differing: Option<(u64, u64)> = None;
            for (position, &byte) in (*start..).zip(bytes) {
                let slot = &mut model[position as usize];
                match *slot {
                    // A hole ends the run that copies are compared with.
                    None => expected.extend(differing.take()),
                    Some((held, _)) if held != byte => {
                        differing = Some((differing.map_or(position, |(first, _)| first), position));
                    }
                    Some(_) => {}
                }
                if slot.is_none_or(|(_, held)| overlap.later_segment(held, extent)) {
                    *slot = Some((byte, extent));
                }
            }
            expected.extend(differing);
        }
        let said: Vec<(u64, u64)> = bench
            .log
            .evidence
            .iter()
            .map(|evidence| (evidence.offset.unwrap(), evidence.offset.unwrap() + evidence.octets - 1))
            .collect();
        prop_assert_eq!(said, expected);
        bench.finish();
        let octets: Vec<u8> = model.iter().flatten().map(|(octet, _)| *octet).collect();
        prop_assert_eq!(bench.text(), octets);
    }

    /// A retransmission within the history is said to differ if, and only if, it does.
    #[test]
    fn differing_retransmissions(
        steps in prop::collection::vec((2..50_usize, any::<u8>(), 0..history::DEPTH, any::<Option<prop::sample::Index>>()), 1..50),
    ) {
        let mut bench = Bench::open();
        let mut sent: Vec<(i64, Vec<u8>, u64)> = Vec::new();
        let mut position = 0;
        let mut expected = Vec::new();
        for (len, byte, back, altered) in steps {
            let bytes = vec![byte; len];
            bench.data(position, &bytes);
            sent.push((position, bytes, bench.mark.frame));
            position += len as i64;
            let (offset, mut bytes, frame) = sent[sent.len().saturating_sub(back + 1)].clone();
            if let Some(index) = altered {
                let index = index.index(bytes.len());
                bytes[index] ^= 0x10;
                expected.push((Some(offset as u64), bytes.len() as u64, Some(frame)));
            }
            bench.data(offset, &bytes);
        }
        let said: Vec<_> = bench.log.evidence.iter().map(|e| (e.offset, e.octets, e.first_frame)).collect();
        prop_assert_eq!(said, expected);
        prop_assert_eq!(bench.stream.account().not_comparable, 0);
    }

    /// Whatever comes: no panic, the law holds, memory stays within the limits.
    #[test]
    fn garbage(
        segments in prop::collection::vec(
            (
                prop_oneof![any::<u32>(), 0..400_u32, (u32::MAX - 200)..=u32::MAX],
                any::<(bool, u8, Option<u16>)>(),
                prop::collection::vec(any::<u8>(), 0..60),
                prop_oneof![4 => Just(0), 1 => 0..100_u32, 1 => any::<u32>()],
                prop_oneof![any::<i64>(), 0..SECOND],
                any::<Option<u32>>(),
            ),
            0..200,
        ),
        octets in 0..500_usize,
        pieces in 0..10_usize,
        window in prop_oneof![0..1000_u32, any::<u32>()],
        overlap in overlaps(),
    ) {
        let mut bench = Bench::with(Limits {
            out_of_order_octets: octets,
            out_of_order_segments: pieces,
            window_octets: window,
            overlap,
            ..Limits::default()
        });
        for (sequence, (syn, flags, urgent), payload, missing, wait, acknowledgment) in segments {
            let (fin, rst) = (flags < 20, flags > 235);
            let urgent = urgent.filter(|_| syn);
            bench.mark.ts = bench.mark.ts.saturating_add(wait).clamp(i64::MIN / 2, i64::MAX / 2);
            let syn = syn && flags % 8 == 0;
            bench.give(Segment { sequence, syn, fin, rst, urgent, payload: &payload, missing, captured: 0 });
            if let Some(acknowledgment) = acknowledgment {
                bench.stream.acknowledged(acknowledgment, bench.mark.ts, &bench.limits);
            }
            if flags % 16 == 0 {
                bench.wait(0);
            }
        }
        bench.finish();
    }
}
