//! For build scripts: compiles Rust plugins of this workspace to components, beside the build that needs them.
//!
//! The inner cargo has a target folder of its own, because the outer one holds the lock of its; and nothing of the outer build's
//! flags, which are for another machine. Where the Wasm target is missing nothing is built and [`BuildError::Missing`] says what to
//! install: a build script passes that on as a warning, and whoever wants a plugin then gets it as an error.
#![allow(clippy::print_stdout, reason = "a build script tells cargo what it depends on by printing")]

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target that plugins are compiled for: no WASI, so that a plugin imports what it uses and nothing else.
const TARGET: &str = "wasm32-unknown-unknown";

/// Why there are no plugins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The Wasm target is not installed; says what to do. What can be built without plugins should be.
    #[error("{0}")]
    Missing(String),
    /// A plugin does not compile, which nobody should build over.
    #[error("{0}")]
    Broken(String),
}

/// Plugins to build: cdylibs or examples of one world.
#[derive(Debug, Clone, Copy)]
pub struct Plugins<'a> {
    /// Root of the workspace.
    pub workspace: &'a Path,
    /// The inner target folder, usually below `OUT_DIR`.
    pub target: &'a Path,
    /// What cargo shall build, such as `["--package", "cors"]`.
    pub selection: &'a [&'a str],
    /// Folders and files whose change asks for another build.
    pub sources: &'a [&'a str],
}

impl Plugins<'_> {
    /// Builds them and returns the folder with the core modules, for [`component`].
    ///
    /// # Errors
    /// When the target is not installed, or a plugin does not compile; what cargo said is printed.
    pub fn build(&self) -> Result<PathBuf, BuildError> {
        for source in self.sources {
            println!("cargo::rerun-if-changed={}", self.workspace.join(source).display());
        }
        let library = library();
        if !library.is_dir() {
            // The folder of targets is there and changes when one is added; then the build script runs again.
            if let Some(targets) = library.ancestors().find(|folder| folder.is_dir() && folder.parent().is_some()) {
                println!("cargo::rerun-if-changed={}", targets.display());
            }
            let cure = format!("the Wasm target is not installed; run `rustup target add {TARGET}` and build again");
            return Err(BuildError::Missing(cure));
        }
        let built = self.command().status();
        let built = built.map_err(|error| BuildError::Broken(format!("cargo does not start: {error}")))?;
        if !built.success() {
            return Err(BuildError::Broken(format!("cargo build {} failed", self.selection.join(" "))));
        }
        Ok(self.target.join(TARGET).join("plugin"))
    }

    fn command(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(self.workspace).args(["build", "--locked", "--quiet", "--profile", "plugin"]);
        command.args(["--target", TARGET, "--target-dir"]).arg(self.target).args(self.selection);
        let outer = |name: &str| {
            let of_cargo = ["CARGO_ENCODED_", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_CFG_", "CARGO_FEATURE_"];
            of_cargo.iter().any(|start| name.starts_with(start))
                || ["RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_TARGET_DIR"]
                    .contains(&name)
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(outer)) {
            command.env_remove(name);
        }
        command
    }
}

/// The component of a core module that was built.
///
/// # Errors
/// When there is no such file, or it is not a plugin.
pub fn component(module: &Path) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(module)?;
    // A module of the Rust SDK says its world itself; this one is for those that do not.
    yumen_plugin_encode::encode(&bytes, "filter").map_err(io::Error::other)
}

/// Where rustc has the target's standard library, or would have it; asked so that it works without rustup as well.
fn library() -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    asked.map_or_else(|_| PathBuf::new(), |output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
