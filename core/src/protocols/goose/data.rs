//! The values of a message: `Data` of MMS.
use super::records::GooseData;
use crate::{
    common::{Anomaly, AnomalyKind, PointValue, PointWay, Whose},
    description::{Description, PartName, Parts},
    output::{Point, Scratch, TellPoints},
    protocol::{Output, Pdu},
    record::{Columns, Record, Row, Series, Symbol, Table, Text, Verdict, weight},
    wire::{
        ber::{self, BitString, Element, Elements, ObjectIdentifier},
        mms::{self, Data, DataType, Met, Path, UtcTime, with_data},
    },
};

/// Values of one message that are read: more than a frame can hold without nesting.
const MOST: u32 = 16_384;
/// Bits of a quality (IEC 61850-8-1 clause 8.1.3.5).
const QUALITY_BITS: usize = 13;

/// Does something with the row of a value. It is written out for each type, so that the compiler knows which columns are empty.
macro_rules! with_row {
    ($of:expr, $value:expr, |$row:ident| $then:expr) => {{
        let of = $of;
        match $value {
            Data::Array(_) | Data::Structure(_) => {
                let $row = of;
                $then
            }
            Data::Boolean(value) => {
                let $row = GooseData { boolean: Some(value), ..of };
                $then
            }
            Data::BitString(bits) | Data::BooleanArray(bits) => {
                let $row = GooseData {
                    octets: Some(bits.octets),
                    bit_count: u32::try_from(bits.len()).ok(),
                    quality: quality(&bits),
                    ..of
                };
                $then
            }
            Data::Integer(value) => {
                let $row = GooseData { integer: Some(value), ..of };
                $then
            }
            Data::LargeInteger(value) => {
                let $row = GooseData { unsigned: Some(value), ..of };
                $then
            }
            Data::Unsigned(value) | Data::Bcd(value) => {
                let integer = i64::try_from(value).ok();
                let $row = GooseData { integer, unsigned: integer.is_none().then_some(value), ..of };
                $then
            }
            Data::Single(value) => {
                let $row = GooseData { number: Some(value.into()), ..of };
                $then
            }
            Data::Double(value) => {
                let $row = GooseData { number: Some(value), ..of };
                $then
            }
            Data::OctetString(octets) | Data::ObjectIdentifier(ObjectIdentifier(octets)) => {
                let $row = GooseData { octets: Some(octets), ..of };
                $then
            }
            Data::VisibleString(text) | Data::GeneralizedTime(text) | Data::MmsString(text) => {
                let $row = GooseData { text: Some(text), ..of };
                $then
            }
            Data::BinaryTime(time) => {
                let integer = Some(time.milliseconds.into());
                let $row = GooseData { clock: time.wall_clock(), integer, ..of };
                $then
            }
            Data::UtcTime(UtcTime { instant, quality }) => {
                let $row = GooseData { time: Some(instant), time_quality: Some(quality), ..of };
                $then
            }
        }
    }};
}

/// Members that are there.
pub(super) fn count(values: Elements<'_>) -> u32 {
    u32::try_from(values.count()).unwrap_or(u32::MAX)
}

