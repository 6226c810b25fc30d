//! Objects that are no process values: device attributes, files, secure authentication, data sets (IEEE 1815-2012, A.1, A.25,
//! A.32 to A.35, A.45).
use super::{
    codes::{
        AttributeType, AuthenticationError, DescriptorCode, FileMode, FileStatus, FileType, FunctionCode,
        KeyStatus, KeyWrapAlgorithm, MacAlgorithm,
    },
    objects::{One, Walk, point},
    records::{Dnp3Attributes, Dnp3Authentications, Dnp3DataSetElements, Dnp3Files, Dnp3Points},
    shape::{time48, told_time48},
};
use crate::{
    common::{AnomalyKind, Answer, Asked, Fact, Fit, Operation, Outcome, Result, Stage, UnderWay},
    protocol::Output,
    record::{Symbol, Text},
};
use core::fmt::Write;

/// Reads fields one after the other; absent once the octets are at their end.
struct Fields<'a> {
    rest: &'a [u8],
    /// Whether a field was cut off.
    short: bool,
}

impl<'a> Fields<'a> {
    const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets, short: false }
    }
    fn take(&mut self, octets: usize) -> Option<&'a [u8]> {
        let Some((field, rest)) = self.rest.split_at_checked(octets) else {
            (self.short, self.rest) = (true, &[]);
            return None;
        };
        self.rest = rest;
        Some(field)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }
    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().map(|octets| u16::from_le_bytes(*octets))
    }
    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|octets| u32::from_le_bytes(*octets))
    }
    fn time(&mut self) -> Option<u64> {
        self.take(6).and_then(told_time48)
    }
    /// As many octets as a length before them said.
    fn counted(&mut self, len: Option<u16>) -> Option<&'a [u8]> {
        self.take(len?.into())
    }
    /// What is left.
    fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }
}

/// Octets of a device attribute: type, length, value (A.1).
pub(super) fn attribute_octets(octets: &[u8]) -> Option<usize> {
    let [data_type, len] = *octets.first_chunk()?;
    // The long list counts in octets beyond 255.
    let further = if AttributeType(data_type) == AttributeType::U8BS8EXLIST { 256 } else { 0 };
    let octets_of = 2 + usize::from(len) + further;
    (octets_of <= octets.len()).then_some(octets_of)
}

/// One attribute: its row, and the fact that it tells.
pub(super) fn attribute(walk: &mut Walk<'_>, one: &One<'_>, out: &mut Output<'_>) {
    let (Some(data_type), Some(value)) = (one.body.first().copied().map(AttributeType), one.body.get(2..))
    else {
        return;
    };
    let mut row = Dnp3Attributes {
        object: one.object,
        set: one.index,
        data_type,
        text: None,
        integer: None,
        number: None,
        time: None,
        octets: None,
    };
    match (data_type, value.len()) {
        (AttributeType::VSTR, _) => row.text = Some(Text(value)),
        (AttributeType::UINT, 1..=7) => {
            row.integer = Some(value.iter().rev().fold(0, |sum, octet| sum << 8 | i64::from(*octet)));
        }
        (AttributeType::INT, 1..=8) => {
            let sign = value.last().is_some_and(|octet| octet & 0x80 != 0);
            let start = if sign { -1 } else { 0 };
            row.integer = Some(value.iter().rev().fold(start, |sum, octet| sum << 8 | i64::from(*octet)));
        }
        (AttributeType::FLT, 4) => {
            row.number = value.first_chunk().map(|octets| f32::from_le_bytes(*octets).into());
        }
        (AttributeType::FLT, 8) => row.number = value.first_chunk().map(|octets| f64::from_le_bytes(*octets)),
        (AttributeType::TIME, 6) => row.time = walk.instant(told_time48(value), one.at + 2, out),
        _ => row.octets = Some(value),
    }
    if data_type.name().is_none() {
        let reason = "type of an attribute that the standard does not know";
        let anomaly = walk.fragment.anomaly(AnomalyKind::VALUE, reason, one.at);
        out.anomaly(anomaly.found(data_type.0.into()));
    }
    out.row(&row);
    if walk.wants() {
        out.row(&Dnp3Points { integer: row.integer, number: row.number, ..point(one.object, one.index) });
    }
    if walk.fragment.is_response() && matches!(one.index, None | Some(0)) {
        identity(walk, &row, value, out);
    }
}

