//! Names of objects and of variables (ISO 9506-2 clause 7.3.1, 14.5).
use crate::{
    output::Scratch,
    record::Text,
    wire::ber::{self, Element, Elements},
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
    octets: [u8; Self::OCTETS],
    len: usize,
}

impl Copied {
    pub(super) const OCTETS: usize = 256;
    /// Parts of a text, in one.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut copied = Self { octets: [0; Self::OCTETS], len: 0 };
        parts.iter().for_each(|part| copied.push(part));
        copied
    }
    fn push(&mut self, part: &[u8]) {
        let free = self.octets.get_mut(self.len..).unwrap_or_default();
        for (to, from) in free.iter_mut().zip(part) {
            *to = *from;
            self.len += 1;
        }
    }
    pub(super) fn text(&self) -> Text<'_> {
        Text(self.octets.get(..self.len).unwrap_or_default())
    }
}

/// What the item of a [`Name`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A name of the VMD, or of a domain.
    Name,
    /// A name of the association alone.
    OfAssociation,
    /// A number in place of a name (`numericAddress`).
    NumericAddress,
    /// A text in place of a name (`symbolicAddress`).
    SymbolicAddress,
    /// Octets in place of a name (`unconstrainedAddress`).
    UnconstrainedAddress,
}

/// The name of an object, in two parts: the domain, if it belongs to one, and the item. A variable without a name has an address in
/// its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) domain: Option<&'a [u8]>,
    pub(super) item: &'a [u8],
    pub(super) form: Form,
}

impl<'a> Name<'a> {
    /// Reads an `ObjectName`.
    pub(super) fn of(element: Element<'a>) -> Option<Self> {
        match element.identifier {
            0x80 => Some(Self { domain: None, item: element.contents, form: Form::Name }),
            0x82 => Some(Self { domain: None, item: element.contents, form: Form::OfAssociation }),
            0xa1 => {
                let mut parts = element.elements();
                let (domain, item) = (parts.next()?, parts.next()?);
                Some(Self { domain: Some(domain.contents), item: item.contents, form: Form::Name })
            }
            _ => None,
        }
    }
    /// Reads a `VariableSpecification`: a name, an address, or an address with a type.
    pub(super) fn of_variable(specification: Element<'a>) -> Option<Self> {
        let inner = specification.elements().next()?;
        match specification.identifier {
            0xa0 => Self::of(inner),
            0xa1 => Self::of_address(inner),
            // The address has a tag of its own, or stands within one.
            0xa2 => Self::of_address(inner).or_else(|| Self::of_address(inner.elements().next()?)),
            _ => None,
        }
    }
    /// Reads an `Address`.
    fn of_address(element: Element<'a>) -> Option<Self> {
        let form = match element.identifier {
            0x80 => Form::NumericAddress,
            0x81 => Form::SymbolicAddress,
            0x82 => Form::UnconstrainedAddress,
            _ => return None,
        };
        Some(Self { domain: None, item: element.contents, form })
    }
    /// Whether it is an address in place of a name.
    pub(super) const fn is_address(&self) -> bool {
        !matches!(self.form, Form::Name | Form::OfAssociation)
    }
    fn each_part(&self, push: &mut impl FnMut(&[u8])) {
        match (self.domain, self.form) {
            (Some(domain), _) => [domain, b"/", self.item].into_iter().for_each(push),
            (None, Form::OfAssociation) => [b"@", self.item].into_iter().for_each(push),
            (None, Form::NumericAddress | Form::UnconstrainedAddress) => {
                let number = ber::unsigned(self.item).filter(|_| self.form == Form::NumericAddress);
                if let Some(number) = number {
                    return push_number(number, push);
                }
                push(b"0x");
                for octet in self.item {
                    let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
                    push(&[digit(octet >> 4), digit(octet & 15)]);
                }
            }
            (None, Form::Name | Form::SymbolicAddress) => push(self.item),
        }
    }
    /// It in a buffer of its own, as [`Name::push`] has it.
    pub(super) fn copied(&self) -> Copied {
        let mut copied = Copied::of(&[]);
        self.each_part(&mut |part| copied.push(part));
        copied
    }
    /// Appends it: `domain/item`, `item`, `@item`; of an address the text, the number, or `0x` and its octets.
    pub(super) fn push(&self, scratch: &mut Scratch) -> Place {
        let start = scratch.len();
        self.each_part(&mut |part| scratch.push(part));
        (start, scratch.len())
    }
}

