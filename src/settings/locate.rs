//! Where in a file a key is, and which key is at a place: by the spans of the TOML reader.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file's text with the places of its keys.
pub(super) struct Map<'a> {
    text: &'a str,
    table: Option<Spanned<DeTable<'a>>>,
}

impl<'a> Map<'a> {
    /// Reads the places; a text that is no TOML has none.
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            table: DeTable::parse(text).ok(),
        }
    }

    /// Whether the text is TOML.
    pub(super) const fn is_read(&self) -> bool {
        self.table.is_some()
    }

    /// The key that the line of a byte begins with, below the table that was begun last: for a text that is no TOML.
    pub(super) fn path_above(&self, byte: usize) -> Vec<String> {
        let at = self.line(byte);
        let lines: Vec<&str> = self.text.lines().take(at).collect();
        let head = lines.iter().rev().find_map(|line| {
            let head = line.trim().strip_prefix('[')?;
            Some(head.trim_matches(['[', ']']))
        });
        let key = lines.last().and_then(|line| line.split_once('='));
        [head, key.map(|(key, _)| key)]
            .into_iter()
            .flatten()
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|&b| b == b'\n').count()
    }

    /// The line of a key; that of the nearest part of its path that is written.
    pub(super) fn line_of(&self, path: &[&str]) -> Option<usize> {
        let mut table = self.table.as_ref()?.get_ref();
        let mut at = None;
        for part in path {
            let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == part) else {
                break;
            };
            at = Some(key.span().start);
            let DeValue::Table(next) = value.get_ref() else {
                break;
            };
            table = next;
        }
        at.map(|byte| self.line(byte))
    }

    /// The path of the deepest key whose name or value holds the place.
    pub(super) fn path_at(&self, place: &Range<usize>) -> Vec<String> {
        let mut path = Vec::new();
        if let Some(table) = &self.table {
            descend(table.get_ref(), place, &mut path);
        }
        path
    }
}

/// Goes down where the place is. A table's own span is its header alone, so every table is tried.
fn descend(table: &DeTable<'_>, place: &Range<usize>, path: &mut Vec<String>) -> bool {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        if let DeValue::Table(inner) = value.get_ref()
            && descend(inner, place, path)
        {
            return true;
        }
        if holds(&key.span(), place) || holds(&value.span(), place) {
            return true;
        }
        path.pop();
    }
    false
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
