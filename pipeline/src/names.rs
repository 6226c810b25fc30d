//! Lists of names: what the plant calls its devices and points, as CSV.
use crate::{Error, read_scl};
use fieldtap::{
    Description, PointKey, RegisterNumber, RegisterOrder, RegisterValue,
    record::{Address, Mac},
};
use std::{collections::HashMap, net::IpAddr, path::Path};

/// The columns that a list may have.
const COLUMNS: [&str; 6] = ["device", "point", "name", "unit", "type", "order"];

/// Reads descriptions of substations and lists of names; nothing, where none is given.
///
/// # Errors
///
/// Those of [`read_scl`] and [`read_names`].
pub fn describe<P: AsRef<Path>, Q: AsRef<Path>>(
    scl: &[P],
    names: &[Q],
) -> Result<Option<Description>, Error> {
    if scl.is_empty() && names.is_empty() {
        return Ok(None);
    }
    let mut description = read_scl(scl)?;
    names.iter().try_for_each(|path| read_names(path.as_ref(), &mut description))?;
    Ok(Some(description))
}

/// A line of the list that names a point; its device may be named further down.
struct Point {
    line: u64,
    device: String,
    point: String,
    name: String,
    unit: Option<String>,
    value: Option<RegisterValue>,
}

/// Reads a list of names: CSV in UTF-8, separated by commas or semicolons, whose first line names the columns `device` and
/// `name`, and perhaps `point`, `unit`, `type` and `order`.
///
/// `device` is an IP or MAC address, with `/` and the number of a station behind it where it is one below the address; for
/// points it may be the name that a line without a point gave to a device. `point` is a number, a kind of address and a
/// number (`holding_register:108`), or the name that messages use. `type` and `order` tell how a number lies in registers
/// that begin at `point`: as [`RegisterNumber::NAMED`] and [`RegisterOrder::NAMED`] have them, `abcd` where there is none.
///
/// # Errors
///
/// [`Error::Path`] if the file cannot be read; [`Error::Names`] with line and field where it is no such list, or where two
/// lines contradict each other.
pub fn read_names(path: &Path, description: &mut Description) -> Result<(), Error> {
    let failed = |reason: String| Error::Path { path: path.to_owned(), reason };
    let wrong = |line: u64, field: &'static str, reason: String| Error::Names {
        path: path.to_owned(),
        line,
        field,
        reason,
    };
    let octets = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let head = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let delimiter = if head.contains(&b';') && !head.contains(&b',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(octets.as_slice());
    let refused = |error: csv::Error| match error.position() {
        Some(position) => failed(format!("line {}: {error}", position.line())),
        None => failed(error.to_string()),
    };
    let headers = reader.headers().map_err(refused)?.clone();
    if let Some(other) = headers.iter().find(|header| !COLUMNS.contains(header)) {
        return Err(failed(format!(
            "line 1: no column is named {other:?}; there are {}",
            COLUMNS.join(", ")
        )));
    }
    let place = |name: &str| headers.iter().position(|header| header == name);
    let missing = |name: &str| failed(format!("line 1: the column `{name}` is missing"));
    let device_place = place("device").ok_or_else(|| missing("device"))?;
    let name_place = place("name").ok_or_else(|| missing("name"))?;
    let (point_place, unit_place) = (place("point"), place("unit"));
    let (type_place, order_place) = (place("type"), place("order"));

    let mut points = Vec::new();
    let mut called: HashMap<String, (Address, Option<u32>)> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(refused)?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |place: Option<usize>| {
            let text = place.and_then(|place| record.get(place)).unwrap_or_default();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let device = text(Some(device_place)).ok_or_else(|| wrong(line, "device", "it is empty".into()))?;
        let name = text(Some(name_place)).ok_or_else(|| wrong(line, "name", "it is empty".into()))?;
        let unit = text(unit_place);
        let number = text(type_place);
        let number = number.map(|number| chosen(&RegisterNumber::NAMED, &number)).transpose();
        let number = number.map_err(|reason| wrong(line, "type", reason))?;
        let order = text(order_place);
        let order = order.map(|order| chosen(&RegisterOrder::NAMED, &order)).transpose();
        let order = order.map_err(|reason| wrong(line, "order", reason))?;
        if let Some(point) = text(point_place) {
            if order.is_some() && number.is_none() {
                return Err(wrong(line, "order", "there is no type that has it".into()));
            }
            let order = order.unwrap_or_default();
            let value = number.map(|number| RegisterValue { number, order });
            points.push(Point { line, device, point, name, unit, value });
            continue;
        }
        if number.is_some() || order.is_some() {
            return Err(wrong(line, "type", "a device has no type; only a point has".into()));
        }
        if unit.is_some() {
            return Err(wrong(line, "unit", "a device has no unit; only a point has".into()));
        }
        let (address, station) = address(&device).ok_or_else(|| {
            wrong(line, "device", format!("{device:?} is no IP or MAC address, with or without /STATION"))
        })?;
        if !description.add_device(address, station, &name) {
            return Err(wrong(line, "name", format!("{device} has another name already")));
        }
        if called.insert(name.clone(), (address, station)).is_some_and(|known| known != (address, station)) {
            return Err(wrong(line, "name", format!("{name:?} is the name of another device already")));
        }
    }
    for Point { line, device, point, name, unit, value } in points {
        let known = address(&device).or_else(|| called.get(&device).copied());
        let (address, station) = known.ok_or_else(|| {
            wrong(line, "device", format!("{device:?} is neither an address nor the name of a device"))
        })?;
        if !description.add_point(address, station, point_key(&point), &name, unit.as_deref()) {
            return Err(wrong(
                line,
                "point",
                format!("{point} of {device} has another name or unit already"),
            ));
        }
        let Some(value) = value else { continue };
        let PointKey::Number(space, first) = point_key(&point) else {
            return Err(wrong(line, "type", format!("{point:?} is no number of a register")));
        };
        if !description.add_register_value(address, station, space, first, value) {
            return Err(wrong(
                line,
                "type",
                format!("{point} of {device} has another type or order already"),
            ));
        }
    }
    Ok(())
}

