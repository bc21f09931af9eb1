//! The targets of a cluster as service discovery finds them, each with what it exports now.

use crate::sim::prometheus::{Labels, Pair};

use super::cluster::Cluster;
use super::export;

/// One target of a real Prometheus.
#[derive(Debug)]
pub(crate) struct Target {
    /// The path on the exporters' listener.
    pub(crate) path: String,
    /// The labels that discovery gives it.
    pub(crate) labels: Vec<Pair>,
    /// Whether it answers a scrape.
    pub(crate) answers: bool,
    samples: Vec<(Labels, f64)>,
}

impl Target {
    /// What it exports.
    pub(crate) fn samples(self) -> Vec<(Labels, f64)> {
        self.samples
    }
}

fn present(labels: Vec<Labels>, values: Vec<Option<f64>>) -> impl Iterator<Item = (Labels, f64)> {
    labels
        .into_iter()
        .zip(values)
        .filter_map(|(labels, value)| Some((labels, value?)))
}

/// All targets of a cluster: its pods, the kubelet's cAdvisor, kube-state-metrics, `kafka_exporter`.
pub(crate) fn targets(cluster: &Cluster) -> Vec<Target> {
    let mut out = Vec::new();
    let mut containers = Vec::new();
    let mut states = Vec::new();
    let mut queues = Vec::new();
    for app in &cluster.apps {
        let service = app.service.name.as_str();
        states.extend(present(
            export::deployment_labels(service),
            export::deployment_values(app),
        ));
        queues.extend(present(
            export::lag_labels(&app.service),
            export::lag_values(app),
        ));
        for pod in &app.pods {
            out.push(Target {
                path: format!("/metrics/pods/{}", pod.name),
                labels: export::target(service, pod),
                answers: pod.answers(),
                samples: present(
                    export::app_labels(&app.service, pod),
                    export::app_values(&app.service, pod),
                )
                .collect(),
            });
            containers.extend(present(
                export::cadvisor_labels(service, pod),
                export::cadvisor_values(pod),
            ));
            containers.extend(present(
                export::sandbox_labels(pod),
                export::sandbox_values(pod),
            ));
            states.extend(present(
                export::state_labels(service, pod),
                export::state_values(pod),
            ));
        }
    }
    for (path, labels, samples) in [
        (
            "/metrics/cadvisor",
            export::pairs(&export::KUBELET),
            containers,
        ),
        (
            "/metrics/kube-state",
            export::pairs(&export::STATE_METRICS),
            states,
        ),
        ("/metrics/kafka", export::pairs(&export::KAFKA), queues),
    ] {
        out.push(Target {
            path: path.to_owned(),
            labels,
            answers: true,
            samples,
        });
    }
    out
}
