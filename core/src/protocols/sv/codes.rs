//! Codes of IEC 61850-9-2, clause 8 and IEC 61850-7-2.

crate::codes! {
    /// How the publisher's clock is kept (smpSynch). 5 to 254 are the identity of a source of time of the area.
    pub struct SmpSynch(u8) {
        /// Not synchronised.
        NONE = 0 => "none",
        /// By a clock of the area whose identity is not told.
        LOCAL = 1 => "local",
        /// By a clock that is traceable to UTC.
        GLOBAL = 2 => "global",
    }
}

crate::codes! {
    /// What smpRate counts (smpMod).
    pub struct SmpMod(u16) {
        /// Samples per nominal period.
        SAMPLES_PER_NOMINAL_PERIOD = 0 => "samples_per_nominal_period",
        /// Samples per second.
        SAMPLES_PER_SECOND = 1 => "samples_per_second",
        /// Seconds per sample.
        SECONDS_PER_SAMPLE = 2 => "seconds_per_sample",
    }
}
