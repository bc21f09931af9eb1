//! A scenario's own part: events on a timeline, their effects, and what is to be concluded when.
//!
//! Times are clock times of the night that begins at 03:00:00; the world may play it at any other time.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::fleet::Side;

/// Milliseconds after (or before) 03:00:00, written `03:12:41`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offset(pub(crate) i64);

impl Offset {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (hours, minutes, seconds) = (number()?, number()?, number()?);
        let sane =
            (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
        (sane && parts.next().is_none())
            .then(|| Self(((hours - 3) * 3600 + minutes * 60 + seconds) * 1000))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000 + 3 * 3600;
        write!(
            f,
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

impl<'de> Deserialize<'de> for Offset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no time like 03:12:41")))
    }
}

/// A scenario file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) title: String,
    /// What happens, for a person.
    pub(crate) story: String,
    /// When a deck that is told no other time comes in.
    pub(crate) starts: Offset,
    #[serde(default)]
    pub(crate) events: Vec<Event>,
    #[serde(default)]
    pub(crate) effects: Vec<Effect>,
    /// What no world does: a person at the deck.
    #[serde(default)]
    pub(crate) incidents: Vec<Incident>,
    pub(crate) expect: Vec<Expectation>,
}

/// Something that somebody does, or that breaks.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Event {
    /// A Helm upgrade.
    Deploy {
        at: Offset,
        service: String,
        side: Side,
        version: String,
        /// False: its container exits two seconds after it starts.
        #[serde(default = "yes")]
        runs: bool,
    },
    /// A flag's state or default variant is patched.
    Flag {
        at: Offset,
        side: Side,
        flag: String,
        state: String,
        by: String,
    },
    /// Prometheus neither scrapes nor answers.
    PrometheusDown {
        at: Offset,
        until: Offset,
        sides: Vec<Side>,
    },
    /// No instance of flagd answers; the services go on with what they heard last.
    FlagdDown {
        at: Offset,
        until: Offset,
        sides: Vec<Side>,
    },
    /// The API server refuses; what runs in the cluster goes on, and its Prometheus answers.
    ClusterUnreachable {
        at: Offset,
        until: Offset,
        sides: Vec<Side>,
    },
    /// A version's pods run and answer nothing: their readiness probes fail.
    HealthDown {
        at: Offset,
        until: Option<Offset>,
        service: String,
        side: Side,
        version: String,
    },
}

impl Event {
    /// When it happens.
    pub(crate) fn at(&self) -> Offset {
        match self {
            Self::Deploy { at, .. }
            | Self::Flag { at, .. }
            | Self::PrometheusDown { at, .. }
            | Self::FlagdDown { at, .. }
            | Self::ClusterUnreachable { at, .. }
            | Self::HealthDown { at, .. } => *at,
        }
    }

    /// The servers that are gone, until when, and on which sides.
    pub(crate) fn outage(&self) -> Option<(Server, Offset, &[Side])> {
        match self {
            Self::PrometheusDown { until, sides, .. } => Some((Server::Prometheus, *until, sides)),
            Self::FlagdDown { until, sides, .. } => Some((Server::Flagd, *until, sides)),
            Self::ClusterUnreachable { until, sides, .. } => {
                Some((Server::Kubernetes, *until, sides))
            }
            Self::Deploy { .. } | Self::Flag { .. } | Self::HealthDown { .. } => None,
        }
    }
}

/// What a cluster serves and can lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Server {
    Kubernetes,
    Prometheus,
    Flagd,
}

fn yes() -> bool {
    true
}

