//! Secure authentication (IEC TS 60870-5-7:2013): types 81 to 87 and 90 to 95, whose fields IEC TS 62351-5:2013 lays down.
//!
//! A body may be spread over several ASDUs, its segments: fields are read from the first, what follows is given as sent. An
//! ASDU in aggressive mode that segments cut is put together. The order and the lengths of the fields were checked against
//! the public extension of Wireshark for -7 of 2020, since tshark 4.0 names these types and reads none of their fields, and
//! no capture of them is known.
use super::{
    asdu::{self, Sizes},
    codes::TypeId,
    dialogue::Message,
    records::Iec104Authentications,
    state::Dialogue,
    times,
};
// IEEE 1815 took algorithms and errors from IEC TS 62351-5.
use crate::protocols::dnp3::codes::{AuthenticationError, KeyStatus, KeyWrapAlgorithm, MacAlgorithm};
use crate::{
    common::{Answer, Outcome, Result},
    protocol::{Output, Toward},
    record::{Direction, Symbol, Text},
    wire::Cursor,
};

/// Whether a type is one of those that are read here.
pub(super) const fn authenticates(type_id: TypeId) -> bool {
    matches!(type_id.0, 81..=87 | 90..=95)
}

/// What stands behind the head of an ASDU of authentication.
pub(super) struct Body<'a> {
    pub(super) row: Iec104Authentications<'a>,
    /// In aggressive mode, the ASDU that is authenticated.
    pub(super) asdu: &'a [u8],
    /// Where it begins.
    pub(super) at: usize,
    /// Octets that belong to no field.
    pub(super) rest: &'a [u8],
    /// Whether fields are missing that no other segment can bring.
    pub(super) short: bool,
}

/// Fields one after the other, the lowest octet first.
struct Fields<'a> {
    cursor: Cursor<'a>,
    short: bool,
}

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.cursor.take(len);
        self.short |= taken.is_none();
        taken
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|octets| asdu::number(octets) as u8)
    }
    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|octets| asdu::number(octets) as u16)
    }
    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(asdu::number)
    }
    /// Octets whose length stands before them, or before others that stand before them.
    fn counted(&mut self, len: Option<u16>) -> Option<&'a [u8]> {
        let len = usize::from(len?);
        self.short |= len > self.cursor.rest().len();
        Some(self.cursor.take_up_to(len))
    }
    /// All that is left, if anything is.
    fn rest(&mut self) -> Option<&'a [u8]> {
        Some(self.cursor.take_up_to(usize::MAX)).filter(|octets| !octets.is_empty())
    }
}

/// Octets of the ASDU that begins here: where it ends is told by its type.
fn whole(octets: &[u8], sizes: Sizes) -> Option<usize> {
    let (head, body) = asdu::head(octets, sizes)?;
    let needs = asdu::needs(asdu::kind(head.type_id)?, &head, body, sizes);
    Some(sizes.head() + needs)
}

/// An ASDU in aggressive mode that is cut where a segment ends.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    station: u16,
    /// Number of the segment that goes on with it.
    next: u8,
    octets: Vec<u8>,
}

/// Numbers of segments have six bits.
const SEGMENTS: u8 = 0x3f;
/// Octets that are kept of an ASDU that is cut: more than one that is whole can have.
const CUT: usize = 256;

impl Cut {
    /// Takes a segment in aggressive mode, to an ASDU of which `cut` is the beginning. Returns that ASDU once it is whole; one
    /// that lies within its first segment is of no concern here.
    pub(super) fn join(
        cut: &mut Option<Box<Self>>,
        station: u16,
        read: &Body<'_>,
        body: &[u8],
        sizes: Sizes,
    ) -> Option<Vec<u8>> {
        let (number, octets) = body.split_first()?;
        let (before, number) = (cut.take(), number & SEGMENTS);
        let mut joined = match (read.row.first, before) {
            (Some(true), _) if read.asdu.is_empty() => {
                Box::new(Self { station, next: number, octets: Vec::new() })
            }
            (Some(false), Some(before)) if (before.station, before.next) == (station, number) => before,
            _ => return None,
        };
        joined.octets.extend_from_slice(octets);
        joined.next = number.wrapping_add(1) & SEGMENTS;
        if let Some(len) = whole(&joined.octets, sizes).filter(|len| *len <= joined.octets.len()) {
            joined.octets.truncate(len);
            return Some(joined.octets);
        }
        if read.row.last == Some(false) && joined.octets.len() <= CUT {
            *cut = Some(joined);
        }
        None
    }
}

