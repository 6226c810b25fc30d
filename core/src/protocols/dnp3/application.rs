//! The application layer (IEEE 1815-2012, clause 4): one fragment, and what it is to the dialogue.
use super::{
    codes::{CommandStatus, FunctionCode, Indication, Object},
    common,
    link::{self, Header},
    objects::{self, Walk},
    records::{Dnp3, Dnp3Indications},
    state::{Answering, Association, Associations, Filing, Said, Select, ToSelf},
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Asked, Fact, Operation, Outcome, Request, Result, Stage},
    protocol::{Output, Side},
    record::{Direction, Symbol, Text, digest_bytes},
};

/// What a fragment is to its dialogue.
pub(super) fn direction(function: FunctionCode, unsolicited: bool) -> Direction {
    match function {
        FunctionCode::UNSOLICITED_RESPONSE => Direction::UNSOLICITED,
        FunctionCode::RESPONSE | FunctionCode::AUTHENTICATION_RESPONSE if unsolicited => {
            Direction::UNSOLICITED
        }
        FunctionCode::CONFIRM | FunctionCode::RESPONSE | FunctionCode::AUTHENTICATION_RESPONSE => {
            Direction::RESPONSE
        }
        reserved if reserved.is_response() => Direction::RESPONSE,
        _ => Direction::REQUEST,
    }
}

/// Indications that say something of the outstation, not of its last answer: IIN1.4 to 1.7, 2.3, 2.5.
const LASTING: u16 = 0xf028;
/// Indications of an error in the request: IIN2.0, 2.1, 2.2, 2.4.
const ERRORS: [(u16, Outcome, &str); 4] = [
    (0x01, Outcome::REFUSED, "function_not_supported"),
    (0x02, Outcome::REFUSED, "object_unknown"),
    (0x04, Outcome::REFUSED, "parameter_error"),
    (0x10, Outcome::BUSY, "already_executing"),
];

/// All of them.
const ERROR_BITS: u16 = 0x17;
/// IIN1.7: the outstation restarted.
const RESTART: u16 = 0x8000;

/// Destination that stands for whichever outstation hears it.
const SELF_ADDRESS: u16 = 0xfffc;

/// Octets before the objects of a request: control and function (4.2.2).
const REQUEST_HEAD: usize = 2;
/// Octets before those of a response, which has indications too.
const RESPONSE_HEAD: usize = 4;

/// A fragment as its parts see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    pub(super) octets: &'a [u8],
    /// Whether one frame carries all of it, so that places can be told in octets of the frame.
    pub(super) alone: bool,
    pub(super) function: FunctionCode,
    pub(super) sequence: u8,
    pub(super) unsolicited: bool,
    /// Link address of the outstation.
    pub(super) outstation: u16,
    /// Sent to all outstations.
    pub(super) broadcast: bool,
}

impl Fragment<'_> {
    /// An anomaly at an octet of the fragment.
    pub(super) fn anomaly(&self, kind: AnomalyKind, reason: &'static str, at: usize) -> Anomaly {
        let anomaly = Anomaly::new(kind, reason);
        match self.alone {
            true => anomaly.at(link::place(at.saturating_add(1)) as u64),
            false => anomaly.place("fragment").at(at as u64),
        }
    }

    /// Whether its first object is this one; `at` is where its header ends.
    fn begins_with(&self, at: usize, object: Object) -> bool {
        self.octets.get(at..).and_then(<[u8]>::first_chunk) == Some(&object.0.to_be_bytes())
    }

    /// Whether it is one of an outstation.
    pub(super) const fn is_response(&self) -> bool {
        self.function.is_response()
    }

    /// Whether it is the command of an output: select, operate and their kin.
    pub(super) const fn is_command(&self) -> bool {
        matches!(self.function.0, 3..=6)
    }

    /// Whether a header of this group is an operation of its own: what is written, frozen or assigned to a class may lie under
    /// any of the headers. Those that say when, to which class, or who asks are parts of the others.
    pub(super) const fn asks_by_header(&self, group: u8) -> bool {
        match self.function.0 {
            2 | 7..=10 => group != 120,
            11 | 12 => !matches!(group, 50 | 120),
            22 => !matches!(group, 60 | 120),
            _ => false,
        }
    }

    /// Whether it expects no answer.
    const fn is_unconfirmed(&self) -> bool {
        matches!(self.function.0, 0 | 6 | 8 | 10 | 12 | 33) || self.broadcast
    }
}

