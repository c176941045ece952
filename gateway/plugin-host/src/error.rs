//! Why the host did not start, and why a version was not taken.

use std::fmt;

/// The host could not start: the machine gives no room for the engine, or no thread.
#[derive(Debug, thiserror::Error)]
#[error("the plugin engine does not start: {0}")]
pub struct HostError(pub(crate) String);

/// Where on its way from bytes to service a version failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The bytes are not what the digest names.
    Digest,
    /// What the module is, imports, exports and asks for.
    Inspect,
    /// From WebAssembly to this machine's code.
    Compile,
    /// The first instance.
    Instantiate,
    /// `describe`, and whether its answer holds.
    Describe,
    /// The configuration against the plugin's schema.
    Config,
    /// `configure`.
    Configure,
    /// `self-test`.
    SelfTest,
    /// The instances that workers start with.
    Warm,
}

impl Step {
    /// The name that people and the admin API read, such as `self-test`.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Digest => "digest",
            Step::Inspect => "inspect",
            Step::Compile => "compile",
            Step::Instantiate => "instantiate",
            Step::Describe => "describe",
            Step::Config => "config",
            Step::Configure => "configure",
            Step::SelfTest => "self-test",
            Step::Warm => "warm",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A version was not taken; nothing that serves has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{step}: {message}")]
pub struct LoadError {
    /// Where it failed.
    pub step: Step,
    /// Why, in words for the plugin's author or user.
    pub message: String,
    /// For [`Step::Config`]: where in the configuration, as a JSON pointer (`/limits/0/name`; empty: the whole).
    pub pointer: Option<String>,
}

impl LoadError {
    /// A version failed at this step.
    pub fn new(step: Step, message: impl Into<String>) -> LoadError {
        LoadError { step, message: message.into(), pointer: None }
    }

    /// The configuration does not hold at this JSON pointer.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> LoadError {
        LoadError { step: Step::Config, message: message.into(), pointer: Some(pointer.into()) }
    }
}
