//! Truncated, damaged and hostile files: every frame before the damage, then one error that names the place.

mod common;

use std::io::{self, Cursor, Read};

use common::{File, Order, drain, gzip, read, read_whole, small_pcap, small_pcapng, zstd};
use fieldtap_capture::{Error, Reader};

/// A pcapng file with two good frames, to which damage is added.
fn two_frames() -> File {
    let mut file = File::pcapng(Order::Little);
    file.interface(1, 0, &[]);
    file.enhanced(0, 1_000_000, 3, b"one", &[]);
    file.enhanced(0, 2_000_000, 3, b"two", &[]);
    file
}

/// The error after the two good frames of a file.
fn error_after_two_frames(file: &File) -> Error {
    let (frames, error) = read(&file.bytes);
    assert_eq!(frames.len(), 2);
    assert_eq!((&frames[0].data[..], &frames[1].data[..]), (&b"one"[..], &b"two"[..]));
    error.expect("the damage is not said")
}

/// HARD_CASES, capture files: "Block length 0, below 12, not a multiple of 4, or larger than the file [...] -> frames before
/// it are given, clear error with offset; no loop, no large allocation."
#[test]
fn block_length_zero_below_12_odd_or_larger_than_the_file() {
    for block_type in [1_u32, 2, 3, 4, 6, 0x8000_0001] {
        for len in [0_u32, 1, 4, 8, 11, 13, 14, 15, 33] {
            let mut file = two_frames();
            let begin = file.bytes.len() as u64;
            file.bytes.extend(block_type.to_le_bytes());
            file.bytes.extend(len.to_le_bytes());
            file.bytes.extend([0; 64]);
            match error_after_two_frames(&file) {
                Error::Damaged { offset, field: "Block Total Length", reason, .. } => {
                    assert_eq!(offset, begin + 4);
                    assert!(reason.contains(&len.to_string()));
                }
                error => panic!("{error:?}"),
            }
        }
        for len in [0x1000_u32, 0x00ff_fffc, 0x0100_0000] {
            let mut file = two_frames();
            let begin = file.bytes.len() as u64;
            file.bytes.extend(block_type.to_le_bytes());
            file.bytes.extend(len.to_le_bytes());
            file.bytes.extend([0; 64]);
            match error_after_two_frames(&file) {
                Error::Truncated { offset, present: 72, .. } => assert_eq!(offset, begin),
                error => panic!("{error:?}"),
            }
        }
    }
}

/// A block that must be held whole and is larger than the limit: said before anything is read of it. The limit is a setting.
#[test]
fn block_larger_than_the_limit() {
    for block_type in [1_u32, 2, 3, 6, 0x0a0d_0d0a] {
        let mut file = two_frames();
        let begin = file.bytes.len() as u64;
        file.bytes.extend(block_type.to_le_bytes());
        file.bytes.extend(0xffff_fffc_u32.to_le_bytes());
        file.bytes.extend(0x1a2b_3c4d_u32.to_le_bytes());
        file.bytes.extend([0; 64]);
        match error_after_two_frames(&file) {
            Error::TooLarge { offset, claimed: 0xffff_fffc, limit, .. } => {
                assert_eq!((offset, limit), (begin + 4, Reader::DEFAULT_MAX_BLOCK_LEN.into()));
            }
            error => panic!("{error:?}"),
        }
    }
    let mut pcap = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    pcap.record(0, 0, 100, &[0; 100]);
    pcap.record(0, 0, 101, &[0; 101]);
    let mut reader = Reader::new("memory", Cursor::new(pcap.bytes.clone())).unwrap();
    reader.set_max_block_len(100);
    let (frames, error) = drain(Ok(reader));
    assert_eq!(frames.len(), 1);
    assert!(
        matches!(error, Some(Error::TooLarge { offset: 148, claimed: 101, limit: 100, .. })),
        "{error:?}"
    );
    assert_eq!(read_whole(&pcap.bytes).len(), 2);
}

/// HARD_CASES, capture files: "option longer than its block".
#[test]
fn option_longer_than_its_block() {
    // Code 1 (opt_comment) with a length of 8, and room for 4.
    let option = [1, 0, 8, 0, b'a', b'b', b'c', b'd'];
    let mut in_packet = two_frames();
    let begin = in_packet.bytes.len() as u64;
    in_packet.block(6, &[&[0; 20][..], &option].concat());
    let mut in_interface = two_frames();
    in_interface.block(1, &[&[1, 0, 0, 0, 0, 0, 0, 0][..], &option].concat());
    let mut in_section = two_frames();
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8], &option].concat();
    in_section.block(0x0a0d_0d0a, &section);
    for (file, at) in [(in_packet, 20), (in_interface, 8), (in_section, 16)] {
        match error_after_two_frames(&file) {
            Error::Damaged { offset, field: "Option Length", .. } => assert_eq!(offset, begin + 8 + at + 2),
            error => panic!("{error:?}"),
        }
    }
}

