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

/// What only grows while its process lives, and what is read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rising {
    selector: String,
    part: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A counter's value.
    Value,
    /// How much a native histogram has observed.
    Observed,
    /// How much of that was not over a bound, which is written as the server reads it.
    UpTo(String),
}

impl<T: Into<String>> From<T> for Rising {
    fn from(selector: T) -> Self {
        Self {
            selector: selector.into(),
            part: Part::Value,
        }
    }
}

impl Rising {
    /// What native histograms have observed.
    pub(super) const fn observed(selector: String) -> Self {
        Self {
            selector,
            part: Part::Observed,
        }
    }

    /// What of it was not over a bound.
    pub(super) fn up_to(selector: String, bound: &str) -> Self {
        Self {
            selector,
            part: Part::UpTo(bound.to_owned()),
        }
    }

    /// It at both ends of the interval. `is_scraped` says that it is known otherwise when there was nothing of a series.
    pub(super) fn ends(&self, span: Span, is_scraped: bool) -> Ends {
        let Self { selector, part } = self;
        let offset = format!(" offset {}s", span.interval);
        let all = |offset: &str| format!("histogram_count({selector}{offset})");
        let fresh =
            |offset: &str| format!("present_over_time({selector}[{}s]{offset})", span.fresh);
        let value = |offset: &str| match part {
            Part::Value => String::new(),
            Part::Observed => all(offset),
            // The fraction of none is not a number. Where there are some it is a quotient, and whole again when it is
            // rounded: else it would fall now and then, as if the process had started anew.
            Part::UpTo(bound) => {
                let share = format!("histogram_fraction(-Inf, {bound}, {selector}{offset})");
                let whole = format!("round({share} * {}) >= 0", all(offset));
                if is_scraped {
                    whole
                } else {
                    format!("({whole} or {})", all(offset))
                }
            }
        };
        match part {
            Part::Value => {
                let (now, before) = (span.now(selector), span.before(selector));
                Ends {
                    there: now.clone(),
                    was: before.clone(),
                    now,
                    before,
                    fresh: None,
                }
            }
            // `last_over_time` makes a zero of a histogram up to Prometheus 2.42, and up to 2.49 may answer with another's
            // (prometheus/prometheus#13474): so it is what the server finds, where a second look finds it fresh.
            Part::Observed | Part::UpTo(_) => Ends {
                now: format!("({})", value("")),
                there: all(""),
                before: format!("({} and {})", value(&offset), fresh(&offset)),
                was: fresh(&offset),
                fresh: Some(fresh("")),
            },
        }
    }
}

/// What rises at both ends of an interval.
pub(super) struct Ends {
    /// At its end.
    pub(super) now: String,
    /// Whatever is there where that is: of a native histogram cheaper to ask for.
    pub(super) there: String,
    /// At its beginning.
    pub(super) before: String,
    /// Whatever is there where that is.
    pub(super) was: String,
    /// What is there where what was found at the end is fresh; none where nothing else is found.
    pub(super) fresh: Option<String>,
}
