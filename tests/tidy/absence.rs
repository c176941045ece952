//! The invariants of absence: what a room must not know.
//!
//! Each is written out in `ARCHITECTURE.md` with its reason; here are the names that would betray a breach.

use proc_macro2::TokenTree;

use crate::shape::each_level;
use crate::source::{Breach, NamedPath, Source, paths};

/// Crates that may not be named in a package, and what that keeps out.
const FOREIGN: [(&str, &[&str], &str); 5] = [
    (
        "yumen-hessian2",
        &["tokio", "bytes", "serde", "serde_json", "yumen_dubbo", "http", "hyper"],
        "hessian2 is bytes and values: no I/O, no async, no other format",
    ),
    (
        "yumen-dubbo",
        &["http", "hyper", "axum", "matchit", "wasmtime", "serde_saphyr", "schemars", "clap"],
        "dubbo knows neither HTTP routes nor plugins nor the configuration file",
    ),
    (
        "yumen-registries",
        &["http", "hyper", "axum", "matchit", "wasmtime", "serde_saphyr", "schemars", "clap"],
        "registries know the traits of dubbo and their own wire, nothing of the gateway",
    ),
    (
        "yumen-plugin-host",
        &["axum", "matchit", "serde_saphyr", "yumen_dubbo", "yumen_hessian2", "yumen_registries"],
        "plugin-host knows the contract with guests, nothing of Dubbo, HTTP routes or the configuration file",
    ),
    ("yumen-server", &["wasmtime", "wasmtime_wasi"], "only plugin-host names the engine of plugins"),
];

/// Types that make a `static` a process-global that can change.
const MUTABLE: [&str; 12] = [
    "Mutex",
    "RwLock",
    "OnceLock",
    "OnceCell",
    "LazyLock",
    "LazyCell",
    "Cell",
    "RefCell",
    "UnsafeCell",
    "ArcSwap",
    "Once",
    "Lazy",
];

/// Process-globals that are allowed: (file, name, why).
const GLOBALS: [(&str, &str, &str); 0] = [];

/// Rooms of the product that start tasks or threads: the roof, and the doors for the connections that they own.
const SPAWNERS: [&str; 4] = ["runtime", "listener", "status", "admin"];

/// Rooms of the product that read files: the configuration; commands, those that they are given; the admin port, its token and its log.
const READERS: [&str; 3] = ["config", "cli", "admin"];

/// Where `unsafe` stands: (file, how often). `yumen-plugin-code` says why.
const UNSAFE: [(&str, usize); 1] = [("gateway/plugin-code/src/lib.rs", 1)];

/// Every breach of an invariant of absence.
pub fn present(sources: &[Source]) -> Vec<Breach> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.package().is_some()) {
        let named = paths(&source.shipped);
        found.extend(foreign(source, &named));
        found.extend(two_formats(source, &named));
        found.extend(reads(source, &named));
        found.extend(spawns(source, &named));
        found.extend(globals(source));
        found.extend(uncounted(source));
    }
    found
}

/// Whether `source` lies in the room `room` of the product.
fn in_room(source: &Source, room: &str) -> bool {
    source.package().as_deref() == Some("yumen-server") && source.module().first().is_some_and(|first| first == room)
}

/// Rooms that may name crates that are foreign to the rest of their package: (package, room, crates). Modules come over https.
const GUESTS: [(&str, &str, &[&str]); 1] = [("yumen-plugin-host", "source", &["http", "hyper"])];

fn foreign(source: &Source, named: &[NamedPath]) -> Vec<Breach> {
    let mut found = Vec::new();
    let (package, module) = (source.package(), source.module());
    let welcome = |name: &str| {
        GUESTS.iter().any(|(host, room, crates)| {
            package.as_deref() == Some(*host)
                && module.first().is_some_and(|first| first == room)
                && crates.contains(&name)
        })
    };
    for (_, names, why) in FOREIGN.iter().filter(|(package, ..)| source.package().as_deref() == Some(*package)) {
        for path in named.iter().filter(|path| {
            path.segments.len() > 1 && names.contains(&path.segments[0].as_str()) && !welcome(&path.segments[0])
        }) {
            found.push(source.breach(path.line, format!("names `{}`: {why}", path.segments[0])));
        }
    }
    found
}

