//! How long a PDU is, and whether it can be one: by function and direction (section 6 of the application protocol).
//!
//! Framing of serial lines, identification and the question who asks all rest on it.
use super::codes::{ConformityLevel, DiagnosticSubFunction, ExceptionCode, FunctionCode, ReadDeviceIdCode};
use crate::protocol::Toward;

/// The bit that makes a function code an exception answer (section 7).
pub(super) const EXCEPTION: u8 = 0x80;

/// Most coils or inputs that functions 1 and 2 read.
pub(super) const MOST_READ_BITS: u16 = 2000;
/// Most registers that functions 3, 4 and 23 read.
pub(super) const MOST_READ_REGISTERS: u16 = 125;
/// Most coils that function 15 writes.
pub(super) const MOST_WRITTEN_BITS: u16 = 1968;
/// Most registers that function 16 writes.
pub(super) const MOST_WRITTEN_REGISTERS: u16 = 123;
/// Most registers that function 23 writes.
pub(super) const MOST_READ_WRITTEN_REGISTERS: u16 = 121;
/// Most registers that a FIFO holds.
pub(super) const MOST_FIFO_REGISTERS: u16 = 31;
/// The only reference type of files.
pub(super) const FILE_REFERENCE: u8 = 6;

/// What the octets tell of the length of the PDU that they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many octets.
    Is(usize),
    /// It cannot be told before there are this many octets.
    Needs(usize),
    /// The function does not tell; it has at least this many octets.
    AtLeast(usize),
}

pub(super) fn octet(pdu: &[u8], at: usize) -> Option<u8> {
    pdu.get(at).copied()
}

pub(super) fn word(pdu: &[u8], at: usize) -> Option<u16> {
    let octets = pdu.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(octets.try_into().ok()?))
}

/// Octets that so many bits take.
pub(super) const fn octets_of(bits: u16) -> u16 {
    bits.div_ceil(8)
}

fn counted(pdu: &[u8], at: usize) -> Length {
    match octet(pdu, at) {
        Some(count) => Length::Is(at + 1 + usize::from(count)),
        None => Length::Needs(at + 1),
    }
}

/// Length of the PDU, if it goes there.
#[inline]
pub(super) fn length(pdu: &[u8], toward: Toward) -> Length {
    let Some(function) = octet(pdu, 0) else { return Length::Needs(1) };
    match toward {
        Toward::Server => request(pdu, function),
        Toward::Client => answer(pdu, function),
    }
}

fn request(pdu: &[u8], function: u8) -> Length {
    match function {
        1..=6 => Length::Is(5),
        7 | 11 | 12 | 17 => Length::Is(1),
        8 => Length::AtLeast(3),
        15 | 16 => counted(pdu, 5),
        20 | 21 => counted(pdu, 1),
        22 => Length::Is(7),
        23 => counted(pdu, 9),
        24 => Length::Is(3),
        43 => match octet(pdu, 1) {
            Some(14) => Length::Is(4),
            Some(_) => Length::AtLeast(2),
            None => Length::Needs(2),
        },
        _ => Length::AtLeast(1),
    }
}

fn answer(pdu: &[u8], function: u8) -> Length {
    match function {
        1..=4 | 12 | 17 | 20 | 21 | 23 => counted(pdu, 1),
        5 | 6 | 11 | 15 | 16 => Length::Is(5),
        7 => Length::Is(2),
        8 => Length::AtLeast(3),
        22 => Length::Is(7),
        24 => match word(pdu, 1) {
            Some(count) => Length::Is(3 + usize::from(count)),
            None => Length::Needs(3),
        },
        43 => match octet(pdu, 1) {
            Some(14) => identification(pdu),
            Some(_) => Length::AtLeast(2),
            None => Length::Needs(2),
        },
        EXCEPTION.. => Length::Is(2),
        _ => Length::AtLeast(1),
    }
}

/// An answer of Read Device Identification: a head of seven octets, then objects.
fn identification(pdu: &[u8]) -> Length {
    let Some(objects) = octet(pdu, 6) else { return Length::Needs(7) };
    let mut at = 7usize;
    for _ in 0..objects {
        match octet(pdu, at + 1) {
            Some(len) => at += 2 + usize::from(len),
            None => return Length::Needs(at + 2),
        }
        if at > 256 {
            break;
        }
    }
    Length::Is(at)
}

/// Whether the PDU is just as long as it should be if it goes there.
#[inline]
pub(super) fn fits(pdu: &[u8], toward: Toward) -> bool {
    match length(pdu, toward) {
        Length::Is(len) => len == pdu.len(),
        Length::AtLeast(len) => len <= pdu.len(),
        Length::Needs(_) => false,
    }
}

const fn within(address: u16, quantity: u16, most: u16) -> bool {
    quantity >= 1 && quantity <= most && address as u32 + quantity as u32 <= 0x1_0000
}

const fn coil(value: u16) -> bool {
    matches!(value, 0 | 0xff00)
}

