//! GSE management (IEC 61850-8-1, annex A and clause 18.3).
use super::{
    codes::{ErrorReason, GlobalError, GseService},
    records::{GseManagement, GseManagementItems},
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Outcome, Request, Result},
    protocol::{Output, Pdu},
    record::{Direction, Symbol, Text, digest_bytes},
    wire::ber::{self, Element, Elements},
};

/// Items of one message that are read: more than a frame can hold.
const MOST: u32 = 1024;

pub(super) fn message(appid: u16, apdu: Element<'_>, pdu: Pdu<'_>, out: &mut Output<'_>) {
    let mut row = GseManagement {
        appid,
        state_id: None,
        service: None,
        ident: None,
        conf_rev: None,
        dat_set: None,
        error: None,
    };
    let mut elements = apdu.elements();
    let (mut is_answer, mut body) = (None, None);
    for element in elements.by_ref() {
        match element.identifier {
            0x80 => row.state_id = ber::unsigned(element.contents).and_then(|id| u32::try_from(id).ok()),
            0xa1 | 0xa2 => {
                is_answer = Some(element.identifier == 0xa2);
                let (service, _) = ber::first(element.contents);
                row.service = service.and_then(|element| u8::try_from(element.number).ok()).map(GseService);
                body = service;
            }
            _ => {}
        }
    }
    out.set_direction(if is_answer == Some(true) { Direction::RESPONSE } else { Direction::REQUEST });
    let mut items = None;
    for element in body.into_iter().flat_map(|body| body.elements()) {
        match (is_answer, element.identifier) {
            (_, 0x80) => row.ident = Some(Text(element.contents)),
            (Some(true), 0x81) => {
                row.conf_rev = ber::unsigned(element.contents).and_then(|rev| u32::try_from(rev).ok());
            }
            (Some(true), 0xa2) => {
                for element in element.elements() {
                    match element.identifier {
                        0x80 => row.dat_set = Some(Text(element.contents)),
                        0xa1 => items = Some(element.elements()),
                        _ => {}
                    }
                }
            }
            (Some(true), 0x83) => {
                row.error =
                    ber::unsigned(element.contents).and_then(|e| u8::try_from(e).ok()).map(GlobalError);
            }
            (Some(false), 0xa1) => items = Some(element.elements()),
            _ => {}
        }
    }
    out.row(&row);
    if let Some(found) = elements.fault().filter(|_| !pdu.cut) {
        out.anomaly(super::fault(pdu.bytes, found));
    }
    if is_answer.is_none() && !pdu.cut {
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "neither requests nor responses"));
    }
    let items = items.map(|elements| said_items(&row, is_answer == Some(true), elements, pdu, out));
    operation(&row, is_answer, items.unwrap_or_default(), digest_bytes(apdu.contents), out);
}

/// How many items a message has, and how many of them are refused.
#[derive(Clone, Copy, Default)]
struct Items {
    items: u32,
    refused: u32,
}

/// Hands out the items, and counts them.
fn said_items(
    row: &GseManagement<'_>,
    is_answer: bool,
    mut items: Elements<'_>,
    pdu: Pdu<'_>,
    out: &mut Output<'_>,
) -> Items {
    let mut told = Items::default();
    let by_offset = matches!(
        row.service,
        Some(GseService::GET_GO_REFERENCE | GseService::GET_GS_REFERENCE | GseService::NOT_SUPPORTED)
    );
    for (element, index) in items.by_ref().zip(0..MOST) {
        let mut item = GseManagementItems { index, offset: None, reference: None, error: None };
        match (is_answer, element.identifier) {
            (true, 0x80) => item.offset = ber::integer(element.contents),
            (true, 0x81) => item.reference = Some(Text(element.contents)),
            (true, 0x82) => {
                item.error =
                    ber::unsigned(element.contents).and_then(|e| u8::try_from(e).ok()).map(ErrorReason);
                told.refused += 1;
            }
            (false, _) if by_offset => item.offset = ber::integer(element.contents),
            (false, _) => item.reference = Some(Text(element.contents)),
            _ => {}
        }
        told.items += 1;
        out.row(&item);
    }
    if let Some(found) = items.fault().filter(|_| !pdu.cut) {
        out.anomaly(super::fault(pdu.bytes, found));
    }
    told
}

fn operation(
    row: &GseManagement<'_>,
    is_answer: Option<bool>,
    told: Items,
    digest: u64,
    out: &mut Output<'_>,
) {
    let (Some(is_answer), Some(state_id)) = (is_answer, row.state_id) else { return };
    let request = Request {
        key: state_id.into(),
        operation: row.service.and_then(GseService::operation).unwrap_or_default(),
        function: row.service.and_then(GseService::name).map(Symbol),
        function_code: row.service.map(|service| service.0.into()),
        station: Some(row.appid.into()),
        space: None,
        address: None,
        quantity: None,
        object: row.ident,
        numbers: [state_id.into(), digest],
    };
    if !is_answer {
        out.request(&request);
        return;
    }
    let is_refused = row.service == Some(GseService::NOT_SUPPORTED) || row.error.is_some();
    let outcome = match told.refused {
        refused if is_refused || refused > 0 && refused == told.items => Outcome::REFUSED,
        0 => Outcome::SUCCESS,
        _ => Outcome::PARTIAL,
    };
    let result = Result {
        outcome,
        status: row.error.map(|error| error.0.into()),
        status_name: row.error.and_then(GlobalError::name).map(Symbol),
    };
    match out.answer(request.key) {
        Answer::Paired(asked) => out.complete(&asked, result),
        Answer::Again => out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before")),
        Answer::Unasked => out.unasked(&request, Result { outcome: Outcome::UNASKED, ..result }),
    }
}
