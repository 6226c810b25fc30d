//! What DNP3 says in the common language: operations, points.
use super::{
    application::{CHANGES_KEYS, ask, is_command_event, numbers, word},
    codes::{CommandStatus, FunctionCode, Object},
    objects::{self, Head, Walk},
    records::Dnp3Points,
    shape::{good, quality, space},
};
use crate::{
    common::{
        AnomalyKind, Answer, Asked, Fit, Operation, Outcome, PointValue, PointWay, Request, Result, Stage,
        UnderWay, Whose,
    },
    output::{Output, Point},
    record::{Symbol, Text, digest_bytes, fold},
};

/// Object headers of one fragment that are operations of their own; others may follow every three octets.
const MOST_ASKED: u32 = 64;

/// Objects of one echo that are put off until the others are paired.
const MOST_MISPLACED: usize = 64;

/// An object of an echo that fits nothing but by its place.
#[derive(Debug)]
pub(super) struct Misplaced {
    row: Dnp3Points<'static>,
    quantity: Option<u32>,
    digest: u64,
    place: u64,
}

/// The point of a row.
pub(super) fn point(walk: &Walk<'_>, row: &Dnp3Points<'_>, out: &mut Output<'_>) {
    let fragment = &walk.fragment;
    if !is_command_event((row.object.0 >> 8) as u8) || !fragment.is_response() {
        return points(walk, core::iter::once(*row), out);
    }
    // What an output was commanded to is not its state, and what was refused did not become it.
    let status = row.status.unwrap_or_default();
    let commanded = |point| Point {
        good: Some(status == CommandStatus::SUCCESS),
        quality: Some(status.0.into()),
        ..point
    };
    let point = point_of(row, fragment.outstation.into(), PointWay::COMMANDED).map(commanded);
    out.points(Whose::Sender, point.into_iter());
}

/// The points of the rows of one header.
#[inline(always)]
pub(super) fn points<'a>(walk: &Walk<'_>, rows: impl Iterator<Item = Dnp3Points<'a>>, out: &mut Output<'_>) {
    let fragment = &walk.fragment;
    let (whose, way) = match fragment.function {
        FunctionCode::UNSOLICITED_RESPONSE => (Whose::Sender, PointWay::REPORTED),
        _ if fragment.is_response() && fragment.unsolicited => (Whose::Sender, PointWay::REPORTED),
        _ if fragment.is_response() => (Whose::Sender, PointWay::READ),
        _ if fragment.is_command() => (Whose::Receiver, PointWay::COMMANDED),
        _ => (Whose::Receiver, PointWay::WRITTEN),
    };
    let station = fragment.outstation.into();
    out.points(whose, rows.filter_map(|row| point_of(&row, station, way)));
}

#[inline(always)]
fn point_of<'a>(row: &Dnp3Points<'a>, station: u32, way: PointWay) -> Option<Point<'a>> {
    let group = (row.object.0 >> 8) as u8;
    let space = space(group)?;
    let value = match (row.number, row.integer, row.octets) {
        (Some(number), _, _) => PointValue::Number(number),
        (None, Some(integer), _) => match group {
            1 | 2 | 10 | 11 | 80 => PointValue::Truth(integer != 0),
            _ => PointValue::Integer(integer),
        },
        (None, None, Some(octets)) if matches!(group, 112 | 113) => PointValue::Text(Text(octets)),
        (None, None, Some(octets)) => PointValue::Bits(octets),
        _ => return None,
    };
    Some(Point {
        station: Some(station),
        address: row.index.map(u64::from),
        good: row.flags.map(|flags| good(group, flags)),
        quality: row.flags.map(|flags| quality(group, flags).into()),
        device_time: row.time,
        ..Point::new(space, way, value)
    })
}

/// A number for what a command says of one object, without its status.
pub(super) fn digest(object: Object, index: Option<u32>, body: &[u8]) -> u64 {
    let head = u64::from(object.0) << 33 | index.map_or(1 << 32, u64::from);
    fold(digest_bytes(body) ^ head, 0x9e37_79b9_7f4a_7c15)
}

