//! Confirmed and unconfirmed services, in the order of ISO 9506-2.
use super::{
    Message, Mms, MmsDevices, MmsFiles, MmsNames, MmsTypes, blocks, close as close_other,
    codes::{
        ConfirmedService as Service, ObjectClass, PduType, RejectedPdu, ScopeOfDelete, UnconfirmedService,
        reject_name,
    },
    control::{self, Tally},
    iec61850, journals,
    names::{Copied, Form, Name, Place, Variables, kind, text, variable},
    plates, programs, refused, reports, service_error,
    state::{State, list_key, request_key, text_key},
    tase2,
    values::{self, Seen, join},
};
use crate::{
    common::{
        Anomaly, AnomalyKind, Answer, Fact, Fit, Operation, Outcome, PointWay, Request, Result, Stage,
        UnderWay, Whose,
    },
    output::{Output, Scratch},
    protocol::Toward,
    record::{Symbol, Text, digest_bytes},
    wire::{
        ber::{self, Element, Elements},
        mms::DataType,
    },
};

/// Names, entries or components of one message that are read; further ones are said to be too many.
const ENTRIES: u32 = 65_536;
/// Components of a type that may be nested in one another.
const NESTING: u32 = 24;

fn number(contents: &[u8]) -> Option<u32> {
    ber::unsigned(contents).and_then(|number| u32::try_from(number).ok())
}

/// What a request says of itself: invoke identifier, and service.
fn parts<'a>(
    message: &Message<'_>,
    element: Element<'a>,
    out: &mut Output<'_>,
) -> (Option<u32>, Option<Element<'a>>) {
    let (mut invoke_id, mut service) = (None, None);
    let mut fields = element.elements();
    for field in fields.by_ref() {
        match field.identifier {
            0x02 if invoke_id.is_none() => invoke_id = number(field.contents),
            // Modifiers, and details of the companion standards.
            0x30 => {}
            _ if field.number == 79 => {}
            _ if service.is_none() && field.is_context() => service = Some(field),
            _ => {}
        }
    }
    message.fault(fields.fault(), out);
    if invoke_id.is_none() {
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "message without invoke identifier"));
    }
    if service.is_none() {
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "message without service"));
    }
    (invoke_id, service)
}

/// Invoke identifier and service of a message, as far as its beginning tells them.
pub(super) fn introduce(row: &mut Mms<'_>, element: Element<'_>) {
    let is_service = |field: &Element<'_>| field.is_context() && field.number != 79;
    for field in element.elements() {
        match (row.pdu_type, field.identifier) {
            (PduType::CONFIRMED_REQUEST | PduType::CONFIRMED_RESPONSE, 0x02)
            | (PduType::CONFIRMED_ERROR, 0x80) => row.invoke_id = number(field.contents),
            (PduType::CONFIRMED_REQUEST | PduType::CONFIRMED_RESPONSE, _) if is_service(&field) => {
                row.confirmed_service = row.confirmed_service.or(code(Some(field)));
            }
            (PduType::UNCONFIRMED, _) if is_service(&field) => {
                row.unconfirmed_service = u8::try_from(field.number).ok().map(UnconfirmedService);
            }
            _ => {}
        }
    }
}

fn code(service: Option<Element<'_>>) -> Option<Service> {
    service.and_then(|service| u8::try_from(service.number).ok()).map(Service)
}

/// The variables that a read or a write names.
fn variables_of<'a>(service: Service, element: Element<'a>) -> Option<(u8, Element<'a>)> {
    let specification = match service {
        // Behind `specificationWithResult`.
        Service::READ => element.elements().find(|field| field.identifier == 0xa1)?.elements().next()?,
        Service::WRITE => element.elements().next()?,
        _ => return None,
    };
    matches!(specification.identifier, 0xa0 | 0xa1).then_some((specification.identifier, specification))
}

/// The object that the argument of any other service names.
fn object(service: Service, element: Element<'_>, scratch: &mut Scratch) -> Option<Place> {
    match service {
        // The argument is a name.
        Service::INITIATE_UPLOAD_SEQUENCE
        | Service::DOWNLOAD_SEGMENT
        | Service::DELETE_DOMAIN
        | Service::GET_DOMAIN_ATTRIBUTES
        | Service::DELETE_PROGRAM_INVOCATION
        | Service::GET_PROGRAM_INVOCATION_ATTRIBUTES
            if !element.is_constructed() =>
        {
            Some(Name { domain: None, item: element.contents, form: Form::Name }.push(scratch))
        }
        Service::DELETE_VARIABLE_ACCESS
        | Service::DELETE_NAMED_VARIABLE_LIST
        | Service::DELETE_NAMED_TYPE => {
            let field = |identifier| element.elements().find(|field| field.identifier == identifier);
            let listed = field(0xa1).and_then(|list| list.elements().next()).and_then(Name::of);
            let domain = || Some(Name { domain: None, item: field(0x82)?.contents, form: Form::Name });
            Some(listed.or_else(domain)?.push(scratch))
        }
        Service::RENAME => {
            let name = element.elements().find(|field| field.identifier == 0xa1)?;
            Some(name.elements().next().and_then(Name::of)?.push(scratch))
        }
        Service::GET_VARIABLE_ACCESS_ATTRIBUTES => {
            let name = Name::of_variable(element.elements().next()?)?;
            (!name.item.is_empty()).then(|| name.push(scratch))
        }
        // It names where its list is to go on.
        Service::GET_CAPABILITY_LIST => None,
        Service::FILE_DELETE => Some(join(element.elements(), scratch)),
        Service::FILE_OPEN | Service::FILE_RENAME | Service::FILE_DIRECTORY => {
            let name = element.elements().find(|field| field.identifier == 0xa0)?;
            // A directory's name is a FileName within its tag or right there.
            Some(join(file_name(name), scratch))
        }
        Service::OBTAIN_FILE => {
            let name = element.elements().find(|field| field.identifier == 0xa1)?;
            Some(join(file_name(name), scratch))
        }
        _ => {
            let first = element.elements().next()?;
            let name = match first.identifier {
                0x80 | 0x82 | 0xa1 => Name::of(first),
                0xa0 => first.elements().next().and_then(Name::of),
                0x1a => Some(Name { domain: None, item: first.contents, form: Form::Name }),
                0x30 => first.elements().next().and_then(Name::of),
                _ => None,
            };
            let text = name.filter(|name| !name.item.is_empty())?;
            // A name is text; octets of another kind are none.
            text.item.iter().all(|octet| (0x20..0x7f).contains(octet)).then(|| text.push(scratch))
        }
    }
}

