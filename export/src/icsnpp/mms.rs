//! The six logs of MMS of the DINA parsers. Values and types are JSON in a string, as there.
use super::{
    connection::{Connection, log},
    view::view,
};
use crate::{
    logs::{Entry, Logs, Nameless, Words},
    text,
};
use fieldtap::{
    protocols::mms::{Mms, MmsData, MmsDevices, MmsInitiates, MmsNames, MmsTypes},
    record::{Envelope, Row},
};
use hashbrown::HashMap;

log! {
    /// One line a connection, at its end.
    DEVICE = "mms":
    "deviceVendor" "string", "deviceModel" "string", "deviceRevision" "string", "protocolVersion" "string",
    "parameterCBB" "string", "servicesSupported" "string",
}
log! {
    /// One line a list of names asked for.
    NAME_LIST = "mms_name_list":
    "class" "string", "scope" "string", "domain" "string", "value" "string", "success" "bool",
    "diag" "string",
}
log! {
    /// One line a variable that is read, written or reported.
    ACCESS = "mms_var_access":
    "operation" "string", "variable" "string", "value" "string", "success" "bool", "diag" "string",
}
log! {
    /// One line a member of a list of variables that is read, written or reported.
    LIST_ACCESS = "mms_varlist_access":
    "operation" "string", "listname" "string", "listindex" "count", "value" "string", "success" "bool",
    "diag" "string",
}
log! {
    /// One line a variable whose type was asked for.
    ATTRIBUTES = "mms_var_attributes":
    "variable" "string", "attributes" "string", "success" "bool", "diag" "string",
}
log! {
    /// One line a list of variables whose members were asked for.
    LIST_ATTRIBUTES = "mms_varlist_attributes":
    "list" "string", "attributes" "string", "success" "bool", "diag" "string",
}

const CONFIRMED_REQUEST: u64 = 0;
const CONFIRMED_RESPONSE: u64 = 1;
const CONFIRMED_ERROR: u64 = 2;
const UNCONFIRMED: u64 = 3;
const GET_NAME_LIST: u64 = 1;
const READ: u64 = 4;
const WRITE: u64 = 5;
const GET_ATTRIBUTES: u64 = 6;
const GET_LIST_ATTRIBUTES: u64 = 12;

