//! Builds the shipped plugins for Wasm, makes components of them and writes the table that `src/lib.rs` includes.
#![allow(clippy::print_stdout, reason = "a build script speaks to cargo by printing")]

use std::collections::BTreeSet;
use std::env::var_os;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use yumen_plugin_build::{BuildError, Plugins, component};

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let here = PathBuf::from(var_os("CARGO_MANIFEST_DIR").ok_or("cargo runs this")?);
    let out = PathBuf::from(var_os("OUT_DIR").ok_or("cargo runs this")?);
    let root = here.join("../..").canonicalize()?;
    let names = names(&root.join("plugins"))?;
    let selection: Vec<&str> = names.iter().flat_map(|name| ["--package", name]).collect();
    let sources = sources(&names);
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let plugins = Plugins { workspace: &root, target: &out.join("wasm"), selection: &selection, sources: &sources };
    let table = match plugins.build() {
        Ok(modules) => table(&names, &modules, &out)?,
        Err(broken @ BuildError::Broken(_)) => return Err(broken.into()),
        Err(BuildError::Missing(why)) => {
            println!("cargo::warning=built without built-in plugins: {why}");
            let rows: String = names.iter().map(|name| format!("    ({name:?}, Err(Missing({why:?}))),\n")).collect();
            format!("&[\n{rows}]")
        }
    };
    Ok(fs::write(out.join("plugins.rs"), table)?)
}

/// The folders of `plugins` that hold a `plugin.yaml`.
fn names(plugins: &Path) -> Done<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for folder in fs::read_dir(plugins)? {
        let folder = folder?.path();
        if folder.join("plugin.yaml").is_file()
            && let Some(name) = folder.file_name().and_then(|name| name.to_str())
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

/// What the components are made of and nothing else: a README that changes builds nothing.
fn sources(names: &BTreeSet<String>) -> Vec<String> {
    let shared = ["Cargo.lock", "plugin-sdk/Cargo.toml", "plugin-sdk/src", "plugins/bundle/build.rs"];
    let of_plugin =
        |name: &String| ["Cargo.toml", "config.schema.json", "src"].map(|source| format!("plugins/{name}/{source}"));
    shared.map(str::to_owned).into_iter().chain(names.iter().flat_map(of_plugin)).collect()
}

fn table(names: &BTreeSet<String>, modules: &Path, out: &Path) -> Done<String> {
    let mut table = String::from("&[\n");
    for name in names {
        let module = modules.join(name.replace('-', "_")).with_extension("wasm");
        let file = out.join(format!("{name}.wasm"));
        fs::write(&file, component(&module).map_err(|why| format!("{name}: {why}"))?)?;
        writeln!(table, "    ({name:?}, Ok(include_bytes!({file:?}))),")?;
    }
    Ok(table + "]")
}
