//! Modbus: over TCP and UDP with the MBAP header, and the two framings of the serial line carried in TCP or UDP.
//!
//! - MODBUS Application Protocol Specification V1.1b3: functions, their fields and limits (section 6), exceptions (7).
//! - MODBUS Messaging on TCP/IP Implementation Guide V1.0b: the MBAP header (section 3.1.3), port 502.
//! - MODBUS over Serial Line V1.02: RTU (section 2.5.1), ASCII (2.5.2), broadcast (2.1).
//!
//! A request and its answer are paired by transaction identifier, unit and function; on serial lines, which have no
//! transaction identifier, by unit and function. Of several that wait it is one that the answer fits. Serial lines have one
//! request under way (Modbus over Serial Line V1.02, section 2.4): of those that fit, the last. An answer does not hold the
//! address that was asked for: it is taken from the request, and is null if that was not seen.
//!
//! A value that is written is said in `points` when the request is seen, since most answers do not repeat it; whether the
//! device took it is told by the row in `operations`.

mod ascii;
pub mod codes;
mod mend;
mod parse;
mod records;
mod rtu;
mod shape;
mod state;
#[cfg(test)]
mod tests;

pub use ascii::PROTOCOL as ASCII;
pub use records::{
    Modbus, ModbusDeviceIdentifications, ModbusDeviceObjects, ModbusDiagnostics, ModbusFileRecords,
    ModbusServerIds,
};
pub use rtu::PROTOCOL as RTU;

use crate::{
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward, Way,
    },
    record::{Record, Table},
};
use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u16},
};
use shape::word;
use state::State;

/// Modbus over TCP and UDP, with the MBAP header.
pub static PROTOCOL: Protocol = Protocol {
    name: "modbus",
    title: "Modbus TCP",
    standard: "MODBUS Application Protocol V1.1b3, MODBUS Messaging on TCP/IP V1.0b",
    carriers: &[Carrier::Tcp(&[502]), Carrier::Udp(&[502])],
    tables: TABLES,
    dissector: Functions::of::<Mbap>(),
    vectors: include_str!("vectors.md"),
};

/// All framings fill the same tables.
const TABLES: &[fn() -> &'static Table] = &[
    Modbus::schema,
    ModbusDiagnostics::schema,
    ModbusServerIds::schema,
    ModbusFileRecords::schema,
    ModbusDeviceIdentifications::schema,
    ModbusDeviceObjects::schema,
];

/// Octets of transaction identifier, protocol identifier and length: what the length does not count.
const HEADER: usize = 6;
/// Largest length that any PDU of the standard needs: unit identifier and 253 octets (section 4.1).
const MOST_LENGTH: usize = 254;
/// Largest length at which a function of the standard is still framed, and its length said to be wrong. The few octets
/// above [`MOST_LENGTH`] are what a sender that counts the header too would state.
const MOST_WRONG_LENGTH: usize = MOST_LENGTH + HEADER;
/// Largest length at which other functions are framed: makers negotiate frames above the standard's limit.
const MOST_VENDOR_LENGTH: usize = 2048;

struct Mbap;

/// The MBAP header: transaction identifier, protocol identifier, length, unit identifier (messaging guide, 3.1.3).
fn header(i: &[u8]) -> IResult<&[u8], (u16, u16, u16, u8), ()> {
    (be_u16, be_u16, be_u16, be_u8).parse(i)
}

impl Dissector for Mbap {
    type State = State;

    fn probe(bytes: &[u8], _toward: Option<Toward>) -> Probe {
        signature(bytes, false)
    }

    fn frame(_: &State, _: Way, bytes: &[u8]) -> Framing {
        // Nothing is decided before the whole header is there, or the verdict would depend on how the octets are cut.
        let (Some(protocol), Some(length)) = (word(bytes, 2), word(bytes, 4).map(usize::from)) else {
            return Framing::Need(HEADER);
        };
        if protocol != 0 {
            return Framing::Malformed("protocol identifier is not 0");
        }
        if length < 2 {
            return Framing::Malformed("length has no room for a function code");
        }
        if length > MOST_VENDOR_LENGTH {
            return Framing::Malformed("length is above the limit");
        }
        if length > MOST_WRONG_LENGTH {
            match bytes.get(HEADER + 1) {
                None => return Framing::Need(HEADER + 2),
                Some(code) if codes::FunctionCode(code & !shape::EXCEPTION).is_public() => {
                    return Framing::Malformed("length is above the limit of the function");
                }
                // V1.1b3, 4.1: it is not valid, so that nobody's own function can be so long.
                Some(&(0 | shape::EXCEPTION)) => return Framing::Malformed("length is above the limit"),
                Some(_) => {}
            }
        }
        if bytes.len() < HEADER + length {
            Framing::Need(HEADER + length)
        } else {
            Framing::Frame(HEADER + length)
        }
    }

