//! Reading that protocols share.

mod crc;

pub use crc::{Crc16Modbus, lrc_modbus};
