//! The tables.
use super::codes::{Action, ClockAccuracy, ManagementError, ManagementId, MessageType, TimeSource, TlvType};
use crate::record::Text;

crate::record! {
    /// One PTP message.
    pub struct Ptp<'a> in "ptp" {
        /// Type of the message.
        message_type: MessageType,
        /// majorSdoId (transportSpecific in 2008).
        major_sdo_id: u8,
        /// minorSdoId.
        minor_sdo_id: u8,
        /// versionPTP.
        version: u8,
        /// minorVersionPTP.
        minor_version: u8,
        /// messageLength.
        message_length: u16 ["octets"],
        /// domainNumber.
        domain_number: u8,
        /// flagField: alternateMaster 0100 hex, twoStep 0200, unicast 0400, leap61 0001, leap59 0002,
        /// currentUtcOffsetValid 0004, ptpTimescale 0008, timeTraceable 0010, frequencyTraceable 0020.
        flags: u16,
        /// correctionField.
        correction: i64 ["2^-16 ns"],
        /// clockIdentity of the port that sent it, or whose message it hands on.
        clock_identity: &'a [u8],
        /// portNumber of that port.
        port_number: u16,
        /// sequenceId.
        sequence_id: u16,
        /// controlField.
        control: u8,
        /// logMessageInterval.
        log_message_interval: i8,
        /// Seconds of the time stamp that the message holds, in the domain's timescale (TAI, if ptpTimescale is set).
        timestamp_seconds: Option<u64> ["s"],
        /// Nanoseconds of the time stamp.
        timestamp_nanoseconds: Option<u32> ["ns"],
        /// clockIdentity of the port that asked, in answers about delay; of the target in signaling and management.
        target_clock_identity: Option<&'a [u8]>,
        /// portNumber of that port.
        target_port_number: Option<u16>,
    }
}

crate::record! {
    /// What an Announce message tells of the grandmaster.
    pub struct PtpAnnounces<'a> in "ptp_announces" {
        /// currentUtcOffset.
        current_utc_offset: i16 ["s"],
        /// grandmasterPriority1.
        grandmaster_priority1: u8,
        /// clockClass of the grandmaster.
        grandmaster_clock_class: u8,
        /// clockAccuracy of the grandmaster.
        grandmaster_clock_accuracy: ClockAccuracy,
        /// offsetScaledLogVariance of the grandmaster.
        grandmaster_offset_scaled_log_variance: u16,
        /// grandmasterPriority2.
        grandmaster_priority2: u8,
        /// grandmasterIdentity.
        grandmaster_identity: &'a [u8],
        /// stepsRemoved.
        steps_removed: u16,
        /// timeSource.
        time_source: TimeSource,
    }
}

crate::record! {
    /// What a Management message asks or answers.
    pub struct PtpManagements<'a> in "ptp_managements" {
        /// startingBoundaryHops.
        starting_boundary_hops: u8,
        /// boundaryHops.
        boundary_hops: u8,
        /// actionField.
        action: Action,
        /// managementId.
        management_id: Option<ManagementId>,
        /// managementErrorId, of a refusal.
        management_error: Option<ManagementError>,
        /// displayData, of a refusal.
        display_data: Option<Text<'a>>,
        /// dataField, as sent.
        data: &'a [u8],
    }
}

crate::record! {
    /// One TLV behind a message; those of management have a table of their own.
    pub struct PtpTlvs<'a> in "ptp_tlvs" {
        /// tlvType.
        tlv_type: TlvType,
        /// lengthField.
        length: u16 ["octets"],
        /// organizationId, of an organisation's TLV.
        organization: Option<u32>,
        /// organizationSubType.
        organization_subtype: Option<u32>,
        /// grandmasterID of the power profile (IEEE Std C37.238).
        grandmaster_id: Option<u16>,
        /// grandmasterTimeInaccuracy of the power profile of 2011.
        grandmaster_time_inaccuracy: Option<u32> ["ns"],
        /// networkTimeInaccuracy of the power profile of 2011.
        network_time_inaccuracy: Option<u32> ["ns"],
        /// totalTimeInaccuracy of the power profile of 2017.
        total_time_inaccuracy: Option<u32> ["ns"],
        /// keyField of an alternate time.
        key: Option<u8>,
        /// currentOffset of an alternate time.
        current_offset: Option<i32> ["s"],
        /// jumpSeconds of an alternate time.
        jump_seconds: Option<i32> ["s"],
        /// timeOfNextJump of an alternate time, in seconds of the domain's timescale.
        time_of_next_jump: Option<u64> ["s"],
        /// displayName of an alternate time.
        display_name: Option<Text<'a>>,
        /// Type of the messages that are asked for, granted or ended.
        message_type: Option<MessageType>,
        /// logInterMessagePeriod of messages that are asked for or granted.
        log_inter_message_period: Option<i8>,
        /// durationField of messages that are asked for or granted.
        duration: Option<u32> ["s"],
        /// What lies behind the length, as sent.
        value: &'a [u8],
    }
}
