//! The table of transport messages.
use super::codes::{DisconnectReason, PduType, RejectCause};
use crate::record::Text;

crate::record! {
    /// One TPDU, in its TPKT.
    pub struct Cotp<'a> in "cotp" {
        /// Type: the upper four bits of the code.
        pdu_type: PduType,
        /// Reference of the receiver (DST-REF); in data of class 0, which has no room for it, 0 as in a request.
        destination_reference: Option<u16>,
        /// Reference of the sender (SRC-REF).
        source_reference: Option<u16>,
        /// Protocol class that is proposed or agreed.
        class: Option<u8>,
        /// The four option bits behind the class.
        options: Option<u8>,
        /// Number of the TPDU (TPDU-NR, ED-TPDU-NR, YR-TU-NR); 0 in class 0, which does not count.
        tpdu_number: Option<u32>,
        /// Whether it ends its TSDU (EOT).
        end_of_tsdu: Option<bool>,
        /// Maximum TPDU size that is proposed or agreed; the preferred one where both are given.
        tpdu_size: Option<u32> ["octets"],
        /// Transport selector of the caller.
        calling_tsap: Option<Text<'a>>,
        /// Transport selector of the called.
        called_tsap: Option<Text<'a>>,
        /// Why the connection is refused or ended.
        disconnect_reason: Option<DisconnectReason>,
        /// What was wrong with the TPDU that is answered.
        reject_cause: Option<RejectCause>,
        /// The variable part of the header, as sent; null if there is none.
        parameters: Option<&'a [u8]>,
        /// User data in this TPDU.
        user_data_length: u16 ["octets"],
        /// The TSDU that this TPDU ends, put together of all its segments.
        tsdu_length: Option<u32> ["octets"],
        /// User data that belongs to no protocol that is known: the whole TSDU at its end.
        data: Option<&'a [u8]>,
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
    }
}
