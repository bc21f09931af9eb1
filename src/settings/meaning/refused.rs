//! What the TOML reader or serde refused, as a problem that a person can act on.

use std::path::Path;

use crate::settings::Problem;
use crate::settings::locate::Map;
use crate::settings::nearest::nearest;

/// The refusal, with the nearest right key where a key is not known.
pub(super) fn problem(file: &Path, text: &str, error: &toml::de::Error) -> Problem {
    let map = Map::of(text);
    let message = error.message().to_owned();
    let span = error.span();
    let path = span
        .as_ref()
        .map(|span| map.path_at(span))
        .unwrap_or_default();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let mut what = message.lines().collect::<Vec<_>>().join(" ");
    let mut hint = None;
    if let Some((unknown, known)) = quoted.split_first()
        && (message.starts_with("unknown field") || message.starts_with("unknown variant"))
    {
        what = format!("there is no `{unknown}` here");
        let known_words = known.join(", ");
        hint = Some(match nearest(unknown, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? There are {known_words}"),
            None => format!("there are {known_words}"),
        });
    }
    Problem {
        file: file.to_owned(),
        line: span.map(|span| map.line(span.start)),
        key: path.join("."),
        what,
        hint,
    }
}
