//! Conditions of rules: the same for all protocols.
use crate::subject::{Subject, What};
use fieldtap::{common::Operation, protocols};
use std::sync::{Arc, OnceLock};

/// The keywords, with what each asks for.
pub(crate) const KEYWORDS: [(Key, &str, &str); 7] = [
    (Key::Protocol, "fieldtap.protocol", "protocol that a message speaks, also within another"),
    (Key::Operation, "fieldtap.operation", "what is asked, in words that hold for all protocols"),
    (Key::Function, "fieldtap.function", "the protocol's own function, by name or number"),
    (Key::Device, "fieldtap.device", "station below the IP address: unit, common address, link address"),
    (Key::Point, "fieldtap.point", "address or name of a point or object"),
    (Key::Value, "fieldtap.value", "value of a point"),
    (Key::Status, "fieldtap.status", "how an operation ended"),
];

/// One keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Protocol,
    Operation,
    Function,
    Device,
    Point,
    Value,
    Status,
}

/// Numbers that fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Range {
    From(f64, f64),
    Below(f64),
    Above(f64),
    AtMost(f64),
    AtLeast(f64),
    Not(f64),
}

impl Range {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::From(low, high) => value >= low && value <= high,
            Self::Below(limit) => value < limit,
            Self::Above(limit) => value > limit,
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Not(other) => value != other,
        }
    }
    /// Whether one of the addresses from `first` on fits.
    fn meets(self, (first, count): (u64, u64)) -> bool {
        let (first, last) = (first as f64, first.saturating_add(count.max(1) - 1) as f64);
        match self {
            Self::From(low, high) => first <= high && last >= low,
            Self::Below(limit) => first < limit,
            Self::Above(limit) => last > limit,
            Self::AtMost(limit) => first <= limit,
            Self::AtLeast(limit) => last >= limit,
            Self::Not(other) => first != other || last != other,
        }
    }
    /// `5`, `-5`, `1-10`, `-10--1`, `>3`, `>=3.5`, `<3`, `<=3`, `!=0`.
    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        for (sign, range) in [
            ("<=", Self::AtMost as fn(f64) -> Self),
            (">=", Self::AtLeast),
            ("!=", Self::Not),
            ("<", Self::Below),
            (">", Self::Above),
        ] {
            if let Some(limit) = text.strip_prefix(sign) {
                return number(limit).map(range);
            }
        }
        if let Some(number) = number(text) {
            return Some(Self::From(number, number));
        }
        // A minus that belongs to a number stands first, or behind the one between the two.
        let between = text.char_indices().skip(1).filter(|(_, letter)| *letter == '-');
        between.map(|(at, _)| (number(&text[..at]), number(&text[at + 1..]))).find_map(|pair| match pair {
            (Some(low), Some(high)) if low <= high => Some(Self::From(low, high)),
            _ => None,
        })
    }
}

/// A name or a number.
#[derive(Clone, Debug, PartialEq)]
enum Named {
    Number(Range),
    Name(String),
}

/// What a keyword asks for: one of these.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice(Vec<Named>);

impl Choice {
    fn has_name(&self, found: &[u8]) -> bool {
        self.0.iter().any(|one| matches!(one, Named::Name(name) if name.as_bytes() == found))
    }
    fn has(&self, name: Option<&[u8]>, holds: impl Fn(Range) -> bool) -> bool {
        name.is_some_and(|name| self.has_name(name))
            || self.0.iter().any(|one| matches!(one, Named::Number(range) if holds(*range)))
    }
}

fn is_one_of(names: &'static [(u64, &'static str)], name: &str) -> bool {
    names.iter().any(|(_, known)| *known == name)
}

/// Reads what stands behind a keyword. The error says what was expected.
pub(crate) fn parse(key: Key, text: &str) -> Result<Choice, String> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    if text.is_empty() {
        return Err("something must stand behind the keyword".into());
    }
    // Names of points may hold anything.
    let parts: Vec<&str> = match key {
        Key::Point if Range::parse(text).is_none() && !text.contains(',') => vec![text],
        _ => text.split(',').map(str::trim).collect(),
    };
    let one = |part: &str| -> Result<Named, String> {
        let number = Range::parse(part).map(Named::Number);
        let name = || Ok(Named::Name(part.to_owned()));
        match key {
            Key::Protocol if protocols::named(part).is_some() => name(),
            Key::Protocol => Err(format!("no protocol is named {part:?}")),
            Key::Operation if is_one_of(Operation::NAMES, part) => name(),
            Key::Operation => {
                let known: Vec<&str> = Operation::NAMES.iter().map(|(_, name)| *name).collect();
                Err(format!("no operation is named {part:?}; there are {}", known.join(", ")))
            }
            Key::Device | Key::Value => number
                .ok_or_else(|| format!("{part:?} is no number or range: 5, 1-10, <5, <=5, >5, >=5, !=5 are")),
            Key::Function | Key::Point | Key::Status if part.is_empty() => Err("an entry is empty".into()),
            Key::Function | Key::Point | Key::Status => number.map_or_else(name, Ok),
        }
    };
    parts.into_iter().map(one).collect::<Result<_, _>>().map(Choice)
}

