//! A bar on a terminal, while a person waits.
use fieldtap_pipeline::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{io::IsTerminal, sync::Arc};

/// A bar for a run over files, if a person watches and does not read the rows on the same terminal.
pub(crate) fn bar(rows_on_terminal: bool) -> Option<ProgressBar> {
    if rows_on_terminal || !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    let style = "{spinner} {prefix} {bytes}/{total_bytes} [{wide_bar}] {bytes_per_sec} {eta}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    Some(bar)
}

/// What a run tells its progress to.
pub(crate) fn teller(bar: &ProgressBar) -> Arc<dyn Fn(Progress) + Send + Sync> {
    let bar = bar.clone();
    Arc::new(move |progress| {
        if progress.files > 1 {
            bar.set_prefix(format!("file {} of {}", progress.file + 1, progress.files));
        }
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.read);
    })
}
