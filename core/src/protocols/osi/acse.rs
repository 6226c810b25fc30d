//! The association control (ITU-T X.227, clause 9.1).
use super::{
    Acse, State,
    codes::{ApduType, AssociateResult, UserDiagnostic},
    fault,
    presentation::{carried, hand, identifier, part, unread},
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Operation, Outcome, Request, Result},
    output::{Output, Scratch},
    record::{Direction, Symbol},
    wire::ber::{self, Element},
};

/// Keys of requests of this layer.
const KEY: u64 = 1 << 62;

/// The key of the request for an association.
pub(super) const fn association_key(association: u64) -> u64 {
    KEY | association << 8 | ApduType::AARQ.0 as u64
}

/// One APDU.
pub(super) fn apdu(state: &mut State, value: &[u8], whole: &[u8], out: &mut Output<'_>) {
    let (element, wrong) = ber::first(value);
    fault(wrong, whole, out);
    let Some(element) = element else { return };
    let apdu_type = ApduType(u8::try_from(element.number).unwrap_or(u8::MAX));
    if !element.is_application() || apdu_type.name().is_none() {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no APDU of ACSE");
        return out.anomaly(
            anomaly.at(ber::offset(whole, value).unwrap_or_default()).found(element.identifier.into()),
        );
    }
    let mut scratch = out.take_scratch();
    let [mut context, mut calling, mut called, mut responding, mut mechanism] = [None; 5];
    let mut row = Acse {
        apdu_type,
        application_context: None,
        calling_ap_title: None,
        calling_ae_qualifier: None,
        called_ap_title: None,
        called_ae_qualifier: None,
        responding_ap_title: None,
        responding_ae_qualifier: None,
        authentication_mechanism: None,
        authentication_value_length: None,
        result: None,
        user_diagnostic: None,
        provider_diagnostic: None,
        release_reason: None,
        abort_source: None,
        abort_diagnostic: None,
        request_message: None,
        calling_ap_invocation: None,
        calling_ae_invocation: None,
        called_ap_invocation: None,
        called_ae_invocation: None,
        responding_ap_invocation: None,
        responding_ae_invocation: None,
    };
    let mut information = None;
    let mut fields = element.elements();
    for field in fields.by_ref() {
        let mut title = || inner(field).map(|title| push_title(&mut scratch, title));
        let number = || inner(field).and_then(|number| ber::integer(number.contents));
        let octet = |contents| ber::unsigned(contents).and_then(|it| u8::try_from(it).ok());
        match (apdu_type, field.number) {
            (ApduType::AARQ | ApduType::AARE, 1) => context = title(),
            (ApduType::AARQ, 2) => called = title(),
            (ApduType::AARQ, 3) => row.called_ae_qualifier = number(),
            (ApduType::AARQ, 4) => row.called_ap_invocation = number(),
            (ApduType::AARQ, 5) => row.called_ae_invocation = number(),
            (ApduType::AARQ, 6) => calling = title(),
            (ApduType::AARQ, 7) => row.calling_ae_qualifier = number(),
            (ApduType::AARQ, 8) => row.calling_ap_invocation = number(),
            (ApduType::AARQ, 9) => row.calling_ae_invocation = number(),
            (ApduType::AARQ, 11) | (ApduType::AARE, 9) => {
                mechanism = Some(identifier(&mut scratch, field.contents));
            }
            (ApduType::AARQ, 12) | (ApduType::AARE, 10) => {
                row.authentication_value_length = inner(field).map(|value| value.contents.len() as u32);
            }
            (ApduType::AARE, 2) => {
                row.result = inner(field).and_then(|it| octet(it.contents)).map(AssociateResult);
            }
            (ApduType::AARE, 3) => {
                let source = inner(field);
                let code = source.and_then(inner).and_then(|it| octet(it.contents));
                match source.map(|source| source.number) {
                    Some(1) => row.user_diagnostic = code.map(UserDiagnostic),
                    _ => row.provider_diagnostic = code,
                }
            }
            (ApduType::AARE, 4) => responding = title(),
            (ApduType::AARE, 5) => row.responding_ae_qualifier = number(),
            (ApduType::AARE, 6) => row.responding_ap_invocation = number(),
            (ApduType::AARE, 7) => row.responding_ae_invocation = number(),
            (ApduType::RLRQ | ApduType::RLRE, 0) => row.release_reason = ber::integer(field.contents),
            (ApduType::ABRT, 0) => row.abort_source = octet(field.contents),
            (ApduType::ABRT, 1) => row.abort_diagnostic = octet(field.contents),
            (_, 30) => information = Some(field),
            _ => {}
        }
    }
    fault(fields.fault(), whole, out);
    row.application_context = part(&scratch, context);
    row.calling_ap_title = part(&scratch, calling);
    row.called_ap_title = part(&scratch, called);
    row.responding_ap_title = part(&scratch, responding);
    row.authentication_mechanism = part(&scratch, mechanism);
    let authenticates = row.authentication_mechanism.is_some() || row.authentication_value_length.is_some();
    say(row, authenticates, state.goes_on, out);
    out.give_back(scratch);
    let Some(information) = information else { return };
    let mut externals = information.elements();
    for external in externals.by_ref() {
        let (mut id, mut value) = (None, None);
        for field in external.elements() {
            match field.identifier {
                0x02 => id = ber::unsigned(field.contents).and_then(|id| u32::try_from(id).ok()),
                // What the value is, by an identifier or in words.
                0x06 | 0x07 => {}
                _ => match carried(field) {
                    Some(contents) => value = Some(contents),
                    None => unread(field, whole, out),
                },
            }
        }
        // An APDU of ACSE within another is none: it would nest without end.
        if let Some(value) = value.filter(|value| !matches!(value.first(), Some(0x60..=0x64))) {
            hand(state, id, value, whole, out);
        }
    }
    fault(externals.fault(), whole, out);
}

