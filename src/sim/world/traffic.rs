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

use super::app::App;
use super::flags::{Flag, FlagLog, fraction};
use super::latency::{Shape, binomial};
use super::pod::Life;

/// The model's step.
pub(crate) const TICK: Millis = 5_000;

/// The most that can fail: some request always gets through.
const MOST_ERRORS: f64 = 0.98;
/// Load goes up and down by this share over this period.
const SWELL: (f64, f64) = (0.02, 1_500_000.0);

/// Effects that hold during a tick, each with the share of the tick (and of users) for which it does.
type Active<'a> = Vec<(f64, &'a Effect)>;

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
    let mut fates: BTreeMap<String, Vec<Fate>> = BTreeMap::new();
    for (pod, weight) in app.pods.iter_mut().zip(weights) {
        let mut served = 0_u64;
        if weight > 0.0 {
            let fates = fates.entry(pod.version.clone()).or_insert_with(|| {
                let of = |endpoint| Fate::of(endpoint, &pod.version, &active);
                service.endpoints.iter().map(of).collect()
            });
            for (at, (endpoint, fate)) in service.endpoints.iter().zip(fates).enumerate() {
                let n = poisson(expected * endpoint.share * weight / whole, &mut arrivals);
                served += n;
                let failed = binomial(n, fate.errors, &mut outcomes);
                let missing = binomial(n - failed, endpoint.missing, &mut outcomes);
                for (status, n) in [(200, n - failed - missing), (404, missing), (500, failed)] {
                    if n > 0 {
                        pod.count(at, status, &fate.shape.draw(n, &mut outcomes), split);
                    }
                }
            }
        }
        let (more_cpu, more_memory) = costs(&pod.version, &active);
        let noise: f64 = outcomes.random::<f64>() - 0.5;
        #[expect(clippy::cast_precision_loss, reason = "requests of one tick")]
        let load = served as f64 / usual.max(1e-9);
        if pod.life == Life::Running {
            let used =
                (cpu * (0.15 + 0.85 * load.min(3.0)) * (1.0 + 0.06 * noise) + more_cpu).min(1.0);
            #[expect(clippy::cast_precision_loss, reason = "5000")]
            let seconds = TICK as f64 / 1000.0;
            pod.cpu_seconds += used * seconds;
            let warm = 0.8 + 0.2 * fraction(pod.started, to, pod.started, pod.started + 600_000);
            pod.memory = (memory * warm * (1.0 + 0.02 * noise) + more_memory).min(1.0);
        }
    }
}

fn active<'a>(
    app: &App,
    flags: &FlagLog,
    effects: &'a [Effect],
    from: Millis,
    epoch: Millis,
) -> Active<'a> {
    effects
        .iter()
        .filter(|effect| effect.service == app.service.name && effect.side == app.side)
        .filter_map(|effect| {
            let start = effect.from.map_or(Millis::MIN / 2, |from| epoch + from.0);
            let end = effect
                .until
                .map_or(Millis::MAX / 2, |until| epoch + until.0);
            let in_time = fraction(start, end, from, from + TICK);
            let weight = match &effect.flag {
                None => in_time,
                Some(key) => {
                    let flag = Flag {
                        key,
                        side: app.side,
                    };
                    let delay = Millis::from(effect.delay_seconds) * 1000;
                    flags.weight(&flag, delay, from, from + TICK) * in_time
                }
            };
            (weight > 0.0).then_some((weight, effect))
        })
        .collect()
}

/// What happens to a request at one endpoint of one pod.
struct Fate {
    errors: f64,
    shape: Shape,
}

impl Fate {
    fn of(endpoint: &Endpoint, version: &str, active: &Active<'_>) -> Self {
        let mut errors = endpoint.errors;
        let mut slower = 1.0;
        if !active.is_empty() {
            let name = endpoint.name();
            for (weight, effect) in touching(active, version) {
                errors += weight * Effect::on(&effect.errors, &name).unwrap_or(0.0);
                slower *= 1.0 + weight * (Effect::on(&effect.slower, &name).unwrap_or(1.0) - 1.0);
            }
        }
        Self {
            errors: errors.min(MOST_ERRORS),
            shape: Shape::new(endpoint.median_ms / 1000.0 * slower, endpoint.sigma),
        }
    }
}

fn costs(version: &str, active: &Active<'_>) -> (f64, f64) {
    touching(active, version).fold((0.0, 0.0), |(cpu, memory), (weight, effect)| {
        (cpu + weight * effect.cpu, memory + weight * effect.memory)
    })
}

fn touching<'a>(
    active: &'a Active<'a>,
    version: &'a str,
) -> impl Iterator<Item = (f64, &'a Effect)> {
    active
        .iter()
        .filter(move |(_, effect)| effect.version.as_deref().is_none_or(|only| only == version))
        .map(|(weight, effect)| (*weight, *effect))
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
