//! Values of variables: read, written, reported.
use super::{
    Message, MmsData, blocks,
    codes::DataAccessError,
    control, iec61850,
    names::{Copied, Form, Name, Variable, Variables, selects_several, text, variable},
    plates,
    state::{State, list_key},
    tase2,
};
use crate::{
    common::{Anomaly, AnomalyKind, Operation, PointValue, PointWay, Whose},
    description::{Description, PartName, Parts},
    output::{Output, Point, Scratch},
    record::{Duration, Symbol, Text},
    wire::{
        ber::{self, BitString, Element, Elements},
        mms::{self, Data, Met, Path, UtcTime},
    },
};
use core::fmt::Write;

/// Values of one message that are read; further ones are said to be too many.
pub(super) const VALUES: u32 = 65_536;
/// Bits of a quality (IEC 61850-8-1, clause 8.2).
const QUALITY_BITS: usize = 13;

/// How the values of a message came to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) way: PointWay,
    pub(super) whose: Whose,
}

/// Everything about a variable but its value.
#[derive(Clone, Copy)]
struct About<'a> {
    index: u32,
    name: Option<Text<'a>>,
    reference: Option<Text<'a>>,
    object: Option<Name<'a>>,
    reason: Option<u8>,
    /// What it is made of, by a description.
    parts: Option<&'a Parts>,
    /// What it is as a point was said already.
    said: bool,
}

/// What this object is made of, by the description.
fn parts<'a>(description: Option<&'a Description>, object: Option<Name<'_>>) -> Option<&'a Parts> {
    let (description, object) = description.zip(object)?;
    description.parts(object.domain?, object.item)
}

/// Results of a read or a report, or data of a write, each with the variable in its place.
pub(super) fn say(
    state: &mut State,
    message: &Message<'_>,
    variables: &Variables<'_>,
    results: Elements<'_>,
    seen: Seen,
    out: &mut Output<'_>,
) {
    let (mut path, mut most) = (Path::default(), VALUES);
    let mut scratch = out.take_scratch();
    // Taken out and put back, since what is told of blocks is remembered meanwhile.
    let key = match variables {
        Variables::List(list) => list_key(*list),
        _ => None,
    };
    let list = key.and_then(|key| state.lists.lend(key));
    let description = out.description();
    let described = description
        .as_deref()
        .filter(|_| list.is_none() && key.is_some())
        .zip(variables.first())
        .and_then(|(described, list)| described.members(list.copied().text().0));
    let mut names = match (variables, &list) {
        (Variables::Each(each), _) => Some(*each),
        (_, Some(octets)) => Some(Elements::new(octets)),
        _ => described,
    };
    let (mut results, every) = (results, seen);
    for (element, index) in results.by_ref().zip(0u32..) {
        scratch.truncate(0);
        let mut seen = every;
        let named = names.as_mut().and_then(Elements::next).map(variable);
        let object = named.and_then(|variable| variable.name);
        let access = named.and_then(|variable| variable.alternate_access);
        if let (PointWay::WRITTEN, Some(name)) = (seen.way, &object)
            && control::written(&state.tase2, name, access, Some(element)) == Some(Operation::CONTROL)
        {
            seen.way = PointWay::COMMANDED;
        }
        let name = named.and_then(|variable| variable.push(&mut scratch));
        let reference = object.and_then(|name| iec61850::push_reference(&name, access, &mut scratch));
        let mut about = About {
            index,
            name: text(&scratch, name),
            reference: text(&scratch, reference),
            object,
            reason: None,
            // The description tells the parts of the whole.
            parts: parts(description.as_deref(), object.filter(|_| access.is_none())),
            // Places in a choice of parts are not those in the whole.
            said: access.is_some_and(selects_several),
        };
        if state.tase2.is_recognised() && about.reference.is_none() && element.identifier != 0x80 {
            values_of_tase2(state, &mut about, access, element, seen, out);
        }
        if about.reference.is_some()
            && let Some(told) = object.and_then(|name| blocks::say(&name, seen.way, element, out))
        {
            about.said = true;
            if let Some(anomaly) = told.and_then(|told| told.remember(state)) {
                out.anomaly(anomaly);
            }
        }
        value(message, &about, element, seen, &mut path, &mut most, out);
        if let (PointWay::READ, Some(object)) = (seen.way, object) {
            plates::say(&state.plates, &object, about.parts, element, out);
        }
        if most == 0 {
            break;
        }
    }
    say_if_more(most, &mut results, out);
    message.fault(results.fault(), out);
    out.give_back(scratch);
    if let (Some(key), Some(list)) = (key, list) {
        state.lists.take_back(key, list);
    }
}

