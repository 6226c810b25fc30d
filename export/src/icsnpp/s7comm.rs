//! The logs of icsnpp-s7comm: COTP, S7comm and S7comm-plus.
use super::{
    connection::{Connection, way_log},
    view::view,
};
use crate::logs::{Logs, Nameless, Words};
use fieldtap::{
    protocols::{
        cotp::Cotp,
        s7comm::{S7comm, S7commServices, S7commSzl, S7commSzlEntries, S7commTransfers, S7commUserdata},
        s7comm_plus::S7commPlus,
    },
    record::{Envelope, Row},
};
use hashbrown::HashMap;

way_log! {
    /// One line a TPDU.
    COTP = "cotp": "pdu_code" "string", "pdu_name" "string",
}
way_log! {
    /// One line a PDU.
    S7COMM = "s7comm":
    "rosctr_code" "count", "rosctr_name" "string", "pdu_reference" "count", "function_code" "string",
    "function_name" "string", "subfunction_code" "string", "subfunction_name" "string",
    "error_class" "string", "error_code" "string",
}
way_log! {
    /// One line a system status list asked for or answered.
    READ_SZL = "s7comm_read_szl":
    "pdu_reference" "count", "method" "string", "szl_id" "string", "szl_id_name" "string",
    "szl_index" "string", "return_code" "string", "return_code_name" "string",
}
way_log! {
    /// One line a step of an upload or download.
    TRANSFER = "s7comm_upload_download":
    "rosctr" "string", "pdu_reference" "count", "function_name" "string", "function_status" "string",
    "session_id" "count", "blocklength" "count", "filename" "string", "block_type" "string",
    "block_number" "string", "destination_filesystem" "string",
}
way_log! {
    /// One line a connection over which a device told its components.
    DEVICES = "s7comm_known_devices":
    "automation_system_name" "string", "module_name" "string", "plant_name" "string",
    "module_serial" "string",
}
way_log! {
    /// One line a PDU.
    PLUS = "s7comm_plus":
    "version" "count", "opcode" "string", "opcode_name" "string", "function_code" "string",
    "function_name" "string",
}

const JOB: u64 = 1;
const ACK: u64 = 2;
const ACK_DATA: u64 = 3;
const USERDATA: u64 = 7;
/// Functions whose answers tell nothing: request download, download ended, end upload.
const BARE_ANSWERS: [u64; 3] = [0x1a, 0x1c, 0x1f];
const PLC_CONTROL: u64 = 0x28;
/// The list of a module's components.
const COMPONENTS: u64 = 0x1c;

