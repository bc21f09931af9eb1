//! The state of things in one line: a sign, a word, and a sentence.

use jiff::Timestamp;

use super::compare::{against_production, interval, metric, no_data};
use super::fit::{SENTENCE, as_many_as_fit, first_that_fits};
use super::number::{share, times, value};
use super::reason::red_line;
use super::source::{next, source, trouble};
use super::time::{between, clock, duration};
use crate::domain::flag::FlagState;
use crate::domain::source::SourceState;
use crate::domain::verdict::Estimate;
use crate::engine::advisor::advice::Headline;
use crate::engine::evidence::{ServiceEvidence, Tried};
use crate::theme::Role;
use crate::view::canvas::width;

/// What stands on the second line.
pub(crate) struct Said {
    /// The sign.
    pub(crate) symbol: char,
    /// The word, eight characters at most.
    pub(crate) word: &'static str,
    /// Its style.
    pub(crate) role: Role,
    /// The sentence.
    pub(crate) text: String,
}

/// How a service is doing, for counting services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Somebody is hurt.
    Bad,
    /// Nobody can say.
    Unknown,
    /// Suspicious.
    Watch,
    /// Nothing is known to be wrong.
    Well,
}

/// How a service with that headline is doing.
pub(crate) fn standing(headline: &Headline) -> Standing {
    match headline {
        Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. }
        | Headline::StillBad { .. } => Standing::Bad,
        Headline::Blind {
            last: Some(last), ..
        } if standing(last) == Standing::Bad => Standing::Bad,
        Headline::Blind { .. } | Headline::Reading { .. } | Headline::Unjudged { .. } => {
            Standing::Unknown
        }
        Headline::Watch { .. } | Headline::WasBad { .. } | Headline::Better { .. } => {
            Standing::Watch
        }
        Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::Passed { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. }
        | Headline::Helped { .. } => Standing::Well,
    }
}

/// Sign, word and role of a headline.
pub(crate) fn sign(headline: &Headline) -> (char, &'static str, Role) {
    let (symbol, role) = match headline {
        Headline::Reading { .. }
        | Headline::Unjudged { .. }
        | Headline::Blind { last: None, .. } => ('?', Role::Watch),
        Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. } => ('·', Role::Strong),
        Headline::Passed { .. } | Headline::Helped { .. } => ('✓', Role::Strong),
        Headline::Watch { .. } | Headline::Better { .. } | Headline::WasBad { .. } => {
            ('!', Role::Watch)
        }
        Headline::Breach { .. }
        | Headline::BothBad { .. }
        | Headline::StillBad { .. }
        | Headline::RedLine { .. }
        | Headline::ProductionBad { .. } => ('✗', Role::Breach),
        Headline::Blind {
            last: Some(last), ..
        } => return sign(last),
    };
    (symbol, headline.word(), role)
}

/// The second line.
pub(crate) fn headline(headline: &Headline, evidence: &ServiceEvidence, now: Timestamp) -> Said {
    let (symbol, word, role) = sign(headline);
    Said {
        symbol,
        word,
        role,
        text: sentence(headline, evidence, now),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one table: a sentence for each state of things"
)]
fn sentence(headline: &Headline, evidence: &ServiceEvidence, now: Timestamp) -> String {
    match headline {
        Headline::Reading { waiting } => {
            let all = evidence.sources.len();
            let done = all.saturating_sub(waiting.len());
            let text = format!("{done} of {all} sources answered; ");
            let missing: Vec<String> = waiting
                .iter()
                .map(|id| match evidence.sources.get(id) {
                    Some(SourceState::Reading { since }) => {
                        format!("{} ({})", source(id), between(*since, now))
                    }
                    Some(SourceState::Failing { trouble: what, .. }) => {
                        format!("{} {}", source(id), trouble(what.kind))
                    }
                    Some(SourceState::Live { .. }) | None => source(id),
                })
                .collect();
            let room = SENTENCE.saturating_sub(width(&text) + 12);
            format!("{text}waiting for {}", as_many_as_fit(&missing, ", ", room))
        }
        Headline::Idle => "no canary: both sides run the same version".to_owned(),
        Headline::WarmingUp { until } => format!(
            "canary's first minute does not count; {} more, to {}",
            between(now, *until),
            clock(*until)
        ),
        Headline::Soak { began, ends, .. } => format!(
            "{} of {}; no sign that canary is worse",
            between(*began, now),
            between(*began, *ends)
        ),
        Headline::Passed { since } => format!(
            "canary is not worse than production; soak over since {}",
            clock(*since)
        ),
        Headline::NotEnough {
            metric: _,
            have,
            need,
            seconds,
        } => format!(
            "too little traffic: {have} of about {need} requests; {}",
            seconds.map_or_else(
                || "none comes".to_owned(),
                |s| format!(
                    "about {} more",
                    duration(i64::try_from(s).unwrap_or(i64::MAX))
                )
            )
        ),
        Headline::Watch {
            metric: of,
            estimate: Some(estimate),
        } => format!(
            "{}, {}: not sure yet",
            against_production(*of, Some(estimate), ""),
            interval(estimate)
        ),
        Headline::Watch {
            metric: of,
            estimate: None,
        } => format!("canary {} is over its own limit", metric(of)),
        Headline::Breach {
            metric: of,
            since,
            estimate,
        } => format!(
            "{}, for {}",
            against_production(*of, estimate.as_ref(), ""),
            between(*since, now)
        ),
        Headline::RedLine { line, since } => match since {
            Some(since) => format!("{}, for {}", red_line(line), between(*since, now)),
            None => red_line(line),
        },
        Headline::BothBad {
            metric: of,
            canary,
            production,
            estimate,
            ..
        } => {
            let alike = estimate
                .as_ref()
                .map_or_else(String::new, |e| format!(": {}", ratio_and_interval(e)));
            format!(
                "production {} and canary {} {}, alike{alike}",
                share(*production),
                share(*canary),
                metric(of)
            )
        }
        Headline::ProductionBad {
            metric: of,
            canary,
            production,
        } => {
            let is = |side: &Option<crate::engine::assess::Value>| {
                side.map_or_else(|| "?".to_owned(), value)
            };
            format!(
                "production {} {}, over its limit; canary {} is not worse",
                metric(of),
                is(production),
                is(canary)
            )
        }
        Headline::NotEarned {
            metric: of,
            estimate,
        } => format!(
            "soak over; canary {} may still be {}",
            metric(of),
            estimate.and_then(|e| e.high).map_or_else(
                || "worse than production's".to_owned(),
                |high| format!("up to {} production's", times(high))
            )
        ),
        Headline::Unjudged { metric: of, why } => {
            format!("{} can't be judged: {}", metric(of), no_data(*why))
        }
        Headline::StillBad {
            metric: of,
            estimate,
            acted_at,
        } => format!(
            "{}, {}",
            against_production(*of, estimate.as_ref(), "still "),
            after(evidence, *acted_at, now)
        ),
        Headline::Better {
            metric: of,
            acted_at,
            helped_at,
            ..
        } => format!(
            "canary {} under half, {}; maybe not well yet",
            metric(of),
            after(evidence, *acted_at, *helped_at)
        ),
        Headline::Helped {
            acted_at,
            recovered_at,
        } => format!(
            "canary is no longer worse since {}, {}",
            clock(*recovered_at),
            after(evidence, *acted_at, *recovered_at)
        ),
        Headline::WasBad {
            metric: of,
            since,
            until,
        } => format!(
            "canary {} were worse {} to {}, over by itself",
            metric(of),
            clock(*since),
            clock(*until)
        ),
        Headline::Blind {
            as_of,
            source: id,
            trouble: what,
            next_try,
            ..
        } => {
            let seen = as_of.map_or_else(
                || "nothing was seen".to_owned(),
                |at| format!("as of {}; blind for {}", clock(at), between(at, now)),
            );
            let why = format!("{seen}: {} {}", id.kind(), trouble(what.kind));
            first_that_fits([format!("{why}, {}", next(*next_try, now)), why], SENTENCE)
        }
    }
}

