//! DNP3 as Suricata 8 logs it: an event is a fragment, with its object headers and their points.
//!
//! Suricata reads objects by a list of its own. Where the list or the octets end, it stops and says that the fragment is
//! not complete; so does this.
use super::{
    columns::{columns, number, octets, real, signed},
    json,
};
use fieldtap::{
    protocols::dnp3::{
        Dnp3, Dnp3Authentications, Dnp3Controls, Dnp3Files, Dnp3Link, Dnp3Objects, Dnp3Points,
    },
    record::Row,
};

columns! { Dnp3Link: CONTROL = "control", TRANSPORT_FIRST = "transport_first" }
columns! { Dnp3:
    SOURCE = "source", DESTINATION = "destination", FUNCTION = "function_code", SEQUENCE = "sequence", FIRST = "first",
    LAST = "last", CONFIRM = "confirm", UNSOLICITED = "unsolicited", IIN = "iin", LENGTH = "length",
}
columns! { Dnp3Objects<'_>:
    OBJECT = "object", QUALIFIER = "qualifier", START = "start", STOP = "stop", COUNT = "count",
    OBJECT_OCTETS = "length",
}
columns! { Dnp3Points<'_>:
    POINT_OBJECT = "object", INDEX = "index", FLAGS = "flags", INTEGER = "integer", NUMBER = "number", TIME = "time",
    RELATIVE_TIME = "relative_time", STATUS = "status", OCTETS = "octets",
}
columns! { Dnp3Controls:
    CONTROL_OBJECT = "object", CONTROL_INDEX = "index", CONTROL_CODE = "control_code", CONTROL_COUNT = "count",
    ON_TIME = "on_time", OFF_TIME = "off_time", CONTROL_STATUS = "status",
}
columns! { Dnp3Files<'_>:
    FILE_OBJECT = "object", FILE_NAME = "name", HANDLE = "handle", MODE = "mode", FILE_TYPE = "file_type",
    FILE_SIZE = "size", CREATED = "created", PERMISSIONS = "permissions", MAX_BLOCK_SIZE = "max_block_size",
    REQUEST_ID = "request_id", BLOCK = "block", LAST_BLOCK = "last_block", FILE_STATUS = "status", KEYED = "keyed",
    FILE_DATA = "data",
}
columns! { Dnp3Authentications<'_>:
    AUTHENTICATION_OBJECT = "object", SEQUENCE_NUMBER = "sequence_number", USER_NUMBER = "user_number",
    ASSOCIATION_ID = "association_id", MAC_ALGORITHM = "mac_algorithm", REASON = "reason",
    KEY_WRAP_ALGORITHM = "key_wrap_algorithm", KEY_STATUS = "key_status", ERROR = "error", ERROR_TIME = "time",
    TEXT = "text", CHALLENGE = "challenge", MAC = "mac",
}

/// Milliseconds are nanoseconds divided by this.
const MILLISECOND: i64 = 1_000_000;

/// What a row is to its fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Link,
    Fragment,
    Header,
    Point,
    Control,
    File,
    Authentication,
    /// Told in other rows too, or not by Suricata.
    Other,
}

// Object headers and links are kept as their numbers, fragments too, and points as JSON.

/// Keeps a row of a fragment.
pub(super) fn encode(part: Part, row: &dyn Row, out: &mut Vec<u8>) {
    match part {
        Part::Link => {
            let first = number(row, TRANSPORT_FIRST) == Some(1);
            out.extend_from_slice(&[number(row, CONTROL).unwrap_or_default() as u8, first.into()]);
        }
        Part::Fragment => Fragment::of(row).keep(out),
        Part::Header => Header::of(row).keep(out),
        Part::Point => point(row, out),
        Part::Control => control(row, out),
        Part::File => file(row, out),
        Part::Authentication => authentication(row, out),
        Part::Other => {}
    }
}

