use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, Poisson};

use super::counts::{Counts, Piece, Slot, Weight};
use super::dispersion::{ASSUMED, between_pods};
use super::likelihood::{GRID, Likelihood, log_spaced};
use super::margin::{AfterAction, Earned, Margin, Recovery};
use super::normal::upper_tail;
use super::prior::{begins_between, begun_by};
use super::rank::compare;
use super::restart::Restart;
use super::sequence::factor;
use super::worse::{Scope, Settings, Worse};
use crate::domain::metrics::Tally;

fn piece(x: f64, n: f64, y: f64, m: f64) -> Piece {
    Piece {
        slot: Slot::Own(0),
        counts: Counts { x, n, y, m },
        weight: Weight::Requests,
    }
}

fn errors() -> Likelihood {
    Likelihood::new(1.25, 0.001, Some(0.01))
}

fn worse(alpha: f64) -> Worse {
    Worse::new(Settings {
        likelihood: errors(),
        alpha,
        phi: 1.0,
        rate_before: None,
    })
}

/// The probabilities of 0 to n bad requests of n.
fn binomial(n: u32, p: f64) -> Vec<f64> {
    let mut chances = vec![(1.0 - p).powi(i32::try_from(n).unwrap())];
    for k in 0..n {
        let last = chances[k as usize];
        chances.push(last * f64::from(n - k) / f64::from(k + 1) * p / (1.0 - p));
    }
    chances
}

/// The mean of the evidence over all outcomes, for each hypothesis.
fn mean<const N: usize>(
    (n, m): (u32, u32),
    (p, q): (f64, f64),
    evidence: impl Fn(&Piece) -> [f64; N],
) -> [f64; N] {
    let mut means = [0.0; N];
    for (x, chance) in binomial(n, p).iter().enumerate() {
        for (y, other) in binomial(m, q).iter().enumerate() {
            let seen = piece(x as f64, f64::from(n), y as f64, f64::from(m));
            for (mean, nats) in means.iter_mut().zip(evidence(&seen)) {
                *mean += chance * other * nats.exp();
            }
        }
    }
    means
}

fn raw(likelihood: &Likelihood, piece: &Piece) -> [f64; GRID] {
    let mut sum = [0.0; GRID];
    likelihood.add(piece, &mut sum);
    sum
}

proptest! {
    #[test]
    fn while_canary_is_not_worse_than_allowed_no_interval_adds_evidence_on_average(
        n in 1_u32..12, m in 1_u32..40, q in 0.0_f64..0.7, slack in 0.0_f64..1.0,
    ) {
        let p = ((1.25 * q + 0.001) * slack).min(0.999);
        for mean in mean((n, m), (p, q), |seen| raw(&errors(), seen)) {
            prop_assert!(mean <= 1.0 + 1e-9, "{mean}");
        }
    }

    #[test]
    fn while_canary_is_worse_by_the_margin_no_interval_earns_on_average(
        n in 1_u32..12, m in 1_u32..40, q in 0.0_f64..0.6,
    ) {
        let margin = Margin { ratio: 1.5, difference: 0.005, phi: 1.0 };
        let p = (1.5 * q + 0.005).min(0.999);
        prop_assume!(p >= 1.5 * q + 0.005);
        for mean in mean((n, m), (p, q), |seen| margin.evidence(&[*seen])) {
            prop_assert!(mean <= 1.0 + 1e-9, "{mean}");
        }
    }

    #[test]
    fn swapped_samples_swap_the_tails(
        a in prop::collection::vec(0_u8..20, 1..9), b in prop::collection::vec(0_u8..20, 1..9),
    ) {
        let a: Vec<f64> = a.into_iter().map(f64::from).collect();
        let b: Vec<f64> = b.into_iter().map(f64::from).collect();
        let one = compare(&a, &b).unwrap();
        let two = compare(&b, &a).unwrap();
        prop_assert!((one.p_higher - two.p_lower).abs() < 1e-12);
        prop_assert!((one.p_lower - two.p_higher).abs() < 1e-12);
        prop_assert!((one.shift + two.shift).abs() < 1e-12);
    }
}

#[test]
fn a_geometric_burst_of_the_allowed_mean_adds_no_evidence_on_average() {
    let (requests, rate) = (75.0, 0.002);
    let mean = requests * (1.25 * rate + 0.001);
    let mut means = [0.0; GRID];
    let mut chance = 1.0 / (1.0 + mean);
    for bad in 0_u32..2000 {
        let evidence = errors().bursting(f64::from(bad), requests, rate);
        for (sum, nats) in means.iter_mut().zip(evidence) {
            *sum += (chance.ln() + nats).exp();
        }
        chance *= mean / (1.0 + mean);
    }
    for mean in means {
        assert!((0.9..=1.000_001).contains(&mean), "{mean}");
    }
}

