//! Codes of IEEE Std 1588-2019: messages (table 36), clock accuracy (table 5), time sources (table 6), TLVs (table 52),
//! actions (table 57), management IDs (table 59) and errors (table 109).

crate::codes! {
    /// Type of a message (table 36).
    pub struct MessageType(u8) {
        /// Sync.
        SYNC = 0 => "sync",
        /// Delay_Req.
        DELAY_REQ = 1 => "delay_req",
        /// Pdelay_Req.
        PDELAY_REQ = 2 => "pdelay_req",
        /// Pdelay_Resp.
        PDELAY_RESP = 3 => "pdelay_resp",
        /// Follow_Up.
        FOLLOW_UP = 8 => "follow_up",
        /// Delay_Resp.
        DELAY_RESP = 9 => "delay_resp",
        /// Pdelay_Resp_Follow_Up.
        PDELAY_RESP_FOLLOW_UP = 10 => "pdelay_resp_follow_up",
        /// Announce.
        ANNOUNCE = 11 => "announce",
        /// Signaling.
        SIGNALING = 12 => "signaling",
        /// Management.
        MANAGEMENT = 13 => "management",
    }
}

crate::codes! {
    /// How accurate a clock is, within this much (table 5).
    pub struct ClockAccuracy(u8) {
        /// 1 ps.
        WITHIN_1_PS = 0x17 => "1_ps",
        /// 2.5 ps.
        WITHIN_2_5_PS = 0x18 => "2.5_ps",
        /// 10 ps.
        WITHIN_10_PS = 0x19 => "10_ps",
        /// 25 ps.
        WITHIN_25_PS = 0x1a => "25_ps",
        /// 100 ps.
        WITHIN_100_PS = 0x1b => "100_ps",
        /// 250 ps.
        WITHIN_250_PS = 0x1c => "250_ps",
        /// 1 ns.
        WITHIN_1_NS = 0x1d => "1_ns",
        /// 2.5 ns.
        WITHIN_2_5_NS = 0x1e => "2.5_ns",
        /// 10 ns.
        WITHIN_10_NS = 0x1f => "10_ns",
        /// 25 ns.
        WITHIN_25_NS = 0x20 => "25_ns",
        /// 100 ns.
        WITHIN_100_NS = 0x21 => "100_ns",
        /// 250 ns.
        WITHIN_250_NS = 0x22 => "250_ns",
        /// 1 us.
        WITHIN_1_US = 0x23 => "1_us",
        /// 2.5 us.
        WITHIN_2_5_US = 0x24 => "2.5_us",
        /// 10 us.
        WITHIN_10_US = 0x25 => "10_us",
        /// 25 us.
        WITHIN_25_US = 0x26 => "25_us",
        /// 100 us.
        WITHIN_100_US = 0x27 => "100_us",
        /// 250 us.
        WITHIN_250_US = 0x28 => "250_us",
        /// 1 ms.
        WITHIN_1_MS = 0x29 => "1_ms",
        /// 2.5 ms.
        WITHIN_2_5_MS = 0x2a => "2.5_ms",
        /// 10 ms.
        WITHIN_10_MS = 0x2b => "10_ms",
        /// 25 ms.
        WITHIN_25_MS = 0x2c => "25_ms",
        /// 100 ms.
        WITHIN_100_MS = 0x2d => "100_ms",
        /// 250 ms.
        WITHIN_250_MS = 0x2e => "250_ms",
        /// 1 s.
        WITHIN_1_S = 0x2f => "1_s",
        /// 10 s.
        WITHIN_10_S = 0x30 => "10_s",
        /// More than 10 s.
        BEYOND_10_S = 0x31 => "beyond_10_s",
        /// Not known.
        UNKNOWN = 0xfe => "unknown",
    }
}

crate::codes! {
    /// Where a grandmaster has its time from (table 6).
    pub struct TimeSource(u8) {
        /// An atomic clock.
        ATOMIC_CLOCK = 0x10 => "atomic_clock",
        /// A satellite system.
        GNSS = 0x20 => "gnss",
        /// Radio on land.
        TERRESTRIAL_RADIO = 0x30 => "terrestrial_radio",
        /// A serial time code, such as IRIG-B.
        SERIAL_TIME_CODE = 0x39 => "serial_time_code",
        /// PTP of another domain.
        PTP = 0x40 => "ptp",
        /// NTP.
        NTP = 0x50 => "ntp",
        /// Set by hand.
        HAND_SET = 0x60 => "hand_set",
        /// Another source.
        OTHER = 0x90 => "other",
        /// A free-running oscillator.
        INTERNAL_OSCILLATOR = 0xa0 => "internal_oscillator",
    }
}

