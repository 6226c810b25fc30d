//! The tables of the upper layers.
use super::codes::{ApduType, AssociateResult, ContextResult, SpduType, UserDiagnostic};
use crate::record::Text;

crate::record! {
    /// One message of the session layer that opens, refuses or ends a connection. Plain data has no row of its own.
    pub struct Osi<'a> in "osi" {
        /// Type of the session message.
        spdu_type: SpduType,
        /// Session selector of the caller.
        calling_session_selector: Option<Text<'a>>,
        /// Session selector of the called; in an answer that of the responder.
        called_session_selector: Option<Text<'a>>,
        /// Functional units that the user wants (session user requirements, clause 8.3.1.16).
        session_requirements: Option<u16>,
        /// Why the connection is refused (reason code), as a number of clause 8.3.5.10.
        refuse_reason: Option<u8>,
        /// Presentation selector of the caller.
        calling_presentation_selector: Option<Text<'a>>,
        /// Presentation selector of the called; in an answer that of the responder.
        called_presentation_selector: Option<Text<'a>>,
        /// Why the presentation provider refuses or aborts.
        provider_reason: Option<u8>,
        /// Octets of user data within.
        user_data_length: u32 ["octets"],
    }
}

crate::record! {
    /// One presentation context that is proposed, or what became of it.
    pub struct OsiPresentationContexts<'a> in "osi_presentation_contexts" {
        /// Identifier; in an answer that of the proposal in the same place.
        context_id: Option<u32>,
        /// Abstract syntax, in a proposal.
        abstract_syntax: Option<Text<'a>>,
        /// Transfer syntax; of several proposed ones the first.
        transfer_syntax: Option<Text<'a>>,
        /// What became of it, in an answer.
        result: Option<ContextResult>,
    }
}

crate::record! {
    /// One APDU of ACSE. What was sent as a password is not shown.
    pub struct Acse<'a> in "acse" {
        /// Type.
        apdu_type: ApduType,
        /// Name of the application context.
        application_context: Option<Text<'a>>,
        /// AP title of the caller: an object identifier, or a text; in an answer that of the responder is in `responding_ap_title`.
        calling_ap_title: Option<Text<'a>>,
        /// AE qualifier of the caller.
        calling_ae_qualifier: Option<i64>,
        /// AP title of the called.
        called_ap_title: Option<Text<'a>>,
        /// AE qualifier of the called.
        called_ae_qualifier: Option<i64>,
        /// AP title of the responder.
        responding_ap_title: Option<Text<'a>>,
        /// AE qualifier of the responder.
        responding_ae_qualifier: Option<i64>,
        /// Authentication mechanism; 2.2.3.1 is a password.
        authentication_mechanism: Option<Text<'a>>,
        /// Octets of the authentication value; the value itself is masked.
        authentication_value_length: Option<u32> ["octets"],
        /// Whether the association is accepted.
        result: Option<AssociateResult>,
        /// Why not, in the words of the user of the service.
        user_diagnostic: Option<UserDiagnostic>,
        /// Why not, by the provider of the service.
        provider_diagnostic: Option<u8>,
        /// Why the association is released.
        release_reason: Option<i64>,
        /// Who aborts: 0 the user, 1 the provider.
        abort_source: Option<u8>,
        /// Why.
        abort_diagnostic: Option<u8>,
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
        /// Which run of the caller's process (AP invocation identifier).
        calling_ap_invocation: Option<i64>,
        /// Which run of the caller's entity (AE invocation identifier).
        calling_ae_invocation: Option<i64>,
        /// Which run of the called process.
        called_ap_invocation: Option<i64>,
        /// Which run of the called entity.
        called_ae_invocation: Option<i64>,
        /// Which run of the responder's process.
        responding_ap_invocation: Option<i64>,
        /// Which run of the responder's entity.
        responding_ae_invocation: Option<i64>,
    }
}
