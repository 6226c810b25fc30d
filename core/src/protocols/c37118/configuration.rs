//! Configuration frames: what the data frames of a stream hold (C37.118.2-2011, sections 6.4 and 6.5).
use super::codes::{AnalogKind, ChannelKind, FrameType, PhasorComponent};
use super::records::{C37118Channels, C37118Configurations, C37118Stations};
use crate::{
    protocol::Output,
    record::{RealScale, Symbol, Text, digest_bytes},
};
use core::ops::Range;

/// Octets of a name in configurations 1 and 2.
const NAME: usize = 16;
/// Octets of the global identifier of a PMU.
const GLOBAL_PMU_ID: usize = 16;
/// Octets of a data frame besides the blocks of its PMUs: the head and the checksum.
const HEAD_AND_CHECK: usize = 16;

/// Reads fields of fixed length, one behind the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (octets, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(octets)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (octets, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*octets)
    }
    fn octet(&mut self) -> Option<u8> {
        self.array().map(|[octet]| octet)
    }
    fn word(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }
    fn long(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    fn single(&mut self) -> Option<f32> {
        self.array().map(f32::from_be_bytes)
    }
    /// A name: of 16 octets, or (`three`) with a length octet before it. Padding is no part of it.
    fn name(&mut self, three: bool) -> Option<&'a [u8]> {
        if three {
            let len = self.octet()?;
            return self.take(len.into());
        }
        let name = self.take(NAME)?;
        let end = name.iter().rposition(|octet| !matches!(octet, 0 | b' ')).map_or(0, |last| last + 1);
        name.get(..end)
    }
}

/// Names, one behind the other.
#[derive(Debug, Default)]
struct Names(Vec<u8>);

impl Names {
    fn keep(&mut self, name: &[u8]) -> Range<u32> {
        let start = self.0.len();
        self.0.extend_from_slice(name);
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        place(start)..place(self.0.len())
    }
    fn get(&self, range: &Range<u32>) -> Text<'_> {
        Text(self.0.get(range.start as usize..range.end as usize).unwrap_or_default())
    }
}

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) kind: ChannelKind,
    pub(super) index: u16,
    bit: u8,
    name: Range<u32>,
    /// PHUNIT, ANUNIT, or the first word of PHSCALE.
    unit: Option<u32>,
    scale: Option<RealScale>,
    normal_state: Option<bool>,
    pub(super) valid: Option<bool>,
}

impl Channel {
    pub(super) fn bit(&self) -> u8 {
        self.bit
    }
}

#[derive(Debug)]
pub(super) struct Station {
    name: Range<u32>,
    pub(super) id_code: u16,
    global_pmu_id: Option<[u8; GLOBAL_PMU_ID]>,
    format: u16,
    pub(super) phasors: u16,
    pub(super) analogs: u16,
    pub(super) digitals: u16,
    pub(super) channels: Vec<Channel>,
    /// Of phasors: of the first number of each, and of the second.
    pub(super) firsts: Vec<RealScale>,
    pub(super) seconds: Vec<RealScale>,
    pub(super) analog_scales: Vec<RealScale>,
    place: Option<[f32; 3]>,
    service_class: Option<[u8; 1]>,
    window: Option<i32>,
    group_delay: Option<i32>,
    pub(super) nominal: Option<u8>,
    pub(super) count: Option<u16>,
    /// Octets of its block in a data frame.
    pub(super) size: usize,
    /// Of the octets that tell of it.
    digest: u64,
}

impl Station {
    pub(super) fn polar(&self) -> bool {
        self.format & 1 != 0
    }
    pub(super) fn float_phasors(&self) -> bool {
        self.format & 2 != 0
    }
    pub(super) fn float_analogs(&self) -> bool {
        self.format & 4 != 0
    }
    pub(super) fn float_frequency(&self) -> bool {
        self.format & 8 != 0
    }
    pub(super) fn phasor_octets(&self) -> usize {
        usize::from(self.phasors) * if self.float_phasors() { 8 } else { 4 }
    }
    pub(super) fn frequency_octets(&self) -> usize {
        if self.float_frequency() { 8 } else { 4 }
    }
    pub(super) fn analog_octets(&self) -> usize {
        usize::from(self.analogs) * if self.float_analogs() { 4 } else { 2 }
    }