/// The request that one object header makes.
pub(super) fn asks<'a>(walk: &mut Walk<'a>, head: &Head<'a>, out: &mut Output<'_>) {
    walk.asked = walk.asked.saturating_add(1);
    if walk.asked > MOST_ASKED {
        if walk.asked == MOST_ASKED + 1 {
            let reason = "object headers that are operations of their own are too many";
            let anomaly = walk.fragment.anomaly(AnomalyKind::LIMIT, reason, head.at);
            out.anomaly(anomaly.expected(Some(MOST_ASKED.into())));
        }
        return;
    }
    let class = walk.class.and_then(|class| Object(0x3c00 | u16::from(class.saturating_add(1))).name());
    let object = walk.file.take().or(class.map(str::as_bytes));
    let mut request = Request { object: object.map(Text), ..request_of(walk, walk.pairs.key, Some(*head)) };
    if let Some(block) = walk.block.take() {
        request.numbers = numbers(walk.fragment.function, block);
    }
    ask(walk, &request, out);
}

/// The request that a fragment makes, or that its answer tells of.
pub(super) fn request<'a>(walk: &Walk<'a>, key: u64) -> Request<'a> {
    request_of(walk, key, walk.first)
}

/// The request that a fragment makes with the objects of this header.
fn request_of<'a>(walk: &Walk<'a>, key: u64, head: Option<Head<'a>>) -> Request<'a> {
    let fragment = &walk.fragment;
    let group = head.map(|head| head.group());
    let function = fragment.function;
    let mut operation = function.operation().unwrap_or(Operation::UNKNOWN);
    let operation_of = |group: Option<u8>| match group {
        Some(0) => Operation::IDENTIFY,
        Some(70) => Operation::FILE,
        Some(120) => Operation::AUTH,
        _ => Operation::READ,
    };
    match function {
        FunctionCode::READ => operation = operation_of(group),
        FunctionCode::WRITE => {
            operation = match group {
                Some(0 | 34 | 85 | 86) => Operation::CONFIG,
                Some(50 | 51) => Operation::TIME,
                Some(70) => Operation::FILE,
                Some(120) => Operation::AUTH,
                _ => Operation::WRITE,
            };
        }
        // Of an answer whose request was not seen only what it holds tells what was asked.
        FunctionCode::RESPONSE => {
            operation = match group {
                Some(12 | 41) => Operation::CONTROL,
                Some(_) => operation_of(group),
                None => Operation::UNKNOWN,
            };
        }
        FunctionCode::AUTHENTICATION_RESPONSE => operation = Operation::AUTH,
        _ => {}
    }
    // The function of an answer is not the one that was asked for.
    let asked = !fragment.is_response() || function == FunctionCode::UNSOLICITED_RESPONSE;
    let [function_of, headers] = numbers(function, walk.headers.into());
    let changes_keys = if walk.changes_keys { CHANGES_KEYS } else { 0 };
    let promised = head.and_then(|head| head.promised()).filter(|count| *count > 0);
    Request {
        key,
        operation,
        function: function.name().filter(|_| asked).map(Symbol),
        function_code: asked.then_some(function.0.into()),
        station: Some(fragment.outstation.into()),
        space: head.and_then(|head| space(head.group()).or(head.object.name().map(Symbol))),
        address: head.and_then(|head| head.start).map(u64::from),
        quantity: promised.and_then(|count| u32::try_from(count).ok()),
        object: walk.file.map(Text),
        numbers: [function_of | changes_keys, headers],
    }
}

/// What a command says of some outputs, or its echo.
struct Command<'a> {
    row: &'a Dnp3Points<'a>,
    /// How many outputs; null where that is not told.
    quantity: Option<u32>,
    /// A number for what it says without its status.
    digest: u64,
}

/// The request for one object of a command.
fn request_of_command<'a>(walk: &Walk<'_>, command: &Command<'_>) -> Request<'a> {
    let function = walk.fragment.function;
    Request {
        key: walk.pairs.key,
        operation: Operation::CONTROL,
        function: (!walk.fragment.is_response()).then(|| function.name().map(Symbol)).flatten(),
        function_code: (!walk.fragment.is_response()).then_some(function.0.into()),
        station: Some(walk.fragment.outstation.into()),
        space: space((command.row.object.0 >> 8) as u8),
        address: command.row.index.map(u64::from),
        quantity: command.quantity,
        object: None,
        numbers: [numbers_of(walk, command), command.digest],
    }
}

