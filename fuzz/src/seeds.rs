//! What fuzzing begins with: the protocols' vectors, and the captures of the corpus, in the form that each target reads.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use fieldtap::packet::{Decoded, Decoder, Transport};
use fieldtap::protocol::{Probe, Protocol, Toward};
use fieldtap::protocols::PROTOCOLS;
use fieldtap::record::digest_bytes;
use fieldtap::{Frame, Limits, LinkType};
use fieldtap_capture::Reader;

use crate::engine::script;
use crate::script::{Conversation, Settings, Step, samples};

/// Octets of a seed, about: a fuzzer works best on small ones.
const MOST_OCTETS: usize = 8 * 1024;
/// Frames of one capture that become seeds of their own.
const MOST_FRAMES: usize = 8;
/// Messages of a seed.
const MOST_MESSAGES: usize = 24;

/// Seeds of every target: name and octets. Equal ones are given once.
#[derive(Debug, Default)]
pub struct Seeds {
    targets: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

impl Seeds {
    /// From the vectors of all protocols, the captures of the corpus, and what fuzzing found worth keeping; `home` is the
    /// folder of the fuzz crate.
    ///
    /// # Errors
    /// Where a folder or a file of it cannot be read.
    pub fn all(home: &Path) -> io::Result<Self> {
        let mut seeds = Self::make(&home.join("../corpus"))?;
        for (target, octets) in kept(&home.join("corpora"))? {
            seeds.add(&target, octets);
        }
        Ok(seeds)
    }

    /// From the vectors of all protocols, and the captures in this folder and those below it.
    ///
    /// # Errors
    /// Where the folder or a file of it cannot be read.
    pub fn make(captures: &Path) -> io::Result<Self> {
        let mut seeds = Self::default();
        seeds.streams();
        for protocol in PROTOCOLS.iter().copied() {
            seeds.vectors(protocol);
        }
        for path in files(captures)? {
            seeds.capture(&fs::read(path)?);
        }
        Ok(seeds)
    }

    /// Target, and its seeds by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = (&str, &[u8])>)> {
        self.targets.iter().map(|(target, seeds)| {
            (target.as_str(), seeds.iter().map(|(name, seed)| (name.as_str(), seed.as_slice())))
        })
    }

    fn add(&mut self, target: &str, seed: Vec<u8>) {
        let name = format!("{:016x}", digest_bytes(&seed));
        self.targets.entry(target.to_owned()).or_default().insert(name, seed);
    }

    /// One seed in each setting that changes the way of the octets.
    fn conversation(&mut self, protocol: &'static Protocol, steps: &[Step], datagrams: bool) {
        let number = steps.iter().map(|step| match step {
            Step::Message(_, octets) => digest_bytes(octets),
            Step::Gap(..) | Step::Pass(_) => 1,
        });
        let pieces = number.fold(0, |sum: u64, number| sum.wrapping_add(number)) as u8;
        for (small, described) in [(false, false), (true, false), (false, true)] {
            // No other protocol is described.
            if described && protocol.name != "sv" {
                continue;
            }
            let settings = Settings { small, every_message: small, datagrams, described, pieces };
            let conversation = Conversation { settings, steps: steps.to_vec() };
            self.add(&format!("{}_session", protocol.name), conversation.write());
        }
    }

    fn bytes(&mut self, protocol: &'static Protocol, toward: Toward, octets: &[u8]) {
        let side = if toward == Toward::Server { 0 } else { 0x40 };
        let settings = Settings { pieces: side | octets.len() as u8 & 0x3f, ..Settings::default() };
        self.add(&format!("{}_bytes", protocol.name), [&settings.write()[..], octets].concat());
    }

    /// Each case of a protocol's vectors, and each of its messages.
    fn vectors(&mut self, protocol: &'static Protocol) {
        let cases = fieldtap::vectors::parse(protocol.vectors).unwrap_or_default();
        for case in &cases {
            let message = |(toward, octets): (Toward, &[u8])| Step::Message(toward, octets.to_vec());
            let steps: Vec<Step> = case.segments().map(message).collect();
            self.conversation(protocol, &steps, false);
            self.conversation(protocol, &steps, true);
        }
        for sample in samples(protocol) {
            self.bytes(protocol, sample.toward, &sample.octets);
            // Behind the MBAP header.
            if let (true, Some(message)) = (protocol.name == "modbus", sample.octets.get(6..)) {
                let seed = [&[u8::from(sample.toward == Toward::Client)], message].concat();
                self.add("modbus_against_modbus_core", seed);
            }
        }
    }

    /// One capture file.
    fn capture(&mut self, octets: &[u8]) {
        let head = octets.get(..MOST_OCTETS).unwrap_or(octets).to_vec();
        self.add("capture", head.clone());
        self.add("capture_against_pcap_parser", head.clone());
        self.add("whole_capture", head);
        let mut frames: Vec<Owned> = Vec::new();
        // A damaged capture gives what lies before the damage.
        if let Ok(mut reader) = Reader::new("seed", io::Cursor::new(octets.to_vec())) {
            while let Ok(Some(frame)) = reader.next() {
                frames.push(Owned::of(&frame));
            }
        }
        for frame in frames.iter().filter(|frame| frame.link_type == LinkType::ETHERNET).take(MOST_FRAMES) {
            self.add("packet_against_etherparse", frame.data.clone());
        }
        let mut begin = 0;
        for settings in [0, 0x21, 2, 0x23] {
            let mut room = MOST_OCTETS;
            let fits = frames.iter().skip(begin).take_while(|frame| {
                let fits = room > frame.data.len();
                room = room.saturating_sub(frame.data.len());
                fits
            });
            let taken: Vec<&Owned> = fits.collect();
            if taken.is_empty() {
                break;
            }
            begin += taken.len();
            let seed = script(settings, taken.into_iter().map(Owned::frame));
            self.add("engine", seed);
        }
        self.dialogues(&frames);
    }

