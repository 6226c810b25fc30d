//! The fieldtap command.
