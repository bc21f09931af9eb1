//! The overview in every weather, the evidence, and the flags.

use flightdeck::app::field::Field;
use flightdeck::app::sieve::{Order, Table};
use flightdeck::app::state::{Mode, News, Screen, State};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::flag::FlagState;
use flightdeck::domain::metrics::Tally;
use flightdeck::domain::names::OpId;
use flightdeck::domain::source::SourceState;
use flightdeck::domain::verdict::{Metric, NoData, Unsure, Verdict, Watch};
use flightdeck::engine::advisor::advice::{Effect, Headline, RungKind, RungState};
use flightdeck::engine::advisor::reason::{Closed, Looked, Reason};
use flightdeck::engine::assess::{After, Limit, RedLine, Value, WindowKind};
use flightdeck::engine::evidence::{Attempt, Tried};

use super::fixture::{
    Weather, at, breach_rows, calm_rows, estimate, flag_key, place, prometheus, refuses, rungs,
    service_name,
};
use super::gallery::Gallery;
use jiff::Timestamp;

pub(crate) fn breach() -> State {
    let headline = Headline::Breach {
        metric: Metric::Errors,
        since: at("03:09:58"),
        estimate: Some(estimate(25.2, 19.2, 34.1)),
    };
    let mut state = Weather::breach("03:12:41", headline).state();
    state.ui.news = Some(News::Service(service_name("search")));
    state
}

fn soak() -> Headline {
    Headline::Soak {
        began: at("03:08:41"),
        ends: at("03:13:41"),
        errors: Some(estimate(1.0, 0.1, 3.5)),
    }
}

fn tried(state: &mut State, acted: &str) {
    let service = state
        .world
        .services
        .get_mut(&service_name("checkout"))
        .unwrap();
    service.evidence.attempts.push(Attempt {
        op: Some(OpId::parse("op-1").unwrap()),
        place: place(Environment::Canary),
        what: Tried::Flag {
            key: flag_key(),
            to: FlagState::Disabled,
        },
        at: at(acted),
        outcome: None,
        recovered_at: None,
        helped_at: None,
    });
}

fn breach_overview(gallery: &mut Gallery) {
    gallery.in_every_look("breach", &breach());
}

/// Nothing was told yet.
pub(crate) fn unread() -> State {
    let headline = Headline::Reading {
        waiting: vec![prometheus()],
    };
    let mut weather = Weather::calm("03:00:02", headline);
    weather.rows = Vec::new();
    weather.waits = vec![Closed::NoEvidence {
        source: Some(prometheus()),
    }];
    weather.production_well = None;
    let mut state = weather.state();
    state.world.mode = Mode::Demo;
    let service = state
        .world
        .services
        .get_mut(&service_name("checkout"))
        .unwrap();
    service.assessment.window.from = None;
    service.assessment.endpoints.clear();
    service.evidence.sources.insert(
        prometheus(),
        SourceState::Reading {
            since: at("03:00:00"),
        },
    );
    state
}

fn reading(gallery: &mut Gallery) {
    gallery.hang("reading", &unread());
}

fn idle(gallery: &mut Gallery) {
    let mut weather = Weather::calm("03:00:30", Headline::Idle);
    weather.rows = calm_rows(&Verdict::NoData(NoData::NoCanary));
    for row in &mut weather.rows {
        row.estimate = None;
    }
    weather.waits = vec![Closed::NoCanary];
    weather.window = WindowKind::Recent;
    let mut state = weather.state();
    let checkout = state.world.services.get_mut(&service_name("checkout"));
    let environments = &mut checkout.unwrap().evidence.environments;
    let stable = environments[&Environment::Production].releases.clone();
    let canary = environments.get_mut(&Environment::Canary).unwrap();
    canary.releases = stable;
    canary.workload.as_mut().unwrap().value.version = Some("2.13.4".into());
    gallery.hang("idle", &state);
}

fn warming_up(gallery: &mut Gallery) {
    let until = at("03:02:30");
    let mut weather = Weather::calm("03:01:50", Headline::WarmingUp { until });
    weather.rows = calm_rows(&Verdict::NoData(NoData::WarmingUp { until }));
    weather.window = WindowKind::Recent;
    gallery.hang("warming-up", &weather.state());
}

