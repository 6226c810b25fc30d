//! Object headers and their objects (IEEE 1815-2012, 4.2.2.7 and annex A).
use super::{
    application::{Fragment, Pairs, commands, is_command_event},
    codes::{FunctionCode, Indication, Object, OperationType, TimeQuality, TripCloseCode},
    common, extras,
    records::{Dnp3Controls, Dnp3Objects, Dnp3Points},
    shape::{Layout, Lead, Number, Occurrence, Reading, Shape, Trail, layout, time48, told_time48},
};
use crate::{
    common::{AnomalyKind, Outcome, Result},
    protocol::Output,
    record::{Duration, Instant},
};

/// Objects without octets of which one header gives rows; a range may promise four thousand million.
const MOST_EMPTY: usize = 64;

/// A walk over the object headers of one fragment, and what it has met.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) fragment: Fragment<'a>,
    pub(super) pairs: Pairs,
    /// Object headers so far.
    pub(super) headers: u32,
    /// Objects that a command names, or a response echoes.
    pub(super) commands: u32,
    /// The first header that is not one of authentication; of a read that asks for device attributes, the first of these.
    pub(super) first: Option<Head<'a>>,
    /// Object headers that were operations of their own.
    pub(super) asked: u32,
    /// The pattern control block whose mask is still to come.
    pub(super) pattern: Option<Pattern>,
    /// Name of the file that is spoken of.
    pub(super) file: Option<&'a [u8]>,
    /// The word of an object on the request, where an object has it; of several, in whichever fragments, the first refusal.
    pub(super) refused: Option<Result>,
    /// Identifier of a request of files.
    pub(super) request_id: Option<u16>,
    /// A number for the block of a file that the header under way writes.
    pub(super) block: Option<u64>,
    /// In the answer to a request of files, objects that speak of other ones.
    pub(super) elsewhere: u32,
    /// Whether blocks of a file have their word.
    pub(super) filed: bool,
    /// Of the objects that a response echoes, those without a request.
    pub(super) unpaired: u64,
    /// Whether an output was not selected.
    pub(super) denied: bool,
    /// Objects of an echo that wait for the others to be paired.
    pub(super) misplaced: Vec<common::Misplaced>,
    /// The farthest place among the objects of its select that an operate has repeated.
    pub(super) operated: u64,
    /// Whether it repeats them in another order.
    pub(super) disordered: bool,
    /// Whether the request is challenged, and so not done yet.
    pub(super) challenged: bool,
    /// Whether a request brings its own authentication: aggressive mode.
    pub(super) aggressive: bool,
    /// Whether a request changes the session keys.
    pub(super) changes_keys: bool,
    /// Class to which the headers that follow are assigned.
    pub(super) class: Option<u8>,
    occurrence: Option<Occurrence>,
    wants: bool,
    pub(super) wants_points: bool,
}

/// A pattern control block: what it commands, and a number for what it says without its status.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    pub(super) row: Dnp3Points<'static>,
    pub(super) digest: u64,
}

/// An object header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) object: Object,
    qualifier: u8,
    pub(super) start: Option<u32>,
    stop: Option<u32>,
    count: Option<u32>,
    /// Where it begins in the fragment.
    pub(super) at: usize,
    /// Octets behind it, to the end of the fragment.
    rest: &'a [u8],
    /// Where those begin.
    body: usize,
}

impl Head<'_> {
    pub(super) const fn group(&self) -> u8 {
        (self.object.0 >> 8) as u8
    }
    pub(super) const fn variation(&self) -> u8 {
        self.object.0 as u8
    }
    /// Octets of the index before each object.
    const fn index_octets(&self) -> usize {
        match self.qualifier >> 4 & 7 {
            1 => 1,
            2 => 2,
            3 => 4,
            _ => 0,
        }
    }
    /// Octets of the size before each object.
    const fn size_octets(&self) -> usize {
        match self.qualifier >> 4 & 7 {
            4 => 1,
            5 => 2,
            6 => 4,
            _ => 0,
        }
    }
    /// How many objects the range promises; `None` if its start lies after its stop.
    pub(super) fn promised(&self) -> Option<u64> {
        match (self.start, self.stop, self.count) {
            (Some(start), Some(stop), _) => Some(u64::from(stop.checked_sub(start)?).saturating_add(1)),
            (_, _, Some(count)) => Some(count.into()),
            _ => Some(0),
        }
    }
    /// Index of the object at this place, where none stands before it.
    fn index(&self, place: usize) -> Option<u32> {
        self.start.unwrap_or_default().checked_add(u32::try_from(place).ok()?)
    }
}

