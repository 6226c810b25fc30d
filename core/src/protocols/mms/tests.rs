//! The hard cases of MMS through the whole stack, and what must hold for any octets.
use super::*;
use crate::{
    Config, Mark, Session,
    protocols::cotp,
    record::{Envelope, Field, Row, Sink, Verdict},
    testing::{Rows, hex, talk},
    vectors,
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Each row as text.
fn rows(protocol: &'static Protocol, pieces: &[(Toward, Vec<u8>)]) -> Vec<String> {
    let (rows, _) = talk(protocol, Config::default(), pieces);
    rows.0.iter().map(|row| format!("{} {:?}", row.table, row.fields)).collect()
}

/// An element with a length in the long form.
fn element(identifier: u8, contents: &[u8]) -> Vec<u8> {
    let length = (contents.len() as u32).to_be_bytes();
    [&[identifier, 0x84][..], &length, contents].concat()
}

/// An MMS message in the layers around it, in segments of this many octets.
fn stacked(message: &[u8], segment: usize) -> Vec<u8> {
    let list = [&[2, 1, 3][..], &element(0xa0, message)].concat();
    let data = [&[1, 0, 1, 0][..], &element(0x61, &element(0x30, &list))].concat();
    let count = data.chunks(segment).count();
    let tpkt = |(place, part): (usize, &[u8])| {
        let length = ((part.len() + 7) as u16).to_be_bytes();
        let last = if place + 1 == count { 0x80 } else { 0 };
        [&[3, 0][..], &length, &[2, 0xf0, last], part].concat()
    };
    data.chunks(segment).enumerate().flat_map(tpkt).collect()
}

const CONCLUDE: &[u8] = &[0x8b, 0];

/// A report that was cut may be one. Other octets may look like one whose length has 121 octets, and are none.
#[test]
fn a_message_may_be_cut_but_has_a_length() {
    assert_eq!(Messages::probe(b"\xa3\x40\xa0\x3e\xa1\x05", None), Probe::Possible);
    assert_eq!(Messages::probe(&[&b"\xa3\xf9"[..], &[0xa0; 160]].concat(), None), Probe::No);
    // Leading zeros are allowed (X.690, clause 8.1.3.5).
    assert_eq!(Messages::probe(b"\xa0\x8a\0\0\0\0\0\0\0\0\0\x05\x02\x01\x01\x82\x00", None), Probe::Certain);
}

/// HARD_CASES, protocol level, BER: "nesting of 100,000 [...] -> bounded depth, rows and time; said; the next TPKT is
/// read".
#[test]
fn a_bomb_of_nested_structures_is_bounded_and_the_next_message_is_read() {
    let mut bomb = Vec::new();
    for depth in 0..40_000u32 {
        let rest = (40_000 - depth) * 6;
        bomb.extend([&[0xa2, 0x84][..], &rest.to_be_bytes()].concat());
    }
    let message = element(0xa1, &[&[2, 1, 1][..], &element(0xa4, &element(0xa1, &bomb))].concat());
    let stream = [stacked(&message, 60_000), stacked(CONCLUDE, 60_000)].concat();
    let begin = Instant::now();
    let rows = rows(&cotp::PROTOCOL, &[(Toward::Client, stream)]);
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert!(rows.len() < 80, "{} rows", rows.len());
    assert!(rows.iter().any(|row| row.contains("values are nested too deeply")));
    assert!(rows.iter().any(|row| row.contains("conclude_request")));
}

/// HARD_CASES, protocol level, BER: "a million empty elements, endless indefinite forms [...] -> bounded [...] rows and
/// time; said".
#[test]
fn elements_without_number_are_bounded() {
    let values = [0xa2, 0].repeat(120_000);
    let message = element(0xa1, &[&[2, 1, 1][..], &element(0xa4, &element(0xa1, &values))].concat());
    let whole = rows(&PROTOCOL, &[(Toward::Client, message)]);
    assert!(whole.len() < 66_000, "{} rows", whole.len());
    let endless = [0xa2, 0x80].repeat(100_000);
    let message = element(0xa1, &[&[2, 1, 1][..], &element(0xa4, &element(0xa1, &endless))].concat());
    let begin = Instant::now();
    let rows = rows(&PROTOCOL, &[(Toward::Client, message)]);
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert!(rows.len() < 100 && rows.iter().any(|row| row.contains("indefinite")), "{rows:?}");
}

/// HARD_CASES, protocol level: "An attacker's [...] MMS conclude with a false invoke id -> later data are still read".
#[test]
fn later_messages_are_read_after_a_conclude_that_nobody_answers() {
    let read = [0xa0, 0x05, 0x02, 0x01, 0x01, 0x82, 0x00];
    let stream = [stacked(CONCLUDE, 1000), stacked(&read, 1000)].concat();
    let rows = rows(&cotp::PROTOCOL, &[(Toward::Server, stream)]);
    assert!(rows.iter().any(|row| row.starts_with("mms ") && row.contains("identify")));
}

/// HARD_CASES, MMS: "Read and write answers hold only success or failure per position -> names are taken from the request
/// with the same invoke id in the same association": a new connection has invoke identifiers of its own.
#[test]
fn an_answer_in_another_association_is_not_that_of_the_request() {
    let request = [
        &[
            0xa0, 0x19, 0x02, 0x01, 0x05, 0xa4, 0x14, 0xa1, 0x12, 0xa0, 0x10, 0x30, 0x0e, 0xa0, 0x0c, 0xa1,
            0x0a,
        ][..],
        b"\x1a\x02LD\x1a\x04item",
    ]
    .concat();
    let answer = [0xa1, 0x0a, 2, 1, 5, 0xa4, 5, 0xa1, 3, 0x83, 1, 1];
    let connect = b"\x03\x00\x00\x12\x0d\xe0\x00\x00\x00\x05\x00\xc1\x01\x01\xc2\x02\x01\x02".to_vec();
    let same = [(Toward::Server, stacked(&request, 99)), (Toward::Client, stacked(&answer, 99))];
    let named =
        |rows: &[String]| rows.iter().any(|row| row.starts_with("mms_data") && row.contains("LD/item"));
    assert!(named(&rows(&cotp::PROTOCOL, &same)));
    let [request, answer] = same;
    assert!(!named(&rows(&cotp::PROTOCOL, &[request, (Toward::Server, connect), answer])));
}

/// A report (IEC 61850-8-1, clause 17.2.1) with this sequence number and one value.
fn report(sequence_number: u8) -> Vec<u8> {
    let head = hex("a3 1e a0 1c a1 05 80 03 52 50 54 a0 13 8a 02 72 31 84 03 06 40 00 86 01");
    [head, vec![sequence_number], hex("84 02 07 80 83 01 01")].concat()
}

/// A lost report is told, but not one that the capture has lost.
#[test]
fn reports_are_missing_only_where_no_octets_are() {
    let missing = |rows: &[String]| rows.iter().filter(|row| row.contains("reports are missing")).count();
    let tell = |number| (Toward::Client, stacked(&report(number), 1000));
    assert_eq!(missing(&rows(&cotp::PROTOCOL, &[tell(1), tell(2), tell(3)])), 0);
    assert_eq!(missing(&rows(&cotp::PROTOCOL, &[tell(1), tell(3)])), 1);
    let mut talk = crate::testing::Talk::new(&cotp::PROTOCOL, Config::default());
    talk.feed(Toward::Client, &tell(1).1);
    talk.session.gap(Toward::Client, talk.mark, 60, &mut talk.rows);
    talk.feed(Toward::Client, &tell(3).1);
    assert!(!talk.end().reasons().contains(&"reports are missing"));
}

/// A request or a response (clauses 7.2, 7.3) with this invoke identifier and service.
fn confirmed(identifier: u8, id: u8, service: u8, argument: &[u8]) -> Vec<u8> {
    element(identifier, &[&[2, 2, 0, id][..], &element(service, argument)].concat())
}

/// An `ObjectName` (clause 7.5.2) of the domain LD.
fn in_domain(item: &str) -> Vec<u8> {
    element(0xa1, &[&b"\x1a\x02LD"[..], &element(0x1a, item.as_bytes())].concat())
}

/// A read of one variable.
fn read(id: u8, item: &str) -> Vec<u8> {
    let variable = element(0x30, &element(0xa0, &in_domain(item)));
    confirmed(0xa0, id, 0xa4, &element(0xa1, &element(0xa0, &variable)))
}

/// The type of a logical node whose plate has a vendor and a serial number (clause 14.2; IEC 61850-7-3, DPL).
fn node_with_plate() -> Vec<u8> {
    hex("a2 37 a1 35 30 33 80 02 44 43 a1 2d a2 2b a1 29 30 27 80 06 50 68 79 4e 61 6d a1 1d a2 1b a1 19 \
         30 0d 80 06 76 65 6e 64 6f 72 a1 03 8a 01 20 30 08 80 01 64 a1 03 8a 01 20")
}

/// What a limit drops is said, and once: nobody reads the same line of every request that a scan sends.
#[test]
fn what_is_forgotten_of_an_association_is_said_once() {
    let each = |step: &dyn Fn(u8) -> Vec<(Toward, Vec<u8>)>| -> Vec<String> {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &(0..100).flat_map(step).collect::<Vec<_>>());
        rows.reasons().into_iter().map(str::to_owned).collect()
    };
    let asked = each(&|id| vec![(Toward::Server, read(id, "item"))]);
    assert_eq!(asked, ["names of requests were forgotten"]);
    let lists = each(&|id| {
        let members = element(0x30, &element(0xa0, &in_domain("item")));
        let told = [&[0x80, 1, 0][..], &element(0xa1, &members)].concat();
        vec![
            (Toward::Server, confirmed(0xa0, id, 0xac, &in_domain(&format!("LLN0$list{id}")))),
            (Toward::Client, confirmed(0xa1, id, 0xac, &told)),
        ]
    });
    assert_eq!(lists, ["lists of variables were forgotten"]);
    let blocks = each(&|id| {
        // RptID, RptEna, Resv, DatSet.
        let block = [&element(0x8a, &[b'r', id])[..], &hex("83 01 00 83 01 00 8a 02 4c 44")].concat();
        vec![
            (Toward::Server, read(id, &format!("LLN0$RP$block{id}"))),
            (Toward::Client, confirmed(0xa1, id, 0xa4, &element(0xa1, &element(0xa2, &block)))),
        ]
    });
    assert_eq!(blocks, ["data sets of reports were forgotten"]);
    let types = each(&|id| {
        let told = [&[0x80, 1, 0][..], &element(0xa2, &node_with_plate())].concat();
        vec![
            (Toward::Server, confirmed(0xa0, id, 0xa6, &element(0xa0, &in_domain(&format!("P{id}LPHD1"))))),
            (Toward::Client, confirmed(0xa1, id, 0xa6, &told)),
        ]
    });
    assert_eq!(types, ["types of name plates were forgotten"]);
}

