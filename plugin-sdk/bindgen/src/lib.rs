//! Makes the SDK's bindings, `plugin-sdk/src/bindings/*.rs`, from `plugin-sdk/wit`.
//!
//! The bindings are kept in the repository, so that no author's build has to compile a WIT parser first: a plugin is built in
//! a few seconds where the macro would take half a minute. A test holds them against the WIT.

#![allow(clippy::expect_used, reason = "a tool of the repository: what it cannot do ends it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{PackageId, Resolve};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::{Opts, WithOption};

/// Everything that any world imports, so that the four worlds share one set of types.
const IMPORTS: &str = "package yumen:sdk;
world host {
    import yumen:plugin/types@0.1.0;
    import yumen:plugin/log@0.1.0;
    import yumen:plugin/system@0.1.0;
    import yumen:plugin/metrics@0.1.0;
    import yumen:plugin/counters@0.1.0;
    import yumen:plugin/kv@0.1.0;
    import yumen:plugin/exchange@0.1.0;
    import yumen:plugin/http-client@0.1.0;
    import yumen:plugin/dubbo-client@0.1.0;
    import yumen:plugin/endpoints@0.1.0;
    import yumen:plugin/endpoint-stats@0.1.0;
}";
const WORLDS: [&str; 4] = ["filter", "router", "load-balancer", "service"];

/// The folder that holds the bindings.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/bindings")
}

/// File name to text of every file of bindings.
pub fn generate() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut resolve = Resolve::default();
    let (contract, _) = resolve.push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).expect("wit/ parses");
    let imports = resolve.push_str("sdk", IMPORTS).expect("the world of imports parses");
    files.insert("host.rs".to_owned(), world(&resolve, imports, "host", Opts { generate_all: true, ..opts() }));
    for name in WORLDS {
        let module = name.replace('-', "_");
        let opts = Opts {
            with: shared(&resolve, contract, name),
            pub_export_macro: true,
            export_macro_name: Some(format!("__export_{module}")),
            ..opts()
        };
        files.insert(format!("{module}.rs"), world(&resolve, contract, name, opts));
    }
    files
}

/// Where the types and functions that the world imports are found.
fn shared(resolve: &Resolve, package: PackageId, name: &str) -> Vec<(String, WithOption)> {
    let world = resolve.select_world(&[package], Some(name)).expect("the world is there");
    let imports = resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key));
    let place = |import: String| {
        let interface = import.trim_start_matches("yumen:plugin/").trim_end_matches("@0.1.0").replace('-', "_");
        (import, WithOption::Path(format!("crate::bindings::host::yumen::plugin::{interface}")))
    };
    imports.map(place).collect()
}

fn opts() -> Opts {
    Opts {
        format: true,
        generate_unused_types: true,
        additional_derive_attributes: vec!["PartialEq".to_owned()],
        ..Opts::default()
    }
}

fn world(resolve: &Resolve, package: PackageId, name: &str, opts: Opts) -> String {
    let mut resolve = resolve.clone();
    let world = resolve.select_world(&[package], Some(name)).expect("the world is there");
    let mut files = Files::default();
    opts.build().generate(&mut resolve, world, &mut files).expect("bindings are generated");
    let (_, text) = files.iter().next().expect("one file");
    // The macro that exports `lifecycle` has the same name in each world, and all four are at the root of one crate.
    let text = String::from_utf8_lossy(text)
        .replace("plugin_lifecycle_0_1_0_cabi", &format!("{}_lifecycle_cabi", name.replace('-', "_")));
    format!("//! Made from `wit/` by `./x wit`. DO NOT EDIT!\n\n{text}")
}

#[test]
fn the_bindings_are_what_the_wit_says() {
    for (name, text) in generate() {
        let kept = std::fs::read_to_string(folder().join(&name)).unwrap_or_default();
        assert!(kept == text, "plugin-sdk/src/bindings/{name} is not what the WIT says: run `./x wit`");
    }
}
