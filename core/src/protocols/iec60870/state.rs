//! What must be remembered of a conversation.
use super::{asdu::Solver, files::Transfer as FileTransfer, security::Cut};
use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{Output, Side},
};

/// Points whose way of being commanded is remembered in a conversation.
const COMMANDED: usize = 256;
/// Stations whose command that runs is remembered.
const ACCEPTED: usize = 64;
/// Deactivations whose confirmation is waited for.
const DEACTIVATIONS: usize = 64;
/// Answers of stations to requests for all that are remembered.
const SHARES: usize = 256;

/// What may happen any number of times in a conversation: the first is said at once, the others are summed and said at
/// the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Often {
    SendJump,
    ReceiveBack,
    ReceiveAhead,
    Functions,
    Payload,
    Reserved,
    StartAgain,
    Stopped,
    NotStarted,
}

impl Often {
    const ALL: [Self; 9] = [
        Self::SendJump,
        Self::ReceiveBack,
        Self::ReceiveAhead,
        Self::Functions,
        Self::Payload,
        Self::Reserved,
        Self::StartAgain,
        Self::Stopped,
        Self::NotStarted,
    ];

    const fn anomaly(self) -> Anomaly {
        let (kind, reason) = match self {
            Self::SendJump => (AnomalyKind::SEQUENCE, "send sequence number jumps"),
            Self::ReceiveBack => (AnomalyKind::SEQUENCE, "receive sequence number runs backwards"),
            Self::ReceiveAhead => (AnomalyKind::SEQUENCE, "receive sequence number of what was not sent"),
            Self::Functions => (AnomalyKind::MALFORMED, "unnumbered APDU has not exactly one function"),
            Self::Payload => (AnomalyKind::TRAILING, "octets behind a control field without ASDU"),
            Self::Reserved => (AnomalyKind::MALFORMED, "reserved bits of the control field are set"),
            Self::StartAgain => (AnomalyKind::UNEXPECTED, "STARTDT again"),
            Self::Stopped => (AnomalyKind::UNEXPECTED, "data after STOPDT"),
            Self::NotStarted => (AnomalyKind::UNEXPECTED, "data before STARTDT"),
        };
        Anomaly::new(kind, reason)
    }
}

/// What of one side has been said once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said([u32; Often::ALL.len()]);

impl Said {
    pub(super) fn say(&mut self, what: Often, out: &mut Output<'_>, place: impl FnOnce(Anomaly) -> Anomaly) {
        let Some(count) = self.0.get_mut(what as usize) else { return };
        if *count == 0 {
            out.anomaly(place(what.anomaly()));
        }
        *count = count.saturating_add(1);
    }
    /// Says the sums of what came after the first.
    pub(super) fn end(&mut self, out: &mut Output<'_>) {
        for (what, count) in Often::ALL.iter().zip(core::mem::take(&mut self.0)) {
            if count > 1 {
                out.anomaly(what.anomaly().count(count - 1));
            }
        }
    }
}

/// One side of a -104 connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sequence {
    /// N(S) of the next I-format APDU; null until one has been seen.
    pub(super) next: Option<u16>,
    /// N(R) sent last.
    pub(super) received: Option<u16>,
    /// N(R) of what the other side had not sent yet, and when. It may only have been captured in another order.
    pub(super) ahead: Option<(u16, i64)>,
    pub(super) said: Said,
}

/// Whether data transfer is started, as far as it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transfer {
    #[default]
    Unknown,
    /// STARTDT was sent, and not confirmed.
    Starting,
    Started,
    Stopped,
}

/// What a deactivation that was seen is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deactivated {
    /// Of what this message asked for.
    Message(u64),
    /// Of what was not seen.
    Unseen,
    /// Of what all stations do.
    Everywhere,
}

/// Whether what is to be deactivated waits for a word on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Waits {
    /// It is over.
    No,
    /// It waits for longer than the time-out, or was not seen.
    Overdue,
    /// It waits.
    InTime,
}

/// A deactivation that was seen.
#[derive(Clone, Copy, Debug)]
struct Deactivation {
    /// The key of what is to be deactivated.
    key: u64,
    /// The message that asked for that.
    message: Option<u64>,
    /// The how-manieth deactivation it is.
    number: u64,
}

/// What all stations were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToAll {
    /// What this message asked for.
    Message(u64),
    /// The how-manieth deactivation.
    Deactivation(u64),
}

