//! What a description of a substation says of its devices (IEC 61850-6), as plain data.
//!
//! The files (SCD, CID, ICD) are read outside; see [`Config::description`](crate::Config::description).
use crate::record::Text;
use crate::wire::ber::Elements;
use std::{collections::HashMap, sync::Arc};

/// What a variable is made of, in the order in which MMS sends it. A type that many variables have is kept once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    /// One value.
    #[default]
    Value,
    /// Parts with names.
    Structure(Vec<(Box<str>, Arc<Parts>)>),
    /// Any number of the same.
    Array(Arc<Parts>),
}

impl Parts {
    /// The part with this name.
    fn named(&self, name: &[u8]) -> Option<&Self> {
        match self {
            Self::Structure(parts) => {
                parts.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, part)| &**part)
            }
            _ => None,
        }
    }

    /// The names of the part at this path, which holds places with dots between them: `mag.f`, and `harm(3).mag` in an
    /// array. None where they are not known.
    pub(crate) fn name(&self, path: Text<'_>) -> Option<PartName> {
        let (mut name, mut parts) = (PartName { octets: [0; NAME], len: 0 }, self);
        for place in path.0.split(|octet| *octet == b'.').filter(|place| !place.is_empty()) {
            let index: usize = core::str::from_utf8(place).ok()?.parse().ok()?;
            match parts {
                Self::Structure(of) => {
                    let (part, within) = of.get(index)?;
                    if name.len > 0 {
                        name.push(b".")?;
                    }
                    name.push(part.as_bytes())?;
                    parts = within;
                }
                Self::Array(of) => {
                    name.push(b"(")?;
                    name.push(place)?;
                    name.push(b")")?;
                    parts = of;
                }
                Self::Value => return None,
            }
        }
        (name.len > 0).then_some(name)
    }
}

/// Octets of the longest name of a part that is told: IEC 61850-7-2 allows 129 for a whole reference.
const NAME: usize = 128;

/// The names of a part, with dots between them.
pub(crate) struct PartName {
    octets: [u8; NAME],
    len: usize,
}

impl PartName {
    fn push(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.len.checked_add(octets.len())?;
        self.octets.get_mut(self.len..end)?.copy_from_slice(octets);
        self.len = end;
        Some(())
    }
    pub(crate) fn text(&self) -> Text<'_> {
        Text(self.octets.get(..self.len).unwrap_or_default())
    }
}

/// Data sets, reports and types of devices, by the names that messages use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The members of each data set, as MMS lists variables.
    data_sets: HashMap<Vec<u8>, Vec<u8>>,
    /// The data set of each RptID; `None` if several devices use it for different ones.
    reports: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// What each logical node holds under each functional constraint, by logical device and `LN$FC`.
    nodes: HashMap<Box<str>, HashMap<Box<str>, Arc<Parts>>>,
}

/// One element of BER, of fewer than 65,536 octets.
fn element(identifier: u8, contents: &[u8]) -> Vec<u8> {
    let [_, _, high, low] = (contents.len() as u32).to_be_bytes();
    [&[identifier, 0x82, high, low], contents].concat()
}

