//! Codes of IEC 60870-5-101, -104 and -7: type identifications (-101 section 7.2.1, -104 section 8, -7), causes of
//! transmission (-101 section 7.2.3), functions of unnumbered APDUs (-104 section 5.3).

crate::codes! {
    /// Format of an APDU (-104 section 5).
    pub struct ApduFormat(u8) {
        /// Numbered information transfer.
        I = 0 => "i",
        /// Numbered supervisory functions.
        S = 1 => "s",
        /// Unnumbered control functions.
        U = 3 => "u",
    }
}

crate::codes! {
    /// Function of an unnumbered APDU: the upper six bits of the first control octet (-104 section 5.3).
    pub struct UFunction(u8) {
        /// Start data transfer, activation.
        STARTDT_ACT = 1 => "startdt_act" => SESSION,
        /// Start data transfer, confirmation.
        STARTDT_CON = 2 => "startdt_con" => SESSION,
        /// Stop data transfer, activation.
        STOPDT_ACT = 4 => "stopdt_act" => REPORTING,
        /// Stop data transfer, confirmation.
        STOPDT_CON = 8 => "stopdt_con" => REPORTING,
        /// Test frame, activation.
        TESTFR_ACT = 16 => "testfr_act" => SESSION,
        /// Test frame, confirmation.
        TESTFR_CON = 32 => "testfr_con" => SESSION,
    }
}

