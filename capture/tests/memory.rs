//! What a file claims, or expands to, costs no memory; a frame costs no allocation.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Cursor, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{File, Order};
use fieldtap_capture::{Error, Reader};

/// The system's allocator, with its calls and its peak counted.
struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static PRESENT: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        let present = PRESENT.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(present, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        PRESENT.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most octets in use while `work` ran, beyond those in use before.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = PRESENT.load(Ordering::SeqCst);
    PEAK.store(before, Ordering::SeqCst);
    let result = work();
    (PEAK.load(Ordering::SeqCst) - before, result)
}

/// A header, then the same octets so many times.
struct Repeated {
    head: Cursor<Vec<u8>>,
    unit: Vec<u8>,
    at: usize,
    left: u64,
}

impl Read for Repeated {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.head.read(room)?;
        if read > 0 || self.left == 0 {
            return Ok(read);
        }
        let rest = &self.unit[self.at..];
        let read = rest.len().min(room.len());
        room[..read].copy_from_slice(&rest[..read]);
        self.at = (self.at + read) % self.unit.len();
        if self.at == 0 {
            self.left -= 1;
        }
        Ok(read)
    }
}

/// A capture of so many equal frames.
fn frames(count: u64) -> Repeated {
    let mut file = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    let head = file.bytes.clone();
    file.record(1, 2, 1000, &[0; 1000]);
    Repeated { head: Cursor::new(head.clone()), unit: file.bytes[head.len()..].to_vec(), at: 0, left: count }
}

/// All in one test, since the counters are one.
#[test]
fn memory_is_bounded() {
    const FRAMES: u64 = 200_000;
    const MEGABYTE: usize = 1 << 20;

    // HARD_CASES, capture files: "`.gz` or `.zst` that expands a thousandfold -> streamed, memory constant."
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::copy(&mut frames(FRAMES), &mut gzip).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    io::copy(&mut frames(FRAMES), &mut zstd).unwrap();
    let zstd = zstd.finish().unwrap();
    assert!((gzip.len() as u64) < FRAMES * 1016 / 100);
    assert!((zstd.len() as u64) < FRAMES * 1016 / 1000);
    for bytes in [gzip, zstd] {
        let (peak, count) = peak(|| {
            let mut reader = Reader::new("bomb", Cursor::new(bytes)).unwrap();
            while reader.next().unwrap().is_some() {}
            reader.counts().frames
        });
        assert_eq!(count, FRAMES);
        assert!(peak < 2 * MEGABYTE, "{peak} octets");
    }

    // A skipped block of gigabytes, compressed to kilobytes.
    let mut file = File::pcapng(Order::Little);
    file.bytes.extend(0x8000_0001_u32.to_le_bytes());
    file.bytes.extend(0x8000_0000_u32.to_le_bytes());
    let head = Cursor::new(file.bytes.clone());
    let zeros = Repeated { head, unit: vec![0; 1 << 16], at: 0, left: 256 };
    let (octets, error) = peak(|| {
        let mut reader = Reader::new("skipped", zeros).unwrap();
        reader.next().map(|_| ()).unwrap_err()
    });
    assert!(matches!(error, Error::Truncated { offset: 28, wanted: 0x7fff_fffc, .. }), "{error:?}");
    assert!(octets < MEGABYTE, "{octets} octets");

    // A frame that claims the most that is accepted, and a file that ends at once.
    let mut file = File::pcap(Order::Little, 0xa1b2_c3d4, 1);
    for word in [0, 0, Reader::DEFAULT_MAX_BLOCK_LEN, 0] {
        file.bytes.extend(word.to_le_bytes());
    }
    file.bytes.write_all(&[0; 1000]).unwrap();
    let (octets, error) = peak(|| {
        let mut reader = Reader::new("claims", Cursor::new(file.bytes)).unwrap();
        reader.next().map(|_| ()).unwrap_err()
    });
    assert!(matches!(error, Error::Truncated { offset: 24, present: 1016, .. }), "{error:?}");
    assert!(octets < MEGABYTE, "{octets} octets");

    // No allocation per frame.
    let mut reader = Reader::new("frames", frames(FRAMES)).unwrap();
    reader.next().unwrap();
    let before = CALLS.load(Ordering::SeqCst);
    while reader.next().unwrap().is_some() {}
    assert_eq!(CALLS.load(Ordering::SeqCst), before);
}
