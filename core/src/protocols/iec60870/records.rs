//! The tables of IEC 60870-5-101 and -104.
use super::codes::{ApduFormat, Cause, FrameFormat, PrimaryFunction, SecondaryFunction, TypeId, UFunction};
use super::codes103::{ProtectionCause, ProtectionTypeId};
use crate::{
    protocols::dnp3::codes::{AuthenticationError, KeyStatus, KeyWrapAlgorithm, MacAlgorithm},
    record::{Duration, Text, WallClock},
};

crate::record! {
    /// One APDU of -104: its control field, and the head of its ASDU if it carries one.
    pub struct Iec104<'a> in "iec104" {
        /// Length of the APDU, without start octet and itself.
        apdu_length: u8 ["octets"],
        /// Format of the control field.
        format: ApduFormat,
        /// Send sequence number N(S).
        send_sequence: Option<u16>,
        /// Receive sequence number N(R).
        receive_sequence: Option<u16>,
        /// Function of an unnumbered APDU: the upper six bits of the first control octet.
        u_function: Option<UFunction>,
        /// Type identification.
        type_id: Option<TypeId>,
        /// Number of information objects, or of elements if the sequence bit is set.
        object_count: Option<u8>,
        /// SQ: one address, and elements that follow one another from there.
        sequence_bit: Option<bool>,
        /// Cause of transmission.
        cause: Option<Cause>,
        /// P/N: negative confirmation.
        negative: Option<bool>,
        /// T: test.
        test: Option<bool>,
        /// Originator address.
        originator: Option<u8>,
        /// Common address of ASDU.
        common_address: Option<u16>,
        /// Octets that are given in no other table: the body of a private or unknown type, a further segment, octets that are
        /// too many.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One frame of -101: its link layer, and the head of its ASDU if it carries one. Objects stand in `iec104_objects`.
    pub struct Iec101<'a> in "iec101" {
        /// Format of the frame.
        frame_format: FrameFormat,
        /// Length of the user data: control field, link address, ASDU.
        length: Option<u8> ["octets"],
        /// DIR: from the controlling station, on a balanced link; reserved on an unbalanced one.
        direction_bit: Option<bool>,
        /// PRM: from a primary station.
        primary: Option<bool>,
        /// FCB: alternates with each new frame of a primary station.
        frame_count: Option<bool>,
        /// FCV: whether FCB counts.
        frame_count_valid: Option<bool>,
        /// The frame is the one before once more: the primary station did not change FCB, or the secondary station answers
        /// such a frame as before. Its ASDU was told already, and makes no operations and points.
        repeated: Option<bool>,
        /// ACD: a secondary station has data of class 1.
        access_demand: Option<bool>,
        /// DFC: further frames may overflow the secondary station.
        data_flow: Option<bool>,
        /// Function of a frame from a primary station.
        primary_function: Option<PrimaryFunction>,
        /// Function of a frame from a secondary station.
        secondary_function: Option<SecondaryFunction>,
        /// Link address.
        link_address: Option<u16>,
        /// Type identification.
        type_id: Option<TypeId>,
        /// Number of information objects, or of elements if the sequence bit is set.
        object_count: Option<u8>,
        /// SQ: one address, and elements that follow one another from there.
        sequence_bit: Option<bool>,
        /// Cause of transmission.
        cause: Option<Cause>,
        /// P/N: negative confirmation.
        negative: Option<bool>,
        /// T: test.
        test: Option<bool>,
        /// Originator address; null where the cause of transmission has one octet.
        originator: Option<u8>,
        /// Common address of ASDU.
        common_address: Option<u16>,
        /// Octets that are given in no other table; of a type whose elements are not known all behind the head.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One information object of an ASDU. Every address is spelt out, also where the ASDU holds only the first. Of a type
    /// whose elements are not known the address of the first object is given.
    pub struct Iec104Objects in "iec104_objects" {
        /// Type identification of the ASDU.
        type_id: TypeId,
        /// Information object address.
        ioa: u32,
        /// Value, where it is a whole number: single point 0 or 1; double point 0 indeterminate, 1 off, 2 on, 3
        /// indeterminate; double command 1 off, 2 on; regulating step command 1 next step lower, 2 next step higher; step
        /// position -64 to 63; bitstring; scaled; counter; normalized as sent; status (ST) of packed single points, a bit
        /// each; start events, output circuits; test pattern.
        integer: Option<i64>,
        /// Value, where it is a real number: normalized from -1 to 1 - 2^-15, short floating point.
        number: Option<f32>,
        /// CD of packed single points: which of them changed since they were reported last, a bit each as in `integer`.
        change_detection: Option<u16>,
        /// T of a step position: the equipment is in a transient state.
        transient: Option<bool>,
        /// S/E: select instead of execute.
        select: Option<bool>,
        /// Qualifier: of a command (QU, QL), interrogation, counter interrogation, reset, parameter; cause of
        /// initialization.
        qualifier: Option<u8>,
        /// OV: beyond the range of values.
        overflow: Option<bool>,
        /// BL: blocked for transmission.
        blocked: Option<bool>,
        /// SB: substituted by an operator or an automatic source.
        substituted: Option<bool>,
        /// NT: not updated successfully.
        not_topical: Option<bool>,
        /// IV: incorrectly acquired.
        invalid: Option<bool>,
        /// Sequence number of a counter reading.
        counter_sequence: Option<u8>,
        /// CY: the counter overflowed in its period.
        carry: Option<bool>,
        /// CA: the counter was adjusted since the last reading.
        adjusted: Option<bool>,
        /// Of a security statistic: the association that it counts for; 0 is the one that it comes over.
        association_id: Option<u16>,
        /// EI: the elapsed time is incorrect.
        elapsed_invalid: Option<bool>,
        /// Elapsed time, relay duration, relay operating time, delay.
        elapsed: Option<Duration>,
        /// Time tag, as the station's clock showed it; null if it is no date.
        device_clock: Option<WallClock>,
        /// Whether hour and date of the time tag are not sent, but taken from the time of the capture.
        clock_completed: Option<bool>,
        /// IV of the time tag.
        clock_invalid: Option<bool>,
        /// GEN of the time tag: substituted, not genuine.
        clock_substituted: Option<bool>,
        /// SU of the time tag: summer time.
        summer_time: Option<bool>,
        /// Day of the week of the time tag, from 1 for Monday; null if it is not used.
        day_of_week: Option<u8>,
    }
}

