//! Where in the capture a row stands.
use super::{Instant, Mac, Symbol};
use crate::Mark;
use core::net::IpAddr;

crate::codes! {
    /// What a message is to the dialogue it stands in.
    pub struct Direction(u8) {
        /// Asks.
        REQUEST = 1 => "request",
        /// Answers.
        RESPONSE = 2 => "response",
        /// Sent unasked: reports, published values.
        UNSOLICITED = 3 => "unsolicited",
    }
}

crate::record! {
    /// Where in the capture a row stands, and who sent the message it came from. It comes before the columns of every
    /// table.
    pub struct Envelope in "envelope" {
        /// Index of the file among those read together, from 0.
        file: u32,
        /// Number of the frame within its file, from 1: the frame that completed the message.
        frame: u64,
        /// Time of that frame, UTC.
        ts: Instant,
        /// Conversation: file and frame that opened it (`file << 40 | frame`).
        conversation: Option<u64>,
        /// Message: file, frame, and ordinal among the PDUs that this frame completed (`file << 52 | frame << 18 | ordinal`).
        message: Option<u64>,
        /// Protocol that the row speaks of.
        protocol: Symbol,
        /// What the message is to its dialogue: request, response, unsolicited; null where that is not known.
        direction: Option<Direction>,
        /// IP address of the true sender of this message.
        sender: Option<IpAddr>,
        /// Port of the sender.
        sender_port: Option<u16>,
        /// IP address of the receiver.
        receiver: Option<IpAddr>,
        /// Port of the receiver.
        receiver_port: Option<u16>,
        /// MAC address of the sender.
        sender_mac: Option<Mac>,
        /// MAC address of the receiver.
        receiver_mac: Option<Mac>,
        /// VLAN identifier of that frame; of a row that no frame brought, that of the conversation's first.
        vlan: Option<u16>,
        /// Whether the sender is the one who opened the conversation.
        from_originator: bool,
    }
}

/// Bits that the frame number takes in a conversation's identity.
pub const CONVERSATION_FRAME_BITS: u32 = 40;
const MESSAGE_FRAME_BITS: u32 = 34;
const ORDINAL_BITS: u32 = 18;

/// The identity of the conversation that this frame opened.
pub const fn conversation_id(file: u32, frame: u64) -> u64 {
    (file as u64) << CONVERSATION_FRAME_BITS | (frame & ((1 << CONVERSATION_FRAME_BITS) - 1))
}

/// The identity of a message: the frame that completed it, and its ordinal among the PDUs that this frame completed.
///
/// An ordinal beyond 2^18 - 1 stays there.
pub const fn message_id(file: u32, frame: u64, ordinal: u32) -> u64 {
    let most = (1 << ORDINAL_BITS) - 1;
    let ordinal = if ordinal as u64 > most { most } else { ordinal as u64 };
    (file as u64) << (MESSAGE_FRAME_BITS + ORDINAL_BITS)
        | (frame & ((1 << MESSAGE_FRAME_BITS) - 1)) << ORDINAL_BITS
        | ordinal
}

/// The file and the frame of a message's identity.
pub const fn message_frame(message: u64) -> (u32, u64) {
    let frame = message >> ORDINAL_BITS & ((1 << MESSAGE_FRAME_BITS) - 1);
    ((message >> (MESSAGE_FRAME_BITS + ORDINAL_BITS)) as u32, frame)
}

impl Envelope {
    /// Whether it names this frame.
    #[inline]
    pub(crate) fn is_of(&self, mark: Mark) -> bool {
        self.frame == mark.frame && self.ts.0 == mark.ts && self.file == mark.file
    }
}

impl Default for Envelope {
    fn default() -> Self {
        Self {
            file: 0,
            frame: 0,
            ts: Instant(0),
            conversation: None,
            message: None,
            protocol: Symbol(""),
            direction: None,
            sender: None,
            sender_port: None,
            receiver: None,
            receiver_port: None,
            sender_mac: None,
            receiver_mac: None,
            vlan: None,
            from_originator: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_of_a_message_tells_its_frame() {
        for (file, frame, ordinal) in
            [(0, 1, 0), (3, 70_000, 5), (4095, (1 << MESSAGE_FRAME_BITS) - 1, u32::MAX)]
        {
            assert_eq!(message_frame(message_id(file, frame, ordinal)), (file, frame));
        }
    }
}
