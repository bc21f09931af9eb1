//! Simulated traffic of a canary and of production with 20 times its load, with the troubles that fool simple tests.

use std::collections::BTreeMap;

use flightdeck::domain::grid::{Grid, GridIndex};
use flightdeck::domain::metrics::{
    BeforeCanary, Endpoint, EndpointCounts, LatencyCounts, RedWindow, Tally,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, Exp, Geometric, Normal, Poisson};

/// 2026-11-21, on the grid.
pub(crate) const BEGAN: GridIndex = GridIndex(119_682_000);
pub(crate) const HOUR: usize = 240;
pub(crate) const SECONDS: f64 = 15.0;
/// Production's bad ratio when nothing is wrong.
pub(crate) const USUAL: f64 = 0.002;
const PODS: usize = 20;
const PRODUCTION: f64 = 20.0;
const BLOCKS: usize = 720;
/// Bursts that a side's pods share last two minutes.
const BURST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trouble {
    Clean,
    /// Canary is as bad as it may be: 1.25 times and 0.1 pp.
    AtTheBound,
    /// One failure is five errors.
    Retries,
    /// A failure brings others, three on average.
    Clusters,
    /// A pod fails 5 % of its requests for 10 to 30 s, once in two hours; canary is one pod.
    PodBursts,
    /// Both sides fail 20 % for one to two minutes, hourly; pods are scraped at different moments.
    SharedOutages,
    /// 40 endpoints with ratios from 0 to 2 %, asked for in other proportions on canary.
    OtherMix,
    /// Each side has a database of its own: its failures rise and fall, every two minutes, by a factor
    /// that is exponential with mean 1.
    Apart,
    /// The same, but canary's fails 3 % for one to two minutes, each hour and a half: there canary *is* worse.
    ApartLong,
}

pub(crate) const TROUBLES: [Trouble; 9] = [
    Trouble::Clean,
    Trouble::AtTheBound,
    Trouble::Retries,
    Trouble::Clusters,
    Trouble::PodBursts,
    Trouble::SharedOutages,
    Trouble::OtherMix,
    Trouble::Apart,
    Trouble::ApartLong,
];

/// Canary's bad ratio over time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Story {
    pub(crate) trouble: Trouble,
    /// Canary's requests a second.
    pub(crate) rate: f64,
    /// Canary's bad ratio before the change and outside troubles.
    pub(crate) canary: f64,
    /// The interval of a change and the bad ratio from then.
    pub(crate) change: Option<(usize, f64)>,
    /// The interval in which that ends.
    pub(crate) ends: usize,
    pub(crate) intervals: usize,
}

impl Story {
    pub(crate) fn calm(rate: f64, intervals: usize) -> Self {
        Self {
            trouble: Trouble::Clean,
            rate,
            canary: USUAL,
            change: None,
            ends: usize::MAX,
            intervals,
        }
    }

    pub(crate) fn troubled(trouble: Trouble, rate: f64, intervals: usize) -> Self {
        let canary = if trouble == Trouble::AtTheBound {
            1.25 * USUAL + 0.001
        } else {
            USUAL
        };
        Self {
            trouble,
            canary,
            ..Self::calm(rate, intervals)
        }
    }

    fn canary_at(&self, interval: usize) -> f64 {
        match self.change {
            Some((from, ratio)) if interval >= from && interval < self.ends => ratio,
            _ => self.canary,
        }
    }
}

/// What the metrics server would tell.
pub(crate) struct Run {
    pub(crate) canary: RedWindow,
    pub(crate) production: RedWindow,
    /// Both sides' errors and requests of each interval since the canary began.
    pub(crate) totals: Vec<(Tally, Tally)>,
}

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn poisson(mean: f64, rng: &mut impl Rng) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    Poisson::new(mean).map_or(0, |d| d.sample(rng) as u64)
}

fn failures(trouble: Trouble, requests: u64, ratio: f64, rng: &mut impl Rng) -> u64 {
    let expected = requests as f64 * ratio;
    match trouble {
        Trouble::Retries => (5 * poisson(expected / 5.0, rng)).min(requests),
        Trouble::Clusters => {
            let more = Geometric::new(1.0 / 3.0).expect("a probability");
            let clusters = poisson(expected / 3.0, rng);
            let all: u64 = (0..clusters).map(|_| 1 + more.sample(rng)).sum();
            all.min(requests)
        }
        _ => Binomial::new(requests, ratio.clamp(0.0, 1.0)).map_or(0, |d| d.sample(rng)),
    }
}

