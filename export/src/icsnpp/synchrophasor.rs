//! The seven logs of icsnpp-synchrophasor.
use super::{
    connection::{Connection, log},
    view::view,
};
use crate::logs::{Entry, Logs, Nameless, Words};
use fieldtap::{
    protocols::c37118::{C37118, C37118Channels, C37118Configurations, C37118Pmus, C37118Stations},
    record::{Envelope, List, Row},
};
use hashbrown::HashMap;

log! {
    /// One line a connection.
    SUMMARY = "synchrophasor":
    "proto" "enum", "version" "set[count]", "data_stream_id" "set[count]", "history" "string",
    "frame_size_min" "count", "frame_size_max" "count", "frame_size_tot" "count",
    "data_frame_count" "count", "data_rate" "set[count]",
}
log! {
    /// One line a command frame.
    COMMAND = "synchrophasor_cmd":
    "proto" "enum", "frame_type" "string", "frame_size" "count", "header_time_stamp" "time",
    "command" "string", "extframe" "vector[count]",
}
log! {
    /// One line a header frame.
    HEADER = "synchrophasor_hdr":
    "proto" "enum", "frame_type" "string", "frame_size" "count", "header_time_stamp" "time",
    "data" "string",
}
log! {
    /// One line a configuration frame.
    CONFIGURATION = "synchrophasor_cfg":
    "proto" "enum", "frame_type" "string", "frame_size" "count", "header_time_stamp" "time",
    "cont_idx" "count", "pmu_count_expected" "count", "pmu_count_actual" "count", "data_rate" "count",
    "cfg_frame_id" "string",
}
log! {
    /// One line a PMU of a configuration frame.
    STATION = "synchrophasor_cfg_detail":
    "proto" "enum", "frame_type" "string", "header_time_stamp" "time", "cfg_frame_id" "string",
    "pmu_idx" "count", "svc_class" "string", "station_name" "string", "data_source_id" "count",
    "global_pmuid" "string", "phasor_shape" "bool", "phasor_format" "bool", "analog_format" "bool",
    "freq_format" "bool", "phnmr" "count", "annmr" "count", "dgnmr" "count", "phnam" "vector[string]",
    "annam" "vector[string]", "dgnam" "vector[string]", "phasor_conv_phunit" "vector[count]",
    "phasor_conv_phvalue" "vector[count]", "phasor_conv_upsampled_interpolation" "vector[bool]",
    "phasor_conv_upsampled_extrapolation" "vector[bool]",
    "phasor_conv_downsampled_reselection" "vector[bool]",
    "phasor_conv_downsampled_fir_filter" "vector[bool]",
    "phasor_conv_downsampled_no_fir_filter" "vector[bool]",
    "phasor_conv_filtered_without_changing_sampling" "vector[bool]",
    "phasor_conv_calibration_mag_adj" "vector[bool]", "phasor_conv_calibration_phas_adj" "vector[bool]",
    "phasor_conv_rotation_phase_adj" "vector[bool]", "phasor_conv_pseudo_phasor_val" "vector[bool]",
    "phasor_conv_mod_appl" "vector[bool]", "phasor_conv_phasor_component" "vector[count]",
    "phasor_conv_phasor_type" "vector[bool]", "phasor_conv_user_def" "vector[count]",
    "phasor_conv_scale_factor" "vector[double]", "phasor_conv_angle_adj" "vector[double]",
    "analog_conv_analog_flags" "vector[count]", "analog_conv_user_defined_scaling" "vector[int]",
    "analog_conv_mag_scale" "vector[double]", "analog_conv_offset" "vector[double]",
    "digital_conv_normal_status_mask" "vector[count]", "digital_conv_valid_inputs_mask" "vector[count]",
    "pmu_lat" "double", "pmu_lon" "double", "pmu_elev" "double", "window" "int", "group_delay" "int",
    "fnom" "count", "cfgcnt" "count",
}
log! {
    /// One line a data frame.
    DATA = "synchrophasor_data":
    "proto" "enum", "frame_type" "string", "frame_size" "count", "header_time_stamp" "time",
    "pmu_count_expected" "count", "pmu_count_actual" "count", "data_frame_id" "string",
}
log! {
    /// One line a PMU of a data frame.
    PMU = "synchrophasor_data_detail":
    "proto" "enum", "frame_type" "string", "header_time_stamp" "time", "data_frame_id" "string",
    "pmu_idx" "count", "trigger_reason" "count", "unlocked_time" "count", "pmu_time_quality" "count",
    "data_modified" "bool", "config_change" "bool", "pmu_trigger_pickup" "bool",
    "data_sorting_type" "bool", "pmu_sync_error" "bool", "data_error_indicator" "count",
    "est_rectangular_real" "vector[double]", "est_rectangular_imaginary" "vector[double]",
    "est_polar_magnitude" "vector[double]", "est_polar_angle" "vector[double]", "freq_dev_mhz" "double",
    "rocof" "double", "analog_data" "vector[double]", "digital" "vector[count]",
}

