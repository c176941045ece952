//! Tokens that this instance has judged: a signature is checked once and not for every request.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use yumen_plugin::Verdict;

/// So many tokens are remembered; with the next one all are forgotten.
const MOST: usize = 512;

/// Verdicts by the digest of the token that they were given for.
#[derive(Default)]
pub(crate) struct Cache(HashMap<[u8; 32], (u64, Verdict)>);

impl Cache {
    /// The verdict, if the token was let in before and still holds at `now`.
    pub(crate) fn get(&mut self, token: &str, now: u64) -> Option<Verdict> {
        if self.0.is_empty() {
            return None;
        }
        let digest = digest(token);
        let (until, verdict) = self.0.get(&digest)?;
        if now < *until {
            return Some(verdict.clone());
        }
        self.0.remove(&digest);
        None
    }

    pub(crate) fn put(&mut self, token: &str, until: u64, verdict: &Verdict) {
        if self.0.len() == MOST {
            self.0.clear();
        }
        self.0.insert(digest(token), (until, verdict.clone()));
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