fn identity(walk: &Walk<'_>, row: &Dnp3Attributes<'_>, value: &[u8], out: &mut Output<'_>) {
    let variation = row.object.0 as u8;
    let fact = match variation {
        252 => Fact::VENDOR,
        250 => Fact::MODEL,
        248 => Fact::SERIAL,
        242 => Fact::REVISION,
        243 => Fact::HARDWARE,
        203..=205 | 245 => Fact::LOCATION,
        246 | 247 => Fact::NAME,
        254 | 255 => return,
        _ => Fact::OTHER,
    };
    let (station, number) = (Some(walk.fragment.outstation.into()), Some(variation.into()));
    let mut scratch = out.take_scratch();
    let text = match (row.integer, row.number) {
        (Some(integer), _) => write!(scratch, "{integer}").is_ok(),
        (_, Some(real)) => write!(scratch, "{real}").is_ok(),
        // As sent: milliseconds since 1970.
        _ if row.data_type == AttributeType::TIME && row.octets.is_none() => {
            time48(value).is_some_and(|time| write!(scratch, "{time}").is_ok())
        }
        _ => false,
    };
    let value = if text { scratch.text() } else { Text(value) };
    out.identity(station, fact, number, value, Symbol("device_attribute"));
    out.give_back(scratch);
}

/// Objects whose size stands before them. Returns whether they have a table of their own that tells all of them.
pub(super) fn sized<'a>(walk: &mut Walk<'a>, group: u8, one: &One<'a>, out: &mut Output<'_>) -> bool {
    match group {
        70 => file(walk, one, out),
        120 => authentication(walk, one, out),
        85..=88 => data_set(walk, one, out),
        _ => return false,
    }
    true
}

fn short(walk: &Walk<'_>, one: &One<'_>, out: &mut Output<'_>) {
    let anomaly = walk.fragment.anomaly(AnomalyKind::MALFORMED, "object ends before its fields", one.at);
    out.anomaly(anomaly.length(one.body.len() as u64));
}

/// A name that stands at an offset within its object.
fn named<'a>(
    walk: &Walk<'_>,
    one: &One<'a>,
    offset: Option<u16>,
    len: Option<u16>,
    out: &mut Output<'_>,
) -> Option<&'a [u8]> {
    let (offset, len) = (usize::from(offset?), usize::from(len?));
    let name = one.body.get(offset..).and_then(|rest| rest.get(..len));
    if name.is_none() {
        let reason = "name lies outside of its object";
        let anomaly = walk.fragment.anomaly(AnomalyKind::MALFORMED, reason, one.at);
        out.anomaly(anomaly.numbers(one.body.len() as u64, (offset + len) as u64));
        return one.body.get(offset..);
    }
    name
}

const NO_FILE: Dnp3Files<'static> = Dnp3Files {
    object: super::codes::Object(0),
    name: None,
    handle: None,
    mode: None,
    file_type: None,
    size: None,
    created: None,
    permissions: None,
    max_block_size: None,
    request_id: None,
    block: None,
    last_block: None,
    status: None,
    user: None,
    password_length: None,
    keyed: None,
    data: None,
};

/// File control (A.25).
fn file<'a>(walk: &mut Walk<'a>, one: &One<'a>, out: &mut Output<'_>) {
    let mut fields = Fields::new(one.body);
    let mut row = Dnp3Files { object: one.object, ..NO_FILE };
    let mut name = None;
    match one.object.0 as u8 {
        1 => {
            let len = fields.u16();
            row.file_type = fields.u8().map(|code| FileType(code.into()));
            fields.take(5);
            row.size = fields.u32();
            let created = fields.time();
            row.created = walk.instant(created, one.at + 12, out);
            row.permissions = fields.u16();
            row.handle = fields.u32();
            fields.take(9);
            row.status = fields.u8().map(FileStatus);
            name = fields.counted(len);
            let len = fields.u16();
            row.data = fields.counted(len);
        }
        2 => {
            let (user, user_len) = (fields.u16(), fields.u16());
            fields.u16();
            row.password_length = fields.u16();
            row.keyed = fields.u32().map(|key| key != 0);
            row.user = named(walk, one, user, user_len, out).map(Text);
            // An outstation that does not let the user in has no key for it.
            if walk.pairs.asked == Some(FunctionCode::AUTHENTICATE_FILE.0) && row.keyed == Some(false) {
                walk.word(Result::plain(Outcome::REFUSED));
            }
        }
        3 => {
            let (offset, len) = (fields.u16(), fields.u16());
            let created = fields.time();
            row.created = walk.instant(created, one.at + 4, out);
            row.permissions = fields.u16();
            row.keyed = fields.u32().map(|key| key != 0);
            row.size = fields.u32();
            row.mode = fields.u16().map(FileMode);
            row.max_block_size = fields.u16();
            row.request_id = fields.u16();
            name = named(walk, one, offset, len, out);
        }
        4 => {
            row.handle = fields.u32();
            row.size = fields.u32();
            row.max_block_size = fields.u16();
            row.request_id = fields.u16();
            row.status = fields.u8().map(FileStatus);
            row.data = Some(fields.rest()).filter(|text| !text.is_empty());
        }
        5 => {
            row.handle = fields.u32();
            block(&mut row, fields.u32());
            row.data = Some(fields.rest());
        }
        6 => {
            row.handle = fields.u32();
            block(&mut row, fields.u32());
            row.status = fields.u8().map(FileStatus);
            row.data = Some(fields.rest()).filter(|text| !text.is_empty());
        }
        7 => {
            let (offset, len) = (fields.u16(), fields.u16());
            row.file_type = fields.u16().map(FileType);
            row.size = fields.u32();
            let created = fields.time();
            row.created = walk.instant(created, one.at + 10, out);
            row.permissions = fields.u16();
            row.request_id = fields.u16();
            name = named(walk, one, offset, len, out);
        }
        8 => name = Some(fields.rest()),
        _ => row.data = Some(fields.rest()),
    }
    row.name = name.map(Text);
    if walk.file.is_none() {
        walk.file = name;
    }
    if let (true, Some(status)) = (walk.fragment.is_response(), row.status) {
        let outcome = if status == FileStatus::SUCCESS { Outcome::SUCCESS } else { Outcome::REFUSED };
        let status_name = status.name().map(Symbol);
        told(walk, &row, Result { outcome, status: Some(status.0.into()), status_name }, out);
    }
    if !walk.fragment.is_response() {
        walk.request_id = row.request_id.or(walk.request_id);
        walk.block = walk.block.or(block_of(&row));
    }
    out.row(&row);
    if fields.short {
        short(walk, one, out);
    }
}

