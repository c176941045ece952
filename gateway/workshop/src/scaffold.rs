//! `yumen plugin new`: a folder from the templates that the binary carries.

use std::{
    fs,
    path::{Path, PathBuf},
};

use yumen_plugin_host::Kind;

use crate::{language::Language, project::judge_name, trouble::Trouble};

/// Every file below `plugin-sdk` that a new project may need, by its path there.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The name that stands in the templates.
const STOOD: &str = "add-tenant";

/// What was made.
#[derive(Debug)]
pub struct Scaffold {
    /// The new folder.
    pub folder: PathBuf,
    /// Its files, without those of the SDK beside it.
    pub files: Vec<String>,
}

/// Makes a project below `parent`.
///
/// # Errors
/// The name does not hold, the folder is there already, there is no such template, or a file cannot be written.
pub fn scaffold(parent: &Path, name: &str, language: Language, world: Kind) -> Result<Scaffold, Trouble> {
    judge_name(name)?;
    let folder = parent.join(name);
    if folder.exists() {
        let message = format!("{} is there already", folder.display());
        return Err(Trouble::new(message).help("choose another name, or remove it first"));
    }
    let own = format!("templates/{language}/{world}/");
    if !FILES.iter().any(|(path, _)| path.starts_with(&own)) {
        let worlds = worlds_of(language).join(", ");
        let message = format!("there is no template for a {world} in {language}");
        return Err(Trouble::new(message).help(format!(
            "there are {worlds}; the bindings have all worlds: start from one and change its world in plugin.yaml"
        )));
    }
    let mut files = Vec::new();
    for part in [format!("templates/{language}/common/"), format!("templates/any/{world}/"), own] {
        for (path, bytes) in FILES {
            if let Some(path) = path.strip_prefix(&part) {
                let path = renamed(path, name);
                write(&folder.join(&path), &filled(bytes, name))?;
                files.push(path);
            }
        }
    }
    for (from, to) in beside(language) {
        for (path, bytes) in FILES {
            if let Some(path) = path.strip_prefix(from).filter(|path| path.is_empty() || path.starts_with('/')) {
                write(&folder.join(format!("{to}{path}")), bytes)?;
            }
        }
    }
    if language == Language::Rust {
        write(&folder.join("yumen-plugin/Cargo.toml"), SDK_MANIFEST.as_bytes())?;
    }
    files.sort();
    Ok(Scaffold { folder, files })
}

/// The SDK's own manifest names the workspace that it comes from; this one stands by itself.
const SDK_MANIFEST: &str = r#"[package]
name = "yumen-plugin"
version = "0.1.0"
edition = "2024"
license = "Apache-2.0"

[features]
default = ["allocator"]
allocator = []

[dependencies]
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["raw_value"] }
wit-bindgen = { version = "0.60", default-features = false, features = ["realloc", "bitflags"] }
"#;

/// What a language needs beside its template: from where, to where.
fn beside(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Rust => &[("src", "yumen-plugin/src"), ("README.md", "yumen-plugin/README.md")],
        Language::Go => &[("go", "yumen")],
        Language::C => &[("c", "yumen")],
        Language::Js => &[("js", "yumen")],
        Language::Python => &[("python/yumen.py", "yumen.py")],
        Language::Other => &[],
    }
}

fn worlds_of(language: Language) -> Vec<&'static str> {
    [Kind::Filter, Kind::Router, Kind::LoadBalancer, Kind::Service]
        .iter()
        .map(|world| world.as_str())
        .filter(|world| {
            let own = format!("templates/{language}/{world}/");
            FILES.iter().any(|(path, _)| path.starts_with(&own))
        })
        .collect()
}

/// A file whose name begins with a dot stands in the templates without it, and a manifest under another name: both mean something
/// in the repository that they come from.
fn renamed(path: &str, name: &str) -> String {
    let path = path.replace(STOOD, name);
    match path.as_str() {
        "gitignore" => ".gitignore".to_owned(),
        _ => path.strip_suffix(".template").unwrap_or(&path).to_owned(),
    }
}

/// The template's text with the plugin's name in it, as each language spells names.
fn filled(bytes: &[u8], name: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    let pascal: String = words.iter().map(|word| capital(word)).collect();
    let camel = pascal[..1].to_ascii_lowercase() + &pascal[1..];
    text.replace(STOOD, name)
        .replace("add_tenant", &words.join("_"))
        .replace("AddTenant", &pascal)
        .replace("addTenant", &camel)
        .into_bytes()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Trouble::file("made", folder, &error))?;
    fs::write(path, bytes).map_err(|error| Trouble::file("written", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_the_plugins_name_in_every_spelling() {
        let text = filled(b"add-tenant add_tenant AddTenant addTenant", "zone-2-first");
        assert_eq!(String::from_utf8_lossy(&text), "zone-2-first zone_2_first Zone2First zone2First");
    }

    #[test]
    fn every_language_has_a_filter_with_tests_and_a_readme() {
        for language in Language::ALL {
            let parent = tempfile::tempdir().expect("a folder");
            let made = scaffold(parent.path(), "my-plugin", language, Kind::Filter).expect("a project");
            for file in ["plugin.yaml", "tests/basic.yaml", "README.md", ".gitignore"] {
                assert!(made.files.iter().any(|made| made == file), "{language} has no {file}: {:?}", made.files);
            }
            let project = crate::Project::open(&made.folder).expect("it opens");
            assert_eq!((project.name.as_str(), project.language), ("my-plugin", language));
        }
    }

    #[test]
    fn nothing_is_written_over_and_a_bad_name_is_told() {
        let parent = tempfile::tempdir().expect("a folder");
        scaffold(parent.path(), "one", Language::C, Kind::Filter).expect("a project");
        let again = scaffold(parent.path(), "one", Language::C, Kind::Filter).expect_err("it is there");
        assert!(again.message.ends_with("is there already"), "{again}");
        for name in ["", "One", "1st", "a/b", "../a", "a b", "a-"] {
            assert!(scaffold(parent.path(), name, Language::C, Kind::Filter).is_err(), "{name:?}");
        }
    }
}
