//! Names of objects and of variables (ISO 9506-2 clause 7.3.1, 14.5).
use crate::{
    output::Scratch,
    record::Text,
    wire::ber::{Element, Elements},
};

/// A place in a [`Scratch`].
pub(super) type Place = (usize, usize);

/// What lies at a place.
pub(super) fn text(scratch: &Scratch, place: Option<Place>) -> Option<Text<'_>> {
    let (start, end) = place?;
    scratch.text().0.get(start..end).map(Text)
}

/// A text in a buffer of its own: what does not fit is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied {
    octets: [u8; 256],
    len: usize,
}

impl Copied {
    /// Parts of a text, in one.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut copied = Self { octets: [0; 256], len: 0 };
        let octets = parts.iter().flat_map(|part| part.iter());
        for (to, from) in copied.octets.iter_mut().zip(octets) {
            *to = *from;
            copied.len += 1;
        }
        copied
    }
    pub(super) fn text(&self) -> Text<'_> {
        Text(self.octets.get(..self.len).unwrap_or_default())
    }
}

/// The name of an object, in two parts: the domain, if it belongs to one, and the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) domain: Option<&'a [u8]>,
    pub(super) item: &'a [u8],
    /// It belongs to the association alone.
    pub(super) of_association: bool,
}

impl<'a> Name<'a> {
    /// Reads an `ObjectName`.
    pub(super) fn of(element: Element<'a>) -> Option<Self> {
        match element.identifier {
            0x80 => Some(Self { domain: None, item: element.contents, of_association: false }),
            0x82 => Some(Self { domain: None, item: element.contents, of_association: true }),
            0xa1 => {
                let mut parts = element.elements();
                let (domain, item) = (parts.next()?, parts.next()?);
                Some(Self { domain: Some(domain.contents), item: item.contents, of_association: false })
            }
            _ => None,
        }
    }
    /// It in a buffer of its own, as [`Name::push`] has it.
    pub(super) fn copied(&self) -> Copied {
        match (self.domain, self.of_association) {
            (Some(domain), _) => Copied::of(&[domain, b"/", self.item]),
            (None, true) => Copied::of(&[b"@", self.item]),
            (None, false) => Copied::of(&[self.item]),
        }
    }
    /// Appends it: `domain/item`, `item`, `@item`.
    pub(super) fn push(&self, scratch: &mut Scratch) -> Place {
        let start = scratch.len();
        if let Some(domain) = self.domain {
            scratch.push(domain);
            scratch.push(b"/");
        } else if self.of_association {
            scratch.push(b"@");
        }
        scratch.push(self.item);
        (start, scratch.len())
    }
}

/// The variables that a service speaks of (`VariableAccessSpecification`).
#[derive(Clone, Copy, Debug)]
pub(super) enum Variables<'a> {
    /// Each by itself.
    Each(Elements<'a>),
    /// A list that has a name.
    List(Element<'a>),
    /// They are not known.
    Unknown,
}

/// Kinds of what is kept of a request.
pub(super) mod kind {
    /// The contents of a list of variables.
    pub(crate) const EACH: u8 = 0xa0;
    /// The contents of the name of a list.
    pub(crate) const LIST: u8 = 0xa1;
    /// The same, where all of them are controls.
    pub(crate) const CONTROLS: u8 = 1;
    /// The same, where controls are among them.
    pub(crate) const MIXED: u8 = 2;
    /// Text: the object.
    pub(crate) const TEXT: u8 = 0;
}

impl<'a> Variables<'a> {
    /// Reads a `VariableAccessSpecification`, or what was kept of it.
    pub(super) fn of(kind: u8, contents: &'a [u8]) -> Self {
        match kind {
            kind::EACH | kind::CONTROLS | kind::MIXED => Self::Each(Elements::new(contents)),
            kind::LIST => match Elements::new(contents).next() {
                Some(name) => Self::List(name),
                None => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
    /// The first variable, or the list.
    pub(super) fn first(&self) -> Option<Name<'a>> {
        match *self {
            Self::Each(mut each) => variable(each.next()?).name,
            Self::List(list) => Name::of(list),
            Self::Unknown => None,
        }
    }
}

/// One variable of a list: its name, and the part of it that is meant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Variable<'a> {
    pub(super) name: Option<Name<'a>>,
    pub(super) alternate_access: Option<Element<'a>>,
}

/// Reads an item of a list of variables.
pub(super) fn variable(item: Element<'_>) -> Variable<'_> {
    let mut variable = Variable::default();
    for field in item.elements() {
        match field.identifier {
            0xa0 => variable.name = field.elements().next().and_then(Name::of),
            0xa5 => variable.alternate_access = Some(field),
            _ => {}
        }
    }
    variable
}

/// Appends the part of a variable that is meant: components with dots before them, places in brackets.
pub(super) fn push_access(access: Element<'_>, scratch: &mut Scratch) {
    push_selection(access, 8, scratch);
}

/// The name of the component that is meant, the outermost.
pub(super) fn component(access: Element<'_>) -> Option<&[u8]> {
    first_component(access, 8)
}

fn first_component(access: Element<'_>, depth: u32) -> Option<&[u8]> {
    let depth = depth.checked_sub(1)?;
    access.elements().find_map(|part| match part.identifier {
        0x80 | 0x81 if part.contents.iter().any(u8::is_ascii_alphabetic) => Some(part.contents),
        0xa0 | 0xa1 | 0xa2 | 0xa5 | 0x30 => first_component(part, depth),
        _ => None,
    })
}

fn push_selection(access: Element<'_>, depth: u32, scratch: &mut Scratch) {
    use core::fmt::Write;
    let Some(depth) = depth.checked_sub(1) else { return };
    for part in access.elements() {
        match part.identifier {
            // Component names: of an access without further selection, and of one with.
            0x81 | 0x80 if part.contents.iter().any(u8::is_ascii_alphabetic) => {
                scratch.push(b".");
                scratch.push(part.contents);
            }
            0x81 | 0x82 => {
                let index = crate::wire::ber::integer(part.contents).unwrap_or_default();
                // The buffer counts what it has no room for.
                let _ = write!(scratch, "[{index}]");
            }
            0xa0 | 0xa1 | 0xa2 | 0xa5 | 0x30 => push_selection(part, depth, scratch),
            _ => {}
        }
    }
}
