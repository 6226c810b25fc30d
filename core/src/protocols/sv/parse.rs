//! The savPdu (IEC 61850-9-2, clause 8.5).
use super::{
    codes::{SmpMod, SmpSynch},
    records::{Sv, SvAsdus, SvValues},
    state::{self, CHANNELS, Memory, Said},
};
use crate::{
    common::{Anomaly, AnomalyKind, Identities, PointValue, PointWay, Publication, Whose},
    description::{SampleType, Samples},
    output::{Point, TellPoints},
    protocol::{Output, Pdu},
    protocols::goose::{Head, fault},
    record::{Direction, Symbol, Text, digest_bytes},
    wire::{
        ber::{self, Element, Elements, Fault},
        mms::UtcTime,
    },
};

/// Octets of the samples of 9-2 LE: eight times value and quality.
pub(super) const SAMPLES: usize = 64;
/// APPIDs that the standard reserves for sampled values (annex A).
const RESERVED: core::ops::RangeInclusive<u16> = 0x4000..=0x7fff;

/// One ASDU, read.
#[derive(Clone, Copy, Default)]
pub(super) struct Asdu<'a> {
    pub(super) sv_id: Option<Text<'a>>,
    pub(super) dat_set: Option<Text<'a>>,
    pub(super) smp_cnt: Option<u16>,
    pub(super) conf_rev: Option<u32>,
    refr_tm: Option<UtcTime>,
    pub(super) smp_synch: Option<u8>,
    pub(super) smp_rate: Option<u16>,
    pub(super) smp_mod: Option<u16>,
    gm_identity: Option<&'a [u8]>,
    pub(super) sample: Option<&'a [u8]>,
    wrong: Option<(&'static str, Element<'a>)>,
    fault: Option<Fault<'a>>,
}

const EMPTY: Element<'static> = Element { identifier: 0, number: 0, contents: &[] };

fn number(contents: &[u8]) -> Option<u64> {
    ber::unsigned(contents)
}

fn small(contents: &[u8]) -> Option<u16> {
    number(contents).and_then(|number| u16::try_from(number).ok())
}

/// Table 14.
#[inline]
pub(super) fn asdu(element: Element<'_>) -> Asdu<'_> {
    let (mut asdu, mut elements) = (Asdu::default(), element.elements());
    for element in elements.by_ref() {
        let contents = element.contents;
        let fits = match element.identifier {
            0x80 => {
                asdu.sv_id = Some(Text(contents));
                true
            }
            0x81 => {
                asdu.dat_set = Some(Text(contents));
                true
            }
            0x82 => {
                asdu.smp_cnt = small(contents);
                asdu.smp_cnt.is_some()
            }
            0x83 => {
                asdu.conf_rev = number(contents).and_then(|number| u32::try_from(number).ok());
                asdu.conf_rev.is_some()
            }
            0x84 => {
                asdu.refr_tm = UtcTime::new(contents);
                asdu.refr_tm.is_some()
            }
            0x85 => {
                asdu.smp_synch = number(contents).and_then(|number| u8::try_from(number).ok());
                asdu.smp_synch.is_some()
            }
            0x86 => {
                asdu.smp_rate = small(contents);
                asdu.smp_rate.is_some()
            }
            0x87 => {
                asdu.sample = Some(contents);
                true
            }
            0x88 => {
                asdu.smp_mod = small(contents);
                asdu.smp_mod.is_some()
            }
            0x89 => {
                asdu.gm_identity = Some(contents);
                contents.len() == 8
            }
            // Later editions add fields; their length is told.
            _ => true,
        };
        if !fits {
            asdu.wrong.get_or_insert(("field of an ASDU has another length than its type", element));
        }
    }
    asdu.fault = elements.fault();
    asdu
}

/// Value and quality of a channel.
pub(super) fn channel(sample: &[u8], place: usize) -> Option<(i32, u32)> {
    let &[a, b, c, d, e, f, g, h] = sample.get(place.checked_mul(8)?..)?.first_chunk()?;
    Some((i32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])))
}

/// The ASDUs of a savPdu.
fn asdus<'a>(list: Option<Elements<'a>>) -> impl Iterator<Item = Element<'a>> {
    list.into_iter().flatten().filter(|element| element.identifier == 0x30)
}

