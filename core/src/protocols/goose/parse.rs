//! The GOOSE APDU (IEC 61850-8-1, annex A).
use super::{
    Head,
    codes::Reading,
    data, fault,
    records::Goose,
    state::{self, Memory},
};
use crate::{
    common::{Anomaly, AnomalyKind, Publication},
    protocol::{Output, Pdu},
    record::{Direction, Text, digest_bytes},
    wire::{
        ber::{self, Element, Elements},
        mms::UtcTime,
    },
};

/// APPIDs that the standard recommends: type 1 up to the first, type 1A (trip) from the second to the third (annex C).
const RECOMMENDED: [u16; 3] = [0x3fff, 0x8000, 0xbfff];

const UNKNOWN: &str = "field is not known";

/// The fields, and the values.
struct Fields<'a> {
    row: Goose<'a>,
    values: Option<Elements<'a>>,
    wrong: Option<Anomaly>,
    further: u32,
}

impl Fields<'_> {
    fn say(&mut self, anomaly: Anomaly) {
        if self.wrong.is_some() {
            self.further += 1;
        } else {
            self.wrong = Some(anomaly);
        }
    }
}

/// An INTEGER that the standard gives 32 bits.
fn number(element: Element<'_>) -> Result<u32, &'static str> {
    let number = ber::unsigned(element.contents).ok_or("integer has no octet or too many")?;
    u32::try_from(number).map_err(|_| "integer does not fit 32 bits")
}

#[inline(always)]
fn without_fields<'a>(head: Head) -> Fields<'a> {
    Fields {
        row: Goose {
            appid: head.appid,
            length: head.length,
            simulated: head.simulated,
            reserved1: head.reserved1,
            reserved2: head.reserved2,
            gocb_ref: None,
            time_allowed_to_live: None,
            dat_set: None,
            go_id: None,
            t: None,
            t_quality: None,
            st_num: None,
            sq_num: None,
            simulation: None,
            conf_rev: None,
            nds_com: None,
            num_dat_set_entries: None,
            entries: None,
            all_data: None,
            reading: if head.truncated { Reading::TRUNCATED } else { Reading::WHOLE },
            security: None,
            extension: None,
        },
        values: None,
        wrong: None,
        further: 0,
    }
}

#[inline(always)]
fn read_fields<'a>(fields: &mut Fields<'a>, apdu: Element<'a>, pdu: Pdu<'a>) {
    let mut elements = apdu.elements();
    let mut reading = Reading::WHOLE;
    loop {
        let before = elements.rest();
        let Some(element) = elements.next() else { break };
        let row = &mut fields.row;
        let contents = element.contents;
        let done = match element.identifier {
            0x80 => {
                row.gocb_ref = Some(Text(contents));
                Ok(())
            }
            0x81 => number(element).map(|number| row.time_allowed_to_live = Some(number)),
            0x82 => {
                row.dat_set = Some(Text(contents));
                Ok(())
            }
            0x83 => {
                row.go_id = Some(Text(contents));
                Ok(())
            }
            0x84 => UtcTime::new(contents).ok_or("UTC time is not 8 octets").map(|time| {
                (row.t, row.t_quality) = (Some(time.instant), Some(time.quality));
            }),
            0x85 => number(element).map(|number| row.st_num = Some(number)),
            0x86 => number(element).map(|number| row.sq_num = Some(number)),
            0x87 => ber::boolean(contents)
                .ok_or("boolean is not one octet")
                .map(|simulation| row.simulation = Some(simulation)),
            0x88 => number(element).map(|number| row.conf_rev = Some(number)),
            0x89 => ber::boolean(contents)
                .ok_or("boolean is not one octet")
                .map(|needs| row.nds_com = Some(needs)),
            0x8a => number(element).map(|number| row.num_dat_set_entries = Some(number)),
            0xab => {
                fields.values = Some(element.elements());
                row.all_data = before.get(..before.len().saturating_sub(elements.rest().len()));
                Ok(())
            }
            0x8c | 0xac => {
                row.security = Some(contents);
                Ok(())
            }
            _ => Err(UNKNOWN),
        };
        if let Err(reason) = done {
            // All fields have tags of the context.
            let further = reason == UNKNOWN && element.identifier & 0xc0 == 0x80;
            reading = reading.max(if further { Reading::UNKNOWN_FIELDS } else { Reading::MALFORMED });
            let offset = ber::offset(pdu.bytes, contents).unwrap_or_default();
            fields.say(
                Anomaly::new(AnomalyKind::MALFORMED, reason)
                    .at(offset)
                    .length(contents.len() as u64)
                    .found(element.identifier.into()),
            );
        }
    }
    if let Some(found) = elements.fault().filter(|_| !pdu.cut) {
        reading = if found.claimed.is_some() { Reading::TRUNCATED } else { Reading::MALFORMED };
        fields.say(fault(pdu.bytes, found));
    }
    fields.row.reading = fields.row.reading.max(reading);
}