/// An unsigned integer of 1, 2 or 4 octets, the lowest first.
fn number(octets: &[u8]) -> u32 {
    octets.iter().take(4).rev().fold(0, |sum, octet| sum << 8 | u32::from(*octet))
}

impl<'a> Walk<'a> {
    pub(super) fn new(fragment: Fragment<'a>, pairs: Pairs) -> Self {
        Self {
            fragment,
            pairs,
            headers: 0,
            commands: 0,
            first: None,
            asked: 0,
            pattern: None,
            file: None,
            refused: pairs.said.refused,
            request_id: None,
            block: None,
            elsewhere: 0,
            filed: false,
            unpaired: 0,
            denied: false,
            misplaced: Vec::new(),
            operated: 0,
            disordered: false,
            challenged: false,
            aggressive: false,
            changes_keys: false,
            class: None,
            occurrence: None,
            wants: false,
            wants_points: false,
        }
    }

    /// An object has a word on the request.
    pub(super) fn word(&mut self, result: Result) {
        if self.refused.is_none_or(|before| before.outcome == Outcome::SUCCESS) {
            self.refused = Some(result);
        }
    }

    /// Whether objects follow their headers: a request that only names objects holds none.
    fn holds(&self, group: u8) -> bool {
        let fragment = &self.fragment;
        if fragment.is_response() || fragment.is_command() {
            return true;
        }
        match fragment.function.0 {
            2 | 15..=18 | 25..=33 => true,
            11 | 12 => group == 50,
            _ => matches!(group, 70 | 90 | 120),
        }
    }

    /// The row of a header whose range cannot be read.
    fn broken(&mut self, head: &Head<'_>, out: &mut Output<'_>) {
        self.headers = self.headers.saturating_add(1);
        out.row(&header_row(head, 3 + head.rest.len()));
    }

    fn header(&mut self, at: usize, out: &mut Output<'_>) -> Option<Head<'a>> {
        let octets = self.fragment.octets.get(at..)?;
        let Some(([group, variation, qualifier], rest)) = octets.split_first_chunk() else {
            let anomaly =
                self.fragment.anomaly(AnomalyKind::TRUNCATED, "fragment ends within an object header", at);
            out.anomaly(anomaly.length(octets.len() as u64));
            return None;
        };
        let object = Object(u16::from_be_bytes([*group, *variation]));
        let mut head = Head {
            object,
            qualifier: *qualifier,
            start: None,
            stop: None,
            count: None,
            at,
            rest,
            body: at + 3,
        };
        let width = match qualifier & 0x0f {
            0 | 3 | 7 | 0xb => 1,
            1 | 4 | 8 => 2,
            2 | 5 | 9 => 4,
            6 => 0,
            code => {
                self.broken(&head, out);
                let reason = "range specifier code that the standard reserves";
                let anomaly = self.fragment.anomaly(AnomalyKind::MALFORMED, reason, at + 2);
                out.anomaly(anomaly.found(code.into()));
                return None;
            }
        };
        let fields = if matches!(qualifier & 0x0f, 0..=5) { 2 } else { 1 };
        let Some((range, rest)) = rest.split_at_checked(width * fields) else {
            self.broken(&head, out);
            let reason = "fragment ends within a range field";
            out.anomaly(
                self.fragment.anomaly(AnomalyKind::TRUNCATED, reason, at + 3).length(rest.len() as u64),
            );
            return None;
        };
        (head.rest, head.body) = (rest, at + 3 + range.len());
        match (qualifier & 0x0f, range.split_at_checked(width)) {
            (0..=5, Some((start, stop))) => {
                (head.start, head.stop) = (Some(number(start)), Some(number(stop)));
            }
            (6, _) => {}
            _ => head.count = Some(number(range)),
        }
        Some(head)
    }
}

/// The row of a header that takes this many octets with its objects.
fn header_row<'a>(head: &Head<'_>, octets: usize) -> Dnp3Objects<'a> {
    Dnp3Objects {
        object: head.object,
        group: head.group(),
        variation: head.variation(),
        qualifier: head.qualifier,
        start: head.start,
        stop: head.stop,
        count: head.count,
        class: None,
        index_list: None,
        length: u32::try_from(octets).unwrap_or(u32::MAX),
    }
}

