//! Inputs that cost far more for each octet than normal traffic does: a defect, like a crash.

use std::time::{Duration, Instant};

/// How many times the cost of normal traffic an octet may have.
const TIMES: u32 = 50;
/// An input that is done within this time harms nobody. In the targets that mutate sessions a few octets may stand for many
/// whole messages, fed one octet at a time: some inputs of 200 octets take 8 milliseconds for some thousand rows.
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

fn each_octet(time: Duration, input: &[u8]) -> Duration {
    time / u32::try_from(input.len()).unwrap_or(u32::MAX).max(LEAST)
}

/// Which of these inputs are slow, by their names, where others say what is normal: the median of those.
///
/// # Errors
/// The name, if there is no such target.
pub fn slow<'a>(
    target: &'a str,
    normal: &[&[u8]],
    inputs: &[(String, Vec<u8>)],
) -> Result<Vec<String>, &'a str> {
    let mut costs = Vec::new();
    for input in normal {
        costs.push(each_octet(time(target, input)?, input));
    }
    costs.sort_unstable();
    let median = costs.get(costs.len() / 2).copied().unwrap_or_default();
    let mut slow = Vec::new();
    for (name, input) in inputs {
        let time = time(target, input)?;
        let cost = each_octet(time, input);
        if time > HARMLESS && cost > median * TIMES {
            slow.push(format!("{name}: {time:?}, {cost:?} an octet; normal are {median:?}"));
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
        assert!(each_octet(Duration::from_millis(10), &[0; 100]) > Duration::from_micros(39));
        assert_eq!(slow("nothing", &[&[]], &[]), Err("nothing"));
    }
}
