//! One file a screen: what it draws below the first four lines, and the keys that help on it.

pub(crate) mod changed;
pub(crate) mod evidence;
pub(crate) mod flags;
pub(crate) mod ladder;
pub(crate) mod overview;
pub(crate) mod pods;
pub(crate) mod releases;
pub(crate) mod services;
pub(crate) mod zoom;

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::sieve::{table, written};
use crate::app::state::Screen;
use crate::engine::evidence::EnvironmentEvidence;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::widgets::{hint, notice, sieve};

/// Keys with what they do here, most useful first; the last is always shown.
pub(crate) type Hints = &'static [(Action, &'static str)];

/// The shown environment and what a screen is about there; says why where either is missing.
fn of_environment<'a, T>(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'a>,
    room: u16,
    what: &str,
    seen: impl FnOnce(&'a EnvironmentEvidence) -> Option<&'a T>,
) -> Option<(&'a EnvironmentEvidence, &'a T)> {
    let of = scene.state.ui.environment;
    let environment = scene.environment(of);
    let found = environment.and_then(|e| Some((e, seen(e)?)));
    if found.is_none() {
        let text = if environment.is_none() {
            format!("this service has no {of}")
        } else {
            format!("? {what} on {of} were never seen; the sources on the overview say why")
        };
        canvas.put(1, 4, room, &Line::text(text));
    }
    found
}

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    notice::draw(canvas, scene, end);
    let hints: Hints = match scene.state.ui.screen {
        Screen::Overview => {
            overview::draw(canvas, scene, end);
            overview::HINTS
        }
        Screen::Ladder => {
            ladder::draw(canvas, scene, end);
            ladder::HINTS
        }
        Screen::Flags => {
            flags::draw(canvas, scene, end);
            flags::HINTS
        }
        Screen::Releases => {
            releases::draw(canvas, scene, end);
            releases::HINTS
        }
        Screen::Pods => {
            pods::draw(canvas, scene, end);
            pods::HINTS
        }
        Screen::Changed => {
            changed::draw(canvas, scene, end);
            changed::HINTS
        }
        Screen::Services => {
            services::draw(canvas, scene, end);
            services::HINTS
        }
        Screen::Chart { metric } => {
            zoom::draw(canvas, scene, end, metric);
            zoom::HINTS
        }
        Screen::Evidence { metric, query } => {
            evidence::draw(canvas, scene, end, metric, query);
            if query {
                evidence::READING
            } else {
                evidence::HINTS
            }
        }
    };
    if written(scene.state).is_some() {
        hint::draw(canvas, scene, Context::Palette, sieve::WRITING);
        return;
    }
    let narrow = table(scene.state).filter(|of| scene.state.ui.sieves.of(*of).is_narrow());
    if narrow.is_none() {
        hint::draw(canvas, scene, scene.context(), hints);
        return;
    }
    // The filter is what the next Esc takes away.
    let mut hints = hints.to_vec();
    hints.retain(|(action, _)| *action != Action::Back);
    hints.insert(1.min(hints.len()), (Action::Back, "show all"));
    hint::draw(canvas, scene, scene.context(), &hints);
}
