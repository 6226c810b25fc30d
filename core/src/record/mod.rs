//! What a dissector hands out: flat, borrowed rows whose declaration is the schema.
//!
//! [`record!`](crate::record!) declares a row: the struct, its [`Table`], its columns and the one way to its fields.
//! [`codes!`](crate::codes!) declares a wire code that keeps every value and names the known ones. A row goes to a
//! [`Sink`] together with the [`Envelope`] that says where in the capture it stands.

mod columns;
mod envelope;
mod field;
mod macros;
mod sink;
mod table;
#[cfg(test)]
mod tests;
mod values;

pub use columns::{Bitmap, BytesColumn, Column, Columns, ListColumn, Pick, SymbolColumn, Values};
pub use envelope::{
    CONVERSATION_FRAME_BITS, Direction, Envelope, conversation_id, message_frame, message_id,
};
pub use field::{Address, Field, List, Symbol, Text};
pub(crate) use sink::Each;
pub use sink::{Beginning, Record, Row, Series, Sink, Verdict, weight};
pub use table::{ColumnInfo, Element, Kind, Table, column_place};
pub use values::{
    Bits, Duration, F32Be, I16Be, Instant, Mac, RealForm, RealScale, Reals, TakeValue, U16Be, U16Le, U32Be,
    U32Le, Value, WallClock, digest_bytes, fold,
};
