//! Words of pods: what each uses and waits for, why one is not ready, and what a namespace uses.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::pods::{PodSignal, Total};
use crate::domain::untrusted::{Untrusted, shown};
use crate::engine::pods::Pod;
use crate::view::words::fit::first_that_fits;
use crate::view::words::number::{bytes, counted, share};
use crate::view::words::time::when;

/// A signal, short.
pub(crate) const fn signal(signal: PodSignal) -> &'static str {
    match signal {
        PodSignal::Cpu => "cpu",
        PodSignal::Memory => "memory",
        PodSignal::Throttled => "throttled",
        PodSignal::CpuPressure => "cpu pressure",
        PodSignal::MemoryPressure => "memory pressure",
        PodSignal::IoPressure => "io pressure",
    }
}

/// What is waited for most, and how much of the time: `cpu 42%`.
pub(crate) fn pressure(pod: &Pod) -> Option<String> {
    let (signal, value) = pod.pressure()?;
    let of = match signal {
        PodSignal::MemoryPressure => "mem",
        PodSignal::IoPressure => "io",
        PodSignal::CpuPressure | PodSignal::Cpu | PodSignal::Memory | PodSignal::Throttled => "cpu",
    };
    Some(format!("{of} {}", share(value)))
}

/// How a pod is, in the room that there is.
pub(crate) fn state(pod: &Pod, now: Timestamp, most: u16) -> String {
    let brief = |text: &str| text.replacen("not ready since", "since", 1);
    let whole = at_length(pod, now);
    let short = brief(&whole);
    first_that_fits([whole, short], most)
}

fn at_length(pod: &Pod, now: Timestamp) -> String {
    let since = pod
        .since
        .map_or_else(String::new, |at| format!(" since {}", when(at, now)));
    let reason = pod.reason.as_ref().map(Untrusted::shown);
    let ready = match (pod.ready, reason) {
        (Some(true), None) => format!("ready{since}"),
        (Some(true), Some(why)) => format!("ready{since}, restarted last by {why}"),
        (Some(false), None) => format!("not ready{since}"),
        (Some(false), Some(why)) => format!("not ready{since}: {why}"),
        (None, _) if pod.leaving => "leaving".to_owned(),
        (None, _) => "the cluster does not say how it is".to_owned(),
    };
    match (pod.restarts, pod.recent) {
        (Some(0) | None, Some(0) | None) => ready,
        (Some(all), Some(recent)) if recent > 0 => {
            format!("{ready}; {}, {recent} in 5m", restarts(all))
        }
        (Some(all), _) => format!("{ready}; {}", restarts(all)),
        (None, Some(recent)) => format!("{ready}; {} in 5m", restarts(recent)),
    }
}

fn restarts(count: u32) -> String {
    counted(count.into(), "restart")
}

/// What nobody tells, and the metrics without a series: the three that pressure is made of are one where all are missing.
pub(crate) fn missing(of: &BTreeMap<PodSignal, Vec<String>>) -> Vec<String> {
    let all = PodSignal::PRESSURE.iter().all(|p| of.contains_key(p));
    let named = of
        .iter()
        .filter(|(signal, _)| !(all && PodSignal::PRESSURE.contains(signal)));
    let mut texts: Vec<String> = named
        .map(|(of, metrics)| {
            let metrics: Vec<String> = metrics.iter().map(|metric| shown(metric)).collect();
            format!("{} (no {})", signal(*of), metrics.join(", "))
        })
        .collect();
    if all {
        texts.push("pressure (no container_pressure_*_waiting_seconds_total)".to_owned());
    }
    texts
}

/// Cores, one digit after the point where that says something.
fn cores(number: f64) -> String {
    if number >= 9.95 {
        format!("{number:.0}")
    } else if number >= 0.095 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}

/// What a namespace uses: `43% of its limits, 1.7 of 4.0 cores; 1.0 requested`.
fn total(total: Total, amount: fn(f64) -> String, unit: &str, most: u16) -> Option<String> {
    let used = total.used?;
    let of_limits = total.limited.zip(total.limits).filter(|(_, of)| *of > 0.0);
    let text = match of_limits {
        Some((limited, limits)) => {
            let part = share(limited / limits);
            let (limited, limits) = (amount(limited), amount(limits));
            format!("{part} of its limits, {limited} of {limits}{unit}")
        }
        None => format!("{}{unit} used, no limits told", amount(used)),
    };
    let over = total.limited.map(|limited| used - limited);
    let free = over.filter(|free| of_limits.is_some() && *free > 0.01 * used);
    let free = free.map(|free| format!("; {} without a limit", amount(free)));
    let with_free = format!("{text}{}", free.unwrap_or_default());
    let requests = total
        .requests
        .map(|requests| format!("; {} requested", amount(requests)));
    let all = format!("{with_free}{}", requests.unwrap_or_default());
    Some(first_that_fits([all, with_free, text], most))
}

/// What a namespace uses of CPU; none where that is not told.
pub(crate) fn cpu(of: Total, most: u16) -> Option<String> {
    total(of, cores, " cores", most)
}

/// What a namespace uses of memory; none where that is not told.
pub(crate) fn memory(of: Total, most: u16) -> Option<String> {
    total(of, bytes, "", most)
}
