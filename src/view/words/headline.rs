//! The state of things in one line: a sign, a word, and a sentence.

mod short;

pub(crate) use short::in_short;

use jiff::Timestamp;

use super::compare::{against_other, interval, metric, no_data};
use super::fit::{SENTENCE, as_many_as_fit, first_that_fits};
use super::number::{share, times, value};
use super::reason::red_line;
use super::security::{raised_by, sides};
use super::sides::{judged, other, theirs};
use super::source::{next, source, trouble};
use super::time::{between, clock, duration};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::source::SourceState;
use crate::domain::verdict::Estimate;
use crate::engine::advisor::advice::{Advice, Headline};
use crate::engine::assess::Compared;
use crate::engine::evidence::{ServiceEvidence, Tried};
use crate::theme::Role;
use crate::view::canvas::width;
use crate::view::scene::version as version_of;

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
        Headline::Security { .. }
        | Headline::Breach { .. }
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
        | Headline::ProductionSoak { .. }
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
        | Headline::ProductionSoak { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. } => ('·', Role::Strong),
        Headline::Passed { .. } | Headline::Helped { .. } => ('✓', Role::Strong),
        Headline::Watch { .. } | Headline::Better { .. } | Headline::WasBad { .. } => {
            ('!', Role::Watch)
        }
        Headline::Breach { .. }
        | Headline::BothBad { .. }
        | Headline::StillBad { .. }
        | Headline::Security { .. }
        | Headline::RedLine { .. }
        | Headline::ProductionBad { .. } => ('✗', Role::Breach),
        Headline::Blind {
            last: Some(last), ..
        } => return sign(last),
    };
    (symbol, headline.word(), role)
}

/// The second line.
pub(crate) fn headline(advice: &Advice, evidence: &ServiceEvidence, now: Timestamp) -> Said {
    let (symbol, word, role) = sign(&advice.headline);
    Said {
        symbol,
        word,
        role,
        text: sentence(&advice.headline, advice.compared, evidence, now),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one table: a sentence for each state of things"
)]
fn sentence(
    headline: &Headline,
    compared: Compared,
    evidence: &ServiceEvidence,
    now: Timestamp,
) -> String {
    let side = judged(compared);
    match headline {
        Headline::Security {
            raised, measured, ..
        } if standing(measured) == Standing::Bad => {
            let raised = raised_by(raised, now);
            let measured = in_short(measured, compared, now);
            first_that_fits([format!("{raised}; {measured}"), raised], SENTENCE)
        }
        Headline::Security {
            affected, raised, ..
        } => first_that_fits(
            [
                format!(
                    "{} on {}: {}",
                    raised_by(raised, now),
                    sides(*affected),
                    raised.reason.shown()
                ),
                format!("{} on {}", raised_by(raised, now), sides(*affected)),
                raised_by(raised, now),
            ],
            SENTENCE,
        ),
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
            "{side}'s first minute does not count; {} more, to {}",
            between(now, *until),
            clock(*until)
        ),
        Headline::Soak { began, ends, .. } => format!(
            "{} of {}; no sign that canary is worse",
            between(*began, now),
            between(*began, *ends)
        ),
        Headline::ProductionSoak {
            began,
            ends,
            is_seen,
            ..
        } => {
            let version = evidence.environments.get(&Environment::Production);
            let version = version.and_then(version_of);
            let version = version.map_or_else(String::new, |v| format!(" {v}"));
            let time = format!("{} of {}", between(*began, now), between(*began, *ends));
            let against = if *is_seen {
                format!("against itself {}, limits", other(compared))
            } else {
                "limits only, too little seen before".to_owned()
            };
            first_that_fits(
                [
                    format!("production{version}, {time}; {against}"),
                    format!("production, {time}; {against}"),
                ],
                SENTENCE,
            )
        }
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
            against_other(*of, Some(estimate), "", compared),
            interval(estimate)
        ),
        Headline::Watch {
            metric: of,
            estimate: None,
        } => format!("{side} {} is over its own limit", metric(of)),
        Headline::Breach {
            metric: of,
            since,
            estimate,
        } => format!(
            "{}, for {}",
            against_other(*of, estimate.as_ref(), "", compared),
            between(*since, now)
        ),
        Headline::RedLine { line, since } => match since {
            Some(since) => format!("{}, for {}", red_line(line, compared), between(*since, now)),
            None => red_line(line, compared),
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
            let (theirs, ours) = (share(*production), share(*canary));
            match compared {
                Compared::Canary => {
                    format!(
                        "production {theirs} and canary {ours} {}, alike{alike}",
                        metric(of)
                    )
                }
                Compared::Production { .. } => format!(
                    "production {ours} {}, {theirs} {}, alike{alike}",
                    metric(of),
                    other(compared)
                ),
            }
        }
        Headline::ProductionBad {
            metric: of,
            canary,
            production,
        } => {
            let is = |side: &Option<crate::engine::assess::Value>| {
                side.map_or_else(|| "?".to_owned(), value)
            };
            match compared {
                Compared::Canary => format!(
                    "production {} {}, over its limit; canary {} is not worse",
                    metric(of),
                    is(production),
                    is(canary)
                ),
                Compared::Production { .. } => format!(
                    "production {} {}, over its limit; not known {}",
                    metric(of),
                    is(canary),
                    other(compared)
                ),
            }
        }
        Headline::NotEarned {
            metric: of,
            estimate,
        } => format!(
            "soak over; {side} {} may still be {}",
            metric(of),
            estimate.and_then(|e| e.high).map_or_else(
                || format!("worse than {}", theirs(compared)),
                |high| format!("up to {} {}", times(high), theirs(compared))
            )
        ),
        Headline::Unjudged { metric: of, why } => {
            format!(
                "{} can't be judged: {}",
                metric(of),
                no_data(*why, compared)
            )
        }
        Headline::StillBad {
            metric: of,
            estimate,
            acted_at,
        } => format!(
            "{}, {}",
            against_other(*of, estimate.as_ref(), "still ", compared),
            after(evidence, *acted_at, now)
        ),
        Headline::Better {
            metric: of,
            acted_at,
            helped_at,
            ..
        } => format!(
            "{side} {} under half, {}; maybe not well yet",
            metric(of),
            after(evidence, *acted_at, *helped_at)
        ),
        Headline::Helped {
            acted_at,
            recovered_at,
        } => format!(
            "{side} is no longer worse since {}, {}",
            clock(*recovered_at),
            after(evidence, *acted_at, *recovered_at)
        ),
        Headline::WasBad {
            metric: of,
            since,
            until,
        } => format!(
            "{side} {} were worse {} to {}, over by itself",
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
