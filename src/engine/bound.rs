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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_numbers_say_little() {
        assert!(at_least(4, 5, 0.99) < 0.5);
        assert!(at_least(25, 30, 0.99) > 0.5);
        assert!((at_least(412, 490, 0.99) - 0.799).abs() < 0.005);
        assert!(at_least(0, 0, 0.99) < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn the_bounds_hold_the_share_between_them(some in 0_u64..2000, more in 1_u64..2000) {
            let all = some + more;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let share = some as f64 / all as f64;
            for certainty in [0.99, 0.995] {
                let (low, high) = (at_least(some, all, certainty), at_most(some, all, certainty));
                prop_assert!((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
                prop_assert!(low <= share + 1e-12 && share <= high + 1e-12);
            }
        }
    }
}
