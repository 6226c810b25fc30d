//! The upper layers of OSI, as MMS needs them: session, presentation, and the association control (ACSE).
//!
//! - Session: ITU-T X.225 (ISO/IEC 8327-1), clause 8.
//! - Presentation: ITU-T X.226 (ISO/IEC 8823-1), clause 8.
//! - ACSE: ITU-T X.227 (ISO/IEC 8650-1), clause 9.
//!
//! A presentation context says what its octets are. Where the association was not seen, that is guessed from the octets
//! themselves; the child is told by [`Output::pairing`]: the station is the context, and [`GUESSED`] is set in the key.

mod acse;
pub mod codes;
mod presentation;
mod records;
#[cfg(test)]
mod tests;

pub use records::{Acse, Osi, OsiPresentationContexts};

use crate::{
    common::{Anomaly, AnomalyKind, Answer, Outcome, Request, Result},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Side, Toward, Way},
    protocols::mms,
    record::{Direction, Record, Symbol, Text},
    wire::ber::{self, Fault},
};
use codes::SpduType;
use presentation::Contexts;

/// Session, presentation and ACSE within ISO transport.
pub static PROTOCOL: Protocol = Protocol {
    name: "osi",
    title: "OSI session, presentation and ACSE",
    standard: "ITU-T X.225, X.226, X.227 (ISO/IEC 8327-1, 8823-1, 8650-1)",
    carriers: &[Carrier::Within { parent: "cotp", key: 1 }],
    tables: &[Osi::schema, OsiPresentationContexts::schema, Acse::schema],
    dissector: Functions::of::<UpperLayers>(),
    vectors: include_str!("vectors.md"),
};

/// Key of MMS within the upper layers.
pub const MMS: u64 = 1;
/// Set in the key of [`Output::pairing`] where the presentation context is guessed.
pub const GUESSED: u64 = 1 << 32;

/// What is remembered of an association.
#[derive(Debug, Default)]
struct State {
    contexts: Contexts,
    /// Who has sent data on the connection, by side.
    has_sent: [bool; 2],
    /// The session message that is read says that the connection goes on (NOT FINISHED).
    goes_on: bool,
}

struct UpperLayers;

impl Dissector for UpperLayers {
    type State = State;
    const CARRIES: bool = true;

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        match bytes {
            [1, 0, 1, 0, rest @ ..] => match ber::first(rest) {
                (Some(element), fault) if matches!(element.identifier, 0x60 | 0x61) => match fault {
                    None => Probe::Certain,
                    Some(_) => Probe::Possible,
                },
                _ if rest.len() < 2 => Probe::Possible,
                _ => Probe::No,
            },
            [1 | 2, ..] => match carried(bytes).map(ber::first) {
                Some((Some(element), None)) if matches!(element.identifier, 0x60 | 0x61) => Probe::Certain,
                _ => Probe::No,
            },
            [8 | 9 | 10 | 12 | 13 | 14 | 25 | 26, ..] => match spdu(bytes) {
                Some((_, parameters, [])) if well_formed(parameters) => {
                    if parameters.is_empty() {
                        Probe::Possible
                    } else {
                        Probe::Certain
                    }
                }
                _ => Probe::No,
            },
            _ => Probe::No,
        }
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        // Its parent knows where it ends.
        if bytes.is_empty() { Framing::Need(1) } else { Framing::Frame(bytes.len()) }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        // The usual case: GIVE TOKENS and DATA TRANSFER without parameters, then user data.
        if let [1, 0, 1, 0, data @ ..] = pdu.bytes {
            return presentation::data(state, data, pdu.bytes, out);
        }
        let Some((spdu_type, parameters, behind)) = spdu(pdu.bytes) else {
            if pdu.cut {
                return;
            }
            let anomaly =
                Anomaly::new(AnomalyKind::MALFORMED, "session message is beyond its transport data");
            return out.anomaly(anomaly.at(0).length(pdu.bytes.len() as u64));
        };
        if let Some(data) = carried(pdu.bytes) {
            return presentation::data(state, data, pdu.bytes, out);
        }
        if spdu_type == SpduType::GIVE_TOKENS {
            return presentation::data(state, behind, pdu.bytes, out);
        }
        session(state, spdu_type, parameters, pdu.bytes, out);
        if !behind.is_empty() {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the session message");
            out.anomaly(anomaly.at((pdu.bytes.len() - behind.len()) as u64).length(behind.len() as u64));
        }
    }
}

/// Identifier, parameters and what lies behind them (X.225 clause 8.2): a length of 255 is followed by two octets.
fn spdu(bytes: &[u8]) -> Option<(SpduType, &[u8], &[u8])> {
    let (code, value, behind) = parameter(bytes)?;
    Some((SpduType(code), value, behind))
}

/// User data of DATA TRANSFER, which has the identifier of GIVE TOKENS, and of TYPED DATA: one of the messages about tokens
/// stands before them (X.225 clause 6.3.7), and each may have parameters.
fn carried(bytes: &[u8]) -> Option<&[u8]> {
    let (tokens, parameters, behind) = spdu(bytes)?;
    let (carries, further, data) = spdu(behind)?;
    let fits = matches!(tokens, SpduType::GIVE_TOKENS | SpduType::PLEASE_TOKENS)
        && matches!(carries, SpduType::GIVE_TOKENS | SpduType::TYPED_DATA)
        && well_formed(parameters)
        && well_formed(further);
    fits.then_some(data)
}

