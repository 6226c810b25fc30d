//! Codes of the wire and their names (IEEE 1815-2012).

crate::codes! {
    /// Function code of the data link layer (9.2.4.1.3): the control octet's lower four bits, and 40 hex where the frame is
    /// of a primary station (PRM), since the two have codes of their own.
    pub struct LinkFunction(u8) {
        /// Secondary: positive acknowledgment.
        ACK = 0x00 => "ack",
        /// Secondary: negative acknowledgment.
        NACK = 0x01 => "nack",
        /// Secondary: status of the link.
        LINK_STATUS = 0x0b => "link_status",
        /// Secondary: link service is not functioning (obsolete).
        NOT_FUNCTIONING = 0x0e => "not_functioning",
        /// Secondary: link service is not supported.
        NOT_SUPPORTED = 0x0f => "not_supported",
        /// Primary: reset of the link states.
        RESET_LINK_STATES = 0x40 => "reset_link_states",
        /// Primary: reset of the user process (obsolete).
        RESET_USER_PROCESS = 0x41 => "reset_user_process",
        /// Primary: test of the link states.
        TEST_LINK_STATES = 0x42 => "test_link_states",
        /// Primary: user data that is to be acknowledged.
        CONFIRMED_USER_DATA = 0x43 => "confirmed_user_data",
        /// Primary: user data.
        UNCONFIRMED_USER_DATA = 0x44 => "unconfirmed_user_data",
        /// Primary: status of the link asked for.
        REQUEST_LINK_STATUS = 0x49 => "request_link_status",
    }
}

crate::codes! {
    /// Function code of the application layer (4.2.2.5).
    pub struct FunctionCode(u8) {
        /// Confirms that a response was received.
        CONFIRM = 0 => "confirm",
        /// Data asked for.
        READ = 1 => "read" => READ,
        /// Data written.
        WRITE = 2 => "write" => WRITE,
        /// Outputs selected.
        SELECT = 3 => "select" => CONTROL,
        /// Selected outputs operated.
        OPERATE = 4 => "operate" => CONTROL,
        /// Outputs operated without a select.
        DIRECT_OPERATE = 5 => "direct_operate" => CONTROL,
        /// The same, without response.
        DIRECT_OPERATE_NO_RESPONSE = 6 => "direct_operate_no_response" => CONTROL,
        /// Values copied to frozen values.
        IMMEDIATE_FREEZE = 7 => "immediate_freeze" => WRITE,
        /// The same, without response.
        IMMEDIATE_FREEZE_NO_RESPONSE = 8 => "immediate_freeze_no_response" => WRITE,
        /// Values frozen and cleared.
        FREEZE_AND_CLEAR = 9 => "freeze_and_clear" => WRITE,
        /// The same, without response.
        FREEZE_AND_CLEAR_NO_RESPONSE = 10 => "freeze_and_clear_no_response" => WRITE,
        /// Values to be frozen at a time.
        FREEZE_AT_TIME = 11 => "freeze_at_time" => WRITE,
        /// The same, without response.
        FREEZE_AT_TIME_NO_RESPONSE = 12 => "freeze_at_time_no_response" => WRITE,
        /// Complete restart of the outstation.
        COLD_RESTART = 13 => "cold_restart" => RESTART,
        /// Partial restart of the outstation.
        WARM_RESTART = 14 => "warm_restart" => RESTART,
        /// Data set to initial values (obsolete).
        INITIALIZE_DATA = 15 => "initialize_data" => MODE,
        /// Application made ready to run.
        INITIALIZE_APPLICATION = 16 => "initialize_application" => MODE,
        /// Application started.
        START_APPLICATION = 17 => "start_application" => MODE,
        /// Application stopped.
        STOP_APPLICATION = 18 => "stop_application" => MODE,
        /// Configuration stored (deprecated).
        SAVE_CONFIGURATION = 19 => "save_configuration" => CONFIG,
        /// Unsolicited responses enabled.
        ENABLE_UNSOLICITED = 20 => "enable_unsolicited" => REPORTING,
        /// Unsolicited responses disabled.
        DISABLE_UNSOLICITED = 21 => "disable_unsolicited" => REPORTING,
        /// Points assigned to classes.
        ASSIGN_CLASS = 22 => "assign_class" => REPORTING,
        /// Propagation delay measured.
        DELAY_MEASUREMENT = 23 => "delay_measurement" => TIME,
        /// Time of this request to be recorded.
        RECORD_CURRENT_TIME = 24 => "record_current_time" => TIME,
        /// File opened.
        OPEN_FILE = 25 => "open_file" => FILE,
        /// File closed.
        CLOSE_FILE = 26 => "close_file" => FILE,
        /// File deleted.
        DELETE_FILE = 27 => "delete_file" => FILE,
        /// File's information asked for.
        GET_FILE_INFORMATION = 28 => "get_file_information" => FILE,
        /// Authentication key for a file asked for.
        AUTHENTICATE_FILE = 29 => "authenticate_file" => FILE,
        /// File transfer aborted.
        ABORT_FILE = 30 => "abort_file" => FILE,
        /// Configuration activated.
        ACTIVATE_CONFIGURATION = 31 => "activate_configuration" => CONFIG,
        /// Authentication, with response.
        AUTHENTICATION_REQUEST = 32 => "authentication_request" => AUTH,
        /// Authentication, without response.
        AUTHENTICATION_REQUEST_NO_ACKNOWLEDGE = 33 => "authentication_request_no_acknowledge" => AUTH,
        /// Response.
        RESPONSE = 129 => "response",
        /// Unsolicited response.
        UNSOLICITED_RESPONSE = 130 => "unsolicited_response" => REPORT,
        /// Authentication response.
        AUTHENTICATION_RESPONSE = 131 => "authentication_response",
    }
}

impl FunctionCode {
    /// Whether it is of a response: 129 to 255, of which the standard has laid down three (4.2.2.5).
    pub(super) const fn is_response(self) -> bool {
        self.0 > 128
    }
    /// Whether it asks for something that is done to a file, and is answered by a file command status or descriptor (A.25).
    pub(super) const fn is_of_files(self) -> bool {
        matches!(self.0, 25..=28 | 30)
    }
}