    /// What each two ends said to each other, as a conversation of every protocol that it may be one of.
    fn dialogues(&mut self, frames: &[Owned]) {
        let mut decoder = Decoder::new(&Limits::default());
        let mut dialogues: BTreeMap<_, (bool, Vec<Step>)> = BTreeMap::new();
        for owned in frames {
            let frame = owned.frame();
            let Decoded::Packet(packet) = decoder.decode(&frame) else { continue };
            let (Some(network), Some((source, destination))) = (packet.network, packet.ports()) else {
                continue;
            };
            if packet.payload.is_empty() {
                continue;
            }
            let datagram = matches!(packet.transport, Transport::Udp(_));
            let (near, far) = ((network.source, source), (network.destination, destination));
            // Servers have the lower port.
            let toward = if destination < source { Toward::Server } else { Toward::Client };
            let key = (near.min(far), near.max(far), datagram);
            let (_, steps) = dialogues.entry(key).or_insert((datagram, Vec::new()));
            let octets: usize = steps.iter().map(|step| matches!(step, Step::Message(..)) as usize).sum();
            if octets < MOST_MESSAGES {
                steps.push(Step::Message(toward, packet.payload.to_vec()));
            }
        }
        for (datagrams, steps) in dialogues.values() {
            for protocol in PROTOCOLS.iter().copied() {
                let is_one = |octets: &[u8]| protocol.dissector.probe(octets, None) == Probe::Certain;
                if !steps.iter().any(|step| matches!(step, Step::Message(_, octets) if is_one(octets))) {
                    continue;
                }
                self.conversation(protocol, steps, *datagrams);
                for step in steps {
                    if let Step::Message(toward, octets) = step {
                        self.bytes(protocol, *toward, octets);
                    }
                }
            }
        }
    }

    /// Segments in order, reordered, overlapping, cut, false, with time passing; both overlap policies.
    fn streams(&mut self) {
        // How, length, shift, flags; see `stream`.
        const IN_ORDER: [u8; 4] = [0, 100, 0, 0];
        const OPENING: [u8; 4] = [0, 0, 0, 1];
        const AHEAD: [u8; 4] = [2, 100, 50, 0];
        const FAR_AHEAD: [u8; 4] = [4, 200, 255, 0];
        const BEHIND: [u8; 4] = [3, 100, 150, 0];
        const OUTSIDE: [u8; 4] = [5, 100, 128, 0];
        const FALSE: [u8; 4] = [3, 60, 80, 8];
        const CUT: [u8; 4] = [0, 60, 40, 0x30];
        const TWICE: [u8; 4] = [0x80, 60, 0, 0];
        const CLOSING: [u8; 4] = [0, 10, 0, 2];
        const RESET: [u8; 4] = [0, 0, 0, 0x44];
        const ACKNOWLEDGED: [u8; 4] = [6, 0, 0, 0];
        const SECONDS: [u8; 4] = [7, 7, 0, 0];
        let scripts: [&[[u8; 4]]; 8] = [
            &[OPENING, IN_ORDER, IN_ORDER, CLOSING],
            &[OPENING, AHEAD, BEHIND, AHEAD, BEHIND, TWICE, CLOSING],
            &[IN_ORDER, AHEAD, AHEAD, SECONDS, IN_ORDER],
            &[IN_ORDER, AHEAD, ACKNOWLEDGED, SECONDS, BEHIND],
            &[IN_ORDER, FALSE, FALSE, AHEAD, FALSE],
            &[IN_ORDER, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE],
            &[OPENING, CUT, IN_ORDER, CUT, CUT, RESET, IN_ORDER],
            &[IN_ORDER, FAR_AHEAD, FAR_AHEAD, FAR_AHEAD, FAR_AHEAD, FAR_AHEAD, FAR_AHEAD],
        ];
        for (place, script) in scripts.iter().enumerate() {
            for settings in 0..8 {
                self.add("stream", [&[settings, place as u8 * 31][..], script.as_flattened()].concat());
            }
        }
    }
}

/// A frame that owns its octets.
#[derive(Clone, Debug)]
struct Owned {
    ts: i64,
    link_type: LinkType,
    original_len: u32,
    data: Vec<u8>,
}

impl Owned {
    fn of(frame: &Frame<'_>) -> Self {
        let Frame { ts, link_type, original_len, .. } = *frame;
        Self { ts, link_type, original_len, data: frame.data.to_vec() }
    }

    fn frame(&self) -> Frame<'_> {
        let Self { ts, link_type, original_len, .. } = *self;
        Frame { number: 1, ts, interface: 0, link_type, original_len, data: &self.data }
    }
}

/// Files of a folder and those below it whose name says that they are captures, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if [".pcap", ".pcapng", ".gz", ".zst"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Inputs that fuzzing found worth keeping: `corpora/<target>.hex`, one a line. None where there is no such folder.
///
/// # Errors
/// Where a file cannot be read, or holds something else.
pub fn kept(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let mut kept = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "hex")) {
        let target = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for line in fs::read_to_string(path)?.lines() {
            let octets = octets(line)
                .ok_or_else(|| io::Error::other(format!("{}: a line is no hexadecimal", path.display())))?;
            kept.push((target.clone(), octets));
        }
    }
    Ok(kept)
}

/// Octets written in hexadecimal.
fn octets(line: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = line.as_bytes().as_chunks::<2>();
    let octet = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(octet).collect() } else { None }
}

/// Octets in hexadecimal.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut hex, octet| {
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}