/// HARD_CASES, capture files: "packet for an undeclared interface". Interfaces of the section before do not count.
#[test]
fn packet_for_an_undeclared_interface() {
    let mut enhanced = two_frames();
    enhanced.enhanced(1, 0, 1, b"x", &[]);
    let mut obsolete = two_frames();
    obsolete.obsolete(7, 0, 1, b"x");
    let mut simple = two_frames();
    simple.section(Order::Big);
    simple.simple(1, b"x");
    let mut of_the_section_before = two_frames();
    of_the_section_before.section(Order::Little);
    of_the_section_before.enhanced(0, 0, 1, b"x", &[]);
    let begin = two_frames().bytes.len() as u64;
    for (file, section) in [(enhanced, 0), (obsolete, 0), (simple, 28), (of_the_section_before, 28)] {
        match error_after_two_frames(&file) {
            Error::Damaged { offset, field: "Interface ID", .. } => assert_eq!(offset, begin + section + 8),
            error => panic!("{error:?}"),
        }
    }
}

/// draft-ietf-opsawg-pcapng, section 3.1: the length stands at both ends of a block.
#[test]
fn lengths_at_both_ends_differ() {
    for block_type in [6_u32, 4] {
        let mut file = two_frames();
        let begin = file.bytes.len() as u64;
        file.block(block_type, &[0; 20]);
        let last = file.bytes.len() - 4;
        file.bytes[last] = 36;
        match error_after_two_frames(&file) {
            Error::Damaged { offset, field: "Block Total Length", reason, .. } => {
                assert_eq!(offset, begin + 28);
                assert!(reason.contains("36") && reason.contains("32"), "{reason}");
            }
            error => panic!("{error:?}"),
        }
    }
}

/// More octets captured than the block has room for, and blocks too short for their own fields.
#[test]
fn packet_larger_than_its_block() {
    let begin = two_frames().bytes.len() as u64;
    for captured in [5_u32, 8, 0x7fff_ffff, u32::MAX] {
        let mut file = two_frames();
        let mut body = [0; 24];
        body[12..16].copy_from_slice(&captured.to_le_bytes());
        file.block(6, &body);
        match error_after_two_frames(&file) {
            Error::Damaged { offset, field: "Captured Packet Length", .. } => {
                assert_eq!(offset, begin + 8 + 12)
            }
            error => panic!("{error:?}"),
        }
        let mut file = two_frames();
        file.simple(captured, b"data");
        assert!(
            matches!(error_after_two_frames(&file), Error::Damaged { offset, .. } if offset == begin + 8)
        );
    }
    for (block_type, len) in [(6_u32, 16), (6, 0), (2, 16), (3, 0), (1, 4), (1, 0)] {
        let mut file = two_frames();
        file.block(block_type, &vec![0; len]);
        assert!(matches!(error_after_two_frames(&file), Error::Damaged { .. }));
    }
}

/// The options that change the time have a fixed length (draft-ietf-opsawg-pcapng, section 4.2).
#[test]
fn time_options_of_a_wrong_length() {
    for (code, value) in [(9, &[6, 0][..]), (9, &[]), (14, &[0; 4])] {
        let mut file = two_frames();
        file.interface(1, 0, &[(code, value)]);
        assert!(matches!(error_after_two_frames(&file), Error::Damaged { .. }));
    }
}

#[test]
fn section_of_neither_byte_order() {
    let mut file = two_frames();
    let begin = file.bytes.len() as u64;
    file.section(Order::Little);
    file.bytes[begin as usize + 8] ^= 1;
    match error_after_two_frames(&file) {
        Error::Damaged { offset, field: "Byte-Order Magic", .. } => assert_eq!(offset, begin + 8),
        error => panic!("{error:?}"),
    }
}

/// A read that fails in the middle: the frames before it, what the system said, and the place.
#[test]
fn read_error_in_the_middle() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let file = small_pcap(Order::Little);
    let front = Cursor::new(file.bytes[..60].to_vec());
    let (frames, error) = drain(Reader::new("disk", front.chain(Fails)));
    assert_eq!(frames.len(), file.frames_before(60));
    let error = error.unwrap();
    assert!(matches!(error, Error::Io { offset: 60, .. }));
    assert!(
        error.to_string().contains("disk: ") && error.to_string().contains("the disk is gone"),
        "{error}"
    );
}

/// A signal that interrupts a read is no error.
#[test]
fn interrupted_reads_are_repeated() {
    struct Interrupted(Cursor<Vec<u8>>, bool);
    impl Read for Interrupted {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(room) }
        }
    }
    let plain = small_pcap(Order::Little).bytes;
    for bytes in [plain.clone(), gzip(&[&plain]), zstd(&[&plain])] {
        let (frames, error) = drain(Reader::new("memory", Interrupted(Cursor::new(bytes), false)));
        assert!(error.is_none(), "{error:?}");
        assert_eq!(frames, read_whole(&plain));
    }
}