crate::codes! {
    /// Object: group * 256 + variation (annex A).
    pub struct Object(u16) {
        /// Device attribute, any (group 0).
        DEVICE_ATTRIBUTE_ANY = 0x0000 => "device_attribute_any",
        /// Device attribute: identifier of the configuration (g0v196).
        DEVICE_ATTRIBUTE_CONFIGURATION_ID = 0x00c4 => "device_attribute_configuration_id",
        /// Device attribute: version of the configuration (g0v197).
        DEVICE_ATTRIBUTE_CONFIGURATION_VERSION = 0x00c5 => "device_attribute_configuration_version",
        /// Device attribute: build date of the configuration (g0v198).
        DEVICE_ATTRIBUTE_CONFIGURATION_BUILD_DATE = 0x00c6 => "device_attribute_configuration_build_date",
        /// Device attribute: date of the last change of the configuration (g0v199).
        DEVICE_ATTRIBUTE_CONFIGURATION_LAST_CHANGE = 0x00c7 => "device_attribute_configuration_last_change",
        /// Device attribute: signature of the configuration (g0v200).
        DEVICE_ATTRIBUTE_CONFIGURATION_SIGNATURE = 0x00c8 => "device_attribute_configuration_signature",
        /// Device attribute: algorithm of the configuration's signature (g0v201).
        DEVICE_ATTRIBUTE_CONFIGURATION_SIGNATURE_ALGORITHM = 0x00c9 => "device_attribute_configuration_signature_algorithm",
        /// Device attribute: resource identifier of the master (mRID) (g0v202).
        DEVICE_ATTRIBUTE_MASTER_RESOURCE_ID = 0x00ca => "device_attribute_master_resource_id",
        /// Device attribute: altitude of the device (g0v203).
        DEVICE_ATTRIBUTE_LOCATION_ALTITUDE = 0x00cb => "device_attribute_location_altitude",
        /// Device attribute: longitude of the device (g0v204).
        DEVICE_ATTRIBUTE_LOCATION_LONGITUDE = 0x00cc => "device_attribute_location_longitude",
        /// Device attribute: latitude of the device (g0v205).
        DEVICE_ATTRIBUTE_LOCATION_LATITUDE = 0x00cd => "device_attribute_location_latitude",
        /// Device attribute: secondary operator name (g0v206).
        DEVICE_ATTRIBUTE_SECONDARY_OPERATOR = 0x00ce => "device_attribute_secondary_operator",
        /// Device attribute: primary operator name (g0v207).
        DEVICE_ATTRIBUTE_PRIMARY_OPERATOR = 0x00cf => "device_attribute_primary_operator",
        /// Device attribute: system name (g0v208).
        DEVICE_ATTRIBUTE_SYSTEM_NAME = 0x00d0 => "device_attribute_system_name",
        /// Device attribute: secure authentication version (g0v209).
        DEVICE_ATTRIBUTE_SECURE_AUTHENTICATION_VERSION = 0x00d1 => "device_attribute_secure_authentication_version",
        /// Device attribute: number of security statistics per association (g0v210).
        DEVICE_ATTRIBUTE_SECURITY_STATISTICS_PER_ASSOCIATION = 0x00d2 => "device_attribute_security_statistics_per_association",
        /// Device attribute: identifier of support for user-specific attributes (g0v211).
        DEVICE_ATTRIBUTE_USER_ATTRIBUTES = 0x00d3 => "device_attribute_user_attributes",
        /// Device attribute: number of data set prototypes that the master defined (g0v212).
        DEVICE_ATTRIBUTE_MASTER_DATA_SET_PROTOTYPES = 0x00d4 => "device_attribute_master_data_set_prototypes",
        /// Device attribute: number of data set prototypes that the outstation defined (g0v213).
        DEVICE_ATTRIBUTE_OUTSTATION_DATA_SET_PROTOTYPES = 0x00d5 => "device_attribute_outstation_data_set_prototypes",
        /// Device attribute: number of data sets that the master defined (g0v214).
        DEVICE_ATTRIBUTE_MASTER_DATA_SETS = 0x00d6 => "device_attribute_master_data_sets",
        /// Device attribute: number of data sets that the outstation defined (g0v215).
        DEVICE_ATTRIBUTE_OUTSTATION_DATA_SETS = 0x00d7 => "device_attribute_outstation_data_sets",
        /// Device attribute: most binary outputs per request (g0v216).
        DEVICE_ATTRIBUTE_BINARY_OUTPUTS_PER_REQUEST = 0x00d8 => "device_attribute_binary_outputs_per_request",
        /// Device attribute: local timing accuracy (g0v217).
        DEVICE_ATTRIBUTE_LOCAL_TIMING_ACCURACY = 0x00d9 => "device_attribute_local_timing_accuracy",
        /// Device attribute: duration of time accuracy (g0v218).
        DEVICE_ATTRIBUTE_TIME_ACCURACY = 0x00da => "device_attribute_time_accuracy",
        /// Device attribute: support for analog output events (g0v219).
        DEVICE_ATTRIBUTE_SUPPORTS_ANALOG_OUTPUT_EVENTS = 0x00db => "device_attribute_supports_analog_output_events",
        /// Device attribute: highest analog output index (g0v220).
        DEVICE_ATTRIBUTE_HIGHEST_ANALOG_OUTPUT = 0x00dc => "device_attribute_highest_analog_output",
        /// Device attribute: number of analog outputs (g0v221).
        DEVICE_ATTRIBUTE_ANALOG_OUTPUTS = 0x00dd => "device_attribute_analog_outputs",
        /// Device attribute: support for binary output events (g0v222).
        DEVICE_ATTRIBUTE_SUPPORTS_BINARY_OUTPUT_EVENTS = 0x00de => "device_attribute_supports_binary_output_events",
        /// Device attribute: highest binary output index (g0v223).
        DEVICE_ATTRIBUTE_HIGHEST_BINARY_OUTPUT = 0x00df => "device_attribute_highest_binary_output",
        /// Device attribute: number of binary outputs (g0v224).
        DEVICE_ATTRIBUTE_BINARY_OUTPUTS = 0x00e0 => "device_attribute_binary_outputs",
        /// Device attribute: support for frozen counter events (g0v225).
        DEVICE_ATTRIBUTE_SUPPORTS_FROZEN_COUNTER_EVENTS = 0x00e1 => "device_attribute_supports_frozen_counter_events",
        /// Device attribute: support for frozen counters (g0v226).
        DEVICE_ATTRIBUTE_SUPPORTS_FROZEN_COUNTERS = 0x00e2 => "device_attribute_supports_frozen_counters",
        /// Device attribute: support for counter events (g0v227).
        DEVICE_ATTRIBUTE_SUPPORTS_COUNTER_EVENTS = 0x00e3 => "device_attribute_supports_counter_events",
        /// Device attribute: highest counter index (g0v228).
        DEVICE_ATTRIBUTE_HIGHEST_COUNTER = 0x00e4 => "device_attribute_highest_counter",
        /// Device attribute: number of counter points (g0v229).
        DEVICE_ATTRIBUTE_COUNTERS = 0x00e5 => "device_attribute_counters",
        /// Device attribute: support for frozen analog inputs (g0v230).
        DEVICE_ATTRIBUTE_SUPPORTS_FROZEN_ANALOG_INPUTS = 0x00e6 => "device_attribute_supports_frozen_analog_inputs",
        /// Device attribute: support for analog input events (g0v231).
        DEVICE_ATTRIBUTE_SUPPORTS_ANALOG_INPUT_EVENTS = 0x00e7 => "device_attribute_supports_analog_input_events",
        /// Device attribute: highest analog input index (g0v232).
        DEVICE_ATTRIBUTE_HIGHEST_ANALOG_INPUT = 0x00e8 => "device_attribute_highest_analog_input",
        /// Device attribute: number of analog input points (g0v233).
        DEVICE_ATTRIBUTE_ANALOG_INPUTS = 0x00e9 => "device_attribute_analog_inputs",
        /// Device attribute: support for double-bit input events (g0v234).
        DEVICE_ATTRIBUTE_SUPPORTS_DOUBLE_BIT_INPUT_EVENTS = 0x00ea => "device_attribute_supports_double_bit_input_events",
        /// Device attribute: highest double-bit input index (g0v235).
        DEVICE_ATTRIBUTE_HIGHEST_DOUBLE_BIT_INPUT = 0x00eb => "device_attribute_highest_double_bit_input",
        /// Device attribute: number of double-bit inputs (g0v236).
        DEVICE_ATTRIBUTE_DOUBLE_BIT_INPUTS = 0x00ec => "device_attribute_double_bit_inputs",
        /// Device attribute: support for binary input events (g0v237).
        DEVICE_ATTRIBUTE_SUPPORTS_BINARY_INPUT_EVENTS = 0x00ed => "device_attribute_supports_binary_input_events",
        /// Device attribute: highest binary input index (g0v238).
        DEVICE_ATTRIBUTE_HIGHEST_BINARY_INPUT = 0x00ee => "device_attribute_highest_binary_input",
        /// Device attribute: number of binary input points (g0v239).
        DEVICE_ATTRIBUTE_BINARY_INPUTS = 0x00ef => "device_attribute_binary_inputs",
        /// Device attribute: largest fragment sent (g0v240).
        DEVICE_ATTRIBUTE_MOST_TRANSMIT_FRAGMENT = 0x00f0 => "device_attribute_most_transmit_fragment",
        /// Device attribute: largest fragment received (g0v241).
        DEVICE_ATTRIBUTE_MOST_RECEIVE_FRAGMENT = 0x00f1 => "device_attribute_most_receive_fragment",
        /// Device attribute: version of the device's software (g0v242).
        DEVICE_ATTRIBUTE_SOFTWARE_VERSION = 0x00f2 => "device_attribute_software_version",
        /// Device attribute: version of the device's hardware (g0v243).
        DEVICE_ATTRIBUTE_HARDWARE_VERSION = 0x00f3 => "device_attribute_hardware_version",
        /// Device attribute: name of the owner (g0v244).
        DEVICE_ATTRIBUTE_OWNER_NAME = 0x00f4 => "device_attribute_owner_name",
        /// Device attribute: location that the user assigned (g0v245).
        DEVICE_ATTRIBUTE_LOCATION = 0x00f5 => "device_attribute_location",
        /// Device attribute: identification code or number that the user assigned (g0v246).
        DEVICE_ATTRIBUTE_IDENTIFICATION_CODE = 0x00f6 => "device_attribute_identification_code",
        /// Device attribute: device name that the user assigned (g0v247).
        DEVICE_ATTRIBUTE_DEVICE_NAME = 0x00f7 => "device_attribute_device_name",
        /// Device attribute: serial number (g0v248).
        DEVICE_ATTRIBUTE_SERIAL_NUMBER = 0x00f8 => "device_attribute_serial_number",
        /// Device attribute: DNP3 subset and conformance (g0v249).
        DEVICE_ATTRIBUTE_SUBSET_AND_CONFORMANCE = 0x00f9 => "device_attribute_subset_and_conformance",
        /// Device attribute: product name and model (g0v250).
        DEVICE_ATTRIBUTE_PRODUCT_NAME_AND_MODEL = 0x00fa => "device_attribute_product_name_and_model",
        /// Device attribute: manufacturer's name (g0v252).
        DEVICE_ATTRIBUTE_MANUFACTURER_NAME = 0x00fc => "device_attribute_manufacturer_name",
        /// Device attribute: all attributes, not as a list (g0v254).
        DEVICE_ATTRIBUTE_ALL_ATTRIBUTES = 0x00fe => "device_attribute_all_attributes",
        /// Device attribute: list of the attributes and whether they can be written (g0v255).
        DEVICE_ATTRIBUTE_ATTRIBUTE_LIST = 0x00ff => "device_attribute_attribute_list",
        /// Binary input, in any variation (group 1).
        BINARY_INPUT_ANY = 0x0100 => "binary_input_any",
        /// Binary input: packed format (g1v1).
        BINARY_INPUT_PACKED = 0x0101 => "binary_input_packed",
        /// Binary input: with flags (g1v2).
        BINARY_INPUT_FLAGS = 0x0102 => "binary_input_flags",
        /// Binary input event, in any variation (group 2).
        BINARY_INPUT_EVENT_ANY = 0x0200 => "binary_input_event_any",
        /// Binary input event: without time (g2v1).
        BINARY_INPUT_EVENT_WITHOUT_TIME = 0x0201 => "binary_input_event_without_time",
        /// Binary input event: with absolute time (g2v2).
        BINARY_INPUT_EVENT_ABSOLUTE_TIME = 0x0202 => "binary_input_event_absolute_time",
        /// Binary input event: with relative time (g2v3).
        BINARY_INPUT_EVENT_RELATIVE_TIME = 0x0203 => "binary_input_event_relative_time",
        /// Double-bit binary input, in any variation (group 3).
        DOUBLE_BIT_INPUT_ANY = 0x0300 => "double_bit_input_any",
        /// Double-bit binary input: packed format (g3v1).
        DOUBLE_BIT_INPUT_PACKED = 0x0301 => "double_bit_input_packed",
        /// Double-bit binary input: with flags (g3v2).
        DOUBLE_BIT_INPUT_FLAGS = 0x0302 => "double_bit_input_flags",
        /// Double-bit binary input event, in any variation (group 4).
        DOUBLE_BIT_INPUT_EVENT_ANY = 0x0400 => "double_bit_input_event_any",
        /// Double-bit binary input event: without time (g4v1).
        DOUBLE_BIT_INPUT_EVENT_WITHOUT_TIME = 0x0401 => "double_bit_input_event_without_time",
        /// Double-bit binary input event: with absolute time (g4v2).
        DOUBLE_BIT_INPUT_EVENT_ABSOLUTE_TIME = 0x0402 => "double_bit_input_event_absolute_time",
        /// Double-bit binary input event: with relative time (g4v3).
        DOUBLE_BIT_INPUT_EVENT_RELATIVE_TIME = 0x0403 => "double_bit_input_event_relative_time",
        /// Binary output, in any variation (group 10).
        BINARY_OUTPUT_ANY = 0x0a00 => "binary_output_any",
        /// Binary output: packed format (g10v1).
        BINARY_OUTPUT_PACKED = 0x0a01 => "binary_output_packed",
        /// Binary output: output status with flags (g10v2).
        BINARY_OUTPUT_FLAGS = 0x0a02 => "binary_output_flags",
        /// Binary output event, in any variation (group 11).
        BINARY_OUTPUT_EVENT_ANY = 0x0b00 => "binary_output_event_any",
        /// Binary output event: without time (g11v1).
        BINARY_OUTPUT_EVENT_WITHOUT_TIME = 0x0b01 => "binary_output_event_without_time",
        /// Binary output event: with time (g11v2).
        BINARY_OUTPUT_EVENT_TIME = 0x0b02 => "binary_output_event_time",
        /// Binary output command, in any variation (group 12).
        BINARY_OUTPUT_COMMAND_ANY = 0x0c00 => "binary_output_command_any",
        /// Binary output command: control relay output block (g12v1).
        BINARY_OUTPUT_COMMAND_CROB = 0x0c01 => "binary_output_command_crob",
        /// Binary output command: pattern control block (g12v2).
        BINARY_OUTPUT_COMMAND_PCB = 0x0c02 => "binary_output_command_pcb",
        /// Binary output command: pattern mask (g12v3).
        BINARY_OUTPUT_COMMAND_PCM = 0x0c03 => "binary_output_command_pcm",
        /// Binary output command event, in any variation (group 13).
        BINARY_OUTPUT_COMMAND_EVENT_ANY = 0x0d00 => "binary_output_command_event_any",
        /// Binary output command event: without time (g13v1).
        BINARY_OUTPUT_COMMAND_EVENT_WITHOUT_TIME = 0x0d01 => "binary_output_command_event_without_time",
        /// Binary output command event: with time (g13v2).
        BINARY_OUTPUT_COMMAND_EVENT_TIME = 0x0d02 => "binary_output_command_event_time",
        /// Counter, in any variation (group 20).
        COUNTER_ANY = 0x1400 => "counter_any",
        /// Counter: 32-bit with flag (g20v1).
        COUNTER_32_FLAG = 0x1401 => "counter_32_flag",
        /// Counter: 16-bit with flag (g20v2).
        COUNTER_16_FLAG = 0x1402 => "counter_16_flag",
        /// Counter: 32-bit delta with flag (obsolete) (g20v3).
        COUNTER_DELTA_32_FLAG = 0x1403 => "counter_delta_32_flag",
        /// Counter: 16-bit delta with flag (obsolete) (g20v4).
        COUNTER_DELTA_16_FLAG = 0x1404 => "counter_delta_16_flag",
        /// Counter: 32-bit without flag (g20v5).
        COUNTER_32 = 0x1405 => "counter_32",
        /// Counter: 16-bit without flag (g20v6).
        COUNTER_16 = 0x1406 => "counter_16",
        /// Counter: 32-bit delta without flag (obsolete) (g20v7).
        COUNTER_DELTA_32 = 0x1407 => "counter_delta_32",
        /// Counter: 16-bit delta without flag (obsolete) (g20v8).
        COUNTER_DELTA_16 = 0x1408 => "counter_delta_16",
        /// Frozen counter, in any variation (group 21).
        FROZEN_COUNTER_ANY = 0x1500 => "frozen_counter_any",
        /// Frozen counter: 32-bit with flag (g21v1).
        FROZEN_COUNTER_32_FLAG = 0x1501 => "frozen_counter_32_flag",
        /// Frozen counter: 16-bit with flag (g21v2).
        FROZEN_COUNTER_16_FLAG = 0x1502 => "frozen_counter_16_flag",
        /// Frozen counter: 32-bit delta with flag (obsolete) (g21v3).
        FROZEN_COUNTER_DELTA_32_FLAG = 0x1503 => "frozen_counter_delta_32_flag",
        /// Frozen counter: 16-bit delta with flag (obsolete) (g21v4).
        FROZEN_COUNTER_DELTA_16_FLAG = 0x1504 => "frozen_counter_delta_16_flag",
        /// Frozen counter: 32-bit with flag and time (g21v5).
        FROZEN_COUNTER_32_FLAG_TIME = 0x1505 => "frozen_counter_32_flag_time",
        /// Frozen counter: 16-bit with flag and time (g21v6).
        FROZEN_COUNTER_16_FLAG_TIME = 0x1506 => "frozen_counter_16_flag_time",
        /// Frozen counter: 32-bit delta with flag and time (obsolete) (g21v7).
        FROZEN_COUNTER_DELTA_32_FLAG_TIME = 0x1507 => "frozen_counter_delta_32_flag_time",
        /// Frozen counter: 16-bit delta with flag and time (obsolete) (g21v8).
        FROZEN_COUNTER_DELTA_16_FLAG_TIME = 0x1508 => "frozen_counter_delta_16_flag_time",
        /// Frozen counter: 32-bit without flag (g21v9).
        FROZEN_COUNTER_32 = 0x1509 => "frozen_counter_32",
        /// Frozen counter: 16-bit without flag (g21v10).
        FROZEN_COUNTER_16 = 0x150a => "frozen_counter_16",
        /// Frozen counter: 32-bit delta without flag (obsolete) (g21v11).
        FROZEN_COUNTER_DELTA_32 = 0x150b => "frozen_counter_delta_32",
        /// Frozen counter: 16-bit delta without flag (obsolete) (g21v12).
        FROZEN_COUNTER_DELTA_16 = 0x150c => "frozen_counter_delta_16",
        /// Counter event, in any variation (group 22).
        COUNTER_EVENT_ANY = 0x1600 => "counter_event_any",
        /// Counter event: 32-bit with flag (g22v1).
        COUNTER_EVENT_32_FLAG = 0x1601 => "counter_event_32_flag",
        /// Counter event: 16-bit with flag (g22v2).
        COUNTER_EVENT_16_FLAG = 0x1602 => "counter_event_16_flag",
        /// Counter event: 32-bit delta with flag (obsolete) (g22v3).
        COUNTER_EVENT_DELTA_32_FLAG = 0x1603 => "counter_event_delta_32_flag",
        /// Counter event: 16-bit delta with flag (obsolete) (g22v4).
        COUNTER_EVENT_DELTA_16_FLAG = 0x1604 => "counter_event_delta_16_flag",
        /// Counter event: 32-bit with flag and time (g22v5).
        COUNTER_EVENT_32_FLAG_TIME = 0x1605 => "counter_event_32_flag_time",
        /// Counter event: 16-bit with flag and time (g22v6).
        COUNTER_EVENT_16_FLAG_TIME = 0x1606 => "counter_event_16_flag_time",
        /// Counter event: 32-bit delta with flag and time (obsolete) (g22v7).
        COUNTER_EVENT_DELTA_32_FLAG_TIME = 0x1607 => "counter_event_delta_32_flag_time",
        /// Counter event: 16-bit delta with flag and time (obsolete) (g22v8).
        COUNTER_EVENT_DELTA_16_FLAG_TIME = 0x1608 => "counter_event_delta_16_flag_time",
        /// Frozen counter event, in any variation (group 23).
        FROZEN_COUNTER_EVENT_ANY = 0x1700 => "frozen_counter_event_any",
        /// Frozen counter event: 32-bit with flag (g23v1).
        FROZEN_COUNTER_EVENT_32_FLAG = 0x1701 => "frozen_counter_event_32_flag",
        /// Frozen counter event: 16-bit with flag (g23v2).
        FROZEN_COUNTER_EVENT_16_FLAG = 0x1702 => "frozen_counter_event_16_flag",
        /// Frozen counter event: 32-bit delta with flag (obsolete) (g23v3).
        FROZEN_COUNTER_EVENT_DELTA_32_FLAG = 0x1703 => "frozen_counter_event_delta_32_flag",
        /// Frozen counter event: 16-bit delta with flag (obsolete) (g23v4).
        FROZEN_COUNTER_EVENT_DELTA_16_FLAG = 0x1704 => "frozen_counter_event_delta_16_flag",
        /// Frozen counter event: 32-bit with flag and time (g23v5).
        FROZEN_COUNTER_EVENT_32_FLAG_TIME = 0x1705 => "frozen_counter_event_32_flag_time",
        /// Frozen counter event: 16-bit with flag and time (g23v6).
        FROZEN_COUNTER_EVENT_16_FLAG_TIME = 0x1706 => "frozen_counter_event_16_flag_time",
        /// Frozen counter event: 32-bit delta with flag and time (obsolete) (g23v7).
        FROZEN_COUNTER_EVENT_DELTA_32_FLAG_TIME = 0x1707 => "frozen_counter_event_delta_32_flag_time",
        /// Frozen counter event: 16-bit delta with flag and time (obsolete) (g23v8).
        FROZEN_COUNTER_EVENT_DELTA_16_FLAG_TIME = 0x1708 => "frozen_counter_event_delta_16_flag_time",
        /// Analog input, in any variation (group 30).
        ANALOG_INPUT_ANY = 0x1e00 => "analog_input_any",
        /// Analog input: 32-bit with flag (g30v1).
        ANALOG_INPUT_32_FLAG = 0x1e01 => "analog_input_32_flag",
        /// Analog input: 16-bit with flag (g30v2).
        ANALOG_INPUT_16_FLAG = 0x1e02 => "analog_input_16_flag",
        /// Analog input: 32-bit without flag (g30v3).
        ANALOG_INPUT_32 = 0x1e03 => "analog_input_32",
        /// Analog input: 16-bit without flag (g30v4).
        ANALOG_INPUT_16 = 0x1e04 => "analog_input_16",
        /// Analog input: single precision with flag (g30v5).
        ANALOG_INPUT_SINGLE_FLAG = 0x1e05 => "analog_input_single_flag",
        /// Analog input: double precision with flag (g30v6).
        ANALOG_INPUT_DOUBLE_FLAG = 0x1e06 => "analog_input_double_flag",
        /// Frozen analog input, in any variation (group 31).
        FROZEN_ANALOG_INPUT_ANY = 0x1f00 => "frozen_analog_input_any",
        /// Frozen analog input: 32-bit with flag (g31v1).
        FROZEN_ANALOG_INPUT_32_FLAG = 0x1f01 => "frozen_analog_input_32_flag",
        /// Frozen analog input: 16-bit with flag (g31v2).
        FROZEN_ANALOG_INPUT_16_FLAG = 0x1f02 => "frozen_analog_input_16_flag",
        /// Frozen analog input: 32-bit with flag and time of freeze (g31v3).
        FROZEN_ANALOG_INPUT_32_FLAG_TIME = 0x1f03 => "frozen_analog_input_32_flag_time",
        /// Frozen analog input: 16-bit with flag and time of freeze (g31v4).
        FROZEN_ANALOG_INPUT_16_FLAG_TIME = 0x1f04 => "frozen_analog_input_16_flag_time",
        /// Frozen analog input: 32-bit without flag (g31v5).
        FROZEN_ANALOG_INPUT_32 = 0x1f05 => "frozen_analog_input_32",
        /// Frozen analog input: 16-bit without flag (g31v6).
        FROZEN_ANALOG_INPUT_16 = 0x1f06 => "frozen_analog_input_16",
        /// Frozen analog input: single precision with flag (g31v7).
        FROZEN_ANALOG_INPUT_SINGLE_FLAG = 0x1f07 => "frozen_analog_input_single_flag",
        /// Frozen analog input: double precision with flag (g31v8).
        FROZEN_ANALOG_INPUT_DOUBLE_FLAG = 0x1f08 => "frozen_analog_input_double_flag",
        /// Analog input event, in any variation (group 32).
        ANALOG_INPUT_EVENT_ANY = 0x2000 => "analog_input_event_any",
        /// Analog input event: 32-bit without time (g32v1).
        ANALOG_INPUT_EVENT_32 = 0x2001 => "analog_input_event_32",
        /// Analog input event: 16-bit without time (g32v2).
        ANALOG_INPUT_EVENT_16 = 0x2002 => "analog_input_event_16",
        /// Analog input event: 32-bit with time (g32v3).
        ANALOG_INPUT_EVENT_32_TIME = 0x2003 => "analog_input_event_32_time",
        /// Analog input event: 16-bit with time (g32v4).
        ANALOG_INPUT_EVENT_16_TIME = 0x2004 => "analog_input_event_16_time",
        /// Analog input event: single precision without time (g32v5).
        ANALOG_INPUT_EVENT_SINGLE = 0x2005 => "analog_input_event_single",
        /// Analog input event: double precision without time (g32v6).
        ANALOG_INPUT_EVENT_DOUBLE = 0x2006 => "analog_input_event_double",
        /// Analog input event: single precision with time (g32v7).
        ANALOG_INPUT_EVENT_SINGLE_TIME = 0x2007 => "analog_input_event_single_time",
        /// Analog input event: double precision with time (g32v8).
        ANALOG_INPUT_EVENT_DOUBLE_TIME = 0x2008 => "analog_input_event_double_time",
        /// Frozen analog input event, in any variation (group 33).
        FROZEN_ANALOG_INPUT_EVENT_ANY = 0x2100 => "frozen_analog_input_event_any",
        /// Frozen analog input event: 32-bit without time (g33v1).
        FROZEN_ANALOG_INPUT_EVENT_32 = 0x2101 => "frozen_analog_input_event_32",
        /// Frozen analog input event: 16-bit without time (g33v2).
        FROZEN_ANALOG_INPUT_EVENT_16 = 0x2102 => "frozen_analog_input_event_16",
        /// Frozen analog input event: 32-bit with time (g33v3).
        FROZEN_ANALOG_INPUT_EVENT_32_TIME = 0x2103 => "frozen_analog_input_event_32_time",
        /// Frozen analog input event: 16-bit with time (g33v4).
        FROZEN_ANALOG_INPUT_EVENT_16_TIME = 0x2104 => "frozen_analog_input_event_16_time",
        /// Frozen analog input event: single precision without time (g33v5).
        FROZEN_ANALOG_INPUT_EVENT_SINGLE = 0x2105 => "frozen_analog_input_event_single",
        /// Frozen analog input event: double precision without time (g33v6).
        FROZEN_ANALOG_INPUT_EVENT_DOUBLE = 0x2106 => "frozen_analog_input_event_double",
        /// Frozen analog input event: single precision with time (g33v7).
        FROZEN_ANALOG_INPUT_EVENT_SINGLE_TIME = 0x2107 => "frozen_analog_input_event_single_time",
        /// Frozen analog input event: double precision with time (g33v8).
        FROZEN_ANALOG_INPUT_EVENT_DOUBLE_TIME = 0x2108 => "frozen_analog_input_event_double_time",
        /// Analog input reporting deadband, in any variation (group 34).
        ANALOG_INPUT_DEADBAND_ANY = 0x2200 => "analog_input_deadband_any",
        /// Analog input reporting deadband: 16-bit (g34v1).
        ANALOG_INPUT_DEADBAND_16 = 0x2201 => "analog_input_deadband_16",
        /// Analog input reporting deadband: 32-bit (g34v2).
        ANALOG_INPUT_DEADBAND_32 = 0x2202 => "analog_input_deadband_32",
        /// Analog input reporting deadband: single precision (g34v3).
        ANALOG_INPUT_DEADBAND_SINGLE = 0x2203 => "analog_input_deadband_single",
        /// Analog output status, in any variation (group 40).
        ANALOG_OUTPUT_STATUS_ANY = 0x2800 => "analog_output_status_any",
        /// Analog output status: 32-bit with flag (g40v1).
        ANALOG_OUTPUT_STATUS_32_FLAG = 0x2801 => "analog_output_status_32_flag",
        /// Analog output status: 16-bit with flag (g40v2).
        ANALOG_OUTPUT_STATUS_16_FLAG = 0x2802 => "analog_output_status_16_flag",
        /// Analog output status: single precision with flag (g40v3).
        ANALOG_OUTPUT_STATUS_SINGLE_FLAG = 0x2803 => "analog_output_status_single_flag",
        /// Analog output status: double precision with flag (g40v4).
        ANALOG_OUTPUT_STATUS_DOUBLE_FLAG = 0x2804 => "analog_output_status_double_flag",
        /// Analog output, in any variation (group 41).
        ANALOG_OUTPUT_ANY = 0x2900 => "analog_output_any",
        /// Analog output: 32-bit (g41v1).
        ANALOG_OUTPUT_32 = 0x2901 => "analog_output_32",
        /// Analog output: 16-bit (g41v2).
        ANALOG_OUTPUT_16 = 0x2902 => "analog_output_16",
        /// Analog output: single precision (g41v3).
        ANALOG_OUTPUT_SINGLE = 0x2903 => "analog_output_single",
        /// Analog output: double precision (g41v4).
        ANALOG_OUTPUT_DOUBLE = 0x2904 => "analog_output_double",
        /// Analog output event, in any variation (group 42).
        ANALOG_OUTPUT_EVENT_ANY = 0x2a00 => "analog_output_event_any",
        /// Analog output event: 32-bit without time (g42v1).
        ANALOG_OUTPUT_EVENT_32 = 0x2a01 => "analog_output_event_32",
        /// Analog output event: 16-bit without time (g42v2).
        ANALOG_OUTPUT_EVENT_16 = 0x2a02 => "analog_output_event_16",
        /// Analog output event: 32-bit with time (g42v3).
        ANALOG_OUTPUT_EVENT_32_TIME = 0x2a03 => "analog_output_event_32_time",
        /// Analog output event: 16-bit with time (g42v4).
        ANALOG_OUTPUT_EVENT_16_TIME = 0x2a04 => "analog_output_event_16_time",
        /// Analog output event: single precision without time (g42v5).
        ANALOG_OUTPUT_EVENT_SINGLE = 0x2a05 => "analog_output_event_single",
        /// Analog output event: double precision without time (g42v6).
        ANALOG_OUTPUT_EVENT_DOUBLE = 0x2a06 => "analog_output_event_double",
        /// Analog output event: single precision with time (g42v7).
        ANALOG_OUTPUT_EVENT_SINGLE_TIME = 0x2a07 => "analog_output_event_single_time",
        /// Analog output event: double precision with time (g42v8).
        ANALOG_OUTPUT_EVENT_DOUBLE_TIME = 0x2a08 => "analog_output_event_double_time",
        /// Analog output command event, in any variation (group 43).
        ANALOG_OUTPUT_COMMAND_EVENT_ANY = 0x2b00 => "analog_output_command_event_any",
        /// Analog output command event: 32-bit without time (g43v1).
        ANALOG_OUTPUT_COMMAND_EVENT_32 = 0x2b01 => "analog_output_command_event_32",
        /// Analog output command event: 16-bit without time (g43v2).
        ANALOG_OUTPUT_COMMAND_EVENT_16 = 0x2b02 => "analog_output_command_event_16",
        /// Analog output command event: 32-bit with time (g43v3).
        ANALOG_OUTPUT_COMMAND_EVENT_32_TIME = 0x2b03 => "analog_output_command_event_32_time",
        /// Analog output command event: 16-bit with time (g43v4).
        ANALOG_OUTPUT_COMMAND_EVENT_16_TIME = 0x2b04 => "analog_output_command_event_16_time",
        /// Analog output command event: single precision without time (g43v5).
        ANALOG_OUTPUT_COMMAND_EVENT_SINGLE = 0x2b05 => "analog_output_command_event_single",
        /// Analog output command event: double precision without time (g43v6).
        ANALOG_OUTPUT_COMMAND_EVENT_DOUBLE = 0x2b06 => "analog_output_command_event_double",
        /// Analog output command event: single precision with time (g43v7).
        ANALOG_OUTPUT_COMMAND_EVENT_SINGLE_TIME = 0x2b07 => "analog_output_command_event_single_time",
        /// Analog output command event: double precision with time (g43v8).
        ANALOG_OUTPUT_COMMAND_EVENT_DOUBLE_TIME = 0x2b08 => "analog_output_command_event_double_time",
        /// Time and date, in any variation (group 50).
        TIME_AND_DATE_ANY = 0x3200 => "time_and_date_any",
        /// Time and date: absolute time (g50v1).
        TIME_AND_DATE_ABSOLUTE = 0x3201 => "time_and_date_absolute",
        /// Time and date: absolute time and interval (g50v2).
        TIME_AND_DATE_INTERVAL = 0x3202 => "time_and_date_interval",
        /// Time and date: absolute time at last recorded time (g50v3).
        TIME_AND_DATE_LAST_RECORDED = 0x3203 => "time_and_date_last_recorded",
        /// Time and date: indexed absolute time and long interval (g50v4).
        TIME_AND_DATE_INDEXED_INTERVAL = 0x3204 => "time_and_date_indexed_interval",
        /// Time and date common time of occurrence, in any variation (group 51).
        TIME_OF_OCCURRENCE_ANY = 0x3300 => "time_of_occurrence_any",
        /// Time and date common time of occurrence: absolute time, synchronized (g51v1).
        TIME_OF_OCCURRENCE_SYNCHRONIZED = 0x3301 => "time_of_occurrence_synchronized",
        /// Time and date common time of occurrence: absolute time, unsynchronized (g51v2).
        TIME_OF_OCCURRENCE_UNSYNCHRONIZED = 0x3302 => "time_of_occurrence_unsynchronized",
        /// Time delay, in any variation (group 52).
        TIME_DELAY_ANY = 0x3400 => "time_delay_any",
        /// Time delay: coarse, in seconds (g52v1).
        TIME_DELAY_COARSE = 0x3401 => "time_delay_coarse",
        /// Time delay: fine, in milliseconds (g52v2).
        TIME_DELAY_FINE = 0x3402 => "time_delay_fine",
        /// Class objects, in any variation (group 60).
        CLASS_ANY = 0x3c00 => "class_any",
        /// Class objects: class 0 data (g60v1).
        CLASS_0_DATA = 0x3c01 => "class_0_data",
        /// Class objects: class 1 data (g60v2).
        CLASS_1_DATA = 0x3c02 => "class_1_data",
        /// Class objects: class 2 data (g60v3).
        CLASS_2_DATA = 0x3c03 => "class_2_data",
        /// Class objects: class 3 data (g60v4).
        CLASS_3_DATA = 0x3c04 => "class_3_data",
        /// File control, in any variation (group 70).
        FILE_ANY = 0x4600 => "file_any",
        /// File control: file identifier (superseded) (g70v1).
        FILE_IDENTIFIER = 0x4601 => "file_identifier",
        /// File control: authentication (g70v2).
        FILE_AUTHENTICATION = 0x4602 => "file_authentication",
        /// File control: file command (g70v3).
        FILE_COMMAND = 0x4603 => "file_command",
        /// File control: file command status (g70v4).
        FILE_COMMAND_STATUS = 0x4604 => "file_command_status",
        /// File control: file transport (g70v5).
        FILE_TRANSPORT = 0x4605 => "file_transport",
        /// File control: file transport status (g70v6).
        FILE_TRANSPORT_STATUS = 0x4606 => "file_transport_status",
        /// File control: file descriptor (g70v7).
        FILE_DESCRIPTOR = 0x4607 => "file_descriptor",
        /// File control: file specification string (g70v8).
        FILE_SPECIFICATION = 0x4608 => "file_specification",
        /// Internal indications: packed format (g80v1).
        INTERNAL_INDICATIONS_PACKED = 0x5001 => "internal_indications_packed",
        /// Storage object: buffer fill status (g81v1).
        BUFFER_FILL_STATUS = 0x5101 => "buffer_fill_status",
        /// Device profile: functions and indexes (g82v1).
        DEVICE_PROFILE = 0x5201 => "device_profile",
        /// Data set: private registration object (g83v1).
        PRIVATE_REGISTRATION = 0x5301 => "private_registration",
        /// Data set: private registration object descriptor (g83v2).
        PRIVATE_REGISTRATION_DESCRIPTOR = 0x5302 => "private_registration_descriptor",
        /// Data set prototype, in any variation (group 85).
        DATA_SET_PROTOTYPE_ANY = 0x5500 => "data_set_prototype_any",
        /// Data set prototype: with UUID (g85v1).
        DATA_SET_PROTOTYPE_WITH_UUID = 0x5501 => "data_set_prototype_with_uuid",
        /// Data set descriptor, in any variation (group 86).
        DATA_SET_DESCRIPTOR_ANY = 0x5600 => "data_set_descriptor_any",
        /// Data set descriptor: data set contents (g86v1).
        DATA_SET_DESCRIPTOR_CONTENTS = 0x5601 => "data_set_descriptor_contents",
        /// Data set descriptor: characteristics (g86v2).
        DATA_SET_DESCRIPTOR_CHARACTERISTICS = 0x5602 => "data_set_descriptor_characteristics",
        /// Data set descriptor: point index attributes (g86v3).
        DATA_SET_DESCRIPTOR_POINT_INDEX_ATTRIBUTES = 0x5603 => "data_set_descriptor_point_index_attributes",
        /// Data set, in any variation (group 87).
        DATA_SET_ANY = 0x5700 => "data_set_any",
        /// Data set: present value (g87v1).
        DATA_SET_PRESENT_VALUE = 0x5701 => "data_set_present_value",
        /// Data set event, in any variation (group 88).
        DATA_SET_EVENT_ANY = 0x5800 => "data_set_event_any",
        /// Data set event: snapshot (g88v1).
        DATA_SET_EVENT_SNAPSHOT = 0x5801 => "data_set_event_snapshot",
        /// Application: identifier (g90v1).
        APPLICATION_IDENTIFIER = 0x5a01 => "application_identifier",
        /// Status of requested operation: active configuration (g91v1).
        OPERATION_STATUS = 0x5b01 => "operation_status",
        /// Floating point, short (g100v1, obsolete).
        FLOATING_POINT_SHORT = 0x6401 => "floating_point_short",
        /// Floating point, long (g100v2, obsolete).
        FLOATING_POINT_LONG = 0x6402 => "floating_point_long",
        /// Floating point, extended (g100v3, obsolete).
        FLOATING_POINT_EXTENDED = 0x6403 => "floating_point_extended",
        /// Binary-coded decimal integer, in any variation (group 101).
        BCD_ANY = 0x6500 => "bcd_any",
        /// Binary-coded decimal integer: small (g101v1).
        BCD_SMALL = 0x6501 => "bcd_small",
        /// Binary-coded decimal integer: medium (g101v2).
        BCD_MEDIUM = 0x6502 => "bcd_medium",
        /// Binary-coded decimal integer: large (g101v3).
        BCD_LARGE = 0x6503 => "bcd_large",
        /// Unsigned integer, in any variation (group 102).
        UNSIGNED_INTEGER_ANY = 0x6600 => "unsigned_integer_any",
        /// Unsigned integer: 8-bit (g102v1).
        UNSIGNED_INTEGER_8 = 0x6601 => "unsigned_integer_8",
        /// Octet string, in any variation (group 110).
        OCTET_STRING_ANY = 0x6e00 => "octet_string_any",
        /// Octet string event, in any variation (group 111).
        OCTET_STRING_EVENT_ANY = 0x6f00 => "octet_string_event_any",
        /// Virtual terminal output block, in any variation (group 112).
        VIRTUAL_TERMINAL_OUTPUT_ANY = 0x7000 => "virtual_terminal_output_any",
        /// Virtual terminal event data, in any variation (group 113).
        VIRTUAL_TERMINAL_EVENT_ANY = 0x7100 => "virtual_terminal_event_any",
        /// Authentication, in any variation (group 120).
        AUTHENTICATION_ANY = 0x7800 => "authentication_any",
        /// Authentication: challenge (g120v1).
        AUTHENTICATION_CHALLENGE = 0x7801 => "authentication_challenge",
        /// Authentication: reply (g120v2).
        AUTHENTICATION_REPLY = 0x7802 => "authentication_reply",
        /// Authentication: aggressive mode request (g120v3).
        AUTHENTICATION_AGGRESSIVE_MODE_REQUEST = 0x7803 => "authentication_aggressive_mode_request",
        /// Authentication: session key status request (g120v4).
        AUTHENTICATION_SESSION_KEY_STATUS_REQUEST = 0x7804 => "authentication_session_key_status_request",
        /// Authentication: session key status (g120v5).
        AUTHENTICATION_SESSION_KEY_STATUS = 0x7805 => "authentication_session_key_status",
        /// Authentication: session key change (g120v6).
        AUTHENTICATION_SESSION_KEY_CHANGE = 0x7806 => "authentication_session_key_change",
        /// Authentication: error (g120v7).
        AUTHENTICATION_ERROR = 0x7807 => "authentication_error",
        /// Authentication: user certificate (g120v8).
        AUTHENTICATION_USER_CERTIFICATE = 0x7808 => "authentication_user_certificate",
        /// Authentication: message authentication code (g120v9).
        AUTHENTICATION_MAC = 0x7809 => "authentication_mac",
        /// Authentication: user status change (g120v10).
        AUTHENTICATION_USER_STATUS_CHANGE = 0x780a => "authentication_user_status_change",
        /// Authentication: update key change request (g120v11).
        AUTHENTICATION_UPDATE_KEY_CHANGE_REQUEST = 0x780b => "authentication_update_key_change_request",
        /// Authentication: update key change reply (g120v12).
        AUTHENTICATION_UPDATE_KEY_CHANGE_REPLY = 0x780c => "authentication_update_key_change_reply",
        /// Authentication: update key change (g120v13).
        AUTHENTICATION_UPDATE_KEY_CHANGE = 0x780d => "authentication_update_key_change",
        /// Authentication: update key change signature (g120v14).
        AUTHENTICATION_UPDATE_KEY_CHANGE_SIGNATURE = 0x780e => "authentication_update_key_change_signature",
        /// Authentication: update key change confirmation (g120v15).
        AUTHENTICATION_UPDATE_KEY_CHANGE_CONFIRMATION = 0x780f => "authentication_update_key_change_confirmation",
        /// Security statistic, in any variation (group 121).
        SECURITY_STATISTIC_ANY = 0x7900 => "security_statistic_any",
        /// Security statistic: 32-bit with flag (g121v1).
        SECURITY_STATISTIC_32_FLAG = 0x7901 => "security_statistic_32_flag",
        /// Security statistic event, in any variation (group 122).
        SECURITY_STATISTIC_EVENT_ANY = 0x7a00 => "security_statistic_event_any",
        /// Security statistic event: 32-bit with flag (g122v1).
        SECURITY_STATISTIC_EVENT_32_FLAG = 0x7a01 => "security_statistic_event_32_flag",
        /// Security statistic event: 32-bit with flag and time (g122v2).
        SECURITY_STATISTIC_EVENT_32_FLAG_TIME = 0x7a02 => "security_statistic_event_32_flag_time",
    }
}

