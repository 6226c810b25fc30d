//! The tables. What every function has is in `modbus`; what few have is in tables of their own, tied by `message`.
use super::codes::{
    ConformityLevel, DeviceObjectId, DiagnosticSubFunction, ExceptionCode, FunctionCode, MeiType,
    ReadDeviceIdCode,
};
use crate::record::{Bits, Text, U16Be};

crate::record! {
    /// One Modbus message (ADU). An answer's address and quantity are those of its request; null if that was not seen.
    pub struct Modbus<'a> in "modbus" {
        /// Transaction identifier; null in serial framings.
        transaction_id: Option<u16>,
        /// Unit identifier, the address on the serial line.
        unit_id: u8,
        /// Function code, without the exception bit.
        function_code: FunctionCode,
        /// Exception code; null in all but exception answers.
        exception_code: Option<ExceptionCode>,
        /// First address that is read or written, counted from 0; of function 23 what is read, of 24 the FIFO pointer.
        address: Option<u16>,
        /// Coils, inputs or registers from there; of function 23 what is read, of functions 20 and 21 the registers of all
        /// groups, in an answer of 24 the FIFO count.
        quantity: Option<u16>,
        /// First address that function 23 writes.
        write_address: Option<u16>,
        /// Registers that function 23 writes.
        write_quantity: Option<u16>,
        /// Octets of values that the message claims to hold.
        byte_count: Option<u16> ["octets"],
        /// Registers read or written, as sent, as far as they are there.
        registers: Option<U16Be<'a>>,
        /// Coils or inputs read or written; null in an answer whose request was not seen, since their number is not in it.
        coils: Option<Bits<'a>>,
        /// Mask that function 22 ANDs with the register.
        and_mask: Option<u16>,
        /// Mask that function 22 then ORs with it.
        or_mask: Option<u16>,
        /// Sub-function of Diagnostics.
        sub_function: Option<DiagnosticSubFunction>,
        /// Type of the encapsulated interface of function 43.
        mei_type: Option<MeiType>,
        /// Octets that no other column and no other table tells: coils whose number is not known, data of diagnostics,
        /// of vendor and unknown functions.
        data: Option<&'a [u8]>,
        /// Octets of the PDU: function code and data.
        length: u16 ["octets"],
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
    }
}

crate::record! {
    /// What functions 7, 8, 11 and 12 tell or ask of the serial line, one row per message that holds some of it.
    pub struct ModbusDiagnostics<'a> in "modbus_diagnostics" {
        /// Function code.
        function_code: FunctionCode,
        /// Sub-function, of function 8.
        sub_function: Option<DiagnosticSubFunction>,
        /// The data field of function 8, as 16-bit words: what is asked for, a counter, a register, or what is to be echoed.
        values: Option<U16Be<'a>>,
        /// The eight exception status outputs, of function 7.
        exception_status: Option<Bits<'a>>,
        /// Status word, of functions 11 and 12: FFFF hex while a program command is still being processed, else 0.
        status: Option<u16>,
        /// Messages processed with success, of functions 11 and 12.
        event_count: Option<u16>,
        /// Messages processed since the last restart or clear, of function 12.
        message_count: Option<u16>,
        /// Event octets, the newest first, of function 12.
        events: Option<&'a [u8]>,
    }
}

crate::record! {
    /// What a server reports of itself by function 17.
    pub struct ModbusServerIds<'a> in "modbus_server_ids" {
        /// Server ID, run indicator and additional data, as sent: the standard leaves their lengths to the device.
        report: Text<'a>,
        /// The server ID, where one octet alone can be the run indicator behind it (00 hex or FF hex).
        server_id: Option<Text<'a>>,
        /// The run indicator, where one octet alone can be it.
        run_indicator: Option<bool>,
        /// What follows the run indicator, where one octet alone can be it.
        additional_data: Option<Text<'a>>,
    }
}

crate::record! {
    /// One group of functions 20 and 21: a piece of a file.
    pub struct ModbusFileRecords<'a> in "modbus_file_records" {
        /// Function code.
        function_code: FunctionCode,
        /// Place of the group in the message, from 0.
        index: u8,
        /// Octets of the group in an answer of function 20 (File Resp. length).
        length: Option<u8> ["octets"],
        /// Reference type; the standard knows only 6.
        reference_type: u8,
        /// File number; null in an answer of function 20.
        file_number: Option<u16>,
        /// First record within the file; null in an answer of function 20.
        record_number: Option<u16>,
        /// Length of the record; null in an answer of function 20.
        record_length: Option<u16> ["registers"],
        /// The registers read or written; null in a request of function 20.
        registers: Option<U16Be<'a>>,
    }
}

crate::record! {
    /// The head of a request or an answer of Read Device Identification (function 43, type 14).
    pub struct ModbusDeviceIdentifications in "modbus_device_identifications" {
        /// What is asked for.
        read_device_id_code: ReadDeviceIdCode,
        /// First object that is asked for; null in an answer.
        object_id: Option<DeviceObjectId>,
        /// What the device can tell; null in a request.
        conformity_level: Option<ConformityLevel>,
        /// Whether further objects follow in another transaction; null in a request.
        more_follows: Option<bool>,
        /// The object to ask for next, where more follow.
        next_object_id: Option<DeviceObjectId>,
        /// Objects in this answer, as it claims; null in a request.
        number_of_objects: Option<u8>,
    }
}

crate::record! {
    /// One object of a device's identification.
    pub struct ModbusDeviceObjects<'a> in "modbus_device_objects" {
        /// The object.
        object_id: DeviceObjectId,
        /// Its value.
        value: Text<'a>,
    }
}
