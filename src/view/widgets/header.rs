//! Lines 1 to 3: where and who, the verdict, who is hurt. They stand on every screen and under no dialog.

use crate::app::state::Mode;
use crate::domain::environment::Environment;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::{Scene, version};
use crate::view::words::headline::{Standing, headline, standing};
use crate::view::words::hurt::hurt;
use crate::view::words::time::clock;

/// Draws the three lines.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    place(canvas, scene);
    let width = canvas.width();
    let Some(service) = scene.service() else {
        let line = Line::text(format!(
            "? NO DATA  service {} is not known here",
            scene.state.ui.service
        ));
        canvas.put(1, 1, width, &line);
        return;
    };
    let said = headline(&service.advice, &service.evidence, scene.now());
    let verdict = Line::new()
        .with(said.role, format!("{} {:<8} ", said.symbol, said.word))
        .with(Role::Strong, said.text);
    let counted = Line::text(services(scene));
    let room = width.saturating_sub(1);
    let free = room.saturating_sub(1 + verdict.width());
    let end = if counted.width() + 2 <= free {
        canvas.put_right(1, room, &counted)
    } else {
        room
    };
    canvas.put(1, 1, end, &verdict);
    let (word, text) = hurt(&service.advice);
    let line = Line::new()
        .with(Role::Dim, format!("{word:<9}"))
        .with(Role::Text, text);
    canvas.put(3, 2, room, &line);
}

/// The line of an environment.
fn environment(scene: &Scene<'_>, environment: Environment, word: Role, context: bool) -> Line {
    let name = match environment {
        Environment::Canary => "canary",
        Environment::Production => "PROD",
        Environment::Uat => "uat",
    };
    let Some(evidence) = scene.environment(environment) else {
        return Line::new();
    };
    let mut text = format!(" {}", version(evidence).unwrap_or_else(|| "?".to_owned()));
    if context {
        text.push(' ');
        text.push_str(&crate::domain::untrusted::shown(&evidence.context));
    }
    Line::new()
        .with(Role::Text, "   ")
        .with(word, name)
        .with(Role::Text, text)
}

fn place(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let width = canvas.width();
    let mut chips = Line::new();
    for chip in chips_of(scene) {
        chips = chips.with(Role::Text, " ").with(Role::Mode, chip);
    }
    let me = [Environment::Canary, Environment::Production]
        .into_iter()
        .filter_map(|e| scene.world.clusters.get(&scene.environment(e)?.cluster))
        .find_map(|cluster| cluster.value.me.as_ref())
        .map_or_else(|| "?".to_owned(), ToString::to_string);
    let time = clock(scene.state.world.now);
    let rights = [format!("{me} {time} UTC"), format!("{time} UTC")];
    let left = |contexts: bool| {
        chips
            .clone()
            .with(Role::Text, " ")
            .with(Role::Strong, scene.state.ui.service.to_string())
            .then(environment(
                scene,
                Environment::Canary,
                Role::Text,
                contexts,
            ))
            .then(environment(
                scene,
                Environment::Production,
                Role::Prod,
                contexts,
            ))
    };
    let room = width.saturating_sub(1);
    for (contexts, right) in [(true, 0), (false, 0), (false, 1)] {
        let left = left(contexts);
        let right = Line::text(rights.get(right).cloned().unwrap_or_default());
        if left.width() + 2 + right.width() <= room || (!contexts && right.width() < 14) {
            let end = canvas.put_right(0, room, &right);
            canvas.put(0, 0, end.saturating_sub(1), &left);
            return;
        }
    }
}

fn chips_of(scene: &Scene<'_>) -> Vec<String> {
    let mut chips = Vec::new();
    if scene.world.mode == Mode::Demo {
        chips.push(" DEMO ".to_owned());
    }
    if scene.state.world.read_only.is_some() {
        chips.push(" READ-ONLY ".to_owned());
    }
    if let Some(frozen) = &scene.state.ui.frozen {
        chips.push(format!(" FROZEN {} ", clock(frozen.now)));
    }
    chips
}

/// How many services are how.
fn services(scene: &Scene<'_>) -> String {
    let all = scene.world.services.len();
    let count = |wanted: Standing| {
        scene
            .world
            .services
            .values()
            .filter(|service| standing(&service.advice.headline) == wanted)
            .count()
    };
    for (wanted, word) in [
        (Standing::Bad, "bad"),
        (Standing::Unknown, "unknown"),
        (Standing::Watch, "on watch"),
    ] {
        let some = count(wanted);
        if some > 0 {
            return format!("{some} of {all} services {word}");
        }
    }
    format!("{all} of {all} services well")
}