/// Reads one fragment.
pub(super) fn fragment(
    associations: &mut Associations,
    (header, side): (Header, Side),
    octets: &[u8],
    alone: bool,
    out: &mut Output<'_>,
) {
    let (control, function) = (octets.first().copied(), octets.get(1).map(|code| FunctionCode(*code)));
    let Some(control) = control else {
        let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "fragment ends before its function code");
        out.anomaly(anomaly.at(link::HEADER as u64));
        return;
    };
    let response = function.is_some_and(FunctionCode::is_response);
    // The function decides who is who: some senders do not set the direction bit as they should.
    let from_master = if function.is_some() { !response } else { header.by_master() };
    let (master, outstation) = match from_master {
        true => (header.source, header.destination),
        false => (header.destination, header.source),
    };
    let unsolicited = control & 0x10 != 0;
    if let Some(function) = function {
        out.set_direction(direction(function, unsolicited));
    }
    let to_self = associations.to_self.filter(|asked| asked.master == master);
    let Some((association, gone)) = associations.of(master, outstation) else { return };
    if from_master {
        association.asker = Some(side);
    }
    let known = function.is_some_and(|function| function.name().is_some());
    let new = response && known && !association.heard;
    let iin = if response && known { octets.get(2..4) } else { None };
    let iin = iin.and_then(|iin| iin.first_chunk()).map(|iin| u16::from_be_bytes(*iin));
    let mut row = Dnp3 {
        source: header.source,
        destination: header.destination,
        function_code: function,
        sequence: control & 0x0f,
        first: control & 0x80 != 0,
        last: control & 0x40 != 0,
        confirm: control & 0x20 != 0,
        unsolicited,
        iin,
        length: u32::try_from(octets.len()).unwrap_or(u32::MAX),
        repeated: false,
        request_message: None,
    };
    let Some(function) = function else {
        out.row(&row);
        let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "fragment ends before its function code");
        out.anomaly(anomaly.at(link::place(2) as u64));
        return;
    };
    let broadcast = matches!(outstation, 0xfffd..=0xffff);
    let sequence = control & 0x0f;
    let this = Fragment { octets, alone, function, sequence, unsolicited, outstation, broadcast };
    let pairs = Pairs::of(association, to_self, &this, &row, out);
    (row.request_message, row.repeated) = (pairs.message, pairs.says_nothing_new());
    out.row(&row);
    notes(&this, header, new, gone, out);
    if response {
        indications(association, (master, outstation), iin, out);
        if known && iin.is_none() {
            out.anomaly(this.anomaly(AnomalyKind::TRUNCATED, "response ends before its indications", 2));
        }
    }
    let start = if response { 4 } else { 2 };
    let mut walk = Walk::new(this, pairs);
    if known {
        objects::walk(&mut walk, start, out);
    } else {
        // What follows a reserved code is not laid down.
        let anomaly = this.anomaly(AnomalyKind::VALUE, "function code that the standard does not know", 1);
        out.anomaly(anomaly.found(function.0.into()));
    }
    authenticated(&walk, association, &row, out);
    if response {
        remember(&walk, association, &row, out);
    } else if function.is_of_files()
        && let Some(request_id) = walk.request_id
    {
        association.filing.note(pairs.key, request_id);
    }
    finish(&walk, association, &row, out);
    if response && let Some(asked) = to_self.filter(|asked| asked.key == pairs.key) {
        if row.last {
            // What answers the request itself leaves those that came again.
            let again = asked.again.checked_sub(asked.answered.into()).filter(|again| *again > 0);
            associations.to_self = again.map(|again| ToSelf { again, answered: true, ..asked });
        }
    } else if !response && outstation == SELF_ADDRESS && function != FunctionCode::CONFIRM {
        let again = to_self.filter(|asked| pairs.repeated && asked.key == pairs.key);
        let again = again.map(|asked| ToSelf { again: asked.again.saturating_add(1), ..asked });
        let asked = ToSelf { master, sequence, key: pairs.key, again: 0, answered: false };
        associations.to_self = Some(again.unwrap_or(asked));
    }
}

