//! Reasons for and against, with their numbers.

use super::closed::release_status;
use super::compare::{against_other, factor, interval, metric};
use super::fit::{TEXT, first_that_fits};
use super::number::{counted, share, value};
use super::security::{sides, who as who_raised};
use super::sides::{judged, other};
use super::source::source;
use super::time::clock;
use crate::domain::metrics::Endpoint;
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::Metric;
use crate::engine::advisor::reason::{Looked, Reason};
use crate::engine::assess::{Compared, RedLine};

#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
fn part(on: u64, of: u64) -> String {
    if of == 0 {
        "-".to_owned()
    } else {
        share(on as f64 / of as f64)
    }
}

/// Endpoints by name, two at most, and what they are to the flag.
fn endpoints(of: &[Endpoint]) -> (String, &'static str) {
    match of {
        [] => ("the flag's endpoints".to_owned(), ""),
        [one] => (one.0.shown(), ", the flag's endpoint"),
        [one, two] => (
            format!("{} and {}", one.0.shown(), two.0.shown()),
            ", the flag's",
        ),
        [one, rest @ ..] => (
            format!("{} and {} more", one.0.shown(), rest.len()),
            ", the flag's",
        ),
    }
}

/// Who made a change: a person who made it with flightdeck is that person.
pub(crate) fn who(by: &Untrusted) -> String {
    let by = by.shown();
    by.strip_prefix("flightdeck/")
        .map_or_else(|| by.clone(), str::to_owned)
}

/// One reason as a sentence.
pub(crate) fn reason(why: &Reason, compared: Compared) -> String {
    reason_within(why, compared, TEXT)
}

