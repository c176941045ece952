//! What the configuration says about every kind of fault: golden pairs, overrides, samples, mutations.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say so and stop")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use yumen_server::{
    cli::examine,
    config::{Code, Format, Loaded, Override, Paint, Severity, Sources, load, render, schema_text},
};

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let mut files = vec![folder.join("minimal.yaml"), folder.join("yumen.yaml")];
    files.extend(fs::read_dir(folder.join("examples")).unwrap().map(|entry| entry.unwrap().path()));
    files.sort();
    files
}

/// All that `yumen check --offline` tells about a text, without colours.
fn told(sources: &Sources) -> String {
    let (findings, document) = examine(sources);
    render(&findings, &document, Format::Text, Paint::Plain)
}

/// A line of its own between the file and what is told about it.
const BORDER: &str = "=====\n";

/// A golden file holds a configuration, a border, and exactly what is told about it; `BLESS=1` writes that anew.
#[track_caller]
fn check(golden: &Path) {
    let text = fs::read_to_string(golden).unwrap();
    let (yaml, expected) = text.split_once(BORDER).unwrap_or((&text, ""));
    let told = told(&Sources::text("yumen.yaml", yaml));
    if std::env::var_os("BLESS").is_some() {
        return fs::write(golden, format!("{yaml}{BORDER}{told}")).unwrap();
    }
    assert_eq!(told, expected, "\n{} now says:\n{told}", golden.display());
    for fault in told.split("error[").skip(1) {
        let cured = ["= help: ", "did you mean", " takes "].iter().any(|cure| fault.contains(cure));
        assert!(cured && fault.contains(" --> "), "{} has no place or no cure for: {fault}", golden.display());
    }
}

#[test]
fn every_kind_of_fault_is_told_with_its_place_and_its_cure() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 20, "only {} golden files", files.len());
    files.iter().for_each(|file| check(file));
}

#[test]
fn every_sample_loads_without_an_error() {
    for sample in samples() {
        let told = told(&Sources { environment: Default::default(), ..Sources::file(&sample) });
        assert!(!told.contains("error["), "{}:\n{told}", sample.display());
    }
}

const BASE: &str = r#"
version: 1
listeners:
  - { name: web, bind: "0.0.0.0:8080" }
services:
  - { name: users, interface: com.example.Users, endpoints: ["127.0.0.1:20880"], methods: { get: { params: [long] } } }
routes:
  - { name: get-user, match: { path: "/users/{id}" }, to: { service: users, method: get, params: [long] }, args: [path.id] }
"#;

fn with_environment(variables: &[(&str, &str)]) -> Sources {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { environment, ..Sources::text("yumen.yaml", BASE) }
}

fn with_overrides(overrides: &[&str]) -> Sources {
    let overrides = overrides.iter().map(|text| text.parse::<Override>().unwrap()).collect();
    Sources { overrides, ..Sources::text("yumen.yaml", BASE) }
}

#[track_caller]
fn loaded(sources: &Sources) -> Loaded {
    load(sources).unwrap_or_else(|findings| panic!("{findings}"))
}

#[test]
fn a_variable_overrides_a_key_and_finds_items_of_lists_by_name() {
    let loaded = loaded(&with_environment(&[
        ("YUMEN_LISTENERS__WEB__BIND", "127.0.0.1:9000"),
        ("YUMEN_ROUTES__GET_USER__TIMEOUT", "250ms"),
        ("YUMEN_GATEWAY__WORKERS", "3"),
        ("YUMEN_SERVICES__USERS__VERSION", "1.10"),
        ("YUMEN_SERVICES__USERS__GROUP", ""),
        ("YUMEN_CONFIG", "/etc/yumen.yaml"),
        ("HOME", "/root"),
    ]));
    assert_eq!(loaded.config.listeners[0].bind.to_string(), "127.0.0.1:9000");
    assert_eq!(loaded.config.routes[0].timeout.unwrap().as_millis(), 250);
    assert_eq!(loaded.config.gateway.workers, Some(3));
    assert_eq!(loaded.config.services[0].version.as_deref(), Some("1.10"));
    assert_eq!(loaded.config.services[0].group.as_deref(), Some(""));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let mut sources = with_overrides(&["listeners.web.bind=127.0.0.1:7000"]);
    sources.environment = with_environment(&[("YUMEN_LISTENERS__WEB__BIND", "127.0.0.1:9000")]).environment;
    assert_eq!(loaded(&sources).config.listeners[0].bind.port(), 7000);
}

