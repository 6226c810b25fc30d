//! Filters: which rows are wanted, by what stands in their columns and by time.
use crate::{Collector, Error, Merged, Output, names::mac};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use core::{cmp::Ordering, net::IpAddr, ops::Range};
use fieldtap::record::{Beginning, ColumnInfo, Envelope, Field, Instant, Kind, Mac, Row, Table};
use std::sync::Arc;

/// How the value of a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`, `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`: equal to one of several.
    In,
    /// `not in`: equal to none of several.
    NotIn,
}

/// Comparisons as they are written; of two that begin alike, the longer first.
const WRITTEN: [(&str, Comparison); 9] = [
    ("==", Comparison::Equal),
    ("=", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    ("<", Comparison::Less),
    (">=", Comparison::GreaterOrEqual),
    (">", Comparison::Greater),
    ("not in", Comparison::NotIn),
    ("in", Comparison::In),
];

impl Comparison {
    fn is_of_order(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }

    /// The comparison that is written so.
    ///
    /// # Errors
    ///
    /// Which there are, if there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        WRITTEN.iter().find(|(written, _)| *written == name).map(|(_, comparison)| *comparison).ok_or_else(
            || {
                let known: Vec<_> = WRITTEN.iter().map(|(written, _)| *written).collect();
                format!("no comparison is written {name:?}; there are {}", known.join(", "))
            },
        )
    }
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// True or false.
    Truth(bool),
    /// An integer; of times and durations, nanoseconds.
    Integer(i128),
    /// A real number.
    Real(f64),
    /// Text: also a number, a time, an address, a name of a code, as the column has it.
    Text(String),
}

/// One condition: what a column must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Name of the column, as in Arrow: of a code, its number or, with `_name` behind it, its name.
    pub column: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: one value, or for `in` and `not in` any number.
    pub values: Vec<Literal>,
}

impl Condition {
    /// Reads `COLUMN COMPARISON VALUE`, where several values are separated by commas.
    ///
    /// # Errors
    ///
    /// [`Error::Filter`] if it is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (column, rest) = text.split_at(end);
        let rest = rest.trim_start();
        let wrong = || Error::Filter {
            column: text.into(),
            reason: "COLUMN COMPARISON VALUE is expected, such as \"operation = write\"".into(),
        };
        let word = |written: &str| written.ends_with(char::is_alphabetic);
        let found = WRITTEN.iter().find_map(|(written, comparison)| {
            let values = rest.strip_prefix(written)?;
            (!word(written) || values.starts_with(char::is_whitespace))
                .then_some((*comparison, values.trim()))
        });
        let (comparison, values) = found.filter(|_| !column.is_empty()).ok_or_else(wrong)?;
        let values: Vec<&str> = match comparison {
            Comparison::In | Comparison::NotIn => values.split(',').map(str::trim).collect(),
            _ => vec![values],
        };
        let values = values.into_iter().map(|value| Literal::Text(value.into())).collect();
        Ok(Self { column: column.into(), comparison, values })
    }
}

/// A moment: an ISO 8601 date, or a date and time of day, in UTC where no zone is given. Nanoseconds since 1970-01-01 UTC.
///
/// # Errors
///
/// What is wrong with it.
pub fn moment(text: &str) -> Result<i64, String> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|time| time.naive_utc());
    let plain = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0));
    let found = zoned
        .or_else(|| plain("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| plain("%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|| plain("%Y-%m-%dT%H:%M"))
        .or_else(|| plain("%Y-%m-%d %H:%M"))
        .or_else(date);
    let found = found.ok_or_else(|| {
        format!(
            "{text:?} is no moment; it is written as in 2026-03-02T08:00:00Z, 2026-03-02 08:00 or 2026-03-02"
        )
    })?;
    found.and_utc().timestamp_nanos_opt().ok_or_else(|| {
        format!("{text:?} is out of range: moments are from 1677-09-21T00:12:44Z to 2262-04-11T23:47:16Z")
    })
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Conditions of which all hold, in groups of which one does; no group at all asks for nothing.
    pub any: Vec<Vec<Condition>>,
    /// Rows from this moment on, nanoseconds since 1970-01-01 UTC. A row that tells of a span of time (it has `first` and
    /// `last`) is wanted if some of the span is.
    pub from: Option<i64>,
    /// Rows before this moment.
    pub to: Option<i64>,
}

