//! The command as a person runs it: exit codes, messages, and what it writes.
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

fn fieldtap(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fieldtap")).args(arguments).output().expect("the command runs")
}
fn corpus(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(name).display().to_string()
}
fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("text")
}
fn lines(output: &Output) -> Vec<serde_json::Value> {
    let lines = text(&output.stdout);
    lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}
/// A folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_capture_gives_json_lines() {
    let output = fieldtap(&["dissect", &corpus("modbus/functions_tcp.pcap"), "--tables", "modbus"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = lines(&output);
    assert!(rows.iter().all(|row| row["record"] == "modbus"));
    // The page of the corpus: all 19 public functions are in the file.
    let public = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43];
    for function in public {
        assert!(rows.iter().any(|row| row["function_code"] == function), "function {function}");
    }
}

/// A live capture through a pipe, as of `tcpdump -U -w -`: what is known is said when the pipe falls quiet, and not when it ends.
#[test]
fn what_a_pipe_has_brought_is_said_before_its_end() {
    let capture = corpus("modbus/functions_tcp.pcap");
    let whole = std::fs::read(&capture).expect("the corpus is part of the repository");
    for (format, threads) in [("jsonl", "1"), ("jsonl", "2"), ("eve", "1"), ("eve", "2")] {
        let asked = ["--tables", "modbus", "-f", format, "--threads", threads, "--every-message"];
        let all = text(&fieldtap(&[&["dissect", &capture][..], &asked].concat()).stdout).lines().count();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fieldtap"))
            .args([&["dissect", "-"][..], &asked].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let (mut pipe, said) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let (line_in, line) = mpsc::channel();
        let reader = thread::spawn(move || {
            for line in BufReader::new(said).lines() {
                line_in.send(line.expect("text")).expect("somebody waits");
            }
        });
        // The second half comes when all of the first was said.
        let (first, second) = whole.split_at(whole.len() / 2);
        let next = || line.recv_timeout(Duration::from_secs(60));
        pipe.write_all(first).expect("it reads");
        next().expect("rows of the first half");
        pipe.write_all(second).expect("it reads");
        let mut count = 1;
        while count < all {
            next().unwrap_or_else(|_| panic!("{format}, {threads} threads: {count} of {all} rows"));
            count += 1;
        }
        drop(pipe);
        assert!(child.wait().expect("it ends").success());
        reader.join().expect("no panic");
        assert!(line.try_recv().is_err());
    }
}

/// HARD_CASES, capture files: "frames before it are given, clear error with offset".
#[test]
fn a_cut_capture_gives_what_came_before_and_exit_code_1() {
    let whole =
        std::fs::read(corpus("modbus/functions_tcp.pcap")).expect("the corpus is part of the repository");
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldtap"))
        .args(["dissect", "-", "--tables", "modbus,captures"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let cut = whole.len() - 5;
    child.stdin.take().expect("a pipe").write_all(&whole[..cut]).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let rows = lines(&output);
    let capture = rows.iter().find(|row| row["record"] == "captures").expect("the capture's row");
    let all = lines(&fieldtap(&["dissect", &corpus("modbus/functions_tcp.pcap"), "--tables", "captures"]));
    assert_eq!(capture["frames"].as_u64(), all[0]["frames"].as_u64().map(|frames| frames - 1));
    let said = text(&output.stderr);
    assert!(said.contains("offset") || said.contains("octet"), "{said}");
    assert!(capture["damage_offset"].as_u64().is_some_and(|offset| offset < cut as u64), "{capture}");
}

#[test]
fn misuse_is_told_with_what_would_be_right() {
    for (arguments, word) in [
        (&["dissect", "x.pcap", "--protocol", "nosuch"][..], "modbus_rtu"),
        (&["dissect", "x.pcap", "--tables", "nosuch"], "messages"),
        (&["dissect", "x.pcap", "--limit", "nosuch=1"], "no limit is named \"nosuch\"; there are"),
        (&["dissect", "x.pcap", "--limit", "nosuch=1"], "pending_requests"),
        (&["dissect", "x.pcap", "--limit", "tcp_idle"], "NAME=NUMBER is expected; the limits are"),
        (
            &["dissect", "x.pcap", "--limit", "tcp_idle=soon"],
            "NAME=NUMBER is expected, and the number is none",
        ),
        // 2^64 - 1 nanoseconds are more than 64 bits with a sign hold, and 2^64 more than any.
        (&["dissect", "x.pcap", "--limit", "tcp_idle=18446744073709551615"], "larger than this limit can be"),
        (&["dissect", "x.pcap", "--limit", "tcp_idle=18446744073709551616"], "larger than this limit can be"),
        (&["dissect"], "standard input"),
        (&["dissect", &corpus("demo.pcapng"), "--format", "csv"], "-o DIR"),
        (&["dissect", "--raw", "x"], "--protocol"),
        (&["dissect", &corpus("demo.pcapng"), "--partition", "day"], "parquet"),
    ] {
        let output = fieldtap(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(word), "{arguments:?}: {}", text(&output.stderr));
    }
    let output = fieldtap(&["dissect", "no/such/file.pcap"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no/such/file.pcap"));
}

/// The request of section 6.3 of the application protocol, behind the header of the messaging guide.
#[test]
fn one_payload_is_dissected_without_a_capture() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldtap"))
        .args([
            "dissect",
            "--raw",
            "-",
            "--protocol",
            "modbus",
            "--direction",
            "request",
            "--tables",
            "messages",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let adu = b"\x00\x01\x00\x00\x00\x06\x11\x03\x00\x6b\x00\x03";
    child.stdin.take().expect("a pipe").write_all(adu).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let rows = lines(&output);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["unit_id"], &rows[0]["address"], &rows[0]["quantity"]),
        (&17.into(), &107.into(), &3.into())
    );
}

/// HARD_CASES, identification: "Registered port, but TLS (`16 03 0x`), SSH or HTTP on it -> named as such".
#[test]
fn the_summary_tells_what_a_person_asks_first() {
    let output = fieldtap(&["summary", &corpus("demo.pcapng")]);
    assert_eq!(output.status.code(), Some(0));
    let summary = text(&output.stdout);
    for word in ["modbus_rtu", "Northgate Controls", "tls", "ssh", "http", "dns", "2,175"] {
        assert!(summary.contains(word), "{word} is not in\n{summary}");
    }
}

/// What each point was, by the rows of `points` that say every value.
#[test]
fn the_summary_follows_points_if_asked() {
    let demo = corpus("demo.pcapng");
    let summary = text(&fieldtap(&["summary", "--points", &demo]).stdout);
    let rows = lines(&fieldtap(&["dissect", &demo, "--tables", "points", "--every-message"]));
    let of = |row: &&serde_json::Value| {
        row["device"] == "10.20.1.11" && row["space"] == "input_register" && row["address"] == 0
    };
    let values: Vec<_> = rows.iter().filter(of).filter_map(|row| row["integer"].as_i64()).collect();
    let (first, last) = (values[0], values[values.len() - 1]);
    let (least, greatest) = (values.iter().min().expect("some"), values.iter().max().expect("some"));
    let line = summary.lines().find(|line| line.contains("10.20.1.11") && line.contains("input_register:0 "));
    let cells: Vec<&str> = line.expect("a line").split_whitespace().collect();
    let numbers = [first, last, *least, *greatest].map(|value| value.to_string());
    assert_eq!(cells[..3], ["10.20.1.11/1", "input_register:0", "read"]);
    assert_eq!(cells[3], values.len().to_string());
    assert_eq!(cells[5..], numbers.each_ref().map(String::as_str));
    assert!(!text(&fieldtap(&["summary", &demo]).stdout).contains("\nPoints\n"));
}

#[test]
fn a_file_per_table_and_counts_agree() {
    let (folder, demo) = (folder("a_file_per_table"), corpus("demo.pcapng"));
    let path = folder.display().to_string();
    for format in ["csv", "zeek", "parquet", "jsonl"] {
        let output = fieldtap(&["dissect", &demo, "--format", format, "-o", &path, "--every-message"]);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
    }
    let count = text(&fieldtap(&["dissect", &demo, "--count"]).stdout);
    let rows = |table: &str| -> usize {
        let line = count.lines().find(|line| line.split_whitespace().next() == Some(table));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).expect("a count")
    };
    for table in ["modbus", "operations", "conversations"] {
        let csv = std::fs::read_to_string(folder.join(format!("{table}.csv"))).expect("a file");
        assert_eq!(csv.lines().count() - 1, rows(table), "{table}");
        let zeek = std::fs::read_to_string(folder.join(format!("{table}.log"))).expect("a file");
        assert_eq!(zeek.lines().filter(|line| !line.starts_with('#')).count(), rows(table), "{table}");
        assert!(zeek.contains("#open\t2026-03-02-"), "the log is opened at its first row");
        assert!(folder.join(format!("{table}.parquet")).exists());
    }
    let json = std::fs::read_to_string(folder.join("records.jsonl")).expect("a file");
    let total: usize =
        count.lines().filter_map(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok()).sum();
    assert_eq!(json.lines().count(), total);
}

#[test]
fn the_schema_holds_every_table_and_protocol() {
    let schema: serde_json::Value =
        serde_json::from_slice(&fieldtap(&["schema", "--json"]).stdout).expect("JSON");
    let names: Vec<&str> =
        schema.as_array().expect("a list").iter().filter_map(|table| table["name"].as_str()).collect();
    for name in
        ["captures", "operations", "points", "identities", "conversations", "anomalies", "modbus", "umas"]
    {
        assert!(names.contains(&name), "{name}");
    }
    let protocols = text(&fieldtap(&["protocols"]).stdout);
    assert!(protocols.contains("modbus: ") && protocols.contains("TCP 502"), "{protocols}");
}

/// The logs of Zeek with ICSNPP, in both forms; a profile wants its format and a folder.
#[test]
fn a_profile_writes_the_logs_of_another_tool() {
    let capture = corpus("modbus/functions_tcp.pcap");
    let folder = folder("profile");
    let at = folder.display().to_string();
    let profile = ["dissect", &capture, "--format", "zeek", "--profile", "icsnpp"];
    assert_eq!(fieldtap(&[&profile[..], &["-o", &at]].concat()).status.code(), Some(0));
    let log = std::fs::read_to_string(folder.join("modbus_detailed.log")).expect("a log");
    assert!(log.contains("\n#fields\tts\tuid\tid.orig_h\t") && log.contains("\n#close\t"), "{log}");
    assert_eq!(fieldtap(&[&profile[..], &["--json", "-o", &at]].concat()).status.code(), Some(0));
    let log = std::fs::read_to_string(folder.join("modbus_detailed.log")).expect("a log");
    let first: serde_json::Value = serde_json::from_str(log.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["func"], &first["quantity"]), (&"READ_COILS".into(), &13.into()));
    for wrong in [
        &profile[..],
        &["dissect", &capture, "--profile", "icsnpp", "-o", &at],
        &["dissect", &capture, "--json"],
    ] {
        assert_eq!(fieldtap(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

/// The frames behind the rows go into a capture; standard input is not read twice.
#[test]
fn frames_behind_rows_are_carved() {
    let folder = folder("carve");
    std::fs::create_dir_all(&folder).expect("a folder");
    let to = folder.join("out.pcapng").display().to_string();
    let capture = corpus("modbus/functions_tcp.pcap");
    let arguments = ["dissect", &capture, "--tables", "modbus_device_objects"];
    let rows = fieldtap(&arguments).stdout;
    let output = fieldtap(&[&arguments[..], &["--carve", &to]].concat());
    assert_eq!((output.status.code(), &output.stdout), (Some(0), &rows), "{}", text(&output.stderr));
    // Four answers hold objects (functions_tcp: basic, regular, extended, one object).
    assert!(text(&output.stderr).contains("4 frames in"), "{}", text(&output.stderr));
    // Rows that a condition keeps back have no frames: reading a FIFO queue takes a request and an answer.
    let one = ["dissect", &capture, "--tables", "modbus", "--where", "function_code = 24", "--carve", &to];
    let (output, rows) = (fieldtap(&one), lines(&fieldtap(&one[..6])));
    assert!(!rows.is_empty());
    let frames: std::collections::BTreeSet<_> = rows.iter().map(|row| row["frame"].as_u64()).collect();
    let said = format!("{} frames in", frames.len());
    assert!(text(&output.stderr).contains(&said), "{said}: {}", text(&output.stderr));
    assert_eq!(fieldtap(&["dissect", "-", "--carve", &to]).status.code(), Some(2));
    // The file that the rows go to, by another name.
    let at = |name: &str| folder.join(name).display().to_string();
    for (format, to, partition) in [
        ("jsonl", "rows/../rows/records.jsonl", false),
        ("csv", "./rows/modbus.csv", false),
        ("parquet", "rows/modbus/part.parquet", true),
    ] {
        let (rows, to) = (at("rows"), at(to));
        let mut asked = vec!["dissect", &capture, "-f", format, "-o", &rows, "--carve", &to];
        asked.extend(partition.then_some(["--partition", "day"]).into_iter().flatten());
        let output = fieldtap(&asked);
        assert_eq!(output.status.code(), Some(2), "{to}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("the rows are written there"), "{to}");
    }
}

/// What cannot be read has no frames, and keeps none of the others' back.
#[test]
fn all_evidence_is_carved_beside_what_cannot_be_read() {
    let folder = folder("carve_beside");
    let at = |name: &str| folder.join(name).display().to_string();
    std::fs::create_dir_all(folder.join("none")).expect("a folder");
    std::fs::write(folder.join("empty.pcap"), "").expect("a file");
    let capture = corpus("modbus/exceptions.pcap");
    let carved = |others: &[&str]| {
        let to = at("out.pcapng");
        let _ = std::fs::remove_file(&to);
        let output = fieldtap(&[&["dissect", &capture], others, &["--carve", &to]].concat());
        (output.status.code(), std::fs::read(&to).unwrap_or_default())
    };
    let (code, evidence) = carved(&[]);
    assert!(code == Some(0) && !evidence.is_empty());
    for other in ["missing.pcap", "empty.pcap", "none"] {
        assert!(carved(&[&at(other)]) == (Some(1), evidence.clone()), "{other}");
    }
}

/// Events on standard output and in a folder are the same, and `--tables` selects them.
#[test]
fn events_are_written_to_one_stream() {
    let capture = corpus("modbus/libmodbus.pcap");
    let output = fieldtap(&["dissect", &capture, "--format", "eve"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let events = lines(&output);
    for event in ["modbus", "flow", "operations"] {
        assert!(events.iter().any(|line| line["event_type"] == event), "{event}");
    }
    let folder = folder("eve");
    let written = fieldtap(&["dissect", &capture, "--format", "eve", "-o", &folder.display().to_string()]);
    assert!(written.stdout.is_empty());
    assert_eq!(std::fs::read(folder.join("eve.json")).expect("the events"), output.stdout);
    let some = lines(&fieldtap(&["dissect", &capture, "--format", "eve", "--tables", "modbus"]));
    assert!(some.iter().all(|line| line["event_type"] == "modbus"));
    assert_eq!(some.len(), events.iter().filter(|line| line["event_type"] == "modbus").count());
    let schema = lines(&Output {
        stdout: text(&fieldtap(&["schema", "--format", "eve"]).stdout).replace('\n', " ").into_bytes(),
        ..output
    });
    assert_eq!(schema[0]["properties"]["modbus"]["$ref"], "#/$defs/modbus");
}

/// Events are whole whichever of their rows was asked for: each is, octet for octet, one of those without a filter.
#[test]
fn events_that_are_asked_for_are_whole() {
    let events = |capture: &str, arguments: &[&str]| {
        let output = fieldtap(&[&["dissect", capture, "--format", "eve"][..], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let events = lines(&output);
        (text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>(), events)
    };
    type Holds = fn(&serde_json::Value) -> bool;
    let (demo, outstation) = (corpus("demo.pcapng"), corpus("dnp3/opendnp3_reads.pcap"));
    let cases: [(&str, &str, &str, Holds); 5] = [
        // A request's sender: its answer, which another sent, is in the event.
        (&demo, "modbus", "sender = 10.20.1.66", |event| event["src_ip"] == "10.20.1.66"),
        // An answer: so is its request.
        (&demo, "modbus", "direction = response", |event| event["modbus"]["response"].is_object()),
        (&demo, "modbus", "exception_code = 2", |event| event["modbus"]["response"]["exception"]["raw"] == 2),
        (&demo, "conversations", "end = fin", |event| event["conversations"]["end"] == "fin"),
        (&outstation, "dnp3", "function_code = response", |event| {
            event["dnp3"]["application"]["function_code"] == 129
        }),
    ];
    for (capture, table, condition, holds) in cases {
        let (all, values) = events(capture, &["--tables", table]);
        let picked = all.into_iter().zip(&values).filter(|(_, event)| holds(event)).map(|(line, _)| line);
        let picked: Vec<_> = picked.collect();
        assert!(!picked.is_empty(), "{condition}");
        for threads in ["1", "3"] {
            let asked = events(capture, &["--tables", table, "--where", condition, "--threads", threads]).0;
            assert_eq!(asked, picked, "{condition}");
        }
    }
    // A column of the object headers alone gives the fragments that they are in.
    let rows = lines(&fieldtap(&["dissect", &outstation, "--tables", "dnp3_objects"]));
    let frames: Vec<_> = rows.iter().filter(|row| row["group"] == 1).map(|row| &row["frame"]).collect();
    let (all, values) = events(&outstation, &["--tables", "dnp3_objects"]);
    let picked = all.into_iter().zip(&values).filter(|(_, event)| frames.contains(&&event["pcap_cnt"]));
    let picked: Vec<_> = picked.map(|(line, _)| line).collect();
    assert!(!picked.is_empty() && picked.len() < values.len());
    assert_eq!(events(&outstation, &["--tables", "dnp3_objects", "--where", "group = 1"]).0, picked);
    // A message of another protocol is its fields and its arrays.
    let capture = corpus("iec104/commands.pcap");
    let condition = ["--tables", "iec104,iec104_objects", "--where", "ioa >= 0"];
    let (all, values) = events(&capture, &condition[..2]);
    let with_objects = |event: &serde_json::Value| event["iec104"]["objects"].is_array();
    let picked: Vec<_> = all.into_iter().zip(&values).filter(|(_, event)| with_objects(event)).collect();
    assert!(!picked.is_empty() && picked.len() < values.len());
    let picked: Vec<_> = picked.into_iter().map(|(line, _)| line).collect();
    assert_eq!(events(&capture, &condition).0, picked);

    // Of a span of time, too; what is wrong is told before a file is opened.
    let at = folder("eve_asked");
    let whole = events(&demo, &[]).0;
    let some = events(&demo, &["--from", "2026-03-02T08:00:20", "--to", "2026-03-02T08:00:30"]).0;
    let mut rest = whole.iter();
    assert!(!some.is_empty() && some.len() < whole.len());
    assert!(some.iter().all(|line| rest.any(|of| of == line)), "an event that is not among all");
    let at = at.display().to_string();
    let wrong = ["dissect", &demo, "-f", "eve", "-o", &at, "--where", "colour = red"];
    assert_eq!(fieldtap(&wrong).status.code(), Some(2));
    assert!(!Path::new(&at).exists());
    let carved = ["dissect", &demo, "-f", "eve", "--where", "end = fin", "--carve", &at];
    assert_eq!(fieldtap(&carved).status.code(), Some(2));
}

/// What a run leaves of an earlier one is said, once: its numbers are those of another run.
#[test]
fn files_of_an_earlier_run_are_named() {
    let (modbus, dnp3) = (corpus("modbus/functions_tcp.pcap"), corpus("dnp3/opendnp3_reads.pcap"));
    for format in
        [&["--format", "csv"][..], &["--format", "zeek"], &["--format", "zeek", "--profile", "icsnpp"]]
    {
        let folder = folder(&format!("earlier_{}", format.len() + format[1].len()));
        let at = folder.display().to_string();
        let said = |capture: &str| {
            let output = fieldtap(&[&["dissect", capture, "-o", &at][..], format].concat());
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            text(&output.stderr)
        };
        assert_eq!((said(&modbus), said(&modbus)), (String::new(), String::new()));
        std::fs::write(folder.join("notes.csv"), "not ours").expect("written");
        let extension = if format[1] == "csv" { "csv" } else { "log" };
        let kept = std::fs::read(folder.join(format!("modbus.{extension}")));
        let second = said(&dnp3);
        let lines: Vec<_> = second.lines().collect();
        let [line] = lines.as_slice() else { panic!("{second}") };
        assert!(line.contains(&at) && line.contains("of an earlier run"), "{line}");
        assert!(!line.contains("dnp3") && !line.contains("notes"), "{line}");
        let named = line.matches(&format!(".{extension}")).count();
        let number =
            line.trim_start_matches("fieldtap: ").split(' ').next().and_then(|number| number.parse().ok());
        assert!(number.is_some_and(|number: usize| named == number.min(5)), "{line}");
        // It stays as it is.
        if let Ok(kept) = kept {
            assert!(std::fs::read(folder.join(format!("modbus.{extension}"))).expect("a file") == kept);
        }
    }
}

/// A run that fails leaves no Parquet file, and those of an earlier run as they are.
#[test]
fn a_run_that_fails_leaves_parquet_as_it_was() {
    let folder = folder("parquet_fails");
    let at = folder.display().to_string();
    let capture = corpus("modbus/functions_tcp.pcap");
    let run = || fieldtap(&["dissect", &capture, "-f", "parquet", "--partition", "day", "-o", &at]);
    assert_eq!(run().status.code(), Some(0));
    let files = || {
        let mut files = vec![folder.clone()];
        let mut place = 0;
        while let Some(path) = files.get(place).cloned() {
            place += 1;
            if path.is_dir() {
                files.extend(
                    std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()),
                );
            }
        }
        files.retain(|file| file.is_file());
        files.sort();
        files
    };
    let before = files();
    assert!(before.iter().all(|file| file.extension().is_some_and(|extension| extension == "parquet")));
    // A file stands where the folder of a table belongs, of which rows come late.
    std::fs::remove_dir_all(folder.join("conversations")).expect("a folder");
    std::fs::write(folder.join("conversations"), "").expect("written");
    let before: Vec<_> = files();
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("conversations"), "{}", text(&output.stderr));
    assert_eq!(files(), before);
}

/// A file without frames stands at no time: it is in `captures` whatever time is asked for, and in a dataset with its run.
#[test]
fn a_capture_without_frames_has_no_time() {
    let folder = folder("no_frames");
    std::fs::create_dir_all(&folder).expect("a folder");
    let empty = folder.join("empty.pcap").display().to_string();
    let whole = std::fs::read(corpus("modbus/functions_tcp.pcap")).expect("a capture");
    std::fs::write(&empty, &whole[..24]).expect("written");
    let demo = corpus("demo.pcapng");
    for files in [[&empty, &demo], [&demo, &empty]] {
        let captures = |times: &[&str]| {
            let arguments = [&["dissect", files[0], files[1], "--tables", "captures"][..], times].concat();
            let output = fieldtap(&arguments);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            let frames =
                lines(&output).iter().map(|row| row["frames"].as_u64() == Some(0)).collect::<Vec<_>>();
            (frames.len(), frames.iter().filter(|none| **none).count())
        };
        assert_eq!(captures(&[]), (2, 1));
        assert_eq!(captures(&["--from", "2026-01-01"]), (2, 1));
        assert_eq!(captures(&["--from", "2027-01-01"]), (1, 1));
        assert_eq!(captures(&["--to", "2026-01-01"]), (1, 1));
        let at = folder.join("dataset");
        let _ = std::fs::remove_dir_all(&at);
        for tables in ["captures", "captures,modbus"] {
            let to = at.display().to_string();
            let arguments = ["dissect", files[0], files[1], "-f", "parquet", "--partition", "day", "-o", &to];
            assert_eq!(fieldtap(&[&arguments[..], &["--tables", tables]].concat()).status.code(), Some(0));
            let days = std::fs::read_dir(at.join("captures")).expect("a folder");
            let days: Vec<_> = days.map(|day| day.expect("an entry").file_name()).collect();
            assert_eq!(days, ["day=2026-03-02"]);
        }
    }
}

/// Names of the plant stand beside addresses; without a list the columns are there, and null.
#[test]
fn names_of_the_plant_stand_beside_addresses() {
    let folder = folder("names");
    std::fs::create_dir_all(&folder).expect("a folder");
    let list = folder.join("names.csv");
    // The README of the corpus: 10.20.1.5 is the SCADA server, 10.20.1.11 the PLC of the intake.
    let head = "device,point,name,unit\n10.20.1.5,,SCADA,\n10.20.1.11,,Intake,\n";
    let capture = corpus("demo.pcapng");
    let tables = ["--tables", "points,operations,identities,conversations"];
    let plain = lines(&fieldtap(&[&["dissect", &capture][..], &tables].concat()));
    let point = plain.iter().find(|row| row["record"] == "points" && row["device"] == "10.20.1.11");
    let point = point.expect("a point of the PLC");
    let (space, address) = (point["space"].as_str().expect("a word"), &point["address"]);
    std::fs::write(&list, format!("{head}Intake,{space}:{address},Level,cm\n")).expect("written");
    let list = list.display().to_string();
    let named = lines(&fieldtap(&[&["dissect", &capture, "--names", &list][..], &tables].concat()));
    assert_eq!(plain.len(), named.len());
    let mut seen = 0;
    for (without, with) in plain.iter().zip(&named) {
        for (column, value) in without.as_object().expect("a row") {
            if ["device_name", "plant_name", "unit", "originator_name", "responder_name"]
                .contains(&column.as_str())
            {
                assert!(value.is_null());
                assert!(with.get(column).is_some());
            } else {
                assert_eq!(value, &with[column], "{column}");
            }
        }
        let device = match with["record"].as_str() {
            Some("operations") => &with["receiver"],
            Some("conversations") => {
                let name = |end: &str| match with[end].as_str() {
                    Some("10.20.1.5") => Some("SCADA"),
                    Some("10.20.1.11") => Some("Intake"),
                    _ => None,
                };
                assert_eq!(with["originator_name"].as_str(), name("sender"));
                assert_eq!(with["responder_name"].as_str(), name("receiver"));
                continue;
            }
            _ => &with["device"],
        };
        if device == "10.20.1.11" {
            assert_eq!(with["device_name"], "Intake", "{with}");
        }
        if with["record"] == "identities" {
            continue;
        }
        let this = device == "10.20.1.11" && with["space"] == space && with["address"] == *address;
        let (name, unit) = if this { (Some("Level"), Some("cm")) } else { (None, None) };
        assert_eq!((with["plant_name"].as_str(), with["unit"].as_str()), (name, unit), "{with}");
        seen += u32::from(this);
    }
    assert!(seen > 0);
    let shown = text(&fieldtap(&["summary", &capture, "--names", &list]).stdout);
    assert!(shown.contains("SCADA (10.20.1.5)") && shown.contains("Intake (10.20.1.11:502)"), "{shown}");
}

#[test]
fn a_list_of_names_that_is_wrong_says_where() {
    let folder = folder("wrong_names");
    std::fs::create_dir_all(&folder).expect("a folder");
    let list = folder.join("names.csv").display().to_string();
    let refused = |content: &str| {
        std::fs::write(&list, content).expect("written");
        let output = fieldtap(&["dissect", &corpus("demo.pcapng"), "--names", &list]);
        assert_ne!(output.status.code(), Some(0));
        text(&output.stderr)
    };
    for (content, said) in [
        ("device,point,name\nplc,,A\n", "names.csv, line 2, field `device`: \"plc\" is no IP or MAC address"),
        (
            "device,point,name\n10.0.0.1,,A\n10.0.0.1,,B\n",
            "line 3, field `name`: 10.0.0.1 has another name already",
        ),
        ("device,name\n10.0.0.1,\n", "line 2, field `name`: it is empty"),
        (
            "device,point,name\nA,5,B\n",
            "line 2, field `device`: \"A\" is neither an address nor the name of a device",
        ),
        (
            "device,point,name\n10.0.0.1,5,B\n10.0.0.1,5,C\n",
            "line 3, field `point`: 5 of 10.0.0.1 has another name",
        ),
        (
            "device,tag\n",
            "line 1: no column is named \"tag\"; there are device, point, name, unit, type, order",
        ),
        (
            "device,point,name,type\n10.0.0.1,5,B,real\n",
            "line 2, field `type`: there is no \"real\", only uint16, int16, uint32, int32, uint64, int64, float32, float64",
        ),
        (
            "device,point,name,type,order\n10.0.0.1,5,B,int32,abdc\n",
            "line 2, field `order`: there is no \"abdc\", only abcd, cdab, badc, dcba",
        ),
        (
            "device,point,name,order\n10.0.0.1,5,B,cdab\n",
            "line 2, field `order`: there is no type that has it",
        ),
        ("device,name,type\n10.0.0.1,A,int16\n", "line 2, field `type`: a device has no type"),
        (
            "device,point,name,type\n10.0.0.1,LD0/A,B,int16\n",
            "line 2, field `type`: \"LD0/A\" is no number of a register",
        ),
        (
            "device,point,name,type\n10.0.0.1,5,B,int16\n10.0.0.1,5,B,int32\n",
            "line 3, field `type`: 5 of 10.0.0.1 has another type or order already",
        ),
        ("name\n", "line 1: the column `device` is missing"),
        ("device,name,unit\n10.0.0.1,A,kV\n", "line 2, field `unit`: a device has no unit"),
    ] {
        let told = refused(content);
        assert!(told.contains(said), "{told} {said}");
    }
    // As a spreadsheet of another country writes it, with a mark at its beginning and notes.
    std::fs::write(&list, "\u{feff}device;name\n# our first\n10.0.0.1/3;A\n").expect("written");
    assert_eq!(fieldtap(&["summary", &corpus("demo.pcapng"), "--names", &list]).status.code(), Some(0));
}

/// The README of the corpus: the level of the intake begins at 2,000, in input register 0. What the list says of its type
/// stands in its row alone.
#[test]
fn a_list_of_names_tells_how_numbers_lie_in_registers() {
    let folder = folder("register_types");
    std::fs::create_dir_all(&folder).expect("a folder");
    let list = folder.join("names.csv").display().to_string();
    let head = "device,point,name,unit,type,order";
    std::fs::write(&list, format!("{head}\n10.20.1.11,input_register:0,Both,,uint32,cdab\n"))
        .expect("written");
    let capture = corpus("demo.pcapng");
    let arguments = ["dissect", &capture, "--tables", "points", "--every-message"];
    let plain = lines(&fieldtap(&arguments));
    let typed = lines(&fieldtap(&[&arguments[..], &["--names", &list]].concat()));
    assert_eq!(plain.len(), typed.len());
    let mut seen = 0;
    let all = &plain;
    for (index, (plain, typed)) in plain.iter().zip(&typed).enumerate() {
        let this =
            plain["device"] == "10.20.1.11" && plain["space"] == "input_register" && plain["address"] == 0;
        let expected = if this {
            seen += 1;
            let register = |index: usize| all[index]["integer"].as_i64().expect("a register");
            (register(index + 1) << 16) + register(index)
        } else {
            plain["integer"].as_i64().unwrap_or_default()
        };
        assert_eq!(typed["integer"].as_i64().unwrap_or_default(), expected);
    }
    assert!(seen > 1);
}

/// What is asked for is what a person would pick from all rows.
#[test]
fn rows_are_asked_for_by_conditions_and_time() {
    let capture = corpus("demo.pcapng");
    let all = lines(&fieldtap(&["dissect", &capture]));
    let asked = |arguments: &[&str]| lines(&fieldtap(&[&["dissect", &capture][..], arguments].concat()));
    let picked = |holds: &dyn Fn(&serde_json::Value) -> bool| -> Vec<_> {
        all.iter().filter(|row| holds(row)).cloned().collect()
    };
    let writes = picked(&|row| row["operation_name"] == "write");
    assert!(!writes.is_empty());
    assert_eq!(asked(&["--where", "operation = write"]), writes);
    assert_eq!(asked(&["--where", "operation_name == write", "--threads", "3"]), writes);
    let number = writes[0]["operation"].to_string();
    assert_eq!(asked(&["--where", &format!("operation={number}")]), writes);
    let some = picked(&|row| {
        row["receiver"] == "10.20.1.12" && row["address"].as_u64().is_some_and(|address| address >= 10)
    });
    assert_eq!(asked(&["--where", "receiver = 10.20.1.12", "--where", "address >= 10"]), some);
    let others = picked(&|row| {
        row["sender"].is_string() && row["sender"] != "10.20.1.5" && row["sender"] != "10.20.1.66"
    });
    assert_eq!(asked(&["--where", "sender not in 10.20.1.5, 10.20.1.66"]), others);

    let (from, to) = ("2026-03-02T08:00:20", "2026-03-02T08:00:30");
    let within = picked(&|row| {
        let text = |column: &str| row[column].as_str().map(str::to_owned);
        let ts = text("ts").expect("a moment");
        let (first, last) = (text("first").unwrap_or(ts.clone()), text("last").unwrap_or(ts));
        last.as_str() >= from && first.as_str() < to
    });
    assert!(within.iter().any(|row| row["record"] == "conversations"));
    assert_eq!(asked(&["--from", from, "--to", to]), within);
    assert_eq!(asked(&["--from", from, "--to", "2026-03-02T09:00:30+01:00"]), within);

    for (arguments, said) in [
        (["--where", "operation = wrote"], "filter on `operation`: no code is named \"wrote\"; there are"),
        (["--where", "colour = red"], "filter on `colour`: no table that is asked for has this column"),
        (["--where", "sender = plc"], "\"plc\" is no IP address"),
        (["--where", "operation"], "COLUMN COMPARISON VALUE is expected"),
        (["--where", ""], "COLUMN COMPARISON VALUE is expected"),
        (["--from", "noon"], "--from: \"noon\" is no moment"),
        (["--to", "9999-12-31"], "--to: \"9999-12-31\" is out of range: moments are from 1677"),
    ] {
        let output = fieldtap(&["dissect", &capture, arguments[0], arguments[1]]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

/// A copy of a capture that a test may lose.
fn copy(name: &str, to: &Path) -> String {
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    std::fs::copy(corpus(name), to).expect("copied");
    to.display().to_string()
}
fn entries(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// By whatever name an output leads to something that is read, it is refused and nothing is touched.
#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder("written_over");
    let at = |name: &str| folder.join(name).display().to_string();
    let capture = copy("modbus/exceptions.pcap", &folder.join("in/a.pcap"));
    for name in
        ["records.jsonl", "operations.csv", "operations.log", "operations.parquet", "eve.json", "conn.log"]
    {
        std::fs::create_dir_all(folder.join("out")).expect("a folder");
        std::fs::hard_link(&capture, folder.join("out").join(name)).expect("a link");
    }
    std::fs::hard_link(&capture, at("hard.pcapng")).expect("a link");
    std::fs::write(at("names.csv"), "device,point,name\n10.0.0.1,,A\n").expect("written");
    let (octets, out) = (std::fs::read(&capture).expect("a capture"), at("out"));
    let (hard, new, names, dotted) =
        (at("hard.pcapng"), at("in/new.pcapng"), at("names.csv"), at("in/../in/a.pcap"));
    let input = at("in");
    let mut refused: Vec<Vec<&str>> = vec![
        vec![&capture, "--carve", &capture],
        vec![&capture, "--carve", &dotted],
        vec![&capture, "--carve", &hard],
        vec![&input, "--carve", &capture],
        vec![&input, "--carve", &new],
        vec![&capture, "--names", &names, "--carve", &names],
        vec![&capture, "-o", &out, "--format", "zeek", "--profile", "icsnpp"],
        vec!["--raw", &capture, "--protocol", "modbus", "-o", &out],
    ];
    for format in ["jsonl", "csv", "zeek", "parquet", "eve"] {
        refused.push(vec![&capture, "-o", &out, "--format", format]);
    }
    #[cfg(unix)]
    let soft = {
        std::os::unix::fs::symlink("in/a.pcap", at("soft.pcapng")).expect("a link");
        at("soft.pcapng")
    };
    #[cfg(unix)]
    refused.push(vec![&capture, "--carve", &soft]);
    for arguments in refused {
        let output = fieldtap(&[&["dissect"], &arguments[..]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("nothing is written to"), "{arguments:?}: {said}");
        assert!(std::fs::read(&capture).expect("a capture") == octets, "{arguments:?}");
        assert_eq!(entries(&folder.join("in")), ["a.pcap"], "{arguments:?}");
        assert_eq!(entries(&folder.join("out")).len(), 6, "{arguments:?}");
    }
    assert!(std::fs::read_to_string(&names).expect("a list").starts_with("device"));
    let (rows, both) = (at("rows"), at("rows/records.jsonl"));
    let output = fieldtap(&["dissect", &capture, "-o", &rows, "--carve", &both]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(!folder.join("rows").exists());
    // What only lies beside them is written.
    for arguments in [
        &[&capture, "-o", &at("out2"), "--names", &names, "--carve", &at("in.pcapng")][..],
        &[&input, "--carve", &at("in/new.evidence")],
    ] {
        let arguments: Vec<&str> = arguments.iter().map(|argument| argument.as_ref()).collect();
        let output = fieldtap(&[&["dissect"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(entries(&folder.join("in")), ["a.pcap", "new.evidence"]);
}

/// Rows that are appended to the capture they come from would not end.
#[cfg(target_os = "linux")]
#[test]
fn standard_output_is_no_capture_that_is_read() {
    let folder = folder("to_itself");
    let capture = copy("modbus/exceptions.pcap", &folder.join("a.pcap"));
    let octets = std::fs::read(&capture).expect("a capture");
    for command in ["dissect", "summary"] {
        let to = std::fs::File::options().append(true).open(&capture).expect("a capture");
        let output =
            Command::new(env!("CARGO_BIN_EXE_fieldtap")).args([command, &capture]).stdout(to).output();
        assert_eq!(output.expect("the command runs").status.code(), Some(2));
        assert!(std::fs::read(&capture).expect("a capture") == octets);
    }
}

/// Whoever looks at the first rows only has all the evidence.
#[test]
fn all_frames_are_carved_although_nobody_reads_the_rows() {
    let folder = folder("carve_all");
    std::fs::create_dir_all(&folder).expect("a folder");
    let at = |name: &str| folder.join(name).display().to_string();
    let demo = corpus("demo.pcapng");
    for (name, format) in [("jsonl", "jsonl"), ("eve", "eve")] {
        for threads in ["1", "2"] {
            let (whole, early) = (at(&format!("{name}{threads}")), at(&format!("{name}{threads}e")));
            let arguments = ["dissect", &demo, "--format", format, "--threads", threads, "--carve"];
            assert_eq!(fieldtap(&[&arguments[..], &[&whole]].concat()).status.code(), Some(0));
            let mut child = Command::new(env!("CARGO_BIN_EXE_fieldtap"))
                .args(arguments)
                .arg(&early)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the command runs");
            drop(child.stdout.take());
            let output = child.wait_with_output().expect("it ends");
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            assert!(text(&output.stderr).contains(" frames in "), "{}", text(&output.stderr));
            let read = |path: &str| std::fs::read(path).expect("the evidence");
            assert!(read(&whole) == read(&early), "{name}, {threads} threads");
        }
    }
}

/// Of rows that a filter does not let pass no frames are carved.
#[test]
fn frames_are_those_of_the_rows_that_are_asked_for() {
    let folder = folder("carve_where");
    std::fs::create_dir_all(&folder).expect("a folder");
    let to = folder.join("out.pcapng").display().to_string();
    let capture = corpus("modbus/functions_tcp.pcap");
    let tables = ["dissect", &capture, "--tables", "modbus"];
    let asked = [&tables[..], &["--where", "function_code = 43", "--carve", &to]].concat();
    let rows = lines(&fieldtap(&asked));
    assert!(!rows.is_empty());
    let frames = |capture: &str| {
        let rows = lines(&fieldtap(&["dissect", capture, "--tables", "captures"]));
        rows[0]["frames"].as_u64().expect("a number")
    };
    let mut behind: Vec<_> = rows.iter().filter_map(|row| row["frame"].as_u64()).collect();
    behind.dedup();
    assert!(frames(&to) >= behind.len() as u64 && frames(&to) < frames(&capture) / 2);
}

/// What is opened once is read among other files as standard input is, and not carved.
#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_among_other_files() {
    let (demo, other) = (corpus("demo.pcapng"), corpus("modbus/exceptions.pcap"));
    let octets = std::fs::read(&demo).expect("a capture");
    let piped = |arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fieldtap"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        // Who refuses to read it closes it.
        let _ = child.stdin.take().expect("a pipe").write_all(&octets);
        child.wait_with_output().expect("it ends")
    };
    let first = piped(&["dissect", "/dev/stdin", &other, "--count"]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    // The row of `captures` has the path.
    let rows = |output: &Output| -> Vec<_> {
        let rows = text(&output.stdout);
        rows.lines().filter(|line| !line.starts_with("captures ")).map(str::to_owned).collect()
    };
    assert_eq!(rows(&first), rows(&piped(&["dissect", "-", &other, "--count"])));
    assert_eq!(rows(&first), rows(&fieldtap(&["dissect", &demo, &other, "--count"])));
    let order = |files: [&str; 2]| -> Vec<_> {
        let output = piped(&["dissect", files[0], files[1], "--tables", "captures"]);
        lines(&output).iter().map(|row| row["path"].as_str().expect("a path").to_owned()).collect()
    };
    assert_eq!(order(["/dev/stdin", &other]), ["/dev/stdin", &other]);
    assert_eq!(order([&other, "/dev/stdin"]), [&other, "/dev/stdin"]);
    let refused = piped(&["dissect", "/dev/stdin", "--carve", "never.pcapng"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("/dev/stdin"), "{}", text(&refused.stderr));
}

/// What cannot be read is named, and the rest is read.
#[test]
fn a_path_that_is_missing_does_not_stop_the_rest() {
    let folder = folder("missing");
    std::fs::create_dir_all(folder.join("empty")).expect("a folder");
    let capture = corpus("modbus/exceptions.pcap");
    let missing = folder.join("missing.pcap").display().to_string();
    let empty = folder.join("empty").display().to_string();
    let rows = fieldtap(&["dissect", &capture, "--tables", "modbus"]).stdout;
    assert!(!rows.is_empty());
    for (other, reason) in [(&missing, "No such file"), (&empty, "holds no capture")] {
        let output = fieldtap(&["dissect", &capture, other, "--tables", "modbus"]);
        assert_eq!((output.status.code(), &output.stdout), (Some(1), &rows));
        let said = text(&output.stderr);
        assert!(said.contains(other.as_str()) && (said.contains(reason) || cfg!(windows)), "{said}");
        let summary = fieldtap(&["summary", &capture, other]);
        assert_eq!(summary.status.code(), Some(1));
        assert!(text(&summary.stdout).contains("not read to its end"));
    }
    assert_eq!(fieldtap(&["dissect", &missing, &empty]).status.code(), Some(1));
}

/// The same traffic as two taps have it: neither file can be read behind the other without loss.
#[test]
fn files_that_overlap_in_time_are_told() {
    let folder = folder("overlap");
    let tap = copy("demo.pcapng", &folder.join("tap.pcapng"));
    let demo = corpus("demo.pcapng");
    for command in ["dissect", "summary"] {
        let output = fieldtap(&[command, &demo, &tap]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(&demo) && said.contains(&tap) && said.contains("mergecap"), "{said}");
        assert_eq!(fieldtap(&[command, &demo]).stderr, b"");
    }
    let shown = text(&fieldtap(&["summary", &demo, &tap]).stdout);
    assert!(shown.contains("overlap in time") && shown.contains("mergecap"), "{shown}");
}

/// What a file is called does not steer a terminal, and is said once.
#[test]
fn names_of_files_are_shown_escaped_and_once() {
    let folder = folder("odd_names");
    let output = fieldtap(&["dissect", "odd/\u{1b}[31mx\n.pcap"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).starts_with("fieldtap: odd/\\x1b[31mx\\x0a.pcap: "),
        "{}",
        text(&output.stderr)
    );
    let cut = copy("modbus/exceptions.pcap", &folder.join("cut.pcap"));
    let octets = std::fs::read(&cut).expect("a capture");
    std::fs::write(&cut, &octets[..octets.len() - 3]).expect("written");
    let output = fieldtap(&["summary", &cut]);
    let shown: String = text(&output.stdout).split_whitespace().collect();
    let path: String = cut.split_whitespace().collect();
    assert!(shown.contains(&format!("notreadtoitsend:{path}:cutoff")), "{shown}");
}

/// A name of a capture that holds control characters is escaped also where the evidence is told.
#[cfg(unix)]
#[test]
fn where_the_evidence_went_is_shown_escaped() {
    let folder = folder("odd_evidence");
    std::fs::create_dir_all(&folder).expect("a folder");
    let to = folder.join("\u{1b}[31mx").display().to_string();
    let output = fieldtap(&["dissect", &corpus("modbus/exceptions.pcap"), "--carve", &to]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("\\x1b[31mx") && !output.stderr.contains(&0x1b));
    assert_eq!(entries(&folder), ["\u{1b}[31mx"]);
}

/// A run that is interrupted leaves no file that could be taken for a whole one, and no other either; one whose input ends
/// by itself, as a live capture does at the same Ctrl-C, is finished.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let capture = std::fs::read(corpus("modbus/functions_tcp.pcap")).expect("the corpus is part of it");
    let (head, records) = capture.split_at(24);
    for (frames_follow, code) in [(true, 130), (false, 0)] {
        let folder = folder("interrupted");
        let mut child = Command::new(env!("CARGO_BIN_EXE_fieldtap"))
            .args(["dissect", "-", "-f", "parquet", "-o"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(head).expect("it reads");
        pipe.write_all(records).expect("it reads");
        while !folder.is_dir() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // The folder is made before signals are heard.
        std::thread::sleep(std::time::Duration::from_millis(500));
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("kill is there").success());
        if frames_follow {
            // Until the command looks, and goes.
            while pipe.write_all(records).is_ok() {}
        }
        drop(pipe);
        let output = child.wait_with_output().expect("it ends");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.contains("interrupted after"), frames_follow, "{said}");
        let left = std::fs::read_dir(&folder).expect("the folder").count();
        assert_eq!(left == 0, frames_follow, "{left} files");
    }
}