/// Reads all object headers from `start` on.
pub(super) fn walk(walk: &mut Walk<'_>, start: usize, out: &mut Output<'_>) {
    walk.wants = out.wants::<Dnp3Points<'_>>();
    walk.wants_points = out.wants_points() && !walk.pairs.says_nothing_new();
    let mut at = start;
    while at < walk.fragment.octets.len() {
        let Some(head) = walk.header(at, out) else { break };
        walk.headers = walk.headers.saturating_add(1);
        let first = walk.first.map_or(120, |first| first.group());
        let identifies = head.group() == 0 && first != 0 && walk.fragment.function == FunctionCode::READ;
        if (first == 120 && head.group() != 120) || identifies {
            walk.first = Some(head);
        }
        let end = one(walk, &head, out);
        if walk.fragment.asks_by_header(head.group()) {
            common::asks(walk, &head, out);
        }
        let Some(end) = end else { break };
        at = end;
    }
    common::unmasked(walk, out);
    if !walk.misplaced.is_empty() {
        common::misplaced(walk, out);
    }
}

/// Reads one header and its objects. Returns where the next header begins, if that can be told.
fn one<'a>(walk: &mut Walk<'a>, head: &Head<'a>, out: &mut Output<'_>) -> Option<usize> {
    if walk.fragment.function == FunctionCode::ASSIGN_CLASS && head.group() == 60 {
        walk.class = head.variation().checked_sub(1);
    }
    let prefix = head.qualifier >> 4 & 7;
    let free = head.qualifier & 0x0f == 0x0b;
    let holds = walk.holds(head.group());
    let objects = area(walk, head, holds);
    let class = walk.class.filter(|_| head.group() != 60);
    let listed = if !holds && head.index_octets() > 0 { head.rest.get(..objects.octets) } else { None };
    let row = header_row(head, head.body - head.at + objects.octets);
    out.row(&Dnp3Objects { class, index_list: listed, ..row });
    let fragment = walk.fragment;
    if head.qualifier & 0x80 != 0 || prefix == 7 || (free && prefix < 4) {
        let reason = "qualifier that the standard reserves";
        out.anomaly(
            fragment.anomaly(AnomalyKind::MALFORMED, reason, head.at + 2).found(head.qualifier.into()),
        );
        if prefix == 7 || free {
            return None;
        }
    }
    let Some(promised) = head.promised() else {
        let anomaly = fragment.anomaly(AnomalyKind::MALFORMED, "range starts after it stops", head.at + 3);
        let numbers = (head.start.unwrap_or_default(), head.stop.unwrap_or_default());
        out.anomaly(anomaly.numbers(numbers.0.into(), numbers.1.into()));
        return Some(head.body);
    };
    if holds && head.variation() == 0 && !matches!(head.group(), 0 | 110..=113) && promised > 0 {
        let anomaly = fragment.anomaly(AnomalyKind::VALUE, "variation 0 where values should be", head.at + 1);
        out.anomaly(anomaly.found(head.object.0.into()));
    }
    match objects.fault {
        Some(Fault::Unknown) => {
            let reason = "objects of which neither layout nor length is known";
            let anomaly = fragment.anomaly(AnomalyKind::VALUE, reason, head.at);
            out.anomaly(anomaly.found(head.object.0.into()).length(head.rest.len() as u64));
        }
        Some(Fault::Short) => {
            let reason = "fewer objects than the range promises";
            let anomaly = fragment.anomaly(AnomalyKind::TRUNCATED, reason, head.at + 3);
            out.anomaly(anomaly.numbers(promised, objects.count as u64));
        }
        None => {}
    }
    if holds {
        let bytes = head.rest.get(..objects.octets).unwrap_or_default();
        values(walk, head, bytes, objects.count, out);
    }
    match objects.fault {
        Some(Fault::Unknown) => None,
        Some(Fault::Short) => {
            let rest = head.rest.len().saturating_sub(objects.octets);
            if rest > 0 {
                let at = head.body + objects.octets;
                let anomaly = fragment.anomaly(AnomalyKind::TRAILING, "octets that are no whole object", at);
                out.anomaly(anomaly.length(rest as u64));
            }
            None
        }
        None => Some(head.body + objects.octets),
    }
}

