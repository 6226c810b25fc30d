//! One, two and three threads give the same octets.

mod common;

use common::{Owned, captures, corpus_folder, frames, outside};
use fieldtap::{
    Config, Frame, Limits,
    packet::{Decoded, Decoder, shard_of},
};
use fieldtap_export::{Batch, JsonLines, zeek::Zeek};
use fieldtap_pipeline::{ColumnsOutput, EveOutput, Job, TextOutput, run};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn job(files: &[PathBuf], config: &Config, threads: usize) -> Job {
    Job { config: config.clone(), threads, ..Job::new(files.iter().cloned()) }
}

/// JSON lines, and what the run has counted.
fn lines(files: &[PathBuf], config: &Config, threads: usize) -> (Vec<u8>, String) {
    let kept = Kept::default();
    let mut output = TextOutput::stream(JsonLines::new(), kept.clone());
    let report = run(&job(files, config, threads), &mut output).unwrap();
    let counted = format!("{:?} {:?}", report.counters, report.packets);
    (std::mem::take(&mut *kept.0.lock().unwrap()), counted)
}

/// The files of a folder of Zeek logs, one behind the other.
fn logs(files: &[PathBuf], config: &Config, threads: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut output = TextOutput::folder(Zeek::new(), folder.path()).unwrap();
    run(&job(files, config, threads), &mut output).unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned().into_bytes();
    names.iter().flat_map(|path| [name(path), std::fs::read(path).unwrap()].concat()).collect()
}

