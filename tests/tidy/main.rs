//! The rules of the house, as tests.
//!
//! `ARCHITECTURE.md` says why each rule stands; a file here holds each rule together with the test that plants a breach
//! and sees it found. A breach is printed as `file:line: what`.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, unreachable_pub, reason = "tests all through")]

mod absence;
mod floors;
mod samples;
mod shape;
mod source;
mod words;

use clap::Parser;
use source::{Breach, files, root, sources};
use yumen_server::cli::Cli;

#[track_caller]
fn none(breaches: Vec<Breach>) {
    let lines: Vec<String> = breaches.iter().map(|breach| format!("\n  {breach}")).collect();
    assert!(lines.is_empty(), "{} breaches:{}", lines.len(), lines.concat());
}

fn floors() -> floors::Floors {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    floors::Floors::parse(&text).expect("the floors table")
}

#[test]
fn no_import_climbs_the_floors() {
    none(floors::climbing(&sources(), &floors()));
}

#[test]
fn the_floors_table_names_every_room_and_no_other() {
    none(floors::unlisted(&sources(), &floors()));
}

#[test]
fn no_file_has_more_lines_than_a_reader_takes_in() {
    for breach in shape::growing_files(&sources()) {
        println!("warning: {breach}");
    }
    none(shape::long_files(&sources()));
}

#[test]
fn every_file_says_what_it_is() {
    none(shape::undocumented(&sources()));
}

#[test]
fn no_function_is_longer_than_a_screen() {
    none(shape::long_functions(&sources()));
}

#[test]
fn files_and_types_are_named_after_what_they_know() {
    none(shape::misnamed_files(&sources()));
    none(shape::banned_names(&sources()));
}

#[test]
fn no_room_knows_what_it_must_not() {
    none(absence::present(&sources()));
}

#[test]
fn no_file_names_a_path_of_this_machine() {
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let places = [Some(root().display().to_string()), home].into_iter().flatten();
    none(words::machine_paths(&files(), &places.map(|place| place + "/").collect::<Vec<_>>()));
}

#[test]
fn no_file_names_a_host_nobody_vouched_for() {
    none(words::foreign_hosts(&files()));
}

#[test]
fn every_command_in_the_documents_exists() {
    let files = files();
    none(words::unknown_commands(&files, &words::verbs(&files["x"]), understood));
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    none(words::missing_files(&files()));
}

/// Whether the command line of `yumen` takes these words.
fn understood(words: &[&str]) -> Result<(), String> {
    match Cli::try_parse_from(words) {
        Err(error) if error.exit_code() != 0 => Err(error.to_string()),
        _ => Ok(()),
    }
}

#[test]
fn every_sample_configuration_loads() {
    none(samples::broken(&files()));
}

#[test]
fn the_schema_is_what_the_config_types_say() {
    none(samples::stale_schema(&files()).into_iter().collect());
}
