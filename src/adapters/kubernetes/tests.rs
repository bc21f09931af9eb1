//! From Deployments and pods as an API server sends them to the summary of a release.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::domain::untrusted::Untrusted;
use crate::domain::workload::{PodSeen, Rollout, WORST_PODS, WorkloadHealth};

use super::map::health;
use super::memory::{Kind, Rows};
use super::rows::{WireDeployment, WirePod};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T03:10:00Z")
}

/// A Deployment as `kubectl get -o json` prints it, shortened in what the deck does not read.
fn deployment(name: &str, status: &Value) -> WireDeployment {
    serde_json::from_value(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "shop", "uid": "8d1", "resourceVersion": "71", "generation": 4,
            "labels": {
                "app.kubernetes.io/instance": "checkout", "app.kubernetes.io/managed-by": "Helm",
                "app.kubernetes.io/version": "2.14.0", "helm.sh/chart": "checkout-1.9.2"
            },
            "annotations": {"deployment.kubernetes.io/revision": "4", "meta.helm.sh/release-name": "checkout"},
            "managedFields": [{"manager": "helm", "operation": "Update", "apiVersion": "apps/v1",
                "time": "2026-11-21T03:01:02Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]
        },
        "spec": {
            "replicas": 3, "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app": "checkout"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{
                "name": "app", "image": "registry.example.org:5000/shop/checkout:2.14.0",
                "resources": {"limits": {"memory": "512Mi"}}, "env": [{"name": "A", "value": "b"}]
            }]}}
        },
        "status": status
    }))
    .unwrap()
}

fn status(updated: u32, available: u32, reason: &str, progressing: &str) -> Value {
    json!({
        "observedGeneration": 4, "replicas": 3, "updatedReplicas": updated, "readyReplicas": available,
        "availableReplicas": available, "unavailableReplicas": 3 - available,
        "conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
             "lastUpdateTime": "2026-11-20T10:00:00Z", "lastTransitionTime": "2026-11-20T10:00:00Z", "message": "m"},
            {"type": "Progressing", "status": progressing, "reason": reason,
             "lastUpdateTime": "2026-11-21T03:01:22Z", "lastTransitionTime": "2026-11-21T03:00:50Z", "message": "m"}
        ]
    })
}

fn pod(name: &str, restarts: u32, ready: bool, container: &Value) -> WirePod {
    let mut containers = json!({
        "name": "app", "ready": ready, "restartCount": restarts, "started": ready,
        "image": "registry.example.org:5000/shop/checkout:2.14.0",
        "imageID": "registry.example.org:5000/shop/checkout@sha256:abc", "containerID": "containerd://1"
    });
    for (key, value) in container.as_object().unwrap() {
        containers[key] = value.clone();
    }
    serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": "90",
            "labels": {"app.kubernetes.io/instance": "checkout", "pod-template-hash": "77f"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "x", "env": []}], "tolerations": []},
        "status": {
            "phase": "Running", "podIP": "10.0.0.1", "startTime": "2026-11-21T03:00:51Z",
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T03:00:51Z"},
                {"type": "Ready", "status": if ready {"True"} else {"False"}, "lastProbeTime": null,
                 "lastTransitionTime": "2026-11-21T03:01:00Z"}
            ],
            "containerStatuses": [containers]
        }
    }))
    .unwrap()
}

fn rows(deployments: &[WireDeployment], pods: &[WirePod]) -> Rows {
    let mut rows = Rows::default();
    list(&mut rows, deployments, pods);
    rows
}

fn list(rows: &mut Rows, deployments: &[WireDeployment], pods: &[WirePod]) {
    rows.begin(Kind::Deployments);
    for object in deployments {
        rows.deployment(object, now());
    }
    rows.complete(Kind::Deployments);
    rows.begin(Kind::Pods);
    for object in pods {
        rows.pod(object, now());
    }
    rows.complete(Kind::Pods);
}

fn summary(rows: &Rows) -> WorkloadHealth {
    health(rows, "checkout", now())
}

