//! The tables. `dnp3_link` has a row for each frame, `dnp3` for each application fragment, `dnp3_objects` for each object
//! header, `dnp3_points` for each value. What few messages have is in tables of their own, tied by `message`.
use super::codes::{
    AttributeType, AuthenticationError, CommandStatus, DescriptorCode, FileMode, FileStatus, FileType,
    FunctionCode, Indication, KeyStatus, KeyWrapAlgorithm, LinkFunction, MacAlgorithm, Object, OperationType,
    TimeQuality, TripCloseCode,
};
use crate::record::{Duration, Instant, Text};

crate::record! {
    /// One frame of the data link layer.
    pub struct Dnp3Link in "dnp3_link" {
        /// Link address of the sender.
        source: u16,
        /// Link address of the receiver; FFFD, FFFE and FFFF hex are all outstations, FFFC hex the one that listens.
        destination: u16,
        /// Length: the octets from the control octet on, without the CRCs.
        length: u8 ["octets"],
        /// Control octet.
        control: u8,
        /// Function code of the control octet, with PRM.
        function_code: LinkFunction,
        /// Whether a master sent it (DIR).
        from_master: bool,
        /// Frame count bit; null where it is not valid (FCV) or the frame is of a secondary station.
        frame_count: Option<bool>,
        /// Whether the receive buffers of the sender are full (DFC); null in frames of a primary station.
        data_flow_control: Option<bool>,
        /// Whether this is the first segment of an application fragment (FIR); null without user data.
        transport_first: Option<bool>,
        /// Whether it is the last (FIN); null without user data.
        transport_final: Option<bool>,
        /// Sequence number of the segment, modulo 64; null without user data.
        transport_sequence: Option<u8>,
        /// The frame is the one before once more: its sender did not change the frame count bit, since the acknowledgement did
        /// not arrive. What it says was told, and makes no fragment.
        repeated: bool,
        /// Blocks of user data whose CRC is wrong; nothing is read out of such a frame.
        damaged_blocks: u8,
    }
}

crate::record! {
    /// One application fragment.
    pub struct Dnp3 in "dnp3" {
        /// Link address of the sender.
        source: u16,
        /// Link address of the receiver.
        destination: u16,
        /// Function code; null where the fragment ends before it.
        function_code: Option<FunctionCode>,
        /// Sequence number of the fragment, modulo 16.
        sequence: u8,
        /// Whether this is the first fragment of its message (FIR).
        first: bool,
        /// Whether it is the last (FIN).
        last: bool,
        /// Whether a confirmation is asked for (CON).
        confirm: bool,
        /// Whether it belongs to unsolicited reporting (UNS).
        unsolicited: bool,
        /// Internal indications of a response: the first octet (IIN1) is the upper one.
        iin: Option<u16>,
        /// Octets of the fragment.
        length: u32 ["octets"],
        /// The fragment comes again, as it was: a request while it waits for its answer, a response to such a request, an
        /// unsolicited response whose confirmation did not arrive. What it says was told, and makes no operations and points.
        repeated: bool,
        /// The message that asked, in a response that was paired; in a confirmation the response that it confirms, as far
        /// as that is known.
        request_message: Option<u64>,
    }
}

crate::record! {
    /// One object header of an application fragment.
    pub struct Dnp3Objects<'a> in "dnp3_objects" {
        /// Object: group * 256 + variation. Variation 0 asks for any.
        object: Object,
        /// Group.
        group: u8,
        /// Variation.
        variation: u8,
        /// Qualifier octet: prefix code in bits 4 to 6, range specifier code in bits 0 to 3.
        qualifier: u8,
        /// First index, or virtual address, of the range.
        start: Option<u32>,
        /// Last index, or virtual address, of the range.
        stop: Option<u32>,
        /// How many objects, where the range field is a count.
        count: Option<u32>,
        /// Class to which a header before this one assigns its points.
        class: Option<u8>,
        /// The indexes that a request lists without values, as sent: 1, 2 or 4 octets each, by the qualifier.
        index_list: Option<&'a [u8]>,
        /// Octets of header and objects.
        length: u32 ["octets"],
    }
}

crate::record! {
    /// One object with its value.
    pub struct Dnp3Points<'a> in "dnp3_points" {
        /// Object: group * 256 + variation.
        object: Object,
        /// Index of the point; where the range field is a count without prefixes, its place from 0.
        index: Option<u32>,
        /// Flags, as sent, with the state where it is a bit of them.
        flags: Option<u8>,
        /// Value, where it is an integer: state of a binary (0, 1) or double-bit input (0 intermediate, 1 off, 2 on, 3
        /// indeterminate), counter, analog, control code, seconds or milliseconds of a delay.
        integer: Option<i64>,
        /// Value, where it is a real number.
        number: Option<f64>,
        /// Time of the object, null where it is sent as 0, since its sender has none; of a relative time what the common time
        /// of occurrence before it makes of it.
        time: Option<Instant>,
        /// How sure such a time is; null where the object holds the time itself.
        time_quality: Option<TimeQuality>,
        /// Time as sent, where it is relative to a common time of occurrence.
        relative_time: Option<Duration>,
        /// Status of a command.
        status: Option<CommandStatus>,
        /// Value, where it is octets.
        octets: Option<&'a [u8]>,
    }
}

