//! Runs targets over their seeds, the inputs that are kept in `corpora/`, and all findings of before, without a fuzzer.
//!
//!     cargo run --release --example replay               # every target
//!     cargo run --release --example replay mms_session   # this one
//!
//! `coverage.py` runs it; it is also the shortest way to see that no target has a finding.

use std::path::Path;
use std::time::Instant;
use std::{fs, io};

use fieldtap_fuzz::{run, seeds::Seeds};

fn main() -> io::Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let only: Vec<String> = std::env::args().skip(1).collect();
    let seeds = Seeds::all(home)?;
    for (target, seeds) in
        seeds.iter().filter(|(target, _)| only.is_empty() || only.iter().any(|name| name == target))
    {
        let begin = Instant::now();
        let mut inputs: Vec<Vec<u8>> = seeds.map(|(_, seed)| seed.to_vec()).collect();
        for file in fs::read_dir(home.join("regressions").join(target)).into_iter().flatten() {
            inputs.push(fs::read(file?.path())?);
        }
        for input in &inputs {
            run(target, input).map_err(|target| io::Error::other(format!("there is no target {target}")))?;
        }
        println!("{target}: {} inputs, {:.1} s", inputs.len(), begin.elapsed().as_secs_f64());
    }
    Ok(())
}
