//! Codes of IEC 60870-5-103 (section 7.2): types and causes of transmission. Those of the two directions do not collide but
//! where they mean the two halves of one thing.

crate::codes! {
    /// Type identification of an ASDU of -103 (section 7.2.1). 32 to 255 are private.
    pub struct ProtectionTypeId(u8) {
        /// Time-tagged message.
        TIME_TAGGED_MESSAGE = 1 => "time_tagged_message" => REPORT,
        /// Time-tagged message with relative time.
        TIME_TAGGED_MESSAGE_RELATIVE = 2 => "time_tagged_message_with_relative_time" => REPORT,
        /// Measurands I.
        MEASURANDS_1 = 3 => "measurands_1" => REPORT,
        /// Time-tagged measurands with relative time.
        TIME_TAGGED_MEASURANDS = 4 => "time_tagged_measurands_with_relative_time" => REPORT,
        /// Identification.
        IDENTIFICATION = 5 => "identification" => IDENTIFY,
        /// Time synchronization.
        TIME_SYNCHRONIZATION = 6 => "time_synchronization" => TIME,
        /// General interrogation.
        GENERAL_INTERROGATION = 7 => "general_interrogation" => READ,
        /// Termination of general interrogation.
        GENERAL_INTERROGATION_TERMINATION = 8 => "general_interrogation_termination" => READ,
        /// Measurands II.
        MEASURANDS_2 = 9 => "measurands_2" => REPORT,
        /// Generic data.
        GENERIC_DATA = 10 => "generic_data" => WRITE,
        /// Generic identification.
        GENERIC_IDENTIFICATION = 11 => "generic_identification" => BROWSE,
        /// General command.
        GENERAL_COMMAND = 20 => "general_command" => CONTROL,
        /// Generic command.
        GENERIC_COMMAND = 21 => "generic_command" => READ,
        /// List of recorded disturbances.
        LIST_OF_DISTURBANCES = 23 => "list_of_recorded_disturbances" => FILE,
        /// Order for transmission of disturbance data.
        ORDER_FOR_DISTURBANCE_DATA = 24 => "order_for_disturbance_data" => FILE,
        /// Acknowledgement of disturbance data.
        ACKNOWLEDGEMENT_OF_DISTURBANCE_DATA = 25 => "acknowledgement_of_disturbance_data" => FILE,
        /// Ready for transmission of disturbance data.
        READY_FOR_DISTURBANCE_DATA = 26 => "ready_for_disturbance_data" => FILE,
        /// Ready for transmission of a channel.
        READY_FOR_CHANNEL = 27 => "ready_for_channel" => FILE,
        /// Ready for transmission of tags.
        READY_FOR_TAGS = 28 => "ready_for_tags" => FILE,
        /// Transmission of tags.
        TAGS = 29 => "tags" => FILE,
        /// Transmission of disturbance values.
        DISTURBANCE_VALUES = 30 => "disturbance_values" => FILE,
        /// End of transmission.
        END_OF_TRANSMISSION = 31 => "end_of_transmission" => FILE,
    }
}

crate::codes! {
    /// Cause of transmission of -103 (section 7.2.3).
    pub struct ProtectionCause(u8) {
        /// Spontaneous.
        SPONTANEOUS = 1 => "spontaneous",
        /// Cyclic.
        CYCLIC = 2 => "cyclic",
        /// Reset of the frame count bit.
        RESET_FCB = 3 => "reset_fcb",
        /// Reset of the communication unit.
        RESET_CU = 4 => "reset_cu",
        /// Start, restart.
        START = 5 => "start",
        /// Power on.
        POWER_ON = 6 => "power_on",
        /// Test mode.
        TEST_MODE = 7 => "test_mode",
        /// Time synchronization.
        TIME_SYNCHRONIZATION = 8 => "time_synchronization",
        /// General interrogation.
        GENERAL_INTERROGATION = 9 => "general_interrogation",
        /// Termination of general interrogation.
        GENERAL_INTERROGATION_TERMINATION = 10 => "general_interrogation_termination",
        /// Local operation.
        LOCAL_OPERATION = 11 => "local_operation",
        /// Remote operation.
        REMOTE_OPERATION = 12 => "remote_operation",
        /// General command; from a device, its positive acknowledgement.
        GENERAL_COMMAND = 20 => "general_command",
        /// Negative acknowledgement of a command.
        NEGATIVE_ACKNOWLEDGEMENT = 21 => "negative_acknowledgement",
        /// Transmission of disturbance data.
        DISTURBANCE_DATA = 31 => "disturbance_data",
        /// Generic write; from a device, its positive acknowledgement.
        GENERIC_WRITE = 40 => "generic_write",
        /// Negative acknowledgement of a generic write.
        GENERIC_WRITE_NEGATIVE = 41 => "generic_write_negative",
        /// Generic read; from a device, valid data.
        GENERIC_READ = 42 => "generic_read",
        /// Invalid data of a generic read.
        GENERIC_READ_INVALID = 43 => "generic_read_invalid",
        /// Confirmation of a generic write.
        GENERIC_WRITE_CONFIRMATION = 44 => "generic_write_confirmation",
    }
}
