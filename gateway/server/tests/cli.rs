//! The `yumen` command as a user runs it: what it prints, and its exit codes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say so and stop")]

use std::{
    path::Path,
    process::{Command, Output},
};

/// Runs `yumen` in the folder of the samples, with a clean environment.
fn yumen(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let mut command = Command::new(env!("CARGO_BIN_EXE_yumen"));
    command.current_dir(folder).env_clear().args(arguments).output().unwrap_or_else(|error| panic!("{error}"))
}

/// Exit code and stdout.
fn answer(arguments: &[&str]) -> (Option<i32>, String) {
    let output = yumen(arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_good_file_is_told_phase_by_phase() {
    let (code, text) = answer(&["check", "-c", "minimal.yaml", "--offline"]);
    let (phases, verdict) = text.rsplit_once("config is valid (").unwrap();
    assert_eq!(
        phases,
        "  syntax       ok    minimal.yaml, 10 lines\n\
         \x20 references   ok    1 route -> 1 service\n\
         \x20 contracts    ok    1 route ready\n"
    );
    assert!(verdict.ends_with("s)\n"), "{verdict}");
    assert_eq!(code, Some(0));
}

#[test]
fn a_bad_file_is_exit_code_3_and_tells_where() {
    let bad = ["-c", "minimal.yaml", "--set", "routes.get-user.to.service=user", "--offline"];
    let (code, text) = answer(&[&["check"][..], &bad].concat());
    assert_eq!(code, Some(3));
    assert!(text.contains("error[YM0105]") && text.contains("did you mean \"users\"?"), "{text}");
    assert!(text.ends_with("1 error. Nothing was applied.\n"), "{text}");

    let (code, text) = answer(&[&["check", "-o", "json"][..], &bad].concat());
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, json["findings"][0]["code"].as_str()), (Some(3), Some("YM0105")));

    let (code, text) = answer(&[&["check", "-q"][..], &bad].concat());
    assert!(code == Some(3) && text.starts_with("error["), "{text}");
}

#[test]
fn a_route_against_its_contract_is_told_like_any_other_fault() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/examples/static-endpoints.yaml");
    let text = std::fs::read_to_string(sample).unwrap().replace("default: OPEN", "default: CLOSED");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yumen.yaml");
    std::fs::write(&file, text).unwrap();
    let (code, text) = answer(&["check", "--offline", "-c", file.to_str().unwrap()]);
    assert!(text.contains("  contracts    error 2 of 3 routes ready"), "{text}");
    assert!(text.contains("error[YM0201]") && text.contains("yumen.yaml:40:") && text.contains("CLOSED"), "{text}");
    assert_eq!(code, Some(3));

    let (_, text) =
        answer(&["check", "--offline", "-c", file.to_str().unwrap(), "--set", "gateway.workers=none", "-o", "json"]);
    assert!(text.contains("YM0032") && text.contains("YM0201"), "one fault does not hide the other: {text}");
}

#[test]
fn registries_are_asked_unless_offline_and_what_they_lack_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yumen.yaml");
    std::fs::write(folder.path().join("providers.txt"), "dubbo://127.0.0.1:20880/com.example.A\n").unwrap();
    let text = "version: 1\n\
        listeners: [{ name: web, bind: \"127.0.0.1:0\" }]\n\
        registries: [{ name: list, type: file, path: providers.txt }]\n\
        services:\n\
        \x20 - { name: a, interface: com.example.A, registry: list }\n\
        \x20 - { name: b, interface: com.example.B, registry: list }\n\
        routes: [{ name: r, match: { path: /r }, to: { service: a, method: x } }]\n";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let (code, text) = answer(&["check", "-c", file]);
    assert!(text.contains("  registries   warn  1 registry asked"), "{text}");
    assert!(text.contains("warning[YM0302]: service \"b\" has no provider"), "{text}");
    assert!(!text.contains("service \"a\"") && code == Some(0), "{text}");
    let (_, text) = answer(&["check", "-c", file, "--offline"]);
    assert!(!text.contains("registries ") && !text.contains("YM0302"), "{text}");
    assert!(!folder.path().join("state").exists(), "a check keeps nothing");
}

