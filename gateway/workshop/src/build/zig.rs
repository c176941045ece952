//! C: clang and a C library from the package `ziglang`, as a WASI reactor; the adapter takes WASI away again.

use std::{fs, path::PathBuf};

use super::{Bench, tool::Tool, tool::from_pypi};
use crate::trouble::Trouble;
use yumen_plugin_host::Kind;

const VERSION: &str = "0.17.0";

/// The stack is 128 KiB; zig's own choice, 16 MiB, would be each instance's.
const FLAGS: [&str; 12] = [
    "-target",
    "wasm32-wasi",
    "-mexec-model=reactor",
    "-Wl,-z,stack-size=131072",
    "-std=gnu23",
    "-O2",
    "-s",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-Wno-missing-field-initializers",
    "-Iyumen",
];

pub(super) fn build(bench: &Bench<'_>) -> Result<PathBuf, Trouble> {
    let project = bench.project;
    let python = from_pypi(bench, "ziglang", VERSION)?;
    let module = Bench::absolute(&bench.workroom)?.join("core.wasm");
    let world = match project.world {
        Kind::Filter => "yumen/filter.c",
        Kind::Router => "yumen/router.c",
        Kind::LoadBalancer => "yumen/balancer.c",
        Kind::Service => "yumen/service.c",
    };
    let clang = Tool { program: python.into(), install: "remove .yumen/tools, and build again" };
    let sources = sources(bench)?;
    clang.run(&project.folder, |command| {
        let command = command.args(["-m", "ziglang", "cc"]).args(FLAGS).args(sources);
        command.args(["yumen/yumen.c", "yumen/json.c", world, "-o"]).arg(&module)
    })?;
    Ok(module)
}

/// Every C file in `src`.
fn sources(bench: &Bench<'_>) -> Result<Vec<PathBuf>, Trouble> {
    let folder = bench.project.folder.join("src");
    let entries = fs::read_dir(&folder).map_err(|error| Trouble::file("read", &folder, &error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut sources: Vec<_> =
        names.filter(|name| name.ends_with(".c")).map(|name| PathBuf::from("src").join(name)).collect();
    sources.sort();
    Ok(sources)
}
