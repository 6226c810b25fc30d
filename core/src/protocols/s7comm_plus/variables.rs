//! What an object tells of its variables: names, types and places.
//!
//! Newer devices send two lists in blocks, one of types and one of names; unlike the rest of a message, their numbers are
//! little endian. Older ones send a description for each variable.
use super::{
    codes::{Datatype, Section, SoftwareType},
    records::S7commPlusVariables,
    values::{signed, vlq32},
};
use crate::{
    Output,
    common::{Anomaly, AnomalyKind},
    output::Scratch,
    record::Text,
    wire::Cursor,
};
use core::fmt::Write;

/// Dimensions of an array that are told.
const DIMENSIONS: usize = 6;
/// The mark behind the description of a variable.
const END_OF_DESCRIPTION: u8 = 0xa8;

/// A list in blocks, each of which begins with its length; the last one is empty.
pub(super) fn blocks<'a>(cursor: &mut Cursor<'a>) -> Option<Blocks<'a>> {
    let mut rest = *cursor;
    loop {
        let len = cursor.u16()?;
        if len == 0 {
            let len = cursor.read() - rest.read();
            return Some(Blocks { rest: Cursor::new(rest.take(len)?), block: Cursor::new(&[]) });
        }
        cursor.take(len.into())?;
    }
}

/// Elements in blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks<'a> {
    rest: Cursor<'a>,
    block: Cursor<'a>,
}

impl<'a> Blocks<'a> {
    /// No elements.
    pub(super) const EMPTY: Self = Self { rest: Cursor::new(&[]), block: Cursor::new(&[]) };

    /// Whether there is another element; `first` are octets that stand before the elements of the first block alone. `None`
    /// if they do not.
    fn goes_on(&mut self, first: usize) -> Option<bool> {
        while self.block.is_empty() {
            let is_first = self.rest.read() == 0;
            let Some(block) = self.rest.u16().and_then(|len| self.rest.take(len.into())) else {
                return Some(false);
            };
            self.block = Cursor::new(block);
            if is_first {
                self.block.take(first)?;
            }
        }
        Some(true)
    }
    /// The next name, if there is another one: its length, its characters, a zero. `None` if it cannot be read.
    fn name(&mut self) -> Option<Option<Text<'a>>> {
        if !self.goes_on(0)? {
            return Some(None);
        }
        let len = self.block.u8()?;
        let name = self.block.take(len.into())?;
        self.block.u8()?;
        Some(Some(Text(name)))
    }
}

fn le16(cursor: &mut Cursor<'_>) -> Option<u16> {
    cursor.u16().map(u16::swap_bytes)
}

fn le32(cursor: &mut Cursor<'_>) -> Option<u32> {
    cursor.u32().map(u32::swap_bytes)
}

/// Gives the variables of an object, whose types and names stand in these lists. `None` if an element cannot be read.
pub(super) fn lists(
    types: &mut Blocks<'_>,
    names: &mut Blocks<'_>,
    path: &[u32],
    out: &mut Output<'_>,
) -> Option<()> {
    // An identifier stands before the first type.
    const FIRST: usize = 4;
    let mut position = 0u32;
    while types.goes_on(FIRST)? {
        let name = names.name()?;
        let mut row = S7commPlusVariables { name, ..of_nothing(position) };
        let dimensions = of_list(&mut types.block, &mut row)?;
        give(row, dimensions.as_ref(), path, out);
        position = position.saturating_add(1);
    }
    if names.name()?.is_some() {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "names of more variables than there are");
        out.anomaly(anomaly.place("message").numbers(position.into(), u64::from(position) + 1));
    }
    Some(())
}

/// Lower bound and number of elements of each dimension; those without elements are none.
type Dimensions = [(i32, u32); DIMENSIONS];

fn of_nothing<'a>(position: u32) -> S7commPlusVariables<'a> {
    S7commPlusVariables {
        path: Text(&[]),
        position,
        name: None,
        local_id: 0,
        symbol_crc: None,
        software_type: SoftwareType::VOID,
        attribute_flags: 0,
        section: None,
        bit_offset_flags: None,
        optimized_address: None,
        address: None,
        length: None,
        type_relation_id: None,
        lower_bound: None,
        element_count: None,
        dimensions: None,
    }
}

/// One element of the list of types.
fn of_list(cursor: &mut Cursor<'_>, row: &mut S7commPlusVariables<'_>) -> Option<Option<Dimensions>> {
    row.local_id = le32(cursor)?;
    row.symbol_crc = Some(le32(cursor)?);
    row.software_type = SoftwareType(cursor.u8()?.into());
    let flags = cursor.u16()?;
    row.attribute_flags = flags.into();
    row.section = Some(Section((flags >> 4 & 7) as u8));
    row.bit_offset_flags = Some(cursor.u8()?);
    let form = flags >> 12;
    let two = [le16(cursor)?, le16(cursor)?];
    if matches!(form, 1 | 8) {
        // Older and newer devices have the two in another order.
        let [first, second] = two.map(|place| Some(place.into()));
        (row.optimized_address, row.address) = if form == 8 { (first, second) } else { (second, first) };
        return Some(None);
    }
    if matches!(form, 2 | 9) {
        row.length = Some(two[0].into());
    }
    (row.optimized_address, row.address) = (Some(le32(cursor)?), Some(le32(cursor)?));
    let mut dimensions = None;
    if matches!(form, 3 | 4 | 6 | 7 | 10 | 11 | 13 | 14) {
        row.lower_bound = Some(le32(cursor)?.cast_signed());
        row.element_count = Some(le32(cursor)?);
        if matches!(form, 4 | 7 | 11 | 14) {
            dimensions = Some(several(cursor)?);
        }
        if matches!(form, 6 | 7 | 13 | 14) {
            // Sizes of an element.
            cursor.take(8)?;
        }
    }
    if matches!(form, 0 | 5 | 6 | 7 | 12 | 13 | 14 | 15) {
        row.type_relation_id = Some(le32(cursor)?);
        cursor.take(16)?;
    }
    match form {
        0 => {
            // Offsets of sections, count and sizes of the elements.
            cursor.take(8)?;
            row.element_count = Some(le32(cursor)?);
            cursor.take(12)?;
            dimensions = Some(several(cursor)?);
        }
        15 => {
            cursor.take(8)?;
        }
        _ => {}
    }
    Some(dimensions)
}

