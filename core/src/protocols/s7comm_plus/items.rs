//! Items of reads and writes: addresses of variables, and points with their values.
use super::{
    parse::{EXECUTION_UNIT, OPERATING_STATE_REQUEST},
    records::S7commPlusAddresses,
    values::{Content, LEGITIMATE, MOST_VALUES, SESSION_KEY, vlq32},
};
use crate::{
    Output,
    common::{Anomaly, AnomalyKind, PointValue, PointWay, Whose},
    output::{Point, Scratch},
    record::{Instant, Symbol, Text},
    wire::Cursor,
};
use core::fmt::Write;

/// Addresses of a request that may be gone through again, for items in another order: so many, and so many for each.
const AGAIN: (u32, u32) = (1024, 3);

/// An address: checksum, area, depth, base area, local identifiers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    symbol_crc: u32,
    area: u32,
    base_area: u32,
}

impl Address {
    /// An attribute of an object.
    pub(super) const fn of_object(object: u32, attribute: u32) -> Self {
        Self { symbol_crc: 0, area: object, base_area: attribute }
    }
    /// The next address; `path` is given what it is called.
    fn read(cursor: &mut Cursor<'_>, path: &mut Scratch) -> Option<Self> {
        let symbol_crc = vlq32(cursor)?;
        let area = vlq32(cursor)?;
        let depth = vlq32(cursor)?;
        let base_area = vlq32(cursor)?;
        let address = Self { symbol_crc, area, base_area };
        address.write(path);
        for _ in 1..depth {
            let local = vlq32(cursor)?;
            let _ = write!(path, ".{local}");
        }
        Some(address)
    }
    pub(super) fn write(&self, path: &mut Scratch) {
        let number = self.area & 0xffff;
        let _ = match (self.symbol_crc, self.area >> 16, number) {
            (0, ..) => write!(path, "{}.{}", self.area, self.base_area),
            (_, 0x8a0e, _) => write!(path, "DB{number}"),
            (_, 0, 0x50) => path.write_str("I"),
            (_, 0, 0x51) => path.write_str("Q"),
            (_, 0, 0x52) => path.write_str("M"),
            (_, 0, 0x53) => path.write_str("C"),
            (_, 0, 0x54) => path.write_str("T"),
            _ => write!(path, "{}", self.area),
        };
    }
    fn db_number(&self) -> Option<u16> {
        let is_block = self.symbol_crc != 0 && self.area >> 16 == 0x8a0e;
        is_block.then_some((self.area & 0xffff) as u16)
    }
    pub(super) fn space(&self) -> Symbol {
        Symbol(match (self.symbol_crc, self.area >> 16, self.area & 0xffff) {
            (0, ..) => "object",
            (_, 0x8a0e, _) => "data_block",
            (_, 0, 0x50) => "input",
            (_, 0, 0x51) => "output",
            (_, 0, 0x52) => "flag",
            (_, 0, 0x53) => "counter",
            (_, 0, 0x54) => "timer",
            _ => "symbol",
        })
    }
    /// Whether what it holds is a key or a password.
    pub(super) const fn is_secret(&self) -> bool {
        self.symbol_crc == 0 && matches!(self.base_area, LEGITIMATE | SESSION_KEY)
    }
    /// Whether what is written there asks the CPU for an operating state.
    pub(super) const fn is_operating_state(&self) -> bool {
        self.symbol_crc == 0 && self.area == EXECUTION_UNIT && self.base_area == OPERATING_STATE_REQUEST
    }
    /// Gives the address of an item.
    pub(super) fn give(&self, item: u32, path: Text<'_>, out: &mut Output<'_>) {
        out.row(&S7commPlusAddresses {
            item,
            symbol_crc: self.symbol_crc,
            area: self.area,
            db_number: self.db_number(),
            base_area: self.base_area,
            path,
        });
    }
}

/// The addresses in a request, one after the other: of variables, or attributes of one object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses<'a> {
    pub(super) cursor: Cursor<'a>,
    /// The object whose attributes they are; 0 where they are of variables.
    object: u32,
    /// How many values there are, as stated.
    pub(super) count: u32,
    /// How many addresses there are, as stated.
    stated: u32,
    /// The item whose address was read last; 0 before the first.
    item: u32,
}