/// A client that browses asks for the types of all logical nodes first: those of the last 64 that have a name plate are known
/// when it reads.
#[test]
fn name_plates_are_read_by_the_types_that_were_told_last() {
    let ask = |id: u8, node: u8| {
        (Toward::Server, confirmed(0xa0, id, 0xa6, &element(0xa0, &in_domain(&format!("P{node}LPHD1")))))
    };
    let told = [&[0x80, 1, 0][..], &element(0xa2, &node_with_plate())].concat();
    let mut steps: Vec<_> = (0..65u8)
        .flat_map(|node| [ask(node, node), (Toward::Client, confirmed(0xa1, node, 0xa6, &told))])
        .collect();
    for node in [0u8, 1, 64] {
        let plate = [&hex("8a 05 4d 61 6b 65 72 8a 02")[..], format!("{node:02}").as_bytes()].concat();
        steps.push((Toward::Server, read(100 + node, &format!("P{node}LPHD1$DC$PhyNam"))));
        let answer = element(0xa1, &element(0xa2, &plate));
        steps.push((Toward::Client, confirmed(0xa1, 100 + node, 0xa4, &answer)));
    }
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let facts: Vec<_> = rows.all("identities", "fact").into_iter().flatten().collect();
    assert_eq!(facts, ["vendor", "description", "description"]);
    assert_eq!(rows.all("identities", "value"), ["Maker", "01", "64"].map(Some));
}

/// ISO 9506-2, clause 14.4.2: a structure is the alternative \[2\] of a TypeSpecification. What has components like one, but is another
/// alternative (an array, \[1\]), names no part.
#[test]
fn only_a_structure_has_components() {
    let facts = |node: &[u8]| {
        let told = [&[0x80, 1, 0][..], &element(0xa2, node)].concat();
        let plate = element(0xa2, &hex("8a 05 4d 61 6b 65 72 8a 01 31"));
        let steps = [
            (Toward::Server, confirmed(0xa0, 1, 0xa6, &element(0xa0, &in_domain("LPHD1")))),
            (Toward::Client, confirmed(0xa1, 1, 0xa6, &told)),
            (Toward::Server, read(2, "LPHD1$DC$PhyNam")),
            (Toward::Client, confirmed(0xa1, 2, 0xa4, &element(0xa1, &plate))),
        ];
        talk(&PROTOCOL, Config::default(), &steps).0.of("identities").len()
    };
    let node = node_with_plate();
    assert_eq!(facts(&node), 2);
    let structures: Vec<usize> = (0..node.len()).filter(|at| node[*at] == 0xa2).collect();
    assert_eq!(structures.len(), 3);
    for at in structures {
        let mut other = node.clone();
        other[at] = 0xa1;
        assert_eq!(facts(&other), 0, "at {at}");
    }
}

/// IEC 61850-7-3, DPL and LPL: what the attributes of name plates are called. Of LPL only that of LLN0 tells of the device, not of
/// one function in it; and other variables that are called like an attribute tell nothing.
#[test]
fn each_attribute_of_a_name_plate_tells_its_fact() {
    let fact_of = |item: &str, tag: u8| -> Option<String> {
        let answer = confirmed(0xa1, 1, 0xa4, &element(0xa1, &element(tag, b"told")));
        let steps = [(Toward::Server, read(1, item)), (Toward::Client, answer)];
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        let facts = rows.all("identities", "fact");
        assert!(facts.len() < 2, "{facts:?}");
        facts.first().copied().flatten().map(str::to_owned)
    };
    for (item, fact) in [
        ("LPHD1$DC$PhyNam$vendor", Some("vendor")),
        ("LPHD1$DC$PhyNam$hwRev", Some("hardware")),
        ("LPHD1$DC$PhyNam$swRev", Some("revision")),
        ("LPHD1$DC$PhyNam$serNum", Some("serial")),
        ("LPHD1$DC$PhyNam$model", Some("model")),
        ("LPHD1$DC$PhyNam$name", Some("name")),
        ("LPHD1$DC$PhyNam$location", Some("location")),
        ("LPHD1$DC$PhyNam$d", Some("description")),
        ("LPHD1$DC$PhyNam$owner", Some("other")),
        ("LLN0$DC$NamPlt$vendor", Some("vendor")),
        ("LLN0$DC$NamPlt$configRev", Some("other")),
        ("LLN0$EX$NamPlt$ldNs", Some("other")),
        ("LPHD1$DC$PhyNam$other", None),
        ("LPHD1$DC$NamPlt$vendor", None),
        ("GGIO1$DC$NamPlt$vendor", None),
        ("GGIO1$DC$PhyNam$vendor", None),
        ("LLN0$ST$Health$d", None),
    ] {
        assert_eq!(fact_of(item, 0x8a).as_deref(), fact, "{item}");
    }
    // MMSString, as part 8-1 has UNICODE STRING255.
    assert_eq!(fact_of("LPHD1$DC$PhyNam$location", 0x90).as_deref(), Some("location"));
    // No text.
    assert_eq!(fact_of("LPHD1$DC$PhyNam$location", 0x89), None);
}

/// What a description tells of a logical node tells which part of a structure is which.
#[test]
fn name_plates_are_read_after_a_description() {
    use crate::{Description, Parts};
    use std::sync::Arc;
    let value = |name: &str| (name.into(), Arc::new(Parts::Value));
    let plate = Arc::new(Parts::Structure(vec![value("vendor"), value("serNum")]));
    let mut known = Description::new();
    known.add_node("LD", "LPHD1$DC", Arc::new(Parts::Structure(vec![("PhyNam".into(), plate)])));
    let config = Config { description: Some(Arc::new(known)), ..Config::default() };
    let plate = |serial: u8| element(0xa2, &[&hex("8a 05 4d 61 6b 65 72 8a 01")[..], &[serial]].concat());
    let answer = |id, data: &[u8]| (Toward::Client, confirmed(0xa1, id, 0xa4, &element(0xa1, data)));
    let steps = [
        (Toward::Server, read(1, "LPHD1$DC$PhyNam")),
        answer(1, &plate(b'1')),
        (Toward::Server, read(2, "LPHD1$DC")),
        answer(2, &element(0xa2, &plate(b'2'))),
    ];
    let (rows, _) = talk(&PROTOCOL, config, &steps);
    let told: Vec<_> =
        rows.all("identities", "fact").into_iter().zip(rows.all("identities", "value")).collect();
    let serial = |value| (Some("serial"), Some(value));
    assert_eq!(told, [(Some("vendor"), Some("Maker")), serial("1"), serial("2")]);
}

/// A write of variables of the domain LD (clause 14.7), each with its value.
fn write(id: u8, variables: &[(&str, Vec<u8>)]) -> (Toward, Vec<u8>) {
    let names = variables.iter().flat_map(|(item, _)| element(0x30, &element(0xa0, &in_domain(item))));
    let values = variables.iter().flat_map(|(_, value)| value.clone());
    let argument = [element(0xa0, &names.collect::<Vec<_>>()), element(0xa0, &values.collect::<Vec<_>>())];
    (Toward::Server, confirmed(0xa0, id, 0xa5, &argument.concat()))
}

/// The answer to a write: `80` and an error, or `81` without contents, for each variable.
fn wrote(id: u8, results: &str) -> (Toward, Vec<u8>) {
    (Toward::Client, confirmed(0xa1, id, 0xa5, &hex(results)))
}

/// The value of SBOw and Oper (IEC 61850-8-1, clause 20): ctlVal, origin, ctlNum, T, Test, Check.
fn operate(number: u8, test: u8) -> Vec<u8> {
    let parts = ["83 01 01 a2 05 85 01 03 89 00", "91 08 65 53 f1 00 00 00 00 0a", "84 02 06 c0"].map(hex);
    let [value, time, check] = parts;
    element(0xa2, &[value, vec![0x86, 1, number], time, vec![0x83, 1, test], check].concat())
}

/// A report of these variables: `LastApplError` of Oper (clause 20.8) with this number and AddCause where one is given, then Oper
/// of the objects.
fn terminate(error: Option<(&str, u8, u8)>, objects: &[&str]) -> (Toward, Vec<u8>) {
    let named = error.map(|(object, number, cause)| (format!("{object}$Oper"), number, cause));
    report_of(named.as_ref().map(|(item, number, cause)| (item.as_str(), *number, *cause)), objects)
}

