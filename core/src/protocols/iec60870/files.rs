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
    record::Symbol,
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
        let name = u32::from(row.file_name);
        let of_call =
            |call: u8| self.key(TypeId::F_SC_NA_1, head.common_address, name | u32::from(call) << 16);
        // Several sections may be under way where acknowledgements were not captured.
        let of_section = |section: u8| of_call(call::SECTION) | u64::from(section) << 24;
        let section = of_section(row.section.unwrap_or_default());
        let ready = self.key(TypeId::F_FR_NA_1, head.common_address, name);
        let query = self.key(TypeId::F_SC_NB_1, head.common_address, name);
        let address = Some(u64::from(name));
        let taken = |key: u64, negative: bool, out: &mut Output<'_>| {
            let waits = out.peek(key).is_some();
            if waits && let Answer::Paired(asked) = out.answer(key) {
                out.complete(&asked, self.outcome(negative, qualifier));
            }
            waits
        };
        match head.type_id {
            TypeId::F_SC_NA_1 if head.cause.is_unknown() || head.negative => {
                let call = qualifier & 0x0f;
                taken(if call == call::SECTION { section } else { of_call(call) }, true, out);
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
                if call == call::FILE && taken(ready, error(qualifier).is_some(), out) {
                    return;
                }
                let key = match call {
                    _ if head.cause == Cause::REQUEST => of_call(0),
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
                    if let Some(asked) = out.withdraw(sends) {
                        out.complete(&asked, Result::plain(Outcome::CANCELLED));
                    }
                    out.unconfirmed(&request);
                } else {
                    out.request(&request);
                }
            }
            TypeId::F_FR_NA_1 => {
                let negative = qualifier & NEGATIVE != 0;
                let asked = taken(of_call(call::SELECT_FILE), negative, out)
                    || taken(of_call(call::DELETE_FILE), negative, out)
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
                let all = self.key(TypeId::F_SC_NA_1, head.common_address, 0);
                let _ = taken(of_call(0), false, out) || taken(all, false, out);
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