/// Where the group of an object stands in the first number of its request, and where its place among those of its command.
const GROUP: u32 = 16;
const PLACE: u32 = 32;

/// Function, group and place of an object of a command, as the first number of its request remembers them.
fn numbers_of(walk: &Walk<'_>, command: &Command<'_>) -> u64 {
    let group = u64::from(command.row.object.0 >> 8);
    u64::from(walk.fragment.function.0) | group << GROUP | place_of(walk) << PLACE
}
/// The place of the object under way among those of its command or echo.
fn place_of(walk: &Walk<'_>) -> u64 {
    walk.commands.saturating_sub(1).into()
}

/// The place of an object of a command that waits.
pub(super) const fn place_asked(numbers: [u64; 2]) -> u64 {
    let [function, _] = numbers;
    function >> PLACE
}

/// How well what waits fits an echo: it has the same words; the same output in other words; it is at the same place of its
/// command.
fn fit(walk: &Walk<'_>, command: &Command<'_>, place: u64, asked: &Asked) -> Fit {
    let [function, said] = asked.numbers;
    let group = function >> GROUP & 0xff;
    if walk.pairs.selects && asked.stage == Stage::SELECTED {
        Fit::Not
    } else if said == command.digest {
        Fit::Whole
    } else if group == u64::from(command.row.object.0 >> 8)
        && asked.address == command.row.index.map(u64::from)
    {
        Fit::Partly
    } else if place_asked(asked.numbers) == place {
        Fit::Poor
    } else {
        Fit::Not
    }
}

/// One object of a command, or its echo.
pub(super) fn commanded(walk: &mut Walk<'_>, row: &Dnp3Points<'_>, digest: u64, out: &mut Output<'_>) {
    let command = Command { row, quantity: Some(1), digest };
    act(walk, &command, core::iter::once(commanded_value(row)), out);
}

/// A pattern mask (g12v3): the outputs of which the pattern control block before it says what they are to do, and with its
/// status what became of them (A.8.2, A.8.3). All of them are one operation.
pub(super) fn masked(
    walk: &mut Walk<'_>,
    head: &Head<'_>,
    bytes: &[u8],
    bits: impl Iterator<Item = (Option<u32>, u8)> + Clone,
    out: &mut Output<'_>,
) {
    let outputs = bits.filter(|(_, bit)| *bit != 0).map(|(index, _)| objects::point(head.object, index));
    let mut digest = digest(head.object, head.start, bytes);
    let mut row = objects::point(head.object, head.start);
    let mut state = None;
    if let Some(pattern) = walk.pattern.take() {
        digest = fold(digest, pattern.digest);
        row.status = pattern.row.status;
        state = commanded_value(&pattern.row).integer;
    }
    if let Some(first) = outputs.clone().next() {
        row.index = first.index;
    }
    let quantity = u32::try_from(outputs.clone().count()).ok();
    let command = Command { row: &row, quantity, digest };
    act(walk, &command, outputs.map(|output| Dnp3Points { integer: state, ..output }), out);
}

/// A pattern control block that no mask follows: it says of no output that it is commanded.
pub(super) fn unmasked(walk: &mut Walk<'_>, out: &mut Output<'_>) {
    if let Some(pattern) = walk.pattern.take() {
        let row = Dnp3Points { index: None, ..pattern.row };
        let command = Command { row: &row, quantity: None, digest: pattern.digest };
        act(walk, &command, core::iter::empty(), out);
    }
}

/// A command of some outputs, or its echo.
fn act<'a>(
    walk: &mut Walk<'_>,
    command: &Command<'_>,
    outputs: impl Iterator<Item = Dnp3Points<'a>>,
    out: &mut Output<'_>,
) {
    let fragment = walk.fragment;
    if fragment.is_response() {
        // What answers something else echoes no command.
        if walk.pairs.asked.is_none_or(|function| matches!(function, 3..=6)) {
            walk.commands = walk.commands.saturating_add(1);
            if !walk.pairs.repeated {
                echoed(walk, command, out);
            }
        }
        return;
    }
    if fragment.is_command() {
        walk.commands = walk.commands.saturating_add(1);
        if let Some(status) = command.row.status.filter(|status| status.0 != 0) {
            let anomaly = fragment.anomaly(AnomalyKind::VALUE, "status in a request is not 0", 2);
            out.anomaly(anomaly.found(status.0.into()));
        }
        let request = request_of_command(walk, command);
        match fragment.function {
            _ if walk.pairs.repeated => out.ask(&request),
            FunctionCode::DIRECT_OPERATE_NO_RESPONSE => out.unconfirmed(&request),
            _ if fragment.broadcast => out.unconfirmed(&request),
            FunctionCode::SELECT => {
                out.select(&request);
            }
            FunctionCode::OPERATE => operate(walk, &request, command.digest, out),
            _ => {
                out.request(&request);
            }
        }
    }
    if walk.wants_points && fragment.function != FunctionCode::SELECT {
        points(walk, outputs, out);
    }
}