crate::codes! {
    /// Operation type of a control relay output block: the lower four bits of its control code (A.8.1).
    pub struct OperationType(u8) {
        /// None.
        NUL = 0 => "nul",
        /// On, for the on-time.
        PULSE_ON = 1 => "pulse_on",
        /// Off, for the off-time.
        PULSE_OFF = 2 => "pulse_off",
        /// On, to stay.
        LATCH_ON = 3 => "latch_on",
        /// Off, to stay.
        LATCH_OFF = 4 => "latch_off",
    }
}

crate::codes! {
    /// Trip-close code of a control relay output block: the upper two bits of its control code (A.8.1).
    pub struct TripCloseCode(u8) {
        /// The index tells the output.
        NUL = 0 => "nul",
        /// The closing output of a pair.
        CLOSE = 1 => "close",
        /// The tripping output of a pair.
        TRIP = 2 => "trip",
    }
}

crate::codes! {
    /// Status of a command (A.8.1, table of control status codes).
    pub struct CommandStatus(u8) {
        /// Accepted, begun or queued.
        SUCCESS = 0 => "success",
        /// The operate came too long after the select.
        TIMEOUT = 1 => "timeout",
        /// No matching select came before.
        NO_SELECT = 2 => "no_select",
        /// The block is formatted wrongly.
        FORMAT_ERROR = 3 => "format_error",
        /// The point does not support it.
        NOT_SUPPORTED = 4 => "not_supported",
        /// The queue is full, or the point is active.
        ALREADY_ACTIVE = 5 => "already_active",
        /// A problem of the control hardware.
        HARDWARE_ERROR = 6 => "hardware_error",
        /// The local-remote switch stands at local.
        LOCAL = 7 => "local",
        /// Too many objects in one request.
        TOO_MANY_OBJECTS = 8 => "too_many_objects",
        /// The user may not.
        NOT_AUTHORIZED = 9 => "not_authorized",
        /// Another process inhibits it.
        AUTOMATION_INHIBIT = 10 => "automation_inhibit",
        /// Too many operations at once.
        PROCESSING_LIMITED = 11 => "processing_limited",
        /// The value is outside the range of the point.
        OUT_OF_RANGE = 12 => "out_of_range",
        /// A device below stands at local.
        DOWNSTREAM_LOCAL = 13 => "downstream_local",
        /// The output is in that state.
        ALREADY_COMPLETE = 14 => "already_complete",
        /// Interlocked.
        BLOCKED = 15 => "blocked",
        /// Cancelled.
        CANCELLED = 16 => "cancelled",
        /// Another master has exclusive rights.
        BLOCKED_OTHER_MASTER = 17 => "blocked_other_master",
        /// A device below failed.
        DOWNSTREAM_FAIL = 18 => "downstream_fail",
        /// The outstation does not take part in this command.
        NON_PARTICIPATING = 126 => "non_participating",
        /// For another reason.
        UNDEFINED = 127 => "undefined",
    }
}

