//! What is generated and held by diff.
fn main() {}
