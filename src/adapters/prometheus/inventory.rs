//! Which series feed each signal of an environment, and what is missing: for a person who sets flightdeck up.
//!
//! It rests on the same question as the source's own discovery, so that it can't tell another story than the deck.

use jiff::Timestamp;

use crate::adapters::transport::Clients;
use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::pods::PodSignal;
use crate::domain::source::{Trouble, TroubleKind};

use super::Settings;
use super::apart;
use super::business::of_environment;
use super::durations::{histogram, remark, unread};
use super::found::{Found, NAME};
use super::pack::{PackName, containers};
use super::plan::Form;
use super::pods::{FOUND, of_term, question as pods_question, terms};
use super::promql::union;
use super::selector::Matchers;
use super::server::Server;
use super::signals::{Candidate, candidates};
use super::vocabulary::{made_of, named};

/// One signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fed {
    /// Its name: `requests`, `errors`, `durations`, or a gauge's.
    pub signal: String,
    /// Whether judging needs it, or the configuration names it.
    pub is_needed: bool,
    /// What a person calls the exporter, where several are known.
    pub exporter: Option<&'static str>,
    /// What feeds it.
    pub series: Vec<FedBy>,
    /// What is to be known of these: how exact they are.
    pub remark: Option<String>,
    /// What there is nothing of; empty where the signal is told.
    pub missing: Vec<String>,
    /// What to do about that.
    pub remedy: Option<String>,
}

/// Series that feed a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FedBy {
    /// What selects them.
    pub selector: String,
    /// How many there are.
    pub count: u64,
}

/// What to do where a service's counter is not found, whatever else is known.
const LOOK: &str = "look whether pack and matchers are right";

/// Where the use of CPU and memory comes from.
const MACHINES: &str =
    "cAdvisor tells the use and kube-state-metrics the limits; say which pods with `pods`";

/// Where pressure comes from (kubernetes.io/docs/reference/instrumentation/understand-psi-metrics).
const PRESSURE: &str = "the kubelet tells it from 1.33 on, under /metrics/cadvisor, where the nodes' kernel has PSI and cgroup v2";

/// Asks the server for all of them.
pub async fn inventory(
    settings: &Settings,
    clients: &Clients,
    at: Timestamp,
) -> Result<Vec<Fed>, Trouble> {
    let server = Server::open(settings, clients).await?;
    let found = Found::ask(&server, settings, at).await?;
    let beside = Found::of(&server.at(&beside(settings), at).await?.whole()?);
    let mut all = requests(settings, &found, &beside);
    all.extend(machines(settings, &found, &beside));
    let rows: Vec<(usize, Candidate)> = candidates(settings).into_iter().enumerate().collect();
    for gauge in Gauge::NAMED {
        let of: Vec<_> = rows.iter().filter(|(_, c)| c.gauge == gauge).collect();
        if named(gauge).is_some() && !settings.untold.contains(&gauge) {
            all.push(gauge_fed(settings, gauge, &of, &found));
        }
    }
    let told = |name: &BusinessName| !settings.untold.contains(&Gauge::Business(*name));
    if !settings.untold.contains(&Gauge::Cpu) {
        let found = Found::of(&server.at(&pods_question(settings), at).await?.whole()?);
        all.extend(pressure(settings, &found));
    }
    for (name, query) in settings.business.iter().filter(|(name, _)| told(name)) {
        let query = of_environment(query, &settings.series());
        let signal = Gauge::Business(*name).to_string();
        all.push(match server.at(&query, at).await {
            Ok(answer) => {
                let count = u64::from(!answer.series.is_empty());
                let remedy = "look whether its counter has these labels, and has counted";
                of_parts(signal, true, &[(query, count)], remedy)
            }
            Err(why) if why.kind == TroubleKind::Malformed => {
                let remedy = why.message.raw().to_owned();
                of_parts(signal, true, &[(query, 0)], &remedy)
            }
            Err(why) => return Err(why),
        });
    }
    all.retain(|fed| settings.untold.iter().all(|g| g.to_string() != fed.signal));
    all.extend(settings.untold.iter().map(|gauge| {
        let what = "series that the other environment does not read as well".to_owned();
        of_parts(gauge.to_string(), true, &[(what, 0)], apart::REMEDY)
    }));
    Ok(all)
}