/// The columns of each batch, as text, table by table: which table's batch is full first is nobody's concern.
fn columns(files: &[PathBuf], config: &Config, threads: usize) -> Vec<(&'static str, String)> {
    let batches = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&batches);
    let mut output = ColumnsOutput::new(move |batch: Option<Batch>| {
        kept.lock().unwrap().extend(batch.map(|batch| (batch.table().name, format!("{batch:?}"))));
        Ok(())
    })
    .rows(1000);
    run(&job(files, config, threads), &mut output).unwrap();
    let mut batches = std::mem::take(&mut *batches.lock().unwrap());
    batches.sort_by_key(|(table, _): &(&'static str, String)| *table);
    batches
}

/// Events, which are made of several rows.
fn events(files: &[PathBuf], config: &Config, threads: usize) -> Vec<u8> {
    let kept = Kept::default();
    let mut output = EveOutput::stream(Arc::new(|_| true), kept.clone());
    run(&job(files, config, threads), &mut output).unwrap();
    std::mem::take(&mut *kept.0.lock().unwrap())
}

fn first_difference(a: &[u8], b: &[u8]) -> String {
    let line = |octets: &[u8], number: usize| {
        String::from_utf8_lossy(octets.split(|octet| *octet == b'\n').nth(number).unwrap_or_default())
            .into_owned()
    };
    let pairs = a.split(|octet| *octet == b'\n').zip(b.split(|octet| *octet == b'\n'));
    let number = pairs.take_while(|(a, b)| a == b).count();
    format!("line {number}:\n{}\n{}", line(a, number), line(b, number))
}

fn same(files: &[PathBuf], config: &Config, all_formats: bool, what: &str) {
    let one = lines(files, config, 1);
    for threads in [2, 3] {
        let several = lines(files, config, threads);
        assert!(one.0 == several.0, "{what}, {threads} threads, {}", first_difference(&one.0, &several.0));
        assert_eq!(one.1, several.1, "{what}, {threads} threads");
        if all_formats {
            assert!(
                logs(files, config, 1) == logs(files, config, threads),
                "{what}, {threads} threads, Zeek"
            );
            let (one, several) = (events(files, config, 1), events(files, config, threads));
            assert!(one == several, "{what}, {threads} threads, EVE, {}", first_difference(&one, &several));
            assert!(
                columns(files, config, 1) == columns(files, config, threads),
                "{what}, {threads} threads, columns"
            );
        }
    }
}

fn settings() -> [(&'static str, Config); 3] {
    let tiny = Limits {
        conversations: 64 * 2,
        points: 64 * 16,
        identities: 64,
        pending_requests: 2,
        tcp_idle: 1_000_000_000,
        datagram_idle: 500_000_000,
        half_open_idle: 100_000_000,
        request_timeout: 200_000_000,
        hole_wait: 50_000_000,
        ..Limits::default()
    };
    [
        ("defaults", Config::default()),
        ("every message", Config { every_message: true, ..Config::default() }),
        ("tiny limits", Config { limits: tiny, ..Config::default() }),
    ]
}

/// "One and two threads give the same bytes out": JSON lines, Zeek logs, events and columns, of all captures of the corpus together
/// and of each alone.
#[test]
fn the_corpus_is_the_same_on_any_number_of_threads() {
    let files = captures(&corpus_folder());
    for (name, config) in settings() {
        same(&files, &config, true, name);
    }
    for file in &files {
        same(std::slice::from_ref(file), &Config::default(), false, &file.display().to_string());
    }
}

/// The same for captures from outside: all together with each setting.
#[test]
fn captures_from_outside_are_the_same_on_any_number_of_threads() {
    let Some(folder) = outside() else { return };
    let files = captures(&folder);
    for (name, config) in settings() {
        same(&files, &config, false, name);
    }
}

/// What tells the shard of a frame by its first octets tells the one that its decoder finds, and most frames have such octets.
#[test]
fn first_octets_tell_the_shard_that_the_decoder_finds() {
    let (mut told, mut all) = (0, 0);
    for path in captures(&corpus_folder()) {
        let mut decoder = Decoder::new(&Limits::default());
        for (number, owned) in (1..).zip(frames(&path)) {
            let Owned { ts, interface, link_type, original_len, data } = &owned;
            let (ts, interface, link_type) = (*ts, *interface, *link_type);
            let frame = Frame { number, ts, interface, link_type, original_len: *original_len, data };
            let found = match decoder.decode(&frame) {
                Decoded::Packet(packet) | Decoded::Fragment(packet) => Some(packet.shard()),
                Decoded::UnknownLink(_) => None,
            };
            let shard = shard_of(&frame);
            assert!(shard.is_none_or(|shard| found == Some(shard)), "{}, frame {number}", path.display());
            (told, all) = (told + usize::from(shard.is_some()), all + 1);
        }
    }
    assert!(told * 2 > all, "{told} of {all}");
}

/// Stations that ask one another without IP: PTP over Ethernet (IEEE 1588-2019 annex E), a management message GET of PRIORITY1
/// from each to the next and its RESPONSE, whose shards are as many as their pairs.
#[test]
fn pairs_of_stations_without_ip_are_the_same_on_any_number_of_threads() {
    let mut capture = Vec::from(*b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0");
    for number in 0..64u8 {
        let (station, next) = ([0, 0x30, 0xa7, 0, 0, number / 2], [0, 0x30, 0xa7, 0, 1, number / 2 + 1]);
        let answers = number % 2 == 1;
        let (source, destination) = if answers { (next, station) } else { (station, next) };
        let (action, value): (u8, &[u8]) = if answers { (2, &[1, 0]) } else { (0, &[]) };
        let (length, tlv) = (54 + value.len() as u8, 2 + value.len() as u8);
        let mut frame = [&destination[..], &source, &[0x88, 0xf7, 0x0d, 2, 0, length, 0, 0, 0, 0]].concat();
        frame.extend([0; 12]);
        frame.extend([&source[..], &[0, 0, 0, 1, 0, number / 2, 4, 0x7f]].concat());
        frame.extend([&[0xff; 10][..], &[1, 1, action, 0, 0, 1, 0, tlv, 0x20, 5], value].concat());
        let stamp = [number.into(), 0u32, frame.len() as u32, frame.len() as u32];
        capture.extend(stamp.into_iter().flat_map(u32::to_le_bytes));
        capture.extend(frame);
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&capture).unwrap();
    let files = [file.path().to_owned()];
    let (one, counted) = lines(&files, &Config::default(), 1);
    let rows: Vec<serde_json::Value> =
        one.split(|octet| *octet == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let operations: Vec<_> = rows.iter().filter(|row| row["record"] == "operations").collect();
    assert_eq!(operations.len(), 32);
    assert!(operations.iter().all(|row| row["outcome_name"] == "success"), "{:?}", operations.first());
    for threads in [2, 8] {
        let several = lines(&files, &Config::default(), threads);
        assert!(one == several.0, "{threads} threads, {}", first_difference(&one, &several.0));
        assert_eq!(counted, several.1, "{threads} threads");
    }
}
