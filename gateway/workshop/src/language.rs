//! The languages that there are templates for, and the worlds of the contract.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use yumen_plugin_host::Kind;

/// A language that `yumen plugin` knows how to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust, by cargo.
    Rust,
    /// Go, by its own toolchain.
    Go,
    /// C, by zig.
    C,
    /// JavaScript, on QuickJS.
    Js,
    /// Python, on CPython.
    Python,
    /// Any other: `plugin.yaml` says the command.
    Other,
}

impl Language {
    /// Those with templates.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Go, Self::C, Self::Js, Self::Python];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Go => "go",
            Self::C => "c",
            Self::Js => "js",
            Self::Python => "python",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = |language: &Self| language.as_str() == text;
        Self::ALL.into_iter().find(known).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|language| language.as_str()).collect();
            format!("there is no template for {text:?}; there are {}", names.join(", "))
        })
    }
}

/// The world of this name.
#[must_use]
pub fn world(text: &str) -> Option<Kind> {
    [Kind::Filter, Kind::Router, Kind::LoadBalancer, Kind::Service].into_iter().find(|kind| kind.as_str() == text)
}
