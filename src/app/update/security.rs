//! A security incident: raised and ended by a person with a reason, and recorded.

#[cfg(test)]
mod tests;

use super::Pressed;
use super::reassess;
use crate::app::effect::{Effect, Effects};
use crate::app::event::Press;
use crate::app::field::Field;
use crate::app::state::{Complaint, IncidentView, Overlay, State};
use crate::domain::environment::Environment;
use crate::domain::names::UserName;
use crate::domain::security::{Affected, Incident, Statement};

/// Asks for what is needed to raise an incident of the shown service, or to end the one that stands.
pub(super) fn open(state: &mut State) -> Effects {
    let Some(service) = state.world.services.get(&state.ui.service) else {
        return Effects::none();
    };
    let ends = service.evidence.incident().cloned();
    let affected = ends.as_ref().map_or(Affected::Both, |i| i.affected);
    let view = IncidentView {
        service: state.ui.service.clone(),
        ends,
        affected,
        reason: Field::default(),
        complaint: None,
    };
    state.ui.overlays.clear();
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

/// The reason is written: the incident is raised, or ended.
pub(super) fn said(state: &mut State, pressed: Pressed) -> Effects {
    let by = me(state);
    let Some(view) = view_of(state) else {
        return Effects::none();
    };
    let reason = view.reason.text.trim();
    let Press { held, together, .. } = pressed.press;
    view.complaint = match (held, together) {
        (true, _) => Some(Complaint::Repeated),
        (false, true) => Some(Complaint::Pasted),
        (false, false) => reason.is_empty().then_some(Complaint::NoReason),
    };
    if view.complaint.is_some() {
        return Effects::none();
    }
    let statement = Statement {
        at: pressed.at,
        by,
        reason: reason.into(),
    };
    let incident = match view.ends.clone() {
        Some(stands) => Incident {
            ended: Some(statement),
            ..stands
        },
        None => Incident {
            service: view.service.clone(),
            affected: view.affected,
            raised: statement,
            ended: None,
        },
    };
    state.ui.overlays.pop();
    keep(state, incident.clone());
    Effects::from(vec![Effect::RecordIncident(Box::new(incident))])
}

/// What other sessions recorded and nobody ended.
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
    let known = &mut service.evidence.incidents;
    match known.iter_mut().find(|k| k.raised == incident.raised) {
        Some(same) => *same = incident,
        None => known.push(incident),
    }
    reassess::conclude(service, state.world.now);
}

/// Who I am, as the service's clusters say.
fn me(state: &State) -> Option<UserName> {
    let service = state.world.services.get(&state.ui.service)?;
    let of = |environment| {
        let known = service.evidence.environments.get(&environment)?;
        state.world.clusters.get(&known.cluster)?.value.me.clone()
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
