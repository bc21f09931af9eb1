//! Native histograms: how they are found among what has their name, and which of their bounds are asked for.
//!
//! A bound that is no bucket's is interpolated by the server, in each version by another rule (up to 2.55 as if what is
//! in a bucket were spread evenly, from 3.0 on by the logarithm: `prometheus.io/docs/specs/native_histograms`,
//! "Interpolation within a bucket"). So bounds are asked for that buckets have: what is counted up to them is exact.

use super::Settings;
use super::found::named;
use super::pack::Pack;
use super::wire::NativeSample;

/// The finest resolution whose bounds are asked for: eight to an octave, as `client_golang` has with its usual factor of
/// 1.1. Exporters make histograms coarser as they live, and a bound that goes would change what the past was.
const FINEST: i32 = 3;

/// Between which seconds durations are told apart, an octave each: a 95th percentile is read between two of these.
const OCTAVES: (f64, f64) = (1.0 / 64.0, 8.0);

/// Where the buckets of native histograms end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// At each power of two to the power of this, negated: at all powers of two where it is none
    /// (`prometheus.io/docs/specs/native_histograms`, "Schema").
    Octaves(i32),
    /// Where the exporter wants it: only those in which something was observed are told.
    Own,
}

impl Resolution {
    /// What the buckets of histograms tell that were added up, so that they are the coarsest's.
    pub(super) fn of(sample: &NativeSample) -> Self {
        let ends = sample.buckets.iter().copied();
        let mut widths = ends.filter(|(lower, upper)| *lower > 0.0 && upper.is_finite());
        let Some(first) = widths.next() else {
            return Self::Octaves(0);
        };
        let schema = schema(first);
        let same = |found: Option<i32>| found.is_some() && found == schema;
        match schema {
            Some(schema) if widths.all(|width| same(self::schema(width))) => {
                Self::Octaves(schema.min(FINEST))
            }
            Some(_) | None => Self::Own,
        }
    }

    /// The bound that is nearest to a target and not over it, in the histogram's unit.
    pub(super) fn at_most(self, target: f64) -> f64 {
        match self {
            Self::Octaves(schema) => {
                let steps = 2_f64.powi(schema);
                // What the logarithm is off by makes no step.
                (((target.log2() * steps) + 1e-9).floor() / steps).exp2()
            }
            Self::Own => target,
        }
    }

    /// The bounds that durations are told apart by, ascending, in the histogram's unit, of which so many are a second.
    pub(super) fn ladder(self, per_second: f64, slow: f64) -> Vec<f64> {
        let (least, most) = OCTAVES;
        let octave = |seconds: f64| rounded((seconds * per_second).log2());
        let step = match self {
            Self::Octaves(schema) if schema < 0 => 1 << schema.unsigned_abs().min(4),
            Self::Octaves(_) | Self::Own => 1,
        };
        let octaves = (octave(least)..=octave(most)).filter(|octave| octave % step == 0);
        let mut all: Vec<f64> = octaves.map(|octave| 2_f64.powi(octave)).collect();
        all.push(slow);
        all.sort_by(f64::total_cmp);
        all.dedup_by(|a, b| a.total_cmp(b).is_eq());
        all
    }
}

/// The resolution of a bucket with these ends, where it is one of the standard ones.
fn schema((lower, upper): (f64, f64)) -> Option<i32> {
    let octaves = upper.log2() - lower.log2();
    let exact = -octaves.log2();
    let schema = rounded(exact);
    let end = upper.log2() * 2_f64.powi(schema);
    let is_near = |number: f64| (number - number.round()).abs() < 1e-6;
    ((-4..=8).contains(&schema) && is_near(exact) && is_near(end)).then_some(schema)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to what a power of two can have"
)]
fn rounded(number: f64) -> i32 {
    number.round().clamp(-1024.0, 1024.0) as i32
}

/// What the series without a suffix are: asked apart, for a server that knows no native histograms refuses all of a query
/// that names their functions. A summary has the same name and is no histogram. With `counts` it is asked as well which
/// labels its requests have. The buckets are those of all, without a name, which 2.42 would make a number of them.
pub(super) fn question(settings: &Settings, counts: bool) -> String {
    let pack = settings.pack.pack();
    let series = settings.series();
    let all = format!("histogram_count({})", series.of(pack.native()));
    let with = |label: &str| {
        let some = series.clone().and(label, "!=", "").of(pack.native());
        format!("count(histogram_count({some}))")
    };
    let mut parts = vec![named("native", "", &format!("count({all})"))];
    if counts {
        parts.push(named("requests", pack.native(), &format!("count({all})")));
        parts.push(named(
            "job",
            "",
            &format!("count by ({}) ({all})", by(pack)),
        ));
        let labels = [pack.method, pack.route, pack.status, &["pod"]];
        let labels = labels.into_iter().flatten();
        parts.extend(labels.map(|label| named("label", label, &with(label))));
    }
    let labels = [pack.method, pack.route].into_iter().flatten();
    parts.extend(labels.map(|label| named("bucket_label", label, &with(label))));
    parts.push(format!("sum({})", series.of(pack.native())));
    parts.join("\nor ")
}

/// What tells who counted a request.
pub(super) fn by(pack: &Pack) -> String {
    let reporter = pack.reporter.as_ref();
    reporter.map_or_else(|| "job".to_owned(), |r| format!("job, {}", r.label))
}
