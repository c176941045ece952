//! `java.math.BigInteger`: a sign and 32-bit words.

use std::fmt::Write as _;

use super::{MAGNITUDE, SIGNUM};
use crate::class::ClassIndex;
use crate::error::Error;
use crate::reader::{Reader, Token};

/// The most words that are turned into digits or back, about 9800 digits. The work grows with the square.
pub const MAX_WORDS: usize = 1024;

/// The largest power of ten in a word, and its digits.
const STEP: u64 = 1_000_000_000;
const STEP_DIGITS: usize = 9;

/// The decimal digits of a `BigInteger`; `words` are its `mag`, highest first. `None` when there are more
/// than [`MAX_WORDS`].
#[must_use]
pub fn big_integer_text(signum: i32, words: &[u32]) -> Option<String> {
    if words.len() > MAX_WORDS {
        return None;
    }
    let mut words = words.to_vec();
    let mut groups = Vec::new();
    while words.iter().any(|&word| word != 0) {
        groups.push(divide(&mut words));
    }
    let mut text = String::from(if signum < 0 && !groups.is_empty() { "-" } else { "" });
    // Writing to a String cannot fail.
    let _ = write!(text, "{}", groups.pop().unwrap_or(0));
    for group in groups.iter().rev() {
        let _ = write!(text, "{group:0STEP_DIGITS$}");
    }
    Some(text)
}

/// Divides by [`STEP`] in place and returns what is left over.
fn divide(words: &mut [u32]) -> u64 {
    words.iter_mut().fold(0, |left, word| {
        let dividend = left << 32 | u64::from(*word);
        // Less than 2³², since what is left over is less than the divisor.
        *word = (dividend / STEP) as u32;
        dividend % STEP
    })
}

/// The sign and words, highest first and without leading zeros, of a number in decimal digits. `None` when
/// it is not one, or needs more than [`MAX_WORDS`].
#[must_use]
pub fn big_integer_words(text: &str) -> Option<(i32, Vec<u32>)> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = digits.trim_start_matches('0');
    // A word holds at least nine digits.
    if !is_number || digits.len() > MAX_WORDS * STEP_DIGITS {
        return None;
    }
    let mut words = Vec::new();
    for group in digits.as_bytes().chunks(STEP_DIGITS) {
        let number = group.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        multiply_add(&mut words, 10_u64.pow(group.len() as u32), number);
    }
    let signum = if words.is_empty() { 0 } else { 1 };
    words.reverse();
    Some((if text.starts_with('-') { -signum } else { signum }, words))
}

/// `words`, lowest first, times `factor` plus `addend`.
fn multiply_add(words: &mut Vec<u32>, factor: u64, addend: u64) {
    let carry = words.iter_mut().fold(addend, |carry, word| {
        let product = u64::from(*word) * factor + carry;
        *word = product as u32;
        product >> 32
    });
    if carry > 0 {
        words.push(carry as u32);
    }
}

/// Reads the fields of a `BigInteger` whose object token has just been read, and leaves it. `None` when it
/// has more than [`MAX_WORDS`] or lacks a field.
///
/// # Errors
/// As [`Reader::next`].
pub fn read_big_integer(reader: &mut Reader<'_>, class: ClassIndex) -> Result<Option<String>, Error> {
    let (mut signum, mut words) = (None, None);
    for field in reader.class(class).fields() {
        match &*field {
            SIGNUM => signum = Some(reader.read_int()?),
            MAGNITUDE => words = read_words(reader)?,
            _ => reader.skip()?,
        }
    }
    reader.leave();
    Ok(signum.zip(words).and_then(|(signum, words)| big_integer_text(signum, &words)))
}

fn read_words(reader: &mut Reader<'_>) -> Result<Option<Vec<u32>>, Error> {
    match reader.next()? {
        Token::List { len: Some(len), .. } if len as usize <= MAX_WORDS => {
            let words = (0..len).map(|_| Ok(reader.read_int()?.cast_unsigned())).collect::<Result<_, Error>>()?;
            reader.leave();
            Ok(Some(words))
        }
        Token::Ref(id) => {
            let bookmark = reader.revisit(id)?;
            let words = read_words(reader);
            reader.resume(bookmark);
            words
        }
        other => reader.skip_inside(&other).map(|()| None),
    }
}
