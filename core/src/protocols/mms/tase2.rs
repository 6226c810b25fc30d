//! What names and values mean in TASE.2, also called ICCP (IEC 60870-6-503 and -802): servers and their bilateral tables,
//! indication points, transfer sets and their reports, device control, information messages.
//!
//! An association is one of TASE.2 from the moment on in which it names one of its own objects. The layouts are those of
//! IEC 60870-6-802, in the order that servers tell of their types.
use super::{
    IccpControls, IccpMessages, IccpPoints, IccpServers, IccpTransferSets, IccpTransfers,
    control::{Control, Step},
    names::{Copied, Name, Variables, component, components, selects_several, text, variable},
    state::name_key,
};
use crate::{
    common::{Anomaly, AnomalyKind, Fact, Operation, PointValue, PointWay, Whose},
    output::{Output, Point, Scratch},
    record::{Instant, Symbol, Text},
    wire::{
        ber::{BitString, Element, Elements},
        mms::Data,
    },
};
use std::collections::HashMap;

crate::codes! {
    /// What kind of indication point it is (IEC 60870-6-802, clause 8.1.1).
    pub struct IndicationType(u8) {
        /// A state of two bits.
        STATE = 1 => "state",
        /// A number with decimals.
        REAL = 2 => "real",
        /// A whole number.
        DISCRETE = 3 => "discrete",
    }
}

crate::codes! {
    /// State of a device.
    pub struct State(u8) {
        /// Between its ends.
        BETWEEN = 0 => "between",
        /// Off, tripped, open.
        OFF = 1 => "off",
        /// On, closed.
        ON = 2 => "on",
        /// Invalid.
        INVALID = 3 => "invalid",
    }
}

crate::codes! {
    /// Whether a value is to be trusted.
    pub struct Validity(u8) {
        /// It is.
        VALID = 0 => "valid",
        /// It is an older one, held.
        HELD = 1 => "held",
        /// It is doubtful.
        SUSPECT = 2 => "suspect",
        /// It is not.
        NOT_VALID = 3 => "not_valid",
    }
}

crate::codes! {
    /// Where a value comes from.
    pub struct CurrentSource(u8) {
        /// From telecontrol.
        TELEMETERED = 0 => "telemetered",
        /// It was calculated.
        CALCULATED = 1 => "calculated",
        /// It was entered by an operator.
        ENTERED = 2 => "entered",
        /// It was estimated.
        ESTIMATED = 3 => "estimated",
    }
}

crate::codes! {
    /// What a tag forbids.
    pub struct Tag(u8) {
        /// Nothing.
        NO_TAG = 0 => "no_tag",
        /// To open and to close.
        OPEN_AND_CLOSE_INHIBIT = 1 => "open_and_close_inhibit",
        /// To close.
        CLOSE_ONLY_INHIBIT = 2 => "close_only_inhibit",
        /// Invalid.
        INVALID = 3 => "invalid",
    }
}

/// Names of objects that TASE.2 alone has (IEC 60870-6-503).
const NAMES: [&[u8]; 17] = [
    b"TASE2_Version",
    b"Supported_Features",
    b"Bilateral_Table_ID",
    b"Next_DSTransfer_Set",
    b"Next_TSTransfer_Set",
    b"Transfer_Set_Name",
    b"Transfer_Set_Time_Stamp",
    b"DSConditions_Detected",
    b"TSConditions_Detected",
    b"Event_Code_Detected",
    b"Transfer_Report_ACK",
    b"Transfer_Report_NACK",
    b"IM_Transfer_Set",
    b"Info_Mess_Header",
    b"TA_Transfer_Set",
    b"TAConditions_Detected",
    b"Next_TATransfer_Set",
];
/// Variables whose first component is remembered.
const TYPES: usize = 8192;
/// A time stamp is that of the last change, which may be long ago: where only its number tells it from a value, it is one from 1990 on,
/// in seconds since 1970.
const FIRST_STAMP: i64 = 631_152_000;
/// And to a year behind the time of the capture, by the clocks of plants.
const YEAR: i64 = 366 * 86_400;