/// Logical device and item of a member of a data set, from how MMS lists variables:
/// `SEQUENCE { name { domainSpecific { domain, item } } }`.
fn name_of(member: Element<'_>) -> Option<Elements<'_>> {
    Some(member.elements().next()?.elements().next()?.elements())
}

/// Appends the name of a member of a data set, from how MMS lists variables.
fn push_name(member: Option<Element<'_>>, scratch: &mut Scratch) -> bool {
    let name = member.and_then(name_of);
    for (part, place) in name.into_iter().flatten().zip(0..2) {
        if place > 0 {
            scratch.push(b"/");
        }
        scratch.push(part.contents);
    }
    name.is_some()
}

/// Hands out all values, and says them as points. Those of a data set that was described have its names.
pub(super) fn values(
    publisher: Option<Text<'_>>,
    data_set: Option<Text<'_>>,
    mut values: Elements<'_>,
    pdu: Pdu<'_>,
    out: &mut Output<'_>,
) {
    let message = pdu.bytes;
    let (rows, points) = (out.wants::<GooseData<'_>>(), out.wants_points());
    let described = out.description();
    let mut members =
        described.as_deref().zip(data_set).and_then(|(described, set)| described.members(set.0));
    let scratch = out.take_scratch();
    let mut plain_values = Plain { rest: values.rest(), entry: 0 };
    if members.is_none() {
        // Most members are plain values.
        let points = PlainPoints { publisher, values: plain_values.rest };
        if rows {
            out.rows(&mut plain_values);
        } else {
            while plain_values.next().is_some() {}
        }
        out.told_points(Whose::Sender, &points);
        values = Elements::new(plain_values.rest);
    }
    let (mut path, entries) = (Path::default(), plain_values.entry..);
    let mut most = MOST - plain_values.entry;
    let place = u64::from(MOST - most);
    let mut said = Said { publisher, rows, points, place, full: false, scratch, named: 0, parts: None, out };
    for (element, entry) in values.by_ref().zip(entries) {
        if let Some(members) = &mut members {
            said.name(described.as_deref(), members.next());
        }
        if most == 0 {
            said.too_many();
            break;
        }
        if let Some(value) = plain(element) {
            most -= 1;
            said.value(entry, Text(&[]), value);
            continue;
        }
        mms::each(element, &mut path, &mut most, &mut |path, met| match met {
            Met::Value(value) => said.value(entry, path.text(), value),
            Met::Bad(element, reason) => said.bad(entry, path.text(), element, reason, message),
            Met::Fault(_) if pdu.cut => {}
            Met::Fault(fault) => said.out.anomaly(super::fault(message, fault)),
            Met::TooMany => said.too_many(),
        });
    }
    let scratch = said.scratch;
    out.give_back(scratch);
    if let Some(fault) = values.fault().filter(|_| !pdu.cut) {
        out.anomaly(super::fault(message, fault));
    }
}

/// The value of a member that is no structure and no array, if it is sound.
#[inline(always)]
fn plain(element: Element<'_>) -> Option<Data<'_>> {
    if element.is_constructed() { None } else { Data::read(element).ok() }
}

/// Says the values of one message.
struct Said<'a, 'o, 's> {
    publisher: Option<Text<'a>>,
    rows: bool,
    points: bool,
    /// Values said so far that are none of several.
    place: u64,
    /// It was said that there are too many.
    full: bool,
    /// The name of the member whose values come, in so many octets; 0 where the data set was not described.
    scratch: Scratch,
    named: usize,
    /// What that member is made of, by the description.
    parts: Option<&'a Parts>,
    out: &'o mut Output<'s>,
}

impl<'a> Said<'a, '_, '_> {
    /// The values that come are of this member.
    fn name(&mut self, description: Option<&'a Description>, member: Option<Element<'_>>) {
        self.parts = description.zip(member.and_then(name_of)).and_then(|(description, mut name)| {
            description.parts(name.next()?.contents, name.next()?.contents)
        });
        self.scratch.truncate(0);
        self.named = if push_name(member, &mut self.scratch) { self.scratch.len() } else { 0 };
    }

    #[inline(always)]
    fn value(&mut self, entry: u32, path: Text<'_>, value: Data<'_>) {
        let attribute = self.parts.and_then(|parts| parts.name(path));
        let attribute = attribute.as_ref().map(PartName::text);
        if self.rows {
            let name = self.scratch.text().0.get(..self.named).filter(|name| !name.is_empty()).map(Text);
            let of = GooseData { name, attribute, ..without_value(entry, path, value.data_type()) };
            let row = with_row!(of, value, |row| row);
            self.out.row(&row);
        }
        if self.points {
            self.point(attribute.unwrap_or(path), value);
        }
        self.place += u64::from(!matches!(value, Data::Array(_) | Data::Structure(_)));
    }

    #[inline(never)]
    fn point(&mut self, part: Text<'_>, value: Data<'_>) {
        let Some(mut point) = point(value) else { return };
        (point.name, point.address) = (self.publisher, Some(self.place));
        if self.named > 0 {
            self.scratch.truncate(self.named);
            if !part.0.is_empty() {
                self.scratch.push(b" ");
                self.scratch.push(part.0);
            }
            (point.name, point.address) = (Some(self.scratch.text()), None);
        }
        self.out.point(Whose::Sender, &point);
    }

    #[cold]
    fn too_many(&mut self) {
        if !core::mem::replace(&mut self.full, true) {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "too many values");
            self.out.anomaly(anomaly.numbers(MOST.into(), self.place));
        }
    }

    #[cold]
    fn bad(
        &mut self,
        entry: u32,
        path: Text<'_>,
        element: Element<'_>,
        reason: &'static str,
        message: &[u8],
    ) {
        let offset = ber::offset(message, element.contents).unwrap_or_default();
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, reason).at(offset);
        self.out.anomaly(anomaly.length(element.contents.len() as u64).found(element.identifier.into()));
        if self.rows {
            let attribute = self.parts.and_then(|parts| parts.name(path));
            let attribute = attribute.as_ref().map(PartName::text);
            let name = self.scratch.text().0.get(..self.named).filter(|name| !name.is_empty()).map(Text);
            // The type that the tag claims.
            let claimed = element.context().and_then(|tag| u8::try_from(tag).ok()).unwrap_or_default();
            let of = without_value(entry, path, DataType(claimed));
            self.out.row(&GooseData { name, attribute, octets: Some(element.contents), ..of });
        }
        self.place += 1;
    }
}

