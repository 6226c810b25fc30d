//! What a description of a substation says of its devices (IEC 61850-6), as plain data.
//!
//! The files (SCD, CID, ICD) are read outside; see [`Config::description`](crate::Config::description).
use crate::wire::ber::Elements;
use std::collections::HashMap;

/// Data sets and reports of devices, by the names that messages use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The members of each data set, as MMS lists variables.
    data_sets: HashMap<Vec<u8>, Vec<u8>>,
    /// The data set of each RptID; `None` if several devices use it for different ones.
    reports: HashMap<Vec<u8>, Option<Vec<u8>>>,
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
