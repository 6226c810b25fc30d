//! What the command cannot do.
use std::io;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Run(#[from] fieldtap_pipeline::Error),
    #[error("{0}")]
    Usage(String),
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