/// What a response says that its next fragment, or the next request, depends on.
fn remember(walk: &Walk<'_>, association: &mut Association, row: &Dnp3, out: &Output<'_>) {
    if !row.last {
        if let Some(answering) = association.answering.as_mut().filter(|other| other.key == walk.pairs.key) {
            answering.said = walk.said(row.iin);
        }
    } else if walk.pairs.selects && !walk.challenged {
        let key = walk.pairs.key;
        let refused = walk.denied || out.peek(key).is_some_and(|asked| asked.stage == Stage::SELECT);
        if let Some(select) = association.select.as_mut().filter(|select| select.key == key) {
            select.refused = refused;
        }
    }
}

/// What is said of a fragment as a whole.
fn notes(this: &Fragment<'_>, header: Header, new: bool, gone: bool, out: &mut Output<'_>) {
    if this.is_response() == header.by_master() {
        let reason = "direction bit disagrees with the function";
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, reason).at(3);
        out.anomaly(anomaly.numbers((!this.is_response()).into(), header.by_master().into()));
    }
    if gone {
        out.anomaly(Anomaly::new(
            AnomalyKind::LIMIT,
            "more pairs of master and outstation than are remembered",
        ));
    }
    if new {
        let role = Text::from("outstation");
        out.identity(Some(this.outstation.into()), Fact::ROLE, None, role, Symbol("function"));
    }
}

/// What this fragment is paired by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pairs {
    /// Key of this request, or of the request that this response answers.
    pub(super) key: u64,
    /// The message that asked.
    pub(super) message: Option<u64>,
    /// Function of the request that this answers.
    pub(super) asked: Option<u8>,
    /// What that asked for.
    pub(super) operation: Option<Operation>,
    /// What the fragments before this one said of it.
    pub(super) said: Said,
    /// How many objects of that, if it is a command, had to make room or have their word.
    pub(super) forgotten: u64,
    /// Requests of files whose outcome may come as an event.
    pub(super) filing: Filing,
    /// Whether that changed the session keys.
    pub(super) changed_keys: bool,
    /// Whether that is a select.
    pub(super) selects: bool,
    /// Key of the reply to a challenge that this response answers too.
    pub(super) reply: Option<u64>,
    /// A select that an operate may repeat.
    pub(super) select: Option<Select>,
    /// Whether this operate has all its octets.
    pub(super) repeats: bool,
    /// Whether another request has cancelled the select that it repeats.
    pub(super) cancelled: bool,
    /// Of a request, whether it is the last one, which comes again.
    pub(super) again: bool,
    /// Whether the request, if there was one, must have been heard.
    pub(super) heard: bool,
    /// Of a reply to a challenge, whether no answer to it is due, unless it is refused.
    pub(super) silent: bool,
    /// Whether it comes again, octet for octet, while it waits for its answer: no operation of its own. Of a response, whether
    /// it answers such a one, and the word on it was said before.
    pub(super) repeated: bool,
    /// Of such a response, whether its objects are those of the word before; null if that is not known.
    pub(super) same: Option<bool>,
}

