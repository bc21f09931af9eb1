//! Symbols for terminals without UTF-8: every sign of the screens has a twin in ASCII.

/// Which signs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symbols {
    /// Signs and blocks of Unicode.
    #[default]
    Utf8,
    /// ASCII twins: no UTF-8, the Linux console, or a terminal where ambiguous characters are two cells wide.
    Ascii,
}

impl Symbols {
    /// What is drawn for a character; none where it stays as it is.
    pub const fn twin(self, symbol: char) -> Option<char> {
        match self {
            Self::Utf8 => None,
            Self::Ascii => match symbol {
                '✓' => Some('+'),
                '✗' => Some('X'),
                '·' | '▂' => Some('.'),
                '▸' => Some('>'),
                '●' => Some('*'),
                '○' => Some('o'),
                '▁' => Some('_'),
                '▃' | '▄' => Some('-'),
                '▅' | '▆' => Some('='),
                '▇' | '█' => Some('#'),
                '…' => Some('~'),
                other if other.is_ascii() => None,
                _ => Some('?'),
            },
        }
    }
}