crate::codes! {
    /// Type of a TLV (table 52).
    pub struct TlvType(u16) {
        /// Management.
        MANAGEMENT = 0x0001 => "management",
        /// Management error status.
        MANAGEMENT_ERROR_STATUS = 0x0002 => "management_error_status",
        /// Of an organisation.
        ORGANIZATION_EXTENSION = 0x0003 => "organization_extension",
        /// Asks for unicast messages.
        REQUEST_UNICAST_TRANSMISSION = 0x0004 => "request_unicast_transmission",
        /// Grants them.
        GRANT_UNICAST_TRANSMISSION = 0x0005 => "grant_unicast_transmission",
        /// Ends them.
        CANCEL_UNICAST_TRANSMISSION = 0x0006 => "cancel_unicast_transmission",
        /// Acknowledges their end.
        ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION = 0x0007 => "acknowledge_cancel_unicast_transmission",
        /// The clocks on the way.
        PATH_TRACE = 0x0008 => "path_trace",
        /// How another time differs.
        ALTERNATE_TIME_OFFSET_INDICATOR = 0x0009 => "alternate_time_offset_indicator",
        /// Authentication of 2008, now withdrawn.
        AUTHENTICATION_2008 = 0x2000 => "authentication_2008",
        /// Challenge of 2008, now withdrawn.
        AUTHENTICATION_CHALLENGE = 0x2001 => "authentication_challenge",
        /// Update of the security association of 2008, now withdrawn.
        SECURITY_ASSOCIATION_UPDATE = 0x2002 => "security_association_update",
        /// Frequency of clocks on the way, of 2008, now withdrawn.
        CUM_FREQ_SCALE_FACTOR_OFFSET = 0x2003 => "cum_freq_scale_factor_offset",
        /// Of an organisation, handed on.
        ORGANIZATION_EXTENSION_PROPAGATE = 0x4000 => "organization_extension_propagate",
        /// Enhanced accuracy metrics.
        ENHANCED_ACCURACY_METRICS = 0x4001 => "enhanced_accuracy_metrics",
        /// Of an organisation, not handed on.
        ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE = 0x8000 => "organization_extension_do_not_propagate",
        /// Layer 1 synchronisation.
        L1_SYNC = 0x8001 => "l1_sync",
        /// Port communication availability.
        PORT_COMMUNICATION_AVAILABILITY = 0x8002 => "port_communication_availability",
        /// Protocol address.
        PROTOCOL_ADDRESS = 0x8003 => "protocol_address",
        /// Timing data of slaves.
        SLAVE_RX_SYNC_TIMING_DATA = 0x8004 => "slave_rx_sync_timing_data",
        /// Computed data of slaves.
        SLAVE_RX_SYNC_COMPUTED_DATA = 0x8005 => "slave_rx_sync_computed_data",
        /// Times of events of slaves.
        SLAVE_TX_EVENT_TIMESTAMPS = 0x8006 => "slave_tx_event_timestamps",
        /// Cumulative rate ratio.
        CUMULATIVE_RATE_RATIO = 0x8007 => "cumulative_rate_ratio",
        /// Octets that fill up.
        PAD = 0x8008 => "pad",
        /// Authentication.
        AUTHENTICATION = 0x8009 => "authentication",
    }
}

crate::codes! {
    /// What a management message does (table 57).
    pub struct Action(u8) {
        /// Asks for values.
        GET = 0 => "get" => READ,
        /// Sets values.
        SET = 1 => "set" => CONFIG,
        /// Answers GET and SET.
        RESPONSE = 2 => "response",
        /// Asks for something to be done.
        COMMAND = 3 => "command" => CONFIG,
        /// Answers COMMAND.
        ACKNOWLEDGE = 4 => "acknowledge",
    }
}

