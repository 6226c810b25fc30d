//! The tables.
use super::codes::{SmpMod, SmpSynch};
use crate::record::{Instant, Symbol, Text};

crate::record! {
    /// One message of sampled values.
    pub struct Sv<'a> in "sv" {
        /// APPID.
        appid: u16,
        /// Length of header and APDU; null over UDP.
        length: Option<u16> ["octets"],
        /// Simulated: the S bit of the header, or the simulation flag over UDP.
        simulated: bool,
        /// Reserved 1 as sent, the S bit included; null over UDP.
        reserved1: Option<u16>,
        /// Reserved 2 as sent; null over UDP.
        reserved2: Option<u16>,
        /// noASDU: ASDUs, as the message claims.
        asdu_count: Option<u32>,
        /// ASDUs that are there.
        asdus: u32,
        /// Security field of the APDU, as sent.
        security: Option<&'a [u8]>,
        /// Security extension behind the APDU (IEC 62351-6), as sent.
        extension: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One ASDU: the samples of one moment. The columns of currents and voltages are those of the data set of 9-2 LE, which
    /// has 64 octets, and are null if a description tells of another data set; each quality counts its bits from the lowest: 0 and 1 validity (0 good, 1 invalid, 3 questionable),
    /// 2 overflow, 3 outOfRange, 4 badReference, 5 oscillatory, 6 failure, 7 oldData, 8 inconsistent, 9 inaccurate,
    /// 10 source, 11 test, 12 operatorBlocked, 13 derived.
    pub struct SvAsdus<'a> in "sv_asdus" {
        /// Place in the message, from 0.
        index: u32,
        /// svID: the stream.
        sv_id: Option<Text<'a>>,
        /// datSet: the data set.
        dat_set: Option<Text<'a>>,
        /// smpCnt: counts the samples of a second.
        smp_cnt: Option<u16>,
        /// confRev: the configuration.
        conf_rev: Option<u32>,
        /// refrTm: when the samples were taken.
        refr_tm: Option<Instant>,
        /// Quality of refrTm: 80 hex leap seconds known, 40 clock failure, 20 clock not synchronised; the lower five bits are
        /// the accuracy.
        refr_tm_quality: Option<u8>,
        /// smpSynch: how the clock is kept.
        smp_synch: Option<SmpSynch>,
        /// smpRate: how fast samples are taken.
        smp_rate: Option<u16>,
        /// smpMod: what smpRate counts.
        smp_mod: Option<SmpMod>,
        /// gmIdentity: the grandmaster of the clock.
        gm_identity: Option<&'a [u8]>,
        /// Octets of the samples.
        sample_length: Option<u16> ["octets"],
        /// Samples as sent, where they are not those of 9-2 LE; if a description tells what they are made of, their values are
        /// in `sv_values`.
        sample: Option<&'a [u8]>,
        /// Current of phase A.
        current_a: Option<i32> ["mA"],
        /// Its quality.
        current_a_quality: Option<u32>,
        /// Current of phase B.
        current_b: Option<i32> ["mA"],
        /// Its quality.
        current_b_quality: Option<u32>,
        /// Current of phase C.
        current_c: Option<i32> ["mA"],
        /// Its quality.
        current_c_quality: Option<u32>,
        /// Current of the neutral.
        current_n: Option<i32> ["mA"],
        /// Its quality.
        current_n_quality: Option<u32>,
        /// Voltage of phase A.
        voltage_a: Option<i32> ["10 mV"],
        /// Its quality.
        voltage_a_quality: Option<u32>,
        /// Voltage of phase B.
        voltage_b: Option<i32> ["10 mV"],
        /// Its quality.
        voltage_b_quality: Option<u32>,
        /// Voltage of phase C.
        voltage_c: Option<i32> ["10 mV"],
        /// Its quality.
        voltage_c_quality: Option<u32>,
        /// Voltage of the neutral.
        voltage_n: Option<i32> ["10 mV"],
        /// Its quality.
        voltage_n_quality: Option<u32>,
    }
}

crate::record! {
    /// One value of a sample of a data set that a description of the substation tells, as data sets of IEC 61869-9 are.
    pub struct SvValues<'a> in "sv_values" {
        /// Place of the ASDU in the message, from 0.
        index: u32,
        /// Place in the sample, from 0.
        place: u32,
        /// Name of the value: `LD/LN$FC$DO$DA`.
        name: Text<'a>,
        /// Value of a boolean.
        boolean: Option<bool>,
        /// Value of a whole number.
        integer: Option<i64>,
        /// Value of a real number.
        number: Option<f64>,
        /// Value of a quality, its bits as in `sv_asdus`.
        quality: Option<u32>,
        /// Value of a time.
        time: Option<Instant>,
        /// Quality of that time, as of `refr_tm_quality`.
        time_quality: Option<u8>,
    }
}

crate::record! {
    /// One channel of a stream of 9-2 LE in one interval of its sum in `streams`.
    pub struct SvChannels in "sv_channels" {
        /// The channel, by the name of its column in `sv_asdus`.
        channel: Symbol,
        /// Samples.
        samples: u64,
        /// Smallest value, in the unit of that column.
        minimum: i32,
        /// Largest value.
        maximum: i32,
        /// Bits of quality that any of the samples had.
        quality: u32,
    }
}

crate::record! {
    /// One number of the samples of a stream whose data set a description tells, in one interval of its sum in `streams`.
    pub struct SvSampleSums<'a> in "sv_sample_sums" {
        /// Name of the value, as in `sv_values`.
        name: Text<'a>,
        /// Samples.
        samples: u64,
        /// Smallest value.
        minimum: f64,
        /// Largest value.
        maximum: f64,
        /// Bits of the quality behind it that any of the samples had; 0 where there is none.
        quality: u32,
    }
}
