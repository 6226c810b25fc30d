//! Writes seeds into `corpus/<target>/`, below the folder of the fuzz crate. What lies there already stays.

use std::path::Path;
use std::{fs, io};

use fieldtap_fuzz::seeds::Seeds;

fn main() -> io::Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = Seeds::all(home)?;
    for (target, seeds) in seeds.iter() {
        let folder = home.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        let mut count = 0;
        for (name, seed) in seeds {
            fs::write(folder.join(name), seed)?;
            count += 1;
        }
        println!("{target}: {count} seeds");
    }
    Ok(())
}
