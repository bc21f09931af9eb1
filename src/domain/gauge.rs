//! Gauges: what is measured beside requests. Apart from the counts, for each has a unit, a vocabulary and a name of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exporter::Exporter;
use super::grid::{Grid, GridIndex};
use super::names::NameError;

/// A utilisation, saturation or count of one environment that is no request: of its machines, of what they share, or of the
/// business. Each value is the mean (or sum) over pods in one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Gauge {
    /// CPU in use, as a share of the limit, mean over pods (0 to 1 and beyond).
    Cpu,
    /// Working set, as a share of the limit, mean over pods (0 to 1).
    Memory,
    /// Container restarts counted in the interval.
    Restarts,
    /// Scheduler periods in which a container was throttled, as a share of its periods (0 to 1).
    Throttled,
    /// Connections in use, as a share of the pool's most, in the fullest pool (0 to 1).
    PoolUsed,
    /// Mean time that a request waits for a connection of a pool, in seconds.
    PoolWait,
    /// Reads answered by a cache, as a share of its reads (0 to 1).
    CacheHits,
    /// Messages that wait in the queues that the service reads, in all.
    QueueLag,
    /// Bytes received and sent a second, in all.
    Network,
    /// Packets dropped or broken a second, received and sent, in all.
    NetworkErrors,
    /// A metric of the business, a second, as the configuration asks for it.
    Business(BusinessName),
}

impl Gauge {
    /// Those with a vocabulary of their own, in the order in which they are shown; business metrics come after them.
    pub const NAMED: [Self; 10] = [
        Self::Cpu,
        Self::Memory,
        Self::Restarts,
        Self::Throttled,
        Self::PoolUsed,
        Self::PoolWait,
        Self::CacheHits,
        Self::QueueLag,
        Self::Network,
        Self::NetworkErrors,
    ];

    /// Those of every pod: where they are missing, something that should be there is not.
    pub const MACHINES: [Self; 3] = [Self::Cpu, Self::Memory, Self::Restarts];

    /// The gauge's word; a business metric is called as the configuration calls it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Restarts => "restarts",
            Self::Throttled => "throttled",
            Self::PoolUsed => "pool_used",
            Self::PoolWait => "pool_wait",
            Self::CacheHits => "cache_hits",
            Self::QueueLag => "queue_lag",
            Self::Network => "network",
            Self::NetworkErrors => "network_errors",
            Self::Business(name) => name.as_str(),
        }
    }

    /// The metric of the business that a word names, if it says that it is one.
    pub fn business(word: &str) -> Option<Result<BusinessName, NameError>> {
        word.strip_prefix(BUSINESS).map(BusinessName::parse)
    }

    /// What its numbers are.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Cpu | Self::Memory | Self::Throttled | Self::PoolUsed | Self::CacheHits => {
                Unit::Share
            }
            Self::PoolWait => Unit::Seconds,
            Self::Restarts | Self::QueueLag => Unit::Count,
            Self::Network => Unit::BytesPerSecond,
            Self::NetworkErrors | Self::Business(_) => Unit::PerSecond,
        }
    }

    /// Whether it grows with the requests, so that two sides compare by what there is for each request.
    pub const fn grows_with_requests(self) -> bool {
        matches!(self, Self::Network | Self::Business(_))
    }

    /// Whether it grows with the pods, so that two sides compare by what there is for each pod: the total of two pods says
    /// nothing beside that of twenty.
    pub const fn grows_with_pods(self) -> bool {
        matches!(self, Self::Restarts | Self::NetworkErrors)
    }
}

/// What comes before the name of a business metric where it stands among the other gauges' words.
const BUSINESS: &str = "business/";

/// As files, queries and JSON write it: `cpu`, `business/orders`.
impl std::fmt::Display for Gauge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Self::Business(name) = self {
            return write!(f, "{BUSINESS}{name}");
        }
        f.pad(self.as_str())
    }
}

/// A word that is no gauge's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GaugeError {
    /// No gauge has that name.
    #[error("there is no gauge {0:?}")]
    Unknown(String),
    /// A business metric can't be called so.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl TryFrom<String> for Gauge {
    type Error = GaugeError;

    fn try_from(text: String) -> Result<Self, GaugeError> {
        if let Some(name) = Self::business(&text) {
            return Ok(Self::Business(name?));
        }
        let named = Self::NAMED.into_iter().find(|g| g.as_str() == text);
        named.ok_or(GaugeError::Unknown(text))
    }
}

impl From<Gauge> for String {
    fn from(gauge: Gauge) -> Self {
        gauge.to_string()
    }
}

/// What the numbers of a gauge are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, 0 to 1.
    Share,
    /// Seconds.
    Seconds,
    /// A count.
    Count,
    /// Events a second.
    PerSecond,
    /// Bytes a second.
    BytesPerSecond,
}

/// The name of a business metric, as the configuration calls it: 1 to 24 of a-z, 0-9, - and _. Short enough to be copied
/// wherever a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BusinessName([u8; Self::MOST]);

impl BusinessName {
    /// The most characters of a name.
    pub const MOST: usize = 24;

    /// Checks and wraps a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const WHAT: &str = "business metric's name";
        let has = text.chars().count();
        if has == 0 {
            return Err(NameError::Empty { what: WHAT });
        }
        if has > Self::MOST {
            return Err(NameError::TooLong {
                what: WHAT,
                most: Self::MOST,
                has,
            });
        }
        let is_allowed =
            |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if let Some(character) = text.chars().find(|c| !is_allowed(c)) {
            return Err(NameError::Character {
                what: WHAT,
                character,
                allowed: "a-z, 0-9, - and _",
            });
        }
        let mut name = [0; Self::MOST];
        for (to, from) in name.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        Ok(Self(name))
    }

    /// The name as written; safe to show, for only plain characters got in.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(Self::MOST);
        self.0
            .get(..end)
            .and_then(|name| std::str::from_utf8(name).ok())
            .unwrap_or_default()
    }
}

impl std::fmt::Display for BusinessName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for BusinessName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<BusinessName> for String {
    fn from(name: BusinessName) -> Self {
        name.as_str().to_owned()
    }
}

/// Gauges of one environment over consecutive closed intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UseWindow {
    /// The intervals' length.
    pub grid: Grid,
    /// The first interval of the window.
    pub first: GridIndex,
    /// Values by gauge, all of the same length; none is a hole. A gauge that no series feeds is absent, never zero.
    pub gauges: BTreeMap<Gauge, Vec<Option<f64>>>,
    /// How many pods there were in each interval, as long as the gauges; empty where nobody tells.
    #[serde(default)]
    pub pods: Vec<Option<f64>>,
    /// Who tells each gauge that several exporters may tell.
    #[serde(default)]
    pub exporters: BTreeMap<Gauge, Exporter>,
}

impl UseWindow {
    /// How many pods there were in an interval; none where that is not known, or none were.
    pub fn pods_at(&self, index: GridIndex) -> Option<f64> {
        let at = usize::try_from(index.since(self.first)).ok()?;
        self.pods.get(at).copied().flatten().filter(|n| *n > 0.0)
    }

    /// Whether there are pods in any interval.
    pub fn tells_pods(&self) -> bool {
        self.pods.iter().flatten().any(|count| *count > 0.0)
    }

    /// Whose a gauge is here and in another window, where the two don't mean the same.
    pub fn unlike(&self, other: &Self, gauge: Gauge) -> Option<(Exporter, Exporter)> {
        let (ours, theirs) = (self.exporters.get(&gauge)?, other.exporters.get(&gauge)?);
        (!ours.is_like(*theirs)).then_some((*ours, *theirs))
    }
}
