//! The ASDU (-101 section 7.1 and 7.2): its head, what each type is made of, and the sizes of its fields.
use super::codes::{Cause, TypeId};
use crate::{record::Symbol, wire::Cursor};

/// Octets of the fields of an ASDU that a system may choose (-101 section 7.2). -104 lays down 2, 2 and 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) cause: u8,
    pub(super) common_address: u8,
    pub(super) object_address: u8,
}

impl Sizes {
    pub(super) const STANDARD: Self = Self { cause: 2, common_address: 2, object_address: 3 };
    /// All that the standard allows, the one of -104 first, then those that are seen most in -101.
    pub(super) const ALL: [Self; 12] = {
        const fn sizes(cause: u8, common_address: u8, object_address: u8) -> Sizes {
            Sizes { cause, common_address, object_address }
        }
        [
            Self::STANDARD,
            sizes(1, 1, 2),
            sizes(1, 2, 2),
            sizes(1, 2, 3),
            sizes(2, 2, 2),
            sizes(2, 1, 2),
            sizes(2, 1, 3),
            sizes(1, 1, 3),
            sizes(1, 1, 1),
            sizes(1, 2, 1),
            sizes(2, 1, 1),
            sizes(2, 2, 1),
        ]
    };
    /// Octets before the first information object address.
    pub(super) const fn head(self) -> usize {
        2 + self.cause as usize + self.common_address as usize
    }
    /// As a number of three digits: cause, common address, object address.
    pub(super) fn digits(self) -> u64 {
        u64::from(self.cause) * 100 + u64::from(self.common_address) * 10 + u64::from(self.object_address)
    }
    /// The common address that stands for all stations.
    pub(super) const fn broadcast(self) -> u16 {
        if self.common_address == 1 { 0xff } else { 0xffff }
    }
}

/// Data unit identifier (-101 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) type_id: TypeId,
    pub(super) count: u8,
    pub(super) sequence: bool,
    pub(super) cause: Cause,
    pub(super) negative: bool,
    pub(super) test: bool,
    pub(super) originator: Option<u8>,
    pub(super) common_address: u16,
}

/// A little-endian number of up to four octets.
#[inline]
pub(super) fn number(octets: &[u8]) -> u32 {
    octets.iter().rev().fold(0, |number, octet| number << 8 | u32::from(*octet))
}

/// The head of an ASDU, and what follows it.
#[inline]
pub(super) fn head(octets: &[u8], sizes: Sizes) -> Option<(Head, &[u8])> {
    let (head, body) = octets.split_at_checked(sizes.head())?;
    let [type_id, count, cause, rest @ ..] = head else { return None };
    let (originator, address) = if sizes.cause == 2 {
        let (originator, address) = rest.split_first()?;
        (Some(*originator), address)
    } else {
        (None, rest)
    };
    let head = Head {
        type_id: TypeId(*type_id),
        count: count & 0x7f,
        sequence: count & 0x80 != 0,
        cause: Cause(cause & 0x3f),
        negative: cause & 0x40 != 0,
        test: cause & 0x80 != 0,
        originator,
        common_address: number(address) as u16,
    };
    Some((head, body))
}

/// The fields of a head that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stated {
    pub(super) type_id: Option<TypeId>,
    pub(super) count: Option<u8>,
    pub(super) sequence: Option<bool>,
    pub(super) cause: Option<Cause>,
    pub(super) negative: Option<bool>,
    pub(super) test: Option<bool>,
    pub(super) originator: Option<u8>,
    pub(super) common_address: Option<u16>,
}

/// Writes them into a row of any protocol that carries ASDUs.
macro_rules! write_head {
    ($row:ident, $head:expr) => {
        $row.type_id = $head.type_id;
        $row.object_count = $head.count;
        $row.sequence_bit = $head.sequence;
        $row.cause = $head.cause;
        $row.negative = $head.negative;
        $row.test = $head.test;
        $row.originator = $head.originator;
        $row.common_address = $head.common_address;
    };
}
pub(super) use write_head;

