//! From what somebody wants to the plan for it, or to why there is none.

mod distance;
pub mod refusal;
mod set_flag;
mod why;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use refusal::Refusal;
pub use set_flag::permissions;

use super::advisor::advice::{Advice, RungKind, RungState, RungTarget};
use super::evidence::ServiceEvidence;
use crate::domain::access::{Access, ClusterIdentity, Permission};
use crate::domain::environment::Place;
use crate::domain::flag::FlagState;
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, ClusterUid, FlagKey, OpId};
use crate::domain::plan::{BlastRadius, Intent, Plan};
use crate::domain::progress::Outcome;

/// For whom a plan is made, and what stands in the way on our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor<'a> {
    /// The clusters that have introduced themselves, and with each who I am there.
    pub clusters: &'a BTreeMap<ClusterName, Fresh<ClusterIdentity>>,
    /// Where another cluster answers than the one that did so first, and which.
    pub others: &'a BTreeMap<ClusterName, ClusterUid>,
    /// The name of the operation.
    pub op: OpId,
    /// Why nothing may be written; none when writing is possible.
    pub read_only: Option<&'a str>,
    /// Whether another operation of ours runs at that place.
    pub busy: bool,
}

/// Makes the plan for an intent. `advice` gives the reason where the intent is what is advised; a person may write another.
pub fn plan(
    intent: &Intent,
    evidence: &ServiceEvidence,
    actor: &Actor<'_>,
    advice: Option<&Advice>,
    access: &BTreeMap<Permission, Access>,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    if let Some(why) = actor.read_only {
        return Err(Refusal::ReadOnly {
            why: why.to_owned(),
        });
    }
    if actor.busy {
        return Err(Refusal::Busy(intent.place().clone()));
    }
    match intent {
        Intent::SetFlag { place, key, to, .. } => {
            let at = evidence.environments.get(&place.environment);
            if let Some((cluster, found)) = at.and_then(|e| actor.others.get_key_value(&e.cluster))
            {
                return Err(Refusal::OtherCluster {
                    cluster: cluster.clone(),
                    found: found.clone(),
                });
            }
            let known = set_flag::known(evidence, place, key, now)?;
            if known.definition.state == *to {
                return Err(Refusal::Already {
                    key: key.clone(),
                    state: *to,
                });
            }
            let cluster = &known.environment.cluster;
            let cluster = actor.clusters.get(cluster).ok_or(Refusal::ClusterUnknown)?;
            let answered = set_flag::answered(place, &known, access);
            let denied: Vec<Permission> = answered
                .iter()
                .filter(|(_, answer)| *answer == Access::Denied)
                .map(|(permission, _)| permission.clone())
                .collect();
            if !denied.is_empty() {
                return Err(Refusal::Denied(denied));
            }
            let reason = why::reason(intent, advice);
            let made = set_flag::Made {
                intent,
                op: &actor.op,
                cluster: &cluster.value,
                clusters: actor.clusters,
                permissions: answered,
                reason,
                now,
            };
            Ok(set_flag::plan(evidence, place, key, *to, &known, made))
        }
    }
}

/// The intent behind what is advised.
pub fn advised(evidence: &ServiceEvidence, advice: &Advice) -> Result<Intent, Refusal> {
    let rung = advice
        .rungs
        .iter()
        .find(|r| r.state == RungState::Recommended)
        .ok_or(Refusal::NothingAdvised)?;
    match (&rung.kind, &rung.target) {
        (RungKind::Flag, RungTarget::Flag { key, environment }) => Ok(Intent::SetFlag {
            place: Place::new(evidence.service.clone(), *environment),
            key: key.clone(),
            to: FlagState::Disabled,
            undoes: None,
        }),
        (
            RungKind::Flag
            | RungKind::Rollback
            | RungKind::Traffic
            | RungKind::Database
            | RungKind::Restore
            | RungKind::People,
            _,
        ) => Err(Refusal::ByHand),
    }
}

/// What disabling a flag would touch, before there is a plan; none where its source was never seen.
pub fn touches(
    evidence: &ServiceEvidence,
    place: &Place,
    key: &FlagKey,
    clusters: &BTreeMap<ClusterName, Fresh<ClusterIdentity>>,
) -> Option<BlastRadius> {
    let environment = evidence.environments.get(&place.environment)?;
    let source = &environment.flags.as_ref()?.value.source;
    Some(set_flag::blast(
        evidence,
        place,
        (key, environment, source),
        clusters,
    ))
}

/// The intent that takes a finished operation back: refused when nothing was written, or somebody else changed the flag
/// since. While the object is seen at the version that was changed, our change has only not come back to us yet.
pub fn undo(
    done: &Plan,
    outcome: Option<&Outcome>,
    evidence: &ServiceEvidence,
    now: Timestamp,
) -> Result<Intent, Refusal> {
    if outcome.and_then(Outcome::is_written) != Some(true) {
        return Err(Refusal::NothingToUndo);
    }
    match &done.intent {
        Intent::SetFlag { place, key, to, .. } => {
            let known = set_flag::known(evidence, place, key, now)?;
            let changed = done.set_flag().map(|write| &write.resource_version);
            if changed == Some(&known.set.resource_version) {
                return Err(Refusal::OwnChangeUnseen { key: key.clone() });
            }
            if known.definition.definition != set_flag::with_state(&done.before, *to) {
                return Err(Refusal::ChangedSince { key: key.clone() });
            }
            Ok(Intent::SetFlag {
                place: place.clone(),
                key: key.clone(),
                to: to.other(),
                undoes: Some(done.op.clone()),
            })
        }
    }
}

/// The key nearest to one that does not exist.
pub(crate) fn nearest<'k>(
    key: &FlagKey,
    keys: impl Iterator<Item = &'k FlagKey>,
) -> Option<FlagKey> {
    distance::nearest(key.as_str(), keys, FlagKey::as_str).cloned()
}
