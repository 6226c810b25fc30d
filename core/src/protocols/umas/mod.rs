//! UMAS (Unified Messaging Application Services): the engineering protocol of Schneider Electric's Unity controllers, within
//! function 90 of Modbus.
//!
//! There is no public standard. Head and function codes follow what was found by others in traffic of the maker's tools; what
//! lies behind them differs between sources and is given as sent. An answer tells only whether its request was done: the
//! function is that of the request, paired as Modbus pairs its own (transaction identifier and unit).

mod codes;

pub use codes::UmasFunction;

use crate::{
    common::{Anomaly, AnomalyKind, Answer, Fit, Outcome, Request, Result, UnderWay},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Side, Toward, Way},
    record::{Direction, Record, Symbol, digest_bytes},
};

/// UMAS within Modbus.
pub static PROTOCOL: Protocol = Protocol {
    name: "umas",
    title: "UMAS (Unity)",
    standard: "none public; as found in traffic",
    carriers: &[
        Carrier::Within { parent: "modbus", key: 90 },
        Carrier::Within { parent: "modbus_rtu", key: 90 },
        Carrier::Within { parent: "modbus_ascii", key: 90 },
    ],
    tables: &[Umas::schema],
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

crate::record! {
    /// One UMAS message.
    pub struct Umas<'a> in "umas" {
        /// Key of the session, given by the PLC when it is reserved; 0 without reservation.
        session_key: u8,
        /// Function asked for; in an answer that of its request, null if that was not seen.
        function: Option<UmasFunction>,
        /// The code as sent: in an answer FE hex (ok) or FD hex (error).
        function_code: UmasFunction,
        /// Whether an answer refuses; null in a request, and where the code is neither ok nor error.
        is_error: Option<bool>,
        /// What lies behind the code, as sent.
        data: &'a [u8],
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
    }
}

/// What is remembered of a conversation.
#[derive(Debug, Default)]
struct State {
    /// Whether requests of each side are in the capture, since its last gap: only then is an answer without one odd.
    heard: [bool; 2],
}

impl State {
    fn hear(&mut self, side: Side, is_heard: bool) {
        if let Some(heard) = self.heard.get_mut(side.index()) {
            *heard = is_heard;
        }
    }
}

struct Dissection;

impl Dissector for Dissection {
    type State = State;

    fn probe(_: &[u8], _: Option<Toward>) -> Probe {
        // Nothing tells it apart but the function of Modbus around it.
        Probe::No
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        // Its parent knows where it ends.
        if bytes.is_empty() { Framing::Need(2) } else { Framing::Frame(bytes.len()) }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let &[session_key, code, ref data @ ..] = pdu.bytes else {
            if !pdu.cut {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "message is shorter than its head");
                out.anomaly(anomaly.numbers(2, pdu.bytes.len() as u64));
            }
            return;
        };
        let function_code = UmasFunction(code);
        let pairing = out.pairing();
        let is_request = match out.direction() {
            Some(direction) => direction == Direction::REQUEST,
            None => pdu.way.toward != Some(Toward::Client),
        };
        let mut row =
            Umas { session_key, function: None, function_code, is_error: None, data, request_message: None };
        let mut asks = Request {
            key: pairing.key,
            operation: function_code.operation().unwrap_or_default(),
            function: function_code.name().map(Symbol),
            function_code: Some(code.into()),
            station: pairing.station,
            space: None,
            address: None,
            quantity: None,
            object: None,
            numbers: [code.into(), digest_bytes(pdu.bytes)],
        };
        if is_request {
            out.set_direction(Direction::REQUEST);
            row.function = Some(function_code);
            out.row(&row);
            if pairing.under_way == UnderWay::One && pairing.station == Some(0) {
                // On a serial line unit 0 is all units, and none answers.
                return out.unconfirmed(&asks);
            }
            state.hear(pdu.way.side, true);
            if out.request(&asks) {
                out.anomaly(Anomaly::new(
                    AnomalyKind::UNEXPECTED,
                    "the same request again, before its answer",
                ));
            }
            return;
        }
        out.set_direction(Direction::RESPONSE);
        let outcome = match function_code {
            UmasFunction::OK => Outcome::SUCCESS,
            UmasFunction::ERROR => Outcome::REFUSED,
            _ => {
                let anomaly = Anomaly::new(AnomalyKind::VALUE, "answer is neither ok nor error");
                out.anomaly(anomaly.at(1).found(code.into()));
                Outcome::REFUSED
            }
        };
        row.is_error = match function_code {
            UmasFunction::OK => Some(false),
            UmasFunction::ERROR => Some(true),
            _ => None,
        };
        let answer = out.answer_fitting(pairing.key, pairing.under_way, |_| Fit::Whole);
        if let Answer::Paired(asked) = &answer {
            let [function, _] = asked.numbers;
            row.function = u8::try_from(function).ok().map(UmasFunction);
            row.request_message = Some(asked.message);
        }
        out.row(&row);
        let result =
            Result { outcome, status: Some(code.into()), status_name: function_code.name().map(Symbol) };
        match answer {
            Answer::Paired(asked) => out.complete(&asked, result),
            Answer::Again => {
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before"));
            }
            Answer::Unasked => {
                let heard = state.heard.get(pdu.way.side.other().index()) == Some(&true);
                // It may be of one that was given up.
                if heard && !out.gave_up(pairing.key) && !out.may_lack_request() {
                    out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "answer without a request"));
                }
                // Which function was asked, only the request told.
                (asks.function, asks.function_code) = (None, None);
                out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result });
            }
        }
    }

    fn gap(state: &mut State, side: Side) {
        state.hear(side, false);
    }
}