/// Why the objects of a header cannot all be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// There are fewer octets than they need.
    Short,
    /// How long they are is not known.
    Unknown,
}

/// The objects of a header: how many are there, and their octets.
#[derive(Clone, Copy, Debug)]
struct Area {
    count: usize,
    octets: usize,
    fault: Option<Fault>,
}

/// Measures the objects of a header. What a range promises is only compared with what is there.
fn area(walk: &Walk<'_>, head: &Head<'_>, holds: bool) -> Area {
    let promised = usize::try_from(head.promised().unwrap_or_default()).unwrap_or(usize::MAX);
    let (index, size, rest) = (head.index_octets(), head.size_octets(), head.rest);
    let fixed = |each: usize| {
        let count = rest.len().checked_div(each).map_or(promised, |most| promised.min(most));
        let fault = (count < promised).then_some(Fault::Short);
        Area { count, octets: count * each, fault }
    };
    let walked = |next: &dyn Fn(&[u8]) -> Option<usize>| {
        let (mut count, mut octets) = (0, 0);
        while count < promised {
            let Some(len) = rest.get(octets..).filter(|rest| !rest.is_empty()).and_then(next) else {
                return Area { count, octets, fault: Some(Fault::Short) };
            };
            (count, octets) = (count + 1, octets + len);
        }
        Area { count, octets, fault: None }
    };
    if promised == 0 {
        return Area { count: 0, octets: 0, fault: None };
    }
    if size > 0 {
        return walked(&|rest| {
            let (prefix, behind) = rest.split_at_checked(size)?;
            let len = number(prefix) as usize;
            (len <= behind.len()).then_some(size + len)
        });
    }
    if !holds {
        return fixed(index);
    }
    let layout = layout(head.group(), head.variation());
    match layout {
        Layout::Packed(bits) if index == 0 => {
            let whole = rest.len().saturating_mul(8) / usize::from(bits.max(1));
            let count = promised.min(whole);
            let octets = (count * usize::from(bits)).div_ceil(8);
            Area { count, octets, fault: (count < promised).then_some(Fault::Short) }
        }
        Layout::Packed(_) => fixed(index + 1),
        Layout::Attribute => walked(&|rest| {
            let behind = rest.get(index..)?;
            let len = index + extras::attribute_octets(behind)?;
            (len <= rest.len()).then_some(len)
        }),
        Layout::Private => walked(&|rest| {
            let [low, high] = *rest.get(index + 6..)?.first_chunk()?;
            let len = index + 8 + usize::from(u16::from_le_bytes([low, high]));
            (len <= rest.len()).then_some(len)
        }),
        _ => match layout.octets() {
            Some(octets) => fixed(index + octets),
            // A class in a response, say, has a header and no object.
            None if walk.fragment.is_response() || promised > 0 => {
                Area { count: 0, octets: 0, fault: Some(Fault::Unknown) }
            }
            None => fixed(index),
        },
    }
}

/// The values of one header.
fn values<'a>(walk: &mut Walk<'a>, head: &Head<'a>, bytes: &'a [u8], count: usize, out: &mut Output<'_>) {
    let (group, layout) = (head.group(), layout(head.group(), head.variation()));
    match layout {
        Layout::Packed(bits) if head.size_octets() == 0 => {
            return packed(walk, head, bytes, count, bits, out);
        }
        Layout::Empty => return,
        Layout::Fixed(shape) if head.size_octets() == 0 => return fixed(walk, head, shape, bytes, out),
        _ => {}
    }
    let (index, size) = (head.index_octets(), head.size_octets());
    let each = layout.octets();
    let mut rest = bytes;
    let mut at = head.body;
    if rest.is_empty() && count > MOST_EMPTY {
        let reason = "objects without octets are too many";
        let anomaly = walk.fragment.anomaly(AnomalyKind::LIMIT, reason, head.at + 3);
        out.anomaly(anomaly.numbers(MOST_EMPTY as u64, count as u64));
    }
    let count = if bytes.is_empty() { count.min(MOST_EMPTY) } else { count };
    for place in 0..count {
        let (number_of, prefix) = match (index, size) {
            (0, 0) => (head.index(place), 0),
            (0, size) => (head.start.and_then(|_| head.index(place)), size),
            (index, _) => (rest.get(..index).map(number), index),
        };
        let len = match size {
            0 => each.unwrap_or_else(|| {
                let behind = rest.get(prefix..).unwrap_or_default();
                match layout {
                    Layout::Attribute => extras::attribute_octets(behind).unwrap_or_default(),
                    Layout::Private => {
                        let len = behind.get(6..8).map_or(0, |len| number(len) as usize);
                        8usize.saturating_add(len)
                    }
                    _ => 0,
                }
            }),
            size => rest.get(..size).map_or(0, |size| number(size) as usize),
        };
        let Some((body, behind)) = rest.get(prefix..).and_then(|rest| rest.split_at_checked(len)) else {
            return;
        };
        let one = One { object: head.object, index: number_of, body, at: at + prefix };
        object(walk, head, group, layout, &one, out);
        (rest, at) = (behind, at + prefix + len);
    }
}