const FRAME_DATA: u64 = 0;
const FRAME_HEADER: u64 = 1;
const FRAME_COMMAND: u64 = 4;
const CONFIGURATION_3: u64 = 5;

static FRAMES: Words = Words::new(
    &[(0, "Data"), (1, "Header"), (2, "CFG1"), (3, "CFG2"), (4, "Command"), (5, "CFG3")],
    Nameless::Word("unknown"),
);
static COMMANDS: Words = Words::new(
    &[
        (1, "Data off"),
        (2, "Data on"),
        (3, "Send HDR"),
        (4, "Send CFG-1"),
        (5, "Send CFG-2"),
        (6, "Send CFG-3"),
        (8, "Extended frame"),
    ],
    Nameless::Word("unknown"),
);
/// Letters of `history`.
static INITIALS: Words =
    Words::new(&[(1, "d"), (2, "D"), (3, "h"), (4, "1"), (5, "2"), (6, "3"), (8, "e")], Nameless::Word("u"));
/// Bits of the modifications of a phasor, in the order of the fields.
const MODIFICATIONS: [u32; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15];

/// Members of a set, and letters of a history, that are kept.
const MOST: usize = 256;
/// Configurations of one connection that are kept.
const CONFIGURATIONS: usize = 16;

view! { Frame of C37118 {
    frame_type: u64, version: u64, frame_size: u64, id_code: u64, time: i64, soc: u64, command: u64, pmus: u64,
    configuration_message: u64, header: &'r [u8], data: &'r [u8],
}}
view! { Whole of C37118Configurations { number_of_pmus: u64, data_rate: i64, } }
view! { Station of C37118Stations {
    index: u64, station: &'r [u8], pmu_id_code: u64, global_pmu_id: &'r [u8], polar: bool, float_phasors: bool,
    float_analogs: bool, float_frequency: bool, phasors: u64, analogs: u64, digitals: u64, latitude: f64,
    longitude: f64, elevation: f64, service_class: &'r [u8], window: i64, group_delay: i64,
    nominal_frequency: u64, configuration_count: u64,
}}
view! { Channel of C37118Channels {
    kind: u64, bit: u64, name: &'r [u8], quantity: &'static str, component: u64, modification: u64,
    analog_kind: u64, factor: f64, offset: f64, normal_state: bool, valid: bool,
}}
view! { Measured of C37118Pmus {
    index: u64, status: u64, magnitudes: List<'r>, angles: List<'r>, real_parts: List<'r>,
    imaginary_parts: List<'r>, frequency: f64, rocof: f64, analogs: List<'r>, digitals: List<'r>,
}}

/// What was seen over one connection.
#[derive(Debug)]
struct Session {
    first: Connection,
    proto: Option<&'static str>,
    versions: Vec<u64>,
    streams: Vec<u64>,
    rates: Vec<u64>,
    history: Vec<u8>,
    smallest: u64,
    largest: u64,
    octets: u64,
    data_frames: u64,
    /// Of configurations, by their message: of each PMU whether its frequency is a floating point, and which is nominal.
    configurations: Vec<(u64, Vec<(bool, f64)>)>,
    open: Option<Configuration>,
}

/// A configuration whose rows come one behind the other.
#[derive(Debug, Default)]
struct Configuration {
    message: u64,
    frame_type: u64,
    frame_size: u64,
    time: Option<i64>,
    expected: u64,
    rate: Option<u64>,
    stations: u64,
    station: Option<Described>,
}