/// Reads the body of a type that [`authenticates`].
pub(super) fn read<'a>(type_id: TypeId, octets: &'a [u8], sizes: Sizes) -> Body<'a> {
    let mut fields = Fields { cursor: Cursor::new(octets), short: false };
    let mut row = Iec104Authentications::new(type_id);
    let (mut asdu, mut at) = (&[][..], 0);
    if type_id != TypeId::S_KR_NA_1
        && let Some(control) = fields.u8()
    {
        row.segment = Some(control & 0x3f);
        (row.first, row.last) = (Some(control & 0x40 != 0), Some(control & 0x80 != 0));
    }
    if row.first == Some(false) {
        return Body { row, asdu, at, rest: fields.cursor.rest(), short: false };
    }
    let length = |octets: Option<&[u8]>| octets.and_then(|octets| u32::try_from(octets.len()).ok());
    match type_id {
        TypeId::S_CH_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.mac_algorithm = fields.u8().map(MacAlgorithm);
            row.reason = fields.u8();
            let len = fields.u16();
            row.challenge = fields.counted(len);
        }
        TypeId::S_RP_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            let len = fields.u16();
            row.mac = fields.counted(len);
        }
        TypeId::S_AR_NA_1 => {
            at = fields.cursor.read();
            if let Some(within) = whole(fields.cursor.rest(), sizes).and_then(|len| fields.take(len)) {
                asdu = within;
                (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
                row.mac = fields.rest();
            } else {
                fields.short = true;
            }
        }
        TypeId::S_KR_NA_1 => row.user_number = fields.u16(),
        TypeId::S_KS_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.key_wrap_algorithm = fields.u8().map(KeyWrapAlgorithm);
            row.key_status = fields.u8().map(KeyStatus);
            row.mac_algorithm = fields.u8().map(MacAlgorithm);
            let len = fields.u16();
            row.challenge = fields.counted(len);
            row.mac = fields.rest();
        }
        TypeId::S_KC_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            let len = fields.u16();
            row.key_length = length(fields.counted(len));
        }
        TypeId::S_ER_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            row.association_id = fields.u16();
            row.error = fields.u8().map(AuthenticationError);
            let time = fields.take(7).and_then(|octets| octets.first_chunk());
            row.device_clock = time.and_then(|octets| times::cp56(octets).clock);
            let len = fields.u16();
            row.text = fields.counted(len).map(Text);
        }
        TypeId::S_US_NA_1 => {
            (row.key_change_method, row.operation) = (fields.u8(), fields.u8());
            row.sequence_number = fields.u32();
            (row.user_role, row.role_expiry) = (fields.u16(), fields.u16());
            let (name, key, certification) = (fields.u16(), fields.u16(), fields.u16());
            row.text = fields.counted(name).map(Text);
            row.key_length = length(fields.counted(key));
            row.certificate = fields.counted(certification);
        }
        TypeId::S_UQ_NA_1 => {
            row.key_change_method = fields.u8();
            let (name, challenge) = (fields.u16(), fields.u16());
            row.text = fields.counted(name).map(Text);
            row.challenge = fields.counted(challenge);
        }
        TypeId::S_UR_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            let len = fields.u16();
            row.challenge = fields.counted(len);
        }
        TypeId::S_UK_NA_1 | TypeId::S_UA_NA_1 => {
            (row.sequence_number, row.user_number) = (fields.u32(), fields.u16());
            let len = fields.u16();
            row.key_length = length(fields.counted(len));
            row.mac = fields.rest();
        }
        _ => row.mac = fields.rest(),
    }
    let short = fields.short && row.last != Some(false);
    Body { row, asdu, at, rest: fields.cursor.rest(), short }
}

