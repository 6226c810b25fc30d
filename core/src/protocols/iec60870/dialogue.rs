//! What ASDUs say in the common language: operations in their stages, points, anomalies. The same for all that carries them.
use super::{
    asdu::{self, Class, Element, Head, Kind, Sizes, Stated, Time, Verdict},
    codes::{Cause, TypeId},
    elements,
    records::{Iec104Authentications, Iec104Objects},
    security,
    state::{Deactivated, Dialogue, ToAll, Waits},
};
use crate::{
    common::{
        Anomaly, AnomalyKind, Answer, Asked, Fit, Operation, Outcome, PointValue, PointWay, Request, Result,
        Stage, UnderWay, Whose,
    },
    output::Point,
    protocol::{Output, Toward, Way},
    record::{Direction, Symbol},
};

/// Where an ASDU stands in its PDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within {
    /// Octets before it.
    pub(super) offset: u64,
    /// The capture holds only the beginning of it.
    pub(super) cut: bool,
    /// It was told already: its sender repeats a frame.
    pub(super) again: bool,
}

/// Reads one ASDU. `write` hands out the row of the message: with the head, and with the octets that no other table gives.
pub(super) fn asdu<'a>(
    dialogue: &mut Dialogue,
    way: Way,
    octets: &'a [u8],
    within: Within,
    out: &mut Output<'_>,
    write: impl FnOnce(&mut Output<'_>, &Stated, Option<&'a [u8]>),
) {
    let Some((mut head, mut body)) = asdu::head(octets, dialogue.solver.sizes) else {
        let (stated, rest) = asdu::part_of_head(octets, dialogue.solver.sizes);
        write(out, &stated, Some(rest).filter(|rest| !rest.is_empty()));
        let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "ASDU is shorter than its head");
        let needs = dialogue.solver.sizes.head() as u64;
        out.anomaly(anomaly.at(within.offset).numbers(needs, octets.len() as u64));
        return;
    };
    if security::authenticates(head.type_id) && !within.cut {
        return authentication(dialogue, way, head, body, within, out, write);
    }
    let kind = asdu::kind(head.type_id);
    let mut needs = kind.map_or(0, |kind| asdu::needs(kind, &head, body, dialogue.solver.sizes));
    let mut verdict = Verdict::InForce;
    if let Some(kind) = kind.filter(|_| !within.cut) {
        verdict = dialogue.solver.look(octets, head.count > 0 && needs == body.len());
        if verdict == Verdict::Changed
            && let Some((again, rest)) = asdu::head(octets, dialogue.solver.sizes)
        {
            (head, body) = (again, rest);
            needs = asdu::needs(kind, &head, body, dialogue.solver.sizes);
        }
    }
    roles(&head, kind, out);
    let read = kind.filter(|_| verdict != Verdict::Open);
    let data = match read {
        Some(_) => body.get(needs..),
        None => Some(body),
    };
    write(out, &(&head).into(), data.filter(|data| !data.is_empty()));
    let message = Message {
        way,
        head,
        sizes: dialogue.solver.sizes,
        start: within.offset + dialogue.solver.sizes.head() as u64,
        kind,
        idle: head.test || within.again,
        authenticated: false,
    };
    message.complain(needs, body, verdict, within, out);
    if let Some(kind) = read {
        message.objects(dialogue, kind, body, out);
    } else if kind.is_none() && !security::authenticates(head.type_id) {
        message.unknown(body, out);
    }
}

/// Reads an ASDU of authentication, and in aggressive mode the one within it, with its last segment.
fn authentication<'a>(
    dialogue: &mut Dialogue,
    way: Way,
    head: Head,
    body: &'a [u8],
    within: Within,
    out: &mut Output<'_>,
    write: impl FnOnce(&mut Output<'_>, &Stated, Option<&'a [u8]>),
) {
    let sizes = dialogue.solver.sizes;
    let start = within.offset + sizes.head() as u64;
    let read = security::read(head.type_id, body, sizes);
    let cut = dialogue.cuts.get_mut(way.side.index()).filter(|_| head.type_id == TypeId::S_AR_NA_1);
    let joined = cut.and_then(|cut| security::Cut::join(cut, head.common_address, &read, body, sizes));
    // Places in one that was cut are counted from the segment that completes it.
    let (within_asdu, at) = joined.as_deref().map_or((read.asdu, read.at), |joined| (joined, 0));
    let inner = asdu::head(within_asdu, sizes);
    security::roles(head.type_id, out);
    if let Some((inner, _)) = &inner {
        roles(inner, asdu::kind(inner.type_id), out);
    }
    write(out, &(&head).into(), Some(read.rest).filter(|rest| !rest.is_empty()));
    if out.wants::<Iec104Authentications<'_>>() {
        out.row(&read.row);
    }
    if read.short {
        let reason = "message of authentication ends before its last field";
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, reason).at(start).length(body.len() as u64));
    }
    if let Some((inner, octets)) = inner
        && let Some(kind) = asdu::kind(inner.type_id)
    {
        let within = Within { offset: start + at as u64, cut: false, ..within };
        let start = within.offset + sizes.head() as u64;
        let idle = inner.test || within.again;
        let message = Message { way, head: inner, sizes, start, kind: Some(kind), idle, authenticated: true };
        message.complain(octets.len(), octets, Verdict::InForce, within, out);
        message.objects(dialogue, kind, octets, out);
    }
    let idle = head.test || within.again;
    let message = Message { way, head, sizes, start, kind: None, idle, authenticated: true };
    message.authenticates(dialogue, &read.row, out);
}