crate::codes! {
    /// What a management message is about (table 59).
    pub struct ManagementId(u16) {
        /// Nothing.
        NULL_PTP_MANAGEMENT = 0x0000 => "null_ptp_management" => DIAG,
        /// What the clock is.
        CLOCK_DESCRIPTION = 0x0001 => "clock_description" => IDENTIFY,
        /// The user's name of it.
        USER_DESCRIPTION = 0x0002 => "user_description" => IDENTIFY,
        /// Keeps the settings.
        SAVE_IN_NON_VOLATILE_STORAGE = 0x0003 => "save_in_non_volatile_storage",
        /// Forgets the settings.
        RESET_NON_VOLATILE_STORAGE = 0x0004 => "reset_non_volatile_storage",
        /// Starts anew.
        INITIALIZE = 0x0005 => "initialize" => RESTART,
        /// Faults.
        FAULT_LOG = 0x0006 => "fault_log" => DIAG,
        /// Forgets the faults.
        FAULT_LOG_RESET = 0x0007 => "fault_log_reset" => DIAG,
        /// defaultDS.
        DEFAULT_DATA_SET = 0x2000 => "default_data_set",
        /// currentDS.
        CURRENT_DATA_SET = 0x2001 => "current_data_set",
        /// parentDS.
        PARENT_DATA_SET = 0x2002 => "parent_data_set",
        /// timePropertiesDS.
        TIME_PROPERTIES_DATA_SET = 0x2003 => "time_properties_data_set",
        /// portDS.
        PORT_DATA_SET = 0x2004 => "port_data_set",
        /// priority1.
        PRIORITY1 = 0x2005 => "priority1",
        /// priority2.
        PRIORITY2 = 0x2006 => "priority2",
        /// Domain.
        DOMAIN = 0x2007 => "domain",
        /// Never a master.
        SLAVE_ONLY = 0x2008 => "slave_only",
        /// logAnnounceInterval.
        LOG_ANNOUNCE_INTERVAL = 0x2009 => "log_announce_interval",
        /// announceReceiptTimeout.
        ANNOUNCE_RECEIPT_TIMEOUT = 0x200a => "announce_receipt_timeout",
        /// logSyncInterval.
        LOG_SYNC_INTERVAL = 0x200b => "log_sync_interval",
        /// Version.
        VERSION_NUMBER = 0x200c => "version_number",
        /// Port on.
        ENABLE_PORT = 0x200d => "enable_port",
        /// Port off.
        DISABLE_PORT = 0x200e => "disable_port",
        /// The time itself.
        TIME = 0x200f => "time" => TIME,
        /// Accuracy.
        CLOCK_ACCURACY = 0x2010 => "clock_accuracy",
        /// UTC properties.
        UTC_PROPERTIES = 0x2011 => "utc_properties",
        /// Traceability.
        TRACEABILITY_PROPERTIES = 0x2012 => "traceability_properties",
        /// Timescale.
        TIMESCALE_PROPERTIES = 0x2013 => "timescale_properties",
        /// Unicast negotiation.
        UNICAST_NEGOTIATION_ENABLE = 0x2014 => "unicast_negotiation_enable",
        /// Path trace, the list.
        PATH_TRACE_LIST = 0x2015 => "path_trace_list",
        /// Path trace on or off.
        PATH_TRACE_ENABLE = 0x2016 => "path_trace_enable",
        /// Grandmaster cluster.
        GRANDMASTER_CLUSTER_TABLE = 0x2017 => "grandmaster_cluster_table",
        /// Unicast masters.
        UNICAST_MASTER_TABLE = 0x2018 => "unicast_master_table",
        /// Their number.
        UNICAST_MASTER_MAX_TABLE_SIZE = 0x2019 => "unicast_master_max_table_size",
        /// Acceptable masters.
        ACCEPTABLE_MASTER_TABLE = 0x201a => "acceptable_master_table",
        /// Whether they are used.
        ACCEPTABLE_MASTER_TABLE_ENABLED = 0x201b => "acceptable_master_table_enabled",
        /// Their number.
        ACCEPTABLE_MASTER_MAX_TABLE_SIZE = 0x201c => "acceptable_master_max_table_size",
        /// Alternate master.
        ALTERNATE_MASTER = 0x201d => "alternate_master",
        /// Alternate time, on or off.
        ALTERNATE_TIME_OFFSET_ENABLE = 0x201e => "alternate_time_offset_enable",
        /// Its name.
        ALTERNATE_TIME_OFFSET_NAME = 0x201f => "alternate_time_offset_name",
        /// How many there may be.
        ALTERNATE_TIME_OFFSET_MAX_KEY = 0x2020 => "alternate_time_offset_max_key",
        /// Its offset.
        ALTERNATE_TIME_OFFSET_PROPERTIES = 0x2021 => "alternate_time_offset_properties",
        /// Whether ports are configured from outside.
        EXTERNAL_PORT_CONFIGURATION_ENABLED = 0x3000 => "external_port_configuration_enabled",
        /// Never a slave.
        MASTER_ONLY = 0x3001 => "master_only",
        /// Whether a clock in holdover may become better.
        HOLDOVER_UPGRADE_ENABLE = 0x3002 => "holdover_upgrade_enable",
        /// State of a port that is configured from outside.
        EXT_PORT_CONFIG_PORT_DATA_SET = 0x3003 => "ext_port_config_port_data_set",
        /// transparentClockDefaultDS.
        TRANSPARENT_CLOCK_DEFAULT_DATA_SET = 0x4000 => "transparent_clock_default_data_set",
        /// transparentClockPortDS.
        TRANSPARENT_CLOCK_PORT_DATA_SET = 0x4001 => "transparent_clock_port_data_set",
        /// Primary domain.
        PRIMARY_DOMAIN = 0x4002 => "primary_domain",
        /// Delay mechanism.
        DELAY_MECHANISM = 0x6000 => "delay_mechanism",
        /// logMinPdelayReqInterval.
        LOG_MIN_PDELAY_REQ_INTERVAL = 0x6001 => "log_min_pdelay_req_interval",
    }
}

crate::codes! {
    /// Why a management message was refused (table 109).
    pub struct ManagementError(u16) {
        /// The answer would be too long.
        RESPONSE_TOO_BIG = 0x0001 => "response_too_big",
        /// Not known.
        NO_SUCH_ID = 0x0002 => "no_such_id",
        /// The length is wrong.
        WRONG_LENGTH = 0x0003 => "wrong_length",
        /// A value is wrong.
        WRONG_VALUE = 0x0004 => "wrong_value",
        /// Cannot be set.
        NOT_SETABLE = 0x0005 => "not_setable",
        /// Not supported.
        NOT_SUPPORTED = 0x0006 => "not_supported",
        /// Another reason.
        GENERAL_ERROR = 0xfffe => "general_error",
    }
}