    /// What stands before the names.
    fn head(reader: &mut Reader<'_>, three: bool, names: &mut Names) -> Option<Self> {
        let name = reader.name(three)?;
        let id_code = reader.word()?;
        let global_pmu_id = if three { Some(reader.array()?) } else { None };
        let format = reader.word()?;
        let (phasors, analogs, digitals) = (reader.word()?, reader.word()?, reader.word()?);
        let mut station = Self {
            name: names.keep(name),
            id_code,
            global_pmu_id,
            format,
            phasors,
            analogs,
            digitals,
            channels: Vec::new(),
            firsts: Vec::new(),
            seconds: Vec::new(),
            analog_scales: Vec::new(),
            place: None,
            service_class: None,
            window: None,
            group_delay: None,
            nominal: None,
            count: None,
            size: 0,
            digest: 0,
        };
        station.size = 2
            + station.phasor_octets()
            + station.frequency_octets()
            + station.analog_octets()
            + 2 * usize::from(digitals);
        Some(station)
    }

    /// What follows the head, as far as it is there; none if it ends before.
    fn fill(&mut self, reader: &mut Reader<'_>, three: bool, names: &mut Names) -> Option<()> {
        let channel = |kind, index, bit, name| Channel {
            kind,
            index,
            bit,
            name,
            unit: None,
            scale: None,
            normal_state: None,
            valid: None,
        };
        for index in 0..self.phasors {
            let name = names.keep(reader.name(three)?);
            self.channels.push(channel(ChannelKind::PHASOR, index, 0, name));
        }
        for index in 0..self.analogs {
            let name = names.keep(reader.name(three)?);
            self.channels.push(channel(ChannelKind::ANALOG, index, 0, name));
        }
        for index in 0..self.digitals {
            for bit in 0..16 {
                let name = names.keep(reader.name(three)?);
                self.channels.push(channel(ChannelKind::DIGITAL, index, bit, name));
            }
        }
        let polar = self.polar();
        let (phasors, others) = self.channels.split_at_mut_checked(self.phasors.into())?;
        for phasor in phasors {
            let unit = reader.long()?;
            let (factor, turn) = if three {
                (f64::from(reader.single()?), f64::from(reader.single()?))
            } else {
                (f64::from(unit & 0x00ff_ffff) / 1e5, 0.0)
            };
            phasor.unit = Some(unit);
            phasor.scale = Some(RealScale { factor, offset: turn });
            let (first, second) = if polar {
                (RealScale { factor, offset: 0.0 }, RealScale { factor: 1e-4, offset: -turn })
            } else if turn == 0.0 {
                (RealScale { factor, offset: 0.0 }, RealScale { factor, offset: 0.0 })
            } else {
                let turned = RealScale { factor: factor * turn.cos(), offset: factor * turn.sin() };
                (turned, turned)
            };
            self.firsts.push(first);
            self.seconds.push(second);
        }
        let (analogs, digitals) = others.split_at_mut_checked(self.analogs.into())?;
        for analog in analogs {
            if three {
                let (factor, offset) = (f64::from(reader.single()?), f64::from(reader.single()?));
                analog.scale = Some(RealScale { factor, offset });
                self.analog_scales.push(RealScale { factor, offset });
            } else {
                let unit = reader.long()?;
                // A signed number of 24 bits.
                let factor = f64::from((unit << 8) as i32 >> 8);
                analog.unit = Some(unit);
                analog.scale = Some(RealScale { factor, offset: 0.0 });
            }
        }
        for word in digitals.chunks_mut(16) {
            let (normal, valid) = (reader.word()?, reader.word()?);
            for channel in word {
                channel.normal_state = Some(normal >> channel.bit & 1 == 1);
                channel.valid = Some(valid >> channel.bit & 1 == 1);
            }
        }
        if three {
            self.place = Some([reader.single()?, reader.single()?, reader.single()?]);
            self.service_class = Some(reader.array()?);
            self.window = Some(i32::from_be_bytes(reader.array()?));
            self.group_delay = Some(i32::from_be_bytes(reader.array()?));
        }
        self.nominal = Some(if reader.word()? & 1 == 1 { 50 } else { 60 });
        self.count = Some(reader.word()?);
        Some(())
    }
}

