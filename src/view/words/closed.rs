//! Why something is closed: a word for what it waits for, and the wait itself with its end.

use jiff::Timestamp;

use super::compare::metric;
use super::reason::red_line;
use super::source::source;
use super::time::{between, clock};
use crate::domain::exporter::Exporter;
use crate::domain::release::ReleaseStatus;
use crate::domain::verdict::Metric;
use crate::engine::advisor::reason::Closed;
use crate::engine::assess::{Compared, RedLine};

/// The thing that is in the way, and how.
pub(crate) fn closed(why: &Closed, now: Timestamp) -> (&str, String) {
    match why {
        Closed::SecurityIncident { since } => (
            "security",
            format!("an incident stands since {}; end it first", clock(*since)),
        ),
        Closed::NoCanary => ("canary", "both sides run the same version".to_owned()),
        Closed::Soak { until } if *until > now => (
            "soak",
            format!(
                "{} more, to {}, while nothing turns bad",
                between(now, *until),
                clock(*until)
            ),
        ),
        Closed::Soak { until } => ("soak", format!("was to end at {}", clock(*until))),
        Closed::NotPassed { metric: of } => (
            metric(of),
            "not yet shown to be no worse than production's".to_owned(),
        ),
        Closed::OtherExporters {
            metric: of,
            canary,
            production,
        } => (metric(of), other_exporters(of, *canary, *production)),
        Closed::NoPods { metric: of } => (
            metric(of),
            "not compared, for pods are not counted: set prometheus.pods".to_owned(),
        ),
        Closed::Worse { metric: of } => (
            metric(of),
            "worse than production, now or before".to_owned(),
        ),
        Closed::RedLine(line) => ("red line", red_line(line, Compared::Canary)),
        Closed::NoEvidence { source: Some(id) } => {
            ("evidence", format!("no answer from {}", source(id)))
        }
        Closed::NoEvidence { source: None } => ("evidence", "a metric has no series".to_owned()),
        Closed::ProductionBad => ("production", "is bad itself".to_owned()),
        Closed::TakenBack { revision } => (
            "version",
            format!("production ran it as rev {revision} and was taken back; release another"),
        ),
        Closed::NoFlag => ("flag", "no flag explains the errors".to_owned()),
        Closed::FlagOff => ("flag", "is off already".to_owned()),
        Closed::NoStable => ("stable", "no version is marked stable".to_owned()),
        Closed::StableUnknown { missing } => {
            ("stable", format!("may not be read; missing: {missing}"))
        }
        Closed::SchemaUnfit => (
            "schema",
            "the stable version can't run on the schema as it is".to_owned(),
        ),
        Closed::StableGone { revision } => (
            "stable",
            format!("rev {revision} is not in Helm's history any more"),
        ),
        Closed::RunsStable => ("stable", "the stable version runs already".to_owned()),
        Closed::Pending { status } => (
            "release",
            format!("is in the middle of {}", release_status(*status)),
        ),
        Closed::NoRoute => ("route", "no route is set up".to_owned()),
        Closed::NoMigration => ("migration", "no migration took part".to_owned()),
        Closed::NoRestore => ("restore", "no restore pipeline is set up".to_owned()),
        Closed::ByHand => (
            "by hand",
            "flightdeck advises it and can't carry it out".to_owned(),
        ),
        Closed::NothingWrong => ("-", "nothing is wrong".to_owned()),
        Closed::EarlierRung => ("order", "something else comes first".to_owned()),
    }
}

/// Why something is closed, in one text: the word, what parts it, and the wait. What is not there needs no word before it.
pub(crate) fn whole(why: &Closed, now: Timestamp, parted: &str) -> String {
    let (what, how) = closed(why, now);
    if is_absent(why) || matches!(why, Closed::NothingWrong) {
        how
    } else {
        format!("{what}{parted}{how}")
    }
}

/// Whether something is closed because a thing is not there: the wait says which.
pub(crate) const fn is_absent(why: &Closed) -> bool {
    match why {
        Closed::NoFlag
        | Closed::NoStable
        | Closed::NoRoute
        | Closed::NoMigration
        | Closed::NoRestore
        | Closed::NoEvidence { source: Some(_) }
        | Closed::RedLine(RedLine::Down) => true,
        Closed::SecurityIncident { .. }
        | Closed::NoCanary
        | Closed::Soak { .. }
        | Closed::NotPassed { .. }
        | Closed::OtherExporters { .. }
        | Closed::NoPods { .. }
        | Closed::Worse { .. }
        | Closed::RedLine(
            RedLine::WontStart { .. } | RedLine::Restarts { .. } | RedLine::Over { .. },
        )
        | Closed::NoEvidence { source: None }
        | Closed::ProductionBad
        | Closed::TakenBack { .. }
        | Closed::FlagOff
        | Closed::StableUnknown { .. }
        | Closed::SchemaUnfit
        | Closed::StableGone { .. }
        | Closed::RunsStable
        | Closed::Pending { .. }
        | Closed::ByHand
        | Closed::NothingWrong
        | Closed::EarlierRung => false,
    }
}

/// Helm's status in words.
pub(crate) const fn release_status(status: ReleaseStatus) -> &'static str {
    match status {
        ReleaseStatus::Unknown => "unknown",
        ReleaseStatus::Deployed => "deployed",
        ReleaseStatus::Uninstalled => "uninstalled",
        ReleaseStatus::Superseded => "superseded",
        ReleaseStatus::Failed => "failed",
        ReleaseStatus::Uninstalling => "being removed",
        ReleaseStatus::PendingInstall => "an install",
        ReleaseStatus::PendingUpgrade => "an upgrade",
        ReleaseStatus::PendingRollback => "a rollback",
    }
}

/// That two exporters tell a gauge, and which setting makes them mean the same.
fn other_exporters(of: &Metric, canary: Exporter, production: Exporter) -> String {
    let key = match of {
        Metric::Gauge(gauge) => format!("signals.{gauge}"),
        Metric::Errors | Metric::Slow | Metric::Readiness | Metric::Requests => {
            "signals".to_owned()
        }
    };
    format!(
        "not compared, set {key} alike: {} on canary, {} on production",
        canary.as_str(),
        production.as_str()
    )
}