/// Whether TASE.2 alone has an object of this name.
pub(super) fn is_name(item: &[u8]) -> bool {
    item.contains(&b'_') && NAMES.contains(&item)
}

/// What is remembered of an association in TASE.2.
#[derive(Debug, Default)]
pub(super) struct Association {
    recognised: bool,
    /// Whether the first component of a variable is its time stamp, by the name of the variable.
    begins_with_time: HashMap<u64, bool>,
}

impl Association {
    /// Whether it is one of TASE.2.
    pub(super) fn is_recognised(&self) -> bool {
        self.recognised
    }
    /// Whether this names an object of TASE.2, for the whole association if for one message.
    pub(super) fn hear(&mut self, variables: &Variables<'_>) {
        if self.recognised {
            return;
        }
        self.recognised = match variables {
            Variables::Each(each) => {
                (*each).take(16).any(|item| variable(item).name.is_some_and(|name| is_name(name.item)))
            }
            _ => false,
        };
    }
    /// The same of names that a server lists.
    pub(super) fn hear_names(&mut self, names: Elements<'_>) {
        self.recognised |= names.clone().any(|name| is_name(name.contents));
    }
    /// Learns from the type of a variable what its first component is. Returns whether there was room for it.
    pub(super) fn learn_type(&mut self, variable: u64, specification: Element<'_>) -> bool {
        let components = specification.elements().find(|field| field.identifier == 0xa1);
        let first = components.and_then(|components| components.elements().next());
        let name = first.and_then(|first| first.elements().find(|field| field.identifier == 0x80));
        let time = match (specification.identifier, name.map(|name| name.contents)) {
            (0xa2, Some(b"TimeStamp")) => true,
            (0xa2, Some(b"Value")) => false,
            _ => return true,
        };
        let room = self.begins_with_time.len() < TYPES || self.begins_with_time.contains_key(&variable);
        if room {
            self.begins_with_time.insert(variable, time);
        }
        room
    }
    /// What a write is, if it is one of TASE.2's own: of this variable, of a part of it, of this value.
    pub(super) fn written(
        &self,
        name: &Name<'_>,
        access: Option<Element<'_>>,
        data: Option<Element<'_>>,
    ) -> Option<Operation> {
        if !self.recognised {
            return None;
        }
        let value = data.and_then(|data| Data::read(data).ok());
        let of_transfer_set = access.and_then(component).is_some_and(is_attribute)
            || data.is_some_and(|data| TransferSet::read(data).is_some());
        let operates = matches!(value, Some(Data::Integer(_) | Data::Single(_) | Data::Double(_)));
        match (name.item, of_transfer_set) {
            (b"IM_Transfer_Set", _) | (_, true) => Some(Operation::REPORTING),
            (item, _) if item.ends_with(b"_TAG") => Some(Operation::CONTROL),
            (item, _) if operates && access.is_none() && !is_name(item) => Some(Operation::CONTROL),
            _ => None,
        }
    }
    /// The control that a request is, or that an answer belongs to: a read of `_SBO` selects; a write of a command or a set
    /// point operates, and was called a control when it was asked.
    pub(super) fn control<'a>(&self, name: &Name<'a>, reads: bool, is_control: bool) -> Option<Control<'a>> {
        let domain = name.domain.unwrap_or_default();
        let selected = name.item.strip_suffix(b"_SBO");
        let (object, step) = match (self.recognised, reads, selected) {
            (true, true, Some(object)) => (object, Step::Select),
            (true, false, None) if is_control && !name.item.ends_with(b"_TAG") => (name.item, Step::Operate),
            _ => return None,
        };
        Some(Control { domain, object, step, terminates: false })
    }
}

/// A whole number, signed or not.
fn integer(data: Option<Data<'_>>) -> Option<i64> {
    match data? {
        Data::Integer(value) => Some(value),
        Data::Unsigned(value) => i64::try_from(value).ok(),
        _ => None,
    }
}

