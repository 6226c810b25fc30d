//! Information elements (-101 section 7.2.6): the octets of one object to its row.
use super::{
    asdu::{Element, Kind, Time, number},
    codes::TypeId,
    records::{Iec104Files, Iec104Objects},
    times::{Tag, cp16, cp24, cp56},
};

/// Quality bits that SIQ, DIQ, QDS and QDP share; the lower ones differ.
const BLOCKED: u8 = 0x10;
const SUBSTITUTED: u8 = 0x20;
const NOT_TOPICAL: u8 = 0x40;
const INVALID: u8 = 0x80;
/// OV of QDS, section 7.2.6.3.
const OVERFLOW: u8 = 0x01;
/// EI of SEP and QDP, section 7.2.6.4.
const ELAPSED_INVALID: u8 = 0x08;

#[inline(always)]
fn octet(octets: &[u8], place: usize) -> u8 {
    octets.get(place).copied().unwrap_or_default()
}
#[inline(always)]
fn short(octets: &[u8]) -> i16 {
    octets.first_chunk().map_or(0, |pair| i16::from_le_bytes(*pair))
}
#[inline(always)]
fn long(octets: &[u8]) -> u32 {
    octets.first_chunk().map_or(0, |four| u32::from_le_bytes(*four))
}
fn float(octets: &[u8]) -> f32 {
    f32::from_bits(long(octets))
}
/// NVA, section 7.2.6.6.
fn normalized(octets: &[u8]) -> f32 {
    f32::from(short(octets)) / 32768.0
}

#[inline(always)]
fn quality(row: &mut Iec104Objects, bits: u8) {
    row.blocked = Some(bits & BLOCKED != 0);
    row.substituted = Some(bits & SUBSTITUTED != 0);
    row.not_topical = Some(bits & NOT_TOPICAL != 0);
    row.invalid = Some(bits & INVALID != 0);
}
#[inline(always)]
fn described(row: &mut Iec104Objects, qds: u8) {
    quality(row, qds);
    row.overflow = Some(qds & OVERFLOW != 0);
}
/// QOS, section 7.2.6.39.
fn set_point(row: &mut Iec104Objects, qos: u8) {
    (row.select, row.qualifier) = (Some(qos & 0x80 != 0), Some(qos & 0x7f));
}

/// BCR, section 7.2.6.9.
fn counter(row: &mut Iec104Objects, octets: &[u8]) {
    let notation = octet(octets, 4);
    row.integer = Some((long(octets) as i32).into());
    row.counter_sequence = Some(notation & 0x1f);
    row.carry = Some(notation & 0x20 != 0);
    row.adjusted = Some(notation & 0x40 != 0);
    row.invalid = Some(notation & 0x80 != 0);
}

