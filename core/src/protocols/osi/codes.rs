//! Codes of the session and the presentation protocol and of ACSE.

crate::codes! {
    /// Type of a session message (SI field, ITU-T X.225 clause 8.3).
    pub struct SpduType(u8) {
        /// GIVE TOKENS; with DATA TRANSFER behind it, user data.
        GIVE_TOKENS = 1 => "give_tokens",
        /// PLEASE TOKENS.
        PLEASE_TOKENS = 2 => "please_tokens",
        /// EXPEDITED DATA.
        EXPEDITED = 5 => "expedited",
        /// PREPARE.
        PREPARE = 7 => "prepare",
        /// NOT FINISHED.
        NOT_FINISHED = 8 => "not_finished",
        /// FINISH.
        FINISH = 9 => "finish" => SESSION,
        /// DISCONNECT: answers FINISH.
        DISCONNECT = 10 => "disconnect",
        /// REFUSE: answers CONNECT.
        REFUSE = 12 => "refuse",
        /// CONNECT.
        CONNECT = 13 => "connect" => SESSION,
        /// ACCEPT: answers CONNECT.
        ACCEPT = 14 => "accept",
        /// CONNECT DATA OVERFLOW.
        CONNECT_DATA_OVERFLOW = 15 => "connect_data_overflow",
        /// OVERFLOW ACCEPT.
        OVERFLOW_ACCEPT = 16 => "overflow_accept",
        /// GIVE TOKENS CONFIRM.
        GIVE_TOKENS_CONFIRM = 21 => "give_tokens_confirm",
        /// GIVE TOKENS ACK.
        GIVE_TOKENS_ACK = 22 => "give_tokens_ack",
        /// ABORT.
        ABORT = 25 => "abort" => SESSION,
        /// ABORT ACCEPT.
        ABORT_ACCEPT = 26 => "abort_accept",
        /// ACTIVITY RESUME.
        ACTIVITY_RESUME = 29 => "activity_resume",
        /// TYPED DATA.
        TYPED_DATA = 33 => "typed_data",
        /// RESYNCHRONIZE ACK.
        RESYNCHRONIZE_ACK = 34 => "resynchronize_ack",
        /// MAJOR SYNC POINT, and ACTIVITY END.
        MAJOR_SYNC_POINT = 41 => "major_sync_point",
        /// MAJOR SYNC ACK, and ACTIVITY END ACK.
        MAJOR_SYNC_ACK = 42 => "major_sync_ack",
        /// ACTIVITY START.
        ACTIVITY_START = 45 => "activity_start",
        /// EXCEPTION DATA.
        EXCEPTION_DATA = 48 => "exception_data",
        /// MINOR SYNC POINT.
        MINOR_SYNC_POINT = 49 => "minor_sync_point",
        /// MINOR SYNC ACK.
        MINOR_SYNC_ACK = 50 => "minor_sync_ack",
        /// RESYNCHRONIZE.
        RESYNCHRONIZE = 53 => "resynchronize",
        /// ACTIVITY DISCARD.
        ACTIVITY_DISCARD = 57 => "activity_discard",
        /// ACTIVITY DISCARD ACK.
        ACTIVITY_DISCARD_ACK = 58 => "activity_discard_ack",
        /// CAPABILITY DATA.
        CAPABILITY_DATA = 61 => "capability_data",
        /// CAPABILITY DATA ACK.
        CAPABILITY_DATA_ACK = 62 => "capability_data_ack",
        /// UNIT DATA, of the connectionless session (X.235).
        UNIT_DATA = 64 => "unit_data",
    }
}

crate::codes! {
    /// What became of a presentation context that was proposed (ITU-T X.226, `Result`).
    pub struct ContextResult(u8) {
        /// Accepted.
        ACCEPTANCE = 0 => "acceptance",
        /// Refused by the user.
        USER_REJECTION = 1 => "user_rejection",
        /// Refused by the provider.
        PROVIDER_REJECTION = 2 => "provider_rejection",
    }
}

crate::codes! {
    /// Type of an ACSE APDU: the number of its tag (ITU-T X.227 clause 9.1).
    pub struct ApduType(u8) {
        /// A-ASSOCIATE-REQUEST.
        AARQ = 0 => "aarq" => SESSION,
        /// A-ASSOCIATE-RESPONSE.
        AARE = 1 => "aare",
        /// A-RELEASE-REQUEST.
        RLRQ = 2 => "rlrq" => SESSION,
        /// A-RELEASE-RESPONSE.
        RLRE = 3 => "rlre",
        /// A-ABORT.
        ABRT = 4 => "abrt" => SESSION,
    }
}

crate::codes! {
    /// Whether an association is accepted (`Associate-result`).
    pub struct AssociateResult(u8) {
        /// Accepted.
        ACCEPTED = 0 => "accepted",
        /// Refused for good.
        REJECTED_PERMANENT = 1 => "rejected_permanent",
        /// Refused for now.
        REJECTED_TRANSIENT = 2 => "rejected_transient",
    }
}

crate::codes! {
    /// Why an association is refused, by the user of the service (`Associate-source-diagnostic`, acse-service-user).
    pub struct UserDiagnostic(u8) {
        /// No reason.
        NULL = 0 => "null",
        /// No reason given.
        NO_REASON_GIVEN = 1 => "no_reason_given",
        /// Application context name is not supported.
        APPLICATION_CONTEXT_NOT_SUPPORTED = 2 => "application_context_not_supported",
        /// Calling AP title is not recognised.
        CALLING_AP_TITLE_NOT_RECOGNIZED = 3 => "calling_ap_title_not_recognized",
        /// Calling AP invocation identifier is not recognised.
        CALLING_AP_INVOCATION_NOT_RECOGNIZED = 4 => "calling_ap_invocation_not_recognized",
        /// Calling AE qualifier is not recognised.
        CALLING_AE_QUALIFIER_NOT_RECOGNIZED = 5 => "calling_ae_qualifier_not_recognized",
        /// Calling AE invocation identifier is not recognised.
        CALLING_AE_INVOCATION_NOT_RECOGNIZED = 6 => "calling_ae_invocation_not_recognized",
        /// Called AP title is not recognised.
        CALLED_AP_TITLE_NOT_RECOGNIZED = 7 => "called_ap_title_not_recognized",
        /// Called AP invocation identifier is not recognised.
        CALLED_AP_INVOCATION_NOT_RECOGNIZED = 8 => "called_ap_invocation_not_recognized",
        /// Called AE qualifier is not recognised.
        CALLED_AE_QUALIFIER_NOT_RECOGNIZED = 9 => "called_ae_qualifier_not_recognized",
        /// Called AE invocation identifier is not recognised.
        CALLED_AE_INVOCATION_NOT_RECOGNIZED = 10 => "called_ae_invocation_not_recognized",
        /// Authentication mechanism is not recognised.
        MECHANISM_NOT_RECOGNIZED = 11 => "mechanism_not_recognized",
        /// Authentication mechanism is required.
        MECHANISM_REQUIRED = 12 => "mechanism_required",
        /// Authentication failed.
        AUTHENTICATION_FAILURE = 13 => "authentication_failure",
        /// Authentication is required.
        AUTHENTICATION_REQUIRED = 14 => "authentication_required",
    }
}