impl From<&Head> for Stated {
    #[inline]
    fn from(head: &Head) -> Self {
        Self {
            type_id: Some(head.type_id),
            count: Some(head.count),
            sequence: Some(head.sequence),
            cause: Some(head.cause),
            negative: Some(head.negative),
            test: Some(head.test),
            originator: head.originator,
            common_address: Some(head.common_address),
        }
    }
}

/// The fields of a head that ends before its last one, and what is left of that.
pub(super) fn part_of_head(octets: &[u8], sizes: Sizes) -> (Stated, &[u8]) {
    let mut cursor = Cursor::new(octets);
    let type_id = cursor.u8().map(TypeId);
    let (count, cause) = (cursor.u8(), cursor.u8());
    let originator = if sizes.cause == 2 { cursor.u8() } else { None };
    let stated = Stated {
        type_id,
        count: count.map(|count| count & 0x7f),
        sequence: count.map(|count| count & 0x80 != 0),
        cause: cause.map(|cause| Cause(cause & 0x3f)),
        negative: cause.map(|cause| cause & 0x40 != 0),
        test: cause.map(|cause| cause & 0x80 != 0),
        originator,
        common_address: None,
    };
    (stated, cursor.rest())
}

/// What the information elements of a type are (-101 section 7.2.6, 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// SIQ.
    SinglePoint,
    /// DIQ.
    DoublePoint,
    /// VTI, QDS.
    StepPosition,
    /// BSI, QDS.
    Bitstring,
    /// NVA, QDS.
    Normalized,
    /// NVA alone.
    NormalizedAlone,
    /// SVA, QDS.
    Scaled,
    /// IEEE STD 754, QDS.
    Float,
    /// BCR.
    Counter,
    /// AID, BCR.
    SecurityCounter,
    /// SEP, CP16Time2a.
    ProtectionEvent,
    /// SPE or OCI, QDP, CP16Time2a.
    ProtectionPacked,
    /// SCD, QDS.
    PackedSinglePoints,
    /// SCO.
    SingleCommand,
    /// DCO.
    DoubleCommand,
    /// RCO.
    RegulatingStepCommand,
    /// NVA, QOS.
    NormalizedSetPoint,
    /// SVA, QOS.
    ScaledSetPoint,
    /// IEEE STD 754, QOS.
    FloatSetPoint,
    /// BSI.
    BitstringCommand,
    /// COI, QOI, QCC, QRP, QPA.
    Qualifier,
    /// None.
    Nothing,
    /// FBP, TSC.
    TestPattern,
    /// CP16Time2a.
    Delay,
    /// NVA, QPM.
    NormalizedParameter,
    /// SVA, QPM.
    ScaledParameter,
    /// IEEE STD 754, QPM.
    FloatParameter,
    /// Types 120 to 127.
    File,
}

/// The time tag at the end of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    None,
    Cp24,
    Cp56,
}

/// Who sends a type, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Process information, from the controlled station.
    Monitor,
    /// End of initialization.
    Initialization,
    /// Process commands.
    Command,
    /// System commands.
    System,
    /// Parameters.
    Parameter,
    /// File transfer, in either direction.
    File,
}

/// A type whose information objects the standard lays down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Octets of one element, without address; of a segment, those before it.
    pub(super) octets: u8,
    pub(super) element: Element,
    pub(super) time: Time,
    pub(super) class: Class,
    /// Whether the standard has a form with SQ = 1.
    pub(super) sequence: bool,
    /// Causes that the standard gives the type, a bit each.
    pub(super) causes: u64,
    /// What its points are, in the common language.
    pub(super) space: Symbol,
}

const fn bits(causes: &[u8]) -> u64 {
    let (mut bits, mut index) = (0, 0);
    while index < causes.len() {
        bits |= 1 << causes[index];
        index += 1;
    }
    bits
}

const UNKNOWN: u64 = bits(&[44, 45, 46, 47]);
const INTERROGATED: u64 = ((1 << 37) - 1) & !((1 << 20) - 1);
const COUNTERS: u64 = bits(&[37, 38, 39, 40, 41]);
const MONITOR: u64 = bits(&[1, 2, 3, 5, 11, 12]) | INTERROGATED;
const TOTALS: u64 = bits(&[3]) | COUNTERS;
const ACTIVATED: u64 = bits(&[6, 7, 8, 9, 10]) | UNKNOWN;