/// What is not as usual while its conditions hold: how requests fare, and what they cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Effect {
    pub(crate) service: String,
    pub(crate) side: Side,
    /// Only while this flag serves `true`, and from `delay_seconds` after it began to.
    pub(crate) flag: Option<String>,
    #[serde(default)]
    pub(crate) delay_seconds: u32,
    /// Only pods of this version.
    pub(crate) version: Option<String>,
    pub(crate) from: Option<Offset>,
    pub(crate) until: Option<Offset>,
    /// Only in bursts at random moments, which are the same on both sides.
    pub(crate) bursts: Option<Bursts>,
    /// Added share of failing requests by endpoint; `*` is every endpoint not named.
    #[serde(default)]
    pub(crate) errors: BTreeMap<String, f64>,
    /// Factor on durations by endpoint; `*` likewise.
    #[serde(default)]
    pub(crate) slower: BTreeMap<String, f64>,
    /// Added CPU use as a share of the limit.
    #[serde(default)]
    pub(crate) cpu: f64,
    /// Added memory as a share of the limit.
    #[serde(default)]
    pub(crate) memory: f64,
    /// Memory added each minute that a process has run since `from`, as a share of the limit.
    #[serde(default)]
    pub(crate) memory_per_minute: f64,
    /// Added share of CPU periods in which the container is throttled.
    #[serde(default)]
    pub(crate) throttled: f64,
    /// Added share of a pool's connections that are in use.
    #[serde(default)]
    pub(crate) pool_used: f64,
    /// Added wait for a connection in milliseconds.
    #[serde(default)]
    pub(crate) pool_wait_ms: f64,
    /// Added share of look-ups that the cache answers; below zero they are fewer.
    #[serde(default)]
    pub(crate) cache_hits: f64,
    /// Messages a second that come and are not read.
    #[serde(default)]
    pub(crate) queue_per_second: f64,
    /// Share of network packets that are dropped, both ways.
    #[serde(default)]
    pub(crate) network_drops: f64,
    /// Factor on what the business counts.
    pub(crate) business: Option<f64>,
    /// How often a request that failed is sent again, in vain.
    #[serde(default)]
    pub(crate) retries: u32,
    /// Shares of requests by endpoint instead of the usual ones; endpoints not named share the rest as they do usually.
    #[serde(default)]
    pub(crate) mix: BTreeMap<String, f64>,
}

/// One burst at a random moment of each period.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bursts {
    /// The period.
    pub(crate) every_seconds: u32,
    /// How long each burst lasts.
    pub(crate) lasting_seconds: u32,
}

impl Effect {
    /// What this effect says of an endpoint in one of its tables.
    pub(crate) fn on(table: &BTreeMap<String, f64>, endpoint: &str) -> Option<f64> {
        table.get(endpoint).or_else(|| table.get("*")).copied()
    }
}

/// A security incident that a person raises at the deck, and ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    pub(crate) at: Offset,
    /// Of which service.
    pub service: String,
    /// Whose traffic is to be blocked.
    pub sides: Vec<Side>,
    /// Why, in their words.
    pub reason: String,
    pub(crate) ends: Offset,
    /// What was found.
    pub found: String,
}

impl Incident {
    /// When it is raised and when it is ended, in seconds after the scenario's 03:00:00.
    pub fn seconds(&self) -> (i64, i64) {
        (self.at.0 / 1000, self.ends.0 / 1000)
    }
}

/// What a competent operator would conclude at one time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub(crate) at: Offset,
    /// Which service it is about.
    pub service: String,
    /// The weather of its overview.
    pub headline: Headline,
    /// The rung that is to be advised; none if nothing is to be done.
    pub rung: Option<Rung>,
    /// Whether nothing that the deck can see speaks against promotion.
    pub promote: bool,
    /// The conclusion in words.
    pub because: String,
    /// What the screen must name besides.
    #[serde(default)]
    pub says: Vec<String>,
}

impl Expectation {
    /// Seconds after the scenario's 03:00:00.
    pub fn seconds(&self) -> i64 {
        self.at.0 / 1000
    }

    /// The time as the file writes it, `03:12:41`.
    pub fn time(&self) -> String {
        self.at.to_string()
    }
}

/// The weather of a service's overview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// A person raised a security incident.
    Security,
    /// Canary is worse than production, or beyond a red line.
    Breach,
    /// Production is worse than it was before its release.
    ProductionBreach,
    /// Suspicious, not proven.
    Watch,
    /// Baking, nothing wrong so far, not yet earned "not worse".
    Soak,
    /// Not worse was earned.
    Pass,
    /// The soak is over and there was too little traffic to tell.
    Unsure,
    /// Was in breach and is measurably well again.
    Recovered,
    /// A source that the verdict rests on is gone.
    Blind,
    /// Production is as bad as canary.
    BothBad,
    /// The same version on both sides: there is no canary.
    Idle,
}

/// A level of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Level 1: disable the flag.
    Flag,
    /// Level 2: roll the release back.
    Rollback,
    /// Level 3: send the traffic elsewhere.
    Traffic,
    /// Level 4: roll the migration back.
    Database,
    /// Level 5: restore from a backup.
    Restore,
    /// Level 6: page people.
    People,
}