/// The control octet of a frame with user data that begins a fragment.
pub(super) fn begins(link: &[u8]) -> Option<u8> {
    match link {
        [control, 1] => Some(*control),
        _ => None,
    }
}

/// Whether a frame is from a master, by its control octet.
pub(super) const fn from_master(control: u8) -> bool {
    control & 0x80 != 0
}

/// The row of a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment {
    source: u16,
    destination: u16,
    function: Option<u8>,
    /// FIR, FIN, CON, UNS and the sequence number.
    control: u8,
    iin: Option<u16>,
    /// Octets of the fragment.
    length: u32,
}

impl Fragment {
    const OCTETS: usize = 14;

    fn of(row: &dyn Row) -> Self {
        let number = |column| number(row, column).unwrap_or_default();
        let bit = |column, shift: u8| (number(column) as u8) << shift;
        Self {
            source: number(SOURCE) as u16,
            destination: number(DESTINATION) as u16,
            function: super::columns::number(row, FUNCTION).map(|code| code as u8),
            control: bit(FIRST, 7)
                | bit(LAST, 6)
                | bit(CONFIRM, 5)
                | bit(UNSOLICITED, 4)
                | number(SEQUENCE) as u8 & 15,
            iin: super::columns::number(row, IIN).map(|iin| iin as u16),
            length: number(LENGTH) as u32,
        }
    }
    fn keep(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.source.to_be_bytes());
        out.extend_from_slice(&self.destination.to_be_bytes());
        out.extend_from_slice(&[
            self.function.is_some().into(),
            self.function.unwrap_or_default(),
            self.control,
        ]);
        out.push(self.iin.is_some().into());
        out.extend_from_slice(&self.iin.unwrap_or_default().to_be_bytes());
        out.extend_from_slice(&self.length.to_be_bytes());
    }
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let [s1, s2, d1, d2, has, function, control, told, i1, i2, length @ ..] =
            *octets.first_chunk::<{ Self::OCTETS }>()?;
        Some(Self {
            source: u16::from_be_bytes([s1, s2]),
            destination: u16::from_be_bytes([d1, d2]),
            function: (has == 1).then_some(function),
            control,
            iin: (told == 1).then_some(u16::from_be_bytes([i1, i2])),
            length: u32::from_be_bytes(length),
        })
    }

    /// Whether Suricata has an event for it: confirmations of masters it leaves aside.
    pub(super) fn is_told(&self, request: bool) -> bool {
        self.function.is_some_and(|function| !request || function != 0)
    }

    /// Writes the value of `dnp3`. `link` is the control octet of the frame that began it; `rows` are what else was said of
    /// the fragment, in order.
    pub(super) fn write<'a>(
        &self,
        request: bool,
        link: u8,
        rows: impl Iterator<Item = (Part, &'a [u8])>,
        out: &mut Vec<u8>,
    ) {
        let function = self.function.unwrap_or_default();
        let kind = match (request, function) {
            (true, _) => "request",
            (false, 130) => "unsolicited_response",
            (false, _) => "response",
        };
        out.push(b'{');
        json::word("type", kind, out);
        json::open("control", b'{', out);
        for (name, bit) in [("dir", 0x80), ("pri", 0x40), ("fcb", 0x20), ("fcv", 0x10)] {
            json::truth(name, link & bit != 0, out);
        }
        json::number("function_code", (link & 15).into(), out);
        out.push(b'}');
        json::number("src", self.source.into(), out);
        json::number("dst", self.destination.into(), out);
        json::open("application", b'{', out);
        json::open("control", b'{', out);
        for (name, bit) in [("fir", 0x80), ("fin", 0x40), ("con", 0x20), ("uns", 0x10)] {
            json::truth(name, self.control & bit != 0, out);
        }
        json::number("sequence", (self.control & 15).into(), out);
        out.push(b'}');
        json::number("function_code", function.into(), out);
        let header = if self.iin.is_some() { 4 } else { 2 };
        let complete = objects(rows, self.length.saturating_sub(header), out);
        json::truth("complete", complete, out);
        out.push(b'}');
        if !request {
            json::open("iin", b'{', out);
            if let Some(iin) = self.iin.filter(|iin| *iin != 0) {
                json::open("indicators", b'[', out);
                for (_, name) in INDICATIONS.iter().filter(|(bit, _)| iin & bit != 0) {
                    if out.last() != Some(&b'[') {
                        out.push(b',');
                    }
                    crate::jsonl::word(name, out);
                }
                out.push(b']');
            }
            out.push(b'}');
        }
        out.push(b'}');
    }
}

