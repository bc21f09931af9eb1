//! What is read on the evidence of a metric: its queries line by line, and its endpoints. What is moved through, what is
//! drawn and what is copied are these very lines.

#[cfg(test)]
mod tests;

use super::state::{Screen, State};
use crate::domain::untrusted::shown_whole;
use crate::domain::verdict::Metric;

/// The most bytes that are offered to a clipboard. Terminals that follow hterm take an OSC 52 of 100000 bytes: 8 of them
/// are its frame, and base64 makes 4 of 3; k9s 0.51 stops there, too (`K9S_OSC52_MAX`).
pub(crate) const CLIPBOARD: usize = 74_994;

/// The rows above the queries, and those below them: a blank one, where one is, the source, the keys.
const AROUND: u16 = 7 + 4;

/// A line of the queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum QueryLine {
    /// Whose query begins below.
    Name(String),
    /// A piece of it.
    Piece(String),
}

/// The metric whose evidence is shown.
fn metric(state: &State) -> Option<Metric> {
    match state.ui.screen {
        Screen::Evidence { metric, .. } => Some(metric),
        Screen::Overview
        | Screen::Ladder
        | Screen::Flags
        | Screen::Releases
        | Screen::Pods
        | Screen::Changed
        | Screen::Services
        | Screen::Chart { .. } => None,
    }
}

/// The signals that a metric is made from, by the names that queries have.
fn signals(of: &Metric) -> Vec<String> {
    match of {
        Metric::Errors | Metric::Requests => vec!["requests".to_owned()],
        Metric::Slow => ["slow", "latency"].map(str::to_owned).to_vec(),
        Metric::Gauge(gauge) => vec![gauge.to_string()],
        Metric::Readiness => Vec::new(),
    }
}

/// Whether a metric is told by the cluster itself, without a query.
pub(crate) fn needs_no_query(of: &Metric) -> bool {
    signals(of).is_empty()
}

/// The queries behind the shown metric, with the name of each: in one line, and whatever could deceive made visible.
pub(crate) fn queries(state: &State) -> Vec<(String, String)> {
    let Some(of) = metric(state) else {
        return Vec::new();
    };
    let here = format!("{} on ", state.ui.service);
    let signals = signals(&of);
    let is_of = |name: &str| {
        let signal = name.strip_prefix(&here).and_then(|n| n.split_once(": "));
        signal.is_some_and(|(_, signal)| signals.iter().any(|of| of == signal))
    };
    let asked = state.shown().queries.iter();
    asked
        .filter(|(name, _)| is_of(name))
        .map(|(name, query)| {
            // A configuration may write a query in several lines; to PromQL a line's end is a space.
            let line = query.replace(['\n', '\r', '\t'], " ");
            (shown_whole(name), shown_whole(line.trim()))
        })
        .collect()
}

/// The cells of a query's line on a screen of that many columns: no more than a person reads at a glance.
const fn cells(width: u16) -> usize {
    let width = if width < 80 { width } else { 80 };
    width.saturating_sub(8) as usize
}

/// The queries as they are read on a screen of that many columns.
pub(crate) fn lines(state: &State, width: u16) -> Vec<QueryLine> {
    let mut lines = Vec::new();
    for (name, query) in queries(state) {
        lines.push(QueryLine::Name(name));
        lines.extend(
            pieces(&query, cells(width))
                .into_iter()
                .map(QueryLine::Piece),
        );
    }
    lines
}

/// The cells that a text takes at most: what is not ASCII may be two wide.
fn room(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// A text in pieces of that many cells at most, parted behind spaces and commas where there are any; together they are
/// the text.
fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in text.split_inclusive([' ', ',']) {
        if room(&piece) + room(word.trim_end()) > most && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        for c in word.chars() {
            if c != ' ' && room(&piece) + room(c.encode_utf8(&mut [0; 4])) > most {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(c);
        }
    }
    pieces.push(piece);
    pieces
}

/// How many lines of the queries a screen of that many rows shows.
pub(crate) fn rows(height: u16) -> usize {
    usize::from(height.saturating_sub(AROUND))
}

/// How many rows the endpoints have on a screen of that many rows, the one included that says how many are left.
pub(crate) fn endpoint_rows(height: u16) -> usize {
    usize::from(4 + height.saturating_sub(24) / 3)
}

/// How many endpoints are shown of that many.
pub(crate) fn endpoints_shown(all: usize, height: u16) -> usize {
    let rows = endpoint_rows(height);
    if all > rows {
        rows.saturating_sub(1)
    } else {
        all
    }
}