crate::codes! {
    /// Type identification of an ASDU. 128 to 255 are private.
    pub struct TypeId(u8) {
        /// Single-point information.
        M_SP_NA_1 = 1 => "M_SP_NA_1" => REPORT,
        /// Single-point information with time tag CP24Time2a.
        M_SP_TA_1 = 2 => "M_SP_TA_1" => REPORT,
        /// Double-point information.
        M_DP_NA_1 = 3 => "M_DP_NA_1" => REPORT,
        /// Double-point information with time tag CP24Time2a.
        M_DP_TA_1 = 4 => "M_DP_TA_1" => REPORT,
        /// Step position information.
        M_ST_NA_1 = 5 => "M_ST_NA_1" => REPORT,
        /// Step position information with time tag CP24Time2a.
        M_ST_TA_1 = 6 => "M_ST_TA_1" => REPORT,
        /// Bitstring of 32 bit.
        M_BO_NA_1 = 7 => "M_BO_NA_1" => REPORT,
        /// Bitstring of 32 bit with time tag CP24Time2a.
        M_BO_TA_1 = 8 => "M_BO_TA_1" => REPORT,
        /// Measured value, normalized.
        M_ME_NA_1 = 9 => "M_ME_NA_1" => REPORT,
        /// Measured value, normalized, with time tag CP24Time2a.
        M_ME_TA_1 = 10 => "M_ME_TA_1" => REPORT,
        /// Measured value, scaled.
        M_ME_NB_1 = 11 => "M_ME_NB_1" => REPORT,
        /// Measured value, scaled, with time tag CP24Time2a.
        M_ME_TB_1 = 12 => "M_ME_TB_1" => REPORT,
        /// Measured value, short floating point.
        M_ME_NC_1 = 13 => "M_ME_NC_1" => REPORT,
        /// Measured value, short floating point, with time tag CP24Time2a.
        M_ME_TC_1 = 14 => "M_ME_TC_1" => REPORT,
        /// Integrated totals.
        M_IT_NA_1 = 15 => "M_IT_NA_1" => REPORT,
        /// Integrated totals with time tag CP24Time2a.
        M_IT_TA_1 = 16 => "M_IT_TA_1" => REPORT,
        /// Event of protection equipment with time tag CP24Time2a.
        M_EP_TA_1 = 17 => "M_EP_TA_1" => REPORT,
        /// Packed start events of protection equipment with time tag CP24Time2a.
        M_EP_TB_1 = 18 => "M_EP_TB_1" => REPORT,
        /// Packed output circuit information of protection equipment with time tag CP24Time2a.
        M_EP_TC_1 = 19 => "M_EP_TC_1" => REPORT,
        /// Packed single-point information with status change detection.
        M_PS_NA_1 = 20 => "M_PS_NA_1" => REPORT,
        /// Measured value, normalized, without quality descriptor.
        M_ME_ND_1 = 21 => "M_ME_ND_1" => REPORT,
        /// Single-point information with time tag CP56Time2a.
        M_SP_TB_1 = 30 => "M_SP_TB_1" => REPORT,
        /// Double-point information with time tag CP56Time2a.
        M_DP_TB_1 = 31 => "M_DP_TB_1" => REPORT,
        /// Step position information with time tag CP56Time2a.
        M_ST_TB_1 = 32 => "M_ST_TB_1" => REPORT,
        /// Bitstring of 32 bit with time tag CP56Time2a.
        M_BO_TB_1 = 33 => "M_BO_TB_1" => REPORT,
        /// Measured value, normalized, with time tag CP56Time2a.
        M_ME_TD_1 = 34 => "M_ME_TD_1" => REPORT,
        /// Measured value, scaled, with time tag CP56Time2a.
        M_ME_TE_1 = 35 => "M_ME_TE_1" => REPORT,
        /// Measured value, short floating point, with time tag CP56Time2a.
        M_ME_TF_1 = 36 => "M_ME_TF_1" => REPORT,
        /// Integrated totals with time tag CP56Time2a.
        M_IT_TB_1 = 37 => "M_IT_TB_1" => REPORT,
        /// Event of protection equipment with time tag CP56Time2a.
        M_EP_TD_1 = 38 => "M_EP_TD_1" => REPORT,
        /// Packed start events of protection equipment with time tag CP56Time2a.
        M_EP_TE_1 = 39 => "M_EP_TE_1" => REPORT,
        /// Packed output circuit information of protection equipment with time tag CP56Time2a.
        M_EP_TF_1 = 40 => "M_EP_TF_1" => REPORT,
        /// Integrated totals of security statistics with time tag CP56Time2a (-7).
        S_IT_TC_1 = 41 => "S_IT_TC_1" => REPORT,
        /// Single command.
        C_SC_NA_1 = 45 => "C_SC_NA_1" => CONTROL,
        /// Double command.
        C_DC_NA_1 = 46 => "C_DC_NA_1" => CONTROL,
        /// Regulating step command.
        C_RC_NA_1 = 47 => "C_RC_NA_1" => CONTROL,
        /// Set-point command, normalized.
        C_SE_NA_1 = 48 => "C_SE_NA_1" => CONTROL,
        /// Set-point command, scaled.
        C_SE_NB_1 = 49 => "C_SE_NB_1" => CONTROL,
        /// Set-point command, short floating point.
        C_SE_NC_1 = 50 => "C_SE_NC_1" => CONTROL,
        /// Bitstring of 32 bit, command.
        C_BO_NA_1 = 51 => "C_BO_NA_1" => CONTROL,
        /// Single command with time tag CP56Time2a.
        C_SC_TA_1 = 58 => "C_SC_TA_1" => CONTROL,
        /// Double command with time tag CP56Time2a.
        C_DC_TA_1 = 59 => "C_DC_TA_1" => CONTROL,
        /// Regulating step command with time tag CP56Time2a.
        C_RC_TA_1 = 60 => "C_RC_TA_1" => CONTROL,
        /// Set-point command, normalized, with time tag CP56Time2a.
        C_SE_TA_1 = 61 => "C_SE_TA_1" => CONTROL,
        /// Set-point command, scaled, with time tag CP56Time2a.
        C_SE_TB_1 = 62 => "C_SE_TB_1" => CONTROL,
        /// Set-point command, short floating point, with time tag CP56Time2a.
        C_SE_TC_1 = 63 => "C_SE_TC_1" => CONTROL,
        /// Bitstring of 32 bit, command, with time tag CP56Time2a.
        C_BO_TA_1 = 64 => "C_BO_TA_1" => CONTROL,
        /// End of initialization.
        M_EI_NA_1 = 70 => "M_EI_NA_1" => REPORT,
        /// Authentication challenge (-7).
        S_CH_NA_1 = 81 => "S_CH_NA_1" => AUTH,
        /// Authentication reply (-7).
        S_RP_NA_1 = 82 => "S_RP_NA_1" => AUTH,
        /// Aggressive mode authentication request (-7).
        S_AR_NA_1 = 83 => "S_AR_NA_1" => AUTH,
        /// Session key status request (-7).
        S_KR_NA_1 = 84 => "S_KR_NA_1" => AUTH,
        /// Session key status (-7).
        S_KS_NA_1 = 85 => "S_KS_NA_1" => AUTH,
        /// Session key change (-7).
        S_KC_NA_1 = 86 => "S_KC_NA_1" => AUTH,
        /// Authentication error (-7).
        S_ER_NA_1 = 87 => "S_ER_NA_1" => AUTH,
        /// User status change (-7).
        S_US_NA_1 = 90 => "S_US_NA_1" => AUTH,
        /// Update key change request (-7).
        S_UQ_NA_1 = 91 => "S_UQ_NA_1" => AUTH,
        /// Update key change reply (-7).
        S_UR_NA_1 = 92 => "S_UR_NA_1" => AUTH,
        /// Update key change, symmetric (-7).
        S_UK_NA_1 = 93 => "S_UK_NA_1" => AUTH,
        /// Update key change, asymmetric (-7).
        S_UA_NA_1 = 94 => "S_UA_NA_1" => AUTH,
        /// Update key change confirmation (-7).
        S_UC_NA_1 = 95 => "S_UC_NA_1" => AUTH,
        /// Interrogation command.
        C_IC_NA_1 = 100 => "C_IC_NA_1" => READ,
        /// Counter interrogation command.
        C_CI_NA_1 = 101 => "C_CI_NA_1" => READ,
        /// Read command.
        C_RD_NA_1 = 102 => "C_RD_NA_1" => READ,
        /// Clock synchronization command.
        C_CS_NA_1 = 103 => "C_CS_NA_1" => TIME,
        /// Test command.
        C_TS_NA_1 = 104 => "C_TS_NA_1" => DIAG,
        /// Reset process command.
        C_RP_NA_1 = 105 => "C_RP_NA_1" => RESTART,
        /// Delay acquisition command.
        C_CD_NA_1 = 106 => "C_CD_NA_1" => TIME,
        /// Test command with time tag CP56Time2a.
        C_TS_TA_1 = 107 => "C_TS_TA_1" => DIAG,
        /// Parameter of measured values, normalized.
        P_ME_NA_1 = 110 => "P_ME_NA_1" => WRITE,
        /// Parameter of measured values, scaled.
        P_ME_NB_1 = 111 => "P_ME_NB_1" => WRITE,
        /// Parameter of measured values, short floating point.
        P_ME_NC_1 = 112 => "P_ME_NC_1" => WRITE,
        /// Parameter activation.
        P_AC_NA_1 = 113 => "P_AC_NA_1" => WRITE,
        /// File ready.
        F_FR_NA_1 = 120 => "F_FR_NA_1" => FILE,
        /// Section ready.
        F_SR_NA_1 = 121 => "F_SR_NA_1" => FILE,
        /// Call directory, select file, call file, call section.
        F_SC_NA_1 = 122 => "F_SC_NA_1" => FILE,
        /// Last section, last segment.
        F_LS_NA_1 = 123 => "F_LS_NA_1" => FILE,
        /// Acknowledge file, acknowledge section.
        F_AF_NA_1 = 124 => "F_AF_NA_1" => FILE,
        /// Segment.
        F_SG_NA_1 = 125 => "F_SG_NA_1" => FILE,
        /// Directory.
        F_DR_TA_1 = 126 => "F_DR_TA_1" => FILE,
        /// Query log: request archive file.
        F_SC_NB_1 = 127 => "F_SC_NB_1" => FILE,
    }
}