/// A canary that soaks, and nothing wrong.
pub(crate) fn calm() -> State {
    Weather::calm("03:09:32", soak()).state()
}

fn calm_soak(gallery: &mut Gallery) {
    let mut state = calm();
    state.world.read_only = Some("the disk is full".to_owned());
    gallery.hang("soak", &state);
}

fn passed(gallery: &mut Gallery) {
    let headline = Headline::Passed {
        since: at("03:13:41"),
    };
    let mut weather = Weather::calm("03:14:02", headline);
    weather.rows = calm_rows(&Verdict::Pass);
    weather.waits = Vec::new();
    gallery.hang("passed", &weather.state());
}

fn not_enough(gallery: &mut Gallery) {
    let headline = Headline::NotEnough {
        metric: Metric::Errors,
        have: 120,
        need: 4200,
        seconds: Some(3780),
    };
    let mut weather = Weather::calm("03:14:02", headline);
    weather.rows = calm_rows(&Verdict::Unsure(Unsure::TooFewRequests {
        have: 120,
        need: 4200,
        seconds: Some(3780),
    }));
    weather.rows[0].estimate = None;
    weather.waits.remove(0);
    gallery.hang("not-enough", &weather.state());
}

fn watch(gallery: &mut Gallery) {
    let headline = Headline::Watch {
        metric: Metric::Errors,
        estimate: Some(estimate(2.1, 0.9, 4.0)),
    };
    let mut weather = Weather::calm("03:10:32", headline);
    weather.rows[0].verdict = Verdict::Watch(Watch::Growing);
    weather.rows[0].canary = Some(Value::Share(0.0042));
    weather.rows[0].estimate = Some(estimate(2.1, 0.9, 4.0));
    gallery.hang("watch", &weather.state());
}

