//! A security incident: what raising or ending it means, and the reason that is asked for.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::state::IncidentView;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, wrap};
use crate::view::overlays::palette::text_field;
use crate::view::scene::Scene;
use crate::view::widgets::hint;
use crate::view::words::refusal::complaint;
use crate::view::words::security::{said, sides};

/// Where the texts begin.
const TEXT: u16 = 13;

/// What follows from raising one.
const RAISES: &str = "From then on the first advice is to block that traffic, by hand, and to tell security, the \
executives and on-call; promotion is closed until somebody ends the incident.";

/// What follows from ending one.
const ENDS: &str = "From then on advice and promotion follow what is measured again. What was blocked by hand stays \
blocked until somebody opens it.";

/// Where it is known.
const KNOWN: &str = "Nothing is written to a cluster. It is recorded in your journal on this machine, where it stands \
until it is ended. Decks that run already, other users and other machines are not told: tell them.";

/// Draws it in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16, view: &IncidentView) {
    let room = end.saturating_sub(1);
    let verb = if view.ends.is_some() {
        "end the one of"
    } else {
        "raise one for"
    };
    let title = Line::new()
        .with(Role::Title, " SECURITY INCIDENT ")
        .with(Role::Strong, format!(" {verb} {}", view.service));
    canvas.put(0, 4, room, &title);
    let mut y = 6;
    if let Some(stands) = &view.ends {
        let text = Line::text(said(&stands.raised));
        entry(canvas, y, room, "raised", &text);
        y += 1;
    }
    let mut affected = Line::new().with(Role::Strong, sides(view.affected));
    if let Some(key) = scene.key_in(Context::Text, Action::Affected)
        && view.ends.is_none()
    {
        affected = affected
            .with(Role::Text, "  ")
            .with(Role::Accent, key)
            .with(Role::Dim, " another side");
    }
    entry(canvas, y, room, "traffic", &affected);
    let label = if view.ends.is_some() {
        "found"
    } else {
        "reason"
    };
    y += 1;
    entry(canvas, y, room, label, &Line::new());
    text_field(canvas, &view.reason, (TEXT, y, room));
    y += 1;
    if let Some(why) = &view.complaint {
        let line = Line::new()
            .with(Role::Watch, "! ")
            .with(Role::Text, complaint(why));
        canvas.put(TEXT, y, room, &line);
    }
    y += 2;
    let follows = if view.ends.is_some() { ENDS } else { RAISES };
    let last = canvas.height().saturating_sub(1);
    let unrecorded = scene.state.world.read_only.as_ref().map(|why| {
        format!("This deck may not write ({why}): without a journal it forgets this when it ends.")
    });
    let texts = [Some(follows.to_owned()), Some(KNOWN.to_owned()), unrecorded];
    for text in texts.iter().flatten() {
        for piece in wrap(text, room.saturating_sub(3)) {
            if y < last {
                canvas.put(3, y, room, &Line::text(piece));
            }
            y += 1;
        }
        y += 1;
    }
    let word = if view.ends.is_some() {
        "end it"
    } else {
        "raise it"
    };
    let mut hints = vec![(Action::Submit, word)];
    if view.ends.is_none() {
        hints.push((Action::Affected, "another side"));
    }
    hints.push((Action::Back, "leave as is"));
    hint::draw(canvas, scene, Context::Text, &hints);
}

fn entry(canvas: &mut Canvas<'_>, y: u16, room: u16, label: &'static str, text: &Line) {
    canvas.put(3, y, TEXT, &Line::new().with(Role::Dim, label));
    canvas.put(TEXT, y, room, text);
}
