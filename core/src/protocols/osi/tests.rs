//! What must hold of the upper layers.
use super::*;
use crate::{
    Config,
    testing::{ASK, TELL, talk},
    vectors,
};
use proptest::prelude::*;

fn tables(octets: &[u8]) -> Vec<&'static str> {
    talk(&PROTOCOL, Config::default(), &[(ASK, octets)]).0.0.iter().map(|row| row.table).collect()
}

/// X.226, clause 8.4.2: octets may hold several values of one context; a single type is one.
#[test]
fn octets_may_hold_several_values() {
    let request = |id| [0xa0, 5, 2, 1, id, 0x82, 0];
    let both = [request(5), request(6)].concat();
    for (identifier, ids) in [(0x81, vec![Some("5"), Some("6")]), (0xa0, vec![Some("5")])] {
        let list = [&[2, 1, 3, identifier, both.len() as u8][..], &both].concat();
        let data = [&[0x30, list.len() as u8][..], &list].concat();
        let octets = [&[1, 0, 1, 0, 0x61, data.len() as u8][..], &data].concat();
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[(ASK, &octets)]);
        assert_eq!(rows.all("mms", "invoke_id"), ids);
        assert_eq!(rows.reasons().is_empty(), identifier == 0x81, "{:?}", rows.reasons());
    }
}

/// X.227, clause 9.1: why an association is refused, the user says or the provider.
#[test]
fn a_refusal_of_the_provider_has_its_reason() {
    let wrap = |identifier: u8, contents: &[u8]| [&[identifier, contents.len() as u8][..], contents].concat();
    let aare = |diagnostic: u8, code| {
        let source = wrap(0xa3, &wrap(diagnostic, &[2, 1, code]));
        let acse = wrap(0x61, &[&wrap(0xa2, &[2, 1, 1])[..], &source].concat());
        let context = [&[2, 1, 1][..], &wrap(0xa0, &acse)].concat();
        [&[1, 0, 1, 0][..], &wrap(0x61, &wrap(0x30, &context))].concat()
    };
    for (diagnostic, code, name) in [(0xa1, 3, None), (0xa2, 2, Some("no_common_acse_version"))] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[(TELL, aare(diagnostic, code))]);
        assert_eq!(rows.all("operations", "status"), [Some(code.to_string().as_str())]);
        if name.is_some() {
            assert_eq!(rows.all("operations", "status_name"), [name]);
        }
    }
}

/// HARD_CASES, protocol level, BER: "1,000 presentation contexts -> bounded [...] said".
#[test]
fn a_thousand_contexts_are_bounded_and_said() {
    let item = [0x30, 0x11, 2, 2, 3, 3, 6, 5, 0x28, 0xca, 0x22, 2, 1, 0x30, 4, 6, 2, 0x51, 1].repeat(1000);
    let wrap = |identifier: u8, contents: &[u8]| {
        [&[identifier, 0x82][..], &(contents.len() as u16).to_be_bytes(), contents].concat()
    };
    let connect = wrap(0x31, &wrap(0xa2, &wrap(0xa4, &item)));
    let length = (connect.len() as u16).to_be_bytes();
    let user_data = [&[0xc1, 0xff][..], &length, &connect].concat();
    let spdu = [&[13, 0xff][..], &(user_data.len() as u16).to_be_bytes(), &user_data].concat();
    let tables = tables(&spdu);
    assert_eq!(tables.iter().filter(|table| **table == "osi_presentation_contexts").count(), 16);
    assert!(tables.contains(&"anomalies"));
}

#[test]
fn what_begins_a_session_message_is_told_from_others() {
    assert_eq!(UpperLayers::probe(&[1, 0, 1, 0, 0x61, 2, 0x30, 0], None), Probe::Certain);
    assert_eq!(UpperLayers::probe(&[1, 0, 1, 0, 0x61, 9, 0x30, 0], None), Probe::Possible);
    assert_eq!(UpperLayers::probe(&[1, 0, 1, 0, 0x04, 0], None), Probe::No);
    assert_eq!(UpperLayers::probe(&[13, 4, 0x14, 2, 0, 2], None), Probe::Certain);
    assert_eq!(UpperLayers::probe(&[13, 9, 0x14, 2, 0, 2], None), Probe::No);
    // The first octets of S7comm and S7comm-plus.
    assert_eq!(UpperLayers::probe(&[0x32, 1, 0, 0], None), Probe::No);
    assert_eq!(UpperLayers::probe(&[0x72, 1, 0, 0], None), Probe::No);
}

