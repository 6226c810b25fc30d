//! Descriptions of substations (IEC 61850-6): the files SCD, CID, ICD and IID.
use crate::Error;
use fieldtap::{Description, Parts};
use roxmltree::{Document, Node};
use std::{collections::HashMap, path::Path, sync::Arc};

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

/// The functional constraints (IEC 61850-7-2, table of functional constraints) under which attributes have values.
const CONSTRAINTS: [&str; 13] =
    ["ST", "MX", "SP", "SV", "CF", "DC", "SG", "SE", "SR", "OR", "BL", "EX", "CO"];

/// Reads these files, each as far as it describes devices with a server.
pub fn read_scl<P: AsRef<Path>>(paths: &[P]) -> Result<Description, Error> {
    let mut description = Description::new();
    for path in paths.iter().map(AsRef::as_ref) {
        let failed = |reason: String| Error::Path { path: path.to_owned(), reason };
        let octets = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let document = Document::parse(&octets).map_err(|error| failed(format!("no SCL: {error}")))?;
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
        }
    }
}

fn logical_node(prefix: &str, class: &str, instance: &str) -> String {
    format!("{prefix}{class}{instance}")
}

/// The item of a member: `LN$FC$DO$DA`.
fn item<'a>(member: Node<'a, 'a>) -> String {
    let mut item = logical_node(text(member, "prefix"), text(member, "lnClass"), text(member, "lnInst"));
    for part in ["fc", "doName", "daName"] {
        for name in text(member, part).split('.').filter(|name| !name.is_empty()) {
            item.push('$');
            item.push_str(name);
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