/// What ASDUs leave behind, whatever carries them.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialogue {
    pub(super) solver: Solver,
    /// Points that have been commanded, and whether with a select.
    commanded: Vec<(u64, bool)>,
    /// Of each common address the key of the command that was accepted last and is not terminated.
    accepted: Vec<(u16, u64)>,
    /// What was to be deactivated, until a station says of it whether it is.
    deactivations: Vec<Deactivation>,
    /// How many these have been.
    deactivations_seen: u64,
    /// What all stations were asked for, each with the key of a station that has answered it.
    shares: Vec<(ToAll, u64)>,
    /// Sides that have been heard to ask.
    pub(super) asked: [bool; 2],
    /// What each side asked for last.
    pub(super) latest: [Option<u64>; 2],
    /// The common address whose commands were authenticated last, by challenge or in aggressive mode, and their types: a bit each.
    authenticated: (u16, u128),
    /// A command that was not, though one like it was, until it is challenged or carried out.
    pub(super) unprotected: Option<u64>,
    /// The file that each side is sending.
    pub(super) transfers: [Option<FileTransfer>; 2],
    /// What each side has begun to send in aggressive mode.
    pub(super) cuts: [Option<Box<Cut>>; 2],
}

impl Dialogue {
    /// Notes how a point is commanded. Returns whether it was done the other way before.
    pub(super) fn commanded(&mut self, key: u64, select: bool) -> bool {
        if let Some((_, before)) = self.commanded.iter_mut().find(|(known, _)| *known == key) {
            let differs = *before != select;
            *before = select;
            return differs;
        }
        if self.commanded.len() >= COMMANDED {
            self.commanded.remove(0);
        }
        self.commanded.push((key, select));
        false
    }

    /// This station accepts the command under this key.
    pub(super) fn accepts(&mut self, station: u16, key: u64) {
        if let Some((_, last)) = self.accepted.iter_mut().find(|(known, _)| *known == station) {
            *last = key;
            return;
        }
        if self.accepted.len() >= ACCEPTED {
            self.accepted.remove(0);
        }
        self.accepted.push((station, key));
    }

    /// The command that this station accepted last, if that is not terminated.
    pub(super) fn accepted(&self, station: u16) -> Option<u64> {
        self.accepted.iter().find(|(known, _)| *known == station).map(|(_, key)| *key)
    }

    /// The command under this key is terminated.
    pub(super) fn terminates(&mut self, key: u64) {
        self.accepted.retain(|(_, accepted)| *accepted != key);
    }

    /// What is under this key, and was asked for by this message if that was seen, is to be deactivated.
    pub(super) fn deactivates(&mut self, key: u64, message: Option<u64>) {
        if self.deactivations.len() >= DEACTIVATIONS {
            self.deactivations.remove(0);
        }
        self.deactivations_seen += 1;
        self.deactivations.push(Deactivation { key, message, number: self.deactivations_seen });
    }

    /// Whether a word on the deactivation of this is waited for, from the station whose request is `key`; `all` is the same request
    /// to all stations.
    pub(super) fn is_deactivated(&self, key: u64, all: u64) -> bool {
        self.deactivations.iter().any(|one| one.key == key) || self.deactivated_everywhere(key, all).is_some()
    }

    /// The last deactivation of what all stations do, if this one has not answered it.
    fn deactivated_everywhere(&self, key: u64, all: u64) -> Option<ToAll> {
        let last = self.deactivations.iter().rfind(|one| one.key == all)?;
        Some(ToAll::Deactivation(last.number)).filter(|last| !self.has_shared(*last, key))
    }

    /// The station says whether it deactivates what is under this key. Returns what that is, if somebody asked for it: where there
    /// are several, what waits the most by `waits`, since a station may have ignored a deactivation of what was over.
    pub(super) fn deactivated(&mut self, key: u64, waits: impl Fn(u64) -> Waits) -> Option<Deactivated> {
        let of_key = self.deactivations.iter().enumerate().filter(|(_, one)| one.key == key);
        // Of equals the last is the greatest; the first is meant.
        let (place, one) = of_key.rev().max_by_key(|(_, one)| one.message.map_or(Waits::Overdue, &waits))?;
        let message = one.message;
        let mut at = 0;
        self.deactivations.retain(|one| {
            let is_over = one.key == key && at <= place;
            at += 1;
            !is_over
        });
        Some(message.map_or(Deactivated::Unseen, Deactivated::Message))
    }

