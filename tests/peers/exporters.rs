//! Ten minutes of what real exporters tell of one service, as `OpenMetrics`: their names and their labels, small numbers
//! that are easily checked.
//!
//! The names are from the exporters' documentation or source, as cited in `src/adapters/prometheus/pack.rs` and
//! `vocabulary.rs`; here they are written anew, so that a mistake there is not repeated.

use std::fmt::Write as _;

/// When the history begins: inside one block of two hours.
pub(crate) const START: i64 = 1_795_230_000;

/// Seconds between two scrapes, and how many there are.
pub(crate) const STEP: i64 = 15;
const STEPS: i64 = 40;

/// When it ends.
pub(crate) const END: i64 = START + STEP * STEPS;

/// What grows or stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    /// A counter with so much more at each scrape.
    Grows(f64),
    /// A gauge.
    Is(f64),
}

/// A history in the making; metrics that are not kept are left out.
pub(crate) struct History {
    text: String,
    keeps: fn(&str) -> bool,
}

impl History {
    pub(crate) fn new() -> Self {
        Self {
            text: String::new(),
            keeps: |_| true,
        }
    }

    /// From now on only these metrics are told.
    pub(crate) fn keep(&mut self, keeps: fn(&str) -> bool) {
        self.keeps = keeps;
    }

    /// One series.
    pub(crate) fn series(&mut self, metric: &str, labels: &str, value: Value) {
        if !(self.keeps)(metric) {
            return;
        }
        for step in 0..=STEPS {
            let number = match value {
                Value::Grows(by) => 1000.0 + by * f64::from(i32::try_from(step).unwrap_or(0)),
                Value::Is(number) => number,
            };
            let at = START + STEP * step;
            let _infallible = writeln!(self.text, "{metric}{{{labels}}} {number} {at}");
        }
    }

    /// A histogram of requests of which nine of ten are fast: buckets at these bounds, the first of which holds the fast.
    pub(crate) fn buckets(&mut self, metric: &str, labels: &str, bounds: [&str; 2], all: f64) {
        for (bound, share) in [(bounds[0], 0.9), (bounds[1], 1.0), ("+Inf", 1.0)] {
            let labels = format!("{labels},le=\"{bound}\"");
            self.series(metric, &labels, Value::Grows(all * share));
        }
    }

    /// All of another history.
    pub(crate) fn add(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// The whole text.
    pub(crate) fn end(mut self) -> String {
        self.text.push_str("# EOF\n");
        self.text
    }

    /// What Kubernetes tells of a service's one pod: use, limits, restarts, throttling, network.
    pub(crate) fn pod(&mut self, service: &str) {
        let pod = format!("namespace=\"shop\",pod=\"{service}-6d4cf56db6-x2x7k\"");
        let kubelet = "job=\"kubelet\",instance=\"n1\",metrics_path=\"/metrics/cadvisor\"";
        let container = format!("{kubelet},{pod},container=\"app\",image=\"shop/app:1\"");
        self.series(
            "container_cpu_usage_seconds_total",
            &container,
            Value::Grows(3.0),
        );
        self.series(
            "container_memory_working_set_bytes",
            &container,
            Value::Is(3e8),
        );
        self.series(
            "container_cpu_cfs_periods_total",
            &container,
            Value::Grows(150.0),
        );
        self.series(
            "container_cpu_cfs_throttled_periods_total",
            &container,
            Value::Grows(15.0),
        );
        for (resource, waited) in [("cpu", 3.0), ("memory", 0.0), ("io", 0.15)] {
            let metric = format!("container_pressure_{resource}_waiting_seconds_total");
            self.series(&metric, &container, Value::Grows(waited));
        }
        let sandbox = format!("{kubelet},{pod},interface=\"eth0\",image=\"pause\"");
        for (direction, bytes) in [("receive", 15_000.0), ("transmit", 30_000.0)] {
            let name = |what: &str| format!("container_network_{direction}_{what}_total");
            self.series(&name("bytes"), &sandbox, Value::Grows(bytes));
            self.series(&name("packets_dropped"), &sandbox, Value::Grows(15.0));
            self.series(&name("errors"), &sandbox, Value::Grows(0.0));
        }
        let state = format!("job=\"kube-state-metrics\",instance=\"ksm\",{pod},container=\"app\"");
        for (resource, unit, limit) in [("cpu", "core", 0.5), ("memory", "byte", 6e8)] {
            let labels = format!("{state},resource=\"{resource}\",unit=\"{unit}\",node=\"n1\"");
            self.series(
                "kube_pod_container_resource_limits",
                &labels,
                Value::Is(limit),
            );
            self.series(
                "kube_pod_container_resource_requests",
                &labels,
                Value::Is(limit / 2.0),
            );
        }
        self.series(
            "kube_pod_container_status_restarts_total",
            &state,
            Value::Grows(0.0),
        );
    }
}
