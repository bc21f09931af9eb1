//! Words of alerts: told as what a rule says, with what it was matched by, never as a verdict.

use jiff::Timestamp;

use crate::domain::alert::{Alert, AlertState};
use crate::domain::environment::Environment;
use crate::domain::untrusted::Untrusted;
use crate::view::words::fit::first_that_fits;
use crate::view::words::time::when;

/// An alert: `CheckoutErrors fires on canary, holds since 03:10:13 (critical; by service=checkout)`. One that was told a
/// while ago, `as_of`, is past: whether it still fires nobody says.
pub(crate) fn alert(
    alert: &Alert,
    on: Environment,
    as_of: Option<Timestamp>,
    now: Timestamp,
    most: u16,
) -> String {
    let name = alert.name.shown();
    let (does, holds) = match (alert.state, as_of) {
        (AlertState::Firing, None) => ("fires", "holds"),
        (AlertState::Pending, None) => ("pends", "holds"),
        (AlertState::Firing, Some(_)) => ("fired", "held"),
        (AlertState::Pending, Some(_)) => ("pended", "held"),
    };
    let as_of = as_of.map_or_else(String::new, |at| format!(" as of {}", when(at, now)));
    let since = when(alert.since, now);
    let severity = alert.severity.as_ref().map(Untrusted::shown);
    let by: Vec<String> = alert.by.iter().map(Untrusted::shown).collect();
    let by = format!("by {}", by.join(", "));
    let severe = severity
        .as_ref()
        .map_or_else(String::new, |severity| format!(" ({severity})"));
    let both = severity.map_or_else(|| by.clone(), |severity| format!("{severity}; {by}"));
    let on = format!("{name} {does} on {on}{as_of}");
    let holds = format!("{on}, {holds} since {since}");
    first_that_fits(
        [
            format!("{holds} ({both})"),
            format!("{holds}{severe}"),
            holds,
            on,
            format!("{name}{as_of}"),
        ],
        most,
    )
}
