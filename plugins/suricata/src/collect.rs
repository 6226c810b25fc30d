//! What one call of a parser finds, and which events and conditions of rules it is told by.
use crate::{
    rules::Rules,
    subject::{Subject, What, join},
};
use fieldtap::{
    common::{Anomalies, Operations, Points, Request, TABLES},
    record::{Direction, Envelope, Field, Record, Row, Sink, Table, Verdict, column_place},
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
    /// The protocol carries others.
    pub(crate) carries: bool,
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
    /// Whether rows of a message are kept although nobody may want them in the end: what it asks, and which values it has,
    /// is known only behind its first rows.
    fn keeps(&self, direction: Option<Direction>) -> bool {
        let may_ask = match direction {
            Some(Direction::RESPONSE) => false,
            // Nobody asks for the end of a session that others speak in, and yet it is one.
            Some(Direction::UNSOLICITED) => self.carries,
            _ => true,
        };
        self.events
            || (self.rules.look_at(What::Request) && may_ask)
            || self.rules.look_at(What::Value)
            || (self.pairs && !self.rules.is_empty())
    }
    /// Whether rows of this table are wanted.
    pub(crate) fn table(&self, table: &'static Table) -> bool {
        let ruled = || {
            let is = |row, what| table == row && self.rules.look_at(what);
            is(Operations::schema(), What::Ended) || is(Points::schema(), What::Value)
        };
        // A message that a rule fits is shown by its event.
        let shown = || self.events || (!self.rules.is_empty() && !TABLES.iter().any(|of| of() == table));
        (self.anomalies && table == Anomalies::schema()) || (self.eve.wants(table) && shown()) || ruled()
    }
}

/// What is told of an event, or of a message.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "few are kept, and each only until its transaction is made")]
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
    operations: usize,
    anomalies: usize,
}

/// Takes rows, as far as an output or a rule wants them.
pub(crate) struct Collect<'a> {
    pub(crate) found: &'a mut Found,
    pub(crate) wants: Wants<'a>,
}

impl Collect<'_> {
    /// Keeps a row, if it is shown. Returns whether it is.
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
}

