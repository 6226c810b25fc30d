//! Numbers that lie in registers of 16 bits.
use crate::{common::PointValue, record::U16Be};

/// The most registers that one number takes.
pub(crate) const MOST: u64 = 4;

/// How a number lies in one register or in several that follow one another.
///
/// No message tells it: Modbus sends each register with its higher octet first (MODBUS Application Protocol V1.1b3,
/// section 4.2), and leaves open what a register is, and what several of them are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterValue {
    /// The type of the number.
    pub number: RegisterNumber,
    /// Where its octets stand.
    pub order: RegisterOrder,
}

/// The type of a number in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterNumber {
    /// Unsigned, one register.
    Uint16,
    /// In two's complement, one register.
    Int16,
    /// Unsigned, two registers.
    Uint32,
    /// In two's complement, two registers.
    Int32,
    /// Unsigned, four registers.
    Uint64,
    /// In two's complement, four registers.
    Int64,
    /// IEEE 754 single precision, two registers.
    Float32,
    /// IEEE 754 double precision, four registers.
    Float64,
}

impl RegisterNumber {
    /// All types, and what lists of names call them.
    pub const NAMED: [(&'static str, Self); 8] = [
        ("uint16", Self::Uint16),
        ("int16", Self::Int16),
        ("uint32", Self::Uint32),
        ("int32", Self::Int32),
        ("uint64", Self::Uint64),
        ("int64", Self::Int64),
        ("float32", Self::Float32),
        ("float64", Self::Float64),
    ];

    /// Registers that it takes.
    pub const fn registers(self) -> u64 {
        match self {
            Self::Uint16 | Self::Int16 => 1,
            Self::Uint32 | Self::Int32 | Self::Float32 => 2,
            Self::Uint64 | Self::Int64 | Self::Float64 => MOST,
        }
    }
}

/// In which order the octets of a number stand in its registers; the letters are octets, the most significant is A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegisterOrder {
    /// The most significant register first.
    #[default]
    Abcd,
    /// The least significant register first.
    Cdab,
    /// The most significant register first, the octets of each exchanged.
    Badc,
    /// The least significant register first, the octets of each exchanged.
    Dcba,
}

impl RegisterOrder {
    /// All orders, and what lists of names call them.
    pub const NAMED: [(&'static str, Self); 4] =
        [("abcd", Self::Abcd), ("cdab", Self::Cdab), ("badc", Self::Badc), ("dcba", Self::Dcba)];
}

impl RegisterValue {
    /// The number whose registers begin at this index; none where they are not all there.
    pub(crate) fn read(self, registers: U16Be<'_>, index: u64) -> Option<PointValue<'static>> {
        let count = self.number.registers();
        let exchanged = matches!(self.order, RegisterOrder::Badc | RegisterOrder::Dcba);
        let least_first = matches!(self.order, RegisterOrder::Cdab | RegisterOrder::Dcba);
        let mut bits = 0u64;
        for place in 0..count {
            let place = if least_first { count - 1 - place } else { place };
            let register = registers.get(usize::try_from(index.checked_add(place)?).ok()?)?;
            let register = if exchanged { register.swap_bytes() } else { register };
            bits = bits << 16 | u64::from(register);
        }
        Some(match self.number {
            RegisterNumber::Int16 => PointValue::Integer((bits as i16).into()),
            RegisterNumber::Int32 => PointValue::Integer((bits as i32).into()),
            RegisterNumber::Int64 => PointValue::Integer(bits as i64),
            RegisterNumber::Float32 => PointValue::Number(f32::from_bits(bits as u32).into()),
            RegisterNumber::Float64 => PointValue::Number(f64::from_bits(bits)),
            RegisterNumber::Uint16 | RegisterNumber::Uint32 | RegisterNumber::Uint64 => {
                // Beyond what an integer of a point holds, the nearest number.
                i64::try_from(bits).map_or(PointValue::Number(bits as f64), PointValue::Integer)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        number: RegisterNumber,
        order: RegisterOrder,
        octets: &[u8],
        index: u64,
    ) -> Option<PointValue<'_>> {
        RegisterValue { number, order }.read(U16Be::new(octets), index)
    }

    /// -118.625 is 0xc2ed4000: sign 1, exponent 127 + 6, fraction of 1.853515625 (IEEE 754-2008, section 3.4).
    #[test]
    fn a_real_number_is_read_in_each_order() {
        let orders = [
            (RegisterOrder::Abcd, [0xc2, 0xed, 0x40, 0x00]),
            (RegisterOrder::Cdab, [0x40, 0x00, 0xc2, 0xed]),
            (RegisterOrder::Badc, [0xed, 0xc2, 0x00, 0x40]),
            (RegisterOrder::Dcba, [0x00, 0x40, 0xed, 0xc2]),
        ];
        for (order, octets) in orders {
            let number = Some(PointValue::Number(-118.625));
            assert_eq!(read(RegisterNumber::Float32, order, &octets, 0), number, "{order:?}");
            let behind = [&[0, 9][..], &octets].concat();
            assert_eq!(read(RegisterNumber::Float32, order, &behind, 1), number, "{order:?}");
            assert_eq!(
                read(RegisterNumber::Float32, order, &behind, 2),
                None,
                "the second register is not there"
            );
        }
    }

    #[test]
    fn each_type_has_its_sign_and_size() {
        let all = [0xff; 8];
        let of = |number, octets| read(number, RegisterOrder::Abcd, octets, 0);
        let integer = |value| Some(PointValue::Integer(value));
        assert_eq!(of(RegisterNumber::Uint16, &all), integer(65_535));
        assert_eq!(of(RegisterNumber::Int16, &all), integer(-1));
        assert_eq!(of(RegisterNumber::Uint32, &all), integer(4_294_967_295));
        assert_eq!(of(RegisterNumber::Int32, &all), integer(-1));
        assert_eq!(of(RegisterNumber::Int64, &all), integer(-1));
        assert_eq!(of(RegisterNumber::Uint64, &all), Some(PointValue::Number(18_446_744_073_709_551_615.0)));
        assert_eq!(of(RegisterNumber::Int32, &[0x80, 0, 0, 1]), integer(-2_147_483_647));
        // 1.5 in double precision: exponent 1023, fraction a half.
        let real = [0x3f, 0xf8, 0, 0, 0, 0, 0, 0];
        assert_eq!(of(RegisterNumber::Float64, &real), Some(PointValue::Number(1.5)));
        let mut reversed = real;
        reversed.reverse();
        assert_eq!(
            read(RegisterNumber::Float64, RegisterOrder::Dcba, &reversed, 0),
            Some(PointValue::Number(1.5))
        );
        for (_, number) in RegisterNumber::NAMED {
            let octets = usize::try_from(2 * number.registers()).unwrap();
            assert!(
                of(number, &all[..octets]).is_some() && of(number, &all[..octets - 2]).is_none(),
                "{number:?}"
            );
        }
    }
}
