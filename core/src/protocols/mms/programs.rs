//! Domains and program invocations (ISO 9506-2, clauses 11 and 12): what is loaded into a device, and what runs there.
use super::{
    Message, MmsDomains, MmsProgramInvocations,
    codes::{ConfirmedService as Service, DomainState, ObjectClass, ProgramInvocationState},
    names::text,
    services::{file_name, names},
    values::join,
};
use crate::{
    output::Output,
    record::Text,
    wire::ber::{self, Element},
};

const NO_DOMAIN: MmsDomains<'static> = MmsDomains {
    name: None,
    state: None,
    deletable: None,
    sharable: None,
    upload_in_progress: None,
    upload_id: None,
    file_name: None,
    data: None,
};

const NO_INVOCATION: MmsProgramInvocations<'static> = MmsProgramInvocations {
    name: None,
    state: None,
    deletable: None,
    reusable: None,
    monitor: None,
    argument: None,
};

/// What a request says of a domain or of a program invocation beside its name.
pub(super) fn asked(
    message: &Message<'_>,
    service: Service,
    argument: Element<'_>,
    object: Option<Text<'_>>,
    out: &mut Output<'_>,
) {
    match service {
        Service::UPLOAD_SEGMENT | Service::TERMINATE_UPLOAD_SEQUENCE => {
            out.row(&MmsDomains { upload_id: ber::integer(argument.contents), ..NO_DOMAIN });
        }
        Service::INITIATE_DOWNLOAD_SEQUENCE
        | Service::REQUEST_DOMAIN_DOWNLOAD
        | Service::REQUEST_DOMAIN_UPLOAD
        | Service::LOAD_DOMAIN_CONTENT
        | Service::STORE_DOMAIN_CONTENT => {
            // To store names the file where to load lists capabilities.
            let stores = matches!(service, Service::REQUEST_DOMAIN_UPLOAD | Service::STORE_DOMAIN_CONTENT);
            let (mut row, mut capabilities) = (MmsDomains { name: object, ..NO_DOMAIN }, None);
            let (mut scratch, mut file) = (out.take_scratch(), None);
            for field in argument.elements() {
                match field.identifier {
                    0xa1 if stores => file = Some(join(file_name(field), &mut scratch)),
                    0xa4 => file = Some(join(file_name(field), &mut scratch)),
                    0xa1 => capabilities = Some(field.elements()),
                    0x82 => row.sharable = ber::boolean(field.contents),
                    _ => {}
                }
            }
            row.file_name = text(&scratch, file);
            out.row(&row);
            out.give_back(scratch);
            names(message, capabilities, None, object, out);
        }
        Service::CREATE_PROGRAM_INVOCATION => {
            let mut row = MmsProgramInvocations { name: object, reusable: Some(true), ..NO_INVOCATION };
            let mut domains = None;
            for field in argument.elements() {
                match field.identifier {
                    0xa1 => domains = Some(field.elements()),
                    0x82 => row.reusable = ber::boolean(field.contents),
                    0x83 => row.monitor = ber::boolean(field.contents),
                    _ => {}
                }
            }
            out.row(&row);
            names(message, domains, Some(ObjectClass::DOMAIN), object, out);
        }
        Service::START | Service::RESUME => {
            let argument = argument.elements().find(|field| field.identifier == 0x81);
            let argument = argument.map(|argument| Text(argument.contents));
            out.row(&MmsProgramInvocations { name: object, argument, ..NO_INVOCATION });
        }
        _ => {}
    }
}