/// What a data frame holds.
#[derive(Debug)]
pub(super) struct Configuration {
    /// The message that told it.
    pub(super) message: u64,
    pub(super) frame_type: FrameType,
    pub(super) time_base: u32,
    flags: u8,
    /// PMUs, as stated.
    pub(super) stated: u16,
    pub(super) stations: Vec<Station>,
    pub(super) data_rate: Option<i16>,
    /// Octets of a data frame.
    pub(super) size: usize,
    names: Names,
}

/// PMUs that are looked for in the configuration before, where they do not stand in their old place.
const SEARCHES: usize = 64;

/// What a configuration is to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It says the same of the PMUs that were there before.
    None,
    /// A PMU has another change count.
    Counted,
    /// It says something else of a PMU, whose change count is the same.
    Uncounted,
}

impl Configuration {
    /// Reads what stands behind the head, or behind CONT_IDX. None if not even the number of PMUs is there.
    pub(super) fn read(reader: &mut Reader<'_>, frame_type: FrameType, message: u64) -> Option<Self> {
        let three = frame_type == FrameType::CONFIGURATION_3;
        let base = reader.long()?;
        let stated = reader.word()?;
        let mut configuration = Self {
            message,
            frame_type,
            time_base: base & 0x00ff_ffff,
            flags: (base >> 24) as u8,
            stated,
            stations: Vec::new(),
            data_rate: None,
            size: HEAD_AND_CHECK,
            names: Names::default(),
        };
        configuration.fill(reader, three);
        Some(configuration)
    }

    fn fill(&mut self, reader: &mut Reader<'_>, three: bool) -> Option<()> {
        for _ in 0..self.stated {
            let octets = reader.rest();
            let mut station = Station::head(reader, three, &mut self.names)?;
            let filled = station.fill(reader, three, &mut self.names);
            let read = octets.len() - reader.rest().len();
            station.digest = digest_bytes(octets.get(..read).unwrap_or_default());
            self.size += station.size;
            self.stations.push(station);
            filled?;
        }
        self.data_rate = Some(i16::from_be_bytes(reader.array()?));
        Some(())
    }

    /// Whether all that is stated is there.
    pub(super) fn is_complete(&self) -> bool {
        self.data_rate.is_some()
    }

    pub(super) fn frames_per_second(&self) -> Option<f64> {
        match self.data_rate? {
            0 => None,
            rate @ 1.. => Some(rate.into()),
            rate => Some(-1.0 / f64::from(rate)),
        }
    }

    /// Time from one data frame to the next, in nanoseconds.
    pub(super) fn period(&self) -> Option<i64> {
        match self.data_rate? {
            0 => None,
            rate @ 1.. => Some(1_000_000_000 / i64::from(rate)),
            rate => Some(-i64::from(rate) * 1_000_000_000),
        }
    }

    /// About what it takes in memory.
    pub(super) fn octets(&self) -> usize {
        let channels = |station: &Station| {
            station.channels.capacity() * size_of::<Channel>()
                + 3 * station.firsts.capacity() * size_of::<RealScale>()
        };
        let stations: usize =
            self.stations.iter().map(|station| size_of::<Station>() + channels(station)).sum();
        size_of::<Self>() + self.names.0.capacity() + stations
    }

    /// What has changed since this one. CFGCNT counts changes of a PMU (section 6.4), so it is compared by PMU: configuration 1
    /// tells of all PMUs that can send, configurations 2 and 3 of those that do.
    pub(super) fn change(&self, before: &Self) -> Change {
        let is_of_same_type = self.frame_type == before.frame_type;
        let mut change = Change::None;
        // Most often they stand in the same order; where not, so many are looked for.
        let mut searches = SEARCHES;
        for (place, station) in self.stations.iter().enumerate() {
            let is_same = |known: &&Station| known.id_code == station.id_code;
            let mut known = before.stations.get(place).filter(is_same);
            if known.is_none() && searches > 0 {
                searches -= 1;
                known = before.stations.iter().find(is_same);
            }
            let Some(known) = known else { continue };
            if known.count != station.count {
                return Change::Counted;
            }
            if is_of_same_type && known.digest != station.digest {
                change = Change::Uncounted;
            }
        }
        change
    }

