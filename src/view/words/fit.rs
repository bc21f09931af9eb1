//! Wordings by the room that there is: what matters is said in fewer words rather than cut.

use crate::view::canvas::width;

/// The room of a sentence on the second line of a screen of 80 columns.
pub(crate) const SENTENCE: u16 = 67;

/// The room of a text after its label, on 80 columns.
pub(crate) const TEXT: u16 = 68;

/// The first wording that fits; the last where none does.
pub(crate) fn first_that_fits<const N: usize>(wordings: [String; N], most: u16) -> String {
    let mut last = String::new();
    for wording in wordings {
        if width(&wording) <= most {
            return wording;
        }
        last = wording;
    }
    last
}

/// As many texts as fit on a line, and how many are left.
pub(crate) fn as_many_as_fit(texts: &[String], between: &str, most: u16) -> String {
    for shown in (1..texts.len()).rev() {
        let line = listed(texts, shown + 1, between);
        if width(&line) <= most {
            return line;
        }
    }
    listed(texts, 1, between)
}

fn listed(texts: &[String], shown: usize, between: &str) -> String {
    let line = texts
        .iter()
        .take(shown)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(between);
    match texts.len().saturating_sub(shown) {
        0 => line,
        left => format!("{line}{between}{left} more"),
    }
}
