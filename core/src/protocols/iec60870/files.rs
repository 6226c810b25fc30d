//! File transfer (-101 section 7.3.6, 7.4.11): its operations, and whether what arrives is what its sender says of it.
use super::{
    codes::{Cause, TypeId},
    dialogue::Message,
    elements,
    records::Iec104Files,
    state::Dialogue,
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Outcome, Result, Stage},
    protocol::Output,
    record::{Symbol, digest_bytes},
};

/// SCQ (section 7.2.6.30): what is selected or called.
mod call {
    pub(super) const SELECT_FILE: u8 = 1;
    /// By it the receiver of a file also answers that it is ready.
    pub(super) const FILE: u8 = 2;
    pub(super) const DEACTIVATE_FILE: u8 = 3;
    pub(super) const DELETE_FILE: u8 = 4;
    pub(super) const SELECT_SECTION: u8 = 5;
    pub(super) const SECTION: u8 = 6;
    pub(super) const DEACTIVATE_SECTION: u8 = 7;
}

/// Of FRQ and SRQ: not ready, or not confirmed.
const NEGATIVE: u8 = 0x80;

/// LSQ (section 7.2.6.31): what ends.
mod last {
    pub(super) const FILE: u8 = 1;
    pub(super) const FILE_DEACTIVATED: u8 = 2;
    pub(super) const SECTION: u8 = 3;
    pub(super) const SECTION_DEACTIVATED: u8 = 4;
}

/// Errors of SCQ and AFQ (section 7.2.6.30, 7.2.6.32): their upper four bits.
const fn error(qualifier: u8) -> Option<&'static str> {
    Some(match qualifier >> 4 {
        1 => "requested_memory_space_not_available",
        2 => "checksum_failed",
        3 => "unexpected_communication_service",
        4 => "unexpected_name_of_file",
        5 => "unexpected_name_of_section",
        _ => return None,
    })
}

/// Of the digest of what is called: keys of other requests have no bit of it.
const OF_FILE: u64 = 1 << 62;

/// What a request about a file is told by: its station, its address with its name, and what of it is asked. Files of one kind
/// may have the same name (NOF), so that the address tells them apart (section 7.4.11).
#[derive(Clone, Copy, Debug)]
struct Named {
    station: u16,
    ioa: u32,
    name: u16,
}

impl Named {
    fn key(self, type_id: TypeId, call: u8, section: u8) -> u64 {
        let ([a, b], [c, d, e, f], [g, h]) =
            (self.station.to_be_bytes(), self.ioa.to_be_bytes(), self.name.to_be_bytes());
        digest_bytes(&[type_id.0, call, section, a, b, c, d, e, f, g, h]) >> 2 | OF_FILE
    }
}

/// Octets that were sent, and the sum of them without regard to what overflows (CHS, section 7.2.6.37).
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    octets: u32,
    sum: u8,
    /// How many its sender announced.
    announced: Option<u32>,
}

impl Sent {
    fn announced(octets: Option<u32>) -> Self {
        Self { announced: octets, ..Self::default() }
    }
    fn add(&mut self, octets: u32, sum: u8) {
        self.octets = self.octets.saturating_add(octets);
        self.sum = self.sum.wrapping_add(sum);
    }
}

/// The file that one side is sending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    station: u16,
    ioa: u32,
    name: u16,
    /// Of the whole file; null if not all of it was seen.
    file: Option<Sent>,
    /// Of the section that is being sent; null if not all of it was seen.
    section: Option<(u8, Sent)>,
    /// The section sent last, whose octets are those of the file.
    last: u8,
}