/// A value to compare with, of the kind that the column has.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Truth(bool),
    Integer(i128),
    Real(f64),
    Word(String),
    /// Text, as it is or as it is shown: with `\xNN` for octets that are no text, and `\\`.
    Text {
        raw: String,
        shown: Option<Vec<u8>>,
    },
    Octets(Vec<u8>),
    Mac(Mac),
    Ip(IpAddr),
}

/// A condition on the rows of one table.
#[derive(Clone, Debug)]
struct Test {
    /// Place among the columns of the envelope, or of the table.
    envelope: bool,
    column: usize,
    /// Of a code, its name.
    named: bool,
    comparison: Comparison,
    values: Vec<Value>,
}

/// What is asked of the rows of one table.
#[derive(Clone, Debug)]
struct Asked {
    table: &'static Table,
    any: Vec<Vec<Test>>,
    /// Places of `first` and `last`, where rows tell of a span.
    span: Option<(usize, usize)>,
}

/// A filter that knows the tables.
#[derive(Clone, Debug)]
pub struct Prepared {
    tables: Vec<Asked>,
    from: Option<i64>,
    to: Option<i64>,
    /// Whether conditions are asked of every row.
    conditions: bool,
}

impl Filter {
    /// Whether every row is wanted.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.from.is_none() && self.to.is_none()
    }

    /// Finds the columns in these tables. A column that a table does not have is null there, and of what is null no condition
    /// holds.
    ///
    /// # Errors
    ///
    /// [`Error::Filter`] if none of the tables has a column, or a value cannot be compared with it in any. A value that can be in
    /// others is equal to nothing in a table where it cannot.
    pub fn prepare(&self, tables: &[&'static Table]) -> Result<Prepared, Error> {
        if self.from.zip(self.to).is_some_and(|(from, to)| from >= to) {
            let reason = "no row lies between: the beginning of the time is not before its end".into();
            return Err(Error::Filter { column: "ts".into(), reason });
        }
        let mut prepared = Vec::new();
        for table in tables {
            let all = |conditions: &Vec<Condition>| -> Option<Vec<Test>> {
                conditions.iter().map(|condition| condition.test(table).and_then(Result::ok)).collect()
            };
            let place = |name| {
                let found = table.columns.iter().position(|column| column.name == name);
                found.filter(|place| table.columns.get(*place).is_some_and(|of| of.kind == Kind::Instant))
            };
            let span = place("first").zip(place("last"));
            prepared.push(Asked { table, any: self.any.iter().filter_map(all).collect(), span });
        }
        for condition in self.any.iter().flatten() {
            // The first reason: the common language comes first among the tables.
            let mut reason = None;
            let mut tests = tables.iter().filter_map(|table| condition.test(table));
            let fits = tests.any(|test| {
                test.map_err(|why| {
                    reason.get_or_insert(why);
                })
                .is_ok()
            });
            let none = || "no table that is asked for has this column".to_owned();
            let refused = |reason| Error::Filter { column: condition.column.clone(), reason };
            if !fits {
                return Err(refused(reason.unwrap_or_else(none)));
            }
            for literal in &condition.values {
                let mut known = tables.iter().filter_map(|table| condition.place(table));
                let first = known.next().map(|place| value(place.kind, place.named, literal));
                if let Some(Err(why)) = first
                    && !known.any(|place| value(place.kind, place.named, literal).is_ok())
                {
                    return Err(refused(why));
                }
            }
        }
        Ok(Prepared { tables: prepared, from: self.from, to: self.to, conditions: !self.any.is_empty() })
    }
}

/// Where the column of a condition is.
struct Place {
    /// Of the envelope, not the table.
    envelope: bool,
    column: usize,
    kind: Kind,
    /// Of a code, whether its name is meant.
    named: bool,
}

