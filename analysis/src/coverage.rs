//! How much of the payload was understood, and what the rest is.
use crate::totals::Content;

/// What became of every octet of payload that the capture holds.
///
/// Payload is what the transport carries (TCP, UDP, another protocol over IP, or the frame itself where there is no IP),
/// every copy counted, as far as it was captured. Each octet is counted in one part:
///
/// * `understood`: dissected, also where only one direction was heard.
/// * `repeated`: came again (retransmitted, mirrored, sent over redundant networks) or lay outside the window, whatever
///   the protocol.
/// * `encrypted` and `foreign`: the rest of conversations in a protocol that is known by name alone.
/// * `one_sided`: the rest of TCP conversations, of a known protocol or of none, in which no frame of one of the two ends
///   was captured. UDP and the link layer are often one-sided by nature, and are not counted here.
/// * `skipped`: the rest of the other conversations in a known protocol: garbage, what lay before identification, cut
///   messages.
/// * `unknown`: the rest of all others.
///
/// `payload` is their sum. What the capture does not hold stands beside it, in `missing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Octets of payload: the sum of the seven parts that follow.
    pub payload: u64,
    /// Octets that were dissected.
    pub understood: u64,
    /// Octets in a known protocol that belong to no message.
    pub skipped: u64,
    /// Octets that are encrypted.
    pub encrypted: u64,
    /// Octets of protocols that are known by name alone.
    pub foreign: u64,
    /// Octets of no known protocol.
    pub unknown: u64,
    /// Octets, not understood, of TCP conversations heard in one direction only.
    pub one_sided: u64,
    /// Octets that came again or lay outside the window.
    pub repeated: u64,
    /// Of `understood`, octets of TCP conversations heard in one direction only.
    pub understood_one_sided: u64,
    /// Octets that the capture lacks; not in `payload`.
    pub missing: u64,
    /// Octets that conversations say were read beyond what they say was received; 0 unless the rows contradict themselves.
    pub surplus: u64,
    /// Frames of conversations.
    pub frames_in_conversations: u64,
}

/// What one direction of a conversation says of its octets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) payload: u64,
    pub(crate) dissected: u64,
    pub(crate) skipped: u64,
    pub(crate) missing: u64,
}

impl Coverage {
    /// Adds one direction of a conversation.
    pub(crate) fn add(&mut self, heard: Heard, content: Content, one_sided: bool) {
        let understood = heard.dissected.min(heard.payload);
        let rest = heard.payload - understood;
        let skipped = heard.skipped.min(rest);
        let repeated = rest - skipped;
        let read = heard.dissected.saturating_add(heard.skipped);
        let part = match content {
            Content::Encrypted => &mut self.encrypted,
            Content::Foreign => &mut self.foreign,
            Content::Understood | Content::Unknown | Content::Empty if one_sided => &mut self.one_sided,
            Content::Understood => &mut self.skipped,
            Content::Unknown | Content::Empty => &mut self.unknown,
        };
        *part = part.saturating_add(skipped);
        let one_sided = if one_sided { understood } else { 0 };
        for (total, more) in [
            (&mut self.payload, heard.payload),
            (&mut self.understood, understood),
            (&mut self.repeated, repeated),
            (&mut self.understood_one_sided, one_sided),
            (&mut self.missing, heard.missing),
            (&mut self.surplus, read.saturating_sub(heard.payload)),
        ] {
            *total = total.saturating_add(more);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (own, more) in [
            (&mut self.payload, other.payload),
            (&mut self.understood, other.understood),
            (&mut self.skipped, other.skipped),
            (&mut self.encrypted, other.encrypted),
            (&mut self.foreign, other.foreign),
            (&mut self.unknown, other.unknown),
            (&mut self.one_sided, other.one_sided),
            (&mut self.repeated, other.repeated),
            (&mut self.understood_one_sided, other.understood_one_sided),
            (&mut self.missing, other.missing),
            (&mut self.surplus, other.surplus),
            (&mut self.frames_in_conversations, other.frames_in_conversations),
        ] {
            *own = own.saturating_add(more);
        }
    }

    /// The parts of `payload`, each with its name, in the order in which they are shown.
    pub fn parts(&self) -> [(&'static str, u64); 7] {
        [
            ("understood", self.understood),
            ("skipped", self.skipped),
            ("encrypted", self.encrypted),
            ("foreign", self.foreign),
            ("unknown", self.unknown),
            ("one-sided", self.one_sided),
            ("repeated", self.repeated),
        ]
    }
}
