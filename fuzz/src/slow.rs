//! Inputs that cost far more for each octet than normal traffic does: a defect, like a crash.

use crate::script::Conversation;
use std::time::{Duration, Instant};

/// How many times the cost of normal traffic an octet may have.
const TIMES: u32 = 50;
/// An input that is done within this time harms nobody.
const HARMLESS: Duration = Duration::from_millis(20);
/// Fewer octets than these are counted as so many: each run has a cost of its own.
const LEAST: u32 = 256;
/// How often an input is run; the shortest time counts, since the machine may be busy.
const RUNS: usize = 5;

/// The shortest of a few runs.
///
/// # Errors
/// The name, if there is no such target.
fn time<'a>(target: &'a str, input: &[u8]) -> Result<Duration, &'a str> {
    let mut shortest = Duration::MAX;
    for _ in 0..RUNS {
        let begin = Instant::now();
        crate::run(target, input)?;
        shortest = shortest.min(begin.elapsed());
        if shortest < HARMLESS {
            break;
        }
    }
    Ok(shortest)
}

/// How many octets this input makes the code under test read: a script of a session stands for more than it holds, since one
/// octet of it may repeat a message.
fn octets(target: &str, input: &[u8]) -> u32 {
    let session = target.strip_suffix("_session").and_then(fieldtap::protocols::named);
    let octets = session.map_or(input.len(), |protocol| Conversation::read(protocol, input).octets());
    u32::try_from(octets).unwrap_or(u32::MAX).max(1)
}

/// What an octet of normal traffic costs, as the median of these inputs. Those of a session are sent in pieces as this one is: a
/// segment of one octet costs what a segment costs, whatever is in it.
fn usual<'a>(target: &'a str, normal: &[&[u8]], like: &[u8]) -> Result<Duration, &'a str> {
    let mut costs = Vec::new();
    for input in normal {
        let mut input = input.to_vec();
        let mut least = LEAST;
        if target.ends_with("_session")
            && let ([_, pieces, ..], [_, like, ..]) = (&mut input[..], like)
        {
            *pieces = *like;
            // What a run costs beside its octets is little here beside what their segments cost.
            least = 1;
        }
        costs.push(time(target, &input)? / octets(target, &input).max(least));
    }
    costs.sort_unstable();
    Ok(costs.get(costs.len() / 2).copied().unwrap_or_default())
}

/// Whether so many octets that took this time cost far more than usual.
fn is_slow(time: Duration, octets: u32, usual: Duration) -> bool {
    time > HARMLESS && time / octets.max(LEAST) > usual * TIMES
}

/// Which of these inputs are slow, by their names, where others say what is normal.
///
/// # Errors
/// The name, if there is no such target.
pub fn slow<'a>(
    target: &'a str,
    normal: &[&[u8]],
    inputs: &[(String, Vec<u8>)],
) -> Result<Vec<String>, &'a str> {
    let mut slow = Vec::new();
    for (name, input) in inputs {
        let time = time(target, input)?;
        // What is harmless needs no comparison, which takes its time.
        if time <= HARMLESS {
            continue;
        }
        let (octets, usual) = (octets(target, input), usual(target, normal, input)?);
        if is_slow(time, octets, usual) {
            slow.push(format!("{name}: {time:?} for {octets} octets; normal are {usual:?} an octet"));
        }
    }
    Ok(slow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::Seeds;
    use std::{fs, path::Path};

    /// Of each target: its seeds are what is normal, and neither the longest of them nor any finding of before is slow.
    #[test]
    fn cost_per_octet_is_bounded() {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let seeds = Seeds::make(&home.join("../corpus")).unwrap();
        for (target, seeds) in seeds.iter() {
            let normal: Vec<&[u8]> = seeds.map(|(_, seed)| seed).take(100).collect();
            let mut inputs = Vec::new();
            for file in fs::read_dir(home.join("regressions").join(target)).into_iter().flatten().flatten() {
                inputs.push((file.path().display().to_string(), fs::read(file.path()).unwrap()));
            }
            assert_eq!(slow(target, &normal, &inputs), Ok(Vec::new()), "{target}");
        }
    }

    /// What takes long is noticed.
    #[test]
    fn a_slow_input_is_noticed() {
        let (harmless, long) = (Duration::from_millis(20), Duration::from_millis(60));
        let normal = Duration::from_micros(1);
        assert!(
            is_slow(long, 1000, normal) && !is_slow(long, 1200, normal),
            "50 times a microsecond an octet"
        );
        assert!(is_slow(long, 256, normal) && !is_slow(long, 1, 5 * normal), "few octets count as 256");
        assert!(!is_slow(harmless, 256, normal), "20 ms harm nobody");
        assert_eq!(octets("engine", &[0; 1000]), 1000);
        // A message of 300 octets, which is sent again ten times: see `script`.
        let script = [&[0, 0, 0, 44, 1][..], &[7; 300], &[8; 10]].concat();
        assert_eq!(octets("modbus_rtu_session", &script), 3300);
        assert_eq!(slow("nothing", &[], &[(String::new(), Vec::new())]), Err("nothing"));
    }
}
