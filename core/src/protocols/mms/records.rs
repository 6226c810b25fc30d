//! The tables of MMS.
use super::codes::{
    ConfirmedService, DataAccessError, DomainState, ErrorClass, ObjectClass, PduType, ProgramInvocationState,
    RejectedPdu, ScopeOfDelete, UnconfirmedService,
};
use crate::{
    common::PointWay,
    record::{Duration, Instant, Symbol, Text, WallClock},
    wire::mms::DataType,
};

crate::record! {
    /// One MMS message.
    pub struct Mms<'a> in "mms" {
        /// Type.
        pdu_type: PduType,
        /// What an answer repeats, in confirmed messages.
        invoke_id: Option<u32>,
        /// Invoke identifier of the request that is cancelled or rejected.
        original_invoke_id: Option<u32>,
        /// Confirmed service; in an error that of its request, null if that was not seen.
        confirmed_service: Option<ConfirmedService>,
        /// Unconfirmed service.
        unconfirmed_service: Option<UnconfirmedService>,
        /// The object that the service names, the first if there are several: `domain/item`, `item` of the VMD, `@item` of
        /// the association; of a variable without a name its address: the text, the number, or `0x` and its octets; a file, a domain, a program invocation; `@` where names of the association are listed. In an
        /// answer that of its request.
        object: Option<Text<'a>>,
        /// Class of the objects that are listed.
        object_class: Option<ObjectClass>,
        /// How many variables, results or names there are.
        quantity: Option<u32>,
        /// How many results are failures.
        failures: Option<u32>,
        /// Whether further names or entries follow in another answer.
        more_follows: Option<bool>,
        /// Class of the error.
        error_class: Option<ErrorClass>,
        /// Code of the error within its class.
        error_code: Option<u8>,
        /// Name of that code.
        error_name: Option<Symbol>,
        /// Additional code of the error.
        additional_code: Option<i64>,
        /// Additional description of the error.
        additional_description: Option<Text<'a>>,
        /// What is rejected.
        rejected_pdu: Option<RejectedPdu>,
        /// Why, as a number of its kind.
        reject_reason: Option<u8>,
        /// What the service asks or answers, as sent, where no other column and no other table tells it.
        detail: Option<&'a [u8]>,
        /// Octets of the message.
        length: u32 ["octets"],
        /// Presentation context of the message.
        context_id: Option<u32>,
        /// Whether that context was guessed, since its negotiation was not seen.
        context_guessed: bool,
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
        /// The name behind which a list is to go on.
        continue_after: Option<Text<'a>>,
        /// What is to be deleted.
        scope_of_delete: Option<ScopeOfDelete>,
        /// How many objects were meant by a deletion.
        matched: Option<u32>,
        /// How many of them were deleted; of a journal, its entries.
        deleted: Option<u32>,
        /// Whether what is described can be deleted by MMS.
        deletable: Option<bool>,
    }
}

crate::record! {
    /// One value that is read, written or reported, or why there is none. Parts of a value have rows of their own, with
    /// their path; an array or a structure has a row only if it is empty.
    pub struct MmsData<'a> in "mms_data" {
        /// Place of the variable in the message, from 0.
        index: u32,
        /// Name of the variable, as in `mms.object`, with the part of it that is meant: `[3]`, `.mag`; of several parts at once the variable alone, and `path` counts those parts; null if the request was not seen, or named a list.
        name: Option<Text<'a>>,
        /// Reference of IEC 61850, where the name is one: `LD/LN.DO.DA[FC]`; of an element of an array `LD/LN.DO.DA(3)[FC]`.
        reference: Option<Text<'a>>,
        /// Place of the part in the value: places from 0 with dots between them; empty for the value itself.
        path: Text<'a>,
        /// Name of that part, `mag.f`, if a description of the substation tells it.
        attribute: Option<Text<'a>>,
        /// Type of the value.
        data_type: Option<DataType>,
        /// Value of a boolean.
        boolean: Option<bool>,
        /// Value of an integer.
        integer: Option<i64>,
        /// Value of an unsigned integer, of a BCD, of an integer that does not fit `integer`.
        unsigned: Option<u64>,
        /// Value of a floating point.
        number: Option<f64>,
        /// Value of a text, of a generalized time, of an object identifier.
        text: Option<Text<'a>>,
        /// Octets of an octet string, of bits (the first bit is the highest of the first octet), or of what is no value.
        octets: Option<&'a [u8]>,
        /// Number of bits in a string of bits.
        bits: Option<u32>,
        /// Value of a UTC time.
        time: Option<Instant>,
        /// Quality of a UTC time, as sent.
        time_quality: Option<u8>,
        /// Value of a binary time with a date.
        clock: Option<WallClock>,
        /// Time of day of a binary time.
        time_of_day: Option<Duration>,
        /// Why there is no value.
        access_error: Option<DataAccessError>,
        /// Why a report holds this value: reason for inclusion, the first of its bits lowest.
        reason: Option<u8>,
    }
}