/// The row of a value of this type, without the value.
#[inline(always)]
fn without_value(entry: u32, path: Text<'_>, data_type: DataType) -> GooseData<'_> {
    GooseData {
        entry,
        name: None,
        path,
        attribute: None,
        data_type,
        boolean: None,
        integer: None,
        unsigned: None,
        number: None,
        text: None,
        octets: None,
        bit_count: None,
        quality: None,
        time: None,
        time_quality: None,
        clock: None,
    }
}

/// Members that are plain values, and not long ones, up to the first that is none.
struct Plain<'a> {
    /// What was not read yet.
    rest: &'a [u8],
    entry: u32,
}

/// Does something with each value that is left of plain members, its place and its type known: `break` ends it.
macro_rules! each_plain {
    ($plain:expr, |$entry:ident, $value:ident| $then:expr) => {{
        let plain: &mut Plain<'_> = $plain;
        // Kept at hand, not in memory, from one value to the next.
        let (mut rest, mut next) = (plain.rest, plain.entry);
        while let Some((element, behind)) = ber::short(rest).filter(|_| next < MOST) {
            with_data!(
                element,
                |$value| {
                    if matches!($value, Data::Array(_) | Data::Structure(_)) {
                        break;
                    }
                    let $entry = next;
                    (rest, next) = (behind, next + 1);
                    $then
                },
                |_reason| break
            )
        }
        (plain.rest, plain.entry) = (rest, next);
    }};
}

impl<'a> Plain<'a> {
    fn next(&mut self) -> Option<(u32, Data<'a>)> {
        let mut found = None;
        each_plain!(self, |entry, value| {
            found = Some((entry, value));
            break;
        });
        found
    }
}

impl Series for Plain<'_> {
    fn table(&self) -> &'static Table {
        GooseData::schema()
    }
    fn each(&mut self, take: &mut dyn FnMut(&dyn Row) -> Verdict) -> Verdict {
        let mut verdict = Verdict::GoOn;
        while verdict != Verdict::Stop
            && let Some((entry, value)) = self.next()
        {
            let of = without_value(entry, Text(&[]), value.data_type());
            let row = with_row!(of, value, |row| row);
            verdict = verdict.max(take(&row));
        }
        verdict
    }
    fn push(&mut self, columns: &mut Columns, most: usize) -> usize {
        let before = columns.rows;
        while columns.rows - before < most
            && let Some((entry, value)) = self.next()
        {
            let of = without_value(entry, Text(&[]), value.data_type());
            let row = with_row!(of, value, |row| row);
            row.push(columns);
        }
        columns.rows - before
    }
    fn weigh(&mut self, envelope: u64) -> (u64, u64) {
        let (mut rows, mut sum) = (0, 0u64);
        each_plain!(self, |entry, value| {
            let of = without_value(entry, Text(&[]), value.data_type());
            let weight = with_row!(of, value, |row| weight(envelope, row.digest()));
            (rows, sum) = (rows + 1, sum.wrapping_add(weight));
        });
        (rows, sum)
    }
}

/// The same as points.
struct PlainPoints<'a> {
    publisher: Option<Text<'a>>,
    values: &'a [u8],
}

impl TellPoints for PlainPoints<'_> {
    fn tell(&self, mut say: impl FnMut(&Point<'_>)) {
        let mut values = Plain { rest: self.values, entry: 0 };
        each_plain!(&mut values, |entry, value| {
            if let Some(mut point) = point(value) {
                (point.name, point.address) = (self.publisher, Some(entry.into()));
                say(&point);
            }
        });
    }
}

fn quality(bits: &BitString<'_>) -> Option<u16> {
    // Thirteen bits fit.
    (bits.len() == QUALITY_BITS).then(|| bits.flags() as u16)
}

/// A value as a point; arrays, structures and times are none of their own.
#[inline]
fn point(value: Data<'_>) -> Option<Point<'_>> {
    let (value, quality) = match value {
        Data::Boolean(value) => (PointValue::Truth(value), None),
        Data::Integer(value) => (PointValue::Integer(value), None),
        Data::LargeInteger(value) => (PointValue::Number(value as f64), None),
        Data::Unsigned(value) | Data::Bcd(value) => match i64::try_from(value) {
            Ok(value) => (PointValue::Integer(value), None),
            Err(_) => (PointValue::Number(value as f64), None),
        },
        Data::Single(value) => (PointValue::Number(value.into()), None),
        Data::Double(value) => (PointValue::Number(value), None),
        Data::BitString(bits) | Data::BooleanArray(bits) => (PointValue::Bits(bits.octets), quality(&bits)),
        Data::OctetString(octets) => (PointValue::Bits(octets), None),
        Data::VisibleString(text) | Data::MmsString(text) | Data::GeneralizedTime(text) => {
            (PointValue::Text(text), None)
        }
        Data::Array(_)
        | Data::Structure(_)
        | Data::UtcTime(_)
        | Data::BinaryTime(_)
        | Data::ObjectIdentifier(_) => {
            return None;
        }
    };
    let mut point = Point::new(Symbol("goose"), PointWay::REPORTED, value);
    if let Some(quality) = quality {
        point.quality = Some(quality.into());
        point.good = Some(quality & 3 == 0);
    }
    Some(point)
}