/// Internal indications, the first octet the upper one, in the order in which Suricata lists them.
const INDICATIONS: [(u16, &str); 16] = [
    (0x8000, "device_restart"),
    (0x4000, "device_trouble"),
    (0x2000, "local_control"),
    (0x1000, "need_time"),
    (0x0800, "class_3_events"),
    (0x0400, "class_2_events"),
    (0x0200, "class_1_events"),
    (0x0100, "all_stations"),
    (0x0080, "reserved_1"),
    (0x0040, "reserved_2"),
    (0x0020, "config_corrupt"),
    (0x0010, "already_executing"),
    (0x0008, "event_buffer_overflow"),
    (0x0004, "parameter_error"),
    (0x0002, "object_unknown"),
    (0x0001, "no_func_code_support"),
];

/// An object header.
#[derive(Clone, Copy, Debug)]
struct Header {
    group: u8,
    variation: u8,
    qualifier: u8,
    start: u32,
    stop: u32,
    count: u32,
    /// Octets of header and objects.
    length: u32,
    /// Whether its range could be read.
    whole: bool,
}

impl Header {
    fn of(row: &dyn Row) -> Self {
        let [group, variation] = (number(row, OBJECT).unwrap_or_default() as u16).to_be_bytes();
        let qualifier = number(row, QUALIFIER).unwrap_or_default() as u8;
        let of = |column| number(row, column).map(|number| number as u32);
        let (start, stop, count) = (of(START), of(STOP), of(COUNT));
        let range = start.zip(stop).map(|(start, stop)| stop.wrapping_sub(start).wrapping_add(1));
        let whole = match qualifier & 15 {
            0..=5 => range.is_some(),
            6 => true,
            7..=9 | 11 => count.is_some(),
            _ => false,
        };
        let (start, stop) = (start.unwrap_or_default(), stop.unwrap_or_default());
        let (count, length) = (range.or(count).unwrap_or_default(), of(OBJECT_OCTETS).unwrap_or_default());
        Self { group, variation, qualifier, start, stop, count, length, whole }
    }
    fn keep(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.group, self.variation, self.qualifier, self.whole.into()]);
        for number in [self.start, self.stop, self.count, self.length] {
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
    fn read(octets: &[u8]) -> Option<Self> {
        let ([group, variation, qualifier, whole], rest) = octets.split_first_chunk()?;
        let (numbers, _) = rest.as_chunks::<4>();
        let [start, stop, count, length] = *numbers.first_chunk()?;
        Some(Self {
            group: *group,
            variation: *variation,
            qualifier: *qualifier,
            start: u32::from_be_bytes(start),
            stop: u32::from_be_bytes(stop),
            count: u32::from_be_bytes(count),
            length: u32::from_be_bytes(length),
            whole: *whole == 1,
        })
    }
    const fn prefix(&self) -> u8 {
        self.qualifier >> 4 & 7
    }

    /// Writes all but the points and the end.
    fn write(&self, out: &mut Vec<u8>) {
        if out.last() != Some(&b'[') {
            out.push(b',');
        }
        out.push(b'{');
        let range = u64::from(self.qualifier & 15);
        for (name, value) in [
            ("group", self.group.into()),
            ("variation", self.variation.into()),
            ("qualifier", self.qualifier.into()),
            ("prefix_code", self.prefix().into()),
            ("range_code", range),
            ("start", self.start.into()),
            ("stop", self.stop.into()),
            ("count", self.count.into()),
        ] {
            json::number(name, value, out);
        }
    }

    /// Octets of the header alone.
    const fn octets(&self) -> u32 {
        3 + match self.qualifier & 15 {
            0 | 3 | 8 => 2,
            1 | 4 | 9 => 4,
            2 | 5 => 8,
            7 | 11 => 1,
            _ => 0,
        }
    }

    /// Whether Suricata looks for objects behind this header, and so many octets are there that it begins to read them.
    fn is_begun(&self, left: u32) -> bool {
        self.whole && self.variation != 0 && self.count / 8 <= left.saturating_sub(self.octets())
    }

    /// Whether Suricata reads all objects behind this header, where so many were there and so many octets follow.
    fn is_read(&self, points: u32, behind: u32) -> bool {
        if !self.whole {
            return false;
        }
        if self.variation == 0 || self.count == 0 {
            return true;
        }
        let (prefix, object) = (self.prefix(), (self.group, self.variation));
        let sized = match object {
            (70, 4..=6) => matches!(prefix, 4..=6),
            (70, 8) | (120, 1 | 2 | 5..=8 | 10..=15) => prefix == 5,
            _ => true,
        };
        // Of packed bits it wants one octet more than there is where they fill their last octet.
        let packed = matches!(object, (1 | 10 | 80, 1) | (12, 3)) && self.count.is_multiple_of(8);
        points == self.count && sized && !(packed && behind == 0)
    }
}