static CLASSES: Words = Words::new(
    &[
        // Spelled so there.
        (0, "nammedVariable"),
        (1, "ObjectClass_scatteredAccess"),
        (2, "ObjectClass_namedVariableList"),
        (3, "ObjectClass_namedType"),
        (4, "ObjectClass_semaphore"),
        (5, "ObjectClass_eventCondition"),
        (6, "ObjectClass_eventAction"),
        (7, "ObjectClass_eventEnrollment"),
        (8, "ObjectClass_journal"),
        (9, "ObjectClass__domain"),
        (10, "ObjectClass_programInvocation"),
        (11, "ObjectClass_operatorStation"),
    ],
    Nameless::Decimal("unknown-"),
);
static ACCESS_ERRORS: Words = Words::new(
    &[
        (0, "DataAccessError_object_invalidated"),
        (1, "hardware_fault"),
        (2, "temporarily_unavailable"),
        (3, "DataAccessError_object_access_denied"),
        (4, "DataAccessError_object_undefined"),
        (5, "DataAccessError_invalid_address"),
        (6, "DataAccessError_type_unsupported"),
        (7, "DataAccessError_type_inconsistent"),
        (8, "DataAccessError_object_attribute_inconsistent"),
        (9, "DataAccessError_object_access_unsupported"),
        (10, "DataAccessError_object_non_existent"),
        (11, "object_value_invalid"),
    ],
    Nameless::Decimal("unknown-"),
);
/// Class of the error times 256, and its code.
static ERRORS: Words = Words::new(
    &[
        (0x000, "ServiceError_errorClass_vmd_state_other"),
        (0x001, "vmd_state_conflict"),
        (0x002, "vmd_operational_problem"),
        (0x003, "domain_transfer_problem"),
        (0x004, "state_machine_id_invalid"),
        (0x200, "ServiceError_errorClass_definition_other"),
        (0x201, "ServiceError_object_undefined"),
        (0x202, "ServiceError_invalid_address"),
        (0x203, "ServiceError_type_unsupported"),
        (0x204, "ServiceError_type_inconsistent"),
        (0x205, "object_exists"),
        (0x206, "ServiceError_object_attribute_inconsistent"),
        (0x300, "ServiceError_errorClass_resource_other"),
        (0x301, "memory_unavailable"),
        (0x302, "processor_resource_unavailable"),
        (0x303, "mass_storage_unavailable"),
        (0x304, "capability_unavailable"),
        (0x305, "capability_unknown"),
        (0x400, "ServiceError_errorClass_service_other"),
        (0x401, "primitives_out_of_sequence"),
        (0x402, "object_sate_conflict"),
        (0x403, "pdu_size"),
        (0x404, "continuation_invalid"),
        (0x405, "object_constraint_conflict"),
        (0x700, "ServiceError_errorClass_access_other"),
        (0x701, "ServiceError_object_access_unsupported"),
        (0x702, "ServiceError_object_non_existent"),
        (0x703, "ServiceError_object_access_denied"),
        (0x704, "ServiceError_object_invalidated"),
    ],
    Nameless::Word("<unknown>"),
);
/// Options of parameters, in the order of their bits; the ninth is spare.
const PARAMETERS: [&str; 11] =
    ["str1", "str2", "vnam", "valt", "vadr", "vsca", "tpy", "vlis", "real", "", "cei"];
/// Services, in the order of their bits.
const SERVICES: [&str; 85] = [
    "status",
    "getNameList",
    "identify",
    "_rename",
    "read",
    "write",
    "getVariableAccessAttributes",
    "defineNamedVariable",
    "defineScatteredAccess",
    "getScatteredAccessAttributes",
    "deleteVariableAccess",
    "defineNamedVariableList",
    "getNamedVariableListAttributes",
    "deleteNamedVariableList",
    "defineNamedType",
    "getNamedTypeAttributes",
    "deleteNamedType",
    "input",
    "_output",
    "takeControl",
    "relinquishControl",
    "defineSemaphore",
    "deleteSemaphore",
    "reportSemaphoreStatus",
    "reportPoolSemaphoreStatus",
    "reportSemaphoreEntryStatus",
    "initiateDownloadSequence",
    "downloadSegment",
    "terminateDownloadSequence",
    "initiateUploadSequence",
    "uploadSegment",
    "terminateUploadSequence",
    "requestDomainDownload",
    "requestDomainUpload",
    "loadDomainContent",
    "storeDomainContent",
    "deleteDomain",
    "getDomainAttributes",
    "createProgramInvocation",
    "deleteProgramInvocation",
    "start",
    "stop",
    "resume",
    "reset",
    "kill",
    "getProgramInvocationAttributes",
    "obtainFile",
    "defineEventCondition",
    "deleteEventCondition",
    "getEventConditionAttributes",
    "reportEventConditionStatus",
    "alterEventConditionMonitoring",
    "triggerEvent",
    "defineEventAction",
    "deleteEventAction",
    "getEventActionAttributes",
    "reportEventActionStatus",
    "defineEventEnrollment",
    "deleteEventEnrollment",
    "alterEventEnrollment",
    "reportEventEnrollmentStatus",
    "getEventEnrollmentAttributes",
    "acknowledgeEventNotification",
    "getAlarmSummary",
    "getAlarmEnrollmentSummary",
    "readJournal",
    "writeJournal",
    "initializeJournal",
    "reportJournalStatus",
    "createJournal",
    "deleteJournal",
    "getCapabilityList",
    "fileOpen",
    "fileRead",
    "fileClose",
    "fileRename",
    "fileDelete",
    "fileDirectory",
    "unsolicitedStatus",
    "informationReport",
    "eventNotification",
    "attachToEventCondition",
    "attachToSemaphore",
    "conclude",
    "cancel",
];

