//! `min` and `max` of a number.

use std::cmp::Ordering;

use serde_json::Number;

/// The smallest and the largest number allowed.
#[derive(Debug)]
pub(crate) struct Bounds {
    min: Option<Number>,
    max: Option<Number>,
}

impl Bounds {
    /// Bounds, if there are any.
    pub(crate) fn of(min: Option<&Number>, max: Option<&Number>) -> Option<Self> {
        let bounds = Self { min: min.cloned(), max: max.cloned() };
        (bounds.min.is_some() || bounds.max.is_some()).then_some(bounds)
    }

    /// What is wrong with a number, as the end of the sentence "5 is …". A text that is no number is someone else's fault.
    pub(crate) fn broken_by(&self, literal: &str) -> Option<String> {
        let breaks = |bound: &Number, wrong: Ordering| compare(literal, bound) == Some(wrong);
        if let Some(min) = self.min.as_ref().filter(|min| breaks(min, Ordering::Less)) {
            return Some(format!("less than {min}"));
        }
        let max = self.max.as_ref().filter(|max| breaks(max, Ordering::Greater))?;
        Some(format!("more than {max}"))
    }
}

/// Compares as integers where both are, so that no digit is lost.
fn compare(literal: &str, bound: &Number) -> Option<Ordering> {
    if let (Ok(value), Some(bound)) = (literal.parse::<i128>(), bound.as_i128()) {
        return Some(value.cmp(&bound));
    }
    literal.parse::<f64>().ok()?.partial_cmp(&bound.as_f64()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive_and_keep_every_digit() {
        let number = |value: i64| Number::from(value);
        let bounds = Bounds::of(Some(&number(1)), Some(&number(i64::MAX))).unwrap();
        assert_eq!(bounds.broken_by("0").as_deref(), Some("less than 1"));
        assert_eq!(bounds.broken_by("1"), None);
        assert_eq!(bounds.broken_by("0.5").as_deref(), Some("less than 1"));
        assert_eq!(bounds.broken_by("9223372036854775807"), None);
        assert_eq!(bounds.broken_by("9223372036854775808").as_deref(), Some("more than 9223372036854775807"));
        assert_eq!(bounds.broken_by("ten"), None);
        assert!(Bounds::of(None, None).is_none());
    }
}