crate::codes! {
    /// Cause of transmission.
    pub struct Cause(u8) {
        /// Periodic, cyclic.
        PERIODIC = 1 => "periodic",
        /// Background scan.
        BACKGROUND_SCAN = 2 => "background_scan",
        /// Spontaneous.
        SPONTANEOUS = 3 => "spontaneous",
        /// Initialized.
        INITIALIZED = 4 => "initialized",
        /// Request or requested.
        REQUEST = 5 => "request",
        /// Activation.
        ACTIVATION = 6 => "activation",
        /// Activation confirmation.
        ACTIVATION_CONFIRMATION = 7 => "activation_confirmation",
        /// Deactivation.
        DEACTIVATION = 8 => "deactivation",
        /// Deactivation confirmation.
        DEACTIVATION_CONFIRMATION = 9 => "deactivation_confirmation",
        /// Activation termination.
        ACTIVATION_TERMINATION = 10 => "activation_termination",
        /// Return information caused by a remote command.
        RETURN_REMOTE = 11 => "return_information_remote",
        /// Return information caused by a local command.
        RETURN_LOCAL = 12 => "return_information_local",
        /// File transfer.
        FILE_TRANSFER = 13 => "file_transfer",
        /// Authentication (-7).
        AUTHENTICATION = 14 => "authentication",
        /// Maintenance of the session key (-7).
        SESSION_KEY = 15 => "session_key",
        /// Maintenance of user role and update key (-7).
        USER_KEY = 16 => "user_key",
        /// Interrogated by station interrogation.
        INTERROGATED = 20 => "interrogated_by_station",
        /// Interrogated by group 1 interrogation.
        INTERROGATED_1 = 21 => "interrogated_by_group_1",
        /// Interrogated by group 2 interrogation.
        INTERROGATED_2 = 22 => "interrogated_by_group_2",
        /// Interrogated by group 3 interrogation.
        INTERROGATED_3 = 23 => "interrogated_by_group_3",
        /// Interrogated by group 4 interrogation.
        INTERROGATED_4 = 24 => "interrogated_by_group_4",
        /// Interrogated by group 5 interrogation.
        INTERROGATED_5 = 25 => "interrogated_by_group_5",
        /// Interrogated by group 6 interrogation.
        INTERROGATED_6 = 26 => "interrogated_by_group_6",
        /// Interrogated by group 7 interrogation.
        INTERROGATED_7 = 27 => "interrogated_by_group_7",
        /// Interrogated by group 8 interrogation.
        INTERROGATED_8 = 28 => "interrogated_by_group_8",
        /// Interrogated by group 9 interrogation.
        INTERROGATED_9 = 29 => "interrogated_by_group_9",
        /// Interrogated by group 10 interrogation.
        INTERROGATED_10 = 30 => "interrogated_by_group_10",
        /// Interrogated by group 11 interrogation.
        INTERROGATED_11 = 31 => "interrogated_by_group_11",
        /// Interrogated by group 12 interrogation.
        INTERROGATED_12 = 32 => "interrogated_by_group_12",
        /// Interrogated by group 13 interrogation.
        INTERROGATED_13 = 33 => "interrogated_by_group_13",
        /// Interrogated by group 14 interrogation.
        INTERROGATED_14 = 34 => "interrogated_by_group_14",
        /// Interrogated by group 15 interrogation.
        INTERROGATED_15 = 35 => "interrogated_by_group_15",
        /// Interrogated by group 16 interrogation.
        INTERROGATED_16 = 36 => "interrogated_by_group_16",
        /// Requested by general counter request.
        COUNTERS = 37 => "requested_by_general_counter",
        /// Requested by group 1 counter request.
        COUNTERS_1 = 38 => "requested_by_group_1_counter",
        /// Requested by group 2 counter request.
        COUNTERS_2 = 39 => "requested_by_group_2_counter",
        /// Requested by group 3 counter request.
        COUNTERS_3 = 40 => "requested_by_group_3_counter",
        /// Requested by group 4 counter request.
        COUNTERS_4 = 41 => "requested_by_group_4_counter",
        /// Unknown type identification.
        UNKNOWN_TYPE = 44 => "unknown_type_identification",
        /// Unknown cause of transmission.
        UNKNOWN_CAUSE = 45 => "unknown_cause_of_transmission",
        /// Unknown common address of ASDU.
        UNKNOWN_ADDRESS = 46 => "unknown_common_address",
        /// Unknown information object address.
        UNKNOWN_OBJECT = 47 => "unknown_information_object_address",
    }
}

