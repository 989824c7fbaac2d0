//! Generates the parsers of grammar/*.lalrpop.
fn main() {}