/// One object of a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct One<'a> {
    pub(super) object: Object,
    pub(super) index: Option<u32>,
    pub(super) body: &'a [u8],
    /// Where it begins in the fragment.
    pub(super) at: usize,
}

/// The row of an object without anything but its index.
pub(super) const fn point<'a>(object: Object, index: Option<u32>) -> Dnp3Points<'a> {
    Dnp3Points {
        object,
        index,
        flags: None,
        integer: None,
        number: None,
        time: None,
        time_quality: None,
        relative_time: None,
        status: None,
        octets: None,
    }
}

fn object<'a>(
    walk: &mut Walk<'a>,
    head: &Head<'a>,
    group: u8,
    layout: Layout,
    one: &One<'a>,
    out: &mut Output<'_>,
) {
    let body = one.body;
    let mut row = point(one.object, one.index);
    if layout.octets().is_some_and(|octets| body.len() < octets) {
        let reason = "object is shorter than its variation needs";
        let anomaly = walk.fragment.anomaly(AnomalyKind::MALFORMED, reason, one.at);
        out.anomaly(anomaly.numbers(layout.octets().unwrap_or_default() as u64, body.len() as u64));
    }
    match layout {
        Layout::Control => return control(walk, one, out),
        Layout::Attribute => return extras::attribute(walk, one, out),
        Layout::Fixed(shape) => return reading(walk, one.object, one.index, shape.read(body), body, out),
        Layout::Packed(_) => row.integer = body.first().map(|bits| i64::from(bits & 1)),
        Layout::Time | Layout::Interval(_) => {
            row.time = walk.instant(time48(body), one.at, out);
            row.integer =
                body.get(6..).filter(|rest| rest.len() >= 4).map(|interval| number(interval).into());
            row.octets = body.get(10..).filter(|units| !units.is_empty());
            if group == 51 {
                let quality = TimeQuality(head.variation());
                walk.occurrence = told_time48(body).map(|milliseconds| Occurrence { milliseconds, quality });
            }
        }
        Layout::Octets(_) => row.octets = Some(body),
        Layout::Decimals(_) => {
            row.integer = decimals(body);
            row.octets = Some(body).filter(|_| row.integer.is_none());
        }
        Layout::Statistic(_) => {
            row.flags = body.first().copied();
            row.octets = body.get(1..3);
            row.integer = body.get(3..7).map(|count| number(count).into());
            row.time = walk.instant(body.get(7..).and_then(told_time48), one.at + 7, out);
        }
        Layout::Sized(_) | Layout::Private => {
            if extras::sized(walk, group, one, out) {
                return;
            }
            row.octets = Some(body);
        }
        Layout::Empty | Layout::Unknown => row.octets = Some(body).filter(|body| !body.is_empty()),
    }
    if walk.wants {
        out.row(&row);
    }
    if walk.wants_points {
        common::point(walk, &row, out);
    }
}

/// Binary-coded decimals, the lowest digits first; null if a digit is none, or the number is beyond 64 bits.
fn decimals(octets: &[u8]) -> Option<i64> {
    octets.iter().rev().try_fold(0i64, |sum, octet| {
        let (tens, ones) = (octet >> 4, octet & 15);
        let digits = (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))?;
        sum.checked_mul(100)?.checked_add(digits)
    })
}

impl Walk<'_> {
    /// Whether anybody wants rows of `dnp3_points`.
    pub(super) const fn wants(&self) -> bool {
        self.wants
    }

    /// Milliseconds since 1970 as a moment; null, and said, if it lies beyond what can be told.
    pub(super) fn instant(
        &self,
        milliseconds: Option<u64>,
        at: usize,
        out: &mut Output<'_>,
    ) -> Option<Instant> {
        let milliseconds = milliseconds?;
        let instant = instant(milliseconds);
        if instant.is_none() {
            let anomaly = self.fragment.anomaly(AnomalyKind::TIME, "time lies beyond the year 2262", at);
            out.anomaly(anomaly.found(milliseconds));
        }
        instant
    }
}

