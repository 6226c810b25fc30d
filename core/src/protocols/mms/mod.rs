//! MMS (Manufacturing Message Specification), and what IEC 61850 says with it.
//!
//! - ISO 9506-2: the messages (clause 7), and each service.
//! - IEC 61850-8-1: names, controls, reports, files; IEC 61850-7-2: what they mean.
//! - IEC 60870-6-503 and -802 (TASE.2, ICCP): objects of another kind in the same messages; their tables begin with `iccp`.
//!
//! Requests are paired with answers by the invoke identifier, each direction by itself: either side may ask. Who uses the
//! identifier of a request without answer again has given that up. A read's or write's answer holds only values or failures
//! by position; names come from the request. A control is one operation, whose stages are select, operate, the answer to it
//! and the termination; so is each control of a message that has several variables, and what else that message asks is one
//! more. Where a device sends no termination, its operation ends as accepted when the time-out has passed.

pub mod blocks;
pub mod codes;
mod control;
pub mod iec61850;
mod journals;
mod names;
mod plates;
mod programs;
mod records;
mod reports;
mod services;
mod state;
pub mod tase2;
#[cfg(test)]
mod tests;
mod values;

pub use records::{
    IccpControls, IccpMessages, IccpPoints, IccpServers, IccpTransferSets, IccpTransfers, Mms,
    MmsControlBlocks, MmsControls, MmsData, MmsDevices, MmsDomains, MmsFiles, MmsInitiates,
    MmsJournalEntries, MmsJournals, MmsNames, MmsProgramInvocations, MmsReports, MmsTypes,
};

use crate::{
    common::{Anomaly, AnomalyKind, Answer, Outcome, Request, Result},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Side, Toward, Way},
    protocols::osi,
    record::{Direction, Record, Symbol, Text},
    wire::ber::{self, Element, Elements, Fault},
};
use codes::{ErrorClass, PduType};
use state::State;

/// MMS within the upper layers of OSI.
pub static PROTOCOL: Protocol = Protocol {
    name: "mms",
    title: "MMS (IEC 61850, ICCP)",
    standard: "ISO 9506-2, IEC 61850-8-1, IEC 60870-6-503, IEC 60870-6-802",
    carriers: &[
        Carrier::Within { parent: "osi", key: osi::MMS },
        // Some devices leave the upper layers out.
        Carrier::Within { parent: "cotp", key: 2 },
    ],
    tables: &[
        Mms::schema,
        MmsData::schema,
        MmsReports::schema,
        MmsControls::schema,
        MmsControlBlocks::schema,
        MmsJournals::schema,
        MmsJournalEntries::schema,
        MmsDomains::schema,
        MmsProgramInvocations::schema,
        MmsNames::schema,
        MmsTypes::schema,
        MmsDevices::schema,
        MmsFiles::schema,
        MmsInitiates::schema,
        IccpServers::schema,
        IccpPoints::schema,
        IccpTransferSets::schema,
        IccpTransfers::schema,
        IccpControls::schema,
        IccpMessages::schema,
    ],
    dissector: Functions::of::<Messages>(),
    vectors: include_str!("vectors.md"),
};

/// Keys of requests of MMS.
const KEY: u64 = 1 << 61;

/// The key of the initiate request of an association: who ends the association ends that too.
pub(super) const fn initiate_key(association: u64) -> u64 {
    KEY | association << 32 | 1 << 48 | (PduType::INITIATE_REQUEST.0 as u64) << 52
}

/// One message, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    whole: &'a [u8],
    side: Side,
    association: u64,
    context_id: Option<u32>,
    context_guessed: bool,
}

