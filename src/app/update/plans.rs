//! Plans: opened, looked at, confirmed. What is confirmed is the plan that was shown; the world may move below it.

use jiff::Timestamp;

use super::Pressed;
use super::reassess;
use crate::app::effect::{Effect, Effects};
use crate::app::enabled::{key_is_enough, undoable};
use crate::app::event::Press;
use crate::app::field::Field;
use crate::app::flags;
use crate::app::state::{Complaint, Editing, Operation, Overlay, PlanView, State};
use crate::domain::access::{Access, Permission};
use crate::domain::environment::Place;
use crate::domain::flag::FlagState;
use crate::domain::names::OpId;
use crate::domain::plan::{Intent, Plan};
use crate::domain::untrusted::Untrusted;
use crate::engine::approval::{NotApproved, Proof, approve};
use crate::engine::evidence::{Attempt, Tried};
use crate::engine::planner::{self, Actor, Refusal};

/// Keys within this time of a plan's first picture were typed for something else.
const ARMED_AFTER_MS: u64 = 300;

/// The plan of what is advised.
pub(super) fn advised(state: &mut State, at: Timestamp) -> Effects {
    let Some(service) = state.world.services.get(&state.ui.service) else {
        return Effects::none();
    };
    match planner::advised(&service.evidence, &service.advice) {
        Ok(intent) => open(state, &intent, at),
        Err(refusal) => refused(state, None, refusal),
    }
}

/// The plan for an intent from the command line.
pub(super) fn wanted(state: &mut State, intent: &Intent, at: Timestamp) -> Effects {
    open(state, intent, at)
}

/// The command line confirms the plan that was made, with the reason that it gave.
pub(super) fn ordered(state: &mut State, reason: Untrusted, at: Timestamp) -> Effects {
    if let Some(view) = view_of(state) {
        view.plan.reason = reason;
    }
    confirm(state, &Proof::Headless, at)
}

/// The plan that sets the selected flag to its other state.
pub(super) fn toggle(state: &mut State, at: Timestamp) -> Effects {
    let place = state.place(state.ui.environment);
    let Some(key) = flags::selected(state) else {
        return Effects::none();
    };
    let flags = state.world.services.get(&place.service).and_then(|s| {
        s.evidence
            .environments
            .get(&place.environment)?
            .flags
            .as_ref()
    });
    let now = flags
        .and_then(|flags| flags.value.flags.get(&key))
        .map(|flag| flag.state);
    let to = now.map_or(FlagState::Disabled, FlagState::other);
    open(
        state,
        &Intent::SetFlag {
            place,
            key,
            to,
            undoes: None,
        },
        at,
    )
}

/// The plan that takes the last change back.
pub(super) fn undo(state: &mut State, at: Timestamp) -> Effects {
    let intent = undoable(state)
        .ok_or(Refusal::NothingToUndo)
        .and_then(|done| {
            let place = done.plan.intent.place();
            let service = state
                .world
                .services
                .get(&place.service)
                .ok_or(Refusal::NothingToUndo)?;
            planner::undo(&done.plan, done.outcome.as_ref(), &service.evidence, at)
        });
    match intent {
        Ok(intent) => open(state, &intent, at),
        Err(refusal) => refused(state, None, refusal),
    }
}

fn open(state: &mut State, intent: &Intent, at: Timestamp) -> Effects {
    let plan = match plan(state, intent, at) {
        Ok(plan) => plan,
        Err(refusal) => return refused(state, Some(intent.clone()), refusal),
    };
    // What was answered before may be of another day: a login is renewed, a role is granted.
    let asked = plan.permissions.iter().map(|(p, _)| p.clone()).collect();
    let effects = vec![
        Effect::AskAccess(asked),
        Effect::DryRun(Box::new(plan.clone())),
    ];
    state.ui.overlays.clear();
    state.ui.overlays.push(Overlay::Plan(Box::new(PlanView {
        editing: Editing::Nothing,
        typed: Field::default(),
        reason: Field::of(plan.reason.raw()),
        show_patch: false,
        dry_run: None,
        confirmed: None,
        complaint: None,
        plan,
    })));
    effects.into()
}