/// Whether a PDU is an exception answer with an octet of zeros behind it, as some devices send them: more than its length is
/// right, so it is found again as well as what the standard allows.
pub(super) fn padded_exception(pdu: &[u8]) -> bool {
    matches!(pdu, [_, _, 0])
        && pdu.get(..2).is_some_and(|exception| plausible(exception, Toward::Client))
        && octet(pdu, 0).is_some_and(|function| function & EXCEPTION != 0)
}

/// Whether a PDU of this length is one that the standard allows if it goes there: lengths, limits and values.
pub(super) fn plausible(pdu: &[u8], toward: Toward) -> bool {
    if !fits(pdu, toward) {
        return false;
    }
    let word = |at| word(pdu, at).unwrap_or_default();
    let octet = |at| octet(pdu, at).unwrap_or_default();
    let function = octet(0);
    let common = match function {
        5 => Some(coil(word(3))),
        6 | 22 => Some(true),
        8 => Some(diagnostics(pdu)),
        43 if octet(1) == 13 => Some(true),
        43 if octet(1) != 14 => Some(false),
        _ => None,
    };
    if let Some(verdict) = common {
        return verdict;
    }
    match toward {
        Toward::Server => match function {
            1 | 2 => within(word(1), word(3), MOST_READ_BITS),
            3 | 4 => within(word(1), word(3), MOST_READ_REGISTERS),
            15 => within(word(1), word(3), MOST_WRITTEN_BITS) && u16::from(octet(5)) == octets_of(word(3)),
            16 => within(word(1), word(3), MOST_WRITTEN_REGISTERS) && u16::from(octet(5)) == 2 * word(3),
            20 => pdu.len() > 2 && pdu.len() % 7 == 2 && groups_of_seven(pdu),
            21 => written_groups(pdu),
            23 => {
                within(word(1), word(3), MOST_READ_REGISTERS)
                    && within(word(5), word(7), MOST_READ_WRITTEN_REGISTERS)
                    && u16::from(octet(9)) == 2 * word(7)
            }
            43 => ReadDeviceIdCode(octet(2)).name().is_some(),
            _ => function != 0 && function & EXCEPTION == 0,
        },
        Toward::Client => match function {
            1 | 2 => matches!(octet(1), 1..=250),
            3 | 4 | 23 => matches!(octet(1), 2..=250) && octet(1) % 2 == 0,
            11 => matches!(word(1), 0 | 0xffff),
            12 => octet(1) >= 6,
            15 => within(word(1), word(3), MOST_WRITTEN_BITS),
            16 => within(word(1), word(3), MOST_WRITTEN_REGISTERS),
            17 => octet(1) >= 1,
            20 => read_groups(pdu),
            21 => written_groups(pdu),
            24 => word(3) <= MOST_FIFO_REGISTERS && u32::from(word(1)) == 2 + 2 * u32::from(word(3)),
            43 => {
                ReadDeviceIdCode(octet(2)).name().is_some()
                    && ConformityLevel(octet(3)).name().is_some()
                    && matches!(octet(4), 0 | 0xff)
            }
            EXCEPTION.. => function != EXCEPTION && ExceptionCode(octet(1)).name().is_some(),
            _ => function != 0,
        },
    }
}

/// All sub-functions but the echo have one word of data, or none where a server answers with none.
fn diagnostics(pdu: &[u8]) -> bool {
    let sub_function = word(pdu, 1).unwrap_or(u16::MAX);
    match sub_function {
        0 => pdu.len() >= 5,
        21 => pdu.len() >= 5,
        _ => DiagnosticSubFunction(sub_function).name().is_some() && matches!(pdu.len(), 3 | 5),
    }
}

fn groups_of_seven(pdu: &[u8]) -> bool {
    pdu.get(2..).unwrap_or_default().chunks(7).all(|group| group.first() == Some(&FILE_REFERENCE))
}

fn written_groups(pdu: &[u8]) -> bool {
    let mut at = 2usize;
    while at < pdu.len() {
        match (octet(pdu, at), word(pdu, at + 5)) {
            (Some(FILE_REFERENCE), Some(len)) => at += 7 + 2 * usize::from(len),
            _ => return false,
        }
    }
    at == pdu.len() && at > 2
}

fn read_groups(pdu: &[u8]) -> bool {
    let mut at = 2usize;
    while at < pdu.len() {
        match (octet(pdu, at), octet(pdu, at + 1)) {
            (Some(len), Some(FILE_REFERENCE)) => at += 1 + usize::from(len),
            _ => return false,
        }
    }
    at == pdu.len() && at > 2
}

/// Whether some standard or maker names the function: a lone PDU of any other proves nothing.
pub(super) fn known(function: u8) -> bool {
    KNOWN.get(usize::from(function & !EXCEPTION)) == Some(&true)
}

/// Asked of each octet of what nobody knows yet.
const KNOWN: [bool; EXCEPTION as usize] = {
    let mut known = [false; EXCEPTION as usize];
    let mut code = 0;
    while code < EXCEPTION {
        let function = FunctionCode(code);
        known[code as usize] = function.name().is_some() || function.is_user_defined();
        code += 1;
    }
    known
};