/// Requests of one conversation that wait for their answers; the oldest is forgotten when there are more.
const WAITING: usize = 64;
/// Octets that are kept of one message.
const MOST: usize = 1 << 20;

view! { Message of Mms {
    pdu_type: u64, confirmed_service: u64, object: &'r [u8], object_class: u64, error_class: u64,
    error_code: u64, request_message: u64,
}}
view! { Value of MmsData {
    index: u64, name: &'r [u8], path: &'r [u8], data_type: u64, boolean: bool, integer: i64, unsigned: u64,
    number: f64, text: &'r [u8], octets: &'r [u8], time: i64, time_quality: u64, clock: i64, time_of_day: i64,
    access_error: u64,
}}
view! { Initiate of MmsInitiates { version: i64, parameter_cbb: &'r [u8], services_supported: &'r [u8], } }
view! { Name of MmsNames { name: &'r [u8], } }
view! { Kind of MmsTypes { path: &'r [u8], data_type: u64, } }
view! { Device of MmsDevices { vendor_name: &'r [u8], model_name: &'r [u8], revision: &'r [u8], } }

/// What a server told of itself.
#[derive(Debug)]
struct Server {
    first: Connection,
    vendor: Option<Vec<u8>>,
    model: Option<Vec<u8>>,
    revision: Option<Vec<u8>>,
    version: Option<i64>,
    parameters: Option<Vec<u8>>,
    services: Option<Vec<u8>>,
}

/// One variable of a message, and what became of it.
#[derive(Debug, Default)]
struct Variable {
    index: u64,
    /// None of the members of a list that has a name.
    name: Option<Vec<u8>>,
    /// Its value in JSON, all of it but for the ends of `depth` structures.
    value: Vec<u8>,
    /// Places in the structures that are open.
    depth: Vec<u8>,
    error: Option<u64>,
}

/// A request that waits, or a message whose rows still come.
#[derive(Debug)]
struct Pending {
    connection: Connection,
    message: u64,
    pdu_type: u64,
    service: Option<u64>,
    object: Vec<u8>,
    class: Option<u64>,
    variables: Vec<Variable>,
    names: Vec<Vec<u8>>,
    /// Paths and types.
    types: Vec<(Vec<u8>, u64)>,
    octets: usize,
    request: Option<Box<Pending>>,
}

#[derive(Debug, Default)]
struct Dialogue {
    server: Option<Server>,
    waiting: Vec<Pending>,
    open: Option<Pending>,
}

/// What is remembered of all conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    dialogues: HashMap<u64, Dialogue, foldhash::fast::FixedState>,
}

impl Memory {
    fn dialogue(&mut self, envelope: &Envelope) -> &mut Dialogue {
        self.dialogues.entry(envelope.conversation.unwrap_or_default()).or_default()
    }
    fn open(&mut self, envelope: &Envelope) -> Option<&mut Pending> {
        let dialogue = self.dialogues.get_mut(&envelope.conversation.unwrap_or_default())?;
        dialogue.open.as_mut().filter(|open| Some(open.message) == envelope.message && open.octets < MOST)
    }

    /// A row of `mms`.
    pub(super) fn message(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Message::of(row);
        let dialogue = self.dialogue(envelope);
        dialogue.close(logs);
        let pdu_type = row.pdu_type.unwrap_or_default();
        let service = row.confirmed_service;
        let known = match pdu_type {
            CONFIRMED_REQUEST | CONFIRMED_RESPONSE | CONFIRMED_ERROR => {
                matches!(service, Some(GET_NAME_LIST | READ | WRITE | GET_ATTRIBUTES | GET_LIST_ATTRIBUTES))
            }
            UNCONFIRMED => true,
            _ => false,
        };
        if !known {
            return;
        }
        let place = dialogue.waiting.iter().position(|asked| Some(asked.message) == row.request_message);
        let request = place.map(|place| Box::new(dialogue.waiting.remove(place)));
        dialogue.open = Some(Pending {
            connection: Connection::of(envelope),
            message: envelope.message.unwrap_or_default(),
            pdu_type,
            service,
            object: row.object.unwrap_or_default().to_vec(),
            class: row.object_class,
            variables: Vec::new(),
            names: Vec::new(),
            types: Vec::new(),
            octets: 0,
            request,
        });
        if pdu_type == CONFIRMED_ERROR {
            let error = row.error_class.zip(row.error_code).map(|(class, code)| class << 8 | code);
            if let Some(open) = dialogue.open.take() {
                open.refused(error, logs);
            }
        }
    }

    /// A row of `mms_data`.
    pub(super) fn value(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Value::of(row);
        let Some(open) = self.open(envelope) else { return };
        let index = row.index.unwrap_or_default();
        if open.variables.last().is_none_or(|last| last.index != index) {
            let name = row.name.map(<[u8]>::to_vec);
            open.variables.push(Variable { index, name, ..Variable::default() });
        }
        let Some(variable) = open.variables.last_mut() else { return };
        variable.error = variable.error.or(row.access_error);
        let before = variable.value.len();
        variable.push(&row);
        open.octets += variable.value.len() - before + 64;
    }

    /// A row of `mms_names`.
    pub(super) fn name(&mut self, envelope: &Envelope, row: &dyn Row) {
        let Some(open) = self.open(envelope) else { return };
        let name = Name::of(row).name.unwrap_or_default();
        open.octets += name.len() + 32;
        open.names.push(name.to_vec());
    }

    /// A row of `mms_types`.
    pub(super) fn kind(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Kind::of(row);
        let Some(open) = self.open(envelope) else { return };
        let path = row.path.unwrap_or_default();
        open.octets += path.len() + 32;
        open.types.push((path.to_vec(), row.data_type.unwrap_or_default()));
    }

    fn server(&mut self, envelope: &Envelope) -> &mut Server {
        self.dialogue(envelope).server.get_or_insert_with(|| Server {
            first: Connection::of(envelope),
            vendor: None,
            model: None,
            revision: None,
            version: None,
            parameters: None,
            services: None,
        })
    }

    /// A row of `mms_initiates`, of a response.
    pub(super) fn initiate(&mut self, envelope: &Envelope, row: &dyn Row) {
        if envelope.direction != Some(fieldtap::record::Direction::RESPONSE) {
            return;
        }
        let row = Initiate::of(row);
        let server = self.server(envelope);
        server.version = row.version;
        server.parameters = row.parameter_cbb.map(|bits| names_of(bits, &PARAMETERS));
        server.services = row.services_supported.map(|bits| names_of(bits, &SERVICES));
    }

    /// A row of `mms_devices`.
    pub(super) fn device(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Device::of(row);
        if row.vendor_name.or(row.model_name).or(row.revision).is_none() {
            return;
        }
        let server = self.server(envelope);
        for (known, said) in [
            (&mut server.vendor, row.vendor_name),
            (&mut server.model, row.model_name),
            (&mut server.revision, row.revision),
        ] {
            if let Some(said) = said {
                *known = Some(said.to_vec());
            }
        }
    }

    /// The end of a conversation.
    pub(super) fn end(&mut self, conversation: u64, logs: &mut Logs) {
        let Some(mut dialogue) = self.dialogues.remove(&conversation) else { return };
        dialogue.close(logs);
        let Some(server) = dialogue.server else { return };
        let mut entry = logs.entry(&DEVICE);
        entry.connection(&server.first);
        entry.string(server.vendor.as_deref());
        entry.string(server.model.as_deref());
        entry.string(server.revision.as_deref());
        match server.version {
            Some(version) => entry.composed(|out| text::signed(version, out)),
            None => entry.unset(),
        }
        entry.string(server.parameters.as_deref());
        entry.string(server.services.as_deref());
        entry.end();
    }
}

/// The names of the bits that are set, the highest of the first octet first.
fn names_of(bits: &[u8], names: &[&str]) -> Vec<u8> {
    let set = bits.iter().flat_map(|octet| (0..8).map(move |bit| octet << bit & 0x80 != 0));
    let mut out = Vec::new();
    for (name, _) in names.iter().zip(set).filter(|(name, set)| *set && !name.is_empty()) {
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(name.as_bytes());
    }
    out
}

impl Dialogue {
    /// Takes up what the rows of the last message have told.
    fn close(&mut self, logs: &mut Logs) {
        let Some(open) = self.open.take() else { return };
        if open.pdu_type == CONFIRMED_REQUEST {
            self.waiting.push(open);
            if self.waiting.len() > WAITING {
                self.waiting.remove(0);
            }
            return;
        }
        open.write(logs);
    }
}

impl Pending {
    fn write(mut self, logs: &mut Logs) {
        let operation = match (self.pdu_type, self.service) {
            (UNCONFIRMED, _) => "report",
            (_, Some(READ)) => "read",
            (_, Some(WRITE)) => "write",
            (_, Some(GET_NAME_LIST)) => return self.name_list(None, logs),
            (_, Some(GET_ATTRIBUTES)) => return self.attributes(None, logs),
            _ => return self.list_attributes(None, logs),
        };
        let mut variables = core::mem::take(&mut self.variables);
        if operation == "write" {
            // The answer tells of failures only; the values are those of the request.
            let failures = variables;
            let Some(request) = &mut self.request else { return };
            variables = core::mem::take(&mut request.variables);
            for variable in &mut variables {
                variable.error = failures
                    .iter()
                    .find(|failed| failed.index == variable.index)
                    .and_then(|failed| failed.error);
            }
        }
        for variable in &mut variables {
            variable.close();
            let of_list = variable.name.is_none() && !self.object.is_empty();
            let mut entry = logs.entry(if of_list { &LIST_ACCESS } else { &ACCESS });
            entry.connection(&self.connection);
            entry.word(operation);
            match &variable.name {
                Some(name) => object(&mut entry, name),
                None if of_list => object(&mut entry, &self.object),
                // The request was not seen.
                None => entry.word("<unknown>"),
            }
            if of_list {
                entry.count(variable.index);
            }
            let told = variable.error.is_none() || operation == "write";
            entry.string(Some(variable.value.as_slice()).filter(|_| told));
            entry.bool(variable.error.is_none());
            entry.name(&ACCESS_ERRORS, variable.error);
            entry.end();
        }
    }

    /// The line of a request that the server refused.
    fn refused(self, error: Option<u64>, logs: &mut Logs) {
        let error = Some(error.unwrap_or(u64::MAX));
        match self.service {
            Some(GET_NAME_LIST) => self.name_list(error, logs),
            Some(GET_ATTRIBUTES) => self.attributes(error, logs),
            Some(GET_LIST_ATTRIBUTES) => self.list_attributes(error, logs),
            _ => {}
        }
    }

    fn name_list(&self, error: Option<u64>, logs: &mut Logs) {
        let Some(request) = &self.request else { return };
        let (scope, domain) = match request.object.as_slice() {
            [] => ("vmdSpecific", None),
            b"@" => ("aaSpecific", None),
            domain => ("domainSpecific", Some(domain)),
        };
        let mut entry = logs.entry(&NAME_LIST);
        entry.connection(&self.connection);
        entry.name(&CLASSES, request.class);
        entry.word(scope);
        entry.string(domain);
        let value = self.names.join(&b","[..]);
        entry.string(Some(value.as_slice()).filter(|value| !value.is_empty()));
        outcome(entry, error);
    }

    fn attributes(&self, error: Option<u64>, logs: &mut Logs) {
        let mut entry = logs.entry(&ATTRIBUTES);
        entry.connection(&self.connection);
        object(&mut entry, &self.object);
        match error {
            None => {
                let mut value = Vec::new();
                specification(&self.types, 0, &name(&self.object), &mut value);
                entry.string(value.as_slice());
            }
            Some(_) => entry.unset(),
        }
        outcome(entry, error);
    }

    fn list_attributes(&self, error: Option<u64>, logs: &mut Logs) {
        let mut entry = logs.entry(&LIST_ATTRIBUTES);
        entry.connection(&self.connection);
        object(&mut entry, &self.object);
        match error {
            None => {
                let mut value = vec![b'['];
                for (place, member) in self.names.iter().enumerate() {
                    if place > 0 {
                        value.push(b',');
                    }
                    crate::jsonl::string(&name(member), &mut value);
                }
                value.push(b']');
                entry.string(value.as_slice());
            }
            Some(_) => entry.unset(),
        }
        outcome(entry, error);
    }
}

fn outcome(mut entry: Entry<'_>, error: Option<u64>) {
    entry.bool(error.is_none());
    entry.name(&ERRORS, error);
    entry.end();
}

/// The name of an object as the parser writes it: `domain::item`, `item`, `item (aa)`.
fn name(object: &[u8]) -> Vec<u8> {
    if let Some(item) = object.strip_prefix(b"@") {
        return [item, b" (aa)"].concat();
    }
    match object.iter().position(|octet| *octet == b'/') {
        Some(place) => {
            let (domain, item) = object.split_at(place);
            [domain, b"::", item.get(1..).unwrap_or_default()].concat()
        }
        None => object.to_vec(),
    }
}

fn object(entry: &mut Entry<'_>, object: &[u8]) {
    entry.string(name(object).as_slice());
}

/// What the parser calls types.
const fn type_name(data_type: u64) -> &'static str {
    match data_type {
        1 => "array",
        2 => "structure",
        3 => "bool",
        4 => "bitString",
        5 => "integer",
        6 => "unsigned",
        9 => "octetString",
        10 => "visibleString",
        _ => "<unknown>",
    }
}

/// Appends the type at this place of the list, with those below it. Returns how many they are.
fn specification(types: &[(Vec<u8>, u64)], place: usize, field: &[u8], out: &mut Vec<u8>) -> usize {
    let Some((path, data_type)) = types.get(place) else { return 1 };
    out.extend_from_slice(b"{\"name\": ");
    crate::jsonl::string(field, out);
    out.extend_from_slice(b", \"type\": \"");
    out.extend_from_slice(type_name(*data_type).as_bytes());
    out.extend_from_slice(b"\", \"fields\": [");
    let mut next = place + 1;
    while let Some((below, _)) = types.get(next) {
        let Some(rest) = below.strip_prefix(path.as_slice()).filter(|rest| !rest.is_empty()) else { break };
        if next > place + 1 {
            out.push(b',');
        }
        // The element of an array has no name of its own.
        let rest = rest.strip_prefix(b".").unwrap_or(rest);
        let rest = if rest.starts_with(b"[]") { &[] } else { rest };
        next += specification(types, next, rest, out);
    }
    out.extend_from_slice(b"]}");
    next - place
}

impl Variable {
    /// Appends one part of the value: structures that its path leaves are closed, those that it enters are opened.
    fn push(&mut self, row: &Value<'_>) {
        let path = row.path.unwrap_or_default();
        let parts =
            |path: &[u8]| if path.is_empty() { 0 } else { path.split(|octet| *octet == b'.').count() };
        let shared = path
            .split(|octet| *octet == b'.')
            .zip(self.depth.split(|octet| *octet == b'.'))
            .take_while(|(a, b)| a == b && !a.is_empty())
            .count();
        let (have, want) = (parts(&self.depth), parts(path));
        if !self.value.is_empty() {
            // The last part of a path is the place of the value itself.
            for _ in shared + 1..have {
                self.value.extend_from_slice(b"]}");
            }
            self.value.push(b',');
        }
        let open = if self.value.is_empty() { 0 } else { shared + 1 };
        for _ in open..want {
            self.value.extend_from_slice(b"{\"type\": \"structure\", \"value\": [");
        }
        self.depth.clear();
        self.depth.extend_from_slice(path);
        if row.access_error.is_none() {
            scalar(row, &mut self.value);
        }
    }
    /// Closes what is open.
    fn close(&mut self) {
        if !self.depth.is_empty() {
            for _ in self.depth.split(|octet| *octet == b'.') {
                self.value.extend_from_slice(b"]}");
            }
            self.depth.clear();
        }
    }
}

/// Appends a value without parts: text as text, all else as a string of its octets or digits.
fn scalar(row: &Value<'_>, out: &mut Vec<u8>) {
    let kind = match row.data_type {
        Some(1) => "array",
        Some(2) => "structure",
        Some(3) => "boolean",
        Some(5) => "integer",
        Some(6) => "unsigned",
        Some(7) => "floating_point",
        Some(9) => "octet_string",
        Some(10) => "visible_string",
        Some(12) => "binary_time",
        Some(16) => "mms_string",
        Some(17) => "utc_time",
        _ => "bit_string",
    };
    out.extend_from_slice(b"{\"type\": \"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\", \"value\": ");
    let mut octets = |octets: &[u8]| {
        out.extend_from_slice(b"\"0x");
        text::octets(octets, out);
        out.push(b'"');
    };
    match kind {
        "array" | "structure" => out.extend_from_slice(b"[]"),
        "floating_point" => {
            let number = row.number.unwrap_or_default();
            let single = number as f32;
            match f64::from(single) == number || number.is_nan() {
                true => octets(&[&[8], &single.to_be_bytes()[..]].concat()),
                false => octets(&[&[11], &number.to_be_bytes()[..]].concat()),
            }
        }
        "utc_time" => octets(&utc(row.time.unwrap_or_default(), row.time_quality.unwrap_or_default())),
        "binary_time" => octets(&binary_time(row.time_of_day.unwrap_or_default(), row.clock)),
        "boolean" => {
            out.extend_from_slice(if row.boolean == Some(true) { b"\"T\"" } else { b"\"F\"" });
        }
        "integer" => quoted(out, |out| text::signed(row.integer.unwrap_or_default(), out)),
        "unsigned" => quoted(out, |out| text::unsigned(row.unsigned.unwrap_or_default(), out)),
        "visible_string" | "mms_string" => crate::jsonl::string(row.text.unwrap_or_default(), out),
        _ => match (row.octets, row.text) {
            (None, Some(text)) => crate::jsonl::string(text, out),
            (sent, _) => octets(sent.unwrap_or_default()),
        },
    }
    out.push(b'}');
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// A UTC time as sent: seconds, the fraction in parts of 2^24, quality.
fn utc(nanoseconds: i64, quality: u64) -> [u8; 8] {
    let seconds = nanoseconds.div_euclid(1_000_000_000) as u32;
    let rest = nanoseconds.rem_euclid(1_000_000_000) as u64;
    let fraction = ((rest << 24) + 500_000_000) / 1_000_000_000;
    let [a, b, c, d] = seconds.to_be_bytes();
    let [_, e, f, g] = (fraction.min(0x00ff_ffff) as u32).to_be_bytes();
    [a, b, c, d, e, f, g, quality as u8]
}

/// A binary time as sent: milliseconds of the day, and days since 1984 where there is a date.
fn binary_time(of_day: i64, clock: Option<i64>) -> Vec<u8> {
    /// Days from 1970 to 1984.
    const EPOCH: i64 = 5113;
    let milliseconds = (of_day / 1_000_000) as u32;
    let mut octets = milliseconds.to_be_bytes().to_vec();
    if let Some(clock) = clock {
        let days = clock.div_euclid(86_400_000_000_000) - EPOCH;
        octets.extend_from_slice(&(days as u16).to_be_bytes());
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(path: &'static str, integer: i64) -> Value<'static> {
        Value {
            index: Some(0),
            name: None,
            path: Some(path.as_bytes()),
            data_type: Some(5),
            boolean: None,
            integer: Some(integer),
            unsigned: None,
            number: None,
            text: None,
            octets: None,
            time: None,
            time_quality: None,
            clock: None,
            time_of_day: None,
            access_error: None,
            row: core::marker::PhantomData,
        }
    }

    /// `data_to_string` of `helper.zeek`: a structure holds its parts in a list.
    #[test]
    fn parts_of_a_value_stand_in_their_structures() {
        let json = |parts: &[(&'static str, i64)]| {
            let mut variable = Variable::default();
            parts.iter().for_each(|(path, integer)| variable.push(&value(path, *integer)));
            variable.close();
            serde_json::from_slice::<serde_json::Value>(&variable.value).expect("JSON")
        };
        let integer = |value: i64| serde_json::json!({"type": "integer", "value": value.to_string()});
        let structure =
            |parts: Vec<serde_json::Value>| serde_json::json!({"type": "structure", "value": parts});
        assert_eq!(json(&[("", 7)]), integer(7));
        let nested = structure(vec![
            integer(1),
            structure(vec![integer(2), structure(vec![integer(3)])]),
            structure(vec![structure(vec![integer(4), integer(5)])]),
            integer(6),
        ]);
        let parts = [("0", 1), ("1.0", 2), ("1.1.0", 3), ("2.0.0", 4), ("2.0.1", 5), ("3", 6)];
        assert_eq!(json(&parts), nested);
    }

    #[test]
    fn types_stand_below_the_type_that_holds_them() {
        let types: Vec<(Vec<u8>, u64)> =
            [("", 2), ("a", 2), ("a.x", 5), ("a.y", 3), ("b", 1), ("b[]", 6), ("c", 10)]
                .into_iter()
                .map(|(path, kind)| (path.as_bytes().to_vec(), kind))
                .collect();
        let mut out = Vec::new();
        assert_eq!(specification(&types, 0, b"v", &mut out), types.len());
        let field = |name: &str, kind: &str, fields: Vec<serde_json::Value>| serde_json::json!({"name": name, "type": kind, "fields": fields});
        let a = field("a", "structure", vec![field("x", "integer", vec![]), field("y", "bool", vec![])]);
        let b = field("b", "array", vec![field("", "unsigned", vec![])]);
        let expected = field("v", "structure", vec![a, b, field("c", "visibleString", vec![])]);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).expect("JSON"), expected);
    }

    #[test]
    fn times_are_as_they_were_sent() {
        // 2020-01-01 00:00:00.5, accuracy 10 bits.
        assert_eq!(utc(1_577_836_800_500_000_000, 0x0a), [0x5e, 0x0b, 0xe1, 0, 0x80, 0, 0, 0x0a]);
        assert_eq!(binary_time(1_000_000_000, None), [0, 0, 3, 0xe8]);
        assert_eq!(binary_time(0, Some(441_849_600_000_000_000)), [0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn objects_have_the_names_of_the_parser() {
        assert_eq!(name(b"LD/LLN0$ST"), b"LD::LLN0$ST");
        assert_eq!(name(b"@list"), b"list (aa)");
        assert_eq!(name(b"mu"), b"mu");
    }
}