fn refused(state: &mut State, wanted: Option<Intent>, refusal: Refusal) -> Effects {
    let asked = match &refusal {
        Refusal::Denied(permissions) => vec![Effect::AskAccess(permissions.clone())],
        Refusal::ReadOnly { .. }
        | Refusal::NoEnvironment(_)
        | Refusal::FlagsUnknown(_)
        | Refusal::FlagsStale { .. }
        | Refusal::NoSuchFlag { .. }
        | Refusal::Already { .. }
        | Refusal::ClusterUnknown
        | Refusal::OtherCluster { .. }
        | Refusal::ChangedSince { .. }
        | Refusal::OwnChangeUnseen { .. }
        | Refusal::NothingToUndo
        | Refusal::NothingAdvised
        | Refusal::ByHand
        | Refusal::Busy(_) => Vec::new(),
    };
    state.ui.overlays.clear();
    state.ui.overlays.push(Overlay::Refused { wanted, refusal });
    asked.into()
}

/// A plan that was refused because something was not known yet opens once it is.
pub(super) fn again(state: &mut State) -> Effects {
    let Some(Overlay::Refused {
        wanted: Some(intent),
        refusal,
    }) = state.ui.overlays.last()
    else {
        return Effects::none();
    };
    if !refusal.is_for_want_of_news() {
        return Effects::none();
    }
    let intent = intent.clone();
    open(state, &intent, state.world.now)
}

/// The plan for an intent, as the world is seen now.
fn plan(state: &mut State, intent: &Intent, at: Timestamp) -> Result<Plan, Refusal> {
    let place = intent.place();
    let running = |o: &Operation| o.outcome.is_none() && o.plan.intent.place() == place;
    let busy = state.ops.operations.iter().any(running);
    let op = name(&mut state.ops.count, state.ops.seed, at);
    let service = state.world.services.get(&place.service);
    let service = service.ok_or(Refusal::NoEnvironment(place.environment))?;
    let actor = Actor {
        clusters: &state.world.clusters,
        others: &state.world.others,
        op,
        read_only: state.world.read_only.as_deref(),
        busy,
    };
    planner::plan(
        intent,
        &service.evidence,
        &actor,
        Some(&service.advice),
        &state.world.access,
        at,
    )
}

/// A name that no other operation has: the second, and a hash of the seed and the count.
fn name(count: &mut u64, seed: u64, at: Timestamp) -> OpId {
    *count += 1;
    let mut x = seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    OpId::of(at, x ^ (x >> 31))
}

pub(super) fn dry_run(state: &mut State, op: &OpId, answer: Result<(), Untrusted>) -> Effects {
    if let Some(view) = view_of(state)
        && view.plan.op == *op
    {
        view.dry_run = Some(answer);
    }
    Effects::none()
}

/// Answers are for every later plan, for one that is open and was made before they came, and for one that was refused for
/// want of what is allowed now: it opens.
pub(super) fn access(state: &mut State, answers: Vec<(Permission, Access)>) -> Effects {
    if let Some(view) = view_of(state).filter(|view| view.confirmed.is_none()) {
        for (permission, known) in &mut view.plan.permissions {
            if let Some((_, answer)) = answers.iter().find(|(of, _)| of == permission) {
                *known = answer.clone();
            }
        }
    }
    state.world.access.extend(answers);
    let Some(Overlay::Refused {
        wanted: Some(intent),
        refusal: Refusal::Denied(missing),
    }) = state.ui.overlays.last()
    else {
        return Effects::none();
    };
    let known = &state.world.access;
    if missing
        .iter()
        .any(|p| known.get(p) == Some(&Access::Denied))
    {
        return Effects::none();
    }
    let intent = intent.clone();
    open(state, &intent, state.world.now)
}

/// What changing the flags of the shown service needs, asked again.
pub(super) fn ask_access(state: &State) -> Option<Effect> {
    let service = state.world.services.get(&state.ui.service)?;
    let mut asked = Vec::new();
    for (environment, known) in &service.evidence.environments {
        let Some(flags) = &known.flags else { continue };
        let place = Place::new(state.ui.service.clone(), *environment);
        asked.extend(planner::permissions(
            &place,
            &known.cluster,
            &known.namespace,
            &flags.value.source,
        ));
    }
    asked.dedup();
    (!asked.is_empty()).then_some(Effect::AskAccess(asked))
}