fn packed(walk: &mut Walk<'_>, head: &Head<'_>, bytes: &[u8], count: usize, bits: u8, out: &mut Output<'_>) {
    let mask = (1u8 << bits.min(7)) - 1;
    let (index, each) = (head.index_octets(), usize::from(bits.max(1)));
    let values = || {
        (0..count).map_while(|place| {
            let (number_of, octet, shift) = match index {
                0 => (head.index(place), place * each / 8, place * each % 8),
                _ => {
                    let at = place * (index + 1);
                    (bytes.get(at..at + index).map(number), at + index, 0)
                }
            };
            bytes.get(octet).map(|octet| (number_of, octet >> shift & mask))
        })
    };
    let row = |(number_of, value): (Option<u32>, u8)| {
        let mut row = point(head.object, number_of);
        row.integer = Some(value.into());
        row
    };
    if head.group() == 80 && walk.fragment.function == FunctionCode::WRITE {
        values().for_each(|(number_of, value)| walk.cleared(number_of, value));
    }
    if walk.wants {
        out.series(values().map(row));
    }
    if head.object == Object::BINARY_OUTPUT_COMMAND_PCM {
        common::masked(walk, head, bytes, values(), out);
    } else if walk.wants_points {
        common::points(walk, values().map(row), out);
    }
}

fn fixed(walk: &mut Walk<'_>, head: &Head<'_>, shape: Shape, bytes: &[u8], out: &mut Output<'_>) {
    let index = head.index_octets();
    let stride = index + shape.octets();
    if commands(head.object) || is_command_event(head.group()) {
        for (place, octets) in bytes.chunks_exact(stride).enumerate() {
            let Some((prefix, body)) = octets.split_at_checked(index) else { return };
            let number_of = if index == 0 { head.index(place) } else { Some(number(prefix)) };
            reading(walk, head.object, number_of, shape.read(body), body, out);
        }
        return;
    }
    if !walk.wants && !walk.wants_points {
        return;
    }
    // Most values are of few shapes: with those known beforehand reading one is a handful of instructions.
    macro_rules! of {
        ($($lead:ident $number:ident $trail:ident),* $(,)?) => {
            match (shape.lead, shape.number, shape.trail) {
                $((Lead::$lead, Number::$number, Trail::$trail) => {
                    const SHAPE: Shape = Shape { lead: Lead::$lead, number: Number::$number, trail: Trail::$trail };
                    run(walk, head, stride, bytes, out, |octets| SHAPE.read(octets));
                })*
                _ => run(walk, head, stride, bytes, out, |octets| shape.read(octets)),
            }
        };
    }
    of! {
        Flags State None, Flags State Time, Flags State Relative, Flags DoubleState None, Flags U32 None, Flags U16 None,
        None U32 None, None U16 None, Flags U32 Time, Flags U16 Time, Flags I32 None, Flags I16 None, None I32 None,
        None I16 None, Flags F32 None, Flags F64 None, Flags I32 Time, Flags I16 Time, Flags F32 Time, Flags F64 Time,
    }
}

/// The objects of one header, all of one shape.
#[inline(always)]
fn run(
    walk: &mut Walk<'_>,
    head: &Head<'_>,
    stride: usize,
    bytes: &[u8],
    out: &mut Output<'_>,
    read: impl Fn(&[u8]) -> Reading,
) {
    let (index, first) = (head.index_octets(), head.start.unwrap_or_default());
    let rows = || {
        let mut next = first;
        bytes.chunks_exact(stride.max(1)).map_while(move |octets| {
            let (prefix, body) = octets.split_at_checked(index)?;
            let number_of = if index == 0 { next } else { number(prefix) };
            next = next.wrapping_add(1);
            Some((number_of, body))
        })
    };
    let occurrence = walk.occurrence;
    let row = |(number_of, body): (u32, &[u8])| {
        let mut row = point(head.object, Some(number_of));
        let reading = read(body);
        (row.flags, row.integer, row.number, row.status) =
            (reading.flags, reading.integer, reading.number, reading.status);
        let (time, relative, quality) = times(&reading, occurrence);
        row.time = time.and_then(instant);
        (row.relative_time, row.time_quality) = (relative, quality);
        row
    };
    if walk.wants {
        out.series(rows().map(row));
    }
    if walk.wants_points {
        common::points(walk, rows().map(row), out);
    }
    for (_, body) in rows() {
        let (time, ..) = times(&read(body), occurrence);
        // Says what lies beyond what can be told.
        if time.is_some_and(|time| instant(time).is_none()) {
            walk.instant(time, walk.fragment.octets.len(), out);
        }
    }
}

