//! A service in one line of a list: how it is and since when, and what is advised, in the words that there is room for.
//! The verdict's word stands beside it and is not said again.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::compare::{interval, metric, no_data};
use super::fit::first_that_fits;
use super::headline::in_short;
use super::number::{counted, share, times, value};
use super::reason::red_line;
use super::rung::name;
use super::sides::{judged, other};
use super::source::trouble;
use super::time::{between, clock};
use crate::domain::verdict::Estimate;
use crate::engine::advisor::advice::{Advice, Effect, Headline, RungKind, RungState};
use crate::engine::assess::{Compared, RedLine};

/// How a service is.
#[expect(
    clippy::too_many_lines,
    reason = "one table: a few wordings for each state of things"
)]
pub(crate) fn how(headline: &Headline, compared: Compared, now: Timestamp, most: u16) -> String {
    let side = judged(compared);
    match headline {
        Headline::Reading { waiting } => {
            let count = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
            first_that_fits(
                [
                    format!("{} still to answer", counted(count, "source")),
                    format!("{count} to answer"),
                ],
                most,
            )
        }
        Headline::Security { raised, .. } => {
            let age = between(raised.at, now);
            first_that_fits(
                [
                    format!("security incident, raised {age} ago"),
                    format!("incident for {age}"),
                    "incident".to_owned(),
                ],
                most,
            )
        }
        Headline::Idle => "no canary".to_owned(),
        Headline::WarmingUp { until } => first_that_fits(
            [
                format!("counts from {}", clock(*until)),
                format!("from {}", clock(*until)),
            ],
            most,
        ),
        Headline::Soak { began, ends, .. } => {
            format!("{} of {}", between(*began, now), between(*began, *ends))
        }
        Headline::ProductionSoak { began, ends, .. } => {
            let time = format!("{} of {}", between(*began, now), between(*began, *ends));
            first_that_fits([format!("production {time}"), time], most)
        }
        Headline::Passed { since } => first_that_fits(
            [
                format!("not worse; soak over since {}", clock(*since)),
                format!("since {}", clock(*since)),
            ],
            most,
        ),
        Headline::NotEnough { have, need, .. } => first_that_fits(
            [
                format!("{have} of about {need} requests"),
                format!("{have} of {need}"),
            ],
            most,
        ),
        Headline::NotEarned { metric: of, .. } => first_that_fits(
            [
                format!("{side} {} may still be worse", metric(of)),
                format!("{} maybe worse", metric(of)),
                metric(of).to_owned(),
            ],
            most,
        ),
        Headline::Watch {
            metric: of,
            estimate,
        } => watch(metric(of), estimate.as_ref(), compared, most),
        Headline::Breach {
            metric: of,
            since,
            estimate,
        } => {
            let factor = ratio(estimate.as_ref());
            let (of, age) = (metric(of), between(*since, now));
            first_that_fits(
                [
                    format!("{side} {of}{factor} for {age}"),
                    format!("{of}{factor} for {age}"),
                    format!("{of}{factor}, {age}"),
                    format!("{of} {age}"),
                ],
                most,
            )
        }
        Headline::RedLine { line, since } => over(line, compared, *since, (now, most)),
        Headline::BothBad {
            metric: of,
            production,
            ..
        } => {
            let is = format!("{} {}", metric(of), share(*production));
            match compared {
                Compared::Canary => {
                    first_that_fits([format!("{is} on both sides"), format!("{is}, both")], most)
                }
                Compared::Production { .. } => first_that_fits(
                    [
                        format!("{is} as {}", other(compared)),
                        format!("{} as before", metric(of)),
                        metric(of).to_owned(),
                    ],
                    most,
                ),
            }
        }
        Headline::ProductionBad { metric: of, .. } => first_that_fits(
            [
                format!("production {} over its limit", metric(of)),
                format!("{} over limit", metric(of)),
                metric(of).to_owned(),
            ],
            most,
        ),
        Headline::Unjudged { metric: of, why } => {
            let why = no_data(*why, compared);
            first_that_fits(
                [format!("{}: {why}", metric(of)), why, metric(of).to_owned()],
                most,
            )
        }
        Headline::StillBad {
            metric: of,
            estimate,
            acted_at,
        } => {
            let factor = ratio(estimate.as_ref());
            let of = metric(of);
            let age = between(*acted_at, now);
            first_that_fits(
                [
                    format!("{side} {of} still{factor}, {age} after acting"),
                    format!("{of} still{factor}"),
                    format!("{of} still bad"),
                    format!("{of} still"),
                ],
                most,
            )
        }
        Headline::Better {
            metric: of,
            helped_at,
            ..
        } => first_that_fits(
            [
                format!(
                    "{side} {} under half since {}",
                    metric(of),
                    clock(*helped_at)
                ),
                format!("{} under half", metric(of)),
                format!("{} better", metric(of)),
            ],
            most,
        ),
        Headline::Helped { recovered_at, .. } => first_that_fits(
            [
                format!("well since {}", clock(*recovered_at)),
                format!("since {}", clock(*recovered_at)),
            ],
            most,
        ),
        Headline::WasBad {
            metric: of, until, ..
        } => first_that_fits(
            [
                format!("{side} {} until {}", metric(of), clock(*until)),
                format!("until {}", clock(*until)),
            ],
            most,
        ),
        Headline::Blind {
            last,
            as_of,
            source,
            trouble: what,
            ..
        } => {
            let blind = as_of.map_or_else(
                || format!("{} {}", source.kind(), trouble(what.kind)),
                |at| format!("blind since {}", clock(at)),
            );
            let seen = last.as_deref().map_or_else(
                || blind.clone(),
                |last| {
                    format!(
                        "{}; {blind}",
                        in_short(last, compared, as_of.unwrap_or(now))
                    )
                },
            );
            let briefly = as_of.map_or_else(
                || "blind".to_owned(),
                |at| format!("blind for {}", between(at, now)),
            );
            first_that_fits([seen, blind, briefly], most)
        }
    }
}