fn parts(element: Element<'_>) -> Option<impl Iterator<Item = Data<'_>>> {
    match Data::read(element) {
        Ok(Data::Structure(parts)) => Some(parts.into_iter().map_while(|part| Data::read(part).ok())),
        _ => None,
    }
}

/// GMTBasedS, or the same with milliseconds (IEC 60870-6-802, clause 8.1.1).
fn time_stamp(data: Data<'_>) -> Option<Instant> {
    let (seconds, milliseconds) = match data {
        Data::Integer(seconds) => (seconds, 0),
        Data::Structure(parts) => {
            let mut numbers = parts.into_iter().map_while(|part| Data::read(part).ok());
            let (seconds, milliseconds) = (integer(numbers.next())?, integer(numbers.next())?);
            (seconds, milliseconds)
        }
        _ => return None,
    };
    seconds.checked_mul(1000)?.checked_add(milliseconds)?.checked_mul(1_000_000).map(Instant)
}

/// Two bits of flags, the higher first.
fn pair(bits: &BitString<'_>, at: usize) -> u8 {
    let bit = |at| u8::from(bits.get(at).unwrap_or_default());
    bit(at) << 1 | bit(at + 1)
}

/// The name of an object as a value: scope, domain, name. Appended as `domain/item`.
fn object_name(data: Data<'_>, scratch: &mut Scratch) -> Option<super::names::Place> {
    let Data::Structure(parts) = data else { return None };
    let mut parts = parts.into_iter().map_while(|part| Data::read(part).ok());
    let (_, domain, name) = (integer(parts.next())?, parts.next()?, parts.next()?);
    let (Data::VisibleString(Text(domain)), Data::VisibleString(Text(item))) = (domain, name) else {
        return None;
    };
    let domain = Some(domain).filter(|domain| !domain.is_empty());
    Some(Name { domain, item, form: super::names::Form::Name }.push(scratch))
}

/// A value of an indication point.
#[derive(Clone, Copy, Debug)]
struct Indication<'a> {
    indication_type: IndicationType,
    value: Option<Data<'a>>,
    flags: Option<BitString<'a>>,
    time_stamp: Option<Instant>,
    changes: Option<u64>,
}

impl<'a> Indication<'a> {
    /// `begins_with_time` is whether the first component is the time stamp, where the type was seen; `now` the capture's
    /// time in seconds.
    fn read(element: Element<'a>, begins_with_time: Option<bool>, now: i64) -> Option<Self> {
        let data = Data::read(element).ok()?;
        let mut it = Self {
            indication_type: IndicationType::STATE,
            value: Some(data),
            flags: None,
            time_stamp: None,
            changes: None,
        };
        match data {
            Data::Single(_) | Data::Double(_) => it.indication_type = IndicationType::REAL,
            Data::Integer(_) | Data::Unsigned(_) => it.indication_type = IndicationType::DISCRETE,
            Data::BitString(bits) if (2..=8).contains(&bits.len()) => {
                (it.value, it.flags) = (None, Some(bits));
            }
            Data::Structure(_) => return it.structure(element, begins_with_time, now),
            _ => return None,
        }
        Some(it)
    }

    fn structure(mut self, element: Element<'a>, begins_with_time: Option<bool>, now: i64) -> Option<Self> {
        self.value = None;
        let mut first = None;
        for part in parts(element)? {
            match part {
                Data::BitString(bits) if bits.len() == 8 && self.flags.is_none() => self.flags = Some(bits),
                Data::Unsigned(changes) if self.flags.is_some() => self.changes = Some(changes),
                _ if self.flags.is_some() => return None,
                Data::Single(_) | Data::Double(_) if self.value.is_none() && first.is_none() => {
                    (self.value, self.indication_type) = (Some(part), IndicationType::REAL);
                }
                Data::Integer(_) if self.value.is_none() && first.is_none() => first = Some(part),
                Data::Integer(_) | Data::Structure(_) if self.time_stamp.is_none() => {
                    self.time_stamp = time_stamp(part);
                }
                _ => return None,
            }
        }
        self.flags?;
        let Some(whole) = first else { return Some(self) };
        // A state with its time looks like a discrete value without one.
        let stamps = FIRST_STAMP..now.saturating_add(YEAR);
        let near = integer(Some(whole)).is_some_and(|whole| stamps.contains(&whole));
        if self.time_stamp.is_none() && begins_with_time.unwrap_or(near) {
            self.time_stamp = time_stamp(whole);
        } else {
            (self.value, self.indication_type) = (Some(whole), IndicationType::DISCRETE);
        }
        Some(self)
    }