crate::record! {
    /// What a server or client can do, as it says when an association begins.
    pub struct MmsInitiates<'a> in "mms_initiates" {
        /// Local detail: the largest message.
        local_detail: Option<i64> ["octets"],
        /// Services outstanding at the calling side, proposed or agreed.
        max_services_outstanding_calling: Option<i64>,
        /// Services outstanding at the called side.
        max_services_outstanding_called: Option<i64>,
        /// Depth of structures.
        data_structure_nesting_level: Option<i64>,
        /// Version.
        version: Option<i64>,
        /// Options of parameters (CBB), the first bit is the highest of the first octet.
        parameter_cbb: Option<&'a [u8]>,
        /// Supported services, the first bit is the highest of the first octet.
        services_supported: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One name in a list of names, in the definition of a list of variables, or in its attributes; a program invocation of
    /// a domain, a domain of a program invocation; a capability of a device or a domain, which has no class.
    pub struct MmsNames<'a> in "mms_names" {
        /// Place in the list, from 0.
        index: u32,
        /// Class of what is named.
        object_class: Option<ObjectClass>,
        /// The list of variables whose member it is, or the domain or program invocation that it belongs to.
        parent: Option<Text<'a>>,
        /// The name, as in `mms.object`.
        name: Text<'a>,
    }
}

crate::record! {
    /// One domain that is loaded, stored or described: what a device holds of programs and data.
    pub struct MmsDomains<'a> in "mms_domains" {
        /// Name; null in an answer whose request was not seen.
        name: Option<Text<'a>>,
        /// State.
        state: Option<DomainState>,
        /// Whether it can be deleted.
        deletable: Option<bool>,
        /// Whether several program invocations may use it.
        sharable: Option<bool>,
        /// Uploads that are under way.
        upload_in_progress: Option<i64>,
        /// State machine of the upload (ulsmID).
        upload_id: Option<i64>,
        /// File that it is loaded from or stored in; parts of the name are joined by `/`.
        file_name: Option<Text<'a>>,
        /// A segment of its content, as sent.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One program invocation that is created, started, resumed or described.
    pub struct MmsProgramInvocations<'a> in "mms_program_invocations" {
        /// Name; null in an answer whose request was not seen.
        name: Option<Text<'a>>,
        /// State.
        state: Option<ProgramInvocationState>,
        /// Whether it can be deleted.
        deletable: Option<bool>,
        /// Whether it can be started again.
        reusable: Option<bool>,
        /// Whether its end is told: true for good, false in this association alone; in an answer whether at all.
        monitor: Option<bool>,
        /// What it is started with.
        argument: Option<Text<'a>>,
    }
}

crate::record! {
    /// One journal, a log of IEC 61850, that is asked for entries, emptied, or asked of its state.
    pub struct MmsJournals<'a> in "mms_journals" {
        /// Name; null in an answer whose request was not seen.
        journal: Option<Text<'a>>,
        /// Entries from this time on; of a journal that is emptied, up to it. In UTC by part 8-1 of IEC 61850.
        start_time: Option<WallClock>,
        /// Entries from this one on; of a journal that is emptied, up to it.
        start_entry: Option<&'a [u8]>,
        /// Entries up to this time.
        end_time: Option<WallClock>,
        /// So many entries; backwards if negative.
        count: Option<i64>,
        /// Entries behind this time, or of it and behind `after_entry`.
        after_time: Option<WallClock>,
        /// The entry behind which to go on.
        after_entry: Option<&'a [u8]>,
        /// Variables that are asked for; null for all.
        variables: Option<u32>,
        /// Entries that it holds.
        current_entries: Option<u32>,
    }
}