crate::codes! {
    /// How sure a time is that was made of a relative time and the common time of occurrence before it.
    pub struct TimeQuality(u8) {
        /// The outstation's clock was synchronized (g51v1).
        SYNCHRONIZED = 1 => "synchronized",
        /// It was not (g51v2).
        UNSYNCHRONIZED = 2 => "unsynchronized",
    }
}

crate::codes! {
    /// One bit of the internal indications (4.2.2.6): its index in g80v1.
    pub struct Indication(u8) {
        /// A broadcast message was received.
        BROADCAST = 0 => "broadcast",
        /// Events of class 1 wait.
        CLASS_1_EVENTS = 1 => "class_1_events",
        /// Events of class 2 wait.
        CLASS_2_EVENTS = 2 => "class_2_events",
        /// Events of class 3 wait.
        CLASS_3_EVENTS = 3 => "class_3_events",
        /// The clock is to be set.
        NEED_TIME = 4 => "need_time",
        /// Some outputs are under local control.
        LOCAL_CONTROL = 5 => "local_control",
        /// Something is wrong with the device.
        DEVICE_TROUBLE = 6 => "device_trouble",
        /// The device restarted.
        DEVICE_RESTART = 7 => "device_restart",
        /// The function is not supported.
        FUNCTION_NOT_SUPPORTED = 8 => "function_not_supported",
        /// An object asked for is not known.
        OBJECT_UNKNOWN = 9 => "object_unknown",
        /// A parameter of the request cannot be right.
        PARAMETER_ERROR = 10 => "parameter_error",
        /// Events were lost.
        EVENT_BUFFER_OVERFLOW = 11 => "event_buffer_overflow",
        /// The operation is under way.
        ALREADY_EXECUTING = 12 => "already_executing",
        /// The configuration is corrupt.
        CONFIGURATION_CORRUPT = 13 => "configuration_corrupt",
        /// Reserved.
        RESERVED_2_6 = 14 => "reserved_2_6",
        /// Reserved.
        RESERVED_2_7 = 15 => "reserved_2_7",
    }
}

