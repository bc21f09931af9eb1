//! How far two words are apart, so that a mistyped name gets the right one beside it.

/// The nearest of some things by their names; none where even the nearest is another word.
pub(crate) fn nearest<'t, T>(
    word: &str,
    among: impl Iterator<Item = &'t T>,
    name: fn(&T) -> &str,
) -> Option<&'t T> {
    let most = word.chars().count().div_ceil(3);
    among
        .map(|thing| (edits(word, name(thing)), thing))
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, thing)| thing)
}

/// The fewest insertions, deletions and replacements from one word to another.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, a) in (1..).zip(from.chars()) {
        let mut next = vec![above];
        let mut left = above;
        for (b, pair) in to.iter().zip(row.windows(2)) {
            let (diagonal, up) = match pair {
                [diagonal, up] => (*diagonal, *up),
                _ => (left, left),
            };
            let replaced = diagonal + usize::from(a != *b);
            left = replaced.min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
