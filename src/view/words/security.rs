//! A security incident in words.

use jiff::Timestamp;

use super::time::{between, clock};
use crate::domain::security::{Affected, Statement};

/// The sides that it concerns.
pub(crate) const fn sides(affected: Affected) -> &'static str {
    match affected {
        Affected::Both => "canary and production",
        Affected::Canary => "canary",
        Affected::Production => "production",
    }
}

/// Who said something, as far as that is known.
pub(crate) fn who(said: &Statement) -> String {
    said.by
        .as_ref()
        .map_or_else(|| "somebody".to_owned(), ToString::to_string)
}

/// `raised by ann 6m ago`.
pub(crate) fn raised_by(raised: &Statement, now: Timestamp) -> String {
    format!("raised by {} {} ago", who(raised), between(raised.at, now))
}

/// `ann at 03:12:30: tokens in the log`.
pub(crate) fn said(statement: &Statement) -> String {
    format!(
        "{} at {}: {}",
        who(statement),
        clock(statement.at),
        statement.reason.shown()
    )
}
