//! What a restart knows, and who wins when the configuration changed meanwhile.

use std::fs;

use super::{
    world::{World, guest, upload},
    *,
};
use crate::Source;

fn file(world: &World, bytes: &Bytes) -> Declared {
    let path = world.state.path().join("a.wasm");
    fs::write(&path, bytes).unwrap();
    Declared { source: Source::File(path), digest: None, spec: Spec::new("a"), part: Part::default() }
}

#[tokio::test]
async fn what_was_activated_serves_again_and_the_one_before_it_can_be_turned_to() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    world.activate("a", &two).await;
    let again = world.restarted();
    again.declare(&[upload("a")]).await;
    assert_eq!(again.serves("a"), Some(two));
    again.plugins.rollback("a", &Precondition::Any, false).await.unwrap();
    assert_eq!(again.serves("a"), Some(one));
}

#[tokio::test]
async fn a_canary_runs_on_with_the_same_keys() {
    let world = World::new();
    world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    let part = SplitWish { percent: Some(12.5), sticky: Some("request.x-user".to_owned()), ..SplitWish::default() };
    world.plugins.canary("a", &two, &part, None, &Precondition::Any, false).await.unwrap();
    let again = world.restarted();
    again.declare(&[upload("a")]).await;
    let (before, after) = (world.deployed("a"), again.deployed("a"));
    assert_eq!(before.canary().map(|canary| &canary.split), after.canary().map(|canary| &canary.split));
    assert_eq!(again.show("a").canary.map(|canary| (canary.version, canary.split)), Some((two, part)));
}

#[tokio::test]
async fn a_decision_against_a_file_holds_until_the_file_holds_something_new() {
    let world = World::new();
    let declared = file(&world, &guest("1.0.0", ""));
    world.declare(std::slice::from_ref(&declared)).await;
    let from_file = world.serves("a").unwrap();
    let chosen = world.upload("a", guest("2.0.0", "")).await;
    world.activate("a", &chosen).await;
    assert!(world.show("a").drift.is_some(), "it is shown that the file holds another");
    let again = world.restarted();
    again.declare(std::slice::from_ref(&declared)).await;
    assert_eq!((again.serves("a"), again.show("a").drift.is_some()), (Some(chosen), true));
    fs::write(world.state.path().join("a.wasm"), guest("3.0.0", "")).unwrap();
    let third = world.restarted();
    third.declare(&[declared]).await;
    let view = third.show("a");
    assert_eq!((view.versions[0].version.as_str(), view.drift), ("3.0.0", None));
    assert_ne!(third.serves("a"), Some(from_file));
    assert!(view.note.unwrap().contains("decision"));
}

#[tokio::test]
async fn a_version_that_was_taken_back_does_not_serve_again_after_a_restart() {
    let world = World::new();
    let declared = file(&world, &guest("1.0.0", ""));
    world.declare(std::slice::from_ref(&declared)).await;
    let good = world.serves("a");
    fs::write(world.state.path().join("a.wasm"), guest("2.0.0", "unreachable")).unwrap();
    world.tend_until(|| world.serves("a") != good).await;
    world.call("a", 5).await;
    world.tend_until(|| world.serves("a") == good).await;
    world.tend_until(|| world.plugins.unkept().is_none() && world.show("a").drift.is_some()).await;
    world.plugins.keep(false).await;
    let again = world.restarted();
    again.declare(&[declared]).await;
    assert_eq!(again.serves("a"), good);
}

#[tokio::test]
async fn uploads_of_a_plugin_that_is_undeclared_for_a_while_are_not_lost() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    world.declare(&[upload("b")]).await;
    assert!(world.plugins.table().get("a").is_none() && world.plugins.show("a").is_err());
    assert_eq!(world.modules_on_disk(), 1);
    world.declare(&[upload("a")]).await;
    assert_eq!(world.serves("a"), Some(one));
}

#[tokio::test]
async fn a_book_that_cannot_be_read_stops_the_start_and_is_not_written_over() {
    let world = World::new();
    world.with_version("a", "1.0.0").await;
    let book = world.state.path().join("plugins/plugins.json");
    fs::write(&book, "{").unwrap();
    let host = Host::start(crate::HostOptions::default()).unwrap();
    let none = Box::new(|_: &str| Err(String::new()));
    assert!(Plugins::open(host, Some(world.state.path().join("plugins")), none).is_err());
    assert_eq!(fs::read_to_string(book).unwrap(), "{");
}