/// Object headers and their points, as they are written.
struct Objects {
    /// The header whose points come.
    open: Option<Header>,
    points: u32,
    /// Octets of the fragment from that header on.
    left: u32,
}

impl Objects {
    /// Ends the header that is open. Returns whether what follows it can be read.
    fn close(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(header) = self.open.take() else { return true };
        out.extend_from_slice(if self.points > 0 { b"]}" } else { b"}" });
        self.left = self.left.saturating_sub(header.length);
        header.is_read(self.points, self.left)
    }
}

/// Writes the object headers with their points, as far as Suricata reads them; they have so many octets. Returns whether it
/// reads them all.
fn objects<'a>(rows: impl Iterator<Item = (Part, &'a [u8])>, length: u32, out: &mut Vec<u8>) -> bool {
    let mut objects = Objects { open: None, points: 0, left: length };
    let (mut any, mut complete) = (false, true);
    for (part, octets) in rows {
        match part {
            Part::Header => {
                let Some(header) = Header::read(octets) else { continue };
                complete = objects.close(out);
                if !complete {
                    break;
                }
                if !core::mem::replace(&mut any, true) {
                    json::open("objects", b'[', out);
                }
                header.write(out);
                (objects.open, objects.points) = (Some(header), 0);
            }
            Part::Point | Part::Control | Part::File | Part::Authentication => {
                let (Some(header), Some(point)) = (&objects.open, Point::read(octets)) else { continue };
                if point.object != [header.group, header.variation] || !header.is_begun(objects.left) {
                    continue;
                }
                if objects.points == 0 {
                    json::open("points", b'[', out);
                } else {
                    out.push(b',');
                }
                point.write(header, objects.points, out);
                objects.points += 1;
            }
            Part::Link | Part::Fragment | Part::Other => {}
        }
    }
    complete = complete && objects.close(out) && objects.left == 0;
    if any {
        out.push(b']');
    }
    complete
}

/// A point as it is kept: object, index, size, members.
struct Point<'a> {
    object: [u8; 2],
    index: u32,
    size: u32,
    members: &'a [u8],
}

