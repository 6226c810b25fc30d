//! The common language: what every protocol also says in the same words.

mod operation;

pub use operation::Operation;