#[test]
fn the_prior_spends_at_most_everything_and_a_process_without_evidence_stays_at_one() {
    assert!((begun_by(0.0) - 0.3).abs() < 1e-12);
    assert!(begun_by(6.9 * 86_400.0) < 1.0);
    assert!((begun_by(90.0 * 86_400.0) - 1.0).abs() < 1e-12);
    let parts: f64 = (0..100)
        .map(|i| begins_between(f64::from(i) * 15.0, f64::from(i + 1) * 15.0))
        .sum();
    assert!((parts - begun_by(1500.0)).abs() < 1e-12);
    let mut process: Restart<GRID> = Restart::even();
    for _ in 0..500 {
        process.push(&[0.0; GRID], 15.0);
        assert!((process.value() - 1.0).abs() < 1e-9);
    }
}

/// The share of runs at the bound of what is allowed in which the evidence ever passes the threshold.
fn false_alarms(runs: u64, threshold: f64, q: f64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let requests = Poisson::new(75.0).unwrap();
    let base = Poisson::new(1500.0).unwrap();
    let mut alarms = 0.0;
    for _ in 0..runs {
        let mut process = worse(0.01);
        let passed = (0..240).any(|index| {
            let (n, m): (f64, f64) = (requests.sample(&mut rng), base.sample(&mut rng));
            let x = Binomial::new(n as u64, 1.25 * q + 0.001).unwrap();
            let y = Binomial::new(m as u64, q).unwrap();
            let (x, y) = (x.sample(&mut rng) as f64, y.sample(&mut rng) as f64);
            process.push(index, 15.0, &[piece(x, n, y, m)]);
            process.value() >= threshold
        });
        alarms += f64::from(u8::from(passed));
    }
    alarms / runs as f64
}

#[test]
fn at_the_bound_the_evidence_is_rarely_ever_large() {
    for q in [0.0005, 0.002, 0.05] {
        assert!(false_alarms(150, 10.0, q) <= 0.1, "{q}");
    }
}

#[test]
fn a_stratum_that_comes_late_brings_no_evidence() {
    let (mut one, mut two) = (worse(0.01), worse(0.01));
    for index in 0..30 {
        let seen = piece(2.0, 75.0, 3.0, 1500.0);
        one.push(index, 15.0, &[seen]);
        let idle = Piece {
            slot: Slot::Rest,
            ..piece(0.0, 0.0, 0.0, 10.0)
        };
        if index < 10 {
            two.push(index, 15.0, &[seen]);
        } else {
            two.push(index, 15.0, &[seen, idle]);
        }
        if index == 10 {
            // Its share is funded by the others, so what was won until then is still there, and not more.
            assert!(two.value() <= one.value() * 1.000_001);
        }
    }
    assert!(one.value() > 200.0 && two.value() > 200.0);
}

#[test]
fn the_onset_is_that_of_the_change_also_after_hours_of_calm() {
    for calm in [0, 20, 240, 1000] {
        let mut process = worse(0.005);
        let mut found = None;
        for index in 0..calm + 40 {
            let x = if index >= calm { 38.0 } else { 1.5 };
            process.push(index, 15.0, &[piece(x, 750.0, 30.0, 15_000.0)]);
            if process.is_certain() && found.is_none() {
                found = Some((index, process.lead()));
            }
        }
        let (at, lead) = found.unwrap();
        assert!(at - calm <= 4, "found {} intervals late", at - calm);
        assert!((lead.onset - calm).abs() <= 1, "{lead:?}");
        assert!(lead.since.x >= 38.0 && lead.since.n <= 750.0 * 5.0);
    }
}

#[test]
fn a_restless_minute_before_a_great_change_is_not_its_beginning() {
    let mut process = worse(0.005);
    for index in 0..60 {
        let x = match index {
            0..40 => 1.5,
            40..48 => 4.0,
            _ => 38.0,
        };
        process.push(index, 15.0, &[piece(x, 750.0, 30.0, 15_000.0)]);
    }
    assert_eq!(process.lead().onset, 48);
}

#[test]
fn one_broken_endpoint_among_twenty_is_found_and_named() {
    let mut process = worse(0.005);
    for index in 0..20 {
        let pieces: Vec<Piece> = (0..20)
            .map(|place| Piece {
                slot: Slot::Own(place),
                ..piece(if place == 7 { 2.0 } else { 0.05 }, 20.0, 0.8, 400.0)
            })
            .collect();
        process.push(index, 15.0, &pieces);
    }
    assert!(process.is_certain());
    assert_eq!(process.lead().scope, Scope::Stratum(Slot::Own(7)));
}