impl Sink for Collect<'_> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        if table == Anomalies::schema() {
            let kept = self.wants.anomalies && self.keep(envelope, row);
            let own = kept.then_some((ANOMALY, self.found.anomalies));
            self.found.anomalies += usize::from(kept);
            let kind = row.field(const { column_place(Anomalies::COLUMNS, "kind") });
            if let (true, Field::Code { value, .. }) = (self.wants.anomalies, kind) {
                self.note(envelope.message, own, Told::Anomaly(value as u8));
            }
        } else if table == Operations::schema() {
            let ended = self.wants.rules.look_at(What::Ended).then(|| Subject::ended(envelope, row));
            let ended = ended.filter(|ended| self.wants.rules.fit(ended));
            let kept = (self.wants.events || ended.is_some()) && self.keep(envelope, row);
            let own = kept.then_some((OPERATIONS, self.found.operations));
            self.found.operations += usize::from(kept);
            if let Some(ended) = ended {
                self.note(envelope.message, own, Told::Subject(ended));
            }
        } else {
            if table == Points::schema() {
                if self.wants.events {
                    self.keep(envelope, row);
                }
                if self.wants.rules.look_at(What::Value) {
                    self.note(envelope.message, None, Told::Subject(Subject::value(envelope, row)));
                }
            } else if self.wants.keeps(envelope.direction) {
                // Rows of a table that nobody wants do not come.
                self.wants.eve.push(envelope, row, &mut self.found.rows);
            }
        }
        Verdict::GoOn
    }
    fn asked(&mut self, envelope: &Envelope, request: &Request<'_>) {
        let rules = self.wants.rules;
        let values = rules.look_at(What::Value);
        if !values && !rules.look_at(What::Request) {
            return;
        }
        let subject = Subject::request(envelope, request);
        // What a message asks is told to its values.
        if values || rules.fit(&subject) {
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
        (self.operations, self.anomalies) = (0, 0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Key, Rule, parse};
    use fieldtap::{Config, Mark, Session, protocol::Toward, protocols};
    use std::sync::Arc;

    /// IEC 60870-5-104: a single command (C_SC_NA_1, common address 3, object 100), activated and confirmed; then a value
    /// (M_SP_NA_1, object 7), and an octet that begins no message.
    const COMMAND: [u8; 16] = [0x68, 14, 0, 0, 0, 0, 45, 1, 6, 0, 3, 0, 100, 0, 0, 1];
    const CONFIRMED: [u8; 16] = [0x68, 14, 0, 0, 2, 0, 45, 1, 7, 0, 3, 0, 100, 0, 0, 1];
    const VALUE: [u8; 16] = [0x68, 14, 2, 0, 2, 0, 1, 1, 3, 0, 3, 0, 7, 0, 0, 1];

    fn rules(all: &[&[(Key, &str)]]) -> Rules {
        let rule = |conditions: &&[(Key, &str)]| {
            let rule = Rule::default();
            for (key, text) in *conditions {
                rule.add(*key, parse(*key, text).unwrap()).unwrap();
            }
            Arc::new(rule)
        };
        Rules::new(all.iter().map(rule).collect())
    }

    /// What is made of these octets, all in one call: type and object of each event, and what is told of it.
    fn drained(
        rules: &Rules,
        events: bool,
        anomalies: bool,
        octets: &[(Toward, &[u8])],
    ) -> Vec<(String, Vec<Told>)> {
        let eve = Eve::new(Arc::new(|_| true));
        let wants = Wants { eve: &eve, events, anomalies, rules, pairs: false, carries: false };
        let (mut found, mut bodies) = (Found::default(), eve.bodies());
        let config = Config { every_message: true, ..Config::default() };
        let mut session = Session::new(protocols::named("iec104").unwrap(), config);
        let mut sink = Collect { found: &mut found, wants };
        for (frame, (toward, octets)) in (1..).zip(octets) {
            session.feed(*toward, Mark { file: 0, frame, ts: 0 }, octets, &mut sink);
        }
        let mut all = Vec::new();
        found.drain(&mut bodies, &wants, |body, told| {
            let shown = |body: &Body<'_>| format!("{} {}", body.event, String::from_utf8_lossy(body.members));
            all.push((body.map(shown).unwrap_or_default(), told));
        });
        assert!(found.is_empty());
        all
    }

    const DIALOGUE: [(Toward, &[u8]); 3] =
        [(Toward::Server, &COMMAND), (Toward::Client, &CONFIRMED), (Toward::Client, &VALUE)];

    #[test]
    fn an_output_gets_all_events_and_a_rule_what_fits_it() {
        let control = rules(&[&[(Key::Operation, "control")]]);
        let none = drained(&Rules::default(), false, false, &DIALOGUE);
        assert_eq!(none, []);
        let all = drained(&Rules::default(), true, true, &DIALOGUE);
        let messages = all.iter().filter(|(event, _)| event.starts_with("iec104 "));
        assert_eq!(messages.count(), 3);
        assert!(all.iter().all(|(_, told)| told.is_empty()));

        let ruled = drained(&control, false, false, &DIALOGUE);
        let [(event, told)] = &ruled[..] else { panic!("{ruled:?}") };
        assert!(event.starts_with("iec104 ") && event.contains("\"cause\":6"), "{event}");
        assert!(matches!(&told[..], [Told::Subject(subject)] if subject.what == What::Request), "{told:?}");

        let both = drained(&control, true, false, &DIALOGUE);
        assert_eq!(both.len(), all.len());
        assert_eq!(both.iter().filter(|(_, told)| !told.is_empty()).count(), 1);
    }

    /// A deactivation (cause of transmission 8) of a command that was not seen.
    #[test]
    fn a_cancel_is_a_request_although_its_command_was_not_seen() {
        let mut cancel = COMMAND;
        cancel[8] = 8;
        let control = rules(&[&[(Key::Operation, "control"), (Key::Point, "100")]]);
        let all = drained(&control, false, false, &[(Toward::Server, &cancel)]);
        let [(event, told)] = &all[..] else { panic!("{all:?}") };
        assert!(event.starts_with("iec104 ") && event.contains("\"cause\":8"), "{event}");
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn an_operation_that_has_ended_is_told_of_its_own_event() {
        let confirmed = rules(&[&[(Key::Status, "accepted,success"), (Key::Device, "3")]]);
        for events in [false, true] {
            let all = drained(&confirmed, events, false, &DIALOGUE);
            let told: Vec<_> = all.iter().filter(|(_, told)| !told.is_empty()).collect();
            assert!(told.iter().all(|(event, _)| event.starts_with("operations ")), "{told:?}");
            // The confirmation is no last word: nothing has ended yet.
            assert_eq!(told.len(), all.iter().filter(|(event, _)| event.starts_with("operations ")).count());
        }
    }

    #[test]
    fn a_value_is_told_of_the_event_of_its_message() {
        let high = rules(&[&[(Key::Value, ">0"), (Key::Point, "7")]]);
        let all = drained(&high, false, false, &DIALOGUE);
        let [(event, told)] = &all[..] else { panic!("{all:?}") };
        assert!(event.starts_with("iec104 ") && event.contains("\"cause\":3"), "{event}");
        assert!(matches!(&told[..], [Told::Subject(subject)] if subject.value == Some(1.0)), "{told:?}");
        let low = rules(&[&[(Key::Value, "<0")]]);
        assert_eq!(drained(&low, false, false, &DIALOGUE), []);
        let commanded = rules(&[&[(Key::Value, "1"), (Key::Operation, "control")]]);
        assert_eq!(drained(&commanded, false, false, &DIALOGUE).len(), 1);
    }

    #[test]
    fn an_anomaly_is_told_of_its_own_event() {
        // One octet, then a value again.
        let garbage: [(Toward, &[u8]); 2] = [(Toward::Client, &[0xff; 9]), (Toward::Client, &VALUE)];
        let all = drained(&Rules::default(), false, true, &[garbage[0], garbage[1], garbage[1]]);
        let told: Vec<_> = all.iter().filter(|(_, told)| !told.is_empty()).collect();
        assert!(!told.is_empty());
        for (event, told) in told {
            assert!(
                event.starts_with("anomaly ") && matches!(&told[..], [Told::Anomaly(_)]),
                "{event} {told:?}"
            );
        }
    }
}