/// What an answer tells of a domain or of a program invocation.
pub(super) fn told(
    message: &Message<'_>,
    service: Service,
    argument: Element<'_>,
    object: Option<Text<'_>>,
    out: &mut Output<'_>,
) {
    let small = |field: Element<'_>| ber::integer(field.contents).and_then(|it| u8::try_from(it).ok());
    match service {
        Service::DOWNLOAD_SEGMENT | Service::UPLOAD_SEGMENT => {
            let data = argument.elements().find(|field| field.identifier == 0x80);
            out.row(&MmsDomains { name: object, data: data.map(|data| data.contents), ..NO_DOMAIN });
        }
        Service::INITIATE_UPLOAD_SEQUENCE => {
            let (mut row, mut capabilities) = (MmsDomains { name: object, ..NO_DOMAIN }, None);
            for field in argument.elements() {
                match field.identifier {
                    0x80 => row.upload_id = ber::integer(field.contents),
                    0xa1 => capabilities = Some(field.elements()),
                    _ => {}
                }
            }
            out.row(&row);
            names(message, capabilities, None, object, out);
        }
        Service::GET_DOMAIN_ATTRIBUTES => {
            let (mut row, mut capabilities) = (MmsDomains { name: object, ..NO_DOMAIN }, None);
            let mut invocations = None;
            for field in argument.elements() {
                match field.identifier {
                    0xa0 => capabilities = Some(field.elements()),
                    0x81 => row.state = small(field).map(DomainState),
                    0x82 => row.deletable = ber::boolean(field.contents),
                    0x83 => row.sharable = ber::boolean(field.contents),
                    0xa4 => invocations = Some(field.elements()),
                    0x85 => row.upload_in_progress = ber::integer(field.contents),
                    _ => {}
                }
            }
            out.row(&row);
            names(message, capabilities, None, object, out);
            names(message, invocations, Some(ObjectClass::PROGRAM_INVOCATION), object, out);
        }
        Service::GET_PROGRAM_INVOCATION_ATTRIBUTES => {
            let (mut row, mut domains) = (MmsProgramInvocations { name: object, ..NO_INVOCATION }, None);
            for field in argument.elements() {
                match field.identifier {
                    0x80 => row.state = small(field).map(ProgramInvocationState),
                    0xa1 => domains = Some(field.elements()),
                    0x82 => row.deletable = ber::boolean(field.contents),
                    0x83 => row.reusable = ber::boolean(field.contents),
                    0x84 => row.monitor = ber::boolean(field.contents),
                    0x85 => row.argument = Some(Text(field.contents)),
                    _ => {}
                }
            }
            out.row(&row);
            names(message, domains, Some(ObjectClass::DOMAIN), object, out);
        }
        _ => {}
    }
}

/// Whether tables tell all that a service of domains or program invocations asks; none for other services.
pub(super) fn all_asked(service: Service, argument: Element<'_>) -> Option<bool> {
    let fields: &[u8] = match service {
        Service::INITIATE_DOWNLOAD_SEQUENCE => &[0x80, 0xa1, 0x82],
        Service::REQUEST_DOMAIN_DOWNLOAD | Service::LOAD_DOMAIN_CONTENT => &[0x80, 0xa1, 0x82, 0xa4],
        Service::REQUEST_DOMAIN_UPLOAD | Service::STORE_DOMAIN_CONTENT => &[0x80, 0xa1],
        Service::CREATE_PROGRAM_INVOCATION => &[0x80, 0xa1, 0x82, 0x83],
        Service::START | Service::RESUME => &[0x80, 0x81],
        _ if matches!(service.0, 26..=45) => &[0x80],
        _ => return None,
    };
    Some(!argument.is_constructed() || holds_only(argument, fields))
}

/// The same of answers.
pub(super) fn all_told(service: Service, argument: Element<'_>) -> Option<bool> {
    let fields: &[u8] = match service {
        Service::DOWNLOAD_SEGMENT | Service::UPLOAD_SEGMENT => &[0x80, 0x81],
        Service::INITIATE_UPLOAD_SEQUENCE => &[0x80, 0xa1],
        Service::GET_DOMAIN_ATTRIBUTES => &[0xa0, 0x81, 0x82, 0x83, 0xa4, 0x85],
        Service::GET_PROGRAM_INVOCATION_ATTRIBUTES => &[0x80, 0xa1, 0x82, 0x83, 0x84, 0x85],
        _ if matches!(service.0, 26..=45) => &[],
        _ => return None,
    };
    Some(holds_only(argument, fields))
}

/// Whether an argument holds nothing but these fields.
pub(super) fn holds_only(argument: Element<'_>, fields: &[u8]) -> bool {
    argument.elements().all(|field| fields.contains(&field.identifier))
}