const fn space(element: Element) -> Symbol {
    Symbol(match element {
        Element::SinglePoint => "single_point",
        Element::DoublePoint => "double_point",
        Element::StepPosition => "step_position",
        Element::Bitstring => "bitstring",
        Element::Normalized | Element::NormalizedAlone => "normalized",
        Element::Scaled => "scaled",
        Element::Float => "float",
        Element::Counter => "integrated_total",
        Element::SecurityCounter => "security_statistic",
        Element::ProtectionEvent | Element::ProtectionPacked => "protection",
        Element::PackedSinglePoints => "packed_single_points",
        Element::SingleCommand => "single_command",
        Element::DoubleCommand => "double_command",
        Element::RegulatingStepCommand => "regulating_step_command",
        Element::NormalizedSetPoint => "normalized_set_point",
        Element::ScaledSetPoint => "scaled_set_point",
        Element::FloatSetPoint => "float_set_point",
        Element::BitstringCommand => "bitstring_command",
        Element::NormalizedParameter => "normalized_parameter",
        Element::ScaledParameter => "scaled_parameter",
        Element::FloatParameter => "float_parameter",
        _ => "object",
    })
}

/// What the standard lays down for a type; null for what it leaves to users, to segments, or to a later edition.
const fn laid_down(type_id: u8) -> Option<Kind> {
    use Class::{Command as Control, File as Transfer, Initialization, Monitor, Parameter, System};
    use Element::*;
    use Time::{Cp24, Cp56, None as Without};
    let (octets, element, time, class, sequence, causes) = match type_id {
        1 => (1, SinglePoint, Without, Monitor, true, MONITOR),
        2 => (4, SinglePoint, Cp24, Monitor, false, MONITOR),
        3 => (1, DoublePoint, Without, Monitor, true, MONITOR),
        4 => (4, DoublePoint, Cp24, Monitor, false, MONITOR),
        5 => (2, StepPosition, Without, Monitor, true, MONITOR),
        6 => (5, StepPosition, Cp24, Monitor, false, MONITOR),
        7 => (5, Bitstring, Without, Monitor, true, MONITOR),
        8 => (8, Bitstring, Cp24, Monitor, false, MONITOR),
        9 => (3, Normalized, Without, Monitor, true, MONITOR),
        10 => (6, Normalized, Cp24, Monitor, false, MONITOR),
        11 => (3, Scaled, Without, Monitor, true, MONITOR),
        12 => (6, Scaled, Cp24, Monitor, false, MONITOR),
        13 => (5, Float, Without, Monitor, true, MONITOR),
        14 => (8, Float, Cp24, Monitor, false, MONITOR),
        15 => (5, Counter, Without, Monitor, true, TOTALS | MONITOR),
        16 => (8, Counter, Cp24, Monitor, false, TOTALS | MONITOR),
        17 => (6, ProtectionEvent, Cp24, Monitor, false, MONITOR),
        18 | 19 => (7, ProtectionPacked, Cp24, Monitor, false, MONITOR),
        20 => (5, PackedSinglePoints, Without, Monitor, true, MONITOR),
        21 => (2, NormalizedAlone, Without, Monitor, true, MONITOR),
        30 => (8, SinglePoint, Cp56, Monitor, false, MONITOR),
        31 => (8, DoublePoint, Cp56, Monitor, false, MONITOR),
        32 => (9, StepPosition, Cp56, Monitor, false, MONITOR),
        33 => (12, Bitstring, Cp56, Monitor, false, MONITOR),
        34 => (10, Normalized, Cp56, Monitor, false, MONITOR),
        35 => (10, Scaled, Cp56, Monitor, false, MONITOR),
        36 => (12, Float, Cp56, Monitor, false, MONITOR),
        37 => (12, Counter, Cp56, Monitor, false, TOTALS | MONITOR),
        38 => (10, ProtectionEvent, Cp56, Monitor, false, MONITOR),
        39 | 40 => (11, ProtectionPacked, Cp56, Monitor, false, MONITOR),
        41 => (14, SecurityCounter, Cp56, Monitor, false, TOTALS | MONITOR),
        45 => (1, SingleCommand, Without, Control, false, ACTIVATED),
        46 => (1, DoubleCommand, Without, Control, false, ACTIVATED),
        47 => (1, RegulatingStepCommand, Without, Control, false, ACTIVATED),
        48 => (3, NormalizedSetPoint, Without, Control, false, ACTIVATED),
        49 => (3, ScaledSetPoint, Without, Control, false, ACTIVATED),
        50 => (5, FloatSetPoint, Without, Control, false, ACTIVATED),
        51 => (4, BitstringCommand, Without, Control, false, ACTIVATED),
        58 => (8, SingleCommand, Cp56, Control, false, ACTIVATED),
        59 => (8, DoubleCommand, Cp56, Control, false, ACTIVATED),
        60 => (8, RegulatingStepCommand, Cp56, Control, false, ACTIVATED),
        61 => (10, NormalizedSetPoint, Cp56, Control, false, ACTIVATED),
        62 => (10, ScaledSetPoint, Cp56, Control, false, ACTIVATED),
        63 => (12, FloatSetPoint, Cp56, Control, false, ACTIVATED),
        64 => (11, BitstringCommand, Cp56, Control, false, ACTIVATED),
        70 => (1, Qualifier, Without, Initialization, false, bits(&[4])),
        100 => (1, Qualifier, Without, System, false, ACTIVATED),
        101 => (1, Qualifier, Without, System, false, ACTIVATED),
        102 => (0, Nothing, Without, System, false, bits(&[5]) | UNKNOWN),
        103 => (7, Nothing, Cp56, System, false, bits(&[3, 6, 7]) | UNKNOWN),
        104 => (2, TestPattern, Without, System, false, bits(&[6, 7]) | UNKNOWN),
        105 => (1, Qualifier, Without, System, false, bits(&[6, 7]) | UNKNOWN),
        106 => (2, Delay, Without, System, false, bits(&[3, 6, 7]) | UNKNOWN),
        107 => (9, TestPattern, Cp56, System, false, bits(&[6, 7]) | UNKNOWN),
        110 => (3, NormalizedParameter, Without, Parameter, false, bits(&[6, 7]) | INTERROGATED | UNKNOWN),
        111 => (3, ScaledParameter, Without, Parameter, false, bits(&[6, 7]) | INTERROGATED | UNKNOWN),
        112 => (5, FloatParameter, Without, Parameter, false, bits(&[6, 7]) | INTERROGATED | UNKNOWN),
        113 => (1, Qualifier, Without, Parameter, false, bits(&[6, 7, 8, 9]) | UNKNOWN),
        120 => (6, File, Without, Transfer, false, bits(&[13]) | UNKNOWN),
        121 => (7, File, Without, Transfer, false, bits(&[13]) | UNKNOWN),
        122 => (4, File, Without, Transfer, false, bits(&[5, 13]) | UNKNOWN),
        123 => (5, File, Without, Transfer, false, bits(&[13]) | UNKNOWN),
        124 => (4, File, Without, Transfer, false, bits(&[13]) | UNKNOWN),
        125 => (4, File, Without, Transfer, false, bits(&[13]) | UNKNOWN),
        126 => (13, File, Without, Transfer, true, bits(&[3, 5]) | UNKNOWN),
        127 => (16, File, Without, Transfer, false, bits(&[5, 13]) | UNKNOWN),
        _ => return None,
    };
    Some(Kind { octets, element, time, class, sequence, causes, space: space(element) })
}

