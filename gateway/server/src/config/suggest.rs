//! "Did you mean": the known word nearest to the one that was written.

/// The candidate within two edits of `word` (one, for words of up to three letters), nearest first.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = if word.chars().count() <= 3 { 1 } else { 2 };
    let folded = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word && candidate.len().abs_diff(word.len()) <= 2)
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_word_two_edits_away_is_suggested_and_three_away_is_not() {
        let known = ["timeout", "retries", "args"];
        assert_eq!(nearest("timout", known), Some("timeout"));
        assert_eq!(nearest("tmeotu", known), Some("timeout"));
        assert_eq!(nearest("tout", known), None);
        assert_eq!(nearest("arg", known), Some("args"));
        assert_eq!(nearest("Timeout", known), Some("timeout"));
    }
}