#[test]
fn plugins_are_loaded_by_a_check_and_what_is_wrong_with_them_is_told_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yumen.yaml");
    std::fs::write(folder.path().join("none.wasm"), "nonsense").unwrap();
    let text = "version: 1\n\
        listeners: [{ name: web, bind: \"127.0.0.1:0\" }]\n\
        plugins:\n\
        \x20 - { name: limit, source: \"builtin:rate-limit\", config: { limit: many } }\n\
        \x20 - { name: none, source: none.wasm }\n\
        services: [{ name: a, interface: com.example.A, endpoints: [\"127.0.0.1:20880\"] }]\n\
        routes: [{ name: r, match: { path: /r }, to: { service: a, method: x }, plugins: [limit, none] }]\n";
    std::fs::write(&file, text).unwrap();
    let (code, text) = answer(&["check", "--offline", "-c", file.to_str().unwrap()]);
    assert!(text.contains("YM0704") && text.contains("yumen.yaml:4:"), "{text}");
    assert!(text.contains("YM0702") && text.contains("yumen.yaml:5:"), "{text}");
    assert_eq!(code, Some(3));
}

/// A file of routes to a service that only a registry could tell about.
fn of_registry(folder: &Path, registry: &str) -> std::path::PathBuf {
    let route = |name: &str, to: &str| {
        format!(
            "  - {{ name: {name}, match: {{ path: /{name} }}, to: {{ service: catalog, method: {to} }}, args: [query.id] }}\n"
        )
    };
    let routes: String = [("a", "get"), ("b", "echo"), ("c", "gte")].map(|(name, to)| route(name, to)).concat();
    let file = folder.join("yumen.yaml");
    let text = format!(
        "version: 1\nlisteners: [{{ name: web, bind: \"127.0.0.1:0\" }}]\n\
         gateway: {{ state: {:?} }}\n\
         registries: [{{ name: main, {registry} }}]\n\
         services: [{{ name: catalog, interface: samples.api.Catalog, registry: main }}]\nroutes:\n{routes}",
        folder.join("state")
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// Nobody listens on port 1 of loopback, so the connection is refused.
const AWAY: &str = "type: zookeeper, address: \"127.0.0.1:1\", connect_timeout: 100ms";

#[test]
fn a_registry_that_is_away_is_one_doubt_for_each_service_not_for_each_route() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_registry(folder.path(), AWAY);
    let (code, text) = answer(&["check", "-c", file.to_str().unwrap()]);
    assert_eq!((code, text.matches("YM0202").count(), text.matches("YM0301").count()), (Some(0), 1, 1), "{text}");
    assert!(text.contains("3 routes (a, b, c) answer 503 until then"), "{text}");
}

#[test]
fn a_definition_that_an_earlier_run_kept_is_held_against_the_routes() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_registry(folder.path(), AWAY);
    let kept = folder.path().join("state/registries/main");
    std::fs::create_dir_all(&kept).unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dubbo/tests/fixtures/definition-3.3.json");
    std::fs::copy(fixture, kept.join("samples.api.Catalog.definition.json")).unwrap();
    let (code, text) = answer(&["check", "-c", file.to_str().unwrap()]);
    assert!(text.contains("warning[YM0107]") && text.contains("did you mean \"get\"?"), "{text}");
    assert!(!text.contains("YM0202") && code == Some(0), "{text}");
}

#[test]
fn a_missing_file_of_providers_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_registry(folder.path(), "type: file, path: none.txt, connect_timeout: 10s");
    let begun = std::time::Instant::now();
    let (code, text) = answer(&["check", "-c", file.to_str().unwrap()]);
    assert!(text.contains("YM0301") && text.contains("none.txt") && code == Some(0), "{text}");
    assert!(begun.elapsed().as_secs() < 5, "it waited {:?}", begun.elapsed());
}

#[test]
fn warnings_are_exit_code_0_unless_denied() {
    let warn = ["check", "-c", "minimal.yaml", "--offline", "--set", "services.users.group=${GROUP}"];
    let (code, text) = answer(&warn);
    assert!(
        code == Some(0) && text.contains("warning[YM0025]") && text.contains("config is valid, 1 warning"),
        "{text}"
    );
    assert_eq!(answer(&[&warn[..], &["--deny-warnings"]].concat()).0, Some(3));
    assert_eq!(answer(&[&warn[..], &["-q"]].concat()), (Some(0), String::new()), "only errors break the quiet");
    let (code, text) = answer(&[&warn[..], &["-q", "--deny-warnings"]].concat());
    assert!(code == Some(3) && text.contains("YM0025") && text.ends_with("1 warning, denied.\n"), "{text}");
}

#[test]
fn colours_come_only_when_asked_for_or_on_a_terminal() {
    assert!(!answer(&["check", "-c", "minimal.yaml", "--offline"]).1.contains('\x1b'));
    assert!(answer(&["check", "-c", "minimal.yaml", "--offline", "--color", "always"]).1.contains("\x1b[32mok"));
}

