//! Control blocks of IEC 61850 (part 8-1, clauses 17 to 19, 21): of reports, logs, GOOSE, sampled values and setting groups,
//! as a whole or attribute by attribute.
use super::{
    MmsControlBlocks,
    iec61850::{push_reference, split},
    names::{Name, text, variable},
    state::{Shelf, State, name_key},
};
use crate::{
    common::{Anomaly, PointWay},
    output::Output,
    record::{Text, digest_bytes},
    wire::{ber::Element, mms::Data},
};

crate::codes! {
    /// What a control block controls.
    pub struct ControlBlock(u8) {
        /// Unbuffered reports (URCB).
        UNBUFFERED_REPORTS = 1 => "unbuffered_reports",
        /// Buffered reports (BRCB).
        BUFFERED_REPORTS = 2 => "buffered_reports",
        /// A log (LCB).
        LOG = 3 => "log",
        /// GOOSE (GoCB).
        GOOSE = 4 => "goose",
        /// Multicast sampled values (MSVCB).
        MULTICAST_SAMPLED_VALUES = 5 => "multicast_sampled_values",
        /// Unicast sampled values (USVCB).
        UNICAST_SAMPLED_VALUES = 6 => "unicast_sampled_values",
        /// Groups of settings (SGCB).
        SETTING_GROUPS = 7 => "setting_groups",
    }
}

/// Attributes of each kind of block, in their order.
fn attributes(block: ControlBlock) -> &'static [&'static [u8]] {
    match block {
        ControlBlock::UNBUFFERED_REPORTS => &[
            b"RptID", b"RptEna", b"Resv", b"DatSet", b"ConfRev", b"OptFlds", b"BufTm", b"SqNum", b"TrgOps",
            b"IntgPd", b"GI", b"Owner",
        ],
        ControlBlock::BUFFERED_REPORTS => &[
            b"RptID",
            b"RptEna",
            b"DatSet",
            b"ConfRev",
            b"OptFlds",
            b"BufTm",
            b"SqNum",
            b"TrgOps",
            b"IntgPd",
            b"GI",
            b"PurgeBuf",
            b"EntryID",
            b"TimeofEntry",
            b"ResvTms",
            b"Owner",
        ],
        ControlBlock::LOG => &[
            b"LogEna",
            b"LogRef",
            b"DatSet",
            b"OldEntrTm",
            b"NewEntrTm",
            b"OldEntr",
            b"NewEntr",
            b"TrgOps",
            b"IntgPd",
        ],
        ControlBlock::GOOSE => &[b"GoEna", b"GoID", b"DatSet", b"ConfRev", b"NdsCom"],
        ControlBlock::MULTICAST_SAMPLED_VALUES => {
            &[b"SvEna", b"MsvID", b"DatSet", b"ConfRev", b"SmpRate", b"OptFlds"]
        }
        ControlBlock::UNICAST_SAMPLED_VALUES => {
            &[b"SvEna", b"Resv", b"UsvID", b"DatSet", b"ConfRev", b"SmpRate", b"OptFlds"]
        }
        _ => &[b"NumOfSG", b"ActSG", b"EditSG", b"CnfEdit", b"LActTm", b"ResvTms"],
    }
}

/// The control block that a variable is, or is an attribute of: its kind, its own name, and the attribute.
fn block<'a>(name: &Name<'a>) -> Option<(ControlBlock, Name<'a>, Option<&'a [u8]>)> {
    let parts = split(name.item)?;
    let mut rest = parts.rest.splitn(2, |octet| *octet == b'$');
    let (own, attribute) = (rest.next()?, rest.next());
    let kind = match &parts.constraint {
        b"RP" => ControlBlock::UNBUFFERED_REPORTS,
        b"BR" => ControlBlock::BUFFERED_REPORTS,
        b"LG" => ControlBlock::LOG,
        b"GO" => ControlBlock::GOOSE,
        b"MS" => ControlBlock::MULTICAST_SAMPLED_VALUES,
        b"US" => ControlBlock::UNICAST_SAMPLED_VALUES,
        b"SP" if own == b"SGCB" => ControlBlock::SETTING_GROUPS,
        _ => return None,
    };
    let end = parts.node.len() + parts.constraint.len() + own.len() + 2;
    let item = name.item.get(..end).filter(|_| !own.is_empty())?;
    Some((kind, Name { item, ..*name }, attribute))
}