#[test]
fn a_variable_that_leads_to_no_key_is_a_warning_with_a_suggestion() {
    for (name, word) in [
        ("YUMEN_LISTENERS__WEV__BIND", "\"web\""),
        ("YUMEN_LISTENERS__WEB__BINT", "\"bind\""),
        ("YUMEN_GATEWAI__WORKERS", "\"gateway\""),
        ("YUMEN_REGISTRIES__MAIN__ADDRESS", "leads to no key"),
        ("YUMEN_", "leads to no key"),
        ("YUMEN_VERSION__X", "leads to no key"),
        ("YUMEN_SERVICES__USERS__METHODS__GOT__TIMEOUT", "\"get\""),
        ("YUMEN_SERVICES__USERS__ATTACHMENTS__REGION", "adds none"),
        ("YUMEN_ROUTES__GET_USER__MATCH__HEADERS__X", "adds none"),
    ] {
        let sources = with_environment(&[(name, "1")]);
        let loaded = loaded(&sources);
        let codes: Vec<_> = loaded.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, [Code::UNKNOWN_VARIABLE], "{name}");
        let told = told(&sources);
        assert!(told.contains(word) && told.contains(name), "{name}:\n{told}");
        assert_eq!(loaded.config, load(&with_environment(&[])).unwrap().config, "{name} changed something");
    }
}

#[test]
fn a_variable_with_a_bad_value_is_an_error_that_names_the_variable() {
    let told = told(&with_environment(&[("YUMEN_LISTENERS__WEB__BIND", "80")]));
    assert_eq!(
        told,
        r#"error[YM0037]: "80" is not an IP address with a port
 --> environment variable YUMEN_LISTENERS__WEB__BIND
  |
  | YUMEN_LISTENERS__WEB__BIND=80
  |                            ^^
  = help: write 0.0.0.0:80 for every address of this machine, or 127.0.0.1:80
"#
    );
}

#[test]
fn a_flag_that_leads_to_no_key_is_an_error() {
    for flag in
        ["listeners.web.bint=1", "listeners.wev.bind=1", "gatewai.workers=1", "services.users.methods.gte.timeout=1s"]
    {
        let findings = load(&with_overrides(&[flag])).unwrap_err();
        assert_eq!(findings.list.len(), 1, "{flag}: {findings}");
        assert_eq!((findings.list[0].code, findings.list[0].severity), (Code::UNKNOWN_OVERRIDE, Severity::Error));
    }
}

#[test]
fn two_items_that_look_alike_in_a_variable_are_an_error() {
    let text = BASE
        .replace("name: web,", "name: a-b,")
        .replace("services:", "  - { name: a_b, bind: \"0.0.0.0:8081\" }\nservices:");
    let sources = Sources { text: Some(text), ..with_environment(&[("YUMEN_LISTENERS__A_B__BIND", "0.0.0.0:1")]) };
    let findings = load(&sources).unwrap_err();
    assert_eq!(findings.list.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::AMBIGUOUS_VARIABLE]);
}

#[test]
fn values_are_taken_from_variables_and_files_by_type_and_never_pasted() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("port"), "0.0.0.0:81\n").unwrap();
    let text = BASE.replace("\"0.0.0.0:8080\"", "{ file: port }").replace(
        "interface:",
        "retries: { env: RETRIES }, timeout: { env: NOT_SET, default: 3s }, version: { env: VERSION }, interface:",
    );
    let mut sources = Sources { file: folder.path().join("yumen.yaml"), ..Sources::text("", text) };
    sources.environment.insert("RETRIES".into(), "7".into());
    sources.environment.insert("VERSION".into(), "1.0\", x: [".into());
    let Loaded { config, files, .. } = loaded(&sources);
    assert!(files.contains(&folder.path().join("port")), "a file that a value comes from is watched: {files:?}");
    assert_eq!(config.listeners[0].bind.port(), 81);
    assert_eq!(
        (config.services[0].retries, config.services[0].timeout.map(|timeout| timeout.as_secs())),
        (Some(7), Some(3))
    );
    assert_eq!(config.services[0].version.as_deref(), Some("1.0\", x: ["));
}

