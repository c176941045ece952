//! The contract with plugins, as text and parsed, and parts of it.

use std::fmt::Write;

use wit_parser::{Resolve, SourceMap, World, WorldId, WorldItem, WorldKey};

/// The files of `plugin-sdk/wit`: name and text.
pub const CONTRACT: [(&str, &str); 3] = [
    ("types.wit", include_str!("../../wit/types.wit")),
    ("host.wit", include_str!("../../wit/host.wit")),
    ("worlds.wit", include_str!("../../wit/worlds.wit")),
];

/// The contract, parsed.
pub(crate) fn parsed() -> anyhow::Result<(Resolve, wit_parser::PackageId)> {
    let mut sources = SourceMap::default();
    for (name, text) in CONTRACT {
        sources.push_str(name, text);
    }
    let mut resolve = Resolve::default();
    let group = sources.parse().map_err(|(sources, error)| anyhow::anyhow!("{}", error.render(&sources)))?;
    let package = resolve.push_group(group)?;
    Ok((resolve, package))
}

/// One of its worlds.
pub(crate) fn world(name: &str) -> anyhow::Result<(Resolve, WorldId)> {
    let (resolve, package) = parsed()?;
    let world = resolve.select_world(&[package], Some(name))?;
    Ok((resolve, world))
}

/// The interfaces with functions that a world offers to its plugins, such as `kv`; none for a world that there is not.
#[must_use]
pub fn imports(name: &str) -> Vec<String> {
    let Ok((resolve, world)) = world(name) else { return Vec::new() };
    named(&resolve, &resolve.worlds[world], |world| &world.imports)
}

/// The contract with one more world, `narrowed`: as this one, but without the imports that are not used. For tools that import
/// all that a world offers.
#[must_use]
pub fn narrowed(name: &str, used: &dyn Fn(&str) -> bool) -> Option<String> {
    let (resolve, world) = world(name).ok()?;
    let world = &resolve.worlds[world];
    let mut text = String::from("package yumen:plugin@0.1.0;\n\nworld narrowed {\n");
    for import in named(&resolve, world, |world| &world.imports).iter().filter(|name| used(name)) {
        let _ = writeln!(text, "    import {import};");
    }
    for export in named(&resolve, world, |world| &world.exports) {
        let _ = writeln!(text, "    export {export};");
    }
    text.push_str("}\n");
    Some(text)
}

fn named<'a>(
    resolve: &Resolve,
    world: &'a World,
    side: fn(&'a World) -> &'a wit_parser::IndexMap<WorldKey, WorldItem>,
) -> Vec<String> {
    let interface = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            interface.name.clone().filter(|_| !interface.functions.is_empty())
        }
        _ => None,
    };
    side(world).values().filter_map(interface).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrowed_world_is_the_world_without_what_is_not_used() {
        let text = narrowed("filter", &|name| name != "http-client" && name != "kv").expect("a world");
        assert!(text.contains("import log;") && text.contains("export filtering;"), "{text}");
        assert!(!text.contains("http-client") && !text.contains("kv"), "{text}");
        let (mut resolve, package) = parsed().expect("the contract");
        let mut sources = SourceMap::default();
        CONTRACT.iter().for_each(|(name, text)| sources.push_str(name, *text));
        sources.push_str("narrowed.wit", text);
        let group = sources.parse().map_err(|(_, error)| error).expect("it parses");
        assert!(resolve.select_world(&[package], Some("narrowed")).is_err());
        resolve = Resolve::default();
        let package = resolve.push_group(group).expect("it holds");
        assert!(resolve.select_world(&[package], Some("narrowed")).is_ok());
    }

    #[test]
    fn a_world_that_there_is_not_offers_nothing() {
        assert_eq!(imports("firewall"), Vec::<String>::new());
        assert_eq!(narrowed("firewall", &|_| true), None);
        assert_eq!(imports("load-balancer"), ["log", "system", "metrics", "endpoint-stats"]);
    }
}