/// The conditions of one rule, each given at most once. They are given while the rule is read, before it is used.
#[derive(Debug, Default)]
pub(crate) struct Rule([OnceLock<Choice>; KEYWORDS.len()]);

impl Rule {
    /// Adds a condition.
    pub(crate) fn add(&self, key: Key, choice: Choice) -> Result<(), String> {
        let slot = self.0.get(key as usize).ok_or("no such keyword")?;
        slot.set(choice).map_err(|_| "the keyword stands twice in the rule; give several with commas".into())
    }
    fn get(&self, key: Key) -> Option<&Choice> {
        self.0.get(key as usize)?.get()
    }
    /// Whether one subject meets all conditions. Of which kind it has to be, the conditions say: a status is that of an
    /// operation that has ended, a value that of a point, an operation or function that of a request.
    pub(crate) fn matches(&self, subjects: &[Subject]) -> bool {
        subjects.iter().any(|subject| self.is_met_by(subject))
    }
    fn is_met_by(&self, subject: &Subject) -> bool {
        self.is_about(subject.what) && self.fits(subject)
    }
    fn is_about(&self, what: What) -> bool {
        if self.get(Key::Status).is_some() {
            return what == What::Ended;
        }
        if self.get(Key::Value).is_some() {
            return what == What::Value;
        }
        if self.get(Key::Operation).is_some() || self.get(Key::Function).is_some() {
            return what == What::Request;
        }
        what != What::Ended
    }
    fn fits(&self, subject: &Subject) -> bool {
        let all = [
            (Key::Protocol, Some(subject.protocol.as_bytes()), None),
            (Key::Operation, subject.operation.map(str::as_bytes), None),
            (Key::Function, subject.function.map(str::as_bytes), subject.function_code),
            (Key::Device, None, subject.station),
        ];
        let named = all.into_iter().all(|(key, name, number)| {
            let number = number.map(|number| number as f64);
            self.get(key).is_none_or(|choice| {
                choice.has(name, |range| number.is_some_and(|number| range.holds(number)))
            })
        });
        let point = || {
            self.get(Key::Point).is_none_or(|choice| {
                choice.has(subject.name.as_deref(), |range| {
                    subject.address.is_some_and(|address| range.meets(address))
                })
            })
        };
        let value = || {
            self.get(Key::Value).is_none_or(|choice| {
                choice.has(None, |range| subject.value.is_some_and(|value| range.holds(value)))
            })
        };
        let status = || {
            self.get(Key::Status).is_none_or(|choice| {
                let outcome = subject.outcome.is_some_and(|outcome| choice.has_name(outcome.as_bytes()));
                let code = subject.status.map(|code| code as f64);
                let name = subject.status_name.map(str::as_bytes);
                outcome || choice.has(name, |range| code.is_some_and(|code| range.holds(code)))
            })
        };
        named && point() && value() && status()
    }
}

/// The rules that Suricata holds.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    all: Vec<Arc<Rule>>,
    /// Whether one of them looks at requests, at operations that have ended, at values.
    look_at: [bool; 3],
}