crate::record! {
    /// One component of the type of a variable.
    pub struct MmsTypes<'a> in "mms_types" {
        /// The variable; null if the request was not seen.
        name: Option<Text<'a>>,
        /// Path of the component: names with dots between them; empty for the variable itself.
        path: Text<'a>,
        /// Its type.
        data_type: Option<DataType>,
        /// Elements of an array, bits, octets or characters: negative where that is the most.
        size: Option<i64>,
    }
}

crate::record! {
    /// What a device tells of itself by identify or status.
    pub struct MmsDevices<'a> in "mms_devices" {
        /// Name of the vendor.
        vendor_name: Option<Text<'a>>,
        /// Name of the model.
        model_name: Option<Text<'a>>,
        /// Revision.
        revision: Option<Text<'a>>,
        /// Logical status: 0 state changes allowed, 1 none allowed, 2 limited services, 3 support services.
        logical_status: Option<u8>,
        /// Physical status: 0 operational, 1 partially, 2 inoperable, 3 needs commissioning.
        physical_status: Option<u8>,
        /// Local detail of the status, as sent.
        local_detail: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One file, or a part of one, in a service of files.
    pub struct MmsFiles<'a> in "mms_files" {
        /// Name, as sent; parts are joined by `/`.
        name: Option<Text<'a>>,
        /// New name, or the name at the other side.
        destination: Option<Text<'a>>,
        /// State machine that the file is open in.
        frsm_id: Option<i64>,
        /// Where reading begins.
        initial_position: Option<u64> ["octets"],
        /// Size.
        size: Option<u64> ["octets"],
        /// When it was last modified, as sent.
        last_modified: Option<Text<'a>>,
        /// What is read, as sent.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One report of IEC 61850; its values are in `mms_data`.
    pub struct MmsReports<'a> in "mms_reports" {
        /// Identifier of the report (RptID).
        report_id: Option<Text<'a>>,
        /// Optional fields that it holds (OptFlds), the first bit lowest.
        optional_fields: Option<u16>,
        /// Sequence number (SqNum).
        sequence_number: Option<u64>,
        /// Time of the report (TimeOfEntry).
        time_of_entry: Option<Instant>,
        /// Data set (DatSet).
        data_set: Option<Text<'a>>,
        /// Whether entries were lost (BufOvfl).
        buffer_overflow: Option<bool>,
        /// Identifier of the entry (EntryID).
        entry_id: Option<&'a [u8]>,
        /// Revision of the configuration (ConfRev).
        configuration_revision: Option<u64>,
        /// Number of the segment (SubSeqNum).
        sub_sequence_number: Option<u64>,
        /// Whether further segments follow.
        more_segments_follow: Option<bool>,
        /// Members of the data set.
        members: Option<u32>,
        /// Members whose values are in this report, or in this segment of it.
        included: Option<u32>,
        /// The message that holds the first segment, where a report has several.
        report_message: Option<u64>,
    }
}

crate::record! {
    /// One control block of IEC 61850 that is read, or written in whole or in part. What was not told is null.
    pub struct MmsControlBlocks<'a> in "mms_control_blocks" {
        /// Reference: `LD/LN.block[FC]`.
        reference: Text<'a>,
        /// What it controls.
        control_block: super::blocks::ControlBlock,
        /// Whether it is read or written.
        way: PointWay,
        /// Identifier of what it sends (RptID, GoID, MsvID, UsvID), or the log (LogRef).
        identifier: Option<Text<'a>>,
        /// Whether it is enabled (RptEna, LogEna, GoEna, SvEna).
        enabled: Option<bool>,
        /// Whether a client has reserved it (Resv, or ResvTms other than 0).
        reserved: Option<bool>,
        /// Data set (DatSet).
        data_set: Option<Text<'a>>,
        /// Revision of the configuration (ConfRev).
        configuration_revision: Option<u64>,
        /// Optional fields (OptFlds), the first bit lowest.
        optional_fields: Option<u16>,
        /// What triggers it (TrgOps), the first bit lowest: 2 data change, 4 quality, 8 update, 16 integrity, 32 general
        /// interrogation.
        trigger_options: Option<u8>,
        /// How long changes are gathered (BufTm).
        buffer_time: Option<u64> ["ms"],
        /// Sequence number (SqNum).
        sequence_number: Option<u64>,
        /// Interval of integrity (IntgPd).
        integrity_period: Option<u64> ["ms"],
        /// Whether all values are asked for (GI).
        general_interrogation: Option<bool>,
        /// Whether the buffer is to be emptied (PurgeBuf).
        purge_buffer: Option<bool>,
        /// Entry of the buffer (EntryID).
        entry_id: Option<&'a [u8]>,
        /// Who has reserved it (Owner): an address.
        owner: Option<&'a [u8]>,
        /// Number of groups of settings (NumOfSG).
        groups: Option<u64>,
        /// Group that is active, or is to be (ActSG).
        active_group: Option<u64>,
        /// Group that is edited (EditSG).
        edit_group: Option<u64>,
        /// Whether the edited values are confirmed (CnfEdit).
        confirm_edit: Option<bool>,
    }
}

