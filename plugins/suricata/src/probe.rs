//! Which protocol a flow speaks.
use crate::ffi::{
    ALPROTO_FAILED, ALPROTO_UNKNOWN, FLOW_DIR_REVERSED, FlowGetDestinationPort, FlowGetFlags,
    FlowGetSourcePort, STREAM_TOCLIENT, STREAM_TOSERVER,
};
use fieldtap::{
    Identification, Protocols, identify_octets,
    protocol::{Probe, Protocol, Toward},
};
use std::{cell::RefCell, panic::catch_unwind, sync::OnceLock};
use suricata_sys::sys::{AppProto, Flow};

/// Octets of a direction that are looked at.
pub(crate) const DEPTH: u16 = 1024;

/// The protocols that are looked for, and what Suricata calls each.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    protocols: Vec<&'static Protocol>,
    /// The same, once all are there.
    looked_for: OnceLock<Protocols>,
    numbers: Vec<AppProto>,
}

impl Wanted {
    /// Adds one.
    pub(crate) fn push(&mut self, protocol: &'static Protocol, number: AppProto) {
        self.protocols.push(protocol);
        self.numbers.push(number);
    }
    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Protocol, AppProto)> {
        self.protocols.iter().copied().zip(self.numbers.iter().copied())
    }
    fn looked_for(&self) -> &Protocols {
        self.looked_for.get_or_init(|| Protocols::new(self.protocols.clone()))
    }
    fn number(&self, protocol: &'static Protocol) -> Option<AppProto> {
        let place = self.protocols.iter().position(|one| *one == protocol)?;
        self.numbers.get(place).copied()
    }
}

/// Over TCP, and over UDP.
pub(crate) static WANTED: OnceLock<[Wanted; 2]> = OnceLock::new();

/// Where these octets go, as far as ports or the content tell.
fn toward(protocol: &Protocol, tcp: bool, (sender, receiver): (u16, u16), octets: &[u8]) -> Option<Toward> {
    match (protocol.has_port(tcp, sender), protocol.has_port(tcp, receiver)) {
        (false, true) => return Some(Toward::Server),
        (true, false) => return Some(Toward::Client),
        _ => {}
    }
    let fits = |toward| protocol.dissector.probe(octets, Some(toward)) != Probe::No;
    match (fits(Toward::Server), fits(Toward::Client)) {
        (true, false) => Some(Toward::Server),
        (false, true) => Some(Toward::Client),
        _ => None,
    }
}

/// What octets were found to be, and where they go.
type Answer = Result<(&'static Protocol, Option<Toward>), AppProto>;

/// What was asked last over TCP, and answered: Suricata asks once for each protocol whose mark it has found.
#[derive(Default)]
struct Last {
    ports: (u16, u16),
    octets: Vec<u8>,
    answer: Option<Answer>,
}

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
}

/// Which of the protocols the octets are of.
fn identified(wanted: &Wanted, tcp: bool, ports: (u16, u16), octets: &[u8]) -> Answer {
    let last = octets.len() > usize::from(DEPTH);
    // Where a flow was picked up in its middle, Suricata's directions are a guess.
    match identify_octets(wanted.looked_for(), tcp, ports, None, octets, last) {
        Identification::Known(protocol) => Ok((protocol, toward(protocol, tcp, ports, octets))),
        Identification::Open => Err(ALPROTO_UNKNOWN),
        Identification::No => Err(ALPROTO_FAILED),
    }
}

/// The same, remembered over TCP.
fn answer(wanted: &Wanted, tcp: bool, ports: (u16, u16), octets: &[u8]) -> Answer {
    if !tcp || octets.len() > usize::from(DEPTH) {
        return identified(wanted, tcp, ports, octets);
    }
    LAST.with_borrow_mut(|last| {
        if let Some(known) = last.answer.filter(|_| last.ports == ports && last.octets == octets) {
            return known;
        }
        let answer = identified(wanted, tcp, ports, octets);
        last.ports = ports;
        last.octets.clear();
        last.octets.extend_from_slice(octets);
        last.answer = Some(answer);
        answer
    })
}

/// Asks all protocols about the first octets of a direction.
///
/// # Safety
///
/// All come from Suricata, which holds the flow.
pub(crate) unsafe extern "C" fn probe<const TCP: bool>(
    flow: *const Flow,
    flags: u8,
    input: *const u8,
    length: u32,
    direction: *mut u8,
) -> AppProto {
    let Some([over_tcp, over_udp]) = WANTED.get() else { return ALPROTO_FAILED };
    if input.is_null() || length == 0 {
        return ALPROTO_UNKNOWN;
    }
    // SAFETY: Suricata lends so many octets for the time of the call, and holds the flow.
    let (octets, source, destination, is_reversed) = unsafe {
        let octets = core::slice::from_raw_parts(input, length as usize);
        let is_reversed = FlowGetFlags(flow) & FLOW_DIR_REVERSED != 0;
        (octets, FlowGetSourcePort(flow), FlowGetDestinationPort(flow), is_reversed)
    };
    let from_source = (flags & STREAM_TOSERVER != 0) != is_reversed;
    let (sender, receiver) = if from_source { (source, destination) } else { (destination, source) };
    let wanted = if TCP { over_tcp } else { over_udp };
    match catch_unwind(|| answer(wanted, TCP, (sender, receiver), octets)) {
        Ok(Ok((protocol, toward))) => {
            let Some(number) = wanted.number(protocol) else { return ALPROTO_FAILED };
            if let Some(toward) = toward {
                let told = if toward == Toward::Server { STREAM_TOSERVER } else { STREAM_TOCLIENT };
                // SAFETY: Suricata lends room for it.
                unsafe { direction.write(told) };
            }
            number
        }
        Ok(Err(answer)) => answer,
        Err(_) => ALPROTO_FAILED,
    }
}
