//! Journals (ISO 9506-2, clause 16), which are the logs of IEC 61850.
use super::{
    Message, MmsJournalEntries, MmsJournals,
    codes::ConfirmedService as Service,
    names::{Copied, Name},
    programs::holds_only,
    values,
};
use crate::{
    output::Output,
    record::{Text, WallClock},
    wire::{
        ber::{self, Element, Elements},
        mms::BinaryTime,
    },
};

const NO_JOURNAL: MmsJournals<'static> = MmsJournals {
    journal: None,
    start_time: None,
    start_entry: None,
    end_time: None,
    count: None,
    after_time: None,
    after_entry: None,
    variables: None,
    current_entries: None,
};

fn clock(element: Element<'_>) -> Option<WallClock> {
    BinaryTime::new(element.contents)?.wall_clock()
}

/// Which entries of a journal a request means: to read or to delete them.
pub(super) fn asked(
    service: Service,
    argument: Element<'_>,
    journal: Option<Text<'_>>,
    out: &mut Output<'_>,
) {
    let mut row = MmsJournals { journal, ..NO_JOURNAL };
    for field in argument.elements() {
        for part in field.elements() {
            match (service, field.identifier, part.identifier) {
                (_, 0xa1, 0x80) => row.start_time = clock(part),
                (_, 0xa1, 0x81) => row.start_entry = Some(part.contents),
                (Service::READ_JOURNAL, 0xa2, 0x80) => row.end_time = clock(part),
                (Service::READ_JOURNAL, 0xa2, 0x81) => row.count = ber::integer(part.contents),
                (Service::READ_JOURNAL, 0xa5, 0x80) => row.after_time = clock(part),
                (Service::READ_JOURNAL, 0xa5, 0x81) => row.after_entry = Some(part.contents),
                _ => {}
            }
        }
        if (service, field.identifier) == (Service::READ_JOURNAL, 0xa4) {
            row.variables = u32::try_from(field.elements().count()).ok();
        }
    }
    out.row(&row);
}

/// How many entries a journal has.
pub(super) fn status(argument: Element<'_>, journal: Option<Text<'_>>, out: &mut Output<'_>) {
    let entries = argument.elements().find(|field| field.identifier == 0x80);
    let current_entries = entries.and_then(|it| u32::try_from(ber::unsigned(it.contents)?).ok());
    out.row(&MmsJournals { journal, current_entries, ..NO_JOURNAL });
}

/// Whether tables tell all that a service of journals asks; none for other services.
pub(super) fn all_asked(service: Service, argument: Element<'_>) -> Option<bool> {
    let fields: &[u8] = match service {
        // Of the variables that are asked for only their number is told.
        Service::READ_JOURNAL => &[0xa0, 0xa1, 0xa2, 0xa5],
        Service::INITIALIZE_JOURNAL => &[0xa0, 0xa1],
        Service::CREATE_JOURNAL | Service::DELETE_JOURNAL => &[0xa0],
        Service::REPORT_JOURNAL_STATUS => return Some(true),
        _ => return None,
    };
    Some(holds_only(argument, fields))
}

/// The entries that an answer to readJournal holds.
pub(super) fn entries(
    message: &Message<'_>,
    argument: Element<'_>,
    journal: Option<Text<'_>>,
    out: &mut Output<'_>,
) {
    let list = argument.elements().find(|field| field.identifier == 0xa0);
    let mut entries = list.map_or(Elements::new(&[]), |list| list.elements());
    let mut most = values::VALUES;
    for (entry, index) in entries.by_ref().zip(0u32..) {
        let mut row = MmsJournalEntries {
            index,
            journal,
            entry_id: None,
            occurrence_time: None,
            variables: None,
            annotation: None,
            originating_application: None,
            event_condition: None,
            event_state: None,
        };
        let (mut variables, mut condition) = (None, None);
        for field in entry.elements() {
            match field.identifier {
                0x80 => row.entry_id = Some(field.contents),
                0xa1 => {
                    let reference = field.elements().next().map(|reference| reference.contents);
                    row.originating_application = reference.filter(|reference| !reference.is_empty());
                }
                0xa2 => variables = content(&mut row, &mut condition, field),
                _ => {}
            }
        }
        row.variables = variables.and_then(|variables| u32::try_from(variables.count()).ok());
        out.row(&MmsJournalEntries { event_condition: condition.as_ref().map(Copied::text), ..row });
        for variable in variables.into_iter().flatten() {
            if most == 0 {
                values::too_many(out);
                break;
            }
            let mut fields = variable.elements();
            let tag = fields.find(|field| field.identifier == 0x80);
            let value = fields.find(|field| field.identifier == 0xa1);
            let value = value.and_then(|value| value.elements().next());
            if let (Some(tag), Some(value)) = (tag, value) {
                values::tagged(message, index, Text(tag.contents), value, &mut most, out);
            }
        }
        if most == 0 {
            break;
        }
    }
    values::say_if_more(most, &mut entries, out);
    message.fault(entries.fault(), out);
}

/// `EntryContent`: when it happened, and what: an event, values, or a text.
fn content<'a>(
    row: &mut MmsJournalEntries<'a>,
    condition: &mut Option<Copied>,
    content: Element<'a>,
) -> Option<Elements<'a>> {
    let mut variables = None;
    for field in content.elements() {
        match field.identifier {
            0x80 => row.occurrence_time = BinaryTime::new(field.contents).and_then(|time| time.wall_clock()),
            0xa2 => {
                for part in field.elements() {
                    match part.identifier {
                        0xa0 => event(row, condition, part),
                        0xa1 => variables = Some(part.elements()),
                        _ => {}
                    }
                }
            }
            0x83 => row.annotation = Some(Text(field.contents)),
            _ => {}
        }
    }
    variables
}

/// The event of an entry: the name of a condition, and its state.
fn event(row: &mut MmsJournalEntries<'_>, condition: &mut Option<Copied>, event: Element<'_>) {
    for field in event.elements() {
        match field.identifier {
            0xa0 => {
                *condition = field.elements().next().and_then(Name::of).map(|name| name.copied());
            }
            0x81 => row.event_state = ber::integer(field.contents).and_then(|it| u8::try_from(it).ok()),
            _ => {}
        }
    }
}