/// Only the bridge knows both JSON and hessian.
fn two_formats(source: &Source, named: &[NamedPath]) -> Option<Breach> {
    let line = |root: &str| named.iter().find(|path| path.segments[0] == root).map(|path| path.line);
    let (json, hessian) = (line("serde_json")?, line("yumen_hessian2")?);
    let what = "names both JSON and hessian; only `bridge` crosses between them";
    (!in_room(source, "bridge")).then(|| source.breach(json.max(hessian), what))
}

/// Only `config` reads the environment; in the product only it reads files, beside those rooms that keep or are given some.
fn reads(source: &Source, named: &[NamedPath]) -> Vec<Breach> {
    let mut found = Vec::new();
    if in_room(source, "config") {
        return found;
    }
    let product =
        source.package().as_deref() == Some("yumen-server") && !READERS.iter().any(|room| in_room(source, room));
    for path in named {
        for pair in path.segments.windows(2) {
            match (pair[0].as_str(), pair[1].as_str()) {
                ("env", "var" | "vars" | "var_os" | "vars_os") => {
                    found.push(source.breach(path.line, "reads the environment; only `config` does"));
                }
                ("fs", "read" | "read_to_string" | "read_dir" | "File") | ("File", "open") if product => {
                    found.push(source.breach(path.line, "reads a file; in the product only `config` does"));
                }
                _ => {}
            }
        }
    }
    found
}

/// In the product only the roof starts what outlives a connection, and only the doors start what does not.
fn spawns(source: &Source, named: &[NamedPath]) -> Vec<Breach> {
    let product = source.package().as_deref() == Some("yumen-server");
    if !product || SPAWNERS.iter().any(|room| in_room(source, room)) {
        return Vec::new();
    }
    let starts = |path: &&NamedPath| {
        matches!(path.segments.last().map(String::as_str), Some("spawn" | "spawn_local" | "spawn_blocking"))
    };
    let what = "starts a task; a request needs none, and what outlives it belongs to `runtime`";
    named.iter().filter(starts).map(|path| source.breach(path.line, what)).collect()
}

/// No process-globals: a `static` that can change, or a thread-local.
fn globals(source: &Source) -> Vec<Breach> {
    let mut found = Vec::new();
    each_level(&source.shipped, &mut |tokens| {
        for at in 0..tokens.len() {
            let Some((name, line)) = global(tokens, at) else {
                continue;
            };
            if !GLOBALS.iter().any(|(file, allowed, _)| source.file == *file && name == *allowed) {
                found.push(source.breach(line, format!("`{name}` is a process-global; give the state an owner")));
            }
        }
    });
    found
}

/// `unsafe` where none is counted. The compiler forbids it in every crate but one; this also holds that one to its number.
fn uncounted(source: &Source) -> Vec<Breach> {
    let mut lines = Vec::new();
    each_level(&source.shipped, &mut |tokens| {
        for token in tokens {
            if let TokenTree::Ident(word) = token
                && word == "unsafe"
            {
                lines.push(word.span().start().line);
            }
        }
    });
    let allowed = UNSAFE.iter().find(|(file, _)| source.file == *file).map_or(0, |(_, number)| *number);
    let more = lines.into_iter().skip(allowed);
    more.map(|line| source.breach(line, "`unsafe` stands in one place, which `yumen-plugin-code` tells of")).collect()
}