#[test]
fn the_rollout_is_read_as_kubectl_reads_it() {
    let complete = Rollout::Complete {
        at: at("2026-11-21T03:01:22Z"),
    };
    let progressing = Rollout::Progressing {
        since: at("2026-11-21T03:01:22Z"),
    };
    let stuck = Rollout::Stuck {
        since: at("2026-11-21T03:00:50Z"),
        reason: Untrusted::from("ProgressDeadlineExceeded"),
    };
    let table = [
        (status(3, 3, "NewReplicaSetAvailable", "True"), complete),
        (
            status(1, 3, "ReplicaSetUpdated", "True"),
            progressing.clone(),
        ),
        (status(3, 2, "ReplicaSetUpdated", "True"), progressing),
        (status(3, 2, "ProgressDeadlineExceeded", "False"), stuck),
    ];
    for (status, expected) in table {
        let rows = rows(&[deployment("checkout", &status)], &[]);
        assert_eq!(summary(&rows).rollout, Some(expected), "{status}");
    }
    let mut unseen = status(3, 3, "NewReplicaSetAvailable", "True");
    unseen["observedGeneration"] = json!(3);
    let rows = rows(&[deployment("checkout", &unseen)], &[]);
    assert_eq!(
        summary(&rows).rollout,
        Some(Rollout::Progressing { since: now() })
    );
    assert_eq!(health(&rows, "other", now()).rollout, None);
}

#[test]
fn a_rollout_keeps_its_beginning_while_the_condition_moves_on() {
    let mut rows = rows(
        &[deployment(
            "checkout",
            &status(1, 3, "ReplicaSetUpdated", "True"),
        )],
        &[],
    );
    let mut later = status(2, 2, "ReplicaSetUpdated", "True");
    later["conditions"][1]["lastUpdateTime"] = json!("2026-11-21T03:05:00Z");
    rows.deployment(&deployment("checkout", &later), now());
    let since = at("2026-11-21T03:01:22Z");
    assert_eq!(summary(&rows).rollout, Some(Rollout::Progressing { since }));
}

#[test]
fn one_stuck_deployment_is_a_stuck_release_and_counts_are_summed() {
    let good = deployment("checkout", &status(3, 3, "NewReplicaSetAvailable", "True"));
    let bad = deployment(
        "checkout-worker",
        &status(3, 1, "ProgressDeadlineExceeded", "False"),
    );
    let health = summary(&rows(&[good, bad], &[]));
    assert_eq!((health.wanted, health.ready, health.updated), (6, 4, 6));
    assert!(matches!(health.rollout, Some(Rollout::Stuck { .. })));
    assert_eq!(health.version, Some(Untrusted::from("2.14.0")));
}

#[test]
fn the_version_is_the_label_else_the_tag_and_a_gitops_mark_is_seen() {
    let mut object = deployment("checkout", &status(3, 3, "NewReplicaSetAvailable", "True"));
    let labels = object.metadata.labels.as_mut().unwrap();
    labels.remove("app.kubernetes.io/version");
    labels.insert("helm.toolkit.fluxcd.io/name".into(), "checkout".into());
    let health = summary(&rows(&[object], &[]));
    assert_eq!(health.version, Some(Untrusted::from("2.14.0")));
    assert_eq!(
        health.owner,
        Some(Untrusted::from("Flux HelmRelease checkout"))
    );
    assert_eq!(
        health.images,
        [Untrusted::from(
            "registry.example.org:5000/shop/checkout:2.14.0"
        )]
    );
}

#[test]
fn pods_say_why_they_are_not_well_worst_first() {
    let pods = [
        pod(
            "a",
            0,
            true,
            &json!({"state": {"running": {"startedAt": "2026-11-21T03:01:00Z"}}}),
        ),
        pod(
            "b",
            7,
            false,
            &json!({
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
            }),
        ),
        pod(
            "c",
            0,
            false,
            &json!({"state": {"waiting": {"reason": "ImagePullBackOff"}}}),
        ),
        pod(
            "d",
            9,
            false,
            &json!({
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 1}}
            }),
        ),
        pod("e", 0, false, &json!({"state": {"running": {}}})),
        pod(
            "f",
            1,
            false,
            &json!({"state": {"terminated": {"reason": "", "exitCode": 3}}}),
        ),
    ];
    let health = summary(&rows(&[], &pods));
    let worst: Vec<(&str, &str, u32)> = health
        .worst
        .iter()
        .map(|p| (p.pod.raw(), p.reason.raw(), p.restarts))
        .collect();
    assert_eq!(
        worst,
        [
            ("d", "CrashLoopBackOff", 9),
            ("b", "CrashLoopBackOff (OOMKilled)", 7),
            ("f", "exit 3", 1),
            ("c", "ImagePullBackOff", 0),
            ("e", "not ready", 0),
        ]
    );
    assert_eq!((health.restarts, health.restarts_recent), (17, 0));
    assert_eq!(
        health.images,
        [Untrusted::from(
            "registry.example.org:5000/shop/checkout:2.14.0@sha256:abc"
        )]
    );
}