/// States what the message is to its dialogue, and which role it proves.
#[inline]
fn roles(head: &Head, kind: Option<&Kind>, out: &mut Output<'_>) {
    let class = kind.map(|kind| kind.class);
    let direction = match head.cause {
        Cause::ACTIVATION | Cause::DEACTIVATION => Some(Direction::REQUEST),
        Cause::REQUEST
            if class == Some(Class::System)
                || matches!(head.type_id, TypeId::F_SC_NA_1 | TypeId::F_SC_NB_1) =>
        {
            Some(Direction::REQUEST)
        }
        Cause(5 | 7 | 9 | 10 | 20..=41 | 44..=47) => Some(Direction::RESPONSE),
        Cause(1..=4 | 11 | 12) => Some(Direction::UNSOLICITED),
        _ => None,
    };
    if let Some(direction) = direction {
        out.set_direction(direction);
    }
    match (class, head.cause) {
        (Some(Class::Command | Class::System | Class::Parameter), Cause(6 | 8)) => out.learn(Toward::Server),
        (Some(Class::Command | Class::System | Class::Parameter), Cause(7 | 9 | 10 | 20..=36 | 44..=47))
        | (Some(Class::Monitor | Class::Initialization), _) => out.learn(Toward::Client),
        _ => {}
    }
}

/// One ASDU whose head is read.
pub(super) struct Message {
    pub(super) way: Way,
    pub(super) head: Head,
    sizes: Sizes,
    /// Octets of the PDU before the first object.
    start: u64,
    kind: Option<&'static Kind>,
    /// It says nothing of the process, and asks for nothing: a test, or what was told already.
    pub(super) idle: bool,
    /// It comes in aggressive mode, or is one of authentication itself.
    authenticated: bool,
}

