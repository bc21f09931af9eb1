//! The lines around the verdict: flags, releases, pods and sources, a line each.

use jiff::{SignedDuration, Timestamp};

use crate::domain::environment::{Environment, Place};
use crate::domain::flag::{Evaluation, FlagDefinition, FlagState};
use crate::domain::grid::UNIT_SECONDS;
use crate::domain::names::FlagKey;
use crate::domain::release::{ReleaseHistory, ReleaseStatus};
use crate::domain::source::{SourceId, SourceState};
use crate::engine::advisor::advice::{RungState, RungTarget};
use crate::engine::assess::sources::old_after;
use crate::engine::evidence::EnvironmentEvidence;
use crate::theme::Role;
use crate::view::canvas::Line;
use crate::view::scene::Scene;
use crate::view::words::alert::alert;
use crate::view::words::fit::first_that_fits;
use crate::view::words::source::in_short;
use crate::view::words::time::{between, when};

/// The room of these lines on 80 columns.
const AROUND: u16 = 65;

/// A change of the last hour is news.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// The flag that matters: the advised one, else the one that was changed last, else one that canary and production differ
/// in, else the first.
pub(crate) fn flag_that_matters(scene: &Scene<'_>) -> Option<FlagKey> {
    let service = scene.service()?;
    let advised = service.advice.rungs.iter().find_map(|rung| {
        let matters = matches!(
            rung.state,
            RungState::Recommended | RungState::Running { .. } | RungState::Done { .. }
        );
        match &rung.target {
            RungTarget::Flag { key, .. } if matters => Some(key.clone()),
            RungTarget::Flag { .. }
            | RungTarget::Release { .. }
            | RungTarget::Traffic(_)
            | RungTarget::Environment(_)
            | RungTarget::OnCall => None,
        }
    });
    let flags = |e| scene.environment(e).and_then(|e| e.flags.as_ref());
    let canary = flags(Environment::Canary);
    let differs = canary.and_then(|canary| {
        let production = flags(Environment::Production);
        canary.value.flags.iter().find_map(|(key, flag)| {
            let other = production.and_then(|p| p.value.flags.get(key));
            (other.is_some_and(|o| o.state != flag.state)).then(|| key.clone())
        })
    });
    let changed = canary.and_then(|canary| {
        let changes = canary.value.flags.iter().filter_map(|(key, flag)| {
            let at = flag.changed.as_ref()?.at;
            let age = scene.now().duration_since(at);
            (age < RECENT).then_some((at, key))
        });
        changes
            .max_by_key(|(at, _)| *at)
            .map(|(_, key)| key.clone())
    });
    advised
        .or(changed)
        .or(differs)
        .or_else(|| canary?.value.flags.keys().next().cloned())
}

/// Whether a flag is on in an environment: what the instances say, else what its definition allows.
pub(crate) fn on_off(definition: &FlagDefinition, asked: &[Evaluation]) -> (char, String) {
    let known: Vec<bool> = asked.iter().filter_map(|e| e.answer.is_on()).collect();
    let on = known.iter().filter(|on| **on).count();
    if known.is_empty() {
        match definition.state {
            FlagState::Enabled => ('?', "enabled".to_owned()),
            FlagState::Disabled => ('○', "off".to_owned()),
        }
    } else if on == known.len() {
        ('●', "on".to_owned())
    } else if on == 0 {
        ('○', "off".to_owned())
    } else {
        ('!', format!("on for {on} of {}", known.len()))
    }
}

/// What an environment's instances answer of a flag.
pub(crate) fn asked<'a>(environment: &'a EnvironmentEvidence, key: &FlagKey) -> &'a [Evaluation] {
    environment
        .evaluations
        .as_ref()
        .and_then(|e| e.value.flags.get(key))
        .map_or(&[], Vec::as_slice)
}

/// One flag of one environment: `● on canary`.
pub(crate) fn flag_on(scene: &Scene<'_>, environment: Environment, key: &FlagKey) -> Line {
    let unknown = || {
        Line::new()
            .with(Role::Watch, "? ")
            .with(Role::Text, format!("unknown on {environment}"))
    };
    let Some(evidence) = scene.environment(environment) else {
        return Line::new();
    };
    let Some(flags) = &evidence.flags else {
        return unknown();
    };
    let Some(definition) = flags.value.flags.get(key) else {
        return Line::text(format!("- not on {environment}"));
    };
    let (symbol, word) = on_off(definition, asked(evidence, key));
    match word.as_str() {
        "on" => Line::text(format!("{symbol} on {environment}")),
        other => Line::text(format!("{symbol} {other} on {environment}")),
    }
}

/// The line of flags.
pub(crate) fn flags(scene: &Scene<'_>) -> (Line, String) {
    let Some(key) = flag_that_matters(scene) else {
        return (Line::text("none seen"), String::new());
    };
    let canary = flag_on(scene, Environment::Canary, &key);
    let production = flag_on(scene, Environment::Production, &key);
    let count = scene
        .environment(Environment::Canary)
        .and_then(|e| e.flags.as_ref())
        .map_or(0, |f| f.value.flags.len().saturating_sub(1));
    let more = if count > 0 {
        format!("{count} more")
    } else {
        String::new()
    };
    (
        Line::text(format!("{key}: "))
            .then(canary)
            .with(Role::Text, "   ")
            .then(production),
        more,
    )
}