    /// The same, of what all stations do: whether this one answers the last deactivation of that for the first time.
    pub(super) fn deactivates_everywhere(&mut self, key: u64, all: u64) -> bool {
        let last = self.deactivated_everywhere(key, all);
        if let Some(last) = last {
            self.shares(last, key);
        }
        last.is_some()
    }

    /// The station whose request this key is has answered what all were asked for.
    pub(super) fn shares(&mut self, sent: ToAll, key: u64) {
        if self.shares.len() >= SHARES {
            self.shares.remove(0);
        }
        self.shares.push((sent, key));
    }

    /// Whether it has done so before.
    pub(super) fn has_shared(&self, sent: ToAll, key: u64) -> bool {
        self.shares.contains(&(sent, key))
    }

    /// Octets of this side were lost.
    pub(super) fn gap(&mut self, side: Side) {
        if let Some(transfer) = self.transfers.get_mut(side.index()) {
            *transfer = None;
        }
        if let Some(cut) = self.cuts.get_mut(side.index()) {
            *cut = None;
        }
        (self.latest, self.unprotected) = ([None; 2], None);
    }

    pub(super) fn asks(&mut self, side: Side, key: u64) {
        if let Some(asked) = self.asked.get_mut(side.index()) {
            *asked = true;
        }
        self.last_asks(side, key);
    }

    /// Notes what this side asked for last, which a challenge or an error is about.
    pub(super) fn last_asks(&mut self, side: Side, key: u64) {
        if let Some(latest) = self.latest.get_mut(side.index()) {
            *latest = Some(key);
        }
    }

    /// The command under this key was authenticated.
    pub(super) fn authenticates(&mut self, key: u64) {
        let (station, bit) = station_and_type(key);
        let (known, types) = self.authenticated;
        self.authenticated = (station, if known == station { types | bit } else { bit });
    }

    /// Takes a command under this key, which brings its authentication or not.
    pub(super) fn protect(&mut self, key: u64, authenticated: bool) {
        let (station, bit) = station_and_type(key);
        let (known, types) = self.authenticated;
        if authenticated {
            self.authenticates(key);
        } else if known == station && types & bit != 0 {
            self.unprotected = Some(key);
        }
    }
}

/// The common address of a command under this key, and the bit of its type.
fn station_and_type(key: u64) -> (u16, u128) {
    ((key >> 32) as u16, 1u128.checked_shl((key >> 48) as u8 as u32).unwrap_or_default())
}

/// State of a -104 connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    pub(super) sides: [Sequence; 2],
    pub(super) transfer: Transfer,
    /// Sides that are seen from the beginning of the connection on, as long as they have not sent STARTDT, act or con, and
    /// nothing of them is lost. What the other side sends may be captured late, and tells nothing of this one.
    pub(super) begun: [bool; 2],
    pub(super) dialogue: Dialogue,
}

impl Connection {
    /// This side, and the other.
    pub(super) fn sides(&mut self, side: Side) -> (&mut Sequence, &mut Sequence) {
        let [first, second] = &mut self.sides;
        match side {
            Side::First => (first, second),
            Side::Second => (second, first),
        }
    }
    /// This side is seen from the beginning of the connection on: its numbers count from 0 (section 5.1).
    pub(super) fn begin(&mut self, side: Side) {
        if let Some(begun) = self.begun.get_mut(side.index()) {
            *begun = true;
        }
        let (own, _) = self.sides(side);
        (own.next, own.received) = (Some(0), Some(0));
    }
    /// Whether this side cannot send data yet: a new connection is stopped (section 5.3).
    pub(super) fn is_before_start(&self, side: Side) -> bool {
        self.begun.get(side.index()) == Some(&true)
    }
    /// This side has sent STARTDT, or octets of it were lost.
    pub(super) fn started(&mut self, side: Side) {
        if let Some(begun) = self.begun.get_mut(side.index()) {
            *begun = false;
        }
    }
    pub(super) fn gap(&mut self, side: Side) {
        self.started(side);
        let (own, other) = self.sides(side);
        (own.next, own.received) = (None, None);
        other.ahead = None;
        // STARTDT or STOPDT may have been among them.
        self.transfer = Transfer::Unknown;
        self.dialogue.gap(side);
    }
}
