//! The `yumen` command.

fn main() {}