/// Says what a value is in TASE.2.
fn values_of_tase2(
    state: &State,
    about: &mut About<'_>,
    access: Option<Element<'_>>,
    element: Element<'_>,
    seen: Seen,
    out: &mut Output<'_>,
) {
    let told = tase2::About {
        index: about.index,
        name: about.object,
        text: about.name,
        access,
        way: seen.way,
        whose: seen.whose,
    };
    about.said |= tase2::value(&state.tase2, &told, element, out);
}

/// What the head of a report says of its values.
pub(super) struct Reported<'a> {
    /// The members of its data set, if those are known.
    pub(super) members: Option<Elements<'a>>,
    pub(super) inclusion: BitString<'a>,
    pub(super) included: usize,
    pub(super) references: bool,
    pub(super) reasons: bool,
}

/// The references, values and reasons of a report, tied to members by the inclusion bits.
pub(super) fn report(
    message: &Message<'_>,
    reported: &Reported<'_>,
    rest: Elements<'_>,
    out: &mut Output<'_>,
) {
    let mut references = rest;
    let mut values = rest;
    if reported.references {
        values.by_ref().take(reported.included).for_each(drop);
    }
    let mut reasons = values;
    reasons.by_ref().take(reported.included).for_each(drop);
    let mut members = reported.members;
    let description = out.description();
    let (mut path, mut most) = (Path::default(), VALUES);
    let seen = Seen { way: PointWay::REPORTED, whose: Whose::Sender };
    let mut scratch = out.take_scratch();
    let mut given = 0usize;
    for (included, index) in reported.inclusion.iter().zip(0u32..) {
        let member = members.as_mut().and_then(Elements::next).map(variable);
        if !included {
            continue;
        }
        let Some(element) = values.next() else { break };
        given += 1;
        scratch.truncate(0);
        let reference = match reported.references.then(|| references.next().map(Data::read)).flatten() {
            Some(Ok(Data::VisibleString(Text(reference)))) => Some(reference),
            _ => None,
        };
        let object = match reference.and_then(|name| Some((memchr::memchr(b'/', name)?, name))) {
            Some((slash, name)) => Some(Name {
                domain: name.get(..slash),
                item: name.get(slash + 1..).unwrap_or_default(),
                form: Form::Name,
            }),
            None => member.and_then(|member| member.name),
        };
        // A reference that names the whole variable leaves the part to the member.
        let access = member.filter(|member| member.name == object).and_then(|member| member.alternate_access);
        let named = Variable { name: object, alternate_access: access };
        let name = named.push(&mut scratch);
        let reference = object.and_then(|name| iec61850::push_reference(&name, access, &mut scratch));
        let reason = match reported.reasons.then(|| reasons.next().map(Data::read)).flatten() {
            Some(Ok(Data::BitString(bits))) => u8::try_from(bits.flags()).ok(),
            _ => None,
        };
        let about = About {
            index,
            name: text(&scratch, name),
            reference: text(&scratch, reference),
            object,
            reason,
            parts: parts(description.as_deref(), object.filter(|_| access.is_none())),
            said: access.is_some_and(selects_several),
        };
        value(message, &about, element, seen, &mut path, &mut most, out);
        if most == 0 {
            break;
        }
    }
    say_if_more(most, &mut values, out);
    out.give_back(scratch);
    message.fault(values.fault().or(references.fault()), out);
    if given < reported.included {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "report holds fewer values than it includes");
        out.anomaly(anomaly.numbers(reported.included as u64, given as u64));
    }
}