/// The status of a file is the word on a request of files. With the identifier of another one it is an event: that on a request
/// whose answer left it open (A.25).
fn told(walk: &mut Walk<'_>, row: &Dnp3Files<'_>, result: Result, out: &mut Output<'_>) {
    let (key, filing) = (walk.pairs.key, walk.pairs.filing);
    if let Some(request_id) = row.request_id.filter(|request_id| filing.of(key) != Some(*request_id)) {
        let stage = |key: u64| out.peek(key).map(|asked| asked.stage);
        let open = filing.keys(request_id).find(|key| stage(*key) == Some(Stage::ACCEPTED));
        if let Some(other) = open.or_else(|| filing.keys(request_id).find(|key| stage(*key).is_some())) {
            let of_files = |function| FunctionCode(function).is_of_files();
            walk.elsewhere = walk.elsewhere.saturating_add(walk.pairs.asked.is_some_and(of_files).into());
            if let Some(Answer::Paired(asked)) = open.map(|_| out.answer(other)) {
                out.complete(&asked, result);
            }
            return;
        }
    }
    // Of several blocks that are written each has its own.
    if walk.pairs.asked == Some(FunctionCode::WRITE.0)
        && let Some(block) = block_of(row)
    {
        let fit = |asked: &Asked| if asked.numbers == [2, block] { Fit::Whole } else { Fit::Not };
        if let Answer::Paired(asked) = out.answer_fitting(walk.pairs.key, UnderWay::Several, fit) {
            out.complete(&asked, result);
            walk.filed = true;
            return;
        }
    }
    let asks_files = match walk.pairs.operation {
        Some(operation) => operation == Operation::FILE,
        None => walk.first.is_some_and(|first| first.group() == 70),
    };
    if asks_files {
        walk.word(result);
    }
}

/// A number for the handle and the block of a file transport object and its status.
fn block_of(row: &Dnp3Files<'_>) -> Option<u64> {
    Some(u64::from(row.handle?) << 32 | u64::from(row.block?))
}

fn block(row: &mut Dnp3Files<'_>, number: Option<u32>) {
    row.block = number.map(|number| number & 0x7fff_ffff);
    row.last_block = number.map(|number| number >> 31 == 1);
}

const NO_AUTHENTICATION: Dnp3Authentications<'static> = Dnp3Authentications {
    object: super::codes::Object(0),
    sequence_number: None,
    user_number: None,
    association_id: None,
    mac_algorithm: None,
    reason: None,
    key_wrap_algorithm: None,
    key_status: None,
    error: None,
    time: None,
    text: None,
    key_change_method: None,
    certificate_type: None,
    operation: None,
    user_role: None,
    role_expiry: None,
    challenge: None,
    mac: None,
    certificate: None,
    key_length: None,
};