/// The parts of a `FileName`, in its tag or in a sequence within it.
pub(super) fn file_name(element: Element<'_>) -> Elements<'_> {
    match element.elements().next() {
        Some(first) if first.identifier == 0x30 => first.elements(),
        _ => element.elements(),
    }
}

/// Confirmed-RequestPDU (clause 7.2).
pub(super) fn request(state: &mut State, message: &Message<'_>, element: Element<'_>, out: &mut Output<'_>) {
    let (invoke_id, argument) = parts(message, element, out);
    let service = code(argument);
    let mut row = message.row(PduType::CONFIRMED_REQUEST);
    (row.invoke_id, row.confirmed_service) = (invoke_id, service);
    let (Some(service), Some(argument)) = (service, argument) else { return out.row(&row) };
    out.learn(Toward::Server);
    let mut scratch = out.take_scratch();
    let mut operation = service.operation().unwrap_or_default();
    let key = invoke_id.map(|id| request_key(message.side, id));
    let named = variables_of(service, argument);
    let variables = named.map_or(Variables::Unknown, |(kind, it)| Variables::of(kind, it.contents));
    let first = variables.first();
    let place = match (&first, service) {
        (Some(name), _) => Some(name.push(&mut scratch)),
        (None, Service::READ | Service::WRITE) => None,
        _ => object(service, argument, &mut scratch),
    };
    let (mut kind_kept, mut quantity, mut strongest, mut data) =
        (named.map(|(kind, _)| kind), None, None, None);
    let mut controls = 0;
    match service {
        Service::READ | Service::WRITE => {
            state.tase2.hear(&variables);
            if let Variables::Each(each) = &variables {
                row.quantity = u32::try_from(each.count()).ok();
            }
            if service == Service::WRITE {
                data = argument.elements().nth(1).map(|data| data.elements());
            }
            let found = control::look(&state.tase2, service, &variables, data);
            (controls, quantity) = (found.controls, row.quantity);
            operation = found.operation.unwrap_or(operation);
            match found.object {
                Some(name) => strongest = Some(name.push(&mut scratch)),
                None => strongest = place,
            }
            if controls > 0 {
                kind_kept = Some(if found.others == 0 { kind::CONTROLS } else { kind::MIXED });
                quantity = Some(found.others);
            }
        }
        Service::GET_NAME_LIST => {
            row.object_class = argument
                .elements()
                .find(|field| field.identifier == 0xa0)
                .and_then(|class| class.elements().next())
                .and_then(|class| u8::try_from(ber::integer(class.contents)?).ok())
                .map(ObjectClass);
            let scope = argument
                .elements()
                .find(|field| field.identifier == 0xa1)
                .and_then(|it| it.elements().next());
            scratch.truncate(0);
            match scope.map(|scope| (scope.identifier, scope.contents)) {
                Some((0x81, domain)) => scratch.push(domain),
                Some((0x82, _)) => scratch.push(b"@"),
                _ => {}
            }
            let behind = argument.elements().find(|field| field.identifier == 0x82);
            row.continue_after = behind.map(|name| Text(name.contents));
        }
        Service::GET_CAPABILITY_LIST => {
            row.continue_after = argument.elements().next().map(|name| Text(name.contents));
        }
        _ if deleted_class(service).is_some() => {
            let scope = argument.elements().find(|field| field.identifier == 0x80);
            let scope = scope.map_or(Some(0), |scope| ber::integer(scope.contents));
            row.scope_of_delete = scope.and_then(|scope| u8::try_from(scope).ok()).map(ScopeOfDelete);
        }
        _ => {}
    }
    let place = match service {
        Service::GET_NAME_LIST => Some((0, scratch.len())).filter(|(_, end)| *end > 0),
        _ => place,
    };
    row.object = text(&scratch, place);
    let object = match service {
        Service::READ | Service::WRITE => text(&scratch, strongest),
        _ => row.object,
    };
    let tells = programs::all_asked(service, argument).or_else(|| journals::all_asked(service, argument));
    row.detail = detail(service, argument).filter(|_| tells != Some(true));
    let digest = digest_bytes(message.whole);
    let asks = Request {
        function: service.name().map(Symbol),
        function_code: Some(service.0.into()),
        quantity,
        object,
        numbers: [service.0.into(), digest],
        ..Request::new(message.key(invoke_id), operation)
    };
    out.row(&row);
    if let Some(key) = key {
        give_up(state, key, &asks, out);
    }
    let alone = kind_kept == Some(kind::CONTROLS);
    let again = !alone && out.request(&asks);
    if controls > 0 {
        let each = control::controls(&state.tase2, service, &variables, data);
        control::ask_all(each, alone, &asks, &mut state.control_errors, out);
    }
    if again {
        out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "the same request again, before its answer"));
    }
    // The answer says how many are gone: which are meant only the request does.
    let deletes = service == Service::DELETE_NAMED_VARIABLE_LIST
        && row.scope_of_delete == Some(ScopeOfDelete::SPECIFIC);
    let lists = argument.elements().find(|field| deletes && field.identifier == 0xa1);
    let kept = kind_kept.zip(named.map(|(_, it)| it)).or(lists.map(|it| (kind::DELETED_LISTS, it)));
    let forgotten = match (key, kept, row.object) {
        (Some(key), Some((kind, names)), _) => state.requests.keep_of(key, kind, digest, names.contents),
        (Some(key), None, Some(Text(object))) => state.requests.keep_of(key, kind::TEXT, digest, object),
        (Some(key), ..) => {
            state.requests.forget(key);
            None
        }
        (None, ..) => None,
    };
    if let Some(anomaly) = forgotten {
        out.anomaly(anomaly);
    }
    let domain = row.object;
    match service {
        Service::WRITE => {
            let data = argument.elements().nth(1).filter(|data| data.identifier == 0xa0);
            let Some(data) = data else {
                out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "write without data"));
                return out.give_back(scratch);
            };
            let of_list = matches!(variables, Variables::List(_)) && operation == Operation::CONTROL;
            let way = if of_list { PointWay::COMMANDED } else { PointWay::WRITTEN };
            out.give_back(scratch);
            if controls > 0 {
                let each = control::controls(&state.tase2, service, &variables, Some(data.elements()));
                for met in each.filter(|met| met.control.terminates) {
                    iec61850::say_control(&met.control, met.data, None, out);
                }
            }
            return values::say(
                state,
                message,
                &variables,
                data.elements(),
                Seen { way, whose: Whose::Receiver },
                out,
            );
        }
        Service::READ if controls > 0 => {
            for met in control::controls(&state.tase2, service, &variables, None) {
                if met.control.terminates {
                    iec61850::say_control(&met.control, None, None, out);
                } else {
                    tase2::say_select(met.name.copied().text(), out);
                }
            }
        }
        Service::DEFINE_NAMED_VARIABLE_LIST => {
            let mut fields = argument.elements();
            let (name, list) = (fields.next(), fields.next());
            if let (Some(name), Some(list)) = (name, list) {
                state.tase2.hear(&Variables::Each(list.elements()));
                // It is the list of this name once the answer says so.
                let pending = key.filter(|_| list_key(name).is_some());
                if let Some(anomaly) =
                    pending.and_then(|key| state.lists.keep(key, kind::EACH, list.contents))
                {
                    out.anomaly(anomaly);
                }
                members(message, list.elements(), domain, out);
            }
        }
        Service::READ_JOURNAL | Service::INITIALIZE_JOURNAL => {
            journals::asked(service, argument, domain, out);
        }
        _ if matches!(service.0, 46 | 72..=77) => files_asked(service, argument, out),
        _ => {
            programs::asked(message, service, argument, domain, out);
            if let Some(class) = deleted_class(service) {
                let list = argument.elements().find(|field| field.identifier == 0xa1);
                names(message, list.map(|list| list.elements()), Some(class), None, out);
            }
        }
    }
    out.give_back(scratch);
}

