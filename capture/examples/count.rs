//! Counts the frames and octets of captures, and says how long a frame took.

use std::time::Instant;

use fieldtap_capture::Reader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let begin = Instant::now();
        let mut reader = Reader::open(&path)?;
        let (mut octets, mut newest) = (0_u64, i64::MIN);
        while let Some(frame) = reader.next()? {
            octets += frame.data.len() as u64;
            newest = newest.max(frame.ts);
        }
        let frames = reader.counts().frames;
        let per_frame = begin.elapsed().as_nanos() as f64 / frames.max(1) as f64;
        println!("{path}: {frames} frames, {octets} octets, newest {newest}, {per_frame:.1} ns a frame");
    }
    Ok(())
}
