//! Which of a scenario's effects hold during a tick, and what they come to for the pods of one version.

use crate::sim::hash;
use crate::sim::prometheus::Millis;
use crate::sim::scenario::{Bursts, Effect};

use super::app::App;
use super::flags::{Flag, FlagLog, fraction};
use super::traffic::TICK;

/// An effect that holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Active<'a> {
    /// The share of the tick (and of users) for which it does.
    pub(crate) weight: f64,
    /// Since when, where the file says so.
    since: Millis,
    pub(crate) effect: &'a Effect,
}

/// The effects that hold in the tick from `from`.
pub(crate) fn active<'a>(
    app: &App,
    flags: &FlagLog,
    effects: &'a [Effect],
    from: Millis,
    epoch: Millis,
) -> Vec<Active<'a>> {
    let to = from + TICK;
    effects
        .iter()
        .filter(|effect| effect.service == app.service.name && effect.side == app.side)
        .filter_map(|effect| {
            let since = effect.from.map_or(Millis::MIN / 2, |from| epoch + from.0);
            let end = effect
                .until
                .map_or(Millis::MAX / 2, |until| epoch + until.0);
            let mut weight = fraction(since, end, from, to);
            if let Some(bursts) = effect.bursts {
                weight *= burst(bursts, app.luck, from - epoch);
            }
            if let Some(key) = &effect.flag {
                let flag = Flag {
                    key,
                    side: app.side,
                };
                let delay = Millis::from(effect.delay_seconds) * 1000;
                weight *= flags.weight(&flag, delay, from, to);
            }
            (weight > 0.0).then_some(Active {
                weight,
                since,
                effect,
            })
        })
        .collect()
}

/// For how much of the tick that begins `from` after the epoch a burst lasts.
fn burst(bursts: Bursts, luck: u64, from: Millis) -> f64 {
    let every = Millis::from(bursts.every_seconds.max(1)) * 1000;
    let lasting = (Millis::from(bursts.lasting_seconds) * 1000).min(every);
    let period = from.div_euclid(every);
    let room = u64::try_from(every - lasting).unwrap_or(0) + 1;
    let chance = hash::number(&format!("burst {luck} {period}")) % room;
    let start = period * every + Millis::try_from(chance).unwrap_or(0);
    fraction(start, start + lasting, from, from + TICK)
}

/// Those that touch the pods of a version.
pub(crate) fn touching<'a>(
    active: &'a [Active<'a>],
    version: &'a str,
) -> impl Iterator<Item = &'a Active<'a>> {
    active.iter().filter(move |one| {
        let only = one.effect.version.as_deref();
        only.is_none_or(|only| only == version)
    })
}

/// What effects add to the costs of a version's pods.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Costs {
    pub(crate) cpu: f64,
    pub(crate) memory: f64,
    pub(crate) throttled: f64,
    pub(crate) pool_used: f64,
    pub(crate) pool_wait_ms: f64,
    pub(crate) cache_hits: f64,
    pub(crate) queue_per_second: f64,
    pub(crate) network_drops: f64,
}

impl Costs {
    /// Of a process of that version that runs since `started`, until `to`.
    pub(crate) fn of(active: &[Active<'_>], version: &str, started: Millis, to: Millis) -> Self {
        let mut sum = Self::default();
        for Active {
            weight,
            since,
            effect,
        } in touching(active, version)
        {
            sum.cpu += weight * effect.cpu;
            sum.memory += weight * effect.memory;
            if effect.memory_per_minute != 0.0 {
                let ran = (to - started.max(*since)).max(0);
                #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ms")]
                let minutes = ran as f64 / 60_000.0;
                sum.memory += weight * effect.memory_per_minute * minutes;
            }
            sum.throttled += weight * effect.throttled;
            sum.pool_used += weight * effect.pool_used;
            sum.pool_wait_ms += weight * effect.pool_wait_ms;
            sum.cache_hits += weight * effect.cache_hits;
            sum.queue_per_second += weight * effect.queue_per_second;
            sum.network_drops += weight * effect.network_drops;
        }
        sum
    }
}
