//! Text from outside. Raw inside, for API paths need it; its only way to a person shows what a terminal would obey.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters of one untrusted text that a person is shown.
const SHOWN_CHARACTERS: usize = 240;

/// Text that somebody else wrote: a label, a message, a description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Takes the text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it came: for comparing and for requests, never for a person.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The text for a person: control, bidirectional and invisible characters become visible escapes (dropping them
    /// would hide tampering), and the length is capped.
    pub fn shown(&self) -> String {
        shown(&self.0)
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Makes any text safe for a terminal, a log line or a title; see [`Untrusted::shown`].
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((cap, _)) => shown_whole(text.get(..cap).unwrap_or_default()) + "...",
        None => shown_whole(text),
    }
}

/// The same without the cap, of what is read or copied from its first to its last character.
pub fn shown_whole(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_deceptive(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a terminal or an eye could be misled by a character.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(
            Untrusted::from("a\u{1b}]0;evil\u{7}b").shown(),
            "a\\u{1b}]0;evil\\u{7}b"
        );
        assert_eq!(
            Untrusted::from("x\u{202e}y\u{9b}31m").shown(),
            "x\\u{202e}y\\u{9b}31m"
        );
        assert_eq!(Untrusted::from("größe ok").shown(), "größe ok");
        assert_eq!(
            Untrusted::from("a".repeat(500)).shown().len(),
            SHOWN_CHARACTERS + 3
        );
    }

    proptest! {
        #[test]
        fn nothing_deceptive_is_ever_shown(text in any::<String>()) {
            prop_assert!(!shown(&text).chars().any(is_deceptive));
        }
    }
}
