//! Reading that protocols share.

mod crc;
mod reassembly;

pub use crc::{Crc16Modbus, crc16_dnp, lrc_modbus};
pub use reassembly::{Assembled, Cause, Lost, Piece, Reassembler, Sequence};