crate::record! {
    /// One entry of a journal: of a log of IEC 61850. Its values are in `mms_data`, with the place of the entry.
    pub struct MmsJournalEntries<'a> in "mms_journal_entries" {
        /// Place of the entry in the message, from 0.
        index: u32,
        /// The journal; null if the request was not seen.
        journal: Option<Text<'a>>,
        /// Identifier of the entry.
        entry_id: Option<&'a [u8]>,
        /// When it happened: in UTC by part 8-1 of IEC 61850.
        occurrence_time: Option<WallClock>,
        /// Values of the entry.
        variables: Option<u32>,
        /// Text of the entry, where it is one.
        annotation: Option<Text<'a>>,
        /// Who made the entry (`originatingApplication`), as sent; null if it is empty.
        originating_application: Option<&'a [u8]>,
        /// The event condition whose change the entry tells of.
        event_condition: Option<Text<'a>>,
        /// State of that condition: 0 disabled, 1 idle, 2 active.
        event_state: Option<u8>,
    }
}

crate::record! {
    /// One step of a control of IEC 61850: select, operate, cancel, termination, the last error.
    pub struct MmsControls<'a> in "mms_controls" {
        /// Reference of the controlled object: `LD/LN.DO`.
        reference: Text<'a>,
        /// The step: SBO, SBOw, Oper, Cancel, CommandTermination, LastApplError.
        step: Symbol,
        /// Value of the command (ctlVal), where it is a truth value or an integer.
        control_value: Option<i64>,
        /// Value of the command, where it is a real number.
        control_real: Option<f64>,
        /// Category of who commands (orCat): 1 bay, 2 station, 3 remote, 4 to 6 the same automatic, 7 maintenance, 8 process.
        originator_category: Option<i64>,
        /// Who commands (orIdent).
        originator_identification: Option<&'a [u8]>,
        /// Number of the command (ctlNum).
        control_number: Option<u64>,
        /// Time of the command (T).
        time: Option<Instant>,
        /// Whether it is a test.
        test: Option<bool>,
        /// Checks that are asked for (Check): 1 synchrocheck, 2 interlocking.
        check: Option<u8>,
        /// Error of the control (LastApplError.Error).
        error: Option<i64>,
        /// Additional cause (AddCause).
        additional_cause: Option<super::iec61850::AddCause>,
        /// When the control is to be executed (operTm), where that is not at once.
        operate_time: Option<Instant>,
    }
}

crate::record! {
    /// What a server of TASE.2 (ICCP) tells of itself.
    pub struct IccpServers<'a> in "iccp_servers" {
        /// Major version of TASE.2: the year of its edition.
        major_version: Option<i64>,
        /// Minor version: its month.
        minor_version: Option<i64>,
        /// Supported conformance blocks, block 1 lowest.
        supported_features: Option<u16>,
        /// Identifier of the bilateral table.
        bilateral_table_id: Option<Text<'a>>,
    }
}

