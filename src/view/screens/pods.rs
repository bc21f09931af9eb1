//! The worst pods of one environment: what each uses, waits for and fails by, and what the whole namespace uses.

mod table;

use crate::app::action::Action;
use crate::app::pods::{listed, selected};
use crate::domain::environment::{Environment, Place};
use crate::domain::pods::{PodSignal, WorstPods};
use crate::domain::source::{SourceId, SourceState};
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::pods::Pod;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::words::fit::as_many_as_fit;
use crate::view::words::number::{counted, share};
use crate::view::words::pod::{cpu, memory, missing as untold, signal, state};
use crate::view::words::source::{failing, source};
use crate::view::words::time::{between, clock};

use table::{HEAD, end_of, table};

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::Open, "chart"),
    (Action::SwitchEnvironment, "other environment"),
    (Action::Down, "down"),
    (Action::PlanAdvised, "plan"),
    (Action::Undo, "undo"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The rows below the table.
const FOOT: u16 = 4;
/// Seconds after which what was told is said to be old.
const OLD: i64 = 60;

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let room = end.saturating_sub(1);
    let of = scene.state.ui.environment;
    let Some(environment) = scene.environment(of) else {
        let text = format!("this service has no {of}");
        canvas.put(1, 4, room, &Line::text(text));
        return;
    };
    let pods = listed(scene.state);
    title(canvas, scene, environment, pods.len(), room);
    around(canvas, scene, environment, room);
    let last = canvas.height().saturating_sub(1);
    let rows = last.saturating_sub(HEAD + 1 + FOOT);
    if pods.is_empty() {
        canvas.put(3, HEAD, room, &Line::text(nothing(scene, environment)));
    } else {
        table(canvas, scene, &pods, rows, end);
    }
    foot(canvas, scene, environment, &pods, (last - FOOT, room));
}

/// Which pods these are, and of when.
fn title(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    shown: usize,
    room: u16,
) {
    let of = scene.state.ui.environment;
    let key = scene.key(Action::Pods).unwrap_or_default();
    let told = environment.pods.as_ref().and_then(|pods| pods.value.pods);
    let seen = environment.workload.as_ref();
    let seen = seen.and_then(|workload| workload.value.pods.as_ref());
    let all = told.or_else(|| seen.map(|seen| u64::from(seen.all)));
    let shown = u64::try_from(shown).unwrap_or(u64::MAX);
    let count = match all {
        _ if shown == 0 => String::new(),
        Some(all) if all > shown => format!("  the {shown} worst of {all}"),
        Some(_) | None => format!("  {}, the worst first", counted(shown, "pod")),
    };
    let line = Line::new()
        .with(Role::Accent, format!("{key} "))
        .with(Role::Strong, format!("pods on {of}"))
        .with(Role::Text, count);
    let at = canvas.put(1, 4, room, &line);
    let (role, age) = age(scene, environment.pods.as_ref().map(|pods| &pods.value));
    let wordings = age.map(|text| (width(&text), text));
    let fits = wordings.into_iter().find(|(wide, _)| at + 2 + wide <= room);
    if let Some((_, text)) = fits {
        canvas.put_right(4, room, &Line::new().with(role, text));
    }
}

/// Of when the metrics are, the longest wording first; what is old says why, where that is known.
fn age(scene: &Scene<'_>, told: Option<&WorstPods>) -> (Role, [String; 3]) {
    let id = metrics(scene);
    let now = scene.now();
    let why = match scene.world.sources.get(&id) {
        Some(SourceState::Failing {
            trouble, next_try, ..
        }) => Some(failing(&id, trouble, *next_try, now)),
        Some(SourceState::Live { .. } | SourceState::Reading { .. }) | None => None,
    };
    let Some(told) = told else {
        let text = why.unwrap_or_else(|| format!("nothing from {} yet", source(&id)));
        return (
            Role::Watch,
            [format!("? {text}"), "? no metrics".into(), "?".into()],
        );
    };
    let at = clock(told.at);
    let old = now.duration_since(told.at).as_secs() > OLD;
    let ago = between(told.at, now);
    match (why, old, told.is_partial) {
        (Some(why), _, _) => (
            Role::Watch,
            [
                format!("? as of {at}, {ago} ago: {why}"),
                format!("? as of {at}, {ago} ago"),
                format!("? {at}"),
            ],
        ),
        (None, true, _) => (
            Role::Watch,
            [
                format!("? metrics as of {at}, {ago} ago"),
                format!("? as of {at}, {ago} ago"),
                format!("? {at}"),
            ],
        ),
        (None, false, true) => (
            Role::Watch,
            [
                format!("? in part, as of {at}: others may be worse"),
                format!("? in part, as of {at}"),
                format!("? {at}"),
            ],
        ),
        (None, false, false) => (
            Role::Dim,
            [format!("metrics as of {at}"), format!("as of {at}"), at],
        ),
    }
}

