//! What one call of a parser finds, and which events and conditions of rules it is told by.
use crate::{
    rules::Rules,
    subject::{Subject, What, join},
};
use fieldtap::{
    common::{Anomalies, Operations, Points, Request},
    record::{Envelope, Field, Record, Row, Sink, Table, Verdict, column_place},
};
use fieldtap_export::eve::{Bodies, Body, Eve, Rows};
use std::collections::HashMap;

/// Who wants what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants<'a> {
    /// What becomes of rows.
    pub(crate) eve: &'a Eve,
    /// An output takes all events.
    pub(crate) events: bool,
    /// An output or a rule looks at anomalies as events of the app-layer.
    pub(crate) anomalies: bool,
    /// The rules that have our keywords.
    pub(crate) rules: &'a Rules,
    /// An event may need rows of an earlier message: a request of Modbus waits for its answer.
    pub(crate) pairs: bool,
}

/// Which rows are wanted, as far as it may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    anomalies: bool,
    rules: bool,
    looked_at: [bool; 2],
}

impl Wants<'_> {
    /// Which rows are wanted, as far as it may change.
    pub(crate) fn kinds(&self) -> Wanted {
        Wanted {
            anomalies: self.anomalies,
            rules: !self.rules.is_empty(),
            looked_at: [What::Ended, What::Value].map(|what| self.rules.look_at(what)),
        }
    }
    /// Whether anybody wants anything.
    pub(crate) fn any(&self) -> bool {
        self.events || self.anomalies || !self.rules.is_empty()
    }
    /// Whether rows are kept although nobody may want them in the end: what a rule asks of a value is known only behind the
    /// rows of its message.
    fn keeps_all(&self) -> bool {
        self.events || (!self.rules.is_empty() && (self.pairs || self.rules.look_at(What::Value)))
    }
    /// Whether rows of this table are wanted.
    pub(crate) fn table(&self, table: &'static Table) -> bool {
        let ruled = || {
            let is = |row, what| table == row && self.rules.look_at(what);
            is(Operations::schema(), What::Ended) || is(Points::schema(), What::Value)
        };
        // A message that a rule fits is shown by its event, whichever it is.
        let shown = self.events || !self.rules.is_empty();
        (self.anomalies && table == Anomalies::schema()) || (shown && self.eve.wants(table)) || ruled()
    }
}

/// What is told of an event, or of a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    /// Something that fits a rule.
    Subject(Subject),
    /// An anomaly of this kind.
    Anomaly(u8),
}

/// Events that stand for one row: which of them, and the how many of its table in this call, from 0.
type Own = (&'static str, usize);

const OPERATIONS: &str = "operations";
const ANOMALY: &str = "anomaly";

#[derive(Debug)]
struct Note {
    message: Option<u64>,
    /// The event that shows it; the first of its message if none does.
    own: Option<Own>,
    told: Told,
}

/// What one call of a parser finds; the buffers stay for the next one.
#[derive(Debug, Default)]
pub(crate) struct Found {
    rows: Rows,
    notes: Vec<Note>,
    /// The last message that fits a rule by what it asks.
    fits: Option<u64>,
    operations: usize,
    anomalies: usize,
}

/// Takes rows, as far as an output or a rule wants them.
pub(crate) struct Collect<'a> {
    pub(crate) found: &'a mut Found,
    pub(crate) wants: Wants<'a>,
}

impl Collect<'_> {
    /// Keeps a row. Returns whether it is kept.
    fn keep(&mut self, envelope: &Envelope, row: &dyn Row) -> bool {
        let wanted = self.wants.eve.wants(row.table());
        if wanted {
            self.wants.eve.push(envelope, row, &mut self.found.rows);
        }
        wanted
    }
    fn note(&mut self, message: Option<u64>, own: Option<Own>, told: Told) {
        self.found.notes.push(Note { message, own, told });
    }
    fn is_of_fitting_message(&self, envelope: &Envelope) -> bool {
        self.found.fits.is_some() && self.found.fits == envelope.message
    }
}