impl Condition {
    /// Where its column is in this table or the envelope.
    fn place(&self, table: &Table) -> Option<Place> {
        let find = |columns: &'static [ColumnInfo]| {
            columns.iter().enumerate().find_map(|(place, column)| {
                if column.name == self.column {
                    return Some((place, column, false));
                }
                let of_code = matches!(column.kind, Kind::Code { .. })
                    && self.column.strip_suffix("_name") == Some(column.name);
                of_code.then_some((place, column, true))
            })
        };
        let own = find(table.columns).map(|found| (found, false));
        let ((column, info, named), envelope) =
            own.or_else(|| find(Envelope::COLUMNS).map(|found| (found, true)))?;
        Some(Place { envelope, column, kind: info.kind, named })
    }

    /// As a test of this table's rows; `None` where it has no such column.
    fn test(&self, table: &Table) -> Option<Result<Test, String>> {
        let Place { envelope, column, kind, named } = self.place(table)?;
        let several = matches!(self.comparison, Comparison::In | Comparison::NotIn);
        if !several && self.values.len() != 1 {
            return Some(Err(format!("one value is expected, not {}", self.values.len())));
        }
        let comparison = self.comparison;
        let (mut values, mut misfit) = (Vec::new(), None);
        for literal in &self.values {
            match value(kind, named, literal) {
                Ok(value) => values.push(value),
                Err(why) => misfit = misfit.or(Some(why)),
            }
        }
        let is_name = |value: &Value| matches!((kind, value), (Kind::Code { .. }, Value::Word(_)));
        if comparison.is_of_order() && values.iter().any(is_name) {
            return Some(Err("names of codes have no order; numbers do".into()));
        }
        // What cannot be compared equals nothing; of what has an order, and of lists, it leaves nothing to say.
        let is_other = matches!(comparison, Comparison::NotEqual | Comparison::NotIn);
        let says =
            !comparison.is_of_order() && !matches!(kind, Kind::List(_)) && (is_other || !values.is_empty());
        match misfit.filter(|_| !says) {
            Some(why) => Some(Err(why)),
            None => Some(Ok(Test { envelope, column, named, comparison, values })),
        }
    }
}

/// A literal as a value of a column of this kind; `named`: of a code, its name.
fn value(kind: Kind, named: bool, literal: &Literal) -> Result<Value, String> {
    let wrong = |what: &str| {
        let shown = match literal {
            Literal::Truth(truth) => truth.to_string(),
            Literal::Integer(integer) => integer.to_string(),
            Literal::Real(real) => real.to_string(),
            Literal::Text(text) => format!("{text:?}"),
        };
        format!("{shown} is no {what}")
    };
    match (kind, literal) {
        (Kind::Code { names, .. }, Literal::Text(text)) => {
            if names.iter().any(|(_, name)| name == text) {
                return Ok(Value::Word(text.clone()));
            }
            if let (Ok(number), false) = (text.parse(), named) {
                return Ok(Value::Integer(number));
            }
            let known: Vec<_> = names.iter().map(|(_, name)| *name).collect();
            Err(format!("no code is named {text:?}; there are {}", known.join(", ")))
        }
        (Kind::Code { .. }, Literal::Integer(number)) if !named => Ok(Value::Integer(*number)),
        (Kind::Code { .. }, _) => Err(wrong(if named { "name of a code" } else { "code" })),
        (Kind::Bool, Literal::Truth(truth)) => Ok(Value::Truth(*truth)),
        (Kind::Bool, Literal::Text(text)) => text.parse().map(Value::Truth).map_err(|_| wrong("truth value")),
        (Kind::Bool, _) => Err(wrong("truth value")),
        (Kind::Symbol, Literal::Text(text)) => Ok(Value::Word(text.clone())),
        (Kind::Text, Literal::Text(text)) => Ok(Value::Text { raw: text.clone(), shown: unescaped(text) }),
        (Kind::Text | Kind::Symbol, _) => Err(wrong("text")),
        (Kind::Instant | Kind::WallClock, Literal::Text(text)) => {
            moment(text).map(|moment| Value::Integer(moment.into()))
        }
        (Kind::Mac, Literal::Text(text)) => mac(text).map(Value::Mac).ok_or_else(|| wrong("MAC address")),
        (Kind::Mac, _) => Err(wrong("MAC address")),
        (Kind::Ip, Literal::Text(text)) => text.parse().map(Value::Ip).map_err(|_| wrong("IP address")),
        (Kind::Ip, _) => Err(wrong("IP address")),
        (Kind::Bytes, Literal::Text(text)) => {
            octets(text).map(Value::Octets).ok_or_else(|| wrong("octets in hexadecimal digits"))
        }
        (Kind::Bytes, _) => Err(wrong("octets in hexadecimal digits")),
        (Kind::List(_), _) => Err("a column of lists cannot be compared".into()),
        (_, Literal::Truth(_)) => Err(wrong("number")),
        (_, Literal::Integer(integer)) => Ok(Value::Integer(*integer)),
        (_, Literal::Real(real)) => Ok(Value::Real(*real)),
        (_, Literal::Text(text)) => match (text.parse(), text.parse()) {
            (Ok(integer), _) => Ok(Value::Integer(integer)),
            (_, Ok(real)) => Ok(Value::Real(real)),
            _ => Err(wrong("number")),
        },
    }
}

