//! How the objects are laid out (IEEE 1815-2012, annex A): what each group and variation consists of.
use super::codes::{CommandStatus, TimeQuality};
use crate::record::Symbol;

/// A number of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    None,
    /// Bit 7 of the flags.
    State,
    /// Bits 6 and 7 of the flags.
    DoubleState,
    U8,
    U16,
    U32,
    I16,
    I32,
    F32,
    F64,
}

/// What stands before the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    None,
    Flags,
    /// Status of a command, bit 7 the commanded state.
    Status,
}

/// What stands behind the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trail {
    None,
    /// Milliseconds since 1970, 48 bits.
    Time,
    /// Milliseconds since the common time of occurrence, 16 bits.
    Relative,
    /// Status of a command.
    Status,
}

/// An object of fixed length, whose parts stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) lead: Lead,
    pub(super) number: Number,
    pub(super) trail: Trail,
}

impl Shape {
    const fn new(lead: Lead, number: Number, trail: Trail) -> Self {
        Self { lead, number, trail }
    }

    pub(super) const fn octets(self) -> usize {
        let lead = match self.lead {
            Lead::None => 0,
            Lead::Flags | Lead::Status => 1,
        };
        let number = match self.number {
            Number::None | Number::State | Number::DoubleState => 0,
            Number::U8 => 1,
            Number::U16 | Number::I16 => 2,
            Number::U32 | Number::I32 | Number::F32 => 4,
            Number::F64 => 8,
        };
        let trail = match self.trail {
            Trail::None => 0,
            Trail::Time => 6,
            Trail::Relative => 2,
            Trail::Status => 1,
        };
        lead + number + trail
    }
}

/// What the objects of a group and variation consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// This many bits each, the lowest first.
    Packed(u8),
    Fixed(Shape),
    /// Control relay output block, pattern control block.
    Control,
    /// Nothing: the header says all.
    Empty,
    /// Absolute time alone.
    Time,
    /// Absolute time and an interval, with this many octets behind the interval.
    Interval(usize),
    /// As many octets as the variation says.
    Octets(usize),
    /// Binary-coded decimals of this many octets.
    Decimals(usize),
    /// Flags, association, count, time or not.
    Statistic(bool),
    /// Type, length, value.
    Attribute,
    /// Vendor, object, length, value.
    Private,
    /// This many octets, where no size stands before them.
    Sized(Option<usize>),
    /// Not known.
    Unknown,
}

impl Layout {
    /// Octets of one object, if they are fixed and whole.
    pub(super) const fn octets(self) -> Option<usize> {
        match self {
            Self::Fixed(shape) => Some(shape.octets()),
            Self::Control => Some(11),
            Self::Empty => Some(0),
            Self::Time => Some(6),
            Self::Interval(further) => Some(10 + further),
            Self::Octets(octets) | Self::Decimals(octets) => Some(octets),
            Self::Statistic(false) => Some(7),
            Self::Statistic(true) => Some(13),
            Self::Sized(octets) => octets,
            Self::Packed(_) | Self::Attribute | Self::Private | Self::Unknown => None,
        }
    }
}