/// The same, where the error is of this step.
fn report_of(error: Option<(&str, u8, u8)>, objects: &[&str]) -> (Toward, Vec<u8>) {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    if let Some((item, number, cause)) = error {
        names.extend(element(0x30, &element(0xa0, &element(0x80, b"LastApplError"))));
        let named = element(0x8a, format!("LD/{item}").as_bytes());
        let rest = [&hex("85 01 00 a2 05 85 01 03 89 00")[..], &[0x86, 1, number, 0x85, 1, cause]].concat();
        values.extend(element(0xa2, &[named, rest].concat()));
    }
    for object in objects {
        names.extend(element(0x30, &element(0xa0, &in_domain(&format!("{object}$Oper")))));
        values.extend(operate(error.map_or(1, |(_, number, _)| number), 0));
    }
    let report = [element(0xa0, &names), element(0xa0, &values)].concat();
    (Toward::Client, element(0xa3, &element(0xa0, &report)))
}

const SWITCH: &str = "CSWI1$CO$Pos";

/// What became of each operation: its object, stage, outcome and the name of its status.
fn outcomes(rows: &Rows) -> Vec<[Option<&str>; 4]> {
    let column = |name| rows.all("operations", name);
    let columns = [column("object"), column("stage"), column("outcome"), column("status_name")];
    (0..rows.of("operations").len()).map(|row| columns.each_ref().map(|column| column[row])).collect()
}

/// HARD_CASES, MMS: "one operation, whose outcome is the last word". A cancel that is refused (IEC 61850-7-2, Cancel) is an
/// operation of its own, and what it was to cancel goes on to its termination.
#[test]
fn a_refused_cancel_is_not_the_outcome_of_the_control() {
    let [select, oper, cancel] = ["SBOw", "Oper", "Cancel"].map(|step| format!("{SWITCH}${step}"));
    let begin = [
        write(1, &[(&select, operate(1, 0))]),
        wrote(1, "81 00"),
        write(2, &[(&oper, operate(1, 0))]),
        wrote(2, "81 00"),
        write(3, &[(&cancel, operate(1, 0))]),
    ];
    let refused = [&begin[..], &[wrote(3, "80 01 03"), terminate(None, &[SWITCH])]].concat();
    let (rows, _) = talk(&PROTOCOL, Config::default(), &refused);
    let names = ["SBOw", "Cancel"].map(|step| format!("LD/{SWITCH}${step}"));
    assert_eq!(
        outcomes(&rows),
        [
            [Some(&*names[1]), None, Some("refused"), Some("object_access_denied")],
            [Some(&*names[0]), Some("terminated"), Some("success"), None],
        ]
    );
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
    // One that is accepted ends the control; the termination that says so (AddCause 15) tells nothing more.
    let ended = terminate(Some((SWITCH, 1, 15)), &[SWITCH]);
    let accepted = [&begin[..], &[wrote(3, "81 00"), ended.clone()]].concat();
    let (rows, _) = talk(&PROTOCOL, Config::default(), &accepted);
    assert_eq!(outcomes(&rows), [[Some(&*names[0]), Some("accepted"), Some("cancelled"), None]]);
    assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
    // Any other second termination is said.
    let again = [&accepted[..], &[terminate(None, &[SWITCH])]].concat();
    let (rows, _) = talk(&PROTOCOL, Config::default(), &again);
    assert_eq!(rows.reasons(), ["control was terminated before"]);
}

/// IEC 61850-8-1, clause 20.8: `LastApplError` names the object and the number of the control that it explains. It explains
/// no later one, and none of another number.
#[test]
fn the_last_error_explains_the_control_that_it_names() {
    let oper = format!("{SWITCH}$Oper");
    let ask = |id, number| write(id, &[(&oper, operate(number, 0))]);
    let error = |number, cause| terminate(Some((SWITCH, number, cause)), &[]);
    let steps = [
        ask(1, 1),
        error(1, 10),
        wrote(1, "80 01 03"),
        // The answer that follows has no error of its own.
        ask(2, 1),
        wrote(2, "80 01 03"),
        // Nor has one whose error is of another number, or came before it was asked.
        ask(3, 3),
        error(2, 9),
        wrote(3, "80 01 03"),
        error(4, 9),
        ask(4, 4),
        wrote(4, "80 01 03"),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let denied = Some("object_access_denied");
    let causes = [Some("blocked_by_interlocking"), denied, denied, denied];
    assert_eq!(rows.all("operations", "status_name"), causes);
}

/// IEC 61850-8-1, clause 20.8: of several steps of one object that are under way, `LastApplError` explains the one whose number
/// and step it names.
#[test]
fn of_several_steps_of_an_object_the_last_error_explains_the_one_that_it_names() {
    let [oper, cancel] = ["Oper", "Cancel"].map(|step| format!("{SWITCH}${step}"));
    let ask = |id, item: &str, number| write(id, &[(item, operate(number, 0))]);
    let error = |item: &str, number, cause| report_of(Some((item, number, cause)), &[]);
    let no = |id| wrote(id, "80 01 03");
    for steps in [
        [ask(1, &oper, 1), ask(2, &oper, 2), error(&oper, 1, 10), no(1), error(&oper, 2, 12), no(2)],
        [ask(1, &oper, 1), ask(2, &oper, 2), error(&oper, 2, 12), error(&oper, 1, 10), no(1), no(2)],
        [ask(1, &oper, 1), ask(2, &cancel, 1), error(&cancel, 1, 12), error(&oper, 1, 10), no(1), no(2)],
    ] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        let causes = ["blocked_by_interlocking", "command_already_in_execution"].map(Some);
        assert_eq!(rows.all("operations", "status_name"), causes);
    }
    // The request had no answer; the same command is asked again.
    let steps = [ask(1, &oper, 1), ask(2, &oper, 1), error(&oper, 1, 10), no(2)];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("operations", "status_name"), [Some("blocked_by_interlocking"), None]);
}

/// The messages that asked to cancel, and those that answers name.
#[derive(Debug, Default)]
struct Cancels {
    cancels: Vec<u64>,
    asked: Vec<u64>,
}

impl Sink for Cancels {
    fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        for (index, column) in table.columns.iter().enumerate() {
            match (table.name, column.name, row.field(index)) {
                ("operations", "cancel_message", Field::Unsigned(message)) => self.cancels.push(message),
                ("mms", "request_message", Field::Unsigned(message)) => self.asked.push(message),
                _ => {}
            }
        }
        Verdict::GoOn
    }
}

/// IEC 61850-7-2, Cancel: the control is cancelled, by whatever message says so first, and however early it was asked.
#[test]
fn a_cancelled_control_is_one_operation_in_any_order() {
    let [oper, cancel] = ["Oper", "Cancel"].map(|step| format!("{SWITCH}${step}"));
    let [oper, cancel] = [write(1, &[(&oper, operate(1, 0))]), write(2, &[(&cancel, operate(1, 0))])];
    let [accepted, granted] = [wrote(1, "81 00"), wrote(2, "81 00")];
    let ended = terminate(Some((SWITCH, 1, 15)), &[SWITCH]);
    let name = format!("LD/{SWITCH}$Oper");
    for steps in [
        [&oper, &accepted, &cancel, &granted, &ended],
        [&oper, &accepted, &cancel, &ended, &granted],
        [&oper, &cancel, &accepted, &granted, &ended],
        [&oper, &cancel, &accepted, &ended, &granted],
    ] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps.map(|step| step.clone()));
        assert_eq!(outcomes(&rows), [[Some(&*name), Some("accepted"), Some("cancelled"), None]]);
        // The cancel is found from the control, and from the answer to it.
        let mut messages = Cancels::default();
        let mut session = Session::new(&PROTOCOL, Config::default());
        for (frame, (toward, octets)) in (1..).zip(steps) {
            session.feed(*toward, Mark { frame, ..Mark::default() }, octets, &mut messages);
        }
        session.finish(Mark::default(), &mut messages);
        assert_eq!(messages.cancels.len(), 1);
        assert!(messages.asked.contains(&messages.cancels[0]), "{messages:?}");
        assert!(rows.reasons().is_empty(), "{:?}", rows.reasons());
    }
    // A cancel that is refused all the same has its own row.
    let steps = [oper, accepted, cancel, ended, wrote(2, "80 01 03")];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("operations", "outcome"), [Some("cancelled"), Some("refused")]);
}

/// A select by a read of SBO (IEC 61850-8-1, clause 20) is operated by a write; that is what a Confirmed-Error refuses.
#[test]
fn a_write_of_several_controls_is_refused_as_a_whole_also_after_a_select() {
    let [first, second] = ["CSWI1$CO$Pos$Oper", "CSWI2$CO$Pos$Oper"];
    let error =
        element(0xa2, &[&hex("80 01 02")[..], &element(0xa2, &element(0xa0, &hex("87 01 03")))].concat());
    let selected = element(0x8a, b"LD/CSWI1$CO$Pos$SBO");
    let steps = [
        (Toward::Server, read(1, "CSWI1$CO$Pos$SBO")),
        (Toward::Client, confirmed(0xa1, 1, 0xa4, &element(0xa1, &selected))),
        write(2, &[(first, operate(1, 0)), (second, operate(1, 0))]),
        (Toward::Client, error),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("operations", "outcome"), [Some("refused"); 2]);
    assert_eq!(rows.all("mms", "confirmed_service")[3], Some("write"));
}