/// States what a message of authentication is to its dialogue, and which role it proves: either station may challenge, and the
/// controlling one changes keys and users.
pub(super) fn roles(type_id: TypeId, out: &mut Output<'_>) {
    out.set_direction(match type_id {
        TypeId::S_RP_NA_1 | TypeId::S_KS_NA_1 | TypeId::S_ER_NA_1 | TypeId::S_UR_NA_1 | TypeId::S_UC_NA_1 => {
            Direction::RESPONSE
        }
        _ => Direction::REQUEST,
    });
    match type_id {
        TypeId::S_KR_NA_1
        | TypeId::S_KC_NA_1
        | TypeId::S_US_NA_1
        | TypeId::S_UQ_NA_1
        | TypeId::S_UK_NA_1
        | TypeId::S_UA_NA_1 => out.learn(Toward::Server),
        TypeId::S_KS_NA_1 | TypeId::S_UR_NA_1 | TypeId::S_UC_NA_1 => out.learn(Toward::Client),
        _ => {}
    }
}

impl Message {
    /// The operations of authentication: a challenge and its reply, a question for the status of session keys, changes of
    /// session keys, update keys and users. An error refuses what the other side asked for last.
    pub(super) fn authenticates(
        &self,
        dialogue: &mut Dialogue,
        row: &Iec104Authentications<'_>,
        out: &mut Output<'_>,
    ) {
        // Further segments go on with what the first one began.
        if self.idle || row.first == Some(false) {
            return;
        }
        let (side, station) = (self.way.side, self.head.common_address);
        let user = row.user_number.unwrap_or_default().into();
        let key = |type_id: TypeId, what: u32| self.key(type_id, station, what);
        let challenge = key(TypeId::S_CH_NA_1, row.sequence_number.unwrap_or_default());
        let (status, change) = (key(TypeId::S_KR_NA_1, user), key(TypeId::S_KC_NA_1, user));
        // One at a time: the request for an update key names its user, and what follows has its number.
        let (update, update_key) = (key(TypeId::S_UQ_NA_1, 0), key(TypeId::S_UK_NA_1, 0));
        let request = |key: u64| {
            let mut request = self.request(key, "user", row.user_number.map(u64::from), [0; 2]);
            request.space = request.space.filter(|_| row.user_number.is_some());
            request
        };
        let asks = match self.head.type_id {
            TypeId::S_CH_NA_1 => Some(challenge),
            TypeId::S_KR_NA_1 => Some(status),
            TypeId::S_KC_NA_1 => Some(change),
            TypeId::S_UQ_NA_1 => Some(update),
            TypeId::S_UK_NA_1 | TypeId::S_UA_NA_1 => Some(update_key),
            _ => None,
        };
        if let Some(key) = asks {
            out.request(&request(key));
            dialogue.last_asks(side, key);
        }
        let success = Result::plain(Outcome::SUCCESS);
        match self.head.type_id {
            TypeId::S_CH_NA_1 => dialogue.unprotected = None,
            TypeId::S_RP_NA_1 => {
                if ends(challenge, success, out)
                    && let Some(challenged) = dialogue.latest.get(side.index()).copied().flatten()
                {
                    dialogue.authenticates(challenged);
                }
            }
            TypeId::S_KS_NA_1 => {
                let result = match row.key_status {
                    Some(KeyStatus::OK) | None => success,
                    Some(status) => Result {
                        outcome: Outcome::REFUSED,
                        status: Some(status.0.into()),
                        status_name: status.name().map(Symbol),
                    },
                };
                let _ = ends(change, result, out) || ends(status, success, out);
            }
            TypeId::S_US_NA_1 => out.unconfirmed(&request(key(TypeId::S_US_NA_1, 0))),
            TypeId::S_UR_NA_1 => {
                ends(update, success, out);
            }
            TypeId::S_UC_NA_1 => {
                ends(update_key, success, out);
            }
            TypeId::S_ER_NA_1 => {
                let refused = Result {
                    outcome: Outcome::REFUSED,
                    status: row.error.map(|error| error.0.into()),
                    status_name: row.error.and_then(|error| error.name()).map(Symbol),
                };
                if let Some(asked) = dialogue.latest.get(side.other().index()).copied().flatten() {
                    ends(asked, refused, out);
                }
            }
            _ => {}
        }
    }
}

/// Ends the request that waits under this key, if one does.
fn ends(key: u64, result: Result, out: &mut Output<'_>) -> bool {
    let waits = out.peek(key).is_some();
    if waits && let Answer::Paired(asked) = out.answer(key) {
        out.complete(&asked, result);
    }
    waits
}
