//! The right-hand column of wide screens: the other services, and what is around this one.

use crate::app::action::Action;
use crate::app::state::Screen;
use crate::domain::environment::Environment;
use crate::domain::source::SourceId;
use crate::engine::advisor::advice::RungState;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::{Scene, version};
use crate::view::widgets::summary;
use crate::view::widgets::trend;
use crate::view::words::headline::{in_short, sign};
use crate::view::words::reason::who;
use crate::view::words::rung::{name, state};
use crate::view::words::sides::judged;
use crate::view::words::time::when;

/// Draws the column from a column on.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, x: u16) {
    let end = canvas.width().saturating_sub(1);
    let bottom = canvas.height().saturating_sub(1);
    let mut y = 4;
    // What the screen itself shows is not said twice.
    let screen = scene.state.ui.screen;
    let beside = |own: Screen, block: fn(&Scene<'_>) -> Vec<Line>| {
        if screen == own {
            Vec::new()
        } else {
            block(scene)
        }
    };
    for block in [
        beside(Screen::Services, services),
        whose(scene),
        beside(Screen::Ladder, ladder),
        beside(Screen::Flags, flags),
        releases(scene),
        pods(scene),
        alerts(scene),
        sources(scene),
        beside(Screen::Changed, changes),
    ] {
        if block.is_empty() {
            continue;
        }
        for line in block {
            if y + 1 >= bottom {
                return;
            }
            canvas.put(x, y, end, &line);
            y += 1;
        }
        y += 1;
    }
}

fn title(scene: &Scene<'_>, key: Option<Action>, text: &str) -> Line {
    let line = Line::new();
    let line = match key.and_then(|action| scene.key(action)) {
        Some(key) => line.with(Role::Accent, format!("{key} ")),
        None => line,
    };
    line.with(Role::Dim, text)
}

/// Whose the column is, on the screen that has another service selected.
fn whose(scene: &Scene<'_>) -> Vec<Line> {
    if scene.state.ui.screen != Screen::Services {
        return Vec::new();
    }
    let name = scene.state.ui.service.to_string();
    let line = Line::new().with(Role::Strong, name);
    vec![line.with(Role::Dim, "  as on the first lines")]
}

fn services(scene: &Scene<'_>) -> Vec<Line> {
    let keys = [Action::PreviousService, Action::NextService]
        .into_iter()
        .filter_map(|action| scene.key(action))
        .collect::<Vec<_>>()
        .join(" ");
    let mut lines = vec![
        Line::new()
            .with(Role::Accent, format!("{keys} "))
            .with(Role::Dim, "service"),
    ];
    let widest = scene
        .world
        .services
        .keys()
        .map(|name| name.as_str().len())
        .max()
        .unwrap_or_default()
        .min(24);
    for (name, service) in &scene.world.services {
        let here = if *name == scene.state.ui.service {
            ">"
        } else {
            " "
        };
        let (symbol, _, role) = sign(&service.advice.headline);
        lines.push(Line::text(here).with(role, symbol.to_string()).with(
            Role::Text,
            format!(
                " {name:<widest$}  {}",
                in_short(
                    &service.advice.headline,
                    service.advice.compared,
                    scene.now()
                )
            ),
        ));
    }
    lines
}

fn flags(scene: &Scene<'_>) -> Vec<Line> {
    let (_, more) = summary::flags(scene);
    let mut lines = vec![title(
        scene,
        Some(Action::Flags),
        &format!("flags      {more}"),
    )];
    let Some(key) = summary::flag_that_matters(scene) else {
        return lines;
    };
    lines.push(Line::text(format!("  {key}")));
    for environment in [Environment::Canary, Environment::Production] {
        let line = summary::flag_on(scene, environment, &key);
        if line.is_empty() {
            continue;
        }
        let changed = scene
            .environment(environment)
            .and_then(|e| e.flags.as_ref())
            .and_then(|f| f.value.flags.get(&key))
            .and_then(|flag| flag.changed.as_ref())
            .map_or_else(String::new, |changed| {
                format!(
                    ", {} by {}",
                    when(changed.at, scene.now()),
                    who(&changed.by)
                )
            });
        lines.push(Line::text("    ").then(line).with(Role::Text, changed));
    }
    lines
}

fn releases(scene: &Scene<'_>) -> Vec<Line> {
    let mut lines = vec![title(scene, Some(Action::Releases), "releases")];
    for environment in [Environment::Canary, Environment::Production] {
        let Some(evidence) = scene.environment(environment) else {
            continue;
        };
        let text = evidence
            .releases
            .as_ref()
            .map_or_else(|| "?".to_owned(), |r| summary::release(scene, &r.value));
        let version = version(evidence).unwrap_or_else(|| "?".to_owned());
        lines.push(Line::text(format!("  {environment:<10} {version}  {text}")));
    }
    lines
}

fn pods(scene: &Scene<'_>) -> Vec<Line> {
    let mut lines = vec![title(scene, Some(Action::Pods), "pods")];
    for environment in [Environment::Canary, Environment::Production] {
        let Some(evidence) = scene.environment(environment) else {
            continue;
        };
        let source = SourceId::Kubernetes(evidence.cluster.clone());
        let age = evidence
            .workload
            .as_ref()
            .map_or_else(String::new, |w| format!(", {}", scene.seen(&source, w.at)));
        lines.push(Line::text(format!(
            "  {environment:<10} {}{age}",
            summary::pods_of(scene, environment)
        )));
    }
    lines
}

fn alerts(scene: &Scene<'_>) -> Vec<Line> {
    let firing = summary::alerts(scene, super::super::SIDE.saturating_sub(5));
    if firing.is_empty() {
        return Vec::new();
    }
    let firing = firing.into_iter().map(|line| Line::text("  ").then(line));
    std::iter::once(title(scene, None, "alerts"))
        .chain(firing)
        .collect()
}

fn sources(scene: &Scene<'_>) -> Vec<Line> {
    let mut lines = vec![title(scene, None, "sources")];
    lines.extend(
        summary::sources(scene)
            .into_iter()
            .map(|line| Line::text("  ").then(line)),
    );
    lines
}

fn changes(scene: &Scene<'_>) -> Vec<Line> {
    let compared = scene.service().map(|service| service.advice.compared);
    let judged = judged(compared.unwrap_or_default());
    let mut lines = vec![title(
        scene,
        Some(Action::Changed),
        &format!("changes on {judged}, newest first"),
    )];
    for change in trend::changes(scene).into_iter().rev() {
        lines.push(Line::text(format!(
            "  {:<12}  {}",
            when(change.at, scene.now()),
            change.what
        )));
    }
    lines
}

/// Where every level of the ladder stands, while something is wrong.
fn ladder(scene: &Scene<'_>) -> Vec<Line> {
    let Some(service) = scene.service() else {
        return Vec::new();
    };
    let advice = &service.advice;
    let acted = advice.rungs.iter().any(|rung| {
        matches!(
            rung.state,
            RungState::Done { .. } | RungState::Running { .. }
        )
    });
    if advice.first.is_none() && !acted {
        return Vec::new();
    }
    let mut lines = vec![title(scene, Some(Action::Ladder), "ladder")];
    for rung in &advice.rungs {
        lines.push(Line::text(format!(
            "  level {}  {:<9} {}",
            rung.kind.level(),
            name(rung.kind),
            state(rung, scene.now())
        )));
    }
    lines
}
