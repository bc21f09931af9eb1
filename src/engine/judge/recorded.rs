//! What a judge looks at, as recorded series: whoever judges them anew, later and elsewhere, gets the same verdicts.

use super::fold::slow_as_whole;
use super::series::{Kind, Samples, Series, SeriesRequest};
use super::sides::Sides;
use super::{Input, Judge};
use crate::domain::gauge::Gauge;
use crate::domain::grid::GridIndex;
use crate::domain::metrics::{Endpoint, EndpointCounts, RedWindow};

/// The series of both sides from the first interval that one of them has to the last that both have; none before there
/// is a canary with requests on both sides. Of a canary of days only the last hours are kept: what is not is no entry.
pub fn recorded(input: &Input<'_>) -> Option<SeriesRequest> {
    let (ours, theirs) = (input.canary?, input.production?);
    let began = input.canary_began?;
    let span = Span {
        first: ours.first.min(theirs.first),
        end: ours.end().min(theirs.end()),
    };
    let mut series = requests(span, input, (ours, theirs));
    if let Some(sides) = Sides::of(input, ours.grid) {
        let judged = Judge::gauges(input.business);
        series.extend(judged.filter_map(|gauge| values(span, &sides, gauge)));
    }
    Some(SeriesRequest {
        alpha: input.alpha,
        began_at: ours.grid.start(began),
        starts_at: Some(ours.grid.start(span.first)),
        interval_seconds: ours.grid.seconds(),
        soak_seconds: input.soak_seconds,
        before: input.before.cloned(),
        own_dependencies: input.own_dependencies,
        business: input.business.of.clone(),
        business_drop: input.business.drop,
        series,
    })
}

/// The intervals that are recorded.
#[derive(Clone, Copy)]
struct Span {
    first: GridIndex,
    end: GridIndex,
}

impl Span {
    fn each<T>(self, of: impl FnMut(GridIndex) -> T) -> Vec<T> {
        (self.first.0..self.end.0).map(GridIndex).map(of).collect()
    }
}

/// Errors of each endpoint; slow requests likewise, or of all together where that is all that is known.
fn requests(
    span: Span,
    input: &Input<'_>,
    (ours, theirs): (&RedWindow, &RedWindow),
) -> Vec<Series> {
    let mut names: Vec<&Endpoint> = ours
        .endpoints
        .keys()
        .chain(theirs.endpoints.keys())
        .collect();
    names.sort_unstable();
    names.dedup();
    let of_each = |metric: &'static str, bad: fn(&EndpointCounts) -> &[u64]| {
        let names = names.clone();
        names.into_iter().map(move |endpoint| Series {
            metric: metric.to_owned(),
            endpoint: Some(endpoint.0.raw().to_owned()),
            kind: Kind::Ratio {
                canary: of_endpoint(span, ours, endpoint, bad),
                production: of_endpoint(span, theirs, endpoint, bad),
            },
        })
    };
    let mut series: Vec<Series> = of_each("errors", |counts| &counts.errors).collect();
    if let Some((canary, production)) = slow_as_whole(input) {
        series.push(Series {
            metric: "slow".to_owned(),
            endpoint: None,
            kind: Kind::Ratio {
                canary: samples(span, ours, canary.bad(), canary.total()),
                production: samples(span, theirs, production.bad(), production.total()),
            },
        });
    } else if [ours, theirs].iter().all(|w| !w.latency.bounds.is_empty()) {
        series.extend(of_each("slow", |counts| &counts.slow));
    }
    series
}

fn of_endpoint(
    span: Span,
    window: &RedWindow,
    endpoint: &Endpoint,
    bad: fn(&EndpointCounts) -> &[u64],
) -> Samples {
    let counts = window.endpoints.get(endpoint);
    let total = counts.map_or(&[][..], |counts| &counts.total);
    samples(span, window, counts.map_or(&[], bad), total)
}

/// A hole where the window has one, or does not reach; an endpoint that a window does not name had no request.
fn samples(span: Span, window: &RedWindow, bad: &[u64], total: &[u64]) -> Samples {
    let of = |counts: &[u64]| {
        span.each(|index| {
            let at = window.position(index)?;
            let is_whole = window.holes.get(at) == Some(&false);
            is_whole.then(|| counts.get(at).copied().unwrap_or(0))
        })
    };
    Samples {
        bad: of(bad),
        total: of(total),
    }
}

/// A gauge as it compares; none where it does not in any interval.
fn values(span: Span, sides: &Sides<'_>, gauge: Gauge) -> Option<Series> {
    let both = span.each(|index| sides.sample(gauge, index));
    both.iter().any(Option::is_some).then(|| Series {
        metric: gauge.to_string(),
        endpoint: None,
        kind: Kind::Gauge {
            canary: both.iter().map(|s| Some(s.as_ref()?.canary)).collect(),
            production: both.iter().map(|s| Some(s.as_ref()?.production)).collect(),
        },
    })
}
