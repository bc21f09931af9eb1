//! What can be made to go wrong on a simulated server while it runs, and what was asked of it.
//!
//! Tests and scenarios break the world through this handle; the handlers behind it know nothing of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;

/// One way in which a server misbehaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is handled only after this long (real time).
    Delay(Duration),
    /// The connection is closed without an answer.
    Drop,
    /// The answer's body ends after this many bytes with a broken connection.
    Tear(usize),
    /// The request is answered with this HTTP status, unhandled; with a `Retry-After` of so many seconds if given.
    Answer {
        /// The HTTP status code.
        status: u16,
        /// Seconds of the `Retry-After` header.
        retry_after: Option<u32>,
    },
    /// The answer is 200 with a body that is neither JSON nor text.
    Garbage,
    /// The `Date` header is off by this much.
    Skew(SignedDuration),
}

/// Which requests a fault is for: every filter that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The path must start so; "" is every path.
    pub prefix: String,
    /// The method must be this one (`WATCH` is a GET with `watch` set).
    pub method: Option<String>,
    /// The fault wears off after so many requests; `None` is until cleared.
    pub times: Option<u32>,
}

impl Scope {
    /// All requests whose path starts with `prefix`, until cleared.
    pub fn path(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            ..Self::default()
        }
    }

    /// Only those with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only the next `times` of them.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.times != Some(0)
            && path.starts_with(&self.prefix)
            && self.method.as_deref().is_none_or(|want| want == method)
    }
}

/// A shared handle on one server's faults and counters.
#[derive(Clone, Debug, Default)]
pub struct Knobs {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: watch::Sender<Vec<(Scope, Fault)>>,
    refusing: watch::Sender<bool>,
    seen: watch::Sender<BTreeMap<(String, String), u64>>,
}

impl Knobs {
    /// Adds a fault; several may hold for one request.
    pub fn set(&self, scope: Scope, fault: Fault) {
        self.state
            .faults
            .send_modify(|faults| faults.push((scope, fault)));
    }

    /// Takes away every fault, and listens again.
    pub fn clear(&self) {
        self.state.faults.send_modify(Vec::clear);
        self.refuse(false);
    }

    /// Closes the listening socket and all connections, so that a connect is refused; or listens again.
    pub fn refuse(&self, refusing: bool) {
        self.state.refusing.send_replace(refusing);
    }

    /// How many requests were seen with this method (`WATCH` is a GET with `watch` set) and path prefix.
    pub fn count(&self, method: &str, prefix: &str) -> u64 {
        count(&self.state.seen.borrow(), method, prefix)
    }

    /// All requests seen, by method and path.
    pub fn requests(&self) -> BTreeMap<(String, String), u64> {
        self.state.seen.borrow().clone()
    }

    /// Starts counting from zero again.
    pub fn reset_counts(&self) {
        self.state.seen.send_modify(BTreeMap::clear);
    }

    /// Returns once [`count`](Self::count) is at least `least`.
    pub async fn reached(&self, method: &str, prefix: &str, least: u64) {
        let mut seen = self.state.seen.subscribe();
        // Fails only when the sender is gone, and this handle holds it.
        drop(
            seen.wait_for(|seen| count(seen, method, prefix) >= least)
                .await,
        );
    }

    /// Counts a request and takes the faults that hold for it.
    pub(crate) fn meet(&self, method: &str, path: &str) -> Vec<Fault> {
        self.state.seen.send_modify(|seen| {
            *seen
                .entry((method.to_owned(), path.to_owned()))
                .or_default() += 1;
        });
        let mut met = Vec::new();
        self.state.faults.send_if_modified(|faults| {
            for (scope, fault) in faults.iter_mut() {
                if scope.matches(method, path) {
                    met.push(fault.clone());
                    scope.times = scope.times.map(|left| left.saturating_sub(1));
                }
            }
            !met.is_empty()
        });
        met
    }

    /// Whether the server is to refuse connections, and when that changes.
    pub(crate) fn refusing(&self) -> watch::Receiver<bool> {
        self.state.refusing.subscribe()
    }
}

fn count(seen: &BTreeMap<(String, String), u64>, method: &str, prefix: &str) -> u64 {
    seen.iter()
        .filter(|((asked, path), _)| asked == method && path.starts_with(prefix))
        .map(|(_, times)| times)
        .sum()
}
