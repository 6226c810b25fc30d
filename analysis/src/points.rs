//! The map of values: what each point of each device was, from first to last.
use crate::{
    bounded::Entry,
    columns::{self, address, code, number, octets, small, truth, word},
    totals::Place,
};
use fieldtap::{
    common::PointWay,
    record::{Address, Envelope, Field, Row, Text},
};
use std::cmp::Ordering;

/// The value of a point, as a row of `points` has it. Numbers are the same if all their bits are.
#[derive(Clone, Debug)]
pub enum PointSaid {
    /// An integer, or a truth value as 0 or 1.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// Text, perhaps only its beginning. Not safe to show as it is.
    Text(Vec<u8>),
    /// A string of bits as sent, perhaps only its beginning.
    Bits(Vec<u8>),
    /// None that could be read.
    Nothing,
}

impl PointSaid {
    fn of(row: &dyn Row, most: usize) -> Self {
        use columns::points as c;
        let cut = |octets: &[u8]| octets.get(..most).unwrap_or(octets).to_vec();
        match (row.field(c::NUMBER), row.field(c::INTEGER), row.field(c::TEXT), row.field(c::BITS)) {
            (Field::F64(number), ..) => Self::Number(number),
            (_, Field::Signed(integer), ..) => Self::Integer(integer),
            (_, _, Field::Text(Text(text)), _) => Self::Text(cut(text)),
            (_, _, _, Field::Bytes(bits)) => Self::Bits(cut(bits)),
            _ => Self::Nothing,
        }
    }

    /// As a number, where it is one. Of integers beyond 2^53 the nearest.
    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(integer) => Some(*integer as f64),
            Self::Number(number) => Some(*number).filter(|number| !number.is_nan()),
            _ => None,
        }
    }
}

impl PartialEq for PointSaid {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one.to_bits() == other.to_bits(),
            (Self::Text(one), Self::Text(other)) | (Self::Bits(one), Self::Bits(other)) => one == other,
            (Self::Nothing, Self::Nothing) => true,
            _ => false,
        }
    }
}

/// A value of a point: when, where in the capture, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSample {
    /// Time of the frame, nanoseconds since 1970-01-01 UTC.
    pub ts: i64,
    /// Where it stands.
    pub place: Place,
    /// The value.
    pub value: PointSaid,
    /// Its message, which tells the order within a frame.
    message: u64,
    /// Which of the values of its message it is, those of other points counted too.
    number: u32,
}

impl PointSample {
    fn order(&self, other: &Self) -> Ordering {
        let key = |sample: &Self| (sample.ts, sample.place, sample.message, sample.number);
        key(self).cmp(&key(other))
    }
}

/// What one point of a device was.
#[derive(Clone, Debug, PartialEq)]
pub struct PointTotal {
    /// The device.
    pub device: Option<Address>,
    /// Station below the address: unit identifier, common address.
    pub station: Option<u32>,
    /// The protocol.
    pub protocol: &'static str,
    /// What kind of point it is, as in the column `space` of `points`.
    pub space: &'static str,
    /// Address of the point, where points have numbers.
    pub address: Option<u64>,
    /// Name of the point, where points have names, perhaps only its beginning. Not safe to show as it is.
    pub name: Option<Vec<u8>>,
    /// What the plant calls the point, if a list of names does.
    pub plant_name: Option<String>,
    /// Unit of its values, as the list of names says.
    pub unit: Option<String>,
    /// Values that were said of it.
    pub values: u64,
    /// Of these, values that the device reported of itself.
    pub reported: u64,
    /// Values that were read.
    pub read: u64,
    /// Values that were written.
    pub written: u64,
    /// Values that were commanded.
    pub commanded: u64,
    /// Values that the device did not vouch for.
    pub not_good: u64,
    /// The first value.
    pub first: PointSample,
    /// The last value.
    pub last: PointSample,
    /// The least number, where values are numbers; what is no number (NaN) is passed over.
    pub least: Option<f64>,
    /// The greatest.
    pub greatest: Option<f64>,
}