#[test]
fn restarts_count_as_recent_while_watched_and_for_five_minutes() {
    let well = json!({"state": {"running": {}}});
    let mut rows = rows(&[], &[pod("a", 4, true, &well), pod("b", 0, true, &well)]);
    assert_eq!(
        summary(&rows).restarts_recent,
        0,
        "what was before is not recent"
    );
    rows.pod(&pod("a", 6, true, &well), now());
    rows.pod(&pod("new", 1, true, &well), now());
    assert_eq!(summary(&rows).restarts_recent, 3);
    let named: Vec<String> = summary(&rows).worst.iter().map(|p| p.pod.shown()).collect();
    assert_eq!(
        named,
        ["a", "new"],
        "a restart shows though the pod is ready again"
    );

    // A relist does not count them again, and forgets who is gone.
    list(&mut rows, &[], &[pod("a", 6, true, &well)]);
    assert_eq!(
        (summary(&rows).restarts_recent, summary(&rows).restarts),
        (3, 6)
    );
    rows.forget_old_restarts(now() + SignedDuration::from_secs(299));
    assert_eq!(summary(&rows).restarts_recent, 3);
    rows.forget_old_restarts(now() + SignedDuration::from_secs(301));
    assert_eq!(summary(&rows).restarts_recent, 0);
}

#[test]
fn without_the_right_to_see_deployments_pods_still_count() {
    let well = json!({"state": {"running": {}}});
    let mut rows = rows(&[], &[pod("a", 0, true, &well), pod("b", 0, false, &well)]);
    rows.forbid(Kind::Deployments);
    let health = summary(&rows);
    assert_eq!((health.wanted, health.ready), (2, 1));
    assert_eq!(health.rollout, None);
}

#[test]
fn many_pods_are_twenty_names() {
    let pods: Vec<WirePod> = (0..500)
        .map(|i| pod(&format!("p{i:05}"), i % 7, i % 2 == 0, &json!({})))
        .collect();
    let health = summary(&rows(&[], &pods));
    assert_eq!(health.worst.len(), 20);
    assert!(health.worst.iter().all(|p| p.restarts == 6));
    assert_eq!(health.images.len(), 1);
}

#[test]
fn the_pods_are_listed_the_unready_first_and_of_many_only_the_worst() {
    let name = |pod: &PodSeen| pod.pod.raw().to_owned();
    let mut pods: Vec<WirePod> = (0..30)
        .map(|n| pod(&format!("well-{n:02}"), 0, true, &json!({})))
        .collect();
    pods.push(pod("once", 1, true, &json!({})));
    let waiting = json!({"state": {"waiting": {"reason": "ErrImagePull"}}});
    pods.push(pod("starting", 0, false, &waiting));
    let mut deleted = pod("deleted", 0, true, &json!({}));
    let time = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(at("2026-11-21T03:02:00Z"));
    deleted.metadata.deletion_timestamp = Some(time);
    pods.push(deleted);
    let rows = rows(&[], &pods);
    let seen = summary(&rows).pods.unwrap();
    assert_eq!((seen.all, seen.listed.len()), (32, WORST_PODS));
    assert_eq!((seen.leave, seen.leaving), (1, vec!["deleted".into()]));
    let names: Vec<String> = seen.listed.iter().take(4).map(name).collect();
    assert_eq!(names, ["starting", "once", "well-00", "well-01"]);
    let first = &seen.listed[0];
    assert_eq!(first.since, Some(at("2026-11-21T03:01:00Z")));
    assert_eq!(first.reason.as_ref().unwrap().raw(), "ErrImagePull");
}