/// Clause 14.7 (Write-Response) has a result for each variable: an answer without any says of none that it is done.
#[test]
fn an_answer_without_results_is_no_success() {
    let setting = ("LLN0$SP$X", hex("85 01 01"));
    let control = ("CSWI1$CO$Pos$Oper", operate(1, 0));
    for variables in [&[setting.clone()][..], &[setting.clone(), control.clone()], &[control]] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[write(1, variables), wrote(1, "")]);
        let outcomes = rows.all("operations", "outcome");
        assert_eq!(outcomes, vec![Some("open"); variables.len()]);
        assert_eq!(rows.reasons(), ["answer holds another number of results than were asked"]);
    }
    // Whose request was not seen is unasked.
    let (rows, _) = talk(&PROTOCOL, Config::default(), &[wrote(1, "")]);
    assert_eq!(rows.all("operations", "outcome"), [Some("unasked")]);
}

/// Clauses 14.6 and 14.7: a read or a write has any number of variables. Each control among them is one, whatever its place.
#[test]
fn each_control_of_a_message_with_several_variables_is_an_operation() {
    let [first, second] = ["CSWI1$CO$Pos$Oper", "CSWI2$CO$Pos$Oper"];
    let names = [first, second].map(|item| format!("LD/{item}"));
    let steps = [
        write(1, &[(first, operate(1, 0)), (second, operate(1, 1))]),
        wrote(1, "81 00 81 00"),
        terminate(Some((SWITCH, 1, 9)), &[SWITCH, "CSWI2$CO$Pos"]),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(
        outcomes(&rows),
        [
            [Some(&*names[0]), Some("accepted"), Some("refused"), Some("blocked_by_process")],
            [Some(&*names[1]), Some("terminated"), Some("success"), None],
        ]
    );
    let controls: Vec<_> = rows.all("mms_controls", "step").into_iter().flatten().collect();
    assert_eq!(controls[..2], ["Oper", "Oper"]);
    assert_eq!(rows.all("points", "way"), [Some("commanded"); 2]);
    assert_eq!(rows.reasons(), ["control is marked as a test"]);
    // Beside a setting: each has its own result.
    let setting = ("LLN0$SP$X", hex("85 01 01"));
    let steps = [write(1, &[setting, (first, operate(1, 0))]), wrote(1, "81 00 80 01 03")];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(
        outcomes(&rows),
        [
            [Some(&*names[0]), None, Some("refused"), Some("object_access_denied")],
            [Some("LD/LLN0$SP$X"), None, Some("success"), None],
        ]
    );
    assert_eq!(rows.all("operations", "operation"), [Some("control"), Some("write")]);
    assert_eq!(rows.all("points", "way"), [Some("written"), Some("commanded")]);
    // A refusal of the whole is one of each.
    let error =
        element(0xa2, &[&hex("80 01 01")[..], &element(0xa2, &element(0xa0, &hex("87 01 03")))].concat());
    let steps = [write(1, &[(first, operate(1, 0)), (second, operate(1, 0))]), (Toward::Client, error)];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("operations", "outcome"), [Some("refused"); 2]);
}

/// The kind of a write is that of the strongest of its variables.
#[test]
fn a_write_is_what_the_strongest_of_its_variables_is() {
    let truth = || hex("83 01 01");
    for (items, operation, object) in [
        (["LLN0$RP$u1$TrgOps", "LLN0$RP$u1$RptEna"], "reporting", "LD/LLN0$RP$u1$RptEna"),
        (["LLN0$SP$X", "MMXU1$SV$TotW$subEna"], "force", "LD/MMXU1$SV$TotW$subEna"),
        (["MMXU1$SV$TotW$subEna", "LLN0$SP$X"], "force", "LD/MMXU1$SV$TotW$subEna"),
        (["LLN0$SP$X", "LLN0$SP$Y"], "write", "LD/LLN0$SP$X"),
    ] {
        let steps = [write(1, &items.map(|item| (item, truth()))), wrote(1, "81 00 81 00")];
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        assert_eq!(rows.all("operations", "operation"), [Some(operation)]);
        assert_eq!(rows.all("operations", "object"), [Some(object)]);
        assert_eq!(rows.all("operations", "quantity"), [Some("2")]);
    }
}