impl Description {
    /// One that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells the members of a data set, each as logical device and item (`LN$FC$DO$DA`), in their order. `reference` is the
    /// name of the data set: `LD/LN$name`.
    pub fn add_data_set<'a>(
        &mut self,
        reference: &str,
        members: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let mut list = Vec::new();
        for (device, item) in members {
            // Names of MMS have at most 64 octets or so; what is none cannot be a member.
            if device.len() + item.len() > 1024 {
                continue;
            }
            let name = [element(0x1a, device.as_bytes()), element(0x1a, item.as_bytes())].concat();
            list.extend(element(0x30, &element(0xa0, &element(0xa1, &name))));
        }
        self.data_sets.insert(reference.as_bytes().to_vec(), list);
    }

    /// Tells which data set the reports of this RptID are of, for reports that do not say so themselves.
    pub fn add_report(&mut self, report_id: &str, data_set: &str) {
        let told = Some(data_set.as_bytes().to_vec());
        let known = self.reports.entry(report_id.as_bytes().to_vec()).or_insert_with(|| told.clone());
        if *known != told {
            *known = None;
        }
    }

    /// Tells what a logical node holds under one functional constraint: its data objects. `device` is the logical device,
    /// `node` is `LN$FC`.
    pub fn add_node(&mut self, device: &str, node: &str, parts: Arc<Parts>) {
        self.nodes.entry(device.into()).or_default().insert(node.into(), parts);
    }

    /// What a variable is made of, if that is known: one named `LN$FC`, or of more parts.
    pub(crate) fn parts(&self, device: &[u8], item: &[u8]) -> Option<&Parts> {
        let nodes = self.nodes.get(core::str::from_utf8(device).ok()?)?;
        let constraint = memchr::memchr(b'$', item)? + 1;
        let behind = item.get(constraint..)?;
        let end = constraint + memchr::memchr(b'$', behind).unwrap_or(behind.len());
        let parts: &Parts = nodes.get(core::str::from_utf8(item.get(..end)?).ok()?)?;
        let mut names = item.get(end..)?.split(|octet| *octet == b'$').filter(|name| !name.is_empty());
        names.try_fold(parts, Parts::named)
    }

    /// Number of data sets.
    pub fn data_sets(&self) -> usize {
        self.data_sets.len()
    }

    /// The members of this data set, as MMS lists variables.
    pub(crate) fn members(&self, reference: &[u8]) -> Option<Elements<'_>> {
        self.data_sets.get(reference).map(|list| Elements::new(list))
    }

    /// The data set that reports of this RptID are of.
    pub(crate) fn data_set_of(&self, report_id: &[u8]) -> Option<&[u8]> {
        self.reports.get(report_id)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_the_names_of_their_type() {
        let value = || Arc::new(Parts::Value);
        let magnitude = Arc::new(Parts::Structure(vec![("f".into(), value())]));
        let harmonic = Parts::Structure(vec![("mag".into(), magnitude.clone()), ("q".into(), value())]);
        let harmonics = Arc::new(Parts::Array(Arc::new(harmonic)));
        let object = Arc::new(Parts::Structure(vec![("har".into(), harmonics), ("t".into(), value())]));
        let node = Arc::new(Parts::Structure(vec![("HA".into(), object)]));
        let mut description = Description::new();
        description.add_node("LD0", "MHAI1$MX", node);
        let name = |item: &str, path: &str| {
            let parts = description.parts(b"LD0", item.as_bytes())?;
            parts.name(path.into()).map(|name| String::from_utf8_lossy(name.text().0).into_owned())
        };
        let told = |told: &str| Some(told.to_owned());
        assert_eq!(name("MHAI1$MX", "0.0.3.0.0"), told("HA.har(3).mag.f"));
        assert_eq!(name("MHAI1$MX$HA", "0.12.1"), told("har(12).q"));
        assert_eq!(name("MHAI1$MX$HA", "1"), told("t"));
        // A value itself has no part, and what the type does not hold has no name.
        assert_eq!(name("MHAI1$MX$HA$t", ""), None);
        assert_eq!(name("MHAI1$MX$HA", "2"), None);
        assert_eq!(name("MHAI1$MX$HA", "1.0"), None);
        assert_eq!(name("MHAI1$ST$HA", "1"), None);
        assert_eq!(name("MHAI1", "1"), None);
    }

    #[test]
    fn members_are_told_as_mms_lists_variables() {
        let mut description = Description::new();
        description.add_data_set("LD0/LLN0$ds", [("LD0", "GGIO1$ST$Ind1"), ("LD0", "GGIO1$ST$Ind2")]);
        let members = description.members(b"LD0/LLN0$ds").expect("it is known");
        assert_eq!(members.count(), 2);
        assert_eq!(description.members(b"LD0/LLN0$other"), None);
        assert_eq!(description.data_sets(), 1);
    }

    #[test]
    fn an_identifier_that_means_two_things_means_none() {
        let mut description = Description::new();
        description.add_report("rpt1", "A/LLN0$ds");
        description.add_report("rpt1", "A/LLN0$ds");
        assert_eq!(description.data_set_of(b"rpt1"), Some(&b"A/LLN0$ds"[..]));
        description.add_report("rpt1", "B/LLN0$ds");
        assert_eq!(description.data_set_of(b"rpt1"), None);
    }
}
