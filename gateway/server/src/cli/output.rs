//! Where results go, and in which colours.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use super::{Color, Global, Output};
use crate::config::{Format, Paint, Sources};

/// Writes data to stdout. A reader that has gone away is no fault of the command.
pub(super) fn print(text: &str) -> ExitCode {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

impl Global {
    /// Whether stdout gets colours.
    pub(super) fn paint(&self, sources: &Sources) -> Paint {
        let no_color = sources.environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self.color {
            Color::Always => Paint::Colour,
            Color::Auto if !no_color && std::io::stdout().is_terminal() => Paint::Colour,
            Color::Auto | Color::Never => Paint::Plain,
        }
    }

    /// How findings are written.
    pub(super) fn format(&self) -> Format {
        match self.output {
            Output::Text => Format::Text,
            Output::Json => Format::Json,
            Output::Github => Format::Github,
        }
    }
}