/// One PMU of a configuration.
#[derive(Debug, Default)]
struct Described {
    index: u64,
    name: Vec<u8>,
    id: u64,
    global: Vec<u8>,
    formats: [bool; 4],
    counts: [u64; 3],
    place: [f64; 3],
    class: Vec<u8>,
    window: i64,
    delay: i64,
    nominal: u64,
    changes: u64,
    phasors: Vec<Phasor>,
    /// Names, and kind and factor as one word, or factor and offset.
    analogs: Vec<(Vec<u8>, u32, f64, f64)>,
    digitals: Vec<Vec<u8>>,
    /// Normal states and valid inputs of each word.
    masks: Vec<(u16, u16)>,
}

#[derive(Debug, Default)]
struct Phasor {
    name: Vec<u8>,
    /// Kind and factor, as they are sent in one word.
    word: u32,
    modification: u64,
    component: u64,
    current: bool,
    factor: f64,
    angle: f64,
}

/// What is remembered of all conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    sessions: HashMap<u64, Session, foldhash::fast::FixedState>,
    /// The frame whose PMUs come next.
    frame: Option<(u64, Option<i64>, Option<u64>)>,
}

fn add(set: &mut Vec<u64>, value: Option<u64>) {
    if let Some(value) = value
        && let Err(place) = set.binary_search(&value)
        && set.len() < MOST
    {
        set.insert(place, value);
    }
}

