//! The exporters that a real Prometheus can scrape: each pod's own page, the node's, kube-state-metrics', and all.

use http::{Request, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::answer;
use super::exposition::page;
use crate::sim::scenario::Side;
use crate::sim::serve::{Body, Handler};
use crate::sim::world::{Cluster, Shared, Target, targets};

/// The exporters of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Exporters {
    world: Shared,
    side: Side,
}

impl Exporters {
    pub(crate) fn new(world: Shared, side: Side) -> Self {
        Self { world, side }
    }

    fn answer(&self, path: &str, host: &str) -> Response<Body> {
        let missing = || answer::text(StatusCode::NOT_FOUND, "404 page not found\n");
        self.world.look(|world| {
            let Some(cluster) = world.cluster(self.side) else {
                return missing();
            };
            if path == "/sd" {
                return answer::json_response(StatusCode::OK, &discovery(cluster, host));
            }
            let mut wanted = targets(cluster);
            if path != "/metrics" {
                wanted.retain(|target| target.path == path);
            }
            if wanted.is_empty() {
                return missing();
            }
            if path != "/metrics" && wanted.iter().all(|target| !target.answers) {
                return answer::text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the process does not run\n",
                );
            }
            let samples = wanted
                .into_iter()
                .filter(|target| target.answers)
                .flat_map(Target::samples);
            answer::typed(
                StatusCode::OK,
                "text/plain; version=0.0.4; charset=utf-8",
                page(samples),
            )
        })
    }
}

impl Handler for Exporters {
    async fn handle(&self, request: Request<Bytes>) -> Response<Body> {
        let host = request
            .headers()
            .get(http::header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        self.answer(request.uri().path(), host)
    }
}

/// Prometheus' HTTP service discovery: one group for each target.
fn discovery(cluster: &Cluster, host: &str) -> Value {
    let groups: Vec<Value> = targets(cluster)
        .iter()
        .map(|target| {
            let mut labels = serde_json::Map::new();
            labels.insert("__metrics_path__".to_owned(), json!(target.path));
            for (name, value) in &target.labels {
                labels.insert(name.to_string(), json!(value.to_string()));
            }
            json!({"targets": [host], "labels": labels})
        })
        .collect();
    json!(groups)
}
