//! What others do, on the same data: a fixed threshold, Kayenta's Mann-Whitney judge asked every two minutes, and a
//! two-proportion test made for one look.

use flightdeck::domain::metrics::Tally;

type Totals = [(Tally, Tally)];

/// More than 1 % errors over a minute: the first interval at whose end that is so.
pub(crate) fn threshold(totals: &Totals, from: usize) -> Option<usize> {
    (from..totals.len()).find(|at| {
        let minute = &totals[(at + 1).saturating_sub(4)..=*at];
        let sum = minute.iter().fold(Tally::default(), |s, t| s.plus(t.0));
        sum.ratio().is_some_and(|ratio| ratio > 0.01)
    })
}

/// Pooled since the canary began, one-sided 1 %: the chance of a false alarm if one looked once.
fn two_proportions(ours: Tally, theirs: Tally) -> bool {
    let (Some(p), Some(q)) = (ours.ratio(), theirs.ratio()) else {
        return false;
    };
    let (n, m) = (ours.total as f64, theirs.total as f64);
    let pooled = (ours.bad + theirs.bad) as f64 / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    deviation > 0.0 && (p - q) / deviation > 2.326
}

/// The two-proportion test looked at after each interval.
pub(crate) fn proportions_each(totals: &Totals, from: usize) -> Option<usize> {
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    totals
        .iter()
        .enumerate()
        .find(|(at, (c, p))| {
            ours = ours.plus(*c);
            theirs = theirs.plus(*p);
            *at >= from && two_proportions(ours, theirs)
        })
        .map(|(at, _)| at)
}

/// The same, looked at once, at the end.
pub(crate) fn proportions_end(totals: &Totals) -> bool {
    let (ours, theirs) = totals
        .iter()
        .fold((Tally::default(), Tally::default()), |sum, (c, p)| {
            (sum.0.plus(*c), sum.1.plus(*p))
        });
    two_proportions(ours, theirs)
}

/// Kayenta's classifier over per-minute ratios since the canary began, asked every two minutes.
pub(crate) fn mann_whitney(totals: &Totals, from: usize) -> Option<usize> {
    let minutes: Vec<(Option<f64>, Option<f64>)> = totals
        .chunks_exact(4)
        .map(|minute| {
            let sum = minute
                .iter()
                .fold((Tally::default(), Tally::default()), |s, (c, p)| {
                    (s.0.plus(*c), s.1.plus(*p))
                });
            (
                sum.0.ratio().map(|r| 100.0 * r),
                sum.1.ratio().map(|r| 100.0 * r),
            )
        })
        .collect();
    (2..=minutes.len())
        .step_by(2)
        .find(|asked| {
            if asked * 4 <= from {
                return false;
            }
            let seen = &minutes[..*asked];
            let ours: Vec<f64> = seen.iter().filter_map(|m| m.0).collect();
            let theirs: Vec<f64> = seen.iter().filter_map(|m| m.1).collect();
            high(&ours, &theirs)
        })
        .map(|asked| asked * 4 - 1)
}

/// `High` at tolerance 0.25 and confidence 0.98.
pub(crate) fn high(ours: &[f64], theirs: &[f64]) -> bool {
    if ours.is_empty() || theirs.is_empty() {
        return false;
    }
    let critical = 2.326;
    if z(ours, theirs, 0.0) <= critical {
        return false;
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (a, b) = (mean(ours), mean(theirs));
    if a > 0.0 && b > 0.0 && a / b < 1.0 {
        return false;
    }
    let mut differences: Vec<f64> = ours
        .iter()
        .flat_map(|x| theirs.iter().map(move |y| x - y))
        .collect();
    let middle = differences.len() / 2;
    let (_, estimate, _) = differences.select_nth_unstable_by(middle, f64::total_cmp);
    z(ours, theirs, 0.25 * estimate.abs()) > critical
}

fn z(ours: &[f64], theirs: &[f64], shift: f64) -> f64 {
    let (n, m) = (ours.len() as f64, theirs.len() as f64);
    let mut all: Vec<(f64, bool)> = ours
        .iter()
        .map(|x| (x - shift, true))
        .chain(theirs.iter().map(|y| (*y, false)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank, mut sum, mut tied) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let t = group.len() as f64;
        let mid = rank + 0.5 * (t + 1.0);
        sum += mid * group.iter().filter(|v| v.1).count() as f64;
        tied += t * t * t - t;
        rank += t;
    }
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    let above = sum - n * (n + 1.0) / 2.0 - n * m / 2.0;
    if variance <= 0.0 {
        return 0.0;
    }
    (above - 0.5 * above.signum()) / variance.sqrt()
}