impl<'a> Message<'a> {
    fn key(&self, invoke_id: Option<u32>) -> u64 {
        KEY | self.association << 32 | u64::from(invoke_id.unwrap_or_default())
    }
    fn row<'b>(&self, pdu_type: PduType) -> Mms<'b> {
        Mms {
            pdu_type,
            invoke_id: None,
            original_invoke_id: None,
            confirmed_service: None,
            unconfirmed_service: None,
            object: None,
            object_class: None,
            quantity: None,
            failures: None,
            more_follows: None,
            error_class: None,
            error_code: None,
            error_name: None,
            additional_code: None,
            additional_description: None,
            rejected_pdu: None,
            reject_reason: None,
            detail: None,
            length: u32::try_from(self.whole.len()).unwrap_or(u32::MAX),
            context_id: self.context_id,
            context_guessed: self.context_guessed,
            request_message: None,
            continue_after: None,
            scope_of_delete: None,
            matched: None,
            deleted: None,
            deletable: None,
        }
    }
    /// Says what is wrong with an encoding.
    fn fault(&self, found: Option<Fault<'_>>, out: &mut Output<'_>) {
        let Some(fault) = found.filter(|_| !out.is_cut()) else { return };
        let mut anomaly = Anomaly::new(AnomalyKind::MALFORMED, fault.reason);
        if let Some(offset) = ber::offset(self.whole, fault.at) {
            anomaly = anomaly.at(offset);
        }
        if let Some(claimed) = fault.claimed {
            anomaly = anomaly.numbers(fault.available, claimed);
        }
        out.anomaly(anomaly);
    }
}

struct Messages;

impl Dissector for Messages {
    type State = State;

    /// Asked only where the upper layers are left out; a presentation context tells it without.
    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        let mut elements = Elements::new(bytes);
        let Some(element) = elements.next() else { return Probe::No };
        if !elements.rest().is_empty() {
            return Probe::No;
        }
        let fault = elements.fault();
        // A message may be cut; a length beyond all numbers is none.
        if fault.is_some_and(|fault| fault.claimed == Some(u64::MAX)) {
            return Probe::No;
        }
        let whole = fault.is_none();
        let mut inner = element.elements();
        let (first, second) = (inner.next(), inner.next());
        let is_number = |element: Option<Element<'_>>, identifier: u8| {
            element.is_some_and(|it| it.identifier == identifier && matches!(it.contents.len(), 1..=5))
        };
        let fits = match element.identifier {
            0xa0 | 0xa1 => {
                is_number(first, 0x02) && second.is_none_or(|it| it.is_context() || it.identifier == 0x30)
            }
            0xa2 => is_number(first, 0x80) && second.is_some_and(|it| it.is_context()),
            0xa3 => first.is_some_and(|it| it.identifier == 0xa0) && second.is_none(),
            0xa8 | 0xa9 => {
                inner.any(|it| it.identifier == 0xa4) || second.is_some_and(|it| it.identifier == 0xa4)
            }
            0x85 | 0x86 => matches!(element.contents.len(), 1..=5),
            0x8b | 0x8c => element.contents.is_empty(),
            _ => false,
        };
        match (fits, element.identifier) {
            (false, _) => Probe::No,
            (true, 0xa0 | 0xa1 | 0xa2 | 0xa8 | 0xa9) if whole => Probe::Certain,
            (true, _) => Probe::Possible,
        }
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        // Its parent knows where it ends.
        if bytes.is_empty() { Framing::Need(1) } else { Framing::Frame(bytes.len()) }
    }

    fn gap(state: &mut State, side: Side) {
        state.lost(side);
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let pairing = out.pairing();
        let message = Message {
            whole: pdu.bytes,
            side: pdu.way.side,
            association: pairing.key & 0xffff,
            context_id: pairing.station,
            context_guessed: pairing.key & osi::GUESSED != 0,
        };
        let mut elements = Elements::new(pdu.bytes);
        let element = elements.next();
        message.fault(elements.fault(), out);
        let Some(element) = element else { return };
        if pdu.cut {
            return beginning(&message, element, elements.fault(), out);
        }
        let behind = elements.rest();
        dispatch(state, &message, element, out);
        if !behind.is_empty() {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the message");
            let offset = ber::offset(pdu.bytes, behind).unwrap_or_default();
            out.anomaly(anomaly.at(offset).length(behind.len() as u64));
        }
    }
}

