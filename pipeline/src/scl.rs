//! Descriptions of substations (IEC 61850-6): the files SCD, CID, ICD and IID.
use crate::Error;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use fieldtap::{Description, Parts, SampleType, Samples};
use roxmltree::{Document, Node};
use std::{borrow::Cow, collections::HashMap, path::Path, sync::Arc};

fn children<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn text<'a>(node: Node<'a, 'a>, attribute: &str) -> &'a str {
    node.attribute(attribute).unwrap_or_default()
}

/// Types that may be within one another.
const NESTING: usize = 16;

/// The types of one file: what each is made of, under each functional constraint, once that was asked.
struct Types<'a> {
    nodes: HashMap<(&'static str, &'a str), Node<'a, 'a>>,
    known: HashMap<(&'static str, &'a str, &'a str), Option<Arc<Parts>>>,
    open: usize,
}

impl<'a> Types<'a> {
    fn new(root: Node<'a, 'a>) -> Self {
        let mut nodes = HashMap::new();
        for templates in children(root, "DataTypeTemplates") {
            for kind in ["LNodeType", "DOType", "DAType"] {
                for node in children(templates, kind) {
                    nodes.entry((kind, text(node, "id"))).or_insert(node);
                }
            }
        }
        Self { nodes, known: HashMap::new(), open: 0 }
    }

    /// What this type holds under a functional constraint; none if it holds nothing, is not there, or holds itself.
    fn parts(&mut self, kind: &'static str, id: &'a str, constraint: &'a str) -> Option<Arc<Parts>> {
        // The attributes within an attribute have its constraint.
        let key = (kind, id, if kind == "DAType" { "" } else { constraint });
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let node = *self.nodes.get(&(kind, id)).filter(|_| self.open < NESTING)?;
        // While it is looked at, it holds nothing.
        self.known.insert(key, None);
        self.open += 1;
        let members = node.children().filter_map(|member| {
            let name = member.attribute("name")?;
            let within = match (member.tag_name().name(), text(member, "bType")) {
                ("DO" | "SDO", _) => self.parts("DOType", text(member, "type"), constraint)?,
                ("DA", _) if text(member, "fc") != constraint => return None,
                ("DA" | "BDA", "Struct") => self.parts("DAType", text(member, "type"), constraint)?,
                ("DA" | "BDA", _) => Arc::default(),
                _ => return None,
            };
            let several = member.attribute("count").is_some_and(|count| count != "0");
            Some((name.into(), if several { Arc::new(Parts::Array(within)) } else { within }))
        });
        let members: Vec<(Box<str>, Arc<Parts>)> = members.collect();
        self.open -= 1;
        let parts = (!members.is_empty()).then(|| Arc::new(Parts::Structure(members)));
        self.known.insert(key, parts.clone());
        parts
    }
}

/// The values of samples in the making.
struct Flat {
    samples: Samples,
    /// Members of types that may still be looked at: types within one another may be very many.
    left: u32,
}

/// Members of types that are looked at for the samples of one data set.
const MEMBERS: u32 = 65_536;

impl Types<'_> {
    /// Appends the values of a member of a data set of samples, in their order. `path` is what the member names behind this
    /// type; where it ends, all that has the constraint is meant. `None` if a value has no encoding in samples.
    fn samples(
        &self,
        kind: &'static str,
        id: &str,
        constraint: &str,
        path: &[&str],
        (name, depth): (&str, usize),
        flat: &mut Flat,
    ) -> Option<()> {
        let node = *self.nodes.get(&(kind, id)).filter(|_| depth < NESTING)?;
        let mut found = false;
        for member in node.children().filter(Node::is_element) {
            flat.left = flat.left.checked_sub(1)?;
            let own = text(member, "name");
            if path.first().is_some_and(|wanted| *wanted != own) {
                continue;
            }
            let (tag, basic) = (member.tag_name().name(), text(member, "bType"));
            if tag == "DA" && text(member, "fc") != constraint {
                continue;
            }
            // Arrays have no place in the data sets of samples.
            let several = member.attribute("count").is_some_and(|count| count != "0");
            let within = match (tag, basic) {
                ("DO" | "SDO", _) => "DOType",
                ("DA" | "BDA", "Struct") => "DAType",
                ("DA" | "BDA", _) => "",
                _ => continue,
            };
            let name = format!("{name}${own}");
            let behind = path.get(1..).unwrap_or_default();
            match within {
                _ if several => return None,
                "" => flat.samples.push((name.into(), sample_type(basic).filter(|_| behind.is_empty())?)),
                within => {
                    let name = (name.as_str(), depth + 1);
                    self.samples(within, text(member, "type"), constraint, behind, name, flat)?;
                }
            }
            found = true;
        }
        // Of a whole, parts may have no such constraint; what is named must be there.
        (found || path.is_empty()).then_some(())
    }
}

