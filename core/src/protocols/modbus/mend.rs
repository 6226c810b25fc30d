//! Lengths and checksums as a sender would have set them.
use crate::wire::{Crc16Modbus, lrc_modbus};

/// The length of the MBAP header, and the protocol identifier 0.
pub(super) fn mbap(pdu: &mut [u8]) {
    let length = u16::try_from(pdu.len().saturating_sub(super::HEADER)).unwrap_or(u16::MAX).to_be_bytes();
    if let Some([_, _, protocol @ .., high, low]) = pdu.first_chunk_mut::<{ super::HEADER }>() {
        *protocol = [0, 0];
        [*high, *low] = length;
    }
}

/// The CRC of an RTU frame.
pub(super) fn rtu(pdu: &mut [u8]) {
    if let Some((body, sum)) = pdu.split_last_chunk_mut() {
        *sum = Crc16Modbus::of(body).to_le_bytes();
    }
}

/// The LRC of an ASCII frame, and colon, CR and LF around it.
pub(super) fn ascii(pdu: &mut Vec<u8>) {
    let (octets, count) = super::ascii::decoded(pdu);
    let Some((_, body)) = octets.get(..count).and_then(<[u8]>::split_last) else { return };
    pdu.clear();
    pdu.push(b':');
    let digit =
        |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default().to_ascii_uppercase() as u8;
    for octet in body.iter().chain(&[lrc_modbus(body)]) {
        pdu.extend([digit(octet >> 4), digit(octet & 15)]);
    }
    pdu.extend(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MODBUS Messaging on TCP/IP V1.0b, section 3.1.3: the length counts the unit identifier and what follows.
    #[test]
    fn the_length_counts_what_follows_it() {
        let mut pdu = vec![0, 1, 9, 9, 9, 9, 1, 3, 0, 0, 0, 1];
        mbap(&mut pdu);
        assert_eq!(pdu, [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]);
        let mut short = vec![0, 1, 9];
        mbap(&mut short);
        assert_eq!(short, [0, 1, 9]);
    }

    /// Modbus over Serial Line V1.02, section 6.2.2: "02 07" has the CRC 1241 hex, sent as 41 12.
    #[test]
    fn the_crc_is_that_of_the_octets_before_it() {
        let mut pdu = vec![2, 7, 0, 0];
        rtu(&mut pdu);
        assert_eq!(pdu, [2, 7, 0x41, 0x12]);
        let mut short = vec![2];
        rtu(&mut short);
        assert_eq!(short, [2]);
    }

    /// Sent by pymodbus: `:01010003000DEE`.
    #[test]
    fn the_lrc_is_that_of_the_octets_before_it() {
        let mut pdu = b":01010003000D00\r\n".to_vec();
        ascii(&mut pdu);
        assert_eq!(pdu, b":01010003000DEE\r\n");
        let mut short = b":".to_vec();
        ascii(&mut short);
        assert_eq!(short, b":");
    }
}
