//! `record!` and `codes!`: one declaration from which everything else follows.

/// Declares a row: the struct, its table, its columns and the one way to its fields.
///
/// ```
/// fieldtap::record! {
///     /// One information object.
///     pub struct Object<'a> in "example_objects" {
///         /// Information object address.
///         ioa: u32,
///         /// Voltage.
///         value: Option<f64> ["V"],
///         /// Name, as sent.
///         name: fieldtap::record::Text<'a>,
///     }
/// }
/// use fieldtap::record::{Field, Record, Row};
/// let row = Object { ioa: 7, value: None, name: "feeder".into() };
/// assert_eq!(Object::schema().columns[1].unit, Some("V"));
/// assert_eq!(row.field(0), Field::Unsigned(7));
/// assert_eq!(row.field(1), Field::Null);
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident $(<$lifetime:lifetime>)? in $table:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $([$unit:literal])?, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        $vis struct $name $(<$lifetime>)? {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }
        impl $(<$lifetime>)? $name $(<$lifetime>)? {
            /// The columns, in order.
            pub const COLUMNS: &'static [$crate::record::ColumnInfo] = &[$(
                $crate::record::ColumnInfo {
                    name: stringify!($field),
                    doc: concat!($($field_doc),*).trim_ascii(),
                    unit: { let unit: &[&'static str] = &[$($unit)?]; if unit.is_empty() { None } else { Some(unit[0]) } },
                    kind: <$type as $crate::record::Value>::KIND,
                    nullable: <$type as $crate::record::Value>::NULLABLE,
                },
            )*];

            /// Hands on the values of all columns, in order: for whoever knows the type of the row.
            #[inline(always)]
            #[allow(dead_code, reason = "not every row is handed on by somebody who knows its type")]
            pub fn each(&self, take: &mut impl $crate::record::TakeValue) {
                $( $crate::record::TakeValue::value(take, self.$field); )*
            }
        }
        const _: () = {
            // Tables are told apart by the address of this `static`; a constant may be duplicated.
            static TABLE: $crate::record::Table = $crate::record::Table {
                name: $table,
                doc: concat!($($doc),*).trim_ascii(),
                columns: $name::COLUMNS,
            };
            impl $(<$lifetime>)? $crate::record::Record for $name $(<$lifetime>)? {
                #[inline]
                fn schema() -> &'static $crate::record::Table { &TABLE }
            }
            impl $(<$lifetime>)? $crate::record::Row for $name $(<$lifetime>)? {
                #[inline]
                fn table(&self) -> &'static $crate::record::Table { &TABLE }
                #[allow(unused_assignments)]
                fn field(&self, column: usize) -> $crate::record::Field<'_> {
                    let mut index = 0;
                    $(
                        if column == index { return $crate::record::Value::field(self.$field); }
                        index += 1;
                    )*
                    $crate::record::Field::Null
                }
                #[allow(unused_assignments)]
                fn present<'field>(&'field self, take: &mut dyn FnMut(usize, $crate::record::Field<'field>)) {
                    let mut index = 0;
                    $(
                        match $crate::record::Value::field(self.$field) {
                            $crate::record::Field::Null => {}
                            field => take(index, field),
                        }
                        index += 1;
                    )*
                }
                #[inline]
                fn push(&self, columns: &mut $crate::record::Columns) {
                    let row = columns.rows;
                    // As many as the table has: no end of them is looked for.
                    if let Some([$($field,)*]) = columns.columns.first_chunk_mut() {
                        $( $crate::record::Value::push_at(self.$field, $field, row, 1); )*
                    }
                    columns.rows = row + 1;
                }
                fn push_times(&self, columns: &mut $crate::record::Columns, times: usize) {
                    let row = columns.rows;
                    if let (1.., Some([$($field,)*])) = (times, columns.columns.first_chunk_mut()) {
                        $( $crate::record::Value::push_at(self.$field, $field, row, times); )*
                    }
                    columns.rows = row + times;
                }
                #[inline(always)]
                #[allow(unused_assignments)]
                fn digest(&self) -> u64 {
                    // Each value is multiplied by an odd number of its place: no bit of it is lost, the products do not
                    // wait for one another, and what is absent costs nothing.
                    let (mut sum, mut place) = (0u64, 0x9e37_79b9_7f4a_7c15_u64);
                    $(
                        sum = sum.wrapping_add($crate::record::Value::weigh(self.$field, place >> 34 | 1));
                        place = place.wrapping_mul(0xd134_2543_de82_ef95);
                    )*
                    sum
                }
            }
        };
    };
}

/// Declares a code of the wire: every value is kept, known ones have a name, and where it makes sense the operation that
/// they stand for by default.
///
/// ```
/// fieldtap::codes! {
///     /// Function code.
///     pub struct Function(u8) {
///         /// Read coils.
///         READ_COILS = 1 => "read_coils" => READ,
///         /// A code without an operation of its own.
///         ENCAPSULATED = 43 => "encapsulated_interface",
///     }
/// }
/// use fieldtap::common::Operation;
/// assert_eq!(Function(1).name(), Some("read_coils"));
/// assert_eq!(Function::READ_COILS.operation(), Some(Operation::READ));
/// assert_eq!(Function(99).name(), None);
/// ```
#[macro_export]
macro_rules! codes {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident($type:ty) {
            $( $(#[doc = $code_doc:literal])* $code:ident = $number:literal => $label:literal $(=> $operation:ident)?, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis struct $name(pub $type);
        impl $name {
            $( $(#[doc = $code_doc])* pub const $code: Self = Self($number); )*
            /// Known codes and their names.
            pub const NAMES: &'static [(u64, &'static str)] = &[$(($number, $label)),*];
            /// The code's name, if it is known.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($label),)* _ => None }
            }
            /// The operation that the code stands for by default, if it stands for one.
            #[allow(unreachable_patterns)]
            pub const fn operation(self) -> Option<$crate::common::Operation> {
                match self.0 { $( $($number => Some($crate::common::Operation::$operation),)? )* _ => None }
            }
        }
        impl $crate::record::Value for $name {
            const KIND: $crate::record::Kind =
                $crate::record::Kind::Code { width: size_of::<$type>() as u8, names: Self::NAMES };
            #[inline(always)]
            fn field<'a>(self) -> $crate::record::Field<'a> {
                $crate::record::Field::Code { value: self.0.into(), name: self.name() }
            }
            #[inline(always)]
            fn push(self, column: &mut $crate::record::Column) { $crate::record::Value::push(self.0, column) }
            #[inline]
            fn push_times(self, column: &mut $crate::record::Column, times: usize) {
                $crate::record::Value::push_times(self.0, column, times)
            }
            #[inline(always)]
            fn push_null(column: &mut $crate::record::Column, times: usize) {
                $crate::record::Value::push_times(<$type>::default(), column, times)
            }
            #[inline(always)]
            fn digest(self) -> u64 { self.0.into() }
        }
    };
}