impl Rules {
    /// These.
    pub(crate) fn new(all: Vec<Arc<Rule>>) -> Self {
        let kinds = [What::Request, What::Ended, What::Value];
        let look_at = kinds.map(|what| all.iter().any(|rule| rule.is_about(what)));
        Self { all, look_at }
    }
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
    /// Whether one of them looks at subjects of this kind.
    pub(crate) fn look_at(&self, what: What) -> bool {
        let [requests, ended, values] = self.look_at;
        match what {
            What::Request => requests,
            What::Ended => ended,
            What::Value => values,
        }
    }
    /// Whether a subject meets the conditions of one of them.
    pub(crate) fn fit(&self, subject: &Subject) -> bool {
        self.all.iter().any(|rule| rule.is_met_by(subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldtap::{
        common::Request,
        record::{Envelope, Symbol, Text},
    };

    fn rule(conditions: &[(Key, &str)]) -> Rule {
        let rule = Rule::default();
        for (key, text) in conditions {
            rule.add(*key, parse(*key, text).unwrap()).unwrap();
        }
        rule
    }

    fn asked() -> Subject {
        let envelope = Envelope { protocol: Symbol("iec104"), ..Envelope::default() };
        let request = Request {
            function: Some(Symbol("C_SC_NA_1")),
            function_code: Some(45),
            station: Some(3),
            address: Some(100),
            quantity: Some(10),
            object: Some(Text(b"breaker, west")),
            ..Request::new(0, Operation::CONTROL)
        };
        Subject::request(&envelope, &request)
    }

    fn fits(subject: &Subject, conditions: &[(Key, &str)]) -> bool {
        rule(conditions).matches(core::slice::from_ref(subject))
    }

    #[test]
    fn numbers_and_ranges() {
        let holds = |text: &str, value: f64| Range::parse(text).unwrap().holds(value);
        assert!(holds("5", 5.0) && !holds("5", 5.5));
        assert!(holds("-5", -5.0) && holds("1-10", 10.0) && !holds("1-10", 10.5));
        assert!(holds("-10--1", -1.0) && !holds("-10--1", 0.0) && holds("-1-1", 0.0));
        assert!(holds(">=3.5", 3.5) && !holds(">3.5", 3.5) && holds("<= 3.5", 3.5) && !holds("<3.5", 3.5));
        assert!(holds("!=0", 1.0) && !holds("!=0", 0.0));
        for wrong in ["", "-", "10-1", "abc", "1-", "nan", ">inf", "1-2-3"] {
            assert_eq!(Range::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_condition_counts() {
        let subject = asked();
        let all = [
            (Key::Protocol, "iec104"),
            (Key::Operation, "write, control"),
            (Key::Function, "C_SC_NA_1"),
            (Key::Device, "1-3"),
            (Key::Point, "105"),
        ];
        assert!(fits(&subject, &all));
        let others = [
            (Key::Protocol, "s7comm"),
            (Key::Operation, "write"),
            (Key::Function, "46"),
            (Key::Device, ">3"),
            (Key::Point, "110"),
        ];
        for place in 0..all.len() {
            let mut one_wrong = all;
            one_wrong[place] = others[place];
            assert!(!fits(&subject, &one_wrong), "{:?}", others[place]);
        }
    }

    #[test]
    fn a_point_is_told_by_name_or_by_address() {
        let subject = asked();
        assert!(fits(&subject, &[(Key::Function, "45")]));
        for point in ["100", "109", "90-100", "109-200", "<101", ">108"] {
            assert!(fits(&subject, &[(Key::Point, point)]), "{point}");
        }
        for point in ["99", "110", "<100", ">109", "breaker"] {
            assert!(!fits(&subject, &[(Key::Point, point)]), "{point}");
        }
        let plain = Subject { name: Some((*b"breaker").into()), ..subject };
        assert!(fits(&plain, &[(Key::Point, "\"breaker\"")]));
        assert!(fits(&plain, &[(Key::Point, "other, breaker")]));
    }

    #[test]
    fn what_is_looked_at_is_said_by_the_conditions() {
        let request = asked();
        let value = Subject { what: What::Value, value: Some(1.0), ..request.clone() };
        let ended = Subject {
            what: What::Ended,
            outcome: Some("refused"),
            status: Some(47),
            status_name: Some("unknown_information_object_address"),
            ..request.clone()
        };
        let all = [request, value, ended];
        let met = |conditions: &[(Key, &str)]| -> Vec<What> {
            let rule = rule(conditions);
            all.iter().filter(|one| rule.matches(core::slice::from_ref(*one))).map(|one| one.what).collect()
        };
        assert_eq!(met(&[(Key::Operation, "control")]), [What::Request]);
        assert_eq!(met(&[(Key::Operation, "control"), (Key::Value, "1")]), [What::Value]);
        assert_eq!(met(&[(Key::Operation, "control"), (Key::Status, "refused")]), [What::Ended]);
        assert_eq!(met(&[(Key::Status, "47")]), [What::Ended]);
        assert_eq!(met(&[(Key::Status, "unknown_information_object_address")]), [What::Ended]);
        assert_eq!(met(&[(Key::Status, "success")]), []);
        assert_eq!(met(&[(Key::Device, "3")]), [What::Request, What::Value]);
    }

    #[test]
    fn misuse_is_told() {
        assert!(parse(Key::Operation, "explode").unwrap_err().contains("control"));
        assert!(parse(Key::Protocol, "smtp").unwrap_err().contains("smtp"));
        assert!(parse(Key::Device, "pump").is_err() && parse(Key::Value, "").is_err());
        assert!(parse(Key::Function, "45,").is_err());
        let rule = rule(&[(Key::Device, "1")]);
        assert!(rule.add(Key::Device, parse(Key::Device, "2").unwrap()).is_err());
    }
}