/// One message; `apdu` lies in `pdu.bytes`.
pub(in crate::protocols) fn message(
    head: Head,
    apdu: Element<'_>,
    extension: Option<&[u8]>,
    pdu: Pdu<'_>,
    out: &mut Output<'_>,
) {
    out.set_direction(Direction::UNSOLICITED);
    let mut row = Sv {
        appid: head.appid,
        length: head.length,
        simulated: head.simulated,
        reserved1: head.reserved1,
        reserved2: head.reserved2,
        asdu_count: None,
        asdus: 0,
        security: None,
        extension,
    };
    let (mut list, mut elements) = (None, apdu.elements());
    for element in elements.by_ref() {
        match element.identifier {
            0x80 => row.asdu_count = number(element.contents).and_then(|count| u32::try_from(count).ok()),
            0x81 | 0xa1 => row.security = Some(element.contents),
            0xa2 => list = Some(element.elements()),
            _ => {}
        }
    }
    row.asdus = u32::try_from(asdus(list).count()).unwrap_or(u32::MAX);
    let mut is_row_out = false;
    let mut bad = elements.fault();
    let (mut place, mut rest) = (0u32, list);
    let mut digest = None;
    let description = out.description();
    // ASDUs of one stream that follow one another are one message of it.
    while let Some(first) = asdus(rest).next().map(asdu) {
        let (mut said, mut run) = (Said::default(), 0u32);
        let name = first.sv_id.unwrap_or_default();
        let about = Publication {
            name,
            station: Some(head.appid.into()),
            also: head.simulated.into(),
            octets: u32::try_from(pdu.bytes.len()).unwrap_or(u32::MAX),
        };
        let ts = out.ts();
        let is_alone = row.asdu_count == Some(1) && first.smp_cnt.is_some();
        let some_are_cut = pdu.cut && !is_alone;
        let samples = description
            .as_deref()
            .and_then(|described| described.samples(first.dat_set.map(|set| set.0), name.0));
        let mut behind = rest;
        // Of the message once, whatever the number of streams in it; each has another place.
        let key = first.smp_cnt.zip(rest).map(|(count, list)| {
            let digest = digest.get_or_insert_with(|| digest_bytes(list.rest()));
            (count, *digest ^ u64::from(place) << 32)
        });
        let heard = out.publish::<Memory>(&about, |memory, before| {
            let mut news = state::News::new(memory, before, head.simulated, ts, key);
            while let Some(list) = &mut behind {
                let start = *list;
                let Some(element) = list.find(|element| element.identifier == 0x30) else { break };
                let next = asdu(element);
                if run > 0 && next.sv_id != first.sv_id {
                    behind = Some(start);
                    break;
                }
                run += 1;
                news.hear(&next, samples, &mut said);
            }
            news.step(run, some_are_cut)
        });
        if heard.say && !is_row_out {
            out.row(&row);
            is_row_out = true;
        }
        for anomaly in said.iter() {
            out.anomaly(anomaly);
        }
        if heard.first {
            newcomer(head, &first, out);
        }
        if heard.say {
            rows(asdus(rest).take(run as usize), place, name, pdu, out);
        }
        if behind.is_some_and(|list| list.rest().is_empty()) {
            bad = bad.or(behind.and_then(|list| list.fault()));
            break;
        }
        (place, rest) = (place.saturating_add(run), behind);
    }
    let disagree = row.asdu_count.is_some_and(|count| count != row.asdus) || row.asdu_count.is_none();
    if (disagree || row.asdus == 0 || bad.is_some()) && !pdu.cut {
        if !is_row_out {
            out.row(&row);
        }
        if let Some(bad) = bad {
            out.anomaly(fault(pdu.bytes, bad));
        }
        if disagree {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "noASDU is not the number of ASDUs");
            out.anomaly(anomaly.numbers(row.asdu_count.unwrap_or_default().into(), row.asdus.into()));
        } else if row.asdus == 0 {
            out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "message without an ASDU"));
        }
    }
}

/// What is said of a stream when it is first heard.
fn newcomer(head: Head, asdu: &Asdu<'_>, out: &mut Output<'_>) {
    if head.length.is_some() && !RESERVED.contains(&head.appid) {
        let anomaly = Anomaly::new(AnomalyKind::VALUE, "APPID is outside the recommended range").at(0);
        out.anomaly(anomaly.found(head.appid.into()));
    }
    if let Some(name) = asdu.sv_id.filter(|_| !head.simulated)
        && out.claim(name.0).is_some()
    {
        out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "another sender publishes under this svID"));
    }
    if let Some(identity) = asdu.gm_identity
        && out.wants::<Identities<'_>>()
    {
        use core::fmt::Write;
        let mut scratch = out.take_scratch();
        for octet in identity {
            // A scratch takes what it can, and counts what it cannot.
            let _ = write!(scratch, "{octet:02x}");
        }
        let source = Symbol("sv_gm_identity");
        out.identity(None, crate::common::Fact::OTHER, None, scratch.text(), source);
        out.give_back(scratch);
    }
}