pub(super) fn edit(state: &mut State, editing: Editing) -> Effects {
    if let Some(view) = view_of(state) {
        view.editing = editing;
    }
    Effects::none()
}

pub(super) fn show_patch(state: &mut State) -> Effects {
    if let Some(view) = view_of(state) {
        view.show_patch = !view.show_patch;
    }
    Effects::none()
}

/// The key that confirms, or that asks for the name where a key is not enough.
pub(super) fn confirm_key(state: &mut State, pressed: Pressed) -> Effects {
    let Some(view) = view_of(state) else {
        return Effects::none();
    };
    if let Some(complaint) = not_meant(pressed.press) {
        view.complaint = Some(complaint);
        return Effects::none();
    }
    if key_is_enough(&view.plan.confirmation) {
        return confirm(state, &Proof::Key, pressed.at);
    }
    view.editing = Editing::Name;
    Effects::none()
}

/// The name was typed and Enter pressed.
pub(super) fn confirm_name(state: &mut State, pressed: Pressed) -> Effects {
    let Some(view) = view_of(state) else {
        return Effects::none();
    };
    if let Some(complaint) = not_meant(pressed.press) {
        view.complaint = Some(complaint);
        return Effects::none();
    }
    let typed = view.typed.text.clone();
    confirm(state, &Proof::Typed(typed), pressed.at)
}

/// Why a key is not taken for a confirmation, however right it is.
fn not_meant(press: Press) -> Option<Complaint> {
    let Press {
        held,
        together,
        plan_shown_ms,
        again_after_ms: _,
    } = press;
    if held {
        Some(Complaint::Repeated)
    } else if plan_shown_ms < ARMED_AFTER_MS {
        Some(Complaint::TooSoon)
    } else {
        together.then_some(Complaint::Pasted)
    }
}

fn confirm(state: &mut State, proof: &Proof, at: Timestamp) -> Effects {
    let read_only = state.world.read_only.is_some();
    let Some(view) = view_of(state) else {
        return Effects::none();
    };
    if read_only {
        view.complaint = Some(Complaint::ReadOnly);
        return Effects::none();
    }
    let plan = view.plan.clone();
    match approve(plan.clone(), proof, at) {
        Ok(approved) => {
            view.confirmed = Some(plan.op.clone());
            view.editing = Editing::Nothing;
            view.complaint = None;
            begin(state, plan, at);
            Effects::from(vec![Effect::Run(Box::new(approved))])
        }
        Err(why) => {
            view.complaint = Some(match why {
                NotApproved::Expired => Complaint::Expired,
                NotApproved::NotAllowed => Complaint::NotAllowed,
                NotApproved::WrongName | NotApproved::NeedsName => Complaint::WrongName,
            });
            Effects::none()
        }
    }
}

/// The operation stands in the state before its first byte is written.
fn begin(state: &mut State, plan: Plan, at: Timestamp) {
    let Intent::SetFlag { place, key, to, .. } = &plan.intent;
    if let Some(service) = state.world.services.get_mut(&place.service) {
        service.evidence.attempts.push(Attempt {
            op: Some(plan.op.clone()),
            place: place.clone(),
            what: Tried::Flag {
                key: key.clone(),
                to: *to,
            },
            at,
            outcome: None,
            recovered_at: None,
            helped_at: None,
        });
        reassess::conclude(service, state.world.now);
    }
    state.ops.operations.push(Operation {
        plan,
        progress: Vec::new(),
        outcome: None,
    });
}

fn view_of(state: &mut State) -> Option<&mut PlanView> {
    state
        .ui
        .overlays
        .iter_mut()
        .rev()
        .find_map(|overlay| match overlay {
            Overlay::Plan(view) => Some(view.as_mut()),
            Overlay::Help { .. }
            | Overlay::Palette { .. }
            | Overlay::Incident(_)
            | Overlay::Refused { .. } => None,
        })
}