/// `25x, 19x to 34x`.
pub(crate) fn ratio_and_interval(estimate: &Estimate) -> String {
    match estimate.ratio {
        Some(ratio) => format!("{}, {}", times(ratio), interval(estimate)),
        None => interval(estimate),
    }
}

/// `69s after flag off`.
fn after(evidence: &ServiceEvidence, acted_at: Timestamp, until: Timestamp) -> String {
    let what = evidence
        .attempts
        .iter()
        .rev()
        .find(|attempt| attempt.at == acted_at)
        .map_or("the action", |attempt| match attempt.what {
            Tried::Flag {
                to: FlagState::Disabled,
                ..
            } => "flag off",
            Tried::Flag {
                to: FlagState::Enabled,
                ..
            } => "flag on",
        });
    format!("{} after {what}", between(acted_at, until))
}

/// A few words for a list of services.
pub(crate) fn in_short(headline: &Headline, now: Timestamp) -> String {
    match headline {
        Headline::Reading { .. } => "reading".to_owned(),
        Headline::Idle => "idle".to_owned(),
        Headline::WarmingUp { .. } => "warming up".to_owned(),
        Headline::Soak { began, ends, .. } => {
            format!(
                "soak {} of {}",
                between(*began, now),
                between(*began, *ends)
            )
        }
        Headline::Passed { .. } => "passed".to_owned(),
        Headline::NotEnough { .. } => "too few requests".to_owned(),
        Headline::NotEarned { metric: of, .. } => format!("{} not earned", metric(of)),
        Headline::Watch { metric: of, .. } => format!("canary {} suspicious", metric(of)),
        Headline::Breach {
            metric: of,
            since,
            estimate,
        } => format!(
            "canary {}{} for {}",
            metric(of),
            estimate
                .and_then(|e| e.ratio)
                .map_or_else(String::new, |ratio| format!(" {}", times(ratio))),
            between(*since, now)
        ),
        Headline::RedLine { line, .. } => red_line(line),
        Headline::BothBad {
            metric: of,
            production,
            ..
        } => format!("{} {} on both sides", metric(of), share(*production)),
        Headline::ProductionBad { metric: of, .. } => format!("production {} bad", metric(of)),
        Headline::Unjudged { metric: of, .. } => format!("no data for {}", metric(of)),
        Headline::StillBad { metric: of, .. } => format!("canary {} still bad", metric(of)),
        Headline::Better { metric: of, .. } => format!("canary {} better", metric(of)),
        Headline::Helped { recovered_at, .. } => format!("well since {}", clock(*recovered_at)),
        Headline::WasBad { until, .. } => format!("was bad until {}", clock(*until)),
        Headline::Blind {
            last: Some(last),
            as_of,
            ..
        } => format!("{}; blind now", in_short(last, as_of.unwrap_or(now))),
        Headline::Blind {
            last: None,
            source: id,
            ..
        } => format!("blind: {}", id.kind()),
    }
}