impl<'a> Point<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let (object, rest) = octets.split_first_chunk()?;
        let (index, rest) = rest.split_first_chunk()?;
        let (size, members) = rest.split_first_chunk()?;
        let (index, size) = (u32::from_be_bytes(*index), u32::from_be_bytes(*size));
        Some(Self { object: *object, index, size, members })
    }
    fn write(&self, header: &Header, place: u32, out: &mut Vec<u8>) {
        out.push(b'{');
        let (prefix, index) = match header.prefix() {
            0 => (0, self.index),
            1..=3 => (self.index, self.index),
            _ => (self.size, header.start.wrapping_add(place)),
        };
        json::number("prefix", prefix.into(), out);
        json::number("index", index.into(), out);
        if matches!(header.prefix(), 4..=6) {
            json::number("size", self.size.into(), out);
        }
        out.extend_from_slice(self.members);
        out.push(b'}');
    }
}

/// Begins to keep a point; returns its object. Its members follow, each behind a comma.
fn keep(row: &dyn Row, object: usize, index: Option<usize>, out: &mut Vec<u8>) -> (u8, u8) {
    let object = (number(row, object).unwrap_or_default() as u16).to_be_bytes();
    let index = index.and_then(|index| number(row, index)).unwrap_or_default() as u32;
    out.extend_from_slice(&object);
    out.extend_from_slice(&index.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    (object[0], object[1])
}

/// Sets the size of a point that begins here.
fn size(start: usize, size: usize, out: &mut [u8]) {
    if let Some(place) = out.get_mut(start + 6..start + 10) {
        place.copy_from_slice(&(size as u32).to_be_bytes());
    }
}

/// Names of the bits of flags, the lowest first.
type Bits = &'static [(&'static str, u8)];

macro_rules! bits {
    ($($name:ident: $($bit:ident)*;)*) => {$(
        const $name: Bits = &[
            ("online", 1), ("restart", 1), ("comm_lost", 1), ("remote_forced", 1), ("local_forced", 1),
            $((stringify!($bit), 1)),*
        ];
    )*};
}
bits! {
    INPUT: chatter_filter reserved state;
    OUTPUT: reserved0 reserved1 state;
    COUNTER: rollover discontinuity reserved0;
    COUNTER_AND_TIME: rollover discontinuity reserved1;
    COUNTER_OF_CHANGE: rollover reserved0 reserved1;
    ANALOG: over_range reference_err reserved0;
    STATISTIC: reserved0 discontinuity reserved1;
}
const DOUBLE_INPUT: Bits = &[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("chatter_filter", 1),
    ("state", 2),
];

/// What of a value is said, and by which names.
#[derive(Clone, Copy)]
struct Layout {
    bits: Bits,
    value: Option<&'static str>,
    time: Option<&'static str>,
}