/// Cut at every octet: the frames before the cut, then an error unless the cut is between two records.
fn cut_at_every_octet(file: &File, boundaries: &[usize]) {
    let whole = read_whole(&file.bytes);
    for cut in 0..file.bytes.len() {
        let (frames, error) = read(&file.bytes[..cut]);
        assert_eq!(frames, whole[..file.frames_before(cut)], "cut at {cut}");
        assert_eq!(error.is_none(), boundaries.contains(&cut), "cut at {cut}: {error:?}");
        if let Some(error) = error {
            let at = error.offset() as usize;
            assert!(at <= cut, "cut at {cut}: {error}");
            match error {
                Error::NotACapture { .. } => assert!(cut < 4),
                Error::Truncated { present, .. } => assert_eq!(at + present as usize, cut, "cut at {cut}"),
                error => panic!("cut at {cut}: {error:?}"),
            }
        }
    }
}

#[test]
fn pcap_cut_at_every_octet() {
    for order in [Order::Little, Order::Big] {
        let file = small_pcap(order);
        let boundaries: Vec<_> = [24].into_iter().chain(file.ends.iter().copied()).collect();
        cut_at_every_octet(&file, &boundaries);
    }
}

#[test]
fn pcapng_cut_at_every_octet() {
    let file = small_pcapng();
    // The boundaries of blocks, by their lengths.
    let (mut at, mut boundaries) = (0, Vec::new());
    let mut big = false;
    while at < file.bytes.len() {
        let word = |at: usize| <[u8; 4]>::try_from(&file.bytes[at..at + 4]).unwrap();
        if word(at) == [0x0a, 0x0d, 0x0d, 0x0a] {
            big = word(at + 8)[0] == 0x1a;
        }
        at += if big { u32::from_be_bytes(word(at + 4)) } else { u32::from_le_bytes(word(at + 4)) } as usize;
        boundaries.push(at);
    }
    cut_at_every_octet(&file, &boundaries);
}

/// Every bit flipped in turn: the frames that lie wholly before it are the same.
#[test]
fn every_bit_flipped() {
    for file in [small_pcap(Order::Little), small_pcap(Order::Big), small_pcapng()] {
        let whole = read_whole(&file.bytes);
        let mut bytes = file.bytes.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                let (frames, error) = read(&bytes);
                let same = file.frames_before(at);
                assert_eq!(frames.get(..same), Some(&whole[..same]), "bit {bit} of octet {at}");
                if let Some(error) = error {
                    assert!(error.offset() <= bytes.len() as u64);
                    assert!(!error.to_string().is_empty());
                }
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

/// How much of the original another decoder, asked octet by octet, gets out of a damaged file before it differs or fails.
fn octets_before_damage(mut decoder: impl Read, original: &[u8]) -> usize {
    let mut octet = [0];
    let mut count = 0;
    while let Ok(1) = decoder.read(&mut octet)
        && original.get(count) == Some(&octet[0])
    {
        count += 1;
    }
    count
}

/// Compressed files, damaged in turn by `damage`: no frame is lost that another decoder still has the octets of, and what
/// is read without an error is the whole.
fn compressed_and_damaged(damage: impl Fn(&[u8], &mut dyn FnMut(&[u8]))) {
    let file = small_pcapng();
    let whole = read_whole(&file.bytes);
    let (front, back) = file.bytes.split_at(700);
    let check = |bytes: &[u8], there: usize| {
        let (frames, error) = read(bytes);
        let given = file.frames_before(there);
        assert_eq!(frames.get(..given), Some(&whole[..given]), "{error:?}");
        assert!(error.is_some() || frames == whole);
    };
    damage(&gzip(&[front, back]), &mut |bytes| {
        check(bytes, octets_before_damage(flate2::read::MultiGzDecoder::new(bytes), &file.bytes));
    });
    damage(&zstd(&[front, back]), &mut |bytes| {
        check(bytes, octets_before_damage(zstd::stream::read::Decoder::new(bytes).unwrap(), &file.bytes));
    });
}

#[test]
fn compressed_and_cut_at_every_octet() {
    compressed_and_damaged(|bytes, check| (0..bytes.len()).for_each(|cut| check(&bytes[..cut])));
}

/// Checksums find what the formats would not; a flip in a header's unused field changes nothing.
#[test]
fn compressed_and_every_bit_flipped() {
    compressed_and_damaged(|bytes, check| {
        let mut bytes = bytes.to_vec();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                check(&bytes);
                bytes[at] ^= 1 << bit;
            }
        }
    });
}

/// Octets that are no further member: every frame, then the error.
#[test]
fn garbage_after_a_compressed_file() {
    let plain = small_pcap(Order::Little).bytes;
    for mut bytes in [gzip(&[&plain]), zstd(&[&plain])] {
        bytes.extend(b"garbage");
        let (frames, error) = read(&bytes);
        assert_eq!(frames, read_whole(&plain));
        assert!(
            matches!(error, Some(Error::Damaged { offset, .. }) if offset == plain.len() as u64),
            "{error:?}"
        );
    }
}
