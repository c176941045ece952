//! Keys, each bound to its algorithm.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Verifier;
use serde::Deserialize;
use sha2::{Sha256, Sha384, Sha512};

use crate::config::KeyConfig;
use crate::rsa::RsaKey;
use crate::token::{Token, decoded};

/// No more keys than these are tried for one token.
const TRIED: usize = 8;

/// The algorithms there are. `none` is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) fn named(name: &str) -> Option<Algorithm> {
        Some(match name {
            "HS256" => Algorithm::Hs256,
            "HS384" => Algorithm::Hs384,
            "HS512" => Algorithm::Hs512,
            "RS256" => Algorithm::Rs256,
            "ES256" => Algorithm::Es256,
            "EdDSA" | "Ed25519" => Algorithm::EdDsa,
            _ => return None,
        })
    }
}

/// A key that may sign tokens.
pub(crate) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    material: Material,
}

enum Material {
    Secret(Vec<u8>),
    Rsa(RsaKey),
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// A JSON Web Key (RFC 7517), as far as public keys go.
#[derive(Debug, Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

impl Key {
    /// A key of the configuration: a secret with its algorithm, or a public key as a JWK.
    pub(crate) fn configured(config: &KeyConfig) -> Result<Key, String> {
        let secret = match (&config.secret, &config.secret_base64, &config.jwk) {
            (Some(text), None, None) => text.clone().into_bytes(),
            (None, Some(text), None) => STANDARD.decode(text).map_err(|_| "`secret_base64` is no base64".to_owned())?,
            (None, None, Some(jwk)) => {
                let jwk: Jwk = serde_json::from_value(jwk.clone()).map_err(|error| format!("jwk: {error}"))?;
                let kid = config.kid.clone().or(jwk.kid.clone());
                let key = Key::public(&jwk).ok_or("jwk: not a public RSA, P-256 or Ed25519 key for signatures")?;
                return Ok(Key { kid, ..key });
            }
            _ => return Err("a key is one of `secret`, `secret_base64` and `jwk`".to_owned()),
        };
        let algorithm = match config.algorithm.as_deref().and_then(Algorithm::named) {
            Some(algorithm @ (Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512)) => algorithm,
            _ => return Err("a secret needs its `algorithm`: HS256, HS384 or HS512".to_owned()),
        };
        if secret.len() < 32 {
            return Err(format!("a secret of {} bytes is guessed: 32 are needed", secret.len()));
        }
        Ok(Key { kid: config.kid.clone(), algorithm, material: Material::Secret(secret) })
    }

    /// A public key; `None` for one that is not for signatures or not of a kind that is known here. Never a secret: whoever may
    /// read a key set could sign with it.
    pub(crate) fn public(jwk: &Jwk) -> Option<Key> {
        let verifies = jwk.key_ops.as_ref().is_none_or(|uses| uses.iter().any(|name| name == "verify"));
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") || !verifies {
            return None;
        }
        let bytes = |text: &Option<String>| text.as_deref().and_then(decoded);
        let (algorithm, material) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => (Algorithm::Rs256, Material::Rsa(RsaKey::new(&bytes(&jwk.n)?, &bytes(&jwk.e)?)?)),
            ("EC", Some("P-256")) => {
                let mut point = vec![4];
                for part in [bytes(&jwk.x)?, bytes(&jwk.y)?] {
                    point.extend((part.len() == 32).then_some(part)?);
                }
                (Algorithm::Es256, Material::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?))
            }
            ("OKP", Some("Ed25519")) => {
                let point: [u8; 32] = bytes(&jwk.x)?.try_into().ok()?;
                (Algorithm::EdDsa, Material::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(&point).ok()?))
            }
            _ => return None,
        };
        let fits = jwk.alg.as_deref().is_none_or(|name| Algorithm::named(name) == Some(algorithm));
        fits.then(|| Key { kid: jwk.kid.clone(), algorithm, material })
    }

    fn may_have_signed(&self, token: &Token) -> bool {
        let same = token.kid.is_none() || self.kid.is_none() || token.kid == self.kid;
        self.algorithm == token.algorithm && same
    }

    /// Whether it signed the token. The algorithm is the key's.
    fn signed(&self, token: &Token) -> bool {
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        match &self.material {
            Material::Secret(secret) => match self.algorithm {
                Algorithm::Hs256 => hmac::<Hmac<Sha256>>(secret, message, signature),
                Algorithm::Hs384 => hmac::<Hmac<Sha384>>(secret, message, signature),
                Algorithm::Hs512 => hmac::<Hmac<Sha512>>(secret, message, signature),
                _ => false,
            },
            Material::Rsa(key) => key.signed(message, signature),
            Material::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Material::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

/// Compares in constant time.
fn hmac<M: Mac + hmac::digest::KeyInit>(secret: &[u8], message: &[u8], signature: &[u8]) -> bool {
    <M as Mac>::new_from_slice(secret).is_ok_and(|mac| mac.chain_update(message).verify_slice(signature).is_ok())
}

/// Whether one of `keys` signed the token.
pub(crate) fn any_signed(keys: &[Key], token: &Token) -> bool {
    keys.iter().filter(|key| key.may_have_signed(token)).take(TRIED).any(|key| key.signed(token))
}

/// Whether one of `keys` could have signed the token, by its id.
pub(crate) fn any_known(keys: &[Key], token: &Token) -> bool {
    keys.iter().any(|key| key.may_have_signed(token))
}