impl Pairs {
    /// Whether all of it was told already.
    pub(super) fn says_nothing_new(&self) -> bool {
        self.repeated && self.same == Some(true)
    }

    /// Whether each object header of the request that this answers may be an operation of its own.
    const fn asks_by_header(&self) -> bool {
        matches!(self.asked, Some(2 | 7..=12 | 22))
    }

    fn of(
        association: &mut Association,
        to_self: Option<ToSelf>,
        this: &Fragment<'_>,
        row: &Dnp3,
        out: &mut Output<'_>,
    ) -> Self {
        let sequence = this.sequence;
        match this.function {
            FunctionCode::CONFIRM if this.unsolicited => {
                let key = association.reported();
                let message = out.peek(key).map(|asked| asked.message);
                Self { key, message, ..Self::default() }
            }
            FunctionCode::CONFIRM => {
                let due = association.confirming.take();
                match due {
                    Some((due, message)) if due == sequence => {
                        Self { message: Some(message), ..Self::default() }
                    }
                    Some((due, _)) => {
                        let reason = "confirmation of another sequence number";
                        let anomaly = this.anomaly(AnomalyKind::SEQUENCE, reason, 0);
                        out.anomaly(anomaly.numbers(due.into(), sequence.into()));
                        Self::default()
                    }
                    None => Self::default(),
                }
            }
            _ if this.is_response() => {
                association.heard = true;
                let key = association.challenges();
                if this.unsolicited && this.function == FunctionCode::AUTHENTICATION_RESPONSE {
                    // What challenges a confirmation answers nothing.
                    let asked = out
                        .peek(key)
                        .filter(|_| !this.begins_with(RESPONSE_HEAD, Object::AUTHENTICATION_CHALLENGE));
                    let (message, asked) =
                        (asked.map(|asked| asked.message), asked.map(|asked| function_of(asked.numbers)));
                    return Self { key, message, asked, heard: true, ..Self::default() };
                }
                let filing = association.filing;
                if this.unsolicited || this.function == FunctionCode::UNSOLICITED_RESPONSE {
                    // One that has its confirmation and comes again, though the master has cleared the restart meanwhile, is
                    // that of another restart.
                    if row.iin.is_some_and(|iin| iin & !association.indications & RESTART != 0)
                        && !out.waits(association.reported())
                    {
                        association.unsolicited = None;
                    }
                    let before = association.unsolicited.map(|(sequence, _)| sequence);
                    let (key, again) = association.reports(sequence, digest_bytes(this.octets));
                    // Its confirmation did not arrive, whether it was sent or not.
                    let repeated = again && row.confirm;
                    if let Some(before) = before
                        && sequence != before
                        && sequence != before.wrapping_add(1) & 15
                        && row.iin.is_none_or(|iin| iin & RESTART == 0)
                    {
                        let reason = "sequence number of the unsolicited response is not the next";
                        let anomaly = this.anomaly(AnomalyKind::SEQUENCE, reason, 0);
                        out.anomaly(anomaly.numbers((before.wrapping_add(1) & 15).into(), sequence.into()));
                    }
                    return Self { key, repeated, same: Some(true), filing, ..Self::default() };
                }
                if row.confirm {
                    association.confirming = Some((sequence, out.message()));
                }
                let continued = association.answering.take();
                let mut said_before = Said::default();
                let mut key = match continued {
                    Some(Answering { key, next, said }) if !row.first && next == sequence => {
                        said_before = said;
                        key
                    }
                    Some(Answering { next, .. }) if !row.first => {
                        let reason = "sequence number of the fragment is not the next";
                        let anomaly = this.anomaly(AnomalyKind::SEQUENCE, reason, 0);
                        out.anomaly(anomaly.numbers(next.into(), sequence.into()));
                        association.answers(sequence)
                    }
                    _ => association.answers(sequence),
                };
                let mut asked = out.peek(key);
                if asked.is_none()
                    && let Some(to_self) = to_self
                    && row.first
                    && to_self.sequence == sequence
                {
                    (key, asked) = (to_self.key, out.peek(to_self.key));
                }
                if !row.last {
                    let next = sequence.wrapping_add(1) & 15;
                    association.answering = Some(Answering { key, next, said: said_before });
                }
                if asked.is_some() {
                    association.pairs(key);
                }
                let said = asked.as_ref().is_none_or(|asked| asked.stage == Stage::SELECTED);
                let again = association.answers_again(key);
                let operates = |asked: &Asked| {
                    matches!(function_of(asked.numbers), 3 | 4) && asked.stage == Stage::EXECUTE
                };
                let mut same = None;
                if again || asked.as_ref().is_some_and(operates) {
                    let alone = row.first && row.last;
                    let objects = this.octets.get(RESPONSE_HEAD..).filter(|_| alone).map(digest_bytes);
                    if said {
                        same = association.says_the_same(objects);
                    } else {
                        association.answers_as(key, objects, this.octets.len() > RESPONSE_HEAD);
                    }
                    if said && row.last {
                        association.answered_again();
                    }
                }
                let self_said = to_self.is_some_and(|to_self| to_self.answered && to_self.key == key);
                let repeated = said && (again || self_said);
                Self {
                    key,
                    message: asked.map(|asked| asked.message),
                    asked: asked.map(|asked| function_of(asked.numbers)),
                    operation: asked.map(|asked| asked.operation),
                    said: said_before,
                    forgotten: asked.map_or(0, |asked| common::place_asked(asked.numbers)),
                    filing,
                    changed_keys: asked.is_some_and(|asked| changes_keys(asked.numbers)),
                    selects: asked.is_some_and(|asked| asked.stage == Stage::SELECT),
                    heard: association.hears_all(),
                    reply: (association.challenged == Some(sequence)).then(|| association.replies(sequence)),
                    repeated,
                    same,
                    ..Self::default()
                }
            }
            // A master challenges an unsolicited response: the sequence number is that of the response.
            FunctionCode::AUTHENTICATION_REQUEST | FunctionCode::AUTHENTICATION_REQUEST_NO_ACKNOWLEDGE
                if this.unsolicited =>
            {
                // Or it replies to the challenge of its confirmation.
                let silent = this.begins_with(REQUEST_HEAD, Object::AUTHENTICATION_REPLY);
                Self { key: association.challenges(), heard: true, silent, ..Self::default() }
            }
            FunctionCode::AUTHENTICATION_REQUEST if association.challenged == Some(sequence) => {
                // Of a confirmation that was challenged, there is no answer behind the reply.
                let silent = !out.waits(association.answers(sequence));
                Self { key: association.replies(sequence), heard: true, silent, ..Self::default() }
            }
            _ => {
                let heard = association.hears_all();
                association.challenged = None;
                // An operate that repeats its select is no request of its own, but its response has its number.
                let digest = digest_bytes(this.octets);
                // An operate that was echoed is not carried out again: its answer may have been lost behind the tap (4.4.4).
                let once = this.function == FunctionCode::OPERATE && !this.broadcast;
                let before = association.asked();
                let is_told = |key, echoed| once && echoed || out.waits(key);
                let (key, repeated) = association.asks(sequence, digest, is_told);
                // Any request but the operate cancels the select (4.4.4).
                let select = association.select.take();
                let operates = this.function == FunctionCode::OPERATE;
                if let Some(select) = select.filter(|select| !operates && select.key != key) {
                    association.cancelled = Some(select.objects);
                    cancelled(select, out);
                }
                let objects = || digest_bytes(this.octets.get(2..).unwrap_or_default());
                let was_cancelled = operates && association.cancelled.is_some_and(|other| other == objects());
                let repeats = operates && select.is_some_and(|select| select.objects == objects());
                if this.function == FunctionCode::SELECT {
                    let objects = objects();
                    let refused = repeated && select.is_some_and(|select| select.refused);
                    association.select = Some(Select { sequence, key, objects, refused });
                }
                if operates || this.function == FunctionCode::SELECT {
                    association.cancelled = None;
                }
                let again = key == before;
                let this = Self { key, select, repeats, again, cancelled: was_cancelled, ..Self::default() };
                Self { heard, repeated, same: Some(true), ..this }
            }
        }
    }
}