static KINDS: [Option<Kind>; 128] = {
    let (mut kinds, mut type_id) = ([None; 128], 0);
    while type_id < 128 {
        kinds[type_id] = laid_down(type_id as u8);
        type_id += 1;
    }
    kinds
};

/// What the standard lays down for a type.
#[inline]
pub(super) fn kind(type_id: TypeId) -> Option<&'static Kind> {
    KINDS.get(usize::from(type_id.0))?.as_ref()
}

/// Octets that the objects of an ASDU need; of a segment as many as it says itself.
#[inline]
pub(super) fn needs(kind: &Kind, head: &Head, body: &[u8], sizes: Sizes) -> usize {
    let (object, octets, count) =
        (usize::from(sizes.object_address), usize::from(kind.octets), usize::from(head.count));
    if head.type_id == TypeId::F_SG_NA_1 {
        return object + octets + body.get(object + 3).map_or(0, |length| usize::from(*length));
    }
    if head.sequence { object + count * octets } else { count * (object + octets) }
}

/// Whether octets are an ASDU with fields of these sizes: of a type that the standard lays down, as long as its count asks
/// for, with a cause that the type may have.
pub(super) fn fits(octets: &[u8], sizes: Sizes) -> bool {
    let Some((head, body)) = head(octets, sizes) else { return false };
    kind(head.type_id).is_some_and(|kind| {
        head.count > 0
            && needs(kind, &head, body, sizes) == body.len()
            && kind.causes >> head.cause.0 & 1 == 1
            && (!head.sequence || kind.sequence)
    })
}