/// Moments at which something lasts: from, to, in seconds.
fn episodes(every: f64, lasts: (f64, f64), until: f64, rng: &mut impl Rng) -> Vec<(f64, f64)> {
    let gap = Exp::new(1.0 / every).expect("a rate");
    let mut found = Vec::new();
    let mut at = gap.sample(rng);
    while at < until {
        let end = at + rng.random_range(lasts.0..=lasts.1);
        found.push((at, end));
        at = end + gap.sample(rng);
    }
    found
}

/// The part of an interval, seen `late` seconds late, that lies in episodes.
fn part(episodes: &[(f64, f64)], start: f64, length: f64) -> f64 {
    episodes
        .iter()
        .map(|(from, to)| (to.min(start + length) - from.max(start)).max(0.0))
        .sum::<f64>()
        / length
}

/// How production's pods were in the day before.
pub(crate) fn before(trouble: Trouble, rate: f64, seed: u64) -> BeforeCanary {
    let mut rng = rng(seed);
    let day = 24.0 * 3600.0;
    let each = rate * PRODUCTION / PODS as f64 * 120.0;
    let shared = match trouble {
        Trouble::SharedOutages => episodes(3600.0, (60.0, 120.0), day, &mut rng),
        Trouble::ApartLong => episodes(5400.0, (60.0, 120.0), day, &mut rng),
        _ => Vec::new(),
    };
    let bursts: Vec<f64> = (0..BLOCKS).map(|_| burst(trouble, &mut rng)).collect();
    let errors = (0..PODS)
        .map(|_| {
            let own = if trouble == Trouble::PodBursts {
                episodes(7200.0, (10.0, 30.0), day, &mut rng)
            } else {
                Vec::new()
            };
            (0..BLOCKS)
                .map(|block| {
                    let start = block as f64 * 120.0;
                    let total = poisson(each, &mut rng);
                    let ratio = USUAL * bursts[block]
                        + 0.05 * part(&own, start, 120.0)
                        + shared_ratio(trouble) * part(&shared, start, 120.0);
                    let bad = failures(trouble, total, ratio, &mut rng);
                    Some(Tally { bad, total })
                })
                .collect()
        })
        .collect();
    BeforeCanary {
        errors,
        slow: Vec::new(),
    }
}

/// The factor that all pods of a side share for a while: exponential, so that counts are geometric.
fn burst(trouble: Trouble, rng: &mut impl Rng) -> f64 {
    if trouble == Trouble::Apart {
        Exp::new(1.0).expect("a rate").sample(rng)
    } else {
        1.0
    }
}

fn shared_ratio(trouble: Trouble) -> f64 {
    match trouble {
        Trouble::SharedOutages => 0.2,
        Trouble::ApartLong => 0.03,
        _ => 0.0,
    }
}

pub(crate) fn play(story: &Story, seed: u64) -> Run {
    let mut rng = rng(seed);
    match story.trouble {
        Trouble::OtherMix => mixed(story, &mut rng),
        _ => plain(story, &mut rng),
    }
}

fn plain(story: &Story, rng: &mut ChaCha8Rng) -> Run {
    let trouble = story.trouble;
    let until = story.intervals as f64 * SECONDS;
    let (every, lasts) = match trouble {
        Trouble::SharedOutages => (3600.0, (60.0, 120.0)),
        _ => (5400.0, (60.0, 120.0)),
    };
    let happens = shared_ratio(trouble) > 0.0;
    let side = |rng: &mut ChaCha8Rng| {
        if happens {
            episodes(every, lasts, until, rng)
        } else {
            Vec::new()
        }
    };
    let production_bad = side(rng);
    let canary_bad = if trouble == Trouble::ApartLong {
        side(rng)
    } else {
        production_bad.clone()
    };
    let pod = |shared: &[(f64, f64)], rng: &mut ChaCha8Rng| Pod {
        late: if happens {
            rng.random_range(0.0..SECONDS)
        } else {
            0.0
        },
        shared: shared.to_vec(),
        own: if trouble == Trouble::PodBursts {
            episodes(7200.0, (10.0, 30.0), until, rng)
        } else {
            Vec::new()
        },
    };
    let canary = pod(&canary_bad, rng);
    let by_pod = happens || trouble == Trouble::PodBursts;
    let pods = if by_pod { PODS } else { 1 };
    let production: Vec<Pod> = (0..pods).map(|_| pod(&production_bad, rng)).collect();
    let mut totals = Vec::with_capacity(story.intervals);
    let mut bursts = (1.0, 1.0);
    for interval in 0..story.intervals {
        if interval % BURST == 0 {
            bursts = (burst(trouble, rng), burst(trouble, rng));
        }
        let ours = canary.count(
            story,
            interval,
            story.rate,
            story.canary_at(interval) * bursts.0,
            rng,
        );
        let each = story.rate * PRODUCTION / pods as f64;
        let theirs = production.iter().fold(Tally::default(), |sum, pod| {
            sum.plus(pod.count(story, interval, each, USUAL * bursts.1, rng))
        });
        totals.push((ours, theirs));
    }
    let one = |side: fn(&(Tally, Tally)) -> Tally| {
        let tallies: Vec<Tally> = totals.iter().map(side).collect();
        window(BEGAN, vec![(Endpoint::new("GET /"), tallies)], false)
    };
    Run {
        canary: one(|t| t.0),
        production: one(|t| t.1),
        totals,
    }
}