/// A short text in the making.
struct Short {
    octets: [u8; 128],
    len: usize,
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for octet in text.bytes() {
            *self.octets.get_mut(self.len).ok_or(core::fmt::Error)? = octet;
            self.len += 1;
        }
        Ok(())
    }
}

/// One value of a list where each has a name of its own: a variable of a journal.
pub(super) fn tagged(
    message: &Message<'_>,
    index: u32,
    tag: Text<'_>,
    element: Element<'_>,
    most: &mut u32,
    out: &mut Output<'_>,
) {
    let about = About {
        index,
        name: Some(tag),
        reference: None,
        object: None,
        reason: None,
        parts: None,
        said: true,
    };
    let seen = Seen { way: PointWay::READ, whose: Whose::Sender };
    value(message, &about, element, seen, &mut Path::default(), most, out);
}

/// Why a variable was not written.
pub(super) fn failure(
    index: u32,
    name: Option<Text<'_>>,
    reference: Option<Text<'_>>,
    result: Element<'_>,
    out: &mut Output<'_>,
) {
    let about = About { index, name, reference, object: None, reason: None, parts: None, said: false };
    let code = ber::unsigned(result.contents).and_then(|code| u8::try_from(code).ok());
    out.row(&MmsData { access_error: code.map(DataAccessError), ..empty(&about) });
}

/// The row of a variable without its value.
fn empty<'a>(about: &About<'a>) -> MmsData<'a> {
    MmsData {
        index: about.index,
        name: about.name,
        reference: about.reference,
        path: Text(&[]),
        attribute: None,
        data_type: None,
        boolean: None,
        integer: None,
        unsigned: None,
        number: None,
        text: None,
        octets: None,
        bits: None,
        time: None,
        time_quality: None,
        clock: None,
        time_of_day: None,
        access_error: None,
        reason: about.reason,
    }
}

pub(super) fn too_many(out: &mut Output<'_>) {
    let anomaly = Anomaly::new(AnomalyKind::LIMIT, "too many values in a message");
    out.anomaly(anomaly.numbers(VALUES.into(), u64::from(VALUES) + 1));
}

/// Says where there are more values than are read.
pub(super) fn say_if_more(most: u32, rest: &mut Elements<'_>, out: &mut Output<'_>) {
    if most == 0 && rest.next().is_some() {
        too_many(out);
    }
}

/// One value, or why there is none.
fn value(
    message: &Message<'_>,
    about: &About<'_>,
    element: Element<'_>,
    seen: Seen,
    path: &mut Path,
    most: &mut u32,
    out: &mut Output<'_>,
) {
    let empty = empty(about);
    // Failure, in a result.
    if element.identifier == 0x80 {
        let code = ber::unsigned(element.contents).and_then(|code| u8::try_from(code).ok());
        return out.row(&MmsData { access_error: code.map(DataAccessError), ..empty });
    }
    let wants = out.wants::<MmsData<'_>>();
    let point = (!about.said && out.wants_points()).then(|| Pointed::of(about, element, seen)).flatten();
    mms::each(element, path, most, &mut |path, met| {
        let data = match met {
            Met::Value(Data::Array(parts) | Data::Structure(parts)) if !parts.0.is_empty() => return,
            Met::Value(data) => data,
            Met::Bad(element, reason) => {
                let anomaly =
                    Anomaly::new(AnomalyKind::MALFORMED, reason).length(element.contents.len() as u64);
                let offset = ber::offset(message.whole, element.contents);
                out.anomaly(offset.map_or(anomaly, |offset| anomaly.at(offset)));
                let row = MmsData { path: path.text(), octets: Some(element.contents), ..empty };
                return out.row(&row);
            }
            Met::Fault(fault) => return message.fault(Some(fault), out),
            Met::TooMany => return too_many(out),
        };
        let attribute = about.parts.and_then(|parts| parts.name(path.text()));
        let attribute = attribute.as_ref().map(PartName::text);
        if wants {
            row(&empty, path, attribute, &data, out);
        }
        if let Some(pointed) = &point {
            pointed.say(about, attribute.unwrap_or(path.text()), path, &data, seen, out);
        }
    });
}