/// tshark 4.0 reads the MMS request, invokeID 5, behind each of these heads, in an association whose beginning it has seen: token
/// item, enclosure item, PLEASE TOKENS, TYPED DATA. Behind a head that is cut or of another message it reads none.
#[test]
fn data_may_have_parameters_before_them() {
    let request = [0x61, 0x0e, 0x30, 0x0c, 2, 1, 3, 0xa0, 7, 0xa0, 5, 2, 1, 5, 0x82, 0];
    let heads: [&[u8]; 6] = [
        &[1, 3, 0x10, 1, 1, 1, 0],
        &[1, 3, 0x19, 1, 3, 1, 0],
        &[1, 0, 1, 3, 0x19, 1, 3],
        &[2, 0, 1, 0],
        &[1, 0, 33, 0],
        &[2, 3, 0x10, 1, 1, 33, 3, 0x19, 1, 3],
    ];
    for head in heads {
        let octets = [head, &request].concat();
        assert_eq!(UpperLayers::probe(&octets, None), Probe::Certain, "{head:02x?}");
        let rows = talk(&PROTOCOL, Config::default(), &[(ASK, &octets)]);
        assert_eq!(rows.0.all("mms", "invoke_id"), [Some("5")], "{head:02x?}");
        assert_eq!(UpperLayers::probe(&octets[..octets.len() - 1], None), Probe::No, "{head:02x?}");
    }
    for head in [&[1u8, 1, 1, 0][..], &[1, 3, 0x19, 2, 3, 1, 0], &[3, 0, 1, 0], &[1, 0, 34, 0]] {
        assert_eq!(UpperLayers::probe(&[head, &request].concat(), None), Probe::No, "{head:02x?}");
    }
}

/// The list of transfer syntaxes says to be empty, so that its element stands behind it. tshark 4.0 reads the MMS request,
/// invokeID 5, in the context all the same.
#[test]
fn the_first_name_of_a_context_is_its_abstract_syntax() {
    let item = [0x30, 0x10, 2, 1, 3, 6, 5, 0x28, 0xca, 0x22, 2, 1, 0x30, 0, 6, 2, 0x51, 1];
    let user_data = [&[0xc1, 24, 0x31, 22, 0xa2, 20, 0xa4, 18][..], &item].concat();
    let connect = [&[13, 26][..], &user_data].concat();
    let request = [1, 0, 1, 0, 0x61, 0x0e, 0x30, 0x0c, 2, 1, 3, 0xa0, 7, 0xa0, 5, 2, 1, 5, 0x82, 0];
    let rows = talk(&PROTOCOL, Config::default(), &[(ASK, &connect[..]), (ASK, &request[..])]);
    assert_eq!(rows.0.all("mms", "invoke_id"), [Some("5")]);
}

/// X.225, clauses 8.3 (NOT FINISHED, ABORT ACCEPT), and X.227 (`Release-response-reason`): who is not done refuses the release, by
/// the session or by the reason.
#[test]
fn a_release_is_refused_by_who_is_not_done() {
    let spdu = |code: u8, apdu: u8, reason: u8| {
        let head = [code, 0x10, 0xc1, 0x0e, 0x61, 0x0c, 0x30, 0x0a, 2, 1, 1, 0xa0, 5];
        [&head[..], &[apdu, 3, 0x80, 1, reason]].concat()
    };
    for (code, reason, outcome) in
        [(10, 0, "success"), (10, 30, "success"), (10, 1, "refused"), (8, 0, "refused"), (8, 1, "refused")]
    {
        let answer = spdu(code, 0x63, reason);
        assert_eq!(UpperLayers::probe(&answer, None), Probe::Certain);
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[(ASK, spdu(9, 0x62, 0)), (TELL, answer)]);
        assert_eq!(rows.outcomes(), [outcome], "{code} {reason}");
    }
    assert_eq!(UpperLayers::probe(&[26, 0], None), Probe::Possible);
}

/// X.226, clause 8.4.2 (`presentation-data-values`): octets may be encoded as bits, too. What is encoded in another way is not read,
/// and said.
#[test]
fn data_may_be_encoded_as_bits() {
    let request = [0xa0, 5, 2, 1, 5, 0x82, 0];
    let data = |identifier: u8, contents: &[u8]| {
        let value = [&[2, 1, 3, identifier, contents.len() as u8][..], contents].concat();
        let list = [&[0x61, value.len() as u8 + 2, 0x30, value.len() as u8][..], &value].concat();
        [&[1, 0, 1, 0][..], &list].concat()
    };
    let bits = [&[0][..], &request].concat();
    let parts = [&[4, 3][..], &request[..3], &[4, 4], &request[3..]].concat();
    for (octets, invoke_id, reasons) in [
        (data(0x82, &bits), &[Some("5")][..], &[][..]),
        (data(0xa1, &parts), &[], &["presentation data in an encoding that is not read"]),
        (data(0x82, &[3, 0xa0]), &[], &["presentation data in an encoding that is not read"]),
    ] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[(ASK, &octets)]);
        assert_eq!(rows.all("mms", "invoke_id"), invoke_id);
        assert_eq!(rows.reasons(), reasons);
    }
}

proptest! {
    /// Whatever became of the octets of a message: no panic, and no more rows than octets and a few.
    #[test]
    fn changed_octets_do_no_harm(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let cases = vectors::parse(PROTOCOL.vectors).unwrap_or_default();
        let case = &cases[which.index(cases.len())];
        for (_, octets) in case.segments() {
            let mut octets = octets.to_vec();
            for (place, value) in &changes {
                let place = place.index(octets.len());
                octets[place] = *value;
            }
            let most = octets.len() * 4 + 40;
            prop_assert!(tables(&octets).len() < most);
        }
    }
}

