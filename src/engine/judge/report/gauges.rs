//! What is said of the gauges: why there is nothing to judge by, else what their batches say, and what an action did.

use super::{LATE, Moment, soak_over};
use crate::domain::gauge::Gauge;
use crate::domain::metrics::Tally;
use crate::domain::verdict::{Metric, MetricVerdict, NoData, Verdict};
use crate::engine::judge::Input;
use crate::engine::judge::effect::{Effect, of_gauge};
use crate::engine::judge::fold::Judge;
use crate::engine::judge::gauge::GaugeFold;
use crate::engine::judge::sides::Sides;

/// What is said of one gauge.
pub(super) struct Told {
    pub(super) gauge: Gauge,
    pub(super) verdict: MetricVerdict,
    /// What the action did, where the gauge was in breach.
    pub(super) effect: Option<Effect>,
}

/// Each gauge that either side has.
pub(super) fn gauges(judge: &Judge, input: &Input<'_>, at: &Moment) -> Vec<Told> {
    let told = |(gauge, fold): (&Gauge, &GaugeFold)| told(*gauge, fold, input, at);
    judge.gauges.iter().filter_map(told).collect()
}

fn told(gauge: Gauge, fold: &GaugeFold, input: &Input<'_>, at: &Moment) -> Option<Told> {
    let has = |window: Option<&crate::domain::gauge::UseWindow>| {
        window.is_some_and(|window| window.gauges.contains_key(&gauge))
    };
    let (canary, production) = (has(input.canary_use), has(input.production_use));
    if !canary && !production {
        return None;
    }
    let counting = at.began.map(|began| at.grid.start(began));
    let both = input.canary_use.zip(input.production_use);
    let unlike = both.and_then(|(ours, theirs)| ours.unlike(theirs, gauge));
    let no_pods = gauge.grows_with_pods()
        && both.is_some_and(|(ours, theirs)| !(ours.tells_pods() && theirs.tells_pods()));
    let sides = Sides::of(input, at.grid);
    let acted = sides
        .zip(at.acted_at)
        .and_then(|(sides, acted_at)| of_gauge(&sides, (gauge, fold), at.grid, acted_at));
    let verdict = match counting {
        None => Verdict::NoData(NoData::NoCanary),
        Some(until) if at.now < until => Verdict::NoData(NoData::WarmingUp { until }),
        Some(_) if !canary => Verdict::NoData(NoData::NoCanarySeries),
        Some(_) if !production => Verdict::NoData(NoData::NoProductionSeries),
        Some(_) => unlike
            .map(|(canary, production)| NoData::OtherExporters { canary, production })
            .or_else(|| no_pods.then_some(NoData::NoPods))
            .or_else(|| silent(fold, at))
            .map_or_else(|| judged(fold, acted.as_ref(), at), Verdict::NoData),
    };
    Some(Told {
        gauge,
        verdict: MetricVerdict {
            metric: Metric::Gauge(gauge),
            verdict,
            from: counting,
            canary: Tally::default(),
            production: Tally::default(),
            estimate: None,
        },
        effect: acted.map(|(effect, _)| effect),
    })
}

/// What the batches say. Of a breach that was acted on, those that begin at the action do: they end it, and whether canary
/// is worse again is judged from there.
fn judged(fold: &GaugeFold, acted: Option<&(Effect, GaugeFold)>, at: &Moment) -> Verdict {
    let said = |fold: &GaugeFold| fold.verdict(soak_over(at), |index| at.grid.start(index));
    let (Some((effect, anew)), Some((since, _))) = (acted, fold.episode()) else {
        return said(fold);
    };
    let since = at.grid.start(since);
    match (effect.recovered, said(anew)) {
        (None, _) => Verdict::Breach { since },
        (Some(_), again @ Verdict::Breach { .. }) => again,
        (Some(until), _) => Verdict::Recovered { since, until },
    }
}

/// A gauge of which nothing new came: its exporter may be silent while the requests are counted.
pub(in crate::engine::judge) fn silent(fold: &GaugeFold, at: &Moment) -> Option<NoData> {
    let reached = fold.reached();
    let newest = reached.or(at.began)?;
    (at.grid.index_at(at.now).since(newest) > LATE).then(|| {
        reached.map_or(NoData::Hole, |reached| NoData::Stale {
            last: at.grid.start(reached),
        })
    })
}