/// An invoke identifier tells the outstanding requests of one user apart (ISO 9506-2, clause 7.2): who uses it again waits no
/// longer for the answer to the request that had it, unless this is the same message once more.
fn give_up(state: &State, kept: u64, asks: &Request<'_>, out: &mut Output<'_>) {
    let [_, digest] = asks.numbers;
    match state.requests.with_origin(kept) {
        Some((origin, ..)) if origin == digest => return,
        Some((_, kind @ (kind::CONTROLS | kind::MIXED), variables)) => {
            control::give_up_all(&Variables::of(kind, variables), kind == kind::CONTROLS, asks, out);
        }
        _ => {}
    }
    out.give_up(asks.key, asks.numbers);
}

/// What no other column and no other table tells of a request.
fn detail<'a>(service: Service, argument: Element<'a>) -> Option<&'a [u8]> {
    let told = matches!(
        service,
        Service::STATUS
            | Service::GET_NAME_LIST
            | Service::IDENTIFY
            | Service::READ
            | Service::WRITE
            | Service::GET_VARIABLE_ACCESS_ATTRIBUTES
            | Service::DEFINE_NAMED_VARIABLE_LIST
            | Service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES
            | Service::GET_CAPABILITY_LIST
    ) || deleted_class(service).is_some()
        || matches!(service.0, 46 | 72..=77);
    (!told && !argument.contents.is_empty()).then_some(argument.contents)
}

/// The first of the lists whose names were kept of a request to delete them.
fn deleted(names: &[u8]) -> Option<Name<'_>> {
    Elements::new(names).next().and_then(Name::of)
}

/// The class of what a service deletes by names.
fn deleted_class(service: Service) -> Option<ObjectClass> {
    match service {
        Service::DELETE_VARIABLE_ACCESS => Some(ObjectClass::NAMED_VARIABLE),
        Service::DELETE_NAMED_VARIABLE_LIST => Some(ObjectClass::NAMED_VARIABLE_LIST),
        Service::DELETE_NAMED_TYPE => Some(ObjectClass::NAMED_TYPE),
        _ => None,
    }
}

/// The members of a list of variables.
fn members(message: &Message<'_>, list: Elements<'_>, parent: Option<Text<'_>>, out: &mut Output<'_>) {
    let mut list = list;
    for (item, index) in list.by_ref().zip(0..ENTRIES) {
        let Some(name) = variable(item).copied() else { continue };
        let object_class = Some(ObjectClass::NAMED_VARIABLE);
        out.row(&MmsNames { index, object_class, parent, name: name.text() });
    }
    message.fault(list.fault(), out);
}