    fn dissect(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
        // Of a datagram that was cut within its header there is nothing to tell.
        let Ok((body, (transaction_id, _, _, unit_id))) = header(pdu.bytes) else { return out.no_message() };
        let transaction_id = Some(transaction_id);
        let offset = HEADER as u64 + 1;
        parse::message(
            state,
            pdu.way,
            parse::Adu { transaction_id, unit_id, pdu: body, offset, cut: pdu.cut },
            out,
        );
    }

    /// A header alone is too little among garbage: the ADU has to fit in every field.
    fn resync(bytes: &[u8], _toward: Option<Toward>) -> Resync {
        for start in 0..bytes.len() {
            let rest = bytes.get(start..).unwrap_or_default();
            // At most places this is all there is to see.
            if matches!(rest, [_, _, high, low, ..] if (*high, *low) != (0, 0)) {
                continue;
            }
            match signature(rest, true) {
                Probe::No => {}
                Probe::Certain => return Resync::Found(start),
                Probe::More(_) | Probe::Possible => return Resync::Wait(start),
            }
        }
        Resync::Wait(bytes.len())
    }

    fn gap(state: &mut State, side: Side) {
        state.gap(side);
    }

    fn mend(pdu: &mut Vec<u8>) {
        mend::mbap(pdu);
    }
}

/// Two ADUs that follow one another, one of them of a function whose length and limits the standard lays down, are Modbus;
/// so are four of functions that only have a name. One alone may be; unless `strict`, also one whose header alone is right,
/// since devices and scanners send such things to port 502.
fn signature(bytes: &[u8], strict: bool) -> Probe {
    let (mut at, mut proven, mut named) = (0usize, false, true);
    for count in 0..4 {
        match fit(bytes.get(at..).unwrap_or_default()) {
            Fit::Whole { allowed: false, .. } if strict => return Probe::No,
            Fit::No => return Probe::No,
            Fit::Short(_) if count > 0 && (proven || !strict) => return Probe::Possible,
            Fit::Short(len) => return Probe::More(at + len),
            Fit::Whole { len, known, public, allowed } => {
                (at, proven, named) = (at + len, proven || (public && allowed), named && known && allowed);
            }
        }
        if count > 0 && proven {
            return Probe::Certain;
        }
    }
    match (named, strict) {
        (true, _) => Probe::Certain,
        (false, true) => Probe::No,
        (false, false) => Probe::Possible,
    }
}

/// Whether octets begin with an ADU.
enum Fit {
    No,
    /// Cannot be told before there are this many octets.
    Short(usize),
    /// Its header is right.
    Whole {
        len: usize,
        /// Whether the function is one that some standard or maker names.
        known: bool,
        /// Whether the standard lays down its PDUs.
        public: bool,
        /// Whether the standard allows every field.
        allowed: bool,
    },
}

fn fit(bytes: &[u8]) -> Fit {
    match (word(bytes, 2), word(bytes, 4)) {
        (Some(1..), _) | (_, Some(0 | 1)) => Fit::No,
        (_, Some(length)) if usize::from(length) > MOST_VENDOR_LENGTH => Fit::No,
        (Some(0), Some(length)) => {
            let len = HEADER + usize::from(length);
            let Some(&function) = bytes.get(HEADER + 1) else { return Fit::Short(HEADER + 2) };
            let known = shape::known(function);
            let public = codes::FunctionCode(function & !shape::EXCEPTION).is_public();
            if len > HEADER + MOST_LENGTH && (public || !known) {
                return Fit::No;
            }
            let Some(pdu) = bytes.get(HEADER + 1..len) else { return Fit::Short(len) };
            let allowed = shape::plausible(pdu, Toward::Server)
                || shape::plausible(pdu, Toward::Client)
                || shape::padded_exception(pdu);
            Fit::Whole { len, known, public, allowed }
        }
        _ => Fit::Short(HEADER + 2),
    }
}
