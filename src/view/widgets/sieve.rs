//! What narrows and orders a table, on the table's first row: its order, the filter as it is written, and how many of how
//! many rows are shown; and what stands where no row is left.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::sieve::{Order, Table, written};
use crate::domain::untrusted::shown;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::overlays::palette::text_field;
use crate::view::scene::Scene;
use crate::view::screens::Hints;

/// The keys while a filter is written.
pub(crate) const WRITING: Hints = &[
    (Action::Submit, "keep the filter"),
    (Action::Down, "next"),
    (Action::Up, "previous"),
    (Action::Back, "clear it"),
];

/// The order of a table in words.
pub(crate) fn order(scene: &Scene<'_>, table: Table) -> &'static str {
    match scene.state.ui.sieves.order(table) {
        Order::Worst => "worst first",
        Order::Name => "by name",
        Order::Requests => "most requests first",
        Order::Touched => "last changed first",
        Order::State => "enabled first",
        Order::Newest => "newest first",
        Order::Oldest => "oldest first",
        Order::Nearest => "nearest to the onset first",
    }
}

/// Whether a table is not as it usually is: narrowed, or in another order.
pub(crate) fn is_changed(scene: &Scene<'_>, table: Table) -> bool {
    let sieves = &scene.state.ui.sieves;
    let usual = table.orders().first();
    sieves.of(table).is_narrow() || Some(&sieves.order(table)) != usual
}

/// The first row of a table: a line, then the filter, and at the end how many of how many are shown.
pub(crate) fn head(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    table: Table,
    line: Line,
    (room, shown_rows, all): (u16, usize, usize),
) {
    let count = Line::new().with(Role::Dim, format!("{shown_rows} of {all}"));
    let stop = canvas.put_right(4, room, &count).saturating_sub(1);
    let sieve = scene.state.ui.sieves.of(table);
    if !sieve.is_narrow() {
        canvas.put(1, 4, stop, &line);
        return;
    }
    let key = scene.key(Action::Filter).unwrap_or_default();
    let line = line.with(Role::Accent, format!("  {key} "));
    if written(scene.state) == Some(table) {
        let at = canvas.put(1, 4, stop, &line);
        text_field(canvas, &sieve.filter, (at, 4, stop));
    } else {
        let filter = shown(&sieve.filter.text);
        canvas.put(1, 4, stop, &line.with(Role::Strong, filter));
    }
}

/// Nothing is what the filter asks for, and how to see all of it again.
pub(crate) fn nothing(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    table: Table,
    (y, room): (u16, u16),
) {
    let filter = shown(&scene.state.ui.sieves.of(table).filter.text);
    let line = match table {
        Table::Services => {
            format!("no service has \"{filter}\" in its name or in the word before it")
        }
        Table::Flags => {
            format!("no flag has \"{filter}\" in its name, its state or who changed it")
        }
        Table::Releases => format!("no revision has \"{filter}\" in its line"),
        Table::Changed => format!("no change has \"{filter}\" in where or what it was"),
    };
    canvas.put(3, y, room, &Line::text(line));
    let context = if written(scene.state).is_some() {
        Context::Palette
    } else {
        scene.context()
    };
    let key = scene.key_in(context, Action::Back).unwrap_or_default();
    let clear = Line::new()
        .with(Role::Accent, key)
        .with(Role::Text, " shows all of them");
    canvas.put(3, y + 1, room, &clear);
}
