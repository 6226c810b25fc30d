//! The frames behind rows, carved out of captures.

mod common;

use common::{Kept, corpus_folder, dissect, frames};
use fieldtap::record::Table;
use fieldtap_pipeline::{Carving, CountOutput, Job, run};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

fn carved(files: &[PathBuf], table: &'static str, threads: usize, to: &Path) -> u64 {
    let mut output = CountOutput::default().only(Arc::new(move |known: &'static Table| known.name == table));
    let mut carving = Carving::new(&mut output);
    let report = run(&Job { threads, ..Job::new(files.iter().cloned()) }, &mut carving).unwrap();
    carving.carve(&report, to).unwrap().frames
}

/// What a device refused, with the requests that it refused: read again, the carved frames tell the same exceptions.
#[test]
fn carved_frames_tell_the_same_again() {
    let capture = corpus_folder().join("modbus/exceptions.pcap");
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out.pcapng");
    let all = frames(&capture);
    let written = carved(std::slice::from_ref(&capture), "modbus", 1, &to);
    let again = frames(&to);
    assert_eq!(written, again.len() as u64);
    assert!(again.len() < all.len(), "acknowledgements are not behind rows of modbus");
    let refusals = |kept: Vec<Kept>| -> Vec<_> {
        let rows = kept.into_iter().filter(|row| row.table == "modbus");
        rows.map(|row| (row.get("function_code").clone(), row.get("exception_code").clone())).collect()
    };
    let (before, after) = (refusals(dissect(&all).0), refusals(dissect(&again).0));
    assert_eq!(before, after);
    assert!(!before.is_empty());
}

/// The same frames whatever the number of threads; of several files each frame once, with where it came from.
#[test]
fn frames_of_several_files_say_where_they_came_from() {
    let files =
        ["modbus/exceptions.pcap", "modbus/functions_tcp.pcap"].map(|name| corpus_folder().join(name));
    let folder = tempfile::tempdir().unwrap();
    let to = [1, 3].map(|threads| folder.path().join(format!("{threads}.pcapng")));
    for (threads, to) in [1, 3].into_iter().zip(&to) {
        assert!(carved(&files, "operations", threads, to) > 0);
    }
    let bytes = to.each_ref().map(|path| std::fs::read(path).unwrap());
    assert!(bytes[0] == bytes[1]);
    let Ok(tshark) =
        Command::new("tshark").args(["-T", "fields", "-e", "frame.comment", "-r"]).arg(&to[0]).output()
    else {
        eprintln!("tshark is not there: it is not asked about the file");
        return;
    };
    let text = String::from_utf8(tshark.stdout).unwrap();
    assert_eq!(text.lines().count(), frames(&to[0]).len());
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.lines().any(|line| line.contains(&name) && line.contains(", frame ")), "{name}");
    }
    assert!(text.lines().all(|line| line.contains(", frame ")), "{text}");
}

/// Each message cut into segments, or into fragments of IP: all of them are carved, and tell the message again.
#[test]
fn a_message_of_several_segments_has_all_its_frames() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out.pcapng");
    for name in [
        "frames/tcp_one_octet.pcap",
        "frames/ip4_fragments.pcap",
        "frames/ip4_fragments_reversed.pcap",
        "frames/ip6_fragments.pcap",
        "modbus/segmented.pcap",
        "modbus/answers_segmented.pcap",
    ] {
        let capture = corpus_folder().join(name);
        let all = frames(&capture);
        for threads in [1, 3] {
            carved(std::slice::from_ref(&capture), "modbus", threads, &to);
            let again = frames(&to);
            assert!(again.len() < all.len(), "the handshake brought nothing");
            assert_eq!(dissect(&again).messages(), dissect(&all).messages(), "{name}");
        }
    }
}

/// What a protocol puts together of several messages has the frames of all of them: read again, the carved frames tell the
/// same.
#[test]
fn what_is_put_together_of_several_messages_has_all_its_frames() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out.pcapng");
    for (name, table) in [
        ("dnp3/opendnp3_reads.pcap", "dnp3"),
        // With a hole that is given up.
        ("dnp3/opendnp3_fragments.pcap", "dnp3"),
        ("mms/segments.pcap", "mms"),
    ] {
        let capture = corpus_folder().join(name);
        let all = frames(&capture);
        // Messages by their numbers and latencies by times differ, since other frames are gone.
        let said = |kept: &[Kept]| -> Vec<String> {
            let rows = kept.iter().filter(|row| row.table == table);
            rows.map(|row| {
                let fields = row.content().into_iter();
                let own = |(name, _): &(&str, _)| !name.ends_with("message") && !name.ends_with("latency");
                format!("{:?}", fields.filter(own).collect::<Vec<_>>())
            })
            .collect()
        };
        let expected = said(&dissect(&all).0);
        assert!(expected.len() > 10, "{name}");
        for threads in [1, 3] {
            carved(std::slice::from_ref(&capture), table, threads, &to);
            let again = frames(&to);
            assert!(again.len() < all.len(), "acknowledgements brought nothing");
            assert_eq!(said(&dissect(&again).0), expected, "{name}");
        }
    }
}

/// The library refuses as the command does; and what goes wrong on the way leaves what was there as it was.
#[test]
fn evidence_takes_its_place_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let [capture, gone] = ["a.pcap", "b.pcap"].map(at);
    for to in [&capture, &gone] {
        std::fs::copy(corpus_folder().join("modbus/exceptions.pcap"), to).unwrap();
    }
    let octets = std::fs::read(&capture).unwrap();
    let mut output = CountOutput::default();
    let mut carving = Carving::new(&mut output);
    let report = run(&Job::new([&capture, &gone]), &mut carving).unwrap();
    assert!(carving.carve(&report, &capture).is_err());
    assert!(std::fs::read(&capture).unwrap() == octets);

    let to = at("out.pcapng");
    std::fs::write(&to, "earlier").unwrap();
    assert!(carving.carve(&report, &to).unwrap().frames > 0);
    assert_ne!(std::fs::read(&to).unwrap(), b"earlier");

    std::fs::remove_file(&gone).unwrap();
    std::fs::write(&to, "earlier").unwrap();
    assert!(carving.carve(&report, &to).is_err());
    assert_eq!(std::fs::read(&to).unwrap(), b"earlier");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// Where evidence goes by a link it goes to the file, and not into the place of the link; a pipe is written to as it is.
#[cfg(unix)]
#[test]
fn evidence_goes_where_a_link_leads() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let capture = corpus_folder().join("modbus/exceptions.pcap");
    let written = carved(std::slice::from_ref(&capture), "modbus", 1, &link);
    assert_eq!(frames(&file).len() as u64, written);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(carved(&[capture], "modbus", 1, Path::new("/dev/null")), written);
}
