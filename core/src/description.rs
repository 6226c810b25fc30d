//! What is known of the devices of a plant beside the traffic: descriptions of substations (IEC 61850-6) and lists of
//! names, as plain data.
//!
//! The files (SCD, CID, ICD; CSV) are read outside; see [`Config::description`](crate::Config::description).
use crate::{
    common::{Operations, Points},
    record::{Address, Envelope, Text},
    registers::{MOST, RegisterValue},
    wire::ber::Elements,
};
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
        // `har(3)` is an element of an array.
        if let Some(array) =
            name.strip_suffix(b")").and_then(|name| name.split(|octet| *octet == b'(').next())
        {
            return match self.named(array)? {
                Self::Array(element) => Some(element),
                _ => None,
            };
        }
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

/// How one value of a sample is encoded (IEC 61850-9-2, encoding of the basic data types). None has a tag or a length: where
/// it stands is known from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// One octet, 0 for false.
    Boolean,
    /// A whole number of 1 to 8 octets.
    Integer(u8),
    /// One that is not negative.
    Unsigned(u8),
    /// A real number of 4 octets.
    Single,
    /// A real number of 8 octets.
    Double,
    /// A quality, in 4 octets.
    Quality,
    /// A time with its quality, in 8 octets.
    Timestamp,
}

impl SampleType {
    /// How many octets it has.
    pub const fn octets(self) -> usize {
        match self {
            Self::Boolean => 1,
            Self::Integer(octets) | Self::Unsigned(octets) => octets as usize,
            Self::Single | Self::Quality => 4,
            Self::Double | Self::Timestamp => 8,
        }
    }
}

/// The values of a sample, in their order: the name of each, as `LD/LN$FC$DO$DA`, and how it is encoded.
pub type Samples = Vec<(Box<str>, SampleType)>;

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

/// Data sets, reports and types of devices, by the names that messages use; names that people of the plant use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The members of each data set, as MMS lists variables.
    data_sets: HashMap<Vec<u8>, Vec<u8>>,
    /// The data set of each RptID; `None` if several devices use it for different ones.
    reports: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// The values of the samples of each data set that streams of sampled values send.
    samples: HashMap<Vec<u8>, Arc<Samples>>,
    /// The data set of each svID; `None` if several devices use it for different ones.
    streams: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// What each logical node holds under each functional constraint, by logical device and `LN$FC`.
    nodes: HashMap<Box<str>, HashMap<Box<str>, Arc<Parts>>>,
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
    /// How numbers lie in its registers, by the number of the first.
    registers: HashMap<u64, Vec<Typed>>,
}

/// The points that something is said of: those of every station, where there is none, and of every space, where there is
/// none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Of {
    station: Option<u32>,
    space: Option<String>,
}

/// What the plant calls a point.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    of: Of,
    name: String,
    unit: Option<String>,
}

/// How a number lies in registers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    of: Of,
    value: RegisterValue,
}

impl AsRef<Of> for Named {
    fn as_ref(&self) -> &Of {
        &self.of
    }
}
impl AsRef<Of> for Typed {
    fn as_ref(&self) -> &Of {
        &self.of
    }
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
fn best<'a, T: AsRef<Of>>(
    all: Option<&'a Vec<T>>,
    station: Option<u32>,
    space: Option<&str>,
) -> Option<&'a T> {
    let fits = |one: &&T| {
        let of = (*one).as_ref();
        (of.station.is_none() || of.station == station)
            && of.space.as_deref().is_none_or(|own| space == Some(own))
    };
    let most = |one: &&T| {
        let of = (*one).as_ref();
        (of.station.is_some(), of.space.is_some())
    };
    all?.iter().filter(fits).max_by_key(most)
}