fn row(empty: &MmsData<'_>, path: &Path, attribute: Option<Text<'_>>, data: &Data<'_>, out: &mut Output<'_>) {
    let mut row = MmsData { path: path.text(), attribute, data_type: Some(data.data_type()), ..*empty };
    match *data {
        Data::Array(_) | Data::Structure(_) => {}
        Data::Boolean(value) => row.boolean = Some(value),
        Data::BitString(bits) | Data::BooleanArray(bits) => {
            (row.octets, row.bits) = (Some(bits.octets), u32::try_from(bits.len()).ok());
        }
        Data::Integer(value) => row.integer = Some(value),
        Data::Unsigned(value) | Data::Bcd(value) | Data::LargeInteger(value) => row.unsigned = Some(value),
        Data::Single(value) => row.number = Some(value.into()),
        Data::Double(value) => row.number = Some(value),
        Data::OctetString(octets) => row.octets = Some(octets),
        Data::VisibleString(text) | Data::GeneralizedTime(text) | Data::MmsString(text) => {
            row.text = Some(text)
        }
        Data::BinaryTime(time) => {
            row.clock = time.wall_clock();
            row.time_of_day = Some(Duration(i64::from(time.milliseconds) * 1_000_000));
        }
        Data::UtcTime(time) => (row.time, row.time_quality) = (Some(time.instant), Some(time.quality)),
        Data::ObjectIdentifier(identifier) => {
            let mut short = Short { octets: [0; 128], len: 0 };
            let fits = write!(short, "{identifier}").is_ok();
            row.text = short.octets.get(..short.len).map(Text);
            row.octets = Some(identifier.0).filter(|_| !fits);
            return out.row(&row);
        }
    }
    out.row(&row);
}

/// What a value is as a point: quality and time stand beside what they belong to.
struct Pointed {
    quality: Option<BitStringBits>,
    time: Option<UtcTime>,
    /// The only value in it, so that its name needs no path.
    alone: bool,
    /// A command: its value stands first, and the rest says who commands, when and how.
    command: bool,
    /// An array: each element is a point, named as if it were read by itself.
    array: bool,
}

#[derive(Clone, Copy)]
struct BitStringBits {
    flags: u32,
    good: bool,
}

/// Whether there is one value in this, however deep.
fn is_single(data: Option<Data<'_>>) -> bool {
    let mut inner = data;
    for _ in 0..=8 {
        let Some(Data::Structure(parts)) = inner else { break };
        let mut parts = parts.into_iter();
        let only = parts.next();
        if only.is_none() || parts.next().is_some() {
            return false;
        }
        inner = only.and_then(|part| Data::read(part).ok());
    }
    !matches!(inner, Some(Data::Array(_)))
}

impl Pointed {
    /// The name of the part at `path` of an array: that of the element, as one that is read by itself has it, and what is within
    /// that.
    fn of_element(&self, about: &About<'_>, path: &Path) -> Option<Copied> {
        let Text(path) = path.text();
        let end = path.iter().position(|octet| *octet == b'.').unwrap_or(path.len());
        let (place, rest) = path.split_at_checked(end)?;
        let (space, rest): (&[u8], _) = match rest {
            [b'.', rest @ ..] if !self.alone => (b" ", rest),
            _ => (b"", &[][..]),
        };
        // The place stands before the constraint: `LD/LN.DO(3)[FC]`.
        Some(match (about.reference, about.name) {
            (Some(Text(reference)), _) => {
                let (name, constraint) = reference.split_at_checked(reference.len().saturating_sub(4))?;
                Copied::of(&[name, b"(", place, b")", constraint, space, rest])
            }
            (None, Some(Text(name))) => Copied::of(&[name, b"[", place, b"]", space, rest]),
            (None, None) => return None,
        })
    }

