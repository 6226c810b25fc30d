//! Capture files and frames.
use super::{Case, Line, Seen, capture, case, common::Owned, file, wire::*};
use fieldtap::record::{Envelope, Row, Sink, Verdict};
use fieldtap_export::{Csv, JsonLines, TextFormat, zeek::Zeek};
use std::{io::Write as _, path::PathBuf};

/// Frames of the conversation that those of `corpus/frames` are made of, as tshark counts them.
const FRAMES: i128 = 29;

/// Twelve requests and their answers, as in `base.pcap`, and nothing said.
fn same(name: &'static str, file: &str) -> Case {
    capture(name, file).rows("modbus", 24).rows("conversations", 1).outcome("open or unanswered", 6, 0)
}

fn broken(name: &'static str, frames: i128, words: &'static str) -> Case {
    let path = super::common::corpus_folder().join("frames").join(name);
    // The handshake, the first request, and its acknowledgment.
    file(name, path).error(frames, words).rows("modbus", if frames == 0 { 0 } else { 1 })
}

/// A capture of two hundred thousand frames of zeros: 100 MB that compress to a thousandth.
fn bomb() -> PathBuf {
    let path = std::env::temp_dir().join(format!("fieldtap-evasion-{}.pcap.gz", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    let mut out = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    out.write_all(b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0").unwrap();
    let frame = [0u8; 1400];
    let record = [&[0; 8][..], &1400u32.to_le_bytes(), &1400u32.to_le_bytes(), &frame].concat();
    for _ in 0..70_000 {
        out.write_all(&record).unwrap();
    }
    out.finish().unwrap();
    path
}

/// Reads it without keeping frames: the most memory that this takes, in MiB, rounded up.
fn bomb_memory(_: &Seen) -> i128 {
    use super::counting::{MOST, OCTETS};
    let path = bomb();
    let before = OCTETS.get();
    MOST.set(before);
    let (mut reader, mut frames) = (fieldtap_capture::Reader::open(&path).unwrap(), 0);
    while reader.next().unwrap().is_some() {
        frames += 1;
    }
    let most = MOST.get() - before;
    let compressed = std::fs::metadata(&path).unwrap().len();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(frames, 70_000);
    assert!(compressed * 500 < 98_000_000, "{compressed} octets");
    i128::from((most + (1 << 20) - 1) >> 20)
}

const HOSTILE: &[u8] = b"\x1b[2J\r\n\t\0=cmd()<script>\xff\xfe\"\\,\x07";

/// Device identification (MODBUS Application Protocol V1.1b3, section 6.21) with text that nobody should interpret.
fn hostile_text() -> Vec<Owned> {
    let mut talk = Talk::open(502);
    talk.c(&modbus(1, 1, &[0x2b, 0x0e, 1, 0]));
    let head = [0x2b, 0x0e, 1, 1, 0, 0, 1, 0, HOSTILE.len() as u8];
    talk.s(&modbus(1, 1, &[&head[..], HOSTILE].concat())).frames()
}

/// The lines of a format.
struct Lines<F>(F, Vec<Vec<u8>>);
impl<F: TextFormat> Sink for Lines<F> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let mut line = Vec::new();
        self.0.row(envelope, row, &mut line);
        self.1.push(line);
        Verdict::GoOn
    }
}

/// Octets of these lines that a terminal would act upon, but for what ends a line and what parts its cells.
fn controls<F: TextFormat>(format: F, parts: u8) -> i128 {
    let (mut engine, mut lines) =
        (fieldtap::Engine::new(fieldtap::Config::default()), Lines(format, Vec::new()));
    super::feed(&mut engine, &hostile_text(), &mut lines);
    let harmful = |line: &Vec<u8>| {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        let harmful = |octet: &&u8| (**octet < 0x20 && **octet != parts) || **octet == 0x7f;
        body.iter().filter(harmful).count() + usize::from(std::str::from_utf8(body).is_err())
    };
    assert!(lines.1.iter().any(|line| line.windows(6).any(|part| part == b"script")), "the text is there");
    lines.1.iter().map(harmful).sum::<usize>() as i128
}

fn kept(seen: &Seen) -> i128 {
    let shown: Vec<&str> = seen.rows.of("identities").map(|row| row.words("value")).collect();
    // Reversible: what steers a terminal, and what is no UTF-8, shows as \xNN.
    let wanted = r#"\x1b[2J\x0d\x0a\x09\x00=cmd()<script>\xff\xfe"\\,\x07"#;
    i128::from(shown.iter().filter(|text| **text == wanted).count() as u32)
}

pub fn lines() -> Vec<Line> {
    vec![
        Line {
            words: "Block length 0, below 12, not a multiple of 4, or larger than the file; option longer than its block; \
                    packet for an undeclared interface: frames before it are given, clear error with offset; no loop, no \
                    large allocation.",
            cases: vec![
                broken("broken_block_length_zero.pcapng", 5, "octet 592, Block Total Length: 0 is less"),
                broken(
                    "broken_block_length_below_twelve.pcapng",
                    5,
                    "octet 592, Block Total Length: 8 is less",
                ),
                broken(
                    "broken_block_length_odd.pcapng",
                    5,
                    "octet 592, Block Total Length: 33 is not a multiple of 4",
                ),
                broken(
                    "broken_block_length_huge.pcapng",
                    5,
                    "Block Total Length at octet 592 is 4294967280, more than",
                ),
                broken("broken_block_lengths_differ.pcapng", 5, "octet 696, Block Total Length"),
                broken("broken_captured_length_too_large.pcapng", 5, "octet 608, Captured Packet Length"),
                broken("broken_option_too_long.pcapng", 5, "octet 606, Option Length: 60000 octets"),
                broken(
                    "broken_undeclared_interface.pcapng",
                    5,
                    "octet 596, Interface ID: interface 3 is not declared",
                ),
                broken(
                    "broken_record_too_long.pcap",
                    5,
                    "Captured Packet Length at octet 470 is 2147483647, more than",
                ),
                broken("broken_cut.pcap", 5, "octet 462: 94 octets expected, 74 there"),
                broken("broken_magic.pcap", 0, "not a capture file"),
            ],
            elsewhere: &[
                ("capture/tests/damage.rs", "block_length_zero_below_12_odd_or_larger_than_the_file"),
                ("capture/tests/damage.rs", "cut_at_every_octet"),
                ("capture/tests/damage.rs", "every_bit_flipped"),
                ("capture/tests/memory.rs", "memory_is_bounded"),
            ],
        },
        Line {
            words: "`.gz` or `.zst` that expands a thousandfold: streamed, memory constant.",
            cases: vec![case("98 MB of frames in a few hundred kB of gzip", Vec::new).measured(
                "MiB of memory to read it",
                bomb_memory,
                1,
            )],
            elsewhere: &[("capture/tests/memory.rs", "memory_is_bounded")],
        },
        Line {
            words: "A frame dated far in the future or past: no flow expires by it; latencies are never negative; said once.",
            cases: vec![
                same("times_far_off.pcap", "frames/times_far_off.pcap")
                    .measured("negative latencies", negative_latencies, 0)
                    .said("time", "the time stamps of the capture step", 1),
            ],
            elsewhere: &[
                ("pipeline/tests/variants.rs", "a_frame_dated_far_off_expires_nothing"),
                ("core/src/engine/tests.rs", "one_frame_dated_far_off_neither_expires_nor_delays_anything"),
            ],
        },
        Line {
            words: "Frames cut by the snap length: headers read; missing octets are a gap in the stream, not malformed protocol.",
            cases: vec![
                capture("snap_length.pcap", "frames/snap_length.pcap")
                    .having("conversations", "application", "modbus", 1)
                    // Frames 9, 15 and 26; the last of them is a request.
                    .said("gap", "octets were cut by the snap length", 3)
                    .said("truncated", "a gap cuts the message", 3),
            ],
            elsewhere: &[("pipeline/tests/variants.rs", "octets_cut_by_the_snap_length_are_gaps")],
        },
        Line {
            words: "IPv4 total length 0 (offloaded capture): frame length is used; total length larger than the frame: \
                    truncation; smaller than the header: said.",
            cases: vec![
                same("ip4_total_length_zero.pcap", "frames/ip4_total_length_zero.pcap"),
                same("ip4_total_length_too_large.pcap", "frames/ip4_total_length_too_large.pcap")
                    .said("truncated", "length larger than the frame", FRAMES)
                    .said("gap", "octets", 10),
                same("ip4_total_length_too_small.pcap", "frames/ip4_total_length_too_small.pcap").said(
                    "header",
                    "length smaller than the header",
                    1,
                ),
            ],
            elsewhere: &[("pipeline/tests/variants.rs", "headers_that_cannot_be_right_are_said")],
        },
        Line {
            words: "30 stacked VLAN tags, tunnels in tunnels, IPv6 extension-header chains: depth limit, said, bounded time.",
            cases: vec![
                capture("vlan_thirty_tags.pcap", "frames/vlan_thirty_tags.pcap").rows("modbus", 0).said(
                    "limit",
                    "too many encapsulations",
                    FRAMES,
                ),
                capture("twenty_tunnels.pcap", "frames/twenty_tunnels.pcap").rows("modbus", 0).said(
                    "limit",
                    "too many encapsulations",
                    FRAMES,
                ),
                capture("ip6_forty_extension_headers.pcap", "frames/ip6_forty_extension_headers.pcap")
                    .rows("modbus", 0)
                    .said("limit", "too many encapsulations", FRAMES),
                same("tunnel_in_tunnel.pcap", "frames/tunnel_in_tunnel.pcap"),
            ],
            elsewhere: &[("pipeline/tests/variants.rs", "headers_that_cannot_be_right_are_said")],
        },
        Line {
            words: "One direction tagged with a VLAN and the other not: one conversation.",
            cases: vec![same("vlan_one_direction.pcap", "frames/vlan_one_direction.pcap")],
            elsewhere: &[("pipeline/tests/variants.rs", "every_protocol_is_the_same_in_other_frames")],
        },
        Line {
            words: "Text from the wire with escape sequences, line breaks, tabs, NUL, `=cmd()`, HTML, broken UTF-8: escaped in \
                    terminal, JSON, TSV, CSV and notebook; never interpreted; kept exactly in binary form.",
            cases: vec![
                case("text of a device that identifies itself", hostile_text)
                    .rows("modbus", 2)
                    .measured("texts that are kept", kept, 1)
                    .measured("harmful octets in JSON lines", |_| controls(JsonLines::new(), 0), 0)
                    .measured("harmful octets in CSV", |_| controls(Csv::new(), 0), 0)
                    .measured("harmful octets in Zeek's logs", |_| controls(Zeek::new(), b'\t'), 0),
            ],
            elsewhere: &[
                ("export/src/jsonl/tests.rs", "text_from_the_wire_with_escape_sequences_is_escaped_and_kept"),
                (
                    "export/src/csv/tests.rs",
                    "text_from_the_wire_with_escape_sequences_is_no_formula_and_is_kept",
                ),
                ("export/src/zeek/tests.rs", "text_from_the_wire_with_escape_sequences_stays_in_its_field"),
                ("export/src/arrow/tests.rs", "text_from_the_wire_with_escape_sequences_is_utf_8_and_kept"),
                ("python/tests/test_display.py", "test_hostile_text_is_harmless"),
            ],
        },
    ]
}

fn negative_latencies(seen: &Seen) -> i128 {
    let negative = |row: &&super::common::Kept| matches!(row.get("latency"), super::common::Value::Number(latency) if *latency < 0);
    seen.rows.of("operations").filter(negative).count() as i128
}
