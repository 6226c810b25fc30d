//! The frames are those that another decoder sees: the crate pcap-parser, which shares no code with this one.
//!
//! The folder named by `FIELDTAP_CAPTURES` is searched for captures; without it only the ones made here are compared.

mod common;

use std::path::{Path, PathBuf};

use common::others::others;
use common::{Frame, Order, drain, gzip, read, small_pcap, zstd};
use fieldtap_capture::Reader;

fn agree(name: &str, ours: &[Frame], theirs: &[Frame]) {
    assert_eq!(ours.len(), theirs.len(), "{name}: number of frames");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn captures_made_by_hand() {
    let mut files = vec![small_pcap(Order::Little).bytes, small_pcap(Order::Big).bytes];
    for order in [Order::Little, Order::Big] {
        for magic in [0xa1b2_c3d4, 0xa1b2_3c4d] {
            let mut file = common::File::pcap(order, magic, 113);
            file.record(1_700_000_000, 999_999, 1514, &[1; 61]);
            file.record(1_700_000_001, 1, 3, b"abc");
            files.push(file.bytes);
        }
        for resolution in [0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 32] {
            let mut file = common::File::pcapng(order);
            file.interface(1, 70, &[(9, &[resolution]), (14, &order.u64(1_600_000_000))]);
            file.interface(101, 0, &[(2, b"a name")]);
            file.enhanced(0, 123_456_789, 61, &[2; 61], &[(1, b"comment")]);
            file.enhanced(1, 1_700_000_000_123_456, 2, b"ab", &[]);
            file.simple(100, &[3; 70]);
            file.block(5, &[0; 12]);
            files.push(file.bytes);
        }
    }
    for bytes in files {
        let (theirs, complete) = others(&bytes);
        assert!(complete && theirs.len() >= 2);
        for form in [bytes.clone(), gzip(&[&bytes]), zstd(&[&bytes])] {
            let (ours, error) = read(&form);
            assert!(error.is_none(), "{error:?}");
            agree("by hand", &ours, &theirs);
        }
    }
}

/// The files below a folder.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| ["pcap", "pcapng", "cap"].iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
}

#[test]
fn captures_of_others() {
    let Some(folder) = std::env::var_os("FIELDTAP_CAPTURES") else {
        eprintln!("skipped: FIELDTAP_CAPTURES does not name a folder of captures");
        return;
    };
    let mut files = Vec::new();
    files_below(Path::new(&folder), &mut files);
    files.sort();
    assert!(!files.is_empty());
    let (mut compared, mut frames) = (0, 0);
    for path in &files {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap();
        let (theirs, complete) = others(&bytes);
        let (ours, error) = drain(Reader::open(path));
        assert!(
            ours.len() >= theirs.len(),
            "{name}: {} frames, pcap-parser sees {}: {error:?}",
            ours.len(),
            theirs.len()
        );
        if complete && error.is_none() {
            agree(&name, &ours, &theirs);
            compared += 1;
        } else {
            eprintln!(
                "{name}: {} frames, then {error:?}; pcap-parser: {}, complete {complete}",
                ours.len(),
                theirs.len()
            );
            agree(&name, &ours[..theirs.len()], &theirs);
        }
        frames += ours.len();
        // Compressed, the small ones: the same frames.
        if bytes.len() < 1 << 20 {
            for form in [gzip(&[&bytes]), zstd::stream::encode_all(&bytes[..], 1).unwrap()] {
                agree(&name, &read(&form).0, &ours);
            }
        }
    }
    eprintln!("{} captures, {frames} frames, {compared} read to the end by both", files.len());
}
