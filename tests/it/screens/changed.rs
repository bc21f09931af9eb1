//! What changed, in every weather.

use flightdeck::app::field::Field;
use flightdeck::app::sieve::{Order, Table};
use flightdeck::app::state::{Screen, State, Within};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::flag::Changed;
use flightdeck::domain::names::FlagKey;
use flightdeck::domain::release::ReleaseStatus;
use flightdeck::domain::workload::Rollout;
use flightdeck::engine::advisor::advice::Headline;
use flightdeck::engine::timeline::{Id, Of};
use flightdeck::view::render;

use super::fixture::{at, flag_key, release, service_name};
use super::gallery::Gallery;
use super::ladder::did_not_help;
use super::weather::{blinded, breach, calm, unread};
use super::{picture, theme};

/// The screen with the story's other releases: search rolled out on production before, and ledger none at all.
fn on(mut state: State) -> State {
    state.ui.screen = Screen::Changed;
    for (name, service) in &mut state.world.services {
        for (environment, seen) in &mut service.evidence.environments {
            let releases = &mut seen.releases.as_mut().unwrap().value;
            match (name.as_str(), environment) {
                ("checkout", Environment::Canary) => {
                    seen.workload.as_mut().unwrap().value.rollout =
                        Some(Rollout::Complete { at: at("03:01:44") });
                }
                ("checkout", _) => {}
                ("search", Environment::Production) => {
                    releases.revisions = vec![
                        release(
                            40,
                            "1.8.8",
                            "2026-11-14T09:00:00Z",
                            ReleaseStatus::Superseded,
                        ),
                        release(41, "1.8.9", "2026-11-21T02:31:10Z", ReleaseStatus::Deployed),
                    ];
                }
                (_, _) => releases.revisions.clear(),
            }
        }
        if name.as_str() == "checkout" {
            for errors in service.assessment.rows.iter_mut().take(1) {
                errors.certain_at = Some(at("03:10:13"));
            }
        } else {
            service.assessment.canary_began = None;
            service.assessment.soak_ends = None;
        }
    }
    state.ui.changes.selected = Some(Id {
        place: Place::new(service_name("checkout"), Environment::Canary),
        of: Of::Flag(flag_key()),
    });
    state
}

fn what_changed_before_a_breach(gallery: &mut Gallery) {
    let state = on(breach());
    gallery.in_every_look("changed-breach", &state);
}

fn what_changed_and_did_not_help(gallery: &mut Gallery) {
    gallery.hang("changed-in-vain", &on(did_not_help()));
}

fn what_changed_in_calm_and_blind_weather(gallery: &mut Gallery) {
    gallery.hang("changed-calm", &on(calm()));
    gallery.hang("changed-blind", &on(blinded()));
    let mut quiet = on(calm());
    quiet.ui.changes.only = true;
    quiet.world.now = at("05:40:00");
    let checkout = quiet.world.services.get_mut(&service_name("checkout"));
    let advice = &mut checkout.unwrap().advice;
    advice.headline = Headline::Passed {
        since: at("03:13:41"),
    };
    gallery.hang("changed-nothing", &quiet);
    quiet.ui.changes.only = false;
    quiet.ui.changes.within = Within::Day;
    let services = &mut quiet.world.services;
    let search = services.get_mut(&service_name("search")).unwrap();
    let production = search
        .evidence
        .environments
        .get_mut(&Environment::Production);
    let releases = &mut production.unwrap().releases.as_mut().unwrap().value;
    releases.revisions[1] = release(41, "1.8.9", "2026-11-20T22:10:00Z", ReleaseStatus::Deployed);
    gallery.hang("changed-day", &quiet);
    let mut unread = on(unread());
    for service in unread.world.services.values_mut() {
        service.assessment.canary_began = None;
        for seen in service.evidence.environments.values_mut() {
            (seen.releases, seen.flags, seen.workload) = (None, None, None);
        }
        unread
            .world
            .sources
            .extend(service.evidence.sources.clone());
    }
    gallery.hang("changed-reading", &unread);
}

fn more_changes_than_rows(gallery: &mut Gallery) {
    let mut state = on(breach());
    let services = &mut state.world.services;
    let checkout = services.get_mut(&service_name("checkout")).unwrap();
    let canary = checkout.evidence.environments.get_mut(&Environment::Canary);
    let flags = &mut canary.unwrap().flags.as_mut().unwrap().value.flags;
    let one = flags.get(&flag_key()).unwrap().clone();
    for minute in 20..50 {
        let mut flag = one.clone();
        flag.changed = Some(Changed {
            at: at(&format!("02:{minute}:00")),
            by: "carol".into(),
        });
        let key = format!("flag-with-a-name-as-long-as-they-come-{minute}");
        flags.insert(FlagKey::parse(&key).unwrap(), flag);
    }
    gallery.hang("changed-long", &state);
    state.ui.changes.selected = Some(Id {
        place: Place::new(service_name("checkout"), Environment::Canary),
        of: Of::Flag(FlagKey::parse("flag-with-a-name-as-long-as-they-come-30").unwrap()),
    });
    gallery.hang("changed-far-down", &state);
}

/// From 80 columns on nothing is cut; the selected line is there at every size; the first three lines are those of every
/// screen.
#[test]
fn every_size_shows_the_whole_story() {
    let changed = on(did_not_help());
    let mut ladder = did_not_help();
    ladder.ui.screen = Screen::Ladder;
    let services = super::services::on(did_not_help());
    let overview = did_not_help();
    for width in (60..210).step_by(5) {
        for height in (15..55).step_by(4) {
            let draw = |state: &State| render::text(&picture(state, &theme("dark"), width, height));
            let first = draw(&overview);
            for state in [&changed, &ladder, &services] {
                let text = draw(state);
                assert!(first.lines().take(3).eq(text.lines().take(3)), "{text}");
                assert!(text.lines().any(|line| line.starts_with('>')), "{text}");
                // The column on the right has its own room.
                let whole = (80..110).contains(&width) || width >= 140;
                assert!(!whole || !text.contains('…'), "{text}");
            }
        }
    }
}

fn narrowed_and_in_other_orders(gallery: &mut Gallery) {
    let mut state = on(breach());
    let sieve = state.ui.sieves.of_mut(Table::Changed);
    sieve.filter = Field::of("flag");
    sieve.writing = true;
    gallery.hang("changed-filtered", &state);
    let sieve = state.ui.sieves.of_mut(Table::Changed);
    sieve.filter = Field::of("!canary");
    sieve.writing = false;
    gallery.hang("changed-kept", &state);
    state.ui.sieves.of_mut(Table::Changed).filter = Field::of("moon");
    gallery.hang("changed-none-such", &state);
    let sieve = state.ui.sieves.of_mut(Table::Changed);
    sieve.filter = Field::default();
    sieve.order = Some(Order::Nearest);
    gallery.hang("changed-nearest", &state);
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    what_changed_before_a_breach(gallery);
    what_changed_and_did_not_help(gallery);
    what_changed_in_calm_and_blind_weather(gallery);
    more_changes_than_rows(gallery);
    narrowed_and_in_other_orders(gallery);
}