/// Names, each an identifier or the name of an object.
pub(super) fn names(
    message: &Message<'_>,
    list: Option<Elements<'_>>,
    object_class: Option<ObjectClass>,
    parent: Option<Text<'_>>,
    out: &mut Output<'_>,
) {
    let Some(mut list) = list else { return };
    for (item, index) in list.by_ref().zip(0..ENTRIES) {
        match Name::of(item) {
            Some(name) if name.domain.is_some() || name.form == Form::OfAssociation => {
                out.row(&MmsNames { index, object_class, parent, name: name.copied().text() });
            }
            _ => out.row(&MmsNames { index, object_class, parent, name: Text(item.contents) }),
        }
    }
    message.fault(list.fault(), out);
}

/// Confirmed-ResponsePDU (clause 7.3).
pub(super) fn response(state: &mut State, message: &Message<'_>, element: Element<'_>, out: &mut Output<'_>) {
    let (invoke_id, argument) = parts(message, element, out);
    let service = code(argument);
    let mut row = message.row(PduType::CONFIRMED_RESPONSE);
    (row.invoke_id, row.confirmed_service) = (invoke_id, service);
    let (Some(service), Some(argument)) = (service, argument) else { return out.row(&row) };
    let key = message.key(invoke_id);
    let peeked = out.peek_fitting(key, UnderWay::One, |_| Fit::Whole);
    // An answer of another service than was asked belongs to another request.
    let fits = peeked.as_ref().is_none_or(|asked| {
        // What began as a read of the select is operated by a write.
        let operates = service == Service::WRITE && asked.operation == Operation::CONTROL;
        asked.numbers.first() == Some(&u64::from(service.0)) || operates
    });
    let kept =
        invoke_id.filter(|_| fits).and_then(|id| state.requests.take(request_key(message.side.other(), id)));
    let (kind, octets) = kept.unwrap_or((u8::MAX, Vec::new()));
    let variables = match service {
        Service::READ | Service::WRITE => Variables::of(kind, &octets),
        _ => Variables::Unknown,
    };
    let variables = match (variables, service) {
        // The answer may name them itself.
        (Variables::Unknown, Service::READ) => {
            let told = argument.elements().find(|field| field.identifier == 0xa0);
            let told = told.and_then(|told| told.elements().next());
            told.map_or(Variables::Unknown, |it| Variables::of(it.identifier, it.contents))
        }
        (known, _) => known,
    };
    let mut scratch = out.take_scratch();
    let first = variables.first();
    let place = match &first {
        Some(name) => Some(name.push(&mut scratch)),
        None if kind == kind::TEXT => {
            scratch.push(&octets);
            Some((0, scratch.len()))
        }
        None if kind == kind::DELETED_LISTS => deleted(&octets).map(|name| name.push(&mut scratch)),
        None => Variables::of(kind, &octets).first().map(|name| name.push(&mut scratch)),
    };
    row.object = text(&scratch, place);
    row.request_message = peeked.as_ref().filter(|_| fits).map(|asked| asked.message);
    let mut outcome = Some(Result::plain(Outcome::SUCCESS));
    let results = match service {
        Service::READ => {
            argument.elements().find(|field| field.identifier == 0xa1).map(|results| results.elements())
        }
        Service::WRITE => Some(argument.elements()),
        _ => None,
    };
    if let Some(results) = results {
        let mut tally = Tally::default();
        results.for_each(|result| tally.count(&result));
        let all = tally.all;
        (row.quantity, row.failures) = (Some(all), Some(tally.failures));
        outcome = tally.result();
        if outcome.is_none() && !matches!(&variables, Variables::Each(each) if each.count() > 0) {
            // As many as were asked, as far as that is known.
            outcome = Some(Result::plain(Outcome::SUCCESS));
        }
        if let Variables::Each(each) = &variables
            && each.count() != all as usize
        {
            let anomaly = Anomaly::new(
                AnomalyKind::MALFORMED,
                "answer holds another number of results than were asked",
            );
            out.anomaly(anomaly.numbers(each.count() as u64, all.into()));
        }
    }
    let field = |identifier| argument.elements().find(|field| field.identifier == identifier);
    let truth = |identifier| field(identifier).and_then(|field| ber::boolean(field.contents));
    let list = match service {
        Service::GET_NAME_LIST | Service::READ_JOURNAL | Service::GET_CAPABILITY_LIST => field(0xa0),
        Service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES => field(0xa1),
        _ => None,
    };
    row.quantity = match (service, field(0xa0)) {
        (Service::FILE_DIRECTORY, Some(list)) => u32::try_from(directory(list).count()).ok(),
        _ => list.and_then(|list| u32::try_from(list.elements().count()).ok()).or(row.quantity),
    };
    let more_by_default = match service {
        Service::GET_NAME_LIST
        | Service::GET_CAPABILITY_LIST
        | Service::FILE_READ
        | Service::DOWNLOAD_SEGMENT
        | Service::UPLOAD_SEGMENT => Some(true),
        Service::FILE_DIRECTORY | Service::READ_JOURNAL => Some(false),
        _ => None,
    };
    row.more_follows = more_by_default.map(|default| truth(0x81).unwrap_or(default));
    match service {
        Service::GET_VARIABLE_ACCESS_ATTRIBUTES
        | Service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES
        | Service::GET_NAMED_TYPE_ATTRIBUTES => row.deletable = truth(0x80),
        Service::REPORT_JOURNAL_STATUS => row.deletable = truth(0x81),
        Service::INITIALIZE_JOURNAL => row.deleted = number(argument.contents),
        _ if deleted_class(service).is_some() => {
            row.matched = field(0x80).and_then(|field| number(field.contents));
            row.deleted = field(0x81).and_then(|field| number(field.contents));
            outcome = Some(Result::plain(match (row.matched, row.deleted) {
                (Some(1..), Some(0)) => Outcome::REFUSED,
                (Some(matched), Some(deleted)) if deleted < matched => Outcome::PARTIAL,
                _ => Outcome::SUCCESS,
            }));
        }
        _ => {}
    }
    let told = matches!(service.0, 1..=6 | 12 | 15 | 46 | 65 | 67 | 68 | 72..=77)
        || programs::all_told(service, argument) == Some(true);
    row.detail = detail(service, argument).filter(|_| !told);
    out.row(&row);
    match kind {
        kind::CONTROLS | kind::MIXED if fits && matches!(service, Service::READ | Service::WRITE) => {
            let (alone, errors) = (kind == kind::CONTROLS, &mut state.control_errors);
            let others =
                control::answer_all(service, &variables, results, alone, key, &state.tase2, errors, out);
            if !alone {
                close(message, service, key, others.result(), out);
            }
        }
        // It may be that to a request that was given up.
        _ if !fits && out.gave_up(key) => {}
        _ if !fits => {
            out.anomaly(
                Anomaly::new(AnomalyKind::UNEXPECTED, "answer is of another service than its request")
                    .numbers(
                        peeked.map_or(0, |asked| asked.numbers.first().copied().unwrap_or_default()),
                        service.0.into(),
                    ),
            );
        }
        _ => close(message, service, key, outcome, out),
    }
    if let (Service::WRITE, Some(results), Variables::Each(each)) = (service, results, &variables) {
        let accepted = |result: Element<'_>| result.identifier != 0x80;
        each.zip(results).for_each(|(item, result)| {
            blocks::written(&mut state.data_sets, &item, accepted(result));
        });
    }
    let (object, failed) = (row.object, row.failures.is_some_and(|failures| failures > 0));
    match service {
        Service::READ | Service::WRITE => {
            out.give_back(scratch);
            if let Some(results) = results {
                let seen = Seen { way: PointWay::READ, whose: Whose::Sender };
                if service == Service::READ {
                    values::say(state, message, &variables, results, seen, out);
                } else if failed {
                    failures(message, &variables, results, out);
                }
            }
            state.requests.done(octets);
            return;
        }
        Service::STATUS => status(argument, out),
        Service::IDENTIFY => identify(argument, out),
        Service::GET_NAME_LIST => {
            let list = argument.elements().find(|field| field.identifier == 0xa0);
            list.into_iter().for_each(|list| state.tase2.hear_names(list.elements()));
            names(message, list.map(|list| list.elements()), None, object, out);
        }
        Service::GET_CAPABILITY_LIST => {
            names(message, list.map(|list| list.elements()), None, None, out);
        }
        Service::GET_NAMED_TYPE_ATTRIBUTES => {
            if let Some(specification) = argument.elements().nth(1) {
                let name = object.map(|object| Copied::of(&[object.0]));
                scratch.truncate(0);
                let name = name.as_ref().map(Copied::text);
                types(message, specification, name, 0, &mut scratch, &mut { ENTRIES }, out);
            }
        }
        Service::GET_VARIABLE_ACCESS_ATTRIBUTES => {
            let specification = argument.elements().find(|field| field.identifier == 0xa2);
            if let Some(specification) = specification.and_then(|it| it.elements().next()) {
                let copied = object.map(|object| Copied::of(&[object.0]));
                let name = copied.as_ref().map(Copied::text);
                scratch.truncate(0);
                let mut most = ENTRIES;
                if let Some(Text(name)) = name
                    && !state.tase2.learn_type(text_key(name), specification)
                {
                    let reason = "too many variables: the type of this one is not kept";
                    out.anomaly(Anomaly::new(AnomalyKind::LIMIT, reason));
                }
                if let (Some(Text(name)), Some(whole)) = (name, field(0xa2)) {
                    let slash = memchr::memchr(b'/', name).unwrap_or_default();
                    let (domain, item) = name.split_at_checked(slash).unwrap_or_default();
                    let item = item.strip_prefix(b"/").unwrap_or(item);
                    if let Some(anomaly) = plates::learn(&mut state.plates, domain, item, whole.contents) {
                        out.anomaly(anomaly);
                    }
                }
                types(message, specification, name, 0, &mut scratch, &mut most, out);
            }
        }
        Service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES => {
            let list = argument.elements().find(|field| field.identifier == 0xa1);
            if let Some(list) = list {
                state.tase2.hear(&Variables::Each(list.elements()));
                if let Some(anomaly) =
                    object.and_then(|Text(name)| state.lists.keep(text_key(name), kind::EACH, list.contents))
                {
                    out.anomaly(anomaly);
                }
                members(message, list.elements(), object, out);
            }
        }
        Service::DEFINE_NAMED_VARIABLE_LIST => {
            let asked = invoke_id.filter(|_| fits).map(|id| request_key(message.side.other(), id));
            match (asked, object) {
                (Some(asked), Some(Text(name))) => state.lists.rename(asked, text_key(name)),
                // One of them is another since, and nobody knows which.
                _ => state.lists.clear(),
            }
        }
        Service::DELETE_NAMED_VARIABLE_LIST if row.deleted != Some(0) => match kind {
            kind::DELETED_LISTS => {
                Elements::new(&octets).filter_map(list_key).for_each(|key| state.lists.forget(key));
            }
            // All lists of a domain or of the association, or those of a request that was not seen.
            _ => state.lists.clear(),
        },
        Service::READ_JOURNAL => journals::entries(message, argument, object, out),
        Service::REPORT_JOURNAL_STATUS => journals::status(argument, object, out),
        _ if matches!(service.0, 46 | 72..=77) => files_told(service, argument, object, out),
        _ => programs::told(message, service, argument, object, out),
    }
    out.give_back(scratch);
    state.requests.done(octets);
}

