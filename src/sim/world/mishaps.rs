//! What happens to pods and to Prometheus beside the script.
//!
//! Apart from the script's events, because these break what is known of requests and never the requests.

use crate::sim::scenario::{Endpoint, Pack, Server, Side};

use super::World;
use super::app::{App, Changes};
use super::cluster::Cluster;
use super::pod::Pod;

/// What an endpoint answers, sooner or later.
fn statuses(endpoint: &Endpoint) -> impl Iterator<Item = u16> {
    let missing = (endpoint.missing > 0.0).then_some(404);
    [200, 500].into_iter().chain(missing)
}

impl World {
    /// Lets every counter of the pods that run now begin at that many requests: they have served for long.
    pub(crate) fn have_served(&mut self, requests: u64) {
        for app in self.clusters.iter_mut().flat_map(|c| &mut c.apps) {
            let service = std::sync::Arc::clone(&app.service);
            let split = service.pack == Pack::OtelHttp;
            let mut quick = [0; 15];
            if let Some(first) = quick.first_mut() {
                *first = requests;
            }
            for pod in &mut app.pods {
                for (place, endpoint) in service.endpoints.iter().enumerate() {
                    for status in statuses(endpoint) {
                        pod.count(place, status, &quick, split);
                    }
                }
            }
        }
    }

    pub(crate) fn crash(&mut self, side: Side, service: &str) -> Option<String> {
        let now = self.now;
        self.on(side, |cluster| cluster.crash(service, now))?
    }

    pub(crate) fn cut_off(&mut self, side: Side, service: &str) -> Option<String> {
        let cut = |cluster: &mut Cluster| {
            let app = cluster.apps.iter_mut().find(|a| a.service.name == service);
            let pods = app?.pods.iter_mut();
            // Not the first, which may have crashed and be young.
            let pod = pods.rev().find(|pod| pod.ready.is_some())?;
            pod.cut_off = true;
            Some(pod.name.clone())
        };
        self.on(side, cut)?
    }

    pub(crate) fn reconnect(&mut self) {
        let clusters = self.clusters.iter_mut();
        for pod in clusters.flat_map(|c| &mut c.apps).flat_map(|a| &mut a.pods) {
            pod.cut_off = false;
        }
    }

    /// Lets one of a cluster's servers answer or refuse.
    pub(crate) fn open(&mut self, side: Side, server: Server, open: bool) {
        self.on(side, |cluster| cluster.open(server, open));
    }
}

impl Cluster {
    fn crash(&mut self, service: &str, at: super::Millis) -> Option<String> {
        let place = self.apps.iter().position(|a| a.service.name == service)?;
        let pod = ready(self.apps.get_mut(place)?)?;
        pod.crash(at);
        let name = pod.name.clone();
        let changes = Changes {
            made: vec![name.clone()],
            ..Changes::default()
        };
        self.carry(place, changes, at);
        Some(name)
    }
}

fn ready(app: &mut App) -> Option<&mut Pod> {
    app.pods.iter_mut().find(|pod| pod.ready.is_some())
}