/// Octets of CONNECT with AARQ and the initiate of MMS.
fn connect() -> Vec<u8> {
    let cases = vectors::parse(PROTOCOL.vectors).expect("vectors");
    let case = cases.iter().find(|case| case.name == "association").expect("the case");
    case.segments().next().expect("its first segment").1.to_vec()
}

/// ITU-T X.225, clause 8.3 (REFUSE, ABORT): who refuses or ends the connection ends what was asked to set up an
/// association on it.
#[test]
fn a_connection_that_is_refused_or_ends_ends_what_was_asked_on_it() {
    let connect = connect();
    // A transport disconnect and a reason; an abort of the provider; CPR with a reason; ARP with one.
    for (octets, status, aborts) in [
        (&[12, 3, 0x32, 1, 2][..], Some("2"), false),
        (&[25, 3, 0x11, 1, 11], None, true),
        (&[12, 11, 0x32, 9, 2, 0x30, 6, 0x83, 1, 1, 0x8a, 1, 4], Some("4"), false),
        (&[25, 13, 0x11, 1, 11, 0xc1, 8, 0x30, 6, 0x80, 1, 6, 0x81, 1, 2], Some("6"), true),
    ] {
        let (rows, _) = talk(&PROTOCOL, Config::default(), &[(ASK, &connect[..]), (TELL, octets)]);
        let mut functions = vec![Some("aarq"), Some("initiate_request")];
        let mut outcomes = vec![Some("refused"); 2];
        if aborts {
            functions.insert(0, Some("abort"));
            outcomes.insert(0, Some("unconfirmed"));
        }
        assert_eq!(rows.all("operations", "function"), functions, "{octets:02x?}");
        assert_eq!(rows.all("operations", "outcome"), outcomes, "{octets:02x?}");
        assert_eq!(rows.all("operations", "status").last(), Some(&status), "{octets:02x?}");
    }
    // The one who asked gives up, by ABRT within ARU: that is said by ACSE.
    let abort = [25, 18, 0x11, 1, 3, 0xc1, 13, 0xa0, 11, 0x61, 9, 0x30, 7, 2, 1, 1, 0xa0, 2, 0x64, 0];
    let (rows, _) = talk(&PROTOCOL, Config::default(), &[(ASK, &connect[..]), (ASK, &abort[..])]);
    assert_eq!(rows.all("operations", "function"), [Some("abrt"), Some("aarq"), Some("initiate_request")]);
    assert_eq!(
        rows.all("operations", "outcome"),
        [Some("unconfirmed"), Some("cancelled"), Some("cancelled")]
    );
}

/// An abort by the user, within ARU.
const ABORT: [u8; 20] = [25, 18, 0x11, 1, 3, 0xc1, 13, 0xa0, 11, 0x61, 9, 0x30, 7, 2, 1, 1, 0xa0, 2, 0x64, 0];

/// ITU-T X.225, clause 8.3 (ABORT): it refuses no association that worked, nor one whose time is over: that has its row.
#[test]
fn an_abort_ends_nothing_that_was_set_up_or_is_overdue() {
    let connect = connect();
    let head = [1, 0, 1, 0, 0x61, 0x0e, 0x30, 0x0c, 2, 1, 3, 0xa0, 7];
    let [ask, tell] = [&[0xa0, 5, 2, 1, 5, 0x82, 0][..], &[0xa1, 5, 2, 1, 5, 0x82, 0]]
        .map(|message| [&head[..], message].concat());
    let provider = [25, 3, 0x11, 1, 11];
    let of_association = |rows: &crate::testing::Rows| -> Vec<Option<String>> {
        let functions = rows.all("operations", "function").into_iter();
        functions
            .zip(rows.all("operations", "outcome"))
            .filter(|(function, _)| matches!(function, Some("aarq" | "initiate_request")))
            .map(|(_, outcome)| outcome.map(str::to_owned))
            .collect()
    };
    for (way, abort) in [(TELL, &provider[..]), (ASK, &ABORT)] {
        // The answer to CONNECT was lost, and data were exchanged.
        let steps = [(ASK, &connect[..]), (ASK, &ask), (TELL, &tell), (way, abort)];
        let (rows, _) = talk(&PROTOCOL, Config::default(), &steps);
        assert_eq!(of_association(&rows), [Some("open".into()), Some("open".into())]);
        // It comes long after the time-out.
        let mut talk = crate::testing::Talk::new(&PROTOCOL, Config::default());
        talk.feed(ASK, &connect);
        talk.mark.ts += 200_000_000_000;
        talk.session.advance(talk.mark, &mut talk.rows);
        talk.feed(way, abort);
        assert_eq!(of_association(&talk.end()), [Some("unanswered".into()), Some("unanswered".into())]);
    }
}