fn push_number(number: u64, push: &mut impl FnMut(&[u8])) {
    let (mut digits, mut start, mut rest) = ([0u8; 20], 20usize, number);
    loop {
        start = start.saturating_sub(1);
        if let Some(digit) = digits.get_mut(start) {
            *digit = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    push(digits.get(start..).unwrap_or_default());
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
    /// Names of lists, one behind the other, that are to be deleted.
    pub(crate) const DELETED_LISTS: u8 = 3;
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

impl Variable<'_> {
    /// Appends its name and the part of it that is meant: components with dots before them, places in brackets.
    pub(super) fn push(&self, scratch: &mut Scratch) -> Option<Place> {
        let (start, _) = self.name?.push(scratch);
        if let Some(access) = self.alternate_access {
            select(access, &NAME, &mut |part| scratch.push(part));
        }
        Some((start, scratch.len()))
    }
    /// It in a buffer of its own, as [`Variable::push`] has it.
    pub(super) fn copied(&self) -> Option<Copied> {
        let mut copied = self.name?.copied();
        if let Some(access) = self.alternate_access {
            select(access, &NAME, &mut |part| copied.push(part));
        }
        Some(copied)
    }
}

/// Reads an item of a list of variables.
pub(super) fn variable(item: Element<'_>) -> Variable<'_> {
    let mut variable = Variable::default();
    for field in item.elements() {
        match field.identifier {
            0xa0..=0xa2 => variable.name = Name::of_variable(field),
            0xa5 => variable.alternate_access = Some(field),
            _ => {}
        }
    }
    variable
}

/// Selections of an alternate access that may be nested in one another.
const DEPTH: u32 = 8;
/// Parts of an alternate access that are looked at: what is kept of a list is looked at for each small message about it.
const PARTS: usize = 64;

/// How the part of a variable is written.
struct Notation {
    open: &'static [u8],
    close: &'static [u8],
    /// Names of components have no `$`, but dots.
    dots: bool,
}

const NAME: Notation = Notation { open: b"[", close: b"]", dots: false };
/// As references of IEC 61850-7-2 have it: `DO.DA(3).DA`.
const REFERENCE: Notation = Notation { open: b"(", close: b")", dots: true };

/// Appends the part of a variable that is meant, as in a reference of IEC 61850.
pub(super) fn push_access(access: Element<'_>, scratch: &mut Scratch) {
    select(access, &REFERENCE, &mut |part| scratch.push(part));
}

/// The name of the component that is meant, the outermost.
pub(super) fn component(access: Element<'_>) -> Option<&[u8]> {
    first_component(access, DEPTH, false, &mut { PARTS })
}

fn first_component<'a>(
    access: Element<'a>,
    depth: u32,
    goes_on: bool,
    parts: &mut usize,
) -> Option<&'a [u8]> {
    let depth = depth.checked_sub(1)?;
    for part in access.elements() {
        *parts = parts.checked_sub(1)?;
        let found = match Selection::of(part, goes_on) {
            Selection::Component(name) => Some(name),
            Selection::Within(goes_on) => first_component(part, depth, goes_on, parts),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// A part of an `AlternateAccess`.
enum Selection<'a> {
    Component(&'a [u8]),
    Index(u64),
    /// The first place, and how many there are.
    Range(u64, u64),
    /// Others, and whether it is a selection that goes on with an access (`selectAlternateAccess`).
    Within(bool),
    Other,
}

impl<'a> Selection<'a> {
    /// In a selection that goes on, a component has tag 0, an index 1, a range 2; each has the next in one that does not
    /// (`selectAccess`), whose tag 0 is one that goes on, and 5 one with a name.
    fn of(part: Element<'a>, goes_on: bool) -> Self {
        match (part.identifier, goes_on) {
            (0x80, true) | (0x81, false) => Self::Component(part.contents),
            (0x81, true) | (0x82, false) => ber::unsigned(part.contents).map_or(Self::Other, Self::Index),
            (0xa2, true) | (0xa3, false) => {
                range(part).map_or(Self::Other, |(low, count)| Self::Range(low, count))
            }
            (0xa0, false) => Self::Within(true),
            (0xa5, false) | (0x30, _) => Self::Within(false),
            _ => Self::Other,
        }
    }
}

/// Whether an access selects several parts side by side, each of which is one of the parts of its value.
pub(super) fn selects_several(access: Element<'_>) -> bool {
    let parts = access.elements().take(PARTS);
    parts.filter(|part| !matches!(Selection::of(*part, false), Selection::Other)).nth(1).is_some()
}

/// The names of the components that an access selects side by side.
pub(super) fn components(access: Element<'_>) -> impl Iterator<Item = Option<&[u8]>> {
    access.elements().map(|part| match Selection::of(part, false) {
        Selection::Component(name) => Some(name),
        _ => None,
    })
}

/// `AlternateAccess`, from the outermost selection to the innermost.
fn select(access: Element<'_>, notation: &Notation, push: &mut impl FnMut(&[u8])) {
    select_within(access, false, notation, DEPTH, &mut { PARTS }, push);
}

fn select_within(
    access: Element<'_>,
    goes_on: bool,
    notation: &Notation,
    depth: u32,
    parts: &mut usize,
    push: &mut impl FnMut(&[u8]),
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    // Several parts at once have no name together.
    if !goes_on && selects_several(access) {
        return;
    }
    for part in access.elements() {
        let Some(left) = parts.checked_sub(1) else { return };
        *parts = left;
        match Selection::of(part, goes_on) {
            Selection::Component(name) => {
                push(b".");
                for (place, name) in name.split(|octet| notation.dots && *octet == b'$').enumerate() {
                    if place > 0 {
                        push(b".");
                    }
                    push(name);
                }
            }
            Selection::Index(index) => {
                push(notation.open);
                push_number(index, push);
                push(notation.close);
            }
            Selection::Range(low, count) => {
                push(notation.open);
                push_number(low, push);
                push(b"..");
                push_number(low.saturating_add(count.saturating_sub(1)), push);
                push(notation.close);
            }
            Selection::Within(goes_on) => select_within(part, goes_on, notation, depth, parts, push),
            Selection::Other => {}
        }
    }
}

/// The first place of an `indexRange`, and how many there are.
fn range(part: Element<'_>) -> Option<(u64, u64)> {
    let mut fields = part.elements();
    match (fields.next()?, fields.next()?) {
        (low, count) if (low.identifier, count.identifier) == (0x80, 0x81) => {
            Some((ber::unsigned(low.contents)?, ber::unsigned(count.contents)?))
        }
        _ => None,
    }
}