crate::codes! {
    /// Type of a device attribute's value (A.1).
    pub struct AttributeType(u8) {
        /// No value: a place that is kept free.
        NONE = 0 => "none",
        /// Visible characters.
        VSTR = 1 => "vstr",
        /// Unsigned integer.
        UINT = 2 => "uint",
        /// Signed integer.
        INT = 3 => "int",
        /// Floating point.
        FLT = 4 => "flt",
        /// Octets.
        OSTR = 5 => "ostr",
        /// Bits.
        BSTR = 6 => "bstr",
        /// Time.
        TIME = 7 => "time",
        /// Unicode text.
        UNCD = 8 => "uncd",
        /// List of pairs of variation and properties.
        U8BS8LIST = 254 => "u8bs8list",
        /// The same, longer than 255 octets.
        U8BS8EXLIST = 255 => "u8bs8exlist",
    }
}

crate::codes! {
    /// Status of a file command or transport (A.25).
    pub struct FileStatus(u8) {
        /// Done.
        SUCCESS = 0 => "success",
        /// Not permitted.
        PERMISSION_DENIED = 1 => "permission_denied",
        /// An operational mode that is not supported.
        INVALID_MODE = 2 => "invalid_mode",
        /// No such file.
        FILE_NOT_FOUND = 3 => "file_not_found",
        /// Another user has it.
        FILE_LOCKED = 4 => "file_locked",
        /// Too many files are open.
        TOO_MANY_OPEN = 5 => "too_many_open",
        /// No file is open under this handle.
        INVALID_HANDLE = 6 => "invalid_handle",
        /// The outstation cannot take blocks of this size.
        WRITE_BLOCK_SIZE = 7 => "write_block_size",
        /// Communication was lost, or no file is open.
        COMMUNICATIONS_LOST = 8 => "communications_lost",
        /// Cannot be aborted.
        CANNOT_ABORT = 9 => "cannot_abort",
        /// The file is not opened.
        NOT_OPENED = 16 => "not_opened",
        /// The handle was closed by its time-out.
        HANDLE_EXPIRED = 17 => "handle_expired",
        /// Too much data.
        BUFFER_OVERRUN = 18 => "buffer_overrun",
        /// The file cannot be read or written any more.
        FATAL = 19 => "fatal",
        /// Block number out of sequence.
        BLOCK_SEQUENCE = 20 => "block_sequence",
        /// Another error.
        UNDEFINED = 255 => "undefined",
    }
}

