//! `cotp_conn.log`, `pres.log` and `acse.log` of the DINA parsers: a line a connection, at its end.
use super::{
    connection::{Connection, log},
    view::view,
};
use crate::logs::{Logs, Nameless, Words};
use fieldtap::{
    protocols::{
        cotp::Cotp,
        mms::Mms,
        osi::{Acse, Osi, OsiPresentationContexts},
    },
    record::{Envelope, Row},
};
use hashbrown::HashMap;

log! {
    TRANSPORT = "cotp_conn":
    "bytes_orig" "count", "bytes_resp" "count", "packets_orig" "count", "packets_resp" "count",
    "calling_tsap" "string", "called_tsap" "string", "class" "count", "has_connect" "bool",
    "has_disconnect" "bool", "error" "bool", "reject_cause" "count",
}
log! {
    PRESENTATION = "pres":
    "bytes_orig" "count", "bytes_resp" "count", "packets_orig" "count", "packets_resp" "count",
    "refused" "bool", "refuse_reason" "string", "aborted" "bool", "abort_reason" "string", "cids" "string",
}
log! {
    ASSOCIATION = "acse":
    "context_name" "string", "calling_ap_title" "string", "called_ap_title" "string",
    "auth_mechanism" "string", "auth_failure" "bool", "result" "string", "aborted" "bool", "diag" "string",
}

static REFUSE_REASONS: Words = Words::new(
    &[
        (0, "pres::Provider_reason_reason_not_specified"),
        (1, "pres::temporary_congestion"),
        (2, "pres::local_limit_exceeded"),
        (3, "pres::called_presentation_address_unknown"),
        (4, "pres::protocol_version_not_supported"),
        (5, "pres::default_context_not_supported"),
        (6, "pres::user_data_not_readable"),
        (7, "pres::no_PSAP_available"),
    ],
    Nameless::Decimal("unknown-"),
);
static ABORT_REASONS: Words = Words::new(
    &[
        (0, "pres::Abort_reason_reason_not_specified"),
        (1, "pres::unrecognized_ppdu"),
        (2, "pres::unexpected_ppdu"),
        (3, "pres::unexpected_session_service_primitive"),
        (4, "pres::unrecognized_ppdu_parameter"),
        (5, "pres::unexpected_ppdu_parameter"),
        (6, "pres::invalid_ppdu_parameter_value"),
    ],
    Nameless::Decimal("unknown-"),
);
static ABORT_DIAGNOSTICS: Words = Words::new(
    &[
        (1, "acse::ABRT_diagnostic_no_reason_given"),
        (2, "acse::protocol_error"),
        (3, "acse::ABRT_diagnostic_authentication_mechanism_name_not_recognized"),
        (4, "acse::ABRT_diagnostic_authentication_mechanism_name_required"),
        (5, "acse::ABRT_diagnostic_authentication_failure"),
        (6, "acse::ABRT_diagnostic_authentication_required"),
    ],
    Nameless::Decimal("unknown-"),
);
static DIAGNOSTICS: Words = Words::new(
    &[
        (1, "acse::Associate_source_diagnostic_service_user_no_reason_given"),
        (2, "acse::application_context_name_not_supported"),
        (3, "acse::calling_AP_title_not_recognized"),
        (4, "acse::calling_AP_invocation_identifier_not_recognized"),
        (5, "acse::calling_AE_qualifier_not_recognized"),
        (6, "acse::calling_AE_invocation_identifier_not_recognized"),
        (7, "acse::called_AP_title_not_recognized"),
        (8, "acse::called_AP_invocation_identifier_not_recognized"),
        (9, "acse::called_AE_qualifier_not_recognized"),
        (10, "acse::called_AE_invocation_identifier_not_recognized"),
        (11, "acse::Associate_source_diagnostic_authentication_mechanism_name_not_recognized"),
        (12, "acse::Associate_source_diagnostic_authentication_mechanism_name_required"),
        (13, "acse::Associate_source_diagnostic_authentication_failure"),
        (14, "acse::Associate_source_diagnostic_authentication_required"),
    ],
    Nameless::Decimal("unknown-"),
);
static RESULTS: Words = Words::new(
    &[(0, "accepted"), (1, "rejected_permanent"), (2, "rejected_transient")],
    Nameless::Decimal("unknown-"),
);

