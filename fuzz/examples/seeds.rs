//! Writes seeds into `corpus/<target>/` and dictionaries into `dictionaries/<target>.dict`, below the folder of the fuzz
//! crate. What lies there already stays.

use std::path::Path;
use std::{fs, io};

use fieldtap::protocols::PROTOCOLS;
use fieldtap_fuzz::seeds::{Seeds, dictionary};

fn main() -> io::Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = Seeds::make(&home.join("../corpus"))?;
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
    let folder = home.join("dictionaries");
    fs::create_dir_all(&folder)?;
    for protocol in PROTOCOLS {
        for kind in ["bytes", "session"] {
            fs::write(folder.join(format!("{}_{kind}.dict", protocol.name)), dictionary(protocol))?;
        }
    }
    Ok(())
}
