//! What has worked against others.

use super::*;

#[test]
fn no_algorithm_is_no_signature() {
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let bare = unsigned(&header, r#"{"exp":1800000000}"#);
        for token in [format!("{bare}."), bare, hs256(&header, r#"{"exp":1800000000}"#)] {
            assert_eq!(status(&shown(&with_secret(""), &token)), 401, "{token}");
        }
    }
}

#[test]
fn a_public_key_is_no_secret() {
    // A token signed with HMAC, the secret being the public key: taken by those who let the token say the algorithm.
    let (config, _) = es256(r#"{"alg":"ES256"}"#);
    let signed = unsigned(r#"{"alg":"HS256"}"#, r#"{"exp":1800000000}"#);
    let point = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap().verifying_key().to_encoded_point(false);
    for secret in [point.as_bytes(), point.x().unwrap(), config.as_bytes()] {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(secret).unwrap().chain_update(&signed);
        let token = format!("{signed}.{}", base64(mac.finalize().into_bytes()));
        assert_eq!(status(&shown(&config, &token)), 401);
    }
}

#[test]
fn a_key_verifies_its_own_algorithm_only() {
    let (config, token) = es256(r#"{"alg":"EdDSA"}"#);
    assert_eq!(status(&shown(&config, &token)), 401);
    let (config, token) = es256(r#"{"alg":"ES256"}"#);
    let bound = config.replace(r#""kty""#, r#""alg": "ES384", "kty""#);
    assert!(load::<JwtAuth>(&bound).is_err());
    let encrypts = config.replace(r#""kty""#, r#""use": "enc", "kty""#);
    assert!(load::<JwtAuth>(&encrypts).is_err());
    assert_eq!(
        status(&shown(&config.replace(r#""kty""#, r#""use": "sig", "key_ops": ["verify"], "kty""#), &token)),
        200
    );
}

#[test]
fn an_ecdsa_signature_of_zeros_is_none() {
    let (config, token) = es256(r#"{"alg":"ES256"}"#);
    let (rest, _) = token.rsplit_once('.').unwrap();
    for signature in [vec![0; 64], vec![], vec![0; 63], vec![255; 64]] {
        assert_eq!(status(&shown(&config, &format!("{rest}.{}", base64(signature)))), 401);
    }
}

#[test]
fn several_tokens_are_refused_even_if_all_hold() {
    let plugin = load(&with_secret("")).unwrap();
    let good = format!("Bearer {}", token(r#"{"exp":1800000000}"#));
    assert_eq!(status(&ask(&plugin, &[&good])), 200);
    assert_eq!(status(&ask(&plugin, &[&good, &good])), 401);
    assert_eq!(status(&ask(&plugin, &[&format!("{good}, {good}")])), 401);
    assert_eq!(status(&ask(&plugin, &[&good, "Bearer x"])), 401);
    assert_eq!(status(&ask(&plugin, &[&good.replace("Bearer", "Basic")])), 401);
}

#[test]
fn what_is_malformed_is_refused() {
    let good = token(r#"{"exp":1800000000}"#);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let padded = format!("{signed}.{signature}=");
    let crit = hs256(r#"{"alg":"HS256","crit":["b64"],"b64":false}"#, r#"{"exp":1800000000}"#);
    let twice = hs256(r#"{"alg":"none","alg":"HS256"}"#, r#"{"exp":1800000000}"#);
    let claims = token(r#"{"exp":1,"exp":1800000000}"#);
    let list = token("[1]");
    let deep = token(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    let long = token(&format!(r#"{{"exp":1800000000,"x":"{}"}}"#, "x".repeat(20_000)));
    let broken = ["", ".", "..", "...", "a.b.c", signed, &padded, &crit, &twice, &claims, &list, &deep, &long];
    for token in broken.into_iter().chain([format!("{good}.x").as_str(), format!(" . .{good}").as_str()]) {
        assert_eq!(status(&shown(&with_secret(""), token)), 401, "{token}");
    }
}

#[test]
fn a_claim_cannot_smuggle_fields() {
    let config = with_secret(r#", "fields": {"x-user": "sub"}"#);
    assert_eq!(status(&shown(&config, &token(r#"{"exp":1800000000,"sub":"a\r\nx-admin: 1"}"#))), 401);
}
