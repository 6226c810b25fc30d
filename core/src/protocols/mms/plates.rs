//! Name plates of IEC 61850 (part 7-3, DPL and LPL): what a device tells of itself where they are read, each attribute by
//! itself or all of them as one structure. Which attributes there are, and in which order, a server says when it is asked for
//! types, and so does a description.
use super::{
    names::Name,
    state::{Shelf, name_key},
};
use crate::{
    common::{Anomaly, Fact},
    description::Parts,
    output::Output,
    record::{Symbol, Text},
    wire::{
        ber::{Element, Elements},
        mms::{self, Data, Met, Path},
    },
};

/// Values of one variable that are looked at.
const VALUES: u32 = 1024;
/// Components of one structure that are looked at.
const COMPONENTS: usize = 1024;

/// The logical node of a variable, if it is one that has a name plate of the device.
fn node(item: &[u8]) -> Option<&[u8]> {
    let node = item.split(|octet| *octet == b'$').next()?;
    (node == b"LLN0" || node.windows(4).any(|class| class == b"LPHD")).then_some(node)
}

/// Remembers the type of a variable, if it may be needed to read a name plate. `specification` is its encoding, with its tag.
/// Returns what is to be said if another had to be forgotten for it.
pub(super) fn learn(types: &mut Shelf, domain: &[u8], item: &[u8], specification: &[u8]) -> Option<Anomaly> {
    node(item)?;
    types.keep(name_key(domain, item), 0, specification)
}

/// The components of a type that is a structure.
fn components(specification: Element<'_>) -> Option<impl Iterator<Item = Element<'_>>> {
    let list = specification.elements().find(|field| field.identifier == 0xa1);
    Some(list.filter(|_| specification.identifier == 0xa2)?.elements().take(COMPONENTS))
}

/// The name and the type of a component.
fn component(component: Element<'_>) -> Option<(&[u8], Element<'_>)> {
    let name = component.elements().find(|field| field.identifier == 0x80)?;
    let specification = component.elements().find(|field| field.identifier == 0xa1)?;
    Some((name.contents, specification.elements().next()?))
}

/// The type of a variable, which was told of itself or of what holds it.
fn specification<'a>(types: &'a Shelf, name: &Name<'_>) -> Option<Element<'a>> {
    let domain = name.domain.unwrap_or_default();
    let ends = memchr::memrchr_iter(b'$', name.item);
    for end in core::iter::once(name.item.len()).chain(ends) {
        let (own, behind) = name.item.split_at_checked(end)?;
        let Some((_, octets)) = types.get(name_key(domain, own)) else { continue };
        let mut names = behind.split(|octet| *octet == b'$').filter(|name| !name.is_empty());
        return names.try_fold(Elements::new(octets).next()?, |within, wanted| {
            let mut named = components(within)?.filter_map(component);
            named.find(|(name, _)| *name == wanted).map(|(_, specification)| specification)
        });
    }
    None
}

/// The last two names of the part at this path, the last one first.
fn names<'a>(specification: Element<'a>, path: Text<'_>) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let (mut within, mut last, mut before) = (specification, None, None);
    for place in path.0.split(|octet| *octet == b'.').filter(|place| !place.is_empty()) {
        let index: usize = core::str::from_utf8(place).ok()?.parse().ok()?;
        let (name, specification) = component(components(within)?.nth(index)?)?;
        (before, last, within) = (last, Some(name), specification);
    }
    Some((last?, before))
}

/// What an attribute of a name plate tells.
fn fact(node: &[u8], plate: &[u8], attribute: &[u8]) -> Option<Fact> {
    if plate != b"PhyNam" && !(plate == b"NamPlt" && node == b"LLN0") {
        return None;
    }
    Some(match attribute {
        b"vendor" => Fact::VENDOR,
        b"hwRev" => Fact::HARDWARE,
        b"swRev" => Fact::REVISION,
        b"serNum" => Fact::SERIAL,
        b"model" => Fact::MODEL,
        b"name" => Fact::NAME,
        b"location" => Fact::LOCATION,
        b"d" => Fact::DESCRIPTION,
        b"configRev" | b"ldNs" | b"owner" => Fact::OTHER,
        _ => return None,
    })
}

/// Says what a value that is read tells of the device. `parts` is what it is made of, by a description.
pub(super) fn say(
    types: &Shelf,
    name: &Name<'_>,
    parts: Option<&Parts>,
    element: Element<'_>,
    out: &mut Output<'_>,
) {
    let Some(node) = node(name.item) else { return };
    let mut behind = name.item.rsplit(|octet| *octet == b'$');
    let (own, above) = (behind.next().unwrap_or_default(), behind.next());
    let specification = specification(types, name);
    let (mut path, mut most) = (Path::default(), VALUES);
    mms::each(element, &mut path, &mut most, &mut |path, met| {
        let Met::Value(Data::VisibleString(told) | Data::MmsString(told)) = met else { return };
        let described = parts.and_then(|parts| parts.name(path.text()));
        let (attribute, plate) = if path.text().0.is_empty() {
            (own, above)
        } else if let Some((attribute, plate)) = specification.and_then(|it| names(it, path.text())) {
            (attribute, plate.or(Some(own)))
        } else if let Some(described) = &described {
            let mut names = described.text().0.rsplit(|octet| *octet == b'.');
            (names.next().unwrap_or_default(), names.next().or(Some(own)))
        } else {
            return;
        };
        if let Some(fact) = plate.and_then(|plate| fact(node, plate, attribute)) {
            out.identity(None, fact, None, told, Symbol("read"));
        }
    });
}