/// HARD_CASES, MMS: "SBO answers with a name or an empty string (refused)". IEC 61850-8-1, clause 20: the select is a read of SBO, also
/// beside others; a read of Oper asks for nothing.
#[test]
fn a_select_among_other_variables_is_a_control() {
    let variable = |item: &str| element(0x30, &element(0xa0, &in_domain(item)));
    let ask = |id, items: &[&str]| {
        let list = items.iter().flat_map(|item| variable(item)).collect::<Vec<_>>();
        (Toward::Server, confirmed(0xa0, id, 0xa4, &element(0xa1, &element(0xa0, &list))))
    };
    let tell = |id, results: &[u8]| (Toward::Client, confirmed(0xa1, id, 0xa4, &element(0xa1, results)));
    let items = ["A$ST$x", "CSWI1$CO$Pos$SBO", "CSWI2$CO$Pos$SBO"];
    let oper = write(2, &[("CSWI1$CO$Pos$Oper", operate(1, 0))]);
    let steps = [
        ask(1, &items),
        tell(1, &[&hex("85 01 01")[..], &element(0x8a, b"LD/CSWI1$CO$Pos$SBO"), &hex("8a 00")].concat()),
        oper,
        wrote(2, "81 00"),
        terminate(None, &[SWITCH]),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let names = items.map(|item| format!("LD/{item}"));
    assert_eq!(
        outcomes(&rows),
        [
            [Some(&*names[2]), Some("select"), Some("refused"), None],
            [Some(&*names[0]), None, Some("success"), None],
            [Some(&*names[1]), Some("terminated"), Some("success"), None],
        ]
    );
    assert_eq!(rows.all("mms_controls", "step")[..2], [Some("SBO"); 2]);
    let (rows, _) =
        talk(&PROTOCOL, Config::default(), &[ask(1, &["CSWI1$CO$Pos$Oper"]), tell(1, &operate(1, 0))]);
    assert_eq!(rows.all("operations", "operation"), [Some("read")]);
    assert_eq!(rows.all("operations", "outcome"), [Some("success")]);
    assert!(rows.of("mms_controls").is_empty());
}

/// However many controls a message holds, so many are followed, and the rest is said.
#[test]
fn controls_of_a_message_are_bounded() {
    let items: Vec<_> = (0..100).map(|number| format!("CSWI{number}$CO$Pos$Oper")).collect();
    let variables: Vec<_> = items.iter().map(|item| (item.as_str(), operate(1, 0))).collect();
    let (rows, _) =
        talk(&PROTOCOL, Config::default(), &[write(1, &variables), wrote(1, &"81 00 ".repeat(100))]);
    assert_eq!(rows.reasons(), ["too many controls in a message"]);
    assert_eq!(rows.of("mms_controls").len(), 100);
    // Those that are followed, and the write of the others.
    assert_eq!(rows.of("operations").len(), 65);
}

/// Clause 14.5 (`AlternateAccess`): an element of an array, or a component of one, is another point than its neighbour. References of
/// IEC 61850-7-2 have the place in parentheses.
#[test]
fn each_element_of_an_array_is_a_point_of_its_own() {
    const ARRAY: &str = "MHAI1$MX$HA$phsAHar";
    // Index; index and component; index range.
    let accesses = ["a5 03 82 01 03", "a5 03 82 01 04", "a0 0d 81 01 03 30 08 81 06 63 56 61 6c 24 66"];
    let [third, fourth] = [accesses[0], accesses[1]].map(hex);
    let part = element(0xa5, &hex(accesses[2]));
    let range = hex("a5 08 a3 06 80 01 02 81 01 03");
    let variable = |access: &[u8]| element(0x30, &[&element(0xa0, &in_domain(ARRAY))[..], access].concat());
    let list: Vec<_> =
        [&third, &fourth, &part, &range].into_iter().flat_map(|access| variable(access)).collect();
    let ask = (Toward::Server, confirmed(0xa0, 1, 0xa4, &element(0xa1, &element(0xa0, &list))));
    let results = hex("85 01 05 85 01 06 85 01 07 85 01 08");
    let told = (Toward::Client, confirmed(0xa1, 1, 0xa4, &element(0xa1, &results)));
    let (rows, _) = talk(&PROTOCOL, Config::default(), &[ask, told]);
    let names = ["[3]", "[4]", "[3].cVal$f", "[2..4]"].map(|access| format!("LD/{ARRAY}{access}"));
    let references =
        ["(3)", "(4)", "(3).cVal.f", "(2..4)"].map(|access| format!("LD/MHAI1.HA.phsAHar{access}[MX]"));
    assert_eq!(rows.all("mms_data", "name"), names.each_ref().map(|name| Some(name.as_str())));
    let references = references.each_ref().map(|reference| Some(reference.as_str()));
    assert_eq!(rows.all("mms_data", "reference"), references);
    assert_eq!(rows.all("points", "name"), references);
    // Written, and refused.
    let argument = [element(0xa0, &variable(&third)), element(0xa0, &hex("85 01 05"))].concat();
    let steps = [(Toward::Server, confirmed(0xa0, 2, 0xa5, &argument)), wrote(2, "80 01 03")];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_data", "reference"), [references[0]; 2]);
    assert_eq!(rows.all("points", "name"), [references[0]]);
    // Members of a data set, and their values in a report.
    let members =
        [&[0x80, 1, 0][..], &element(0xa1, &[variable(&third), variable(&fourth)].concat())].concat();
    let values =
        hex("8a 01 72 84 03 06 08 00 8a 0b 4c 44 2f 4c 4c 4e 30 24 64 73 31 84 02 06 c0 85 01 05 85 01 06");
    let report = [&hex("a1 05 80 03 52 50 54")[..], &element(0xa0, &values)].concat();
    let steps = [
        (Toward::Server, confirmed(0xa0, 3, 0xac, &in_domain("LLN0$ds1"))),
        (Toward::Client, confirmed(0xa1, 3, 0xac, &members)),
        (Toward::Client, element(0xa3, &element(0xa0, &report))),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let names = names.each_ref().map(|name| Some(name.as_str()));
    assert_eq!(rows.all("mms_names", "name"), names[..2]);
    assert_eq!(rows.all("mms_data", "name"), names[..2]);
    assert_eq!(rows.all("points", "name"), references[..2]);
}

/// Clause 14.5 (`AlternateAccess`): what is a component and what an index, the tags tell, not the octets.
#[test]
fn an_index_is_no_name_whatever_its_octets() {
    for (access, name) in [
        ("a5 0d a0 0b 81 01 41 30 06 81 04 63 56 61 6c", "[65].cVal"),
        ("a5 03 82 01 41", "[65]"),
        ("a5 03 81 01 41", ".A"),
        ("a5 0a a0 08 80 01 41 30 03 82 01 42", ".A[66]"),
        ("a5 0f a0 0d a2 06 80 01 41 81 01 02 30 03 81 01 41", "[65..66].A"),
        // A name that the selection is given is no part of the variable.
        ("a5 08 a5 06 80 01 4e 82 01 41", "[65]"),
    ] {
        let variable = element(0x30, &[&element(0xa0, &in_domain("A$MX$x"))[..], &hex(access)].concat());
        let ask = (Toward::Server, confirmed(0xa0, 1, 0xa4, &element(0xa1, &element(0xa0, &variable))));
        let told = (Toward::Client, confirmed(0xa1, 1, 0xa4, &element(0xa1, &hex("85 01 05"))));
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[ask, told]);
        assert_eq!(rows.all("mms_data", "name"), [Some(&*format!("LD/A$MX$x{name}"))]);
    }
}

/// Clause 14.5 (`VariableSpecification`): a variable may have an address in place of a name.
#[test]
fn variables_without_a_name_have_their_address() {
    let specifications = [
        ("a1 04 80 02 03 e8", "1000"),
        ("a1 08 81 06 25 4d 57 31 30 30", "%MW100"),
        ("a1 06 82 04 de ad be ef", "0xdeadbeef"),
        ("a2 06 80 01 03 85 01 20", "3"),
        // No number.
        ("a1 0b 80 09 01 00 00 00 00 00 00 00 00", "0x010000000000000000"),
    ];
    for (specification, name) in specifications {
        let list = element(0xa0, &element(0x30, &hex(specification)));
        let ask = (Toward::Server, confirmed(0xa0, 1, 0xa4, &element(0xa1, &list)));
        let told = (Toward::Client, confirmed(0xa1, 1, 0xa4, &hex("a1 03 85 01 05")));
        let argument = [list, hex("a0 03 85 01 09")].concat();
        let steps = [ask, told, (Toward::Server, confirmed(0xa0, 2, 0xa5, &argument)), wrote(2, "81 00")];
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        assert_eq!(rows.all("mms", "object"), [Some(name); 4]);
        assert_eq!(rows.all("mms_data", "name"), [Some(name); 2]);
        assert_eq!(rows.all("operations", "object"), [Some(name); 2]);
        assert_eq!(rows.all("points", "name"), [Some(name); 2]);
    }
    let argument = hex("a1 08 81 06 25 4d 57 31 30 30");
    let steps = [
        (Toward::Server, confirmed(0xa0, 1, 0xa6, &argument)),
        (Toward::Client, confirmed(0xa1, 1, 0xa6, &hex("80 01 00 a2 03 85 01 10"))),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_types", "name"), [Some("%MW100")]);
    assert_eq!(rows.all("operations", "object"), [Some("%MW100")]);
}

/// Clause 14.6 (`variableAccessSpecificatn` of Read-Response): an answer may name what it holds; so its values have names where the
/// request was not seen.
#[test]
fn an_answer_that_names_its_variables_needs_no_request() {
    let names: Vec<_> = ["A$ST$x", "A$ST$y"]
        .iter()
        .flat_map(|item| element(0x30, &element(0xa0, &in_domain(item))))
        .collect();
    let named = element(0xa0, &element(0xa0, &names));
    let answer = confirmed(0xa1, 7, 0xa4, &[named, hex("a1 06 83 01 01 83 01 00")].concat());
    let (rows, _) = talk(&PROTOCOL, Config::default(), &[(Toward::Client, answer)]);
    assert_eq!(rows.all("mms", "object"), [Some("LD/A$ST$x")]);
    assert_eq!(rows.all("mms_data", "name"), ["LD/A$ST$x", "LD/A$ST$y"].map(Some));
    assert_eq!(rows.all("points", "name"), ["LD/A.x[ST]", "LD/A.y[ST]"].map(Some));
}

/// Clause 7.5: each kind of rejected message has reasons of its own.
#[test]
fn a_reject_has_the_name_of_its_reason() {
    let ask = read(13, "A$ST$x");
    for (reject, kind, status, name) in [
        ("a4 06 80 01 0d 81 01 01", "confirmed_request_pdu", "1", Some("unrecognized_service")),
        ("a4 06 80 01 0d 81 01 08", "confirmed_request_pdu", "8", Some("max_recursion_exceeded")),
        ("a4 06 80 01 0d 81 01 07", "confirmed_request_pdu", "7", None),
        ("a4 06 80 01 0d 85 01 01", "pdu_error", "1", Some("invalid_pdu")),
    ] {
        let steps = [(Toward::Server, ask.clone()), (Toward::Client, hex(reject))];
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        assert_eq!(rows.all("mms", "rejected_pdu")[1], Some(kind));
        assert_eq!(rows.all("operations", "status"), [Some(status)]);
        assert_eq!(rows.all("operations", "status_name"), [name]);
    }
}

/// The answer to a read: these results.
fn told(id: u8, results: &str) -> (Toward, Vec<u8>) {
    (Toward::Client, confirmed(0xa1, id, 0xa4, &element(0xa1, &hex(results))))
}

/// An identify (clause 10.4), and its answer.
fn identify(id: u8) -> [(Toward, Vec<u8>); 2] {
    let answer = hex("80 01 76 81 01 6d 82 01 72");
    [(Toward::Server, confirmed(0xa0, id, 0x82, &[])), (Toward::Client, confirmed(0xa1, id, 0xa2, &answer))]
}

/// Clause 7.2: an invoke identifier is that of one outstanding request. Who uses it again has given up the request that had it, so
/// that one lost answer shifts none that follows.
#[test]
fn a_request_takes_the_invoke_identifier_of_one_without_answer() {
    let ask = |item| (Toward::Server, read(1, item));
    let [identify, identity] = identify(1);
    let control = |object: &str| write(1, &[(&format!("GGIO1$CO${object}$Oper"), operate(1, 0))]);
    let mut steps = vec![ask("A"), ask("B"), told(1, "83 01 01"), ask("C"), told(1, "80 01 03")];
    steps.extend([ask("D"), identify, identity, control("P1"), control("P2"), wrote(1, "80 01 03")]);
    // Two controls of one message, then one.
    let both = [("GGIO1$CO$P3$Oper", operate(1, 0)), ("GGIO1$CO$P4$Oper", operate(2, 0))];
    steps.extend([write(1, &both), control("P4"), wrote(1, "80 01 03")]);
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let mut outcomes: Vec<_> =
        outcomes(&rows).iter().map(|[object, _, outcome, _]| (*object, *outcome)).collect();
    outcomes.sort_unstable();
    let [refused, unanswered] = ["refused", "unanswered"].map(Some);
    let control = |object: &str| format!("LD/GGIO1$CO${object}$Oper");
    let controls = ["P1", "P2", "P3", "P4"].map(control);
    let [p1, p2, p3, p4] = controls.each_ref().map(|name| Some(name.as_str()));
    let expected = [
        (None, Some("success")),
        (Some("LD/A"), unanswered),
        (Some("LD/B"), Some("success")),
        (Some("LD/C"), refused),
        (Some("LD/D"), unanswered),
        (p1, unanswered),
        (p2, refused),
        (p3, unanswered),
        (p4, refused),
        (p4, unanswered),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(rows.reasons(), [""; 0]);
}

/// The same read again and again, under one identifier, by somebody who goes on after an answer that does not come.
#[test]
fn a_lost_answer_shifts_none_of_the_same_requests() {
    let mut talk = crate::testing::Talk::new(&PROTOCOL, Config::default());
    for turn in 0..4 {
        talk.mark.ts += 1_000_000_000;
        talk.feed(Toward::Server, &read(1, "A"));
        talk.mark.ts += 20_000_000;
        if turn > 0 {
            talk.feed(Toward::Client, &told(1, "83 01 01").1);
        }
    }
    let rows = talk.end();
    // The one without answer is the first: the last would be open.
    assert_eq!(rows.outcomes(), ["success", "success", "success", "unanswered"]);
}

/// What was kept of a request without answer tells nothing of a later one that has its invoke identifier.
#[test]
fn what_is_kept_of_a_request_is_not_that_of_the_next() {
    for first in [(Toward::Server, read(5, "A")), write(5, &[("GGIO1$CO$P1$Oper", operate(1, 0))])] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[&[first][..], &identify(5)].concat());
        assert_eq!(rows.all("mms", "object").last(), Some(&None));
        assert_eq!(rows.outcomes(), ["success", "unanswered"]);
        assert_eq!(rows.reasons(), [""; 0]);
    }
}

/// Clause 7.5 (`rejectReason`): a reject says what kind of message it rejects. That of a cancel or a conclude ends that; that of an
/// answer ends no request.
#[test]
fn a_reject_ends_the_request_that_it_names() {
    let reject = |toward, octets: &str| (toward, hex(octets));
    let steps = [
        (Toward::Server, read(7, "A")),
        (Toward::Server, hex("85 01 07")),
        reject(Toward::Client, "a4 06 80 01 07 86 01 00"),
        told(7, "83 01 01"),
        (Toward::Server, hex("8b 00")),
        reject(Toward::Client, "a4 03 89 01 00"),
        (Toward::Server, read(8, "B")),
        (Toward::Client, read(8, "C")),
        // The client rejects the answer to a request of its own, and nothing else ends.
        reject(Toward::Server, "a4 06 80 01 08 82 01 01"),
        told(8, "83 01 01"),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let told: Vec<_> = rows.all("operations", "function").into_iter().zip(rows.outcomes()).collect();
    let expected = [
        (Some("cancel_request"), "refused"),
        (Some("read"), "success"),
        (Some("conclude_request"), "refused"),
        (Some("read"), "success"),
        (Some("read"), "open"),
    ];
    assert_eq!(told, expected);
    assert_eq!(rows.reasons(), [""; 0]);
}

/// A definition of a list of variables (clause 14.9) of this name.
fn define(id: u8, list: &[u8], members: &[&str]) -> (Toward, Vec<u8>) {
    let variables = members.iter().flat_map(|item| element(0x30, &element(0xa0, &in_domain(item))));
    let argument = [list.to_vec(), element(0xa0, &variables.collect::<Vec<_>>())].concat();
    (Toward::Server, confirmed(0xa0, id, 0xab, &argument))
}

fn defined(id: u8) -> (Toward, Vec<u8>) {
    (Toward::Client, confirmed(0xa1, id, 0x8b, &[]))
}

/// A Confirmed-Error (clause 7.4): class 2 (definition), code 5 (object exists).
fn exists(id: u8) -> (Toward, Vec<u8>) {
    (Toward::Client, element(0xa2, &[&[0x80, 1, id][..], &hex("a2 05 a0 03 82 01 05")].concat()))
}

/// A read of a list.
fn read_list(id: u8, list: &[u8]) -> (Toward, Vec<u8>) {
    (Toward::Server, confirmed(0xa0, id, 0xa4, &element(0xa1, &element(0xa1, list))))
}

/// A report of IEC 61850 (part 8-1, clause 17.2.1): RptID, OptFlds, and what follows.
fn report_with(report_id: &str, options: &str, rest: &[Vec<u8>]) -> (Toward, Vec<u8>) {
    let values = [element(0x8a, report_id.as_bytes()), hex(options), rest.concat()].concat();
    let report = [element(0xa1, &element(0x80, b"RPT")), element(0xa0, &values)].concat();
    (Toward::Client, element(0xa3, &element(0xa0, &report)))
}

/// Clause 14.9: the members of a list are those of the definition that was accepted. A list of the association alone is one too.
#[test]
fn a_list_has_the_members_of_the_definition_that_was_accepted() {
    let of_association = element(0x82, b"ds");
    for list in [in_domain("LLN0$DS"), of_association.clone()] {
        let steps = [
            define(1, &list, &["GGIO1$ST$a"]),
            defined(1),
            define(2, &list, &["GGIO1$ST$b"]),
            exists(2),
            read_list(3, &list),
            told(3, "83 01 01"),
        ];
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        assert_eq!(rows.all("mms_data", "name"), [Some("LD/GGIO1$ST$a")]);
    }
    // Its name in a report (part 8-1): with an @.
    let fields = [element(0x8a, b"@ds"), hex("84 02 06 40"), hex("83 01 01")];
    let report = report_with("rp", "84 03 06 08 00", &fields);
    let steps = [define(1, &of_association, &["GGIO1$ST$a", "GGIO1$ST$b"]), defined(1), report];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_data", "name"), [Some("LD/GGIO1$ST$b")]);
}

/// Feeds messages; one that is lost is a gap. Returns the names of the values told.
fn names_of_values(steps: &[Option<(Toward, Vec<u8>)>], lost: Toward) -> Vec<Option<String>> {
    let mut session = Session::new(&PROTOCOL, Config::default());
    let (mut rows, mut mark) = (Rows::default(), Mark { file: 0, frame: 0, ts: 0 });
    for step in steps {
        mark.frame += 1;
        match step {
            Some((toward, message)) => session.feed(*toward, mark, message, &mut rows),
            None => session.gap(lost, mark, 40, &mut rows),
        };
    }
    session.finish(mark, &mut rows);
    rows.all("mms_data", "name").into_iter().map(|name| name.map(str::to_owned)).collect()
}

/// Clause 14.13: a list that is deleted has no members; nor is known what a definition or a deletion has done whose answer, or
/// whose request, was lost.
#[test]
fn a_list_that_may_be_gone_has_no_members() {
    let (list, other) = (in_domain("LLN0$DS"), in_domain("LLN0$DT"));
    let delete = |id, lists: &[&[u8]]| {
        Some((Toward::Server, confirmed(0xa0, id, 0xad, &element(0xa1, &lists.concat()))))
    };
    let deleted = |id, matched, deleted| {
        Some((Toward::Client, confirmed(0xa1, id, 0xad, &[0x80, 1, matched, 0x81, 1, deleted])))
    };
    let of_domain = Some((Toward::Server, confirmed(0xa0, 2, 0xad, b"\x80\x01\x02\x82\x02LD")));
    let member = || Some("LD/GGIO1$ST$a".to_owned());
    let again = define(3, &list, &["GGIO1$ST$b"]);
    for (between, lost, expected) in [
        (vec![delete(2, &[&list]), deleted(2, 1, 1)], Toward::Client, [None, member()]),
        (vec![delete(2, &[&other, &list]), deleted(2, 2, 2)], Toward::Client, [None, None]),
        (vec![delete(2, &[&list]), deleted(2, 1, 0)], Toward::Client, [member(), member()]),
        (vec![of_domain, deleted(2, 2, 2)], Toward::Client, [None, None]),
        // Answers that are lost, and then requests.
        (vec![delete(2, &[&list]), None], Toward::Client, [None, member()]),
        (vec![Some(again), None], Toward::Client, [None, member()]),
        (vec![None], Toward::Client, [member(), member()]),
        (vec![None, deleted(2, 1, 1)], Toward::Server, [None, None]),
        (vec![None, Some(defined(3))], Toward::Server, [None, None]),
    ] {
        let mut steps = Vec::new();
        for (id, list) in [(7, &list), (8, &other)] {
            steps.extend([define(id, list, &["GGIO1$ST$a"]), defined(id)].map(Some));
        }
        steps.extend(between.clone());
        for (id, list) in [(4, &list), (5, &other)] {
            steps.extend([read_list(id, list), told(id, "83 01 01")].map(Some));
        }
        assert_eq!(names_of_values(&steps, lost), expected, "{between:?}");
    }
}

/// What the names of lists to be deleted are told as: one of the association has an @.
#[test]
fn a_name_of_the_association_is_told_as_such() {
    let lists = [element(0x82, b"ds"), in_domain("LLN0$DS")].concat();
    let steps = [(Toward::Server, confirmed(0xa0, 2, 0xad, &element(0xa1, &lists)))];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_names", "name"), ["@ds", "LD/LLN0$DS"].map(Some));
}

/// Parts of an alternate access are read as far as they can mean something: a list that is kept is read again for each small
/// message about it.
#[test]
fn a_list_with_parts_without_number_costs_little() {
    let access = element(0xa5, &[0x80, 0].repeat(20_000));
    let variable = element(0x30, &[element(0xa0, &in_domain("GGIO1$ST$a")), access].concat());
    let argument = [in_domain("LLN0$DS"), element(0xa0, &variable.repeat(3))].concat();
    let mut steps = vec![(Toward::Server, confirmed(0xa0, 1, 0xab, &argument)), defined(1)];
    for _ in 0..3000 {
        steps.extend([read_list(2, &in_domain("LLN0$DS")), told(2, "83 01 01 83 01 01 83 01 01")]);
    }
    let begin = Instant::now();
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_data", "name"), vec![Some("LD/GGIO1$ST$a"); 9000]);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// A data set whose write has no answer may be that of the block, and so may the one before.
#[test]
fn a_data_set_whose_write_may_be_refused_is_not_known() {
    let block = element(0xa2, &hex("8a 02 72 37 83 01 00 83 01 00 8a 09 4c 44 2f 4c 4c 4e 30 24 41"));
    for (answer, expected) in [(Some(wrote(2, "80 01 03")), Some("LD/GGIO1$ST$a".to_owned())), (None, None)] {
        let steps = [
            Some(define(10, &in_domain("LLN0$A"), &["GGIO1$ST$a"])),
            Some(defined(10)),
            Some((Toward::Server, read(1, "LLN0$RP$urcb"))),
            Some((Toward::Client, confirmed(0xa1, 1, 0xa4, &element(0xa1, &block)))),
            Some(write(2, &[("LLN0$RP$urcb$DatSet", element(0x8a, b"LD/LLN0$B"))])),
            answer,
            Some(report_with("r7", "84 03 06 00 00", &[hex("84 02 07 80"), hex("83 01 01")])),
        ];
        assert_eq!(names_of_values(&steps, Toward::Client).pop().flatten(), expected);
    }
}

/// A direct control that was accepted is one, however many come behind it.
#[test]
fn controls_that_were_accepted_are_not_forgotten() {
    let limits = crate::Limits { pending_requests: 4, ..crate::Limits::default() };
    let mut steps = Vec::new();
    for id in 1..20 {
        steps.push(write(id, &[(&format!("GGIO{id}$CO$SPCSO1$Oper"), operate(id, 0))]));
        steps.push(wrote(id, "81 00"));
    }
    let (rows, _) = talk(&PROTOCOL, Config { limits, ..Config::default() }, &steps);
    assert_eq!(rows.all("operations", "outcome"), vec![Some("accepted"); 19]);
}

/// IEC 61850-7-2, SetURCBValues: a block has the data set that was written, once the answer has accepted it.
#[test]
fn a_report_has_the_data_set_that_was_written_last() {
    let lists = [("A", "GGIO1$ST$a"), ("B", "GGIO1$ST$b")];
    let block = "8a 02 72 37 83 01 00 83 01 00 8a 09 4c 44 2f 4c 4c 4e 30 24 41 86 01 01 84 03 06 00 00 \
                 86 01 00 86 01 00 84 02 02 40 86 01 00 83 01 00";
    let block = element(0xa2, &hex(block));
    let named = |accepts: &str, written: &[(&str, &str)]| {
        let mut steps = Vec::new();
        for (id, (list, member)) in (10u8..).zip(lists) {
            steps.extend([define(id, &in_domain(&format!("LLN0${list}")), &[member]), defined(id)]);
        }
        steps.push((Toward::Server, read(1, "LLN0$RP$urcb")));
        steps.push((Toward::Client, confirmed(0xa1, 1, 0xa4, &element(0xa1, &block))));
        let values = written.iter().map(|(attribute, value)| (*attribute, element(0x8a, value.as_bytes())));
        steps.push(write(2, &values.collect::<Vec<_>>()));
        steps.push(wrote(2, accepts));
        for id in ["r7", "new"] {
            steps.push(report_with(id, "84 03 06 00 00", &[hex("84 02 07 80"), hex("83 01 01")]));
        }
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        let names = rows.all("mms_data", "name");
        let of_reports = names.get(names.len() - 2..).unwrap_or_default();
        of_reports.iter().map(|name| name.map(str::to_owned)).collect::<Vec<_>>()
    };
    let [a, b] = ["LD/GGIO1$ST$a", "LD/GGIO1$ST$b"].map(|name| Some(name.to_owned()));
    let (data_set, report_id) = (("LLN0$RP$urcb$DatSet", "LD/LLN0$B"), ("LLN0$RP$urcb$RptID", "new"));
    assert_eq!(named("81 00", &[data_set]), [b.clone(), None]);
    assert_eq!(named("80 01 03", &[data_set]), [a.clone(), None]);
    assert_eq!(named("81 00", &[report_id]), [None, a.clone()]);
    // Of several that are written at once, each is accepted or not.
    assert_eq!(named("80 01 03 81 00", &[report_id, data_set]), [b.clone(), None]);
    assert_eq!(named("81 00 80 01 03", &[data_set, report_id]), [b, None]);
    assert_eq!(named("81 00 80 01 03", &[report_id, data_set]), [None, a]);
}

/// IEC 61850-7-2: SubSqNum counts the segments of a report from 0, and each block counts its own reports.
#[test]
fn reports_are_counted_by_segments_and_by_blocks() {
    let segment = |number: u8, sub: u8, more: u8| {
        let fields =
            [vec![0x86, 1, number, 0x86, 1, sub, 0x83, 1, more], hex("84 02 07 80"), hex("83 01 01")];
        report_with("rp", "84 03 06 40 40", &fields)
    };
    let steps = [segment(1, 0, 1), segment(1, 1, 0), segment(2, 1, 0), segment(3, 0, 0)];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.reasons(), ["the first segments of a report are missing"]);
    // Two blocks that share a RptID.
    let of = |list: &str, number: u8| {
        let fields =
            [vec![0x86, 1, number], element(0x8a, list.as_bytes()), hex("84 02 07 80"), hex("83 01 01")];
        report_with("rp", "84 03 06 48 00", &fields)
    };
    let steps = [of("LD/LLN0$A", 5), of("LD/LLN0$B", 100), of("LD/LLN0$A", 6), of("LD/LLN0$B", 101)];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.reasons(), [""; 0]);
}

/// Annex D (FileDirectory-Response): a list of no entries, and entries that stand right in the tag of the list.
#[test]
fn a_directory_has_the_entries_that_it_lists() {
    let entry = |name: &str| {
        let attributes = hex("80 01 64 81 0f 32 30 32 30 30 31 30 31 30 30 30 30 30 30 5a");
        element(0x30, &[element(0xa0, &element(0x19, name.as_bytes())), element(0xa1, &attributes)].concat())
    };
    let entries = [entry("a"), entry("b"), entry("c")].concat();
    for (list, quantity) in
        [(element(0x30, &[]), "0"), (entries.clone(), "3"), (element(0x30, &entries), "3")]
    {
        let answer = element(
            0xa1,
            &[&hex("02 01 05 bf 4d 84")[..], &(list.len() as u32 + 6).to_be_bytes(), &element(0xa0, &list)]
                .concat(),
        );
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[(Toward::Client, answer)]);
        assert_eq!(rows.all("mms", "quantity"), [Some(quantity)]);
        assert_eq!(rows.all("mms_files", "name").len().to_string(), quantity);
    }
}

