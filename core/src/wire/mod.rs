//! Reading that protocols share.

pub mod ber;
mod crc;
mod cursor;
pub mod ethernet;
pub mod mms;
mod reassembly;

pub use crc::{CcittSum, Crc16Modbus, crc_ccitt, crc16_dnp, lrc_modbus};
pub use cursor::Cursor;
pub use reassembly::{Assembled, Cause, Lost, Piece, Reassembler, Sequence, Unfinished};
