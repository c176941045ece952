//! `yumen schema`: the JSON Schema of the configuration.

use std::process::ExitCode;

use super::output;
use crate::config::schema_text;

/// Prints the schema.
pub(super) fn run() -> ExitCode {
    output::print(&schema_text())
}
