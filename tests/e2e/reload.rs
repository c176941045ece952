//! A changed file is live without a request lost; a broken one changes nothing.

use std::path::Path;

use yumen_tests::{gateway::Answer, yumen::Yumen};

use crate::{
    depot::{Depot, program, put},
    load::{Load, until},
    world::run,
};

/// An edition of the configuration whose number is in the answer twice: once from the route, once from the service, by
/// way of the provider.
fn edition(depot: &Depot, number: usize) -> String {
    let service = format!("attachments: {{ edition: \"{number}\" }}");
    let routes = format!(
        r#"  - name: edition
    match: {{ path: /edition }}
    to: {{ service: freight, method: attachments }}
    respond: {{ body: {{ route: "{number}", service: result.edition }} }}
  - {{ name: of-its-own, match: {{ path: /only-{number} }}, to: {{ service: freight, method: attachments }} }}
"#
    );
    depot.file("", &service, &routes)
}

/// The number of the edition that answered, if it was one.
fn whole(answer: &Answer) -> Result<String, String> {
    let body = answer.text();
    let number = |member: &str| answer.json()[member].as_str().unwrap_or("none").to_owned();
    match answer.status.as_u16() {
        200 if number("route") == number("service") => Ok(number("route")),
        200 => Err(format!("a mix: {body}")),
        _ => Err(body),
    }
}

fn load(yumen: &Yumen) -> Load {
    Load::start(yumen.address, 4, |_| "/edition".to_owned(), whole)
}

async fn until_live(load: &Load, number: usize) {
    load.until(&format!("edition {number}"), |tally| tally.good.contains_key(&number.to_string())).await;
}

#[test]
fn a_changed_file_is_live_at_once_and_no_request_is_lost_or_sees_half_of_it() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let yumen = program(folder.path(), &edition(depot, 1)).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        for number in 2..=6 {
            put(&folder.path().join("yumen.yaml"), &edition(depot, number));
            until_live(&load, number).await;
        }
        yumen.get("/only-6").await.expect(200);
        yumen.get("/only-5").await.expect(404);
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn a_broken_file_changes_nothing_and_is_told_with_its_line() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yumen.yaml");
        let mut yumen = program(folder.path(), &edition(depot, 1)).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        break_it(&path, depot);
        told(&mut yumen, &path).await;
        load.some_more(50).await;
        assert_eq!(load.count("2"), 0, "a broken edition answered");
        put(&path, &edition(depot, 3));
        until_live(&load, 3).await;
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn a_hangup_reloads_what_no_file_event_tells() {
    run(async {
        let depot = Depot::get().await;
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // A change behind a link is no event in the folder of the link.
        let path = elsewhere.path().join("linked.yaml");
        put(&path, &edition(depot, 1));
        let link = folder.path().join("yumen.yaml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut yumen = Yumen::run(&link).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        put(&path, &edition(depot, 2));
        yumen.signal("HUP");
        until_live(&load, 2).await;
        break_it(&path, depot);
        yumen.signal("HUP");
        told(&mut yumen, &link).await;
        put(&path, &edition(depot, 3));
        yumen.signal("HUP");
        until_live(&load, 3).await;
        load.stop().await.expect_no_failure();
        until("version 3", async || yumen.output().contains("v3 live")).await;
    });
}

/// Writes a file whose line `LINE` has an unknown key.
fn break_it(path: &Path, depot: &Depot) {
    let text = edition(depot, 2).replacen("    timeout: 55s", "    timeuot: 55s", 1);
    assert!(text.lines().nth(LINE - 1).unwrap().contains("timeuot"));
    put(path, &text);
}

/// The line that `break_it` breaks.
const LINE: usize = 10;

/// Waits until the log tells of the broken line.
async fn told(yumen: &mut Yumen, path: &Path) {
    let said = yumen.said("timeuot").await;
    assert!(said.contains(&format!("{}:{LINE}:", path.display())), "{said}");
    assert!(said.contains("timeout"), "no suggestion: {said}");
    assert!(said.contains("Nothing was applied"), "{said}");
}