/// The layout of an object that Suricata's list has, as far as it is flags, a value and a time.
const fn layout(group: u8, variation: u8) -> Option<Layout> {
    const NONE: Bits = &[];
    const TIME: Option<&str> = Some("timestamp");
    let (bits, value, time) = match (group, variation) {
        (1 | 3 | 10 | 80, 1) => (NONE, Some("state"), None),
        (12, 3) => (NONE, Some("point"), None),
        (1, 2) => (INPUT, None, None),
        (2, 2 | 3) => (INPUT, None, TIME),
        (3, 2) | (4, 1) => (DOUBLE_INPUT, None, None),
        (4, 2) => (DOUBLE_INPUT, None, TIME),
        (4, 3) => (DOUBLE_INPUT, None, Some("relative_time_ms")),
        (10, 2) | (11, 1) => (OUTPUT, None, None),
        (11, 2) => (OUTPUT, None, TIME),
        (20, 1 | 2) | (21 | 22, 1 | 2) | (23, 1) => (COUNTER, Some("count"), None),
        (20..=22, 3 | 4) | (23, 2..=4) => (COUNTER_OF_CHANGE, Some("count"), None),
        (20, 5..=8) | (21, 9..=12) => (NONE, Some("count"), None),
        (21, 5 | 6) => (COUNTER_AND_TIME, Some("count"), TIME),
        (22, 6) | (23, 5 | 6) => (COUNTER, Some("count"), TIME),
        (21, 7 | 8) | (22, 5 | 7 | 8) | (23, 7 | 8) => (COUNTER_OF_CHANGE, Some("count"), TIME),
        (30, 1 | 2 | 5 | 6) | (31, 1 | 2 | 7 | 8) | (32 | 33 | 42, 1 | 2 | 5 | 6) | (40, 1..=4) => {
            (ANALOG, Some("value"), None)
        }
        (31..=33 | 42, 3 | 4) | (32 | 33 | 42, 7 | 8) => (ANALOG, Some("value"), TIME),
        (30, 3 | 4) | (31, 5 | 6) | (41, 1..=4) | (102, 1) => (NONE, Some("value"), None),
        (34, 1..=3) => (NONE, Some("deadband_value"), None),
        (13, 1) | (43, 1 | 2 | 5 | 6) => (NONE, None, None),
        (13, 2) | (43, 3 | 4 | 7 | 8) => (NONE, None, TIME),
        (50, 1 | 3) | (51, 1 | 2) => (NONE, None, TIME),
        (52, 1) => (NONE, Some("delay_secs"), None),
        (52, 2) => (NONE, Some("delay_ms"), None),
        _ => return None,
    };
    Some(Layout { bits, value, time })
}

fn flags(bits: Bits, flags: u8, out: &mut Vec<u8>) {
    let mut shift = 0;
    for (name, width) in bits {
        json::number(name, (flags >> shift & ((1 << width) - 1)).into(), out);
        shift += width;
    }
}

fn value(name: &str, row: &dyn Row, out: &mut Vec<u8>) {
    match (signed(row, INTEGER), real(row, NUMBER)) {
        // It writes negative numbers as the 64-bit numbers without sign that have the same bits.
        (Some(value), _) => json::number(name, value as u64, out),
        (None, Some(value)) => json::real(name, value, out),
        (None, None) => {}
    }
}

/// A time; 0 where its sender has none.
fn time(name: &str, nanoseconds: Option<i64>, out: &mut Vec<u8>) {
    json::number(name, (nanoseconds.unwrap_or_default() / MILLISECOND) as u64, out);
}

fn point(row: &dyn Row, out: &mut Vec<u8>) {
    let start = out.len();
    let object = keep(row, POINT_OBJECT, Some(INDEX), out);
    let sent = number(row, FLAGS).unwrap_or_default() as u8;
    let status = number(row, STATUS).unwrap_or_default();
    match object {
        (2, 1) => json::number("state", sent.into(), out),
        (13, _) => {
            json::number("status_code", status, out);
            json::number("commanded_state", signed(row, INTEGER).unwrap_or_default() as u64, out);
            if object.1 == 2 {
                time("timestamp", signed(row, TIME), out);
            }
        }
        (43, variation) => {
            json::number("status_code", status, out);
            json::number("reserved0", 0, out);
            value("commanded_value", row, out);
            if matches!(variation, 3 | 4 | 7 | 8) {
                time("timestamp", signed(row, TIME), out);
            }
        }
        (50, 2) => {
            time("timestamp", signed(row, TIME), out);
            value("interval", row, out);
        }
        (50, 4) => {
            time("timestamp", signed(row, TIME), out);
            value("interval_count", row, out);
            if let Some([units, ..]) = octets(row, OCTETS) {
                json::number("interval_units", (*units).into(), out);
            }
        }
        (81, 1) => {
            if let Some([fill, group, variation]) = octets(row, OCTETS) {
                json::number("fill_percentage", (fill & 0x7f).into(), out);
                json::number("overflow_state", (fill >> 7).into(), out);
                json::number("group", (*group).into(), out);
                json::number("variation", (*variation).into(), out);
            }
        }
        (121, 1) | (122, 1 | 2) => {
            flags(STATISTIC, sent, out);
            if let Some([low, high]) = octets(row, OCTETS) {
                json::number("association_id", u16::from_le_bytes([*low, *high]).into(), out);
            }
            value("count_value", row, out);
            if object != (122, 1) && object != (121, 1) {
                time("timestamp", signed(row, TIME), out);
            }
        }
        (group, variation) => match layout(group, variation) {
            Some(layout) => {
                flags(layout.bits, sent, out);
                if let Some(name) = layout.value {
                    value(name, row, out);
                }
                if group == 41 {
                    json::number("control_status", status, out);
                }
                let relative = matches!((group, variation), (2 | 4, 3));
                if let Some(name) = layout.time {
                    time(name, signed(row, if relative { RELATIVE_TIME } else { TIME }), out);
                }
            }
            None => out.truncate(start),
        },
    }
}