/// What has this name.
fn chosen<T: Copy>(named: &[(&'static str, T)], name: &str) -> Result<T, String> {
    let found = named.iter().find(|(known, _)| *known == name);
    found.map(|(_, of)| *of).ok_or_else(|| {
        let all: Vec<_> = named.iter().map(|(name, _)| *name).collect();
        format!("there is no {name:?}, only {}", all.join(", "))
    })
}

/// An IP or MAC address, and the station below it.
fn address(text: &str) -> Option<(Address, Option<u32>)> {
    let (text, station) = match text.split_once('/') {
        Some((text, station)) => (text.trim(), Some(station.trim().parse().ok()?)),
        None => (text, None),
    };
    let address = match text.parse::<IpAddr>() {
        Ok(ip) => Address::Ip(ip),
        Err(_) => Address::Mac(mac(text)?),
    };
    Some((address, station))
}

/// A MAC address: six octets in hexadecimal digits, between colons or hyphens.
pub(crate) fn mac(text: &str) -> Option<Mac> {
    let mut octets = [0; 6];
    let mut parts = text.split([':', '-']);
    for octet in &mut octets {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *octet = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(Mac(octets))
}

fn point_key(text: &str) -> PointKey<'_> {
    if let Ok(number) = text.parse() {
        return PointKey::Number(None, number);
    }
    match text.split_once(':').map(|(space, number)| (space.trim(), number.trim().parse())) {
        Some((space, Ok(number))) => PointKey::Number(Some(space), number),
        _ => PointKey::Object(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Result<Description, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("names.csv");
        std::fs::write(&path, list).expect("written");
        let mut description = Description::new();
        read_names(&path, &mut description).map(|()| description)
    }

    const PLC: Address = Address::Ip(IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)));
    const HOLDING: Option<&str> = Some("holding_register");

    /// A description with the point that the lists below name, and this type of it.
    fn described(station: Option<u32>, space: Option<&str>, value: RegisterValue) -> Description {
        let mut description = Description::new();
        assert!(description.add_point(PLC, station, PointKey::Number(space, 8), "Level", None));
        assert!(description.add_register_value(PLC, station, space, 8, value));
        description
    }

    /// The order in which the Modbus protocol itself has octets (V1.1b3 section 4.2), where the list has none.
    #[test]
    fn a_type_without_an_order_has_the_most_significant_octet_first() {
        let (number, order) = (RegisterNumber::Float32, RegisterOrder::Abcd);
        let expected = described(None, HOLDING, RegisterValue { number, order });
        for list in [
            "device,point,name,type\n10.0.0.1,holding_register:8,Level,float32\n",
            "device,point,name,type,order\n10.0.0.1,holding_register:8,Level,float32,\n",
            "device,point,name,type,order\n10.0.0.1,holding_register:8,Level,float32,abcd\n",
        ] {
            assert_eq!(read(list).expect("a list"), expected, "{list}");
        }
        for (name, order) in RegisterOrder::NAMED {
            let list =
                format!("device,point,name,type,order\n10.0.0.1,holding_register:8,Level,float32,{name}\n");
            let expected = described(None, HOLDING, RegisterValue { number, order });
            assert_eq!(read(&list).expect("a list"), expected, "{list}");
        }
    }

    /// An order is that of a type: without one it is refused, with the line that has it, also behind lines that are right.
    #[test]
    fn an_order_without_a_type_is_refused() {
        let head = "device,point,name,type,order\n10.0.0.1,7,Other,int32,cdab\n";
        for order in ["abcd", "cdab"] {
            let refused = read(&format!("{head}10.0.0.1,holding_register:8,Level,,{order}\n"));
            let Err(Error::Names { line, field, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!((line, field), (3, "order"));
        }
        // Of a device neither is anything.
        for (number, order) in [("int32", ""), ("", "cdab"), ("int32", "cdab")] {
            let refused = read(&format!("{head}10.0.0.1,,A,{number},{order}\n"));
            let Err(Error::Names { line, field, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!((line, field), (3, "type"));
        }
    }

    /// The type is that of the register of this station and this kind, as the line has them.
    #[test]
    fn a_type_has_the_station_and_the_kind_of_address_of_its_line() {
        let value = RegisterValue { number: RegisterNumber::Int32, order: RegisterOrder::Cdab };
        for (device, station) in [("10.0.0.1", None), ("10.0.0.1/3", Some(3)), ("10.0.0.1/ 3", Some(3))] {
            for (point, space) in
                [("8", None), ("holding_register:8", HOLDING), ("input_register: 8", Some("input_register"))]
            {
                let list = format!("device,point,name,type,order\n{device},{point},Level,int32,cdab\n");
                assert_eq!(read(&list).expect("a list"), described(station, space, value), "{list}");
            }
        }
        // By the name of a device, which stands further down.
        let list = "device,point,name,type,order\nPump,8,Level,int32,cdab\n10.0.0.1/3,,Pump,,\n";
        let mut expected = described(Some(3), None, value);
        assert!(expected.add_device(PLC, Some(3), "Pump"));
        assert_eq!(read(list).expect("a list"), expected);
    }
}