/// Appends a title: an object identifier, a printable text, or a name of X.500 as `identifier=value` with commas between.
fn push_title(scratch: &mut Scratch, title: Element<'_>) -> (usize, usize) {
    let start = scratch.len();
    match title.identifier {
        0x30 => {
            for attribute in title.elements().flat_map(|relative| relative.elements()) {
                let mut parts = attribute.elements();
                let (Some(kind), Some(value)) = (parts.next(), parts.next()) else { continue };
                if scratch.len() > start {
                    scratch.push(b",");
                }
                identifier(scratch, kind.contents);
                scratch.push(b"=");
                scratch.push(value.contents);
            }
        }
        0x06 => {
            identifier(scratch, title.contents);
        }
        _ => scratch.push(title.contents),
    }
    (start, scratch.len())
}

fn inner(field: Element<'_>) -> Option<Element<'_>> {
    field.elements().next()
}

/// The reason of a RLRE that says that the responder is not done (`Release-response-reason`, not-finished).
const NOT_FINISHED: i64 = 1;

/// What `acse-service-provider` of the source diagnostic says (X.227 clause 9.1).
const fn provider_reason(code: u8) -> Option<Symbol> {
    match code {
        1 => Some(Symbol("no_reason_given")),
        2 => Some(Symbol("no_common_acse_version")),
        _ => None,
    }
}

/// Hands out the row, and pairs it. `goes_on` is whether the session says that the connection does.
fn say(mut row: Acse<'_>, authenticates: bool, goes_on: bool, out: &mut Output<'_>) {
    let association = out.pairing().key & 0xffff;
    let asks = |apdu_type: ApduType| Request {
        key: KEY | association << 8 | u64::from(apdu_type.0),
        operation: if authenticates { Operation::AUTH } else { apdu_type.operation().unwrap_or_default() },
        function: apdu_type.name().map(Symbol),
        function_code: Some(apdu_type.0.into()),
        station: None,
        space: None,
        address: None,
        quantity: None,
        object: row.called_ap_title,
        numbers: [0; 2],
    };
    match row.apdu_type {
        ApduType::AARQ | ApduType::RLRQ => {
            out.set_direction(Direction::REQUEST);
            out.row(&row);
            out.request(&asks(row.apdu_type));
        }
        ApduType::ABRT => {
            out.set_direction(Direction::UNSOLICITED);
            out.row(&row);
            out.unconfirmed(&asks(row.apdu_type));
        }
        _ => {
            out.set_direction(Direction::RESPONSE);
            let request = if row.apdu_type == ApduType::AARE { ApduType::AARQ } else { ApduType::RLRQ };
            let asks = asks(request);
            let answer = out.answer(asks.key);
            if let Answer::Paired(asked) = &answer {
                row.request_message = Some(asked.message);
            }
            out.row(&row);
            let stays =
                row.apdu_type == ApduType::RLRE && (goes_on || row.release_reason == Some(NOT_FINISHED));
            let refused = stays || row.result.is_some_and(|result| result != AssociateResult::ACCEPTED);
            let diagnostic = row.user_diagnostic.filter(|_| refused);
            // The reason is the user's, or the provider's.
            let provider = row.provider_diagnostic.filter(|_| refused);
            let result = Result {
                outcome: if refused { Outcome::REFUSED } else { Outcome::SUCCESS },
                status: diagnostic.map(|it| it.0.into()).or(provider.map(u32::from)),
                status_name: match diagnostic {
                    Some(diagnostic) => diagnostic.name().map(Symbol),
                    None => provider.and_then(provider_reason),
                },
            };
            match answer {
                Answer::Paired(asked) => out.complete(&asked, result),
                Answer::Again => {
                    out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before"));
                }
                Answer::Unasked => {
                    let asks = Request { object: None, ..asks };
                    out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result });
                }
            }
        }
    }
}
