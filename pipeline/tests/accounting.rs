//! The law of accounting on whole captures: every octet and every frame is told of once.

mod common;

use common::{all_captures, dissect_with, frames, unlawful};
use fieldtap::Config;

/// DESIGN: "payload received = span - missing + repeated + outside the window", where span = dissected + skipped + missing;
/// and frames = those of conversations + those that belong to none.
#[test]
fn every_octet_and_every_frame_of_every_capture_is_told_of_once() {
    let (mut wrong, mut files, mut conversations) = (Vec::new(), 0, 0);
    for path in all_captures() {
        let frames = frames(&path);
        files += 1;
        for every_message in [false, true] {
            let config = Config { every_message, ..Config::default() };
            let (rows, counters) = dissect_with(config, &frames);
            let mut of_conversations = 0;
            for row in rows.of("conversations") {
                conversations += 1;
                of_conversations += row.number("originator_frames") + row.number("responder_frames");
                if let Some(why) = unlawful(row) {
                    wrong.push(format!("{}: {why}", path.display()));
                }
            }
            if counters.frames != frames.len() as u64
                || i128::from(counters.frames) != of_conversations + i128::from(counters.unattributed)
            {
                wrong.push(format!(
                    "{}: {} frames, {of_conversations}, {counters:?}",
                    path.display(),
                    frames.len()
                ));
            }
            let mut messages: Vec<_> = rows
                .0
                .iter()
                .filter(|row| matches!(row.table, "modbus"))
                .filter_map(|row| {
                    Some((row.envelope.message?, row.envelope.frame, row.envelope.conversation))
                })
                .collect();
            let all = messages.len();
            messages.sort_unstable();
            messages.dedup_by_key(|(message, _, _)| *message);
            if messages.len() != all {
                wrong.push(format!(
                    "{}: {} of {all} messages share an identity",
                    path.display(),
                    all - messages.len()
                ));
            }
        }
    }
    println!("{files} files, {conversations} conversations");
    assert!(wrong.is_empty(), "{} of {files} files:\n{}", wrong.len(), wrong.join("\n"));
}
