//! How hot each pod is: what no mean over pods shows. Of thousands only the worst are told, and the namespace's sums.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gauge::Gauge;
use super::untrusted::Untrusted;

/// What a metrics server may tell of one pod: utilisation, then saturation. All are shares, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PodSignal {
    /// CPU in use, of the limits of its containers.
    Cpu,
    /// Working set, of the limits of its containers.
    Memory,
    /// Scheduler periods in which a container was throttled, of all of its periods.
    Throttled,
    /// Time in which some task of its worst container waited for CPU (PSI "some").
    CpuPressure,
    /// The same for memory: tasks that wait while it is reclaimed.
    MemoryPressure,
    /// The same for disks.
    IoPressure,
}

impl PodSignal {
    /// Every signal.
    pub const ALL: [Self; 6] = [
        Self::Cpu,
        Self::Memory,
        Self::Throttled,
        Self::CpuPressure,
        Self::MemoryPressure,
        Self::IoPressure,
    ];

    /// Those that pressure is made of.
    pub const PRESSURE: [Self; 3] = [Self::CpuPressure, Self::MemoryPressure, Self::IoPressure];

    /// Its word in queries and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Throttled => "throttled",
            Self::CpuPressure => "cpu_pressure",
            Self::MemoryPressure => "memory_pressure",
            Self::IoPressure => "io_pressure",
        }
    }

    /// The gauge of an environment that is the same of all pods, whose limits count here too; none of pressure, for which
    /// the process names no limit.
    pub const fn gauge(self) -> Option<Gauge> {
        match self {
            Self::Cpu => Some(Gauge::Cpu),
            Self::Memory => Some(Gauge::Memory),
            Self::Throttled => Some(Gauge::Throttled),
            Self::CpuPressure | Self::MemoryPressure | Self::IoPressure => None,
        }
    }

    /// Whether it tells that work waits, which is bad from the first of it on, while use is bad only near its limit.
    pub const fn is_saturation(self) -> bool {
        match self {
            Self::Cpu | Self::Memory => false,
            Self::Throttled | Self::CpuPressure | Self::MemoryPressure | Self::IoPressure => true,
        }
    }
}

/// What is told of one pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodUse {
    /// Its name.
    pub pod: Untrusted,
    /// What is known of it; what is absent is not known, never zero.
    pub values: BTreeMap<PodSignal, f64>,
}

/// What a namespace's containers use of one resource, in cores or bytes; each is none where nothing tells it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Total {
    /// In use, by all of them.
    pub used: Option<f64>,
    /// In use by those that have a limit.
    pub limited: Option<f64>,
    /// The limits of those.
    pub limits: Option<f64>,
    /// What is requested for those that run.
    pub requests: Option<f64>,
}

/// The worst pods of one environment at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstPods {
    /// The end of the interval that it is of, by the metrics server's clock.
    pub at: Timestamp,
    /// How many pods there are in all; none where that is not known.
    pub pods: Option<u64>,
    /// The worst of them, by name, at most [`super::workload::WORST_PODS`].
    pub worst: Vec<PodUse>,
    /// CPU of the whole namespace, in cores.
    pub cpu: Total,
    /// Memory of the whole namespace, in bytes.
    pub memory: Total,
    /// The metrics without a series, by the signal that they would feed.
    pub missing: BTreeMap<PodSignal, Vec<String>>,
    /// Whether a part of the server's storage did not answer, so that others may be worse.
    pub is_partial: bool,
}
