//! Lists survive a restart, and nothing on the disk does harm.

use super::*;

fn key(text: &str) -> ServiceKey {
    text.parse().unwrap()
}

fn urls(texts: &[&str]) -> Vec<DubboUrl> {
    texts.iter().map(|text| DubboUrl::parse(text).unwrap()).collect()
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("made/when/needed");
    let kept = urls(&["dubbo://10.0.0.1:20880/a.b.C?version=1.0&x=ü/?&", "dubbo://[::1]:1/a.b.C?version=1.0"]);
    let before = LastKnown::new(&here);
    before.keep_providers(&key("a.b.C:1.0"), &urls(&["dubbo://old:1/a.b.C"]), &[]);
    let rules = urls(&["override://10.0.0.1:20880/a.b.C?disabled=true"]);
    before.keep_providers(&key("a.b.C:1.0"), &kept, &rules);
    before.keep_definition(&key("a.b.C:1.0"), b"{}".to_vec());
    before.written().await;
    let after = LastKnown::new(&here);
    assert_eq!(after.providers(&key("a.b.C:1.0")), Listed { providers: kept, overrides: rules });
    assert_eq!(after.definition(&key("a.b.C:1.0")), Some(b"{}".to_vec()));
    assert_eq!(after.providers(&key("a.b.C")), Listed::default());
    assert_eq!(after.definition(&key("a.b.C")), None);
    let names: Vec<_> = fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing half-written stays: {names:?}");
}

#[tokio::test]
async fn a_broken_file_counts_as_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let known = LastKnown::new(folder.path());
    known.keep_providers(&key("a.b.C"), &urls(&["dubbo://h:1/a.b.C"]), &[]);
    known.written().await;
    let path = folder.path().join("a.b.C.providers.json");
    let whole = fs::read(&path).unwrap();
    for broken in [&whole[..whole.len() / 2], b"", b"[]", b"{\"service\":\"a.b.Other\",\"providers\":[]}"] {
        fs::write(&path, broken).unwrap();
        assert_eq!(known.providers(&key("a.b.C")), Listed::default());
    }
    fs::write(&path, br#"{"service":"a.b.C","providers":["nonsense","dubbo://h:2/a.b.C"]}"#).unwrap();
    assert_eq!(known.providers(&key("a.b.C")).providers, urls(&["dubbo://h:2/a.b.C"]));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let known = LastKnown::new(&file);
    known.keep_providers(&key("a.b.C"), &[], &[]);
    known.written().await;
    assert_eq!(LastKnown::new(&file).providers(&key("a.b.C")), Listed::default());
}

#[test]
fn no_key_leads_out_of_the_folder_or_into_the_file_of_another() {
    let long = "a.".repeat(300);
    let keys = ["../../etc/passwd", "..", "a/b/c", "a:b:c", "a%2Fb", &format!("{long}B"), &format!("{long}C")];
    let mut names: Vec<_> =
        keys.iter().map(|text| file_name(&ServiceKey::new(text, None, None), "providers")).collect();
    assert!(names.iter().all(|name| !name.contains(['/', '\0']) && name.len() < 250), "{names:?}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), keys.len());
}