/// A bit for each of [`Sizes::ALL`] that [`fits`].
pub(super) fn fitting(octets: &[u8]) -> u16 {
    let all = Sizes::ALL.iter().enumerate();
    all.fold(0, |bits, (index, sizes)| bits | u16::from(fits(octets, *sizes)) << index)
}

/// How unlikely it is that a system has chosen these sizes, by one ASDU that fits them: parts of addresses that are
/// mostly 0 and are not.
pub(super) fn unlikely(octets: &[u8], sizes: Sizes) -> u16 {
    let Some((head, body)) = head(octets, sizes) else { return 8 };
    let object = number(body.get(..usize::from(sizes.object_address)).unwrap_or_default());
    let system = kind(head.type_id).is_some_and(|kind| kind.class == Class::System);
    u16::from(head.originator.is_some_and(|originator| originator != 0))
        + u16::from(head.common_address > 0xff && head.common_address != sizes.broadcast())
        + 4 * u16::from(head.common_address == 0)
        + u16::from(object > 0xffff)
        + 4 * u16::from(system != (object == 0))
}

/// ASDUs that must agree before other sizes are taken on.
const AGREE: u8 = 3;

/// Finds the sizes of the fields of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solver {
    pub(super) sizes: Sizes,
    /// Whether `sizes` have explained an ASDU: then they stay.
    settled: bool,
    /// Sizes that explain every ASDU so far that those of the standard do not.
    candidates: u16,
    unlikely: [u16; 12],
    agreed: u8,
}

impl Default for Solver {
    fn default() -> Self {
        Self { sizes: Sizes::STANDARD, settled: false, candidates: u16::MAX, unlikely: [0; 12], agreed: 0 }
    }
}

/// What an ASDU tells of the sizes of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are those in force, or there is no telling.
    InForce,
    /// Those in force do not explain it, others do: what they are is not decided.
    Open,
    /// Others are in force from this ASDU on.
    Changed,
}

impl Solver {
    /// Sizes that are known otherwise.
    pub(super) fn settle(&mut self, sizes: Sizes) {
        (self.sizes, self.settled) = (sizes, true);
    }

