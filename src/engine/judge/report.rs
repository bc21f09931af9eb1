//! From the fold to what is said: verdicts in the order of what matters, counts since the onset, intervals.

mod gauges;

pub(super) use gauges::silent;

use std::borrow::Cow;

use jiff::Timestamp;

use super::effect::{Effect, effect};
use super::fold::{Judge, LONGEST_HOLE, Run};
use super::pair::Pair;
use super::ratio::State;
use super::since::{endpoints, estimate, parts, tallies};
use super::{Evidence, Input, Judgement};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::Tally;
use crate::domain::verdict::{Metric, MetricVerdict, NoData, Unsure, Verdict, Watch};
use crate::engine::stats::counts::{Counts, real};
use crate::engine::stats::prior::begins_between;
use crate::engine::stats::worse::Scope;

/// The evidence from which something is suspicious, and its onset shown.
const SUSPICIOUS: f64 = 10.0;
/// So many intervals without a request on canary are no traffic: 20 of 15 s.
const QUIET: u32 = 20;
/// The newest interval may be so many late before the source counts as silent: it is scraped, then asked for.
const LATE: i64 = 3;
pub(super) fn report(
    judge: &Judge,
    input: &Input<'_>,
    errors: Option<&Pair<'_>>,
    slow: Option<&Pair<'_>>,
) -> Judgement {
    let grid = input
        .canary
        .or(input.production)
        .map_or_else(Grid::default, |window| window.grid);
    let at = Moment {
        grid,
        now: input.now,
        soak_seconds: input.soak_seconds,
        began: input.canary_began,
        acted_at: input.acted_at,
        canary: input.canary.is_some(),
        production: input.production.is_some(),
        tells_errors: tells_errors(input),
    };
    let judged = [
        metric(Metric::Errors, &judge.errors, errors, &at),
        metric(Metric::Slow, &judge.slow, slow, &at),
    ];
    let endpoints = errors
        .map(|pair| {
            let from = judged
                .first()
                .and_then(|(judged, _)| judged.from)
                .map_or(judge.errors.began, |from| grid.index_at(from));
            endpoints(pair, &judge.errors, from)
        })
        .unwrap_or_default();
    let (mut metrics, evidence): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let mut acted = Vec::new();
    for gauge in gauges::gauges(judge, input, &at) {
        acted.extend(gauge.effect.map(|effect| (gauge.gauge, effect)));
        metrics.push(gauge.verdict);
    }
    let through =
        (judge.errors.reached > judge.errors.began).then(|| grid.start(judge.errors.reached));
    Judgement {
        metrics,
        endpoints,
        evidence,
        gauges: acted,
        through,
    }
}

/// When and of what is asked.
pub(super) struct Moment {
    pub(super) grid: Grid,
    pub(super) now: Timestamp,
    pub(super) soak_seconds: u32,
    pub(super) began: Option<GridIndex>,
    pub(super) acted_at: Option<Timestamp>,
    pub(super) canary: bool,
    pub(super) production: bool,
    /// Whether labels tell which requests failed, on both sides.
    pub(super) tells_errors: bool,
}

fn tells_errors(input: &Input<'_>) -> bool {
    let Some(began) = input.canary_began else {
        return true;
    };
    [input.canary, input.production]
        .into_iter()
        .flatten()
        .all(|window| window.tells_errors(began, window.end()))
}

/// A metric after an action was taken into account.
struct Standing<'r> {
    run: Cow<'r, Run>,
    effect: Option<Effect>,
    past: Option<(GridIndex, GridIndex)>,
}

/// A recovery that an action brought ends the breach; whether canary fails again is judged from there.
fn standing<'r>(run: &'r Run, pair: Option<&Pair<'_>>, at: &Moment) -> Standing<'r> {
    let episode = run.ratio.episode.as_ref();
    let effect = pair
        .zip(at.acted_at)
        .zip(episode)
        .and_then(|((pair, acted_at), episode)| effect(pair, &run.ratio, episode, acted_at));
    let recovered = effect.and_then(|effect| effect.recovered);
    if let (Some(pair), Some(time), Some(episode)) = (pair, recovered, episode)
        && episode.holds()
    {
        let until = at.grid.first_from(time);
        let mut anew = Run::new(
            run.ratio.rules,
            run.ratio.alpha / run.ratio.rules.alpha_share,
            run.before,
            until,
        );
        anew.advance(pair);
        return Standing {
            run: Cow::Owned(anew),
            effect,
            past: Some((episode.since, until)),
        };
    }
    let past = episode.and_then(|episode| match &episode.state {
        State::Over(until) => Some((episode.since, *until)),
        State::Holds(_) => None,
    });
    Standing {
        run: Cow::Borrowed(run),
        effect,
        past,
    }
}

