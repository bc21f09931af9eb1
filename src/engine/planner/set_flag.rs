//! The plan to set one flag of one environment: patch its source, then wait until every instance evaluates it so.

use std::collections::BTreeMap;
use std::iter::once;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::refusal::Refusal;
use crate::domain::access::{Access, ClusterIdentity, Permission};
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::{FlagDefinition, FlagSet, FlagSource, FlagState};
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, FlagKey, Namespace, OpId};
use crate::domain::plan::{BlastRadius, Confirmation, Intent, Plan, Step, VerifyFlag};
use crate::domain::source::{SourceId, SourceState};
use crate::domain::untrusted::Untrusted;
use crate::domain::write::{SetFlag, Write};
use crate::engine::assess::{requests_share, sources};
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};

/// After so many seconds a plan must be made anew.
const EXPIRES_SECONDS: i64 = 60;

/// How long instances of flagd are given to follow, in seconds: it watches the resource, and a file only with the kubelet.
const DEADLINE_RESOURCE_SECONDS: u32 = 30;
const DEADLINE_FILE_SECONDS: u32 = 120;

/// How long that usually takes, in seconds.
const USUAL_RESOURCE_SECONDS: u32 = 10;
const USUAL_FILE_SECONDS: u32 = 60;

/// A flag as it is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) environment: &'a EnvironmentEvidence,
    pub(crate) set: &'a FlagSet,
    pub(crate) definition: &'a FlagDefinition,
}

/// What a plan is made with, besides the flag.
#[derive(Debug)]
pub(crate) struct Made<'a> {
    pub(crate) intent: &'a Intent,
    pub(crate) op: &'a OpId,
    pub(crate) cluster: &'a ClusterIdentity,
    pub(crate) clusters: &'a BTreeMap<ClusterName, Fresh<ClusterIdentity>>,
    pub(crate) permissions: Vec<(Permission, Access)>,
    pub(crate) reason: Untrusted,
    pub(crate) now: Timestamp,
}

/// The flag that is meant, if it was seen and not too long ago.
pub(crate) fn known<'a>(
    evidence: &'a ServiceEvidence,
    place: &Place,
    key: &FlagKey,
    now: Timestamp,
) -> Result<Known<'a>, Refusal> {
    let environment = evidence
        .environments
        .get(&place.environment)
        .ok_or(Refusal::NoEnvironment(place.environment))?;
    let flags = environment
        .flags
        .as_ref()
        .ok_or_else(|| Refusal::FlagsUnknown(place.clone()))?;
    let source = SourceId::Flags(place.clone());
    let state = evidence
        .sources
        .get(&source)
        .cloned()
        .unwrap_or(SourceState::live(flags.at));
    if let Some(silent) = sources::silent(&source, &state, 0, now) {
        let since = now.duration_since(silent.last.unwrap_or(flags.at));
        return Err(Refusal::FlagsStale {
            place: place.clone(),
            seconds: u64::try_from(since.as_secs()).unwrap_or(0),
        });
    }
    let definition = flags
        .value
        .flags
        .get(key)
        .ok_or_else(|| Refusal::NoSuchFlag {
            place: place.clone(),
            key: key.clone(),
            nearest: super::nearest(key, flags.value.flags.keys()),
        })?;
    Ok(Known {
        environment,
        set: &flags.value,
        definition,
    })
}

/// What setting a flag needs: the patch itself, and the right to it on that environment.
/// The namespace is the environment's, where that right is granted; the patch is asked where the object is.
pub fn permissions(
    place: &Place,
    cluster: &ClusterName,
    namespace: &Namespace,
    source: &FlagSource,
) -> Vec<Permission> {
    let (group, resource) = match source {
        FlagSource::FeatureFlag { .. } => ("core.openfeature.dev", "featureflags"),
        FlagSource::ConfigMap { .. } => ("", "configmaps"),
    };
    vec![
        Permission {
            cluster: cluster.clone(),
            verb: "patch".to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: source.namespace().clone(),
            name: Some(source.name().as_str().to_owned()),
        },
        Permission {
            cluster: cluster.clone(),
            verb: "disableflag".to_owned(),
            group: "flightdeck.dev".to_owned(),
            resource: "services".to_owned(),
            namespace: namespace.clone(),
            name: Some(place.service.as_str().to_owned()),
        },
    ]
}

/// The permissions with the cluster's answers; one that was never asked is unknown, which is not a no.
pub(crate) fn answered(
    place: &Place,
    known: &Known<'_>,
    access: &BTreeMap<Permission, Access>,
) -> Vec<(Permission, Access)> {
    permissions(
        place,
        &known.environment.cluster,
        &known.environment.namespace,
        &known.set.source,
    )
    .into_iter()
    .map(|permission| {
        let answer = access.get(&permission).cloned().unwrap_or(Access::Unknown {
            why: Untrusted::from("not answered yet"),
        });
        (permission, answer)
    })
    .collect()
}