/// The fields that every message has, and this one not, by their tags.
fn missing(row: &Goose<'_>, values: bool) -> impl Iterator<Item = u64> {
    let there = [
        row.gocb_ref.is_some(),
        row.time_allowed_to_live.is_some(),
        row.dat_set.is_some(),
        row.t.is_some(),
        row.st_num.is_some(),
        row.sq_num.is_some(),
        row.conf_rev.is_some(),
        row.num_dat_set_entries.is_some(),
        values,
    ];
    let tags = [0x80, 0x81, 0x82, 0x84, 0x85, 0x86, 0x88, 0x8a, 0xab];
    // Nearly always all are there, which is seen without looking at each.
    let all = !there.contains(&false);
    let missing = there.into_iter().zip(tags).filter_map(|(there, tag)| (!there).then_some(tag));
    missing.take(if all { 0 } else { usize::MAX })
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
    let mut fields = without_fields(head);
    read_fields(&mut fields, apdu, pdu);
    fields.row.extension = extension;
    let digest = fields.values.map_or(0, |values| digest_bytes(values.rest()));
    let mut said = state::Said::default();
    let mut first = false;
    let say = match fields.row.gocb_ref {
        Some(name) => {
            let about = Publication {
                name,
                station: Some(head.appid.into()),
                // In edition 1, that field says that the publisher itself is tested, which goes on as before.
                also: head.simulated.into(),
                octets: u32::try_from(pdu.bytes.len()).unwrap_or(u32::MAX),
            };
            let ts = out.ts();
            let row = &fields.row;
            let heard = out.publish::<Memory>(&about, |memory, before| {
                memory.hear(&state::News { row, digest, ts }, before, &mut said)
            });
            first = heard.first;
            heard.say
        }
        // Whoever does not say who it is cannot repeat.
        None => true,
    };
    if say || fields.wrong.is_some() {
        if let Some(values) = fields.values {
            fields.row.entries = Some(data::count(values));
        }
        out.row(&fields.row);
    }
    if let Some(anomaly) = fields.wrong {
        out.anomaly(anomaly);
        if fields.further > 0 {
            let more = Anomaly::new(AnomalyKind::LIMIT, "further fields of this message are wrong");
            out.anomaly(more.count(fields.further));
        }
    }
    for anomaly in said.iter() {
        out.anomaly(anomaly);
    }
    if first {
        newcomer(&fields.row, out);
    }
    if !say {
        return;
    }
    let row = &fields.row;
    // Of what ends too early nobody knows what it had.
    if row.reading != Reading::TRUNCATED && fields.wrong.is_none() {
        for tag in missing(row, fields.values.is_some()) {
            out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "field is missing").numbers(tag, 0));
        }
    }
    if let (Some(claimed), Some(found)) = (row.num_dat_set_entries, row.entries)
        && claimed != found
        && !pdu.cut
    {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "numDatSetEntries is not the number of members");
        out.anomaly(anomaly.numbers(claimed.into(), found.into()));
    }
    if let Some(values) = fields.values {
        data::values(row.gocb_ref, row.dat_set, values, pdu, out);
    }
}

/// What is said of a publisher when it is first heard.
fn newcomer(row: &Goose<'_>, out: &mut Output<'_>) {
    let [type1, trip, last] = RECOMMENDED;
    if row.length.is_some() && row.appid > type1 && !(trip..=last).contains(&row.appid) {
        let anomaly = Anomaly::new(AnomalyKind::VALUE, "APPID is outside the recommended range").at(0);
        out.anomaly(anomaly.found(row.appid.into()));
    }
    // A test set may simulate a publisher beside the real one.
    if let Some(name) = row.gocb_ref.filter(|_| row.simulation != Some(true) && !row.simulated)
        && out.claim(name.0).is_some()
    {
        out.anomaly(Anomaly::new(
            AnomalyKind::UNEXPECTED,
            "another sender publishes under this control block reference",
        ));
    }
}
