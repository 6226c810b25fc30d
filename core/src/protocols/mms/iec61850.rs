//! What names and values mean in IEC 61850 (part 8-1): references and controls.
use super::{
    MmsControls,
    control::{Control, Step, command_number},
    names::{Form, Name, push_access},
    state::{Command, State},
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Operation, Outcome, Result, Stage},
    output::{Output, Scratch},
    record::{Instant, Symbol, Text},
    wire::{
        ber::{Element, Elements},
        mms::Data,
    },
};

crate::codes! {
    /// Why a control failed (IEC 61850-7-2, `AddCause`).
    pub struct AddCause(u8) {
        /// Unknown.
        UNKNOWN = 0 => "unknown",
        /// Not supported.
        NOT_SUPPORTED = 1 => "not_supported",
        /// Blocked by the switching hierarchy: a local or remote switch.
        BLOCKED_BY_SWITCHING_HIERARCHY = 2 => "blocked_by_switching_hierarchy",
        /// The select failed.
        SELECT_FAILED = 3 => "select_failed",
        /// Invalid position.
        INVALID_POSITION = 4 => "invalid_position",
        /// The position is reached already.
        POSITION_REACHED = 5 => "position_reached",
        /// A parameter changed during execution.
        PARAMETER_CHANGE_IN_EXECUTION = 6 => "parameter_change_in_execution",
        /// The limit of steps is reached.
        STEP_LIMIT = 7 => "step_limit",
        /// Blocked by the mode.
        BLOCKED_BY_MODE = 8 => "blocked_by_mode",
        /// Blocked by the process.
        BLOCKED_BY_PROCESS = 9 => "blocked_by_process",
        /// Blocked by interlocking.
        BLOCKED_BY_INTERLOCKING = 10 => "blocked_by_interlocking",
        /// Blocked by the synchrocheck.
        BLOCKED_BY_SYNCHROCHECK = 11 => "blocked_by_synchrocheck",
        /// A command is being executed already.
        COMMAND_ALREADY_IN_EXECUTION = 12 => "command_already_in_execution",
        /// Blocked by health.
        BLOCKED_BY_HEALTH = 13 => "blocked_by_health",
        /// Another control of the same group is active.
        ONE_OF_N_CONTROL = 14 => "one_of_n_control",
        /// Ended by cancel.
        ABORTION_BY_CANCEL = 15 => "abortion_by_cancel",
        /// The time is over.
        TIME_LIMIT_OVER = 16 => "time_limit_over",
        /// Ended by a trip.
        ABORTION_BY_TRIP = 17 => "abortion_by_trip",
        /// The object is not selected.
        OBJECT_NOT_SELECTED = 18 => "object_not_selected",
        /// The object is selected already.
        OBJECT_ALREADY_SELECTED = 19 => "object_already_selected",
        /// No authority to access.
        NO_ACCESS_AUTHORITY = 20 => "no_access_authority",
        /// Ended with overshoot.
        ENDED_WITH_OVERSHOOT = 21 => "ended_with_overshoot",
        /// Ended due to deviation.
        ABORTION_DUE_TO_DEVIATION = 22 => "abortion_due_to_deviation",
        /// Ended by loss of communication.
        ABORTION_BY_COMMUNICATION_LOSS = 23 => "abortion_by_communication_loss",
        /// Blocked by another command.
        BLOCKED_BY_COMMAND = 24 => "blocked_by_command",
        /// None.
        NONE = 25 => "none",
        /// Parameters contradict one another.
        INCONSISTENT_PARAMETERS = 26 => "inconsistent_parameters",
        /// Locked by another client.
        LOCKED_BY_OTHER_CLIENT = 27 => "locked_by_other_client",
    }
}

/// Functional constraints (IEC 61850-7-2, and 8-1 clause 7.3.1).
const CONSTRAINTS: [&[u8; 2]; 20] = [
    b"ST", b"MX", b"SP", b"SV", b"CF", b"DC", b"SG", b"SE", b"SR", b"OR", b"BL", b"EX", b"CO", b"US", b"MS",
    b"RP", b"BR", b"LG", b"GO", b"GS",
];