const CONNECT: [u64; 2] = [0xd, 0xe];
const DISCONNECT: [u64; 2] = [0x8, 0xc];
const ERROR: u64 = 0x7;
const DATA: [u64; 2] = [0x1, 0xf];
const REFUSE: u64 = 12;
const ABORT: u64 = 25;
const AARQ: u64 = 0;
const AARE: u64 = 1;
const ABRT: u64 = 4;
/// Octets of the list of contexts that are kept.
const MOST: usize = 4096;

view! { Tpdu of Cotp {
    pdu_type: u64, class: u64, calling_tsap: &'r [u8], called_tsap: &'r [u8], reject_cause: u64,
    user_data_length: u64,
}}
view! { Session of Osi { spdu_type: u64, provider_reason: u64, } }
view! { Context of OsiPresentationContexts { context_id: u64, abstract_syntax: &'r [u8], } }
view! { Apdu of Acse {
    apdu_type: u64, application_context: &'r [u8], calling_ap_title: &'r [u8], called_ap_title: &'r [u8],
    authentication_mechanism: &'r [u8], result: u64, user_diagnostic: u64, abort_diagnostic: u64,
}}
view! { Message of Mms { pdu_type: u64, length: u64, } }

/// User data of both sides: octets and messages, of the originator first.
#[derive(Debug, Default)]
struct Amounts {
    octets: [u64; 2],
    messages: [u64; 2],
}

impl Amounts {
    fn add(&mut self, connection: &Connection, octets: u64) {
        let side = usize::from(!connection.from_originator);
        if let (Some(sum), Some(count)) = (self.octets.get_mut(side), self.messages.get_mut(side)) {
            *sum = sum.saturating_add(octets);
            *count += 1;
        }
    }
}

#[derive(Debug)]
struct Transport {
    first: Connection,
    amounts: Amounts,
    calling: Vec<u8>,
    called: Vec<u8>,
    class: u64,
    connect: bool,
    disconnect: bool,
    reject_cause: Option<u64>,
}

#[derive(Debug)]
struct Presentation {
    first: Connection,
    amounts: Amounts,
    refused: bool,
    refuse_reason: Option<u64>,
    aborted: bool,
    abort_reason: Option<u64>,
    contexts: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Association {
    first: Connection,
    context: Option<Vec<u8>>,
    calling: Option<Vec<u8>>,
    called: Option<Vec<u8>>,
    mechanism: Option<Vec<u8>>,
    result: Option<u64>,
    aborted: bool,
    diagnostic: Option<u64>,
    abort_diagnostic: Option<u64>,
}

/// The layers of one conversation.
#[derive(Debug, Default)]
struct Layers {
    transport: Option<Transport>,
    presentation: Option<Presentation>,
    association: Option<Association>,
}

/// What is remembered of all conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    layers: HashMap<u64, Layers, foldhash::fast::FixedState>,
}

impl Memory {
    fn layers(&mut self, envelope: &Envelope) -> &mut Layers {
        self.layers.entry(envelope.conversation.unwrap_or_default()).or_default()
    }

    /// A row of `cotp`.
    pub(super) fn tpdu(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Tpdu::of(row);
        let connection = Connection::of(envelope);
        let transport = self.layers(envelope).transport.get_or_insert_with(|| Transport {
            first: connection,
            amounts: Amounts::default(),
            calling: Vec::new(),
            called: Vec::new(),
            class: 0,
            connect: false,
            disconnect: false,
            reject_cause: None,
        });
        let kind = row.pdu_type.unwrap_or_default();
        transport.connect |= CONNECT.contains(&kind);
        transport.disconnect |= DISCONNECT.contains(&kind);
        if kind == ERROR {
            transport.reject_cause = Some(row.reject_cause.unwrap_or_default());
        }
        if DATA.contains(&kind) {
            transport.amounts.add(&connection, row.user_data_length.unwrap_or_default());
        }
        if let Some(class) = row.class {
            transport.class = class;
        }
        for (name, said) in
            [(&mut transport.calling, row.calling_tsap), (&mut transport.called, row.called_tsap)]
        {
            if name.is_empty() {
                name.extend_from_slice(said.unwrap_or_default());
            }
        }
    }

    fn presentation(&mut self, envelope: &Envelope) -> &mut Presentation {
        self.layers(envelope).presentation.get_or_insert_with(|| Presentation {
            first: Connection::of(envelope),
            amounts: Amounts::default(),
            refused: false,
            refuse_reason: None,
            aborted: false,
            abort_reason: None,
            contexts: None,
        })
    }

    /// A row of `osi`.
    pub(super) fn session(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Session::of(row);
        match row.spdu_type {
            Some(REFUSE) => {
                let presentation = self.presentation(envelope);
                (presentation.refused, presentation.refuse_reason) = (true, row.provider_reason);
            }
            Some(ABORT) => {
                let presentation = self.presentation(envelope);
                (presentation.aborted, presentation.abort_reason) = (true, row.provider_reason);
            }
            _ => {}
        }
    }

    /// A row of `osi_presentation_contexts`.
    pub(super) fn context(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Context::of(row);
        let (Some(id), Some(syntax)) = (row.context_id, row.abstract_syntax) else { return };
        let contexts = self.presentation(envelope).contexts.get_or_insert_default();
        if contexts.len() < MOST {
            crate::text::unsigned(id, contexts);
            contexts.push(b':');
            contexts.extend_from_slice(syntax);
            contexts.push(b';');
        }
    }

    /// A row of `mms`.
    pub(super) fn message(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Message::of(row);
        // What initiates travels in the messages that open the connection, which are not counted.
        if !matches!(row.pdu_type, Some(8..=10)) {
            let connection = Connection::of(envelope);
            let length = row.length.unwrap_or_default();
            self.presentation(envelope).amounts.add(&connection, length);
        }
    }

    /// A row of `acse`.
    pub(super) fn apdu(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Apdu::of(row);
        let kind = row.apdu_type.unwrap_or_default();
        if !matches!(kind, AARQ | AARE | ABRT) {
            return;
        }
        let association = self.layers(envelope).association.get_or_insert_with(|| Association {
            first: Connection::of(envelope),
            context: None,
            calling: None,
            called: None,
            mechanism: None,
            result: None,
            aborted: false,
            diagnostic: None,
            abort_diagnostic: None,
        });
        for (known, said) in [
            (&mut association.context, row.application_context),
            (&mut association.calling, row.calling_ap_title),
            (&mut association.called, row.called_ap_title),
            (&mut association.mechanism, row.authentication_mechanism),
        ] {
            if let (None, Some(said)) = (&known, said) {
                *known = Some(said.to_vec());
            }
        }
        match kind {
            AARE => {
                association.result = row.result;
                association.diagnostic = row.user_diagnostic.filter(|diagnostic| *diagnostic != 0);
            }
            ABRT => (association.aborted, association.abort_diagnostic) = (true, row.abort_diagnostic),
            _ => {}
        }
    }

    /// The end of a conversation.
    pub(super) fn end(&mut self, conversation: u64, logs: &mut Logs) {
        let Some(layers) = self.layers.remove(&conversation) else { return };
        if let Some(transport) = layers.transport {
            let mut entry = logs.entry(&TRANSPORT);
            entry.connection(&transport.first);
            transport.amounts.octets.into_iter().for_each(|octets| entry.count(octets));
            transport.amounts.messages.into_iter().for_each(|messages| entry.count(messages));
            entry.string(transport.calling.as_slice());
            entry.string(transport.called.as_slice());
            entry.count(transport.class);
            entry.bool(transport.connect);
            entry.bool(transport.disconnect);
            entry.bool(transport.reject_cause.is_some());
            entry.count(transport.reject_cause.unwrap_or_default());
            entry.end();
        }
        if let Some(presentation) = layers.presentation {
            let mut entry = logs.entry(&PRESENTATION);
            entry.connection(&presentation.first);
            presentation.amounts.octets.into_iter().for_each(|octets| entry.count(octets));
            presentation.amounts.messages.into_iter().for_each(|messages| entry.count(messages));
            entry.bool(presentation.refused);
            entry.name(&REFUSE_REASONS, presentation.refuse_reason);
            entry.bool(presentation.aborted);
            entry.name(&ABORT_REASONS, presentation.abort_reason);
            entry.string(presentation.contexts.as_deref());
            entry.end();
        }
        if let Some(association) = layers.association {
            let mut entry = logs.entry(&ASSOCIATION);
            entry.connection(&association.first);
            entry.string(association.context.as_deref());
            entry.string(association.calling.as_deref());
            entry.string(association.called.as_deref());
            entry.string(association.mechanism.as_deref());
            let failed = matches!(association.diagnostic, Some(11..=14))
                || matches!(association.abort_diagnostic, Some(3..=6));
            entry.bool(failed);
            entry.name(&RESULTS, association.result);
            entry.bool(association.aborted);
            match association.abort_diagnostic {
                Some(diagnostic) => entry.name(&ABORT_DIAGNOSTICS, diagnostic),
                None => entry.name(&DIAGNOSTICS, association.diagnostic),
            }
            entry.end();
        }
    }
}