/// What a control code does to an output: on or off, where it says so.
fn commanded_value<'a>(row: &Dnp3Points<'a>) -> Dnp3Points<'a> {
    let mut row = *row;
    if matches!(row.object, Object::BINARY_OUTPUT_COMMAND_CROB | Object::BINARY_OUTPUT_COMMAND_PCB)
        && let Some(code) = row.integer
    {
        let state = match (code >> 6 & 3, code & 0x0f) {
            (1, _) | (0, 1 | 3) => Some(1),
            (2, _) | (0, 2 | 4) => Some(0),
            _ => None,
        };
        row.integer = state;
    }
    row
}

/// An operate takes up its select, if it repeats it (4.4.4).
fn operate(walk: &mut Walk<'_>, request: &Request<'_>, digest: u64, out: &mut Output<'_>) {
    let fragment = walk.fragment;
    let Some(select) = walk.pairs.select else {
        if walk.pairs.heard && !walk.pairs.again && walk.commands == 1 {
            let reason = match walk.pairs.cancelled {
                true => "operate after its select was cancelled by another request",
                false => "operate without a select before it",
            };
            out.anomaly(fragment.anomaly(AnomalyKind::UNEXPECTED, reason, 1));
        }
        out.request(request);
        return;
    };
    let next = select.sequence.wrapping_add(1) & 15;
    if fragment.sequence != next && walk.commands == 1 {
        let reason = "operate has not the sequence number after its select";
        let anomaly = fragment.anomaly(AnomalyKind::SEQUENCE, reason, 0);
        out.anomaly(anomaly.numbers(next.into(), fragment.sequence.into()));
    }
    let same = |asked: &Asked| {
        let [_, selected] = asked.numbers;
        selected == digest
    };
    // The echo of the select may have had another order, and so those that wait have.
    let next = out.peek_numbered(select.key, Stage::EXECUTE, Some(digest));
    if let Some(asked) = next.filter(same) {
        out.advance_numbered(select.key, Stage::EXECUTE, walk.pairs.key, Some(digest));
        let place = place_asked(asked.numbers);
        walk.disordered |= !walk.pairs.repeats && place < walk.operated;
        walk.operated = walk.operated.max(place);
        return;
    }
    // What repeats it and does not wait was refused, or had to make room.
    if select.refused && (walk.pairs.repeats || next.is_none()) {
        if !walk.denied {
            let reason = "operate after a select that was refused";
            out.anomaly(fragment.anomaly(AnomalyKind::UNEXPECTED, reason, 1));
        }
        walk.denied = true;
    } else if !walk.pairs.repeats {
        let anomaly = fragment.anomaly(AnomalyKind::UNEXPECTED, "operate does not repeat its select", 1);
        out.anomaly(anomaly.count(1));
    }
    out.request(request);
}

/// Says what an operate left out of its select, or that it has another order (4.4.4).
pub(super) fn unrepeated(walk: &Walk<'_>, out: &mut Output<'_>) {
    let (FunctionCode::OPERATE, Some(select)) = (walk.fragment.function, walk.pairs.select) else { return };
    let reason = if out.peek_before(select.key, Stage::EXECUTE).is_some() {
        "operate repeats only part of its select"
    } else if walk.disordered {
        "operate repeats its select in another order"
    } else {
        return;
    };
    out.anomaly(walk.fragment.anomaly(AnomalyKind::UNEXPECTED, reason, 1));
}

