//! What happens to a world's pods and to its Prometheus beside the script: for tests of what must not be taken for news.
//!
//! Nothing here makes a request fail; only what is known of the requests breaks.

use super::running::Running;
use super::scenario::{Server, Side};

impl Running {
    /// The process of one ready pod of a service ends and is started again a second later, counting from zero. Returns
    /// the pod's name; none if no pod is ready.
    pub fn crash(&self, side: Side, service: &str) -> Option<String> {
        self.shared.change(|world| world.crash(side, service))
    }

    /// Nothing reaches one ready pod's metrics endpoint any more, so that its scrapes fail; it goes on serving. Returns
    /// the pod's name; none if no pod is ready.
    pub fn cut_off(&self, side: Side, service: &str) -> Option<String> {
        self.shared.change(|world| world.cut_off(side, service))
    }

    /// Every pod's metrics endpoint can be reached again.
    pub fn reconnect(&self) {
        self.shared.change(super::world::World::reconnect);
    }

    /// A cluster's Prometheus stops, without a word about its series, or comes back: what a scenario's own
    /// `prometheus-down` does.
    pub async fn prometheus(&self, side: Side, up: bool) {
        self.shared
            .change(|world| world.open(side, Server::Prometheus, up));
        self.settle().await;
    }
}