/// The same in that room, where there are fewer words for it.
#[expect(
    clippy::too_many_lines,
    reason = "one table: a sentence for each reason"
)]
pub(crate) fn reason_within(why: &Reason, compared: Compared, most: u16) -> String {
    let side = judged(compared);
    match why {
        Reason::SecurityIncident { raised } => {
            let reason = raised.reason.shown();
            let (by, at) = (who_raised(raised), clock(raised.at));
            first_that_fits(
                [
                    format!("{reason} (security incident, raised by {by} at {at})"),
                    format!("{reason} (raised by {by} at {at})"),
                    reason,
                ],
                most,
            )
        }
        Reason::NobodyServed { on } => format!(
            "nobody is served on {} until it is opened again",
            sides(*on)
        ),
        Reason::ErrorsOnFlag {
            on,
            of,
            endpoints: at,
            ..
        } => {
            let errors = format!("{on} of {of} {side} errors ({})", part(*on, *of));
            let (at, of_flag) = endpoints(at);
            first_that_fits(
                [
                    format!("{errors} are on {at}{of_flag}"),
                    format!("{errors} are on {at}"),
                ],
                most,
            )
        }
        Reason::AnotherFlagToo { key, on, of } => {
            format!("flag {key} covers {}", part(*on, *of))
        }
        Reason::FlagChangedBefore { at, by, onset, .. } => format!(
            "flag changed {} by {}; errors since {}",
            clock(*at),
            who(by),
            clock(*onset)
        ),
        Reason::ErrorsSpread {
            endpoints: count,
            since,
        } => format!(
            "no flag that is on explains the errors on {} since {}",
            counted(u64::from(*count), "endpoint"),
            clock(*since)
        ),
        Reason::RestAlsoWorse { errors, estimate } => {
            format!(
                "the other {errors} are {}",
                factor(Some(estimate), compared)
            )
        }
        Reason::RestIsWell { errors: 0 } => "no error is on any other endpoint".to_owned(),
        Reason::RestIsWell { errors } => {
            let has = match compared {
                Compared::Canary => "production has".to_owned(),
                Compared::Production { .. } => format!("there were {}", other(compared)),
            };
            format!("the other {errors} are no more than {has}")
        }
        Reason::RedLine(line) => red_line(line, compared),
        Reason::OverLimit {
            metric: of,
            value: is,
        } => format!("{side} {} is {}, over its limit", metric(of), value(*is)),
        Reason::WorseThanProduction {
            metric: of,
            estimate,
            since,
        } => format!(
            "{}, since {}",
            against_other(*of, estimate.as_ref(), "", compared),
            clock(*since)
        ),
        Reason::SchemaUnfit {
            schema,
            takes: (least, most),
        } => format!("the schema is V{schema}; the stable version takes V{least} to V{most}"),
        Reason::MachinesWell { looked_at } => machines_well(looked_at),
        Reason::NotKnown { metric: of } => format!("{} is not known", metric(of)),
        Reason::Unfinished { status } => {
            format!("{} is under way: end it first", release_status(*status))
        }
        Reason::TriedBelow { at, in_part: true } => {
            format!("the step before, at {}, helped only in part", clock(*at))
        }
        Reason::TriedBelow { at, in_part: false } => {
            format!("the step before, at {}, did not help", clock(*at))
        }
        Reason::AttemptsFailed { count } => {
            format!("{} did not help", counted(u64::from(*count), "attempt"))
        }
        Reason::StableKnown {
            revision,
            version,
            since,
        } => {
            let version = version
                .as_ref()
                .map_or_else(String::new, |v| format!(" ({})", v.shown()));
            let since = since.map_or_else(String::new, |at| {
                format!(" since {}", at.strftime("%-d %b %H:%M"))
            });
            format!("rev {revision}{version} is marked stable{since}")
        }
        Reason::ProductionAsBad { estimate } => {
            let fails = match compared {
                Compared::Canary => "production fails as much".to_owned(),
                Compared::Production { .. } => {
                    format!("production failed as much {}", other(compared))
                }
            };
            estimate
                .as_ref()
                .map_or_else(|| fails.clone(), |e| format!("{fails}: {}", interval(e)))
        }
        Reason::SharedDependency => match compared {
            Compared::Canary => {
                "if both share a database or another service, that may be the cause"
            }
            Compared::Production { .. } => "the release may still be the cause",
        }
        .to_owned(),
        Reason::ReviewFirst => {
            "no error says that it is this feature: look at it first, then switch".to_owned()
        }
        Reason::EndpointsUnknown { key } => format!("the endpoints of flag {key} are not known"),
        Reason::OwnedBy { owner } => {
            format!("{} writes this object and may revert it", owner.shown())
        }
        Reason::Instances { on, of } => {
            format!(
                "{on} of {} evaluate it as on",
                counted(u64::from(*of), "instance")
            )
        }
        Reason::Stale {
            source: id,
            last: Some(at),
        } => format!("{} last answered {}", source(id), clock(*at)),
        Reason::Stale {
            source: id,
            last: None,
        } => format!("{} never answered", source(id)),
        Reason::LookedAt(things) => format!(
            "nothing in {}",
            things
                .iter()
                .map(|thing| looked(*thing))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// How many of the machines' metrics are named; the others are counted.
const NAMED: usize = 4;

fn machines_well(looked_at: &[Metric]) -> String {
    let named: Vec<&str> = looked_at.iter().take(NAMED).map(metric).collect();
    let more = match looked_at.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", {more} more"),
    };
    format!("machines are well: {}{more}", named.join(", "))
}

const fn looked(thing: Looked) -> &'static str {
    match thing {
        Looked::OtherEndpoints => "other endpoints",
        Looked::Machines => "cpu, memory",
        Looked::Pods => "restarts, readiness",
        Looked::Release => "release state",
        Looked::Owner => "owner",
        Looked::Production => "production",
    }
}

/// A crossed limit.
pub(crate) fn red_line(line: &RedLine, compared: Compared) -> String {
    let side = judged(compared);
    match line {
        RedLine::WontStart {
            ready,
            wanted,
            reason: why,
        } => format!("{ready} of {wanted} {side} pods ready: {}", why.shown()),
        RedLine::Down => format!("no {side} pod is ready"),
        RedLine::Restarts { per_minute } => {
            format!("{per_minute:.1} container restarts a minute on {side}")
        }
        RedLine::Over {
            metric: of,
            value: is,
            limit,
        } => format!(
            "{side} {} is {}, over {}",
            metric(of),
            value(*is),
            super::number::limit(*limit, Some(*is))
        ),
    }
}