fn rows<'a>(
    run: impl Iterator<Item = Element<'a>>,
    first: u32,
    name: Text<'_>,
    pdu: Pdu<'_>,
    out: &mut Output<'_>,
) {
    let wants = out.wants::<SvAsdus<'_>>();
    let description = out.description();
    for (element, index) in run.zip(first..) {
        let read = asdu(element);
        let described = description
            .as_deref()
            .and_then(|described| described.samples(read.dat_set.map(|set| set.0), name.0));
        let le = read
            .sample
            .filter(|sample| sample.len() == SAMPLES && described.is_none_or(|samples| is_le(samples)));
        if wants {
            out.row(&row(index, &read, le));
        }
        wrong(&read, element, pdu, out);
        match (described, le) {
            (Some(samples), _) => described_values(index, samples, &read, pdu, out),
            (None, Some(sample)) => out.told_points(Whose::Sender, &Sample { name, octets: sample }),
            _ => {}
        }
    }
}

/// Whether a data set is that of 9-2 LE: eight times value and quality.
pub(super) fn is_le(samples: &Samples) -> bool {
    let pairs = samples.chunks(2);
    samples.len() == 2 * CHANNELS.len()
        && pairs
            .into_iter()
            .all(|pair| matches!(pair, [(_, SampleType::Integer(4)), (_, SampleType::Quality)]))
}

/// The values of a sample, one by one. A quality belongs to the value before it.
fn described_values(index: u32, samples: &Samples, asdu: &Asdu<'_>, pdu: Pdu<'_>, out: &mut Output<'_>) {
    let Some(sample) = asdu.sample else { return };
    let octets: usize = samples.iter().map(|(_, kind)| kind.octets()).sum();
    if octets != sample.len() {
        if !pdu.cut {
            let reason = "samples have another length than the description tells";
            let at = ber::offset(pdu.bytes, sample).unwrap_or_default();
            let anomaly = Anomaly::new(AnomalyKind::CONFLICT, reason).at(at);
            out.anomaly(anomaly.numbers(octets as u64, sample.len() as u64));
        }
        return;
    }
    let (wants, points) = (out.wants::<SvValues<'_>>(), out.wants_points());
    let (mut rest, mut values) = (sample, samples.iter().zip(0u32..).peekable());
    while let Some(((name, kind), place)) = values.next() {
        let Some((value, behind)) = rest.split_at_checked(kind.octets()) else { return };
        rest = behind;
        let name = Text(name.as_bytes());
        let row = described_value(index, place, name, *kind, value);
        if wants {
            out.row(&row);
        }
        let told = match row {
            SvValues { boolean: Some(value), .. } => PointValue::Truth(value),
            SvValues { integer: Some(value), .. } => PointValue::Integer(value),
            SvValues { number: Some(value), .. } => PointValue::Number(value),
            _ => continue,
        };
        if points {
            let mut point = Point::new(Symbol("sample"), PointWay::REPORTED, told);
            point.name = Some(name);
            if let Some(((_, SampleType::Quality), _)) = values.peek()
                && let Some(quality) = rest.first_chunk().map(|octets| u32::from_be_bytes(*octets))
            {
                (point.quality, point.good) = (Some(quality), Some(quality & 3 == 0));
            }
            out.point(Whose::Sender, &point);
        }
    }
}

/// The number that a value of a sample is, if it is one.
pub(super) fn number_of(kind: SampleType, octets: &[u8]) -> Option<f64> {
    match kind {
        SampleType::Quality | SampleType::Timestamp | SampleType::Boolean => None,
        _ => {
            let row = described_value(0, 0, Text(&[]), kind, octets);
            row.number.or(row.integer.map(|integer| integer as f64))
        }
    }
}

/// IEC 61850-9-2, encoding of the basic data types: the highest octet comes first.
fn described_value<'a>(
    index: u32,
    place: u32,
    name: Text<'a>,
    kind: SampleType,
    octets: &[u8],
) -> SvValues<'a> {
    let mut row = SvValues {
        index,
        place,
        name,
        boolean: None,
        integer: None,
        number: None,
        quality: None,
        time: None,
        time_quality: None,
    };
    let bits = octets.iter().fold(0u64, |bits, octet| bits << 8 | u64::from(*octet));
    match kind {
        SampleType::Boolean => row.boolean = Some(bits != 0),
        SampleType::Integer(_) => row.integer = ber::integer(octets),
        SampleType::Unsigned(_) => row.integer = i64::try_from(bits).ok(),
        SampleType::Single => row.number = Some(f32::from_bits(bits as u32).into()),
        SampleType::Double => row.number = Some(f64::from_bits(bits)),
        SampleType::Quality => row.quality = Some(bits as u32),
        SampleType::Timestamp => {
            let time = UtcTime::new(octets);
            row.time = time.map(|time| time.instant);
            row.time_quality = time.map(|time| time.quality);
        }
    }
    row
}

