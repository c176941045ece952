//! Whose token lets them in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384, Sha512};
use yumen_plugin::testing::{self, load};
use yumen_plugin::{Action, http, kv};

use super::*;

mod attacks;
mod rotation;
mod rsa;

const SECRET: &str = "a secret of at least thirty-two bytes";
const NOW: u64 = 1_700_000_000;

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Header and claims, ready to be signed.
fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}", base64(header), base64(claims))
}

fn hs256(header: &str, claims: &str) -> String {
    let signed = unsigned(header, claims);
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&signed);
    format!("{signed}.{}", base64(mac.finalize().into_bytes()))
}

fn token(claims: &str) -> String {
    hs256(r#"{"alg":"HS256"}"#, claims)
}

fn with_secret(more: &str) -> String {
    format!(r#"{{"keys": [{{"algorithm": "HS256", "secret": "{SECRET}"}}] {more}}}"#)
}

fn ask(plugin: &testing::Filter<JwtAuth>, values: &[&str]) -> Verdict {
    let fields = values.iter().map(|value| ("authorization".to_owned(), (*value).to_owned())).collect();
    testing::host(|host| {
        host.request = fields;
        host.now = host.now.max(NOW * 1000);
    });
    plugin.on_request([])
}

fn shown(config: &str, token: &str) -> Verdict {
    ask(&load(config).unwrap(), &[&format!("Bearer {token}")])
}

fn status(verdict: &Verdict) -> u16 {
    match &verdict.action {
        Action::Reply(reply) => reply.status,
        _ => 200,
    }
}

#[test]
fn a_signed_token_is_let_in_and_its_claims_are_told() {
    let config =
        with_secret(r#", "tags": ["sub", "roles", "realm.id"], "fields": {"X-User": "sub", "x-team": "team"}"#);
    let claims = r#"{"sub":"ann","exp":1700000001,"roles":["a","b"],"realm":{"id":12345678901234567890}}"#;
    let expected = Verdict::next()
        .tag("claim.sub", "ann")
        .tag("claim.roles", "a,b")
        .tag("claim.realm.id", "12345678901234567890")
        .set("x-user", "ann")
        .remove("x-team");
    assert_eq!(shown(&config, &token(claims)), expected);
    assert_eq!(ask(&load(&config).unwrap(), &[&format!("bearer  {}", token(claims))]), expected);
}

#[test]
fn the_longer_hashes_hold_as_well() {
    let signed = unsigned(r#"{"alg":"HS384"}"#, r#"{"exp":1700000001}"#);
    let mac = <Hmac<Sha384> as Mac>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&signed);
    let token = format!("{signed}.{}", base64(mac.finalize().into_bytes()));
    assert_eq!(status(&shown(&with_secret("").replace("HS256", "HS384"), &token)), 200);
    assert_eq!(status(&shown(&with_secret(""), &token)), 401);
    let signed = unsigned(r#"{"alg":"HS512"}"#, r#"{"exp":1700000001}"#);
    let mac = <Hmac<Sha512> as Mac>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&signed);
    let token = format!("{signed}.{}", base64(mac.finalize().into_bytes()));
    assert_eq!(status(&shown(&with_secret("").replace("HS256", "HS512"), &token)), 200);
}

#[test]
fn public_keys_of_every_kind_verify() {
    for (bits, modulus, token) in rsa::SIGNED {
        let config = format!(r#"{{"keys": [{{"jwk": {{"kty": "RSA", "n": "{modulus}", "e": "AQAB"}}}}]}}"#);
        assert_eq!(status(&shown(&config, token)), 200, "{bits}");
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        bytes[100] ^= 1;
        assert_eq!(status(&shown(&config, &format!("{rest}.{}", base64(&bytes)))), 401, "{bits}");
        assert_eq!(status(&shown(&config, &format!("{rest}.{}", base64(&bytes[1..])))), 401, "{bits}");
    }
    let (config, token) = es256(r#"{"alg":"ES256"}"#);
    assert_eq!(status(&shown(&config, &token)), 200);
    assert_eq!(status(&shown(&config, &changed(&token))), 401);
    let (config, token) = ed25519();
    assert_eq!(status(&shown(&config, &token)), 200);
    assert_eq!(status(&shown(&config, &changed(&token))), 401);
}

fn es256(header: &str) -> (String, String) {
    use p256::ecdsa::signature::Signer;
    let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let (x, y) = (base64(point.x().unwrap()), base64(point.y().unwrap()));
    let signed = unsigned(header, r#"{"exp":1700000001}"#);
    let signature: p256::ecdsa::Signature = key.sign(signed.as_bytes());
    let jwk = format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}"#);
    (format!(r#"{{"keys": [{{"jwk": {jwk}}}]}}"#), format!("{signed}.{}", base64(signature.to_bytes())))
}

fn ed25519() -> (String, String) {
    use ed25519_dalek::Signer;
    let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let signed = unsigned(r#"{"alg":"EdDSA"}"#, r#"{"exp":1700000001}"#);
    let jwk = format!(r#"{{"kty": "OKP", "crv": "Ed25519", "x": "{}"}}"#, base64(key.verifying_key()));
    let token = format!("{signed}.{}", base64(key.sign(signed.as_bytes()).to_bytes()));
    (format!(r#"{{"keys": [{{"jwk": {jwk}}}]}}"#), token)
}

/// The token with one bit of its claims changed.
fn changed(token: &str) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[1] = base64(r#"{"exp":1700000009}"#);
    parts.join(".")
}

#[track_caller]
fn check(more: &str, claims: &str, expected: u16) {
    assert_eq!(status(&shown(&with_secret(more), &token(claims))), expected, "{more} {claims}");
}

#[test]
fn time_is_judged_with_the_skew_that_clocks_may_have() {
    check("", r#"{"exp":1699999941}"#, 200);
    check("", r#"{"exp":1699999940}"#, 401);
    check(r#", "clock_skew_s": 0"#, r#"{"exp":1700000000}"#, 401);
    check(r#", "clock_skew_s": 0"#, r#"{"exp":1700000000.5}"#, 200);
    check("", r#"{"exp":1800000000,"nbf":1700000060}"#, 200);
    check("", r#"{"exp":1800000000,"nbf":1700000061}"#, 401);
    check("", "{}", 401);
    check(r#", "expiry": false"#, "{}", 200);
    for exp in ["\"1800000000\"", "null", "-1", "1e300", "[]"] {
        check(r#", "expiry": false"#, &format!(r#"{{"exp":{exp}}}"#), 401);
    }
}

#[test]
fn issuer_and_audience_must_be_the_expected_ones() {
    let more = r#", "expiry": false, "issuers": ["https://id.example"], "audiences": ["api"]"#;
    check(more, r#"{"iss":"https://id.example","aud":"api"}"#, 200);
    check(more, r#"{"iss":"https://id.example","aud":["web","api"]}"#, 200);
    check(more, r#"{"iss":"https://id.example","aud":"web api"}"#, 401);
    check(more, r#"{"iss":"https://id.example"}"#, 401);
    check(more, r#"{"iss":"https://evil.example","aud":"api"}"#, 401);
    check(more, r#"{"iss":["https://id.example"],"aud":"api"}"#, 401);
}

#[test]
fn a_token_without_the_needed_claims_is_not_allowed() {
    let more =
        r#", "expiry": false, "required": {"scope": ["orders:read"], "realm.roles": ["admin", "ops"], "sub": []}"#;
    check(more, r#"{"sub":"a","scope":"x orders:read","realm":{"roles":["ops"]}}"#, 200);
    check(more, r#"{"sub":"a","scope":"orders:reader","realm":{"roles":["ops"]}}"#, 403);
    check(more, r#"{"sub":"a","scope":"orders:read","realm":{"roles":[]}}"#, 403);
    check(more, r#"{"scope":"orders:read","realm":{"roles":["ops"]}}"#, 403);
}

#[test]
fn a_request_without_token_is_refused_unless_tokens_are_optional() {
    let refused = ask(&load(&with_secret("")).unwrap(), &[]);
    match refused.action {
        Action::Reply(reply) => {
            assert_eq!(reply.status, 401);
            assert!(reply.fields.contains(&("www-authenticate".to_owned(), "Bearer".to_owned())));
        }
        other => panic!("{other:?}"),
    }
    let optional = with_secret(r#", "optional": true, "fields": {"x-user": "sub"}"#);
    assert_eq!(ask(&load(&optional).unwrap(), &[]), Verdict::next().remove("x-user"));
    assert_eq!(status(&shown(&optional, "x")), 401, "a token that does not hold is not no token");
}

#[test]
fn a_token_may_stand_elsewhere_and_be_hidden() {
    let config = with_secret(r#", "field": "X-Token", "scheme": "", "hide": true"#);
    testing::host(|host| host.request = vec![("x-token".to_owned(), token(r#"{"sub":"a","exp":1800000000}"#))]);
    let plugin: testing::Filter<JwtAuth> = load(&config).unwrap();
    assert_eq!(plugin.on_request([]), Verdict::next().tag("claim.sub", "a").remove("x-token"));
}

#[test]
fn a_token_is_judged_once_and_forgotten_when_it_expires() {
    let plugin = load(&with_secret(r#", "clock_skew_s": 0"#)).unwrap();
    let token = format!("Bearer {}", token(r#"{"sub":"a","exp":1700000010}"#));
    for _ in 0..3 {
        assert_eq!(status(&ask(&plugin, &[&token])), 200);
    }
    testing::host(|host| host.now = 1_700_000_010_000);
    assert_eq!(status(&ask(&plugin, &[&token])), 401);
}

#[test]
fn configurations_that_are_not_safe_are_refused() {
    let refused = |config: &str| load::<JwtAuth>(config).is_err();
    assert!(refused("{}"));
    assert!(refused(r#"{"keys": []}"#));
    assert!(refused(r#"{"keys": [{"algorithm": "HS256", "secret": "short"}]}"#));
    assert!(refused(&format!(r#"{{"keys": [{{"algorithm": "none", "secret": "{SECRET}"}}]}}"#)));
    assert!(refused(&format!(r#"{{"keys": [{{"algorithm": "RS256", "secret": "{SECRET}"}}]}}"#)));
    assert!(refused(&format!(r#"{{"keys": [{{"secret": "{SECRET}"}}]}}"#)));
    assert!(refused(r#"{"keys": [{"jwk": {"kty": "oct", "k": "AAAA"}}]}"#));
    assert!(refused(r#"{"keys": [{"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}]}"#));
    assert!(refused(r#"{"jwks": {"cluster": "id", "path": "jwks.json"}}"#));
}