#[test]
fn included_files_are_read_in_name_order_and_their_faults_have_their_own_places() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("routes")).unwrap();
    let route = |name: &str| {
        format!(
            "routes:\n  - {{ name: {name}, match: {{ path: /{name} }}, to: {{ service: users, method: get }}, args: [query.id] }}\n"
        )
    };
    write("yumen.yaml", &format!("{BASE}include: [routes/*.yaml]\n"));
    write("routes/b.yaml", &route("second"));
    write("routes/a.yaml", &route("first"));
    write("routes/notes.txt", "not read");
    let main = folder.path().join("yumen.yaml");
    let sources = Sources { file: main.clone(), ..Sources::default() };
    let good = loaded(&sources);
    let names: Vec<_> = good.config.routes.iter().map(|route| &*route.name).collect();
    assert_eq!(names, ["get-user", "first", "second"]);
    assert_eq!(good.files.len(), 4, "the pattern is watched too: {:?}", good.files);

    write("yumen.yaml", &format!("{BASE}include: [routes/a.yaml, routes/*.yaml, \"*.yaml\"]\n"));
    assert_eq!(loaded(&sources).config.routes.len(), 3, "a file that is named twice, or is the main one, is read once");
    write("yumen.yaml", &format!("{BASE}include: [routes/*.yaml]\n"));

    write("routes/b.yaml", &route("second").replace("service: users", "service: user"));
    let told = told(&sources);
    assert!(told.contains("routes/b.yaml:2:62") && told.contains("did you mean \"users\"?"), "{told}");

    write("routes/b.yaml", "routes: [\n");
    write(
        "routes/a.yaml",
        &route("first").replace("service: users", "service: orders").replace("path: /first", "path: first"),
    );
    let codes: Vec<_> = load(&sources).unwrap_err().list.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::BAD_PATH, Code::SYNTAX], "a file that cannot be read hides names, and nothing else");

    write("routes/a.yaml", &route("first"));
    write("routes/b.yaml", "gateway: { workers: 1 }\n");
    assert!(load(&sources).unwrap_err().list[0].code == Code::BAD_INCLUDE);
}

#[test]
fn a_missing_file_and_a_huge_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yumen.yaml");
    let code = |file: &Path| load(&Sources { file: file.to_owned(), ..Sources::default() }).unwrap_err().list[0].code;
    assert_eq!(code(&file), Code::UNREADABLE);
    fs::File::create(&file).unwrap().set_len(100 << 20).unwrap();
    assert_eq!(code(&file), Code::TOO_LARGE);
    fs::write(&file, [0xff, 0xfe, b'a']).unwrap();
    assert_eq!(code(&file), Code::UNREADABLE);
}

#[test]
fn aliases_that_multiply_are_refused_before_they_fill_the_memory() {
    let mut text = String::from("x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("x-a{level}: &a{level} [{aliases}]\n"));
    }
    let findings = load(&Sources::text("bomb.yaml", text)).unwrap_err();
    assert_eq!(findings.list[0].code, Code::TOO_MANY_NODES);
    assert!(findings.list[0].help.is_some());
}

#[test]
fn findings_as_json_have_code_path_place_and_help() {
    let text = BASE.replace("method: get,", "methd: get,");
    let findings = load(&Sources::text("yumen.yaml", text)).unwrap_err();
    let json = render(&findings.list, &findings.document, Format::Json, Paint::Plain);
    let json: Value = serde_json::from_str(&json).unwrap();
    let first = &json["findings"][0];
    assert_eq!(first["code"], "YM0031");
    assert_eq!(first["path"], "routes.get-user.to.methd");
    assert_eq!((first["file"].as_str(), first["line"].as_u64()), (Some("yumen.yaml"), Some(8)));
    assert_eq!(first["help"], "did you mean \"method\"?");
    assert!(json["findings"][1].is_null(), "the misspelt key is not told to be missing as well");
}

#[test]
fn findings_for_github_are_one_annotation_each() {
    let text = BASE.replace("path.id", "path.ids");
    let findings = load(&Sources::text("yumen.yaml", text)).unwrap_err();
    let lines = render(&findings.list, &findings.document, Format::Github, Paint::Plain);
    assert!(
        lines
            .lines()
            .all(|line| line.starts_with("::error file=yumen.yaml,line=8,col=") || line.starts_with("::warning file="))
    );
    assert!(lines.contains("title=YM0109::"), "{lines}");
}