impl Memory {
    /// A row of `c37118`.
    pub(super) fn frame(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let connection = Connection::of(envelope);
        let row = Frame::of(row);
        let message = envelope.message.unwrap_or_default();
        // What has no time base has whole seconds.
        let time = row.time.or(row.soc.map(|soc| (soc as i64).saturating_mul(1_000_000_000)));
        self.frame = Some((message, time, row.configuration_message));
        let session = self.sessions.entry(envelope.conversation.unwrap_or_default());
        let session = session.or_insert_with(|| Session::new(connection, envelope));
        session.close(logs);
        add(&mut session.versions, row.version);
        add(&mut session.streams, row.id_code);
        let size = row.frame_size.unwrap_or_default();
        if session.smallest == 0 || size < session.smallest {
            session.smallest = size;
        }
        session.largest = session.largest.max(size);
        session.octets = session.octets.saturating_add(size);
        let proto = session.proto;
        let begin = |entry: &mut Entry<'_>| {
            entry.connection(&connection);
            entry.word(proto);
            entry.name(&FRAMES, row.frame_type);
            entry.count(size);
            entry.unset();
        };
        match row.frame_type.unwrap_or_default() {
            FRAME_DATA => {
                session.data_frames += 1;
                let pmus = row.configuration_message.and(row.pmus).filter(|_| row.data.is_none());
                let mut entry = logs.entry(&DATA);
                begin(&mut entry);
                entry.count(pmus.unwrap_or_default());
                entry.count(pmus.unwrap_or_default());
                match pmus {
                    Some(_) => identifier(&mut entry, b'd', &connection, message),
                    None => entry.unset(),
                }
                entry.end();
            }
            FRAME_HEADER => {
                let mut entry = logs.entry(&HEADER);
                begin(&mut entry);
                entry.string(row.header.unwrap_or_default());
                entry.end();
            }
            FRAME_COMMAND => {
                let Some(command) = row.command else { return };
                if session.history.len() < MOST {
                    INITIALS.write(command, &mut session.history);
                }
                let mut entry = logs.entry(&COMMAND);
                begin(&mut entry);
                entry.name(&COMMANDS, command);
                entry.vector(|items| {
                    for word in row.data.unwrap_or_default().chunks_exact(2) {
                        items.count(word.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet)));
                    }
                });
                entry.end();
            }
            frame_type => {
                session.open = Some(Configuration {
                    message,
                    frame_type,
                    frame_size: size,
                    time,
                    ..Configuration::default()
                });
            }
        }
    }

    fn open(&mut self, envelope: &Envelope) -> Option<&mut Session> {
        let session = self.sessions.get_mut(&envelope.conversation.unwrap_or_default())?;
        let message = session.open.as_ref()?.message;
        (Some(message) == envelope.message).then_some(session)
    }

    /// A row of `c37118_configurations`.
    pub(super) fn configuration(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Whole::of(row);
        let Some(session) = self.open(envelope) else { return };
        let rate = row.data_rate.and_then(|rate| u64::try_from(rate).ok());
        add(&mut session.rates, rate);
        let message = envelope.message.unwrap_or_default();
        session.configurations.push((message, Vec::new()));
        if session.configurations.len() > CONFIGURATIONS {
            session.configurations.remove(0);
        }
        if let Some(open) = &mut session.open {
            (open.expected, open.rate) = (row.number_of_pmus.unwrap_or_default(), rate);
        }
    }

    /// A row of `c37118_stations`.
    pub(super) fn station(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Station::of(row);
        let Some(session) = self.open(envelope) else { return };
        session.describe(logs);
        let text = |text: Option<&[u8]>| text.unwrap_or_default().to_vec();
        let flag = |flag: Option<bool>| flag.unwrap_or_default();
        let nominal = row.nominal_frequency.unwrap_or(60);
        if let Some((_, pmus)) = session.configurations.last_mut() {
            pmus.push((flag(row.float_frequency), nominal as f64));
        }
        let Some(open) = &mut session.open else { return };
        open.stations += 1;
        open.station = Some(Described {
            index: row.index.unwrap_or_default(),
            name: text(row.station),
            id: row.pmu_id_code.unwrap_or_default(),
            global: text(row.global_pmu_id),
            formats: [
                flag(row.polar),
                flag(row.float_phasors),
                flag(row.float_analogs),
                flag(row.float_frequency),
            ],
            counts: [row.phasors, row.analogs, row.digitals].map(Option::unwrap_or_default),
            place: [row.latitude, row.longitude, row.elevation].map(Option::unwrap_or_default),
            class: text(row.service_class),
            window: row.window.unwrap_or_default(),
            delay: row.group_delay.unwrap_or_default(),
            nominal: u64::from(nominal == 50),
            changes: row.configuration_count.unwrap_or_default(),
            ..Described::default()
        });
    }

    /// A row of `c37118_channels`.
    pub(super) fn channel(&mut self, envelope: &Envelope, row: &dyn Row) {
        let row = Channel::of(row);
        let Some(open) = self.open(envelope).and_then(|session| session.open.as_mut()) else { return };
        let three = open.frame_type == CONFIGURATION_3;
        let Some(station) = &mut open.station else { return };
        let name = row.name.unwrap_or_default().to_vec();
        let (factor, offset) = (row.factor.unwrap_or_default(), row.offset.unwrap_or_default());
        match row.kind.unwrap_or_default() {
            1 => {
                let current = row.quantity == Some("current");
                // Ten millionths of a volt or ampere.
                let parts = (factor * 1e5).round() as u32 & 0x00ff_ffff;
                station.phasors.push(Phasor {
                    name,
                    word: if three { 0 } else { u32::from(current) << 24 | parts },
                    modification: row.modification.unwrap_or_default(),
                    component: row.component.unwrap_or_default(),
                    current: three && current,
                    factor: if three { factor } else { 0.0 },
                    angle: offset,
                });
            }
            2 => {
                let kind = row.analog_kind.unwrap_or_default() as u32;
                let word = kind << 24 | (factor.round() as i32 as u32 & 0x00ff_ffff);
                let (word, factor, offset) = if three { (0, factor, offset) } else { (word, 0.0, 0.0) };
                station.analogs.push((name, word, factor, offset));
            }
            _ => {
                station.digitals.push(name);
                let bit = row.bit.unwrap_or_default() as u32;
                if bit == 0 {
                    station.masks.push((0, 0));
                }
                if let Some((normal, valid)) = station.masks.last_mut() {
                    *normal |= u16::from(row.normal_state.unwrap_or_default()).checked_shl(bit).unwrap_or(0);
                    *valid |= u16::from(row.valid.unwrap_or_default()).checked_shl(bit).unwrap_or(0);
                }
            }
        }
    }

    /// A row of `c37118_pmus`.
    pub(super) fn measured(&mut self, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let row = Measured::of(row);
        let message = envelope.message.unwrap_or_default();
        let Some((_, time, configuration)) = self.frame.filter(|(of, ..)| *of == message) else { return };
        let Some(session) = self.sessions.get(&envelope.conversation.unwrap_or_default()) else { return };
        let index = row.index.unwrap_or_default();
        let described = configuration.and_then(|configuration| {
            let (_, pmus) = session.configurations.iter().rev().find(|(of, _)| *of == configuration)?;
            pmus.get(index as usize)
        });
        let connection = Connection::of(envelope);
        let status = row.status.unwrap_or_default();
        let bits = |from: u32, many: u32| status >> from & ((1 << many) - 1);
        let mut entry = logs.entry(&PMU);
        entry.connection(&connection);
        entry.word(session.proto);
        entry.name(&FRAMES, FRAME_DATA);
        entry.time(time);
        identifier(&mut entry, b'd', &connection, message);
        entry.count(index);
        entry.count(bits(0, 4));
        entry.count(bits(4, 2));
        entry.count(bits(6, 3));
        for bit in 9..14 {
            entry.bool(bits(bit, 1) == 1);
        }
        entry.count(bits(14, 2));
        let phasors = row.magnitudes.or(row.real_parts).map_or(0, |list| list.len());
        for list in [row.real_parts, row.imaginary_parts, row.magnitudes, row.angles] {
            entry.vector(|items| match list {
                Some(List::Reals(values)) => values.as_sent().for_each(|value| items.double(value)),
                _ => (0..phasors).for_each(|_| items.double(0.0)),
            });
        }
        let (float, nominal) = described.copied().unwrap_or_else(|| guessed(row.frequency));
        entry.double(row.frequency.map_or(0.0, |frequency| match float {
            true => frequency,
            false => ((frequency - nominal) * 1000.0).round(),
        }));
        entry.double(row.rocof.map_or(0.0, |rocof| if float { rocof } else { (rocof * 100.0).round() }));
        entry.vector(|items| {
            if let Some(List::Reals(values)) = row.analogs {
                values.as_sent().for_each(|value| items.double(value));
            }
        });
        entry.vector(|items| {
            if let Some(words) = &row.digitals {
                items.counts(words);
            }
        });
        entry.end();
    }

    /// The end of a conversation.
    pub(super) fn end(&mut self, conversation: u64, transport: Option<&'static str>, logs: &mut Logs) {
        let Some(mut session) = self.sessions.remove(&conversation) else { return };
        session.proto = transport;
        session.close(logs);
        let mut entry = logs.entry(&SUMMARY);
        entry.connection(&session.first);
        entry.word(session.proto);
        entry.vector(|items| session.versions.iter().for_each(|version| items.count(*version)));
        entry.vector(|items| session.streams.iter().for_each(|stream| items.count(*stream)));
        entry.string(session.history.as_slice());
        entry.count(session.smallest);
        entry.count(session.largest);
        entry.count(session.octets);
        entry.count(session.data_frames);
        entry.vector(|items| session.rates.iter().for_each(|rate| items.count(*rate)));
        entry.end();
    }
}