/// An answer without a result for what was asked does not end it.
fn close(message: &Message<'_>, service: Service, key: u64, result: Option<Result>, out: &mut Output<'_>) {
    if result.is_none() && out.peek(key).is_some() {
        return;
    }
    let result = result.unwrap_or(Result::plain(Outcome::UNASKED));
    match out.answer_fitting(key, UnderWay::One, |_| Fit::Whole) {
        Answer::Paired(asked) => out.complete(&asked, result),
        Answer::Again => out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before")),
        Answer::Unasked => {
            let asks = Request {
                function: service.name().map(Symbol),
                function_code: Some(service.0.into()),
                ..Request::new(message.key(None), service.operation().unwrap_or_default())
            };
            out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result });
        }
    }
}

/// The failures among the results of a write: its values were said with the request.
fn failures(message: &Message<'_>, variables: &Variables<'_>, results: Elements<'_>, out: &mut Output<'_>) {
    let mut names = match variables {
        Variables::Each(each) => Some(*each),
        _ => None,
    };
    let mut scratch = out.take_scratch();
    for (result, index) in results.zip(0u32..) {
        let named = names.as_mut().and_then(Elements::next).map(variable).unwrap_or_default();
        if result.identifier == 0x80 {
            scratch.truncate(0);
            let (place, access) = (named.push(&mut scratch), named.alternate_access);
            let reference = named.name.and_then(|name| iec61850::push_reference(&name, access, &mut scratch));
            values::failure(index, text(&scratch, place), text(&scratch, reference), result, out);
        }
    }
    out.give_back(scratch);
    message.fault(results.fault(), out);
}

