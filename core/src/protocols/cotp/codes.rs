//! Codes of the transport protocol (ITU-T X.224, clause 13).

crate::codes! {
    /// Type of a TPDU: the upper four bits of its code (table 8 of clause 13.2.2.1).
    pub struct PduType(u8) {
        /// Expedited data (ED).
        EXPEDITED_DATA = 0x1 => "expedited_data",
        /// Expedited data acknowledgement (EA).
        EXPEDITED_DATA_ACKNOWLEDGEMENT = 0x2 => "expedited_data_acknowledgement",
        /// Reject (RJ).
        REJECT = 0x5 => "reject",
        /// Data acknowledgement (AK).
        DATA_ACKNOWLEDGEMENT = 0x6 => "data_acknowledgement",
        /// TPDU error (ER).
        ERROR = 0x7 => "error",
        /// Disconnect request (DR).
        DISCONNECT_REQUEST = 0x8 => "disconnect_request" => SESSION,
        /// Disconnect confirm (DC).
        DISCONNECT_CONFIRM = 0xc => "disconnect_confirm",
        /// Connection confirm (CC).
        CONNECTION_CONFIRM = 0xd => "connection_confirm",
        /// Connection request (CR).
        CONNECTION_REQUEST = 0xe => "connection_request" => SESSION,
        /// Data (DT).
        DATA = 0xf => "data",
    }
}

crate::codes! {
    /// Why a connection is refused or ended (clause 13.5.3 d).
    pub struct DisconnectReason(u8) {
        /// Reason not specified.
        NOT_SPECIFIED = 0 => "not_specified",
        /// Congestion at the TSAP.
        CONGESTION_AT_TSAP = 1 => "congestion_at_tsap",
        /// No session entity at the TSAP.
        SESSION_ENTITY_NOT_ATTACHED = 2 => "session_entity_not_attached",
        /// The address is not known.
        ADDRESS_UNKNOWN = 3 => "address_unknown",
        /// Normal disconnect, asked for by the session entity.
        NORMAL = 128 => "normal",
        /// The remote transport entity was congested when the connection was requested.
        REMOTE_CONGESTION = 129 => "remote_congestion",
        /// Connection negotiation failed.
        NEGOTIATION_FAILED = 130 => "negotiation_failed",
        /// Duplicate source reference.
        DUPLICATE_SOURCE_REFERENCE = 131 => "duplicate_source_reference",
        /// Mismatched references.
        MISMATCHED_REFERENCES = 132 => "mismatched_references",
        /// Protocol error.
        PROTOCOL_ERROR = 133 => "protocol_error",
        /// Reference overflow.
        REFERENCE_OVERFLOW = 135 => "reference_overflow",
        /// The connection request was refused on this network connection.
        REFUSED_ON_NETWORK_CONNECTION = 136 => "refused_on_network_connection",
        /// Header or parameter length is invalid.
        INVALID_LENGTH = 138 => "invalid_length",
    }
}

crate::codes! {
    /// What was wrong with a TPDU (clause 13.12.3 c).
    pub struct RejectCause(u8) {
        /// Reason not specified.
        NOT_SPECIFIED = 0 => "not_specified",
        /// Invalid parameter code.
        INVALID_PARAMETER_CODE = 1 => "invalid_parameter_code",
        /// Invalid TPDU type.
        INVALID_TPDU_TYPE = 2 => "invalid_tpdu_type",
        /// Invalid parameter value.
        INVALID_PARAMETER_VALUE = 3 => "invalid_parameter_value",
    }
}
