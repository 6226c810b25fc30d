//! What controls of IEC 61850 and of TASE.2 share: select, operate and their answers as one operation.
use super::{
    codes::{ConfirmedService as Service, DataAccessError},
    iec61850::{self, AddCause},
    names::{Name, Variables, variable},
    state::{Command, Explained},
    tase2,
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Operation, Outcome, Request, Result, Stage},
    output::Output,
    record::{Symbol, digest_bytes},
    wire::ber::{self, Element, Elements},
};

/// Controls of one message that have operations of their own; further ones are said to be too many.
const CONTROLS: usize = 64;
/// Variables of one message that are looked at for controls.
const PLACES: u32 = 2048;

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
    /// The key of the operation between its messages, in the association that is at work.
    pub(super) fn key(&self, out: &Output<'_>) -> u64 {
        let association = (out.pairing().key & 0xffff) << 44;
        1 << 60 | (self.number() >> 4) ^ association
    }
}

/// A control among the variables of a message, and what the message says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met<'a> {
    /// Place of the variable in the message, from 0.
    pub(super) place: u32,
    pub(super) control: Control<'a>,
    pub(super) name: Name<'a>,
    pub(super) data: Option<Element<'a>>,
}

/// What a read or a write asks, by what its variables are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asks<'a> {
    /// Controls, each of which is an operation of its own.
    pub(super) controls: usize,
    /// The other variables, which are one operation.
    pub(super) others: u32,
    /// The operation of these: that of the strongest.
    pub(super) operation: Option<Operation>,
    /// The first of them that this operation is of, if it is not the first variable of all.
    pub(super) object: Option<Name<'a>>,
}

/// What a write of this variable is.
pub(super) fn written(
    tase2: &tase2::Association,
    name: &Name<'_>,
    access: Option<Element<'_>>,
    data: Option<Element<'_>>,
) -> Option<Operation> {
    // What an address means, only the device knows.
    if name.is_address() {
        return None;
    }
    iec61850::written(name).or_else(|| tase2.written(name, access, data))
}

/// How much a write does: what acts upon the process first, then what changes what is told of it.
const fn strength(operation: Option<Operation>) -> u8 {
    match operation {
        Some(Operation::CONTROL) => 5,
        Some(Operation::FORCE) => 4,
        Some(Operation::REPORTING) => 3,
        Some(Operation::CONFIG) => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// The control that a read or a write of this variable is.
fn control_of<'a>(
    tase2: &tase2::Association,
    service: Service,
    name: &Name<'a>,
    is_control: bool,
) -> Option<Control<'a>> {
    let reads = service == Service::READ;
    // The parts of a control can be read as any other variable; only the read of a select asks for something.
    if reads && !name.item.ends_with(b"SBO") {
        return None;
    }
    Control::of(name).or_else(|| tase2.control(name, reads, is_control))
}

/// Looks at the variables of a read or a write.
pub(super) fn look<'a>(
    tase2: &tase2::Association,
    service: Service,
    variables: &Variables<'a>,
    data: Option<Elements<'a>>,
) -> Asks<'a> {
    let mut asks = Asks::default();
    let mut data = data;
    let each = match *variables {
        Variables::Each(each) => each,
        Variables::List(_) | Variables::Unknown => {
            let first = data.and_then(|mut data| data.next());
            let named = variables.first().filter(|_| service == Service::WRITE);
            let operation = named.and_then(|name| written(tase2, &name, None, first));
            return Asks { others: 1, operation, ..asks };
        }
    };
    for (item, place) in each.zip(0u32..) {
        let item = variable(item);
        let data = data.as_mut().and_then(Elements::next);
        let Some(name) = item.name else {
            asks.others = asks.others.saturating_add(1);
            continue;
        };
        let operation = match service {
            Service::WRITE => written(tase2, &name, item.alternate_access, data),
            _ => None,
        };
        let is_control = operation == Some(Operation::CONTROL);
        if asks.controls < CONTROLS
            && place < PLACES
            && control_of(tase2, service, &name, is_control).is_some()
        {
            asks.controls += 1;
            continue;
        }
        asks.others = asks.others.saturating_add(1);
        if asks.others == 1 || strength(operation) > strength(asks.operation) {
            (asks.operation, asks.object) = (operation, Some(name).filter(|_| place > 0));
        }
    }
    asks
}

