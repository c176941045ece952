//! From the start of the process to the first answer.

use std::time::{Duration, Instant};

use http::Method;
use yumen_tests::gateway::send;

use crate::{
    depot::{Depot, program},
    load::within,
    world::run,
};

#[test]
fn a_gateway_without_a_registry_is_ready_in_no_time() {
    run(async {
        let depot = Depot::get().await;
        let routes =
            "  - { name: who, match: { path: /attachments }, to: { service: freight, method: attachments } }\n";
        // `./x bench` measures it; this only tells a start from a wait.
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
