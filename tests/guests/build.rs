//! Compiles every example of `modules` and writes the list of them.
#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a build script speaks to cargo, and ends where it cannot go on"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use yumen_plugin_build::{BuildError, Plugins, component};

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let workspace = here.join("../..");
    let plugins = Plugins {
        workspace: &workspace,
        target: &out.join("wasm"),
        selection: &["--package", "yumen-guest-modules", "--examples"],
        sources: &["tests/guests/modules", "plugin-sdk/src", "plugin-sdk/wit"],
    };
    let text = match plugins.build() {
        Ok(modules) => list(&modules.join("examples"), &here.join("modules/examples"), &out),
        Err(broken @ BuildError::Broken(_)) => panic!("{broken}"),
        Err(BuildError::Missing(why)) => {
            println!("cargo::warning=no guests for the tests: {why}");
            format!("const GUESTS: &[(&str, &[u8])] = &[];\nconst MISSING: &str = {why:?};\n")
        }
    };
    std::fs::write(out.join("list.rs"), text).unwrap();
}

fn list(modules: &Path, sources: &Path, out: &Path) -> String {
    let mut text = String::from(
        "const MISSING: &str = \"there is no guest of this name\";\nconst GUESTS: &[(&str, &[u8])] = &[\n",
    );
    let sources = std::fs::read_dir(sources).unwrap().map(|entry| entry.unwrap().path());
    for source in sources.filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let name = source.file_stem().unwrap().to_str().unwrap();
        let file = out.join(format!("{name}.wasm"));
        std::fs::write(&file, component(&modules.join(format!("{name}.wasm"))).unwrap()).unwrap();
        writeln!(text, "    ({name:?}, include_bytes!({file:?})),").unwrap();
    }
    text + "];\n"
}
