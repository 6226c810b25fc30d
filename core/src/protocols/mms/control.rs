//! What controls of IEC 61850 and of TASE.2 share: select, operate and their answers as one operation.
use super::state::State;
use crate::{
    common::{Answer, Asked, Outcome, Request, Result, Stage},
    output::Output,
    record::{Symbol, digest_bytes},
};

/// A step of a control (IEC 61850-8-1, clause 20; IEC 60870-6-503, device control).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Select,
    SelectWithValue,
    Operate,
    Cancel,
}

/// A variable by which an object is controlled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control<'a> {
    /// Empty in the scope of the VMD.
    pub(super) domain: &'a [u8],
    /// The object, as the names of all its steps begin.
    pub(super) object: &'a [u8],
    pub(super) step: Step,
    /// The answer to an operate is not the last word: a termination follows.
    pub(super) terminates: bool,
}

impl Control<'_> {
    /// What the steps of one operation share.
    pub(super) fn number(&self) -> u64 {
        digest_bytes(self.domain).rotate_left(17) ^ digest_bytes(self.object)
    }
    /// The key of the operation between its messages.
    pub(super) fn key(&self) -> u64 {
        1 << 60 | self.number() >> 4
    }
}

/// Begins or continues the operation that a request of the control model belongs to. `request` is what would be asked.
pub(super) fn ask(control: &Control<'_>, request: &Request<'_>, out: &mut Output<'_>) {
    match control.step {
        Step::Select | Step::SelectWithValue => {
            out.select(request);
        }
        Step::Operate => {
            if out.advance_as(control.key(), Stage::EXECUTE, request.key).is_none() {
                out.request(request);
            }
        }
        Step::Cancel => {
            if out.cancel(control.key()).is_none() {
                out.request(request);
            }
        }
    }
}

/// The answer to a request of the control model. `granted` is whether the device did not refuse. Returns the request if
/// this is its last word.
pub(super) fn answer(
    control: &Control<'_>,
    key: u64,
    granted: bool,
    result: Result,
    state: &State,
    out: &mut Output<'_>,
) -> Option<Asked> {
    let explained = state.control_error.filter(|error| error.object == control.number());
    let result = match explained {
        Some(error) if !granted => {
            let cause = super::iec61850::AddCause(error.cause);
            Result { status: Some(cause.0.into()), status_name: cause.name().map(Symbol), ..result }
        }
        _ => result,
    };
    let asked = match (control.step, granted) {
        (Step::Select | Step::SelectWithValue, true) => {
            return out.advance_as(key, Stage::SELECTED, control.key());
        }
        (Step::Select | Step::SelectWithValue, false) => out.answer_at(key, Stage::SELECTED),
        (Step::Operate, true) if control.terminates => {
            return out.advance_as(key, Stage::ACCEPTED, control.key());
        }
        (Step::Operate, _) => out.answer(key),
        (Step::Cancel, _) => match out.answer(control.key()) {
            Answer::Paired(asked) if granted => {
                out.complete(&asked, Result { outcome: Outcome::CANCELLED, ..result });
                return Some(asked);
            }
            Answer::Paired(asked) => Answer::Paired(asked),
            _ => out.answer(key),
        },
    };
    match asked {
        Answer::Paired(asked) => {
            out.complete(&asked, result);
            Some(asked)
        }
        _ => None,
    }
}
