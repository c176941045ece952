//! The access log of the real program: who was called, and what it threw.

use http::Method;
use yumen_tests::gateway::send;

use crate::{
    depot::{Depot, program},
    world::run,
};

const ROUTES: &str = r#"
  - { name: who, match: { path: /who }, to: { service: freight, method: attachments } }
  - { name: lose, match: { path: /lose }, to: { service: freight, method: lose, params: [long, string] }, args: [{ const: 7 }, { const: Hami }] }
  - { name: wait, match: { path: "/wait/{ms}" }, to: { service: freight, method: slow }, args: [path.ms] }
"#;

#[test]
fn a_line_names_the_provider_and_the_class_of_an_exception_and_a_client_reads_neither() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let file = depot.file("", "", ROUTES).replace("format: off", "format: json");
        let mut yumen = program(folder.path(), &file).await;
        let endpoint = depot.provider.endpoint();

        yumen.get("/who").await.expect(200);
        let line = yumen.access("/who").await;
        assert_eq!((&line["target"], &line["provider"]), (&"freight.attachments".into(), &endpoint.as_str().into()));
        assert!(line.get("exception").is_none() && line.get("id").is_none(), "{line}");

        let answer = yumen.get("/lose").await;
        assert!(!answer.expect(500).text().contains("CargoLost"), "{}", answer.text());
        let line = yumen.access("/lose").await;
        assert_eq!(line["exception"], "com.acme.freight.CargoLostException", "{line}");
        assert_eq!((&line["provider"], &line["id"]), (&endpoint.as_str().into(), &answer.json()["request_id"]));

        // No provider is chosen for a call that is not made, and none is meant where there is no route.
        yumen.get("/wait/long").await.expect(400);
        assert_eq!(yumen.access("/wait/long").await["provider"], "-");
        yumen.get("/nobody").await.expect(404);
        assert!(yumen.access("/nobody").await.get("provider").is_none());

        let refused = send(yumen.address, Method::GET, "/a%2fb", &[], bytes::Bytes::new()).await;
        let line = yumen.access("/a%2fb").await;
        assert_eq!((&line["reason"], &line["id"]), (&"path".into(), &refused.expect(400).json()["request_id"]));
    });
}