/// The layout of a group and variation.
pub(super) const fn layout(group: u8, variation: u8) -> Layout {
    use Lead::{Flags, None as Bare, Status};
    use Number::{DoubleState, F32, F64, I16, I32, State, U8, U16, U32};
    use Trail::{None as End, Relative, Time};
    const fn fixed(lead: Lead, number: Number, trail: Trail) -> Layout {
        Layout::Fixed(Shape::new(lead, number, trail))
    }
    match (group, variation) {
        (0, _) => Layout::Attribute,
        (1 | 10 | 80, 1) => Layout::Packed(1),
        (1 | 10, 2) | (2 | 11, 1) => fixed(Flags, State, End),
        (2 | 11, 2) => fixed(Flags, State, Time),
        (2, 3) => fixed(Flags, State, Relative),
        (3, 1) => Layout::Packed(2),
        (3, 2) | (4, 1) => fixed(Flags, DoubleState, End),
        (4, 2) => fixed(Flags, DoubleState, Time),
        (4, 3) => fixed(Flags, DoubleState, Relative),
        (12, 1 | 2) => Layout::Control,
        (12, 3) => Layout::Packed(1),
        (13, 1) => fixed(Status, Number::None, End),
        (13, 2) => fixed(Status, Number::None, Time),
        (20..=23, 1 | 3) => fixed(Flags, U32, End),
        (20..=23, 2 | 4) => fixed(Flags, U16, End),
        (20, 5 | 7) | (21, 9 | 11) => fixed(Bare, U32, End),
        (20, 6 | 8) | (21, 10 | 12) => fixed(Bare, U16, End),
        (21..=23, 5 | 7) => fixed(Flags, U32, Time),
        (21..=23, 6 | 8) => fixed(Flags, U16, Time),
        (30..=33, 1) | (40 | 42, 1) => fixed(Flags, I32, End),
        (30..=33, 2) | (40 | 42, 2) => fixed(Flags, I16, End),
        (30, 3) | (31, 5) => fixed(Bare, I32, End),
        (30, 4) | (31, 6) => fixed(Bare, I16, End),
        (30 | 32 | 33 | 42, 5) | (31, 7) | (40, 3) => fixed(Flags, F32, End),
        (30 | 32 | 33 | 42, 6) | (31, 8) | (40, 4) => fixed(Flags, F64, End),
        (31..=33 | 42, 3) => fixed(Flags, I32, Time),
        (31..=33 | 42, 4) => fixed(Flags, I16, Time),
        (32 | 33 | 42, 7) => fixed(Flags, F32, Time),
        (32 | 33 | 42, 8) => fixed(Flags, F64, Time),
        (34, 1) => fixed(Bare, U16, End),
        (34, 2) => fixed(Bare, U32, End),
        (34, 3) => fixed(Bare, F32, End),
        (41, 1) => fixed(Bare, I32, Trail::Status),
        (41, 2) => fixed(Bare, I16, Trail::Status),
        (41, 3) => fixed(Bare, F32, Trail::Status),
        (41, 4) => fixed(Bare, F64, Trail::Status),
        (43, 1) => fixed(Status, I32, End),
        (43, 2) => fixed(Status, I16, End),
        (43, 3) => fixed(Status, I32, Time),
        (43, 4) => fixed(Status, I16, Time),
        (43, 5) => fixed(Status, F32, End),
        (43, 6) => fixed(Status, F64, End),
        (43, 7) => fixed(Status, F32, Time),
        (43, 8) => fixed(Status, F64, Time),
        (50, 1 | 3) | (51, 1 | 2) => Layout::Time,
        (50, 2) => Layout::Interval(0),
        (50, 4) => Layout::Interval(1),
        (52, 1 | 2) => fixed(Bare, U16, End),
        (60, 1..=4) => Layout::Empty,
        (86, 2) => Layout::Sized(Some(1)),
        (70, 1..=8) | (85..=88 | 90 | 91, _) => Layout::Sized(None),
        (81, 1) => Layout::Sized(Some(3)),
        (83, 1) => Layout::Private,
        (82, 1) | (83, 2) => Layout::Sized(None),
        (100, 1) => fixed(Bare, F32, End),
        (100, 2) => fixed(Bare, F64, End),
        (101, 1) => Layout::Decimals(2),
        (101, 2) => Layout::Decimals(4),
        (101, 3) => Layout::Decimals(8),
        (102, 1) => fixed(Bare, U8, End),
        (110..=113, octets) => Layout::Octets(octets as usize),
        (120, 3) => Layout::Sized(Some(6)),
        (120, 4) => Layout::Sized(Some(2)),
        (120, _) => Layout::Sized(None),
        (121, 1) | (122, 1) => Layout::Statistic(false),
        (122, 2) => Layout::Statistic(true),
        _ => Layout::Unknown,
    }
}

/// What kind of point a group holds, where it holds points.
pub(super) fn space(group: u8) -> Option<Symbol> {
    *SPACES.get(usize::from(group))?
}