    fn state(&self) -> Option<State> {
        let bits = self.flags.filter(|_| self.indication_type == IndicationType::STATE)?;
        Some(State(pair(&bits, 0)))
    }
    /// The flags, where there are all eight of them.
    fn all_flags(&self) -> Option<(u8, BitString<'a>)> {
        let bits = self.flags.filter(|bits| bits.len() == 8)?;
        Some((*bits.octets.first()?, bits))
    }

    fn say(&self, about: &About<'_>, out: &mut Output<'_>) {
        let flags = self.all_flags();
        let validity = flags.map(|(_, bits)| Validity(pair(&bits, 2)));
        let state = self.state();
        let discrete = integer(self.value);
        let real = match self.value {
            Some(Data::Single(value)) => Some(f64::from(value)),
            Some(Data::Double(value)) => Some(value),
            _ => None,
        };
        out.row(&IccpPoints {
            index: about.index,
            name: about.text,
            way: about.way,
            indication_type: self.indication_type,
            state,
            discrete,
            real,
            flags: flags.map(|(octet, _)| octet),
            validity,
            current_source: flags.map(|(_, bits)| CurrentSource(pair(&bits, 4))),
            abnormal: flags.and_then(|(_, bits)| bits.get(6)),
            time_stamp_invalid: flags.and_then(|(_, bits)| bits.get(7)),
            time_stamp: self.time_stamp,
            change_of_value_counter: self.changes,
        });
        let value = match (state, real, discrete) {
            (Some(state), ..) => PointValue::Integer(state.0.into()),
            (_, Some(real), _) => PointValue::Number(real),
            (.., Some(discrete)) => PointValue::Integer(discrete),
            _ => return,
        };
        if about.text.is_none() || !out.wants_points() {
            return;
        }
        let mut point = Point::new(Symbol("indication"), about.way, value);
        point.name = about.text;
        point.good = validity.map(|validity| validity == Validity::VALID);
        point.quality = flags.map(|(octet, _)| octet.into());
        point.device_time = self.time_stamp;
        out.point(about.whose, &point);
    }
}

/// Attributes of a transfer set of data sets that are written one by one.
const ATTRIBUTES: [&[u8]; 13] = [
    b"DataSetName",
    b"StartTime",
    b"Interval",
    b"TLE",
    b"BufferTime",
    b"IntegrityCheck",
    b"DSConditionsRequested",
    b"BlockData",
    b"Critical",
    b"RBE",
    b"AllChangesReported",
    b"Status",
    b"EventCodeRequested",
];

fn is_attribute(name: &[u8]) -> bool {
    ATTRIBUTES.contains(&name)
}

/// Attributes of a transfer set, those that are there.
#[derive(Clone, Copy, Debug, Default)]
struct TransferSet<'a> {
    attributes: [Option<Data<'a>>; 13],
}

