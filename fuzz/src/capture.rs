//! Capture files.

use std::io::{self, Cursor, Read};

use fieldtap::{Config, Engine, Frame};
use fieldtap_capture::{BUFFER_LEN, Error, Reader};

use crate::allocator::Watch;
use crate::engine::{Law, bounds};
use crate::limits;
use crate::rows::Rows;

/// The largest frame that is accepted here.
const MOST_BLOCK: u32 = 1 << 18;

/// Gives few octets at a time.
struct Slow {
    octets: Cursor<Vec<u8>>,
    most: usize,
}

impl Read for Slow {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = room.len().min(self.most);
        self.octets.read(&mut room[..most])
    }
}

/// What a file was read as.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    frames: u64,
    sum: u64,
    end: Option<String>,
}

fn sum(sum: u64, frame: &Frame<'_>) -> u64 {
    let head = [
        frame.number,
        frame.ts as u64,
        frame.interface.into(),
        frame.link_type.0.into(),
        frame.original_len.into(),
    ];
    head.into_iter()
        .chain([fieldtap::record::digest_bytes(frame.data)])
        .fold(sum, |sum, number| (sum.rotate_left(9) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// What an error says, without the place in the compressed file, which is known to a chunk only.
fn told(error: &Error) -> String {
    let mut told = error.to_string();
    if let Some(place) = told.find(" near octet ") {
        told.truncate(place);
    }
    told
}

fn content(data: &[u8], most: usize) -> Content {
    let mut content = Content { frames: 0, sum: 0, end: None };
    let octets = data.to_vec();
    let watch = Watch::start();
    let mut interfaces = 0;
    match Reader::new("fuzz", Slow { octets: Cursor::new(octets), most }) {
        Ok(mut reader) => {
            reader.set_max_block_len(MOST_BLOCK);
            loop {
                match reader.next() {
                    Ok(Some(frame)) => {
                        content.frames += 1;
                        assert_eq!(frame.number, content.frames, "frames are not numbered in order");
                        assert!(frame.data.len() <= frame.original_len as usize, "more captured than sent");
                        assert!(frame.data.len() <= MOST_BLOCK as usize, "the frame is above the limit");
                        content.sum = sum(content.sum, &frame);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        content.end = Some(told(&error));
                        assert!(matches!(reader.next(), Ok(None)), "frames after an error");
                        break;
                    }
                }
                interfaces = interfaces.max(reader.interfaces().len());
            }
            assert!(matches!(reader.next(), Ok(None)), "frames after the end");
            assert_eq!(reader.counts().frames, content.frames, "frames are counted otherwise");
            interfaces = interfaces.max(reader.interfaces().len());
        }
        Err(error) => content.end = Some(told(&error)),
    }
    // An interface has two texts, of at most a thousand octets each, and four where each is not text.
    let texts = 2 * 4 * 1024 * interfaces.min(data.len() / 512 + 1) + 512 * interfaces;
    let window = 2 * BUFFER_LEN.max(3 * MOST_BLOCK as usize);
    watch.hold(window + texts + (1 << 19), 4096 + 8 * interfaces as u64);
    content
}

/// Any octets as a capture file, plain or compressed: all at once, and few at a time.
pub fn capture(data: &[u8]) {
    let whole = content(data, usize::MAX);
    let most = 1 + data.last().map_or(0, |octet| usize::from(*octet & 31));
    let slowly = content(data, most);
    assert_eq!(whole, slowly, "a file reads otherwise {most} octets at a time");
}

/// Any octets as a capture file, and its frames through the engine.
pub fn whole_capture(data: &[u8]) {
    let Ok(mut reader) = Reader::new("fuzz", Cursor::new(data.to_vec())) else { return };
    reader.set_max_block_len(MOST_BLOCK);
    let limits = limits::limits(data.last().is_some_and(|octet| octet & 1 == 1));
    let watch = Watch::start();
    let mut engine = Engine::new(Config { limits: limits.clone(), ..Config::default() });
    let mut rows = Rows::default();
    let mut law = Law::default();
    while let Ok(Some(frame)) = reader.next() {
        engine.frame(&frame, &mut rows);
        law.frame(&frame);
        if law.octets > bounds::MOST_OCTETS {
            break;
        }
    }
    engine.finish(&mut rows);
    law.hold(&engine, &rows);
    // The reader's buffer grew meanwhile.
    watch.hold(
        bounds::memory(&limits, &law, &rows) + 2 * BUFFER_LEN + 6 * MOST_BLOCK as usize,
        bounds::allocations(&law, &rows),
    );
}
