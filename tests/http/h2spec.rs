//! The HTTP/2 conformance suite against the port that also speaks HTTP/1.

use std::{path::PathBuf, process::Command};

use crate::front::Front;

/// Cases of the suite that may fail: an HTTP/1-like preface gets an HTTP/1 answer, because both live on one port.
const MAY_FAIL: usize = 1;
const CASES: usize = 145;

fn h2spec() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.cache/bin/h2spec");
    let path = std::env::var_os("YUMEN_H2SPEC").map_or(built, PathBuf::from);
    assert!(path.exists(), "h2spec is missing at {}: build it with `./x peers`", path.display());
    path
}

#[test]
fn the_conformance_suite_passes_but_for_the_shared_preface() {
    let front = Front::start();
    let port = front.address.port().to_string();
    let run = Command::new(h2spec()).args(["--host", "127.0.0.1", "--port", &port, "--timeout", "2"]).output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    let summary =
        text.lines().rev().find(|line| line.contains(" tests, ")).unwrap_or_else(|| panic!("no summary in\n{text}"));
    let numbers: Vec<usize> =
        summary.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    let [cases, passed, ..] = numbers[..] else { panic!("{summary}") };
    println!("{summary}");
    assert!(cases >= CASES && cases - passed <= MAY_FAIL, "{text}");
    assert!(front.metric("yumen_connections_http2_total") > 100.0);
}
