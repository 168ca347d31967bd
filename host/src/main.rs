//! The `asogate` command.

fn main() {}
