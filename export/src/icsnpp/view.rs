//! Rows of a known table, field by field.
use fieldtap::record::{Field, List};

/// A type that a field of a row is read as.
pub(super) trait Read<'a> {
    fn read(field: Field<'a>) -> Self;
}

impl<'a> Read<'a> for Option<u64> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::Unsigned(value) | Field::Code { value, .. } => Some(value),
            _ => None,
        }
    }
}
impl<'a> Read<'a> for Option<i64> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::Signed(value)
            | Field::Instant(value)
            | Field::WallClock(value)
            | Field::Duration(value) => Some(value),
            Field::Unsigned(value) => i64::try_from(value).ok(),
            _ => None,
        }
    }
}
impl<'a> Read<'a> for Option<f64> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::F64(value) => Some(value),
            Field::F32(value) => Some(value.into()),
            _ => None,
        }
    }
}
impl<'a> Read<'a> for Option<bool> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::Bool(value) => Some(value),
            _ => None,
        }
    }
}
impl<'a> Read<'a> for Option<&'a [u8]> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::Text(text) => Some(text.as_bytes()),
            Field::Bytes(octets) => Some(octets),
            Field::Symbol(word) => Some(word.as_bytes()),
            _ => None,
        }
    }
}
impl<'a> Read<'a> for Option<&'static str> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::Symbol(word) => Some(word),
            Field::Code { name, .. } => name,
            _ => None,
        }
    }
}
impl<'a> Read<'a> for Option<List<'a>> {
    #[inline]
    fn read(field: Field<'a>) -> Self {
        match field {
            Field::List(list) => Some(list),
            _ => None,
        }
    }
}

/// Declares a struct of some columns of a table. That the table has them is checked at compile time.
macro_rules! view {
    ($name:ident of $record:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Clone, Copy, Debug, Default)]
        struct $name<'r> {
            $($field: Option<$type>,)*
            row: core::marker::PhantomData<&'r ()>,
        }
        impl<'r> $name<'r> {
            #[inline]
            fn of(row: &'r dyn fieldtap::record::Row) -> Self {
                Self {
                    $($field: $crate::icsnpp::view::Read::read(row.field(const {
                        fieldtap::record::column_place($record::COLUMNS, stringify!($field))
                    })),)*
                    row: core::marker::PhantomData,
                }
            }
        }
    };
}
pub(super) use view;
