//! The book of plugins over the real host, with modules that are made here.

mod declared;
mod restart;
mod sources;
mod world;

use std::time::{Duration, Instant};

use serde_json::json;

use self::world::{World, guest, upload};
use super::*;
use crate::{Watch, words::FailurePolicy};

#[tokio::test]
async fn a_plugin_that_waits_for_its_first_upload_stands_under_its_failure_policy() {
    let world = World::new();
    world.declare(&[upload("a")]).await;
    assert_eq!((world.serves("a"), world.deployed("a").on_failure()), (None, FailurePolicy::Closed));
    assert_eq!(world.reason("a", "Programmed"), "WaitingForUpload");
    let one = world.upload("a", guest("1.0.0", "")).await;
    assert_eq!(world.serves("a"), None, "what is uploaded does not serve yet");
    world.activate("a", &one).await;
    assert_eq!(world.serves("a"), Some(one));
    assert_eq!(world.reason("a", "Programmed"), "Watched");
}

#[tokio::test]
async fn whoever_publishes_is_told_of_each_change_and_of_nothing_else() {
    let world = World::new();
    let told = async || tokio::time::timeout(Duration::from_millis(50), world.plugins.changed()).await.is_ok();
    world.declare(&[upload("a")]).await;
    assert!(!told().await, "a commit is no news to the one who made it");
    let one = world.upload("a", guest("1.0.0", "")).await;
    assert!(!told().await);
    world.activate("a", &one).await;
    assert!(told().await);
    world.activate("a", &one).await;
    assert!(!told().await, "it served already");
    world.plugins.is_live(&world.plugins.table());
    world.plugins.published().await;
}

#[tokio::test]
async fn what_cannot_serve_is_refused_with_its_reason_and_changes_nothing() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let before = world.plugins.table();
    for (bytes, told) in [(Bytes::from("nonsense"), "inspect"), (Bytes::from("\0asm\x01\0\0\0"), "core module")] {
        let refused = world.plugins.upload("a", bytes, false).await.unwrap_err();
        assert!(matches!(&refused, ChangeError::Refused(_)) && refused.to_string().contains(told), "{refused}");
    }
    assert!(Arc::ptr_eq(&before, &world.plugins.table()));
    assert_eq!((world.serves("a"), world.show("a").versions.len()), (Some(one), 1));
}

#[tokio::test]
async fn a_module_of_another_kind_than_those_before_it_is_refused() {
    let world = World::new();
    world.with_version("a", "1.0.0").await;
    let refused = world.plugins.upload("a", world::balancer(), false).await.unwrap_err();
    assert!(refused.to_string().contains("this is a load-balancer, and the plugin is a filter"), "{refused}");
}

#[tokio::test]
async fn a_dry_run_tries_everything_and_keeps_nothing() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let tag = world.show("a").etag;
    let tried = world.plugins.upload("a", guest("2.0.0", ""), true).await.unwrap();
    assert_eq!((tried.known, tried.version.short.version.as_str()), (false, "2.0.0"));
    assert_eq!((world.show("a").etag, world.show("a").versions.len()), (tag.clone(), 1));
    let two = world.upload("a", guest("2.0.0", "")).await;
    let tag = world.show("a").etag;
    let change = world.plugins.activate("a", &two, None, &Precondition::Any, true).await.unwrap();
    assert_eq!((change.from, change.to), (Some(one.clone()), Some(two)));
    assert_eq!((world.serves("a"), world.show("a").etag), (Some(one), tag));
}

#[tokio::test]
async fn the_same_module_again_is_known() {
    let world = World::new();
    world.declare(&[upload("a")]).await;
    let first = world.plugins.upload("a", guest("1.0.0", ""), false).await.unwrap();
    let again = world.plugins.upload("a", guest("1.0.0", ""), false).await.unwrap();
    assert_eq!((first.known, again.known), (false, true));
    assert_eq!(first.version.short.id, again.version.short.id);
}

#[tokio::test]
async fn a_change_decided_on_an_older_state_is_not_made() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    let seen = Precondition::Tags(vec![world.show("a").etag]);
    world.plugins.activate("a", &two, None, &seen, false).await.unwrap();
    let late = world.plugins.activate("a", &one, None, &seen, false).await.unwrap_err();
    assert!(matches!(&late, ChangeError::Stale { current } if *current == world.show("a").etag), "{late}");
    assert_eq!(world.serves("a"), Some(two));
}

