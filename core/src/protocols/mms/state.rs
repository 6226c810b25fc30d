//! What is remembered of an association: what answers leave out.
use super::{
    blocks,
    control::Step,
    names::{Form, Name, kind},
    reports::Followed,
    tase2,
};
use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::Side,
    record::digest_bytes,
    wire::ber::{Element, Elements},
};
use std::collections::VecDeque;

/// Requests whose variables are remembered until their answer.
const REQUESTS: usize = 64;
/// Lists of variables whose members are remembered.
const LISTS: usize = 64;
/// Variables with name plates whose types are remembered.
const PLATES: usize = 64;
/// Steps of controls whose answer is awaited.
const STEPS: usize = 64;
/// Octets of all that is remembered of requests, and of lists.
const OCTETS: usize = 131_072;

/// One of what is remembered: octets under a key.
#[derive(Debug)]
struct Kept {
    key: u64,
    /// What kind of octets they are, as who keeps them likes.
    kind: u8,
    /// The digest of the message that they are of, where that matters.
    origin: u64,
    octets: Vec<u8>,
}

/// Octets under keys, the oldest first; within limits.
#[derive(Debug)]
pub(super) struct Shelf {
    kept: VecDeque<Kept>,
    spare: Vec<Vec<u8>>,
    octets: usize,
    most: usize,
    /// Something had to be forgotten.
    crowded: bool,
    /// What is said when it first is.
    reason: &'static str,
}

impl Shelf {
    const fn new(most: usize, reason: &'static str) -> Self {
        Self { kept: VecDeque::new(), spare: Vec::new(), octets: 0, most, crowded: false, reason }
    }

    /// Remembers octets in place of what was there under this key. Returns what is to be said, if they are the first that
    /// something has to be forgotten for, or that are too many themselves.
    #[must_use]
    pub(super) fn keep(&mut self, key: u64, kind: u8, octets: &[u8]) -> Option<Anomaly> {
        self.keep_of(key, kind, 0, octets)
    }

    /// The same, of the message with this digest.
    #[must_use]
    pub(super) fn keep_of(&mut self, key: u64, kind: u8, origin: u64, octets: &[u8]) -> Option<Anomaly> {
        self.forget(key);
        if octets.len() > OCTETS {
            return self.say();
        }
        let mut forgotten = false;
        while self.kept.len() >= self.most || self.octets.saturating_add(octets.len()) > OCTETS {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.give_back(oldest.octets);
            forgotten = true;
        }
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(octets);
        self.octets += octets.len();
        self.kept.push_back(Kept { key, kind, origin, octets: buffer });
        if forgotten { self.say() } else { None }
    }

    fn say(&mut self) -> Option<Anomaly> {
        let said = core::mem::replace(&mut self.crowded, true);
        (!said).then(|| Anomaly::new(AnomalyKind::LIMIT, self.reason))
    }

    fn give_back(&mut self, buffer: Vec<u8>) {
        self.octets = self.octets.saturating_sub(buffer.len());
        // A few small buffers are worth more than many large ones.
        if self.spare.len() < 8 && buffer.capacity() <= 4096 {
            self.spare.push(buffer);
        }
    }

    pub(super) fn forget(&mut self, key: u64) {
        if let Some(place) = self.kept.iter().position(|kept| kept.key == key)
            && let Some(kept) = self.kept.remove(place)
        {
            self.give_back(kept.octets);
        }
    }

    pub(super) fn get(&self, key: u64) -> Option<(u8, &[u8])> {
        self.kept.iter().find(|kept| kept.key == key).map(|kept| (kept.kind, kept.octets.as_slice()))
    }

    /// The message that the octets under this key are of, their kind, and they themselves.
    pub(super) fn with_origin(&self, key: u64) -> Option<(u64, u8, &[u8])> {
        let kept = self.kept.iter().find(|kept| kept.key == key)?;
        Some((kept.origin, kept.kind, kept.octets.as_slice()))
    }

    /// Takes octets out; give the buffer back with [`Shelf::done`].
    pub(super) fn take(&mut self, key: u64) -> Option<(u8, Vec<u8>)> {
        let place = self.kept.iter().position(|kept| kept.key == key)?;
        let kept = self.kept.remove(place)?;
        self.octets = self.octets.saturating_sub(kept.octets.len());
        Some((kept.kind, kept.octets))
    }

    /// Puts what lies under one key under another, in place of what was there.
    pub(super) fn rename(&mut self, key: u64, new_key: u64) {
        if self.kept.iter().any(|kept| kept.key == key) {
            self.forget(new_key);
        }
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.key == key) {
            kept.key = new_key;
        }
    }

    /// Lends octets out; put them back with [`Shelf::take_back`].
    pub(super) fn lend(&mut self, key: u64) -> Option<Vec<u8>> {
        let kept = self.kept.iter_mut().find(|kept| kept.key == key)?;
        Some(core::mem::take(&mut kept.octets))
    }

    /// Puts lent octets back.
    pub(super) fn take_back(&mut self, key: u64, octets: Vec<u8>) {
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.key == key) {
            kept.octets = octets;
        }
    }

    /// Forgets all of it.
    pub(super) fn clear(&mut self) {
        while let Some(kept) = self.kept.pop_front() {
            self.give_back(kept.octets);
        }
    }

    pub(super) fn done(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < 8 && buffer.capacity() <= 4096 {
            self.spare.push(buffer);
        }
    }
}