#[test]
fn ten_thousand_mutations_of_the_sample_load_or_are_told_with_a_place() {
    let sample = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/yumen.yaml")).unwrap();
    let mut random = fastrand::Rng::with_seed(20880);
    for round in 0..10_000 {
        let text = mutated(&sample, &mut random);
        let Err(findings) = load(&Sources::text("mutant.yaml", text.clone())) else { continue };
        assert!(findings.list.iter().any(|finding| finding.severity == Severity::Error), "round {round}");
        let told = render(&findings.list, &findings.document, Format::Text, Paint::Plain);
        let places = told.lines().filter(|line| line.trim_start().starts_with("--> mutant.yaml:")).count();
        assert_eq!(places, findings.list.len().min(20), "round {round}:\n{told}\n{text}");
    }
}

/// The text after one to three cuts, swaps, doublings or strange insertions.
fn mutated(text: &str, random: &mut fastrand::Rng) -> String {
    const STRANGE: [&str; 16] = [
        "\t",
        ":",
        "- ",
        "}",
        "[",
        "\"",
        "'",
        "&a ",
        "*a",
        "!!int ",
        "\u{0}",
        "\u{202e}",
        "99999999999999999999",
        "\n",
        "é",
        "{ env: X }",
    ];
    let mut text = text.to_owned();
    for _ in 0..random.usize(1..=3) {
        let at = text.floor_char_boundary(random.usize(0..text.len()));
        let end = text.floor_char_boundary((at + random.usize(1..40)).min(text.len()));
        match random.u8(0..4) {
            0 => text.replace_range(at..end, ""),
            1 => text.insert_str(at, STRANGE[random.usize(0..STRANGE.len())]),
            2 => text.insert_str(at, &text.clone()[at..end]),
            _ => text.truncate(at.max(1)),
        }
    }
    text
}

#[test]
fn the_kept_schema_is_the_one_that_the_model_gives() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/schema.json");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&kept, schema_text()).unwrap();
    }
    assert!(fs::read_to_string(kept).unwrap() == schema_text(), "run: yumen schema > config/schema.json");
}

#[test]
fn the_schema_accepts_every_sample_and_refuses_what_the_loader_refuses() {
    let schema: Value = serde_json::from_str(&schema_text()).unwrap();
    for sample in samples() {
        let value: Value = serde_saphyr::from_str(&fs::read_to_string(&sample).unwrap()).unwrap();
        if let Err(why) = accepts(&schema, &schema, &value) {
            panic!("{}: {why}", sample.display());
        }
    }
    for (good, bad) in [
        ("name: get-user", "nam: get-user"),
        ("version: 1", "version: 2"),
        ("name: web", "name: [web]"),
        ("path.id]", "5]"),
        ("services:", "service:"),
    ] {
        let value: Value = serde_saphyr::from_str(&BASE.replace(good, bad)).unwrap();
        assert!(accepts(&schema, &schema, &value).is_err(), "{bad} passes");
    }
}

/// As much of JSON Schema as ours uses, save patterns of texts.
fn accepts(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        accepts(root, &root["$defs"][target.trim_start_matches("#/$defs/")], value)?;
    }
    for one in ["anyOf", "oneOf"] {
        let Some(choices) = schema[one].as_array() else { continue };
        let tried: Vec<_> = choices.iter().map(|choice| accepts(root, choice, value)).collect();
        if tried.iter().all(Result::is_err) {
            return Err(format!("{value} fits none of {tried:?}"));
        }
    }
    if schema["not"].is_object() && accepts(root, &schema["not"], value).is_ok() {
        return Err(format!("{value} must not fit {}", schema["not"]));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_a(name, value)) {
        return Err(format!("{value} is no {types:?}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    value.as_array().into_iter().flatten().try_for_each(|item| accepts(root, &schema["items"], item))?;
    value.as_object().map_or(Ok(()), |members| accepts_members(root, schema, members))
}

fn accepts_members(root: &Value, schema: &Value, members: &serde_json::Map<String, Value>) -> Result<(), String> {
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(key) {
            return Err(format!("{key} is missing"));
        }
    }
    for (key, member) in members {
        let patterns = schema["patternProperties"].as_object();
        let own = patterns.is_some_and(|patterns| patterns.contains_key("^x-")) && key.starts_with("x-");
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(known), _) => accepts(root, known, member).map_err(|why| format!("{key}: {why}"))?,
            (None, Value::Bool(false)) if !own => return Err(format!("{key} is unknown")),
            (None, others @ Value::Object(_)) => accepts(root, others, member)?,
            _ => {}
        }
    }
    Ok(())
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    }
}
