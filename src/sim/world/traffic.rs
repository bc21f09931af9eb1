//! One tick of a service: requests by pod and endpoint, their outcomes, and what they cost.
//!
//! Every tick has its own generator, seeded by service and time: the numbers do not depend on who looks, and a flag
//! that is switched changes outcomes without changing the traffic.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Poisson};

use crate::sim::prometheus::Millis;
use crate::sim::scenario::{Effect, Endpoint, Pack};

use super::active::{Active, Costs, active, touching};
use super::app::App;
use super::flags::{FlagLog, fraction};
use super::latency::{Shape, binomial};
use super::pod::Life;
use super::vitals::Load;

/// The model's step.
pub(crate) const TICK: Millis = 5_000;
/// The same in seconds.
pub(crate) const TICK_SECONDS: f64 = 5.0;

/// The most that can fail: some request always gets through.
const MOST_ERRORS: f64 = 0.98;
/// Load goes up and down by this share over this period.
const SWELL: (f64, f64) = (0.02, 1_500_000.0);

/// Simulates `from..from + TICK`. `offset` is `from` on the scenario's own clock.
pub(crate) fn tick(
    app: &mut App,
    flags: &FlagLog,
    effects: &[Effect],
    from: Millis,
    epoch: Millis,
) {
    let to = from + TICK;
    let active = active(app, flags, effects, from, epoch);
    let number = u64::try_from((from - epoch).rem_euclid(1 << 40) / TICK).unwrap_or(0);
    let mut arrivals = ChaCha8Rng::seed_from_u64(
        app.seed
            .wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    );
    let mut outcomes = arrivals.clone();
    outcomes.set_stream(1);
    let mut spending = arrivals.clone();
    spending.set_stream(2);
    let weights: Vec<f64> = app
        .pods
        .iter()
        .map(|pod| pod.ready.map_or(0.0, |since| fraction(since, to, from, to)))
        .collect();
    let whole: f64 = weights.iter().sum();
    let service = std::sync::Arc::clone(&app.service);
    let split = service.pack == Pack::OtelHttp;
    #[expect(clippy::cast_precision_loss, reason = "a phase of a slow swell")]
    let swell = 1.0 + SWELL.0 * ((from - epoch) as f64 / SWELL.1 * std::f64::consts::TAU).sin();
    #[expect(clippy::cast_precision_loss, reason = "5000")]
    let expected = app.spec().rate * swell * TICK as f64 / 1000.0;
    let usual = expected / swell / f64::from(app.spec().pods);
    let (cpu, memory) = (app.spec().cpu, app.spec().memory);
    let shares = shares(&service.endpoints, &active);
    let mut fates: BTreeMap<String, Vec<Fate>> = BTreeMap::new();
    let mut all = (0, 0);
    for (pod, weight) in app.pods.iter_mut().zip(weights) {
        let mut served = 0_u64;
        if weight > 0.0 {
            let fates = fates.entry(pod.version.clone()).or_insert_with(|| {
                let of = |endpoint| Fate::of(endpoint, &pod.version, &active);
                service.endpoints.iter().map(of).collect()
            });
            for (at, ((endpoint, share), fate)) in
                service.endpoints.iter().zip(&shares).zip(fates).enumerate()
            {
                let n = poisson(expected * share * weight / whole, &mut arrivals);
                let failed = binomial(n, fate.errors, &mut outcomes);
                let missing = binomial(n - failed, endpoint.missing, &mut outcomes);
                let succeeded = n - failed - missing;
                // Whoever sends a request again keeps its connection, and so its pod.
                let failed = failed * (1 + fate.retries);
                for (status, n) in [(200, succeeded), (404, missing), (500, failed)] {
                    if n > 0 {
                        pod.count(at, status, &fate.shape.draw(n, &mut outcomes), split);
                    }
                }
                pod.vitals.complete(succeeded, fate.business, &mut spending);
                served += succeeded + missing + failed;
                all = (all.0 + succeeded + missing + failed, all.1 + failed);
            }
        }
        let costs = Costs::of(&active, &pod.version, pod.started, to);
        let noise: f64 = outcomes.random::<f64>() - 0.5;
        #[expect(clippy::cast_precision_loss, reason = "requests of one tick")]
        let load = served as f64 / usual.max(1e-9);
        let used =
            (cpu * (0.15 + 0.85 * load.min(3.0)) * (1.0 + 0.06 * noise) + costs.cpu).min(1.0);
        let runs = pod.life == Life::Running;
        if runs {
            let warm = 0.8 + 0.2 * fraction(pod.started, to, pod.started, pod.started + 600_000);
            pod.memory = (memory * warm * (1.0 + 0.02 * noise) + costs.memory).min(1.0);
        }
        let cpu = runs.then_some(used);
        pod.pay(&service, Load { served, cpu }, &costs, &mut spending);
    }
    if let Some(queue) = &service.queue {
        let excess = Costs::of(&active, app.version(), from, to).queue_per_second;
        app.backlog.tick(queue.partitions, excess, &mut spending);
    }
    app.note(all);
}

/// What happens to a request at one endpoint of one pod.
struct Fate {
    errors: f64,
    shape: Shape,
    /// What the business counts of one that succeeds.
    business: f64,
    /// How often one that failed is sent again, in vain.
    retries: u64,
}

impl Fate {
    fn of(endpoint: &Endpoint, version: &str, active: &[Active<'_>]) -> Self {
        let mut fate = (endpoint.errors, 1.0, endpoint.business, 0);
        let (errors, slower, business, retries) = &mut fate;
        if !active.is_empty() {
            let name = endpoint.name();
            for Active { weight, effect, .. } in touching(active, version) {
                let factor = |factor: f64| 1.0 + weight * (factor - 1.0);
                *errors += weight * Effect::on(&effect.errors, &name).unwrap_or(0.0);
                *slower *= factor(Effect::on(&effect.slower, &name).unwrap_or(1.0));
                *business *= factor(effect.business.unwrap_or(1.0));
                *retries = effect.retries.max(*retries);
            }
        }
        let (errors, slower, business, retries) = fate;
        Self {
            errors: errors.clamp(0.0, MOST_ERRORS),
            shape: Shape::new(endpoint.median_ms / 1000.0 * slower, endpoint.sigma),
            business,
            retries: retries.into(),
        }
    }
}

/// Each endpoint's share of the requests, in the endpoints' order.
fn shares(endpoints: &[Endpoint], active: &[Active<'_>]) -> Vec<f64> {
    let mut shares: Vec<f64> = endpoints.iter().map(|endpoint| endpoint.share).collect();
    for Active { weight, effect, .. } in active {
        if effect.mix.is_empty() {
            continue;
        }
        let given = |endpoint: &Endpoint| effect.mix.get(&endpoint.name()).copied();
        let left = 1.0 - endpoints.iter().filter_map(given).sum::<f64>();
        let unnamed = endpoints
            .iter()
            .filter(|endpoint| given(endpoint).is_none());
        let usual: f64 = unnamed.map(|endpoint| endpoint.share).sum();
        for (share, endpoint) in shares.iter_mut().zip(endpoints) {
            let other = given(endpoint).unwrap_or(endpoint.share / usual * left);
            *share += weight * (other - *share);
        }
    }
    shares
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a Poisson number is whole and not negative"
)]
fn poisson(mean: f64, rng: &mut ChaCha8Rng) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    Poisson::new(mean).map_or(0, |law| law.sample(rng) as u64)
}