impl<'a> TransferSet<'a> {
    /// All of them (IEC 60870-6-802, DSTransferSet); the edition of 1996 has no `AllChangesReported`.
    fn read(element: Element<'a>) -> Option<Self> {
        let count = parts(element)?.count();
        let mut told = Self::default();
        let places = (0..13usize).filter(|place| count > 12 || *place != 10);
        for (place, part) in places.zip(parts(element)?) {
            let fits = match place {
                0 => matches!(part, Data::Structure(_)),
                6 => matches!(part, Data::BitString(_)),
                7..=11 => matches!(part, Data::Boolean(_)),
                _ => matches!(part, Data::Integer(_) | Data::Unsigned(_)),
            };
            fits.then_some(())?;
            *told.attributes.get_mut(place)? = Some(part);
        }
        (count == 12 || count == 13).then_some(told)
    }
    /// Those that an access names: one, or several of which the value has the parts.
    fn chosen(access: Element<'a>, element: Element<'a>) -> Option<Self> {
        if !selects_several(access) {
            return Self::one(component(access)?, element);
        }
        let Ok(Data::Structure(values)) = Data::read(element) else { return None };
        let mut told = Self::default();
        for (name, value) in components(access).zip(values) {
            let place = ATTRIBUTES.iter().position(|attribute| name == Some(*attribute))?;
            *told.attributes.get_mut(place)? = Data::read(value).ok();
        }
        Some(told)
    }
    /// One of them.
    fn one(name: &[u8], element: Element<'a>) -> Option<Self> {
        let place = ATTRIBUTES.iter().position(|attribute| *attribute == name)?;
        let mut told = Self::default();
        *told.attributes.get_mut(place)? = Data::read(element).ok();
        Some(told)
    }

    fn say(&self, about: &About<'_>, out: &mut Output<'_>) {
        let get = |place: usize| self.attributes.get(place).copied().flatten();
        let number = |place| integer(get(place));
        let truth = |place| match get(place) {
            Some(Data::Boolean(value)) => Some(value),
            _ => None,
        };
        let mut scratch = out.take_scratch();
        let place = get(0).and_then(|name| object_name(name, &mut scratch));
        out.row(&IccpTransferSets {
            transfer_set: about.text,
            way: about.way,
            data_set: text(&scratch, place),
            start_time: get(1).and_then(time_stamp).filter(|time| time.0 != 0),
            interval: number(2),
            time_limit: number(3),
            buffer_time: number(4),
            integrity_check: number(5),
            conditions: conditions(get(6)),
            block_data: truth(7),
            critical: truth(8),
            report_by_exception: truth(9),
            all_changes_reported: truth(10),
            status: truth(11),
            event_code: number(12),
        });
        out.give_back(scratch);
    }
}

/// Conditions as flags, the first lowest.
fn conditions(data: Option<Data<'_>>) -> Option<u16> {
    match data? {
        Data::BitString(bits) => u16::try_from(bits.flags()).ok(),
        other => integer(Some(other)).and_then(|number| u16::try_from(number).ok()),
    }
}

/// Everything about a variable but its value.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    /// Place in the message.
    pub(super) index: u32,
    /// The variable.
    pub(super) name: Option<Name<'a>>,
    /// Its name as text.
    pub(super) text: Option<Text<'a>>,
    /// The part of it that is meant.
    pub(super) access: Option<Element<'a>>,
    pub(super) way: PointWay,
    pub(super) whose: Whose,
}

/// Says what a value is in TASE.2. Returns false if that is nothing of its own.
pub(super) fn value(
    association: &Association,
    about: &About<'_>,
    element: Element<'_>,
    out: &mut Output<'_>,
) -> bool {
    let item = about.name.map(|name| name.item).unwrap_or_default();
    if is_name(item) || item.starts_with(b"Info_Buff_") {
        well_known(item, element, out);
        return true;
    }
    if item.ends_with(b"_SBO") || item.ends_with(b"_TAG") {
        device(about, item, element, out);
        return true;
    }
    let one = about.access.and_then(|access| TransferSet::chosen(access, element));
    if let Some(transfer_set) = one.or_else(|| TransferSet::read(element)) {
        let about = About { text: about.name.and(about.text).map(of_variable), ..*about };
        transfer_set.say(&about, out);
        return true;
    }
    if about.way == PointWay::COMMANDED {
        operate(about, element, out);
        return false;
    }
    let key = about.name.map(|name| name_key(name.domain.unwrap_or_default(), name.item));
    let begins_with_time = key.and_then(|key| association.begins_with_time.get(&key)).copied();
    let now = out.ts().div_euclid(1_000_000_000);
    match Indication::read(element, begins_with_time, now).filter(|_| about.access.is_none()) {
        Some(indication) => {
            indication.say(about, out);
            true
        }
        None => false,
    }
}