/// The name of a variable in its parts: logical node, functional constraint, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) node: &'a [u8],
    pub(super) constraint: [u8; 2],
    /// Data object and its attributes, with `$` between them; empty where the whole constraint is meant.
    pub(super) rest: &'a [u8],
}

/// Splits `LN$FC$DO$DA`.
pub(super) fn split(item: &[u8]) -> Option<Parts<'_>> {
    let end = memchr::memchr(b'$', item)?;
    let (node, behind) = (item.get(..end)?, item.get(end + 1..)?);
    let (constraint, rest) = match behind {
        [a, b] => ([*a, *b], &[][..]),
        [a, b, b'$', rest @ ..] => ([*a, *b], rest),
        _ => return None,
    };
    let known = CONSTRAINTS.iter().any(|known| **known == constraint);
    known.then_some(Parts { node, constraint, rest })
}

/// Appends the reference: `LD/LN.DO.DA[FC]`, and of an element of an array `LD/LN.DO.DA(3).DA[FC]`.
pub(super) fn push_reference(
    name: &Name<'_>,
    access: Option<Element<'_>>,
    scratch: &mut Scratch,
) -> Option<(usize, usize)> {
    let (domain, parts) = (name.domain?, split(name.item)?);
    let start = scratch.len();
    push_object(domain, &parts, scratch);
    if let Some(access) = access {
        push_access(access, scratch);
    }
    scratch.push(b"[");
    scratch.push(&parts.constraint);
    scratch.push(b"]");
    Some((start, scratch.len()))
}

fn push_object(domain: &[u8], parts: &Parts<'_>, scratch: &mut Scratch) {
    scratch.push(domain);
    scratch.push(b"/");
    scratch.push(parts.node);
    for part in parts.rest.split(|octet| *octet == b'$').filter(|part| !part.is_empty()) {
        scratch.push(b".");
        scratch.push(part);
    }
}

/// What a write of this variable is.
pub(super) fn written(name: &Name<'_>) -> Option<Operation> {
    let parts = split(name.item)?;
    let last = parts.rest.rsplit(|octet| *octet == b'$').next().unwrap_or_default();
    Some(match &parts.constraint {
        b"CO" => Operation::CONTROL,
        b"SV" | b"BL" | b"OR" => Operation::FORCE,
        b"RP" | b"BR" | b"LG" | b"GO" | b"MS" | b"US" | b"GS" => match last {
            b"RptEna" | b"LogEna" | b"GoEna" | b"SvEna" | b"Resv" | b"ResvTms" | b"PurgeBuf" | b"GI" => {
                Operation::REPORTING
            }
            _ => Operation::CONFIG,
        },
        b"CF" | b"DC" | b"EX" => Operation::CONFIG,
        // Another group of settings is made the active one, or is edited.
        b"SP" if parts.rest.starts_with(b"SGCB") => Operation::CONFIG,
        _ => Operation::WRITE,
    })
}

/// The name of a step (part 8-1, clause 20).
const fn step_name(step: Step) -> Symbol {
    Symbol(match step {
        Step::Select => "SBO",
        Step::SelectWithValue => "SBOw",
        Step::Operate => "Oper",
        Step::Cancel => "Cancel",
    })
}

impl<'a> Control<'a> {
    /// The control of IEC 61850 that this variable is, if it is one.
    pub(super) fn of(name: &Name<'a>) -> Option<Self> {
        let domain = name.domain?;
        let end = memchr::memrchr(b'$', name.item)?;
        let (object, last) = (name.item.get(..end)?, name.item.get(end + 1..)?);
        let step = match last {
            b"SBO" => Step::Select,
            b"SBOw" => Step::SelectWithValue,
            b"Oper" => Step::Operate,
            b"Cancel" => Step::Cancel,
            _ => return None,
        };
        split(object).filter(|parts| &parts.constraint == b"CO" && !parts.rest.is_empty())?;
        Some(Self { domain, object, step, terminates: true })
    }

    fn push(&self, scratch: &mut Scratch) -> (usize, usize) {
        let start = scratch.len();
        if let Some(parts) = split(self.object) {
            push_object(self.domain, &parts, scratch);
        }
        (start, scratch.len())
    }
}