#[test]
fn a_missing_file_is_exit_code_3_and_wrong_usage_2() {
    assert_eq!(answer(&["check", "-c", "none.yaml"]).0, Some(3));
    assert_eq!(answer(&["check", "--no-such-flag"]).0, Some(2));
    assert_eq!(answer(&["check", "--set", "no-equals-sign"]).0, Some(2));
    assert_eq!(answer(&["explain", "YM9999"]).0, Some(2));
}

#[test]
fn a_code_is_explained_and_all_are_listed() {
    let (code, text) = answer(&["explain", "ym0107"]);
    assert!(code == Some(0) && text.starts_with("YM0107: A route calls a method"), "{text}");
    let (_, list) = answer(&["explain"]);
    assert!(list.lines().count() > 80 && list.contains("\nYM0031  "), "{list}");
}

#[test]
fn a_request_is_explained_by_the_routes() {
    let (code, text) = answer(&["route", "explain", "GET", "/users/abc", "-c", "minimal.yaml"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        text,
        "  get-user   GET  /users/{id}   400   path.id: \"abc\" is not a long   minimal.yaml:10:12\n\
         get-user takes it and answers 400.\n"
    );
    let (code, text) = answer(&["route", "explain", "get", "/users?x=1", "-c", "minimal.yaml"]);
    assert!(
        code == Some(1) && text.contains("path has 1 missing segment") && text.contains("no route matches."),
        "{text}"
    );
    let host = ["route", "explain", "GET", "/users", "-c", "yumen.yaml", "-H", "host: api.example.com"];
    let (_, text) = answer(&[&host[..], &["-H", "X-Version: 2"]].concat());
    assert!(text.ends_with("find-users takes it.\n"), "{text}");
    let nowhere = answer(&["route", "explain", "GET", "/users", "-c", "minimal.yaml", "-o", "json"]);
    assert!(nowhere.0 == Some(1) && nowhere.1.contains("no route matches."), "{nowhere:?}");
    let (code, json) = answer(&["route", "explain", "GET", "/%zz", "-c", "minimal.yaml", "-o", "json"]);
    assert!(code == Some(1) && json.contains("the listener answers 400"), "{json}");
}

#[test]
fn a_path_that_no_request_has_is_refused_with_the_one_that_was_meant() {
    for (path, told) in [("users", "write /users"), ("http://a.example.com/users", "-H 'host: …'"), ("", "write /")] {
        let output = yumen(&["route", "explain", "GET", path, "-c", "minimal.yaml"]);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && talk.contains(told), "{path}: {talk}");
    }
}

#[test]
fn exit_codes_are_told_by_the_help_and_t_stands_for_check() {
    let (code, text) = answer(&["check", "--help"]);
    assert!(code == Some(0) && text.contains("Exit codes: 0 done") && text.contains("3 configuration"), "{text}");
    let (code, text) = answer(&["-t", "-c", "minimal.yaml", "--offline"]);
    assert!(code == Some(0) && text.contains("config is valid"), "{text}");
    assert_eq!(answer(&["-t", "-c", "none.yaml"]).0, Some(3));
}

#[test]
fn shells_get_their_completion() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script) = answer(&["completion", shell]);
        assert!(code == Some(0) && script.contains("yumen") && script.contains("explain"), "{shell}: {script}");
    }
    assert_eq!(answer(&["completion", "cmd"]).0, Some(2));
}

#[test]
fn the_schema_is_printed_as_it_is_kept() {
    let kept = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/schema.json"));
    assert!(answer(&["schema"]).1 == kept.unwrap(), "run: yumen schema > config/schema.json");
}

#[test]
fn a_command_about_a_running_gateway_says_that_its_configuration_cannot_be_used() {
    let told = |arguments: &[&str]| {
        let output = yumen(&[&["plugin", "list"][..], arguments].concat());
        assert!(!output.status.success(), "no gateway runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let missing = told(&["-c", "missing.yaml"]);
    assert!(missing.contains("cannot be used") && missing.contains("missing.yaml"), "{missing}");
    let wrong = ["-c", "minimal.yaml", "--set", "routes.get-user.to.service=user"];
    let faulty = told(&wrong);
    assert!(faulty.contains("YM0105") && faulty.contains("--token-file"), "{faulty}");
    let enough = ["--admin", "http://127.0.0.1:1", "--token-file", "missing-token"];
    let named = told(&[&wrong[..], &enough].concat());
    assert!(named.contains("no token in missing-token"), "it is not needed: {named}");
}
