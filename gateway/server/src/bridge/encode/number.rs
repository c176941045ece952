//! Decimals and big integers by their digits.

use yumen_hessian2::well_known::big_integer_words;

use super::super::types::{ClassId, NodeId};
use super::{Encoded, Encoder, shorten};

/// Longest number that is sent as `BigDecimal` or `BigInteger`, in digits.
const MAX_DIGITS: usize = 1000;
/// Largest exponent of a `BigDecimal`, that of an IEEE decimal128: Java would write out every zero of a larger one.
const MAX_EXPONENT: u32 = 6144;

impl Encoder<'_, '_> {
    /// `BigDecimal`: the literal is sent as it is written.
    pub(super) fn decimal(&mut self, node: NodeId, class: ClassId, literal: &str) -> Encoded {
        let Some(shape) = DecimalShape::of(literal) else {
            return Err(self.not(node, super::quote(literal)));
        };
        if shape.digits > MAX_DIGITS || shape.exponent > MAX_EXPONENT {
            return Err(self.range(node, shorten(literal)));
        }
        self.whole_object(class)?;
        self.writer().string(literal);
        Ok(())
    }

    /// `BigInteger`: sign and magnitude, as Java keeps them.
    pub(super) fn big_integer(&mut self, node: NodeId, class: ClassId, literal: &str) -> Encoded {
        if !super::text::is_integer(literal) {
            return Err(self.not(node, super::quote(literal)));
        }
        let bounded = if literal.len() <= MAX_DIGITS { big_integer_words(literal) } else { None };
        let Some((signum, magnitude)) = bounded else {
            return Err(self.range(node, shorten(literal)));
        };
        self.whole_object(class)?;
        self.writer().int(signum);
        self.writer().begin_list(Some("[int"), magnitude.len());
        for word in magnitude {
            self.writer().int(word.cast_signed());
        }
        Ok(())
    }
}

/// What bounds the cost of a decimal literal.
struct DecimalShape {
    digits: usize,
    exponent: u32,
}

impl DecimalShape {
    /// `-?digits[.digits][e[+-]digits]`, as `new BigDecimal(String)` reads it; the sign `+` is JSON's taboo and ours.
    fn of(literal: &str) -> Option<Self> {
        let unsigned = literal.strip_prefix('-').unwrap_or(literal);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(whole) && digits(fraction)).then_some(Self { digits: mantissa.len(), exponent })
    }
}

/// The exponent without its sign; too many digits saturate.
fn exponent_of(text: &str) -> Option<u32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_what_java_reads_and_bounded() {
        for good in ["0", "-1.50", "1e3", "1E-10", "007", "1.0e+5"] {
            assert!(DecimalShape::of(good).is_some(), "{good}");
        }
        for bad in ["", "-", ".5", "1.", "1e", "1e+", "0x1", "NaN", "1 ", "+1", "١"] {
            assert!(DecimalShape::of(bad).is_none(), "{bad}");
        }
        assert_eq!(DecimalShape::of("1e99999999999").map(|shape| shape.exponent), Some(u32::MAX));
    }
}