impl Iec104Objects {
    /// An object of which nothing but type and address is known.
    pub(super) const fn new(type_id: TypeId, ioa: u32) -> Self {
        Self {
            type_id,
            ioa,
            integer: None,
            number: None,
            change_detection: None,
            transient: None,
            select: None,
            qualifier: None,
            overflow: None,
            blocked: None,
            substituted: None,
            not_topical: None,
            invalid: None,
            counter_sequence: None,
            carry: None,
            adjusted: None,
            association_id: None,
            elapsed_invalid: None,
            elapsed: None,
            device_clock: None,
            clock_completed: None,
            clock_invalid: None,
            clock_substituted: None,
            summer_time: None,
            day_of_week: None,
        }
    }
}

crate::record! {
    /// One object of file transfer (types 120 to 127).
    pub struct Iec104Files<'a> in "iec104_files" {
        /// Type identification of the ASDU.
        type_id: TypeId,
        /// Information object address.
        ioa: u32,
        /// Name of file.
        file_name: u16,
        /// Name of section.
        section: Option<u8>,
        /// Length of file or section.
        length: Option<u32> ["octets"],
        /// Qualifier: file ready, section ready, select and call, last section or segment, acknowledge.
        qualifier: Option<u8>,
        /// Status of file.
        status: Option<u8>,
        /// Checksum of section or segment.
        checksum: Option<u8>,
        /// Segment.
        segment: Option<&'a [u8]>,
        /// Creation time of the file, or where the range of a query begins, by the station's clock.
        created: Option<WallClock>,
        /// IV of that time.
        created_invalid: Option<bool>,
        /// Where the range of a query ends.
        until: Option<WallClock>,
        /// IV of that time.
        until_invalid: Option<bool>,
    }
}

