//! Lines as Zeek's writers have them (Zeek 8): `LogAscii` with `use_json` off and on. A `double` has at most six digits behind
//! the point and at least one (`ODesc::Add(double)` with `modp_dtoa2`), a `time` six; in JSON an absent value is left out.
use super::*;

static LOG: Log = Log {
    path: "example",
    fields: &[
        ("ts", "time"),
        ("id.orig_h", "addr"),
        ("id.orig_p", "port"),
        ("seen", "bool"),
        ("value", "double"),
        ("text", "string"),
        ("code", "string"),
        ("words", "vector[string]"),
        ("numbers", "vector[count]"),
    ],
};
static WORDS: Words = Words::new(&[(1, "one"), (5, "five")], Nameless::Hex0x("unknown-", 2));

fn line(form: Form) -> String {
    let mut logs = Logs::new(form);
    logs.at(Instant(1_500_000_000));
    for full in [true, false] {
        let mut entry = logs.entry(&LOG);
        entry.time(1_234_567_890_123_456_789);
        entry.addr(full.then(|| "192.0.2.1".parse().unwrap()));
        entry.count(full.then_some(502));
        entry.bool(full);
        entry.double(full.then_some(-0.5));
        entry.string(full.then_some(&b"a\tb\"\xff"[..]));
        entry.name(&WORDS, if full { 5 } else { 6 });
        entry.vector(|items| {
            if full {
                items.string(b"x,y");
                items.string(b"");
            }
        });
        entry.vector(|items| {
            if full {
                items.count(1);
                items.prepared(b"2,3");
            }
        });
        entry.end();
    }
    assert_eq!(logs.written().collect::<Vec<_>>(), [0, 0]);
    let lines = logs.take(Vec::new());
    let [lines] = &lines[..] else { panic!("one log") };
    assert_eq!((lines.log.path, lines.first), ("example", Instant(1_500_000_000)));
    assert_eq!(lines.ends.last(), Some(&lines.text.len()));
    String::from_utf8(lines.text.clone()).unwrap()
}

#[test]
fn a_line_is_that_of_zeek() {
    let text = line(Form::Tsv);
    let (first, second) = text.trim_end().split_once('\n').unwrap();
    assert_eq!(
        first,
        "1234567890.123457\t192.0.2.1\t502\tT\t-0.5\ta\\x09b\"\\xff\tfive\tx\\x2cy,(empty)\t1,2,3"
    );
    assert_eq!(second, "1234567890.123457\t-\t-\tF\t-\t-\tunknown-0x06\t(empty)\t(empty)");
}

#[test]
fn a_line_of_json_is_an_object_without_what_is_absent() {
    let text = line(Form::Json);
    let values: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = serde_json::json!({
        "ts": 1_234_567_890.123_457, "id.orig_h": "192.0.2.1", "id.orig_p": 502, "seen": true, "value": -0.5,
        "text": "a\\x09b\"\\xff", "code": "five", "words": ["x,y", ""], "numbers": [1, 2, 3],
    });
    assert_eq!(values[0], expected);
    let expected = serde_json::json!({
        "ts": 1_234_567_890.123_457, "seen": false, "code": "unknown-0x06", "words": [], "numbers": [],
    });
    assert_eq!(values[1], expected);
}

#[test]
fn only_tab_separated_logs_have_a_header_and_a_footer() {
    let mut out = Vec::new();
    header(Form::Json, &LOG, Instant(0), &mut out);
    footer(Form::Json, Instant(0), &mut out);
    assert!(out.is_empty());
    header(Form::Tsv, &LOG, Instant(0), &mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("#path\texample\n#open\t1970-01-01-00-00-00\n#fields\tts\tid.orig_h\t"), "{text}");
    assert!(text.ends_with(
        "#types\ttime\taddr\tport\tbool\tdouble\tstring\tstring\tvector[string]\tvector[count]\n"
    ));
}

#[test]
fn real_numbers_have_six_digits_at_most_and_one_at_least() {
    let text = |value: f64| {
        let mut out = Vec::new();
        text::six_digits(value, &NAMES, &mut out);
        String::from_utf8(out).unwrap()
    };
    // The first four stand in logs of icsnpp-synchrophasor's test suite.
    assert_eq!(text(f64::from(123.279_57_f32)), "123.279572");
    assert_eq!(text(f64::from(-86_700.92_f32)), "-86700.921875");
    assert_eq!(text(100_043.218_75), "100043.21875");
    assert_eq!(text(0.0), "0.0");
    assert_eq!(text(0.999_999_9), "1.0");
    assert_eq!(text(-1.0), "-1.0");
    assert_eq!(text(4e9), "4000000000.0");
    assert_eq!(text(f64::NAN), "nan");
    assert_eq!(text(f64::NEG_INFINITY), "-inf");
}