/// Secure authentication (A.45).
fn authentication(walk: &mut Walk<'_>, one: &One<'_>, out: &mut Output<'_>) {
    let mut fields = Fields::new(one.body);
    let mut row = Dnp3Authentications { object: one.object, ..NO_AUTHENTICATION };
    let key_length = |octets: &[u8]| u32::try_from(octets.len()).ok();
    match one.object.0 as u8 {
        1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.mac_algorithm = fields.u8().map(MacAlgorithm);
            row.reason = fields.u8();
            row.challenge = Some(fields.rest());
            // A challenge answers for the time being; the word on the request is still to come.
            walk.challenged |= walk.fragment.function == FunctionCode::AUTHENTICATION_RESPONSE;
        }
        2 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.mac = Some(fields.rest());
        }
        3 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            walk.aggressive = true;
        }
        4 => row.user_number = fields.u16(),
        5 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.key_wrap_algorithm = fields.u8().map(KeyWrapAlgorithm);
            row.key_status = fields.u8().map(KeyStatus);
            row.mac_algorithm = fields.u8().map(MacAlgorithm);
            let len = fields.u16();
            row.challenge = fields.counted(len);
            row.mac = Some(fields.rest());
            if let (true, Some(status)) =
                (walk.pairs.changed_keys, row.key_status.filter(|status| *status != KeyStatus::OK))
            {
                let (status, status_name) = (Some(status.0.into()), status.name().map(Symbol));
                walk.word(Result { outcome: Outcome::REFUSED, status, status_name });
            }
        }
        6 => {
            walk.changes_keys = true;
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.key_length = key_length(fields.rest());
        }
        7 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.association_id = fields.u16();
            row.error = fields.u8().map(AuthenticationError);
            let time = fields.time();
            row.time = walk.instant(time, one.at + 9, out);
            row.text = Some(Text(fields.rest())).filter(|text| !text.0.is_empty());
            // Elsewhere it is an event, and says nothing of the request.
            let refuses = walk.fragment.function == FunctionCode::AUTHENTICATION_RESPONSE
                || walk.pairs.asked == Some(FunctionCode::AUTHENTICATION_REQUEST.0);
            if let (true, Some(error)) = (refuses, row.error) {
                let (status, status_name) = (Some(error.0.into()), error.name().map(Symbol));
                walk.word(Result { outcome: Outcome::REFUSED, status, status_name });
            }
        }
        8 => {
            row.key_change_method = fields.u8();
            row.certificate_type = fields.u8();
            row.certificate = Some(fields.rest());
        }
        9 | 15 => row.mac = Some(fields.rest()),
        10 => {
            row.key_change_method = fields.u8();
            row.operation = fields.u8();
            row.sequence_number = fields.u32();
            row.user_role = fields.u16();
            row.role_expiry = fields.u16();
            let (name, key, data) = (fields.u16(), fields.u16(), fields.u16());
            row.text = fields.counted(name).map(Text);
            row.certificate = fields.counted(key);
            row.mac = fields.counted(data);
        }
        11 => {
            row.key_change_method = fields.u8();
            let (name, challenge) = (fields.u16(), fields.u16());
            row.text = fields.counted(name).map(Text);
            row.challenge = fields.counted(challenge);
        }
        12 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            let len = fields.u16();
            row.challenge = fields.counted(len);
        }
        13 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            let len = fields.u16();
            row.key_length = fields.counted(len).and_then(key_length);
        }
        14 => row.certificate = Some(fields.rest()),
        _ => {}
    }
    out.row(&row);
    if fields.short {
        short(walk, one, out);
    }
}

/// Data sets: elements, each behind its length (A.32 to A.35).
fn data_set(walk: &mut Walk<'_>, one: &One<'_>, out: &mut Output<'_>) {
    let described = matches!(one.object.0, 0x5501 | 0x5601);
    let (mut rest, mut element) = (one.body, 0u32);
    if one.object.0 == 0x5602 {
        // Characteristics are one octet.
        let row = Dnp3DataSetElements {
            object: one.object,
            index: one.index,
            element,
            descriptor_code: None,
            data_type: None,
            max_length: None,
            octets: rest,
        };
        out.row(&row);
        return;
    }
    while let Some((len, behind)) = rest.split_first() {
        let Some((octets, behind)) = behind.split_at_checked(usize::from(*len)) else {
            return short(walk, one, out);
        };
        let mut row = Dnp3DataSetElements {
            object: one.object,
            index: one.index,
            element,
            descriptor_code: None,
            data_type: None,
            max_length: None,
            octets,
        };
        if let (true, Some(([code, data_type, most], ancillary))) = (described, octets.split_first_chunk()) {
            row.descriptor_code = Some(DescriptorCode(*code));
            row.data_type = Some(AttributeType(*data_type));
            (row.max_length, row.octets) = (Some(*most), ancillary);
        }
        out.row(&row);
        (rest, element) = (behind, element.saturating_add(1));
    }
}