/// How samples encode a basic type (IEC 61850-9-2, encoding of the basic data types).
fn sample_type(basic: &str) -> Option<SampleType> {
    Some(match basic {
        "BOOLEAN" => SampleType::Boolean,
        "INT8" => SampleType::Integer(1),
        "INT16" => SampleType::Integer(2),
        "INT24" => SampleType::Integer(3),
        "INT32" | "Enum" => SampleType::Integer(4),
        "INT64" => SampleType::Integer(8),
        "INT8U" => SampleType::Unsigned(1),
        "INT16U" => SampleType::Unsigned(2),
        "INT24U" => SampleType::Unsigned(3),
        "INT32U" | "Dbpos" | "Tcmd" | "Check" => SampleType::Unsigned(4),
        "FLOAT32" => SampleType::Single,
        "FLOAT64" => SampleType::Double,
        "Quality" => SampleType::Quality,
        "Timestamp" => SampleType::Timestamp,
        _ => return None,
    })
}

/// The functional constraints (IEC 61850-7-2, table of functional constraints) under which attributes have values.
const CONSTRAINTS: [&str; 13] =
    ["ST", "MX", "SP", "SV", "CF", "DC", "SG", "SE", "SR", "OR", "BL", "EX", "CO"];

/// The text of an XML document, in the encoding that its byte order mark or else its declaration names; in UTF-8 without either
/// (XML 1.0, section 4.3.3 and appendix F).
fn decoded(octets: &[u8]) -> Result<Cow<'_, str>, String> {
    let (encoding, mark) = match (Encoding::for_bom(octets), octets) {
        (Some(marked), _) => marked,
        (None, [b'<', 0, ..]) => (UTF_16LE, 0),
        (None, [0, b'<', ..]) => (UTF_16BE, 0),
        (None, _) => (declared(octets)?, 0),
    };
    let octets = octets.get(mark..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(octets);
    text.ok_or_else(|| format!("it is not in {}, as it should be", encoding.name()))
}

/// The encoding that the declaration names, of a document whose first octets are ASCII.
fn declared(octets: &[u8]) -> Result<&'static Encoding, String> {
    let head = octets.split(|octet| *octet == b'>').next().unwrap_or_default();
    let Some(declaration) = core::str::from_utf8(head).ok().and_then(|head| head.strip_prefix("<?xml"))
    else {
        return Ok(UTF_8);
    };
    let Some((_, behind)) = declaration.split_once("encoding") else { return Ok(UTF_8) };
    let name = behind.split(['"', '\'']).nth(1).unwrap_or_default();
    match Encoding::for_label(name.as_bytes()) {
        // Who could be read so far is not in UTF-16: such a declaration is left over from before the file was converted.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => Err(format!("its encoding {name:?} is not known")),
    }
}

/// Reads these files, each as far as it describes devices with a server.
pub fn read_scl<P: AsRef<Path>>(paths: &[P]) -> Result<Description, Error> {
    let mut description = Description::new();
    for path in paths.iter().map(AsRef::as_ref) {
        let failed = |reason: String| Error::Path { path: path.to_owned(), reason };
        let octets = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let content = decoded(&octets).map_err(&failed)?;
        let document = Document::parse(&content).map_err(|error| failed(format!("no SCL: {error}")))?;
        if document.root_element().tag_name().name() != "SCL" {
            return Err(failed("no SCL: its root is of another name".into()));
        }
        let mut types = Types::new(document.root_element());
        for ied in children(document.root_element(), "IED") {
            let servers = children(ied, "AccessPoint").flat_map(|point| children(point, "Server"));
            servers.for_each(|server| devices(text(ied, "name"), server, &mut types, &mut description));
        }
    }
    Ok(description)
}

