//! Data frames: what the PMUs of a stream measured (C37.118.2-2011, section 6.3).
use super::codes::{ChannelKind, DataError, PmuTimeQuality, TriggerReason, UnlockedTime};
use super::configuration::{Configuration, Station};
use super::records::C37118Pmus;
use crate::{
    common::{PointValue, PointWay},
    output::{Point, TellPoints},
    record::{Instant, RealForm, Reals, Symbol, U16Be, fold},
};

/// Bits of STAT.
const INVALID: u16 = 0x8000;
const ERROR: u16 = 0x4000;
const NOT_SYNCHRONIZED: u16 = 0x2000;
const BY_ARRIVAL: u16 = 0x1000;
const TRIGGER: u16 = 0x0800;
pub(super) const CHANGE: u16 = 0x0400;
const MODIFIED: u16 = 0x0200;

/// The block of one PMU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) index: u16,
    pub(super) station: &'a Station,
    pub(super) status: u16,
    phasors: &'a [u8],
    frequency: &'a [u8],
    analogs: &'a [u8],
    digitals: &'a [u8],
}

/// The blocks of a data frame, behind its head, by its configuration.
pub(super) fn blocks<'a>(
    configuration: &'a Configuration,
    octets: &'a [u8],
) -> impl Iterator<Item = Block<'a>> + 'a {
    let mut rest = octets;
    (0u16..).zip(&configuration.stations).map_while(move |(index, station)| {
        let (status, behind) = rest.split_first_chunk()?;
        let (phasors, behind) = behind.split_at_checked(station.phasor_octets())?;
        let (frequency, behind) = behind.split_at_checked(station.frequency_octets())?;
        let (analogs, behind) = behind.split_at_checked(station.analog_octets())?;
        let (digitals, behind) = behind.split_at_checked(2 * usize::from(station.digitals))?;
        rest = behind;
        Some(Block {
            index,
            station,
            status: u16::from_be_bytes(*status),
            phasors,
            frequency,
            analogs,
            digitals,
        })
    })
}

impl<'a> Block<'a> {
    /// A number that changes with the state: STAT and digitals.
    #[inline]
    pub(super) fn state(&self, sum: u64) -> u64 {
        let sum = fold(sum ^ u64::from(self.status), 0x9e37_79b9_7f4a_7c15);
        if self.digitals.is_empty() { sum } else { sum ^ crate::record::digest_bytes(self.digitals) }
    }

    /// First and second numbers of the phasors.
    fn phasors(&self) -> (Reals<'a>, Reals<'a>) {
        let station = self.station;
        let width = if station.float_phasors() { 4 } else { 2 };
        let behind = self.phasors.get(width..).unwrap_or_default();
        let (first, second) = match (station.float_phasors(), station.polar()) {
            (true, _) => (RealForm::Single, RealForm::Single),
            (false, true) => (RealForm::Magnitude, RealForm::Integer),
            (false, false) => {
                let pairs = |form, scales| Reals::new(self.phasors, 4, form, scales);
                return (pairs(RealForm::First, &station.firsts), pairs(RealForm::Second, &station.seconds));
            }
        };
        (
            Reals::new(self.phasors, 2 * width, first, &station.firsts),
            Reals::new(behind, 2 * width, second, &station.seconds),
        )
    }

    /// Frequency in Hz and its rate of change in Hz/s: floating point as it is, integers as the deviation from nominal in
    /// mHz and as hundredths.
    fn frequency(&self) -> (Option<f64>, Option<f64>) {
        if self.station.float_frequency() {
            let pair = Reals::new(self.frequency, 4, RealForm::Single, &[]);
            return (pair.get(0), pair.get(1));
        }
        let pair = Reals::new(self.frequency, 2, RealForm::Integer, &[]);
        let nominal = f64::from(self.station.nominal.unwrap_or_default());
        (pair.get(0).map(|mhz| nominal + mhz / 1e3), pair.get(1).map(|hundredths| hundredths / 1e2))
    }