fn control(row: &dyn Row, out: &mut Vec<u8>) {
    keep(row, CONTROL_OBJECT, Some(CONTROL_INDEX), out);
    let number = |column| number(row, column).unwrap_or_default();
    let code = number(CONTROL_CODE);
    for (name, value) in [
        ("op_type", code & 15),
        ("qu", code >> 4 & 1),
        ("cr", code >> 5 & 1),
        ("tcc", code >> 6 & 3),
        ("count", number(CONTROL_COUNT)),
        ("ontime", number(ON_TIME)),
        ("offtime", number(OFF_TIME)),
        ("status_code", number(CONTROL_STATUS) & 0x7f),
        ("reserved", 0),
    ] {
        json::number(name, value, out);
    }
}

/// Octets before the name in an object that opens a file, and in one that describes it.
const NAME_OFFSET: [usize; 2] = [26, 20];
/// Texts of objects of files are shorter than this.
const MOST_TEXT: usize = 0xff;

fn file(row: &dyn Row, out: &mut Vec<u8>) {
    let start = out.len();
    let (_, variation) = keep(row, FILE_OBJECT, None, out);
    let numbers = |names: &[(&str, usize)], out: &mut Vec<u8>| {
        for (name, column) in names {
            if let Some(value) = number(row, *column) {
                json::number(name, value, out);
            }
        }
    };
    let name = octets(row, FILE_NAME).unwrap_or_default();
    let data = octets(row, FILE_DATA).unwrap_or_default();
    let [opens, describes] = NAME_OFFSET;
    let block = number(row, BLOCK).unwrap_or_default() | number(row, LAST_BLOCK).unwrap_or_default() << 31;
    let octets = match variation {
        3 => {
            json::number("filename_offset", opens as u64, out);
            json::number("filename_size", name.len() as u64, out);
            time("created", signed(row, CREATED), out);
            numbers(&[("permissions", PERMISSIONS)], out);
            // The key itself is not shown.
            if number(row, KEYED) == Some(0) {
                json::number("authentication_key", 0, out);
            }
            numbers(
                &[
                    ("file_size", FILE_SIZE),
                    ("operational_mode", MODE),
                    ("maximum_block_size", MAX_BLOCK_SIZE),
                    ("request_id", REQUEST_ID),
                ],
                out,
            );
            json::octets("filename", name, out);
            opens + name.len()
        }
        4 => {
            numbers(
                &[
                    ("file_handle", HANDLE),
                    ("file_size", FILE_SIZE),
                    ("maximum_block_size", MAX_BLOCK_SIZE),
                    ("request_id", REQUEST_ID),
                    ("status_code", FILE_STATUS),
                ],
                out,
            );
            text("optional_text", data, out);
            13 + data.len()
        }
        5 => {
            numbers(&[("file_handle", HANDLE)], out);
            json::number("block_number", block, out);
            text("file_data", data, out);
            8 + data.len()
        }
        6 => {
            numbers(&[("file_handle", HANDLE)], out);
            json::number("block_number", block, out);
            numbers(&[("status_code", FILE_STATUS)], out);
            text("optional_text", data, out);
            9 + data.len()
        }
        7 => {
            json::number("filename_offset", describes as u64, out);
            json::number("filename_size", name.len() as u64, out);
            numbers(&[("file_type", FILE_TYPE), ("file_size", FILE_SIZE)], out);
            time("created_timestamp", signed(row, CREATED), out);
            numbers(&[("permissions", PERMISSIONS), ("request_id", REQUEST_ID)], out);
            json::octets("filename", name, out);
            describes + name.len()
        }
        8 => {
            json::octets("file_specification", name, out);
            name.len()
        }
        // What says who may open a file holds its password.
        _ => return out.truncate(start),
    };
    if matches!(variation, 4..=6) && data.len() >= MOST_TEXT {
        return out.truncate(start);
    }
    size(start, octets, out);
}