/// The octets of a text that is written as [`fieldtap::record::Text`] shows it; nothing, if it is not written so.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('\\');
    let mut octets = parts.next()?.as_bytes().to_vec();
    while let Some(part) = parts.next() {
        let Some(digits) = part.strip_prefix('x') else {
            // Two backslashes are one, and nothing stands between them.
            octets.push(b'\\');
            octets.extend_from_slice(parts.next().filter(|_| part.is_empty())?.as_bytes());
            continue;
        };
        let digits = digits.split_at_checked(2)?;
        octets.push(u8::from_str_radix(digits.0, 16).ok()?);
        octets.extend_from_slice(digits.1.as_bytes());
    }
    Some(octets)
}

fn octets(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = core::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

/// How the value of a row stands to another; nothing where it is null, or not comparable.
fn order(field: Field<'_>, value: &Value) -> Option<Ordering> {
    let integer = match field {
        Field::Unsigned(v) | Field::Code { value: v, .. } => Some(i128::from(v)),
        Field::Signed(v) | Field::Instant(v) | Field::WallClock(v) | Field::Duration(v) => Some(v.into()),
        _ => None,
    };
    match (field, value) {
        (Field::Code { name, .. }, Value::Word(word)) => Some(name?.cmp(word)),
        (Field::Bool(truth), Value::Truth(other)) => Some(truth.cmp(other)),
        (Field::Text(text), Value::Text { raw, shown }) => Some(match shown {
            Some(shown) if text.as_bytes() == shown => Ordering::Equal,
            _ => text.as_bytes().cmp(raw.as_bytes()),
        }),
        (Field::Symbol(own), Value::Word(word)) => Some(own.cmp(word)),
        (Field::Bytes(own), Value::Octets(octets)) => Some(own.cmp(octets)),
        (Field::Mac(own), Value::Mac(mac)) => Some(own.cmp(mac)),
        (Field::Ip(own), Value::Ip(ip)) => Some(own.cmp(ip)),
        // What is single precision is compared as such: 0.1 is 0.1.
        (Field::F32(own), Value::Real(real)) if own.is_nan() && real.is_nan() => Some(Ordering::Equal),
        (Field::F64(own), Value::Real(real)) if own.is_nan() && real.is_nan() => Some(Ordering::Equal),
        (Field::F32(own), Value::Real(real)) => own.partial_cmp(&(*real as f32)),
        (Field::F32(own), Value::Integer(integer)) => own.partial_cmp(&(*integer as f32)),
        (Field::F64(own), Value::Real(real)) => own.partial_cmp(real),
        (Field::F64(own), Value::Integer(integer)) => own.partial_cmp(&(*integer as f64)),
        (_, Value::Integer(other)) => Some(integer?.cmp(other)),
        (_, Value::Real(other)) => (integer? as f64).partial_cmp(other),
        _ => None,
    }
}

impl Test {
    fn holds(&self, envelope: &Envelope, row: &dyn Row) -> bool {
        let field = if self.envelope { envelope.field(self.column) } else { row.field(self.column) };
        // A code that the standard does not name is other than those that it does; its name is null.
        if field == Field::Null || self.named && matches!(field, Field::Code { name: None, .. }) {
            return false;
        }
        let mut orders = self.values.iter().map(|value| order(field, value));
        match self.comparison {
            Comparison::Equal | Comparison::In => orders.any(|order| order == Some(Ordering::Equal)),
            Comparison::NotEqual | Comparison::NotIn => orders.all(|order| order != Some(Ordering::Equal)),
            Comparison::Less => orders.all(|order| order.is_some_and(Ordering::is_lt)),
            Comparison::LessOrEqual => orders.all(|order| order.is_some_and(Ordering::is_le)),
            Comparison::Greater => orders.all(|order| order.is_some_and(Ordering::is_gt)),
            Comparison::GreaterOrEqual => orders.all(|order| order.is_some_and(Ordering::is_ge)),
        }
    }
}

impl Prepared {
    fn asked(&self, table: &'static Table) -> Option<&Asked> {
        self.tables.iter().find(|asked| asked.table == table)
    }
    /// Whether rows of this table may be wanted.
    pub fn wants(&self, table: &'static Table) -> bool {
        !self.conditions || self.asked(table).is_some_and(|asked| !asked.any.is_empty())
    }
    /// Whether this row is wanted.
    pub fn holds(&self, envelope: &Envelope, row: &dyn Row) -> bool {
        let asked = self.asked(row.table());
        let span =
            asked.and_then(|asked| asked.span).map(|(first, last)| (row.field(first), row.field(last)));
        let (first, last) = match span {
            Some((Field::Instant(first), Field::Instant(last))) => (Some(first), Some(last)),
            // A capture without frames stands at no time, so it is kept back by none.
            Some((Field::Null, Field::Null)) => (None, None),
            _ => (Some(envelope.ts.0), Some(envelope.ts.0)),
        };
        let before = self.from.zip(last).is_some_and(|(from, last)| last < from);
        if before || self.to.zip(first).is_some_and(|(to, first)| first >= to) {
            return false;
        }
        let all = |tests: &Vec<Test>| tests.iter().all(|test| test.holds(envelope, row));
        !self.conditions || asked.is_some_and(|asked| asked.any.iter().any(all))
    }
}

/// Collects as another does, but only what a filter lets pass.
pub struct FilteredCollector<C> {
    inner: C,
    filter: Arc<Prepared>,
}

impl<C: Collector> Collector for FilteredCollector<C> {
    type Part = C::Part;

    fn wants(&self, table: &'static Table) -> bool {
        self.filter.wants(table) && self.inner.wants(table)
    }
    fn row(&mut self, envelope: &Envelope, row: &dyn Row, went: impl FnMut(u32)) {
        if self.filter.holds(envelope, row) {
            self.inner.row(envelope, row, went);
        }
    }
    fn alone(&mut self) {
        self.inner.alone();
    }
    fn begins(&mut self, beginning: &Beginning) -> Option<u32> {
        self.inner.begins(beginning)
    }
    fn brought(&mut self, completed: (u32, u64), brought: (u32, u64)) {
        self.inner.brought(completed, brought);
    }
    fn weight(&self) -> usize {
        self.inner.weight()
    }
    fn take(&mut self) -> C::Part {
        self.inner.take()
    }
    fn relieve(&mut self) -> C::Part {
        self.inner.relieve()
    }
}

/// Hands rows to another output, but only those that a filter lets pass.
pub struct Filtered<'a, O> {
    inner: &'a mut O,
    filter: Arc<Prepared>,
}