/// The number of a command (ctlNum), which stands beside its value and its origin.
pub(super) fn control_number(data: Element<'_>) -> Option<u64> {
    let Ok(Data::Structure(parts)) = Data::read(data) else { return None };
    parts.into_iter().skip(1).find_map(|part| match Data::read(part) {
        Ok(Data::Unsigned(number)) => Some(number),
        Ok(Data::Integer(number)) => u64::try_from(number).ok(),
        _ => None,
    })
}

/// What `LastApplError` tells.
#[derive(Clone, Copy, Debug)]
struct ControlError {
    /// `None` if it names no object that is controlled.
    command: Option<Command>,
    cause: u8,
}

/// Says what a control asks: the parts of `SBOw`, `Oper` and `Cancel`.
pub(super) fn say_control(
    control: &Control<'_>,
    data: Option<Element<'_>>,
    step: Option<Symbol>,
    out: &mut Output<'_>,
) {
    let mut scratch = out.take_scratch();
    let (start, end) = control.push(&mut scratch);
    let mut row = MmsControls {
        reference: Text(scratch.text().0.get(start..end).unwrap_or_default()),
        step: step.unwrap_or(step_name(control.step)),
        control_value: None,
        control_real: None,
        originator_category: None,
        originator_identification: None,
        control_number: None,
        time: None,
        test: None,
        check: None,
        error: None,
        additional_cause: None,
        operate_time: None,
    };
    if let Some(Ok(Data::Structure(parts))) = data.map(Data::read) {
        for (place, part) in parts.into_iter().enumerate() {
            match (place, Data::read(part)) {
                (0, Ok(Data::Boolean(value))) => row.control_value = Some(value.into()),
                (0, Ok(Data::Integer(value))) => row.control_value = Some(value),
                (0, Ok(Data::Unsigned(value))) => row.control_value = i64::try_from(value).ok(),
                (0, Ok(Data::Single(value))) => row.control_real = Some(value.into()),
                (0, Ok(Data::Double(value))) => row.control_real = Some(value),
                (0, Ok(Data::BitString(bits))) => {
                    row.control_value = bits.number().and_then(|value| i64::try_from(value).ok());
                }
                (0, Ok(Data::Structure(value))) => match value.into_iter().next().map(Data::read) {
                    Some(Ok(Data::Integer(value))) => row.control_value = Some(value),
                    Some(Ok(Data::Single(value))) => row.control_real = Some(value.into()),
                    _ => {}
                },
                (_, Ok(Data::Structure(origin))) => {
                    for part in origin {
                        match Data::read(part) {
                            Ok(Data::Integer(category)) => row.originator_category = Some(category),
                            Ok(Data::Unsigned(category)) => {
                                row.originator_category = i64::try_from(category).ok()
                            }
                            Ok(Data::OctetString(who)) => row.originator_identification = Some(who),
                            _ => {}
                        }
                    }
                }
                (_, Ok(Data::Unsigned(number))) => row.control_number = Some(number),
                (_, Ok(Data::Integer(number))) => row.control_number = u64::try_from(number).ok(),
                // With a time of operation (operTm) there are two: the last one is T.
                (_, Ok(Data::UtcTime(time))) => {
                    (row.operate_time, row.time) = (row.time, Some(time.instant));
                }
                (_, Ok(Data::BinaryTime(time))) => {
                    let time = time.wall_clock().map(|clock| Instant(clock.0));
                    (row.operate_time, row.time) = (row.time, time.or(row.time));
                }
                (_, Ok(Data::Boolean(test))) => row.test = Some(test),
                (_, Ok(Data::BitString(bits))) => row.check = u8::try_from(bits.flags()).ok(),
                _ => {}
            }
        }
    }
    out.row(&row);
    let executes = control.step != Step::Cancel && step.is_none();
    if executes && row.test == Some(true) {
        out.anomaly(Anomaly::new(AnomalyKind::VALUE, "control is marked as a test"));
    }
    if executes && control.step != Step::Select && row.check.is_some_and(|check| check & 3 != 3) {
        let found = u64::from(row.check.unwrap_or_default());
        out.anomaly(
            Anomaly::new(AnomalyKind::VALUE, "control asks for less than all checks").numbers(3, found),
        );
    }
    out.give_back(scratch);
}