    fn of(about: &About<'_>, element: Element<'_>, seen: Seen) -> Option<Self> {
        let name = about.object.filter(|name| name.item != b"LastApplError")?;
        let command = seen.way == PointWay::COMMANDED;
        if let Some(parts) = iec61850::split(name.item) {
            // Descriptions, configuration and control blocks are no process values.
            let process = match &parts.constraint {
                b"ST" | b"MX" | b"SV" | b"SP" | b"SG" | b"SE" | b"OR" | b"BL" => true,
                b"CO" => command,
                _ => false,
            };
            process.then_some(())?;
        }
        let mut pointed = Self { quality: None, time: None, alone: true, command, array: false };
        if command {
            return Some(pointed);
        }
        let parts = match Data::read(element) {
            Ok(Data::Structure(parts)) => parts,
            Ok(Data::Array(parts)) => {
                // Its elements are of one type.
                let first = parts.into_iter().next().and_then(|first| Data::read(first).ok());
                (pointed.array, pointed.alone) = (true, is_single(first));
                return Some(pointed);
            }
            _ => return Some(pointed),
        };
        let mut others = 0usize;
        let mut inner = None;
        for part in parts {
            match Data::read(part) {
                Ok(Data::BitString(bits)) if bits.len() == QUALITY_BITS => {
                    let flags = bits.flags() as u32;
                    pointed.quality = Some(BitStringBits { flags, good: flags & 3 == 0 });
                }
                Ok(Data::UtcTime(time)) => pointed.time = Some(time),
                Ok(data) => {
                    others += 1;
                    inner = Some(data);
                }
                Err(_) => {}
            }
        }
        pointed.alone = others == 1 && is_single(inner);
        Some(pointed)
    }

    /// `part` is what the part at `path` is called.
    fn say(
        &self,
        about: &About<'_>,
        part: Text<'_>,
        path: &Path,
        data: &Data<'_>,
        seen: Seen,
        out: &mut Output<'_>,
    ) {
        let cleared;
        let value = match *data {
            Data::Boolean(value) => PointValue::Truth(value),
            Data::BitString(bits) if bits.len() == QUALITY_BITS => return,
            Data::BitString(bits) | Data::BooleanArray(bits) => match bits.octets {
                // Unused bits may be anything (X.690, clause 8.6.2.4), and are no part of the value.
                [before @ .., last] if last.trailing_zeros() < bits.unused.into() => {
                    cleared = Copied::of(&[before, &[last >> bits.unused << bits.unused]]);
                    PointValue::Bits(if bits.octets.len() <= Copied::OCTETS {
                        cleared.text().0
                    } else {
                        bits.octets
                    })
                }
                octets => PointValue::Bits(octets),
            },
            Data::Integer(value) => PointValue::Integer(value),
            Data::Unsigned(value) | Data::Bcd(value) | Data::LargeInteger(value) => {
                match i64::try_from(value) {
                    Ok(value) => PointValue::Integer(value),
                    Err(_) => PointValue::Number(value as f64),
                }
            }
            Data::Single(value) => PointValue::Number(value.into()),
            Data::Double(value) => PointValue::Number(value),
            Data::OctetString(octets) => PointValue::Bits(octets),
            Data::VisibleString(text) | Data::MmsString(text) => PointValue::Text(text),
            _ => return,
        };
        let Some(Text(name)) = about.reference.or(about.name) else { return };
        if self.command && !matches!(path.text().0, [] | [b'0'] | [b'0', b'.', ..]) {
            return;
        }
        let composed = match self.array.then(|| self.of_element(about, path)).flatten() {
            Some(element) => element,
            None => Copied::of(&[name, b" ", part.0]),
        };
        let whole = path.text().0.is_empty() || (self.alone && !self.array);
        let name = if whole { Text(name) } else { composed.text() };
        let mut point = Point::new(Symbol("variable"), seen.way, value);
        point.name = Some(name);
        point.good = self.quality.map(|quality| quality.good);
        point.quality = self.quality.map(|quality| quality.flags);
        // A clock that was never set says 1970.
        point.device_time = self.time.map(|time| time.instant).filter(|time| time.0 != 0);
        out.point(seen.whose, &point);
    }
}

/// Text of several parts, in one.
pub(super) fn join(parts: Elements<'_>, scratch: &mut Scratch) -> (usize, usize) {
    let start = scratch.len();
    for (part, place) in parts.zip(0u32..) {
        if place > 0 {
            scratch.push(b"/");
        }
        scratch.push(part.contents);
    }
    (start, scratch.len())
}