/// The data set that a block of reports is told to have, so that reports without its name can be read: `LD/LN$name`.
pub(super) struct DataSetOf<'a> {
    /// The key of the block.
    block: u64,
    report_id: Option<&'a [u8]>,
    data_set: Option<&'a [u8]>,
    /// It holds only when the answer has said so.
    pending: bool,
}

impl DataSetOf<'_> {
    /// Returns what is to be said if another had to be forgotten for it.
    pub(super) fn remember(&self, state: &mut State) -> Option<Anomaly> {
        let kept = &mut state.data_sets;
        if self.pending {
            let report_id = self.report_id.and_then(|id| kept.keep(self.block ^ NEW_REPORT_ID, 0, id));
            return report_id.or(self.data_set.and_then(|set| kept.keep(self.block ^ NEW_DATA_SET, 0, set)));
        }
        let said = self.report_id.and_then(|id| kept.keep(self.block, 0, id));
        let set = self.data_set.and_then(|set| {
            let report_id = kept.get(self.block).map(|(_, id)| digest_bytes(id))?;
            kept.keep(report_id, 0, set)
        });
        said.or(set)
    }
}

/// What is mixed into the key of a block for the attributes that were written and not yet accepted.
const NEW_REPORT_ID: u64 = 1;
const NEW_DATA_SET: u64 = 2;

/// A write of this item of a list of variables was accepted or not: what reports mean by it, if it is an attribute of a block.
pub(super) fn written(kept: &mut Shelf, item: &Element<'_>, accepted: bool) {
    let Some(name) = variable(*item).name else { return };
    let Some((_, own, attribute)) = block(&name) else { return };
    let is = |it: &[u8]| attribute.is_none_or(|attribute| attribute == it);
    let key = block_key(&own);
    let report_id = |kept: &Shelf| kept.get(key).map(|(_, id)| digest_bytes(id));
    if !accepted {
        // Of several that one request writes, each has a result of its own.
        let refused = [(NEW_REPORT_ID, is(b"RptID")), (NEW_DATA_SET, is(b"DatSet"))];
        refused.into_iter().filter(|(_, it)| *it).for_each(|(new, _)| kept.forget(key ^ new));
        return;
    }
    if is(b"RptID") {
        let old = report_id(kept);
        kept.rename(key ^ NEW_REPORT_ID, key);
        if let (Some(old), Some(new)) = (old, report_id(kept)) {
            kept.rename(old, new);
        }
    }
    if is(b"DatSet") {
        match report_id(kept) {
            Some(report_id) => kept.rename(key ^ NEW_DATA_SET, report_id),
            None => kept.forget(key ^ NEW_DATA_SET),
        }
    }
}

/// Nobody knows whether a write of this item was accepted: what was written of a block, and what it was before, are forgotten.
pub(super) fn unsure(kept: &mut Shelf, item: &Element<'_>) {
    let Some(name) = variable(*item).name else { return };
    let Some((_, own, _)) = block(&name) else { return };
    let key = block_key(&own);
    let written = [NEW_REPORT_ID, NEW_DATA_SET].map(|new| kept.get(key ^ new).is_some());
    if let Some(report_id) = kept.get(key).map(|(_, id)| digest_bytes(id)).filter(|_| written.contains(&true))
    {
        kept.forget(report_id);
    }
    if let [true, _] = written {
        kept.forget(key);
    }
    [NEW_REPORT_ID, NEW_DATA_SET].into_iter().for_each(|new| kept.forget(key ^ new));
}

/// The key under which the RptID of a block is kept.
fn block_key(own: &Name<'_>) -> u64 {
    name_key(own.domain.unwrap_or_default(), own.item).rotate_left(7)
}