/// Whether a frequency is a floating point, and which is nominal, where its configuration came over another connection:
/// an integer is a whole number of millihertz off.
fn guessed(frequency: Option<f64>) -> (bool, f64) {
    let frequency = frequency.unwrap_or_default();
    let nominal = if (frequency - 50.0).abs() < (frequency - 60.0).abs() { 50.0 } else { 60.0 };
    let off = (frequency - nominal) * 1000.0;
    ((off - off.round()).abs() > 1e-6, nominal)
}

/// What carries a frame, as far as its ports tell: 4712 is registered for TCP, 4713 for UDP (C37.118.2-2011, E.2).
fn proto(envelope: &Envelope) -> Option<&'static str> {
    let ports = [envelope.sender_port, envelope.receiver_port];
    match ports.contains(&Some(4713)) {
        true => Some("udp"),
        false => ports.contains(&Some(4712)).then_some("tcp"),
    }
}

fn identifier(entry: &mut Entry<'_>, letter: u8, connection: &Connection, message: u64) {
    entry.composed(|out| {
        out.push(letter);
        out.extend_from_slice(&connection.link(message));
    });
}

impl Session {
    fn new(first: Connection, envelope: &Envelope) -> Self {
        Self {
            first,
            proto: proto(envelope),
            versions: Vec::new(),
            streams: Vec::new(),
            rates: Vec::new(),
            history: Vec::new(),
            smallest: 0,
            largest: 0,
            octets: 0,
            data_frames: 0,
            configurations: Vec::new(),
            open: None,
        }
    }