/// The kinds by their groups. In one place, so that each word has one address: points are remembered by it.
static SPACES: [Option<Symbol>; GROUPS] = {
    let mut spaces = [None; GROUPS];
    let mut rest: &mut [Option<Symbol>] = &mut spaces;
    let mut group = 0;
    while let Some((first, behind)) = rest.split_first_mut() {
        *first = space_of(group);
        (rest, group) = (behind, group + 1);
    }
    spaces
};
/// Groups up to the last that holds points.
const GROUPS: usize = 123;

const fn space_of(group: u8) -> Option<Symbol> {
    Some(Symbol(match group {
        1 | 2 => "binary_input",
        3 | 4 => "double_bit_input",
        10..=13 => "binary_output",
        20 | 22 => "counter",
        21 | 23 => "frozen_counter",
        30 | 32 => "analog_input",
        31 | 33 => "frozen_analog_input",
        34 => "analog_input_deadband",
        40..=43 => "analog_output",
        80 => "internal_indication",
        101 => "bcd",
        102 => "unsigned_integer",
        110 | 111 => "octet_string",
        112 | 113 => "virtual_terminal",
        121 | 122 => "security_statistic",
        _ => return None,
    }))
}

/// Flag: the point is active.
const ONLINE: u8 = 0x01;
/// Flags: the value is that after a restart, or communication with its source is lost.
const RESTART_COMM_LOST: u8 = 0x06;

/// Whether these flags vouch for the value (11.6): online, neither restarted nor lost, and not chattering, out of range or
/// without reference.
pub(super) const fn good(group: u8, flags: u8) -> bool {
    let doubtful = match group {
        1..=4 => 0x20,
        30..=33 => 0x60,
        _ => 0,
    };
    flags & ONLINE != 0 && flags & (RESTART_COMM_LOST | doubtful) == 0
}

/// The flags without the state that is a bit of them.
pub(super) const fn quality(group: u8, flags: u8) -> u8 {
    match group {
        1 | 2 | 10 | 11 => flags & 0x7f,
        3 | 4 => flags & 0x3f,
        _ => flags,
    }
}

/// A common time of occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) milliseconds: u64,
    pub(super) quality: TimeQuality,
}

/// What an object of fixed length says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) flags: Option<u8>,
    pub(super) integer: Option<i64>,
    pub(super) number: Option<f64>,
    pub(super) status: Option<CommandStatus>,
    /// Milliseconds since 1970, or since the common time of occurrence.
    pub(super) time: Option<u64>,
    pub(super) relative: Option<u16>,
}