impl Sink for Collect<'_> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        let all = self.wants.keeps_all();
        if table == Anomalies::schema() {
            let kept = (all || self.wants.anomalies) && self.keep(envelope, row);
            let own = kept.then_some((ANOMALY, self.found.anomalies));
            self.found.anomalies += usize::from(kept);
            let kind = row.field(const { column_place(Anomalies::COLUMNS, "kind") });
            if let (true, Field::Code { value, .. }) = (self.wants.anomalies, kind) {
                self.note(envelope.message, own, Told::Anomaly(value as u8));
            }
        } else if table == Operations::schema() {
            let ended = self.wants.rules.look_at(What::Ended).then(|| Subject::ended(envelope, row));
            let ended = ended.filter(|ended| self.wants.rules.fit(ended));
            let kept = (all || ended.is_some()) && self.keep(envelope, row);
            let own = kept.then_some((OPERATIONS, self.found.operations));
            self.found.operations += usize::from(kept);
            if let Some(ended) = ended {
                self.note(envelope.message, own, Told::Subject(ended));
            }
        } else {
            if all || self.is_of_fitting_message(envelope) {
                self.keep(envelope, row);
            }
            if table == Points::schema() && self.wants.rules.look_at(What::Value) {
                self.note(envelope.message, None, Told::Subject(Subject::value(envelope, row)));
            }
        }
        Verdict::GoOn
    }
    fn asked(&mut self, envelope: &Envelope, request: &Request<'_>) {
        let rules = self.wants.rules;
        let (asks, values) = (rules.look_at(What::Request), rules.look_at(What::Value));
        if !asks && !values {
            return;
        }
        let subject = Subject::request(envelope, request);
        let fits = asks && rules.fit(&subject);
        if fits {
            self.found.fits = envelope.message;
        }
        // What a message asks is told to its values.
        if fits || values {
            self.note(envelope.message, None, Told::Subject(subject));
        }
    }
    fn wants(&self, table: &'static Table) -> bool {
        self.wants.table(table)
    }
}

/// Takes out of `notes` what is told at these places.
fn taken(notes: &mut [Option<Note>], places: Option<Vec<usize>>, told: &mut Vec<Told>) {
    for place in places.into_iter().flatten() {
        told.extend(notes.get_mut(place).and_then(Option::take).map(|note| note.told));
    }
}

impl Found {
    /// Drops what fits no rule.
    fn settle(&mut self, rules: &Rules) {
        if !rules.look_at(What::Value) {
            return;
        }
        join(self.notes.iter_mut().filter_map(|note| match &mut note.told {
            Told::Subject(subject) => Some(subject),
            Told::Anomaly(_) => None,
        }));
        self.notes.retain(|note| match &note.told {
            Told::Subject(subject) => rules.fit(subject),
            Told::Anomaly(_) => true,
        });
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.notes.is_empty()
    }

    /// Hands out each event with what is told of it, then what has no event; events that nobody wants are left out.
    pub(crate) fn drain(
        &mut self,
        bodies: &mut Bodies,
        wants: &Wants<'_>,
        mut each: impl FnMut(Option<&Body<'_>>, Vec<Told>),
    ) {
        self.settle(wants.rules);
        (self.fits, self.operations, self.anomalies) = (None, 0, 0);
        let (mut owned, mut told_of) = (HashMap::<Own, Vec<usize>>::new(), HashMap::<u64, Vec<usize>>::new());
        let mut notes: Vec<Option<Note>> = self.notes.drain(..).map(Some).collect();
        for (place, note) in notes.iter().enumerate() {
            match note.as_ref().map(|note| (note.own, note.message)) {
                Some((Some(own), _)) => owned.entry(own).or_default().push(place),
                Some((None, Some(message))) => told_of.entry(message).or_default().push(place),
                _ => {}
            }
        }
        if notes.is_empty() && !wants.events && !wants.pairs {
            return self.rows.clear();
        }
        let (mut operations, mut anomalies) = (0.., 0..);
        if !self.rows.is_empty() {
            bodies.take(&mut self.rows, |body| {
                let own = match body.event {
                    OPERATIONS => operations.next(),
                    ANOMALY => anomalies.next(),
                    _ => None,
                };
                let mut told = Vec::new();
                if !notes.is_empty() {
                    taken(&mut notes, own.and_then(|count| owned.remove(&(body.event, count))), &mut told);
                    let message = body.envelope.message;
                    taken(&mut notes, message.and_then(|message| told_of.remove(&message)), &mut told);
                }
                if wants.events || !told.is_empty() {
                    each(Some(&body), told);
                }
            });
        }
        let mut left = notes.into_iter().flatten().peekable();
        while let Some(first) = left.next() {
            let (message, mut told) = (first.message, vec![first.told]);
            while let Some(next) = left.next_if(|next| message.is_some() && next.message == message) {
                told.push(next.told);
            }
            each(None, told);
        }
    }
}
