//! Codes of the application protocol (V1.1b3): functions (section 5.1), diagnostics (6.8.1), interfaces (6.19, annex A),
//! device objects (6.21) and exceptions (7).

crate::codes! {
    /// Function code, without the exception bit (section 5.1). 65 to 72 and 100 to 110 are user defined.
    pub struct FunctionCode(u8) {
        /// 6.1 Read Coils.
        READ_COILS = 1 => "read_coils" => READ,
        /// 6.2 Read Discrete Inputs.
        READ_DISCRETE_INPUTS = 2 => "read_discrete_inputs" => READ,
        /// 6.3 Read Holding Registers.
        READ_HOLDING_REGISTERS = 3 => "read_holding_registers" => READ,
        /// 6.4 Read Input Registers.
        READ_INPUT_REGISTERS = 4 => "read_input_registers" => READ,
        /// 6.5 Write Single Coil.
        WRITE_SINGLE_COIL = 5 => "write_single_coil" => WRITE,
        /// 6.6 Write Single Register.
        WRITE_SINGLE_REGISTER = 6 => "write_single_register" => WRITE,
        /// 6.7 Read Exception Status (serial line only).
        READ_EXCEPTION_STATUS = 7 => "read_exception_status" => DIAG,
        /// 6.8 Diagnostics (serial line only).
        DIAGNOSTICS = 8 => "diagnostics" => DIAG,
        /// Program (484), in use before the standard.
        PROGRAM_484 = 9 => "program_484" => PROGRAM_DOWNLOAD,
        /// Poll (484), in use before the standard.
        POLL_484 = 10 => "poll_484" => DIAG,
        /// 6.9 Get Comm Event Counter (serial line only).
        GET_COMM_EVENT_COUNTER = 11 => "get_comm_event_counter" => DIAG,
        /// 6.10 Get Comm Event Log (serial line only).
        GET_COMM_EVENT_LOG = 12 => "get_comm_event_log" => DIAG,
        /// Program (584, 984), in use before the standard.
        PROGRAM_584_984 = 13 => "program_584_984" => PROGRAM_DOWNLOAD,
        /// Poll (584, 984), in use before the standard.
        POLL_584_984 = 14 => "poll_584_984" => DIAG,
        /// 6.11 Write Multiple Coils.
        WRITE_MULTIPLE_COILS = 15 => "write_multiple_coils" => WRITE,
        /// 6.12 Write Multiple Registers.
        WRITE_MULTIPLE_REGISTERS = 16 => "write_multiple_registers" => WRITE,
        /// 6.13 Report Server ID (serial line only).
        REPORT_SERVER_ID = 17 => "report_server_id" => IDENTIFY,
        /// Program (884, micro 84), in use before the standard.
        PROGRAM_884_U84 = 18 => "program_884_u84" => PROGRAM_DOWNLOAD,
        /// Reset communications link (884, micro 84), in use before the standard.
        RESET_COMM_LINK_884_U84 = 19 => "reset_comm_link_884_u84" => RESTART,
        /// 6.14 Read File Record.
        READ_FILE_RECORD = 20 => "read_file_record" => FILE,
        /// 6.15 Write File Record.
        WRITE_FILE_RECORD = 21 => "write_file_record" => FILE,
        /// 6.16 Mask Write Register.
        MASK_WRITE_REGISTER = 22 => "mask_write_register" => WRITE,
        /// 6.17 Read/Write Multiple Registers.
        READ_WRITE_MULTIPLE_REGISTERS = 23 => "read_write_multiple_registers" => WRITE,
        /// 6.18 Read FIFO Queue.
        READ_FIFO_QUEUE = 24 => "read_fifo_queue" => READ,
        /// Program (Concept), reserved by its maker.
        PROGRAM_CONCEPT = 40 => "program_concept" => PROGRAM_DOWNLOAD,
        /// 6.19 Encapsulated Interface Transport.
        ENCAPSULATED_INTERFACE_TRANSPORT = 43 => "encapsulated_interface_transport",
        /// Unified Messaging Application Services of Schneider Electric (Unity).
        UMAS = 90 => "umas",
        /// Firmware replacement, reserved by its maker.
        FIRMWARE_REPLACEMENT = 125 => "firmware_replacement" => FIRMWARE,
        /// Program (584, 984), second code, reserved by its maker.
        PROGRAM_584_984_2 = 126 => "program_584_984_2" => PROGRAM_DOWNLOAD,
        /// Report local address (MB), reserved by its maker.
        REPORT_LOCAL_ADDRESS_MB = 127 => "report_local_address_mb" => IDENTIFY,
    }
}