/// 48 bits, the lowest octet first.
pub(super) fn time48(octets: &[u8]) -> Option<u64> {
    let [a, b, c, d, e, f] = *octets.first_chunk()?;
    Some(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
}

/// The same; none where it is 0, as one sends it that has no time.
pub(super) fn told_time48(octets: &[u8]) -> Option<u64> {
    time48(octets).filter(|milliseconds| *milliseconds != 0)
}

impl Shape {
    /// Reads one object; null what it is too short for.
    #[inline(always)]
    pub(super) fn read(self, octets: &[u8]) -> Reading {
        let mut reading = Reading::default();
        let mut rest = octets;
        match self.lead {
            Lead::None => {}
            Lead::Flags => {
                let Some((flags, behind)) = rest.split_first() else { return reading };
                (reading.flags, rest) = (Some(*flags), behind);
            }
            Lead::Status => {
                let Some((status, behind)) = rest.split_first() else { return reading };
                reading.status = Some(CommandStatus(status & 0x7f));
                if self.number == Number::None {
                    reading.integer = Some((status >> 7).into());
                }
                rest = behind;
            }
        }
        macro_rules! take {
            ($type:ty) => {{
                let Some((octets, behind)) = rest.split_first_chunk() else { return reading };
                rest = behind;
                <$type>::from_le_bytes(*octets)
            }};
        }
        match self.number {
            Number::None => {}
            Number::State => reading.integer = reading.flags.map(|flags| (flags >> 7).into()),
            Number::DoubleState => reading.integer = reading.flags.map(|flags| (flags >> 6).into()),
            Number::U8 => reading.integer = Some(take!(u8).into()),
            Number::U16 => reading.integer = Some(take!(u16).into()),
            Number::U32 => reading.integer = Some(take!(u32).into()),
            Number::I16 => reading.integer = Some(take!(i16).into()),
            Number::I32 => reading.integer = Some(take!(i32).into()),
            Number::F32 => reading.number = Some(take!(f32).into()),
            Number::F64 => reading.number = Some(take!(f64)),
        }
        match self.trail {
            Trail::None => {}
            Trail::Time => reading.time = told_time48(rest),
            Trail::Relative => {
                reading.relative = rest.first_chunk().map(|octets| u16::from_le_bytes(*octets))
            }
            Trail::Status => reading.status = rest.first().map(|status| CommandStatus(status & 0x7f)),
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths that annex A gives.
    #[test]
    fn lengths_of_fixed_objects() {
        for (group, variation, octets) in [
            (1, 2, 1),
            (2, 1, 1),
            (2, 2, 7),
            (2, 3, 3),
            (3, 2, 1),
            (4, 1, 1),
            (4, 2, 7),
            (4, 3, 3),
            (10, 2, 1),
            (11, 1, 1),
            (11, 2, 7),
            (12, 1, 11),
            (12, 2, 11),
            (13, 1, 1),
            (13, 2, 7),
            (20, 1, 5),
            (20, 2, 3),
            (20, 5, 4),
            (20, 6, 2),
            (21, 1, 5),
            (21, 2, 3),
            (21, 5, 11),
            (21, 6, 9),
            (21, 9, 4),
            (21, 10, 2),
            (22, 1, 5),
            (22, 2, 3),
            (22, 5, 11),
            (22, 6, 9),
            (23, 1, 5),
            (23, 2, 3),
            (23, 5, 11),
            (23, 6, 9),
            (30, 1, 5),
            (30, 2, 3),
            (30, 3, 4),
            (30, 4, 2),
            (30, 5, 5),
            (30, 6, 9),
            (31, 1, 5),
            (31, 2, 3),
            (31, 3, 11),
            (31, 4, 9),
            (31, 5, 4),
            (31, 6, 2),
            (31, 7, 5),
            (31, 8, 9),
            (32, 1, 5),
            (32, 2, 3),
            (32, 3, 11),
            (32, 4, 9),
            (32, 5, 5),
            (32, 6, 9),
            (32, 7, 11),
            (32, 8, 15),
            (33, 1, 5),
            (33, 2, 3),
            (33, 3, 11),
            (33, 4, 9),
            (33, 5, 5),
            (33, 6, 9),
            (33, 7, 11),
            (33, 8, 15),
            (34, 1, 2),
            (34, 2, 4),
            (34, 3, 4),
            (40, 1, 5),
            (40, 2, 3),
            (40, 3, 5),
            (40, 4, 9),
            (41, 1, 5),
            (41, 2, 3),
            (41, 3, 5),
            (41, 4, 9),
            (42, 1, 5),
            (42, 2, 3),
            (42, 3, 11),
            (42, 4, 9),
            (42, 5, 5),
            (42, 6, 9),
            (42, 7, 11),
            (42, 8, 15),
            (43, 1, 5),
            (43, 2, 3),
            (43, 3, 11),
            (43, 4, 9),
            (43, 5, 5),
            (43, 6, 9),
            (43, 7, 11),
            (43, 8, 15),
            (50, 1, 6),
            (50, 2, 10),
            (50, 3, 6),
            (50, 4, 11),
            (51, 1, 6),
            (51, 2, 6),
            (52, 1, 2),
            (52, 2, 2),
            (60, 1, 0),
            (101, 1, 2),
            (101, 2, 4),
            (101, 3, 8),
            (102, 1, 1),
            (110, 7, 7),
            (120, 3, 6),
            (121, 1, 7),
            (122, 1, 7),
            (122, 2, 13),
        ] {
            assert_eq!(layout(group, variation).octets(), Some(octets), "g{group}v{variation}");
        }
    }
}