/// The controls among the variables of a request.
pub(super) fn controls<'a>(
    tase2: &tase2::Association,
    service: Service,
    variables: &Variables<'a>,
    data: Option<Elements<'a>>,
) -> impl Iterator<Item = Met<'a>> {
    let each = match *variables {
        Variables::Each(each) => each,
        _ => Elements::new(&[]),
    };
    let mut data = data;
    each.zip(0..PLACES).filter_map(move |(item, place)| {
        let data = data.as_mut().and_then(Elements::next);
        let item = variable(item);
        let name = item.name?;
        let is_control = service == Service::WRITE
            && written(tase2, &name, item.alternate_access, data) == Some(Operation::CONTROL);
        let control = control_of(tase2, service, &name, is_control)?;
        Some(Met { place, control, name, data })
    })
}

/// The key of the control in this place of a request: that of the request itself for the first, if nothing else is asked.
const fn key_at(key: u64, place: u32, alone: bool) -> u64 {
    if alone && place == 0 { key } else { key | 1 << 59 | (place as u64) << 48 }
}

/// Begins or continues the operations that the controls of a request belong to. `request` is what would be asked of the first.
pub(super) fn ask_all<'a>(
    controls: impl Iterator<Item = Met<'a>>,
    alone: bool,
    request: &Request<'_>,
    errors: &mut Explained,
    out: &mut Output<'_>,
) {
    let mut met = 0usize;
    for Met { place, control, name, data } in controls {
        met += 1;
        if met > CONTROLS {
            let anomaly = Anomaly::new(AnomalyKind::LIMIT, "too many controls in a message");
            return out.anomaly(anomaly.numbers(CONTROLS as u64, met as u64));
        }
        let (object, step, number) =
            (control.number(), control.step, data.and_then(iec61850::control_number));
        let key = key_at(request.key, place, alone);
        errors.ask(key, Command { object, step, number });
        let object = name.copied();
        let [service, _] = request.numbers;
        let asks = Request {
            key,
            operation: Operation::CONTROL,
            quantity: Some(1),
            object: Some(object.text()),
            numbers: [service, number.map_or(0, command_number)],
            ..*request
        };
        ask(&control, &asks, number.map(command_number), out);
    }
}

/// The number of a command (ctlNum) as an operation remembers it, where 0 is none.
pub(super) const fn command_number(number: u64) -> u64 {
    number.saturating_add(1)
}

/// Begins or continues the operation that a request of the control model belongs to. `request` is what would be asked.
fn ask(control: &Control<'_>, request: &Request<'_>, number: Option<u64>, out: &mut Output<'_>) {
    match control.step {
        Step::Select | Step::SelectWithValue => {
            out.select(request);
        }
        Step::Operate => {
            if out.advance_numbered(control.key(out), Stage::EXECUTE, request.key, number).is_none() {
                out.request(request);
            }
        }
        // It may be refused, and what it was to cancel goes on.
        Step::Cancel => {
            out.request(request);
            out.note_cancel_numbered(control.key(out), number);
        }
    }
}

/// The controls of a request are given up, by one that takes its key.
pub(super) fn give_up_all(variables: &Variables<'_>, alone: bool, by: &Request<'_>, out: &mut Output<'_>) {
    let Variables::Each(items) = *variables else { return };
    for (_, place) in items.zip(0..PLACES) {
        out.give_up(key_at(by.key, place, alone), by.numbers);
    }
}

/// What the results of an answer come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) all: u32,
    pub(super) failures: u32,
    error: Option<DataAccessError>,
}

impl Tally {
    pub(super) fn count(&mut self, result: &Element<'_>) {
        self.all = self.all.saturating_add(1);
        if result.identifier == 0x80 {
            self.failures = self.failures.saturating_add(1);
            self.error = self.error.or_else(|| data_access_error(result));
        }
    }
    /// None, where there are no results.
    pub(super) fn result(&self) -> Option<Result> {
        let outcome = match self.failures {
            _ if self.all == 0 => return None,
            0 => return Some(Result::plain(Outcome::SUCCESS)),
            failures if failures == self.all => Outcome::REFUSED,
            _ => Outcome::PARTIAL,
        };
        Some(refused(outcome, self.error))
    }
}

fn data_access_error(result: &Element<'_>) -> Option<DataAccessError> {
    ber::unsigned(result.contents).and_then(|code| u8::try_from(code).ok()).map(DataAccessError)
}

fn refused(outcome: Outcome, error: Option<DataAccessError>) -> Result {
    Result {
        outcome,
        status: error.map(|error| error.0.into()),
        status_name: error.and_then(DataAccessError::name).map(Symbol),
    }
}

