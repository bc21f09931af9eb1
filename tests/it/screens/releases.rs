//! The releases: the history of one environment, the selected revision at length, and two revisions side by side.

use flightdeck::app::field::Field;
use flightdeck::app::sieve::{Order, Table};
use flightdeck::app::state::{Compared, Screen, State};
use flightdeck::domain::difference::{Change, Difference, How, ObjectChange, Told};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::fresh::Fresh;
use flightdeck::domain::release::{ReleaseHistory, ReleaseRevision, ReleaseStatus, Revision};

use super::fixture::{at, service_name};
use super::gallery::Gallery;
use super::weather::breach;

fn revision(number: u32) -> Revision {
    Revision::new(number).unwrap()
}

fn listed() -> State {
    let mut state = breach();
    state.ui.screen = Screen::Releases;
    state
}

fn history(state: &mut State) -> &mut Option<Fresh<ReleaseHistory>> {
    let service = state.world.services.get_mut(&service_name("checkout"));
    let environments = &mut service.unwrap().evidence.environments;
    &mut environments.get_mut(&Environment::Canary).unwrap().releases
}

/// The history with older revisions, of which only the labels were read, and an upgrade that has not ended.
fn long(mut state: State) -> State {
    let releases = &mut history(&mut state).as_mut().unwrap().value;
    for number in 1..13 {
        let older = ReleaseRevision {
            revision: revision(number),
            status: if number == 9 {
                ReleaseStatus::Failed
            } else {
                ReleaseStatus::Superseded
            },
            modified: Some("2026-11-02T10:11:12Z".parse().unwrap()),
            detail: None,
        };
        releases.revisions.insert(number as usize - 1, older);
    }
    releases.revisions.push(ReleaseRevision {
        revision: revision(15),
        status: ReleaseStatus::PendingUpgrade,
        modified: Some(at("03:12:01")),
        detail: None,
    });
    state
}

fn compared(answer: Option<Result<Difference, &str>>) -> State {
    let mut state = listed();
    state.ui.releases.compared = Some(Compared {
        place: Place::new(service_name("checkout"), Environment::Canary),
        from: revision(14),
        to: revision(13),
        answer: answer.map(|answer| answer.map_err(Into::into)),
        scroll: 0,
    });
    state
}

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
    let told = |text: &str| Told::Value(text.into());
    Change {
        path: path.into(),
        before: before.map(told),
        after: after.map(told),
    }
}

fn found() -> Difference {
    let container = "spec.template.spec.containers[checkout]";
    Difference {
        from: revision(14),
        to: revision(13),
        values: vec![
            Change {
                path: "db.password".into(),
                before: Some(Told::Hidden),
                after: Some(Told::Hidden),
            },
            change("image.tag", Some("2.14.0"), Some("2.13.4")),
            change("refunds.enabled", Some("true"), None),
        ],
        objects: vec![
            ObjectChange {
                kind: "ConfigMap".into(),
                name: "checkout-refunds".into(),
                how: How::Removed,
            },
            ObjectChange {
                kind: "Deployment".into(),
                name: "checkout".into(),
                how: How::Changed(vec![
                    change(
                        &format!("{container}.image"),
                        Some("registry.example.com/shop/checkout:2.14.0"),
                        Some("registry.example.com/shop/checkout:2.13.4"),
                    ),
                    change(
                        &format!("{container}.resources.limits.memory"),
                        Some("768Mi"),
                        Some("512Mi"),
                    ),
                    change(&format!("{container}.env[REFUNDS].value"), Some("on"), None),
                ]),
            },
            ObjectChange {
                kind: "Job".into(),
                name: "checkout-smoke".into(),
                how: How::Added,
            },
        ],
    }
}

fn the_releases_of_an_environment(gallery: &mut Gallery) {
    gallery.in_every_look("releases", &listed());
    let mut state = listed();
    state.ui.releases.selected = Some(revision(13));
    gallery.hang("releases-stable", &state);
}

fn a_long_history_with_an_upgrade_that_has_not_ended(gallery: &mut Gallery) {
    gallery.hang("releases-pending", &long(listed()));
    let mut state = long(listed());
    state.ui.releases.selected = Some(revision(2));
    gallery.hang("releases-old", &state);
}

fn two_revisions_side_by_side(gallery: &mut Gallery) {
    gallery.hang("releases-difference", &compared(Some(Ok(found()))));
    let mut state = compared(Some(Ok(found())));
    state.ui.releases.compared.as_mut().unwrap().scroll = 5;
    state.ui.height = 24;
    gallery.hang("releases-difference-end", &state);
    let same = Difference {
        values: Vec::new(),
        objects: Vec::new(),
        ..found()
    };
    gallery.hang("releases-same", &compared(Some(Ok(same))));
}

fn what_is_not_read_yet_and_what_cannot_be(gallery: &mut Gallery) {
    gallery.hang("releases-reading", &compared(None));
    let why = "secrets \"sh.helm.release.v1.checkout.v13\" is forbidden: User \"viewer\" cannot get resource \"secrets\"";
    gallery.hang("releases-forbidden", &compared(Some(Err(why))));
    let mut state = listed();
    *history(&mut state) = None;
    gallery.hang("releases-unseen", &state);
    let mut state = listed();
    history(&mut state).as_mut().unwrap().value = ReleaseHistory::default();
    gallery.hang("releases-none", &state);
}

fn narrowed(gallery: &mut Gallery) {
    let mut state = long(listed());
    let sieve = state.ui.sieves.of_mut(Table::Releases);
    sieve.filter = Field::of("superseded");
    sieve.writing = true;
    gallery.hang("releases-filtered", &state);
    let sieve = state.ui.sieves.of_mut(Table::Releases);
    sieve.filter = Field::default();
    sieve.writing = false;
    sieve.order = Some(Order::Oldest);
    gallery.hang("releases-oldest", &state);
    state.ui.sieves.of_mut(Table::Releases).filter = Field::of("9.9.9");
    gallery.hang("releases-none-such", &state);
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    the_releases_of_an_environment(gallery);
    a_long_history_with_an_upgrade_that_has_not_ended(gallery);
    two_revisions_side_by_side(gallery);
    what_is_not_read_yet_and_what_cannot_be(gallery);
    narrowed(gallery);
}
