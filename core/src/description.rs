//! What is known of the devices of a plant beside the traffic: descriptions of substations (IEC 61850-6) and lists of
//! names, as plain data.
//!
//! The files (SCD, CID, ICD; CSV) are read outside; see [`Config::description`](crate::Config::description).
use crate::{
    common::{Operations, Points},
    record::{Address, Envelope, Text},
    wire::ber::Elements,
};
use std::collections::HashMap;

/// Data sets and reports of devices, by the names that messages use; names that people of the plant use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The members of each data set, as MMS lists variables.
    data_sets: HashMap<Vec<u8>, Vec<u8>>,
    /// The data set of each RptID; `None` if several devices use it for different ones.
    reports: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// What the plant calls its devices and their points.
    devices: HashMap<Address, Device>,
}

/// What the plant calls a device and its points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Device {
    /// For the whole device, or for one station below its address.
    names: Vec<(Option<u32>, String)>,
    /// By number, and by the name that messages use.
    numbers: HashMap<u64, Vec<Named>>,
    objects: HashMap<Vec<u8>, Vec<Named>>,
}

/// What the plant calls a point.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    /// Every station, where there is none; every space, where there is none.
    station: Option<u32>,
    space: Option<String>,
    name: String,
    unit: Option<String>,
}

/// A point of a device, as messages speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKey<'a> {
    /// By its number, of one kind of address (`holding_register`, `coil`) or of all.
    Number(Option<&'a str>, u64),
    /// By its name.
    Object(&'a str),
}

/// The entry that says most of those that fit.
fn best<'a>(named: Option<&'a Vec<Named>>, station: Option<u32>, space: Option<&str>) -> Option<&'a Named> {
    let fits = |named: &&Named| {
        (named.station.is_none() || named.station == station)
            && named.space.as_deref().is_none_or(|own| space == Some(own))
    };
    named?.iter().filter(fits).max_by_key(|named| (named.station.is_some(), named.space.is_some()))
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

    /// Tells what the plant calls a device, or one station below its address. Returns false if it has another name already,
    /// which stays.
    pub fn add_device(&mut self, address: Address, station: Option<u32>, name: &str) -> bool {
        let names = &mut self.devices.entry(address).or_default().names;
        match names.iter().find(|(known, _)| *known == station) {
            Some((_, known)) => known == name,
            None => {
                names.push((station, name.to_owned()));
                true
            }
        }
    }

    /// Tells what the plant calls a point of a device, of one station below its address or of each, and the unit of its
    /// values. Returns false if it has another name or unit already, which stays.
    pub fn add_point(
        &mut self,
        address: Address,
        station: Option<u32>,
        point: PointKey<'_>,
        name: &str,
        unit: Option<&str>,
    ) -> bool {
        let device = self.devices.entry(address).or_default();
        let (named, space) = match point {
            PointKey::Number(space, number) => (device.numbers.entry(number).or_default(), space),
            PointKey::Object(object) => (device.objects.entry(object.as_bytes().to_vec()).or_default(), None),
        };
        let space = space.map(str::to_owned);
        let new = Named { station, space, name: name.to_owned(), unit: unit.map(str::to_owned) };
        match named.iter().find(|known| known.station == new.station && known.space == new.space) {
            Some(known) => *known == new,
            None => {
                named.push(new);
                true
            }
        }
    }

    /// What the plant calls the device at this address: the station below it, or else the whole.
    pub fn device_name(&self, address: Option<Address>, station: Option<u32>) -> Option<&str> {
        let names = &self.devices.get(&address?)?.names;
        let of = |station| names.iter().find(|(known, _)| *known == station);
        of(station).or_else(|| of(None)).map(|(_, name)| name.as_str())
    }

    /// What the plant calls a point, and the unit of its values. A name of this very station goes before one of all, one of
    /// this kind of address before one of all, and a number before the name that messages use.
    fn point(
        &self,
        device: Option<Address>,
        station: Option<u32>,
        space: Option<&str>,
        address: Option<u64>,
        object: Option<Text<'_>>,
    ) -> Option<&Named> {
        let device = self.devices.get(&device?)?;
        address
            .and_then(|number| best(device.numbers.get(&number), station, space))
            .or_else(|| object.and_then(|object| best(device.objects.get(object.0), station, space)))
    }

    /// Puts the names of the plant into a row of `points`.
    pub(crate) fn name_point<'a>(&'a self, device: Option<Address>, row: &mut Points<'a>) {
        row.device_name = self.device_name(device, row.station).map(Text::from);
        let named = self.point(device, row.station, Some(row.space.0), row.address, row.name);
        row.plant_name = named.map(|named| Text::from(named.name.as_str()));
        row.unit = named.and_then(|named| named.unit.as_deref()).map(Text::from);
    }

    /// Puts the names of the plant into a row of `operations`.
    pub(crate) fn name_operation<'a>(&'a self, envelope: &Envelope, row: &mut Operations<'a>) {
        let device = receiver(envelope);
        row.device_name = self.device_name(device, row.station).map(Text::from);
        let space = row.space.map(|space| space.0);
        let named = self.point(device, row.station, space, row.address, row.object);
        row.plant_name = named.map(|named| Text::from(named.name.as_str()));
        row.unit = named.and_then(|named| named.unit.as_deref()).map(Text::from);
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

/// Who a message is for.
fn receiver(envelope: &Envelope) -> Option<Address> {
    envelope.receiver.map(Address::Ip).or(envelope.receiver_mac.map(Address::Mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_taken() {
        let plc = Address::Ip([10, 0, 0, 1].into());
        let mut known = Description::new();
        assert!(known.add_device(plc, None, "gateway"));
        assert!(known.add_device(plc, Some(3), "meter"));
        assert!(!known.add_device(plc, None, "other"), "it has a name already");
        assert_eq!(known.device_name(Some(plc), Some(3)), Some("meter"));
        assert_eq!(known.device_name(Some(plc), Some(4)), Some("gateway"));
        assert_eq!(known.device_name(Some(Address::Ip([10, 0, 0, 2].into())), None), None);

        let coil = Some("coil");
        assert!(known.add_point(plc, None, PointKey::Number(None, 7), "any", Some("m")));
        assert!(known.add_point(plc, None, PointKey::Number(coil, 7), "a coil", None));
        assert!(known.add_point(plc, Some(3), PointKey::Number(None, 7), "of station 3", None));
        assert!(known.add_point(plc, None, PointKey::Object("LD0/A"), "by name", Some("kV")));
        assert!(!known.add_point(plc, None, PointKey::Number(coil, 7), "a coil", Some("V")));
        let name = |station, space, number, object: Option<&'static str>| {
            let named = known.point(Some(plc), station, space, number, object.map(Text::from));
            named.map(|named| named.name.as_str())
        };
        assert_eq!(name(None, Some("input_register"), Some(7), None), Some("any"));
        assert_eq!(name(Some(1), coil, Some(7), None), Some("a coil"));
        assert_eq!(name(Some(3), coil, Some(7), None), Some("of station 3"));
        assert_eq!(name(None, None, Some(8), Some("LD0/A")), Some("by name"));
        assert_eq!(name(None, coil, Some(8), None), None);
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