/// The variables of the request that an answer is to, in order: the control that each is, if it is one, its key and its place.
fn answered<'a>(
    service: Service,
    variables: &Variables<'a>,
    alone: bool,
    key: u64,
    tase2: &tase2::Association,
    out: &mut Output<'_>,
    mut each: impl FnMut(Option<Control<'a>>, u64, u32, &mut Output<'_>),
) {
    let Variables::Each(items) = *variables else { return };
    for (item, place) in items.zip(0u32..) {
        let own = key_at(key, place, alone);
        let is_asked = place < PLACES && (alone && place == 0 || out.peek(own).is_some());
        let name = variable(item).name.filter(|_| is_asked);
        let control = name.and_then(|name| control_of(tase2, service, &name, true));
        each(control, own, place, out);
    }
}

/// Gives each control of a request its result in the answer. Returns the results of what else was asked.
#[expect(
    clippy::too_many_arguments,
    reason = "half of them are parts of one state, of which another part is borrowed"
)]
pub(super) fn answer_all(
    service: Service,
    variables: &Variables<'_>,
    results: Option<Elements<'_>>,
    alone: bool,
    key: u64,
    tase2: &tase2::Association,
    errors: &mut Explained,
    out: &mut Output<'_>,
) -> Tally {
    let (mut others, mut results) = (Tally::default(), results);
    answered(service, variables, alone, key, tase2, out, |control, own, _, out| {
        let Some(result) = results.as_mut().and_then(Elements::next) else { return };
        let Some(control) = control else { return others.count(&result) };
        let failed = result.identifier == 0x80;
        // A select is refused by an empty name.
        let empty = control.step == Step::Select && result.contents.is_empty();
        let said = match (failed, empty) {
            (true, _) => refused(Outcome::REFUSED, data_access_error(&result)),
            (false, true) => Result::plain(Outcome::REFUSED),
            (false, false) => Result::plain(Outcome::SUCCESS),
        };
        answer(&control, own, !failed && !empty, said, errors, out);
    });
    others
}

/// The controls of a request that was refused as a whole.
pub(super) fn refuse_all(
    service: Service,
    variables: &Variables<'_>,
    alone: bool,
    key: u64,
    result: Result,
    tase2: &tase2::Association,
    out: &mut Output<'_>,
) {
    answered(service, variables, alone, key, tase2, out, |control, own, place, out| {
        if control.is_some()
            && !(alone && place == 0)
            && let Answer::Paired(asked) = out.answer(own)
        {
            out.complete(&asked, result);
        }
    });
}

/// The answer to a request of the control model. `granted` is whether the device did not refuse.
fn answer(
    control: &Control<'_>,
    key: u64,
    granted: bool,
    result: Result,
    errors: &mut Explained,
    out: &mut Output<'_>,
) {
    let waited = errors.take(key);
    let result = match waited.and_then(|step| step.cause).map(AddCause) {
        Some(cause) if !granted => {
            Result { status: Some(cause.0.into()), status_name: cause.name().map(Symbol), ..result }
        }
        _ => result,
    };
    let asked = match (control.step, granted) {
        (Step::Select | Step::SelectWithValue, true) => {
            let own = control.key(out);
            // An object is selected once: who has selected it anew operates no older select.
            out.lapse(own);
            out.advance_as(key, Stage::SELECTED, own);
            return;
        }
        (Step::Select | Step::SelectWithValue, false) => out.answer_at(key, Stage::SELECTED),
        (Step::Operate, true) if control.terminates => {
            out.advance_as(key, Stage::ACCEPTED, control.key(out));
            return;
        }
        (Step::Operate, _) => out.answer(key),
        (Step::Cancel, false) => out.answer(key),
        (Step::Cancel, true) => {
            let cancel = out.answer(key);
            let (own, number) = (control.key(out), waited.and_then(|step| step.command.number));
            let number = number.map(command_number);
            // A termination has said so before.
            if waited.is_some_and(|step| step.has_ended) {
                return;
            }
            if let Answer::Paired(cancel) = &cancel {
                out.note_cancelled(own, cancel, number);
            }
            match out.answer_numbered(own, Stage::TERMINATED, number) {
                Answer::Paired(asked) => {
                    return out.complete(&asked, Result { outcome: Outcome::CANCELLED, ..result });
                }
                // What it cancels was not seen.
                _ => cancel,
            }
        }
    };
    if let Answer::Paired(asked) = asked {
        out.complete(&asked, result);
    }
}