crate::codes! {
    /// What a file is opened for (A.25.3).
    pub struct FileMode(u16) {
        /// Not opened: deleted, or asked about.
        NULL = 0 => "null",
        /// To be read.
        READ = 1 => "read",
        /// To be written, from its beginning.
        WRITE = 2 => "write",
        /// To be appended to.
        APPEND = 3 => "append",
    }
}

crate::codes! {
    /// Type of a file (A.25.7).
    pub struct FileType(u16) {
        /// A directory.
        DIRECTORY = 0 => "directory",
        /// A simple file.
        SIMPLE_FILE = 1 => "simple_file",
    }
}

crate::codes! {
    /// Algorithm of a message authentication code (A.45.1).
    pub struct MacAlgorithm(u8) {
        /// None.
        NONE = 0 => "none",
        /// HMAC SHA-1, first 4 octets (networked, of version 1).
        HMAC_SHA1_4 = 1 => "hmac_sha1_4",
        /// HMAC SHA-1, first 10 octets.
        HMAC_SHA1_10 = 2 => "hmac_sha1_10",
        /// HMAC SHA-256, first 8 octets.
        HMAC_SHA256_8 = 3 => "hmac_sha256_8",
        /// HMAC SHA-256, first 16 octets.
        HMAC_SHA256_16 = 4 => "hmac_sha256_16",
        /// HMAC SHA-1, first 8 octets.
        HMAC_SHA1_8 = 5 => "hmac_sha1_8",
        /// AES-GMAC, 12 octets.
        AES_GMAC = 6 => "aes_gmac",
    }
}

