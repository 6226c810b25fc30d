//! Names the inputs below `corpus/`, `regressions/` and `artifacts/` that cost more than 50 times as much for each octet as
//! the seeds of their target do. Ends with 1 if there are any.

use std::{error::Error, fs, path::Path, process::ExitCode};

use fieldtap_fuzz::{seeds::Seeds, slow::slow};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let only: Vec<String> = std::env::args().skip(1).collect();
    let seeds = Seeds::make(&home.join("../corpus"))?;
    let (mut found, mut count) = (0, 0);
    for (target, seeds) in
        seeds.iter().filter(|(target, _)| only.is_empty() || only.iter().any(|name| name == target))
    {
        let normal: Vec<&[u8]> = seeds.map(|(_, seed)| seed).take(200).collect();
        let mut inputs = Vec::new();
        for folder in ["corpus", "regressions", "artifacts"] {
            for file in fs::read_dir(home.join(folder).join(target)).into_iter().flatten().flatten() {
                inputs.push((
                    format!("{folder}/{target}/{}", file.file_name().display()),
                    fs::read(file.path())?,
                ));
            }
        }
        count += inputs.len();
        for input in slow(target, &normal, &inputs)? {
            found += 1;
            println!("slow: {input}");
        }
    }
    println!("{count} inputs, {found} of them slow");
    Ok(ExitCode::from(u8::from(found > 0)))
}
