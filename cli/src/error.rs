//! What the command cannot do, and how it is said.
use std::{
    fmt::{Display, Write},
    io,
};

/// Says something on standard error. What files are called and hold does not steer a terminal.
pub(crate) fn tell(what: impl Display) {
    let mut shown = String::new();
    for character in what.to_string().chars() {
        if !character.is_control() {
            shown.push(character);
            continue;
        }
        for octet in character.encode_utf8(&mut [0; 4]).bytes() {
            // Writing into a string cannot fail.
            let _ = write!(shown, "\\x{octet:02x}");
        }
    }
    eprintln!("fieldtap: {shown}");
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Run(#[from] fieldtap_pipeline::Error),
    #[error("{0}")]
    Usage(String),
    #[error("interrupted after {frames} frames: what was written is not whole")]
    Interrupted { frames: u64 },
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
}

impl Error {
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::Run(fieldtap_pipeline::Error::Filter { .. }))
    }
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let source = match self {
            Self::Run(fieldtap_pipeline::Error::Write { source, .. }) | Self::Io { source, .. } => source,
            _ => return false,
        };
        source.kind() == io::ErrorKind::BrokenPipe
    }
}