impl PointTotal {
    /// Values a second from the first to the last; none where there is no time between them.
    pub fn rate(&self) -> Option<f64> {
        let span = self.last.ts.saturating_sub(self.first.ts);
        (span > 0).then(|| self.values.saturating_sub(1) as f64 / (span as f64 / 1e9))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PointKey {
    device: Option<Address>,
    station: Option<u32>,
    protocol: &'static str,
    space: &'static str,
    address: Option<u64>,
    name: Option<Vec<u8>>,
}

impl PointKey {
    pub(crate) fn of(envelope: &Envelope, row: &dyn Row, most: usize) -> Self {
        use columns::points as c;
        let name = match row.field(c::NAME) {
            Field::Text(Text(name)) => Some(name.get(..most).unwrap_or(name).to_vec()),
            _ => None,
        };
        Self {
            device: address(row, c::DEVICE).or_else(|| address(row, c::DEVICE_MAC)),
            station: small(row, c::STATION),
            protocol: envelope.protocol.0,
            space: word(row, c::SPACE).unwrap_or_default(),
            address: number(row, c::ADDRESS),
            name,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PointEntry {
    values: u64,
    /// By the code of the way.
    ways: [u64; 5],
    not_good: u64,
    first: PointSample,
    last: PointSample,
    least: Option<f64>,
    greatest: Option<f64>,
    plant_name: Option<String>,
    unit: Option<String>,
}

impl PointEntry {
    /// `number` is which value of its message this is.
    pub(crate) fn of(envelope: &Envelope, row: &dyn Row, most: usize, number: u32) -> Self {
        use columns::points as c;
        let sample = PointSample {
            ts: envelope.ts.0,
            place: Place { file: envelope.file, frame: envelope.frame },
            value: PointSaid::of(row, most),
            message: envelope.message.unwrap_or_default(),
            number,
        };
        let mut ways = [0; 5];
        if let Some(way) = ways.get_mut(usize::from(code(row, c::WAY))) {
            *way = 1;
        }
        let text = |column| {
            let text = octets(row, column);
            (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
        };
        let number = sample.value.as_number();
        let bad = row.field(c::GOOD) != Field::Null && !truth(row, c::GOOD);
        Self {
            values: 1,
            ways,
            not_good: bad.into(),
            first: sample.clone(),
            last: sample,
            least: number,
            greatest: number,
            plant_name: text(c::PLANT_NAME),
            unit: text(c::UNIT),
        }
    }

    pub(crate) fn total(&self, key: &PointKey) -> PointTotal {
        let of = |way: PointWay| self.ways.get(usize::from(way.0)).copied().unwrap_or_default();
        PointTotal {
            device: key.device,
            station: key.station,
            protocol: key.protocol,
            space: key.space,
            address: key.address,
            name: key.name.clone(),
            plant_name: self.plant_name.clone(),
            unit: self.unit.clone(),
            values: self.values,
            reported: of(PointWay::REPORTED),
            read: of(PointWay::READ),
            written: of(PointWay::WRITTEN),
            commanded: of(PointWay::COMMANDED),
            not_good: self.not_good,
            first: self.first.clone(),
            last: self.last.clone(),
            least: self.least,
            greatest: self.greatest,
        }
    }
}

impl Entry for PointEntry {
    fn merge(&mut self, other: Self) {
        self.values = self.values.saturating_add(other.values);
        for (own, more) in self.ways.iter_mut().zip(other.ways) {
            *own = own.saturating_add(more);
        }
        self.not_good = self.not_good.saturating_add(other.not_good);
        if other.first.order(&self.first) == Ordering::Less {
            self.first = other.first;
        }
        if other.last.order(&self.last) == Ordering::Greater {
            self.last = other.last;
        }
        let numbers = |own: Option<f64>, more: Option<f64>| own.into_iter().chain(more);
        self.least = numbers(self.least, other.least).min_by(f64::total_cmp);
        self.greatest = numbers(self.greatest, other.greatest).max_by(f64::total_cmp);
        // A row that has only a part of the number has no name, and all others have the same.
        self.plant_name = self.plant_name.take().or(other.plant_name);
        self.unit = self.unit.take().or(other.unit);
    }
    fn rows(&self) -> u64 {
        self.values
    }
}
