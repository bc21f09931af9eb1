//! What was measured, beside what it is held against.

use std::fmt;
use std::time::Duration;

/// One number.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    what: String,
    is: f64,
    limit: Option<f64>,
    peers: Vec<(&'static str, f64)>,
    note: String,
}

impl Line {
    pub(crate) fn new(what: impl Into<String>, is: f64) -> Self {
        Self {
            what: what.into(),
            is,
            limit: None,
            peers: Vec::new(),
            note: String::new(),
        }
    }

    /// What it must not be above.
    pub(crate) fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The same of another program, measured in this run.
    pub(crate) fn beside(mut self, peer: &'static str, is: Option<f64>) -> Self {
        self.peers.extend(is.map(|is| (peer, is)));
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44} {:>9.3}", self.what, self.is)?;
        match self.limit {
            Some(limit) => {
                let held = if self.is <= limit { "held  " } else { "MISSED" };
                write!(
                    f,
                    "  limit {limit:>8.3} {held} ({:>6.2} of it)",
                    self.is / limit
                )?;
            }
            None => write!(f, "{:40}", "")?,
        }
        for (name, peer) in &self.peers {
            write!(f, "  {name} {peer:.3} ({:.1} times)", peer / self.is)?;
        }
        if !self.note.is_empty() {
            write!(f, "  {}", self.note)?;
        }
        Ok(())
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Of sorted times.
pub(crate) fn percentile(sorted: &[Duration], of: usize) -> Duration {
    let index = (sorted.len() * of / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}