fn parameter(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (code, length, behind) = match *bytes {
        [code, 0xff, high, low, ref behind @ ..] => (code, u16::from_be_bytes([high, low]), behind),
        [code, length @ ..=0xfe, ref behind @ ..] => (code, u16::from(length), behind),
        _ => return None,
    };
    let (value, behind) = behind.split_at_checked(usize::from(length))?;
    Some((code, value, behind))
}

fn well_formed(mut parameters: &[u8]) -> bool {
    while !parameters.is_empty() {
        let Some((_, _, behind)) = parameter(parameters) else { return false };
        parameters = behind;
    }
    true
}

/// A session message that opens, refuses or ends a connection (X.225 clause 8.3).
fn session(state: &mut State, spdu_type: SpduType, parameters: &[u8], whole: &[u8], out: &mut Output<'_>) {
    let mut row = Osi {
        spdu_type,
        calling_session_selector: None,
        called_session_selector: None,
        session_requirements: None,
        refuse_reason: None,
        calling_presentation_selector: None,
        called_presentation_selector: None,
        provider_reason: None,
        user_data_length: 0,
    };
    let (mut rest, mut user_data) = (parameters, None);
    while !rest.is_empty() {
        let Some((code, value, behind)) = parameter(rest) else {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "session parameter is beyond its message");
            out.anomaly(anomaly.at(ber::offset(whole, rest).unwrap_or_default()).length(rest.len() as u64));
            break;
        };
        match (code, value) {
            (0x33, _) => row.calling_session_selector = Some(Text(value)),
            (0x34, _) => row.called_session_selector = Some(Text(value)),
            (0x14, &[high, low]) => row.session_requirements = Some(u16::from_be_bytes([high, low])),
            (0x32, &[reason, ref data @ ..]) => {
                row.refuse_reason = Some(reason);
                user_data = Some(data).filter(|data| !data.is_empty()).or(user_data);
            }
            // User data, and extended user data.
            (0xc1 | 0xc2, _) => user_data = Some(value),
            _ => {}
        }
        rest = behind;
    }
    let user_data = user_data.unwrap_or_default();
    row.user_data_length = user_data.len() as u32;
    match spdu_type {
        SpduType::CONNECT => {
            out.learn(Toward::Server);
            out.set_direction(Direction::REQUEST);
            *state = State::default();
            out.forget_children();
        }
        SpduType::ACCEPT | SpduType::REFUSE => {
            out.learn(Toward::Client);
            out.set_direction(Direction::RESPONSE);
        }
        SpduType::FINISH => out.set_direction(Direction::REQUEST),
        SpduType::DISCONNECT | SpduType::NOT_FINISHED | SpduType::ABORT_ACCEPT => {
            out.set_direction(Direction::RESPONSE)
        }
        SpduType::ABORT => out.set_direction(Direction::UNSOLICITED),
        _ => {}
    }
    if spdu_type.name().is_none() {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "unknown session message");
        out.anomaly(anomaly.at(0).found(spdu_type.0.into()));
    }
    state.goes_on = spdu_type == SpduType::NOT_FINISHED;
    let (refuse_reason, (provider_reason, has_user)) =
        (row.refuse_reason, presentation::connection(state, row, user_data, whole, out));
    state.goes_on = false;
    let reason = provider_reason.or(refuse_reason);
    match spdu_type {
        SpduType::REFUSE => end(state, reason, out),
        SpduType::ABORT => {
            // An abort of the user is said by ACSE.
            if !has_user {
                out.unconfirmed(&Request {
                    function: spdu_type.name().map(Symbol),
                    function_code: Some(spdu_type.0.into()),
                    ..Request::new(0, spdu_type.operation().unwrap_or_default())
                });
            }
            end(state, reason, out);
        }
        _ => {}
    }
}

/// The connection ends: so does what is asked to set up an association on it. Where the one who was asked has sent data, the
/// association was set up, by an answer that was not seen.
fn end(state: &State, reason: Option<u8>, out: &mut Output<'_>) {
    let association = out.pairing().key & 0xffff;
    let result = |outcome| Result { outcome, status: reason.map(u32::from), status_name: None };
    let has_sent = |side: Side| state.has_sent.get(side.index()) == Some(&true);
    let sender = out.way().side;
    for key in [acse::association_key(association), mms::initiate_key(association)] {
        // The row of one that is overdue is written.
        if out.peek(key).is_some_and(|asked| !asked.late) {
            if !has_sent(sender)
                && let Answer::Paired(asked) = out.answer(key)
            {
                out.complete(&asked, result(Outcome::REFUSED));
            }
        } else if !has_sent(sender.other())
            && out.waits(key)
            && let Some(asked) = out.withdraw(key)
        {
            out.complete(&asked, result(Outcome::CANCELLED));
        }
    }
}

/// Says what is wrong with an encoding.
fn fault(found: Option<Fault<'_>>, whole: &[u8], out: &mut Output<'_>) {
    let Some(fault) = found.filter(|_| !out.is_cut()) else { return };
    let mut anomaly = Anomaly::new(AnomalyKind::MALFORMED, fault.reason);
    if let Some(offset) = ber::offset(whole, fault.at) {
        anomaly = anomaly.at(offset);
    }
    if let Some(claimed) = fault.claimed {
        anomaly = anomaly.numbers(fault.available, claimed);
    }
    out.anomaly(anomaly);
}
