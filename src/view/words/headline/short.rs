//! The state of things in a few words, for what stands beside something else.

use jiff::Timestamp;

use super::super::compare::metric;
use super::super::number::{share, times};
use super::super::reason::red_line;
use super::super::sides::judged;
use super::super::time::{between, clock};
use crate::engine::advisor::advice::Headline;
use crate::engine::assess::Compared;

/// A few words for a list of services.
pub(crate) fn in_short(headline: &Headline, compared: Compared, now: Timestamp) -> String {
    let side = judged(compared);
    match headline {
        Headline::Security { raised, .. } => {
            format!("security incident for {}", between(raised.at, now))
        }
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
        Headline::ProductionSoak { began, ends, .. } => format!(
            "production soak {} of {}",
            between(*began, now),
            between(*began, *ends)
        ),
        Headline::Passed { .. } => "passed".to_owned(),
        Headline::NotEnough { .. } => "too few requests".to_owned(),
        Headline::NotEarned { metric: of, .. } => format!("{} not earned", metric(of)),
        Headline::Watch { metric: of, .. } => format!("{side} {} suspicious", metric(of)),
        Headline::Breach {
            metric: of,
            since,
            estimate,
        } => format!(
            "{side} {}{} for {}",
            metric(of),
            estimate
                .and_then(|e| e.ratio)
                .map_or_else(String::new, |ratio| format!(" {}", times(ratio))),
            between(*since, now)
        ),
        Headline::RedLine { line, .. } => red_line(line, compared),
        Headline::BothBad {
            metric: of,
            production,
            ..
        } => match compared {
            Compared::Canary => format!("{} {} on both sides", metric(of), share(*production)),
            Compared::Production { .. } => {
                format!("production {} as bad as before", metric(of))
            }
        },
        Headline::ProductionBad { metric: of, .. } => format!("production {} bad", metric(of)),
        Headline::Unjudged { metric: of, .. } => format!("no data for {}", metric(of)),
        Headline::StillBad { metric: of, .. } => format!("{side} {} still bad", metric(of)),
        Headline::Better { metric: of, .. } => format!("{side} {} better", metric(of)),
        Headline::Helped { recovered_at, .. } => format!("well since {}", clock(*recovered_at)),
        Headline::WasBad { until, .. } => format!("was bad until {}", clock(*until)),
        Headline::Blind {
            last: Some(last),
            as_of,
            ..
        } => format!(
            "{}; blind now",
            in_short(last, compared, as_of.unwrap_or(now))
        ),
        Headline::Blind {
            last: None,
            source: id,
            ..
        } => format!("blind: {}", id.kind()),
    }
}
