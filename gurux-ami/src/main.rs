//! The `gurux-ami` command.
fn main() {}
