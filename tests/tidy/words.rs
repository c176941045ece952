//! What the texts say: no paths of the machine they were written on, no foreign hosts, no commands that do not exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Breach;

/// Hosts that a tracked file may name in a URL. A mirror, a build machine or a private registry is none of them.
const HOSTS: [&str; 22] = [
    "localhost",
    "github.com",
    "crates.io",
    "docs.rs",
    "doc.rust-lang.org",
    "rustup.rs",
    "www.rust-lang.org",
    "apache.org",
    "www.apache.org",
    "dubbo.apache.org",
    "maven.apache.org",
    "zookeeper.apache.org",
    "www.w3.org",
    "json-schema.org",
    "www.rfc-editor.org",
    "datatracker.ietf.org",
    "keepachangelog.com",
    "semver.org",
    "www.conventionalcommits.org",
    "nginx.org",
    "spdx.org",
    "repo1.maven.org",
];

/// Endings of host names that are set aside for examples.
const EXAMPLES: [&str; 7] =
    [".example", ".test", ".invalid", ".localhost", "example.com", "example.org", "example.net"];

/// Words that a shown command may start with, beside `./x` and `yumen`.
const TOOLS: [&str; 16] = [
    "curl",
    "cargo",
    "git",
    "cd",
    "docker",
    "sudo",
    "systemctl",
    "journalctl",
    "install",
    "rustup",
    "apt-get",
    "perf",
    "valgrind",
    "wrk",
    "kill",
    "echo",
];

/// Lines that name one of `places`: the paths of this machine.
pub fn machine_paths(files: &BTreeMap<String, String>, places: &[String]) -> Vec<Breach> {
    each_line(files, |line| {
        let place = places.iter().find(|place| line.contains(place.as_str()))?;
        Some(format!("names `{place}`, a path of the machine it was written on"))
    })
}

/// Lines with a URL whose host nobody vouched for.
pub fn foreign_hosts(files: &BTreeMap<String, String>) -> Vec<Breach> {
    each_line(files, |line| {
        let host = hosts(line).into_iter().find(|host| !is_known(host))?;
        Some(format!("names the host `{host}`; if the world may know it, list it in tests/tidy/words.rs"))
    })
}

fn each_line(files: &BTreeMap<String, String>, look: impl Fn(&str) -> Option<String>) -> Vec<Breach> {
    let mut found = Vec::new();
    for (file, text) in files {
        for (at, line) in text.lines().enumerate() {
            found.extend(look(line).map(|what| Breach { file: file.clone(), line: at + 1, what }));
        }
    }
    found
}

/// The hosts of the URLs in `line`, in lower case and without ports.
fn hosts(line: &str) -> Vec<String> {
    let part_of_host = |sign: &char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-');
    let starts =
        line.match_indices("://").filter(|(at, _)| line[..*at].ends_with("http") || line[..*at].ends_with("https"));
    let hosts = starts.map(|(at, sign)| line[at + sign.len()..].chars().take_while(part_of_host).collect::<String>());
    hosts.filter(|host| !host.is_empty()).map(|host| host.to_ascii_lowercase()).collect()
}

/// A name without a dot belongs to someone's own network, and a number says nothing about a machine.
fn is_known(host: &str) -> bool {
    let letters = host.split('.').all(|label| label.len() == 1); // a.b, in tests
    let numeric = host.chars().all(|sign| sign.is_ascii_digit() || sign == '.');
    letters
        || numeric
        || !host.contains('.')
        || HOSTS.contains(&host)
        || EXAMPLES.iter().any(|ending| host.ends_with(ending))
}

/// Source files that a Markdown file names and that are not there.
pub fn missing_files(files: &BTreeMap<String, String>) -> Vec<Breach> {
    let documents: BTreeMap<String, String> = files
        .iter()
        .filter(|(file, _)| file.ends_with(".md"))
        .map(|(file, text)| (file.clone(), text.clone()))
        .collect();
    each_line(&documents, |line| {
        let quoted = line.split('`').skip(1).step_by(2);
        let mut named = quoted.filter(|name| name.ends_with(".rs") && !name.contains(['*', ' ']) && *name != "mod.rs");
        let stands = |name: &str| files.keys().any(|file| file == name || file.ends_with(&format!("/{name}")));
        let name = named.find(|name| !stands(name))?;
        Some(format!("names `{name}`, which is not there"))
    })
}

