//! Files, addresses and builtins, and what a changed configuration does.

use std::fs;

use super::{
    world::{World, guest, upload},
    *,
};
use crate::Source;

fn declared(source: Source) -> Declared {
    Declared { source, digest: None, spec: Spec::new("a"), part: Part::default() }
}

#[tokio::test]
async fn new_bytes_in_a_file_serve_and_bad_ones_leave_what_served() {
    let world = World::new();
    let path = world.state.path().join("a.wasm");
    fs::write(&path, guest("1.0.0", "")).unwrap();
    world.declare(&[declared(Source::File(path.clone()))]).await;
    let one = world.serves("a");
    fs::write(&path, "nonsense").unwrap();
    world.tend_until(|| world.reason("a", "Accepted") == "LoadFailed").await;
    assert_eq!(world.serves("a"), one);
    fs::remove_file(&path).unwrap();
    world.tend_until(|| world.reason("a", "Accepted") == "FileUnreadable").await;
    assert_eq!(world.serves("a"), one);
    let beside = world.state.path().join("b.wasm");
    fs::write(&beside, guest("2.0.0", "")).unwrap();
    fs::rename(beside, &path).unwrap();
    world.tend_until(|| world.reason("a", "Accepted") == "Loaded").await;
    assert_eq!(world.show("a").previous, one);
    assert_eq!(
        world
            .show("a")
            .versions
            .iter()
            .find(|version| Some(&version.id) == world.serves("a").as_ref())
            .unwrap()
            .version,
        "2.0.0"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_or_has_another_digest_is_a_fault_of_the_configuration() {
    let world = World::new();
    let path = world.state.path().join("a.wasm");
    let missing = world.try_declare(&[declared(Source::File(path.clone()))]).await.unwrap_err();
    assert_eq!(missing[0].part, FaultPart::Source);
    assert!(missing[0].message.contains("there is no such file"), "{}", missing[0].message);
    fs::write(&path, guest("1.0.0", "")).unwrap();
    let digest = Some(Digest::of(b"something else"));
    let other = world.try_declare(&[Declared { digest, ..declared(Source::File(path)) }]).await.unwrap_err();
    assert_eq!(other[0].part, FaultPart::Digest);
}

#[tokio::test]
async fn builtins_come_from_whoever_has_them() {
    let world = World::new();
    world.declare(&[declared(Source::Builtin("guest".to_owned()))]).await;
    assert!(world.serves("a").is_some());
    let unknown = world.try_declare(&[declared(Source::Builtin("x".to_owned()))]).await.unwrap_err();
    assert_eq!(unknown[0].message, "there is no builtin \"x\"");
}

#[tokio::test]
async fn settings_that_the_schema_refuses_are_faults_with_their_place_and_change_nothing() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let with = |config: &str| Declared { spec: Spec { config: config.to_owned(), ..Spec::new("a") }, ..upload("a") };
    let faults = world.try_declare(&[with(r#"{"header": 7}"#)]).await.unwrap_err();
    assert_eq!(faults[0].part, FaultPart::Config("/header".to_owned()));
    assert_eq!(world.serves("a"), Some(one.clone()));
    world.declare(&[with(r#"{"header": "x"}"#)]).await;
    assert_ne!(world.serves("a"), Some(one), "other settings are another version");
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_one_bad_plugin_keeps_all_from_changing() {
    let world = World::new();
    let named = |name: &str, source| Declared { spec: Spec::new(name), ..declared(source) };
    let bad = |name| named(name, Source::Builtin("x".to_owned()));
    let good = named("good", Source::Builtin("guest".to_owned()));
    let faults = world.try_declare(&[bad("b"), good, bad("c")]).await.unwrap_err();
    assert_eq!(faults.iter().map(|fault| &*fault.plugin).collect::<Vec<_>>(), ["b", "c"]);
    assert!(world.plugins.table().get("good").is_none());
}

#[tokio::test]
async fn a_declaration_that_is_dropped_changes_nothing_and_lets_others_change() {
    let world = World::new();
    let one = world.with_version("a", "1.0.0").await;
    let prepared = world.plugins.declare(&[declared(Source::Builtin("guest".to_owned())), upload("b")]).await.unwrap();
    assert!(prepared.table().get("b").is_some());
    drop(prepared);
    assert_eq!((world.serves("a"), world.plugins.table().get("b").is_none()), (Some(one.clone()), true));
    world.activate("a", &one).await;
}

#[tokio::test]
async fn what_did_not_change_is_the_same_in_the_next_table() {
    let world = World::new();
    world.declare(&[upload("a"), upload("b")]).await;
    let one = world.upload("a", guest("1.0.0", "")).await;
    let (a, b) = (world.deployed("a"), world.deployed("b"));
    world.activate("a", &one).await;
    assert!(!Arc::ptr_eq(&a, &world.deployed("a")) && Arc::ptr_eq(&b, &world.deployed("b")));
}

#[tokio::test]
async fn an_address_that_is_away_is_tried_again_and_told() {
    let world = World::new();
    let source = Source::Https("https://localhost:1/a.wasm".to_owned());
    let bytes = guest("1.0.0", "");
    let away = Declared { digest: Some(Digest::of(&bytes)), ..declared(source) };
    world.declare(std::slice::from_ref(&away)).await;
    assert_eq!((world.serves("a"), world.reason("a", "Accepted")), (None, "FetchFailed".to_owned()));
    assert_eq!(world.reason("a", "Programmed"), "SourceAway");
    // A copy that is kept by digest is as good as the address.
    world.plugins.store.put(&Digest::of(&bytes), &bytes).unwrap();
    world.tend_until(|| world.serves("a").is_some()).await;
    assert_eq!(world.reason("a", "Accepted"), "Loaded");
    let again = world.restarted();
    again.declare(&[away]).await;
    assert!(again.serves("a").is_some(), "the kept copy serves although the address is away");
}