impl Message {
    pub(super) fn file(
        &self,
        dialogue: &mut Dialogue,
        ioa: u32,
        element: &[u8],
        place: u64,
        out: &mut Output<'_>,
    ) {
        let head = &self.head;
        let row = elements::file(head.type_id, ioa, element);
        if out.wants::<Iec104Files<'_>>() {
            out.row(&row);
        }
        if head.type_id == TypeId::F_DR_TA_1 && row.created.is_none() && row.created_invalid == Some(false) {
            out.anomaly(Anomaly::new(AnomalyKind::TIME, "time tag is no date").at(place + 6).length(7));
        }
        if self.idle {
            return;
        }
        let qualifier = row.qualifier.unwrap_or_default();
        self.follow(dialogue, &row, place, out);
        let named = Named { station: head.common_address, ioa, name: row.file_name };
        let of_call = |call: u8| named.key(TypeId::F_SC_NA_1, call, 0);
        // Several sections may be under way where acknowledgements were not captured.
        let of_section = |section: u8| named.key(TypeId::F_SC_NA_1, call::SECTION, section);
        let section = of_section(row.section.unwrap_or_default());
        // The answer to the call of a directory has the addresses and names of what is in it.
        let directory = Named { ioa: 0, name: 0, ..named }.key(TypeId::F_SC_NA_1, 0, 0);
        let ready = named.key(TypeId::F_FR_NA_1, 0, 0);
        let query = named.key(TypeId::F_SC_NB_1, 0, 0);
        let address = Some(u64::from(row.file_name));
        let taken = |key: u64, negative: bool, out: &mut Output<'_>| {
            let waits = out.peek(key).is_some();
            if waits && let Answer::Paired(asked) = out.answer(key) {
                out.complete(&asked, self.outcome(negative, qualifier));
            }
            waits
        };
        match head.type_id {
            TypeId::F_SC_NA_1 if head.cause.is_unknown() || head.negative => {
                let key = match qualifier & 0x0f {
                    0 => directory,
                    call::SECTION => section,
                    call => of_call(call),
                };
                taken(key, true, out);
            }
            TypeId::F_SC_NB_1 if head.cause.is_unknown() || head.negative => {
                taken(query, true, out);
            }
            TypeId::F_SC_NB_1 => {
                let mut request = self.request(query, "file", address, [0; 2]);
                request.function = Some(Symbol("query_log"));
                out.request(&request);
            }
            TypeId::F_SC_NA_1 => {
                let call = qualifier & 0x0f;
                let refuses = error(qualifier).is_some() || call == call::DEACTIVATE_FILE;
                if matches!(call, call::FILE | call::DEACTIVATE_FILE) && taken(ready, refuses, out) {
                    return;
                }
                let key = match call {
                    _ if head.cause == Cause::REQUEST => directory,
                    call::SECTION => section,
                    _ => of_call(call),
                };
                let mut request = self.request(key, "file", address, [0; 2]);
                request.function = Some(Symbol(match call {
                    _ if head.cause == Cause::REQUEST => "call_directory",
                    call::SELECT_FILE => "select_file",
                    call::FILE => "call_file",
                    call::DEACTIVATE_FILE => "deactivate_file",
                    call::DELETE_FILE => "delete_file",
                    call::SELECT_SECTION => "select_section",
                    call::SECTION => "call_section",
                    call::DEACTIVATE_SECTION => "deactivate_section",
                    _ => "F_SC_NA_1",
                }));
                if matches!(call, call::DEACTIVATE_FILE | call::DEACTIVATE_SECTION) {
                    let sending = dialogue.transfers.get(self.way.side.other().index());
                    let sends = sending.and_then(Option::as_ref).and_then(|file| file.section.as_ref());
                    let sends = sends.map_or(section, |(number, _)| of_section(*number));
                    let calls = match call {
                        call::DEACTIVATE_FILE => {
                            [Some(sends), Some(of_call(call::SELECT_SECTION)), Some(of_call(call::FILE))]
                        }
                        _ => [Some(sends), Some(of_call(call::SELECT_SECTION)), None],
                    };
                    for key in calls.into_iter().flatten() {
                        if let Some(asked) = out.withdraw(key) {
                            out.complete(&asked, Result::plain(Outcome::CANCELLED));
                        }
                    }
                    // FRQ confirms that a file is deactivated (section 7.2.6.28), though not every station sends it.
                    if call == call::DEACTIVATE_FILE {
                        out.request_silence(&request);
                    } else {
                        out.unconfirmed(&request);
                    }
                } else {
                    out.request(&request);
                }
            }
            TypeId::F_FR_NA_1 => {
                let negative = qualifier & NEGATIVE != 0;
                let asked = taken(of_call(call::SELECT_FILE), negative, out)
                    || taken(of_call(call::DELETE_FILE), negative, out)
                    || taken(of_call(call::DEACTIVATE_FILE), negative, out)
                    || taken(query, negative, out);
                // Unasked it announces a file that its sender wants to send.
                if !asked && !negative && !head.negative && !head.cause.is_unknown() {
                    out.request(&self.request(ready, "file", address, [0; 2]));
                }
            }
            TypeId::F_SR_NA_1 => {
                let negative = qualifier & NEGATIVE != 0;
                let _ = taken(of_call(call::FILE), negative, out)
                    || taken(of_call(call::SELECT_SECTION), negative, out);
            }
            TypeId::F_SG_NA_1 => {
                out.advance(section, Stage::RETURNED);
            }
            TypeId::F_LS_NA_1 => match qualifier {
                last::FILE_DEACTIVATED if taken(of_call(call::DEACTIVATE_FILE), false, out) => {}
                // The sender gives up.
                last::FILE_DEACTIVATED | last::SECTION_DEACTIVATED => {
                    let _ = taken(section, true, out)
                        || taken(of_call(call::FILE), true, out)
                        || taken(of_call(call::SELECT_FILE), true, out);
                }
                // Whether it is what was sent is for the receiver to say.
                _ => {
                    out.advance(section, Stage::RETURNED);
                }
            },
            TypeId::F_AF_NA_1 => {
                // AFQ: file or section, each acknowledged or not.
                let negative = matches!(qualifier & 0x0f, 2 | 4) || head.negative;
                match out.withdraw(section) {
                    Some(asked) => out.complete(&asked, self.outcome(negative, qualifier)),
                    None if negative => {
                        let anomaly =
                            Anomaly::new(AnomalyKind::UNEXPECTED, "file or section is not acknowledged");
                        out.anomaly(anomaly.at(place + 3).length(1).found(qualifier.into()));
                    }
                    None => {}
                }
            }
            TypeId::F_DR_TA_1 if head.cause == Cause::REQUEST => {
                taken(directory, false, out);
            }
            _ => {}
        }
    }

    /// What a message of file transfer says of what was asked.
    fn outcome(&self, negative: bool, qualifier: u8) -> Result {
        if !negative && !self.head.negative && !self.head.cause.is_unknown() {
            return Result::plain(Outcome::SUCCESS);
        }
        let (status, name) = match (self.head.type_id, qualifier) {
            (TypeId::F_SC_NA_1 | TypeId::F_AF_NA_1, _) if error(qualifier).is_some() => {
                (qualifier >> 4, error(qualifier))
            }
            (TypeId::F_SC_NA_1, _) if !self.head.cause.is_unknown() && !self.head.negative => {
                (qualifier, Some("deactivate_file"))
            }
            (TypeId::F_FR_NA_1, _) if qualifier & NEGATIVE != 0 => (qualifier, Some("negative_confirm")),
            (TypeId::F_SR_NA_1, _) if qualifier & NEGATIVE != 0 => (qualifier, Some("section_not_ready")),
            (TypeId::F_LS_NA_1, last::FILE_DEACTIVATED) => {
                (qualifier, Some("file_transfer_with_deactivation"))
            }
            (TypeId::F_LS_NA_1, last::SECTION_DEACTIVATED) => {
                (qualifier, Some("section_transfer_with_deactivation"))
            }
            _ => return self.refusal(),
        };
        Result { outcome: Outcome::REFUSED, status: Some(status.into()), status_name: name.map(Symbol) }
    }

    /// Follows the file that this side sends, and says where it is not what its sender says of it.
    fn follow(&self, dialogue: &mut Dialogue, row: &Iec104Files<'_>, place: u64, out: &mut Output<'_>) {
        let head = &self.head;
        let qualifier = row.qualifier.unwrap_or_default();
        let Some(known) = dialogue.transfers.get_mut(self.way.side.index()) else { return };
        let (station, ioa, name) = (head.common_address, row.ioa, row.file_name);
        let same = |known: &&mut Transfer| (known.station, known.ioa, known.name) == (station, ioa, name);
        if head.type_id == TypeId::F_FR_NA_1 {
            let file = Some(Sent::announced(row.length));
            *known = (qualifier & NEGATIVE == 0).then_some(Transfer {
                station,
                ioa,
                name,
                file,
                section: None,
                last: 0,
            });
            return;
        }
        let Some(transfer) = known.as_mut().filter(same) else { return };
        match (head.type_id, row.section) {
            (TypeId::F_SR_NA_1, Some(section)) => {
                // One that comes again was not acknowledged, but its octets have been taken for those of the file.
                if section <= transfer.last {
                    transfer.file = None;
                }
                let ready = qualifier & NEGATIVE == 0;
                transfer.section = ready.then(|| (section, Sent::announced(row.length)));
            }
            (TypeId::F_SG_NA_1, Some(section)) => {
                let segment = row.segment.unwrap_or_default();
                let whole = row.length == u32::try_from(segment.len()).ok();
                let sum = segment.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
                match &mut transfer.section {
                    Some((known, sent)) if *known == section && whole => {
                        sent.add(row.length.unwrap_or_default(), sum);
                    }
                    section => {
                        *section = None;
                        transfer.file = None;
                    }
                }
            }
            (TypeId::F_LS_NA_1, Some(section)) if qualifier == last::SECTION => {
                match transfer.section.take().filter(|(known, _)| *known == section) {
                    Some((_, sent)) => {
                        if let Some(file) = &mut transfer.file {
                            file.add(sent.octets, sent.sum);
                        }
                        transfer.last = section;
                        compare(&sent, row, place, &SECTION, out);
                    }
                    None => transfer.file = None,
                }
            }
            (TypeId::F_LS_NA_1, _) => {
                let file = transfer.file.filter(|_| qualifier == last::FILE);
                *known = None;
                if let Some(sent) = file {
                    compare(&sent, row, place, &FILE, out);
                }
            }
            _ => {}
        }
    }
}

/// What is said where a section is not what its sender says of it: of its checksum, of its length.
const SECTION: [&str; 2] =
    ["checksum of the section is not that of its segments", "section is not as long as announced"];
/// The same of a file.
const FILE: [&str; 2] =
    ["checksum of the file is not that of its sections", "file is not as long as announced"];

fn compare(
    sent: &Sent,
    row: &Iec104Files<'_>,
    place: u64,
    reasons: &[&'static str; 2],
    out: &mut Output<'_>,
) {
    let [of_sum, of_length] = *reasons;
    if let Some(checksum) = row.checksum.filter(|checksum| *checksum != sent.sum) {
        let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, of_sum).at(place + 4).length(1);
        out.anomaly(anomaly.numbers(sent.sum.into(), checksum.into()));
    }
    // An announced length of 0 is one that is not known.
    if let Some(announced) = sent.announced.filter(|octets| *octets != 0 && *octets != sent.octets) {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, of_length).at(place);
        out.anomaly(anomaly.numbers(announced.into(), sent.octets.into()));
    }
}
