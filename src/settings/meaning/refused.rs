//! What the TOML reader or serde refused, as a problem that a person can act on. A value is never repeated: it may be a
//! secret that was written in the wrong place.

use std::path::Path;

use crate::settings::locate::Map;
use crate::settings::nearest::nearest;
use crate::settings::{Fault, Problem};

/// The refusal, with the nearest right key where a key is not known.
pub(super) fn problem(file: &Path, text: &str, error: &toml::de::Error) -> Problem {
    let map = Map::of(text);
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    let span = error.span();
    let mut path = match &span {
        Some(span) if map.is_read() => map.path_at(span),
        Some(span) => map.path_above(span.start),
        None => Vec::new(),
    };
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (fault, what, hint) = if !map.is_read() {
        (Fault::Syntax, message.clone(), None)
    } else if message.starts_with("unknown ") {
        unknown(&quoted)
    } else if let (true, Some(missing)) = (message.starts_with("missing field"), quoted.first()) {
        path.push((*missing).to_owned());
        let hint = format!("write {missing} = ... there");
        (Fault::MissingKey, "it is missing".to_owned(), Some(hint))
    } else if let Some(mismatch) = mismatch(&message) {
        mismatch
    } else if message.starts_with("data did not match") {
        let hint = "write \"ADDRESS\", or [\"ADDRESS\", \"ADDRESS\"]".to_owned();
        let what = "this is neither a text nor a list of texts".to_owned();
        (Fault::Type, what, Some(hint))
    } else {
        let hint = "write a time such as \"2026-11-21T03:00:00Z\"".to_owned();
        (Fault::Value, "this can't be read".to_owned(), Some(hint))
    };
    Problem {
        file: file.to_owned(),
        line: span.map_or(1, |span| map.line(span.start)),
        key: path.join("."),
        fault,
        what,
        hint: hint.unwrap_or_else(|| fault.remedy().to_owned()),
    }
}

type Told = (Fault, String, Option<String>);

fn unknown(quoted: &[&str]) -> Told {
    let Some((unknown, known)) = quoted.split_first() else {
        let what = "there is no such key here".to_owned();
        return (Fault::UnknownKey, what, None);
    };
    let all = known.join(", ");
    let hint = match nearest(unknown, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`? There are {all}"),
        None => format!("there are {all}"),
    };
    let what = format!("there is no `{unknown}` here");
    (Fault::UnknownKey, what, Some(hint))
}

/// Of serde's "invalid type: FOUND, expected WANTED" what was found and what was wanted, without the value.
fn mismatch(message: &str) -> Option<Told> {
    let (fault, rest) = match message.strip_prefix("invalid type: ") {
        Some(rest) => (Fault::Type, rest),
        None => (Fault::Value, message.strip_prefix("invalid value: ")?),
    };
    // The value may hold the words between the two, the rest not.
    let (found, wanted) = rest.rsplit_once(", expected ")?;
    if wanted == "struct Secret" {
        let what = "a secret is written here, not where it is".to_owned();
        return Some((Fault::SecretWritten, what, None));
    }
    let kind = |word: &str| match word {
        "string" => "a text",
        "integer" => "a whole number",
        "floating" => "a number",
        "boolean" => "true or false",
        "sequence" => "a list",
        "map" => "a table",
        _ => "a value",
    };
    let wanted = match wanted {
        "a string" | "path string" => "a text in quotes",
        "a boolean" => "true or false",
        "f64" => "a number",
        "struct Auth" => Fault::Auth.remedy().trim_start_matches("write "),
        "u32" | "u64" => "a whole number of 0 or more",
        "a sequence" => "a list in [ ]",
        _ => "a table in { }, or with a head of its own in [ ]",
    };
    let found = kind(found.split(' ').next().unwrap_or_default());
    let what = if fault == Fault::Value {
        format!("{found} that is too small or too large is written here")
    } else {
        format!("{found} is written here")
    };
    Some((fault, what, Some(format!("write {wanted}"))))
}