/// A release: `rev 14 since 03:01:22`, `rev 13, stable for 6d`.
pub(crate) fn release(scene: &Scene<'_>, history: &ReleaseHistory) -> String {
    let now = scene.now();
    // What is under way or has failed is what a person looks for, not the revision before it.
    let Some(current) = history.revisions.last() else {
        return "no release".to_owned();
    };
    let mut text = format!("rev {}", current.revision);
    let doing = match current.status {
        ReleaseStatus::Deployed => "",
        ReleaseStatus::PendingInstall => " installing",
        ReleaseStatus::PendingUpgrade => " upgrading",
        ReleaseStatus::PendingRollback => " rolling back",
        ReleaseStatus::Failed => " FAILED",
        ReleaseStatus::Uninstalling => " being removed",
        ReleaseStatus::Uninstalled | ReleaseStatus::Superseded => " removed",
        ReleaseStatus::Unknown => " in an unknown state",
    };
    text.push_str(doing);
    match history.stable.mark() {
        Some(stable) if stable.revision == current.revision => match stable.marked_at {
            Some(at) => text = format!("{text}, stable for {}", between(at, now)),
            None => text.push_str(", stable"),
        },
        Some(_) | None => {
            let since = current
                .detail
                .as_ref()
                .and_then(|d| d.last_deployed)
                .or(current.modified);
            if let Some(at) = since {
                text = format!("{text} since {}", when(at, now));
            }
        }
    }
    text
}

/// The line of releases.
pub(crate) fn releases(scene: &Scene<'_>) -> Line {
    let side = |environment: Environment| {
        let text = scene
            .environment(environment)
            .and_then(|e| e.releases.as_ref())
            .map_or_else(|| "?".to_owned(), |r| release(scene, &r.value));
        format!("{environment} {text}")
    };
    let (canary, production) = (side(Environment::Canary), side(Environment::Production));
    let brief = production.split(',').next().unwrap_or_default();
    let short = format!("{canary}   {brief}");
    Line::text(first_that_fits(
        [format!("{canary}   {production}"), short],
        AROUND,
    ))
}

/// Pods of an environment: `4 of 4 ready, 2 restarts`.
pub(crate) fn pods_of(scene: &Scene<'_>, environment: Environment) -> String {
    scene
        .environment(environment)
        .and_then(|e| e.workload.as_ref())
        .map_or_else(
            || "?".to_owned(),
            |w| {
                let restarts = match w.value.restarts_recent {
                    0 => String::new(),
                    n => format!(", {n} restarts in 5m"),
                };
                let worst = w
                    .value
                    .worst
                    .first()
                    .map_or_else(String::new, |pod| format!(", {}", pod.reason.shown()));
                format!(
                    "{} of {} ready{restarts}{worst}",
                    w.value.ready, w.value.wanted
                )
            },
        )
}

/// The line of pods.
pub(crate) fn pods(scene: &Scene<'_>) -> Line {
    Line::text(format!(
        "canary {}   production {}",
        pods_of(scene, Environment::Canary),
        pods_of(scene, Environment::Production)
    ))
}

/// The alerts that fire and name the shown service, a line each; none in quiet times. Those of a server that is silent are
/// told as of when it said so.
pub(crate) fn alerts(scene: &Scene<'_>, most: u16) -> Vec<Line> {
    let environments = Environment::ALL.into_iter();
    let seen = environments.filter_map(|of| Some((of, scene.environment(of)?.alerts.as_ref()?)));
    let firing = seen.flat_map(|(of, alerts)| {
        let as_of = is_old(scene, of, alerts.at).then_some(alerts.at);
        alerts.value.firing().map(move |a| (of, as_of, a))
    });
    firing
        .map(|(of, as_of, firing)| {
            let text = alert(firing, of, as_of, scene.now(), most.saturating_sub(2));
            let sign = as_of.map_or("! ", |_| "? ");
            Line::new().with(Role::Watch, sign).with(Role::Text, text)
        })
        .collect()
}

/// Whether what an environment's metrics server told at a time is old: it fails, or has told nothing like it for too long.
fn is_old(scene: &Scene<'_>, of: Environment, told: Timestamp) -> bool {
    let id = SourceId::Prometheus(Place::new(scene.state.ui.service.clone(), of));
    let state = scene.world.sources.get(&id);
    let red = scene.environment(of).and_then(|e| e.red.as_ref());
    let interval = red.map_or(UNIT_SECONDS, |red| red.value.grid.seconds());
    let most = SignedDuration::from_secs(i64::from(old_after(&id, interval)));
    matches!(state, Some(SourceState::Failing { .. })) || scene.now().duration_since(told) > most
}

/// The sources that do not answer, worst news first; then how many do.
pub(crate) fn sources(scene: &Scene<'_>) -> Vec<Line> {
    let Some(service) = scene.service() else {
        return Vec::new();
    };
    let all = &service.evidence.sources;
    let bad: Vec<Line> = all
        .iter()
        .filter_map(|(id, state)| in_short(id, state, scene.now()))
        .map(|text| Line::new().with(Role::Watch, "? ").with(Role::Text, text))
        .collect();
    if bad.is_empty() {
        vec![Line::text(format!("all {} answer", all.len()))]
    } else {
        bad
    }
}
