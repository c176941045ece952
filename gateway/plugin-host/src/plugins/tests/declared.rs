//! What the configuration takes away stays away, and changes beside one another neither wait nor get lost.

use super::{
    world::{World, guest, upload},
    *,
};
use crate::{Grants, Spec};

/// `a` with a bucket that it may use, or without.
fn granted(kv: &[&str]) -> Declared {
    let kv = kv.iter().map(|&bucket| bucket.to_owned()).collect();
    Declared { spec: Spec { grants: Grants { kv, ..Grants::default() }, ..Spec::new("a") }, ..upload("a") }
}

fn grants(world: &World) -> Vec<String> {
    world.deployed("a").stable().unwrap().spec().grants.kv.clone()
}

#[tokio::test]
async fn nothing_turns_by_itself_to_a_version_with_grants_that_were_taken_away() {
    let world = World::new();
    world.declare(&[granted(&["bucket"])]).await;
    let bad = world.upload("a", guest("1.0.0", "unreachable")).await;
    world.activate("a", &bad).await;
    world.declare(&[granted(&[])]).await;
    world.call("a", 5).await;
    assert!(world.plugins.look_at_versions(Instant::now()));
    assert_eq!(world.reason("a", "Programmed"), "CrashLoop");
    assert_eq!(world.states("a")[&bad], "previous", "it stays beside, for what a person may want to know");
}

#[tokio::test]
async fn a_person_turns_back_to_an_earlier_module_as_it_is_declared_now() {
    let world = World::new();
    world.declare(&[granted(&["bucket"])]).await;
    let one = world.upload("a", guest("1.0.0", "")).await;
    world.activate("a", &one).await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    world.activate("a", &two).await;
    let any = Precondition::Any;
    world.declare(&[granted(&[])]).await;
    let same = world.plugins.rollback("a", &any, false).await.unwrap_err();
    assert!(same.to_string().contains("changed in the configuration"), "{same}");
    for id in [&two, &one] {
        let refused = world.plugins.activate("a", id, None, &any, false).await;
        assert!(refused.is_err(), "it is not what is declared");
    }
    let digest = |wanted: &str| {
        let versions = world.show("a").versions;
        versions.iter().find(|version| version.version == wanted).unwrap().digest.clone()
    };
    world.activate("a", &digest("1.0.0")).await;
    assert_eq!(grants(&world), Vec::<String>::new());
    world.declare(&[granted(&["other"])]).await;
    world.activate("a", &digest("2.0.0")).await;
    world.declare(&[granted(&["last"])]).await;
    world.activate("a", &digest("1.0.0")).await;
    world.plugins.rollback("a", &any, false).await.unwrap();
    assert_eq!((grants(&world), world.show("a").drift), (vec!["last".to_owned()], None));
}

#[tokio::test]
async fn another_failure_policy_is_no_other_version() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let version = world.deployed("a").stable().cloned();
    let open = Spec { on_failure: Some(FailurePolicy::Open), ..Spec::new("a") };
    world.declare(&[Declared { spec: open, ..upload("a") }]).await;
    assert_eq!(world.deployed("a").on_failure(), FailurePolicy::Open);
    assert!(Arc::ptr_eq(version.as_ref().unwrap(), world.deployed("a").stable().unwrap()));
    assert_eq!((world.serves("a"), world.show("a").previous), (Some(one), None));
}

#[tokio::test]
async fn a_rollback_does_not_wait_for_what_somebody_else_compiles() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "")).await;
    world.activate("a", &two).await;
    let every = u32::try_from(world.plugins.loads.available_permits()).unwrap();
    let busy = world.plugins.loads.acquire_many(every).await.unwrap();
    let uploading = tokio::spawn({
        let plugins = Arc::clone(&world.plugins);
        async move { plugins.upload("a", guest("3.0.0", ""), false).await }
    });
    let declaring = tokio::spawn({
        let plugins = Arc::clone(&world.plugins);
        async move { plugins.declare(&[granted(&["bucket"])]).await.unwrap().commit().await }
    });
    tokio::task::yield_now().await;
    let rollback = async { world.plugins.rollback("a", &Precondition::Any, false).await.unwrap() };
    tokio::time::timeout(Duration::from_secs(5), rollback).await.expect("it waits for nobody");
    assert_eq!(world.serves("a"), Some(one));
    drop(busy);
    declaring.await.unwrap();
    uploading.await.unwrap().unwrap();
    assert_eq!(world.deployed("a").stable().unwrap().manifest().version, "1.0.0", "the rollback holds");
    assert_eq!((grants(&world), world.show("a").drift), (vec!["bucket".to_owned()], None));
    let brought = world.show("a").versions.iter().any(|version| version.version == "3.0.0");
    assert!(brought, "{:?}", world.states("a"));
}

#[tokio::test]
async fn what_the_gateway_does_while_a_declaration_waits_for_its_commit_is_not_undone() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "unreachable")).await;
    let all = SplitWish { percent: Some(100.0), ..SplitWish::default() };
    world.plugins.canary("a", &two, &all, None, &Precondition::Any, false).await.unwrap();
    world.plugins.changed().await;
    let prepared = world.plugins.declare(&[granted(&["bucket"]), upload("b")]).await.unwrap();
    let planned = Arc::clone(prepared.table());
    world.call("a", 5).await;
    assert!(world.plugins.look_at_versions(Instant::now()), "the canary goes");
    let between = world.plugins.table();
    prepared.commit().await;
    let after = world.plugins.table();
    assert!(after.generation() > planned.generation() && after.generation() > between.generation());
    assert!(world.show("a").canary.is_none() && after.get("a").unwrap().canary().is_none());
    world.plugins.changed().await;
    assert_ne!(world.serves("a"), Some(one), "with its grant it is another version");
}

#[tokio::test]
async fn a_version_that_was_taken_back_while_a_declaration_waited_stays_so() {
    let world = World::new();
    world.with_version("a", "1.0.0").await;
    let two = world.upload("a", guest("2.0.0", "unreachable")).await;
    world.activate("a", &two).await;
    let prepared = world.plugins.declare(&[granted(&["bucket"])]).await.unwrap();
    world.call("a", 5).await;
    assert!(world.plugins.look_at_versions(Instant::now()), "it is taken back");
    prepared.commit().await;
    assert_eq!(world.deployed("a").stable().unwrap().manifest().version, "1.0.0");
    assert_eq!(grants(&world), ["bucket"]);
}