/// Milliseconds since 1970 as a moment; null if it lies beyond what can be told.
fn instant(milliseconds: u64) -> Option<Instant> {
    i64::try_from(milliseconds).ok()?.checked_mul(1_000_000).map(Instant)
}

/// The time of an object, in milliseconds since 1970; as sent and how sure, where it counts from the common time of
/// occurrence.
#[inline(always)]
fn times(
    reading: &Reading,
    occurrence: Option<Occurrence>,
) -> (Option<u64>, Option<Duration>, Option<TimeQuality>) {
    let Some(milliseconds) = reading.relative else { return (reading.time, None, None) };
    let relative = Duration(i64::from(milliseconds) * 1_000_000);
    let time = occurrence.map(|from| from.milliseconds.saturating_add(milliseconds.into()));
    (time, Some(relative), occurrence.map(|from| from.quality))
}

fn reading(
    walk: &mut Walk<'_>,
    object: Object,
    index: Option<u32>,
    reading: Reading,
    body: &[u8],
    out: &mut Output<'_>,
) {
    let mut row = point(object, index);
    (row.flags, row.integer, row.number, row.status) =
        (reading.flags, reading.integer, reading.number, reading.status);
    let (time, relative, quality) = times(&reading, walk.occurrence);
    row.time = walk.instant(time, walk.fragment.octets.len(), out);
    (row.relative_time, row.time_quality) = (relative, quality);
    if walk.wants {
        out.row(&row);
    }
    if commands(object) {
        let digest = common::digest(object, index, body.split_last().map_or(body, |(_, rest)| rest));
        common::commanded(walk, &row, digest, out);
    } else if walk.wants_points {
        common::point(walk, &row, out);
    }
}

/// Control relay output block and pattern control block (A.8.1, A.8.2).
fn control(walk: &mut Walk<'_>, one: &One<'_>, out: &mut Output<'_>) {
    let mut row = point(one.object, one.index);
    if let Some([code, count, times @ .., status]) = one.body.first_chunk::<11>() {
        let (on, off) = times.split_at(4);
        let status = super::codes::CommandStatus(status & 0x7f);
        (row.integer, row.status) = (Some((*code).into()), Some(status));
        let controls = Dnp3Controls {
            object: one.object,
            index: one.index,
            control_code: *code,
            operation_type: OperationType(code & 0x0f),
            queue: code & 0x10 != 0,
            clear: code & 0x20 != 0,
            trip_close: TripCloseCode(code >> 6),
            count: *count,
            on_time: number(on),
            off_time: number(off),
            status,
        };
        out.row(&controls);
    }
    if walk.wants {
        out.row(&row);
    }
    let digest = common::digest(one.object, one.index, one.body.get(..10).unwrap_or(one.body));
    if one.object == Object::BINARY_OUTPUT_COMMAND_PCB {
        common::unmasked(walk, out);
        walk.pattern = Some(Pattern { row, digest });
    } else {
        common::commanded(walk, &row, digest, out);
    }
}

impl Walk<'_> {
    /// Notes which indication a write clears.
    fn cleared(&mut self, index: Option<u32>, value: u8) {
        let name =
            index.and_then(|index| u8::try_from(index).ok()).and_then(|index| Indication(index).name());
        if let (0, Some(name)) = (value, name) {
            self.file = Some(name.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decimals;

    /// IEEE 1815, g101: two digits an octet, the lowest octet first.
    #[test]
    fn decimals_are_read_as_far_as_they_fit() {
        assert_eq!(decimals(&[0x34, 0x12]), Some(1234));
        assert_eq!(decimals(&[0x99; 8]), Some(9_999_999_999_999_999));
        assert_eq!(decimals(&[0x3a, 0x12]), None);
        assert_eq!(decimals(&[0x99; 20]), None);
    }
}