#[tokio::test]
async fn a_canary_goes_from_a_part_to_all_or_to_none() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    let any = Precondition::Any;
    let percent = |percent| SplitWish { percent: Some(percent), ..SplitWish::default() };
    world.plugins.canary("a", &two, &percent(0.0), None, &any, false).await.unwrap();
    assert_eq!(world.serves("a"), Some(one.clone()));
    world.plugins.canary("a", &two, &percent(100.0), None, &any, false).await.unwrap();
    assert_eq!(world.serves("a"), Some(two.clone()));
    assert_eq!(world.states("a"), json!({ &one: "stable", &two: "canary" }));
    world.plugins.rollback("a", &any, false).await.unwrap();
    assert_eq!((world.serves("a"), world.show("a").canary.is_none()), (Some(one.clone()), true));
    world.plugins.canary("a", &two, &percent(50.0), None, &any, false).await.unwrap();
    world.plugins.promote("a", None, &any, false).await.unwrap();
    assert_eq!((world.serves("a"), world.show("a").previous), (Some(two.clone()), Some(one.clone())));
    world.plugins.rollback("a", &any, false).await.unwrap();
    assert_eq!(world.serves("a"), Some(one));
    for failed in [world.plugins.promote("a", None, &any, false).await, world.plugins.abort("a", &any, false).await] {
        assert!(matches!(failed, Err(ChangeError::Nothing(_))));
    }
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_told_with_its_place() {
    let world = World::new();
    world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    for (wish, place) in [
        (json!({}), "/canary"),
        (json!({ "percent": 101.0 }), "/canary/percent"),
        (json!({ "percent": 1.0, "header": "x" }), "/canary"),
        (json!({ "percent": 1.0, "value": "x" }), "/canary/value"),
    ] {
        let wish: SplitWish = serde_json::from_value(wish).unwrap();
        let refused = world.plugins.canary("a", &two, &wish, None, &Precondition::Any, false).await.unwrap_err();
        assert!(matches!(refused, ChangeError::Invalid { pointer, .. } if pointer == place), "{wish:?}");
    }
    let watch = Watch { max_error_rate: 5.0, ..Watch::default() };
    let refused = world.plugins.activate("a", &two, Some(watch), &Precondition::Any, false).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Invalid { pointer: "/watch", .. }));
}

#[tokio::test]
async fn a_version_that_serves_cannot_be_deleted_and_others_are_gone_with_their_bytes() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    let any = Precondition::Any;
    assert!(matches!(world.plugins.delete("a", &one, &any, false).await, Err(ChangeError::Serving(_))));
    assert_eq!(world.modules_on_disk(), 2);
    world.plugins.delete("a", &two, &any, true).await.unwrap();
    assert_eq!(world.modules_on_disk(), 2, "that was a dry run");
    world.plugins.delete("a", &two, &any, false).await.unwrap();
    assert_eq!((world.modules_on_disk(), world.show("a").versions.len()), (1, 1));
    let unknown = world.plugins.delete("a", &two, &any, false).await;
    assert!(matches!(unknown, Err(ChangeError::UnknownVersion { .. })));
    assert!(matches!(world.plugins.delete("b", &one, &any, false).await, Err(ChangeError::UnknownPlugin(_))));
}

#[tokio::test]
async fn a_version_that_is_replaced_drains_until_its_last_user_lets_go() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let (two, three) = (world.upload("a", guest("2.0.0", "")).await, world.upload("a", guest("3.0.0", "")).await);
    let used = world.deployed("a");
    world.activate("a", &two).await;
    assert_eq!(world.states("a")[&one], "draining");
    drop(used);
    assert_eq!(world.states("a")[&one], "previous");
    world.activate("a", &three).await;
    assert_eq!(world.states("a"), json!({ &one: "ready", &two: "previous", &three: "stable" }));
}

#[tokio::test]
async fn a_version_that_crash_loops_gives_way_to_the_previous_one_or_rests() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "unreachable")).await;
    world.activate("a", &two).await;
    world.call("a", 5).await;
    let mut events = world.plugins.events();
    assert!(world.plugins.look_at_versions(Instant::now()));
    assert_eq!(world.serves("a"), Some(one.clone()));
    let event = events.try_recv().unwrap();
    assert_eq!((event.verb, event.from, event.to), ("rollback", Some(two.clone()), Some(one)));
    assert!(event.reason.contains("5 of its 5 calls failed"), "{}", event.reason);

    let alone = World::new();
    alone.declare(&[upload("a")]).await;
    let bad = alone.upload("a", guest("2.0.0", "unreachable")).await;
    alone.activate("a", &bad).await;
    alone.call("a", 5).await;
    assert!(alone.plugins.look_at_versions(Instant::now()));
    assert_eq!((alone.serves("a"), alone.reason("a", "Programmed")), (None, "CrashLoop".to_owned()));
    assert_eq!(alone.states("a"), json!({ &bad: "resting" }));
    assert!(alone.plugins.look_at_versions(Instant::now() + Duration::from_millis(1_100)));
    assert_eq!(alone.serves("a"), Some(bad));
}

#[tokio::test]
async fn a_canary_that_fails_is_taken_out_by_itself() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "unreachable")).await;
    let all = SplitWish { percent: Some(100.0), ..SplitWish::default() };
    world.plugins.canary("a", &two, &all, None, &Precondition::Any, false).await.unwrap();
    world.call("a", 4).await;
    assert!(!world.plugins.look_at_versions(Instant::now()), "too few calls to tell");
    world.call("a", 16).await;
    assert!(world.plugins.look_at_versions(Instant::now()));
    assert_eq!((world.serves("a"), world.show("a").canary.is_none()), (Some(one), true));
    assert!(world.show("a").note.unwrap().contains("20 of its 20 calls failed"));
    let counts = world.plugins.statistics("a").unwrap();
    let counts = counts.iter().find(|counts| counts.version == two).unwrap();
    assert_eq!((counts.calls, counts.failures, counts.traps), (20, 20, 20));
}