static PDU_TYPES: Words = Words::new(
    &[
        (0x1, "ED Expedited Data"),
        (0x2, "EA Expedited Data Acknowledgement"),
        (0x5, "RJ Reject"),
        (0x6, "AK Data Acknowledgement"),
        (0x7, "ER TPDU Error"),
        (0x8, "DR Disconnect Request"),
        (0xc, "DC Disconnect Confirm"),
        (0xd, "CC Connection Confirm"),
        (0xe, "CR Connection Request"),
        (0xf, "DT Data"),
    ],
    Nameless::Hex0x("Unknown COTP PDU-", 2),
);
static ROSCTR: Words = Words::new(
    &[(1, "Job-Request"), (2, "ACK"), (3, "ACK-Data"), (7, "User-Data")],
    Nameless::Word("unknown"),
);
static ERROR_CLASSES: Words = Words::new(
    &[
        (0x00, "No error"),
        (0x81, "Application relationship error"),
        (0x82, "Object definition error"),
        (0x83, "No ressources available error"),
        (0x84, "Error on service processing"),
        (0x85, "Error on supplies"),
        (0x87, "Access error"),
    ],
    Nameless::Hex0x("Unknown error class-", 2),
);
static FUNCTIONS: Words = Words::new(
    &[
        (0x00, "CPU Services"),
        (0x04, "Read Variable"),
        (0x05, "Write Variable"),
        (0x1a, "Request Download"),
        (0x1b, "Download Block"),
        (0x1c, "Download Ended"),
        (0x1d, "Start Upload"),
        (0x1e, "Upload"),
        (0x1f, "End Upload"),
        (0x28, "PLC Control"),
        (0x29, "PLC Stop"),
        (0xf0, "Setup Communication"),
    ],
    Nameless::Word("unknown"),
);
static GROUPS: Words = Words::new(
    &[
        (0x00, "Mode-Transition"),
        (0x01, "Programmer Controls"),
        (0x02, "Cyclic Services"),
        (0x03, "Block Functions"),
        (0x04, "CPU Functions"),
        (0x05, "Security"),
        (0x06, "PBC BSEND-BRECV"),
        (0x07, "Time Functions"),
        (0x0f, "NC Programming"),
    ],
    Nameless::Word("unknown"),
);
static MODES: Words = Words::new(
    &[
        (0x00, "Stop"),
        (0x01, "Warm Restart"),
        (0x02, "Run"),
        (0x03, "Hot Restart"),
        (0x04, "Hold"),
        (0x06, "Cold Restart"),
        (0x09, "Run_R"),
        (0x0b, "Link-Up"),
        (0x0c, "Update"),
    ],
    Nameless::Word("unknown"),
);
static PROGRAMMER: Words = Words::new(
    &[
        (0x01, "Block Status"),
        (0x02, "Variable Status"),
        (0x03, "Output ISTACK"),
        (0x04, "Output BSTACK"),
        (0x05, "Output LSTACK"),
        (0x06, "Time Measurement"),
        (0x07, "Force Selection"),
        (0x08, "Modify Variable"),
        (0x09, "Force"),
        (0x0a, "Breakpoint"),
        (0x0b, "Exit HOLD"),
        (0x0c, "Memory Reset"),
        (0x0d, "Disable Job"),
        (0x0e, "Enable Job"),
        (0x0f, "Delete Job"),
        (0x10, "Read Job List"),
        (0x11, "Read Job"),
        (0x12, "Replace Job"),
        (0x13, "Block Status v2"),
        (0x16, "Flash LED"),
    ],
    Nameless::Word("unknown"),
);
static CYCLIC: Words = Words::new(
    &[
        (0x01, "Cyclic Transfer"),
        (0x04, "Unsubscribe"),
        (0x05, "Change Driven Transfer"),
        (0x07, "Change Driven Transfer Modify"),
        (0x08, "RDREC"),
    ],
    Nameless::Word("unknown"),
);
static BLOCKS: Words = Words::new(
    &[(0x01, "List Blocks"), (0x02, "List Blocks of Type"), (0x03, "Get Block Info")],
    Nameless::Word("unknown"),
);
static CPU: Words = Words::new(
    &[
        (0x01, "Read SZL"),
        (0x02, "Message Service"),
        (0x03, "Diagnostic Message"),
        (0x04, "ALARM_8 Indication"),
        (0x05, "NOTIFY Indication"),
        (0x06, "ALARM_8 Lock"),
        (0x07, "ALARM_8 Unlock"),
        (0x08, "SCAN Indication"),
        (0x0b, "ALARM_S Indication"),
        (0x0c, "ALARM_SQ Indication"),
        (0x0d, "ALARM Query"),
        (0x0e, "ALARM ACK"),
        (0x11, "ALARM ACK Indication"),
        (0x12, "ALARM Lock Indication"),
        (0x13, "ALARM Unlock Indication"),
        (0x16, "NOTIFY_8 Indication"),
    ],
    Nameless::Word("unknown"),
);
static SECURITY: Words = Words::new(&[(0x01, "PLC Password")], Nameless::Word("unknown"));
static TIME: Words = Words::new(
    &[(0x01, "Read Clock"), (0x02, "Set Clock"), (0x03, "Read Clock (Following)"), (0x04, "Set Clock (2)")],
    Nameless::Word("unknown"),
);
static RETURN_CODES: Words = Words::new(
    &[
        (0x00, "Reserved"),
        (0x01, "Hardware error"),
        // Spelled so there.
        (0x03, "Accessing the bbject not allowed"),
        (0x05, "Invalid address"),
        (0x06, "Data type not supported"),
        (0x07, "Data type inconsistent"),
        (0x0a, "Object does not exist"),
        (0xff, "Success"),
    ],
    Nameless::Word("Unknown"),
);
static LISTS: Words = Words::new(
    &[
        (0x00, "List of all the SZL-IDs of a module"),
        (0x11, "Module identification"),
        (0x12, "CPU characteristics"),
        (0x13, "User memory areas"),
        (0x14, "System areas"),
        (0x15, "Block types"),
        (0x16, "Priority classes"),
        (0x17, "List of the permitted SDBs with a number < 1000"),
        (0x18, "Maximum S7-300 I/O configuration"),
        (0x19, "Status of the module LEDs"),
        (0x1c, "Component Identification"),
        (0x21, "Interrupt / error assignment"),
        (0x22, "Interrupt status"),
        (0x23, "Priority classes"),
        (0x24, "Modes"),
        (0x25, "Assignment between process image partitions and OBs"),
        (0x31, "Communication capability parameters"),
        (0x32, "Communication status data"),
        (0x33, "Diagnostics: device logon list"),
        (0x37, "Ethernet - Details of a Module"),
        (0x71, "H CPU group information"),
        (0x74, "Status of the module LEDs"),
        (0x75, "Switched DP slaves in the H-system"),
        (0x81, "Start information list"),
        (0x82, "Start event list"),
        (0x91, "Module status information"),
        (0x92, "Rack / station status information"),
        (0x94, "Rack / station status information"),
        (0x95, "Extended DP master system information"),
        (0x96, "Module status information, PROFINET IO and PROFIBUS DP"),
        (0xa0, "Diagnostic buffer of the CPU"),
        (0xb1, "Module diagnostic information (data record 0)"),
        (0xb2, "Module diagnostic information (data record 1), geographical address"),
        (0xb3, "Module diagnostic information (data record 1), logical address"),
        (0xb4, "Diagnostic data of a DP slave"),
    ],
    Nameless::Word("Unknown"),
);
static BLOCK_TYPES: &[(&[u8], &str)] = &[
    (b"08", "Organization Block"),
    (b"0A", "Data Block"),
    (b"0B", "System Data Block"),
    (b"0C", "Function"),
    (b"0D", "System Function"),
    (b"0E", "Function Block"),
    (b"0F", "System Function Block"),
];
static OPCODES: Words = Words::new(
    &[(0x31, "Request"), (0x32, "Response"), (0x33, "Notification")],
    Nameless::Hex0x("Unknown s7comm-plus opcode-", 2),
);
static PLUS_FUNCTIONS: Words = Words::new(
    &[
        (0x04bb, "Explore"),
        (0x04ca, "Create Object"),
        (0x04d4, "Delete Object"),
        (0x04f2, "Set Variable"),
        (0x0524, "Get Link"),
        (0x0542, "Set Multi Variables"),
        (0x054c, "Get Multi Variables"),
        (0x0556, "Begin Sequence"),
        (0x0560, "End Sequence"),
        (0x056b, "Invoke"),
        (0x0586, "Get Variable Sub Streamed"),
    ],
    Nameless::Hex0x("Unknown s7comm-plus function-", 4),
);
static SERVICES: &[(&str, &str)] = &[
    ("_INSE", "Activates a PLC module"),
    ("_INS2", "Activates a PLC module"),
    ("_DELE", "Removes module from the PLC's passive file system"),
    ("P_PROGRAM", "PLC Start / Stop"),
    ("_MODU", "PLC Copy Ram to Rom"),
    ("_GARB", "Compress PLC memory"),
    ("_N_LOGIN_", "Login"),
    ("_N_LOGOUT", "Logout"),
    ("_N_CANCEL", "Cancels NC alarm"),
    ("_N_DASAVE", "PI-Service for copying data from SRAM to FLASH"),
    ("_N_DIGIOF", "Turns off digitizing"),
    ("_N_DIGION", "Turns on digitizing"),
    ("_N_DZERO_", "Set all D numbers invalid for function"),
    ("_N_F_OPER", "Opens a file read-only"),
    ("_N_OST_OF", "Overstore OFF"),
    ("_N_OST_ON", "Overstore ON"),
    ("_N_SCALE_", "Unit of measurement setting (metric<->INCH)"),
    ("_N_SETUFR", "Activates user frame"),
    ("_N_STRTLK", "The global start disable is set"),
    ("_N_STRTUL", "The global start disable is reset"),
    ("_N_TMRASS", "Resets the Active status"),
    ("_N_F_DELE", "Deletes file"),
    ("_N_EXTERN", "Selects external program for execution"),
    ("_N_EXTMOD", "Selects external program for execution"),
    ("_N_F_DELR", "Delete file even without access rights"),
    ("_N_F_XFER", "Selects file for uploading"),
    ("_N_LOCKE_", "Locks the active file for editing"),
    ("_N_SELECT", "Selects program for execution"),
    ("_N_SRTEXT", "A file is being marked in _N_EXT_DIR"),
    ("_N_F_CLOS", "Closes file"),
    ("_N_F_OPEN", "Opens file"),
    ("_N_F_SEEK", "Position the file search pointer"),
    ("_N_ASUP__", "Assigns interrupt"),
    ("_N_CHEKDM", "Start uniqueness check on D numbers"),
    ("_N_CHKDNO", "Check whether the tools have unique D numbers"),
    ("_N_CONFIG", "Reconfigures machine data"),
    ("_N_CRCEDN", "Creates a cutting edge by specifying an edge number"),
    ("_N_DELECE", "Deletes a cutting edge"),
    ("_N_CREACE", "Creates a cutting edge"),
    ("_N_CREATO", "Creates a tool"),
    ("_N_DELETO", "Deletes tool"),
    ("_N_CRTOCE", "Generate tool with specified edge number"),
    ("_N_DELVAR", "Delete data block"),
    ("_N_F_COPY", "Copies file within the NCK"),
    ("_N_F_DMDA", "Deletes MDA memory"),
    ("_N_F_PROT", "Assigns a protection level to a file"),
    ("_N_F_RENA", "Renames file"),
    ("_N_FINDBL", "Activates search"),
    ("_N_IBN_SS", "Sets the set-up switch"),
    ("_N_MMCSEM", "MMC-Semaphore"),
    ("_N_NCKMOD", "The mode in which the NCK will work is being set"),
    ("_N_NEWPWD", "New password"),
    ("_N_SEL_BL", "Selects a new block"),
    ("_N_SETTST", "Activate tools for replacement tool group"),
    ("_N_TMAWCO", "Set the active wear group in one magazine"),
    ("_N_TMCRTC", "Create tool with specified edge number"),
    ("_N_TMCRTO", "Creates tool in the tool management"),
    ("_N_TMFDPL", "Searches an empty place for loading"),
    ("_N_TMFPBP", "Searches for empty location"),
    ("_N_TMGETT", "Determines T-number for specific toolID with Duplono"),
    ("_N_TMMVTL", "Loads or unloads a tool"),
    ("_N_TMPCIT", "Sets increment value of the piece counter"),
    ("_N_TMPOSM", "Positions a magazine or tool"),
    ("_N_TRESMO", "Reset monitoring values"),
    ("_N_TSEARC", "Complex search via search screenforms"),
];