/// IEC 61850-8-1, clause 17: ResvTms of a BRCB is optional, and so is Owner.
#[test]
fn a_block_without_a_reservation_time_may_have_an_owner() {
    let parts = "8a 01 62 83 01 00 8a 01 41 86 01 01 84 03 06 00 00 86 01 00 86 01 00 84 02 02 40 86 01 00 83 01 00 83 01 00 \
                 89 01 07 8c 06 00 00 03 e8 2b ae 89 04 0a 00 00 01";
    let answer = confirmed(0xa1, 1, 0xa4, &element(0xa1, &element(0xa2, &hex(parts))));
    let steps = [(Toward::Server, read(1, "LLN0$BR$brcb")), (Toward::Client, answer)];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_control_blocks", "owner"), [Some("0a000001")]);
    assert_eq!(rows.all("mms_control_blocks", "reserved"), [None]);
}

/// IEC 60870-6-503: a data set with an object of TASE.2 tells that the association is one, by its definition or by its attributes.
#[test]
fn a_data_set_tells_that_it_is_tase2() {
    let members = ["Transfer_Set_Name", "P1"];
    let list = in_domain("DS1");
    let listed = members.iter().flat_map(|item| element(0x30, &element(0xa0, &in_domain(item))));
    let attributes = [hex("80 01 00"), element(0xa1, &listed.collect::<Vec<_>>())].concat();
    let ask = (Toward::Server, confirmed(0xa0, 1, 0xac, &list));
    let tell = (Toward::Client, confirmed(0xa1, 1, 0xac, &attributes));
    let name = element(0xa2, &[hex("85 01 01"), element(0x8a, b"LD"), element(0x8a, b"TS")].concat());
    let report =
        [element(0xa1, &list), element(0xa0, &[name, hex("87 05 08 3f 80 00 00")].concat())].concat();
    let report = (Toward::Client, element(0xa3, &element(0xa0, &report)));
    for known in [[define(1, &list, &members), defined(1)], [ask, tell]] {
        let steps = [&known[..], std::slice::from_ref(&report)].concat();
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        assert_eq!(rows.all("iccp_transfers", "transfer_set"), [Some("LD/TS")]);
        assert_eq!(rows.all("iccp_points", "name"), [Some("LD/P1")]);
    }
}