crate::record! {
    /// One value of an indication point of TASE.2 (ICCP), read, written or reported.
    pub struct IccpPoints<'a> in "iccp_points" {
        /// Place of the variable in the message, from 0.
        index: u32,
        /// Name of the point: `domain/item`, or `item` of the control centre; null if the data set was not seen.
        name: Option<Text<'a>>,
        /// How the value came to be seen.
        way: PointWay,
        /// Kind of point. A state with its time and a discrete value without one have the same form: the type tells, if it
        /// was asked for; else it is a time where it is within a year of the capture's.
        indication_type: super::tase2::IndicationType,
        /// Value of a state.
        state: Option<super::tase2::State>,
        /// Value of a discrete point.
        discrete: Option<i64>,
        /// Value of a real point.
        real: Option<f64>,
        /// Flags as sent: in a state its two bits first, then validity, source, normal value, quality of the time.
        flags: Option<u8>,
        /// Validity.
        validity: Option<super::tase2::Validity>,
        /// Source.
        current_source: Option<super::tase2::CurrentSource>,
        /// Whether the value is not the normal one.
        abnormal: Option<bool>,
        /// Whether the time stamp is not to be trusted.
        time_stamp_invalid: Option<bool>,
        /// Time stamp.
        time_stamp: Option<Instant>,
        /// How often the value has changed (COV).
        change_of_value_counter: Option<u64>,
    }
}

crate::record! {
    /// One transfer set of TASE.2 (ICCP) that is read, written in whole or in part, or handed to a client.
    pub struct IccpTransferSets<'a> in "iccp_transfer_sets" {
        /// Name.
        transfer_set: Option<Text<'a>>,
        /// Whether it is read or written.
        way: PointWay,
        /// Data set that is reported.
        data_set: Option<Text<'a>>,
        /// When it begins; null is at once.
        start_time: Option<Instant>,
        /// Interval of reports.
        interval: Option<i64> ["s"],
        /// Time limit for execution (TLE).
        time_limit: Option<i64> ["s"],
        /// How long changes are gathered.
        buffer_time: Option<i64> ["s"],
        /// Interval of integrity reports.
        integrity_check: Option<i64> ["s"],
        /// Conditions that are asked for: 1 interval, 2 integrity, 4 change, 8 operator, 16 external event.
        conditions: Option<u16>,
        /// Whether values are packed into blocks.
        block_data: Option<bool>,
        /// Whether reports are to be acknowledged.
        critical: Option<bool>,
        /// Whether changes alone are reported (RBE).
        report_by_exception: Option<bool>,
        /// Whether each change is reported, not only the last.
        all_changes_reported: Option<bool>,
        /// Whether it is enabled.
        status: Option<bool>,
        /// Code of the external event.
        event_code: Option<i64>,
    }
}

crate::record! {
    /// One report of a transfer set of TASE.2 (ICCP), or its acknowledgement. Its values are in `iccp_points`.
    pub struct IccpTransfers<'a> in "iccp_transfers" {
        /// report, acknowledgement, negative_acknowledgement.
        kind: Symbol,
        /// Transfer set, where the report names it.
        transfer_set: Option<Text<'a>>,
        /// Data set, where the report names it.
        data_set: Option<Text<'a>>,
        /// Time of the report.
        time_stamp: Option<Instant>,
        /// Conditions that were met: 1 interval, 2 integrity, 4 change, 8 operator, 16 external event.
        conditions: Option<u16>,
        /// Code of the external event.
        event_code: Option<i64>,
        /// Values beside those.
        values: u32,
    }
}

crate::record! {
    /// One step of device control of TASE.2 (ICCP).
    pub struct IccpControls<'a> in "iccp_controls" {
        /// The device: `domain/item`.
        device: Text<'a>,
        /// select, selected, operate, set_tag, get_tag.
        step: Symbol,
        /// Command, or discrete set point.
        command: Option<i64>,
        /// Real set point.
        set_point: Option<f64>,
        /// What a granted select answers (CheckBackID).
        check_back_id: Option<i64>,
        /// Tag.
        tag: Option<super::tase2::Tag>,
        /// Whether the device is selected.
        armed: Option<bool>,
        /// Reason of the tag.
        reason: Option<Text<'a>>,
    }
}

crate::record! {
    /// One information message of TASE.2 (ICCP).
    pub struct IccpMessages<'a> in "iccp_messages" {
        /// What the message is about, as both sides have agreed.
        info_reference: Option<i64>,
        /// Reference of the sender.
        local_reference: Option<i64>,
        /// Number of the message.
        message_id: Option<i64>,
        /// Size of the content.
        size: Option<i64> ["octets"],
        /// Content, as sent.
        content: Option<Text<'a>>,
    }
}
