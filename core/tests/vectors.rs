//! The cases in each protocol's `vectors.md`: the octets are fed through a session, and the rows must be those written there.
use fieldtap::{
    Config, Mark, Session,
    protocol::Protocol,
    protocols::PROTOCOLS,
    record::{ColumnInfo, Envelope, Field, Kind, Record, Row, Sink, Verdict},
    vectors::{Case, Step, parse},
};
use serde_json::{Map, Value, json};

/// Collects rows as JSON.
#[derive(Default)]
struct Rows(Vec<Map<String, Value>>);

impl Sink for Rows {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        if row.table().name == "conversations" {
            return Verdict::GoOn;
        }
        let mut object = Map::new();
        object.insert("record".into(), row.table().name.into());
        for (columns, row) in [(Envelope::schema().columns, envelope as &dyn Row), (row.table().columns, row)]
        {
            for (index, column) in columns.iter().enumerate() {
                insert(&mut object, column, row.field(index));
            }
        }
        self.0.push(object);
        Verdict::GoOn
    }
}

fn insert(object: &mut Map<String, Value>, column: &ColumnInfo, field: Field<'_>) {
    if let Kind::Code { .. } = column.kind {
        let name = if let Field::Code { name, .. } = field { name } else { None };
        object.insert(format!("{}_name", column.name), name.into());
    }
    object.insert(column.name.into(), value(field));
}

fn value(field: Field<'_>) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => value.into(),
        Field::Unsigned(value) => value.into(),
        Field::Signed(value) | Field::Instant(value) | Field::WallClock(value) | Field::Duration(value) => {
            value.into()
        }
        Field::F32(value) => json!(value),
        Field::F64(value) => json!(value),
        Field::Text(value) => value.to_string().into(),
        Field::Bytes(value) => value.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into(),
        Field::Symbol(value) => value.into(),
        Field::Mac(value) => json!(value.0),
        Field::Ip(value) => value.to_string().into(),
        Field::Code { value, .. } => value.into(),
        Field::List(list) => list.iter().map(value).collect(),
    }
}

fn check(
    protocol: &Protocol,
    case: &Case,
    want: &[String],
    have: &[Map<String, Value>],
) -> Result<(), String> {
    let place = format!("{}, {}", protocol.name, case.name);
    for (index, want) in want.iter().enumerate() {
        let want: Map<String, Value> = serde_json::from_str(want)
            .map_err(|error| format!("{place}: row {index} is no JSON object: {error}"))?;
        let Some(have) = have.get(index) else {
            return Err(format!("{place}: row {index} is missing: {want:?}"));
        };
        for (key, value) in &want {
            if have.get(key) != Some(value) {
                let shown = serde_json::to_string(have).unwrap_or_default();
                return Err(format!(
                    "{place}: row {index}: {key} is {:?}, not {value}\n{shown}",
                    have.get(key)
                ));
            }
        }
    }
    match have.get(want.len()) {
        Some(more) => {
            Err(format!("{place}: a row too many: {}", serde_json::to_string(more).unwrap_or_default()))
        }
        None => Ok(()),
    }
}

fn run(protocol: &'static Protocol, case: &Case) -> Result<(), String> {
    let mut session = Session::new(protocol, Config::default());
    let (mut rows, mut mark) = (Rows::default(), Mark { file: 0, frame: 0, ts: 0 });
    let last = case.steps.iter().rposition(|step| matches!(step, Step::Rows(_)));
    for (index, step) in case.steps.iter().enumerate() {
        match step {
            Step::Segment(toward, octets) => {
                (mark.frame, mark.ts) = (mark.frame + 1, mark.ts + 1_000_000);
                if protocol.over(true) {
                    session.feed(*toward, mark, octets, &mut rows);
                } else {
                    // What no stream carries comes whole, and is never handed over in pieces.
                    session.datagram(*toward, mark, octets, &mut rows);
                }
            }
            Step::Rows(want) => {
                if Some(index) == last {
                    session.finish(mark, &mut rows);
                }
                check(protocol, case, want, &std::mem::take(&mut rows).0)?;
            }
        }
    }
    if last.is_none() { Err(format!("{}, {}: no rows are stated", protocol.name, case.name)) } else { Ok(()) }
}

#[test]
fn every_case_gives_the_rows_that_are_written_there() {
    let mut wrong = Vec::new();
    for protocol in PROTOCOLS {
        let cases = parse(protocol.vectors).unwrap_or_else(|error| panic!("{}: {error}", protocol.name));
        assert!(!cases.is_empty(), "{} has no cases", protocol.name);
        wrong.extend(cases.iter().filter_map(|case| run(protocol, case).err()));
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The test above can fail: with the table of any one row changed, its case differs.
#[test]
fn a_value_that_is_not_written_there_is_noticed() {
    for protocol in PROTOCOLS {
        for case in parse(protocol.vectors).unwrap_or_default() {
            let rows = case.steps.iter().enumerate().filter_map(|(index, step)| match step {
                Step::Rows(rows) => Some((index, rows.len())),
                Step::Segment(..) => None,
            });
            for (step, count) in rows.collect::<Vec<_>>() {
                for place in 0..count {
                    let mut changed = case.clone();
                    if let Some(Step::Rows(rows)) = changed.steps.get_mut(step) {
                        rows[place] = "{\"record\": \"other\"}".into();
                    }
                    assert!(run(protocol, &changed).is_err(), "{}, {}", protocol.name, case.name);
                }
            }
        }
    }
}
