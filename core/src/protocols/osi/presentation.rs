//! The presentation layer (ITU-T X.226, clause 8): contexts, and the data in them.
use super::{
    GUESSED, MMS, Osi, OsiPresentationContexts, State, acse, codes::ContextResult, codes::SpduType, fault,
};
use crate::{
    common::{Anomaly, AnomalyKind, Pairing},
    output::{Output, Scratch},
    record::Text,
    wire::ber::{self, Element, Elements, ObjectIdentifier},
};
use core::fmt::Write;

/// Contexts of one association that are remembered; the stacks in use propose two.
const CONTEXTS: usize = 16;
const ABSTRACT_MMS: &[u8] = &[0x28, 0xca, 0x22, 0x02, 0x01];
const ABSTRACT_ACSE: &[u8] = &[0x52, 0x01, 0x00, 0x01];

/// What the octets of a context are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Acse,
    Mms,
    Other,
}

impl Syntax {
    fn of(identifier: &[u8]) -> Self {
        match identifier {
            ABSTRACT_MMS => Self::Mms,
            ABSTRACT_ACSE => Self::Acse,
            _ => Self::Other,
        }
    }
    /// What octets of an unknown context are, by their tag alone.
    fn guess(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(0x60..=0x64) => Self::Acse,
            Some(0xa0..=0xa4 | 0x85 | 0x86 | 0xa7..=0xaa | 0x8b | 0x8c | 0xad) => Self::Mms,
            _ => Self::Other,
        }
    }
}

/// The contexts of one association.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    known: [Option<(u32, Syntax)>; CONTEXTS],
}

impl Contexts {
    fn get(&self, id: u32) -> Option<Syntax> {
        self.known.iter().flatten().find(|(known, _)| *known == id).map(|(_, syntax)| *syntax)
    }
}

/// The message in the user data of a session message that opens or ends a connection. Returns why the presentation provider
/// refuses or aborts, and whether there is a message of its user.
pub(super) fn connection<'a>(
    state: &mut State,
    mut row: Osi<'a>,
    user_data: &'a [u8],
    whole: &[u8],
    out: &mut Output<'_>,
) -> (Option<u8>, bool) {
    let (element, wrong) = ber::first(user_data);
    fault(wrong, whole, out);
    let Some(element) = element else {
        out.row(&row);
        return (None, false);
    };
    let mut inside = None;
    let (mut proposed, mut results) = (None, None);
    match element.identifier {
        // CP and CPA, in normal mode; CPR and ARP.
        0x31 | 0x30 => {
            let is_set = element.identifier == 0x31;
            let mut outer = element.elements();
            let mut fields = match outer.by_ref().find(|part| is_set && part.identifier == 0xa2) {
                Some(normal) => normal.elements(),
                None => element.elements(),
            };
            for field in fields.by_ref() {
                match (is_set, field.identifier) {
                    (true, 0x81) => row.calling_presentation_selector = Some(Text(field.contents)),
                    (_, 0x82 | 0x83) => row.called_presentation_selector = Some(Text(field.contents)),
                    // In an ARP the reason has this tag, in a CPR the version of the protocol (X.226 clause 8.2).
                    (false, 0x80) if row.spdu_type != SpduType::ABORT => {}
                    (false, 0x8a | 0x80) => {
                        row.provider_reason = ber::integer(field.contents).and_then(|it| it.try_into().ok());
                    }
                    (_, 0xa4) => proposed = Some(field.elements()),
                    (_, 0xa5) => results = Some(field.elements()),
                    (_, 0x60 | 0x61) => inside = Some(field),
                    _ => {}
                }
            }
            fault(fields.fault().or(outer.fault()), whole, out);
        }
        // ARU, in normal mode.
        0xa0 => inside = element.elements().find(|field| matches!(field.identifier, 0x60 | 0x61)),
        0x60 | 0x61 => inside = Some(element),
        _ => {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no message of the presentation layer");
            out.anomaly(
                anomaly
                    .at(ber::offset(whole, user_data).unwrap_or_default())
                    .found(element.identifier.into()),
            );
        }
    }
    let aborts = row.spdu_type == SpduType::ABORT;
    out.row(&row);
    if let Some(list) = proposed.filter(|_| !aborts) {
        propose(state, list, whole, out);
    }
    if let Some(list) = results {
        settle(state, list, whole, out);
    }
    if let Some(inside) = inside {
        user_data_of(state, inside, whole, out);
    }
    (row.provider_reason, inside.is_some())
}