/// Commands in the `sh` blocks of Markdown files that do not exist: a verb that `./x` lacks, a line that `yumen` does not
/// understand, a tool that nobody vouched for.
pub fn unknown_commands(
    files: &BTreeMap<String, String>,
    verbs: &BTreeSet<String>,
    yumen: impl Fn(&[&str]) -> Result<(), String>,
) -> Vec<Breach> {
    let mut found = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".md")) {
        for (line, command) in commands(text) {
            let words: Vec<&str> = command.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
            let program = words[0].rsplit('/').next().unwrap_or_default();
            let judged = match program {
                "x" => words.get(1).is_none_or(|verb| verbs.contains(*verb)).then_some(()).ok_or_else(String::new),
                "yumen" => yumen(&words),
                tool => TOOLS.contains(&tool).then_some(()).ok_or_else(String::new),
            };
            if let Err(why) = judged {
                let what = format!("shows `{command}`, which does not work {why}");
                found.push(Breach { file: file.clone(), line, what });
            }
        }
    }
    found
}

/// The command lines of the `sh` blocks of a Markdown text: (line, command).
pub fn commands(markdown: &str) -> Vec<(usize, String)> {
    let (mut found, mut inside, mut continued) = (Vec::new(), false, false);
    for (at, line) in markdown.lines().enumerate() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            inside = matches!(language, "sh" | "bash" | "console");
            continue;
        }
        let command = line.trim_start_matches("$ ");
        if inside && !continued && !command.is_empty() && !command.starts_with('#') {
            found.push((at + 1, command.to_owned()));
        }
        continued = inside && line.ends_with('\\');
    }
    found
}

/// The verbs that the text of `./x` defines.
pub fn verbs(script: &str) -> BTreeSet<String> {
    let verb = |line: &str| Some(line.strip_prefix("verb_")?.split_once("()")?.0.to_owned());
    script.lines().filter_map(verb).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(file: &str, text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(file.to_owned(), text.to_owned())])
    }

    #[test]
    fn a_path_of_the_machine_is_found() {
        let files = planted("README.md", "one\nsee /home/ann/yumen/README.md");
        assert_eq!(machine_paths(&files, &["/home/ann/".to_owned()])[0].line, 2);
        assert_eq!(machine_paths(&files, &["/home/bob/".to_owned()]), []);
    }

    #[test]
    fn a_foreign_host_is_found_and_an_example_is_not() {
        assert_eq!(foreign_hosts(&planted("a.toml", concat!("x = \"https", "://mirror.acme.io/index\""))).len(), 1);
        let known = "http://127.0.0.1:8080 https://docs.rs/http http://users.example http://{host}/ http://Example.com";
        assert_eq!(foreign_hosts(&planted("a.md", known)), []);
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        let text = "```sh\n./x nope\n./x test # fine\nyumen fly\ncurl \\\n  -v x\nsl\n```\n```yaml\nnope\n```\n";
        let verbs = BTreeSet::from(["test".to_owned()]);
        let yumen = |words: &[&str]| (words[1] == "run").then_some(()).ok_or_else(String::new);
        let found = unknown_commands(&planted("README.md", text), &verbs, yumen);
        let lines: Vec<usize> = found.iter().map(|breach| breach.line).collect();
        assert_eq!(lines, [2, 4, 7]);
    }

    #[test]
    fn a_file_that_is_not_there_is_found() {
        let mut files = planted("ARCHITECTURE.md", "one\n`route.rs` then `route/tree.rs`, `a.rs` → `b.rs`");
        files.insert("gateway/server/src/route.rs".to_owned(), String::new());
        assert_eq!(missing_files(&files)[0].line, 2);
        for file in ["gateway/server/src/route/tree.rs", "a.rs", "src/b.rs"] {
            files.insert(file.to_owned(), String::new());
        }
        assert_eq!(missing_files(&files), []);
    }

    #[test]
    fn verbs_are_read_from_the_script() {
        assert_eq!(
            verbs("verb_test() {\n  step x\n}\nverb_a() { b; }\n"),
            BTreeSet::from(["test".to_owned(), "a".to_owned()])
        );
    }
}