/// Another request cancels a select: what was selected and not operated ends.
fn cancelled(select: Select, out: &mut Output<'_>) {
    while out.peek_before(select.key, Stage::EXECUTE).is_some_and(|asked| is_selected(asked.stage)) {
        let Some(asked) = out.withdraw(select.key) else { return };
        // The row of one that is overdue is written.
        if !asked.late {
            out.complete(&asked, Result::plain(Outcome::CANCELLED));
        }
    }
}

/// What the numbers of a request remember.
pub(super) const fn numbers(function: FunctionCode, digest: u64) -> [u64; 2] {
    [function.0 as u64, digest]
}
/// Set beside the function of a request that changes the session keys.
pub(super) const CHANGES_KEYS: u64 = 1 << 8;
const fn changes_keys(numbers: [u64; 2]) -> bool {
    let [function, _] = numbers;
    function & CHANGES_KEYS != 0
}
const fn function_of(numbers: [u64; 2]) -> u8 {
    let [function, _] = numbers;
    function as u8
}

/// Says which lasting indications changed.
fn indications(
    association: &mut Association,
    (master, outstation): (u16, u16),
    iin: Option<u16>,
    out: &mut Output<'_>,
) {
    let Some(now) = iin.map(|iin| iin & LASTING) else { return };
    let changed = core::mem::replace(&mut association.indications, now) ^ now;
    if changed == 0 {
        return;
    }
    for index in 0..16u8 {
        // IIN1 is the upper octet.
        let bit = 1u16 << (index ^ 8);
        if changed & bit != 0 {
            let (indication, set) = (Indication(index), now & bit != 0);
            out.row(&Dnp3Indications { outstation, master, indication, set });
        }
    }
}