impl<'a> Addresses<'a> {
    /// Of the body of a request.
    pub(super) fn of_request(body: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(body);
        let object = cursor.u32()?;
        let count = vlq32(&mut cursor)?;
        let numbers = vlq32(&mut cursor)?;
        Some(Self { cursor, object, count, stated: if object == 0 { count } else { numbers }, item: 0 })
    }
    /// Of one object, with its attributes ahead.
    pub(super) const fn of_object(cursor: Cursor<'a>, object: u32, count: u32) -> Self {
        Self { cursor, object, count, stated: count, item: 0 }
    }
    /// The next item and its address; `path` is given what it is called. `None` if there is no other, or it cannot be read.
    pub(super) fn next(&mut self, path: &mut Scratch) -> Option<(u32, Address)> {
        path.truncate(0);
        if self.item >= self.stated {
            return None;
        }
        let address = if self.object == 0 {
            Address::read(&mut self.cursor, path)?
        } else {
            let address = Address::of_object(self.object, vlq32(&mut self.cursor)?);
            address.write(path);
            address
        };
        self.item += 1;
        Some((self.item, address))
    }
    /// Whether all of them were read.
    pub(super) const fn is_read(&self) -> bool {
        self.item == self.stated
    }
}

/// What the points of a message have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) whose: Whose,
    pub(super) way: PointWay,
    pub(super) device_time: Option<Instant>,
}

/// The points of one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points {
    about: About,
    said: u32,
    further: u32,
}

impl Points {
    pub(super) const fn new(about: About) -> Self {
        Self { about, said: 0, further: 0 }
    }
    /// Says what stands under one address, whose name is in `name`: an array element by element.
    pub(super) fn say(
        &mut self,
        space: Symbol,
        address: Option<u64>,
        name: &mut Scratch,
        content: &Content<'_>,
        out: &mut Output<'_>,
    ) {
        match content {
            Content::One(value) => {
                if let Some(value) = value.point() {
                    self.one(space, address, name.text(), value, out);
                }
            }
            Content::Array(elements) => {
                let end = name.len();
                for (index, value) in *elements {
                    name.truncate(end);
                    let _ = write!(name, "[{index}]");
                    if let Some(value) = value.point() {
                        self.one(space, address, name.text(), value, out);
                    }
                }
            }
            Content::Members => {}
        }
    }
    fn one(
        &mut self,
        space: Symbol,
        address: Option<u64>,
        name: Text<'_>,
        value: PointValue<'_>,
        out: &mut Output<'_>,
    ) {
        if self.said >= MOST_VALUES {
            self.further = self.further.saturating_add(1);
            return;
        }
        self.said += 1;
        let mut point = Point::new(space, self.about.way, value);
        (point.address, point.name) = (address, Some(name).filter(|name| !name.0.is_empty()));
        point.device_time = self.about.device_time;
        out.point(self.about.whose, &point);
    }
    /// The end of the message: says how many points were not.
    pub(super) fn end(self, out: &mut Output<'_>) {
        if self.further > 0 {
            out.anomaly(Anomaly::new(AnomalyKind::LIMIT, "more points than are given").count(self.further));
        }
    }
}

/// The values of items, beside the addresses of a request that name them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Items<'a> {
    all: Addresses<'a>,
    ahead: Addresses<'a>,
    /// Addresses that may be gone through yet.
    steps: u32,
    points: Points,
    /// Values of items that have no address.
    nameless: u32,
    /// Values whose addresses were not looked for.
    further: u32,
}

impl<'a> Items<'a> {
    pub(super) const fn new(addresses: Addresses<'a>, about: About) -> Self {
        let steps = addresses.stated.saturating_mul(1 + AGAIN.1).saturating_add(AGAIN.0);
        let points = Points::new(about);
        Self { all: addresses, ahead: addresses, steps, points, nameless: 0, further: 0 }
    }
    /// Says what stands under an item.
    pub(super) fn say(&mut self, item: u32, content: &Content<'_>, out: &mut Output<'_>) {
        if !out.wants_points() {
            return;
        }
        if item <= self.ahead.item {
            self.ahead = self.all;
        }
        let ahead = item.min(self.all.stated).saturating_sub(self.ahead.item);
        let Some(left) = self.steps.checked_sub(ahead) else {
            self.further = self.further.saturating_add(1);
            return;
        };
        self.steps = left;
        let mut name = out.take_scratch();
        let mut found = None;
        while self.ahead.item < item {
            let Some(next) = self.ahead.next(&mut name) else { break };
            found = Some(next);
        }
        match found.filter(|(at, _)| *at == item) {
            Some((_, address)) => {
                let number = address.db_number().map(u64::from);
                self.points.say(address.space(), number, &mut name, content, out);
            }
            None => self.nameless = self.nameless.saturating_add(1),
        }
        out.give_back(name);
    }
    /// The end of the message: says what of it was not said.
    pub(super) fn end(self, out: &mut Output<'_>) {
        if self.nameless > 0 {
            let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, "values of items that have no address");
            out.anomaly(anomaly.count(self.nameless));
        }
        if self.further > 0 {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "values in another order than their addresses");
            out.anomaly(anomaly.count(self.further));
        }
        self.points.end(out);
    }
}
