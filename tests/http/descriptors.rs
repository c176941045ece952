//! Clients that take every descriptor that there is: what the real program does when none is left.

use std::{
    net::TcpStream,
    path::PathBuf,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use yumen_tests::yumen::Yumen;

use crate::wire::{Client, PATIENCE, get};

/// A configuration with one route, which nobody asks for, and these limits of connections.
fn config(limits: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yumen.yaml");
    let text = format!(
        r#"version: 1
gateway: {{ workers: 1 }}
listeners: [{{ name: web, bind: "127.0.0.1:0", limits: {{ connection: {{ {limits} }} }} }}]
telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
services: [{{ name: nobody, interface: com.example.Nobody, endpoints: ["127.0.0.1:1"] }}]
routes: [{{ name: nobody, match: {{ path: /nobody }}, to: {{ service: nobody, method: nothing, params: [] }} }}]
"#
    );
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

/// Processor time that the process has used.
fn used(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// Processor time that the process uses in a second.
fn busy(process: u32) -> Duration {
    let before = used(process);
    std::thread::sleep(Duration::from_secs(1));
    used(process) - before
}

/// Whether somebody who comes now is answered, within a few seconds.
fn recovers(yumen: &Yumen) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let mut client = Client::connect(yumen.address);
        client.send(&get("/unknown"));
        match client.answer(Duration::from_secs(1)) {
            Ok(answer) if answer.status == 404 => return true,
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    false
}

#[test]
fn idle_clients_that_hold_every_place_make_room_and_cost_nothing() {
    let (_folder, file) = config("");
    let runtime = Runtime::new().unwrap();
    let yumen = runtime.block_on(Yumen::run_with_descriptors(&file, 128));
    let crowd: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(yumen.address).unwrap()).collect();
    assert!(busy(yumen.id()) < Duration::from_millis(200));
    for _ in 0..100 {
        let mut newcomer = Client::connect(yumen.address);
        newcomer.send(&get("/unknown"));
        assert_eq!(newcomer.answer(PATIENCE).unwrap().status, 404);
    }
    assert!(runtime.block_on(send(&yumen, "/readyz")).starts_with("ready"));
    drop(crowd);
}

#[test]
fn a_cap_beyond_what_the_process_may_open_is_told_and_lowered() {
    let (_folder, file) = config("total: 100000");
    let yumen = Runtime::new().unwrap().block_on(Yumen::run_with_descriptors(&file, 128));
    let told = "100000 connections are more than the limit of open files allows: 96 are taken";
    assert!(yumen.output().contains(told), "{}", yumen.output());
}

#[test]
fn without_a_descriptor_left_the_ports_wait_without_a_spin_and_without_a_flood_of_words() {
    let (_folder, file) = config("total: 100000");
    let runtime = Runtime::new().unwrap();
    // So few that the gateway's own leave less than the quarter that clients cannot have.
    let yumen = runtime.block_on(Yumen::run_with_descriptors(&file, 40));
    let crowd: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(yumen.address).unwrap()).collect();
    let deadline = Instant::now() + PATIENCE;
    let words = || yumen.output().matches("no connection can be accepted").count();
    while words() == 0 {
        assert!(Instant::now() < deadline, "{}", yumen.output());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(busy(yumen.id()) < Duration::from_millis(200));
    assert_eq!(words(), 1, "{}", yumen.output());
    drop(crowd);
    assert!(recovers(&yumen), "{}", yumen.output());
}

/// The text of a page of the status port.
async fn send(yumen: &Yumen, path: &str) -> String {
    yumen_tests::gateway::send(yumen.status, http::Method::GET, path, &[], bytes::Bytes::new()).await.text()
}
