//! Reports of IEC 61850 (part 8-1, clause 17): what they hold, and whether all of them came.
use super::{
    Message, MmsReports,
    state::{State, text_key},
    values,
};
use crate::{
    common::{Anomaly, AnomalyKind},
    output::Output,
    record::{Instant, digest_bytes},
    wire::{ber::Elements, mms::Data},
};

/// Control blocks of one association whose reports are counted.
const BLOCKS: usize = 256;

/// The last report of one control block.
#[derive(Clone, Copy, Debug)]
struct Last {
    block: u64,
    sequence_number: u64,
    /// Number of the last segment, while further ones follow.
    awaits: Option<u64>,
    /// The message that the report began with.
    began: u64,
    revision: Option<u64>,
}

/// The reports of an association, by their control blocks.
#[derive(Debug, Default)]
pub(super) struct Followed {
    last: Vec<Last>,
    full: bool,
}

impl Followed {
    /// Some may have been lost by the capture: what comes next is the first.
    pub(super) fn forget(&mut self) {
        self.last.clear();
    }

    /// Takes a report. Returns the message that it began with, if it has segments.
    fn hear(&mut self, report: &MmsReports<'_>, out: &mut Output<'_>) -> Option<u64> {
        let sequence_number = report.sequence_number?;
        // Blocks may share a RptID; each has its data set.
        let block = digest_bytes(report.report_id.unwrap_or_default().0)
            ^ report.data_set.map_or(0, |set| digest_bytes(set.0).rotate_left(17));
        let segment = report.sub_sequence_number;
        let awaits = segment.filter(|_| report.more_segments_follow == Some(true));
        let mut now = Last {
            block,
            sequence_number,
            awaits,
            began: out.message(),
            revision: report.configuration_revision,
        };
        let Some(before) = self.last.iter_mut().find(|last| last.block == block) else {
            if self.last.len() < BLOCKS {
                self.last.push(now);
            } else if !self.full {
                self.full = true;
                let reason = "too many control blocks: the reports of this one are not counted";
                out.anomaly(Anomaly::new(AnomalyKind::LIMIT, reason));
            }
            return segment.map(|_| now.began);
        };
        let mut say = |kind, reason, expected, found| {
            out.anomaly(Anomaly::new(kind, reason).numbers(expected, found));
        };
        let last = before.sequence_number;
        match before.awaits {
            Some(number) if last == sequence_number => {
                now.began = before.began;
                let found = segment.unwrap_or_default();
                if found != number.saturating_add(1) {
                    let reason = "segments of a report are missing";
                    say(AnomalyKind::SEQUENCE, reason, number.saturating_add(1), found);
                }
            }
            awaited => {
                if let Some(number) = awaited {
                    let reason = "the last segments of a report are missing";
                    say(AnomalyKind::SEQUENCE, reason, number.saturating_add(1), 0);
                }
                // A block that is enabled anew begins at 0, and so does one whose 8 or 16 bits are through.
                let next = last.saturating_add(1);
                if sequence_number > next {
                    say(AnomalyKind::SEQUENCE, "reports are missing", next, sequence_number);
                } else if sequence_number != next && sequence_number != 0 {
                    say(AnomalyKind::SEQUENCE, "SqNum of reports runs backwards", next, sequence_number);
                }
                if let Some(found @ 1..) = segment {
                    say(AnomalyKind::SEQUENCE, "the first segments of a report are missing", 0, found);
                }
            }
        }
        if let (Some(old), Some(new)) = (before.revision, now.revision)
            && old != new
        {
            say(AnomalyKind::CONFLICT, "ConfRev of reports has changed", old, new);
        }
        *before = now;
        segment.map(|_| now.began)
    }
}

/// Bits of OptFlds, the first lowest (part 8-1, clause 17.2.1).
mod optional {
    pub(super) const SEQUENCE_NUMBER: u64 = 1 << 1;
    pub(super) const TIME: u64 = 1 << 2;
    pub(super) const REASON: u64 = 1 << 3;
    pub(super) const DATA_SET: u64 = 1 << 4;
    pub(super) const REFERENCES: u64 = 1 << 5;
    pub(super) const OVERFLOW: u64 = 1 << 6;
    pub(super) const ENTRY: u64 = 1 << 7;
    pub(super) const REVISION: u64 = 1 << 8;
    pub(super) const SEGMENTS: u64 = 1 << 9;
}

