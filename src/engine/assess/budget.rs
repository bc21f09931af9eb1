//! The error budget: how many times faster than its objective allows a side fails. Rates over two windows at once, so that
//! neither a spike nor what is long over raises an alarm (SRE Workbook, chapter 5, "Alerting on SLOs").

use serde::{Deserialize, Serialize};

use super::window::{self, Span};
use crate::domain::grid::GridIndex;
use crate::domain::metrics::RedWindow;
use crate::engine::policy::Policy;

/// The windows of a canary in seconds, which has only minutes to be judged in.
const OF_CANARY: [u32; 2] = [60, 300];

/// The windows of production in seconds: those of the Workbook's quickest page.
const OF_PRODUCTION: [u32; 2] = [300, 3600];

/// The share of a window that must have been seen.
const SEEN: f64 = 0.9;

/// How fast both sides use up the error budget.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Budget {
    /// Canary, over 1 and 5 minutes.
    pub canary: Option<Burn>,
    /// Production, over 5 minutes and an hour.
    pub production: Option<Burn>,
}

/// How fast a side uses up its error budget: 1 is just what the objective allows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Burn {
    /// Over the short window.
    pub short: f64,
    /// Over the long one; none where not enough of it was seen.
    pub long: Option<f64>,
}

impl Burn {
    /// Whether it is fast enough for the pager: over the limit in both windows.
    pub fn pages(&self, policy: &Policy) -> bool {
        let over = |burn: f64| burn > policy.burn_page;
        over(self.short) && self.long.is_some_and(over)
    }
}

/// The budget at the end of the newest interval that both sides have.
pub(super) fn budget(
    canary: Option<&RedWindow>,
    production: Option<&RedWindow>,
    end: GridIndex,
    policy: &Policy,
) -> Budget {
    Budget {
        canary: canary.and_then(|red| burn(red, OF_CANARY, end, policy)),
        production: production.and_then(|red| burn(red, OF_PRODUCTION, end, policy)),
    }
}

fn burn(red: &RedWindow, [short, long]: [u32; 2], end: GridIndex, policy: &Policy) -> Option<Burn> {
    let over = |seconds: u32| {
        let intervals = i64::from(seconds.div_ceil(red.grid.seconds()));
        let span: Span = end.plus(-intervals)..end;
        let seen = window::seconds(red, &span) >= SEEN * f64::from(seconds);
        let bad = window::errors(red, &span).filter(|_| seen)?.ratio()?;
        Some(bad / policy.budget())
    };
    Some(Burn {
        short: over(short)?,
        long: over(long),
    })
}
