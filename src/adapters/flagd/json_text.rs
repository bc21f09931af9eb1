//! Changes one value inside a JSON text and leaves every other byte as somebody wrote it, so that a change by the deck
//! is one word in the object's history and its undo restores the very text.

use std::ops::Range;

/// The text with the value at a path of object keys replaced; none if there is no such value. The text must be valid JSON.
pub(super) fn replaced(text: &str, path: &[&str], value: &str) -> Option<String> {
    let mut at = Cursor { text, at: 0 };
    at.blank();
    for key in path {
        at.enter(key)?;
    }
    let Range { start, end } = at.value()?;
    Some(format!("{}{value}{}", text.get(..start)?, text.get(end..)?))
}

#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.blank();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// From an object to the value of its last member of that key: the one that counts where a key comes twice.
    fn enter(&mut self, key: &str) -> Option<()> {
        self.take(b'{')?;
        let mut found = None;
        loop {
            self.blank();
            if self.peek()? == b'}' {
                break;
            }
            let name = self.string()?;
            let name: String = serde_json::from_str(self.text.get(name)?).ok()?;
            self.take(b':')?;
            self.blank();
            if name == key {
                found = Some(*self);
            }
            self.value()?;
            self.blank();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        *self = found?;
        Some(())
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at)
    }

    /// Steps over a value of any kind.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b if depth > 0 && (b.is_ascii_whitespace() || matches!(b, b',' | b':')) => {
                    self.at += 1;
                }
                _ => {
                    let ends = |b: u8| b.is_ascii_whitespace() || matches!(b, b',' | b'}' | b']');
                    while self.peek().is_some_and(|b| !ends(b)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return (self.at > start).then_some(start..self.at);
            }
        }
    }
}