impl<'a, O: Output> Filtered<'a, O> {
    /// In front of this output.
    pub fn new(inner: &'a mut O, filter: Prepared) -> Self {
        Self { inner, filter: Arc::new(filter) }
    }
}

impl<O: Output> Output for Filtered<'_, O> {
    type Collector = FilteredCollector<O::Collector>;
    const ORDERED: bool = O::ORDERED;
    const STRETCH: usize = O::STRETCH;

    fn collector(&self) -> Self::Collector {
        FilteredCollector { inner: self.inner.collector(), filter: Arc::clone(&self.filter) }
    }
    fn write(
        &mut self,
        part: &<O::Collector as Collector>::Part,
        slot: u32,
        rows: Range<usize>,
    ) -> Result<(), Error> {
        self.inner.write(part, slot, rows)
    }
    fn write_merged(
        &mut self,
        parts: &[<O::Collector as Collector>::Part],
        merged: &[Merged],
    ) -> Result<(), Error> {
        self.inner.write_merged(parts, merged)
    }
    fn write_all(&mut self, part: <O::Collector as Collector>::Part) -> Result<(), Error> {
        self.inner.write_all(part)
    }
    fn flush(&mut self) -> Result<(), Error> {
        self.inner.flush()
    }
    fn finish(&mut self, last: Instant) -> Result<(), Error> {
        self.inner.finish(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldtap::record::Record;

    #[test]
    fn conditions_are_read() {
        let read = |text| Condition::parse(text).map(|c| (c.column, c.comparison, c.values));
        let text = |text: &str| Literal::Text(text.into());
        assert_eq!(
            read("operation = write").unwrap(),
            ("operation".into(), Comparison::Equal, vec![text("write")])
        );
        assert_eq!(read("frame>=5").unwrap(), ("frame".into(), Comparison::GreaterOrEqual, vec![text("5")]));
        let several = ("unit".into(), Comparison::NotIn, vec![text("kV"), text("A")]);
        assert_eq!(read(" unit not in kV, A ").unwrap(), several);
        for wrong in ["", "operation", "= 5", "operation like x", "a inb", "operation ! x"] {
            assert!(read(wrong).unwrap_err().to_string().contains("COLUMN COMPARISON VALUE"), "{wrong}");
        }
    }

    /// What a row shows can be given back as a condition: every text is found by the way in which it is shown, and by itself.
    #[test]
    fn text_is_found_as_it_is_and_as_it_is_shown() {
        use fieldtap::record::Text;
        let texts: [&[u8]; 6] =
            [b"plain", b"V1\xff", b"C:\\plc\\a", b"\\x41", b"tab\there\x00", "\u{202e}\u{e9}".as_bytes()];
        for text in texts {
            let shown = Text(text).to_string();
            assert_eq!(unescaped(&shown).as_deref(), Some(text), "{shown}");
            let found = |given: &str| {
                let value = value(Kind::Text, false, &Literal::Text(given.into())).unwrap();
                order(Field::Text(Text(text)), &value)
            };
            assert_eq!(found(&shown), Some(Ordering::Equal), "{shown}");
            if let Ok(raw) = core::str::from_utf8(text) {
                assert_eq!(found(raw), Some(Ordering::Equal), "{shown}");
            }
            assert_ne!(found("other"), Some(Ordering::Equal));
        }
        for wrong in ["\\", "a\\b", "\\x", "\\x4", "\\xg0", "\\x\u{e9}0"] {
            assert_eq!(unescaped(wrong), None, "{wrong}");
        }
    }

    fieldtap::codes! {
        /// A function.
        pub struct Function(u8) {
            /// Reads.
            READ = 1 => "read",
            /// Writes.
            WRITE = 2 => "write",
        }
    }
    fieldtap::record! {
        /// A row.
        struct Sample in "sample" {
            /// A code.
            function: Function,
            /// A number.
            number: f64,
            /// A number that may be absent.
            other: Option<u32>,
        }
    }

    /// Whether the condition holds of functions 1 and 99, which has no name.
    fn of_functions(condition: &str) -> Result<[bool; 2], Error> {
        let any = vec![vec![Condition::parse(condition)?]];
        let filter = Filter { any, from: None, to: None }.prepare(&[Sample::schema()])?;
        let row = |function| Sample { function: Function(function), number: f64::NAN, other: None };
        Ok([1, 99].map(|function| filter.holds(&Envelope::default(), &row(function))))
    }

    /// A code without a name is none of those that have one; its name is null, of which nothing holds.
    #[test]
    fn a_code_without_a_name_is_other_than_those_that_have_one() {
        for number in ["function != read", "function != 1", "function not in read,write", "function > 1"] {
            assert_eq!(of_functions(number).unwrap(), [false, true], "{number}");
        }
        for name in ["function_name != write", "function_name not in write", "function = read"] {
            assert_eq!(of_functions(name).unwrap(), [true, false], "{name}");
        }
        let refused = of_functions("function > read").unwrap_err().to_string();
        assert!(refused.contains("names of codes have no order"), "{refused}");
    }

    fieldtap::codes! {
        /// A function of another protocol.
        pub struct Action(u8) {
            /// Reads too.
            READ = 1 => "read",
            /// Opens.
            OPEN = 2 => "open",
        }
    }
    fieldtap::record! {
        /// A row of another table.
        struct Another in "another" {
            /// A code of its own.
            function: Action,
            /// Octets, where the other has a number.
            number: &'static [u8],
        }
    }

    /// A table whose codes have other names, or whose column is of another kind, holds none of those that it does not know.
    #[test]
    fn what_a_table_does_not_know_is_other_than_what_it_holds() {
        let holds = |condition: &str| {
            let any = vec![vec![Condition::parse(condition).unwrap()]];
            let tables = [Sample::schema(), Another::schema()];
            let filter = Filter { any, from: None, to: None }.prepare(&tables)?;
            let of_one = |function| Sample { function: Function(function), number: 5.0, other: None };
            let of_other = |function| Another { function: Action(function), number: b"\x05" };
            let at = Envelope::default();
            let one = [1, 2].map(|function| filter.holds(&at, &of_one(function)));
            let other = [1, 2].map(|function| filter.holds(&at, &of_other(function)));
            Ok::<_, Error>([one, other])
        };
        for (condition, held) in [
            ("function = write", [[false, true], [false, false]]),
            ("function != write", [[true, false], [true, true]]),
            ("function in write,open", [[false, true], [false, true]]),
            ("function in read,open", [[true, false], [true, true]]),
            ("function not in write,open", [[true, false], [true, false]]),
            ("function_name != open", [[true, true], [true, false]]),
            ("number != 05.0", [[false, false], [true, true]]),
            ("number < 6", [[true, true], [false, false]]),
        ] {
            assert_eq!(holds(condition).unwrap(), held, "{condition}");
        }
        for unknown in ["function != raed", "function in read,raed", "function not in raed"] {
            assert!(
                holds(unknown).unwrap_err().to_string().contains("no code is named \"raed\""),
                "{unknown}"
            );
        }
    }

    /// IEEE Std 754, 5.11: what is no number is neither less nor greater than, nor equal to any; asked for by name, it is found.
    #[test]
    fn what_is_no_number_is_other_than_every_number() {
        for (condition, holds) in
            [("number != 5", true), ("number = 5", false), ("number < 5", false), ("number >= 5", false)]
        {
            assert_eq!(of_functions(condition).unwrap(), [holds; 2], "{condition}");
        }
        assert_eq!(of_functions("number = NaN").unwrap(), [true; 2]);
        assert_eq!(of_functions("number != NaN").unwrap(), [false; 2]);
        assert_eq!(of_functions("other != 5").unwrap(), [false; 2]);
    }

    #[test]
    fn moments_are_read() {
        let second = 1_000_000_000;
        let day = 1_772_409_600 * second;
        assert_eq!(moment("2026-03-02"), Ok(day));
        assert_eq!(moment("2026-03-02T00:00:01.5Z"), Ok(day + 3 * second / 2));
        assert_eq!(moment("2026-03-02 00:00:01"), Ok(day + second));
        assert_eq!(moment("2026-03-02T01:00:00+01:00"), Ok(day));
        assert_eq!(moment("2026-03-02 01:00"), Ok(day + 3600 * second));
        assert!(moment("2026-02-30").unwrap_err().contains("2026-02-30"));
        assert!(moment("yesterday").unwrap_err().contains("is no moment"));
        // 64 bits of nanoseconds hold 292 years before 1970 and behind it.
        for beyond in ["1600-01-01", "9999-12-31", "1677-09-21T00:12:43Z", "2262-04-11T23:47:17Z"] {
            let reason = moment(beyond).unwrap_err();
            assert!(reason.contains("out of range") && reason.contains("1677"), "{reason}");
        }
        for within in ["1677-09-21T00:12:44Z", "2262-04-11T23:47:16Z"] {
            assert!(moment(within).is_ok(), "{within}");
        }
    }
}
