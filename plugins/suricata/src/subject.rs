//! What rules look at, in the words of the common language: requests, how they ended, values.
use fieldtap::{
    common::{Operations, Points, Request},
    record::{Envelope, Field, Row, column_place},
};

/// What a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A message that asks for something: a request, a select, an execute, a cancel.
    Request,
    /// An operation that has ended.
    Ended,
    /// A value that a message holds.
    Value,
}

/// Something that a message says. What it does not say is `None`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    pub(crate) what: What,
    /// The message.
    pub(crate) message: Option<u64>,
    pub(crate) protocol: &'static str,
    pub(crate) operation: Option<&'static str>,
    pub(crate) function: Option<&'static str>,
    pub(crate) function_code: Option<u64>,
    /// Station below the IP address.
    pub(crate) station: Option<u64>,
    /// First address, and how many.
    pub(crate) address: Option<(u64, u64)>,
    pub(crate) name: Option<Box<[u8]>>,
    pub(crate) value: Option<f64>,
    pub(crate) outcome: Option<&'static str>,
    pub(crate) status: Option<u64>,
    pub(crate) status_name: Option<&'static str>,
}

fn unsigned(field: Field<'_>) -> Option<u64> {
    match field {
        Field::Unsigned(value) | Field::Code { value, .. } => Some(value),
        _ => None,
    }
}

fn word(field: Field<'_>) -> Option<&'static str> {
    match field {
        Field::Symbol(word) => Some(word),
        Field::Code { name, .. } => name,
        _ => None,
    }
}

fn text(field: Field<'_>) -> Option<Box<[u8]>> {
    match field {
        Field::Text(text) => Some(text.as_bytes().into()),
        _ => None,
    }
}

impl Subject {
    fn new(what: What, envelope: &Envelope) -> Self {
        Self {
            what,
            message: envelope.message,
            protocol: envelope.protocol.0,
            operation: None,
            function: None,
            function_code: None,
            station: None,
            address: None,
            name: None,
            value: None,
            outcome: None,
            status: None,
            status_name: None,
        }
    }

    /// A request, when it is seen.
    pub(crate) fn request(envelope: &Envelope, request: &Request<'_>) -> Self {
        let quantity = request.quantity.unwrap_or(1).max(1);
        Self {
            operation: request.operation.name(),
            function: request.function.map(|word| word.0),
            function_code: request.function_code.map(u64::from),
            station: request.station.map(u64::from),
            address: request.address.map(|first| (first, quantity.into())),
            name: request.object.map(|text| text.as_bytes().into()),
            ..Self::new(What::Request, envelope)
        }
    }

    /// A row of `operations`.
    pub(crate) fn ended(envelope: &Envelope, row: &dyn Row) -> Self {
        macro_rules! field {
            ($name:literal) => {
                row.field(const { column_place(Operations::COLUMNS, $name) })
            };
        }
        let quantity = unsigned(field!("quantity")).unwrap_or(1).max(1);
        Self {
            operation: word(field!("operation")),
            function: word(field!("function")),
            function_code: unsigned(field!("function_code")),
            station: unsigned(field!("station")),
            address: unsigned(field!("address")).map(|first| (first, quantity)),
            name: text(field!("object")),
            outcome: word(field!("outcome")),
            status: unsigned(field!("status")),
            status_name: word(field!("status_name")),
            ..Self::new(What::Ended, envelope)
        }
    }

    /// A row of `points`. What was asked with it is added by [`join`].
    pub(crate) fn value(envelope: &Envelope, row: &dyn Row) -> Self {
        macro_rules! field {
            ($name:literal) => {
                row.field(const { column_place(Points::COLUMNS, $name) })
            };
        }
        let value = match (field!("number"), field!("integer")) {
            (Field::F64(number), _) => Some(number),
            (_, Field::Signed(integer)) => Some(integer as f64),
            _ => None,
        };
        Self {
            station: unsigned(field!("station")),
            address: unsigned(field!("address")).map(|address| (address, 1)),
            name: text(field!("name")),
            value,
            ..Self::new(What::Value, envelope)
        }
    }
}

/// Tells each value what its message asks to be done with it. Subjects come message by message.
pub(crate) fn join<'a>(subjects: impl Iterator<Item = &'a mut Subject>) {
    let mut subjects: Vec<&mut Subject> = subjects.filter(|one| one.what != What::Ended).collect();
    for of_message in subjects.chunk_by_mut(|one, next| one.message == next.message) {
        let requests = of_message.iter().filter(|one| one.what == What::Request);
        let asked: Vec<Subject> = requests.map(|one| (**one).clone()).collect();
        for value in of_message.iter_mut().filter(|one| one.what == What::Value) {
            let holds = |request: &&Subject| match (request.address, value.address) {
                (Some((first, count)), Some((address, _))) => {
                    request.station == value.station && address >= first && address - first < count
                }
                _ => false,
            };
            let only = || asked.first().filter(|_| asked.len() == 1);
            if let Some(request) = asked.iter().find(holds).or_else(only) {
                (value.operation, value.function) = (request.operation, request.function);
                value.function_code = request.function_code;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldtap::{common::Operation, record::Symbol};

    #[test]
    fn a_value_learns_what_is_asked_of_its_point() {
        let envelope = Envelope { message: Some(9), protocol: Symbol("iec104"), ..Envelope::default() };
        let asked = |address| Request {
            station: Some(3),
            address: Some(address),
            ..Request::new(0, if address == 7 { Operation::CONTROL } else { Operation::WRITE })
        };
        let value = |address| Subject {
            station: Some(3),
            address: Some((address, 1)),
            ..Subject::new(What::Value, &envelope)
        };
        let mut all = [
            Subject::request(&envelope, &asked(7)),
            value(7),
            Subject::request(&envelope, &asked(8)),
            value(8),
            value(9),
        ];
        join(all.iter_mut());
        let operations = all.map(|subject| subject.operation);
        assert_eq!(
            operations,
            [Some("control"), Some("control"), Some("write"), Some("write"), None],
            "two requests: a value of neither is of neither"
        );
    }
}
