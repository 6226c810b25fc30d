//! What structure-aware targets are told to do, as octets that a fuzzer can change.
//!
//! Everything is read from the front, in fixed widths, so that a script can be written down as well as read: seeds are made
//! that way. A script that ends too early is read as if zeros followed.

use std::sync::OnceLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use fieldtap::protocol::{Protocol, Toward};
use fieldtap::protocols::PROTOCOLS;
use fieldtap::vectors;

/// One message of a protocol's vectors.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Whither it goes.
    pub toward: Toward,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// The messages of a protocol's vectors, in their order.
pub fn samples(protocol: &'static Protocol) -> &'static [Sample] {
    static ALL: OnceLock<Vec<Vec<Sample>>> = OnceLock::new();
    let all = ALL.get_or_init(|| PROTOCOLS.iter().map(|protocol| read_samples(protocol)).collect());
    let place = PROTOCOLS.iter().position(|known| *known == protocol);
    place.and_then(|place| all.get(place)).map_or(&[], Vec::as_slice)
}

fn read_samples(protocol: &Protocol) -> Vec<Sample> {
    let cases = vectors::parse(protocol.vectors)
        .unwrap_or_else(|error| panic!("vectors of {}: {error}", protocol.name));
    let segments = cases.iter().flat_map(vectors::Case::segments);
    segments.map(|(toward, octets)| Sample { toward, octets: octets.to_vec() }).collect()
}

/// Changes one place of a message.
fn mutate(octets: &mut Vec<u8>, u: &mut Unstructured<'_>) -> Result<()> {
    let [kind, at, value] = <[u8; 3]>::arbitrary(u)?;
    // Headers and lengths stand at the front: most places that can be named are there.
    let at = if kind & 0x80 == 0 { usize::from(at) } else { usize::from(at) * 16 };
    let at = if octets.is_empty() { 0 } else { at % octets.len() };
    let end = octets.len();
    match kind & 7 {
        0 => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet ^= 1 << (value & 7)),
        1 => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet = value),
        2 => octets.insert(at, value),
        3 => drop(octets.drain(at..end.min(at + 1 + usize::from(value & 15)))),
        4 => octets.truncate(at),
        5 => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet = octet.wrapping_add(value)),
        6 => {
            let again: Vec<u8> = octets.iter().skip(at).take(1 + usize::from(value & 63)).copied().collect();
            octets.splice(at..at, again);
        }
        _ => octets.extend(std::iter::repeat_n(value, 1 + at % 64)),
    }
    Ok(())
}

/// Reads a message: literally or a sample, then changed in up to seven places, then mended if the script says so.
///
/// The first octet says in bit 0 that it is a sample, holds the direction in bit 1, whether lengths and checksums are mended in bit 2,
/// and the number of changes in bits 5 to 7.
fn read_message(protocol: &'static Protocol, how: u8, u: &mut Unstructured<'_>) -> Result<(Toward, Vec<u8>)> {
    let mut toward = if how & 2 == 0 { Toward::Server } else { Toward::Client };
    let samples = samples(protocol);
    let mut octets = if how & 1 != 0 && !samples.is_empty() {
        let sample = &samples[usize::from(u16::arbitrary(u)?) % samples.len()];
        // The script's direction is that of the vectors, or against it.
        toward = if toward == Toward::Server { sample.toward } else { sample.toward.back() };
        sample.octets.clone()
    } else {
        let len = usize::from(u16::arbitrary(u)?).min(u.len());
        u.bytes(len)?.to_vec()
    };
    for _ in 0..how >> 5 {
        mutate(&mut octets, u)?;
    }
    if how & 4 != 0 {
        protocol.dissector.mend(&mut octets);
    }
    Ok((toward, octets))
}

/// Writes a message literally.
fn write_message(script: &mut Vec<u8>, kind: u8, toward: Toward, octets: &[u8]) {
    let octets = octets.get(..usize::from(u16::MAX)).unwrap_or(octets);
    script.push(kind << 3 | if toward == Toward::Server { 0 } else { 2 });
    script.extend_from_slice(&(octets.len() as u16).to_le_bytes());
    script.extend_from_slice(octets);
}

/// One step of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Octets are sent.
    Message(Toward, Vec<u8>),
    /// Octets are lost.
    Gap(Toward, u64),
    /// Time passes: nanoseconds.
    Pass(i64),
}

/// How a conversation is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Limits so small that all are reached.
    pub small: bool,
    /// Every value is said.
    pub every_message: bool,
    /// Messages are datagrams.
    pub datagrams: bool,
    /// A description tells what the samples of some streams are made of.
    pub described: bool,
    /// What the lengths of pieces are drawn from.
    pub pieces: u8,
}

impl Settings {
    /// Octets in a script.
    pub const LEN: usize = 2;

    fn read(u: &mut Unstructured<'_>) -> Result<Self> {
        let [bits, pieces] = <[u8; Self::LEN]>::arbitrary(u)?;
        Ok(Self {
            small: bits & 1 != 0,
            every_message: bits & 2 != 0,
            datagrams: bits & 4 != 0,
            described: bits & 8 != 0,
            pieces,
        })
    }

    /// As a script begins.
    pub fn write(self) -> [u8; Self::LEN] {
        [
            u8::from(self.small)
                | u8::from(self.every_message) << 1
                | u8::from(self.datagrams) << 2
                | u8::from(self.described) << 3,
            self.pieces,
        ]
    }

    /// Of the first octets of plain bytes.
    pub fn of(data: &[u8]) -> (Self, &[u8]) {
        let (head, rest) = data.split_at_checked(Self::LEN).unwrap_or((data, &[]));
        (Self::read(&mut Unstructured::new(head)).unwrap_or_default(), rest)
    }
}