impl Message {
    /// Says what contradicts the standard.
    fn complain(&self, needs: usize, body: &[u8], verdict: Verdict, within: Within, out: &mut Output<'_>) {
        let head = &self.head;
        let (at, have) = (self.start, body.len());
        let Some(kind) = self.kind else {
            // Private types, and those of -7, are what they are.
            if head.type_id.name().is_none() && head.type_id.0 < 128 {
                let anomaly =
                    Anomaly::new(AnomalyKind::VALUE, "type identification that the standard does not know");
                out.anomaly(anomaly.at(within.offset).length(1).found(head.type_id.0.into()));
            }
            return;
        };
        match verdict {
            Verdict::Open => {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "length fits other sizes of fields");
                out.anomaly(anomaly.at(at).numbers(needs as u64, have as u64));
                return;
            }
            Verdict::Changed => {
                // Octets of cause, common address and object address, a digit each.
                let anomaly = Anomaly::new(AnomalyKind::VALUE, "fields have other sizes than the standard's");
                out.anomaly(anomaly.at(within.offset).numbers(Sizes::STANDARD.digits(), self.sizes.digits()));
            }
            Verdict::InForce => {}
        }
        if head.count == 0 {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "number of objects is 0");
            out.anomaly(anomaly.at(within.offset + 1).length(1));
        }
        if have < needs && !within.cut {
            let anomaly =
                Anomaly::new(AnomalyKind::MALFORMED, "fewer octets than type and number of objects ask for");
            out.anomaly(anomaly.at(at).length(have as u64).numbers(needs as u64, have as u64));
        }
        if have > needs {
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the last object");
            out.anomaly(anomaly.at(at + needs as u64).length((have - needs) as u64));
        }
        if head.sequence && !kind.sequence {
            let anomaly =
                Anomaly::new(AnomalyKind::MALFORMED, "sequence bit on a type that has no such form");
            out.anomaly(anomaly.at(within.offset + 1).length(1));
        }
        if head.count > 1 && matches!(kind.class, Class::Command | Class::System | Class::Parameter) {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "a command for more than one object");
            out.anomaly(anomaly.at(within.offset + 1).length(1).numbers(1, head.count.into()));
        }
        if kind.causes >> head.cause.0 & 1 == 0 {
            let anomaly =
                Anomaly::new(AnomalyKind::UNEXPECTED, "cause of transmission that the type does not have");
            out.anomaly(anomaly.at(within.offset + 2).length(1).found(head.cause.0.into()));
        }
        if head.sequence && kind.sequence {
            let most = (1u64 << (8 * u32::from(self.sizes.object_address))) - 1;
            let first = body.get(..self.sizes.object_address.into()).map_or(0, asdu::number);
            let last = u64::from(first) + u64::from(head.count.saturating_sub(1));
            if last > most {
                let anomaly = Anomaly::new(AnomalyKind::VALUE, "object addresses run beyond the greatest");
                out.anomaly(anomaly.at(at).length(self.sizes.object_address.into()).numbers(most, last));
            }
        }
        if head.common_address == 0 {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "common address is 0");
            let place = within.offset + 2 + u64::from(self.sizes.cause);
            out.anomaly(anomaly.at(place).length(self.sizes.common_address.into()));
        }
    }

    /// Reads what the first object has in any type, also in one whose elements only its users know: an address (section
    /// 7.1).
    fn unknown(&self, body: &[u8], out: &mut Output<'_>) {
        if let Some(address) = body.get(..self.sizes.object_address.into()) {
            out.row(&Iec104Objects::new(self.head.type_id, asdu::number(address)));
        }
    }

    /// Reads the objects, as far as the octets go.
    fn objects(&self, dialogue: &mut Dialogue, kind: &Kind, body: &[u8], out: &mut Output<'_>) {
        let head = &self.head;
        let (address, octets) = (usize::from(self.sizes.object_address), usize::from(kind.octets));
        // A segment says its own length.
        let octets = match head.type_id {
            TypeId::F_SG_NA_1 => octets + body.get(address + 3).map_or(0, |length| usize::from(*length)),
            _ => octets,
        };
        let monitor = kind.class == Class::Monitor;
        let (wanted, points) = (out.wants::<Iec104Objects>(), out.wants_points() && !self.idle);
        if monitor && !self.idle {
            self.interrogated(dialogue, out);
        }
        if monitor && !wanted && !points && head.cause != Cause::REQUEST {
            return;
        }
        let ts = out.ts();
        let (mut rest, mut ioa) = (body, 0u32);
        for index in 0..head.count {
            if index == 0 || !head.sequence {
                let Some((first, behind)) = rest.split_at_checked(address) else { break };
                (ioa, rest) = (asdu::number(first), behind);
            } else if octets == 0 {
                // No octet stands for it.
                break;
            } else {
                ioa = ioa.wrapping_add(1);
            }
            let Some((element, behind)) = rest.split_at_checked(octets) else { break };
            rest = behind;
            let row = elements::object(kind, head.type_id, ioa, element, ts);
            if wanted {
                out.row(&row);
            }
            if kind.class == Class::File {
                let place = self.start + (body.len() - rest.len() - element.len()) as u64;
                self.file(dialogue, ioa, element, place, out);
                continue;
            }
            if kind.time != Time::None && row.device_clock.is_none() && row.clock_invalid == Some(false) {
                let anomaly = Anomaly::new(AnomalyKind::TIME, "time tag is no date");
                let place = self.start + (body.len() - rest.len()) as u64;
                let tag = if kind.time == Time::Cp24 { 3 } else { 7 };
                out.anomaly(anomaly.at(place.saturating_sub(tag)).length(tag));
            }
            if self.idle {
                continue;
            }
            match kind.class {
                Class::Monitor => {
                    if points {
                        self.point(kind, &row, self.way_of_point(), Whose::Sender, out);
                    }
                    if head.cause == Cause::REQUEST {
                        self.read(ioa, out);
                    }
                }
                Class::Command => self.command(dialogue, kind, &row, element, out),
                Class::System | Class::Parameter => self.system(dialogue, kind, &row, element, out),
                Class::Initialization | Class::File => {}
            }
        }
    }

    fn way_of_point(&self) -> PointWay {
        match self.head.cause {
            cause if cause == Cause::REQUEST || cause.is_interrogated() => PointWay::READ,
            _ => PointWay::REPORTED,
        }
    }

    #[inline]
    fn point(&self, kind: &Kind, row: &Iec104Objects, way: PointWay, whose: Whose, out: &mut Output<'_>) {
        let value = match (row.number, row.integer) {
            (Some(number), _) => PointValue::Number(number.into()),
            (None, Some(integer))
                if matches!(kind.element, Element::SinglePoint | Element::SingleCommand) =>
            {
                PointValue::Truth(integer != 0)
            }
            (None, Some(integer)) => PointValue::Integer(integer),
            (None, None) => return,
        };
        let mut point = Point::new(kind.space, way, value);
        point.station = Some(self.head.common_address.into());
        point.address = Some(row.ioa.into());
        let bit = |flag: Option<bool>, bit: u32| if flag == Some(true) { bit } else { 0 };
        if let Some(invalid) = row.invalid {
            point.good = Some(!invalid && row.not_topical != Some(true) && row.overflow != Some(true));
            // As in QDS; a counter's bits as in BCR.
            point.quality = Some(
                bit(row.overflow, 1)
                    | bit(row.elapsed_invalid, 8)
                    | bit(row.blocked, 0x10)
                    | bit(row.substituted.or(row.carry), 0x20)
                    | bit(row.not_topical.or(row.adjusted), 0x40)
                    | bit(row.invalid, 0x80),
            );
        }
        // A clock that its own station calls invalid is no time of the value.
        point.device_clock = row.device_clock.filter(|_| row.clock_invalid != Some(true));
        out.point(whose, &point);
    }

    /// What a request of this type is told by.
    pub(super) fn key(&self, type_id: TypeId, station: u16, what: u32) -> u64 {
        u64::from(type_id.0) << 48 | u64::from(station) << 32 | u64::from(what)
    }

    pub(super) fn request(
        &self,
        key: u64,
        space: &'static str,
        address: Option<u64>,
        numbers: [u64; 2],
    ) -> Request<'static> {
        Request {
            key,
            operation: self.head.type_id.operation().unwrap_or_default(),
            function: self.head.type_id.name().map(Symbol),
            function_code: Some(self.head.type_id.0.into()),
            station: Some(self.head.common_address.into()),
            space: Some(Symbol(space)),
            address,
            quantity: None,
            object: None,
            numbers,
        }
    }

    /// The station's refusal, in the protocol's own words.
    pub(super) fn refusal(&self) -> Result {
        Result {
            outcome: Outcome::REFUSED,
            status: Some(self.head.cause.0.into()),
            status_name: self.head.cause.name().map(Symbol),
        }
    }

    fn word(&self) -> Result {
        if self.head.negative || self.head.cause.is_unknown() {
            self.refusal()
        } else {
            Result::plain(Outcome::SUCCESS)
        }
    }

    #[cold]
    pub(super) fn unexpected(&self, reason: &'static str, out: &mut Output<'_>) {
        let place = self.start.saturating_sub(self.sizes.head() as u64);
        out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, reason).at(place).found(self.head.cause.0.into()));
    }

    /// Writes the operation that this message ends.
    fn ends(
        &self,
        dialogue: &Dialogue,
        answer: Answer,
        request: &Request<'_>,
        result: Result,
        out: &mut Output<'_>,
    ) {
        match answer {
            Answer::Paired(asked) => {
                self.compare(&asked, request, out);
                out.complete(&asked, result);
            }
            Answer::Again => self.unexpected("request was answered before", out),
            Answer::Unasked => self.unasked(dialogue, request, result, out),
        }
    }

    /// The sequence counter of a test is the station's own, though one that is repeated tells its request.
    fn compare(&self, asked: &Asked, request: &Request<'_>, out: &mut Output<'_>) {
        let differs = number(asked.numbers) != number(request.numbers);
        if differs && self.head.type_id != TypeId::C_TS_TA_1 && !out.may_lack_request() {
            self.unexpected("answer does not repeat its request", out);
        }
    }

    /// What a request of this element, and an answer to it, are told by among others under the same key: the originator, which
    /// a station without the field does not repeat, and the element.
    fn numbers(&self, element: Option<u64>) -> [u64; 2] {
        let originator = self.head.originator.unwrap_or_default().into();
        [originator, element.map_or(0, |element| HAS_ELEMENT | element)]
    }

    /// Writes the operation that a station has deactivated; `known` what somebody was seen to ask that for.
    fn cancelled(
        &self,
        dialogue: &Dialogue,
        known: Option<Deactivated>,
        request: &Request<'_>,
        result: Result,
        out: &mut Output<'_>,
    ) {
        let key = request.key;
        let message = match known {
            Some(Deactivated::Message(message)) => Some(message),
            Some(_) => None,
            // There was nothing to deactivate: the deactivation itself waits.
            None => out.peek_fitting(key, UnderWay::Several, asks_to_deactivate).map(|asked| asked.message),
        };
        let answer = match message {
            Some(message) => out.answer_to(key, Stage::TERMINATED, message),
            None => out.answer_numbered(key, Stage::TERMINATED, number(request.numbers)),
        };
        match answer {
            // A deactivation need not repeat the state.
            Answer::Paired(asked) => out.complete(&asked, result),
            // It was over when the deactivation arrived.
            Answer::Again if known.is_some() => {}
            Answer::Unasked if matches!(known, Some(Deactivated::Message(_) | Deactivated::Everywhere)) => {}
            Answer::Unasked if known.is_some() => {
                out.unasked(request, Result { outcome: Outcome::UNASKED, ..result });
            }
            answer => self.ends(dialogue, answer, request, result, out),
        }
    }

    fn unasked(&self, dialogue: &Dialogue, request: &Request<'_>, result: Result, out: &mut Output<'_>) {
        let heard = dialogue.asked.get(self.way.side.other().index()) == Some(&true);
        if heard && !out.may_lack_request() {
            self.unexpected("answer without a request", out);
        }
        out.unasked(request, Result { outcome: Outcome::UNASKED, ..result });
    }

    /// Process commands (-101 section 7.3.2, and the procedure of -5 section 6.8).
    fn command(
        &self,
        dialogue: &mut Dialogue,
        kind: &Kind,
        row: &Iec104Objects,
        element: &[u8],
        out: &mut Output<'_>,
    ) {
        let head = &self.head;
        let key = self.key(head.type_id, head.common_address, row.ioa);
        let select = row.select == Some(true);
        let numbers = self.numbers(Some(value_of(kind, element)));
        let request = self.request(key, kind.space.0, Some(row.ioa.into()), numbers);
        let number = number(numbers);
        let stage = if select { Stage::SELECTED } else { Stage::ACCEPTED };
        match head.cause {
            Cause::ACTIVATION => {
                dialogue.asks(self.way.side, key);
                if matches!(kind.element, Element::DoubleCommand | Element::RegulatingStepCommand)
                    && matches!(row.integer, Some(0 | 3))
                {
                    let anomaly =
                        Anomaly::new(AnomalyKind::VALUE, "state of a command that is not permitted");
                    let found = row.integer.unwrap_or_default() as u64;
                    out.anomaly(anomaly.at(self.start + u64::from(self.sizes.object_address)).found(found));
                }
                // Whether a select is authenticated may be another matter.
                if !select {
                    dialogue.protect(key, self.authenticated);
                }
                self.asked(dialogue, select, &request, out);
                // A select moves nothing.
                if !select {
                    self.point(kind, row, PointWay::COMMANDED, Whose::Receiver, out);
                }
            }
            Cause::ACTIVATION_CONFIRMATION if !head.negative => {
                // A select that the station confirms replaces the one before.
                if select && out.peek_before(key, stage).is_some() {
                    out.lapse(key);
                }
                let Some(asked) = out.advance_numbered(key, stage, key, number) else {
                    return self.unasked(dialogue, &request, Result::plain(Outcome::UNASKED), out);
                };
                self.compare(&asked, &request, out);
                if !select {
                    dialogue.accepts(head.common_address, key);
                }
                if dialogue.unprotected.take_if(|unprotected| *unprotected == key).is_some() {
                    let reason = "command without authentication, which these two stations used before";
                    self.unexpected(reason, out);
                }
            }
            Cause::DEACTIVATION => {
                dialogue.asks(self.way.side, key);
                // One with S/E is of a select, if there is one.
                let selected = if select { out.cancel_before(key, Stage::EXECUTE, number) } else { None };
                let cancelled = selected.or_else(|| out.cancel_numbered(key, number));
                dialogue.deactivates(key, cancelled.map(|asked| asked.message));
                if cancelled.is_none() {
                    out.ask(&request);
                    self.unexpected("deactivation of a command that was not seen", out);
                }
            }
            Cause::DEACTIVATION_CONFIRMATION => {
                let known = dialogue.deactivated(key, |message| waits(key, message, out));
                if !head.negative {
                    dialogue.terminates(key);
                    self.cancelled(dialogue, known, &request, Result::plain(Outcome::CANCELLED), out);
                }
            }
            Cause::ACTIVATION_TERMINATION => {
                dialogue.terminates(key);
                let answer = out.answer_numbered(key, Stage::TERMINATED, number);
                self.ends(dialogue, answer, &request, self.word(), out);
            }
            // What the station does not deactivate goes on.
            Cause(44..=47)
                if !is_asked(key, stage, out)
                    && dialogue.deactivated(key, |message| waits(key, message, out)).is_some() => {}
            Cause(7 | 44..=47) => {
                let answer = out.answer_numbered(key, stage, number);
                self.ends(dialogue, answer, &request, self.refusal(), out);
            }
            _ => {}
        }
    }

    fn asked(&self, dialogue: &mut Dialogue, select: bool, request: &Request<'_>, out: &mut Output<'_>) {
        if select {
            if dialogue.commanded(request.key, true) {
                self.unexpected("select of a point that was commanded without", out);
            }
            if out.select(request) {
                self.unexpected("request is repeated while it waits for its answer", out);
            }
            return;
        }
        match out.peek_before(request.key, Stage::EXECUTE) {
            Some(selected) => {
                if number(selected.numbers) != number(request.numbers) {
                    self.unexpected("execute does not repeat its select", out);
                }
                out.advance(request.key, Stage::EXECUTE);
            }
            None => {
                if dialogue.commanded(request.key, false) {
                    self.unexpected("execute without the select that was in use", out);
                }
                if out.request(request) {
                    self.unexpected("request is repeated while it waits for its answer", out);
                }
            }
        }
    }

    /// System commands and parameters (-101 section 7.3.4, 7.3.5).
    fn system(
        &self,
        dialogue: &mut Dialogue,
        kind: &Kind,
        row: &Iec104Objects,
        element: &[u8],
        out: &mut Output<'_>,
    ) {
        let head = &self.head;
        if kind.class == Class::System && head.type_id != TypeId::C_RD_NA_1 && row.ioa != 0 {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "object address of a system command is not 0");
            out.anomaly(
                anomaly.at(self.start).length(self.sizes.object_address.into()).found(row.ioa.into()),
            );
        }
        let qualifier = row.qualifier.unwrap_or_default();
        let terminates = matches!(head.type_id, TypeId::C_IC_NA_1 | TypeId::C_CI_NA_1);
        let (what, space, address) = match head.type_id {
            TypeId::C_IC_NA_1 => (qualifier.into(), "interrogation", Some(qualifier.into())),
            TypeId::C_CI_NA_1 => {
                (counters(qualifier).into(), "counter_interrogation", Some((qualifier & 0x3f).into()))
            }
            TypeId::C_RD_NA_1 | TypeId::P_AC_NA_1 => (row.ioa, "object", Some(row.ioa.into())),
            _ if kind.class == Class::Parameter => (row.ioa, kind.space.0, Some(row.ioa.into())),
            _ => (0, "station", None),
        };
        let key = self.key(head.type_id, head.common_address, what);
        // The clock and the delay in an answer are the station's own.
        let own = matches!(head.type_id, TypeId::C_CS_NA_1 | TypeId::C_CD_NA_1);
        let numbers = self.numbers((!own).then(|| value_of(kind, element)));
        let number = number(numbers);
        let mut request = self.request(key, space, address, numbers);
        if head.type_id == TypeId::C_CI_NA_1 && qualifier >> 6 != 0 {
            // FRZ: the counters are frozen or reset.
            request.operation = Operation::WRITE;
        }
        match head.cause {
            Cause::ACTIVATION | Cause::REQUEST => {
                dialogue.asks(self.way.side, key);
                if out.request(&request) {
                    self.unexpected("request is repeated while it waits for its answer", out);
                }
                if kind.class == Class::Parameter {
                    self.point(kind, row, PointWay::WRITTEN, Whose::Receiver, out);
                }
            }
            Cause::DEACTIVATION => {
                dialogue.asks(self.way.side, key);
                if let Some(asked) = out.cancel_numbered(key, number) {
                    dialogue.deactivates(key, Some(asked.message));
                    return;
                }
                let [originator, _] = &mut request.numbers;
                *originator |= DEACTIVATES;
                if out.request(&request) {
                    self.unexpected("request is repeated while it waits for its answer", out);
                }
            }
            Cause::ACTIVATION_CONFIRMATION if terminates && !head.negative => {
                self.of_broadcast(dialogue, &request, what, Stage::ACCEPTED, out);
                if out.advance_numbered(key, Stage::ACCEPTED, key, number).is_none() {
                    self.unasked(dialogue, &request, Result::plain(Outcome::UNASKED), out);
                }
            }
            Cause::ACTIVATION_TERMINATION => {
                self.of_broadcast(dialogue, &request, what, Stage::TERMINATED, out);
                let answer = out.answer_numbered(key, Stage::TERMINATED, number);
                self.ends(dialogue, answer, &request, self.word(), out);
            }
            Cause::DEACTIVATION_CONFIRMATION if !head.negative => {
                self.of_broadcast(dialogue, &request, what, Stage::TERMINATED, out);
                let known = self.was_deactivated(dialogue, key, what, out);
                let outcome = if terminates { Outcome::CANCELLED } else { Outcome::SUCCESS };
                self.cancelled(dialogue, known, &request, Result::plain(outcome), out);
            }
            // What the station does not deactivate goes on.
            Cause::DEACTIVATION_CONFIRMATION
                if out.peek_fitting(key, UnderWay::Several, asks_to_deactivate).is_none()
                    && self.was_deactivated(dialogue, key, what, out).is_some() => {}
            Cause(7 | 9 | 44..=47) => {
                let confirms = terminates && head.cause == Cause::ACTIVATION_CONFIRMATION;
                let stage = if confirms { Stage::ACCEPTED } else { Stage::TERMINATED };
                self.of_broadcast(dialogue, &request, what, stage, out);
                let mirrors = head.cause.is_unknown() && !is_asked(key, Stage::ACCEPTED, out);
                if mirrors && self.was_deactivated(dialogue, key, what, out).is_some() {
                    return;
                }
                let answer = match head.type_id {
                    // What goes on is not refused with its deactivation.
                    _ if head.cause == Cause::DEACTIVATION_CONFIRMATION => {
                        out.answer_fitting(key, UnderWay::Several, asks_to_deactivate)
                    }
                    // It is not the one that runs already which is refused, if another one waits for that.
                    _ if terminates => {
                        let waits = is_asked(key, Stage::ACCEPTED, out);
                        let accepts = waits || self.is_deactivated(dialogue, key, what);
                        out.answer_numbered(
                            key,
                            if accepts { Stage::ACCEPTED } else { Stage::TERMINATED },
                            number,
                        )
                    }
                    // Not every station repeats the originator.
                    TypeId::C_TS_TA_1 => {
                        out.answer_fitting(key, UnderWay::Several, |asked| match asked.numbers {
                            own if own == numbers => Fit::Whole,
                            [_, own] if Some(own) == number => Fit::Partly,
                            _ => Fit::Poor,
                        })
                    }
                    _ => out.answer(key),
                };
                self.ends(dialogue, answer, &request, self.word(), out);
            }
            Cause(20..=36) if kind.class == Class::Parameter => {
                self.interrogated(dialogue, out);
                self.point(kind, row, PointWay::READ, Whose::Sender, out);
            }
            // A load delay asks for nothing (section 7.3.4.7).
            Cause::SPONTANEOUS if head.type_id == TypeId::C_CD_NA_1 => out.unconfirmed(&request),
            _ => {}
        }
    }

    /// The first answer of a station to a request that was sent to all: it has an operation of its own from now on. One that this
    /// station has answered before is not meant, nor is any where one of its own waits for the word on `stage`.
    fn of_broadcast(
        &self,
        dialogue: &mut Dialogue,
        request: &Request<'_>,
        what: u32,
        stage: Stage,
        out: &mut Output<'_>,
    ) {
        let (head, key) = (&self.head, request.key);
        let all = self.sizes.broadcast();
        if head.common_address == all || out.peek_before(key, stage).is_some() {
            return;
        }
        let fit = |asked: &Asked| match number(asked.numbers) {
            _ if dialogue.has_shared(ToAll::Message(asked.message), key) => Fit::Not,
            own if own == number(request.numbers) => Fit::Whole,
            _ => Fit::Partly,
        };
        let asked = out.peek_fitting(self.key(head.type_id, all, what), UnderWay::Several, fit);
        if let Some(asked) = asked
            && out.share_out_of(&asked, key, head.common_address.into())
        {
            dialogue.shares(ToAll::Message(asked.message), key);
        }
    }

    /// What somebody asked to deactivate, if this station confirms or refuses that; what all do is done by each.
    fn was_deactivated(
        &self,
        dialogue: &mut Dialogue,
        key: u64,
        what: u32,
        out: &Output<'_>,
    ) -> Option<Deactivated> {
        let all = self.key(self.head.type_id, self.sizes.broadcast(), what);
        let own = dialogue.deactivated(key, |message| waits(key, message, out));
        own.or_else(|| dialogue.deactivates_everywhere(key, all).then_some(Deactivated::Everywhere))
    }

    /// Whether a word on the deactivation of this is waited for.
    fn is_deactivated(&self, dialogue: &Dialogue, key: u64, what: u32) -> bool {
        dialogue.is_deactivated(key, self.key(self.head.type_id, self.sizes.broadcast(), what))
    }

    /// Process information that an interrogation or a command has brought about.
    #[inline]
    fn interrogated(&self, dialogue: &Dialogue, out: &mut Output<'_>) {
        let head = &self.head;
        let (key, number) = match head.cause {
            Cause(20..=36) => (self.key(TypeId::C_IC_NA_1, head.common_address, head.cause.0.into()), None),
            // A request for counters has FRZ 0, unlike one to freeze them (QCC, section 7.2.6.23).
            Cause(37..=41) => {
                let request = if head.cause == Cause::COUNTERS { 5 } else { head.cause.0 - 37 };
                let key = self.key(TypeId::C_CI_NA_1, head.common_address, head.cause.0.into());
                (key, Some(HAS_ELEMENT | u64::from(request)))
            }
            Cause::RETURN_REMOTE => match dialogue.accepted(head.common_address) {
                Some(key) => (key, None),
                None => return,
            },
            _ => return,
        };
        out.advance_numbered(key, Stage::RETURNED, key, number);
    }

    /// Process information that was asked for by its address (-101 section 7.3.4.3).
    fn read(&self, ioa: u32, out: &mut Output<'_>) {
        let key = self.key(TypeId::C_RD_NA_1, self.head.common_address, ioa);
        if out.peek(key).is_some()
            && let Answer::Paired(asked) = out.answer(key)
        {
            out.complete(&asked, Result::plain(Outcome::SUCCESS));
        }
    }
}