/// The logical devices of a server.
fn devices<'a>(ied: &str, server: Node<'a, 'a>, types: &mut Types<'a>, description: &mut Description) {
    // A logical device has a name of its own, or that of the IED before it.
    let name = |instance: &str| {
        let device = children(server, "LDevice").find(|device| text(*device, "inst") == instance);
        match device.and_then(|device| device.attribute("ldName")) {
            Some(own) => own.to_owned(),
            None => format!("{ied}{instance}"),
        }
    };
    for device in children(server, "LDevice") {
        let domain = name(text(device, "inst"));
        for node in children(device, "LN0").chain(children(device, "LN")) {
            let of_node = logical_node(text(node, "prefix"), text(node, "lnClass"), text(node, "inst"));
            for constraint in CONSTRAINTS {
                if let Some(parts) = types.parts("LNodeType", text(node, "lnType"), constraint) {
                    description.add_node(&domain, &format!("{of_node}${constraint}"), parts);
                }
            }
            for set in children(node, "DataSet") {
                let members: Vec<(String, String)> = children(set, "FCDA")
                    .map(|member| (name(text(member, "ldInst")), item(member)))
                    .collect();
                let reference = format!("{domain}/{of_node}${}", text(set, "name"));
                let members = members.iter().map(|(device, item)| (device.as_str(), item.as_str()));
                description.add_data_set(&reference, members);
            }
            for control in children(node, "ReportControl") {
                report(&format!("{domain}/{of_node}"), control, description);
            }
            for control in children(node, "SampledValueControl") {
                let of = |set: &Node<'_, '_>| text(*set, "name") == text(control, "datSet");
                let Some(set) = children(node, "DataSet").find(of) else { continue };
                if let Some(samples) = samples(server, set, types, &name) {
                    let data_set = format!("{domain}/{of_node}${}", text(set, "name"));
                    description.add_samples(text(control, "smvID"), &data_set, samples);
                }
            }
        }
    }
}

/// What the samples of a data set are made of; `None` if that is not known of each member, since then no place is.
fn samples<'a>(
    server: Node<'a, 'a>,
    set: Node<'a, 'a>,
    types: &Types<'a>,
    name: &impl Fn(&str) -> String,
) -> Option<Samples> {
    let mut flat = Flat { samples: Samples::new(), left: MEMBERS };
    for member in children(set, "FCDA") {
        let (prefix, class, instance) =
            (text(member, "prefix"), text(member, "lnClass"), text(member, "lnInst"));
        let device = children(server, "LDevice").find(|it| text(*it, "inst") == text(member, "ldInst"))?;
        let node = children(device, "LN0").chain(children(device, "LN")).find(|node| {
            (text(*node, "prefix"), text(*node, "lnClass"), text(*node, "inst")) == (prefix, class, instance)
        })?;
        let path: Vec<&str> = [text(member, "doName"), text(member, "daName")]
            .iter()
            .flat_map(|names| names.split('.'))
            .filter(|name| !name.is_empty())
            .collect();
        let constraint = text(member, "fc");
        let of_node = logical_node(prefix, class, instance);
        let begins = format!("{}/{of_node}${constraint}", name(text(member, "ldInst")));
        let before = flat.samples.len();
        let of = (begins.as_str(), 0);
        types.samples("LNodeType", text(node, "lnType"), constraint, &path, of, &mut flat)?;
        (flat.samples.len() > before).then_some(())?;
    }
    Some(flat.samples)
}

fn logical_node(prefix: &str, class: &str, instance: &str) -> String {
    format!("{prefix}{class}{instance}")
}

/// The item of a member: `LN$FC$DO$DA`, and `LN$FC$DO(3)$DA` of an element of an array.
fn item<'a>(member: Node<'a, 'a>) -> String {
    let mut item = logical_node(text(member, "prefix"), text(member, "lnClass"), text(member, "lnInst"));
    for part in ["fc", "doName", "daName"] {
        for name in text(member, part).split('.').filter(|name| !name.is_empty()) {
            item.push('$');
            item.push_str(name);
        }
        // A data object is an array more often than an attribute is, and which of them is one stands elsewhere.
        if part == "doName"
            && let Some(index) = member.attribute("ix")
        {
            item.push_str(&format!("({index})"));
        }
    }
    item
}

/// The data set of a control block of reports, under each name that its reports may have.
fn report<'a>(node: &str, control: Node<'a, 'a>, description: &mut Description) {
    let Some(data_set) = control.attribute("datSet") else { return };
    let data_set = format!("{node}${data_set}");
    if let Some(id) = control.attribute("rptID").filter(|id| !id.is_empty()) {
        return description.add_report(id, &data_set);
    }
    let constraint = if text(control, "buffered") == "true" { "BR" } else { "RP" };
    let block = format!("{node}${constraint}${}", text(control, "name"));
    let most = children(control, "RptEnabled").find_map(|enabled| enabled.attribute("max")?.parse().ok());
    match control.attribute("indexed") {
        Some("false") => description.add_report(&block, &data_set),
        _ => (1..=most.unwrap_or(1u32).min(99))
            .for_each(|index| description.add_report(&format!("{block}{index:02}"), &data_set)),
    }
}