/// A conversation of one protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// How it is run.
    pub settings: Settings,
    /// What happens.
    pub steps: Vec<Step>,
}

/// The kinds of steps, in bits 3 and 4 of a step's first octet.
mod kind {
    pub const MESSAGE: u8 = 0;
    pub const AGAIN: u8 = 1;
    pub const GAP: u8 = 2;
    pub const PASS: u8 = 3;
}

/// Steps of a script; what follows is not read.
const MOST_STEPS: usize = 256;
/// Octets of all messages of a script; what follows is not read. Changes can make a message longer than the script.
const MOST_OCTETS: usize = 1 << 15;

impl Conversation {
    /// Reads a script.
    pub fn read(protocol: &'static Protocol, data: &[u8]) -> Self {
        let mut u = Unstructured::new(data);
        let mut conversation =
            Self { settings: Settings::read(&mut u).unwrap_or_default(), steps: Vec::new() };
        let mut octets = 0;
        while !u.is_empty() && conversation.steps.len() < MOST_STEPS && octets < MOST_OCTETS {
            let Ok(step) = conversation.step(protocol, &mut u) else { break };
            if let Step::Message(_, message) = &step {
                octets += message.len();
            }
            conversation.steps.push(step);
        }
        conversation
    }

    /// Octets that are sent.
    pub fn octets(&self) -> usize {
        let sent = |step: &Step| match step {
            Step::Message(_, octets) => octets.len(),
            Step::Gap(..) | Step::Pass(_) => 0,
        };
        self.steps.iter().map(sent).sum()
    }

    fn step(&self, protocol: &'static Protocol, u: &mut Unstructured<'_>) -> Result<Step> {
        let how = u8::arbitrary(u)?;
        let toward = if how & 2 == 0 { Toward::Server } else { Toward::Client };
        Ok(match how >> 3 & 3 {
            kind::MESSAGE => {
                let (toward, octets) = read_message(protocol, how, u)?;
                Step::Message(toward, octets)
            }
            kind::AGAIN => {
                // The last message once more, perhaps from the other side: an echo, a duplicate.
                let last = self.steps.iter().rev().find_map(|step| match step {
                    Step::Message(_, octets) => Some(octets.clone()),
                    _ => None,
                });
                let mut octets = last.unwrap_or_default();
                for _ in 0..how >> 5 {
                    mutate(&mut octets, u)?;
                }
                if how & 4 != 0 {
                    protocol.dissector.mend(&mut octets);
                }
                Step::Message(toward, octets)
            }
            kind::GAP => Step::Gap(toward, u8::arbitrary(u)?.into()),
            _ => Step::Pass(span(u8::arbitrary(u)?)),
        })
    }

    /// Writes the script down, its messages literally.
    pub fn write(&self) -> Vec<u8> {
        let mut script = self.settings.write().to_vec();
        for step in &self.steps {
            match step {
                Step::Message(toward, octets) => write_message(&mut script, kind::MESSAGE, *toward, octets),
                Step::Gap(toward, len) => {
                    script.push(kind::GAP << 3 | if *toward == Toward::Server { 0 } else { 2 });
                    script.push(u8::try_from(*len).unwrap_or(u8::MAX));
                }
                Step::Pass(time) => script.extend_from_slice(&[kind::PASS << 3, nearest(*time)]),
            }
        }
        script
    }
}

const SPANS: [i64; 16] = [
    0,
    1,
    1_000,
    1_000_000,
    9_000_000,
    60_000_000,
    1_000_000_000,
    6_000_000_000,
    31_000_000_000,
    301_000_000_000,
    3_599_000_000_000,
    3_601_000_000_000,
    86_400_000_000_000,
    -1_000_000,
    -7_200_000_000_000,
    i64::MAX / 4,
];

/// A span of time, in nanoseconds: one on each side of what the limits wait for.
pub fn span(code: u8) -> i64 {
    SPANS[usize::from(code & 15)]
}

/// The code of the span that is nearest.
pub fn nearest(time: i64) -> u8 {
    let place = (0..SPANS.len()).min_by_key(|place| SPANS[*place].abs_diff(time)).unwrap_or(0);
    place as u8
}

/// The lengths of pieces that octets are cut into: the same for the same code.
pub fn pieces(code: u8, len: usize) -> impl Iterator<Item = usize> {
    let most = [1, 2, 3, 7, 16, 64, 300, 2000][usize::from(code & 7)];
    let mut state = u64::from(code).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut left = len;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let piece = (1 + (state >> 33) as usize % most).min(left);
        left -= piece;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_was_written_reads_the_same() {
        let Some(protocol) = PROTOCOLS.first() else { return };
        let conversation = Conversation {
            settings: Settings {
                small: true,
                every_message: false,
                datagrams: true,
                described: true,
                pieces: 77,
            },
            steps: vec![
                Step::Message(Toward::Server, b"\x00\x01\x00".to_vec()),
                Step::Pass(1_000),
                Step::Message(Toward::Client, vec![]),
                Step::Gap(Toward::Client, 200),
                Step::Message(Toward::Client, vec![7; 300]),
            ],
        };
        assert_eq!(Conversation::read(protocol, &conversation.write()), conversation);
    }

    #[test]
    fn pieces_are_the_whole() {
        for code in 0..=u8::MAX {
            assert_eq!(pieces(code, 1000).sum::<usize>(), 1000);
            assert!(pieces(code, 1000).all(|piece| piece > 0));
        }
        assert_eq!(pieces(0, 5).collect::<Vec<_>>(), [1; 5]);
    }
}