/// Of a message that the capture cut: its type, and who it says it is. Nobody can tell which of its values is whole, nor how
/// many there are.
fn beginning(message: &Message<'_>, element: Element<'_>, cut: Option<Fault<'_>>, out: &mut Output<'_>) {
    let pdu_type = PduType(u8::try_from(element.number).unwrap_or(u8::MAX));
    if !element.is_context() || pdu_type.name().is_none() {
        return;
    }
    out.set_direction(direction(pdu_type));
    let mut row = message.row(pdu_type);
    if let Some((claimed, here)) = cut.and_then(|cut| Some((cut.claimed?, cut.available))) {
        let length = u64::from(row.length).saturating_add(claimed).saturating_sub(here);
        row.length = u32::try_from(length).unwrap_or(u32::MAX);
    }
    services::introduce(&mut row, element);
    out.row(&row);
}

/// What messages of this type are to their dialogue.
const fn direction(pdu_type: PduType) -> Direction {
    match pdu_type {
        PduType::CONFIRMED_REQUEST
        | PduType::INITIATE_REQUEST
        | PduType::CONCLUDE_REQUEST
        | PduType::CANCEL_REQUEST => Direction::REQUEST,
        PduType::UNCONFIRMED => Direction::UNSOLICITED,
        _ => Direction::RESPONSE,
    }
}

/// By the type of the message (clause 7.1).
fn dispatch(state: &mut State, message: &Message<'_>, element: Element<'_>, out: &mut Output<'_>) {
    let pdu_type = PduType(u8::try_from(element.number).unwrap_or(u8::MAX));
    if !element.is_context() || pdu_type.name().is_none() {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no message of MMS");
        return out.anomaly(anomaly.at(0).found(element.identifier.into()));
    }
    out.set_direction(direction(pdu_type));
    match pdu_type {
        PduType::CONFIRMED_REQUEST => services::request(state, message, element, out),
        PduType::CONFIRMED_RESPONSE => services::response(state, message, element, out),
        PduType::CONFIRMED_ERROR => services::error(state, message, element, out),
        PduType::UNCONFIRMED => services::unconfirmed(state, message, element, out),
        PduType::REJECT => services::reject(state, message, element, out),
        PduType::INITIATE_REQUEST | PduType::INITIATE_RESPONSE => initiate(message, pdu_type, element, out),
        _ => other(message, pdu_type, element, out),
    }
}

/// The types of an association whose requests have no invoke identifier.
fn requested_by(pdu_type: PduType) -> PduType {
    match pdu_type {
        PduType::INITIATE_RESPONSE | PduType::INITIATE_ERROR => PduType::INITIATE_REQUEST,
        PduType::CONCLUDE_RESPONSE | PduType::CONCLUDE_ERROR => PduType::CONCLUDE_REQUEST,
        PduType::CANCEL_RESPONSE | PduType::CANCEL_ERROR => PduType::CANCEL_REQUEST,
        other => other,
    }
}

fn asks<'a>(message: &Message<'_>, pdu_type: PduType, original: Option<u32>) -> Request<'a> {
    let request = requested_by(pdu_type);
    // A cancel is told apart from what it cancels.
    let key = message.key(original) | 1 << 48 | u64::from(request.0) << 52;
    Request {
        function: request.name().map(Symbol),
        function_code: Some(request.0.into()),
        ..Request::new(key, request.operation().unwrap_or_default())
    }
}

/// Says how a request ended that has no invoke identifier of its own: one of this type, or what a message of this type answers.
fn close(message: &Message<'_>, pdu_type: PduType, mut row: Mms<'_>, result: Result, out: &mut Output<'_>) {
    // There is one conclude, whatever identifier a reject of it has.
    let original = row.original_invoke_id.filter(|_| requested_by(pdu_type) == PduType::CANCEL_REQUEST);
    let asks = asks(message, pdu_type, original);
    let answer = out.answer(asks.key);
    if let Answer::Paired(asked) = &answer {
        row.request_message = Some(asked.message);
    }
    out.row(&row);
    match answer {
        Answer::Paired(asked) => out.complete(&asked, result),
        Answer::Again => out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before")),
        Answer::Unasked => out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result }),
    }
}