/// The source of the metrics.
fn metrics(scene: &Scene<'_>) -> SourceId {
    let service = scene.state.ui.service.clone();
    SourceId::Prometheus(Place::new(service, scene.state.ui.environment))
}

/// What the namespace uses, and how the other environments' pods are.
fn around(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    room: u16,
) {
    let told = environment.pods.as_ref().map(|pods| &pods.value);
    let unknown = || "? not told".to_owned();
    let label = |text: String| Line::new().with(Role::Dim, text);
    let namespace = environment.namespace.as_str();
    let widest = Environment::ALL
        .map(|of| width(of.as_str()))
        .into_iter()
        .max();
    let label_width = widest.unwrap_or_default().max(width(namespace));
    let start = (3 + label_width + 2).min(room / 3);
    let most = room.saturating_sub(start + 8);
    let lines = [
        ("cpu", told.and_then(|told| cpu(told.cpu, most))),
        ("memory", told.and_then(|told| memory(told.memory, most))),
    ];
    canvas.put(3, 5, start - 1, &label(namespace.to_owned()));
    for (y, (what, text)) in (5..).zip(lines) {
        canvas.put(start, y, start + 7, &label(what.to_owned()));
        let text = text.unwrap_or_else(unknown);
        canvas.put(start + 8, y, room, &Line::text(text));
    }
    let mut others = Environment::ALL
        .into_iter()
        .filter(|other| *other != scene.state.ui.environment);
    let other = others.find_map(|other| Some((other, scene.environment(other)?)));
    if let Some((other, seen)) = other {
        canvas.put(3, 7, start - 1, &label(other.as_str().to_owned()));
        let text = elsewhere(seen, room.saturating_sub(start));
        canvas.put(start, 7, room, &Line::text(text));
    }
}

/// The worst of each signal over the pods of another environment.
fn elsewhere(environment: &EnvironmentEvidence, most: u16) -> String {
    let Some(told) = environment.pods.as_ref().map(|pods| &pods.value) else {
        return "? not told".to_owned();
    };
    let worst = PodSignal::ALL.into_iter().filter_map(|of| {
        let values = told.worst.iter().filter_map(|pod| pod.values.get(&of));
        let most = values.copied().reduce(f64::max)?;
        Some(format!("{} {}", signal(of), share(most)))
    });
    let worst: Vec<String> = worst.collect();
    if worst.is_empty() {
        return "no pod is told of".to_owned();
    }
    let text = as_many_as_fit(&worst, ", ", most.saturating_sub(19));
    format!("at most in any pod {text}")
}

/// Why no pod is listed.
fn nothing(scene: &Scene<'_>, environment: &EnvironmentEvidence) -> String {
    let of = scene.state.ui.environment;
    let seen = environment.workload.as_ref();
    let watched = seen.is_some_and(|workload| workload.value.pods.is_some());
    match (watched, environment.pods.is_some()) {
        (true, _) => format!("there is no pod on {of}"),
        (false, true) => {
            "prometheus tells of no pod here, and the pods may not be watched".to_owned()
        }
        (false, false) => {
            format!("? pods on {of} were never seen; the sources on the overview say why")
        }
    }
}

/// The selected pod at length, and what nobody tells.
fn foot(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    pods: &[Pod],
    (top, room): (u16, u16),
) {
    let label = |word: &str| Line::new().with(Role::Dim, format!("{word:<10}"));
    let most = room.saturating_sub(11);
    if let Some(pod) = selected(scene.state, pods) {
        let name = Line::new().with(Role::Strong, end_of(&pod.name.shown(), most));
        canvas.put(1, top + 1, room, &label("pod").then(name));
        let text = state(pod, scene.now(), most);
        canvas.put(1, top + 2, room, &label("").with(Role::Text, text));
    }
    let missing = environment.pods.as_ref();
    let missing = missing.map(|pods| untold(&pods.value.missing));
    let missing = missing.unwrap_or_default();
    if !missing.is_empty() {
        let text = as_many_as_fit(&missing, ", ", most);
        canvas.put(1, top + 3, room, &label("not told").with(Role::Text, text));
    }
}