const NO_DEVICE: MmsDevices<'static> = MmsDevices {
    vendor_name: None,
    model_name: None,
    revision: None,
    logical_status: None,
    physical_status: None,
    local_detail: None,
};

/// Status (clause 10.2).
fn status(argument: Element<'_>, out: &mut Output<'_>) {
    let octet = |field: Element<'_>| ber::unsigned(field.contents).and_then(|it| u8::try_from(it).ok());
    let mut row = NO_DEVICE;
    for field in argument.elements() {
        match field.identifier {
            0x80 => row.logical_status = octet(field),
            0x81 => row.physical_status = octet(field),
            0x82 => row.local_detail = ber::BitString::new(field.contents).map(|bits| bits.octets),
            _ => {}
        }
    }
    out.row(&row);
}

/// Identify (clause 10.4).
fn identify(argument: Element<'_>, out: &mut Output<'_>) {
    let mut row = NO_DEVICE;
    for field in argument.elements() {
        let text = Some(Text(field.contents));
        let fact = match field.identifier {
            0x80 => {
                row.vendor_name = text;
                Fact::VENDOR
            }
            0x81 => {
                row.model_name = text;
                Fact::MODEL
            }
            0x82 => {
                row.revision = text;
                Fact::REVISION
            }
            _ => continue,
        };
        out.identity(None, fact, None, Text(field.contents), Symbol("identify"));
    }
    out.row(&row);
}

/// A type (clause 14.3), component by component.
#[allow(clippy::too_many_arguments)]
fn types(
    message: &Message<'_>,
    specification: Element<'_>,
    name: Option<Text<'_>>,
    depth: u32,
    path: &mut Scratch,
    most: &mut u32,
    out: &mut Output<'_>,
) {
    let Some(left) = most.checked_sub(1).filter(|_| depth <= NESTING) else {
        return out.anomaly(Anomaly::new(AnomalyKind::LIMIT, "type has too many or too deep components"));
    };
    *most = left;
    let data_type =
        specification.context().and_then(|it| u8::try_from(it).ok()).map(DataType).filter(|it| it.0 > 0);
    let size = match specification.identifier {
        0xa1 => specification
            .elements()
            .find(|field| field.identifier == 0x81)
            .and_then(|field| ber::integer(field.contents)),
        0xa7 => specification.elements().next().and_then(|field| ber::integer(field.contents)),
        0x84..=0x86 | 0x89 | 0x8a | 0x8d | 0x90 => ber::integer(specification.contents),
        _ => None,
    };
    out.row(&MmsTypes { name, path: path.text(), data_type, size });
    let mut fields = specification.elements();
    match specification.identifier {
        0xa1 => {
            let element = fields.by_ref().find(|field| field.identifier == 0xa2);
            if let Some(inner) = element.and_then(|element| element.elements().next()) {
                let len = path.len();
                path.push(b"[]");
                types(message, inner, name, depth + 1, path, most, out);
                path.truncate(len);
            }
        }
        0xa2 => {
            let components = fields.by_ref().find(|field| field.identifier == 0xa1);
            let mut components = components.map_or(Elements::new(&[]), |components| components.elements());
            for component in components.by_ref() {
                let len = path.len();
                let mut inner = None;
                for field in component.elements() {
                    match field.identifier {
                        0x80 => {
                            if len > 0 {
                                path.push(b".");
                            }
                            path.push(field.contents);
                        }
                        0xa1 => inner = field.elements().next(),
                        _ => {}
                    }
                }
                if let Some(inner) = inner {
                    types(message, inner, name, depth + 1, path, most, out);
                }
                path.truncate(len);
                if *most == 0 {
                    return;
                }
            }
            message.fault(components.fault(), out);
        }
        _ => {}
    }
    if specification.is_constructed() {
        message.fault(fields.fault(), out);
    }
}

const NO_FILE: MmsFiles<'static> = MmsFiles {
    name: None,
    destination: None,
    frsm_id: None,
    initial_position: None,
    size: None,
    last_modified: None,
    data: None,
};