/// Operates an object with this number, and is accepted.
fn operated(id: u8, number: u8) -> [(Toward, Vec<u8>); 2] {
    [write(id, &[("GGIO1$CO$P$Oper", operate(number, 0))]), wrote(id, "81 00")]
}

/// IEC 61850-7-2 (ctlNum): all messages of one control have its number. Of two of an object, a termination ends the one whose number
/// it has, and a cancel that is granted cancels it.
#[test]
fn a_termination_ends_the_control_whose_number_it_has() {
    let end_of_first: [(&[_], _); 2] = [
        (&[terminate(None, &["GGIO1$CO$P"])], "success"),
        (&[write(9, &[("GGIO1$CO$P$Cancel", operate(1, 0))]), wrote(9, "81 00")], "cancelled"),
    ];
    for (messages, outcome) in end_of_first {
        let mut talk = crate::testing::Talk::new(&PROTOCOL, Config::default());
        let feed = |talk: &mut crate::testing::Talk, steps: &[(Toward, Vec<u8>)]| {
            for (toward, octets) in steps {
                talk.feed(*toward, octets);
            }
        };
        feed(&mut talk, &operated(1, 1));
        // Only the first one is late.
        talk.mark.ts += 200_000_000_000;
        talk.session.advance(talk.mark, &mut talk.rows);
        feed(&mut talk, &operated(2, 2));
        feed(&mut talk, messages);
        feed(&mut talk, &[terminate(Some(("GGIO1$CO$P", 2, 16)), &["GGIO1$CO$P"])]);
        let rows = talk.end();
        let told: Vec<_> = rows.outcomes().into_iter().zip(rows.all("operations", "late")).collect();
        let [late, in_time] = ["true", "false"].map(Some);
        assert_eq!(told, [("accepted", in_time), (outcome, late), ("refused", in_time)]);
    }
}

/// IEC 61850-7-2 (SelectWithValue): an object that is selected anew is no longer selected by the select before.
#[test]
fn an_object_that_is_selected_anew_is_operated_by_the_last_select() {
    let select = |id, number| [write(id, &[("GGIO1$CO$P$SBOw", operate(number, 0))]), wrote(id, "81 00")];
    let steps =
        [&select(1, 7)[..], &select(2, 1), &operated(3, 1), &[terminate(None, &["GGIO1$CO$P"])]].concat();
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let [lapsed, success] = ["lapsed", "success"].map(Some);
    let told: Vec<_> = outcomes(&rows).iter().map(|[_, stage, outcome, _]| (*stage, *outcome)).collect();
    assert_eq!(told, [(Some("selected"), lapsed), (Some("terminated"), success)]);
}