    fn analogs(&self) -> Reals<'a> {
        if self.station.float_analogs() {
            return Reals::new(self.analogs, 4, RealForm::Single, &[]);
        }
        Reals::new(self.analogs, 2, RealForm::Integer, &self.station.analog_scales)
    }

    /// Whether the PMU vouches for its values, by the version in SYNC.
    fn good(&self, version: u8) -> bool {
        let _ = version;
        // In both versions the two upper bits are 0 if the data are good.
        self.status & (INVALID | ERROR | NOT_SYNCHRONIZED) == 0
    }

    pub(super) fn row(&self, configuration: &'a Configuration, version: u8) -> C37118Pmus<'a> {
        let status = self.status;
        let (new, has) = (version != 1, |bit: u16| status & bit != 0);
        let (first, second) = self.phasors();
        let (frequency, rocof) = self.frequency();
        let analogs = self.analogs();
        let absent = |list: Reals<'_>| list.iter().filter(Option::is_none).count();
        let single = |value: Option<f64>| usize::from(value.is_none());
        let phasors = if self.station.float_phasors() {
            absent(first) + absent(second)
        } else {
            // Of integers the whole phasor is missing.
            absent(second)
        };
        let missing = phasors + absent(analogs) + single(frequency) + single(rocof);
        let polar = self.station.polar();
        C37118Pmus {
            index: self.index,
            pmu_id_code: self.station.id_code,
            station: configuration.station_name(self.station),
            status,
            data_error: new.then_some(DataError((status >> 14) as u8)),
            data_invalid: (!new).then(|| has(INVALID)),
            pmu_error: (!new).then(|| has(ERROR)),
            synchronized: !has(NOT_SYNCHRONIZED),
            sorted_by_arrival: has(BY_ARRIVAL),
            trigger_detected: has(TRIGGER),
            configuration_change: has(CHANGE),
            data_modified: new.then(|| has(MODIFIED)),
            pmu_time_quality: new.then_some(PmuTimeQuality((status >> 6) as u8 & 7)),
            unlocked_time: UnlockedTime((status >> 4) as u8 & 3),
            trigger_reason: TriggerReason(status as u8 & 15),
            magnitudes: polar.then_some(first),
            angles: polar.then_some(second),
            real_parts: (!polar).then_some(first),
            imaginary_parts: (!polar).then_some(second),
            frequency,
            rocof,
            analogs,
            digitals: U16Be::new(self.digitals),
            missing: u16::try_from(missing).unwrap_or(u16::MAX),
        }
    }
}

/// The values of a data frame as points. What is missing is no value.
pub(super) struct DataFrame<'a> {
    pub(super) configuration: &'a Configuration,
    /// The blocks, behind the head of the frame.
    pub(super) octets: &'a [u8],
    pub(super) version: u8,
    pub(super) time: Option<i64>,
    /// Whether the digital channels are told too.
    pub(super) digitals: bool,
}

impl TellPoints for DataFrame<'_> {
    fn tell(&self, mut say: impl FnMut(&Point<'_>)) {
        let configuration = self.configuration;
        for block in blocks(configuration, self.octets) {
            let station = block.station;
            let mut point = Point::new(Symbol("frequency"), PointWay::REPORTED, PointValue::Number(0.0));
            point.station = Some(station.id_code.into());
            point.good = Some(block.good(self.version));
            point.quality = Some(block.status.into());
            point.device_time = self.time.map(Instant);
            let (frequency, rocof) = block.frequency();
            for (space, value) in [("frequency", frequency), ("rocof", rocof)] {
                if let Some(value) = value {
                    (point.space, point.value) = (Symbol(space), PointValue::Number(value));
                    say(&point);
                }
            }
            let (first, second) = block.phasors();
            let analogs = block.analogs();
            for channel in &station.channels {
                let index = usize::from(channel.index);
                point.name = Some(configuration.channel_name(channel));
                point.address = Some(channel.index.into());
                match channel.kind {
                    ChannelKind::PHASOR => {
                        let (Some(first), Some(second)) = (first.get(index), second.get(index)) else {
                            continue;
                        };
                        let (magnitude, angle) = if station.polar() {
                            (first, second)
                        } else {
                            (first.hypot(second), second.atan2(first))
                        };
                        for (space, value) in [("phasor_magnitude", magnitude), ("phasor_angle", angle)] {
                            (point.space, point.value) = (Symbol(space), PointValue::Number(value));
                            say(&point);
                        }
                    }
                    ChannelKind::ANALOG => {
                        let Some(value) = analogs.get(index) else { continue };
                        (point.space, point.value) = (Symbol("analog"), PointValue::Number(value));
                        say(&point);
                    }
                    _ => {
                        let word = U16Be::new(block.digitals).get(index);
                        let Some(word) = word.filter(|_| self.digitals && channel.valid == Some(true)) else {
                            continue;
                        };
                        let truth = word >> channel.bit() & 1 == 1;
                        point.address = Some(16 * u64::from(channel.index) + u64::from(channel.bit()));
                        (point.space, point.value) = (Symbol("digital"), PointValue::Truth(truth));
                        say(&point);
                    }
                }
            }
        }
    }
}
