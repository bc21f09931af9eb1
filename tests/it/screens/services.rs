//! The list of services: a few and forty, filtered, and where nothing is known.

use flightdeck::app::action::Action;
use flightdeck::app::event::{Event, Press};
use flightdeck::app::field::Field;
use flightdeck::app::sieve::{Order, Table};
use flightdeck::app::state::State;
use flightdeck::app::update;
use flightdeck::domain::environment::Environment;
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::advisor::advice::{Advice, Headline, RungKind};
use flightdeck::engine::advisor::reason::Closed;
use flightdeck::engine::assess::{RedLine, Value};

use super::fixture::{at, estimate, prometheus, refuses, service_name};
use super::gallery::Gallery;
use super::ladder::did_not_help;
use super::weather::{blinded, breach, calm, unread};

/// The screen as it is opened.
pub(crate) fn on(mut state: State) -> State {
    state.ui.news = None;
    let press = Press {
        held: false,
        together: false,
        again_after_ms: None,
        plan_shown_ms: 0,
    };
    let (action, at) = (Action::Services, state.world.now);
    update(state, Event::Act { action, at, press }).0
}

/// Forty services: the story's three, and others as many weathers as there are.
fn forty() -> State {
    let mut state = breach();
    let (calm, bad) = (
        state.world.services[&service_name("ledger")].clone(),
        state.world.services[&service_name("checkout")].clone(),
    );
    let soak = |began: &str| Headline::Soak {
        began: at(began),
        ends: at("03:13:41"),
        errors: None,
    };
    let others = [
        ("notification-gateway", soak("03:10:00")),
        ("recommendations", red_line()),
        ("payments", both_bad()),
        ("invoices", blind()),
        (
            "basket",
            Headline::WasBad {
                metric: Metric::Errors,
                since: at("02:59:00"),
                until: at("03:01:10"),
            },
        ),
        (
            "a-service-with-a-name-as-long-as-a-cluster-lets-one-be-called",
            Headline::Helped {
                acted_at: at("03:01:00"),
                recovered_at: at("03:03:30"),
            },
        ),
        (
            "shipping",
            Headline::Reading {
                waiting: vec![prometheus()],
            },
        ),
        (
            "reviews",
            Headline::NotEnough {
                metric: Metric::Errors,
                have: 120,
                need: 4200,
                seconds: None,
            },
        ),
    ];
    let numbered = (1..30).map(|number| (format!("worker-{number:02}"), Headline::Idle));
    let named = others.map(|(name, headline)| (name.to_owned(), headline));
    for (name, headline) in named.into_iter().chain(numbered) {
        let hurt = matches!(
            headline,
            Headline::RedLine { .. } | Headline::BothBad { .. }
        );
        let mut service = if hurt { bad.clone() } else { calm.clone() };
        if hurt {
            let first = if name == "payments" {
                RungKind::People
            } else {
                RungKind::Rollback
            };
            service.advice = Advice {
                first: Some(first),
                ..service.advice
            };
        }
        service.evidence.service = service_name(&name);
        service.advice.headline = headline;
        state.world.services.insert(service_name(&name), service);
    }
    on(state)
}

fn red_line() -> Headline {
    Headline::RedLine {
        line: RedLine::WontStart {
            ready: 0,
            wanted: 4,
            reason: "ImagePullBackOff".into(),
        },
        since: Some(at("03:10:31")),
    }
}

fn both_bad() -> Headline {
    Headline::BothBad {
        metric: Metric::Errors,
        canary: 0.083,
        production: 0.081,
        estimate: Some(estimate(1.0, 0.9, 1.1)),
        since: Some(at("03:09:40")),
    }
}

fn blind() -> Headline {
    Headline::Blind {
        last: Some(Box::new(Headline::Breach {
            metric: Metric::Slow,
            since: at("03:04:58"),
            estimate: Some(estimate(3.2, 2.2, 4.1)),
        })),
        as_of: Some(at("03:08:05")),
        source: prometheus(),
        trouble: refuses(),
        next_try: at("03:15:03"),
    }
}

fn three_services_in_a_breach(gallery: &mut Gallery) {
    let state = on(breach());
    gallery.in_every_look("services-breach", &state);
}

fn forty_services(gallery: &mut Gallery) {
    let mut state = forty();
    gallery.hang("services-forty", &state);
    state.ui.roster.selected = Some(service_name("worker-17"));
    gallery.hang("services-far-down", &state);
    state.ui.sieves.of_mut(Table::Services).order = Some(Order::Requests);
    let busiest = state
        .world
        .services
        .get_mut(&service_name("worker-03"))
        .unwrap();
    for row in &mut busiest.assessment.rows {
        if row.verdict.metric == Metric::Requests {
            row.canary = Some(Value::PerSecond(12_400.0));
        }
    }
    gallery.hang("services-as-of", &state);
}

fn a_filter_and_what_it_leaves(gallery: &mut Gallery) {
    let mut state = forty();
    state.ui.sieves.of_mut(Table::Services).filter = Field::of("breach");
    state.ui.sieves.of_mut(Table::Services).writing = true;
    state.ui.roster.selected = Some(service_name("payments"));
    gallery.hang("services-filtered", &state);
    state.ui.sieves.of_mut(Table::Services).writing = false;
    gallery.hang("services-kept", &state);
    state.ui.sieves.of_mut(Table::Services).filter = Field::of("br\u{1b}[2J");
    gallery.hang("services-nothing", &state);
}

fn services_in_other_weather(gallery: &mut Gallery) {
    gallery.hang("services-calm", &on(calm()));
    gallery.hang("services-blind", &on(blinded()));
    gallery.hang("services-tried", &on(did_not_help()));
    let mut reading = unread();
    let checkout = reading.world.services[&service_name("checkout")].clone();
    for (name, service) in &mut reading.world.services {
        let of = service.evidence.service.clone();
        *service = checkout.clone();
        service.evidence.service = of;
        assert_eq!(*name, service.evidence.service);
        for side in service.evidence.environments.values_mut() {
            (side.workload, side.releases, side.flags) = (None, None, None);
        }
    }
    gallery.hang("services-reading", &on(reading));
    let mut alone = calm();
    let services = &mut alone.world.services;
    services.retain(|name, _| name.as_str() == "checkout");
    let checkout = services.get_mut(&service_name("checkout")).unwrap();
    checkout.advice.promotion.waits = vec![Closed::NoCanary];
    checkout.evidence.environments.remove(&Environment::Canary);
    checkout.assessment.rows.clear();
    checkout.advice.headline = Headline::Idle;
    gallery.hang("services-alone", &on(alone));
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    three_services_in_a_breach(gallery);
    forty_services(gallery);
    a_filter_and_what_it_leaves(gallery);
    services_in_other_weather(gallery);
}
