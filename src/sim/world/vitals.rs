//! What a pod's requests cost beside themselves: connections, look-ups, packets, throttling, and what the business makes.
//!
//! It draws from a generator of its own, so that requests and their outcomes are the same with it or without.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::sim::scenario::Service;

use super::active::Costs;
use super::latency::binomial;
use super::pod::{Life, Pod};
use super::traffic::TICK_SECONDS;

/// The scheduler's periods in a second (CFS bandwidth control, 100 ms each).
const PERIODS: f64 = 10.0;
/// The usual share of them in which a container is throttled, and from which use of its limit there are more.
const THROTTLED: (f64, f64) = (0.01, 0.8);
/// The least and the span of the usual share of connections in use.
const IN_USE: (f64, f64) = (0.35, 0.1);
/// The usual wait for a connection in seconds.
const WAIT: f64 = 0.003;
/// The usual share of look-ups that the cache answers.
const HITS: f64 = 0.94;
/// Bytes received and sent for each request, and each second without any (probes and scrapes).
const BYTES: [(f64, f64); 2] = [(1_500.0, 300.0), (6_000.0, 1_200.0)];
/// The use of its memory limit from which on a container waits for what is reclaimed.
const RECLAIMED: f64 = 0.8;
/// The usual share of time in which something waits for a disk.
const USUAL_DISK: f64 = 0.002;
/// Bytes in a packet.
const PACKET: f64 = 1_000.0;

/// What a process counts and shows; it starts anew with the process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Vitals {
    /// Connections in use.
    pub(crate) used: u32,
    /// Requests that wait for one.
    pub(crate) pending: u32,
    /// Connections that were taken, ever.
    pub(crate) taken: u64,
    /// The seconds for which their takers waited.
    pub(crate) waited: f64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// What the business counts.
    pub(crate) completed: u64,
}

/// What the kubelet counts of a pod; it outlives the process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meters {
    pub(crate) periods: u64,
    pub(crate) throttled: u64,
    /// Seconds in which some task waited for CPU, for memory and for a disk.
    pub(crate) waited: [f64; 3],
    pub(crate) received: Traffic,
    pub(crate) sent: Traffic,
}

/// One direction of a pod's network.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) bytes: u64,
    pub(crate) dropped: u64,
}

/// What one tick of a pod was like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Requests that it served.
    pub(crate) served: u64,
    /// CPU in use as a share of the limit; none where its process does not run.
    pub(crate) cpu: Option<f64>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of one tick, not negative"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts of one tick are small")]
fn float(value: u64) -> f64 {
    value as f64
}

impl Vitals {
    /// One tick of a process that runs.
    fn tick(&mut self, service: &Service, load: Load, costs: &Costs, rng: &mut ChaCha8Rng) {
        let served = float(load.served);
        let (noise, jitter): (f64, f64) = (rng.random(), rng.random());
        if let Some(pool) = &service.pool {
            let busy = load.served > 0;
            let usual = if busy {
                IN_USE.0 + IN_USE.1 * noise
            } else {
                0.0
            };
            let share = (usual + costs.pool_used).clamp(0.0, 1.0);
            let wait = WAIT * (0.8 + 0.4 * jitter) + costs.pool_wait_ms / 1000.0;
            let count = |value: f64| u32::try_from(whole(value)).unwrap_or(u32::MAX);
            self.used = count(share * f64::from(pool.size));
            self.taken += load.served;
            self.waited += served * wait;
            // As many wait at any moment as come while one does.
            self.pending = count(served / TICK_SECONDS * costs.pool_wait_ms / 1000.0);
        }
        if service.cache.is_some() {
            let hits = binomial(load.served, (HITS + costs.cache_hits).clamp(0.0, 1.0), rng);
            self.hits += hits;
            self.misses += load.served - hits;
        }
    }

    /// What the business counts of requests that succeeded at one endpoint.
    pub(crate) fn complete(&mut self, succeeded: u64, share: f64, rng: &mut ChaCha8Rng) {
        self.completed += binomial(succeeded, share, rng);
    }
}

impl Meters {
    /// One tick of a pod.
    fn tick(&mut self, load: Load, memory: f64, costs: &Costs, rng: &mut ChaCha8Rng) {
        if let Some(cpu) = load.cpu {
            let periods = whole(PERIODS * TICK_SECONDS);
            let (usual, from) = THROTTLED;
            let share = usual + (cpu - from).max(0.0) * 2.5 + costs.throttled;
            self.periods += periods;
            self.throttled += binomial(periods, share.clamp(0.0, 1.0), rng);
            // Whoever is throttled waits; and a little from half of the limit on, for tasks do not come evenly.
            let [for_cpu, for_memory, for_disk] = &mut self.waited;
            let queued = (cpu - 0.5).max(0.0) * 0.4;
            *for_cpu += (share + queued).clamp(0.0, 1.0) * TICK_SECONDS;
            *for_memory += ((memory - RECLAIMED) * 2.0).clamp(0.0, 1.0) * TICK_SECONDS;
            *for_disk += USUAL_DISK * TICK_SECONDS;
        }
        for (direction, (each, idle)) in [&mut self.received, &mut self.sent].into_iter().zip(BYTES)
        {
            let noise: f64 = rng.random();
            let bytes = (float(load.served) * each + idle * TICK_SECONDS) * (0.99 + 0.02 * noise);
            direction.bytes += whole(bytes);
            direction.dropped += binomial(whole(bytes / PACKET), costs.network_drops, rng);
        }
    }
}

impl Pod {
    /// What a tick's load costs it.
    pub(crate) fn pay(
        &mut self,
        service: &Service,
        load: Load,
        costs: &Costs,
        rng: &mut ChaCha8Rng,
    ) {
        if let Some(cpu) = load.cpu {
            self.cpu_seconds += cpu * TICK_SECONDS;
            self.vitals.tick(service, load, costs, rng);
        }
        if self.life != Life::Creating {
            self.meters.tick(load, self.memory, costs, rng);
        }
    }
}

/// A service's queue on one cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backlog {
    /// Messages that came and were not read, beside those just on their way.
    behind: f64,
    /// Unread messages by partition.
    pub(crate) lag: Vec<u64>,
}

/// The usual number of unread messages over all partitions: the least and the span.
const ON_THEIR_WAY: (f64, f64) = (20.0, 40.0);
/// How many of those behind are read each second once no more come than can be read.
const CATCHES_UP: f64 = 25.0;

impl Backlog {
    /// One tick of a queue to which that many messages a second come in excess.
    pub(crate) fn tick(&mut self, partitions: u32, excess: f64, rng: &mut ChaCha8Rng) {
        let change = if excess > 0.0 { excess } else { -CATCHES_UP };
        self.behind = (self.behind + change * TICK_SECONDS).max(0.0);
        let noise: f64 = rng.random();
        let mut left = whole(self.behind + ON_THEIR_WAY.0 + ON_THEIR_WAY.1 * noise);
        self.lag = (0..partitions)
            .map(|at| {
                let here = left / u64::from(partitions - at);
                left -= here;
                here
            })
            .collect();
    }
}
