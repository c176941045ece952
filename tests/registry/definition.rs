//! The metadata centre: where definitions lie, which one counts, and that changes are followed.

use yumen_dubbo::metadata::{Definition, MetadataReport};

use crate::world::{SERVICE, World, definition, key};

fn text(method: &str) -> String {
    format!(
        r#"{{"canonicalName":"{SERVICE}","methods":[{{"name":"{method}","parameterTypes":["long"],"returnType":"int"}}],"types":[]}}"#
    )
}

fn has(method: &'static str) -> impl Fn(&Definition) -> bool {
    move |definition| definition.contract().is_some_and(|contract| contract.methods_named(method).count() == 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_is_followed_from_its_first_word_to_its_changes() {
    let world = World::start().await;
    let peer = world.peer().await;
    let mut watched = world.registry.definition(&key(SERVICE));
    definition(&mut watched, "no definition", |definition| matches!(definition, Definition::Absent)).await;
    let node = format!("/dubbo/metadata/{SERVICE}/provider/depot");
    peer.write(&node, &text("first")).await;
    definition(&mut watched, "the first", has("first")).await;
    peer.write(&node, &text("second")).await;
    definition(&mut watched, "the second", has("second")).await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/annex"), &text("newest")).await;
    definition(&mut watched, "that of the application that wrote last", has("newest")).await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/annex"), "not a definition").await;
    definition(&mut watched, "the one that can still be read", has("second")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_version_and_group_has_its_own() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/depot"), &text("plain")).await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/1.0/g1/provider/depot"), &text("grouped")).await;
    definition(&mut world.registry.definition(&key(SERVICE)), "plain", has("plain")).await;
    let grouped = key(&format!("g1/{SERVICE}:1.0"));
    definition(&mut world.registry.definition(&grouped), "grouped", has("grouped")).await;
    let other = key(&format!("g2/{SERVICE}:1.0"));
    definition(&mut world.registry.definition(&other), "none", |it| matches!(it, Definition::Absent)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_that_dubbo_leaves_out_do_not_hide_a_definition() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/1.0/provider/depot"), &text("once")).await;
    let repeated = key(&format!("1.0/{SERVICE}:1.0"));
    definition(&mut world.registry.definition(&repeated), "version and group alike", has("once")).await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/2.0/depot/provider"), &text("named")).await;
    let named = key(&format!("depot/{SERVICE}:2.0"));
    definition(&mut world.registry.definition(&named), "group and application alike", has("named")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_wildcards_finds_the_definition_of_any() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/1.0/g1/provider/depot"), &text("grouped")).await;
    let any = key(&format!("*/{SERVICE}:*"));
    definition(&mut world.registry.definition(&any), "any", has("grouped")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_cannot_be_read_does_not_hide_an_older_good_one() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/depot"), &text("older")).await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/shop"), "{\"methods\":7}").await;
    let mut watched = world.registry.definition(&key(SERVICE));
    definition(&mut watched, "the older one", has("older")).await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/shop"), &text("newer")).await;
    definition(&mut watched, "the newer one", has("newer")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_cannot_be_read_counts_as_none_until_it_is_mended() {
    let world = World::start().await;
    let peer = world.peer().await;
    let node = format!("/dubbo/metadata/{SERVICE}/provider/depot");
    peer.write(&node, "{\"methods\":7}").await;
    let mut watched = world.registry.definition(&key(SERVICE));
    definition(&mut watched, "none", |definition| matches!(definition, Definition::Absent)).await;
    peer.write(&node, &text("mended")).await;
    definition(&mut watched, "the mended one", has("mended")).await;
}
