//! Writes the inputs in `minimised/<target>/` that are no seeds into `corpora/<target>.hex`, one a line, the shortest first.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use fieldtap_fuzz::seeds::{Seeds, hex};

/// Inputs of a target; the shortest are kept.
const MOST_INPUTS: usize = 400;
/// Octets of all inputs of a target.
const MOST_OCTETS: usize = 40 * 1024;

fn main() -> io::Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = Seeds::make(&home.join("../corpus"))?;
    let made: BTreeSet<&[u8]> = seeds.iter().flat_map(|(_, seeds)| seeds.map(|(_, seed)| seed)).collect();
    for folder in fs::read_dir(home.join("minimised"))? {
        let folder = folder?.path();
        let mut inputs = Vec::new();
        for input in fs::read_dir(&folder)? {
            let octets = fs::read(input?.path())?;
            if !octets.is_empty() && !made.contains(octets.as_slice()) {
                inputs.push(octets);
            }
        }
        inputs.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
        let (found, mut room, mut text) = (inputs.len(), MOST_OCTETS, String::new());
        let mut count = 0;
        for input in inputs.iter().take(MOST_INPUTS).take_while(|input| {
            let fits = input.len() <= room;
            room = room.saturating_sub(input.len());
            fits
        }) {
            text.push_str(&hex(input));
            text.push('\n');
            count += 1;
        }
        let target = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = home.join("corpora").join(format!("{target}.hex"));
        if text.is_empty() {
            // Nothing to remove is as good.
            let _ = fs::remove_file(&path);
        } else {
            fs::write(&path, text)?;
        }
        println!("{target}: {count} kept of {found}");
    }
    Ok(())
}
