//! The pieces that queries are made of: selectors whose values can't end them, and a span in which a sample counts as
//! there. Apart from the queries, for what is asked is planned in these terms too.

use std::collections::BTreeMap;

/// A label selector's inside: matchers that are joined by commas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Matchers(String);

impl Matchers {
    /// Adds `label OP "value"`; the value is quoted, so it can't end the selector.
    #[must_use]
    pub(super) fn and(mut self, label: &str, operator: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(label);
        self.0.push_str(operator);
        self.0.push_str(&quoted(value));
        self
    }

    /// Adds each label with its value.
    #[must_use]
    pub(super) fn and_all(self, labels: &BTreeMap<String, String>) -> Self {
        let labels = labels.iter();
        labels.fold(self, |all, (label, value)| all.and(label, "=", value))
    }

    /// What stands between the braces.
    pub(super) fn inside(&self) -> &str {
        &self.0
    }

    /// The selector of a metric.
    pub(super) fn of(&self, metric: &str) -> String {
        format!("{metric}{{{}}}", self.0)
    }
}

/// A `PromQL` string literal.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A regular expression that matches a text and nothing else (RE2's metacharacters escaped).
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$-".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Over what counts are taken, and how old a sample may be to count as there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The interval, in seconds.
    pub(super) interval: u32,
    /// The age in seconds under which a sample is there. The server's own lookback is five minutes, in which a series
    /// that is gone looks flat; this is just over a scrape.
    pub(super) fresh: u32,
}

impl Span {
    /// A selector at the end of the interval.
    pub(super) fn now(self, selector: &str) -> String {
        format!("last_over_time({selector}[{}s])", self.fresh)
    }

    /// A selector at its beginning.
    pub(super) fn before(self, selector: &str) -> String {
        format!(
            "last_over_time({selector}[{}s] offset {}s)",
            self.fresh, self.interval
        )
    }
}