/// Says what is read or written of a control block, if it is one. Returns what later reports may need of it.
pub(super) fn say<'a>(
    name: &Name<'_>,
    way: PointWay,
    element: Element<'a>,
    out: &mut Output<'_>,
) -> Option<Option<DataSetOf<'a>>> {
    let (kind, own, attribute) = block(name)?;
    let mut row = MmsControlBlocks {
        reference: Text(&[]),
        control_block: kind,
        way,
        identifier: None,
        enabled: None,
        reserved: None,
        data_set: None,
        configuration_revision: None,
        optional_fields: None,
        trigger_options: None,
        buffer_time: None,
        sequence_number: None,
        integrity_period: None,
        general_interrogation: None,
        purge_buffer: None,
        entry_id: None,
        owner: None,
        groups: None,
        active_group: None,
        edit_group: None,
        confirm_edit: None,
    };
    let mut said = false;
    match (attribute, Data::read(element)) {
        (Some(attribute), Ok(data)) => said = put(&mut row, attribute, data),
        (None, Ok(Data::Structure(parts))) => {
            for (attribute, part) in attributes(kind).iter().zip(parts) {
                let Ok(data) = Data::read(part) else { continue };
                // A block that nobody can reserve for a time may have an owner all the same.
                let attribute: &[u8] = match (*attribute, data) {
                    (b"ResvTms", Data::OctetString(_)) => b"Owner",
                    (attribute, _) => attribute,
                };
                said |= put(&mut row, attribute, data);
            }
        }
        _ => {}
    }
    if !said {
        return Some(None);
    }
    let reports = matches!(kind, ControlBlock::UNBUFFERED_REPORTS | ControlBlock::BUFFERED_REPORTS);
    let (report_id, data_set) = (row.identifier.map(|id| id.0), row.data_set.map(|set| set.0));
    let pending = way == PointWay::WRITTEN;
    let told = (reports && (report_id.is_some() || data_set.is_some())).then(|| DataSetOf {
        block: block_key(&own),
        report_id,
        data_set,
        pending,
    });
    let mut scratch = out.take_scratch();
    let place = push_reference(&own, None, &mut scratch);
    out.row(&MmsControlBlocks { reference: text(&scratch, place).unwrap_or_default(), ..row });
    out.give_back(scratch);
    Some(told)
}

fn put<'a>(row: &mut MmsControlBlocks<'a>, attribute: &[u8], data: Data<'a>) -> bool {
    let number = match data {
        Data::Unsigned(value) => Some(value),
        Data::Integer(value) => u64::try_from(value).ok(),
        _ => None,
    };
    match (attribute, data) {
        (b"RptID" | b"GoID" | b"MsvID" | b"UsvID" | b"LogRef", Data::VisibleString(name)) => {
            row.identifier = Some(name);
        }
        (b"RptEna" | b"LogEna" | b"GoEna" | b"SvEna", Data::Boolean(value)) => row.enabled = Some(value),
        (b"Resv", Data::Boolean(value)) => row.reserved = Some(value),
        (b"ResvTms", _) if number.is_some() => row.reserved = number.map(|seconds| seconds != 0),
        (b"DatSet", Data::VisibleString(name)) => row.data_set = Some(name),
        (b"ConfRev", _) if number.is_some() => row.configuration_revision = number,
        (b"OptFlds", Data::BitString(bits)) => row.optional_fields = u16::try_from(bits.flags()).ok(),
        (b"TrgOps", Data::BitString(bits)) => row.trigger_options = u8::try_from(bits.flags()).ok(),
        (b"BufTm", _) if number.is_some() => row.buffer_time = number,
        (b"SqNum", _) if number.is_some() => row.sequence_number = number,
        (b"IntgPd", _) if number.is_some() => row.integrity_period = number,
        (b"GI", Data::Boolean(value)) => row.general_interrogation = Some(value),
        (b"PurgeBuf", Data::Boolean(value)) => row.purge_buffer = Some(value),
        (b"EntryID", Data::OctetString(id)) => row.entry_id = Some(id),
        (b"Owner", Data::OctetString(owner)) => row.owner = Some(owner),
        (b"NumOfSG", _) if number.is_some() => row.groups = number,
        (b"ActSG", _) if number.is_some() => row.active_group = number,
        (b"EditSG", _) if number.is_some() => row.edit_group = number,
        (b"CnfEdit", Data::Boolean(value)) => row.confirm_edit = Some(value),
        _ => return false,
    }
    true
}