/// Initiate (clause 8.2).
fn initiate(message: &Message<'_>, pdu_type: PduType, element: Element<'_>, out: &mut Output<'_>) {
    let mut told = MmsInitiates {
        local_detail: None,
        max_services_outstanding_calling: None,
        max_services_outstanding_called: None,
        data_structure_nesting_level: None,
        version: None,
        parameter_cbb: None,
        services_supported: None,
    };
    let mut fields = element.elements();
    for field in fields.by_ref() {
        match field.identifier {
            0x80 => told.local_detail = ber::integer(field.contents),
            0x81 => told.max_services_outstanding_calling = ber::integer(field.contents),
            0x82 => told.max_services_outstanding_called = ber::integer(field.contents),
            0x83 => told.data_structure_nesting_level = ber::integer(field.contents),
            0xa4 => {
                let mut details = field.elements();
                for detail in details.by_ref() {
                    let bits = ber::BitString::new(detail.contents).map(|bits| bits.octets);
                    match detail.identifier {
                        0x80 => told.version = ber::integer(detail.contents),
                        0x81 => told.parameter_cbb = bits,
                        0x82 => told.services_supported = bits,
                        _ => {}
                    }
                }
                message.fault(details.fault(), out);
            }
            _ => {}
        }
    }
    message.fault(fields.fault(), out);
    let row = message.row(pdu_type);
    if pdu_type == PduType::INITIATE_REQUEST {
        out.learn(Toward::Server);
        out.row(&row);
        out.row(&told);
        out.request(&asks(message, pdu_type, None));
    } else {
        out.learn(Toward::Client);
        close(message, pdu_type, row, Result::plain(Outcome::SUCCESS), out);
        out.row(&told);
    }
}

/// Conclude, cancel, and the errors of both and of initiate (clauses 8.3, 8.4).
fn other(message: &Message<'_>, pdu_type: PduType, element: Element<'_>, out: &mut Output<'_>) {
    let mut row = message.row(pdu_type);
    let number = |contents| ber::unsigned(contents).and_then(|id| u32::try_from(id).ok());
    match pdu_type {
        PduType::CANCEL_REQUEST | PduType::CANCEL_RESPONSE => {
            row.original_invoke_id = number(element.contents)
        }
        PduType::CANCEL_ERROR => {
            let mut fields = element.elements();
            for field in fields.by_ref() {
                match field.identifier {
                    0x80 => row.original_invoke_id = number(field.contents),
                    0xa1 => service_error(&mut row, field, message, out),
                    _ => {}
                }
            }
            message.fault(fields.fault(), out);
        }
        PduType::INITIATE_ERROR | PduType::CONCLUDE_ERROR => service_error(&mut row, element, message, out),
        _ => {}
    }
    match pdu_type {
        PduType::CONCLUDE_REQUEST | PduType::CANCEL_REQUEST => {
            out.row(&row);
            out.request(&asks(message, pdu_type, row.original_invoke_id));
        }
        PduType::CONCLUDE_RESPONSE | PduType::CANCEL_RESPONSE => {
            close(message, pdu_type, row, Result::plain(Outcome::SUCCESS), out);
        }
        _ => {
            let result = refused(&row);
            close(message, pdu_type, row, result, out);
        }
    }
}

/// The result that an error stands for: class and code as one number, and the name.
fn refused(row: &Mms<'_>) -> Result {
    let status =
        row.error_class.zip(row.error_code).map(|(class, code)| u32::from(class.0) << 8 | u32::from(code));
    Result { outcome: Outcome::REFUSED, status, status_name: row.error_name }
}

/// `ServiceError` (clause 7.4).
fn service_error<'a>(row: &mut Mms<'a>, element: Element<'a>, message: &Message<'_>, out: &mut Output<'_>) {
    let mut fields = element.elements();
    for field in fields.by_ref() {
        match field.identifier {
            0xa0 => {
                let Some(class) = field.elements().next() else { continue };
                let code = ber::integer(class.contents).and_then(|code| u8::try_from(code).ok());
                row.error_class = u8::try_from(class.number).ok().map(ErrorClass);
                row.error_code = code;
                row.error_name = row
                    .error_class
                    .zip(code)
                    .and_then(|(class, code)| codes::error_name(class.0, code))
                    .map(Symbol);
            }
            0x81 => row.additional_code = ber::integer(field.contents),
            0x82 => row.additional_description = Some(Text(field.contents)),
            // What only this service has to say of its errors.
            0xa3 => row.detail = Some(field.contents),
            _ => {}
        }
    }
    message.fault(fields.fault(), out);
}
