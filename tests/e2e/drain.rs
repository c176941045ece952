//! SIGTERM: nobody new comes in, everybody inside is answered, the process ends.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use tokio::{net::TcpStream, task::JoinSet};
use yumen_tests::{gateway::Answer, yumen::Yumen};

use crate::{
    depot::{Depot, program},
    load::{Client, LIMIT, Load, Unanswered, until},
    world::run,
};

const ROUTES: &str = r#"  - { name: quick, match: { path: /quick }, to: { service: freight, method: attachments } }
  - { name: slow, match: { path: "/slow/{ms}" }, to: { service: freight, method: slow }, args: [path.ms] }
"#;

async fn yumen(folder: &Path, drain: &str) -> Yumen {
    let depot = Depot::get().await;
    program(folder, &depot.file(&format!(", drain: {drain}"), "", ROUTES)).await
}

/// Five requests that take so many milliseconds, and are under way when this returns.
async fn slow(yumen: &Yumen, ms: u32) -> JoinSet<Result<Answer, Unanswered>> {
    let address = yumen.address;
    let ask = move |_| async move { Client::new(address).get(&format!("/slow/{ms}")).await };
    let asked = (0..5).map(ask).collect();
    let mut status = Client::new(yumen.status);
    until("five slow requests under way", async || {
        let metrics = status.get("/metrics").await.unwrap().text();
        metrics.lines().any(|line| {
            line.starts_with("yumen_http_requests_in_flight{") && line.contains("\"slow\"") && line.ends_with(" 5")
        })
    })
    .await;
    asked
}

/// What the status port says, until it is closed.
async fn readiness(yumen: &Yumen) -> Option<u16> {
    let answer = Client::new(yumen.status).get("/readyz").await.ok()?;
    Some(answer.status.as_u16())
}

/// Processes that a process has started and that live.
fn children_of(parent: u32) -> Vec<String> {
    let child = |entry: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let of = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()?; // pid (name) state parent …
        (of == parent).then_some(stat)
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter_map(child).collect()
}

#[test]
fn every_request_that_was_begun_is_answered_before_the_process_ends() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let mut yumen = yumen(folder.path(), "60s").await;
        let load = Load::get(yumen.address, 4, "/quick");
        load.some_more(100).await;
        let slow = slow(&yumen, 5000).await;
        assert_eq!(children_of(yumen.id()), [""; 0], "it has children, which could outlive it");
        let begun = Instant::now();
        yumen.signal("TERM");
        until("the port closed", async || TcpStream::connect(yumen.address).await.is_err()).await;
        assert_eq!(readiness(&yumen).await, Some(503), "the port was closed before it was not ready");
        let tally = load.turned_away().await;
        tally.expect_no_failure();
        assert_eq!((tally.refused, tally.last >= 4), (4, true), "{} were told that the connection closes", tally.last);
        for answer in slow.join_all().await {
            let answer = answer.unwrap();
            assert_eq!(answer.expect(200).json(), "camel");
            assert_eq!(answer.headers["connection"], "close");
        }
        assert_eq!(yumen.ended(LIMIT).await.code(), Some(0), "{}", yumen.output());
        assert!(begun.elapsed() < Duration::from_secs(50), "it ended after {:?}", begun.elapsed());
    });
}

#[test]
fn a_request_that_outstays_the_drain_is_cut_off() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let mut yumen = yumen(folder.path(), "500ms").await;
        let slow = slow(&yumen, 60_000).await;
        yumen.signal("TERM");
        let begun = Instant::now();
        assert_eq!(yumen.ended(Duration::from_secs(40)).await.code(), Some(0), "{}", yumen.output());
        assert!(begun.elapsed() > Duration::from_millis(400), "it did not wait");
        let lost = slow.join_all().await.iter().filter(|answer| matches!(answer, Err(Unanswered::Lost(_)))).count();
        assert_eq!(lost, 5);
    });
}

#[test]
fn a_second_signal_ends_the_drain() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let mut yumen = yumen(folder.path(), "60s").await;
        let slow = slow(&yumen, 60_000).await;
        yumen.signal("TERM");
        until("the drain", async || readiness(&yumen).await == Some(503)).await;
        yumen.signal("INT");
        assert_eq!(yumen.ended(Duration::from_secs(40)).await.code(), Some(0), "{}", yumen.output());
        let lost = slow.join_all().await.iter().filter(|answer| matches!(answer, Err(Unanswered::Lost(_)))).count();
        assert_eq!(lost, 5);
    });
}