impl Walk<'_> {
    /// What the fragments up to this one say of the request.
    fn said(&self, iin: Option<u16>) -> Said {
        let before = self.pairs.said;
        Said {
            errors: before.errors | iin.unwrap_or_default() & ERROR_BITS,
            refused: self.refused,
            objects: before.objects || self.headers > self.elsewhere || self.refused.is_some(),
        }
    }
}

/// The outcome that the indications of a response tell.
fn told(iin: Option<u16>, objects: bool) -> Result {
    let Some(iin) = iin else { return Result::plain(Outcome::SUCCESS) };
    for (bit, outcome, name) in ERRORS {
        if iin & bit != 0 {
            let outcome = if objects && outcome == Outcome::REFUSED { Outcome::PARTIAL } else { outcome };
            let status = Some(u32::from(iin & 0x17));
            return Result { outcome, status, status_name: Some(Symbol(name)) };
        }
    }
    Result::plain(Outcome::SUCCESS)
}

/// Requests that are authenticated, and those that are carried out without, though their like were authenticated before.
fn authenticated(walk: &Walk<'_>, association: &mut Association, row: &Dnp3, out: &mut Output<'_>) {
    let this = &walk.fragment;
    let function = this.function;
    let reason = "request without authentication, which these two stations used before";
    let plain = |found: u8| this.anomaly(AnomalyKind::UNEXPECTED, reason, 1).found(found.into());
    if !this.is_response() {
        if matches!(function, FunctionCode::CONFIRM | FunctionCode::AUTHENTICATION_REQUEST) {
            return;
        }
        association.unprotected = None;
        if walk.aggressive {
            association.authenticates(function.0);
        } else if association.expects_authentication(function.0) {
            // Nobody can challenge what is not answered.
            if this.is_unconfirmed() {
                out.anomaly(plain(function.0));
            } else {
                association.unprotected = Some(this.sequence);
            }
        }
    } else if let Some(asked) = walk.pairs.asked {
        if walk.challenged {
            association.authenticates(asked);
            association.unprotected = None;
        } else if function == FunctionCode::RESPONSE
            && association.unprotected.take_if(|sequence| *sequence == this.sequence).is_some()
            && told(row.iin, false).outcome == Outcome::SUCCESS
        {
            out.anomaly(plain(asked));
        }
    }
}

