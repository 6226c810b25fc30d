//! The tables. Every frame has a row in `c37118`; what each PMU measured, and what a configuration describes, are rows of
//! their own, tied by `message`.
use super::codes::{
    AnalogKind, ChannelKind, Command, DataError, FrameType, MessageTimeQuality, PhasorComponent,
    PmuTimeQuality, TriggerReason, UnlockedTime,
};
use crate::record::{Instant, Reals, Symbol, Text, U16Be};

crate::record! {
    /// One frame. Of data frames that only go on, this row and those of the PMUs are summed in `streams`.
    pub struct C37118<'a> in "c37118" {
        /// Type of the frame.
        frame_type: FrameType,
        /// Version in SYNC: 1 is C37.118-2005, 2 is C37.118.2-2011.
        version: u8,
        /// Octets of the frame, as it states (FRAMESIZE).
        frame_size: u16 ["octets"],
        /// Identifier of the data stream (IDCODE); in a command that of the stream it is for.
        id_code: u16,
        /// Time stamp; null where TIME_BASE is not known, since the fraction of a second means nothing without it.
        time: Option<Instant>,
        /// Second of century: seconds since 1970-01-01 UTC, as sent.
        soc: u32 ["s"],
        /// Fraction of second, as sent: in parts of 1/TIME_BASE.
        fraction: u32,
        /// A leap second was, or will be, deleted; false if it is added.
        leap_second_deleted: bool,
        /// A leap second occurred within the last 24 hours.
        leap_second_occurred: bool,
        /// A leap second will occur.
        leap_second_pending: bool,
        /// How good the clock of the sender is.
        message_time_quality: MessageTimeQuality,
        /// Command; null in other frames.
        command: Option<Command>,
        /// PMUs in the frame: those of the configuration in a data frame, those that a configuration states.
        pmus: Option<u16>,
        /// The message with the configuration by which a data frame was read.
        configuration_message: Option<u64>,
        /// Whether the sender has announced another configuration since then, so that the values are doubtful.
        doubtful: Option<bool>,
        /// Text of a header frame.
        header: Option<Text<'a>>,
        /// Octets that no other column tells: a data frame without a configuration that fits, an extended frame, what lies
        /// behind the last field.
        data: Option<&'a [u8]>,
        /// Whether the checksum (CHK) is right. If it is not, nothing behind the head is read.
        checksum_right: bool,
    }
}

crate::record! {
    /// What one PMU measured, of a data frame. Lists follow the order of the channels in `c37118_channels`.
    pub struct C37118Pmus<'a> in "c37118_pmus" {
        /// Place of the PMU in the frame, from 0.
        index: u16,
        /// Identifier of the PMU, from the configuration.
        pmu_id_code: u16,
        /// Name of the station, from the configuration.
        station: Text<'a>,
        /// STAT, as sent.
        status: u16,
        /// Data error; null in version 1.
        data_error: Option<DataError>,
        /// Whether the data are invalid, by version 1; null in others.
        data_invalid: Option<bool>,
        /// Whether the PMU has an error, by version 1; null in others.
        pmu_error: Option<bool>,
        /// Whether the PMU is in synchronism with a UTC time source.
        synchronized: bool,
        /// Whether data are sorted by arrival, not by time stamp.
        sorted_by_arrival: bool,
        /// Whether a trigger was detected.
        trigger_detected: bool,
        /// Whether the configuration has changed, or will within a minute.
        configuration_change: bool,
        /// Whether data were modified by post-processing; null in version 1.
        data_modified: Option<bool>,
        /// Largest error of the time; null in version 1.
        pmu_time_quality: Option<PmuTimeQuality>,
        /// How long the clock has been unlocked.
        unlocked_time: UnlockedTime,
        /// Why the trigger was detected; holds if one was.
        trigger_reason: TriggerReason,
        /// Magnitudes of the phasors, in V or A; null where they are sent as real and imaginary parts.
        magnitudes: Option<Reals<'a>> ["V or A"],
        /// Angles of the phasors.
        angles: Option<Reals<'a>> ["rad"],
        /// Real parts of the phasors, in V or A; null where they are sent as magnitudes and angles.
        real_parts: Option<Reals<'a>> ["V or A"],
        /// Imaginary parts of the phasors.
        imaginary_parts: Option<Reals<'a>> ["V or A"],
        /// Frequency; null where it is marked as missing.
        frequency: Option<f64> ["Hz"],
        /// Rate of change of frequency; null where it is marked as missing.
        rocof: Option<f64> ["Hz/s"],
        /// Analog values: as sent, since their factor is the user's; scaled where configuration 3 gives factor and offset.
        analogs: Reals<'a>,
        /// Digital status words.
        digitals: U16Be<'a>,
        /// Values that are marked as missing: NaN, or 8000 hex. In lists they are absent.
        missing: u16,
    }
}

