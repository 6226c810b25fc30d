//! However the octets arrive, the frames are the same.

mod common;

use std::io::{self, Cursor, Read};

use common::{File, Order, drain, gzip, read_whole, small_pcapng, zstd};
use fieldtap_capture::Reader;
use proptest::prelude::*;

/// Gives as many octets a read as the list says, over and over.
struct Pieces {
    bytes: Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(room.len());
        self.turn += 1;
        self.bytes.read(&mut room[..size])
    }
}

/// A capture of frames with the given lengths, as pcap or pcapng.
fn capture(pcapng: bool, order: Order, lens: &[usize]) -> Vec<u8> {
    let data: Vec<u8> = (0..lens.iter().copied().max().unwrap_or_default()).map(|at| at as u8).collect();
    let mut file = if pcapng { File::pcapng(order) } else { File::pcap(order, 0xa1b2_3c4d, 1) };
    if pcapng {
        file.interface(1, 0, &[]);
    }
    for (number, len) in lens.iter().enumerate() {
        if pcapng {
            file.enhanced(0, number as u64, *len as u32, &data[..*len], &[]);
        } else {
            file.record(number as u32, 0, *len as u32, &data[..*len]);
        }
    }
    file.bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same_frames(
        pcapng in any::<bool>(),
        big in any::<bool>(),
        compression in 0..3,
        lens in prop::collection::vec(prop_oneof![8 => 0_usize..200, 1 => 0_usize..70_000, 1 => 250_000_usize..600_000], 0..12),
        sizes in prop::collection::vec(prop_oneof![4 => 1_usize..100, 1 => 1_usize..300_000], 1..8),
    ) {
        let order = if big { Order::Big } else { Order::Little };
        let plain = capture(pcapng, order, &lens);
        let whole = read_whole(&plain);
        prop_assert_eq!(whole.iter().map(|frame| frame.data.len()).collect::<Vec<_>>(), lens);
        let bytes = match compression {
            0 => plain,
            1 => gzip(&[&plain]),
            _ => zstd::stream::encode_all(&plain[..], 1).unwrap(),
        };
        let pieces = Pieces { bytes: Cursor::new(bytes), sizes, turn: 0 };
        let (frames, error) = drain(Reader::new("pieces", pieces));
        prop_assert!(error.is_none(), "{:?}", error);
        prop_assert!(frames == whole);
    }

    /// Octets that mean nothing end, one way or the other.
    #[test]
    fn any_octets_after_a_header_come_to_an_end(
        octets in prop::collection::vec(any::<u8>(), 0..400),
        pcapng in any::<bool>(),
    ) {
        let mut bytes = capture(pcapng, Order::Little, &[1, 2]);
        bytes.extend(octets);
        let (frames, _) = common::read(&bytes);
        prop_assert!(frames.len() >= 2);
    }
}

/// One octet a read, for every kind of block and every compression.
#[test]
fn one_octet_a_read() {
    let plain = small_pcapng().bytes;
    let whole = read_whole(&plain);
    for bytes in [plain.clone(), gzip(&[&plain]), zstd(&[&plain])] {
        let pieces = Pieces { bytes: Cursor::new(bytes), sizes: vec![1], turn: 0 };
        let (frames, error) = drain(Reader::new("pieces", pieces));
        assert!(error.is_none(), "{error:?}");
        assert_eq!(frames, whole);
    }
}

/// A live capture through a pipe: a frame is given as soon as its last octet is there, without waiting for more.
#[test]
fn a_frame_does_not_wait_for_the_next() {
    struct Live(Cursor<Vec<u8>>);
    impl Read for Live {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            match self.0.read(room)? {
                0 => panic!("asked for more than was needed"),
                read => Ok(read),
            }
        }
    }
    for pcapng in [false, true] {
        let bytes = capture(pcapng, Order::Little, &[10, 20]);
        let mut reader = Reader::new("live", Live(Cursor::new(bytes))).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().data.len(), 10);
        assert_eq!(reader.next().unwrap().unwrap().data.len(), 20);
    }
}