/// Appends an object identifier, and says where it lies.
pub(super) fn identifier(scratch: &mut Scratch, contents: &[u8]) -> (usize, usize) {
    let start = scratch.len();
    // The buffer counts what it has no room for.
    let _ = write!(scratch, "{}", ObjectIdentifier(contents));
    (start, scratch.len())
}

pub(super) fn part(scratch: &Scratch, place: Option<(usize, usize)>) -> Option<Text<'_>> {
    let (start, end) = place?;
    scratch.text().0.get(start..end).map(Text)
}

/// The contexts that are proposed: identifier, abstract syntax, transfer syntaxes.
fn propose(state: &mut State, mut list: Elements<'_>, whole: &[u8], out: &mut Output<'_>) {
    state.contexts = Contexts::default();
    let mut count = 0usize;
    for item in list.by_ref() {
        count += 1;
        let Some(place) = state.contexts.known.get_mut(count - 1) else { continue };
        let (mut id, mut syntax, mut transfer) = (None, None, None);
        let mut fields = item.elements();
        for field in fields.by_ref() {
            match field.identifier {
                0x02 => id = ber::unsigned(field.contents).and_then(|id| u32::try_from(id).ok()),
                // The first is its name (clause 8.2, context-list); what a wrong length brings behind it is none.
                0x06 if syntax.is_none() => syntax = Some(field.contents),
                0x30 => transfer = field.elements().next().map(|first| first.contents),
                _ => {}
            }
        }
        fault(fields.fault(), whole, out);
        *place = id.map(|id| (id, syntax.map_or(Syntax::Other, Syntax::of)));
        say(id, syntax, transfer, None, out);
    }
    fault(list.fault(), whole, out);
    if count > CONTEXTS {
        let anomaly = Anomaly::new(AnomalyKind::LIMIT, "too many presentation contexts");
        out.anomaly(anomaly.numbers(CONTEXTS as u64, count as u64));
    }
}

fn say(
    context_id: Option<u32>,
    syntax: Option<&[u8]>,
    transfer: Option<&[u8]>,
    result: Option<ContextResult>,
    out: &mut Output<'_>,
) {
    if !out.wants::<OsiPresentationContexts<'_>>() {
        return;
    }
    let mut scratch = out.take_scratch();
    let syntax = syntax.map(|contents| identifier(&mut scratch, contents));
    let transfer = transfer.map(|contents| identifier(&mut scratch, contents));
    out.row(&OsiPresentationContexts {
        context_id,
        abstract_syntax: part(&scratch, syntax),
        transfer_syntax: part(&scratch, transfer),
        result,
    });
    out.give_back(scratch);
}

/// What became of the contexts, in the order in which they were proposed.
fn settle(state: &mut State, mut list: Elements<'_>, whole: &[u8], out: &mut Output<'_>) {
    for (item, place) in list.by_ref().zip(0..CONTEXTS) {
        let (mut result, mut transfer) = (None, None);
        let mut fields = item.elements();
        for field in fields.by_ref() {
            match field.identifier {
                0x80 => {
                    result =
                        ber::unsigned(field.contents).and_then(|it| it.try_into().ok()).map(ContextResult)
                }
                0x81 => transfer = Some(field.contents),
                _ => {}
            }
        }
        fault(fields.fault(), whole, out);
        let id = state.contexts.known.get(place).copied().flatten().map(|(id, _)| id);
        say(id, None, transfer, result, out);
    }
    fault(list.fault(), whole, out);
}