/// Whether somebody has asked for what is under this key and waits for the word on `stage`.
fn is_asked(key: u64, stage: Stage, out: &Output<'_>) -> bool {
    out.peek_before(key, stage).is_some_and(|asked| asked.stage != Stage::SELECTED)
}

/// Beside the originator of a request: it is a deactivation of what was not seen.
const DEACTIVATES: u64 = 1 << 8;

/// Whether what this message asked for under this key waits for an answer.
fn waits(key: u64, message: u64, out: &Output<'_>) -> Waits {
    let is_this = |asked: &Asked| if asked.message == message { Fit::Whole } else { Fit::Not };
    match out.peek_fitting(key, UnderWay::Several, is_this) {
        Some(asked) if !asked.late => Waits::InTime,
        Some(_) => Waits::Overdue,
        None => Waits::No,
    }
}

/// Whether a deactivation is what was asked for.
fn asks_to_deactivate(asked: &Asked) -> Fit {
    let [originator, _] = asked.numbers;
    if originator & DEACTIVATES == 0 { Fit::Not } else { Fit::Whole }
}

/// Of the number of a request: it is that of an element, which has five octets at most.
const HAS_ELEMENT: u64 = 1 << 63;

/// The element that a request, or an answer, holds.
fn number([_, element]: [u64; 2]) -> Option<u64> {
    Some(element).filter(|element| *element != 0)
}

/// The cause that answers to a counter interrogation have (QCC, -101 section 7.2.6.23).
const fn counters(qualifier: u8) -> u8 {
    match qualifier & 0x3f {
        group @ 1..=4 => 37 + group,
        _ => 37,
    }
}

/// What execute repeats of select, and an answer of its request: the element without S/E and time tag.
fn value_of(kind: &Kind, element: &[u8]) -> u64 {
    let tag = match kind.time {
        Time::None => 0,
        Time::Cp24 => 3,
        Time::Cp56 => 7,
    };
    let value = element.get(..element.len().saturating_sub(tag)).unwrap_or_default();
    let last = value.len().saturating_sub(1);
    value.iter().enumerate().take(8).fold(0, |sum, (place, octet)| {
        let selects = place == last
            && matches!(
                kind.element,
                Element::SingleCommand
                    | Element::DoubleCommand
                    | Element::RegulatingStepCommand
                    | Element::NormalizedSetPoint
                    | Element::ScaledSetPoint
                    | Element::FloatSetPoint
            );
        sum << 8 | u64::from(if selects { octet & 0x7f } else { *octet })
    })
}