crate::codes! {
    /// Algorithm that wraps session keys (A.45.5).
    pub struct KeyWrapAlgorithm(u8) {
        /// AES-128 key wrap.
        AES_128 = 1 => "aes_128",
        /// AES-256 key wrap.
        AES_256 = 2 => "aes_256",
    }
}

crate::codes! {
    /// Status of session keys (A.45.5).
    pub struct KeyStatus(u8) {
        /// Valid.
        OK = 1 => "ok",
        /// Never set since the start.
        NOT_INIT = 2 => "not_init",
        /// Communication failed, or they expired.
        COMM_FAIL = 3 => "comm_fail",
        /// A key change failed its authentication.
        AUTH_FAIL = 4 => "auth_fail",
    }
}

crate::codes! {
    /// Error of secure authentication (A.45.7).
    pub struct AuthenticationError(u8) {
        /// The code is wrong.
        AUTHENTICATION_FAILED = 1 => "authentication_failed",
        /// A reply that was not asked for.
        UNEXPECTED_RESPONSE = 2 => "unexpected_response",
        /// No reply came.
        NO_RESPONSE = 3 => "no_response",
        /// Aggressive mode is not permitted.
        AGGRESSIVE_MODE_NOT_SUPPORTED = 4 => "aggressive_mode_not_supported",
        /// The algorithm of the code is not permitted.
        MAC_ALGORITHM_NOT_SUPPORTED = 5 => "mac_algorithm_not_supported",
        /// The key wrap algorithm is not permitted.
        KEY_WRAP_ALGORITHM_NOT_SUPPORTED = 6 => "key_wrap_algorithm_not_supported",
        /// The user may not.
        AUTHORIZATION_FAILED = 7 => "authorization_failed",
        /// The method of key change is not permitted.
        UPDATE_KEY_CHANGE_NOT_PERMITTED = 8 => "update_key_change_not_permitted",
        /// The signature is wrong.
        INVALID_SIGNATURE = 9 => "invalid_signature",
        /// The certification data are wrong.
        INVALID_CERTIFICATION_DATA = 10 => "invalid_certification_data",
        /// The user is not known.
        UNKNOWN_USER = 11 => "unknown_user",
        /// Too many requests for the key status.
        SESSION_KEY_STATUS_LIMIT = 12 => "session_key_status_limit",
    }
}

crate::codes! {
    /// What an element of a data set describes (A.34).
    pub struct DescriptorCode(u8) {
        /// Identifier of the data set.
        ID = 1 => "id",
        /// UUID of a prototype.
        UUID = 2 => "uuid",
        /// Namespace.
        NSPC = 3 => "nspc",
        /// Name.
        NAME = 4 => "name",
        /// A data element.
        DAEL = 5 => "dael",
        /// A prototype included.
        PTYP = 6 => "ptyp",
        /// A control element.
        CTLV = 7 => "ctlv",
        /// Status of a control element.
        CTLS = 8 => "ctls",
    }
}