    /// Looks at an ASDU that may not have the length that the sizes in force ask for.
    pub(super) fn look(&mut self, octets: &[u8], exact: bool) -> Verdict {
        if exact || self.settled {
            self.settled |= exact;
            return Verdict::InForce;
        }
        let fitting = fitting(octets);
        if fitting == 0 {
            return Verdict::InForce;
        }
        if self.candidates & fitting == 0 {
            (self.candidates, self.unlikely, self.agreed) = (u16::MAX, [0; 12], 0);
        }
        self.candidates &= fitting;
        self.agreed += 1;
        let all = || Sizes::ALL.iter().zip(0u16..).filter(|(_, index)| self.candidates >> index & 1 == 1);
        for ((sizes, _), sum) in Sizes::ALL.iter().zip(0u16..).zip(&mut self.unlikely) {
            *sum = sum.saturating_add(unlikely(octets, *sizes));
        }
        if self.agreed < AGREE {
            return Verdict::Open;
        }
        let likely = all().min_by_key(|(_, index)| self.unlikely.get(usize::from(*index)).copied());
        if let Some((sizes, _)) = likely {
            (self.sizes, self.settled) = (*sizes, true);
        }
        Verdict::Changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets of elements as PROTOCOLS of the standard gives them: -101 section 7.3, -104 section 8.
    #[test]
    fn elements_have_the_lengths_of_the_standard() {
        let want = [
            (1, 1),
            (2, 4),
            (3, 1),
            (4, 4),
            (5, 2),
            (6, 5),
            (7, 5),
            (8, 8),
            (9, 3),
            (10, 6),
            (11, 3),
            (12, 6),
            (13, 5),
            (14, 8),
            (15, 5),
            (16, 8),
            (17, 6),
            (18, 7),
            (19, 7),
            (20, 5),
            (21, 2),
            (30, 8),
            (31, 8),
            (32, 9),
            (33, 12),
            (34, 10),
            (35, 10),
            (36, 12),
            (37, 12),
            (38, 10),
            (39, 11),
            (40, 11),
            (41, 14),
            (45, 1),
            (46, 1),
            (47, 1),
            (48, 3),
            (49, 3),
            (50, 5),
            (51, 4),
            (58, 8),
            (59, 8),
            (60, 8),
            (61, 10),
            (62, 10),
            (63, 12),
            (64, 11),
            (70, 1),
            (100, 1),
            (101, 1),
            (102, 0),
            (103, 7),
            (104, 2),
            (105, 1),
            (106, 2),
            (107, 9),
            (110, 3),
            (111, 3),
            (112, 5),
            (113, 1),
            (120, 6),
            (121, 7),
            (122, 4),
            (123, 5),
            (124, 4),
            (125, 4),
            (126, 13),
            (127, 16),
        ];
        for type_id in 0..=255 {
            let octets = want.iter().find(|(id, _)| *id == type_id).map(|(_, octets)| *octets);
            assert_eq!(kind(TypeId(type_id)).map(|kind| kind.octets), octets, "{type_id}");
        }
    }

    fn single_point(sizes: Sizes, object: u32, cause: u8) -> Vec<u8> {
        let mut asdu = vec![1, 1, cause];
        asdu.resize(2 + usize::from(sizes.cause), 0);
        asdu.push(5);
        asdu.resize(sizes.head(), 0);
        asdu.extend(&object.to_le_bytes()[..usize::from(sizes.object_address)]);
        asdu.push(1);
        asdu
    }

    /// HARD_CASES, IEC 60870-5-104: "Field sizes other than 2/2/3 [...] -> taken on only when one layout explains several
    /// ASDUs and the usual one none; stays for the connection".
    #[test]
    fn every_choice_of_sizes_is_found_from_a_few_asdus() {
        for sizes in Sizes::ALL {
            let mut solver = Solver::default();
            let mut interrogation = vec![100, 1, 7];
            interrogation.resize(2 + usize::from(sizes.cause), 0);
            interrogation.push(5);
            interrogation.resize(sizes.head() + usize::from(sizes.object_address), 0);
            interrogation.push(20);
            let exact = sizes == Sizes::STANDARD;
            // Where every ASDU holds one object, some sizes cannot be told from others.
            let mut two = single_point(sizes, 16, 20);
            two[1] = 2;
            let object = two.split_off(sizes.head());
            two.extend([object.clone(), object].concat());
            for asdu in [interrogation, two, single_point(sizes, 17, 3), single_point(sizes, 18, 3)] {
                assert!(fits(&asdu, sizes));
                let exact = exact || (solver.settled && solver.sizes == sizes);
                solver.look(&asdu, exact);
            }
            assert_eq!(solver.sizes, sizes);
        }
    }

    /// HARD_CASES, IEC 60870-5-104: "one odd ASDU is an anomaly, not a new layout".
    #[test]
    fn sizes_that_explained_an_asdu_stay() {
        let mut solver = Solver::default();
        assert_eq!(solver.look(&single_point(Sizes::STANDARD, 9, 3), true), Verdict::InForce);
        let odd = single_point(Sizes { cause: 1, common_address: 1, object_address: 2 }, 9, 3);
        for _ in 0..10 {
            assert_eq!(solver.look(&odd, false), Verdict::InForce);
        }
        assert_eq!(solver.sizes, Sizes::STANDARD);
    }
}
