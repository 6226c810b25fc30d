//! Every fuzz target for AFL++: `FIELDTAP_FUZZ_TARGET` names the one to run.

fn main() {
    let target = std::env::var("FIELDTAP_FUZZ_TARGET").unwrap_or_default();
    if let Err(target) = fieldtap_fuzz::run(&target, &[]) {
        eprintln!("FIELDTAP_FUZZ_TARGET names no target: `{target}`");
        std::process::exit(2);
    }
    afl::fuzz!(|data: &[u8]| {
        // It was found above.
        let _ = fieldtap_fuzz::run(&target, data);
    });
}
