//! `fieldtap.h`, from the crate of the C ABI.

use std::path::PathBuf;

use crate::generated::{Generated, root};

const CRATE: &str = "capi";

/// The header.
pub fn files() -> Result<Vec<Generated>, String> {
    let folder = root().join(CRATE);
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    let builder = cbindgen::Builder::new().with_config(config).with_src(folder.join("src/lib.rs"));
    let bindings = builder.generate().map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    // What Rust calls safety are the duties of who calls from C.
    let text = String::from_utf8(text)
        .map_err(|error| error.to_string())?
        .replace("# Safety", "The caller promises:");
    Ok(vec![Generated::File { path: PathBuf::from(CRATE).join("include/fieldtap.h"), text }])
}