/// What terminates in another association is another control.
#[test]
fn a_control_ends_with_its_association() {
    let connect = b"\x03\x00\x00\x12\x0d\xe0\x00\x00\x00\x05\x00\xc1\x01\x01\xc2\x02\x01\x02".to_vec();
    let stack = |(toward, octets): (Toward, Vec<u8>)| (toward, stacked(&octets, 1000));
    let [ask, accept] = operated(1, 1).map(stack);
    let end = stack(terminate(None, &["GGIO1$CO$P"]));
    let (rows, _) = talk(&cotp::PROTOCOL, Config::default(), &[ask.clone(), accept.clone(), end.clone()]);
    assert_eq!(rows.outcomes(), ["success"]);
    let steps = [ask, accept, (Toward::Server, connect), end];
    let (rows, _) = talk(&cotp::PROTOCOL, Config::default(), &steps);
    let of_control = rows.of("operations").into_iter().filter(|row| row.get("operation") == Some("control"));
    assert_eq!(of_control.map(|row| row.get("outcome")).collect::<Vec<_>>(), [Some("accepted")]);
}

/// IEC 61850-7-2: each element of an array that is read as a whole is the point that it is when it is read by its index.
#[test]
fn each_element_of_an_array_that_is_read_whole_is_a_point() {
    let read_as = |item: &str, value: &str| {
        let (rows, _) =
            talk(&PROTOCOL, Config::default(), &[(Toward::Server, read(1, item)), told(1, value)]);
        let names: Vec<_> = rows.all("points", "name").into_iter().flatten().map(str::to_owned).collect();
        names
    };
    let [real, other] = ["87 05 08 3f 80 00 00", "87 05 08 40 00 00 00"];
    let structures = format!("a1 12 a2 07 {real} a2 07 {other}");
    assert_eq!(read_as("M$MX$H$ar", "a1 06 85 01 04 85 01 05"), ["LD/M.H.ar(0)[MX]", "LD/M.H.ar(1)[MX]"]);
    assert_eq!(read_as("M$MX$H$ar", &structures), ["LD/M.H.ar(0)[MX]", "LD/M.H.ar(1)[MX]"]);
    assert_eq!(read_as("plain", "a1 06 85 01 04 85 01 05"), ["LD/plain[0]", "LD/plain[1]"]);
    let two = "a1 10 a2 06 85 01 01 85 01 02 a2 06 85 01 03 85 01 04";
    assert_eq!(read_as("plain", two), ["LD/plain[0] 0", "LD/plain[0] 1", "LD/plain[1] 0", "LD/plain[1] 1"]);
    // An array, its quality and its time.
    let whole = format!("a2 23 {structures} 84 03 03 00 00 91 08 53 ea be 80 00 00 00 0a");
    assert_eq!(read_as("M$MX$H", &whole), ["LD/M.H[MX] 0.0.0", "LD/M.H[MX] 0.1.0"]);
}

/// X.690, clause 8.6.2.4: unused bits may be anything, and so make no other value.
#[test]
fn unused_bits_are_no_part_of_a_point() {
    let steps: Vec<_> = ["84 02 06 40", "84 02 06 7f"]
        .into_iter()
        .flat_map(|value| [(Toward::Server, read(1, "X$ST$Pos$stVal")), told(1, value)])
        .collect();
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("points", "bits"), [Some("40")]);
}

/// Clause 14.5 (`AlternateAccess`): an access may select several components side by side, which have no name together; the value has
/// them in their order.
#[test]
fn several_components_at_once_have_no_name_together() {
    let several = |item: &str, components: &[&str]| {
        let access = components.iter().flat_map(|name| element(0x81, name.as_bytes()));
        let access = element(0xa5, &access.collect::<Vec<_>>());
        element(0x30, &[element(0xa0, &in_domain(item)), access].concat())
    };
    let ask = |id, variable: &[u8]| {
        (Toward::Server, confirmed(0xa0, id, 0xa4, &element(0xa1, &element(0xa0, variable))))
    };
    let steps = [
        ask(1, &several("M$MX$A", &["mag", "q"])),
        told(1, "a2 0e a2 07 87 05 08 3f 80 00 00 84 03 03 00 00"),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_data", "name"), ["LD/M$MX$A"; 2].map(Some));
    assert_eq!(rows.of("points").len(), 0);
    // A transfer set of TASE.2.
    let steps = [
        (Toward::Server, read(1, "Transfer_Set_Name")),
        ask(2, &several("TS", &["Interval", "Status"])),
        told(2, "a2 06 85 01 0a 83 01 01"),
    ];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    let told = ["transfer_set", "interval", "status"].map(|field| rows.all("iccp_transfer_sets", field));
    assert_eq!(told, [[Some("LD/TS")], [Some("10")], [Some("true")]]);
}

/// HARD_CASES, MMS: "binary time is 4 or 6 octets". The time of a command (T) may be one.
#[test]
fn the_time_of_a_control_may_be_a_binary_time() {
    let parts = hex("83 01 01 a2 05 85 01 03 89 00 86 01 01 8c 06 00 00 00 01 3b 3a 83 01 00 84 02 06 c0");
    let steps = [write(1, &[("CSWI1$CO$Pos$Oper", element(0xa2, &parts))])];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    // 15162 days and a millisecond after 1984-01-01.
    assert_eq!(rows.all("mms_controls", "time"), [Some("Instant(1751760000001000000)")]);
}

/// HARD_CASES, MMS: "integers have 1 to 9 octets [...] -> exact".
#[test]
fn an_integer_of_nine_octets_is_kept() {
    let told = confirmed(0xa1, 1, 0xa4, &hex("a1 0b 85 09 00 80 00 00 00 00 00 00 00"));
    let steps = [(Toward::Server, read(1, "A$ST$x")), (Toward::Client, told)];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
    assert_eq!(rows.all("mms_data", "data_type"), [Some("integer")]);
    assert_eq!(rows.all("mms_data", "integer"), [None]);
    assert_eq!(rows.all("mms_data", "unsigned"), [Some("9223372036854775808")]);
    assert_eq!(rows.all("points", "name"), [Some("LD/A.x[ST]")]);
    assert!(rows.reasons().is_empty());
}

proptest! {
    /// HARD_CASES, ISO transport: a TSDU is put together whatever its segments, and whatever the pieces of the stream.
    #[test]
    fn rows_do_not_depend_on_segments_or_pieces(segment in 3usize..200, piece in 1usize..200) {
        let cases = vectors::parse(PROTOCOL.vectors).unwrap_or_default();
        for case in cases.iter().filter(|case| case.name != "lies") {
            let whole: Vec<_> = case.segments().map(|(toward, octets)| (toward, stacked(octets, 65_000))).collect();
            let cut: Vec<_> = case.segments().flat_map(|(toward, octets)| {
                let stream = stacked(octets, segment);
                stream.chunks(piece).map(|piece| (toward, piece.to_vec())).collect::<Vec<_>>()
            }).collect();
            let of_mms = |rows: Vec<String>| -> Vec<String> {
                rows.into_iter().filter(|row| !row.starts_with("cotp")).collect()
            };
            prop_assert_eq!(of_mms(rows(&cotp::PROTOCOL, &whole)), of_mms(rows(&cotp::PROTOCOL, &cut)), "{}", case.name);
        }
    }

    /// Whatever became of the octets of a message: no panic, and no more rows than octets and a few.
    #[test]
    fn changed_octets_do_no_harm(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let cases = vectors::parse(PROTOCOL.vectors).unwrap_or_default();
        let case = &cases[which.index(cases.len())];
        for (toward, octets) in case.segments() {
            let mut octets = octets.to_vec();
            for (place, value) in &changes {
                let place = place.index(octets.len());
                octets[place] = *value;
            }
            let most = octets.len() * 4 + 40;
            prop_assert!(rows(&PROTOCOL, &[(toward, octets)]).len() < most);
        }
    }
}

/// HARD_CASES, capture files and frames: "Frames cut by the snap length -> headers read; missing octets are a gap in the
/// stream, not malformed protocol". ISO 9506-2, clauses 7.1 and 14: a read of one variable, its last octets not captured.
#[test]
fn of_a_message_that_is_cut_type_and_service_are_told() {
    let name = hex("a0 1a a1 18 1a 0a 6c 64 65 76 69 63 65 30 30 31 1a 0a 4d 4d 58 55 31 24 4d 58 24 41");
    let read = [&hex("02 02 13 88 a4 22 a1 20 a0 1e 30 1c")[..], &name].concat();
    let whole = stacked(&element(0xa0, &read), 60_000);
    for cut in 1..name.len() {
        let mut session = Session::new(&cotp::PROTOCOL, Config::default());
        let (mut rows, mark) = (Rows::default(), Mark { file: 0, frame: 1, ts: 0 });
        session.feed(Toward::Server, mark, &whole[..whole.len() - cut], &mut rows);
        session.gap(Toward::Server, mark, cut as u64, &mut rows);
        session.feed(Toward::Server, mark, &stacked(CONCLUDE, 60_000), &mut rows);
        session.finish(mark, &mut rows);
        let types = [Some("confirmed_request"), Some("conclude_request")];
        assert_eq!(rows.all("mms", "pdu_type"), types, "{cut} octets are missing");
        assert_eq!(rows.all("mms", "invoke_id"), [Some("5000"), None]);
        assert_eq!(rows.all("mms", "confirmed_service"), [Some("read"), None]);
        assert_eq!(rows.all("mms", "object"), [None, None], "no value that may be half of another");
        assert_eq!(rows.all("cotp", "pdu_type"), [Some("data"), Some("data")]);
        assert_eq!(rows.reasons(), ["a gap cuts the message"]);
        assert_eq!(rows.of("operations").len(), 1, "an answer would have come before");
    }
}