    pub(super) fn station_name(&self, station: &Station) -> Text<'_> {
        self.names.get(&station.name)
    }

    pub(super) fn channel_name(&self, channel: &Channel) -> Text<'_> {
        self.names.get(&channel.name)
    }

    /// Hands out its rows.
    pub(super) fn rows(&self, out: &mut Output<'_>) {
        let complete = self.is_complete();
        out.row(&C37118Configurations {
            frame_type: self.frame_type,
            time_base: self.time_base,
            time_base_flags: self.flags,
            number_of_pmus: self.stated,
            data_rate: self.data_rate,
            frames_per_second: self.frames_per_second(),
            data_frame_size: complete.then(|| u32::try_from(self.size).unwrap_or(u32::MAX)),
            complete,
        });
        for (index, station) in (0u16..).zip(&self.stations) {
            // A place that is not given is infinite.
            let place = |at: usize| {
                station.place.and_then(|place| place.get(at).copied()).filter(|degrees| degrees.is_finite())
            };
            out.row(&C37118Stations {
                index,
                station: self.station_name(station),
                pmu_id_code: station.id_code,
                global_pmu_id: station.global_pmu_id.as_ref().map(|id| &id[..]),
                format: station.format,
                polar: station.polar(),
                float_phasors: station.float_phasors(),
                float_analogs: station.float_analogs(),
                float_frequency: station.float_frequency(),
                phasors: station.phasors,
                analogs: station.analogs,
                digitals: station.digitals,
                latitude: place(0),
                longitude: place(1),
                elevation: place(2),
                service_class: station.service_class.as_ref().map(|class| Text(class)),
                window: station.window,
                group_delay: station.group_delay,
                nominal_frequency: station.nominal,
                configuration_count: station.count,
            });
        }
        if out.wants::<C37118Channels<'_>>() {
            for (index, station) in (0u16..).zip(&self.stations) {
                for channel in &station.channels {
                    out.row(&self.channel(index, station, channel));
                }
            }
        }
    }

    fn channel(&self, station_index: u16, station: &Station, channel: &Channel) -> C37118Channels<'_> {
        let three = self.frame_type == FrameType::CONFIGURATION_3;
        let (phasor, analog) = (channel.kind == ChannelKind::PHASOR, channel.kind == ChannelKind::ANALOG);
        let current = |unit: u32| if three { unit & 0x0800 != 0 } else { unit >> 24 != 0 };
        let of_three = channel.unit.filter(|_| phasor && three);
        C37118Channels {
            station_index,
            pmu_id_code: station.id_code,
            kind: channel.kind,
            index: channel.index,
            bit: (channel.kind == ChannelKind::DIGITAL).then_some(channel.bit),
            name: self.channel_name(channel),
            quantity: channel
                .unit
                .filter(|_| phasor)
                .map(|unit| Symbol(if current(unit) { "current" } else { "voltage" })),
            component: of_three.map(|unit| PhasorComponent((unit >> 8) as u8 & 7)),
            modification: of_three.map(|unit| (unit >> 16) as u16),
            analog_kind: channel.unit.filter(|_| analog).map(|unit| AnalogKind((unit >> 24) as u8)),
            factor: channel.scale.map(|scale| scale.factor),
            offset: channel.scale.filter(|_| three).map(|scale| scale.offset),
            normal_state: channel.normal_state,
            valid: channel.valid,
        }
    }

    /// What each PMU tells of itself.
    pub(super) fn identities(&self, out: &mut Output<'_>) {
        use crate::common::Fact;
        let source = Symbol(self.frame_type.name().unwrap_or_default());
        for station in &self.stations {
            let id = Some(u32::from(station.id_code));
            out.identity(id, Fact::NAME, None, self.station_name(station), source);
            if let Some(global) = &station.global_pmu_id {
                out.identity(id, Fact::OTHER, None, Text(global), source);
            }
        }
    }
}
