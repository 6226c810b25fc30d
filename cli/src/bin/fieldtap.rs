//! The `fieldtap` command.
fn main() {}