/// The operation of a fragment without commands: a request to be answered, or the answer.
fn finish(walk: &Walk<'_>, association: &mut Association, row: &Dnp3, out: &mut Output<'_>) {
    let this = &walk.fragment;
    match this.function {
        FunctionCode::CONFIRM if this.unsolicited => confirmed(walk, association, out),
        FunctionCode::CONFIRM => {}
        // Whether one with a reserved code refuses or grants is not known.
        _ if this.is_response() && this.function.name().is_none() => {}
        // The reply to the challenge of an unsolicited response.
        _ if this.is_response() && this.unsolicited && walk.pairs.message.is_some() => {
            answered(walk, row, out)
        }
        // A challenge, or an error of one, is told by its own rows.
        FunctionCode::AUTHENTICATION_RESPONSE if this.unsolicited => {}
        _ if this.is_response()
            && (this.unsolicited || this.function == FunctionCode::UNSOLICITED_RESPONSE) =>
        {
            let request = Request { key: walk.pairs.key, ..common::request(walk, walk.pairs.key) };
            if walk.pairs.repeated {
                out.ask(&request);
            } else if row.confirm {
                out.request(&request);
            } else {
                out.unconfirmed(&request);
            }
        }
        _ if this.is_response() && walk.pairs.repeated => {
            // A command that comes again is not carried out again, and has the answer that it had (clause 4).
            if walk.commands > 0 && walk.pairs.same == Some(false) {
                let reason = "command that came again is answered otherwise than before";
                out.anomaly(this.anomaly(AnomalyKind::UNEXPECTED, reason, 4));
            }
        }
        _ if this.is_response() => {
            if walk.challenged {
                association.challenged = Some(this.sequence);
            }
            answered(walk, row, out);
        }
        _ if walk.commands > 0 => common::unrepeated(walk, out),
        _ if walk.asked > 0 => {}
        _ => ask(walk, &common::request(walk, walk.pairs.key), out),
    }
}

/// A request, as an operation.
pub(super) fn ask(walk: &Walk<'_>, request: &Request<'_>, out: &mut Output<'_>) {
    if walk.pairs.repeated {
        out.ask(request);
    } else if walk.fragment.is_unconfirmed() {
        out.unconfirmed(request);
    } else if walk.pairs.silent {
        out.request_silence(request);
    } else {
        out.request(request);
    }
}

fn confirmed(walk: &Walk<'_>, association: &Association, out: &mut Output<'_>) {
    let this = &walk.fragment;
    if let Some((due, _)) = association.unsolicited
        && due != this.sequence
    {
        let anomaly = this.anomaly(AnomalyKind::SEQUENCE, "confirmation of another sequence number", 0);
        out.anomaly(anomaly.numbers(due.into(), this.sequence.into()));
        return;
    }
    if let Answer::Paired(asked) = out.answer(walk.pairs.key) {
        out.complete(&asked, Result::plain(Outcome::SUCCESS));
    }
}

