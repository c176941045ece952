//! A token in its three parts (RFC 7515, compact form).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use yumen_plugin::json::Json;

use crate::Refusal;
use crate::key::Algorithm;

/// Longer tokens are refused before anything is made of them.
const LONGEST: usize = 16 * 1024;

/// A token that is well formed. Nothing of it is believed yet.
pub(crate) struct Token<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    /// What was signed: header and claims as they stand.
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
    claims: &'a str,
}

/// Other members mean nothing here, but for `crit`, which says that one of them does.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl<'a> Token<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Token<'a>, Refusal> {
        let malformed = Refusal::Invalid("the token is malformed");
        if text.len() > LONGEST {
            return Err(Refusal::Invalid("the token is too long"));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(malformed)?;
        if claims.contains('.') {
            return Err(malformed);
        }
        let header: Header = serde_json::from_slice(&decoded(header).ok_or(malformed)?).map_err(|_| malformed)?;
        if header.crit.is_some() {
            return Err(Refusal::Invalid("the token asks for what is not understood here"));
        }
        let algorithm =
            Algorithm::named(&header.alg).ok_or(Refusal::Invalid("the token's algorithm is not accepted"))?;
        let signature = decoded(signature).ok_or(malformed)?;
        Ok(Token { algorithm, kid: header.kid, signed, signature, claims })
    }

    /// The claims; only once the signature was found to hold.
    pub(crate) fn claims(&self) -> Result<Json, Refusal> {
        let malformed = Refusal::Invalid("the token is malformed");
        let bytes = decoded(self.claims).ok_or(malformed)?;
        let claims = Json::parse(str::from_utf8(&bytes).map_err(|_| malformed)?).map_err(|_| malformed)?;
        let members = claims.as_object().ok_or(malformed)?;
        // A claim that stands twice may be read as either.
        let twice = |at: usize| members[..at].iter().any(|(name, _)| *name == members[at].0);
        if (0..members.len()).any(twice) { Err(malformed) } else { Ok(claims) }
    }
}

/// Base64url without padding, as RFC 7515 wants it: nothing left over, no stray bits.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
