//! The last line: the keys that help here, and news at its end.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::enabled::enabled;
use crate::app::evidence::CLIPBOARD;
use crate::app::state::News;
use crate::domain::untrusted::shown;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::words::headline::in_short;
use crate::view::words::refusal::not_now;

/// The last line with those of these keys that are open now: as many as there is room for, the last of them always.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    context: Context,
    hints: &[(Action, &str)],
) {
    let y = canvas.height().saturating_sub(1);
    let room = canvas.width().saturating_sub(1);
    let news = scene.state.ui.news.as_ref().map(|news| tell(scene, news));
    let end = news.map_or(room, |line| {
        let most = room.saturating_sub(room / 3);
        let line_width = line.width().min(most);
        let start = room - line_width;
        canvas.put(start, y, room, &line);
        start.saturating_sub(2)
    });
    let piece = |(action, word): &(Action, &str)| {
        enabled(scene.state, *action).ok()?;
        let key = scene.key_in(context, *action)?;
        Some(
            Line::new()
                .with(Role::Accent, key)
                .with(Role::Text, format!(" {word}")),
        )
    };
    let pieces: Vec<Line> = hints.iter().filter_map(piece).collect();
    let Some((last, first)) = pieces.split_last() else {
        return;
    };
    let mut x = 1;
    for line in first {
        if x + line.width() + 2 + last.width() > end {
            continue;
        }
        x = canvas.put(x, y, end, line) + 2;
    }
    if x + last.width() <= end {
        canvas.put(x, y, end, last);
    }
}

fn tell(scene: &Scene<'_>, news: &News) -> Line {
    match news {
        News::Service(name) => {
            let Some(service) = scene.world.services.get(name) else {
                return Line::text(name.to_string());
            };
            let key = scene.key(Action::Worst).unwrap_or_default();
            Line::new().with(Role::Accent, format!("{key} ")).with(
                Role::Text,
                format!(
                    "{name}: {}",
                    in_short(
                        &service.advice.headline,
                        service.advice.compared,
                        scene.now()
                    )
                ),
            )
        }
        News::Unbound(key) => Line::text(format!("{} means nothing here", shown(key))),
        News::PasteDropped { characters } => {
            Line::text(format!("dropped a paste of {characters} characters"))
        }
        News::Closed(why) => Line::text(not_now(why)),
        News::AgainToLeave => Line::text("once more within 2s leaves"),
        News::WaitsToLeave => Line::text("leaving when the operation has ended"),
        News::Sent { query, of, bytes } => Line::text(if *of > 1 {
            format!("sent {query} of {of}, {bytes} bytes; the terminal may drop it")
        } else {
            format!("sent {bytes} bytes; the terminal may drop them")
        }),
        News::TooLong { bytes } => Line::text(format!(
            "not sent: {bytes} bytes, terminals take {CLIPBOARD}"
        )),
        News::Asked => Line::text("asked every source again"),
    }
}
