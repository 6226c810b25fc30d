//! IEC 60870-5: telecontrol, over TCP (-104), over serial lines (-101), and to protection equipment (-103).
//!
//! - IEC 60870-5-101:2003: the ASDU (section 7), its types (7.3) and information elements (7.2.6), files (7.4.11).
//! - IEC 60870-5-104:2006: the APCI (section 5), types with time tag CP56Time2a (section 8), port 2404.
//! - IEC TS 60870-5-7:2013 with IEC TS 62351-5:2013: types of authentication. The fields of a first segment are read, further
//!   segments are given as sent. What is authenticated in aggressive mode is read as if it came alone, put together where
//!   segments cut it.
//!
//! -104 and -101 share their ASDUs, and so the tables of objects, files and authentication.
//!
//! A command is one operation from its select to its termination: it is told by common address, type and information object
//! address, and of several such by the element that answers repeat (section 7.3.2). Return information names no command; it is
//! taken for that of the command that the same station accepted last. Files are told by information object address and name.
//!
//! Time tags have no zone and are given as sent. CP24Time2a holds minutes only: the hour is the one that brings it nearest
//! to the time of the capture.

mod asdu;
pub mod codes;
pub mod codes103;
mod dialogue;
mod elements;
mod files;
mod ft12;
mod iec101;
mod iec103;
mod iec104;
mod records;
mod security;
mod state;
#[cfg(test)]
mod tests;
mod times;

pub use iec101::PROTOCOL as IEC101;
pub use iec103::PROTOCOL as IEC103;
pub use iec104::PROTOCOL as IEC104;
pub use records::{
    Iec101, Iec103, Iec103Elements, Iec104, Iec104Authentications, Iec104Files, Iec104Objects,
};