/// `LastApplError` (part 8-1, clause 20.8): control object, error, origin, number, additional cause.
fn last_error(data: Element<'_>, out: &mut Output<'_>) -> Option<ControlError> {
    let Ok(Data::Structure(parts)) = Data::read(data) else { return None };
    let mut parts = parts.into_iter();
    let Ok(Data::VisibleString(Text(object))) = Data::read(parts.next()?) else { return None };
    let number = |part: Element<'_>| match Data::read(part) {
        Ok(Data::Integer(value)) => Some(value),
        Ok(Data::Unsigned(value)) => i64::try_from(value).ok(),
        _ => None,
    };
    let error = parts.next().and_then(number);
    let origin = parts.next();
    let control_number = parts.next().and_then(number);
    let cause = parts.next().and_then(number).and_then(|cause| u8::try_from(cause).ok());
    let slash = memchr::memchr(b'/', object);
    let name = match slash {
        Some(at) => Name { domain: object.get(..at), item: object.get(at + 1..)?, form: Form::Name },
        None => Name { domain: None, item: object, form: Form::Name },
    };
    let control = Control::of(&name);
    let mut scratch = out.take_scratch();
    let place = match &control {
        Some(control) => control.push(&mut scratch),
        None => name.push(&mut scratch),
    };
    let mut row = MmsControls {
        reference: Text(scratch.text().0.get(place.0..place.1).unwrap_or_default()),
        step: Symbol("LastApplError"),
        control_value: None,
        control_real: None,
        originator_category: None,
        originator_identification: None,
        control_number: control_number.and_then(|number| u64::try_from(number).ok()),
        time: None,
        test: None,
        check: None,
        error,
        additional_cause: cause.map(AddCause),
        operate_time: None,
    };
    if let Some(Ok(Data::Structure(origin))) = origin.map(Data::read) {
        for part in origin {
            match Data::read(part) {
                Ok(Data::OctetString(who)) => row.originator_identification = Some(who),
                _ => row.originator_category = row.originator_category.or(number(part)),
            }
        }
    }
    out.row(&row);
    let number = row.control_number;
    out.give_back(scratch);
    let command = control.map(|control| Command { object: control.number(), step: control.step, number });
    Some(ControlError { command, cause: cause? })
}

/// An information report that lists variables: a termination, or an error of a control.
pub(super) fn termination(
    state: &mut State,
    variables: Elements<'_>,
    results: Elements<'_>,
    out: &mut Output<'_>,
) {
    let mut error = None;
    for (item, data) in variables.zip(results) {
        let Some(name) = super::names::variable(item).name else { continue };
        if name.domain.is_none() && name.item == b"LastApplError" {
            error = last_error(data, out);
            if let Some(ControlError { command: Some(command), cause }) = &error {
                state.control_errors.explain(command, *cause);
            }
            continue;
        }
        let Some(control) = Control::of(&name) else { continue };
        say_control(&control, Some(data), Some(Symbol("CommandTermination")), out);
        let (key, number) = (control.key(out), control_number(data).map(command_number));
        let own = |error: &ControlError| error.command.is_none_or(|it| it.object == control.number());
        let error = error.filter(own);
        let aborted = error
            .filter(|error| AddCause(error.cause) == AddCause::ABORTION_BY_CANCEL)
            .map(|error| error.command);
        // The answer to the cancel may still be to come.
        let cancel = aborted.flatten().and_then(|command| state.control_errors.cancel_of(&command));
        if let Some(cancel) = cancel.and_then(|cancel| out.peek(cancel)) {
            out.note_cancelled(key, &cancel, number);
        }
        let result = match error {
            Some(_) if cancel.is_some() => Result::plain(Outcome::CANCELLED),
            Some(error) => {
                let cause = AddCause(error.cause);
                Result {
                    outcome: Outcome::REFUSED,
                    status: Some(cause.0.into()),
                    status_name: cause.name().map(Symbol),
                }
            }
            None => Result::plain(Outcome::SUCCESS),
        };
        match out.answer_numbered(key, Stage::TERMINATED, number) {
            Answer::Paired(asked) => {
                out.complete(&asked, result);
                if let Some(cancel) = cancel {
                    state.control_errors.end(cancel);
                }
            }
            // The cancel was its last word.
            Answer::Again if aborted.is_some() => {}
            Answer::Again => {
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "control was terminated before"));
            }
            Answer::Unasked => {}
        }
    }
}