/// One object with its element's octets, as many as its kind has.
#[inline]
pub(super) fn object(kind: &Kind, type_id: TypeId, ioa: u32, octets: &[u8], ts: i64) -> Iec104Objects {
    let mut row = Iec104Objects::new(type_id, ioa);
    match kind.element {
        Element::SinglePoint => {
            let siq = octet(octets, 0);
            row.integer = Some((siq & 1).into());
            quality(&mut row, siq);
        }
        Element::DoublePoint => {
            let diq = octet(octets, 0);
            row.integer = Some((diq & 3).into());
            quality(&mut row, diq);
        }
        Element::StepPosition => {
            let vti = octet(octets, 0);
            // Seven bits with sign.
            row.integer = Some((((vti << 1) as i8) >> 1).into());
            row.transient = Some(vti & 0x80 != 0);
            described(&mut row, octet(octets, 1));
        }
        Element::Bitstring => {
            row.integer = Some(long(octets).into());
            described(&mut row, octet(octets, 4));
        }
        Element::Normalized => {
            (row.integer, row.number) = (Some(short(octets).into()), Some(normalized(octets)));
            described(&mut row, octet(octets, 2));
        }
        Element::NormalizedAlone => {
            (row.integer, row.number) = (Some(short(octets).into()), Some(normalized(octets)));
        }
        Element::Scaled => {
            row.integer = Some(short(octets).into());
            described(&mut row, octet(octets, 2));
        }
        Element::Float => {
            row.number = Some(float(octets));
            described(&mut row, octet(octets, 4));
        }
        Element::Counter => counter(&mut row, octets),
        Element::SecurityCounter => {
            row.association_id = Some(short(octets) as u16);
            counter(&mut row, octets.get(2..).unwrap_or_default());
        }
        Element::ProtectionEvent => {
            let sep = octet(octets, 0);
            row.integer = Some((sep & 3).into());
            quality(&mut row, sep);
            row.elapsed_invalid = Some(sep & ELAPSED_INVALID != 0);
            row.elapsed = Some(cp16([octet(octets, 1), octet(octets, 2)]));
        }
        Element::ProtectionPacked => {
            row.integer = Some(octet(octets, 0).into());
            let qdp = octet(octets, 1);
            quality(&mut row, qdp);
            row.elapsed_invalid = Some(qdp & ELAPSED_INVALID != 0);
            row.elapsed = Some(cp16([octet(octets, 2), octet(octets, 3)]));
        }
        Element::PackedSinglePoints => {
            // SCD, section 7.2.6.40: ST, then CD.
            row.integer = Some((short(octets) as u16).into());
            row.change_detection = octets.get(2..4).map(|changes| number(changes) as u16);
            described(&mut row, octet(octets, 4));
        }
        Element::SingleCommand | Element::DoubleCommand | Element::RegulatingStepCommand => {
            // QOC, section 7.2.6.26.
            let command = octet(octets, 0);
            let state = if kind.element == Element::SingleCommand { 1 } else { 3 };
            row.integer = Some((command & state).into());
            (row.select, row.qualifier) = (Some(command & 0x80 != 0), Some(command >> 2 & 0x1f));
        }
        Element::NormalizedSetPoint => {
            (row.integer, row.number) = (Some(short(octets).into()), Some(normalized(octets)));
            set_point(&mut row, octet(octets, 2));
        }
        Element::ScaledSetPoint => {
            row.integer = Some(short(octets).into());
            set_point(&mut row, octet(octets, 2));
        }
        Element::FloatSetPoint => {
            row.number = Some(float(octets));
            set_point(&mut row, octet(octets, 4));
        }
        Element::BitstringCommand => row.integer = Some(long(octets).into()),
        Element::Qualifier => row.qualifier = Some(octet(octets, 0)),
        Element::Nothing | Element::File => {}
        Element::TestPattern => {
            row.integer = Some(u16::from_le_bytes([octet(octets, 0), octet(octets, 1)]).into());
        }
        Element::Delay => row.elapsed = Some(cp16([octet(octets, 0), octet(octets, 1)])),
        Element::NormalizedParameter => {
            (row.integer, row.number) = (Some(short(octets).into()), Some(normalized(octets)));
            row.qualifier = Some(octet(octets, 2));
        }
        Element::ScaledParameter => {
            (row.integer, row.qualifier) = (Some(short(octets).into()), Some(octet(octets, 2)));
        }
        Element::FloatParameter => {
            (row.number, row.qualifier) = (Some(float(octets)), Some(octet(octets, 4)));
        }
    }
    let tag = match kind.time {
        Time::None => None,
        Time::Cp24 => octets.last_chunk().map(|tag| cp24(tag, ts)),
        Time::Cp56 => octets.last_chunk().map(cp56),
    };
    if let Some(tag) = tag {
        stamp(&mut row, &tag);
    }
    row
}

#[inline(always)]
fn stamp(row: &mut Iec104Objects, tag: &Tag) {
    row.device_clock = tag.clock;
    row.clock_completed = Some(tag.completed);
    row.clock_invalid = Some(tag.invalid);
    row.clock_substituted = Some(tag.substituted);
    row.summer_time = tag.summer_time;
    row.day_of_week = tag.day_of_week;
}

/// One object of file transfer (section 7.3.6); of a segment `octets` goes on to its end.
pub(super) fn file(type_id: TypeId, ioa: u32, octets: &[u8]) -> Iec104Files<'_> {
    let mut row = Iec104Files {
        type_id,
        ioa,
        file_name: number(octets.get(..2).unwrap_or_default()) as u16,
        section: None,
        length: None,
        qualifier: None,
        status: None,
        checksum: None,
        segment: None,
        created: None,
        created_invalid: None,
        until: None,
        until_invalid: None,
    };
    let tag = |from: usize| octets.get(from..).and_then(<[u8]>::first_chunk).map(cp56);
    let clock = |tag: Option<Tag>| (tag.and_then(|tag| tag.clock), tag.map(|tag| tag.invalid));
    let length = |from: usize| octets.get(from..from + 3).map(number);
    let at = |place: usize| octets.get(place).copied();
    match type_id {
        TypeId::F_FR_NA_1 => (row.length, row.qualifier) = (length(2), at(5)),
        TypeId::F_SR_NA_1 => (row.section, row.length, row.qualifier) = (at(2), length(3), at(6)),
        TypeId::F_SC_NA_1 | TypeId::F_AF_NA_1 => (row.section, row.qualifier) = (at(2), at(3)),
        TypeId::F_LS_NA_1 => (row.section, row.qualifier, row.checksum) = (at(2), at(3), at(4)),
        TypeId::F_SG_NA_1 => {
            (row.section, row.length) = (at(2), at(3).map(u32::from));
            row.segment = octets.get(4..);
        }
        TypeId::F_DR_TA_1 => {
            (row.length, row.status) = (length(2), at(5));
            (row.created, row.created_invalid) = clock(tag(6));
        }
        TypeId::F_SC_NB_1 => {
            (row.created, row.created_invalid) = clock(tag(2));
            (row.until, row.until_invalid) = clock(tag(9));
        }
        _ => {}
    }
    row
}