/// A step of a control: what its last error names too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The object, as [`Control::number`](super::control::Control::number) has it.
    pub(super) object: u64,
    pub(super) step: Step,
    /// Number of the command, where the step has one.
    pub(super) number: Option<u64>,
}

impl Command {
    fn is(&self, other: &Self) -> bool {
        let numbers = self.number.zip(other.number);
        (self.object, self.step) == (other.object, other.step) && numbers.is_none_or(|(one, two)| one == two)
    }
}

/// A step of a control that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// The key of the request.
    key: u64,
    pub(super) command: Command,
    pub(super) cause: Option<u8>,
    /// Of a cancel: what it cancels has ended so.
    pub(super) has_ended: bool,
}

/// Why controls failed: the last error of a control comes before the answer that it explains, and explains no other.
#[derive(Debug, Default)]
pub(super) struct Explained {
    waiting: VecDeque<Waiting>,
}

impl Explained {
    /// The request under this key asks for a step. One that had no answer does not stand in its way.
    pub(super) fn ask(&mut self, key: u64, command: Command) {
        self.waiting.retain(|step| step.key != key && step.command != command);
        if self.waiting.len() >= STEPS {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting { key, command, cause: None, has_ended: false });
    }
    /// An error tells the cause.
    pub(super) fn explain(&mut self, command: &Command, cause: u8) {
        if let Some(step) = self.waiting.iter_mut().find(|step| step.command.is(command)) {
            step.cause = Some(cause);
        }
    }
    /// The key of the cancel that waits for its answer and may have ended this command.
    pub(super) fn cancel_of(&self, command: &Command) -> Option<u64> {
        let cancel = Command { step: Step::Cancel, ..*command };
        self.waiting.iter().find(|step| step.command.is(&cancel)).map(|step| step.key)
    }
    /// What the cancel under this key cancels has ended.
    pub(super) fn end(&mut self, key: u64) {
        if let Some(step) = self.waiting.iter_mut().find(|step| step.key == key) {
            step.has_ended = true;
        }
    }
    /// The step that is answered.
    pub(super) fn take(&mut self, key: u64) -> Option<Waiting> {
        let place = self.waiting.iter().position(|step| step.key == key)?;
        self.waiting.remove(place)
    }
}

/// What is remembered of an association.
#[derive(Debug)]
pub(super) struct State {
    /// What requests named, by side and invoke identifier.
    pub(super) requests: Shelf,
    /// Members of lists of variables, by the digest of the list's name.
    pub(super) lists: Shelf,
    pub(super) control_errors: Explained,
    pub(super) tase2: tase2::Association,
    /// Data sets of control blocks of reports, by the digest of RptID, and RptID by that of the block.
    pub(super) data_sets: Shelf,
    pub(super) reports: Followed,
    /// Types of what holds name plates, by the digest of the variable's name.
    pub(super) plates: Shelf,
}

impl Default for State {
    fn default() -> Self {
        Self {
            requests: Shelf::new(REQUESTS, "names of requests were forgotten"),
            lists: Shelf::new(LISTS, "lists of variables were forgotten"),
            control_errors: Explained::default(),
            tase2: tase2::Association::default(),
            data_sets: Shelf::new(2 * LISTS, "data sets of reports were forgotten"),
            reports: Followed::default(),
            plates: Shelf::new(PLATES, "types of name plates were forgotten"),
        }
    }
}

impl State {
    /// Octets of this side were lost, and with them perhaps answers: what those would have said about lists and blocks is not
    /// known, nor is what was known before.
    pub(super) fn lost(&mut self, side: Side) {
        self.reports.forget();
        let Self { requests, lists, data_sets, .. } = self;
        for request in requests.kept.iter().filter(|request| request.key >> 32 == side.other().index() as u64)
        {
            match request.kind {
                kind::DELETED_LISTS => {
                    Elements::new(&request.octets).filter_map(list_key).for_each(|key| lists.forget(key));
                }
                kind::TEXT if lists.get(request.key).is_some() => {
                    lists.forget(request.key);
                    lists.forget(text_key(&request.octets));
                }
                kind::EACH => {
                    Elements::new(&request.octets).for_each(|item| blocks::unsure(data_sets, &item))
                }
                _ => {}
            }
        }
    }
}

/// The key of a request, for the side that asks.
pub(super) fn request_key(side: Side, invoke_id: u32) -> u64 {
    (side.index() as u64) << 32 | u64::from(invoke_id)
}

/// The key of a list, by its name.
pub(super) fn list_key(name: Element<'_>) -> Option<u64> {
    let name = Name::of(name)?;
    Some(name_key(
        name.domain.unwrap_or(if name.form == Form::OfAssociation { b"@" } else { b"" }),
        name.item,
    ))
}

/// The key of a list of a domain, by the text of its name.
pub(super) fn name_key(domain: &[u8], item: &[u8]) -> u64 {
    digest_bytes(domain).rotate_left(17) ^ digest_bytes(item)
}

/// The key of a list, by its name as text: `domain/item`, `item`, `@item`.
pub(super) fn text_key(name: &[u8]) -> u64 {
    match (memchr::memchr(b'/', name), name) {
        (Some(slash), _) => {
            name_key(name.get(..slash).unwrap_or_default(), name.get(slash + 1..).unwrap_or_default())
        }
        (None, [b'@', item @ ..]) => name_key(b"@", item),
        (None, _) => name_key(b"", name),
    }
}
