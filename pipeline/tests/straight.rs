//! The usual packet goes a straight way through the engine, every other one from header to header. A capture as Ethernet
//! goes the first way where it can; without the Ethernet headers, as raw IP, it goes the second, and must say the same.

mod common;

use common::{Kept, Owned, all_captures, dissect_with, frames};
use fieldtap::{Config, LinkType};

/// Frames of IPv4 in Ethernet without tags, as they are and without the Ethernet header. Padding, and what tunnels would
/// carry, are the same in both.
fn both(frames: &[Owned]) -> (Vec<Owned>, Vec<Owned>) {
    let usual = |frame: &&Owned| {
        frame.link_type == LinkType::ETHERNET && frame.data.get(12..15) == Some(&[0x08, 0x00, 0x45])
    };
    let ethernet: Vec<Owned> = frames.iter().filter(usual).cloned().collect();
    let raw = ethernet.iter().map(|frame| {
        let total = usize::from(u16::from_be_bytes([frame.data[16], frame.data[17]]));
        // What fills the frame up, or a trailer of PRP, is no part of raw IP.
        let end = if total == 0 { frame.data.len() } else { frame.data.len().min(14 + total) };
        Owned {
            link_type: LinkType::RAW,
            original_len: frame.original_len.saturating_sub(14),
            data: frame.data[14..end].to_vec(),
            ..frame.clone()
        }
    });
    let raw = raw.collect();
    (ethernet, raw)
}

/// A row without what the Ethernet header tells.
fn without_ethernet(row: &Kept) -> Kept {
    let mut row = row.clone();
    (row.envelope.sender_mac, row.envelope.receiver_mac) = (None, None);
    if row.table == "conversations" {
        row.fields.retain(|(name, _)| !name.ends_with("_octets"));
    }
    row
}

#[test]
fn the_straight_way_says_what_the_other_says() {
    let (mut files, mut rows) = (0, 0);
    for path in all_captures() {
        let (ethernet, raw) = both(&frames(&path));
        if ethernet.is_empty() {
            continue;
        }
        for every_message in [true, false] {
            let config = Config { every_message, ..Config::default() };
            let (straight, _) = dissect_with(config.clone(), &ethernet);
            let (other, _) = dissect_with(config, &raw);
            // Where a frame has more than its datagram, or less, its Ethernet header is not all that is gone.
            let told = |rows: &common::Rows| -> Vec<Kept> {
                let said = |row: &&Kept| !(row.table == "anomalies" && row.words("place") == "frame");
                rows.0.iter().filter(said).map(without_ethernet).collect()
            };
            let (straight, other) = (told(&straight), told(&other));
            for (straight, other) in straight.iter().zip(&other) {
                assert_eq!(straight, other, "{}", path.display());
            }
            assert_eq!(straight.len(), other.len(), "{}", path.display());
            rows += straight.len();
        }
        files += 1;
    }
    println!("{files} files, {rows} rows");
    assert!(files > 20 && rows > 1000);
}
