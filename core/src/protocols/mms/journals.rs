//! Journals (ISO 9506-2, clause 16), which are the logs of IEC 61850.
use super::{Message, MmsJournalEntries, values};
use crate::{
    output::Output,
    record::Text,
    wire::{
        ber::{Element, Elements},
        mms::BinaryTime,
    },
};

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
        };
        let mut variables = None;
        for field in entry.elements() {
            match field.identifier {
                0x80 => row.entry_id = Some(field.contents),
                0xa2 => variables = content(&mut row, field),
                _ => {}
            }
        }
        row.variables = variables.and_then(|variables| u32::try_from(variables.count()).ok());
        out.row(&row);
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

/// `EntryContent`: when it happened, and what: values, or a text.
fn content<'a>(row: &mut MmsJournalEntries<'a>, content: Element<'a>) -> Option<Elements<'a>> {
    let mut variables = None;
    for field in content.elements() {
        match field.identifier {
            0x80 => row.occurrence_time = BinaryTime::new(field.contents).and_then(|time| time.wall_clock()),
            0xa2 => {
                let list = field.elements().find(|field| field.identifier == 0xa1);
                variables = list.map(|list| list.elements());
            }
            0x83 => row.annotation = Some(Text(field.contents)),
            _ => {}
        }
    }
    variables
}