    /// Writes the PMU that was described last.
    fn describe(&mut self, logs: &mut Logs) {
        let Some(open) = &mut self.open else { return };
        let Some(station) = open.station.take() else { return };
        let mut entry = logs.entry(&STATION);
        let connection = Connection { ..self.first };
        entry.connection(&connection);
        entry.word(self.proto);
        entry.name(&FRAMES, open.frame_type);
        entry.time(open.time);
        identifier(&mut entry, b'c', &connection, open.message);
        entry.count(station.index);
        entry.string(station.class.as_slice());
        entry.string(station.name.as_slice());
        entry.count(station.id);
        entry.string(station.global.as_slice());
        station.formats.into_iter().for_each(|format| entry.bool(format));
        station.counts.into_iter().for_each(|count| entry.count(count));
        entry.vector(|items| station.phasors.iter().for_each(|phasor| items.string(&phasor.name)));
        entry.vector(|items| station.analogs.iter().for_each(|(name, ..)| items.string(name)));
        entry.vector(|items| station.digitals.iter().for_each(|name| items.string(name)));
        let phasors = &station.phasors;
        // The peer counts bits from the other end: its unit is the lowest octet, its value the three above.
        entry.vector(|items| phasors.iter().for_each(|phasor| items.count(u64::from(phasor.word & 0xff))));
        entry.vector(|items| phasors.iter().for_each(|phasor| items.count(u64::from(phasor.word >> 8))));
        for bit in MODIFICATIONS {
            entry.vector(|items| {
                phasors.iter().for_each(|phasor| items.bool(phasor.modification >> bit & 1 == 1));
            });
        }
        entry.vector(|items| phasors.iter().for_each(|phasor| items.count(phasor.component)));
        entry.vector(|items| phasors.iter().for_each(|phasor| items.bool(phasor.current)));
        entry.vector(|items| phasors.iter().for_each(|_| items.count(0)));
        entry.vector(|items| phasors.iter().for_each(|phasor| items.double(phasor.factor)));
        entry.vector(|items| phasors.iter().for_each(|phasor| items.double(phasor.angle)));
        let analogs = &station.analogs;
        entry.vector(|items| analogs.iter().for_each(|(_, word, ..)| items.count(u64::from(word & 0xff))));
        entry.vector(|items| analogs.iter().for_each(|(_, word, ..)| items.count(u64::from(word >> 8))));
        entry.vector(|items| analogs.iter().for_each(|(_, _, factor, _)| items.double(*factor)));
        entry.vector(|items| analogs.iter().for_each(|(.., offset)| items.double(*offset)));
        entry.vector(|items| station.masks.iter().for_each(|(normal, _)| items.count((*normal).into())));
        entry.vector(|items| station.masks.iter().for_each(|(_, valid)| items.count((*valid).into())));
        station.place.into_iter().for_each(|place| entry.double(place));
        entry.int(station.window);
        entry.int(station.delay);
        entry.count(station.nominal);
        entry.count(station.changes);
        entry.end();
    }

    /// Writes the configuration whose rows have come.
    fn close(&mut self, logs: &mut Logs) {
        self.describe(logs);
        let Some(open) = self.open.take() else { return };
        let connection = Connection { ..self.first };
        let mut entry = logs.entry(&CONFIGURATION);
        entry.connection(&connection);
        entry.word(self.proto);
        entry.name(&FRAMES, open.frame_type);
        entry.count(open.frame_size);
        entry.unset();
        entry.count(0);
        entry.count(open.expected);
        entry.count(open.stations);
        entry.count(open.rate);
        identifier(&mut entry, b'c', &connection, open.message);
        entry.end();
    }
}