impl Cause {
    /// Whether it mirrors a command that the station refuses: 44 to 47.
    pub const fn is_unknown(self) -> bool {
        matches!(self.0, 44..=47)
    }
    /// Whether it answers an interrogation, of a station, a group, or counters.
    pub const fn is_interrogated(self) -> bool {
        matches!(self.0, 20..=41)
    }
}

crate::codes! {
    /// Format of a frame of FT 1.2, by its first octet (IEC 60870-5-2 section 3).
    pub struct FrameFormat(u8) {
        /// Fixed length.
        FIXED = 0x10 => "fixed",
        /// Variable length, with user data.
        VARIABLE = 0x68 => "variable",
        /// Single control character.
        SINGLE = 0xe5 => "single",
    }
}

crate::codes! {
    /// Function of a frame from a primary station (IEC 60870-5-2 section 6.1.2).
    pub struct PrimaryFunction(u8) {
        /// Reset of remote link.
        RESET_LINK = 0 => "reset_link",
        /// Reset of user process.
        RESET_USER_PROCESS = 1 => "reset_user_process",
        /// Test function for link.
        TEST_LINK = 2 => "test_link",
        /// User data, confirmed.
        USER_DATA = 3 => "user_data",
        /// User data, no reply.
        USER_DATA_NO_REPLY = 4 => "user_data_no_reply",
        /// Reset of the frame count bit (-103).
        RESET_FCB = 7 => "reset_fcb",
        /// Access demand.
        ACCESS_DEMAND = 8 => "access_demand",
        /// Request status of link.
        REQUEST_STATUS = 9 => "request_status",
        /// Request user data class 1.
        REQUEST_CLASS_1 = 10 => "request_class_1",
        /// Request user data class 2.
        REQUEST_CLASS_2 = 11 => "request_class_2",
    }
}

crate::codes! {
    /// Function of a frame from a secondary station (IEC 60870-5-2 section 6.1.2).
    pub struct SecondaryFunction(u8) {
        /// Positive acknowledgement.
        ACK = 0 => "ack",
        /// Message not accepted, link busy.
        NACK = 1 => "nack",
        /// User data.
        USER_DATA = 8 => "user_data",
        /// Requested data not available.
        NO_DATA = 9 => "no_data",
        /// Status of link or access demand.
        STATUS = 11 => "status",
        /// Link service not functioning.
        NOT_FUNCTIONING = 14 => "not_functioning",
        /// Link service not implemented.
        NOT_IMPLEMENTED = 15 => "not_implemented",
    }
}