crate::record! {
    /// One frame of -103: its link layer, and the head of its ASDU if it carries one.
    pub struct Iec103<'a> in "iec103" {
        /// Format of the frame.
        frame_format: FrameFormat,
        /// Length of the user data: control field, link address, ASDU.
        length: Option<u8> ["octets"],
        /// PRM: from the control system.
        primary: Option<bool>,
        /// FCB: alternates with each new frame of the control system.
        frame_count: Option<bool>,
        /// FCV: whether FCB counts.
        frame_count_valid: Option<bool>,
        /// The frame is the one before once more: the control system did not change FCB, or the device answers such a frame as
        /// before. Its ASDU was told already, and makes no operations and points.
        repeated: Option<bool>,
        /// ACD: the device has data of class 1.
        access_demand: Option<bool>,
        /// DFC: further frames may overflow the device.
        data_flow: Option<bool>,
        /// Function of a frame from the control system.
        primary_function: Option<PrimaryFunction>,
        /// Function of a frame from a device.
        secondary_function: Option<SecondaryFunction>,
        /// Link address.
        link_address: Option<u8>,
        /// Type identification.
        type_id: Option<ProtectionTypeId>,
        /// Number of information elements.
        object_count: Option<u8>,
        /// SQ: the elements follow one another.
        sequence_bit: Option<bool>,
        /// Cause of transmission.
        cause: Option<ProtectionCause>,
        /// Common address of ASDU.
        common_address: Option<u8>,
        /// Function type: distance protection 128, overcurrent 160, transformer differential 176, line differential 192,
        /// generic 254, global 255.
        function_type: Option<u8>,
        /// Information number.
        information_number: Option<u8>,
        /// Octets that are given in no other table; of a type whose elements are not known all behind the head.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One ASDU of secure authentication (types 81 to 87, 90 to 95). Keys are not shown.
    pub struct Iec104Authentications<'a> in "iec104_authentications" {
        /// Type identification of the ASDU.
        type_id: TypeId,
        /// Number of the segment.
        segment: Option<u8>,
        /// Whether it is the first segment of its message.
        first: Option<bool>,
        /// Whether it is the last one.
        last: Option<bool>,
        /// Sequence number of challenge, key change or status change.
        sequence_number: Option<u32>,
        /// User number.
        user_number: Option<u16>,
        /// Association.
        association_id: Option<u16>,
        /// Algorithm of the message authentication code.
        mac_algorithm: Option<MacAlgorithm>,
        /// Reason for a challenge: 1 is that the ASDU is critical.
        reason: Option<u8>,
        /// Algorithm that wraps session keys.
        key_wrap_algorithm: Option<KeyWrapAlgorithm>,
        /// Status of the session keys.
        key_status: Option<KeyStatus>,
        /// Error.
        error: Option<AuthenticationError>,
        /// Time of the error, as the station's clock showed it.
        device_clock: Option<WallClock>,
        /// Name of the user, or text of the error.
        text: Option<Text<'a>>,
        /// Method of key change.
        key_change_method: Option<u8>,
        /// Operation on a user: 1 adds, 2 deletes, 3 changes.
        operation: Option<u8>,
        /// Role of the user.
        user_role: Option<u16>,
        /// When the role expires.
        role_expiry: Option<u16> ["days"],
        /// Challenge data.
        challenge: Option<&'a [u8]>,
        /// Message authentication code.
        mac: Option<&'a [u8]>,
        /// Certification data.
        certificate: Option<&'a [u8]>,
        /// Length of wrapped or encrypted keys.
        key_length: Option<u32> ["octets"],
    }
}

impl Iec104Authentications<'_> {
    /// Of this type, with no field read.
    pub(super) const fn new(type_id: TypeId) -> Self {
        Self {
            type_id,
            segment: None,
            first: None,
            last: None,
            sequence_number: None,
            user_number: None,
            association_id: None,
            mac_algorithm: None,
            reason: None,
            key_wrap_algorithm: None,
            key_status: None,
            error: None,
            device_clock: None,
            text: None,
            key_change_method: None,
            operation: None,
            user_role: None,
            role_expiry: None,
            challenge: None,
            mac: None,
            certificate: None,
            key_length: None,
        }
    }
}

crate::record! {
    /// One information element of -103.
    pub struct Iec103Elements in "iec103_elements" {
        /// Type identification of the ASDU.
        type_id: ProtectionTypeId,
        /// Function type.
        function_type: u8,
        /// Information number.
        information_number: u8,
        /// Place of a measurand in its ASDU, from 0.
        element: u8,
        /// Double point (1 off, 2 on), double command (1 off, 2 on), measurand as sent, compatibility level.
        integer: Option<i32>,
        /// Measurand, as a part of its largest value; short-circuit location in ohms.
        number: Option<f32>,
        /// OV: the measurand is beyond its range.
        overflow: Option<bool>,
        /// ER: the measurand is invalid.
        invalid: Option<bool>,
        /// Supplementary information: what asked for the message; in a command its return information identifier; in an
        /// interrogation its scan number.
        supplementary: Option<u8>,
        /// Time since the start of the fault.
        relative_time: Option<Duration>,
        /// Number of the fault.
        fault_number: Option<u16>,
        /// Time tag, as the device's clock showed it; its date is taken from the capture, but in time synchronization.
        device_clock: Option<WallClock>,
        /// Whether the date of the time tag is not sent, but taken from the time of the capture.
        clock_completed: Option<bool>,
        /// IV of the time tag.
        clock_invalid: Option<bool>,
        /// SU of the time tag: summer time.
        summer_time: Option<bool>,
    }
}