/// The factor with a space before it; nothing where it is not known.
fn ratio(estimate: Option<&Estimate>) -> String {
    estimate
        .and_then(|estimate| estimate.ratio)
        .map_or_else(String::new, |ratio| format!(" {}", times(ratio)))
}

fn watch(of: &str, estimate: Option<&Estimate>, compared: Compared, most: u16) -> String {
    let side = judged(compared);
    let Some(estimate) = estimate else {
        let is = format!("{side} {of} over its limit");
        return first_that_fits([is, format!("{of} over limit"), of.to_owned()], most);
    };
    let factor = ratio(Some(estimate));
    first_that_fits(
        [
            format!("{side} {of}{factor}, {}", interval(estimate)),
            format!("{side} {of}{factor}"),
            format!("{of}{factor}"),
        ],
        most,
    )
}

fn over(
    line: &RedLine,
    compared: Compared,
    since: Option<Timestamp>,
    (now, most): (Timestamp, u16),
) -> String {
    let short = match line {
        RedLine::WontStart { ready, wanted, .. } => format!("{ready} of {wanted} ready"),
        RedLine::Down => "no pod is ready".to_owned(),
        RedLine::Restarts { per_minute } => format!("{per_minute:.1} restarts/min"),
        RedLine::Over {
            metric: of,
            value: is,
            ..
        } => format!("{} {}", metric(of), value(*is)),
    };
    let whole = red_line(line, compared);
    match since.map(|since| between(since, now)) {
        Some(age) => first_that_fits(
            [
                format!("{whole}, for {age}"),
                format!("{short} for {age}"),
                format!("{short}, {age}"),
                short,
            ],
            most,
        ),
        None => first_that_fits([whole, short], most),
    }
}

/// Why nothing is advised.
pub(crate) const fn no_advice(headline: &Headline) -> &'static str {
    match headline {
        Headline::Reading { .. } => "no advice: nothing is known yet",
        Headline::Blind { .. } => "no advice: nothing can be seen",
        Headline::Unjudged { .. } => "no advice: there is nothing to judge by",
        Headline::Idle
        | Headline::Passed { .. }
        | Headline::Helped { .. }
        | Headline::WasBad { .. } => "nothing; nothing is wrong",
        Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. }
        | Headline::Watch { .. }
        | Headline::Better { .. } => "nothing so far",
        Headline::Security { .. }
        | Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. }
        | Headline::StillBad { .. } => "no level is advised; its ladder says why",
    }
}

/// What is advised, in a word: the level, `wait` while one is carried out or has its time to help, `?` where nobody can
/// say, `-` where nothing is to be done.
pub(crate) fn advised(advice: &Advice) -> &'static str {
    let is_awaited = |state: &RungState| {
        matches!(
            state,
            RungState::Running { .. }
                | RungState::Done {
                    effect: Effect::Waiting { .. },
                    ..
                }
        )
    };
    match advice.first {
        Some(RungKind::People) => "on-call",
        Some(kind) => name(kind),
        None if advice.rungs.iter().any(|rung| is_awaited(&rung.state)) => "wait",
        None => match &advice.headline {
            Headline::Reading { .. } | Headline::Blind { .. } | Headline::Unjudged { .. } => "?",
            Headline::Idle
            | Headline::WarmingUp { .. }
            | Headline::Soak { .. }
            | Headline::ProductionSoak { .. }
            | Headline::Passed { .. }
            | Headline::NotEnough { .. }
            | Headline::Watch { .. }
            | Headline::Security { .. }
            | Headline::Breach { .. }
            | Headline::RedLine { .. }
            | Headline::BothBad { .. }
            | Headline::ProductionBad { .. }
            | Headline::NotEarned { .. }
            | Headline::StillBad { .. }
            | Headline::Better { .. }
            | Headline::Helped { .. }
            | Headline::WasBad { .. } => "-",
        },
    }
}
