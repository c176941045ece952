//! Key sets that change, are away, or are asked for too often.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;

/// What the issuer serves now, and how often it was asked.
struct Issuer {
    set: Rc<RefCell<Result<String, http::Error>>>,
}

impl Issuer {
    fn new(set: &str) -> Issuer {
        let set = Rc::new(RefCell::new(Ok(set.to_owned())));
        let answer = Rc::clone(&set);
        testing::host(|host| {
            host.now = NOW * 1000;
            host.http("identity", move |_| {
                let body = answer.borrow().clone()?;
                Ok(http::Response { status: 200, fields: Vec::new(), body: body.into_bytes() })
            });
        });
        Issuer { set }
    }

    fn serves(&self, set: &str) {
        *self.set.borrow_mut() = Ok(set.to_owned());
    }

    fn is_away(&self) {
        *self.set.borrow_mut() = Err(http::Error::Timeout);
    }

    fn asked(&self) -> usize {
        testing::host(|host| host.http_sent.len())
    }
}

fn pass(seconds: u64) {
    testing::host(|host| host.now += seconds * 1000);
}

/// A set with one key, and a token of it that lives for days.
fn key(kid: &str, seed: u8) -> (String, String) {
    use p256::ecdsa::signature::Signer;
    let key = p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let (x, y) = (base64(point.x().unwrap()), base64(point.y().unwrap()));
    let signed = unsigned(&format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#), r#"{"exp":1800000000}"#);
    let signature: p256::ecdsa::Signature = key.sign(signed.as_bytes());
    let jwk = format!(r#"{{"kty": "EC", "crv": "P-256", "kid": "{kid}", "use": "sig", "x": "{x}", "y": "{y}"}}"#);
    let others = r#"{"kty": "oct", "k": "AAAA"}, {"kty": "new"}, 7"#;
    (format!(r#"{{"keys": [{others}, {jwk}]}}"#), format!("Bearer {signed}.{}", base64(signature.to_bytes())))
}

const CONFIG: &str = r#"{"jwks": {"cluster": "identity", "refresh_s": 600, "stale_s": 3600, "cooldown_s": 30}}"#;

#[test]
fn keys_are_fetched_once_and_again_when_they_are_old() {
    let (set, token) = key("one", 1);
    let issuer = Issuer::new(&set);
    let plugin = load(CONFIG).unwrap();
    assert_eq!(issuer.asked(), 0);
    for _ in 0..3 {
        assert_eq!(status(&ask(&plugin, &[&token])), 200);
    }
    assert_eq!(issuer.asked(), 1);
    testing::host(|host| assert_eq!(host.http_sent[0].path, "/.well-known/jwks.json"));
    pass(601);
    assert_eq!(status(&ask(&plugin, &[&token])), 200);
    assert_eq!(issuer.asked(), 2);
}

#[test]
fn a_new_key_is_found_at_once_and_a_key_that_went_lets_nobody_in_after_the_refresh() {
    let ((old_set, old), (new_set, new)) = (key("one", 1), key("two", 2));
    let issuer = Issuer::new(&old_set);
    let plugin = load(CONFIG).unwrap();
    assert_eq!(status(&ask(&plugin, &[&old])), 200);
    issuer.serves(&new_set);
    pass(31);
    assert_eq!(status(&ask(&plugin, &[&new])), 200);
    assert_eq!(issuer.asked(), 2);
    pass(600);
    assert_eq!(status(&ask(&plugin, &[&old])), 401);
}

#[test]
fn forged_key_ids_do_not_make_us_ask_more_often_than_the_cooldown() {
    let (set, good) = key("one", 1);
    let issuer = Issuer::new(&set);
    let plugin = load(CONFIG).unwrap();
    assert_eq!(status(&ask(&plugin, &[&good])), 200);
    for number in 0..100 {
        assert_eq!(status(&ask(&plugin, &[&key(&format!("forged-{number}"), 3).1])), 401);
        pass(1);
    }
    assert!((3..=5).contains(&issuer.asked()), "{}", issuer.asked());
}

#[test]
fn while_the_issuer_is_away_the_old_keys_serve_but_not_for_ever() {
    let (set, token) = key("one", 1);
    let issuer = Issuer::new(&set);
    let plugin = load(CONFIG).unwrap();
    assert_eq!(status(&ask(&plugin, &[&token])), 200);
    issuer.is_away();
    pass(3500);
    assert_eq!(status(&ask(&plugin, &[&token])), 200);
    issuer.serves(r#"{"keys": []}"#);
    pass(60);
    assert_eq!(status(&ask(&plugin, &[&token])), 200, "an empty set is a mistake, not a rotation");
    pass(600);
    assert_eq!(status(&ask(&plugin, &[&token])), 503);
    issuer.serves(&set);
    pass(31);
    assert_eq!(status(&ask(&plugin, &[&token])), 200);
}

#[test]
fn without_any_key_nobody_is_let_in_and_the_client_may_try_again() {
    let (_, token) = key("one", 1);
    let issuer = Issuer::new("no set at all");
    let plugin = load(CONFIG).unwrap();
    assert_eq!(status(&ask(&plugin, &[&token])), 503);
    assert_eq!(status(&ask(&plugin, &[&token])), 503);
    assert_eq!(issuer.asked(), 1);
}

#[test]
fn instances_share_what_one_of_them_fetched() {
    let config = CONFIG.replace(r#""cluster""#, r#""bucket": "keys", "cluster""#);
    let ((old_set, old), (new_set, new)) = (key("one", 1), key("two", 2));
    let issuer = Issuer::new(&old_set);
    let (one, other) = (load(&config).unwrap(), load(&config).unwrap());
    assert_eq!(status(&ask(&one, &[&old])), 200);
    assert_eq!(status(&ask(&other, &[&old])), 200);
    assert_eq!(issuer.asked(), 1);
    issuer.serves(&new_set);
    pass(31);
    assert_eq!(status(&ask(&one, &[&new])), 200);
    assert_eq!(status(&ask(&other, &[&new])), 200);
    assert_eq!(issuer.asked(), 2);
    kv::put("keys", "jwks/identity/.well-known/jwks.json", b"short", 0).unwrap();
    assert_eq!(status(&ask(&load(&config).unwrap(), &[&new])), 200, "what is broken there is fetched anew");
}

#[test]
fn with_a_bucket_the_cooldown_is_kept_by_all_instances_together_and_by_those_that_come_new() {
    let config = CONFIG.replace(r#""cluster""#, r#""bucket": "keys", "cluster""#);
    let (set, good) = key("one", 1);
    let issuer = Issuer::new(&set);
    assert_eq!(status(&ask(&load(&config).unwrap(), &[&good])), 200);
    for number in 0..100 {
        let plugin = load(&config).unwrap();
        assert_eq!(status(&ask(&plugin, &[&key(&format!("forged-{number}"), 3).1])), 401);
        assert_eq!(status(&ask(&plugin, &[&good])), 200);
        pass(1);
    }
    assert!((3..=5).contains(&issuer.asked()), "{}", issuer.asked());
}

#[test]
fn with_a_bucket_an_issuer_that_is_away_is_not_asked_by_every_new_instance() {
    let config = CONFIG.replace(r#""cluster""#, r#""bucket": "keys", "cluster""#);
    let (set, token) = key("one", 1);
    let issuer = Issuer::new(&set);
    issuer.is_away();
    for _ in 0..20 {
        assert_eq!(status(&ask(&load(&config).unwrap(), &[&token])), 503);
        pass(3);
    }
    assert!(issuer.asked() <= 3, "{}", issuer.asked());
    issuer.serves(&set);
    pass(31);
    assert_eq!(status(&ask(&load(&config).unwrap(), &[&token])), 200);
}