/// What is asked beside the source's own question: limits, and which pack or label would find the service.
fn beside(settings: &Settings) -> String {
    let count = |selector: String| format!("count({selector})");
    let mut parts = Vec::new();
    for (resource, name) in [("cpu", "limits_cpu"), ("memory", "limits_memory")] {
        parts.push((name.to_owned(), count(limits(settings, resource))));
    }
    let series = settings.series();
    for name in PackName::ALL {
        let counter = name.pack().counter;
        parts.push((of_pack(name), count(series.of(counter))));
        parts.push((any_of_pack(name), count(Matchers::default().of(counter))));
    }
    let named = parts.into_iter().map(|(name, expression)| {
        let named = format!("label_replace({expression}, \"{NAME}\", \"{name}\", \"\", \"\")");
        ("beside", named)
    });
    union(&named.collect::<Vec<_>>())
}

fn of_pack(name: PackName) -> String {
    format!("pack {}", name.as_str())
}

fn any_of_pack(name: PackName) -> String {
    format!("any {}", name.as_str())
}

fn limits(settings: &Settings, resource: &str) -> String {
    let pods = settings.pod_series().and("resource", "=", resource);
    pods.of(containers::LIMITS)
}

fn requests(settings: &Settings, found: &Found, beside: &Found) -> Vec<Fed> {
    let pack = settings.pack.pack();
    let counter = found.counter(pack);
    let series = match found.reporter(pack) {
        Some((label, value)) => settings.series().and(label, "=", value),
        None => settings.series(),
    };
    let selector = series.of(counter.unwrap_or(pack.counter));
    let count = match (found.reporter(pack), counter) {
        (Some(reporter), _) => found.counted_by(reporter),
        (None, Some(counter)) => found.count("requests", counter),
        (None, None) => 0,
    };
    let remedy = another_pack(settings, beside);
    let requests = of_parts("requests", true, &[(selector, count)], &remedy);

    let status = found.label("label", counter.is_some(), pack.status);
    let told = status.map_or(0, |label| found.count("label", label));
    let label = status.map_or_else(|| pack.status.join(" or "), ToOwned::to_owned);
    let selector = match status {
        Some(label) => series
            .clone()
            .and(label, "!=", "")
            .of(counter.unwrap_or(pack.counter)),
        None => format!("a label {label}"),
    };
    let remedy =
        "without the HTTP status it is not known which requests failed; export it as a label";
    let errors = of_parts("errors", true, &[(selector, told)], remedy);

    vec![requests, errors, durations(settings, found, &series)]
}

/// Durations by the histogram that the source asks for.
fn durations(settings: &Settings, found: &Found, series: &Matchers) -> Fed {
    let pack = settings.pack.pack();
    if let Some(histogram) = histogram(settings, found) {
        let count = match histogram.form {
            Form::Buckets => found.count("bound", ""),
            Form::Native(_) => found.count("native", ""),
        };
        let parts = [(series.of(histogram.metric), count)];
        return Fed {
            remark: Some(remark(settings, found, &histogram)),
            ..of_parts("durations", true, &parts, EXPORT)
        };
    }
    let unread = unread(settings, found);
    let remedy = match &unread {
        Some(why) => why.message.raw(),
        // What a native histogram is in a format that has none (prometheus.io/docs/specs/native_histograms, "Text
        // formats").
        None if found.count("bound", "") > 0 => AS_TEXT,
        None => EXPORT,
    };
    of_parts("durations", true, &[(series.of(pack.buckets), 0)], remedy)
}

const EXPORT: &str =
    "export the histogram's buckets, or a native histogram: without them no duration is judged";

/// How servers are told to scrape native histograms (`prometheus.io/docs/prometheus/latest/feature_flags` and
/// configuration, `scrape_native_histograms`).
const AS_TEXT: &str = "its only bucket is le=\"+Inf\", as that of a native histogram that is scraped as text: let Prometheus \
     scrape native histograms (from 3.8 on scrape_native_histograms: true, before --enable-feature=native-histograms)";