#[test]
fn a_single_interval_is_never_certain() {
    let mut process = worse(0.005);
    process.push(0, 15.0, &[piece(700.0, 750.0, 0.0, 15_000.0)]);
    process.push(1, 15.0, &[piece(700.0, 750.0, 0.0, 15_000.0)]);
    assert!(process.is_over() && !process.is_certain());
    process.push(2, 15.0, &[piece(700.0, 750.0, 0.0, 15_000.0)]);
    assert!(process.is_certain());
    assert!(process.value().is_finite());
    for index in 3..2000 {
        process.push(index, 15.0, &[piece(700.0, 750.0, 0.0, 15_000.0)]);
    }
    assert!(process.value().is_finite());
}

#[test]
fn not_worse_takes_about_nine_hundred_requests_and_phi_times_as_many() {
    for phi in [1.0, 3.0] {
        let margin = Margin {
            ratio: 1.5,
            difference: 0.005,
            phi,
        };
        let mut process = Earned::forgetting(margin);
        let mut requests = 0.0;
        while !process.is_earned() {
            requests += 10.0;
            process.push(&[piece(0.0, 10.0, 0.0, 200.0)]);
        }
        assert!((800.0..1000.0).contains(&(requests / phi)), "{requests}");
        let needed = margin.requests_needed(0.002, 0.05).unwrap() / phi;
        assert!((900.0..1400.0).contains(&needed), "{needed}");
        assert_eq!(margin.requests_needed(0.05, f64::INFINITY), None);
    }
}

#[test]
fn an_hour_of_calm_does_not_outvote_the_last_minute() {
    let mut process = Earned::forgetting(Margin {
        ratio: 1.5,
        difference: 0.005,
        phi: 1.0,
    });
    for _ in 0..240 {
        process.push(&[piece(1.5, 750.0, 30.0, 15_000.0)]);
    }
    assert!(process.is_earned());
    process.push(&[piece(38.0, 750.0, 30.0, 15_000.0)]);
    assert!(!process.is_earned());
}

#[test]
fn an_action_that_takes_a_while_to_work_is_seen_to_have_worked() {
    let margin = Margin {
        ratio: 1.5,
        difference: 0.005,
        phi: 1.0,
    };
    let recovered_after = |late: u32| {
        let mut process = AfterAction::new(margin);
        (1..100_u32).find(|interval| {
            let x = if *interval <= late { 38.0 } else { 1.0 };
            process.push(15.0, &[piece(x, 750.0, 30.0, 15_000.0)]);
            process.is_earned()
        })
    };
    assert!(recovered_after(0).unwrap() <= 3);
    assert!(recovered_after(3).unwrap() <= 10);
    let mut alone = Recovery::new(margin);
    for index in 0..60 {
        let x = if index < 40 { 38.0 } else { 1.0 };
        alone.push(index, 15.0, &[piece(x, 750.0, 30.0, 15_000.0)]);
        assert!(index >= 40 || alone.since().is_none());
    }
    assert_eq!(alone.since(), Some(40));
}

#[test]
fn dispersion_is_what_differs_between_pods_and_not_what_they_share() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut pods = |times: u64, shared: f64| -> Vec<Vec<Option<Tally>>> {
        (0..10)
            .map(|_| {
                (0..720)
                    .map(|block| {
                        let burst = if block % 60 == 0 { shared } else { 1.0 };
                        let mean = 2.4 * burst / times as f64;
                        let failures: f64 = Poisson::new(mean).unwrap().sample(&mut rng);
                        Some(Tally {
                            bad: times * failures as u64,
                            total: 1200,
                        })
                    })
                    .collect()
            })
            .collect()
    };
    let independent = between_pods(&pods(1, 1.0));
    assert!((independent.phi - 1.0).abs() < 0.05 && !independent.assumed);
    let shared = between_pods(&pods(1, 40.0));
    assert!(shared.phi < 1.1, "{shared:?}");
    let retries = between_pods(&pods(5, 1.0));
    assert!((4.5..5.5).contains(&retries.phi), "{retries:?}");
    let few = between_pods(&[vec![
        Some(Tally {
            bad: 99,
            total: 10_000
        });
        2
    ]]);
    assert!(few.assumed && (few.phi - ASSUMED).abs() < 1e-12);
    assert!(between_pods(&[]).assumed);
}