impl FunctionCode {
    /// Whether the standard leaves the code to users (section 5: 65 to 72, 100 to 110).
    pub const fn is_user_defined(self) -> bool {
        matches!(self.0, 65..=72 | 100..=110)
    }
    /// Whether section 6 lays down its PDUs.
    pub const fn is_public(self) -> bool {
        matches!(self.0, 1..=8 | 11 | 12 | 15..=17 | 20..=24 | 43)
    }
}

crate::codes! {
    /// Sub-function of Diagnostics (section 6.8.1).
    pub struct DiagnosticSubFunction(u16) {
        /// Return Query Data.
        RETURN_QUERY_DATA = 0 => "return_query_data" => DIAG,
        /// Restart Communications Option.
        RESTART_COMMUNICATIONS_OPTION = 1 => "restart_communications_option" => RESTART,
        /// Return Diagnostic Register.
        RETURN_DIAGNOSTIC_REGISTER = 2 => "return_diagnostic_register" => DIAG,
        /// Change ASCII Input Delimiter.
        CHANGE_ASCII_INPUT_DELIMITER = 3 => "change_ascii_input_delimiter" => CONFIG,
        /// Force Listen Only Mode.
        FORCE_LISTEN_ONLY_MODE = 4 => "force_listen_only_mode" => DIAG,
        /// Clear Counters and Diagnostic Register.
        CLEAR_COUNTERS_AND_DIAGNOSTIC_REGISTER = 10 => "clear_counters_and_diagnostic_register" => DIAG,
        /// Return Bus Message Count.
        RETURN_BUS_MESSAGE_COUNT = 11 => "return_bus_message_count" => DIAG,
        /// Return Bus Communication Error Count.
        RETURN_BUS_COMMUNICATION_ERROR_COUNT = 12 => "return_bus_communication_error_count" => DIAG,
        /// Return Bus Exception Error Count.
        RETURN_BUS_EXCEPTION_ERROR_COUNT = 13 => "return_bus_exception_error_count" => DIAG,
        /// Return Server Message Count.
        RETURN_SERVER_MESSAGE_COUNT = 14 => "return_server_message_count" => DIAG,
        /// Return Server No Response Count.
        RETURN_SERVER_NO_RESPONSE_COUNT = 15 => "return_server_no_response_count" => DIAG,
        /// Return Server NAK Count.
        RETURN_SERVER_NAK_COUNT = 16 => "return_server_nak_count" => DIAG,
        /// Return Server Busy Count.
        RETURN_SERVER_BUSY_COUNT = 17 => "return_server_busy_count" => DIAG,
        /// Return Bus Character Overrun Count.
        RETURN_BUS_CHARACTER_OVERRUN_COUNT = 18 => "return_bus_character_overrun_count" => DIAG,
        /// Return IOP Overrun Count (884), in use before the standard.
        RETURN_IOP_OVERRUN_COUNT = 19 => "return_iop_overrun_count" => DIAG,
        /// Clear Overrun Counter and Flag.
        CLEAR_OVERRUN_COUNTER_AND_FLAG = 20 => "clear_overrun_counter_and_flag" => DIAG,
        /// Get or clear Modbus Plus statistics, in use before the standard.
        GET_CLEAR_MODBUS_PLUS_STATISTICS = 21 => "get_clear_modbus_plus_statistics" => DIAG,
    }
}