/// The name of a variable without the part of it that is meant.
fn of_variable(Text(name): Text<'_>) -> Text<'_> {
    let end = name.iter().position(|octet| matches!(octet, b'.' | b'[')).unwrap_or(name.len());
    Text(name.get(..end).unwrap_or_default())
}

/// What objects say that TASE.2 alone has.
fn well_known(item: &[u8], element: Element<'_>, out: &mut Output<'_>) {
    let Ok(data) = Data::read(element) else { return };
    let mut row = IccpServers {
        major_version: None,
        minor_version: None,
        supported_features: None,
        bilateral_table_id: None,
    };
    match (item, data) {
        (b"TASE2_Version", Data::Structure(_)) => {
            let mut numbers = parts(element).into_iter().flatten();
            (row.major_version, row.minor_version) = (integer(numbers.next()), integer(numbers.next()));
        }
        (b"Supported_Features", Data::BitString(bits)) => {
            row.supported_features = u16::try_from(bits.flags()).ok();
        }
        (b"Bilateral_Table_ID", Data::VisibleString(id)) => {
            row.bilateral_table_id = Some(id);
            out.identity(None, Fact::OTHER, None, id, Symbol("bilateral_table_id"));
        }
        (b"Next_DSTransfer_Set", _) => {
            let mut scratch = out.take_scratch();
            if let Some(place) = object_name(data, &mut scratch) {
                let copied = text(&scratch, Some(place)).map(|name| Copied::of(&[name.0]));
                out.give_back(scratch);
                let about = About {
                    index: 0,
                    name: None,
                    text: copied.as_ref().map(Copied::text),
                    access: None,
                    way: PointWay::READ,
                    whose: Whose::Sender,
                };
                return TransferSet::default().say(&about, out);
            }
            return out.give_back(scratch);
        }
        _ => return,
    }
    out.row(&row);
}

/// A select that was granted, or a tag.
fn device(about: &About<'_>, item: &[u8], element: Element<'_>, out: &mut Output<'_>) {
    let name = about.text.unwrap_or_default().0;
    let device = Text(name.get(..name.len().saturating_sub(4)).unwrap_or_default());
    let mut row = IccpControls { device, ..NO_CONTROL };
    if item.ends_with(b"_SBO") {
        row.step = Symbol("selected");
        row.check_back_id = Data::read(element).ok().and_then(|data| integer(Some(data)));
    } else {
        row.step = Symbol(if about.way == PointWay::READ { "get_tag" } else { "set_tag" });
        let mut parts = parts(element).into_iter().flatten();
        if let Some(Data::BitString(flags)) = parts.next() {
            row.tag = Some(Tag(pair(&flags, 0)));
            row.armed = flags.get(2);
        }
        if let Some(Data::VisibleString(reason) | Data::MmsString(reason)) = parts.next() {
            row.reason = Some(reason);
        }
    }
    out.row(&row);
}

const NO_CONTROL: IccpControls<'static> = IccpControls {
    device: Text(&[]),
    step: Symbol("select"),
    command: None,
    set_point: None,
    check_back_id: None,
    tag: None,
    armed: None,
    reason: None,
};

/// Says that a device is selected.
pub(super) fn say_select(name: Text<'_>, out: &mut Output<'_>) {
    let device = Text(name.0.strip_suffix(b"_SBO").unwrap_or(name.0));
    out.row(&IccpControls { device, ..NO_CONTROL });
}

fn operate(about: &About<'_>, element: Element<'_>, out: &mut Output<'_>) {
    let mut row =
        IccpControls { device: about.text.unwrap_or_default(), step: Symbol("operate"), ..NO_CONTROL };
    match Data::read(element) {
        Ok(Data::Single(value)) => row.set_point = Some(value.into()),
        Ok(Data::Double(value)) => row.set_point = Some(value),
        Ok(other) => row.command = integer(Some(other)),
        Err(_) => {}
    }
    out.row(&row);
}

