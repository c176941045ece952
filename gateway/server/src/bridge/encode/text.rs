//! One piece of text to one value: path and query values, headers, cookies, form fields, and the scalars of JSON.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

use super::super::types::{IntWidth, Kind, NodeId, TokenKind};
use super::{Encoded, Encoder, Form, quote};

/// Both alphabets of RFC 4648, padded or not.
const LENIENT: GeneralPurposeConfig = general_purpose::NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Significant digits that tell every double from its neighbours.
const DOUBLE_DIGITS: usize = 17;

impl Encoder<'_, '_> {
    /// Writes the text as a value of the type.
    ///
    /// # Errors
    /// When the text is no such value, or the type is none that one text can be.
    pub(crate) fn text(&mut self, node: NodeId, text: &str) -> Encoded {
        self.count()?;
        match &self.types.node(node).kind {
            Kind::String | Kind::Natural | Kind::Unknown(_) => self.writer().string(text),
            Kind::Int(width) => return self.int(node, *width, text),
            Kind::Long => return self.long(node, text),
            Kind::Boolean => match text {
                "true" => self.writer().bool(true),
                "false" => self.writer().bool(false),
                _ => return Err(self.not(node, quote(text))),
            },
            Kind::Double => {
                let value = self.finite::<f64>(node, text)?;
                self.writer().double(value);
            }
            Kind::Float => {
                let value = self.finite::<f32>(node, text)?;
                self.writer().double(f64::from(value));
            }
            Kind::Number => return self.number(node, text),
            Kind::Char => {
                if text.encode_utf16().nth(1).is_some() || text.is_empty() {
                    return Err(self.not(node, quote(text)));
                }
                self.writer().string(text);
            }
            Kind::Decimal(class) => return self.decimal(node, *class, text),
            Kind::BigInteger(class) => return self.big_integer(node, *class, text),
            Kind::Date => return self.date(node, text),
            Kind::Temporal(temporal, handles) => return self.temporal(node, *temporal, *handles, text),
            Kind::Token(kind, class) => {
                if !is_token(*kind, text) {
                    return Err(self.not(node, quote(text)));
                }
                self.whole_object(*class)?;
                self.writer().string(text);
            }
            Kind::Holder(class, inner) => {
                self.whole_object(*class)?;
                return self.text(*inner, text);
            }
            Kind::Guess(inner) => return self.text(*inner, text),
            Kind::Enum(..) => return self.constant(node, text),
            Kind::Bytes => match STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)) {
                Ok(bytes) => self.writer().binary(&bytes),
                Err(_) => return Err(self.not(node, quote(text))),
            },
            Kind::List(..) | Kind::EnumSet(_) | Kind::Map(_) | Kind::Bean(_) | Kind::Choice(_) | Kind::Void => {
                return Err(self.not(node, quote(text)));
            }
        }
        Ok(())
    }

    fn int(&mut self, node: NodeId, width: IntWidth, text: &str) -> Encoded {
        let value = self.integer(node, text)?;
        let fits = match width {
            IntWidth::Byte => i8::try_from(value).is_ok(),
            IntWidth::Short => i16::try_from(value).is_ok(),
            IntWidth::Int => true,
        };
        match i32::try_from(value) {
            Ok(value) if fits => self.writer().int(value),
            _ => return Err(self.range(node, text.to_owned())),
        }
        Ok(())
    }

    fn long(&mut self, node: NodeId, text: &str) -> Encoded {
        let value = self.integer(node, text)?;
        self.writer().long(value);
        Ok(())
    }

    /// Digits with an optional minus; a plus sign, spaces and fractions are not integers.
    fn integer(&self, node: NodeId, text: &str) -> Encoded<i64> {
        if !is_integer(text) {
            return Err(self.not(node, quote(text)));
        }
        text.parse().map_err(|_| self.range(node, super::shorten(text)))
    }

    fn finite<T: Float>(&self, node: NodeId, text: &str) -> Encoded<T> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
        match text.parse::<T>() {
            Ok(value) if plain && value.is_finite() => Ok(value),
            Ok(_) if plain => Err(self.range(node, super::shorten(text))),
            _ => Err(self.not(node, quote(text))),
        }
    }

    /// A number as it is written: an int or long without fraction and exponent, a double with. Digits that a double would
    /// lose are refused and not lost: whoever means a decimal of an undescribed class sends it as text.
    pub(super) fn number(&mut self, node: NodeId, literal: &str) -> Encoded {
        if !is_integer(literal) {
            if significant_digits(literal) > DOUBLE_DIGITS {
                return Err(self.range(node, super::shorten(literal)));
            }
            let value = self.finite::<f64>(node, literal)?;
            self.writer().double(value);
            return Ok(());
        }
        match literal.parse::<i64>() {
            Ok(long) => match i32::try_from(long) {
                Ok(int) => self.writer().int(int),
                Err(_) => self.writer().long(long),
            },
            Err(_) => return Err(self.range(node, super::shorten(literal))),
        }
        Ok(())
    }

    /// A constant of an enum; any Java name when the constants are not known.
    pub(super) fn constant(&mut self, node: NodeId, name: &str) -> Encoded {
        let Kind::Enum(class, constants) = &self.types.node(node).kind else {
            return Err(self.not(node, quote(name)));
        };
        let known = match &**constants {
            [] => is_java_name(name),
            constants => constants.iter().any(|constant| &**constant == name),
        };
        if !known {
            return Err(self.not(node, quote(name)));
        }
        if self.form == Form::Typed {
            self.whole_object(*class)?;
        }
        self.writer().string(name);
        Ok(())
    }
}

/// `f32` and `f64`.
trait Float: std::str::FromStr {
    fn is_finite(&self) -> bool;
}

impl Float for f64 {
    fn is_finite(&self) -> bool {
        f64::is_finite(*self)
    }
}

impl Float for f32 {
    fn is_finite(&self) -> bool {
        f32::is_finite(*self)
    }
}

pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_java_name(text: &str) -> bool {
    let mut signs = text.chars();
    signs.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
        && signs.all(|sign| sign.is_alphanumeric() || sign == '_' || sign == '$')
}

fn is_token(kind: TokenKind, text: &str) -> bool {
    match kind {
        TokenKind::Uuid => is_uuid(text),
        TokenKind::Locale => {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'#'))
        }
        TokenKind::Class => text.split('.').all(is_java_name),
    }
}

/// 8-4-4-4-12 hex digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Digits between the first and the last that is not zero.
fn significant_digits(literal: &str) -> usize {
    let mantissa = literal.split(['e', 'E']).next().unwrap_or_default();
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    let last = digits.iter().rposition(|digit| *digit != b'0').map_or(first, |at| at + 1);
    last - first
}
