//! A security incident: raised and ended by a person with a reason, and recorded.

#[cfg(test)]
mod tests;

use super::Pressed;
use super::reassess;
use crate::app::effect::{Effect, Effects};
use crate::app::event::Press;
use crate::app::field::Field;
use crate::app::state::{Complaint, IncidentView, Overlay, State, World};
use crate::domain::environment::Environment;
use crate::domain::names::UserName;
use crate::domain::security::{Affected, Incident, Statement, Whereabouts};
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};

/// Asks for what is needed to raise an incident of the shown service, or to end the one that stands.
pub(super) fn open(state: &mut State) -> Effects {
    // What is said is said of the world as it is, and is to be seen.
    state.ui.frozen = None;
    let Some(service) = state.world.services.get(&state.ui.service) else {
        return Effects::none();
    };
    let ends = service.evidence.incident();
    let affected = ends.as_ref().map_or(Affected::Both, |i| i.affected);
    let view = IncidentView {
        service: state.ui.service.clone(),
        ends,
        affected,
        reason: Field::default(),
        complaint: None,
    };
    state.ui.overlays.push(Overlay::Incident(Box::new(view)));
    Effects::none()
}

/// The next side that it may concern.
pub(super) fn another_side(state: &mut State) -> Effects {
    if let Some(view) = view_of(state) {
        view.affected = view.affected.next();
    }
    Effects::none()
}

/// A reason of fewer characters was hardly meant as one.
const LEAST: usize = 8;

/// The reason is written: the incident is raised, or all that stand are ended.
pub(super) fn said(state: &mut State, pressed: Pressed) -> Effects {
    let Some(view) = view_of(state) else {
        return Effects::none();
    };
    let reason = view.reason.text.trim();
    let Press { held, together, .. } = pressed.press;
    view.complaint = match (held, together) {
        (true, _) => Some(Complaint::Repeated),
        (false, true) => Some(Complaint::Pasted),
        (false, false) => (reason.chars().count() < LEAST).then_some(Complaint::NoReason),
    };
    if view.complaint.is_some() {
        return Effects::none();
    }
    let (reason, affected) = (reason.into(), view.affected);
    let (service, ends) = (view.service.clone(), view.ends.is_some());
    let Some(known) = state.world.services.get(&service) else {
        return Effects::none();
    };
    let statement = Statement {
        at: pressed.at,
        by: me(&state.world, &known.evidence),
        reason,
    };
    let said: Vec<Incident> = if ends {
        let end = |stands: &Incident| Incident {
            ended: Some(statement.clone()),
            ..stands.clone()
        };
        known.evidence.standing().map(end).collect()
    } else {
        let places = places(&known.evidence);
        vec![Incident {
            service,
            affected,
            places,
            raised: statement,
            ended: None,
        }]
    };
    state.ui.overlays.pop();
    for incident in &said {
        keep(state, incident.clone());
    }
    let record = |incident| Effect::RecordIncident(Box::new(incident));
    Effects::from(said.into_iter().map(record).collect::<Vec<_>>())
}

fn places(evidence: &ServiceEvidence) -> Vec<Whereabouts> {
    let place = |(environment, known): (&Environment, &EnvironmentEvidence)| Whereabouts {
        environment: *environment,
        context: known.context.clone(),
        namespace: known.namespace.clone(),
    };
    evidence.environments.iter().map(place).collect()
}

/// What other sessions recorded and nobody ended, as far as it is of services that this deck shows.
pub(super) fn found(state: &mut State, incidents: Vec<Incident>) -> Effects {
    for incident in incidents {
        keep(state, incident);
    }
    Effects::none()
}

/// Takes an incident in, or what became of it.
fn keep(state: &mut State, incident: Incident) {
    let Some(service) = state.world.services.get_mut(&incident.service) else {
        return;
    };
    if !service.evidence.is_of(&incident) {
        return;
    }
    let known = &mut service.evidence.incidents;
    match known.iter_mut().find(|k| k.raised == incident.raised) {
        Some(same) => *same = incident,
        None => known.push(incident),
    }
    reassess::conclude(service, state.world.now);
}

/// Who I am, as the service's clusters say.
fn me(world: &World, evidence: &ServiceEvidence) -> Option<UserName> {
    let of = |environment| {
        let known = evidence.environments.get(&environment)?;
        world.clusters.get(&known.cluster)?.value.me.clone()
    };
    of(Environment::Production).or_else(|| of(Environment::Canary))
}

fn view_of(state: &mut State) -> Option<&mut IncidentView> {
    match state.ui.overlays.last_mut()? {
        Overlay::Incident(view) => Some(view.as_mut()),
        Overlay::Help { .. }
        | Overlay::Palette { .. }
        | Overlay::Plan(_)
        | Overlay::Refused { .. } => None,
    }
}
