//! Codes of the wire.

crate::codes! {
    /// Type of a frame: bits 6 to 4 of SYNC (C37.118.2-2011, table 2).
    pub struct FrameType(u8) {
        /// Measured values.
        DATA = 0 => "data",
        /// A description for people.
        HEADER = 1 => "header",
        /// What the sender can send.
        CONFIGURATION_1 = 2 => "configuration_1",
        /// What the sender sends.
        CONFIGURATION_2 = 3 => "configuration_2",
        /// A command to the sender of data.
        COMMAND = 4 => "command",
        /// What the sender sends, with names of any length; may be continued in further frames.
        CONFIGURATION_3 = 5 => "configuration_3",
    }
}

crate::codes! {
    /// Command to the sender of data (C37.118.2-2011, table 15). 0100 to 0FFF hex are the user's.
    pub struct Command(u16) {
        /// Turn off the transmission of data frames.
        DATA_OFF = 1 => "turn_off_transmission" => REPORTING,
        /// Turn on the transmission of data frames.
        DATA_ON = 2 => "turn_on_transmission" => REPORTING,
        /// Send the header frame.
        SEND_HEADER = 3 => "send_header" => IDENTIFY,
        /// Send the configuration frame 1.
        SEND_CONFIGURATION_1 = 4 => "send_configuration_1" => BROWSE,
        /// Send the configuration frame 2.
        SEND_CONFIGURATION_2 = 5 => "send_configuration_2" => BROWSE,
        /// Send the configuration frame 3.
        SEND_CONFIGURATION_3 = 6 => "send_configuration_3" => BROWSE,
        /// What the user has laid down follows.
        EXTENDED_FRAME = 8 => "extended_frame" => WRITE,
    }
}

crate::codes! {
    /// Message time quality: lower four bits of the first octet of FRACSEC (C37.118.2-2011, table 4).
    pub struct MessageTimeQuality(u8) {
        /// The clock is locked to a source traceable to UTC.
        LOCKED = 0 => "locked",
        /// Unlocked, within 1 ns of UTC.
        WITHIN_1_NS = 1 => "within_1_ns",
        /// Unlocked, within 10 ns.
        WITHIN_10_NS = 2 => "within_10_ns",
        /// Unlocked, within 100 ns.
        WITHIN_100_NS = 3 => "within_100_ns",
        /// Unlocked, within 1 us.
        WITHIN_1_US = 4 => "within_1_us",
        /// Unlocked, within 10 us.
        WITHIN_10_US = 5 => "within_10_us",
        /// Unlocked, within 100 us.
        WITHIN_100_US = 6 => "within_100_us",
        /// Unlocked, within 1 ms.
        WITHIN_1_MS = 7 => "within_1_ms",
        /// Unlocked, within 10 ms.
        WITHIN_10_MS = 8 => "within_10_ms",
        /// Unlocked, within 100 ms.
        WITHIN_100_MS = 9 => "within_100_ms",
        /// Unlocked, within 1 s.
        WITHIN_1_S = 10 => "within_1_s",
        /// Unlocked, within 10 s.
        WITHIN_10_S = 11 => "within_10_s",
        /// The clock has failed, the time is not reliable.
        FAILURE = 15 => "clock_failure",
    }
}

crate::codes! {
    /// Data error: bits 15 and 14 of STAT in version 2 (C37.118.2-2011, table 6).
    pub struct DataError(u8) {
        /// Good measurement.
        NONE = 0 => "good",
        /// The PMU has an error, nothing is known of the data.
        PMU_ERROR = 1 => "pmu_error_no_information",
        /// Test mode, or absent data tags have been inserted: not to be used.
        TEST_OR_ABSENT = 2 => "test_mode_or_absent_data",
        /// The PMU has an error: not to be used.
        DO_NOT_USE = 3 => "pmu_error_do_not_use",
    }
}

crate::codes! {
    /// PMU time quality: bits 8 to 6 of STAT in version 2 (C37.118.2-2011, table 7).
    pub struct PmuTimeQuality(u8) {
        /// Not used: the sender follows the older version.
        NOT_USED = 0 => "not_used",
        /// Largest error below 100 ns.
        BELOW_100_NS = 1 => "below_100_ns",
        /// Below 1 us.
        BELOW_1_US = 2 => "below_1_us",
        /// Below 10 us.
        BELOW_10_US = 3 => "below_10_us",
        /// Below 100 us.
        BELOW_100_US = 4 => "below_100_us",
        /// Below 1 ms.
        BELOW_1_MS = 5 => "below_1_ms",
        /// Below 10 ms.
        BELOW_10_MS = 6 => "below_10_ms",
        /// Above 10 ms, or not known.
        ABOVE_10_MS = 7 => "above_10_ms_or_unknown",
    }
}

crate::codes! {
    /// Unlocked time: bits 5 and 4 of STAT (C37.118.2-2011, table 8).
    pub struct UnlockedTime(u8) {
        /// Locked, or unlocked for less than 10 s.
        LOCKED = 0 => "locked_or_below_10_s",
        /// Unlocked for 10 s or longer, but less than 100 s.
        FROM_10_S = 1 => "10_s_to_100_s",
        /// Unlocked for 100 s or longer, but less than 1000 s.
        FROM_100_S = 2 => "100_s_to_1000_s",
        /// Unlocked for 1000 s or longer.
        FROM_1000_S = 3 => "above_1000_s",
    }
}

crate::codes! {
    /// Trigger reason: bits 3 to 0 of STAT (C37.118.2-2011, table 9). 8 to 15 are the user's.
    pub struct TriggerReason(u8) {
        /// Manual.
        MANUAL = 0 => "manual",
        /// Magnitude low.
        MAGNITUDE_LOW = 1 => "magnitude_low",
        /// Magnitude high.
        MAGNITUDE_HIGH = 2 => "magnitude_high",
        /// Phase angle difference.
        PHASE_ANGLE = 3 => "phase_angle_difference",
        /// Frequency high or low.
        FREQUENCY = 4 => "frequency_high_or_low",
        /// Rate of change of frequency high.
        RATE_OF_CHANGE = 5 => "rate_of_change_of_frequency_high",
        /// Digital.
        DIGITAL = 7 => "digital",
    }
}

crate::codes! {
    /// Component of a phasor: bits 2 to 0 of the third octet of PHSCALE (C37.118.2-2011, table 11).
    pub struct PhasorComponent(u8) {
        /// Zero sequence.
        ZERO = 0 => "zero_sequence",
        /// Positive sequence.
        POSITIVE = 1 => "positive_sequence",
        /// Negative sequence.
        NEGATIVE = 2 => "negative_sequence",
        /// Phase A.
        PHASE_A = 4 => "phase_a",
        /// Phase B.
        PHASE_B = 5 => "phase_b",
        /// Phase C.
        PHASE_C = 6 => "phase_c",
    }
}

crate::codes! {
    /// Kind of an analog channel: first octet of ANUNIT (C37.118.2-2011, table 9). 64 to 255 are the user's.
    pub struct AnalogKind(u8) {
        /// Single point on the wave.
        POINT_ON_WAVE = 0 => "single_point_on_wave",
        /// Root mean square of an input.
        RMS = 1 => "rms",
        /// Peak of an input.
        PEAK = 2 => "peak",
    }
}

crate::codes! {
    /// Kind of a channel.
    pub struct ChannelKind(u8) {
        /// Phasor.
        PHASOR = 1 => "phasor",
        /// Analog value.
        ANALOG = 2 => "analog",
        /// One bit of a digital status word.
        DIGITAL = 3 => "digital",
    }
}
