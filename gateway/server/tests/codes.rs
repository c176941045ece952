//! Every code that can be reported is explained, every explained code is reported and tested, and documents name no other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say so and stop")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use yumen_server::config::CODES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files below `folder` whose name ends like this.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.file_name().and_then(|name| name.to_str()).unwrap_or_default() {
            "target" | "node_modules" => {}
            _ if path.is_dir() => files(&path, endings, found),
            name if endings.iter().any(|ending| name.ends_with(ending)) => found.push(path),
            _ => {}
        }
    }
}

/// Codes in a text: `YM` and four digits.
fn codes_in(text: &str) -> impl Iterator<Item = &str> {
    let whole = |at: usize| text.get(at..at + 6).filter(|code| code[2..].bytes().all(|byte| byte.is_ascii_digit()));
    text.match_indices("YM").filter_map(move |(at, _)| whole(at))
}

/// What `yumen explain` lists.
fn explained() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_yumen")).arg("explain").env_clear().output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    list.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

/// The product's sources without the table itself, each split into what runs and what tests.
fn sources() -> (String, String) {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[".rs"], &mut paths);
    let (mut runs, mut tests) = (String::new(), String::new());
    for path in paths.iter().filter(|path| !path.ends_with("finding/codes.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        let (run, test) =
            if is_test { ("", &*text) } else { text.split_once("#[cfg(test)]\nmod tests").unwrap_or((&text, "")) };
        runs.push_str(run);
        tests.push_str(test);
    }
    (runs, tests)
}

/// Name of each code's constant, from the table.
fn names() -> Vec<(String, String)> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/finding/codes.rs");
    let table = fs::read_to_string(table).unwrap();
    let entry = |line: &str| {
        let (number, rest) = line.split_once(' ')?;
        let name = rest.split_once(" \"")?.0;
        Some((format!("YM{:04}", number.parse::<u16>().ok()?), name.to_owned()))
    };
    let names: Vec<_> = table.lines().filter_map(entry).collect();
    assert_eq!(names.len(), CODES.len(), "the table is read wholly");
    names
}

fn says(text: &str, code: &str, name: &str) -> bool {
    let constant = format!("Code::{name}");
    let whole =
        |(at, _): (usize, &str)| !text[at + constant.len()..].starts_with(|c: char| c == '_' || c.is_alphanumeric());
    text.contains(code) || text.match_indices(&constant).any(whole)
}

#[test]
fn every_code_that_the_product_names_is_explained() {
    let explained = explained();
    let (runs, _) = sources();
    for code in codes_in(&runs) {
        assert!(explained.contains(code), "{code} is reported and not explained");
    }
}

#[test]
fn every_explained_code_is_reported_somewhere_and_provoked_by_a_test() {
    let (runs, mut tests) = sources();
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &[".rs", ".golden"], &mut paths);
    files(&root().join("tests"), &[".rs"], &mut paths);
    for path in paths.iter().filter(|path| !path.ends_with("tests/codes.rs")) {
        let text = fs::read_to_string(path).unwrap();
        tests.push_str(text.split_once("=====\n").map_or(&text, |(_, told)| told));
    }
    let silent = |text: &str| -> Vec<_> {
        names().into_iter().filter(|(code, name)| !says(text, code, name)).map(|(code, _)| code).collect()
    };
    assert_eq!(silent(&runs), [""; 0], "explained and never reported");
    assert_eq!(silent(&tests), [""; 0], "provoked by no test");
}

#[test]
fn documents_name_only_codes_that_exist() {
    let explained = explained();
    let mut paths = Vec::new();
    files(&root(), &[".md", ".yaml"], &mut paths);
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for code in codes_in(&text) {
            assert!(explained.contains(code), "{} names {code}", path.display());
        }
    }
}
