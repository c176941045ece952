//! A project in a language without a template: built by a command of its own, tested, looked at and measured.
#![allow(clippy::expect_used, reason = "what goes wrong here is a failed test")]

use std::{fs, path::Path};

use yumen_workshop::{Form, Lane, Project, Trouble, build, inspect, measure, trial};

/// A balancer that always picks place 1. Its manifest is all zeros but for its name.
const MODULE: &str = r#"(module
  (memory (export "memory") 1)
  (data (i32.const 8) "\00\04\00\00\05\00\00\00\00\04\00\00\05\00\00\00")
  (data (i32.const 1024) "first")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/lifecycle@0.1.0#describe") (result i32) (i32.const 8))
  (func (export "yumen:plugin/lifecycle@0.1.0#configure") (param i32 i32) (result i32) (i32.const 512))
  (func (export "yumen:plugin/lifecycle@0.1.0#self-test") (result i32) (i32.const 512))
  (func (export "yumen:plugin/balancing@0.1.0#rebuild") (param i32 i32 i32 i32 i32) (result i32) (i32.const 512))
  (func (export "yumen:plugin/balancing@0.1.0#forget") (param i32))
  (func (export "yumen:plugin/balancing@0.1.0#pick") (param i32 i64 i32 i32) (result i32) (i32.const 1)))"#;

const CASES: &str = "
- name: place 1 is picked
  endpoints: [{ address: a:1 }, { address: b:1 }]
  expect: { pick: 1 }
- name: place 0 is picked
  endpoints: [{ address: a:1 }, { address: b:1 }]
  expect: { pick: 0 }
- name: a place that is not there is told
  endpoints: [{ address: a:1 }]
  expect: { failure: invalid }
";

fn project(folder: &Path) -> Project {
    fs::write(folder.join("core.wasm"), wat::parse_str(MODULE).expect("a module")).expect("it is written");
    fs::create_dir(folder.join("tests")).expect("a folder");
    fs::write(folder.join("tests/basic.yaml"), CASES).expect("it is written");
    let text = "name: first\nlang: other\nworld: load-balancer\nbuild: { command: [rustc, -V], output: core.wasm }\n";
    fs::write(folder.join("plugin.yaml"), text).expect("it is written");
    Project::open(folder).expect("a project")
}

#[test]
fn any_language_is_built_tested_looked_at_and_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    let built = build(&project, None, &|_| {}).expect("it builds");
    assert_eq!((built.outline.form, built.outline.lane), (Form::Component, Some(Lane::Fast)));
    assert_eq!(built.outline.short_imports(), "none");
    let mut heard = Vec::new();
    let report = trial(&project, &mut |verdict| heard.push(verdict.passed())).expect("it is tried");
    assert_eq!(heard, [true, false, true]);
    assert_eq!(report.cases[1].differences, ["pick: expected 0, got 1"]);
    let inspected = inspect(&built.path).expect("it is there");
    assert_eq!(inspected.refused, None);
    assert_eq!(inspected.manifest.expect("it describes itself")["name"], "first");
    let figures = measure(&built.path, "{}").expect("it is measured");
    assert_eq!(figures.phases.iter().map(|phase| phase.name).collect::<Vec<_>>(), ["pick"]);
}

#[test]
fn what_is_missing_is_told_with_what_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let nothing = Project::open(folder.path()).expect_err("no project");
    assert!(nothing.help.is_some_and(|help| help.contains("yumen plugin new")));
    let mut project = project(folder.path());
    let helped = |trouble: Trouble| (trouble.message, trouble.help.unwrap_or_default());
    let (message, help) = helped(trial(&project, &mut |_| {}).expect_err("not built"));
    assert!(message.contains("first.wasm") && help.contains("yumen plugin build"), "{message} {help}");
    if let Some(own) = &mut project.build {
        own.command = vec!["no-such-compiler".to_owned()];
    }
    let (message, _) = helped(build(&project, None, &|_| {}).expect_err("no compiler"));
    assert_eq!(message, "no-such-compiler is missing");
}

#[test]
fn a_file_that_is_no_plugin_is_described_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let look = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("it is written");
        inspect(&path).expect("it is there")
    };
    let text = look("a.txt", b"hello");
    assert_eq!((text.outline.form, text.outline.size), (Form::Unknown, 5));
    assert!(text.refused.is_some());
    let core = look("core.wasm", &wat::parse_str(MODULE).expect("a module"));
    assert_eq!((core.outline.form, core.outline.world), (Form::CoreModule, None));
    let stranger = r#"(component (import "acme:shop/cart@1.0.0" (instance)))"#;
    let stranger = look("stranger.wasm", &wat::parse_str(stranger).expect("a component"));
    assert_eq!(stranger.outline.missing().collect::<Vec<_>>(), ["acme:shop/cart@1.0.0"]);
    assert!(stranger.refused.is_some_and(|why| why.contains("acme:shop/cart")));
}
