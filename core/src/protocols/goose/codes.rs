//! Codes of IEC 61850-8-1, annex A: services of GSE management, and why they are refused.

crate::codes! {
    /// Service of GSE management.
    pub struct GseService(u8) {
        /// The service that was asked for is not supported.
        NOT_SUPPORTED = 0 => "gse_mngt_not_supported",
        /// The references of the members of a GOOSE data set at these offsets.
        GET_GO_REFERENCE = 1 => "get_go_reference" => BROWSE,
        /// The offsets of members of a GOOSE data set with these references.
        GET_GOOSE_ELEMENT_NUMBER = 2 => "get_goose_element_number" => BROWSE,
        /// The references of the members of a GSSE data set at these offsets.
        GET_GS_REFERENCE = 3 => "get_gs_reference" => BROWSE,
        /// The offsets of members of a GSSE data set with these references.
        GET_GSSE_DATA_OFFSET = 4 => "get_gsse_data_offset" => BROWSE,
    }
}

crate::codes! {
    /// How far a GOOSE message could be read.
    pub struct Reading(u8) {
        /// To its end.
        WHOLE = 0 => "whole",
        /// To its end, but for fields that the standard does not have.
        UNKNOWN_FIELDS = 1 => "unknown_fields",
        /// Up to where its octets end.
        TRUNCATED = 2 => "truncated",
        /// Not to its end, or not every field: the encoding is wrong.
        MALFORMED = 3 => "malformed",
    }
}

crate::codes! {
    /// Why a request is refused as a whole.
    pub struct GlobalError(u8) {
        /// Another reason.
        OTHER = 0 => "other",
        /// No such control block.
        UNKNOWN_CONTROL_BLOCK = 1 => "unknown_control_block",
        /// The answer would be too long.
        RESPONSE_TOO_LARGE = 2 => "response_too_large",
        /// The control block has not been configured.
        CONTROL_BLOCK_CONFIGURATION_ERROR = 3 => "control_block_configuration_error",
    }
}

crate::codes! {
    /// Why one reference or offset is refused.
    pub struct ErrorReason(u8) {
        /// Another reason.
        OTHER = 0 => "other",
        /// No such member.
        NOT_FOUND = 1 => "not_found",
    }
}
