//! From the start of the process to the first answer, and what keeps it from starting.
//!
//! The promise of 150 ms until ready is held by `./x bench`, on a release build and a machine of its own. Here a debug build
//! shares two cores with Java peers, so the limit only tells a start from a wait.

use std::time::{Duration, Instant};

use http::Method;
use yumen_tests::{gateway::send, yumen::Yumen};

use crate::{
    depot::{Depot, program, put},
    load::within,
    world::run,
};

#[test]
fn a_gateway_without_a_registry_is_ready_in_no_time() {
    run(async {
        let depot = Depot::get().await;
        let routes =
            "  - { name: who, match: { path: /attachments }, to: { service: freight, method: attachments } }\n";
        within(Duration::from_secs(2), "ready", async || {
            let folder = tempfile::tempdir().unwrap();
            let begun = Instant::now();
            let yumen = program(folder.path(), &depot.file("", "", routes)).await;
            let ready = send(yumen.status, Method::GET, "/readyz", &[], bytes::Bytes::new()).await;
            let took = begun.elapsed();
            assert_eq!(ready.expect(200).text(), "ready\n");
            yumen.get("/attachments").await.expect(200);
            took
        })
        .await;
    });
}

#[test]
fn a_gateway_that_cannot_have_all_its_workers_does_not_start() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("yumen.yaml");
        let routes =
            "  - { name: who, match: { path: /attachments }, to: { service: freight, method: attachments } }\n";
        put(&config, &depot.file("", "", routes).replace("workers: 2", "workers: 64"));
        let (ended, output) = Yumen::refused_with_descriptors(&config, 64).await;
        assert_eq!(ended.code(), Some(1), "{output}");
        assert!(output.contains("cannot start a thread"), "{output}");
    });
}
