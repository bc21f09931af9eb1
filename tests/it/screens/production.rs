//! Production's soak after a promotion: calm, by its limits alone, and a release that turned bad there.

use flightdeck::app::state::{Screen, State};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::release::ReleaseStatus;
use flightdeck::domain::verdict::{Metric, NoData, Verdict};
use flightdeck::engine::advisor::advice::{Headline, RungKind, RungState, RungTarget};
use flightdeck::engine::advisor::reason::{Closed, Looked, Reason};
use flightdeck::engine::assess::{Compared, Promoted, Value};

use super::fixture::{
    Weather, at, breach_rows, calm_rows, estimate, release, revision, rungs, service_name,
};
use super::gallery::Gallery;

fn soaks(is_seen: bool) -> Headline {
    Headline::ProductionSoak {
        began: at("03:03:41"),
        ends: at("03:13:41"),
        before: at("03:01:50"),
        is_seen,
        errors: is_seen.then(|| estimate(1.0, 0.7, 1.4)),
    }
}

/// What was on canary runs on production too.
fn promoted(weather: Weather, is_seen: bool) -> State {
    let mut state = weather.state();
    let checkout = state.world.services.get_mut(&service_name("checkout"));
    let checkout = checkout.unwrap();
    let soaks = Promoted {
        counts_from: at("03:03:41"),
        soak_ends: at("03:13:41"),
        before: at("03:01:50"),
        is_seen,
    };
    let assessment = &mut checkout.assessment;
    (assessment.canary_began, assessment.soak_ends) = (None, None);
    assessment.promoted = Some(soaks);
    assessment.window.from = Some(soaks.counts_from);
    let before = soaks.before;
    checkout.advice.compared = Compared::Production { before };
    let hurt = &mut checkout.advice.hurt;
    (hurt.canary_share, hurt.canary_pods) = (Some(0.952), Some((24, 24)));
    hurt.production_failing = None;
    for rung in &mut checkout.advice.rungs {
        match &mut rung.target {
            RungTarget::Flag { environment, .. }
            | RungTarget::Release { environment, .. }
            | RungTarget::Environment(environment) => *environment = Environment::Production,
            RungTarget::Traffic(_) | RungTarget::OnCall => {}
        }
    }
    let production = checkout
        .evidence
        .environments
        .get_mut(&Environment::Production)
        .unwrap();
    production.workload.as_mut().unwrap().value.version = Some("2.14.0".into());
    let revisions = &mut production.releases.as_mut().unwrap().value.revisions;
    revisions[0].status = ReleaseStatus::Superseded;
    let deployed = "2026-11-21T03:01:50Z";
    revisions.push(release(14, "2.14.0", deployed, ReleaseStatus::Deployed));
    state
}

fn calm(gallery: &mut Gallery) {
    let mut weather = Weather::calm("03:06:51", soaks(true));
    weather.waits = vec![Closed::NoCanary];
    let state = promoted(weather, true);
    gallery.hang("production-soak", &state);
    gallery.hang("production-soak-services", &super::services::on(state));
}

fn by_limits(gallery: &mut Gallery) {
    let mut weather = Weather::calm("03:06:51", soaks(false));
    weather.rows = calm_rows(&Verdict::NoData(NoData::NoBefore));
    for row in &mut weather.rows {
        (row.estimate, row.production) = (None, None);
    }
    weather.waits = vec![Closed::NoCanary];
    gallery.hang("production-soak-limits", &promoted(weather, false));
}

fn turned_bad(gallery: &mut Gallery) {
    let since = at("03:09:58");
    let headline = Headline::Breach {
        metric: Metric::Errors,
        since,
        estimate: Some(estimate(25.2, 19.2, 34.1)),
    };
    let mut weather = Weather::breach("03:12:41", headline);
    weather.rows = breach_rows(25.2, 0.051);
    weather.rows[0].production = Some(Value::Share(0.002));
    weather.rungs = rungs(false);
    weather.rungs[0].state = RungState::NotNeeded(Closed::NoFlag);
    let rollback = &mut weather.rungs[1];
    rollback.state = RungState::Recommended;
    rollback.reasons = vec![
        Reason::ErrorsSpread {
            endpoints: 3,
            since,
        },
        Reason::StableKnown {
            revision: revision(13),
            version: Some("2.13.4".into()),
            since: Some("2026-11-15T09:00:00Z".parse().unwrap()),
        },
    ];
    rollback.against = vec![Reason::LookedAt(vec![
        Looked::Release,
        Looked::Owner,
        Looked::Production,
    ])];
    weather.rungs[5].state = RungState::Next;
    weather.first = Some(RungKind::Rollback);
    weather.waits = vec![Closed::NoCanary];
    weather.failing = (60.0, 0.0);
    weather.production_well = Some(false);
    let mut state = promoted(weather, true);
    gallery.hang("production-breach", &state);
    state.ui.screen = Screen::Evidence {
        metric: Metric::Errors,
        query: false,
    };
    gallery.hang("production-evidence", &state);
    state.ui.screen = Screen::Chart {
        metric: Metric::Errors,
    };
    gallery.hang("production-chart", &state);
    state.ui.screen = Screen::Ladder;
    gallery.hang("production-ladder", &state);
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    calm(gallery);
    by_limits(gallery);
    turned_bad(gallery);
}