/// Data of an established connection.
pub(super) fn data(state: &mut State, data: &[u8], whole: &[u8], out: &mut Output<'_>) {
    if let Some(has_sent) = state.has_sent.get_mut(out.way().side.index()) {
        *has_sent = true;
    }
    let mut elements = Elements::new(data);
    let element = elements.next();
    fault(elements.fault(), whole, out);
    match element {
        Some(element) if matches!(element.identifier, 0x60 | 0x61) => {
            user_data_of(state, element, whole, out)
        }
        Some(element) => {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no message of the presentation layer");
            out.anomaly(
                anomaly.at(ber::offset(whole, data).unwrap_or_default()).found(element.identifier.into()),
            );
        }
        None => {}
    }
    let rest = elements.rest();
    if !rest.is_empty() {
        let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the presentation data");
        out.anomaly(anomaly.at(ber::offset(whole, rest).unwrap_or_default()).length(rest.len() as u64));
    }
}

/// User data: lists of values, each in a context (fully encoded), or octets of the only context (simply encoded).
fn user_data_of(state: &mut State, element: Element<'_>, whole: &[u8], out: &mut Output<'_>) {
    if element.identifier == 0x60 {
        return hand(state, None, element.contents, whole, out);
    }
    let mut lists = element.elements();
    for list in lists.by_ref() {
        let (mut id, mut value, mut several) = (None, None, false);
        let mut fields = list.elements();
        for field in fields.by_ref() {
            match field.identifier {
                0x02 => id = ber::unsigned(field.contents).and_then(|id| u32::try_from(id).ok()),
                0x06 => {}
                _ => match carried(field) {
                    Some(contents) => (value, several) = (Some(contents), field.identifier != 0xa0),
                    None => unread(field, whole, out),
                },
            }
        }
        fault(fields.fault(), whole, out);
        let mut values = value;
        while let Some(value) = values.take() {
            // Values of one context may follow one another in the same octets (X.226, clause 8.4.2).
            let mut elements = Elements::new(value);
            let is_one = !several || elements.next().is_none() || elements.fault().is_some();
            let behind = if is_one { &[][..] } else { elements.rest() };
            let (first, behind) = value.split_at(value.len().saturating_sub(behind.len()));
            hand(state, id, first, whole, out);
            values = Some(behind).filter(|behind| !behind.is_empty());
        }
    }
    fault(lists.fault(), whole, out);
}

/// The octets of a value: of a single ASN.1 type, of octets, or of bits that are octets (X.226, clause 8.4.2.5).
pub(super) fn carried(field: Element<'_>) -> Option<&[u8]> {
    match (field.identifier, field.contents) {
        (0xa0 | 0x81, contents) | (0x82, [0, contents @ ..]) => Some(contents),
        _ => None,
    }
}

/// Says that a value is encoded in another way, and so not read.
pub(super) fn unread(field: Element<'_>, whole: &[u8], out: &mut Output<'_>) {
    let reason = "presentation data in an encoding that is not read";
    let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, reason).length(field.contents.len() as u64);
    let offset = ber::offset(whole, field.contents).unwrap_or_default();
    out.anomaly(anomaly.at(offset).found(field.identifier.into()));
}

/// Hands octets of a context to whom it belongs.
pub(super) fn hand(state: &mut State, id: Option<u32>, value: &[u8], whole: &[u8], out: &mut Output<'_>) {
    let known = id.and_then(|id| state.contexts.get(id));
    match known.unwrap_or_else(|| Syntax::guess(value)) {
        Syntax::Acse => acse::apdu(state, value, whole, out),
        Syntax::Mms => {
            let association = out.pairing().key & 0xffff;
            let guessed = if known.is_none() { GUESSED } else { 0 };
            out.child_of(
                MMS,
                Pairing { key: association | guessed, station: id, ..Pairing::default() },
                value,
            );
        }
        // The capture, or the sender, left nothing to tell it by.
        Syntax::Other if value.is_empty() => {}
        Syntax::Other => {
            let anomaly =
                Anomaly::new(AnomalyKind::UNEXPECTED, "octets of a presentation context that is not known");
            let anomaly =
                anomaly.at(ber::offset(whole, value).unwrap_or_default()).length(value.len() as u64);
            out.anomaly(id.map_or(anomaly, |id| anomaly.found(id.into())));
        }
    }
}