fn red_line(gallery: &mut Gallery) {
    let line = RedLine::WontStart {
        ready: 0,
        wanted: 4,
        reason: "ImagePullBackOff".into(),
    };
    let headline = Headline::RedLine {
        line: line.clone(),
        since: Some(at("03:10:31")),
    };
    let mut weather = Weather::breach("03:12:41", headline);
    for row in &mut weather.rows {
        if row.metric == Metric::Readiness {
            row.canary = Some(Value::Of { some: 0, all: 4 });
            row.verdict = Verdict::Breach {
                since: at("03:10:31"),
            };
        }
    }
    weather.rungs = rungs(false);
    weather.rungs[0].state = RungState::Blocked(Closed::NoFlag);
    let rollback = &mut weather.rungs[1];
    rollback.state = RungState::Recommended;
    rollback.reasons = vec![
        Reason::RedLine(line),
        Reason::StableKnown {
            revision: super::fixture::revision(13),
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
    let mut state = weather.state();
    let checkout = state.world.services.get_mut(&service_name("checkout"));
    let canary = checkout
        .unwrap()
        .evidence
        .environments
        .get_mut(&Environment::Canary);
    canary.unwrap().workload.as_mut().unwrap().value.ready = 0;
    gallery.hang("red-line", &state);
}

fn both_bad(gallery: &mut Gallery) {
    let alike = estimate(1.0, 0.9, 1.1);
    let headline = Headline::BothBad {
        metric: Metric::Errors,
        canary: 0.083,
        production: 0.081,
        estimate: Some(alike),
        since: Some(at("03:09:40")),
    };
    let mut weather = Weather::breach("03:12:41", headline);
    weather.rows = breach_rows(1.0, 0.083);
    weather.rows[0].production = Some(Value::Share(0.081));
    weather.rows[0].estimate = Some(alike);
    weather.rungs = rungs(false);
    weather.rungs[0].state = RungState::Blocked(Closed::ProductionBad);
    weather.rungs[1].state = RungState::Blocked(Closed::ProductionBad);
    let people = &mut weather.rungs[5];
    people.state = RungState::Recommended;
    people.reasons = vec![Reason::ProductionAsBad {
        estimate: Some(alike),
    }];
    people.against = vec![Reason::SharedDependency];
    weather.first = Some(RungKind::People);
    weather.failing = (5.0, 95.0);
    weather.production_well = Some(false);
    gallery.hang("both-bad", &weather.state());
}

fn still(acted_at: Timestamp) -> Headline {
    Headline::StillBad {
        metric: Metric::Errors,
        estimate: Some(estimate(4.6, 3.1, 6.4)),
        acted_at,
    }
}

/// The flag is off and it helped in part: the release is next.
pub(crate) fn still_bad() -> State {
    let acted_at = at("03:13:03");
    let mut weather = Weather::breach("03:14:12", still(acted_at));
    weather.flag_on = false;
    weather.rungs[0].state = RungState::Done {
        at: acted_at,
        effect: Effect::HelpedInPart,
    };
    weather.rungs[1].state = RungState::Recommended;
    weather.rungs[1].reasons = vec![
        Reason::TriedBelow {
            at: acted_at,
            in_part: true,
        },
        Reason::ErrorsSpread {
            endpoints: 3,
            since: at("03:09:58"),
        },
    ];
    weather.rungs[1].against = vec![Reason::LookedAt(vec![Looked::Release, Looked::Owner])];
    weather.rungs[5].state = RungState::Next;
    weather.first = Some(RungKind::Rollback);
    let mut state = weather.state();
    tried(&mut state, "03:13:03");
    state
}

fn after_the_flag_is_off(gallery: &mut Gallery) {
    let acted_at = at("03:13:03");
    let mut weather = Weather::breach("03:13:41", still(acted_at));
    weather.flag_on = false;
    weather.rungs[0].state = RungState::Done {
        at: acted_at,
        effect: Effect::Waiting {
            until: at("03:14:03"),
        },
    };
    weather.first = None;
    let mut state = weather.state();
    tried(&mut state, "03:13:03");
    gallery.hang("waiting", &state);

    gallery.hang("still-bad", &still_bad());
}

fn helped(gallery: &mut Gallery) {
    let acted_at = at("03:13:03");
    let recovered_at = at("03:14:15");
    let headline = Headline::Helped {
        acted_at,
        recovered_at,
    };
    let mut weather = Weather::calm("03:14:40", headline);
    weather.rows = calm_rows(&Verdict::Pass);
    weather.flag_on = false;
    weather.rungs[0].state = RungState::Done {
        at: acted_at,
        effect: Effect::Recovered { at: recovered_at },
    };
    weather.waits = vec![Closed::Worse {
        metric: Metric::Errors,
    }];
    let mut state = weather.state();
    tried(&mut state, "03:13:03");
    gallery.hang("helped", &state);
}

fn better(gallery: &mut Gallery) {
    let (acted_at, helped_at) = (at("03:13:03"), at("03:14:12"));
    let headline = Headline::Better {
        metric: Metric::Errors,
        acted_at,
        helped_at,
        estimate: Some(estimate(1.8, 0.9, 3.4)),
    };
    let mut weather = Weather::breach("03:14:40", headline);
    weather.rows = breach_rows(1.8, 0.0036);
    weather.rows[0].over = Limit::Within;
    weather.flag_on = false;
    weather.rungs[0].state = RungState::Done {
        at: acted_at,
        effect: Effect::HelpedInPart,
    };
    weather.first = None;
    weather.failing = (0.2, 2.3);
    let mut state = weather.state();
    tried(&mut state, "03:13:03");
    let services = &mut state.world.services;
    let checkout = services.get_mut(&service_name("checkout")).unwrap();
    checkout.assessment.after = Some(After {
        acted_at,
        canary: Tally {
            bad: 19,
            total: 5290,
        },
        production: Tally {
            bad: 210,
            total: 105_300,
        },
        estimate: Some(estimate(1.8, 0.9, 3.4)),
        helped_at: Some(helped_at),
        recovered_at: None,
    });
    gallery.hang("better", &state);
}

fn was_bad(gallery: &mut Gallery) {
    let (since, until) = (at("03:09:58"), at("03:11:30"));
    let headline = Headline::WasBad {
        metric: Metric::Errors,
        since,
        until,
    };
    let mut weather = Weather::calm("03:12:41", headline);
    weather.rows = calm_rows(&Verdict::Pass);
    weather.rows[0].verdict = Verdict::Recovered { since, until };
    weather.waits = vec![Closed::Worse {
        metric: Metric::Errors,
    }];
    gallery.hang("was-bad", &weather.state());
}

/// A breach whose source fell silent.
pub(crate) fn blinded() -> State {
    let last = Headline::Breach {
        metric: Metric::Errors,
        since: at("03:09:58"),
        estimate: Some(estimate(25.2, 19.2, 34.1)),
    };
    let headline = Headline::Blind {
        last: Some(Box::new(last)),
        as_of: Some(at("03:13:05")),
        source: prometheus(),
        trouble: refuses(),
        next_try: at("03:15:03"),
    };
    let mut weather = Weather::breach("03:14:55", headline);
    let stale = Verdict::NoData(NoData::Stale {
        last: at("03:13:05"),
    });
    for row in &mut weather.rows {
        row.verdict = stale.clone();
        row.estimate = None;
    }
    weather.rungs[0].state = RungState::Open;
    weather.first = None;
    weather.waits = vec![Closed::NoEvidence {
        source: Some(prometheus()),
    }];
    let mut state = weather.state();
    let service = state
        .world
        .services
        .get_mut(&service_name("checkout"))
        .unwrap();
    service.evidence.sources.insert(
        prometheus(),
        SourceState::Failing {
            trouble: refuses(),
            since: at("03:13:05"),
            last_good: Some(at("03:13:05")),
            next_try: at("03:15:03"),
        },
    );
    for row in &mut service.assessment.rows {
        row.was = Some(Verdict::Pass);
    }
    service.assessment.rows[0].was = Some(Verdict::Breach {
        since: at("03:09:58"),
    });
    state
}

fn blind(gallery: &mut Gallery) {
    gallery.hang("blind", &blinded());
}

fn other_words(gallery: &mut Gallery) {
    let production_bad = Headline::ProductionBad {
        metric: Metric::Slow,
        canary: Some(Value::Seconds(0.31)),
        production: Some(Value::Seconds(2.4)),
    };
    let mut weather = Weather::calm("03:12:41", production_bad);
    weather.production_well = Some(false);
    weather.rows[1].canary = Some(Value::Seconds(0.31));
    weather.rows[1].production = Some(Value::Seconds(2.4));
    weather.rows[1].estimate = Some(estimate(0.1, 0.1, 0.2));
    gallery.hang("production-bad", &weather.state());
    let not_earned = Headline::NotEarned {
        metric: Metric::Slow,
        estimate: Some(estimate(1.1, 0.8, 1.8)),
    };
    gallery.hang("not-earned", &Weather::calm("03:14:41", not_earned).state());
    let unjudged = Headline::Unjudged {
        metric: Metric::Errors,
        why: NoData::NoTraffic,
    };
    let mut weather = Weather::calm("03:12:41", unjudged);
    for row in &mut weather.rows[..2] {
        row.verdict = Verdict::NoData(NoData::NoTraffic);
        (row.canary, row.estimate) = (None, None);
    }
    gallery.hang("unjudged", &weather.state());
}

fn flags(gallery: &mut Gallery) {
    let mut state = breach();
    state.ui.screen = Screen::Flags;
    gallery.in_every_look("flags", &state);
    let mut narrowed = state.clone();
    let sieve = narrowed.ui.sieves.of_mut(Table::Flags);
    sieve.filter = Field::of("payment");
    sieve.writing = true;
    gallery.in_every_look("flags-filtered", &narrowed);
    let sieve = narrowed.ui.sieves.of_mut(Table::Flags);
    sieve.filter = Field::of("!payment");
    sieve.writing = false;
    sieve.order = Some(Order::State);
    narrowed.ui.flag = flightdeck::app::flags::listed_flags(&narrowed)
        .first()
        .cloned();
    gallery.hang("flags-kept", &narrowed);
    narrowed.ui.sieves.of_mut(Table::Flags).filter = Field::of("moon");
    gallery.hang("flags-none-such", &narrowed);
    state.ui.environment = Environment::Production;
    state.ui.frozen = Some(Box::new(state.world.clone()));
    state.world.now = at("03:13:30");
    gallery.hang("flags-production-frozen", &state);
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    breach_overview(gallery);
    reading(gallery);
    idle(gallery);
    warming_up(gallery);
    calm_soak(gallery);
    passed(gallery);
    not_enough(gallery);
    watch(gallery);
    red_line(gallery);
    both_bad(gallery);
    after_the_flag_is_off(gallery);
    helped(gallery);
    better(gallery);
    was_bad(gallery);
    blind(gallery);
    other_words(gallery);
    flags(gallery);
}
