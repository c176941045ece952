//! Who may see whom: the floors table of `ARCHITECTURE.md`, and the imports that climb.
//!
//! The table is the code block marked `floors`. A line at the margin names a crate, the indented lines below it are its
//! storeys from the roof down; a storey's rooms are top-level modules. A room sees the storeys below its own and itself;
//! a crate sees the crates below it in the table. A crate without storeys is one room.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;

use crate::source::{Breach, NamedPath, Source, paths};

/// The floors table, read.
#[derive(Debug)]
pub struct Floors {
    /// Crates from the roof down.
    crates: Vec<String>,
    /// (crate, room) to storey; the roof is 0.
    storeys: BTreeMap<(String, String), usize>,
}

impl Floors {
    /// Reads the table out of the text of `ARCHITECTURE.md`.
    pub fn parse(architecture: &str) -> Result<Floors, String> {
        let mut floors = Floors { crates: Vec::new(), storeys: BTreeMap::new() };
        let after =
            architecture.split_once("```floors\n").ok_or("ARCHITECTURE.md has no code block marked `floors`")?.1;
        let block = after.split_once("\n```").ok_or("the floors table has no end")?.0;
        for (number, line) in block.lines().enumerate() {
            let rooms = line.split('#').next().unwrap_or_default();
            if !rooms.starts_with(' ') {
                floors.crates.extend(rooms.split_whitespace().map(str::to_owned));
                continue;
            }
            let package = floors.crates.last().ok_or("the floors table starts with a crate")?.clone();
            for room in rooms.split_whitespace() {
                if floors.storeys.insert((package.clone(), room.to_owned()), number).is_some() {
                    return Err(format!("the floors table names {package} {room} twice"));
                }
            }
        }
        Ok(floors)
    }

    fn storey(&self, package: &str, room: &str) -> Option<usize> {
        self.storeys.get(&(package.to_owned(), room.to_owned())).copied()
    }

    /// Whether the table tells the rooms of `package` apart; a crate without storeys is one room.
    fn has_storeys(&self, package: &str) -> bool {
        self.storeys.keys().any(|(known, _)| known == package)
    }

    /// Why `from` may not name `room` of `package`, if it may not.
    fn forbids(&self, from: (&str, &str), to: (&str, &str)) -> Option<String> {
        if from.0 != to.0 {
            let place = |package: &str| self.crates.iter().position(|known| known == package);
            let climbs = place(from.0)? >= place(to.0)?;
            return climbs.then(|| format!("{} must not see {}: it lies above in the floors table", from.0, to.0));
        }
        let (mine, theirs) = (self.storey(from.0, from.1)?, self.storey(to.0, to.1)?);
        let climbs = from.1 != to.1 && mine >= theirs;
        let place = if mine == theirs { "beside" } else { "above" };
        climbs.then(|| format!("`{}` must not see `{}`: it lies {place} it in the floors table", from.1, to.1))
    }
}

/// Imports, and paths written inline, that climb in the table.
pub fn climbing(sources: &[Source], floors: &Floors) -> Vec<Breach> {
    let exports = exports(sources);
    let mut breaches = Vec::new();
    for source in sources {
        let (Some(package), module) = (source.package(), source.module()) else {
            continue;
        };
        let Some(room) = module.first() else { continue };
        for path in paths(&source.shipped) {
            let Some((to_package, to_room)) = target(&path, &package, &module, &exports) else {
                continue;
            };
            if let Some(why) = floors.forbids((&package, room), (&to_package, &to_room)) {
                breaches.push(source.breach(path.line, why));
            }
        }
    }
    breaches
}

/// Rooms that stand in the code and not in the table, and the other way round.
pub fn unlisted(sources: &[Source], floors: &Floors) -> Vec<Breach> {
    let mut standing = BTreeSet::new();
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| !source.shipped.is_empty()) {
        let (Some(package), module) = (source.package(), source.module()) else {
            continue;
        };
        let [room] = module.as_slice() else { continue };
        standing.insert((package.clone(), room.clone()));
        if floors.has_storeys(&package) && floors.storey(&package, room).is_none() {
            breaches.push(source.breach(1, format!("room `{room}` of {package} is missing in the floors table")));
        }
    }
    for (package, room) in floors.storeys.keys() {
        if !standing.contains(&(package.clone(), room.clone())) {
            let what = format!("the floors table names `{room}` of {package}, which is not there");
            breaches.push(Breach { file: "ARCHITECTURE.md".to_owned(), line: 0, what });
        }
    }
    breaches
}