fn answered(walk: &Walk<'_>, row: &Dnp3, out: &mut Output<'_>) {
    let (this, key) = (&walk.fragment, walk.pairs.key);
    let said = walk.said(row.iin);
    let result = match said.refused {
        Some(result) => result,
        None => told(row.iin.map(|iin| iin | said.errors), said.objects),
    };
    if walk.challenged || !row.last {
        // The last word is still to come.
        // A select goes on waiting for its echo.
        while !walk.pairs.selects && out.advance(key, Stage::ACCEPTED).is_some() {}
        return;
    }
    if let Some(Answer::Paired(asked)) = walk.pairs.reply.map(|reply| out.answer(reply)) {
        out.complete(&asked, walk.refused.unwrap_or(Result::plain(Outcome::SUCCESS)));
    }
    if let Some(first) = walk.pairs.message.filter(|_| matches!(walk.pairs.asked, Some(3..=5))) {
        // What was not echoed is as the indications say; without an error in them nothing is known.
        while out.peek(key).is_some_and(|asked| asked.message == first && !is_selected(asked.stage)) {
            let Answer::Paired(asked) = out.answer(key) else { break };
            let result = match result.outcome {
                Outcome::SUCCESS | Outcome::PARTIAL => Result {
                    outcome: Outcome::REFUSED,
                    status: None,
                    status_name: Some(Symbol("not_echoed")),
                },
                _ => result,
            };
            out.complete(&asked, result);
        }
        return;
    }
    // An answer that neither grants nor refuses a request of files leaves its outcome to an event (A.25).
    if !said.objects
        && result.outcome == Outcome::SUCCESS
        && walk.pairs.asked.is_some_and(|function| FunctionCode(function).is_of_files())
        && walk.pairs.filing.of(key).is_some()
        && out.advance(key, Stage::ACCEPTED).is_some()
    {
        return;
    }
    match out.answer(key) {
        Answer::Paired(asked) => {
            out.complete(&asked, result);
            if walk.pairs.asks_by_header() {
                // Whatever was asked with it has the same answer.
                while out.peek(key).is_some_and(|other| other.message == asked.message) {
                    let Answer::Paired(asked) = out.answer(key) else { break };
                    out.complete(&asked, result);
                }
            }
        }
        // Of an echo that comes too often it was said already.
        Answer::Again | Answer::Unasked if walk.commands > 0 || walk.filed => {}
        Answer::Again if walk.pairs.heard && !out.asker_is_unheard() => {
            let anomaly = this.anomaly(AnomalyKind::UNEXPECTED, "request was answered before", 0);
            out.anomaly(anomaly.found(this.sequence.into()));
        }
        // What was answered before may be another request than that of this response.
        Answer::Again | Answer::Unasked => {
            if walk.pairs.heard && !out.asker_is_unheard() {
                let anomaly = this.anomaly(AnomalyKind::UNEXPECTED, "response without a request", 0);
                out.anomaly(anomaly.found(this.sequence.into()));
            }
            let result = Result { outcome: Outcome::UNASKED, ..result };
            out.unasked(&common::request(walk, key), result);
        }
    }
}

const fn is_selected(stage: Stage) -> bool {
    matches!(stage, Stage::SELECTED)
}

/// A status of a command as the word on an operation.
pub(super) fn word(status: Option<CommandStatus>) -> Result {
    let outcome = match status {
        Some(CommandStatus::SUCCESS) | None => Outcome::SUCCESS,
        Some(CommandStatus::ALREADY_ACTIVE | CommandStatus::PROCESSING_LIMITED) => Outcome::BUSY,
        Some(_) => Outcome::REFUSED,
    };
    Result {
        outcome,
        status: status.map(|status| status.0.into()),
        status_name: status.and_then(CommandStatus::name).map(Symbol),
    }
}

/// Whether objects of this group tell of commands, with their status: events of outputs (g13, g43).
pub(super) const fn is_command_event(group: u8) -> bool {
    matches!(group, 13 | 43)
}

/// Whether a command of this group is one that is echoed with its status.
pub(super) const fn commands(object: Object) -> bool {
    matches!(object.0 >> 8, 12 | 41)
}
