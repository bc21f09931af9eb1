//! From rows to the summary of one release.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::untrusted::Untrusted;
use crate::domain::workload::{PodSeen, PodTrouble, PodsSeen, Rollout, WORST_PODS, WorkloadHealth};

use super::memory::{Kind, Part, Rows};
use super::rows::{DeploymentRow, PodRow, Stage};

/// How the workload of a release is.
pub(super) fn health(rows: &Rows, release: &str, now: Timestamp) -> WorkloadHealth {
    let deployments: Vec<(&str, &DeploymentRow)> = rows.deployments_of(release).collect();
    let recent = rows.restarts_of(release);
    let mut health = WorkloadHealth {
        restarts_recent: recent.values().sum(),
        rollout: rollout(&deployments, now),
        owner: deployments.iter().find_map(|(_, row)| row.owner.clone()),
        ..WorkloadHealth::default()
    };
    let mut images: BTreeSet<&str> = BTreeSet::new();
    let mut worst = Vec::new();
    let mut all = Vec::new();
    let mut leaving = Vec::new();
    let (mut pods, mut pods_ready) = (0_u32, 0_u32);
    for (name, pod) in rows.pods_of(release) {
        health.restarts += pod.restarts;
        if pod.leaving {
            leaving.push(name);
            continue;
        }
        pods += 1;
        pods_ready += u32::from(pod.ready);
        images.extend(pod.images.iter().map(|image| &**image));
        let restarted = recent.get(name).copied().unwrap_or(0);
        let rank = (!pod.ready, restarted, pod.restarts);
        all.push((Reverse(rank), name, pod));
        if !pod.ready || restarted > 0 {
            // Not ready first, then by restarts; a name breaks the tie, so that the order is stable.
            worst.push((Reverse(!pod.ready), Reverse(pod.restarts), name, pod));
        }
    }
    for (_, row) in &deployments {
        health.wanted += row.wanted;
        health.ready += row.ready;
        health.updated += row.updated;
        if pods == 0 {
            images.extend(row.images.iter().map(|image| &**image));
        }
    }
    if rows.part(Kind::Deployments) == Part::Forbidden {
        health.wanted = pods;
        health.ready = pods_ready;
        health.updated = pods;
    }
    worst.sort_by_key(|(ready, restarts, name, _)| (*ready, *restarts, *name));
    let worst = worst.into_iter().take(WORST_PODS);
    health.worst = worst
        .map(|(_, _, name, pod)| PodTrouble {
            pod: Untrusted::from(name),
            reason: Untrusted::from(pod.reason.as_deref().unwrap_or(if pod.ready {
                "restarted"
            } else {
                "not ready"
            })),
            restarts: pod.restarts,
        })
        .collect();
    if rows.part(Kind::Pods) != Part::Forbidden {
        health.pods = Some(PodsSeen {
            all: pods,
            listed: listed(all, &recent),
            leave: u32::try_from(leaving.len()).unwrap_or(u32::MAX),
            leaving: named(leaving),
        });
    }
    health.version = version(&deployments, release);
    health.images = images.into_iter().map(Untrusted::from).collect();
    health
}

/// Pods with their rank, the worse the lower.
type Ranked<'r> = Vec<(Reverse<(bool, u32, u32)>, &'r str, &'r PodRow)>;

/// The worst pods by rank, then by name: of thousands only these are sorted.
fn listed(mut all: Ranked<'_>, recent: &BTreeMap<&str, u32>) -> Vec<PodSeen> {
    if all.len() > WORST_PODS {
        all.select_nth_unstable_by_key(WORST_PODS, |(rank, name, _)| (*rank, *name));
        all.truncate(WORST_PODS);
    }
    all.sort_by_key(|(rank, name, _)| (*rank, *name));
    let seen = all.into_iter().map(|(_, name, pod)| PodSeen {
        pod: Untrusted::from(name),
        ready: pod.ready,
        since: pod.since,
        restarts: pod.restarts,
        recent: recent.get(name).copied().unwrap_or(0),
        reason: pod.reason.as_deref().map(Untrusted::from),
    });
    seen.collect()
}

/// The first pods by name.
fn named(mut all: Vec<&str>) -> Vec<Untrusted> {
    all.sort_unstable();
    all.truncate(WORST_PODS);
    all.into_iter().map(Untrusted::from).collect()
}

/// The version of the Deployment that is named like the release, else of the first.
fn version(deployments: &[(&str, &DeploymentRow)], release: &str) -> Option<Untrusted> {
    let main = deployments.iter().find(|(name, _)| *name == release);
    let (_, row) = main.or(deployments.first())?;
    if let Some(version) = &row.version {
        return Some(Untrusted::from(&**version));
    }
    let image = row.images.first()?;
    let name = image.split('@').next().unwrap_or(image);
    let (_, last) = name.rsplit_once('/').unwrap_or(("", name));
    last.split_once(':').map(|(_, tag)| Untrusted::from(tag))
}

/// The worst of all: one stuck Deployment is a stuck release.
fn rollout(deployments: &[(&str, &DeploymentRow)], now: Timestamp) -> Option<Rollout> {
    let mut complete: Option<Timestamp> = None;
    let mut progressing: Option<Timestamp> = None;
    for (_, row) in deployments {
        match &row.stage {
            Stage::Stuck { at, reason } => {
                return Some(Rollout::Stuck {
                    since: at.unwrap_or(now),
                    reason: Untrusted::new(reason.clone()),
                });
            }
            Stage::Progressing { .. } => {
                let since = row.since.unwrap_or(now);
                progressing = Some(progressing.map_or(since, |p| p.min(since)));
            }
            Stage::Complete { at } => {
                // Without conditions (an old server) the time is not known; the oldest possible hurts least.
                let at = at.unwrap_or(Timestamp::UNIX_EPOCH);
                complete = Some(complete.map_or(at, |c| c.max(at)));
            }
        }
    }
    progressing
        .map(|since| Rollout::Progressing { since })
        .or(complete.map(|at| Rollout::Complete { at }))
}
