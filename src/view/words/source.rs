//! Sources and their troubles, by what the operator can do about them.

use jiff::Timestamp;

use super::time::{between, clock};
use crate::domain::source::{SourceId, SourceState, Trouble, TroubleKind};

/// What a source does wrong, as a verb.
pub(crate) const fn trouble(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::Unauthorized => "wants a new login",
        TroubleKind::Forbidden => "forbids it",
        TroubleKind::Unreachable => "refuses",
        TroubleKind::TimedOut => "does not answer",
        TroubleKind::Throttled => "throttles us",
        TroubleKind::NotFound => "has no such thing",
        TroubleKind::ServerError => "fails",
        TroubleKind::Malformed => "answers nonsense",
        TroubleKind::Partial => "answers in part",
    }
}

/// The source with where it is: `prometheus canary`.
pub(crate) fn source(id: &SourceId) -> String {
    match id {
        SourceId::Kubernetes(cluster) | SourceId::Helm(cluster) => {
            format!("{} {cluster}", id.kind())
        }
        SourceId::Flags(place) | SourceId::Flagd(place) | SourceId::Prometheus(place) => {
            format!("{} {}", id.kind(), place.environment)
        }
    }
}

/// `prometheus canary refuses, next try in 8s`.
pub(crate) fn failing(
    id: &SourceId,
    trouble_of: &Trouble,
    next_try: Timestamp,
    now: Timestamp,
) -> String {
    format!(
        "{} {}, {}",
        source(id),
        trouble(trouble_of.kind),
        next(next_try, now)
    )
}

/// How a source that does not answer is doing, for a line beside others: `prometheus canary refuses; last answer 03:13:05`.
pub(crate) fn in_short(id: &SourceId, state: &SourceState, now: Timestamp) -> Option<String> {
    match state {
        SourceState::Live { .. } | SourceState::Reading { .. } => doing(id, state, now),
        SourceState::Failing {
            trouble: what,
            last_good,
            ..
        } => {
            let last = last_good.map_or_else(
                || "never answered".to_owned(),
                |at| format!("last answer {}", clock(at)),
            );
            Some(format!("{} {}; {last}", source(id), trouble(what.kind)))
        }
    }
}

/// When a source is asked again.
pub(crate) fn next(next_try: Timestamp, now: Timestamp) -> String {
    if next_try > now {
        format!("next try in {}", between(now, next_try))
    } else {
        "trying again now".to_owned()
    }
}

/// How a source is doing; none when it answers.
pub(crate) fn doing(id: &SourceId, state: &SourceState, now: Timestamp) -> Option<String> {
    match state {
        SourceState::Live { lacks, .. } => lacks
            .first()
            .map(|lack| format!("{} answers, but {}", source(id), lack.message.shown())),
        SourceState::Reading { since } => {
            Some(format!("{} {} so far", source(id), between(*since, now)))
        }
        SourceState::Failing {
            trouble: what,
            next_try,
            last_good,
            ..
        } => {
            let last = last_good.map_or_else(
                || "; never answered".to_owned(),
                |at| format!("; last answer {}", clock(at)),
            );
            Some(format!("{}{last}", failing(id, what, *next_try, now)))
        }
    }
}
