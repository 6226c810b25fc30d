//! What lies behind a message in its Ethernet frame.

/// Octets of payload that the shortest Ethernet frame has (IEEE Std 802.3, 3.2.8).
const SHORTEST: usize = 46;
/// Octets of the frame check sequence, which some captures hold.
const CHECK: usize = 4;

/// Whether the octets of a frame's payload behind its message, which has `length` octets, only fill the frame up, or are
/// its check sequence.
pub fn is_filling(payload: &[u8], length: usize) -> bool {
    let rest = payload.get(length..).unwrap_or_default();
    rest.len() <= CHECK || payload.len() <= SHORTEST + CHECK || rest.iter().all(|octet| *octet == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fills_a_short_frame_up_is_no_message() {
        let mut short = [0xff; 46];
        assert!(is_filling(&short, 20));
        short[0] = 1;
        assert!(is_filling(&short, 46));
        assert!(is_filling(&[1; 104], 100));
        assert!(is_filling(&[0; 200], 100));
        assert!(!is_filling(&[1; 105], 100));
    }
}