/// What a request of files says (annex D).
fn files_asked(service: Service, argument: Element<'_>, out: &mut Output<'_>) {
    let mut row: MmsFiles<'_> = NO_FILE;
    let mut scratch = out.take_scratch();
    let (mut name, mut destination) = (None, None);
    match service {
        Service::FILE_READ | Service::FILE_CLOSE => row.frsm_id = ber::integer(argument.contents),
        Service::FILE_DELETE => name = Some(join(argument.elements(), &mut scratch)),
        _ => {
            for field in argument.elements() {
                match (service, field.identifier) {
                    (Service::OBTAIN_FILE, 0xa1) => name = Some(join(file_name(field), &mut scratch)),
                    (Service::OBTAIN_FILE, 0xa2) | (Service::FILE_RENAME | Service::FILE_DIRECTORY, 0xa1) => {
                        destination = Some(join(file_name(field), &mut scratch));
                    }
                    (Service::OBTAIN_FILE, _) => {}
                    (_, 0xa0) => name = Some(join(file_name(field), &mut scratch)),
                    (Service::FILE_OPEN, 0x81) => row.initial_position = ber::unsigned(field.contents),
                    _ => {}
                }
            }
        }
    }
    (row.name, row.destination) = (text(&scratch, name), text(&scratch, destination));
    out.row(&row);
    out.give_back(scratch);
}

fn attributes<'a>(row: &mut MmsFiles<'a>, attributes: Element<'a>) {
    for field in attributes.elements() {
        match field.identifier {
            0x80 => row.size = ber::unsigned(field.contents),
            0x81 => row.last_modified = Some(Text(field.contents)),
            _ => {}
        }
    }
}