view! { Tpdu of Cotp { pdu_type: u64, } }
view! { Pdu of S7comm {
    rosctr: u64, pdu_reference: u64, error_class: u64, error_code: u64, function_code: u64,
}}
view! { Userdata of S7commUserdata {
    userdata_type: u64, function_group: u64, subfunction: u64, last_data_unit: bool, parameter_error: u64,
    return_code: u64,
}}
view! { Service of S7commServices { service: &'r [u8], } }
view! { Transfer of S7commTransfers {
    function_code: u64, more: bool, failed: bool, upload_id: u64, file_name: &'r [u8], block_length: u64,
    data: &'r [u8],
}}
view! { Szl of S7commSzl { szl_id: u64, szl_index: u64, } }
view! { Component of S7commSzlEntries { szl_id: u64, entry_index: u64, text: &'r [u8], } }
view! { PlusPdu of S7commPlus { version: u64, opcode: u64, function_code: u64, } }

/// The PDU whose further rows come next.
#[derive(Clone, Copy, Debug)]
struct Head {
    message: u64,
    rosctr: u64,
    pdu_reference: u64,
    userdata_type: u64,
    return_code: Option<u64>,
    /// Whether a line of `s7comm` is still to be written.
    due: bool,
}

/// Names that a device told of itself over one connection.
#[derive(Debug)]
struct Device {
    connection: Connection,
    /// Of the automation system, the module, the plant, and the serial number.
    names: [Option<Vec<u8>>; 4],
}

/// What is remembered of all conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    head: Option<Head>,
    devices: HashMap<u64, Device, foldhash::fast::FixedState>,
}

pub(super) fn cotp(envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
    let row = Tpdu::of(row);
    let connection = Connection::of(envelope);
    let mut entry = logs.entry(&COTP);
    entry.connection(&connection);
    entry.way(&connection);
    entry.hex(row.pdu_type, 2);
    entry.name(&PDU_TYPES, row.pdu_type);
    entry.end();
}

pub(super) fn plus(envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
    let row = PlusPdu::of(row);
    // A part of a message in several, and a keep-alive, have none.
    let Some(opcode) = row.opcode else { return };
    let connection = Connection::of(envelope);
    let mut entry = logs.entry(&PLUS);
    entry.connection(&connection);
    entry.way(&connection);
    entry.count(row.version);
    entry.hex(opcode, 2);
    entry.name(&OPCODES, opcode);
    entry.hex(row.function_code, 4);
    entry.name(&PLUS_FUNCTIONS, row.function_code);
    entry.end();
}

impl Memory {
    /// A row of `s7comm`.
    pub(super) fn pdu(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Pdu::of(row);
        let rosctr = row.rosctr.unwrap_or_default();
        let function = row.function_code;
        let control = rosctr == JOB && function == Some(PLC_CONTROL);
        let head = Head {
            message: envelope.message.unwrap_or_default(),
            rosctr,
            // It is read in the order of octets in which stations count.
            pdu_reference: (row.pdu_reference.unwrap_or_default() as u16).swap_bytes().into(),
            userdata_type: 0,
            return_code: None,
            due: control || rosctr == USERDATA,
        };
        self.head = Some(head);
        // icsnpp-s7comm wants a function behind the error of an acknowledgement.
        if head.due || !matches!(rosctr, JOB | ACK | ACK_DATA) || (rosctr == ACK && function.is_none()) {
            return;
        }
        let mut entry = begin(envelope, &head, logs);
        let function = function.filter(|function| *function != 0xff);
        entry.hex(function, 2);
        entry.name(&FUNCTIONS, function);
        entry.unset_many(2);
        let error = row.error_code.filter(|error| *error != 0xff);
        entry.name(&ERROR_CLASSES, error.and(row.error_class));
        entry.hex(error, 2);
        entry.end();
        if bare(&head, function) {
            transfer_line(envelope, &head, function, None, logs);
        }
    }

    fn head(&self, envelope: &Envelope) -> Option<Head> {
        self.head.filter(|head| Some(head.message) == envelope.message)
    }

    /// A row of `s7comm_userdata`.
    pub(super) fn userdata(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Userdata::of(row);
        let Some(head) = self.head(envelope).filter(|head| head.due) else { return };
        let kind = row.userdata_type.unwrap_or_default();
        self.head = Some(Head { userdata_type: kind, return_code: row.return_code, due: false, ..head });
        let group = row.function_group.unwrap_or_default();
        let mut entry = begin(envelope, &head, logs);
        entry.hex(kind << 6 | group, 2);
        let way = match kind {
            1 => "Request: ",
            2 => "Response: ",
            0 => "Push: ",
            _ => "Unknown: ",
        };
        entry.composed(|out| {
            out.extend_from_slice(way.as_bytes());
            GROUPS.write(group, out);
        });
        let subfunction = row.subfunction.filter(|subfunction| *subfunction != 0xff);
        entry.hex(subfunction, 2);
        let words = match group {
            0 => Some(&MODES),
            1 => Some(&PROGRAMMER),
            2 => Some(&CYCLIC),
            3 => Some(&BLOCKS),
            4 => Some(&CPU),
            5 => Some(&SECURITY),
            7 => Some(&TIME),
            _ => None,
        };
        match words {
            Some(words) => entry.name(words, subfunction),
            None => entry.unset(),
        }
        // Only the longer head, that of answers, has an error.
        match row.last_data_unit.and(row.parameter_error) {
            Some(0) => {
                entry.word("No error");
                entry.hex(0, 2);
            }
            Some(error) if error != 0xff && error != 0xffff => {
                entry.word("Parameter Error");
                entry.hex(error, 2);
            }
            _ => entry.unset_many(2),
        }
        entry.end();
    }

    /// A row of `s7comm_services`.
    pub(super) fn service(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Service::of(row);
        let Some(head) = self.head(envelope).filter(|head| head.due) else { return };
        self.head = Some(Head { due: false, ..head });
        let service = row.service.unwrap_or_default();
        let mut entry = begin(envelope, &head, logs);
        entry.hex(PLC_CONTROL, 2);
        entry.name(&FUNCTIONS, PLC_CONTROL);
        entry.string(service);
        let name = SERVICES.iter().find(|(known, _)| known.as_bytes() == service);
        entry.word(name.map_or("unknown", |(_, name)| name));
        entry.unset_many(2);
        entry.end();
    }

    /// A row of `s7comm_transfers`.
    pub(super) fn transfer(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Transfer::of(row);
        let Some(head) = self.head(envelope) else { return };
        if !bare(&head, row.function_code) {
            transfer_line(envelope, &head, row.function_code, Some(&row), logs);
        }
    }
    /// A row of `s7comm_szl`.
    pub(super) fn szl(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Szl::of(row);
        let Some(head) = self.head(envelope) else { return };
        let connection = Connection::of(envelope);
        let mut entry = logs.entry(&READ_SZL);
        entry.connection(&connection);
        entry.way(&connection);
        entry.count(head.pdu_reference);
        entry.word(if head.userdata_type == 2 { "Response" } else { "Request" });
        entry.hex(row.szl_id, 4);
        entry.name(&LISTS, row.szl_id.map(|id| id & 0xff));
        entry.hex(row.szl_index, 4);
        entry.hex(head.return_code, 2);
        entry.name(&RETURN_CODES, head.return_code);
        entry.end();
    }

    /// A row of `s7comm_szl_entries`.
    pub(super) fn component(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Component::of(row);
        if row.szl_id.map(|id| id & 0xff) != Some(COMPONENTS) {
            return;
        }
        let place = match row.entry_index {
            Some(1) => 0,
            Some(2) => 1,
            Some(3) => 2,
            Some(5) => 3,
            _ => return,
        };
        let device = self.devices.entry(envelope.conversation.unwrap_or_default());
        let device = device
            .or_insert_with(|| Device { connection: Connection::of(envelope), names: [const { None }; 4] });
        if let Some(name) = device.names.get_mut(place) {
            *name = row.text.map(<[u8]>::to_vec);
        }
    }

    /// The end of a conversation.
    pub(super) fn end(&mut self, conversation: u64, logs: &mut Logs) {
        let Some(device) = self.devices.remove(&conversation) else { return };
        let mut entry = logs.entry(&DEVICES);
        entry.connection(&device.connection);
        entry.unset_many(5);
        for name in &device.names {
            entry.string(name.as_deref());
        }
        entry.end();
    }
}

fn begin<'l>(envelope: &Envelope, head: &Head, logs: &'l mut Logs) -> crate::logs::Entry<'l> {
    let connection = Connection::of(envelope);
    let mut entry = logs.entry(&S7COMM);
    entry.connection(&connection);
    entry.way(&connection);
    entry.count(head.rosctr);
    entry.name(&ROSCTR, head.rosctr);
    entry.count(head.pdu_reference);
    entry
}

fn bare(head: &Head, function: Option<u64>) -> bool {
    head.rosctr == ACK_DATA && function.is_some_and(|function| BARE_ANSWERS.contains(&function))
}

fn transfer_line(
    envelope: &Envelope,
    head: &Head,
    function: Option<u64>,
    row: Option<&Transfer<'_>>,
    logs: &mut Logs,
) {
    let connection = Connection::of(envelope);
    let mut entry = logs.entry(&TRANSFER);
    entry.connection(&connection);
    entry.way(&connection);
    entry.name(&ROSCTR, head.rosctr);
    entry.count(head.pdu_reference);
    entry.name(&FUNCTIONS, function);
    let Some(row) = row else {
        entry.unset_many(7);
        return entry.end();
    };
    let status = row.more.zip(row.failed).map(|(more, failed)| u64::from(more) | u64::from(failed) << 1);
    entry.hex(status, 2);
    entry.count(row.upload_id);
    let part = row.data.map(|data| data.len() as u64).filter(|_| head.rosctr == ACK_DATA);
    entry.count(row.block_length.or(part).filter(|length| *length != 0xffff));
    match row.file_name.filter(|name| !name.is_empty()) {
        Some(name) => {
            entry.string(name);
            let kind = name.get(1..3).unwrap_or_default();
            let known = BLOCK_TYPES.iter().find(|(known, _)| *known == kind);
            entry.word(known.map_or("Unknown", |(_, name)| name));
            entry.string(name.get(3..8).unwrap_or_default());
            entry.word(match name.get(8) {
                Some(b'P') => "Passive",
                Some(b'A') => "Active",
                _ => "Unknown",
            });
        }
        None => entry.unset_many(4),
    }
    entry.end();
}