/// What to write where the counter is not found: another pack has it, or other labels.
fn another_pack(settings: &Settings, beside: &Found) -> String {
    let others = PackName::ALL.into_iter().filter(|p| *p != settings.pack);
    for pack in others {
        let count = beside.count("beside", &of_pack(pack));
        if count > 0 {
            let name = pack.as_str();
            return format!("pack = \"{name}\" has {count} series of these matchers");
        }
    }
    let here = beside.count("beside", &any_of_pack(settings.pack));
    if here > 0 {
        return format!("matchers: {here} series have the name and none has these labels");
    }
    let mut there = PackName::ALL
        .into_iter()
        .filter(|pack| beside.count("beside", &any_of_pack(*pack)) > 0);
    match there.next() {
        Some(pack) => format!(
            "pack: the server has series of pack \"{}\", with other labels than these matchers",
            pack.as_str()
        ),
        None => format!("{LOOK}; the server has series of no pack"),
    }
}

fn machines(settings: &Settings, found: &Found, beside: &Found) -> Vec<Fed> {
    let used = settings.container_series();
    let of = |gauge: Gauge, metric: &str, signal: &str, resource: &str| {
        let parts = [
            (used.of(metric), found.count(signal, "")),
            (
                limits(settings, resource),
                beside.count("beside", &format!("limits_{resource}")),
            ),
        ];
        of_parts(gauge.to_string(), false, &parts, MACHINES)
    };
    let restarts = settings.pod_series().of(containers::RESTARTS);
    vec![
        of(Gauge::Cpu, containers::CPU, "cpu", "cpu"),
        of(Gauge::Memory, containers::MEMORY, "memory", "memory"),
        of_parts(
            Gauge::Restarts.to_string(),
            false,
            &[(restarts, found.count("restarts", ""))],
            "kube-state-metrics tells them; say which pods with `pods`",
        ),
    ]
}

/// What each pod waits for: of the screen of pods alone, where the others' series are those of the gauges above.
fn pressure(settings: &Settings, found: &Found) -> Vec<Fed> {
    let fed = |signal: PodSignal| {
        let terms = terms(settings, signal).into_iter().enumerate();
        let parts: Vec<_> = terms
            .map(|(at, (_, selector))| (selector, found.count(FOUND, &of_term(signal, at))))
            .collect();
        of_parts(signal.as_str(), false, &parts, PRESSURE)
    };
    PodSignal::PRESSURE.map(fed).to_vec()
}

/// The gauge as the source reads it; where it does not, the candidate that has most of what it needs.
fn gauge_fed(
    settings: &Settings,
    gauge: Gauge,
    rows: &[&(usize, Candidate)],
    found: &Found,
) -> Fed {
    let is_needed = settings.signals.contains_key(&gauge);
    let counts = |(row, candidate): &(usize, Candidate)| -> Vec<(String, u64)> {
        let terms = candidate.terms.iter().enumerate();
        terms
            .map(|(term, (_, selector))| (selector.clone(), found.series_of(*row, term)))
            .collect()
    };
    let remedy = format!(
        "if it is called otherwise, write signals.{gauge} = {{ metrics = [..], matchers = {{ .. }} }} ({})",
        made_of(gauge)
    );
    let whole = rows
        .iter()
        .find(|row| counts(row).iter().all(|(_, n)| *n > 0));
    let part = rows
        .iter()
        .find(|row| counts(row).iter().any(|(_, n)| *n > 0));
    if let Some(row) = whole.or(part) {
        let mut fed = of_parts(gauge.to_string(), is_needed, &counts(row), &remedy);
        fed.exporter = Some(row.1.exporter.as_str());
        return fed;
    }
    let firsts = rows.iter().filter_map(|(_, candidate)| {
        let (_, selector) = candidate.terms.first()?;
        Some((format!("{selector} ({})", candidate.exporter.as_str()), 0))
    });
    let firsts: Vec<_> = firsts.collect();
    of_parts(gauge.to_string(), is_needed, &firsts, &remedy)
}

/// A signal that is told when all of its parts are there.
fn of_parts(
    signal: impl Into<String>,
    is_needed: bool,
    parts: &[(String, u64)],
    remedy: &str,
) -> Fed {
    let (there, missing): (Vec<_>, Vec<_>) = parts.iter().partition(|(_, count)| *count > 0);
    Fed {
        signal: signal.into(),
        is_needed,
        exporter: None,
        remark: None,
        series: there
            .into_iter()
            .map(|(selector, count)| FedBy {
                selector: selector.clone(),
                count: *count,
            })
            .collect(),
        remedy: (!missing.is_empty()).then(|| remedy.to_owned()),
        missing: missing.into_iter().map(|(s, _)| s.clone()).collect(),
    }
}