/// The entries of a directory. Some encode the list within its tag, some a sequence within that.
fn directory(list: Element<'_>) -> Elements<'_> {
    match list.elements().next() {
        // An entry of its own has a name, so that what is empty or holds sequences is the list.
        Some(first) if first.elements().next().is_none_or(|inner| inner.identifier == 0x30) => {
            first.elements()
        }
        _ => list.elements(),
    }
}

/// What an answer of files says (annex D).
fn files_told(service: Service, argument: Element<'_>, object: Option<Text<'_>>, out: &mut Output<'_>) {
    match service {
        Service::FILE_OPEN => {
            let mut row = MmsFiles { name: object, ..NO_FILE };
            for field in argument.elements() {
                match field.identifier {
                    0x80 => row.frsm_id = ber::integer(field.contents),
                    0xa1 => attributes(&mut row, field),
                    _ => {}
                }
            }
            out.row(&row);
        }
        Service::FILE_READ => {
            let data = argument.elements().find(|field| field.identifier == 0x80);
            out.row(&MmsFiles { data: data.map(|data| data.contents), ..NO_FILE });
        }
        Service::FILE_DIRECTORY => {
            let Some(list) = argument.elements().find(|field| field.identifier == 0xa0) else { return };
            let entries = directory(list);
            let mut scratch = out.take_scratch();
            for (entry, _) in entries.zip(0..ENTRIES) {
                scratch.truncate(0);
                let mut name = None;
                let mut row = NO_FILE;
                for field in entry.elements() {
                    match field.identifier {
                        0xa0 => name = Some(join(file_name(field), &mut scratch)),
                        0xa1 => attributes(&mut row, field),
                        _ => {}
                    }
                }
                out.row(&MmsFiles { name: text(&scratch, name), ..row });
            }
            out.give_back(scratch);
        }
        _ => {}
    }
}

/// Confirmed-ErrorPDU (clause 7.4).
pub(super) fn error(state: &mut State, message: &Message<'_>, element: Element<'_>, out: &mut Output<'_>) {
    let mut row = message.row(PduType::CONFIRMED_ERROR);
    let mut fields = element.elements();
    for field in fields.by_ref() {
        match field.identifier {
            0x80 => row.invoke_id = number(field.contents),
            0xa2 => service_error(&mut row, field, message, out),
            _ => {}
        }
    }
    message.fault(fields.fault(), out);
    refuse(state, message, row, out);
}

/// RejectPDU (clause 7.5).
pub(super) fn reject(state: &mut State, message: &Message<'_>, element: Element<'_>, out: &mut Output<'_>) {
    let mut row = message.row(PduType::REJECT);
    let mut fields = element.elements();
    for field in fields.by_ref() {
        match field.number {
            0 => row.original_invoke_id = number(field.contents),
            kind => {
                row.rejected_pdu = u8::try_from(kind).ok().map(RejectedPdu);
                row.reject_reason = ber::integer(field.contents).and_then(|it| it.try_into().ok());
            }
        }
    }
    message.fault(fields.fault(), out);
    match row.rejected_pdu {
        // A message that is not understood may be a request; of those who give its identifier it is.
        None | Some(RejectedPdu::CONFIRMED_REQUEST_PDU | RejectedPdu::PDU_ERROR) => {
            refuse(state, message, row, out)
        }
        Some(RejectedPdu::CANCEL_REQUEST_PDU) => {
            let result = rejected(&row);
            close_other(message, PduType::CANCEL_REQUEST, row, result, out);
        }
        Some(RejectedPdu::CONCLUDE_REQUEST_PDU) => {
            let result = rejected(&row);
            close_other(message, PduType::CONCLUDE_REQUEST, row, result, out);
        }
        // Nobody waits for an answer to these.
        Some(_) => out.row(&row),
    }
}

/// The result that a reject stands for.
fn rejected(row: &Mms<'_>) -> Result {
    let name = row.rejected_pdu.zip(row.reject_reason).and_then(|(pdu, reason)| reject_name(pdu, reason));
    Result {
        outcome: Outcome::REFUSED,
        status: row.reject_reason.map(u32::from),
        status_name: name.map(Symbol),
    }
}

/// A request ends with an error or a reject.
fn refuse(state: &mut State, message: &Message<'_>, mut row: Mms<'_>, out: &mut Output<'_>) {
    let invoke_id = row.invoke_id.or(row.original_invoke_id);
    let key = message.key(invoke_id);
    let result = if row.rejected_pdu.is_some() { rejected(&row) } else { refused(&row) };
    let answer = match invoke_id {
        Some(_) => out.answer_fitting(key, UnderWay::One, |_| Fit::Whole),
        None => Answer::Unasked,
    };
    if let Answer::Paired(asked) = &answer {
        row.request_message = Some(asked.message);
        let [service, _] = asked.numbers;
        // What began as a read of the select is operated by a write.
        let operates = asked.operation == Operation::CONTROL && asked.stage == Stage::EXECUTE;
        row.confirmed_service =
            if operates { Some(Service::WRITE) } else { u8::try_from(service).ok().map(Service) };
    }
    let asked = invoke_id.map(|id| request_key(message.side.other(), id));
    let kept = asked.and_then(|asked| state.requests.take(asked));
    if let (Some(asked), Some(Service::DEFINE_NAMED_VARIABLE_LIST)) = (asked, row.confirmed_service) {
        state.lists.forget(asked);
    }
    let (kind, octets) = kept.unwrap_or((u8::MAX, Vec::new()));
    let mut scratch = out.take_scratch();
    let variables = Variables::of(kind, &octets);
    if let (Variables::Each(each), Some(Service::WRITE)) = (&variables, row.confirmed_service) {
        each.for_each(|item| blocks::written(&mut state.data_sets, &item, false));
    }
    let place = match variables.first().or_else(|| deleted(&octets).filter(|_| kind == kind::DELETED_LISTS)) {
        Some(name) => Some(name.push(&mut scratch)),
        None => (kind == kind::TEXT).then(|| {
            scratch.push(&octets);
            (0, scratch.len())
        }),
    };
    out.row(&Mms { object: text(&scratch, place), ..row });
    out.give_back(scratch);
    if let (kind::CONTROLS | kind::MIXED, Some(service)) = (kind, row.confirmed_service) {
        let alone = kind == kind::CONTROLS;
        control::refuse_all(service, &variables, alone, key, result, &state.tase2, out);
    }
    state.requests.done(octets);
    match answer {
        Answer::Paired(asked) => out.complete(&asked, result),
        Answer::Again => out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before")),
        Answer::Unasked => {
            let asks = Request {
                function: row.pdu_type.name().map(Symbol),
                function_code: Some(row.pdu_type.0.into()),
                ..Request::new(key, Operation::ERROR)
            };
            out.unasked(&asks, Result { outcome: Outcome::UNASKED, ..result });
        }
    }
}

/// Unconfirmed-PDU (clause 7.2): reports, status, events.
pub(super) fn unconfirmed(
    state: &mut State,
    message: &Message<'_>,
    element: Element<'_>,
    out: &mut Output<'_>,
) {
    let mut row = message.row(PduType::UNCONFIRMED);
    let mut fields = element.elements();
    let argument = fields.by_ref().find(Element::is_context);
    message.fault(fields.fault(), out);
    let Some(argument) = argument else {
        out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "message without service"));
        return out.row(&row);
    };
    let service = u8::try_from(argument.number).ok().map(UnconfirmedService);
    row.unconfirmed_service = service;
    if service != Some(UnconfirmedService::INFORMATION_REPORT) {
        row.detail =
            Some(argument.contents).filter(|_| service != Some(UnconfirmedService::UNSOLICITED_STATUS));
        out.row(&row);
        if service == Some(UnconfirmedService::UNSOLICITED_STATUS) {
            status(argument, out);
        }
        return;
    }
    let mut parts = argument.elements();
    let (specification, results) = (parts.next(), parts.next());
    message.fault(parts.fault(), out);
    let variables = specification.map_or(Variables::Unknown, |it| Variables::of(it.identifier, it.contents));
    let results = results.filter(|results| results.identifier == 0xa0).map(|results| results.elements());
    let mut scratch = out.take_scratch();
    let first = variables.first();
    let place = first.map(|name| name.push(&mut scratch));
    row.object = text(&scratch, place);
    if let Some(results) = results {
        row.quantity = u32::try_from(results.count()).ok();
        row.failures = u32::try_from(results.filter(|result| result.identifier == 0x80).count()).ok();
    }
    out.row(&row);
    out.give_back(scratch);
    let Some(results) = results else {
        return out.anomaly(Anomaly::new(AnomalyKind::MALFORMED, "report without results"));
    };
    let seen = Seen { way: PointWay::REPORTED, whose: Whose::Sender };
    match &variables {
        Variables::List(list) if list.identifier == 0x80 && list.contents == b"RPT" => {
            if !reports::report(state, message, results, out) {
                values::say(state, message, &variables, results, seen, out);
            }
        }
        Variables::Each(each) => {
            state.tase2.hear(&variables);
            iec61850::termination(state, *each, results, out);
            if state.tase2.is_recognised() {
                tase2::report(None, Some(*each), results, out);
            }
            values::say(state, message, &variables, results, seen, out);
        }
        Variables::List(list) if state.tase2.is_recognised() => {
            let members = list_key(*list).and_then(|key| Some(Elements::new(state.lists.get(key)?.1)));
            let name = Name::of(*list).map(|name| name.copied());
            tase2::report(name.as_ref().map(Copied::text), members, results, out);
            values::say(state, message, &variables, results, seen, out);
        }
        _ => values::say(state, message, &variables, results, seen, out),
    }
}