struct Pod {
    late: f64,
    shared: Vec<(f64, f64)>,
    own: Vec<(f64, f64)>,
}

impl Pod {
    fn count(
        &self,
        story: &Story,
        interval: usize,
        rate: f64,
        ratio: f64,
        rng: &mut ChaCha8Rng,
    ) -> Tally {
        let start = interval as f64 * SECONDS - self.late;
        let total = poisson(rate * SECONDS, rng);
        let ratio = ratio
            + 0.05 * part(&self.own, start, SECONDS)
            + shared_ratio(story.trouble) * part(&self.shared, start, SECONDS);
        Tally {
            bad: failures(story.trouble, total, ratio, rng),
            total,
        }
    }
}

/// Many endpoints, each with its own bad ratio, in other proportions on canary.
fn mixed(story: &Story, rng: &mut ChaCha8Rng) -> Run {
    const ENDPOINTS: usize = 40;
    let skew = Normal::new(0.0, 1.0).expect("a deviation");
    let normal = |weights: Vec<f64>| {
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / sum).collect::<Vec<f64>>()
    };
    let theirs = normal((1..=ENDPOINTS).map(|k| 1.0 / k as f64).collect());
    let ours = normal(
        theirs
            .iter()
            .map(|w| w * f64::exp(skew.sample(rng)))
            .collect(),
    );
    let ratios: Vec<f64> = (0..ENDPOINTS)
        .map(|_| 0.02 * rng.random_range(0.0_f64..1.0).powi(3))
        .collect();
    let mut totals = vec![(Tally::default(), Tally::default()); story.intervals];
    let (mut canary, mut production) = (Vec::new(), Vec::new());
    for k in 0..ENDPOINTS {
        let name = Endpoint::new(format!("GET /{k:02}"));
        let count = |rate: f64, rng: &mut ChaCha8Rng| {
            let total = poisson(rate * SECONDS, rng);
            Tally {
                bad: failures(Trouble::Clean, total, ratios[k], rng),
                total,
            }
        };
        let (rate_ours, rate_theirs) = (story.rate * ours[k], story.rate * PRODUCTION * theirs[k]);
        let mine: Vec<Tally> = (0..story.intervals)
            .map(|_| count(rate_ours, rng))
            .collect();
        let base: Vec<Tally> = (0..story.intervals + HOUR)
            .map(|_| count(rate_theirs, rng))
            .collect();
        for (at, sum) in totals.iter_mut().enumerate() {
            sum.0 = sum.0.plus(mine[at]);
            sum.1 = sum.1.plus(base[at + HOUR]);
        }
        canary.push((name.clone(), mine));
        production.push((name, base));
    }
    Run {
        canary: window(BEGAN, canary, false),
        production: window(BEGAN.plus(-(HOUR as i64)), production, false),
        totals,
    }
}

pub(crate) fn window(
    first: GridIndex,
    rows: Vec<(Endpoint, Vec<Tally>)>,
    histogram: bool,
) -> RedWindow {
    let length = rows.first().map_or(0, |(_, tallies)| tallies.len());
    let endpoints: BTreeMap<Endpoint, EndpointCounts> = rows
        .into_iter()
        .map(|(endpoint, tallies)| {
            let counts = EndpointCounts {
                total: tallies.iter().map(|t| t.total).collect(),
                errors: tallies.iter().map(|t| t.bad).collect(),
                slow: tallies.iter().map(|t| t.bad).collect(),
            };
            (endpoint, counts)
        })
        .collect();
    RedWindow {
        grid: Grid::default(),
        first,
        holes: vec![false; length],
        endpoints,
        untold: vec![0; length],
        latency: LatencyCounts {
            bounds: if histogram { vec![0.5] } else { Vec::new() },
            ..LatencyCounts::default()
        },
    }
}
