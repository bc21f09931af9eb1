//! A text field as data: the text and where the cursor is. Editing keys are the input room's.

use serde::{Deserialize, Serialize};

/// One line of text being written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Field {
    /// The text.
    pub text: String,
    /// The cursor, in characters from the start.
    pub cursor: usize,
}

impl Field {
    /// A field with text and the cursor at its end.
    pub fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            cursor: text.chars().count(),
        }
    }
}
