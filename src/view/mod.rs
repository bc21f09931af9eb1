//! The screens: a pure function of state, theme, keymap and size, so that a picture can be tested, replayed and
//! rendered without a terminal.

mod canvas;
mod overlays;
pub mod render;
mod scene;
mod screens;
mod widgets;
pub(crate) mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::{Overlay, Screen, State};
use crate::input::Keymap;
use crate::theme::{Role, Theme};
use canvas::{Canvas, Line};
use scene::Scene;

/// The fewest columns on which a screen can be read.
const LEAST_WIDTH: u16 = 60;
/// The fewest rows.
const LEAST_HEIGHT: u16 = 15;
/// The columns from which a second column stands on the right.
const WIDE: u16 = 110;
/// The same on the list of services, which needs more for itself.
const WIDE_FOR_SERVICES: u16 = 178;
/// The width of that column, where there is room.
const SIDE: u16 = 56;

/// Draws the screen.
pub fn draw(state: &State, theme: &Theme, keymap: &Keymap, area: Rect) -> Buffer {
    let mut canvas = Canvas::new(theme, area);
    if area.width < LEAST_WIDTH || area.height < LEAST_HEIGHT {
        too_small(&mut canvas);
        return canvas.finish();
    }
    let scene = Scene::new(state, keymap);
    widgets::header::draw(&mut canvas, &scene);
    let wide = match state.ui.screen {
        Screen::Services => WIDE_FOR_SERVICES,
        Screen::Chart { .. } => u16::MAX,
        Screen::Overview
        | Screen::Ladder
        | Screen::Flags
        | Screen::Pods
        | Screen::Changed
        | Screen::Releases
        | Screen::Evidence { .. } => WIDE,
    };
    let main = if area.width >= wide {
        area.width.saturating_sub(SIDE + 2).max(80)
    } else {
        area.width
    };
    if main < area.width {
        widgets::side::draw(&mut canvas, &scene, main + 2);
    }
    match state.ui.overlays.last() {
        None => screens::draw(&mut canvas, &scene, main),
        Some(Overlay::Plan(view)) => overlays::plan::draw(&mut canvas, &scene, main, view),
        Some(Overlay::Incident(view)) => {
            overlays::security::draw(&mut canvas, &scene, main, view);
        }
        Some(Overlay::Help { scroll }) => overlays::help::draw(&mut canvas, &scene, main, *scroll),
        Some(Overlay::Palette { field, selected }) => {
            overlays::palette::draw(&mut canvas, &scene, main, field, *selected);
        }
        Some(Overlay::Refused { wanted, refusal }) => {
            overlays::refused::draw(&mut canvas, &scene, main, wanted.as_ref(), refusal);
        }
    }
    canvas.finish()
}

fn too_small(canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    let line = Line::new().with(Role::Strong, "too small").with(
        Role::Text,
        format!(": {width}x{height}, needs {LEAST_WIDTH}x{LEAST_HEIGHT}"),
    );
    canvas.put(0, 0, width, &line);
}