crate::record! {
    /// One configuration, complete: of several frames, it stands at the last.
    pub struct C37118Configurations in "c37118_configurations" {
        /// Which of the three.
        frame_type: FrameType,
        /// Parts of a second in which fractions are counted (TIME_BASE, lower 24 bits).
        time_base: u32,
        /// Flags of TIME_BASE, reserved.
        time_base_flags: u8,
        /// PMUs in a data frame, as stated (NUM_PMU).
        number_of_pmus: u16,
        /// Rate of data frames, as sent: frames per second, or seconds per frame if negative; null if the frame ends before.
        data_rate: Option<i16>,
        /// Data frames per second.
        frames_per_second: Option<f64> ["1/s"],
        /// Octets of a data frame that this configuration describes.
        data_frame_size: Option<u32> ["octets"],
        /// Whether all that the frame states is there; only then are data read by it.
        complete: bool,
    }
}

crate::record! {
    /// One PMU of a configuration.
    pub struct C37118Stations<'a> in "c37118_stations" {
        /// Place of the PMU in the data frame, from 0.
        index: u16,
        /// Name of the station (STN), without padding.
        station: Text<'a>,
        /// Identifier of the PMU (IDCODE).
        pmu_id_code: u16,
        /// Global identifier of the PMU; only in configuration 3.
        global_pmu_id: Option<&'a [u8]>,
        /// FORMAT, as sent.
        format: u16,
        /// Phasors are sent as magnitude and angle, not as real and imaginary part.
        polar: bool,
        /// Phasors are sent in floating point.
        float_phasors: bool,
        /// Analog values are sent in floating point.
        float_analogs: bool,
        /// Frequency and its rate of change are sent in floating point.
        float_frequency: bool,
        /// Phasors, as stated (PHNMR).
        phasors: u16,
        /// Analog values, as stated (ANNMR).
        analogs: u16,
        /// Digital status words, as stated (DGNMR).
        digitals: u16,
        /// Latitude of the PMU, WGS 84; null if unspecified. Only in configuration 3, as the next five.
        latitude: Option<f32> ["degrees"],
        /// Longitude.
        longitude: Option<f32> ["degrees"],
        /// Elevation above sea level.
        elevation: Option<f32> ["m"],
        /// Service class: M or P.
        service_class: Option<Text<'a>>,
        /// Length of the measurement window.
        window: Option<i32> ["us"],
        /// Group delay.
        group_delay: Option<i32> ["us"],
        /// Nominal frequency (FNOM): 50 or 60; null if the frame ends before.
        nominal_frequency: Option<u8> ["Hz"],
        /// How often the configuration was changed (CFGCNT).
        configuration_count: Option<u16>,
    }
}

crate::record! {
    /// One channel of a configuration.
    pub struct C37118Channels<'a> in "c37118_channels" {
        /// Place of the PMU in the data frame, from 0.
        station_index: u16,
        /// Identifier of the PMU.
        pmu_id_code: u16,
        /// Kind of the channel.
        kind: ChannelKind,
        /// Place among the channels of its kind, from 0; of a digital channel the status word.
        index: u16,
        /// Bit of the digital status word.
        bit: Option<u8>,
        /// Name of the channel (CHNAM), without padding.
        name: Text<'a>,
        /// What a phasor is of: voltage or current.
        quantity: Option<Symbol>,
        /// Component of a phasor; only in configuration 3.
        component: Option<PhasorComponent>,
        /// How a phasor has been modified; only in configuration 3.
        modification: Option<u16>,
        /// Kind of an analog channel; not in configuration 3.
        analog_kind: Option<AnalogKind>,
        /// Factor: of a phasor in V or A per bit, for integers. Of an analog value what the user has laid down.
        factor: Option<f64>,
        /// Offset: what is taken off the angle of a phasor, in radians, or added to an analog value; only in configuration 3.
        offset: Option<f64>,
        /// Normal state of a digital channel.
        normal_state: Option<bool>,
        /// Whether a digital channel is a valid input.
        valid: Option<bool>,
    }
}