/// A definition with another state: what our write makes of it.
pub(crate) fn with_state(definition: &Value, state: FlagState) -> Value {
    let mut after = definition.clone();
    if let Some(fields) = after.as_object_mut() {
        fields.insert("state".to_owned(), Value::from(state.as_str()));
    }
    after
}

/// Puts the plan together.
pub(crate) fn plan(
    evidence: &ServiceEvidence,
    place: &Place,
    key: &FlagKey,
    to: FlagState,
    known: &Known<'_>,
    made: Made<'_>,
) -> Plan {
    let (usual, deadline) = match known.set.source {
        FlagSource::FeatureFlag { .. } => (USUAL_RESOURCE_SECONDS, DEADLINE_RESOURCE_SECONDS),
        FlagSource::ConfigMap { .. } => (USUAL_FILE_SECONDS, DEADLINE_FILE_SECONDS),
    };
    let instances = instances(known.environment, key);
    let write = Write::SetFlag(SetFlag {
        cluster: known.environment.cluster.clone(),
        cluster_uid: made.cluster.uid.clone(),
        source: known.set.source.clone(),
        uid: known.set.uid.clone(),
        resource_version: known.set.resource_version.clone(),
        key: key.clone(),
        from: known.definition.state,
        to,
    });
    let verify = Step::VerifyFlag(VerifyFlag {
        place: place.clone(),
        key: key.clone(),
        expect: to,
        instances: instances.unwrap_or(0),
        knew: knew(known.environment, key),
        deadline_seconds: deadline,
    });
    let blast = blast(
        evidence,
        place,
        (key, known.environment, &known.set.source),
        made.clusters,
    );
    let expires = made
        .now
        .saturating_add(SignedDuration::from_secs(EXPIRES_SECONDS));
    Plan {
        op: made.op.clone(),
        intent: made.intent.clone(),
        by: made.cluster.me.clone(),
        made_at: made.now,
        expires_at: expires.unwrap_or(Timestamp::MAX),
        steps: vec![Step::Write(write), verify],
        permissions: made.permissions,
        confirmation: confirmation(&blast),
        blast,
        reason: made.reason,
        owner: known.set.owner.clone(),
        usual_seconds: usual,
        help_seconds: evidence.policy.help_seconds,
        before: known.definition.definition.clone(),
    }
}

/// What a change of a flag touches.
pub(crate) fn blast(
    evidence: &ServiceEvidence,
    place: &Place,
    (key, environment, source): (&FlagKey, &EnvironmentEvidence, &FlagSource),
    clusters: &BTreeMap<ClusterName, Fresh<ClusterIdentity>>,
) -> BlastRadius {
    let also = shared_with(evidence, place, (environment, source), clusters);
    let touched = || once(place).chain(&also);
    BlastRadius {
        place: place.clone(),
        instances: touched()
            .map(|p| {
                let environment = evidence.environments.get(&p.environment)?;
                instances(environment, key)
            })
            .sum(),
        traffic_share: touched()
            .map(|p| requests_share(evidence, p.environment))
            .sum(),
        also: also.clone(),
    }
}

/// The other environments that read the very same object. Two names may lead to one cluster: its uid tells, and the name
/// where that is not known.
fn shared_with(
    evidence: &ServiceEvidence,
    place: &Place,
    (environment, source): (&EnvironmentEvidence, &FlagSource),
    clusters: &BTreeMap<ClusterName, Fresh<ClusterIdentity>>,
) -> Vec<Place> {
    let uid = |cluster: &ClusterName| clusters.get(cluster).map(|c| &c.value.uid);
    let is_same = |other: &ClusterName| {
        let ours = &environment.cluster;
        ours == other || (uid(ours).is_some() && uid(ours) == uid(other))
    };
    let others = evidence.environments.iter().filter(|(name, other)| {
        let flags = other.flags.as_ref();
        **name != place.environment
            && is_same(&other.cluster)
            && flags.is_some_and(|flags| flags.value.source == *source)
    });
    others
        .map(|(name, _)| Place::new(place.service.clone(), *name))
        .collect()
}

/// The name must be typed where production is touched: by name, or because it reads the very same object.
fn confirmation(blast: &BlastRadius) -> Confirmation {
    let mut touched = once(&blast.place).chain(&blast.also);
    if touched.any(|place| place.environment == Environment::Production) {
        Confirmation::TypeName {
            name: blast.place.service.as_str().to_owned(),
        }
    } else {
        Confirmation::Key
    }
}

/// How many instances were asked about a flag.
fn instances(environment: &EnvironmentEvidence, key: &FlagKey) -> Option<u32> {
    let answers = environment.evaluations.as_ref()?.value.flags.get(key)?;
    u32::try_from(answers.len()).ok()
}

/// The instances whose answer was of this flag and no other: they know it.
fn knew(environment: &EnvironmentEvidence, key: &FlagKey) -> Vec<Untrusted> {
    let answers = environment
        .evaluations
        .as_ref()
        .and_then(|seen| seen.value.flags.get(key));
    let knows = answers.into_iter().flatten().filter(|e| e.answer.knows());
    knows.map(|e| e.instance.clone()).collect()
}