/// A report (part 8-1, clause 17.2.1): the fields that OptFlds names, in their order, then the inclusion bits, references,
/// values and reasons. Returns false if the values are not those of a report; then nothing was said.
pub(super) fn report(
    state: &mut State,
    message: &Message<'_>,
    results: Elements<'_>,
    out: &mut Output<'_>,
) -> bool {
    let mut rest = results;
    let mut next = || rest.next().map(Data::read);
    let (Some(Ok(Data::VisibleString(id))), Some(Ok(Data::BitString(fields)))) = (next(), next()) else {
        return false;
    };
    let flags = fields.flags();
    let mut row = MmsReports {
        report_id: Some(id),
        optional_fields: u16::try_from(flags).ok(),
        sequence_number: None,
        time_of_entry: None,
        data_set: None,
        buffer_overflow: None,
        entry_id: None,
        configuration_revision: None,
        sub_sequence_number: None,
        more_segments_follow: None,
        members: None,
        included: None,
        report_message: None,
    };
    let mut odd = None;
    let mut expect = |data: Option<core::result::Result<Data<'_>, &'static str>>, fits: bool| {
        if !fits && data.is_none_or(|data| data.is_ok()) {
            odd.get_or_insert("field of a report is not of its type");
        }
    };
    let unsigned = |data: &Option<core::result::Result<Data<'_>, &'static str>>| match data {
        Some(Ok(Data::Unsigned(value))) => Some(*value),
        Some(Ok(Data::Integer(value))) => u64::try_from(*value).ok(),
        _ => None,
    };
    if flags & optional::SEQUENCE_NUMBER != 0 {
        let data = next();
        row.sequence_number = unsigned(&data);
        expect(data, row.sequence_number.is_some());
    }
    if flags & optional::TIME != 0 {
        let data = next();
        // Part 8-1 has it in UTC.
        row.time_of_entry = match data {
            Some(Ok(Data::BinaryTime(time))) => time.wall_clock().map(|clock| Instant(clock.0)),
            Some(Ok(Data::UtcTime(time))) => Some(time.instant),
            _ => None,
        };
        expect(data, matches!(data, Some(Ok(Data::BinaryTime(_) | Data::UtcTime(_)))));
    }
    if flags & optional::DATA_SET != 0 {
        let data = next();
        row.data_set = match data {
            Some(Ok(Data::VisibleString(name))) => Some(name),
            _ => None,
        };
        expect(data, row.data_set.is_some());
    }
    if flags & optional::OVERFLOW != 0 {
        let data = next();
        row.buffer_overflow = match data {
            Some(Ok(Data::Boolean(value))) => Some(value),
            _ => None,
        };
        expect(data, row.buffer_overflow.is_some());
    }
    if flags & optional::ENTRY != 0 {
        let data = next();
        row.entry_id = match data {
            Some(Ok(Data::OctetString(id))) => Some(id),
            _ => None,
        };
        expect(data, row.entry_id.is_some());
    }
    if flags & optional::REVISION != 0 {
        let data = next();
        row.configuration_revision = unsigned(&data);
        expect(data, row.configuration_revision.is_some());
    }
    if flags & optional::SEGMENTS != 0 {
        let data = next();
        row.sub_sequence_number = unsigned(&data);
        expect(data, row.sub_sequence_number.is_some());
        let data = next();
        row.more_segments_follow = match data {
            Some(Ok(Data::Boolean(value))) => Some(value),
            _ => None,
        };
        expect(data, row.more_segments_follow.is_some());
    }
    row.report_message = state.reports.hear(&row, out);
    if row.buffer_overflow == Some(true) {
        out.anomaly(Anomaly::new(
            AnomalyKind::SEQUENCE,
            "BufOvfl: the device has lost entries of its buffer",
        ));
    }
    let Some(Ok(Data::BitString(inclusion))) = next() else {
        out.row(&row);
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "report without inclusion bits"));
        return true;
    };
    if let Some(reason) = odd {
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, reason));
    }
    let included = inclusion.iter().filter(|bit| *bit).count();
    row.members = u32::try_from(inclusion.len()).ok();
    row.included = u32::try_from(included).ok();
    out.row(&row);
    // As DatSet: LD/LN$name, or @name of the association alone. Without it, what the control block was seen to report.
    let described = out.description();
    let described = described.as_deref();
    let of_block = || state.data_sets.get(digest_bytes(id.0)).map(|(_, name)| name);
    let of_report = || described.and_then(|described| described.data_set_of(id.0));
    let members = row.data_set.map(|name| name.0).or_else(of_block).or_else(of_report).and_then(|name| {
        let listed = state.lists.get(text_key(name)).map(|(_, octets)| Elements::new(octets));
        listed.or_else(|| described?.members(name))
    });
    let references = flags & optional::REFERENCES != 0;
    let reasons = flags & optional::REASON != 0;
    values::report(
        message,
        &values::Reported { members, inclusion, included, references, reasons },
        rest,
        out,
    );
    true
}