/// An information report of TASE.2: of a transfer set, its acknowledgement, or an information message. `list` is the name of
/// the data set, `members` its variables or those that the report names.
pub(super) fn report(
    list: Option<Text<'_>>,
    members: Option<Elements<'_>>,
    results: Elements<'_>,
    out: &mut Output<'_>,
) {
    let mut scratch = out.take_scratch();
    let (mut transfer_set, mut kind, mut header) = (None, "report", None);
    let mut row = IccpTransfers {
        kind: Symbol(kind),
        transfer_set: None,
        data_set: list,
        time_stamp: None,
        conditions: None,
        event_code: None,
        values: 0,
    };
    let mut buffer = None;
    let mut members = members;
    for result in results {
        let name = members.as_mut().and_then(Elements::next).and_then(|item| variable(item).name);
        let item = name.map(|name| name.item).unwrap_or_default();
        let data = Data::read(result).ok();
        match (item, data) {
            (b"Transfer_Set_Name", Some(data)) => transfer_set = object_name(data, &mut scratch),
            (b"Transfer_Report_ACK" | b"Transfer_Report_NACK", Some(data)) => {
                kind = if item.ends_with(b"_ACK") { "acknowledgement" } else { "negative_acknowledgement" };
                transfer_set = object_name(data, &mut scratch);
            }
            (b"Transfer_Set_Time_Stamp", Some(data)) => row.time_stamp = time_stamp(data),
            (b"DSConditions_Detected" | b"TSConditions_Detected", data) => row.conditions = conditions(data),
            (b"Event_Code_Detected", data) => row.event_code = integer(data),
            (b"Info_Mess_Header", Some(Data::Structure(_))) => header = Some(result),
            (item, Some(Data::OctetString(octets))) if item.starts_with(b"Info_Buff_") => {
                buffer = Some(octets);
            }
            _ => row.values = row.values.saturating_add(1),
        }
    }
    if let Some(header) = header {
        let mut numbers = parts(header).into_iter().flatten();
        let mut next = || integer(numbers.next());
        let (info_reference, local_reference, message_id, size) = (next(), next(), next(), next());
        let len = size.and_then(|size| usize::try_from(size).ok());
        let content = buffer.map(|octets| octets.get(..len.unwrap_or(octets.len())).unwrap_or(octets));
        out.row(&IccpMessages {
            info_reference,
            local_reference,
            message_id,
            size,
            content: content.map(Text),
        });
        if let (Some(claimed), Some(content)) = (len, content.filter(|content| Some(content.len()) < len)) {
            let reason = "information message is shorter than its size";
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, reason);
            out.anomaly(anomaly.numbers(claimed as u64, content.len() as u64));
        }
    } else {
        row.kind = Symbol(kind);
        row.transfer_set = text(&scratch, transfer_set);
        out.row(&row);
    }
    out.give_back(scratch);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEC 60870-6-802, Data_StateQTimeTag: the time of a state is that of its last change, which may be long ago; a small integer is a
    /// discrete value.
    #[test]
    fn a_state_that_has_not_changed_for_years_has_its_time() {
        let now = 1_700_000_000;
        for (first, is_stamp) in [(now - 60, true), (now - 20 * YEAR, true), (1_000_000, false), (42, false)]
        {
            let octets = (first as i32).to_be_bytes();
            let structure = [&[0xa2, 10, 0x85, 4][..], &octets, &[0x84, 2, 0, 0x40]].concat();
            let element = Elements::new(&structure).next().unwrap();
            let read = Indication::read(element, None, now).unwrap();
            assert_eq!(read.time_stamp.map(|stamp| stamp.0), is_stamp.then_some(first * 1_000_000_000));
            assert_eq!(read.value.is_none(), is_stamp);
        }
    }
}