/// Adds an entry. Returns false if there is another one for the same points, which stays.
fn add<T: AsRef<Of> + PartialEq>(all: &mut Vec<T>, new: T) -> bool {
    match all.iter().find(|known| (*known).as_ref() == new.as_ref()) {
        Some(known) => *known == new,
        None => {
            all.push(new);
            true
        }
    }
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

    /// Tells what samples of this data set are made of, and which stream sends them. `data_set` is its name: `LD/LN$name`.
    pub fn add_samples(&mut self, sv_id: &str, data_set: &str, samples: Samples) {
        let told = Some(data_set.as_bytes().to_vec());
        let known = self.streams.entry(sv_id.as_bytes().to_vec()).or_insert_with(|| told.clone());
        if *known != told {
            *known = None;
        }
        self.samples.insert(data_set.as_bytes().to_vec(), Arc::new(samples));
    }

    /// What samples are made of: of this data set, or else of the one that this stream sends.
    pub(crate) fn samples(&self, data_set: Option<&[u8]>, sv_id: &[u8]) -> Option<&Arc<Samples>> {
        let named = data_set.and_then(|data_set| self.samples.get(data_set));
        named.or_else(|| self.samples.get(self.streams.get(sv_id)?.as_deref()?))
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
        let of = Of { station, space: space.map(str::to_owned) };
        add(named, Named { of, name: name.to_owned(), unit: unit.map(str::to_owned) })
    }

    /// Tells how a number lies in the registers of a device, of one station below it or of each, from register `first` on;
    /// `space` is the kind of register (`holding_register`, `input_register`), none for both. Returns false if another was
    /// told already, which stays.
    pub fn add_register_value(
        &mut self,
        address: Address,
        station: Option<u32>,
        space: Option<&str>,
        first: u64,
        value: RegisterValue,
    ) -> bool {
        let device = self.devices.entry(address).or_default();
        let of = Of { station, space: space.map(str::to_owned) };
        add(device.registers.entry(first).or_default(), Typed { of, value })
    }

    /// Whether anything is known of how numbers lie in the registers of this device.
    pub(crate) fn has_register_values(&self, device: Option<Address>) -> bool {
        device.and_then(|device| self.devices.get(&device)).is_some_and(|device| !device.registers.is_empty())
    }

    /// How the number lies that begins at this register.
    pub(crate) fn register_value(
        &self,
        device: Option<Address>,
        station: Option<u32>,
        space: &str,
        first: u64,
    ) -> Option<RegisterValue> {
        let device = self.devices.get(&device?)?;
        best(device.registers.get(&first), station, Some(space)).map(|typed| typed.value)
    }

    /// The registers before this one at which a number may begin that reaches to it, and itself.
    pub(crate) fn may_begin(index: u64) -> core::ops::RangeInclusive<u64> {
        index.saturating_sub(MOST - 1)..=index
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
        // An element that is a member of a data set alone.
        assert_eq!(name("MHAI1$MX$HA$har(3)", "0.0"), told("mag.f"));
        assert_eq!(name("MHAI1$MX$HA$t(3)", "0"), None);
        // A value itself has no part, and what the type does not hold has no name.
        assert_eq!(name("MHAI1$MX$HA$t", ""), None);
        assert_eq!(name("MHAI1$MX$HA", "2"), None);
        assert_eq!(name("MHAI1$MX$HA", "1.0"), None);
        assert_eq!(name("MHAI1$ST$HA", "1"), None);
        assert_eq!(name("MHAI1", "1"), None);
    }

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
    fn the_nearest_type_of_a_register_is_taken() {
        use crate::registers::{RegisterNumber, RegisterOrder};
        let plc = Address::Ip([10, 0, 0, 1].into());
        let of = |number| RegisterValue { number, order: RegisterOrder::Abcd };
        let (real, signed) = (of(RegisterNumber::Float32), of(RegisterNumber::Int32));
        let mut known = Description::new();
        assert!(!known.has_register_values(Some(plc)));
        assert!(known.add_register_value(plc, None, Some("holding_register"), 7, real));
        assert!(known.add_register_value(plc, None, Some("holding_register"), 7, real), "the same again");
        assert!(!known.add_register_value(plc, None, Some("holding_register"), 7, signed), "it has another");
        let other = RegisterValue { order: RegisterOrder::Cdab, ..real };
        assert!(!known.add_register_value(plc, None, Some("holding_register"), 7, other), "in another order");
        assert!(known.add_register_value(plc, Some(3), None, 7, signed));
        assert!(known.has_register_values(Some(plc)));
        let value = |station, space, first| known.register_value(Some(plc), Some(station), space, first);
        assert_eq!(value(1, "holding_register", 7), Some(real));
        assert_eq!(value(1, "input_register", 7), None);
        assert_eq!(value(3, "input_register", 7), Some(signed));
        assert_eq!(value(1, "holding_register", 8), None);
        assert_eq!(known.register_value(None, Some(1), "holding_register", 7), None);
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
