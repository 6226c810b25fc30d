//! Every target over every seed, and over every input that once was a finding.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run;
use crate::seeds::Seeds;

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one input. Returns what to call it where it is a finding; the panic itself was printed.
fn finding(target: &str, name: &str, data: &[u8]) -> Option<String> {
    match std::panic::catch_unwind(|| run(target, data)) {
        Ok(Ok(())) => None,
        Ok(Err(target)) => panic!("there is no target {target}"),
        Err(_) => Some(format!("{target}/{name}")),
    }
}

/// The inputs of `regressions/<target>/`.
fn regressions() -> Vec<(String, PathBuf)> {
    let mut regressions = Vec::new();
    let Ok(targets) = fs::read_dir(home().join("regressions")) else { return regressions };
    for target in targets.flatten().filter(|target| target.path().is_dir()) {
        let name = target.file_name().to_string_lossy().into_owned();
        for input in fs::read_dir(target.path()).expect("a folder that can be read").flatten() {
            regressions.push((name.clone(), input.path()));
        }
    }
    regressions.sort();
    regressions
}

#[test]
fn every_target_holds_on_every_seed() {
    let seeds = Seeds::all(home()).expect("captures and inputs that can be read");
    let (mut count, mut findings) = (0, Vec::new());
    for (target, seeds) in seeds.iter() {
        for (name, seed) in seeds {
            findings.extend(finding(target, name, seed));
            count += 1;
        }
    }
    assert_eq!(findings, Vec::<String>::new());
    assert!(count > 100, "only {count} seeds");
}

#[test]
fn what_was_a_finding_is_none_any_more() {
    let mut findings = Vec::new();
    for (target, path) in regressions() {
        let data = fs::read(&path).expect("a file that can be read");
        findings.extend(finding(&target, &path.display().to_string(), &data));
    }
    assert_eq!(findings, Vec::<String>::new());
}

/// Every protocol has seeds for both of its targets, so that a new one without vectors does not go unfuzzed.
#[test]
fn every_protocol_has_seeds() {
    let seeds = Seeds::make(&home().join("../corpus")).expect("captures that can be read");
    let targets: Vec<&str> = seeds.iter().map(|(target, _)| target).collect();
    for protocol in fieldtap::protocols::PROTOCOLS {
        for kind in ["bytes", "session"] {
            let target = format!("{}_{kind}", protocol.name);
            assert!(targets.contains(&target.as_str()), "{target} has no seed");
        }
    }
}
