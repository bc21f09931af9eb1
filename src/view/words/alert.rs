//! Words of alerts: told as what a rule says, with what it was matched by, never as a verdict.

use jiff::Timestamp;

use crate::domain::alert::{Alert, AlertState};
use crate::domain::environment::Environment;
use crate::domain::untrusted::Untrusted;
use crate::view::words::fit::first_that_fits;
use crate::view::words::time::when;

/// An alert: `CheckoutErrors fires on canary, holds since 03:10:13 (critical; by service=checkout)`.
pub(crate) fn alert(alert: &Alert, on: Environment, now: Timestamp, most: u16) -> String {
    let name = alert.name.shown();
    let does = match alert.state {
        AlertState::Firing => "fires",
        AlertState::Pending => "pends",
    };
    let since = when(alert.since, now);
    let severity = alert.severity.as_ref().map(Untrusted::shown);
    let by: Vec<String> = alert.by.iter().map(Untrusted::shown).collect();
    let by = format!("by {}", by.join(", "));
    let severe = severity
        .as_ref()
        .map_or_else(String::new, |severity| format!(" ({severity})"));
    let both = severity.map_or_else(|| by.clone(), |severity| format!("{severity}; {by}"));
    let holds = format!("{name} {does} on {on}, holds since {since}");
    first_that_fits(
        [
            format!("{holds} ({both})"),
            format!("{holds}{severe}"),
            holds,
            format!("{name} {does} on {on}"),
        ],
        most,
    )
}
