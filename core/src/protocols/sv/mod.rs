//! Sampled values: what instrument transformers publish, thousands of times a second.
//!
//! - IEC 61850-9-2:2011 with amendment 1:2020: the frame (annex A) and the APDU (clause 8).
//! - Implementation guideline "9-2 LE" of the UCA International Users Group, 2004: the data set of four currents and four
//!   voltages.
//! - IEC 61869-9:2016: other rates and data sets, gmIdentity.
//!
//! Samples have neither tags nor lengths: those of 9-2 LE are known by their 64 octets, others are read after a description
//! of the substation or given as sent.
//!
//! A stream is summed in `streams`, and its channels in `sv_channels` or `sv_sample_sums`; a message that changes anything
//! gives its rows.

pub mod codes;
mod parse;
mod records;
mod state;
#[cfg(test)]
mod tests;

pub(super) use parse::message;
pub use records::{Sv, SvAsdus, SvChannels, SvSampleSums, SvValues};

use super::goose::{self, Frame};
use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Toward, Way},
    record::{Record, Table},
};

/// Sampled values.
pub static PROTOCOL: Protocol = Protocol {
    name: "sv",
    title: "Sampled values",
    standard: "IEC 61850-9-2:2011+A1:2020, 9-2 LE, IEC 61869-9:2016",
    carriers: &[Carrier::Ethertype(0x88ba)],
    tables: TABLES,
    dissector: Functions::of::<Dissection>(),
    vectors: include_str!("vectors.md"),
};

/// Over Ethernet and over UDP the same tables are filled.
pub(super) const TABLES: &[fn() -> &'static Table] =
    &[Sv::schema, SvAsdus::schema, SvValues::schema, SvChannels::schema, SvSampleSums::schema];

/// Identifier octet of a savPdu.
pub(super) const SAV_PDU: u8 = 0x60;

struct Dissection;

impl Dissector for Dissection {
    type State = ();

    fn probe(bytes: &[u8], _: Option<Toward>) -> Probe {
        goose::signature(bytes, &[SAV_PDU])
    }

    /// A message fills its frame.
    fn frame(_: &(), _: Way, bytes: &[u8]) -> Framing {
        Framing::Frame(bytes.len().max(1))
    }

    fn dissect(_: &mut (), pdu: Pdu<'_>, out: &mut Output<'_>) {
        let pdu = goose::within_length(pdu);
        let Some(frame) = Frame::read(pdu, &[SAV_PDU], out) else { return };
        match frame.apdu {
            Some(apdu) => parse::message(frame.head, apdu, frame.extension, pdu, out),
            None if !pdu.cut => {
                let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "no APDU of sampled values").at(8);
                out.anomaly(anomaly);
            }
            None => {}
        }
        frame.lengths(pdu, out);
    }

    fn mend(pdu: &mut Vec<u8>) {
        goose::mend(pdu);
    }
}
