//! What tests beside the code share: a sink that keeps rows as text, and conversations step by step.
use crate::{
    Config, Mark, Session, Tally,
    protocol::{Protocol, Toward},
    record::{Envelope, Field, List, Row, Sink, Verdict},
};

/// Toward the server.
pub(crate) const ASK: Toward = Toward::Server;
/// Toward the client.
pub(crate) const TELL: Toward = Toward::Client;

/// One row as text: its table, then every field that is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) table: &'static str,
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Told {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }
}

/// Rows without file, frame, time and message: what may differ between two ways to cut the same stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows(pub(crate) Vec<Told>);

/// Whether a column tells when something was, or in which message.
fn is_moment(table: &str, column: &str) -> bool {
    let of_operation =
        ["requested", "selected", "executed", "accepted", "returned", "cancelled", "completed", "latency"];
    column.ends_with("_message") || (table == "operations" && of_operation.contains(&column))
}

fn text(field: Field<'_>) -> String {
    match field {
        Field::Code { name: Some(name), .. } => name.to_owned(),
        Field::Code { value, .. } => value.to_string(),
        Field::Symbol(word) => word.to_owned(),
        Field::Bytes(octets) => octets.iter().map(|octet| format!("{octet:02x}")).collect(),
        Field::Unsigned(value) => value.to_string(),
        Field::Signed(value) => value.to_string(),
        Field::Bool(value) => value.to_string(),
        Field::F64(value) => value.to_string(),
        Field::Text(text) => text.to_string(),
        Field::List(list @ List::Bits(_)) => {
            list.iter().map(|bit| if bit == Field::Bool(true) { '1' } else { '0' }).collect()
        }
        Field::List(list) => list.iter().map(|value| text(value) + ",").collect(),
        other => format!("{other:?}"),
    }
}

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let direction = envelope.direction.and_then(|direction| direction.name());
        let mut fields = vec![("direction", format!("{direction:?}"))];
        let table = row.table();
        for (index, column) in table.columns.iter().enumerate() {
            match row.field(index) {
                Field::Null => {}
                _ if is_moment(table.name, column.name) => {}
                field => fields.push((column.name, text(field))),
            }
        }
        self.0.push(Told { table: table.name, fields });
        Verdict::GoOn
    }
}

impl Rows {
    pub(crate) fn of(&self, table: &str) -> Vec<&Told> {
        self.0.iter().filter(|row| row.table == table).collect()
    }
    /// A field of each row of a table.
    pub(crate) fn all<'a>(&'a self, table: &str, field: &str) -> Vec<Option<&'a str>> {
        self.of(table).iter().map(|row| row.get(field)).collect()
    }
    pub(crate) fn reasons(&self) -> Vec<&str> {
        self.of("anomalies").iter().filter_map(|row| row.get("reason")).collect()
    }
    pub(crate) fn outcomes(&self) -> Vec<&str> {
        self.of("operations").iter().filter_map(|row| row.get("outcome")).collect()
    }
}

/// A conversation under test: each step is a frame of its own, a millisecond behind the one before.
pub(crate) struct Talk {
    pub(crate) session: Session,
    pub(crate) rows: Rows,
    pub(crate) mark: Mark,
}

impl Talk {
    pub(crate) fn new(protocol: &'static Protocol, config: Config) -> Self {
        Self { session: Session::new(protocol, config), rows: Rows::default(), mark: Mark::default() }
    }
    pub(crate) fn feed(&mut self, toward: Toward, octets: &[u8]) -> &mut Self {
        self.mark.frame += 1;
        self.mark.ts += 1_000_000;
        self.session.feed(toward, self.mark, octets, &mut self.rows);
        self
    }
    pub(crate) fn end(&mut self) -> Rows {
        self.session.finish(self.mark, &mut self.rows);
        core::mem::take(&mut self.rows)
    }
}

/// All steps of a conversation, and what became of the octets toward the server and toward the client.
pub(crate) fn talk<B: AsRef<[u8]>>(
    protocol: &'static Protocol,
    config: Config,
    steps: &[(Toward, B)],
) -> (Rows, [Tally; 2]) {
    let mut talk = Talk::new(protocol, config);
    for (toward, octets) in steps {
        talk.feed(*toward, octets.as_ref());
    }
    let rows = talk.end();
    (rows, [talk.session.tally(ASK), talk.session.tally(TELL)])
}

/// The rows where each step comes in pieces of so many octets, all at its time: which request an answer fits is told by the time
/// between requests, too.
pub(crate) fn talk_in_pieces<B: AsRef<[u8]>>(
    protocol: &'static Protocol,
    config: Config,
    steps: &[(Toward, B)],
    cut: usize,
) -> Rows {
    let mut talk = Talk::new(protocol, config);
    for (toward, octets) in steps {
        let before = talk.mark.ts;
        for piece in octets.as_ref().chunks(cut) {
            talk.mark.ts = before;
            talk.feed(*toward, piece);
        }
    }
    talk.end()
}

/// Octets from hex; blanks are passed over.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|digit| !digit.is_whitespace()).collect();
    let octet = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("hex");
    digits.chunks(2).map(octet).collect()
}