crate::codes! {
    /// MODBUS Encapsulated Interface type (section 6.19 and annex A).
    pub struct MeiType(u8) {
        /// 6.20 CANopen General Reference.
        CANOPEN_GENERAL_REFERENCE = 13 => "canopen_general_reference" => UNKNOWN,
        /// 6.21 Read Device Identification.
        READ_DEVICE_IDENTIFICATION = 14 => "read_device_identification" => IDENTIFY,
    }
}

crate::codes! {
    /// Read Device ID code: what is asked of the device identification (section 6.21).
    pub struct ReadDeviceIdCode(u8) {
        /// Basic objects, as a stream.
        BASIC = 1 => "basic",
        /// Regular objects, as a stream.
        REGULAR = 2 => "regular",
        /// Extended objects, as a stream.
        EXTENDED = 3 => "extended",
        /// One object.
        SPECIFIC = 4 => "specific",
    }
}

crate::codes! {
    /// Conformity level of the device identification (section 6.21). With bit 7 single objects may be asked for too.
    pub struct ConformityLevel(u8) {
        /// Basic identification, as a stream.
        BASIC_STREAM = 0x01 => "basic_stream",
        /// Regular identification, as a stream.
        REGULAR_STREAM = 0x02 => "regular_stream",
        /// Extended identification, as a stream.
        EXTENDED_STREAM = 0x03 => "extended_stream",
        /// Basic identification, as a stream or object by object.
        BASIC = 0x81 => "basic_stream_and_individual",
        /// Regular identification, as a stream or object by object.
        REGULAR = 0x82 => "regular_stream_and_individual",
        /// Extended identification, as a stream or object by object.
        EXTENDED = 0x83 => "extended_stream_and_individual",
    }
}

crate::codes! {
    /// Object of the device identification (section 6.21). 128 and above are the maker's own.
    pub struct DeviceObjectId(u8) {
        /// Vendor name.
        VENDOR_NAME = 0 => "vendor_name",
        /// Product code.
        PRODUCT_CODE = 1 => "product_code",
        /// Revision.
        MAJOR_MINOR_REVISION = 2 => "major_minor_revision",
        /// Address of the vendor's site.
        VENDOR_URL = 3 => "vendor_url",
        /// Product name.
        PRODUCT_NAME = 4 => "product_name",
        /// Model name.
        MODEL_NAME = 5 => "model_name",
        /// Name of the application, given by the user.
        USER_APPLICATION_NAME = 6 => "user_application_name",
    }
}

crate::codes! {
    /// Exception code (section 7).
    pub struct ExceptionCode(u8) {
        /// The server does not know the function.
        ILLEGAL_FUNCTION = 1 => "illegal_function",
        /// Address, or address and quantity, are not allowed.
        ILLEGAL_DATA_ADDRESS = 2 => "illegal_data_address",
        /// A value of the request is not allowed.
        ILLEGAL_DATA_VALUE = 3 => "illegal_data_value",
        /// The server failed while it did what was asked.
        SERVER_DEVICE_FAILURE = 4 => "server_device_failure",
        /// Accepted, will take a long time.
        ACKNOWLEDGE = 5 => "acknowledge",
        /// The server is busy with a long command; repeat later.
        SERVER_DEVICE_BUSY = 6 => "server_device_busy",
        /// The program function cannot be performed, in use before the standard.
        NEGATIVE_ACKNOWLEDGE = 7 => "negative_acknowledge",
        /// Extended file area failed its consistency check.
        MEMORY_PARITY_ERROR = 8 => "memory_parity_error",
        /// The gateway has no path to the target.
        GATEWAY_PATH_UNAVAILABLE = 10 => "gateway_path_unavailable",
        /// The gateway's target did not answer.
        GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND = 11 => "gateway_target_device_failed_to_respond",
    }
}