fn several(cursor: &mut Cursor<'_>) -> Option<Dimensions> {
    let mut dimensions = Dimensions::default();
    for (bound, _) in &mut dimensions {
        *bound = le32(cursor)?.cast_signed();
    }
    for (_, count) in &mut dimensions {
        *count = le32(cursor)?;
    }
    Some(dimensions)
}

/// Gives the variable that is described here, up to the mark behind it. `None` if it cannot be read.
pub(super) fn description(
    cursor: &mut Cursor<'_>,
    position: u32,
    path: &[u32],
    out: &mut Output<'_>,
) -> Option<()> {
    let mut row = of_nothing(position);
    let form = cursor.u8()?;
    let len = vlq32(cursor)? as usize;
    row.name = Some(Text(cursor.take(len)?));
    cursor.u8()?;
    // The type as of a value; the type as software knows it follows.
    let datatype = Datatype(cursor.u8()?);
    row.software_type = SoftwareType(u16::try_from(vlq32(cursor)?).ok()?);
    row.attribute_flags = cursor.u32()?;
    row.local_id = vlq32(cursor)?;
    let further = vlq32(cursor)?;
    match datatype {
        Datatype::STRUCT => row.type_relation_id = Some(further),
        Datatype::S7_STRING => row.length = Some(further),
        _ => {}
    }
    let mut dimensions = None;
    if matches!(form, 4..=7) {
        vlq32(cursor)?;
        row.section = Some(Section(u8::try_from(vlq32(cursor)?).ok()?));
    }
    match form {
        0 | 4 => places(&mut row, cursor)?,
        1 | 5 => {
            places(&mut row, cursor)?;
            two_more(cursor)?;
        }
        2 | 6 => {
            places(&mut row, cursor)?;
            row.lower_bound = i32::try_from(signed(cursor)?).ok();
            row.element_count = Some(vlq32(cursor)?);
            two_more(cursor)?;
        }
        7 => {
            places(&mut row, cursor)?;
            two_more(cursor)?;
            let mut all = Dimensions::default();
            for number in 0..vlq32(cursor)? as usize {
                let dimension = (i32::try_from(signed(cursor)?).ok()?, vlq32(cursor)?);
                *all.get_mut(number)? = dimension;
            }
            dimensions = Some(all);
        }
        _ => {
            // Which numbers there are is not known.
            while cursor.peek()? != END_OF_DESCRIPTION {
                vlq32(cursor)?;
            }
        }
    }
    if cursor.u8()? != END_OF_DESCRIPTION {
        return None;
    }
    give(row, dimensions.as_ref(), path, out);
    Some(())
}

/// Two numbers that tell nothing here: of places of bits, or of what lies between elements.
fn two_more(cursor: &mut Cursor<'_>) -> Option<()> {
    vlq32(cursor)?;
    vlq32(cursor)?;
    Some(())
}

fn places(row: &mut S7commPlusVariables<'_>, cursor: &mut Cursor<'_>) -> Option<()> {
    (row.optimized_address, row.address) = (Some(vlq32(cursor)?), Some(vlq32(cursor)?));
    Some(())
}

fn give(row: S7commPlusVariables<'_>, dimensions: Option<&Dimensions>, path: &[u32], out: &mut Output<'_>) {
    if !out.wants::<S7commPlusVariables<'_>>() {
        return;
    }
    let mut scratch = out.take_scratch();
    super::values::write_path(&mut scratch, path);
    let end = scratch.len();
    if let Some(dimensions) = dimensions {
        write_dimensions(&mut scratch, dimensions);
    }
    let (path, dimensions) = scratch.text().0.split_at_checked(end).unwrap_or_default();
    let dimensions = (!dimensions.is_empty()).then_some(Text(dimensions));
    out.row(&S7commPlusVariables { path: Text(path), dimensions, ..row });
    out.give_back(scratch);
}

/// Bounds as the language of the PLC has them: `0..2, -1..3`. The last dimension is told first.
fn write_dimensions(scratch: &mut Scratch, dimensions: &Dimensions) {
    let mut separator = "";
    for (lower, count) in dimensions.iter().rev().filter(|(_, count)| *count > 0) {
        let upper = i64::from(*lower) + i64::from(*count) - 1;
        let _ = write!(scratch, "{separator}{lower}..{upper}");
        separator = ", ";
    }
}
