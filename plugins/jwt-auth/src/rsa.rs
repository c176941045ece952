//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.2): verifying only, so there is no secret whose use could be timed.
//!
//! What the signature must open to is built and compared whole. Nothing in it is parsed, which is where such checks go wrong.

use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use crypto_bigint::{Encoding, U2048, U3072, U4096, Uint};
use sha2::{Digest, Sha256};

/// The DER of `DigestInfo` for SHA-256, before the digest itself.
const SHA_256: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// A public key of 2048 to 4096 bits.
pub(crate) struct RsaKey {
    modulus: Vec<u8>,
    exponent: u32,
}

impl RsaKey {
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Option<RsaKey> {
        let modulus = without_zeros(modulus);
        let exponent = without_zeros(exponent);
        let odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last & 1 == 1);
        if !(256..=512).contains(&modulus.len()) || exponent.len() > 4 || !odd(modulus) || !odd(exponent) {
            return None;
        }
        let exponent = exponent.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        (exponent >= 3).then(|| RsaKey { modulus: modulus.to_vec(), exponent })
    }

    /// Whether it signed `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let length = self.modulus.len();
        if signature.len() != length || signature >= self.modulus.as_slice() {
            return false;
        }
        let opened = match length {
            256 => power::<U2048, { U2048::LIMBS }>(&self.modulus, signature, self.exponent),
            257..=384 => power::<U3072, { U3072::LIMBS }>(&self.modulus, signature, self.exponent),
            _ => power::<U4096, { U4096::LIMBS }>(&self.modulus, signature, self.exponent),
        };
        let mut expected = vec![0xff; length - SHA_256.len() - 32];
        expected[..2].copy_from_slice(&[0, 1]);
        let last = expected.len() - 1;
        expected[last] = 0;
        expected.extend(SHA_256);
        expected.extend(Sha256::digest(message));
        opened.is_some_and(|opened| {
            opened.ends_with(&expected) && opened[..opened.len() - length].iter().all(|byte| *byte == 0)
        })
    }
}

/// base^exponent mod modulus, in as many bytes as `U` has.
fn power<U: Encoding + Into<Uint<LIMBS>> + From<Uint<LIMBS>>, const LIMBS: usize>(
    modulus: &[u8],
    base: &[u8],
    exponent: u32,
) -> Option<Vec<u8>> {
    let number = |bytes: &[u8]| -> Option<Uint<LIMBS>> {
        let mut padded = U::from(Uint::<LIMBS>::ZERO).to_be_bytes();
        let start = padded.as_ref().len().checked_sub(bytes.len())?;
        padded.as_mut()[start..].copy_from_slice(bytes);
        Some(U::from_be_bytes(padded).into())
    };
    // An even modulus would be a panic; `RsaKey::new` takes none.
    let modulus = DynResidueParams::new(&number(modulus)?);
    let power = DynResidue::new(&number(base)?, modulus).pow_bounded_exp(&Uint::<1>::from(exponent), 32);
    Some(U::from(power.retrieve()).to_be_bytes().as_ref().to_vec())
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    &bytes[start..]
}