fn wrong(read: &Asdu<'_>, element: Element<'_>, pdu: Pdu<'_>, out: &mut Output<'_>) {
    if let Some((reason, at)) = read.wrong {
        let offset = ber::offset(pdu.bytes, at.contents).unwrap_or_default();
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, reason).at(offset);
        out.anomaly(anomaly.length(at.contents.len() as u64).found(at.identifier.into()));
    }
    if let Some(found) = read.fault.filter(|_| !pdu.cut) {
        out.anomaly(fault(pdu.bytes, found));
    }
    let missing = [
        (read.sv_id.is_none(), 0x80u8),
        (read.smp_cnt.is_none(), 0x82),
        (read.conf_rev.is_none(), 0x83),
        (read.smp_synch.is_none(), 0x85),
        (read.sample.is_none(), 0x87),
    ];
    let at = ber::offset(pdu.bytes, element.contents).unwrap_or_default();
    for (_, tag) in missing.into_iter().filter(|(missing, tag)| {
        *missing && !pdu.cut && read.wrong.unwrap_or(("", EMPTY)).1.identifier != *tag
    }) {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "field is missing").at(at);
        out.anomaly(anomaly.numbers(tag.into(), 0));
    }
}

#[inline]
fn row<'a>(index: u32, asdu: &Asdu<'a>, le: Option<&[u8]>) -> SvAsdus<'a> {
    let [a, b, c, n, ua, ub, uc, un] =
        core::array::from_fn(|place| le.and_then(|sample| channel(sample, place)).unzip());
    SvAsdus {
        index,
        sv_id: asdu.sv_id,
        dat_set: asdu.dat_set,
        smp_cnt: asdu.smp_cnt,
        conf_rev: asdu.conf_rev,
        refr_tm: asdu.refr_tm.map(|time| time.instant),
        refr_tm_quality: asdu.refr_tm.map(|time| time.quality),
        smp_synch: asdu.smp_synch.map(SmpSynch),
        smp_rate: asdu.smp_rate,
        smp_mod: asdu.smp_mod.map(SmpMod),
        gm_identity: asdu.gm_identity,
        sample_length: asdu.sample.map(|sample| u16::try_from(sample.len()).unwrap_or(u16::MAX)),
        sample: if le.is_some() { None } else { asdu.sample },
        current_a: a.0,
        current_a_quality: a.1,
        current_b: b.0,
        current_b_quality: b.1,
        current_c: c.0,
        current_c_quality: c.1,
        current_n: n.0,
        current_n_quality: n.1,
        voltage_a: ua.0,
        voltage_a_quality: ua.1,
        voltage_b: ub.0,
        voltage_b_quality: ub.1,
        voltage_c: uc.0,
        voltage_c_quality: uc.1,
        voltage_n: un.0,
        voltage_n_quality: un.1,
    }
}

/// The values of a sample of 9-2LE as points.
struct Sample<'a> {
    name: Text<'a>,
    octets: &'a [u8],
}

impl TellPoints for Sample<'_> {
    fn tell(&self, mut say: impl FnMut(&Point<'_>)) {
        for (place, channel_name) in CHANNELS.iter().enumerate() {
            let Some((value, quality)) = channel(self.octets, place) else { return };
            let mut point =
                Point::new(Symbol(channel_name), PointWay::REPORTED, PointValue::Integer(value.into()));
            (point.name, point.address) = (Some(self.name), Some(place as u64));
            (point.quality, point.good) = (Some(quality), Some(quality & 3 == 0));
            say(&point);
        }
    }
}