/// A response echoes each object of a command with its status: that is the word on it. Objects may be missing, or come in
/// another order, and of those that were asked for some may have had to make room.
fn echoed(walk: &mut Walk<'_>, command: &Command<'_>, out: &mut Output<'_>) {
    let key = walk.pairs.key;
    let place = place_of(walk);
    let fits = |asked: &Asked| fit(walk, command, place, asked);
    // Mostly it is the first that waits.
    let first = out.peek(key).filter(|asked| fits(asked) == Fit::Whole);
    let found = first.or_else(|| out.peek_fitting(key, UnderWay::Several, fits));
    // One that only stands at the place of what waits may take its word away, if that is echoed behind it.
    if found.is_some_and(|asked| fits(&asked) == Fit::Poor) && walk.misplaced.len() < MOST_MISPLACED {
        let row = Dnp3Points { octets: None, ..*command.row };
        walk.misplaced.push(Misplaced { row, quantity: command.quantity, digest: command.digest, place });
        return;
    }
    pair(walk, command, place, first, found, out);
}

/// Pairs the objects of an echo that were put off with what the others left.
pub(super) fn misplaced(walk: &mut Walk<'_>, out: &mut Output<'_>) {
    for Misplaced { row, quantity, digest, place } in core::mem::take(&mut walk.misplaced) {
        let command = Command { row: &row, quantity, digest };
        let found =
            out.peek_fitting(walk.pairs.key, UnderWay::Several, |asked| fit(walk, &command, place, asked));
        pair(walk, &command, place, None, found, out);
    }
}

/// An object of an echo at this place, and what it fits: the first that waits, or another.
fn pair(
    walk: &mut Walk<'_>,
    command: &Command<'_>,
    place: u64,
    first: Option<Asked>,
    found: Option<Asked>,
    out: &mut Output<'_>,
) {
    let key = walk.pairs.key;
    let (status, digest) = (command.row.status, command.digest);
    let result = word(status);
    let selects = walk.pairs.selects;
    let fits = |asked: &Asked| fit(walk, command, place, asked);
    let number = found.map(|Asked { numbers: [_, number], .. }| number);
    if selects && status == Some(CommandStatus::SUCCESS) {
        match number.and_then(|_| out.advance_numbered(key, Stage::SELECTED, key, number)) {
            Some(asked) => compare(walk, &asked, digest, out),
            None if was_forgotten(walk) => {}
            None => unasked(walk, command, result, out),
        }
        return;
    }
    let answer = match number {
        Some(_) if selects => out.answer_numbered(key, Stage::SELECTED, number),
        Some(_) if first.is_some() => out.answer(key),
        _ => out.answer_fitting(key, UnderWay::Several, fits),
    };
    walk.denied |= selects;
    match answer {
        Answer::Paired(asked) => {
            compare(walk, &asked, digest, out);
            out.complete(&asked, result);
        }
        Answer::Again | Answer::Unasked if was_forgotten(walk) => {}
        Answer::Again if walk.pairs.heard && !out.asker_is_unheard() => {
            let anomaly = walk.fragment.anomaly(AnomalyKind::UNEXPECTED, "request was answered before", 0);
            out.anomaly(anomaly.found(walk.fragment.sequence.into()));
        }
        Answer::Again | Answer::Unasked => unasked(walk, command, result, out),
    }
}

fn compare(walk: &Walk<'_>, asked: &Asked, digest: u64, out: &mut Output<'_>) {
    let [_, said] = asked.numbers;
    if said != digest {
        let reason = "response does not repeat the object of its request";
        out.anomaly(walk.fragment.anomaly(AnomalyKind::UNEXPECTED, reason, 4));
    }
}

/// Whether an object without a request may be that of one that had to make room, as those before the first that waits have. The
/// echo may have any order: only how many there are tells.
fn was_forgotten(walk: &mut Walk<'_>) -> bool {
    let forgotten = walk.unpaired < walk.pairs.forgotten;
    walk.unpaired = walk.unpaired.saturating_add(1);
    forgotten
}

fn unasked(walk: &Walk<'_>, command: &Command<'_>, result: Result, out: &mut Output<'_>) {
    if walk.pairs.heard && walk.commands == 1 && !out.asker_is_unheard() {
        let anomaly = walk.fragment.anomaly(AnomalyKind::UNEXPECTED, "response without a request", 0);
        out.anomaly(anomaly.found(walk.fragment.sequence.into()));
    }
    out.unasked(&request_of_command(walk, command), Result { outcome: Outcome::UNASKED, ..result });
}