pub(super) fn metric(
    metric: Metric,
    run: &Run,
    pair: Option<&Pair<'_>>,
    at: &Moment,
) -> (MetricVerdict, Evidence) {
    let standing = standing(run, pair, at);
    let ratio = &standing.run.ratio;
    let holding = ratio.episode.as_ref().filter(|episode| episode.holds());
    let lead = ratio.worse.lead();
    let (from, scope) = match (holding, standing.past) {
        (Some(episode), _) => (episode.since, episode.scope),
        (None, _) if ratio.worse.value() >= SUSPICIOUS => (GridIndex(lead.onset), lead.scope),
        (None, Some((_, until))) => (until, Scope::Whole),
        (None, None) => (run.began, Scope::Whole),
    };
    let whole = pair.map_or((Tally::default(), Tally::default()), |pair| {
        tallies(pair, run, Scope::Whole, from)
    });
    let counts = Counts::new(whole.0, whole.1);
    // The service as a whole is what is shown, unless only one stratum is worse.
    let shown = if ratio.rules.matters(counts, ratio.dispersion.phi) {
        Scope::Whole
    } else {
        scope
    };
    let (mut canary, mut production) = match (shown, pair) {
        (Scope::Stratum(_), Some(pair)) => tallies(pair, run, shown, from),
        (Scope::Whole, _) | (Scope::Stratum(_), None) => whole,
    };
    let alpha = ratio.alpha;
    let mut estimate = pair.filter(|_| at.began.is_some()).and_then(|pair| {
        let parts = parts(pair, run, shown, from);
        let elapsed = real(u64::try_from(from.since(run.began)).unwrap_or(0));
        let step = f64::from(at.grid.seconds());
        let prior = begins_between(elapsed * step, (elapsed + 1.0) * step);
        estimate(&parts, ratio.dispersion.phi, alpha, prior)
    });
    let told = metric != Metric::Errors || at.tells_errors;
    let verdict = verdict(&standing, run, pair, at, told);
    if verdict == Verdict::NoData(NoData::NoStatus) {
        // Errors that nobody counted are not zero errors.
        (canary, production, estimate) = (Tally::default(), Tally::default(), None);
    }
    let judged = MetricVerdict {
        metric,
        from: (at.began.is_some() && pair.is_some()).then(|| at.grid.start(from)),
        verdict,
        canary,
        production,
        estimate,
    };
    let endpoint = match shown {
        Scope::Stratum(slot) => run.ratio.strata.endpoint(slot).cloned(),
        Scope::Whole => None,
    };
    let evidence = Evidence {
        metric,
        value: ratio.worse.value(),
        threshold: 1.0 / alpha,
        earned: ratio.earned.value(),
        breach_since: holding.map(|episode| at.grid.start(episode.since)),
        certain_at: holding.map(|episode| at.grid.end(episode.certain)),
        endpoint,
        phi: ratio.dispersion.phi,
        phi_assumed: ratio.dispersion.assumed,
        rate_before: run.before.rate,
        effect: standing.effect,
    };
    (judged, evidence)
}

fn verdict(
    standing: &Standing<'_>,
    run: &Run,
    pair: Option<&Pair<'_>>,
    at: &Moment,
    told: bool,
) -> Verdict {
    let ratio = &standing.run.ratio;
    let pair = match no_data(run, pair, at) {
        Ok(pair) => pair,
        Err(reason) => return Verdict::NoData(reason),
    };
    if let Some(episode) = ratio.episode.as_ref().filter(|episode| episode.holds()) {
        return Verdict::Breach {
            since: at.grid.start(episode.since),
        };
    }
    // A breach by what is told stands; nothing else does.
    if !told {
        return Verdict::NoData(NoData::NoStatus);
    }
    let value = ratio.worse.value();
    if run.covered > 0 && run.ratio.quiet >= QUIET.min(run.covered) {
        return Verdict::NoData(NoData::NoTraffic);
    }
    if value >= SUSPICIOUS {
        return Verdict::Watch(if ratio.worse.is_certain() {
            Watch::BelowFloor
        } else {
            Watch::Growing
        });
    }
    if let Some((since, until)) = standing.past {
        return Verdict::Recovered {
            since: at.grid.start(since),
            until: at.grid.start(until),
        };
    }
    let covered = u64::from(run.covered) * u64::from(at.grid.seconds());
    if covered < u64::from(at.soak_seconds) || !soak_over(at) {
        return Verdict::Unsure(Unsure::Soaking);
    }
    if ratio.earned.is_earned() {
        return Verdict::Pass;
    }
    Verdict::Unsure(not_earned(run, pair, covered))
}

/// Why there is nothing to judge by, in the order in which it explains most.
fn no_data<'p, 'a>(
    run: &Run,
    pair: Option<&'p Pair<'a>>,
    at: &Moment,
) -> Result<&'p Pair<'a>, NoData> {
    let Some(began) = at.began else {
        return Err(NoData::NoCanary);
    };
    let counting = at.grid.start(began);
    if at.now < counting {
        return Err(NoData::WarmingUp { until: counting });
    }
    let Some(pair) = pair else {
        return Err(if at.canary && !at.production {
            NoData::NoProductionSeries
        } else {
            NoData::NoCanarySeries
        });
    };
    let end = pair.end();
    if at.grid.index_at(at.now).since(end.max(began)) > LATE {
        return Err(NoData::Stale {
            last: at.grid.start(end),
        });
    }
    if run.holes > LONGEST_HOLE {
        return Err(NoData::Hole);
    }
    Ok(pair)
}

pub(super) fn soak_over(at: &Moment) -> bool {
    at.began.is_some_and(|began| {
        let ends = at.grid.start(began).as_second() + i64::from(at.soak_seconds);
        at.now.as_second() >= ends
    })
}

/// How many requests are missing, or that it is not their number.
fn not_earned(run: &Run, pair: &Pair<'_>, covered_seconds: u64) -> Unsure {
    let (canary, production) = tallies(pair, run, Scope::Whole, run.began);
    let have = real(canary.total);
    let share = if production.total > 0 {
        have / real(production.total)
    } else {
        0.0
    };
    let margin = run.ratio.rules.margin(run.ratio.dispersion.phi);
    let needed = margin.requests_needed(production.ratio().unwrap_or(0.0), share);
    let Some(needed) = needed.filter(|needed| *needed > have) else {
        return Unsure::NotEarned;
    };
    let a_second = have / real(covered_seconds.max(1));
    Unsure::TooFewRequests {
        have: canary.total,
        need: whole(needed),
        seconds: (a_second > 0.0).then(|| whole((needed - have) / a_second)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of requests or seconds, rounded up; the cast saturates"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).ceil() as u64
}