/// The name and line of the changeable `static` or the `thread_local!` at `at`.
fn global(tokens: &[TokenTree], at: usize) -> Option<(String, usize)> {
    let TokenTree::Ident(keyword) = &tokens[at] else {
        return None;
    };
    let line = keyword.span().start().line;
    if keyword == "thread_local" {
        return Some(("thread_local".to_owned(), line));
    }
    let lifetime = at > 0 && matches!(&tokens[at - 1], TokenTree::Punct(tick) if tick.as_char() == '\'');
    if keyword != "static" || lifetime {
        return None;
    }
    let TokenTree::Ident(name) = tokens.get(at + 1)? else {
        return None;
    };
    if name == "mut" {
        return Some((tokens.get(at + 2)?.to_string(), line));
    }
    let equals = |token: &&TokenTree| !matches!(token, TokenTree::Punct(sign) if sign.as_char() == '=');
    let kind: Vec<String> = tokens[at + 2..].iter().take_while(equals).map(ToString::to_string).collect();
    let changes = |word: &str| MUTABLE.contains(&word) || word.starts_with("Atomic");
    let changeable = kind.iter().any(|token| token.split(|c: char| !c.is_alphanumeric()).any(changes));
    changeable.then(|| (name.to_string(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, text: &str, expected: usize) {
        let found = present(&[Source::parse(file, text)]);
        assert_eq!(found.len(), expected, "{text}: {found:?}");
    }

    #[test]
    fn a_foreign_crate_in_dubbo_or_hessian2_is_found() {
        check("gateway/dubbo/src/a.rs", "use http::Uri; fn f() { serde_saphyr::from_str() }", 2);
        check("gateway/hessian2/src/a.rs", "use tokio::time::sleep;", 1);
        check("gateway/server/src/route.rs", "use http::Uri;", 0);
    }

    #[test]
    fn json_and_hessian_in_one_file_are_found_outside_the_bridge() {
        let both = "use serde_json::Value; use yumen_hessian2::Reader;";
        check("gateway/server/src/demo.rs", both, 1);
        check("gateway/dubbo/src/metadata.rs", both, 1);
        check("gateway/server/src/bridge/json.rs", both, 0);
    }

    #[test]
    fn reading_files_or_the_environment_is_found_outside_config() {
        check("gateway/server/src/route.rs", "fn f() { std::env::var(\"A\"); std::fs::read(\"b\"); }", 2);
        check("gateway/server/src/config/load.rs", "fn f() { std::env::var(\"A\"); std::fs::read(\"b\"); }", 0);
        check("gateway/registries/src/file.rs", "fn f() { std::fs::read(\"b\"); std::env::var(\"A\"); }", 1);
    }

    #[test]
    fn starting_tasks_is_found_outside_the_roof_and_the_doors() {
        let text = "use tokio::task; fn f() { task::spawn_local(g()); builder.spawn(h) }";
        check("gateway/server/src/pipeline.rs", text, 2);
        check("gateway/server/src/runtime/worker.rs", text, 0);
    }

    #[test]
    fn a_global_that_can_change_is_found() {
        check("gateway/dubbo/src/a.rs", "static A: OnceLock<u8> = OnceLock::new();", 1);
        check("gateway/dubbo/src/a.rs", "static A: std::sync::atomic::AtomicU64 = x; static mut B: u8 = 0;", 2);
        check("gateway/dubbo/src/a.rs", "thread_local! { static A: Cell<u8> = Cell::new(1); }", 2);
        check("gateway/dubbo/src/a.rs", "static A: &[&'static str] = &[]; fn f(a: &'static Mutex<u8>) {}", 0);
    }

    #[test]
    fn unsafe_is_found_wherever_it_is_not_counted() {
        let text = "fn f() { unsafe { g() } }";
        check("gateway/dubbo/src/a.rs", text, 1);
        check("gateway/plugin-code/src/lib.rs", text, 0);
        check("gateway/plugin-code/src/lib.rs", "fn f() { unsafe { g() }; unsafe { h() } }", 1);
    }

    #[test]
    fn tests_may_know_more() {
        check("gateway/dubbo/src/a.rs", "#[cfg(test)] mod tests { static A: Mutex<u8> = x; use http::Uri; }", 0);
    }
}
