//! Bounds on a share from counts: "over 80 %" must not be said of four in five.

/// The one-sided normal quantiles of the certainties in use.
fn z(certainty: f64) -> f64 {
    if certainty >= 0.995 {
        2.575_829_303_548_901
    } else {
        2.326_347_874_040_841
    }
}

/// The least share that is believable at a certainty (Wilson's score bound): `some` of `all` were seen.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(crate) fn at_least(some: u64, all: u64, certainty: f64) -> f64 {
    if all == 0 {
        return 0.0;
    }
    let (n, z) = (all as f64, z(certainty));
    let p = some.min(all) as f64 / n;
    let square = z * z / n;
    let half = z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt();
    ((p + square / 2.0 - half) / (1.0 + square)).max(0.0)
}

/// The most share that is believable at a certainty.
pub(crate) fn at_most(some: u64, all: u64, certainty: f64) -> f64 {
    1.0 - at_least(all.saturating_sub(some), all, certainty)
}