#[test]
fn the_interval_holds_the_truth_and_is_as_wide_as_the_counts_make_it() {
    // Three minutes of 5 % at 5 requests a second, 5 minutes after the canary began.
    let parts: Vec<Piece> = (0..12).map(|_| piece(3.75, 75.0, 3.0, 1500.0)).collect();
    let prior = begins_between(300.0, 315.0);
    let found = factor(&parts, 1.0, 0.005, prior).unwrap();
    assert!((found.estimate.unwrap() - 25.0).abs() < 1e-9);
    let high = found.high.unwrap();
    assert!((5.0..12.0).contains(&found.low), "{found:?}");
    assert!((45.0..90.0).contains(&high), "{found:?}");
    let nothing_bad = [piece(0.0, 75.0, 0.0, 1500.0)];
    assert_eq!(factor(&nothing_bad, 1.0, 0.005, prior), None);
    let only_canary = factor(&[piece(9.0, 75.0, 0.0, 1500.0)], 1.0, 0.005, 0.3).unwrap();
    assert!(only_canary.estimate.is_none() && only_canary.high.is_none());
    assert!(only_canary.low > 1.0);
    let only_production = factor(&[piece(0.0, 75.0, 9.0, 1500.0)], 1.0, 0.005, 0.3).unwrap();
    assert!(only_production.low.abs() < 1e-12 && only_production.high.is_some());
}

/// Both tails from all ways to choose which of the values are the first sample's.
fn counted_out(a: &[f64], b: &[f64]) -> (f64, f64) {
    let all: Vec<f64> = a.iter().chain(b).copied().collect();
    let u = |first: &[f64], second: &[f64]| -> f64 {
        first
            .iter()
            .flat_map(|x| second.iter().map(move |y| f64::from(u8::from(x > y))))
            .sum()
    };
    let seen = u(a, b);
    let (mut ways, mut higher, mut lower) = (0.0, 0.0, 0.0);
    for chosen in 0_u32..1 << all.len() {
        if chosen.count_ones() as usize != a.len() {
            continue;
        }
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (at, value) in all.iter().enumerate() {
            if chosen & (1 << at) == 0 {
                second.push(*value);
            } else {
                first.push(*value);
            }
        }
        let now = u(&first, &second);
        ways += 1.0;
        higher += f64::from(u8::from(now >= seen));
        lower += f64::from(u8::from(now <= seen));
    }
    (higher / ways, lower / ways)
}

#[test]
fn exact_p_values_are_those_of_counting_all_orders() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let spread = rand_distr::Uniform::new(0.0, 1.0).unwrap();
    for n in 1..=7_usize {
        for m in 1..=7_usize {
            let a: Vec<f64> = (0..n).map(|_| spread.sample(&mut rng)).collect();
            let b: Vec<f64> = (0..m).map(|_| spread.sample(&mut rng)).collect();
            let found = compare(&a, &b).unwrap();
            let (higher, lower) = counted_out(&a, &b);
            assert!((found.p_higher - higher).abs() < 1e-12, "{n} {m}");
            assert!((found.p_lower - lower).abs() < 1e-12, "{n} {m}");
        }
    }
}

#[test]
fn the_known_example_and_the_approximation() {
    let males = [19.0, 22.0, 16.0, 29.0, 24.0];
    let females = [20.0, 11.0, 17.0, 12.0];
    let found = compare(&males, &females).unwrap();
    assert!((found.u - 17.0).abs() < 1e-12);
    assert!((found.p_higher - 0.055_555_555).abs() < 1e-8);
    assert!((2.0 * found.p_higher - 0.111_111_11).abs() < 1e-7);
    // 20 a side, all apart: counted out. 21 a side: approximated, with nearly the same tail at a middling u.
    let low: Vec<f64> = (0..21).map(f64::from).collect();
    let high: Vec<f64> = (0..21).map(|v| f64::from(v) + 4.5).collect();
    let exact = compare(&high[..20], &low[..20]).unwrap();
    let approximate = compare(&high, &low).unwrap();
    assert!((exact.p_higher - approximate.p_higher).abs() < 0.01);
    assert!((exact.shift - 4.5).abs() < 1e-9);
    let equal = compare(&[1.0; 30], &[1.0; 30]).unwrap();
    assert!(equal.p_higher > 0.5);
    assert!(compare(&[], &low).is_none() && compare(&[f64::NAN], &low).is_none());
}

#[test]
fn tails_and_grid_are_what_they_should_be() {
    for (z, tail) in [
        (0.0, 0.5),
        (1.644_854, 0.05),
        (2.326_348, 0.01),
        (5.0, 2.866_5e-7),
    ] {
        let relative: f64 = upper_tail(z) / tail - 1.0;
        assert!(relative.abs() < 1e-4, "{z}");
    }
    assert!((upper_tail(-1.644_854) - 0.95).abs() < 1e-6);
    let grid: [f64; GRID] = log_spaced(1.5, 300.0);
    assert!((grid[0] - 1.5).abs() < 1e-9 && (grid[GRID - 1] - 300.0).abs() < 1e-6);
    assert!(((grid[1] / grid[0]) - (grid[11] / grid[10])).abs() < 1e-9);
}
