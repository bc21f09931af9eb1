//! The word that was probably meant: so that a typing error costs seconds, not a look into the manual.

/// The nearest of the known words, if it is near enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1) + 1;
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(far, _)| *far <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many characters must be put in, taken out or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            let kept = row.get(j).copied().unwrap_or(usize::MAX - 1) + usize::from(a != b);
            let taken = row.get(j + 1).copied().unwrap_or(usize::MAX - 1) + 1;
            let put = next.get(j).copied().unwrap_or(usize::MAX - 1) + 1;
            next.push(kept.min(taken).min(put));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_find_their_word_and_nonsense_finds_none() {
        let known = ["cluster", "namespace", "release", "prometheus"];
        assert_eq!(nearest("namspace", known), Some("namespace"));
        assert_eq!(nearest("promtheus", known), Some("prometheus"));
        assert_eq!(nearest("clutser", known), Some("cluster"));
        assert_eq!(nearest("xyz", known), None);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