crate::record! {
    /// What a control relay output block or a pattern control block commands (g12v1, g12v2), or its echo.
    pub struct Dnp3Controls in "dnp3_controls" {
        /// Object: group * 256 + variation.
        object: Object,
        /// Index of the output.
        index: Option<u32>,
        /// Control code, as sent.
        control_code: u8,
        /// What is to be done.
        operation_type: OperationType,
        /// The obsolete queue bit.
        queue: bool,
        /// Whether what was queued before is cancelled.
        clear: bool,
        /// Which output of a pair.
        trip_close: TripCloseCode,
        /// How often.
        count: u8,
        /// On-time.
        on_time: u32 ["ms"],
        /// Off-time.
        off_time: u32 ["ms"],
        /// Status; in a request 0.
        status: CommandStatus,
    }
}

crate::record! {
    /// One attribute of a device (g0).
    pub struct Dnp3Attributes<'a> in "dnp3_attributes" {
        /// Object: the variation is the attribute.
        object: Object,
        /// Set of attributes; 0 is that of the standard.
        set: Option<u32>,
        /// Type of the value.
        data_type: AttributeType,
        /// Value, where it is text.
        text: Option<Text<'a>>,
        /// Value, where it is an integer.
        integer: Option<i64>,
        /// Value, where it is a real number.
        number: Option<f64>,
        /// Value, where it is a time.
        time: Option<Instant>,
        /// Value, where it is something else: as sent.
        octets: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One object of a file transfer (g70). Names are shown as sent.
    pub struct Dnp3Files<'a> in "dnp3_files" {
        /// Object: what it tells.
        object: Object,
        /// Name of the file.
        name: Option<Text<'a>>,
        /// Handle under which the file is open.
        handle: Option<u32>,
        /// What it is opened for.
        mode: Option<FileMode>,
        /// Type of the file.
        file_type: Option<FileType>,
        /// Octets of the file; of a directory its entries.
        size: Option<u32>,
        /// When it was created; null where that is sent as 0, since it does not apply.
        created: Option<Instant>,
        /// Permissions, nine bits: execute, write and read for world, group and owner.
        permissions: Option<u16>,
        /// Largest block of a transfer.
        max_block_size: Option<u16> ["octets"],
        /// Number that ties status to command.
        request_id: Option<u16>,
        /// Number of the block.
        block: Option<u32>,
        /// Whether it is the last block.
        last_block: Option<bool>,
        /// Status.
        status: Option<FileStatus>,
        /// User name of an authentication.
        user: Option<Text<'a>>,
        /// Octets of the password; the password itself is not shown.
        password_length: Option<u16> ["octets"],
        /// Whether an authentication key that is not 0 is sent; the key itself is not shown.
        keyed: Option<bool>,
        /// Octets of the file, or the text of a status.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One object of secure authentication (g120). Keys are not shown.
    pub struct Dnp3Authentications<'a> in "dnp3_authentications" {
        /// Object: what it tells.
        object: Object,
        /// Challenge, key change or status change sequence number.
        sequence_number: Option<u32>,
        /// User.
        user_number: Option<u16>,
        /// Association of an error.
        association_id: Option<u16>,
        /// Algorithm of the message authentication code.
        mac_algorithm: Option<MacAlgorithm>,
        /// Why a challenge is made: 1 a critical function.
        reason: Option<u8>,
        /// Algorithm that wraps keys.
        key_wrap_algorithm: Option<KeyWrapAlgorithm>,
        /// Status of the session keys.
        key_status: Option<KeyStatus>,
        /// Error.
        error: Option<AuthenticationError>,
        /// Time of an error.
        time: Option<Instant>,
        /// Text of an error, or name of a user.
        text: Option<Text<'a>>,
        /// Method of key change.
        key_change_method: Option<u8>,
        /// Type of certificate.
        certificate_type: Option<u8>,
        /// What becomes of a user: 1 added, 2 deleted, 3 changed.
        operation: Option<u8>,
        /// Role of a user.
        user_role: Option<u16>,
        /// When the role expires.
        role_expiry: Option<u16> ["days"],
        /// Challenge data.
        challenge: Option<&'a [u8]>,
        /// Message authentication code.
        mac: Option<&'a [u8]>,
        /// Certificate, signature or public key.
        certificate: Option<&'a [u8]>,
        /// Octets of a wrapped or encrypted key; the key itself is not shown.
        key_length: Option<u32> ["octets"],
    }
}

crate::record! {
    /// One element of a data set, its prototype or its descriptor (g85 to g88).
    pub struct Dnp3DataSetElements<'a> in "dnp3_data_set_elements" {
        /// Object: group * 256 + variation.
        object: Object,
        /// Index of the data set or prototype.
        index: Option<u32>,
        /// Place of the element, from 0.
        element: u32,
        /// What the element describes; null in values.
        descriptor_code: Option<DescriptorCode>,
        /// Type of the element's values, by the codes of [`AttributeType`]; null in values.
        data_type: Option<AttributeType>,
        /// Most octets of a value; null in values.
        max_length: Option<u8> ["octets"],
        /// Value, or what the descriptor adds: as sent.
        octets: &'a [u8],
    }
}

crate::record! {
    /// An internal indication that an outstation set or cleared: restart, need of time, trouble, local control, lost events,
    /// corrupt configuration. Written where it is set at first sight, and on change.
    pub struct Dnp3Indications in "dnp3_indications" {
        /// Link address of the outstation.
        outstation: u16,
        /// Link address of the master that it was told.
        master: u16,
        /// Which.
        indication: Indication,
        /// Whether it is set.
        set: bool,
    }
}
