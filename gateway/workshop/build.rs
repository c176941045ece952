//! Takes the templates and what each language needs beside them into the crate, so that `yumen plugin new` needs no files.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// What is taken: folders and files below `plugin-sdk`.
const TAKEN: [&str; 9] = ["templates", "wit", "src", "Cargo.toml", "README.md", "c", "go", "js", "python"];

fn main() -> io::Result<()> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk");
    let mut files = Vec::new();
    for part in TAKEN {
        println!("cargo::rerun-if-changed={}", sdk.join(part).display());
        gather(&sdk.join(part), &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&sdk).map_err(io::Error::other)?;
        let path = fs::canonicalize(&file)?;
        list += &format!("    ({:?}, include_bytes!({:?})),\n", name.to_string_lossy(), path);
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), list)
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        gather(&entry?.path(), files)?;
    }
    Ok(())
}