/// Text up to its first octet 0, where Suricata ends it.
fn text(name: &str, octets: &[u8], out: &mut Vec<u8>) {
    let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
    json::octets(name, octets.get(..end).unwrap_or_default(), out);
}

fn authentication(row: &dyn Row, out: &mut Vec<u8>) {
    let start = out.len();
    let (_, variation) = keep(row, AUTHENTICATION_OBJECT, None, out);
    let numbers = |names: &[(&str, usize)], out: &mut Vec<u8>| {
        for (name, column) in names {
            if let Some(value) = number(row, *column) {
                json::number(name, value, out);
            }
        }
    };
    let (challenge, mac) = (octets(row, CHALLENGE).unwrap_or_default(), octets(row, MAC).unwrap_or_default());
    let coded = |name: &str, octets: &[u8], out: &mut Vec<u8>| {
        if !octets.is_empty() {
            json::base64(name, octets, out);
        }
    };
    let octets = match variation {
        1 => {
            let names =
                [("csq", SEQUENCE_NUMBER), ("usr", USER_NUMBER), ("mal", MAC_ALGORITHM), ("reason", REASON)];
            numbers(&names, out);
            coded("data->challenge_data", challenge, out);
            8 + challenge.len()
        }
        2 => {
            numbers(&[("csq", SEQUENCE_NUMBER), ("usr", USER_NUMBER)], out);
            coded("data->mac_value", mac, out);
            6 + mac.len()
        }
        3 => {
            numbers(&[("csq", SEQUENCE_NUMBER), ("user_number", USER_NUMBER)], out);
            6
        }
        4 => {
            numbers(&[("user_number", USER_NUMBER)], out);
            2
        }
        5 => {
            numbers(
                &[
                    ("ksq", SEQUENCE_NUMBER),
                    ("user_number", USER_NUMBER),
                    ("key_wrap_alg", KEY_WRAP_ALGORITHM),
                    ("key_status", KEY_STATUS),
                    ("mal", MAC_ALGORITHM),
                ],
                out,
            );
            json::number("challenge_data_len", challenge.len() as u64, out);
            coded("data->challenge_data", challenge, out);
            coded("data->mac_value", mac, out);
            11 + challenge.len() + mac.len()
        }
        7 => {
            let text = octets(row, TEXT).unwrap_or_default();
            numbers(
                &[
                    ("sequence_number", SEQUENCE_NUMBER),
                    ("usr", USER_NUMBER),
                    ("association_id", ASSOCIATION_ID),
                    ("error_code", ERROR),
                ],
                out,
            );
            time("time_of_error", signed(row, ERROR_TIME), out);
            self::text("error_text", text, out);
            15 + text.len()
        }
        9 => {
            coded("data->mac_value", mac, out);
            mac.len()
        }
        15 => {
            coded("data->mac", mac, out);
            mac.len()
        }
        // What is left holds keys, or what nobody has sent yet.
        _ => return out.truncate(start),
    };
    size(start, octets, out);
}