/// Names that a crate's `lib.rs` re-exports: (crate, name) to room.
fn exports(sources: &[Source]) -> BTreeMap<(String, String), String> {
    let mut exports = BTreeMap::new();
    for source in sources.iter().filter(|source| source.file.ends_with("/src/lib.rs")) {
        let Some(package) = source.package() else {
            continue;
        };
        for path in uses(&source.shipped) {
            let segments: Vec<&String> =
                path.segments.iter().filter(|part| *part != "crate" && *part != "self").collect();
            if let (Some(room), Some(name), true) = (segments.first(), segments.last(), segments.len() > 1) {
                exports.insert((package.clone(), (*name).clone()), (*room).clone());
            }
        }
    }
    exports
}

fn uses(tokens: &[TokenTree]) -> Vec<NamedPath> {
    paths(tokens).into_iter().filter(|path| path.segments.len() > 1).collect()
}

/// The (crate, room) that `path`, written in `module` of `package`, points into; `None` when it is not one of ours.
fn target(
    path: &NamedPath,
    package: &str,
    module: &[String],
    exports: &BTreeMap<(String, String), String>,
) -> Option<(String, String)> {
    let (first, rest) = path.segments.split_first()?;
    let (package, within) = match first.as_str() {
        "crate" => (package.to_owned(), rest.to_vec()),
        "super" => {
            let mut here = [module, &path.inside].concat();
            let climbs = path.segments.iter().take_while(|part| *part == "super").count();
            here.truncate(here.len().saturating_sub(climbs));
            here.extend_from_slice(&path.segments[climbs..]);
            (package.to_owned(), here)
        }
        other if other.starts_with("yumen_") => (other.replace('_', "-"), rest.to_vec()),
        _ => return None,
    };
    let named = within.first().cloned().unwrap_or_default();
    let room = exports.get(&(package.clone(), named.clone())).cloned().unwrap_or(named);
    Some((package, room))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "text\n```floors\nyumen-server\n    runtime # all\n    cli demo\n    route\nyumen-dubbo\n    cluster\n    url error\n```\n";

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        let lib = Source::parse("gateway/dubbo/src/lib.rs", "pub mod cluster; pub mod url; pub use cluster::Failover;");
        let sources = [lib, Source::parse(file, text)];
        let breaches = climbing(&sources, &Floors::parse(TABLE).expect("the table"));
        let seen: Vec<&str> = breaches.iter().map(|breach| breach.what.split(':').next().unwrap_or_default()).collect();
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn a_room_sees_the_storeys_below_and_itself() {
        check(
            "gateway/server/src/runtime.rs",
            "use crate::{cli::Run, route::Route}; use yumen_dubbo::cluster::X;",
            &[],
        );
        check("gateway/dubbo/src/cluster/failover.rs", "use super::Policy; use crate::{cluster::X, url::Y};", &[]);
    }

    #[test]
    fn a_room_that_looks_up_or_beside_is_found() {
        check("gateway/server/src/route.rs", "use crate::cli::Run;", &["`route` must not see `cli`"]);
        check("gateway/server/src/cli.rs", "use crate::demo::Demo;", &["`cli` must not see `demo`"]);
    }

    #[test]
    fn inline_paths_re_exports_and_super_count_as_well() {
        let seen = &["`url` must not see `cluster`"];
        check("gateway/dubbo/src/url.rs", "fn f() { crate::cluster::run() }", seen);
        check("gateway/dubbo/src/url.rs", "use crate::Failover;", seen);
        check("gateway/dubbo/src/url.rs", "use super::cluster::X;", seen);
        check("gateway/dubbo/src/url/parse.rs", "mod m { fn f() { super::super::super::cluster::run() } }", seen);
    }

    #[test]
    fn a_lower_crate_that_names_a_higher_one_is_found() {
        check(
            "gateway/dubbo/src/url.rs",
            "use yumen_server::route::Route;",
            &["yumen-dubbo must not see yumen-server"],
        );
    }

    #[test]
    fn tests_may_look_anywhere() {
        check("gateway/dubbo/src/url.rs", "#[cfg(test)] mod tests { use crate::cluster::X; }", &[]);
    }

    #[test]
    fn the_table_and_the_code_name_the_same_rooms() {
        let sources = [Source::parse("gateway/dubbo/src/pool.rs", "fn f() {}")];
        let breaches = unlisted(&sources, &Floors::parse(TABLE).expect("the table"));
        assert!(breaches.iter().any(|breach| { breach.what.contains("room `pool` of yumen-dubbo is missing") }));
        assert!(
            breaches.iter().any(|breach| { breach.what.contains("names `url` of yumen-dubbo, which is not there") })
        );
    }

    #[test]
    fn a_broken_table_is_refused() {
        assert!(Floors::parse("no table").is_err());
        assert!(Floors::parse("```floors\na\n    b b\n```\n").is_err());
    }
}
