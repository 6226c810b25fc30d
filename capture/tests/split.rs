//! However the octets arrive, the frames are the same.

mod common;

use std::io::{self, Cursor, Read};

use common::{File, Order, drain, gzip, read_whole, small_pcapng, zstd};
use fieldtap_capture::{BUFFER_LEN, Reader};
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

    /// Buffers that are kept hold what the frames held when they were given, whichever of them come back to be filled.
    #[test]
    fn kept_buffers_hold_the_frames(
        pcapng in any::<bool>(),
        buffer in prop_oneof![Just(0_usize), 4000_usize..70_000, Just(BUFFER_LEN)],
        lens in prop::collection::vec(prop_oneof![8 => 0_usize..2000, 1 => 0_usize..70_000, 1 => 250_000_usize..600_000], 0..60),
        sizes in prop::collection::vec(prop_oneof![1 => 1_usize..5000, 1 => 1_usize..700_000], 1..8),
        back in any::<u64>(),
        cut in 0_usize..40,
    ) {
        let mut plain = capture(pcapng, Order::Little, &lens);
        plain.truncate(plain.len().saturating_sub(cut).max(80));
        let (whole, damage) = common::read(&plain);
        let pieces = Pieces { bytes: Cursor::new(plain), sizes, turn: 0 };
        let mut reader = match Reader::new("memory", pieces) {
            Ok(reader) => reader,
            Err(_) => return Ok(()),
        };
        reader.keep_buffers(buffer);
        let (mut kept, mut places, mut found, mut error) = (0_u32, Vec::new(), Vec::new(), None);
        let mut look = |buffer: &[u8], places: &mut Vec<(usize, usize)>| {
            found.extend(places.drain(..).map(|(start, len)| buffer[start..start + len].to_vec()));
        };
        loop {
            let len = reader.next().map(|frame| frame.map(|frame| frame.data.len()));
            if let Some(mut full) = reader.full_buffer() {
                look(&full, &mut places);
                full.fill(0xa5);
                if back >> (kept % 64) & 1 == 1 {
                    reader.reuse(full);
                }
                kept += 1;
            }
            match len {
                Ok(Some(len)) => places.push((reader.frame_start(), len)),
                Ok(None) => break,
                Err(met) => {
                    error = Some(met.to_string());
                    break;
                }
            }
        }
        look(&reader.into_buffer(), &mut places);
        prop_assert!(found.iter().eq(whole.iter().map(|frame| &frame.data)));
        prop_assert_eq!(error, damage.map(|damage| damage.to_string()));
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

/// A large frame has a large buffer, and those behind it do not, whatever comes back: how many frames one may hold is known,
/// and so is what all of them take.
#[test]
fn a_large_frame_makes_no_other_buffer_large() {
    for (pcapng, buffer) in [(false, BUFFER_LEN), (true, BUFFER_LEN), (true, 65_536), (false, 0)] {
        let least = buffer.max(4096);
        let mut lens = vec![5 * BUFFER_LEN];
        lens.extend([60].repeat(30_000));
        let mut reader =
            Reader::new("memory", Cursor::new(capture(pcapng, Order::Little, &lens))).expect("a capture");
        reader.keep_buffers(buffer);
        let mut full = Vec::new();
        for len in &lens {
            assert_eq!(reader.next().expect("no damage").map(|frame| frame.data.len()), Some(*len));
            full.extend(reader.full_buffer().map(|buffer| buffer.capacity()));
            if *len == 60 {
                assert!(reader.frame_start() + len <= least, "{}", reader.frame_start());
            }
            reader.reuse(vec![0; 4 * BUFFER_LEN]);
        }
        // Frames of the first buffer may be none.
        let behind = full
            .split_off(full.iter().position(|buffer| *buffer > 4 * BUFFER_LEN).expect("the large one") + 1);
        assert!(behind.len() > 3);
        assert_eq!(behind, [least].repeat(behind.len()));
    }
}

/// The capture ends with the reader's buffer, or with what was asked for: the decompressor is asked once more when it has
/// given everything.
#[test]
fn compressed_captures_that_fill_the_room() {
    for len in [256 * 1024, 384 * 1024 + 1, 512 * 1024] {
        let plain = capture(false, Order::Little, &[len - 24 - 16]);
        assert_eq!(plain.len(), len);
        let compressed = [
            zstd::stream::encode_all(&plain[..], 1).unwrap(),
            zstd::bulk::compress(&plain, 1).unwrap(),
            gzip(&[&plain]),
        ];
        for (bytes, size) in compressed.into_iter().flat_map(|bytes| [(bytes.clone(), 1), (bytes, 1 << 20)]) {
            let pieces = Pieces { bytes: Cursor::new(bytes), sizes: vec![size], turn: 0 };
            let (frames, error) = drain(Reader::new("pieces", pieces));
            assert!(error.is_none(), "{error:?}");
            assert_eq!(frames.len(), 1);
        }
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
